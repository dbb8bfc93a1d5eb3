#include "cli/subcommand.hpp"

#include "cli/translation.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::uint8_t doctor = static_cast<std::uint8_t>(program::doctor);

constexpr subcommand_row rows[] = {
    {subcommand::listen, doctor, "listen", "[ADDRESS:]PORT", option_id::listen_on,
     option_id::listen_on, option_group::listen,
     "ipv4 ipv6 verbose json lang blank-addresses symptom tls-keylog",
     N_("Show what reaches a port of this machine, in place of the broker or in front of it, "
        "decoded."),
     "listen 1884 --forward localhost:1883"},
    {subcommand::explain, doctor, "explain", "{FILE [FILE...] | --said TEXT}",
     option_id::explain_file, option_id::said, option_group::explain,
     "verbose json lang color ascii report blank-addresses symptom tls-keylog",
     N_("Explain what mqtt-doctor --json wrote, or a capture of tcpdump or Wireshark (pcap, "
        "pcapng), here\n"
        "or elsewhere, now or later. Several files (from the broker's machine, a laptop, a phone) "
        "are\n"
        "reasoned on together. With --said: what an app shows means, and what to run next."),
     "explain server.json laptop.json"},
    {subcommand::delivery, doctor, "delivery", "URL|HOST[:PORT]", option_id::target,
     option_id::target, option_group::delivery, "*",
     N_("Connected, and nothing arrives: send messages of each QoS through the broker and see what "
        "comes."),
     "delivery broker.example -t home/door --publish"},
    {subcommand::mend, doctor, "mend", "[URL|HOST[:PORT]]", option_id::target, option_id::target,
     option_group::mend, "*",
     N_("On the broker's own machine: show the first cure that can be carried out there, ask, keep "
        "a "
        "copy,\n"
        "do it, and look again. --undo is the way back."),
     "mend localhost"},
    {subcommand::check, doctor, "check", "{TARGET... | --targets FILE}", option_id::check_target,
     option_id::targets_file, option_group::check, "*",
     N_("Look at many brokers side by side, a line each, for a person, a script or a monitoring\n"
        "system. The exit status is that of the worst."),
     "check --targets brokers.txt --prometheus mqtt.prom"},
    {subcommand::phone, doctor, "phone", "[URL|HOST[:PORT]]", option_id::target, option_id::target,
     option_group::phone, "* for once forward",
     N_("On the broker's own machine: show a code for the phone's camera. What the phone's browser "
        "then\n"
        "finds on its way to the broker is reasoned on together with what is seen here. HOST is "
        "what the\n"
        "app on the phone has."),
     "phone broker.example"},
};

const subcommand_row* owner_of(option_group group) noexcept {
  for (const subcommand_row& row : rows)
    if (row.group == group) return &row;
  return nullptr;
}

}  // namespace

std::span<const subcommand_row> subcommand_rows() noexcept { return rows; }

const subcommand_row* find_subcommand(program which, std::string_view word) noexcept {
  for (const subcommand_row& row : rows)
    if ((row.programs & static_cast<std::uint8_t>(which)) != 0 && row.word == word) return &row;
  return nullptr;
}

bool goes_with(const subcommand_row* command, const option_row& row) noexcept {
  if (row.group == option_group::general) return true;
  const subcommand_row* const owner = owner_of(row.group);
  if (command == nullptr) return owner == nullptr;
  if (owner == command) return true;
  for (std::string_view names = command->borrowed; !names.empty();) {
    const std::string_view name = next_word(names);
    if (name == long_name(row) || (name == "*" && owner == nullptr)) return true;
  }
  return owner == nullptr && row.id == command->operand;
}

std::string misplaced(program which, const subcommand_row* command, std::string_view spelled,
                      const option_row& row) {
  std::string text(spelled);
  if (const subcommand_row* const owner = owner_of(row.group); owner != nullptr) {
    return text + " goes with " + std::string(owner->word) + ": " + std::string(name_of(which)) +
           " " + std::string(owner->word) + " " + std::string(owner->operands);
  }
  text += " has no meaning with ";
  return text + std::string(command->word);
}

}  // namespace mqttkit::tools
