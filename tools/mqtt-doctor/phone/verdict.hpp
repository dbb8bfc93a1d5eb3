// The result of phone and server together, for the page.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// The settings for the app.
struct app_settings {
  std::string host;
  int port = 0;
  bool tls = false;
  std::string path;  ///< of WebSocket; "" for plain MQTT
  bool user_needed = false;
  bool is_proven = false;  ///< the phone was let in, by these settings or those of tried_port
  int tried_port = 0;      ///< the WebSocket port the phone tried, if another one is advised
  std::string tried_path;
};

/// The best endpoint that is open to the phone; port 0 when there is none.
app_settings settings_for(const vantage& phone, const vantage* server);

struct page_verdict {
  sentence headline;
  std::vector<sentence> text;
  app_settings settings;
  bool is_good = false;
};
page_verdict verdict_of(const vantage& phone, const vantage* server, const diagnosis& made);

/// The JSON {"ready":true,...} in the language chosen at the moment.
/// @param rest  further members, each after a comma
std::string json_of(const page_verdict& what, const std::string& rest);

}  // namespace mqttkit::doctor
