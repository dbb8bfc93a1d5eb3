#include "mqtt-doctor/said/general.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "common/text_parts.hpp"
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

constexpr std::size_t nearby = 6;  // words; below what parts_of_names() puts between names

// Groups of words are parted by &: each must have one of its words near the others'. A star ends
// the beginning of a word; @ stands for one of these lists; behind "-" stand words that must not
// be near.

struct word_list {
  std::string_view name;
  const char* words;
};

// clang-format off
constexpr word_list lists[] = {
    {"@cert", "cert* ca x509* issuer* chain zertifikat* certificad* сертификат* 证书 証明書"},
    {"@failed", "fail* error errors err unable cannot couldn can unsuccess* broken exception problem fehl* gescheitert "
     "erreur échou* échec erro error* falha falhou fallo falló errore fallit* mislukt nieudan* gagal fout fejl feil fel hata hiba chyba eroare virhe "
     "błąd lỗi ошибка сбой 失败 错误 异常 出错 失敗 실패 오류 エラー"},
    {"@not", "not no isn wasn doesn didn never without missing nicht kein keine non pas не нет 未 无"},
    {"@well", "success* succeed* ok established zero"},
};
// clang-format on

constexpr const char* by_words = "by its words alone: no list has this text";
constexpr const char* no_matter = "";  // of a rule for what is no matter of the connection

// clang-format off
constexpr said_row rules[] = {
    // ---- contents of messages, which the program reads itself
    {any_app, "json yaml xml deserializ* deserialis* climate & parse* parsing decode* decoding invalid unexpected unknown incomplete deserializ* deserialis*", "", is::no_details, no_matter},

    {any_app, "i2c imu gpio eeprom uart adc bme280 ds18b20 nonetype & @failed timeout not", "", is::no_details, no_matter},

    // ---- certificates and keys
    {any_app, "key private pem pass phrase & encrypted passphrase", "", is::encrypted_key, by_words},
    {any_app, "private & key & password passwort kennwort", "", is::encrypted_key, by_words},
    {any_app, "@cert & expired expirado abgelaufen outdated caducado caducada vencido scadut* verlopen истек* 过期 & -@well", "", is::wrong_time, by_words},
    {any_app, "@cert & yet future & valid gültig start* & -@well", "", is::wrong_time, by_words},
    {any_app, "@cert & revoked revocation crl ocsp widerrufen 吊销", "", is::revoked, by_words},
    {any_app, "@cert & mismatch* match* differ* & not no doesn didn name hostname host cn san sans mismatch* & -key keys", "", is::other_name, by_words},
    {any_app, "subject & alt alternative & names name & not no doesn mismatch* match*", "", is::other_name, by_words},
    {any_app, "@cert & required requested need* wants expected & client peer device no not missing required", "", is::wants_certificate, by_words},
    {any_app, "key keys & match* & not doesn mismatch* no", "", is::bad_key_file, by_words},
    {any_app, "pem pkcs* pkcs1 pkcs8 pkcs12 p12 pfx jks keystore truststore asn1 & @failed not invalid wrong bad no", "", is::bad_key_file, by_words},
    {any_app, "@cert key keyfile certfile cafile & parse* parsing load* read reading open* decode* decoding import* format file files path paths & @failed "
     "not invalid no wrong denied missing found corrupt* malformed bad unknown unsupported must", "", is::bad_key_file, by_words},
    {any_app, "@cert & weak* insecure sha1 md5 small short & -@well", "", is::weak_certificate, by_words},
    {any_app, "@cert & trust* untrusted attendibile fidato fiable confianza confiável vertrau* unknown verif* valid* invalid anchor* authority self selfsigned fingerprint & @failed not no untrusted "
     "unknown invalid non self selfsigned rejected refused bad wrong nicht & -@well disabled enabled skip* off", "", is::untrusted, by_words},
    {any_app, "fingerprint thumbprint & bad wrong mismatch* @failed not invalid", "", is::untrusted, by_words},

    // ---- answers that are named before the login that they would tell of
    {any_app, "connack suback puback & within timeout timed & not no never didn did waiting wait & -@well", "", is::no_answer, by_words},

    // ---- memory, which TLS needs most of
    {any_app, "memory mem heap alloc* malloc ram speicher 内存 & out insufficient low exhausted enough @failed @not", "", is::no_memory, by_words},

    // ---- TLS
    {any_app, "tls ssl & record packet greeting & unexpected invalid wrong illegal not plain plaintext & -@well", "", is::no_tls_there, by_words},
    {any_app, "tls ssl openssl libssl & library libraries lib dll module & load* missing found available installed & @failed @not", "", is::no_tls_built_in, by_words},
    {any_app, "tls ssl tlsv1 & version protocol & unsupported mismatch* low old not no invalid disabled wrong", "", is::tls_version, by_words},
    {any_app, "cipher* ciphersuite* & no none common mismatch* unsupported not negotiate @failed", "", is::nothing_in_common, by_words},
    {any_app, "handshake & eof closed terminated abort* disconnect* hung dropped reset shutdown shut", "", is::hung_up_on_tls, by_words},
    {any_app, "handshake handschlag 握手 & timeout timed", "", is::hung_up_on_tls, by_words},
    {any_app, "tls ssl handshake mbedtls openssl wolfssl bearssl axtls secure encryption 握手 & @failed not abort* refused & -@well", "", is::handshake, by_words},

    // ---- names
    {any_app, "dns resolve* resolving resolution resolver lookup getaddrinfo gethostbyname gethostbyname2 hostbyname nslookup nodename auflös* "
     "résolution & @failed not no unknown invalid timeout timed empty & -@well", "", is::name_not_found, by_words},
    {any_app, "host hostname domain servername rechnername hôte 域名 主机名 & unknown unbekannt inconnu desconocido 不存在 unresolved unresolvable "
     "nxdomain introuvable introvabile", "", is::name_not_found, by_words},
    {any_app, "ホスト 主机 主機 호스트 & 見つかりません 解決できません 找不到 찾을", "", is::name_not_found, by_words},
    {any_app, "証明書 인증서 & 失敗 自己署名 検証 실패", "", is::untrusted, by_words},
    {any_app, "解析 & 域名 主机 地址 dns host hostname 名称 解析失败 解析错误 & @failed 无法 不 & -json yaml xml 数据 报文 消息 payload message", "", is::name_not_found, by_words},
    {any_app, "host hostname domain & found exist* resolved & not no never nicht", "", is::name_not_found, by_words},
    {any_app, "url uri & parse* parsing & @failed", "", is::app_url, by_words},
    {any_app, "port & range invalid malformed & -listen bind", "", is::app_url, by_words},
    {any_app, "url uri scheme address host hostname endpoint & invalid malformed illegal unsupported bad wrong ungültig* & -ip local listen", "", is::app_url, by_words},

    // ---- what MQTT refuses
    {any_app, "subscri* abonn* 订阅 & @failed invalid denied refus* reject* not unauthorized forbidden 拒绝 & -@well connected disconnecting disconnected disconnect closed closing -13", "", is::subscribe_refused, by_words},
    {any_app, "publi* 发布 & denied refus* reject* unauthorized unauthorised forbidden authorized authorised permission 拒绝 & -@well", "", is::publish_refused, by_words},
    {any_app, "subscri* & allowed permitted & @not", "", is::subscribe_refused, by_words},
    {any_app, "publi* & allowed permitted & @not", "", is::publish_refused, by_words},
    {any_app, "acl & denied deny refus* reject*", "", is::publish_refused, by_words},
    {any_app, "topic* filter & invalid malformed empty illegal wildcard* exceeds exceeded & -authorized authorised found subscribed @well", "", is::bad_topic, by_words},
    {any_app, "client clientid identifier session & taken takeover takenover duplicate* elsewhere stolen kicked kick superseded replaced", "", is::taken_over, by_words},
    {any_app, "client clientid & already & connected use online", "", is::taken_over, by_words},
    {any_app, "client clientid & conflict conflicts conflicting kickout", "", is::taken_over, by_words},
    {any_app, "client clientid & id identifier clientid & invalid reject* refused empty long illegal unacceptable bad wrong 无效", "", is::bad_identifier, by_words},
    {any_app, "banned blacklist* blocked blocklist* & client user ip address account device you", "", is::banned, by_words},
    {any_app, "token jwt sas & expire* 过期 & -in will new renewing generating seconds future", "", is::expired_token, by_words},
    {any_app, "username password passwort kennwort credential* benutzername utilisateur usuario wachtwoord hasło 用户名 パスワード 密码 пароль contraseña senha passe & bad wrong invalid incorrect malformed "
     "falsch ungültig invalide* incorrecte* inválid* incorret* errat* verkeerd reject* incorrecta 错误 неверн*", "",
     is::bad_login, by_words},
    {any_app, "auth authenticat* authoriz* authoris* login credential* token account username password anmeldung permission autenticaci* autentica* authentifi* identifiants inloggen 认证 認証 鉴权 登录 & @failed "
     "denied refus* reject* bad wrong invalid incorrect missing required not forbidden disabled 拒绝 & -@well", "", is::not_authorised, by_words},
    {any_app, "unauthorized unauthorised forbidden", "", is::not_authorised, by_words},
    {any_app, "qos retain retained wildcard wildcards shared & support supports supported unsupported & not no unsupported", "", is::no_such_feature, by_words},
    {any_app, "version mqttv5 mqtt5 v5 5 5.0 v3 3.1 3.1.1 & support supports supported unsupported & not no unsupported & -tls ssl websocket websockets", "", is::bad_version, by_words},
    {any_app, "protocol version mqtt & version & unsupported unacceptable mismatch* not wrong invalid", "", is::bad_version, by_words},
    {any_app, "quota throttl* rate connections clients sessions & exceed* reached too limit* @failed", "", is::busy, by_words},
    {any_app, "server broker service mqtt & unavailable busy overload*", "", is::unavailable, by_words},

    // ---- answers that do not come
    {any_app, "ping pings pingreq pingresp pong keepalive alive heartbeat heartbeats activity 心跳 & timeout timed time miss* lost exceeded expired "
     "unanswered @failed @not 超时 & -set setting interval period config* sending sent disabled enabled @well", "", is::silent_too_long, by_words},
    {any_app, "connack & expected expecting erwartet verwacht attendu instead unexpected", "", is::broken_packet, by_words},
    {any_app, "connack suback puback acknowledged acknowledgement acknowledgment acknowledgements ack acks & timeout timed gave miss* within @not & -@well", "", is::no_answer, by_words},
    {any_app, "publish publishing subscribe subscribing connect connection & timeout timed & wait* waiting acknowledg* confirmation publish publishing subscribe subscribing & -@well set setting", "", is::no_answer, by_words},
    {any_app, "timeout timed & waiting waited & -@well set setting", "", is::no_answer, by_words},
    {any_app, "response reply answer respond* replies antwort 响应 应答 & timeout timed wait* @not & -@well", "", is::no_answer, by_words},
    {any_app, "message packet payload buffer publish & large big long exceed* oversize* overflow small & -@well", "", is::too_large, by_words},
    {any_app, "queue outbox inflight & full overflow* exceeded", "", is::too_many_in_flight, by_words},
    {any_app, "packet frame buffer & parse* parsing decode* decoding & @failed invalid", "", is::broken_packet, by_words},
    {any_app, "serializ* serialis* & connect connack packet & @failed", "", is::app_call, by_words},
    {any_app, "packet message header frame byte length protocol & malformed invalid unexpected corrupt* illegal unknown bad wrong garbage & "
     "-topic user password @well", "",
     is::broken_packet, by_words},

    // ---- the way
    {any_app, "cipstart ciptcpconnect qiopen cipopen & timeout timed", "", is::timed_out, by_words},
    {any_app, "dhcp & @failed @not & -@well", "", is::no_network, by_words},
    {any_app, "ethernet wifi wlan & shield cable hardware card & @not", "", is::no_network, by_words},
    {any_app, "sim pdp apn gprs gsm modem cellular bearer pdn & busy deact* lost denied inserted searching @failed @not & -@well", "", is::mobile_data, by_words},
    {any_app, "wifi wlan ethernet interface interfaces netif & down unavailable disconnect* lost unstable @not @failed & -@well", "", is::no_network, by_words},
    {any_app, "network link 网络 & down unavailable offline 不可用 断开", "", is::no_network, by_words},
    {any_app, "websocket websockets ws wss wstunnel upgrade handshake & 404 410", "", is::websocket_refused, by_words},
    {any_app, "websocket websockets ws wss upgrade handshake & 401 403 407", "", is::web_login, by_words},
    {any_app, "websocket websockets ws wss upgrade handshake & 500 502 503 504 521 522 523 530", "", is::no_backend, by_words},
    {any_app, "websocket websockets ws wss upgrade handshake & 301 302 303 307 308", "", is::redirected, by_words},
    {any_app, "websocket websockets & upgrade & undefined missing absent none nil null", "", is::upgrade_refused, by_words},
    {any_app, "websocket websockets ws wss upgrade & 400 405 426 501 declined rejected", "", is::upgrade_refused, by_words},
    {any_app, "websocket websockets ws wss & @failed closed disconnect* abort* before & -@well", "", is::websocket_failed, by_words},
    {any_app, "socket sockets descriptor descriptors fd & too max* exhausted limit & -@well", "", is::no_more_sockets, by_words},
    {any_app, "-12 & @failed & connect* conn", "", is::no_memory, by_words},
    {any_app, "-22 & @failed & connect* conn", "", is::app_call, by_words},
    {any_app, "mqtt & timeout & @failed reached occurred error restart & -set setting config* default seconds override", "", is::timed_out, by_words},
    {any_app, "-111 & @failed connect* conn socket tcp mqtt", "", is::refused, by_words},
    {any_app, "-110 -116 & @failed connect* conn socket tcp mqtt", "", is::timed_out, by_words},
    {any_app, "-101 -114 -118 & @failed connect* conn socket tcp mqtt", "", is::no_route, by_words},
    {any_app, "-104 & @failed connect* conn socket tcp mqtt read write recv send", "", is::reset, by_words},
    {any_app, "broker server connection connect connack & reject* declin*", "", is::login_refused, by_words},
    {any_app, "connect* conn port socket verbindung connexion conexi* 连接 & refus* verweigert abgelehnt geweigerd odmow* rifiutat* rechaz* recus* отказ* 拒绝", "", is::refused, by_words},
    {any_app, "unreachable unerreichbar injoignable inalcanzable недоступ* 不可达", "", is::no_route, by_words},
    {any_app, "connect* conn socket tcp server broker host verbindung connexion 连接 & timeout timed zeitüberschreitung expired délai délais 超时 таймаут & -set setting period "
     "config* is default seconds lost @well", "", is::timed_out, by_words},
    {any_app, "connection conn peer socket tcp & reset", "", is::reset, by_words},
    {any_app, "connection conn socket server broker remote peer mqtt tcp link verbindung connexion conexi* соединение 连接 연결 接続 & closed lost dropped ended "
     "terminated abort aborted aborts broken gone disconnected disconnects disconnection disconnect eof hup getrennt verloren abgebrochen unterbrochen verbroken perdu* perdi* persa cerrada chiusa потеряно разорвано "
     "断开 丢失 中断 关闭 끊 切断 切れ & -sending graceful* clean* requested @well", "", is::closed, by_words},
    {any_app, "connected connection verbunden подключени* & @not & -success* succeed* ok error", "", is::not_connected, by_words},
    {any_app, "disconnected getrennt déconnecté desconectado desconectada disconnesso отключен & -wifi wlan clean* graceful* @not @well", "", is::closed, by_words},
    {any_app, "client mqtt library module & initialised initialized init available & not", "", is::app_call, by_words},
    {any_app, "client mqtt broker server connection & offline & -will lwt status message availability", "", is::not_connected, by_words},

    // ---- nothing but that something failed
    {any_app, "connect* conect* connection connecting conn koneksi połącz* bağlant* kapcsol* forbind* anslut* 연결 接続 mqtt mqttclient mqttexception broker verbindung connexion conexi* подключ* 连接 & @failed & -@well", "", is::no_details, by_words},
};
// clang-format on

bool is_beyond(std::string_view word) {
  return std::any_of(word.begin(), word.end(), is_beyond_ascii);
}

std::string_view words_of_list(std::string_view name) {
  for (const word_list& each : lists)
    if (each.name == name) return each.words;
  return {};
}

class text_words {
 public:
  text_words(const std::vector<said_word>& words, std::string_view text)
      : words_(words), text_(text) {
    std::size_t line = 0, at = 0, place = 0;
    for (const said_word& word : words) {
      for (; at < word.from; ++at) line += text[at] == '\n' ? 1 : 0;
      lines_.push_back(line);
      // Addresses, ports and times between two words do not part them.
      const bool is_number = word.text.find_first_not_of("0123456789-") == word.text.npos;
      places_.push_back(is_number ? place : ++place);
    }
  }

  bool fits(const said_row& rule) const { return line_of(rule).has_value(); }

  /// The line that the rule fits; nothing where it fits none.
  std::optional<std::size_t> line_of(const said_row& rule) const {
    std::vector<std::string_view> groups;
    tools::for_each_part(rule.phrases, '&',
                         [&](std::string_view group) { groups.push_back(group); });
    if (is_in_text(groups[0]))
      return fits_around(words_.size(), groups) ? std::optional<std::size_t>(0) : std::nullopt;
    for (std::size_t at = 0; at < words_.size(); ++at)
      if (is_one(groups[0], words_[at].text) && fits_around(at, groups)) return lines_[at];
    return {};
  }

  /// The words of all lines but one.
  std::vector<said_word> words_without(std::size_t line) const {
    std::vector<said_word> out;
    for (std::size_t at = 0; at < words_.size(); ++at)
      if (lines_[at] != line) out.push_back(words_[at]);
    return out;
  }

 private:
  /// Whether the other groups have a word near words_[at]; behind the end: anywhere.
  bool fits_around(std::size_t at, const std::vector<std::string_view>& groups) const {
    for (std::size_t i = 1; i < groups.size(); ++i) {
      std::string_view group = groups[i];
      const std::size_t first = group.find_first_not_of(' ');
      const bool is_without = first != group.npos && group[first] == '-';
      if (is_without) group.remove_prefix(first + 1);
      if (is_near(at, group) == is_without) return false;
    }
    return true;
  }

  bool is_near(std::size_t at, std::string_view group) const {
    if (is_in_text(group)) return true;
    const bool is_anywhere = at == words_.size();
    const auto is_far = [&](std::size_t i) {
      const std::size_t apart =
          places_[i] > places_[at] ? places_[i] - places_[at] : places_[at] - places_[i];
      return apart > nearby || lines_[i] != lines_[at];
    };
    for (std::size_t i = 0; i < words_.size(); ++i)
      if ((is_anywhere || !is_far(i)) && is_one(group, words_[i].text)) return true;
    return false;
  }

  /// Whether the text has one of the group's words of other scripts, which blanks do not part.
  bool is_in_text(std::string_view group) const {
    bool is_so = false;
    tools::for_each_part(group, ' ', [&](std::string_view word) {
      if (word.starts_with('@')) is_so = is_so || is_in_text(words_of_list(word));
      if (!is_beyond(word)) return;
      if (word.ends_with('*')) word.remove_suffix(1);
      is_so = is_so || text_.find(word) != text_.npos;
    });
    return is_so;
  }

  static bool is_one(std::string_view group, std::string_view word) {
    bool is_so = false;
    tools::for_each_part(group, ' ', [&](std::string_view each) {
      if (each.starts_with('@')) {
        is_so = is_so || is_one(words_of_list(each), word);
        return;
      }
      const bool is_begin = each.ends_with('*');
      if (is_begin) each.remove_suffix(1);
      is_so = is_so || (is_begin ? word.starts_with(each) : word == each);
    });
    return is_so;
  }

  const std::vector<said_word>& words_;
  std::string_view text_;
  std::vector<std::size_t> lines_;  // by word
  std::vector<std::size_t> places_;
};

}  // namespace

const said_row* general_row_of(const std::vector<said_word>& words, std::string_view folded_text) {
  const text_words in(words, folded_text);
  for (const said_row& rule : rules) {
    const auto line = in.line_of(rule);
    if (!line) continue;
    if (*rule.source != 0) return &rule;
    // No matter of the connection; another line may tell of it.
    const std::vector<said_word> others = in.words_without(*line);
    return others.empty() ? nullptr : general_row_of(others, folded_text);
  }
  return nullptr;
}

const said_row* general_broker_row_of(const std::vector<said_word>& words,
                                      std::string_view folded_text) {
  const text_words in(words, folded_text);
  for (const said_row& rule : general_broker_rows())
    if (in.fits(rule)) return &rule;
  return nullptr;
}

std::span<const said_row> general_rows() noexcept { return rules; }

}  // namespace mqttkit::doctor
