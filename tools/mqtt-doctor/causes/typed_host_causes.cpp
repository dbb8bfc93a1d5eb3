#include "mqtt-doctor/causes/typed_host_causes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "common/edit_distance.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

bool is_unresolved(const view& known) {
  return !known.all.name.is_literal && known.all.name.addresses.empty() &&
         accepted(known) == nullptr;
}

bool has_dot(const std::string& host) { return host.find('.') != std::string::npos; }

std::vector<std::string> labels_of(const std::string& host) {
  std::vector<std::string> out(1);
  for (const char c : host) {
    if (c == '.')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

bool has_bad_label(const std::string& host) {
  std::vector<std::string> labels = labels_of(host);
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();  // the root
  return host.size() > 253 ||
         std::any_of(labels.begin(), labels.end(), [](const std::string& label) {
           return label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-';
         });
}

// ------------------------------------------------------------------------------ placeholders

enum class placeholder : std::uint8_t { none, variable, nothing, example };

/// "$HOST", "${HOST}", "{{ host }}", "%HOST%", "!secret host": what a program was to replace.
bool is_variable(std::string_view text) {
  const auto has = [text](std::string_view part) { return text.find(part) != text.npos; };
  return has("$") || has("{{") || has("}}") || text.starts_with("!secret") ||
         text.starts_with("!env") || (text.size() > 2 && text.front() == '%' && has("%"));
}

/// What programs write for a setting that is not there.
bool is_word_for_nothing(std::string_view text) {
  constexpr std::string_view words[] = {
      "undefined",       "null",         "none", "nil", "nan", "(null)",
      "[object object]", "objectobject", "false"};
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

bool is_all(const std::string& label, char c) {
  return !label.empty() && label.find_first_not_of(c) == std::string::npos;
}

/// "YOUR.MQTT.SERVER.IP", "mqtt_broker_address", "broker_ip": words for what is to stand there, one
/// of which no machine is called by.
bool is_made_of_field_names(const std::string& host) {
  constexpr std::string_view telling[] = {"address", "addr",      "here",    "hostname",
                                          "ip",      "ipaddress", "replace", "your"};
  constexpr std::string_view others[] = {"broker",    "domain", "enter", "host", "me",
                                         "mosquitto", "mqtt",   "my",    "name", "of",
                                         "put",       "server", "the",   "url",  "with"};
  const auto is_one_of = [](const auto& all, std::string_view word) {
    return std::find(std::begin(all), std::end(all), word) != std::end(all);
  };
  int words = 0;
  bool is_telling = false, is_all_known = true;
  std::string plain = host;
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == '-' || c == '_'; }, '.');
  for (const std::string& word : labels_of(plain)) {
    ++words;
    is_telling = is_telling || is_one_of(telling, word);
    is_all_known = is_all_known && (is_one_of(telling, word) || is_one_of(others, word));
  }
  return words > 1 && is_telling && is_all_known;
}

/// "<ip>", "YOUR_BROKER", "mqtt.yourdomain.com", "192.168.x.x", "xxxx.iot.eu-west-1.amazonaws.com".
bool is_from_example(std::string_view typed, const std::string& host) {
  const std::size_t less = typed.find('<');
  if (less != typed.npos && typed.find('>', less) != typed.npos) return true;
  const std::vector<std::string> labels = labels_of(host);
  const bool is_address_with_x =
      labels.size() == 4 && std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
        return !label.empty() && label.find_first_not_of("0123456789xX") == std::string::npos;
      });
  if (is_address_with_x && host.find_first_of("xX") != std::string::npos) return true;
  if (is_made_of_field_names(host)) return true;
  for (const std::string& label : labels) {
    if (label.size() >= 3 && is_all(label, 'x')) return true;
    if (label.starts_with("your-") || label.starts_with("your_")) return true;
    constexpr std::string_view things[] = {"yourdomain", "yourserver",  "yourbroker", "yourhost",
                                           "yourip",     "youraddress", "yoursite",   "yourname",
                                           "yourmqtt",   "mydomain",    "my-domain"};
    for (const std::string_view thing : things) {
      if (label.starts_with(thing)) return true;
    }
  }
  return false;
}

placeholder placeholder_in(const view& known) {
  if (!is_unresolved(known)) return placeholder::none;
  const std::string typed = lower(known.asked().typed);
  const std::string host = lower(known.host());
  if (is_variable(host) || is_variable(typed)) return placeholder::variable;
  if (is_word_for_nothing(host)) return placeholder::nothing;
  return is_from_example(typed, host) ? placeholder::example : placeholder::none;
}

maybe_finding unfilled_placeholder(const view& known, exclusions&) {
  const placeholder kind = placeholder_in(known);
  const places with{{"typed", known.asked().typed.empty() ? known.host() : known.asked().typed},
                    {"host", known.host()}};
  constexpr const char* id = "input-placeholder";
  switch (kind) {
    case placeholder::none:
      return {};
    case placeholder::variable:
      return made_finding(id, certainty::certain, strength::typed,
                          words(N_("\"{typed}\" is the name of a variable: nothing put its value "
                                   "there."),
                                with))
          .seen(words(N_("No name of a host has such characters.")))
          .in_app(words(N_("Write the host itself there; or set the variable for the program that "
                           "dials: export in the shell that starts it, environment: or .env for "
                           "docker compose, Environment= for systemd, secrets.yaml for Home "
                           "Assistant. Single quotes keep a shell from replacing it.")));
    case placeholder::nothing:
      return made_finding(id, certainty::certain, strength::typed,
                          words(N_("\"{host}\" is what a program writes for a setting that is not "
                                   "there: it was given no host."),
                                with))
          .seen(words(N_("No name server knows \"{host}\"."), with))
          .in_app(words(N_("Set the host in the app's settings, and look whether the setting is "
                           "spelled as the app expects it and whether the file is read that has "
                           "it.")));
    case placeholder::example:
      return made_finding(
                 id, certainty::certain, strength::typed,
                 words(N_("\"{typed}\" stands in examples for an address of your own."), with))
          .seen(words(N_("No name server knows \"{host}\"."), with))
          .in_app(words(N_("Enter the address of your broker. On its machine this shows it:")))
          .look(words(N_("On the broker's machine:")), "hostname -I");
  }
  return {};
}

// ------------------------------------------------------------------------- what is no host at all

/// "b8:27:eb:12:34:56", "b8-27-eb-12-34-56": the address of a network card.
bool is_hardware_address(const std::string& host) {
  if (host.size() != 17) return false;
  const char between = host[2];
  if (between != ':' && between != '-') return false;
  for (std::size_t i = 0; i < host.size(); ++i) {
    const bool is_right =
        i % 3 == 2 ? host[i] == between : std::isxdigit(static_cast<unsigned char>(host[i])) != 0;
    if (!is_right) return false;
  }
  return true;
}

bool is_like_v6(const std::string& host) { return std::count(host.begin(), host.end(), ':') >= 2; }

/// The characters that no host name has, each once; letters of other alphabets are fine.
std::string foreign_characters(const std::string& host) {
  std::string out;
  for (const char c : host) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_fine =
        byte >= 0x80 || std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_';
    if (!is_fine && out.find(c) == std::string::npos) out.append(out.empty() ? "" : " ") += c;
  }
  return out;
}

bool is_of_numbers(const std::string& host) {
  return host.find_first_not_of("0123456789.,;:_ ") == std::string::npos;
}

/// Whether the text can be no name, and other causes do not say it better.
bool is_no_name(const view& known) {
  const std::string& host = known.host();
  if (!is_unresolved(known) || host.empty() || is_of_numbers(host)) return false;
  return is_hardware_address(host) || is_like_v6(host) || !foreign_characters(host).empty() ||
         has_bad_label(host);
}

maybe_finding no_host_name(const view& known, exclusions&) {
  if (!is_no_name(known) || placeholder_in(known) != placeholder::none) return {};
  const std::string& host = known.host();
  const places with{{"host", host}, {"characters", foreign_characters(host)}};
  constexpr const char* id = "input-no-host-name";
  if (is_hardware_address(host)) {
    std::string low = lower(host);
    std::replace(low.begin(), low.end(), '-', ':');
    return made_finding(id, certainty::certain, strength::typed,
                        words(N_("{host} is the hardware address (MAC) of a network card; an app "
                                 "dials a name or an IP address."),
                              with))
        .seen(words(N_("Six pairs of hexadecimal digits are no host.")))
        .look(words(N_("This shows the IP address of that card, if it was met lately:")),
              "ip neigh | grep -i " + low, place::here)
        .in_app(words(N_("Enter that IP address; the router's list of devices shows it as well.")));
  }
  if (lower(host).starts_with("arn:")) {
    return made_finding(id, certainty::certain, strength::typed,
                        words(N_("{host} is the name of a resource in AWS, and no host."), with))
        .seen(words(N_("It begins with arn:, and no host name has colons.")))
        .look(words(N_("This names the host of the account:")),
              "aws iot describe-endpoint --endpoint-type iot:Data-ATS", place::console)
        .in_app(words(N_("Enter what that names as the host, with port 8883.")));
  }
  if (is_like_v6(host)) {
    return made_finding(id, certainty::certain, strength::typed,
                        words(N_("{host} is no IPv6 address: such a one has up to eight groups of "
                                 "hexadecimal digits (0-9, a-f) with colons between, and :: at one "
                                 "place at most."),
                              with))
        .seen(words(N_("No system takes it for an address, and no host name has colons.")))
        .in_app(words(N_("Copy the address anew; a port stands behind brackets: [ADDRESS]:1883.")));
  }
  if (!foreign_characters(host).empty()) {
    return made_finding(id, certainty::certain, strength::typed,
                        words(N_("No host is called \"{host}\": a name has letters, digits, dots "
                                 "and hyphens, and this one has {characters}"),
                              with))
        .seen(words(N_("No name server knows \"{host}\"."), with))
        .in_app(words(N_("Type the host by hand, and the port in its own field.")));
  }
  return made_finding(id, certainty::certain, strength::typed,
                      words(N_("No host is called \"{host}\": between two dots, before the first "
                               "and around a hyphen a name has letters or digits (1 to 63 in a "
                               "part)."),
                            with))
      .seen(words(N_("The system's lookup does not even ask for such a name.")))
      .in_app(words(N_("Check the spelling of the host.")));
}

maybe_finding login_in_host(const view& known, exclusions&) {
  const auto& slips = known.asked().mended;
  if (std::find(slips.begin(), slips.end(), host_slip::login_in_host) == slips.end()) return {};
  return made_finding("input-scheme-in-host", certainty::certain, strength::typed,
                      words(N_("User name and password stand before the host, as in a URL; the "
                               "host field takes the host alone.")))
      .seen(words(N_("What was typed has an @; an app looks the whole up as a name.")))
      .in_app(words(N_("Enter {host} as the host, user name and password in their own fields."),
                    {{"host", known.host()}}));
}

maybe_finding port_separator(const view& known, exclusions&) {
  const auto& slips = known.asked().mended;
  if (std::find(slips.begin(), slips.end(), host_slip::port_separator) == slips.end()) return {};
  const places with{{"typed", known.asked().typed},
                    {"host", known.host()},
                    {"port", std::to_string(known.asked().port)}};
  return made_finding("input-port-in-host", certainty::certain, strength::typed,
                      words(N_("In \"{typed}\" host and port are not parted by one colon: an app "
                               "takes the whole for a name."),
                            with))
      .seen(words(N_("Read here as host {host} and port {port}."), with))
      .in_app(words(N_("Enter {host} as the host and {port} as the port."), with));
}

// ----------------------------------------------------------- names of a network of their own

/// What containers call the machine that they run on.
bool is_container_gateway(const std::string& host) {
  return host == "host.docker.internal" || host == "gateway.docker.internal" ||
         host == "host.containers.internal" || host == "host.minikube.internal";
}

bool is_cluster_name(const std::string& host) {
  return host.ends_with(".svc.cluster.local") || host.ends_with(".svc") ||
         host.ends_with(".pod.cluster.local");
}

std::string replaced_underscores(std::string text) {
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

/// "core-mosquitto", "a0d7b954-emqx": an add-on of Home Assistant; "addon_core_mosquitto" is its
/// container. A company's own machines may be called core-NAME as well.
bool is_addon_name(const std::string& typed) {
  const std::string host = typed.starts_with("addon_") ? replaced_underscores(typed.substr(6))
                                                       : replaced_underscores(typed);
  constexpr std::string_view own[] = {
      "core-mosquitto", "core-ssh",           "core-samba",  "core-mariadb",
      "core-zwave-js",  "core-matter-server", "core-deconz", "core-configurator",
      "core-dnsmasq",   "supervisor",         "hassio"};
  if (std::find(std::begin(own), std::end(own), host) != std::end(own)) return true;
  const std::size_t hyphen = host.find('-');
  return hyphen == 8 && host.find_first_not_of("0123456789abcdef") == 8 && host.size() > 9;
}

std::string first_label(const std::string& host) { return host.substr(0, host.find('.')); }

constexpr std::string_view public_brokers[] = {
    "test.mosquitto.org",      "broker.hivemq.com",        "broker.emqx.io",
    "mqtt.eclipseprojects.io", "broker.mqttdashboard.com", "mqtt.flespi.io",
    "io.adafruit.com",         "broker-cn.emqx.io",        "mqtt.thingspeak.com",
    "mqtt3.thingspeak.com",    "public.mqtthq.com",        "public.cloud.shiftr.io",
};

}  // namespace

std::string near_name(const std::string& typed) {
  const std::string host = lower(typed);
  if (!has_dot(host)) {
    const std::size_t far = tools::edit_distance(host, "localhost");
    return far > 0 && far <= 2 ? "localhost" : std::string();
  }
  for (const std::string_view broker : public_brokers) {
    const std::size_t ending = broker.rfind('.');
    const bool has_other_ending = host.starts_with(broker.substr(0, ending + 1)) &&
                                  host.find('.', ending + 1) == std::string::npos;
    const std::size_t far = tools::edit_distance(host, broker);
    if (far > 0 && (far <= 2 || has_other_ending)) return std::string(broker);
  }
  constexpr std::pair<std::string_view, std::string_view> endings[] = {
      {"con", "com"},  {"cmo", "com"},  {"ocm", "com"}, {"vom", "com"}, {"xom", "com"},
      {"comm", "com"}, {"coom", "com"}, {"cpm", "com"}, {"nte", "net"}, {"ent", "net"},
      {"ogr", "org"},  {"rog", "org"},  {"orgg", "org"}};
  const std::size_t dot = host.rfind('.');
  for (const auto& [slip, meant] : endings) {
    if (std::string_view(host).substr(dot + 1) == slip)
      return host.substr(0, dot + 1) + std::string(meant);
  }
  return {};
}

bool is_name_for_examples(const std::string& typed) {
  std::string host = lower(typed);
  if (host.ends_with('.')) host.pop_back();
  for (const std::string_view domain : {"example.com", "example.net", "example.org"}) {
    if (host == domain || host.ends_with("." + std::string(domain))) return true;
  }
  return false;
}

std::string private_ending(const std::string& typed) {
  std::string host = lower(typed);
  if (host.ends_with('.')) host.pop_back();
  for (const std::string_view ending :
       {"lan", "home", "home.arpa", "fritz.box", "localdomain", "internal", "intranet", "intra",
        "corp", "private", "domain", "localnet", "workgroup", "speedport.ip", "ts.net"}) {
    if (host == ending || host.ends_with("." + std::string(ending))) return std::string(ending);
  }
  return {};
}

maybe_finding container_name(const view& known, exclusions&) {
  const std::string& host = known.host();
  if (!is_unresolved(known) || is_localhost(host) || is_no_name(known) ||
      placeholder_in(known) != placeholder::none)
    return {};
  const places with{{"host", host}, {"service", first_label(host)}};
  constexpr const char* id = "input-container-address";
  const auto made = [&](strength how, certainty how_sure, const char* text) {
    made_finding finding(id, how_sure, how, words(text, with));
    finding.seen(words(N_("No name server knows \"{host}\"."), with));
    return finding;
  };
  if (is_container_gateway(host)) {
    return made(strength::typed, certainty::certain,
                N_("{host} is a name that only containers know: for them it is the machine they "
                   "run on."))
        .in_app(words(N_("Outside of docker use the address of that machine.")))
        .mend(words(N_("Inside a container on Linux the name is there only with this in docker run "
                       "(in a compose file: extra_hosts): "
                       "--add-host host.docker.internal:host-gateway")),
              {}, place::server);
  }
  if (is_cluster_name(host)) {
    return made(strength::typed, certainty::certain,
                N_("{host} is the name of a service in Kubernetes: only pods of its cluster can "
                   "look it up."))
        .in_app(words(N_("Outside of the cluster use the address of a LoadBalancer, or a node's "
                         "address and the NodePort.")))
        .look(words(N_("This shows both:")),
              "kubectl get service --all-namespaces | grep " + shell_word(first_label(host)))
        .apart(words(N_("To try it from a machine that has kubectl, in the service's namespace:")),
               "kubectl port-forward service/" + shell_word(first_label(host)) + " 1883:1883");
  }
  if (has_dot(host) || !near_name(host).empty()) return {};
  const bool is_denied =
      std::any_of(known.all.name.questions.begin(), known.all.name.questions.end(),
                  [](const dns_fact& each) { return each.outcome == dns_outcome::answered; });
  const strength how = is_denied ? strength::proven : strength::leaning;
  if (is_addon_name(host)) {
    return made(how, certainty::likely,
                N_("{host} looks like the name of an add-on of Home Assistant, known to Home "
                   "Assistant and its add-ons only."))
        .in_app(words(N_("Everything else uses the address of the machine that Home Assistant runs "
                         "on, with port 1883 (the add-on's page must show that port).")));
  }
  return made(how, certainty::likely,
              N_("\"{host}\" has no dot: it looks like the name of a container or of a machine, "
                 "known only inside its own network."))
      .in_app(words(N_("Use the address of that machine, or its full name. For a container publish "
                       "the port (docker run -p 1883:1883) and use the address of the machine it "
                       "runs on.")))
      .apart(words(N_("Inside the same docker network the name resolves:")),
             "docker run --rm --network NETWORK busybox nslookup " + host);
}

bool is_placeholder(const view& known) { return placeholder_in(known) != placeholder::none; }

bool is_told_by_the_text(const view& known) {
  exclusions unused;
  return placeholder_in(known) != placeholder::none || is_no_name(known) ||
         container_name(known, unused);
}

namespace {

using tools::exit_code;

constexpr second_look looks[] = {
    {"input-scheme-in-host", login_in_host},
    {"input-port-in-host", port_separator},
    {"input-container-address", container_name},
};

constexpr cause_row rows[] = {
    {"input-placeholder",
     N_("a placeholder, or a variable without a value, where the host belongs"), layer::input,
     exit_code::usage, station::client, severity::problem, unfilled_placeholder},
    {"input-no-host-name", N_("a text that can be the name of no host"), layer::input,
     exit_code::usage, station::client, severity::problem, no_host_name},
};

}  // namespace

cause_table typed_host_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
