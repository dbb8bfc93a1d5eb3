// MQTT's codes, and those of operating systems.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* mqtt_311 =
    "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, table 3.1";
constexpr const char* mqtt_311_suback =
    "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, section 3.9.3";
constexpr const char* mqtt_50 =
    "https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html, section 2.4";
constexpr const char* errno_3 = "errno(3), connect(2); linux asm-generic/errno.h";
constexpr const char* newlib = "newlib sys/errno.h, used by ESP-IDF; lwip/errno.h";
constexpr const char* apple_h = "Darwin sys/errno.h; Foundation NSPOSIXErrorDomain";
constexpr const char* winsock =
    "https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2";
constexpr const char* lookup_3 = "getaddrinfo(3), gai_strerror(3); https://nodejs.org/api/dns.html#error-codes";
constexpr const char* node_errors = "https://nodejs.org/api/errors.html#common-system-errors, errno(3)";

constexpr said_row codes_table[] = {
    // ---- return and reason codes of the standard
    {mqtt_3, "rc 0|result code 0|connack 0|connack code 0|return code 0|connack return code 0|connection accepted|mqtt connected", "",
     is::connected, mqtt_311},
    {mqtt_3, "connackbyte 1|connackbyte 132|unacceptable protocol version|connection refused ** code 1|refused the connection ** code 1|connection refused ** rc 1|refused the connection ** rc 1|connection refused ** error 1|refused the connection ** error 1|connection refused ** reason 1|refused the connection ** reason 1|connack ** 1", "1", is::bad_version, mqtt_311},
    {mqtt_3, "connackbyte 2|connackbyte 133|identifier rejected|connection refused ** code 2|refused the connection ** code 2|connection refused ** rc 2|refused the connection ** rc 2|connection refused ** error 2|refused the connection ** error 2|connection refused ** reason 2|refused the connection ** reason 2|connack ** 2", "2", is::bad_identifier, mqtt_311},
    {mqtt_3, "connackbyte 3|connackbyte 136|server unavailable|connection refused ** code 3|refused the connection ** code 3|connection refused ** rc 3|refused the connection ** rc 3|connection refused ** error 3|refused the connection ** error 3|connection refused ** reason 3|refused the connection ** reason 3|connack ** 3", "3", is::unavailable, mqtt_311},
    {mqtt_3, "connackbyte 4|connackbyte 134|bad user name or password|bad username or password|bad username password|wrong user name or password|incorrect username or password|invalid username or password|wrong username or password|connection refused ** code 4|refused the connection ** code 4|connection refused ** rc 4|refused the connection ** rc 4|connection refused ** error 4|refused the connection ** error 4|connection refused ** reason 4|refused the connection ** reason 4|connack ** code 4|connection refused ** code 134|refused the connection ** code 134|connection refused ** rc 134|refused the connection ** rc 134|connection refused ** error 134|refused the connection ** error 134|connection refused ** reason 134|refused the connection ** reason 134|connack ** 134", "4", is::bad_login, mqtt_311},
    {mqtt_3, "connackbyte 5|connackbyte 135|not authorized|not authorised|notauthorized|unauthorized|unauthorised|connection refused ** code 5|refused the connection ** code 5|connection refused ** rc 5|refused the connection ** rc 5|connection refused ** error 5|refused the connection ** error 5|connection refused ** reason 5|refused the connection ** reason 5|connack ** code 5|connection refused ** code 135|refused the connection ** code 135|connection refused ** rc 135|refused the connection ** rc 135|connection refused ** error 135|refused the connection ** error 135|connection refused ** reason 135|refused the connection ** reason 135|connack ** 135", "5", is::not_authorised, mqtt_311},
    {mqtt_3, "suback 128|suback 0x80|granted 128|granted qos 128|granted_qos 128", "128", is::subscribe_refused, mqtt_311_suback},

    {mqtt_5, "unspecified error", "128 0x80", is::no_details, mqtt_50},
    {mqtt_5, "malformed packet|protocol error", "129 0x81 130 0x82", is::broken_packet, mqtt_50},
    {mqtt_5, "unsupported protocol version", "132 0x84", is::bad_version, mqtt_50},
    {mqtt_5, "client identifier not valid", "133 0x85", is::bad_identifier, mqtt_50},
    {mqtt_5, "bad user name or password", "134 0x86", is::bad_login, mqtt_50},
    {mqtt_5, "not authorized", "135 0x87", is::not_authorised, mqtt_50},
    {mqtt_5, "server unavailable", "136 0x88", is::unavailable, mqtt_50},
    {mqtt_5, "server busy|quota exceeded|connection rate exceeded|message rate too high|receive maximum exceeded",
     "137 0x89 147 0x93 150 0x96 151 0x97 159 0x9f", is::busy, mqtt_50},
    {mqtt_5, "banned", "138 0x8a", is::banned, mqtt_50},
    {mqtt_5, "server shutting down|administrative action|maximum connect time", "139 0x8b 152 0x98 160 0xa0",
     is::told_to_go, mqtt_50},
    {mqtt_5, "bad authentication method", "140 0x8c", is::bad_login_method, mqtt_50},
    {mqtt_5, "keep alive timeout", "141 0x8d", is::silent_too_long, mqtt_50},
    {mqtt_5, "session taken over", "142 0x8e", is::taken_over, mqtt_50},
    {mqtt_5, "topic filter invalid|topic name invalid", "143 0x8f 144 0x90", is::bad_topic, mqtt_50},
    {mqtt_5, "packet too large", "149 0x95", is::too_large, mqtt_50},
    {mqtt_5,
     "retain not supported|qos not supported|shared subscriptions not supported|"
     "subscription identifiers not supported|wildcard subscriptions not supported",
     "154 0x9a 155 0x9b 158 0x9e 161 0xa1 162 0xa2", is::no_such_feature, mqtt_50},
    {mqtt_5, "use another server|server moved", "156 0x9c 157 0x9d", is::moved, mqtt_50},

    // ---- errno: words and numbers of operating systems
    {linux_errno, "connection refused|econnrefused", "111", is::refused, errno_3},
    {linux_errno, "connection timed out|etimedout|operation timed out|connect timeout|connection timeout", "110", is::timed_out, errno_3},
    {linux_errno, "no route to host|ehostunreach|host is unreachable|host unreachable", "113", is::no_route, errno_3},
    {linux_errno, "network is unreachable|enetunreach|network unreachable", "101", is::no_route, errno_3},
    {linux_errno, "connection reset by peer|connection reset|econnreset", "104", is::reset, errno_3},
    {linux_errno, "broken pipe|epipe|software caused connection abort|econnaborted", "32 103", is::closed, errno_3},
    {linux_errno, "eacces permission denied|eperm operation not permitted", "", is::app_not_allowed, errno_3},
    {linux_errno, "econnrefused 127 0 0 1|econnrefused 1 1883|econnrefused 1 8883|connection refused 127 0 0 1|127 0 0 1 connection refused|"
     "localhost connection refused|econnrefused localhost", "", is::dialled_itself, node_errors},
    {lwip_errno, "", "111", is::refused, newlib},
    {linux_errno, "timed out|timeouterror", "", is::timed_out, errno_3, breadth::wide},
    {lwip_errno, "connect ** errno 113 software caused connection abort|socket error on fd * errno 113|lwip_connect_r 113|lwip_connect_r 116|lwip_connect_r 110|lwip_connect_r 103", "116", is::timed_out, newlib},
    {lwip_errno, "", "118 114", is::no_route, newlib},
    {lwip_errno, "", "104", is::reset, newlib},
    {lwip_errno, "", "113 128", is::closed, newlib},
    {apple_errno, "", "61", is::refused, apple_h},
    {apple_errno, "", "60", is::timed_out, apple_h},
    {apple_errno, "", "51 65", is::no_route, apple_h},
    {apple_errno, "", "54", is::reset, apple_h},
    {windows, "10061|wsaeconnrefused|actively refused it|\u79ef\u6781\u62d2\u7edd", "", is::refused, winsock},
    {windows, "10060|wsaetimedout", "", is::timed_out, winsock},
    {windows, "10054|wsaeconnreset|forcibly closed by the remote host", "", is::reset, winsock},
    {windows, "10053|wsaeconnaborted", "", is::closed, winsock},
    {windows, "10051|wsaenetunreach|10065|wsaehostunreach", "", is::no_route, winsock},
    {windows, "11001|wsahost_not_found|no such host is known|11004|wsano_data", "", is::name_not_found, winsock},
    {windows, "10013|wsaeacces", "", is::app_not_allowed, winsock},
    {lookup, "enotfound|getaddrinfo enotfound|name or service not known|temporary failure in name resolution|"
     "nodename nor servname provided|no address associated with hostname|name does not resolve|eai_again|eai_noname|"
     "eai_nodata|getaddrinfo failed|could not resolve host", "", is::name_not_found, lookup_3},
};
// clang-format on

}  // namespace

std::span<const said_row> codes_rows() noexcept { return codes_table; }

}  // namespace mqttkit::doctor
