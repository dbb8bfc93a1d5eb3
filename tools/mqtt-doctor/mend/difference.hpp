// The difference between two texts, in the form of `diff -u`.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// The unified difference, which patch(1) accepts; "" for equal texts.
///
/// The time grows with the product of the line counts between the first and last difference, which
/// is little for a person's edits. Above some thousand lines all of these are shown as replaced.
/// @param before_name, after_name  the names in its two head lines
std::string difference(std::string_view before, std::string_view after,
                       const std::string& before_name, const std::string& after_name);

/// The difference as a terminal may show it: values of secret options become ***, and control
/// characters are escaped.
std::string shown_difference(std::string_view difference);

}  // namespace mqttkit::doctor
