// Who came, and what is to be said about each in the end. Bounded: the Internet scans every port.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/verdict.hpp"

namespace mqttkit::doctor {

class ledger {
 public:
  static constexpr std::size_t most_clients = 1000;

  struct entry {
    visit told;  ///< the visit the sentence is about
    std::uint64_t connections = 0;
    std::uint64_t order = 0;
  };

  void add(const std::string& client, const visit& seen);
  /// In the order they came first.
  std::vector<std::pair<std::string, const entry*>> all() const;
  /// Connections of clients there was no room for.
  std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  std::map<std::string, entry> clients_;
  std::uint64_t left_out_ = 0;
};

}  // namespace mqttkit::doctor
