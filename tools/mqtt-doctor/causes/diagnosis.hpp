// From facts to causes. Pure: no clock, no network, no files; the same facts give the same answer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/strength.hpp"
#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/facts/symptom.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

/// Where a fault lies, from the bottom up.
enum class layer : std::uint8_t {
  input,
  name,
  port,
  path,
  proxy,
  tls,
  websocket,
  mqtt,
  login,
  permission,
  delivery,
  host,
  phone,
};
/// "input", "name", ... as it stands in the JSON.
std::string_view to_string(layer where) noexcept;

/// How sure a finding is: a written step, because a percentage would be made up.
enum class certainty : std::uint8_t {
  certain,   ///< the peer said so, or it was seen on the host
  likely,    ///< two facts that do not depend on each other, or one and experience, speak for it
  possible,  ///< fits, but something else fits as well
};
std::string_view to_string(certainty how) noexcept;

enum class severity : std::uint8_t {
  problem,  ///< what was asked for does not work, and this is why
  warning,  ///< it works from here, and will fail for somebody else or soon
  note,     ///< worth knowing; nothing is wrong
};
std::string_view to_string(severity how) noexcept;

/// Where a cure is applied.
enum class place : std::uint8_t { server, app, console, here };

/// What the text beside a cure's words is.
enum class cure_kind : std::uint8_t {
  words,    ///< no text beside the words
  command,  ///< a command to be typed as it stands, which mends
  look,     ///< a command to be typed as it stands, which shows something and changes nothing
  lines,    ///< lines for a file
  pattern,  ///< a command in which words in capitals are to be replaced
};
/// "words", "command", ... as it stands in the JSON.
std::string_view to_string(cure_kind kind) noexcept;

struct cure {
  sentence what;        ///< "Open TCP 1883 in the security group"; may be empty beside a command
  std::string command;  ///< the command or lines, as `kind` says; empty when there are none
  place where = place::server;
  std::string whose = {};  ///< the vantage point that place::here means, when there are several
  cure_kind kind = cure_kind::words;
  std::string file = {};  ///< the file that `lines` belong to, by its path where that is known
  bool follows = false;   ///< the second half of the cure before, not an alternative to it
};

/// Whether somebody has to sit at the terminal: the command asks for a password or opens an editor.
bool needs_terminal(const cure& remedy);

/// The row for what no cause explains.
inline constexpr std::string_view unknown_cause = "unknown";

struct finding {
  finding();
  finding(const finding&);
  finding(finding&&) noexcept;
  finding& operator=(const finding&);
  finding& operator=(finding&&) noexcept;
  ~finding();

  std::string id;  ///< as in the catalogue of causes: "tcp-timeout-security-group"
  layer where = layer::port;
  severity how_bad = severity::problem;
  certainty how_sure = certainty::possible;
  /// How well the finding explains the facts, 0 to 100: a step of strength.hpp, less what it lost
  /// beside the other findings.
  double weight = 0;
  /// A second fault, which a client meets once the causes before it are mended.
  bool is_next = false;
  /// What the user may see of it, where the id alone does not tell.
  symptom_set shows_as;
  sentence cause;  ///< the cause, in one sentence
  std::vector<sentence> evidence;
  std::vector<cure> cures;
  sentence apart;  ///< how to tell the cause from its rivals, when something else fits as well
  std::string apart_command;

  bool is_unknown() const noexcept { return id == unknown_cause; }
};

/// What a cause returns: a finding when the facts speak for it, nothing when they do not.
using maybe_finding = std::optional<finding>;

/// A cause that was considered and does not fit, with the reason.
struct exclusion {
  std::string id;
  sentence why;
  bool is_answer = false;  ///< it leaves none of the usual reasons for what is seen
  bool is_sent = false;    ///< likewise, where nothing says that it has come
};

enum class step_state : std::uint8_t { good, bad, untested, doubtful };
/// "good", "bad", ... as it stands in the JSON.
std::string_view to_string(step_state state) noexcept;

/// A line of the report: what was examined and how it fared, in the order of the layers.
struct step {
  step_name name = step_name::none;
  step_state state = step_state::untested;
  sentence what;
  double ms = 0;
};

struct diagnosis {
  bool is_healthy = false;
  std::vector<finding> causes;    ///< problems, the best explanation first
  std::vector<finding> warnings;  ///< warnings and notes
  std::vector<exclusion> excluded;
  std::vector<step> steps;
  std::size_t endpoint = 0;  ///< index of the endpoint that all this is about
  int exit_code = 0;
};

/// `text` quoted as one word of a shell command that is to be copied, whatever characters it holds.
std::string shell_word(const std::string& text);

/// What a cause looks at: all facts, and the endpoint in question.
struct view {
  const facts& all;
  const endpoint_facts& at;

  const asked_facts& asked() const noexcept { return all.asked; }
  /// The connection made as an app would; null when no address was known.
  const contact* client() const { return at.find(contact_purpose::client); }
  bool is_tls() const { return has_tls(at.scheme.value()); }
  bool is_gateway() const { return is_of_gateway(at.scheme.value()); }
  bool is_websocket() const { return has_websocket(at.scheme.value()); }
  std::string port() const { return std::to_string(at.port); }
  std::string host() const { return all.asked.host; }
  /// HOST:PORT, as the doctor's command line takes it.
  std::string target() const;
};

/// Weighs all causes against the facts, and sorts what they find.
diagnosis diagnose(const facts& known);

/// The program's exit code when this is the cause.
int exit_code_of(const finding& top);

/// Sorts the heaviest first; of equal ones the one found first.
void sort_by_weight(std::vector<finding>& found);

/// The report's lines about retained messages, sessions and sizes that `delivery` examined.
std::vector<step> message_kind_steps(const view& known);

/// The report's lines about a gateway of MQTT-SN.
std::vector<step> gateway_steps(const view& known);

/// The report's lines for one endpoint.
std::vector<step> steps_of(const view& known);

}  // namespace mqttkit::doctor
