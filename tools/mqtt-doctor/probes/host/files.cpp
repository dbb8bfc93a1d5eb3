#include "mqtt-doctor/probes/host/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>

#include "common/printable.hpp"
#include "common/text_parts.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

struct descriptor {
  int fd;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Opening a pipe or device in place of a file must not block.
constexpr int how = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::string read_from(const std::string& path, file_error* error, std::size_t limit, bool end) {
  const descriptor file{::open(path.c_str(), how)};
  if (file.fd < 0) {
    if (error != nullptr) *error = file_error(errno);
    return {};
  }
  if (error != nullptr) *error = {};
  bool is_cut = false;
  if (end) {
    const off_t size = ::lseek(file.fd, 0, SEEK_END);
    const off_t from = size > static_cast<off_t>(limit) ? size - static_cast<off_t>(limit) : 0;
    is_cut = from > 0;
    ::lseek(file.fd, from, SEEK_SET);
  }
  std::string out;
  while (out.size() < limit) {
    char room[16384];
    const ssize_t got = ::read(file.fd, room, std::min(sizeof room, limit - out.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && error != nullptr && out.empty()) *error = file_error(errno);
    if (got <= 0) break;
    out.append(room, static_cast<std::size_t>(got));
  }
  if (is_cut) out.erase(0, out.find('\n') + 1);
  return out;
}

}  // namespace

std::string file_error::text() const {
  const char* const known = number_ != 0 ? ::strerrordesc_np(number_) : "";
  return known != nullptr ? known : "error " + std::to_string(number_);
}

machine_files machine_files::in_container(std::vector<mounted_path> mounts,
                                          std::string rest) const {
  machine_files out(root_);
  out.is_contained_ = true;
  out.mounts_ = std::move(mounts);
  out.rest_ = std::move(rest);
  std::stable_sort(out.mounts_.begin(), out.mounts_.end(),
                   [](const auto& a, const auto& b) { return a.inside.size() > b.inside.size(); });
  return out;
}

std::string machine_files::mounted_at(const std::string& path) const {
  for (const mounted_path& each : mounts_) {
    const bool is_below = path.starts_with(each.inside) &&
                          (path.size() == each.inside.size() || path[each.inside.size()] == '/');
    if (is_below) return each.here + path.substr(each.inside.size());
  }
  return {};
}

std::string machine_files::located(const std::string& path) const {
  if (!is_contained_) return path;
  const std::string here = mounted_at(path);
  return !here.empty() ? here : rest_.empty() ? std::string() : rest_ + path;
}

std::string machine_files::read(const std::string& path, file_error* error,
                                std::size_t limit) const {
  return read_from(real(path), error, limit, false);
}

std::string machine_files::read_end(const std::string& path, file_error* error,
                                    std::size_t limit) const {
  return read_from(real(path), error, limit, true);
}

std::optional<file_status> machine_files::status(const std::string& path) const {
  std::string at = path;
  struct stat found {};
  for (int hops = 0; hops < 8; ++hops) {
    if (is_elsewhere()) {
      const std::string target = link(at);
      if (!target.empty() && target.front() == '/') {
        at = target;
        continue;
      }
    }
    if (::stat(real(at).c_str(), &found) != 0) return std::nullopt;
    file_status out;
    out.mode = found.st_mode & 07777;
    out.uid = found.st_uid;
    out.gid = found.st_gid;
    out.modified = found.st_mtime;
    out.modified_ms = std::int64_t{found.st_mtim.tv_sec} * 1000 + found.st_mtim.tv_nsec / 1'000'000;
    out.changed = found.st_ctime;
    out.size = found.st_size;
    out.is_folder = S_ISDIR(found.st_mode);
    return out;
  }
  return std::nullopt;
}

std::vector<std::string> machine_files::list(const std::string& folder, file_error* error) const {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(real(folder).c_str()), ::closedir);
  if (!open) {
    if (error != nullptr) *error = file_error(errno);
    return out;
  }
  if (error != nullptr) *error = {};
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") out.emplace_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string machine_files::link(const std::string& path) const {
  char room[4096];
  const ssize_t got = ::readlink(real(path).c_str(), room, sizeof room);
  return got > 0 ? std::string(room, static_cast<std::size_t>(got)) : std::string();
}

std::optional<account> machine_files::user(std::string_view name) const {
  account out;
  bool found = false;
  for (const auto& line : lines_of(read("/etc/passwd"))) {
    const auto fields = split(line, ':');
    if (fields.size() < 4 || fields[0] != name) continue;
    out.name = name;
    out.uid = static_cast<uid_t>(number(fields[2]).value_or(65534));
    out.groups.push_back(static_cast<gid_t>(number(fields[3]).value_or(65534)));
    found = true;
    break;
  }
  if (!found) return std::nullopt;
  for (const auto& line : lines_of(read("/etc/group"))) {
    const auto fields = split(line, ':');
    if (fields.size() < 4) continue;
    const auto members = split(fields[3], ',');
    if (std::find(members.begin(), members.end(), name) == members.end()) continue;
    out.groups.push_back(static_cast<gid_t>(number(fields[2]).value_or(65534)));
  }
  return out;
}

std::string machine_files::user_name(uid_t uid) const {
  for (const auto& line : lines_of(read("/etc/passwd"))) {
    const auto fields = split(line, ':');
    if (fields.size() > 2 && number(fields[2]) == static_cast<std::int64_t>(uid)) return fields[0];
  }
  return std::to_string(uid);
}

namespace {

bool lacks_right(const account& who, const file_status& at, mode_t bit) {
  if (at.uid == who.uid) return (at.mode & (bit << 6)) == 0;
  const bool is_member =
      std::find(who.groups.begin(), who.groups.end(), at.gid) != who.groups.end();
  return (at.mode & (is_member ? bit << 3 : bit)) == 0;
}

}  // namespace

std::string machine_files::barrier_to_writing(const std::string& path, const account& who) const {
  if (who.uid == 0) return {};
  const std::string way = barrier(path, who);
  if (!way.empty() && way != path) return way;
  const auto at = status(path);
  const bool is_closed =
      at && (lacks_right(who, *at, 2) || (at->is_folder && lacks_right(who, *at, 1)));
  return is_closed ? path : std::string();
}

std::string machine_files::barrier(const std::string& path, const account& who) const {
  if (who.uid == 0) return {};
  // A list of users (setfacl) may let somebody in whom the mode keeps out: that is not known here.
  const auto has_list = [&](const std::string& of) {
    return !is_elsewhere() && ::getxattr(of.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
  };
  const auto lacks = [&](const file_status& at, mode_t bit, const std::string& of) {
    return lacks_right(who, at, bit) && !has_list(of);
  };
  // The path itself, and the target of a link.
  std::vector<std::string> ways{path};
  std::error_code ignored;
  if (!is_elsewhere()) {
    const auto where = std::filesystem::canonical(path, ignored);
    if (!ignored && where != path) ways.push_back(where.string());
  }
  for (const auto& way : ways) {
    for (std::size_t slash = way.find('/', 1); slash != std::string::npos;
         slash = way.find('/', slash + 1)) {
      const std::string folder = way.substr(0, slash);
      const auto at = status(folder);
      if (at && at->is_folder && lacks(*at, 1, folder)) return folder;
    }
  }
  const auto at = status(path);
  return at && lacks(*at, 4, path) ? path : std::string();
}

std::vector<std::string> lines_of(std::string_view text) {
  auto out = split(text, '\n');
  if (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    out.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  std::size_t from = 0;
  for (;;) {
    const std::size_t to = text.find(at, from);
    out.emplace_back(text.substr(from, to == std::string_view::npos ? to : to - from));
    if (to == std::string_view::npos) return out;
    from = to + 1;
  }
}

std::string trimmed(std::string_view text) { return std::string(tools::trimmed(text)); }

std::string kept_line(std::string_view text) {
  constexpr std::size_t longest = 160;
  return tools::printable(tools::trimmed(text), longest);
}

bool has(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

std::optional<std::int64_t> number(std::string_view text) noexcept {
  std::int64_t out = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::string rfc3339(std::time_t when) {
  if (when == 0) return {};
  std::tm at{};
  ::gmtime_r(&when, &at);
  char room[32];
  return {room, std::strftime(room, sizeof room, "%Y-%m-%dT%H:%M:%SZ", &at)};
}

}  // namespace mqttkit::doctor
