#include "mqtt-doctor/capture/page.hpp"

#include <cstdio>
#include <map>

#include "mqtt-doctor/causes/cause_names.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

// Lines without -v: enough for a handshake, CONNECT, its answer and the end.
constexpr std::size_t few_steps = 10;

/// "10:21:18" of a time in RFC 3339.
std::string clock_of(const std::string& time) {
  return time.size() >= 19 ? time.substr(11, 8) : time;
}
/// "2026-11-29 10:21:18 UTC" of a time in RFC 3339.
std::string date_of(const std::string& time) {
  return time.size() >= 19 ? time.substr(0, 10) + ' ' + time.substr(11, 8) + " UTC" : time;
}

std::string seconds_text(double seconds) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

class page : text_page {
 public:
  page(const recording& of, const report_style& how) : text_page(how), of_(of) {}

  std::string text() {
    head();
    for (const captured_client& each : of_.clients) {
      out_ += '\n';
      client(each);
    }
    if (of_.clients.empty()) nobody();
    rest();
    return std::move(out_);
  }

 private:
  void head() {
    const capture_facts& about = of_.about;
    line(dyed(bold, "mqtt-doctor explain " + about.file));
    std::string text = say(words(N_("{count} packets in {time}, from {began}"),
                                 {{"count", std::to_string(about.packets)},
                                  {"time", time_text(about.seconds * 1000)},
                                  {"began", date_of(of_.began)}}));
    if (const sentence place = place_words(about); !place.empty())
      text += say(N_(", ")) + say(place);
    line("  " + text);
    if (about.dropped != 0)
      line("  " + say(words(N_("{count} further packets were lost while it was recorded"),
                            {{"count", std::to_string(about.dropped)}})));
  }

  void client(const captured_client& client) {
    const capture_facts& capture = *client.from.known.capture;
    line(dyed(bold, client.name));
    const bool is_one = capture.connections == 1;
    line("  " + say(words(is_one ? N_("to {broker}, {began} to {ended}")
                                 : N_("to {broker}, {began} to {ended}, {count} connections"),
                          {{"broker", client.from.known.asked.typed},
                           {"began", clock_of(client.began)},
                           {"ended", clock_of(client.ended)},
                           {"count", std::to_string(capture.connections)}})));
    const bool is_bad = !client.from.made.causes.empty();
    if (how_.verbose) {
      for (const stream_fact& stream : capture.streams) steps(stream, stream.steps.size());
    } else {
      steps(is_bad ? telling_stream(capture) : capture.streams.back(), few_steps);
    }
    if (is_bad) {
      causes(client.from.made);
    } else if (!client.summary.empty()) {
      line(say(client.summary));
    } else if (capture.streams.back().is_late) {
      line(
          say(N_("It was connected before the capture began: who it is, its CONNECT would say. "
                 "Nothing is wrong with what was seen.")));
    } else {
      line(say(N_("The capture ends before it is clear what comes of this.")));
    }
    remarks(client.from.made);
  }

  void steps(const stream_fact& stream, std::size_t most) {
    if (how_.verbose && !stream.client_id.empty())
      line("  " + stream.client.address + ":" + std::to_string(stream.client.port));
    const std::size_t count = stream.steps.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t left_out = count > most + 1 ? count - most : 0;
      if (left_out != 0 && i == most / 2) {
        line("    " + say(words(N_("... {count} steps"), {{"count", std::to_string(left_out)}})));
        i += left_out;
      }
      step(stream.steps[i]);
    }
  }

  void step(const stream_step_fact& step) {
    char head[64];
    (void)std::snprintf(head, sizeof head, "  %7s %10s %s ",
                        ('#' + std::to_string(step.in)).c_str(),
                        ('+' + seconds_text(step.at_s)).c_str(), step.from_client ? ">" : "<");
    const std::string what = step.what.empty()     ? step.detail
                             : step.detail.empty() ? step.what
                                                   : step.what + ": " + step.detail;
    constexpr std::size_t behind_head = 23;
    line(head + (step.is_bad ? dyed(red, what) : what), behind_head);
  }

  void nobody() {
    out_ += '\n';
    const capture_facts& about = of_.about;
    if (about.place == capture_place::server && about.is_place_said) {
      line(say(words(N_("Nothing for MQTT reached this server in {time}: a firewall, the security "
                        "group or a wrong address stands before it."),
                     {{"time", time_text(about.seconds * 1000)}})));
    } else {
      line(say(N_("There is no connection of MQTT in it, and none to a port where it is usual.")));
    }
    if (of_.streams == 0 && about.packets != 0)
      line(
          say(N_("Not one TCP connection either: was the filter right (tcp port 1883 or icmp), and "
                 "the interface (-i any)?")));
  }

  void rest() {
    const auto tell = [this](std::uint64_t count, const char* english) {
      if (count != 0) line(say(words(english, {{"count", std::to_string(count)}})));
    };
    out_ += '\n';
    const std::size_t before = out_.size();
    tell(of_.other_tls, N_("TLS to other ports, in which MQTT may be: {count} connections"));
    tell(of_.others - of_.other_tls, N_("other connections, not of MQTT: {count}"));
    tell(of_.clients_left_out, N_("connections of further clients, left out: {count}"));
    tell(of_.streams_left_out, N_("further connections, left out: {count}"));
    if (out_.size() == before) out_.pop_back();
  }

  const recording& of_;
};

class symptom_answer : text_page {
 public:
  explicit symptom_answer(const report_style& how) : text_page(how) {}

  std::string text(symptom seen, const diagnosis& made) {
    if (made.causes.empty()) return {};
    const finding& first = made.causes.front();
    out_ += '\n';
    if (first.id == cause_names::symptom_unexplained) {
      causes(made);
    } else if (explains(first, seen)) {
      line(dyed(bold,
                say(words(N_("For what you see ({symptom}) the likeliest reason is this: {cause}"),
                          {{"symptom", word_of(seen)}, {"cause", say(first.cause)}}))));
    } else {
      line(say(words(N_("None of this explains what you see ({symptom})."),
                     {{"symptom", word_of(seen)}})));
    }
    return std::move(out_);
  }
};

}  // namespace

std::string symptom_page(symptom seen, const diagnosis& made, const report_style& how) {
  return seen == symptom::none ? std::string() : symptom_answer(how).text(seen, made);
}

sentence place_words(const capture_facts& of) {
  const bool is_said = of.is_place_said;
  switch (of.place.value()) {
    case capture_place::client:
      return is_said ? N_("recorded on the client")
                     : N_("recorded on the client, as its packets show");
    case capture_place::server:
      return is_said ? N_("recorded on the server")
                     : N_("recorded on the server, as its packets show");
    case capture_place::router:
      return is_said ? N_("recorded on the way") : N_("recorded on the way, as its packets show");
    case capture_place::same:
      return N_("client and broker are on one machine");
    case capture_place::none:
      break;
  }
  return {};
}

std::string capture_page(const recording& of, const report_style& how) {
  return page(of, how).text();
}

}  // namespace mqttkit::doctor
