#include "mqtt-sub/file_sink.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-sub/topic_path.hpp"

namespace mqttkit::tools {
namespace {

// Files open at once: a quarter of what a process usually may have.
constexpr std::size_t most_files = 256;

constexpr std::size_t block_bytes = 64u << 10;  // collected before it is written

}  // namespace

file_sink::file_sink(place where, message_printer printer)
    : where_(std::move(where)), printer_(std::move(printer)) {}

void file_sink::note(const rotating_file& file, std::error_code error) {
  if (!error || error_) return;
  error_ = error;
  failed_ = printable(file.path());
}

std::error_code file_sink::open() {
  if (!where_.per_topic) {
    rotating_file& file = file_for({});
    note(file, file.open());
    return error_;
  }
  struct stat about {};
  if (::mkdir(where_.path.c_str(), 0777) != 0 && errno != EEXIST) {
    error_ = {errno, std::system_category()};
  } else if (::stat(where_.path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
    error_ = std::make_error_code(std::errc::not_a_directory);
  } else if (::access(where_.path.c_str(), W_OK | X_OK) != 0) {
    error_ = {errno, std::system_category()};
  }
  failed_ = printable(where_.path);
  return error_;
}

rotating_file& file_sink::file_for(std::string_view topic) {
  const std::string name =
      where_.per_topic ? topic_file_name(topic).append(where_.extension) : std::string();
  std::unique_ptr<rotating_file>& file = files_[name];
  if (!file) {
    const std::string path = where_.per_topic ? where_.path + "/" + name : where_.path;
    file = std::make_unique<rotating_file>(path, where_.rotate);
  }
  return *file;
}

void file_sink::take(const publish_packet& message, std::chrono::system_clock::time_point arrived) {
  if (error_) return;
  message_.clear();
  printer_.append(message_, message, arrived);
  if (message_.empty()) return;
  rotating_file& file = file_for(message.topic);
  if (message_.holds_views()) {
    note(file, file.write_large(message_, arrived));
    message_.clear();
    return;
  }
  const std::string_view text = as_text(message_.bytes().view());
  note(file, file.add(text, arrived));
  waiting_bytes_ += text.size();
}

bool file_sink::is_full() const {
  return error_ || waiting_bytes_ >= block_bytes || files_.size() >= most_files;
}

std::error_code file_sink::try_flush() {
  for (auto& [name, file] : files_) {
    if (error_) break;
    if (file->waiting() != 0) note(*file, file->write());
  }
  if (error_) return error_;
  waiting_bytes_ = 0;
  if (files_.size() >= most_files) files_.clear();
  return {};
}

}  // namespace mqttkit::tools
