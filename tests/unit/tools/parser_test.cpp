#include "common/parser.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "common/exit_code.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using test::pub;
using test::sub;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string_view>;

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

properties made(property_id id, std::string_view value) {
  properties list;
  REQUIRE_FALSE(list.add(id, value));
  return list;
}

bool same(properties_view a, properties_view b) { return as_text(a.bytes()) == as_text(b.bytes()); }

}  // namespace

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
      case option_id::psk:
        return {"00ff"};
      case option_id::tls_engine_kpass_sha1:
        return {"0123456789012345678901234567890123456789"};
      case option_id::key_pass_file:
        return {"/dev/null"};
      case option_id::retain_handling:
        return {"new"};
      case option_id::keyform:
        return {"pem"};
      default:
        break;
    }
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
      case option_id::password:
        return {"-u", "me"};
      case option_id::cert:
        return {"--key", "k"};
      case option_id::key:
        return {"--cert", "c"};
      case option_id::psk:
        return {"--psk-identity", "me"};
      case option_id::psk_identity:
        return {"--psk", "00"};
      case option_id::will_payload:
      case option_id::will_retain:
        return {"--will-topic", "w"};
      case option_id::tls_engine_kpass_sha1:
        return {"--tls-engine", "e", "--keyform", "engine", "--key", "k", "--cert", "c"};
      default:
        return {};
    }
  };
  for (const program which : {program::pub, program::sub}) {
    for (const option_row& row : option_rows()) {
      if (!row.is_in(which)) continue;
      std::vector<std::string> spellings;
      if (row.letter != 0) spellings.push_back(std::string("-") + row.letter);
      for (std::string_view list = row.long_names; !list.empty();)
        spellings.push_back("--" + std::string(next_word(list)));
      for (const std::string& spelling : spellings) {
        CAPTURE(spelling);
        std::vector<std::string> line = {"program"};
        const bool is_source = row.id == option_id::message || row.id == option_id::file ||
                               row.id == option_id::stdin_file || row.id == option_id::stdin_line ||
                               row.id == option_id::null_message;
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
        result = which == program::pub ? parse(argc, argv.data(), as_pub)
                                       : parse(argc, argv.data(), as_sub);
        const bool is_text = row.id == option_id::help || row.id == option_id::help_all ||
                             row.id == option_id::version;
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
        "-m: only one of -m, -f, -l, -n and -s can be given, and only once");
  CHECK(pub({"-t", "a"}).error() ==
        "no message: give -m TEXT, -f FILE, -l (lines of standard input), -s (all of it) or -n "
        "(empty)");
  CHECK(pub({"-m", "a"}).error() ==
        "no topic to publish to: give -t TOPIC, or put it into the URL");
  CHECK(sub({"-v"}).error() == "no topic to subscribe to: give -t FILTER, or put it into the URL");
  CHECK(sub({"-U", "a"}).runs());
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

TEST_CASE("numbers are checked, and the sentence says what is allowed") {
  const auto wrong = [](std::string_view option, std::string_view value) {
    return pub({"-t", "a", "-m", "x", option, value}).error();
  };
  CHECK(wrong("-q", "abc") == "-q abc: QoS must be 0, 1 or 2");
  CHECK(wrong("-q", "") == "-q : QoS must be 0, 1 or 2");
  CHECK(wrong("-p", "0") == "-p 0: the port must be 1 to 65535");
  CHECK(wrong("--port", "65536") == "--port 65536: the port must be 1 to 65535");
  CHECK(wrong("-p", "18x") == "-p 18x: the port must be 1 to 65535");
  CHECK(wrong("-k", "65536") == "-k 65536: keep alive is 0 (off) to 65535 seconds");
  CHECK(wrong("-k", "-1") == "-k -1: keep alive is 0 (off) to 65535 seconds");
  CHECK(wrong("-M", "0") == "-M 0: the number of messages in flight is 1 to 65535");
  CHECK(wrong("--inflight", "65536") ==
        "--inflight 65536: the number of messages in flight is 1 to 65535");
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
  CHECK(sub({"-t", "a", "-W", "0.5"}).error() ==
        "-W 0.5: the timeout is 1 second or more, whole seconds");
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
  CHECK(pub({"mqtt://h/t"}).error() ==
        "'mqtt://h/t': no option takes this word; a URL goes after -L");
  CHECK(pub({"hello"}).error() ==
        "'hello': no option takes this word; a message goes after -m, a topic after -t");
  CHECK(sub({"a/b"}).error() == "'a/b': no option takes this word; a topic goes after -t");
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
  CHECK(pub({"--format", "%t"}).error() ==
        "unknown option '--format'; it is an option of mqtt-sub");
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

TEST_CASE("secrets do not stay in argv") {
  const auto hides = [](words line) {
    const pub parsed(line);
    return parsed.line.shown().find("secret") == std::string::npos &&
           parsed.line.shown().find("5ec4e7") == std::string::npos;
  };
  CHECK(hides({"-t", "a", "-m", "x", "-u", "me", "-P", "secret"}));
  CHECK(hides({"-t", "a", "-m", "x", "-u", "me", "-Psecret"}));
  CHECK(hides({"-t", "a", "-m", "x", "-u", "me", "--pw=secret"}));
  CHECK(hides({"-t", "a", "-m", "x", "--psk", "5ec4e7", "--psk-identity", "me"}));
  CHECK(hides({"-L", "mqtt://me:secret@h/t", "-m", "x"}));
  CHECK(hides({"-L", "mqtt://me:secret@h:bad/t", "-m", "x"}));
  CHECK(hides({"-L", "mqtt://me:se%zzsecret@h/t", "-m", "x"}));
  CHECK(hides({"-L", "mqtt://me:a/secret@h/t", "-m", "x"}));
  CHECK(hides({"-L", "gopher://me:secret@h/t", "-m", "x"}));
  CHECK(hides({"-t", "a", "-m", "x", "--proxy", "socks5h://me:secret@h"}));
  CHECK(hides({"-t", "a", "-m", "x", "--ws", "--ws-header", "Authorization: Bearer secret"}));
  CHECK(hides({"-t", "a", "-m", "x", "-D", "connect", "authentication-method", "m", "-D", "connect",
               "authentication-data", "secret"}));
  CHECK(hides(
      {"-t", "a", "-q", "9", "-m", "x", "-u", "me", "-P", "secret"}));  // also beside an error

  const pub url({"-L", "mqtt://me:secret@h/t", "-m", "x"});
  CHECK(url.settings.client.session.password == "secret");
  CHECK(url.line.shown() == "program -L mqtt://me:******@h/t -m x ");
  for (const words& line :
       {words{"-L", "mqtt://me:secret@h:bad/t"}, words{"-L", "mqtt://me:a/secret@h/t"},
        words{"-L", "mqtt://me:%secret@h/t"}, words{"--proxy", "ftp://me:secret@h"}})
    CHECK(pub(line).result.err.find("secret") == std::string::npos);
}

TEST_CASE("a URL sets host, port, credentials, transport and topic") {
  const pub plain({"-L", "mqtt://me:p%40ss@broker:1884/room/li%2Fght", "-m", "x"});
  REQUIRE(plain.runs());
  CHECK(plain.settings.client.dial.host == "broker");
  CHECK(plain.settings.client.dial.port == 1884);
  CHECK(plain.settings.client.session.user_name == "me");
  CHECK(plain.settings.client.session.password == "p@ss");
  CHECK(plain.settings.topic == "room/li/ght");
  CHECK(plain.settings.url_topic == "room/li/ght");
  CHECK_FALSE(plain.settings.client.dial.tls);

  const pub secure({"-L", "MQTTS://broker/t", "-m", "x"});
  CHECK(secure.settings.client.dial.port == 8883);
  REQUIRE(secure.settings.client.dial.tls);
  CHECK(secure.settings.client.dial.tls->add_system_store);
  CHECK(secure.settings.client.dial.tls->ca_file.empty());

  const sub ws({"-L", "ws://broker/my/path?x=1", "-t", "a"});
  CHECK(ws.settings.client.dial.port == 80);
  REQUIRE(ws.settings.client.dial.websocket);
  CHECK(ws.settings.client.dial.websocket->path == "/my/path?x=1");
  CHECK(ws.settings.topics == std::vector<std::string>{"a"});
  CHECK_FALSE(ws.settings.client.dial.tls);

  const sub wss({"-L", "wss://[2001:db8::1]", "-t", "a"});
  CHECK(wss.settings.client.dial.host == "2001:db8::1");
  CHECK(wss.settings.client.dial.port == 443);
  CHECK(wss.settings.client.dial.tls);
  CHECK(wss.settings.client.dial.websocket->path == "/mqtt");
  CHECK(wss.settings.client.dial.websocket->subprotocol == "mqtt");

  CHECK(sub({"-L", "unix:///run/m%20q.sock", "-t", "a"}).settings.client.dial.unix_path ==
        "/run/m q.sock");
  CHECK(sub({"-L", "mqtt://h/room/#"}).settings.topics == std::vector<std::string>{"room/#"});
  CHECK(sub({"-L", "mqtt://h/a", "-t", "b"}).settings.topics == std::vector<std::string>{"a", "b"});
  CHECK(pub({"-L", "mqtt://h/a", "-p", "99", "-m", "x"}).settings.client.dial.port == 99);
  CHECK(pub({"-L", "mqtt://h", "-t", "a", "-m", "x"}).settings.topic == "a");
  CHECK(pub({"-L", "mqtt://h/", "-t", "a", "-m", "x"}).runs());
}

TEST_CASE("a URL that is not one is told without quoting its password") {
  const auto wrong = [](std::string_view url) { return pub({"-m", "x", "-L", url}).error(); };
  CHECK(wrong("broker/topic") ==
        "-L: not a URL: it begins with a scheme, as in mqtt://broker.example/topic");
  CHECK(wrong("ftp://h/t") ==
        "-L: 'ftp' is not a scheme of MQTT; they are mqtt, mqtts, ws, wss and unix");
  CHECK(wrong("https://h/t") == "-L: https://: MQTT over WebSocket is wss://");
  CHECK(wrong("mqtt:///t") == "-L: the host is missing, as in mqtt://broker.example/");
  CHECK(wrong("mqtt://h:0/t") == "-L: the port must be 1 to 65535");
  CHECK(wrong("mqtt://h:x/t") == "-L: the port must be 1 to 65535");
  CHECK(wrong("mqtt://2001:db8::1/t").starts_with("-L: an IPv6 address stands in brackets"));
  CHECK(wrong("mqtt://[2001:db8::1/t") == "-L: the ] after the IPv6 address is missing");
  CHECK(wrong("mqtt://[::1]x/t") == "-L: after the ] only :PORT may follow");
  CHECK(wrong("mqtt://u%4:p@h/t").starts_with("-L: the user name: a % must be followed"));
  CHECK(wrong("mqtt://h/a%2").starts_with("-L: the topic: a % must be followed"));
  CHECK(wrong("mqtt://h/a/%23") ==
        "-L: topic 'a/#': # is a wildcard for subscribers and cannot be published to (byte 3)");
  CHECK(wrong("unix://") ==
        "-L: the path of the socket is missing, as in unix:///run/mosquitto.sock");
  CHECK(pub({"-h", "mqtt://h", "-t", "a", "-m", "x"}).error() ==
        "-h takes a host name; a URL goes after -L");
  CHECK(pub({"-h", "h:1884", "-t", "a", "-m", "x"}).error() ==
        "-h 'h:1884': the port goes after -p: -h h -p 1884");
}

TEST_CASE("WebSocket, proxy, socket and address family fill the dial options") {
  const pub ws({"-t", "a", "-m", "x", "--ws", "--ws-path", "/ws", "--ws-header", "A: b",
                "--ws-header", "C:d"});
  REQUIRE(ws.runs());
  CHECK(ws.settings.client.dial.port == 80);
  CHECK(ws.settings.client.dial.websocket->path == "/ws");
  CHECK(ws.settings.client.dial.websocket->headers ==
        std::vector<std::pair<std::string, std::string>>{{"A", "b"}, {"C", "d"}});
  CHECK(pub({"-t", "a", "-m", "x", "--ws", "--tls-use-os-certs"}).settings.client.dial.port == 443);
  CHECK(
      pub({"-t", "a", "-m", "x", "--ws", "-V", "31"}).settings.client.dial.websocket->subprotocol ==
      "mqttv3.1");
  CHECK(pub({"-t", "a", "-m", "x", "--ws-path", "/x"}).error() ==
        "--ws-path needs --ws or a ws:// URL");
  CHECK(pub({"-t", "a", "-m", "x", "--ws", "--ws-path", "x"}).error() ==
        "--ws-path x: the path begins with a /");
  CHECK(pub({"-t", "a", "-m", "x", "--ws", "--ws-header", "nocolon"})
            .error()
            .starts_with("--ws-header needs NAME:VALUE"));

  const auto proxy = [](std::string_view url) {
    return *pub({"-t", "a", "-m", "x", "--proxy", url}).settings.client.dial.proxy;
  };
  CHECK(proxy("socks5h://p").type == proxy_options::kind::socks5h);
  CHECK(proxy("socks5h://p").port == 1080);
  CHECK(proxy("socks5://p:99").type == proxy_options::kind::socks5);
  CHECK(proxy("socks5://p:99").port == 99);
  CHECK(proxy("http://u%3A:w@p").type == proxy_options::kind::http);
  CHECK(proxy("http://u%3A:w@p").port == 8080);
  CHECK(proxy("http://u%3A:w@p").user_name == "u:");
  CHECK(proxy("http://u%3A:w@p").password == "w");
  CHECK(pub({"-t", "a", "-m", "x", "--proxy", "socks4://p"}).error() ==
        "--proxy: 'socks4' is not a kind of proxy; they are socks5h, socks5 and http");
  CHECK(pub({"-t", "a", "-m", "x", "--proxy", "http://p", "--unix", "/s"}).error() ==
        "--proxy and a Unix socket exclude each other");
  CHECK(pub({"-t", "a", "-m", "x", "--unix", "/s"}).settings.client.dial.unix_path == "/s");
  CHECK(pub({"-t", "a", "-m", "x", "-A", "127.0.0.1"}).settings.client.dial.bind_address ==
        "127.0.0.1");
  CHECK(pub({"-t", "a", "-m", "x", "-6"}).settings.client.dial.addresses ==
        dial_options::family::v6);
}

TEST_CASE("TLS is turned on by certificates, keys, the port and the URL, and by nothing else") {
  const auto tls = [](words more) {
    more.insert(more.begin(), {"-t", "a", "-m", "x"});
    const pub line(more);
    CHECK_MESSAGE(line.runs(), line.result.err);
    return line.settings.client.dial;
  };
  CHECK(tls({"--cafile", "f"}).tls->ca_file == "f");
  CHECK(tls({"--cafile", "f"}).port == 8883);
  CHECK_FALSE(tls({"--cafile", "f"}).tls->add_system_store);
  CHECK(tls({"--capath", "d"}).tls->ca_path == "d");
  CHECK(tls({"--tls-use-os-certs", "--cafile", "f"}).tls->add_system_store);
  CHECK(tls({"-p", "8883"}).tls);
  CHECK(tls({"--psk", "00", "--psk-identity", "me"}).port == 8883);
  CHECK(tls({"--cert", "c", "--key", "k"}).tls->key_file == "k");
  CHECK(tls({"--cafile", "f", "-p", "1883"}).port == 1883);
  CHECK_FALSE(tls({"--cafile", "f", "--insecure"}).tls->verify_host_name);
  CHECK(tls({"--cafile", "f", "--insecure"}).tls->verify_certificate);
  CHECK(tls({"--cafile", "f", "--tls-version", "tlsv1.3"}).tls->minimum_version == "tlsv1.3");
  CHECK(tls({"--cafile", "f", "--tls-version", "tlsv1.3"}).tls->maximum_version.empty());
  CHECK(tls({"--cafile", "f", "--tls-version", "tlsv1.1"}).tls->minimum_version == "tlsv1.2");
  CHECK(tls({"--cafile", "f", "--tls-alpn", "mqtt"}).tls->alpn == std::vector<std::string>{"mqtt"});
  CHECK(tls({"--cafile", "f", "--tls-server-name", "n"}).tls->server_name == "n");
  CHECK_FALSE(tls({"-p", "8884"}).tls);

  const pub pointless({"-t", "a", "-m", "x", "--insecure"});
  CHECK(pointless.runs());
  CHECK_FALSE(pointless.settings.client.dial.tls);
  CHECK(pointless.result.err ==
        "mqtt-pub: note: --insecure has no effect without TLS; --cafile FILE or --tls-use-os-certs "
        "turns it on\n");
  CHECK(pub({"-t", "a", "-m", "x", "--insecure", "--quiet"}).result.err.empty());
}

TEST_CASE("TLS options that contradict each other are told") {
  const auto wrong = [](words more) {
    more.insert(more.begin(), {"-t", "a", "-m", "x"});
    return pub(more).error();
  };
  CHECK(wrong({"--psk", "00", "--psk-identity", "i", "--cafile", "f"}) ==
        "--psk and --cafile exclude each other: TLS uses a shared key or certificates");
  CHECK(wrong({"--psk", "00"}) == "--psk needs --psk-identity NAME");
  CHECK(wrong({"--psk", "0x00", "--psk-identity", "i"}) ==
        "--psk: the key is written in hex digits, without 0x");
  CHECK(wrong({"--cert", "c"}) == "--cert needs --key FILE");
  CHECK(wrong({"--key", "k"}) == "--key needs --cert FILE");
  CHECK(wrong({"--cafile", "f", "--psk-identity", "i"}) == "--psk-identity needs --psk HEX");
  CHECK(wrong({"--cafile", "f", "--key-pass-file", "/nonexistent"}) ==
        "--key-pass-file needs --key FILE");
  CHECK(wrong({"--cert", "c", "--key", "k", "--key-pass-file", "/nonexistent"}) ==
        "--key-pass-file /nonexistent: cannot be read");
  CHECK(wrong({"--tls-engine-kpass-sha1", "00"}) ==
        "--tls-engine-kpass-sha1: a SHA-1 has 40 hex digits");
  CHECK(wrong({"--cafile", "f", "--tls-version", "tlsv1"}) ==
        "--tls-version tlsv1: it is tlsv1.2 or tlsv1.3");
  CHECK(wrong({"--cafile", "f", "--keyform", "der"}) == "--keyform der: it is pem or engine");
}

TEST_CASE("the passphrase of a key comes from the first line of a file") {
  const std::string path =
      std::filesystem::temp_directory_path() / ("passphrase" + std::to_string(getpid()));
  std::ofstream(path) << "open sesame\r\nmore\n";
  const pub line({"-t", "a", "-m", "x", "--cert", "c", "--key", "k", "--key-pass-file", path});
  std::filesystem::remove(path);
  REQUIRE(line.runs());
  CHECK(line.settings.client.dial.tls->key_passphrase == "open sesame");
}

TEST_CASE("SSLKEYLOGFILE is passed on to TLS") {
  setenv("SSLKEYLOGFILE", "/tmp/keys", 1);
  CHECK(pub({"-t", "a", "-m", "x", "-p", "8883"}).settings.client.dial.tls->key_log_file ==
        "/tmp/keys");
  unsetenv("SSLKEYLOGFILE");
  CHECK(pub({"-t", "a", "-m", "x", "-p", "8883"}).settings.client.dial.tls->key_log_file.empty());
}

TEST_CASE("a will is made of its four options, and needs its topic") {
  const pub line({"-t", "a", "-m", "x", "--will-topic", "w", "--will-payload", "p", "--will-qos",
                  "1", "--will-retain", "-D", "will", "content-type", "text/plain"});
  REQUIRE(line.runs());
  const will_options& will = *line.settings.client.session.will;
  CHECK(will.topic == "w");
  CHECK(will.payload == "p");
  CHECK(will.qos == qos_t::at_least_once);
  CHECK(will.retain);
  CHECK(same(will.properties, made(property_id::content_type, "text/plain")));
  CHECK(pub({"-t", "a", "-m", "x", "--will-payload", "p"}).error() ==
        "--will-payload needs --will-topic TOPIC");
  CHECK(pub({"-t", "a", "-m", "x", "--will-retain"}).error() ==
        "--will-retain needs --will-topic TOPIC");
  CHECK(pub({"-t", "a", "-m", "x", "--will-qos", "1"}).result.err ==
        "mqtt-pub: note: --will-qos has no effect without --will-topic\n");
}

TEST_CASE("-D puts each property into its packet") {
  const pub line({"-t",
                  "a",
                  "-m",
                  "x",
                  "-D",
                  "PUBLISH",
                  "content-type",
                  "text/plain",
                  "-D",
                  "publish",
                  "user-property",
                  "k",
                  "v",
                  "-D",
                  "publish",
                  "topic-alias",
                  "5",
                  "-D",
                  "connect",
                  "receive-maximum",
                  "9",
                  "-D",
                  "disconnect",
                  "user-property",
                  "bye",
                  "now"});
  REQUIRE(line.runs());
  CHECK(line.settings.client.session.version == protocol_version::v5);
  const properties_view publish = line.settings.publish_properties;
  CHECK(publish.text(property_id::content_type) == "text/plain");
  CHECK(publish.find(property_id::user_property)->text == "k");
  CHECK(publish.find(property_id::user_property)->value == "v");
  CHECK(publish.number(property_id::topic_alias) == 5u);
  CHECK(line.settings.topic_alias == 5);
  CHECK(line.settings.client.session.connect_properties.view().number(
            property_id::receive_maximum) == 9u);
  CHECK(line.settings.disconnect_properties.view().find(property_id::user_property)->value ==
        "now");
  const sub other({"-t", "a", "-D", "subscribe", "subscription-identifier", "7", "-D",
                   "unsubscribe", "user-property", "a", "b"});
  CHECK(other.settings.subscribe_properties.view().number(property_id::subscription_identifier) ==
        7u);
  CHECK_FALSE(other.settings.unsubscribe_properties.empty());
}

TEST_CASE("a property that cannot be sent is told with command, name and reason") {
  const auto wrong = [](std::string_view command, std::string_view name, std::string_view value) {
    return pub({"-t", "a", "-m", "x", "-D", command, name, value}).error();
  };
  CHECK(wrong("publish", "topic-alias", "0") ==
        "-D publish topic-alias 0: the value must be a number from 1 to 65535");
  CHECK(wrong("publish", "topic-alias", "70000") ==
        "-D publish topic-alias 70000: the value must be a number from 1 to 65535");
  CHECK(wrong("publish", "payload-format-indicator", "2") ==
        "-D publish payload-format-indicator 2: the value must be a number from 0 to 1");
  CHECK(wrong("publish", "message-expiry-interval", "5s") ==
        "-D publish message-expiry-interval 5s: the value must be a number from 0 to 4294967295");
  CHECK(wrong("publish", "will-delay-interval", "5") ==
        "-D publish will-delay-interval: not a property of publish; it belongs to will");
  CHECK(wrong("connect", "server-keep-alive", "5") ==
        "-D connect server-keep-alive: not a property of connect; only brokers send it");
  CHECK(wrong("publish", "contenttype", "x") ==
        "-D publish contenttype: no such property; did you mean content-type?");
  CHECK(wrong("disconnect", "zzzzzz", "x") ==
        "-D disconnect zzzzzz: no such property; disconnect takes session-expiry-interval, "
        "reason-string and user-property");
  CHECK(wrong("pubish", "content-type", "x") ==
        "-D pubish: no such command; did you mean publish?");
  CHECK(wrong("puback", "reason-string", "x") ==
        "-D puback: this program fills that packet in by itself");
  CHECK(wrong("zzzzzzzz", "a", "b")
            .starts_with("-D zzzzzzzz: no such command; it is connect, publish,"));
  CHECK(wrong("publish", "content-type", "\xFF")
            .starts_with("-D publish content-type: not valid UTF-8"));
  CHECK(wrong("publish", "response-topic", "a/#") ==
        "-D publish response-topic a/#: a response topic is not empty and contains no + or #");
  CHECK(wrong("connect", "authentication-data", "x") ==
        "-D connect authentication-data needs -D connect authentication-method");
  CHECK(pub({"-t", "a", "-m", "x", "-D", "publish", "content-type", "a", "-D", "publish",
             "content-type", "b"})
            .error() == "-D publish content-type: given twice");
}

TEST_CASE("options without effect are noted, not refused, so that command lines keep working") {
  CHECK(pub({"-t", "a", "-m", "x", "-D", "subscribe", "user-property", "a", "b"}).result.err ==
        "mqtt-pub: note: -D subscribe has no effect: mqtt-pub does not subscribe\n");
  CHECK(pub({"-t", "a", "-l", "--repeat", "2"}).result.err ==
        "mqtt-pub: note: --repeat has no effect with -l\n");
  CHECK(sub({"-t", "a", "-D", "publish", "user-property", "a", "b"}).result.err ==
        "mqtt-sub: note: -D publish has no effect: mqtt-sub does not publish\n");
}

TEST_CASE("a format that is not one is a usage error with the place") {
  CHECK(sub({"-t", "a", "-F", "%t %z"}).error() == "-F '%t %z': %z: no such escape (byte 4)");
  CHECK(sub({"-t", "a", "-F", "%10"}).error() == "-F '%10': %10: a letter must follow (byte 1)");
  CHECK(sub({"-t", "a", "-F", "x@"}).error() == "-F 'x@': @: something must follow (byte 2)");
  CHECK(sub({"-t", "a", "-F", "\\q"}).error() == "-F '\\q': \\q: no such escape (byte 1)");
  CHECK(sub({"-t", "a", "-F", ""}).settings.format_given);
  CHECK(sub({"-t", "a", "-F", "%j", "--pretty"}).settings.pretty);
}

TEST_CASE("--help fits two screens, shows what is used most, and wins over errors beside it") {
  for (const program which : {program::pub, program::sub}) {
    const std::string help = help_text(which, false);
    const auto lines = std::count(help.begin(), help.end(), '\n');
    CHECK(lines <= 80);
    std::size_t widest = 0;
    for (std::size_t at = 0; at < help.size();) {
      const std::size_t end = help.find('\n', at);
      widest = std::max(widest, end - at);
      at = end + 1;
    }
    CHECK(widest <= 100);
    const std::string all = help_text(which, true);
    for (const option_row& row : option_rows())
      if (row.is_in(which))
        CHECK(all.find("--" + std::string(long_name(row))) != std::string::npos);
  }
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
  for (const program which : {program::pub, program::sub}) {
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
