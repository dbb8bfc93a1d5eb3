#include "common/exit_code.hpp"

#include <iterator>

namespace mqttkit::tools {

const exit_code_row exit_code_table[] = {
    {exit_code::done, "All done."},
    {exit_code::failed, "An error without a status of its own."},
    {exit_code::usage, "The command line is wrong. Nothing was sent."},
    {exit_code::name_not_found, "The host name could not be resolved."},
    {exit_code::cannot_connect,
     "No connection: refused, unreachable, timed out, or something else than MQTT answered."},
    {exit_code::tls, "TLS failed: certificates, keys, versions."},
    {exit_code::version_refused, "The broker does not speak this version of MQTT."},
    {exit_code::identifier_refused, "The broker refused the client identifier."},
    {exit_code::bad_credentials, "The broker refused user name or password."},
    {exit_code::not_authorised, "The broker refused the connection: not authorised."},
    {exit_code::refused, "The broker refused the connection for another reason."},
    {exit_code::publish_refused, "The broker refused a message, or a message could not be sent."},
    {exit_code::subscribe_refused, "The broker refused a subscription."},
    {exit_code::lost, "The connection was lost and could not be mended."},
    {exit_code::unacknowledged, "Messages were sent and not acknowledged in time."},
    {exit_code::output_failed, "Standard output or a file could not be written."},
    {exit_code::input_failed, "Standard input or a file could not be read."},
    {exit_code::queued, "Messages wait in the outbox (--outbox) for the next run."},
    {exit_code::outbox_damaged,
     "Messages in the outbox (--outbox) are damaged or missing; what is left of them was put "
     "aside, the others go on."},
    {exit_code::too_large,
     "The broker sent a packet larger than --max-packet-size allows. A session that is kept would "
     "bring it again."},
    {exit_code::timeout, "The time given with -W ran out."},
    {exit_code::interrupted, "Interrupted: it dies of SIGINT, which a shell shows as this status."},
    {exit_code::terminated, "Terminated: it dies of SIGTERM, which a shell shows as this status."},
};
const std::size_t exit_code_count = std::size(exit_code_table);

}  // namespace mqttkit::tools
