// What phone and server together come to, as the page shows it.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// What to set in the app.
struct app_settings {
  std::string host;
  int port = 0;
  bool tls = false;
  std::string path;  ///< "" where it is no WebSocket
  bool user_needed = false;
  bool is_proven = false;  ///< the phone itself was let in, by them or by what stands below
  int tried_port = 0;  ///< of the WebSocket the phone tried, where another port is the usual one
  std::string tried_path;
};

/// The best that is open to the phone; port 0 when nothing is.
app_settings settings_for(const vantage& phone, const vantage* server);

struct page_verdict {
  sentence headline;
  std::vector<sentence> text;
  app_settings settings;
  bool is_good = false;
};
page_verdict verdict_of(const vantage& phone, const vantage* server, const diagnosis& made);

/// {"ready":true,...} in the language chosen at the moment.
/// @param rest  further members, each with a comma before it
std::string json_of(const page_verdict& what, const std::string& rest);

}  // namespace mqttkit::doctor
