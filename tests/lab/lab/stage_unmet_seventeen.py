"""Never met, the seventeenth batch: thirty searches by a list fixed before, the first one or two reports of each that
could be staged. Its author had read neither the doctor's code nor what was mended meanwhile; written down with its
right answers before it was asked."""
import pathlib
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, proved, public, reported, said, until
from .services import dnsmasq, haproxy, mosquitto, nginx, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured, issued
from .stage_unmet_thirteen import CLIENT, GITHUB, client

MOSQUITTO = GITHUB + "eclipse-mosquitto/mosquitto/issues/"
UPGRADE = ('proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "Upgrade"; '
           "proxy_set_header Host $host;")


def in_one_file(lab, certificate):
    """Certificate and key in one file, as haproxy wants them."""
    return lab.file("both.pem", "".join(pathlib.Path(path).read_text() for path in
                                        (certificate.chain, certificate.key)))


# ---- ways to the broker, TLS, WebSocket -----------------------------------------------------------


@reported(GITHUB + "poblabs/weewx-belchertown/issues/343 Websockets Client Port",
          r"private|local network|home network|inside|same network|1918|public")
def a_page_on_the_internet_names_an_address_at_home(lab):
    public(lab, "192.168.1.176")
    websocket_broker(lab.server)
    lab.router.nft("fw ip daddr 192.168.0.0/16 drop")
    proved(lab.server, at="192.168.1.176")
    proved(lab.phone, at="192.168.1.176", not_=True)
    return doctor(lab.phone, "ws://192.168.1.176:9001/")


ERLANG = """
import ctypes, socket
ctypes.CDLL(None).prctl(15, b"beam.smp")  # its name
listener = socket.create_server(("127.0.0.1", 1883))
while True:
    connection = listener.accept()[0]
    if connection.recv(999):
        connection.sendall(bytes([0x20, 2, 0, 0]))
    connection.close()
"""


@reported(GITHUB + "vernemq/vernemq/issues/48 Connection refused to port 1883", r"127\.0\.0\.1|loopback", unsaid="/etc/mosquitto")
def vernemq_as_it_is_installed(lab):
    lab.server.start(sys.executable, "-c", ERLANG, ready=1883)
    proved(lab.phone, not_=True)
    return on_broker(lab, AT)


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/16309 connect ECONNREFUSED IP:1833 - Z2M", "1883")
def two_digits_of_the_port_changed_places(lab):
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"{SERVER}:1833")


@reported(GITHUB + "homeassistant-apps/app-cloudflared/issues/332 additional_hosts and MQTT", "Cloudflare",
          r"1883|port|web|HTTP|tunnel|prox")
def a_tunnel_of_cloudflare_for_port_1883(lab):
    in_the_cloud(lab, "host.com", "104.21.30.40")
    for port in (80, 443):
        scripted(lab.server, port, "http", "400 Bad Request", "Server: cloudflare", "CF-RAY: -")
    lab.router.nft("fw ip daddr 104.21.30.40 tcp dport != { 80, 443 } drop")
    proved(lab.phone, at="mqtt.host.com", not_=True)
    return doctor(lab.phone, "mqtt.host.com:1883")


@reported(GITHUB + "jzombie/docker-mqtt-mosquitto-cloudflare-tunnel/issues/25 How to access the instance?", HEALTHY)
def a_tunnel_of_cloudflare_for_websocket(lab):
    """Without a port in the URL, and with the certificate of the tunnel's end."""
    in_the_cloud(lab, "mqtt.home.test", "104.21.30.40")
    own = issued(lab, "edge", "home.test", "subjectAltName=DNS:*.home.test\nextendedKeyUsage=serverAuth\n")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 443 ssl; ssl_certificate {own.chain}; ssl_certificate_key {own.key}; "
                      f"location / {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 443)
    return doctor(lab.phone, "wss://mqtt.home.test/", "--cafile", ca())


@reported(MOSQUITTO + "574 Should fall back to IPv4 if IPv6 fails.", "IPv6")
def ipv6_leads_nowhere_and_ipv4_does(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}", f"address=/broker.test/{SERVER6}")
    mosquitto(lab.server)
    lab.router.nft("fw meta nfproto ipv6 drop")
    proved(lab.phone)
    proved(lab.phone, at=SERVER6, not_=True)
    return doctor(lab.phone, "broker.test:1883")


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/5042 Cannot connect to IPv6 MQTT broker.", "IPv6", r"listen|0\.0\.0\.0|IPv4")
def the_broker_has_a_listener_for_ipv4_alone(lab):
    mosquitto(lab.server, "listener 1883 0.0.0.0", listener=None)
    proved(lab.phone)
    proved(lab.phone, at=SERVER6, not_=True)
    return doctor(lab.phone, f"[{SERVER6}]:1883")


@reported(MOSQUITTO + "1657 Unable to connect to server from lan", r"firewall|nft|\brule|iptables", "1883")
def every_service_is_let_in_but_this(lab):
    mosquitto(lab.server)
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_8.0\\r\\n")
    scripted(lab.server, 1880, "http", "200 OK")
    lab.server.nft("in iif lo accept", "in ct state established accept", "in tcp dport { 22, 1880, 9090 } accept",
                   "in meta l4proto tcp reject with icmpx admin-prohibited")
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, not_=True)
    return on_broker(lab, AT)


@reported("https://mosquitto.org/documentation/migrating-to-2-0 Listener without configuration",
          r"127\.0\.0\.1|loopback|local only", r"listener|configuration| -c\b")
def a_port_on_the_command_line_was_enough(lab):
    lab.server.start("mosquitto", "-p", "1883", ready=1883)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, not_=True)
    return on_broker(lab, AT)


@reported(MOSQUITTO + "1985 does not allow connection via External IP Windows 10",
          r"127\.0\.0\.1|loopback|not running|nothing listens|nobody listens|listens?\b")
def windows_says_10061(_):
    return said("ConnectionRefusedError: [WinError 10061] No connection could be made because the target machine actively "
                "refused it", "--app", "paho")


@reported(GITHUB + "home-assistant/core/issues/101652 MQTT 2023.10.1", r"persist|mosquitto\.db|database|stored")
def mosquitto_stumbles_over_what_it_stored(_):
    return said("2023-10-08 09:31:42: Warning: Mosquitto should not be run as root/administrator.\nmosquitto: "
                "persist_read.c:550: persist__restore_sub: Assertion `client_id' failed.", "--app", "mosquitto")


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/25400 not connecting to EMQX Broker",
          r"HTTP|\bweb|Home Assistant|8123", "1883")
def the_port_of_home_assistants_page(lab):
    scripted(lab.server, 1883, "broker", "anonymous=5")
    scripted(lab.server, 8123, "http", "400 Bad Request", "Content-Type: text/plain; charset=utf-8",
             "Server: Python/3.12 aiohttp/3.11.11", "BODY:Bad Request")
    proved(lab.phone, "-u", "mqtt_user", "-P", "mqtt_user")
    return doctor(lab.phone, f"{SERVER}:8123", "-u", "mqtt_user", "-P", "mqtt_user")


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/687 No subjectAltNames", r"subjectAlt|alternative name|\bSANs?\b")
def the_name_stands_in_the_subject_alone(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("cn-only"), ready=8883)
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported(GITHUB + "shamblett/mqtt_client/issues/525 MqttBrowserClient with self-signed certificate",
          r"self.?signed|authority|\bCA\b|trust")
def a_web_app_meets_a_self_signed_certificate(lab):
    own = certificates.get("self-signed")
    websocket_broker(lab.server, f"certfile {own.chain}", f"keyfile {own.key}")
    return doctor(lab.phone, f"wss://{SERVER}:9001/")


@reported(GITHUB + "stefanbode/Sonoff-Tasmota/issues/211 MQT: TLS connection error: 0", r"\bTLS",
          r"plain|without TLS|no TLS|not TLS|unencrypted|1883|8883")
def a_firmware_that_speaks_tls_to_1883(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            lab.phone.run("timeout", "3", "openssl", "s_client", "-connect", AT, check=False, input="")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "EnigmaCurry/d.rymcg.tech/pull/55 added mqtt config to traefik.yml", HEALTHY)
def a_proxy_that_wants_the_name_first(lab):
    """It ends TLS for that name alone, and no handshake succeeds without one."""
    dnsmasq(lab.router, f"address=/mqtt.mtmp.rymcg.test/{SERVER}")
    own = issued(lab, "mtmp", "mqtt", "subjectAltName=DNS:mqtt.mtmp.rymcg.test\nextendedKeyUsage=serverAuth\n")
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    haproxy(lab.server, f"listen m\n  bind :8883 ssl crt {in_one_file(lab, own)} strict-sni\n  server m 127.0.0.1:1883", 8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="mqtt.mtmp.rymcg.test")
    return doctor(lab.phone, "mqtts://mqtt.mtmp.rymcg.test:8883", "--cafile", ca())


@reported(GITHUB + "haproxytech/kubernetes-ingress/issues/5 Can I use this controller for MQTT?", HEALTHY)
def a_proxy_with_three_doors(lab):
    both = in_one_file(lab, certificates.get("good"))
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    haproxy(lab.server, f"""listen mqtt
  bind *:1883
  bind *:8883 ssl crt {both} ca-file {ca()} verify required
  bind *:8888 ssl crt {both}
  option clitcpka
  timeout client 3h
  timeout server 3h
  server mqtt_server 127.0.0.1:1884""", 8883)
    own = certificates.with_client("client")
    proved(lab.phone, "-p", "8883", *own)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", *own)


@reported(GITHUB + "moquette-io/moquette/issues/471 doesn't work with apache Httpd2.4?", r"\bpath|/mqtt")
def the_proxy_passes_one_path_and_the_app_asks_another(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"""server {{ listen 80; location = /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }}
 location / {{ default_type text/html; return 200 "<html><body><h1>It works!</h1></body></html>"; }} }}""", 80)
    return doctor(lab.phone, f"ws://{SERVER}:80/")


@reported(GITHUB + "traefik/traefik/issues/2912 Sec-Websocket-Protocol header missing in response",
          r"subprotocol|Sec-WebSocket-Protocol")
def the_proxy_takes_the_subprotocol_out_of_the_answer(lab):
    scripted(lab.server, 80, "ws", "subprotocol=none", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:80/mqtt")


@reported(GITHUB + "emqx/emqx/issues/2205 EMQ is behind Traefik.io", "1883", r"8083|WebSocket")
def the_proxy_passes_websocket_to_1883(lab):
    mosquitto(lab.server, "listener 8083", "protocol websockets", ready=8083)
    nginx(lab.server, f"server {{ listen 80; location /mqtt {{ proxy_pass http://127.0.0.1:1883; {UPGRADE} }} }}", 80)
    return on_broker(lab, "ws://localhost:80/mqtt")


# ---- login, identifiers, permissions --------------------------------------------------------------


def users(lab, *names):
    path = lab.file("passwd", "".join(f"{name}:pw\n" for name in names))
    sh("mosquitto_passwd", "-U", path)
    return path


@reported(MOSQUITTO + "1399 ACL file is not working on Debian", "Smith", r"password_file|passwd|password file")
def a_pattern_for_all_users_adds_no_user(lab):
    rules = lab.file("acl", "user John\ntopic write home/#\n\nuser Mary\ntopic read home/#\n\npattern read home/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {users(lab, 'John', 'Peter', 'Mary')}",
              f"acl_file {rules}")
    proved(lab.server, "-u", "Mary", "-P", "pw", at="127.0.0.1")
    proved(lab.server, "-u", "Smith", "-P", "hola", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost", "-u", "Smith", "-P", "hola")


@reported(GITHUB + "shamblett/mqtt_client/issues/273 Disconnect and Reconnects at very short intervals", "flutter_client",
          r"identifier|client id|same (id|name)")
def the_log_tells_of_two_apps_of_one_name(lab):
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}")
    loop = (f"for i in $(seq 5); do {sys.executable} {CLIENT} {SERVER} 1883 connect=flutter_client,60 wait=0.6; "
            "sleep 0.2; done")
    both = [lab.phone.start("sh", "-c", loop) for _ in range(2)]
    for each in both:
        each.wait(20)
    until("already connected", log)
    return on_broker(lab)


@reported(MOSQUITTO + "1059 Connection Refused Not Authorized for Bridge",
          r"api-version|device.?id\b|\bSAS\b|SharedAccess|token|capital|\bcase\b")
def azure_tells_capitals_from_small_letters(lab):
    hub = "tm-iot-hub-free.azure-devices.net"
    in_the_cloud(lab, "azure-devices.net", "40.83.177.42")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "versions=4", "anonymous=5", f"user={hub}/mosquitto:5")
    return doctor(lab.phone, f"mqtts://{hub}:8883", "--cafile", ca(), "-i", "Mosquitto", "-u", f"{hub}/mosquitto", "-P",
                  f"SharedAccessSignature sr={hub}%2Fdevices%2FMosquitto&sig=bGFiLWtleQ%3D%3D&se=4102444800")


@reported(GITHUB + "small-tou/arduino-aliyun-iot-sdk/issues/2 MQTT Connect err:2", r"客户端|Client ?ID|标识")
def aliyun_wants_an_identifier_of_its_own_form(lab):
    in_the_cloud(lab, "aliyuncs.com", "139.196.135.135")
    scripted(lab.server, 1883, "broker", "versions=4", "id=a1b2c3d4e5.esp8266|")
    return doctor(lab.phone, "a1b2c3d4e5.iot-as-mqtt.cn-shanghai.aliyuncs.com:1883", "-i", "esp8266", "-u",
                  "esp8266&a1b2c3d4e5", "-P", "0f1e2d", "--lang", "zh")


@reported(GITHUB + "bluerhinos/phpMQTT/issues/103 连接阿里云IOT 报错", r"identifier|client.?id")
def phpmqtt_says_0x20_0x02(_):
    return said("Connection failed! (Error: 0x20 0x02)", "--app", "phpMQTT")


@reported(GITHUB + "aws/aws-iot-device-sdk-js-v2/issues/101 tell people to add iotConnect", r"polic|iot:Connect")
def amazons_library_says_unexpected_hangup(_):
    return said("CrtError: Failed to connect: libaws-c-mqtt: AWS_ERROR_MQTT_UNEXPECTED_HANGUP\nThe connection was closed "
                "unexpectedly")


@reported(GITHUB + "emqx/emqx-auth-mongo/issues/84 User CANNOT subscribe to a wild card",
          r"device/v1/\+", r"allow|permi|refus|access|\bACL|right|denie")
def the_filter_is_wider_than_the_rule(lab):
    scripted(lab.server, 1883, "broker", "subscribe=80", "only=device/v1/+/#")
    return doctor(lab.phone, "delivery", AT, "-u", "iT0clFzAXM", "-P", "pw", "-t", "device/v1/+/#")


@reported(MOSQUITTO + "744 Prevent Subscribe to #", HEALTHY)
def one_user_may_read_and_another_write(lab):
    rules = lab.file("acl", "pattern read weather/hourly/%u\n\nuser station\ntopic readwrite weather/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {users(lab, 'android', 'station')}", f"acl_file {rules}")
    secret = lab.file("secret", "pw\n")
    return doctor(lab.phone, "delivery", AT, "-t", "weather/hourly/android", "--publish", "--as-publisher",
                  f"station:{secret}", "--as-subscriber", f"android:{secret}")


# ---- staying connected ----------------------------------------------------------------------------


@reported(GITHUB + "getcanoe/canoe/issues/306 reconnecting MQTT every minute",
          r"idle|silen|quiet|without a packet", r"proxy|keep.?alive|timeout|on the way|between")
def nginx_is_less_patient_than_the_page(lab):
    """Its minute is three seconds here."""
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8083; location / {{ proxy_pass http://127.0.0.1:9001; proxy_read_timeout 3s; "
                      f"{UPGRADE} }} }}", 8083)
    return doctor(lab.phone, "delivery", f"ws://{SERVER}:8083/", "--watch", "8s", "-k", "60")


@reported(MOSQUITTO + "2124 Timeout Exceeded Disconnect", r"keep.?alive",
          r"ping|silen|nothing|longer|later|too late|1\.5|one and a half|half")
def it_pings_more_rarely_than_it_promised(lab):
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}")
    path = captured(lab, lab.server, lambda: client(lab.phone, "connect=860688042114364,2", "wait=2.7", "ping",
                                                    "wait=9").wait(15))
    until("exceeded timeout", log)
    return explain(path)


@reported(GITHUB + "arendst/Tasmota/pull/12222 increasing MQTT connection timeout", r"CONNACK|answer|respon",
          r"slow|late|\btime|wait|gave up|before|patien")
def tasmota_waits_shorter_than_the_broker_takes(lab):
    scripted(lab.server, 1883, "broker", "delay=0.7")

    def act():
        for _ in range(4):
            client(lab.phone, "connect=DVES_82579D,30").wait(5)
        time.sleep(1)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "node-red/node-red/issues/3367 MQTT nodes do not reconnect", "topic",
          r"control|\btab\b|\\t|U\+0009|0x09|UTF-8|character")
def a_tab_at_the_end_of_the_topic(lab):
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}")

    def act():
        for _ in range(3):
            client(lab.phone, "connect=nodered_eb81e71f,60", "publish=1,junk/topic/blah\t,5", "wait=1").wait(5)
    path = captured(lab, lab.server, act)
    until("malformed packet", log)
    return explain(path)
