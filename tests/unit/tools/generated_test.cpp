// The completions and the marked parts of the man pages are committed; this notices when the option
// table has changed and they have not: run mqtt-toolkit-generate.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "generate/completions.hpp"
#include "generate/manual.hpp"
#include "support/needs.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit::tools;

namespace {

const std::string root = std::string(PROJECT_ROOT) + "/";

std::string committed(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(root + path, std::ios::binary).rdbuf();
  return text.str();
}

/// Every page in man/, "man/zh_CN/mqtt-doctor.1".
std::vector<std::string> manual_pages() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "man")) {
    const std::string kind = entry.path().extension().string();
    if (kind.size() == 2 && kind[1] >= '1' && kind[1] <= '8')
      out.push_back(std::filesystem::relative(entry.path(), root).string());
  }
  return out;
}

bool runs(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

/// What bash would offer for the last word of the line, after what it reads before it.
std::string offered(std::string_view name, const std::string& words,
                    const std::string& before = {}) {
  const std::string function = name == "mqtt-pub" ? "_mqtt_pub" : "_mqtt_sub";
  const std::string script =
      before + "source '" + root + "completions/" + std::string(name) + ".bash'; COMP_WORDS=(" +
      words + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); " + function + "; echo \"${COMPREPLY[*]}\"";
  FILE* pipe = popen(("bash -c '" +
                      [&] {
                        std::string quoted;
                        for (const char c : script)
                          quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
                        return quoted;
                      }() +
                      "'")
                         .c_str(),
                     "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char block[4096];
  while (std::size_t size = fread(block, 1, sizeof block, pipe)) out.append(block, size);
  pclose(pipe);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace

TEST_CASE("the committed completions are what the table makes") {
  for (const program which : {program::pub, program::sub, program::doctor}) {
    const std::string name(name_of(which));
    CHECK(committed("completions/" + name + ".bash") == bash_completion(which));
    CHECK(committed("completions/_" + name) == zsh_completion(which));
    CHECK(committed("completions/" + name + ".fish") == fish_completion(which));
  }
}

TEST_CASE("the committed man pages hold what the tables make") {
  for (const program which : {program::pub, program::sub, program::doctor}) {
    const std::string page = committed("man/" + std::string(name_of(which)) + ".1");
    CHECK(page.find(".It Fl h , Fl -host Ar HOST") != std::string::npos);
    CHECK(regenerated_page(which, page) == page);
  }
  const std::string common = committed("man/mqtt-toolkit.7");
  CHECK(common.find(".It 17\n") != std::string::npos);
  CHECK(regenerated_page(program::pub, common) == common);
}

TEST_CASE("every option stands in the man page, and in the Chinese one") {
  for (const program which : {program::pub, program::sub, program::doctor}) {
    const std::string name_of_page = std::string(name_of(which)) + ".1";
    for (const std::string& file : {"man/" + name_of_page, "man/zh_CN/" + name_of_page}) {
      const std::string page = committed(file);
      for (const option_row& row : option_rows()) {
        if (!row.is_in(which)) continue;
        const std::string name(row.long_names.substr(0, row.long_names.find(' ')));
        CAPTURE(file);
        CAPTURE(name);
        const bool is_there = page.find("Fl -" + name + "\n") != std::string::npos ||
                              page.find("Fl -" + name + " ") != std::string::npos;
        CHECK(is_there);
      }
    }
  }
}

TEST_CASE("what the library's page names is in its headers") {
  std::string headers;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "lib/include"))
    if (entry.is_regular_file())
      headers += committed(std::filesystem::relative(entry.path(), root).string());
  std::istringstream page(committed("man/mqttkit.3"));
  int names = 0;
  for (std::string line; std::getline(page, line);) {
    const bool is_name = line.starts_with(".Fn ") || line.starts_with(".Vt ") ||
                         line.starts_with(".Va ") || line.starts_with(".Er ");
    const std::string name = is_name ? line.substr(4, line.find(' ', 4) - 4) : "";
    if (name.empty() || name.starts_with("asio::") || name.starts_with("std::")) continue;
    ++names;
    CHECK_MESSAGE(headers.find(name) != std::string::npos, name);
  }
  CHECK(names > 20);
}

TEST_CASE("the man pages pass mandoc's lint") {
  NEEDS_PROGRAM("mandoc");
  std::size_t pages = 0;
  for (const std::string& page : manual_pages()) {
    ++pages;
    // Its rules of style count bytes of a Chinese character as columns.
    const std::string passed = page.starts_with("man/zh_CN/") ? "STYLE" : "referenced manual";
    CHECK_MESSAGE(runs("! mandoc -Wwarning -Tlint '" + root + page + "' 2>/dev/null | grep -v '" +
                       passed + "' | grep ."),
                  page);
  }
  CHECK(pages >= 9);
}

TEST_CASE("the Chinese page tells of the exit statuses that the English one has") {
  const auto statuses = [](const std::string& page) {
    const std::string text = committed(page);
    std::string all;
    std::istringstream in(text.substr(text.find(".Sh EXIT STATUS")));
    for (std::string line; std::getline(in, line) && line != ".El";)
      if (line.starts_with(".It ")) all += line + "\n";
    return all;
  };
  CHECK(statuses("man/zh_CN/mqtt-toolkit.7") == statuses("man/mqtt-toolkit.7"));
}

TEST_CASE("no name of an option or a cause is parted at the end of a line") {
  for (const std::string& page : manual_pages())
    CHECK_MESSAGE(
        committed(page).find(".Os\n.nr doc-hyphen-flags 0\n.cflags 0 -\n") != std::string::npos,
        page);
}

TEST_CASE("no blank stands in front of a Chinese comma") {
  NEEDS_PROGRAM("mandoc");
  for (const std::string& page : manual_pages()) {
    if (!page.starts_with("man/zh_CN/")) continue;
    CHECK_MESSAGE(runs("! mandoc -Tutf8 -O width=90 '" + root + page +
                       "' | grep -nE '[^ ] (。|，|；|：|、|）)'"),
                  page);
  }
}

TEST_CASE("a manual page refers to pages that are there") {
  std::set<std::string> ours;
  for (const std::string& page : manual_pages()) {
    const std::string name = page.substr(page.rfind('/') + 1);
    ours.insert(name.substr(0, name.rfind('.')) + " " + name.substr(name.rfind('.') + 1));
  }
  for (const std::string& file : manual_pages()) {
    std::istringstream page(committed(file));
    for (std::string line; std::getline(page, line);) {
      if (!line.starts_with(".Xr ")) continue;
      std::istringstream words(line.substr(4));
      std::string name, section;
      words >> name >> section;
      const std::string target = name + " " + section;
      if (name.starts_with("mqtt")) CHECK_MESSAGE(ours.count(target) > 0, file << ": " << line);
    }
  }
}

TEST_CASE("bash completes options, choices and properties") {
  NEEDS_PROGRAM("bash");
  CHECK(offered("mqtt-pub", "mqtt-pub --ho") == "--host");
  CHECK(offered("mqtt-pub", "mqtt-pub -q ''") == "0 1 2");
  CHECK(offered("mqtt-sub", "mqtt-sub --retain-handling n") == "new never");
  CHECK(offered("mqtt-pub", "mqtt-pub -D pub") == "publish");
  CHECK(offered("mqtt-pub", "mqtt-pub -D publish cont") == "content-type");
  CHECK(offered("mqtt-sub", "mqtt-sub -D subscribe ''") == "subscription-identifier user-property");
  CHECK(offered("mqtt-pub", "mqtt-pub -m --ho").empty());
}

TEST_CASE("bash completes the profiles of the configuration file") {
  NEEDS_PROGRAM("bash");
  const mqttkit::testing::temp_folder folder;
  std::filesystem::create_directory(folder.path() / "mqtt-toolkit");
  folder.write("mqtt-toolkit/config",
               "keepalive = 30\n[lab]\nid = [x]\n  [lab-2] \n[home]\n[$(exit)]\n");
  const std::string home = "XDG_CONFIG_HOME='" + folder.path().string() + "'; ";
  CHECK(offered("mqtt-pub", "mqtt-pub --profile ''", home) == "lab lab-2 home");
  CHECK(offered("mqtt-sub", "mqtt-sub --profile l", home) == "lab lab-2");
  CHECK(offered("mqtt-sub", "mqtt-sub --profile ''", "XDG_CONFIG_HOME=/nowhere; ").empty());
}

TEST_CASE("zsh reads its completions") {
  NEEDS_PROGRAM("zsh");
  for (const std::string name : {"mqtt-pub", "mqtt-sub"})
    CHECK(runs("zsh -n '" + root + "completions/_" + name + "'"));
}

TEST_CASE("fish completes options and properties") {
  NEEDS_PROGRAM("fish");
  for (const std::string name : {"mqtt-pub", "mqtt-sub"}) {
    const std::string file = root + "completions/" + name + ".fish";
    CHECK(runs("fish -n '" + file + "'"));
    const auto offers = [&](const std::string& typed, const std::string& pattern) {
      return runs("fish --no-config -c \"source '" + file + "'; complete -C '" + name + typed +
                  "' | string match -q -- '" + pattern + "'\"");
    };
    CHECK(offers(" --tls-vers", "--tls-version*"));
    CHECK(offers(" -D connect rec", "receive-maximum*"));
  }
}
