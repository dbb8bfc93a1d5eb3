#include "mqttkit/sn/search.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace mqttkit::sn {
namespace {

using namespace std::chrono_literals;
using mqttkit::test::hex;
using mqttkit::test::to_hex;

struct seeker {
  explicit seeker(search_options options = {}) : search(options) { search.start(now); }

  std::string sent() {
    const std::string text = to_hex(search.output());
    search.written();
    return text;
  }
  bool hears(std::string_view text, std::string_view from = "192.0.2.1:1884") {
    return search.feed(hex(text), from, now);
  }
  bool waits(std::chrono::milliseconds time) {
    now += time;
    return search.expire(now);
  }

  gateway_search search;
  gateway_search::time_point now{1h};
};

}  // namespace

TEST_CASE("SEARCHGW is repeated at growing intervals until somebody answers (§6.1)") {
  seeker s;
  CHECK(s.sent() == "03 01 00");
  CHECK(s.search.deadline() == s.now + 5s);
  s.waits(5s);
  CHECK(s.sent() == "03 01 00");
  CHECK(s.search.deadline() == s.now + 10s);
  CHECK(s.hears("03 02 07"));
  CHECK_FALSE(s.hears("03 02 07"));  // doubled
  CHECK(s.search.gateways().size() == 1);
  CHECK(s.search.gateways()[0].id == 7);
  CHECK(s.search.gateways()[0].from == "192.0.2.1:1884");
  CHECK(s.search.gateways()[0].has_answered);
  s.waits(10s);
  CHECK(s.sent().empty());
  CHECK(s.search.is_over());
}

TEST_CASE("where nobody answers the search ends") {
  seeker s;
  for (const auto wait : {5s, 10s, 20s}) {
    CHECK(s.sent() == "03 01 00");
    CHECK_FALSE(s.search.is_over());
    s.waits(wait);
  }
  CHECK(s.sent().empty());
  CHECK(s.search.is_over());
  CHECK(s.search.deadline() == gateway_search::time_point::max());
}

TEST_CASE("an ADVERTISE spares the search, and missing three loses the gateway (§6.1)") {
  seeker s;
  CHECK(s.hears("05 00 07 03 84"));  // every 900 s
  CHECK(s.sent().empty());
  CHECK_FALSE(s.waits(900s));
  CHECK_FALSE(s.hears("05 00 07 03 84"));
  CHECK(s.search.deadline() == s.now + 2700s);
  CHECK(s.waits(2700s));
  CHECK(s.search.gateways().empty());
  CHECK(s.sent() == "03 01 00");  // none is left: search again
}

TEST_CASE("a client may answer for a gateway, and tells its address (§5.4.3)") {
  seeker s;
  CHECK(s.hears("07 02 07 7F 00 00 01", "192.0.2.9:1884"));
  CHECK(to_hex(as_bytes(s.search.gateways()[0].address)) == "7F 00 00 01");
}

TEST_CASE("what is no answer is dropped, and not everybody is kept") {
  search_options options;
  options.most_gateways = 2;
  seeker s(options);
  CHECK_FALSE(s.hears("03 05 00"));
  CHECK_FALSE(s.hears("FF FF"));
  CHECK(s.hears("03 02 01"));
  CHECK(s.hears("03 02 02"));
  CHECK_FALSE(s.hears("03 02 03"));
  CHECK(s.search.gateways().size() == 2);
}

TEST_CASE("a start may wait, so that many clients do not search at once (§6.1)") {
  gateway_search search{search_options()};
  const gateway_search::time_point now{1h};
  search.start(now, 3s);
  CHECK(search.output().empty());
  CHECK(search.deadline() == now + 3s);
  search.expire(now + 3s);
  CHECK_FALSE(search.output().empty());
}

}  // namespace mqttkit::sn
