"""Never met, the twenty-seventh batch: another sample of what people report in public. Twenty-five phrases as a user
would type them, other ones than those of the twenty-fifth, written down before the first was searched (among issues,
then among pages where those told nothing); of each the first one or two reports whose cause the thread tells, easy or
hard, that no earlier batch had staged. Written down with its right answers by somebody who had neither read the
doctor's code nor asked it.

 1 mosquitto bridge not forwarding messages           14 micropython umqtt OSError connect
 2 home assistant mqtt sensors unavailable after      15 chirpstack no uplink mqtt
   restart                                            16 react native mqtt won't connect on phone
 3 esphome can't connect to mqtt broker               17 teslamate mqtt not authorised
 4 WLED mqtt not working                              18 esp32 mqtt 一直重连 连不上
 5 iobroker mqtt client no connection                 19 EMQX 认证失败 用户名密码
 6 hivemq cloud esp32 connection failed               20 mqtt 客户端 被踢下线 掉线
 7 rabbitmq mqtt client cannot connect                21 vue 浏览器 mqtt websocket 连接失败
 8 MQTT Explorer disconnected from server             22 docker 部署 mqtt 外部 连不上
 9 raspberry pi mosquitto connection timed out from   23 设备 mqtt 已连接 但是没有数据
   outside network                                    24 java paho 已断开连接 32109 重连
10 domoticz mqtt devices not updating                 25 树莓派 mosquitto 局域网 连接不上
11 traefik nginx reverse proxy mqtt websocket doesn't
   connect
12 mosquitto kubernetes service can't connect from
   outside
13 MQTTnet connect timeout exception

Nothing with a cause was found for 5; what was for 11 had been staged before. What is true stands with each case.
"""
import json
import pathlib
import time

from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, ROUTER_SERVER, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import mosquitto, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_listen import broker, listen
from .stage_unmet_eighteen import sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import CANNOT, configured
from .stage_unmet_twentytwo import seen, talk

OWN = r"(127\.0\.0\.1|::1|localhost|itself|own machine)"
LOOPBACK = rf"loopback|local(ly)? only|{OWN}.{{0,80}}\b(alone|only)\b|\bonly\b.{{0,80}}{OWN}"
NOBODY_LISTENS = r"(nothing|nobody|no (broker|program|service|one)).{0,60}(listen|there|runs|running)|refus"
ITSELF = (r"itself|\bown\b|this (very )?(machine|device|host|computer|container)|container|\bpod\b|elsewhere|"
          r"(an)?other (machine|host|computer|device)")
LOGIN = r"user|password|login|log(ged)? in|credential|anonym"
NONE_GIVEN = (r"without|\bno\b|none|needs?|requir|not (allow|authori|let|accept)|refus|only (users|who)|"
              r"gives? (no|neither)|names? (no|nobody)")
HANGS_UP = r"clos|hang|hung|\bends?\b|ended|\bcut|drop|disconnect|throw|threw|thrown|reset|break|refus|reject"


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


# ---- 1 to 4 ----------------------------------------------------------------------------------------


@reported(MOSQUITTO + "67 Bridge prefix only works for the first publish", r"(?<!15060012)/dev/serial/123",
          r"nobody|no one|prefix|differ|(an)?other topic|(not|never|nothing|no) .{0,40}(cover|fit|match|subscri|ask|"
          r"filter)|outside|without|15060012")
def the_bridge_forgets_its_prefix(lab):
    """True: a bug of mosquitto 1.4, the bridge sets its remote prefix before the first topic alone. An expert: what
    comes first has the topic 15060012/dev/..., all later ones /dev/..., which the subscription does not cover."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "central", "-v", "-t", "15060012/#")
        time.sleep(0.4)
        talk(lab.phone, """
one = Talk(HOST).connect("15060012.bridge")
one.publish("15060012/dev/serial/123/com_door/2/events", "event 0", qos=1)
one.wait(0.5)
for turn in range(1, 8):
    one.publish("/dev/serial/123/com_door/2/events", "event %d" % turn, qos=1)
    one.wait(0.4)
one.goodbye()
""", seconds=9)
        staged("event 0" in text_of(heard) and "event 1" not in text_of(heard), text_of(heard))
    answer = seen(lab, "some-missing", act)
    staged(count("Received PUBLISH from 15060012.bridge", process) == 8, text_of(process))
    return answer


@reported(GITHUB + "Sennevds/system_sensors/issues/57 Unavailable entities because of availability topic stays offline",
          r"availability", r"offline",
          r"\bagain\b|anew|reconnect|(came|comes|is|was) back|second connection|new connection|\bonline\b")
def it_came_back_and_nobody_said_so(lab):
    """True: the daemon says online when it starts and not when it comes back, so that its will, kept, stays. An expert:
    the kept value of the availability topic is the will of the connection before; since the reconnect nothing was
    published there."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "homeassistant", "-v", "-t", "system-sensors/sensor/pizero-office/#")
        time.sleep(0.4)
        talk(lab.phone, """
GONE = ("system-sensors/sensor/pizero-office/availability", "offline", 1)
one = Talk(HOST).connect("pizero-office", will=GONE)
one.publish("system-sensors/sensor/pizero-office/availability", "online", retain=1)
one.publish("system-sensors/sensor/pizero-office/state", '{"temperature":51.2}')
one.wait(0.8)
one.reset()
time.sleep(0.6)
one = Talk(HOST).connect("pizero-office", will=GONE)
for turn in range(8):
    one.publish("system-sensors/sensor/pizero-office/state", '{"temperature":5%d.0}' % turn)
    one.wait(0.5)
""", seconds=12)
        staged("availability offline" in text_of(heard) and "57.0" in text_of(heard), text_of(heard))
        heard.terminate()
    answer = seen(lab, "shown-offline", act)
    staged(count("as pizero-office", process) == 2, text_of(process))
    return answer


@reported(GITHUB + "xoseperez/espurna/issues/1349 Cannot connect to MQTT", r"client.?id|identifier", r"home-assistant",
          r"\btwo\b|both|another|\bother\b|\bsame\b|twice|each other|taken over|already|share|second|unique",
          slowest=20)
def the_switch_has_the_name_of_home_assistant(lab):
    """True: client_id home-assistant was typed into the switch as well. An expert: two machines connect with one
    identifier and put each other out."""
    process = mosquitto(lab.server)

    def act():
        hub = talk(lab.router, """
for turn in range(4):
    one = Talk(HOST).connect("home-assistant", keep_alive=60, user="sonoff")
    one.subscribe("sonoff/fan/relay/0")
    while lives(one):
        time.sleep(0.05)
    time.sleep(1)
""")
        time.sleep(0.5)
        switch = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("home-assistant", keep_alive=300, user="sonoff", will=("sonoff/fan/status", "0", 1))
    one.subscribe("sonoff/fan/relay/+/set")
    one.publish("sonoff/fan/app", "ESPURNA", retain=1)
    while lives(one) and turn < 3:
        time.sleep(0.05)
    time.sleep(0.8)
""")
        switch.wait(15)
        hub.kill()
        hub.wait()
    answer = seen(lab, "drops", act)
    staged(count("home-assistant already connected", process) >= 4, text_of(process))
    return answer


@reported(GITHUB + "softypit/esp32_mqtt_eq3/issues/27 Port of MQTT", r"10\.77\.1\.2\b", r"\b1883\b", NOBODY_LISTENS)
def he_asks_the_device_for_the_broker(lab):
    """True: the device's own address was typed in as the broker's, there and in mosquitto_sub. An expert: nothing
    listens at 1883 there; give the address of the machine on which mosquitto runs."""
    mosquitto(lab.server)
    proved(lab.router)
    proved(lab.router, at=PHONE, not_=True)
    return doctor(lab.router, f"{PHONE}:1883")


@reported(GITHUB + "home-assistant/core/issues/113614 WLED No mqtt publishing when Strip color changed bei Home "
          "Assistant GUI",
          r"wled", r"(nobody|nothing|no one|never|not|\bno\b).{0,80}(publish|sen[dt]\b|sends|came|message)|"
          r"(publish|sen[dt]|sends).{0,40}(nothing|nobody|never|none)",
          unsaid=r"\bacl\b|permission|forbid|not allowed to (read|subscribe)")
def changed_by_another_way_it_publishes_nothing(lab):
    """True: told by HTTP with "v": true, WLED publishes no new state. An expert: the subscription is granted, WLED is
    connected and alive, and publishes nothing since its status at the start."""
    process = mosquitto(lab.server)

    def act():
        strip = talk(lab.phone, """
one = Talk(HOST).connect("WLED-7a12f0", keep_alive=4, will=("wled/7a12f0/status", "offline", 1))
one.subscribe("wled/7a12f0", "wled/7a12f0/col", "wled/7a12f0/api")
one.publish("wled/7a12f0/status", "online", retain=1)
for turn in range(5):
    one.wait(1)
    one.send(0xC0, b"")
one.wait(0.3)
one.goodbye()
""")
        time.sleep(0.6)
        heard = subscriber(lab.router, "node-red", "-v", "-t", "wled/7a12f0/g", "-t", "wled/7a12f0/c")
        staged(strip.wait(12) == 0, text_of(strip))
        staged(not text_of(heard), text_of(heard))
        heard.terminate()
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from WLED", process) == 1 and count("Sending SUBACK to node-red", process),
           text_of(process))
    return answer


@reported(GITHUB + "widapro/wledPixel/issues/28 Change mode by MQTT not working", r"(?-i:zone0/workMode)",
          r"(?-i:zone0/workmode)", r"\bcase|capital|letter|differ|not the same|match|spell|nobody|no one|other topic")
def the_manual_has_a_capital_letter_too_many(lab):
    """True: the documentation says workMode, the display subscribes to workmode. An expert: the topics differ in one
    capital letter."""
    process = mosquitto(lab.server)

    def act():
        display = talk(lab.phone, """
one = Talk(HOST).connect("wledPixel-7FF2")
one.subscribe("wledPixel-7FF2/zone0/workmode", "wledPixel-7FF2/zone0/text", "wledPixel-7FF2/intensity")
one.wait(3.5)
one.goodbye()
""")
        time.sleep(0.7)
        for turn in range(4):
            sent(lab, "wledPixel-7FF2/zone0/workMode", "-i", "home-assistant", "-m", "manualInput")
            time.sleep(0.5)
        sent(lab, "wledPixel-7FF2/intensity", "-i", "home-assistant", "-m", "3")
        display.wait(9)
    answer = seen(lab, "no-reaction", act)
    staged(count("Sending PUBLISH to wledPixel-7FF2", process) == 1, text_of(process))
    return answer


# ---- 6 to 8 ----------------------------------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/914 ESP8266 connection failing with HiveMQ(rc=-4)",
          r"answer|repl|respon|CONNACK|time.?out|in time|silen", r"\bTLS\b|\bport\b|encrypt|slow|busy|not (an? )?MQTT",
          unsaid=r"(password|user name|login) (is|was|are) (wrong|bad|refused)")
def a_sketch_says_minus_four(_):
    """True: a client without TLS at a cloud that wants it; -4 is MQTT_CONNECTION_TIMEOUT. An expert: the TCP
    connection came about and no CONNACK in time; that is so where the port wants TLS, or is none of MQTT's."""
    return said("WiFi connected\nIP address: \n192.168.1.102\nAttempting MQTT connection...failed, rc=-4 try again in "
                "5 seconds\nAttempting MQTT connection...failed, rc=-4 try again in 5 seconds\nAttempting MQTT "
                "connection...failed, rc=-4 try again in 5 seconds")


@reported(GITHUB + "homieiot/homie-esp8266/issues/739 Connection to HiveMQ Cloud not working", r"\bTLS\b",
          r"plain|unencrypted|without TLS|not encrypt|in the clear|speaks|wants|expects|needs|encrypt|no TLS")
def homie_speaks_plainly_to_8883(lab):
    """True: the cloud wants TLS at 8883, the sketch has none. An expert reads it in what the phone recorded: a plain
    CONNECT goes to the port of TLS, and the server hangs up without a CONNACK."""
    process = mosquitto(lab.server, *tls_lines(), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, "-p", "8883", not_=True)

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST, 8883).connect("homie-8caab5", user="homie")
    one.wait(0.4)
    assert bytes.fromhex("20020000") not in one.heard and not lives(one)
    time.sleep(0.4)
""")
        staged(app.wait(12) == 0, text_of(app) + text_of(process))
    return explain(captured(lab, lab.phone, act, port=8883), *CANNOT)


@reported(GITHUB + "rabbitmq/rabbitmq-mqtt/issues/198 Unable to Connect MQTT Client", r"SUBSCRIBE",
          r"flag|reserved|0x80|0x82|header|first byte|malform|invalid|bits|breaks|violat|protocol|not (valid|allowed)",
          slowest=20)
def its_subscribe_begins_with_128(lab):
    """True: phpMQTT sends SUBSCRIBE with flags 0 where MQTT asks for 2 (the broker's log shows 128, 44, ...). An
    expert: behind each such SUBSCRIBE the broker hangs up; the packet's first byte must be 0x82."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("phpMQTT-subscriber")
    name = text("bluerhinos/phpMQTT/examples/publishtest")
    one.send(0x80, bytes([0, 1]) + name + b"\\1")
    one.wait(0.5)
    assert not lives(one)
    time.sleep(0.5)
""")
        staged(app.wait(12) == 0, text_of(app))
    answer = seen(lab, "drops", act)
    staged(not count("Sending SUBACK", process) and count("Sending CONNACK to phpMQTT", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "plapointe6/EspMQTTClient/issues/118 Can't access RabittMQ broker", r"AMQP|RabbitMQ",
          r"not (an? )?MQTT|no MQTT|(an)?other protocol|\b1883\b|plug.?in|instead|port (of|for)")
def it_asks_at_the_port_of_amqp(lab):
    """True: 5672 is RabbitMQ's port for AMQP. An expert: what answers there speaks AMQP; MQTT is its plugin's, at
    1883."""
    mosquitto(lab.server)
    scripted(lab.server, 5672, "half", "414d515000000901")
    proved(lab.phone)
    proved(lab.phone, "-p", "5672", not_=True)
    return doctor(lab.phone, f"{SERVER}:5672")


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/1097 MQTT broker disconnects MQTT explorer because it doesn't "
          "receive a PINGREQ in time", r"keep.?alive",
          r"ping|silen|nothing|quiet|in time|idle|longer than|exceed|too (long|late|seldom)", r"explorer", slowest=20)
def the_explorer_listens_and_says_nothing(lab):
    """True: it sends no PINGREQ while messages come. An expert reads it in the broker's log: "has exceeded timeout",
    one and a half keep alives behind its SUBSCRIBE."""
    log = configured(lab, "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("mqtt-explorer-27990584", keep_alive=2).subscribe("#").subscribe("$SYS/#")
    while lives(one):
        one.wait(0.1)
    time.sleep(0.3)
""")
    for turn in range(12):
        sent(lab, "home/meter", "-i", "meter", "-m", str(turn))
        time.sleep(0.5)
    app.wait(15)
    text = pathlib.Path(log).read_text()
    staged(text.count("mqtt-explorer-27990584 has exceeded timeout") >= 2 and "PUBLISH to mqtt-explorer" in text, text)
    return there(lab, "drops")


# ---- 9 to 13 ---------------------------------------------------------------------------------------


@reported(GITHUB + "alexreinert/piVCCU/issues/43 MQTT broker not reachable", r"\b1883\b", NOBODY_LISTENS,
          r"address|machine|host|running|started|elsewhere|listen|other port")
def another_machine_has_the_old_address_now(lab):
    """True: the broker's machine has another address since the CCU took its old one, where a web page answers now. An
    expert: the machine at that address is there, and nothing listens at 1883; look up the broker's address."""
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.56/24", "dev", "e0")
    mosquitto(lab.server, "listener 1883 10.77.2.56", listener=None)
    scripted(lab.server, 80, "http", "200 OK", "Server: lighttpd/1.4.45", "BODY:<title>HomeMatic WebUI</title>")
    proved(lab.phone, at="10.77.2.56")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "domoticz/domoticz/issues/5561 no zwave mqtt updates after build 14964", r"domoticz",
          r"deliver|reach|arriv|sen[dt] to|sends|gets|got|receiv|hand(ed|s)|pass(ed|es)",
          unsaid=r"nobody publish|no(body| one) (sends|publish)|(not|never) subscri|\bacl\b")
def the_broker_delivers_and_domoticz_makes_nothing_of_it(lab):
    """True: zwave-js has one prefix for its own topics and for discovery, which Domoticz does not take. An expert: the
    broker hands each value on to Domoticz; what it makes of them is its own matter (its settings, the payload)."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.router, """
one = Talk(HOST).connect("Domoticz").subscribe("homeassistant/#", "domoticz/in/#", qos=1)
one.answer(5)
one.goodbye()
""")
        time.sleep(0.6)
        talk(lab.phone, """
one = Talk(HOST).connect("ZWAVE_GATEWAY-zwave-js-ui")
for turn in range(8):
    one.publish("homeassistant/nodeID_7/49/0/Air_temperature", '{"value":21.%d}' % turn, qos=1)
    one.wait(0.4)
one.goodbye()
""", seconds=9)
        staged(app.wait(12) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending PUBLISH to Domoticz", process) == 8, text_of(process))
    staged(count("Received PUBACK from Domoticz", process) == 8, text_of(process))
    return answer


@reported(GITHUB + "kubeedge/examples/issues/44 there will be a problem that cannot connect to 127.0.0.1:1883",
          r"localhost|127\.0\.0\.1|loopback", ITSELF)
def a_pod_says_refused_at_127_0_0_1(_):
    """True: 127.0.0.1 is the pod itself, mosquitto runs on the node. An expert: nothing listens on this very host; give
    the node's address."""
    return said("panic: Network Error : dial tcp 127.0.0.1:1883: connect: connection refused\n\ngoroutine 1 [running]:")


@reported(GITHUB + "united-manufacturing-hub/united-manufacturing-hub/issues/256 Connect to locally hosted Kubernetes "
          "Stack (MQTT-Broker) from locally hosted Docker Container",
          r"macvlan", r"10\.77\.2\.2\b", unsaid=r'(wrong|bad) password|Wi-?Fi|"certain"')
def a_macvlan_does_not_reach_its_own_host(lab):
    """True: a container in a macvlan network cannot talk to the machine that it runs on; with a second network it
    could. An expert: no machine answers for that address in this network ("No route to host")."""
    phone, server = lab.phone.name, lab.server.name
    mosquitto(lab.server)
    sh("ip", "-n", server, "link", "add", "mv0", "link", "e0", "type", "macvlan", "mode", "bridge")
    sh("ip", "-n", server, "link", "set", "mv0", "netns", phone)
    sh("ip", "-n", phone, "link", "set", "e0", "down")
    sh("ip", "-n", phone, "address", "add", "10.77.2.50/24", "dev", "mv0")
    sh("ip", "-n", phone, "link", "set", "mv0", "up")
    sh("ip", "-n", phone, "route", "replace", "default", "via", ROUTER_SERVER)
    proved(lab.router)
    proved(lab.phone, not_=True)
    app = talk(lab.phone, f"""
try:
    socket.create_connection(("{ROUTER_SERVER}", 1883), 3)
except ConnectionRefusedError:
    sys.exit(0)
sys.exit(1)
""")
    staged(app.wait(9) == 0, "the router does not answer: " + text_of(app))
    return doctor(lab.phone, AT)


@reported(GITHUB + "dotnet/MQTTnet/issues/1956 Connection timeout error due to high latency on the network",
          r"slow|\blate\b|latency|delay|takes|took|longer|(after|only|within|for) [\d.,]+ ?(s\b|seconds)",
          r"(way|each answer|every (answer|packet)|round.?trip).{0,80}(slow|late|long|seconds)",
          unsaid=r"not speak MQTT|not an MQTT|wrong port|check of users \(", slowest=25)
def the_way_takes_longer_than_the_client_waits(lab):
    """True: each way takes seconds, and the client gives up first. An expert: the broker answers and lets one in, only
    after more than four seconds; the client's time-out must be longer than that, or the way quicker."""
    mosquitto(lab.server, listener=1884, ready=1884)
    scripted(lab.server, 1883, "relay", 1884, 1.1)
    proved(lab.phone, not_=True)
    app = talk(lab.phone, """
one = Talk(HOST)
one.send(0x10, text("MQTT") + bytes([4, 2, 0, 60]) + text("astarte"))
one.wait(6)
sys.exit(one.heard != bytes.fromhex("20020000"))
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, AT)


@reported(GITHUB + "dotnet/MQTTnet/issues/1377 MQTTClient.ConnectAsync does not return/throw if broker disconnects, "
          "instead times out", HANGS_UP, r"login|user|password|credential|token")
def the_token_has_been_used_before(lab):
    """True: the activation token was used once already, and this broker hangs up on it without a CONNACK. An expert:
    TCP and MQTT are fine without a login; with this one the broker closes right behind CONNECT, so it does not take
    it."""
    scripted(lab.server, 1883, "broker", "named=close")
    words = ("-u", "device-0017", "-P", "3f1b77ac")
    proved(lab.phone)
    proved(lab.phone, *words, not_=True)
    return doctor(lab.phone, AT, *words)


# ---- 14 to 17 --------------------------------------------------------------------------------------


@reported(GITHUB + "micropython/micropython/issues/2890 [esp8266] OSError: [Errno 113] EHOSTUNREACH only when "
          "executing connect() in main.py", r"unreach|no route|route|reach|answer",
          r"network|wi-?fi|address|\bARP\b|subnet|\boff\b|machine|host",
          r"(not|before).{0,40}(Wi-?Fi|network)|(yet|up)")
def micropython_says_ehostunreach(_):
    """True: the script connects before the Wi-Fi is up. An expert: there is no way to that address (yet): is this
    device in the network by then, is the address right, is the machine on?"""
    return said('Traceback (most recent call last):\n  File "main.py", line 17, in <module>\n  File "umqtt/simple.py", '
                "line 56, in connect\nOSError: [Errno 113] EHOSTUNREACH")


def gateway_and_server(lab, prefix):
    """ChirpStack, its gateway bridge, and so many messages that reached ChirpStack."""
    process = mosquitto(lab.server)

    def act():
        server = talk(lab.router, """
one = Talk(HOST).connect("chirpstack-1f6e").subscribe("eu868/gateway/+/event/+", qos=0)
one.answer(4.5)
one.goodbye()
""")
        time.sleep(0.6)
        talk(lab.phone, f"""
one = Talk(HOST).connect("gateway-bridge")
one.subscribe("{prefix}gateway/0016c001ff10d950/command/#")
for turn in range(6):
    one.publish("{prefix}gateway/0016c001ff10d950/event/stats", b"\\x0a\\x10stats" + bytes([turn]))
    one.wait(0.5)
one.goodbye()
""", seconds=9)
        staged(server.wait(9) == 0, text_of(server))
    return act, lambda: count("Sending PUBLISH to chirpstack-1f6e", process)


@reported(GITHUB + "chirpstack/chirpstack/issues/614 communication problem between gateway bridge and chirpstack",
          r"eu868", r"gateway/(0016c001ff10d950|\+)",
          r"prefix|differ|(not|never|nothing|no|nobody) .{0,60}(cover|fit|match|subscri|ask|filter|publish|sen[dt])|"
          r"other topic|nobody|no one|without|missing|level")
def the_region_stands_before_the_topic(lab):
    """True: the bridge publishes to gateway/..., ChirpStack subscribes to eu868/gateway/.... An expert: the topics
    differ in their first level; put the region before the bridge's template."""
    act, arrived = gateway_and_server(lab, "")
    answer = seen(lab, "nothing-arrives", act)
    staged(arrived() == 0, arrived())
    return answer


@reported(GITHUB + "chirpstack/chirpstack/issues/614 communication problem between gateway bridge and chirpstack "
          "(mended)", HEALTHY)
def the_region_stands_before_both_topics(lab):
    """True: the prefix was put in, and statistics arrive. An expert: all is well."""
    act, arrived = gateway_and_server(lab, "eu868/")
    path = captured(lab, lab.server, act)
    staged(arrived() == 6, arrived())
    return explain(path)


@reported(GITHUB + "mqttjs/MQTT.js/issues/1016 Connect failed with RN release build", HEALTHY)
def android_nine_lets_no_plain_text_out(lab):
    """True: since Android 9 an app may send nothing unencrypted unless its manifest says so; the broker is right. An
    expert: from here the WebSocket and MQTT work."""
    websocket_broker(lab.server, port=8083)
    app = talk(lab.phone, """
one = Talk(HOST, 8083, web=True).connect("mqttjs_77c2")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, f"ws://{SERVER}:8083")


@reported(GITHUB + "ashiqdey/precompiled-mqtt/issues/2 react-native TCP connection failing.", r"web ?socket|HTTP",
          r"plain|mqtt://|\bnot\b|\bno\b|(an)?other port|listener|without|instead|only|\b1883\b")
def it_upgrades_to_a_websocket_at_1883(lab):
    """True: the library has WebSockets alone and was given the port of MQTT over TCP. An expert reads it in what the
    broker's machine recorded: GET with Upgrade: websocket comes to a port for plain MQTT, and the broker hangs up."""
    process = mosquitto(lab.server)
    proved(lab.phone)

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    link = socket.create_connection((HOST, 1883))
    link.sendall(b"GET / HTTP/1.1\\r\\nHost: broker:1883\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Protocol: mqtt\\r\\n"
                 b"Sec-WebSocket-Version: 13\\r\\n\\r\\n")
    link.settimeout(3)
    try:
        assert not link.recv(4096)
    except ConnectionError:
        pass
    link.close()
    time.sleep(0.5)
""")
        staged(app.wait(12) == 0, text_of(app) + text_of(process))
    return seen(lab, "cannot-connect", act)


@reported(GITHUB + "teslamate-org/teslamate/issues/3107 TLS not working", LOGIN, NONE_GIVEN,
          unsaid=r"certificate (has )?(expired|is not trusted)|wrong password")
def with_tls_teslamate_names_no_user(lab):
    """True: MQTT_USER and MQTT_PASSWD are not the variables' names, so no user is given; the plain port lets anybody
    in, the one with TLS does not. An expert reads it in the log: the client without a user is "not authorised" at
    8883."""
    log = configured(lab, "user root", "per_listener_settings true", "listener 1883", "allow_anonymous true",
                     *tls_lines(), "allow_anonymous false", f"password_file {password_file(lab)}")
    until("running", log)
    lab.server.wait_for_port(8883)
    secure = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *secure, *ALICE)
    for turn in range(4):
        proved(lab.phone, *secure, "-i", "TESLAMATE_302E3035383", not_=True)
        time.sleep(0.3)
    text = pathlib.Path(log).read_text()
    staged(text.count("disconnected, not authorised") == 4, text)
    return there(lab, "cannot-connect")


@reported(GITHUB + "pkuehnel/TeslaSolarCharger/issues/362 using own mqtt with authorization", LOGIN, NONE_GIVEN)
def an_app_that_has_no_field_for_a_user(lab):
    """True: this setting takes a server's name and no login, and the broker wants one. An expert, from what the
    broker's machine recorded: its CONNECT names no user and is answered "not authorised"; another's with a user is
    accepted."""
    process = mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, password='secret')}")

    def act():
        house = talk(lab.router, """
one = Talk(HOST).connect("home-assistant", user="alice").subscribe("#")
one.wait(3.5)
one.goodbye()
""")
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("TeslaSolarCharger")
    assert bytes.fromhex("20020005") in one.heard, one.heard
    one.close()
    time.sleep(0.4)
""")
        staged(app.wait(9) == 0 and house.wait(9) == 0, text_of(app) + text_of(process))
    return seen(lab, "cannot-connect", act)


@reported(GITHUB + "nebhale/teslamate-discovery/issues/129 unauthenticated MQTT server", HEALTHY)
def a_made_up_user_is_let_in(lab):
    """True: the tool wants a user typed in, the broker has none and takes whatever is given. An expert: it works, the
    login plays no part."""
    mosquitto(lab.server)
    words = ("-u", "test", "-P", "test")
    proved(lab.phone, *words)
    return doctor(lab.phone, AT, *words)


# ---- 18 to 21 --------------------------------------------------------------------------------------


@reported("https://docs.espressif.com/projects/esp-faq/zh_CN/latest/software-framework/protocols/mqtt.html 连接默认配置的"
          "服务器，出现连接失败", LOGIN, unsaid=r"nothing listens|firewall (drops|blocks)")
def esp_idf_says_not_authorized_again_and_again(_):
    """True: the user name or the password is wrong. An expert: the broker was reached and refuses the login (code
    5)."""
    return said("W (4211) MQTT_CLIENT: Connection refused, not authorized\nI (4217) MQTT_CLIENT: Error MQTT Connected\n"
                "I (4222) MQTT_CLIENT: Reconnect after 10000 ms\nI (4228) MQTT_EXAMPLE: MQTT_EVENT_DISCONNECTED\n"
                "I (19361) MQTT_CLIENT: Sending MQTT CONNECT message, type: 1, id: 0000")


@reported(GITHUB + "emqx/emqx/issues/1907 Incorrect user name or password can also be verified.", HEALTHY)
def a_wrong_password_is_taken(lab):
    """True: allow_anonymous is on and no authentication is loaded, so that any login is taken. An expert: nothing
    fails; nobody checks the password."""
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mqttjs_3be61a", user="adminxxx").subscribe("t/1", qos=1)
for turn in range(5):
    one.publish("t/1", str(turn), qos=1)
    one.answer(0.5)
one.goodbye()
""")
        staged(app.wait(9) == 0, text_of(app))
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "aLiang-xyl/integration-mqtt/issues/8 想问下所连接客户端自动离线的问题", r"client.?id|identifier",
          r"\btwo\b|both|another|\bother\b|\bsame\b|twice|each other|taken over|already|share|second|unique",
          slowest=25)
def two_programs_have_one_identifier(lab):
    """True: the same client id is used in several places, which put each other out. An expert, who listens in front of
    the broker: one identifier comes from two addresses, and each CONNECT ends the other's connection."""
    broker(lab)

    def act():
        both = [talk(host, """
for turn in range(5):
    one = Talk(HOST).connect("integration-mqtt-channel1").subscribe("device/#")
    while lives(one):
        time.sleep(0.05)
    time.sleep(0.7)
""") for host in (lab.phone, lab.router)]
        time.sleep(6)
        for each in both:
            each.kill()
            each.wait()
    return listen(lab, act, patience=8)


@reported(GITHUB + "nik-zp/Vue-Mqtt-Example/issues/2 Direct MQTT connection", r"\b80\b", NOBODY_LISTENS, r"\bport\b")
def ws_without_a_port_is_80(lab):
    """True: the address has no port, so the browser asks at 80, and the broker's WebSockets are at 9001. An expert:
    nothing listens at 80; give the port of the WebSocket listener."""
    websocket_broker(lab.server)
    app = talk(lab.phone, """
one = Talk(HOST, 9001, web=True).connect("vue")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, f"ws://{SERVER}")


@reported(GITHUB + "tommy44458/mqtt-vue-hook/issues/9 WebSocket connection to 'ws://localhost:1883/' failed:",
          r"web ?socket|HTTP|browser",
          r"plain|mqtt://|\bnot\b|\bno\b|(an)?other port|listener|without|instead|only|\b1883\b")
def a_browser_is_overheard_at_1883(lab):
    """True: in a browser mqtt:// becomes ws://, and 1883 has no WebSockets. An expert, who listens in front of the
    broker: a browser's GET with Upgrade: websocket comes to the port of plain MQTT."""
    broker(lab)

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    link = socket.create_connection((HOST, 1883))
    link.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost:1883\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n"
                 b"Origin: http://localhost:5173\\r\\nSec-WebSocket-Version: 13\\r\\n"
                 b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\\r\\nSec-WebSocket-Protocol: mqtt\\r\\n\\r\\n")
    link.settimeout(1)
    try:
        link.recv(4096)
    except OSError:
        pass
    link.close()
    time.sleep(0.5)
""")
        staged(app.wait(9) == 0, text_of(app))
    return listen(lab, act, patience=4)


# ---- 22 to 25 --------------------------------------------------------------------------------------


@reported(GITHUB + "teslamate-org/teslamate/issues/556 Better documentation on MQTT Setup",
          r"(127\.0\.0\.1|localhost).{0,80}(itself|container|own|each|not the same)", r"10\.77\.2\.2|host\.json",
          unsaid=r"broker is not running")
def in_the_container_and_on_its_host(lab):
    """True: MQTT_HOST is 127.0.0.1, which inside the container is the container. An expert, who reads what both saw:
    127.0.0.1 answers on the host and not in the container, for there it is another machine; give the host's address."""
    mosquitto(lab.server)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, at="127.0.0.1", not_=True)
    inside, outside = doctor(lab.phone, "127.0.0.1:1883"), doctor(lab.server, "127.0.0.1:1883")
    return explain(*(lab.file(name, json.dumps(answer.report))
                     for name, answer in (("container.json", inside), ("host.json", outside))))


@reported(GITHUB + "Syralist/tcs-monitor/issues/4 mqtt connected, no data on clientpublish",
          r"nobody|no one|nothing|none|never|not (once )?(been )?(publish|sen[dt])|no (message|PUBLISH)",
          r"publish|sen[dt]\b|sends|came",
          unsaid=r"\bacl\b|permission|forbid|not allowed to (read|subscribe)")
def the_door_has_not_rung_yet(lab):
    """True: the device publishes when a message of the door's bus is decoded, and none was. An expert: it is connected
    and alive, the subscription is granted, and nobody has published anything yet."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "mqtt-explorer-1", "-v", "-t", "#")
        app = talk(lab.phone, """
one = Talk(HOST).connect("TCSMonitor", keep_alive=4)
one.subscribe("TCSMonitor/sending")
for turn in range(5):
    one.wait(1)
    one.send(0xC0, b"")
one.wait(0.3)
one.goodbye()
""")
        staged(app.wait(12) == 0, text_of(app))
        staged(not text_of(heard), text_of(heard))
        heard.terminate()
    answer = seen(lab, "nothing-arrives", act)
    staged(not count("Received PUBLISH", process) and count("Received PINGREQ from TCSMonitor", process) >= 4,
           text_of(process))
    return answer


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/916 Paho (Java) does not specify topic when re-publishing a "
          "message due to missing ACK", r"topic", r"empty|without|no topic|zero|missing|names? no|blank|lacks?",
          r"PUBLISH|message|packet", slowest=20)
def sent_again_without_its_topic(lab):
    """True: paho's client of MQTT 5 sends an unacknowledged message again with an empty topic (an alias of the
    connection before). An expert: each connection ends right behind a PUBLISH that names no topic, a protocol
    error."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
LASTING = bytes.fromhex("11000000ff")
one = Talk(HOST, v5=True).connect("omcp_publisher", keep_alive=30, clean=False, properties=LASTING)
one.publish("omcp/report", "report 6", qos=1, packet=6)
one.wait(0.5)
one.reset()
for turn in range(4):
    time.sleep(0.5)
    one = Talk(HOST, v5=True).connect("omcp_publisher", keep_alive=30, clean=False, properties=LASTING)
    one.publish("", "report 7", qos=1, dup=1, packet=7)
    one.wait(0.5)
    assert not lives(one)
""")
        staged(app.wait(15) == 0, text_of(app) + text_of(process))
    answer = seen(lab, "drops", act)
    staged(count("omcp_publisher disconnected due to protocol error", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "arcoirislabs/cordova-plugin-mqtt/issues/51 Can't open mqtt reconnect function",
          r"(not|never|no|nothing|without).{0,80}(again|back|reconnect|return|anew|new connection)|"
          r"(again|back|reconnect|return|anew).{0,60}(not|never)|gone|stay(s|ed) away|since|left",
          r"connect|session|clos|\bend(s|ed)?\b", r"phone-app|subscri", slowest=20)
def it_does_not_come_back_after_the_restart(lab):
    """True: the plugin leaves automaticReconnect off, so that the app stays away once the broker has restarted. An
    expert: the app's connection ended with the broker's and it never connects again; others do, and publish to what it
    had subscribed to."""
    first = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("phone-app").subscribe("office/door", qos=0)
while lives(one):
    one.wait(0.1)
time.sleep(9)
""")
        time.sleep(0.7)
        for turn in range(3):
            sent(lab, "office/door", "-i", "door", "-m", f"before-{turn}")
            time.sleep(0.3)
        first.terminate()
        first.wait(5)
        time.sleep(0.3)
        second = mosquitto(lab.server)
        for turn in range(6):
            sent(lab, "office/door", "-i", "door", "-m", f"after-{turn}")
            time.sleep(0.6)
        app.kill()
        app.wait()
        staged(count("Sending PUBLISH to phone-app", first) == 3, text_of(first))
        staged(not count("phone-app", second) and count("Received PUBLISH from door", second) == 6, text_of(second))
    return seen(lab, "nothing-arrives", act)


@reported(GITHUB + "andrewjfreyer/monitor/issues/405 Networking issues", LOOPBACK, r"listen")
def the_file_that_came_with_it_has_no_listener(lab):
    """True: mosquitto 2 with a file that has no listener line serves its own machine only. An expert, on the broker's
    machine: it listens at 127.0.0.1 and ::1 alone; add listener 1883 (and say who is let in)."""
    log = configured(lab, "persistence false", "connection_messages true")
    until("Starting in local only mode", log)
    lab.server.wait_for_port(1883)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, not_=True)
    return on_broker(lab)
