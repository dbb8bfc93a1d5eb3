"""Getting there, the third harvest: what was typed, home routers, the web in front, add-ons, and certificates once more.
Written down with its right answers before the doctor was asked."""
import pathlib

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import PHONE, ROUTER_SERVER, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, reported
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_trained_reach import UPGRADE
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import FOR_SERVERS, issued
from .stage_unmet_thirteen import GITHUB

OWNTRACKS = GITHUB + "owntracks/android/issues/"


# ---- certificates ------------------------------------------------------------------------------------


@reported(OWNTRACKS + "983 Can't connect to host: the CA was no CA", r"CA:TRUE|basicConstraints|authority|no CA|not a CA|may (not )?sign")
def the_authority_is_none(lab):
    """A certificate of one's own making without CA:TRUE, which issued the server's."""
    own = lab.file("noca")
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{own}.key", "-out", f"{own}.crt", "-days", 365,
       "-subj", "/CN=Home CA", "-addext", "basicConstraints=critical,CA:FALSE")
    leaf = issued(lab, "leaf", "broker.test", FOR_SERVERS, by=certificates.Certificate(f"{own}.crt", f"{own}.key", f"{own}.crt"))
    mosquitto(lab.server, "listener 8883", f"certfile {leaf.chain}", f"keyfile {leaf.key}", listener=None, ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", f"{own}.crt")


@reported(OWNTRACKS + "432 Server Name extension not sent when using Websockets over TLS", r"name|SNI", r"Kubernetes|ingress|nginx|default|proxy|by address")
def the_ingress_shows_its_fake_certificate(lab):
    fake = issued(lab, "fake", "Kubernetes Ingress Controller Fake Certificate", "subjectAltName=DNS:ingress.local\nextendedKeyUsage=serverAuth\n")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8443 ssl; ssl_certificate {fake.chain}; ssl_certificate_key {fake.key}; location / {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8443)
    return doctor(lab.phone, f"wss://{SERVER}:8443/mqtt", "--cafile", ca())


@reported(GITHUB + "home-assistant/addons/issues/4168 Mosquitto broker port 8883 is disabled", r"8883", r"TLS|certificate|1883|SSL")
def the_addon_has_no_tls(lab):
    mosquitto(lab.server, "listener 1884", "protocol websockets")
    return doctor(lab.phone, "-h", SERVER, "-p", "8883", "--insecure", "--cafile", ca())


@reported(GITHUB + "home-assistant/addons/issues/405 Unable to run only in ssl mode", r"TLS|mqtts|8883")
def plain_is_spoken_to_8883(lab):
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    return doctor(lab.phone, f"mqtt://{SERVER}:8883")


@reported("https://community.letsencrypt.org the certificate of yesterday is asked for on a clock of last year", r"clock", open_=True)
def the_client_lives_in_the_past(lab):
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), prefix=("faketime", "2024-05-01 00:00:00"))


@reported("https://stackoverflow.com mosquitto_sub --cafile with a bundle that lacks it", r"issued by|authority|CA")
def the_bundle_lacks_this_authority(lab):
    own = issued(lab, "leaf2", "broker.test", FOR_SERVERS, by=certificates.get("other-ca"))
    mosquitto(lab.server, "listener 8883", f"certfile {own.chain}", f"keyfile {own.key}", listener=None, ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", certificates.joined("ca", "proxy-ca").chain)


@reported("https://github.com/mqttjs server wants client certificates, the app has none", r"client certificate|--cert")
def behind_a_tls_proxy_that_wants_certificates(lab):
    mosquitto(lab.server)
    both = lab.file("both.pem", "".join(pathlib.Path(p).read_text() for p in (certificates.get("good").chain, certificates.get("good").key)))
    haproxy(lab.server, f"listen m\n bind :8883 ssl crt {both} ca-file {ca()} verify required\n server s 127.0.0.1:1883", 8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(GITHUB + "haproxytech/kubernetes-ingress/issues/5 one suite alone", r"cipher")
def the_listener_has_one_suite_for_small_devices(lab):
    mosquitto(lab.server)
    both = lab.file("both.pem", "".join(pathlib.Path(p).read_text() for p in (certificates.get("good").chain, certificates.get("good").key)))
    haproxy(lab.server, f"listen m\n bind :8883 ssl crt {both} ciphers ECDHE-ECDSA-AES128-CCM8 ssl-max-ver TLSv1.2\n server s 127.0.0.1:1883", 8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


# ---- the web in front ---------------------------------------------------------------------------------


@reported(GITHUB + "emqx/emqx/issues/2205 Parse failed, EMQ is behind Traefik", r"8083|9001|WebSocket listener|plain|MQTT's own port", r"Traefik|web server|proxy")
def traefik_leads_to_the_plain_port(lab):
    scripted(lab.server, 8080, "http", "502 Bad Gateway", "Content-Type: text/plain", "BODY:Bad Gateway")
    return doctor(lab.phone, f"ws://{SERVER}:8080/mqtt")


@reported(GITHUB + "traefik/traefik/issues/6615 wss yields 404", r"route|rule|router|path|Host")
def traefik_knows_no_route_for_the_name(lab):
    scripted(lab.server, 8080, "http", "404 Not Found", "Content-Type: text/plain; charset=utf-8", "X-Content-Type-Options: nosniff", "BODY:404 page not found\n")
    return doctor(lab.phone, f"ws://{SERVER}:8080/mqtt")


@reported(GITHUB + "traefik/traefik/issues/2912 Sec-Websocket-Protocol header missing", r"[Ss]ubprotocol|Sec-WebSocket-Protocol")
def the_proxy_drops_the_subprotocol(lab):
    scripted(lab.server, 9001, "ws", "subprotocol=none", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@reported(GITHUB + "sclausen/ngx-mqtt/issues/45 Error port 1883", r"1883", r"WebSocket")
def a_browser_dials_1883(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"ws://{SERVER}:1883/")


@reported(GITHUB + "sukesh-ak/setup-mosquitto-with-docker/issues/7 Caddy container continuously restarting", r"web server|Caddy|proxy")
def caddy_does_not_start(lab):
    websocket_broker(lab.server)
    etc(lab, "caddy/Caddyfile", "mqtt.example.org {\n  reverse_proxy ws://127.0.0.1:9001\n}\n")
    return on_broker(lab, f"wss://{SERVER}:443/mqtt")


@reported("https://community.home-assistant.io nginx: one location is a regular expression", HEALTHY)
def a_location_by_expression(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; location / {{ return 404; }} location ~ ^/mq {{ proxy_read_timeout 1d; proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://serverfault.com headers of the server block are not inherited", r"Upgrade", r"location|nginx")
def the_location_sets_one_header_and_loses_the_others(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; {UPGRADE}\nlocation /mqtt {{\nproxy_set_header Host $host; proxy_pass http://127.0.0.1:9001; }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://serverfault.com a broker behind an upstream by name", r"9002", r"9001|not running|another port")
def the_upstream_has_the_wrong_port(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"upstream mqttd {{ server 127.0.0.1:9002; }} server {{ listen 8083; location /mqtt {{ proxy_pass http://mqttd; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://serverfault.com two servers behind haproxy, the first is down", HEALTHY)
def one_of_two_is_down_and_haproxy_knows(lab):
    mosquitto(lab.server, listener=1885, ready=1885)
    haproxy(lab.server, "listen m\n bind :1883\n option redispatch\n retries 1\n timeout connect 1s\n server a 127.0.0.1:1884 check inter 100ms fall 1\n server b 127.0.0.1:1885 check", 1883)
    import time
    time.sleep(1)
    return on_broker(lab, AT)


# ---- home routers, names and addresses -----------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/7000 a router inside the network, forwarded the wrong way", r"10\.77\.2\.2|broker's own|own address|machine itself|router", r"router|address")
def the_inner_routers_address_was_typed(lab):
    """The inner router forwards nothing outwards: its own far address refuses."""
    mosquitto(lab.server)
    return doctor(lab.phone, f"{ROUTER_SERVER}:1883")


@reported("https://github.com/esphome/issues/issues/4962 broker: 172.17.0.7", r"172\.17|container|docker")
def a_containers_address_from_outside(lab):
    lab.router.nft("fw ip daddr 172.16.0.0/12 drop")
    return doctor(lab.phone, "172.17.0.7:1883")


@reported("https://community.home-assistant.io homeassistant.local resolves to a link-local IPv6 address", r"link-local|fe80|IPv6")
def the_name_leads_to_fe80(lab):
    dnsmasq(lab.router, "host-record=ha.test,fe80::1234")
    return doctor(lab.phone, "ha.test:1883")


@reported(GITHUB + "skrashevich/double-take/issues/60 getaddrinfo ENOTFOUND 192.168.1.56:1883", r"port|1883|host field|host")
def the_port_is_in_the_host_field_of_an_app(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "-h", f"homeassistant_ip_address:1883", "-p", "1883")


@reported("https://www.reddit.com DDNS name of the old provider, address of somebody else now", r"stale|router", r"forward")
def somebody_else_has_the_address_now(lab):
    in_the_cloud(lab, "home.dyn.net", "84.17.22.9")
    scripted(lab.server, 443, "tls", certificates.get("other").chain, certificates.get("other").key, "http", "200 OK", "Server: lighttpd/1.4")
    scripted(lab.server, 80, "http", "200 OK", "Server: lighttpd/1.4", "BODY:<title>FRITZ!Box</title>")
    lab.router.nft("fw ip daddr 84.17.22.9 tcp dport != { 80, 443 } drop")
    return doctor(lab.phone, "home.dyn.net:1883")


@reported("https://wireguard.com Required key not available", r"WireGuard|VPN|AllowedIPs|peer|route|rule", unsaid="security group")
def the_vpn_has_no_peer_for_the_address(lab):
    """As `ip route` shows it without WireGuard at hand: the system itself says no."""
    sh("ip", "-n", lab.phone.name, "route", "add", "prohibit", "10.77.2.0/24")
    mosquitto(lab.server)
    return doctor(lab.phone, AT)


@reported("https://unix.stackexchange.com fail2ban banned my own phone", r"fail2ban|f2b|ban", r"unban|remove|delete|let")
def fail2ban_has_banned_the_phone(lab):
    mosquitto(lab.server)
    lab.server.run("nft", "-f", "-", input=f"""table inet f2b-table {{
  set addr-set-mosquitto {{ type ipv4_addr; elements = {{ {PHONE} }} }}
  chain f2b-chain {{ type filter hook input priority filter - 1; policy accept;
    tcp dport {{ 1883, 8883 }} ip saddr @addr-set-mosquitto reject with icmp port-unreachable
  }}
}}
""")
    return on_broker(lab, AT)


@reported("https://docs.docker.com a container published on IPv6 only", r"10\.77\.2\.2", r"fd77:2::2")
def the_broker_has_ipv6_alone(lab):
    mosquitto(lab.server, f"listener 1883 {SERVER6}", listener=None)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    return on_broker(lab, AT)
