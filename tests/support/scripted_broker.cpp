#include "support/scripted_broker.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <stdexcept>
#include <system_error>

namespace mqttkit::testing {
namespace {

constexpr int on = 1;

bool is_readable(int socket, std::chrono::milliseconds limit) {
  pollfd state{socket, POLLIN, 0};
  return ::poll(&state, 1, static_cast<int>(limit.count())) > 0;
}

std::string name_of(packet_type type) { return std::string(to_string(type)); }

}  // namespace

received_frame::received_frame(std::string bytes) : bytes_(std::move(bytes)) {
  if (next_frame(as_bytes(bytes_), 0, head_) != framing::complete) {
    throw script_failed{"received a malformed packet: " + to_hex(bytes_.substr(0, 64))};
  }
}

peer::peer(descriptor socket, std::size_t number) : socket_(std::move(socket)), number_(number) {
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool peer::fill() {
  if (!is_readable(socket_.get(), patience_)) {
    throw script_failed{"waited in vain for the client; it has sent " +
                        std::to_string(received_bytes_) + " bytes"};
  }
  std::array<char, 65536> block;
  const auto count = ::recv(socket_.get(), block.data(), block.size(), 0);
  if (count <= 0) return false;  // closed, or reset, which is the same to a script
  buffer_.append(block.data(), static_cast<std::size_t>(count));
  received_bytes_ += static_cast<std::size_t>(count);
  return true;
}

std::unique_ptr<received_frame> peer::next() {
  for (;;) {
    frame head;
    switch (next_frame(as_bytes(buffer_), 0, head)) {
      case framing::complete: {
        auto result = std::make_unique<received_frame>(buffer_.substr(0, head.size));
        buffer_.erase(0, head.size);
        return result;
      }
      case framing::incomplete:
        if (!fill()) return nullptr;
        break;
      case framing::malformed:
      case framing::too_large:
        throw script_failed{"received no MQTT: " + to_hex(buffer_.substr(0, 64))};
    }
  }
}

std::unique_ptr<received_frame> peer::expects(packet_type type) {
  for (;;) {
    auto got = next();
    if (!got) throw script_failed{"the client closed where " + name_of(type) + " was expected"};
    if (got->type() == type) return got;
    if (got->type() != packet_type::pingreq) {
      throw script_failed{name_of(got->type()) + " came where " + name_of(type) + " was expected"};
    }
    sends_hex("D0 00");
  }
}

std::string peer::bytes(std::size_t count) {
  while (buffer_.size() < count) {
    if (!fill()) throw script_failed{"the client closed after " + to_hex(buffer_)};
  }
  std::string result = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return result;
}

std::string peer::bytes_until(std::string_view end) {
  std::size_t at = 0;
  while ((at = buffer_.find(end)) == std::string::npos) {
    if (!fill()) throw script_failed{"the client closed after " + to_hex(buffer_)};
  }
  return bytes(at + end.size());
}

received_packet<connect_packet> peer::accepts(const connack_packet& answer) {
  auto connect = receives<connect_packet>(packet_type::connect);
  version_ = connect->version;
  sends(answer);
  return connect;
}

received_packet<subscribe_packet> peer::grants(packet_type type) {
  auto request = receives<subscribe_packet>(type);
  subscription_list filters = request->filters;
  subscription filter;
  std::string codes;
  while (filters.next(filter)) {
    codes += type == packet_type::subscribe ? static_cast<char>(filter.qos) : '\0';
  }
  suback_packet answer;
  answer.packet_id = request->packet_id;
  if (type == packet_type::subscribe || version_ == protocol_version::v5) {
    answer.codes = as_bytes(codes);
  }
  sends(type == packet_type::subscribe ? packet_type::suback : packet_type::unsuback, answer);
  return request;
}

void peer::serves(const std::function<void(const publish_packet&)>& seen) {
  byte_buffer answers;  // one write for all that one read brought
  const auto answer_with = [&](packet_type type, std::uint16_t packet_id) {
    ack_packet answer;
    answer.type = type;
    answer.packet_id = packet_id;
    if (auto error = encode(answers, version_, answer)) throw script_failed{error.message()};
  };
  std::size_t begin = 0;  // of what is not handled yet
  for (;;) {
    frame head;
    const auto rest = as_bytes(buffer_).subspan(begin);
    const auto state = next_frame(rest, 0, head);
    if (state == framing::incomplete) {
      buffer_.erase(0, begin);
      begin = 0;
      write(answers.view());
      answers.clear();
      if (!fill()) return;
      continue;
    }
    if (state != framing::complete) {
      throw script_failed{"received no MQTT: " + to_hex(as_text(rest).substr(0, 64))};
    }
    publish_packet message;
    ack_packet ack;
    switch (head.type) {
      case packet_type::publish:
        if (auto error = decode(head, version_, message)) throw script_failed{error.message()};
        if (seen) seen(message);
        if (message.qos == qos_t::at_least_once)
          answer_with(packet_type::puback, message.packet_id);
        if (message.qos == qos_t::exactly_once) answer_with(packet_type::pubrec, message.packet_id);
        break;
      case packet_type::pubrec:
      case packet_type::pubrel:
        if (auto error = decode(head, version_, ack)) throw script_failed{error.message()};
        answer_with(head.type == packet_type::pubrec ? packet_type::pubrel : packet_type::pubcomp,
                    ack.packet_id);
        break;
      case packet_type::pingreq:
        encode_ping(answers, packet_type::pingresp);
        break;
      case packet_type::subscribe:
      case packet_type::unsubscribe:
        buffer_.erase(0, begin);
        begin = 0;
        write(answers.view());
        answers.clear();
        grants(head.type);
        continue;
      case packet_type::disconnect:
        return;
      default:
        break;  // PUBACK and PUBCOMP end an exchange
    }
    begin += head.size;
  }
}

void peer::flush(byte_buffer& packet, std::error_code error) {
  if (error) throw script_failed{"cannot encode the answer: " + error.message()};
  write(packet.view());
}

void peer::sends(const connack_packet& packet) {
  byte_buffer out;
  const auto error = encode(out, version_, packet);
  flush(out, error);
}

void peer::sends(const publish_packet& packet) {
  byte_buffer out;
  const auto error = encode(out, version_, packet);
  flush(out, error);
}

void peer::sends(const ack_packet& packet) {
  byte_buffer out;
  const auto error = encode(out, version_, packet);
  flush(out, error);
}

void peer::sends(packet_type type, const suback_packet& packet) {
  byte_buffer out;
  const auto error = encode(out, version_, type, packet);
  flush(out, error);
}

void peer::sends(packet_type type, const reason_packet& packet) {
  byte_buffer out;
  const auto error = encode(out, version_, type, packet);
  flush(out, error);
}

void peer::sends_bytes(std::string_view bytes) { write(as_bytes(bytes)); }

void peer::sends_hex(std::string_view digits) { sends_bytes(from_hex(digits)); }

void peer::write(bytes_view bytes) {
  while (!bytes.empty()) {
    const auto piece =
        piece_bytes_ == 0 ? bytes : bytes.first(std::min(piece_bytes_, bytes.size()));
    const auto count = ::send(socket_.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the client is gone: a script learns it when it reads
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    // So that the client's next read finds one piece, mostly; a test must not rely on it.
    if (piece_bytes_ != 0) std::this_thread::yield();
  }
}

void peer::is_silent(std::chrono::milliseconds how_long) {
  pollfd state{socket_.get(), 0, 0};  // ends early only when the broker is destroyed
  ::poll(&state, 1, static_cast<int>(how_long.count()));
}

bool peer::closed_by_client() {
  const auto end = std::chrono::steady_clock::now() + patience_;
  std::array<char, 65536> block;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !is_readable(socket_.get(), left)) return false;
    const auto count = ::recv(socket_.get(), block.data(), block.size(), 0);
    if (count <= 0) return true;
    received_bytes_ += static_cast<std::size_t>(count);
  }
}

void peer::closes() { ::shutdown(socket_.get(), SHUT_WR); }

void peer::resets() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // The number stays open, on /dev/null: the destructor of the broker may still look at it.
  const descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ::dup3(nothing.get(), socket_.get(), O_CLOEXEC);
}

scripted_broker::scripted_broker(script run) : script_(std::move(run)) {
  listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  int stop[2];
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0 || ::pipe2(stop, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "scripted broker");
  }
  stop_read_.reset(stop[0]);
  stop_write_.reset(stop[1]);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

scripted_broker::~scripted_broker() {
  stop_write_.reset();
  acceptor_.join();
  for (const auto& each : sessions_) ::shutdown(each->client->socket(), SHUT_RDWR);
  for (const auto& each : sessions_) each->runner.join();
}

void scripted_broker::accept_all() {
  for (;;) {
    std::array<pollfd, 2> state{{{listener_.get(), POLLIN, 0}, {stop_read_.get(), POLLIN, 0}}};
    if (::poll(state.data(), state.size(), -1) < 0) continue;
    if (state[1].revents != 0) return;
    descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) continue;
    const std::lock_guard lock(mutex_);
    auto& added = *sessions_.emplace_back(std::make_unique<session>());
    added.client = std::make_unique<peer>(std::move(socket), sessions_.size() - 1);
    added.runner = std::thread([this, &added] { run_script(added); });
  }
}

void scripted_broker::run_script(session& with) {
  std::string failure;
  try {
    script_(*with.client);
  } catch (const script_failed& failed) {
    failure = failed.what;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  // The end of a script is the end of its connection, in both directions.
  ::shutdown(with.client->socket(), SHUT_RDWR);
  const std::lock_guard lock(mutex_);
  if (failure_.empty() && !failure.empty()) {
    failure_ = "connection " + std::to_string(with.client->number()) + ": " + failure;
  }
  with.has_ended = true;
}

std::size_t scripted_broker::connections() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

bool scripted_broker::has_served(std::size_t connections, std::chrono::milliseconds limit) const {
  constexpr std::chrono::milliseconds nap{2};
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      const auto ended = std::count_if(sessions_.begin(), sessions_.end(),
                                       [](const auto& each) { return each->has_ended; });
      if (static_cast<std::size_t>(ended) >= connections) return true;
    }
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(nap);
  }
}

std::string scripted_broker::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::string from_hex(std::string_view digits) {
  std::string result;
  int high = -1;
  for (const char digit : digits) {
    if (digit == ' ' || digit == '\n') continue;
    const auto value = std::string_view("0123456789abcdef").find(static_cast<char>(digit | 0x20));
    if (value == std::string_view::npos) throw std::invalid_argument("not hexadecimal");
    if (high < 0) {
      high = static_cast<int>(value);
    } else {
      result += static_cast<char>(high * 16 + static_cast<int>(value));
      high = -1;
    }
  }
  if (high >= 0) throw std::invalid_argument("half a byte");
  return result;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    if (!result.empty()) result += ' ';
    result += digits[byte / 16];
    result += digits[byte % 16];
  }
  return result;
}

}  // namespace mqttkit::testing
