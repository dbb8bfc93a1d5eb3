"""Never met, the fourteenth batch, its first half: as the thirteenth, by another fixed list of searches: routers,
firewalls and clouds, phone apps, small boards and their libraries. Its author had not read the doctor's code nor
what was mended meanwhile; written down with its right answers before it was asked."""
import pathlib
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_PHONE, SERVER
from .reported import HEALTHY, on_broker, on_one_line, proved, reported, said, until
from .services import dnsmasq, etc, haproxy, mosquitto, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client


# ---- routers, firewalls, clouds -------------------------------------------------------------------


@reported(GITHUB + "davidepianca98/KMQTT/issues/31 Connecting to a home broker with TCP_PORT & MQTT_PORT", r"8884|port")
def two_ports_in_one_address(lab):
    """The router hands 8884 on to the broker's 1883, and the app is given both."""
    mosquitto(lab.server)
    lab.router.nat(f"ip daddr {ROUTER_PHONE} tcp dport 8884 dnat to {SERVER}:1883")
    return on_one_line(doctor(lab.phone, f"tcp://{ROUTER_PHONE}:8884:1883"))


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/806 mosquitto in centos can't connect", r"firewall|iptables")
def firewalld_of_centos(lab):
    mosquitto(lab.server)
    lab.server.nft("in iifname lo accept", "in ct state established accept", "in icmp type echo-request accept",
                   "in tcp dport 22 accept", "in meta nfproto ipv4 reject with icmp type host-prohibited")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


def ruled(lab, *rules):
    """A server whose firewall drops all but these, ssh and answers."""
    lab.server.nft("in iifname lo accept", "in ct state established accept", "in icmp type echo-request accept",
                   "in meta l4proto ipv6-icmp accept", "in tcp dport 22 accept", *rules)
    proved(lab.phone, not_=True)


@reported(GITHUB + "chirpstack/chirpstack-ansible-playbook/pull/1 mosquitto: allow_connections_from to 0.0.0.0/0",
          r"firewall|nft|rule", r"1883|0\.0\.0\.0")
def a_rule_for_the_address_of_nobody(lab):
    """Meant for everybody, and lacking its /0."""
    mosquitto(lab.server)
    ruled(lab, "in ip saddr 0.0.0.0 tcp dport 1883 accept", "in drop")
    return on_broker(lab)


@reported(GITHUB + "thingsboard/thingsboard/issues/10693 MQTT not working on Thingboard PE",
          r"firewall|nft|rule|iptables", r"order|before|above|earlier|reject|first")
def a_rule_that_comes_too_late(lab):
    """On Oracle's machines all is rejected one line before what was appended."""
    mosquitto(lab.server)
    ruled(lab, "in meta nfproto ipv4 reject with icmp type host-prohibited", "in tcp dport 1883 accept")
    return on_broker(lab)


@reported(GITHUB + "owntracks/quicksetup/issues/69 Unable to connect to MQTT on GCP from Android",
          r"security group|cloud|firewall")
def google_lets_the_web_in_alone(lab):
    in_the_cloud(lab, "offliner.test", "34.32.64.230")
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    for port in (80, 443):
        scripted(lab.server, port, "http", "200 OK")
    lab.router.nft("fw ip daddr 34.32.64.230 tcp dport != { 22, 80, 443 } drop")
    return doctor(lab.phone, "mqtts://offliner.test:8883", "-u", "me", "-P", "secret")


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/2142 Error: Address already in use",
          r"restart|reload|since|not read|again|changed", r"loopback|127\.0\.0\.1|listener|connect\.conf|configuration")
def a_listener_was_added_and_the_service_not_restarted(lab):
    """A second one was started by hand instead, which says "Address already in use"."""
    etc(lab, "mosquitto/conf.d/README", "")
    etc(lab, "mosquitto/mosquitto.conf", "user root\npersistence false\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    time.sleep(1.2)
    etc(lab, "mosquitto/conf.d/connect.conf", "listener 1883\nallow_anonymous true\n")
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/825 Stopped working on Pi when running via systemctl",
          r"twice|two listeners|already in use|second listener|more than once", "1883")
def one_port_in_two_files(lab):
    log = lab.file("mosquitto.log", "")
    etc(lab, "mosquitto/conf.d/websockets.conf", "listener 9001\nprotocol websockets\nlistener 1883\n")
    etc(lab, "mosquitto/mosquitto.conf", f"user root\npersistence false\nlog_dest file {log}\nallow_anonymous true\n"
        "listener 1883\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    until("in use", log)
    return on_broker(lab)


# ---- desktop and phone apps -----------------------------------------------------------------------


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/283 Constant disconnecting and reconnecting",
          r"identifier|client id|another client|taken? over|same id")
def mqtt_explorer_is_open_twice(lab):
    mosquitto(lab.server)
    lab.server.start("mosquitto_sub", "-h", SERVER, "-i", "mqtt-explorer-27990584", "-t", "none/#")
    time.sleep(0.5)
    return doctor(lab.phone, "delivery", AT, "--watch", "6s", "-i", "mqtt-explorer-27990584")


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/529 Disconnected from server", r".", open_=True, or_nothing=True)
def mqtt_explorer_says_disconnected(_):
    return said("Disconnected from server", "--app", "MQTT Explorer")


@reported(GITHUB + "emqx/MQTTX/issues/1518 the title of bug report", r"\bIP|10\.77\.2\.2", r"name|subjectAlt|SAN\b")
def certificate_for_a_name_and_an_address_asked(lab):
    mosquitto(lab.server, *tls_lines("dns-only"), ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(GITHUB + "shamblett/mqtt_client/issues/107 SocketException: Failed host lookup: 'ssl://iotcloud-mqtt...'",
          r"ssl://|mqtts?://|bare name|name (alone|only)|holds more", unsaid="misspelt")
def a_url_in_the_field_for_the_host(_):
    return said("SocketException: Failed host lookup: 'ssl://iotcloud-mqtt.gz.tencentdevices.com:8883' (OS Error: No "
                "address associated with hostname, errno = 7)", "--app", "mqtt_client")


@reported(GITHUB + "ckrey/MQTTInspector/issues/60 Not connecting to RPi", r"version|protocol level|level 0")
def an_app_that_forgot_its_protocol_level(lab):
    mosquitto(lab.server)
    connect = "100f00044d5154540002003c0003696f73"
    path = captured(lab, lab.server, lambda: lab.phone.run(
        sys.executable, "-c", f"import socket\nlink = socket.create_connection(('{SERVER}', 1883))\n"
                              f"link.sendall(bytes.fromhex('{connect}'))\nlink.settimeout(2)\nprint(link.recv(99))"))
    return explain(path)


@reported(GITHUB + "owntracks/ios/issues/885 idle MQTT -7: MQTT illegal message received", "cloudflare")
def cloudflare_takes_the_connection_and_is_silent(lab):
    in_the_cloud(lab, "mqtt.mydomain.test", "104.21.48.9")
    good = certificates.get("good")
    scripted(lab.server, 443, "tls", good.chain, good.key, "http", "404 Not Found", "Server: cloudflare")
    scripted(lab.server, 8883, "silent")
    lab.server.nft("in ip daddr 104.21.48.9 tcp dport != { 443, 8883 } drop")
    return doctor(lab.phone, "mqtts://mqtt.mydomain.test:8883", "-u", "me", "-P", "secret")


@reported(GITHUB + "eclipse-paho/paho.mqtt.android/issues/432 no NetworkModule installed for scheme mqtt", "tcp://")
def paho_knows_no_such_scheme(_):
    return said('no NetworkModule installed for scheme "mqtt" of URI "mqtt://test.mosquitto.org:1883"', "--app", "paho")


@reported(GITHUB + "Introvertuous/react-native-mqtt/issues/15 Not working on Android",
          r"WebSocket|socket|path|port|TLS|connection", open_=True)
def paho_javascript_says_7(_):
    return said("AMQJS0007E Socket error:undefined.", "--app", "paho")


@reported(GITHUB + "krislankford/nativescript-mqtt/issues/13 Connection lost: AMQJS0008I Socket closed",
          r"identifier|closed|ended|connection|broker", open_=True)
def paho_javascript_says_8(_):
    return said("Connection lost: AMQJS0008I Socket closed")


# ---- small boards ---------------------------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/5240 MQTT not connecting", r"user|password|login")
def tasmota_says_4(_):
    return said("21:00:02 MQT: Connect failed to mqtt.janettundchristian.de:1883, rc 4. Retry in 10 sec")


@reported(GITHUB + "techiesms/ESP-RainMaker-Demo-Code/issues/7 MQTT_EVENT_ERROR", r"time|answer|reach|firewall|silent")
def esp_tls_waits_in_vain(_):
    return said("E (30736) esp-tls: [sock=57] select() timeout\nE (30738) transport_base: Failed to open a new connection: "
                "32774\nE (30738) mqtt_client: Error transport connect", "--app", "esp-mqtt")


@reported(GITHUB + "techiesms/ESP-RainMaker-Demo-Code/issues/5 MQTT_EVENT_ERROR MQTT_CLIENT", r"\bDNS|name|resol")
def esp_tls_finds_no_name(_):
    return said("E (391653) esp-tls: couldn't get hostname for :a1p72mufdu6064-ats.iot.us-east-1.amazonaws.com: "
                "getaddrinfo() returns 202, addrinfo=0x0", "--app", "esp-idf")


@reported(GITHUB + "256dpi/arduino-mqtt/issues/177 MQTT connection silently fails after 5 minutes",
          r"idle|silen|keep.?alive|forget|\bNAT\b|quiet", slowest=20)
def a_way_that_forgets_silent_connections(lab):
    """After minutes in the thread, after 1.5 s here; the keep alive is shorter in proportion."""
    mosquitto(lab.server)
    scripted(lab.server, 1884, "forget", 1883, 1.5, "drop")
    return doctor(lab.phone, "delivery", f"{SERVER}:1884", "--watch", "14s", "-k", "4")


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/2388 umqtt.simple not working: MQTTException: 2", r"keep.?alive")
def micropython_says_2(_):
    return said("MQTTException: 2", "--app", "micropython")


@reported(GITHUB + "micropython/micropython-lib/issues/638 umqtt.simple not working with Mosquitto broker 2.0.15",
          r"keep.?alive")
def keep_alive_of_nothing(lab):
    """Newer mosquittos refuse it with the code for a bad identifier."""
    scripted(lab.server, 1883, "half", "20020002")

    def act():
        for _ in range(3):
            client(lab.phone, "connect=umqtt_client,0").wait(5)
    return explain(captured(lab, lab.server, act))


@reported("https://io.adafruit.com/blog/page34 Extending the MQTT Protocol", r"throttl|rate|too (many|often)|\bban|slow")
def adafruit_has_had_enough(lab):
    """CONNACK 6, which no version of MQTT knows."""
    in_the_cloud(lab, "io.adafruit.com", "52.54.110.50")
    scripted(lab.server, 1883, "half", "20020006")
    return doctor(lab.phone, "io.adafruit.com:1883", "-u", "somebody", "-P", "aio_key", "-V", "3.1.1")


# ---- works, and looks odd -------------------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/18495 Shelly Duo RGBW can't connect to MQTT broker", HEALTHY)
def another_port_outside_than_inside(lab):
    """The router's 3881 is the broker's 1883, with users and an access list."""
    rules = lab.file("acl", "user alice\ntopic readwrite #\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {rules}")
    lab.router.nat(f"ip daddr {ROUTER_PHONE} tcp dport 3881 dnat to {SERVER}:1883")
    proved(lab.phone, "-p", "3881", "-u", "alice", "-P", "alice-pw", at=ROUTER_PHONE)
    return doctor(lab.phone, f"{ROUTER_PHONE}:3881", "-u", "alice", "-P", "alice-pw", "-t", "shelly/1", "--publish")


@reported(GITHUB + "poblabs/weewx-belchertown/issues/18 MQTT: sooo close but... no updates on Website", HEALTHY)
def a_weather_station_with_both_listeners(lab):
    websocket_broker(lab.server)
    return doctor(lab.phone, f"ws://{SERVER}:9001")


@reported(GITHUB + "emqx/emqx/issues/1990 Best working HAproxy config", HEALTHY)
def haproxy_before_two_brokers(lab):
    """It ends TLS, and asks each broker by and by whether it lives."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    good = certificates.get("good")
    both = lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())
    mosquitto(lab.server, "listener 2883", ready=2883)
    haproxy(lab.server, f"""listen mqtt-ssl
  bind *:8883 ssl crt {both}
  timeout client 3h
  timeout server 3h
  option clitcpka
  balance leastconn
  server mqtt-broker-1 127.0.0.1:1883 check
  server mqtt-broker-2 127.0.0.1:2883 check""", 8883)
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())
