#include "mqtt-doctor/words/language.hpp"

#include <langinfo.h>
#include <libintl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include "mqtt-doctor/words/catalogue.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* domain = "mqtt-doctor";

std::string folder_of_program() {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::string_view whole(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(whole.substr(0, whole.rfind('/')));
}

std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != 0) return value;
  }
  return {};
}

// Places filled with the doctor's own words or those of quoted_words.hpp, which are translated too.
// All other places hold numbers, and texts of the user, the network or a file, which stay: a user
// may be called "closed".
constexpr std::array<std::string_view, 17> spoken{
    "answer",  "cloud",   "code",     "end",     "error",  "filter", "from", "grammar", "how",
    "meaning", "outcome", "password", "purpose", "speaks", "what",   "when", "words"};

bool& is_utf8() {
  static bool value = false;
  return value;
}

/// The catalogue that is read where the C library cannot translate.
catalogue& own_catalogue() {
  static catalogue value;
  return value;
}

bool& is_muted() {
  static bool value = false;
  return value;
}

std::string contents_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

const char* translated(const char* english) {
  if (own_catalogue().is_empty()) return ::dgettext(domain, english);
  const char* const found = is_muted() ? nullptr : own_catalogue().find(english);
  return found != nullptr ? found : english;
}

}  // namespace

facts_in_english::facts_in_english() {
  std::setlocale(LC_ALL, "C");
  is_muted() = true;
}

facts_in_english::~facts_in_english() {
  is_muted() = false;
  std::setlocale(LC_ALL, "C.UTF-8");
  std::setlocale(LC_NUMERIC, "C");
}

void choose_language(const std::string& wanted) {
  // The user's locale is read before setlocale() replaces it.
  const std::string locale = first_set({"LC_ALL", "LC_CTYPE", "LANG"});
  const bool names_utf8 = locale.find("UTF-8") != std::string::npos ||
                          locale.find("utf8") != std::string::npos ||
                          locale.find("UTF8") != std::string::npos;
  is_utf8() = names_utf8;
  const std::string messages = first_set({"LC_ALL", "LC_MESSAGES", "LANG"});
  static const std::string asked = first_set({"LANGUAGE"});  // read before it is replaced
  const bool locale_is_plain = messages.empty() || messages == "C" || messages == "POSIX";
  const std::string of_locale = !locale_is_plain && !asked.empty() ? asked : messages;
  const std::string language = wanted.empty() ? of_locale : wanted;
  // Terminals in other encodings would show rubbish, unless the user asked for Chinese by --lang.
  const bool is_chinese = language.starts_with("zh") && (names_utf8 || !wanted.empty());
  // gettext translates nothing in locale "C", and the user's locale may not be installed; C.UTF-8
  // always is, and LANGUAGE names the language.
  const bool has_locale = std::setlocale(LC_ALL, "C.UTF-8") != nullptr;
  std::setlocale(LC_NUMERIC, "C");
  ::setenv("LANGUAGE", is_chinese ? "zh_CN" : "en", 1);
  const std::string beside = folder_of_program() + "/../share/locale";
  ::bindtextdomain(domain, beside.c_str());
  ::bind_textdomain_codeset(domain, "UTF-8");
  ::textdomain(domain);
  own_catalogue() = is_chinese && !has_locale
                        ? catalogue::of(contents_of(beside + "/zh_CN/LC_MESSAGES/mqtt-doctor.mo"))
                        : catalogue();
}

bool takes_utf8() { return is_utf8(); }

std::string say(const sentence& what) {
  if (what.empty()) return {};
  auto places = what.places;
  for (auto& [name, value] : places) {
    const bool is_spoken = std::find(spoken.begin(), spoken.end(), name) != spoken.end();
    if (is_spoken && !value.empty()) value = say(value.c_str());
  }
  const std::string sentence = fill(translated(what.text.c_str()), places);
  return what.seen_by.empty() ? sentence : what.seen_by + say(N_(": ")) + sentence;
}

std::string say(const char* text) {
  return *text == 0 ? std::string() : translated(text);  // "" holds the catalogue's header
}

}  // namespace mqttkit::doctor
