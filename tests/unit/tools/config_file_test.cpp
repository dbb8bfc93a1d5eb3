// Configuration files, profiles and the environment: what counts, and how mistakes are told.
#include "cli/config_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "common/exit_code.hpp"
#include "support/temp_folder.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;
using namespace std::chrono_literals;

namespace {

/// A home folder with configuration files in it.
class home {
 public:
  home() { world.config_folder = world.home = folder_.path().string(); }

  /// Our file, which only its owner can read.
  home& ours(std::string_view text) {
    std::filesystem::create_directories(folder_.path() / "mqtt-toolkit");
    keep_private(folder_.write("mqtt-toolkit/config", text));
    return *this;
  }
  /// "mosquitto_pub" and so on.
  home& theirs(std::string_view name, std::string_view text) {
    folder_.write(name, text);
    return *this;
  }
  std::string file(std::string_view name) const { return folder_.file(name); }
  std::string config() const { return file("mqtt-toolkit/config"); }

  static void keep_private(const std::string& path) {
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  process_environment world;

 private:
  mqttkit::testing::temp_folder folder_;
};

const words hello{"-t", "a", "-m", "x"};

words operator+(words left, const words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// The line of --print-config that begins with `name`, blanks squeezed.
std::string printed(const std::string& text, std::string_view name) {
  const std::string start = "\n" + std::string(name) + " ";
  const std::size_t at = ("\n" + text).find(start);
  if (at == std::string::npos) return {};
  std::string line;
  for (const char c : text.substr(at, text.find('\n', at) - at))
    if (c != ' ' || !line.ends_with(' ')) line += c;
  return line;
}

}  // namespace

TEST_CASE("without any file and variable the built-in defaults hold") {
  const home nothing;
  const pub line(hello, nothing.world);
  REQUIRE(line.runs());
  CHECK(line.result.err.empty());
  CHECK(line.settings.client.dial.host == "localhost");
  CHECK(pub(hello, process_environment()).settings.client.dial.host == "localhost");
}

TEST_CASE("mosquitto's own file is read as mosquitto reads it, and the command line wins") {
  home at;
  at.theirs("mosquitto_pub",
            "# a comment\n"
            "-h broker.example\n"
            "  --port 1884\r\n"
            "\n"
            "-u me\n"
            "-P  two words # and this \n"
            "-r\n"
            "-q 2");
  const pub line(hello, at.world);
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK(line.settings.client.dial.host == "broker.example");
  CHECK(line.settings.client.dial.port == 1884);
  CHECK(line.settings.client.session.user_name == "me");
  CHECK(line.settings.client.session.password == " two words # and this ");
  CHECK(line.settings.retain);
  CHECK(line.settings.qos == qos_t::exactly_once);
  const pub other(hello + words{"-h", "other", "-q", "0"}, at.world);
  CHECK(other.settings.client.dial.host == "other");
  CHECK(other.settings.client.dial.port == 1884);
  CHECK(other.settings.qos == qos_t::at_most_once);
}

TEST_CASE("each program reads the file of the mosquitto program it stands for") {
  home at;
  at.theirs("mosquitto_pub", "-h pub\n").theirs("mosquitto_sub", "-h sub\n-t from/file\n");
  at.theirs("mosquitto_rr", "-h rr\n");
  CHECK(pub(hello, at.world).settings.client.dial.host == "pub");
  CHECK(pub(hello + words{"--request"}, at.world).settings.client.dial.host == "rr");
  CHECK(pub(hello + words{"-e", "r"}, at.world).settings.client.dial.host == "rr");
  pub_settings called_rr;  // mqtt-pub under the name of mosquitto_rr
  called_rr.request = true;
  command_line words_of_rr("mosquitto_rr", hello);
  parse(words_of_rr.argc(), words_of_rr.argv(), called_rr, at.world);
  CHECK(called_rr.client.dial.host == "rr");
  const sub line({"-t", "a"}, at.world);
  CHECK(line.settings.client.dial.host == "sub");
  // Topics add up, as the manual of mosquitto_sub says.
  CHECK(line.settings.topics == std::vector<std::string>{"from/file", "a"});
}

TEST_CASE("a message in mosquitto's file and another on the command line exclude each other") {
  home at;
  at.theirs("mosquitto_pub", "-t a\n-m from file\n");
  CHECK(pub({}, at.world).settings.message == "from file");
  CHECK(pub({"-l"}, at.world).error().starts_with("-l: only one of -m, -f, -l"));
}

TEST_CASE("our file takes the place of mosquitto's, and --no-config refuses both") {
  home at;
  at.theirs("mosquitto_pub", "-h theirs\n-p 99\n");
  at.ours("host = ours\n");
  const pub line(hello, at.world);
  CHECK(line.settings.client.dial.host == "ours");
  CHECK(line.settings.client.dial.port == 1883);
  const pub none(hello + words{"--no-config"}, at.world);
  CHECK(none.settings.client.dial.host == "localhost");
  CHECK(none.settings.client.dial.port == 1883);
  CHECK(pub(hello + words{"--no-config", "--profile", "lab"}, at.world).error() ==
        "--no-config and --profile exclude each other");
  CHECK(pub(hello + words{"--no-config", "-o", "f"}, at.world).error() ==
        "--no-config and -o exclude each other");
}

TEST_CASE("--config names a file of either form") {
  home at;
  at.theirs("a", "\n# c\n-h theirs\n").theirs("b", "host=ours\n[lab]\nport = 99\n");
  const std::string a = at.file("a");
  const std::string b = at.file("b");
  CHECK(pub(hello + words{"-o", a}, at.world).settings.client.dial.host == "theirs");
  CHECK(pub(hello + words{"--config", b}, at.world).settings.client.dial.host == "ours");
  CHECK(pub(hello + words{"--config", b, "--profile", "lab"}).settings.client.dial.port == 99);
  CHECK(pub(hello + words{"-o", a, "--profile", "lab"}).error() ==
        "--profile: " + a + " has the form of mosquitto's files, which know no profiles");
  CHECK(pub(hello + words{"-o", "/nowhere/c"}).error() ==
        "-o /nowhere/c: No such file or directory");
}

TEST_CASE("a profile adds to the default section and wins over it") {
  home at;
  at.ours(
      "; settings for all\n"
      "host = default.example\n"
      "keepalive = 17\n"
      "qos = 1\n"
      "\n"
      "[lab]\n"
      "host = lab.example\n"
      "qos = 2\n"
      "[field]\n"
      "host = field.example\n");
  const pub plain(hello, at.world);
  CHECK(plain.settings.client.dial.host == "default.example");
  CHECK(plain.settings.qos == qos_t::at_least_once);
  const pub lab(hello + words{"--profile", "lab"}, at.world);
  CHECK(lab.settings.client.dial.host == "lab.example");
  CHECK(lab.settings.client.session.keep_alive == 17s);
  CHECK(lab.settings.qos == qos_t::exactly_once);
  CHECK(pub(hello + words{"--profile=field"}, at.world).settings.client.dial.host ==
        "field.example");
  CHECK(pub(hello + words{"--profile", "lap"}, at.world).error() ==
        "--profile 'lap': no [lap] in " + at.config() + "; did you mean lab?");
  CHECK(pub(hello + words{"--profile", ""}, at.world).error() ==
        "--profile needs NAME, not an empty word");
  CHECK(pub(hello + words{"--profile", "lab"}, home().world)
            .error()
            .ends_with("mqtt-toolkit/config: No such file or directory"));
}

TEST_CASE(
    "a flag wins over the environment, that over the profile, that over the default section") {
  home at;
  at.ours("username = of-default\npassword = of-default\n[lab]\nusername = of-profile\n");
  const auto user = [&](const words& more) {
    return pub(hello + more, at.world).settings.client.session.user_name;
  };
  CHECK(user({}) == "of-default");
  CHECK(user({"--profile", "lab"}) == "of-profile");
  at.world.user_name = "of-environment";
  CHECK(user({"--profile", "lab"}) == "of-environment");
  CHECK(user({"--profile", "lab", "-u", "of-flag"}) == "of-flag");
  at.world.password = "of-environment";
  CHECK(pub(hello, at.world).settings.client.session.password == "of-environment");
  CHECK(pub(hello + words{"-P", "of-flag"}, at.world).settings.client.session.password ==
        "of-flag");
}

TEST_CASE("MQTT_URL gives broker, credentials and topic, and its parts can be overridden") {
  process_environment world;
  world.url = "mqtts://me:p%40ss@broker.example/room/light";
  const pub line({"-m", "x"}, world);
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK(line.settings.client.dial.host == "broker.example");
  CHECK(line.settings.client.dial.port == 8883);
  CHECK(line.settings.client.dial.tls);
  CHECK(line.settings.client.session.password == "p@ss");
  CHECK(line.settings.topic == "room/light");
  CHECK(sub({"-t", "b"}, world).settings.topics == std::vector<std::string>{"b"});
  CHECK(sub({"-p", "99"}, world).settings.client.dial.port == 99);
  world.user_name = "you";
  CHECK(sub({}, world).settings.client.session.user_name == "you");
  CHECK(sub({"mqtt://she@other/b"}, world).settings.client.session.user_name == "she");
  world.url = "mqtt://h:x/t";
  CHECK(sub({}, world).error() == "MQTT_URL: the port must be 1 to 65535");
}

TEST_CASE(
    "a URL means the same on the command line, in the environment, and in both kinds of file") {
  const auto described = [](const sub& line) {
    REQUIRE_MESSAGE(line.runs(), line.result.err);
    const dial_options& dial = line.settings.client.dial;
    const session_options& session = line.settings.client.session;
    std::string all = dial.unix_path + " " + dial.host + " " + std::to_string(dial.port);
    if (dial.tls) all += dial.tls->add_system_store ? " tls" : " tls without the system's";
    if (dial.websocket) all += " ws " + dial.websocket->path;
    all += " " + session.user_name.value_or("-") + " " + session.password.value_or("-");
    for (const std::string& topic : line.settings.topics) all += " " + topic;
    return all;
  };
  constexpr struct {
    std::string_view url, described;
  } rows[] = {
      {"mqtt://broker.example", " broker.example 1883 - - t"},
      {"mqtt://broker.example:1884/room/%23", " broker.example 1884 - - room/#"},
      {"mqtts://me:p%40ss%3A%2F@broker.example/#", " broker.example 8883 tls me p@ss:/ #"},
      {"mqtt://m%C3%A9@[2001:db8::1]:1884/a", " 2001:db8::1 1884 m\xC3\xA9 - a"},
      {"ws://[::1]", " ::1 80 ws /mqtt - - t"},
      {"ws://me:pw@broker.example:8080/a/b?c", " broker.example 8080 ws /a/b?c me pw t"},
      {"wss://broker.example/mqtt", " broker.example 443 tls ws /mqtt - - t"},
      {"unix:///run/m%20q.sock", "/run/m q.sock localhost 1883 - - t"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    words topic;
    if (row.described.ends_with(" t")) topic = {"-t", "t"};
    CHECK(described(sub(topic + words{"-L", row.url})) == row.described);
    CHECK(described(sub(topic + words{row.url})) == row.described);
    process_environment world;
    world.url = row.url;
    CHECK(described(sub(topic, world)) == row.described);
    home at;
    at.theirs("mosquitto_sub", "-L " + std::string(row.url) + "\n");
    CHECK(described(sub(topic, at.world)) == row.described);
    at.ours("[lab]\nurl = " + std::string(row.url) + "\n");
    CHECK(described(sub(topic + words{"--profile", "lab"}, at.world)) == row.described);
  }
}

TEST_CASE("another address on the command line keeps nothing of the URL in the environment") {
  process_environment world;
  world.url = "wss://me:secret@broker.example:444/path";
  for (const words& other : {words{"-h", "localhost"}, words{"-L", "mqtt://localhost/"},
                             words{"mqtt://localhost"}, words{"--unix", "/run/m.sock"}}) {
    const pub line(hello + other, world);
    REQUIRE(line.runs());
    CHECK(line.settings.client.dial.host == "localhost");
    CHECK(line.settings.client.dial.port == 1883);
    CHECK_FALSE(line.settings.client.dial.tls);
    CHECK_FALSE(line.settings.client.dial.websocket);
    CHECK_FALSE(line.settings.client.session.password);
    CHECK_FALSE(line.settings.client.session.user_name);
  }
}

TEST_CASE("a URL wins over the address of a file, and its scheme decides about WebSocket and TLS") {
  home at;
  at.ours("host = h\nport = 99\nws = true\ntls-use-os-certs = true\ntopic = a/#\n");
  const sub line({"mqtt://broker/b"}, at.world);
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK(line.settings.client.dial.host == "broker");
  CHECK(line.settings.client.dial.port == 1883);
  CHECK_FALSE(line.settings.client.dial.websocket);
  CHECK_FALSE(line.settings.client.dial.tls);
  CHECK(line.settings.topics == std::vector<std::string>{"b"});
  CHECK(sub({"mqtt://broker"}, at.world).settings.topics == std::vector<std::string>{"a/#"});
}

TEST_CASE("options that may be repeated are replaced as a whole by a source that wins") {
  home at;
  at.ours("topic = a\ntopic = b/#\nfilter-out = c\n[lab]\ntopic = #\n");
  CHECK(sub({}, at.world).settings.topics == std::vector<std::string>{"a", "b/#"});
  CHECK(sub({"--profile", "lab"}, at.world).settings.topics == std::vector<std::string>{"#"});
  const sub line({"-t", "d", "-t", "e"}, at.world);
  CHECK(line.settings.topics == std::vector<std::string>{"d", "e"});
  CHECK(line.settings.filtered_out == std::vector<std::string>{"c"});
}

TEST_CASE("another word on the same subject sets aside what a file says on it") {
  home at;
  at.ours("json = true\nid = me\nretained-only = true\nipv4 = true\n");
  const sub line({"-t", "a", "-v", "-I", "my-", "-R", "-6"}, at.world);
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK_FALSE(line.settings.json);
  CHECK(line.settings.verbose);
  CHECK(line.settings.client.session.client_id.starts_with("my-"));
  CHECK_FALSE(line.settings.retained_only);
  CHECK(line.settings.client.dial.addresses == dial_options::family::v6);
}

TEST_CASE("--no-tls sets aside what files say about TLS, and an option of TLS sets that aside") {
  home at;
  at.theirs("mosquitto_pub", "--cafile c\n--insecure\n");
  CHECK(pub(hello, at.world).settings.client.dial.tls);
  const pub flag(hello + words{"--no-tls"}, at.world);
  REQUIRE_MESSAGE(flag.runs(), flag.result.err);
  CHECK_FALSE(flag.settings.client.dial.tls);
  CHECK(flag.result.err.empty());
  at.ours("cafile = c\n[local]\nno-tls = true\nport = 8883\n");
  const pub local(hello + words{"--profile", "local"}, at.world);
  REQUIRE_MESSAGE(local.runs(), local.result.err);
  CHECK_FALSE(local.settings.client.dial.tls);
  CHECK(pub(hello + words{"--profile", "local", "--tls-use-os-certs"}, at.world)
            .settings.client.dial.tls);
}

TEST_CASE("switches are true or false, and what wins may turn them off again") {
  home at;
  at.ours("retain = yes\ndebug = true\n[lab]\nretain = false\ndebug = off\n");
  const pub plain(hello, at.world);
  CHECK(plain.settings.retain);
  CHECK(plain.settings.debug);
  const pub lab(hello + words{"--profile", "lab"}, at.world);
  CHECK_FALSE(lab.settings.retain);
  CHECK_FALSE(lab.settings.debug);
  CHECK(pub(hello + words{"--profile", "lab", "-r"}, at.world).settings.retain);
  at.ours("retain = 2\n");
  CHECK(pub(hello, at.world).error() == at.config() + ":1: retain is true or false");
}

TEST_CASE("values in our file are the rest of the line, quotes keep blanks, paths need no shell") {
  home at;
  at.ours(
      "username = \"  a \\\"b\\\" \\\\ \"\n"
      "password =   #1 = ; \n"
      "property = connect user-property city  New York\n"
      "cafile = ~/ca.pem\n"
      "capath = certs\n"
      "unix=/run/m.sock\n");
  const pub line(hello, at.world);
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK(line.settings.client.session.user_name == "  a \"b\" \\ ");
  CHECK(line.settings.client.session.password == "#1 = ;");
  REQUIRE(line.settings.client.dial.tls);
  CHECK(line.settings.client.dial.tls->ca_file == at.file("ca.pem"));
  CHECK(line.settings.client.dial.tls->ca_path == at.file("mqtt-toolkit/certs"));
  CHECK(line.settings.client.dial.unix_path == "/run/m.sock");
  properties expected;
  REQUIRE_FALSE(expected.add_user_property("city", "New York"));
  REQUIRE_FALSE(expected.add(property_id::maximum_packet_size, 1u << 20));  // a publisher's
  CHECK(same(line.settings.client.session.connect_properties.view(), expected.view()));
}

TEST_CASE("a setting of the other program is passed over") {
  home at;
  at.ours("repeat-delay = 1\nretained-only = true\n");
  CHECK(pub(hello, at.world).runs());
  CHECK(sub({"-t", "a"}, at.world).runs());
  CHECK(sub({"-t", "a"}, at.world).settings.retained_only);
}

TEST_CASE("mistakes in our file are told with file and line, also in a profile not asked for") {
  home at;
  const auto wrong = [&](std::string_view text) {
    at.ours(text);
    const std::string error = pub(hello, at.world).result.err;
    CHECK(is_one_line(error));
    CHECK(error.find("--help") == std::string::npos);  // which would not help
    const std::string start = "mqtt-pub: " + at.config() + ":";
    REQUIRE(error.starts_with(start));
    return error.substr(start.size(), error.size() - start.size() - 1);
  };
  CHECK(wrong("# c\n\nhots = h\n") == "3: unknown setting 'hots'; did you mean host?");
  CHECK(wrong("[lab]\nxyzzy = h\n") == "2: unknown setting 'xyzzy'");
  CHECK(wrong("host\n") == "1: 'host': a line is SETTING = VALUE or [PROFILE]");
  CHECK(wrong("host = a\nhost = b\n") == "2: host was given on line 1 already");
  CHECK(wrong("host =\n") == "1: host '': a host name is needed");
  CHECK(wrong("port = 99999\n") == "1: port 99999: the port must be 1 to 65535");
  CHECK(wrong("username = me\npassword = a\npassword-file = b\n") ==
        "3: password and password-file exclude each other");
  CHECK(wrong("[\n") == "1: a profile begins with its name, as in [lab]");
  CHECK(wrong("[]\n") == "1: a profile begins with its name, as in [lab]");
  CHECK(wrong("message = x\n") == "1: message goes on the command line, as --message");
  at.ours("yes = true\n");
  CHECK(sub({"-t", "a"}, at.world).error() ==
        at.config() + ":1: yes goes on the command line, as --yes");
  CHECK(wrong("profile = x\n") == "1: profile goes on the command line, as --profile");
  CHECK(wrong("host = \"a\n") == "1: host: the closing \" is missing");
  CHECK(wrong("host = \"a\" b\n") == "1: host: nothing may follow the closing \"");
  CHECK(wrong("host = \"a\\n\"\n") == "1: host: in double quotes a \\ stands before \" or \\ only");
  CHECK(wrong("property = publish content-type\n").starts_with("1: -D needs COMMAND NAME VALUE"));
  CHECK(wrong("url = mqtt://me:secret@h:x/\n") == "1: url: the port must be 1 to 65535");
  CHECK(pub(hello, at.world).result.outcome.exit_code == static_cast<int>(exit_code::usage));
}

TEST_CASE("mistakes in mosquitto's file are told with file and line") {
  home at;
  const auto wrong = [&](std::string_view text) {
    at.theirs("mosquitto_sub", text);
    const std::string error = sub({"-t", "a"}, at.world).error();
    const std::string start = at.file("mosquitto_sub") + ":";
    REQUIRE_MESSAGE(error.starts_with(start), error);
    return error.substr(start.size());
  };
  CHECK(wrong("-h\n") == "1: -h needs HOST, nothing follows it");
  CHECK(wrong("\n--hots h\n") == "2: unknown option '--hots'; did you mean --host?");
  CHECK(wrong("host h\n") == "1: 'host': a line begins with an option, as -h");
  CHECK(wrong("-v yes\n") == "1: -v takes no value");
  CHECK(wrong("-q 3\n") == "1: -q 3: QoS must be 0, 1 or 2");
  CHECK(wrong("--help\n") == "1: --help goes on the command line");
  CHECK(wrong("-m x\n") == "1: unknown option '-m'; it is an option of mqtt-pub");
}

TEST_CASE("an option of MQTT 5 beside an older version in a file names both places") {
  home at;
  at.ours("protocol-version = 3.1.1\n");
  CHECK(pub(hello + words{"-x", "5"}, at.world).error() ==
        "-x needs MQTT 5, and " + at.config() +
            ":1: protocol-version asks for 3.1.1; leave one "
            "of them out");
  CHECK(pub(hello + words{"-x", "5", "-V", "5"}, at.world).runs());
}

TEST_CASE("our file is not read over when it cannot be read") {
  home at;
  std::filesystem::create_directories(at.config());
  CHECK(pub(hello, at.world).error() ==
        at.config() + ": cannot be read: Is a directory; --no-config does without it");
  home large;
  large.ours(std::string((1 << 20) + 1, '#'));
  CHECK(pub(hello, large.world)
            .error()
            .starts_with(large.config() + ": larger than 1 MiB, not a configuration file"));
}

TEST_CASE("--print-config shows every setting with where it comes from, and no secret") {
  home at;
  at.ours(
      "cafile = /ca.pem\n"
      "[lab]\n"
      "url = mqtts://me:secret@lab.example/lab/%23\n"
      "proxy = socks5h://me:secret@proxy\n"
      "keepalive = 1\n");
  at.world.password = "secret";
  const sub line({"--print-config", "--profile", "lab", "-k", "5", "-q", "1", "-v", "-D", "connect",
                  "user-property", "a", "b"},
                 at.world);
  CHECK_FALSE(line.runs());
  const std::string& out = line.result.out;
  CHECK(out.find("secret") == std::string::npos);
  const std::string from = " (" + at.config() + ":";
  CHECK(printed(out, "host") == "host lab.example" + from + "3)");
  CHECK(printed(out, "port") == "port 8883 (default)");
  CHECK(printed(out, "username") == "username me" + from + "3)");
  CHECK(printed(out, "password") == "password *** (environment MQTT_PASSWORD)");
  CHECK(printed(out, "topic") == "topic lab/#" + from + "3)");
  CHECK(printed(out, "proxy") == "proxy socks5h://me:***@proxy" + from + "4)");
  CHECK(printed(out, "cafile") == "cafile /ca.pem" + from + "1)");
  CHECK(printed(out, "keepalive") == "keepalive 5 (command line -k)");
  CHECK(printed(out, "qos") == "qos 1 (command line -q)");
  CHECK(printed(out, "verbose") == "verbose true (command line -v)");
  CHECK(printed(out, "property") == "property connect user-property a b (command line -D)");
  CHECK(printed(out, "protocol-version") == "protocol-version 5 (default)");

  // What contradicts itself is told after it was shown.
  const sub wrong({"--print-config", "-u", "me", "--psk", "5ec4e7", "--psk-identity", "i"},
                  at.world);
  CHECK(printed(wrong.result.out, "psk") == "psk *** (command line --psk)");
  CHECK(wrong.error().starts_with("--psk and --cafile exclude each other"));
}

TEST_CASE("--print-config needs neither topic nor message, and ends with success") {
  const pub line({"--print-config"});
  CHECK_FALSE(line.runs());
  CHECK(line.result.outcome.exit_code == 0);
  CHECK(line.result.err.empty());
  CHECK(printed(line.result.out, "host") == "host localhost (default)");
  CHECK(printed(line.result.out, "port") == "port 1883 (default)");
  const pub ws({"--print-config", "-L", "ws://h:80/mqtt"});
  CHECK(printed(ws.result.out, "ws-path") == "ws-path /mqtt (command line -L)");
  const pub socket({"--print-config", "-h", "h", "--unix", "/m.sock"});
  CHECK(printed(socket.result.out, "host").empty());
  CHECK(printed(socket.result.out, "unix") == "unix /m.sock (command line --unix)");
}

TEST_CASE("a configuration file with a password that others can read is warned of") {
  home at;
  at.ours("password = secret\nusername = me\n");
  CHECK(pub(hello, at.world).result.err.empty());
  std::filesystem::permissions(at.config(), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const pub line(hello, at.world);
  CHECK(line.runs());
  CHECK(line.result.err == "mqtt-pub: warning: " + at.config() +
                               " can be read by others than its owner; chmod 600 " + at.config() +
                               "\n");
  CHECK(pub(hello + words{"--quiet"}, at.world).result.err.empty());
  at.ours("username = me\n");
  std::filesystem::permissions(at.config(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  CHECK(pub(hello, at.world).result.err.empty());
}
