// A vantage point: a place the doctor looked from, its facts and its own diagnosis.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

struct vantage {
  std::string name;  ///< of its file: "laptop.json"
  facts known;
  diagnosis made;  ///< of this vantage point alone

  vantage(std::string called, facts facts_there);

  /// The endpoint that its diagnosis is about, with all facts. Lives as long as this object.
  view main() const;
  bool works() const;
  /// The address that the client dialled; "" when there was none.
  std::string dialled_address() const;
  /// The first step that failed: name, port, tls and so on; step_name's first value when none did.
  step_name failed_step() const;
};

/// Reads the output of mqtt-doctor --json; "-" is standard input. Returns what is wrong, in a line
/// that begins with the file's name; empty when nothing is.
std::string read_facts(const std::string& file, facts& out);

/// Bytes: a report with every fact is about 100 KB, and quoted logs may add some more.
inline constexpr std::size_t most_facts_bytes = std::size_t{32} << 20;

/// The same for contents that were already read.
std::string facts_of_contents(const std::string& file, std::string_view text, facts& out);

/// Facts and the name of their vantage point.
struct named_facts {
  std::string name;
  facts known;
};

/// The same for a report that holds facts of several vantage points, as one with a phone does: an
/// element for each. For any other file one element, named `name`.
std::string all_facts_of_contents(const std::string& file, std::string_view text,
                                  const std::string& name, std::vector<named_facts>& out);

/// The same for a text.
std::string facts_of_text(std::string_view text, facts& out);

/// The names of files without their folders, unless two would be equal.
std::vector<std::string> vantage_names(const std::vector<std::string>& files);

// ---- questions that the rules ask --------------------------------------------------------------

/// Whether anybody can reach the address, as far as its number tells.
bool is_public_address(const std::string& address);

/// The facts of this vantage point about one port of the broker's machine, as if only that port had
/// been asked about.
/// @param is_v6  whether it was dialled by IPv6
facts seen_at_port(const facts& known, const endpoint_facts& like, bool is_v6);

/// Addresses of the machine of a vantage point, without loopback and link-local ones.
std::vector<std::string> addresses_of(const facts& known);

/// Whether two vantage points were in networks that are known to differ.
bool are_in_different_networks(const facts& first, const facts& second);

}  // namespace mqttkit::doctor
