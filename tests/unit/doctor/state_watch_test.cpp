// What explains an old value, a missing one, or one that is believed for too long, where the user
// says that he sees it; and what must not be blamed for it.
#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/facts/topic_generations.hpp"
#include "mqtt-doctor/listen/payload_form.hpp"
#include "mqtt-doctor/listen/topic_roles.hpp"
#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

struct seen_scene : overheard {
  explicit seen_scene(symptom seen = symptom::none) { monitor = traffic_monitor(seen); }
  /// Everything has ended; the causes that were told.
  const std::string& end() {
    monitor.finish(now);
    return told();
  }
  bool ends_with(std::string_view part) { return end().find(part) != std::string::npos; }
};

device& is_given(device& to, std::string_view topic, std::string_view text) {
  to.broker_sends(to.message(topic, 0, 0, text, true, {}));
  return to;
}

/// A sensor publishes without retain, and a panel subscribes 20 s later.
void comes_late(seen_scene& here, bool retain) {
  device sensor(here), panel(here);
  sensor.connects("sensor").publishes("hall/temp", 0, 0, "21", retain);
  here.passes(20s);
  panel.connects("panel").subscribes("hall/#");
  if (retain) is_given(panel, "hall/temp", "21");
  here.passes(40s);
  sensor.publishes("hall/temp", 0, 0, "22", retain);
  panel.gets("hall/temp", 0, 0, "22");
  here.passes(2s);
}

constexpr std::string_view discovery = R"({"name":"T","unique_id":"s1","state_topic":"s/state"})";

}  // namespace

// ---- old messages
// ---------------------------------------------------------------------------------

TEST_CASE("retained messages at each start are what comes old, and a setting to who says nothing") {
  for (const symptom seen : {symptom::old_messages, symptom::none, symptom::drops}) {
    seen_scene here(seen);
    device first(here);
    is_given(first.connects("panel").subscribes("alarm/#"), "alarm/a", "open").leaves();
    here.passes(10s);
    device again(here);
    is_given(again.connects("panel").subscribes("alarm/#"), "alarm/a", "open");
    here.passes(10s);
    const std::string& said = here.end();
    CHECK((said.find("at 2 of its starts") != std::string::npos) ==
          (seen == symptom::old_messages));
    if (seen == symptom::none) CHECK(said == "");
  }
}

TEST_CASE("what waited in the session is what comes old") {
  seen_scene here(symptom::old_messages);
  device writer(here), reader(here);
  writer.connects("writer");
  reader.connects("reader", false).subscribes("jobs", 1).leaves();
  writer.publishes("jobs", 1, 5, "one").hears(packet_type::puback, 5);
  here.passes(20s);
  device back(here);
  back.connects("reader", false, 60, {}, {}, true).gets("jobs", 1, 1, "one");
  here.passes(5s);
  CHECK(here.ends_with("session-messages-waiting: reader"));
}

TEST_CASE("what a client publishes again at each start is what comes old") {
  seen_scene here(symptom::old_messages);
  device reader(here);
  reader.connects("reader").subscribes("flow/#");
  for (int i = 0; i < 3; ++i) {
    device node(here);
    node.connects("nodered").publishes("flow/last", 0, 0, "door opened at 7").leaves();
    reader.gets("flow/last", 0, 0, "door opened at 7");
    here.passes(30s);
  }
  CHECK(here.ends_with("delivery-backlog-sent: nodered"));
}

TEST_CASE("new messages only are not called old") {
  seen_scene here(symptom::old_messages);
  device node(here), reader(here);
  node.connects("node");
  reader.connects("reader").subscribes("a");
  for (int i = 0; i < 4; ++i) {
    here.passes(10s);
    node.publishes("a", 0, 0, std::to_string(i));
    reader.gets("a", 0, 0, std::to_string(i));
  }
  CHECK(here.end() == "");
  REQUIRE(here.monitor.excluded().size() == 1);
  CHECK(in_english(here.monitor.excluded()[0].why).find("came to a subscriber: 0") !=
        std::string::npos);
}

// ---- the last value
// -------------------------------------------------------------------------------

TEST_CASE("a value without retain is what is missing after a start") {
  seen_scene here(symptom::no_last_value);
  comes_late(here, false);
  CHECK(here.ends_with("without retain 20 s before panel"));
}

TEST_CASE("a retained value that came is not blamed, nor one of which nobody complains") {
  seen_scene kept(symptom::no_last_value), silent;
  comes_late(kept, true);
  CHECK(kept.end() == "");
  comes_late(silent, false);
  CHECK(silent.end() == "");
}

TEST_CASE("whoever cleared the retained message is named") {
  seen_scene here(symptom::no_last_value);
  device node(here), script(here), panel(here);
  node.connects("node").publishes("hall/temp", 0, 0, "21", true);
  here.passes(5s);
  script.connects("script").publishes("hall/temp", 0, 0, "", true);
  here.passes(5s);
  panel.connects("panel").subscribes("hall/+");
  here.passes(20s);
  CHECK(here.ends_with("script (10.0.0.2) cleared the retained message"));
}

TEST_CASE("shared subscriptions and resumed sessions get no retained message") {
  seen_scene here(symptom::no_last_value);
  device node(here), worker(here), panel(here);
  panel.connects("panel", false).subscribes("hall/temp", 1).leaves();
  node.connects("node").publishes("hall/temp", 0, 0, "21", true);
  here.passes(5s);
  worker.connects("worker").subscribes("$share/g/hall/temp");
  device back(here);
  back.connects("panel", false, 60, {}, {}, true);
  here.passes(20s);
  const std::string& said = here.end();
  CHECK(said.find("a shared subscription gets no retained") != std::string::npos);
  CHECK(said.find("does not subscribe again") != std::string::npos);
}

// ---- there or gone
// --------------------------------------------------------------------------------

TEST_CASE(
    "a will that goes elsewhere than the status is a warning, where only one of them is read") {
  for (const bool reads_both : {false, true}) {
    seen_scene here;
    device reader(here), node(here);
    reader.connects("reader").subscribes(reads_both ? "#" : "tele/MY/LWT");
    node.will = "tele/ESP/LWT";
    node.will_payload = "Offline";
    node.is_will_retained = true;
    node.connects("node").publishes("tele/MY/LWT", 0, 0, "Online", true);
    reader.gets("tele/MY/LWT", 0, 0, "Online");
    here.passes(10s);
    here.monitor.finish(here.now);
    std::size_t warnings = 0;
    for (const remark& note : here.monitor.notes())
      if (note.what == noticed::will_elsewhere && note.is_warning) ++warnings;
    CHECK(warnings == (reads_both ? 0 : 1));
  }
}

TEST_CASE("who has no will is what stays shown as there") {
  seen_scene here(symptom::shown_online), other(symptom::shown_offline);
  for (seen_scene* each : {&here, &other}) {
    device node(*each);
    node.connects("node").publishes("node/status", 0, 0, "online", true);
    each->passes(10s);
    node.breaks_off();
    each->passes(10s);
  }
  CHECK(here.ends_with("session-no-will: node"));
  CHECK(other.end() == "");
}

TEST_CASE("a will that comes is not blamed, one that does not is") {
  for (const bool comes : {true, false}) {
    seen_scene here(symptom::shown_online);
    device reader(here), node(here);
    reader.connects("reader").subscribes("node/status");
    node.will = "node/status";
    node.will_payload = "offline";
    node.is_will_retained = true;
    node.connects("node").publishes("node/status", 0, 0, "online", true);
    reader.gets("node/status", 0, 0, "online");
    here.passes(5s);
    node.breaks_off();
    if (comes) reader.gets("node/status", 0, 0, "offline");
    here.passes(5s);
    CHECK((here.end().find("session-will-status: ") != std::string::npos) == !comes);
  }
}

TEST_CASE("two clients with one will's topic are each other's status") {
  seen_scene here(symptom::shown_offline);
  device one(here), two(here);
  for (device* each : {&one, &two}) {
    each->will = "plug/LWT";
    each->will_payload = "Offline";
    each->is_will_retained = true;
  }
  one.connects("plug-1").publishes("plug/LWT", 0, 0, "Online", true);
  two.connects("plug-2").publishes("plug/LWT", 0, 0, "Online", true);
  here.passes(10s);
  CHECK(here.ends_with("have the same topic for their will"));
}

TEST_CASE("an announcement knows other words for there than are published") {
  seen_scene here(symptom::shown_offline), fits(symptom::shown_offline);
  for (seen_scene* each : {&here, &fits}) {
    device ha(*each), node(*each);
    ha.connects("ha").subscribes("homeassistant/#").subscribes("s/#");
    node.connects("node");
    node.publishes("homeassistant/sensor/s/config", 0, 0,
                   R"({"state_topic":"s/state","availability_topic":"s/lwt"})", true);
    node.publishes("s/lwt", 0, 0, each == &here ? "Online" : "online", true);
    each->passes(10s);
  }
  CHECK(here.ends_with("publishes \"Online\" to \"s/lwt\""));
  CHECK(fits.end() == "");
}

// ---- commands
// -------------------------------------------------------------------------------------

TEST_CASE("of two forms of a command the one without reaction is named") {
  seen_scene here(symptom::no_reaction);
  device lamp(here), app(here);
  lamp.connects("lamp").subscribes("lamp/set");
  app.connects("app");
  for (const char* const text : {"ON", "off", "OFF", "on"}) {
    app.publishes("lamp/set", 0, 0, text);
    lamp.gets("lamp/set", 0, 0, text);
    if (text[0] == 'O') lamp.publishes("lamp/state", 0, 0, text);
    here.passes(10s);
  }
  CHECK(here.ends_with("not to \"on\""));
}

TEST_CASE("a command that is answered is not blamed") {
  seen_scene here(symptom::no_reaction);
  device lamp(here), app(here);
  lamp.connects("lamp").subscribes("lamp/set");
  app.connects("app").subscribes("lamp/state");
  for (const char* const text : {"ON", "OFF"}) {
    app.publishes("lamp/set", 0, 0, text);
    lamp.gets("lamp/set", 0, 0, text).publishes("lamp/state", 0, 0, text);
    app.gets("lamp/state", 0, 0, text);
    here.passes(10s);
  }
  CHECK(here.end() == "");
}

TEST_CASE("a command to the topic of the state, and one while the device is away") {
  seen_scene beside(symptom::no_reaction), away(symptom::no_reaction);
  {
    device lamp(beside), app(beside);
    lamp.connects("lamp").subscribes("lamp/set");
    app.connects("app").publishes("lamp/state", 0, 0, "ON");
    beside.passes(10s);
  }
  CHECK(beside.ends_with("beside it lamp (10.0.0.1) is subscribed to \"lamp/set\""));
  {
    device lamp(away), app(away);
    lamp.connects("lamp").subscribes("lamp/set").leaves();
    app.connects("app");
    away.passes(30s);
    app.publishes("lamp/set", 0, 0, "ON");
    away.passes(10s);
  }
  CHECK(away.ends_with("had been away for 30 s"));
}

// ---- what cannot be read
// --------------------------------------------------------------------------

TEST_CASE("forms of payloads are told by their bytes") {
  using enum payload_form;
  const auto of = [](std::string_view text) { return form_of(as_bytes(text)); };
  using namespace std::string_view_literals;
  CHECK(of("21.5") == number);
  CHECK(of("21,5") == comma);
  CHECK(of("ON") == word);
  CHECK(of(R"({"t":21})") == json);
  CHECK(of("{'t': 21}") == python);
  CHECK(of(R"({"t":21,})") == bad_json);
  CHECK(of("{\"t\":NaN}") == bad_json);
  CHECK(of("[INFO] started: well") == payload_form::plain_text);
  CHECK(of("<a>1</a>") == xml);
  CHECK(of("AQIDBAUGBwgJCgsMDQ4PEA==") == base64);
  CHECK(of("0a1b2c3d4e5f60718293") == hex);
  CHECK(of("\x00\x05hello"sv) == length);
  CHECK(of("\x1F\x8B\x08rest"sv) == gzip);
  CHECK(of("\x82\xA1t\x15\xA1h\x28"sv) == msgpack);
  CHECK(of("\xA2\x61t\x15\x61h\x18\x28"sv) == cbor);
  CHECK(of("\x08\x96\x01\x12\x03"
           "abc"sv) == protobuf);
  CHECK(of("\x01\xFF\x00\x80\x11"sv) == binary);
  CHECK(of("K\xC3\x83\xC2\xBC"
           "che"sv) == twice_utf8);
  CHECK(of("K\xC3\xBC"
           "che am Morgen"sv) == payload_form::plain_text);
}

TEST_CASE("whoever says that he cannot read it is told the form, nobody else") {
  for (const symptom seen : {symptom::unreadable, symptom::none}) {
    seen_scene here(seen);
    device node(here);
    node.connects("node").publishes("up", 0, 0,
                                    "\x08\x96\x01\x12\x03"
                                    "abc");
    here.passes(10s);
    CHECK((here.end().find("Protocol Buffers") != std::string::npos) ==
          (seen == symptom::unreadable));
  }
  seen_scene plain(symptom::unreadable);
  device node(plain);
  node.connects("node").publishes("up", 0, 0, R"({"t":21})").publishes("down", 0, 0, "5");
  plain.passes(10s);
  CHECK(plain.end() == "");
}

// ---- what is not listed
// ---------------------------------------------------------------------------

TEST_CASE("announcements that lead to nothing") {
  struct row {
    std::string_view filter, topic, text, said;
  };
  for (const row& each : {
           row{"homeassistant/#", "hass/sensor/s/config", discovery, "under \"homeassistant\""},
           row{"jobs/#", "homeassistant/sensor/s/config", discovery, "nobody subscribes to that"},
           row{"homeassistant/#", "homeassistant/sensor/s/config", R"({"name":"T","state_to)",
               "is no JSON"},
           row{"homeassistant/#", "homeassistant/sensor/s 1/config", discovery, "other characters"},
           row{"homeassistant/#", "homeassistant/switch/s/config", discovery,
               "lacks command_topic"},
           row{"homeassistant/#", "homeassistant/sensor/s/conf", discovery, "does not end with"},
       }) {
    CAPTURE(each.topic);
    seen_scene here(symptom::not_listed);
    device ha(here), node(here);
    ha.connects("ha").subscribes(each.filter);
    node.connects("node").publishes(each.topic, 0, 0, each.text, true);
    here.passes(2s);
    CHECK(here.ends_with(each.said));
  }
}

TEST_CASE("an announcement that names other topics and fields than are published") {
  seen_scene elsewhere(symptom::not_listed), field(symptom::not_listed), good(symptom::not_listed);
  constexpr std::string_view with_field =
      R"({"state_topic":"s/state","value_template":"{{ value_json.temp | round(1) }}"})";
  for (seen_scene* each : {&elsewhere, &field, &good}) {
    device ha(*each), node(*each);
    ha.connects("ha").subscribes("homeassistant/#").subscribes("s/#");
    node.connects("node").publishes("homeassistant/sensor/s/config", 0, 0, with_field, true);
    is_given(ha, "homeassistant/sensor/s/config", with_field);
    each->passes(2s);
    const char* const text = each == &field ? R"({"temperature":21})" : R"({"temp":21})";
    node.publishes(each == &elsewhere ? "s/value" : "s/state", 0, 0, text);
    ha.gets(each == &elsewhere ? "s/value" : "s/state", 0, 0, text);
    each->passes(10s);
  }
  CHECK(elsewhere.ends_with("published is: \"s/value\""));
  CHECK(field.ends_with("reads the field \"temp\""));
  CHECK(good.end() == "");
  CHECK(in_english(good.monitor.excluded().back().why).find("whole JSON: 1") != std::string::npos);
}

TEST_CASE("two announcements of one unique_id, and one that is taken away") {
  seen_scene twins(symptom::not_listed), removed(symptom::not_listed);
  {
    device ha(twins), node(twins);
    ha.connects("ha").subscribes("homeassistant/#");
    node.connects("node");
    node.publishes("homeassistant/sensor/a/config", 0, 0, discovery, true);
    node.publishes("homeassistant/sensor/b/config", 0, 0, discovery, true);
    twins.passes(1s);
  }
  CHECK(twins.ends_with("the same unique_id"));
  {
    device ha(removed), node(removed), script(removed);
    ha.connects("ha").subscribes("homeassistant/#");
    node.connects("node").publishes("homeassistant/sensor/a/config", 0, 0, discovery, true);
    script.connects("script").publishes("homeassistant/sensor/a/config", 0, 0, "", true);
    removed.passes(1s);
  }
  CHECK(removed.ends_with("takes the announcement away"));
}

TEST_CASE("nobody announces anything") {
  seen_scene here(symptom::not_listed);
  device ha(here), node(here);
  ha.connects("ha").subscribes("homeassistant/#");
  node.connects("node").publishes("sensors/hall", 0, 0, "21");
  here.passes(10s);
  CHECK(here.ends_with("and nobody makes one"));
}

// ---- sending, leaving
// -----------------------------------------------------------------------------

TEST_CASE("an app that leaves too early, or sends nothing") {
  seen_scene open(symptom::cannot_send), quick(symptom::cannot_send), well(symptom::cannot_send);
  {
    device app(open);
    app.connects("app").publishes("a", 1, 5, "x").leaves();
  }
  CHECK(open.ends_with("before the broker has acknowledged"));
  {
    device app(quick);
    app.connects("app").leaves();
  }
  CHECK(quick.ends_with("without having published anything"));
  {
    device app(well);
    app.connects("app").publishes("a", 1, 5, "x").hears(packet_type::puback, 5);
    well.passes(1s);
    app.leaves();
  }
  CHECK(well.end() == "");
}

TEST_CASE("a broker that refuses, or of which a part was not heard, did not stop acknowledging") {
  enum class then { nothing, refusal, gap };
  for (const then what : {then::nothing, then::refusal, then::gap}) {
    for (const bool leaves : {true, false}) {
      seen_scene here(symptom::cannot_send);
      device app(here, protocol_version::v5);
      app.connects("app").publishes("a", 1, 5, "x").hears(packet_type::puback, 5);
      app.publishes("a", 2, 6, "x");
      if (what == then::refusal) app.hears(packet_type::pubrec, 6, 0x97);
      if (what == then::gap) here.monitor.heard_in_part(app.number());
      here.passes(9s);
      if (leaves) app.leaves();
      CAPTURE(static_cast<int>(what));
      CHECK(here.ends_with("stopped acknowledging") == (what == then::nothing));
      CHECK_FALSE(here.tells("before the broker has acknowledged"));
    }
  }
}

TEST_CASE("a client that ends its own connections is told of to who sees it drop") {
  for (const symptom seen : {symptom::drops, symptom::none}) {
    seen_scene here(seen);
    for (int i = 0; i < 3; ++i) {
      device app(here);
      app.connects("app").publishes("a");
      here.passes(20s);
      app.leaves();
      here.passes(2s);
    }
    CHECK((here.end().find("session-client-leaves: app") != std::string::npos) ==
          (seen == symptom::drops));
  }
}

TEST_CASE("words for there and gone") {
  CHECK(presence_of("Online") == presence::there);
  CHECK(presence_of("{\"state\":\"offline\"}") == presence::gone);
  CHECK(presence_of("{\"online\":3}") == presence::none);
  CHECK(presence_of("ON") == presence::none);
  CHECK(presence_beside_will("false") == presence::gone);
}

TEST_CASE("what is noticed of states and commands has causes of its own") {
  CHECK(std::string(row_of(noticed::backlog_sent).id) == "delivery-backlog-sent");
  CHECK(std::string(row_of(noticed::discovery_twins).id) == "delivery-discovery-fault");
  CHECK(std::string(row_of(noticed::command_unheeded).id) == "delivery-command-unheeded");
  CHECK(std::string(row_of(noticed::never_published).id) == "delivery-not-sent");
  CHECK(std::string(row_of(noticed::leaves_no_will).id) == "session-no-will");
  CHECK(std::string(row_of(noticed::leaves_itself).id) == "session-client-leaves");
  for (const remark_row& row : state_rows()) {
    CAPTURE(row.fact);
    CHECK_FALSE(symptoms_of_state(row.what).empty());
    CHECK_FALSE(is_meaning(row));
  }
}

TEST_CASE("other versions of a product have other topics") {
  CHECK(why_other_generation("shellies/#", "shellyplusht-c049/events/rpc") != nullptr);
  CHECK(why_other_generation("shellies/#", "zigbee/events/rpc") == nullptr);
  CHECK(why_other_generation("application/1/device/0102/rx",
                             "application/1/device/0102/event/up") != nullptr);
  CHECK(why_other_generation("msh/US/2/c/#", "msh/US/2/e/LongFast/!1") != nullptr);
  CHECK(why_other_generation("msh/2/json/#", "msh/EU_868/2/json/LongFast/!1") != nullptr);
  CHECK(why_other_generation("app/devices/+/up", "v3/app@ttn/devices/d1/up") != nullptr);
  CHECK(why_other_generation("home/door", "home/window") == nullptr);
}
