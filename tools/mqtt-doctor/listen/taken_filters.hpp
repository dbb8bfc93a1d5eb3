// What the filters of subscriptions have that a broker took, to tell what the one has that it hangs
// up on. Pure, and bounded.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mqttkit/codec/packet.hpp"

namespace mqttkit::doctor {

class taken_filters {
 public:
  struct asked {
    std::string filter;
    qos_t qos{};
  };

  void add(const asked& taken);
  /// What none that was taken had, as a list in words; "" where none was taken, or nothing differs.
  std::string lacked_by_all(const std::vector<asked>& wanted) const;

 private:
  std::set<std::string> usual_;
  std::size_t levels_ = 0, length_ = 0;
};

}  // namespace mqttkit::doctor
