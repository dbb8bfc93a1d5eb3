"""Never met, the twenty-first batch, its second half: WebSocket, proxies, CONNECT and login, connections that are thrown out
again, and what works and looks odd. The list of searches stands in the first half."""
import pathlib
import subprocess
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import dnsmasq, haproxy, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_eighteen import python
from .stage_unmet_more_nineteen import odd, rabbit, sends
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE, HUB, UPGRADES, answered, connect_packet, web
from .stage_unmet_seven import captured
from .stage_unmet_seventeen import MOSQUITTO, UPGRADE
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged
from .stage_unmet_twentyone import CANNOT, amazon_at_443

DROPS = ("--symptom", "drops")

# ---- WebSocket ------------------------------------------------------------------------------------


@reported(GITHUB + "thingsboard/thingsboard/issues/1693 Can't connect mqtt by websocket in browser", r"web ?socket",
          r"plain|raw|mqtt://|by TCP|over TCP|(not|no|never|without|than) .{0,30}web ?socket|speaks? MQTT|MQTT itself|"
          r"for MQTT")
def a_browser_at_the_port_of_things(lab):
    """There is no WebSocket at all."""
    mosquitto(lab.server)
    proved(lab.phone)
    staged(web(lab.phone, f"http://{SERVER}:1883/", *UPGRADES) == "000", "it answers a browser")
    return doctor(lab.phone, f"ws://{SERVER}:1883/")


@reported(GITHUB + "mqttjs/MQTT.js/issues/356 URL with path??", r"302|redirect|\bsends? .{0,30}(elsewhere|to another)",
          r"path|/ws|address|location|web (page|server|site)|URL")
def the_path_was_dropped_on_the_way(lab):
    """The broker is at /ws; at / a site sends its visitors to the login."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    websocket_broker(lab.server)
    good = certificates.get("good")
    nginx(lab.server, f"server {{ listen 443 ssl; ssl_certificate {good.chain}; ssl_certificate_key {good.key}; "
                      f"location /ws {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} "
                      "location / { return 302 /login; } }", 443)
    staged(web(lab.phone, "https://broker.test/ws", *UPGRADES) == "101", "no WebSocket at /ws")
    staged(web(lab.phone, "https://broker.test/", *UPGRADES) == "302", "another status")
    return doctor(lab.phone, "wss://broker.test/", "--cafile", ca())


@reported(GITHUB + "mqttjs/MQTT.js/issues/275 Websockets with TLS issues.", r"\bTLS\b|wss")
def an_old_bundle_forgets_the_s_of_wss(lab):
    websocket_broker(lab.server, *tls_lines("good")[1:])
    staged(web(lab.phone, f"https://{SERVER}:9001/", *UPGRADES) == "101", "no WebSocket by TLS")
    staged(web(lab.phone, f"http://{SERVER}:9001/", *UPGRADES) == "000", "it answers without TLS")
    return doctor(lab.phone, f"ws://{SERVER}:9001/")


@reported(GITHUB + "coreruleset/modsecurity-crs-docker/issues/42 Websockets: 400 Bad Request", r"\bUpgrade\b",
          r"nginx|proxy|http_upgrade|proxy_set_header")
def nginx_sends_the_wrong_variable_as_upgrade(lab):
    """proxy_set_header Upgrade $connection_upgrade: "Upgrade: upgrade"."""
    python(lab.server, "import odd_websocket\nrefuse = odd_websocket.WebSocket.refuse\n"
                       "odd_websocket.WebSocket.refuse = lambda self, _: refuse(self, '400 Bad Request')\nimport server",
           9001, "ws", "--", "broker")
    lab.server.wait_for_port(9001)
    nginx(lab.server, "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
                      "server { listen 80; location / { proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1; "
                      "proxy_set_header Upgrade $connection_upgrade; proxy_set_header Connection $connection_upgrade; "
                      "proxy_set_header Host $host; } }", 80)
    staged(web(lab.phone, f"http://{SERVER}:9001/mqtt", *UPGRADES) == "101", "no WebSocket behind")
    staged(web(lab.phone, f"http://{SERVER}/mqtt", *UPGRADES) == "400", "another status")
    return on_broker(lab, "ws://localhost:80/mqtt")


@reported(GITHUB + "emqx/emqx/issues/1373 Not WebSocket: Upgrade = undefined Error", r"\bUpgrade\b",
          r"header|proxy|nginx|\bHTTP\b|web ?socket")
def emqx_says_upgrade_undefined(_):
    return said("2017-12-04 12:41:07.311 [error] <0.1892.0>@emqttd_http:handle_request:64 Not WebSocket: Upgrade = undefined")


@reported(GITHUB + "vernemq/vernemq/issues/1103 VerneMQ fails to establish MQTT5 connection over WebSockets",
          r"MQTT ?5|version 5|\bv5", r"3\.1\.1|not (speak|know|support|offer|take|accept|allow)|refus|unsupported|unacceptable")
def no_version_5_over_websocket(lab):
    """By TCP it is spoken."""
    scripted(lab.server, 1883, "broker", "versions=3,4,5")
    scripted(lab.server, 8080, "ws", "path=/mqtt", "--", "broker", "versions=3,4", "other=code")
    proved(lab.phone, "-V", "mqttv5")
    staged(web(lab.phone, f"http://{SERVER}:8080/mqtt", *UPGRADES) == "101", "no WebSocket")
    return doctor(lab.phone, f"ws://{SERVER}:8080/mqtt", "-V", "5")


# ---- proxies --------------------------------------------------------------------------------------

# That a balancer's own checks fail, or what they lead to.
ILL = (r"health|httpchk|(fail|web|HTTP|its|own|balancer's|proxy's) .{0,20}\bchecks?\b|\bchecks?\b.{0,60}(fail|web|HTTP|page|404)|"
       r"(marks?|counts?|takes?|holds?|thinks?|considers?) .{0,40}(\bdown|dead|\bill\b|unhealthy)")


@reported(MOSQUITTO + "1646 Deploy this service throw Ingress GKe: Error UNHEALTHY service",
          ILL, r"proxy|balancer|haproxy|backend|behind")
def the_balancer_asks_a_broker_for_a_web_page(lab):
    """And takes it for ill."""
    websocket_broker(lab.server, port=9001)
    haproxy(lab.server, """frontend f
  mode http
  bind :80
  default_backend broker
backend broker
  mode http
  option httpchk GET /
  http-check expect status 200
  server m 127.0.0.1:9001 check inter 300 fall 1""", 80)
    end = time.monotonic() + 6
    while web(lab.phone, f"http://{SERVER}/mqtt", *UPGRADES) != "503" and time.monotonic() < end:
        time.sleep(0.2)
    staged(web(lab.phone, f"http://{SERVER}/mqtt", *UPGRADES) == "503", "another status")
    staged(web(lab.phone, f"http://{SERVER}:9001/mqtt", *UPGRADES) == "101", "no WebSocket behind")
    return on_broker(lab, "ws://localhost:80/mqtt")


# Takes the header of PROXY version 2 away and hands on; hangs up on LOCAL, the balancer's own checks.
FRONT = """import socket, threading
def exactly(link, size):
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more: raise OSError
        data += more
    return data
def pump(source, sink):
    try:
        while data := source.recv(65536): sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError: pass
def serve(client):
    with client:
        try:
            head = exactly(client, 16)
            exactly(client, head[14] << 8 | head[15])
            if head[12] & 15 == 0: return
            with socket.create_connection(("127.0.0.1", 9883)) as server:
                threading.Thread(target=pump, args=(server, client), daemon=True).start()
                pump(client, server)
        except OSError: pass
listener = socket.create_server(("127.0.0.1", 8884))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@reported(GITHUB + "thingsboard/tbmq/issues/322 [Bug] proxy_protocol_v2 broken with LB installations",
          ILL + r"|send-proxy|PROXY protocol", r"proxy|balancer|haproxy")
def the_broker_hangs_up_on_the_balancers_checks(lab):
    good = certificates.get("good")
    mosquitto(lab.server, "listener 9883 127.0.0.1", f"certfile {good.chain}", f"keyfile {good.key}", listener=None, ready=9883)
    lab.server.start(sys.executable, "-c", FRONT, ready=8884)
    frontend = """listen mqtts
  bind :{port}
  server tbmq1 127.0.0.1:8884 send-proxy-v2{more}"""
    checked = " check check-ssl verify none inter 300 fall 1"
    haproxy(lab.server, frontend.format(port=8883, more=checked) + "\n" +
            frontend.format(port=8885, more="").replace("mqtts", "unchecked"), 8883)
    end = time.monotonic() + 6
    while time.monotonic() < end and b"DOWN" not in pathlib.Path(lab.processes[-1].log).read_bytes():
        time.sleep(0.1)
    time.sleep(0.5)
    proved(lab.phone, "-p", "8885", "--cafile", ca())
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(GITHUB + "traefik/traefik/issues/10968 TCP Router Termination",
          r"proxy|balancer|haproxy|in front|pass(es)? .{0,20}on|forward",
          r"behind|backend|nobody|no (server|broker)|not run|\bdown\b|stopped|refuse|1884")
def the_broker_behind_was_stopped(lab):
    """The proxy goes on taking connections."""
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  server nanomq 127.0.0.1:1884", 1883)
    broker = mosquitto(lab.server, listener=1884, ready=1884)
    proved(lab.phone)
    broker.terminate()
    broker.wait()
    proved(lab.phone, not_=True)
    return on_broker(lab)


# ---- CONNECT, login, identifier -------------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/133 Can't connect from ESP8266", r"version|MQIsdp|MQTT 3\.1(?!\.1)",
          r"3\.1(?!\.1)|MQIsdp|older|old protocol|(other|lower) version|not .{0,30}3\.1\.1")
def an_old_broker_and_a_new_sketch(lab):
    """Uncommenting MQTT_VERSION_3_1 helps."""
    scripted(lab.server, 1883, "broker", "versions=3", "other=close")
    proved(lab.phone, "-V", "mqttv31")
    proved(lab.phone, "-V", "mqttv311", not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "rabbitmq/rabbitmq-mqtt/issues/10 CONNACK return code 0x05", r"anonym|user|guest|login|credential")
def rabbitmq_3_3_lets_nobody_in_without_a_name(lab):
    rabbit(lab, "local=guest")
    proved(lab.phone, not_=True)
    proved(lab.phone, "-u", "alice", "-P", "alice-pw")
    return doctor(lab.phone, AT)


@reported(GITHUB + "daq-tools/kotori/issues/72 Running Kotori with the RabbitMQ MQTT Plugin as MQTT broker", r"kotori|user",
          r"password|credential|no such|exist|add_user|not known|unknown")
def rabbitmq_says_login_failed(_):
    return said("2021-11-21 23:47:25.454438+00:00 [erro] <0.1193.0> MQTT login failed for user 'kotori', authentication failed: "
                "Refused\n2021-11-21 23:47:25.454583+00:00 [erro] <0.1193.0> MQTT connection 172.17.0.1:56776 -> 172.17.0.2:1883 "
                "is closing due to an authentication failure")


@reported(GITHUB + "EvensSolutions/hass-victron-mqtt-discovery/issues/7 Cannot supply needed credentials for mqtt broker",
          r"anonym|(\bno|without|empty|missing|lacks?).{0,30}(user|login|name|credential|password)|nobody without|"
          r"(user|login|name|credential|password).{0,30}(missing|lacking|not (given|sent|there))")
def the_discovery_knows_no_user(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(lab.phone, *ALICE)

    def act():
        for _ in range(3):
            proved(lab.phone, "-i", "auto-5FE6AFD3-DD6F-7D31", not_=True)
            time.sleep(0.3)
    return explain(captured(lab, lab.server, act), *CANNOT)


@reported(GITHUB + "emqx/emqx/issues/599 Empty clientId with non-clean session accepted", r"identifier|client.?id",
          r"empty|no (client )?identifier|without|blank|\bzero|\bnone\b", r"session|clean")
def no_identifier_and_a_session_to_keep(lab):
    process = mosquitto(lab.server)
    path = captured(lab, lab.server, lambda: sends(lab, connect_packet(0x00, "")))
    until(" (0, 2)", process.log)
    return explain(path, *CANNOT)


@reported(GITHUB + "knolleary/pubsubclient/issues/108 Connection failed all the time, why ?", r"password|login|credential",
          r"empty|blank|no password|without|zero|wrong|refus|not (accept|match|right)")
def a_user_of_cloudmqtt_with_a_blank_password(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'ESP8266Client', 'lab-secret')}")
    proved(lab.phone, "-u", "ESP8266Client", "-P", "lab-secret")
    packet = connect_packet(0xC2, "ESP8266Client", "ESP8266Client", "")
    staged(answered(lab.phone, packet) == "20020005", "another code")
    return explain(captured(lab, lab.server, lambda: sends(lab, packet)), *CANNOT)


@reported("https://ask.csdn.net/questions/9158563 MQTT实体配置后无法连接服务器？", r"identifier|client.?id",
          r"character|letter|\bsigns?\b|slash|form\b|format|reject|refus|not (accept|allow|take|like)|invalid|another|other")
def an_identifier_with_a_slash_and_a_blank(lab):
    odd(lab, """import re
id = at + 4 + (1 + body[at + 4] if level == 5 else 0)  # behind the properties of MQTT 5
size = body[id] << 8 | body[id + 1]
if not re.fullmatch(rb"[A-Za-z0-9_-]*", body[id + 2:id + 2 + size]):
    self.version = level
    self.connack(2)
    return False""")
    proved(lab.phone, "-i", "device-01")
    proved(lab.phone, "-i", "device/客厅 01", not_=True)
    return doctor(lab.phone, AT, "-i", "device/客厅 01")


@reported(GITHUB + "eclipse-paho/paho.mqtt.android/issues/310 mqttAndroidClient onFailure callback returns wrong exception",
          r"SharedAccessSignature|\bSAS\b|token|password|signature")
def azure_hangs_up_on_a_made_up_token(lab):
    """The app shows "Connection lost"."""
    in_the_cloud(lab, "azure-devices.net", "40.118.27.192")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "versions=4", "named=close")
    words = ("--cafile", ca(), "-i", "android-7", "-u", f"{HUB}/android-7/?api-version=2018-06-30", "-P", "mickeyMouse")
    proved(lab.phone, "-p", "8883", *words, at=HUB, not_=True)
    return doctor(lab.phone, f"mqtts://{HUB}:8883", *words)


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/377 HELP，MqttClinet subscribe process MqttException（128）？",
          r"subscri", r"refus|permi|allow|\bright|authori|reject|may not|0x80|128|access")
def the_broker_says_128(lab):
    scripted(lab.server, 1883, "broker", "versions=3,4", "subscribe=80", "only=alarm/#")
    told = subprocess.run(lab.phone.command("timeout", "2", "mosquitto_sub", "-h", SERVER, "-t", "alarm/#"), capture_output=True)
    staged(b"All subscription requests were denied" in told.stderr, told.stderr)
    return doctor(lab.phone, "delivery", AT, "-t", "alarm/#", "--symptom", "nothing-arrives")


# ---- thrown out again -----------------------------------------------------------------------------

AGAIN = """from talk import *
identifier, pause, times, host = sys.argv[1:]
for _ in range(int(times)):
    one = Talk(host).connect(identifier)
    one.subscribe("in/" + pause)
    for _ in range(40):
        one.link.settimeout(0.25)
        try:
            if not one.link.recv(999): break
        except TimeoutError: pass
        except OSError: break
    one.close()
    time.sleep(float(pause))
"""


@reported(GITHUB + "node-red/node-red/issues/642 MQTT nodes reconnect repeatedly to broker", r"identifier|client.?id",
          r"same|another|other|second|taken|twice|some(body|one)|else|unique|\btwo\b", slowest=25)
def somebody_else_is_called_node_red(lab):
    """At a broker for all, seen from the own machine alone."""
    process = mosquitto(lab.server)

    def act():
        for host, pause in ((lab.router, "1.0"), (lab.phone, "1.3")):
            python(host, "import sys\n" + AGAIN, "node-red", pause, "9", SERVER)
        time.sleep(9)
        staged(count("Client node-red already connected", process) > 4, "nobody was thrown out")
    return explain(captured(lab, lab.phone, act), *DROPS)


@reported(GITHUB + "node-red/node-red/issues/2360 Config both MQTT in and out nodes causes disconnection",
          r"identifier|client.?id", r"same|twice|\btwo\b|both|second|more than one|unique", slowest=25)
def an_in_node_and_an_out_node_of_one_name(lab):
    process = mosquitto(lab.server)

    def act():
        for pause in ("1.0", "1.7"):
            python(lab.phone, "import sys\n" + AGAIN, "tenant-17", pause, "9", SERVER)
        time.sleep(9)
        staged(count("Client tenant-17 already connected", process) > 3, "nobody was thrown out")
    return explain(captured(lab, lab.phone, act), *DROPS)


KICKS = """from talk import *
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        about["id"] = body[12:12 + struct.unpack(">H", body[10:12])[0]]
        if about["id"] in broker.clients:
            print("kicked", flush=True)
            broker.clients[about["id"]].shutdown(socket.SHUT_RDWR)
        broker.clients[about["id"]] = link
    return usual(broker, link, about, first, body)
Broker(answers).run()
"""


@reported(GITHUB + "rmqtt/rmqtt/issues/27 Client ID not randomly generated", r"identifier|client.?id",
          r"empty|without|\bno (client )?identifier|blank|\bzero|\bnone\b|names? no|give no", slowest=25)
def two_without_a_name_throw_each_other_out(lab):
    """The broker takes no name for a name."""
    broker = python(lab.server, KICKS)
    lab.server.wait_for_port(1883)

    def act():
        for host, pause in ((lab.router, "1.0"), (lab.phone, "1.3")):
            python(host, "import sys\n" + AGAIN, "", pause, "9", SERVER)
        time.sleep(9)
        staged(count("kicked", broker) > 4, "nobody was thrown out")
    return explain(captured(lab, lab.server, act), *DROPS)


@reported(GITHUB + "fastrde/cordova-plugin-fastrde-mqtt/issues/7 Many requests of connections", r"identifier|client.?id",
          r"same|twice|\btwo\b|another|other|second|duplicate|unique")
def rabbitmq_says_duplicate_client_id(_):
    return said('[WARNING] MQTT disconnecting duplicate client id "q-buzon-col_messages_3eee7f81ac409aa0" ("10.0.0.7:11443 -> '
                '10.0.0.2:1883")')


EARLY = """from talk import *
import threading
def end(link):
    try: link.shutdown(socket.SHUT_RDWR)
    except OSError: pass
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        about["alive"] = struct.unpack(">H", body[8:10])[0]
    if first >> 4 in (1, 3):
        if "timer" in about: about["timer"].cancel()
        about["timer"] = threading.Timer(about["alive"] * 1.5, end, [link])
        about["timer"].daemon = True
        about["timer"].start()
    return usual(broker, link, about, first, body)
Broker(answers).run()
"""


@reported(GITHUB + "ntex-rs/ntex-mqtt/issues/14 KeepAlive is not working for PingRequest",
          r"ping|keep.?alive|silen|idle|quiet|publish", r"broker|server|far side|other side|on the way|proxy|in between",
          r"clos|drop|thrown?|ends?\b|cut|hangs? up|disconnect",
          r"though|despite|in spite|even|still|answer|in time|nevertheless|both|no matter|whether|ignor|not count|does not help|"
          r"regardless|whatever|anyway|also", unsaid=r"(client|app|device) (sends?|sent) no ping", slowest=45)
def a_broker_counts_no_ping(lab):
    """Only messages keep a connection alive there."""
    python(lab.server, EARLY)
    lab.server.wait_for_port(1883)
    proved(lab.phone)
    told = lab.phone.run(sys.executable, "-c", f"""import sys
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
from talk import *
one = Talk("{SERVER}").connect("proof", keep_alive=2)
begin = time.monotonic()
try:
    for _ in range(8):
        one.send(0xC0, b"")
        one.link.settimeout(0.7)
        while True:
            try:
                if not one.link.recv(99): raise EOFError
            except TimeoutError: break
except (EOFError, OSError): print("ended")
""")
    staged("ended" in told, "a ping is enough")
    return doctor(lab.phone, "delivery", AT, "-k", "5", "--watch", "20s", *DROPS)


# ---- works, and looks odd -------------------------------------------------------------------------


@reported(MOSQUITTO + "2103 v2 can't disable 1883 port", HEALTHY)
def three_listeners_of_one_broker(lab):
    """What stands before the first listener opens one more."""
    mosquitto(lab.server, "socket_domain ipv4", "allow_anonymous false", f"password_file {password_file(lab)}", "listener 1885",
              "protocol websockets", f"listener 1884 {SERVER}", listener=None, ready=1884)
    proved(lab.phone, "-p", "1884", *ALICE)
    staged(web(lab.phone, f"http://{SERVER}:1885/", *UPGRADES) == "101", "no WebSocket")
    return doctor(lab.phone, f"{SERVER}:1884", *ALICE)


@reported(GITHUB + "traefik/traefik/issues/6213 Windows traefik 2.1.2 as loadbalancer for mqtt over tcp with tls", HEALTHY)
def tls_is_passed_through_to_another_port(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, "listener 8883 127.0.0.1", f"certfile {certificates.get('good').chain}",
              f"keyfile {certificates.get('good').key}", "allow_anonymous false", f"password_file {password_file(lab)}",
              listener=None, ready=8883)
    haproxy(lab.server, "listen mqtt\n  bind :7883\n  server m 127.0.0.1:8883", 7883)
    proved(lab.phone, "-p", "7883", "--cafile", ca(), *ALICE, at="broker.test")
    return doctor(lab.phone, "mqtts://broker.test:7883", "--cafile", ca(), *ALICE)


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/129 IPv6", HEALTHY)
def a_broker_by_its_ipv6_address(lab):
    """And by no other."""
    mosquitto(lab.server, f"listener 1883 {SERVER6}", "allow_anonymous false", f"password_file {password_file(lab)}",
              listener=None)
    proved(lab.phone, *ALICE, at=SERVER6)
    proved(lab.phone, *ALICE, not_=True)
    return doctor(lab.phone, f"[{SERVER6}]:1883", *ALICE)


@reported(GITHUB + "mqttjs/MQTT.js/issues/663 Unable to connet a mosquitto using a private IP address and WSS", HEALTHY)
def wss_at_a_private_address_that_the_certificate_names(lab):
    websocket_broker(lab.server, *tls_lines("good")[1:], "allow_anonymous false", f"password_file {password_file(lab)}")
    told = sh(*lab.phone.command("curl", "-s", "--http1.1", "-m", "2", "--cacert", ca(), "-o", "/dev/null", "-w", "%{http_code}",
                                 *UPGRADES, f"https://{SERVER}:9001/mqtt"), check=False)
    staged(told == "101", told)
    return doctor(lab.phone, f"wss://{SERVER}:9001/mqtt", "--cafile", ca(), *ALICE)


@reported(GITHUB + "bastlirna/mqtt-wall/issues/33 Failed to connect (with /mqtt at its end)", HEALTHY)
def emqx_by_websocket_at_its_path(lab):
    scripted(lab.server, 1883, "exchange", "anonymous=5")
    scripted(lab.server, 8083, "ws", "path=/mqtt", "--", "broker", "anonymous=5")
    staged(web(lab.phone, f"http://{SERVER}:8083/", *UPGRADES) == "404", "any path is right")
    staged(web(lab.phone, f"http://{SERVER}:8083/mqtt", *UPGRADES) == "101", "no WebSocket")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt", *ALICE)


@reported(GITHUB + "shamblett/mqtt_client/issues/538 NoConnectionException (with a policy)", HEALTHY)
def amazons_port_for_all_with_its_protocol(lab):
    host, words = amazon_at_443(lab, "broker", "versions=4")
    proved(lab.phone, "-p", "443", *words, at=host)
    return doctor(lab.phone, f"mqtts://{host}:443", *words, "-i", "flutter-thing")
