#pragma once

#include <string>
#include <string_view>

#include "common/event_form.hpp"

namespace mqttkit::tools {

/// A program's log: lines on stderr that begin with its name. Data never goes this way.
///
/// With --events json each is an object:
///   {"event":"said","ts":"...","program":"mqtt-pub","text":"..."}
///   {"event":"ended","ts":"...","program":"mqtt-pub","exit_code":4}
class stderr_log {
 public:
  /// The line in the language of the user.
  using translator = std::string (*)(std::string_view english);

  /// @param quiet  --quiet: say nothing.
  stderr_log(std::string_view program, bool quiet, event_form form = event_form::none,
             translator translate = nullptr)
      : program_(program), quiet_(quiet), form_(form), translate_(translate) {}

  event_form form() const noexcept { return form_; }

  /// One line, written at once. What comes from the network in it went through printable().
  void say(std::string_view english) const;

  /// The last event; nothing in other forms. Also with --quiet: who asks for events reads them.
  /// @param cause  identifier of what is wrong, as in mqtt-doctor-causes(7); "" for none
  void end(int exit_code, std::string_view cause = {}) const;

  /// Shows `line` below everything that was said, in the place of the last one; an empty one takes
  /// it away. For terminals only, and shorter than a line of them.
  void show_status(std::string_view line) const;

 private:
  std::string program_;
  bool quiet_;
  event_form form_;
  translator translate_;
  mutable std::string status_;
};

}  // namespace mqttkit::tools
