// What the units of an outbox do with its files.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// Of errno.
std::error_code last_error();

/// Writes all of `bytes`; `written` says how many were, also after an error.
std::error_code write_all(int fd, bytes_view bytes, std::size_t& written);
std::error_code write_all(int fd, bytes_view bytes);

/// Closes a descriptor that is open, and forgets it.
void shut(int& fd);

/// The name of the file whose first message has the number `base`.
std::string segment_name(std::uint64_t base);

}  // namespace mqttkit::tools
