#include "mqtt-doctor/said/labels.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/said/plain.hpp"

namespace mqttkit::doctor {
namespace {

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
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

}  // namespace

bool is_code_label(std::string_view word) noexcept { return has(any_label, word); }

bool is_system_label(std::string_view word) noexcept { return has(system_label, word); }

bool is_small_talk(std::string_view word) noexcept { return has(small_talk, word); }

bool ends_in_label(std::string_view folded_text) {
  constexpr std::array<std::string_view, 33> labels{
      "fehlercode", "rückgabecode", "fehler", "estado", "código", "codigo",   "erro",
      "erreur",     "retour",       "état",   "codice", "errore", "stato",    "код",
      "кодом",      "ошибка",       "ошибки", "статус", "kod",    "kodu",     "kód",
      "kode",       "コード",       "エラー", "코드",   "오류",   "错误代码", "代码",
      "返回值",     "返回代码",     "状态",   "原因码", "錯誤碼"};
  const std::size_t last = folded_text.find_last_not_of(" :=(#\t");
  if (last == folded_text.npos) return false;
  const std::string_view text = folded_text.substr(0, last + 1);
  return std::any_of(labels.begin(), labels.end(), [text](std::string_view label) {
    if (!text.ends_with(label)) return false;
    const std::size_t at = text.size() - label.size();
    return is_beyond_ascii(label.front()) || at == 0 || !is_ascii_letter(text[at - 1]);
  });
}

std::string small_hex(std::string_view word) {
  if (!word.starts_with("0x") || word.size() > 4) return {};
  word.remove_prefix(word.starts_with("0x0") && word.size() == 4 ? 3 : 2);
  return word.size() == 1 && word[0] >= '1' && word[0] <= '9' ? std::string(word) : std::string();
}

}  // namespace mqttkit::doctor
