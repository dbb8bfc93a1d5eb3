#include "mqtt-pub/line_records.hpp"

#include <utility>

#include "common/printable.hpp"
#include "common/topic_problem.hpp"
#include "mqtt-pub/payload_form.hpp"

namespace mqttkit::tools {
namespace {

// The longest line: in base64 or hex, with blanks, a payload is longer than it is in a packet.
std::size_t longest_line(const pub_settings& settings) {
  const bool is_shorter_decoded =
      settings.form == payload_form::hex || settings.form == payload_form::base64;
  const bool has_more = !settings.key_separator.empty();
  return std::size_t{max_remaining_length} * (is_shorter_decoded ? 3 : 1) +
         (has_more ? 65'535 + settings.key_separator.size() : 0);
}

}  // namespace

line_records::line_records(asio::any_io_executor executor, int fd, const pub_settings& settings)
    : settings_(settings),
      lines_(std::move(executor), fd, settings.ends_with_null ? '\0' : '\n',
             longest_line(settings)),
      is_plain_(settings.key_separator.empty() && settings.form == payload_form::text &&
                !settings.has_template) {
  // Cannot fail: the command line was checked.
  if (settings.has_template) template_.parse(settings.payload_template, true);
}

record_source::step line_records::next(publish_packet& into) {
  std::string_view line;
  if (!lines_.next(line)) return lines_.at_end() ? step::end : step::read_on;
  ++number_;
  if (!is_plain_) return take_apart(line, into);
  into.payload = as_bytes(line);
  return step::message;
}

record_source::step line_records::complain(const char* what, std::size_t at) {
  wrong_ = "byte " + std::to_string(at + 1) + ": " + what;
  return step::bad;
}

record_source::step line_records::take_apart(std::string_view line, publish_packet& into) {
  std::size_t start = 0;
  if (!settings_.key_separator.empty()) {
    const std::size_t at = line.find(settings_.key_separator);
    if (at == std::string_view::npos) {
      wrong_ = "no " + quoted(settings_.key_separator) + " (--key-sep) between topic and payload";
      return step::bad;
    }
    topic_ = settings_.topic_prefix;
    topic_ += line.substr(0, at);
    if (const std::string bad = topic_problem(topic_, false); !bad.empty()) {
      wrong_ = "topic " + quoted(topic_) + ": " + bad;
      return step::bad;
    }
    into.topic = topic_;
    start = at + settings_.key_separator.size();
  }
  std::string_view payload;
  const form_error error = read_payload(settings_.form, line.substr(start), bytes_, payload);
  if (error) return complain(error.what, start + error.at);
  if (settings_.has_template) {
    text_.clear();
    template_.expand(number_, payload, text_);
    payload = text_;
  }
  into.payload = as_bytes(payload);
  return step::message;
}

}  // namespace mqttkit::tools
