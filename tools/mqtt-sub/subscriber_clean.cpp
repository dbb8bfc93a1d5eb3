// --clean-retained: collect what is retained, show it, ask, and remove it.
#include "mqtt-sub/cleaner.hpp"
#include "mqtt-sub/subscriber.hpp"

namespace mqttkit::tools {

// Messages are received beside this, so that the acknowledgements behind them arrive.
asio::awaitable<void> subscriber::clean() {
  const properties_view with = settings_.subscribe_properties;
  const bool is_subscribed = co_await ask(true, settings_.topics, with);
  if (!is_subscribed) co_return;
  const bool has_all = co_await has_all_retained();
  if ((!has_all && !done_) || is_over()) co_return;

  output_error_ = co_await cleaner_->show();
  const std::vector<std::string>& topics = cleaner_->topics();
  if (output_error_ || is_over()) co_return;
  if (topics.empty() || settings_.dry_run) {
    log().say(topics.empty() ? "nothing is retained there"
                             : retained_count(topics.size()) + " would be removed");
    co_return;
  }
  if (!settings_.yes) {
    is_declined_ = true;
    const bool is_agreed = co_await cleaner_->is_agreed();
    if (!is_agreed || is_over()) {
      log().say("nothing was removed");
      co_return;
    }
    is_declined_ = false;
  }
  to_remove_.assign(topics.begin(), topics.end());
  while (is_removing()) co_await finish_removals();
  const std::string of_all =
      removed_ == topics.size() ? "" : " of " + std::to_string(topics.size());
  log().say(std::to_string(removed_) + of_all +
            (topics.size() == 1 ? " retained message removed" : " retained messages removed"));
}

bool subscriber::is_removing() const noexcept {
  return (!to_remove_.empty() || client_.protocol().inflight() != 0) && !is_over();
}

}  // namespace mqttkit::tools
