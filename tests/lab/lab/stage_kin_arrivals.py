"""Kin of what the twenty-second batch showed: connected, and messages are missing, come twice, late or in another order."""
import time

from .cases import case, explain, healthy
from .net import ROUTER_SERVER, SERVER
from .services import mosquitto
from .stage_unmet_eighteen import python, sent
from .stage_unmet_seven import captured
from .stage_unmet_twenty import count, read, staged, subscriber
from .stage_unmet_twentytwo import seen, talk

JOBS = ("-q", "1", "-t", "$share/workers/jobs")


def orders(lab, number=12):
    for job in range(number):
        sent(lab, "jobs", "-q", "1", "-i", "orders", "-m", f"job-{job}")
    time.sleep(0.5)


@case("delivery-shared-turns", layer="kin")
def two_members_of_a_share_are_away(lab):
    mosquitto(lab.server)

    def act():
        for name in ("worker-2", "worker-3"):
            read(lab.router, "-i", name, "-c", *JOBS)
        worker = subscriber(lab.phone, "worker-1", *JOBS)
        time.sleep(0.5)
        orders(lab)
        staged(count("job-", worker) == 4, "not a third")
    return seen(lab, "some-missing", act)


@healthy()
def a_member_without_a_session_was_there(lab):
    mosquitto(lab.server)

    def act():
        read(lab.router, "-i", "worker-2", *JOBS)
        worker = subscriber(lab.phone, "worker-1", *JOBS)
        time.sleep(0.5)
        orders(lab)
        staged(count("job-", worker) == 12, "not all")
        worker.terminate()
        worker.wait()
    return explain(captured(lab, lab.server, act))


@case("delivery-duplicated", layer="kin")
def one_writes_the_group_in_capitals(lab):
    mosquitto(lab.server)

    def act():
        for host, name, group in ((lab.phone, "worker-1", "workers"), (lab.router, "worker-2", "Workers")):
            subscriber(host, name, "-q", "1", "-t", f"$share/{group}/jobs")
        time.sleep(0.5)
        orders(lab, 6)
    return seen(lab, "twice", act)


# A queue of mosquitto's own for QoS 0.
@healthy()
def what_waited_at_qos_0_is_kept_here(lab):
    mosquitto(lab.server, "queue_qos0_messages true")

    def act():
        words = ("-i", "panel", "-c", "-q", "0", "-t", "hall/#")
        read(lab.router, *words)
        for number in range(6):
            sent(lab, "hall/temperature", "-q", "1", "-i", "sensor", "-m", f"2{number}.5")
        staged(len(read(lab.router, *words)) == 6, "it was not kept")
    return explain(captured(lab, lab.server, act))


@case("delivery-slow-consumer", layer="kin")
def it_sleeps_before_it_answers(lab):
    mosquitto(lab.server)

    def act():
        valve = talk(lab.phone, """
one = Talk(HOST).connect("valve").subscribe("valve/set")
done = 0
for _ in range(20):
    one.wait(0.4)
    while one.heard.count(b"valve/set") > done:
        done += 1
        time.sleep(1.6)
        one.publish("valve/state", f"open-{done}")
""")
        time.sleep(0.6)
        for number in range(3):
            sent(lab, "valve/set", "-i", f"app-{number}", "-m", f"open-{number}")
            time.sleep(2.4)
        valve.terminate()
        valve.wait()
    return seen(lab, "late", act)


@case("delivery-acknowledged-late", layer="kin")
def twenty_of_qos_1_and_no_more(lab):
    python(lab.server, """from talk import *
total = 0
def answers(broker, link, about, first, body):
    global total
    if first >> 4 == 3:
        total += 1
        if total > 20:
            return None
    return usual(broker, link, about, first, body)
Broker(answers).run()
""")
    lab.server.wait_for_port(1883)

    def act():
        lab.phone.run("timeout", "4", "mosquitto_pub", "-h", SERVER, "-i", "logger", "-q", "1", "-t", "load", "-l",
                      input="\n".join(map(str, range(60))) + "\n", check=False)
    return seen(lab, "cannot-send", act)


@case("delivery-feedback-loop", layer="kin")
def the_returning_half_of_a_circle(lab):
    """The far bridge has a port of its own here; what goes out to it is not recorded."""
    far = mosquitto(lab.router, "connection b-to-a", f"address {SERVER}:1884", "topic +/cmd out 1", name="far.conf")
    near = mosquitto(lab.server, "listener 1884", "allow_anonymous true", "connection a-to-b", f"address {ROUTER_SERVER}:1883",
                     "topic +/cmd out 1", "restart_timeout 1")
    end = time.monotonic() + 8
    while time.monotonic() < end and not (count("CONNACK on connection", near) and count("CONNACK on connection", far)):
        time.sleep(0.1)

    def act():
        sent(lab, "x/cmd", "-p", "1884", "-i", "backend", "-q", "1", "-m", "reboot", host=lab.phone)
        time.sleep(1)
        near.terminate()
        near.wait()
    return seen(lab, "too-much", act, port=1884)
