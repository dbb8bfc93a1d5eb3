// The causes of ended connections in a watch.
#include "common/exit_code.hpp"
#include "mqtt-doctor/causes/watch_words.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/together/vantage.hpp"
#include "mqtt-doctor/watch/parting_watch.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

watch_drop drop(bool is_steady, const std::string& end, double idle_s, bool was_pinged = false) {
  watch_drop made;
  made.is_steady = is_steady;
  made.end = fact_word<connection_end>(end);
  made.idle_s = idle_s;
  made.stood_s = 2 * idle_s;
  made.was_pinged = was_pinged;
  return made;
}

watch_facts watched(std::vector<watch_drop> drops, double survived) {
  watch_facts watch;
  watch.scheme = scheme::mqtt;
  watch.drops = std::move(drops);
  watch.pauses.push_back({survived, true});
  return watch;
}

phone held(const watch_facts& result) {
  phone made;
  made.accepts();
  made.all.watch = result;
  return made;
}

std::string first(const watch_facts& outcome) { return held(outcome).first(); }

finding cause_of(const watch_facts& watched) { return held(watched).found().causes.front(); }

const finding* remark(const diagnosis& made, const std::string& id) {
  for (const auto& warning : made.warnings) {
    if (warning.id == id) return &warning;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("connections that stand have no cause") {
  CHECK(first(watched({}, 256)) == "healthy");
  CHECK(summary_of(watched({}, 256)).text.starts_with("Connected for"));
}

TEST_CASE("when the busy connection is lost as well the way is gone, and no keep alive mends it") {
  watch_drop busy = drop(true, "failed", 2, true);
  busy.at_s = 4;
  busy.refusals = 3;
  watch_drop pausing = drop(false, "silent", 4, true);
  pausing.at_s = 12;
  watch_facts watch = watched({busy, pausing}, 2);
  CHECK(first(watch) == "path-half-open");
  CHECK(in_english(cause_of(watch).cause).find("did not come back") != std::string::npos);
  CHECK(first(watched({pausing}, 2)) == "path-nat-idle-drop");
}

TEST_CASE("a connection closed in order after the same silence each time meets a proxy") {
  watch_facts watch = watched({drop(false, "closed", 60), drop(false, "closed", 60.4)}, 48);
  CHECK(first(watch) == "proxy-idle-timeout");
  CHECK(cause_of(watch).how_sure == certainty::likely);
  watch.scheme = scheme::ws;
  CHECK(first(watch) == "ws-idle-timeout");
  watch.drops.pop_back();
  CHECK(cause_of(watch).how_sure == certainty::possible);
}

TEST_CASE("a ping that comes too late is reset, or never answered") {
  CHECK(first(watched({drop(false, "reset", 64, true)}, 32)) == "path-nat-idle-reset");
  CHECK(first(watched({drop(false, "silent", 64, true)}, 32)) == "path-nat-idle-drop");
  // The connection that pings met the same limit: still the limit's, not the network's.
  CHECK(first(watched({drop(true, "silent", 10, true), drop(false, "silent", 8, true)}, 4)) ==
        "path-nat-idle-drop");
}

TEST_CASE("a ping that is lost after a short silence is an outage, not a NAT") {
  const watch_facts watch =
      watched({drop(true, "silent", 10, true), drop(false, "silent", 70, true)}, 64);
  CHECK(first(watch) == "path-half-open");
}

TEST_CASE("a connection that ends amid answered pings lost its identifier to another client") {
  watch_facts watch = watched({drop(true, "closed", 0.7), drop(true, "closed", 3)}, 8);
  CHECK(first(watch) == "session-flaps");  // with an identifier of our own nobody takes over
  watch.has_users_id = true;
  CHECK(first(watch) == "session-duplicate-client-id");
  CHECK(cause_of(watch).how_sure == certainty::likely);
  watch_facts told = watched({drop(true, "disconnect", 1)}, 8);
  told.drops[0].reason = 0x8e;
  CHECK(first(told) == "session-duplicate-client-id");
  CHECK(cause_of(told).how_sure == certainty::certain);
}

TEST_CASE("a silence that ended one connection may be chance, and two are a limit") {
  for (const char* const how : {"reset", "silent"}) {
    CAPTURE(how);
    CHECK(cause_of(watched({drop(false, how, 64, true)}, 32)).how_sure == certainty::possible);
    CHECK(
        cause_of(watched({drop(false, how, 64, true), drop(false, how, 65, true)}, 32)).how_sure ==
        certainty::likely);
  }
}

TEST_CASE("a broker that shortens the keep alive is noted") {
  watch_facts watch = watched({}, 32);
  watch.server_keep_alive_s = 30;
  const diagnosis made = held(watch).found();
  REQUIRE(remark(made, "session-server-keepalive") != nullptr);
  CHECK(remark(made, "session-server-keepalive")->how_bad == severity::note);
  watch.keep_alive_s = 20;
  CHECK(remark(held(watch).found(), "session-server-keepalive") == nullptr);
}

TEST_CASE("a keep alive that ran out is what the broker says it is") {
  watch_facts watch = watched({drop(true, "disconnect", 5)}, 4);
  watch.drops[0].reason = 0x8d;
  CHECK(first(watch) == "session-keepalive-expired");
}

TEST_CASE("a broker that lets a silent client stand is warned of, once it was given the time") {
  watch_facts watch = watched({}, 32);
  watch.mute_keep_alive_s = 5;
  watch.mute_stood_s = 60;
  REQUIRE(remark(held(watch).found(), "session-keepalive-not-enforced") != nullptr);
  watch.mute_stood_s = 12;
  CHECK(remark(held(watch).found(), "session-keepalive-not-enforced") == nullptr);
  watch.mute_stood_s = watch.mute_dropped_s = 11;
  CHECK(remark(held(watch).found(), "session-keepalive-not-enforced") == nullptr);
  CHECK(keep_alive_of(watch).text.find("ended by the broker") != std::string::npos);
}

TEST_CASE("one drop is told as one, several are counted") {
  const watch_facts once = watched({drop(false, "closed", 60)}, 48);
  CHECK(summary_of(once).text.find("one drop") != std::string::npos);
  CHECK(cause_of(once).evidence[0].text.find("{count}") == std::string::npos);
  const watch_facts twice = watched({drop(false, "closed", 60), drop(false, "closed", 60)}, 48);
  CHECK(summary_of(twice).text.find("{drops} drops") != std::string::npos);
  CHECK(cause_of(twice).evidence[0].text.starts_with("{count} times"));
}

TEST_CASE(
    "a saved watch gives the same diagnosis later, step by step, also on the broker's machine") {
  watch_facts watch = watched({drop(false, "closed", 60), drop(true, "closed", 60.4)}, 48);
  watch.drops[1].at_s = 100;
  phone made = held(watch);
  made.address = "127.0.0.1";
  made.at().contacts[0].address = "127.0.0.1";
  facts read;
  REQUIRE(facts_of_text(facts_to_json(made.all, true), read).empty());
  const diagnosis before = made.found();
  const diagnosis after = diagnose(read);
  REQUIRE(after.causes.size() == before.causes.size());
  CHECK(after.causes[0].id == "proxy-idle-timeout");
  CHECK(after.exit_code == static_cast<int>(mqttkit::tools::exit_code::lost));
  std::vector<std::string> names;
  for (const auto& step : after.steps) names.push_back(word_of(step.name));
  const std::vector<std::string> expected{"name",  "port",       "mqtt",    "login",
                                          "watch", "keep-alive", "pausing", "pinging"};
  CHECK(names == expected);
}

TEST_CASE("both connections ended at once, and a closed port after it: the broker was restarted") {
  watch_facts watch = watched({drop(true, "closed", 4), drop(false, "closed", 1)}, 2);
  for (auto& each : watch.drops) each.at_s = 4;
  watch.mute_keep_alive_s = 3;
  watch.mute_stood_s = watch.mute_dropped_s = watch.mute_ended_at_s = 4;
  CHECK(first(watch) == "session-broker-restarted");
  CHECK(in_english(cause_of(watch).cause) ==
        "The broker was stopped during the watch, and did not come back.");
  watch.drops[0].refusals = 2;
  watch.drops[0].was_port_closed = true;
  watch.drops[0].away_s = 3.2;
  const finding cause = cause_of(watch);
  CHECK(cause.how_sure == certainty::likely);
  CHECK(in_english(cause.cause) ==
        "The broker was stopped or restarted; it was away for at most 3.2 s.");
  CHECK(in_english(cause.evidence[1]) == "After that the port refused connections.");
  // The answer tells nothing about silent clients or identifiers.
  CHECK(in_english(keep_alive_of(watch)) == "60 s, kept by us");
  watch.has_users_id = true;
  CHECK(first(watch) == "session-broker-restarted");
  CHECK(held(watch).found().causes.size() == 1);
}

TEST_CASE("a broker that says it is shutting down is believed") {
  watch_facts watch = watched({drop(true, "disconnect", 4), drop(false, "disconnect", 4)}, 2);
  for (auto& each : watch.drops) each.reason = 0x8b;
  CHECK(first(watch) == "session-broker-restarted");
  CHECK(cause_of(watch).how_sure == certainty::certain);
}

TEST_CASE("two silences that meet the same limit in one moment are no restart") {
  const watch_facts watch = watched({drop(true, "closed", 5), drop(false, "closed", 5)}, 4);
  CHECK(first(watch) == "proxy-idle-timeout");
}

TEST_CASE("a connection that is ended before its keep alive is over tells nothing about it") {
  watch_facts watch = watched({}, 32);
  watch.mute_keep_alive_s = 5;
  watch.mute_stood_s = watch.mute_dropped_s = watch.mute_ended_at_s = 4;
  CHECK(in_english(keep_alive_of(watch)) == "60 s, kept by us");
}

TEST_CASE("facts from before there was a watch in them are still read") {
  facts read;
  REQUIRE(facts_of_text(R"({"facts": {"asked": {}, "endpoints": []}})", read).empty());
  CHECK_FALSE(read.watch);
}

TEST_CASE("connections that end at the same age meet a limit, no restart and no silence") {
  watch_facts watch = watched({}, 1);
  for (const double at : {2.0, 4.1, 6.2}) {
    for (const bool is_steady : {true, false}) {
      watch_drop made = drop(is_steady, "closed", 0.4);
      made.at_s = at;
      made.stood_s = 2.0;
      made.away_s = 0.1;
      watch.drops.push_back(made);
    }
  }
  CHECK(first(watch) == "session-lifetime");
  CHECK(cause_of(watch).how_sure == certainty::likely);
  watch_facts differing = watch;
  differing.drops[2].stood_s = 5;
  CHECK(first(differing) != "session-lifetime");
  watch_facts quiet = watch;
  for (auto& each : quiet.drops) each.idle_s = 1.9;
  CHECK(first(quiet) != "session-lifetime");
  watch_facts refused = watch;
  refused.drops[0].refusals = 2;
  CHECK(first(refused) == "session-broker-restarted");
}

TEST_CASE("whose packet ended a connection is told by its TTL") {
  watch_facts known = watched({drop(false, "reset", 64, true)}, 32);
  known.drops[0].parting = {"RST", 64, 57};
  CHECK(cause_of(known).evidence.back().text.find("something on the way sent it") !=
        std::string::npos);
  known.drops[0].parting = {"RST", 57, 57};
  CHECK(cause_of(known).evidence.back().text.find("from the machine that was dialled") !=
        std::string::npos);
  CHECK(watch_parting{"RST", 64, 63}.is_foreign());        // the first router's
  CHECK_FALSE(watch_parting{"RST", 57, 58}.is_foreign());  // another route
  CHECK_FALSE(watch_parting{"FIN", 64, -1}.is_foreign());
}

TEST_CASE("packets of the broker's side say how it ended a connection") {
  const std::chrono::steady_clock::time_point start{};
  using namespace std::chrono_literals;
  tcp_segment data;
  data.ttl = 57;
  tcp_segment reset = data;
  reset.rst = true;
  reset.ttl = 64;
  parting_notes notes;
  notes.take(data, start);
  CHECK_FALSE(notes.last(start));
  notes.take(reset, start + 1s);
  CHECK(notes.last(start + 1s) == watch_parting{"RST", 64, 57});
  CHECK_FALSE(notes.last(start + 10s));  // another connection's
  tcp_segment end = data;
  end.fin = true;
  notes.take(end, start + 2s);
  CHECK_FALSE(notes.last(start + 2s));  // two that differ
  notes.take(end, start + 20s);
  CHECK(notes.last(start + 20s) == watch_parting{"FIN", 57, 57});
}
