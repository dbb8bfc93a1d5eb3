#include <algorithm>

#include "mqtt-doctor/causes/cause_names.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

class screen : text_page {
 public:
  screen(const facts& known, const diagnosis& made, const report_style& how)
      : text_page(how), facts_(known), made_(made) {}

  std::string text() {
    head();
    for (const auto& step : made_.steps) add_step(step);
    out_ += '\n';
    if (made_.causes.empty()) {
      healthy();
    } else {
      causes(made_);
    }
    remarks(made_);
    other_endpoints();
    not_seen();
    return std::move(out_);
  }

 private:
  void head() {
    std::string what = facts_.asked.typed.empty() ? facts_.asked.host : facts_.asked.typed;
    line(dyed(bold, "mqtt-doctor " + what) + "  (" + time_text(facts_.ms) + ")");
  }

  void add_step(const step& row) {
    constexpr std::size_t name_width = 11;
    std::string name = say(word_of(row.name));
    const std::size_t columns = columns_of(name);
    if (columns < name_width) name.append(name_width - columns, ' ');
    std::string text = "  " + mark(row.state) + " " + name + say(row.what);
    if (row.ms > 0) text += "  (" + time_text(row.ms) + ")";
    line(text, columns_of("  " + mark(row.state) + " ") + name_width);
  }

  void healthy() {
    const endpoint_facts& at = facts_.endpoints[made_.endpoint];
    const view main{facts_, at};
    line(dyed(bold, say(N_("Nothing is wrong from here."))));
    if (main.is_gateway()) return healthy_gateway(at);
    const contact& yes = *accepted(main);
    const bool has_warning =
        std::any_of(made_.warnings.begin(), made_.warnings.end(),
                    [](const finding& found) { return found.how_bad == severity::warning; });
    const bool is_elsewhere_open = others_can_come();
    line(say(!is_elsewhere_open && has_warning
                 ? N_("A client on this machine can connect with these settings. What keeps "
                      "others out stands below as a warning.")
             : !is_elsewhere_open
                 ? N_("A client on this machine can connect with these settings; whether others "
                      "can is not tested.")
             : has_warning
                 ? N_("A client on this network can connect with these settings. What may keep "
                      "others out stands below as a warning.")
                 : N_("A client on this network can connect with these settings; if a phone "
                      "cannot, the fault lies in its own settings or its own network.")));
    const auto row = [this](const std::string& name, const std::string& value) {
      line("  " + name + colon() + value);
    };
    row(say(N_("host")), is_elsewhere_open ? host_for_others() : facts_.asked.host);
    row(say(N_("port")), std::to_string(at.port));
    row(say(N_("protocol")), say(words(N_("{scheme}://, MQTT {version}"),
                                       {{"scheme", at.scheme}, {"version", version_of(at, yes)}})));
    row("TLS", main.is_tls() ? say(N_("on")) : say(N_("off")));
    if (main.is_websocket()) row(say(N_("path")), at.path);
    row(say(N_("user")), yes.mqtt->sent_user ? facts_.asked.user_name : say(N_("none needed")));
    limits(*yes.mqtt);
    line(say(N_("Wrong all the same? Say what you see: --symptom (its words: man mqtt-doctor).")));
  }

  void healthy_gateway(const endpoint_facts& at) {
    const gateway_fact& gateway = *at.gateway;
    const bool is_loopback = class_of(gateway.address) == address_class::loopback;
    line(say(is_loopback
                 ? N_("A client on this machine can connect with these settings; whether others "
                      "can is not tested.")
                 : N_("A client of MQTT-SN on this network can connect with these settings.")));
    const auto row = [this](const std::string& name, const std::string& value) {
      line("  " + name + colon() + value);
    };
    row(say(N_("gateway")), gateway.is_group ? gateway.address : facts_.asked.host);
    row(say(N_("port")), std::to_string(gateway.port) + " (UDP)");
    row(say(N_("protocol")), "MQTT-SN 1.2");
    row(say(N_("user")), say(N_("none: MQTT-SN has no login")));
  }

  /// The version that was examined; a session's is that of its subscriber.
  static std::string version_of(const endpoint_facts& at, const contact& yes) {
    const bool has_session = at.offline && !at.offline->tries.empty();
    return has_session ? at.offline->tries.back().version.word() : yes.mqtt->version.word();
  }

  /// Whether other machines can connect, as far as is known. A connection over loopback does not
  /// show that; the broker's sockets do.
  bool others_can_come() const {
    const view main{facts_, facts_.endpoints[made_.endpoint]};
    const bool is_loopback =
        main.client() != nullptr && class_of(main.client()->address) == address_class::loopback;
    const auto keeps_out = [](const finding& found) {
      return found.how_bad == severity::warning &&
             (found.id == cause_names::loopback_listener ||
              found.id == cause_names::docker_port_not_published);
    };
    if (std::any_of(made_.warnings.begin(), made_.warnings.end(), keeps_out)) return false;
    return !is_loopback || facts_.host;
  }

  /// The host for a phone to dial: localhost would lead to the phone itself.
  std::string host_for_others() const {
    const view main{facts_, facts_.endpoints[made_.endpoint]};
    if (main.client() == nullptr || class_of(main.client()->address) != address_class::loopback)
      return facts_.asked.host;
    std::vector<std::string> own;
    for (const auto& interface : facts_.local.interfaces) {
      const address_class kind = class_of(interface.address);
      if (kind == address_class::global || kind == address_class::private_use)
        own.push_back(interface.address);
    }
    return own.empty() ? facts_.asked.host : list_text(own);
  }

  /// Prints the limits in CONNACK by their names in the standard.
  void limits(const mqtt_fact& answer) {
    if (answer.limits.empty()) return;
    std::string text;
    for (const auto& [name, value] : answer.limits)
      text += (text.empty() ? "" : say(N_(", "))) + say(name.c_str()) + " " + std::to_string(value);
    line("  " + say(N_("limits of the broker")) + colon() + text);
  }

  /// Open ports that do not speak MQTT, such as a dashboard's.
  std::vector<const port_fact*> other_services() const {
    std::vector<const port_fact*> open;
    for (const auto& port : facts_.ports) {
      const bool is_endpoint =
          std::any_of(facts_.endpoints.begin(), facts_.endpoints.end(),
                      [&](const endpoint_facts& at) { return at.port == port.port; });
      if (port.connect.is_connected() && !is_endpoint) open.push_back(&port);
    }
    return open;
  }

  void add_service(const port_fact& port) {
    const std::string what = !port.product.empty()                   ? port.product
                             : port.speaks == spoken_protocol::quiet ? say(N_("silent"))
                                                                     : port.speaks.word();
    line("  " + mark(step_state::untested) + " " + std::to_string(port.port) + "  " +
         say(words(N_("{what}, not MQTT"), {{"what", what}})));
  }

  void other_endpoints() {
    const auto services = other_services();
    if (facts_.endpoints.size() < 2 && services.empty()) return;
    line(dyed(bold, say(N_("Other ports"))) + final_colon());
    for (std::size_t i = 0; i < facts_.endpoints.size(); ++i) {
      if (i == made_.endpoint) continue;
      const view known{facts_, facts_.endpoints[i]};
      const auto steps = steps_of(known);
      const auto bad = std::find_if(steps.begin(), steps.end(),
                                    [](const step& s) { return s.state == step_state::bad; });
      const bool is_good =
          (accepted(known) != nullptr || is_taken_by_gateway(known)) && bad == steps.end();
      line("  " + mark(is_good ? step_state::good : step_state::bad) + " " +
           known.at.scheme.word() + "://" + facts_.asked.host + ":" + known.port() +
           (bad != steps.end() ? "  " + say(bad->what) : ""));
    }
    for (const port_fact* const port : services) add_service(*port);
  }

  void not_seen() {
    if (!facts_.host || facts_.host->not_seen.empty()) return;
    // A healthy report leaves out what could not be examined, unless -v asks for it.
    if (made_.is_healthy && !how_.verbose) return;
    line(dyed(bold, say(N_("Not looked at"))) + final_colon());
    for (const auto& each : facts_.host->not_seen) line("  - " + in_parts(each));
  }

  // Translates each part of "containers: docker: needs root".
  static std::string in_parts(const std::string& text) {
    std::string out;
    std::size_t at = 0;
    for (;;) {
      const std::size_t end = text.find(": ", at);
      const std::string part = text.substr(at, end == std::string::npos ? end : end - at);
      if (!part.empty()) out += say(part.c_str());
      if (end == std::string::npos) return out;
      out += colon();
      at = end + 2;
    }
  }

  const facts& facts_;
  const diagnosis& made_;
};

}  // namespace

std::string terminal_report(const facts& known, const diagnosis& made, const report_style& how) {
  return screen(known, made, how).text();
}

}  // namespace mqttkit::doctor
