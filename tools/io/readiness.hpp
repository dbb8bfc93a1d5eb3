#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <memory>
#include <system_error>

namespace mqttkit::tools {

/// Waits until a descriptor that the program was given can be used.
///
/// Its flags stay as they are: O_NONBLOCK belongs to an open file description that the shell and
/// other programs share, and would stay set after this one has ended. So the descriptor goes into
/// an epoll of its own, and Asio waits for that.
class readiness {
 public:
  enum class wanted : std::uint8_t {
    read,
    write,
    hang_up,  ///< the other end of a pipe was closed
  };

  /// @param fd  stays the caller's, and must outlive this object.
  readiness(asio::any_io_executor executor, int fd, wanted what);
  ~readiness();
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;

  /// Regular files and their like, which never keep anybody waiting (and never hang up).
  bool is_always_ready() const noexcept;

  /// Whether it is ready at this moment.
  bool is_ready_now() const noexcept;

  /// Success when it is ready; operation_aborted when the waiting coroutine is cancelled.
  asio::awaitable<std::error_code> wait();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace mqttkit::tools
