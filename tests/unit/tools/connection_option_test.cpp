#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/parser.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;
using namespace std::chrono_literals;

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

  CHECK(sub({"-L", "unix:///run/m%20q.sock", "-t", "a"}).settings.client.dial.unix_path ==
        "/run/m q.sock");
  CHECK(sub({"-L", "mqtt://h/room/#"}).settings.topics == std::vector<std::string>{"room/#"});
  CHECK(sub({"-L", "mqtt://h/a", "-t", "b"}).settings.topics == std::vector<std::string>{"a", "b"});
  CHECK(pub({"-L", "mqtt://h/a", "-p", "99", "-m", "x"}).settings.client.dial.port == 99);
  CHECK(pub({"-L", "mqtt://h", "-t", "a", "-m", "x"}).settings.topic == "a");
  CHECK(pub({"-L", "mqtt://h/", "-t", "a", "-m", "x"}).runs());
}

TEST_CASE("the path of a WebSocket URL is the topic where nothing else names one") {
  const auto path = [](const auto& line) { return line.settings.client.dial.websocket->path; };
  const sub both({"-L", "ws://h:9001/a/%23"});
  CHECK(both.settings.topics == std::vector<std::string>{"a/#"});
  CHECK(path(both) == "/mqtt");
  CHECK(both.settings.client.dial.port == 9001);
  CHECK(both.result.err ==
        "mqtt-sub: note: the path of the URL is the topic, 'a/#', as in mosquitto 2.1; beside a -t "
        "it is the path of the WebSocket\n");
  CHECK(pub({"-L", "wss://h/a/b", "-m", "x"}).settings.topic == "a/b");
  CHECK(path(pub({"-L", "wss://h/a/b", "-m", "x", "--ws-path", "/ws"})) == "/ws");
  CHECK(path(sub({"-L", "ws://h/ws", "-t", "a"})) == "/ws");
  CHECK(sub({"-L", "ws://h/ws", "-U", "a"}).settings.topics == std::vector<std::string>{"ws"});
  CHECK(path(pub({"-L", "ws://h/ws", "-t", "a", "-m", "x"})) == "/ws");
  CHECK(path(pub({"-L", "ws://h/ws", "-l", "--key-sep", " "})) == "/ws");
  CHECK(sub({"-L", "ws://h/mqtt"}).error().starts_with("no topic to subscribe to"));
  CHECK(sub({"-L", "ws://h/a%"}).error().starts_with("the topic: a % must be followed"));

  const sub theirs({"-L", "ws://h/ws", "-t", "a", "--as-mosquitto", "2.1"});
  CHECK(theirs.settings.topics == std::vector<std::string>{"a", "ws"});
  CHECK(path(theirs) == "/mqtt");
  CHECK(theirs.settings.client.dial.port == 1883);
  CHECK(theirs.result.err.empty());
}

TEST_CASE("a URL needs no -L in front of it, and its password does not stay in argv either") {
  const pub plain({"mqtts://me:secret@broker/room/light", "-m", "on"});
  REQUIRE(plain.runs());
  CHECK(plain.settings.client.dial.host == "broker");
  CHECK(plain.settings.client.dial.port == 8883);
  CHECK(plain.settings.client.session.password == "secret");
  CHECK(plain.settings.topic == "room/light");
  CHECK(plain.line.shown() == "program mqtts://me:******@broker/room/light -m on ");
  const sub last({"-v", "mqtt://broker/room/#"});
  CHECK(last.settings.topics == std::vector<std::string>{"room/#"});
  CHECK(sub({"unix:///run/m.sock", "-t", "a"}).settings.client.dial.unix_path == "/run/m.sock");
  CHECK(sub({"-t", "mqtt://a"}).settings.topics == std::vector<std::string>{"mqtt://a"});
  CHECK(sub({"https://broker/", "-t", "a"}).error() ==
        "URL: https://: MQTT over WebSocket is wss://");
}

TEST_CASE("an IPv6 address in a URL may name its interface") {
  for (const std::string_view url :
       {"mqtt://[fe80::1%25eth0]:1884/t", "mqtt://[fe80::1%eth0]:1884/t"}) {
    const pub line({"-m", "x", "-L", url});
    REQUIRE_MESSAGE(line.runs(), line.result.err);
    CHECK(line.settings.client.dial.host == "fe80::1%eth0");
    CHECK(line.settings.client.dial.port == 1884);
  }
}

TEST_CASE("a URL that is not one is told without quoting its password") {
  const auto wrong = [](std::string_view url) { return pub({"-m", "x", "-L", url}).error(); };
  CHECK(wrong("broker/topic") ==
        "-L: not a URL: it begins with a scheme, as in mqtt://broker.example/topic");
  CHECK(wrong("ftp://h/t") ==
        "-L: 'ftp' is not a scheme of MQTT; they are mqtt, mqtts, mqtt-sn, ws, wss and unix");
  CHECK(wrong("https://h/t") == "-L: https://: MQTT over WebSocket is wss://");
  CHECK(wrong("mqtt:///t") == "-L: the host is missing, as in mqtt://broker.example/");
  CHECK(wrong("mqtt://h:0/t") == "-L: the port must be 1 to 65535");
  CHECK(wrong("mqtt://h:x/t") == "-L: the port must be 1 to 65535");
  CHECK(wrong("mqtt://2001:db8::1/t").starts_with("-L: an IPv6 address stands in brackets"));
  CHECK(wrong("mqtt://192.0.2.1:8884:1883/t").starts_with("-L: two ports follow the host"));
  CHECK(wrong("mqtt://[2001:db8::1/t") == "-L: the ] after the IPv6 address is missing");
  CHECK(wrong("mqtt://[::1]x/t") == "-L: after the ] only :PORT may follow");
  CHECK(wrong("mqtt://u%4:p@h/t").starts_with("-L: the user name: a % must be followed"));
  CHECK(wrong("mqtt://h/a%2").starts_with("-L: the topic: a % must be followed"));
  CHECK(wrong("mqtt://h/a/%23") ==
        "-L: topic 'a/#': # is a wildcard for subscribers and cannot be published to (byte 3)");
  CHECK(wrong("mqtt://h%20h/t") == "-L: 'h h' is not a host name");
  CHECK(wrong("mqtt://%FF:p@h/t") == "-L: the user name must be UTF-8 of at most 65535 bytes");
  CHECK(wrong("ws://h/a\r\nX: y") == "-L: a path contains no blanks; write %20");
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
  CHECK(ws.settings.client.dial.port == 1883);
  CHECK(ws.settings.client.dial.websocket->path == "/ws");
  CHECK(ws.settings.client.dial.websocket->headers ==
        std::vector<std::pair<std::string, std::string>>{{"A", "b"}, {"C", "d"}});
  CHECK(pub({"-t", "a", "-m", "x", "--ws", "--tls-use-os-certs"}).settings.client.dial.port ==
        8883);
  CHECK(pub({"-t", "a", "-m", "x", "--ws", "-V", "31"})
            .settings.client.dial.websocket->subprotocols == "");  // the client knows
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
  std::filesystem::permissions(path, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const pub line({"-t", "a", "-m", "x", "--cert", "c", "--key", "k", "--key-pass-file", path});
  CHECK(line.result.err.starts_with("mqtt-pub: warning: " + path + " can be read by others"));
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const pub own({"-t", "a", "-m", "x", "--cert", "c", "--key", "k", "--key-pass-file", path});
  std::filesystem::remove(path);
  REQUIRE(line.runs());
  CHECK(line.settings.client.dial.tls->key_passphrase == "open sesame");
  CHECK(own.result.err.empty());
}

TEST_CASE("SSLKEYLOGFILE is passed on to TLS") {
  setenv("SSLKEYLOGFILE", "/dev/null", 1);
  CHECK(pub({"-t", "a", "-m", "x", "-p", "8883"}).settings.client.dial.tls->key_log_file ==
        "/dev/null");
  unsetenv("SSLKEYLOGFILE");
  CHECK(pub({"-t", "a", "-m", "x", "-p", "8883"}).settings.client.dial.tls->key_log_file.empty());
}

TEST_CASE("SSLKEYLOGFILE that cannot be written is a warning") {
  setenv("SSLKEYLOGFILE", "/dev/null/keys", 1);
  const pub line({"-t", "a", "-m", "x", "-p", "8883"});
  unsetenv("SSLKEYLOGFILE");
  REQUIRE(line.runs());
  CHECK(line.result.err ==
        "mqtt-pub: warning: SSLKEYLOGFILE /dev/null/keys: Not a directory; goes on without a key "
        "log\n");
  CHECK(line.settings.client.dial.tls->key_log_file.empty());
}

TEST_CASE("how long connecting may take, and a broker is waited for") {
  const pub plain({"-t", "a", "-m", "x"});
  CHECK(plain.settings.client.connect_timeout.count() == 0);
  CHECK_FALSE(plain.settings.client.retry_first_connect);
  const pub line({"-t", "a", "-m", "x", "--connect-timeout", "1500ms", "--wait-broker", "2m"});
  CHECK(line.settings.client.connect_timeout == std::chrono::milliseconds(1500));
  CHECK(line.settings.client.retry_first_connect);
  CHECK(line.settings.client.first_connect_limit == std::chrono::minutes(2));
  const sub other({"-t", "a", "--wait-broker", "3"});
  CHECK(other.settings.client.first_connect_limit == std::chrono::seconds(3));
  CHECK(sub({"-t", "a", "--wait-broker", "0"}).error() ==
        "--wait-broker 0: a duration is a number and ms, s, m or h, and at least 1 ms");
  CHECK_FALSE(sub({"-t", "a", "--connect-timeout", "soon"}).error().empty());
  CHECK(pub({"-t", "a", "-m", "x", "-q", "1", "--outbox", "d", "--wait-broker", "3"}).error() ==
        "--wait-broker does not go with --outbox: what is in the outbox waits there");
}

TEST_CASE("--tls-keylog wins over SSLKEYLOGFILE and turns no TLS on") {
  setenv("SSLKEYLOGFILE", "/tmp/keys", 1);
  const pub line({"-t", "a", "-m", "x", "-p", "8883", "--tls-keylog", "/tmp/other"});
  unsetenv("SSLKEYLOGFILE");
  CHECK(line.settings.client.dial.tls->key_log_file == "/tmp/other");
  CHECK_FALSE(pub({"-t", "a", "-m", "x", "--tls-keylog", "k"}).settings.client.dial.tls);
}

TEST_CASE("--no-tls speaks plainly on any port, and excludes what wants TLS beside it") {
  const pub line({"-t", "a", "-m", "x", "-p", "8883", "--no-tls"});
  REQUIRE(line.runs());
  CHECK_FALSE(line.settings.client.dial.tls);
  CHECK(line.settings.client.dial.port == 8883);
  const auto wrong = [](const words& more) {
    words all{"-t", "a", "-m", "x", "--no-tls"};
    all.insert(all.end(), more.begin(), more.end());
    return pub(all).error();
  };
  CHECK(wrong({"--cafile", "f"}) == "--no-tls and --cafile exclude each other");
  CHECK(wrong({"-L", "mqtts://h"}) == "--no-tls and -L exclude each other");
  CHECK(wrong({"--cert", "c", "--key", "k"}) == "--no-tls and --cert exclude each other");
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
