// Numbers that stand for something, and what else a text says in signs, as words for the rows.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// What the numbers of a folded text stand for: " opensslreason 134" for error:0A000086,
/// " mbedtlshigh 4280 mbedtlslow 10" for -17040 and for -0x4290,
/// " mbedtlsflag 0004" for each flag of a verification that failed,
/// " pahojavacode 32104" for (32104), " connackbyte 5" for the bytes 0x20 0x02 0x00 0x05,
/// " rawtlshello" for 22,3,1, " reasoncode 135" for MQTTReasonCode135 and
/// " unexpected response code 522" for a WebSocket's "Invalid status code: 522"; or "".
std::string library_numbers(std::string_view folded_text);

/// What a proxy's log says in signs, as words for rows; "" for other texts.
std::string log_words(std::string_view plain_text);

}  // namespace mqttkit::doctor
