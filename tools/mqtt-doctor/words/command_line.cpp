#include "mqtt-doctor/words/command_line.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/words/language.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

// The sentences that tools/cli and our own options put together, the longer ones first: the first
// that fits is taken. What stands for {problem} and {hint} is a sentence as well.
constexpr std::array sentences{
    N_("unknown option {option}; {hint}"),
    N_("unknown option {option}"),
    N_("did you mean {option}?"),
    N_("it is an option of {program}"),
    N_("{option} takes no value"),
    N_("{option} needs a host, not an empty word"),
    N_("{option} needs {operands}, nothing follows it"),
    N_("{option} needs {operands}, not an empty word"),
    N_("{option} needs USER or USER:PASSWORD-FILE"),
    N_("{option} needs a port of this machine, not a URL; a broker named listen is written "
       "mqtt://listen"),
    N_("{option} takes one port"),
    N_("{option} takes one address"),
    N_("{one} and {other} exclude each other"),
    N_("{one} and {other} are two targets; a port goes with the host: {target}"),
    N_("{one} and {other} are two targets; did you mean {word}?"),
    N_("{one} and {other} are two targets; one at a time"),
    N_("{option} goes with {command}: {usage}"),
    N_("{option} has no meaning with {command}"),
    N_("{option} takes a host name; a URL goes after -L"),
    N_("{option}: a header is one line"),
    N_("{option}: its login goes with --as-publisher USER:PASSWORD-FILE"),
    N_("{option}: the key is written in hex digits, without 0x"),
    N_("-D: of use here are publish message-expiry-interval SECONDS and connect "
       "maximum-packet-size BYTES"),
    N_("--publish needs a topic without wildcards: name one with --sent-to TOPIC"),
    N_("--publish needs a topic without wildcards: -t {topic}"),
    N_("--sent-via needs -t TOPIC and --publish beside it"),
    N_("{option} needs -t FILTER beside it"),
    N_("{option} needs MQTT 5, and {other} asks for {version}"),
    N_("mend asks before it changes anything, and there is no terminal; use --yes, or --dry-run to "
       "see what it would do"),
    N_("the address {address} is not of the family that was asked for"),
    N_("a target is missing"),
    N_("{option}: nobody can be asked for each of many; use --password-file FILE"),
    N_("{option} is not of one target but of check"),
    N_("{option} and the targets of check exclude each other"),
    N_("--name is for one target; in FILE each has its own"),
    N_("--on-change needs --state FILE or --every"),
    N_("{option} needs {operands}"),
    N_("there is no terminal to ask on; use --password-file FILE"),
    N_("{option}: {problem}"),
    N_("{option} {value}: {problem}"),
    // What may stand behind the colon.
    N_("a host name or an address is needed"),
    N_("a host name is needed"),
    N_("not a host name"),
    N_("a port is a number from 1 to 65535"),
    N_("the port must be 1 to 65535"),
    N_("a port from 1 to 65535 is needed, or ADDRESS:PORT"),
    N_("in front of the port an IP address of this machine may stand, nothing else"),
    N_("HOST:PORT is needed, as in localhost:1884"),
    N_("the scheme of a broker is mqtt, mqtts, ws or wss"),
    N_("the address of a name server is needed"),
    N_("a name that ends in .md or .html is needed"),
    N_("a time of at least one second is needed, as in 10s"),
    N_("a time of at least one second is needed, as in 10m"),
    N_("a time of at most one hour is needed, as in 5s"),
    N_("a time is needed, as in 30s or 2m"),
    N_("a time of at least one second is needed, as in 60s"),
    N_("a number from 1 to 3000 is needed"),
    N_("a number from 1 to 200 is needed"),
    N_("KEY=VALUE is needed, as in site=berlin"),
    N_("that key is taken by the doctor's own labels"),
    N_("a size of at most 64M is needed, as in 300k"),
    N_("the languages are en and zh"),
    N_("it is auto, always or never"),
    N_("it is words or json"),
    N_("QoS must be 0, 1 or 2"),
    N_("keep alive is 0 (off) to 65535 seconds"),
    N_("MQTT versions are 3.1, 3.1.1 and 5"),
    N_("the path begins with a /"),
    N_("must be UTF-8 of at most 65535 bytes"),
    N_("longer than 65535 bytes"),
    N_("cannot be read"),
    N_("cannot be read: {error}"),
    N_("the host is missing, as in {url}"),
    N_("not a URL: it begins with a scheme, as in mqtt://broker.example/topic"),
    N_("an IPv6 address stands in brackets, as in mqtt://[2001:db8::1]:1883/topic"),
    N_("a / in the user name or the password is written as %2F"),
};
constexpr const char* try_help = N_("; try mqtt-doctor --help");

}  // namespace

std::string language_of(int argc, const char* const* argv) {
  constexpr std::string_view name = "--lang";
  std::string found;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == name && i + 1 < argc) {
      found = argv[i + 1];
    } else if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
      found = word.substr(name.size() + 1);
    }
  }
  return found == "zh" || found == "zh_CN" || found == "zh-CN" || found == "en" ? found : "";
}

bool matches(std::string_view text, std::string_view sentence,
             std::map<std::string, std::string>& places) {
  places.clear();
  while (!sentence.empty()) {
    if (sentence.front() != '{') {
      const std::size_t size = std::min(sentence.find('{'), sentence.size());
      if (!text.starts_with(sentence.substr(0, size))) return false;
      text.remove_prefix(size);
      sentence.remove_prefix(size);
      continue;
    }
    const std::size_t close = sentence.find('}');
    const std::string name(sentence.substr(1, close - 1));
    sentence.remove_prefix(close + 1);
    const std::string_view behind = sentence.substr(0, sentence.find('{'));
    // The last place takes what is left, another all up to what stands behind it.
    const std::size_t end = behind.empty()       ? text.size()
                            : behind == sentence ? text.size() - behind.size()
                                                 : text.find(behind);
    if (end == 0 || end > text.size()) return false;
    const std::string_view value = text.substr(0, end);
    if (name == "option" && value.find(' ') != std::string_view::npos) return false;
    places[name] = value;
    text.remove_prefix(end);
  }
  return text.empty();
}

std::string said_of_command_line(std::string_view english) {
  const std::string text(english);
  if (std::string whole = say(text.c_str()); whole != text || text == try_help) return whole;
  std::map<std::string, std::string> places;
  for (const char* const sentence : sentences) {
    if (!matches(english, sentence, places)) continue;
    for (const char* const name : {"problem", "hint"}) {
      const auto found = places.find(name);
      if (found != places.end()) found->second = said_of_command_line(found->second);
    }
    return fill(say(sentence), places);
  }
  return text;
}

}  // namespace mqttkit::doctor
