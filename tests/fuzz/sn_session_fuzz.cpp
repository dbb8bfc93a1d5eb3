// A gateway that sends anything. The first byte chooses the session's options; then come commands
// of one byte: a call of the program's, or a datagram of the gateway's.
//
// Promised: nothing is read outside the input; what is sent is valid MQTT-SN; `closed` ends a
// connection; what was accepted ends at most once; a deadline that passed moves on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <utility>

#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/session.hpp"

using namespace mqttkit;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

sn::session_options options_from(std::uint8_t first) {
  sn::session_options options;
  options.client_id = "a";
  options.clean_session = (first & 0x01) != 0;
  if ((first & 0x02) != 0) {
    options.will.emplace();
    options.will->topic = "w";
    options.will->payload = "x";
  }
  options.acknowledge = (first & 0x04) != 0 ? sn::ack_policy::manual : sn::ack_policy::on_next;
  options.maximum_topics = (first & 0x08) != 0 ? 2 : 100;
  options.maximum_datagram = (first & 0x10) != 0 ? 16 : 200;
  options.predefined.push_back({1, "pre"});
  return options;
}

class player {
 public:
  player(sn::session_options options, bytes_view in) : session_(std::move(options)), in_(in) {}

  void play() {
    static_cast<void>(session_.start(now_));
    while (!in_.empty()) {
      command(take_byte());
      write();
      require(session_.options().client_id == "a");
    }
  }

 private:
  std::uint8_t take_byte() {
    if (in_.empty()) return 0;
    const auto first = std::to_integer<std::uint8_t>(in_.front());
    in_ = in_.subspan(1);
    return first;
  }

  void command(std::uint8_t what) {
    if (what < 0x80) {  // a datagram of so many bytes; its length is put right half of the time
      const std::size_t size = std::min<std::size_t>(what & 0x3F, in_.size());
      std::vector<std::byte> datagram(in_.begin(), in_.begin() + static_cast<long>(size));
      in_ = in_.subspan(size);
      if (size > 1 && what >= 0x40) datagram[0] = static_cast<std::byte>(size);
      session_.feed(datagram, now_);
      return pull();
    }
    const std::uint8_t how = what & 0x0F;
    switch (what >> 4) {
      case 0x8:
        return publish(how);
      case 0x9:
        return request(how);
      case 0xA:
        return wait(how);
      case 0xB:
        return session_.settle();
      case 0xC:
        static_cast<void>(session_.start(now_));
        return;
      case 0xD:
        static_cast<void>(session_.sleep(std::chrono::seconds(how), now_));
        static_cast<void>(session_.wake(now_));
        return;
      case 0xE:
        if (how == 0) return session_.stop();
        static_cast<void>(session_.update_will(session_.options().will, now_));
        return;
      default:
        static_cast<void>(session_.disconnect(now_));
        return;
    }
  }

  void publish(std::uint8_t how) {
    constexpr std::string_view topics[] = {"a/b", "ab", "pre", "a/+"};
    sn::publish_request request;
    request.topic = topics[how >> 2];
    request.payload = as_bytes("payload");
    request.qos = static_cast<sn::qos_level>((how & 0x03) - 1);
    std::error_code error;
    const std::uint64_t token = ++tokens_;
    const sn::admission answer = session_.publish(request, token, error, now_);
    require((answer == sn::admission::refused) == static_cast<bool>(error));
    if (answer == sn::admission::accepted) due_.insert(token);
    pull();
  }

  void request(std::uint8_t how) {
    constexpr std::string_view filters[] = {"a/b", "a/#", "ab", "#/a"};
    sn::subscribe_request made;
    made.filter = filters[how & 0x03];
    made.qos = sn::qos_level::exactly_once;
    const std::uint64_t token = ++tokens_;
    const auto error = (how & 0x08) != 0 ? session_.unsubscribe(made, token, now_)
                                         : session_.subscribe(made, token, now_);
    if (!error) due_.insert(token);
  }

  void wait(std::uint8_t how) {
    now_ += std::chrono::seconds(how);
    if (how == 0x0F && session_.deadline() != sn::time_point::max()) {
      now_ = std::max(now_, session_.deadline());
    }
    session_.expire(now_);
    write();  // PINGREQ counts from what was sent
    require(session_.deadline() > now_);
    pull();
  }

  void pull() {
    for (int i = 0; i < 1000; ++i) {
      const sn::event& next = session_.next(now_);
      if (std::holds_alternative<sn::need_more>(next)) return;
      if (const auto* const got = std::get_if<sn::message_received>(&next)) {
        require(got->sequence == ++messages_);
        touch(as_bytes(got->topic));
        touch(got->message.payload);
      } else if (const auto* const end = std::get_if<sn::delivered>(&next)) {
        require(due_.erase(end->token) == 1);
      } else if (const auto* const answer = std::get_if<sn::subscribed>(&next)) {
        require(due_.erase(answer->token) == 1);
      } else if (std::holds_alternative<sn::closed>(next)) {
        require(session_.state() == sn::session_state::disconnected);
      }
    }
    require(false);  // one datagram has an end
  }

  void write() {
    while (!session_.output().empty()) {
      sn::message any;
      require(!sn::decode(session_.output(), any));
      require(session_.output().size() <= session_.options().maximum_datagram);
      session_.written(now_);
    }
  }

  // Reads every byte, so that a sanitizer checks them.
  void touch(bytes_view bytes) {
    for (const std::byte each : bytes)
      sum_ = static_cast<unsigned char>(sum_ + static_cast<unsigned char>(each));
  }

  sn::session session_;
  bytes_view in_;
  sn::time_point now_{std::chrono::hours(1)};
  std::set<std::uint64_t> due_;
  std::uint64_t tokens_ = 0;
  std::uint64_t messages_ = 0;
  volatile unsigned char sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  player(options_from(bytes[0]), {reinterpret_cast<const std::byte*>(bytes + 1), size - 1}).play();
  return 0;
}
