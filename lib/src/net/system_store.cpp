#include "net/system_store.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace mqttkit {
namespace {

constexpr const char* bundles_of_distributions[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, Red Hat
    "/etc/ssl/cert.pem",                                  // Alpine, OpenBSD
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, Red Hat: generated
    "/var/lib/ca-certificates/ca-bundle.pem",             // openSUSE: generated
};

bool has_entries(const char* directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory), &::closedir);
  if (open == nullptr) return false;
  while (const dirent* const entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return true;
  }
  return false;
}

}  // namespace

std::span<const char* const> usual_bundles() noexcept { return bundles_of_distributions; }

std::string bundle_in_place_of(const char* file, const char* directory,
                               std::span<const char* const> bundles) {
  if (::access(file, R_OK) == 0 || has_entries(directory)) return {};
  const auto found = std::find_if(bundles.begin(), bundles.end(),
                                  [](const char* path) { return ::access(path, R_OK) == 0; });
  return found == bundles.end() ? std::string() : *found;
}

}  // namespace mqttkit
