// Lines of mosquitto_passwd 2.0 and 1.6, and damaged ones.
#include "mqttkit/probe/password_hash.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mqttkit::probe;

namespace {

const std::string of_x =
    "$7$101$uBiFJ20KOALzo4hh$7lRkiJYnZrQ2vWWP"
    "kTwcW1D4jPVyQmQy3MWPq5Ps9aEhCDcUAxv6C6k9160uGxMN8azEnKIfen9Y1CrX+1EELA==";
const std::string of_open_sesame =
    "$6$MDEyMzQ1Njc4OWFi$3ZDqIYxjo1SmUPsD3MKW"
    "ztoL16q8yPgonBy9Ynh/aUKWSJpyyYIzA3gJX9pX/9THkxXmjuJ/wvGghv1kHjFTbw==";

}  // namespace

TEST_CASE("a password is told from others by the hash that mosquitto_passwd 2 makes") {
  CHECK(match_password(of_x, "x") == password_match::yes);
  CHECK(match_password(of_x, "X") == password_match::no);
  CHECK(match_password(of_x, "") == password_match::no);
  CHECK(match_password(of_x, "x ") == password_match::no);
}

TEST_CASE("the older kind of hash is checked as well") {
  CHECK(match_password(of_open_sesame, "open sesame") == password_match::yes);
  CHECK(match_password(of_open_sesame, "open sesam") == password_match::no);
}

TEST_CASE("a hash of another kind, cut short or without end is not judged") {
  for (const char* text : {"", "$", "$7$", "$7$101$", "$7$101$c2FsdA==$", "$7$0$c2FsdA==$aGFzaA==",
                           "$5$c2FsdA==$aGFzaA==", "$7$101$c2FsdA==$aGFzaA==",
                           "$7$-1$c2FsdA==$aGFzaA==", "$argon2id$v=19$m=65536$c2FsdA$aGFzaA",
                           "plain", "$6$====$====", "$6$c2FsdA==$not base64"}) {
    CHECK_MESSAGE(match_password(text, "x") == password_match::unknown, text);
  }
  const std::string costly = "$7$2000000000" + of_x.substr(of_x.find('$', 3));
  CHECK(match_password(costly, "x") == password_match::unknown);
  for (std::size_t end = 0; end + 4 < of_x.size(); ++end) {
    CHECK(match_password(of_x.substr(0, end), "x") != password_match::yes);
  }
}
