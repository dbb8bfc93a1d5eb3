// Who came, and what is to be said about each in the end. Bounded: the Internet scans every port.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/listen/conclusion.hpp"

namespace mqttkit::doctor {

class client_table {
 public:
  static constexpr std::size_t most_clients = 1000;
  static constexpr std::size_t most_of_one_address = 16;

  struct entry {
    connection_summary told;  ///< the connection the sentence is about
    std::uint64_t connections = 0;
    std::uint64_t order = 0;
  };

  /// Behind one address there may be many: clients are told apart by their identifiers, and
  /// otherwise by what they speak.
  void add(const std::string& address, const connection_summary& summary);
  /// With their addresses, in the order they came first.
  std::vector<std::pair<std::string, const entry*>> all() const;
  /// Connections of clients there was no room for.
  std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  /// The address; then the identifier or what it spoke, "" when it said too little.
  using key = std::pair<std::string, std::string>;

  entry* entry_for(const std::string& address, const connection_summary& summary);

  std::map<key, entry> clients_;
  std::uint64_t order_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace mqttkit::doctor
