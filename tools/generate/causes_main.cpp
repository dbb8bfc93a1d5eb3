// Writes the list of the doctor's causes: man/mqtt-doctor-causes.7 and its translation.
//
//   mqtt-doctor-generate PROJECT-DIRECTORY
//
// Apart from mqtt-toolkit-generate, which needs nothing of the doctor to be built. A unit test
// fails when the committed pages differ from what this writes.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "generate/causes_page.hpp"

namespace {

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) std::fprintf(stderr, "mqtt-doctor-generate: %s: cannot be written\n", path.c_str());
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: mqtt-doctor-generate PROJECT-DIRECTORY\n", stderr);
    return 2;
  }
  using namespace mqttkit::tools;
  const std::string root = std::string(argv[1]) + "/";
  std::ostringstream catalogue;
  catalogue << std::ifstream(root + "tools/mqtt-doctor/po/zh_CN.po", std::ios::binary).rdbuf();
  const sentences_by_cause said = sentences_of_project(argv[1]);
  const bool is_written = write_file(root + "man/mqtt-doctor-causes.7", causes_page(said));
  const bool is_translated = write_file(root + "man/zh_CN/mqtt-doctor-causes.7",
                                        causes_page_in_chinese(catalogue.str(), said));
  return is_written && is_translated ? 0 : 1;
}
