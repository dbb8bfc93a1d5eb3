// What a broker's or proxy's log says in general: by its words, in any form and order.
#include "mqtt-doctor/said/general.hpp"
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

constexpr const char* by_words = "by its words alone: no list has this line of a log";

// Groups of words as in general.cpp. The first rule that fits is told.
// clang-format off
constexpr said_row rules[] = {
    {other_brokers, "cookie", "", is::erlang_cookie, by_words},
    {other_brokers, "license licence & @failed @not expire* invalid exceed* limit*", "", is::licence, by_words},
    {other_brokers, "proxy & protocol header & @failed @not invalid timeout missing", "", is::proxy_header, by_words},
    {other_brokers, "listen* listener port bind binding & eacces denied permission* forbidden", "", is::port_forbidden, by_words},
    {other_brokers, "listen* listener port bind binding & eaddrinuse taken occupied inuse", "", is::port_taken, by_words},
    {other_brokers, "listener listen & tls ssl & fatal @failed", "", is::tls_setting, by_words},
    {other_brokers, "credential* certificate* cert certs key keyfile certfile cacertfile keystore pem & invalid missing no none eacces enoent @failed "
     "& -user username password", "", is::bad_key_file, by_words},
    {other_brokers, "log logs file files folder directory dir data path & eacces permission* writable readable denied enoent created", "", is::broker_file, by_words},
    {other_brokers, "acl acls aclcheck authorized authz authorization & 0 denied deny false not refused failed reject* unauthorized forbidden", "", is::publish_refused, by_words},
    {other_brokers, "authenticated & 0 false not", "", is::not_authorised, by_words},
    {other_brokers, "message packet publish subscribe other frame & before & connect", "", is::connect_order, by_words},
    {other_brokers, "node nodes cluster clustering ekka mnesia membership quorum netsplit partition & @failed not down lost unreachable timeout refused", "", is::cluster_not_ready, by_words},
    {other_brokers, "disk & full space low free alarm limit", "", is::disk_full, by_words},
    {other_brokers, "memory heap ram & alarm high exceed* out killed exhausted", "", is::broker_memory, by_words},
    {other_brokers, "plugin plugins extension extensions exhook module & @failed not missing", "", is::plugin_broken, by_words},
    {other_brokers, "backend upstream origin & @failed refused timeout unreachable down", "", is::no_backend, by_words},
    {other_brokers, "drop* discard* overflow* & message* msg queue mqueue inflight packet*", "", is::messages_dropped, by_words},
    {other_brokers, "rate quota max* limit & exceed* reached too many", "", is::busy, by_words},
    {other_brokers, "timeout timed & read & tcp socket client", "", is::silent_too_long, by_words},
    {other_brokers, "eof closed reset epipe econnreset einval enotconn tcp_closed broken pipe gone vanished & client connection conn listener session socket reader peer stream & "
     "-gracefully normal normally cleanly", "",
     is::client_lost, by_words},
    {other_brokers, "tls tlsv1 ssl handshake crypto* cryptographic tlstran & @failed alert", "", is::handshake, by_words},
    {other_brokers, "exception nullpointerexception nullpointer panic badmatch badarg undef function_clause segfault assert* crash* dumped abnormal* unexpected bug", "", is::broker_crashed, by_words},
    {other_brokers, "null invalid & detected counter pointer reference state", "", is::broker_crashed, by_words},
    {other_brokers, "exit exits dead killed stopped died terminated terminating aborted & broker mosquitto emqx rabbitmq hivemq vernemq nanomq process service container pid & "
     "-normal normally gracefully stopping", "",
     is::service_ended, by_words},
    {other_brokers, "config configuration conf setting option schema & invalid unknown bad wrong syntax @failed", "", is::broker_settings, by_words},
    {other_brokers, "info notice debug trace inf dbg informational & -@failed denied refused", "", is::normal, by_words},
};
// clang-format on

}  // namespace

std::span<const said_row> general_broker_rows() noexcept { return rules; }

}  // namespace mqttkit::doctor
