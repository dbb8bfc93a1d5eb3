#include "mqtt-doctor/probes/network/http_facts.hpp"

#include <cctype>

#include "common/printable.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_header_bytes = 200;

}  // namespace

void take_response(const http_response_head& head, websocket_fact& out) {
  out.status = head.status_code();
  out.status_line = tools::printable(head.status_line(), most_header_bytes);
  for (const char* name : {"server", "location", "www-authenticate", "upgrade", "content-type",
                           "date", "via", "sec-websocket-version", "sec-websocket-protocol",
                           "x-powered-by", "ngrok-error-code", "cf-mitigated"}) {
    if (const auto value = head.header(name)) {
      out.headers[name] = tools::printable(*value, most_header_bytes);
    }
  }
  const auto accepted = head.header("sec-websocket-protocol");
  if (accepted) out.accepted = tools::printable(*accepted, most_header_bytes);
}

std::string title_of(std::string_view page) {
  const std::string small = lower(page);
  const std::size_t begin = small.find("<title>");
  if (begin != std::string::npos) {
    constexpr std::size_t tag = 7;
    const std::size_t end = small.find("</title>", begin);
    return std::string(page.substr(begin + tag, end == std::string::npos ? 80 : end - begin - tag));
  }
  const std::size_t head_end = page.find("\r\n\r\n");
  std::string_view body = head_end == std::string_view::npos ? page : page.substr(head_end + 4);
  std::string text;
  bool in_tag = false;
  for (const char c : body.substr(0, 400)) {
    if (c == '<') in_tag = true;
    if (!in_tag) text += c == '\n' || c == '\r' ? ' ' : c;
    if (c == '>') in_tag = false;
  }
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : text.substr(first, 80);
}

}  // namespace mqttkit::doctor
