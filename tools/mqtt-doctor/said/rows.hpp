// The rows of the table, by where the words come from.
#pragma once

#include <span>

#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// The places of the apps in said_apps().
enum said_app_id : std::uint8_t {
  pubsubclient,
  async_mqtt,
  paho_c,
  paho_python,
  paho_java,
  mqtt_js,
  home_assistant,
  node_red,
  zigbee2mqtt,
  mosquitto,
  esp_idf,
  esp_at,
  simcom,
  quectel,
  wechat,
  aliyun,
  mqtt_3,
  mqtt_5,
  linux_errno,
  lwip_errno,
  apple_errno,
  windows,
  lookup,
  openssl,
  mbedtls,
  bearssl,
  java,
  servers,
  browser,
  mosquitto_log,
  emqx_log,
  other_brokers,
  clouds,
  go_libraries,
  dotnet,
  rust,
  micropython,
  home_apps,
  apple_tls,
  any_app,
  qt,
  wolfssl,
  gnutls,
  schannel,
  zephyr,
  scripts,
  labview,
  services,
  nodemcu,
  erlang,
  libmosquitto,
  ublox,
  axtls,
};

std::span<const said_row> libraries_rows() noexcept;
std::span<const said_row> devices_rows() noexcept;
std::span<const said_row> clouds_rows() noexcept;
std::span<const said_row> codes_rows() noexcept;
std::span<const said_row> tls_rows() noexcept;
std::span<const said_row> web_rows() noexcept;
std::span<const said_row> brokers_rows() noexcept;
std::span<const said_row> languages_rows() noexcept;
std::span<const said_row> secure_rows() noexcept;
std::span<const said_row> programs_rows() noexcept;
std::span<const said_row> words_rows() noexcept;
std::span<const said_row> addresses_rows() noexcept;
std::span<const said_row> boards_rows() noexcept;
std::span<const said_row> apps_rows() noexcept;
std::span<const said_row> stacks_rows() noexcept;
std::span<const said_row> firmware_rows() noexcept;
std::span<const said_row> settings_rows() noexcept;
std::span<const said_row> clients_rows() noexcept;
std::span<const said_row> system_rows() noexcept;
std::span<const said_row> faults_rows() noexcept;
std::span<const said_row> services_rows() noexcept;
std::span<const said_row> more_rows() noexcept;

}  // namespace mqttkit::doctor
