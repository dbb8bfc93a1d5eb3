"""Clients in order, overheard by listen and in a capture: nobody may be accused."""
import time

from .cases import explain
from .net import SERVER, sh
from .services import mosquitto
from .stage_listen import broker, client, listen, pub
from .stage_trained_healthy import fine
from .stage_unmet_seven import captured


def both_ways(name, act, *lines, patience=6):
    """The same clients, overheard by `listen` and in a capture on the server."""
    def heard(lab):
        broker(lab, *lines)
        return listen(lab, lambda: act(lab), patience=patience)

    def written(lab):
        mosquitto(lab.server, *lines)
        return explain(captured(lab, lab.server, lambda: act(lab)))
    for way, stage in (("heard", heard), ("captured", written)):
        stage.__name__ = f"{name}_{way}"
        fine(stage)


def sensor_that_wakes_now_and_then(lab):
    for _ in range(4):
        pub(lab, "-i", "sensor-7", "-m", "21", "-q", "1")
        time.sleep(1.5)


def reader(lab, *words):
    lab.router.start("mosquitto_sub", "-h", SERVER, "-i", "reader", "-t", "home/#", *words)
    time.sleep(0.4)


def sensor_and_reader(lab):
    reader(lab, "-q", "1")
    sensor_that_wakes_now_and_then(lab)


def with_a_will_and_a_goodbye(lab):
    lab.router.start("mosquitto_sub", "-h", SERVER, "-i", "watcher", "-t", "status/#")
    time.sleep(0.4)
    for _ in range(2):
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "--will-topic", "status/app", "--will-payload", "offline",
                      "--will-retain", "-t", "home/#", "-W", "2", check=False)


def power_cut_and_a_will(lab):
    lab.router.start("mosquitto_sub", "-h", SERVER, "-i", "watcher", "-t", "status/#")
    time.sleep(0.4)
    process = lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "app", "--will-topic", "status/app", "--will-payload",
                              "offline", "-t", "home/#")
    time.sleep(1)
    process.kill()
    time.sleep(1)


def the_same_phone_in_another_network(lab):
    """It leaves Wi-Fi without a word, comes by another address, and takes its session over, once."""
    client(lab, "connect=phone-1,60,keep", "subscribe=1,home/#", "wait=8")
    time.sleep(2)
    sh("ip", "-n", lab.phone.name, "address", "add", "10.77.1.9/24", "dev", "e0")
    lab.phone.start("mosquitto_sub", "-h", SERVER, "-A", "10.77.1.9", "-i", "phone-1", "-c", "-q", "1", "-t", "home/#")
    time.sleep(1)
    lab.router.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "home/door", "-m", "x")
    time.sleep(3)


def a_session_that_is_kept(lab):
    for _ in range(3):
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "-c", "-q", "1", "-t", "home/#", "-W", "1", check=False)
        lab.router.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "home/door", "-m", "x")


def pings_and_nothing_else(lab):
    client(lab, "connect=quiet,4", "subscribe=0,alarm/#", "pings=6").wait(15)


def keep_alive_off(lab):
    client(lab, "connect=quiet,0", "subscribe=0,alarm/#", "wait=6").wait(15)


def retained_and_cleared_by_its_owner(lab):
    reader(lab)
    for _ in range(2):
        pub(lab, "-i", "door", "-r", "-m", "open")
        pub(lab, "-i", "door", "-r", "-n")
        time.sleep(1)


def subscribes_anew_each_time(lab):
    for _ in range(3):
        lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "home/#", "-W", "1", check=False)
        time.sleep(0.3)


def qos_2_and_large(lab):
    reader(lab, "-q", "2")
    for _ in range(3):
        lab.phone.run("sh", "-c", f"head -c 60000 /dev/zero | mosquitto_pub -h {SERVER} -i camera -t home/camera -q 2 -s")


def version_5_with_everything(lab):
    reader(lab, "-V", "5", "-q", "2", "-x", "100", "-c", "-D", "connect", "receive-maximum", "5")
    for number in range(4):
        pub(lab, "-V", "5", "-i", "app", "-q", "2", "-m", number, "-D", "publish", "message-expiry-interval", "60",
            "-D", "publish", "user-property", "site", "hall", "-D", "publish", "content-type", "text/plain")


def answers_on_another_topic(lab):
    """Ask and answer: each publishes where the other listens."""
    lab.router.start("sh", "-c", f"mosquitto_sub -h {SERVER} -i lamp -t lamp/set | while read x; do"
                     f" mosquitto_pub -h {SERVER} -i lamp2 -t lamp/state -m $x; done")
    lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "lamp/state")
    time.sleep(0.5)
    for word in ("on", "off", "on"):
        pub(lab, "-t", "lamp/set", "-m", word, "-i", "remote")
        time.sleep(0.5)


def two_phones(lab):
    for name in ("phone-a", "phone-b"):
        client(lab, f"connect={name}", "subscribe=1,home/#", "pings=5")
    time.sleep(1)
    lab.router.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "home/door", "-m", "x")
    time.sleep(5)


def only_publishes_and_nobody_reads_yet(lab):
    pub(lab, "-i", "meter", "-t", "meters/1", "-r", "-m", "21")
    time.sleep(1)


def unsubscribes_and_leaves(lab):
    client(lab, "connect=app", "subscribe=0,home/#", "wait=1", "unsubscribe=home/#", "wait=1").wait(9)


def reconnects_after_the_wifi_was_away(lab):
    process = client(lab, "connect=phone-1,60", "subscribe=1,home/#", "wait=30")
    time.sleep(1)
    process.kill()
    client(lab, "connect=phone-1,60", "subscribe=1,home/#", "pings=4").wait(9)


for act in (sensor_that_wakes_now_and_then, sensor_and_reader, with_a_will_and_a_goodbye, power_cut_and_a_will,
            the_same_phone_in_another_network, a_session_that_is_kept, pings_and_nothing_else, keep_alive_off,
            retained_and_cleared_by_its_owner, subscribes_anew_each_time, qos_2_and_large, version_5_with_everything,
            answers_on_another_topic, two_phones, only_publishes_and_nobody_reads_yet, unsubscribes_and_leaves,
            reconnects_after_the_wifi_was_away):
    both_ways(act.__name__, act)
