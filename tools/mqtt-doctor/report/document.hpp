// The report as a document to hand on: every sentence in the language chosen, blanked, and nothing
// but text. What turns it into Markdown or HTML only escapes and arranges.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// One for each station.
using path_states = std::array<step_state, station_count>;

/// How far a vantage came, and where it is broken; `cause` is null when nothing is.
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
    bool is_for_file = false;  ///< `command` is lines of a file, nothing to be typed
  };
  /// A packet of a capture, from the client on the left or the broker on the right.
  struct rung {
    std::string packet;  ///< "#4 +0.003 s"
    std::string what;
    bool from_client = false;
    bool is_bad = false;
  };
  struct panel {
    std::string name;          ///< "" when there is one place only
    std::vector<rung> ladder;  ///< of the connection that tells most, time down
    std::string client;        ///< the ends of the ladder
    std::string broker;
    path_states path{};
    std::vector<row> about;  ///< what was asked, versions
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
  std::string lead;  ///< one sentence when nothing is wrong
  std::vector<panel> panels;
  std::optional<problem> cause;
  std::vector<std::string> rivals;
  std::vector<row> excluded;
  std::vector<remark> remarks;
  std::string language;  ///< "en", "zh-CN"
};

/// @param all    one vantage for a plain check
/// @param whole  what they say together; of one alone its own diagnosis
document document_of(const std::vector<vantage>& all, const diagnosis& whole,
                     bool blanks_addresses);

std::string markdown_of(const document& from);
std::string html_of(const document& from);

/// Writes the report whole or not at all, as Markdown when its name ends in .md and as HTML
/// otherwise. Returns what is wrong.
std::string write_report(const document& from, const std::string& file);

}  // namespace mqttkit::doctor
