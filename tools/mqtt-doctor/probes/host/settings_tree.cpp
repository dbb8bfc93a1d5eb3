#include "mqtt-doctor/probes/host/settings_tree.hpp"

#include <algorithm>
#include <map>

#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {
namespace {

// A file with more than that is none that a person wrote for a broker.
constexpr std::size_t most_nodes = 20'000;
constexpr int most_levels = 40;

struct yaml_line {
  int number = 0;
  int indent = 0;
  std::string text;  ///< without blanks around, and without a comment
};

/// The place of the first `wanted` that stands outside of quotes; npos for none.
std::size_t outside_quotes(std::string_view text, const auto& wanted) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
      continue;
    }
    // An apostrophe inside a word is no quote.
    const bool may_begin = i == 0 || std::string_view(" \t[{,:=(").find(text[i - 1]) != text.npos;
    if ((c == '"' || c == '\'') && may_begin) {
      quote = c;
    } else if (wanted(i)) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::string_view without_comment(std::string_view text) {
  const std::size_t end = outside_quotes(text, [&](std::size_t i) {
    return text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t');
  });
  return text.substr(0, end);
}

std::string unquoted(std::string_view given) {
  std::string text = trimmed(given);
  if (text.size() < 2 || text.front() != text.back()) return text;
  if (text.front() != '"' && text.front() != '\'') return text;
  const bool is_double = text.front() == '"';
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const bool is_escape = is_double ? text[i] == '\\' : text[i] == '\'' && text[i + 1] == '\'';
    if (is_escape && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

/// The colon behind a key: one that a blank or the end follows.
std::size_t colon_of(std::string_view text) {
  return outside_quotes(text, [&](std::size_t i) {
    return text[i] == ':' && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\t');
  });
}

class yaml_reader {
 public:
  explicit yaml_reader(std::string_view text) {
    int number = 0;
    for (const auto& line : lines_of(text)) {
      ++number;
      const std::string bare = trimmed(without_comment(line));
      if (bare.empty() || bare == "---" || bare.front() == '%') continue;
      const std::size_t indent = line.find_first_not_of(" \t");
      lines_.push_back({number, static_cast<int>(indent), bare});
    }
  }

  setting_node read() {
    setting_node out;
    while (at_ < lines_.size()) {
      const std::size_t before = at_;
      read_block(out, lines_[at_].indent, false, 0);
      if (at_ == before) ++at_;
    }
    return out;
  }

 private:
  static bool is_item(const yaml_line& line) {
    return line.text == "-" || line.text.starts_with("- ") || line.text.starts_with("-\t");
  }

  /// Reads the lines of one indentation into a node.
  /// @param is_list_only  stops at a line that is no item
  void read_block(setting_node& into, int indent, bool is_list_only, int level) {
    while (at_ < lines_.size() && lines_[at_].indent == indent && count_ < most_nodes) {
      if (is_item(lines_[at_])) {
        into.is_list = true;
        read_item(into, indent, level);
      } else if (is_list_only) {
        return;
      } else {
        read_entry(into, indent, level);
      }
      skip_deeper(indent);
    }
  }

  /// Lines that belong to nothing that was understood.
  void skip_deeper(int indent) {
    while (at_ < lines_.size() && lines_[at_].indent > indent) ++at_;
  }

  void read_item(setting_node& into, int indent, int level) {
    yaml_line& line = lines_[at_];
    setting_node made;
    made.line = line.number;
    made.indent = indent;
    const std::string rest = trimmed(std::string_view(line.text).substr(1));
    const bool is_map = !rest.empty() && rest.front() != '{' && rest.front() != '[' &&
                        rest.front() != '"' && rest.front() != '\'' &&
                        colon_of(rest) != std::string::npos;
    if (is_map && level < most_levels) {
      const int offset = static_cast<int>(line.text.size() - rest.size());
      line.indent = indent + offset;
      line.text = rest;
      read_block(made, indent + offset, false, level + 1);
    } else {
      ++at_;
      read_value(made, rest, indent, level);
    }
    add(into, std::move(made));
  }

  void read_entry(setting_node& into, int indent, int level) {
    const yaml_line line = lines_[at_++];
    const std::size_t colon = colon_of(line.text);
    if (colon == std::string::npos) return;
    setting_node made;
    made.name = unquoted(std::string_view(line.text).substr(0, colon));
    made.line = line.number;
    made.indent = indent;
    read_value(made, trimmed(std::string_view(line.text).substr(colon + 1)), indent, level);
    if (made.name == "<<") {
      merge(into, made);
    } else {
      add(into, std::move(made));
    }
  }

  void read_value(setting_node& made, std::string value, int indent, int level) {
    std::string anchor;
    while (!value.empty() && (value.front() == '&' || value.front() == '!')) {
      const std::size_t end = value.find(' ');
      if (value.front() == '&') anchor = value.substr(1, end == std::string::npos ? end : end - 1);
      value = end == std::string::npos ? std::string() : trimmed(value.substr(end));
    }
    if (value.empty()) {
      read_below(made, indent, level);
    } else if (value.front() == '*') {
      const auto found = anchors_.find(value.substr(1));
      if (found != anchors_.end() && fits(found->second)) {
        made.text = found->second.text;
        made.is_list = found->second.is_list;
        made.inside = found->second.inside;
      }
    } else if (value.front() == '[' || value.front() == '{') {
      read_flow(made, value);
    } else if (value.front() == '|' || value.front() == '>') {
      skip_deeper(indent);
    } else {
      made.text = unquoted(value);
    }
    if (!anchor.empty()) anchors_[anchor] = made;
  }

  void read_below(setting_node& made, int indent, int level) {
    if (at_ >= lines_.size() || level >= most_levels) return;
    const yaml_line& next = lines_[at_];
    if (next.indent > indent) {
      // A plain value may stand in the next line.
      if (!is_item(next) && colon_of(next.text) == std::string::npos) {
        made.text = unquoted(next.text);
        return;
      }
      read_block(made, next.indent, false, level + 1);
    } else if (next.indent == indent && is_item(next) && !made.name.empty()) {
      read_block(made, indent, true, level + 1);
    }
  }

  /// A collection in brackets, which may go on in the next lines.
  void read_flow(setting_node& made, std::string value) {
    constexpr std::size_t longest = 64u << 10;
    const auto depth_of = [](std::string_view text) {
      int depth = 0;
      (void)outside_quotes(text, [&](std::size_t i) {
        depth += text[i] == '[' || text[i] == '{' ? 1 : text[i] == ']' || text[i] == '}' ? -1 : 0;
        return false;
      });
      return depth;
    };
    while (depth_of(value) > 0 && at_ < lines_.size() && value.size() < longest)
      value += " " + lines_[at_++].text;
    std::size_t at = 0;
    read_flow_part(made, value, at, made.line, 0);
  }

  void read_flow_part(setting_node& made, std::string_view text, std::size_t& at, int line,
                      int level) {
    const char open = text[at++];
    made.is_list = open == '[';
    while (at < text.size() && count_ < most_nodes) {
      const std::string_view rest = text.substr(at);
      const std::size_t stop = outside_quotes(rest, [&](std::size_t i) {
        return std::string_view("[]{},").find(rest[i]) != std::string_view::npos;
      });
      if (stop == std::string_view::npos) {
        at = text.size();
        return;
      }
      const std::string word = trimmed(rest.substr(0, stop));
      const char sign = rest[stop];
      at += stop;
      setting_node part;
      part.line = line;
      const std::size_t colon = made.is_list ? std::string::npos : colon_of(word);
      if (colon != std::string::npos) part.name = unquoted(word.substr(0, colon));
      part.text = unquoted(colon == std::string::npos ? word : word.substr(colon + 1));
      if ((sign == '[' || sign == '{') && level < most_levels) {
        part.text.clear();
        read_flow_part(part, text, at, line, level + 1);
        add(made, std::move(part));
        continue;
      }
      ++at;
      if (!word.empty()) add(made, std::move(part));
      if (sign == ']' || sign == '}') return;
    }
  }

  void merge(setting_node& into, const setting_node& from) {
    const auto take = [&](const setting_node& source) {
      if (!fits(source)) return;
      for (const auto& each : source.inside) {
        if (into.find(each.name) == nullptr) add(into, each);
      }
    };
    if (!from.is_list) return take(from);
    for (const auto& each : from.inside) {
      const auto found =
          each.text.starts_with("*") ? anchors_.find(each.text.substr(1)) : anchors_.end();
      take(found != anchors_.end() ? found->second : each);
    }
  }

  static std::size_t size_of(const setting_node& node) {
    std::size_t out = 1;
    for (const auto& each : node.inside) out += size_of(each);
    return out;
  }
  /// Whether there is room for a copy: aliases of aliases grow without end.
  bool fits(const setting_node& node) {
    const std::size_t more = size_of(node);
    if (count_ + more > most_nodes) return false;
    count_ += more;
    return true;
  }

  void add(setting_node& into, setting_node made) {
    ++count_;
    if (count_ < most_nodes) into.inside.push_back(std::move(made));
  }

  std::vector<yaml_line> lines_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::map<std::string, setting_node> anchors_;
};

/// The node of that name, made where there is none.
setting_node& child(setting_node& of, const std::string& name, int line) {
  for (auto& each : of.inside) {
    if (lower(each.name) == lower(name)) return each;
  }
  setting_node& made = of.inside.emplace_back();
  made.name = name;
  made.line = line;
  return made;
}

}  // namespace

const setting_node* setting_node::find(std::string_view wanted) const {
  const std::string low = lower(std::string(wanted));
  // The last of several is the one in force.
  for (std::size_t i = inside.size(); i-- > 0;) {
    if (lower(inside[i].name) == low) return &inside[i];
  }
  return nullptr;
}

const setting_node* setting_node::at(std::string_view path) const {
  const setting_node* here = this;
  for (const auto& part : split(path, '.')) {
    here = here->find(part);
    if (here == nullptr) return nullptr;
  }
  return here;
}

std::string setting_node::text_at(std::string_view path) const {
  const setting_node* const found = at(path);
  return found == nullptr ? std::string() : found->text;
}

std::vector<std::string> setting_node::items() const {
  std::vector<std::string> out;
  for (const auto& each : inside) {
    if (!each.text.empty()) out.push_back(each.text);
  }
  if (!inside.empty() || text.empty()) return out;
  for (const auto& word : split(text, ',')) {
    if (!trimmed(word).empty()) out.push_back(trimmed(word));
  }
  return out;
}

setting_node read_yaml(std::string_view text) { return yaml_reader(text).read(); }

void put_dotted(setting_node& into, std::string_view path, const std::string& value, int line) {
  setting_node* here = &into;
  int level = 0;
  for (const auto& part : split(path, '.')) {
    if (part.empty() || ++level > most_levels) return;
    const std::size_t bracket = part.find('[');
    here = &child(*here, trimmed(part.substr(0, bracket)), line);
    if (bracket == std::string::npos) continue;
    here->is_list = true;
    if (here->inside.empty()) here->inside.emplace_back().line = line;
    here = &here->inside.front();
  }
  here->text = value;
  here->line = line;
}

setting_node read_toml(std::string_view text) {
  setting_node out;
  std::vector<std::string> table;
  bool is_of_list = false;
  int number = 0;
  std::string open;  // a list that goes on in the next lines
  int open_line = 0;
  const auto place = [&]() -> setting_node& {
    setting_node* here = &out;
    for (const auto& part : table) here = &child(*here, part, number);
    if (!is_of_list) return *here;
    here->is_list = true;
    if (here->inside.empty()) here->inside.emplace_back().line = number;
    return here->inside.back();
  };
  const auto take = [&](const std::string& entry, int line) {
    const std::size_t equals =
        outside_quotes(entry, [&](std::size_t i) { return entry[i] == '='; });
    if (equals == std::string::npos) return;
    setting_node* here = &place();
    for (const auto& part : split(trimmed(entry.substr(0, equals)), '.'))
      here = &child(*here, unquoted(part), line);
    here->line = line;
    const std::string value = trimmed(entry.substr(equals + 1));
    if (value.empty() || value.front() != '[') {
      here->text = unquoted(value);
      return;
    }
    const setting_node list = read_yaml("x: " + value);
    if (list.inside.empty()) return;
    here->is_list = true;
    here->inside = list.inside.front().inside;
    for (auto& each : here->inside) each.line = line;
  };
  for (const auto& whole : lines_of(text)) {
    ++number;
    const std::string line = trimmed(without_comment(whole));
    if (line.empty()) continue;
    if (!open.empty()) {
      open += " " + line;
      if (line.find(']') == std::string::npos) continue;
      take(open, open_line);
      open.clear();
      continue;
    }
    if (line.front() == '[') {
      is_of_list = line.starts_with("[[");
      std::string name = line.substr(is_of_list ? 2 : 1);
      name = name.substr(0, name.find(']'));
      table.clear();
      for (const auto& part : split(name, '.')) table.push_back(unquoted(part));
      if (table.size() > static_cast<std::size_t>(most_levels)) table.clear();
      if (is_of_list) {
        setting_node* here = &out;
        for (const auto& part : table) here = &child(*here, part, number);
        here->inside.emplace_back().line = number;
      }
      (void)place();
      continue;
    }
    const bool is_open = line.find('[') != std::string::npos && line.find(']') == std::string::npos;
    if (is_open) {
      open = line;
      open_line = number;
    } else {
      take(line, number);
    }
  }
  return out;
}

}  // namespace mqttkit::doctor
