#include "generate/causes_page.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "mqtt-doctor/causes/registry.hpp"

namespace mqttkit::tools {
namespace {

using doctor::cause_row;
using doctor::layer;
using doctor::severity;

struct section {
  layer where;
  const char* english;
  const char* chinese;
};
constexpr std::array sections{
    section{layer::input, "What was typed", "输入的内容"},
    section{layer::name, "Name", "域名"},
    section{layer::port, "Port", "端口"},
    section{layer::path, "Path", "链路"},
    section{layer::proxy, "Proxy", "代理"},
    section{layer::tls, "TLS", "TLS"},
    section{layer::websocket, "WebSocket", "WebSocket"},
    section{layer::mqtt, "MQTT", "MQTT"},
    section{layer::login, "Login", "登录"},
    section{layer::permission, "Permission", "权限"},
    section{layer::delivery, "Delivery", "投递"},
    section{layer::host, "The broker's machine", "broker 所在的机器"},
    section{layer::phone, "Phone", "手机"},
};

struct page_words {
  const char* summary;
  const char* introduction;
  const char* causes;
  const char* exit_code;
  const char* warning;
  const char* note;
  const char* evidence;
  const char* mended;
  const char* see_also;
};
constexpr page_words english{
    "what mqtt-doctor names as the cause",
    "Each cause has a name that stays as it is: in the reports, in the JSON of\n"
    ".Xr mqtt-doctor 1 ,\n"
    "in what\n"
    ".Cm listen\n"
    "tells, and here.\n"
    "They stand in the order in which a connection meets them.\n"
    "Beside each is the exit status when it is the first cause; a warning or a note\n"
    "alone does not make the status differ from 0.\n"
    "What it is seen by and what mends it are the doctor's own sentences, of which a\n"
    "report has those that apply, with the commands; in braces stands what it found.\n",
    "CAUSES",
    "exit status",
    "a warning",
    "a note",
    "Seen by",
    "Mended by",
    "SEE ALSO",
};
constexpr page_words chinese{
    "mqtt-doctor 所指出的原因",
    "每个原因都有一个固定不变的名称：在报告里、在\n"
    ".Xr mqtt-doctor 1\n"
    "的 JSON 里、在\n"
    ".Cm listen\n"
    "的输出里，以及在这里。\n"
    "下面按连接所经过的顺序排列。\n"
    "每一项都注明它作为首要原因时的退出状态；仅有警告或说明时，退出状态仍为 0。\n"
    "依据和解决办法是 doctor 自己的句子，报告里只有适用的那些，并带有命令；\n"
    "花括号里是它所发现的内容。\n",
    "原因",
    "退出状态",
    "警告",
    "说明",
    "依据",
    "解决办法",
    "参见",
};

using translations = std::map<std::string, std::string, std::less<>>;

/// Reads a string that goes over several lines of `"..."`; `at` is behind it afterwards.
std::string quoted(std::string_view text, std::size_t& at) {
  std::string out;
  while (at < text.size() && text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      out += text[at];
    }
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  return out;
}

translations read_catalogue(std::string_view text) {
  constexpr std::string_view key = "\nmsgid ", value = "msgstr ";
  translations out;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at += key.size();
    std::string original = quoted(text, at);
    if (!text.substr(std::min(at, text.size())).starts_with(value)) continue;
    at += value.size();
    out.emplace(std::move(original), quoted(text, at));
    --at;  // the line break that the next key begins with
  }
  return out;
}

/// Breaks a text into lines as mandoc -Tlint wants them, none of which looks like a request.
std::string text_lines(std::string_view text) {
  constexpr std::size_t line_bytes = 78;
  std::string out;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > line_bytes) end = std::min(text.rfind(' ', line_bytes), end);
    if (text[0] == '.' || text[0] == '\'') out += "\\&";
    for (std::size_t at = 0; at < end; ++at) {
      // "connect()" is the system's function, not one of this manual: mandoc must not link it.
      if (text.substr(at).starts_with("()")) out += "\\&";
      out += text[at] == '\\' ? "\\e" : std::string(1, text[at]);
    }
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// A sentence that ends in a colon leads to a command, which is not shown here.
std::string closed(std::string text) {
  constexpr std::string_view wide = "\uff1a";
  if (text.ends_with(wide)) return text.replace(text.size() - wide.size(), wide.size(), "\u3002");
  if (text.ends_with(':')) text.back() = '.';
  // The doctor prints a line of steps without a full stop.
  const auto last = static_cast<unsigned char>(text.back());
  const bool is_open = last == '}' || last == ')' || (last < 0x80 && std::isalnum(last) != 0);
  const auto is_wide = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  if (is_open) text += std::any_of(text.begin(), text.end(), is_wide) ? "\u3002" : ".";
  return text;
}

std::string list_of(const char* head, const std::vector<std::string>& sentences,
                    const translations& translated) {
  constexpr std::size_t most = 5;       // what is said first is said most often
  constexpr std::size_t shortest = 12;  // "Then:" tells nothing alone
  std::string out;
  std::size_t count = 0;
  for (const std::string& sentence : sentences) {
    if (sentence.size() < shortest || count == most) continue;
    if (count++ == 0) out += std::string(".Pp\n.Em ") + head + " :\n";
    const auto found = translated.find(sentence);
    const std::string text = closed(found == translated.end() ? sentence : found->second);
    // Each sentence goes on a line of its own.
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t stop = std::min(text.find(". ", at), text.size() - 1);
      out += text_lines(std::string_view(text).substr(at, stop + 1 - at));
      at = stop + 2;
    }
  }
  return out;
}

std::string page(const page_words& words, bool is_chinese, const translations& translated,
                 const sentences_by_cause& said) {
  std::string out =
      ".\\\" Written by mqtt-doctor-generate from the rows of tools/mqtt-doctor/causes.\n"
      ".Dd November 29, 2026\n.Dt MQTT-DOCTOR-CAUSES 7\n.Os\n"
      ".nr doc-hyphen-flags 0\n.cflags 0 -\n.Sh NAME\n.Nm mqtt-doctor-causes\n"
      ".Nd ";
  out += words.summary;
  out += "\n.Sh DESCRIPTION\n";
  out += words.introduction;
  out += std::string(".Sh ") + words.causes + "\n";
  for (const section& part : sections) {
    out +=
        std::string(".Ss ") + (is_chinese ? part.chinese : part.english) + "\n.Bl -tag -width Ds\n";
    for (const cause_row& row : doctor::cause_rows()) {
      if (row.where != part.where) continue;
      out += ".It Cm " + std::string(row.id) + "\n";
      const auto found = translated.find(std::string_view(row.title));
      out += text_lines(found == translated.end() ? std::string_view(row.title) : found->second);
      out +=
          std::string(".Pq ") + words.exit_code + " " + std::to_string(static_cast<int>(row.code));
      if (row.how_bad == severity::warning) out += std::string("; ") + words.warning;
      if (row.how_bad == severity::note) out += std::string("; ") + words.note;
      out += "\n";
      const auto of_cause = said.find(row.id);
      if (of_cause == said.end()) continue;
      const cause_sentences& all = of_cause->second;
      out +=
          list_of(words.evidence, all.evidence.empty() ? all.meanings : all.evidence, translated);
      out += list_of(words.mended, all.cures, translated);
    }
    out += ".El\n";
  }
  out += std::string(".Sh ") + words.see_also + "\n.Xr mqtt-doctor 1\n";
  return out;
}

}  // namespace

std::string causes_page(const sentences_by_cause& said) { return page(english, false, {}, said); }

std::string causes_page_in_chinese(std::string_view catalogue, const sentences_by_cause& said) {
  return page(chinese, true, read_catalogue(catalogue), said);
}

}  // namespace mqttkit::tools
