#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "io/output.hpp"
#include "message/sink.hpp"
#include "mqtt-sub/settings.hpp"
#include "mqtt-sub/topic_table.hpp"

namespace mqttkit::tools {

/// --summary and --tree: counts messages, and passes them on.
class summary_sink final : public sink {
 public:
  /// @param next  where the messages go as well; nullptr when nowhere.
  /// @param fd    where the tables go.
  summary_sink(asio::any_io_executor executor, const sub_settings& settings,
               std::unique_ptr<sink> next, int fd);
  ~summary_sink() override;

  std::error_code open() override { return next_ ? next_->open() : std::error_code(); }
  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override { return next_ && next_->is_full(); }
  std::error_code try_flush() override;
  asio::awaitable<std::error_code> flush() override;
  asio::awaitable<std::error_code> finish(const haste& hurry) override;
  asio::awaitable<std::error_code> gone() override;
  std::string name() const override;
  std::string describe(std::error_code error) const override {
    return next_ && !error_ ? next_->describe(error) : sink::describe(error);
  }
  std::string shortcomings() const override { return next_ ? next_->shortcomings() : ""; }

 private:
  using clock = std::chrono::steady_clock;

  void wait();
  void show(bool is_last);

  std::unique_ptr<sink> next_;
  output output_;
  topic_table table_;
  bool has_summary_;
  bool has_tree_;
  bool repaints_;  // a terminal, where a table takes the place of the last
  int fd_;
  clock::duration every_;
  clock::time_point started_ = clock::now();
  clock::time_point shown_ = started_;
  std::error_code error_;  // of a table between
  std::shared_ptr<asio::steady_timer> timer_;
};

}  // namespace mqttkit::tools
