// The sentences of what meaning_watch notices.
#include <array>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* kept_states =
    N_("Publish it with the retain flag: then whoever subscribes later gets it at once.");

constexpr std::array rows{
    remark_row{noticed::copies_by_overlap, "delivery-duplicated", weight::note,
               N_("{who} gets each message for \"{topic}\" {count} times: more than one of its "
                  "filters matches it ({asked}), and this broker sends one copy for each, as MQTT "
                  "allows."),
               N_("Subscribe to the wider filter only, and sort the messages by topic in the app; "
                  "or use a connection of its own for the wider one."),
               "", true},
    remark_row{noticed::copies_by_writers, "delivery-duplicated", weight::note,
               N_("{who} and {other} publish the same messages to \"{topic}\" ({count} of them, "
                  "within moments): every reader gets each twice."),
               N_("Two gateways hear one device, or one program runs twice: stop one, or give each "
                  "a topic of its own."),
               "", true},
    remark_row{noticed::copies_by_itself, "delivery-duplicated", weight::note,
               N_("{who} itself publishes each message to \"{topic}\" twice within a second "
                  "({count} of them): every reader gets it twice."),
               N_("Look in the app for two calls, two timers or two rules that publish it."), "",
               true},
    remark_row{noticed::copies_by_broker, "delivery-duplicated", weight::note,
               N_("{who} gets each message for \"{topic}\" {count} times, although it was "
                  "published once and one of its filters matches ({asked}): the broker sends it "
                  "more than once."),
               N_("The broker keeps a subscription twice, or a bridge hands its messages round: "
                  "update it, look at its bridges, and subscribe to each filter once."),
               "", true},
    remark_row{noticed::copies_beside, "delivery-duplicated", weight::note,
               N_("The same messages come to \"{topic}\" and to \"{answer}\" within moments, from "
                  "two clients: who subscribes to both gets each twice."),
               N_("Two gateways hear one device: let the reader take one of the topics, or leave "
                  "out what it had just before.")},
    remark_row{noticed::connected_twice, "delivery-duplicated", weight::note,
               N_("Two connections of {address} subscribe to the same filters ({first}, "
                  "{second}): each gets every message. If both are one app, it is connected "
                  "twice and sees everything twice."),
               N_("Let the app close the old connection before it opens another, and connect "
                  "once only.")},
    remark_row{noticed::own_returns, "delivery-own-message", weight::note,
               N_("{who} gets back its own messages to \"{topic}\" ({count} of them), as it is "
                  "subscribed to that topic itself: MQTT sends them to every subscriber."),
               N_("Subscribe to another topic than the one it publishes to, or, in MQTT 5, with "
                  "the option No Local.")},
    remark_row{noticed::command_kept, "delivery-retained-present", weight::note,
               N_("{who} gets a retained message of \"{topic}\" when it subscribes: a command "
                  "given earlier."),
               N_("If it is not to be carried out at each start, publish commands without retain, "
                  "and clear this one with an empty retained message (mosquitto_pub -r -n -t "
                  "'{topic}').")},
    remark_row{
        noticed::command_kept_again, "delivery-retained-present", weight::note,
        N_("{who} gets the retained message of \"{topic}\" whenever it subscribes ({count} "
           "times here): a command given once is carried out again at each start."),
        N_("Unless it is a setting that is to be taken up again, publish it without retain, and "
           "clear this one with an empty retained message (mosquitto_pub -r -n -t '{topic}')."),
        "", true},
    remark_row{noticed::kept_again, "delivery-retained-present", weight::note,
               N_("{who} subscribes to the same filter again on one connection, and each time the "
                  "broker sends the retained message of \"{topic}\" again ({count} times)."),
               N_("Subscribe only to what is new, or, in MQTT 5, with Retain Handling 1."), "",
               true},
    remark_row{noticed::kept_is_last, "delivery-retained-present", weight::note,
               N_("{other} published {count} retained messages to \"{topic}\" before anybody "
                  "subscribed, and {who} gets the last of them: a broker retains one for each "
                  "topic."),
               N_("Where none is to be missed, let the reader subscribe first, with clean session "
                  "off, a fixed client identifier and QoS 1.")},
    remark_row{noticed::kept_is_gone, "delivery-retained-misunderstood", weight::note,
               N_("{other} published a retained message to \"{topic}\", and {who}, which "
                  "subscribed {time} later, did not get it: the broker no longer has it."),
               N_("The broker was restarted without persistence (mosquitto: persistence true), or "
                  "gives retained messages to no wildcard (RabbitMQ). Let the app publish them "
                  "again after each connect."),
               "", true},
    remark_row{noticed::kept_not_by_wildcard, "delivery-retained-misunderstood", weight::note,
               N_("{who} does not get the retained message of \"{topic}\" by its wildcard, and "
                  "others get it by the exact topic: this broker gives retained messages to no "
                  "wildcard (RabbitMQ does so)."),
               N_("Subscribe to the exact topics as well, or use another broker."), "", true},
    remark_row{
        noticed::old_name_stays, "delivery-state-stays", weight::note,
        N_("{who} now tells its state on \"{answer}\", and the retained \"{text}\" on "
           "\"{topic}\", its topic before, stays: whoever looks there takes it for there "
           "still."),
        N_("Clear the old one with an empty retained message (mosquitto_pub -r -n -t '{topic}'); "
           "let the app do so whenever its topic is changed."),
        "", true},
    remark_row{noticed::gave_up, "delivery-not-subscribed", weight::note,
               N_("{who} unsubscribed from \"{asked}\" as soon as it had the subscription, and "
                  "has not subscribed again; messages for that filter since then: {count}."),
               N_("Look in the app for an UNSUBSCRIBE that comes behind the SUBSCRIBE: it must "
                  "wait for UNSUBACK before it subscribes again."),
               "", true},
    remark_row{noticed::published_early, "delivery-not-subscribed", weight::note,
               N_("{who} published to \"{topic}\" before the SUBACK of its own subscription to it "
                  "had come, and did not get the message: the subscription did not stand yet."),
               N_("Publish only once SUBACK has come (in the callback of subscribe)."), "", true},
    remark_row{noticed::one_each, "session-one-for-each-message", weight::note,
               N_("{address} connects anew for each message ({count} connections in {time}): "
                  "that costs far more than the messages do."),
               N_("Keep one connection open and publish over it. mosquitto_pub -l reads a line "
                  "for each message.")},
    remark_row{noticed::topic_rewritten, "delivery-topic-rewritten", weight::note,
               N_("What was published to \"{topic}\" comes to {who} as \"{answer}\": the broker "
                  "makes slashes of the dots, as RabbitMQ does."),
               N_("Use no dots in topics, or let the readers expect both forms."), "", true},
    remark_row{noticed::empty_between, "delivery-payload-odd", weight::note,
               N_("{who} publishes empty messages to \"{topic}\" among JSON ({count} of "
                  "{total}): a reader of JSON stumbles over them."),
               N_("Publish nothing where there is no value; an empty message is for clearing a "
                  "retained one, with retain.")},
    remark_row{noticed::from_old_session, "session-stale-subscriptions", weight::note,
               N_("{who} gets \"{topic}\", for which it has not subscribed on this connection: its "
                  "session has still a subscription from before."),
               N_("Unsubscribe from it once, or connect once with Clean Session (MQTT 5: Clean "
                  "Start): what waits in the session is lost by that."),
               "", true},
    remark_row{
        noticed::unasked, "delivery-unasked", weight::note,
        N_("{who} gets \"{topic}\", which matches none of its filters: the broker subscribed "
           "for it (EMQX: auto subscribe; clouds do so), or does not match as MQTT does."),
        N_("Let the app look at the topic of each message.")},
    remark_row{
        noticed::went_silent, "delivery-went-silent", weight::note,
        N_("{who} published to \"{topic}\" {count} times, and not for {time} since, while it "
           "publishes other topics."),
        N_("What it reads that value from has stopped, or it sends changes only.")},
    remark_row{noticed::kept_missing, "delivery-queue-overflow", weight::note,
               N_("While {who} was away for {time}, {count} messages of QoS 1 or 2 were published "
                  "for its session, and {limit} came when it was back: the broker did not keep the "
                  "others."),
               N_("Its queue was full, or it drops messages after a time: raise those limits "
                  "(mosquitto: max_queued_messages; mochi: MaximumMessageExpiryInterval)."),
               "", true},
    remark_row{noticed::overwritten, "delivery-overwritten", weight::note,
               N_("{who} and {other} publish different retained messages to the same topic "
                  "\"{topic}\" and replace each other's: only the last of them counts."),
               N_("Give each device topics and an identifier of its own in its discovery."), "",
               true},
    remark_row{
        noticed::plus_withheld, "delivery-wildcard-misread", weight::cause,
        N_("{other} published to \"{topic}\", and {who}, subscribed to \"{asked}\", does "
           "not get it: its + stands where the topic has an empty level, and some brokers do "
           "not count that, as MQTT does."),
        N_("Take the empty level (a / at the end, or two in a row) out of the topic."),
        "auth-acl-read-denied-silently"},
    remark_row{noticed::acknowledged_late, "delivery-acknowledged-late", weight::note,
               N_("The broker takes {time} to acknowledge a message of {who} ({count} of them): "
                  "an app that waits for that sends no faster."),
               N_("The broker waits (a buffer, its disk, a plugin), or the way is slow. Send the "
                  "next message before the last one is acknowledged, or at QoS 0.")},
    remark_row{noticed::kept_is_old, "delivery-retained-present", weight::note,
               N_("{who} gets only the retained message of \"{topic}\", {time} old: {other}, which "
                  "published it, has gone."),
               N_("A retained message has no age: let the reader look at the retain flag or at a "
                  "time in the message, or publish such readings without retain (in MQTT 5, with "
                  "a Message Expiry Interval).")},
    remark_row{noticed::kept_is_older, "delivery-retained-present", weight::note,
               N_("{who} gets an older retained message of \"{topic}\" than the last one that "
                  "{other} published {time} before: that one was sent without retain and replaces "
                  "nothing."),
               N_("Publish all messages of that topic with retain or all without; clear the old "
                  "one with an empty retained message (mosquitto_pub -r -n -t '{topic}')."),
               "", true},
    remark_row{noticed::state_not_kept, "delivery-retained-misunderstood", weight::note,
               N_("{other} published \"{text}\" to \"{topic}\" without retain, and {who} "
                  "subscribed {time} later: it never learns of it."),
               kept_states, "", true},
    remark_row{noticed::published_too_early, "delivery-retained-misunderstood", weight::note,
               N_("{other} published to \"{topic}\" without retain {time} before {who} subscribed, "
                  "when nobody did, and not since: the message is gone."),
               N_("Let the reader subscribe first, or publish it with the retain flag: then "
                  "whoever subscribes later gets it at once."),
               "", true},
    remark_row{noticed::will_kept_birth_not, "delivery-state-stays", weight::note,
               N_("{who} leaves a retained will on \"{topic}\" (\"{text}\"), and publishes the "
                  "opposite there without retain: once its connection was lost, whoever "
                  "subscribes later finds the will, although it is connected."),
               N_("Publish that message with retain as well, after each connect."), "", true},
    remark_row{noticed::birth_kept_will_not, "delivery-state-stays", weight::note,
               N_("{who} publishes its state to \"{topic}\" with retain, and its will there "
                  "(\"{text}\") is without: once it is gone, whoever subscribes later still finds "
                  "it there."),
               N_("Set the retain flag of the will as well."), "", true},
    remark_row{noticed::state_stays, "delivery-state-stays", weight::note,
               N_("\"{topic}\" holds the retained will of {who} (\"{text}\"), which is connected "
                  "again and publishes nothing there: it is taken for offline."),
               N_("Let the app publish its state there, with retain, after every connect, not only "
                  "after the first."),
               "", true},
    remark_row{noticed::cleared_without_flag, "delivery-retained-misunderstood", weight::note,
               N_("{who} publishes an empty message to \"{topic}\" without the retain flag: that "
                  "does not clear the retained message there."),
               N_("Clear it with an empty message that has retain set: mqtt-pub -t \"{topic}\" -r "
                  "-n (mosquitto_pub has the same options)."),
               "", true},
    remark_row{noticed::identifier_changes, "session-identifier-changes", weight::note,
               N_("{address} comes with another client identifier each time ({ids}), and each asks "
                  "for a session that stays: what is kept for one never reaches the next, and the "
                  "broker's sessions pile up."),
               N_("Give the app a fixed client identifier; with a random one, set clean session "
                  "(in MQTT 5 Session Expiry Interval 0)."),
               "", true},
    remark_row{noticed::qos0_while_away, "delivery-qos0-not-queued", weight::note,
               N_("While {who} was away for {time}, messages for it came at QoS 0 ({count}, such "
                  "as \"{topic}\"): the broker keeps none of these for its session."),
               N_("Publish at QoS 1 what is to wait for it."), "", true},
    remark_row{noticed::subscribed_qos0_away, "delivery-qos0-not-queued", weight::note,
               N_("While {who} was away for {time}, messages for it came ({count}, such as "
                  "\"{topic}\"), and its subscription is of QoS 0: the broker keeps none of these "
                  "for its session."),
               N_("Subscribe at QoS 1 to what is to wait for it."), "", true},
    remark_row{noticed::session_lost_missed, "session-not-kept", weight::cause,
               N_("{who} came back after {time} and asked for its session, and the broker no "
                  "longer had it (Session Present 0); lost of what was sent for it in between, in "
                  "messages: {count}."),
               N_("The broker was restarted without persistence (mosquitto: persistence true), "
                  "removes sessions early, or is another one of several.")},
    remark_row{noticed::session_burst, "session-messages-waiting", weight::note,
               N_("{who} gets {count} messages at once when it comes back: the broker had kept "
                  "them for its session while it was away."),
               N_("If they are not wanted, connect with clean session, or publish at QoS 0 (in "
                  "MQTT 5, with a Message Expiry Interval).")},
    remark_row{noticed::shared_turns, "delivery-shared-turns", weight::note,
               N_("{who} gets {count} of {total} messages for \"{asked}\": in a shared "
                  "subscription each message goes to only one of the members, here {members}."),
               N_("Where each is to get all, subscribe without $share/GROUP/.")},
    remark_row{
        noticed::shared_to_all, "delivery-shared-not-supported", weight::note,
        N_("Each of the {members} members of \"{asked}\" gets every message: the broker does "
           "not share them out."),
        N_("It knows no shared subscriptions, or not in this version of MQTT: look what it "
           "documents for $share/GROUP/."),
        "", true},
    remark_row{
        noticed::shared_waits, "delivery-shared-turns", weight::note,
        N_("{who} is a member of the shared subscription \"{asked}\" and was away, and its session "
           "stays: {count} of {total} messages came to none of those that were connected, as the "
           "broker shares out to the one that is away as well."),
        N_("Let {who} connect again as it was: it gets what waits for it, or UNSUBSCRIBE before it "
           "leaves. Members that come and go connect with clean session (MQTT 5: Session Expiry "
           "Interval 0).")},
    remark_row{
        noticed::shared_lost, "delivery-shared-subscription", weight::note,
        N_("{count} of {total} messages for the shared subscription \"{asked}\" came to none of "
           "its members, although {members} were connected."),
        N_("Look in the broker for a member that was not seen here (its list of subscriptions or "
           "sessions: one that is away, on another node, or that may not read this), and end what "
           "is no longer used.")},
    remark_row{
        noticed::shared_unserved, "delivery-shared-not-supported", weight::note,
        N_("None of {count} messages for the shared subscription \"{asked}\" came to any of its "
           "members ({members} were connected): the broker takes $share/GROUP/ for a part of the "
           "topic, or does not let them read this."),
        N_("Subscribe once without $share/GROUP/: if the messages come then, the broker knows no "
           "shared subscriptions, or not in this version of MQTT; else see its access rules.")},
    remark_row{noticed::shared_published, "delivery-topic-differs", weight::cause,
               N_("{who} publishes to \"{topic}\": that is the form of a shared subscription, and "
                  "no subscriber gets it."),
               N_("Publish to \"{mended}\"; only who subscribes writes $share/GROUP/ before it.")},
    remark_row{noticed::nothing_published, "delivery-nothing-published", weight::note,
               N_("{who} is subscribed to {asked}, and in {time} nobody published anything that "
                  "matches; published was {topic}."),
               N_("Compare both, and look whether the other side publishes at all, and to this "
                  "broker.")},
    remark_row{noticed::payload_odd, "delivery-payload-odd", weight::note, "", ""},
    remark_row{noticed::response_topic_lost, "delivery-response-topic", weight::note,
               N_("{who} asks on \"{topic}\" with the Response Topic \"{answer}\", and the broker "
                  "hands the message to {other} without it: the answer finds no way."),
               N_("The broker drops the properties of MQTT 5: update it, or put the topic for the "
                  "answer into the message."),
               "", true},
    remark_row{noticed::response_topic_unread, "delivery-response-topic", weight::note,
               N_("{who} asks on \"{topic}\" with the Response Topic \"{answer}\", and {other} "
                  "speaks MQTT 3.1.1, which has no properties: it is not told where to answer."),
               N_("Let the answering side connect with MQTT 5, or put the topic for the answer "
                  "into the message."),
               "", true},
    remark_row{noticed::response_unsubscribed, "delivery-response-topic", weight::note,
               N_("{who} asks on \"{topic}\" with the Response Topic \"{answer}\", and nobody is "
                  "subscribed to that: no answer can arrive."),
               N_("Subscribe to the Response Topic before the request is published."), "", true},
    remark_row{noticed::response_never_sent, "delivery-response-topic", weight::note,
               N_("{who} asks on \"{topic}\" ({count} times); {other} gets it with the Response "
                  "Topic \"{answer}\", and nobody publishes there."),
               N_("Let the answering side publish to the Response Topic of the message, with its "
                  "Correlation Data."),
               "", true},
};

}  // namespace

std::span<const remark_row> meant_rows() noexcept { return rows; }

bool is_meaning(const remark_row& row) noexcept { return row.what >= noticed::copies_by_overlap; }

}  // namespace mqttkit::doctor
