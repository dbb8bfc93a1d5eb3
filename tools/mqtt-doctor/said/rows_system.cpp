// What proxies before a broker print, and what the system prints that runs it: systemd, Docker,
// SELinux, AppArmor, the loader.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* nginx_doc = "https://nginx.org/en/docs; https://docs.haproxy.org/2.8/configuration.html section 8.5";
constexpr const char* proxy_doc = "https://doc.traefik.io/traefik/routing; https://caddyserver.com/docs; https://www.stunnel.org; https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html";
constexpr const char* docker_doc = "https://docs.docker.com/engine; https://github.com/moby/moby";
constexpr const char* systemd_doc = "systemd.exec(5), systemd.service(5); signal(7)";
constexpr const char* selinux_doc = "https://github.com/SELinuxProject/selinux-notebook; semanage-port(8); apparmor(7)";
constexpr const char* fail2ban_doc = "https://github.com/fail2ban/fail2ban fail2ban/server/actions.py; https://docs.crowdsec.net";
constexpr const char* zone_doc = "RFC 4007 section 11; connect(2), ipv6(7)";
constexpr const char* loader_doc = "ld.so(8), dlopen(3)";

constexpr said_row system_table[] = {
    {servers, "connect failed 111 connection refused while connecting to upstream|while connecting to upstream|no live upstreams|upstream timed out|upstream prematurely closed connection|"
     "has no server available|is down reason|error while connecting to backend|error while dialing backend|failed to make connection to backend|s_connect connect|http log error dial tcp|"
     "http log error ** dial tcp|logger http log error|dialing upstream|connection to backend|server ** is down", "", is::no_backend, nginx_doc},
    {servers, "connect to ** failed 13 permission denied while connecting to upstream|permission denied while connecting to upstream|failed 13 permission denied while connecting|"
     "permission denied ah00957|ah00957 ** attempt to connect to|13 permission denied ah00957", "", is::system_forbids, nginx_doc},
    {servers, "broken header ** proxy protocol|while reading proxy protocol|received no proxy header|proxy protocol header ** invalid|missing proxy protocol|not a proxy protocol", "", is::proxy_header, nginx_doc},
    {services, "notice * ban|fail2ban actions ** ban|crowdsec ** ban|ban for ip|sshguard ** blocking|already banned", "", is::address_shut_out, fail2ban_doc},
    {any_app, "einval fe80|fe80 ** ** invalid argument|invalid argument ** fe80|fe80 ** ** no route to host|fe80 ** ** einval", "", is::no_zone, zone_doc},
    {servers, "layer7 invalid response|layer7 wrong status|layer7 timeout|layer6 invalid response|layer6 timeout|http probe failed with statuscode|"
     "health checks failed with these codes", "", is::check_not_understood, nginx_doc},
    {servers, "get mqtt http 1.1 502|http 1.1 502|http 1.1 504|http 1.1 503|http 2.0 502", "", is::no_backend, nginx_doc},
    {servers, "http 1.1 101", "", is::normal, nginx_doc},
    {servers, "rawmqttconnect", "", is::mqtt_to_web_server, nginx_doc},
    // How haproxy says that a session ended: numbers.cpp spells its two letters out.
    {servers, "haproxystate server abort connect|haproxystate server timeout connect|haproxystate server timeout queue|haproxystate server abort queue", "", is::no_backend, nginx_doc},
    {servers, "haproxystate client timeout data|haproxystate server timeout data", "", is::proxy_timeout, nginx_doc},
    {servers, "haproxystate client abort data|haproxystate client abort connect", "", is::client_lost, nginx_doc},
    {servers, "haproxystate proxy abort request|haproxystate proxy abort connect", "", is::proxy_rule, nginx_doc},
    {servers, "nng_listener_create", "", is::tls_setting, proxy_doc},
    {servers, "haproxystate server abort data", "", is::closed, nginx_doc},
    {servers, "ssl handshake failure|ssl handshake failed", "", is::handshake, nginx_doc, breadth::wide},
    {servers, "entrypoint ** doesn t exist|entrypoint doesn t exist|has no rule|hostsni|no default entrypoint|router ** uses a non-existent|the service ** does not exist", "", is::proxy_rule, proxy_doc},
    {servers, "no protocol handler was valid for the url|ah01144", "", is::no_wstunnel, proxy_doc},
    {servers, "ah01114|ah00957|ah01102|ah00898", "", is::no_backend, proxy_doc, breadth::wide},

    {services, "port is already allocated|error starting userland proxy|driver failed programming external connectivity|failed to bind host port|bind for ** failed", "", is::port_taken, docker_doc},
    {services, "exec format error|does not match the detected host platform|no matching manifest for|wrong elf class|cannot execute binary file", "", is::wrong_architecture, docker_doc},
    {services, "chown ** permission denied|chown ** read-only file system|chown ** read only file system|chown ** operation not permitted|changing ownership of", "", is::mount_rights, docker_doc},
    {services, "trying to mount a directory onto a file|not a directory unknown|is a directory unknown|error mounting", "", is::file_is_directory, docker_doc},
    {services, "container name ** is already in use by container|the container name", "", is::name_in_use, docker_doc},
    {services, "pull access denied for|repository does not exist|manifest unknown|manifest for ** not found", "", is::no_such_image, docker_doc},
    {services, "exited with code 1|exited with code 3|exited with code 13|exited with code 2|exited with code 255|restarting 1|restarting 3|restarting 13|exited 1|exited 3|exited 13|is restarting wait until", "",
     is::service_ended, docker_doc},
    {services, "exited with code 137|exited 137|oomkilled true|restarting 137|exit code 137", "", is::broker_memory, docker_doc},
    {services, "exited with code 139|exited with code 134|exited 139|exited 134|restarting 139|exit code 139", "", is::broker_crashed, docker_doc},

    {services, "main process exited code exited status 1|main process exited code exited status 3|main process exited code exited status 13|code exited status 1 failure|code exited status 3|code exited status 13|"
     "start request repeated too quickly|failed with result exit-code|failed with result exit code|failed with result start-limit-hit|control process exited with error code|control process exited|"
     "entered failed state|unit entered failed state|process exited with error|service failed because the control process|active failed result", "", is::service_ended, systemd_doc},
    {services, "code killed status 9|status 9 kill|killed by the oom killer|out of memory killed process|oom-kill|oom kill|failed with result oom-kill|invoked oom-killer", "", is::broker_memory, systemd_doc},
    {services, "code dumped status 11|code killed status 11|status 11 segv|status 6 abrt|failed with result core-dump|segfault at|code dumped", "", is::broker_crashed, systemd_doc},
    {services, "failed at step user|status 217 user|failed to determine user credentials", "", is::no_such_user, systemd_doc},
    {services, "failed at step exec|status 203 exec|unit ** not found|service not found|unit ** could not be found|is masked|unit not found|command not found|executable ** not found", "", is::no_program, systemd_doc},
    {services, "start operation timed out|failed with result timeout|start-pre operation timed out", "", is::service_start_time, systemd_doc},
    {services, "apparmor denied|avc denied|selinux is preventing|setroubleshoot", "", is::system_forbids, selinux_doc},
    {services, "error while loading shared libraries|symbol lookup error|version glibc", "", is::no_library, loader_doc},
    {services, "undefined symbol", "", is::no_library, loader_doc, breadth::wide},
    {services, "systemd ** started|started ** mqtt broker|started mosquitto", "", is::normal, systemd_doc},
};
// clang-format on

}  // namespace

std::span<const said_row> system_rows() noexcept { return system_table; }

}  // namespace mqttkit::doctor
