#include "mqtt-sub/command_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <utility>

namespace mqttkit::tools {
namespace {

constexpr std::size_t block_bytes = 64u << 10;  // as much as a pipe holds

}  // namespace

struct command_output::state : std::enable_shared_from_this<state> {
  state(asio::any_io_executor executor, std::size_t most)
      : most_bytes(most), in(std::move(executor)) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      error = {errno, std::system_category()};
      return;
    }
    out = ends[1];
    // O_NONBLOCK for this end only: the command's end is another open file description.
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) error = {errno, std::system_category()};
    in.assign(ends[0], ignored);
  }
  ~state() { close_out(); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  void close_out() {
    if (out >= 0) ::close(out);
    out = -1;
  }

  void read() {
    char block[block_bytes];
    while (in.is_open()) {
      const ssize_t count = ::read(in.native_handle(), block, sizeof block);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (count > 0) {
        const auto size = static_cast<std::size_t>(count);
        is_cut = size > most_bytes - text.size();
        if (!is_cut) text.append(block, size);
      }
      if (count <= 0 || is_cut) in.close(ignored);
    }
  }

  void wait() {
    in.async_wait(asio::posix::stream_descriptor::wait_read,
                  [self = weak_from_this()](std::error_code why) {
                    const auto alive = self.lock();
                    if (why || !alive) return;
                    alive->read();
                    if (alive->in.is_open()) alive->wait();
                  });
  }

  std::size_t most_bytes;
  asio::posix::stream_descriptor in;
  int out = -1;
  std::string text;
  bool is_cut = false;
  std::error_code error;
  std::error_code ignored;
};

command_output::command_output(asio::any_io_executor executor, std::size_t most_bytes)
    : state_(std::make_shared<state>(std::move(executor), most_bytes)) {}

command_output::~command_output() = default;
command_output::command_output(command_output&&) noexcept = default;
command_output& command_output::operator=(command_output&&) noexcept = default;

std::error_code command_output::error() const noexcept { return state_->error; }
int command_output::write_end() const noexcept { return state_->out; }
bool command_output::is_cut() const noexcept { return state_->is_cut; }

void command_output::begin() {
  state_->close_out();
  state_->wait();
}

std::string command_output::finish() {
  state_->read();
  state_->in.close(state_->ignored);
  return std::move(state_->text);
}

}  // namespace mqttkit::tools
