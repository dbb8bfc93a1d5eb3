// The report of several vantage points: a line of steps for each, then the common diagnosis.
#include "mqtt-doctor/together/together.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/gateway_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

class together : text_page {
 public:
  together(const std::vector<vantage>& all, const diagnosis& made, const report_style& how)
      : text_page(how), all_(all), made_(made), server_(server_among(all)) {}

  std::string text() {
    line(dyed(bold, head()));
    for (const auto& each : all_) widest_ = std::max(widest_, columns_of(each.name));
    for (const auto& each : all_) add_vantage(each);
    out_ += '\n';
    if (made_.causes.empty()) {
      line(dyed(bold, say(N_("Nothing is wrong from any of these places."))));
      line(
          say(N_("If a phone cannot connect, the fault lies in its own settings or its own "
                 "network; a file made there tells.")));
    } else {
      causes(made_);
    }
    remarks(made_);
    if (server_ == nullptr && !made_.causes.empty()) ask_for_server();
    return std::move(out_);
  }

 private:
  static std::string padded(const std::string& text, std::size_t width) {
    const std::size_t columns = columns_of(text);
    return columns < width ? text + std::string(width - columns, ' ') : text;
  }

  /// The headline: explain names its files, and other commands themselves.
  std::string head() const {
    if (how_.program != report_style().program) return how_.program;
    std::string text = "mqtt-doctor explain";
    for (const auto& each : all_) text += " " + each.name;
    return text;
  }

  /// Whether the place is a phone of which nothing was seen: it has tried nothing then.
  static bool is_unheard(const vantage& place) {
    return place.known.phone && !place.known.phone->has_come();
  }

  void add_vantage(const vantage& place) {
    std::string text = "  " + padded(place.name, widest_);
    for (const auto& step : place.made.steps) {
      const step_state state = is_unheard(place) ? step_state::untested : step.state;
      text += "  " + mark(state) + " " + say(word_of(step.name));
    }
    line(text);
    line("  " + std::string(widest_ + 2, ' ') + detail_of(place));
  }

  std::string detail_of(const vantage& place) const {
    std::string text;
    if (&place == server_) text = say(N_("the broker's own machine")) + say(N_(", "));
    if (is_unheard(place)) return text + say(N_("no phone has come"));
    for (const auto& step : place.made.steps) {
      if (step.state == step_state::bad) return text + say(step.what);
    }
    if (const gateway_fact* const gateway = gateway_of(place.main());
        gateway != nullptr && gateway->is_accepted())
      return text + say(words(N_("{where} takes a client"), {{"where", gateway_at(*gateway)}}));
    const contact* const yes = accepted(place.main());
    if (yes == nullptr) return text + say(N_("not tested"));
    return text + say(words(N_("{where} accepts MQTT {version}"),
                            {{"where", dialled(place.main())}, {"version", yes->mqtt->version}}));
  }

  void ask_for_server() {
    if (made_.causes.front().how_sure == certainty::certain) return;
    line(say(N_("A file from the broker's own machine would tell more:")));
    line("      sudo mqtt-doctor localhost --on-broker --json > server.json");
  }

  const std::vector<vantage>& all_;
  const diagnosis& made_;
  const vantage* const server_;
  std::size_t widest_ = 0;
};

}  // namespace

std::string terminal_report(const std::vector<vantage>& all, const diagnosis& made,
                            const report_style& how) {
  return together(all, made, how).text();
}

}  // namespace mqttkit::doctor
