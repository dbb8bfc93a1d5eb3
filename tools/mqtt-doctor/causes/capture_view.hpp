// Questions that the causes of a capture ask of the connections in it.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

std::string seconds_text(double seconds);
std::string packets_text(const std::vector<std::int64_t>& packets);

/// The stream that a cause is about, with the values for its sentences.
struct capture_view {
  const capture_facts* all = nullptr;
  const stream_fact* stream = nullptr;
  places with;

  explicit operator bool() const { return stream != nullptr; }
  capture_place place() const { return all->place.value(); }
  bool is_at(capture_place where) const {
    return place() == where || place() == capture_place::same;
  }
  /// Connections to the port are established, and its program serves none of them.
  bool is_not_fetched() const { return all->served == 0 && all->unserved != 0; }
  /// The port answered other connections, of this client or another.
  bool is_answered_at_times() const { return all->others_answered != 0 || all->own_answered != 0; }
  bool is_flooded() const { return all->flood_syns != 0; }
};

/// The last stream with one of these endings. A failure to connect is over once a later connection
/// stood; what ended an established connection may come again.
capture_view capture_view_of(const view& known, std::initializer_list<stream_ending> endings,
                             bool may_be_over = false);

sentence seen_in(const capture_view& at);

/// Adds that other clients' connections came through while this client's did not.
void add_others(made_finding& made, const capture_view& at);

/// The client ends its connections by itself, without DISCONNECT.
maybe_finding left_without_a_word(const view& known, exclusions& excluded);
/// An end sends small messages only when the one before is acknowledged by TCP, which is late.
maybe_finding holds_small_ones_back(const view& known, exclusions& excluded);
/// The client opens connections on which it says nothing.
maybe_finding says_nothing(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
