// The report as a document to pass on: text in the chosen language, blanked. Markdown and HTML only
// arrange and escape it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// The state of each station of the way.
using path_states = std::array<step_state, station_count>;

/// How far a vantage point came, and where the way is broken; `cause` is null when it is not.
path_states path_of(const vantage& from, const finding* cause, bool is_server);

struct document {
  using row = std::pair<std::string, std::string>;

  struct line {
    step_state state = step_state::untested;
    std::string name;
    std::string what;
  };
  struct remedy {
    std::string where;
    std::string what;
    std::string command;
    bool is_for_file = false;  ///< `command` is lines for a file, not a command to type
  };
  /// A packet of a capture, drawn from the client on the left or the broker on the right.
  struct rung {
    std::string packet;  ///< "#4 +0.003 s"
    std::string what;
    bool from_client = false;
    bool is_bad = false;
  };
  struct panel {
    std::string name;          ///< "" when there is one vantage point
    std::vector<rung> ladder;  ///< packets of the most telling connection, downwards
    std::string client;        ///< the client's name; the broker's follows
    std::string broker;
    path_states path{};
    std::vector<row> about;  ///< the question and the versions
    std::vector<line> steps;
  };
  struct problem {
    std::string sureness;
    std::string id;
    std::string cause;
    std::vector<std::string> evidence;
    std::vector<remedy> cures;
    std::string apart;
    std::string apart_command;
  };
  struct remark {
    bool is_warning = false;
    std::string text;
    std::vector<remedy> cures;
  };

  std::string title;
  std::string lead;  ///< the leading sentence when nothing is wrong
  std::vector<panel> panels;
  std::optional<problem> cause;
  std::vector<std::string> rivals;
  std::vector<row> excluded;
  std::vector<remark> remarks;
  std::string language;  ///< "en", "zh-CN"
};

/// @param all    one vantage point for a plain look, or several
/// @param whole  the diagnosis of all together; for a single one its own
document document_of(const std::vector<vantage>& all, const diagnosis& whole,
                     bool blanks_addresses);

std::string markdown_of(const document& from);
std::string html_of(const document& from);

/// Writes the report to a file, completely or not at all, as Markdown when the name ends in .md and
/// as HTML otherwise. Returns what is wrong.
std::string write_report(const document& from, const std::string& file);

}  // namespace mqttkit::doctor
