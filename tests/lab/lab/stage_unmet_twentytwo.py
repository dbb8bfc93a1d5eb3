"""Never met, the twenty-second batch, its first part: it is connected, and yet. Thirty-two searches by a list fixed before,
the first reports of each whose reason is known; written down with its right answers by somebody who had neither read the
doctor's code nor asked it. What its user sees is said with it.

 1 zigbee2mqtt publishes, Home Assistant hears nothing   17 a bridge is connected and forwards nothing
 2 # and a leading slash: nothing arrives                18 out every keep alive, "exceeded timeout"
 3 acl_file: subscribed, and nothing arrives             19 "already connected, closing old connection"
 4 dynamic security: a subscription denied               20 PubSubClient: a large payload, no callback
 5 no retained message after the subscription            21 a large message ends the connection, WebSocket
 6 a retained message comes back, a ghost device         22 $share: one consumer misses messages
 7 missed while offline, clean session false             23 Node-RED: a buffer, no JSON
 8 QoS 1 lost when a subscriber comes back               24 MQTT 5: session expiry, subscription lost
 9 each message twice                                    25 EMQX: no messages, ACL (in Chinese)
10 late and in bursts, ESP32                             26 paho for Java: nothing after a reconnect (in Chinese)
11 shown unavailable although it runs, LWT               27 messages again, drops often (in Chinese)
12 no last will when the power goes                      28 EMQX: dropped, mqueue full, slow
13 Tasmota does not react to cmnd                        29 AWS, Azure: out after a publish, policy
14 zigbee2mqtt, ESPHome: set without a reaction          30 RabbitMQ: topic permissions, closed
15 discovery: the device does not show up                31 VerneMQ, NanoMQ: messages out of order
16 a bridge's messages go round in a circle              32 publish never acknowledged, too many in flight
"""
import json
import os
import pathlib
import subprocess
import time

from .cases import doctor, explain
from .net import SERVER
from .reported import on_broker, on_one_line, reported
from .services import mosquitto, scripted
from .stage_delivery import AT
from .stage_unmet_eighteen import python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, logged, read, staged, subscriber

TALK = f"""from talk import *
HOST = '{SERVER}'
def lives(one):
    one.link.settimeout(0.05)
    try:
        return one.link.recv(1, socket.MSG_PEEK) != b""
    except TimeoutError:
        return True
    except OSError:
        return False
"""


def seen(lab, word, act, port=1883, host=None):
    """What the broker's machine recorded meanwhile, and what the user sees."""
    return explain(captured(lab, host or lab.server, act, port), "--symptom", word)


def talk(host, code, *words, seconds=None):
    """A client of talk.py; with `seconds` it is waited for, and must end well."""
    process = python(host, TALK + code, *words)
    if seconds:
        staged(process.wait(seconds) == 0, pathlib.Path(process.log).read_text())
    return process


def asked(lab, word, *words):
    return doctor(lab.phone, "delivery", AT, *words, "--symptom", word)


# ---- nothing arrives ------------------------------------------------------------------------------


@reported(GITHUB + "nanomq/nanomq/issues/434 Wildcard '#' subscription is not correct", r"topic/#", r"broker",
          r"parent|level|itself|standard|specification|4\.7|above")
def a_broker_that_forgets_the_level_above(lab):
    scripted(lab.server, 1883, "broker", "hub=no-parent")
    heard = subscriber(lab.router, "proof", "-t", "topic/#")
    time.sleep(0.5)
    sent(lab, "topic")
    sent(lab, "topic/below", "-m", "below")
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "below\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return asked(lab, "nothing-arrives", "-t", "topic/#", "--sent-to", "topic", "--publish")


@reported(GITHUB + "shamblett/mqtt_client/issues/152 Error subscribing to Topic with `application/#/status` when wildcard "
          "is in middle.", r"#", r"\blast\b|\bend\b|only (at|as)|behind|after|middle|nothing (may|can) follow")
def a_hash_in_the_middle(lab):
    mosquitto(lab.server)
    staged("Invalid" in subprocess.run(lab.phone.command("mosquitto_sub", "-h", SERVER, "-t", "application/#/status"),
                                       capture_output=True, text=True).stderr, "it was taken")
    return on_one_line(asked(lab, "nothing-arrives", "-t", "application/#/status", "--sent-to", "application/7/status"))


@reported(GITHUB + "iegomez/mosquitto-go-auth/issues/118 Files backend `read` keyword in ACL not working", r"subscri",
          r"refus|denie|not allow|permi|authori|may not|must not|forbid|0x80|\b128\b")
def to_read_is_no_right_to_subscribe(lab):
    """The plug-in knows a rule of its own for subscriptions; one to # has it refused."""
    scripted(lab.server, 1883, "exchange", "grant=80", "only=#")
    told = subprocess.run(lab.phone.command("mosquitto_sub", "-h", SERVER, "-t", "#", "-W", "2"), capture_output=True,
                          text=True)
    staged("denied" in told.stdout + told.stderr, told)
    heard = subscriber(lab.router, "proof", "-t", "plant/1")
    time.sleep(0.5)
    sent(lab, "plant/1")
    time.sleep(0.5)
    staged(count("on", heard) == 1, "another filter fails, too")
    heard.terminate()
    heard.wait()
    return asked(lab, "nothing-arrives", "-t", "#", "-u", "cloudservice", "-P", "lab")


@reported(GITHUB + "iegomez/mosquitto-go-auth/issues/19 Disconnect the client when subscribe is not authorized", r"\badmin\b",
          r"subscri", r"refus|denie|not allow|permi|authori|may not|must not|forbid|0x80|\b128\b")
def the_role_has_another_filter(lab):
    """It stays connected, and the 128 of its SUBACK is read by nobody."""
    path = lab.file("dynsec.json", json.dumps({
        "defaultACLAccess": {"publishClientSend": True, "publishClientReceive": True, "subscribe": False, "unsubscribe": True},
        "clients": [], "groups": [{"groupname": "all", "roles": [{"rolename": "all"}]}], "anonymousGroup": "all",
        "roles": [{"rolename": "all", "acls": [
            {"acltype": "subscribePattern", "topic": "test/#", "priority": 9, "allow": True}]}]}))
    process = mosquitto(lab.server, "plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
                        f"plugin_opt_config_file {path}", "allow_anonymous true")

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("mosqsub-81657").subscribe("admin")
print(one.heard.hex(), flush=True)
one.wait(20)
""")
        time.sleep(1)
        for _ in range(4):
            sent(lab, "admin", "-i", "panel", "-m", "reload")
            time.sleep(0.3)
    answer = seen(lab, "nothing-arrives", act)
    staged(not count("Sending PUBLISH to mosqsub-81657", process) and count("Sending SUBACK to mosqsub-81657", process) == 1,
           "it was let in")
    return answer


@reported(GITHUB + "vernemq/vernemq/issues/72 SUBACK not returned when subscriptions are denied.", r"subscri|SUBACK",
          r"no answer|not (been )?(answer|acknowledg|confirm)|unanswer|never (answer|acknowledg|came|confirm)|silen|no SUBACK|"
          r"without (an? )?(answer|SUBACK)", slowest=20)
def no_answer_to_the_subscription(lab):
    scripted(lab.server, 1883, "broker", "subscribe=silent", "only=secret/plan")
    told = subprocess.run(lab.phone.command("timeout", "2", "mosquitto_sub", "-d", "-h", SERVER, "-t", "secret/plan"),
                          capture_output=True, text=True).stdout
    staged("sending SUBSCRIBE" in told and "SUBACK" not in told, told)
    return asked(lab, "nothing-arrives", "-t", "secret/plan")


@reported("https://blduan.top/post/%E5%BC%80%E6%BA%90%E4%B8%89%E6%96%B9/pahomqtt%E8%BF%9E%E7%BA%BF%E4%B8%AD%E6%96%AD%E6%81%A2"
          "%E5%A4%8D%E4%B9%8B%E5%90%8E%E6%97%A0%E6%B3%95%E6%94%B6%E5%88%B0%E6%B6%88%E6%81%AF paho.mqtt.c: automaticReconnect, "
          "cleansession", r"subscri", r"again|anew|afresh|reconnect|came back|comes back|new connection|no longer|clean")
def connected_again_and_subscribed_no_more(lab):
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("line1-display").subscribe("factory/line1", qos=1)
one.answer(2)
one.reset()
time.sleep(0.4)
one = Talk(HOST).connect("line1-display")
for _ in range(6):
    one.answer(1)
    one.send(0xC0, b"")
""")
        time.sleep(0.6)
        for _ in range(9):
            sent(lab, "factory/line1", "-q", "1", "-i", "press", "-m", "21")
            time.sleep(0.6)
        app.wait(9)
    answer = seen(lab, "nothing-arrives", act)
    got = count("Sending PUBLISH to line1-display", process)
    staged(1 <= got <= 4, f"{got} arrived")
    return answer


@reported(GITHUB + "emqx/MQTTX/issues/342 No error message prompt when publish failed",
          r"permi|\brights?\b|allow|\bACL\b|access|authori|\brules?\b|may not|forbid",
          r"publish|\bsend|\bsent|writ|receiv|read")
def published_at_qos_0_and_thrown_away(lab):
    """The app shows it as sent: nobody answers at QoS 0."""
    passwords = lab.file("passwd", "test:test\nboss:boss\n")
    lab.server.run("mosquitto_passwd", "-U", passwords)
    os.chmod(passwords, 0o644)
    rules = lab.file("acl", "user test\ntopic readwrite test_topic\nuser boss\ntopic readwrite #\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {passwords}", f"acl_file {rules}")
    heard = subscriber(lab.router, "boss", "-u", "boss", "-P", "boss", "-t", "#")
    time.sleep(0.5)
    for topic in ("to/client/test", "test_topic"):
        sent(lab, topic, "-u", "test", "-P", "test", "-m", topic)
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "test_topic\n", pathlib.Path(heard.log).read_text())
    return asked(lab, "nothing-arrives", "-u", "test", "-P", "test", "-t", "to/client/test", "--publish")


@reported(GITHUB + "vernemq/vernemq/issues/816 Shared subscriptions not working", r"\$share",
          r"(publish|sen[dt]|topic).{0,160}(plain|itself|without|only|part of|belongs|no(t a)? topic|behind|\bemployee\b)")
def published_to_the_share(lab):
    mosquitto(lab.server)
    heard = subscriber(lab.router, "proof", "-v", "-t", "$share/group/employee")
    time.sleep(0.5)
    sent(lab, "$share/group/employee", "-m", "never")
    sent(lab, "employee", "-m", "right")
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "employee right\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return asked(lab, "nothing-arrives", "-t", "$share/group/employee", "--sent-to", "$share/group/employee", "--publish")


@reported(MOSQUITTO + "2265 Mosquitto subscriber doesn't receive messages after broker is restarted", r"session|subscri",
          r"restart|again|anew|lost|gone|new session|not (there|kept|present|stored)|expir|forg|no longer", slowest=20)
def the_session_is_gone_with_the_broker(lab):
    """MQTT 5, without clean start and without an expiry; paho asks for its subscription once only."""
    process = mosquitto(lab.server)

    def act():
        nonlocal process
        app = talk(lab.phone, """
one = Talk(HOST, v5=True).connect("sub-1", clean=False).subscribe("test", qos=2)
while lives(one):
    one.answer(0.2)
while True:
    time.sleep(0.3)
    try:
        one = Talk(HOST, v5=True)
        break
    except OSError:
        pass
one.connect("sub-1", clean=False)
one.answer(6)
""")
        time.sleep(0.6)
        for _ in range(3):
            sent(lab, "test", "-q", "1", "-i", "pub-1", "-m", "1")
            time.sleep(0.3)
        process.terminate()
        process.wait()
        time.sleep(0.5)
        process = mosquitto(lab.server)
        time.sleep(1)
        for _ in range(6):
            sent(lab, "test", "-q", "1", "-i", "pub-1", "-m", "1")
            time.sleep(0.5)
        app.kill()
        app.wait()
    answer = seen(lab, "nothing-arrives", act)
    staged(count("as sub-1", process) == 1 and not count("Sending PUBLISH to sub-1", process), "it got them")
    return answer


# ---- discovery ------------------------------------------------------------------------------------

CONFIG = '{"name":"%s","state_topic":"%s","unique_id":"%s","device":{"identifiers":["%s"]}}'


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/603 Problem with home assistant integration", r"homeassistant/",
          r"subscri|listen|nobody|no one|not asked for|asks? for")
def home_assistant_without_discovery(lab):
    """Its list of sensors was written by hand before, and discovery never switched on."""
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "home-assistant", "-v", "-t", "hall/temperature", "-t", "hass/status", "-t", "cellar/+")
        time.sleep(0.5)
        talk(lab.phone, """
z2m = Talk(HOST).connect("mqttjs_f708684e", will=("zigbee2mqtt/bridge/state", "offline", 1)).subscribe("zigbee2mqtt/+/set")
z2m.publish("zigbee2mqtt/bridge/state", "online", retain=1)
for number in range(4):
    name = f"0x00158d000233f9c{number}"
    for kind in ("temperature", "humidity"):
        z2m.publish(f"homeassistant/sensor/{name}/{kind}/config", sys.argv[1] % (kind, "zigbee2mqtt/" + name, name, name),
                    retain=1)
for _ in range(30):
    z2m.publish("zigbee2mqtt/0x00158d000233f9c1", '{"temperature":21.4,"humidity":48}')
    z2m.wait(0.7)
""", CONFIG)
        time.sleep(2.5)
        sent(lab, "hall/temperature", "-i", "old-sensor", "-m", "20")
        time.sleep(0.5)
    answer = seen(lab, "not-listed", act)
    staged(count("Sending PUBLISH to home-assistant", process) == 1, "it got more")
    return answer


@reported(GITHUB + "rednblkx/HomeKey-ESP32/issues/58 Home Assistant Discovery not working?", r"homeassistant/",
          r"subscri|listen|nobody|no one|not (there|connected)|(another|other|same|this) broker")
def home_assistant_is_at_no_broker(lab):
    """ioBroker is, and asks for what it knows."""
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "iobroker.0", "-t", "homekey/+/state", "-t", "alarm/#")
        time.sleep(0.4)
        talk(lab.phone, """
lock = Talk(HOST).connect("HK-42A1", will=("homekey/42A1/status", "offline", 1)).subscribe("homekey/42A1/set")
lock.publish("homekey/42A1/status", "online", retain=1)
lock.publish("homeassistant/lock/42A1/lock/config", '{"name":"HK","command_topic":"homekey/42A1/set","state_topic":'
             '"homekey/42A1/state","unique_id":"42A1","device":{"identifiers":["42A1"],"name":"HK"}}', retain=1)
lock.publish("homeassistant/tag/42A1/rfid/config", '{"topic":"homekey/42A1/auth","value_template":"{{ value_json.uid }}",'
             '"device":{"identifiers":["42A1"]}}', retain=1)
for state in "1010":
    lock.publish("homekey/42A1/state", state)
    lock.wait(0.7)
lock.wait(60)
""")
        time.sleep(3.7)
    answer = seen(lab, "not-listed", act)
    staged(count("Sending PUBLISH to iobroker.0", process) == 4, "it was not as reported")
    return answer


# ---- the last value, and old ones -----------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/652 How to read last message after reconnect without retain", r"retain",
          r"\bflag|without|\bset\b|nobody|not (been )?(sent|marked|kept|retained)|unretained|none")
def the_app_knows_no_retain(lab):
    mosquitto(lab.server)

    def act():
        for state in ("1", "0", "1"):
            sent(lab, "home/relay", "-i", "MyMQTT-android", "-m", state)
            time.sleep(0.3)
            relay = talk(lab.phone, """
one = Talk(HOST).connect("esp8266-relay").subscribe("home/relay")
one.wait(1.6)
print(one.heard.hex(), flush=True)
one.reset()
""")
            relay.wait(9)
            staged("home/relay".encode().hex() not in pathlib.Path(relay.log).read_text(), "it got the last one")
    return seen(lab, "no-last-value", act)


@reported("https://infoneva.com/en/knowledge/troubleshooting-retained-messages-mqtt-broker Troubleshooting Retained Messages "
          "in MQTT Broker", r"retain", r"empty|zero|clear|delet|remov|no payload|without (a )?payload",
          r"\bflag|without|not retained|not set|\bset\b|-r\b|unretained")
def cleared_without_the_flag(lab):
    mosquitto(lab.server)
    sent(lab, "plant/old-pump/state", "-r", "-m", "alarm")

    def act():
        for _ in range(3):
            sent(lab, "plant/old-pump/state", "-i", "cleaner", "-q", "1", "-n")
            time.sleep(0.4)
            panel = subscriber(lab.phone, "panel", "-v", "-t", "plant/#")
            time.sleep(1)
            staged(count("alarm", panel) == 1, "it is gone")
            panel.terminate()
            panel.wait()
    return seen(lab, "old-messages", act)


@reported("https://sthq.pages.dev/guides/iot/mqtt-retained-messages MQTT Retained Messages (command messages)", r"retain",
          r"home/light/set|command")
def a_command_that_is_kept(lab):
    """The light goes on by itself after each power cut."""
    mosquitto(lab.server)

    def act():
        sent(lab, "home/light/set", "-i", "dashboard", "-r", "-q", "1", "-m", "ON")
        for turn in range(3):
            light = talk(lab.phone, """
one = Talk(HOST).connect("light-7").subscribe("home/light/set", qos=1)
one.answer(0.3)
one.publish("home/light/state", "ON")
one.wait(1)
one.reset()
""")
            light.wait(9)
            time.sleep(0.5)
    answer = seen(lab, "old-messages", act)
    staged(read(lab.router, "-t", "home/light/set") == ["ON"], "it is not kept")
    return answer


# Ends each connection after so many seconds, as some networks do.
LIMITED = """import socket, threading, time
def pump(source, sink):
    try:
        while data := source.recv(65536): sink.sendall(data)
    except OSError: pass
    for each in (source, sink):
        try: each.shutdown(socket.SHUT_RDWR)
        except OSError: pass
def serve(one):
    other = socket.create_connection(("127.0.0.1", 1884))
    for pair in ((one, other), (other, one)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
    time.sleep(3)
    for each in (one, other):
        try: each.shutdown(socket.SHUT_RDWR)
        except OSError: pass
listener = socket.create_server(("0.0.0.0", 1883))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@reported(MOSQUITTO + "739 MQTT Broker repeatedly sends retained messages?", r"retain",
          r"subscri|reconnect|connects? again|connect(s|ed|ion)?\b.{0,60}(again|anew|end|clos|lost|cut)|drop|new connection")
def retained_again_with_each_connection(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    python(lab.server, LIMITED)
    lab.server.wait_for_port(1883)
    for topic in ("one/test", "two/test"):
        sent(lab, topic, "-r", "-m", "kept")

    def act():
        app = subscriber(lab.phone, "mqttjs_0b1c", "-v", "-t", "one/#", "-t", "two/#")
        time.sleep(13)
        staged(count("one/test", app) >= 3, pathlib.Path(app.log).read_text())
        app.terminate()
        app.wait()
    return seen(lab, "old-messages", act)


@reported(GITHUB + "emqx/emqx/issues/1994 Client disconnecting after every 3 messages (duplicates after a stop)", r"retain",
          r"queue|session|kept back|stored|wait(s|ed|ing)|away|offline|as well|\bboth\b")
def kept_for_it_and_retained_as_well(lab):
    """The session that was kept holds the message, and the new subscription brings it once more."""
    process = mosquitto(lab.server)

    def act():
        for _ in range(3):
            app = talk(lab.phone, """
one = Talk(HOST).connect("ancs-sds", clean=False).subscribe("ancs/sds", qos=1)
one.answer(1.2)
one.goodbye()
""")
            app.wait(9)
            sent(lab, "ancs/sds", "-i", "server", "-r", "-q", "1", "-m", "notice")
            time.sleep(0.4)
    answer = seen(lab, "twice", act)
    staged(count("Sending PUBLISH to ancs-sds", process) == 4, count("Sending PUBLISH to ancs-sds", process))
    return answer


# ---- missed while it was away ---------------------------------------------------------------------


@reported(GITHUB + "fhmq/hmq/issues/170 Question about 'clean_session = false'", r"session",
          r"not (keep|kept|store|there|remember)|no(t| longer) (there|present)|forg|\blost|lose|\bnew\b|\bgone|does not|none",
          slowest=20)
def a_broker_without_sessions(lab):
    scripted(lab.server, 1883, "exchange")
    words = ("-i", "proof", "-c", "-q", "1", "-t", "info")
    read(lab.phone, *words)
    sent(lab, "info", "-q", "1", "-m", "on")
    staged(not read(lab.phone, *words), "it was kept")
    return asked(lab, "missed-while-away", "--offline", "-c", "-q", "1", "-t", "info", "--publish")


@reported(GITHUB + "vernemq/vernemq/issues/116 How to persist offline messages after broker restart", r"session|restart",
          r"persist|\blost|\bgone|forg|not (kept|saved|there|stored|present)|memory|new session|no longer|disk", slowest=20)
def restarted_while_the_client_was_away(lab):
    process = mosquitto(lab.server)

    def act():
        words = ("-i", "clientB", "-c", "-q", "1", "-t", "chat/b")
        read(lab.phone, *words, seconds=1)
        for number in range(3):
            sent(lab, "chat/b", "-q", "1", "-i", "clientA", "-m", str(number))
        process.terminate()
        process.wait()
        time.sleep(0.3)
        mosquitto(lab.server)
        time.sleep(0.5)
        staged(not read(lab.phone, *words, seconds=2), "they were kept")
        sent(lab, "chat/b", "-q", "1", "-i", "clientA", "-m", "later")
    return seen(lab, "missed-while-away", act)


@reported(GITHUB + "eclipse-paho/paho.mqtt.android/issues/211 Subscribed client doesn't receive messages after reconnection",
          r"QoS ?0", r"publish|\bsent|sender|\bsends?|message")
def sent_at_qos_0_to_who_is_away(lab):
    process = mosquitto(lab.server)

    def act():
        for _ in range(2):
            read(lab.phone, "-i", "paho-android", "-c", "-q", "1", "-t", "news/#", seconds=1)
            for _ in range(3):
                sent(lab, "news/today", "-i", "office", "-m", "news")
                time.sleep(0.2)
        staged(not read(lab.phone, "-i", "paho-android", "-c", "-q", "1", "-t", "news/#", seconds=1), "they were kept")
    answer = seen(lab, "missed-while-away", act)
    staged(not count("Sending PUBLISH to paho-android", process), "one came")
    return answer


@reported(MOSQUITTO + "1728 persistent connections: messages for disconnected clients that connected with procotol MQTT v5.0 "
          "are not queued", r"session", r"expir")
def mqtt_5_and_no_word_of_an_expiry(lab):
    process = mosquitto(lab.server)

    def act():
        for _ in range(2):
            talk(lab.phone, """
one = Talk(HOST, v5=True).connect("listener01", clean=False).subscribe("home/#", qos=2)
one.answer(1)
one.reset()
""", seconds=9)
            for number in range(3):
                sent(lab, "home/test1", "-q", "2", "-i", "client1", "-m", str(number))
        talk(lab.phone, """
one = Talk(HOST, v5=True).connect("listener01", clean=False)
one.answer(2)
""", seconds=9)
    answer = seen(lab, "missed-while-away", act)
    staged(not count("Sending PUBLISH to listener01", process), "they were kept")
    return answer


# ---- some are missing -----------------------------------------------------------------------------


@reported(GITHUB + "vernemq/vernemq/issues/420 Shared subscriptions again: message not delivered to any subscriber",
          r"\$share|\bshare|group", r"offline|\baway|not (connected|there)|\bleft\b|session|queue|disconnected|gone",
          slowest=20)
def a_member_of_the_share_is_away(lab):
    mosquitto(lab.server)
    words = ("-q", "1", "-t", "$share/workers/jobs")

    def act():
        read(lab.router, "-i", "worker-2", "-c", *words)
        worker = subscriber(lab.phone, "worker-1", *words)
        time.sleep(0.5)
        for number in range(12):
            sent(lab, "jobs", "-q", "1", "-i", "orders", "-m", f"job-{number}")
        time.sleep(0.5)
        staged(count("job-", worker) == 6, pathlib.Path(worker.log).read_text())
    return seen(lab, "some-missing", act)


@reported(GITHUB + "emqx/emqx/issues/4439 QoS 1 dropped messages on benchmark (a consumer that waits before its PUBACK)",
          r"queue|max_queued|dropp|\bfull\b|limit", r"consumer-0|slow|acknowledg|subscriber|receiver")
def each_acknowledgement_takes_its_time(lab):
    log = logged(lab, "max_inflight_messages 5", "max_queued_messages 20")
    talk(lab.phone, """
one = Talk(HOST).connect("consumer-0").subscribe("bench", qos=1)
while True:
    time.sleep(1)
    one.answer(0.1)
""")
    time.sleep(0.7)
    lab.router.run("mosquitto_pub", "-h", SERVER, "-i", "bench-pub", "-q", "1", "-t", "bench", "-l",
                   input="\n".join(map(str, range(200))) + "\n")
    time.sleep(0.5)
    staged("Outgoing messages are being dropped for client consumer-0" in pathlib.Path(log).read_text(), "none was dropped")
    return on_broker(lab, "localhost", "--symptom", "some-missing")
