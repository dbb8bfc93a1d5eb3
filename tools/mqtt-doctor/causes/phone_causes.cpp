// All is well from here; these are the reasons why only a phone would fail.
#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

bool is_local(const view& known) {
  return known.client() != nullptr &&
         class_of(known.client()->address) == address_class::private_use;
}

maybe_finding ios_local_network(const view& known, exclusions&) {
  if (accepted(known) == nullptr || !is_local(known)) return {};
  return made_finding(
             "phone-ios-local-network", certainty::possible, strength::general,
             words(N_("If an iPhone cannot reach this local address: it asks once whether the app "
                      "may use the local network.")))
      .in_app(words(N_("Settings, Privacy & Security, Local Network: switch the app on.")));
}

maybe_finding cleartext_blocked(const view& known, exclusions&) {
  if (accepted(known) == nullptr || known.at.scheme != scheme::ws) return {};
  return made_finding(
             "phone-cleartext-blocked", certainty::possible, strength::general,
             words(N_("Apps built on web views, iPhones and https pages may not open ws://.")))
      .in_app(words(N_("Use wss:// there.")));
}

maybe_finding app_appends_path(const view& known, exclusions&) {
  if (accepted(known) == nullptr || !known.is_websocket()) return {};
  return made_finding(
             "phone-app-appends-path", certainty::possible, strength::general,
             words(
                 N_("Some apps leave the path out or add /mqtt of their own; here it must be "
                    "{path}."),
                 {{"path", known.client()->websocket ? known.client()->websocket->path : "/mqtt"}}))
      .in_app(words(N_("Set the path field.")));
}

maybe_finding vpn_private_dns(const view& known, exclusions&) {
  if (accepted(known) == nullptr) return {};
  return made_finding(
      "phone-vpn-private-dns", certainty::possible, strength::general,
      words(N_("If one phone alone fails: test once with VPN, ad blocker and Private DNS "
               "off, and on mobile data as well as on Wi-Fi.")));
}

maybe_finding android_permission(const view& known, exclusions&) {
  if (accepted(known) == nullptr) return {};
  return made_finding("phone-android-no-permission", certainty::possible, strength::general,
                      words(N_("An app of your own on Android that says EPERM or EACCES lacks "
                               "android.permission.INTERNET.")));
}

maybe_finding background_sleep(const view& known, exclusions&) {
  if (accepted(known) == nullptr) return {};
  return made_finding(
             "phone-background-sleep", certainty::possible, strength::general,
             words(N_("If it fails only while the screen is off: the phone stops apps in the "
                      "background, and the broker drops them.")))
      .in_app(words(N_("Exempt the app from battery saving; use QoS 1 and a persistent session.")));
}

maybe_finding network_switch(const view& known, exclusions&) {
  if (accepted(known) == nullptr) return {};
  return made_finding("phone-network-switch", certainty::possible, strength::general,
                      words(N_("If it fails after a change between Wi-Fi and mobile data: the old "
                               "connection died, and the app notices only at its keep alive.")))
      .in_app(words(N_("Set a keep alive of at most 60 s.")));
}

// All of these have the same weight, so the rows stand in order of frequency.
using tools::exit_code;

constexpr cause_row rows[] = {
    {"phone-cleartext-blocked", N_("apps built on web views and https pages may not open ws://"),
     layer::phone, exit_code::cannot_connect, station::client, severity::note, cleartext_blocked},
    {"phone-ios-local-network", N_("an iPhone asks once whether an app may use the local network"),
     layer::phone, exit_code::cannot_connect, station::client, severity::note, ios_local_network},
    {"phone-app-appends-path", N_("some apps leave out the path of WebSocket, or add one"),
     layer::phone, exit_code::cannot_connect, station::client, severity::note, app_appends_path},
    {"phone-vpn-private-dns", N_("a VPN, an ad blocker or Private DNS of one phone"), layer::phone,
     exit_code::cannot_connect, station::client, severity::note, vpn_private_dns},
    {"phone-android-no-permission", N_("an Android app lacks the permission for the Internet"),
     layer::phone, exit_code::cannot_connect, station::client, severity::note, android_permission},
    {"phone-background-sleep", N_("the phone stops apps in the background"), layer::phone,
     exit_code::cannot_connect, station::client, severity::note, background_sleep},
    {"phone-network-switch", N_("the old connection dies when the phone changes networks"),
     layer::phone, exit_code::cannot_connect, station::client, severity::note, network_switch},
};

}  // namespace

cause_table phone_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
