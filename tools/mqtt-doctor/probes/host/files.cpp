#include "mqtt-doctor/probes/host/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

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

/// Opens a path below a folder that neither ".." nor a link leaves; -1 with errno.
int open_inside(int folder, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  constexpr int most_tries = 8;  // something is moved meanwhile
  for (int tries = 0;; ++tries) {
    const long fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd < 0 && errno == EAGAIN && tries < most_tries) continue;
    // Without this call nothing is read, and nothing is told to be missing.
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) errno = EACCES;
    return static_cast<int>(fd);
  }
}

/// Opens what was found for reading, where that waits for nobody and changes nothing: a pipe or a
/// device, which whoever owns a container may put in a file's place, does not open.
/// @param path  opens it where /proc is not mounted; "" where a path is not to be trusted
int open_found(int found, const std::string& path, int flags) {
  struct stat is {};
  if (::fstat(found, &is) != 0) return -1;
  if (!S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode)) {
    errno = ENODEV;
    return -1;
  }
  constexpr int how = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = ::open(("/proc/self/fd/" + std::to_string(found)).c_str(), how | flags);
  return fd < 0 && errno == ENOENT && !path.empty() ? ::open(path.c_str(), how | flags) : fd;
}

std::string read_from(int fd, file_error* error, std::size_t limit, bool end) {
  const descriptor file{fd};
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

/// "/a/c" of "/a/b/../c", which may be mounted by another folder than "/a/b".
std::string without_steps_up(const std::string& path) {
  const bool has_steps = has(path, "/../") || path.ends_with("/..");
  return has_steps ? std::filesystem::path(path).lexically_normal().string() : path;
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

const mounted_path* machine_files::mount_of(const std::string& path) const {
  for (const mounted_path& each : mounts_) {
    const bool is_below = path.starts_with(each.inside) &&
                          (path.size() == each.inside.size() || path[each.inside.size()] == '/');
    if (is_below) return &each;
  }
  return nullptr;
}

std::string machine_files::mounted_at(const std::string& given) const {
  const std::string path = without_steps_up(given);
  const mounted_path* const mount = mount_of(path);
  return mount != nullptr ? mount->here + path.substr(mount->inside.size()) : std::string();
}

std::string machine_files::located(const std::string& path) const {
  if (!is_contained_) return path;
  const std::string here = mounted_at(path);
  return !here.empty() ? here : rest_.empty() ? std::string() : rest_ + path;
}

int machine_files::find(const std::string& given, int flags) const {
  if (!is_contained_) return ::open((root_ + given).c_str(), O_PATH | O_CLOEXEC | flags);
  const std::string path = without_steps_up(given);
  // Whoever owns the container makes its links, which mean its files and not this machine's.
  const auto found_below = [&](const std::string& base, const std::string& inside) {
    const descriptor folder{::open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (folder.fd < 0) return -1;
    const std::size_t name = inside.find_first_not_of('/');
    return open_inside(folder.fd, name == std::string::npos ? "." : inside.substr(name),
                       static_cast<std::uint64_t>(O_PATH | flags));
  };
  if (const mounted_path* const mount = mount_of(path)) {
    const std::string base = root_ + mount->here, inside = path.substr(mount->inside.size());
    const int below = found_below(base, inside);
    if (below >= 0 || errno != ENOTDIR || !inside.empty()) return below;
    // One file is mounted.
    descriptor file{::open(base.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat is {};
    if (file.fd < 0 || ::fstat(file.fd, &is) != 0) return -1;
    if (!S_ISLNK(is.st_mode)) return std::exchange(file.fd, -1);
    // What it led to when it was mounted, the container alone knows.
    errno = EACCES;
    if (rest_.empty()) return -1;
  }
  if (rest_.empty()) {
    errno = ENOENT;
    return -1;
  }
  return found_below(root_ + rest_, path);
}

std::string machine_files::followed(std::string path) const {
  constexpr int most_links = 8;
  for (int links = 0; is_elsewhere() && links < most_links; ++links) {
    std::string target = link(path);
    if (target.empty() || target.front() != '/') break;
    path = std::move(target);
  }
  return path;
}

int machine_files::open(const std::string& path, int flags) const {
  const descriptor found{find(is_contained_ ? followed(path) : path, 0)};
  if (found.fd < 0) return -1;
  return open_found(found.fd, is_contained_ ? std::string() : root_ + path, flags);
}

std::string machine_files::read(const std::string& path, file_error* error,
                                std::size_t limit) const {
  return read_from(open(path, 0), error, limit, false);
}

std::string machine_files::read_end(const std::string& path, file_error* error,
                                    std::size_t limit) const {
  return read_from(open(path, 0), error, limit, true);
}

std::optional<file_status> machine_files::status(const std::string& path) const {
  const descriptor file{find(followed(path), 0)};
  struct stat found {};
  if (file.fd < 0 || ::fstat(file.fd, &found) != 0) return std::nullopt;
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

std::vector<std::string> machine_files::list(const std::string& folder, file_error* error) const {
  std::vector<std::string> out;
  descriptor at{open(folder, O_DIRECTORY)};
  const std::unique_ptr<DIR, int (*)(DIR*)> open(at.fd < 0 ? nullptr : ::fdopendir(at.fd),
                                                 ::closedir);
  if (!open) {
    if (error != nullptr) *error = file_error(errno);
    return out;
  }
  at.fd = -1;  // the folder's own now
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
  ssize_t got = 0;
  if (is_contained_) {
    const descriptor file{find(path, O_NOFOLLOW)};
    got = file.fd < 0 ? -1 : ::readlinkat(file.fd, "", room, sizeof room);
  } else {
    got = ::readlink((root_ + path).c_str(), room, sizeof room);
  }
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
