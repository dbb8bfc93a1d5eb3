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
