#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "message/message_printer.hpp"
#include "message/sink.hpp"
#include "mqtt-sub/rotating_file.hpp"

namespace mqttkit::tools {

/// --out: messages go to a file, or to a file for each topic.
class file_sink final : public sink {
 public:
  struct place {
    std::string path;  ///< the file; with `per_topic` the directory
    bool per_topic = false;
    std::string_view extension;  ///< ".log", for the files of topics
    rotation rotate;
    place() = default;
  };

  file_sink(place where, message_printer printer);

  std::error_code open() override;
  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override;
  std::error_code try_flush() override;
  asio::awaitable<std::error_code> flush() override { co_return try_flush(); }
  std::string name() const override { return failed_; }

 private:
  rotating_file& file_for(std::string_view topic);
  void note(const rotating_file& file, std::error_code error);

  place where_;
  message_printer printer_;
  printout message_;
  std::unordered_map<std::string, std::unique_ptr<rotating_file>> files_;  // by name
  std::size_t waiting_bytes_ = 0;
  std::error_code error_;
  std::string failed_;  // the path of what failed
};

}  // namespace mqttkit::tools
