// Every command line that README.md and the manual pages show is one that the programs take, though
// there is nobody whom it reaches.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "programs.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

bool has_a_program(const std::string& line) {
  return line.find("mqtt-pub ") != std::string::npos || line.find("mqtt-sub ") != std::string::npos;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// What stands in indented blocks.
words recipes_of_readme(const std::string& text) {
  words found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    ") && has_a_program(line)) found.push_back(line.substr(4));
  }
  return found;
}

// What stands in displayed lines of mdoc(7).
words recipes_of_page(const std::string& text) {
  words found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool is_of_crontab = line.starts_with(".Dl *");
    if (!line.starts_with(".Dl ") || !has_a_program(line) || is_of_crontab) continue;
    line.erase(0, 4);
    replace_all(line, "\\(dq", "\"");
    replace_all(line, "\\e", "\\");
    found.push_back(line);
  }
  return found;
}

// A folder in which the shell finds our programs, which no broker answers there, and what else the
// recipes name.
class kitchen {
 public:
  kitchen() {
    std::filesystem::create_directories(folder_.path() / "mqtt-toolkit");
    folder_.write("mqtt-toolkit/config", "[lab]\nhost = lab.example\nusername = me\n");
    const std::string nowhere = " -h 127.0.0.1 -p " + std::to_string(free_port());
    for (const std::string name : {"mqtt-pub", "mqtt-sub"}) {
      // A usage error, and an option that has no effect.
      write_program(name,
                    "'" + program(name) + "' \"$@\"" + nowhere +
                        " 2>said; code=$?\n"
                        "case $code,$(cat said) in 2,* | *note:*) cat said >>trouble ;; esac\n"
                        "exit $code");
    }
    write_program("pass", "echo secret");
    for (const std::string name : {"jq", "logger", "notify-send", "sensor", "tail"})
      write_program(name, ":");
  }

  /// What the programs have against the line.
  std::string trouble_with(std::string line) {
    replace_all(line, "/var/spool/mqtt", "spool");
    folder_.write("trouble", "");
    // Input that the recipe reads.
    for (std::size_t at = 0; (at = line.find(" < ", at)) != std::string::npos; at += 3)
      folder_.write(line.substr(at + 3, line.find(' ', at + 3) - at - 3), "");
    process_options options;
    options.command = {"/bin/sh", "-c", line};
    options.working_folder = folder_.path().string();
    options.environment = {{"PATH", folder_.path().string() + ":/usr/bin:/bin"},
                           {"HOME", folder_.path().string()},
                           {"XDG_CONFIG_HOME", folder_.path().string()}};
    options.input = input_from::terminal;
    process recipe(options);
    const bool is_asked = line.find("--ask-password") != std::string::npos;
    if (is_asked && recipe.prints("Password of ")) recipe.type("a password\n");
    if (!recipe.wait()) return "does not end";
    return recipe.err() + read_file(folder_.path() / "trouble");
  }

 private:
  void write_program(const std::string& name, const std::string& script) {
    const std::string path = folder_.write(name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  temp_folder folder_;
};

void all_are_taken(const words& recipes, std::size_t at_least) {
  kitchen place;
  CHECK(recipes.size() >= at_least);
  for (const std::string& line : recipes) {
    CAPTURE(line);
    CHECK(place.trouble_with(line) == "");
  }
}

std::string file_of_the_project(const std::string& path) {
  return read_file(std::string(PROJECT_ROOT) + "/" + path);
}

}  // namespace

TEST_CASE("the recipes of README.md are command lines that work") {
  all_are_taken(recipes_of_readme(file_of_the_project("README.md")), 30);
}

TEST_CASE("the examples of mqtt-pub(1) are command lines that work") {
  all_are_taken(recipes_of_page(file_of_the_project("man/mqtt-pub.1")), 12);
}

TEST_CASE("the examples of mqtt-sub(1) are command lines that work") {
  all_are_taken(recipes_of_page(file_of_the_project("man/mqtt-sub.1")), 14);
}

namespace {

// A recipe, and what it must print of what is published while it runs.
struct meal {
  std::string recipe;     // as it begins in the file
  std::string ends_with;  // more options, for those that go on for ever
  std::vector<words> published;
  std::string printed;
};

const std::vector<meal> meals_of_readme{
    {"mqtt-sub -t 'room/#' -q 1 --json | jq",
     "-C 2",
     {{"-t", "room/a", "-m", "x"}, {"-t", "room/b", "-m", "x", "-q", "1"}},
     "room/b\n"},
    {"mqtt-sub -t 'room/#' -v --retained only",
     "",
     {{"-t", "room/a", "-m", "on", "-r"}},
     "room/a on\n"},
    {"mqtt-sub -t 'room/#' -v --changed --where",
     "-C 2",
     {{"-t", "room/a", "-m", "{\"temp\":19}"},
      {"-t", "room/a", "-m", "{\"temp\":21}"},
      {"-t", "room/a", "-m", "{\"temp\":21}"},
      {"-t", "room/a", "-m", "{\"temp\":22}"}},
     "room/a {\"temp\":21}\nroom/a {\"temp\":22}\n"},
    {"mqtt-sub -t '#' -W 5 --tree",
     "-C 2",
     {{"-t", "room/a", "-m", "1"}, {"-t", "room/b", "-m", "2"}},
     "room\n├── a  1\n└── b  2\n"},
};
const std::vector<meal> meals_of_page{
    {"mqtt-sub -h broker.example -t 'room/#' -v",
     "-C 1",
     {{"-t", "room/a", "-m", "on"}},
     "room/a on\n"},
    {"mqtt-sub -t '#' -F %j | jq .payload", "-C 1", {{"-t", "room/a", "-m", "on"}}, "\"on\"\n"},
    {"mqtt-sub -t room/temperature -C 1 -W 10",
     "",
     {{"-t", "room/temperature", "-m", "21.5"}},
     "21.5\n"},
    {"mqtt-sub -t 'room/#' -v --retained only",
     "",
     {{"-t", "room/a", "-m", "on", "-r"}},
     "room/a on\n"},
    {"mqtt-sub -t '#' -W 5 --tree", "-C 1", {{"-t", "room", "-m", "1"}}, "room  1\n"},
};

void all_print(const words& recipes, const std::vector<meal>& meals) {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("jq");
  for (const meal& one : meals) {
    CAPTURE(one.recipe);
    const auto found = std::find_if(recipes.begin(), recipes.end(), [&](const std::string& line) {
      return line.starts_with(one.recipe);
    });
    REQUIRE_MESSAGE(found != recipes.end(), "the recipe is not there any more");
    mosquitto broker;
    // mqtt-sub as the recipe calls it, at our broker.
    const temp_folder folder;
    const std::string named = folder.write(
        "mqtt-sub", "#!/bin/sh\nexec '" + program("mqtt-sub") + "' \"$@\" -h 127.0.0.1 -p " +
                        std::to_string(broker.port()) + " " + one.ends_with + "\n");
    std::filesystem::permissions(named, std::filesystem::perms::owner_all);
    const auto publish = [&](bool is_retained) {
      for (const words& message : one.published) {
        const bool has_flag = std::find(message.begin(), message.end(), "-r") != message.end();
        if (has_flag == is_retained) CHECK(run_pub(at(broker) + message).code == 0);
      }
    };
    publish(true);
    process_options options;
    options.command = {"/bin/sh", "-c", *found};
    options.environment = {{"PATH", folder.path().string() + ":/usr/bin:/bin"}};
    process recipe(options);
    REQUIRE_MESSAGE(broker.has_subscribed(), recipe.err());
    publish(false);
    REQUIRE_MESSAGE(recipe.wait().has_value(), recipe.out());
    CHECK(recipe.out() == one.printed);
  }
}

}  // namespace

TEST_CASE("the recipes of README.md print what they promise") {
  all_print(recipes_of_readme(file_of_the_project("README.md")), meals_of_readme);
}

TEST_CASE("the examples of mqtt-sub(1) print what they promise") {
  all_print(recipes_of_page(file_of_the_project("man/mqtt-sub.1")), meals_of_page);
}

TEST_CASE("a recipe that the programs do not take is noticed") {
  kitchen place;
  CHECK(place.trouble_with("mqtt-sub -t 'a/#' --no-such-option | jq .").find("--no-such-option") !=
        std::string::npos);
  CHECK(place.trouble_with("mqtt-sub -t 'a/#' --parse").find("no effect") != std::string::npos);
}

}  // namespace mqttkit::testing
