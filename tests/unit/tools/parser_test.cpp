#include "cli/parser.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "common/exit_code.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;
using namespace std::chrono_literals;

TEST_CASE("the shortest publish has mosquitto's defaults") {
  const pub line({"-t", "a", "-m", "x"});
  REQUIRE(line.runs());
  CHECK(line.result.err.empty());
  const pub_settings& s = line.settings;
  CHECK(s.client.dial.host == "localhost");
  CHECK(s.client.dial.port == 1883);
  CHECK_FALSE(s.client.dial.tls);
  CHECK_FALSE(s.client.dial.websocket);
  CHECK_FALSE(s.client.dial.proxy);
  CHECK(s.client.session.version == protocol_version::v3_1_1);
  CHECK(s.client.session.clean_start);
  CHECK(s.client.session.client_id.empty());
  CHECK(s.client.session.keep_alive == 60s);
  CHECK(s.client.session.maximum_inflight == 0);  // the session chooses
  CHECK_FALSE(s.client.session.user_name);
  CHECK(s.topic == "a");
  CHECK(s.source == message_source::text);
  CHECK(s.message == "x");
  CHECK(s.qos == qos_t::at_most_once);
  CHECK_FALSE(s.retain);
  CHECK(s.repeat == 1);
}

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

TEST_CASE("values that begin with a dash are values, as in mosquitto_pub") {
  CHECK(pub({"-t", "a", "-m", "-5"}).settings.message == "-5");
  CHECK(pub({"-t", "a", "-m", "--x"}).settings.message == "--x");
  CHECK(pub({"-t", "a", "-m", "--"}).settings.message == "--");
  CHECK(pub({"-t", "a", "-m", "-t"}).settings.message == "-t");
  CHECK(pub({"-t", "a", "-m", ""}).runs());
  CHECK(pub({"-t", "a", "-m", ""}).settings.source == message_source::text);
}

TEST_CASE("values may be attached, and switches joined") {
  const pub line({"-ta", "--message=x=y", "-q1", "-rd", "--host=h"});
  REQUIRE(line.runs());
  CHECK(line.settings.topic == "a");
  CHECK(line.settings.message == "x=y");
  CHECK(line.settings.qos == qos_t::at_least_once);
  CHECK(line.settings.retain);
  CHECK(line.settings.debug);
  CHECK(line.settings.client.dial.host == "h");
}

TEST_CASE("-h is the host, and the last of two options counts") {
  CHECK(pub({"-t", "a", "-m", "x", "-h", "one", "-h", "two"}).settings.client.dial.host == "two");
  CHECK(pub({"-t", "a", "-t", "b", "-m", "x"}).settings.topic == "b");
  CHECK(sub({"-t", "a", "-h", "::1"}).settings.client.dial.host == "::1");
  CHECK(sub({"-t", "a", "-h", "[::1]"}).settings.client.dial.host == "::1");
}

TEST_CASE("topics with control characters are refused, as by mosquitto's clients") {
  CHECK(pub({"-t", "a\x01", "-m", "x"}).error() ==
        "-t 'a\\x01': brokers close the connection over control characters (byte 2)");
  CHECK(sub({"-t", "a\x7f"}).error().ends_with("over control characters (byte 2)"));
  CHECK(sub({"-t", "\xC2\x9F/a"}).error().ends_with("over control characters (byte 1)"));
  CHECK(sub({"-t", "\xC2\xA0/\xE6\xB8\xA9"}).runs());
}

TEST_CASE("a subscriber takes many topics, filters and unsubscriptions, in order") {
  const sub line({"-t",   "a",  "-t",          "b/+/#", "-T", "b/x", "-U",
                  "old",  "-t", "$SYS/#",      "-q",    "2",  "-v",  "-N",
                  "-R",   "-E", "-C",          "5",     "-W", "10",  "--random-filter",
                  "12.5", "-t", "$share/g/x/#"});
  REQUIRE(line.runs());
  CHECK(line.settings.topics == std::vector<std::string>{"a", "b/+/#", "$SYS/#", "$share/g/x/#"});
  CHECK(line.settings.filtered_out == std::vector<std::string>{"b/x"});
  CHECK(line.settings.unsubscribe == std::vector<std::string>{"old"});
  CHECK(line.settings.qos == qos_t::exactly_once);
  CHECK(line.settings.verbose);
  CHECK(line.settings.no_newline);
  CHECK(line.settings.no_stale);
  CHECK(line.settings.retained == retain_handling::send);
  CHECK(line.settings.exit_after_subscribe);
  CHECK(line.settings.count == 5);
  CHECK(line.settings.timeout == 10s);
  CHECK(line.settings.random_filter_percent == doctest::Approx(12.5));
}

TEST_CASE("the sources of messages are told apart and exclude each other") {
  CHECK(pub({"-t", "a", "-f", "file"}).settings.source == message_source::file);
  CHECK(pub({"-t", "a", "-f", "file"}).settings.file == "file");
  CHECK(pub({"-t", "a", "-l"}).settings.source == message_source::lines);
  CHECK(pub({"-t", "a", "-s"}).settings.source == message_source::whole_input);
  CHECK(pub({"-t", "a", "-n"}).settings.source == message_source::empty);
  CHECK(pub({"-t", "a", "-n", "-m", "x"}).error() ==
        "-m: only one of -m, -f, -l, -n, -s and --from-json can be given, and only once");
  CHECK(pub({"-t", "a"}).error() ==
        "no message: give -m TEXT, -f FILE, -l (lines of standard input), -s (all of it), -n "
        "(empty), --template TEXT or --from-json FILE");
  CHECK(pub({"-m", "a"}).error() ==
        "no topic to publish to: give -t TOPIC, or put it into the URL");
  CHECK(sub({"-v"}).error() == "no topic to subscribe to: give -t FILTER, or put it into the URL");
  CHECK(sub({"-U", "a", "-E"}).error() ==
        "no topic to subscribe to: give -t FILTER, or put it into the URL");
}

TEST_CASE("a usage error is one line with the program's name and status 2") {
  for (const words& line : {words{"-t", "a", "-m", "x", "-q", "3"}, words{"--nope"}, words{"-t"},
                            words{}, words{"word"}}) {
    const pub parsed(line);
    CHECK_FALSE(parsed.runs());
    CHECK(parsed.result.outcome.exit_code == 2);
    CHECK(parsed.result.out.empty());
    CHECK(is_one_line(parsed.result.err));
    CHECK(parsed.result.err.starts_with("mqtt-pub: "));
    CHECK(parsed.result.err.ends_with("; try mqtt-pub --help\n"));
  }
  CHECK(pub({"-t", "a", "-m", "x", "-q", "3"}).result.err ==
        "mqtt-pub: -q 3: QoS must be 0, 1 or 2; try mqtt-pub --help\n");
}

TEST_CASE("numbers are taken as mosquitto's clients take them") {
  const auto taken = [](std::string_view option, std::string_view value) {
    sub line({"-t", "a", option, value});
    CHECK_MESSAGE(line.runs(), line.result.err);
    return line.settings;
  };
  CHECK(taken("-C", "1.0").count == 1);
  CHECK(taken("-C", " +2.75").count == 2);
  CHECK(taken("-C", "3.").count == 3);
  CHECK(taken("-q", "1.0").qos == qos_t::at_least_once);
  CHECK(taken("-k", "30.5").client.session.keep_alive == 30s);
  CHECK(taken("-p", "1884.0").client.dial.port == 1884);
  CHECK(taken("-M", "100000").client.session.maximum_inflight == 65'535);
  CHECK(taken("-M", "99999999999").client.session.maximum_inflight == 65'535);
  // Theirs cuts these off at whole seconds.
  CHECK(taken("-W", "1.5").timeout == 1500ms);
  CHECK(taken("-W", "+0.25").timeout == 250ms);
  CHECK(pub({"-t", "a", "-n", "--request", "-W", "1.5"}).settings.timeout == 1500ms);
  CHECK(pub({"-t", "a", "-n", "--repeat", "3.0"}).settings.repeat == 3);
}

TEST_CASE("--max-packet-size holds in every version, and MQTT 5 tells the broker") {
  const auto size = [](const session_options& session) {
    return std::pair(
        session.maximum_receive_size,
        session.connect_properties.view().number(property_id::maximum_packet_size).value_or(0));
  };
  const auto with = [](words line, const words& more) {
    line.insert(line.end(), more.begin(), more.end());
    return line;
  };
  const auto of_sub = [&](const words& more) {
    const sub line(with({"-t", "a"}, more));
    CHECK_MESSAGE(line.runs(), line.result.err);
    return size(line.settings.client.session);
  };
  const auto of_pub = [&](const words& more) {
    const pub line(with({"-t", "a", "-n"}, more));
    CHECK_MESSAGE(line.runs(), line.result.err);
    return size(line.settings.client.session);
  };
  using both = std::pair<std::uint32_t, std::uint32_t>;
  CHECK(of_sub({}) == both(0, 0));
  CHECK(of_sub({"-V", "5"}) == both(0, 0));
  CHECK(of_sub({"--max-packet-size", "64k"}) == both(65'536, 0));
  CHECK(of_sub({"--max-packet-size", "2M", "-V", "5"}) == both(2u << 20, 2u << 20));
  CHECK(of_sub({"-D", "connect", "maximum-packet-size", "9"}) == both(0, 9));

  CHECK(of_pub({}) == both(1u << 20, 0));
  CHECK(of_pub({"-V", "5"}) == both(1u << 20, 1u << 20));
  CHECK(of_pub({"-V", "5", "-c", "-i", "x"}) == both(1u << 20, 0));
  CHECK(of_pub({"-V", "5", "-c", "-i", "x", "--max-packet-size", "5M"}) ==
        both(5u << 20, 5u << 20));
  CHECK(of_pub({"--request"}) == both(0, 0));
  CHECK(of_pub({"--request", "--max-packet-size", "100"}) == both(100, 100));

  const auto wrong = [&](const words& more) { return sub(with({"-t", "a"}, more)).error(); };
  for (const char* const bad : {"0", "x", "257M", "1G", "-1"}) {
    CHECK(wrong({"--max-packet-size", bad}).find("larger than 256M") != std::string::npos);
  }
  CHECK(wrong({"--max-packet-size", "1k", "-D", "connect", "maximum-packet-size", "9"}) ==
        "--max-packet-size and -D connect maximum-packet-size say the same thing; leave one out");
}

TEST_CASE("numbers are checked, and the sentence says what is allowed") {
  const auto wrong = [](std::string_view option, std::string_view value) {
    return pub({"-t", "a", "-m", "x", option, value}).error();
  };
  CHECK(wrong("-q", "abc") == "-q abc: QoS must be 0, 1 or 2");
  CHECK(wrong("-q", "") == "-q: QoS must be 0, 1 or 2");
  CHECK(wrong("-p", "0") == "-p 0: the port must be 1 to 65535");
  CHECK(wrong("--port", "65536") == "--port 65536: the port must be 1 to 65535");
  CHECK(wrong("-p", "18x") == "-p 18x: the port must be 1 to 65535");
  CHECK(wrong("-k", "65536") == "-k 65536: keep alive is 0 (off) to 65535 seconds");
  CHECK(wrong("-k", "-1") == "-k -1: keep alive is 0 (off) to 65535 seconds");
  CHECK(wrong("-M", "0") == "-M 0: the number of messages in flight is 1 or more");
  CHECK(wrong("--repeat", "0") == "--repeat 0: the count must be 1 or more");
  CHECK(wrong("--repeat-delay", "-1") ==
        "--repeat-delay -1: the delay is a number of seconds, 0 or more");
  CHECK(wrong("--repeat-delay", "nan") ==
        "--repeat-delay nan: the delay is a number of seconds, 0 or more");
  CHECK(wrong("--will-qos", "3") == "--will-qos 3: QoS must be 0, 1 or 2");
  CHECK(wrong("-V", "4") == "-V 4: MQTT versions are 3.1, 3.1.1 and 5");
  CHECK(wrong("-x", "4294967296") ==
        "-x 4294967296: the session expiry is 0 to 4294967295 seconds, or -1 for ever");
  CHECK(wrong("-x", "-2") ==
        "-x -2: the session expiry is 0 to 4294967295 seconds, or -1 for ever");
  CHECK(sub({"-t", "a", "-C", "0"}).error() == "-C 0: the count must be 1 or more");
  CHECK(sub({"-t", "a", "-W", "0"}).error() ==
        "-W 0: the timeout is a number of seconds, more than 0");
  CHECK(sub({"-t", "a", "-C", "5abc"}).error() == "-C 5abc: the count must be 1 or more");
  CHECK(sub({"-t", "a", "-C", "1.x"}).error() == "-C 1.x: the count must be 1 or more");
  CHECK(sub({"-t", "a", "-C", "+-1"}).error() == "-C +-1: the count must be 1 or more");
  CHECK(sub({"-t", "a", "--random-filter", "0"}).error() ==
        "--random-filter 0: the share is 0.1 to 100 percent");
  CHECK(sub({"-t", "a", "--retain-handling", "3"}).error() ==
        "--retain-handling 3: it is send, new or never");
  CHECK(
      pub({"-t", "a", "-m", "x", "--repeat", "3", "--repeat-delay", "0.5"}).settings.repeat_delay ==
      500ms);
  CHECK(pub({"-t", "a", "-m", "x", "-k", "0"}).settings.client.session.keep_alive == 0s);
  CHECK(pub({"-t", "a", "-m", "x", "-M", "7"}).settings.client.session.maximum_inflight == 7);
}

TEST_CASE("a missing value names the option") {
  CHECK(pub({"-t"}).error() == "-t needs TOPIC, nothing follows it");
  CHECK(pub({"-t", "a", "--message"}).error() == "--message needs TEXT, nothing follows it");
  CHECK(sub({"-t"}).error() == "-t needs FILTER; quote a # from the shell: -t '#'");
  CHECK(pub({"-t", "a", "-m", "x", "-D", "publish", "content-type"})
            .error()
            .starts_with("-D needs COMMAND NAME VALUE"));
  CHECK(pub({"-t", "a", "-m", "x", "-D", "publish", "user-property", "a"})
            .error()
            .starts_with("-D needs COMMAND NAME VALUE"));
  CHECK(pub({"-t", "a", "-m", "x", "--cafile", ""}).error() ==
        "--cafile needs FILE, not an empty word");
  CHECK(pub({"--retain=1"}).error() == "--retain takes no value");
}

TEST_CASE("a word no option takes is an error that says what probably happened") {
  CHECK(pub({"-t", "a", "-m", "hello", "world"}).error() ==
        "'world': no option takes this word; quote a message with blanks: -m 'hello world'");
  CHECK(pub({"-t", "a.txt", "b.txt", "-m", "x"}).error() ==
        "'b.txt': no option takes this word; did the shell expand a * in the topic? quote topics, "
        "and MQTT's "
        "wildcards are + and #");
  CHECK(pub({"-t", "-m", "hello"}).error() ==
        "'hello': no option takes this word; -t took '-m' as its value");
  CHECK(pub({"hello"}).error() ==
        "'hello': no option takes this word; a message goes after -m, a topic after -t");
  CHECK(sub({"a/b"}).error() == "'a/b': no option takes this word; a topic goes after -t");
  CHECK(sub({"broker:1883"}).error() ==
        "'broker:1883': no option takes this word; a broker is named as mqtt://broker:1883");
  CHECK(sub({"-"}).error() == "'-': no option takes this word; a topic goes after -t");
  CHECK(pub({"-t", "a", "-m", "x", "-D", "publish", "content-type", "a", "b"}).error() ==
        "'b': no option takes this word; -D takes COMMAND NAME VALUE, and only user-property takes "
        "one word more");
}

TEST_CASE("a misspelt option gets a suggestion") {
  CHECK(pub({"--topci", "a"}).error() == "unknown option '--topci'; did you mean --topic?");
  CHECK(pub({"--user", "a"}).error() == "unknown option '--user'; did you mean --username?");
  CHECK(pub({"-topic", "a"}).error() == "unknown option '-topic'; did you mean --topic?");
  CHECK(pub({"-help"}).error() == "unknown option '-help'; did you mean --help?");
  CHECK(pub({"--filter-out", "a"}).error() ==
        "unknown option '--filter-out'; it is an option of mqtt-sub");
  CHECK(sub({"-m", "x"}).error() == "unknown option '-m'; it is an option of mqtt-pub");
  CHECK(sub({"-S"}).error() == "unknown option '-S'; SRV lookups are not supported");
  CHECK(pub({"--tls"}).error() == "unknown option '--tls'; did you mean --tls-use-os-certs?");
  CHECK(pub({"--xyzzy"}).error() == "unknown option '--xyzzy'");
  CHECK(pub({"-y"}).error() == "unknown option '-y'");
}

TEST_CASE("a topic that cannot be used is shown with the place") {
  const auto publishes = [](std::string_view topic) {
    return pub({"-m", "x", "-t", topic}).error();
  };
  const auto subscribes = [](std::string_view topic) { return sub({"-t", topic}).error(); };
  CHECK(publishes("a/+/b") ==
        "-t 'a/+/b': + is a wildcard for subscribers and cannot be published to (byte 3)");
  CHECK(publishes("#") ==
        "-t '#': # is a wildcard for subscribers and cannot be published to (byte 1)");
  CHECK(publishes("") == "-t '': empty");
  CHECK(publishes("a\xFF") == "-t 'a\\xFF': not UTF-8 (byte 2)");
  CHECK(subscribes("a/#/b") == "-t 'a/#/b': # must come last (byte 3)");
  CHECK(subscribes("a#") == "-t 'a#': # must stand alone after a slash (byte 2)");
  CHECK(subscribes("a/b+") == "-t 'a/b+': + must stand alone between slashes (byte 4)");
  CHECK(subscribes("$share/g") == "-t '$share/g': a shared subscription is $share/NAME/FILTER");
  CHECK(subscribes("$share//a") == "-t '$share//a': the share name is empty (byte 8)");
  CHECK(subscribes("$share/+/a") == "-t '$share/+/a': the share name may not contain + (byte 8)");
  CHECK(subscribes("$share/g/") == "-t '$share/g/': nothing follows the share name (byte 10)");
  CHECK(subscribes("$share/g/a#").starts_with("-t '$share/g/a#': # must stand alone"));
  CHECK(sub({"-t", "a", "-T", "b/#/c"}).error() == "-T 'b/#/c': # must come last (byte 3)");
  CHECK(sub({"-t", "a", "-U", "b+"}).error().starts_with("-U 'b+': +"));
  CHECK(pub({"-t", "a", "-m", "x", "--will-topic", "w/#"})
            .error()
            .starts_with("--will-topic 'w/#': # is a wildcard"));
}

TEST_CASE("an option of MQTT 5 selects it, and beside an older -V it is an error") {
  CHECK(pub({"-t", "a", "-m", "x", "-x", "5"}).settings.client.session.version ==
        protocol_version::v5);
  CHECK(sub({"-t", "a", "--retain-as-published"}).settings.client.session.version ==
        protocol_version::v5);
  CHECK(sub({"-t", "a", "--no-local"}).settings.client.session.version == protocol_version::v5);
  CHECK(sub({"-t", "a", "--retain-handling", "always"}).settings.retained == retain_handling::send);
  CHECK(sub({"-t", "a", "--retain-handling", "new"}).settings.retained ==
        retain_handling::send_if_new);
  CHECK(pub({"-t", "a", "-m", "x", "-V", "3.1.1", "-x", "5"}).error() ==
        "-x needs MQTT 5, and -V asks for 3.1.1; leave one of them out");
  CHECK(pub({"-t", "a", "-m", "x", "-D", "connect", "receive-maximum", "5", "-V", "31"}).error() ==
        "-D needs MQTT 5, and -V asks for 3.1; leave one of them out");
  for (const std::string_view v : {"5", "mqttv5"})
    CHECK(pub({"-t", "a", "-m", "x", "-V", v}).settings.client.session.version ==
          protocol_version::v5);
  for (const std::string_view v : {"3.1.1", "311", "mqttv311"})
    CHECK(pub({"-t", "a", "-m", "x", "-V", v}).settings.client.session.version ==
          protocol_version::v3_1_1);
  for (const std::string_view v : {"3.1", "31", "mqttv31"})
    CHECK(pub({"-t", "a", "-m", "x", "-V", v}).settings.client.session.version ==
          protocol_version::v3_1);
}

TEST_CASE("every option that only MQTT 5 has is refused beside an older version, by its name") {
  const std::vector<words> with_values = {
      {"-x", "5"},
      {"--session-expiry", "5"},
      {"-D", "connect", "user-property", "a", "b"},
      {"--retain-as-published"},
      {"--retain-handling", "new"},
      {"--no-local"},
  };
  for (const words& option : with_values) {
    for (const std::string_view version : {"3.1", "3.1.1"}) {
      words line{"-t", "a", "-V", version};
      line.insert(line.end(), option.begin(), option.end());
      CHECK(sub(line).error() == std::string(option[0]) + " needs MQTT 5, and -V asks for " +
                                     std::string(version) + "; leave one of them out");
      CHECK(sub(line).result.outcome.exit_code == static_cast<int>(exit_code::usage));
    }
  }
  CHECK(pub({"-t", "a", "-m", "x", "--request", "-V", "3.1.1"})
            .error()
            .starts_with("--request needs -e TOPIC before MQTT 5"));
}

TEST_CASE("-R asks an MQTT 5 broker not to send what would not be printed") {
  CHECK(sub({"-t", "a", "-R", "-V", "5"}).settings.retained == retain_handling::do_not_send);
  CHECK(sub({"-t", "a", "-R", "-V", "5", "--remove-retained"}).settings.retained ==
        retain_handling::send);
  CHECK(sub({"-t", "a", "-R", "--retained-only"}).error() ==
        "-R and --retained-only exclude each other: nothing would be printed");
  CHECK(sub({"-t", "$share/g/a", "--no-local"})
            .error()
            .starts_with("--no-local and '$share/g/a' exclude each other"));
}

TEST_CASE("a kept session needs a client identifier, and expires as -x and -c say") {
  const auto expiry = [](const session_options& s) {
    return s.connect_properties.view().number(property_id::session_expiry_interval);
  };
  CHECK(pub({"-t", "a", "-m", "x", "-c"}).error() ==
        "-c needs -i ID: the broker finds a kept session by its client identifier");
  CHECK(pub({"-t", "a", "-m", "x", "-c", "-I", "p"}).error().starts_with("-c needs -i ID"));
  CHECK(pub({"-t", "a", "-m", "x", "-c", "-V", "5"}).error().starts_with("-c needs -i ID"));
  CHECK(pub({"-t", "a", "-m", "x", "-x", "-1"}).error() ==
        "a session that never expires needs -i ID, by which the broker finds it again");
  const pub kept({"-t", "a", "-m", "x", "-c", "-i", "me"});
  CHECK_FALSE(kept.settings.client.session.clean_start);
  CHECK_FALSE(expiry(kept.settings.client.session));
  CHECK(expiry(pub({"-t", "a", "-m", "x", "-c", "-i", "me", "-V", "5"}).settings.client.session) ==
        0xFFFFFFFFu);
  CHECK(expiry(pub({"-t", "a", "-m", "x", "-c", "-i", "me", "-x", "9"}).settings.client.session) ==
        9u);
  CHECK_FALSE(expiry(pub({"-t", "a", "-m", "x", "-x", "0"}).settings.client.session));
  CHECK(expiry(pub({"-t", "a", "-m", "x", "-x", "-1", "-i", "me"}).settings.client.session) ==
        0xFFFFFFFFu);
  CHECK(expiry(pub({"-t", "a", "-m", "x", "-x", "\xE2\x88\x9E", "-i", "me"})
                   .settings.client.session) == 0xFFFFFFFFu);
  CHECK(expiry(pub({"-t", "a", "-m", "x", "-x", "0x10"}).settings.client.session) == 16u);
  CHECK(pub({"-t", "a", "-m", "x", "-x", "5", "-D", "connect", "session-expiry-interval", "6"})
            .error() ==
        "-x and -D connect session-expiry-interval say the same thing; leave one out");
}

TEST_CASE("the client identifier is given, prefixed, made up for MQTT 3.1, or left to the broker") {
  CHECK(pub({"-t", "a", "-m", "x", "-i", "me"}).settings.client.session.client_id == "me");
  CHECK(pub({"-t", "a", "-m", "x", "-I", "p-"}).settings.client.session.client_id ==
        "p-" + std::to_string(getpid()));
  CHECK(pub({"-t", "a", "-m", "x", "-i", "a", "-I", "b"}).error() ==
        "-i and -I exclude each other");
  const pub old({"-t", "a", "-m", "x", "-V", "31"});
  CHECK(old.settings.client.session.client_id.size() == 23);
  CHECK(old.settings.client.session.client_id !=
        pub({"-t", "a", "-m", "x", "-V", "31"}).settings.client.session.client_id);
  CHECK(pub({"-t", "a", "-m", "x", "-V", "31", "-i", "123456789012345678901234"}).error() ==
        "-i '123456789012345678901234': MQTT 3.1 allows 23 bytes, this has 24");
}

TEST_CASE("a password needs a user name before MQTT 5") {
  CHECK(pub({"-t", "a", "-m", "x", "-P", "secret"}).error() ==
        "-P needs -u NAME: only MQTT 5 (-V 5) has passwords without a user name");
  CHECK(pub({"-t", "a", "-m", "x", "-P", "secret", "-V", "5"}).runs());
  const pub both({"-t", "a", "-m", "x", "-u", "me", "--pw", "secret"});
  CHECK(both.settings.client.session.user_name == "me");
  CHECK(both.settings.client.session.password == "secret");
}

TEST_CASE("--help fits one screen of 24 lines and 80 columns, and --help-all has everything") {
  for (const program which : {program::pub, program::sub, program::doctor}) {
    const auto widest = [](const std::string& text) {
      std::size_t columns = 0;
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        columns = std::max(columns, end - at);
        at = end + 1;
      }
      return columns;
    };
    const std::string help = help_text(which, false);
    const auto lines = std::count(help.begin(), help.end(), '\n');
    CHECK_MESSAGE(lines <= 23, help);  // and the prompt below
    CHECK_MESSAGE(widest(help) <= 80, help);
    CHECK(help.find("--help-all") != std::string::npos);
    CHECK(help.find("\nExamples:\n") != std::string::npos);
    const std::string all = help_text(which, true);
    CHECK(widest(all) <= 90);
    for (const option_row& row : option_rows())
      if (row.is_in(which))
        CHECK(all.find("--" + std::string(long_name(row))) != std::string::npos);
    CHECK(all.find("\nExamples:\n") != std::string::npos);
    CHECK(all.find("\nTLS:\n") != std::string::npos);
  }
}

TEST_CASE("--help and --version win over errors beside them") {
  const pub line({"--bogus-value=", "--help"});
  CHECK_FALSE(line.runs());
  const pub help({"-q", "9", "--help"});
  CHECK(help.result.outcome.exit_code == 0);
  CHECK(help.result.out == help_text(program::pub, false));
  CHECK(help.result.err.empty());
  CHECK(sub({"--version"}).result.out.starts_with("mqtt-sub "));
  CHECK(sub({"--help-all"}).result.out == help_text(program::sub, true));
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
