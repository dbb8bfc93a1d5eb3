#include "mqtt-doctor/causes/tunnels.hpp"

#include <algorithm>
#include <iterator>

namespace mqttkit::doctor {
namespace {

// From the pages of each service. Names for web traffic alone stand in web_proxy.cpp.
constexpr tunnel_service services[] = {
    {".ngrok.io", ".tcp.", "ngrok", "ngrok tcp 1883"},
    {".proxy.rlwy.net", "", "Railway"},
    {".pinggy.link", "", "Pinggy", "ssh -p 443 -R0:localhost:1883 tcp@a.pinggy.io"},
    {".pinggy.online", "", "Pinggy", "ssh -p 443 -R0:localhost:1883 tcp@a.pinggy.io"},
    {"bore.pub", "", "bore", "bore local 1883 --to bore.pub"},
    {"serveo.net", "", "Serveo", "ssh -R 1883:localhost:1883 serveo.net"},
    {".playit.gg", "", "playit"},
    {".ply.gg", "", "playit"},
    {".portmap.io", "", "Portmap"},
    {".portmap.host", "", "Portmap"},
    {".localto.net", "", "Localtonet"},
    {".localtonet.com", "", "Localtonet"},
    {".loclx.io", "", "LocalXpose", "loclx tunnel tcp --to 1883"},
    {".packetriot.net", "", "Packetriot"},
    // Of China
    {".cpolar.top", "", "cpolar", "cpolar tcp 1883"},
    {".cpolar.cn", "", "cpolar", "cpolar tcp 1883"},
    {".cpolar.io", "", "cpolar", "cpolar tcp 1883"},
    {".natappfree.cc", "", "NATAPP"},
    {".natapp.cc", "", "NATAPP"},
    {".natfrp.cloud", "", "SakuraFrp"},
    {".vicp.fun", "", "Oray"},
    {".zicp.vip", "", "Oray"},
    {".goho.co", "", "Oray"},
};

bool fits(const tunnel_service& each, std::string_view host) {
  if (each.host.front() != '.') return host == each.host;
  if (!host.ends_with(each.host)) return false;
  const std::string_view before = host.substr(0, host.size() - each.host.size() + 1);
  return each.part.empty() || before.find(each.part) != before.npos;
}

}  // namespace

const tunnel_service* tunnel_of(std::string_view host) noexcept {
  const auto* const row = std::find_if(std::begin(services), std::end(services),
                                       [host](const auto& each) { return fits(each, host); });
  return row == std::end(services) ? nullptr : row;
}

}  // namespace mqttkit::doctor
