// A reader for gettext's compiled catalogues (.mo): where no locale but "C" is installed the C
// library translates nothing, and a bundled program may run on such systems.
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
  /// The catalogue in a file's contents; empty if these are damaged or of another byte order.
  static catalogue of(std::string contents);

  bool is_empty() const noexcept { return sentences_.empty(); }
  /// The translation, which ends with a NUL; nullptr when there is none.
  const char* find(std::string_view english) const;

 private:
  std::string contents_;
  std::map<std::string_view, const char*> sentences_;
};

}  // namespace mqttkit::doctor
