"""Connected, and nothing arrives, or twice, or late, or old: reports whose cause the thread established, written down
with their right answers before the doctor was asked. The first harvest."""
import base64
import hashlib
import json
import pathlib
import time

from .cases import Skip, doctor, explain
from .net import SERVER, sh
from .reported import HEALTHY, reported
from .services import mosquitto, password_file, scripted
from .stage_delivery import AT
from .stage_unmet_eighteen import again_and_again, python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_eighteen import SECURITY
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client

SLOW = 25


def told(name, source, *names, **more):
    """A case with this name."""
    def register(function):
        function.__name__ = name
        return reported(source, *names, **{"slowest": SLOW, **more})(function)
    return register


def beside(name, source, wanted, real, *names, **more):
    """Somebody publishes to one topic all the time, and the app subscribes to another."""
    @told(name, source, *names, **more)
    def _(lab):
        mosquitto(lab.server)
        lab.server.start("sh", "-c", 'while sleep 0.2; do mosquitto_pub -h 127.0.0.1 -t "$1" -m 21; done', "sh", real)
        time.sleep(0.5)
        return doctor(lab.phone, "delivery", AT, "-t", wanted)


def kept(name, source, wanted, real, *names, words=(), **more):
    """A message is retained at one topic, and looked for at another."""
    @told(name, source, *names, **more)
    def _(lab):
        mosquitto(lab.server)
        sent(lab, real, "-r", "-m", "online")
        return doctor(lab.phone, "delivery", AT, "--retained", "-t", wanted, *words)


# ---- topics ----------------------------------------------------------------------------------------

beside("the_parent_topic_has_no_data", GITHUB + "mr-manuel/venus-os_dbus-mqtt-pv/issues/42", "balkonsolar",
       "balkonsolar/status/switch:0", r"balkonsolar/#|below|level")
beside("octoprint_publishes_below", GITHUB + "OctoPrint/OctoPrint-MQTT/issues/93", "octoPrint/", "octoPrint/event/Connected",
       r"octoPrint/#|octoPrint/event", is_long=False)
beside("a_trailing_slash_in_the_switch", GITHUB + "home-assistant/core/pull/331", "home/lights/set/1", "home/lights/set/1/",
       r"slash|/1/")
beside("tasmota_turns_the_order_round", GITHUB + "arendst/Tasmota/issues/4639", "tele/plug/SENSOR", "plug/tele/SENSOR",
       r"plug/tele/SENSOR", r"order|turned|round|other way")
beside("a_blank_before_the_topic", "closed set: topics", " home/door", "home/door", r"space|blank")
beside("a_letter_of_another_alphabet", "closed set: topics", "home/d\u043eor", "home/door", r"look|Cyrillic|alphabet|character")
beside("a_line_end_behind_the_topic", "closed set: topics", "home/door\n", "home/door",
       r"control|line end|newline|character|\\n")
beside("the_shell_took_the_system_tree", MOSQUITTO + "727 No data from $SYS/broker/heap/current", "/broker/uptime", "home/door",
       r"\$SYS", r"shell|quot|dollar|variable", open_=False)


@told("emqx_names_on_mosquitto", GITHUB + "emqx/emqx/issues/1226", r"\$SYS/broker/")
def _(lab):
    mosquitto(lab.server, "sys_interval 1")
    return doctor(lab.phone, "delivery", AT, "-t", "$SYS/brokers/+/uptime")


@told("zigbee2mqtt_lives_below_homeassistant", GITHUB + "danielwelch/hassio-zigbee2mqtt/issues/31", r"homeassistant/",
      r"front|prefix|before|level")
def _(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "homeassistant/zigbee2mqtt/bridge/config/permit_join", "--sent-to",
                  "zigbee2mqtt/bridge/config/permit_join", "--publish")


# ---- retained --------------------------------------------------------------------------------------

kept("the_discovery_prefix_is_another", GITHUB + "ironsheep/RPi-Reporter-MQTT2HA-Daemon/issues/49", "homeassistant/#",
     "home-assistant/sensor/rpi/config", r"home-assistant")
kept("the_state_is_kept_in_capitals", "closed set: retained", "Home/Status", "home/status", r"home/status", r"case")
kept("the_state_is_kept_without_a_slash", "closed set: retained", "/home/status", "home/status", r"home/status", r"slash|/ in front")
kept("the_state_is_kept", "closed set: retained", "home/status", "home/status", HEALTHY)


@told("a_group_gets_no_retained_message", GITHUB + "vernemq/vernemq/issues/808", r"shared|\$share|group", r"retain", is_long=False)
def _(lab):
    scripted(lab.server, 1883, "exchange", "kept=state/pump")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "$share/consumers/state/+")


@told("discovery_without_the_flag", GITHUB + "lolouk44/hassio-addons/issues/2", r"retain", r"\bset|flag|without")
def _(lab):
    mosquitto(lab.server)
    again_and_again(lab.server, "homeassistant/sensor/bathroom/config")
    time.sleep(0.3)
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "homeassistant/sensor/bathroom/config")


@told("it_was_kept_for_two_seconds", GITHUB + "dotnet/MQTTnet/issues/1437", r"retain", r"expir|lifetime", is_long=False)
def _(lab):
    mosquitto(lab.server)
    sent(lab, "plant/state", "-V", "5", "-r", "-m", "on", "-D", "publish", "message-expiry-interval", "1")
    time.sleep(2.5)
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "plant/state")


@told("it_is_kept_for_a_minute", "closed set: retained", HEALTHY)
def _(lab):
    mosquitto(lab.server)
    sent(lab, "plant/state", "-V", "5", "-r", "-m", "on", "-D", "publish", "message-expiry-interval", "60")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "plant/state")


@told("a_blank_does_not_clear", GITHUB + "espressif/esp-idf/issues/3186", r"retain", r"empty|clear|flag|-r\b|remov|delet|without")
def _(lab):
    mosquitto(lab.server)
    sent(lab, "mytopic", "-r", "-m", "on")

    def act():
        for _ in range(2):
            sent(lab, "mytopic", "-m", " ", host=lab.phone)
            lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "esp", "-t", "mytopic", "-W", "1", check=False)
    return explain(captured(lab, lab.server, act))


@told("it_asks_for_nothing_retained", GITHUB + "emqx/CocoaMQTT/issues/575", r"retain.?handling|asks? (for|not)|does not want",
      r"retain")
def _(lab):
    mosquitto(lab.server)
    sent(lab, "sonoff/power", "-r", "-m", "on")

    def act():
        for _ in range(2):
            client(lab.phone, "v5", "connect=cocoa,60", "subscribe=1,sonoff/power,8", "wait=1").wait(5)
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "gui", "-t", "sonoff/power", "-W", "1", check=False)
    return explain(captured(lab, lab.server, act))


@told("a_live_message_has_no_flag", GITHUB + "eclipse-paho/paho.mqtt.c/issues/1281", HEALTHY)
def _(lab):
    mosquitto(lab.server)

    def act():
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "state/pump")
        for number in range(3):
            time.sleep(0.4)
            sent(lab, "state/pump", "-r", "-m", str(number))
    return explain(captured(lab, lab.server, act))


# ---- twice, and what nobody asked for --------------------------------------------------------------


@told("two_filters_of_one_client", GITHUB + "node-red/node-red/issues/5962", r"overlap|both|two (of its )?(filters|subscriptions)|"
      r"each (filter|subscription)|more than one")
def _(lab):
    mosquitto(lab.server, "allow_duplicate_messages true")

    def act():
        client(lab.phone, "connect=node-red,60", "subscribe=0,#", "subscribe=0,example/remote/action", "wait=6")
        for _ in range(4):
            time.sleep(0.8)
            sent(lab, "example/remote/action", "-i", "remote", "-m", "arrow_left")
    return explain(captured(lab, lab.server, act))


@told("a_subscription_of_last_week", GITHUB + "mqttjs/MQTT.js/issues/293", r"session|clean")
def _(lab):
    mosquitto(lab.server)
    client(lab.phone, "connect=mqttjs,60,keep", "subscribe=0,not/subscribed/to", "wait=0.3").wait(5)

    def act():
        client(lab.phone, "connect=mqttjs,60,keep", "subscribe=0,test/mqtt", "wait=5")
        for _ in range(4):
            time.sleep(0.7)
            sent(lab, "not/subscribed/to", "-i", "other", "-m", "x")
    return explain(captured(lab, lab.server, act))


# ---- rights ----------------------------------------------------------------------------------------


def security(lab, user, roles):
    """Dynamic security, where this user has a role of these rights."""
    if not pathlib.Path(SECURITY).exists():
        raise Skip("mosquitto's dynamic security is not installed")
    path = lab.file("dynamic-security.json")
    sh("mosquitto_ctrl", "dynsec", "init", path, "admin", "admin-pw")
    rules = json.loads(pathlib.Path(path).read_text())
    salt = b"0123456789ab"
    rules["clients"].append({"username": user, "iterations": 101, "salt": base64.b64encode(salt).decode(),
                             "password": base64.b64encode(hashlib.pbkdf2_hmac("sha512", f"{user}-pw".encode(), salt,
                                                                              101)).decode(),
                             "roles": [{"rolename": "app"}]})
    rules["roles"].append({"rolename": "app", "acls": [
        {"acltype": kind, "topic": topic, "priority": 0, "allow": True} for kind, topic in roles]})
    # What clients may receive is allowed by default.
    rules["defaultACLAccess"]["publishClientReceive"] = False
    pathlib.Path(path).write_text(json.dumps(rules))
    return "allow_anonymous false", f"plugin {SECURITY}", f"plugin_opt_config_file {path}"


@told("a_role_that_may_not_receive", MOSQUITTO + "2549 ACL for subscribe not working?", r"receiv|\bread", r"allow|may not|right|permi")
def _(lab):
    mosquitto(lab.server, *security(lab, "lucas", (("publishClientSend", "sensor"), ("subscribeLiteral", "sensor"))))
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "-u", "lucas", "-P", "lucas-pw", "-t", "sensor",
                  "--publish")


@told("aws_grants_and_does_not_give", GITHUB + "copercini/esp32-iot-examples/issues/7", r"read|receiv")
def _(lab):
    scripted(lab.server, 1883, "exchange", "refuse=00", "only=esp32/sub")
    return doctor(lab.phone, "delivery", AT, "-t", "esp32/sub", "--publish", "-V", "3.1.1")


@told("a_pattern_of_the_client_identifier", "closed set: rights", r"%c|client identifier")
def _(lab):
    rules = lab.file("acl", "pattern readwrite devices/%c/#\n")
    mosquitto(lab.server, "allow_anonymous true", f"acl_file {rules}")
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "-t", "devices/esp32/state", "--publish")


@told("one_topic_is_denied", "closed set: rights", r"deny", r"acl:3")
def _(lab):
    users = password_file(lab)
    rules = lab.file("acl", "user alice\ntopic readwrite #\ntopic deny plant/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {users}", f"acl_file {rules}")
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "-u", "alice", "-P", "alice-pw", "-t", "plant/valve",
                  "--publish")


# ---- sizes, bridges --------------------------------------------------------------------------------


@told("a_camera_image_is_too_large", GITHUB + "php-mqtt/laravel-client/issues/25", r"message_size_limit|too large|size")
def _(lab):
    mosquitto(lab.server, "message_size_limit 100000")
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "--size", "1M", "-V", "3.1.1")


@told("a_bridge_that_adds_its_name", MOSQUITTO + "1055 Issues about Bridging Mechanism", r"b2/sensor1", r"prefix|front|bridge")
def _(lab):
    mosquitto(lab.server)
    mosquitto(lab.server, "connection b", "address 127.0.0.1:1883", 'topic # out 0 "" b2/', "allow_anonymous true", listener=1884,
              ready=1884, name="b2.conf")
    time.sleep(1)
    return doctor(lab.phone, "delivery", AT, "-t", "sensor1", "--publish", "--sent-via", f"{SERVER}:1884")


@told("what_was_sent_while_it_was_away", GITHUB + "Mq-b/Lab2QRCode/issues/34", r"clean|session")
def _(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "--offline", "-q", "1", "-t", "lab/code", "--publish")


@told("it_subscribes_with_qos_0", "closed set: sessions", r"QoS 0|-q 1|QoS 1")
def _(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "--offline", "-c", "-q", "0", "-t", "lab/code", "--publish")
