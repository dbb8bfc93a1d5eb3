// A stream of packets. The first byte chooses the version, the second the size limit.
//
// Promised: nothing is read outside the input, and what decodes is encoded to something that
// decodes to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fuzz/recode.hpp"
#include "mqttkit/codec/topic.hpp"

using namespace mqttkit;

namespace {

constexpr protocol_version versions[] = {protocol_version::v3_1, protocol_version::v3_1_1,
                                         protocol_version::v5};

void require(bool promise) {
  if (!promise) std::abort();
}

// Reads a checked property list with the class that collects properties.
void collect(properties_view list) {
  properties copy;
  std::size_t count = 0;
  for (const property& each : list) {
    ++count;
    const property_rule* rule = find_property_rule(static_cast<std::uint32_t>(each.id));
    require(rule != nullptr && find_property_rule(rule->name) == rule);
    std::error_code ec;
    if (rule->type == property_type::utf8_pair) {
      ec = copy.add_user_property(each.text, each.value);
    } else if (rule->type == property_type::utf8 || rule->type == property_type::binary) {
      ec = copy.add(each.id, each.text);
    } else {
      ec = copy.add(each.id, each.number);
    }
    require(!ec);
  }
  require(test::same(copy.view(), list));
  require((count == 0) == list.empty());
  for (const property_rule& rule : property_rules()) copy.remove(rule.id);
  require(copy.empty());
}

void look_closer(const frame& item, protocol_version version) {
  publish_packet message;
  if (item.type == packet_type::publish && !decode(item, version, message)) {
    collect(message.properties);
    if (message.topic.empty()) return;
    require(is_topic_name(message.topic));
    require(topic_matches(message.topic, message.topic) || parse_shared(message.topic));
    require(topic_matches("#", message.topic) == (message.topic.front() != '$'));
  }
  subscribe_packet request;
  if (item.type == packet_type::subscribe && !decode(item, version, request)) {
    collect(request.properties);
    for (const subscription& each : test::list_of(request.filters)) {
      require(is_topic_filter(each.filter));
      const auto shared = parse_shared(each.filter);
      const std::string_view inner = shared ? shared->filter : each.filter;
      (void)topic_matches(each.filter, "a/b");
      if (!has_wildcard(inner)) require(topic_matches(inner, inner) || parse_shared(inner));
    }
  }
  connect_packet greeting;
  if (item.type == packet_type::connect && !decode(item, greeting)) {
    collect(greeting.properties);
    if (greeting.will) collect(greeting.will->properties);
  }
  connack_packet answer;
  if (item.type == packet_type::connack && !decode(item, version, answer)) {
    collect(answer.properties);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const protocol_version version = versions[bytes[0] % 3];
  const std::uint32_t max_size = bytes[1];
  bytes_view in(reinterpret_cast<const std::byte*>(bytes + 2), size - 2);

  byte_buffer scratch;
  frame made;
  framing found = framing::incomplete;
  while ((found = next_frame(in, max_size, made)) == framing::complete) {
    require(made.size >= 2 && made.size <= in.size());
    require(made.body.data() + made.body.size() == in.data() + made.size);
    require(max_size == 0 || made.size <= max_size);
    require(test::recode(made, version, scratch).is_sound());
    look_closer(made, version);
    in = in.subspan(made.size);
  }
  if (found == framing::incomplete) require(made.size == 0 || made.size > in.size());
  if (found == framing::too_large) require(max_size != 0 && made.size > max_size);
  return 0;
}
