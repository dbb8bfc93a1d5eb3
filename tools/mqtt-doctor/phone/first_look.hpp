// What is decided before the phone comes: the host and port for it to dial, what this machine sees
// of the broker there, and what the page has to try.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/phone/broker_choice.hpp"
#include "mqtt-doctor/phone/plan.hpp"
#include "mqtt-doctor/phone/screen.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

class first_look {
 public:
  using printer = std::function<void(const std::string&)>;

  /// The arguments must outlive this object.
  first_look(const examination& about, const tools::doctor_settings& settings, printer print)
      : about_(about), settings_(settings), print_(std::move(print)) {}

  /// Chooses the app's host: as typed, as this machine can tell, or as a person answers. False,
  /// with the reason on stderr, when nobody knows.
  bool choose_host(const tools::stderr_log& log);
  /// Examines the broker.
  /// @param page_port        the page's port
  /// @param forward_address  of the broker behind that port; "" without --forward
  void look(std::uint16_t page_port, const std::string& forward_address);
  /// Examines the broker again, which may have been mended meanwhile.
  void look_again();
  /// Fills in what the page has to try. The caller sets `token` and `seconds`.
  void fill(phone_plan& plan) const;

  const std::string& host() const noexcept { return host_; }
  const std::string& page_host() const noexcept { return page_host_; }
  const facts& here() const noexcept { return here_; }
  const name_facts& name() const noexcept { return name_; }
  /// The address the host leads to; the host itself where that is not known.
  std::string dialled_address() const {
    return name_.addresses.empty() ? host_ : name_.addresses.front();
  }
  const std::set<std::string>& own_addresses() const noexcept { return own_; }
  const firewall_commands& page_commands() const noexcept { return page_commands_; }
  /// Whether the broker runs on this machine.
  bool is_here() const noexcept { return is_here_; }
  /// Whether the host is a loopback address, so that each machine reaches itself by it.
  bool is_loopback_host() const;
  /// The command that starts anew with an address a phone can dial.
  std::string better_command() const;
  /// Whether others can reach a port of this machine; open when the broker is elsewhere.
  port_access access_at(int port) const;

 private:
  facts look_at(const examination& what) const;
  void choose_listener(examination& here);
  void call_by_page_port(facts& found) const;

  const examination& about_;
  const tools::doctor_settings& settings_;
  printer print_;
  std::string host_;
  std::string page_host_;
  std::string forward_address_;
  std::uint16_t page_port_ = 0;
  examination here_about_;             // of the last look
  bool is_behind_ = false;             // the broker is behind the page's port
  std::optional<host_facts> machine_;  // as it was before the look
  facts here_;
  name_facts name_;  // the host's addresses
  std::set<std::string> own_;
  std::vector<broker_listener> listeners_;
  firewall_commands page_commands_;
  bool is_here_ = true;
};

/// Whether the host is a private address, which a phone reaches by Wi-Fi and not by mobile data.
bool is_private_host(const std::string& host);

}  // namespace mqttkit::doctor
