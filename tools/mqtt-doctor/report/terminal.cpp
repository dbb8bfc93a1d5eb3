#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/language.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {
namespace {

// Rivals within this factor are worth a person's time (catalogue of priors: a factor of three).
constexpr double rival_factor = 3;
constexpr double surely = 90;
constexpr std::size_t most_rivals = 3;
constexpr std::size_t most_excluded = 4;
constexpr std::size_t most_warnings = 4;

constexpr const char* green = "\033[32m";
constexpr const char* red = "\033[31m";
constexpr const char* yellow = "\033[33m";
constexpr const char* bold = "\033[1m";
constexpr const char* plain = "\033[0m";

class screen {
 public:
  screen(const facts& seen, const diagnosis& made, const report_style& how)
      : seen_(seen), made_(made), how_(how) {}

  std::string text() {
    head();
    for (const auto& one : made_.steps) add_step(one);
    out_ += '\n';
    if (made_.causes.empty()) {
      healthy();
    } else {
      cause(made_.causes.front());
      rivals();
      excluded();
    }
    warnings();
    if (seen_.endpoints.size() > 1) other_endpoints();
    not_seen();
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { out_ += text + '\n'; }
  std::string dyed(const char* colour, const std::string& text) const {
    return how_.colour ? colour + text + plain : text;
  }

  void head() {
    std::string what = seen_.asked.typed.empty() ? seen_.asked.host : seen_.asked.typed;
    line(dyed(bold, "mqtt-doctor " + what) + "  (" + time_text(seen_.ms) + ")");
  }

  std::string mark(step_state state) const {
    switch (state) {
      case step_state::good:
        return dyed(green, how_.utf8 ? "\u2713" : "[ok]");
      case step_state::bad:
        return dyed(red, how_.utf8 ? "\u2717" : "[!!]");
      case step_state::doubtful:
        return dyed(yellow, how_.utf8 ? "?" : "[??]");
      case step_state::untested:
        break;
    }
    return how_.utf8 ? "\u00b7" : "[--]";
  }

  void add_step(const step& one) {
    constexpr std::size_t name_width = 11;
    std::string name = one.name;
    name.resize(std::max(name.size(), name_width), ' ');
    std::string text = "  " + mark(one.state) + " " + name + say(one.what);
    if (one.ms > 0) text += "  (" + time_text(one.ms) + ")";
    line(text);
  }

  void cause(const finding& one) {
    line(dyed(bold, say(N_("Cause")) + " (" + sureness(one.how_sure) + "): ") + say(one.cause));
    for (const auto& evidence : one.evidence) line("  - " + say(evidence));
    cures(one);
  }

  static std::string sureness(certainty how) {
    switch (how) {
      case certainty::certain:
        return say(N_("certain"));
      case certainty::likely:
        return say(N_("likely"));
      case certainty::possible:
        break;
    }
    return say(N_("possible"));
  }

  static std::string where(place at) {
    switch (at) {
      case place::server:
        return say(N_("on the server"));
      case place::app:
        return say(N_("in the app"));
      case place::console:
        return say(N_("in the console or router"));
      case place::here:
        break;
    }
    return say(N_("on this device"));
  }

  void command(const std::string& text, const std::string& indent) {
    std::size_t at = 0;
    while (at <= text.size()) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      line(indent + text.substr(at, end - at));
      at = end + 1;
    }
  }

  void cures(const finding& one) {
    if (!one.cures.empty()) line(dyed(bold, say(N_("Mend it"))) + ":");
    for (const auto& cure : one.cures) {
      line("  " + where(cure.where) + ": " + say(cure.what));
      if (!cure.command.empty()) command(cure.command, "      ");
    }
    if (one.apart.empty()) return;
    line(dyed(bold, say(N_("To be sure"))) + ": " + say(one.apart));
    if (!one.apart_command.empty()) command(one.apart_command, "      ");
  }

  void rivals() {
    const finding& top = made_.causes.front();
    if (top.weight >= surely) return;
    std::size_t count = 0;
    for (std::size_t i = 1; i < made_.causes.size() && count < most_rivals; ++i) {
      const finding& one = made_.causes[i];
      if (one.weight * rival_factor < top.weight) continue;
      if (count++ == 0) line(dyed(bold, say(N_("It may also be"))) + ":");
      line("  - " + say(one.cause));
    }
  }

  void excluded() {
    if (made_.excluded.empty()) return;
    line(dyed(bold, say(N_("Ruled out"))) + ":");
    for (std::size_t i = 0; i < made_.excluded.size() && i < most_excluded; ++i) {
      line("  - " + made_.excluded[i].id + ": " + say(made_.excluded[i].why));
    }
  }

  void healthy() {
    const endpoint_facts& at = seen_.endpoints[made_.endpoint];
    const view main{seen_, at};
    const contact& yes = *accepted(main);
    line(dyed(bold, say(N_("Nothing is wrong from here."))));
    line(say(
        N_("A client on this network can connect with these settings; if a phone cannot, the fault "
           "lies in its own settings or its own network.")));
    const auto row = [this](const std::string& name, const std::string& value) {
      line("  " + name + ": " + value);
    };
    row(say(N_("host")), seen_.asked.host);
    row(say(N_("port")), std::to_string(at.port));
    row(say(N_("protocol")), at.scheme + "://, MQTT " + yes.mqtt->version);
    row("TLS", main.is_tls() ? say(N_("on")) : say(N_("off")));
    if (main.is_websocket()) row(say(N_("path")), at.path);
    row(say(N_("user")), yes.mqtt->sent_user ? seen_.asked.user_name : say(N_("none needed")));
  }

  void warnings() {
    std::size_t count = 0;
    for (const auto& one : made_.warnings) {
      const bool is_warning = one.how_bad == severity::warning;
      // Beside a cause only warnings count; notes are for the healthy.
      if ((!made_.causes.empty() && !is_warning) || count == most_warnings) continue;
      ++count;
      line(dyed(is_warning ? yellow : bold, say(is_warning ? N_("Warning") : N_("Note"))) + ": " +
           say(one.cause));
      if (!is_warning) continue;
      for (const auto& cure : one.cures) {
        line("  " + where(cure.where) + ": " + say(cure.what));
        if (!cure.command.empty()) command(cure.command, "      ");
      }
    }
  }

  void other_endpoints() {
    line(dyed(bold, say(N_("Other ports"))) + ":");
    for (std::size_t i = 0; i < seen_.endpoints.size(); ++i) {
      if (i == made_.endpoint) continue;
      const view one{seen_, seen_.endpoints[i]};
      const auto steps = steps_of(one);
      const auto bad = std::find_if(steps.begin(), steps.end(),
                                    [](const step& s) { return s.state == step_state::bad; });
      const bool is_good = accepted(one) != nullptr && bad == steps.end();
      line("  " + mark(is_good ? step_state::good : step_state::bad) + " " + one.at.scheme + "://" +
           seen_.asked.host + ":" + one.port() + (bad != steps.end() ? "  " + say(bad->what) : ""));
    }
  }

  void not_seen() {
    if (!seen_.host || seen_.host->not_seen.empty() || !how_.verbose) return;
    line(dyed(bold, say(N_("Not looked at"))) + ":");
    for (const auto& one : seen_.host->not_seen) line("  - " + one);
  }

  const facts& seen_;
  const diagnosis& made_;
  const report_style& how_;
  std::string out_;
};

}  // namespace

std::string terminal_report(const facts& seen, const diagnosis& made, const report_style& how) {
  return screen(seen, made, how).text();
}

std::string story(const facts& seen) {
  std::string out;
  const auto line = [&out](const std::string& text) { out += "* " + text + '\n'; };
  for (const auto& one : seen.name.questions) {
    line("dns " + one.type + " " + seen.asked.host + " @" + one.server + ": " + one.outcome +
         (one.rcode >= 0 ? " rcode " + std::to_string(one.rcode) : "") + " " +
         list_text(one.addresses) + " " + time_text(one.ms));
  }
  if (!seen.name.is_literal) {
    line("getaddrinfo: " + seen.name.lookup + " " + list_text(seen.name.addresses) + " " +
         time_text(seen.name.lookup_ms));
  }
  for (const auto& endpoint : seen.endpoints) {
    line(endpoint.scheme + " port " + std::to_string(endpoint.port) + ", " +
         time_text(endpoint.ms));
    for (const auto& one : endpoint.contacts) {
      line("[" + one.purpose + "] " + one.address + " port " + std::to_string(one.port) + ": " +
           one.connect.outcome + " " + one.connect.error + " " + time_text(one.connect.ms) +
           (one.connect.icmp
                ? ", ICMP " + std::to_string(one.connect.icmp->type) + "/" +
                      std::to_string(one.connect.icmp->code) + " from " + one.connect.icmp->from
                : ""));
      if (one.tls) {
        line("  tls: " +
             (one.tls->is_done ? one.tls->protocol + " " + one.tls->cipher : one.tls->end) +
             ", SNI \"" + one.tls->server_name + "\"" +
             (one.tls->alert >= 0 ? ", alert " + std::to_string(one.tls->alert) : "") + ", " +
             one.tls->error + " " + time_text(one.tls->ms));
        for (const auto& failed : one.tls->failures) {
          line("  tls: verify " + std::to_string(failed.code) + " at depth " +
               std::to_string(failed.depth) + ": " + failed.words);
        }
        for (const auto& certificate : one.tls->chain) {
          line("  tls: " + certificate.subject + " <- " + certificate.issuer + ", " +
               certificate.not_before + " to " + certificate.not_after);
        }
      }
      if (one.websocket) {
        line("  http: " + one.websocket->path + ": " + one.websocket->status_line + " " +
             one.websocket->end + " " + time_text(one.websocket->ms));
      }
      if (one.mqtt) {
        line("  mqtt: CONNECT " + one.mqtt->version + " -> " + one.mqtt->answer +
             (one.mqtt->reason >= 0 ? " " + std::to_string(one.mqtt->reason) : "") + " " +
             time_text(one.mqtt->ms));
      }
      if (!one.received.empty()) line("  received: " + one.received + "  \"" + one.text + "\"");
      line("  end: " + one.end + " after " + time_text(one.end_ms) + ", unacknowledged " +
           std::to_string(one.unacknowledged) + ", retransmits " +
           std::to_string(one.total_retransmits));
    }
    if (endpoint.surroundings) {
      for (const auto& one : endpoint.surroundings->ports) {
        line("port " + std::to_string(one.port) + ": " + one.connect.outcome + " " + one.speaks +
             " " + one.product);
      }
      for (const auto& hop : endpoint.surroundings->hops) {
        line("hop " + std::to_string(hop.ttl) + ": " + (hop.from.empty() ? "*" : hop.from));
      }
      if (!endpoint.surroundings->test_net.empty()) {
        line("192.0.2.1: " + endpoint.surroundings->test_net);
      }
    }
    for (const auto& one : endpoint.deliveries) {
      line("topic " + one.topic + ": suback " + std::to_string(one.suback) + ", puback " +
           std::to_string(one.puback) +
           (one.echoed ? ", came back in " + time_text(one.echo_ms) : "") +
           (one.end.empty() ? "" : ", ended: " + one.end + " after " + one.ended_after));
    }
  }
  return out;
}

}  // namespace mqttkit::doctor
