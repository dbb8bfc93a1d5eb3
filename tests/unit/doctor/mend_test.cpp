// mqtt-doctor mend: the difference shown, the commands understood, the journal, and the undo.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/mend/carry_out.hpp"
#include "mqtt-doctor/mend/difference.hpp"
#include "mqtt-doctor/mend/journal.hpp"
#include "mqtt-doctor/mend/page.hpp"
#include "mqtt-doctor/mend/plan.hpp"
#include "mqtt-doctor/mend/printed_command.hpp"
#include "mqtt-doctor/mend/programs.hpp"
#include "mqtt-doctor/mend/proved.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {
namespace {

using mqttkit::testing::read_file;
using mqttkit::testing::temp_folder;

std::string numbered(int from, int to, const std::string& word = "line ") {
  std::string out;
  for (int i = from; i <= to; ++i) out += word + std::to_string(i) + "\n";
  return out;
}

/// The text that patch(1) makes of `before` and the difference.
std::string patched(const std::string& before, const std::string& difference) {
  const temp_folder folder;
  const std::string file = folder.write("text", before);
  const std::string patch = folder.write("patch", difference);
  const std::string command = "patch -s " + file + " < " + patch;
  REQUIRE(std::system(command.c_str()) == 0);
  return read_file(file);
}

std::vector<std::vector<std::string>> words_of_all(std::string_view line) {
  std::vector<std::vector<std::string>> out;
  const auto all = read_command(line);
  if (!all) return {{"?"}};
  for (const auto& each : *all) out.push_back(each.words);
  return out;
}

using lists = std::vector<std::vector<std::string>>;

struct machine_with_mosquitto {
  temp_folder folder;
  std::string file;
  facts known;
  finding about;
  machine_access around = this_machine();

  explicit machine_with_mosquitto(const std::string& text) {
    file = folder.write("mosquitto.conf", text);
    known.endpoints.emplace_back();
    known.endpoints[0].port = 1883;
    known.host.emplace();
    configuration_fact from;
    from.broker = broker_kind::mosquitto;
    from.file = file;
    from.files = {file};
    known.host->configurations.push_back(from);
    about.id = "tcp-refused-loopback-listener";
    around.has_program = [](const std::string&) { return true; };
    around.ask = [](const std::vector<std::string>&) { return std::string(); };
  }
  machine_with_mosquitto& cures(const std::string& command,
                                const char* what = "Do it:", cure_kind kind = cure_kind::command) {
    cure made{words(what), command, place::server};
    made.kind = kind;
    about.cures.push_back(made);
    return *this;
  }
  mend_plan plan() { return make_plan(about, {known, known.endpoints[0]}, around); }
  std::string becomes() {
    const mend_plan made = plan();
    CAPTURE(in_english(made.refusal));
    REQUIRE(made.refusal.empty());
    return made.steps.at(0).becomes.at(real_path(file)).text;
  }
};

}  // namespace

TEST_CASE("a file that gets another name is shown as that, there and back") {
  machine_with_mosquitto here("listener 1883\n");
  const std::string file = here.folder.write("my", "listener 1884\n");
  here.about.id = "host-config-not-used";
  here.cures("sudo mv -n " + file + " " + file + ".conf");
  const mend_plan made = here.plan();
  REQUIRE(made.refusal.empty());
  const std::string page = mend_page(report_style{}).plan(made, here.about).text();
  CHECK(page.find("mv -n " + real_path(file) + " " + real_path(file) + ".conf") != page.npos);
  CHECK(page.find("listener 1884") == page.npos);
}

TEST_CASE("a file with hashes in it is never hashed as a whole") {
  for (const char* hashed : {"alice:$7$101$c2FsdA==$aGFzaA==\nbob:plain\n",
                             "alice:$apr1$salt$hash\n", "alice:{SHA}aGFzaA==\n"}) {
    machine_with_mosquitto here("listener 1883\n");
    const std::string file = here.folder.write("passwd", hashed);
    here.about.id = "auth-password-file-not-hashed";
    here.cures("sudo mosquitto_passwd -U " + file + " && sudo systemctl reload mosquitto");
    CHECK(in_english(here.plan().refusal).find("hash the hash") != std::string::npos);
  }
  machine_with_mosquitto plain("listener 1883\n");
  const std::string file = plain.folder.write("passwd", "alice:secret$word\n");
  plain.about.id = "auth-password-file-not-hashed";
  plain.cures("sudo mosquitto_passwd -U " + file + " && sudo systemctl reload mosquitto");
  CHECK(plain.plan().refusal.empty());
}

TEST_CASE("a difference has three lines around each change, and none where nothing changed") {
  CHECK(difference("a\n", "a\n", "f", "f").empty());
  CHECK(difference(numbered(1, 20), numbered(1, 9) + "new\n" + numbered(11, 20), "f", "g") ==
        "--- f\n+++ g\n@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+new\n line 11\n"
        " line 12\n line 13\n");
  CHECK(difference("", "a\n", "/dev/null", "f") == "--- /dev/null\n+++ f\n@@ -0,0 +1 @@\n+a\n");
  CHECK(difference("a\n", "a", "f", "f") ==
        "--- f\n+++ f\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

TEST_CASE("patch takes the difference and makes the new text of the old one") {
  const std::string old = numbered(1, 60);
  const std::string texts[] = {
      "first\n" + old,
      old + "last",
      numbered(3, 58),
      numbered(1, 5) + "x\n" + numbered(7, 11) + "y\n" + numbered(12, 40) + numbered(45, 60),
      numbered(1, 60, "other "),
      "only\n",
  };
  for (const auto& text : texts) {
    CAPTURE(text);
    CHECK(patched(old, difference(old, text, "text", "text")) == text);
  }
  std::string many;
  for (int i = 0; i < 5000; ++i) many += std::to_string(i * 7919 % 5003) + "\n";
  CHECK(patched(numbered(1, 5000), difference(numbered(1, 5000), many, "text", "text")) == many);
}

TEST_CASE("a difference on the screen keeps secrets and control characters back") {
  const std::string shown = shown_difference(difference(
      "remote_password tiger\npassword_file /etc/p\nbridge_psk=00ff\nlistener 1 127.0.0.1\n",
      "remote_password tiger\npassword_file /etc/p\nbridge_psk=00ff\nlistener 1 \033[31m\n", "f",
      "f"));
  CHECK(shown.find("tiger") == std::string::npos);
  CHECK(shown.find("00ff") == std::string::npos);
  CHECK(shown.find(" remote_password ***\n") != std::string::npos);
  CHECK(shown.find(" password_file /etc/p\n") != std::string::npos);
  CHECK(shown.find('\033') == std::string::npos);
}

TEST_CASE("a printed command is taken apart as a shell would") {
  CHECK(words_of_all("sudo sed -i.bak '1s/a b/c/' /etc/m.conf && sudo systemctl restart m") ==
        lists{{"sudo", "sed", "-i.bak", "1s/a b/c/", "/etc/m.conf"},
              {"sudo", "systemctl", "restart", "m"}});
  CHECK(words_of_all("a 'it'\\''s'; b") == lists{{"a", "it's"}, {"b"}});
  const auto piped = read_command("printf 'x\\n' | sudo tee -a /f");
  REQUIRE(piped);
  CHECK((*piped)[0].is_piped);
  CHECK(printed_text_of((*piped)[0].words) == "x\n");
  CHECK(words_of_all("a ''") == lists{{"a", ""}});
}

TEST_CASE("what only a shell can do is not understood") {
  for (const std::string line :
       {"a $(b)",   "a `b`",  "a > f", "a < f",   "a & b", "a || b", "while a; do b; done",
        "a *.conf", "a ~/f",  "X=1 a", "a \"b\"", "a 'b",  "a |",    "a && && b",
        "",         "a <(b)", "a #b",  "a {b,c}", "a\nb",  "exec a"})
    CHECK_MESSAGE(!read_command(line), line);
}

TEST_CASE("the command that ends a broker is known as one, and nothing that looks alike") {
  const std::string whole = stop_command(812) + "; sudo mosquitto -d -c /f";
  std::string_view line = whole;
  CHECK(take_stop(line) == 812);
  CHECK(line == "sudo mosquitto -d -c /f");
  for (const std::string other : {"sudo kill 812; sudo mosquitto -d", "sudo kill -9 812; x",
                                  "sudo kill 1; while sudo kill -0 1 2>/dev/null; do sleep 0.2; "
                                  "done; x"}) {
    std::string_view rest = other;
    CHECK(take_stop(rest) == 0);
  }
}

TEST_CASE("printf and echo print what they print in a shell, and formats are not understood") {
  CHECK(printed_text_of({"echo", "a b"}) == "a b\n");
  CHECK(printed_text_of({"printf", "a\\nb\\n"}) == "a\nb\n");
  CHECK(printed_text_of({"printf", "%s\\n", "user %x", "topic read #"}) ==
        "user %x\ntopic read #\n");
  CHECK(!printed_text_of({"printf", "%d\\n", "1"}));
  CHECK(!printed_text_of({"printf", "a\\t"}));
  CHECK(!printed_text_of({"echo", "-n", "a"}));
  CHECK(!printed_text_of({"cat", "f"}));
}

TEST_CASE("a file is replaced whole, with its permissions, and nothing is left beside it") {
  const temp_folder folder;
  const std::string file = folder.write("f", "old");
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  file_state before;
  REQUIRE(read_state(file, before).empty());
  CHECK(before.mode == 0640);
  file_state wanted = before;
  wanted.text = std::string("new\0x", 5);
  CHECK(write_state(file, wanted).empty());
  file_state after;
  REQUIRE(read_state(file, after).empty());
  CHECK(after == wanted);
  CHECK(write_state(file, before).empty());
  CHECK(read_file(file) == "old");
  CHECK(write_state(folder.file("no/such/folder"), wanted).find("No such file") !=
        std::string::npos);
  std::size_t names = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder.path()))
    ++names;
  CHECK(names == 1);
}

TEST_CASE("where the disk takes no more the old file stays, and nothing else is left") {
  const temp_folder folder;
  const std::string file = folder.write("f", "old");
  file_state wanted;
  REQUIRE(read_state(file, wanted).empty());
  wanted.text = std::string(100'000, 'x');
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string wrong = write_state(file, wanted);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old);
  CHECK(wrong.find("too large") != std::string::npos);
  CHECK(read_file(file) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("what is no plain file of one name is refused, and what is not there is a state") {
  const temp_folder folder;
  const std::string file = folder.write("f", "x");
  std::filesystem::create_hard_link(file, folder.file("g"));
  std::filesystem::create_symlink(file, folder.file("l"));
  file_state state;
  CHECK(read_state(file, state).find("hard links") != std::string::npos);
  CHECK(!read_state(folder.file("l"), state).empty());
  CHECK(read_state(folder.path().string(), state).find("no plain file") != std::string::npos);
  REQUIRE(::mkfifo(folder.file("p").c_str(), 0600) == 0);
  CHECK(read_state(folder.file("p"), state).find("no plain file") != std::string::npos);
  CHECK(read_state(folder.file("none"), state).empty());
  CHECK(!state.exists);
  CHECK(real_path(folder.file("l")) == std::filesystem::canonical(file));
}

TEST_CASE("the journal keeps an entry with its copies, for its owner alone") {
  const temp_folder folder;
  const std::string place = folder.file("journal");
  journal_entry entry;
  entry.cause = "tcp-refused-loopback-listener";
  entry.was_down = true;
  file_state made;
  made.exists = true;
  made.mode = 0644;
  made.uid = 4242;
  made.text = std::string("a\0b\n", 4);
  made.attributes = {{"user.note", std::string("\xff\0", 2)}};
  entry.before["/etc/a"] = made;
  entry.before["/etc/new"] = {};
  made.text = "after";
  entry.after["/etc/a"] = made;
  entry.after["/etc/new"] = made;
  done_step step;
  step.words = {"nft", "insert", "rule"};
  step.back = {"nft", "delete", "rule", "handle", "7"};
  step.is_again = true;
  entry.steps = {step};
  {
    journal book(place);
    REQUIRE(book.open() == "");
    CHECK(book.keep(entry) == "");
    journal_entry later = entry;
    later.name.clear();
    later.state = entry_state::undone;
    CHECK(book.keep(later) == "");
    CHECK(later.name > entry.name);
    journal other(place);
    CHECK(other.open().find("another mend is at work") != std::string::npos);
  }
  journal book(place);
  REQUIRE(book.open() == "");
  journal_entry read;
  std::string wrong;
  REQUIRE(book.last(read, wrong));  // the later one was taken back
  CHECK(read.name == entry.name);
  CHECK(read.state == entry_state::begun);
  CHECK(read.cause == entry.cause);
  CHECK(read.was_down);
  CHECK(read.before == entry.before);
  CHECK(read.after == entry.after);
  CHECK(read.steps == entry.steps);
  for (const auto& at : std::filesystem::recursive_directory_iterator(place)) {
    const auto open = std::filesystem::status(at.path()).permissions() &
                      (std::filesystem::perms::group_all | std::filesystem::perms::others_all);
    CHECK_MESSAGE(open == std::filesystem::perms::none, at.path().string());
  }
}

TEST_CASE("a journal that others may enter is not taken") {
  const temp_folder folder;
  std::filesystem::create_directory(folder.file("open"));
  REQUIRE(::chmod(folder.file("open").c_str(), 0755) == 0);
  CHECK(journal(folder.file("open")).open().find("closed to others") != std::string::npos);
  std::filesystem::create_directory(folder.file("own"));
  REQUIRE(::chmod(folder.file("own").c_str(), 0700) == 0);
  std::filesystem::create_directory_symlink(folder.file("own"), folder.file("link"));
  CHECK(journal(folder.file("link")).open().find("closed to others") != std::string::npos);
}

TEST_CASE("an entry that cannot be read is said, and is not taken for an older one") {
  const temp_folder folder;
  const std::string place = folder.file("journal");
  journal book(place);
  REQUIRE(book.open() == "");
  journal_entry entry;
  REQUIRE(book.keep(entry) == "");
  std::filesystem::create_directory(place + "/99991231T000000Z-001");
  journal_entry read;
  std::string wrong;
  CHECK(book.last(read, wrong));  // it ended before entry.json was there: nothing was begun
  std::ofstream(place + "/99991231T000000Z-001/entry.json") << "{\"state\": \"do";
  CHECK(!book.last(read, wrong));
  CHECK(wrong.find("99991231T000000Z-001") != std::string::npos);
}

TEST_CASE("an edit by sed is planned without its backup, and the file stays as it is") {
  machine_with_mosquitto at("listener 1883 127.0.0.1\npassword_file /p\n");
  at.cures("sudo sed -i.bak '1s/.*/listener 1883/' " + at.file);
  at.about.cures.push_back({words("Then:"), "sudo systemctl restart mosquitto"});
  at.about.cures.back().kind = cure_kind::command;
  at.about.cures.back().follows = true;
  if (::geteuid() != 0) return;  // a restart is root's
  const mend_plan made = at.plan();
  CHECK(made.refusal.empty());
  REQUIRE(made.steps.size() == 2);
  CHECK(made.steps[0].becomes.at(real_path(at.file)).text == "listener 1883\npassword_file /p\n");
  CHECK(text_of(made.steps[1]) == "systemctl restart mosquitto");
  CHECK(made.steps[1].is_again);
  CHECK(!made.opens_to_all);
  CHECK(read_file(at.file) == "listener 1883 127.0.0.1\npassword_file /p\n");
}

TEST_CASE("a script of sed that runs a program or writes a file is not carried out") {
  machine_with_mosquitto at("a\n");
  const std::string made = at.folder.file("made");
  for (const std::string& script : {"1e touch " + made, "w " + made, std::string("s/a/b/e")}) {
    at.about.cures.clear();
    at.cures("sudo sed -i.bak '" + script + "' " + at.file);
    CHECK(!at.plan().refusal.empty());
    CHECK(!std::filesystem::exists(made));
  }
}

TEST_CASE("an edit that lets clients in without a password is known as one") {
  const auto opens = [](const std::string& text, const std::string& script) {
    machine_with_mosquitto at(text);
    at.cures("sudo sed -i.bak '" + script + "' " + at.file);
    if (::geteuid() != 0) at.known.host->has_systemd = false;
    const mend_plan made = at.plan();
    REQUIRE(!made.steps.empty());
    return made.opens_to_all;
  };
  CHECK(opens("listener 1883 127.0.0.1\nallow_anonymous true\n", "1s/.*/listener 1883/"));
  CHECK(opens("bind_address 127.0.0.1\nallow_anonymous true\n", "1s/.*/port 1883/"));
  CHECK(opens("listener 1883\n", "1a allow_anonymous true"));
  CHECK(opens("listener 1883\npassword_file /p\n", "2d"));
  CHECK(opens("listener 1883\nrequire_certificate true\n", "s/ true/ false/"));
  CHECK(!opens("listener 1883 127.0.0.1\npassword_file /p\n", "1s/.*/listener 1883/"));
  CHECK(!opens("allow_anonymous true\nmax_connections 1\n", "s/ 1$/ -1/"));
}

TEST_CASE("what deletes, ends, replaces or is not understood is left to a person") {
  machine_with_mosquitto at("listener 1883\n");
  const auto refused = [&](const std::string& command, const char* what) {
    at.about.cures.clear();
    at.cures(command, what);
    const mend_plan made = at.plan();
    return made.steps.empty() || !made.refusal.empty();
  };
  const std::string sed = "sudo sed -i.bak 1d " + at.file;
  CHECK(refused(sed, "Move it, which lets everybody in without a password:"));
  CHECK(refused(sed, "This ends the other program:"));
  CHECK(refused("printf 'x\\n' | sudo tee " + at.file, "Write it:"));
  CHECK(refused("sudo mosquitto_passwd -c " + at.file + " me", "Make it:"));
  CHECK(refused("sudo kill 99999", "End it:"));
  CHECK(refused("sudo ufw delete deny 1883", "Open it:"));
  CHECK(refused("sudo nft delete element inet f s { 10.0.0.1 }", "Open it:"));
  CHECK(refused("sudo sh -c 'x'", "Do it:"));
  CHECK(refused("sudo rm " + at.file, "Do it:"));
  CHECK(refused("sudo sed -i.bak 5d " + at.file, "Changes nothing:"));
  const std::string other = at.folder.write("other.conf", "");
  CHECK(refused("sudo mv -n " + other + " " + at.file, "Rename it:"));
}

TEST_CASE("a cause that the lab has not proved is not mended, and one in the app is left to it") {
  machine_with_mosquitto at("a\n");
  at.cures("sudo sed -i.bak 1s/a/b/ " + at.file);
  at.about.id = "proxy-wrong-mode";
  CHECK(at.plan().refusal.text.find("not among those") != std::string::npos);
  at.about.id = "tcp-refused-loopback-listener";
  at.about.cures.insert(at.about.cures.begin(), cure{words("Use TLS."), "", place::app});
  CHECK(at.plan().refusal.text.find("elsewhere") != std::string::npos);
  at.about.cures.front() = cure{words("Think."), "", place::server};
  CHECK(at.plan().refusal.text.find("a person") != std::string::npos);
  at.about.cures.front().kind = cure_kind::look;
  at.about.cures.front().command = "ls";
  CHECK(at.becomes() == "b\n");
}

TEST_CASE("lines for mosquitto.conf go where they mean what they say") {
  const auto becomes = [](const std::string& text, const std::string& lines) {
    machine_with_mosquitto at(text);
    at.cures(lines, "Write it:", cure_kind::lines);
    at.about.cures.back().file = "mosquitto.conf";
    const mend_plan made = at.plan();
    return made.steps.empty() ? in_english(made.refusal)
                              : made.steps[0].becomes.at(real_path(at.file)).text;
  };
  CHECK(becomes("listener 1883", "listener 8883\ncertfile /c") ==
        "listener 1883\nlistener 8883\ncertfile /c\n");
  // A global setting belongs above the listeners.
  CHECK(becomes("listener 1883\n", "max_packet_size 1000") ==
        "max_packet_size 1000\nlistener 1883\n");
  // Of several global settings the last one counts and is replaced; a listener's own setting is
  // ambiguous.
  CHECK(becomes("listener 1\nmax_packet_size 5\n", "max_packet_size 10") ==
        "listener 1\nmax_packet_size 10\n");
  CHECK(becomes("max_packet_size 5\nlistener 1\nmax_packet_size 7\n", "max_packet_size 10") ==
        "max_packet_size 5\nlistener 1\nmax_packet_size 10\n");
  CHECK(becomes("listener 1\nmax_qos 1\n", "max_qos 2").find("already") != std::string::npos);
  CHECK(becomes("user root\nlistener 1883 0.0.0.0\n", "listener 1883") ==
        "user root\nlistener 1883\n");
}

TEST_CASE("an option for all that stands in an included file is changed there") {
  machine_with_mosquitto at("include_dir conf.d\nlistener 1883\n");
  const std::string limits = at.folder.write("limits.conf", "# small\nmessage_size_limit 1000\n");
  at.known.host->configurations[0].files.push_back(limits);
  at.cures("message_size_limit 5000\nmax_packet_size 6000", "Write it:", cure_kind::lines);
  at.about.cures.back().file = "mosquitto.conf";
  const mend_plan made = at.plan();
  CAPTURE(in_english(made.refusal));
  REQUIRE(made.refusal.empty());
  std::map<std::string, std::string> texts;
  for (const auto& planned : made.steps)
    for (const auto& [path, state] : planned.becomes) texts[path] = state.text;
  CHECK(texts.at(real_path(limits)) == "# small\nmessage_size_limit 5000\n");
  CHECK(texts.at(real_path(at.file)) ==
        "max_packet_size 6000\ninclude_dir conf.d\nlistener 1883\n");
}

TEST_CASE("when a step fails all files are put back, and nothing is left to undo") {
  machine_with_mosquitto at("a\n");
  const std::string place = at.folder.file("journal");
  mend_plan plan;
  file_state state;
  REQUIRE(read_state(at.file, state).empty());
  plan.before[at.file] = state;
  plan.before[at.folder.file("new")] = {};
  planned_step write;
  write.kind = step_kind::write;
  state.text = "b\n";
  write.becomes[at.file] = state;
  write.becomes[at.folder.file("new")] = state;
  planned_step fails;
  fails.words = {"false"};
  plan.steps = {write, fails};
  journal book(place);
  REQUIRE(book.open() == "");
  const auto done = carry_out(plan, "x", book, [](const std::string&) {});
  CHECK(!done.is_done);
  CHECK(done.wrong == "false ended with status 1");
  CHECK(done.left == "");
  CHECK(read_file(at.file) == "a\n");
  CHECK(!std::filesystem::exists(at.folder.file("new")));
  journal_entry entry;
  std::string wrong;
  CHECK(!book.last(entry, wrong));
  CHECK(wrong == "");
}

TEST_CASE("an undo puts back what mend wrote, and not over what somebody wrote since") {
  machine_with_mosquitto at("a\n");
  mend_plan plan;
  file_state state;
  REQUIRE(read_state(at.file, state).empty());
  plan.before[at.file] = state;
  planned_step write;
  write.kind = step_kind::write;
  state.text = "b\n";
  write.becomes[at.file] = state;
  planned_step runs;
  runs.words = {"true"};
  const std::string proof = at.folder.file("taken-back");
  runs.back = {"touch", proof};
  plan.steps = {write, runs};
  journal book(at.folder.file("journal"));
  REQUIRE(book.open() == "");
  const auto quiet = [](const std::string&) {};
  REQUIRE(carry_out(plan, "x", book, quiet).is_done);
  CHECK(read_file(at.file) == "b\n");
  journal_entry entry;
  std::string wrong;
  REQUIRE(book.last(entry, wrong));
  CHECK(undo_refusal(entry) == "");
  at.folder.write("mosquitto.conf", "b\nmine\n");
  CHECK(undo_refusal(entry).find("was changed since") != std::string::npos);
  at.folder.write("mosquitto.conf", "b\n");
  REQUIRE(::chmod(at.file.c_str(), 0600) == 0);
  CHECK(undo_refusal(entry).find("was changed since") != std::string::npos);
  REQUIRE(::chmod(at.file.c_str(), plan.before[at.file].mode) == 0);
  CHECK(undo(entry, book, quiet).is_done);
  CHECK(read_file(at.file) == "a\n");
  CHECK(std::filesystem::exists(proof));
  CHECK(!book.last(entry, wrong));
}

TEST_CASE("a mend that was ended by force is found, and taken back from its copies") {
  machine_with_mosquitto at("a\n");
  journal book(at.folder.file("journal"));
  REQUIRE(book.open() == "");
  journal_entry begun;
  REQUIRE(read_state(at.file, begun.before[at.file]).empty());
  begun.before[at.folder.file("new")] = {};
  REQUIRE(book.keep(begun) == "");
  at.folder.write("mosquitto.conf", "half");
  at.folder.write("new", "half");
  journal_entry found;
  std::string wrong;
  REQUIRE(book.last(found, wrong));
  CHECK(found.state == entry_state::begun);
  CHECK(undo_refusal(found) == "");
  CHECK(undo(found, book, [](const std::string&) {}).is_done);
  CHECK(read_file(at.file) == "a\n");
  CHECK(!std::filesystem::exists(at.folder.file("new")));
}

TEST_CASE("mend is about the first cause, and where there is none about what it can mend") {
  diagnosis made;
  CHECK(subject_of(made) == nullptr);
  const auto add = [](std::vector<finding>& to, const char* id, severity how_bad) {
    to.emplace_back();
    to.back().id = id;
    to.back().how_bad = how_bad;
  };
  add(made.warnings, "phone-battery", severity::note);
  CHECK(subject_of(made) == nullptr);
  add(made.warnings, "input-loopback", severity::warning);
  CHECK(subject_of(made)->id == "input-loopback");
  add(made.warnings, "tcp-refused-loopback-listener", severity::warning);
  CHECK(subject_of(made)->id == "tcp-refused-loopback-listener");
  add(made.causes, "proxy-wrong-mode", severity::problem);
  CHECK(subject_of(made)->id == "proxy-wrong-mode");
}

TEST_CASE("what was changed between the question and the yes is not written over") {
  machine_with_mosquitto at("a\n");
  mend_plan plan;
  file_state state;
  REQUIRE(read_state(at.file, state).empty());
  plan.before[at.file] = state;
  planned_step write;
  write.kind = step_kind::write;
  state.text = "b\n";
  write.becomes[at.file] = state;
  plan.steps = {write};
  at.folder.write("mosquitto.conf", "other\n");
  journal book(at.folder.file("journal"));
  REQUIRE(book.open() == "");
  const auto done = carry_out(plan, "x", book, [](const std::string&) {});
  CHECK(done.wrong.find("changed meanwhile") != std::string::npos);
  CHECK(read_file(at.file) == "other\n");
}

TEST_CASE("a program that does not end is ended") {
  const auto done = run_for_output({"sleep", "30"}, "", std::chrono::seconds(1));
  CHECK(done.is_late);
  CHECK(run_for_output({"cat"}, "in", std::chrono::seconds(10)).out == "in");
  CHECK(run_for_output({"no-such-program"}, "", std::chrono::seconds(1)).status == -1);
}

TEST_CASE("every cause that mend may cure was cured in the lab, by a case that is there") {
  std::map<std::string, std::set<std::string>> proved;
  std::ifstream list(std::string(PROJECT_ROOT) + "/tests/lab/proved.txt");
  REQUIRE(list);
  for (std::string row; std::getline(list, row);) {
    std::istringstream parts(row);
    std::string id, name, outcome;
    if (row.starts_with('#') || !(parts >> id >> name >> outcome)) continue;
    CHECK_MESSAGE((outcome == "healed" || outcome == "next"), row);
    proved[id].insert(name);
  }
  std::string stages;
  for (const auto& each :
       std::filesystem::directory_iterator(std::string(PROJECT_ROOT) + "/tests/lab/lab"))
    if (each.path().filename().string().starts_with("stage_")) stages += read_file(each.path());
  std::string_view before;
  for (const proved_cause& cause : proved_causes()) {
    CAPTURE(cause.id);
    CHECK(before < cause.id);
    before = cause.id;
    CHECK(find_cause(cause.id) != nullptr);
    const auto& names = proved[std::string(cause.id)];
    REQUIRE(!names.empty());
    for (const auto& name : names) {
      const bool is_there = stages.find("def " + name + "(") != std::string::npos ||
                            stages.find("\"" + name + "\"") != std::string::npos;
      CHECK_MESSAGE(is_there, name);
    }
  }
}

}  // namespace mqttkit::doctor
