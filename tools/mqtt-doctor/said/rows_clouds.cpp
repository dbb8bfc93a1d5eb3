// What mini programs, clouds and proxies print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* wechat_errno =
    "https://developers.weixin.qq.com/miniprogram/dev/framework/usability/PublicErrno.html";
constexpr const char* wechat_network =
    "https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html";
constexpr const char* aliyun_h = "Aliyun Link SDK for C 4.x: aiot_mqtt_api.h, aiot_state_api.h";
constexpr const char* emqx_proxy = "https://github.com/emqx/esockd src/esockd_proxy_protocol.erl";
constexpr const char* proxy_logs =
    "haproxy src/connection.c (CO_ER_PRX_NOT_HDR); nginx src/core/ngx_proxy_protocol.c";
constexpr const char* aliyun_codes = "https://help.aliyun.com/zh/iot/developer-reference/common-error-codes-1";

constexpr said_row clouds_table[] = {
    // ---- mini programs and clouds
    {wechat, "url not in domain list|600002|\u4e0d\u5728\u4ee5\u4e0b socket \u5408\u6cd5\u57df\u540d\u5217\u8868\u4e2d", "",
     is::mini_program_domain, wechat_network},
    {wechat, "600009|connectsocket fail invalid url", "", is::mini_program_url, wechat_errno},
    {wechat, "600001|600000|600003|600004", "", is::mini_program_network, wechat_errno},
    {wechat, "reach max websocket connect count", "", is::mini_program_full, wechat_network},

    {aliyun, "-0x0f05|state_port_network_dns_failed|-0x0f17|state_port_tls_dns_failed", "", is::name_not_found, aliyun_codes},
    {aliyun, "-0x0f0c|state_port_network_connect_failed|-0x0f18|-0x0f19|state_port_tls_socket_connect_failed", "", is::not_reached, aliyun_codes},
    {aliyun, "-0x0f14|state_port_tls_invalid_server_cert|-0x0f15|state_port_tls_invalid_client_cert|-0x0f16|state_port_tls_invalid_client_key", "",
     is::bad_key_file, aliyun_codes},
    {aliyun, "-0x0f1a|state_port_tls_invalid_record", "", is::no_tls_there, aliyun_codes},
    {aliyun, "-0x0301|state_mqtt_connack_fmt_error", "", is::broken_packet, aliyun_h},
    {aliyun, "-0x0302|state_mqtt_connack_rcode_unacceptable_protocol_version", "", is::bad_version, aliyun_h},
    {aliyun, "-0x0303|state_mqtt_connack_rcode_server_unavailable", "", is::cloud_identifier, aliyun_h},
    {aliyun, "-0x0304|state_mqtt_connack_rcode_bad_username_password", "", is::wrong_device_secret, aliyun_h},
    {aliyun, "-0x0305|state_mqtt_connack_rcode_not_authorized", "", is::wrong_device_secret, aliyun_h},

    {servers, "recv_proxy_header|proxy protocol header signature was not recognized|proxy_proto_timeout", "",
     is::proxy_header, emqx_proxy},
    {servers, "does not look like a proxy protocol header|while reading proxy protocol", "",
     is::proxy_header, proxy_logs},
};
// clang-format on

}  // namespace

std::span<const said_row> clouds_rows() noexcept { return clouds_table; }

}  // namespace mqttkit::doctor
