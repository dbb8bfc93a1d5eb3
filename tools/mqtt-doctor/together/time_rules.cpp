// Rules about time: files are of different moments, and a change between may explain the failure.
#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/together/rules.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t to_the_second = std::string_view("2026-11-21T08:00:00").size();

/// A time in UTC, cut so that texts compare as times; "" when there is none.
std::string moment(const std::string& time) {
  return time.size() < to_the_second ? std::string() : time.substr(0, to_the_second);
}

std::string moment_of(const vantage& who) {
  return moment(who.known.started.empty() ? who.known.local.now : who.known.started);
}

std::optional<std::time_t> seconds_at(const std::string& time) {
  std::tm parts{};
  if (time.empty() || ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return {};
  return ::timegm(&parts);
}

bool is_later(const std::string& time, const std::string& than) {
  const std::string when = moment(time);
  return !when.empty() && !than.empty() && when > than;
}

/// The broker's start, when it is later than the client's look.
std::optional<sentence> new_start(const against_server& pair, const std::string& asked) {
  const process_fact* const broker = pair.own.process();
  if (broker == nullptr || !is_later(broker->started, asked)) return {};
  return told(
      pair.server,
      words(N_("{broker} (pid {pid}) runs since {time}; {vantage} was made before, at {now}."),
            {{"broker", broker->name},
             {"pid", std::to_string(broker->pid)},
             {"time", broker->started},
             {"vantage", pair.client.name},
             {"now", asked + "Z"}}));
}

std::optional<sentence> new_file(const against_server& pair, const std::string& file,
                                 const std::string& changed, const std::string& asked) {
  if (!is_later(changed, asked)) return {};
  return told(pair.server, words(N_("{file} was changed at {time}; {vantage} was made before, at "
                                    "{now}."),
                                 {{"file", file},
                                  {"time", changed},
                                  {"vantage", pair.client.name},
                                  {"now", asked + "Z"}}));
}

std::optional<sentence> new_certificate(const against_server& pair, const std::string& asked) {
  if (pair.own.block == nullptr || !pair.own.block->certificate) return {};
  const disk_certificate_fact& disk = *pair.own.block->certificate;
  return new_file(pair, disk.file, disk.modified, asked);
}

std::optional<sentence> new_password(const against_server& pair, const std::string& asked) {
  const login_check_fact* const check = pair.own.login_check();
  if (check == nullptr) return {};
  return new_file(pair, check->file, check->modified, asked);
}

/// Whether the login the client was refused is one that the broker accepts on its own machine.
bool is_same_login(const against_server& pair) {
  const contact* const client = pair.from_client.client();
  const contact* const yes = accepted(pair.at);
  if (client == nullptr || !client->mqtt || yes == nullptr) return false;
  if (client->mqtt->sent_user != yes->mqtt->sent_user) return false;
  return !yes->mqtt->sent_user ||
         pair.client.known.asked.user_name == pair.server.known.asked.user_name;
}

/// A change of the broker between the two looks, when it may be why the client failed then and
/// would not now.
std::optional<sentence> change_between(const against_server& pair) {
  // The server itself watched a phone or made a capture, so there is no time between.
  if (pair.client.known.phone || pair.client.known.capture) return {};
  const std::string asked = moment_of(pair.client);
  const contact* const client = pair.from_client.client();
  if (asked.empty() || client == nullptr) return {};
  switch (pair.client.failed_step()) {
    case step_name::port:
      if (client->connect.outcome != connect_outcome::refused || !pair.own.is_public()) return {};
      return new_start(pair, asked);
    case step_name::tls: {
      const certificate_fact* const before = leaf_of(pair.client);
      const certificate_fact* const now = leaf_of(pair.server);
      if (before == nullptr || now == nullptr || before->fingerprint == now->fingerprint) return {};
      if (auto certificate = new_certificate(pair, asked)) return certificate;
      return new_start(pair, asked);
    }
    case step_name::websocket:
      return accepted(pair.at) != nullptr ? new_start(pair, asked) : std::nullopt;
    case step_name::mqtt:
    case step_name::login: {
      if (!is_same_login(pair)) return {};
      if (auto password = new_password(pair, asked)) return password;
      return new_start(pair, asked);
    }
    default:
      return {};
  }
}

}  // namespace

bool weigh_times(const against_server& pair, notes out) {
  const auto change = change_between(pair);
  if (!change) return false;
  made_finding made(
      "input-file-outdated", certainty::likely, strength::measured,
      words(N_("{vantage} shows how it was before the broker was changed; what the server's file "
               "shows is newer, and lets such a connection in."),
            {{"vantage", pair.client.name}}));
  made.seen(fate_of(pair.client)).seen(*change);
  if (accepted(pair.at) != nullptr) made.seen(welcome_of(pair.server));
  made.look(words(N_("Ask again where {vantage} was made:"), {{"vantage", pair.client.name}}),
            doctor_command(pair.from_client) + " --json > " + shell_word(pair.client.name),
            place::here);
  finding whole = *std::optional<finding>(made);
  whole.cures.back().whose = pair.client.name;
  out.found.push_back(std::move(whole));
  return true;
}

std::optional<sentence> time_between(const vantage& place, const vantage& other) {
  const auto first = seconds_at(moment_of(place)), second = seconds_at(moment_of(other));
  if (!first || !second) return {};
  const double apart = std::abs(std::difftime(*first, *second));
  // A person who examines two machines in turn needs a while to go from one to the other.
  constexpr double while_s = 30 * 60;
  if (apart < while_s) return {};
  return words(N_("{vantage} and {other} were made {time} apart: what was changed in between, a "
                  "firewall say, looks like a difference of the places."),
               {{"vantage", place.name}, {"other", other.name}, {"time", time_text(apart * 1000)}});
}

}  // namespace mqttkit::doctor
