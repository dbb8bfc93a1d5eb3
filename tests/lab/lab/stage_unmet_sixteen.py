"""Never met, the sixteenth batch, a short one: twelve searches by a list fixed before. Its author had read neither the
doctor's code nor what was mended meanwhile; written down with its right answers before it was asked."""
import time

from . import certificates
from .cases import doctor
from .net import SERVER, sh
from .reported import HEALTHY, on_broker, on_one_line, proved, reported, said
from .services import etc, mosquitto, nginx, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_thirteen import GITHUB

MOSQUITTO = GITHUB + "eclipse-mosquitto/mosquitto/issues/"


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/26950 MQTT failed to connect after updating to 2.2.0-1",
          r"user", r"password|login")
def zigbee2mqtt_says_not_authorized(_):
    return said("z2m: MQTT failed to connect, exiting... (Connection refused: Not authorized)", "--app", "zigbee2mqtt")


@reported(GITHUB + "arendst/Tasmota/issues/16149 DNS resolution for raspberrypi.local stopped working", r"\.local|mDNS")
def tasmota_asks_for_a_local_name(_):
    return said("MQT: Connect failed to raspberrypi.local:1883, rc -5. Retry in 120 sec")


@reported(GITHUB + "esphome/issues/issues/2253 esp8266 Couldn't resolve .local zone", r"\.local|mDNS")
def esphome_asks_for_a_local_name(_):
    return said("[W][mqtt:137]: Couldn't resolve IP address for 'mqtt.local'!", "--app", "esphome")


@reported(MOSQUITTO + "1724 always gives me an Unknown configuration variable error",
          r"UTF|encod|\bBOM\b|byte.order|invisible|Notepad|wide character")
def the_configuration_is_of_wide_characters(_):
    return said('1592221423: Error: Unknown configuration variable " \u25a0p".\n1592221423: Error found at '
                "C:\\mosquitto\\myconf\\foo.conf:1.", "--app", "mosquitto")


@reported(GITHUB + "iegomez/mosquitto-go-auth/issues/220 Unknown configuration variable mysql_host",
          r"mysql_host|mosquitto\.conf:\d|line 4")
def a_setting_of_a_plugin_without_its_prefix(lab):
    etc(lab, "mosquitto/mosquitto.conf", "user root\nlistener 1883\nallow_anonymous true\nmysql_host db\n")
    lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    time.sleep(0.5)
    proved(lab.server, at="127.0.0.1", not_=True)
    return on_broker(lab)


@reported(GITHUB + "mqttjs/MQTT.js/issues/785 Error during WebSocket handshake: Unexpected response code: 404", r"\bpath")
def the_browser_says_code_404(_):
    return said("WebSocket connection to 'ws://localhost:8083/' failed: Error during WebSocket handshake: Unexpected "
                "response code: 404")


@reported(GITHUB + "emqx/emqx/issues/1514 Unexpected WS Request: GET /", r"/mqtt")
def the_path_was_left_away(lab):
    websocket_broker(lab.server)
    nginx(lab.server, """server { listen 8083; location = /mqtt { proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1;
 proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "Upgrade"; } location / { return 404; } }""", 8083)
    return doctor(lab.phone, f"ws://{SERVER}:8083/")


@reported(MOSQUITTO + "3352 tlsv1 alert unknown ca when using intermediate certificate in cafile",
          r"client certificate|certificate of the (client|app|device)|app's (own )?certificate|--cert\b")
def the_broker_does_not_know_who_signed(_):
    return said("137947642058048:error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../ssl/record/"
                "rec_layer_s3.c:1552:SSL alert number 48", "--app", "openssl s_client")


@reported(MOSQUITTO + "968 Configure SSL/TLS", r"app|client|device", r"\bCA\b|authority|trust", unsaid="intermediate alone")
def the_log_tells_of_a_client_without_the_authority(_):
    return said("1537210620: New connection from fe80::a81d:a6b0:6069:ba14 on port 8883.\n1537210620: OpenSSL Error: "
                "error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca\n1537210620: Socket error on client "
                "<unknown>, disconnecting.", "--app", "mosquitto")


@reported(GITHUB + "knolleary/pubsubclient/issues/265 client.connect passing username and password", r"127\.0\.0\.1|loopback|localhost")
def a_listener_for_localhost_alone(lab):
    mosquitto(lab.server, "listener 1883 localhost", listener=None)
    proved(lab.phone, not_=True)
    return on_broker(lab, SERVER)


@reported(GITHUB + "256dpi/max-mqtt/issues/6 mqtt: x509: certificate signed by unknown authority", r"\bCA\b|authority")
def go_says_unknown_authority(_):
    return said("mqtt: x509: certificate signed by unknown authority")


@reported(GITHUB + "chirpstack/chirpstack-gateway-bridge/issues/64 ca certificate format", r"\bPEM\b|\bDER\b|format")
def an_authority_in_the_other_format(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    der = lab.file("certnew.cer", "")
    sh("openssl", "x509", "-in", certificates.ca(), "-outform", "DER", "-out", der)
    return on_one_line(doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", der))


@reported(GITHUB + "hcpy2-0/hcpy/issues/75 Cannot start hcpy as docker", r"not run|nothing listens|no broker|\bport\b|container")
def python_says_errno_111(_):
    return said('File "/usr/local/lib/python3.10/socket.py", line 833, in create_connection\n    sock.connect(sa)\n'
                "ConnectionRefusedError: [Errno 111] Connection refused", "--app", "hcpy")


@reported(MOSQUITTO + "491 mosquitto_sub can't subscribe to $ topic", r"\$online|below|devices/7/(\+|#)|level")
def the_shell_ate_the_end_of_the_topic(lab):
    mosquitto(lab.server)
    lab.server.start("sh", "-c", "for i in $(seq 60); do mosquitto_pub -t 'devices/7/$online' -m true; sleep 0.1; done")
    return doctor(lab.phone, "delivery", AT, "-t", "devices/7/")


@reported(GITHUB + "flightonary/Moscapsule/issues/66 How do I subscribe to wildcard topics?", r"\*", r"#|\+")
def a_star_for_a_wildcard(lab):
    mosquitto(lab.server)
    lab.server.start("sh", "-c", "for i in $(seq 60); do mosquitto_pub -t chat/room/1 -m hi; sleep 0.1; done")
    return doctor(lab.phone, "delivery", AT, "-t", "chat/room/*")


@reported(GITHUB + "emqx/emqx/issues/1922 Setup client connection with EMQ broker", r"itself|own device|the phone")
def android_dials_its_own_localhost(_):
    return said("java.net.ConnectException: failed to connect to localhost/127.0.0.1 (port 11883) from /127.0.0.1 (port "
                "56598) after 30000ms: isConnected failed: ECONNREFUSED (Connection refused)")


@reported(MOSQUITTO + "1594 Question about persistent sessions", HEALTHY)
def somebody_is_away_and_messages_wait(lab):
    mosquitto(lab.server, "max_queued_messages 100")
    lab.server.run("mosquitto_sub", "-c", "-i", "home", "-q", "1", "-t", "house/#", "-E")
    for _ in range(5):
        lab.server.run("mosquitto_pub", "-q", "1", "-t", "house/lamp", "-m", "on")
    proved(lab.phone)
    return doctor(lab.phone, "delivery", AT, "-t", "house/lamp", "--publish")
