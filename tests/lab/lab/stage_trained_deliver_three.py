"""Connected, and nothing arrives, or twice, or late, or old: the third harvest, written down before it was asked."""
import time

from .cases import doctor, explain
from .net import SERVER
from .reported import HEALTHY
from .services import mosquitto
from .stage_delivery import AT
from .stage_trained_deliver import beside, kept, security, told
from .stage_trained_deliver_two import HERE, heard, ruled, typed
from .stage_unmet_eighteen import python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client

# ---- topics ----------------------------------------------------------------------------------------

beside("a_blank_inside_the_topic", GITHUB + "fredlcore/BSB-LAN/issues/659", "BSB-LAN/0", "BSB-LAN/ 0", r"space|blank")
beside("all_sensors_below_a_slash", GITHUB + "influxdata/telegraf/issues/5138", "sensors/#", "/sensors/temp", r"slash|/ in front|/sensors")
beside("the_relay_in_small_letters", GITHUB + "sieren/Homepoint/issues/89", "Strompumpe/stat/power1", "Strompumpe/stat/POWER1", r"case")
beside("the_slash_behind_the_prefix_is_missing", GITHUB + "openvehicles/Open-Vehicle-Monitoring-System-3/issues/689",
       "ovms/twizy/metric", "ovms/twizymetric", r"ovms/twizymetric")
beside("the_shell_left_a_slash_and_a_hash", MOSQUITTO + "727 No data from $SYS/broker/heap/current", "/#", "home/door", r"\$SYS",
       r"shell|quot")
beside("it_hears_what_it_wants", "closed set: topics", "frigate/+/person", "frigate/door/person", HEALTHY)
kept("discovery_in_mixed_case", GITHUB + "ironsheep/RPi-Reporter-MQTT2HA-Daemon/issues/134", "HomeAssistant/#",
     "homeassistant/sensor/rpi/config", r"homeassistant/sensor/rpi/config", r"case")
typed("shared_with_a_d", GITHUB + "eclipse-paho/paho.mqtt.golang/issues/556", "$shared/group/blabla", "blabla", r"\$share/")
typed("a_zero_more", GITHUB + "jpmens/mosquitto-auth-plug/issues/141", "ds/00001/cmd", "ds/0001/cmd", r"00001", r"\b0001\b")
typed("an_empty_line_in_front", GITHUB + "deepessh/mqttclpro/issues/58", "test/opendoor", "\ntest/opendoor", r"control|line end|nobody sees")
typed("prefix_and_name_run_together", GITHUB + "openvehicles/Open-Vehicle-Monitoring-System-3/issues/689", "ovms/twizy/metric",
      "ovms/twizymetric", r"slash|/")
heard("tasmota_wants_it_the_other_way_round", GITHUB + "arendst/Tasmota/issues/4699", "plug/cmnd/POWER", "cmnd/plug/POWER", r"order")
heard("captured_with_a_plus_too_few", "closed set: captured", "home/+", "home/cellar/door", r"level|\+")

# ---- twice -----------------------------------------------------------------------------------------


@told("the_sender_sends_it_twice", GITHUB + "ioBroker/ioBroker.mqtt/issues/424", r"twice|two|second|again", r"sender|publish|iobroker")
def _(lab):
    mosquitto(lab.server)

    def act():
        client(lab.router, "connect=relay,60", "subscribe=0,rel01/cmnd/POWER", "wait=6")
        python(lab.phone, f"""from client import *
app = Client("{SERVER}", 1883, False)
app.connect("iobroker")
for _ in range(4):
    for _ in range(2):
        app.send(0x30, text("rel01/cmnd/POWER") + b"TOGGLE")
    app.wait(1)
""").wait(20)
    return explain(captured(lab, lab.server, act))


@told("a_triangle_of_bridges", MOSQUITTO + "204 duplicated messages received when bridging", r"twice|duplic|more than once|copies|loop",
      r"bridge")
def _(lab):
    mosquitto(lab.server, "log_type none")
    mosquitto(lab.server, "connection a", "address 127.0.0.1:1883", "topic pi3/# out 0", "allow_anonymous true", listener=1884,
              ready=1884, name="b.conf")
    mosquitto(lab.server, "connection b", "address 127.0.0.1:1884", "topic pi3/# out 0", "connection c", "address 127.0.0.1:1883",
              "topic pi3/# out 0", "allow_anonymous true", listener=1885, ready=1885, name="c.conf")
    time.sleep(1.5)
    return doctor(lab.phone, "delivery", AT, "-t", "pi3/lamp", "--publish", "--sent-via", f"{SERVER}:1885")


# ---- rights and queues -----------------------------------------------------------------------------

ruled("a_pattern_of_a_level_below", "pattern readwrite devices/%u/+\n", "devices/73", "73", r"devices/(%u|73)/\+")


@told("a_role_that_subscribes_literally", "closed set: rights", r"subscribeLiteral|subscribePattern|subscri", r"plant")
def _(lab):
    rules = security(lab, "lucas", (("publishClientSend", "plant/#"), ("publishClientReceive", "plant/#"),
                                    ("subscribeLiteral", "plant/#")))
    mosquitto(lab.server, *rules)
    return doctor(lab.server, "delivery", HERE, "--on-broker", "-u", "lucas", "-P", "lucas-pw", "-t", "plant/valve", "--publish")


@told("a_queue_of_two", MOSQUITTO + "2733 Some questions about the use of Mosquitto storage", r"queue")
def _(lab):
    mosquitto(lab.server, "max_queued_messages 2", "max_inflight_messages 1")
    return doctor(lab.server, "delivery", HERE, "--on-broker", "--offline", "-c", "-q", "1", "--messages", "20", "-t", "lab/code",
                  "--publish")


# ---- old -------------------------------------------------------------------------------------------


@told("an_older_value_is_kept", GITHUB + "dotnet/MQTTnet/issues/749", r"retain", r"old")
def _(lab):
    mosquitto(lab.server)
    sent(lab, "tank/level", "-r", "-m", "12")

    def act():
        for number in range(3):
            sent(lab, "tank/level", "-i", "tank", "-m", str(60 + number))
            time.sleep(0.5)
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "tank/#", "-W", "1", check=False)
    return explain(captured(lab, lab.server, act))


@told("in_chinese_as_well", "closed set: captured", r"保留", r"retain", is_long=False)
def _(lab):
    mosquitto(lab.server)
    sent(lab, "tank/level", "-r", "-m", "12")

    def act():
        sent(lab, "tank/level", "-i", "tank", "-n")
        time.sleep(0.5)
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "tank/#", "-W", "1", check=False)
    return explain(captured(lab, lab.server, act), "--lang", "zh")
