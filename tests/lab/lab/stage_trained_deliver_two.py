"""Connected, and nothing arrives, or twice, or late, or old: the second harvest, written down before it was asked."""
import time

from .cases import case, doctor, explain
from .net import SERVER
from .reported import HEALTHY, on_one_line
from .services import mosquitto, password_file, scripted
from .stage_delivery import AT
from .stage_trained_deliver import beside, kept, told
from .stage_unmet_eighteen import again_and_again, python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import CLIENT, GITHUB, client

HERE = "localhost:1883"
FOLDER = CLIENT.rsplit("/", 1)[0]

# ---- topics ----------------------------------------------------------------------------------------

beside("frigate_has_another_prefix", GITHUB + "SgtBatten/HA_blueprints/issues/57", "frigate/events", "frigate_nas/events",
       r"frigate_nas/events")
beside("frigate_tells_no_events", GITHUB + "SgtBatten/HA_blueprints/issues/289", "frigate/events", "frigate/reolink/motion", HEALTHY)
beside("a_full_width_slash", "closed set: topics", "sensor\uff0f温度", "sensor/温度", r"look|full-width")
beside("sparkplug_of_a_device", GITHUB + "thingsboard/tbmq/issues/120", "spBv1.0/Group/+/Node", "spBv1.0/Group/DDATA/Node/Device",
       r"Node/#|level|below")
beside("a_node_is_in_between", "closed set: discovery", "homeassistant/sensor/+/config", "homeassistant/sensor/node/temp/config",
       r"level|\+")
kept("the_state_is_at_another_level", "closed set: retained", "shelly/relay/0", "shellies/shelly/relay/0", r"shellies/shelly/relay/0")


def typed(name, source, wanted, real, *names, **more):
    @told(name, source, *names, **more)
    def _(lab):
        mosquitto(lab.server)
        return doctor(lab.phone, "delivery", AT, "-t", wanted, "--sent-to", real, "--publish")


typed("one_letter_too_many", "closed set: topics", "sensors/#", "sensor/1", r"sensors?\b", r"spelt|spell|letter")
typed("slashes_on_both_ends", "closed set: topics", "/home/door/", "home/door", r"slash|/")
typed("below_the_command_topic", GITHUB + "home-assistant/core/pull/331", "zigbee2mqtt/lamp", "zigbee2mqtt/lamp/set", r"below|lamp/#|level")


@told("somebody_else_uses_the_topic", GITHUB + "ehong-tl/mqttsn-python3-micropython/issues/2", HEALTHY)
def _(lab):
    mosquitto(lab.server)
    again_and_again(lab.server, "test/topic")
    time.sleep(0.3)
    return doctor(lab.phone, "delivery", AT, "-t", "test/topic", "--publish")


def heard(name, source, wanted, real, *names, words=(), **more):
    """One app subscribes, another publishes elsewhere, and the traffic was captured."""
    @told(name, source, *names, **more)
    def _(lab):
        mosquitto(lab.server)

        def act():
            client(lab.phone, "connect=app,60", f"subscribe=0,{wanted}", "wait=4")
            for _ in range(4):
                time.sleep(0.6)
                sent(lab, real, "-i", "sensor", "-m", "21", *words)
        return explain(captured(lab, lab.server, act))


heard("captured_with_a_blank_behind", "closed set: captured", "home/door", "home/door ", r"space|blank")
heard("captured_in_capitals", "closed set: captured", "Home/door", "home/door", r"case")
heard("captured_without_oddity", "closed set: captured", "home/door", "home/door", HEALTHY)
heard("captured_with_two_topics", "closed set: captured", "home/door", "garden/gate", HEALTHY)

@told("a_line_end_in_the_filter", "closed set: captured", r"control|line end|\\bx0A|character")
def _(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            python(lab.phone, f"""from client import *
app = Client("{SERVER}", 1883, False)
app.connect("esp")
app.subscribe(0, "home/door\\n")
app.wait(0.3)
""").wait(5)
    return explain(captured(lab, lab.server, act))


@told("asked_with_a_line_end", "closed set: topics", r"control|line end|character")
def _(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "home/door\n", "--publish")


# ---- retained, and old -----------------------------------------------------------------------------


@told("online_without_the_flag", GITHUB + "F1p/Home-Assistant-Mitsubishi-CN105-to-MQTT/issues/60", r"retain", r"online|\bwill\b|LWT|offline",
      is_long=False)
def _(lab):
    """The will is retained, and what takes it back is not: late subscribers read the will of last time."""
    mosquitto(lab.server)
    sent(lab, "cn105/LWT", "-r", "-m", "offline")

    def act():
        python(lab.phone, f"""from client import *
app = Client("{SERVER}", 1883, False)
app.send(0x10, text("MQTT") + bytes([4, 0x26]) + struct.pack(">H", 60) + text("cn105") + text("cn105/LWT") + text("offline"))
app.wait(0.3)
app.send(0x30, text("cn105/LWT") + b"online")
app.wait(4)
""")
        time.sleep(1.2)
        for _ in range(2):
            lab.router.run("mosquitto_sub", "-h", SERVER, "-i", "hass", "-t", "cn105/LWT", "-W", "1", check=False)
    return explain(captured(lab, lab.server, act))


@told("somebody_cleared_it", "closed set: retained", r"clear", r"empty")
def _(lab):
    mosquitto(lab.server)
    sent(lab, "plant/state", "-r", "-m", "on")

    def act():
        sent(lab, "plant/state", "-r", "-n", "-i", "tidy")
        time.sleep(0.5)
        lab.router.run("mosquitto_sub", "-h", SERVER, "-i", "hass", "-t", "plant/state", "-W", "2", check=False)
    return explain(captured(lab, lab.server, act))


@told("a_retained_command_comes_again", GITHUB + "arendst/Tasmota/issues/1162", HEALTHY)
def _(lab):
    mosquitto(lab.server)
    sent(lab, "cmnd/plug/POWER", "-r", "-m", "ON")
    return doctor(lab.phone, "delivery", AT, "-t", "cmnd/plug/POWER")


# ---- QoS, No Local, sizes, late --------------------------------------------------------------------


@told("no_local_needs_mqtt_5", GITHUB + "emqx/emqx/issues/4153", r"MQTT 5|-V 5")
def _(lab):
    mosquitto(lab.server)
    return on_one_line(doctor(lab.phone, "delivery", AT, "--no-local", "-V", "3.1.1"))


@told("the_senders_qos_counts", GITHUB + "emqx/emqx/issues/1172", HEALTHY)
def _(lab):
    mosquitto(lab.server)

    def act():
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "app", "-q", "2", "-t", "test")
        for _ in range(3):
            time.sleep(0.5)
            sent(lab, "test", "-q", "1", "-i", "other", "-m", "x")
    return explain(captured(lab, lab.server, act))


@told("it_grants_less_than_was_asked", GITHUB + "mqttjs/MQTT.js/issues/313", HEALTHY)
def _(lab):
    scripted(lab.server, 1883, "exchange", "grant=01")
    answer = doctor(lab.phone, "delivery", AT, "-t", "uplink", "--publish", "-V", "3.1.1")
    if "delivery-qos-downgraded" not in [warning["id"] for warning in answer.report["warnings"]]:
        answer.found = "no word of the QoS"
    return answer


@case("delivery-late", layer="delivery", slowest=20, is_long=True)
def three_seconds_late(lab):
    """github.com/eclipse-mosquitto/mosquitto/issues/312 Delay in Receiving messages at Subscriber"""
    scripted(lab.server, 1883, "exchange", "late=1.5")
    return doctor(lab.phone, "delivery", AT, "-t", "home/door", "--publish", "-V", "3.1.1", "--timeout", "20s")


@told("the_subscriber_takes_100_bytes", "closed set: sizes", r"Maximum Packet Size|too large|takes|bytes")
def _(lab):
    mosquitto(lab.server)

    def act():
        python(lab.phone, f"""from client import *
app = Client("{SERVER}", 1883, True)
app.send(0x10, text("MQTT") + bytes([5, 2]) + struct.pack(">H", 60) + bytes([5, 0x27, 0, 0, 0, 100]) + text("tiny"))
app.wait(0.3)
app.subscribe(1, "cam/image")
app.wait(5)
""")
        for size in (20, 400, 400, 400):
            time.sleep(0.8)
            sent(lab, "cam/image", "-q", "1", "-i", "camera", "-m", "x" * size)
    return explain(captured(lab, lab.server, act))


# ---- rights ----------------------------------------------------------------------------------------


def ruled(name, rules, topic, user, *names, words=("--publish",), **more):
    @told(name, "closed set: rights", *names, **more)
    def _(lab):
        login = ("-u", user, "-P", f"{user}-pw") if user else ()
        lines = ("allow_anonymous true", f"acl_file {lab.file('acl', rules)}")
        mosquitto(lab.server, *lines, *((f"password_file {password_file(lab, user, f'{user}-pw')}",) if user else ()))
        return doctor(lab.server, "delivery", HERE, "--on-broker", "-t", topic, *words, *login)


ruled("the_rules_name_her_with_a_capital", "user Alice\ntopic readwrite #\n", "home/door", "alice", r"Alice|case|no lines for alice")
ruled("a_pattern_needs_a_user", "pattern readwrite %u/#\n", "alice/door", "", r"%u|user name")
ruled("a_rule_for_all_below_a_user", "user bob\ntopic readwrite bob/#\n\n# everybody\ntopic readwrite home/#\n", "home/door", "alice",
      r"acl:5|bob|no lines for alice")
ruled("a_rule_of_one_level", "user alice\ntopic readwrite home/+\n", "home/cellar/door", "alice", r"home/\+")
ruled("a_rule_with_a_slash_in_front", "user alice\ntopic readwrite /home/#\n", "home/door", "alice", r"/home/#", r"slash|/ in front|front")
ruled("a_rule_in_capitals", "user alice\ntopic readwrite Home/#\n", "home/door", "alice", r"Home/#", r"case|capital")
ruled("a_rule_that_fits", "user alice\ntopic readwrite home/#\n", "home/door", "alice", HEALTHY)
