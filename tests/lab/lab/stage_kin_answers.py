"""Kin of answers that never come, or come later than the app waits, and of messages that the broker keeps to itself."""
import time

from .cases import case
from .reported import reported
from .services import mosquitto
from .stage_unmet_eighteen import sent
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentysix import odd
from .stage_unmet_twentytwo import seen, talk

LATE = """
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        time.sleep(3)
    return usual(broker, link, about, first, body)
"""


def hangs_up(lab, after=0.6, times=3):
    return talk(lab.phone, f"""
for turn in range({times}):
    one = Talk(HOST).connect("wallbox")
    one.wait({after})
    one.reset()
    time.sleep(0.2)
""", seconds=12)


@reported("kin of a check of users that takes longer than the app waits: RST, and nobody else is there",
          r"wallbox", r"gave up", r"not known", unsaid=r"did not answer it")
def it_resets_before_anybody_was_answered(lab):
    odd(lab, LATE)
    return seen(lab, "cannot-connect", lambda: hangs_up(lab))


@case("mqtt-broker-hung", layer="kin")
def it_waits_and_the_broker_says_nothing(lab):
    odd(lab, """
def answers(broker, link, about, first, body):
    return None
""")
    return seen(lab, "cannot-connect", lambda: hangs_up(lab, 5.5, 1))


@reported("kin of a broker without QoS 2: PUBCOMP never comes", r"PUBCOMP", r"PUBREL", r"again", unsaid=r"PUBREC")
def the_broker_ends_no_qos_two(lab):
    odd(lab, """
def answers(broker, link, about, first, body):
    return None if first >> 4 == 6 else usual(broker, link, about, first, body)
""")

    def act():
        talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("meter", clean=False)
    if not turn:
        one.publish("meter/kwh", "17", qos=2, packet=5)
        one.wait(0.3)
    one.send(0x62, b"\\0\\5")
    one.wait(0.8)
    one.reset()
    time.sleep(0.2)
""", seconds=9)
    return seen(lab, "cannot-send", act)


@case("mqtt-no-suback", layer="kin")
def no_subscription_is_answered(lab):
    odd(lab, """
def answers(broker, link, about, first, body):
    return None if first >> 4 == 8 else usual(broker, link, about, first, body)
""")

    def act():
        talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("lamp").subscribe("lamp/set")
    one.wait(0.6)
    one.close()
    time.sleep(0.2)
""", seconds=9)
    return seen(lab, "nothing-arrives", act)


@reported("kin of an empty kept message: nothing with the retain flag is passed on", r"retain flag", r"broker",
          r"nobody", unsaid=r"empty")
def kept_messages_reach_nobody(lab):
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 8:
        broker.clients[id(link)] = link
    if first >> 4 == 3 and not first & 1:
        for other in list(broker.clients.values()):
            other.sendall(bytes([0x30, len(body)]) + body)
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        panel = subscriber(lab.router, "panel", "-t", "hall/door")
        time.sleep(0.5)
        for turn in range(3):
            sent(lab, "hall/door", "-i", "door", "-m", f"open {turn}")
            time.sleep(0.3)
            sent(lab, "hall/door", "-i", "door", "-r", "-m", f"shut {turn}")
            time.sleep(0.3)
        time.sleep(1.2)
        staged(count("open", panel) == 3 and count("shut", panel) == 0, "another way")
        panel.terminate()
        panel.wait()
    return seen(lab, "some-missing", act)


@reported("kin of a client without a callback: its filter holds a +", r"valve-7",
          r"call.?back", r"QoS 0", unsaid=r"acknowledged them")
def its_callback_is_on_another_object(lab):
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("valve-7").subscribe("garden/+/set")
one.wait(4)
one.goodbye()
""")
        time.sleep(0.7)
        for turn in range(4):
            sent(lab, "garden/7/set", "-i", "phone", "-m", f"open {turn}")
            time.sleep(0.4)
        app.wait(9)
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending PUBLISH to valve-7", process) == 4, "not delivered")
    return answer
