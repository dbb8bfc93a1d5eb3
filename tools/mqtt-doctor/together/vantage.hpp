// One place the doctor looked from: what it saw there, and what it made of it alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

struct vantage {
  std::string name;  ///< of the file it comes from: "laptop.json"
  facts seen;
  diagnosis made;  ///< of this one alone

  vantage(std::string called, facts saw);

  /// What it says of the endpoint its diagnosis is about. Lives as long as this.
  view main() const;
  bool works() const;
  /// The address the client's connection was made to; "" when there was none.
  std::string dialled_address() const;
  /// The name of the first step that failed: "name", "port", "tls", ...; "" when none did.
  step_name failed_step() const;
};

/// Reads what mqtt-doctor --json wrote; "-" is standard input. Returns what is wrong, as one line
/// that begins with the file's name; empty when all is well.
std::string read_facts(const std::string& file, facts& out);

/// A report with every fact is some 100 KB; a log quoted in it may make it a few more.
inline constexpr std::size_t most_facts_bytes = std::size_t{32} << 20;

/// The same, from what was read of it already.
std::string facts_of_contents(const std::string& file, std::string_view text, facts& out);

/// Facts with the name of the place.
struct named_facts {
  std::string name;
  facts known;
};

/// The same of a report that has the facts of several places, as one of a look with a phone does:
/// one element for each. Of another file one element, named `name`.
std::string all_facts_of_contents(const std::string& file, std::string_view text,
                                  const std::string& name, std::vector<named_facts>& out);

/// The same, from text.
std::string facts_of_text(std::string_view text, facts& out);

/// File names as they stand in reports: without folders, unless two would be the same.
std::vector<std::string> vantage_names(const std::vector<std::string>& files);

// ---- questions the rules ask ------------------------------------------------------------------

/// An address anybody can reach, as far as its number tells.
bool is_public_address(const std::string& address);

/// What this vantage saw of a port of the broker's machine, as if it had asked about that port
/// only.
facts seen_at_port(const facts& known, const endpoint_facts& like);

/// The addresses of the machine a vantage was made on, loopback and link-local ones left out.
std::vector<std::string> addresses_of(const facts& known);

/// Whether two vantages were made in networks that can be told apart.
bool are_in_different_networks(const facts& one, const facts& other);

}  // namespace mqttkit::doctor
