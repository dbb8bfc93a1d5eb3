#include "mqtt-doctor/said/said.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <tuple>

#include "common/text_parts.hpp"
#include "mqtt-doctor/said/closer.hpp"
#include "mqtt-doctor/said/details.hpp"
#include "mqtt-doctor/said/general.hpp"
#include "mqtt-doctor/said/index.hpp"
#include "mqtt-doctor/said/labels.hpp"
#include "mqtt-doctor/said/match.hpp"
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

// Names of client libraries, whose lines may look like a broker's.
constexpr const char* client_libraries =
    "com hivemq client|org eclipse paho|mqttnet exceptions|service "
    "benthos|genserver|tortoise|gen_emqtt|gen_mqtt";

constexpr std::size_t most_skipped = 5;  // words that ** stands for
constexpr std::size_t no_end = std::string::npos;

template <class List, class Item>
bool has(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
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

/// Letters and digits of a name, in lower case: "Z-Wave JS UI" and "zwave-js-ui" are one.
std::string bare_name(std::string_view name) {
  std::string out;
  for (const char c : folded(plain_text(name)))
    if (is_ascii_letter(c) || is_ascii_digit(c) || is_beyond_ascii(c)) out += c;
  return out;
}

/// The bare names of each app of the table.
const std::vector<texts>& bare_names_of_apps() {
  static const std::vector<texts> all = [] {
    std::vector<texts> out;
    for (const said_app& app : said_apps()) {
      texts& names = out.emplace_back();
      const auto add = [&](std::string_view name) { names.push_back(bare_name(name)); };
      tools::for_each_part(app.words, '|', add);
      tools::for_each_part(app.name, '|', add);
    }
    return out;
  }();
  return all;
}

/// For each app of the table whether it has the name, or a longer one that it is part of.
std::vector<bool> apps_named(std::string_view given) {
  constexpr std::size_t least = 2;  // letters; a single one is part of nearly all names
  const std::string name = bare_name(given);
  std::vector<bool> out(said_apps().size());
  if (name.size() < least) return out;
  const auto has_it = [&](const std::string& each) { return each.find(name) != each.npos; };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const texts& names = bare_names_of_apps()[i];
    out[i] = std::any_of(names.begin(), names.end(), has_it);
  }
  return out;
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
    is_given_ = apps_named(app);
    is_named_ = is_given_;
    for (const phrase_index::entry* each : index_of_apps().near(text_, words_, parts_))
      for_each_place(each->text, [&](const span&) { is_named_[each->owner] = true; });
    const bool is_client = is_elixir() || has_phrase(client_libraries);
    is_of_broker_ =
        is_broker(app) ||
        (!is_client && (has_phrase(broker_log_phrases()) || has_form_of_broker_log(text)));
    is_of_app_ = !is_of_broker_ && (!app.empty() || has_phrase(app_log_phrases()));
  }

  bool is_of_broker() const { return is_of_broker_; }

  /// Whether the row is one of an app that --app or the text names.
  bool is_of_named(const said_row* row) const { return is_named_[row->app]; }

  std::vector<match> find() {
    const auto rows = said_rows();
    for (const phrase_index::entry* each : index_of_rows().near(text_, words_, parts_)) {
      if (each->is_number) {
        find_number(rows[each->owner], each->text);
      } else {
        find_phrase(rows[each->owner], each->text);
      }
    }
    drop_innocent();
    drop_explained(found_, plain_);
    drop_unasked(found_);
    drop_refusal_of_port(found_, text_);
    drop_misread_numbers(found_, text_);
    drop_outcomes(found_);
    drop_inner(found_);
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
    tools::for_each_part(broker_names(), '|',
                         [&](std::string_view each) { is_so = is_so || each == name; });
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

  /// Whether the text shows terms of Elixir, in which no broker is written.
  bool is_elixir() const { return plain_.find("{:") != plain_.npos; }

  bool has_phrase(std::string_view list) const {
    bool is_so = false;
    tools::for_each_part(list, '|', [&](std::string_view phrase) {
      for_each_place(phrase, [&](const span&) { is_so = true; });
    });
    return is_so;
  }

  void add(const said_row& row, span where, found_by how) {
    for (match& hit : found_) {
      // All lines of normal operation are wanted, of others the one that tells most.
      if (hit.row != &row || row.means == meaning::normal) continue;
      if (hit.where.size() < where.size()) hit = {&row, where, how};
      return;
    }
    found_.push_back({&row, where, how});
  }

  void find_phrase(const said_row& row, std::string_view phrase) {
    for_each_place(phrase, [&](const span& where) { add(row, where, found_by::phrase); });
  }

  void find_number(const said_row& row, std::string_view number) {
    for (std::size_t at = 0; at < words_.size(); ++at) {
      if (words_[at].text != number && small_hex(words_[at].text) != number) continue;
      const std::optional<found_by> how = how_code(row, at);
      if (how) add(row, {words_[at].from, words_[at].to}, *how);
    }
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
    const bool is_of_login = row.app == mqtt_3 || row.means == meaning::connected;
    if (is_of_login && is_about_sending()) return {};
    const bool is_first = at == 0;
    // "state is -4"
    const std::size_t before = at > 1 && words_[at - 1].text == "is" ? at - 2 : at - 1;
    const auto is_before = [&](std::string_view label) { return words_[before].text == label; };
    const bool is_generic = (!is_first && is_code_label(words_[before].text)) ||
                            ends_in_label(std::string_view(text_).substr(0, words_[at].from)) ||
                            ends_sentence(at) ||
                            (is_named_[row.app] && is_negative_behind_failed(at));
    bool is_labelled = false;
    tools::for_each_part(said_apps()[row.app].labels, ' ', [&](std::string_view label) {
      is_labelled = is_labelled || (!is_first && is_before(label));
    });
    if (is_labelled && is_system_label(words_[before].text)) return found_by::system_number;
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
    constexpr std::array<std::string_view, 12> stems{// "connection", in other languages
                                                     "连接",    "連接",    "接続",     "연결",
                                                     "접속",    "подключ", "соединен", "conex",
                                                     "verbind", "bağlant", "połącz",   "kapcsol"};
    return std::any_of(stems.begin(), stems.end(),
                       [&](std::string_view stem) { return text_.find(stem) != text_.npos; }) ||
           std::any_of(starts.begin(), starts.end(),
                       [&](std::string_view start) { return has_word_with(start); });
  }

  bool has_word_with(std::string_view start) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const said_word& word) { return word.text.starts_with(start); });
  }

  /// Whether the text is about a message or a subscription only: its numbers are no CONNACK's.
  bool is_about_sending() const {
    const bool is_so = has_word_with("publish") || has_word_with("subscri");
    return is_so && std::none_of(parts_.begin(), parts_.end(), [](const said_word& word) {
             return (word.text.starts_with("conn") || word.text.starts_with("reconn")) &&
                    word.text != "connected";
           });
  }

  /// Whether words_[at] ends a line behind a colon and words of connecting: "MQTT connect: 5".
  bool ends_sentence(std::size_t at) const {
    constexpr std::array<std::string_view, 6> before{"connect", "connection", "mqtt",
                                                     "failed",  "refused",    "rejected"};
    const bool is_last = words_[at].to >= plain_.size() || plain_[words_[at].to] == '\n';
    if (at == 0 || !is_last || words_[at].text.size() != 1) return false;
    const std::string_view between =
        std::string_view(text_).substr(words_[at - 1].to, words_[at].from - words_[at - 1].to);
    return between == ": " && has(before, words_[at - 1].text);
  }

  /// Whether words_[at] is as in "connect failed, -5 wait".
  bool is_negative_behind_failed(std::size_t at) const {
    const bool is_negative = words_[at].text.starts_with('-');
    return at > 0 && is_negative && words_[at - 1].text == "failed";
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
      if (i != at && !is_small_talk(words_[i].text) && !is_code_label(words_[i].text) &&
          !is_of_name(i))
        return false;
    return true;
  }

  /// Whether words_[at] is part of an app's name.
  bool is_of_name(std::size_t at) const {
    bool is_so = false;
    for (const said_app& app : said_apps()) {
      tools::for_each_part(app.words, '|', [&](std::string_view name) {
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
    tools::for_each_part(innocent_phrases(), '|', [&](std::string_view phrase) {
      for_each_place(phrase, [&](const span& where) { well_.push_back(where); });
    });
    std::erase_if(found_, [&](const match& hit) {
      return std::any_of(well_.begin(), well_.end(), [&](const span& each) {
        return each == hit.where || each.holds(hit.where);
      });
    });
  }

  /// Whether a word is neither part of what goes well nor on a line of normal operation.
  bool may_tell(const said_word& word) const {
    const auto is_part = [&](const span& each) {
      const bool is_number = text_.compare(each.from, 5, "error") == 0;  // "packet error: 0" is one
      return !is_number && each.from <= word.from && each.to >= word.to;
    };
    if (std::any_of(well_.begin(), well_.end(), is_part)) return false;
    return std::none_of(found_.begin(), found_.end(), [&](const match& hit) {
      return hit.row->means == meaning::normal && are_on_one_line(plain_, hit.where, word);
    });
  }

  /// The words that may tell something, behind each name of a class or code those it is made of.
  said_text_words telling_words(bool with_names) const {
    said_text_words out;
    for (const said_word& word : parts_) {
      if (word.from >= plain_.size() && with_names) break;
      if (!may_tell(word)) continue;
      out.push_back(word);
      if (with_names) add_parts_of_name(word, out);
    }
    return out;
  }

  void add_parts_of_name(const said_word& word, said_text_words& out) const {
    if (word.to < plain_.size() && plain_[word.to] == '=') return;  // a setting
    // Of Java: says nothing of an address or a topic.
    const bool is_any_failure =
        word.text.starts_with("illegal") && word.text.ends_with("exception");
    const std::string parts = parts_of_name(plain_.substr(word.from, word.to - word.from));
    if (parts.empty() || is_any_failure) return;
    for (const said_word& part : words_in(folded(parts), underscore::parts))
      out.push_back({part.text, word.from, word.to});
  }

  /// Adds what the words say in general where no row tells more than that something failed, or
  /// that TLS did.
  void add_general() {
    const auto is_vague = [](const match& hit) {
      return hit.row->means == meaning::no_details || hit.row->means == meaning::handshake ||
             hit.row->at_least == breadth::echo;
    };
    const bool is_told = std::any_of(found_.begin(), found_.end(), [&](const match& hit) {
      return row_of(hit.row->means).how_wide != breadth::echo && !is_vague(hit);
    });
    const bool is_normal = std::any_of(found_.begin(), found_.end(), [](const match& hit) {
      return hit.row->means == meaning::normal;
    });
    // In a pasted log, the lines that are not of normal operation may tell something.
    const bool is_one_line = plain_.find('\n') == plain_.npos;
    if (is_told || (is_normal && is_one_line)) return;
    const said_row* row =
        is_of_broker_ ? general_broker_row_of(telling_words(false), text_) : nullptr;
    if (row == nullptr) row = general_row_of(telling_words(true), text_);
    if (row == nullptr) return;
    const bool is_of_tls = std::any_of(found_.begin(), found_.end(), [](const match& hit) {
      return hit.row->means == meaning::handshake;
    });
    const bool is_all_vague = std::all_of(found_.begin(), found_.end(), is_vague);
    const breadth how_wide = row_of(row->means).how_wide;
    const bool is_closer =
        is_of_tls ? is_cause_in_tls(row->means)
                  : how_wide == breadth::narrow || (is_all_vague && how_wide == breadth::wide);
    if (found_.empty() || is_closer) found_.push_back({row, {}, found_by::phrase});
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

  using rank = std::tuple<int, int, int, int, std::size_t, int>;

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
    const bool says_nothing = hit.row->means == meaning::no_details;
    return {is_ground_of(hit, found_, text_) ? 0 : 1,
            2 * width + behind_words,
            says_nothing ? 1 : 0,
            is_foreign ? 1 : 0,
            most_said * 2 - first->where.size(),
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
  std::vector<span> well_;  // what goes well
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

}  // namespace

std::vector<std::string> said_words(std::string_view text) {
  texts out;
  for (said_word& word : words_in(folded(plain_text(text)), underscore::joins))
    out.push_back(std::move(word.text));
  return out;
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
      if (!has(same->rows, hit.row)) same->rows.push_back(hit.row);
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
  // "It does not say what" is untrue beside a reading that says it.
  const auto says_what = [](const reading& each) {
    return each.means != meaning::normal && row_of(each.means).how_wide != breadth::echo;
  };
  const auto says_nothing = [](const reading& each) { return each.means == meaning::no_details; };
  if (!out.empty() && says_what(out.front())) std::erase_if(out, says_nothing);
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

}  // namespace mqttkit::doctor
