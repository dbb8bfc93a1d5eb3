#include "mqtt-doctor/causes/tunnels.hpp"

#include <algorithm>
#include <iterator>

#include "mqtt-doctor/words/words.hpp"

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

struct program_of_tunnel {
  std::string_view process;
  const char* what;
};
constexpr program_of_tunnel programs[] = {
    {"ssh", N_("an SSH tunnel (ssh -L)")},
    {"autossh", N_("an SSH tunnel (ssh -L)")},
    {"sshd", N_("an SSH tunnel that somebody opened to this machine (ssh -R)")},
    {"sshd-session", N_("an SSH tunnel that somebody opened to this machine (ssh -R)")},
    {"kubectl", N_("a forwarding to a pod (kubectl port-forward)")},
    {"cloudflared", N_("a tunnel of Cloudflare (cloudflared access)")},
    {"frps", N_("the server of frp, which hands on to an frpc somewhere else")},
    {"frpc", N_("a visitor of frp")},
    {"ngrok", N_("ngrok's own program")},
    {"chisel", N_("a tunnel of chisel")},
    {"rathole", N_("a tunnel of rathole")},
    {"gost", N_("a tunnel of gost")},
    {"nps", N_("the server of nps, which hands on to an npc somewhere else")},
    {"wstunnel", N_("a tunnel of wstunnel")},
    {"rinetd", N_("a forwarding of rinetd")},
    {"redir", N_("a forwarding of redir")},
    {"rootlessport", N_("the port of a rootless container (podman)")},
    {"slirp4netns", N_("the port of a rootless container (podman)")},
    {"pasta", N_("the port of a rootless container (podman)")},
    {"gvproxy", N_("the port of a container (podman machine)")},
    {"com.docker.backend", N_("the port of a container (Docker Desktop)")},
    {"vpnkit-bridge", N_("the port of a container (Docker Desktop)")},
    {"wslrelay.exe", N_("a forwarding into WSL")},
    {"limactl", N_("a forwarding into a virtual machine (Lima)")},
};

}  // namespace

const char* tunnel_program(std::string_view process) noexcept {
  const auto* const row =
      std::find_if(std::begin(programs), std::end(programs),
                   [process](const auto& each) { return each.process == process; });
  return row == std::end(programs) ? nullptr : row->what;
}

const tunnel_service* tunnel_of(std::string_view host) noexcept {
  const auto* const row = std::find_if(std::begin(services), std::end(services),
                                       [host](const auto& each) { return fits(each, host); });
  return row == std::end(services) ? nullptr : row;
}

}  // namespace mqttkit::doctor
