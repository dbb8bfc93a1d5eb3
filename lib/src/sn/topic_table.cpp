#include "sn/topic_table.hpp"

namespace mqttkit::sn {

topic_table::topic_table(const std::vector<predefined_topic>& predefined, std::size_t most)
    : most_(most) {
  for (const predefined_topic& each : predefined) {
    predefined_names_[each.id] = each.name;
    predefined_ids_[each.name] = each.id;
  }
}

bool topic_table::learn(std::uint16_t id, std::string_view name) {
  const auto known = names_.find(id);
  if (known == names_.end() && names_.size() >= most_) return false;
  if (known != names_.end() && known->second != name) forget(id);
  names_[id] = name;
  ids_[std::string(name)] = id;
  return true;
}

void topic_table::forget(std::uint16_t id) {
  const auto known = names_.find(id);
  if (known == names_.end()) return;
  const auto back = ids_.find(known->second);
  if (back != ids_.end() && back->second == id) ids_.erase(back);
  names_.erase(known);
}

void topic_table::forget_all() {
  names_.clear();
  ids_.clear();
}

std::uint16_t topic_table::id_of(std::string_view name) const noexcept {
  const auto found = ids_.find(name);
  return found == ids_.end() ? std::uint16_t{0} : found->second;
}

std::uint16_t topic_table::predefined_id_of(std::string_view name) const noexcept {
  const auto found = predefined_ids_.find(name);
  return found == predefined_ids_.end() ? std::uint16_t{0} : found->second;
}

std::string_view topic_table::name_of(std::uint16_t id) const noexcept {
  const auto found = names_.find(id);
  return found == names_.end() ? std::string_view() : found->second;
}

std::string_view topic_table::predefined_name_of(std::uint16_t id) const noexcept {
  const auto found = predefined_names_.find(id);
  return found == predefined_names_.end() ? std::string_view() : found->second;
}

}  // namespace mqttkit::sn
