// Where rows of the table fit a text, and which of them count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/said/plain.hpp"
#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

struct span {
  std::size_t from = 0, to = 0;  // bytes of the text

  std::size_t size() const { return to - from; }
  bool operator==(const span&) const = default;
  bool holds(const span& other) const {
    return size() > other.size() && from <= other.from && to >= other.to;
  }
};

/// A loose number stands behind a label of any app ("code 1"), and no app is named that uses it.
enum class found_by : std::uint8_t { phrase, system_number, number, loose_number };

struct match {
  const said_row* row;
  span where;
  found_by how;
};

/// How wide the row of a match is: as its meaning, or wider.
breadth width_of(const match& hit);

/// Drops a number whose meaning the text writes behind it: "rc=4 (The client is not connected.)".
void drop_explained(std::vector<match>& found, const std::string& plain);

/// Drops that a subscription was refused where it was not asked for: nothing was connected.
void drop_unasked(std::vector<match>& found);

/// Drops that a port refuses where a line names why a broker refused the connection.
void drop_refusal_of_port(std::vector<match>& found, std::string_view folded_text);

/// Drops what another system's number means where the text names the number in words behind it:
/// "[Errno 113] No route to host".
void drop_misread_numbers(std::vector<match>& found, std::string_view folded_text);

/// Drops what follows from a reason that the text names as well: that a file cannot be written
/// where the disk is full, that a proxy gave its broker up where its check is not understood.
void drop_outcomes(std::vector<match>& found);

/// Drops matches inside longer ones: "Connection refused: not authorised" holds "refused", too.
void drop_inner(std::vector<match>& found);

/// Whether no line ends between the two.
bool are_on_one_line(std::string_view text, const span& one, const said_word& other);

/// Whether the device's own network failed in a line before the others, which follow from it.
bool is_ground_of(const match& hit, const std::vector<match>& found, std::string_view folded_text);

}  // namespace mqttkit::doctor
