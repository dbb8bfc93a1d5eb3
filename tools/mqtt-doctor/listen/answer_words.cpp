// The sentences of answers that come too late or never.
#include <array>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::array rows{
    remark_row{
        noticed::gives_up_before_connack, "mqtt-connack-late", weight::cause,
        N_("{who} gave up within {time} of its CONNECT, before the broker had answered (times: "
           "{count}), and the broker takes longer for that: {other} waited, and got its CONNACK "
           "after {later}."),
        N_("Let the app wait longer for CONNACK (its connect timeout: 10 s or more), and see what "
           "makes the broker slow: its check of users (a plugin, a database or an HTTP service "
           "that it asks), a name that it looks up, its load.")},
    remark_row{noticed::gives_up_soon, "mqtt-broker-hung", weight::cause,
               N_("{who} gave up within {time} of its CONNECT, before an answer came (times: "
                  "{count}): the app itself hung up so soon. Whether the broker would have "
                  "answered is not known."),
               N_("mqtt-doctor {broker} waits longer and tells. If it gets its CONNACK, let the "
                  "app wait longer as well (its connect timeout), and look what makes the broker "
                  "slow.")},
    remark_row{
        noticed::login_closes_since, "auth-bad-credentials", weight::cause,
        N_("The broker let {who} in with this user name and password before, and now closes its "
           "CONNECT without an answer (times: {count}): a token that may be used once or has "
           "expired, or the broker bans who connects too often."),
        N_("Let the app fetch or compute a new token (password) for each connection, and wait "
           "longer between two; the broker's log says which it is.")},
    remark_row{
        noticed::never_puback, "auth-acl-no-puback", weight::cause,
        N_("The broker answers no PUBLISH of QoS 1 of {who} with PUBACK (times: {count}, on "
           "connections: {connections}; the last one had the packet identifier {which}, "
           "\"{topic}\"): its library sends what is not acknowledged again on every connection."),
        N_("Use QoS 0 for these messages if the broker knows no other, or update it. RabbitMQ "
           "leaves PUBACK out when the user may not write to the exchange (rabbitmqctl "
           "list_permissions).")},
    remark_row{
        noticed::never_pubrec, "mqtt-qos-not-supported", weight::cause,
        N_("The broker answers no PUBLISH of QoS 2 of {who} with PUBREC (times: {count}, on "
           "connections: {connections}; the last one had the packet identifier {which}, "
           "\"{topic}\"): it does not take QoS 2, and the app's library sends what is not "
           "acknowledged again on every connection."),
        N_("Use QoS 1 or 0 for these messages: some brokers know no QoS 2. Or update the broker, "
           "or take another one.")},
    remark_row{
        noticed::never_pubcomp, "delivery-qos2-stuck", weight::cause,
        N_("The broker answers no PUBREL of {who} with PUBCOMP (times: {count}, on connections: "
           "{connections}; the last one had the packet identifier {which}): its messages of QoS 2 "
           "stay open, and its library begins with them again on every connection."),
        N_("Use QoS 1 or 0 for these messages, or update the broker: PUBCOMP is the end of QoS "
           "2.")},
    remark_row{
        noticed::never_suback, "mqtt-no-suback", weight::cause,
        N_("The broker answers no SUBSCRIBE of {who} with SUBACK (times: {count}, on connections: "
           "{connections}; the last one had the packet identifier {which}, \"{topic}\"): whether "
           "it is subscribed is not known, and the app gives up and begins anew."),
        N_("Look into the broker's log at such a time, and try a filter of another topic; a plugin "
           "that checks rights and does not answer does so, or something before the broker that "
           "swallows packets.")},
    remark_row{
        noticed::odd_filter_closes, "auth-acl-subscribe-refused", weight::cause,
        N_("The broker hangs up on {who} as soon as it subscribes to {asked}, and has taken other "
           "subscriptions. What none of those had: {what}."),
        N_("Ask for less of that first. If the broker hangs up all the same, this user may not "
           "subscribe there: allow it in the broker.")},
};

}  // namespace

std::span<const remark_row> answer_rows() noexcept { return rows; }

}  // namespace mqttkit::doctor
