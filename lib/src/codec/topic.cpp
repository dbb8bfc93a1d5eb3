#include "mqttkit/codec/topic.hpp"

#include <algorithm>

#include "codec/byte_io.hpp"
#include "codec/text_check.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit {
namespace {

constexpr std::string_view share_prefix = "$share/";

// Whether + is alone in its level, and # alone in the last one.
bool wildcards_in_place(std::string_view filter) noexcept {
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (filter[i] != '+' && filter[i] != '#') continue;
    const bool starts_level = i == 0 || filter[i - 1] == '/';
    const bool ends_filter = i + 1 == filter.size();
    const bool ends_level = ends_filter || filter[i + 1] == '/';
    if (!starts_level || !ends_level || (filter[i] == '#' && !ends_filter)) return false;
  }
  return true;
}

// Takes "$share/name/filter" apart without looking into the filter.
std::optional<shared_subscription> split_shared(std::string_view text) noexcept {
  if (!text.starts_with(share_prefix)) return std::nullopt;
  text.remove_prefix(share_prefix.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const shared_subscription parts{text.substr(0, slash), text.substr(slash + 1)};
  if (parts.share_name.empty() || parts.filter.empty() || has_wildcard(parts.share_name)) {
    return std::nullopt;
  }
  return parts;
}

}  // namespace

std::error_code check_string(std::string_view text) noexcept {
  if (text.size() > max_string_bytes) return make_error_code(errc::string_too_long);
  if (is_plain<wildcards::allowed>(text)) return {};
  if (!is_mqtt_string(text)) return make_error_code(errc::malformed_utf8);
  return {};
}

std::error_code check_topic_name(std::string_view name) noexcept {
  if (name.empty()) return make_error_code(errc::invalid_topic_name);
  if (name.size() > max_string_bytes) return make_error_code(errc::string_too_long);
  if (is_plain_topic(name)) return {};
  if (!is_mqtt_string(name)) return make_error_code(errc::malformed_utf8);
  if (has_wildcard(name)) return make_error_code(errc::invalid_topic_name);
  return {};
}

std::error_code check_topic_filter(std::string_view filter) noexcept {
  if (filter.empty()) return make_error_code(errc::invalid_topic_filter);
  if (const std::error_code ec = check_string(filter)) return ec;
  if (filter.starts_with(share_prefix)) {
    const auto shared = split_shared(filter);
    if (!shared) return make_error_code(errc::invalid_topic_filter);
    filter = shared->filter;
  }
  if (!wildcards_in_place(filter)) return make_error_code(errc::invalid_topic_filter);
  return {};
}

bool is_topic_name(std::string_view name) noexcept { return !check_topic_name(name); }

bool is_topic_filter(std::string_view filter) noexcept { return !check_topic_filter(filter); }

bool has_wildcard(std::string_view filter) noexcept {
  return std::any_of(filter.begin(), filter.end(), [](char c) { return c == '+' || c == '#'; });
}

std::optional<shared_subscription> parse_shared(std::string_view filter) noexcept {
  if (check_topic_filter(filter)) return std::nullopt;
  return split_shared(filter);
}

bool topic_matches(std::string_view filter, std::string_view name) noexcept {
  if (const auto shared = split_shared(filter)) filter = shared->filter;
  if (filter.empty() || name.empty()) return false;
  if (name.front() == '$' && (filter.front() == '+' || filter.front() == '#')) return false;
  std::size_t f = 0;
  std::size_t n = 0;
  while (f < filter.size()) {
    if (filter[f] == '#') return true;
    if (filter[f] == '+') {
      while (n < name.size() && name[n] != '/') ++n;
      ++f;
    } else if (n < name.size() && filter[f] == name[n]) {
      ++f;
      ++n;
    } else {
      // The name ended before the filter: only "/#" may be left, which stands for nothing too.
      return n == name.size() && filter.substr(f) == "/#";
    }
  }
  return n == name.size();
}

}  // namespace mqttkit
