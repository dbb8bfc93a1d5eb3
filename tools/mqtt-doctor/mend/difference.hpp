// What an edit changes in a file, as `diff -u` shows it.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// The unified difference of two texts, which patch(1) takes; "" when they are the same.
///
/// Quick for what a person edits: time grows with the product of the lines between the first and
/// the last that differ. Above some thousands of them all of these are shown as replaced.
/// @param before_name, after_name  for the two lines at its head
std::string difference(std::string_view before, std::string_view after,
                       const std::string& before_name, const std::string& after_name);

/// The same for a person's terminal: values of options that hold secrets are ***, and control
/// characters are made harmless.
std::string shown_difference(std::string_view difference);

}  // namespace mqttkit::doctor
