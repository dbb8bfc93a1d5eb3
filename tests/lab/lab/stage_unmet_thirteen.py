"""Never met, the thirteenth batch, its first half: what people told in public, in the order in which a fixed list
of searches brought it, on servers at home and in the cloud, phone apps, small boards and home automation. Its
author had not read the doctor's code; written down with its right answers before it was asked."""
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, sh
from .reported import HEALTHY, on_broker, proved, public, reported, said, until
from .services import dnsmasq, etc, mosquitto, nginx, password_file, scripted, tls_lines
from .stage_delivery import AT
from .stage_unmet_seven import captured, nft
from .stage_unmet_twelve import container
from .stage_vantage import office, together

GITHUB = "https://github.com/"
CLIENT = __file__.rsplit("/", 1)[0] + "/client.py"


def client(host, *words, to=SERVER, port=1883):
    return host.start(sys.executable, CLIENT, to, port, *words)


# ---- a server at home, or rented ------------------------------------------------------------------


@reported(GITHUB + "bluerhinos/phpMQTT/issues/105 stream_socket_client(): unable to connect (Connection refused)",
          r"outgoing|outbound|firewall|network|provider|filter|blocks?\b", unsaid=r"127\.0\.0\.1 only|loopback")
def shared_web_host_lets_nothing_out(lab):
    """The script works at home; the web host's own firewall refuses all but the web's ports."""
    mosquitto(lab.server)
    lab.phone.nft("out ct state established accept", "out tcp dport { 22, 53, 80, 443 } accept",
                  "out meta l4proto tcp reject with tcp reset")
    home = office(lab)
    proved(home)
    proved(lab.phone, not_=True)
    return together(lab, home=doctor(home, AT), webhost=doctor(lab.phone, AT))


@reported(GITHUB + "rpdswtk/vsmqtt/issues/177 Not able to connect to an external broker",
          r"127\.0\.0\.1|loopback|listens? only")
def only_localhost_works(lab):
    mosquitto(lab.server, listener=None)
    return doctor(lab.phone, AT)


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/2970 Can't get out of local only mode",
          r"container|docker", r"127\.0\.0\.1|loopback|local only|listener|configuration")
def configuration_is_mounted_where_nobody_reads_it(lab):
    """So the broker in the container listens on the container's own loopback address."""
    inside = container(lab)
    mosquitto(inside, listener=None)
    proxy = lab.file("docker-proxy", """#!/usr/bin/env python3
import socket, threading
def serve(connection):
    with connection:
        try:
            socket.create_connection(("172.17.0.2", 1883), 2)
        except OSError:
            pass
listener = socket.create_server(("0.0.0.0", 1883))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
""")
    sh("chmod", "755", proxy)
    lab.server.start(proxy, "-proto", "tcp", "-host-ip", "0.0.0.0", "-host-port", "1883", "-container-ip", "172.17.0.2",
                     "-container-port", "1883", ready=1883)
    proved(inside, at="127.0.0.1")
    return on_broker(lab)


@reported(GITHUB + "knolleary/pubsubclient/issues/950 MQTT connection failed", r"127\.0\.0\.1|loopback")
def raspberry_after_an_upgrade(lab):
    mosquitto(lab.server, listener=None)
    return on_broker(lab)


@reported("https://giters.com/copercini/esp8266-aws_iot/issues/14 Attempting MQTT connection...failed, rc=-2",
          r"trust anchor|setTrustAnchors|setInsecure|fingerprint|authentication method|authority|\bCA\b")
def bearssl_has_nothing_to_trust(_):
    return said("BSSL: Connection will fail, no authentication method is setup\n"
                "Attempting MQTT connection...failed, rc=-2 try again in 5 seconds", "--app", "pubsubclient")


@reported(GITHUB + "dnavarrom/aws_mosquitto_broker/issues/2 Socket error on client local.bridgeawsiot",
          "8883", "AWS IoT")
def amazon_has_no_plain_port(lab):
    address = public(lab, "52.29.114.36")
    dnsmasq(lab.router, f"address=/amazonaws.com/{address}")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "half", "")
    lab.server.nft("in tcp dport 1883 drop", "in icmp type echo-request drop")
    return doctor(lab.phone, "a3m62xf68nsc3x.iot.eu-west-1.amazonaws.com:1883")


@reported("https://example-a.com/answer/37993115 broker closing the connection as soon as I sent the connect packet",
          r"incomplete|whole|half|cut|unfinished|never ended|only \d+ bytes?|never sent|not (complete|finish)", unsaid="MTU")
def connect_ends_at_its_first_zero(lab):
    """strlen() of the packet is 2."""
    mosquitto(lab.server)
    path = captured(lab, lab.server, lambda: lab.phone.run(
        sys.executable, "-c", f"import socket, time\nlink = socket.create_connection(('{SERVER}', 1883))\n"
                              "link.sendall(b'\\x10\\x12')\ntime.sleep(3)"))
    return explain(path)


# ---- phone apps -----------------------------------------------------------------------------------


@reported(GITHUB + "NSPManager/NSPanelManager/issues/48 Wrong/No MQTT user/pass blocks panel from being found",
          r"user name|login|password|credential|anonymous")
def panel_without_user_and_password(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return doctor(lab.phone, AT)


@reported(GITHUB + "owntracks/android/issues/983 2.3.0 Android - Can't connect to host",
          r"subjectAlt|SAN\b|alternative name|common name|\bCN\b")
def android_wants_more_than_a_common_name(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("cn-only"), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="broker.test")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported(GITHUB + "owntracks/android/issues/735 OwnTracks Connection issue with the CloudMqtt",
          r"without TLS|no TLS|not .{0,20}TLS|plain|unencrypted")
def tls_is_on_in_the_app_and_off_at_this_port(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", listener=14506, ready=14506)
    return doctor(lab.phone, f"mqtts://{SERVER}:14506", "-u", "alice", "-P", "alice-pw")


@reported("https://groups.google.com/g/sonoffusers/c/WX0ZaciTNXU Tasmotized Sonoff not connecting to the MQTT broker",
          r"191\.168|192\.168|reach|connect|network", open_=True)
def address_that_looks_like_a_private_one(_):
    return said("MQT: Connect failed to 191.168.1.131:1883, rc -2. Retry in 10 sec", "--app", "tasmota")


# ---- small boards ---------------------------------------------------------------------------------


@reported("https://www.mathworks.com/matlabcentral/answers/1769360 MQTT via esp8266 suddenly stopped connecting",
          r"reach|connect|network|TLS|certificate", open_=True)
def thumbprint_of_a_renewed_certificate(_):
    return said("mqttClient.state() = -2")


@reported("https://community.home-assistant.io/t/connection-to-mqtt-server-esp8266/339870 Connection to MQTT Server",
          r"TLS")
def plain_to_the_cloud(lab):
    address = public(lab, "18.185.200.41")
    dnsmasq(lab.router, f"address=/hivemq.cloud/{address}")
    mosquitto(lab.server, *tls_lines("clouds"), "allow_anonymous false", f"password_file {password_file(lab)}",
              ready=8883)
    lab.server.nft("in ip daddr 18.185.200.41 tcp dport 1883 drop")
    return doctor(lab.phone, "mqtt://7e2f71a.s1.eu.hivemq.cloud:8883", "-u", "alice", "-P", "alice-pw")


@reported(GITHUB + "knolleary/pubsubclient/issues/464 ESP32 Connection Failure", r"route|reach|abort|113|nobody has")
def lwip_says_113(_):
    return said("[E][WiFiClient.cpp:98] connect(): lwip_connect_r: 113\nMQTT Connection Failed  rc=-2",
                "--app", "pubsubclient")


@reported(GITHUB + "knolleary/pubsubclient/issues/364 Callback not triggering on long message?",
          r"buffer|packet size|MAX_PACKET|too (large|long)|\b(128|256)\b", open_=True, or_nothing=True)
def longer_than_the_board_can_hold(lab):
    """In the capture the message goes to the board, and the board's silence looks like any other's at QoS 0."""
    mosquitto(lab.server)

    def act():
        board = client(lab.phone, "connect=ESP8266Client-3f2a,15", "subscribe=0,device/test/config", "pings=4")
        time.sleep(1)
        for words in ("foo", '{"log-topic" : "device/test/log", "state-topic" : "device/test/state"}' * 4):
            lab.server.run("mosquitto_pub", "-t", "device/test/config", "-m", words)
        board.wait(10)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "knolleary/pubsubclient/issues/775 Callback function not called (v2.8)", r"keep.?alive|PINGREQ|\bping")
def the_loop_is_never_called(lab):
    mosquitto(lab.server)
    path = captured(lab, lab.server, lambda: client(
        lab.phone, "connect=thing,2", "subscribe=1,dryer/control", "deaf=7").wait(12))
    return explain(path)


@reported(GITHUB + "knolleary/pubsubclient/issues/372 MQTT Disconnect and Reconnects at very short intervals",
          r"same (client )?(id|name)|identifier|takes? over|taken over")
def two_boards_of_one_name(lab):
    mosquitto(lab.server)
    other = office(lab)

    def act():
        for host in (lab.phone, other) * 3:
            client(host, "connect=ESP32Client,15", "subscribe=0,room/set", "wait=9")
            time.sleep(0.6)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "knolleary/pubsubclient/issues/508 Reconnection even though no reconnect is necessary",
          r"MyESP|already connected|identifier")
def a_board_that_comes_again_beside_itself(lab):
    log = lab.file("mosquitto.log")
    mosquitto(lab.server, f"log_dest file {log}", "log_timestamp true")
    for _ in range(4):
        client(lab.phone, "connect=MyESP,15", "subscribe=0,/MyDev/#", "wait=30")
        time.sleep(0.4)
    until("already connected", log)
    return on_broker(lab)


@reported(GITHUB + "arendst/Tasmota/issues/7432 Connect failed to MQTT Broker (Mosquito)", r"login|user|password|authori")
def tasmota_says_5(_):
    return said("MQT: Connect failed to 192.168.1.121:1883, rc 5. Retry in 10 sec", "--app", "tasmota")


@reported(GITHUB + "arendst/Tasmota/issues/613 MQTT Connect FAILED", "firewall")
def firewall_of_windows(lab):
    """Asked from another computer of the same network."""
    mosquitto(lab.server)
    scripted(lab.server, 445, "silent")
    lab.server.nft("in iifname e0 tcp dport 445 accept", "in iifname e0 ct state established accept",
                   "in iifname e0 ip protocol { tcp, icmp } drop")
    proved(lab.router, not_=True)
    return doctor(lab.router, AT)


@reported(GITHUB + "arendst/Tasmota/issues/11366 Can't connect to Mosquitto TLS", r"cipher|ECDSA|elliptic",
          unsaid=r"port without TLS|not trusted")
def tasmota_says_296(_):
    return said("MQT: TLS connection error: 296", "--app", "tasmota")


def elliptic(lab):
    base = lab.file("ec")
    sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
       f"{base}.key", "-out", f"{base}.crt", "-days", "80", "-subj", "/CN=www.mysite.test", "-addext",
       "subjectAltName=DNS:www.mysite.test")
    return base


@reported(GITHUB + "arendst/Tasmota/issues/22209 All device stopped connecting to MQTT broker", r"cipher|ECDSA|elliptic")
def certificate_became_elliptic(lab):
    """certbot's newer versions make such keys; the device offers suites for RSA alone."""
    base = elliptic(lab)
    mosquitto(lab.server)
    nginx(lab.server, "", 2222, main=f"""stream {{ server {{ listen 2222 ssl; ssl_certificate {base}.crt;
 ssl_certificate_key {base}.key; proxy_pass 127.0.0.1:1883; }} }}""")

    def act():
        for _ in range(2):
            lab.phone.run("openssl", "s_client", "-connect", f"{SERVER}:2222", "-servername", "www.mysite.test", "-tls1_2",
                          "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", check=False, input="")
    return explain(captured(lab, lab.server, act, port=2222))


# ---- home automation, containers ------------------------------------------------------------------


@reported(GITHUB + "NickStallman/home-assistant-repo/issues/58 MQTT problems",
          r"restart|reload|HUP|read again|changed (after|since)|newer")
def user_was_added_and_the_broker_not_restarted(lab):
    path = password_file(lab)
    mosquitto(lab.server, "allow_anonymous false", f"password_file {path}")
    time.sleep(1.2)
    sh("mosquitto_passwd", "-b", path, "patrik", "secret-word")
    proved(lab.server, "-u", "patrik", "-P", "secret-word", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost", "-u", "patrik", "-P", "secret-word")


@reported(GITHUB + "zigbee2mqtt/hassio-zigbee2mqtt/issues/575 Error connecting to mqtt",
          r"container|docker", r"127\.0\.0\.1|localhost|itself")
def localhost_of_a_container(_):
    return said("MQTT error: connect ECONNREFUSED 127.0.0.1:1883", "--app", "zigbee2mqtt")


@reported(GITHUB + "SAIC-iSmart-API/saic-python-mqtt-gateway/issues/348 MQTT Connection Refused", "1883")
def two_digits_changed_places(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"{SERVER}:1833")


@reported(GITHUB + "FIWARE/tutorials.IoT-over-MQTT/issues/23 Error: Connection refused", r"127\.0\.0\.1|loopback|listens? only")
def latest_image_from_the_next_container(lab):
    """Two containers on one bridge; the name is in the hosts file."""
    mosquitto(lab.server, listener=None)
    lab.router.file("hosts", f"127.0.0.1 localhost\n{SERVER} mosquitto\n")
    return doctor(lab.router, "mosquitto:1883")


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/3446 Error: Unable to open pwfile /etc/mosquitto/passwd",
          r"password.file|pwfile|passwd", r"permission|read|open|owner|rights")
def broker_may_not_read_its_password_file(lab):
    etc(lab, "mosquitto/passwd", "alice:$7$101$c2FsdA==$aGFzaA==\n", mode=0o600)
    log = lab.file("mosquitto.log", "")
    sh("chmod", "666", log)
    etc(lab, "mosquitto/mosquitto.conf", "user mosquitto\npersistence false\nlistener 1883\nallow_anonymous false\n"
        f"password_file /etc/mosquitto/passwd\nlog_dest file {log}\nlog_dest stderr\n")
    lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    until("pwfile", log)
    return on_broker(lab)


# ---- works, and looks odd -------------------------------------------------------------------------


@reported(GITHUB + "poblabs/weewx-belchertown/issues/45 MQTT Websocket behind Firewall", HEALTHY)
def nginx_in_front_of_port_9001(lab):
    good = certificates.get("good")
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, "listener 9001", "protocol websockets", ready=9001)
    nginx(lab.server, f"""server {{ listen 443 ssl; server_name broker.test; ssl_certificate {good.chain};
 ssl_certificate_key {good.key}; location / {{ proxy_pass http://127.0.0.1:9001/; proxy_http_version 1.1;
 proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "Upgrade"; }} }}""", 443)
    return doctor(lab.phone, "wss://broker.test", "--cafile", ca())


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/1104 Connecting to mosquitto (docker)", HEALTHY)
def published_port_of_a_container(lab):
    mosquitto(container(lab))
    proved(lab.phone)
    return doctor(lab.phone, AT)
