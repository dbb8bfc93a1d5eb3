// What web servers in front of a broker answer by themselves to an upgrade.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/upgrade_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether the 502 took long: the proxy reached a broker, which then hung up. mosquitto waits
/// 200 ms.
bool broker_took_time(const view& known) {
  const contact* const client = known.client();
  constexpr double prompt_ms = 90;
  return client->websocket->ms - client->round_trip_ms - client->connect.ms > prompt_ms;
}

/// nginx, or a server that does not say what it is.
bool is_nginx(const websocket_fact& socket) {
  const web_server make = server_of(socket);
  return make == web_server::nginx || make == web_server::unknown;
}

/// Envoy's own answer to an upgrade that is not among its upgrade_configs. Its filters for access
/// send 403 as well, most of them with a page.
bool is_upgrade_forbidden_by_envoy(const websocket_fact& socket) {
  return socket.status == http_status::forbidden && server_of(socket) == web_server::envoy &&
         socket.body.empty();
}

/// How this make of server is told to hand the upgrade on.
void add_upgrade_cure(made_finding& made, const websocket_fact& socket) {
  const std::string& path = socket.path;
  switch (server_of(socket)) {
    case web_server::apache:
      made.lines(words(N_("In Apache's virtual host, with the modules proxy and proxy_wstunnel:")),
                 "ProxyPass " + path + " ws://127.0.0.1:9001" + path, "apache2.conf");
      return;
    case web_server::envoy:
      made.lines(words(N_("In Envoy's HTTP connection manager, or for this route:")),
                 "upgrade_configs:\n- upgrade_type: websocket", "envoy.yaml");
      return;
    case web_server::caddy:
    case web_server::haproxy:
    case web_server::traefik:
    case web_server::amazon:
    case web_server::cloudflare:
      made.mend(
          words(N_("This server hands an upgrade on by itself: let it lead to the broker's "
                   "listener for WebSocket, and look at the next proxy behind it.")));
      return;
    case web_server::nginx:
    case web_server::unknown:
    case web_server::other:
      made.lines(
          words(
              N_("In nginx's location for {path}, in the place of lines there that set the same:"),
              {{"path", path}}),
          "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\n"
          "proxy_set_header Connection \"upgrade\";",
          "nginx.conf");
      made.in_console(
          words(N_("In a panel (Nginx Proxy Manager, Synology, BaoTa): switch WebSocket "
                   "on for this host.")));
  }
}

maybe_finding proxy_without_upgrade(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr) return {};
  const bool is_gateway = socket->status == http_status::bad_gateway;
  const bool is_lost = is_upgrade_lost(known, *socket);
  const bool is_envoys_no = is_upgrade_forbidden_by_envoy(*socket);
  const bool wants_upgrade = socket->status == http_status::upgrade_required || is_lost ||
                             is_envoys_no || socket->body.find("pgrade") != std::string::npos;
  if (!is_gateway && !wants_upgrade) return {};
  if (wants_upgrade && other_path_that_works(known) != nullptr) return {};
  const bool took_time = is_gateway && broker_took_time(known);
  made_finding made(
      "ws-proxy-no-upgrade", wants_upgrade || took_time ? certainty::likely : certainty::possible,
      wants_upgrade ? strength::seen
      : took_time   ? strength::leaning
                    : strength::fits,
      words(N_("The web server in front forwards the request without the Upgrade headers.")));
  made.seen(status_words(*socket));
  if (is_envoys_no)
    made.seen(
        words(N_("Envoy answers 403 without a page to an upgrade that its configuration does not "
                 "allow.")));
  if (is_lost)
    made.seen(
        words(N_("It knows the path, as others are answered with 404; what stands behind it "
                 "did not understand the request: without Upgrade headers, or in HTTP/1.0, "
                 "which nginx speaks to it unless told otherwise.")));
  if (took_time) {
    made.seen(words(
        N_("It took {time} to say so: somebody behind it took the request and hung up. A broker "
           "that is down refuses at once."),
        {{"time", time_text(socket->ms)}}));
  }
  add_upgrade_cure(made, *socket);
  if (!is_nginx(*socket)) return made;
  return made.apart(
      words(N_("nginx's error log says \"upstream prematurely closed\" then, and \"Connection "
               "refused\" when the broker is down:")),
      "sudo tail -n 5 /var/log/nginx/error.log");
}

/// Statuses by which Cloudflare says that it does not reach the server behind it.
constexpr int cdn_origin_first = 520, cdn_origin_last = 527, cdn_own_error = 530;

/// 530 is used by others as well: Cloudflare names itself, or a number of its own.
bool is_cdn_status(const websocket_fact& socket) {
  if (socket.status == cdn_own_error)
    return server_of(socket) == web_server::cloudflare ||
           socket.body.find("error code") != std::string::npos;
  return socket.status >= cdn_origin_first && socket.status <= cdn_origin_last;
}

const char* meaning_of_cdn_status(int status) {
  switch (status) {
    case 521:
      return N_("521: the server behind it refuses the connection.");
    case 522:
      return N_(
          "522: the server behind it does not answer; a firewall may keep the network's "
          "addresses out.");
    case 523:
      return N_("523: there is no way to the address of the server behind it.");
    case 524:
      return N_("524: the server behind it took the request and did not answer in time.");
    case 525:
    case 526:
      return N_("525, 526: TLS to the server behind it fails, by its certificate or its versions.");
    case 530:
      return N_(
          "530: the page's number says why: 1016 its name has no address, 1033 its tunnel "
          "is not running.");
    default:
      return N_("520: the server behind it hung up, or answered with something that is not HTTP.");
  }
}

maybe_finding behind_cdn(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || !is_cdn_status(*socket) || is_without_tunnel(*socket)) return {};
  return made_finding("ws-proxy-backend-down", certainty::likely, strength::told,
                      words(N_("The content delivery network answers, and cannot reach or "
                               "understand the server behind it.")))
      .seen(status_words(*socket))
      .seen(words(meaning_of_cdn_status(socket->status)))
      .mend(words(N_("See that the web server behind it runs, listens on 80 or 443, and lets the "
                     "network's addresses in.")))
      .in_console(
          words(N_("Or set the record to \"DNS only\", so that clients reach the server itself.")));
}

/// Adds where the proxy's own log lies.
void add_proxy_log(made_finding& made, const websocket_fact& socket) {
  switch (server_of(socket)) {
    case web_server::apache:
      made.apart(words(N_("On the server:")), "sudo tail -n 5 /var/log/apache2/error.log");
      return;
    case web_server::haproxy:
      made.apart(words(N_("On the server:")), "sudo journalctl -u haproxy -n 20");
      return;
    case web_server::caddy:
      made.apart(words(N_("On the server:")), "sudo journalctl -u caddy -n 20");
      return;
    case web_server::amazon:
      made.in_console(
          words(N_("In the console, look whether the target group's servers are "
                   "healthy, at which port, and whether their security group lets the "
                   "balancer in.")));
      return;
    case web_server::envoy:
    case web_server::traefik:
      made.in_console(
          words(N_("Kubernetes: has the service an endpoint? (kubectl get endpoints; "
                   "the selector, the port and the pod's readiness decide.)")));
      return;
    case web_server::cloudflare:
    case web_server::other:
      return;
    case web_server::nginx:
    case web_server::unknown:
      made.apart(words(N_("On the server:")), "sudo tail -n 5 /var/log/nginx/error.log");
  }
}

maybe_finding proxy_backend(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr ||
      (socket->status != http_status::bad_gateway && socket->status != http_status::unavailable &&
       socket->status != http_status::gateway_timeout)) {
    return {};
  }
  if (is_without_tunnel(*socket)) return {};
  if (socket->status == http_status::unavailable && server_of(*socket) == web_server::nginx)
    return made_finding(
               "ws-refused-by-server", certainty::likely, strength::told,
               words(N_("nginx itself turns the request away with 503: by a limit "
                        "(limit_conn, limit_req), for maintenance, or in Kubernetes because "
                        "the service has no endpoint.")))
        .seen(status_words(*socket))
        .seen(words(N_("Of a broker that is down nginx says 502 or 504.")))
        .look(words(N_("On the server, its log of errors names the limit:")),
              "sudo tail -n 20 /var/log/nginx/error.log; sudo grep -rn -e limit_ -e 'return 503' "
              "/etc/nginx")
        .in_console(words(N_("Kubernetes: has the service an endpoint? (kubectl get endpoints; the "
                             "selector, the port and the pod's readiness decide.)")));
  const bool is_sure = socket->status != http_status::bad_gateway;
  const strength how = is_sure                   ? strength::agreed
                       : broker_took_time(known) ? strength::one_of_several
                                                 : strength::leaning;
  made_finding made("ws-proxy-backend-down", is_sure ? certainty::likely : certainty::possible, how,
                    words(N_("The web server cannot reach the broker's WebSocket port.")));
  made.seen(status_words(*socket));
  if (broker_of(known) == broker_kind::mosquitto) {
    made.lines(
        words(N_("Switch the listener on in mosquitto.conf, and let the proxy point to it:")),
        "listener 9001\nprotocol websockets", "mosquitto.conf");
  } else {
    made.mend(
        words(N_("Switch the broker's WebSocket listener on, and let the proxy point to it.")));
  }
  if (!is_sure && !broker_took_time(known))
    made.mend(
        words(N_("Let it lead to the listener for WebSocket (9001, 8083, 15675), not to "
                 "MQTT's own port: a broker hangs up on HTTP there, which looks the same.")));
  add_proxy_log(made, *socket);
  return made;
}

/// Where a redirect leads, as an address for WebSocket; "" when it tells no other address.
std::string redirected_to(const view& known, const std::string& location) {
  if (location.starts_with("https://")) return "wss://" + location.substr(8);
  if (location.starts_with("http://")) return "ws://" + location.substr(7);
  if (!location.starts_with("/")) return {};
  return std::string(word_of(known.at.scheme.value())) + "://" + known.target() + location;
}

bool is_login_page(const std::string& location) {
  constexpr std::array<const char*, 7> signs{"login", "signin",   "sign_in",         "oauth",
                                             "/sso",  "authelia", "cloudflareaccess"};
  const std::string small = lower(location);
  return std::any_of(signs.begin(), signs.end(),
                     [&](const char* sign) { return small.find(sign) != std::string::npos; });
}

/// The blocks that Chinese clouds put before a name without a filing.
bool is_without_filing(const websocket_fact& socket) {
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  return has(socket.body, "ICP Filing") || has(socket.body, "TestPage184") ||
         has(header_of(socket, "server"), "Beaver") ||
         has(header_of(socket, "location"), "webblock") || has(socket.body, "备案");
}

/// A proxy that stands in the way answers in the server's name.
maybe_finding intercepted(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || known.is_tls() || known.all.local.is_target) return {};
  const std::string server = header_of(*socket, "server"), via = header_of(*socket, "via");
  const bool is_squid = lower(server).find("squid") != std::string::npos ||
                        lower(via).find("squid") != std::string::npos;
  if (!is_squid) return {};
  return made_finding(
             "path-transparent-proxy", certainty::likely, strength::told,
             words(N_("A proxy on the way (squid) answered in the place of {host}: it does "
                      "not pass WebSocket on."),
                   {{"host", known.host()}}))
      .seen(status_words(*socket))
      .in_app(
          words(N_("Use TLS (wss:// on port 443): such a proxy passes on what it cannot read.")))
      .in_app(words(N_("Or use a VPN.")));
}

maybe_finding redirected(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || socket->status / 100 != 3) return {};
  const auto& around = known.at.reachability;
  if (around && around->test_net == connect_outcome::connected) return {};
  if (is_without_filing(*socket)) return {};
  const std::string location = header_of(*socket, "location");
  made_finding made(
      "ws-redirected-or-guarded", certainty::certain, strength::measured,
      is_login_page(location)
          ? words(N_("The server sends everybody to a login page ({location}): an app cannot fill "
                     "it in."),
                  {{"location", location}})
          : words(N_("The server redirects to {location}; WebSocket clients do not follow "
                     "redirects."),
                  {{"location", location.empty() ? "?" : location}}));
  made.seen(status_words(*socket));
  if (is_login_page(location))
    return made.in_console(
        words(N_("Exempt this path from the login, or give the broker a name without one.")));
  const std::string target = redirected_to(known, location);
  if (target.empty())
    return made.in_app(words(N_("Use the final address, with wss:// for https.")));
  return made.in_app(words(N_("Use {url} in the app."), {{"url", target}}));
}

maybe_finding guarded(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || other_path_that_works(known) != nullptr) return {};
  const auto& around = known.at.reachability;
  if (around && around->test_net == connect_outcome::connected) return {};
  if (is_without_filing(*socket)) {
    return made_finding("ws-redirected-or-guarded", certainty::likely, strength::told,
                        words(N_("The cloud blocks web traffic for {host}: in mainland China a "
                                 "name needs an ICP filing with the provider."),
                              {{"host", known.host()}}))
        .seen(status_words(*socket))
        .in_console(words(N_("File the name with this provider.")))
        .in_app(words(N_("Until then use the broker's own port with MQTT, or a port other than 80, "
                         "443 and 8080.")));
  }
  if (socket->status == http_status::unauthorized || socket->status == http_status::proxy_login) {
    return made_finding("ws-redirected-or-guarded", certainty::certain, strength::seen,
                        words(N_("The web server wants a login of its own for path {path}."),
                              {{"path", socket->path}}))
        .seen(status_words(*socket))
        .mend(words(N_("Remove it for this path (nginx: auth_basic off; in its location), or give "
                       "the app the header Authorization, if it can.")));
  }
  if (socket->status != http_status::forbidden) return {};
  const bool is_envoys_no = is_upgrade_forbidden_by_envoy(*socket);
  const bool is_challenge = !header_of(*socket, "cf-mitigated").empty() ||
                            socket->body.find("Just a moment") != std::string::npos;
  made_finding made(
      "ws-redirected-or-guarded",
      is_envoys_no   ? certainty::possible
      : is_challenge ? certainty::certain
                     : certainty::likely,
      is_envoys_no ? strength::one_of_several : strength::seen,
      is_challenge ? words(N_("The content delivery network wants proof that a person asks, which "
                              "an app cannot give."))
                   : words(N_("The web server forbids path {path} to this request."),
                           {{"path", socket->path}}));
  made.seen(status_words(*socket));
  if (server_of(*socket) == web_server::cloudflare)
    return made.in_console(
        words(N_("In its security settings let this path pass (no challenge, no "
                 "blocking rule), or set the record to \"DNS only\".")));
  made.mend(words(
      N_("See in its log why: an address that is denied, a check of the header Origin, which apps "
         "do not send, a firewall for web applications, or a folder without a page, where no "
         "WebSocket is set up at all; then make an exception for this path.")));
  add_proxy_log(made, *socket);
  return made;
}

/// The web server in front spoke plain HTTP to a port of TLS.
maybe_finding backend_wants_tls(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || !is_tls_behind(known, *socket)) return {};
  made_finding made("ws-proxy-backend-tls", certainty::likely, strength::told,
                    words(N_("The web server in front forwards plain HTTP to a port of TLS.")));
  made.seen(status_words(*socket))
      .seen(words(N_("Its page says \"{text}\", and the port that was asked is not the one it "
                     "speaks of."),
                  {{"text", socket->body}}));
  if (is_nginx(*socket))
    made.lines(words(N_("In nginx's location for {path}:"), {{"path", socket->path}}),
               "proxy_pass https://127.0.0.1:PORT;", "nginx.conf");
  return made.mend(
      words(N_("Let it lead to the port without TLS behind it, or speak https to it "
               "(ingress-nginx: annotation backend-protocol \"HTTPS\").")));
}

maybe_finding tunnel_down(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || !is_without_tunnel(*socket)) return {};
  made_finding made("ws-tunnel-down", certainty::likely, strength::told,
                    words(N_("The tunnel service answers by itself: no tunnel is open for "
                             "{host}."),
                          {{"host", known.host()}}));
  made.seen(status_words(*socket));
  if (!socket->body.empty())
    made.seen(words(N_("Its page says \"{text}\"."), {{"text", socket->body}}));
  return made
      .mend(words(N_("Start the tunnel's program on the broker's machine, for this very name (frp: "
                     "custom_domains or subdomain; Cloudflare: a public hostname of the tunnel).")))
      .in_app(words(N_("Give the app the address that the program shows now: free tunnels get "
                       "another one at each start.")));
}

/// What a status means that no other cause is about.
struct status_row {
  int status;
  const char* id;
  certainty how_sure;
  const char* cause;
  const char* cure;
};
constexpr const char* refusal = "ws-refused-by-server";
constexpr std::array status_rows{
    status_row{http_status::method_not_allowed, "ws-path-is-website", certainty::likely,
               N_("The web server knows path {path}, and takes other requests there than an "
                  "upgrade to WebSocket."),
               N_("Let this path lead to the broker's WebSocket listener, or use the path that "
                  "does.")},
    status_row{http_status::gone, "ws-wrong-path", certainty::likely,
               N_("The web server says that path {path} is there no longer."),
               N_("Set the path the server's documentation names.")},
    status_row{http_status::misdirected, refusal, certainty::certain,
               N_("The web server has no site for the name {host} behind this certificate."),
               N_("Use the name that its virtual host has, or add {host} to it.")},
    status_row{http_status::too_many_requests, refusal, certainty::certain,
               N_("The web server limits how often it is asked, and takes no more for now."),
               N_("Let the app wait longer between its attempts, or raise the limit (nginx: "
                  "limit_req, limit_conn).")},
    status_row{http_status::server_error, refusal, certainty::likely,
               N_("Something fails inside the web server, most often by its own configuration."),
               N_("Read its error log.")},
    status_row{http_status::not_implemented, "ws-proxy-no-upgrade", certainty::possible,
               N_("The web server does not know what to do with an upgrade to WebSocket."),
               N_("Switch its support for WebSocket on (Apache: the module proxy_wstunnel).")},
    status_row{http_status::version_not_supported, "ws-proxy-no-upgrade", certainty::possible,
               N_("The web server does not take HTTP/1.1, in which an upgrade is asked for."),
               N_("Allow HTTP/1.1 for this host.")},
};

/// Whether other causes are about the status.
bool is_others_status(int status) {
  constexpr std::array others{http_status::ok,
                              http_status::bad_request,
                              http_status::unauthorized,
                              http_status::forbidden,
                              http_status::not_found,
                              http_status::proxy_login,
                              http_status::upgrade_required};
  return std::find(others.begin(), others.end(), status) != others.end() || status / 100 == 3 ||
         (status >= http_status::bad_gateway && status <= http_status::gateway_timeout);
}

maybe_finding refused_otherwise(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || other_path_that_works(known) != nullptr) return {};
  const auto& around = known.at.reachability;
  if (around && around->test_net == connect_outcome::connected) return {};
  const auto* const row =
      std::find_if(status_rows.begin(), status_rows.end(),
                   [&](const status_row& each) { return each.status == socket->status; });
  const places with{{"path", socket->path}, {"host", known.host()}};
  if (row != status_rows.end()) {
    return made_finding(row->id, row->how_sure, strength::usual, words(row->cause, with))
        .seen(status_words(*socket))
        .mend(words(row->cure, with));
  }
  if (is_others_status(socket->status) || is_cdn_status(*socket)) return {};
  made_finding made(refusal, certainty::possible, strength::first_of_several,
                    words(N_("The web server answers \"{status}\" instead of opening a "
                             "WebSocket."),
                          {{"status", socket->status_line}}));
  made.seen(status_words(*socket));
  if (!socket->body.empty())
    made.seen(words(N_("Its page says \"{text}\"."), {{"text", socket->body}}));
  return made.mend(words(N_("Read its log for this request.")));
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"ws-proxy-no-upgrade", N_("the web server in front does not pass on the Upgrade"),
     layer::websocket, exit_code::cannot_connect, station::proxy, severity::problem,
     proxy_without_upgrade},
    {"ws-proxy-backend-down", N_("the web server in front cannot reach the broker"),
     layer::websocket, exit_code::cannot_connect, station::proxy, severity::problem, proxy_backend},
    {"ws-redirected-or-guarded", N_("the server redirects, or wants a login of its own"),
     layer::websocket, exit_code::cannot_connect, station::broker, severity::problem, redirected},
    {"ws-proxy-backend-tls", N_("the web server in front speaks plain HTTP to a port of TLS"),
     layer::websocket, exit_code::cannot_connect, station::proxy, severity::problem,
     backend_wants_tls},
    {"ws-tunnel-down", N_("the tunnel service answers, and no tunnel is open for the name"),
     layer::websocket, exit_code::cannot_connect, station::proxy, severity::problem, tunnel_down},
    {"ws-refused-by-server", N_("the web server refuses the upgrade by itself"), layer::websocket,
     exit_code::cannot_connect, station::proxy, severity::problem, refused_otherwise},
};

constexpr second_look looks[] = {
    {"path-transparent-proxy", intercepted},
    {"ws-proxy-backend-down", behind_cdn},
    {"ws-redirected-or-guarded", guarded},
};

}  // namespace

cause_table web_answer_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
