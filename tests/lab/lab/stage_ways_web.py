"""A web server in front of the broker's WebSocket listener, set wrong in each way that can be."""
import os
import pathlib

from . import certificates
from .cases import Skip, doctor
from .certificates import ca
from .net import SERVER
from .services import dnsmasq, has, haproxy, mosquitto, nginx, scripted, websocket_broker
from .ways import member

WS, WSS = f"ws://{SERVER}:8080/mqtt", f"wss://{SERVER}:8443/mqtt"
TO = "proxy_pass http://127.0.0.1:9001;"
UPGRADE = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'
GOOD = TO + UPGRADE


def listen(secure, words=""):
    good = certificates.get("good")
    return (f"listen 8443 ssl {words}; ssl_certificate {good.chain}; ssl_certificate_key {good.key};" if secure
            else f"listen 8080 {words};")


def web(lab, inside, secure=False, words="", path="/mqtt", broker=True):
    if broker:
        websocket_broker(lab.server)
    nginx(lab.server, f"server {{ {listen(secure, words)} location {path} {{ {inside} }} }}", 8443 if secure else 8080)


def ask(lab, url, *words):
    return doctor(lab.phone, url, *words, *(["--cafile", ca()] if url.startswith(("wss", "mqtts")) else []))


NO_UPGRADE = ("ws-proxy-no-upgrade",)


@member(*NO_UPGRADE)
def web_without_upgrade(lab):
    web(lab, TO)
    return ask(lab, WS)


@member(*NO_UPGRADE)
def web_without_upgrade_tls(lab):
    web(lab, TO, True)
    return ask(lab, WSS)


@member(*NO_UPGRADE)
def web_http11_without_upgrade(lab):
    web(lab, TO + "proxy_http_version 1.1;")
    return ask(lab, WS)


@member("healthy")
def web_upgrade_and_http10(lab):
    """mosquitto does not mind."""
    web(lab, TO + 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";')
    return ask(lab, WS)


@member(*NO_UPGRADE)
def web_connection_close(lab):
    web(lab, TO + 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "close";')
    return ask(lab, WS)


def emqx_like(lab):
    scripted(lab.server, 9001, "ws", "path=/mqtt", "--", "broker")


@member(*NO_UPGRADE)
def web_without_upgrade_to_emqx(lab):
    emqx_like(lab)
    web(lab, TO, broker=False)
    return ask(lab, WS)


@member(*NO_UPGRADE)
def web_without_upgrade_to_emqx_tls(lab):
    emqx_like(lab)
    web(lab, TO, True, broker=False)
    return ask(lab, WSS)


@member("ws-proxy-backend-down", "ws-proxy-no-upgrade")
def web_to_the_raw_port(lab):
    mosquitto(lab.server)
    web(lab, GOOD.replace("9001", "1883"), broker=False)
    return ask(lab, WS)


@member("ws-proxy-backend-down")
def web_to_a_dead_port(lab):
    web(lab, GOOD, broker=False)
    return ask(lab, WS)


@member("ws-proxy-backend-down")
def web_to_a_dead_port_tls(lab):
    web(lab, GOOD, True, broker=False)
    return ask(lab, WSS)


@member("ws-proxy-backend-down")
def web_to_a_silent_address(lab):
    lab.server.run("ip", "route", "add", "10.99.0.0/16", "via", "10.77.2.1")
    lab.router.run("ip", "route", "add", "blackhole", "10.99.0.0/16")
    web(lab, GOOD.replace("127.0.0.1", "10.99.0.1") + "proxy_connect_timeout 2s;", broker=False)
    return ask(lab, WS)


@member("ws-wrong-path")
def web_path_not_given(lab):
    web(lab, GOOD)
    return ask(lab, f"ws://{SERVER}:8080/")


@member("ws-wrong-path")
def web_unusual_path(lab):
    web(lab, GOOD, path="/iot/socket")
    return ask(lab, WS)


@member("ws-redirected-or-guarded")
def web_path_with_a_slash(lab):
    web(lab, GOOD, path="/mqtt/")
    return ask(lab, WS)


@member("ws-wrong-path")
def web_strips_the_path(lab):
    emqx_like(lab)
    web(lab, GOOD.replace("9001;", "9001/;"), broker=False)
    return ask(lab, WS)


@member("ws-wrong-path")
def web_adds_a_path(lab):
    emqx_like(lab)
    web(lab, GOOD.replace("9001;", "9001/mqtt/;"), broker=False, path="/")
    return ask(lab, WS)


@member("ws-redirected-or-guarded")
def web_redirects_to_https(lab):
    web(lab, "return 301 https://$host$request_uri;", broker=False)
    return ask(lab, WS)


@member("ws-redirected-or-guarded")
def web_redirects_to_www(lab):
    web(lab, "return 308 https://www.broker.test$request_uri;", True, broker=False)
    return ask(lab, WSS)


@member("ws-redirected-or-guarded")
def web_wants_a_login(lab):
    web(lab, GOOD + f'auth_basic "x"; auth_basic_user_file {lab.file("ht", "a:b")};')
    return ask(lab, WS)


@member("ws-redirected-or-guarded")
def web_denies(lab):
    web(lab, GOOD + "deny all;")
    return ask(lab, WS)


@member("ws-redirected-or-guarded")
def web_checks_the_origin(lab):
    web(lab, 'if ($http_origin !~ "broker") { return 403; }' + GOOD)
    return ask(lab, WS)


@member("ws-redirected-or-guarded")
def web_challenges_robots(lab):
    scripted(lab.server, 8080, "http", "403 Forbidden", "Server: cloudflare", "cf-mitigated: challenge",
             "CF-RAY: 8a-HKG", "BODY:<html><head><title>Just a moment...</title></head></html>")
    return ask(lab, WS)


@member("ws-path-is-website")
def web_is_a_website(lab):
    web(lab, "return 200 '<html><title>Welcome</title></html>';", broker=False)
    return ask(lab, WS)


@member("ws-subprotocol-missing")
def web_hides_the_subprotocol(lab):
    web(lab, GOOD + "proxy_hide_header Sec-WebSocket-Protocol;")
    return ask(lab, WS)


@member("ws-subprotocol-missing", "ws-subprotocol-unknown")
def web_does_not_pass_the_subprotocol_on(lab):
    web(lab, GOOD + 'proxy_set_header Sec-WebSocket-Protocol "";')
    return ask(lab, WS)


@member("healthy")
def web_in_order(lab):
    web(lab, GOOD)
    return ask(lab, WS)


@member("healthy")
def web_in_order_tls(lab):
    web(lab, GOOD, True)
    return ask(lab, WSS)


@member("healthy")
def web_in_order_http2(lab):
    web(lab, GOOD, True, "http2")
    return ask(lab, WSS)


@member("ws-plain-to-wss-port")
def ws_asked_of_tls(lab):
    web(lab, GOOD, True)
    return ask(lab, "ws://" + SERVER + ":8443/mqtt")


@member("tls-to-plaintext-port")
def wss_asked_of_plain(lab):
    web(lab, GOOD)
    return ask(lab, "wss://" + SERVER + ":8080/mqtt")


@member("ws-raw-mqtt-to-ws-port")
def mqtt_asked_of_web(lab):
    web(lab, GOOD)
    return ask(lab, f"mqtt://{SERVER}:8080")


@member("ws-raw-mqtt-to-ws-port")
def mqtts_asked_of_web_tls(lab):
    web(lab, GOOD, True)
    return ask(lab, f"mqtts://{SERVER}:8443")


@member("tls-to-plaintext-port", "ws-raw-mqtt-to-ws-port")
def mqtts_asked_of_web(lab):
    web(lab, GOOD)
    return ask(lab, f"mqtts://{SERVER}:8080")


@member("tls-plaintext-to-tls-port", "ws-raw-mqtt-to-ws-port")
def mqtt_asked_of_web_tls(lab):
    web(lab, GOOD, True)
    return ask(lab, f"mqtt://{SERVER}:8443")


@member("ws-proxy-backend-down", "ws-proxy-no-upgrade")
def web_speaks_tls_to_a_plain_backend(lab):
    web(lab, GOOD.replace("http://", "https://"))
    return ask(lab, WS)


@member("ws-proxy-backend-down", "ws-proxy-no-upgrade")
def web_speaks_plain_to_a_tls_backend(lab):
    good = certificates.get("good")
    websocket_broker(lab.server, f"certfile {good.chain}", f"keyfile {good.key}")
    web(lab, GOOD, broker=False)
    return ask(lab, WS)


@member("ws-proxy-backend-tls")
def web_speaks_plain_to_a_tls_web_server(lab):
    """Of which the inner one says: plain HTTP request was sent to HTTPS port."""
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ {listen(True)} location / {{ {GOOD} }} }} server {{ listen 8080; location / {{ "
          f"{GOOD.replace('9001', '8443')} }} }}", 8080)
    return ask(lab, WS)


@member("ws-proxy-backend-tls")
def web_tls_speaks_plain_to_a_tls_web_server(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ {listen(True)} location / {{ {GOOD} }} }} server {{ "
          f"{listen(True).replace('8443', '9443')} location / {{ {GOOD.replace('9001', '8443')} }} }}", 9443)
    return ask(lab, f"wss://{SERVER}:9443/mqtt")


@member("proxy-protocol-expected")
def web_expects_a_header(lab):
    web(lab, GOOD, words="proxy_protocol")
    return ask(lab, WS)


@member("proxy-protocol-expected")
def web_expects_a_header_tls(lab):
    web(lab, GOOD, True, "proxy_protocol")
    return ask(lab, WSS)


@member("tls-client-cert-missing")
def web_demands_a_certificate(lab):
    web(lab, GOOD + "", True, f"; ssl_verify_client on; ssl_client_certificate {ca()}")
    return ask(lab, WSS)


@member("tls-hostname-mismatch")
def web_shows_the_default_servers_certificate(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    other = certificates.get("other")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8443 ssl; ssl_certificate {other.chain}; ssl_certificate_key {other.key}; "
          f"location / {{ {GOOD} }} }}", 8443)
    return ask(lab, "wss://broker.test:8443/mqtt")


@member("tls-sni-refused")
def web_rejects_unknown_names(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    good = certificates.get("good")
    websocket_broker(lab.server)
    nginx(lab.server, "server { listen 8443 ssl default_server; ssl_reject_handshake on; } server { listen 8443 ssl; "
          f"server_name www.test; ssl_certificate {good.chain}; ssl_certificate_key {good.key}; location / {{ {GOOD} }} }}",
          8443)
    return ask(lab, "wss://broker.test:8443/mqtt")


@member("tls-sni-refused")
def web_rejects_unknown_names_of_mqtts(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    nginx(lab.server, "server { listen 8443 ssl default_server; ssl_reject_handshake on; }", 8443)
    return ask(lab, "mqtts://broker.test:8443")


@member("ws-path-is-website", "ws-wrong-path")
def web_default_server_takes_the_request(lab):
    """The name is not among the server's: the default site answers."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8080 default_server; return 200 'hello'; }} server {{ listen 8080; "
          f"server_name mqtt.test; location /mqtt {{ {GOOD} }} }}", 8080)
    return ask(lab, "ws://broker.test:8080/mqtt")


# ---- what gateways answer by themselves -----------------------------------------------------------


def answers(status, *headers, body=""):
    def stage(lab):
        scripted(lab.server, 8080, "http", status, *headers, f"BODY:{body}")
        return ask(lab, WS)
    return stage


def named(name, *right, **how):
    def register(function):
        function.__name__ = name
        return member(*right, **how)(function)
    return register


GUARDED, DOWN, PATH = "ws-redirected-or-guarded", "ws-proxy-backend-down", "ws-wrong-path"
REFUSED, TUNNEL = "ws-refused-by-server", "ws-tunnel-down"
WORDS = [
    ("traefik_404", (PATH,), "404 Not Found", ("Content-Type: text/plain; charset=utf-8",), "404 page not found"),
    ("ingress_default_backend", (PATH,), "404 Not Found", (), "default backend - 404"),
    ("ingress_503", (DOWN, REFUSED), "503 Service Temporarily Unavailable", ("Server: nginx",), "<title>503 Service Temporarily Unavailable</title>"),
    ("ingress_308", (GUARDED,), "308 Permanent Redirect", ("Location: https://broker.test/mqtt", "Strict-Transport-Security: max-age=31536000"), ""),
    ("envoy_403_upgrade", ("ws-proxy-no-upgrade",), "403 Forbidden", ("server: envoy",), ""),
    ("envoy_no_healthy", (DOWN,), "503 Service Unavailable", ("server: envoy",), "no healthy upstream"),
    ("envoy_upstream_reset", (DOWN,), "503 Service Unavailable", ("server: envoy",), "upstream connect error or disconnect/reset before headers. reset reason: connection failure"),
    ("envoy_404", (PATH,), "404 Not Found", ("server: envoy",), ""),
    ("envoy_426", ("ws-proxy-no-upgrade",), "426 Upgrade Required", ("server: envoy",), ""),
    ("alb_502", (DOWN,), "502 Bad Gateway", ("Server: awselb/2.0",), "<title>502 Bad Gateway</title>"),
    ("alb_503", (DOWN,), "503 Service Temporarily Unavailable", ("Server: awselb/2.0",), "<title>503 Service Temporarily Unavailable</title>"),
    ("alb_504", (DOWN,), "504 Gateway Time-out", ("Server: awselb/2.0",), "<title>504 Gateway Time-out</title>"),
    ("alb_301", (GUARDED,), "301 Moved Permanently", ("Server: awselb/2.0", "Location: https://x.test:443/mqtt"), ""),
    ("alb_404_fixed", (PATH,), "404 Not Found", ("Server: awselb/2.0",), ""),
    ("cloudflare_400", ("ws-proxy-backend-tls", "ws-plain-to-wss-port"), "400 Bad Request", ("Server: cloudflare",), "<title>400 The plain HTTP request was sent to HTTPS port</title>"),
    ("cloudflare_520", (DOWN,), "520 Unknown", ("Server: cloudflare",), "error code: 520"),
    ("cloudflare_521", (DOWN,), "521 Unknown", ("Server: cloudflare",), "error code: 521"),
    ("cloudflare_522", (DOWN,), "522 Unknown", ("Server: cloudflare",), "error code: 522"),
    ("cloudflare_523", (DOWN,), "523 Unknown", ("Server: cloudflare",), "error code: 523"),
    ("cloudflare_524", (DOWN,), "524 Unknown", ("Server: cloudflare",), "error code: 524"),
    ("cloudflare_525", (DOWN,), "525 Unknown", ("Server: cloudflare",), "error code: 525"),
    ("cloudflare_526", (DOWN,), "526 Unknown", ("Server: cloudflare",), "error code: 526"),
    ("cloudflare_tunnel_530", (TUNNEL,), "530 Unknown", ("Server: cloudflare",), "error code: 1033"),
    ("cloudflare_tunnel_502", (DOWN,), "502 Bad Gateway", ("Server: cloudflare",), "<title>502: Bad gateway</title>"),
    ("cloudflare_access", (GUARDED,), "302 Found", ("Server: cloudflare", "Location: https://team.cloudflareaccess.com/cdn-cgi/access/login/x"), ""),
    ("cloudflare_1020", (GUARDED,), "403 Forbidden", ("Server: cloudflare",), "error code: 1020"),
    ("cloudflare_1003", (GUARDED,), "403 Forbidden", ("Server: cloudflare",), "error code: 1003"),
    ("ngrok_offline", (TUNNEL,), "404 Not Found", ("Ngrok-Error-Code: ERR_NGROK_3200",), "The endpoint x.ngrok-free.app is offline. ERR_NGROK_3200"),
    ("ngrok_8012", (DOWN,), "502 Bad Gateway", ("Ngrok-Error-Code: ERR_NGROK_8012",), "Traffic was successfully tunneled to the ngrok agent, but the agent failed to establish a connection to the upstream web service at http://localhost:9001. ERR_NGROK_8012"),
    ("ngrok_warning", (GUARDED, "ws-path-is-website"), "200 OK", ("Ngrok-Error-Code: ERR_NGROK_6024",), "You are about to visit x.ngrok-free.app"),
    ("frp_404", (TUNNEL,), "404 Not Found", ("Server: frp/0.52.3",), "<title>Not Found</title><h1>The page you requested was not found.</h1><p>Faithfully yours, frp.</p>"),
    ("natapp_404", (TUNNEL,), "404 Not Found", (), "Tunnel x.natappfree.cc not found"),
    ("cpolar_404", (TUNNEL,), "404 Not Found", (), "Tunnel x.cpolar.cn not found"),
    ("cpolar_502", (DOWN,), "502 Bad Gateway", (), "cpolar: failed to establish a connection to the local address"),
    ("localtunnel_503", (TUNNEL,), "503 Service Unavailable", (), "503 - Tunnel Unavailable"),
    ("synology_404", (PATH,), "404 Not Found", ("Server: nginx",), "<title>Sorry, the page you are looking for is not found.</title>"),
    ("npm_502", (DOWN,), "502 Bad Gateway", ("Server: openresty",), "<title>502 Bad Gateway</title>"),
    ("npm_default_site", ("ws-path-is-website",), "200 OK", ("Server: openresty",), "<title>Default Site</title><h1>Congratulations!</h1>"),
    ("npm_no_websockets", ("ws-proxy-no-upgrade",), "426 Upgrade Required", ("Server: openresty",), ""),
    ("baota_no_site", ("ws-path-is-website", PATH), "404 Not Found", ("Server: nginx",), "<title>没有找到站点</title>"),
    ("baota_waf", (GUARDED,), "403 Forbidden", ("Server: nginx",), "<title>网站防火墙</title>"),
    ("baota_panel", ("ws-path-is-website", PATH), "404 Not Found", ("Server: nginx",), "<title>安全入口校验失败</title>"),
    ("aliyun_icp", (GUARDED,), "403 Forbidden", ("Server: Beaver",), "<title>TestPage184</title><body>Non-compliance ICP Filing</body>"),
    ("tencent_icp", (GUARDED,), "302 Found", ("Location: https://dnspod.qcloud.com/static/webblock.html?d=broker.test",), ""),
    ("caddy_502", (DOWN,), "502 Bad Gateway", ("Server: Caddy",), ""),
    ("caddy_308", (GUARDED,), "308 Permanent Redirect", ("Server: Caddy", "Location: https://broker.test/mqtt"), ""),
    ("caddy_empty_200", ("ws-path-is-website",), "200 OK", ("Server: Caddy",), ""),
    ("haproxy_503", (DOWN,), "503 Service Unavailable", ("cache-control: no-cache",), "<html><body><h1>503 Service Unavailable</h1>No server is available to handle this request."),
    ("haproxy_400", ("ws-proxy-no-upgrade", PATH, "ws-plain-to-wss-port"), "400 Bad request", ("cache-control: no-cache",), "<html><body><h1>400 Bad request</h1>Your browser sent an invalid request."),
    ("tailscale_502", (DOWN,), "502 Bad Gateway", (), ""),
    ("rate_limited", (REFUSED,), "429 Too Many Requests", ("Server: nginx", "Retry-After: 60"), ""),
    ("apache_421", (REFUSED,), "421 Misdirected Request", ("Server: Apache",), "<title>421 Misdirected Request</title>"),
    ("method_405", ("ws-path-is-website", PATH), "405 Method Not Allowed", ("Server: nginx",), ""),
    ("gone_410", (PATH,), "410 Gone", ("Server: nginx",), ""),
    ("too_large_413", (REFUSED,), "413 Request Entity Too Large", ("Server: nginx",), ""),
    ("server_500", (REFUSED,), "500 Internal Server Error", ("Server: nginx",), "<title>500 Internal Server Error</title>"),
    ("not_implemented_501", ("ws-proxy-no-upgrade",), "501 Not Implemented", (), ""),
    ("nginx_444_like_407", (GUARDED,), "407 Proxy Authentication Required", ("Proxy-Authenticate: Basic",), ""),
    ("legal_451", (REFUSED,), "451 Unavailable For Legal Reasons", (), ""),
    ("http_505", ("ws-proxy-no-upgrade",), "505 HTTP Version Not Supported", (), ""),
    ("conflict_409", (REFUSED,), "409 Conflict", ("Server: cloudflare",), "error code: 1001"),
]
for _name, _right, _status, _headers, _body in WORDS:
    named(_name, *_right)(answers(_status, *_headers, body=_body))


# ---- apache ---------------------------------------------------------------------------------------


def apache(lab, text, secure=False, port=None):
    if not has("apache2"):
        raise Skip("apache2 is not installed")
    modules = "/usr/lib/apache2/modules"
    port = port or (8443 if secure else 8080)
    names = ["mpm_event", "authz_core", "headers", "alias", "proxy", "proxy_http", "proxy_wstunnel", "rewrite", "ssl", "socache_shmcb"]
    load = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in names
                     if os.path.exists(f"{modules}/mod_{name}.so") and f"#no {name}\n" not in text)
    good = certificates.get("good")
    tls = f"SSLEngine on\nSSLCertificateFile {good.chain}\nSSLCertificateKeyFile {good.key}\n" if secure else ""
    folder = lab.file("web")
    os.makedirs(folder, exist_ok=True)
    pathlib.Path(folder, "index.html").write_text("<html><title>It works</title></html>")
    path = lab.file("apache.conf", f"ServerRoot {folder}\nPidFile {folder}/pid\nErrorLog {folder}/error.log\n{load}\n"
                    f"User root\nServerName broker.test\nListen {port}\nDocumentRoot {folder}\n<Directory {folder}>\n"
                    f"Require all granted\n</Directory>\n<VirtualHost *:{port}>\n{tls}{text}\n</VirtualHost>\n".replace(
                        "User root\n", "User www-data\n"))
    os.chmod(folder, 0o755)
    lab.server.start("apache2", "-D", "FOREGROUND", "-f", path, ready=port)


@member("healthy")
def apache_in_order(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:9001/mqtt")
    return ask(lab, WS)


@member(*NO_UPGRADE)
def apache_http_only(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /mqtt http://127.0.0.1:9001/mqtt")
    return ask(lab, WS)


@member(*NO_UPGRADE)
def apache_http_only_to_emqx(lab):
    emqx_like(lab)
    apache(lab, "ProxyPass /mqtt http://127.0.0.1:9001/mqtt")
    return ask(lab, WS)


@member("healthy")
def apache_without_wstunnel(lab):
    """Since 2.4.47 mod_proxy_http hands the upgrade on as well."""
    websocket_broker(lab.server)
    apache(lab, "#no proxy_wstunnel\nProxyPass /mqtt ws://127.0.0.1:9001/mqtt")
    return ask(lab, WS)


@member(DOWN)
def apache_dead(lab):
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:9001/mqtt")
    return ask(lab, WS)


@member(DOWN)
def apache_to_the_raw_port(lab):
    mosquitto(lab.server)
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:1883/mqtt")
    return ask(lab, WS)


@member("ws-plain-to-wss-port")
def apache_ws_asked_of_tls(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:9001/mqtt", True)
    return ask(lab, f"ws://{SERVER}:8443/mqtt")


@member("tls-plaintext-to-tls-port", "ws-raw-mqtt-to-ws-port")
def apache_mqtt_asked_of_tls(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:9001/mqtt", True)
    return ask(lab, f"mqtt://{SERVER}:8443")


@member("ws-raw-mqtt-to-ws-port")
def apache_mqtts_asked_of_tls(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:9001/mqtt", True)
    return ask(lab, f"mqtts://{SERVER}:8443")


@member("tls-to-plaintext-port")
def apache_wss_asked_of_plain(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /mqtt ws://127.0.0.1:9001/mqtt")
    return ask(lab, f"wss://{SERVER}:8080/mqtt")


@member("ws-wrong-path", "ws-path-is-website")
def apache_other_path(lab):
    websocket_broker(lab.server)
    apache(lab, "ProxyPass /broker ws://127.0.0.1:9001/mqtt")
    return ask(lab, WS)


# ---- haproxy in mode http -------------------------------------------------------------------------


def http_haproxy(lab, bind, back, port=8080):
    haproxy(lab.server, f"frontend f\n mode http\n bind :{port} {bind}\n default_backend b\nbackend b\n mode http\n"
            f" server s {back}", port)


@member("healthy")
def haproxy_in_order(lab):
    websocket_broker(lab.server)
    http_haproxy(lab, "", "127.0.0.1:9001")
    return ask(lab, WS)


@member(DOWN)
def haproxy_dead(lab):
    http_haproxy(lab, "", "127.0.0.1:9001")
    return ask(lab, WS)


@member(DOWN, "ws-proxy-no-upgrade")
def haproxy_to_the_raw_port(lab):
    mosquitto(lab.server)
    http_haproxy(lab, "", "127.0.0.1:1883")
    return ask(lab, WS)


@member("mqtt-not-a-broker", "input-dashboard-port", "proxy-wrong-mode")
def mqtt_asked_of_http_haproxy(lab):
    mosquitto(lab.server)
    http_haproxy(lab, "", "127.0.0.1:1884")
    return ask(lab, f"mqtt://{SERVER}:8080")
