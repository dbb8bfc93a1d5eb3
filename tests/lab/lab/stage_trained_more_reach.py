"""Getting there, the second harvest: what lies beside the server, tunnels held on this machine, chains, and proxies that
want something of the client. Written down with its right answers before the doctor was asked."""
import os
import pathlib
import sys

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_trained_reach import UPGRADE, secured
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import AUTHORITY, behind, issued
from .stage_unmet_thirteen import GITHUB


def held_by(host, program, port, *words):
    """server.py under another program's name."""
    path = pathlib.Path(host.lab.file(program))
    os.symlink(sys.executable, path)
    return host.start(path, pathlib.Path(__file__).with_name("server.py"), port, *words, ready=port)


# ---- tunnels that end on this machine ------------------------------------------------------------


@reported("https://superuser.com ssh -L: channel open failed: connect failed: Connection refused", r"\bssh\b|tunnel", r"other end|far|behind|leads|remote|server", is_long=False)
def the_tunnel_of_ssh_finds_nobody(lab):
    held_by(lab.phone, "ssh", 1883, "close", "0.05")
    return doctor(lab.phone, "localhost:1883")


@reported("https://github.com/kubernetes/kubectl port-forward lost connection to pod", r"kubectl|port-forward|tunnel")
def kubectl_hands_it_to_a_pod_that_is_gone(lab):
    held_by(lab.phone, "kubectl", 1883, "close", "0.02")
    return doctor(lab.phone, "localhost:1883")


@reported(GITHUB + "cloudflare/cloudflared access tcp: the origin is down", r"cloudflared|tunnel")
def cloudflared_takes_it_and_the_origin_is_down(lab):
    held_by(lab.phone, "cloudflared", 1883, "close", "0.4")
    return doctor(lab.phone, "localhost:1883")


@reported(GITHUB + "fatedier/frp/issues/4012 frps listens, frpc is gone", r"frps?|tunnel", r"frpc|other end|behind|client")
def frps_on_the_rented_server(lab):
    held_by(lab.server, "frps", 1883, "close", "0.1")
    return on_broker(lab, AT)


# ---- beside the web server ------------------------------------------------------------------------


@reported("https://stackoverflow.com/questions/23948527 13: Permission denied while connecting to upstream", r"SELinux|httpd_can_network_connect|[Pp]ermission denied")
def the_web_server_may_not_connect(lab):
    websocket_broker(lab.server)
    etc(lab, "nginx/error.log", "2026/11/30 10:02:11 [crit] 812#812: *5 connect() to 127.0.0.1:9001 failed (13: Permission denied) "
        "while connecting to upstream, client: 10.77.1.2, server: _, request: \"GET /mqtt HTTP/1.1\", upstream: "
        "\"http://127.0.0.1:9001/mqtt\", host: \"10.77.2.2:8083\"\n")
    etc(lab, "nginx/nginx.conf", "user root; daemon off; pid /dev/null; error_log /etc/nginx/error.log;\nevents { }\nhttp { access_log off;\n"
        f"server {{ listen 8083;\n location /mqtt {{ return 502; proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }} }}\n")
    lab.server.start("nginx", "-c", "/etc/nginx/nginx.conf", "-e", "/etc/nginx/error.log", ready=8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "nginx: host not found in upstream, the container was renamed", r"10\.77\.9\.9|no route|does not answer|not reach|cannot be reached", r"nginx|web server|proxy")
def the_web_server_leads_to_a_container_that_is_gone(lab):
    """502 or 504 after a while; the error log and the file say where it went."""
    sh("ip", "-n", lab.server.name, "route", "add", "unreachable", "10.77.9.0/24")
    nginx(lab.server, f"server {{ listen 8083; location /mqtt {{ proxy_pass http://10.77.9.9:9001; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://serverfault.com limit_conn answers 503", r"limit_conn|limit|503")
def as_many_as_one_address_may(lab):
    websocket_broker(lab.server)
    nginx(lab.server, "limit_conn_zone $server_name zone=a:1m; server { listen 8083; location /mqtt { limit_conn a 0; "
          f"proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}".replace("limit_conn a 0;", "limit_conn a 1; return 503;"), 8083)
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@reported("https://stackoverflow.com nginx 400 The SSL certificate error, over wss", r"client('s)? certificate|certificate of (the|this) (client|device)|ssl_verify_client")
def the_web_server_does_not_know_who_issued_it(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ {secured(8443)} ssl_verify_client on; ssl_client_certificate {ca()}; location / {{ "
          f"proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8443)
    other = certificates.get("client-other")
    return doctor(lab.phone, f"wss://{SERVER}:8443/mqtt", "--cafile", ca(), "--cert", other.certificate, "--key", other.key)


@reported(GITHUB + "eclipse-paho/paho.mqtt.c/issues/724 Default keepAlive of 60 fails", HEALTHY)
def nginx_was_told_to_wait_a_day(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; location /mqtt {{ proxy_read_timeout 86400; proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "lelylan/haproxy-mqtt/issues/4 connections automatically get closed after sometime", r"timeout tunnel", r"30")
def haproxy_has_a_short_tunnel(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen mqtt\n bind :1883\n timeout client 2h\n timeout server 2h\n timeout tunnel 30s\n server s 127.0.0.1:1884", 1883)
    return on_broker(lab, AT)


@reported("https://community.home-assistant.io the location is /ws and the app asks for /mqtt", r"/ws\b", r"path|location")
def the_location_has_another_name(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; location / {{ return 404; }} location /ws {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


# ---- the broker's own file -------------------------------------------------------------------------


@reported("https://mosquitto.org/man/mosquitto-conf-5.html bind_interface", r"bind_interface|interface", r"\blo\b|loopback|127\.0\.0\.1")
def bound_to_one_interface(lab):
    mosquitto(lab.server, "listener 1883", "bind_interface lo", listener=None, ready=None)
    lab.server.wait_for_port(1883)
    proved(lab.phone, not_=True)
    return on_broker(lab, AT)


@reported("https://askubuntu.com the listener names the machine, which is 127.0.1.1", r"127\.0\.1\.1|loopback", r"hosts|name|listener")
def the_listener_names_the_machine(lab):
    lab.server.file("hosts", "127.0.0.1 localhost\n127.0.1.1 pi4\n")
    mosquitto(lab.server, "listener 1883 pi4", listener=None)
    return on_broker(lab, AT)


@reported("https://community.letsencrypt.org the chain was put together the wrong way round", r"order|first|before", r"key|chain|certificate")
def the_chain_file_begins_with_the_authority(lab):
    leaf, root = certificates.get("good"), certificates.get("ca")
    text = pathlib.Path(root.certificate).read_text() + pathlib.Path(leaf.certificate).read_text()
    etc(lab, "mosquitto/chain.pem", text)
    etc(lab, "mosquitto/key.pem", pathlib.Path(leaf.key).read_text(), 0o644)
    etc(lab, "mosquitto/mosquitto.conf", "listener 8883\nallow_anonymous true\ncertfile /etc/mosquitto/chain.pem\nkeyfile /etc/mosquitto/key.pem\n")
    lab.server.run("timeout", "3", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", check=False)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/1775 certificate in DER", r"DER|PEM|format|no certificate")
def the_certificate_is_in_der(lab):
    leaf = certificates.get("good")
    path = lab.file("good.der")
    sh("openssl", "x509", "-in", leaf.certificate, "-outform", "DER", "-out", path)
    etc(lab, "mosquitto/server.crt", pathlib.Path(path).read_bytes())
    etc(lab, "mosquitto/server.key", pathlib.Path(leaf.key).read_text(), 0o644)
    etc(lab, "mosquitto/mosquitto.conf", "listener 8883\nallow_anonymous true\ncertfile /etc/mosquitto/server.crt\nkeyfile /etc/mosquitto/server.key\n")
    lab.server.run("timeout", "3", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", check=False)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca())


# ---- certificates, from outside --------------------------------------------------------------------


@reported("https://community.letsencrypt.org R3 was sent where R10 issued", r"intermediate|chain")
def another_intermediate_is_sent(lab):
    leaf = certificates.get("leaf-alone")
    other = issued(lab, "r3", "Lab Intermediate R3", AUTHORITY)
    sent = behind(lab, leaf, other)
    mosquitto(lab.server, "listener 8883", f"certfile {sent.chain}", f"keyfile {sent.key}", listener=None, ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported("https://stackoverflow.com the server's certificate was given as the CA file", r"--cafile|CA file|authority|issuer")
def the_ca_file_holds_the_servers_own(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", certificates.get("good").certificate)


@reported("https://github.com/eclipse-paho wildcard does not cover two levels", r"\*\.|wildcard|level|name")
def a_star_covers_one_level(lab):
    dnsmasq(lab.router, f"address=/a.eu.example.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("wildcard"), ready=8883)
    return doctor(lab.phone, "mqtts://a.eu.example.test:8883", "--cafile", ca())


# ---- the company's proxy ---------------------------------------------------------------------------


PROXY = f"http://{ROUTER_PHONE}:3128"


@reported("https://stackoverflow.com paho behind a corporate proxy, getaddrinfo failed", r"proxy")
def names_are_known_to_the_proxy_alone(lab):
    dnsmasq(lab.router)
    scripted(lab.router, 3128, "http", "200 Connection established")
    return doctor(lab.phone, "mqtt.shop.net:8883", env={"https_proxy": PROXY})


@reported("https://stackoverflow.com MQTT.js wss behind a corporate proxy with a login", r"proxy", r"login|407|password|authenti")
def the_proxy_wants_a_login(lab):
    in_the_cloud(lab, "mqtt.shop.net", "52.28.12.9")
    scripted(lab.router, 3128, "http", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"')
    lab.router.nft("fw ip daddr 52.28.12.9 drop")
    return doctor(lab.phone, "wss://mqtt.shop.net:443/mqtt", env={"https_proxy": PROXY})


@reported("https://wiki.archlinux.org/title/Proxy_server no_proxy leaves the broker out", r"firewall|security group|network|drop|silent|swallow", unsaid="proxy", open_=True)
def the_broker_is_in_no_proxy(lab):
    in_the_cloud(lab, "mqtt.shop.net", "52.28.12.9")
    scripted(lab.router, 3128, "http", "403 Forbidden")
    lab.router.nft("fw ip daddr 52.28.12.9 drop")
    return doctor(lab.phone, "mqtt.shop.net:1883", env={"https_proxy": PROXY, "no_proxy": "localhost,.shop.net"})


@reported("https://stackoverflow.com a refusal of the broker's own, with a proxy set that does not matter", r"listen|running|loopback", unsaid="proxy")
def a_proxy_is_set_and_the_port_is_closed(lab):
    in_the_cloud(lab, "mqtt.shop.net", "52.28.12.9")
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2\\r\\n")
    scripted(lab.router, 3128, "http", "200 Connection established")
    return doctor(lab.phone, "mqtt.shop.net:1883", env={"https_proxy": PROXY})


# ---- names and addresses ---------------------------------------------------------------------------


@reported("https://forum.fritz.com two servers by one name, home and rented", r"two|several|differ|one of|old", r"address")
def the_name_has_an_address_that_speaks_http(lab):
    """The registrar's parking page has the second address."""
    dnsmasq(lab.router, "host-record=broker.test,10.77.2.2", "host-record=broker.test,10.77.2.3")
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.3/24", "dev", "e0")
    mosquitto(lab.server, f"listener 1883 {SERVER}", "allow_anonymous true", listener=None)
    scripted(lab.router, 18830, "http", "200 OK", "Server: parking")
    return doctor(lab.phone, "broker.test:1883")


@reported("https://github.com/home-assistant/supervisor core-mosquitto, from outside of the add-ons", r"core-mosquitto", r"container|add-on|Home Assistant|network")
def the_name_of_an_addon(lab):
    dnsmasq(lab.router)
    mosquitto(lab.server)
    return doctor(lab.phone, "core-mosquitto:1883")


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/397 What is localhost 8883?", r"space|blank|U\+0020")
def a_blank_before_the_host(lab):
    in_the_cloud(lab, "cloudmqtt.com", "54.12.9.8")
    return doctor(lab.phone, "-h", " m20.cloudmqtt.com", "-p", "22703")
