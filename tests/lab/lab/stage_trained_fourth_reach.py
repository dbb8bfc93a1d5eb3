"""Getting there, the fourth harvest: proxies that do not run, balancers of clouds, kinds of keys, and names once more.
Written down with its right answers before the doctor was asked."""
import pathlib

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported
from .services import dnsmasq, etc, haproxy, mosquitto, newest_tls, nginx, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_trained_more_reach import held_by
from .stage_trained_reach import UPGRADE
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import FOR_SERVERS
from .stage_unmet_thirteen import GITHUB



# ---- proxies that are set up and do not run -----------------------------------------------------------


@reported("https://discourse.haproxy.org could not resolve address, haproxy does not start", r"haproxy", r"not run|start|down", is_long=False)
def haproxy_has_the_port_and_does_not_run(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    etc(lab, "haproxy/haproxy.cfg", "defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
        "listen mqtt\n bind :1883\n server s brokr.internal:1884\n")
    return on_broker(lab, AT)


@reported("https://serverfault.com nginx: [emerg] cannot load certificate", r"nginx", r"not run|start|down")
def nginx_misses_its_certificate(lab):
    websocket_broker(lab.server)
    etc(lab, "nginx/nginx.conf", "events { }\nhttp { server { listen 443 ssl; ssl_certificate /etc/letsencrypt/live/x/fullchain.pem; "
        f"ssl_certificate_key /etc/letsencrypt/live/x/privkey.pem;\n location /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }} }}\n")
    return on_broker(lab, f"wss://{SERVER}:443/mqtt")


@reported("https://askubuntu.com stunnel4 is installed and ENABLED=0", r"stunnel", r"not run|start|down|ENABLED")
def stunnel_is_not_enabled(lab):
    mosquitto(lab.server)
    etc(lab, "stunnel/mqtt.conf", "[mqtt]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = /etc/stunnel/mqtt.pem\n")
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(GITHUB + "poblabs/weewx-belchertown/issues/64 Websocket Error", r"9001", r"10\.77\.2\.2", r"localhost|127\.0\.0\.1")
def localhost_where_the_broker_has_the_lan_alone(lab):
    """Of WebSocket mosquitto takes no address; so plain MQTT shows the same."""
    mosquitto(lab.server, f"listener 9001 {SERVER}", listener=None, ready=9001)
    nginx(lab.server, "", 8083, "stream { server { listen 8083; proxy_pass localhost:9001; } }")
    return on_broker(lab, f"mqtt://{SERVER}:8083")


# ---- clouds and balancers -----------------------------------------------------------------------------


@reported("https://learn.microsoft.com Application Gateway in front of MQTT", r"Application Gateway|balancer|gateway", r"HTTP")
def azures_gateway_for_the_web(lab):
    in_the_cloud(lab, "mqtt.shop.net", "20.50.2.7")
    scripted(lab.server, 1883, "http-patient", "400 Bad Request", "Server: Microsoft-Azure-Application-Gateway/v2", "Connection: close",
             "BODY:<html><head><title>400 Bad Request</title></head></html>")
    return doctor(lab.phone, "mqtt.shop.net:1883")


@reported("https://community.cloudflare.com wss on port 8084", r"Cloudflare", r"443|8443|ports?")
def cloudflare_has_no_8084(lab):
    in_the_cloud(lab, "mqtt.home.net", "104.21.30.40")
    scripted(lab.server, 80, "http", "301 Moved Permanently", "Server: cloudflare", "Location: https://mqtt.home.net/")
    lab.router.nft("fw ip daddr 104.21.30.40 tcp dport != { 80, 443 } drop")
    return doctor(lab.phone, "wss://mqtt.home.net:8084/mqtt")


@reported(GITHUB + "aws/amazon-freertos/issues/3135 Connection issue over port 443", r"x-amzn-mqtt-ca")
def another_alpn_than_amazons(lab):
    in_the_cloud(lab, "amazonaws.com", "52.10.2.3")
    cloud = certificates.get("clouds")
    own = certificates.get("client")
    scripted(lab.server, 443, "tls", cloud.chain, cloud.key, "alpn=x-amzn-mqtt-ca", "broker")
    return doctor(lab.phone, "mqtts://a3b-ats.iot.eu-west-1.amazonaws.com:443", "--cafile", ca(), "--cert", own.certificate,
                  "--key", own.key, "--tls-alpn", "mqtt")


@reported("https://www.rfc-editor.org a SOCKS proxy is all there is", r"proxy")
def socks_is_the_only_way(lab):
    in_the_cloud(lab, "mqtt.shop.net", "52.28.12.9")
    lab.router.nft("fw ip daddr 52.28.12.9 drop")
    return doctor(lab.phone, "mqtts://mqtt.shop.net:8883", env={"ALL_PROXY": f"socks5h://user:pw@{ROUTER_PHONE}:1080"})


@reported("https://wiki.squid-cache.org WebSocket through an intercepting squid", r"proxy|squid")
def squid_answers_the_upgrade(lab):
    in_the_cloud(lab, "mqtt.shop.net", "52.28.12.9")
    scripted(lab.server, 80, "http", "400 Bad Request", "Server: squid/5.7", "X-Squid-Error: ERR_INVALID_REQ 0", "Via: 1.1 gw.company (squid/5.7)",
             "BODY:<html><title>ERROR: The requested URL could not be retrieved</title></html>")
    return doctor(lab.phone, "ws://mqtt.shop.net:80/mqtt")


# ---- TLS ----------------------------------------------------------------------------------------------


@reported(GITHUB + "cesanta/mongoose/issues/3002 client connect TLS server failed", r"1\.3", r"version|1\.2")
def the_client_knows_tls_13_alone(lab):
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883, env=newest_tls(lab, "TLSv1.2"))
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--tls-version", "tlsv1.3")


@reported("https://stackoverflow.com Chrome does not take Ed25519 certificates", r"[Ee][Dd]25519", r"browser|phone|Chrome|app")
def a_key_that_browsers_do_not_know(lab):
    base = lab.file("ed")
    pathlib.Path(f"{base}.ext").write_text(FOR_SERVERS)
    sh("openssl", "req", "-newkey", "ed25519", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj", "/CN=broker.test")
    root = certificates.get("ca")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", root.certificate, "-CAkey", root.key, "-CAcreateserial", "-days", 90,
       "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    mosquitto(lab.server, "listener 8883", f"certfile {base}.crt", f"keyfile {base}.key", listener=None, ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported("https://discourse.haproxy.org strict-sni and clients without SNI", r"name|SNI")
def strict_about_names(lab):
    mosquitto(lab.server)
    both = lab.file("both.pem", "".join(pathlib.Path(p).read_text() for p in (certificates.get("dns-only").chain, certificates.get("dns-only").key)))
    haproxy(lab.server, f"listen m\n bind :8883 ssl crt {both} strict-sni\n server s 127.0.0.1:1883", 8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


# ---- names and healthy neighbours ----------------------------------------------------------------------


@reported("https://www.rfc-editor.org/rfc/rfc1034 a name with its last dot", HEALTHY)
def the_name_ends_with_a_dot(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.test.:1883")


@reported("https://www.haproxy.com haproxy with patience in front of WebSocket", HEALTHY)
def haproxy_in_front_of_websocket(lab):
    websocket_broker(lab.server)
    haproxy(lab.server, "frontend f\n mode http\n bind :8083\n default_backend b\nbackend b\n mode http\n timeout tunnel 1d\n server s 127.0.0.1:9001", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://serverfault.com the broker is reached through a jump host's ssh -L", HEALTHY)
def the_tunnel_of_ssh_leads_to_a_broker(lab):
    mosquitto(lab.server)
    proved(lab.phone)
    held_by(lab.phone, "ssh", 1883, "exchange")
    return doctor(lab.phone, "localhost:1883")
