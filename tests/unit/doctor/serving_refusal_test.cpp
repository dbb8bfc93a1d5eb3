// A broker that does not serve: whom it turns away tells what is the matter.
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

/// Whether the first cause says so, in whatever part of it.
bool speaks_of(const phone& made, const std::string& part) {
  const finding first = made.found().causes.at(0);
  std::string all = in_english(first.cause);
  for (const sentence& each : first.evidence) all += '\n' + in_english(each);
  for (const cure& each : first.cures) all += '\n' + in_english(each.what) + ' ' + each.command;
  all += '\n' + in_english(first.apart) + ' ' + first.apart_command;
  return all.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a broker that is unavailable to one login has trouble with what it asks about users") {
  const auto said = [](int to_login, int to_nobody) {
    phone made;
    made.with_login().answers(3, to_login, "3.1.1");
    made.contact_for("no-login").answers(to_nobody, to_nobody, "3.1.1");
    made.last().mqtt->sent_user = made.last().mqtt->sent_password = false;
    return made;
  };
  for (const int other : {0, 0x86, 0x87}) {
    const phone alone = said(0x88, other);
    CHECK(alone.first() == "mqtt-server-busy-or-banned");
    CHECK(alone.sureness() == certainty::likely);
    CHECK(speaks_of(alone, "for this login alone"));
    CHECK(speaks_of(alone, "HTTP service"));
    CHECK(speaks_of(alone, "Without a user name it answers"));
  }
  for (const int other : {0, 0x86, 0x88}) {
    CHECK(speaks_of(said(0x88, other), "asks about users"));
    CHECK_FALSE(said(0x88, other).names("auth-bad-credentials"));
  }
  const phone all = said(0x88, 0x88);
  CHECK(all.sureness() == certainty::likely);
  CHECK(speaks_of(all, "overloaded"));
  CHECK(speaks_of(all, "answers the same without a user name"));
  CHECK_FALSE(speaks_of(all, "alone"));
}

TEST_CASE("a ban or a quota is told with whose it is, where another CONNECT shows that") {
  phone user;
  user.with_login().answers(0x97, 0x97);
  user.contact_for("no-login").answers(0x87, 0x87);
  CHECK(speaks_of(user, "quota of this user"));
  CHECK(user.sureness() == certainty::likely);
  phone name;
  name.all.asked.client_id = "lamp";
  name.answers(0x8A, 0x8A);
  name.contact_for("other-id").accepts();
  CHECK(speaks_of(name, "banned this client identifier"));
  CHECK(name.sureness() == certainty::certain);
  phone tenant;
  tenant.with_login().answers(0x97, 0x97);
  CHECK(speaks_of(tenant, "tenant"));
  phone full;
  full.answers(0x89, 0x89);
  CHECK(speaks_of(full, "limit of connections"));
  CHECK(full.sureness() == certainty::likely);
}

TEST_CASE("a broker that sends its clients elsewhere is asked where, and whether it means itself") {
  const auto moved = [](const std::string& there) {
    phone made;
    made.answers(0x9D, 0x9D);
    made.last().mqtt->server_reference = there;
    return made;
  };
  CHECK(speaks_of(moved("other.net"), "mqtt-doctor other.net"));
  CHECK(speaks_of(moved(""), "does not say which"));
  CHECK_FALSE(speaks_of(moved(""), "mqtt-doctor"));
  CHECK(speaks_of(moved("broker.example:1883"), "to itself"));
  CHECK_FALSE(speaks_of(moved("broker.example:8883"), "to itself"));
}

TEST_CASE("a code about messages or sizes is told for what CONNECT has of it") {
  const auto with_code = [](int code) {
    phone made;
    made.with_login().answers(code, code);
    REQUIRE(made.first() == "mqtt-refused");
    return made;
  };
  CHECK(speaks_of(with_code(0x95), "too large"));
  for (const int code : {0x90, 0x99, 0x9A, 0x9B}) {
    CHECK(speaks_of(with_code(code), "had none"));
    CHECK(with_code(code).sureness() == certainty::likely);
  }
  CHECK(speaks_of(with_code(0x8C), "another authentication method"));
  CHECK(with_code(0x8C).sureness() == certainty::likely);
}
