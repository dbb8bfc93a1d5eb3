"""Never met, the nineteenth batch, its second half: WebSocket, CONNECT and login, the broker's own machine, and what works
and looks odd. The list of searches stands in the first half."""
import pathlib
import re
import sys
import time

from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import (dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, tls_lines,
                       websocket_broker)
from .stage_delivery import AT
from .stage_listen import BEHIND, listen
from .stage_unmet_eighteen import not_started, python
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE, UPGRADES, answered, connect_packet, is_so, named, web
from .stage_unmet_seven import captured
from .stage_unmet_seventeen import MOSQUITTO, UPGRADE
from .stage_unmet_thirteen import GITHUB


def sends(lab, packet, times=3):
    """A client that says this and waits for what comes; it is not to be let in."""
    for _ in range(times):
        is_so(answered(lab.phone, packet) != "20020000", "it is let in")
        time.sleep(0.4)


def odd(lab, code, port=1883):
    """A broker whose CONNECT is looked at by this body of a method."""
    lines = "\n".join("        " + line for line in code.strip().splitlines())
    python(lab.server, f"""import socket, threading
from odd_broker import Broker
class Odd(Broker):
    def connect(self, body):
        at = 2 + (body[0] << 8 | body[1])
        level, flags, keep_alive = body[at], body[at + 1], body[at + 2] << 8 | body[at + 3]
{lines}
        return super().connect(body)
def serve(connection):
    with connection:
        try: Odd(connection, []).run()
        except OSError: pass
listener = socket.create_server(("::", {port}), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
""")
    lab.server.wait_for_port(port)


# ---- WebSocket ------------------------------------------------------------------------------------


@reported(GITHUB + "bastlirna/mqtt-wall/issues/5 Error during WebSocket handshake", r"subprotocol|Sec-WebSocket-Protocol",
          r"mqttv3\.1")
def nginx_answers_with_a_subprotocol_of_its_own(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 80; location /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} "
                      "proxy_hide_header Sec-WebSocket-Protocol; add_header Sec-WebSocket-Protocol mqttv3.1 always; } }", 80)
    told = sh(*lab.phone.command("curl", "-si", "-m", "2", *UPGRADES, f"http://{SERVER}/mqtt"), check=False)
    is_so("101" in told and re.search(r"(?i)Sec-WebSocket-Protocol: mqttv3\.1\s", told), told)
    return doctor(lab.phone, f"ws://{SERVER}/mqtt")


CADDY = """import ctypes, http.client, http.server, socketserver
ctypes.CDLL(None).prctl(15, b"caddy")  # its name
class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        mine = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "upgrade")}
        behind = http.client.HTTPConnection("127.0.0.1", 9001, timeout=3)
        try:
            behind.request("GET", self.path, headers=mine)
            answer = behind.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            status, body = 502, b"502 Bad Gateway\\n"
        self.send_response_only(status)
        for name, value in (("Server", "Caddy"), ("Content-Type", "text/plain; charset=utf-8"),
                            ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
Server(("", 80), Proxy).serve_forever()
"""


@reported(GITHUB + "mattermost/mattermost-docker/issues/363 How to correctly setup Caddy proxy to work with websocket?",
          r"\bupgrade|pass(es|ed)?\b.{0,40}web ?socket|web ?socket.{0,60}(not|never|no) .{0,20}(pass|forward|let)|"
          r"not .{0,30}(pass|forward)", r"proxy|caddy|in front|before it|between")
def caddy_was_not_told_of_websocket(lab):
    """A broker asked by HTTP alone says nothing, so the proxy says 502."""
    websocket_broker(lab.server)
    lab.server.start(sys.executable, "-c", CADDY, ready=80)
    is_so(web(lab.phone, f"http://{SERVER}:9001/mqtt", *UPGRADES) == "101", "no WebSocket behind")
    is_so(web(lab.phone, f"http://{SERVER}/mqtt", *UPGRADES, limit=6) == "502", "another status")
    return on_broker(lab, "ws://localhost:80/mqtt")


@reported(GITHUB + "trueforge-org/truecharts/issues/9635 [mosquitto] websockets ingress does not connect to websockets service",
          r"proxy|nginx|gateway|ingress|502", r"backend|upstream|behind|pass(es|ed)|forward|port|broker")
def the_ingress_leads_to_the_main_service(lab):
    dnsmasq(lab.router, f"address=/mqtt-ws.home.test/{SERVER}")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 80; server_name mqtt-ws.home.test; location / {{ "
                      f"proxy_pass http://127.0.0.1:1883; {UPGRADE} }} }}", 80)
    is_so(web(lab.phone, "http://mqtt-ws.home.test/", *UPGRADES) == "502", "another status")
    return doctor(lab.phone, "ws://mqtt-ws.home.test/")


# ---- CONNECT, login, identifier -------------------------------------------------------------------


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/807 Code works with mosquitto, but not with HiveMQ. Why?",
          r"password", r"user ?name|\buser\b")
def a_password_and_no_user(lab):
    odd(lab, "if flags & 0xC0 == 0x40: return False")
    proved(lab.phone)
    return explain(captured(lab, lab.server, lambda: sends(lab, connect_packet(0x42, "DVES_C94AA2", ""))))


@reported(GITHUB + "shamblett/mqtt_client/issues/395 cannot connect to broker.mqtt-dashboard.com", r"\bwill\b", r"QoS|flag")
def the_qos_of_a_will_that_is_not_there(lab):
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}")
    path = captured(lab, lab.server, lambda: sends(lab, connect_packet(0x0A, "FANS MANAGER")))
    until("protocol error", log)
    return explain(path)


@reported(GITHUB + "mqttjs/MQTT.js/issues/1021 Client <unknown> disconnected due to protocol error.",
          r"MQIsdp|level 3|version 3|protocol (level|version|name)|MQTT 3\.1\b")
def a_new_name_and_an_old_level(lab):
    mosquitto(lab.server)
    return explain(captured(lab, lab.server, lambda: sends(lab, connect_packet(0x02, "mqttjs_01", level=3))))


@reported(GITHUB + "bertmelis/espMqttClient/issues/116 Can not connect to AWS IoT Core when using Last Will", r"\bwill\b",
          r"QoS", slowest=30)
def a_will_of_qos_2(lab):
    """Amazon knows no QoS 2, and hangs up."""
    odd(lab, "if flags & 0x1C == 0x14: return False", port=BEHIND)
    will = ("--will-topic", "esp/status", "--will-payload", "offline", "--will-qos")
    proved(lab.phone, "-p", str(BEHIND), *will, "1")
    proved(lab.phone, "-p", str(BEHIND), *will, "2", not_=True)

    def act():
        for _ in range(4):
            lab.phone.run("timeout", "2", "mosquitto_pub", "-h", SERVER, "-i", "esp32-thing", "-t", "esp/up", "-m", "1",
                          *will, "2", check=False)
    return listen(lab, act, patience=10)


@reported(GITHUB + "knolleary/pubsubclient/issues/244 connect aliyun", r"keep.?alive|保活|心跳", slowest=15)
def aliyun_wants_a_longer_keep_alive(lab):
    """Below 30 seconds it says code 3."""
    in_the_cloud(lab, "aliyuncs.com", "120.55.105.209")
    odd(lab, "if not 30 <= keep_alive <= 1200:\n    self.version = level\n    self.connack(3)\n    return False", port=8000)
    words = ("-p", "8000", "-i", "1000068245:ESP8266Test:1", "-u", "ESP8266Test")
    proved(lab.phone, *words, "-k", "60", at="iot-as.aliyuncs.com")
    proved(lab.phone, *words, "-k", "15", at="iot-as.aliyuncs.com", not_=True)
    return doctor(lab.phone, "iot-as.aliyuncs.com:8000", *words[2:], "-k", "15")


@reported(GITHUB + "emqx/emqx/issues/6122 开启验证后，无法使用1883端口通过验证，但8083可以",
          r"user ?name|\buser\b|login|credential|password")
def the_tool_sends_the_password_twice(lab):
    """As the name as well."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'admin', 'lab-secret')}")
    proved(lab.phone, "-u", "admin", "-P", "lab-secret")

    def act():
        for _ in range(3):
            proved(lab.phone, "-u", "lab-secret", "-P", "lab-secret", not_=True)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "arendst/Tasmota/issues/13196 MQT: Connect failed to <mqtt host IP>:1883, rc -2", r"password|login|credential")
def the_plug_sends_the_stars_of_its_page(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'DVES_USER', 'lab-secret')}")

    def act():
        for _ in range(3):
            proved(lab.phone, "-u", "DVES_USER", "-P", "****", "-i", "DVES_0A3F11", not_=True)
    return explain(captured(lab, lab.server, act))


def rabbit(lab, *words):
    scripted(lab.server, 1883, "broker", "anonymous=5", *words)
    scripted(lab.server, 5672, "half", "414d515000000901")
    scripted(lab.server, 15672, "http", "200 OK", "Server: Cowboy")


@reported(GITHUB + "rabbitmq/rabbitmq-server/issues/5512 Not authorized to connect", r"\bvhost|virtual host")
def rabbitmq_let_the_user_into_another_vhost(lab):
    rabbit(lab, "user=test:5")
    proved(lab.phone, "-u", "test", "-P", "test", not_=True)
    return doctor(lab.phone, AT, "-u", "test", "-P", "test")


@reported(GITHUB + "rabbitmq/rabbitmq-mqtt/issues/100 Gracefully close connections to non-existent virtual hosts",
          r"\bvhost|virtual host|colon")
def a_colon_in_the_name_of_a_rabbit(lab):
    rabbit(lab, "named=close")
    proved(lab.phone, "-u", "acme:kitchen", "-P", "pw", not_=True)
    return doctor(lab.phone, AT, "-u", "acme:kitchen", "-P", "pw")


@reported(GITHUB + "zigbee2mqtt/hassio-zigbee2mqtt/issues/597 No connection to mqtt broker after setup",
          r"user|login|password|anonym|credential")
def zigbee2mqtt_was_given_no_user(lab):
    dnsmasq(lab.router, f"address=/core-mosquitto/{SERVER}")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(lab.phone, *ALICE, at="core-mosquitto")
    proved(lab.phone, at="core-mosquitto", not_=True)
    return doctor(lab.phone, "core-mosquitto:1883")


@reported(GITHUB + "home-assistant/addons/issues/4647 The automatic migration to MQTT protocol version 5 failed",
          r"MQTT ?5|version 5|\bv5|3\.1\.1")
def home_assistant_wants_version_5(lab):
    scripted(lab.server, 1883, "broker", "versions=3,4")
    proved(lab.phone)
    proved(lab.phone, "-V", "mqttv5", not_=True)
    return doctor(lab.phone, AT, "-V", "5")


# ---- the broker's own machine ---------------------------------------------------------------------


@reported(GITHUB + "SensorsIot/IOTstack/issues/506 mosquito problems", r"enabled", r"password_file|password file|pwfile")
def the_password_file_is_called_enabled(lab):
    return not_started(lab, 'pwfile "enabled"', "password_file enabled")


@reported(MOSQUITTO + "1950 Unable to create PID file", r"\bpid")
def no_right_to_write_the_pid_file(lab):
    return not_started(lab, "pid file", "pid_file /run/mosquitto.pid")


@reported(MOSQUITTO + "439 The Mosquitto Broker Service on local computer started and then stopped", r"quot")
def a_path_in_quotes(lab):
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    return not_started(lab, "pwfile", 'password_file "/etc/mosquitto/passwd"')


@reported(MOSQUITTO + "3118 Mosqitto does not start with -v mosquitto.conf:/mosquitto/config/mosquitto.conf",
          r"volume|mount", r"path|absolute|\./|named|directory|folder")
def docker_says_not_a_directory(_):
    return said('docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI '
                'runtime create failed: runc create failed: unable to start container process: error during container init: '
                'error mounting "/var/lib/docker/volumes/mosquitto.conf/_data" to rootfs at "/mosquitto/config/mosquitto.conf": '
                'not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the '
                'specified host path exists and is the expected type.')


@reported(MOSQUITTO + "755 Mosquitto 1.4.15 on Linux Mint does not have websockets support", r"web ?socket",
          r"(compiled|built|made)|build|package|version|without (it|web)")
def mosquitto_says_support_not_available(_):
    return said("Error: Websockets support not available.\nError found at /etc/mosquitto/conf.d/websocket.conf:3.\n"
                "Error found at /etc/mosquitto/mosquitto.conf:13.", "--app", "mosquitto")


@reported(GITHUB + "vernemq/docker-vernemq/issues/96 How to do file persistence volume?",
          r"permi|owner|chown|may not|not allowed|write", r"/vernemq/data|10000|folder|directory|volume")
def vernemq_says_permission_denied(_):
    return said("11:31:04.534 [error] Error creating /vernemq/data/generated.configs: permission denied\n"
                "configuration error, exit")


def bridged(lab, told, *lines, limit=8):
    """A bridge to the other host, whose broker speaks TLS at 8883."""
    good = named(lab, PHONE)
    mosquitto(lab.phone, "listener 8883", f"certfile {good.chain}", f"keyfile {good.key}", listener=None, ready=8883,
              name="cloud.conf")
    proved(lab.server, "-p", "8883", "--cafile", ca(), at=PHONE)
    log = lab.file("mosquitto.log", "")
    pathlib.Path(log).chmod(0o666)
    etc(lab, "mosquitto/mosquitto.conf", "\n".join((
        f"log_dest file {log}", "log_type all", "listener 1883", "allow_anonymous true", "connection cloud",
        f"address {PHONE}:8883", "topic sensors/# out 1", "remote_clientid gateway-17", "try_private false",
        "restart_timeout 1", *lines, "")))
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    until(told, log, limit)
    time.sleep(2)
    is_so("CONNACK on connection" not in pathlib.Path(log).read_text(), "the bridge connects")
    return on_broker(lab)


@reported(MOSQUITTO + "2949 Bridge closing connection after sending CONNECT", "bridge",
          r"bridge_cafile|bridge_capath|without TLS|no TLS|not (speak )?TLS|\bplain\b|unencrypted")
def a_bridge_with_a_tls_version_and_no_authority(lab):
    """That alone switches no TLS on."""
    return bridged(lab, "sending CONNECT", "bridge_tls_version tlsv1.2", "bridge_protocol_version mqttv50")


@reported(MOSQUITTO + "1897 Mosquitto freezes when disconnects a client with a failing bridge configuration",
          "bridge", r"bridge_cafile|ca-cloud\.crt")
def the_authority_of_the_bridge_is_not_there(lab):
    return bridged(lab, "rror", "bridge_cafile /etc/mosquitto/certs/ca-cloud.crt")


# ---- works, and looks odd -------------------------------------------------------------------------


@reported(GITHUB + "home-assistant/addons/issues/4133 Mosquitto addon watchdog causes repeated <unknown> MQTT connections",
          HEALTHY)
def a_watchdog_knocks(lab):
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}", "allow_anonymous false", f"password_file {password_file(lab)}")
    lab.router.run(sys.executable, "-c", "import socket, time\nfor _ in range(12):\n"
                   f" socket.create_connection(('{SERVER}', 1883)).close(); time.sleep(0.1)\n")
    until("<unknown> closed its connection", log)
    proved(lab.phone, *ALICE)
    return on_broker(lab, AT, *ALICE)


@reported(GITHUB + "njh/ruby-mqtt/issues/123 Websocket support", HEALTHY)
def mqtt_beside_the_web_at_443(lab):
    """The name in the TLS handshake leads to the broker."""
    dnsmasq(lab.router, f"address=/home.test/{SERVER}")
    own = named(lab, "mqtt.home.test", "www.home.test")
    mosquitto(lab.server, "listener 8883 127.0.0.1", f"certfile {own.chain}", f"keyfile {own.key}", listener=None, ready=8883)
    nginx(lab.server, f"server {{ listen 127.0.0.1:8443 ssl; ssl_certificate {own.chain}; ssl_certificate_key {own.key}; }}",
          8443)
    haproxy(lab.server, """frontend f
  bind :443
  tcp-request inspect-delay 3s
  tcp-request content accept if { req_ssl_hello_type 1 }
  use_backend mqtt if { req_ssl_sni -i mqtt.home.test }
  default_backend web
backend mqtt
  server m 127.0.0.1:8883
backend web
  server w 127.0.0.1:8443""", 443)
    proved(lab.phone, "-p", "443", "--cafile", ca(), at="mqtt.home.test")
    return doctor(lab.phone, "mqtts://mqtt.home.test:443", "--cafile", ca())


@reported(MOSQUITTO + "2040 docker eclipse-mosquitto:2.0 Error: Address not available", HEALTHY)
def no_ipv6_on_that_machine(lab):
    """Its second socket listens to nobody."""
    lab.server.set(ipv6__conf__all__disable_ipv6=1, ipv6__conf__default__disable_ipv6=1)
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}", "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(lab.phone, *ALICE)
    return doctor(lab.phone, AT, *ALICE)


@reported(GITHUB + "IoTSharp/mqttclient/issues/50 项目中连接返回失败", HEALTHY)
def an_identifier_as_aliyun_wants_it(lab):
    host = "iot-060a06ph.mqtt.iothub.aliyuncs.com"
    in_the_cloud(lab, "aliyuncs.com", "120.55.105.209")
    scripted(lab.server, 1883, "broker", "versions=4", "anonymous=5", "id=860723956940406|")
    words = ("-i", "860723956940406|securemode=3,signmethod=hmacsha256,timestamp=1647637983000|", "-u",
             "860723956940406&g8n5Ybke7Pe", "-P", "58D8D06B7C929A0D1E9B8DC06D1A22F1A63A178EEC5B64B5D04326AE60B1D730")
    proved(lab.phone, *words, at=host)
    return doctor(lab.phone, f"{host}:1883", *words)


@reported(GITHUB + "rabbitmq/rabbitmq-server/issues/5512 Not authorized to connect (with the vhost in the name)", HEALTHY)
def a_user_of_a_vhost(lab):
    """vhost:user, as RabbitMQ has it."""
    rabbit(lab, "user=test:5")
    proved(lab.phone, "-u", "mqtt:test", "-P", "test")
    return doctor(lab.phone, AT, "-u", "mqtt:test", "-P", "test")


@reported(GITHUB + "emqx/emqx/issues/893 paho: client python unable to connect", HEALTHY)
def it_asks_for_a_certificate_and_wants_none(lab):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate false", "allow_anonymous false",
              f"password_file {password_file(lab)}", ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), *ALICE)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), *ALICE)


@reported(GITHUB + "TheThingsNetwork/lorawan-stack/issues/5376 connect ETIMEDOUT 63.34.215.128:8333 (the right port)", HEALTHY)
def an_application_at_a_tenant(lab):
    """A user name with an @, and a key as its password."""
    host, key = "eu1.cloud.thethings.network", "NNSXS.VEEBURF3KR77ZR57L6PQKLJCNMKC2HLFAAAHAWI.7G4DFQ"
    in_the_cloud(lab, "thethings.network", "63.34.215.128")
    rules = lab.file("acl", "user my-app@ttn\ntopic read v3/my-app@ttn/devices/+/up\n")
    mosquitto(lab.server, *tls_lines(named(lab, host)), "allow_anonymous false", f"acl_file {rules}",
              f"password_file {password_file(lab, 'my-app@ttn', key)}", ready=8883)
    words = ("--cafile", ca(), "-u", "my-app@ttn", "-P", key)
    proved(lab.phone, "-p", "8883", *words, at=host)
    return doctor(lab.phone, f"mqtts://{host}:8883", *words, "-t", "v3/my-app@ttn/devices/+/up")
