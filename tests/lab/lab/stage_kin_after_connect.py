"""Connected, and nothing arrives: kin of what the latest batches showed of topics, sessions and sizes, and faults of
that kind that nobody had staged."""
import gzip
import time

from .cases import case
from .services import mosquitto
from .stage_unmet_eighteen import sent
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentytwo import seen, talk


@case("delivery-topic-differs", layer="kin")
def a_gateway_gets_another_base_topic(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "panel", "-t", "zigbee2mqtt/#")
        time.sleep(0.4)
        talk(lab.phone, """
one = Talk(HOST).connect("gateway")
for turn in range(8):
    base = "zigbee2mqtt" if turn < 2 else "home/zigbee2mqtt"
    one.publish(base + "/kitchen/lamp", "on %d" % turn, qos=1)
    one.wait(0.4)
one.goodbye()
""", seconds=9)
    return seen(lab, "some-missing", act)


@case("mqtt-packet-too-large", layer="kin")
def the_announcements_are_larger_than_the_screen_takes(lab):
    mosquitto(lab.server)

    def act():
        for name in ("a", "b"):
            sent(lab, f"homeassistant/sensor/{name}/config", "-i", "sensor", "-q", "1", "-r", "-m", "{" + "c" * 600 + "}")
        talk(lab.phone, """
one = Talk(HOST, v5=True).connect("screen", properties=b"\\x27\\0\\0\\1\\0").subscribe("homeassistant/#", qos=1)
one.wait(3)
if b"cccc" in one.heard: sys.exit(1)
one.goodbye()
""", seconds=9)
    return seen(lab, "nothing-arrives", act)


@case("delivery-not-subscribed", layer="kin")
def the_reader_is_gone_for_good(lab):
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("panel").subscribe("office/#", qos=0)
one.answer(1)
one.reset()
""", seconds=9)
        for turn in range(8):
            sent(lab, "office/door", "-i", "door", "-m", f"open-{turn}")
            time.sleep(0.6)
    return seen(lab, "nothing-arrives", act)


@case("delivery-state-stays", layer="kin")
def the_status_is_told_at_the_first_start_alone(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "panel", "-t", "pump/#")
        time.sleep(0.4)
        talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("pump", will=("pump/status", "0", 1))
    if turn == 0: one.publish("pump/status", "1", retain=1)
    for value in range(6):
        one.publish("pump/flow", "%d.%d" % (turn, value))
        one.wait(0.5)
    one.reset()
    time.sleep(0.4)
""", seconds=20)
    return seen(lab, "shown-offline", act)


# ---- nobody had staged these -------------------------------------------------------------------------


@case("mqtt-malformed-client", layer="kin")
def a_topic_alias_above_the_brokers_maximum(lab):
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "panel", "-t", "meter/#")
        time.sleep(0.4)
        for _ in range(3):
            talk(lab.phone, """
one = Talk(HOST, v5=True).connect("meter").publish("meter/1", "21", properties=b"\\x23\\0\\x40")
one.wait(0.5)
""", seconds=5)
        staged(not count("21", heard), "it came")
    return seen(lab, "nothing-arrives", act)


@case("delivery-payload-odd", layer="kin")
def the_payload_is_packed(lab):
    mosquitto(lab.server)
    packed = gzip.compress(b'{"temperature": 21.5}').hex()

    def act():
        subscriber(lab.router, "panel", "-t", "meter/#")
        time.sleep(0.4)
        talk(lab.phone, f"""
one = Talk(HOST).connect("meter")
for _ in range(5):
    one.publish("meter/1", bytes.fromhex("{packed}"))
    one.wait(0.5)
one.goodbye()
""", seconds=9)
    return seen(lab, "unreadable", act)


@case("delivery-not-subscribed", layer="kin")
def it_subscribes_on_its_other_connection(lab):
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("app-commands").subscribe("home/#", qos=0)
one.goodbye()
two = Talk(HOST).connect("app-main")
two.answer(9)
""")
        time.sleep(1.5)
        for turn in range(8):
            sent(lab, "home/lamp", "-i", "switch", "-m", f"on-{turn}")
            time.sleep(0.6)
        app.kill()
        app.wait()
    return seen(lab, "nothing-arrives", act)


@case("delivery-retained-misunderstood", layer="kin")
def a_bridge_hands_on_without_the_retain_flag(lab):
    mosquitto(lab.server)

    def act():
        bridge = talk(lab.phone, """
one = Talk(HOST).connect("site.bridge")
for turn in range(2):
    one.publish("site/pump/state", "on", qos=1)
    one.wait(0.4)
one.answer(8)
""")
        time.sleep(2)
        app = talk(lab.router, """
one = Talk(HOST).connect("panel").subscribe("site/#", qos=1)
one.answer(5)
one.goodbye()
""")
        app.wait(9)
        bridge.kill()
        bridge.wait()
    return seen(lab, "no-last-value", act)
