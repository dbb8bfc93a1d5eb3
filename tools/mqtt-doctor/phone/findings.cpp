#include "mqtt-doctor/phone/findings.hpp"

#include <charconv>
#include <cmath>

#include "common/json_reader.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_text = 300;  // bytes of a browser's error
constexpr std::size_t most_word = 40;
constexpr double most_ms = 24 * 3600 * 1000.0;  // no page is served for longer
constexpr int most_port = 65535;
constexpr int most_code = 65535;
constexpr int most_count = 1'000'000;

class reader {
 public:
  explicit reader(std::string_view text) : text_(text), in_(text) {}

  std::string step(phone_step_fact& out) {
    take_step(out);
    return end();
  }

  std::string findings(phone_facts& out) {
    bool has_steps = false;
    if (in_.begin_object()) {
      for (std::string_view name; in_.next_member(name);) {
        if (name == "schema") {
          int schema = 0;
          number(schema, most_code);
          if (!in_.failed() && schema != 1) in_.refuse("this version knows schema 1");
        } else if (name == "agent") {
          object([&](std::string_view member) {
            if (member == "system") return text(out.system, most_word);
            if (member == "browser") return text(out.browser, most_word);
            in_.skip();
          });
        } else if (name == "language") {
          text(out.language, most_word);
        } else if (name == "network") {
          object([&](std::string_view member) {
            if (member == "type") return text(out.network, most_word);
            in_.skip();
          });
        } else if (name == "host") {
          text(out.host, most_text);
        } else if (name == "steps") {
          has_steps = true;
          steps(out.steps);
        } else {
          in_.skip();
        }
      }
    }
    if (!in_.failed() && !has_steps) return "steps are missing";
    return end();
  }

 private:
  std::string end() {
    if (in_.end()) return {};
    return std::string(in_.wrong()) + " (byte " + std::to_string(in_.offset()) + ")";
  }

  /// A member of the wrong type is an error; null counts as missing.
  template <class Take>
  void object(Take take) {
    if (in_.take_null() || !in_.begin_object()) return;
    for (std::string_view member; in_.next_member(member);) take(member);
  }

  void steps(std::vector<phone_step_fact>& out) {
    out.clear();
    if (!in_.begin_array()) return;
    while (in_.next_element()) {
      if (out.size() == most_phone_steps) return in_.refuse("too many steps");
      take_step(out.emplace_back());
    }
  }

  void take_step(phone_step_fact& out) {
    bool has_name = false;
    if (!in_.begin_object()) return;
    for (std::string_view member; in_.next_member(member);) {
      if (member == "step") {
        word(out.step);
        has_name = true;
      } else if (member == "port") {
        number(out.port, most_port);
      } else if (member == "kind") {
        word(out.kind);
      } else if (member == "outcome") {
        word(out.outcome);
      } else if (member == "ms") {
        real(out.ms);
      } else if (member == "detail") {
        text(out.detail, most_text);
      } else if (member == "code") {
        number(out.code, most_code);
      } else if (member == "version") {
        version(out.version);
      } else if (member == "user") {
        boolean(out.user);
      } else if (member == "as") {
        std::string who;
        text(who, most_word);
        out.user = out.user || who == "user";
      } else if (member == "own_topic") {
        boolean(out.own_topic);
      } else if (member == "variant") {
        boolean(out.variant);
      } else if (member == "reason") {
        text(out.reason, most_word);
      } else if (member == "hidden_ms") {
        real(out.hidden_ms);
      } else if (member == "seconds") {
        real(out.seconds);
      } else if (member == "path") {
        text(out.path, most_text);
      } else if (member == "subprotocol") {
        text(out.subprotocol, most_word);
      } else if (member == "close") {
        number(out.close, most_code);
      } else if (member == "count" || member == "drops") {
        number(out.count, most_count);
      } else if (member == "topic") {
        text(out.topic, most_text);
      } else {
        in_.skip();
      }
    }
    if (out.step == phone_step::login) out.user = true;
    if (!in_.failed() && !has_name) in_.refuse("a step has no name");
  }

  void text(std::string& out, std::size_t most) {
    if (in_.take_null()) return;
    std::string_view said;
    if (!in_.string(said, storage_)) return;
    if (said.size() > most) {
      std::size_t cut = most;
      while (cut > 0 && (static_cast<unsigned char>(said[cut]) & 0xC0) == 0x80) --cut;
      said = said.substr(0, cut);
    }
    out = shown(said);
  }
  template <class Enum>
  void word(fact_word<Enum>& out) {
    std::string said;
    text(said, most_word);
    out = fact_word<Enum>(said);
  }
  /// "5" and "3.1.1", or the protocol level of CONNECT.
  void version(fact_word<mqtt_version>& out) {
    if (!is_number_next()) return word(out);
    int level = 0;
    number(level, most_code);
    out = level == 5   ? mqtt_version::v5
          : level == 4 ? mqtt_version::v3_1_1
          : level == 3 ? mqtt_version::v3_1
                       : mqtt_version::none;
  }
  void boolean(bool& out) {
    if (!in_.take_null()) in_.boolean(out);
  }
  bool is_number_next() {
    const std::size_t at = in_.position();
    return at < text_.size() && text_[at] >= '0' && text_[at] <= '9';
  }
  void number(int& out, int most) {
    if (in_.take_null()) return;
    double wide = 0;
    if (!real_of(wide)) return;
    if (wide < -1 || wide > most || wide != std::floor(wide))
      return in_.refuse("a whole number is wanted here, and not so large a one");
    out = static_cast<int>(wide);
  }
  void real(double& out) {
    if (in_.take_null()) return;
    double wide = 0;
    if (!real_of(wide)) return;
    if (wide < 0 || wide > most_ms) return in_.refuse("no time takes so long");
    out = wide;
  }
  bool real_of(double& out) {
    std::string_view spelled;
    if (!in_.number(spelled)) return false;
    const auto [stop, error] =
        std::from_chars(spelled.data(), spelled.data() + spelled.size(), out);
    static_cast<void>(stop);  // its characters were checked before
    if (error == std::errc() && std::isfinite(out)) return true;
    in_.refuse("the number is too large");
    return false;
  }

  std::string_view text_;
  tools::json_reader in_;
  std::string storage_;
};

}  // namespace

std::string read_phone_step(std::string_view json, phone_step_fact& out) {
  if (!is_utf8(json)) return "not UTF-8";
  phone_step_fact made;
  std::string wrong = reader(json).step(made);
  if (wrong.empty()) out = std::move(made);
  return wrong;
}

std::string read_phone_findings(std::string_view json, phone_facts& out) {
  if (!is_utf8(json)) return "not UTF-8";
  phone_facts made = out;
  std::string wrong = reader(json).findings(made);
  if (wrong.empty()) out = std::move(made);
  return wrong;
}

}  // namespace mqttkit::doctor
