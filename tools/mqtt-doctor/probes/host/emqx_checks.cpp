// EMQX's authenticators and sources of rights: lists of blocks, which the reader of its other
// settings does not keep apart.
#include <vector>

#include "common/url_password.hpp"
#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/file_rights.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_levels = 32, longest_stem = 512, most_settings = 512;

class reader {
 public:
  explicit reader(const std::string& text) : text_(text) {}

  emqx_checks read() {
    for (; at_ < text_.size(); ++at_) {
      step(text_[at_]);
      if (text_[at_] == '\n') ++line_;
    }
    finish();
    return std::move(out_);
  }

 private:
  struct level {
    std::string stem;  ///< "authentication.1."
    bool is_list = false;
    int count = 0;  ///< of a list's items
  };

  void step(char c) {
    if (c == '"') is_quoted_ = !is_quoted_;
    const bool is_remark =
        c == '#' || (c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/');
    if (word_.empty()) word_line_ = line_;
    if (is_quoted_) {
      word_ += c;
    } else if (is_remark) {
      while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
    } else if (c == '{' || c == '[') {
      open(c == '[');
    } else if (c == '}' || c == ']') {
      finish();
      if (left_out_ > 0)
        --left_out_;
      else if (levels_.size() > 1)
        levels_.pop_back();
    } else if (c == '\n' || c == ',') {
      finish();
    } else if (!word_.empty() || (c != ' ' && c != '\t' && c != '\r')) {
      word_ += c;
    }
  }

  void open(bool is_list) {
    std::string name = trimmed(word_);
    word_.clear();
    while (!name.empty() && (name.back() == '=' || name.back() == ':' || name.back() == ' '))
      name.pop_back();
    level& above = levels_.back();
    std::string stem = above.stem;
    if (above.is_list)
      stem += std::to_string(++above.count) + ".";
    else if (!name.empty())
      stem += unquoted_value(name) + ".";
    if (left_out_ > 0 || levels_.size() > most_levels || stem.size() > longest_stem)
      ++left_out_;
    else
      levels_.push_back({stem, is_list, 0});
  }

  static bool is_told(const std::string& key) {
    const bool is_login = key.starts_with("authentication.");
    if (!is_login && !key.starts_with("authorization.sources.")) return false;
    for (const char* name : {".mechanism", ".backend", ".type", ".url", ".server", ".servers",
                             ".enable", ".path", ".user_id_type"}) {
      if (key.ends_with(name)) return true;
    }
    return false;
  }

  void finish() {
    const std::size_t equals = word_.find_first_of("=:");
    const level& here = levels_.back();
    if (equals != std::string::npos && left_out_ == 0 && !here.is_list) {
      const std::string key = here.stem + unquoted_value(word_.substr(0, equals));
      std::string value = unquoted_value(word_.substr(equals + 1));
      tools::hide_url_passwords(value, {});
      const bool is_of_listener =
          key.starts_with("listeners.") && key.find(".authentication.") != std::string::npos;
      if (is_of_listener) out_.settings["listener_authentication"] = "present";
      if (is_told(key) && out_.settings.size() < most_settings) {
        out_.settings[key] = value;
        out_.lines[key] = word_line_;
      }
    }
    word_.clear();
  }

  const std::string& text_;
  emqx_checks out_;
  std::vector<level> levels_{level{}};
  std::size_t left_out_ = 0;  ///< open blocks beyond the limits, of which nothing is kept
  std::size_t at_ = 0;
  std::string word_;
  int line_ = 1;
  int word_line_ = 1;
  bool is_quoted_ = false;
};

}  // namespace

emqx_checks read_emqx_checks(const std::string& hocon) { return reader(hocon).read(); }

}  // namespace mqttkit::doctor
