// What is settled before there is a phone: which host and port it has to dial, what this machine
// sees of the broker there, and what the page is to try.
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

  /// Both live as long as this.
  first_look(const examination& about, const tools::doctor_settings& settings, printer print)
      : about_(about), settings_(settings), print_(std::move(print)) {}

  /// What the app on the phone has as its host: as typed, as this machine can tell, or as somebody
  /// answers. False, with the reason on stderr, when nobody knows.
  bool choose_host(const tools::stderr_log& log);
  /// Looks at the broker.
  /// @param page_port        where the page is
  /// @param forward_address  of the broker behind that port; "" without --forward
  void look(std::uint16_t page_port, const std::string& forward_address);
  /// The same once more: what is seen of a broker that may have been mended meanwhile.
  void look_again();
  /// Fills in what the page is to try. `token` and `seconds` are the caller's.
  void fill(phone_plan& plan) const;

  const std::string& host() const noexcept { return host_; }
  const std::string& page_host() const noexcept { return page_host_; }
  const facts& here() const noexcept { return here_; }
  const name_facts& name() const noexcept { return name_; }
  /// What the host leads to; itself where nothing is known.
  std::string dialled_address() const {
    return name_.addresses.empty() ? host_ : name_.addresses.front();
  }
  const std::set<std::string>& own_addresses() const noexcept { return own_; }
  const door_commands& page_door() const noexcept { return page_door_; }
  /// The broker runs on this machine.
  bool is_here() const noexcept { return is_here_; }
  /// The host leads every machine to itself.
  bool is_loopback_host() const;
  /// How to start again with an address that a phone can dial.
  std::string better_command() const;
  /// Of a port of this machine; open where another machine has the broker.
  door door_at(int port) const;

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
  examination here_about_;             // what the last look asked
  bool is_behind_ = false;             // the broker stands behind the page's port
  std::optional<host_facts> machine_;  // as it was before the look
  facts here_;
  name_facts name_;  // what the name leads to
  std::set<std::string> own_;
  std::vector<broker_listener> listeners_;
  door_commands page_door_;
  bool is_here_ = true;
};

/// "in the same Wi-Fi": an address of a network at home, which mobile data does not lead to.
bool is_private_host(const std::string& host);

}  // namespace mqttkit::doctor
