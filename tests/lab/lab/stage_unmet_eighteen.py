"""Never met, the eighteenth batch, its first half: thirty searches by a list fixed before, of what happens after or
around connecting. Its author had read neither the doctor's code nor what was mended meanwhile; written down with its
right answers before it was asked."""
import os
import pathlib
import sys
import time

from .cases import doctor, explain
from .net import SERVER
from .reported import HEALTHY, on_broker, proved, reported
from .services import etc, mosquitto, password_file, scripted
from .stage_delivery import AT
from .stage_listen import broker, listen
from .stage_listen import client as app
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import CLIENT, GITHUB, client

FOLDER = CLIENT.rsplit("/", 1)[0]


def python(host, code, *words):
    """A script that finds what lies beside client.py."""
    return host.start(sys.executable, "-c", f"import sys\nsys.path.insert(0, {FOLDER!r})\n{code}", *words)


def sent(lab, topic, *words, host=None):
    (host or lab.router).run("mosquitto_pub", "-h", SERVER, "-t", topic, *(words or ("-m", "on")))


def again_and_again(host, topic):
    """Somebody publishes there all the time, to the broker on that host."""
    host.start("sh", "-c", f"while sleep 0.2; do mosquitto_pub -t '{topic}' -m 21; done")


def not_started(lab, word, *lines):
    """A broker that gives up while it starts, and says a word of why."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf",
        "\n".join((f"log_dest file {log}", "listener 1883", "allow_anonymous true", *lines, "")))
    process = lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    process.wait(5)
    told = pathlib.Path(log).read_text() + pathlib.Path(process.log).read_text()
    if word not in told:
        raise RuntimeError(f"not staged: {told}")
    return on_broker(lab)


# ---- connected, and nothing arrives ---------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/813 Subscription working, but callback never called",
          r"keep.?alive|loop\(", r"ping|silen|nothing|fell|longer|in time|exceed", slowest=30)
def the_sketch_never_calls_its_loop(lab):
    broker(lab)

    def act():
        app(lab, "connect=Basement1,5", "subscribe=0,sensors/basement/led", "deaf=25")
        for _ in range(9):
            time.sleep(1)
            sent(lab, "sensors/basement/led")
    return listen(lab, act, patience=20)


@reported(GITHUB + "knolleary/pubsubclient/issues/816 callback is triggered on start but there is no publish",
          HEALTHY)
def an_old_message_comes_at_the_start(lab):
    mosquitto(lab.server)
    sent(lab, "someTopic", "-r", "-m", "on")
    return doctor(lab.phone, "delivery", AT, "-t", "someTopic", "--publish")


@reported(GITHUB + "emsesp/EMS-ESP/issues/631 Missing retained messages at reconnect after broker restart",
          r"retain", r"persist|restart|memory|forg|started")
def the_broker_was_restarted_and_forgot(lab):
    first = mosquitto(lab.server)
    for topic in ("ems-esp/status", "ems-esp/heating_active"):
        sent(lab, topic, "-r", "-m", "online")
    first.terminate()
    first.wait()
    mosquitto(lab.server)
    sent(lab, "ems-esp/boiler_data", "-r", "-m", "{}")
    return doctor(lab.server, "delivery", "localhost", "--retained", "-t", "ems-esp/status")


@reported(GITHUB + "roleoroleo/yi-hack-Allwinner/issues/119 retained messages are retained even the option is disabled",
          r"retain", r"empty|clear|flag|-r\b|remov|delet|without")
def cleared_without_the_flag(lab):
    mosquitto(lab.server)
    sent(lab, "yicam/sound", "-r", "-m", "crying")

    def act():
        for _ in range(2):
            sent(lab, "yicam/sound", "-n", host=lab.phone)
            lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "hass", "-t", "yicam/sound", "-W", "1", check=False)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/400 Duplicate message at MQTT broker",
          r"acknowledg|PUBACK|QoS 1|at least once", r"again|twice|duplicat|\bDUP\b|repeat|resen[dt]|slow|late")
def sent_again_before_the_acknowledgement_came(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    scripted(lab.server, 1883, "relay", 1884, 1.3)

    def act():
        lab.router.start("mosquitto_sub", "-h", SERVER, "-i", "reader", "-q", "1", "-t", "meters/#")
        time.sleep(7)
        python(lab.phone, f"""from client import *
app = Client("{SERVER}", 1883, False)
app.connect("meter-3")
app.wait(7)
for _ in range(3):
    body = text("meters/3") + app.new_id() + b"21.5"
    app.send(0x32, body)
    app.wait(2)
    app.send(0x3A, body)
    app.wait(3)
""").wait(40)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "gaetancollaud/digitalstrom-mqtt/issues/52 MQTT reconnect doesn't re-subscribe",
          r"subscri", r"again|after|anew|new session|clean|once more|did not|does not|never")
def it_comes_back_and_does_not_subscribe(lab):
    mosquitto(lab.server)

    def act():
        client(lab.phone, "connect=digitalstrom,60", "subscribe=0,dss/+/set", "wait=1.5")
        for _ in range(7):
            time.sleep(0.5)
            sent(lab, "dss/light/set")
        client(lab.phone, "connect=digitalstrom,60", "pings=6")
        for _ in range(5):
            time.sleep(1)
            sent(lab, "dss/light/set")
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "emqx/emqx/issues/295 how to support offline messages ?", r"clean")
def nobody_said_clean_false(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "--offline", "-q", "1", "-t", "chat/honger05", "--publish")


@reported(GITHUB + "iobroker-community-adapters/ioBroker.mqtt-client/issues/65 This adapter send no lastwill out",
          r"\b(the|its|a|last|of|no) will\b|will message|will-|testament|\bLWT\b",
          r"DISCONNECT|orderly|proper|clean|regular|goodbye")
def it_says_goodbye_and_expects_its_will(lab):
    mosquitto(lab.server)

    def act():
        lab.router.start("mosquitto_sub", "-h", SERVER, "-i", "watcher", "-t", "iobroker/#")
        time.sleep(0.5)
        for _ in range(2):
            lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "iobroker", "--will-topic", "iobroker/info", "--will-payload",
                          "offline", "-t", "iobroker/set", "-W", "2", check=False)
        time.sleep(1)
    return explain(captured(lab, lab.server, act))


# ---- topics, and who may use them -----------------------------------------------------------------


@reported(GITHUB + "LabVIEW-Open-Source/LV-MQTT-Broker/issues/167 Are wildcards supported when you subscribe to a topic?",
          r"broker|server", r"\+|wildcard")
def a_broker_that_knows_no_plus(lab):
    python(lab.server, """import odd_exchange
odd_exchange.matches = lambda wanted, topic: wanted == topic or wanted.endswith("/#") and topic.startswith(wanted[:-1])
import server
""", 1883, "exchange")
    lab.server.wait_for_port(1883)
    return doctor(lab.phone, "delivery", AT, "-t", "topic1/+/state", "--sent-to", "topic1/pump/state", "--publish")


@reported(GITHUB + "ChrisPulman/MQTTnet.Rx/issues/79 Wild card support", HEALTHY)
def the_library_drops_what_the_broker_sends(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "cmd/#", "--sent-to", "cmd/doSomething", "--publish")


@reported(MOSQUITTO + "1906 pattern keyword in ACL file only applies to users mentioned in the file", HEALTHY)
def a_pattern_is_for_every_user(lab):
    rules = lab.file("acl", "user mqqtspy\ntopic read #\n\npattern readwrite %u/#\npattern read mqttspy/broadcast\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'user1', 'user1')}", f"acl_file {rules}")
    proved(lab.phone, "-u", "user1", "-P", "user1", "-t", "user1/test")
    return doctor(lab.phone, "delivery", AT, "-u", "user1", "-P", "user1", "-t", "user1/test", "--publish")


@reported(GITHUB + "NixOS/nixpkgs/issues/174971 Inconsistent Mosquitto ACL rules", r"\bacl",
          r"topic topic|access type|line \d|acl:\d|read.{0,30}write")
def a_rule_with_its_first_word_twice(lab):
    rules = lab.file("acl", "topic readwrite #\nuser iot_device\ntopic topic write tasmota/discovery/#\n"
                     "topic pattern read cmnd/tasmota/%c/#\n")
    return not_started(lab, "access type", f"acl_file {rules}", "user root")


@reported(GITHUB + "philipparndt/mqtt-analyzer/issues/138 Topic starts with a /", r"/test/topic",
          r"slash|differ|level|begin|lead|not the same|another")
def the_app_leaves_the_first_slash_away(lab):
    mosquitto(lab.server)

    def act():
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "raspberry", "-t", "/test/topic")
        for _ in range(4):
            time.sleep(0.5)
            sent(lab, "test/topic", "-i", "MQTTAnalyzer", "-m", "x")
    return explain(captured(lab, lab.server, act))


@reported(MOSQUITTO + "991 Local moskitto broker does not send published message to remote mosquitto broker",
          r"bridge|forward|passe?s? (it )?on|other broker", open_=True)
def a_bridge_that_brings_and_does_not_take(lab):
    """The remote one lets it subscribe and drops what it publishes; nobody told of that."""
    rules = lab.file("acl", "topic readwrite #\n\nuser alice\ntopic read #\n")
    mosquitto(lab.server, "allow_anonymous true", f"password_file {password_file(lab)}", f"acl_file {rules}")
    mosquitto(lab.server, "connection mylocalhost", f"address {SERVER}:1883", "remote_username alice", "remote_password alice-pw",
              "topic # both 2", "allow_anonymous true", listener=1885, ready=1885, name="local.conf")
    time.sleep(1.5)
    return doctor(lab.phone, "delivery", AT, "-t", "home/lamp", "--publish", "--sent-via", f"{SERVER}:1885")


@reported(MOSQUITTO + "3011 Bridging two brokers and pub/sub to the same topic on both causes infinite message loop",
          r"loop|circle|endless|again and again|more than once|twice|(several|many) times|copies|duplicat", slowest=20)
def two_bridges_hand_it_round(lab):
    for own, other in ((1883, 1885), (1885, 1883)):
        mosquitto(lab.server, "log_type none", f"connection to{other}", f"address 127.0.0.1:{other}", "topic plant/# both 1",
                  "restart_timeout 1", "allow_anonymous true", listener=own, ready=own, name=f"{own}.conf")
    time.sleep(2.5)
    return doctor(lab.phone, "delivery", AT, "-t", "plant/valve", "--publish")


@reported(GITHUB + "emqx/emqx/issues/1501 Shared subscription / same session id",
          r"identifier|client.?id", r"same|twice|two|another|other|\$share", slowest=20)
def workers_that_share_their_identifier(lab):
    mosquitto(lab.server)

    def act():
        for host in (lab.phone, lab.router):
            host.start("mosquitto_sub", "-h", SERVER, "-i", "worker", "-t", "jobs/#")
        for _ in range(8):
            time.sleep(1)
            sent(lab, "jobs/1", "-i", "boss", "-m", "x")
    return explain(captured(lab, lab.server, act))
