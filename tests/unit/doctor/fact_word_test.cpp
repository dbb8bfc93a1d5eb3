#include "mqtt-doctor/facts/fact_word.hpp"

#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {
namespace {

template <class Enum>
void check_round_trip() {
  for (const auto& row : word_rows<Enum>) {
    const fact_word<Enum> read{std::string_view(row.word)};
    CHECK(read == row.value);
    CHECK(read.word() == row.word);
  }
}

/// Every word that reports print is in the translation catalogue.
template <class Enum>
void check_translations(const std::string& catalogue) {
  for (const auto& row : word_rows<Enum>) {
    if (*row.word == 0) continue;
    const std::string line = "\nmsgid \"" + std::string(row.word) + "\"\nmsgstr \"";
    const std::size_t at = catalogue.find(line);
    CHECK_MESSAGE((at != std::string::npos && catalogue[at + line.size()] != '"'), row.word);
  }
}

}  // namespace

TEST_CASE("a word of a fact is read as it was written") {
  check_round_trip<contact_purpose>();
  check_round_trip<connect_outcome>();
  check_round_trip<dns_outcome>();
  check_round_trip<connection_end>();
  check_round_trip<mqtt_answer>();
  check_round_trip<scheme>();
  check_round_trip<spoken_protocol>();
  check_round_trip<mqtt_version>();
  check_round_trip<client_id_kind>();
  check_round_trip<delivery_stage>();
  check_round_trip<firewall_tool>();
  check_round_trip<firewall_verdict>();
  check_round_trip<step_name>();
  check_round_trip<broker_kind>();
  check_round_trip<service_state>();
  check_round_trip<login_outcome>();
  check_round_trip<asked_family>();
  check_round_trip<login_part>();
  check_round_trip<host_slip>();
  check_round_trip<record_type>();
  check_round_trip<lookup_outcome>();
  check_round_trip<tls_version>();
  check_round_trip<problem_kind>();
  check_round_trip<log_kind>();
  check_round_trip<ip_family>();
  check_round_trip<icmp_refusal>();
  check_round_trip<forward_outcome>();
  check_round_trip<process_state>();
  check_round_trip<service_start>();
  check_round_trip<listener_protocol>();
  check_round_trip<acl_access>();
  check_round_trip<proxy_program>();
  check_round_trip<proxy_mode>();
  check_round_trip<disk_purpose>();
  check_round_trip<selinux_mode>();
  check_round_trip<cloud_provider>();
}

TEST_CASE("words of another version's facts are kept and taken for none of ours") {
  facts known;
  const std::string older =
      R"({"format":1,"asked":{},"endpoints":[{"contacts":[{"purpose":"random-byte","end":"eaten",)"
      R"("speaks":"gopher","connect":{"outcome":"connected"},)"
      R"("mqtt":{"answer":"mumbled","version":"6"}}]}],)"
      R"("host":{"configurations":[{"problems":[{"kind":"odd-option"}]}],)"
      R"("firewall":[{"tool":"bpf","verdict":"slow","icmp":"go-away"}],"services":[{"enabled":"static"}],"log":[{"kind":"yawned"}]}})";
  REQUIRE(facts_from_json(older, known).empty());
  const contact& made = known.endpoints.at(0).contacts.at(0);
  CHECK(made.purpose.word() == "random-byte");
  CHECK_FALSE(made.purpose.empty());
  CHECK_FALSE(made.purpose == contact_purpose::none);
  CHECK_FALSE(made.end == connection_end::none);
  CHECK(made.connect.is_connected());
  CHECK_FALSE(made.mqtt->is_accepted());
  const std::string again = facts_to_json(known, false);
  for (const char* word :
       {R"("purpose":"random-byte")", R"("end":"eaten")", R"("outcome":"connected")",
        R"("answer":"mumbled")", R"("speaks":"gopher")", R"("version":"6")", R"("tool":"bpf")",
        R"("verdict":"slow")", R"("kind":"odd-option")", R"("kind":"yawned")",
        R"("icmp":"go-away")", R"("enabled":"static")"}) {
    CHECK_MESSAGE(again.find(word) != std::string::npos, word);
  }
}

TEST_CASE("a word that nobody knows is safe for a terminal, and is written as it is read again") {
  // haproxy's mode, say, is whatever stands in its file.
  const fact_word<proxy_mode> made("tcp\x1b[2J\xff");
  CHECK(made.value() == proxy_mode::none);
  CHECK(made.word().find('\x1b') == std::string::npos);
  CHECK(fact_word<proxy_mode>(made.word()) == made);
}

TEST_CASE("a scheme stands for its port, TLS and WebSocket") {
  for (const scheme each : {scheme::mqtt, scheme::mqtts, scheme::ws, scheme::wss}) {
    CHECK(scheme_with(has_tls(each), has_websocket(each)) == each);
    CHECK(default_port(each) != 0);
  }
  CHECK(default_port(scheme::mqtts) == 8883);
  CHECK(has_tls(scheme::wss));
  CHECK_FALSE(has_tls(scheme::none));
}

TEST_CASE(
    "a port is asked as is usual there, and only a port of brokers alone is expected to be so") {
  CHECK(usual_scheme(8083) == scheme::ws);
  CHECK(usual_scheme(22) == scheme::none);
  for (const int port : {1883, 8883, 8083, 8084, 9001, 443, 15675, 15676})
    CHECK(expected_scheme(port) == usual_scheme(port));
  for (const int port : {8000, 8884}) {
    CHECK(usual_scheme(port) != scheme::none);
    CHECK(expected_scheme(port) == scheme::none);
  }
}

TEST_CASE("what connections were made for, and how they fared, is said in Chinese too") {
  const std::string catalogue =
      testing::read_file(std::string(PROJECT_ROOT) + "/tools/mqtt-doctor/po/zh_CN.po");
  check_translations<connect_outcome>(catalogue);
  check_translations<dns_outcome>(catalogue);
  check_translations<connection_end>(catalogue);
  check_translations<mqtt_answer>(catalogue);
  check_translations<step_name>(catalogue);
  check_translations<forward_outcome>(catalogue);
  for (const auto& row : word_rows<contact_purpose>) {
    // These two are never kept in a contact, and so never printed.
    if (row.value == contact_purpose::port || row.value == contact_purpose::test_net) continue;
    if (*row.word == 0) continue;
    const bool is_there =
        catalogue.find("\nmsgid \"" + std::string(row.word) + "\"\n") != std::string::npos;
    CHECK_MESSAGE(is_there, row.word);
  }
  // The packet after which a connection ended (delivery_fact::ended_after).
  for (const delivery_stage after :
       {delivery_stage::subscribe, delivery_stage::publish, delivery_stage::ping}) {
    const std::string word(fact_word<delivery_stage>(after).word());
    CHECK_MESSAGE(catalogue.find("\nmsgid \"" + word + "\"\n") != std::string::npos, word);
  }
}

}  // namespace mqttkit::doctor
