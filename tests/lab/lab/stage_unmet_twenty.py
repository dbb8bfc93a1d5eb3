"""Never met, the twentieth batch, its first half: thirty searches by a list fixed before, of what happens after or
around connecting. Its author had read neither the doctor's code nor its causes; written down with its right answers
before it was asked."""
import os
import pathlib
import sys
import time

from .cases import doctor, explain
from .net import PHONE, ROUTER_SERVER, SERVER
from .reported import HEALTHY, on_broker, reported, said, until
from .services import mosquitto, password_file, scripted, websocket_broker
from .stage_delivery import AT
from .stage_listen import BEHIND, broker, listen
from .stage_listen import client as app
from .stage_permission import ALICE
from .stage_unmet_eighteen import python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client

# What client.py cannot say: a will in the CONNECT, and a payload of one's own.
WILL = """from client import *
def connect(identifier, topic, payload, retain, keep_alive=60):
    app = Client("%s", 1883, False)
    app.send(0x10, text("MQTT") + bytes([4, 6 | retain << 5, 0, keep_alive]) + text(identifier) + text(topic) +
             text(payload))
    app.wait(0.3)
    return app
def say(app, topic, payload, retain=0):
    app.send(0x30 | retain, text(topic) + payload.encode())
""" % SERVER


def logged(lab, *lines, **options):
    """A broker that writes a file, and the file."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    mosquitto(lab.server, f"log_dest file {log}", *lines, **options)
    return log


def read(host, *words, seconds=1, at=SERVER):
    """The lines that mosquitto_sub shows in that time."""
    return host.run("mosquitto_sub", "-h", at, "-W", seconds, *words, check=False).splitlines()


def staged(is_so, why):
    if not is_so:
        raise RuntimeError(f"not staged: {why}")


def count(text, process):
    return pathlib.Path(process.log).read_text(errors="replace").count(text)


def subscriber(host, identifier, *words):
    return host.start("stdbuf", "-oL", "mosquitto_sub", "-h", SERVER, "-i", identifier, *words)


# ---- it drops out, again and again ----------------------------------------------------------------


@reported(GITHUB + "yllibed/Zigbee2MqttAssistant/issues/210 Client XXXX has exceeded timeout, disconnecting",
          r"keep.?alive", r"ping|silen|nothing|in time|exceed|quiet|longer", slowest=20)
def the_assistant_sends_no_ping(lab):
    log = logged(lab)
    for _ in range(2):
        one = client(lab.phone, "connect=6bbbb5c66c324172ac72abc21b00aba9,3", "subscribe=0,zigbee2mqtt/#", "wait=20")
        for _ in range(24):
            sent(lab, "zigbee2mqtt/0x00158d0002b6e0d0")
            time.sleep(0.3)
        one.wait(15)
    until("aba9 has exceeded timeout", log)
    return on_broker(lab)


@reported(GITHUB + "blakeblackshear/frigate/issues/74 frigate as binary sensor switches constantly between online and "
          "offline", r"identifier|client.?id", r"same|twice|two|another|other", slowest=20)
def two_frigates_of_one_name(lab):
    log = logged(lab)
    for host in (lab.phone, lab.router):
        subscriber(host, "frigate", "-t", "frigate/+/set", "--will-topic", "frigate/available", "--will-payload", "offline",
                   "--will-retain")
    time.sleep(6)
    until("Client frigate already connected, closing old connection", log)
    return on_broker(lab)


@reported(GITHUB + "allangood/rtlamr2mqtt/issues/312 MQTT disconnects when multiple instances are running",
          r"identifier|client.?id", r"same|twice|two|another|other", slowest=25)
def each_instance_lets_the_others_will_be_told(lab):
    broker(lab)

    def act():
        status = subscriber(lab.router, "watcher", "-v", "-t", "rtlamr/status")
        for host in (lab.phone, lab.server):
            subscriber(host, "rtlamr2mqtt", "-t", "rtlamr/cmd", "--will-topic", "rtlamr/status", "--will-payload", "offline")
            sent(lab, "rtlamr/status", "-m", "online")
        time.sleep(6)
        staged(count("offline", status) > 1, "no will was told")
    return listen(lab, act, patience=12)


@reported(GITHUB + "mqttjs/MQTT.js/issues/799 Two instances of client, the one who publish disconnect after every pub",
          r"publish|sen[dt]|message", r"permi|right|allow|authori|may not|refus", slowest=20)
def no_right_to_publish_at_the_second_broker(lab):
    scripted(lab.server, BEHIND, "broker", "publish=close")

    def act():
        for _ in range(3):
            one = app(lab, "connect=gw__dev-17,60", "publish=0,things/state,40", "wait=3")
            staged(one.wait(6) == 1, "it was not thrown out")
            time.sleep(1)
    return listen(lab, act, patience=10)


@reported(GITHUB + "eclipse-paho/paho.mqtt.android/issues/95 Client <client name> has exceeded timeout, disconnecting",
          r"keep.?alive", r"ping|silen|nothing|longer|late|quiet|in time|sle(ep|pt)", slowest=20)
def the_phone_sleeps(lab):
    process = mosquitto(lab.server)

    def act():
        for _ in range(2):
            client(lab.phone, "connect=mqttService,4", "subscribe=1,chat/#", "wait=2", "ping", "wait=2", "ping", "wait=2",
                   "ping", "wait=20").wait(30)
        staged(count("mqttService has exceeded timeout", process) == 2, "no timeout")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "TheThingsNetwork/lorawan-stack/issues/3878 MQTT application server disconnect after one hour",
          r"silen|idle|quiet|keep.?alive|nothing (is |was )?s(ent|aid)", r"clos|cut|drop|ends?\b|disconnect|hang|throw",
          slowest=60)
def no_keep_alive_was_asked_for(lab):
    """Who names one pings and is left alone; who names none is thrown out, here after six seconds."""
    mosquitto(lab.server, listener=1884, ready=1884)
    scripted(lab.server, 1883, "forget", 1884, 6, "close")
    staged(len(read(lab.phone, "-t", "x", "-k", "5", seconds=10)) == 0, "it pings")
    return doctor(lab.phone, "delivery", AT, "-k", "0", "--watch", "20s")


@reported(GITHUB + "raomin/ESPAltherma/issues/579 MQTT Disconnections ?",
          r"network|wi-?fi|\bway\b|path|radio|link|unanswered|retransm|reach|unacknowledg|no acknowledg", slowest=20)
def out_of_reach_of_its_access_point(lab):
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "watcher", "-v", "-t", "espaltherma/#")
        words = ("espaltherma", "-t", "espaltherma/POWER", "-k", "5", "--will-topic", "espaltherma/LWT", "--will-payload",
                 "Offline")
        for _ in range(2):
            heat_pump = subscriber(lab.phone, *words)
            for _ in range(4):
                sent(lab, "espaltherma/POWER")
                time.sleep(0.5)
            lab.router.nft(f"fw ip saddr {PHONE} drop", f"fw ip daddr {PHONE} drop")
            for _ in range(13):
                sent(lab, "espaltherma/POWER")
                time.sleep(1)
            heat_pump.kill()
            heat_pump.wait()
            lab.router.run("nft", "delete", "table", "inet", "f")
        staged(count("espaltherma has exceeded timeout", process) == 2, "no timeout")
        subscriber(lab.phone, *words)
        time.sleep(1)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "home-assistant/addons/issues/2405 Mosquitto Add-on always disconnects all clients during/right after "
          "saving the in-memory DB to disk", r"sav(e|ing)|database|persist|autosave|mosquitto\.db|\bdisk",
          r"long|slow|block|stall|stood still|minute|second|meanwhile|big|large|hang|all (the )?clients")
def all_are_thrown_out_after_each_saving(lab):
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    folder = lab.file("data")
    os.makedirs(folder)
    names = ("7JF4WroPAjHO17wnOZIVJ8", "z2m_ha3", "DVES_E3E08A", "ebusd_21.2_1", "ebusd_22.2_383")
    with open(log, "a") as file:
        def line(at, text):
            file.write(time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(at)) + f": {text}\n")
        for turn in (3, 2, 1):
            saved = time.time() - turn * 1800
            line(saved, f"Saving in-memory database to {folder}/mosquitto.db.")
            for name in names:
                line(saved + 124, f"Client {name} has exceeded timeout, disconnecting.")
            for i, name in enumerate(names):
                line(saved + 125, f"New connection from 192.168.0.{20 + i}:4{i}210 on port 1883.")
                line(saved + 125, f"New client connected from 192.168.0.{20 + i}:4{i}210 as {name} (p2, c1, k60, u'ha').")
    mosquitto(lab.server, f"log_dest file {log}", "log_timestamp_format %Y-%m-%dT%H:%M:%S", "persistence true",
              f"persistence_location {folder}/")
    with open(f"{folder}/mosquitto.db", "wb") as file:
        file.truncate(1500 * 1024 * 1024)
    until("exceeded timeout", log)
    return on_broker(lab)


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/27064 MQTT error + Failed to Start 'HomeAssistant'", r"keep.?alive|\bping",
          r"answer|PINGRESP|silen|network|nothing|respon|pong")
def zigbee2mqtt_says_keepalive_timeout(_):
    return said("[2025-04-10 09:22:32] error: z2m: MQTT error: Keepalive timeout\n"
                "[2025-04-10 09:22:32] error: z2m: Not connected to MQTT server!")


@reported(GITHUB + "emqx/emqx/issues/3357 clientid is unique,but always remind conflict and kickout",
          r"client.?id|identifier", r"same|another|again|old|still|took|taken|twice|two|already")
def emqx_says_conflict(_):
    return said("2020-03-31 09:33:27.532 [warning] 86375804013709@14.115.175.74:10959 [Channel] Clientid '86375804013709' "
                "conflict with <0.18406.1216>")


# ---- connected, and nothing arrives ---------------------------------------------------------------


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/573 after reconnection subscriber does not getting messages",
          r"subscri", r"again|after|anew|new session|clean|once more|did not|does not|never", slowest=30)
def it_subscribes_only_at_its_first_connection(lab):
    broker(lab)

    def act():
        one = app(lab, "connect=clientLB1,60", "subscribe=0,xdk1", "wait=4")
        for _ in range(4):
            time.sleep(1)
            sent(lab, "xdk1")
        one.wait(10)
        app(lab, "connect=clientLB1,60", "pings=20")
        for _ in range(6):
            time.sleep(1)
            sent(lab, "xdk1")
    return listen(lab, act, patience=20)


@reported(GITHUB + "influxdata/telegraf/issues/6232 telegraf not recovering after mosquitto restart",
          r"subscri", r"session|again|forg|lost|restart|kept|anew|after", slowest=20)
def telegraf_trusts_in_its_session(lab):
    first = mosquitto(lab.server)

    def act():
        one = client(lab.phone, "connect=telegraf_things,60,keep", "subscribe=0,topic1", "wait=9")
        for _ in range(3):
            time.sleep(0.5)
            sent(lab, "topic1")
        first.terminate()
        first.wait()
        one.wait(10)
        second = mosquitto(lab.server)
        client(lab.phone, "connect=telegraf_things,60,keep", "pings=9")
        for _ in range(8):
            time.sleep(0.8)
            sent(lab, "topic1")
        staged(count("Sending PUBLISH to telegraf_things", second) == 0, "something came")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "influxdata/telegraf/pull/14366 Clarify persistent session and topic behavior", r"session",
          r"subscri|filter", slowest=20)
def a_topic_added_to_a_kept_session(lab):
    """It subscribes only where no session is there; the new topic stands in its file alone."""
    process = mosquitto(lab.server)
    client(lab.phone, "connect=telegraf_plant,60,keep", "subscribe=1,plant/power", "wait=0.5").wait(5)

    def act():
        client(lab.phone, "connect=telegraf_plant,60,keep", "pings=9")
        for _ in range(8):
            time.sleep(0.8)
            sent(lab, "plant/heat", "-m", "21", "-i", "meter")
        staged(count("Sending PUBLISH to telegraf_plant", process) == 0, "something came")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "enesbcs/Shelly_MQTT/pull/99 Support Shelly Plus H&T", r"shellies", r"shellyplusht",
          r"\bfit|match|prefix|differ|other topic|not the same|another|level|begin")
def shelly_plus_has_another_prefix(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "Domoticz", "-t", "shellies/#")
        time.sleep(0.5)
        for _ in range(4):
            lab.phone.run("mosquitto_pub", "-h", SERVER, "-i", "shellyplusht-c049ef8bc088", "-t",
                          "shellyplusht-c049ef8bc088/events/rpc", "-m", '{"method":"NotifyFullStatus"}')
            time.sleep(0.5)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "emqx/emqx/issues/68 will '$SYS/brokers/' publish match '#' or '+/#'?", r"\+",
          r"level|single|slash|deeper")
def the_identifier_holds_a_slash(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "$SYS/brokers/+/clients/+/connected", "--sent-to",
                  "$SYS/brokers/emqttd@127.0.0.1/clients/mosqpub/88741-iMac.loca/connected")


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/480 MessageListener behaves in an odd way", r"\$",
          r"wildcard|(begin|start)(s|ning|ing)? with|first (letter|character|level)|never (fit|match)|not (fit|match)|"
          r"\$SYS/#")
def the_wildcard_leaves_sys_out(lab):
    mosquitto(lab.server, "sys_interval 1")
    staged(not any(line.startswith("$SYS") for line in read(lab.phone, "-v", "-t", "#", seconds=2)), "# brings $SYS")
    return doctor(lab.phone, "delivery", AT, "-t", "#", "--sent-to", "$SYS/broker/uptime")


@reported(GITHUB + "iegomez/mosquitto-go-auth/issues/255 Cannot subscribe when using MQTT Over Websockets Over TLS",
          r"Hiloo", r"\bacl|permission|denied|may not|allowed|\bright")
def the_log_tells_of_a_denied_message(lab):
    rules = lab.file("acl", "user alice\ntopic readwrite topic/#\n")
    log = logged(lab, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {rules}")
    for _ in range(4):
        lab.phone.run("mosquitto_pub", "-h", SERVER, *ALICE, "-i", "mqttx_e647dd95", "-t", "Hiloo", "-m", "{}")
    until("Denied PUBLISH from mqttx_e647dd95", log)
    return on_broker(lab, "localhost", *ALICE)


@reported(GITHUB + "jpmens/mosquitto-auth-plug/issues/51 DENY Sub", r"\bread|receiv|subscri",
          r"\bacl|permission|\bright|allowed|may not")
def granted_and_still_not_readable(lab):
    rules = lab.file("acl", "user mihai\ntopic write test/#\n\nuser sensor\ntopic readwrite #\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'mihai', 'secret')}",
              f"acl_file {rules}")
    login = ("-u", "mihai", "-P", "secret")
    lab.phone.run("mosquitto_sub", "-h", SERVER, *login, "-t", "test/test", "-E")
    heard = subscriber(lab.phone, "heard", *login, "-t", "test/test")
    time.sleep(0.5)
    lab.router.run("mosquitto_pub", "-h", SERVER, *login, "-t", "test/test", "-q", "1", "-m", "x")
    time.sleep(0.3)
    staged(not count("x", heard), "it came")
    return doctor(lab.phone, "delivery", AT, *login, "-t", "test/test", "--publish")


@reported(GITHUB + "vernemq/vernemq/issues/653 Shared subscribers delivery problem?", r"\$share",
          r"without|only (a |for |in )?(subscri|filter)|plain|itself|real topic|(not a|no) topic|cannot be|"
          r"(to|on) .?share1|nobody (may|can)")
def published_to_the_share_itself(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "$share/shares/share1", "--sent-to", "$share/shares/share1", "--publish")


@reported(GITHUB + "hideakitai/MQTTPubSubClient/issues/41 ESP32 not consuming large messages",
          r"\bsize|large|\bbig|too long|1009|longer|more than \d+ (bytes|k)")
def websocket_frames_of_more_than_15_kb(lab):
    """Its WebSocket library closes with 1009 when a frame is longer than its buffer."""
    websocket_broker(lab.server)
    esp = """import base64, os, socket, struct, sys, time
from client import text
link = socket.create_connection((sys.argv[1], 9001))
def frame(kind, data):
    mask = os.urandom(4)
    size = bytes([128 | len(data)]) if len(data) < 126 else b"\\xfe" + struct.pack(">H", len(data))
    link.sendall(bytes([128 | kind]) + size + mask + bytes(one ^ mask[i % 4] for i, one in enumerate(data)))
def exactly(size):
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more:
            sys.exit(2)
        data += more
    return data
link.sendall(b"GET /mqtt HTTP/1.1\\r\\nHost: broker:9001\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n"
             b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) +
             b"\\r\\nSec-WebSocket-Protocol: mqtt\\r\\nUser-Agent: arduino-WebSocket-Client\\r\\n\\r\\n")
head = b""
while not head.endswith(b"\\r\\n\\r\\n"):
    head += exactly(1)
body = text("MQTT") + bytes([4, 2, 0, 60]) + text("esp32")
frame(2, bytes([0x10, len(body)]) + body)
body = b"\\0\\1" + text("esp32/config") + b"\\0"
frame(2, bytes([0x82, len(body)]) + body)
while True:
    first, size = exactly(2)
    size &= 127
    if size > 125:
        size = int.from_bytes(exactly(2 if size == 126 else 8), "big")
    if size > 15 * 1024:
        frame(8, struct.pack(">H", 1009) + b"payload too big")
        sys.exit(9)
    exactly(size)
"""

    def act():
        for _ in range(3):
            one = python(lab.phone, esp, SERVER)
            time.sleep(0.7)
            sent(lab, "esp32/config", "-m", "small")
            time.sleep(0.5)
            sent(lab, "esp32/config", "-m", "x" * 25000)
            staged(one.wait(5) == 9, pathlib.Path(one.log).read_text())
    return explain(captured(lab, lab.server, act, port=9001))


@reported(GITHUB + "256dpi/arduino-mqtt/issues/181 Every 10th message, LWMQTT_BUFFER_TOO_SHORT",
          r"buffer|too (large|big|long|short|small)|\bsize")
def arduino_mqtt_says_buffer_too_short(_):
    return said("after msg sent, lastError: -1 (LWMQTT_BUFFER_TOO_SHORT)")


@reported(GITHUB + "home-assistant/core/issues/45036 \"Timed out waiting for mid\" never recovers leaves MQTT dead",
          r"acknowledg|answer|SUBACK|PUBACK|confirm|respon")
def home_assistant_waits_for_a_mid(_):
    return said("WARNING (MainThread) [homeassistant.components.mqtt] Timed out waiting for mid 385")


# ---- odd, and in order ----------------------------------------------------------------------------


@reported(GITHUB + "emqx/emqx/issues/7505 Shared subsctiption seems incorrect", HEALTHY)
def each_group_has_its_share(lab):
    mosquitto(lab.server)
    for identifier in "12":
        subscriber(lab.router, f"worker-{identifier}", "-t", "$share/a/topic")
    proof = subscriber(lab.router, "proof", "-t", "$share/c/topic")
    time.sleep(0.5)
    for _ in range(5):
        sent(lab, "topic")
    time.sleep(0.3)
    staged(count("on", proof) == 5, "it has not all")
    return doctor(lab.phone, "delivery", AT, "-t", "$share/b/topic", "--sent-to", "topic", "--publish")


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/108 Retained button gone", HEALTHY)
def the_retain_flag_is_for_who_comes_later(lab):
    mosquitto(lab.server)
    sent(lab, "home/lamp", "-r", "-m", "off")

    def act():
        subscriber(lab.phone, "mqtt-explorer-1f", "-t", "#")
        time.sleep(0.5)
        for state in ("on", "off", "on"):
            sent(lab, "home/lamp", "-i", "lamp", "-r", "-m", state)
            time.sleep(0.5)
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "mqtt-explorer-2a", "-t", "#", "-C", "1")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "home-assistant/core/issues/127708 Client <XXX> has exceeded timeout", HEALTHY)
def a_watchdog_knocks_at_the_port(lab):
    log = logged(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    subscriber(lab.phone, "z2m", *ALICE, "-t", "zigbee2mqtt/+/set")
    for _ in range(8):
        lab.router.run(sys.executable, "-c", f"import socket; socket.create_connection(('{SERVER}', 1883)).close()")
        time.sleep(0.3)
    until("Client <unknown> closed its connection", log)
    return on_broker(lab, "localhost", *ALICE)


@reported(GITHUB + "eclipse-paho/paho.mqtt.javascript/issues/146 How to get offline messages?", HEALTHY)
def with_all_that_a_kept_session_wants(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "--offline", "-c", "-q", "1", "-t", "news/web", "--publish")


@reported(MOSQUITTO + "2334 Create a bridge, the client switches the connection node, and receives duplicate messages",
          HEALTHY)
def a_bridge_brings_it_once(lab):
    """To a client that stays where it is."""
    mosquitto(lab.router)
    mosquitto(lab.server, "connection nodeA", f"address {ROUTER_SERVER}:1883", "topic # both 1", "restart_timeout 1",
              "allow_anonymous true", name="bridge.conf")
    time.sleep(1.5)
    heard = lab.phone.start("stdbuf", "-oL", "mosquitto_sub", "-h", ROUTER_SERVER, "-t", "testtopic")
    time.sleep(0.3)
    sent(lab, "testtopic", "-m", "x")
    time.sleep(0.7)
    staged(count("x", heard) == 1, f"{count('x', heard)} times")
    return doctor(lab.phone, "delivery", f"{ROUTER_SERVER}:1883", "-t", "testtopic", "--publish", "--sent-via", AT)
