#include "mqtt-doctor/causes/service_words.hpp"

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

struct service_row {
  spoken_protocol speaks;
  const char* name;
};
constexpr service_row services[] = {
    {spoken_protocol::ssh, N_("an SSH server")},
    {spoken_protocol::smtp_or_ftp, N_("a mail or FTP server")},
    {spoken_protocol::mail, N_("a mail server")},
    {spoken_protocol::amqp, N_("AMQP (RabbitMQ's own protocol)")},
    {spoken_protocol::openwire, N_("OpenWire (ActiveMQ's own protocol)")},
    {spoken_protocol::stomp, N_("STOMP")},
    {spoken_protocol::redis, N_("a Redis database")},
    {spoken_protocol::mysql, N_("a MySQL database")},
    {spoken_protocol::vnc, N_("a VNC server")},
    {spoken_protocol::http, N_("a web server")},
};

}  // namespace

const char* name_of_service(spoken_protocol speaks) noexcept {
  for (const service_row& row : services) {
    if (row.speaks == speaks) return row.name;
  }
  return N_("another service");
}

}  // namespace mqttkit::doctor
