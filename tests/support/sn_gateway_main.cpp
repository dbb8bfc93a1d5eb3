// A test's gateway: MQTT-SN over UDP on one side, one MQTT connection a client on the other.
//
//   sn-test-gateway LISTEN_PORT BROKER_PORT [WORD...]
//
// Words: predefined=ID=TOPIC, connect=N publish=N subscribe=N register=N (return codes), lose=N (of
// the datagrams to and from it every Nth is lost), forget-sleepers, mute (takes everything, says
// nothing), retry=MS, group=ADDRESS (answers searches there), id=N, address=IP (to listen on),
// broker=HOST. "listening" on standard output says that it is ready.
#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/multicast.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "mqttkit/client/client.hpp"
#include "support/sn_gateway.hpp"

using namespace mqttkit;
using namespace mqttkit::testing;
using asio::ip::udp;

namespace {

struct command_line {
  std::uint16_t port = 0;
  std::uint16_t broker_port = 0;
  std::string broker = "127.0.0.1";
  std::string address;
  std::string group;
  int id = 1;
  unsigned lose = 0;
  bool mute = false;
  sn_gateway_options gateway;
};

/// The MQTT connection of one client.
class upstream final : public sn_upstream, public client_observer {
 public:
  using receiver = std::function<void(sn_message)>;
  upstream(asio::any_io_executor executor, const command_line& line, receiver out,
           std::function<void()> changed)
      : executor_(std::move(executor)),
        line_(line),
        out_(std::move(out)),
        changed_(std::move(changed)) {}

  void connect(const sn_connect& with, std::function<void(bool)> answer) override {
    mqttkit::client_options options;
    options.dial.host = line_.broker;
    options.dial.port = line_.broker_port;
    options.reconnect = false;
    options.session.version = protocol_version::v3_1_1;
    options.session.client_id = with.client_id;
    options.session.clean_start = with.clean_session;
    options.session.clean_start_again = with.clean_session;
    options.session.keep_alive = std::chrono::seconds(30);
    if (with.will_topic) {
      mqttkit::will_options will;
      will.topic = *with.will_topic;
      will.payload = with.will_payload;
      will.qos = static_cast<qos_t>(with.will_qos);
      will.retain = with.will_retain;
      options.session.will = will;
    }
    answers_.clear();
    if (client_) client_->stop();
    client_ = std::make_shared<mqttkit::client>(executor_, options, this);
    asio::co_spawn(executor_, receive(client_, std::move(answer)), asio::detached);
  }

  /// For messages without a connection (QoS -1).
  void share(upstream* with) { shared_ = with; }

  void publish(const sn_message& each, std::function<void(bool)> answer) override {
    if (!client_ && shared_ != nullptr) return shared_->publish(each, std::move(answer));
    if (!client_) return answer(false);
    publish_packet packet;
    packet.topic = each.topic;
    packet.payload = as_bytes(each.payload);
    packet.qos = static_cast<qos_t>(each.qos);
    packet.retain = each.retain;
    std::error_code error;
    const std::uint64_t token = ++tokens_;
    if (client_->try_publish(packet, token, error) != admission::accepted) return answer(false);
    if (each.qos == 0) return answer(true);
    answers_[token] = std::move(answer);
  }

  void message_delivered(const delivered& end) override {
    const auto found = answers_.find(end.token);
    if (found == answers_.end()) return;
    const auto answer = std::move(found->second);
    answers_.erase(found);
    answer(!end.error && !is_failure(end.reason));
    changed_();
  }

  void subscribe(const std::string& filter, int qos, std::function<void(bool)> answer) override {
    asio::co_spawn(executor_, ask(client_, filter, qos, std::move(answer)), asio::detached);
  }
  void unsubscribe(const std::string& filter, std::function<void()> answer) override {
    asio::co_spawn(executor_, forget(client_, filter, std::move(answer)), asio::detached);
  }
  void disconnect(bool with_will) override {
    if (!client_) return;
    asio::co_spawn(executor_, end(std::exchange(client_, nullptr), with_will), asio::detached);
  }

 private:
  using shared = std::shared_ptr<mqttkit::client>;

  asio::awaitable<void> receive(shared mine, std::function<void(bool)> answer) {
    const failure why = co_await mine->connect();
    answer(!why);
    changed_();
    while (!why) {
      const result<message_received> got = co_await mine->receive();
      if (!got) co_return;
      const publish_packet& made = got->message;
      out_({std::string(made.topic), std::string(as_text(made.payload)), static_cast<int>(made.qos),
            made.retain});
    }
  }
  asio::awaitable<void> ask(shared mine, std::string filter, int qos,
                            std::function<void(bool)> answer) {
    subscription value;
    value.filter = filter;
    value.qos = static_cast<qos_t>(qos);
    if (!mine) co_return;
    const result<grant> granted = co_await mine->subscribe(value);
    answer(granted && !granted->codes.empty() && !is_failure(granted->codes[0]));
    changed_();
  }
  asio::awaitable<void> forget(shared mine, std::string filter, std::function<void()> answer) {
    subscription entry;
    entry.filter = filter;
    if (!mine) co_return;
    [[maybe_unused]] const result<grant> gone = co_await mine->unsubscribe(entry);
    answer();
    changed_();
  }
  asio::awaitable<void> end(shared mine, bool with_will) {
    constexpr std::chrono::seconds limit{2};
    if (with_will) {
      co_await mine->hang_up(limit);
    } else {
      co_await mine->disconnect(limit);
    }
  }

  asio::any_io_executor executor_;
  const command_line& line_;
  receiver out_;
  std::function<void()> changed_;
  shared client_;
  upstream* shared_ = nullptr;
  std::map<std::uint64_t, std::function<void(bool)>> answers_;
  std::uint64_t tokens_ = 0;
};

class server {
 public:
  server(asio::io_context& loop, const command_line& line)
      : loop_(loop), line_(line), socket_(loop), group_(loop), clock_(loop) {}

  void run() {
    const auto address = line_.address.empty() ? asio::ip::address(asio::ip::address_v4::loopback())
                                               : asio::ip::make_address(line_.address);
    const udp::endpoint at(address, line_.port);
    socket_.open(at.protocol());
    socket_.bind(at);
    receive(socket_, from_, room_);
    if (!line_.group.empty()) {
      const auto group = asio::ip::make_address(line_.group);
      group_.open(udp::v4());
      group_.set_option(udp::socket::reuse_address(true));
      group_.bind(udp::endpoint(group, line_.port));
      group_.set_option(asio::ip::multicast::join_group(group.to_v4(), address.to_v4()));
      receive(group_, group_from_, group_room_);
    }
    tick();
    common_ = std::make_unique<upstream>(
        loop_.get_executor(), line_, [](const sn_message&) {}, [] {});
    sn_connect own;
    own.client_id = "sn-test-gateway-" + std::to_string(line_.port);
    common_->connect(own, [](bool) {});
    std::puts("listening");
    std::fflush(stdout);
    loop_.run();
  }

 private:
  struct peer {
    udp::endpoint at;
    std::unique_ptr<upstream> behind;
    std::unique_ptr<sn_gateway_client> gateway;
  };
  using room = std::array<std::byte, 65'535>;

  static sn_time now() { return std::chrono::steady_clock::now(); }
  bool is_lost() { return line_.lose != 0 && ++count_ % line_.lose == 0; }

  void receive(udp::socket& socket, udp::endpoint& from, room& into) {
    socket.async_receive_from(asio::buffer(into), from,
                              [&](std::error_code error, std::size_t size) {
                                if (!error) take(bytes_view(into).first(size), from);
                                receive(socket, from, into);
                              });
  }

  void take(bytes_view datagram, const udp::endpoint& from) {
    if (line_.mute || is_lost()) return;
    sn::message any;
    if (!sn::decode(datagram, any) && std::holds_alternative<sn::searchgw_message>(any)) {
      byte_buffer made;
      sn::gwinfo_message answer;
      answer.gateway_id = static_cast<std::uint8_t>(line_.id);
      if (!sn::encode(made, answer)) send(made.view(), from);
      return;
    }
    peer& value = peer_at(from);
    value.gateway->feed(datagram, now());
    flush(value);
  }

  peer& peer_at(const udp::endpoint& from) {
    const auto found = peers_.find(from);
    if (found != peers_.end()) return *found->second;
    auto made = std::make_unique<peer>();
    peer* const raw = made.get();
    made->at = from;
    made->behind = std::make_unique<upstream>(
        loop_.get_executor(), line_,
        [this, raw](sn_message message) {
          raw->gateway->deliver(std::move(message), now());
          flush(*raw);
        },
        [this, raw] { flush(*raw); });
    made->behind->share(common_.get());
    made->gateway = std::make_unique<sn_gateway_client>(line_.gateway, *made->behind);
    return *(peers_[from] = std::move(made));
  }

  void flush(peer& each) {
    while (!each.gateway->output.empty()) {
      send(each.gateway->output.front(), each.at);
      each.gateway->output.pop_front();
    }
  }

  void send(bytes_view datagram, const udp::endpoint& to) {
    if (is_lost()) return;
    std::error_code ignored;
    socket_.send_to(asio::buffer(datagram.data(), datagram.size()), to, 0, ignored);
  }

  void tick() {
    clock_.expires_after(std::chrono::milliseconds(20));
    clock_.async_wait([this](std::error_code) {
      for (auto& [at, one] : peers_) {
        if (one->gateway->deadline() <= now()) one->gateway->expire(now());
        flush(*one);
      }
      tick();
    });
  }

  asio::io_context& loop_;
  const command_line& line_;
  udp::socket socket_;
  udp::socket group_;
  asio::steady_timer clock_;
  udp::endpoint from_;
  udp::endpoint group_from_;
  room room_{};
  room group_room_{};
  std::map<udp::endpoint, std::unique_ptr<peer>> peers_;
  std::unique_ptr<upstream> common_;
  unsigned count_ = 0;
};

bool read(std::string_view word, command_line& out) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const std::string value(equals == std::string_view::npos ? "" : word.substr(equals + 1));
  const int number = std::atoi(value.c_str());
  const auto code = static_cast<sn::return_code>(number);
  if (name == "predefined") {
    const std::size_t second = value.find('=');
    if (second == std::string::npos) return false;
    out.gateway.predefined[static_cast<std::uint16_t>(number)] = value.substr(second + 1);
  } else if (name == "connect") {
    out.gateway.connect_answer = code;
  } else if (name == "publish") {
    out.gateway.publish_answer = code;
  } else if (name == "subscribe") {
    out.gateway.subscribe_answer = code;
  } else if (name == "register") {
    out.gateway.register_answer = code;
  } else if (name == "lose") {
    out.lose = static_cast<unsigned>(number);
  } else if (name == "retry") {
    out.gateway.retry_time = std::chrono::milliseconds(number);
  } else if (name == "forget-sleepers") {
    out.gateway.keeps_for_sleepers = false;
  } else if (name == "mute") {
    out.mute = true;
  } else if (name == "group") {
    out.group = value;
  } else if (name == "id") {
    out.id = number;
  } else if (name == "address") {
    out.address = value;
  } else if (name == "broker") {
    out.broker = value;
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  command_line line;
  bool is_good = argc >= 3;
  if (is_good) {
    line.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    line.broker_port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  }
  for (int i = 3; i < argc; ++i) is_good = is_good && read(argv[i], line);
  if (!is_good) {
    std::fputs("usage: sn-test-gateway LISTEN_PORT BROKER_PORT [WORD...]\n", stderr);
    return 2;
  }
  asio::io_context loop{1};
  server(loop, line).run();
  return 0;
}
