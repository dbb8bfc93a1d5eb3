"""Why nothing arrives though everybody is connected, walked as a closed set: topics, answers of the broker, rights, what
is retained, mount points and bridges. Here stand those the doctor had wrong or not at all, and their healthy neighbours."""
import json
import os
import time

from .cases import doctor
from .net import sh
from .reported import HEALTHY, reported
from .services import mosquitto, scripted
from .stage_delivery import AT, TRY, delivery
from .stage_listen import broker, listen, pub, sub
from .stage_permission import ALICE

SET = "closed set: delivery"
SLOW = 25
HERE = "127.0.0.1:1883"


def staged(name, *names, **more):
    def register(function):
        function.__name__ = name
        return reported(SET, *names, **{"slowest": SLOW, **more})(function)
    return register


# ---- a real sender, and only the filter is known ---------------------------------------------------


def beside(name, wanted, sent, *names):
    @staged(name, *names)
    def _(lab):
        mosquitto(lab.server)
        lab.server.start("sh", "-c", 'while :; do mosquitto_pub -h 127.0.0.1 -t "$1" -m 21; sleep 0.2; done', "sh", sent)
        time.sleep(0.5)
        return delivery(lab.phone, AT, "-t", wanted)


beside("beside_case", "home/door", "home/Door", r"home/Door", r"case")
beside("beside_case_of_the_first", "home/door", "Home/door", r"Home/door", r"case")
beside("beside_blank", "home/door", "home/door ", r"space")
beside("beside_double_slash", "home/door", "home//door", r"home//door", r"double /")
beside("beside_underscore", "home/living-room/temp", "home/living_room/temp", r"living_room")
beside("beside_spelling", "home/temprature", "home/temperature", r"home/temperature")
beside("beside_quotes", "home/door", '"home/door"', r"quot")
beside("beside_filter_case", "Home/+", "home/door", r"home/door", r"case")
beside("beside_filter_hash_case", "home/Sensors/#", "home/sensors/a/b", r"home/sensors", r"case")
beside("beside_filter_plus", "home/+", "home/cellar/door", r"one level|home/#")
beside("beside_nobody", "home/door", "garden/gate", HEALTHY)
beside("beside_a_sibling_is_none", "home/door", "home/window", HEALTHY)
beside("beside_it_comes", "home/door", "home/door", HEALTHY)


# ---- what the broker gives as its reason -----------------------------------------------------------


def answers(name, told, *names, words=TRY):
    @staged(name, *names)
    def _(lab):
        scripted(lab.server, 1883, "exchange", *told)
        return delivery(lab.phone, AT, *words, "-V", "5")


PLUS = ("-t", "home/+", "--sent-to", "home/door", "--publish")
GROUP = ("-t", "$share/g/home/door", "--publish")
for code, right in (("83", r"0x83"), ("8f", r"0x8F"), ("91", r"0x91"), ("97", r"quota"), ("a1", r"subscription identifier")):
    answers(f"suback_{code}", (f"grant={code}", "only=home/door"), right)
answers("suback_a2", ("grant=a2", "only=home/+"), r"wildcard", words=PLUS)
answers("suback_of_qos_0", ("grant=00", "only=home/door"), HEALTHY)
for code, right in (("10", r"0x10"), ("80", r"0x80"), ("83", r"0x83"), ("90", r"0x90"), ("91", r"0x91"), ("97", r"quota"),
                    ("99", r"payload")):
    answers(f"puback_{code}", (f"refuse={code}", "only=home/door"), right)
answers("ended_by_quota", ("end=97", "only=home/door"), r"quota")
answers("ended_by_rate", ("end=96", "only=home/door"), r"0x96", r"rate")
answers("ended_by_rights", ("end=87", "only=home/door"), r"0x87|not authorized")
answers("ended_by_shared", ("end=9e", "only=$share/g/home/door"), r"shared", words=GROUP)
answers("ended_by_wildcard", ("end=a2", "only=home/+"), r"wildcard", words=PLUS)
answers("exchange_without_oddity", (), HEALTHY)


# ---- rights, on the broker's own machine -----------------------------------------------------------


def with_acl(lab, *rules):
    path = lab.file("passwd", "alice:alice-pw\nbob:bob-pw\n")
    sh("mosquitto_passwd", "-U", path)
    os.chmod(path, 0o644)
    mosquitto(lab.server, f"password_file {path}", f"acl_file {lab.file('acl', chr(10).join(rules) + chr(10))}",
              "allow_anonymous true")


def acl(name, rules, *names, words=ALICE, topic="home/door"):
    @staged(name, *names)
    def _(lab):
        with_acl(lab, *rules)
        return doctor(lab.server, "delivery", HERE, "--on-broker", "-t", topic, "--publish", *words)


acl("acl_write_only", ("user alice", "topic write home/#"), r"read", r"acl:2: topic write home/#")
acl("acl_read_only", ("user alice", "topic read home/#"), r"publish", r"acl:2: topic read home/#")
acl("acl_pattern_of_another_user", ("pattern readwrite users/%u/#",), r"users/alice/#", topic="users/bob/door")
acl("acl_general_is_anonymous", ("topic readwrite home/#", "user bob", "topic readwrite x/#"), r"acl:1: topic readwrite home/#",
    r"without a user name")
acl("acl_one_level_too_few", ("user alice", "topic readwrite home"), r"topic readwrite home\b")
acl("acl_plus_is_one_level", ("user alice", "topic readwrite home/+"), r"topic readwrite home/\+", topic="home/cellar/door")
acl("acl_names_others", ("user bob", "topic readwrite #"), r"no lines for alice")
acl("acl_is_for_users", ("user alice", "topic readwrite #"), r"without a user name", words=())
acl("acl_star_is_no_wildcard", ("user alice", "topic readwrite home/*"), r"home/\*")
acl("acl_with_a_narrower_line", ("user alice", "topic readwrite home/#", "topic read home/+/x"), HEALTHY)
acl("acl_without_a_keyword", ("user alice", "topic home/#"), HEALTHY)
acl("acl_pattern_of_this_user", ("pattern readwrite users/%u/#",), HEALTHY, topic="users/alice/door")


def dynsec(name, *names, **allowed):
    @staged(name, *names)
    def _(lab):
        rights = {"publishClientSend": True, "publishClientReceive": True, "subscribe": True, "unsubscribe": True, **allowed}
        path = lab.file("dynsec.json", json.dumps({
            "defaultACLAccess": rights, "clients": [], "groups": [{"groupname": "all", "roles": []}],
            "anonymousGroup": "all", "roles": []}))
        mosquitto(lab.server, "plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
                  f"plugin_opt_config_file {path}", "allow_anonymous true")
        return doctor(lab.server, "delivery", HERE, "--on-broker", *TRY)


dynsec("dynsec_may_not_receive", r"publishClientReceive", publishClientReceive=False)
dynsec("dynsec_may_not_send", r"publishClientSend", publishClientSend=False)
dynsec("dynsec_may_not_subscribe", r"subscri", r"mosquitto_ctrl", subscribe=False)
dynsec("dynsec_may", HEALTHY)


# ---- retained --------------------------------------------------------------------------------------


def retained(name, *names, wanted="home/door", sent="home/door"):
    @staged(name, *names)
    def _(lab):
        mosquitto(lab.server)
        lab.server.run("mosquitto_pub", "-q", "1", "-r", "-t", sent, "-m", "open")
        return delivery(lab.phone, AT, "--retained", "-t", wanted)


retained("retained_is_there", HEALTHY)


@staged("retained_may_not_be_read", r"read", r"acl:2: topic write home/#")
def _(lab):
    with_acl(lab, "user alice", "topic write home/#", "topic readwrite mqtt-doctor/#", "user bob", "topic readwrite #")
    lab.server.run("mosquitto_pub", "-q", "1", "-r", "-u", "bob", "-P", "bob-pw", "-t", "home/door", "-m", "open")
    return doctor(lab.server, "delivery", HERE, "--on-broker", "--retained", "-t", "home/door", *ALICE)


# ---- mount points and bridges ----------------------------------------------------------------------


def mounted(name, first, second, *names):
    @staged(name, *names)
    def _(lab):
        conf = lab.file("m.conf", "user root\nlog_dest stderr\nallow_anonymous true\n"
                        f"listener 1883\n{first}\nlistener 1884\n{second}\n")
        lab.server.serve("mosquitto", "mosquitto", "-c", conf, ready=1884)
        return doctor(lab.server, "delivery", HERE, "--on-broker", *TRY, "--sent-via", "127.0.0.1:1884")


mounted("two_listeners_of_one_broker", "", "", HEALTHY)


def bridge(name, line, *names):
    """The second broker passes on to the first, which is looked at."""
    @staged(name, *names)
    def _(lab):
        mosquitto(lab.server)
        mosquitto(lab.server, "connection one", "address 127.0.0.1:1883", line, "allow_anonymous true", listener=1885,
                  ready=1885, name="two.conf")
        time.sleep(1)
        return doctor(lab.server, "delivery", HERE, *TRY, "--sent-via", "127.0.0.1:1885")


bridge("bridge_out", "topic home/# out 2", HEALTHY)


# ---- what the doctor hears between them ------------------------------------------------------------


def heard(name, wanted, sent, *names):
    @staged(name, *names)
    def _(lab):
        broker(lab)

        def act():
            sub(lab, "-t", wanted, "-i", "app")
            for _ in range(4):
                pub(lab, "-t", sent, "-m", "x", "-q", "1", "-i", "sensor")
                time.sleep(0.3)
        return listen(lab, act, patience=12)


heard("heard_placeholder", "home/{id}/door", "home/7/door", r"home/\{id\}")
heard("heard_percent", "home%2Fdoor", "home/door", r"%2F")
heard("heard_list", "home/door,home/gate", "home/door", r"list")
heard("heard_at_once", "home/+", "home/door", HEALTHY)
