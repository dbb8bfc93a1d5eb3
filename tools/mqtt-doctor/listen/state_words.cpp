// The sentences of what state_watch notices, and what a user may see of it.
#include <array>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* announce_again =
    N_("Publish announcements with the retain flag, or again whenever the program that lists says "
       "\"online\" (Home Assistant: subscribe to homeassistant/status).");
constexpr const char* tell_also_status =
    N_("Set a will with the retain flag on the topic of the status, publish the status there with "
       "retain after each connect, and choose a keep alive of 60 s or less.");

constexpr std::array rows{
    // ---- old messages
    remark_row{
        noticed::kept_at_start, "delivery-retained-present", weight::note,
        N_("{who} gets retained messages when it subscribes, at {times} of its starts here: "
           "{count} messages of {topics} topics, such as \"{topic}\". The broker hands the "
           "last retained one of each topic to every new subscription."),
        N_("Let the reader disregard messages with the retain flag, or publish them without "
           "it; one that is no longer true is cleared by an empty retained message "
           "(mosquitto_pub -r -n -t '{topic}'). In MQTT 5, Retain Handling 2 asks for none.")},
    remark_row{noticed::kept_for_session, "session-messages-waiting", weight::note,
               N_("{who} came back to its session and got {count} messages at once that were "
                  "published while it was away, such as \"{topic}\": the broker had kept them for "
                  "it."),
               N_("Where only new ones are wanted, connect with clean session, which throws away "
                  "what waits, or publish at QoS 0; in MQTT 5 give them a Message Expiry "
                  "Interval.")},
    remark_row{noticed::backlog_sent, "delivery-backlog-sent", weight::note,
               N_("{who} publishes what it has gathered as soon as it is connected again ({count} "
                  "messages to \"{topic}\"): they are as old as its connection was away."),
               N_("Switch off its buffer for the time without connection (Paho: a persistence or "
                  "DisconnectedBufferOptions), or put the time of the reading into the message.")},
    remark_row{noticed::repeats_at_start, "delivery-backlog-sent", weight::note,
               N_("{who} itself publishes the same to \"{topic}\" at each start (\"{text}\", "
                  "{count} times): the message is old, and was sent anew."),
               N_("Look in the app for what it publishes once it is connected: an on-connect "
                  "handler, an inject node, a value from its memory.")},
    remark_row{
        noticed::repeated_unanswered, "delivery-inflight-stall", weight::note,
        N_("The broker sends {who} again what it has not acknowledged ({count} messages with "
           "the mark DUP, such as \"{topic}\")."),
        N_("The app must acknowledge: turn manual acknowledgement off, or let its message "
           "callback return.")},

    // ---- the last value
    remark_row{
        noticed::last_not_kept, "delivery-retained-misunderstood", weight::note,
        N_("{other} published \"{text}\" to \"{topic}\" without retain {time} before {who} "
           "subscribed, so the broker kept nothing for it; the next one came to it: {later} "
           "(topics like that: {count})."),
        N_("Publish it with the retain flag: then whoever subscribes later gets it at once.")},
    remark_row{noticed::last_cleared, "delivery-retained-misunderstood", weight::note,
               N_("{other} cleared the retained message of \"{topic}\" with an empty one, {time} "
                  "before {who} subscribed to \"{asked}\": nothing is there to be had."),
               N_("Publish the value again with retain, and find out why the other client sends an "
                  "empty message there.")},
    remark_row{
        noticed::last_not_for_shared, "delivery-retained-misunderstood", weight::note,
        N_("{who} subscribes to \"{asked}\": a shared subscription gets no retained messages, "
           "so the one of \"{topic}\" does not come."),
        N_("Read the last value by a subscription without $share/GROUP/.")},
    remark_row{
        noticed::last_not_again, "delivery-retained-misunderstood", weight::note,
        N_("{who} subscribes to \"{asked}\" with Retain Handling 1, and its session has that "
           "subscription already: the retained message of \"{topic}\" is not sent again."),
        N_("Set Retain Handling to 0 in the subscription's options.")},
    remark_row{noticed::last_not_at_resume, "delivery-retained-misunderstood", weight::note,
               N_("{who} comes back to its session and does not subscribe again: the broker sends "
                  "the retained message of \"{topic}\" only to a new SUBSCRIBE."),
               N_("Let the app subscribe after each connect, also where Session Present is 1: that "
                  "loses nothing, and brings the retained messages.")},
    remark_row{noticed::last_expired, "delivery-message-expired", weight::note,
               N_("{other} published the retained message of \"{topic}\" with a Message Expiry "
                  "Interval of {limit} s, {time} before {who} subscribed: it had expired."),
               N_("Give it a longer Message Expiry Interval, or none.")},

    // ---- there or gone
    remark_row{
        noticed::will_elsewhere, "session-will-status", weight::note,
        N_("{who} says \"{there}\" on \"{answer}\", and its will (\"{text}\") goes to another "
           "topic, \"{topic}\": who looks at the one never sees the other."),
        N_("Give both the same topic. They are often made of two settings (a device topic and "
           "a client name), or the will was set before the name was."),
        "", true},
    remark_row{
        noticed::will_never_came, "session-will-status", weight::note,
        N_("The connection of {who} broke {time} before the end, and its will for \"{topic}\" "
           "(\"{text}\") came to none of those who subscribe to it: the broker has not "
           "noticed yet, or its user may not publish there."),
        N_("Allow the user of {who} to write to \"{topic}\" (mosquitto: acl_file), and choose "
           "a shorter keep alive: without a FIN the broker waits one and a half of it.")},
    remark_row{noticed::will_delayed, "session-will-status", weight::note,
               N_("The connection of {who} broke, and its will for \"{topic}\" (\"{text}\") has a "
                  "Will Delay Interval of {limit} s: until then it is taken for there."),
               N_("Set a shorter Will Delay Interval; one of a few seconds spares short breaks.")},
    remark_row{
        noticed::leaves_no_will, "session-no-will", weight::note,
        N_("{who} says \"{text}\" on \"{topic}\" and has no will: when it goes, nobody is told, "
           "and what it said stays."),
        tell_also_status},
    remark_row{
        noticed::silence_is_allowed, "session-no-will", weight::note,
        N_("{who} has a keep alive of {limit} s (0: none) and has sent nothing for {time}: if "
           "it lost its power or network, the broker notices after {wait} s at the earliest "
           "(with 0 perhaps never), and publishes no will before."),
        N_("Set a keep alive of 60 s or less in the device.")},
    remark_row{noticed::farewell_not_kept, "delivery-state-stays", weight::note,
               N_("{who} says \"{text}\" on \"{topic}\" without retain before it goes, and the "
                  "\"{there}\" before was retained: whoever subscribes later finds that."),
               N_("Publish both with retain.")},
    remark_row{
        noticed::will_at_each_end, "session-will-flaps", weight::note,
        N_("Connections of {who} ended without DISCONNECT {count} times, and each time the "
           "broker publishes its will to \"{topic}\" (\"{text}\")."),
        N_("A device that sleeps must send DISCONNECT before: then the will is not published. "
           "Otherwise find out why the connections break (--symptom drops); in MQTT 5 a Will "
           "Delay Interval spares short breaks.")},
    remark_row{noticed::status_is_shared, "delivery-overwritten", weight::note,
               N_("{who} and {other} have the same topic for their will, \"{topic}\": when one of "
                  "them goes, both are taken for gone, and when one comes, both for there."),
               N_("Give each device a topic of its own (its name or serial number in it).")},
    remark_row{
        noticed::status_by_other, "delivery-overwritten", weight::note,
        N_("The last message on the status topic of {who}, \"{topic}\", is \"{text}\", and it "
           "came from another client, {other}."),
        N_("Let nobody else publish there: look at that client for an automation, a bridge or "
           "a second device of the same name.")},

    // ---- what an announcement says of there and gone
    remark_row{
        noticed::availability_never_told, "delivery-discovery-fault", weight::note,
        N_("The announcement \"{asked}\" of {who} names \"{topic}\" for its availability, and "
           "nobody publishes there: it stays unavailable until \"{there}\" comes. It publishes "
           "to: {list}."),
        N_("Let the device publish \"{there}\" there with retain, after each connect; or "
           "correct availability_topic in the announcement.")},
    remark_row{
        noticed::availability_text_differs, "delivery-discovery-fault", weight::note,
        N_("{who} publishes \"{text}\" to \"{topic}\", and the announcement \"{asked}\" knows "
           "only \"{there}\" and \"{gone}\" there: any other text is not understood, case "
           "counts."),
        N_("Set payload_available and payload_not_available in the announcement to the texts "
           "that are published, or publish those.")},
    remark_row{noticed::discovery_expires, "delivery-discovery-fault", weight::note,
               N_("The announcement of {who} lets the value of \"{topic}\" expire after {limit} s "
                  "(expire_after), and it was not published for {time}: it is shown as unavailable "
                  "in between."),
               N_("Set expire_after to more than twice the pause between two messages.")},
    remark_row{noticed::discovery_no_availability, "session-no-will", weight::note,
               N_("The announcement \"{topic}\" of {who} names neither availability_topic nor "
                  "expire_after: Home Assistant shows the last value for ever."),
               N_("Name availability_topic in it, the topic of the device's will, or set "
                  "expire_after.")},

    // ---- commands
    remark_row{
        noticed::command_beside, "delivery-topic-differs", weight::note,
        N_("{who} publishes \"{text}\" to \"{topic}\", which nobody subscribes to; beside it "
           "{other} is subscribed to \"{asked}\"."),
        N_("Publish commands to the topic that the device subscribes to; the topic where it "
           "tells its state is another one.")},
    remark_row{noticed::command_to_state, "delivery-topic-differs", weight::note,
               N_("{who} publishes \"{text}\" to \"{topic}\", where {other} tells its state: that "
                  "one is not subscribed to it, but to {asked}."),
               N_("Publish commands to the topic that the device subscribes to.")},
    remark_row{
        noticed::command_in_topic, "delivery-command-unheeded", weight::note,
        N_("{who} publishes an empty message to \"{topic}\": what looks like the value stands "
           "in the topic, behind a blank, and makes another topic of it."),
        N_("Write the topic without it, and the value into the message (payload).")},
    remark_row{noticed::command_too_large, "delivery-command-unheeded", weight::note,
               N_("{who} reacts to messages on \"{topic}\" of up to {limit} bytes, and to none of "
                  "{size} bytes or more ({count} of {total}): it cannot take larger ones."),
               N_("Enlarge the receive buffer in the app or device (PubSubClient: setBufferSize, "
                  "256 bytes by default), or send it smaller messages.")},
    remark_row{
        noticed::command_while_away, "delivery-no-subscriber", weight::note,
        N_("{who} published \"{text}\" to \"{topic}\" when nobody was there to take it: "
           "{other}, which subscribes to it, had been away for {time}, and nothing was kept "
           "for it."),
        N_("Let the device keep its session (clean session off, a fixed client identifier, "
           "QoS 1 on both sides), or send the command again when it is back. Why it was away "
           "tells --symptom drops.")},
    remark_row{noticed::command_other_form, "delivery-command-unheeded", weight::note,
               N_("{who} reacts to \"{answer}\" on \"{topic}\" and not to \"{text}\" from {other} "
                  "({count} of {total} without any message of it within 3 s): the form differs."),
               N_("Send the form that it reacts to: case, JSON or bare word, no blank or line end "
                  "behind it.")},
    remark_row{
        noticed::command_unheeded, "delivery-command-unheeded", weight::note,
        N_("\"{text}\" on \"{topic}\" reached {who} ({count} of {total}), and it published "
           "nothing within 3 s of it: topic, rights and the way are in order, the device does "
           "not take the command or tells nothing of it."),
        N_("Compare the text with what the device documents (case, JSON or bare word), and "
           "look into its own log at that time.")},

    // ---- what cannot be read
    remark_row{noticed::text_in_form, "delivery-payload-odd", weight::note, "", ""},
    remark_row{noticed::forms_mixed, "delivery-payload-odd", weight::note,
               N_("Messages of \"{topic}\" have two forms: most are {usual}, and {who} publishes "
                  "others as well ({count} of {total}, such as \"{text}\")."),
               N_("Give each form a topic of its own, or let the reader look before it takes one "
                  "apart.")},
    remark_row{noticed::changed_on_the_way, "delivery-payload-odd", weight::note,
               N_("What came from \"{topic}\" is not what {who} published there ({count} messages; "
                  "{size} bytes were published, {limit} came): the broker or a rule in it changed "
                  "it."),
               N_("Look for a rule, a plugin or a bridge in the broker that handles that topic.")},

    // ---- what is not listed
    remark_row{
        noticed::discovery_no_json, "delivery-discovery-fault", weight::note,
        N_("What {who} announces on \"{topic}\" is no JSON (\"{text}\"): it is thrown away."),
        N_("The buffer may be too small for it (PubSubClient: setBufferSize, 256 bytes by "
           "default; snprintf), or quotes and commas are wrong: let a library write it, and "
           "check it with: mosquitto_sub -t '{topic}' -C 1 | jq .")},
    remark_row{noticed::discovery_other_prefix, "delivery-discovery-fault", weight::note,
               N_("{who} announces on \"{topic}\", and nobody reads that; {other} looks for "
                  "announcements under \"{prefix}\" (\"{asked}\")."),
               N_("Set the same discovery prefix on both sides (Home Assistant: homeassistant).")},
    remark_row{noticed::discovery_unread, "delivery-discovery-fault", weight::note,
               N_("{who} announces on \"{topic}\", and nobody subscribes to that: no program here "
                  "looks for announcements."),
               N_("Switch discovery on in the program that is to list it (Home Assistant: the MQTT "
                  "integration's option \"Enable discovery\", prefix homeassistant), and look "
                  "whether it is connected to this broker.")},
    remark_row{noticed::discovery_bad_topic, "delivery-discovery-fault", weight::note,
               N_("{who} announces on \"{topic}\", which is not of the form "
                  "PREFIX/COMPONENT/[NODE/]OBJECT/config: {why} ({place})."),
               N_("Correct the topic: letters, digits, _ and - only, one or two levels between "
                  "component and config.")},
    remark_row{
        noticed::discovery_incomplete, "delivery-discovery-fault", weight::note,
        N_("The announcement \"{topic}\" of {who} lacks {field}, which a {component} needs: it "
           "is thrown away."),
        N_("Name it in the announcement; the program that lists writes the refusal into its "
           "log.")},
    remark_row{
        noticed::discovery_twins, "delivery-discovery-fault", weight::note,
        N_("\"{topic}\" and \"{answer}\" announce the same unique_id (\"{id}\"): only the first "
           "one is listed."),
        N_("Give each value and each device an id of its own (its serial number or MAC address "
           "in it).")},
    remark_row{
        noticed::discovery_removed, "delivery-discovery-fault", weight::note,
        N_("{who} published an empty message to \"{topic}\": that takes the announcement away, "
           "and the device is listed no more."),
        N_("Announce it again, and find out what sends the empty one.")},
    remark_row{
        noticed::discovery_not_again, "delivery-retained-misunderstood", weight::note,
        N_("{who} announced on \"{topic}\" without retain, and did not again when {other} came "
           "(\"{answer}\"): whoever lists has forgotten it at its restart."),
        announce_again},
    remark_row{
        noticed::discovery_value_elsewhere, "delivery-discovery-fault", weight::note,
        N_("The announcement \"{topic}\" of {who} names \"{answer}\" for its value, and nobody "
           "publishes there; published is: {list}."),
        N_("Correct state_topic in the announcement, or publish there.")},
    remark_row{
        noticed::discovery_value_no_json, "delivery-discovery-fault", weight::note,
        N_("The announcement \"{topic}\" of {who} takes fields out of JSON on \"{answer}\", and "
           "what is published there is no JSON (\"{text}\")."),
        N_("Take value_template out of the announcement, or publish JSON.")},
    remark_row{
        noticed::discovery_field_missing, "delivery-discovery-fault", weight::note,
        N_("The announcement \"{topic}\" of {who} reads the field \"{field}\" on \"{answer}\", "
           "and what is published there has none (\"{text}\")."),
        N_("Correct value_template, or the name of the field; case counts.")},
    remark_row{noticed::discovery_none, "delivery-discovery-fault", weight::note,
               N_("{other} looks for announcements (\"{asked}\"), and nobody makes one; {who} "
                  "publishes to \"{topic}\", by which nothing is listed."),
               N_("Switch discovery on in the device or its gateway (Zigbee2MQTT: homeassistant "
                  "enabled: true; Tasmota: SetOption19 0, which the Tasmota integration reads; "
                  "ESPHome: discovery: true), or enter the device by hand.")},
    remark_row{noticed::sparkplug_unborn, "delivery-discovery-fault", weight::note,
               N_("{who} publishes data of the Sparkplug node \"{topic}\" without NBIRTH: whoever "
                  "reads it does not know its values."),
               N_("Let the node publish NBIRTH after each connect, and when a host asks for it "
                  "(Node Control/Rebirth).")},

    // ---- sending
    remark_row{
        noticed::left_with_open, "delivery-not-sent", weight::note,
        N_("{who} itself ends its connection before the broker has acknowledged its messages "
           "({count} times, such as one for \"{topic}\"): whether they arrived it does not "
           "learn."),
        N_("Wait for the acknowledgement before disconnect (Paho: wait_for_publish with the "
           "network loop running), and end the program after it.")},
    remark_row{
        noticed::gave_up_waiting, "delivery-acknowledged-late", weight::note,
        N_("The broker, or something on the way to it, stopped acknowledging what {who} publishes: "
           "{taken} messages were acknowledged, and then {count} of QoS {qos} were not in {time}, "
           "such as one for \"{topic}\" (no PUBACK, PUBREC or PUBCOMP)."),
        N_("See the broker's log and its load at that time, and its limits of messages for one "
           "client. If it stops after the same number each time, update it; until then publish "
           "fewer at a time (an in-flight limit), or at QoS 1 where QoS 2 stops.")},
    remark_row{
        noticed::left_without_any, "delivery-not-sent", weight::note,
        N_("{who} connects, and ends its connection at once without having published anything "
           "({count} times): publish was called before the connection stood, or after its "
           "end."),
        N_("Publish in the callback of connect, let the network loop run (Paho: loop_start), "
           "and disconnect only when it is sent.")},
    remark_row{
        noticed::never_published, "delivery-not-sent", weight::note,
        N_("{who} has been connected for {time} and has sent no PUBLISH at all: it is not the "
           "broker that refuses one, none leaves the app."),
        N_("Look at what its publish call returns: a buffer that is too small (PubSubClient: "
           "setBufferSize, 256 bytes by default), a state \"not connected\", a rule that never "
           "runs.")},

    // ---- leaving
    remark_row{
        noticed::leaves_itself, "session-client-leaves", weight::note,
        N_("{who} itself ended its connections ({count}; with DISCONNECT: {goodbyes}), after "
           "{time} to {later}: neither the broker nor the way did."),
        N_("Look in the app at what closes it then: a timer, a sleep, an error in its message "
           "callback, a new client object for each task.")},
    remark_row{noticed::leaves_at_refusal, "session-client-leaves", weight::note,
               N_("{who} ends the connection itself when the broker has refused its subscription."),
               N_("Allow the subscription in the broker's access rules, or correct the filter.")},
    remark_row{
        noticed::left_unsubscribed, "delivery-not-subscribed", weight::note,
        N_("{who} itself ended its connections ({count}), each within {time}, and asked for no "
           "topic on them: nothing can come to it."),
        N_("Subscribe when CONNACK has come, let something serve the connection, and let the "
           "program stay (paho: subscribe in on_connect, then loop_forever()).")},
    remark_row{
        noticed::connect_closes_all, "mqtt-closed-after-connect", weight::cause,
        N_("The broker hangs up on the CONNECT of {who} without an answer ({count} times). It "
           "asks for what many brokers do not take: {what}."),
        N_("Change that in the app first (AWS IoT takes no QoS 2, also not for a will). If it "
           "stays so, the port may be one for TLS or WebSocket; the broker's log tells.")},
};

}  // namespace

std::span<const remark_row> state_rows() noexcept { return rows; }

symptom_set symptoms_of_state(noticed what) noexcept {
  using enum symptom;
  switch (what) {
    case noticed::kept_at_start:
    case noticed::kept_for_session:
    case noticed::backlog_sent:
      return {old_messages, late, unwanted};
    case noticed::repeats_at_start:
    case noticed::repeated_unanswered:
      return {old_messages, twice};
    case noticed::last_not_kept:
    case noticed::last_cleared:
    case noticed::last_not_for_shared:
    case noticed::last_not_again:
    case noticed::last_not_at_resume:
    case noticed::last_expired:
      return {no_last_value};
    case noticed::will_elsewhere:
      return {shown_offline, shown_online};
    case noticed::will_never_came:
    case noticed::will_delayed:
    case noticed::leaves_no_will:
    case noticed::silence_is_allowed:
    case noticed::farewell_not_kept:
    case noticed::discovery_no_availability:
      return {shown_online};
    case noticed::will_at_each_end:
    case noticed::discovery_expires:
      return {shown_offline};
    case noticed::status_is_shared:
    case noticed::status_by_other:
      return {shown_offline, shown_online};
    case noticed::availability_never_told:
      return {shown_offline, not_listed};
    case noticed::availability_text_differs:
      return {shown_offline, shown_online, not_listed};
    case noticed::command_beside:
    case noticed::command_to_state:
    case noticed::command_in_topic:
    case noticed::command_too_large:
    case noticed::command_while_away:
    case noticed::command_other_form:
    case noticed::command_unheeded:
      return {no_reaction};
    case noticed::text_in_form:
    case noticed::forms_mixed:
    case noticed::changed_on_the_way:
      return {unreadable};
    case noticed::discovery_no_json:
    case noticed::discovery_other_prefix:
    case noticed::discovery_unread:
    case noticed::discovery_bad_topic:
    case noticed::discovery_incomplete:
    case noticed::discovery_twins:
    case noticed::discovery_removed:
    case noticed::discovery_not_again:
    case noticed::discovery_value_elsewhere:
    case noticed::discovery_value_no_json:
    case noticed::discovery_field_missing:
    case noticed::discovery_none:
    case noticed::sparkplug_unborn:
      return {not_listed};
    case noticed::left_with_open:
    case noticed::gave_up_waiting:
    case noticed::left_without_any:
    case noticed::never_published:
      return {cannot_send};
    case noticed::left_unsubscribed:
      return {nothing_arrives, no_reaction, not_listed};
    case noticed::leaves_itself:
    case noticed::leaves_at_refusal:
      return {drops};
    case noticed::connect_closes_all:
      return {cannot_connect, drops, cannot_send};
    default:
      return {};
  }
}

}  // namespace mqttkit::doctor
