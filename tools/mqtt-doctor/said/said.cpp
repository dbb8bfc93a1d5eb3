#include "mqtt-doctor/said/said.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <tuple>

#include "mqtt-doctor/said/closer.hpp"
#include "mqtt-doctor/said/details.hpp"
#include "mqtt-doctor/said/general.hpp"
#include "mqtt-doctor/said/numbers.hpp"
#include "mqtt-doctor/said/plain.hpp"
#include "mqtt-doctor/said/rows.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using texts = std::vector<std::string>;
using said_text_words = std::vector<said_word>;

/// Whether an app of the table is a broker, a proxy before it, or what runs it.
bool is_app_of_brokers(std::uint8_t app) {
  constexpr std::array<std::uint8_t, 6> logs{mosquitto_log, emqx_log, other_brokers,
                                             clouds,        servers,  services};
  return std::find(logs.begin(), logs.end(), app) != logs.end();
}

constexpr std::size_t most_skipped = 5;  // words that ** stands for
constexpr std::size_t no_end = std::string::npos;

/// Calls `each` for every part between separators.
template <class Each>
void split(std::string_view list, char separator, Each each) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    each(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The place behind the words of `what`, from its word `next` on, in `in` from `at` on; or no_end.
std::size_t end_of(const said_text_words& in, std::size_t at, const said_text_words& what,
                   std::size_t next = 0) {
  for (; next < what.size(); ++next, ++at) {
    if (what[next].text == "**") {
      for (std::size_t skipped = 0; skipped <= most_skipped; ++skipped)
        if (const std::size_t end = end_of(in, at + skipped, what, next + 1); end != no_end)
          return end;
      return no_end;
    }
    if (at >= in.size()) return no_end;
    if (what[next].text != "*" && what[next].text != in[at].text) return no_end;
  }
  return at;
}

// Words before a number that make it a code in any app.
constexpr std::array<std::string_view, 27> any_label{"code",
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
                                                     "reasoncode",
                                                     "return_code",
                                                     "returncode",
                                                     "reason_code",
                                                     "result_code",
                                                     "error_code",
                                                     "errorcode",
                                                     "statuscode",
                                                     "resultcode",
                                                     "retcode",
                                                     "\u9519\u8bef",  // "error", in Chinese
                                                     "\u9519\u8bef\u7801",
                                                     "\u8fd4\u56de\u7801",
                                                     "\u8fd4\u56de",
                                                     "\u72b6\u6001\u7801"};  // "status code"

// Words before a number that say that it is one of an operating system.
constexpr std::array<std::string_view, 4> system_label{"errno", "sock_errno", "winerror",
                                                       "oserror"};

// Words beside a code that do not tell which app it is from.
constexpr std::array<std::string_view, 24> small_talk{
    "mqtt",   "connect", "connection", "connecting", "failed", "failure", "fail",   "broker",
    "server", "the",     "a",          "is",         "with",   "i",       "get",    "got",
    "shows",  "says",    "what",       "does",       "mean",   "to",      "client", "my"};

struct span {
  std::size_t from = 0, to = 0;  // bytes of the text

  std::size_t size() const { return to - from; }
  bool operator==(const span&) const = default;
  bool holds(const span& other) const {
    return size() > other.size() && from <= other.from && to >= other.to;
  }
};

/// A loose number stands behind a label of any app ("code 1"), and no app is named that uses it.
enum class found_by : std::uint8_t { phrase, system_number, number, loose_number };

struct match {
  const said_row* row;
  span where;
  found_by how;
};

/// Letters and digits of a name, in lower case: "Z-Wave JS UI" and "zwave-js-ui" are one.
std::string bare_name(std::string_view name) {
  std::string out;
  for (const char c : folded(plain_text(name)))
    if (is_ascii_letter(c) || is_ascii_digit(c) || is_beyond_ascii(c)) out += c;
  return out;
}

/// Whether `list`, parted by |, has the name, or a longer one that it is part of.
bool is_in_names(const char* list, std::string_view given) {
  constexpr std::size_t least = 2;  // letters; a single one is part of nearly all names
  const std::string name = bare_name(given);
  bool is_so = false;
  split(list, '|', [&](std::string_view each) {
    is_so = is_so || (name.size() >= least && bare_name(each).find(name) != std::string::npos);
  });
  return is_so;
}

/// Whether a handshake may fail for this.
bool is_cause_in_tls(meaning means) {
  using is = meaning;
  constexpr std::array<meaning, 14> causes{
      is::untrusted,    is::other_name,        is::wrong_time,        is::revoked,
      is::no_tls_there, is::unfit_certificate, is::wants_certificate, is::bad_key_file,
      is::tls_version,  is::nothing_in_common, is::encrypted_key,     is::weak_certificate,
      is::no_memory,    is::no_tls_built_in};
  return std::find(causes.begin(), causes.end(), means) != causes.end();
}

/// "5" for 0x5 and 0x05, "" for other words.
std::string small_hex(std::string_view word) {
  if (!word.starts_with("0x") || word.size() > 4) return {};
  word.remove_prefix(word.starts_with("0x0") && word.size() == 4 ? 3 : 2);
  return word.size() == 1 && word[0] >= '1' && word[0] <= '9' ? std::string(word) : std::string();
}

std::string prepared(const std::string& plain) {
  std::string out = folded(plain);
  const std::string numbers = library_numbers(out);
  return out + numbers + log_words(plain) + folded(parts_of_names(plain));
}

class finder {
 public:
  finder(std::string_view text, std::string_view app)
      : plain_(plain_text(text.substr(0, most_said))),
        text_(prepared(plain_)),
        words_(words_in(text_, underscore::joins)),
        parts_(words_in(text_, underscore::parts)) {
    for (const said_app& each : said_apps()) {
      const bool is_given =
          !app.empty() && (is_in_names(each.words, app) || is_in_names(each.name, app));
      is_given_.push_back(is_given);
      is_named_.push_back(is_given || names(each));
    }
    is_of_broker_ =
        is_broker(app) || has_phrase(broker_log_phrases()) || has_form_of_broker_log(text);
    is_of_app_ = !is_of_broker_ && (!app.empty() || has_phrase(app_log_phrases()));
  }

  bool is_of_broker() const { return is_of_broker_; }

  /// Whether the row is one of an app that --app or the text names.
  bool is_of_named(const said_row* row) const { return is_named_[row->app]; }

  std::vector<match> find() {
    for (const said_row& row : said_rows()) {
      find_phrases(row);
      find_numbers(row);
    }
    drop_innocent();
    drop_inner();
    narrow();
    add_general();
    sort();
    return std::move(found_);
  }

  /// What a row means on the side that shows the text.
  meaning seen_from_here(meaning plain) const {
    for (const two_sided& each : two_sided_meanings()) {
      if (each.plain != plain) continue;
      if (is_of_broker_) return each.at_broker;
      if (is_of_app_) return each.in_app;
    }
    return plain;
  }

 private:
  /// Whether "Mosquitto broker", "emqx" or the like was given; mosquitto_sub is none.
  static bool is_broker(std::string_view app) {
    std::string name = bare_name(app);
    for (const std::string_view end : {"log", "broker", "server", "addon"})
      if (name.ends_with(end) && name.size() > end.size()) name.resize(name.size() - end.size());
    bool is_so = false;
    split(broker_names(), '|', [&](std::string_view each) { is_so = is_so || each == name; });
    return is_so;
  }

  /// Calls `each` with the span of every place of the phrase.
  template <class Each>
  void for_each_place(std::string_view phrase, Each each) const {
    const bool is_beyond = std::any_of(phrase.begin(), phrase.end(), is_beyond_ascii);
    if (is_beyond) {
      // Words are not parted by blanks in all languages.
      if (const std::size_t at = text_.find(phrase); at != std::string::npos)
        each(span{at, at + phrase.size()});
      return;
    }
    const bool is_joined = phrase.find('_') != phrase.npos;
    if (is_joined && phrase.find_first_of(" *") == phrase.npos) {
      for_each_name(phrase, each);
      return;
    }
    // Most phrases are told to be absent by their first word, without taking them apart.
    const std::string_view first = phrase.substr(0, phrase.find_first_of(" *_"));
    if (text_.find(first) == std::string::npos) return;
    const said_text_words& in = is_joined ? words_ : parts_;
    const said_text_words wanted =
        words_in(phrase, is_joined ? underscore::joins : underscore::parts);
    if (wanted.empty()) return;
    for (std::size_t at = 0; at < in.size(); ++at) {
      if (wanted[0].text[0] != '*' && wanted[0].text != in[at].text) continue;
      const std::size_t end = end_of(in, at, wanted);
      if (end != no_end && end > at) each(span{in[at].from, in[end - 1].to});
    }
  }

  /// Calls `each` for every place of a name with '_', also as part of a longer one:
  /// cert_has_expired in X509_V_ERR_CERT_HAS_EXPIRED.
  template <class Each>
  void for_each_name(std::string_view name, Each each) const {
    const auto goes_on = [this](std::size_t at) {
      return at < text_.size() && (is_ascii_letter(text_[at]) || is_ascii_digit(text_[at]));
    };
    for (std::size_t at = text_.find(name); at != std::string::npos;
         at = text_.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || !goes_on(at - 1)) && !goes_on(end)) each(span{at, end});
    }
  }

  bool has_phrase(std::string_view list) const {
    bool is_so = false;
    split(list, '|', [&](std::string_view phrase) {
      for_each_place(phrase, [&](const span&) { is_so = true; });
    });
    return is_so;
  }

  bool names(const said_app& app) const { return has_phrase(app.words); }

  void add(const said_row& row, span where, found_by how) {
    for (match& hit : found_) {
      if (hit.row != &row) continue;
      if (hit.where.size() < where.size()) hit = {&row, where, how};
      return;
    }
    found_.push_back({&row, where, how});
  }

  void find_phrases(const said_row& row) {
    split(row.phrases, '|', [&](std::string_view phrase) {
      for_each_place(phrase, [&](const span& where) { add(row, where, found_by::phrase); });
    });
  }

  void find_numbers(const said_row& row) {
    split(row.numbers, ' ', [&](std::string_view number) {
      for (std::size_t at = 0; at < words_.size(); ++at) {
        if (words_[at].text != number && small_hex(words_[at].text) != number) continue;
        const std::optional<found_by> how = how_code(row, at);
        if (how) add(row, {words_[at].from, words_[at].to}, *how);
      }
    });
  }

  /// Whether words_[at] is part of a time, a date, an address or a version.
  bool is_in_figures(std::size_t at) const {
    constexpr std::string_view joints = ":./-";
    const std::size_t from = words_[at].from, to = words_[at].to;
    const bool is_behind =
        from > 1 && joints.find(text_[from - 1]) != joints.npos && is_ascii_digit(text_[from - 2]);
    const bool is_before = to + 1 < text_.size() && joints.find(text_[to]) != joints.npos &&
                           is_ascii_digit(text_[to + 1]);
    return is_behind || is_before;
  }

  /// How the number words_[at] is a code of the row's app; nothing where it is none.
  std::optional<found_by> how_code(const said_row& row, std::size_t at) const {
    if (is_in_figures(at) || is_of_process(at)) return {};
    const bool is_first = at == 0;
    // "state is -4"
    const std::size_t before = at > 1 && words_[at - 1].text == "is" ? at - 2 : at - 1;
    const auto is_before = [&](std::string_view label) { return words_[before].text == label; };
    const bool is_generic = !is_first && std::any_of(any_label.begin(), any_label.end(), is_before);
    bool is_labelled = false;
    split(said_apps()[row.app].labels, ' ', [&](std::string_view label) {
      is_labelled = is_labelled || (!is_first && is_before(label));
    });
    if (is_labelled && has(system_label, words_[before].text)) return found_by::system_number;
    if (is_labelled || stands_alone(at)) return found_by::number;
    if (!is_generic) return {};
    if (is_named_[row.app]) return found_by::number;
    return is_about_connecting() ? std::optional(found_by::loose_number) : std::nullopt;
  }

  /// Whether a number without a name beside it may be one of connecting.
  bool is_about_connecting() const {
    constexpr std::array<std::string_view, 16> starts{
        "conn", "disconn", "reject", "refus",  "login",  "state",  "auth",   "mqttex",
        "aiot", "mmqtt",   "reason", "return", "result", "suback", "puback", "granted"};
    return text_.find("\u8fde\u63a5") != text_.npos ||  // "connection", in Chinese
           std::any_of(parts_.begin(), parts_.end(), [&](const said_word& word) {
             return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) {
               return word.text.starts_with(start);
             });
           });
  }

  /// Whether words_[at] is how a process ended, a line of a file or the like: "exit code 1".
  bool is_of_process(std::size_t at) const {
    constexpr std::array<std::string_view, 8> others{"exit",     "exited", "exits", "operation",
                                                     "failures", "line",   "http",  "status_code"};
    for (std::size_t back = 1; back <= 3 && back <= at; ++back)
      if (has(others, words_[at - back].text)) return true;
    return false;
  }

  /// Whether no word beside words_[at] tells anything.
  bool stands_alone(std::size_t at) const {
    for (std::size_t i = 0; i < words_.size() && words_[i].from < plain_.size(); ++i)
      if (i != at && !has(small_talk, words_[i].text) && !has(any_label, words_[i].text) &&
          !is_of_name(i))
        return false;
    return true;
  }

  /// Whether words_[at] is part of an app's name.
  bool is_of_name(std::size_t at) const {
    bool is_so = false;
    for (const said_app& app : said_apps()) {
      split(app.words, '|', [&](std::string_view name) {
        if (name.find('*') != name.npos) return;  // a pattern, not a name
        if (name.find(words_[at].text) == name.npos) return;
        for (const said_word& part : words_in(name, underscore::joins))
          is_so = is_so || part.text == words_[at].text;
      });
    }
    return is_so;
  }

  /// Drops what stands inside words of what goes well.
  void drop_innocent() {
    std::vector<span> well;
    split(innocent_phrases(), '|', [&](std::string_view phrase) {
      for_each_place(phrase, [&](const span& where) { well.push_back(where); });
    });
    std::erase_if(found_, [&](const match& hit) {
      return std::any_of(well.begin(), well.end(), [&](const span& each) {
        return each == hit.where || each.holds(hit.where);
      });
    });
  }

  /// The words of the text, behind each name of a class or code the words that it is made of.
  said_text_words with_parts_of_names() const {
    said_text_words out;
    for (const said_word& word : parts_) {
      if (word.from >= plain_.size()) break;
      out.push_back(word);
      if (word.to < plain_.size() && plain_[word.to] == '=') continue;  // a setting
      const std::string parts = parts_of_name(plain_.substr(word.from, word.to - word.from));
      if (parts.empty()) continue;
      for (const said_word& part : words_in(folded(parts), underscore::parts))
        out.push_back({part.text, word.from, word.to});
    }
    return out;
  }

  /// Adds what the words say in general where no row tells more than that something failed, or
  /// that TLS did.
  void add_general() {
    const auto is_vague = [](meaning means) {
      return means == meaning::no_details || means == meaning::handshake;
    };
    const bool is_told = std::any_of(found_.begin(), found_.end(), [&](const match& hit) {
      return row_of(hit.row->means).how_wide != breadth::echo && !is_vague(hit.row->means);
    });
    const bool is_normal = std::any_of(found_.begin(), found_.end(), [](const match& hit) {
      return hit.row->means == meaning::normal;
    });
    if (is_told || is_normal) return;
    const said_row* row = is_of_broker_ ? general_broker_row_of(parts_, text_) : nullptr;
    if (row == nullptr) row = general_row_of(with_parts_of_names(), text_);
    if (row == nullptr) return;
    const bool is_of_tls = std::any_of(found_.begin(), found_.end(), [](const match& hit) {
      return hit.row->means == meaning::handshake;
    });
    const bool is_all_vague = std::all_of(
        found_.begin(), found_.end(), [&](const match& hit) { return is_vague(hit.row->means); });
    const breadth how_wide = row_of(row->means).how_wide;
    const bool is_closer =
        is_of_tls ? is_cause_in_tls(row->means)
                  : how_wide == breadth::narrow || (is_all_vague && how_wide == breadth::wide);
    if (found_.empty() || is_closer) found_.push_back({row, {}, found_by::phrase});
  }

  static breadth width_of(const match& hit) {
    return std::max(row_of(hit.row->means).how_wide, hit.row->at_least);
  }

  /// Drops matches inside longer ones: "Connection refused: not authorised" holds "refused", too.
  void drop_inner() {
    std::vector<match> kept;
    for (const match& hit : found_) {
      const bool is_inner = std::any_of(found_.begin(), found_.end(), [&](const match& other) {
        // A wide phrase around it that means the same tells less.
        const bool is_wider = other.row->means == hit.row->means && width_of(other) > width_of(hit);
        return other.where.holds(hit.where) && !is_wider;
      });
      if (!is_inner) kept.push_back(hit);
    }
    found_ = std::move(kept);
  }

  /// Drops other apps' meanings of a number that a named app uses, too.
  void narrow() {
    const auto is_own = [this](const match& hit) {
      const bool is_any_given =
          std::find(is_given_.begin(), is_given_.end(), true) != is_given_.end();
      return is_any_given ? is_given_[hit.row->app] : is_named_[hit.row->app];
    };
    std::vector<span> own;
    for (const match& hit : found_)
      if (hit.how != found_by::phrase && is_own(hit)) own.push_back(hit.where);
    std::erase_if(found_, [&](const match& hit) {
      return hit.how != found_by::phrase && !is_own(hit) &&
             std::find(own.begin(), own.end(), hit.where) != own.end();
    });
  }

  using rank = std::tuple<int, int, std::size_t, int>;

  /// Narrow phrases, narrow numbers, wide phrases and so on; then the longer match; then the app
  /// that is named. Meanings of one number stay together, in the table's order.
  rank rank_of(const match& hit) const {
    const match* first = &hit;
    if (hit.how != found_by::phrase) {
      const auto same = std::find_if(found_.begin(), found_.end(), [&](const match& other) {
        return other.how != found_by::phrase && other.where == hit.where;
      });
      first = &*same;
    }
    const int width =
        static_cast<int>(std::max(row_of(first->row->means).how_wide, first->row->at_least));
    int behind_words = first->how == found_by::number ? 1 : 0;
    if (first->how == found_by::loose_number) behind_words = 3;  // behind the next width, too
    // In a broker's log, what is known of such logs comes before what apps mean by the words.
    const bool is_foreign = is_of_broker_ && !is_app_of_brokers(first->row->app);
    return {2 * width + behind_words, is_foreign ? 1 : 0, most_said * 2 - first->where.size(),
            is_named_[first->row->app] ? 0 : 1};
  }

  void sort() {
    std::vector<std::pair<rank, match>> ranked;
    for (const match& hit : found_) ranked.emplace_back(rank_of(hit), hit);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& hit, const auto& other) { return hit.first < other.first; });
    found_.clear();
    for (const auto& [key, hit] : ranked) found_.push_back(hit);
  }

  std::string plain_;  // in text_ stands behind it what numbers and names are
  std::string text_;
  said_text_words words_;  // '_' joins
  said_text_words parts_;  // '_' parts
  std::vector<bool> is_given_;
  std::vector<bool> is_named_;
  bool is_of_broker_ = false;
  bool is_of_app_ = false;
  std::vector<match> found_;
};

std::string port_word(std::string_view text) {
  constexpr std::string_view start = "on port ";
  const std::size_t at = text.find(start);
  if (at == text.npos) return {};
  std::size_t to = at + start.size();
  while (to < text.size() && is_ascii_digit(text[to])) ++to;
  return std::string(
      text.substr(at + start.size(), std::min<std::size_t>(to - at - start.size(), 5)));
}

/// The broker's URL where a WebSocket is looked at.
std::string web_url(const named_broker& broker, const std::string& host) {
  constexpr std::array<std::string_view, 4> plain_ports{"9001", "8083", "80", "8080"};
  constexpr std::array<std::string_view, 3> tls_ports{"8084", "443", "8884"};
  const std::string path = broker.path.size() > 1 ? broker.path : "/mqtt";
  const bool is_web = broker.scheme.starts_with("ws");
  if (is_web || has(plain_ports, broker.port) || has(tls_ports, broker.port)) {
    const bool is_plain = is_web ? broker.scheme == "ws" : has(plain_ports, broker.port);
    std::string out = is_plain ? "ws://" : "wss://";
    out += host;
    if (!broker.port.empty()) out.append(":").append(broker.port);
    return out + path;
  }
  return std::string("wss://").append(host).append(path);
}

}  // namespace

std::vector<std::string> said_words(std::string_view text) {
  texts out;
  for (said_word& word : words_in(folded(plain_text(text)), underscore::joins))
    out.push_back(std::move(word.text));
  return out;
}

/// Whether a setting's name begins with bytes that no setting has: of UTF-16, or a byte order mark.
static bool has_foreign_bytes(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF", spelled = "\"\\ufeff";
  if (text.find(mark) != text.npos || text.find(spelled) != text.npos) return true;
  const std::string name = detail_of(details_in(text), detail_kind::setting);
  return !name.empty() && (is_beyond_ascii(name.front()) || name.front() < ' ');
}

std::vector<reading> readings_of(std::string_view text, std::string_view app) {
  std::vector<reading> out;
  finder look(text, app);
  const std::string plain = plain_text(text.substr(0, most_said));
  const named_broker named = broker_in(plain);
  for (const match& hit : look.find()) {
    meaning means = look.seen_from_here(hit.row->means);
    if (means == meaning::setting_unknown && has_foreign_bytes(text))
      means = meaning::configuration_encoding;
    means = closer_meaning(means, plain, named);
    const auto same = std::find_if(out.begin(), out.end(),
                                   [&](const reading& each) { return each.means == means; });
    if (same != out.end()) {
      same->rows.push_back(hit.row);
    } else {
      out.push_back({means, {hit.row}});
    }
  }
  for (reading& each : out) {
    const auto is_named = [&](const said_row* row) { return look.is_of_named(row); };
    if (std::any_of(each.rows.begin(), each.rows.end(), is_named))
      std::erase_if(each.rows, std::not_fn(is_named));
  }
  // Beside a line of a failure stand lines of normal operation.
  const auto is_normal = [](const reading& each) { return each.means == meaning::normal; };
  if (out.size() > 1) std::erase_if(out, is_normal);
  return out;
}

named_broker broker_of(std::string_view text, std::string_view app) {
  const std::string plain = plain_text(text.substr(0, most_said));
  if (!finder(text, app).is_of_broker()) return broker_in(plain);
  named_broker out;  // the addresses in its log are its clients'
  out.port = port_word(plain);
  return out;
}

std::vector<said_detail> named_in(std::string_view text, std::string_view app,
                                  const std::vector<reading>& found) {
  const bool is_log = !found.empty() && (is_app_of_brokers(found.front().rows.front()->app) ||
                                         found.front().means >= meaning::setting_unknown ||
                                         found.front().means == meaning::port_taken);
  if (!is_log && !finder(text, app).is_of_broker()) return {};
  return details_in(text.substr(0, most_said));
}

std::string command_of(const meaning_row& row, const named_broker& broker) {
  const bool is_named = !broker.host.empty();
  const std::string host = is_named ? bracketed(broker.host) : "broker.example";
  const auto with_port = [&](const char* usual) {
    const std::string port = broker.port.empty() && !is_named ? usual : broker.port;
    return port.empty() ? host : std::string(host).append(":").append(port);
  };
  const std::string at = broker.scheme.starts_with("ws") ? web_url(broker, host)
                         : broker.scheme == "mqtts"      ? "mqtts://" + with_port("8883")
                                                         : with_port("1883");
  const std::pair<std::string_view, std::string> places[] = {{"{at}", at},
                                                             {"{tls}", with_port("8883")},
                                                             {"{web}", web_url(broker, host)},
                                                             {"{host}", host}};
  std::string out = row.run;
  for (const auto& [place, value] : places) {
    const std::size_t found = out.find(place);
    if (found != std::string::npos) out.replace(found, place.size(), value);
  }
  return out;
}

}  // namespace mqttkit::doctor
