// Certificates made when a test starts, in a directory that goes with it.
#pragma once

#include <string>
#include <vector>

namespace mqttkit::test {

/// A directory of its own, removed with everything in it.
class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct certificate_wish {
  std::string common_name = "localhost";
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1";  ///< none when empty
  int from_days = -1;                                            ///< relative to today
  int until_days = 365;
  std::string issuer = "ca";  ///< "" makes it self-signed
  bool is_authority = false;
  std::string passphrase{};  ///< encrypts the key when not empty
};

/// Authorities "ca" and "other", and what they issue: NAME.crt and NAME.key.
class test_pki {
 public:
  test_pki();
  void issue(const std::string& name, const certificate_wish& wish);
  std::string certificate(const std::string& name) const { return at_.file(name + ".crt"); }
  std::string key(const std::string& name) const { return at_.file(name + ".key"); }
  std::string file(const std::string& name) const { return at_.file(name); }

 private:
  temporary_directory at_;
};

/// One for all cases: making keys takes longer than the tests.
test_pki& shared_pki();

/// "2025-03-01" of the day that is `days` from today, in UTC.
std::string date_in(int days);

}  // namespace mqttkit::test
