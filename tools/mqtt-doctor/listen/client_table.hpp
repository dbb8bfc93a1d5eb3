// The clients that came, for a conclusion about each. Bounded, since the Internet scans every port.
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
    connection_summary told;  ///< the connection that the conclusion is about
    std::uint64_t connections = 0;
    std::uint64_t order = 0;
  };

  /// Adds a connection. Clients may share an address: they are told apart by identifier, and
  /// without one by protocol.
  void add(const std::string& address, const connection_summary& summary);
  /// All clients with their addresses, in the order of their first connections.
  std::vector<std::pair<std::string, const entry*>> all() const;
  /// Connections of clients for which there was no room.
  std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  /// The address, and the identifier or protocol; "" when too little was said.
  using key = std::pair<std::string, std::string>;

  entry* entry_for(const std::string& address, const connection_summary& summary);

  std::map<key, entry> clients_;
  std::uint64_t order_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace mqttkit::doctor
