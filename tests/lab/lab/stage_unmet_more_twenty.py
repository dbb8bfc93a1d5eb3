"""Never met, the twentieth batch, its second half: what is retained, wills, messages twice or late or lost, sizes,
bridges, other brokers, and a broker's own machine that is full, as people told of them."""
import os
import pathlib
import subprocess
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_SERVER, SERVER
from .reported import on_broker, proved, reported, said, until
from .services import etc, mosquitto, scripted
from .stage_delivery import AT
from .stage_unmet_eighteen import python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client
from .stage_unmet_twenty import WILL, count, logged, read, staged, subscriber

# ---- what is retained, and wills ------------------------------------------------------------------


@reported(GITHUB + "bkbilly/lnxlink/issues/8 Entities unavailable when restarting home assistant", r"retain",
          r"flag|\bset\b|without|sender|publish|-r\b|nobody|none|\bno\b")
def discovery_without_the_flag(lab):
    mosquitto(lab.server)
    topic = "homeassistant/switch/pc/shutdown/config"
    sent(lab, topic, "-m", '{"name":"shutdown","command_topic":"lnxlink/pc/shutdown"}')
    staged(not read(lab.phone, "-t", topic), "it is retained")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", topic)


@reported(GITHUB + "erkexzcx/valetudopng/issues/9 Home Assistant MQTT discovery topics not retained", r"retain",
          r"\bold|before|earlier|stale|still|flag|without|replac|overw|kept|remain", slowest=20)
def the_old_configuration_comes_again(lab):
    """The new one is sent without the flag, and so the kept one of another program stays."""
    mosquitto(lab.server)
    topic = "homeassistant/camera/valetudo/map/config"
    sent(lab, topic, "-r", "-m", '{"name":"ICBINV map"}')

    def act():
        for _ in range(3):
            ha = subscriber(lab.router, "homeassistant", "-t", "homeassistant/#")
            time.sleep(0.7)
            sent(lab, topic, "-i", "valetudopng", "-m", '{"name":"PNG map"}', host=lab.phone)
            time.sleep(0.7)
            staged(count("ICBINV", ha) == 1 and count("PNG", ha) == 1, pathlib.Path(ha.log).read_text())
            ha.terminate()
            ha.wait()
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "arachnetech/homebridge-mqttthing/issues/36 LWT", r"retain",
          r"online|true|birth|\bwill\b|offline|false|getOnline|testament")
def only_the_will_is_retained(lab):
    mosquitto(lab.server)
    sent(lab, "esp/online", "-r", "-m", "false")

    def act():
        python(lab.phone, WILL + """
esp = connect("esp8266", "esp/online", "false", 1)
say(esp, "esp/online", "true")
esp.pings(20)
""")
        time.sleep(0.7)
        for _ in range(3):
            homebridge = subscriber(lab.router, "homebridge", "-t", "esp/online")
            time.sleep(1)
            staged(count("false", homebridge) == 1 and not count("true", homebridge), "it is known online")
            homebridge.terminate()
            homebridge.wait()
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "arendst/Tasmota/issues/9334 LWT is posted different depending on online/offline",
          r"\bwills?\b|testament|LWT", r"tasmota_FFFFFF", r"another|other|differ|not the same|nobody|MYDEVICE|no one|none")
def the_will_goes_to_another_topic(lab):
    process = mosquitto(lab.server)

    def act():
        status = subscriber(lab.router, "openhab", "-v", "-t", "tele/MYDEVICE/LWT")
        for _ in range(2):
            device = python(lab.phone, WILL + """
one = connect("DVES_FFFFFF", "tele/tasmota_FFFFFF/LWT", "Offline", 1, 15)
say(one, "tele/MYDEVICE/LWT", "Online", 1)
one.wait(9)
""")
            time.sleep(1.5)
            device.kill()
            device.wait()
            time.sleep(0.5)
        staged(count("Online", status) and not count("Offline", status), pathlib.Path(status.log).read_text())
        staged(not count("tele/tasmota_FFFFFF/LWT", status), "the will came")
    answer = captured(lab, lab.server, act)
    staged(read(lab.phone, "-t", "tele/tasmota_FFFFFF/LWT") == ["Offline"], process.log)
    return explain(answer)


@reported(GITHUB + "dotnet/MQTTnet/issues/749 ManagedClient reconnect receive all message", r"retain",
          r"\beach|every|again|subscri|\bnew\b|kept|last|stay", slowest=20)
def all_messages_come_at_each_start(lab):
    mosquitto(lab.server)
    for door in "abcd":
        sent(lab, f"alarms/{door}", "-r", "-m", "open")

    def act():
        for turn in range(4):
            android = subscriber(lab.phone, "android-7", "-v", "-q", "1", "-t", "alarms/#")
            time.sleep(0.8)
            staged(count("open", android) == 4, "not all came")
            if turn == 1:
                sent(lab, "alarms/a", "-i", "panel", "-r", "-m", "open")
            android.terminate()
            android.wait()
    return explain(captured(lab, lab.server, act))


# Keeps what is retained; with "forgets" an empty message takes it away again. A share gets nothing of it, as MQTT 5 has it.
KEEPS = """import sys, odd_exchange
from odd_broker import text_at
kept = {}
forgets = sys.argv.pop() == "forgets"
class Keeping(odd_exchange.Exchange):
    def publish(self, flags, body):
        done = super().publish(flags, body)
        if flags & 1:
            topic, at = text_at(body, 0)
            at += 2 if flags & 6 else 0
            at += 1 + body[at] if self.version == 5 else 0
            if body[at:]:
                kept[topic] = body[at:]
            elif forgets:
                kept.pop(topic, None)
        return done
    def subscribe(self, body):
        done = super().subscribe(body)
        wanted = text_at(body, 3 + body[2] if self.version == 5 else 2)[0]
        for topic, payload in list(kept.items()):
            if odd_exchange.matches(wanted, topic):
                self.deliver(topic, payload, 0, 1)
        return done
odd_exchange.Exchange = Keeping
import server
"""


@reported(GITHUB + "dotnet/MQTTnet/issues/623 Delete retained message", r"retain",
          r"clear|delet|remov|empty|get rid|forget")
def a_broker_that_lets_no_retained_message_go(lab):
    """The server's own code drops a message without a payload."""
    python(lab.server, KEEPS, 1883, "exchange", "for-ever")
    lab.server.wait_for_port(1883)
    sent(lab, "plant/old", "-r", "-m", "wrong")
    sent(lab, "plant/old", "-r", "-n")
    staged(read(lab.phone, "-t", "plant/old") == ["wrong"], "it could be cleared")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "plant/old")


@reported(GITHUB + "vernemq/vernemq/issues/337 How to Shared Subscriptions and Retained messages work together?",
          r"shared subscription|\ba share\b|\bshares?\b (get|has|have|receive)|\bgroup", r"retain")
def no_retained_message_for_a_share(lab):
    python(lab.server, KEEPS, 1883, "exchange", "forgets")
    lab.server.wait_for_port(1883)
    sent(lab, "fleet/state", "-r", "-m", "online")
    staged(read(lab.phone, "-t", "fleet/state") == ["online"], "it is not kept")
    staged(not read(lab.phone, "-t", "$share/consumers/fleet/state"), "it came")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "$share/consumers/fleet/state")


@reported(GITHUB + "Arnold-n/P1P2MQTT/issues/29 [Home Assistant] some topics fail discovery",
          r"JSON|truncat|cut|incomplete|brace|shorter|\bends\b", open_=True, or_nothing=True)
def the_configuration_is_cut_off(lab):
    """It is delivered as it was sent; only who reads the payload sees what is wrong."""
    mosquitto(lab.server)
    topic = "homeassistant/sensor/P1P2/Temperature_Leaving_Water/config"
    sent(lab, topic, "-r", "-m", '{"name":"Temperature_Leaving_Water","stat_t":"P1P2/P/meter/0/T/0/Temperature_Lea')
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", topic)


# ---- twice, late, and lost ------------------------------------------------------------------------


ONCE_FOR_EACH_FILTER = """import odd_exchange
def hand_out(self, topic, payload, qos):
    for reader in list(odd_exchange._connections):
        for pattern, granted in list(reader.granted.items()):
            if odd_exchange.matches(pattern, topic):
                reader.deliver(topic, payload, min(qos, granted), 0)
odd_exchange.Exchange.hand_out = hand_out
import server
"""


@reported(GITHUB + "node-red/node-red/issues/4385 mqtt messages are wrongly duplicated in the output of a mqtt in node",
          r"overlap|both|\btwo\b|more than one|several|\bas well|each of|twice", r"subscri|filter", r"manusa/#", slowest=20)
def two_nodes_of_one_connection_overlap(lab):
    python(lab.server, ONCE_FOR_EACH_FILTER, 1883, "exchange")
    lab.server.wait_for_port(1883)
    proof = subscriber(lab.router, "proof", "-t", "manusa/power", "-t", "manusa/#")
    time.sleep(0.5)
    sent(lab, "manusa/power", "-m", "21")
    time.sleep(0.5)
    staged(count("21", proof) == 2, "it came once")
    proof.terminate()
    proof.wait()

    def act():
        client(lab.phone, "connect=nodered_3a1f,60", "subscribe=0,manusa/power", "subscribe=0,manusa/#", "pings=8")
        time.sleep(1)
        for _ in range(5):
            sent(lab, "manusa/power", "-i", "manusa", "-m", "1")
            time.sleep(0.7)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/375 On re connection call i am getting all the old publish message "
          "with new publish message", r"acknowledg|PUBACK", r"again|repeat|\bDUP\b|resen|\beach|every|once more", slowest=25)
def old_messages_it_never_acknowledged(lab):
    process = mosquitto(lab.server)

    def act():
        for turn in range(3):
            one = client(lab.phone, "connect=android-paho,60,keep", "subscribe=1,alerts/#", "wait=2.5")
            time.sleep(0.8)
            for _ in range(3):
                sent(lab, "alerts/fire", "-q", "1", "-i", "panel", "-m", "on")
            one.wait(9)
            time.sleep(0.5)
        staged(count("Sending PUBLISH to android-paho (d1", process) >= 9, "nothing came again")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "shamblett/mqtt_client/issues/603 About message delivery when network is not stable",
          r"queue|kept back|stored|held|buffer|offline|was away|at once|burst|collect|pile|sav(ed|es)|while it was", slowest=20)
def the_sender_was_away_and_sends_all_at_once(lab):
    mosquitto(lab.server)

    def act():
        app_b = subscriber(lab.router, "clientB", "-q", "1", "-t", "room/#")
        python(lab.phone, f"""from client import *
def come():
    app = Client("{SERVER}", 1883, False)
    app.connect("clientA", "60", "keep")
    return app
def say(app, number):
    app.send(0x32, text("room/t") + struct.pack(">H", number) + str(number).encode())
number = 0
for _ in range(2):
    app = come()
    for _ in range(3):
        number += 1
        say(app, number)
        app.wait(1)
    app.link.close()
    time.sleep(4)
    app = come()
    for _ in range(15):
        number += 1
        say(app, number)
    app.wait(1)
""").wait(30)
        staged(count("\n", app_b) == 36, "not all came")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "eclipse-paho/paho.mqtt.javascript/issues/146 How to get offline messages? (an answer of 2018-07-12)",
          r"QoS ?0|-q 1|--qos 1|QoS (of )?(1|at least)")
def kept_session_and_qos_0(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "--offline", "-c", "-q", "0", "-t", "news/web", "--publish")


@reported(MOSQUITTO + "1593 What happens with messages exceeding max_queued_messages & max_queued_bytes limit?",
          r"queue|limit|\bfull|max_queued|\broom|at most|no more than", slowest=20)
def more_than_is_kept_for_who_is_away(lab):
    process = mosquitto(lab.server, "max_queued_messages 10", "max_inflight_messages 5")
    read(lab.phone, "-i", "proof", "-c", "-q", "1", "-t", "proof")
    lab.router.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "proof", "-l", input="\n".join(map(str, range(60))) + "\n")
    kept = read(lab.phone, "-i", "proof", "-c", "-q", "1", "-t", "proof", seconds=2)
    staged(len(kept) < 30, f"{len(kept)} were kept, {process.log}")
    return doctor(lab.phone, "delivery", AT, "--offline", "-c", "-q", "1", "--messages", "60")


@reported(GITHUB + "eclipse-paho/paho.mqtt.golang/issues/458 Invalid confirmation of success publish on reconnect",
          r"queue|max_queued|dropp|\bfull", r"subscriber|client|ingest|offline|away|receiv")
def acknowledged_and_dropped_for_the_subscriber(lab):
    log = logged(lab, "max_queued_messages 20")
    read(lab.phone, "-i", "ingest-1", "-c", "-q", "1", "-t", "gateway/#")
    lab.router.run("mosquitto_pub", "-h", SERVER, "-i", "gateway", "-q", "1", "-t", "gateway/1", "-l",
                   input="\n".join(map(str, range(300))) + "\n")
    until("Outgoing messages are being dropped for client ingest-1", log)
    return on_broker(lab)


# ---- sizes ----------------------------------------------------------------------------------------


@reported(MOSQUITTO + "265 `message_size_limit` should block incoming messages exceeding that limit",
          r"\bsize|large|\bbig|bytes|limit")
def large_messages_are_swallowed(lab):
    mosquitto(lab.server, "message_size_limit 512")
    heard = subscriber(lab.router, "heard", "-t", "x")
    time.sleep(0.5)
    for size in (400, 4000):
        sent(lab, "x", "-q", "1", "-m", "x" * size)
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "x" * 400 + "\n", "the large one came")
    return doctor(lab.phone, "delivery", AT, "--size", "10k")


@reported(MOSQUITTO + "3503 Broker does not discard messages exceeding client's maximum packet size",
          r"maximum.?packet|subscriber|receiver|\bown\b|takes|asked for", r"\bsize|large|\bbig|bytes")
def larger_than_the_subscriber_takes(lab):
    mosquitto(lab.server)
    heard = subscriber(lab.router, "heard", "-V", "5", "-D", "connect", "maximum-packet-size", "1000", "-t", "x")
    time.sleep(0.5)
    for size in (400, 4000):
        sent(lab, "x", "-q", "1", "-m", "x" * size)
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "x" * 400 + "\n", "the large one came")
    return doctor(lab.phone, "delivery", AT, "-V", "5", "-D", "connect", "maximum-packet-size", "1000", "--size", "4k")


# ---- bridges --------------------------------------------------------------------------------------


@reported(MOSQUITTO + "204 duplicated messages received when bridging",
          r"twice|duplicat|copies|more than once|double|\b2 (times|copies)|two (times|copies|ways|bridges)", r"bridge",
          slowest=25)
def both_ends_have_the_same_bridge(lab):
    """Ubuntu sends pi3/# out, and pi3 fetches it as well."""
    mosquitto(lab.router, "log_type none", "connection Ubuntu_to_Pi3", f"address {SERVER}:1883", "topic ubuntu/# in 0",
              "topic pi3/# out 0", "restart_timeout 1", "allow_anonymous true", name="ubuntu.conf")
    mosquitto(lab.server, "log_type none", "connection Pi3_to_Ubuntu", f"address {ROUTER_SERVER}:1883", "topic pi3/# in 0",
              "topic ubuntu/# out 0", "restart_timeout 1", "allow_anonymous true", name="pi3.conf")
    heard = subscriber(lab.phone, "heard", "-t", "pi3/#")
    for number in range(20):  # until both bridges stand
        time.sleep(0.5)
        lab.phone.run("mosquitto_pub", "-h", ROUTER_SERVER, "-t", "pi3/hello", "-m", f"hello {number}.")
        time.sleep(0.3)
        if count(f"hello {number}.", heard) == 2:
            break
    staged(count(f"hello {number}.", heard) == 2, pathlib.Path(heard.log).read_text())
    return doctor(lab.phone, "delivery", AT, "-t", "pi3/hello", "--publish", "--sent-via", f"{ROUTER_SERVER}:1883")


@reported(GITHUB + "rabbitmq/rabbitmq-mqtt/issues/83 Loopback publish issue with mosquitto after bridged",
          r"twice|duplicat|copies|more than once|double|\b2 (times|copies)|two (times|copies)|comes? back",
          r"bridge|loop|echo", slowest=20)
def the_other_broker_sends_it_back(lab):
    """It does not know that a bridge is at the other end, as RabbitMQ does not."""
    mosquitto(lab.router)
    mosquitto(lab.server, "connection office", f"address {ROUTER_SERVER}:1883", "topic # both 0 sensor/room1/ office/room1/",
              "try_private false", "restart_timeout 1", "allow_anonymous true", name="bridge.conf")
    time.sleep(2)
    heard = subscriber(lab.phone, "heard", "-t", "sensor/#")
    time.sleep(0.5)
    sent(lab, "sensor/room1/temp", "-m", "hello")
    time.sleep(0.7)
    staged(count("hello", heard) == 2, f"{count('hello', heard)} times")
    return doctor(lab.phone, "delivery", AT, "-t", "sensor/room1/temp", "--publish")


@reported(MOSQUITTO + "1055 Issues about Bridging Mechanism", r"bridge", r"prefix|home/", slowest=20)
def the_prefix_is_put_before_the_pattern(lab):
    """topic PATTERN in QOS LOCAL REMOTE: it fetches home/sensors/#, where nobody publishes."""
    mosquitto(lab.router)
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf", f"""listener 1883
allow_anonymous true
log_dest file {log}
log_type all
connection site
address {ROUTER_SERVER}:1883
topic sensors/# in 1 "" home/
restart_timeout 1
""")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    time.sleep(1.5)
    heard = subscriber(lab.phone, "heard", "-v", "-t", "#")
    time.sleep(0.3)
    for topic in ("sensors/temp", "home/sensors/hum"):
        lab.phone.run("mosquitto_pub", "-h", ROUTER_SERVER, "-t", topic, "-m", "21")
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "sensors/hum 21\n", pathlib.Path(heard.log).read_text())
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "-t", "sensors/temp", "--publish", "--sent-via",
                  f"{ROUTER_SERVER}:1883")


# ---- other brokers --------------------------------------------------------------------------------


@reported(GITHUB + "aws/aws-iot-device-sdk-js/issues/276 SDK only appears to work with topic_1 and topic_2",
          r"polic|permission|\ballow|authori|may not")
def the_policy_knows_two_topics(lab):
    in_the_cloud(lab, "amazonaws.com", "52.29.114.37")
    cloud, own = certificates.get("clouds"), certificates.get("client")
    scripted(lab.server, 8883, "tls", cloud.chain, cloud.key, "broker", "publish=close", "subscribe=close", "except=topic_")
    host = "arf96w65rkphn-ats.iot.eu-west-1.amazonaws.com"
    for topic, is_known in (("topic_1", True), ("boiler/state", False)):
        done = subprocess.run(lab.phone.command("timeout", "3", "mosquitto_pub", "-h", host, "-p", "8883", "--cafile", ca(),
                                                "-q", "1", "-t", topic, "-m", "x"), capture_output=True)
        staged((done.returncode == 0) == is_known, f"{topic}: {done.stderr}")
    return doctor(lab.phone, "delivery", f"mqtts://{host}:8883", "--cafile", ca(),
                  "--cert", own.chain, "--key", own.key, "-i", "sdk-nodejs-4060dcfc", "-t", "boiler/state", "--publish")


TAKES_QOS_2_FOR_1 = """import odd_exchange
class Rabbit(odd_exchange.Exchange):
    def publish(self, flags, body):
        return super().publish(flags & ~4 | 2 if flags & 4 else flags, body)
    def subscribe(self, body):
        return super().subscribe(body[:-1] + bytes([min(body[-1] & 3, 1)]))
odd_exchange.Exchange = Rabbit
import server
"""


@reported(GITHUB + "rabbitmq/rabbitmq-server/issues/10373 Support MQTT QoS 2 package flow", r"QoS ?2",
          r"PUBACK|acknowledg|PUBREC|answer|not (know|support|speak|take)|cannot|downgrad|\bonly\b|lower|granted")
def a_broker_without_qos_2(lab):
    python(lab.server, TAKES_QOS_2_FOR_1, 1883, "exchange")
    lab.server.wait_for_port(1883)
    proved(lab.phone)
    done = subprocess.run(lab.phone.command("timeout", "3", "mosquitto_pub", "-h", SERVER, "-t", "test", "-q", "2", "-m", "x"),
                          capture_output=True)
    staged(done.returncode != 0, "QoS 2 is spoken")
    return doctor(lab.phone, "delivery", AT, "-t", "test", "--publish")


@reported(GITHUB + "rabbitmq/rabbitmq-mqtt/issues/155 MQTT Publishes at QOS2 causes a connection failure for the publisher",
          r"QoS ?2")
def rabbitmq_says_not_supported(_):
    return said("=INFO REPORT==== 14-Dec-2017::10:39:35 ===\nMQTT protocol error qos2_not_supported for connection "
                "127.0.0.1:55862 -> 127.0.0.1:1883")


# ---- the broker's own machine ---------------------------------------------------------------------


@reported(MOSQUITTO + "1107 connection denied access by tcpd??",
          r"open files|descriptor|ulimit|nofile|socket count|limit of files|file limit")
def no_more_sockets(lab):
    """The log speaks of tcpd, as mosquitto's does there; nobody has set up tcpd."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf", f"listener 1883\nallow_anonymous true\nlog_dest file {log}\nlog_type all\n")
    lab.server.serve("mosquitto", "sh", "-c", "ulimit -n 40; exec mosquitto -c /etc/mosquitto/mosquitto.conf", ready=1883)
    python(lab.phone, f"""from client import *
held = []
for i in range(60):
    try:
        one = Client("{SERVER}", 1883, False)
        one.send(0x10, text("MQTT") + bytes([4, 2, 0, 0]) + text(f"meter-{{i}}"))
        held.append(one)
    except OSError:
        pass
    time.sleep(0.02)
time.sleep(60)
""")
    until("denied access by tcpd", log)
    time.sleep(1)
    return on_broker(lab)


@reported(GITHUB + "SensorsIot/IOTstack/issues/237 Mosquitto : failed to save /mosquitto/data/mosquitto.db.new for writing",
          r"persist|mosquitto\.db|database|/data", r"permission|writ|owner|chown|belongs|may not|sav(e|ing)")
def the_folder_belongs_to_another(lab):
    """What was retained is gone after each start."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    folder = lab.file("data")
    os.makedirs(folder, 0o755)
    etc(lab, "mosquitto/mosquitto.conf", f"""listener 1883
allow_anonymous true
user mosquitto
log_dest file {log}
log_type all
persistence true
persistence_location {folder}/
""")
    for _ in range(2):
        process = lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
        sent(lab, "home/state", "-r", "-m", "on")
        process.terminate()
        process.wait()
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    until("unable to open", log)
    staged(not read(lab.phone, "-t", "home/state"), "it was kept")
    return on_broker(lab)
