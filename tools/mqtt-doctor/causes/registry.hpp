// Every cause: where it lies, how the program ends on it, which part of the way breaks, and how it
// is told from the facts.
//
// A cause has one row, beside the function that weighs it, at the end of its file in causes/. A
// finding takes all this from the row, and so do the reports and what `explain` and `listen` say.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/exit_code.hpp"
#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// What a connection passes, in order; the report has a picture of it.
enum class station : std::uint8_t { client, network, firewall, proxy, broker };
inline constexpr std::size_t station_count = 5;

/// How a client's attempt to connect ends when the cause is so on the broker's machine. Another
/// ending means that something on the way answers before the machine does.
enum class symptom : std::uint8_t { any, silence, reset, icmp };

/// Whether the facts speak for the cause. `excluded` may be told why a cause that a person would
/// think of does not fit.
using weigh_function = maybe_finding (*)(const view& known, std::vector<exclusion>& excluded);

struct cause_row {
  std::string_view id;
  const char* title;  ///< as in the list of causes, mqtt-doctor-causes(7)
  layer where;
  tools::exit_code code;  ///< of the program when this is the cause
  station fault;          ///< what of the way is broken
  severity how_bad;       ///< unless the facts soften it
  /// nullptr where the function of another row tells of it, several places together, or listen.
  weigh_function weigh = nullptr;
  symptom met = symptom::any;
};

/// Further facts that show a cause whose row stands elsewhere, or above: the heavier finding
/// counts.
struct second_look {
  std::string_view id;
  weigh_function weigh;
};

/// What a file of causes/ holds.
struct cause_table {
  std::span<const cause_row> rows;
  std::span<const second_look> looks;
};

cause_table input_causes();
cause_table name_causes();
cause_table port_causes();
cause_table path_causes();
cause_table proxy_causes();
cause_table tls_causes();
cause_table certificate_causes();
cause_table websocket_causes();
cause_table mqtt_causes();
cause_table login_causes();
cause_table permission_causes();
cause_table topic_causes();
cause_table route_causes();
cause_table acknowledgement_causes();
cause_table delivery_causes();
cause_table offline_causes();
cause_table message_kind_causes();
cause_table watch_causes();
cause_table gateway_causes();
cause_table gateway_message_causes();
cause_table host_causes();
cause_table phone_causes();
cause_table phone_look_causes();
cause_table capture_causes();
cause_table capture_flow_causes();

/// All rows, by file, the lowest layer first.
std::span<const cause_row> cause_rows();

/// All that is weighed, in the same order: of equal findings the first counts.
std::span<const second_look> all_looks();

/// nullptr when there is none of that name.
const cause_row* find_cause(std::string_view id) noexcept;

/// The row of "unknown" when there is none of that name.
const cause_row& cause_of(std::string_view id) noexcept;

}  // namespace mqttkit::doctor
