#include "mqtt-doctor/mend/file_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace mqttkit::doctor {
namespace {

constexpr mode_t permissions = 07777;

std::string reason() { return std::strerror(errno); }

class open_file {
 public:
  explicit open_file(int descriptor) : descriptor_(descriptor) {}
  ~open_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  int get() const { return descriptor_; }
  /// A full disk may report its error only when the file is closed.
  bool close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

std::string read_attributes(int file, file_state& out) {
  const ssize_t size = ::flistxattr(file, nullptr, 0);
  if (size < 0) return errno == ENOTSUP ? "" : reason();
  std::string names(static_cast<std::size_t>(size), '\0');
  if (::flistxattr(file, names.data(), names.size()) != size) return reason();
  for (std::size_t at = 0; at < names.size();) {
    const std::string name = names.c_str() + at;
    at += name.size() + 1;
    const ssize_t length = ::fgetxattr(file, name.c_str(), nullptr, 0);
    if (length < 0) return name + ": " + reason();
    std::string value(static_cast<std::size_t>(length), '\0');
    if (::fgetxattr(file, name.c_str(), value.data(), value.size()) != length) return reason();
    out.attributes.emplace_back(name, std::move(value));
  }
  return {};
}

std::string write_all(int file, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = ::write(file, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return reason();
    at += static_cast<std::size_t>(count);
  }
  return {};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Flushes the folder, so that the new name is on the disk as well.
void keep_folder(const std::string& path) {
  const open_file folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
}

std::string fill(int file, const file_state& wanted) {
  // The owner comes before the permissions, because chown clears set-user-id bits.
  if (::fchown(file, wanted.uid, wanted.gid) != 0) return "its owner cannot be kept: " + reason();
  // A new file has the access list that its folder gives to all new files.
  file_state fresh;
  if (std::string wrong = read_attributes(file, fresh); !wrong.empty()) return wrong;
  for (const auto& attribute : fresh.attributes) {
    const std::string& name = attribute.first;
    const bool is_wanted = std::any_of(wanted.attributes.begin(), wanted.attributes.end(),
                                       [&](const auto& each) { return each.first == name; });
    if (!is_wanted && name.starts_with("system.posix_acl") &&
        ::fremovexattr(file, name.c_str()) != 0)
      return name + " cannot be taken away: " + reason();
  }
  // The list's mask is among the permissions, so these come last.
  if (::fchmod(file, wanted.mode) != 0) return "its permissions cannot be kept: " + reason();
  for (const auto& [name, value] : wanted.attributes) {
    if (::fsetxattr(file, name.c_str(), value.data(), value.size(), 0) != 0)
      return name + " cannot be kept: " + reason();
  }
  if (std::string wrong = write_all(file, wanted.text); !wrong.empty()) return wrong;
  return ::fsync(file) == 0 ? "" : reason();
}

}  // namespace

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real) return real.get();
  // A new file's folder may be reached by a link as well.
  const std::string folder = folder_of(path);
  const std::unique_ptr<char, decltype(&std::free)> above(::realpath(folder.c_str(), nullptr),
                                                          &std::free);
  const std::size_t slash = path.rfind('/');
  if (!above || slash == std::string::npos) return path;
  const std::string start = above.get();
  return (start == "/" ? "" : start) + path.substr(slash);
}

std::string read_state(const std::string& path, file_state& out) {
  out = {};
  const open_file file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return errno == ENOENT ? "" : path + ": " + reason();
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return path + ": " + reason();
  if (!S_ISREG(facts.st_mode)) return path + " is no plain file";
  if (facts.st_nlink > 1) return path + " has several names (hard links)";
  if (static_cast<std::size_t>(facts.st_size) > largest_file) return path + " is too large";
  out.exists = true;
  out.mode = facts.st_mode & permissions;
  out.uid = facts.st_uid;
  out.gid = facts.st_gid;
  char part[65536];
  while (true) {
    const ssize_t count = ::read(file.get(), part, sizeof part);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return path + ": " + reason();
    if (count == 0) break;
    out.text.append(part, static_cast<std::size_t>(count));
    if (out.text.size() > largest_file) return path + " is too large";
  }
  const std::string wrong = read_attributes(file.get(), out);
  return wrong.empty() ? wrong : path + ": " + wrong;
}

std::string write_state(const std::string& path, const file_state& wanted) {
  if (!wanted.exists) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return path + ": " + reason();
    keep_folder(path);
    return {};
  }
  std::string beside = folder_of(path) + "/.mqtt-doctor-XXXXXX";
  open_file file(::mkostemp(beside.data(), O_CLOEXEC));  // only this user may read it
  if (file.get() < 0) return path + ": " + reason();
  std::string wrong = fill(file.get(), wanted);
  if (!file.close() && wrong.empty()) wrong = reason();
  if (wrong.empty() && ::rename(beside.c_str(), path.c_str()) != 0) wrong = reason();
  if (!wrong.empty()) {
    ::unlink(beside.c_str());
    return path + ": " + wrong;
  }
  keep_folder(path);
  return {};
}

bool may_write(const std::string& path) {
  // A user who may write to the folder can replace the file, but cannot keep its owner.
  if (::access(folder_of(path).c_str(), W_OK | X_OK) != 0) return false;
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return errno == ENOENT;
  return ::geteuid() == 0 || facts.st_uid == ::geteuid();
}

}  // namespace mqttkit::doctor
