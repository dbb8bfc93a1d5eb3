#include "io/failure_code.hpp"

#include <asio/error.hpp>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::tools {
namespace {

bool is(std::error_code error, errc code) { return error == make_error_code(code); }

}  // namespace

stage stage_of(const failure& why) noexcept {
  const bool is_tls =
      is(why.error, errc::tls_verify_failed) || is(why.error, errc::tls_handshake_failed);
  return is_tls ? stage::tls : why.at;
}

bool is_hang_up(std::error_code error) noexcept {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || is(error, errc::connection_closed) ||
         is(error, errc::closed_before_connack);
}

exit_code exit_code_for(const failure& why) noexcept {
  if (!why.error) return exit_code::done;
  if (is(why.error, errc::connection_refused_by_broker)) {
    switch (static_cast<reason_code>(why.reason)) {
      case reason_code::unsupported_protocol_version:
        return exit_code::version_refused;
      case reason_code::client_identifier_not_valid:
        return exit_code::identifier_refused;
      case reason_code::bad_user_name_or_password:
      case reason_code::bad_authentication_method:
        return exit_code::bad_credentials;
      case reason_code::not_authorized:
      case reason_code::banned:
        return exit_code::not_authorised;
      default:
        return exit_code::refused;
    }
  }
  if (is(why.error, errc::authentication_failed)) return exit_code::bad_credentials;
  if (is(why.error, errc::name_not_found) || is(why.error, errc::name_lookup_failed))
    return exit_code::name_not_found;
  if (stage_of(why) == stage::tls || is(why.error, errc::tls_setup_failed)) return exit_code::tls;
  switch (why.at) {
    case stage::set_up:
      return exit_code::usage;
    case stage::resolve:
      return exit_code::name_not_found;
    case stage::connect:
    case stage::proxy:
    case stage::websocket:
      return exit_code::cannot_connect;
    case stage::connack:
      return is(why.error, errc::disconnected_by_broker) ? exit_code::refused
                                                         : exit_code::cannot_connect;
    case stage::tls:
      return exit_code::tls;
    case stage::session:
      return is(why.error, errc::packet_too_large) ? exit_code::too_large : exit_code::lost;
  }
  return exit_code::failed;
}

}  // namespace mqttkit::tools
