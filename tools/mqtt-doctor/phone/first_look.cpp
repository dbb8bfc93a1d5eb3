#include "mqtt-doctor/phone/first_look.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "cli/parser.hpp"
#include "common/terminal.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/options/target.hpp"
#include "mqtt-doctor/phone/public_address.hpp"
#include "mqtt-doctor/probes/host/host.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto name_limit = 2500ms;  // as in a look without a phone
constexpr std::size_t most_answer = 300;

/// Whether the kernel's list of sockets shows a broker on this machine.
bool has_broker(const facts& known) {
  if (!known.host) return false;
  if (!known.host->brokers.empty()) return true;
  return std::any_of(
      known.host->listeners.begin(), known.host->listeners.end(),
      [&](const listener_fact& listener) {
        return listener.port == known.asked.port ||
               (expected_scheme(listener.port) != scheme::none && listener.port != 443);
      });
}

address_guess guess_of(const host_facts& host) {
  facts here;
  here.local = look_at_this_machine();
  here.host = host;
  return guess_address(read_ssh_connection(ssh_connection()), default_route_address(), here);
}

}  // namespace

bool first_look::choose_host(const tools::stderr_log& log) {
  if (!settings_.typed.empty()) {
    host_ = about_.asked.host;
    return true;
  }
  machine_ = look_at_host(host_request());
  const address_guess guess = guess_of(*machine_);
  host_ = guess.address;
  if (!guess.must_ask) return true;
  if (!tools::is_terminal(STDIN_FILENO)) {
    log.say(say(guess.address.empty()
                    ? words(N_("phone: no address of this machine is known that a phone could "
                               "reach; name it: mqtt-doctor phone ADDRESS"))
                    : words(N_("phone: this machine has only {address}, which is not the address "
                               "that the phone uses; name that: mqtt-doctor phone ADDRESS"),
                            {{"address", guess.address}})));
    return false;
  }
  print_(say(words(N_("This machine knows itself as {address} only; a router or the cloud "
                      "translates for it."),
                   {{"address", guess.address.empty() ? "-" : guess.address}})) +
         "\n" + say(N_("Which address or name do you type on the phone? ")));
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  const tools::mended_host mended = tools::mend_host(answer.substr(0, most_answer), false);
  if (mended.host.empty() || mended.has_bad_port) {
    log.say(say(N_("phone: that is no name and no address")));
    return false;
  }
  host_ = mended.host;
  return true;
}

facts first_look::look_at(const examination& what) const {
  const facts_in_english plain;
  facts found = examine(what);
  found.program = tools::version_text(tools::program::doctor);
  found.program.resize(found.program.find('\n'));
  return found;
}

/// Chooses the likeliest listener when no port was named, and announces it.
void first_look::choose_listener(examination& here) {
  if (about_.asked.port != 0 || is_behind_) return;
  const facts_in_english plain;
  if (!machine_) machine_ = look_at_host(host_request());
  listeners_ = broker_listeners(*machine_, page_port_);
  // --ws and --tls ask for a scheme, whose listeners come first.
  const scheme wanted = about_.asked.scheme.value();
  if (wanted != scheme::none)
    std::stable_partition(listeners_.begin(), listeners_.end(),
                          [&](const broker_listener& listener) { return listener.by == wanted; });
  for (const broker_listener& listener : listeners_) {
    if (here.listeners.size() < phone_plan::most_listeners)
      here.listeners.push_back({listener.port, listener.by});
  }
}

void first_look::look(std::uint16_t page_port, const std::string& forward_address) {
  page_port_ = page_port;
  forward_address_ = forward_address;
  print_(say(words(N_("Looking at the broker as this machine sees it ..."))) + "\n");
  examination here = about_;
  here.asked.typed = here.asked.host = here.to.host = host_;
  name_ = look_up_name(host_, name_limit, asked_family::none);
  const local_facts local = look_at_this_machine();
  std::string own;
  for (const std::string& address : name_.addresses) {
    if (is_own_address(local, address) && own.empty()) own = address;
  }
  const bool is_ours = !own.empty() || settings_.typed.empty() || settings_.on_broker;
  if (own.empty()) own = default_route_address();
  if (own.empty()) own = "127.0.0.1";
  here.addresses = {own};
  here.looks_at_host = here.asked.on_broker = true;
  here.firewall_ports = {page_port_};
  // The page's port is not served yet; with --forward the broker behind it will answer there.
  is_behind_ = !forward_address_.empty() && here.asked.port == page_port_;
  if (is_behind_) {
    here.asked.port = settings_.listen.forward_port;
    here.addresses = {forward_address_};
  }
  choose_listener(here);
  here_about_ = here;
  here_ = look_at(here);
  is_here_ = is_ours || has_broker(here_);
  if (!is_here_) {  // elsewhere: by name lookup
    here.addresses.clear();
    here.asked.port = about_.asked.port;
    here.looks_at_host = here.asked.on_broker = false;
    here.listeners.clear();
    listeners_.clear();
    here_about_ = here;
    here_ = look_at(here);
  }
  if (is_behind_) call_by_page_port(here_);
  if (!listeners_.empty()) here_.asked.port = listeners_.front().port;
  page_host_ = is_here_ ? host_ : default_route_address();
  for (const interface_fact& interface : here_.local.interfaces) own_.insert(interface.address);
  page_commands_ = commands_for_page(here_, page_port_);
  for (const sentence& told : {words_of_choice(listeners_, host_), words_of_inner(listeners_)}) {
    if (!told.empty()) print_(say(told) + "\n");
  }
}

void first_look::look_again() {
  const int chosen = here_.asked.port;
  here_ = look_at(here_about_);
  if (is_behind_) call_by_page_port(here_);
  here_.asked.port = chosen;
}

/// Adds to the facts the broker behind the page's port, at the port that others meet.
void first_look::call_by_page_port(facts& found) const {
  found.asked.port = page_port_;
  for (endpoint_facts& at : found.endpoints) {
    if (at.port != settings_.listen.forward_port) continue;
    at.port = page_port_;
    for (contact& each : at.contacts) each.port = page_port_;
  }
}

void first_look::fill(phone_plan& plan) const {
  plan.host = host_;
  plan.page_port = page_port_;
  plan.topic = about_.asked.topic;
  plan_from(here_, forward_address_.empty() ? page_port_ : 0, plan);
  if (forward_address_.empty()) return;
  // At the page's port the phone reaches the broker's listener behind it.
  phone_listener passed{page_port_, scheme::ws, false, "/mqtt"};
  bool is_known = false;
  for (const phone_listener& listener : plan.listeners) {
    if (listener.port != settings_.listen.forward_port || listener.is_unknown()) continue;
    passed = {page_port_, listener.scheme, listener.speaks_other, listener.path};
    is_known = true;
  }
  std::erase_if(plan.listeners, [&](const phone_listener& listener) {
    if (listener.port != page_port_) return false;
    if (!is_known && !listener.is_unknown()) passed = listener;
    return true;
  });
  plan.listeners.insert(plan.listeners.begin(), passed);
}

bool first_look::is_loopback_host() const {
  return !name_.addresses.empty() &&
         std::all_of(name_.addresses.begin(), name_.addresses.end(), [](const auto& address) {
           return is_loopback(address) || is_any_address(address);
         });
}

std::string first_look::better_command() const {
  const std::string address = guess_of(here_.host ? *here_.host : host_facts()).address;
  std::string host = address.empty() ? "ADDRESS" : address;
  if (about_.asked.port != 0)
    host = host_and_port(host, static_cast<unsigned>(about_.asked.port));
  else if (is_v6_text(host))
    host = bracketed(host);
  const std::string by = about_.asked.scheme.empty() || about_.asked.scheme == scheme::mqtt
                             ? std::string()
                             : about_.asked.scheme.word() + "://";
  return "mqtt-doctor phone " + by + host;
}

port_access first_look::access_at(int port) const {
  if (!is_here_ || !here_.host || port == page_port_) return port_access::open;
  return access_to_port(*here_.host, port);
}

bool is_private_host(const std::string& host) {
  return class_of(host) == address_class::private_use;
}

}  // namespace mqttkit::doctor
