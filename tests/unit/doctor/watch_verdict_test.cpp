// What ended the connections of a watch.
#include "mqtt-doctor/watch/watch_verdict.hpp"

#include <doctest/doctest.h>

using namespace mqttkit::doctor;

namespace {

watch_drop drop(bool is_steady, const std::string& end, double idle_s, bool was_pinged = false) {
  watch_drop one;
  one.is_steady = is_steady;
  one.end = end;
  one.idle_s = idle_s;
  one.stood_s = 2 * idle_s;
  one.was_pinged = was_pinged;
  return one;
}

watch_facts watched(std::vector<watch_drop> drops, double survived) {
  watch_facts seen;
  seen.scheme = "mqtt";
  seen.drops = std::move(drops);
  seen.pauses.push_back({survived, true});
  return seen;
}

std::string first(const watch_facts& seen) {
  const auto found = judge_watch(seen);
  return found.empty() ? "" : found.front().id;
}

}  // namespace

TEST_CASE("connections that stand have no cause") {
  CHECK(first(watched({}, 256)).empty());
  CHECK(summary_of(watched({}, 256)).text.starts_with("Connected for"));
}

TEST_CASE("closed in order after the same silence is a proxy") {
  watch_facts seen = watched({drop(false, "closed", 60), drop(false, "closed", 60.4)}, 48);
  CHECK(first(seen) == "proxy-idle-timeout");
  CHECK(judge_watch(seen).front().how_sure == certainty::likely);
  seen.scheme = "ws";
  CHECK(first(seen) == "ws-idle-timeout");
  seen.drops.pop_back();
  CHECK(judge_watch(seen).front().how_sure == certainty::possible);
}

TEST_CASE("a ping that comes too late is reset, or never answered") {
  CHECK(first(watched({drop(false, "reset", 64, true)}, 32)) == "path-nat-idle-reset");
  CHECK(first(watched({drop(false, "silent", 64, true)}, 32)) == "path-nat-idle-drop");
  // The connection that pings met the same limit: still the limit's, not the network's.
  CHECK(first(watched({drop(true, "silent", 10, true), drop(false, "silent", 8, true)}, 4)) ==
        "path-nat-idle-drop");
}

TEST_CASE("a ping that is lost after a short silence is an outage, not a NAT") {
  const watch_facts seen =
      watched({drop(true, "silent", 10, true), drop(false, "silent", 70, true)}, 64);
  CHECK(first(seen) == "path-half-open");
}

TEST_CASE("thrown out in the midst of answered pings: another client has the identifier") {
  watch_facts seen = watched({drop(true, "closed", 0.7), drop(true, "closed", 3)}, 8);
  CHECK(first(seen) == "session-flaps");  // with an identifier of our own nobody takes over
  seen.has_users_id = true;
  CHECK(first(seen) == "session-duplicate-client-id");
  watch_facts told = watched({drop(true, "disconnect", 1)}, 8);
  told.drops[0].reason = 0x8e;
  CHECK(first(told) == "session-duplicate-client-id");
  CHECK(judge_watch(told).front().how_sure == certainty::certain);
}

TEST_CASE("a broker that shortens the keep alive is noted") {
  watch_facts seen = watched({}, 32);
  seen.server_keep_alive_s = 30;
  const auto found = judge_watch(seen);
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == "session-server-keepalive");
  CHECK(found[0].how_bad == severity::note);
  seen.keep_alive_s = 20;
  CHECK(judge_watch(seen).empty());
}

TEST_CASE("a keep alive that ran out is what the broker says it is") {
  watch_facts seen = watched({drop(true, "disconnect", 5)}, 4);
  seen.drops[0].reason = 0x8d;
  CHECK(first(seen) == "session-keepalive-expired");
}
