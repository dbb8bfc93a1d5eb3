#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mqttkit/sn/options.hpp"

namespace mqttkit::sn {

/// Topic ids of one connection, both ways (§6.5, §6.10), and the predefined ones (§6.7).
class topic_table {
 public:
  topic_table(const std::vector<predefined_topic>& predefined, std::size_t most);

  /// From REGISTER, REGACK or SUBACK. An id that had another name gets this one. False: no room.
  bool learn(std::uint16_t id, std::string_view name);
  /// The gateway does not know the id any more.
  void forget(std::uint16_t id);
  void forget_all();

  /// 0 when there is none.
  std::uint16_t id_of(std::string_view name) const noexcept;
  std::uint16_t predefined_id_of(std::string_view name) const noexcept;
  /// Empty when there is none.
  std::string_view name_of(std::uint16_t id) const noexcept;
  std::string_view predefined_name_of(std::uint16_t id) const noexcept;

 private:
  std::size_t most_;
  std::unordered_map<std::uint16_t, std::string> names_;
  std::map<std::string, std::uint16_t, std::less<>> ids_;
  std::unordered_map<std::uint16_t, std::string> predefined_names_;
  std::map<std::string, std::uint16_t, std::less<>> predefined_ids_;
};

}  // namespace mqttkit::sn
