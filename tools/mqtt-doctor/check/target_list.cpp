#include "mqtt-doctor/check/target_list.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "common/command_words.hpp"
#include "common/printable.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/question/question.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {
namespace {

using tools::printable;

constexpr std::size_t most_file_bytes = 16 * 1024 * 1024;  // bytes; 100,000 targets with long lines
constexpr std::size_t most_errors = 20;                    // enough to be sent back to the file

/// Reads a file; returns what is wrong, or nothing.
std::string read_whole(const std::string& name, std::string& out) {
  const bool is_stdin = name == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      is_stdin ? stdin : std::fopen(name.c_str(), "re"),
      is_stdin ? [](std::FILE*) { return 0; } : &std::fclose);
  if (file == nullptr) return std::strerror(errno);
  char room[65536];
  while (const std::size_t got = std::fread(room, 1, sizeof room, file.get())) {
    out.append(room, got);
    if (out.size() > most_file_bytes) return "larger than 16 MiB";
  }
  return std::ferror(file.get()) != 0 ? std::strerror(errno) : "";
}

/// TLS options as a key: targets with equal options share the files read for them.
std::string key_of(const tls_options& tls) {
  // A structured binding: a new option does not compile until it is added here.
  const auto& [ca_file, ca_path, use_store, add_store, certificate, key, passphrase, form, engine,
               engine_passphrase, lowest, highest, ciphers, alpn, server_name, verifies,
               verifies_name, psk_identity, psk, key_log] = tls;
  std::string out;
  for (const bool flag : {use_store, add_store, verifies, verifies_name}) out += flag ? '1' : '0';
  const auto add = [&out](const std::string& part) { (out += part) += '\0'; };
  for (const std::string* part :
       {&ca_file, &ca_path, &certificate, &key, &passphrase, &form, &engine, &engine_passphrase,
        &lowest, &highest, &ciphers, &server_name, &psk_identity, &psk, &key_log})
    add(*part);
  for (const std::string& protocol : alpn) add(protocol);
  return out;
}

class list_reader {
 public:
  list_reader(const tools::check_settings& given, const tools::process_environment& environment,
              tools::translate_function translate)
      : given_(given), environment_(environment), translate_(translate) {
    // A URL in the environment is one target with its login, and no default for others.
    environment_.url.reset();
  }

  target_list read() {
    for (const std::string& word : given_.targets) {
      std::vector<std::string> words{word};
      if (!given_.name.empty()) words.push_back("--name=" + given_.name);
      add(words, "");
    }
    if (!given_.targets_file.empty()) read_file();
    // Without targets, the host of -h, -L or a profile is the only target.
    if (given_.targets.empty() && given_.targets_file.empty()) {
      std::vector<std::string> words;
      if (!given_.name.empty()) words.push_back("--name=" + given_.name);
      add(words, "");
    }
    limit_host_looks();
    return std::move(out_);
  }

 private:
  /// Limits how many targets have their own machine examined: where a connection works, that finds
  /// what keeps others out, but each look reads all sockets and rules of the machine. A machine has
  /// few brokers; a target by name counts as another machine's.
  void limit_host_looks() {
    constexpr std::ptrdiff_t most = 16;
    const local_facts here = look_at_this_machine();
    const auto is_here = [&here](const check_target& target) {
      const std::string& host = target.about.asked.host;
      return host == "localhost" || is_own_address(here, host);
    };
    const bool are_many = std::count_if(out_.targets.begin(), out_.targets.end(), is_here) > most;
    for (check_target& target : out_.targets) target.about.host_after_failure = are_many;
  }

  void read_file() {
    const std::string& file = given_.targets_file;
    const std::string shown = file == "-" ? "stdin" : printable(file, 200);
    std::string text;
    if (const std::string wrong = read_whole(file, text); !wrong.empty()) {
      out_.errors.push_back(shown + ": " + wrong);
      out_.is_unreadable = true;
      return;
    }
    std::size_t number = 0;
    const std::size_t before = out_.targets.size();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = std::string_view(text).substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      at = end + 1;
      const std::string place = shown + ":" + std::to_string(++number);
      std::vector<std::string> words;
      if (const std::string wrong = split_target_line(line, words); !wrong.empty()) {
        error(place, wrong);
      } else if (!words.empty()) {
        add(words, place);
      }
    }
    if (out_.targets.size() == before && out_.errors.empty())
      out_.errors.push_back(shown + ": no target is in it");
  }

  /// @param place  "FILE:3"; "" for the command line
  void add(const std::vector<std::string>& words, const std::string& place) {
    tools::doctor_settings settings;
    const tools::parse_result read =
        tools::parse_listed(given_, words, settings, environment_, translate_);
    if (!read.outcome.run) {
      const bool is_told = !read.out.empty();  // --help or --version
      return error(place, is_told ? "--help and --version are not of a target" : read.wrong);
    }
    if (!read.err.empty() && notes_.insert(read.err).second) out_.notes.push_back(read.err);
    check_target made;
    made.about = question_of(settings);
    made.label.target = settings.typed.empty() ? settings.client.dial.host : settings.typed;
    made.label.name = settings.check.name;
    made.label.tags = settings.check.tags;
    made.accepted = settings.check.accepted;
    for (const std::string& id : made.accepted) {
      if (find_cause(id) == nullptr)
        return error(place, "--accept " + printable(id, 80) +
                                ": there is no such cause; mqtt-doctor-causes(7) lists them");
    }
    // Files are read once, before anything is sent: reading the system's CA store for each of 50
    // targets at a time would take longer than all the rest.
    target& to = made.about.to;
    std::shared_ptr<probe::tls_setup>& shared = tls_[key_of(to.tls)];
    if (shared == nullptr) {
      std::string wrong;
      auto setup = std::make_shared<probe::tls_setup>(to.tls, "", wrong);
      if (!wrong.empty()) return error(place, wrong);
      shared = std::move(setup);
    }
    to.tls_shared = shared;
    made.about.repeats = 0;  // the next round repeats it
    const auto [known, is_new] = places_.emplace(made.label.shown(), place);
    if (!is_new) {
      return error(place, "two are called '" + printable(made.label.shown(), 80) +
                              "'; give this one a --name of its own");
    }
    out_.targets.push_back(std::move(made));
  }

  void error(const std::string& place, const std::string& what) {
    if (out_.errors.size() == most_errors) out_.errors.emplace_back("and more of them");
    if (out_.errors.size() > most_errors) return;
    out_.errors.push_back(place.empty() ? what : place + ": " + what);
  }

  const tools::check_settings& given_;
  tools::process_environment environment_;
  const tools::translate_function translate_;
  std::map<std::string, std::string> places_;
  std::set<std::string> notes_;
  std::map<std::string, std::shared_ptr<probe::tls_setup>> tls_;
  target_list out_;
};

}  // namespace

std::string split_target_line(std::string_view line, std::vector<std::string>& out) {
  // A # inside a word belongs to the word: topics contain it.
  bool begins = true;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
      if (c == '\\' && quote == '"') ++at;
    } else if (c == '#' && begins) {
      line = line.substr(0, at);
      break;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '\\') {
      ++at;
    }
    begins = quote == 0 && (c == ' ' || c == '\t');
  }
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  return tools::split_command(line, out);
}

target_list read_targets(const tools::check_settings& given,
                         const tools::process_environment& environment,
                         tools::translate_function translate) {
  return list_reader(given, environment, translate).read();
}

}  // namespace mqttkit::doctor
