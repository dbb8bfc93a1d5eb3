#include "mqtt-doctor/listen/tls_view.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t head_bytes = 5;
constexpr std::size_t most_record = 16'384 + 2'048;  // RFC 5246 §6.2.3
constexpr std::size_t most_message = 64 * 1024;      // bytes; chains of certificates are shorter
constexpr std::size_t message_head = 4;
// Bytes of an alert encrypted by TLS 1.3: two bytes, the type and the tag. No other record of a
// handshake is that short.
constexpr std::size_t sealed_alert = 2 + 1 + 16;

enum record_type : std::uint8_t {
  change_cipher_spec = 20,
  alert_record = 21,
  handshake_record = 22,
  application_data = 23,
  heartbeat = 24
};

enum message_type : std::uint8_t {
  server_hello_message = 2,
  certificate_message = 11,
  certificate_request = 13,
  key_update = 24
};

/// Whether an alert's record is in clear: encrypted ones are longer. A client may or may not have
/// finished its own part when it rejects the server's.
bool is_plain_alert(std::uint8_t type, std::size_t length) {
  return type == alert_record && length == 2;
}

const char* label_of(side from, bool is_early, bool is_handshake) {
  if (is_early) return "CLIENT_EARLY_TRAFFIC_SECRET";
  if (is_handshake)
    return from == side::client ? "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
                                : "SERVER_HANDSHAKE_TRAFFIC_SECRET";
  return from == side::client ? "CLIENT_TRAFFIC_SECRET_0" : "SERVER_TRAFFIC_SECRET_0";
}

}  // namespace

tls_view::tls_view(connection_summary& summary, event_sink tell, plain_sink plain, tls_keylog* keys)
    : summary_(summary), tell_(std::move(tell)), plain_(std::move(plain)), keys_(keys) {
  if (summary_.hello.has_early_data) client_.at = phase::early;
}

/// Whether the content of such a record is examined; others are only counted.
bool tls_view::wants(const direction& from, std::uint8_t type, std::size_t length) const {
  if (wants_inside()) return true;
  return (type == handshake_record && !from.is_sealed) || is_plain_alert(type, length);
}

void tls_view::sent(side from, bytes_view bytes) {
  direction& stream = of(from);
  while (!bytes.empty() && !stream.is_over) {
    const std::size_t passed = std::min(stream.passes_by, bytes.size());
    stream.passes_by -= passed;
    bytes = bytes.subspan(passed);
    if (bytes.empty()) return;
    if (stream.record.size() < head_bytes) {
      const std::size_t more = std::min(bytes.size(), head_bytes - stream.record.size());
      stream.record.append(bytes.first(more));
      bytes = bytes.subspan(more);
      if (stream.record.size() < head_bytes) return;
    }
    const auto at = [&](std::size_t i) {
      return std::to_integer<unsigned>(stream.record.data()[i]);
    };
    const std::size_t length = at(3) << 8 | at(4);
    const auto type = static_cast<std::uint8_t>(at(0));
    if (type < change_cipher_spec || type > heartbeat || at(1) != 3 || length > most_record) {
      stream.is_over = true;
      stream.record.release(0);
      return;
    }
    if (!wants(stream, type, length)) {
      if (stream.is_sealed) take_sealed(from, type, length);
      if (type == change_cipher_spec && !is_v1_3()) take_change(from);
      stream.passes_by = length;
      stream.record.clear();
      continue;
    }
    const std::size_t more = std::min(bytes.size(), head_bytes + length - stream.record.size());
    stream.record.append(bytes.first(more));
    bytes = bytes.subspan(more);
    if (stream.record.size() < head_bytes + length) return;
    const byte_buffer whole = std::exchange(stream.record, byte_buffer());
    take_record(from, whole.view());
  }
}

void tls_view::take_record(side from, bytes_view record) {
  direction& stream = of(from);
  const auto type = std::to_integer<std::uint8_t>(record[0]);
  const bytes_view body = record.subspan(head_bytes);
  // TLS 1.3 encrypts records of type application data, and no others (RFC 8446 §5.2).
  const bool is_sealed = type == application_data || (stream.is_sealed && !is_v1_3());
  if (is_plain_alert(type, body.size())) return tell_alert(from, std::to_integer<int>(body[1]));
  if (!is_sealed) {
    if (type == handshake_record) take_messages(from, body);
    if (type == change_cipher_spec && !is_v1_3()) take_change(from);
    return;
  }
  if (waiting_.size() >= most_records_waiting || waiting_bytes_ + record.size() > most_waiting) {
    take_sealed(from, type, body.size());
    return give_up_waiting();
  }
  waiting_bytes_ += record.size();
  waiting_.emplace_back(from, byte_buffer());
  waiting_.back().second.append(record);
  open_waiting();
}

/// ChangeCipherSpec of TLS 1.2: what follows is encrypted.
void tls_view::take_change(side from) {
  of(from).is_sealed = true;
  if (from == side::broker) summary_.broker_finished = true;
}

/// Takes a record that cannot be decrypted.
void tls_view::take_sealed(side from, std::uint8_t type, std::size_t length) {
  direction& stream = of(from);
  if (type == change_cipher_spec) return;
  if (!is_v1_3()) {
    if (type == alert_record) tell_hidden_alert(from);
    return;
  }
  auto& sizes = from == side::client ? summary_.tls.client_records : summary_.tls.broker_records;
  const bool is_behind = from == side::client || client_.has_sealed;
  if (is_behind && sizes.size() < tls_summary::most_records) sizes.push_back(length);
  // At the end of a handshake only an alert has that size, on either side; later a PINGREQ has it
  // as well.
  const bool is_first =
      !stream.has_sealed && !(from == side::client && summary_.hello.has_early_data);
  if (from == side::client || client_.has_sealed) stream.has_sealed = true;
  if (is_first && length == sealed_alert) tell_hidden_alert(from);
}

void tls_view::open_waiting() {
  while (!waiting_.empty()) {
    const auto& [from, record] = waiting_.front();
    const side whose = from;
    switch (open_record(whose, record.view())) {
      case opening::waits:
        return;
      case opening::done:
        break;
      case opening::failed:
        return give_up("cannot-open",
                       words(N_("a record does not open with the secret in {file}: bytes are "
                                "missing, or it is of another connection"),
                             {{"file", shown(keys_->file())}}));
    }
    if (gave_up_) return;
    waiting_bytes_ -= waiting_.front().second.size();
    waiting_.pop_front();
  }
}

tls_view::opening tls_view::open_record(side from, bytes_view record) {
  direction& stream = of(from);
  byte_buffer content;
  std::uint8_t type = 0;
  for (;;) {
    if (!stream.opener) {
      const opening found = find_opener(from);
      if (found != opening::done) return found;
    }
    if (stream.opener->open(record, content, type)) break;
    // A record that this key does not open is the first one of the next secret.
    if (!is_v1_3() && stream.at != phase::early) return opening::failed;
    if (stream.at == phase::traffic) return opening::failed;
    stream.at = stream.at == phase::early ? phase::handshake : phase::traffic;
    stream.opener.reset();
  }
  if (!summary_.is_read_inside) {
    summary_.is_read_inside = true;
    event made(event_kind::tls_opened);
    made.tell(N_("what is said in it is read with the secrets in {keylog}"), "keylog",
              keys_->file());
    tell_(made);
  }
  take_inside(from, type, content.view());
  return opening::done;
}

tls_view::opening tls_view::find_opener(side from) {
  direction& stream = of(from);
  const bool is_early = stream.at == phase::early;
  if (hello_.version == 0) return opening::waits;  // early data: the answer tells the cipher
  if (!can_open(hello_.cipher)) {
    give_up("cipher",
            words(N_("{cipher} is not opened here; tshark -o tls.keylog_file:{file} does"),
                  {{"cipher", summary_.tls_cipher}, {"file", shown(keys_->file())}}));
    return opening::failed;
  }
  const char* const label =
      is_v1_3() ? label_of(from, is_early, stream.at == phase::handshake) : "CLIENT_RANDOM";
  const tls_secret* secret = keys_->find(summary_.hello.random, label);
  if (secret == nullptr) {
    not_read_ = keys_->refresh();  // the secret may be written in a moment
    secret = keys_->find(summary_.hello.random, label);
  }
  if (secret == nullptr) return opening::waits;
  const tls_end whose = from == side::client ? tls_end::client : tls_end::server;
  stream.opener = is_v1_3()
                      ? tls_opener::of_traffic_secret(hello_.cipher, *secret)
                      : tls_opener::of_master_secret(hello_.cipher, *secret, summary_.hello.random,
                                                     hello_.random, whose);
  return stream.opener ? opening::done : opening::failed;
}

void tls_view::take_inside(side from, std::uint8_t type, bytes_view content) {
  switch (type) {
    case handshake_record:
      // The Finished of TLS 1.2 tells nothing, nor do records behind it.
      if (is_v1_3()) take_messages(from, content);
      return;
    case alert_record:
      if (content.size() == 2) tell_alert(from, std::to_integer<int>(content[1]));
      return;
    case application_data:
      plain_(from, content);
      return;
    default:
      return;
  }
}

/// Takes handshake messages, which may be spread over records.
void tls_view::take_messages(side from, bytes_view bytes) {
  direction& stream = of(from);
  const std::size_t skipped = std::min(stream.skips, bytes.size());
  stream.skips -= skipped;
  stream.messages.append(bytes.subspan(skipped));
  while (stream.messages.size() >= message_head) {
    const auto at = [&](std::size_t i) {
      return std::to_integer<unsigned>(stream.messages.data()[i]);
    };
    const std::size_t size = message_head + (at(1) << 16 | at(2) << 8 | at(3));
    if (size > most_message) {  // no useful message is that large
      stream.skips = size - std::min(size, stream.messages.size());
      stream.messages.consume(std::min(size, stream.messages.size()));
      continue;
    }
    if (stream.messages.size() < size) return;
    take_message(from, static_cast<std::uint8_t>(at(0)),
                 stream.messages.view().first(size).subspan(message_head));
    stream.messages.consume(size);
  }
}

void tls_view::take_message(side from, std::uint8_t type, bytes_view body) {
  switch (type) {
    case server_hello_message:
      if (from == side::broker && hello_.version == 0) take_server_hello(body);
      return;
    case certificate_message:
      return take_certificate(from, body);
    case certificate_request: {
      if (from != side::broker) return;
      summary_.tls.asks_for_certificate = true;
      event made(event_kind::tls_certificate_request, from, "TLS");
      made.say(N_("asks the client for a certificate"));
      return tell_(made);
    }
    case key_update:
      if (is_v1_3() && of(from).opener && !of(from).opener->update())
        give_up("cannot-open", words(N_("the keys of this connection changed and cannot be made")));
      return;
    default:
      return;
  }
}

void tls_view::take_server_hello(bytes_view body) {
  server_hello read;
  if (!read_server_hello(body, read)) return;
  event made(event_kind::tls_answer, side::broker, "TLS");
  if (read.asks_again) {
    saw_retry_ = true;
    made.keep("retry", true).say(N_("asks for the ClientHello once more, with another key"));
    return tell_(made);
  }
  hello_ = read;
  summary_.tls_version = tls_version_name(read.version);
  summary_.tls_cipher = tls_cipher_name(read.cipher);
  made.tell(N_("chooses TLS {version}"), "version", summary_.tls_version);
  made.tell(N_("cipher {cipher}"), "cipher", summary_.tls_cipher);
  if (!read.alpn.empty()) made.tell(N_("ALPN {alpn}"), "alpn", read.alpn);
  tell_(made);
  if (is_v1_3()) client_.is_sealed = broker_.is_sealed = true;
}

void tls_view::take_certificate(side from, bytes_view body) {
  const std::vector<bytes_view> list = read_certificate_list(body, is_v1_3());
  event made(event_kind::tls_certificate, from, "TLS");
  made.keep("certificates", static_cast<std::int64_t>(list.size()));
  if (from == side::client) summary_.tls.client_certificates = static_cast<int>(list.size());
  if (list.empty()) {
    made.say(N_("shows no certificate"));
    return tell_(made);
  }
  const std::optional<probe::certificate> own = probe::read_certificate(list[0]);
  if (!own) {
    made.say(N_("shows a certificate that cannot be read"));
    return tell_(made);
  }
  if (from == side::client) {
    summary_.tls.client_certificate_ends = own->not_after;
  } else if (summary_.tls.chain.empty()) {
    for (const bytes_view der : list) {
      auto read = probe::read_certificate(der);
      if (!read) break;
      summary_.tls.chain.push_back(std::move(*read));
    }
  }
  std::vector<std::string> names = own->dns_names;
  names.insert(names.end(), own->addresses.begin(), own->addresses.end());
  constexpr std::size_t most_names = 16;
  if (names.size() > most_names) names.resize(most_names);
  made.tell(N_("certificate {subject}"), "subject", own->subject);
  made.tell(N_("by {issuer}"), "issuer", own->issuer);
  if (names.empty()) {
    made.keep("names", names);
  } else {
    made.tell(N_("for {names}"), "names", names);
  }
  made.keep("not_before", own->not_before);
  made.tell(N_("until {not_after}"), "not_after", own->not_after);
  tell_(made);
}

void tls_view::tell_alert(side from, int alert) {
  (from == side::client ? summary_.client_alert : summary_.broker_alert) = alert;
  event made(event_kind::tls_alert, from, "TLS");
  made.keep("alert", std::int64_t{alert}).keep("alert_name", tls_alert_text(alert));
  made.say(words(N_("alert {name} ({number})"),
                 {{"name", tls_alert_text(alert)}, {"number", std::to_string(alert)}}));
  tell_(made);
}

void tls_view::tell_hidden_alert(side from) {
  (from == side::client ? summary_.hid_client_alert : summary_.hid_broker_alert) = true;
  event made(event_kind::tls_alert, from, "TLS");
  made.keep("encrypted", true).say(N_("an alert, encrypted: which one is not to be seen"));
  tell_(made);
}

void tls_view::give_up(const char* why, sentence text) {
  if (gave_up_) return;
  gave_up_ = true;
  event made(event_kind::tls_unread);
  made.keep("why", why);
  made.keep_sentence(doctor::say(text));
  made.say(std::move(text));
  tell_(made);
  for (const auto& [from, record] : std::exchange(waiting_, {}))
    take_sealed(from, std::to_integer<std::uint8_t>(record.data()[0]), record.size() - head_bytes);
  waiting_bytes_ = 0;
  client_.opener.reset();
  broker_.opener.reset();
}

bool tls_view::missed(side from, std::uint64_t bytes) {
  direction& stream = of(from);
  if (bytes <= stream.passes_by && stream.record.empty()) {
    stream.passes_by -= static_cast<std::size_t>(bytes);
    return true;
  }
  stream.is_over = true;  // the place of the next record is unknown
  stream.record.release(0);
  stream.messages.release(0);
  if (!wants_inside()) return true;
  give_up("missing", words(N_("bytes are missing: what is said in TLS cannot be read any more")));
  return false;
}

void tls_view::give_up_waiting() {
  const std::string file = shown(keys_->file());
  if (not_read_)
    return give_up("no-file", words(N_("the key log {file} cannot be used: {error}"),
                                    {{"file", file}, {"error", not_read_.message()}}));
  give_up("no-key",
          words(N_("the key log {file} has no secret of this connection"), {{"file", file}}));
}

void tls_view::ended() {
  open_waiting();
  if (!waiting_.empty()) give_up_waiting();
}

}  // namespace mqttkit::doctor
