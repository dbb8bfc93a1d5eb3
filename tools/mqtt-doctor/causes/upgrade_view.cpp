#include "mqtt-doctor/causes/upgrade_view.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/support.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Whether the response names a web server in front of the broker.
bool is_proxy(const websocket_fact& socket) {
  return socket.headers.count("via") != 0 || server_of(socket) != web_server::unknown;
}

}  // namespace

const websocket_fact* websocket_of(const view& known) {
  const contact* const client = known.client();
  if (!known.is_websocket() || client == nullptr) return nullptr;
  if (client->websocket) return &*client->websocket;
  const contact* const plain = known.at.find(contact_purpose::plain);
  return plain != nullptr && plain->websocket ? &*plain->websocket : nullptr;
}

const websocket_fact* refused(const view& known) {
  const websocket_fact* const socket = websocket_of(known);
  return socket != nullptr && !socket->is_done && socket->status != 0 ? socket : nullptr;
}

const contact* other_path_that_works(const view& known) {
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose == contact_purpose::path && contact.websocket && contact.websocket->is_done)
      return &contact;
  }
  return nullptr;
}

std::string header_of(const websocket_fact& socket, const char* name) {
  const auto found = socket.headers.find(name);
  return found == socket.headers.end() ? std::string() : found->second;
}

sentence status_words(const websocket_fact& socket) {
  std::string server = header_of(socket, "server");
  if (!server.empty()) {
    server.insert(0, " (");
    server += ')';
  }
  return words(N_("The server answered \"{status}\" for path {path}{server}."),
               {{"status", socket.status_line}, {"path", socket.path}, {"server", server}});
}

bool is_plain_to_tls(const websocket_fact& socket) {
  return has(socket.body, "HTTPS port") || has(socket.body, "HTTP request was sent to HTTPS") ||
         has(socket.body, "TLS") || has(socket.body, "SSL-enabled server port");
}

bool hello_is_tls(const view& known) {
  const contact* const hello = known.at.find(contact_purpose::hello);
  return hello != nullptr && hello->tls && hello->tls->saw_server_hello;
}

bool is_tls_behind(const view& known, const websocket_fact& socket) {
  if (socket.status != http_status::bad_request || !is_plain_to_tls(socket)) return false;
  const contact* const client = known.client();
  if (client->tls && client->tls->is_done) return true;
  const contact* const hello = known.at.find(contact_purpose::hello);
  return hello != nullptr && hello->tls && hello->connect.is_connected() && !hello_is_tls(known) &&
         hello->tls->end != connection_end::silent;
}

bool speaks_of_certificate(const websocket_fact& socket) {
  return socket.status == http_status::bad_request && has(socket.body, "SSL certificate");
}

web_server server_of(const websocket_fact& socket) {
  struct row {
    const char* sign;
    web_server make;
  };
  constexpr std::array rows{
      row{"nginx", web_server::nginx},           row{"openresty", web_server::nginx},
      row{"tengine", web_server::nginx},         row{"apache", web_server::apache},
      row{"caddy", web_server::caddy},           row{"haproxy", web_server::haproxy},
      row{"traefik", web_server::traefik},       row{"envoy", web_server::envoy},
      row{"awselb", web_server::amazon},         row{"cloudfront", web_server::other},
      row{"cloudflare", web_server::cloudflare}, row{"litespeed", web_server::other},
  };
  const std::string name = lower(header_of(socket, "server"));
  const auto* const found =
      std::find_if(rows.begin(), rows.end(), [&](const row& each) { return has(name, each.sign); });
  if (found != rows.end()) return found->make;
  // haproxy names itself in no header; its own pages have these words.
  const bool is_haproxy = has(socket.body, "No server is available to handle this request") ||
                          has(socket.body, "Your browser sent an invalid request");
  return is_haproxy && name.empty() ? web_server::haproxy : web_server::unknown;
}

bool is_upgrade_lost(const view& known, const websocket_fact& socket) {
  if (socket.status != http_status::bad_request || !is_proxy(socket) ||
      speaks_of_certificate(socket))
    return false;
  if (is_plain_to_tls(socket) || hello_is_tls(known)) return false;
  const auto& all = known.at.contacts;
  return std::any_of(all.begin(), all.end(), [&](const contact& each) {
    return each.purpose == contact_purpose::path && each.websocket && !each.websocket->is_done &&
           each.websocket->status == http_status::not_found;
  });
}

bool is_without_tunnel(const websocket_fact& socket) {
  const std::string code = header_of(socket, "ngrok-error-code");
  // 3200: the endpoint is offline; 3004 and 3208 speak of a gateway and of accounts.
  if (code == "ERR_NGROK_3200" || has(socket.body, "ERR_NGROK_3200")) return true;
  if (has(header_of(socket, "server"), "frp/")) return socket.status == http_status::not_found;
  // Cloudflare's error 1033 is about a tunnel without a running program.
  if (socket.status == 530) return has(socket.body, "1033");
  // ngrok 1 and the services made of it: natapp, cpolar, sunny-ngrok.
  if (has(socket.body, "Tunnel") && has(socket.body, "not found")) return true;
  return has(socket.body, "Tunnel Unavailable");
}

}  // namespace mqttkit::doctor
