"""Harvested for the place beside the broker: what apps and devices do, as captures show it. Each was written down
with its right answer before the doctor was asked."""
import os
import struct
import time

from .cases import explain
from .client import text
from .net import PHONE, SERVER
from .reported import HEALTHY, on_broker, reported, until
from .services import etc, mosquitto, websocket_broker
from .stage_unmet_eighteen import python, sent
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB

MOSQUITTO = GITHUB + "eclipse-mosquitto/mosquitto/issues/"
TALK = f'from talk import *\nHOST = "{SERVER}"\n'


def talk(host, code, limit=60):
    """Runs the script to its end."""
    done = python(host, TALK + code)
    done.wait(limit)
    if done.returncode not in (0, None):
        raise RuntimeError("not staged: " + open(done.log, errors="replace").read())


def watcher(lab, topic, *words):
    process = lab.router.start("mosquitto_sub", "-h", SERVER, "-i", "watcher", "-t", topic, *words)
    time.sleep(0.4)
    return process


def overheard(lab, act, *words, port=1883):
    return explain(captured(lab, lab.server, act, port), *words)


def odd_broker(lab, code, port=1883):
    """A broker in a few lines: answers(broker, link, about, first, body)."""
    process = python(lab.server, f"from talk import *\n{code}\nBroker(answers, {port}).run()\n")
    lab.server.wait_for_port(port, process)
    return process


# ---- wills ----------------------------------------------------------------------------------------


@reported(GITHUB + "pinkywafer/PinkyLEDs/issues/6 Last will (LWT) message problem", r"\bwill\b|LWT", r"retain")
def the_will_is_not_retained_and_online_is(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "leds/#")
        talk(lab.phone, """app = Talk(HOST).connect("PinkyLED", 10, will=("leds/lwt", "Offline", 0))
app.publish("leds/lwt", "Online", retain=1).wait(1)
app.reset()
time.sleep(1)
""")
        lab.router.run("mosquitto_sub", "-h", SERVER, "-i", "hass", "-t", "leds/lwt", "-W", "1", check=False)
    return overheard(lab, act)


@reported(GITHUB + "F1p/Home-Assistant-Mitsubishi-CN105-to-MQTT/issues/60 LWT availability topic stuck on offline",
          r"\bwill\b|LWT", r"retain")
def the_will_is_retained_and_online_is_not(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST).connect("6c61990af6e8", 15, will=("pump/lwt", "offline", 1))
app.publish("pump/lwt", "online").wait(1)
app.reset()
time.sleep(0.5)
""")
        process = python(lab.phone, TALK + """app = Talk(HOST).connect("6c61990af6e8", 15, will=("pump/lwt", "offline", 1))
app.publish("pump/lwt", "online")
app.pings(4)
""")
        time.sleep(1)
        lab.router.run("mosquitto_sub", "-h", SERVER, "-i", "hass", "-t", "pump/lwt", "-W", "1", check=False)
        process.wait(8)
    return overheard(lab, act)


@reported(GITHUB + "arendst/Tasmota/issues/7189 Send Offline message to LWT on clean disconnect", r"\bwill\b|LWT",
          r"DISCONNECT|goodbye|orderly|took .* back", is_long=False)
def it_leaves_in_order_and_stays_online(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "tele/#")
        talk(lab.phone, """app = Talk(HOST).connect("DVES_1", 30, will=("tele/plug/LWT", "Offline", 1))
app.publish("tele/plug/LWT", "Online", retain=1).wait(1)
app.goodbye()
""")
        time.sleep(1)
    return overheard(lab, act)


@reported(GITHUB + "wirepas/gateway/pull/269 Status update: fix unsent online status", r"\bwill\b|offline",
          r"again|each connect|every connect|since|after")
def it_comes_back_and_does_not_say_so(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "gw/#")
        talk(lab.phone, """app = Talk(HOST).connect("gw1", 30, will=("gw/status/1", "OFFLINE", 1))
app.publish("gw/status/1", "ONLINE", retain=1).wait(1)
app.reset()
time.sleep(0.5)
app = Talk(HOST).connect("gw1", 30, will=("gw/status/1", "OFFLINE", 1))
for number in range(6):
    app.publish("gw/data", str(number)).wait(1)
""")
    return overheard(lab, act)


@reported(GITHUB + "letscontrolit/ESPEasy/issues/1918 MQTT stops working since 20181008", r"\bwill\b|LWT|offline",
          r"old|earlier|previous|before|first one", slowest=30)
def the_old_connection_says_offline_late(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "aqua/#")
        first = python(lab.phone, TALK + """app = Talk(HOST).connect("aquariums_1", 5, will=("aqua/LWT", "Connection Lost", 1))
app.publish("aqua/LWT", "Connected", retain=1)
time.sleep(15)
""")
        time.sleep(2)
        talk(lab.phone, """app = Talk(HOST).connect("aquariums_1_1", 5, will=("aqua/LWT", "Connection Lost", 1))
app.publish("aqua/LWT", "Connected", retain=1)
app.pings(12)
""")
        first.terminate()
    return overheard(lab, act)


@reported("a device that says goodbye as it should", HEALTHY)
def it_says_offline_itself(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "lamp/#")
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST).connect("lamp", 30, will=("lamp/state", "offline", 1))
app.publish("lamp/state", "online", retain=1).wait(0.5)
app.publish("lamp/state", "offline", retain=1).wait(0.2)
app.goodbye()
""")
    return overheard(lab, act)


# ---- packets of home-made clients -----------------------------------------------------------------


@reported(MOSQUITTO + "2325 Behavior with malformed packets", r"malformed|breaks|broke|type 0|does not exist", slowest=30)
def its_ping_is_0a_c0(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST).connect("meter", 10)
app.publish("meter/1", "5")
for _ in range(2):
    app.wait(3).raw(bytes([0x0A, 0xC0]))
app.wait(2).close()
""")
    return overheard(lab, act)


@reported(MOSQUITTO + "1765 TCP FIN sent by mosquitto", r"UNSUBSCRIBE", r"propert|malformed|rule|ends before|announce")
def its_unsubscribe_lacks_the_properties(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST, v5=True).connect("d:quickstart:device", 90)
app.subscribe("iot/cmd/+")
app.publish("iot/evt", "1").wait(0.3)
app.send(0xA2, app.new_id() + text("iot/cmd/+"))
app.wait(2)
""")
    return overheard(lab, act)


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/1099 Multiple CONNECT frames are sent during a reconnection",
          r"CONNECT", r"second|twice|\bagain|two")
def it_sends_connect_twice(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """for _ in range(2):
    app = Talk(HOST).connect("jvm-2", 60)
    app.connect("jvm-2", 60).wait(1)
""")
    return overheard(lab, act)


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/1098 Connections pending during the reconnection process",
          r"sent nothing|no CONNECT|never (sent|asked)|silent|without a (word|byte)|said nothing", open_=True)
def it_connects_and_never_says_connect(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    about["id"] = 1
    return usual(broker, link, about, first, body)
class Impatient(Broker):
    def serve(self, link):
        link.settimeout(4)
        super().serve(link)
Broker = Impatient
""")

    def act():
        talk(lab.phone, """Talk(HOST).connect("jvm-1", 60).goodbye()
for _ in range(2):
    Talk(HOST).wait(6)
""")
    return overheard(lab, act)


@reported(GITHUB + "owntracks/ios/issues/864 MQTT protocol DISCONNECT received, code 148", r"Topic Alias")
def it_uses_more_aliases_than_allowed(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST, v5=True).connect("phone", 60)
for alias in (8, 9, 10, 11, 12):
    app.publish(f"owntracks/{alias}", "{}", properties=b"\\x23\\0" + bytes([alias])).wait(0.2)
app.wait(1)
""")
    return overheard(lab, act)


@reported(GITHUB + "hivemq/hivemq-mqtt-client/issues/631 topic alias must not exceed topic alias maximum", r"Topic Alias",
          r"broker|server")
def the_broker_uses_an_alias_that_nobody_allowed(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    done = usual(broker, link, about, first, body, v5=True)
    if first >> 4 == 8:
        body = text("plant/1") + b"\\3\\x23\\0\\1" + b"21"
        done += b"\\x30" + bytes([len(body)]) + body
    return done
""")

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST, v5=True).connect("android", 60)
app.subscribe("plant/#")
app.goodbye(0x82)
""")
    return overheard(lab, act)


# ---- sizes ----------------------------------------------------------------------------------------


@reported(GITHUB + "256dpi/esp-mqtt/issues/19 Max library MQTT message recieve size?", r"size|large|bytes|buffer",
          r"itself|hangs up|hung up|closes|closed|ended|leaves")
def it_hangs_up_on_a_message_of_300_bytes(lab):
    mosquitto(lab.server)
    sent(lab, "cfg/esp32", "-r", "-m", "x" * 300)
    sent(lab, "cfg/name", "-r", "-m", "lamp")

    def act():
        for _ in range(4):
            talk(lab.phone, """app = Talk(HOST).connect("ESP32", 15)
app.subscribe("cfg/name")
app.publish("stat/esp32", "1")
app.send(0x82, app.new_id() + text("cfg/esp32") + b"\\0")
app.wait(0.1).close()
time.sleep(0.5)
""")
    return overheard(lab, act)


@reported(GITHUB + "256dpi/arduino-mqtt/issues/343 Large payload disconnects the client",
          r"size|large|bytes|buffer|whole|middle", r"itself|the app|device|stopp|never|closed|ended")
def it_sends_25_bytes_of_2162(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            talk(lab.phone, """app = Talk(HOST).connect("esp", 15)
app.publish("esp/up", "1").wait(0.3)
app.raw((b"\\x30\\xf2\\x10" + text("homeassistant/sensor/x") + b"{" * 3000)[:25])
app.wait(0.1).close()
time.sleep(0.5)
""")
    return overheard(lab, act)


# ---- sessions, identifiers ------------------------------------------------------------------------


@reported(GITHUB + "eclipse-paho/paho.mqtt.golang/issues/173 No data after reconnect", r"session",
          r"persist|forg|broker (kept|keeps|had|has|lost)|restart")
def the_broker_forgot_the_session(lab):
    first = mosquitto(lab.server)

    def act():
        app = python(lab.phone, TALK + """app = Talk(HOST).connect("panel", 60, clean=False)
app.subscribe("home/#", qos=1).answer(20)
app = Talk(HOST).connect("panel", 60, clean=False)
app.answer(9)
""")
        time.sleep(1.5)
        sent(lab, "home/door", "-q", "1", "-m", "x")
        first.terminate()
        first.wait()
        mosquitto(lab.server)
        app.terminate()
        app = python(lab.phone, TALK + """app = Talk(HOST).connect("panel", 60, clean=False)
app.answer(9)
""")
        for _ in range(7):
            time.sleep(1)
            sent(lab, "home/door", "-q", "1", "-m", "x")
        app.wait(15)
    return overheard(lab, act)


@reported(GITHUB + "emqx/MQTTX/issues/1372 Duplicated received messages appear in a subscription", r"twice|two|copies|duplicat|each",
          r"filter|subscription|overlap")
def one_copy_for_each_filter(lab):
    odd_broker(lab, """from odd_broker import fits
def answers(broker, link, about, first, body):
    if first >> 4 == 8:
        at = 2
        while at < len(body):
            size = struct.unpack(">H", body[at:at + 2])[0]
            about.setdefault("filters", []).append(body[at + 2:at + 2 + size].decode())
            at += 3 + size
        broker.clients[id(link)] = link, about
    if first >> 4 == 3:
        topic = body[2:2 + struct.unpack(">H", body[:2])[0]].decode()
        for other, its in list(broker.clients.values()):
            for wanted in its["filters"]:
                if fits(wanted, topic):
                    other.sendall(bytes([0x30, len(body)]) + body)
    return usual(broker, link, about, first, body)
""")

    def act():
        app = python(lab.phone, TALK + """app = Talk(HOST).connect("mqttx", 60)
app.subscribe("#", "test/a")
app.wait(6)
""")
        time.sleep(1.5)
        for number in range(4):
            sent(lab, "test/a", "-m", str(number))
            time.sleep(0.5)
        app.wait(10)
    return overheard(lab, act)


@reported(GITHUB + "Yeraze/meshmonitor/issues/5079 MQTT connection storm", r"identifier|client.?id",
          r"same (address|app|program|machine)|itself|one (app|program|machine|address)|anew|without (closing|ending)|"
          r"still (open|stood)")
def one_program_connects_anew_all_the_time(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """apps = []
for _ in range(12):
    apps.append(Talk(HOST).connect("meshmonitor", 60))
    apps[-1].subscribe("msh/#")
    time.sleep(0.3)
""")
    return overheard(lab, act)


@reported(GITHUB + "martin-ger/uMQTTBroker/issues/53 How to close connection to a client?", r"identifier|client.?id|same",
          r"\bold|still|earlier|already|before|first", slowest=30)
def the_broker_keeps_the_old_one_and_refuses_the_new(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        name = body[12:]
        if name in broker.clients:
            return False
        about["id"] = name
        broker.clients[name] = link
    return usual(broker, link, about, first, body)
""")

    def act():
        python(lab.phone, TALK + """apps = [Talk(HOST).connect("esp-client", 60)]
apps[0].publish("a", "1")
for _ in range(4):
    time.sleep(2)
    apps.append(Talk(HOST).connect("esp-client", 60))
Talk(HOST).connect("esp-other", 60).wait(1)
""").wait(30)
    return overheard(lab, act)


@reported(GITHUB + "moscajs/aedes/issues/634 pubrel delivery re-try causes no such packet error", r"PUBREL",
          r"hang|hung|clos|end")
def hung_up_on_at_pubrel(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    if first >> 4 == 6:
        return False
    if first >> 4 == 1:
        return b"\\x20\\2\\1\\0"
    return usual(broker, link, about, first, body)
""")

    def act():
        talk(lab.phone, """for _ in range(4):
    app = Talk(HOST).connect("store", 60, clean=False)
    app.send(0x62, b"\\0\\7")
    app.wait(1).close()
    time.sleep(0.5)
""")
    return overheard(lab, act)


# ---- keep alive, the way --------------------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/24985 MQTT client closes a recoverable TCP connection",
          r"lost|retransmi|sent again|acknowledg|arriv", r"network|\bway\b|wi-?fi|packets?|radio", slowest=40)
def the_answer_to_its_ping_is_lost(lab):
    mosquitto(lab.server)

    def act():
        app = python(lab.phone, TALK + """for _ in range(2):
    app = Talk(HOST).connect("tasmota", 10)
    app.subscribe("cmnd/#").wait(2).ping()
    app.wait(7)
    app.close()
    time.sleep(1)
""")
        for _ in range(2):
            time.sleep(2.2)
            lab.router.nft(f"fw ip daddr {PHONE} tcp sport 1883 drop")
            time.sleep(6)
            lab.router.run("nft", "flush", "ruleset", check=False)
            time.sleep(2)
        app.wait(20)
    return overheard(lab, act)


@reported(GITHUB + "mqttjs/MQTT.js/issues/1577 disconnected after locking the computer screen", r"keep.?alive",
          r"browser|\btab\b|background|sleeps", slowest=30)
def a_page_in_the_background(lab):
    websocket_broker(lab.server)

    def act():
        talk(lab.phone, """for _ in range(2):
    app = Talk(HOST, 9001, web=True).connect("mqttjs_1", 4)
    app.subscribe("news/#").wait(2).ping()
    app.wait(11).close()
""")
    return overheard(lab, act, port=9001)


@reported(GITHUB + "knolleary/pubsubclient/issues/372 MQTT Disconnect and Reconnects at very short intervals", r"keep.?alive",
          r"silent|ping|loop|block|longer", slowest=30)
def delay_60000_in_the_loop(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST).connect("woodstoveClient", 4)
app.publish("stove/t", "21")
time.sleep(9)
""")
    return overheard(lab, act)


@reported(GITHUB + "LabVIEW-Open-Source/MQTT-Client/issues/18 No PUBCOMP packet is send from client", r"PUBCOMP|PUBREL",
          slowest=30)
def it_never_sends_pubcomp(lab):
    mosquitto(lab.server)

    def act():
        app = python(lab.phone, TALK + """app = Talk(HOST).connect("LabVIEW", 60)
app.subscribe("wind/acc", qos=2)
app.answer(12, completes=False)
""")
        time.sleep(1)
        for number in range(24):
            sent(lab, "wind/acc", "-q", "2", "-m", str(number))
        app.wait(20)
    return overheard(lab, act)


@reported("a persistent session that is resumed", HEALTHY)
def it_sends_again_after_a_new_connect(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "meters/#", "-q", "1")
        talk(lab.phone, """app = Talk(HOST).connect("meter-9", 60, clean=False)
app.publish("meters/9", "1", qos=1)
app.reset()
app = Talk(HOST).connect("meter-9", 60, clean=False)
app.publish("meters/9", "1", qos=1, dup=1, packet=1).wait(1)
app.publish("meters/9", "2", qos=1).wait(1)
app.goodbye()
""")
    return overheard(lab, act)


# ---- the second harvest: loops --------------------------------------------------------------------


@reported(MOSQUITTO + "3011 Bridging two brokers and pub/sub to the same topic on both causes infinite message loop",
          r"loop|round|circle|again and again", r"bridge|brokers?\b")
def two_bridges_seen_at_one_broker(lab):
    mosquitto(lab.server, "log_type none", "connection toother", "address 10.77.2.1:1885", "topic plant/# both 1",
              "restart_timeout 1", "allow_anonymous true")
    mosquitto(lab.router, "log_type none", "connection back", f"address {SERVER}:1883", "topic plant/# both 1",
              "restart_timeout 1", "allow_anonymous true", listener=1885, ready=1885, name="other.conf")

    def act():
        time.sleep(5)  # until both bridges stand
        sent(lab, "plant/valve", "-m", "open", host=lab.phone)
        time.sleep(0.6)
    return overheard(lab, act)


@reported(GITHUB + "emqxarchive/emqx-bridge-mqtt/issues/63 Bridge connection loops messages back forever",
          r"loop|round|circle|again and again", r"prefix|longer|grow|begin|end of|in front")
def a_prefix_at_every_round(lab):
    mosquitto(lab.server)

    def act():
        bridge = python(lab.router, TALK + """app = Talk(HOST).connect("bridge", 60)
app.subscribe("#")
for _ in range(40):
    app.wait(0.05)
    while (packet := app.first_packet(app.heard)) is not None:
        head, body = packet
        app.heard = app.heard[len(head) + len(body):]
        if head[0] >> 4 == 3:
            size = struct.unpack(">H", body[:2])[0]
            app.publish("aws/" + body[2:2 + size].decode(), body[2 + size:])
""")
        time.sleep(1)
        sent(lab, "sn/1", "-m", "21", host=lab.phone)
        bridge.wait(10)
    return overheard(lab, act)


@reported(MOSQUITTO + "355 OpenHAB: message seems to be sent back to client that it came from", r"loop|round|what it is sent|circle")
def two_apps_answer_each_other(lab):
    mosquitto(lab.server)
    code = """app = Talk(HOST).connect(NAME, 60)
app.subscribe("openhab/lamp")
end = time.monotonic() + 4
while time.monotonic() < end:
    app.wait(0.05)
    while time.monotonic() < end and (packet := app.first_packet(app.heard)) is not None:
        head, body = packet
        app.heard = app.heard[len(head) + len(body):]
        if head[0] >> 4 == 3:
            app.publish("openhab/lamp", body[14:])
            app.wait(0.02)
"""

    def act():
        apps = [python(host, TALK + f'NAME = "{name}"\n' + code) for host, name in
                ((lab.phone, "openhab"), (lab.router, "dashboard"))]
        time.sleep(1)
        sent(lab, "openhab/lamp", "-m", "ON", host=lab.phone)
        for each in apps:
            each.wait(20)
    return overheard(lab, act)


# ---- the second harvest: what is not acknowledged, what is lost -----------------------------------


@reported(GITHUB + "eclipse-paho/paho.mqtt.golang/issues/637 Client not receiving message from other client",
          r"acknowledg", slowest=40)
def what_came_before_the_handler_is_never_acknowledged(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """app = Talk(HOST).connect("clientA", 60, clean=False)
app.subscribe("a/#", qos=1)
app.goodbye()
""")
        for number in range(24):
            sent(lab, "a/1", "-q", "1", "-m", str(number))
        app = python(lab.phone, TALK + """app = Talk(HOST).connect("clientA", 60, clean=False)
app.subscribe("a/#", qos=1)
app.pings(14)
""")
        time.sleep(2)
        for number in range(3):
            sent(lab, "a/1", "-q", "1", "-m", f"later {number}")
            time.sleep(1)
        app.wait(20)
    return overheard(lab, act)


@reported(GITHUB + "hivemq/hivemq-mqtt-client/issues/434 Message callback is not called anymore", r"acknowledg", slowest=40)
def one_at_a_time_and_never_acknowledged(lab):
    mosquitto(lab.server)

    def act():
        app = python(lab.phone, TALK + """app = Talk(HOST, v5=True).connect("client1", 60, properties=b"\\x21\\0\\1")
app.subscribe("testTopic", qos=1)
app.pings(14)
""")
        time.sleep(1)
        for number in range(5):
            sent(lab, "testTopic", "-q", "1", "-m", str(number))
            time.sleep(0.5)
        app.wait(20)
    return overheard(lab, act)


@reported(MOSQUITTO + "745 commands sent while the node is away never come", r"QoS 0")
def commands_of_qos_0_while_it_sleeps(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST).connect("d.MHIoT.KonnektNode", 95, clean=False)
app.subscribe("node/cmd/+", qos=1)
app.publish("node/evt", "online").answer(1)
app.goodbye()
""")
            sent(lab, "node/cmd/reboot", "-m", "1", "-i", "browser")
            time.sleep(0.5)
    return overheard(lab, act)


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/542 client won't hand me messages stored on the broker",
          r"Session Expiry")
def mqtt_5_without_an_expiry(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST, v5=True).connect("test-client-id", 60, clean=False)
app.subscribe("message/1", qos=1)
app.answer(1)
app.goodbye()
""")
            sent(lab, "message/1", "-q", "1", "-m", "this is a message")
    return overheard(lab, act)


@reported(GITHUB + "emqx/qmqtt/issues/74 Messages are not sent when compiling with Qt 5.7 on ARM", r"CONNACK",
          r"before|did not wait|wait", slowest=30)
def it_subscribes_before_connack(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        time.sleep(0.6)
        about["in"] = time.monotonic()
        return usual(broker, link, about, first, body)
    if time.monotonic() - about.get("in", 0) < 0.2:
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        talk(lab.phone, """app = Talk(HOST)
app.send(0x10, text("MQTT") + bytes([4, 2, 0, 60]) + text("qmqtt"))
app.send(0x82, app.new_id() + text("lamp/set") + b"\\0")
app.publish("lamp/state", "on", qos=1)
app.pings(12)
""")
    return overheard(lab, act)


# ---- the second harvest: sizes, answers, ends -----------------------------------------------------


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/31656 How to disable publishing of Zigbee2Mqtt/bridge/# messages",
          r"size|large|bytes|buffer", r"itself|hangs up|closes|ended")
def two_kilobytes_are_all_it_takes(lab):
    mosquitto(lab.server)
    for number in range(4):
        sent(lab, f"zigbee2mqtt/dev{number}", "-r", "-m", "{}" * 40)

    def act():
        for _ in range(3):
            app = python(lab.phone, TALK + """app = Talk(HOST).connect("embedded", 15)
app.subscribe("zigbee2mqtt/#")
while len(app.heard) < 2048:
    app.wait(0.05)
app.reset()
""")
            time.sleep(1.2)
            sent(lab, "zigbee2mqtt/bridge/devices", "-m", "x" * 25000, "-i", "z2m")
            app.wait(10)
    return overheard(lab, act)


@reported(GITHUB + "espressif/esp-idf/issues/2671 Print No PING_RESP, disconnected", r"PINGRESP|PINGREQ", slowest=40)
def no_ping_resp_disconnected(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    return None if first >> 4 == 12 else usual(broker, link, about, first, body)
""")

    def act():
        talk(lab.phone, """for _ in range(2):
    app = Talk(HOST).connect("ESP32_a1", 10)
    app.publish("cell1/up", "1", qos=1).wait(5)
    app.ping()
    app.publish("cell1/t", "21", qos=1).wait(6)
    app.close()
""")
    return overheard(lab, act)


@reported(MOSQUITTO + "764 Mosquitto cannot decrypt messages from esp8266", r"TLS|certificate",
          r"hung up|hangs up|slow|itself|closed|ended|gave up|went")
def it_gives_up_in_the_middle_of_tls(lab):
    from .services import tls_lines
    mosquitto(lab.server, *tls_lines(), "allow_anonymous true", listener=None, ready=8883)

    def act():
        talk(lab.phone, """import ssl
for _ in range(2):
    link = socket.create_connection((HOST, 8883))
    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
    about = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    about.check_hostname = False
    about.maximum_version = ssl.TLSVersion.TLSv1_2
    tls = about.wrap_bio(inside, outside)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    link.sendall(outside.read())
    link.recv(65536)
    time.sleep(5)
    link.close()
""")
    return overheard(lab, act, port=8883)


@reported("MQTT 5: DISCONNECT with the reason 4 lets the will be published", HEALTHY)
def it_leaves_and_wants_its_will(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "x/#")
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST, v5=True).connect("lamp5", 30, will=("x/state", "offline", 1))
app.publish("x/state", "online", retain=1).wait(0.5)
app.goodbye(4)
""")
    return overheard(lab, act)


@reported(GITHUB + "Edubits/Zway-MQTT/issues/49 Multi-Instance of MQTT with the same ClientID", r"identifier")
def two_machines_of_one_name_with_a_will(lab):
    mosquitto(lab.server)
    code = """for _ in range(5):
    app = Talk(HOST).connect("zway", 20, will=("zway/connected", "0", 1))
    app.publish("zway/connected", "2", retain=1)
    app.subscribe("zway/#").wait(3)
    app.close()
    time.sleep(1)
"""

    def act():
        first = python(lab.phone, TALK + code)
        time.sleep(0.5)
        second = python(lab.router, TALK + code)
        first.wait(25)
        second.wait(25)
    return overheard(lab, act)


@reported("a phone that changes from the one network to the other", HEALTHY)
def it_roams_once(lab):
    mosquitto(lab.server)
    code = """app = Talk(HOST).connect("phone", 30, clean=False, will=("phone/state", "gone", 1))
app.publish("phone/state", "here", retain=1)
app.subscribe("news/#", qos=1).answer(4)
"""

    def act():
        watcher(lab, "phone/#")
        first = python(lab.phone, TALK + code)
        time.sleep(2)
        talk(lab.router, code + 'app.publish("phone/state", "gone", retain=1).wait(0.2)\napp.goodbye()\n')
        first.wait(10)
    return overheard(lab, act)


# ---- the third harvest: lengths and letters -------------------------------------------------------


@reported(GITHUB + "pycom/pycom-libraries/issues/130 mqtt.connect() fails if remaining length exceeds 128", r"length|127")
def a_connect_of_more_than_127_bytes(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """name = "d5dab9db471a417f95c1e86d61b8b68e"
for _ in range(2):
    app = Talk(HOST)
    body = text("MQTT") + bytes([4, 0xC2, 0, 60]) + text(name) + text(name + name) + text(name)
    app.raw(bytes([0x10, len(body)]) + body).wait(2)
""")
    return overheard(lab, act)


@reported(GITHUB + "hsaturn/TinyMqtt/issues/41 Invalid CONNACK packet", r"length|malformed|breaks|broke", r"broker|server|answers")
def a_connack_with_a_length_of_two_bytes(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    return b"\\x20\\x82\\0\\0\\0" if first >> 4 == 1 else usual(broker, link, about, first, body)
""")

    def act():
        for _ in range(3):
            talk(lab.phone, """app = Talk(HOST).connect("adafruit", 60)
app.close()
time.sleep(0.5)
""")
    return overheard(lab, act)


@reported(GITHUB + "mqttjs/MQTT.js/issues/480 WebSocket Message Type", r"text", r"binary|frame")
def text_frames(lab):
    odd_broker(lab, """import base64, hashlib
class Web(Broker):
    def serve(self, link):
        head = link.recv(4096).decode()
        key = head.split("Sec-WebSocket-Key: ")[1].split("\\r\\n")[0]
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        link.sendall(("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                      "Sec-WebSocket-Protocol: mqtt\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n").encode())
        if link.recv(4096)[0] & 15 == 1:
            link.sendall(b"\\x88\\x02\\x03\\xeb")
        link.close()
answers = None
Broker = Web
""", 9001)

    def act():
        talk(lab.phone, """for _ in range(2):
    app = Talk(HOST, 9001, web=True)
    data = b"\\x10\\x12" + text("MQTT") + bytes([4, 2, 0, 60]) + text("mqttjs")
    app.link.sendall(bytes([0x81, 0x80 | len(data)]) + b"\\0\\0\\0\\0" + data)
    app.wait(1)
""")
    return overheard(lab, act, port=9001)


@reported(GITHUB + "sroebert/mqtt-nio/pull/14 Reply to WebSocket ping frames", r"\bping\b", r"pong|WebSocket", slowest=40)
def it_leaves_websocket_pings_unanswered(lab):
    odd_broker(lab, """import base64, hashlib
class Web(Broker):
    def serve(self, link):
        head = link.recv(4096).decode()
        key = head.split("Sec-WebSocket-Key: ")[1].split("\\r\\n")[0]
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        link.sendall(("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                      "Sec-WebSocket-Protocol: mqtt\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n").encode())
        link.recv(4096)
        link.sendall(b"\\x82\\x04\\x20\\2\\0\\0")
        time.sleep(5)
        link.sendall(b"\\x89\\0")
        time.sleep(4)
        link.close()
answers = None
Broker = Web
""", 9001)

    def act():
        talk(lab.phone, """for _ in range(2):
    app = Talk(HOST, 9001, web=True).connect("nio", 60)
    app.wait(10).close()
""")
    return overheard(lab, act, port=9001)


# ---- the third harvest: times ---------------------------------------------------------------------


@reported(MOSQUITTO + "433 High latency (~40 ms) when sending successive messages in a row", r"nodelay|Nagle",
          r"40 ms|delay|late|acknowledg")
def forty_milliseconds_each(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """app = Talk(HOST).connect("fast", 60)
for number in range(40):
    app.publish("fast/a", str(number))
    app.publish("fast/b", str(number))
    app.publish("fast/c", str(number))
    time.sleep(0.25)
app.goodbye()
""")
    return overheard(lab, act)


@reported(MOSQUITTO + "1647 Another socket error question", r"itself|the app|the client", r"same (time|age)|always after|every|each time|timer",
          slowest=60)
def it_closes_every_seven_seconds(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """for _ in range(4):
    app = Talk(HOST).connect("client-7AD3", 60)
    app.subscribe("clocks/#")
    for _ in range(6):
        app.publish("clocks/1", "tick").wait(1.1)
    app.close()
    time.sleep(0.3)
""")
    return overheard(lab, act)


@reported(GITHUB + "256dpi/arduino-mqtt/issues/186 Socket error @ mosquitto using arduino-mqtt", r"size|bytes|buffer|message",
          r"itself|hangs up|closes|ended")
def what_waits_in_its_session_is_too_large(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """app = Talk(HOST).connect("ursula", 10, clean=False)
app.subscribe("ursula", qos=1).goodbye()
""")
        for number in range(6):
            sent(lab, "ursula", "-q", "1", "-m", "x" * (120 + number))
        talk(lab.phone, """for _ in range(4):
    app = Talk(HOST).connect("ursula", 10, clean=False)
    app.close()
    time.sleep(1)
""")
    return overheard(lab, act)


@reported(MOSQUITTO + "1667 Socket error but CONNACK is 0,0", HEALTHY)
def a_program_that_ends_without_disconnect(lab):
    mosquitto(lab.server)

    def act():
        watcher(lab, "radmon/#")
        for _ in range(4):
            talk(lab.phone, """app = Talk(HOST).connect("radmon", 15)
app.publish("radmon/cpm", "21")
app.publish("radmon/dose", "3").wait(0.1)
app.close()
""")
    return overheard(lab, act)


@reported(MOSQUITTO + "2996 Clients connection timeouts after less than 60 seconds", r"network|\bway\b|wi-?fi|router|switch|link",
          r"several|clients|together|all|at the same|\b3\b", unsaid=r"restarted", slowest=60)
def three_of_one_wifi_fall_silent(lab):
    """The access point is away for a while."""
    mosquitto(lab.server)

    def act():
        apps = []
        for number in range(3):
            apps.append(python(lab.phone, TALK + f"""
for _ in range(2):
    app = Talk(HOST).connect("DVES_{number}", 5)
    for _ in range(5):
        app.wait(1)
        app.ping()
    for _ in range(12):
        app.wait(1)
        try:
            app.ping()
        except OSError:
            break
"""))
            time.sleep(0.3)
        time.sleep(3)
        lab.router.nft(f"fw ip saddr {PHONE} drop", f"fw ip daddr {PHONE} drop")
        time.sleep(12)
        lab.router.run("nft", "flush", "ruleset", check=False)
        time.sleep(4)
        for each in apps:
            each.terminate()
    return overheard(lab, act)


# ---- the third harvest: the broker's log about one client -----------------------------------------


def logging_broker(lab, *lines):
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf",
        "\n".join((f"log_dest file {log}", "log_type all", "log_timestamp_format %Y-%m-%dT%H:%M:%S", "user root", "listener 1883",
                   "allow_anonymous true", *lines, "")))
    lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return log


@reported(MOSQUITTO + "875 Socket error on client 'xxx', disconnecting.", r"keep.?alive|silent", r"iPhone_13624578", slowest=30)
def the_log_about_a_phone_that_sleeps(lab):
    log = logging_broker(lab)
    for _ in range(2):
        talk(lab.phone, """app = Talk(HOST).connect("iPhone_13624578", 4)
app.subscribe("news/#", qos=1)
time.sleep(12)
""")
    until("exceeded timeout", log)
    return on_broker(lab, "localhost", "-i", "iPhone_13624578")


@reported(GITHUB + "openshwprojects/OpenBK7231T_App/issues/204 mqtt discconect and connects every 60 seconds",
          r"malformed|protocol|rules|packet", r"IoTSocket8D1B2BE4")
def the_log_about_malformed_packets(lab):
    log = logging_broker(lab)
    for _ in range(4):
        talk(lab.phone, """app = Talk(HOST).connect("IoTSocket8D1B2BE4", 30)
app.publish("plug/1", "on")
app.raw(b"\\x32\\x04\\0\\1a\\0").wait(1)
""")
    until("IoTSocket8D1B2BE4 disconnected", log)
    return on_broker(lab, "localhost", "-i", "IoTSocket8D1B2BE4")


@reported(GITHUB + "owntracks/android/issues/725 MQTT connections are constantly recreated", r"identifier",
          r"kay", slowest=30)
def the_log_about_one_name_for_two(lab):
    log = logging_broker(lab)
    talk(lab.phone, """apps = []
for _ in range(6):
    apps.append(Talk(HOST).connect("kay-galaxy", 30))
    time.sleep(0.5)
""")
    until("already connected", log)
    return on_broker(lab, "localhost", "-i", "kay-galaxy")


# ---- the fourth harvest ---------------------------------------------------------------------------


@reported(GITHUB + "espressif/esp-mqtt/issues/90 PING/PUBLISH clash", r"malformed|breaks|broke|rule")
def a_ping_in_the_middle_of_a_message(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            talk(lab.phone, """app = Talk(HOST).connect("esp32", 10)
app.publish("esp/t", "21")
data = text("esp/image") + bytes(range(97, 122)) * 20
app.raw(bytes([0x30, 128 | len(data) % 128, len(data) // 128]) + data[:300])
app.ping()
app.raw(data[300:]).wait(1)
""")
    return overheard(lab, act)


@reported(GITHUB + "eclipse-paho/paho.mqtt.m2mqtt/issues/115 Subscribe more than 8 topics in sequence will be failed",
          r"SUBSCRIBE|subscri", r"\b8\b|many|at once|fewer|in one")
def nine_filters_in_one_subscribe(lab):
    odd_broker(lab, """def answers(broker, link, about, first, body):
    if first >> 4 == 8 and body.count(b"shadow") > 8:
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        for _ in range(2):
            talk(lab.phone, """app = Talk(HOST).connect("thing", 60)
app.subscribe("$aws/things/test-0/shadow/update")
app.subscribe(*(f"$aws/things/test-{number}/shadow/update" for number in range(1, 13)))
app.wait(1)
""")
    return overheard(lab, act)


@reported(GITHUB + "knolleary/pubsubclient/issues/276 Reviving topics when connecting", r"retain")
def an_old_command_at_every_connect(lab):
    mosquitto(lab.server)

    def act():
        sent(lab, "cmnd/plug/POWER", "-r", "-m", "TOGGLE", "-i", "dashboard")
        for _ in range(3):
            talk(lab.phone, """app = Talk(HOST).connect("plug", 30)
app.subscribe("cmnd/plug/#").wait(1)
app.publish("stat/plug", "1").wait(0.2)
app.goodbye()
""")
    return overheard(lab, act)


@reported("https://github.com/eclipse-mosquitto/mosquitto/issues/1090 a new identifier at each start, and its session kept",
          r"identifier", r"session")
def another_name_at_each_start(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """import random
for _ in range(4):
    app = Talk(HOST).connect("mqttjs_%08x" % random.getrandbits(32), 30, clean=False)
    app.subscribe("orders/#", qos=1).answer(1)
    app.goodbye()
    time.sleep(0.3)
""")
        sent(lab, "orders/1", "-q", "1", "-m", "x", "-i", "shop")
    return overheard(lab, act)


@reported("a web server that closes with 1009", r"1009|too (big|large)")
def closed_with_1009(lab):
    odd_broker(lab, """import base64, hashlib
class Web(Broker):
    def serve(self, link):
        head = link.recv(4096).decode()
        key = head.split("Sec-WebSocket-Key: ")[1].split("\\r\\n")[0]
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        link.sendall(("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                      "Sec-WebSocket-Protocol: mqtt\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n").encode())
        link.recv(4096)
        link.sendall(b"\\x82\\x04\\x20\\2\\0\\0")
        link.recv(4096)
        link.sendall(b"\\x88\\x02\\x03\\xf1")
        time.sleep(0.2)
        link.close()
answers = None
Broker = Web
""", 9001)

    def act():
        talk(lab.phone, """for _ in range(2):
    app = Talk(HOST, 9001, web=True).connect("cam", 60)
    app.publish("cam/1", "x" * 100).wait(1).close()
""")
    return overheard(lab, act, port=9001)


@reported("many devices behind one router, each with its name", HEALTHY)
def many_devices_behind_one_address(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """apps = [Talk(HOST).connect(f"sensor{number}", 30, clean=False) for number in range(5)]
for each in apps:
    each.subscribe("cfg/all", qos=1)
for number in range(10):
    for place, each in enumerate(apps):
        each.publish(f"t/{place}", str(number)).answer(0.1)
for each in apps:
    each.goodbye()
for number in range(5):
    app = Talk(HOST).connect(f"sensor{number}", 30, clean=False)
    app.publish("t", "x").answer(0.2)
    app.goodbye()
""")
    return overheard(lab, act)


# ---- one address, two machines --------------------------------------------------------------------


class Frames:
    """A capture written by hand: Ethernet, IPv4 and TCP between a client and the broker at 10.0.0.1."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        self.now = 1_780_000_000.0

    def frame(self, mac, source, destination, flags, sequence, acknowledged, data=b"", ttl=64):
        tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], sequence, acknowledged, 0x50, flags, 64000, 0, 0) + data
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, ttl, 6, 0) + bytes(
            int(part) for part in (source[0] + "." + destination[0]).split("."))
        frame = b"\x02\0\0\0\0\x99" + mac + b"\x08\0" + ip + tcp
        self.now += 0.05
        self.file.write(struct.pack("<IIII", int(self.now), int(self.now % 1 * 1e6), len(frame), len(frame)) + frame)

    def connection(self, mac, address, port, reset_by=None, ttl=64):
        """CONNECT, CONNACK, PINGREQ, PINGRESP; then an RST, or DISCONNECT."""
        client, broker, brokers = (address, port), ("10.0.0.1", 1883), b"\x02\0\0\0\0\1"
        body = text("MQTT") + bytes([4, 2, 0, 60]) + text("shelly")
        connect = bytes([0x10, len(body)]) + body
        mine, theirs = 1000, 5000

        def up(flags, data=b""):
            nonlocal mine
            self.frame(mac, client, broker, flags, mine, theirs, data, ttl)
            mine += len(data) + (flags & 3 != 0)

        def down(flags, data=b""):
            nonlocal theirs
            self.frame(brokers, broker, client, flags, theirs, mine, data)
            theirs += len(data) + (flags & 3 != 0)
        up(2)
        down(0x12)
        up(0x10)
        up(0x18, connect)
        down(0x18, b"\x20\2\0\0")
        up(0x18, b"\xc0\0")
        down(0x18, b"\xd0\0")
        up(0x10)
        self.now += 5
        if reset_by:
            down(0x18, b"\x30\x06\0\1a123")
            self.frame(reset_by, client, broker, 4, mine, 0, b"", ttl)
        else:
            up(0x18, b"\xe0\0")
            up(0x11)
            down(0x11)
            up(0x10)
        self.now += 3

    def close(self):
        self.file.close()


FIRST, SECOND = b"\x02\0\0\0\0\x0a", b"\x02\0\0\0\0\x0b"


@reported(GITHUB + "arendst/Tasmota/issues/7667 MQTT Count rises every 5 min.", r"same (IP )?address|have the address",
          r"02:00:00:00:00:0a", r"02:00:00:00:00:0b", is_long=False)
def the_vacuum_cleaner_has_the_address_of_the_switch(lab):
    path = lab.file("seen.pcap")
    made = Frames(path)
    for port in (50001, 50002):
        made.connection(FIRST, "10.0.0.7", port, reset_by=SECOND)
    made.close()
    return explain(path)


@reported("two machines that take turns at one address", r"same (IP )?address|have the address", is_long=False)
def two_machines_take_turns_at_one_address(lab):
    path = lab.file("seen.pcap")
    made = Frames(path)
    for number, mac in enumerate((FIRST, SECOND, FIRST, SECOND)):
        made.connection(mac, "10.0.0.7", 50001 + number)
    made.close()
    return explain(path)


@reported("clients behind two routers that share the work", HEALTHY)
def two_routers_in_front_of_one_client(lab):
    path = lab.file("seen.pcap")
    made = Frames(path)
    for number, mac in enumerate((FIRST, SECOND, FIRST, SECOND)):
        made.connection(mac, "192.0.2.7", 50001 + number, ttl=57)
    made.close()
    return explain(path)
