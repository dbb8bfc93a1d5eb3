// The sentences of what arrival_watch notices, and how well each thing fits what is seen.
#include <algorithm>
#include <array>

#include "mqtt-doctor/listen/arrival_watch.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* keep_order =
    N_("Publish what has to keep its order from one connection, to one topic, at one QoS; or put a "
       "number or a time into the message and sort by it.");
constexpr const char* know_again =
    N_("QoS 1 allows that. Let the reader know a message again (an identifier or number in it), or "
       "use QoS 2 on both sides.");

constexpr std::array rows{
    // ---- nothing, or not all
    remark_row{noticed::rests_on_session, "delivery-not-subscribed", weight::note,
               N_("{who} takes up its session of before, subscribes to nothing on this connection, "
                  "and gets nothing: no subscription of that session takes in what others publish "
                  "meanwhile (messages: {count}, the last to \"{topic}\")."),
               N_("Let the app subscribe after each CONNACK, whether or not the session was there: "
                  "a topic that was added to its settings is in no old session.")},
    remark_row{noticed::unsubscribed_since, "delivery-not-subscribed", weight::note,
               N_("{who} unsubscribed from \"{asked}\" {time} ago and has not subscribed again; "
                  "messages for that filter since then: {count}."),
               N_("Look in the app for what unsubscribes (a page that is closed, a second part of "
                  "the app with the same filter), and subscribe again.")},
    remark_row{noticed::unsubscribed_before, "delivery-not-subscribed", weight::note,
               N_("{who} unsubscribed from \"{asked}\" just before it left: its session keeps "
                  "nothing for that filter; messages for it meanwhile: {count}."),
               N_("Leave without UNSUBSCRIBE: the subscription has to stay in the session.")},
    remark_row{noticed::nobody_published, "delivery-nothing-published", weight::note,
               N_("{who} has been subscribed to \"{asked}\" for {time}, and in that time nobody "
                  "published anything at all to this broker."),
               N_("Look at the side that is to publish: whether it is connected, and to this "
                  "broker and port.")},
    remark_row{noticed::published_elsewhere, "delivery-two-brokers", weight::note,
               N_("{other} publishes to \"{topic}\" at {there} ({count} messages), and {who} "
                  "subscribes to \"{asked}\" at {here}: these are two brokers, unless both are "
                  "addresses of one, and nothing of it came over."),
               N_("Enter the same broker address in both apps, {here} or {there}; or let a bridge "
                  "pass the topic on. What is published at a public broker, others read as "
                  "well.")},
    remark_row{noticed::writer_gone, "delivery-went-silent", weight::note,
               N_("{other}, which published to \"{topic}\" ({count} messages), has gone, and {who} "
                  "has got nothing there for {time}: the subscription stands."),
               N_("Look at that device: it lost its power or network, or its app ended.")},
    remark_row{noticed::writer_quiet, "delivery-went-silent", weight::note,
               N_("{other} published to \"{topic}\" every {usual} ({count} messages) and has not "
                  "for {time}, although it is connected: {who} is subscribed, and nothing comes."),
               N_("What it reads that value from has stopped, or it sends changes only.")},
    remark_row{noticed::lost_at_broker, "delivery-queue-overflow", weight::note,
               N_("{count} of {total} messages that {other} published to \"{topic}\" were not sent "
                  "to {who}, which was connected and got the others."),
               N_("The broker drops what its queue for a client cannot hold, and at QoS 0 what the "
                  "client does not read in time: let the app read and acknowledge faster, publish "
                  "at QoS 1, and raise the queue (mosquitto: max_queued_messages).")},
    remark_row{noticed::not_passed_on, "delivery-not-handed-on", weight::note,
               N_("The broker took {count} messages, the last of them to \"{topic}\" from {other}, "
                  "and sent them to nobody, although {who} subscribes to that; others came "
                  "({came}). What those that came did not have: {what}."),
               N_("Leave that out in the app that publishes, and see how the broker is set up for "
                  "it (what it takes, what it keeps, the rights of both users), or update it.")},
    remark_row{noticed::lost_while_away, "session-clean-session", weight::note,
               N_("{who} was not connected for {time}, and what is published meanwhile is not kept "
                  "for it: {count} messages for its filters, such as to \"{topic}\"."),
               N_("Have them kept: clean session off (MQTT 5: a Session Expiry Interval), a fixed "
                  "client identifier, and QoS 1 of the messages and of the subscription. And see "
                  "why the connection ends.")},
    remark_row{noticed::writer_away, "delivery-went-silent", weight::note,
               N_("{who}, which publishes about every {usual}, was itself not connected for "
                  "{time}: nothing was published in that time."),
               N_("Look why its connection ended; let the app keep what it could not send, with "
                  "its time, and send it at QoS 1 when it is back.")},
    remark_row{
        noticed::beside_filter, "delivery-topic-differs", weight::note,
        N_("{other} also publishes to \"{topic}\" ({count} messages), and no filter of {who} "
           "takes that in (\"{asked}\"), nor anybody else's."),
        N_("Subscribe to that topic as well: + stands for one level, # at the end for all "
           "below.")},

    remark_row{
        noticed::prefix_changed, "delivery-topic-differs", weight::note,
        N_("{other} published to \"{before}\", which {who} is subscribed to, and since then the "
           "same "
           "to \"{topic}\" ({count} messages): the two differ only in what stands in front, and no "
           "filter takes the second one in (\"{asked}\")."),
        N_("Give all of its topics one prefix, in the writer or in the bridge that hands them on "
           "(mosquitto: the last two words of a topic line are put in front), or subscribe to "
           "both.")},
    remark_row{
        noticed::never_came_back, "delivery-not-subscribed", weight::note,
        N_("The connection of {who} ended {time} before the end, and it has not connected again "
           "where it was watched; published for its filters meanwhile: {count} messages, such as "
           "to "
           "\"{topic}\"."),
        N_("Let the app connect again by itself, with growing pauses, and subscribe after each "
           "CONNACK: many libraries have that switched off (Paho: automatic reconnect) or leave it "
           "to the program.")},
    remark_row{
        noticed::kept_too_large, "mqtt-packet-too-large", weight::cause,
        N_("The retained message of \"{topic}\" has {size} bytes, and {who}, which subscribes to "
           "it "
           "(\"{asked}\"), takes packets of {limit} bytes at most (its Maximum Packet Size): the "
           "broker does not send it that."),
        N_("Raise Maximum Packet Size in the app that receives, or keep less in one message.")},

    // ---- twice
    remark_row{noticed::sent_at_next, "delivery-duplicated", weight::note,
               N_("{who} lost its connection before its message to \"{topic}\" was acknowledged, "
                  "and sent it again on the next one (times: {count}): where the broker had it "
                  "already, it hands it out twice."),
               know_again},
    remark_row{noticed::given_at_next, "delivery-duplicated", weight::note,
               N_("The broker sends {who} messages for \"{topic}\" again on a new connection "
                  "(times: {count}), as their acknowledgement had not come before the old one "
                  "ended."),
               know_again},
    remark_row{noticed::given_for_wrong_number, "delivery-duplicated", weight::note,
               N_("The broker sends {who} messages for \"{topic}\" again on a new connection "
                  "(times: {count}): {who} acknowledges them with a packet identifier of another "
                  "message (PUBACK {number} while {open} was open), so that they count as not "
                  "received."),
               N_("Correct the app, or update its library: PUBACK and PUBREC repeat the packet "
                  "identifier of the PUBLISH that they answer.")},
    remark_row{
        noticed::kept_and_waiting, "delivery-retained-present", weight::note,
        N_("{who} gets a message of \"{topic}\" twice when it comes back (times: {count}): once "
           "because its session kept it while it was away, and once as the retained message, "
           "when it subscribes."),
        N_("Where the session is kept there is no need to subscribe again (Session Present); in "
           "MQTT 5, Retain Handling 1 leaves the retained ones out then. Or publish without "
           "retain.")},
    remark_row{noticed::kept_once_more, "delivery-retained-present", weight::note,
               N_("{who} gets the retained message of \"{topic}\", which it had already, again "
                  "after each new connection (times: {count})."),
               N_("Let the app tell such messages by their retain flag, or publish them without "
                  "retain; in MQTT 5, Retain Handling 1 leaves them out where the session was "
                  "kept.")},

    remark_row{
        noticed::shared_twice, "delivery-duplicated", weight::note,
        N_("\"{topic}\" is shared under two names ({list}): each of the groups gets every "
           "message, so two of their members do."),
        N_("Let all members subscribe with the same name behind $share/, letter by letter.")},
    remark_row{noticed::shared_and_plain, "delivery-duplicated", weight::note,
               N_("{who} has \"{topic}\" in its shared subscription \"{asked}\" and in another of "
                  "its own: the one gives it its part, the other all."),
               N_("Unsubscribe one of the two; a session that is kept may hold the older.")},

    // ---- late
    remark_row{noticed::sender_burst, "delivery-late", weight::note,
               N_("{who} was away for {time} and sent {count} messages to \"{topic}\" at once when "
                  "it was back: it had kept them back until then, and its readers got them "
                  "together."),
               N_("See why its connection ended. Put the time into each message, so that a reader "
                  "knows which are late; or let the app throw away what it could not send.")},
    remark_row{noticed::sender_batches, "delivery-late", weight::note,
               N_("{who} sends its messages to \"{topic}\" many at a time: about {count} at once, "
                  "every {time} ({total} in all). It collects them, the broker does not."),
               N_("Look for a buffer, a batch size or a sleep in the app that publishes, and "
                  "publish each message when it is there.")},
    remark_row{noticed::reader_batch, "session-messages-waiting", weight::note,
               N_("{who} was away for {time} and gets {count} messages at once when it is back: "
                  "the broker kept them for its session."),
               N_("Let the app stay connected. If what is late is of no use, use clean session or "
                  "QoS 0 (what comes meanwhile is lost by that), or, in MQTT 5, a Message Expiry "
                  "Interval.")},
    remark_row{noticed::reader_acks_late, "delivery-slow-consumer", weight::note,
               N_("{who} takes {time} to acknowledge a message ({count} of {total}): what comes "
                  "behind waits in the broker."),
               N_("Acknowledge first and work afterwards: let the message callback return at once "
                  "and put the work into a queue of the app's own.")},
    remark_row{noticed::held_by_broker, "delivery-late", weight::note,
               N_("Messages to \"{topic}\" lie in the broker for up to {time} before it sends them "
                  "to {who} ({count} of {total}), which was connected and had nothing open."),
               N_("Something in the broker holds them: a rule, a plugin, a bridge, a limit of its "
                  "rate, or a machine that is too busy. Its log and its load at that time tell.")},
    remark_row{
        noticed::reacts_late, "delivery-slow-consumer", weight::note,
        N_("{who} is sent what others publish at once, such as \"{topic}\", and answers (with "
           "\"{answer}\") up to {time} later: the time is lost in that app, in front of the "
           "message in its own queue or at its work."),
        N_("Let the app read all that has come in each round of its loop and work with the "
           "newest; take out waits (delay, sleep) and work that takes long, or give that to "
           "another thread or task.")},
    remark_row{noticed::reacts_behind_own, "delivery-own-message", weight::note,
               N_("{who} gets its own messages back, as its filter \"{asked}\" takes them in "
                  "({count} of {total}), and what others publish, such as \"{topic}\", stands in "
                  "line behind them: it answers (with \"{answer}\") up to {time} later."),
               N_("Subscribe to the topics only that others publish for it, no # over its own; in "
                  "MQTT 5 the option No Local leaves its own out. And let it read all that has "
                  "come in each round of its loop.")},
    remark_row{noticed::delayed_topic, "delivery-late", weight::note,
               N_("{who} publishes to \"{topic}\": EMQX hands that out only after the seconds in "
                  "its second level, and other brokers never do."),
               N_("Publish to the topic without $delayed/SECONDS/ in front.")},

    // ---- another order
    remark_row{noticed::order_by_qos, "delivery-disordered", weight::note,
               N_("Messages to \"{topic}\" overtake each other on the way to {who} (times: "
                  "{count}): they are of different QoS, and MQTT keeps the order within one QoS "
                  "only."),
               keep_order},
    remark_row{noticed::order_by_resending, "delivery-disordered", weight::note,
               N_("Messages to \"{topic}\" that {other} sent again after its connection had ended "
                  "come behind newer ones (times: {count})."),
               N_("Let the library send what is open before anything new, or one message at a time "
                  "(an in-flight limit of 1); or put a number into the message and leave out what "
                  "is older.")},
    remark_row{noticed::order_by_repeating, "delivery-disordered", weight::note,
               N_("The broker gives {who} messages to \"{topic}\" again that it had not "
                  "acknowledged before its connection ended, behind newer ones (times: {count})."),
               N_("Let the app acknowledge each message in turn, or leave out what is older than "
                  "the last (a number in the message); in MQTT 5, Receive Maximum 1 keeps one "
                  "message at a time under way.")},
    remark_row{noticed::order_by_writers, "delivery-disordered", weight::note,
               N_("Messages of two clients to \"{topic}\" come to {who} in another order than they "
                  "were published in (times: {count}): MQTT keeps the order of one client only."),
               keep_order},
    remark_row{noticed::order_at_broker, "delivery-disordered", weight::note,
               N_("The broker sends {who} messages to \"{topic}\" in another order than {other} "
                  "published them in (times: {count}), at one QoS and on one connection."),
               N_("A broker of several nodes or with several queues does so, or a bridge: see what "
                  "it says of ordered topics. Put a number into the message and sort by it.")},
    remark_row{noticed::order_at_writer, "delivery-disordered", weight::note,
               N_("{who} itself publishes to \"{topic}\" in another order than its numbers have "
                  "(times: {count}, such as {text}): the order is lost in that app, before MQTT."),
               N_("Several threads, tasks or callbacks publish at a time there: let one queue pass "
                  "all of them on.")},
    remark_row{noticed::several_writers, "delivery-unasked", weight::note,
               N_("{count} clients publish to \"{topic}\" ({list}): a reader gets the messages of "
                  "all of them, in no certain order among each other."),
               N_("If only one of them is meant, find out what the others are, and give each a "
                  "topic of its own.")},
    remark_row{noticed::several_levels, "delivery-disordered", weight::note,
               N_("{who} publishes to \"{topic}\" at more than one QoS: MQTT keeps the order "
                  "within one QoS only."),
               keep_order},

    // ---- missed while away
    remark_row{noticed::away_too_long, "session-expired-while-away", weight::note,
               N_("{who} was away for {time}, longer than its session lasts (Session Expiry "
                  "Interval {limit} s); lost of what came for it after that: {count} messages."),
               N_("Set a longer Session Expiry Interval in the app; the broker's own limit may cap "
                  "it (mosquitto: persistent_client_expiration).")},
    remark_row{
        noticed::expiry_zeroed, "session-v5-expires-at-once", weight::note,
        N_("{who} set Session Expiry Interval 0 in its DISCONNECT: that ended its session at "
           "once, and {count} messages for it in the next {time} were not kept."),
        N_("Leave the Session Expiry Interval out of DISCONNECT.")},
    remark_row{noticed::identifier_differs, "session-identifier-changes", weight::note,
               N_("The app that was connected as {first} came back as {second}: that is another "
                  "session, and what is kept for the first one ({count} messages) waits there."),
               N_("Give the app one fixed client identifier. What waits is handed out when it "
                  "connects with the old one once more.")},

    // ---- what was not asked for
    remark_row{
        noticed::own_by_wide, "delivery-own-message", weight::note,
        N_("{who} gets back its own messages to \"{topic}\" ({count} of them), as its filter "
           "\"{asked}\" takes them in: MQTT sends them to every subscriber."),
        N_("Subscribe to a narrower filter, publish under another prefix, or, in MQTT 5, "
           "subscribe with the option No Local.")},
    remark_row{noticed::filter_is_wide, "delivery-filter-wide", weight::note,
               N_("The filter \"{asked}\" of {who} takes in {total} topics, such as {topic}: "
                  "{count} messages came."),
               N_("Subscribe to the topics that are needed only; + stands for exactly one level, # "
                  "for all below.")},
    remark_row{noticed::unsubscribed_other, "delivery-filter-wide", weight::note,
               N_("{who} unsubscribed from \"{asked}\", to which it had not subscribed: its "
                  "subscription \"{filter}\" stands as it was."),
               N_("UNSUBSCRIBE has to name the filter just as SUBSCRIBE did, letter by letter; one "
                  "topic cannot be taken out of a wildcard.")},

    // ---- too much
    remark_row{noticed::loudest, "delivery-flood", weight::note,
               N_("{who} sends {count} of {total} messages ({rate} per second), most of them to "
                  "\"{topic}\"."),
               N_("Let it publish less often, only what changed, or several values in one "
                  "message.")},
    remark_row{noticed::topics_without_end, "delivery-flood", weight::note,
               N_("{who} publishes to a new topic each time: {once} of {topics} topics got one "
                  "message, such as \"{name}\"."),
               N_("Put what changes (a time, a number) into the message and not into the topic. "
                  "Where they are retained, clear each with an empty retained message; restarting "
                  "does not.")},
    remark_row{
        noticed::same_again, "delivery-flood", weight::note,
        N_("{who} publishes to \"{topic}\" every {time}, and {count} of {total} messages say "
           "the same as the one before."),
        N_("Publish when the value changes, and now and then besides; with retain who comes "
           "later knows it as well.")},
    remark_row{noticed::connects_often, "session-flaps", weight::note,
               N_("{who} connected {count} times in {time}."),
               N_("Let it keep one connection, and see what ends it; a longer wait before it "
                  "connects again eases the broker.")},
    remark_row{
        noticed::kept_flood, "delivery-retained-present", weight::note,
        N_("{who} gets {count} retained messages at once when it subscribes."),
        N_("Clear retained messages that nobody needs (mosquitto_pub -r -n -t TOPIC, for each "
           "topic; they are gone then), or subscribe to fewer topics.")},
    remark_row{
        noticed::session_piles, "session-messages-waiting", weight::note,
        N_("{who} has been away for {time}, and the broker keeps all of its messages for its "
           "session: {count} so far."),
        N_("If it does not come back, end its session: connect once with its identifier and "
           "clean session (what waits is lost by that). A limit helps (mosquitto: "
           "persistent_client_expiration, max_queued_messages).")},
    remark_row{noticed::pings_often, "delivery-flood", weight::note,
               N_("{who} sent {count} PINGREQ in {time}: its keep alive is short."),
               N_("Set a keep alive of 60 seconds, unless its loss has to be noticed sooner.")},
    remark_row{noticed::subscribes_often, "delivery-flood", weight::note,
               N_("{who} subscribed to \"{asked}\" {count} times: each time it gets the retained "
                  "messages anew."),
               N_("Subscribe once after each CONNACK.")},
};

}  // namespace

std::span<const remark_row> arrival_rows() noexcept { return rows; }

std::optional<strength> fit_of(symptom seen, noticed what) noexcept {
  using enum symptom;
  struct fit {
    symptom seen;
    noticed what;
    strength how;
  };
  // What may be behind it, and is there in sessions in which nothing of it is seen as well.
  static constexpr std::array fits{
      fit{some_missing, noticed::qos_lower_than_sent, strength::fits},
      fit{some_missing, noticed::qos_granted_lower, strength::fits},
      fit{some_missing, noticed::went_silent, strength::leaning},
      fit{some_missing, noticed::session_burst, strength::fits},
      fit{some_missing, noticed::overwritten, strength::leaning},
      fit{some_missing, noticed::rests_on_session, strength::leaning},
      fit{missed_while_away, noticed::qos_lower_than_sent, strength::fits},
      fit{missed_while_away, noticed::qos_granted_lower, strength::fits},
      fit{missed_while_away, noticed::clean_session, strength::leaning},
      fit{missed_while_away, noticed::expires_at_once, strength::leaning},
      fit{twice, noticed::own_returns, strength::usual},
      fit{twice, noticed::own_by_wide, strength::leaning},
      fit{twice, noticed::connected_twice, strength::usual},
      fit{twice, noticed::command_kept, strength::leaning},
      fit{twice, noticed::subscribes_often, strength::leaning},
      fit{twice, noticed::same_again, strength::fits},
      fit{late, noticed::acknowledged_late, strength::agreed},
      fit{late, noticed::connack_late, strength::leaning},
      fit{unwanted, noticed::command_kept, strength::leaning},
      fit{unwanted, noticed::own_by_wide, strength::agreed},
      fit{unwanted, noticed::kept_once_more, strength::leaning},
      fit{too_much, noticed::connected_twice, strength::leaning},
      fit{too_much, noticed::reader_batch, strength::leaning},
      fit{nothing_arrives, noticed::never_subscribed, strength::agreed},
      fit{nothing_arrives, noticed::nothing_published, strength::agreed},
      fit{nothing_arrives, noticed::own_by_wide, strength::fits},
      fit{wrong_order, noticed::several_writers, strength::leaning},
      fit{wrong_order, noticed::shared_turns, strength::leaning},
  };
  const auto found = std::find_if(fits.begin(), fits.end(), [&](const fit& each) {
    return each.seen == seen && each.what == what;
  });
  return found == fits.end() ? std::nullopt : std::optional(found->how);
}

}  // namespace mqttkit::doctor
