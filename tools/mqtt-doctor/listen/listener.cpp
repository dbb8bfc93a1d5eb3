#include "mqtt-doctor/listen/listener.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <utility>

#include "common/duration_text.hpp"
#include "io/awaiting.hpp"
#include "mqtt-doctor/listen/listening_end.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

namespace ip = asio::ip;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

using tools::as_values;

constexpr std::size_t buffer_bytes = 64 * 1024;  // buffer of one direction
constexpr auto most_silence = 60s;               // a client without broker holds one of 64 places
constexpr auto goodbye_limit = 10s;              // for a client whose broker has closed
constexpr auto connect_limit = 5s;               // to each address of the broker
constexpr auto look_interval = 500ms;            // how often silence and waiting are judged

/// An error of connecting, in the words that report and catalogue use.
const char* connect_words(const std::error_code& error) {
  if (error == asio::error::connection_refused) return N_("connection refused");
  if (error == asio::error::timed_out) return N_("timed out");
  if (error == asio::error::host_unreachable || error == asio::error::network_unreachable)
    return N_("unreachable");
  return nullptr;
}

void close_now(ip::tcp::socket& end) {
  std::error_code ignored;
  end.close(ignored);
}

}  // namespace

struct listen_connection {
  listen_connection(ip::tcp::socket accepted, std::uint64_t number_)
      : client(std::move(accepted)),
        broker(client.get_executor()),
        limit(client.get_executor()),
        number(number_) {}

  ip::tcp::socket& of(side which) { return which == side::client ? client : broker; }
  /// Calls `late` after `time`, unless relax() or another expectation comes before.
  template <class Late>
  void expect_within(std::chrono::seconds time, Late late) {
    limit.expires_after(time);
    limit.async_wait([this, mine = ++expectation, late](std::error_code cancelled) {
      // An expired timer may already wait in the queue when it is cancelled.
      if (!cancelled && mine == expectation && !is_over) late();
    });
  }
  void relax() {
    ++expectation;
    limit.cancel();
  }
  void close() {
    relax();
    close_now(client);
    close_now(broker);
  }

  ip::tcp::socket client;
  ip::tcp::socket broker;
  asio::steady_timer limit;
  std::uint64_t number;
  bytes_view passed_on[2];  // bytes passed on and not decoded yet, by direction
  moment writing_since;     // when the present write to the client began
  moment began = clock::now();
  std::size_t unwritten = 0;  // its bytes; 0: no write goes on
  const char* how = nullptr;  // how the connection ended
  bool is_over = false;
  bool is_late = false;
  unsigned expectation = 0;
};

listener::listener(const tools::doctor_settings& settings, tools::runner& runner)
    : settings_(settings),
      runner_(runner),
      printer_(settings.json, runner),
      acceptor_(runner.executor()),
      first_ended_(runner.executor()),
      keys_(settings.key_log),
      heard_(
          packet_style{settings.verbose, settings.symptom.value()},
          [this](const event& what, const event_place& where) { printer_.put(what, where); },
          &keys_),
      next_look_(runner.executor()) {
  const tools::listen_settings& listen = settings.listen;
  where_.port = listen.port;
  if (!listen.forward_host.empty())
    where_.broker = host_and_port(listen.forward_host, listen.forward_port);
}

std::error_code listener::open() {
  ip::tcp::endpoint at;
  std::error_code error = open_listening(acceptor_, settings_, at);
  if (error) return error;
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  acceptor_.bind(at, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

asio::awaitable<std::error_code> listener::find_broker(std::string& wrong) {
  const std::error_code error =
      co_await look_up_forward<ip::tcp>(runner_.executor(), settings_.listen, broker_);
  if (holds_own_end(settings_.listen, broker_))
    wrong = "--forward names the port that is listened on; let the broker listen on another one";
  co_return error;
}

asio::awaitable<void> listener::run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  began_ = std::chrono::steady_clock::now();
  say_listening();
  if (!where_.broker.empty())
    asio::co_spawn(
        runner_.executor(), [this]() { return look_around(); }, asio::detached);
  while (runner_.interrupted() == tools::interruption::none) {
    auto [error, accepted] = co_await acceptor_.async_accept(as_values);
    if (runner_.interrupted() != tools::interruption::none) co_return;
    if (error) continue;  // the connection is gone again
    admit(std::move(accepted));
    if (settings_.listen.once && count_ != 0) break;
  }
  std::error_code ignored;
  acceptor_.close(ignored);
  first_ended_.expires_at(asio::steady_timer::time_point::max());
  if (!has_ended_one_) co_await first_ended_.async_wait(as_values);
}

void listener::admit(socket accepted) {
  std::error_code error;
  const ip::tcp::endpoint from = accepted.remote_endpoint(error);
  if (error) return;
  if (open_.size() >= most_connections) {
    if (!is_full_) {
      event made(event_kind::full);
      made.keep("connections", static_cast<std::int64_t>(most_connections));
      made.say(words(N_("{count} connections at once; further ones are closed"),
                     {{"count", std::to_string(most_connections)}}));
      heard_.tell(0, made, instant::now());
      printer_.flush();
    }
    is_full_ = true;
    return;
  }
  is_full_ = false;
  const std::uint64_t number = ++count_;
  auto connection = std::make_shared<listen_connection>(std::move(accepted), number);
  connection->client.set_option(ip::tcp::no_delay(true), error);
  open_.emplace(number, connection);
  arrival arrived;
  arrived.number = number;
  arrived.name = text_of_end(from.address(), from.port());
  arrived.address = plain_address(from.address()).to_string();
  arrived.where = where_;
  heard_.opened(arrived, instant::now());
  printer_.flush();
  asio::co_spawn(
      runner_.executor(), [this, connection]() { return serve(connection); }, asio::detached);
}

asio::awaitable<void> listener::serve(std::shared_ptr<listen_connection> connection) {
  if (where_.broker.empty()) {
    co_await stand_in(connection);
    co_return;
  }
  const std::error_code error = co_await reach_broker(connection);
  if (connection->is_over) co_return;
  if (error) {
    const char* const known = connect_words(error);
    const std::string why = known != nullptr ? known : shown(error.message());
    heard_.forward_failed(connection->number, why, instant::now());
    co_await stand_in(connection);
    co_return;
  }
  asio::co_spawn(
      runner_.executor(), [this, connection]() { return pump(connection, side::broker); },
      asio::detached);
  co_await pump(connection, side::client);
}

asio::awaitable<std::error_code> listener::reach_broker(
    std::shared_ptr<listen_connection> connection) {
  std::error_code result = asio::error::host_not_found;
  for (const ip::tcp::endpoint& at : broker_) {
    close_now(connection->broker);
    connection->broker.open(at.protocol(), result);
    if (result) continue;
    connection->is_late = false;
    connection->expect_within(connect_limit, [connection] {
      connection->is_late = true;
      close_now(connection->broker);
    });
    auto [error] = co_await connection->broker.async_connect(at, as_values);
    connection->relax();
    result = connection->is_late ? std::error_code(asio::error::timed_out) : error;
    if (connection->is_over) co_return result;
    if (result) continue;
    std::error_code ignored;
    connection->broker.set_option(ip::tcp::no_delay(true), ignored);
    co_return result;
  }
  co_return result;
}

/// Stands in for a broker: answers what is needed to see more, and closes.
asio::awaitable<void> listener::stand_in(std::shared_ptr<listen_connection> connection) {
  std::vector<std::byte> buffer(buffer_bytes);
  connection->is_late = false;
  connection->expect_within(most_silence, [connection] {
    connection->is_late = true;
    close_now(connection->client);
  });
  const char* how = N_("closed from here, nothing more is needed");
  // The tracker keeps the conversation until end().
  conversation& dialogue = *heard_.conversation_of(connection->number);
  while (!dialogue.is_told()) {
    auto [error, size] =
        co_await connection->client.async_read_some(asio::buffer(buffer), as_values);
    if (connection->is_over) co_return;
    if (error) {
      how = connection->is_late         ? N_("closed from here after a minute of waiting")
            : error == asio::error::eof ? N_("closed by the client")
                                        : N_("reset by the client");
      break;
    }
    heard_.sent(connection->number, side::client, bytes_view(buffer).first(size), instant::now());
    printer_.flush();
    const std::string answer = dialogue.take_answer();
    if (answer.empty()) continue;
    co_await asio::async_write(connection->client, asio::buffer(answer), as_values);
    if (connection->is_over) co_return;
  }
  end(*connection, how);
}

asio::awaitable<void> listener::pump(std::shared_ptr<listen_connection> connection, side from) {
  const side to = from == side::client ? side::broker : side::client;
  ip::tcp::socket& source = connection->of(from);
  ip::tcp::socket& sink = connection->of(to);
  std::vector<std::byte> buffer(buffer_bytes);
  for (;;) {
    auto [error, size] = co_await source.async_read_some(asio::buffer(buffer), as_values);
    if (connection->is_over) co_return;
    if (error && error != asio::error::eof) {
      // An RST is passed on as an RST.
      std::error_code ignored;
      sink.set_option(asio::socket_base::linger(true, 0), ignored);
      note_end(*connection, from);
      end(*connection,
          from == side::client ? N_("reset by the client") : N_("reset by the broker"));
      co_return;
    }
    if (error) break;
    // Bytes that went the other way before are decoded first, so that an answer comes after its
    // request. They are on their way, though the end of their write may not have been reported.
    decode(*connection, to);
    connection->passed_on[static_cast<int>(from)] = bytes_view(buffer).first(size);
    const asio::const_buffer whole(buffer.data(), size);
    if (to == side::client) {
      connection->writing_since = clock::now();
      connection->unwritten = size;
    }
    auto [refused, written] = co_await asio::async_write(sink, whole, as_values);
    if (to == side::client) connection->unwritten = 0;
    if (connection->is_over) co_return;
    decode(*connection, side::client);
    decode(*connection, side::broker);
    const instant now = instant::now();
    heard_.caught_up(connection->number, now);
    heard_.say_remarks(now);
    printer_.flush();
    if (refused) {  // its last bytes come in the other direction
      end_direction(connection, to);
      co_return;
    }
  }
  std::error_code ignored;
  sink.shutdown(asio::socket_base::shutdown_send, ignored);
  end_direction(connection, from);
}

/// Ends one direction after `who` closed. The other may go on, but not for ever: a client that
/// stays without its broker holds one of 64 places.
void listener::end_direction(const std::shared_ptr<listen_connection>& connection, side who) {
  note_end(*connection, who);
  if (connection->how != nullptr) return end(*connection, connection->how);
  connection_summary& summary = heard_.conversation_of(connection->number)->summary();
  const bool is_orderly = summary.said_goodbye;  // after DISCONNECT either side may close first
  connection->how = is_orderly            ? N_("ended with DISCONNECT")
                    : who == side::client ? N_("closed by the client")
                                          : N_("closed by the broker");
  if (who == side::client) return;
  summary.broker_closed = !is_orderly;
  summary.is_brief = clock::now() - connection->began < connection_summary::brief;
  connection->expect_within(goodbye_limit,
                            [this, connection] { end(*connection, connection->how); });
}

/// Tells the monitor of the end, after the bytes sent before it; at most one side has any left.
void listener::note_end(listen_connection& connection, side who) {
  decode(connection, side::client);
  decode(connection, side::broker);
  heard_.left(connection.number, who, instant::now());
}

void listener::decode(listen_connection& connection, side from) {
  const bytes_view bytes =
      std::exchange(connection.passed_on[static_cast<int>(from)], bytes_view());
  heard_.sent(connection.number, from, bytes, instant::now());
}

void listener::end(listen_connection& connection, const char* how) {
  if (connection.is_over) return;
  decode(connection, side::client);
  decode(connection, side::broker);
  connection.is_over = true;
  heard_.over(connection.number, how, instant::now());
  printer_.flush();
  connection.close();
  has_ended_one_ = true;
  open_.erase(connection.number);  // only its coroutines may still hold it
  first_ended_.cancel();
}

asio::awaitable<void> listener::look_around() {
  for (;;) {
    next_look_.expires_after(look_interval);
    auto [error] = co_await next_look_.async_wait(as_values);
    if (error) co_return;
    const instant now = instant::now();
    for (const auto& [number, connection] : open_) note_unread(*connection, now);
    heard_.look(now);
    printer_.flush();
  }
}

/// Bytes for a client that does not read: in this program, in its socket's queue and behind it.
void listener::note_unread(listen_connection& connection, const instant& now) {
  std::size_t waiting = connection.unwritten;
  if (waiting != 0) {
    int bytes = 0;
    if (::ioctl(connection.client.native_handle(), SIOCOUTQ, &bytes) == 0)
      waiting += static_cast<std::size_t>(bytes);
    std::error_code error;
    waiting += connection.broker.available(error);
  }
  heard_.waits(connection.number, waiting, connection.writing_since, now);
}

bool listener::conclude() {
  next_look_.cancel();
  const instant now = instant::now();
  for (const auto& [number, connection] : open_) {
    note_unread(*connection, now);
    decode(*connection, side::client);
    decode(*connection, side::broker);
  }
  const bool somebody_came = heard_.conclude(N_("still open when listening ended"), now);
  for (const auto& [number, connection] : open_) {
    connection->is_over = true;
    connection->close();
  }
  open_.clear();
  if (!somebody_came) {
    const auto waited = std::chrono::steady_clock::now() - began_;
    const std::string time = tools::rough_text(std::chrono::duration<double>(waited).count());
    const sentence verdict = nobody_came(where_, time);
    event said(event_kind::verdict);
    said.keep("id", "nobody-came").keep_sentence(say(verdict));
    said.say(verdict);
    heard_.tell(0, said, now);
  }
  printer_.flush();
  return somebody_came;
}

void listener::say_listening() {
  std::error_code ignored;
  const ip::tcp::endpoint own = acceptor_.local_endpoint(ignored);
  const std::string at = text_of_end(own.address(), own.port());
  event made(event_kind::listening);
  made.keep("port", std::int64_t{where_.port}).keep("address", at).keep("forward", where_.broker);
  const bool is_all = settings_.listen.address.empty();
  const std::string port = std::to_string(where_.port);
  made.say(is_all ? words(N_("listening on port {port}, all addresses"), {{"port", port}})
                  : words(N_("listening on {address}"), {{"address", at}}));
  if (where_.broker.empty()) {
    made.say(N_("in place of the broker"));
  } else {
    made.say(words(N_("in front of {broker}"), {{"broker", where_.broker}}));
  }
  made.say(N_("Ctrl-C ends it"));
  heard_.tell(0, made, instant::now());
  printer_.flush();
}

}  // namespace mqttkit::doctor
