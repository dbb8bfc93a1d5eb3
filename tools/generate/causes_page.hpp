#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// mqtt-doctor-causes(7): every row of the doctor's registry, by layer.
std::string causes_page();

/// The same in Chinese. `catalogue` is the text of zh_CN.po; a title that it lacks stays in
/// English, and a test says so.
std::string causes_page_in_chinese(std::string_view catalogue);

}  // namespace mqttkit::tools
