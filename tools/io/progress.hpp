// How far a long input has come, on the last line of a terminal:
//
//   [=========>          ]  47%  1,204,311 messages  98,112/s  14 s left
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/stderr_log.hpp"

namespace mqttkit::tools {

/// What there is to show.
struct progress_state {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;        ///< of the input, so far
  std::uint64_t total_bytes = 0;  ///< 0 when nobody knows: no bar and no time left then
  double messages_per_second = 0;
  double bytes_per_second = 0;
};

/// One line of at most `columns`.
std::string progress_line(const progress_state& at, unsigned columns);

/// Whether stderr is a terminal that can show such a line (and NO_COLOR does not forbid it).
bool has_progress_terminal();

/// Bytes left in a regular file behind `fd`; 0 for everything else.
std::uint64_t bytes_left_in(int fd);

/// Shows the line ten times a second, from half a second on, while it lives. Costs nothing per
/// message: it asks when it is time.
class progress {
 public:
  /// Sets messages and bytes of what it is given.
  using look = std::function<void(progress_state&)>;

  /// @param log  must outlive this object.
  progress(asio::any_io_executor executor, const stderr_log& log, std::uint64_t total_bytes,
           look ask);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace mqttkit::tools
