// Where the system's certificates are, for a program that brings its OpenSSL.
#include "net/system_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

#include "support/temp_folder.hpp"

namespace mqttkit::testing {

TEST_CASE("another place is looked at only where OpenSSL's own are empty") {
  const temp_folder folder;
  const std::string own_file = folder.file("cert.pem");
  const std::string own_directory = folder.file("certs");
  const std::string second = folder.file("second.pem");
  const std::string third = folder.file("third.pem");
  const std::string missing = folder.file("missing.pem");
  const char* const bundles[] = {missing.c_str(), second.c_str(), third.c_str()};
  const auto found = [&] {
    return bundle_in_place_of(own_file.c_str(), own_directory.c_str(), bundles);
  };
  CHECK(found().empty());
  folder.write("second.pem", "x");
  folder.write("third.pem", "x");
  CHECK(found() == second);
  std::filesystem::create_directory(own_directory);
  CHECK(found() == second);
  folder.write("certs/0a1b2c3d.0", "x");
  CHECK(found().empty());
  std::filesystem::remove_all(own_directory);
  folder.write("cert.pem", "x");
  CHECK(found().empty());
}

TEST_CASE("the usual distributions are known") {
  const auto all = usual_bundles();
  for (const std::string_view wanted :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"})
    CHECK_MESSAGE(
        std::any_of(all.begin(), all.end(), [wanted](const char* path) { return path == wanted; }),
        wanted);
}

}  // namespace mqttkit::testing
