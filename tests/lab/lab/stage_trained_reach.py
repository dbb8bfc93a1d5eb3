"""Getting there, asked from outside and beside the server: names, ports, proxies, TLS and WebSocket, as people told of
them. Written down with its right answers before the doctor was asked."""
import pathlib
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported
from .services import dnsmasq, etc, haproxy, mosquitto, newest_tls, nginx, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_more_fourteen import certificate_and_key
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import AUTHORITY, FOR_SERVERS, behind, issued
from .stage_unmet_thirteen import GITHUB

MOSQUITTO = GITHUB + "eclipse-mosquitto/mosquitto/issues/"
EMQX = GITHUB + "emqx/emqx/issues/"
UPGRADE = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'


def secured(port, name="good", words=""):
    shown = certificates.get(name)
    return f"listen {port} ssl {words}; ssl_certificate {shown.chain}; ssl_certificate_key {shown.key};"


# ---- what was typed -------------------------------------------------------------------------------


@reported(GITHUB + "koush/scrypted/issues/1288 MQTT plug-in port number can only be 1883", r"2888", r"path|behind the host|after the host", is_long=False)
def the_port_stands_behind_the_path(lab):
    mosquitto(lab.server, listener=2888, ready=2888)
    return doctor(lab.phone, f"mqtt://{SERVER}/blah/blah:2888")


@reported(GITHUB + "TheThingsNetwork/lorawan-stack/issues/5376 connect ETIMEDOUT 63.34.215.128:8333", r"8883")
def the_digits_of_the_port_are_mixed_up(lab):
    in_the_cloud(lab, "mqtt.shop.net", "63.34.215.128")
    good = certificates.get("good")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker")
    lab.router.nft("fw ip daddr 63.34.215.128 tcp dport != 8883 drop")
    return doctor(lab.phone, "mqtts://mqtt.shop.net:8333", "--cafile", ca())


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/402 subscribing conn/publish/mqtt.eclipse.org", r"8883|TLS")
def scaleway_takes_8883(lab):
    in_the_cloud(lab, "iot.fr-par.scw.cloud", "51.159.48.7")
    good = certificates.get("good")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker")
    lab.router.nft("fw ip daddr 51.159.48.7 tcp dport != 8883 drop")
    return doctor(lab.phone, "iot.fr-par.scw.cloud:1883")


@reported(GITHUB + "ESPresense/Floorplan-Creator/issues/11 mqtt connection fail", r"1884", r"WebSocket|ws://")
def the_websocket_is_one_port_further(lab):
    mosquitto(lab.server, "listener 1884", "protocol websockets")
    return doctor(lab.phone, f"ws://{SERVER}:1883")


@reported(GITHUB + "skrashevich/double-take/issues/47 Can't run on port 1883", r"1883")
def it_dials_the_port_of_tls_where_there_is_none(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883")


# ---- web servers and proxies, from outside ---------------------------------------------------------


@reported(GITHUB + "websockets/ws/issues/727 websocket configuration issue", r"behind|broker", r"proxy|web server|nginx")
def the_upstream_is_a_port_nobody_has(lab):
    mosquitto(lab.server)
    nginx(lab.server, f"server {{ listen 8020; location / {{ proxy_pass http://127.0.0.1:8010; {UPGRADE} }} }}", 8020)
    return doctor(lab.phone, f"ws://{SERVER}:8020/websocket")


@reported(GITHUB + "bastlirna/mqtt-wall/issues/5 Error during WebSocket handshake", r"[Ss]ubprotocol|Sec-WebSocket-Protocol", r"mqttv3\.1")
def the_proxy_asks_for_another_subprotocol(lab):
    scripted(lab.server, 9001, "ws", "subprotocol=mqttv3.1", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@reported(GITHUB + "thingsboard/tbmq/issues/230 2.1.0 broke MQTT_PROXY_PROTOCOL_ENABLED", r"PROXY")
def the_block_behind_the_name_expects_a_header(lab):
    """The outer block reads the name and passes the bytes on without a header."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, "stream { map $ssl_preread_server_name $to { default 127.0.0.1:9481; } "
          "server { listen 8883; ssl_preread on; proxy_pass $to; } "
          f"server {{ {secured(9481, words='proxy_protocol')} proxy_pass 127.0.0.1:1883; }} }}")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported(GITHUB + "hivemq/hivemq-community-edition/issues/184 Proxy Protocol does not work with HAProxy", r"PROXY")
def a_header_behind_tls_that_the_broker_does_not_know(lab):
    """Both the closed connection and a broker that is down look so from outside; the header must be in reach."""
    mosquitto(lab.server)
    haproxy(lab.server, f"frontend f\n bind :8883 ssl crt {certificate_and_key(lab)}\n default_backend b\n"
            "backend b\n server s 127.0.0.1:1883 send-proxy-v2", 8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(MOSQUITTO + "2015 SNI issue", r"preread|name", r"nginx|proxy")
def it_reads_the_name_of_what_it_opens_itself(lab):
    """With ssl in its listen line there is no name to read beforehand, so no broker is chosen."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server)
    etc(lab, "hosts", f"127.0.0.1 localhost\n{SERVER} broker.test\n")
    nginx(lab.server, "", 8883, "stream { upstream mosquitto { server 127.0.0.1:1883; } "
          "map $ssl_preread_server_name $to { broker.test mosquitto; } "
          f"server {{ {secured(8883)} proxy_pass $to; ssl_preread on; }} }}")
    return on_broker(lab, "mqtts://broker.test:8883", "--cafile", ca())


@reported(GITHUB + "Hypfer/ICantBelieveItsNotValetudo/pull/41 broker is behind traefik proxy", r"name|SNI", r"Traefik|proxy")
def traefik_shows_its_own_certificate_to_who_says_no_name(lab):
    own = issued(lab, "traefik", "TRAEFIK DEFAULT CERT",
                 "subjectAltName=DNS:3a5c.9f1e.traefik.default\nextendedKeyUsage=serverAuth\n")
    scripted(lab.server, 8883, "tls", own.chain, own.key, "broker")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported("https://repost.aws/questions application load balancer in front of an MQTT broker", r"HTTP", r"balancer|ALB|NLB|proxy")
def a_balancer_for_the_web(lab):
    in_the_cloud(lab, "mqtt-lb-123.eu-west-1.elb.amazonaws.com", "34.249.1.7")
    scripted(lab.server, 1883, "http-patient", "400 Bad Request", "Server: awselb/2.0", "Connection: close")
    return doctor(lab.phone, "mqtt-lb-123.eu-west-1.elb.amazonaws.com:1883")


@reported("https://community.cloudflare.com/t/mqtt-trough-cloudflare-tunnel/503599", r"Cloudflare", r"wss|WebSocket|DNS only|tunnel")
def a_tunnel_of_cloudflare_asked_for_1883(lab):
    in_the_cloud(lab, "mqtt.home.net", "104.21.30.40")
    good = certificates.get("good")
    scripted(lab.server, 443, "tls", good.chain, good.key, "http", "404 Not Found", "Server: cloudflare")
    scripted(lab.server, 80, "http", "301 Moved Permanently", "Server: cloudflare", "Location: https://mqtt.home.net/")
    lab.router.nft("fw ip daddr 104.21.30.40 tcp dport != { 80, 443 } drop")
    return doctor(lab.phone, "mqtt.home.net:1883")


@reported("https://ngrok.com/docs/tcp tunnel that ended", r"ngrok|tunnel", is_long=False)
def the_tunnel_of_ngrok_has_ended(lab):
    in_the_cloud(lab, "0.tcp.eu.ngrok.io", "3.126.37.18")
    return doctor(lab.phone, "0.tcp.eu.ngrok.io:14523")


@reported(GITHUB + "fatedier/frp the local service of frpc is down", r"behind|tunnel|proxy|forward")
def frp_takes_it_and_its_other_end_has_nobody(lab):
    """frps accepts, asks frpc, which finds nobody at its local port; then it hangs up."""
    scripted(lab.server, 7000, "silent")
    scripted(lab.server, 1883, "close", "0.08")
    return doctor(lab.phone, AT)


# ---- beside the proxy's own files ------------------------------------------------------------------


@reported(GITHUB + "ZoeyVid/NPMplus/issues/2363 Forward mosquitto tcp stream", r"1833", r"1883")
def the_stream_goes_to_1833(lab):
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ {secured(8883)} proxy_pass 127.0.0.1:1833; }} }}")
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(GITHUB + "nginx/docker-nginx/issues/436 way to proxy a websocket", r"19010", r"9001")
def the_web_server_goes_to_19010(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 2001; location / {{ proxy_pass http://127.0.0.1:19010; {UPGRADE} }} }}", 2001)
    return on_broker(lab, f"ws://{SERVER}:2001/")


@reported(GITHUB + "emqx/emqx-usage-example/issues/3 websocket doesn't work in nginx", r"Upgrade|proxy_http_version|1\.1", r"nginx\.conf|\.conf")
def a_location_without_upgrade(lab):
    websocket_broker(lab.server)
    nginx(lab.server, "server { listen 8083; location /mqtt { proxy_pass http://127.0.0.1:9001; } }", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://community.home-assistant.io nginx passes WebSocket to the port of plain MQTT", r"1883", r"9001|websockets|WebSocket", r"nginx|proxy")
def the_web_server_goes_to_plain_mqtt(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; location / {{ proxy_pass http://127.0.0.1:1883; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/")


@reported(EMQX + "4749 recv client_disconnected:keepalive_timeout", r"timeout client|timeout", r"keep ?alive", r"haproxy")
def haproxy_waits_less_than_the_keep_alive(lab):
    """It works now, and each silent client will be cut off after 50 s: a warning."""
    mosquitto(lab.server, listener=1884, ready=1884)
    etc(lab, "haproxy/haproxy.cfg", "defaults\n mode tcp\n timeout connect 5s\n timeout client 50s\n timeout server 50s\n"
        "listen mqtt\n bind :1883\n server s 127.0.0.1:1884\n")
    lab.server.start("haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", ready=1883)
    return on_broker(lab, AT)


@reported(MOSQUITTO + "1504 Mqtt uses nginx proxy websocket to save connection errors", r"proxy_read_timeout", r"60")
def nginx_waits_its_60_seconds(lab):
    """Nothing is said of a timeout, so it is 60 s; the keep alive of most clients is 60 as well."""
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; location /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt")


@reported("https://discourse.haproxy.org mqtt closed at once, defaults say mode http", r"mode (http|tcp)")
def the_defaults_say_mode_http(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    etc(lab, "haproxy/haproxy.cfg", "defaults\n mode http\n timeout connect 5s\n timeout client 50s\n timeout server 50s\n"
        "frontend mqtt\n bind :1883\n default_backend b\nbackend b\n server s 127.0.0.1:1884\n")
    lab.server.start("haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", ready=1883)
    return on_broker(lab, AT)


# ---- names ------------------------------------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/3275 MQTT broker mDNS hostname not resolved", r"\.local|mDNS|multicast")
def the_device_does_not_ask_the_neighbours(lab):
    """Name servers know no .local, and nothing on this machine asks otherwise."""
    dnsmasq(lab.router)
    mosquitto(lab.server)
    return doctor(lab.phone, "hassio.local:1883")


@reported("https://docs.pi-hole.net rebind protection drops private answers", r"rebind|private", r"router|name server|resolver|filter", open_=True)
def the_router_takes_private_answers_out(lab):
    dnsmasq(lab.server, f"address=/broker.test/{SERVER}", address=SERVER)
    lab.router.start("dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", f"--listen-address={ROUTER_PHONE}",
                     "--bind-interfaces", "--user=root", "--group=root", "--pid-file=", "--conf-file=/dev/null",
                     f"--server={SERVER}", "--stop-dns-rebind")
    time.sleep(0.3)
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.test:1883", "--resolver", SERVER)


@reported("https://forum.fritz.com DS-Lite, the app is at IPv4", r"IPv6", r"IPv4")
def only_ipv6_leads_home_and_the_phone_has_none(lab):
    dnsmasq(lab.router, "address=/home.test/2a02:810d:1:2::5")
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "-6", "route", "del", "default")
    sh("ip", "-n", lab.phone.name, "-6", "address", "flush", "dev", "e0", "scope", "global")
    return doctor(lab.phone, "home.test:1883")


# ---- TLS --------------------------------------------------------------------------------------------


@reported(GITHUB + "acmesh-official/acme.sh/issues/3723 DST Root CA X3 has expired", r"old|expired", r"chain|root|cross")
def the_chain_ends_below_an_expired_root(lab):
    """Good here, where the newer root is known; those who go by the last certificate sent fail."""
    old, root, crossed = lab.file("dst"), certificates.get("ca"), lab.file("crossed.crt")
    sh("faketime", "2020-01-01 00:00:00", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
       f"{old}.key", "-out", f"{old}.crt", "-days", 600, "-subj", "/O=Digital Signature Trust Co./CN=DST Root CA X3")
    # The same key and name as our root's, by the old root.
    sh("openssl", "x509", "-in", root.certificate, "-CA", f"{old}.crt", "-CAkey", f"{old}.key", "-CAcreateserial",
       "-days", 3000, "-out", crossed, "-extfile", lab.file("ca.ext", AUTHORITY))
    crossed = certificates.Certificate(crossed, root.key, crossed)
    leaf = issued(lab, "leaf", "broker.test", FOR_SERVERS)
    sent = behind(lab, leaf, crossed)
    mosquitto(lab.server, "listener 8883", f"certfile {sent.chain}", f"keyfile {sent.key}", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported("https://stackoverflow.com mosquitto crlfile has expired, nobody gets in", r"CRL|revocation|crlfile", r"expired|old|renew")
def the_list_of_the_revoked_has_run_out(lab):
    folder = pathlib.Path(lab.file("crl"))
    folder.mkdir()
    (folder / "index").write_text("")
    (folder / "number").write_text("01\n")
    (folder / "cnf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/index\ncrlnumber={folder}/number\n"
                                "default_md=sha256\n")
    root = certificates.get("ca")
    sh("openssl", "ca", "-gencrl", "-config", folder / "cnf", "-cert", root.certificate, "-keyfile", root.key, "-out",
       folder / "list.pem", "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", f"crlfile {folder}/list.pem",
              ready=8883)
    own = certificates.get("client")
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--cert", own.certificate, "--key", own.key)


@reported(GITHUB + "esp8266/Arduino/issues BearSSL and a key of another kind", r"ECDSA|RSA|cipher|key")
def a_key_of_curves_and_a_client_of_rsa(lab):
    base = lab.file("curve")
    pathlib.Path(f"{base}.ext").write_text(FOR_SERVERS)
    sh("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{base}.key",
       "-out", f"{base}.csr", "-subj", "/CN=broker.test")
    root = certificates.get("ca")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", root.certificate, "-CAkey", root.key, "-CAcreateserial",
       "-days", 90, "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    mosquitto(lab.server, "listener 8883", f"certfile {base}.crt", f"keyfile {base}.key", ready=8883,
              env=newest_tls(lab, "TLSv1.2"))
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--ciphers",
                  "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA")


# ---- the network in between -------------------------------------------------------------------------


@reported("https://forum.company a gateway that answers every port with its login page", r"portal|gateway|intercept|network|proxy",
          unsaid="security group")
def the_gateway_answers_for_everybody(lab):
    """A transparent proxy: TLS, at every port of every address, by the certificate of the gateway."""
    in_the_cloud(lab, "mqtt.shop.net", "52.28.12.9")
    own = certificates.get("inspected")
    for port in (443, 8883):
        scripted(lab.router, 8443 + port, "tls", own.chain, own.key, "http", "403 Forbidden")
    lab.router.run("nft", "-f", "-", input="table ip n {\n chain pre { type nat hook prerouting priority -100;\n"
                   '  iifname "r0" ip daddr != 10.77.0.0/16 tcp dport { 443, 8883, 1883 } redirect to :17326\n }\n}\n')
    return doctor(lab.phone, "mqtts://mqtt.shop.net:8883")


@reported(GITHUB + "tailscale/tailscale/issues/8672 MQTT and CoAP does not transit Tailscale", r"MTU|large|size")
def a_tunnel_of_1280_and_nobody_says_so(lab):
    """The small CONNACK comes, the certificates do not."""
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    sh("ip", "-n", lab.router.name, "link", "set", "r0", "mtu", "1280")
    lab.router.nft("out meta l4proto icmp drop", "in meta l4proto icmp drop")
    long = [certificates.get("good")] * 3
    sent = behind(lab, *long)
    etc(lab, "unused", "")
    mosquitto(lab.server, "listener 8884", f"certfile {sent.chain}", f"keyfile {sent.key}", listener=None, ready=8884,
              name="second.conf")
    return doctor(lab.phone, f"mqtts://{SERVER}:8884", "--cafile", ca())


@reported("https://docs.oracle.com the image of the provider rejects all but SSH", r"iptables|firewall|rule|REJECT|reject", r"1883")
def the_image_came_with_rules(lab):
    mosquitto(lab.server)
    lab.server.run("sh", "-c", "iptables -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT && iptables -A INPUT -i lo -j ACCEPT "
                   "&& iptables -A INPUT -p tcp --dport 22 -j ACCEPT && iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited "
                   "&& iptables -A INPUT -p tcp --dport 1883 -j ACCEPT")
    return on_broker(lab, AT)


@reported(GITHUB + "chirpstack healthy, by two names", HEALTHY)
def by_an_alias_and_two_proxies(lab):
    dnsmasq(lab.router, "host-record=edge.test,10.77.2.2", "cname=mqtt.test,edge.test")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen a\n bind :1885\n timeout client 2h\n timeout server 2h\n server s 127.0.0.1:1884", 1885)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_timeout 2h; proxy_pass 127.0.0.1:1885; } }")
    proved(lab.phone)
    return doctor(lab.phone, "mqtt.test:1883")
