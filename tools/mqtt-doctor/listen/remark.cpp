#include "mqtt-doctor/listen/remark.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* must_acknowledge =
    N_("The app must acknowledge: turn manual acknowledgement off, or let its message callback "
       "return.");
constexpr const char* mend_handshake =
    N_("Correct the app or its library, or use QoS 1 on both sides.");
constexpr const char* fewer_under_way =
    N_("The library must wait for acknowledgements: lower its in-flight limit, or raise the "
       "broker's (mosquitto: max_inflight_messages).");
constexpr const char* smaller =
    N_("Send less in one message, or raise the broker's limit (mosquitto: max_packet_size, "
       "message_size_limit).");
constexpr const char* lower_qos = N_("Choose that QoS in the app.");
constexpr const char* no_retain =
    N_("Turn retain off in the app, or on in the broker (mosquitto: retain_available).");
constexpr const char* keep_session =
    N_("Turn clean session off in the app, and give it a fixed client identifier.");
constexpr const char* set_expiry =
    N_("Set Session Expiry Interval in the app: 3600 keeps the session for an hour.");
constexpr const char* ask_the_log =
    N_("On mosquitto its log tells the writer's part (\"Denied PUBLISH\"), and nothing the "
       "reader's; mqtt-doctor delivery with --as-publisher and --as-subscriber tells them apart.");
constexpr const char* expects_will =
    N_("A will is for connections that break. Publish the offline status, retained, before "
       "DISCONNECT; in MQTT 5 DISCONNECT with the reason 4 lets the will be published.");
constexpr const char* refused_at_all = N_("The broker refuses {who}: {meaning} ({number}).");

constexpr std::array rows{
    remark_row{noticed::inflight_stall, "delivery-inflight-stall", weight::cause,
               N_("{who} holds {count} messages of QoS 1 or 2 unacknowledged and has acknowledged "
                  "none for {time}: the broker sends it no more."),
               must_acknowledge},
    remark_row{noticed::inflight_stall_silent, "delivery-inflight-stall", weight::cause,
               N_("{who} holds {count} messages of QoS 1 or 2 unacknowledged and has acknowledged "
                  "none for {time}: the broker sends it no more."),
               N_("It sends nothing else either: the app hangs, most likely in its message "
                  "callback, or the phone sleeps.")},
    remark_row{noticed::inflight_unacknowledged, "delivery-inflight-stall", weight::note,
               N_("{who} has acknowledged nothing of what it was sent at QoS 1 or 2 for {time} "
                  "(open: {count})."),
               N_("When {limit} are open the broker sends no more. Let the app acknowledge.")},
    remark_row{noticed::large_unacknowledged, "delivery-inflight-stall", weight::cause,
               N_("{who} acknowledges messages of up to {limit} bytes and none of {size} bytes or "
                  "more: it cannot take larger ones, and the broker keeps sending them."),
               N_("Enlarge the receive buffer in the app or device (PubSubClient: setBufferSize, "
                  "256 bytes by default; before 2.8 MQTT_MAX_PACKET_SIZE in its header, 128 "
                  "bytes), or send it smaller messages.")},
    remark_row{
        noticed::broker_leaves_large, "mqtt-packet-too-large", weight::cause,
        N_("The broker acknowledges messages of {who} up to {limit} bytes and none of {size} bytes "
           "or more (\"{topic}\"; open: {count}): its limit, or that of a proxy or gateway before "
           "it, is between."),
        N_("Raise the limit (mosquitto: max_packet_size and message_size_limit; EMQX: "
           "mqtt.max_packet_size), or send the message in parts, or a link to it.")},
    remark_row{
        noticed::reads_nothing, "delivery-inflight-stall", weight::cause,
        N_("{who} was sent {count} messages of QoS 1 or 2, such as \"{topic}\", acknowledged none "
           "of them in {time}, and sent nothing else in that time: its program does not read from "
           "the connection (or the device sleeps, or is gone)."),
        N_("Let the program serve the connection all the time, not only when it publishes: call "
           "the library's loop in each round (PubSubClient and Arduino: loop; Paho: loop_start "
           "or MQTTYield), or start its task or thread (MQTTStartTask), and let no callback "
           "block.")},
    remark_row{
        noticed::left_out, "delivery-inflight-stall", weight::cause,
        N_("{who} acknowledges some of its messages and leaves others out (\"{topic}\"; open: "
           "{count}): the broker keeps those, and sends nothing more once as many are open "
           "as it allows (mosquitto: 20)."),
        N_("Let the app acknowledge each message in the order in which they come, also one "
           "that it has no use for or that its callback fails on.")},
    remark_row{noticed::qos2_no_pubrel, "delivery-qos2-stuck", weight::cause,
               N_("The QoS 2 handshake of {who} for \"{topic}\" stopped after PUBREC: the app "
                  "sends no PUBREL, and the broker waits for it."),
               mend_handshake},
    remark_row{noticed::qos2_no_pubcomp, "delivery-qos2-stuck", weight::cause,
               N_("The QoS 2 handshake of {who} for \"{topic}\" stopped after PUBREL: the broker "
                  "sends no PUBCOMP."),
               N_("The broker's log may say why; QoS 1 needs no such handshake.")},
    remark_row{noticed::qos2_app_no_pubcomp, "delivery-qos2-stuck", weight::cause,
               N_("The QoS 2 handshake for a message to {who} (\"{topic}\") stopped after PUBREL: "
                  "the app sends no PUBCOMP, and the broker counts the message as open."),
               mend_handshake},
    remark_row{noticed::qos2_broker_no_pubrel, "delivery-qos2-stuck", weight::cause,
               N_("The QoS 2 handshake for a message to {who} (\"{topic}\") stopped after PUBREC: "
                  "the broker sends no PUBREL."),
               N_("The broker's log may say why; QoS 1 needs no such handshake.")},
    remark_row{noticed::no_puback, "auth-acl-no-puback", weight::cause,
               N_("{who} published to \"{topic}\" at QoS {qos} {time} ago; the broker is alive and "
                  "does not acknowledge it (no {packet})."),
               N_("RabbitMQ does so when the user may not write to the exchange (rabbitmqctl "
                  "list_permissions); otherwise its log says more.")},
    remark_row{noticed::acknowledges_never, "delivery-inflight-stall", weight::cause,
               N_("{who} acknowledges none of the messages of QoS 1 or 2 that it gets: the broker "
                  "sends them again at each connection ({count} so far)."),
               must_acknowledge},
    remark_row{noticed::acknowledges_nothing, "delivery-inflight-stall", weight::cause,
               N_("{who} acknowledges packet identifiers that it was not sent ({ids}), and leaves "
                  "open those that it was ({open}): the broker keeps sending these."),
               N_("Correct the app or its library: an acknowledgement repeats the packet "
                  "identifier of the message, two bytes, the higher one first.")},
    remark_row{noticed::swaps_numbers, "delivery-inflight-stall", weight::cause,
               N_("{who} acknowledges with the bytes of the packet identifier exchanged ({open} as "
                  "{ids}): the broker takes none of these, and keeps sending its messages."),
               N_("Correct the app or its library: the higher byte of a packet identifier comes "
                  "first.")},
    remark_row{noticed::broker_acknowledges_nothing, "delivery-inflight-stall", weight::cause,
               N_("The broker acknowledges packet identifiers that {who} did not send ({ids}), and "
                  "leaves open those that it did ({open})."),
               N_("The broker, or something in front of it, mixes up its clients' packets: update "
                  "it, or try another one.")},
    remark_row{noticed::answers_no_subscription, "delivery-not-subscribed", weight::cause,
               N_("The broker answers subscriptions with packet identifiers that {who} did not "
                  "use ({ids}), and leaves the one to \"{asked}\" open ({open})."),
               N_("The broker, or something in front of it, mixes up its clients' packets: update "
                  "it, or try another one.")},
    remark_row{noticed::receive_maximum, "mqtt-receive-maximum", weight::cause,
               N_("{who} has {count} unacknowledged messages under way, and the broker allows "
                  "{limit} (Receive Maximum)."),
               fewer_under_way},
    remark_row{noticed::receive_maximum_refused, "mqtt-receive-maximum", weight::cause,
               N_("The broker refuses what {who} publishes: {meaning} ({number}); {count} messages "
                  "are under way, and it allows {limit} (Receive Maximum)."),
               fewer_under_way},
    remark_row{noticed::too_large_said, "mqtt-packet-too-large", weight::cause,
               N_("The broker ended the connection of {who}: {meaning} ({number}); its largest "
                  "packet had {size} bytes."),
               smaller},
    remark_row{noticed::too_large_announced, "mqtt-packet-too-large", weight::cause,
               N_("{who} sent a packet of {size} bytes, and the broker takes {limit} at most "
                  "(Maximum Packet Size)."),
               smaller},
    remark_row{noticed::too_large_likely, "mqtt-packet-too-large", weight::cause,
               N_("The broker hung up on {who} right after a packet of {size} bytes, by far the "
                  "largest so far."),
               smaller, "auth-acl-publish-closes"},
    remark_row{noticed::publish_closes, "auth-acl-publish-closes", weight::cause,
               N_("The broker hung up on {who} right after it had published to \"{topic}\" (QoS "
                  "{qos}, {size} bytes)."),
               N_("Most brokers do so when the user may not publish there; the QoS, a retained "
                  "message or the size may be it as well. Its log says which, or mqtt-doctor "
                  "delivery with -t and --publish."),
               "mqtt-packet-too-large mqtt-qos-not-supported mqtt-retain-not-supported"},
    remark_row{noticed::retain_closes, "mqtt-retain-not-supported", weight::cause,
               N_("The broker hangs up on {who} right after it has published with the retain flag "
                  "(times: {count}; the last time to \"{topic}\", QoS {qos}), and takes messages "
                  "without it."),
               N_("Switch retain off in the app, for its birth and discovery messages as well, or "
                  "use a broker that keeps messages. If it hangs up without the flag too, see "
                  "whether its log names a right that the user lacks."),
               "auth-acl-publish-closes"},
    remark_row{noticed::qos_closes, "mqtt-qos-not-supported", weight::cause,
               N_("The broker hangs up on {who} right after it has published at QoS {qos} (times: "
                  "{count}; the last time to \"{topic}\"), and takes messages of another QoS."),
               N_("Choose the QoS of the messages that it takes, in the app or device. If it hangs "
                  "up at that QoS too, see whether its log names a right that the user lacks."),
               "auth-acl-publish-closes"},
    remark_row{noticed::odd_message_closes, "auth-acl-publish-closes", weight::cause,
               N_("The broker hangs up on {who} right after a message that has what no message had "
                  "that it took: {what} (times: {count}; the last time to \"{topic}\", QoS {qos}, "
                  "{size} bytes)."),
               N_("Leave that out in the app first, one thing after the other. If it hangs up all "
                  "the same, the user may lack the right to publish there: the broker's log says "
                  "which."),
               "mqtt-packet-too-large"},
    remark_row{noticed::qos_said, "mqtt-qos-not-supported", weight::cause,
               N_("The broker ended the connection of {who}: {meaning} ({number})."),
               N_("Choose a lower QoS in the app (mosquitto: max_qos).")},
    remark_row{noticed::qos_announced, "mqtt-qos-not-supported", weight::cause,
               N_("{who} publishes at QoS {qos}, and the broker supports QoS {limit} at most."),
               lower_qos},
    remark_row{noticed::retain_said, "mqtt-retain-not-supported", weight::cause,
               N_("The broker ended the connection of {who}: {meaning} ({number})."), no_retain},
    remark_row{noticed::retain_announced, "mqtt-retain-not-supported", weight::cause,
               N_("{who} publishes a retained message, and the broker keeps none."), no_retain},
    remark_row{noticed::keep_alive_expired, "session-keepalive-expired", weight::cause,
               N_("{who} had promised a sign of life every {keep_alive} s and was silent for "
                  "{time}; then the broker ended the connection."),
               N_("Let the network loop run beside the app's work, so that it pings in time; on a "
                  "phone allow the app in the background, or choose a longer keep alive.")},
    remark_row{
        noticed::many_silent, "path-half-open", weight::cause,
        N_("{count} clients fell silent together ({list}), and after {time} the broker ended "
           "their connections: what they share was away (Wi-Fi, switch, router, their "
           "machine), and not one app hung."),
        N_("Look at that access point or switch at that time. A shorter keep alive lets the "
           "apps notice sooner.")},
    remark_row{noticed::server_keep_alive, "session-server-keepalive", weight::cause,
               N_("The broker set the keep alive of {who} to {limit} s instead of {keep_alive} s; "
                  "the client was silent for {time}, and the broker ended the connection."),
               N_("Set the keep alive in the app to that or less; its library does not obey Server "
                  "Keep Alive.")},
    remark_row{noticed::server_keep_alive_passed, "session-server-keepalive", weight::note,
               N_("The broker set the keep alive of {who} to {limit} s instead of {keep_alive} s, "
                  "and the client was silent for {time}."),
               N_("Set the keep alive in the app to that or less; its library does not obey Server "
                  "Keep Alive.")},
    remark_row{noticed::taken_over, "session-duplicate-client-id", weight::note,
               N_("Another connection ({other}) came with the identifier {id}, and the broker "
                  "ended the one of {client}."),
               N_("One device that changed networks does this once; when it happens again, two "
                  "clients share the identifier.")},
    remark_row{noticed::taken_over_again, "session-duplicate-client-id", weight::cause,
               N_("Two clients share the identifier {id} ({client} and {other}) and throw each "
                  "other out: {count} times in {time}."),
               N_("Give each client an identifier of its own, for example with a number or random "
                  "letters at the end.")},
    remark_row{noticed::taken_over_elsewhere, "session-duplicate-client-id", weight::cause,
               N_("The broker ended the connection of {who}: {meaning} ({number}). The other "
                  "client with that identifier did not come through this port."),
               N_("Give each client an identifier of its own, for example with a number or random "
                  "letters at the end.")},
    remark_row{noticed::nameless_thrown_out, "session-duplicate-client-id", weight::cause,
               N_("The broker ends the connection of a client without a client identifier when "
                  "another one without comes ({client}, then {other}): {count} times in {time}. It "
                  "takes the empty identifier for one that both share."),
               N_("Give each client an identifier of its own, for example with a number or random "
                  "letters at the end: an empty one is allowed, and this broker does not make one "
                  "up for it.")},
    remark_row{
        noticed::ended_without_word, "session-duplicate-client-id", weight::note,
        N_("The broker, or something before it, ended {count} connections of {who} without a "
           "word, after {time} to {later}, and let it in again each time; nothing that it "
           "sent explains that. Most often another client came with the same client "
           "identifier {id}, by a way that was not heard here."),
        N_("Give it another identifier, one that nobody else has, for a test: if it stays "
           "connected then, that is it. The broker's log names both (mosquitto: \"already "
           "connected, closing old connection\"). Else look at the limits of a proxy or the "
           "broker for connections.")},
    remark_row{noticed::user_thrown_out, "session-duplicate-client-id", weight::cause,
               N_("Connections of the user {user} throw each other out although their identifiers "
                  "differ ({client} and {other}): {count} times in {time}."),
               N_("The broker allows one connection for each user (mosquitto: "
                  "use_username_as_clientid): give each app a user of its own, or switch that "
                  "off.")},
    remark_row{noticed::connect_closes, "mqtt-closed-after-connect", weight::cause,
               N_("The broker hangs up on the CONNECT of {who} without an answer, and lets others "
                  "in. What they do not have: {what}."),
               N_("Change that in the app; brokers of clouds (AWS IoT) hang up on what they do not "
                  "support.")},
    remark_row{
        noticed::version_disputed, "mqtt-refused", weight::cause,
        N_("The broker refuses {who}: {meaning} ({number}), and lets others in with the same "
           "version. What they do not have: {what}."),
        N_("The version is not the reason. Change that in the app, or allow it in the "
           "broker's access rules: some brokers (EMQX) refuse a will that may not be "
           "published in this way.")},
    remark_row{noticed::subscribe_closes, "auth-acl-subscribe-refused", weight::cause,
               N_("The broker hangs up on {who} as soon as it subscribes to {asked}."),
               N_("It looks as if the app could not connect. Subscribe to what the broker allows "
                  "this user, or allow it there.")},
    remark_row{noticed::hash_closes, "auth-hash-subscription-refused", weight::cause,
               N_("The broker hangs up on {who} as soon as it subscribes to {asked}."),
               N_("It looks as if the app could not connect: some brokers (AWS IoT) forbid "
                  "subscribing to everything. Subscribe to the topics you need, such as home/#.")},
    remark_row{noticed::not_resubscribed, "delivery-not-subscribed", weight::cause,
               N_("{who} subscribed to \"{asked}\" before its connection ended, and has not since "
                  "it came back {time} ago; messages for that filter since then: {count}."),
               N_("The session had ended with the connection: the app must subscribe after every "
                  "CONNACK, or keep its session (clean session off).")},
    remark_row{noticed::never_subscribed, "delivery-not-subscribed", weight::note,
               N_("{who} has been connected for {time}, has subscribed to nothing and has "
                  "published nothing: no message can reach it."),
               N_("If it is to receive, the app must subscribe, and only after CONNACK has come.")},
    remark_row{noticed::will_flaps, "session-will-flaps", weight::note,
               N_("Whenever a connection of {id} is thrown out, the broker publishes its will to "
                  "\"{topic}\": it looks offline although it is connected."),
               N_("Publish the online state after each connect, or set a will delay (MQTT 5).")},
    remark_row{noticed::clean_session, "session-clean-session", weight::note,
               N_("{who} came back after {time} with a clean session: what was sent to it in "
                  "between at QoS 1 or 2 is not kept."),
               keep_session},
    remark_row{noticed::clean_session_missed, "session-clean-session", weight::cause,
               N_("{who} came back after {time} with a clean session; lost of what was sent for it "
                  "in between, in messages: {count}."),
               keep_session},
    remark_row{noticed::expires_at_once, "session-v5-expires-at-once", weight::note,
               N_("{who} came back after {time}; its session of MQTT 5 had ended with the "
                  "connection, as no Session Expiry Interval was set: what was sent to it in "
                  "between is not kept."),
               set_expiry},
    remark_row{noticed::expires_at_once_missed, "session-v5-expires-at-once", weight::cause,
               N_("{who} came back after {time}; its session of MQTT 5 had ended with the "
                  "connection, as no Session Expiry Interval was set; lost of what was sent for it "
                  "in between, in messages: {count}."),
               set_expiry},
    remark_row{noticed::message_expired, "delivery-message-expired", weight::cause,
               N_("{who} came back after {time}; messages for it that had expired by then: "
                  "{count}, the first after {limit} s."),
               N_("Give the messages a longer Message Expiry Interval, or none.")},
    remark_row{noticed::topic_mistaken, "delivery-topic-differs", weight::cause,
               N_("{other} publishes to \"{topic}\", which no filter seen here matches; nearest is "
                  "\"{asked}\" of {who}."),
               ""},
    remark_row{noticed::no_subscriber, "delivery-no-subscriber", weight::note,
               N_("{who} published to \"{topic}\", and the broker says that nobody subscribes to "
                  "it."),
               N_("Compare it with the filter of the other side: mqtt-doctor delivery with -t "
                  "FILTER --sent-to TOPIC.")},
    remark_row{noticed::no_local, "delivery-no-local", weight::note,
               N_("{who} publishes to \"{topic}\" and subscribed to it with No Local: it does not "
                  "get its own messages."),
               N_("Turn No Local off in the app when it should see them.")},
    remark_row{noticed::qos_granted_lower, "delivery-qos-downgraded", weight::note,
               N_("{who} asked for \"{asked}\" at QoS {qos}, and the broker grants QoS {limit}."),
               N_("What is published at a higher QoS is delivered at that one.")},
    remark_row{noticed::qos_lower_than_sent, "delivery-qos-downgraded", weight::note,
               N_("{other} publishes to \"{topic}\" at QoS {qos}, and {who} subscribed to "
                  "\"{asked}\" at QoS 0: messages may be lost on the way to it."),
               N_("Subscribe at QoS 1 or 2.")},
    remark_row{noticed::login_refused, "auth-bad-credentials", weight::cause, refused_at_all,
               N_("Check user name and password in the app, then what the broker allows this "
                  "user."),
               "auth-client-id-not-allowed"},
    remark_row{noticed::login_missing, "auth-anonymous-refused", weight::cause, refused_at_all,
               N_("The app sends no user name: fill in user name and password there.")},
    remark_row{noticed::login_refused_since, "auth-bad-credentials", weight::cause, refused_at_all,
               N_("It was let in before with the same identifier and user name: the password or "
                  "its rights were changed, or the broker bans who connects too often (EMQX: "
                  "flapping detection). Its log says which."),
               "mqtt-server-busy-or-banned"},
    remark_row{noticed::login_missing_since, "mqtt-server-busy-or-banned", weight::cause,
               refused_at_all,
               N_("It was let in before with the same identifier and no user name: the broker bans "
                  "who connects too often (EMQX: flapping detection), or wants a user name since. "
                  "Its log says which."),
               "auth-anonymous-refused"},
    remark_row{noticed::identifier_refused, "auth-client-id-not-allowed", weight::cause,
               refused_at_all, N_("Give the app another Client ID.")},
    remark_row{noticed::keep_alive_refused, "auth-client-id-not-allowed", weight::cause,
               refused_at_all,
               N_("The app sets a keep alive of 0, and Mosquitto refuses that with this code where "
                  "it has a max_keepalive: set 60 seconds in the app. If that is refused as well, "
                  "give the app another Client ID.")},
    remark_row{noticed::identifier_grows, "auth-client-id-not-allowed", weight::cause,
               N_("{who} comes with a longer identifier at each attempt, which begins with the one "
                  "before ({before}): {meaning} ({number})."),
               N_("The app appends to its Client ID whenever it connects: it must set it once.")},
    remark_row{noticed::identifier_missing, "session-empty-id-persistent", weight::cause,
               refused_at_all, N_("The app sends an empty Client ID: fill it in there.")},
    remark_row{noticed::version_refused, "mqtt-version-refused", weight::cause, refused_at_all,
               N_("The app speaks MQTT {version}: choose another version there.")},
    remark_row{noticed::connect_refused, "mqtt-refused", weight::cause, refused_at_all,
               N_("The broker's log says more.")},
    remark_row{noticed::subscribe_refused, "auth-acl-subscribe-refused", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("Allow it in the broker's access rules, or correct the filter in the app.")},
    remark_row{noticed::hash_refused, "auth-hash-subscription-refused", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("Some brokers (EMQX) forbid subscribing to everything: subscribe to the topics "
                  "you need, such as home/#.")},
    remark_row{noticed::shared_refused, "delivery-shared-not-supported", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("It has no shared subscriptions: subscribe without $share/GROUP/.")},
    remark_row{noticed::publish_refused, "auth-acl-publish-swallowed", weight::cause,
               N_("The broker refuses what {who} publishes to \"{topic}\": {meaning} ({number}); "
                  "nobody gets it."),
               N_("Allow this user to write there in the broker's access rules (mosquitto: "
                  "acl_file).")},
    remark_row{noticed::publish_refused_otherwise, "delivery-publish-refused", weight::cause,
               N_("The broker refuses what {who} publishes to \"{topic}\": {meaning} ({number}); "
                  "nobody gets it."),
               N_("The broker's log says more.")},
    remark_row{noticed::withheld_from_reader, "auth-acl-read-denied-silently", weight::cause,
               N_("{other} published to \"{topic}\", and {who}, subscribed to \"{asked}\", does "
                  "not get it, although the broker took it."),
               N_("The broker grants the subscription and keeps the messages back: allow this user "
                  "to read there (mosquitto: acl_file).")},
    remark_row{noticed::withheld_from_writer, "auth-acl-publish-swallowed", weight::cause,
               N_("{other} published to \"{topic}\", and {who}, subscribed to \"{asked}\", does "
                  "not get it; from others it does."),
               N_("The broker takes the messages and throws them away: allow this user to write "
                  "there (mosquitto: acl_file).")},
    remark_row{noticed::withheld, "auth-acl-publish-swallowed", weight::cause,
               N_("{other} published to \"{topic}\", and {who}, subscribed to \"{asked}\", does "
                  "not get it: the one may not write there, or the other may not read."),
               ask_the_log, "auth-acl-read-denied-silently"},
    remark_row{noticed::parent_withheld, "delivery-parent-not-matched", weight::cause,
               N_("{other} published to \"{topic}\", and {who}, subscribed to \"{asked}\", does "
                  "not get it: some brokers do not count the level above # to it, as MQTT does."),
               N_("Subscribe to \"{topic}\" as well."), "auth-acl-read-denied-silently"},
    remark_row{noticed::retained_cleared, "delivery-retained-misunderstood", weight::note,
               N_("{who} cleared the retained message of \"{topic}\" with an empty one: who "
                  "subscribes from now on finds none."),
               ""},
    remark_row{noticed::retained_left_by_blank, "delivery-retained-misunderstood", weight::note,
               N_("{who} sent a blank message to \"{topic}\": it is not empty and clears nothing, "
                  "and {other} got a retained message from there again."),
               N_("Clear it with a message of no bytes at all that has retain set: mqtt-pub -t "
                  "\"{topic}\" -r -n (mosquitto_pub has the same options)."),
               "", true},
    remark_row{noticed::retained_unwanted, "delivery-retained-misunderstood", weight::note,
               N_("{who} subscribes to \"{asked}\" and asks for no retained messages (Retain "
                  "Handling 2), so it does not get the one that is kept at \"{topic}\"."),
               N_("Set Retain Handling to 0 in the subscription's options: send retained messages "
                  "at each subscription."),
               "", true},
    remark_row{noticed::slow_consumer, "delivery-slow-consumer", weight::cause,
               N_("{who} reads too slowly or not at all: {size} bytes have been waiting for it "
                  "for {time}."),
               N_("The broker keeps further messages back and drops those of QoS 0: make the app's "
                  "message callback faster, send it less, or give it a faster network.")},
    remark_row{noticed::window_shut, "delivery-slow-consumer", weight::cause,
               N_("{who} reads too slowly or not at all: its receive window has been shut for "
                  "{time}."),
               N_("The broker keeps further messages back and drops those of QoS 0: make the app's "
                  "message callback faster, send it less, or give it a faster network.")},
    remark_row{noticed::feeds_itself, "delivery-feedback-loop", weight::cause,
               N_("{who} publishes to {topic} what it is sent from there: one message went round "
                  "{count} times in {time}."),
               N_("Let the app or flow publish to another topic than the one it subscribes to, or "
                  "send on only what changed (No Local helps where one connection does both). Of "
                  "two brokers let one alone have the bridge, or bridge each topic one way.")},
    remark_row{
        noticed::hands_on, "delivery-feedback-loop", weight::cause,
        N_("Two brokers hand one message to each other: {address} publishes it to the broker "
           "at {other}, and {other} to the broker at {address} ({topic}, {count} times in "
           "{time})."),
        N_("Let one of the two alone have the bridge, or bridge each topic one way only; or "
           "put a prefix before what comes over, which the way back leaves out.")},
    remark_row{noticed::hands_back, "delivery-feedback-loop", weight::note,
               N_("{who} publishes again and again what {other} published once to {topic}: {count} "
                  "times in {time}. A bridge or a flow between two brokers does so when both ways "
                  "carry the topic."),
               N_("Let one of the two brokers alone have the bridge, or bridge each topic one way "
                  "only; or put a prefix before what comes over, which the way back leaves out.")},
    remark_row{noticed::feeds_itself_longer, "delivery-feedback-loop", weight::cause,
               N_("{who} publishes what it is sent again, each time with \"{added}\" more in the "
                  "topic: from {topic} to {longer}, and so round and round."),
               N_("Let what it subscribes to leave out what it publishes: another prefix for each "
                  "direction, and no # where its own messages come in.")},
    remark_row{noticed::client_breaks_rule, "mqtt-malformed-client", weight::cause,
               N_("{who} breaks a rule of MQTT: {what}."),
               N_("Correct the app, or update its library: brokers may hang up on that, or throw "
                  "the packet away.")},
    remark_row{noticed::broker_breaks_rule, "mqtt-malformed-broker", weight::cause,
               N_("What answers {who} as the broker breaks a rule of MQTT: {what}."),
               N_("Update the broker, or what stands in front of it; until then another library in "
                  "the app may take it.")},
    remark_row{noticed::ping_unanswered, "mqtt-broker-hung", weight::cause,
               N_("The broker left PINGREQ of {who} unanswered ({count}) and sent nothing else for "
                  "{time}: no PINGRESP came."),
               N_("The broker hangs, or a proxy or tunnel in front of it took the bytes and has "
                  "lost the way to it: look at both at that time.")},
    remark_row{noticed::ping_unanswered_alive, "mqtt-broker-hung", weight::cause,
               N_("The broker goes on sending to {who} and leaves its PINGREQ unanswered ({count}, "
                  "for {time}): no PINGRESP came."),
               N_("Apps take such a broker for dead and connect again. Update it; until then a "
                  "longer keep alive makes it rarer.")},
    remark_row{noticed::subscribe_unanswered, "mqtt-subscribe-unanswered", weight::cause,
               N_("The broker is alive and never answered the SUBSCRIBE of {who} to \"{asked}\": "
                  "no SUBACK in {time}."),
               N_("Its log may say why (an access check that hangs, a plugin). An app that waits "
                  "for SUBACK stands still.")},
    remark_row{noticed::unsubscribe_unanswered, "mqtt-subscribe-unanswered", weight::cause,
               N_("The broker is alive and never answered the UNSUBSCRIBE of {who} from "
                  "\"{asked}\": no UNSUBACK in {time}."),
               N_("Its log may say why (an access check that hangs, a plugin). An app that waits "
                  "for UNSUBACK stands still.")},
    remark_row{noticed::client_said, "ended-by-client", weight::cause,
               N_("{who} itself ended the connection and said why: {meaning} ({number})."),
               N_("The app's library disliked what the broker had sent just before: its own log "
                  "names it.")},
    remark_row{noticed::client_said_too_many, "ended-by-client", weight::cause,
               N_("{who} itself ended the connection and said why: {meaning} ({number})."),
               N_("The broker had more messages under way than the app allows: let it set a larger "
                  "Receive Maximum, or acknowledge sooner.")},
    remark_row{noticed::client_said_too_large, "ended-by-client", weight::cause,
               N_("{who} itself ended the connection and said why: {meaning} ({number})."),
               N_("Raise the app's Maximum Packet Size and its receive buffer, or send it smaller "
                  "messages.")},
    remark_row{noticed::connack_late, "mqtt-connack-late", weight::note,
               N_("The broker answered the CONNECT of {who} after {time}."),
               N_("Many apps give up before that. A login plugin, a name that it looks up, or its "
                  "load may hold the broker up: its log tells.")},
    remark_row{noticed::filter_invalid, "mqtt-subscribe-refused", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("It does not take a filter of that form: compare it with what it documents "
                  "(levels, characters, a prefix that it keeps for itself such as $SYS).")},
    remark_row{noticed::identifier_in_use, "mqtt-subscribe-refused", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("The app's library uses a packet identifier again before the broker has answered "
                  "the first one: correct or update it.")},
    remark_row{noticed::quota_at_subscribe, "mqtt-subscribe-refused", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("This client or user has as many subscriptions as the broker allows: subscribe "
                  "to fewer filters with wildcards, or raise its limit.")},
    remark_row{noticed::numbers_refused, "mqtt-subscribe-refused", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("Leave out Subscription Identifiers in the app, or update the broker.")},
    remark_row{noticed::wildcard_refused, "mqtt-wildcard-not-supported", weight::cause,
               N_("The broker refuses {who} the subscription to \"{asked}\": {meaning} "
                  "({number})."),
               N_("It takes filters without + and # only: subscribe to each topic by its name.")},
    remark_row{noticed::will_taken_back, "session-will-status", weight::note,
               N_("{who} ended its connection with DISCONNECT, which takes its will for "
                  "\"{topic}\" back: nobody is told that it left (others who subscribe: {count})."),
               expects_will},
    remark_row{noticed::will_taken_back_status, "session-will-status", weight::note,
               N_("{who} ended its connection with DISCONNECT, which takes its will for "
                  "\"{topic}\" back: the status that it had published there, retained, stays."),
               expects_will, "", true},
    remark_row{noticed::will_despite_goodbye, "session-will-status", weight::note,
               N_("{who} ended its connection with DISCONNECT, which takes its will for "
                  "\"{topic}\" back, and the will was published all the same: whoever restarts in "
                  "an orderly way is shown offline."),
               N_("Look for a proxy or a gateway that swallows DISCONNECT, or update the broker. "
                  "Let the app publish its status each time it has connected."),
               "", true},
    remark_row{noticed::will_of_older, "session-will-status", weight::cause,
               N_("An older connection ({other}) ended after {who} had come in its place, and the "
                  "broker published the older one's will to \"{topic}\": the client looks offline "
                  "and is not."),
               N_("Use one fixed client identifier, so that a new connection ends the old one "
                  "before it; and let the app publish its status again when it sees its will.")},
    remark_row{noticed::stops_inside_packet, "mqtt-packet-cut-off", weight::cause,
               N_("{who} itself closed the connection in the middle of a packet of {size} bytes "
                  "that it was sending (times: {count}): the broker never had it whole, and hands "
                  "nothing on."),
               N_("Its program ended before the packet had left (let it wait until the message is "
                  "out, and say DISCONNECT), or its library gave up writing: enlarge its send "
                  "buffer or timeout, or send less in one message.")},
    remark_row{noticed::leaves_at_large, "delivery-breaks-client", weight::cause,
               N_("{who} itself closes the connection as soon as it is sent \"{topic}\" ({size} "
                  "bytes; times: {count}), and says nothing."),
               N_("Enlarge the receive buffer in the app or device (PubSubClient: setBufferSize, "
                  "256 bytes by default), or send it smaller messages.")},
    remark_row{noticed::leaves_at_message, "delivery-breaks-client", weight::cause,
               N_("{who} itself closes the connection as soon as it is sent \"{topic}\" ({size} "
                  "bytes; times: {count}), and says nothing."),
               N_("Look into what the app does with that message: it crashes there, or cannot "
                  "read it.")},
    remark_row{noticed::packet_closes, "ended-by-broker", weight::cause,
               N_("The broker hangs up on {who} right after its {packet} (times: {count})."),
               N_("Its log says why. Where the client repeats that packet from a session that is "
                  "kept, a clean session ends that, and loses what waits in it.")},
    remark_row{
        noticed::pings_do_not_count, "session-lifetime", weight::note,
        N_("The broker ends the connections of {who} {time} after its last packet that was no "
           "ping ({count} times), although it pinged and its pings were answered: it does not "
           "take pings for signs of life, or lets no connection grow older."),
        N_("Look for a limit of that time in the broker or in what stands in front of it, or "
           "update it; until then let the app publish something more often than that."),
        "", true},
    remark_row{
        noticed::pings_ignored, "session-lifetime", weight::note,
        N_("The broker ends the connections of {who} {time} after its last packet that was no "
           "ping ({count} times), although it pinged and its pings were answered, and whatever the "
           "age of the connection: it does not take pings for signs of life."),
        N_("Look for a timeout for idle connections in the broker or in what stands in front of "
           "it, "
           "or update it; until then let the app publish something more often than that."),
        "", true},
    remark_row{noticed::identifier_held, "session-duplicate-client-id", weight::cause,
               N_("The broker hangs up on the CONNECT of {client} while an older connection of the "
                  "same identifier ({other}) still stands: it keeps the old one, and MQTT wants "
                  "the new one."),
               N_("Wait until the broker has given the old one up (a shorter keep alive), let the "
                  "app send DISCONNECT before it restarts, or give each client an identifier of "
                  "its own.")},
    remark_row{noticed::sent_again_early, "delivery-duplicated", weight::note,
               N_("{who} sent a message for \"{topic}\" again after {time}, on the same "
                  "connection; its PUBACK came {later} after the first: subscribers get it twice."),
               N_("Let the library wait longer, or send again after a new connection only, as MQTT "
                  "5 wants; and see what makes the broker or the way slow."),
               "", true},
    remark_row{noticed::given_again, "delivery-duplicated", weight::note,
               N_("The broker sent {who} a message for \"{topic}\" again after {time}; the PUBACK "
                  "for it came {later} after the first."),
               N_("Let the app acknowledge sooner (before its work on the message), or take a "
                  "message of the same packet identifier with DUP for the same one."),
               "", true},
    remark_row{noticed::session_forgotten, "session-not-kept", weight::cause,
               N_("{who} came back to its session (clean session off), and the broker had none any "
                  "more (Session Present 0): \"{asked}\" is subscribed to no more, and the app "
                  "did not subscribe again; messages for it since then: {count}."),
               N_("Let the app subscribe whenever CONNACK says Session Present 0. The broker was "
                  "restarted without keeping sessions (mosquitto: persistence true), or another "
                  "client of that identifier threw the session away.")},
    remark_row{
        noticed::publish_closes_control, "mqtt-malformed-client", weight::cause,
        N_("The broker hung up on {who} right after it had published to \"{topic}\": there "
           "is a control character in the topic ({what}), which brokers take for a malformed "
           "packet."),
        N_("Take that character out of the topic in the app: it came in with a copied text "
           "or at the end of a line.")},
    remark_row{noticed::subscribe_closes_control, "mqtt-malformed-client", weight::cause,
               N_("The broker hung up on {who} right after it had subscribed to {asked}: there is "
                  "a control character in it ({what}), which brokers take for a malformed packet."),
               N_("Take that character out of the topic in the app: it came in with a copied text "
                  "or at the end of a line.")},
    remark_row{noticed::too_large_for_subscriber, "mqtt-packet-too-large", weight::cause,
               N_("{other} publishes {size} bytes to \"{topic}\", and {who} takes packets of "
                  "{limit} bytes at most (its Maximum Packet Size): the broker throws the message "
                  "away for it."),
               N_("Raise Maximum Packet Size in the app that receives, or send less in one "
                  "message.")},
};

}  // namespace

const char* to_string(weight how_heavy) noexcept {
  return how_heavy == weight::cause ? "cause" : "note";
}

const remark_row& row_of(noticed what) noexcept {
  for (const remark_row& row : rows)
    if (row.what == what) return row;
  for (const remark_row& row : answer_rows())
    if (row.what == what) return row;
  for (const remark_row& row : meant_rows())
    if (row.what == what) return row;
  for (const remark_row& row : state_rows())
    if (row.what == what) return row;
  for (const remark_row& row : arrival_rows())
    if (row.what == what) return row;
  return rows[0];
}

std::string text_of(const remark& told) {
  std::string text;
  for (const sentence& each : told.sentences) {
    const std::string said = say(each);
    if (!said.empty()) text += (text.empty() ? "" : " ") + said;
  }
  return text;
}

bool is_told_by_code(const remark& told) noexcept {
  if (told.heavy != weight::cause || !told.alike.empty() || told.sentences.empty()) return false;
  const auto& places = told.sentences.front().places;
  const auto number = places.find("number");
  // 128 is "Unspecified error": the other side names no reason, and 3.1.1 has no other failure.
  return number != places.end() && number->second != "128";
}

bool explains_end(const remark& told, bool has_code) noexcept {
  static constexpr std::array reasons{
      "session-keepalive-expired", "session-server-keepalive",  "session-duplicate-client-id",
      "mqtt-malformed-client",     "mqtt-receive-maximum",      "mqtt-packet-too-large",
      "mqtt-qos-not-supported",    "mqtt-retain-not-supported", "mqtt-topic-violates-rules"};
  // What is only guessed from the order of things.
  static constexpr std::array guessed{"auth-acl-publish-closes", "auth-acl-subscribe-refused",
                                      "auth-hash-subscription-refused"};
  const auto is_it = [&](const auto& ids) {
    return std::find(ids.begin(), ids.end(), told.id) != ids.end();
  };
  return is_it(reasons) || (!has_code && is_it(guessed));
}

bool ends_again(const remark& told) noexcept {
  return told.times > 1 && explains_end(told, false) && told.id != "auth-acl-subscribe-refused" &&
         told.id != "auth-hash-subscription-refused";
}

bool is_about_login(const remark& told) noexcept {
  static constexpr std::array refusals{"auth-bad-credentials", "auth-anonymous-refused",
                                       "auth-client-id-not-allowed", "mqtt-version-refused",
                                       "mqtt-refused"};
  return std::find(refusals.begin(), refusals.end(), told.id) != refusals.end();
}

}  // namespace mqttkit::doctor
