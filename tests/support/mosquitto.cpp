#include "support/mosquitto.hpp"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

constexpr std::chrono::milliseconds poll_interval{10};

std::size_t count_of(std::string_view part, std::string_view text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

std::string mosquitto::dynamic_security() {
  constexpr std::string_view name = "mosquitto_dynamic_security.so";
  for (const char* folder : {"/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib"}) {
    std::error_code ignored;
    const std::filesystem::path direct = std::filesystem::path(folder) / name;
    if (std::filesystem::exists(direct, ignored)) return direct.string();
    // Debian: /usr/lib/x86_64-linux-gnu
    for (const auto& each : std::filesystem::directory_iterator(folder, ignored)) {
      const std::filesystem::path inner = each.path() / name;
      if (std::filesystem::exists(inner, ignored)) return inner.string();
    }
  }
  return {};
}

mosquitto::mosquitto(mosquitto_options options) : options_(std::move(options)) {
  constexpr int tries = 10;  // each time only if somebody took one of the ports just then
  for (int i = 0; i < tries; ++i) {
    take_ports();
    write_configuration();
    if (try_start()) return;
  }
  throw std::runtime_error("mosquitto did not start:\n" + log());
}

mosquitto::~mosquitto() = default;

void mosquitto::take_ports() {
  const auto port_if = [](bool wanted) { return wanted ? free_port() : std::uint16_t{0}; };
  port_ = free_port();
  tls_port_ = port_if(options_.tls);
  mutual_tls_port_ = port_if(options_.mutual_tls);
  psk_port_ = port_if(options_.psk);
  websocket_port_ = port_if(options_.websocket);
  secure_websocket_port_ = port_if(options_.secure_websocket);
}

void mosquitto::write_configuration() {
  std::string text;
  const auto line = [&](std::string_view content) {
    text += content;
    text += '\n';
  };
  if (::geteuid() == 0) line("user root");  // or it would give up its rights to read our folder
  line("log_dest stderr");
  line("log_timestamp_format %Y-%m-%dT%H:%M:%S");
  if (options_.quiet) {
    for (const char* type : {"error", "warning", "notice", "information", "subscribe"}) {
      line(std::string("log_type ") + type);
    }
  } else {
    line("log_type all");
  }
  const bool has_users = options_.password || !options_.acl.empty();
  line(has_users ? "allow_anonymous false" : "allow_anonymous true");
  if (has_users) {
    const auto file = folder_.write(
        "passwords", std::string(user) + ':' + std::string(user_password) + '\n' +
                         std::string(other_user) + ':' + std::string(other_password) + '\n');
    const auto hashed = run({find_program("mosquitto_passwd"), "-U", file});
    if (hashed.code != 0) throw std::runtime_error("mosquitto_passwd failed: " + hashed.err);
    line("password_file " + file);
  }
  if (!options_.acl.empty()) line("acl_file " + folder_.write("acl", options_.acl));
  if (!options_.rights.empty()) {
    line("plugin " + dynamic_security());
    line("plugin_opt_config_file " + folder_.write("rights.json", options_.rights));
  }
  if (options_.psk) {
    line("psk_file " +
         folder_.write("psk", std::string(psk_identity) + ':' + std::string(psk_key) + '\n'));
  }
  if (options_.persistence) {
    line("persistence true");
    line("persistence_location " + folder_.path().string() + "/");
    line("autosave_interval 1");
    line("autosave_on_changes true");
  } else {
    line("persistence false");
  }
  for (const auto& extra : options_.lines) line(extra);

  const auto listener = [&](std::uint16_t port, std::initializer_list<std::string> lines) {
    if (port == 0) return;
    line("listener " + std::to_string(port) + " 127.0.0.1");
    for (const auto& content : lines) line(content);
    for (const auto& extra : options_.listener_lines) line(extra);
  };
  const auto shown = test_certificates().server(options_.certificate);
  const std::string tls = "cafile " + test_certificates().ca() + "\ncertfile " + shown.certificate +
                          "\nkeyfile " + shown.key;
  // Without socket_domain a WebSocket listener would listen on every address.
  const std::string websocket = "protocol websockets\nsocket_domain ipv4";
  listener(port_, {});
  listener(tls_port_, {tls});
  listener(mutual_tls_port_, {tls, "require_certificate true"});
  listener(psk_port_, {"psk_hint mqttkit"});
  listener(websocket_port_, {websocket});
  listener(secure_websocket_port_, {websocket, tls});
  if (options_.unix_socket) {
    line("listener 0 " + unix_path());
    for (const auto& extra : options_.listener_lines) line(extra);
  }
  folder_.write("mosquitto.conf", text);
}

bool mosquitto::is_ready() const {
  constexpr std::chrono::seconds answer{2};
  // Somebody else may answer on our port; this line is ours, written when all listeners stand.
  if (log().find(" running", log_start_) == std::string::npos) return false;
  if (!speaks_mqtt(port_, answer)) return false;
  for (const auto other :
       {tls_port_, mutual_tls_port_, psk_port_, websocket_port_, secure_websocket_port_}) {
    if (other != 0 && !port_answers(other)) return false;
  }
  return !options_.unix_socket || socket_answers(unix_path());
}

bool mosquitto::try_start() {
  log_start_ = log().size();
  process_options options;
  options.command = {find_program("mosquitto"), "-c", folder_.file("mosquitto.conf")};
  options.output = output_to::nothing;
  options.error = output_to::file;  // not into memory: a line per packet may be much
  options.error_path = folder_.file("log");
  process_ = std::make_unique<process>(std::move(options));
  const auto end = std::chrono::steady_clock::now() + patience;
  while (process_->is_running() && std::chrono::steady_clock::now() < end) {
    if (is_ready() && process_->is_running()) return true;
    std::this_thread::sleep_for(poll_interval);
  }
  process_.reset();
  return false;
}

void mosquitto::start() {
  constexpr int tries = 50;  // a port of ours may be in use for a moment, at most 5 s in all
  constexpr std::chrono::milliseconds pause{100};
  for (int i = 0; i < tries; ++i) {
    if (try_start()) return;
    std::this_thread::sleep_for(pause);
  }
  throw std::runtime_error("mosquitto did not start again:\n" + log());
}

void mosquitto::stop() {
  if (!process_) return;
  process_->signal(SIGCONT);
  process_->signal(SIGTERM);
  process_->wait();
  process_.reset();
}

void mosquitto::kill() { process_.reset(); }

void mosquitto::suspend() {
  if (process_) process_->signal(SIGSTOP);
}

void mosquitto::resume() {
  if (process_) process_->signal(SIGCONT);
}

std::string mosquitto::log() const { return read_file(folder_.file("log")); }

bool mosquitto::logs(std::string_view text, std::size_t times,
                     std::chrono::milliseconds limit) const {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (count_of(text, log()) < times) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

}  // namespace mqttkit::testing
