// mqtt-doctor mend: what it may change, and whether it asks.
#include <unistd.h>

#include "mqtt-doctor/options/options.hpp"

namespace mqttkit::tools {

std::string doctor_settings_builder::finish_mend() {
  mend_settings& mend = doctor_.mend;
  mend.is_here = doctor_.on_broker;
  doctor_.on_broker = true;
  if (doctor_.json) return "--json has no meaning with mend";
  if (!doctor_.report.empty()) return "--report has no meaning with mend";
  if (doctor_.publishes && doctor_.topic.empty()) return "--publish needs -t TOPIC";
  const bool may_ask = is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
  if (report_ == nullptr && !mend.yes && !mend.dry_run && !may_ask)
    return "mend asks before it changes anything, and there is no terminal; use --yes, or "
           "--dry-run to see what it would do";
  return {};
}

}  // namespace mqttkit::tools
