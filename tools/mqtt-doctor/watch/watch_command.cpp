#include "mqtt-doctor/watch/watch_command.hpp"

#include <signal.h>

#include <cstdio>
#include <string>
#include <utility>

#include "common/duration_text.hpp"
#include "common/utc_time.hpp"
#include "mqtt-doctor/causes/watch_words.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/watch/watch.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::chrono::milliseconds name_limit{2500};
constexpr int usual_port = 1883, usual_secure_port = 8883;

volatile sig_atomic_t interrupted = 0;

/// While it lives, SIGINT and SIGTERM end the watch; the second signal ends the process.
class interruption_guard {
 public:
  interruption_guard() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int number) { interrupted = number; };
    action.sa_flags = SA_RESETHAND;
    (void)::sigaction(SIGINT, &action, &before_int_);
    (void)::sigaction(SIGTERM, &action, &before_term_);
  }
  ~interruption_guard() {
    (void)::sigaction(SIGINT, &before_int_, nullptr);
    (void)::sigaction(SIGTERM, &before_term_, nullptr);
  }
  interruption_guard(const interruption_guard&) = delete;
  interruption_guard& operator=(const interruption_guard&) = delete;

 private:
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

void print(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  (void)std::fflush(stdout);
}

std::string now() {
  tools::utc_time clock;
  // The fraction is cut off: "2026-11-21T04:27:25.080758Z".
  return std::string(clock.text_of(std::chrono::system_clock::now()).substr(0, 19)) + "Z";
}

watch_request request_of(const examination& about, const tools::doctor_settings& settings) {
  watch_request made;
  const scheme asked = about.asked.scheme.value();
  const int port = about.asked.port != 0 ? about.asked.port
                   : has_tls(asked)      ? usual_secure_port
                                         : usual_port;
  const scheme by = asked != scheme::none ? asked : usual_scheme(port);
  made.how.port = port;
  made.how.tls = has_tls(by);
  made.how.websocket = has_websocket(by);
  made.how.path = about.path;
  made.how.version =
      parse_protocol_version(about.asked.version.word()).value_or(protocol_version::v5);
  made.keep_alive_s = static_cast<int>(settings.client.session.keep_alive.count());
  made.length = std::chrono::duration_cast<std::chrono::milliseconds>(settings.delivery.watch);
  // In half a minute a connection that ends for its age must not seem to end for its silence.
  if (settings.symptom == symptom::drops && made.length <= std::chrono::seconds(60))
    made.steady_ping = std::chrono::seconds(2);
  made.is_interrupted = [] { return interrupted != 0; };
  return made;
}

}  // namespace

std::optional<facts> watch(const examination& about, const tools::doctor_settings& settings,
                           int& ended_by) {
  facts known;
  known.asked = about.asked;
  known.local = look_at_this_machine();
  known.started = known.local.now;
  known.name = look_up_name(about.asked.host, name_limit, about.asked.family.value());
  if (known.name.addresses.empty()) return std::nullopt;
  choose_language(settings.language);
  const interruption_guard guard;
  watch_request request = request_of(about, settings);
  request.tell = [&settings](const watch_drop& drop) {
    if (settings.json) return;
    const char* const which =
        drop.is_steady ? N_("connection that pings") : N_("connection that pauses");
    print(now() + "  " + say(which) + colon() + say(describe(drop)) + "\n");
  };
  endpoint_facts at;
  at.scheme = scheme_with(request.how.tls, request.how.websocket);
  at.port = request.how.port;
  at.path = request.how.path;
  contact first;
  bool is_let_in = false;
  // One address may be stale, and apps try the next one too.
  for (const std::string& address : known.name.addresses) {
    known.local.is_target = is_own_address(known.local, address);
    request.how.address = address;
    known.watch = watch_connections(about.to, request, first, is_let_in);
    if (!first.connect.is_connected() && interrupted == 0) continue;
    // A broker without MQTT 5 may hang up on it.
    if (!is_let_in && about.asked.version.empty()) {
      request.how.version = protocol_version::v3_1_1;
      known.watch = watch_connections(about.to, request, first, is_let_in);
    }
    break;
  }
  if (interrupted != 0) ended_by = interrupted;
  choose_language("en");  // facts are gathered in English
  if (!is_let_in) return std::nullopt;
  known.watch->scheme = request.how.websocket ? scheme::ws : scheme::mqtt;
  constexpr double ms_in_second = 1000;
  known.ms = at.ms = known.watch->lasted_s * ms_in_second;
  at.contacts.push_back(std::move(first));
  known.endpoints.push_back(std::move(at));
  return known;
}

facts watch_gateway(const examination& about, const tools::doctor_settings& settings,
                    int& ended_by) {
  const interruption_guard guard;
  examination with = about;
  with.idle.limit = std::chrono::duration_cast<std::chrono::milliseconds>(settings.delivery.watch);
  with.idle.is_interrupted = [] { return interrupted != 0; };
  with.idle.tell = [&settings](const gateway_pause_fact& pause) {
    if (settings.json) return;
    choose_language(settings.language);
    const char* const what = pause.arrived     ? N_("a message came after {time} of silence")
                             : pause.is_lost() ? N_("no message came after {time} of silence")
                                               : N_("after {time} of silence nobody got a message");
    print(now() + "  " + say(words(what, {{"time", tools::silence_text(pause.s)}})) + "\n");
    choose_language("en");  // facts are gathered in English
  };
  facts known = examine(with);
  if (interrupted != 0) ended_by = interrupted;
  return known;
}

}  // namespace mqttkit::doctor
