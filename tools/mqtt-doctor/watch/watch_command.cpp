#include "mqtt-doctor/watch/watch_command.hpp"

#include <signal.h>

#include <cstdio>
#include <string>
#include <utility>

#include "common/exit_code.hpp"
#include "common/terminal.hpp"
#include "common/utc_time.hpp"
#include "mqtt-doctor/language.hpp"
#include "mqtt-doctor/probes/surroundings.hpp"
#include "mqtt-doctor/report/sheet.hpp"
#include "mqtt-doctor/watch/watch.hpp"
#include "mqtt-doctor/watch/watch_verdict.hpp"

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

constexpr std::chrono::milliseconds name_limit{2500};
constexpr int usual_port = 1883, usual_secure_port = 8883;

volatile sig_atomic_t interrupted = 0;

/// While it lives, SIGINT and SIGTERM end the watch; the second of them ends the process.
class interruption_guard {
 public:
  interruption_guard() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
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

class page final : sheet {
 public:
  explicit page(const report_style& how) : sheet(how) {}

  /// The summary, then what is wrong or worth knowing.
  std::string text(const watch_facts& seen, const diagnosis& made) {
    line(mark(made.causes.empty() ? step_state::good : step_state::bad) + " " +
         say(summary_of(seen)));
    if (!made.causes.empty()) causes(made);
    remarks(made);
    return std::move(out_);
  }
};

void print(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  (void)std::fflush(stdout);
}

std::string now() {
  tools::utc_time clock;
  // "2026-11-21T04:27:25.080758Z": to the second.
  return std::string(clock.text_of(std::chrono::system_clock::now()).substr(0, 19)) + "Z";
}

watch_request request_of(const examination& about, const tools::doctor_settings& settings) {
  watch_request made;
  const bool is_secure = about.asked.scheme == "mqtts" || about.asked.scheme == "wss";
  const int port = about.asked.port != 0 ? about.asked.port
                   : is_secure           ? usual_secure_port
                                         : usual_port;
  const std::string scheme = !about.asked.scheme.empty() ? about.asked.scheme : usual_scheme(port);
  made.how.port = port;
  made.how.tls = scheme == "mqtts" || scheme == "wss";
  made.how.websocket = scheme == "ws" || scheme == "wss";
  made.how.path = about.path;
  made.how.version = parse_protocol_version(about.asked.version).value_or(protocol_version::v5);
  made.keep_alive_s = static_cast<int>(settings.client.session.keep_alive.count());
  made.length = std::chrono::duration_cast<std::chrono::milliseconds>(settings.delivery.watch);
  made.is_interrupted = [] { return interrupted != 0; };
  return made;
}

}  // namespace

std::optional<int> watch(const examination& about, const tools::doctor_settings& settings) {
  const name_facts name = look_up_name(about.asked.host, name_limit);
  if (name.addresses.empty()) return std::nullopt;
  choose_language(settings.language);
  const interruption_guard guard;
  watch_request request = request_of(about, settings);
  request.how.address = name.addresses.front();
  request.tell = [&settings](const watch_drop& one) {
    if (settings.json) return;
    const char* const which =
        one.is_steady ? N_("connection that pings") : N_("connection that pauses");
    print(now() + "  " + say(which) + colon() + say(describe(one)) + "\n");
  };
  bool is_let_in = false;
  watch_facts seen = watch_connections(about.to, request, is_let_in);
  // A broker that knows no MQTT 5 may hang up on it.
  if (!is_let_in && about.asked.version.empty()) {
    request.how.version = protocol_version::v3_1_1;
    seen = watch_connections(about.to, request, is_let_in);
  }
  if (!is_let_in) {
    choose_language("en");  // in which facts are gathered
    return std::nullopt;
  }
  seen.scheme = request.how.websocket ? "ws" : "mqtt";
  diagnosis made;
  for (auto& one : judge_watch(seen))
    (one.how_bad == severity::problem ? made.causes : made.warnings).push_back(std::move(one));
  made.is_healthy = made.causes.empty();
  made.exit_code = static_cast<int>(made.is_healthy ? exit_code::done : exit_code::lost);
  seen.target = about.asked.typed;
  if (settings.json) {
    print(json_report(seen, made));
    return made.exit_code;
  }
  report_style style;
  style.colour = tools::wants_colour(settings.colour, 1);
  style.utf8 = !settings.ascii && takes_utf8();
  style.verbose = settings.verbose;
  print(page(style).text(seen, made));
  return made.exit_code;
}

}  // namespace mqttkit::doctor
