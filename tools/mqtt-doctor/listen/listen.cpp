#include "mqtt-doctor/listen/listen.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>

#include "common/exit_code.hpp"
#include "io/runner.hpp"
#include "mqtt-doctor/listen/datagram_listener.hpp"
#include "mqtt-doctor/listen/listener.hpp"
#include "mqtt-doctor/probes/host/files.hpp"
#include "mqtt-doctor/probes/host/sockets.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

/// The program that holds the port, "mosquitto (process 812)"; "" when it cannot be seen.
std::string holder_of(int port) {
  host_facts host;
  look_at_sockets(machine_files(""), host);
  for (const listener_fact& listener : host.listeners) {
    if (listener.port != port || listener.process.empty()) continue;
    return shown(listener.process) + " (" + std::to_string(listener.pid) + ")";
  }
  return {};
}

/// The next port without a listener, as far as can be seen.
int free_port_after(int port) {
  constexpr int last = 65'535, most_tries = 100;
  constexpr int usual = 1883;
  host_facts host;
  look_at_sockets(machine_files(""), host);
  for (int next = port + 1; next <= last && next <= port + most_tries; ++next) {
    const bool is_taken =
        std::any_of(host.listeners.begin(), host.listeners.end(),
                    [&](const listener_fact& listener) { return listener.port == next; });
    if (!is_taken) return next;
  }
  return port < last ? port + 1 : usual;
}

/// Why listening failed, with the next step.
sentence cannot_listen(const tools::listen_settings& listen, const std::error_code& error) {
  const std::string port = std::to_string(listen.port);
  const std::string next = std::to_string(free_port_after(listen.port));
  if (error == asio::error::address_in_use && listen.is_sn)
    return words(N_("UDP port {port} is taken by another program (sudo ss -lunp shows it); stop it "
                    "for the time, or stand in front of it: mqtt-doctor listen {next} --forward "
                    "mqtt-sn://localhost:{port}"),
                 {{"port", port}, {"next", next}});
  if (error == asio::error::address_in_use) {
    const std::string holder = holder_of(listen.port);
    const char* const sentence =
        holder.empty() ? N_("port {port} is taken by another program; stop it for the time (sudo "
                            "ss -ltnp shows it), or stand in front of it: mqtt-doctor listen "
                            "{next} --forward localhost:{port}")
                       : N_("port {port} is taken by {holder}; stop it for the time, or stand in "
                            "front of it: mqtt-doctor listen {next} --forward localhost:{port}");
    return words(sentence, {{"port", port}, {"holder", holder}, {"next", next}});
  }
  if (error == asio::error::access_denied)
    return words(N_("ports below 1024 need root: sudo mqtt-doctor listen {port}"),
                 {{"port", port}});
  if (error.value() == EADDRNOTAVAIL)
    return words(N_("{address} is no address of this machine; leave it out, or see ip addr"),
                 {{"address", listen.address}});
  return words(N_("port {port} cannot be listened on: {what}"),
               {{"port", port}, {"what", error.message()}});
}

/// @param Listener  for TCP or for UDP
template <class Listener>
int listen_with(const tools::doctor_settings& settings, const tools::stderr_log& log) {
  tools::runner runner;
  Listener here(settings, runner);
  if (const std::error_code error = here.open()) {
    log.say(say(cannot_listen(settings.listen, error)));
    return static_cast<int>(exit_code::failed);
  }
  const auto work = [&]() -> asio::awaitable<exit_code> {
    std::string wrong;
    const std::error_code error = co_await here.find_broker(wrong);
    if (error) {
      log.say(
          say(words(N_("--forward: {host} is not found: {what}"),
                    {{"host", shown(settings.listen.forward_host)}, {"what", error.message()}})));
      co_return exit_code::name_not_found;
    }
    if (!wrong.empty()) {
      log.say(wrong);
      co_return exit_code::usage;
    }
    if (settings.listen.limit.count() != 0)
      runner.interrupt_after(settings.listen.limit, tools::interruption::timeout);
    co_await here.run();
    co_await here.finish_output();  // leave room for the last sentences
    const bool somebody_came = here.conclude();
    co_await here.finish_output();
    if (runner.interrupted() == tools::interruption::sigint) co_return exit_code::interrupted;
    if (runner.interrupted() == tools::interruption::sigterm) co_return exit_code::terminated;
    if (here.output_failed()) co_return exit_code::output_failed;
    co_return somebody_came ? exit_code::done : exit_code::timeout;
  };
  return static_cast<int>(runner.run(work));
}

}  // namespace

int listen(const tools::doctor_settings& settings, const tools::stderr_log& log) {
  choose_language(settings.language);
  return settings.listen.is_sn ? listen_with<datagram_listener>(settings, log)
                               : listen_with<listener>(settings, log);
}

}  // namespace mqttkit::doctor
