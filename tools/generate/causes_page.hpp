#pragma once

#include <string>
#include <string_view>

#include "generate/cause_sentences.hpp"

namespace mqttkit::tools {

/// mqtt-doctor-causes(7): every row of the doctor's registry, by layer, with what the doctor says
/// of it.
std::string causes_page(const sentences_by_cause& said);

/// The same in Chinese. `catalogue` is the text of zh_CN.po; a title that it lacks stays in
/// English, and a test says so.
std::string causes_page_in_chinese(std::string_view catalogue, const sentences_by_cause& said);

}  // namespace mqttkit::tools
