// A request to the server of the phone's page, head and body. Every answer is a fixed one. The
// posted results are bounded, safe to show, and read back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/listen/http_request.hpp"
#include "mqtt-doctor/phone/findings.hpp"
#include "mqtt-doctor/phone/page_request.hpp"
#include "mqtt-doctor/phone/phone_vantage.hpp"
#include "mqtt-doctor/phone/public_address.hpp"
#include "mqtt-doctor/phone/socket_list.hpp"
#include "mqtt-doctor/phone/terminal_probe.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mqttkit::doctor;
  constexpr std::string_view token = "abcdefgh23456789";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t head = http_head_size(text);
  const page_request request = read_page_request(text.substr(0, head), token);
  if (request.body_size > most_request_body) std::abort();
  // Without the token no request is obeyed.
  const bool has_token = text.substr(0, head).find("23456789") != text.npos;
  if (request.wish != page_wish::nothing && !has_token) std::abort();
  static_cast<void>(names_of_agent(request.user_agent));
  const std::string_view body = text.substr(head);
  static_cast<void>(connections_in(body, {1883}));
  static_cast<void>(read_ssh_connection(std::string(body)));
  static_cast<void>(column_of_report(body));
  phone_step_fact step;
  static_cast<void>(read_phone_step(body, step));
  phone_facts phone;
  if (!read_phone_findings(body, phone).empty()) return 0;
  if (phone.steps.size() > most_phone_steps) std::abort();
  for (const phone_step_fact& made : phone.steps) {
    if (made.detail.find('\033') != std::string::npos) std::abort();
  }
  // The phone tried every port that is named; the diagnosis uses them all.
  for (const phone_step_fact& made : phone.steps) {
    if (phone.ports.size() >= 8 || made.port == 0) continue;
    phone_port_fact port;
    port.port = made.port;
    port.kind = made.kind;
    port.arrival = static_cast<phone_arrival>(phone.ports.size() % 6);
    phone.ports.push_back(port);
  }
  phone.has_page = true;
  const vantage place("phone", facts_of_phone(phone, "broker.example", facts()));
  const std::string written = facts_to_json(place.known, false);
  facts again;
  if (!facts_from_json(written, again).empty()) std::abort();
  if (facts_to_json(again, false) != written) std::abort();
  return 0;
}
