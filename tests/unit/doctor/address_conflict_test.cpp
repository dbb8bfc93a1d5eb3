// Two machines with one IP address in a capture.
#include "mqtt-doctor/capture/address_conflict.hpp"

#include <doctest/doctest.h>

using namespace mqttkit::doctor;

namespace {

constexpr std::uint64_t one = 0x02000000000A, other = 0x02000000000B;

kept_stream connection_of(std::uint64_t client, int ttl = 64) {
  kept_stream made;
  made.story.client.address = "10.0.0.7";
  made.story.client.ttl = ttl;
  made.links.client = client;
  made.links.is_reset_clients = true;
  return made;
}

kept_stream reset_connection(int ttl = 64) {
  kept_stream made = connection_of(one, ttl);
  made.links.reset = other;
  made.story.reset_ttl = ttl;
  made.story.ended_in = {10};
  return made;
}

}  // namespace

TEST_CASE("an RST of another machine in a client's name tells of two with one address") {
  const kept_stream stream = reset_connection();
  const maybe_finding found = address_used_twice({&stream});
  REQUIRE(found);
  CHECK(found->id == "path-address-conflict");
}

TEST_CASE("machines that take turns at one address are two, and one that follows another is not") {
  const kept_stream first = connection_of(one), second = connection_of(other),
                    third = connection_of(one);
  CHECK(address_used_twice({&first, &second, &third}));
  CHECK_FALSE(address_used_twice({&first, &first, &second, &second}));
}

TEST_CASE("what was passed on, or was made on the way, has its router's hardware address") {
  const kept_stream far = reset_connection(57);
  CHECK_FALSE(address_used_twice({&far}));
  kept_stream at_router = reset_connection();
  at_router.place = capture_place::router;
  CHECK_FALSE(address_used_twice({&at_router}));
  kept_stream forged = reset_connection();
  forged.story.ending = stream_ending::reset_on_the_way;
  CHECK_FALSE(address_used_twice({&forged}));
  const kept_stream left = connection_of(one, 57), right = connection_of(other, 57);
  CHECK_FALSE(address_used_twice({&left, &right, &left, &right}));
}
