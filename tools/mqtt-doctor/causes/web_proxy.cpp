#include "mqtt-doctor/causes/web_proxy.hpp"

#include <string_view>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

struct web_platform {
  std::string_view end;  ///< of the host name
  const char* name;
};
// Names under which a platform carries HTTP alone. Where a platform has TCP too, it gives other
// names: "0.tcp.ngrok.io", "x.proxy.rlwy.net", "x.fly.dev".
constexpr web_platform platforms[] = {
    {".cloudfront.net", "CloudFront"},
    {".fastly.net", "Fastly"},
    {".azurefd.net", "Azure Front Door"},
    {".azureedge.net", "Azure Front Door"},
    {".azurewebsites.net", "Azure App Service"},
    {".akamaiedge.net", "Akamai"},
    {".edgekey.net", "Akamai"},
    {".edgesuite.net", "Akamai"},
    {".b-cdn.net", "Bunny"},
    {".vercel.app", "Vercel"},
    {".netlify.app", "Netlify"},
    {".github.io", "GitHub Pages"},
    {".pages.dev", "Cloudflare"},
    {".workers.dev", "Cloudflare"},
    {".trycloudflare.com", "Cloudflare"},
    {".herokuapp.com", "Heroku"},
    {".onrender.com", "Render"},
    {".up.railway.app", "Railway"},
    {".a.run.app", "Google Cloud Run"},
    {".appspot.com", "Google App Engine"},
    {".web.app", "Firebase"},
    {".firebaseapp.com", "Firebase"},
    {".ngrok-free.app", "ngrok"},
    {".ngrok-free.dev", "ngrok"},
    {".ngrok.app", "ngrok"},
    {".ngrok.dev", "ngrok"},
    {".loca.lt", "localtunnel"},
    {".replit.app", "Replit"},
    {".glitch.me", "Glitch"},
    {".pythonanywhere.com", "PythonAnywhere"},
};

}  // namespace

std::string web_network_of(const view& known, const std::string& address) {
  std::string host = lower(known.asked().host);
  if (host.ends_with('.')) host.pop_back();
  for (const web_platform& each : platforms) {
    if (host.ends_with(each.end)) return each.name;
  }
  return proxy_network_of(address);
}

std::string web_proxy_of(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || client->websocket ||
      has_websocket(known.at.scheme.value()))
    return {};
  return web_network_of(known, client->address);
}

void lead_around(made_finding& made, const view& known, const std::string& network) {
  if (network == "Cloudflare") {
    const std::string host = known.host();
    made.in_console(
        words(N_("Set the record to \"DNS only\" (grey cloud) under a name of its own such as "
                 "{name}, or use MQTT over WebSocket on 443 (wss)."),
              {{"name", (host.starts_with("mqtt.") ? "direct." : "mqtt.") + host}}));
    return;
  }
  if (network == "ngrok")
    made.in_console(
        words(N_("Open the tunnel with \"ngrok tcp 1883\": it gives another name and a "
                 "port for raw TCP.")));
  made.in_console(
      words(N_("Give the broker a name whose record holds the address of its own server, or use "
               "MQTT over WebSocket on 443 (wss) if what stands behind {network} speaks it."),
            {{"network", network}}));
}

}  // namespace mqttkit::doctor
