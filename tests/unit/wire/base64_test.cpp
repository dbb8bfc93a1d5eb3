#include "mqttkit/wire/base64.hpp"

#include <doctest/doctest.h>

#include "wire/sha1.hpp"

using namespace mqttkit;

TEST_CASE("base64 gives the vectors of RFC 4648 §10") {
  CHECK(base64(as_bytes("")) == "");
  CHECK(base64(as_bytes("f")) == "Zg==");
  CHECK(base64(as_bytes("fo")) == "Zm8=");
  CHECK(base64(as_bytes("foo")) == "Zm9v");
  CHECK(base64(as_bytes("foob")) == "Zm9vYg==");
  CHECK(base64(as_bytes("fooba")) == "Zm9vYmE=");
  CHECK(base64(as_bytes("foobar")) == "Zm9vYmFy");
  CHECK(base64(as_bytes("\xFF\xFE\xFD")) == "//79");
}

TEST_CASE(
    "SHA-1 gives the vectors of RFC 3174 §7.3, and the padding that takes a block of its own") {
  CHECK(base64(sha1("abc")) == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
  CHECK(base64(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "hJg+RBw70m66rkqh+VEp5eVGcPE=");
  CHECK(base64(sha1("")) == "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
  // 55, 56 and 64 bytes are where the length field moves into the next block; from openssl sha1
  CHECK(base64(sha1(std::string(55, 'a'))) == "wci73CJ5bijA4VFj0giZtlYh1lo=");
  CHECK(base64(sha1(std::string(56, 'a'))) == "wtszD2CDhUyZ1LW/tujynyAb5pk=");
  CHECK(base64(sha1(std::string(64, 'a'))) == "AJi6gktcFkJ716ESKlpEKiXsZE0=");
}
