#include "mqtt-doctor/phone/screen.hpp"

#include <algorithm>

#include "common/columns.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

std::vector<std::string> broken(const std::vector<std::string>& text, std::size_t columns) {
  std::vector<std::string> out;
  for (const std::string& paragraph : text) {
    const std::string whole = tools::wrapped(paragraph, columns);
    for (std::size_t at = 0; at <= whole.size();) {
      const std::size_t end = std::min(whole.find('\n', at), whole.size());
      out.push_back(whole.substr(at, end - at));
      at = end + 1;
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// A border as wide as the standard wants, or as the terminal allows.
qr_style style_for(const qr_code& code, const report_style& how, std::size_t rows) {
  qr_style style;
  style.utf8 = how.utf8;
  style.colour = how.colour;
  constexpr std::size_t wanted = 4, enough = 2, least = 1;
  const auto fits = [&](std::size_t border) {
    const std::size_t modules = code.size() + 2 * border;
    return (how.utf8 ? (modules + 1) / 2 : modules) < rows;
  };
  style.border = static_cast<int>(fits(wanted) && how.utf8 ? wanted
                                  : fits(enough)           ? enough
                                                           : least);
  return style;
}

}  // namespace

std::string code_page(std::string_view url, const std::vector<std::string>& text,
                      const report_style& how, std::size_t rows) {
  const std::size_t columns = how.columns == 0 ? screen_columns : how.columns;
  const qr_code code(for_small_code(url));
  if (code.empty()) return joined(broken(text, columns));
  const qr_style style = style_for(code, how, rows == 0 ? screen_lines : rows);
  const std::vector<std::string> picture = lines_of(code, style);
  const std::size_t width = columns_of(code, style);
  constexpr std::size_t gap = 2, narrowest = 28;
  // The cursor's line below the code takes a line of the window too.
  const bool is_cut = rows != 0 && picture.size() >= rows;
  if (width > columns || is_cut) {
    std::vector<std::string> all = text;
    all.push_back(say(words(
        N_("The code has {lines} lines of {columns} characters, and this "
           "window is smaller: make it larger and start again, or type the "
           "address."),
        {{"lines", std::to_string(picture.size() + 1)}, {"columns", std::to_string(width)}})));
    return joined(broken(all, columns)) + (width > columns ? "" : joined(picture));
  }
  if (width + gap + narrowest > columns) return joined(broken(text, columns)) + joined(picture);
  const std::vector<std::string> beside = broken(text, columns - width - gap);
  std::string out;
  for (std::size_t i = 0; i < std::max(picture.size(), beside.size()); ++i) {
    std::string line = i < picture.size() ? picture[i] : std::string(width, ' ');
    if (i < beside.size() && !beside[i].empty()) line += std::string(gap, ' ') + beside[i];
    out += line + "\n";
  }
  return out;
}

sentence words_of(const phone_step_fact& step) {
  const std::string port = std::to_string(step.port);
  places with{{"port", port},
              {"kind", step.kind},
              {"outcome", step.outcome},
              {"step", step.step},
              {"time", time_text(step.ms)},
              {"detail", step.detail},
              {"version", step.version},
              {"path", step.path},
              {"code", std::to_string(step.code)},
              {"count", std::to_string(step.count)}};
  const bool is_good = step.outcome == phone_outcome::ok;
  const bool is_skipped = step.outcome == phone_outcome::skipped;
  switch (step.step.value()) {
    case phone_step::page:
      return words(N_("the page is on the phone"));
    case phone_step::fetch:
      return is_good ? words(N_("port {port} answers in HTTP ({time})"), with)
                     : words(N_("port {port} by http: {outcome} ({time})"), with);
    case phone_step::tls:
      return is_good ? words(N_("port {port}: the phone trusts the certificate ({time})"), with)
                     : words(N_("port {port} by https: {outcome} ({time})"), with);
    case phone_step::websocket:
      return is_good ? words(N_("port {port}: WebSocket is open at {path} ({time})"), with)
                     : words(N_("port {port}, WebSocket at {path}: {outcome} ({time})"), with);
    case phone_step::connect:
    case phone_step::login:
      if (is_good)
        return step.user
                   ? words(N_("port {port}: the broker lets the phone in with its user name, MQTT "
                              "{version} ({time})"),
                           with)
                   : words(N_("port {port}: the broker lets the phone in without a user name, "
                              "MQTT {version} ({time})"),
                           with);
      if (step.code > 0)
        return words(N_("port {port}: the broker refuses the login with code {code}, MQTT "
                        "{version}"),
                     with);
      if (is_skipped) return words(N_("the login waits for somebody to type it on the phone"));
      return words(N_("port {port}, CONNECT of MQTT {version}: {outcome} ({time})"), with);
    case phone_step::subscribe:
      return words(N_("port {port}, SUBSCRIBE: {outcome}"), with);
    case phone_step::publish:
      return words(N_("port {port}, PUBLISH: {outcome}"), with);
    case phone_step::round_trip:
      return is_good
                 ? words(N_("port {port}: a message went to the broker and back in {time}"), with)
                 : words(N_("port {port}, a message and its way back: {outcome}"), with);
    case phone_step::keep_alive:
      return is_good ? words(N_("port {port}: the connection stood all the while"), with)
                     : words(N_("port {port}: the connection was lost {count} times"), with);
    case phone_step::done:
      return words(N_("the phone has tried everything"));
    case phone_step::none:
      break;
  }
  return words(N_("{step}: {outcome}"), with);
}

sentence words_of(const port_sight& sight) {
  const places with{{"address", sight.address}, {"port", std::to_string(sight.port)}};
  switch (sight.arrival) {
    case phone_arrival::stood:
      return words(N_("{address} reaches port {port}: the connection stands"), with);
    case phone_arrival::refused:
      return words(N_("{address} reaches this machine, and port {port} is refused here"), with);
    case phone_arrival::half_open:
      return words(N_("{address} reaches port {port}, and the answer does not come back to it"),
                   with);
    case phone_arrival::unanswered:
      return words(N_("{address} reaches this machine at port {port}, and nothing answers"), with);
    case phone_arrival::absent:
    case phone_arrival::none:
      break;
  }
  return {};
}

sentence network_words(const std::string& address, bool is_own) {
  const places with{{"address", address}};
  const address_class kind = class_of(address);
  if (is_own || kind == address_class::loopback)
    return words(N_("{address} is this machine itself: no phone"), with);
  switch (kind) {
    case address_class::private_use:
      return words(N_("{address} is an address of this network: the phone is in the same Wi-Fi, "
                      "or behind the same router"),
                   with);
    case address_class::shared:
      return words(N_("{address} is an address inside a carrier's network (RFC 6598)"), with);
    default:
      break;
  }
  if (is_v6_text(address)) return words(N_("the phone comes by IPv6"), with);
  return words(N_("{address} is a public address: mobile data, or the router of the phone's "
                  "Wi-Fi, translates for it"),
               with);
}

sentence words_of_visitor(const std::string& address, const std::string& system,
                          const std::string& browser) {
  const places with{{"address", address}, {"system", system}, {"browser", browser}};
  if (system.empty() && browser.empty())
    return words(N_("the page was asked for by {address}; its browser does not say what it is"),
                 with);
  if (system.empty()) return words(N_("the page was asked for by {address} ({browser})"), with);
  if (browser.empty()) return words(N_("the page was asked for by {address} ({system})"), with);
  return words(N_("the page was asked for by {address} ({system}, {browser})"), with);
}

firewall_commands commands_for_page(const facts& server, std::uint16_t page_port) {
  if (!server.host) return {};
  const std::string port = std::to_string(page_port);
  for (const firewall_fact& wall : server.host->firewall) {
    const bool is_shut = wall.port == page_port && !wall.is_own && !wall.is_reply &&
                         wall.verdict != firewall_verdict::accept &&
                         wall.verdict != firewall_verdict::unknown && !wall.verdict.empty();
    if (!is_shut) continue;
    switch (wall.tool.value()) {
      case firewall_tool::ufw:
        return {"sudo ufw allow " + port + "/tcp", "sudo ufw delete allow " + port + "/tcp"};
      case firewall_tool::firewalld: {
        const std::string zone = wall.zone.empty() ? "" : "--zone=" + shell_word(wall.zone) + " ";
        // Without --permanent a restart closes the port, even if the user forgets to.
        return {"sudo firewall-cmd " + zone + "--add-port=" + port + "/tcp",
                "sudo firewall-cmd " + zone + "--remove-port=" + port + "/tcp"};
      }
      case firewall_tool::nft: {
        const std::string chain = nft_chain(wall.chain);
        return {"sudo nft insert rule " + chain + " tcp dport " + port +
                    " accept comment mqtt-doctor-page",
                "sudo nft delete rule " + chain + " handle $(sudo nft -a list chain " + chain +
                    " | sed -n 's/.*\"mqtt-doctor-page\" # handle //p')"};
      }
      case firewall_tool::iptables: {
        const std::string program =
            wall.family == ip_family::v6 ? "sudo ip6tables -" : "sudo iptables -";
        const std::string rule = " INPUT -p tcp --dport " + port + " -j ACCEPT";
        return {program + "I" + rule, program + "D" + rule};
      }
      case firewall_tool::docker:
      case firewall_tool::nobody:
      case firewall_tool::none:
        return {};
    }
  }
  return {};
}

}  // namespace mqttkit::doctor
