"""What the user sees (--symptom) of states and commands: what is old, what is missing after a start, what is shown as there
or gone, what does nothing, what cannot be read or is not listed. Each with its right answer, and each once where the usual
reason is not there and must not be blamed. From what MQTT's specification and Home Assistant's documents say; nobody
reported these."""
import json
import os
import pathlib
import signal
import time

from .cases import DOCTOR, Answer, environment, explain
from .net import SERVER
from .reported import HEALTHY, reported
from .services import mosquitto
from .stage_unmet_eighteen import python, sent
from .stage_unmet_seven import captured
from .stage_unmet_twenty import count, staged, subscriber

CLOSED = "closed set: "
TALK = f"""from talk import *
import time
HOST = "{SERVER}"
"""


def seen(symptom, lab, act):
    return explain("--symptom", symptom, captured(lab, lab.server, act))


def talks(host, code):
    return python(host, TALK + code)


# ---- old messages ---------------------------------------------------------------------------------


def kept_at_each_start(lab):
    mosquitto(lab.server)
    for door in "abc":
        sent(lab, f"alarms/{door}", "-r", "-m", "open")

    def act():
        for _ in range(2):
            app = subscriber(lab.phone, "android", "-v", "-q", "1", "-t", "alarms/#")
            time.sleep(0.8)
            staged(count("open", app) == 3, "not all came")
            app.terminate()
            app.wait()
    return act


@reported(CLOSED + "old messages", r"retain", r"3 topics|alarms/")
def old_ones_are_retained(lab):
    return seen("old-messages", lab, kept_at_each_start(lab))


@reported(CLOSED + "nobody complains", HEALTHY)
def retained_ones_are_meant(lab):
    return explain(captured(lab, lab.server, kept_at_each_start(lab)))


@reported(CLOSED + "old messages", r"session|kept them|away", r"jobs", unsaid=r"retained messages when it subscribes")
def old_ones_waited_in_the_session(lab):
    mosquitto(lab.server)

    def act():
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "worker", "-c", "-q", "1", "-t", "jobs/#", "-E")
        for number in range(3):
            sent(lab, "jobs/new", "-q", "1", "-m", str(number))
        time.sleep(2)
        worker = subscriber(lab.phone, "worker", "-c", "-q", "1", "-t", "jobs/#")
        time.sleep(1)
        staged(count("2", worker) == 1, "they did not come")
    return seen("old-messages", lab, act)


@reported(CLOSED + "old messages", r"itself|again at each start|anew", r"flow/greeting")
def the_app_says_the_same_at_each_start(lab):
    mosquitto(lab.server)

    def act():
        panel = subscriber(lab.router, "panel", "-t", "flow/#")
        time.sleep(0.5)
        for _ in range(3):
            sent(lab, "flow/greeting", "-i", "nodered", "-m", "door opened at 7")
            time.sleep(0.5)
        staged(count("door", panel) == 3, "it did not come")
    return seen("old-messages", lab, act)


# ---- no last value --------------------------------------------------------------------------------


def later(lab, *how, filters="hall/#"):
    mosquitto(lab.server)

    def act():
        sent(lab, "hall/temp", "-i", "sensor", "-m", "21", *how)
        time.sleep(2)
        subscriber(lab.phone, "panel", "-t", filters)
        time.sleep(3)
        sent(lab, "hall/temp", "-i", "sensor", "-m", "22", *how)
        time.sleep(0.5)
    return act


@reported(CLOSED + "no last value", r"without retain|retain flag", r"hall/temp", r"sensor")
def the_value_is_not_retained(lab):
    return seen("no-last-value", lab, later(lab))


@reported(CLOSED + "no last value", r"shared", r"retained")
def a_shared_reader_gets_nothing_kept(lab):
    return seen("no-last-value", lab, later(lab, "-r", filters="$share/panels/hall/#"))


@reported(CLOSED + "no last value, and it came", r"no reason|nothing", r"came to a subscriber: [1-9]",
          unsaid=r"published .* without retain")
def the_value_came_and_is_not_shown(lab):
    return seen("no-last-value", lab, later(lab, "-r"))


@reported(CLOSED + "nobody complains", HEALTHY)
def values_are_not_retained_and_nobody_minds(lab):
    return explain(captured(lab, lab.server, later(lab)))


# ---- there or gone --------------------------------------------------------------------------------


@reported(CLOSED + "shown online", r"no will", r"plug/status")
def nothing_tells_that_it_goes(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "panel", "-t", "plug/#")
        time.sleep(0.5)
        plug = talks(lab.phone, """app = Talk(HOST).connect("plug-1")
app.publish("plug/status", "online", retain=1)
app.wait(20)
""")
        time.sleep(1.5)
        plug.kill()
        time.sleep(2)
    return seen("shown-online", lab, act)


@reported(CLOSED + "shown offline", r"\bwill\b", r"plug/LWT", r"plug/availability", r"another|other")
def its_will_goes_elsewhere(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "panel", "-t", "plug/LWT")
        time.sleep(0.5)
        for _ in range(2):
            plug = talks(lab.phone, """app = Talk(HOST).connect("plug-1", will=("plug/LWT", "Offline", 1))
app.publish("plug/availability", "Online", retain=1)
app.wait(20)
""")
            time.sleep(1.5)
            plug.kill()
            plug.wait()
            time.sleep(0.5)
    return seen("shown-offline", lab, act)


def announced(lab, config, *then, topic="homeassistant/sensor/s1/config", filters=("homeassistant/#", "s1/#")):
    """Home Assistant is there; the device announces itself, and then publishes."""
    mosquitto(lab.server)

    def act():
        words = [word for each in filters for word in ("-t", each)]
        subscriber(lab.router, "homeassistant", "-v", *words)
        time.sleep(0.5)
        text = config if isinstance(config, str) else json.dumps(config)
        code = f"app = Talk(HOST).connect('s1-device')\napp.publish({topic!r}, {text!r}, retain=1)\n"
        for where, what in then:
            code += f"app.publish({where!r}, {what!r}, retain=1)\n"
        talks(lab.phone, code + "app.wait(4)\napp.goodbye()\n").wait(10)
        time.sleep(0.5)
    return act


GOOD = {"name": "Hall", "unique_id": "s1", "state_topic": "s1/state", "availability_topic": "s1/lwt",
        "value_template": "{{ value_json.temp }}"}


@reported(CLOSED + "shown offline", r"s1/lwt", r"Online", r"case|payload_available|online")
def availability_in_other_words(lab):
    return seen("shown-offline", lab, announced(lab, GOOD, ("s1/lwt", "Online"), ("s1/state", '{"temp":21}')))


@reported(CLOSED + "shown offline", r"s1/lwt", r"nobody|never|not published|unavailable")
def availability_is_never_told(lab):
    return seen("shown-offline", lab, announced(lab, GOOD, ("s1/state", '{"temp":21}')))


@reported(CLOSED + "shown offline, and all is well", r"no reason|nothing", unsaid=r"knows only|nobody publishes there")
def availability_is_told_well(lab):
    return seen("shown-offline", lab, announced(lab, GOOD, ("s1/lwt", "online"), ("s1/state", '{"temp":21}')))


# ---- no reaction ----------------------------------------------------------------------------------

LAMP = """app = Talk(HOST).connect("lamp").subscribe("lamp/set")
end = time.monotonic() + 14
while time.monotonic() < end:
    app.heard = b""
    app.wait(0.2)
    if b"ON" in app.heard or b"OFF" in app.heard:
        app.publish("lamp/state", "done")
"""


@reported(CLOSED + "no reaction", r"\bON\b", r"\bon\b", r"form|case|differ", slowest=25)
def the_lamp_wants_capitals(lab):
    mosquitto(lab.server)

    def act():
        talks(lab.phone, LAMP)
        time.sleep(1)
        for text in ("ON", "on", "OFF", "on"):
            sent(lab, "lamp/set", "-i", "app", "-m", text)
            time.sleep(3.2)
    return seen("no-reaction", lab, act)


@reported(CLOSED + "no reaction", r"lamp/state", r"lamp/set", slowest=20)
def the_command_goes_to_the_state(lab):
    mosquitto(lab.server)

    def act():
        talks(lab.phone, LAMP)
        time.sleep(1)
        for _ in range(3):
            sent(lab, "lamp/state", "-i", "app", "-m", "ON")
            time.sleep(0.5)
    return seen("no-reaction", lab, act)


@reported(CLOSED + "no reaction", r"away|nobody was there|not connected", r"lamp/set")
def the_lamp_was_away(lab):
    mosquitto(lab.server)

    def act():
        lab.phone.run("timeout", "2", "mosquitto_sub", "-h", SERVER, "-i", "lamp", "-t", "lamp/set", check=False)
        sent(lab, "lamp/set", "-i", "app", "-m", "ON")
        time.sleep(2)
        subscriber(lab.phone, "lamp", "-t", "lamp/set")
        time.sleep(2)
    return seen("no-reaction", lab, act)


# ---- unreadable -----------------------------------------------------------------------------------


def readings(lab, *texts):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "reader", "-t", "up/#")
        time.sleep(0.5)
        for text in texts:
            talks(lab.phone, f"app = Talk(HOST).connect('node')\napp.publish('up/node', {text!r})\napp.wait(0.2)\n"
                  "app.goodbye()\n").wait(5)
    return act


@reported(CLOSED + "unreadable", r"Protocol Buffers|protobuf", r"up/node")
def it_is_protobuf(lab):
    return seen("unreadable", lab, readings(lab, b"\x08\x96\x01\x12\x05hello", b"\x08\x97\x01\x12\x05again"))


@reported(CLOSED + "unreadable", r"Python", r"json\.dumps")
def it_is_pythons_own(lab):
    return seen("unreadable", lab, readings(lab, "{'temp': 21, 'on': True}"))


@reported(CLOSED + "unreadable", r"JSON", r"cut|middle|ends|none|small")
def it_is_cut(lab):
    return seen("unreadable", lab, readings(lab, '{"temp":21,"room":"ha'))


@reported(CLOSED + "unreadable, and it is whole JSON", r"no reason|nothing", r"whole JSON", unsaid=r"is no JSON|thrown away")
def it_is_good_json(lab):
    return seen("unreadable", lab, readings(lab, '{"temp":21}', '{"temp":22}'))


@reported(CLOSED + "nobody complains", HEALTHY)
def bytes_are_meant(lab):
    return explain(captured(lab, lab.server, readings(lab, b"\x08\x96\x01\x12\x05hello", b"\x08\x97\x01\x12\x05again")))


# ---- not listed -----------------------------------------------------------------------------------


@reported(CLOSED + "not listed", r"prefix|under", r"hass/", r"homeassistant")
def announced_under_another_prefix(lab):
    return seen("not-listed", lab, announced(lab, GOOD, ("s1/lwt", "online"), topic="hass/sensor/s1/config"))


@reported(CLOSED + "not listed", r"JSON", r"homeassistant/sensor/s1/config", r"buffer|small|cut|no JSON")
def the_announcement_is_cut(lab):
    return seen("not-listed", lab, announced(lab, json.dumps(GOOD)[:60], ("s1/lwt", "online")))


@reported(CLOSED + "not listed", r"s1/state", r"s1/SENSOR", r"state_topic|nobody publishes")
def the_value_is_elsewhere(lab):
    return seen("not-listed", lab, announced(lab, GOOD, ("s1/lwt", "online"), ("s1/SENSOR", '{"temp":21}')))


@reported(CLOSED + "not listed", r"\btemp\b", r"field|value_template")
def the_field_has_another_name(lab):
    return seen("not-listed", lab, announced(lab, GOOD, ("s1/lwt", "online"), ("s1/state", '{"temperature":21}')))


@reported(CLOSED + "not listed", r"unique_id|same id", r"s2")
def two_of_one_identifier(lab):
    return seen("not-listed", lab, announced(lab, GOOD, ("homeassistant/sensor/s2/config", json.dumps(GOOD)),
                                             ("s1/lwt", "online"), ("s1/state", '{"temp":21}')))


@reported(CLOSED + "not listed", r"discovery|announce", r"nobody makes|none|no announcement")
def nothing_is_announced(lab):
    return seen("not-listed", lab, announced(lab, "21", ("s1/state", "22"), topic="s1/state"))


@reported(CLOSED + "not listed, and all is well", r"no reason|nothing", r"whole JSON: 1")
def announced_well(lab):
    return seen("not-listed", lab, announced(lab, GOOD, ("s1/lwt", "online"), ("s1/state", '{"temp":21}')))


@reported(CLOSED + "nobody complains", HEALTHY)
def announced_elsewhere_and_nobody_minds(lab):
    return explain(captured(lab, lab.server, announced(lab, GOOD, ("s1/lwt", "online"), topic="hass/sensor/s1/config")))


# ---- it cannot send, it drops ---------------------------------------------------------------------


@reported(CLOSED + "cannot send", r"at once|before|without having published", r"script")
def it_leaves_before_it_sends(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            talks(lab.phone, "app = Talk(HOST).connect('script')\napp.goodbye()\n").wait(5)
            time.sleep(0.3)
    return seen("cannot-send", lab, act)


@reported(CLOSED + "cannot send, and it sends", r"no reason|nothing", unsaid=r"script.*(at once|has sent no)")
def it_sends_well(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "reader", "-t", "up")
        time.sleep(0.5)
        for _ in range(3):
            sent(lab, "up", "-i", "script", "-q", "1", "-m", "x", host=lab.phone)
            time.sleep(0.3)
    return seen("cannot-send", lab, act)


def leaves_each_time(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            talks(lab.phone, "app = Talk(HOST).connect('node').subscribe('a')\napp.publish('b', 'x')\napp.wait(1.5)\n"
                  "app.goodbye()\n").wait(8)
            time.sleep(0.3)
    return act


@reported(CLOSED + "drops", r"itself", r"node", slowest=20)
def it_leaves_by_itself(lab):
    return seen("drops", lab, leaves_each_time(lab))


@reported(CLOSED + "nobody complains", HEALTHY, slowest=20)
def it_comes_and_goes(lab):
    return explain(captured(lab, lab.server, leaves_each_time(lab)))


# ---- what is seen, and the usual reason is not there ----------------------------------------------


def told_all_along(lab):
    """A sensor publishes, a panel reads, and both stay."""
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "panel", "-t", "hall/#")
        time.sleep(0.5)
        talks(lab.phone, """app = Talk(HOST).connect("sensor", will=("hall/lwt", "offline", 1)).subscribe("hall/set")
app.publish("hall/lwt", "online", retain=1)
for number in range(6):
    app.publish("hall/temp", str(20 + number))
    app.wait(0.5)
app.wait(2)
""").wait(10)
    return act


@reported(CLOSED + "old messages, and all are new", r"no reason|nothing", r"came to a subscriber: 0", unsaid=r"hall/temp")
def all_of_it_is_new(lab):
    return seen("old-messages", lab, told_all_along(lab))


@reported(CLOSED + "drops, and nothing drops", r"no reason|nothing", unsaid=r"itself ended")
def it_stays_connected(lab):
    return seen("drops", lab, told_all_along(lab))


@reported(CLOSED + "nobody complains", HEALTHY)
def told_all_along_and_well(lab):
    return explain(captured(lab, lab.server, told_all_along(lab)))


@reported(CLOSED + "no reaction, and it reacts", r"no reason|nothing", unsaid=r"form differs|published nothing", slowest=20)
def the_lamp_obeys(lab):
    mosquitto(lab.server)

    def act():
        talks(lab.phone, LAMP)
        time.sleep(1)
        for text in ("ON", "OFF"):
            sent(lab, "lamp/set", "-i", "app", "-m", text)
            time.sleep(3.2)
    return seen("no-reaction", lab, act)


def will_of(lab, end):
    mosquitto(lab.server)

    def act():
        panel = subscriber(lab.router, "panel", "-v", "-t", "plug/#")
        time.sleep(0.5)
        plug = talks(lab.phone, f"""app = Talk(HOST).connect("plug-1", will=("plug/lwt", "offline", 1))
app.publish("plug/lwt", "online", retain=1)
app.wait(1)
{end}
""")
        plug.wait(5)
        time.sleep(2.5)
        return panel
    return act


@reported(CLOSED + "shown online", r"\bwill\b", r"DISCONNECT", r"plug/lwt")
def goodbye_takes_the_will_back(lab):
    return seen("shown-online", lab, will_of(lab, "app.goodbye()"))


@reported(CLOSED + "shown online, and the will came", r"no reason|nothing", unsaid=r"has no will|takes its will|came to none")
def the_will_came(lab):
    return seen("shown-online", lab, will_of(lab, "app.reset()"))


@reported(CLOSED + "shown offline", r"\bwill\b", r"plug/lwt", r"both|same topic|other client|another client")
def two_plugs_of_one_topic(lab):
    mosquitto(lab.server)

    def act():
        panel = subscriber(lab.router, "panel", "-v", "-t", "plug/#")
        time.sleep(0.5)
        code = """app = Talk(HOST).connect("plug-%d", will=("plug/lwt", "offline", 1))
app.publish("plug/lwt", "online", retain=1)
app.wait(%d)
app.reset()
"""
        for number, seconds in ((1, 12), (2, 1)):
            talks(lab.phone, code % (number, seconds))
        time.sleep(3)
        staged(pathlib.Path(panel.log).read_text().rstrip().endswith("offline"), "it is not shown offline")
    return seen("shown-offline", lab, act)


# ---- live -----------------------------------------------------------------------------------------


def live(lab, symptom, act):
    """`listen --capture --symptom` on the broker's machine: the summary's first sentence."""
    process = lab.server.start(os.path.abspath(DOCTOR), "listen", "1883", "--capture", "--json", "--lang", "en",
                               "--symptom", symptom, env=environment())
    time.sleep(1)
    act()
    process.send_signal(signal.SIGINT)
    code = process.wait(10)
    events = [json.loads(line) for line in pathlib.Path(process.log).read_text().splitlines() if line.startswith("{")]
    recap = [event for event in events if event.get("event") == "recap"]
    causes = [{"id": event["id"], "certainty": "likely", "cause": event["sentence"], "evidence": [], "cures": []}
              for event in recap]
    return Answer(causes[0]["id"] if causes else "healthy", 0, code,
                  {"causes": causes, "warnings": [], "healthy": not causes}, "")


@reported(CLOSED + "live: old messages", r"retain", r"alarms/")
def old_ones_are_retained_live(lab):
    return live(lab, "old-messages", kept_at_each_start(lab))


@reported(CLOSED + "live: not listed", r"prefix|under", r"hass/", r"homeassistant")
def announced_under_another_prefix_live(lab):
    return live(lab, "not-listed", announced(lab, GOOD, ("s1/lwt", "online"), topic="hass/sensor/s1/config"))


@reported(CLOSED + "live: drops, and nothing drops", r"no reason was seen|no reason for that")
def it_stays_connected_live(lab):
    return live(lab, "drops", told_all_along(lab))
