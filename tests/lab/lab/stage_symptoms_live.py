"""What the user sees is told (--symptom), and the live doctor examines where it hurts. Each right answer was written
down before the probe or the cause was; for each symptom there is one broker that brings it about, and the same symptom
at a broker that does not, which must not be blamed."""
import subprocess
import time

from .cases import doctor, healthy
from .net import SERVER
from .reported import reported
from .services import mosquitto, password_file, scripted
from .stage_delivery import AT
from .stage_permission import ALICE
from .stage_unmet_eighteen import python
from .stage_unmet_more_twenty import KEEPS

OWN = "made for --symptom: "


def seen(lab, word, *more):
    return doctor(lab.phone, AT, "--symptom", word, *more)


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


def exchange(lab, *words):
    scripted(lab.server, 1883, "exchange", *words)
    lab.server.wait_for_port(1883)


def keeps(lab, topic, text):
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", topic, "-r", "-q", "1", "-m", text)


# ---- from afar ------------------------------------------------------------------------------------


@reported(OWN + "missed-while-away", r"at most [1-5] messages", r"max_queued_messages")
def few_messages_wait(lab):
    mosquitto(lab.server, "max_inflight_messages 1", "max_queued_messages 2")
    return seen(lab, "missed-while-away")


@reported(OWN + "missed-while-away", r"QoS 0", r"waited")
def all_messages_wait(lab):
    """The broker is as it should be: what differs is the app's own."""
    mosquitto(lab.server)
    return seen(lab, "missed-while-away")


@reported(OWN + "no-last-value", r"[Rr]etained messages", r"retain_available|Retain Available")
def retained_messages_are_off(lab):
    mosquitto(lab.server, "retain_available false")
    return seen(lab, "no-last-value")


@reported(OWN + "no-last-value", r"it kept a retained message", r"cleared it")
def retained_messages_are_kept(lab):
    mosquitto(lab.server)
    return seen(lab, "no-last-value")


@reported(OWN + "no-last-value", r"home/door", r"retain")
def the_value_was_not_retained(lab):
    mosquitto(lab.server)
    return seen(lab, "no-last-value", "-t", "home/door")


@reported(OWN + "old-messages", r"retained", r"home/door")
def an_old_value_is_retained(lab):
    mosquitto(lab.server)
    keeps(lab, "home/door", "open")
    return seen(lab, "old-messages", "-t", "home/door")


@reported(OWN + "old-messages", r"clear", r"retained")
def no_value_can_be_cleared(lab):
    python(lab.server, KEEPS, 1883, "exchange", "for-ever")
    lab.server.wait_for_port(1883)
    return seen(lab, "old-messages")


@reported(OWN + "cannot-send", r"\b\d0,?000 bytes|bytes", r"message_size_limit|max_packet_size|limit")
def a_large_message_is_refused(lab):
    mosquitto(lab.server, "message_size_limit 20000")
    return seen(lab, "cannot-send")


@reported(OWN + "cannot-send", r"QoS 2")
def no_quality_2(lab):
    exchange(lab, "qos2=close")
    return seen(lab, "cannot-send")


@reported(OWN + "cannot-send", r"QoS 2", r"does not (take|answer)|not know")
def quality_2_is_not_answered(lab):
    exchange(lab, "qos2=silent")
    return seen(lab, "cannot-send")


@reported(OWN + "cannot-send", r"took messages of QoS 0 to 2")
def everything_is_taken(lab):
    mosquitto(lab.server)
    return seen(lab, "cannot-send")


@reported(OWN + "twice", r"more than once|copies")
def every_message_comes_twice(lab):
    exchange(lab, "twice")
    return seen(lab, "twice")


@reported(OWN + "late", r"late|took [2-9]")
def every_message_comes_late(lab):
    exchange(lab, "late=1.6")
    return seen(lab, "late")


@reported(OWN + "late", r"in order, the slowest after")
def no_message_comes_late(lab):
    mosquitto(lab.server)
    return seen(lab, "late")


@reported(OWN + "wrong-order", r"another order|after one that was sent later")
def the_order_is_another(lab):
    exchange(lab, "swap")
    return seen(lab, "wrong-order")


@reported(OWN + "some-missing", r"Missing: |drops|does not deliver|do not arrive|lost")
def some_are_lost(lab):
    exchange(lab, "lose=17")
    return seen(lab, "some-missing")


@reported(OWN + "some-missing", r"each once and in order")
def none_is_lost(lab):
    mosquitto(lab.server)
    return seen(lab, "some-missing")


@reported(OWN + "drops", r"after it began", slowest=60)
def connections_end_after_a_while(lab):
    exchange(lab, "life=6")
    return seen(lab, "drops")


@reported(OWN + "drops", r"none was dropped", slowest=60)
def no_connection_ends(lab):
    mosquitto(lab.server)
    return seen(lab, "drops")


@reported(OWN + "shown-offline", r"offline", r"home/plug/LWT", r"retain", slowest=30)
def the_will_is_still_retained(lab):
    mosquitto(lab.server)
    keeps(lab, "home/plug/LWT", "offline")
    return seen(lab, "shown-offline", "-t", "home/plug/LWT")


@reported(OWN + "shown-online", r"[Oo]nline", r"home/plug/LWT", r"will", slowest=30)
def the_birth_is_still_retained(lab):
    mosquitto(lab.server)
    keeps(lab, "home/plug/LWT", "Online")
    return seen(lab, "shown-online", "-t", "home/plug/LWT")


@reported(OWN + "shown-online", r"will|keep alive|silent", slowest=40)
def no_will_is_published(lab):
    exchange(lab)
    return seen(lab, "shown-online")


@reported(OWN + "shown-online", r"keep alive of 2 s", r"DISCONNECT takes its will back", slowest=40)
def wills_are_published(lab):
    mosquitto(lab.server)
    return seen(lab, "shown-online")


@reported(OWN + "too-much", r"sessions of \d+ clients", r"identifier")
def sessions_pile_up(lab):
    mosquitto(lab.server, "sys_interval 1")
    for i in range(24):
        subprocess.run(lab.phone.command("mosquitto_sub", "-h", SERVER, "-c", "-i", f"app-{i}", "-q", "1", "-t", "a",
                                         "-E"), check=True, timeout=20)
    time.sleep(2)
    return seen(lab, "too-much")


@reported(OWN + "too-much", r"own numbers")
def nothing_piles_up(lab):
    mosquitto(lab.server, "sys_interval 1")
    time.sleep(2)
    return seen(lab, "too-much")


@reported(OWN + "nothing-arrives", r"home/[Dd]oor", r"[Cc]apital|case|letter")
def something_near_is_published(lab):
    mosquitto(lab.server)
    lab.phone.start("sh", "-c", f"while :; do mosquitto_pub -h {SERVER} -t home/door -m x; sleep 2; done")
    return seen(lab, "nothing-arrives", "-t", "home/Door")


@healthy()
def the_same_broker_without_a_symptom(lab):
    mosquitto(lab.server, "max_inflight_messages 1", "upgrade_outgoing_qos true", "persistent_client_expiration 1h")
    return doctor(lab.phone, AT)


# ---- on the broker's machine ----------------------------------------------------------------------


@reported(OWN + "missed-while-away", r"persistent_client_expiration 1h", r"mosquitto\.conf:\d")
def sessions_end_after_an_hour(lab):
    mosquitto(lab.server, "persistent_client_expiration 1h")
    return there(lab, "missed-while-away")


@reported(OWN + "late", r"max_inflight_messages 1\b", r"mosquitto\.conf:\d")
def one_message_on_its_way(lab):
    mosquitto(lab.server, "max_inflight_messages 1")
    return there(lab, "late")


@reported(OWN + "wrong-order", r"each once and in order", unsaid=r"max_inflight|max_queued")
def one_message_on_its_way_keeps_the_order(lab):
    mosquitto(lab.server, "max_inflight_messages 1", "max_queued_messages 100")
    return there(lab, "wrong-order")


@reported(OWN + "twice", r"try_private false", r"\.conf:\d", r"both")
def a_bridge_says_not_that_it_is_one(lab):
    mosquitto(lab.server, listener=1884, ready=1884, name="far.conf")
    mosquitto(lab.server, "connection far", "address 127.0.0.1:1884", "topic # both", "try_private false")
    time.sleep(1)
    return there(lab, "twice")


@reported(OWN + "drops", r"user name", r"use_username_as_clientid", slowest=60)
def the_user_name_is_the_identifier(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}",
              "use_username_as_clientid true")
    return there(lab, "drops", *ALICE)


@reported(OWN + "cannot-send", r"message_size_limit 5000", r"bytes|5000")
def the_limit_stands_in_the_file(lab):
    mosquitto(lab.server, "message_size_limit 5000")
    return there(lab, "cannot-send")


@reported(OWN + "no-last-value", r"in memory only|persistence")
def it_was_started_a_moment_ago(lab):
    mosquitto(lab.server)
    return there(lab, "no-last-value", "-t", "home/door")


@reported(OWN + "late", r"lazy", r"\.conf:\d")
def a_lazy_bridge(lab):
    mosquitto(lab.server, listener=1884, ready=1884, name="far.conf")
    mosquitto(lab.server, "connection far", "address 127.0.0.1:1884", "topic # out", "start_type lazy")
    return there(lab, "late")


@healthy()
def the_same_settings_without_a_symptom(lab):
    mosquitto(lab.server, "max_inflight_messages 1", "queue_qos0_messages true", "upgrade_outgoing_qos true",
              "persistent_client_expiration 1h", "max_keepalive 30")
    return doctor(lab.server, "localhost", "--on-broker")
