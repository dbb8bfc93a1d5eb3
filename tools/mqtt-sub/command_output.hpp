#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

namespace mqttkit::tools {

/// What a command writes to its standard output, through a pipe, up to a bound.
///
/// It is read while the command runs. What counts is what was written when the command ended: a
/// program that it left behind and that holds the pipe open keeps nobody waiting.
class command_output {
 public:
  /// @param most_bytes  at more nothing further is read, and the command finds its pipe closed.
  command_output(asio::any_io_executor executor, std::size_t most_bytes);
  ~command_output();
  command_output(command_output&&) noexcept;
  command_output& operator=(command_output&&) noexcept;

  /// Why there is no pipe; success when there is one.
  std::error_code error() const noexcept;

  /// For the command, which gets it as its standard output.
  int write_end() const noexcept;

  /// The command has its end: reading begins.
  void begin();

  /// The command has ended: everything it wrote, up to the bound.
  std::string finish();

  /// It wrote more than the bound.
  bool is_cut() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mqttkit::tools
