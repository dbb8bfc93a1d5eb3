"""Kin of what a strict reader held against the doctor's answers: a message that is hung up on is told with what is unlike
in it, either-or is left out where what was heard decides it, a rule of an access list is mended where it stands, and what
a line itself says is read."""
import time

from .cases import case, explain
from .net import SERVER
from .recorded import Recording
from .reported import HEALTHY, reported, said
from .services import mosquitto
from .stage_unmet_eighteen import sent
from .stage_unmet_seven import captured
from .stage_unmet_twenty import count, staged
from .stage_unmet_twentyfour import ENDED, feed, odd, with_rules
from .stage_unmet_twentytwo import seen, talk

# ---- what is unlike in the message that is hung up on ------------------------------------------------


def picky(lab, refuses, app, other=""):
    """A broker that hangs up where `refuses` is so of a message; the app says what it does with `one`."""
    odd(lab, f"""
def answers(broker, link, about, first, body):
    if first >> 4 == 3 and ({refuses}):
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        told = talk(lab.phone, f"""
other = Talk(HOST).connect("sensor-2")
for turn in range(3):
    one = Talk(HOST).connect("plug-1")
    other.publish("tele/sensor-2", "ok", qos=1)
    {app}
    one.wait(0.7)
    print("plug", lives(one), flush=True)
    time.sleep(0.4)
""", seconds=15)
        staged(count("plug False", told) == 3, told.log)
    return seen(lab, "drops", act)


@reported("kin of a birth message: at QoS 2, and the topic was taken at QoS 1", r"at QoS 2", ENDED, slowest=20)
def the_same_topic_at_another_qos(lab):
    return picky(lab, "first >> 1 & 3 == 2", 'one.publish("tele/plug", "a", qos=1); one.wait(0.3); '
                                             'one.publish("tele/plug", "b", qos=2)')


@reported("kin of a birth message: retained to a topic that was taken without", r"retain flag", ENDED, r"retain off",
          slowest=20)
def the_same_topic_with_the_flag(lab):
    return picky(lab, "first & 1", 'one.publish("tele/plug", "a", qos=1); one.wait(0.3); '
                                   'one.publish("tele/plug", "b", qos=1, retain=1)')


@reported("kin of a birth message: retained and at QoS 2", r"retain flag", r"QoS 2", ENDED, slowest=20)
def two_things_are_unlike(lab):
    return picky(lab, "first & 1", 'one.publish("tele/plug/LWT", "Online", qos=2, retain=1)')


@reported("kin of a birth message: nothing but the topic is unlike, so it is a right", r"right|may not|user", ENDED,
          unsaid=r"retain off|Choose the QoS", slowest=20)
def only_the_topic_is_unlike(lab):
    return picky(lab, 'b"plug" in body', 'one.publish("tele/plug", "a", qos=1)')


# ---- a silence --------------------------------------------------------------------------------------


@reported("kin of a ping that is put off: the pings come, later than promised", r"too seldom", r"keep.?alive",
          unsaid=r"blocked|no ping", slowest=20)
def its_pings_come_late(lab):
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(1):
    one = Talk(HOST).connect("meter", keep_alive=2).subscribe("set/meter")
    time.sleep(2.7)
    one.send(0xC0, b"")
    while lives(one):
        one.wait(0.1)
""")
        staged(app.wait(20) == 0, app.log)
    return seen(lab, "drops", act)


@reported("kin of a ping that is put off: it hears, and pings in time", HEALTHY, slowest=20)
def it_hears_and_pings(lab):
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("meter", keep_alive=2).subscribe("z2m/#")
for turn in range(6):
    one.wait(0.9)
    one.send(0xC0, b"")
one.goodbye()
""")
        time.sleep(0.5)
        for turn in range(8):
            sent(lab, "z2m/plug", "-i", "z2m", "-m", str(turn))
            time.sleep(0.4)
        staged(app.wait(20) == 0, app.log)
    return explain(captured(lab, lab.server, act))


# ---- the line that was meant ------------------------------------------------------------------------


@reported("kin of a star for a hash: within the filter", r"readwrite home\S{0,4}/\+", unsaid="tee -a")
def a_star_for_a_plus(lab):
    return with_rules(lab, "user alice\ntopic readwrite home/*/state\n", "home/door/state")


@reported("kin of a star for a hash: two stars", r"readwrite home\S{0,4}/#", unsaid="tee -a")
def two_stars_for_a_hash(lab):
    return with_rules(lab, "user alice\ntopic readwrite home/**\n", "home/hall/door")


@reported("kin of a star for a hash: the line gives the right to read alone, and stays", r"topic write home/door'",
          unsaid=r"s/\.\*/topic")
def the_star_gives_the_right_to_read_alone(lab):
    return with_rules(lab, "user alice\ntopic read home/*\n", "home/door")


@reported("kin of # without $: one line gives both rights", r"readwrite \$aws/#")
def a_hash_and_a_topic_of_the_system(lab):
    return with_rules(lab, "user alice\ntopic readwrite #\n", "$aws/things/pump/state")


# ---- what was heard decides it ----------------------------------------------------------------------


@reported("kin of undefined: a value of Python's", r"None", r"value|filled")
def the_filter_has_none_in_it(lab):
    here = Recording(lab)
    here.client("app").connect().subscribe("devices/None/state")
    feed(here, here.client("plug-42").connect(), ("devices/plug-42/state",), 10)
    return explain(here.file(), "--symptom", "nothing-arrives")


@reported("kin of a session without expiry: MQTT 3.1.1 with clean session", r"subscribe after every CONNACK",
          unsaid="Expiry|went-silent")
def a_clean_session_of_the_older_version(lab):
    here = Recording(lab)
    boiler, app = here.client("boiler").connect(), here.client("heat-app")
    app.connect().subscribe("heating/#", qos=1)
    feed(here, boiler, ("heating/flow",), 6)
    app.dies()
    here.wait(4)
    app.connect()
    feed(here, boiler, ("heating/flow",), 12)
    return explain(here.file(), "--symptom", "nothing-arrives")


# ---- what a line says -------------------------------------------------------------------------------


@reported("kin of Missing clientId: paho in Python", r"identifier", r"clean session", unsaid="broker refuses")
def paho_wants_an_identifier_for_a_session(_):
    return said("ValueError: A client id must be provided if clean session is False.")


@reported("kin of errno 113: 111 with its words", r"refuse", unsaid="something answers|does not say what")
def errno_111_has_its_words_behind_it(_):
    return said("mqtt: could not connect: [Errno 111] Connection refused")


@reported("kin of EHOSTUNREACH on a board: the Wi-Fi is up", r"address", unsaid="before the Wi-Fi")
def a_board_that_has_its_address(_):
    return said('wifi connected\nnetwork config: 192.168.1.7\nFile "umqtt/simple.py", line 56, in connect\n'
                "OSError: [Errno 113] EHOSTUNREACH")


@reported("kin of a null password: refused with both", r"wrong or missing", unsaid="sent no user name")
def a_login_that_is_refused(_):
    return said("2024-01-05 11:32:35: Client Wallbox disconnected, not authorised.")


# ---- all has come ------------------------------------------------------------------------------------


def given(lab, qos):
    """Six messages for a reader, each of which mosquitto_sub gets and, at QoS 1, acknowledges."""
    mosquitto(lab.server)

    def act():
        heard = lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "panel", "-t", "line/#", "-q", str(qos), "-W", "5")
        time.sleep(0.6)
        for turn in range(6):
            sent(lab, "line/1", "-i", f"press-{turn}", "-q", str(qos), "-m", str(turn))
            time.sleep(0.3)
        heard.wait(9)
    return seen(lab, "nothing-arrives", act)


@case("delivery-reaches-app", layer="kin")
def all_of_it_was_acknowledged(lab):
    return given(lab, 1)


@case("symptom-unexplained", layer="kin")
def nobody_knows_whether_it_came(lab):
    return given(lab, 0)
