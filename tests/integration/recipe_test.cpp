// Every command line that the guides and the manual pages show is one that the programs take,
// though there is nobody whom it reaches.
#include <filesystem>

#include "programs.hpp"
#include "recipes.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

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
    // The doctor would find out what is wrong with "broker.example"; what it was asked is enough.
    write_program("mqtt-doctor", "'" + program("mqtt-doctor") +
                                     "' \"$@\" --print-config >said 2>&1; code=$?\n"
                                     "case $code in 0) ;; *) cat said >>trouble ;; esac\n"
                                     "exit $code");
    write_program("sudo", "exec \"$@\"");
    write_program("pass", "echo secret");
    for (const std::string name : {"jq", "kcat", "clickhouse-client", "sqlite3", "logger",
                                   "notify-send", "sensor", "systemctl", "tail"})
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

}  // namespace

TEST_CASE("the recipes of the guides are command lines that work") {
  all_are_taken(recipes_of_guide(file_of_the_project("man/guide.md")), 60);
  all_are_taken(recipes_of_guide(file_of_the_project("man/guide.zh-CN.md")), 12);
}

TEST_CASE("the examples of mqtt-pub(1) are command lines that work") {
  all_are_taken(recipes_of_page(file_of_the_project("man/mqtt-pub.1")), 12);
}

TEST_CASE("the examples of mqtt-sub(1) are command lines that work") {
  all_are_taken(recipes_of_page(file_of_the_project("man/mqtt-sub.1")), 14);
}

TEST_CASE("the examples of mqtt-doctor(1) are command lines that work") {
  all_are_taken(recipes_of_page(file_of_the_project("man/mqtt-doctor.1")), 8);
}

TEST_CASE("a recipe that the programs do not take is noticed") {
  kitchen place;
  CHECK(place.trouble_with("mqtt-sub -t 'a/#' --no-such-option | jq .").find("--no-such-option") !=
        std::string::npos);
  CHECK(place.trouble_with("mqtt-sub -t 'a/#' --parse").find("no effect") != std::string::npos);
}

}  // namespace mqttkit::testing
