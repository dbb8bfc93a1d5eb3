#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "io/output.hpp"
#include "message/message_printer.hpp"
#include "message/sink.hpp"

namespace mqttkit::tools {

/// --watch: each topic has a line of the screen, in the order in which they came, where its last
/// message stands. Topics beyond the last line of the terminal share that line, and are not
/// remembered.
class watch_sink final : public sink {
 public:
  /// @param broker           as the first line names it.
  /// @param shortens_topics  the printer is a terminal_line: topics leave room for the values.
  watch_sink(asio::any_io_executor executor, message_printer printer, std::string broker,
             bool shortens_topics);

  std::error_code open() override;
  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override { return output_.is_full(); }
  std::error_code try_flush() override { return output_.try_flush(); }
  asio::awaitable<std::error_code> flush() override { return output_.flush(); }
  asio::awaitable<std::error_code> gone() override { return output_.reader_gone(); }
  std::string name() const override { return "standard output"; }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  std::size_t line_of(std::string_view topic);
  void move_to(std::size_t line);

  message_printer printer_;
  output output_;
  std::string broker_;
  std::size_t most_lines_;
  unsigned columns_;  // to which topics are shortened; 0: they are not
  std::unordered_map<std::string, std::size_t, text_hash, std::equal_to<>> lines_;
  printout message_;  // the one that is being shown
};

}  // namespace mqttkit::tools
