"""Never met, the thirteenth batch, its second half: brokers of other makers, clouds, certificates, WebSocket, and
messages that do not come, as people told of them."""
import os
import pathlib
import shutil
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import SERVER
from .reported import HEALTHY, on_broker, proved, public, reported, said
from .services import dnsmasq, haproxy, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_thirteen import GITHUB, client

CLOUD = "a1b2c3d4e5-ats.iot.eu-west-1.amazonaws.com"


def in_the_cloud(lab, domain, address):
    """The server at a public address under every name below that domain."""
    dnsmasq(lab.router, f"address=/{domain}/{public(lab, address)}")


# ---- other brokers --------------------------------------------------------------------------------


@reported(GITHUB + "kerwincui/FastBee/issues/14 java项目连不上EMQX，提示message=Not authorized to connect",
          r"user|password|login|credential|用户|密码")
def emqx_knows_no_such_user(lab):
    scripted(lab.server, 1883, "broker", "user=wumei-smart:5")
    return doctor(lab.phone, AT, "-u", "wumei-smart", "-P", "wumei-smart")


@reported(GITHUB + "rabbitmq/rabbitmq-server/issues/409 I enabled rabbitmq mqtt plugin but can not connect to it?",
          "guest", r"localhost|loopback|remote|same machine|own machine|127\.0\.0\.1|from elsewhere")
def guest_from_another_machine(lab):
    scripted(lab.server, 1883, "broker", "versions=3,4", "local=guest", "anonymous=5")
    scripted(lab.server, 5672, "half", "414d515000000901")
    return doctor(lab.phone, AT, "-u", "guest", "-P", "guest")


@reported(GITHUB + "NinevaStudios/mqtt-utilities-unreal/issues/10 Can't connect to RabbitMQ server (local)", "AMQP")
def the_port_of_amqp(lab):
    scripted(lab.server, 5672, "half", "414d515000000901")
    return doctor(lab.phone, f"{SERVER}:5672", "-u", "unreal", "-P", "secret")


@reported(GITHUB + "richibrics/IoTuring/issues/129 Cannot Connect to Broker on Windows: 'Connection Lost'",
          r"WebSocket|8883")
def hivemq_at_its_port_for_browsers(lab):
    in_the_cloud(lab, "hivemq.cloud", "18.185.200.42")
    good = certificates.get("clouds")
    scripted(lab.server, 8884, "tls", good.chain, good.key, "http", "400 Bad Request")
    mosquitto(lab.server, *tls_lines("clouds"), "allow_anonymous false", f"password_file {password_file(lab)}",
              listener=None, ready=8883)
    return doctor(lab.phone, "mqtts://7e2f71a.s1.eu.hivemq.cloud:8884", "--cafile", ca(), "-u", "alice", "-P", "alice-pw")


def amazon(lab, *behind):
    """It wants a client's certificate, and hands on to this behaviour of server.py."""
    in_the_cloud(lab, "amazonaws.com", "52.29.114.37")
    good = certificates.get("clouds")
    both = lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())
    scripted(lab.server, 9883, *behind)
    lab.server.nft("in ip daddr 52.29.114.37 tcp dport != 8883 drop")
    haproxy(lab.server, f"listen a\n  bind :8883 ssl crt {both} verify required ca-file {ca()}\n"
                        "  server a 127.0.0.1:9883", 8883)
    own = certificates.get("client")
    return ("--cafile", ca(), "--cert", own.certificate, "--key", own.key)


@reported(GITHUB + "cesanta/mongoose-os/issues/178 aws mqtt can't connect", "policy")
def amazons_policy_does_not_let_it_connect(lab):
    return doctor(lab.phone, f"mqtts://{CLOUD}:8883", *amazon(lab, "half", ""), "-i", "esp32_0A3F")


@reported(GITHUB + "emqx/MQTTX/issues/502 Client disconnects before create a topic", "subscri",
          r"policy|allow|permi|authori|right")
def amazons_policy_does_not_let_it_subscribe(lab):
    words = amazon(lab, "broker", "versions=4", "subscribe=close")
    return doctor(lab.phone, f"mqtts://{CLOUD}:8883", *words, "-t", "test/topic")


# ---- certificates ---------------------------------------------------------------------------------


@reported(GITHUB + "hassio-addons/addon-mqtt/issues/47 SSL certificate expired message",
          r"restart|reload|HUP|still (shows|uses|serves|sends)|newer|on disk")
def renewed_and_not_read_again(lab):
    old, new = certificates.get("expired"), certificates.get("good")
    chain, key = lab.file("fullchain.pem"), lab.file("privkey.pem")
    for certificate in (old, new):
        shutil.copy(certificate.chain, chain)
        shutil.copy(certificate.key, key)
        for path in (chain, key):
            os.chmod(path, 0o644)
        if certificate is old:
            mosquitto(lab.server, "listener 8883", f"certfile {chain}", f"keyfile {key}", ready=8883)
            time.sleep(1.2)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/593 Let's Encrypt certificate never validate",
          r"expired|clock|root|chain|trust", open_=True)
def an_app_with_old_roots(_):
    return said("Error: certificate has expired", "--app", "MQTT Explorer")


@reported(GITHUB + "Vetru-Apps/mqtt-dashboard-documentation/issues/21 sslv3 alert certificate unknown",
          r"client|phone|app\b|device|it ", r"trust|authority|\bCA\b|know")
def app_does_not_know_the_own_authority(_):
    return said("OpenSSL Error[0]: error:14094416:SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown",
                "--app", "mosquitto")


@reported(GITHUB + "owntracks/talk/issues/132 TLS failure", r"cafile|authority|\bCA\b|self-signed|trust")
def own_authority_and_no_cafile(lab):
    mosquitto(lab.server, *tls_lines("good"), "allow_anonymous false", f"password_file {password_file(lab)}", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "-u", "alice", "-P", "alice-pw")


# ---- WebSocket and what is in front ---------------------------------------------------------------


@reported(GITHUB + "emqx/emqx-usage-example/issues/3 websocket doesn't work in nginx", r"HTTP/1\.0|proxy_http_version|upgrade header|not pass.{0,30}(upgrade|WebSocket)")
def nginx_speaks_http_1_0(lab):
    """EMQX answers 400 to an upgrade in HTTP/1.0."""
    scripted(lab.server, 8083, "http", "400 Bad Request", "server: Cowboy")
    lab.server.nft("in iifname e0 tcp dport 8083 drop")
    nginx(lab.server, """server { listen 8080; location /mqtt { proxy_pass http://127.0.0.1:8083;
 proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_set_header Host $host; } }""", 8080)
    return doctor(lab.phone, f"ws://{SERVER}:8080/mqtt")


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/1504 Mqtt uses nginx proxy websocket to save connection errors",
          r"idle|silen|quiet|timeout", r"proxy|nginx|keep.?alive|on the way|between")
def nginx_ends_what_is_silent(lab):
    """After 60 seconds in the thread, where the app pings every 60; after three here."""
    websocket_broker(lab.server)
    nginx(lab.server, """server { listen 8080; location /mqtt { proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1;
 proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_read_timeout 3s; } }""", 8080)
    return doctor(lab.phone, "delivery", f"ws://{SERVER}:8080/mqtt", "--watch", "8s", "-k", "60")


@reported(GITHUB + "jzombie/docker-mqtt-mosquitto-cloudflare-tunnel/issues/22 WS shouldn't go through Cloudflare?",
          "cloudflare")
def cloudflare_at_port_9001(lab):
    in_the_cloud(lab, "mqtt.example.test", "104.21.48.7")
    good = certificates.get("good")
    scripted(lab.server, 443, "tls", good.chain, good.key, "http", "404 Not Found", "Server: cloudflare")
    scripted(lab.server, 80, "http", "301 Moved Permanently", "Server: cloudflare", "Location: https://mqtt.example.test/")
    lab.server.nft("in ip daddr 104.21.48.7 tcp dport != { 80, 443 } drop")
    return doctor(lab.phone, "ws://mqtt.example.test:9001/mqtt")


@reported(GITHUB + "shamblett/mqtt_client/issues/636 Cant connect to EMQX via websockets", r"/mqtt\b", "path")
def emqx_serves_one_path(lab):
    scripted(lab.server, 8083, "ws", "path=/mqtt", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:8083/")


@reported(GITHUB + "sukesh-ak/setup-mosquitto-with-docker/issues/7 Caddy container continuously restarting",
          r"443", r"(nothing|nobody) listens|not running|web server|proxy")
def caddy_does_not_start(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    websocket_broker(lab.server)
    return doctor(lab.phone, "wss://broker.test")


@reported(GITHUB + "mqttjs/MQTT.js/issues/244 warn on connect to a non ws enabled MQTT sever",
          r"(plain|raw) MQTT|not .{0,20}WebSocket|without WebSocket|no WebSocket|MQTT over TCP")
def websocket_to_the_plain_port(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"ws://{SERVER}:1883/mqtt")


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/402 subscribing conn/publish instead of connection",
          r"(use|answers on) port 8883")
def scaleway_has_tls_alone(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    lab.server.nft("in iifname e0 tcp dport 1883 drop")
    return doctor(lab.phone, "broker.test:1883")


@reported(GITHUB + "lf-edge/ekuiper/issues/1074 Can not connect the broker.emqx.io", r"\bDNS|name|resol|look.?up")
def the_name_is_not_found(_):
    return said("Unable to connect (Lookup error.).", "--app", "mosquitto_pub")


# ---- connected, and nothing comes -----------------------------------------------------------------


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/200 on_message call back is not getting called",
          r"nobody|no message|nothing|publish|sent", open_=True, or_nothing=True)
def publisher_leaves_before_it_has_sent(lab):
    """Its program ends without a turn of the network loop; seen from the broker it came and went."""
    mosquitto(lab.server)
    client(lab.server, "connect=paho765579CDED21EA00DC,60", to="127.0.0.1").wait(5)
    return doctor(lab.phone, "delivery", AT, "-t", "topic/test")


@reported(GITHUB + "mr-manuel/venus-os_dbus-mqtt-pv/issues/42 on_message doesn't get called",
          r"balkonsolar/(#|status)|below|deeper|sub-?topic|levels?\b")
def messages_are_one_level_below(lab):
    mosquitto(lab.server)
    lab.server.start("sh", "-c", "while :; do mosquitto_pub -t balkonsolar/status/switch:0 -m '{\"apower\":4}'; "
                                 "mosquitto_pub -t balkonsolar/online -m true; sleep 0.4; done")
    return doctor(lab.phone, "delivery", AT, "-t", "balkonsolar")


@reported(GITHUB + "shamblett/mqtt_client/issues/352 Offline message doesn't get received", "clean")
def offline_with_a_clean_session(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "room/lamp", "--offline", "-q", "1")


# ---- 中国 ----------------------------------------------------------------------------------------


@reported("https://outofmemory.cn/zz/13497380.html 在云服务器上搭建了mqtt,为什么手机连接不上mqtt", r"安全组|security group")
def rented_server_in_china(lab):
    address = public(lab, "47.98.112.34")
    mosquitto(lab.server)
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_8.0\\r\\n")
    lab.router.nft(f"fw ip daddr {address} tcp dport != {{ 22, 3389 }} drop")
    return doctor(lab.phone, f"{address}:1883", "--lang", "zh")


@reported(GITHUB + "tennessine/paho.mqtt.wxapp/issues/2 部署在本地测试，连接时出现失败", "TLS", "WebSocket")
def mini_program_to_the_plain_port(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"wss://{SERVER}:1883/mqtt", "--lang", "zh")


@reported(GITHUB + "tennessine/paho.mqtt.wxapp/issues/7 Unexpected response code: 404", r"/mqtt|path|路径")
def mini_program_at_the_wrong_path(_):
    return said("WebSocket connection to 'ws://4things.cn:8083/' failed: Error during WebSocket handshake: "
                "Unexpected response code: 404", "--lang", "zh")


# ---- works, and looks odd -------------------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/9704 MQTT-TLS with Let's Encrypt Cert not working", HEALTHY)
def mqtt_in_tls_at_port_443(lab):
    """Traefik ends TLS for a broker behind it."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    good = certificates.get("good")
    both = lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    haproxy(lab.server, f"listen a\n  bind :443 ssl crt {both}\n  server a 127.0.0.1:1883", 443)
    return doctor(lab.phone, "mqtts://broker.test:443", "--cafile", ca(), "-u", "alice", "-P", "alice-pw")


@reported(GITHUB + "mjehrhart/viewu/issues/61 Feature Request - Cloudflare tokens", HEALTHY)
def through_cloudflares_tunnel(lab):
    in_the_cloud(lab, "mqtt.example.test", "104.21.48.8")
    base = lab.file("edge")
    websocket_broker(lab.server)
    lab.server.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out",
                   f"{base}.crt", "-days", "80", "-subj", "/CN=mqtt.example.test", "-addext",
                   "subjectAltName=DNS:mqtt.example.test", "-addext", "extendedKeyUsage=serverAuth")
    nginx(lab.server, f"""server {{ listen 443 ssl; ssl_certificate {base}.crt; ssl_certificate_key {base}.key;
 location / {{ proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1; add_header Server cloudflare;
 proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "Upgrade"; }} }}""", 443)
    lab.server.nft("in ip daddr 104.21.48.8 tcp dport != { 80, 443 } drop")
    return doctor(lab.phone, "wss://mqtt.example.test", "--cafile", f"{base}.crt")


@reported(GITHUB + "tsightler/ring-mqtt/issues/56 Add-on Setup", HEALTHY)
def add_on_with_a_login_of_its_own(lab):
    """Home Assistant's broker: 1883, 1884 for WebSocket and 8883, no anonymous clients."""
    mosquitto(lab.server, "listener 1884", "protocol websockets", *tls_lines("good"), "allow_anonymous false",
              f"password_file {password_file(lab)}", ready=8883)
    proved(lab.phone, "-u", "alice", "-P", "alice-pw")
    return doctor(lab.phone, SERVER, "-u", "alice", "-P", "alice-pw")
