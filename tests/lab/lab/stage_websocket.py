"""The upgrade from HTTP to WebSocket, through proxies and without."""
from . import certificates
from .cases import Skip, case, doctor
from .certificates import ca
from .net import SERVER
from .services import (has, haproxy, mosquitto, nginx, scripted, stunnel, tls_lines, websocket_broker)

UPGRADE = ("proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
           "proxy_set_header Connection upgrade;")
WS = f"ws://{SERVER}:8080"
NGINX = 8080


def website(lab, *locations, port=NGINX, more="", tls=None, listen=""):
    """nginx with these locations; tls: the name of a certificate."""
    secure = ""
    if tls is not None:
        certificate = certificates.get(tls)
        listen += " ssl"
        secure = f"ssl_certificate {certificate.chain}; ssl_certificate_key {certificate.key};"
    return nginx(lab.server, f"server {{ listen {port}{listen}; {secure} {more} "
                 + " ".join(locations) + " }", port)


def to_broker(path="/mqtt", port=9001, headers=UPGRADE):
    return f"location {path} {{ proxy_pass http://127.0.0.1:{port}; {headers} }}"


# ---- the path ------------------------------------------------------------------------------------


@case("ws-wrong-path")
def other_path_behind_nginx(lab):
    websocket_broker(lab.server)
    website(lab, to_broker("= /ws"), "location / { return 404; }")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-wrong-path")
def path_left_out(lab):
    websocket_broker(lab.server)
    website(lab, to_broker("= /mqtt"), "location / { return 404; }")
    return doctor(lab.phone, f"{WS}/")


@case("ws-wrong-path")
def server_that_says_400(lab):
    """As the usual node library does."""
    websocket_broker(lab.server)
    website(lab, to_broker("= /mqtt"), "location / { return 400; }")
    return doctor(lab.phone, f"{WS}/wrong")


@case("ws-wrong-path")
def secure_and_other_path(lab):
    websocket_broker(lab.server)
    website(lab, to_broker("= /mqtt"), "location / { return 404; }", tls="good")
    return doctor(lab.phone, f"wss://{SERVER}:8080/ws", "--cafile", ca())


@case("ws-wrong-path")
def path_nobody_would_guess(lab):
    websocket_broker(lab.server)
    website(lab, to_broker("= /broker/socket"), "location / { return 404; }")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-wrong-path")
def scripted_server_with_one_path(lab):
    scripted(lab.server, 9001, "ws", "path=/ws", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("ws-path-is-website")
def a_page_in_its_place(lab):
    website(lab, "location / { default_type text/html; return 200 '<html><title>Welcome</title>'; }")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-path-is-website")
def a_page_over_tls(lab):
    website(lab, "location / { default_type text/html; return 200 '<html><title>Shop</title>'; }",
            tls="good")
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt", "--cafile", ca())


@case("ws-path-is-website")
def single_page_application_swallows_all_paths(lab):
    """The application's page for every path; the broker's is there, too, elsewhere."""
    website(lab, "location / { default_type text/html; return 200 '<html><title>App</title>'; }")
    return doctor(lab.phone, f"{WS}/")


# ---- the subprotocol ------------------------------------------------------------------------------


@case("ws-subprotocol-missing")
def proxy_takes_the_subprotocol_away(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(headers=UPGRADE + ' proxy_set_header Sec-WebSocket-Protocol "";'))
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-subprotocol-missing")
def server_that_confirms_none_and_is_deaf(lab):
    scripted(lab.server, 9001, "ws", "subprotocol=none", "--", "silent")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("ws-subprotocol-unknown")
def old_server_knows_mqttv31_alone(lab):
    scripted(lab.server, 9001, "ws", "subprotocol=mqttv3.1", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("ws-subprotocol-unknown")
def old_server_says_400_to_mqtt(lab):
    scripted(lab.server, 9001, "ws", "subprotocol=mqttv3.1", "unknown=400", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


# ---- proxies -----------------------------------------------------------------------------------


@case("ws-proxy-no-upgrade")
def nginx_without_upgrade_headers(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(headers=""))
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-proxy-no-upgrade")
def nginx_with_http_1_0_alone(lab):
    """The headers are there, and the version is not."""
    websocket_broker(lab.server)
    website(lab, to_broker(headers="proxy_set_header Upgrade $http_upgrade;"))
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-proxy-no-upgrade")
def backend_asks_for_an_upgrade(lab):
    scripted(lab.server, 9001, "ws", "--", "broker")
    website(lab, to_broker(headers="proxy_set_header Connection close;"))
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-proxy-no-upgrade")
def secure_nginx_without_upgrade_headers(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(headers=""), tls="good")
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt", "--cafile", ca())


@case("ws-proxy-backend-down")
def nginx_502(lab):
    website(lab, to_broker())
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-proxy-backend-down")
def secure_nginx_502(lab):
    website(lab, to_broker(), tls="good")
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt", "--cafile", ca())


@case("ws-proxy-backend-down")
def nginx_504(lab):
    website(lab, "location /mqtt { proxy_pass http://10.77.2.77:9001; proxy_connect_timeout 2s; "
            + UPGRADE + " }")
    lab.server.nft("out ip daddr 10.77.2.77 drop")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-proxy-backend-down")
def haproxy_503(lab):
    if not has("haproxy"):
        raise Skip("haproxy is not installed")
    haproxy(lab.server, "listen l\n mode http\n bind :8080\n retries 0\n server s 127.0.0.1:9001", 8080)
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-proxy-backend-down")
def haproxy_503_with_checks(lab):
    if not has("haproxy"):
        raise Skip("haproxy is not installed")
    haproxy(lab.server, "listen l\n mode http\n bind :8080\n server s 127.0.0.1:9001 check inter 200 "
            "fall 1", 8080)
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-closed-after-upgrade")
def bridge_whose_broker_is_down(lab):
    """A WebSocket-to-TCP bridge upgrades first and then finds nobody."""
    scripted(lab.server, 9001, "ws", "--", "close")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("ws-redirected-or-guarded")
def redirected_to_https(lab):
    website(lab, "location / { return 301 https://broker.test$request_uri; }")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-redirected-or-guarded")
def redirected_to_a_login(lab):
    website(lab, "location / { return 302 /login; }")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-redirected-or-guarded")
def password_of_the_website(lab):
    websocket_broker(lab.server)
    website(lab, 'location /mqtt { auth_basic "Site"; auth_basic_user_file '
            f"{lab.file('htpasswd', '')}; proxy_pass http://127.0.0.1:9001; {UPGRADE} }}")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-redirected-or-guarded")
def forbidden_by_the_website(lab):
    website(lab, "location / { deny all; }")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-redirected-or-guarded")
def forbidden_over_tls(lab):
    website(lab, "location / { return 403; }", tls="good")
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt", "--cafile", ca())


@case("ws-http2-negotiated")
def app_offers_http_2(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(), tls="good", listen=" http2")
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt", "--cafile", ca(), "--tls-alpn", "h2")


@case("ws-http2-negotiated")
def app_prefers_http_2(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(), tls="good", listen=" http2")
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt", "--cafile", ca(), "--tls-alpn", "h2",
                  "--tls-alpn", "http/1.1")


# ---- plain, secure and raw mixed up ----------------------------------------------------------------


@case("ws-plain-to-wss-port")
def plain_to_secure_nginx(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(), tls="good")
    return doctor(lab.phone, f"{WS}/mqtt")


@case("ws-plain-to-wss-port")
def plain_to_secure_mosquitto(lab):
    mosquitto(lab.server, *tls_lines("good", 9001, "protocol websockets"), ready=9001)
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("ws-plain-to-wss-port")
def plain_to_stunnel(lab):
    if not has("stunnel4"):
        raise Skip("stunnel4 is not installed")
    certificate = certificates.get("good")
    websocket_broker(lab.server)
    stunnel(lab.server, f"[wss]\naccept = 8084\nconnect = 127.0.0.1:9001\ncert = {certificate.chain}\n"
            f"key = {certificate.key}", 8084)
    return doctor(lab.phone, f"ws://{SERVER}:8084/mqtt")


@case("ws-raw-mqtt-to-ws-port")
def raw_to_mosquitto(lab):
    websocket_broker(lab.server)
    return doctor(lab.phone, f"mqtt://{SERVER}:9001")


@case("ws-raw-mqtt-to-ws-port")
def raw_to_mosquitto_as_311(lab):
    websocket_broker(lab.server)
    return doctor(lab.phone, f"mqtt://{SERVER}:9001", "-V", "3.1.1")


@case("ws-raw-mqtt-to-ws-port")
def raw_to_another_port_number(lab):
    websocket_broker(lab.server, port=8888)
    return doctor(lab.phone, f"{SERVER}:8888")


@case("ws-raw-mqtt-to-ws-port")
def raw_to_nginx(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(), "location / { return 404; }", port=8083)
    return doctor(lab.phone, f"mqtt://{SERVER}:8083")


@case("ws-raw-mqtt-to-ws-port")
def raw_over_tls_to_secure_websocket(lab):
    mosquitto(lab.server, *tls_lines("good", 8084, "protocol websockets"), ready=8084)
    return doctor(lab.phone, f"mqtts://{SERVER}:8084", "--cafile", ca())


@case("ws-handshake-to-raw-port")
def upgrade_to_mosquitto(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"ws://{SERVER}:1883/mqtt")


@case("ws-handshake-to-raw-port")
def upgrade_to_secure_mosquitto(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return doctor(lab.phone, f"wss://{SERVER}:8883/mqtt", "--cafile", ca())


@case("ws-handshake-to-raw-port")
def upgrade_to_a_broker_that_waits_for_more(lab):
    scripted(lab.server, 1883, "broker")
    return doctor(lab.phone, f"ws://{SERVER}:1883/mqtt")


@case("mqtt-not-a-broker", layer="ws")
def upgrade_to_an_ssh_server(lab):
    scripted(lab.server, 8083, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@case("ws-text-frames")
def broker_that_sends_text(lab):
    scripted(lab.server, 9001, "ws", "frames=text", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("mqtt-broker-hung", layer="ws")
def websocket_broker_that_stopped(lab):
    import os
    import signal
    process = websocket_broker(lab.server)
    os.killpg(process.pid, signal.SIGSTOP)
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")
