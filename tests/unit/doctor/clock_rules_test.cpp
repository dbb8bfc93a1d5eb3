// Firewall rules for certain hours or days, judged at a given time.
#include "mqtt-doctor/probes/host/clock_rules.hpp"

#include <doctest/doctest.h>

#include "unit/doctor/recorded.hpp"

using namespace mqttkit::doctor;

namespace {

/// A given local time; 2026-11-21 is a Saturday.
std::tm at(int hour, int minute = 0, int weekday = 6) {
  std::tm made{};
  made.tm_hour = hour;
  made.tm_min = minute;
  made.tm_wday = weekday;
  return made;
}

/// That time of today in this machine's time zone.
std::time_t today(int hour) {
  std::time_t now = 1'795'000'000;
  std::tm parts = wall_clock(now, false);
  parts.tm_hour = hour;
  parts.tm_min = parts.tm_sec = 0;
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

firewall_verdict judged_at(const firewall_texts& texts, std::time_t now) {
  packet like;
  like.in = "eth0";
  like.own_addresses = {"10.77.2.2"};
  like.now = now;
  const auto route = [](const std::string&) { return std::string("eth0"); };
  return judge_ports(read_rules(texts), {1914}, like, false, "public", route).at(0).verdict.value();
}

}  // namespace

TEST_CASE("hours may go over midnight, and what is no hour is not guessed at") {
  CHECK(is_within_hours("08:00", "18:00", at(12)) == true);
  CHECK(is_within_hours("08:00", "18:00", at(19)) == false);
  CHECK(is_within_hours("22:00", "06:00", at(23)) == true);
  CHECK(is_within_hours("22:00", "06:00", at(5, 30)) == true);
  CHECK(is_within_hours("22:00", "06:00", at(12)) == false);
  CHECK_FALSE(is_within_hours("late", "06:00", at(12)));
}

TEST_CASE("days are told by name, by two letters and by number") {
  CHECK(is_on_day({"Saturday"}, at(12)) == true);
  CHECK(is_on_day({"Mon", "Sa"}, at(12)) == true);
  CHECK(is_on_day({"6"}, at(12)) == true);
  CHECK(is_on_day({"7"}, at(12, 0, 0)) == true);
  CHECK(is_on_day({"Monday", "Tue"}, at(12)) == false);
  CHECK_FALSE(is_on_day({"someday"}, at(12)));
}

TEST_CASE("a rule of nft for some hours is judged for the hour that it is") {
  const firewall_texts texts = recorded_firewall("nft-many");
  CHECK(judged_at(texts, 0) == firewall_verdict::unknown);
  CHECK(judged_at(texts, today(12)) == firewall_verdict::accept);
  const firewall_verdict evening = judged_at(texts, today(20));
  CHECK(evening != firewall_verdict::accept);
  CHECK(evening != firewall_verdict::unknown);
}

TEST_CASE("iptables' times are UTC unless the kernel's zone is asked for") {
  firewall_texts texts;
  texts.iptables =
      "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 1914 -m time --timestart "
      "08:00:00 --timestop 18:00:00 -j DROP\nCOMMIT\n";
  constexpr std::time_t noon = 1'795'003'200, evening = noon + 8 * 3600;  // of a day in UTC
  CHECK(judged_at(texts, noon) == firewall_verdict::drop);
  CHECK(judged_at(texts, evening) == firewall_verdict::accept);
  CHECK(judged_at(texts, 0) == firewall_verdict::unknown);
}
