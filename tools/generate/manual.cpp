#include "generate/manual.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/property_option.hpp"
#include "common/exit_code.hpp"
#include "message/format_syntax.hpp"
#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::tools {
namespace {

// mandoc -Tlint wants lines of at most 80 bytes.
constexpr std::size_t line_bytes = 78;

std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      out += "\\e";
    } else if (text.substr(i).starts_with("\xE2\x88\x9E")) {
      out += "\\(if";
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// A word that would be taken for a macro's delimiter or a request needs \& in front.
std::string roff_argument(std::string_view word) {
  std::string out = roff(word);
  if (out.size() == 1 && std::string_view(".,:;()[]?!|").find(out[0]) != std::string_view::npos)
    out = "\\&" + out;
  if (out.find(' ') != std::string::npos) out = '"' + out + '"';
  return out;
}

/// Collects words into lines; sentences begin on new ones.
class text_writer {
 public:
  void word(std::string_view raw) {
    std::string text = roff(raw);
    if (!line_.empty() && line_.size() + 1 + text.size() > line_bytes) end_line();
    if (line_.empty() && (text[0] == '.' || text[0] == '\'')) text = "\\&" + text;
    if (!line_.empty()) line_ += ' ';
    line_ += text;
    const char last = raw.back();
    if (last == '.' || last == ':') {
      if (last == '.') end_line();
    }
  }

  void macro(std::string_view line) {
    end_line();
    out_ += line;
    out_ += '\n';
  }

  std::string take() {
    end_line();
    return std::move(out_);
  }

 private:
  void end_line() {
    if (line_.empty()) return;
    out_ += line_ + "\n";
    line_.clear();
  }

  std::string out_;
  std::string line_;
};

/// Prose with `literal` and <value> marked, as mdoc lines.
std::string prose(std::string_view text) {
  text_writer writer;
  while (!text.empty()) {
    if (text[0] == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const char open = text[0];
    const char close = open == '`' ? '`' : open == '<' ? '>' : 0;
    if (close != 0) {
      const std::size_t end = text.find(close, 1);
      const std::string_view inner = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
      std::string line;
      if (open == '<') {
        line = ".Ar " + roff_argument(inner);
      } else if (inner.starts_with("-") && inner.size() > 1 &&
                 inner.find(' ') == std::string_view::npos) {
        line = ".Fl " + roff(inner.substr(1));
      } else if (inner == "-") {
        line = ".Sq \\-";
      } else if (inner.starts_with("-")) {
        // "-D publish user-property": an option and its words.
        const std::size_t blank = inner.find(' ');
        line = ".Fl " + roff(inner.substr(1, blank - 1)) + " Cm " + roff(inner.substr(blank + 1));
      } else {
        line = ".Cm " + roff_argument(inner);
      }
      // Punctuation that touches the word goes on the same line.
      while (!text.empty() && std::string_view(".,:;)").find(text[0]) != std::string_view::npos) {
        line += std::string(" ") + text[0];
        text.remove_prefix(1);
      }
      writer.macro(line);
      continue;
    }
    const std::size_t end = std::min(text.find(' '), text.size());
    writer.word(text.substr(0, end));
    text.remove_prefix(end);
  }
  return writer.take();
}

std::string sentence(std::string_view help) {
  std::string out(help);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + ".";
}

std::string options_part(program which) {
  std::string out;
  static constexpr option_group in_order[] = {
      option_group::diagnosis,    option_group::listen,  option_group::explain,
      option_group::delivery,     option_group::mend,    option_group::check,
      option_group::phone,        option_group::message, option_group::reply,
      option_group::subscription, option_group::output,  option_group::connection,
      option_group::session,      option_group::sn,      option_group::will,
      option_group::tls,          option_group::general};
  for (const option_group group : in_order) {
    bool is_open = false;
    for (const option_row& row : option_rows()) {
      if (row.group != group || !row.is_in(which)) continue;
      if (!is_open) {
        out += ".Ss " + std::string(title_of(group)) + "\n.Bl -tag -width Ds\n";
        is_open = true;
      }
      out += ".It";
      if (row.letter != 0) out += std::string(" Fl ") + row.letter + " ,";
      bool is_first = true;
      for (std::string_view list = row.long_names; !list.empty();) {
        const std::string_view name = next_word(list);
        if (!is_first) out += " ,";
        out += " Fl -" + std::string(name);
        is_first = false;
      }
      if (row.takes_value()) {
        for (std::string_view list = row.value; !list.empty();)
          out += " Ar " + roff(next_word(list));
      }
      out += "\n" + prose(sentence(row.help) + " " + std::string(row.more));
    }
    if (is_open) out += ".El\n";
  }
  return out;
}

std::string exit_status_part() {
  std::string out = ".Bl -tag -width Ds -compact\n";
  for (std::size_t i = 0; i < exit_code_count; ++i) {
    out += ".It " + std::to_string(static_cast<int>(exit_code_table[i].code)) + "\n";
    out += prose(exit_code_table[i].meaning);
  }
  return out + ".El\n";
}

std::string format_part() {
  std::string out = ".Bl -tag -width Ds -compact\n";
  for (const format_escape& row : format_escapes()) {
    out += ".It Cm \\&%" + std::string(1, row.letter) + "\n" + prose(sentence(row.meaning));
    if (!row.flags.empty()) {
      const bool zero = row.flags.find('0') != std::string_view::npos;
      const char last = row.flags.back();
      out += prose(std::string("Takes a width") + (zero ? ", zeros" : "") +
                   (last == '.'   ? " and a maximum width."
                    : last == 'd' ? " and a number of decimals."
                    : last == 'g' ? " and a number of digits a group."
                                  : "."));
    }
  }
  for (const format_escape& row : backslash_escapes())
    out += ".It Cm \\e" + roff(std::string(1, row.letter)) + "\n" + prose(sentence(row.meaning));
  out += ".It Cm @@\n" + prose("An at sign.");
  out += ".It Cm @N\n" + prose("Nanoseconds of the second of arrival, nine digits.");
  out += ".It Cm @ Ns Ar X\n" +
         prose("The time of arrival in local time, as strftime(3) prints `%X`.");
  return out + ".El\n";
}

std::string type_of(property_type type) {
  switch (type) {
    case property_type::byte:
    case property_type::two_byte:
    case property_type::four_byte:
    case property_type::variable_byte:
      return "number";
    case property_type::utf8:
      return "text";
    case property_type::utf8_pair:
      return "two texts, a name and a value; may be repeated";
    case property_type::binary:
      return "bytes, given as text";
  }
  return {};
}

std::string properties_part(program which) {
  std::string out;
  for (const property_command& command : property_commands()) {
    if ((command.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    out += ".Ss Properties of " + std::string(command.name) + "\n.Bl -tag -width Ds -compact\n";
    for (const property_rule& rule : property_rules()) {
      if (!is_property_offered(command.name, rule)) continue;
      out += ".It Cm " + std::string(rule.name) + "\n";
      std::string text = sentence(type_of(rule.type));
      if (type_of(rule.type) == "number")
        text = "Number from " + std::to_string(rule.minimum) + " to " +
               std::to_string(rule.maximum) + ".";
      out += prose(text);
    }
    out += ".El\n";
  }
  return out;
}

/// "a|b" and "1 2" as one list.
std::string shown_list(const doctor::said_row& row) {
  std::string out;
  const auto add = [&out](std::string_view list, char separator) {
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(separator), list.size());
      out += (out.empty() ? "" : ", ") + std::string(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  };
  add(row.numbers, ' ');
  add(row.phrases, '|');
  return out;
}

/// What apps say: the meanings, then the rows of each app.
std::string said_part() {
  std::string out = ".Ss What it may mean\n.Bl -tag -width Ds\n";
  for (const doctor::meaning_row& row : doctor::meaning_rows()) {
    out += ".It Cm " + std::string(row.word) + "\n" + prose(row.says);
    if (*row.rules_out != 0) out += prose(row.rules_out);
  }
  out += ".El\n";
  for (std::size_t i = 0; i < doctor::said_apps().size(); ++i) {
    out += ".Ss " + std::string(doctor::said_apps()[i].name) + "\n";
    std::vector<std::string_view> sources;
    std::string rows;
    for (const doctor::said_row& row : doctor::said_rows()) {
      if (row.app != i) continue;
      if (std::find(sources.begin(), sources.end(), row.source) == sources.end())
        sources.emplace_back(row.source);
      rows += ".It \"" + roff(shown_list(row)) + "\"\n.Cm " + doctor::row_of(row.means).word + "\n";
    }
    out += ".Bl -tag -width Ds -compact\n" + rows + ".El\n.Pp\n";
    std::string written;
    for (const std::string_view source : sources)
      written += (written.empty() ? "" : "; ") + std::string(source);
    out += prose("Written down in: " + written + ".");
  }
  return out;
}

}  // namespace

std::string manual_part(program which, std::string_view part) {
  if (part == "options") return options_part(which);
  if (part == "exit-status") return exit_status_part();
  if (part == "format") return format_part();
  if (part == "properties") return properties_part(which);
  if (part == "said") return said_part();
  return {};
}

std::string regenerated_page(program which, std::string_view page) {
  constexpr std::string_view begin = ".\\\" begin ";
  constexpr std::string_view end = ".\\\" end ";
  std::string out;
  for (;;) {
    const std::size_t start = page.find(begin);
    if (start == std::string_view::npos) return out + std::string(page);
    const std::size_t line_end = page.find('\n', start);
    const std::string_view part =
        page.substr(start + begin.size(), line_end - start - begin.size());
    const std::size_t stop = page.find(std::string(end) + std::string(part), line_end);
    if (stop == std::string_view::npos) return out + std::string(page);
    out += page.substr(0, line_end + 1);
    out += manual_part(which, part);
    page.remove_prefix(stop);
    const std::size_t after = std::min(page.find('\n'), page.size() - 1) + 1;
    out += page.substr(0, after);
    page.remove_prefix(after);
  }
}

}  // namespace mqttkit::tools
