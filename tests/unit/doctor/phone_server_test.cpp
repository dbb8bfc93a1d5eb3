// The page's server: requests, posts, the plan, and the QR code in the terminal.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/columns.hpp"
#include "mqtt-doctor/phone/findings.hpp"
#include "mqtt-doctor/phone/page_request.hpp"
#include "mqtt-doctor/phone/plan.hpp"
#include "mqtt-doctor/phone/public_address.hpp"
#include "mqtt-doctor/phone/qr_code.hpp"
#include "mqtt-doctor/phone/screen.hpp"
#include "mqtt-doctor/phone/socket_list.hpp"
#include "mqtt-doctor/phone/terminal_probe.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "unit/doctor/server_facts.hpp"

namespace mqttkit::doctor::test {
namespace {

constexpr const char* token = "abcdefgh23456789";

page_request asks(const std::string& line, const std::string& headers = "") {
  return read_page_request(line + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n", token);
}

/// Draws the terminal's characters as grey pixels, for a decoder of pictures.
struct picture {
  unsigned width = 0, height = 0;
  std::vector<unsigned char> grey;
};
picture painted(const std::vector<std::string>& lines, const qr_style& style) {
  constexpr unsigned scale = 4;
  std::vector<std::vector<bool>> bright;  // as a dark terminal shows it, or by its colours
  for (const std::string& line : lines) {
    std::vector<bool> upper, lower;
    bool is_black = false;  // the ground of what follows
    for (std::size_t at = 0; at < line.size();) {
      if (line[at] == '\033') {
        const std::size_t end = line.find('m', at);
        is_black = line.substr(at, end - at).ends_with("48;5;16");
        at = end + 1;
        continue;
      }
      const std::string_view rest = std::string_view(line).substr(at);
      const bool whole = rest.starts_with("\u2588") || rest.starts_with("#") || is_black;
      const bool up = whole || rest.starts_with("\u2580");
      const bool down = whole || rest.starts_with("\u2584");
      at += static_cast<unsigned char>(line[at]) >= 0x80 ? 3 : 1;
      if (!style.utf8 && ++at > line.size()) break;
      upper.push_back(up != style.colour);
      lower.push_back(down != style.colour);
    }
    bright.push_back(upper);
    if (style.utf8) bright.push_back(lower);
  }
  picture out;
  out.width = static_cast<unsigned>(bright[0].size()) * scale;
  out.height = static_cast<unsigned>(bright.size()) * scale;
  for (unsigned y = 0; y < out.height; ++y)
    for (unsigned x = 0; x < out.width; ++x)
      out.grey.push_back(bright[y / scale][x / scale] ? 255 : 0);
  return out;
}

/// The text that zbar decodes, where zbar is installed; "" when it finds no code.
class decoder {
 public:
  decoder() : library_(::dlopen("libzbar.so.0", RTLD_NOW | RTLD_LOCAL)) {}
  bool is_there() const { return library_ != nullptr; }

  std::string read(const picture& from) const {
    const auto find = [&](const char* name) { return ::dlsym(library_, name); };
    const auto make = reinterpret_cast<void* (*)()>(find("zbar_image_scanner_create"));
    const auto image = reinterpret_cast<void* (*)()>(find("zbar_image_create"));
    const auto format =
        reinterpret_cast<void (*)(void*, unsigned long)>(find("zbar_image_set_format"));
    const auto size =
        reinterpret_cast<void (*)(void*, unsigned, unsigned)>(find("zbar_image_set_size"));
    const auto fill = reinterpret_cast<void (*)(void*, const void*, unsigned long, void*)>(
        find("zbar_image_set_data"));
    const auto scan = reinterpret_cast<int (*)(void*, void*)>(find("zbar_scan_image"));
    const auto first = reinterpret_cast<const void* (*)(void*)>(find("zbar_image_first_symbol"));
    const auto text = reinterpret_cast<const char* (*)(const void*)>(find("zbar_symbol_get_data"));
    const auto drop_image = reinterpret_cast<void (*)(void*)>(find("zbar_image_destroy"));
    const auto drop = reinterpret_cast<void (*)(void*)>(find("zbar_image_scanner_destroy"));
    void* const scanner = make();
    void* const canvas = image();
    constexpr unsigned long grey = 'Y' | '8' << 8 | '0' << 16 | '0' << 24;
    format(canvas, grey);
    size(canvas, from.width, from.height);
    fill(canvas, from.grey.data(), from.grey.size(), nullptr);
    std::string out;
    if (scan(scanner, canvas) > 0) out = text(first(canvas));
    drop_image(canvas);
    drop(scanner);
    return out;
  }

 private:
  void* library_;
};

}  // namespace

TEST_CASE("the page's server knows its six wishes, and nothing without the token") {
  const std::string mine = std::string("/") + token;
  CHECK(asks("GET " + mine).wish == page_wish::page);
  CHECK(asks("GET " + mine + "/").wish == page_wish::page);
  CHECK(asks("GET " + mine + "/verdict?lang=zh").wish == page_wish::verdict);
  CHECK(asks("GET " + mine + "/verdict?lang=zh").language == "zh");
  CHECK(asks("GET " + mine + "/verdict?lang=xx").language.empty());
  CHECK(asks("GET " + mine + "/seen?a=b&port=1883").port == 1883);
  CHECK(asks("GET " + mine + "/seen?port=99999").port == 0);
  CHECK(asks("GET " + mine + "/seen?port=18x3").port == 0);
  CHECK(asks("POST " + mine + "/step", "Content-Length: 12\r\n").wish == page_wish::step);
  CHECK(asks("POST " + mine + "/findings", "Content-Length: 12\r\n").body_size == 12);
  // The QR code's text is in capitals, which takes fewer modules.
  CHECK(asks("GET /ABCDEFGH23456789").wish == page_wish::page);
  for (const char* const other :
       {"GET /", "GET /favicon.ico", "GET /abcdefgh2345678", "GET /abcdefgh2345678a",
        "GET /abcdefgh234567899", "GET /abcdefgh23456789/etc/passwd", "GET *",
        "GET abcdefgh23456789x", "POST /abcdefgh23456789", "POST /abcdefgh23456789/verdict",
        "PUT /abcdefgh23456789", "GET /../abcdefgh23456789", "", " "}) {
    CAPTURE(other);
    CHECK(asks(other).wish == page_wish::nothing);
  }
}

TEST_CASE("a body that says no size, or too much of it, is not waited for") {
  const std::string line = std::string("POST /") + token + "/findings";
  CHECK(asks(line).has_body_problem);
  CHECK(asks(line, "Content-Length: 65537\r\n").has_body_problem);
  CHECK(asks(line, "Content-Length: 99999999999999999999\r\n").has_body_problem);
  CHECK(asks(line, "Content-Length: -1\r\n").has_body_problem);
  CHECK(asks(line, "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n").has_body_problem);
  CHECK(asks(line, "Content-Length: 99999999\r\n").body_size == 0);
  CHECK(!asks(line, "Content-Length: 65536\r\n").has_body_problem);
}

TEST_CASE("tokens are equal whatever the case of their letters, and differ in one bit of them") {
  CHECK(is_token("abc2", "abc2"));
  CHECK(is_token("ABC2", "abc2"));
  CHECK(!is_token("abc3", "abc2"));
  CHECK(!is_token("abc", "abc2"));
  CHECK(!is_token("", "abc2"));
  CHECK(!is_token("ab\x43\x12", "abc2"));  // ^ 0x20
  const std::string made = make_page_token(), other = make_page_token();
  CHECK(made.size() == 16);
  CHECK(made != other);
  CHECK(made.find_first_of("01lo/ ") == std::string::npos);
}

TEST_CASE("of a user agent its system and its browser are kept") {
  const auto names = [](const char* agent) {
    const agent_names found = names_of_agent(agent);
    return found.system + "|" + found.browser;
  };
  CHECK(names("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
              "Chrome/130.0.0.0 Mobile Safari/537.36") == "Android 14|Chrome 130");
  CHECK(
      names("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1") == "iOS 17.5|Safari 17");
  CHECK(names("Mozilla/5.0 (Linux; Android 13; M2102) AppleWebKit/537.36 (KHTML, like Gecko) "
              "Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.42") ==
        "Android 13|WeChat 8");
  CHECK(names("curl/8.0") == "|");
}

TEST_CASE("what the page posts is read into steps") {
  phone_facts read;
  const std::string wrong = read_phone_findings(
      R"({"schema":1,"agent":{"system":"Android 14","browser":"Chrome 130","x":1},"language":"zh",
          "network":{"type":"cellular","by":"browser"},"new":[{"deep":[1]}],
          "steps":[{"step":"ws","port":9001,"kind":"ws","path":"/mqtt","outcome":"ok","ms":12.5,
                    "subprotocol":"mqtt","variant":true},
                   {"step":"login","port":9001,"outcome":"refused","code":135,"version":5},
                   {"step":"connect","port":9001,"outcome":"refused","code":4,"version":"3.1.1"},
                   {"step":"keepalive","outcome":"dropped","drops":2,"hidden_ms":4000},
                   {"step":"juggle","outcome":"laughed","code":null}]})",
      read);
  REQUIRE(wrong == "");
  CHECK(read.system == "Android 14");
  CHECK(read.network == "cellular");
  REQUIRE(read.steps.size() == 5);
  CHECK(read.steps[0].step == phone_step::websocket);
  CHECK(read.steps[0].ms == 12.5);
  CHECK(read.steps[0].variant);
  CHECK(read.steps[0].code == -1);
  CHECK(read.steps[1].user);
  CHECK(read.steps[1].code == 135);
  CHECK(read.steps[1].version == mqtt_version::v5);
  CHECK(read.steps[2].version == mqtt_version::v3_1_1);
  CHECK(read.steps[3].count == 2);
  CHECK(read.steps[4].step.word() == "juggle");
}

TEST_CASE("hostile posts change nothing and are refused") {
  phone_facts read;
  read.system = "before";
  std::string many = R"({"schema":1,"steps":[)";
  for (int i = 0; i < 201; ++i) many += std::string(i == 0 ? "" : ",") + R"({"step":"ws"})";
  many += "]}";
  const std::string deep = R"({"schema":1,"steps":[],"x":)" + std::string(100'000, '[');
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), many, deep,
        std::string(R"({"schema":2,"steps":[]})"), std::string(R"({"schema":1,"steps":[{}]})"),
        std::string(R"({"schema":1,"steps":[{"step":"ws","port":70000}]})"),
        std::string(R"({"schema":1,"steps":[{"step":"ws","ms":-5}]})"),
        std::string(R"({"schema":1,"steps":[{"step":"ws","ms":1e999}]})"),
        std::string(R"({"schema":1,"steps":[{"step":["ws"]}]})"),
        std::string(R"({"schema":1,"steps":[]} trailing)"),
        std::string("{\"schema\":1,\"agent\":{\"system\":\"\xff\"},\"steps\":[]}")}) {
    CAPTURE(text.substr(0, 80));
    CHECK(read_phone_findings(text, read) != "");
    CHECK(read.system == "before");
  }
}

TEST_CASE("what the page posts is safe for a terminal and bounded") {
  phone_step_fact read;
  const std::string text = R"({"step":"ws","detail":"\u001b[31m)" + std::string(5000, 'x') + "\"}";
  REQUIRE(read_phone_step(text, read) == "");
  CHECK(read.detail.find('\033') == std::string::npos);
  CHECK(read.detail.size() < 400);
}

TEST_CASE("the plan names the listeners that answered, and nothing in it ends a block of script") {
  scene server("mqtt", 1883);
  server.works();
  server.all.asked.host = "broker.example";
  endpoint_facts socket = server.all.endpoints[0];
  socket.scheme = scheme::ws;
  socket.port = 9001;
  socket.path = "/</script>";
  socket.contacts[0].websocket.emplace().is_done = true;
  server.all.endpoints.insert(server.all.endpoints.begin(), socket);
  port_fact web;
  web.port = 18083;
  web.connect.outcome = connect_outcome::connected;
  web.speaks = spoken_protocol::http;
  server.all.ports.push_back(web);
  phone_plan plan;
  plan.host = "broker.example";
  plan.token = token;
  plan_from(server.all, 0, plan);
  const std::string text = json_of(plan);
  CHECK(text.find('<') == std::string::npos);
  const auto read = nlohmann::json::parse(text);
  CHECK(read["listeners"][0]["port"] == 1883);
  CHECK(read["listeners"][0]["kind"] == "mqtt");
  CHECK(read["listeners"][1]["kind"] == "ws");
  CHECK(read["listeners"][1]["path"] == "/</script>");
  CHECK(read["listeners"][2]["kind"] == "other");
  CHECK(read["login_needed"] == false);
  CHECK(read["ca"].is_null());
  const std::string policy = content_policy(plan);
  CHECK(policy.find("ws://broker.example:9001") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  // Browsers match no IP address as a policy's source.
  plan.host = "203.0.113.5";
  CHECK(content_policy(plan).find("203.0.113.5") == std::string::npos);
  CHECK(content_policy(plan).find("connect-src 'self' http: https: ws: wss:") != std::string::npos);
  plan.host = "a;script-src *";
  CHECK(content_policy(plan).find("a;script") == std::string::npos);
}

TEST_CASE("without a listener the usual port is what the phone tries") {
  phone_plan plan;
  plan_from(facts(), 0, plan);
  REQUIRE(plan.listeners.size() == 1);
  CHECK(plan.listeners[0].port == 1883);
  CHECK(plan.listeners[0].is_unknown());
  CHECK(!plan.login_needed);
}

TEST_CASE("the address for the phone is the one that others can dial") {
  facts home, cloud;
  cloud.host.emplace().cloud = cloud_provider::aliyun;
  const auto guess = [](const std::string& ssh, const std::string& route, const facts& server) {
    return guess_address(read_ssh_connection(ssh), route, server);
  };
  CHECK(guess("198.51.100.7 50000 203.0.113.5 22", "10.0.0.5", home).address == "203.0.113.5");
  CHECK(guess("", "203.0.113.5", home).address == "203.0.113.5");
  CHECK(!guess("", "203.0.113.5", home).must_ask);
  CHECK(guess("", "192.168.1.10", home).address == "192.168.1.10");
  CHECK(guess("", "192.168.1.10", home).is_private);
  CHECK(!guess("", "192.168.1.10", home).must_ask);
  CHECK(!guess("192.168.1.7 50000 192.168.1.10 22", "192.168.1.10", home).must_ask);
  CHECK(guess("", "10.0.0.5", cloud).must_ask);
  // The user came by ssh through an address that this machine does not know.
  CHECK(guess("198.51.100.7 50000 10.0.0.5 22", "10.0.0.5", home).must_ask);
  CHECK(guess("", "", home).must_ask);
  CHECK(guess("", "", home).address.empty());
  CHECK(read_ssh_connection("::ffff:198.51.100.7 50000 fe80::1%eth0 22").client == "198.51.100.7");
  CHECK(read_ssh_connection("::ffff:198.51.100.7 50000 fe80::1%eth0 22").server == "fe80::1");
  CHECK(read_ssh_connection("x y z w").client.empty());
}

TEST_CASE("connections are read from the kernel's list, of both families") {
  // 203.0.113.5:1883 and ::ffff:203.0.113.5 in the byte order of a little-endian machine.
  const std::string text =
      "  sl  local_address rem_address   st ...\n"
      "   0: 00000000:075B 00000000:0000 0A 00000000:00000000\n"
      "   1: 057100CB:075B 097100CB:C351 01 00000000:00000000\n"
      "   2: 057100CB:075B 097100CB:C352 03 00000000:00000000\n"
      "   3: 057100CB:0016 097100CB:C353 01 00000000:00000000\n"
      "   4: 0000000000000000FFFF0000057100CB:075B 0000000000000000FFFF0000097100CB:C354 06 0:0\n"
      "   5: nonsense:075B 097100CB:C353 01\n"
      "   6:\n";
  const auto found = connections_in(text, {1883});
  REQUIRE(found.size() == 3);
  CHECK(found[0].remote == "203.0.113.9");
  CHECK(found[0].remote_port == 50001);
  CHECK(!found[0].is_half_open);
  CHECK(found[1].is_half_open);
  CHECK(found[2].remote == "203.0.113.9");
}

TEST_CASE("the answer that counts is the one at the path an app has") {
  port_sight all;
  const auto answered = [&](const std::string& target, int status, bool is_upgrade) {
    port_sight what;
    what.target = target;
    what.status = status;
    what.is_upgrade = is_upgrade;
    if (takes_status_from(all, what)) all = what;
    return all.status;
  };
  CHECK(answered("/favicon.ico", 404, false) == 404);
  CHECK(answered("/mqtt", 400, true) == 400);  // what the browser asks for by itself is less
  CHECK(answered("/ws", 404, true) == 400);    // another path, tried because this one fails
  CHECK(answered("/mark", 200, false) == 400);
  CHECK(answered("/mqtt", 0, true) == 400);    // not answered yet
  CHECK(answered("/mqtt", 101, true) == 101);  // mended meanwhile
}

TEST_CASE("a camera reads the code from the terminal's characters") {
  const std::string url = "http://203.0.113.5:8080/abcdefgh23456789";
  const qr_code code(for_small_code(url));
  if (code.empty()) {
    MESSAGE("libqrencode is not there");
    return;
  }
  const decoder zbar;
  if (!zbar.is_there()) MESSAGE("libzbar0 is not there: the code is not read back");
  for (const bool utf8 : {true, false}) {
    for (const bool colour : {true, false}) {
      qr_style style;
      style.utf8 = utf8;
      style.colour = colour;
      const std::vector<std::string> lines = lines_of(code, style);
      for (const std::string& line : lines)
        CHECK(tools::columns_of(line) == columns_of(code, style));
      if (!zbar.is_there()) continue;
      CHECK(zbar.read(painted(lines, style)) == "HTTP://203.0.113.5:8080/ABCDEFGH23456789");
      // The code's border in a low window.
      style.border = 1;
      CHECK(zbar.read(painted(lines_of(code, style), style)) ==
            "HTTP://203.0.113.5:8080/ABCDEFGH23456789");
    }
  }
}

TEST_CASE("a URL keeps its letters where capitals have no place in a code of their own") {
  CHECK(for_small_code("http://broker.example/ab2") == "HTTP://BROKER.EXAMPLE/AB2");
  CHECK(for_small_code("http://[2001:db8::5]/ab2") == "http://[2001:db8::5]/ab2");
}

TEST_CASE("code and text fit a terminal of 80 columns and 24 lines") {
  report_style how;
  for (const std::string host : {"203.0.113.5", "[2001:db8:1234:5678:9abc:def0:1234:5678]",
                                 "mqtt-broker-7.eu-central-1.compute.cloud.example"}) {
    CAPTURE(host);
    const std::string url = "http://" + host + ":8080/abcdefgh23456789";
    if (qr_code(url).empty()) {
      MESSAGE("libqrencode is not there");
      return;
    }
    const std::string page = code_page(url, {"Scan this:", "with the phone's camera"}, how);
    std::size_t lines = 0, at = 0;
    for (std::size_t end = 0; (end = page.find('\n', at)) != std::string::npos; at = end + 1) {
      ++lines;
      CHECK(tools::columns_of(page.substr(at, end - at)) <= 80);
    }
    CHECK(lines <= 24);
    CHECK(page.find("Scan this") != std::string::npos);
  }
}

TEST_CASE("what the phone has dialled is the Host field without its port") {
  const std::string mine = std::string("GET /") + token;
  const auto host = [&](const std::string& field) {
    return read_page_request(mine + " HTTP/1.1\r\nHost: " + field + "\r\n\r\n", token).host;
  };
  CHECK(host("broker.example:8080") == "broker.example");
  CHECK(host("203.0.113.5") == "203.0.113.5");
  CHECK(host("[2001:db8::5]:8080") == "2001:db8::5");
  CHECK(host("[") == "");
  CHECK(host("a\033[31mb").find('\033') == std::string::npos);
}

TEST_CASE("in ASCII the code comes last, and a window too low for it is told so") {
  report_style how;
  how.utf8 = false;
  const std::string url = "http://203.0.113.253:8080/abcdefgh23456789";
  if (qr_code(url).empty()) {
    MESSAGE("libqrencode is not there");
    return;
  }
  const std::vector<std::string> text{"Scan this:"};
  const std::string tall = code_page(url, text, how, 28);
  CHECK(tall.starts_with("Scan this:\n####"));
  CHECK(tall.ends_with("##\n"));
  // The code has 25 modules and a border of one, a line each: all of it fits the screen.
  CHECK(std::count(tall.begin(), tall.end(), '\n') == 28);
  CHECK(tall.find("window") == std::string::npos);
  const std::string low = code_page(url, text, how, 24);
  CHECK(low.find("28 lines of 54 characters") != std::string::npos);
  CHECK(low.ends_with("##\n"));
  how.columns = 40;
  CHECK(code_page(url, text, how, 50).find('#') == std::string::npos);
}

TEST_CASE("a terminal's report of its cursor is told from what was typed meanwhile") {
  CHECK(column_of_report("\033[12;2R") == 2);
  CHECK(column_of_report("ls\n\033[A\033[1;3R") == 3);
  CHECK(column_of_report("\033[12;2") == 0);
  CHECK(column_of_report("R") == 0);
  CHECK(column_of_report("\033[12;R") == 0);
  CHECK(column_of_report("\033[12;9999999999999R") == 0);
}

TEST_CASE("whoever asks for the page is named as far as it says") {
  CHECK(say(words_of_visitor("203.0.113.9", "Android 14", "Chrome 130")) ==
        "the page was asked for by 203.0.113.9 (Android 14, Chrome 130)");
  CHECK(say(words_of_visitor("203.0.113.9", "", "Chrome 130")) ==
        "the page was asked for by 203.0.113.9 (Chrome 130)");
  CHECK(say(words_of_visitor("203.0.113.9", "", "")).find("(") == std::string::npos);
}

TEST_CASE("the door to the page is opened and shut by the firewall's own commands") {
  scene server;
  CHECK(commands_for_page(server.all, 8080).empty());
  firewall_fact wall;
  wall.port = 8080;
  wall.family = ip_family::v4;
  wall.verdict = firewall_verdict::drop;
  wall.tool = firewall_tool::ufw;
  server.host().firewall.push_back(wall);
  CHECK(commands_for_page(server.all, 8080).open == "sudo ufw allow 8080/tcp");
  CHECK(commands_for_page(server.all, 8080).close == "sudo ufw delete allow 8080/tcp");
  CHECK(commands_for_page(server.all, 8081).empty());
  server.host().firewall[0].tool = firewall_tool::firewalld;
  CHECK(commands_for_page(server.all, 8080).open == "sudo firewall-cmd --add-port=8080/tcp");
  server.host().firewall[0].tool = firewall_tool::nft;
  server.host().firewall[0].chain = "inet filter input";
  CHECK(commands_for_page(server.all, 8080).open ==
        "sudo nft insert rule inet filter input tcp dport 8080 accept comment mqtt-doctor-page");
  CHECK(commands_for_page(server.all, 8080).close.find("mqtt-doctor-page") != std::string::npos);
  server.host().firewall[0].verdict = firewall_verdict::accept;
  CHECK(commands_for_page(server.all, 8080).empty());
}

}  // namespace mqttkit::doctor::test
