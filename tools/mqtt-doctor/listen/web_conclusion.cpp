#include "mqtt-doctor/listen/web_conclusion.hpp"

#include <utility>

namespace mqttkit::doctor {

bool is_complaint(int close_code) noexcept {
  switch (close_code) {
    case 1002:
    case 1003:
    case 1007:
    case 1008:
    case 1009:
    case 1011:
      return true;
    default:
      return false;
  }
}

const char* meaning_of_close(int code) {
  switch (code) {
    case 1001:
      return N_("going away: the broker or the proxy in front of it was stopped");
    case 1002:
      return N_("protocol error in the frames of WebSocket");
    case 1003:
      return N_("a kind of data that it does not take, such as text frames");
    case 1007:
      return N_("data that does not fit its kind");
    case 1008:
      return N_("its policy forbids it: rights, a rate, or a login");
    case 1009:
      return N_("a message too big for it");
    case 1011:
      return N_("an internal error of the server");
    case 1012:
      return N_("it is restarted");
    case 1013:
      return N_("it is overloaded: try again later");
    default:
      return N_("a code of its own");
  }
}

bool is_request_too_large(const connection_summary& summary) {
  // mosquitto reads up to 1024 or, by its library, 4096 bytes of headers and hangs up; nginx takes
  // 8 kB and says 400, others 431 or 413.
  constexpr std::size_t most_of_brokers = 4096, most_of_servers = 8000;
  const int status = summary.http_status;
  if (status == 431) return true;
  if (status == 400 || status == 413) return summary.request_bytes > most_of_servers;
  return status == 0 && summary.broker_closed && summary.from_broker == 0 &&
         summary.request_bytes > most_of_brokers;
}

conclusion too_large_request(const connection_summary& summary,
                             std::map<std::string, std::string> named) {
  named["path"] = summary.http_target;
  named["status"] = std::to_string(summary.http_status);
  named["size"] = std::to_string(summary.request_bytes);
  named["cookies"] = std::to_string(summary.cookie_bytes);
  const bool is_of_cookies = summary.cookie_bytes > summary.request_bytes / 2;
  conclusion out{
      "ws-refused-by-server",
      words(summary.http_status != 0
                ? N_("{client} asked for WebSocket at {path} with {size} bytes of headers "
                     "({cookies} of them cookies), and the server answered with HTTP status "
                     "{status}: its headers are too large for it. Let the page set fewer or "
                     "smaller cookies, or give the broker a host name that they are not for; or "
                     "raise the limit (nginx: large_client_header_buffers).")
            : is_of_cookies
                ? N_("{client} asked {broker} for WebSocket with {size} bytes of headers, "
                     "{cookies} of them cookies, and was hung up on without an answer: too large a "
                     "Cookie header for a broker that takes 4096 bytes or fewer. Let the page set "
                     "fewer or smaller cookies, or give the broker a host name that they are not "
                     "for; or raise the limit (mosquitto: websockets_headers_size).")
                : N_("{client} asked {broker} for WebSocket with {size} bytes of headers, and was "
                     "hung up on without an answer: they are too large for a broker that takes "
                     "4096 bytes or fewer. Let the app send fewer headers and a shorter path (no "
                     "token in it); or raise the limit (mosquitto: websockets_headers_size)."),
            std::move(named))};
  out.sure = summary.http_status == 431;
  return out;
}

conclusion web_status_conclusion(const connection_summary& summary,
                                 std::map<std::string, std::string> named) {
  named["path"] = summary.http_target;
  named["status"] = std::to_string(summary.http_status);
  const auto made = [&](const char* id, const char* sentence) {
    return conclusion{id, words(sentence, std::move(named))};
  };
  switch (summary.http_status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return made(
          "ws-redirected-or-guarded",
          N_("{client} asked for WebSocket at {path}, and the server answered with HTTP "
             "status {status}: it redirects, and apps do not follow. Give the app the final "
             "address."));
    case 401:
    case 407:
      return made("ws-redirected-or-guarded",
                  N_("{client} asked for WebSocket at {path}, and the server answered with HTTP "
                     "status {status}: it wants a login of its own in front of the broker, which "
                     "apps do not give. Leave this path open there."));
    case 403:
      return made(
          "ws-redirected-or-guarded",
          N_("{client} asked for WebSocket at {path}, and the server answered with HTTP "
             "status 403: it lets in certain origins, addresses or users alone, in front of "
             "the broker. Allow this one there, or leave the path open."));
    case 502:
    case 503:
    case 504:
      return made(
          "ws-proxy-backend-down",
          N_("{client} asked for WebSocket at {path}, and the web server in front answered "
             "with HTTP status {status}: it does not reach the broker. Start the broker, or "
             "correct where that server passes it on to (nginx: proxy_pass)."));
    case 405:
    case 426:
    case 429:
    case 500:
      return made(
          "ws-refused-by-server",
          N_("{client} asked for WebSocket at {path}, and the server refuses by itself with "
             "HTTP status {status}: it knows no WebSocket there, or fails or limits "
             "requests. Its log says which; check the path in the app as well."));
    default:
      return made("ws-wrong-path",
                  N_("{client} asked for WebSocket at {path}, and the broker answered with HTTP "
                     "status {status}: check the path in the app."));
  }
}

}  // namespace mqttkit::doctor
