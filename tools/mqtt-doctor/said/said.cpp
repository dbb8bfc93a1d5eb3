#include "mqtt-doctor/said/said.hpp"

#include <algorithm>
#include <array>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using texts = std::vector<std::string>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_other(char c) { return static_cast<unsigned char>(c) >= 0x80; }  // UTF-8 beyond ASCII
bool is_of_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || is_other(c); }

/// Bytes of the full-width punctuation mark (as in Chinese) at text[at]; 0 for other characters.
std::size_t wide_punctuation(std::string_view text, std::size_t at) {
  const std::string_view lead = text.substr(at, 2);
  if (lead == "\xE3\x80") return 3;  // U+3000 to U+303F
  if (lead != "\xEF\xBC" || at + 2 >= text.size()) return 0;
  const auto last = static_cast<unsigned char>(text[at + 2]);  // digits and letters are none
  return last < 0x90 || (last > 0x99 && last < 0xA1) ? 3 : 0;
}

/// Calls `each` for every part between separators.
template <class Each>
void split(std::string_view list, char separator, Each each) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    each(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

/// Whether `in` has the words of `what` from `at` on.
bool stands_at(const texts& in, std::size_t at, const texts& what) {
  if (at + what.size() > in.size()) return false;
  for (std::size_t i = 0; i < what.size(); ++i)
    if (what[i] != "*" && what[i] != in[at + i]) return false;
  return true;
}

// Words before a number that make it a code in any app.
constexpr std::array<std::string_view, 17> any_label{"code",
                                                     "codes",
                                                     "error",
                                                     "err",
                                                     "returned",
                                                     "returns",
                                                     "result",
                                                     "status",
                                                     "ret",
                                                     "errcode",
                                                     "exception",
                                                     "mqttexception",
                                                     "\u9519\u8bef",  // "error", in Chinese
                                                     "\u9519\u8bef\u7801",
                                                     "\u8fd4\u56de\u7801",
                                                     "\u8fd4\u56de",
                                                     "\u72b6\u6001\u7801"};  // "status code"

// Words beside a code that do not tell which app it is from.
constexpr std::array<std::string_view, 24> small_talk{
    "mqtt",   "connect", "connection", "connecting", "failed", "failure", "fail",   "broker",
    "server", "the",     "a",          "is",         "with",   "i",       "get",    "got",
    "shows",  "says",    "what",       "does",       "mean",   "to",      "client", "my"};

struct span {
  std::size_t from = 0, size = 0;
};

struct match {
  const said_row* row;
  span where;
  bool is_number;
};

class finder {
 public:
  finder(std::string_view text, std::string_view app)
      : lowered_(lower(text.substr(0, most_said))), words_(said_words(lowered_)) {
    for (const said_app& each : said_apps()) {
      is_wanted_.push_back(app.empty() || is_called(each, app));
      is_named_.push_back(names(each));
    }
  }

  std::vector<match> find() {
    for (const said_row& row : said_rows()) {
      if (!is_wanted_[row.app]) continue;
      find_phrases(row);
      find_numbers(row);
    }
    drop_inner();
    narrow();
    // Specific meanings come before vague ones, and longer matches before shorter; codes keep the
    // order of the table.
    const auto is_vague = [](const match& hit) { return row_of(hit.row->means).is_vague; };
    const bool is_clear = std::any_of(found_.begin(), found_.end(), [&](const match& hit) {
      return !hit.is_number && !is_vague(hit);
    });
    const auto rank = [&](const match& hit) {
      return std::pair(is_clear && is_vague(hit), most_said - hit.where.size);
    };
    std::stable_sort(found_.begin(), found_.end(),
                     [&](const match& hit, const match& other) { return rank(hit) < rank(other); });
    return std::move(found_);
  }

  /// Whether `given` is part of one of the app's names.
  static bool is_called(const said_app& app, std::string_view given) {
    constexpr std::size_t least = 2;  // letters; a single one is part of nearly all names
    const std::string part = lower(given);
    return part.size() >= least && (std::string_view(app.words).find(part) != std::string::npos ||
                                    lower(app.name).find(part) != std::string::npos);
  }

 private:
  bool names(const said_app& app) const {
    bool is_so = false;
    split(app.words, '|', [&](std::string_view name) {
      const texts parts = said_words(name);
      for (std::size_t at = 0; at < words_.size(); ++at)
        is_so = is_so || stands_at(words_, at, parts);
    });
    return is_so;
  }

  void add(const said_row& row, span where, bool is_number = false) {
    for (match& hit : found_) {
      if (hit.row != &row) continue;
      if (hit.where.size < where.size) hit = {&row, where, is_number};
      return;
    }
    found_.push_back({&row, where, is_number});
  }

  void find_phrases(const said_row& row) {
    split(row.phrases, '|', [&](std::string_view phrase) {
      const bool has_other = std::any_of(phrase.begin(), phrase.end(), is_other);
      // A phrase in a language without blanks between words is found anywhere in the text.
      if (has_other && lowered_.find(phrase) != std::string::npos) add(row, {0, words_.size()});
      const texts wanted = said_words(phrase);
      for (std::size_t at = 0; at < words_.size(); ++at)
        if (!has_other && stands_at(words_, at, wanted)) add(row, {at, wanted.size()});
    });
  }

  void find_numbers(const said_row& row) {
    split(row.numbers, ' ', [&](std::string_view number) {
      for (std::size_t at = 0; at < words_.size(); ++at)
        if (words_[at] == number && is_code(row, at)) add(row, {at, 1}, true);
    });
  }

  /// Whether the number words_[at] is a code of the row's app.
  bool is_code(const said_row& row, std::size_t at) const {
    const bool is_first = at == 0;
    const auto is_before = [&](std::string_view label) { return words_[at - 1] == label; };
    if (!is_first && std::any_of(any_label.begin(), any_label.end(), is_before)) return true;
    bool is_labelled = false;
    split(said_apps()[row.app].labels, ' ', [&](std::string_view label) {
      is_labelled = is_labelled || (!is_first && is_before(label));
    });
    return is_labelled || stands_alone(at);
  }

  /// Whether no word beside words_[at] tells anything.
  bool stands_alone(std::size_t at) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const auto is_it = [&](std::string_view word) { return word == words_[i]; };
      if (i != at && std::none_of(small_talk.begin(), small_talk.end(), is_it) && !is_of_name(i))
        return false;
    }
    return true;
  }

  /// Whether words_[at] is part of an app's name.
  bool is_of_name(std::size_t at) const {
    bool is_so = false;
    for (const said_app& app : said_apps()) {
      split(app.words, '|', [&](std::string_view name) {
        if (name.find('*') != name.npos) return;  // a pattern, not a name
        for (const std::string& part : said_words(name)) is_so = is_so || part == words_[at];
      });
    }
    return is_so;
  }

  /// Drops matches inside longer ones: "Connection refused: not authorised" holds "refused", too.
  void drop_inner() {
    const auto is_inner = [this](const match& hit) {
      return std::any_of(found_.begin(), found_.end(), [&](const match& other) {
        return other.where.size > hit.where.size && other.where.from <= hit.where.from &&
               other.where.from + other.where.size >= hit.where.from + hit.where.size;
      });
    };
    std::vector<match> kept;
    std::copy_if(found_.begin(), found_.end(), std::back_inserter(kept),
                 [&](const match& hit) { return !is_inner(hit); });
    found_ = std::move(kept);
  }

  /// Drops codes of other apps when the text names an app that has matches itself.
  void narrow() {
    const auto is_of_named = [this](const match& hit) { return is_named_[hit.row->app]; };
    if (std::none_of(found_.begin(), found_.end(), is_of_named)) return;
    std::erase_if(found_, [&](const match& hit) { return hit.is_number && !is_of_named(hit); });
  }

  std::string lowered_;
  texts words_;
  std::vector<bool> is_wanted_;
  std::vector<bool> is_named_;
  std::vector<match> found_;
};

bool is_of_host(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; }

}  // namespace

std::vector<std::string> said_words(std::string_view text) {
  texts out;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t bytes = wide_punctuation(text, i); bytes != 0) {
      i += bytes;
      continue;
    }
    const bool is_free = i == 0 || !is_of_word(text[i - 1]) || is_other(text[i - 1]);
    const bool is_sign = text[i] == '-' && is_free && i + 1 < text.size() && is_digit(text[i + 1]);
    if (text[i] == '*') {  // wildcard of a phrase
      out.emplace_back("*");
      ++i;
      continue;
    }
    if (!is_of_word(text[i]) && !is_sign) {
      ++i;
      continue;
    }
    std::string word(1, lower(text[i++]));
    // A number behind a Chinese word is a separate word.
    while (i < text.size() && is_of_word(text[i]) && is_other(text[i]) == is_other(text[i - 1]) &&
           wide_punctuation(text, i) == 0) {
      word += lower(text[i++]);
    }
    out.push_back(std::move(word));
  }
  return out;
}

std::vector<reading> readings_of(std::string_view text, std::string_view app) {
  std::vector<reading> out;
  for (const match& hit : finder(text, app).find()) {
    const auto same = std::find_if(
        out.begin(), out.end(), [&](const reading& each) { return each.means == hit.row->means; });
    if (same != out.end()) {
      same->rows.push_back(hit.row);
    } else {
      out.push_back({hit.row->means, {hit.row}});
    }
  }
  return out;
}

bool is_known_app(std::string_view app) {
  return std::any_of(said_apps().begin(), said_apps().end(),
                     [&](const said_app& candidate) { return finder::is_called(candidate, app); });
}

std::string broker_in(std::string_view text) {
  text = text.substr(0, most_said);
  for (std::size_t colon = text.find(':'); colon != text.npos; colon = text.find(':', colon + 1)) {
    std::size_t from = colon, to = colon + 1;
    while (from > 0 && is_of_host(text[from - 1])) --from;
    while (to < text.size() && is_digit(text[to])) ++to;
    const std::string_view host = text.substr(from, colon - from);
    const std::size_t digits = to - colon - 1;
    const bool is_port = digits >= 2 && digits <= 5 && (to == text.size() || !is_letter(text[to]));
    const bool is_host = host == "localhost" || (host.find('.') != host.npos &&
                                                 is_of_word(host[0]) && is_of_word(host.back()));
    if (is_port && is_host) return std::string(text.substr(from, to - from));
  }
  return {};
}

std::string command_of(const meaning_row& row, const std::string& broker) {
  const std::size_t colon = broker.find(':');
  const std::string host = broker.empty() ? "broker.example" : broker.substr(0, colon);
  const std::pair<std::string_view, std::string> places[] = {
      {"{at}", broker.empty() ? host + ":1883" : broker},
      {"{tls}", broker.empty() ? host + ":8883" : broker},
      {"{host}", host}};
  std::string out = row.run;
  for (const auto& [place, value] : places) {
    const std::size_t at = out.find(place);
    if (at != std::string::npos) out.replace(at, place.size(), value);
  }
  return out;
}

}  // namespace mqttkit::doctor
