// Reports to hand on: secrets must not be in them, and a hostile banner must do no harm.
#include "mqtt-doctor/report/report.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/blank.hpp"
#include "mqtt-doctor/report/document.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "support/temp_folder.hpp"
#include "unit/doctor/places.hpp"

namespace mqttkit::doctor::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

document report_on(const places& from, bool blanks_addresses = false) {
  return document_of(from.all, from.found(), blanks_addresses);
}

document report_on(const phone& who, bool blanks_addresses = false) {
  places together;
  together.of("laptop.json", who);
  return report_on(together, blanks_addresses);
}

phone hostile() {
  phone made = client();
  made.says("http", "<script>alert(1)</script> [x](http://evil.example) `a` | **b**");
  return made;
}

/// Facts after a round trip through a file.
facts through_a_file(const facts& known) {
  facts out;
  const std::string wrong = facts_of_text(json_report(known, diagnose(known)), out);
  CHECK(wrong == "");
  return out;
}

}  // namespace

TEST_CASE("every finding is the same after the facts went through a file") {
  std::vector<phone> all;
  all.push_back(client());
  all.back().accepts();
  all.back().delivers("home/door", true).echoed = false;
  all.push_back(client());
  stays_silent(all.back());
  sees_port(all.back(), 22);
  all.back().last().connect.icmp = icmp_fact{3, 13, "10.0.0.1", false, false, false};
  all.push_back(client("mqtts", 8883));
  all.back().secured().fails(20).sends("closed");
  all.push_back(client("wss", 443));
  all.back().secured().status(404, "404 Not Found", "<title>nginx</title>");
  all.push_back(broker_machine());
  firewall_says(all.back(), "drop", "policy drop").accepts();
  all.push_back(hostile());
  all.push_back(broker_machine());
  configuration_fact file;
  file.broker = broker_kind::mosquitto;
  file.settings["log_dest"] = "stderr\nfile /var/log/mosquitto.log";  // given twice
  configuration_problem unreadable;
  unreadable.kind = problem_kind::unreadable_file;
  unreadable.detail = "mosquitto\n/etc/mosquitto/passwd";  // who, and which
  unreadable.stops_broker = true;
  file.problems.push_back(unreadable);
  is_refused(all.back());
  all.back().all.host->configurations.push_back(file);
  for (const auto& each : all) {
    const facts read = through_a_file(each.all);
    const diagnosis made = diagnose(each.all);
    CHECK(json_report(each.all, made) == json_report(read, diagnose(read)));
    report_style style;
    style.verbose = true;
    CHECK(terminal_report(each.all, made, style) == terminal_report(read, diagnose(read), style));
  }
}

TEST_CASE("what is missing in a file of an older version keeps its default") {
  facts out;
  CHECK(facts_of_text(R"({"asked":{"host":"b.example"},"endpoints":[{"scheme":"mqtt"}]})", out) ==
        "");
  CHECK(out.asked.host == "b.example");
  CHECK(out.endpoints[0].scheme == scheme::mqtt);
  CHECK_FALSE(out.host.has_value());
}

TEST_CASE("the story tells the bytes both ways, and keeps silent about what an older file lacks") {
  phone who = client();
  who.accepts();
  who.last().sent_bytes = 43;
  who.last().received_bytes = 11;
  dns_fact question;
  question.type = record_type::a;
  question.outcome = dns_outcome::answered;
  question.rcode = 0;
  question.sent_bytes = 32;
  question.received_bytes = 48;
  who.all.name.questions.push_back(question);
  const std::string told = story(who.all);
  CHECK(has(told, "43 bytes sent, 11 received"));
  CHECK(has(told, "32 bytes sent, 48 received"));
  std::string older = json_report(who.all, who.found());
  for (const char* member : {"\"sent_bytes\"", "\"received_bytes\""}) {
    for (auto at = older.find(member); at != std::string::npos; at = older.find(member))
      older.replace(at + 1, 4, "lost");
  }
  facts read;
  REQUIRE(facts_of_text(older, read) == "");
  CHECK_FALSE(has(story(read), "bytes"));
}

TEST_CASE("a file that cannot be read is told apart") {
  facts out;
  CHECK(has(facts_of_text(R"({"format":99,"asked":{},"endpoints":[]})", out), "newer mqtt-doctor"));
  CHECK(has(facts_of_text("[1,2]", out), "not what mqtt-doctor --json writes"));
  CHECK(has(facts_of_text("{\"a\":", out), "not what mqtt-doctor --json writes"));
  CHECK(has(facts_of_text("{}", out), "not what mqtt-doctor --json writes"));
  CHECK(has(facts_of_text(R"({"asked":7,"endpoints":[]})", out), "asked: an object is wanted"));
  CHECK(has(facts_of_text(R"({"vantages":[]})", out), "explained already"));
  CHECK(has(facts_of_text(std::string(100'000, '['), out), "not what"));
}

TEST_CASE("a file cannot make the terminal do anything") {
  phone who = client();
  who.says("http", "x");
  std::string text = json_report(who.all, who.found());
  text.replace(text.find("\"text\": \"x\""), 11, "\"text\": \"\\u001b]0;x\\u0007\\u009b2J\"");
  facts out;
  CHECK(facts_of_text(text, out) == "");
  report_style style;
  const std::string shown = terminal_report(out, diagnose(out), style) + story(out);
  CHECK_FALSE(has(shown, "\033"));
  CHECK_FALSE(has(shown, "\xc2\x9b"));
}

TEST_CASE("names of places are file names, with their folders where they would be the same") {
  CHECK(vantage_names({"/a/server.json", "b/laptop.json", "-"}) ==
        std::vector<std::string>{"server.json", "laptop.json", "stdin"});
  CHECK(vantage_names({"a/x.json", "b/x.json"}) ==
        std::vector<std::string>{"a/x.json", "b/x.json"});
}

TEST_CASE("secrets are blanked wherever they stand") {
  CHECK(without_secrets("mqtt://me:hunter2@b.example:1883") == "mqtt://me:***@b.example:1883");
  CHECK(without_secrets("at mqtt://me:hu@nt/er2@b.example now") ==
        "at mqtt://me:***@b.example now");
  CHECK(without_secrets("ws://b.example:9001/mqtt and me@b") ==
        "ws://b.example:9001/mqtt and me@b");
  CHECK(without_secrets(R"({password, "hunter2"})") == R"({password, "***"})");
  CHECK(without_secrets(R"([{<<"password">>, <<"hu\"nter2">>}].)") ==
        R"([{<<"password">>, <<"***">>}].)");
  CHECK(without_secrets(R"(set_env(rabbit, default_pass, <<"hunter2">>).)") ==
        R"(set_env(rabbit, default_pass, <<"***">>).)");
  CHECK(without_secrets(R"(a user name and a password, "Token" there)") ==
        R"(a user name and a password, "Token" there)");
  CHECK(without_secrets("rabbit_password=hunter2 x") == "rabbit_password=*** x");
  CHECK(without_secrets("--password hunter2 -v") == "--password *** -v");
  CHECK(without_secrets(R"({"token":"abc","a":1})") == R"({"token":***,"a":1})");
  CHECK(without_secrets("Authorization: Basic aHVudGVyMjox") == "Authorization: ***");
  CHECK(without_secrets("sr=x&sig=AbC%3d&se=17") == "sr=x&sig=***&se=17");
  CHECK(without_secrets("got Bearer abcdef0123456789 here") == "got Bearer *** here");
  CHECK_FALSE(has(without_secrets("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc y"), "eyJ"));
  CHECK(without_secrets("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----!") == "***!");
}

TEST_CASE("our own sentences about passwords stay whole") {
  for (const char* const text :
       {"password_file /etc/mosquitto/passwd",
        "The password was held back: the server is not trusted",
        "sudo mosquitto_passwd -c /etc/mosquitto/passwd USER", "TLS 1.2 with a pre-shared key",
        "mqtt-doctor broker:1883 -u me --ask-password", "with a user name and password: then",
        "Basic authentication is needed"}) {
    CHECK(without_secrets(text) == text);
  }
}

TEST_CASE("addresses and names become placeholders, the same everywhere") {
  phone who = client();
  dials(who, "mqtt.home.example", "93.184.216.5");
  blanker blank(true);
  blank.learn(who.all);
  CHECK(blank("mqtt.home.example:1883 is 93.184.216.5.") == "host-1:1883 is address-1.");
  CHECK(blank("[2001:db9::7]:1883 and 93.184.216.5:22") == "[address-2]:1883 and address-1:22");
  CHECK(blank("sudo ufw allow from 10.1.2.0/24") == "sudo ufw allow from address-3/24");
  CHECK(blank("WWW.Home.Example redirects to wss://www.home.example/mqtt") ==
        "host-2 redirects to wss://host-2/mqtt");
  CHECK(blank("/etc/letsencrypt/live/mqtt.home.example/fullchain.pem") ==
        "/etc/letsencrypt/live/host-1/fullchain.pem");
  CHECK(blank("rabbit@attic joined") == "rabbit@host-3 joined");
}

TEST_CASE("what is nobody's address stays") {
  blanker blank(true);
  for (const char* const text :
       {"listener 1883 127.0.0.1", "source 0.0.0.0/0", "Listening: [::]:1883 (mosquitto, pid 8).",
        "at 10:30:24", "2026-11-21T08:00:00Z", "mosquitto 2.0.11",
        "edit mosquitto.conf: std::string", "systemctl restart mosquitto.service",
        "A1:B2:C3:D4:E5:F6..."}) {
    CHECK(blank(text) == text);
  }
  CHECK(blanker(false)("10.1.2.3") == "10.1.2.3");
  CHECK(blank("subjectAltName = IP:fd00::2").find("fd00::2") == std::string::npos);
  CHECK(blank("IP:203.0.113.7, DNS:x").find("203.0.113.7") == std::string::npos);
}

TEST_CASE("a host called like a word is blanked where a host stands, and nowhere else") {
  phone who = client();
  dials(who, "broker", "172.18.0.2");
  blanker blank(true);
  blank.learn(who.all);
  CHECK(blank("broker:1883 is no broker") == "host-1:1883 is no broker");
  CHECK(blank("broker") == "host-1");
  CHECK(blank("mqtt://broker/x") == "mqtt://host-1/x");
}

TEST_CASE("no address and no name is left in a blanked report, in Markdown and in HTML") {
  phone laptop = client();
  dials(laptop, "mqtt.home.example", server_address);
  stays_silent(laptop);
  sees_port(laptop, 22);
  phone server = broker_machine();
  server.accepts();
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  const document open = report_on(together), blanked = report_on(together, true);
  for (const auto& text : {markdown_of(blanked), html_of(blanked)}) {
    CHECK_FALSE(has(text, server_address));
    CHECK_FALSE(has(text, "home.example"));
    CHECK(has(text, "address-1"));
    CHECK(has(text, "0.0.0.0"));
  }
  CHECK(has(markdown_of(open), "mqtt.home.example"));
  CHECK(has(html_of(open), server_address));
}

TEST_CASE("a banner is text in HTML and runs nothing") {
  const std::string page = html_of(report_on(hostile()));
  CHECK_FALSE(has(page, "<script"));
  CHECK(has(page, "&lt;script&gt;"));
  CHECK(has(page, "default-src 'none'"));
  CHECK_FALSE(has(page, "http://www"));
  CHECK_FALSE(has(page, "src="));
  CHECK_FALSE(has(page, "href="));
}

TEST_CASE("a banner is text in Markdown, no link and no table cell") {
  const std::string text = markdown_of(report_on(hostile()));
  CHECK_FALSE(has(text, "<script"));
  CHECK_FALSE(has(text, "](http://"));
  CHECK_FALSE(has(text, "http://evil"));
  CHECK(has(text, "\\|"));
}

TEST_CASE("a command that holds a fence does not end its block") {
  document made;
  made.cause.emplace();
  made.cause->cures.push_back({"here", "do", "a ``` b", false});
  CHECK(has(markdown_of(made), "````sh\n  a ``` b\n"));
}

TEST_CASE("a remark begins a paragraph of its own, also behind the cures of another") {
  document made;
  made.remarks.push_back({true, "first", {{"here", "do", "", false}}});
  made.remarks.push_back({true, "second", {}});
  const std::string text = markdown_of(made);
  CHECK(has(text, "- **here**: do\n\n**Warning**: second\n\n"));
}

TEST_CASE("lines of a file and what is typed differ, in Markdown and in HTML") {
  phone who = client();
  who.answers(0x87, 0x87);
  finding found;
  found.cures.emplace_back();
  found.cures.back().what = words("Add this:");
  found.cures.back().command = "listener 1883";
  found.cures.back().file = "/etc/mosquitto/mosquitto.conf";
  found.cures.back().kind = cure_kind::lines;
  found.cures.emplace_back();
  found.cures.back().what = words("Then:");
  found.cures.back().command = "sudo systemctl restart mosquitto";
  found.cures.back().kind = cure_kind::command;
  diagnosis made;
  made.causes.push_back(found);
  places known;
  known.of("here.json", who);
  const document page = document_of(known.all, made, false);
  const std::string markdown = markdown_of(page), html = html_of(page);
  CHECK(has(markdown, "```ini\n  listener 1883\n"));
  CHECK(has(markdown, "(/etc/mosquitto/mosquitto.conf)"));
  CHECK(has(markdown, "```sh\n  sudo systemctl restart mosquitto\n"));
  CHECK(has(html, "<pre class=\"file\">listener 1883</pre>"));
  CHECK(has(html, "<pre class=\"typed\">sudo systemctl restart mosquitto</pre>"));
}

TEST_CASE("the picture shows where the way is broken") {
  phone laptop = client();
  stays_silent(laptop);
  sees_port(laptop, 22);
  phone server = broker_machine();
  server.accepts();
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  const finding cause = together.found().causes[0];
  const path_states lost = path_of(together.all[1], &cause, false);
  CHECK(lost[0] == step_state::good);  // the client
  CHECK(lost[1] == step_state::good);  // the network: another port answers
  CHECK(lost[2] == step_state::bad);   // the firewall
  CHECK(lost[4] == step_state::untested);
  const path_states there = path_of(together.all[0], &cause, true);
  CHECK(there[4] == step_state::good);
  CHECK(there[2] == step_state::untested);
  CHECK(has(html_of(report_on(together)), "class=\"box bad\""));
}

TEST_CASE("when all is well the page fits a terminal of 24 rows") {
  for (const std::size_t columns : {80, 0}) {
    phone well = client();
    well.accepts();
    report_style how;
    how.columns = columns;
    const std::string page = terminal_report(well.all, well.found(), how);
    CHECK_MESSAGE(std::count(page.begin(), page.end(), '\n') <= 23, page);
  }
}

TEST_CASE("a healthy way is green to its end") {
  phone laptop = client();
  laptop.accepts();
  places together;
  together.of("laptop.json", laptop);
  const path_states way = path_of(together.all[0], nullptr, false);
  CHECK(way[0] == step_state::good);
  CHECK(way[2] == step_state::good);
  CHECK(way[4] == step_state::good);
}

TEST_CASE("what works on this machine is promised to nobody else while the broker is bound to it") {
  phone here = client();
  here.accepts();
  const auto told = [&here](const std::string& warning) {
    diagnosis made = here.found();
    if (!warning.empty()) {
      made.warnings.emplace_back();
      made.warnings.back().id = warning;
      made.warnings.back().how_bad = severity::warning;
    }
    return terminal_report(here.all, made, report_style());
  };
  CHECK(has(told(""), "A client on this network can connect"));
  dials(here, "localhost", "127.0.0.1");
  here.all.local.interfaces.push_back({"eth0", "10.0.0.5", 24});
  // The listening sockets were not examined, as in a watch.
  CHECK(has(told(""), "A client on this machine can connect with these settings; whether"));
  here.all.host.emplace();
  CHECK(has(told(""), "A client on this network can connect"));
  const std::string bound = told("tcp-refused-loopback-listener");
  CHECK(has(bound, "A client on this machine can connect with these settings. What keeps"));
  CHECK(has(bound, "host: localhost"));
}

TEST_CASE("a report is written whole, over a regular file only") {
  testing::temp_folder folder;
  const std::string file = (folder.path() / "report.md").string();
  const document first = report_on(hostile());
  CHECK(write_report(first, file) == "");
  CHECK(testing::read_file(file) == markdown_of(first));
  phone other = client();
  other.accepts();
  CHECK(write_report(report_on(other), file) == "");
  CHECK(testing::read_file(file) == markdown_of(report_on(other)));
  const std::string link = (folder.path() / "link.html").string();
  std::filesystem::create_symlink(file, link);
  CHECK(has(write_report(first, link), "not a regular file"));
  CHECK(testing::read_file(file) == markdown_of(report_on(other)));
  const std::string pipe = (folder.path() / "pipe.md").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(has(write_report(first, pipe), "not a regular file"));
  CHECK(write_report(first, (folder.path() / "none" / "x.md").string()) != "");
  // No partly written file is left beside them.
  std::size_t count = 0;
  for (const auto& each : std::filesystem::directory_iterator(folder.path()))
    count += !each.path().empty();
  CHECK(count == 3);
}

}  // namespace mqttkit::doctor::test
