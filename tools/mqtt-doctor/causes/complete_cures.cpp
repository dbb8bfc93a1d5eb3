#include "mqtt-doctor/causes/complete_cures.hpp"

#include <optional>
#include <utility>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/managed_services.hpp"
#include "mqtt-doctor/causes/written_files.hpp"

namespace mqttkit::doctor {
namespace {

bool has_mosquitto(const host_view& at) {
  return at.configuration != nullptr && at.configuration->broker == broker_kind::mosquitto &&
         at.configuration->is_used && !at.is_held_by_other;
}

/// The command after which a broker reads the file again; "" where it does so by itself.
std::string reads_again(const cure& lines, const std::optional<host_view>& at) {
  const std::string& file = lines.file;
  if (at && has_mosquitto(*at) && file == at->configuration->file) return restart_command(*at);
  if (file == "mosquitto.conf") return "sudo systemctl restart mosquitto";
  if (file == "psk_file") return "sudo systemctl reload mosquitto";
  if (file == "nginx.conf") return "sudo nginx -t && sudo systemctl reload nginx";
  if (file == "haproxy.cfg") return "sudo systemctl reload haproxy";
  if (file == "emqx.conf") return "sudo systemctl restart emqx";
  return {};
}

}  // namespace

void complete_cures(const view& known, std::vector<finding>& all) {
  const auto at = look_at(known);
  drop_harmful_writes(known, all);
  for (finding& found : all) {
    drop_cures_of_operator(known, found);
    for (std::size_t i = 0; i < found.cures.size(); ++i) {
      cure& lines = found.cures[i];
      if (lines.file == "mosquitto.conf" && lines.where == place::server && at &&
          has_mosquitto(*at))
        lines.file = at->configuration->file;  // the file in force on this machine
      const bool is_last = i + 1 == found.cures.size() || !found.cures[i + 1].follows;
      if (lines.kind != cure_kind::lines || !is_last) continue;
      const std::string command = reads_again(lines, at);
      if (command.empty()) continue;
      cure then{words(N_("Then:")), command, lines.where};
      then.whose = lines.whose;
      then.kind = cure_kind::command;
      then.follows = true;
      found.cures.insert(found.cures.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(then));
    }
  }
}

}  // namespace mqttkit::doctor
