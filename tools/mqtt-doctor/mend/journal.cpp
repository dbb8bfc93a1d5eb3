#include "mqtt-doctor/mend/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace mqttkit::doctor {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr mode_t for_its_owner = 0600;
constexpr const char* entry_file = "entry.json";
constexpr const char* lock_file = "lock";

std::string reason() { return std::strerror(errno); }

std::string hex_of(const std::string& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string bytes_of(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

/// Everything about a file but its content, which is in a copy.
json facts_of(const file_state& file, const std::string& copy) {
  if (!file.exists) return json{{"exists", false}};
  json attributes = json::object();
  for (const auto& [name, value] : file.attributes) attributes[name] = hex_of(value);
  return json{{"exists", true},  {"mode", file.mode},        {"uid", file.uid},
              {"gid", file.gid}, {"attributes", attributes}, {"copy", copy}};
}

file_state state_from(const json& from, const std::string& folder) {
  file_state out;
  out.exists = from.at("exists");
  if (!out.exists) return out;
  const std::string copy = from.at("copy");
  if (copy.empty() || copy.find('/') != std::string::npos)
    throw fs::filesystem_error("a copy has no name", std::error_code());
  file_state kept;
  if (const std::string wrong = read_state(folder + "/" + copy, kept); !wrong.empty())
    throw fs::filesystem_error(wrong, std::error_code());
  if (!kept.exists) throw fs::filesystem_error(copy + " is not there", std::error_code());
  out.text = std::move(kept.text);
  out.mode = from.at("mode");
  out.uid = from.at("uid");
  out.gid = from.at("gid");
  for (const auto& [name, value] : from.at("attributes").items())
    out.attributes.emplace_back(name, bytes_of(value));
  return out;
}

json json_of(const done_step& done) {
  return json{{"run", done.words},          {"back", done.back}, {"again", done.is_again},
              {"restart", done.is_restart}, {"pid", done.pid},   {"signal", done.signal}};
}

done_step step_from(const json& from) {
  done_step out;
  out.words = from.at("run").get<std::vector<std::string>>();
  out.back = from.at("back").get<std::vector<std::string>>();
  out.is_again = from.at("again");
  out.is_restart = from.at("restart");
  out.pid = from.at("pid");
  out.signal = from.at("signal");
  return out;
}

file_state secret(std::string text) {
  file_state out;
  out.exists = true;
  out.mode = for_its_owner;
  out.uid = ::geteuid();
  out.gid = ::getegid();
  out.text = std::move(text);
  return out;
}

/// An unknown state comes from another version, and its entry is left alone as if undone.
entry_state state_of(const std::string& word) {
  for (const entry_state state : {entry_state::begun, entry_state::done}) {
    if (to_string(state) == word) return state;
  }
  return entry_state::undone;
}

journal_entry entry_from(const std::string& folder, const std::string& name) {
  file_state text;
  const std::string wrong = read_state(folder + "/" + entry_file, text);
  if (!wrong.empty()) throw fs::filesystem_error(wrong, std::error_code());
  const json from = json::parse(text.text);
  journal_entry out;
  out.name = name;
  out.state = state_of(std::string(from.at("state")));
  out.cause = from.at("cause");
  out.was_down = from.at("was_down");
  if (out.state == entry_state::undone) return out;
  for (const auto& each : from.at("files")) {
    const std::string path = each.at("path");
    out.before[path] = state_from(each.at("before"), folder);
    if (each.contains("after")) out.after[path] = state_from(each.at("after"), folder);
  }
  for (const auto& each : from.at("steps")) out.steps.push_back(step_from(each));
  return out;
}

std::string time_name() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[32] = "";
  if (::gmtime_r(&now, &parts) != nullptr)
    (void)std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

}  // namespace

std::string_view to_string(entry_state state) noexcept {
  return state == entry_state::begun ? "begun" : state == entry_state::done ? "done" : "undone";
}

std::string usual_journal() {
  if (::geteuid() == 0) return "/var/lib/mqtt-doctor";
  const char* const state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/mqtt-doctor";
  const char* const home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.local/state/mqtt-doctor";
}

journal::~journal() {
  if (lock_ >= 0) ::close(lock_);
}

std::string journal::open() {
  std::error_code error;
  const fs::path above = fs::path(folder_).parent_path();
  if (!above.empty()) fs::create_directories(above, error);
  constexpr mode_t private_folder = 0700;
  if (::mkdir(folder_.c_str(), private_folder) != 0 && errno != EEXIST)
    return folder_ + ": " + reason();
  struct stat facts {};
  if (::lstat(folder_.c_str(), &facts) != 0) return folder_ + ": " + reason();
  constexpr mode_t others = 077;
  if (!S_ISDIR(facts.st_mode) || facts.st_uid != ::geteuid() || (facts.st_mode & others) != 0)
    return folder_ + " must be a folder of one's own, closed to others (chmod 700)";
  const std::string name = folder_ + "/" + lock_file;
  lock_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, for_its_owner);
  if (lock_ < 0) return name + ": " + reason();
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return {};
  return errno == EWOULDBLOCK ? "another mend is at work (" + name + ")" : name + ": " + reason();
}

bool journal::last(journal_entry& out, std::string& wrong) const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder_, error))
    if (each.is_directory(error)) names.push_back(each.path().filename().string());
  std::sort(names.rbegin(), names.rend());
  for (const auto& name : names) {
    try {
      out = entry_from(folder_ + "/" + name, name);
    } catch (const std::exception& problem) {
      // Without entry.json no change was begun.
      if (!fs::exists(folder_ + "/" + name + "/" + entry_file, error)) continue;
      wrong = folder_ + "/" + name + ": " + problem.what();
      return false;
    }
    if (out.state != entry_state::undone) return true;
  }
  return false;
}

std::string journal::keep(journal_entry& entry) const {
  if (entry.name.empty()) {
    const std::string time = time_name();
    for (int i = 1; entry.name.empty(); ++i) {
      char number[16] = "";
      (void)std::snprintf(number, sizeof number, "-%03d", i);
      const std::string name = time + number;
      if (::mkdir((folder_ + "/" + name).c_str(), 0700) == 0) {
        entry.name = name;
      } else if (errno != EEXIST) {
        return folder_ + ": " + reason();
      }
    }
  }
  const std::string folder = folder_ + "/" + entry.name + "/";
  json files = json::array();
  std::size_t number = 0;
  for (const auto& [path, before] : entry.before) {
    const auto copy = [&](const file_state& state, const std::string& name) -> std::string {
      return state.exists ? write_state(folder + name, secret(state.text)) : "";
    };
    const std::string old_name = std::to_string(number) + ".before";
    const std::string new_name = std::to_string(number) + ".after";
    json object{{"path", path}, {"before", facts_of(before, old_name)}};
    if (std::string wrong = copy(before, old_name); !wrong.empty()) return wrong;
    if (const auto after = entry.after.find(path); after != entry.after.end()) {
      if (std::string wrong = copy(after->second, new_name); !wrong.empty()) return wrong;
      object["after"] = facts_of(after->second, new_name);
    }
    files.push_back(std::move(object));
    ++number;
  }
  json steps = json::array();
  for (const auto& step : entry.steps) steps.push_back(json_of(step));
  const json whole{{"state", to_string(entry.state)},
                   {"cause", entry.cause},
                   {"was_down", entry.was_down},
                   {"files", files},
                   {"steps", steps}};
  constexpr int indent = 2;
  return write_state(folder + entry_file,
                     secret(whole.dump(indent, ' ', false, json::error_handler_t::replace) + "\n"));
}

}  // namespace mqttkit::doctor
