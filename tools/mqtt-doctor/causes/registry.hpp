// The registry of causes: each cause's layer, the program's exit code, the broken part of the way
// and the function that weighs it.
//
// A cause has one row, beside its function, at the end of its file in causes/. Findings, reports,
// `explain` and `listen` all take these values from that row.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/exit_code.hpp"
#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// The stations between client and broker, in order, as the report draws them.
enum class station : std::uint8_t { client, network, firewall, proxy, broker };
inline constexpr std::size_t station_count = 5;

/// How a client's connection attempt ends when the cause lies on the broker's machine. Any other
/// ending means that something on the way answered before the machine did.
enum class attempt_end : std::uint8_t { any, silence, reset, icmp };

/// Returns a finding when the facts speak for the cause. To `excluded` it may add why a cause that
/// a person would think of does not fit.
using weigh_function = maybe_finding (*)(const view& known, std::vector<exclusion>& excluded);

struct cause_row {
  std::string_view id;
  const char* title;  ///< as in the list of causes, mqtt-doctor-causes(7)
  layer where;
  tools::exit_code code;  ///< the program's exit code when this is the cause
  station fault;          ///< the broken station of the way
  severity how_bad;       ///< unless the facts mitigate it
  /// nullptr when another row's function, a comparison of places, or listen finds this cause.
  weigh_function weigh = nullptr;
  attempt_end met = attempt_end::any;
};

/// More facts that show a cause whose row stands elsewhere or above; the heavier of the findings
/// counts.
struct second_look {
  std::string_view id;
  weigh_function weigh;
};

/// The rows and further functions of one file in causes/.
struct cause_table {
  std::span<const cause_row> rows;
  std::span<const second_look> looks;
};

cause_table input_causes();
cause_table typed_host_causes();
cause_table name_causes();
cause_table name_address_causes();
cause_table port_causes();
cause_table unreachable_causes();
cause_table way_out_causes();
cause_table own_way_causes();
cause_table path_causes();
cause_table proxy_causes();
cause_table tls_causes();
cause_table tls_alert_causes();
cause_table certificate_causes();
cause_table websocket_causes();
cause_table web_answer_causes();
cause_table version_causes();
cause_table mqtt_causes();
cause_table refusal_causes();
cause_table broker_limit_causes();
cause_table login_causes();
cause_table permission_causes();
cause_table topic_causes();
cause_table route_causes();
cause_table acknowledgement_causes();
cause_table told_reason_causes();
cause_table delivery_causes();
cause_table offline_causes();
cause_table message_kind_causes();
cause_table symptom_causes();
cause_table host_symptom_causes();
cause_table watch_causes();
cause_table gateway_causes();
cause_table gateway_message_causes();
cause_table host_causes();
cause_table host_kernel_causes();
cause_table phone_causes();
cause_table phone_look_causes();
cause_table capture_causes();
cause_table capture_flow_causes();

/// All rows, file by file; the lowest layer first.
std::span<const cause_row> cause_rows();

/// All functions to weigh, in that order: of equal findings the first counts.
std::span<const second_look> all_looks();

/// The row with that id; nullptr when there is none.
const cause_row* find_cause(std::string_view id) noexcept;

/// The row with that id, or the row of "unknown".
const cause_row& cause_of(std::string_view id) noexcept;

}  // namespace mqttkit::doctor
