// Numbers of TLS libraries that are made of several, as words for the rows.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// What the numbers of a folded text stand for: " opensslreason 134" for error:0A000086,
/// " mbedtlshigh 4280 mbedtlslow 10" for -17040 and for -0x4290,
/// " pahojavacode 32104" for (32104); or "".
std::string library_numbers(std::string_view folded_text);

/// What a proxy's log says in signs, as words for rows; "" for other texts.
std::string log_words(std::string_view plain_text);

}  // namespace mqttkit::doctor
