// gettext's compiled catalogue (.mo), read by ourselves: the C library translates nothing where no
// locale but "C" is installed, and a program that brings its library may meet such systems.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

class catalogue {
 public:
  catalogue() = default;
  catalogue(catalogue&&) noexcept = default;
  catalogue& operator=(catalogue&&) noexcept = default;
  /// What `contents` of a file hold; nothing where they are damaged, or of another byte order.
  static catalogue of(std::string contents);

  bool is_empty() const noexcept { return sentences_.empty(); }
  /// nullptr when it has no translation. Ends with a 0 byte.
  const char* find(std::string_view english) const;

 private:
  std::string contents_;
  std::map<std::string_view, const char*> sentences_;
};

}  // namespace mqttkit::doctor
