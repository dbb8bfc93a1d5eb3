#include "mqtt-doctor/phone/verdict.hpp"

#include <algorithm>

#include "common/json_writer.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_lines = 12;  // lines of a phone's page
constexpr const char* command_line = "{command}";

/// The server's own accepted connection to that port; null for none.
const contact* accepted_here(const vantage* server, int port) {
  if (server == nullptr) return nullptr;
  for (const endpoint_facts& at : server->known.endpoints) {
    if (at.port == port) return accepted({server->known, at});
  }
  return nullptr;
}

/// Whether the broker answered the server itself at that port, even with a refused login.
bool answers_here(const vantage* server, int port) {
  if (server == nullptr) return false;
  return std::any_of(server->known.endpoints.begin(), server->known.endpoints.end(),
                     [&](const endpoint_facts& at) {
                       const contact* const client = at.find(contact_purpose::client);
                       return at.port == port && client != nullptr && client->mqtt &&
                              client->mqtt->answer == mqtt_answer::connack;
                     });
}

/// Prefers the broker's usual port. Most apps speak no WebSocket and a page speaks nothing else,
/// but the login it proved also holds at the usual port, where the phone reaches that; an app that
/// was said to use WebSocket keeps it.
void prefer_usual_port(const vantage& phone, const vantage* server, app_settings& out) {
  if (!out.is_proven || out.path.empty() || has_websocket(phone.known.asked.scheme.value())) return;
  for (const endpoint_facts& at : phone.known.endpoints) {
    const view here{phone.known, at};
    const contact* const client = here.client();
    const bool is_open = !here.is_websocket() && client != nullptr &&
                         client->connect.is_connected() && (!client->tls || client->tls->is_done);
    const bool is_weaker = out.tls && !has_tls(at.scheme.value());
    if (!is_open || is_weaker || !answers_here(server, at.port)) continue;
    out.tried_port = out.port;
    out.tried_path = out.path;
    out.port = at.port;
    out.tls = has_tls(at.scheme.value());
    out.path.clear();
    return;
  }
}

/// How good an endpoint is for an app on the phone; 0: not usable.
int worth_of(const view& at, const vantage* server) {
  const contact* const client = at.client();
  if (accepted(at) != nullptr) return 4;
  if (client == nullptr || !client->connect.is_connected()) return 0;
  if (client->websocket || client->mqtt) return 0;  // tried and not let in
  if (at.is_websocket()) return 0;
  if (client->tls && !client->tls->is_done) return 0;
  return accepted_here(server, at.at.port) != nullptr ? 3 : 2;
}

}  // namespace

app_settings settings_for(const vantage& phone, const vantage* server) {
  app_settings out;
  int best = 0;
  for (const endpoint_facts& at : phone.known.endpoints) {
    const view here{phone.known, at};
    const int worth = worth_of(here, server);
    if (worth <= best) continue;
    best = worth;
    out.host = phone.known.asked.host;
    out.port = at.port;
    out.tls = has_tls(at.scheme.value());
    out.path = here.is_websocket() ? at.path : "";
    const contact* const yes = accepted(here);
    out.is_proven = yes != nullptr;
    out.user_needed = yes != nullptr ? yes->mqtt->sent_user : false;
    if (yes == nullptr) {
      const contact* const own = accepted_here(server, at.port);
      out.user_needed = own == nullptr || own->mqtt->sent_user;
    }
  }
  prefer_usual_port(phone, server, out);
  return out;
}

page_verdict verdict_of(const vantage& phone, const vantage* server, const diagnosis& made) {
  page_verdict out;
  out.settings = settings_for(phone, server);
  out.is_good = made.is_healthy;
  const std::string port = std::to_string(out.settings.port);
  if (out.is_good) {
    out.headline =
        out.settings.is_proven
            ? words(N_("All is well: this phone reaches the broker, and the broker lets it in."))
            : words(N_("This phone reaches the broker on port {port}: network, security group and "
                       "firewall are open."),
                    {{"port", port}});
    if (out.settings.tried_port != 0)
      out.text.push_back(words(
          N_("The login was tried over WebSocket (port {port}, path {path}): an app that is "
             "set to WebSocket may use that."),
          {{"port", std::to_string(out.settings.tried_port)}, {"path", out.settings.tried_path}}));
    if (!out.settings.is_proven)
      out.text.push_back(
          words(N_("A page in a browser cannot speak MQTT over TCP itself; an app on this phone "
                   "can.")));
    for (const finding& warning : made.warnings) {
      if (out.text.size() < most_lines && warning.how_bad == severity::warning)
        out.text.push_back(warning.cause);
    }
    return out;
  }
  if (made.causes.empty()) {
    out.headline =
        words(N_("The connection fails, and what was seen fits no cause this program "
                 "knows."));
    return out;
  }
  const finding& first = made.causes.front();
  out.headline = first.cause;
  for (const sentence& evidence : first.evidence) {
    if (out.text.size() < most_lines) out.text.push_back(evidence);
  }
  for (const cure& remedy : first.cures) {
    if (out.text.size() >= most_lines) break;
    if (!remedy.what.empty()) out.text.push_back(remedy.what);
    if (!remedy.command.empty() && out.text.size() < most_lines)
      out.text.push_back(sentence(command_line, {{"command", remedy.command}}));
  }
  return out;
}

std::string json_of(const page_verdict& what, const std::string& rest) {
  byte_buffer buffer;
  tools::json_writer out(buffer, tools::json_writer::layout::dense);
  // The reader is the phone itself, so its name is left out.
  const auto told = [](sentence text) {
    text.seen_by.clear();
    return say(text);
  };
  out.begin_object();
  out.name("ready");
  out.boolean(true);
  out.name("good");
  out.boolean(what.is_good);
  out.name("headline");
  out.string(told(what.headline));
  out.name("text");
  out.begin_array();
  for (const sentence& line_text : what.text) {
    if (line_text.text != command_line) {
      out.string(told(line_text));
      continue;
    }
    out.begin_object();
    out.name("command");
    out.string(told(line_text));
    out.end_object();
  }
  out.end_array();
  out.name("settings");
  if (what.settings.port == 0) {
    out.null();
  } else {
    out.begin_object();
    out.name("host");
    out.string(what.settings.host);
    out.name("port");
    out.integer(what.settings.port);
    out.name("tls");
    out.boolean(what.settings.tls);
    out.name("path");
    out.string(what.settings.path);
    out.name("user_needed");
    out.boolean(what.settings.user_needed);
    out.end_object();
  }
  out.end_object();
  std::string text(as_text(buffer.view()));
  text.insert(text.size() - 1, rest);
  return text;
}

}  // namespace mqttkit::doctor
