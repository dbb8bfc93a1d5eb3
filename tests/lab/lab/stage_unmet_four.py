"""Never met, the fourth batch: what the doctor overhears in front of a broker.

At first what it says of each client when it ends was not counted; three were right with that.
"""
import sys
import time

from .net import SERVER
from .services import password_file, scripted
from .stage_listen import BEHIND, broker, client, listen, pub, sub, with_rules
from .unmet import OPEN, unmet

# Seconds that suffice where nothing is to be told: remarks come within two seconds.
QUIET = 2.5


def overheard(*right, never=(), slowest=20.0):
    return unmet(*right, never=never, slowest=slowest)


@overheard("healthy")
def scale_that_connects_for_each_weight(lab):
    """Connects, publishes, takes its leave; again and again, under one name."""
    broker(lab)

    def act():
        sub(lab, "-t", "home/#", "-i", "panel")
        for weight in range(8):
            pub(lab, "-i", "scale", "-t", "home/weight", "-m", str(weight))
            time.sleep(0.2)
    return listen(lab, act, patience=QUIET)


@overheard("healthy")
def same_name_one_after_the_other(lab):
    broker(lab)

    def act():
        for _ in range(3):
            lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "home/#", "-W", "1",
                          check=False)
    return listen(lab, act, patience=QUIET)


@overheard("healthy")
def load_balancer_looks_whether_the_port_is_open(lab):
    """Opens and closes, and sends nothing."""
    broker(lab)
    knock = ("import socket,time\n"
             f"for _ in range(8):\n socket.create_connection(('{SERVER}',1883)).close()\n time.sleep(.3)\n")
    return listen(lab, lambda: lab.phone.run(sys.executable, "-c", knock), patience=QUIET)


@overheard("healthy")
def session_is_kept_and_fetched(lab):
    broker(lab)

    def act():
        words = ("-h", SERVER, "-c", "-i", "app", "-t", "home/#", "-q", "1", "-W", "1")
        lab.phone.run("mosquitto_sub", *words, check=False)
        pub(lab, "-q", "1", "-m", "waiting")
        lab.phone.run("mosquitto_sub", *words, check=False)
    return listen(lab, act, patience=QUIET)


@overheard("healthy")
def two_workers_share_the_work(lab):
    broker(lab)

    def act():
        for name in ("one", "two"):
            sub(lab, "-t", "$share/all/home/#", "-i", name, "-q", "1")
        for number in range(6):
            pub(lab, "-q", "1", "-m", str(number), "-i", "sensor")
    return listen(lab, act, patience=QUIET)


@overheard("healthy")
def never_pings_and_need_not(lab):
    """Keep alive 0: silence is allowed for ever."""
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=meter,0", "publish=0,home/power", "wait=4"),
                  patience=QUIET)


@overheard("healthy")
def subscribes_with_less_than_is_published(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "home/#", "-q", "0", "-i", "panel")
        for _ in range(4):
            pub(lab, "-q", "2", "-m", "x", "-i", "sensor")
    return listen(lab, act, patience=QUIET)


@overheard("healthy")
def retained_message_is_replaced_and_cleared_by_its_owner(lab):
    broker(lab)

    def act():
        pub(lab, "-r", "-m", "online", "-i", "lamp")
        pub(lab, "-r", "-m", "offline", "-i", "lamp")
        sub(lab, "-t", "home/#", "-i", "panel")
    return listen(lab, act, patience=QUIET)


@overheard("mqtt-topic-violates-rules", "mqtt-malformed-client", never=("auth-acl-publish-closes",))
def publishes_to_a_wildcard(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=app", "publish=1,home/+/door", "pings=5"), patience=2)


@overheard("mqtt-malformed-client", never=("auth-acl-publish-closes", "session-duplicate-client-id"))
def connects_twice_on_one_connection(lab):
    """[MQTT-3.1.0-2]: the broker must hang up."""
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=app", "connect=app", "pings=5"), patience=2)


@overheard("mqtt-malformed-client", never=("auth-acl-publish-closes", "auth-bad-credentials"))
def publishes_before_it_connects(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "publish=0,home/door", "wait=1"), patience=2)


@overheard("mqtt-malformed-client", "mqtt-topic-violates-rules",
           never=("auth-acl-subscribe-refused", "auth-acl-publish-closes"))
def subscribes_to_a_hash_in_the_middle(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=app", "subscribe=1,home/#/door", "pings=5"), patience=2)


@overheard(OPEN, "ended-by-broker", "session-flaps", "mqtt-closed-after-connect",
           never=("auth-bad-credentials", "session-duplicate-client-id", "session-keepalive-expired"))
def broker_ends_it_right_after_connack(lab):
    scripted(lab.server, BEHIND, "half", "20020000")

    def act():
        for _ in range(3):
            client(lab, "connect=app", "wait=1").wait(5)
    return listen(lab, act, patience=2)


@overheard("auth-client-id-not-allowed", never=("auth-bad-credentials",))
def identifier_of_a_device_not_yet_enrolled(lab):
    scripted(lab.server, BEHIND, "broker", "id=meter-")
    return listen(lab, lambda: client(lab, "connect=sensor-7", "wait=2"), patience=8)


@overheard("session-duplicate-client-id", never=("session-flaps", "ended-by-broker"))
def three_devices_flashed_with_one_name(lab):
    broker(lab)

    def act():
        for number in range(3):
            lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "esp32", "-t", f"room/{number}")
    return listen(lab, act)


@overheard("auth-bad-credentials", never=("auth-client-id-not-allowed", "auth-source-not-allowed"))
def one_of_two_users_mistypes(lab):
    broker(lab, "allow_anonymous false", f"password_file {password_file(lab)}")

    def act():
        pub(lab, "-u", "alice", "-P", "alice-pw", "-m", "x", "-i", "app")
        pub(lab, "-u", "alice", "-P", "Alice-pw", "-m", "x", "-i", "app")
    return listen(lab, act)


@overheard("auth-acl-publish-swallowed", "auth-acl-read-denied-silently")
def device_writes_where_it_may_not_and_says_so_in_5(lab):
    with_rules(lab, "topic readwrite open/#", "topic read home/#")

    def act():
        sub(lab, "-t", "home/#", "-q", "1", "-i", "panel")
        pub(lab, "-t", "open/door", "-V", "5", "-q", "1", "-m", "x", "-i", "sensor")
        pub(lab, "-t", "home/door", "-V", "5", "-q", "1", "-m", "x", "-i", "sensor")
    return listen(lab, act)


@overheard("delivery-topic-differs", "delivery-wildcard-misread")
def panel_asks_with_a_star(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "home/*/state", "-i", "panel")
        pub(lab, "-t", "home/door/state", "-q", "1", "-m", "open", "-i", "sensor")
    return listen(lab, act)


@overheard("delivery-topic-differs")
def panel_asks_with_a_blank(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "home/door ", "-i", "panel")
        pub(lab, "-t", "home/door", "-q", "1", "-m", "open", "-i", "sensor")
    return listen(lab, act)


@overheard("mqtt-server-busy-or-banned", never=("auth-bad-credentials",))
def broker_is_not_available_to_anybody(lab):
    scripted(lab.server, BEHIND, "broker", "anonymous=3")
    return listen(lab, lambda: client(lab, "connect=app", "wait=2"), patience=8)


@overheard("mqtt-refused", "auth-acl-publish-closes", OPEN, "mqtt-version-refused",
           never=("auth-bad-credentials",))
def will_is_refused_and_called_a_wrong_version(lab):
    """An old EMQX refuses a will that may not be written with code 1; without it the same client
    is let in."""
    scripted(lab.server, BEHIND, "broker", "will=1")

    def act():
        pub(lab, "-i", "sensor", "-m", "x")
        pub(lab, "-i", "sensor", "-m", "x", "--will-topic", "state/sensor", "--will-payload", "gone")
    answer = listen(lab, act, patience=8)
    if answer.report["causes"] and "will" not in answer.report["causes"][0]["cause"]:
        answer.found += " (without a word about the will)"
    return answer


@overheard("tls-plaintext-to-tls-port", "mqtt-malformed-client", "tls-to-plaintext-port")
def phone_speaks_tls_to_a_plain_port(lab):
    broker(lab)
    words = ("import socket,ssl\nc=ssl._create_unverified_context()\n"
             f"c.wrap_socket(socket.create_connection(('{SERVER}',1883)))\n")
    return listen(lab, lambda: lab.phone.run(sys.executable, "-c", words, check=False), patience=2)
