#include "mqtt-sub/responder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/stderr_log.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

responder::address somewhere() {
  responder::address to;
  to.topic = "replies";
  to.qos = qos_t::at_least_once;
  return to;
}

}  // namespace

TEST_CASE("as many replies wait for room as there can be requests, and go out in their order") {
  const stderr_log log("test", false);
  responder replies("", properties(), log);
  bool has_room = false;
  std::vector<std::string> sent;
  replies.use([&](publish_packet& reply, std::uint64_t, std::error_code&) {
    if (!has_room) return admission::full;
    sent.emplace_back(as_text(reply.payload));
    return admission::accepted;
  });
  for (int i = 0; i < 65'534; ++i) replies.reply(somewhere(), std::to_string(i));
  CHECK_FALSE(replies.is_crowded());
  CHECK_FALSE(replies.is_done());
  replies.reply(somewhere(), "last");
  CHECK(replies.is_crowded());
  has_room = true;
  replies.pump();
  CHECK_FALSE(replies.is_crowded());
  REQUIRE(sent.size() == 65'535);
  CHECK(sent.front() == "0");
  CHECK(sent[65'533] == "65533");
  CHECK(sent.back() == "last");
  CHECK_FALSE(replies.is_done());
}

TEST_CASE("replies of 16 MiB together are as many as wait") {
  const stderr_log log("test", false);
  responder replies("", properties(), log);
  replies.use([](publish_packet&, std::uint64_t, std::error_code&) { return admission::full; });
  for (int i = 0; i < 15; ++i) replies.reply(somewhere(), std::string(1u << 20, 'x'));
  CHECK_FALSE(replies.is_crowded());
  replies.reply(somewhere(), std::string(1u << 20, 'x'));
  CHECK(replies.is_crowded());
}
