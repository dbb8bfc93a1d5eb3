"""The doctor in front of the broker: what it notices about clients that reach it."""
import json
import os
import pathlib
import signal
import sys
import threading
import time

from .cases import DOCTOR, Answer, case, environment, healthy
from .net import SERVER
from .rabbitmq import rabbitmq
from .services import mosquitto, password_file, scripted

BEHIND = 1884
SOON = 20  # seconds; silence is told only after some time


def overheard(expected, name="", slowest=SOON, alike=()):
    return case(expected, name, layer="listen", slowest=slowest, alike=alike)


def broker(lab, *lines):
    mosquitto(lab.server, *lines, listener=BEHIND, ready=BEHIND)


def events_of(process):
    events = []
    for line in pathlib.Path(process.log).read_text(errors="replace").splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            pass  # the line is not complete yet
    return events


def told_by(process, notes):
    found = [each for each in events_of(process) if each.get("event") == "verdict" and "weight" in each]
    causes = [finding for finding in found if finding["weight"] == "cause"]
    # Told as they are noticed; at the end the recap has them in the order of their weight.
    recap = [each["id"] for each in events_of(process) if each.get("event") == "recap" and "id" in each]
    causes.sort(key=lambda finding: recap.index(finding["id"]) if finding["id"] in recap else len(recap))
    return causes or (found if notes else [])


# Set in a thread whose listening doctor another doctor captures; see stage_capture.py.
beside = threading.local()


def listen(lab, act, patience=15, notes=False, port=1883, behind=BEHIND):
    """Starts the doctor in front of the broker, lets `act` do something through it, and gives the
    cause it tells first; with `notes` a note will do."""
    watch = getattr(beside, "watch", None)
    watching = watch and watch.start(lab, port)
    process = lab.server.start(os.path.abspath(DOCTOR), "listen", port, "--forward",
                               f"127.0.0.1:{behind}", "--json", "--lang", "en", ready=port,
                               env=environment())
    begin = time.monotonic()
    act()
    while not told_by(process, notes) and time.monotonic() - begin < patience:
        time.sleep(0.1)
    seconds = time.monotonic() - begin
    if watching:  # before the forwarder closes the connections
        watch.stop(watching, process, notes)
    process.send_signal(signal.SIGINT)
    code = process.wait(20)
    found = told_by(process, notes) or last_sentences(process)
    if watching:
        return watch.compare(watching, process, notes, seconds)
    return answer_of(found, seconds, code)


def answer_of(found, seconds, code):
    # A remark without a rival cause is certain.
    causes = [{"id": finding["id"], "cause": finding["sentence"], "evidence": [],
               "certainty": "likely" if finding.get("alike") else "certain"} for finding in found]
    for finding in found:
        causes += [{"id": other, "cause": f"It fits the same facts: {other}.", "evidence": [], "certainty": "possible"}
                   for other in finding.get("alike", "").split()]
    return Answer(found[0]["id"] if found else "healthy", seconds, code,
                  {"causes": causes, "warnings": [], "healthy": not causes}, "")


# Conclusions about a client that need no cure.
NO_CAUSE = ("mqtt-accepted", "mqtt-arrived", "silent", "cut-off", "http", "other-protocol",
            "tls-arrived", "tls-stands", "websocket-without-connect", "nobody-came")


def last_sentences(process):
    """Of each client, when nothing was noticed before."""
    events = map(json.loads, pathlib.Path(process.log).read_text(errors="replace").splitlines())
    return [event for event in events if event.get("event") == "verdict" and "weight" not in event
            and event["id"] not in NO_CAUSE]


def client(lab, *words):
    """Told what to do, in the background."""
    script = pathlib.Path(__file__).with_name("client.py")
    return lab.phone.start(sys.executable, script, SERVER, "1883", *words)


def pub(lab, *words, **options):
    options.setdefault("check", False)
    topic = () if "-t" in words else ("-t", "home/door")
    lab.phone.run("mosquitto_pub", "-h", SERVER, *topic, *words, **options)


def sub(lab, *words):
    """Until its subscription stands."""
    process = lab.phone.start("stdbuf", "-oL", "mosquitto_sub", "-h", SERVER, *words, "-d")
    end = time.monotonic() + 10
    while time.monotonic() < end and "Subscribed" not in pathlib.Path(process.log).read_text():
        time.sleep(0.05)
    return process


@healthy()
def all_that_is_said_arrives(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "home/#", "-q", "2", "-i", "app")
        for qos in "012":
            pub(lab, "-q", qos, "-l", input="\n".join(map(str, range(50))) + "\n")
        pub(lab, "-q", "1", "-V", "5", "-m", "x", "-i", "sensor")
    return listen(lab, act, patience=8)


@overheard("delivery-inflight-stall")
def acknowledges_nothing(lab):
    broker(lab)

    def act():
        client(lab, "connect=app", "subscribe=1,home/#", "pings=20")
        time.sleep(1)
        pub(lab, "-q", "1", "-l", input="\n".join(map(str, range(30))) + "\n")
    return listen(lab, act)


@overheard("delivery-qos2-stuck")
def never_releases(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=app", "publish=2,home/door", "pings=20"))


@overheard("mqtt-receive-maximum")
def more_than_it_may(lab):
    broker(lab, "max_inflight_messages 2")
    return listen(lab, lambda: client(lab, "v5", "connect=app", "publish=2,a", "publish=2,b",
                                      "publish=2,c", "publish=2,d", "pings=20"))


@overheard("mqtt-packet-too-large")
def larger_than_announced(lab):
    broker(lab, "max_packet_size 1000")
    return listen(lab, lambda: client(lab, "v5", "connect=app", "publish=0,home/photo,5000",
                                      "pings=20"))


@overheard("mqtt-packet-too-large", alike=("auth-acl-publish-closes",))
def larger_than_it_takes_311(lab):
    broker(lab, "max_packet_size 1000")
    return listen(lab, lambda: client(lab, "connect=app", "publish=0,home/photo,200000",
                                      "pings=20"))


@overheard("mqtt-qos-not-supported")
def higher_than_it_supports(lab):
    broker(lab, "max_qos 1")
    return listen(lab, lambda: client(lab, "v5", "connect=app", "publish=2,home/door", "pings=20"))


@overheard("mqtt-retain-not-supported")
def retained_where_nothing_is(lab):
    broker(lab, "retain_available false")
    return listen(lab, lambda: client(lab, "v5", "connect=app", "retain=1,home/door", "pings=20"))


@overheard("auth-acl-publish-closes")
def hangs_up_on_a_publish(lab):
    scripted(lab.server, BEHIND, "broker", "publish=close")
    return listen(lab, lambda: client(lab, "connect=app", "publish=1,home/door", "pings=20"))


@overheard("auth-acl-no-puback")
def never_acknowledges_a_publish(lab):
    scripted(lab.server, BEHIND, "broker", "publish=silent")
    return listen(lab, lambda: client(lab, "connect=app", "publish=1,home/door", "pings=20"))


@overheard("auth-acl-no-puback", slowest=30)
def rabbitmq_never_acknowledges_a_publish(_):
    lab = rabbitmq()
    return listen(lab, lambda: lab.phone.start(
        "mosquitto_pub", "-h", SERVER, "-p", "1893", "-u", "reader", "-P", "reader-pw", "-k", "5",
        "-t", "home/door", "-q", "1", "-m", "x"), patience=25, port=1893, behind=1883)


@case("healthy", slowest=25)  # RabbitMQ itself lets some logins wait for five seconds
def rabbitmq_delivers_through_the_doctor(_):
    lab = rabbitmq()
    alice = ("-p", "1894", "-u", "alice", "-P", "alice-pw", "-q", "1")

    def act():
        sub(lab, "-t", "heard/#", *alice)
        pub(lab, *alice, "-t", "heard/door", "-l", input="\n".join(map(str, range(50))) + "\n")
    return listen(lab, act, patience=8, port=1894, behind=1883)


@overheard("session-keepalive-expired", slowest=25)
def falls_asleep(lab):
    broker(lab)

    def act():
        app = sub(lab, "-t", "home/#", "-i", "app", "-k", "5")
        os.kill(app.pid, signal.SIGSTOP)
    return listen(lab, act, patience=22)


@overheard("session-server-keepalive", slowest=35)
def disobeys_the_brokers_keep_alive(lab):
    broker(lab, "max_keepalive 10")
    return listen(lab, lambda: client(lab, "v5", "connect=app,60", "wait=60"), patience=32)


@overheard("session-duplicate-client-id")
def two_of_one_name(lab):
    broker(lab)

    def act():
        for _ in range(2):
            lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "home/#")
    return listen(lab, act)


@overheard("session-clean-session")
def comes_back_with_a_clean_session(lab):
    broker(lab)

    def act():
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "home/#", "-q", "1", "-W",
                      "1", check=False)
        pub(lab, "-q", "1", "-m", "missed")
        sub(lab, "-i", "app", "-t", "home/#", "-q", "1")
    return listen(lab, act)


@overheard("session-v5-expires-at-once")
def keeps_no_session_in_5(lab):
    broker(lab)

    def act():
        client(lab, "v5", "connect=app,60,keep", "subscribe=1,home/#").wait(10)
        pub(lab, "-q", "1", "-m", "missed")
        client(lab, "v5", "connect=app,60,keep", "pings=10")
    return listen(lab, act)


@overheard("delivery-message-expired")
def expires_before_it_is_back(lab):
    broker(lab)

    def act():
        words = ("-h", SERVER, "-c", "-i", "app", "-t", "home/#", "-q", "1", "-W", "1")
        lab.phone.run("mosquitto_sub", *words, check=False)
        pub(lab, "-V", "5", "-q", "1", "-m", "x", "-D", "publish", "message-expiry-interval", "1")
        time.sleep(2.5)
        lab.phone.run("mosquitto_sub", *words, check=False)
    return listen(lab, act)


@overheard("delivery-topic-differs")
def capital_letter(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "Home/door")
        pub(lab, "-m", "x")
    return listen(lab, act)


@overheard("delivery-topic-differs")
def slash_in_front_and_gone_again(lab):
    broker(lab)

    def act():
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "/home/door", "-m", "x", "-i", "sensor")
        sub(lab, "-t", "home/+", "-i", "app")
    return listen(lab, act)


@overheard("delivery-wildcard-misread")
def plus_is_one_level(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "home/+")
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "home/cellar/door", "-m", "x")
    return listen(lab, act)


@overheard("delivery-hash-excludes-dollar")
def hash_and_a_dollar(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "#")
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "$tool/state", "-m", "x")
    return listen(lab, act)


@overheard("delivery-no-subscriber")
def nobody_subscribes(lab):
    broker(lab)
    return listen(lab, lambda: pub(lab, "-V", "5", "-q", "1", "-m", "x", "-i", "sensor"),
                  notes=True)


@overheard("delivery-no-local")
def its_own_message(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "v5", "connect=app", "subscribe=0,home/door,1",
                                      "publish=0,home/door", "pings=20"), notes=True)


@overheard("delivery-qos-downgraded")
def granted_less_than_asked(lab):
    scripted(lab.server, BEHIND, "broker", "subscribe=00")
    return listen(lab, lambda: client(lab, "connect=app", "subscribe=2,home/door", "pings=20"),
                  notes=True)


@overheard("delivery-retained-misunderstood")
def cleared_by_another(lab):
    broker(lab)

    def act():
        pub(lab, "-r", "-m", "open")
        pub(lab, "-r", "-n", "-i", "tidy")
    return listen(lab, act, notes=True)


@overheard("delivery-slow-consumer")
def does_not_read(lab):
    broker(lab)

    def act():
        client(lab, "connect=app,0", "subscribe=0,home/#", "deaf=30")
        time.sleep(1)
        for _ in range(8):
            pub(lab, "-s", input="x" * 1_000_000)
    return listen(lab, act)


def with_rules(lab, *rules):
    acl = lab.file("acl", "\n".join(rules) + "\n")
    broker(lab, f"password_file {password_file(lab)}", "allow_anonymous true", f"acl_file {acl}")


ALICE = ("-u", "alice", "-P", "alice-pw")


@overheard("auth-acl-publish-swallowed")
def may_not_write_5(lab):
    with_rules(lab, "topic read home/#")
    return listen(lab, lambda: pub(lab, "-V", "5", "-q", "1", "-m", "x"))


@overheard("auth-acl-publish-swallowed", alike=("auth-acl-read-denied-silently",))
def may_not_write_311(lab):
    with_rules(lab, "topic read home/#")

    def act():
        sub(lab, "-t", "home/#", "-q", "1")
        pub(lab, "-q", "1", "-m", "x")
    return listen(lab, act)


@overheard("auth-acl-read-denied-silently", alike=("auth-acl-publish-swallowed",))
def may_not_read_311(lab):
    with_rules(lab, "topic write home/#", "user alice", "topic readwrite home/#")

    def act():
        sub(lab, "-t", "home/#", "-q", "1")
        pub(lab, "-q", "1", "-m", "x")
    return listen(lab, act)


@overheard("auth-acl-read-denied-silently")
def may_not_read_and_another_may(lab):
    with_rules(lab, "topic write home/#", "user alice", "topic readwrite home/#")

    def act():
        sub(lab, "-t", "home/#", "-q", "1")
        sub(lab, "-t", "home/#", "-q", "1", *ALICE)
        pub(lab, "-q", "1", "-m", "x")
    return listen(lab, act)


@overheard("auth-bad-credentials", alike=("auth-client-id-not-allowed",))
def comes_with_a_wrong_password(lab):
    broker(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    return listen(lab, lambda: pub(lab, "-u", "alice", "-P", "wrong", "-m", "x", "-i", "app"))


@overheard("auth-anonymous-refused")
def comes_without_a_user_name(lab):
    broker(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    return listen(lab, lambda: pub(lab, "-m", "x", "-i", "app"))


@overheard("auth-acl-subscribe-refused")
def may_not_subscribe(lab):
    scripted(lab.server, BEHIND, "broker", "subscribe=87")
    return listen(lab, lambda: client(lab, "connect=app", "subscribe=1,home/door", "pings=20"))


@overheard("auth-hash-subscription-refused")
def may_not_subscribe_to_everything(lab):
    scripted(lab.server, BEHIND, "broker", "subscribe=87", "only=#")
    return listen(lab, lambda: client(lab, "connect=app", "subscribe=1,#", "pings=20"))


@overheard("delivery-not-subscribed")
def does_not_subscribe_again(lab):
    broker(lab)

    def act():
        first = client(lab, "connect=panel", "subscribe=0,home/#", "wait=2")
        first.wait(15)
        client(lab, "connect=panel", "pings=20")
        for _ in range(7):
            time.sleep(1)
            pub(lab, "-m", "x", "-q", "1")
    return listen(lab, act)


@overheard("delivery-not-subscribed")
def never_subscribes(lab):
    broker(lab)

    def act():
        client(lab, "connect=app", "pings=30")
        time.sleep(2)
        pub(lab, "-m", "x", "-q", "1")
    return listen(lab, act, notes=True)


@overheard("auth-hash-subscription-refused")
def hangs_up_on_hash(lab):
    scripted(lab.server, BEHIND, "broker", "subscribe=close", "only=#")
    return listen(lab, lambda: lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "#",
                                               "-t", "$SYS/#", "-i", "explorer"))


@overheard("session-duplicate-client-id")
def one_connection_a_user(lab):
    broker(lab, "use_username_as_clientid true", "allow_anonymous false",
           f"password_file {password_file(lab)}")

    def act():
        for name in ("app-one", "app-two"):
            lab.phone.start("mosquitto_sub", "-h", SERVER, "-u", "alice", "-P", "alice-pw", "-i",
                            name, "-t", "x")
    return listen(lab, act)


@case("delivery-parent-not-matched", layer="listen", slowest=SOON, is_long=True)
def level_above_the_hash_never_comes(lab):
    """A broker that does not count "home" to "home/#"."""
    scripted(lab.server, BEHIND, "broker", "hub=no-parent")

    def act():
        client(lab, "connect=panel", "subscribe=0,home/#", "wait=20")
        time.sleep(1)
        pub(lab, "-q", "1", "-m", "x", "-i", "door")
        pub(lab, "-q", "1", "-m", "x", "-i", "door", "-t", "home")
        client(lab, "connect=lamp", "wait=8")
    return listen(lab, act, patience=9)
