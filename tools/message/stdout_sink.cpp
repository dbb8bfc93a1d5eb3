#include "message/stdout_sink.hpp"

#include <unistd.h>

#include <utility>

namespace mqttkit::tools {

stdout_sink::stdout_sink(asio::any_io_executor executor, message_printer printer)
    : printer_(std::move(printer)), output_(std::move(executor), STDOUT_FILENO) {}

}  // namespace mqttkit::tools
