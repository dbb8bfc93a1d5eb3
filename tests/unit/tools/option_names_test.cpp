// The names of the options: each is taken, no two are alike, and none of mosquitto's is missing.
#include <doctest/doctest.h>

#include <set>

#include "cli/parser.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;
using namespace std::chrono_literals;

TEST_CASE("every option of the table is taken, in every spelling, by the programs it belongs to") {
  const auto value_of = [](const option_row& row) -> std::vector<std::string_view> {
    switch (row.id) {
      case option_id::url:
        return {"mqtt://h/a"};
      case option_id::predefined:
        return {"7=a/b"};
      case option_id::sleep:
        return {"5s"};
      case option_id::sn_max_packet:
        return {"80"};
      case option_id::resolver:
        return {"192.0.2.53"};
      case option_id::check_tag:
        return {"site=berlin"};
      case option_id::check_every:
        return {"60s"};
      case option_id::proxy:
        return {"socks5h://proxy"};
      case option_id::ws_path:
        return {"/x"};
      case option_id::ws_header:
        return {"a: b"};
      case option_id::tls_version:
        return {"tlsv1.3"};
      case option_id::protocol_version:
        return {"5"};
      case option_id::property:
        return {"connect", "user-property", "a", "b"};
      case option_id::outbox_limit:
        return {"10M"};
      case option_id::psk:
        return {"00ff"};
      case option_id::tls_engine_kpass_sha1:
        return {"0123456789012345678901234567890123456789"};
      case option_id::password_file:
        return {"/proc/self/comm"};
      case option_id::config:
      case option_id::key_pass_file:
        return {"/dev/null"};
      case option_id::retain_handling:
        return {"new"};
      case option_id::keyform:
        return {"pem"};
      case option_id::every:
      case option_id::connect_timeout:
      case option_id::wait_broker:
      case option_id::idle:
      case option_id::summary_every:
        return {"10s"};
      case option_id::retained:
        return {"only"};
      case option_id::where:
        return {".a"};
      case option_id::rotate_every:
        return {"1h"};
      case option_id::rotate_size:
      case option_id::max_packet_size:
        return {"10M"};
      case option_id::on_exec_failure:
        return {"stop"};
      case option_id::decode:
        return {"sparkplug"};
      case option_id::events:
        return {"json"};
      case option_id::colour:
        return {"never"};
      case option_id::speed:
        return {"10x"};
      case option_id::payload_form:
        return {"hex"};
      case option_id::on_refused:
        return {"stop"};
      default:
        break;
    }
    if (row.id == option_id::message_size) return {"300k"};
    if (row.id == option_id::doctor_property) return {"publish", "message-expiry-interval", "60"};
    if (row.id == option_id::time_limit || row.id == option_id::away) return {"5s"};
    if (row.id == option_id::language) return {"en"};
    if (row.id == option_id::captured_on) return {"server"};
    if (row.id == option_id::symptom) return {"late"};
    if (row.id == option_id::exec_timeout) return {"5s"};
    if (row.id == option_id::reply_topic) return {"replies"};
    if (row.id == option_id::as_mosquitto) return {"2.1"};
    if (row.id == option_id::own_subscription) return {"topic=a"};
    if (row.id == option_id::report_file) return {"report.md"};
    if (row.id == option_id::listen_on) return {"1883"};
    if (row.id == option_id::forward) return {"localhost:1884"};
    if (row.id == option_id::listen_time || row.id == option_id::watch_time) return {"2m"};
    if (row.id == option_id::doctor_colour) return {"never"};
    if (row.kind == value_kind::number) return {"7"};
    if (row.kind == value_kind::choice) return {"1"};
    return {"a"};
  };
  // What some options need beside them.
  const auto company_of = [](option_id id) -> std::vector<std::string_view> {
    switch (id) {
      case option_id::ws_path:
      case option_id::ws_header:
        return {"--ws"};
      case option_id::keep_session:
        return {"-i", "me"};
      case option_id::sent_via:
        return {"--publish"};
      case option_id::password:
      case option_id::password_file:
        return {"-u", "me"};
      case option_id::cert:
        return {"--key", "k"};
      case option_id::key:
        return {"--cert", "c"};
      case option_id::psk:
        return {"--psk-identity", "me"};
      case option_id::blank_addresses:
        return {"--report", "report.md"};
      case option_id::write_capture:
        return {"--capture"};
      case option_id::write_passwords:
        return {"--capture", "--write", "f"};
      case option_id::psk_identity:
        return {"--psk", "00"};
      case option_id::will_payload:
      case option_id::will_retain:
        return {"--will-topic", "w"};
      case option_id::tls_engine_kpass_sha1:
        return {"--tls-engine", "e", "--keyform", "engine", "--key", "k", "--cert", "c"};
      case option_id::key_separator:
      case option_id::null_separated:
      case option_id::payload_form:
        return {"-l"};
      case option_id::replay:
      case option_id::speed:
        return {"--from-json", "f"};
      case option_id::decode:
        return {"--json"};
      case option_id::per_topic:
      case option_id::rotate_size:
      case option_id::rotate_every:
        return {"--out", "d"};
      case option_id::dry_run:
      case option_id::yes:
        return {"--clean-retained", "c", "--dry-run"};
      case option_id::clean_retained:
        return {"--yes"};
      case option_id::reply_topic:
        return {"--reply-exec", "cat"};
      case option_id::exec_timeout:
      case option_id::exec_jobs:
      case option_id::on_exec_failure:
        return {"--exec", "cat"};
      case option_id::topic_id:
      case option_id::predefined:
      case option_id::sleep:
      case option_id::sn_max_packet:
        return {"mqtt-sn://h"};
      case option_id::outbox_limit:
        return {"--outbox", "d"};
      case option_id::away:
      case option_id::doctor_keep_session:
      case option_id::doctor_property:
      case option_id::doctor_session_expiry:
      case option_id::doctor_qos:
        return {"--offline"};
      default:
        return {};
    }
  };
  for (const program which : {program::pub, program::sub, program::doctor}) {
    for (const option_row& row : option_rows()) {
      if (!row.is_in(which)) continue;
      // These want a file with profiles and a terminal; config_file_test and secret_test have them.
      if (row.id == option_id::profile || row.id == option_id::ask_password) continue;
      std::vector<std::string> spellings;
      if (row.letter != 0) spellings.push_back(std::string("-") + row.letter);
      for (std::string_view list = row.long_names; !list.empty();)
        spellings.push_back("--" + std::string(next_word(list)));
      for (const std::string& spelling : spellings) {
        CAPTURE(spelling);
        std::vector<std::string> line = {"program"};
        const bool listens = row.group == option_group::listen;
        const bool is_source =
            row.id == option_id::message || row.id == option_id::file ||
            row.id == option_id::stdin_file || row.id == option_id::stdin_line ||
            row.id == option_id::null_message || row.id == option_id::from_json ||
            row.id == option_id::message_template || row.id == option_id::key_separator ||
            row.id == option_id::null_separated || row.id == option_id::payload_form ||
            row.id == option_id::replay || row.id == option_id::speed;
        const bool cleans = row.id == option_id::clean_retained || row.id == option_id::dry_run ||
                            row.id == option_id::yes || row.id == option_id::topic_id;
        if (listens && row.id != option_id::listen_on) {
          line.insert(line.end(), {"listen", "1883"});
        } else if (listens) {
          line.emplace_back("listen");
        } else if (row.group == option_group::explain) {
          line.emplace_back("explain");
          if (row.id == option_id::said_by) line.insert(line.end(), {"--said", "s"});
          if (row.id == option_id::captured_on) line.emplace_back("x.pcap");
        } else if (row.group == option_group::delivery) {
          line.insert(line.end(), {"delivery", "h", "-t", "t"});
        } else if (row.group == option_group::check) {
          line.emplace_back("check");
          if (row.id != option_id::check_target && row.id != option_id::targets_file)
            line.emplace_back("h");
          if (row.id == option_id::on_change) line.insert(line.end(), {"--state", "s"});
        } else if (row.group == option_group::mend) {
          line.emplace_back("mend");
          if (row.id != option_id::mend_yes) line.emplace_back("--yes");
        } else if (row.group == option_group::phone) {
          line.emplace_back("phone");
        } else if (!cleans)
          line.insert(line.end(), {"-t", "t"});
        if (which == program::pub && !is_source) line.insert(line.end(), {"-m", "m"});
        for (const std::string_view word : company_of(row.id)) line.emplace_back(word);
        line.push_back(spelling);
        if (row.takes_value())
          for (const std::string_view word : value_of(row)) line.emplace_back(word);
        std::vector<char*> argv;
        for (std::string& word : line) argv.push_back(word.data());
        const int argc = static_cast<int>(argv.size());
        parse_result result;
        pub_settings as_pub;
        sub_settings as_sub;
        doctor_settings as_doctor;
        result = which == program::pub   ? parse(argc, argv.data(), as_pub)
                 : which == program::sub ? parse(argc, argv.data(), as_sub)
                                         : parse(argc, argv.data(), as_doctor);
        const bool is_text = row.id == option_id::print_config || row.id == option_id::help ||
                             row.id == option_id::help_all || row.id == option_id::version;
        CHECK_MESSAGE(result.outcome.run == !is_text, result.err);
        CHECK(result.out.empty() == !is_text);
      }
    }
  }
}

TEST_CASE("no two options of a program share a name or a letter") {
  for (const program which : {program::pub, program::sub, program::doctor}) {
    std::set<std::string> names;
    for (const option_row& row : option_rows()) {
      if (!row.is_in(which)) continue;
      if (row.letter != 0) CHECK(names.insert(std::string(1, row.letter)).second);
      for (std::string_view list = row.long_names; !list.empty();)
        CHECK(names.insert(std::string(next_word(list))).second);
      CHECK_FALSE(row.help.empty());
      CHECK(row.takes_value() == !row.value.empty());
      CHECK((row.kind == value_kind::choice) == !row.choices.empty());
    }
  }
}

TEST_CASE("every option mosquitto's clients 2.0.11 list in --help is in the table") {
  const auto knows = [](program which, std::string_view list) {
    for (; !list.empty();) {
      const std::string_view word = next_word(list);
      CAPTURE(word);
      CHECK((word.size() == 1 ? find_option(which, word[0]) : find_option(which, word)) != nullptr);
    }
  };
  constexpr std::string_view both =
      "A c d D h i I k L M p P q t u V x help nodelay quiet unix will-payload will-qos will-retain "
      "will-topic cafile "
      "capath cert key keyform ciphers tls-version tls-alpn insecure tls-engine "
      "tls-engine-kpass-sha1 tls-use-os-certs "
      "psk psk-identity proxy property disable-clean-session debug host id id-prefix keepalive url "
      "port pw qos topic "
      "username protocol-version version";
  knows(program::pub, both);
  knows(program::sub, both);
  knows(program::pub,
        "f l m n r s repeat repeat-delay file stdin-line message null-message retain stdin-file");
  knows(program::sub,
        "C E F N R T U v W pretty random-filter retained-only remove-retained retain-as-published "
        "filter-out "
        "unsubscribe verbose");
}
