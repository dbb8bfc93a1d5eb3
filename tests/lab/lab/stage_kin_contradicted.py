"""Kin of twelve set-ups of two batches that nobody had met: files that the running broker has not read, two reports of
which one has the right address, messages of QoS 1 that one side does not acknowledge, and rules that give other rights
than they seem to.

Each by another setting, place, program or direction than the one it was met with."""
import json
import os
import pathlib
import time

from . import certificates
from .cases import case, doctor, explain
from .net import ROUTER_SERVER, SERVER
from .reported import HEALTHY, on_broker, proved, reported, until
from .services import dnsmasq, etc, mosquitto, password_file, tls_lines
from .stage_delivery import AT
from .stage_unmet_eighteen import sent
from .stage_unmet_nineteen import ALICE
from .stage_unmet_twenty import staged
from .stage_unmet_twentyone import configured
from .stage_unmet_twentytwo import seen, talk

RELOADED = r"HUP|reload"


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


def rewritten(lab, *changes):
    """The configuration, changed when the broker has long read it."""
    time.sleep(2.1)
    conf = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto" / "mosquitto.conf"
    text = conf.read_text()
    for before, after in changes:
        assert before in text, text
        text = text.replace(before, after)
    conf.write_text(text)


def laid(lab, **answers):
    return explain(*(lab.file(f"{name}.json", json.dumps(answer.report)) for name, answer in answers.items()))


# ---- what the running broker has not read -----------------------------------------------------------


@reported("kin: the listener for WebSocket is not there yet", r"9001", r"not in force", r"restart|kill")
def a_listener_that_was_added_since(lab):
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    rewritten(lab, ("listener 1883", "listener 9001\nprotocol websockets\nlistener 1883"))
    return on_broker(lab)


@reported("kin: the port speaks TLS by the file", r"TLS", r"not in force", r"restart|kill")
def a_port_that_is_to_have_tls(lab):
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    rewritten(lab, ("listener 1883", "listener 1883\n" + "\n".join(tls_lines(certificates.get("good"))[1:])))
    return on_broker(lab)


@reported("kin: the password was changed in its file", r"login is wrong", RELOADED)
def a_password_that_was_changed_since(lab):
    path = password_file(lab)
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false", f"password_file {path}")
    until("running", log)
    time.sleep(2.1)
    lab.server.run("mosquitto_passwd", "-b", path, "alice", "another")
    return on_broker(lab, "localhost", *ALICE)


@reported("kin: the file was changed and read", HEALTHY)
def the_changed_file_was_reloaded(lab):
    path = password_file(lab)
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    rewritten(lab, ("allow_anonymous true", f"password_file {path}\nallow_anonymous false"))
    lab.server.run("sh", "-c", "kill -HUP $(ip netns pids " + lab.server.name + " | xargs ps -o pid=,comm= -p | awk "
                   "'$2 == \"mosquitto\" {print $1}')")
    time.sleep(0.3)
    proved(lab.phone, not_=True)
    return on_broker(lab, "localhost", *ALICE)


# ---- two reports ------------------------------------------------------------------------------------


@reported("kin: both by number", r"10\.77\.2\.2", r"another address", unsaid="--on-broker")
def both_give_a_number(lab):
    mosquitto(lab.server)
    return laid(lab, one=doctor(lab.phone, f"{ROUTER_SERVER}:1883"), two=doctor(lab.phone, f"{SERVER}:1883"))


@reported("kin: the name leads to the very address", HEALTHY)
def the_address_is_the_names(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    return laid(lab, one=doctor(lab.phone, "broker.test:1883"), two=doctor(lab.phone, f"{SERVER}:1883"))


# ---- acknowledgements -------------------------------------------------------------------------------


@reported("kin: a client that reads again", HEALTHY)
def it_reads_after_a_while(lab):
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("slow-start", keep_alive=120).subscribe("device/cmd", qos=1)
one.answer(6)
one.goodbye()
""")
        time.sleep(1)
        for turn in range(6):
            sent(lab, "device/cmd", "-i", "server", "-q", "1", "-m", f"switch {turn}")
            time.sleep(0.3)
        assert app.wait(9) == 0
    answer = seen(lab, "nothing-arrives", act)
    # All has reached the app: there is nothing to see on the way.
    staged([each["id"] for each in answer.report["causes"]] == ["delivery-reaches-app"], str(answer.report["causes"]))
    answer.report["causes"], answer.report["healthy"], answer.found = [], True, "healthy"
    return answer


@reported("kin: at QoS 2", r"acknowledged none", r"read")
def nobody_reads_at_qos_two(lab):
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("gateway-7", keep_alive=120).subscribe("device/+", qos=2)
time.sleep(6)
one.reset()
""")
        time.sleep(1)
        for turn in range(4):
            sent(lab, f"device/{turn}", "-i", "server", "-q", "2", "-m", f"switch {turn}")
            time.sleep(0.4)
        assert app.wait(9) == 0
    return seen(lab, "no-reaction", act)


@reported("kin: reader and writer are two", r"not write|not allowed|may not", r"house/door", r"reader|panel")
def two_of_them_and_no_right(lab):
    acl = lab.file("acl", "pattern readwrite %u/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'alice', 'secret')}",
              f"acl_file {acl}")

    def act():
        panel = talk(lab.phone, """
one = Talk(HOST).connect("panel", user="alice").subscribe("house/door", qos=1)
one.wait(4)
one.goodbye()
""")
        time.sleep(0.5)
        for turn in range(3):
            sent(lab, "house/door", "-u", "alice", "-P", "secret", "-i", "lock", "-q", "1", "-m", f"open {turn}")
        panel.wait(9)
    return seen(lab, "nothing-arrives", act)


@case("delivery-not-handed-on", layer="delivery")
def a_server_that_leaves_it_to_its_program(lab):
    lab.server.start("python3", "-c", f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from talk import Broker, usual
Broker(usual).run()
""", ready=1883)
    return doctor(lab.phone, "delivery", AT, "-t", "plant/pump", "--publish")


# ---- access lists -----------------------------------------------------------------------------------


def listed(lab, rules, word="nothing-arrives", topic="home/door"):
    etc(lab, "mosquitto/acl", rules)
    users = etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "listener 1883", "allow_anonymous false", f"password_file /etc/mosquitto/{users.name}",
                     "acl_file /etc/mosquitto/acl")
    until("running", log)
    return there(lab, word, "-t", topic, *ALICE)


@reported("kin: a remark behind a pattern", r"remark", r"acl:1", r"sed")
def a_remark_behind_a_pattern(lab):
    return listed(lab, "pattern readwrite home/%u/door\t(each his own)\n", topic="home/alice/door")


@reported("kin: a remark behind the user's name", r"remark", r"alice", r"sed")
def a_remark_behind_the_user(lab):
    return listed(lab, "user alice # from the phone\ntopic readwrite home/#\n")


@reported("kin: two topics in one rule", r"second topic|one topic", r"home/door", r"sed")
def two_topics_in_one_rule(lab):
    return listed(lab, "user alice\ntopic readwrite home/lamp home/door\n")


@reported("kin: a topic with a blank in it", HEALTHY)
def a_topic_with_a_blank(lab):
    etc(lab, "mosquitto/acl", "user alice\ntopic readwrite home/front door\n")
    users = etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "listener 1883", "allow_anonymous false", f"password_file /etc/mosquitto/{users.name}",
                     "acl_file /etc/mosquitto/acl")
    until("running", log)
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "home/front door", "--publish", *ALICE)
