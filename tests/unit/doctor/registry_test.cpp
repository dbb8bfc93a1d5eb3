#include "mqtt-doctor/causes/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "generate/causes_page.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {
namespace {

namespace fs = std::filesystem;

const fs::path root = PROJECT_ROOT;

std::string text_of(const fs::path& folder, const std::string& extension) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) all += testing::read_file(entry.path().string());
  }
  return all;
}

/// The sources are read once: reading takes a second without optimisation.
const tools::sentences_by_cause& said_in_project() {
  static const tools::sentences_by_cause all = tools::sentences_of_project(root.string());
  return all;
}

}  // namespace

TEST_CASE("no cause has two rows") {
  std::set<std::string_view> ids;
  for (const cause_row& row : cause_rows()) CHECK_MESSAGE(ids.insert(row.id).second, row.id);
  CHECK(ids.count("unknown") == 1);
}

TEST_CASE("every cause that is weighed has its row") {
  for (const second_look& look : all_looks())
    CHECK_MESSAGE(find_cause(look.id) != nullptr, look.id);
}

TEST_CASE("every finding that the sources put together has its row") {
  std::size_t count = 0;
  const std::regex made(R"re(made_finding(?:\s+\w+)?\(\s*([^,]*),)re");
  const std::regex quoted(R"re("([a-z0-9-]+)")re");
  for (const char* folder : {"causes", "together"}) {
    const std::string text = text_of(root / "tools/mqtt-doctor" / folder, ".cpp");
    for (std::sregex_iterator at(text.begin(), text.end(), made), end; at != end; ++at) {
      const std::string id = (*at)[1];
      for (std::sregex_iterator name(id.begin(), id.end(), quoted); name != end; ++name, ++count) {
        if ((*name)[1] == "wss") continue;  // compared with, in front of the two names
        CHECK_MESSAGE(find_cause((*name)[1].str()) != nullptr, (*name)[1].str());
      }
    }
  }
  CHECK(count > 200);
}

TEST_CASE("every name of a cause in the sources has its row, wherever it stands") {
  // Names that only look like causes: programs, schemes, and words of facts.
  const std::set<std::string> others{"mqtt-pub",
                                     "mqtt-sub",
                                     "host-field",
                                     "mqtt-doctor",
                                     "mqtt-sn",
                                     "mqtt-token",
                                     "session-expiry-interval",
                                     "tcp-reset",
                                     "other-name",
                                     "websocket-refused",
                                     "websocket-failed",
                                     "broker-out-of-memory",
                                     "broker-crashed",
                                     "connect-out-of-order",
                                     "mqtt-to-web-server",
                                     "proxy-timeout",
                                     "proxy-rule"};
  std::string beginnings;
  for (const cause_row& row : cause_rows()) {
    const auto end = row.id.find('-');
    const std::string first = end == std::string_view::npos ? "" : std::string(row.id, 0, end);
    if (!first.empty() && ("|" + beginnings).find("|" + first + "|") == std::string::npos)
      beginnings += first + "|";
  }
  REQUIRE(beginnings.find("tls|") != std::string::npos);
  beginnings.pop_back();
  const std::regex name("\"((?:" + beginnings + ")-[a-z0-9-]*[a-z0-9])\"");
  std::size_t count = 0;
  for (const auto& room : fs::directory_iterator(root / "tools/mqtt-doctor")) {
    if (!room.is_directory() || room.path().filename() == "probes")
      continue;  // draw no conclusions
    std::string text = text_of(room.path(), ".cpp");
    if (room.path().filename() == "causes") text += text_of(room.path(), ".hpp");
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at, ++count) {
      const std::string id = (*at)[1];
      if (others.count(id) == 0) CHECK_MESSAGE(find_cause(id) != nullptr, id);
    }
  }
  CHECK(count > 900);
}

TEST_CASE("what listen tells of a client has a row: a cause where it is one") {
  const std::string text =
      testing::read_file((root / "tools/mqtt-doctor/listen/conclusion.cpp").string());
  const std::regex told(R"re(made\(\s*([^,]*),)re");
  const std::regex quoted(R"re("([a-z0-9-]+)")re");
  std::size_t told_count = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), told), end; at != end; ++at) {
    const std::string ids = (*at)[1];
    for (std::sregex_iterator id(ids.begin(), ids.end(), quoted); id != end; ++id, ++told_count)
      CHECK_MESSAGE(find_cause((*id)[1].str()) != nullptr, (*id)[1].str());
  }
  CHECK(told_count > 30);
  CHECK(find_cause("nobody-came") != nullptr);
  const std::string sensors =
      testing::read_file((root / "tools/mqtt-doctor/listen/sensor_story.cpp").string());
  const std::regex of_sensors(R"re("(sn-[a-z-]+)")re");
  std::size_t sensor_count = 0;
  for (std::sregex_iterator id(sensors.begin(), sensors.end(), of_sensors), end; id != end;
       ++id, ++sensor_count)
    CHECK_MESSAGE(find_cause((*id)[1].str()) != nullptr, (*id)[1].str());
  CHECK(sensor_count >= 6);
  const std::string remarks =
      testing::read_file((root / "tools/mqtt-doctor/listen/remark.cpp").string());
  const std::regex row(R"re(remark_row\{noticed::\w+,\s*"([a-z0-9-]+)")re");
  std::size_t count = 0;
  for (std::sregex_iterator at(remarks.begin(), remarks.end(), row), end; at != end; ++at, ++count)
    CHECK_MESSAGE(find_cause((*at)[1].str()) != nullptr, (*at)[1].str());
  CHECK(count > 20);
}

TEST_CASE("what the doctor says of a cause is found in its sources") {
  tools::sentences_by_cause said, shared;
  tools::add_sentences(R"re(
finding a(const view& at) {
  excluded.push_back({"tcp-timeout", words(N_("Not it."))});
  made_finding made(is_old ? "tls-old" : "tls-new", certainty::certain, strength::told,
                    words(N_("It is \"{what}\" "
                             "here.")));
  made.seen(words(N_("It was seen."))).seen(words(N_("It was seen.")));
  made.apart(words(N_("To be sure:")), "ls");
  return made.mend(words(N_("Do it:")), "touch x").in_app(words(N_("Choose it.")));
}
sentence b() { return words(N_("Of nothing.")); }
)re",
                       said, shared);
  REQUIRE(said.size() == 2);
  for (const char* const id : {"tls-old", "tls-new"}) {
    CHECK(said[id].meanings == std::vector<std::string>{"It is \"{what}\" here."});
    CHECK(said[id].evidence == std::vector<std::string>{"It was seen."});
    CHECK(said[id].cures == std::vector<std::string>{"Do it:", "Choose it."});
  }
}

TEST_CASE("sentences of a helper count for the causes whose functions call it") {
  tools::sentences_by_cause said, shared;
  tools::add_sentences(R"re(
void add_log(made_finding& made, const view& at) {
  made.seen(words(N_("Its log says so.")));
}
void add_hint(made_finding& made) {
  made.mend(words(N_("Ask somebody:")), "ask");
}
made_finding& start(made_finding& made) {
  add_log(made, at);
  return made.mend(words(N_("Start it:")), "start");
}
finding a() {
  made_finding made("not-running", words(N_("It does not run.")));
  add_hint(made);
  return is_far ? start(made) : made;
}
finding b() {
  made_finding made("not-known", words(N_("It is another one.")));
  add_hint(made);
  return made;
}
)re",
                       said, shared);
  CHECK(said["not-running"].evidence == std::vector<std::string>{"Its log says so."});
  CHECK(said["not-running"].cures == std::vector<std::string>{"Start it:"});
  CHECK(said["not-known"].cures.empty());
  for (const char* const id : {"not-running", "not-known"})
    CHECK(shared[id].cures == std::vector<std::string>{"Ask somebody:"});
}

TEST_CASE("nearly every cause has evidence and a cure in the manual") {
  const tools::sentences_by_cause& said = said_in_project();
  std::size_t told = 0, mended = 0;
  for (const cause_row& row : cause_rows()) {
    const auto found = said.find(row.id);
    if (found == said.end()) continue;
    ++told;
    if (!found->second.cures.empty()) ++mended;
  }
  const std::size_t all = cause_rows().size();
  CHECK(told * 100 >= all * 93);
  CHECK(mended * 100 >= all * 75);
}

TEST_CASE("the list of causes in the manual is the registry's, in both languages") {
  const auto committed = [](const char* file) {
    return testing::read_file((root / file).string());
  };
  const std::string catalogue = committed("tools/mqtt-doctor/po/zh_CN.po");
  const tools::sentences_by_cause& said = said_in_project();
  const std::string chinese = tools::causes_page_in_chinese(catalogue, said);
  // If these differ, run mqtt-doctor-generate. Each cause's heading must be in the page, and nearly
  // all of the sentences.
  const auto agree = [](const std::string& before, const std::string& now) {
    const auto rows_of = [](const std::string& page) {
      std::string rows;
      std::istringstream in(page);
      for (std::string line; std::getline(in, line);)
        if (line.starts_with(".It ") || line.starts_with(".Ss ") || line.starts_with(".Pq "))
          rows += line + "\n";
      return rows;
    };
    CHECK(rows_of(before) == rows_of(now));
    std::istringstream in(now);
    std::size_t lines = 0, there = 0;
    for (std::string line; std::getline(in, line); ++lines)
      there += before.find("\n" + line + "\n") != std::string::npos ? 1u : 0u;
    CHECK(there * 100 >= lines * 95);
  };
  agree(committed("man/mqtt-doctor-causes.7"), tools::causes_page(said));
  agree(committed("man/zh_CN/mqtt-doctor-causes.7"), chinese);
  for (const cause_row& row : cause_rows()) {
    const std::string head = "\n.It Cm " + std::string(row.id) + "\n";
    const auto at = chinese.find(head);
    REQUIRE_MESSAGE(at != std::string::npos, row.id);
    const auto title = at + head.size() - 1;  // with the line break before it
    const std::string text = chinese.substr(title, chinese.find("\n.", title) - title);
    const bool is_translated =
        std::any_of(text.begin(), text.end(), [](char letter) { return (letter & 0x80) != 0; });
    CHECK_MESSAGE(is_translated, row.id << ": " << text);
  }
}

TEST_CASE("a finding has layer and severity of its row unless the facts soften it") {
  const std::optional<finding> whole =
      made_finding("tls-expires-soon", certainty::certain, strength::one_of_several, sentence());
  CHECK(whole->where == layer::tls);
  CHECK(whole->how_bad == severity::warning);
  const std::optional<finding> softened =
      made_finding("tls-expired", certainty::certain, strength::told, sentence()).note();
  CHECK(softened->how_bad == severity::note);
}

TEST_CASE("every row has a test or a case of the lab") {
  // A test names a cause by its whole name in quotes: "tcp-timeout-host-firewall" is no test of
  // "tcp-timeout". Expected output may have the name after the word "cause".
  const std::string tests = text_of(root / "tests/unit/doctor", ".cpp") +
                            text_of(root / "tests/integration", ".cpp") +
                            text_of(root / "tests/lab", ".py");
  std::set<std::string> tried;
  const std::regex quoted(R"re(["'](?:cause )?([a-z0-9-]+)["'])re");
  for (std::sregex_iterator at(tests.begin(), tests.end(), quoted), end; at != end; ++at)
    tried.insert((*at)[1]);
  for (const cause_row& row : cause_rows())
    CHECK_MESSAGE(tried.count(std::string(row.id)) != 0, row.id);
}

TEST_CASE("a name that no row has is taken for the unknown") {
  CHECK(find_cause("tcp-something-of-tomorrow") == nullptr);
  CHECK(cause_of("tcp-something-of-tomorrow").id == "unknown");
}

}  // namespace mqttkit::doctor
