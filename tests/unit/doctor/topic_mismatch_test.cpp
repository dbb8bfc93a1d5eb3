// A topic and a filter that do not match, and the slip between them.
#include "mqtt-doctor/causes/topic_mismatch.hpp"

#include <doctest/doctest.h>

#include "mqtt-doctor/facts/topic_levels.hpp"

using namespace mqttkit::doctor;

namespace {

topic_slip slip(std::string_view filter, std::string_view topic) {
  return find_topic_mismatch(filter, topic).slip;
}
std::string mended(std::string_view filter, std::string_view topic) {
  return find_topic_mismatch(filter, topic).filter;
}

}  // namespace

TEST_CASE("an asterisk is told to be no wildcard, with the filter that would match") {
  const topic_mismatch found = find_topic_mismatch("home/*", "home/door");
  CHECK(found.slip == topic_slip::asterisk);
  CHECK(found.filter == "home/+");
}

TEST_CASE("a filter that matches has no mistake") {
  CHECK(slip("home/door", "home/door") == topic_slip::none);
  CHECK(slip("home/#", "home") == topic_slip::none);
  CHECK(slip("home/+/state", "home//state") == topic_slip::none);
  CHECK(slip("+/door", "/door") == topic_slip::none);
  CHECK(slip("$share/g/home/+", "home/door") == topic_slip::none);
  CHECK(slip("$SYS/#", "$SYS/broker/uptime") == topic_slip::none);
}

TEST_CASE("letters in another case are the first thing thought of") {
  const topic_mismatch mismatch = find_topic_mismatch("home/Door/+", "home/door/state");
  CHECK(mismatch.slip == topic_slip::letter_case);
  CHECK(mismatch.filter == "home/door/+");
  CHECK(mismatch.level == 2);
  CHECK(mismatch.wanted == "Door");
  CHECK(mismatch.found == "door");
}

TEST_CASE("a slash in front, behind or twice makes a level of its own") {
  CHECK(slip("/home/door", "home/door") == topic_slip::leading_slash);
  CHECK(mended("/home/+", "home/door") == "home/+");
  CHECK(mended("home/+", "/home/door") == "/home/+");
  CHECK(mended("/home/#", "home/door/state") == "home/#");
  CHECK(mended("home/#", "/home/door/state") == "/home/#");
  CHECK(slip("home/door/", "home/door") == topic_slip::trailing_slash);
  CHECK(mended("home/door/", "home/door") == "home/door");
  CHECK(slip("home/door", "home//door") == topic_slip::double_slash);
}

TEST_CASE("spaces and letters that only look the same are found") {
  CHECK(slip("home/door", "home/door ") == topic_slip::spaces);
  CHECK(mended("home/door", "home/door ") == "home/door ");
  CHECK(slip("home/door", "h\u043eme/door") == topic_slip::lookalikes);
  CHECK(slip("home/door", "home\uff0fdoor") == topic_slip::lookalikes);
  CHECK(slip("home/door", "home/\u200bdoor") == topic_slip::lookalikes);
  CHECK(plain_letters("\uff41\uff3a\u00a0x") == "aZ x");
}

TEST_CASE("two slips at once are still near") {
  CHECK(slip("/Home/door", "home/door/") == topic_slip::several);
  CHECK(mended("/Home/door", "home/door/") == "home/door/");
}

TEST_CASE("a wildcard where it may not stand is shown where it may") {
  CHECK(slip("home#", "home/door") == topic_slip::misplaced_hash);
  CHECK(mended("home#", "home/door") == "home/#");
  CHECK(mended("home/#/state", "home/door/state") == "home/+/state");
  CHECK(mended("home/#/state", "home/a/b/state") == "home/#");
  CHECK(slip("home/d+", "home/door") == topic_slip::misplaced_plus);
  CHECK(mended("home/d+", "home/door") == "home/+");
  CHECK(mended("home+", "home/door") == "home/+");
  CHECK(slip("home/#", "home/#") == topic_slip::wildcard_in_topic);
  CHECK(slip("home/#", "") == topic_slip::bad_topic);
  CHECK(slip("", "home") == topic_slip::bad_filter);
}

TEST_CASE("a wildcard in the first level leaves out what begins with $ [MQTT-4.7.2-1]") {
  CHECK(slip("#", "$SYS/broker/uptime") == topic_slip::dollar);
  CHECK(mended("#", "$SYS/broker/uptime") == "$SYS/#");
  CHECK(mended("+/broker/uptime", "$SYS/broker/uptime") == "$SYS/broker/uptime");
}

TEST_CASE("+ stands for exactly one level") {
  CHECK(slip("home/+", "home/room/door") == topic_slip::plus_is_one);
  CHECK(mended("home/+", "home/room/door") == "home/#");
  CHECK(mended("+", "home/door") == "#");
  CHECK(slip("home/+", "home") == topic_slip::plus_needs_one);
  CHECK(mended("home/+", "home") == "home/#");
  CHECK(slip("home/+/state", "home/room/door/state") == topic_slip::plus_is_one);
  CHECK(mended("home/+/state", "home/room/door/state") == "home/+/+/state");
}

TEST_CASE("a filter without a wildcard takes in nothing below or above it") {
  CHECK(slip("home", "home/door") == topic_slip::no_wildcard);
  CHECK(mended("home", "home/door") == "home/#");
  CHECK(slip("home/door/state", "home/door") == topic_slip::topic_is_parent);
  CHECK(mended("home/+/state", "home/door") == "home/+");
}

TEST_CASE("a word that is misspelt is told from another word") {
  const topic_mismatch near = find_topic_mismatch("home/temprature", "home/temperature");
  CHECK(near.slip == topic_slip::spelling);
  CHECK(near.filter == "home/temperature");
  CHECK(slip("home/kitchen/+", "home/cellar/door") == topic_slip::other_level);
  CHECK(slip("a/b/c", "x/y") == topic_slip::different);
  CHECK(mended("a/b/c", "x/y").empty());
}

TEST_CASE("in a shared subscription the filter behind the group counts") {
  CHECK(slip("$share/g", "home/door") == topic_slip::bare_share);
  CHECK(slip("$share//home", "home") == topic_slip::bare_share);
  CHECK(slip("$share/g/", "home") == topic_slip::bare_share);
  CHECK(slip("$share/g/Home/door", "home/door") == topic_slip::letter_case);
  CHECK(mended("$share/g/Home/door", "home/door") == "$share/g/home/door");
  CHECK(mended("$share/g/home", "home/door") == "$share/g/home/#");
}

TEST_CASE("a line end or a tab is told from a space, in a file of facts as well") {
  CHECK(slip("home/door", "home/door\n") == topic_slip::control_characters);
  CHECK(slip("home/door\r", "home/door") == topic_slip::control_characters);
  CHECK(slip("home/\tdoor", "home/door") == topic_slip::control_characters);
  CHECK(slip("home/door", "home/door\x1b[K") != topic_slip::control_characters);
  CHECK(slip("home/door", "home/door\\x0A") == topic_slip::control_characters);
  CHECK(slip("home/door", "home/door ") == topic_slip::spaces);
}

TEST_CASE("only / parts levels, and quotes are letters") {
  CHECK(slip("home/door", "home\\door") == topic_slip::separators);
  CHECK(slip("home/door", "home.door") == topic_slip::separators);
  CHECK(slip("home:door", "home/door") == topic_slip::separators);
  CHECK(slip("home/door", "\"home/door\"") == topic_slip::quotes);
  CHECK(slip("'home/#'", "home/door") == topic_slip::quotes);
  CHECK(slip("v1.2/door", "v1.2/door") == topic_slip::none);
  CHECK(slip("v1.2/door", "v1.3/door") != topic_slip::separators);
}

TEST_CASE("a group that was left out, and a prefix of EMQX, are told by what is left") {
  const topic_mismatch bare = find_topic_mismatch("$share/home/door", "home/door");
  CHECK(bare.slip == topic_slip::share_without_group);
  CHECK(bare.filter == "$share/GROUP/home/door");
  CHECK(bare.wanted == "home");
  CHECK(slip("$share/home/#", "home/door") == topic_slip::none);
  CHECK(slip("$share/home/+/door", "home/a/door") == topic_slip::share_without_group);
  CHECK(slip("$queue/home/door", "home/door") == topic_slip::foreign_prefix);
  CHECK(mended("$queue/home/#", "home/door") == "$share/GROUP/home/#");
  CHECK(mended("$exclusive/home", "home") == "home");
  CHECK(slip("$queue/home/door", "cellar/door") != topic_slip::foreign_prefix);
  CHECK(slip("home", "$share/g/home") == topic_slip::share_in_topic);
}

TEST_CASE("hostile texts are only different") {
  const std::string deep(65'000, '/');
  CHECK(slip(deep, "a") == topic_slip::different);
  CHECK(slip("a", deep) == topic_slip::different);
  CHECK(slip(std::string(70'000, 'a'), "a") == topic_slip::bad_filter);
  CHECK(slip("\xff", "a") == topic_slip::bad_filter);
}

TEST_CASE("a letter of two characters is told from the same letter of one") {
  CHECK(slip("home/k\u00fcche", "home/ku\u0308che") == topic_slip::composition);
  CHECK(slip("home/K\u00dcCHE", "home/KU\u0308CHE") == topic_slip::composition);
  CHECK(slip("gar\u00e7on/\u00ff", "garc\u0327on/y\u0308") == topic_slip::composition);
  CHECK(slip("home/k\u00fcche", "home/kuche") != topic_slip::composition);
  CHECK(slip("home/k\u00fcche", "home/k\u00fcche") == topic_slip::none);
}

TEST_CASE("escapes of URLs are text to MQTT") {
  CHECK(slip("home%2Fdoor", "home/door") == topic_slip::percent);
  CHECK(slip("home/front door", "home/front%20door") == topic_slip::percent);
  CHECK(slip("home/100%", "home/100%") == topic_slip::none);
}

TEST_CASE("a list of topics is one filter that matches none of them") {
  CHECK(slip("home/door,home/window", "home/window") == topic_slip::list);
  CHECK(mended("[\"home/door\", \"home/+\"]", "home/door") == "home/door");
  CHECK(slip("home/door home/window", "home/door") == topic_slip::list);
  CHECK(slip("home/door,", "home/door") == topic_slip::spelling);
}

TEST_CASE("a place that nobody filled in is told, in the filter and in the topic") {
  const topic_mismatch in_filter = find_topic_mismatch("home/{id}/door", "home/7/door");
  CHECK(in_filter.slip == topic_slip::placeholder);
  CHECK(in_filter.wanted == "{id}");
  CHECK(in_filter.filter == "home/+/door");
  CHECK(slip("%prefix%/%topic%/POWER", "stat/lamp/POWER") == topic_slip::placeholder);
  CHECK(find_topic_mismatch("home/7/door", "home/undefined/door").found == "undefined");
  CHECK(slip("home/7/door", "home/%s/door") == topic_slip::unfilled);
  CHECK(slip("home/+/door", "home/undefined/door") == topic_slip::none);
}

TEST_CASE("patterns of something else are told to be none, with the wildcards that are meant") {
  CHECK(slip("home/.*", "home/door") == topic_slip::foreign_pattern);
  CHECK(mended("home/.*", "home/door") == "home/+");
  CHECK(mended("home/sens*", "home/sensor") == "home/+");
  CHECK(mended("*", "home/door") == "#");
  CHECK(mended("home/**", "home/a/b") == "home/#");
  CHECK(slip("home/*", "home/door") == topic_slip::asterisk);
}

TEST_CASE("what one side has more than the other is named") {
  CHECK(slip("door/home", "home/door") == topic_slip::order);
  const topic_mismatch front = find_topic_mismatch("home/+", "site/home/door");
  CHECK(front.slip == topic_slip::topic_has_front);
  CHECK(front.found == "site/");
  CHECK(front.filter == "site/home/+");
  CHECK(find_topic_mismatch("site/home/#", "home/door").wanted == "site/");
  CHECK(find_topic_mismatch("home/door", "home/hall/door").found == "hall");
  CHECK(mended("home/hall/door", "home/door") == "home/door");
  CHECK(find_topic_mismatch("mqtt://host/home/door", "home/door").wanted == "mqtt://host/");
  CHECK(find_topic_mismatch("home/door", "topic=home/door").found == "topic=");
  CHECK(slip("a/b/c", "x/y") == topic_slip::different);
}

TEST_CASE("a shared subscription is written in one way") {
  CHECK(slip("share/g/home/door", "home/door") == topic_slip::share_misspelt);
  CHECK(mended("$SHARE/g/home/door", "home/door") == "$share/g/home/door");
  CHECK(slip("$share/+/home/door", "home/door") == topic_slip::share_group);
}

TEST_CASE("a slash that is missing between two levels is named") {
  CHECK(slip("ovms/twizy/metric", "ovms/twizymetric") == topic_slip::missing_slash);
  CHECK(slip("homedoor", "home/door") == topic_slip::missing_slash);
  CHECK(slip("home/door/", "home/door") == topic_slip::trailing_slash);
  CHECK(slip("site1/home/#", "site1home/door") == topic_slip::missing_slash);
  CHECK(slip("site1/home/+/state", "site1home/door/state") == topic_slip::missing_slash);
  // A wildcard would take anything.
  CHECK(slip("+/door", "homedoor") != topic_slip::missing_slash);
  CHECK(slip("home/#", "homeassistant/door") != topic_slip::missing_slash);
}

TEST_CASE("a shared subscription is not written with a d") {
  CHECK(slip("$shared/group/door", "door") == topic_slip::share_misspelt);
  CHECK(slip("shared/group/door", "door") == topic_slip::share_misspelt);
}

TEST_CASE("control characters are found, and ordinary letters are none") {
  CHECK_FALSE(control_character_in("door\t").empty());
  CHECK_FALSE(control_character_in("door\u0085").empty());
  CHECK(control_character_in("T\u00fcr \u6e29\u5ea6").empty());
}
