// The one unit that includes CLI11, which takes 10 s and more to compile.
//
// CLI11 compares each option it is given with all others, which for the whole table takes longer
// than a publish does. So it is given those that the line can name, and sees not the words but
// their shape: what is no option of ours is a dot to it. What it takes for an option and what for
// a value is then laid over the words of argv, so that no word is copied, least of all a password.
#include <istream>
#include <ostream>

// CLI11 includes <iostream> for the default streams of App::exit(), which is not called here. With
// libstdc++ whoever includes it has the standard streams and all facets of the locale set up before
// main(), a twentieth of a one-shot publish: their declarations are enough.
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_IOSTREAM)
#define _GLIBCXX_IOSTREAM 1  // NOLINT(bugprone-reserved-identifier): its include guard
namespace std {              // NOLINT(cert-dcl58-cpp)
extern istream cin;
extern ostream cout;
extern ostream cerr;
extern ostream clog;
}  // namespace std
#endif

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view bare = ".";
// -D takes three words, with user-property four. No row has these names.
constexpr char four_words_letter = '+';
constexpr std::string_view four_words_name = "+";

// Options that exclude each other; an error names the first one first.
constexpr struct {
  option_id first, second;
} exclusive[] = {{option_id::no_config, option_id::config},
                 {option_id::no_config, option_id::profile}};

/// The letter as CLI11 gets it. Behind a subcommand it takes -4 for a number.
char letter_shape(char letter) {
  const bool is_digit = letter >= '0' && letter <= '9';
  return is_digit ? static_cast<char>(letter | 0x80) : letter;
}

bool looks_like_url(std::string_view word) {
  return !word.starts_with('-') && word.find("://") != std::string_view::npos;
}

/// "-topic" is --topic with a dash lost, not -t with the value "opic".
bool is_lost_dash(program which, std::string_view word) {
  if (word.size() < 4 || word[0] != '-' || word[1] == '-') return false;
  const std::string_view name = word.substr(1, word.find('=') - 1);
  return name.size() > 2 && find_option(which, name) != nullptr;
}

/// An option as CLI11 knows it.
struct registered {
  const option_row* row;
  bool has_four_words;
  CLI::Option* option;
};

class line_reader {
 public:
  line_reader(program which, int argc, char** argv, std::vector<argument>& out,
              const subcommand_row*& command)
      : which_(which), argc_(argc), argv_(argv), out_(out), command_(command) {}

  std::string read() {
    app_.set_help_flag();
    app_.require_subcommand(0, 1);
    operand_ = app_.add_option("operand")->allow_extra_args();
    take_all(operand_);
    std::vector<std::string> shapes;
    shapes.reserve(static_cast<std::size_t>(argc_));
    for (int at = 1; at < argc_; ++at) shapes.push_back(shape_of(at));
    std::reverse(shapes.begin(), shapes.end());  // as CLI11 wants them
    exclude();
    enum class wrong : std::uint8_t { nothing, operand_missing, excluded } found = wrong::nothing;
    try {
      app_.parse(std::move(shapes));
    } catch (const CLI::ArgumentMismatch&) {
      // A value is missing; lay_over() comes to it.
    } catch (const CLI::RequiresError&) {
      found = wrong::operand_missing;
    } catch (const CLI::ExcludesError&) {
      found = wrong::excluded;
    }
    if (std::string text = lay_over(); !text.empty()) return text;
    if (found == wrong::operand_missing) return missing_operand();
    if (found == wrong::excluded) return excluded();
    return {};
  }

 private:
  std::string_view word(int at) const { return argv_[at]; }

  static void take_all(CLI::Option* option) {
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  void add(const option_row& row, bool has_four_words) {
    for (const registered& other : registered_)
      if (other.row == &row && other.has_four_words == has_four_words) return;
    std::string names;
    const auto add_name = [&names](std::string_view dashes, std::string_view name) {
      if (!names.empty()) names += ',';
      names += dashes;
      names += name;
    };
    if (has_four_words) {
      add_name("-", std::string_view(&four_words_letter, 1));
      add_name("--", four_words_name);
    } else {
      const char letter = letter_shape(row.letter);
      if (letter != 0) add_name("-", std::string_view(&letter, 1));
      for (std::string_view list = row.long_names; !list.empty();) add_name("--", next_word(list));
    }
    CLI::Option* const option = app_.add_option(std::move(names));
    int words = row.takes_value() ? 1 : 0;
    if (row.kind == value_kind::property) words = has_four_words ? 4 : 3;
    option->type_size(words)->expected(words == 0 ? 0 : 1);
    take_all(option);
    registered_.push_back({&row, has_four_words, option});
  }

  /// Whether -D takes a fourth word, when it stands in argv[at] and its first word there, too, or
  /// behind it.
  bool has_four_words(const option_row& row, int at, bool is_attached) const {
    if (row.kind != value_kind::property) return false;
    const int name = at + (is_attached ? 1 : 2);
    return name < argc_ && word(name) == "user-property";
  }

  /// argv[at] as CLI11 gets it. What it names is registered, whether it turns out to be an option
  /// or the value of one.
  std::string shape_of(int at) {
    const std::string_view text = word(at);
    if (text.size() > 2 && text.starts_with("--")) {
      const std::size_t equals = text.find('=');
      const std::string_view name = text.substr(2, equals - 2);
      const option_row* const row = find_option(which_, name);
      if (row == nullptr) return std::string(bare);
      const bool is_attached = equals != std::string_view::npos;
      const bool four = has_four_words(*row, at, is_attached);
      add(*row, four);
      std::string shape = "--";
      shape += four ? four_words_name : name;
      if (is_attached && row->takes_value()) shape += "=.";
      return shape;
    }
    if (text.size() < 2 || text[0] != '-' || text == "--" || is_lost_dash(which_, text)) {
      const subcommand_row* const row = find_subcommand(which_, text);
      if (row == nullptr) return std::string(bare);
      add(*row);
      return std::string(text);
    }
    std::string shape = "-";
    for (std::size_t i = 1; i < text.size(); ++i) {
      const option_row* const row = find_option(which_, text[i]);
      if (row == nullptr) return std::string(bare);
      const bool is_attached = i + 1 < text.size();
      const bool four = has_four_words(*row, at, is_attached);
      add(*row, four);
      shape += four ? four_words_letter : letter_shape(text[i]);
      if (!row->takes_value()) continue;
      if (is_attached) shape += bare;
      break;
    }
    return shape;
  }

  void add(const subcommand_row& row) {
    const std::string name(row.word);
    for (const CLI::App* const other : app_.get_subcommands({}))  // {}: parsed or not
      if (other->get_name() == name) return;
    CLI::App* const subcommand = app_.add_subcommand(name);
    subcommand->fallthrough();
    // A target need not be there: -h may name the host, and without both it is this machine.
    if (row.operand != option_id::target) subcommand->needs(operand_);
  }

  void exclude() {
    for (const auto& pair : exclusive) {
      CLI::Option* const made = option_of(pair.first);
      CLI::Option* const other = option_of(pair.second);
      if (made != nullptr && other != nullptr) made->excludes(other);
    }
  }

  CLI::Option* option_of(option_id id) const {
    for (const registered& each : registered_)
      if (each.row->id == id) return each.option;
    return nullptr;
  }

  /// Gives each option that CLI11 found its words, in the order of the line.
  std::string lay_over() {
    const std::vector<CLI::Option*>& order = app_.parse_order();
    const std::vector<CLI::App*> subcommands = app_.get_subcommands();
    const CLI::App* subcommand = subcommands.empty() ? nullptr : subcommands.front();
    std::size_t next = 0;
    std::size_t letter = 1;  // of the word, where several switches share it
    for (int at = 1; at < argc_;) {
      const std::string_view text = word(at);
      CLI::Option* const option = next < order.size() ? order[next] : nullptr;
      if (subcommand != nullptr && text == subcommand->get_name()) {
        subcommand = nullptr;
        if (!has_operand_) {
          command_ = find_subcommand(which_, text);
        } else if (std::string wrong = take_bare(text); !wrong.empty()) {
          return wrong;
        }
        ++at;
        continue;
      }
      if (option == operand_) {
        if (std::string wrong = take_bare(text); !wrong.empty()) return wrong;
        ++next;
        ++at;
        continue;
      }
      argument found;
      std::string_view attached;
      bool is_attached = false;
      bool is_last = true;  // of those in this word
      if (text.starts_with("--")) {
        const std::size_t equals = text.find('=');
        found.spelled = text.substr(0, equals);
        found.row = find_option(which_, found.spelled.substr(2));
        is_attached = equals != std::string_view::npos;
        if (is_attached) attached = text.substr(equals + 1);
        if (is_attached && !found.row->takes_value())
          return std::string(found.spelled) + " takes no value";
      } else {
        found.spelled = letter == 1 ? text.substr(0, 2) : text.substr(letter, 1);
        found.row = find_option(which_, text[letter]);
        is_attached = found.row->takes_value() && letter + 1 < text.size();
        if (is_attached) attached = text.substr(letter + 1);
        is_last = found.row->takes_value() || letter + 1 == text.size();
      }
      if (found.row->takes_value()) {
        // CLI11 found no value for it.
        const int wanted = option == nullptr ? 1 : option->get_type_size_max();
        if (is_attached) found.words[found.word_count++] = attached;
        while (found.word_count < static_cast<std::size_t>(wanted)) {
          if (++at >= argc_) return missing_value(found);
          found.words[found.word_count++] = word(at);
        }
        next += static_cast<std::size_t>(wanted);
      } else {
        ++next;
      }
      out_.push_back(found);
      letter = is_last ? 1 : letter + 1;
      if (is_last) ++at;
    }
    return {};
  }

  /// Takes a word that is neither an option nor the value of one. Returns what is wrong with it.
  std::string take_bare(std::string_view text) {
    if (text.size() > 2 && text.starts_with("--"))
      return unknown_option(which_, text.substr(0, text.find('=')));
    const bool is_stdin = command_ != nullptr && text == "-";
    const bool is_operand =
        which_ == program::doctor && !text.empty() && (text[0] != '-' || is_stdin);
    if (!is_operand && !looks_like_url(text)) {
      if (is_lost_dash(which_, text)) return lost_dash(text);
      if (text.size() < 2 || text[0] != '-' || text == "--") return stray_word(which_, text, out_);
      return unknown_option(which_, text);
    }
    has_operand_ = has_operand_ || is_operand;
    argument found;
    const option_id operand = command_ != nullptr ? command_->operand : option_id::target;
    if (is_operand && operand == option_id::target && is_bare_port(text)) {
      found.row = &row_of(option_id::port);  // as telnet takes it: HOST PORT, or PORT here
      found.spelled = "-p";
    } else if (is_operand && command_ != nullptr) {
      found.row = &row_of(command_->operand);
      found.spelled = command_->word;
    } else {
      found.row = &row_of(is_operand ? option_id::target : option_id::url);
      found.spelled = "URL";  // never the word itself: it may hold a password
    }
    found.words[found.word_count++] = text;
    out_.push_back(found);
    return {};
  }

  std::string missing_operand() const {
    const bool is_named = std::any_of(out_.begin(), out_.end(), [this](const argument& given) {
      const option_id id = given.row->id;
      // These name a broker, too.
      const bool is_broker = id == option_id::host || id == option_id::url ||
                             id == option_id::target || id == option_id::profile;
      return id == command_->operand || id == command_->instead ||
             (command_->id == subcommand::check &&
              (is_broker || given.row->group == option_group::check));
    });
    if (is_named) return {};
    return std::string(command_->word) + " needs " + std::string(command_->operands) +
           ", nothing follows it";
  }

  std::string excluded() const {
    const auto find = [this](option_id id) {
      return std::find_if(out_.begin(), out_.end(),
                          [id](const argument& given) { return given.row->id == id; });
    };
    for (const auto& pair : exclusive) {
      const auto made = find(pair.first);
      const auto other = find(pair.second);
      if (made != out_.end() && other != out_.end())
        return std::string(made->spelled) + " and " + std::string(other->spelled) +
               " exclude each other";
    }
    return {};
  }

  const program which_;
  const int argc_;
  char** const argv_;
  std::vector<argument>& out_;
  const subcommand_row*& command_;
  CLI::App app_;
  CLI::Option* operand_ = nullptr;
  std::vector<registered> registered_;
  bool has_operand_ = false;
};

}  // namespace

std::string read_arguments(program which, int argc, char** argv, std::vector<argument>& out,
                           const subcommand_row*& command) {
  return line_reader(which, argc, argv, out, command).read();
}

}  // namespace mqttkit::tools
