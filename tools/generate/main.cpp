// Writes what comes from the tables: completions/, and the marked parts of man/.
//
//   mqtt-toolkit-generate PROJECT-DIRECTORY
//
// A unit test fails when the committed files differ from what this writes.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "generate/completions.hpp"
#include "generate/manual.hpp"

namespace {

using namespace mqttkit::tools;

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) std::fprintf(stderr, "mqtt-toolkit-generate: %s: cannot be written\n", path.c_str());
  return static_cast<bool>(file);
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: mqtt-toolkit-generate PROJECT-DIRECTORY\n", stderr);
    return 2;
  }
  const std::string root = std::string(argv[1]) + "/";
  bool done = true;
  for (const program which : {program::pub, program::sub, program::doctor}) {
    const std::string name(name_of(which));
    const std::string page = root + "man/" + name + ".1";
    done = write_file(root + "completions/" + name + ".bash", bash_completion(which)) && done;
    done = write_file(root + "completions/_" + name, zsh_completion(which)) && done;
    done = write_file(root + "completions/" + name + ".fish", fish_completion(which)) && done;
    done = write_file(page, regenerated_page(which, read_file(page))) && done;
  }
  // What they have in common is the same in each.
  const std::string common = root + "man/mqtt-toolkit.7";
  done = write_file(common, regenerated_page(program::pub, read_file(common))) && done;
  return done ? 0 : 1;
}
