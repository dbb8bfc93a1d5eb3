// The TLS that `listen` and a capture pass: compared with sessions that OpenSSL makes in the test.
#include "mqtt-doctor/listen/tls_view.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/tls_keylog.hpp"
#include "mqtt-doctor/listen/tls_opener.hpp"
#include "support/certificates.hpp"
#include "support/hex.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace std::string_literals;
using mqttkit::test::hex;

namespace {

struct session_kind {
  int version = TLS1_3_VERSION;
  const char* cipher = "TLS_AES_128_GCM_SHA256";
  bool wants_client_certificate = false;
  bool trusts = true;
  const char* server_groups = nullptr;
};

std::string* keylog_of(const SSL* ssl) {
  return static_cast<std::string*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

/// A TLS client and server that talk in memory; their bytes and the client's key log are
/// kept.
class tls_session {
 public:
  explicit tls_session(const session_kind& kind)
      : server_context_(SSL_CTX_new(TLS_server_method())),
        client_context_(SSL_CTX_new(TLS_client_method())) {
    const testing::certificates& all = testing::test_certificates();
    const testing::key_pair own = all.server(testing::certificate_kind::good);
    SSL_CTX_use_certificate_chain_file(server_context_, own.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(server_context_, own.key.c_str(), SSL_FILETYPE_PEM);
    for (SSL_CTX* const each : {server_context_, client_context_}) {
      SSL_CTX_set_min_proto_version(each, kind.version);
      SSL_CTX_set_max_proto_version(each, kind.version);
      if (kind.version == TLS1_3_VERSION) SSL_CTX_set_ciphersuites(each, kind.cipher);
      if (kind.version != TLS1_3_VERSION) SSL_CTX_set_cipher_list(each, kind.cipher);
    }
    if (kind.server_groups != nullptr)
      SSL_CTX_set1_groups_list(server_context_, kind.server_groups);
    if (kind.wants_client_certificate) {
      SSL_CTX_load_verify_locations(server_context_, all.ca().c_str(), nullptr);
      SSL_CTX_set_verify(server_context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
    }
    SSL_CTX_load_verify_locations(client_context_,
                                  (kind.trusts ? all.ca() : all.other_ca()).c_str(), nullptr);
    SSL_CTX_set_verify(client_context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_app_data(client_context_, &keylog);
    SSL_CTX_set_keylog_callback(
        client_context_, [](const SSL* ssl, const char* line) { *keylog_of(ssl) += line + "\n"s; });
    client_ = make(client_context_);
    server_ = make(server_context_);
    SSL_set_tlsext_host_name(client_, "localhost");
    SSL_set_connect_state(client_);
    SSL_set_accept_state(server_);
    for (int i = 0; i < 8; ++i) {
      SSL_do_handshake(client_);
      carry(client_, server_, side::client);
      SSL_do_handshake(server_);
      carry(server_, client_, side::broker);
    }
  }
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session() {
    SSL_free(client_);
    SSL_free(server_);
    SSL_CTX_free(client_context_);
    SSL_CTX_free(server_context_);
  }

  bool stands() const { return SSL_is_init_finished(client_) && SSL_is_init_finished(server_); }
  void client_says(const std::string& text) { say(client_, server_, side::client, text); }
  void broker_says(const std::string& text) { say(server_, client_, side::broker, text); }
  void client_changes_keys(int how) {
    REQUIRE(SSL_key_update(client_, how) == 1);
    SSL_do_handshake(client_);
    carry(client_, server_, side::client);
  }
  void client_closes() {
    SSL_shutdown(client_);
    carry(client_, server_, side::client);
  }

  std::string keylog;
  std::vector<std::pair<side, std::string>> passed;

 private:
  static SSL* make(SSL_CTX* context) {
    SSL* const made = SSL_new(context);
    SSL_set_bio(made, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    return made;
  }
  void carry(SSL* from, SSL* to, side who) {
    char bytes[20'000];
    for (int size = 0; (size = BIO_read(SSL_get_wbio(from), bytes, sizeof bytes)) > 0;) {
      BIO_write(SSL_get_rbio(to), bytes, size);
      passed.emplace_back(who, std::string(bytes, static_cast<std::size_t>(size)));
    }
    char inside[20'000];
    if (SSL_is_init_finished(to) == 1)
      while (SSL_read(to, inside, sizeof inside) > 0) {
      }
    const side other = who == side::client ? side::broker : side::client;
    if (BIO_pending(SSL_get_wbio(to)) > 0 && SSL_is_init_finished(to) == 1) carry(to, from, other);
  }
  void say(SSL* from, SSL* to, side who, const std::string& text) {
    REQUIRE(SSL_write(from, text.data(), static_cast<int>(text.size())) ==
            static_cast<int>(text.size()));
    carry(from, to, who);
  }

  SSL_CTX* server_context_;
  SSL_CTX* client_context_;
  SSL* client_ = nullptr;
  SSL* server_ = nullptr;
};

const std::string connect = std::string(
    "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04"
    "door",
    18);
const std::string connack("\x20\x02\x00\x00", 4);
std::string publish(const std::string& topic, const std::string& payload) {
  const std::size_t size = 2 + topic.size() + payload.size();
  std::string out = "\x30";
  std::size_t rest = size;
  do {
    const std::size_t next = rest / 128;
    out += static_cast<char>(rest % 128 | (next != 0 ? 128 : 0));
    rest = next;
  } while (rest != 0);
  return out + '\0' + static_cast<char>(topic.size()) + topic + payload;
}

void write_file(const std::string& name, const std::string& text) {
  std::ofstream(name, std::ios::binary) << text;
}

struct heard {
  explicit heard(tls_keylog* keys)
      : dialogue(
            packet_style{},
            [this](const event& what) { lines.push_back(line_of(what, event_place()).substr(13)); },
            {}, keys) {}
  heard& play(const tls_session& from, std::size_t piece) {
    for (const auto& [who, bytes] : from.passed) {
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const bytes_view part = as_bytes(std::string_view(bytes).substr(at, piece));
        who == side::client ? dialogue.client_sent(part) : dialogue.broker_sent(part);
      }
    }
    return *this;
  }
  std::string all() const {
    std::string out;
    for (const std::string& line : lines) out += line;
    return out;
  }
  bool says(std::string_view part) const { return all().find(part) != std::string::npos; }

  std::vector<std::string> lines;
  conversation dialogue;
};

}  // namespace

TEST_CASE("with a key log what is said in TLS is read, whatever version and cipher it has") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  int count = 0;
  for (const session_kind& kind : {session_kind{TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
                                   session_kind{TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
                                   session_kind{TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
                                   session_kind{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
                                   session_kind{TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
                                   session_kind{TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"}}) {
    tls_session made(kind);
    REQUIRE(made.stands());
    made.client_says(connect);
    made.broker_says(connack);
    made.client_says(publish("a/b", "x") + publish("a/c", std::string(40'000, 'y')));
    made.broker_says(publish("down", "z"));
    made.client_says("\xe0\x00"s);
    made.client_closes();
    write_file(file, "# a remark\n" + made.keylog);
    std::string first;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      tls_keylog keys(file);
      heard found(&keys);
      found.play(made, piece).dialogue.client_ended();
      INFO(kind.cipher << ": " << found.all());
      CHECK(found.says("CONNECT: MQTT 3.1.1, client identifier door"));
      CHECK(found.says("CONNACK"));
      CHECK(found.says("PUBLISH: topic a/b"));
      CHECK(found.says("PUBLISH: topic a/c"));
      CHECK(found.says("PUBLISH: topic down"));
      CHECK(found.says("DISCONNECT"));
      CHECK(found.says("alert close_notify (0)"));
      CHECK(found.says(kind.version == TLS1_3_VERSION ? "chooses TLS 1.3" : "chooses TLS 1.2"));
      CHECK(found.says("certificate CN=localhost"));
      CHECK(found.dialogue.summary().speaks == spoken::mqtt);
      CHECK(found.dialogue.summary().published == 2);
      CHECK(found.dialogue.summary().is_read_inside);
      if (first.empty()) first = found.all();
      CHECK(first == found.all());
      ++count;
    }
  }
  CHECK(count == 18);
}

TEST_CASE("keys that change on the way are followed") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  tls_session made({TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"});
  made.client_says(connect);
  made.client_changes_keys(SSL_KEY_UPDATE_REQUESTED);  // the server changes its own as well
  made.broker_says(connack);
  made.client_says(publish("after/one", "x"));
  made.client_changes_keys(SSL_KEY_UPDATE_NOT_REQUESTED);
  made.client_says(publish("after/two", "x"));
  write_file(file, made.keylog);
  tls_keylog keys(file);
  heard found(&keys);
  found.play(made, 100);
  INFO(found.all());
  CHECK(found.says("CONNACK"));
  CHECK(found.says("after/one"));
  CHECK(found.says("after/two"));
  CHECK_FALSE(found.says("does not open"));
}

TEST_CASE("a server that asks for another key first is followed, with and without a key log") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", false, true, "P-384"});
  REQUIRE(made.stands());
  made.client_says(connect);
  made.broker_says(connack);
  write_file(file, made.keylog);
  tls_keylog keys(file);
  heard with(&keys);
  with.play(made, 33);
  INFO(with.all());
  CHECK(with.says("asks for the ClientHello once more"));
  CHECK(with.says("chooses TLS 1.3, cipher TLS_AES_128_GCM_SHA256"));
  CHECK(with.says("client identifier door"));
  heard without(nullptr);
  without.play(made, 33);
  CHECK(without.says("chooses TLS 1.3"));
  CHECK_FALSE(without.says("alert"));
  CHECK(without.dialogue.summary().speaks == spoken::tls);
}

TEST_CASE("secrets that are written after their records came are still used, in order") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"});
  made.client_says(connect);
  made.broker_says(connack);
  made.client_says(publish("late", "x"));
  write_file(file, "# nothing yet\n");
  tls_keylog keys(file);
  heard found(&keys);
  std::size_t written = 0;
  const std::size_t step = made.keylog.size() / made.passed.size() + 1;
  for (const auto& [who, bytes] : made.passed) {
    who == side::client ? found.dialogue.client_sent(as_bytes(bytes))
                        : found.dialogue.broker_sent(as_bytes(bytes));
    std::ofstream(file, std::ios::app) << made.keylog.substr(written, step);
    written += step;
  }
  found.dialogue.client_ended();
  INFO(found.all());
  CHECK(found.says("client identifier door"));
  CHECK(found.says("CONNACK"));
  CHECK(found.says("late"));
}

TEST_CASE("what cannot be read is said once, with the reason, and no secret is printed") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"});
  made.client_says(connect);
  for (int i = 0; i < 100; ++i) made.client_says(publish("t", std::to_string(i)));
  tls_session other({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"});
  const auto said = [&](const tls_session& what) {
    tls_keylog keys(file);
    heard found(&keys);
    found.play(what, 1000).dialogue.client_ended();
    for (const std::string& line : found.lines) CHECK(line.size() < 300);
    CHECK(found.dialogue.summary().speaks == spoken::tls);
    return found.all();
  };
  SUBCASE("the file knows another connection") {
    write_file(file, other.keylog);
    const std::string all = said(made);
    const std::size_t first = all.find("has no secret of this connection");
    CHECK(first != std::string::npos);
    CHECK(all.find("has no secret", first + 10) == std::string::npos);
  }
  SUBCASE("the file is not there") {
    CHECK(said(made).find("cannot be used: No such file or directory") != std::string::npos);
  }
  SUBCASE("the file is no key log") {
    write_file(file, "hello there\nthis is text\n");
    CHECK(said(made).find("cannot be used: Invalid argument") != std::string::npos);
  }
  SUBCASE("its secrets are wrong ones") {
    std::string wrong = made.keylog;
    for (std::size_t end = wrong.find('\n'); end != std::string::npos;
         end = wrong.find('\n', end + 1))
      wrong[end - 1] = wrong[end - 1] == '0' ? '1' : '0';
    write_file(file, wrong);
    const std::string all = said(made);
    CHECK(all.find("a record does not open with the secret in") != std::string::npos);
    std::size_t place = 0;
    for (std::string_view rest = wrong; (place = rest.find(' ')) != std::string_view::npos;
         rest.remove_prefix(place + 1)) {
      if (place >= 64) {
        CHECK(all.find(rest.substr(0, 16)) == std::string::npos);
      }
    }
  }
  SUBCASE("the cipher is none of those") {
    tls_session cbc({TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"});
    REQUIRE(cbc.stands());
    cbc.client_says(connect);
    write_file(file, cbc.keylog);
    CHECK(said(cbc).find("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA is not opened here; tshark") !=
          std::string::npos);
  }
}

TEST_CASE("bytes that are missing end the reading, and nothing is made up") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"});
  made.client_says(connect);
  made.client_says(publish("lost", "x"));
  made.client_says(publish("behind", "x"));
  made.passed.erase(made.passed.end() - 2);
  write_file(file, made.keylog);
  tls_keylog keys(file);
  heard found(&keys);
  found.play(made, 1000);
  CHECK(found.says("client identifier door"));
  CHECK(found.says("bytes are missing"));
  CHECK_FALSE(found.says("behind"));
}

TEST_CASE("the certificate of TLS 1.2 is told without a key log, that of TLS 1.3 is hidden") {
  tls_session old({TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"});
  heard found(nullptr);
  found.play(old, 11);
  INFO(found.all());
  CHECK(found.says("chooses TLS 1.2, cipher TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
  CHECK(found.says("certificate CN=localhost"));
  CHECK(found.says("127.0.0.1"));
  tls_session now({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"});
  heard hidden(nullptr);
  hidden.play(now, 11);
  CHECK_FALSE(hidden.says("certificate"));
  CHECK_FALSE(hidden.says("alert"));
}

TEST_CASE("an alert of a client that trusts nobody is told with its direction, sealed or not") {
  SUBCASE("TLS 1.2: in the clear") {
    tls_session made({TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", false, false});
    CHECK_FALSE(made.stands());
    heard found(nullptr);
    found.play(made, 5);
    CHECK(found.says("alert unknown_ca (48)"));
    CHECK(found.dialogue.summary().client_alert == 48);
    CHECK(found.dialogue.summary().broker_alert == -1);
  }
  SUBCASE("TLS 1.3: OpenSSL's client has not begun to seal by then") {
    tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", false, false});
    CHECK_FALSE(made.stands());
    const testing::temp_folder folder;
    write_file(folder.file("keys"), made.keylog);
    tls_keylog keys(folder.file("keys"));
    for (tls_keylog* const with : {static_cast<tls_keylog*>(nullptr), &keys}) {
      heard result(with);
      result.play(made, 5).dialogue.client_ended();
      CHECK(result.says("alert unknown_ca (48)"));
      CHECK(result.dialogue.summary().client_alert == 48);
    }
  }
  SUBCASE("TLS 1.3: other clients seal it; that it is one shows") {
    tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", false, false});
    made.passed.back() = {side::client, "\x17\x03\x03\0\x13"s + std::string(19, 'x')};
    heard outcome(nullptr);
    outcome.play(made, 5);
    INFO(outcome.all());
    CHECK(outcome.says("an alert, encrypted"));
    CHECK(outcome.dialogue.summary().hid_client_alert);
    CHECK_FALSE(outcome.dialogue.summary().hid_broker_alert);
  }
  SUBCASE("TLS 1.3: the server's, to a client without a certificate") {
    tls_session made({TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", true});
    heard told(nullptr);
    told.play(made, 5);
    INFO(told.all());
    CHECK(told.says("an alert, encrypted"));
    CHECK(told.dialogue.summary().hid_broker_alert);
    CHECK_FALSE(told.dialogue.summary().hid_client_alert);
    const testing::temp_folder folder;
    write_file(folder.file("keys"), made.keylog);
    tls_keylog keys(folder.file("keys"));
    heard with(&keys);
    with.play(made, 5).dialogue.client_ended();
    CHECK(with.says("alert certificate_required (116)"));
    CHECK(with.says("asks the client for a certificate"));
    CHECK(with.says("shows no certificate"));
  }
  SUBCASE("the server's, to a client without a certificate") {
    tls_session made({TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true});
    heard told(nullptr);
    told.play(made, 5);
    INFO(told.all());
    CHECK(told.says("asks the client for a certificate"));
    CHECK(told.says("shows no certificate"));
    CHECK(told.dialogue.summary().broker_alert == 40);
  }
}

TEST_CASE("a key log is read as it grows, and one that begins anew is read anew") {
  const testing::temp_folder folder;
  const std::string file = folder.file("keys");
  const std::string random(64, 'a');
  tls_random name{};
  name.fill(std::byte{0xAA});
  tls_keylog keys(file);
  CHECK(keys.refresh() == std::errc::no_such_file_or_directory);
  write_file(file, "CLIENT_RANDOM " + random + " 0011");
  CHECK_FALSE(keys.refresh());
  CHECK(keys.find(name, "CLIENT_RANDOM") == nullptr);  // its line is not all there
  std::ofstream(file, std::ios::app)
      << "22\r\nnot a line\nSERVER_TRAFFIC_SECRET_0 " << random << " zz\n";
  CHECK_FALSE(keys.refresh());
  REQUIRE(keys.find(name, "CLIENT_RANDOM") != nullptr);
  CHECK(keys.find(name, "CLIENT_RANDOM")->view().size() == 3);
  CHECK(keys.find(name, "SERVER_TRAFFIC_SECRET_0") == nullptr);
  write_file(file, "EXPORTER_SECRET " + random + " 01\n");
  CHECK_FALSE(keys.refresh());
  CHECK(keys.find(name, "EXPORTER_SECRET") != nullptr);
  CHECK(keys.size() == 2);
  keys.add("SERVER_TRAFFIC_SECRET_0 " + random + " 0A0b");  // as a capture carries it
  REQUIRE(keys.find(name, "SERVER_TRAFFIC_SECRET_0") != nullptr);
  CHECK(keys.find(name, "SERVER_TRAFFIC_SECRET_0")->view()[1] == std::byte{0x0B});
}

TEST_CASE("records whose lengths lie end the reading of TLS, quietly") {
  connection_summary about;
  int told = 0;
  tls_view view(
      about, [&](const event&) { ++told; }, [](side, bytes_view) { CHECK(false); }, nullptr);
  view.sent(side::broker, hex("16 03 03 FF FF 02"));
  view.sent(side::broker, hex("16 03 03 00 04 02 00 00 00"));
  view.sent(side::client, hex("16 03 03 00 04 0B FF FF FF"));
  for (int i = 0; i < 200; ++i) view.sent(side::client, hex("16 03 03 00 04 00 00 00 00"));
  view.sent(side::client, hex("15 03 03 00 02 02 28"));
  CHECK(told == 1);
  CHECK(about.client_alert == 40);
}
