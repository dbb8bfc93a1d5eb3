#include "mqtt-doctor/probes/network/identify.hpp"

namespace mqttkit::doctor {
namespace {

constexpr unsigned char tls_alert = 0x15;
constexpr unsigned char tls_handshake = 0x16;
constexpr unsigned char tls_major = 0x03;

bool is_openwire(std::string_view bytes) {
  // OpenWire of ActiveMQ: a 4-byte length, WIREFORMAT_INFO and the magic word.
  return bytes.size() > 13 && bytes[4] == 1 && bytes.substr(5, 8) == "ActiveMQ";
}

/// Whether the bytes are CONNACK: its type, a one-byte length from 2, and flags of 0 or 1.
bool is_connack(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != 0x20) return false;
  const auto length = static_cast<unsigned char>(bytes[1]);
  if (length < 2) return false;
  return bytes.size() < 3 || length >= 0x80 || (bytes[2] & ~1) == 0;
}

/// Whether the bytes are a message before a CONNACK, or a valid SUBACK or PINGRESP before one.
bool is_packet_before_connack(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2 || at(1) >= 0x80) return false;
  const std::size_t whole = 2U + at(1);
  const bool is_publish = at(0) >> 4 == 3 && (at(0) & 6) != 6;
  if (!is_publish && at(0) != 0x90 && at(0) != 0xD0) return false;
  return bytes.size() > whole && is_connack(bytes.substr(whole));
}

/// Whether the bytes are one packet of MQTT 5: a DISCONNECT with its reason, or AUTH.
bool is_other_word_of_mqtt_5(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 3 || at(1) >= 0x80 || bytes.size() != 2U + at(1)) return false;
  if (at(0) == 0xE0) return at(2) >= 0x80 && at(2) <= 0xA2;
  return at(0) == 0xF0 && (at(2) == 0x18 || at(2) == 0x19);
}

}  // namespace

spoken_protocol identify(std::string_view bytes) {
  if (bytes.empty()) return spoken_protocol::none;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = bytes.size() > 1 ? static_cast<unsigned char>(bytes[1]) : 0;
  const auto begins = [bytes](std::string_view with) {
    return bytes.substr(0, with.size()) == with || (bytes.size() >= 4 && with.starts_with(bytes));
  };
  if (begins("SSH-")) return spoken_protocol::ssh;
  if (begins("HTTP/")) return spoken_protocol::http;
  if (begins("AMQP")) return spoken_protocol::amqp;
  if (is_openwire(bytes)) return spoken_protocol::openwire;
  if (begins("220 ") || begins("220-") || begins("554 ") || begins("421 "))
    return spoken_protocol::smtp_or_ftp;
  if (begins("ERROR\n") || begins("CONNECTED\n") || begins("ERROR\r\n"))
    return spoken_protocol::stomp;
  if (begins("-ERR ") || begins("+PONG") || begins("-NOAUTH") || begins("-DENIED"))
    return spoken_protocol::redis;
  if (begins("RFB 0")) return spoken_protocol::vnc;
  if (begins("+OK ") || begins("* OK ")) return spoken_protocol::mail;
  if (first == tls_alert && second == tls_major) return spoken_protocol::tls_alert;
  if (first == tls_handshake && second == tls_major) return spoken_protocol::tls;
  if (is_connack(bytes) || is_packet_before_connack(bytes) || is_other_word_of_mqtt_5(bytes))
    return spoken_protocol::mqtt;
  if (bytes.size() > 5 && bytes[3] == 0 && bytes[4] == 0x0a) return spoken_protocol::mysql;
  if (begins("<!DOCTYPE") || begins("<html") || begins("<HTML")) return spoken_protocol::http;
  return spoken_protocol::unknown;
}

}  // namespace mqttkit::doctor
