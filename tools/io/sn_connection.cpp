#include "io/sn_connection.hpp"

#include <asio/error.hpp>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "io/sn_words.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// 15 s until a gateway counts as lost, as for a connection over TCP. §7.2 recommends 10 s for each
// try, but here a person waits, and the networks between these programs and a gateway are faster.
constexpr auto retry_time = 3s;
constexpr unsigned retries = 4;

}  // namespace

sn::client_options sn_options_from(const client_options& from) {
  sn::client_options made;
  made.dial.host = from.dial.host;
  made.dial.port = from.dial.port;
  made.dial.bind_address = from.dial.bind_address;
  made.dial.addresses = from.dial.addresses;
  made.session.client_id = from.session.client_id;
  made.session.clean_session = from.session.clean_start;
  made.session.keep_alive = from.session.keep_alive;
  made.session.retry_time = retry_time;
  made.session.retries = retries;
  if (from.session.will) {
    made.session.will.emplace();
    made.session.will->topic = from.session.will->topic;
    made.session.will->payload = from.session.will->payload;
    made.session.will->qos = static_cast<sn::qos_level>(from.session.will->qos);
    made.session.will->retain = from.session.will->retain;
  }
  return made;
}

sn_connection::sn_connection(const asio::any_io_executor& executor, sn::client_options options,
                             const stderr_log& log, bool debug)
    : log_(log),
      events_(log.form(), host_and_port(options.dial.host, options.dial.port), log),
      debug_(debug),
      client_(executor, std::move(options), this) {
  if (!debug) return;
  client_.protocol().set_trace([this](bool outgoing, bytes_view datagram) {
    log_.say((outgoing ? "sending " : "received ") + describe_datagram(datagram));
  });
}

asio::awaitable<failure> sn_connection::connect(std::chrono::milliseconds each,
                                                std::chrono::milliseconds limit) {
  constexpr auto pause = 500ms;  // between attempts where nobody listens, which is known at once
  const auto give_up_at = sn::client::now() + limit;
  for (;;) {
    failure why;
    if (sn::is_group(client_.dial().host)) why = co_await search();
    if (!why) why = co_await client_.connect(each);
    if (!why && !std::exchange(was_up_, true))
      events_.connected_to_gateway(client_.link().peer(), client_.protocol().options().client_id);
    const bool is_refused = why.error == make_error_code(sn::errc::not_accepted) &&
                            why.reason != static_cast<std::uint8_t>(sn::return_code::congestion);
    const bool may_mend = why && !is_refused && why.at != stage::set_up &&
                          why.error != asio::error::operation_aborted;
    if (!may_mend || sn::client::now() + pause >= give_up_at) co_return why;
    const auto until = sn::client::now() + pause;
    std::error_code error;
    while (!error && sn::client::now() < until) error = co_await client_.link().wait(until);
    if (error == asio::error::operation_aborted) co_return failure(why.at, why.subject, error);
  }
}

void sn_connection::lost(const failure& why) {
  if (events_.is_json()) return events_.lost(describe_sn(why));
  log_.say(describe_sn(why) + "; reconnecting");
}

void sn_connection::returned(std::chrono::nanoseconds gap) {
  if (events_.is_json()) return events_.reconnected(gap, std::nullopt);
  log_.say("reconnected after " + duration_text(gap));
}

// Whoever answers first is the gateway from then on.
asio::awaitable<failure> sn_connection::search() {
  constexpr auto patience = 10s;
  const udp_options& at = client_.dial();
  if (debug_) log_.say("searching for a gateway at " + at.host + " ...");
  sn::found_gateway found = co_await sn::find_gateway(at, patience);
  if (found.why) co_return found.why;
  if (debug_)
    log_.say("gateway " + std::to_string(found.answer.id) + " answered from " +
             printable(found.answer.from));
  client_.set_peer(found.host, found.port);
  co_return failure();
}

void sn_connection::step_begins(stage at, std::string_view subject) {
  if (debug_) log_.say(std::string(to_string(at)) + " " + printable(subject) + " ...");
}

void sn_connection::step_ended(const step_report& report) {
  if (!debug_) return;
  std::string line = std::string(to_string(report.at)) + " " + printable(report.subject) + ": ";
  line += report.error ? report.error.message() : "done";
  if (!report.detail.empty()) line += ", " + printable(report.detail);
  log_.say(line + " (" + duration_text(report.took) + ")");
}

}  // namespace mqttkit::tools
