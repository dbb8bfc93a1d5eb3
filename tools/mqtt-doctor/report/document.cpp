#include "mqtt-doctor/report/document.hpp"

#include <algorithm>
#include <cstdio>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/report/blank.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

class document_writer {
 public:
  document_writer(const std::vector<vantage>& all, const diagnosis& whole, bool blanks_addresses)
      : all_(all), whole_(whole), server_(server_among(all)), blank_(blanks_addresses) {
    for (const auto& each : all) blank_.learn(each.known);
  }

  document write() {
    document out;
    out.title = "mqtt-doctor";
    for (const auto& each : all_) {
      out.title += " " + (all_.size() == 1 ? blank_(target_of(each.known)) : blank_(each.name));
    }
    out.language = say(N_("en"));
    for (const auto& each : all_) out.panels.push_back(panel_of(each));
    if (whole_.causes.empty()) {
      out.lead = say(all_.size() == 1 ? N_("Nothing is wrong from here.")
                                      : N_("Nothing is wrong from any of these places."));
    } else {
      out.cause = problem_of(whole_.causes.front());
    }
    for (const finding* const found : rivals_of(whole_)) out.rivals.push_back(told(found->cause));
    for (const auto& each : whole_.excluded) out.excluded.emplace_back(each.id, told(each.why));
    for (const finding* const found : remarks_of(whole_)) {
      document::remark remark;
      remark.is_warning = found->how_bad == severity::warning;
      remark.text = told(found->cause);
      if (remark.is_warning) remark.cures = cures_of(*found);
      out.remarks.push_back(std::move(remark));
    }
    return out;
  }

 private:
  static std::string target_of(const facts& known) {
    return known.asked.typed.empty() ? known.asked.host : known.asked.typed;
  }

  /// The sentence in the chosen language, with the values in its places blanked, and its words not.
  std::string told(sentence from) {
    for (auto& [name, value] : from.places) value = blank_(value);
    from.seen_by = blank_(from.seen_by);  // for a capture it holds the client's address
    return without_secrets(say(from));
  }

  std::vector<document::remedy> cures_of(const finding& found) {
    std::vector<document::remedy> out;
    for (const auto& cure : found.cures) {
      const bool is_for_file = cure.kind == cure_kind::lines;
      std::string what = told(cure.what);
      const std::string file = blank_(cure.file);
      if (is_for_file && file.starts_with('/') && what.find(file) == std::string::npos)
        what += " (" + file + ")";
      out.push_back({place_of(cure), std::move(what), blank_(cure.command), is_for_file});
    }
    return out;
  }

  document::problem problem_of(const finding& found) {
    document::problem out;
    out.sureness = sureness(found.how_sure);
    out.id = found.id;
    out.cause = told(found.cause);
    for (const auto& evidence : found.evidence) out.evidence.push_back(told(evidence));
    out.cures = cures_of(found);
    out.apart = told(found.apart);
    out.apart_command = blank_(found.apart_command);
    return out;
  }

  document::panel panel_of(const vantage& place) {
    document::panel out;
    if (all_.size() > 1) out.name = blank_(place.name);
    const finding* const cause = whole_.causes.empty() ? nullptr : &whole_.causes.front();
    out.path = path_of(place, cause, &place == server_ && all_.size() > 1);
    // A phone that was never seen has not failed at any station.
    const bool is_unheard = place.known.phone && !place.known.phone->has_come();
    for (const auto& step : place.made.steps) {
      if (is_unheard) {
        out.steps.push_back({step_state::untested, say(word_of(step.name)), say(N_("not tested"))});
        continue;
      }
      std::string what = told(step.what);
      if (step.ms > 0) what += " (" + time_text(step.ms) + ")";
      out.steps.push_back({step.state, say(word_of(step.name)), std::move(what)});
    }
    add_about(place, out.about);
    if (place.known.capture && !place.known.capture->streams.empty())
      add_ladder(telling_stream(*place.known.capture), out);
    return out;
  }

  void add_ladder(const stream_fact& stream, document::panel& to) {
    to.client =
        blank_(host_and_port(stream.client.address, static_cast<unsigned>(stream.client.port)));
    to.broker =
        blank_(host_and_port(stream.broker.address, static_cast<unsigned>(stream.broker.port)));
    for (const stream_step_fact& step : stream.steps) {
      char time[32];
      (void)std::snprintf(time, sizeof time, "%.3f", step.at_s);
      document::rung made;
      made.packet = "#" + std::to_string(step.in) + " +" + time + " s";
      made.what = step.what;
      const std::string detail = without_secrets(blank_(step.detail));
      if (!detail.empty()) made.what += (made.what.empty() ? "" : colon()) + detail;
      made.from_client = step.from_client;
      made.is_bad = step.is_bad;
      to.ladder.push_back(std::move(made));
    }
  }

  void add_about(const vantage& place, std::vector<document::row>& to) {
    const facts& known = place.known;
    const asked_facts& asked = known.asked;
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) to.emplace_back(say(name), blank_(value));
    };
    add(N_("asked for"), target_of(known));
    const view main = place.main();
    add(N_("protocol"), main.at.scheme.empty()
                            ? std::string()
                            : say(words(N_("{scheme}://, port {port}"),
                                        {{"scheme", main.at.scheme}, {"port", main.port()}})));
    add(N_("MQTT version"), asked.version.word());
    add(N_("user"), asked.has_user ? asked.user_name : "");
    add(N_("password"), asked.has_password ? say(N_("given, not shown")) : "");
    add(N_("topic"), asked.topic);
    std::string tls;
    for (const auto& [is_set, name] :
         {std::pair{asked.has_ca, "--cafile"}, std::pair{asked.has_certificate, "--cert"},
          std::pair{asked.has_psk, "--psk"}, std::pair{asked.is_insecure, "--insecure"},
          std::pair{asked.trusts_any, "--trust-any-certificate"}}) {
      if (is_set) tls += (tls.empty() ? "" : " ") + std::string(name);
    }
    add("TLS", tls);
    add(N_("broker"), broker_text(place));
    add(N_("system"), known.host ? known.host->system : "");
    add(N_("cloud"), known.host ? known.host->cloud.word() : "");
    add(N_("program"), known.program);
    add(N_("time"), known.started);
  }

  static std::string broker_text(const vantage& place) {
    const auto name = broker_of(place.main());
    if (!place.known.host) return name.word();
    for (const auto& file : place.known.host->configurations) {
      if (!file.version.empty() && (name.empty() || file.broker == name))
        return file.broker.word() + " " + file.version;
    }
    return name.word();
  }

  const std::vector<vantage>& all_;
  const diagnosis& whole_;
  const vantage* const server_;
  blanker blank_;
};

}  // namespace

document document_of(const std::vector<vantage>& all, const diagnosis& whole,
                     bool blanks_addresses) {
  return document_writer(all, whole, blanks_addresses).write();
}

}  // namespace mqttkit::doctor
