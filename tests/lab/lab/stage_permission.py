"""What one may publish and subscribe to, once inside."""
import json
import os

from .cases import Skip, case, doctor, healthy, without_warning
from .net import SERVER, sh
from .rabbitmq import rabbitmq
from .services import mosquitto, password_file, scripted, websocket_broker

AT = f"{SERVER}:1883"
ALICE = ("-u", "alice", "-P", "alice-pw")
TRY = ("-t", "home/door", "--publish")


def with_acl(lab, *rules):
    acl = lab.file("acl", "\n".join(("user alice", "topic readwrite mqtt-doctor/#", *rules)) + "\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {acl}")


@case("auth-acl-publish-swallowed")
def acl_forbids_publishing_5(lab):
    with_acl(lab, "topic read home/#")
    return doctor(lab.phone, AT, *ALICE, *TRY)


@case("auth-acl-publish-swallowed")
def acl_forbids_publishing_311(lab):
    with_acl(lab, "topic read home/#")
    return doctor(lab.phone, AT, *ALICE, *TRY, "-V", "3.1.1")


@case("auth-acl-publish-swallowed")
def acl_forbids_everything_5(lab):
    with_acl(lab)
    return doctor(lab.phone, AT, *ALICE, *TRY)


@case("auth-acl-publish-swallowed")
def acl_forbids_publishing_over_websocket(lab):
    acl = lab.file("acl", "topic readwrite mqtt-doctor/#\ntopic read home/#\n")
    websocket_broker(lab.server, f"acl_file {acl}", "allow_anonymous true")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt", *TRY)


@case("auth-acl-read-denied-silently")
def acl_forbids_reading(lab):
    with_acl(lab, "topic write home/#")
    return doctor(lab.phone, AT, *ALICE, *TRY)


@case("auth-acl-read-denied-silently", alike=("auth-acl-publish-swallowed",))
def acl_forbids_reading_311(lab):
    """PUBACK of 3.1.1 says nothing: reading and writing look alike."""
    with_acl(lab, "topic write home/#")
    return doctor(lab.phone, AT, *ALICE, *TRY, "-V", "3.1.1")


def dynamic(lab, *acls):
    """mosquitto's dynamic security plugin, with rules for everybody."""
    plugin = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
    if not os.path.exists(plugin):
        raise Skip("mosquitto's dynamic security plugin is not installed")
    allowed = {"publishClientSend": True, "publishClientReceive": True, "subscribe": True,
               "unsubscribe": True}
    path = lab.file("dynsec.json", json.dumps({
        "defaultACLAccess": allowed,
        "clients": [], "groups": [{"groupname": "all", "roles": [{"rolename": "all"}]}],
        "anonymousGroup": "all",
        "roles": [{"rolename": "all", "acls": [
            {"acltype": kind, "topic": topic, "priority": 9, "allow": False}
            for kind, topic in acls]}]}))
    mosquitto(lab.server, f"plugin {plugin}", f"plugin_opt_config_file {path}",
              "allow_anonymous true")


@case("auth-acl-subscribe-refused")
def plugin_refuses_the_subscription_5(lab):
    dynamic(lab, ("subscribeLiteral", "home/door"))
    return doctor(lab.phone, AT, "-t", "home/door")


@case("auth-acl-subscribe-refused")
def plugin_refuses_the_subscription_311(lab):
    dynamic(lab, ("subscribeLiteral", "home/door"))
    return doctor(lab.phone, AT, "-t", "home/door", "-V", "3.1.1")


@case("auth-hash-subscription-refused")
def plugin_refuses_hash(lab):
    dynamic(lab, ("subscribeLiteral", "#"))
    return doctor(lab.phone, AT, "-t", "#")


@case("auth-hash-subscription-refused")
def as_emqx_does_by_default(lab):
    scripted(lab.server, 1883, "broker", "subscribe=87", "only=#")
    return doctor(lab.phone, AT, "-t", "#")


@case("auth-hash-subscription-refused")
def system_topics_refused_311(lab):
    scripted(lab.server, 1883, "broker", "subscribe=80", "only=$SYS/#")
    return doctor(lab.phone, AT, "-t", "$SYS/#", "-V", "3.1.1")


@case("auth-acl-subscribe-refused")
def closes_at_a_forbidden_subscription(lab):
    scripted(lab.server, 1883, "broker", "subscribe=close", "only=home/door")
    return doctor(lab.phone, AT, "-t", "home/door")


@case("proxy-backends-differ", alike=("auth-acl-subscribe-refused", "mqtt-connack-slow"), is_long=True)
def closes_at_any_subscription_and_answers_no_more(lab):
    scripted(lab.server, 1883, "broker", "subscribe=close", "answers=1")
    return doctor(lab.phone, AT)


@case("auth-acl-publish-closes")
def closes_at_a_forbidden_message(lab):
    scripted(lab.server, 1883, "broker", "publish=close", "only=home/door")
    return doctor(lab.phone, AT, *TRY)


@case("auth-acl-no-puback")
def never_acknowledges_a_forbidden_message(lab):
    scripted(lab.server, 1883, "broker", "publish=silent", "only=home/door")
    return doctor(lab.phone, AT, *TRY)


@case("auth-acl-no-puback")
def rabbitmq_without_write_permission(_):
    return doctor(rabbitmq().phone, AT, "-u", "reader", "-P", "reader-pw", *TRY)


@case("auth-acl-publish-closes")
def rabbitmq_topic_permission(_):
    return doctor(rabbitmq().phone, AT, "-u", "narrow", "-P", "narrow-pw", *TRY)


@case("auth-acl-subscribe-refused")
def rabbitmq_without_read_permission(_):
    return doctor(rabbitmq().phone, AT, "-u", "writer", "-P", "writer-pw", "-t", "home/door")


# ---- rules that go by the client identifier, and names that nearly fit -----------------------------


def by_identifier(lab, pattern):
    acl = lab.file("acl", f"pattern readwrite {pattern}\nuser alice\ntopic readwrite mqtt-doctor/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false",
              f"acl_file {acl}")


def on_server(lab, *words):
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", *ALICE, *words)


def says(answer, *parts):
    """The first cause has all of these words in it, or in its cures."""
    text = json.dumps(answer.report.get("causes", [])[:1])
    for part in parts:
        if part not in text:
            answer.found += f" (without \"{part}\")"
    return answer


@case("auth-acl-publish-swallowed")
def rules_by_identifier(lab):
    by_identifier(lab, "device/%c/#")
    return says(on_server(lab, "-t", "device/phone/x", "--publish"), "client identifier",
                "-i phone")


@case("auth-acl-publish-swallowed")
def rules_by_identifier_and_user(lab):
    by_identifier(lab, "%u/%c/state")
    return says(on_server(lab, "-t", "alice/tablet/state", "--publish"), "-i tablet")


@case("auth-acl-publish-swallowed")
def rules_by_identifier_seen_from_elsewhere(lab):
    by_identifier(lab, "device/%c/#")
    answer = doctor(lab.phone, "delivery", AT, *ALICE, "-t", "device/phone/x", "--publish")
    if answer.report["causes"][0]["certainty"] == "certain":
        answer.found += " (for certain, which it cannot be)"
    return answer


@healthy("the_apps_own_identifier_is_the_one_that_counts")
def apps_identifier(lab):
    by_identifier(lab, "device/%c/#")
    answer = doctor(lab.phone, "delivery", AT, *ALICE, "-i", "phone", "-t", "device/phone/x",
                    "--publish")
    return without_warning(answer, "auth-acl-publish-swallowed")


def with_rules_for(lab, name):
    acl = lab.file("acl", f"user {name}\ntopic readwrite home/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false",
              f"acl_file {acl}")


@case("auth-acl-publish-swallowed")
def rules_for_a_name_in_capitals(lab):
    with_rules_for(lab, "Alice")
    return says(on_server(lab, *TRY), "no rules for", "s/^user[[:space:]]*Alice$/user alice/")


@case("auth-acl-publish-swallowed")
def rules_for_a_misspelt_name(lab):
    with_rules_for(lab, "allice")
    return says(on_server(lab, *TRY), "no rules for")


@case("auth-acl-publish-swallowed")
def rules_for_somebody_else(lab):
    with_rules_for(lab, "bob")
    answer = says(on_server(lab, *TRY), "tee -a")
    if "no rules for" in json.dumps(answer.report["causes"][:1]):
        answer.found += " (bob is nobody's slip of the pen)"
    return answer


# ---- two at once -----------------------------------------------------------------------------------


@case("tcp-timeout-host-firewall", layer="auth")
def firewall_before_the_login(lab):
    """The broker wants a user, and nobody outside gets that far."""
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false")
    lab.server.nft("in iif lo accept", "in tcp dport 1883 drop")
    answer = doctor(lab.server, "localhost:1883", "--on-broker")
    if "auth-anonymous-refused" not in answer.others:
        answer.found += " (and the login is not told)"
    return answer


@case("tcp-refused-loopback-listener", layer="auth")
def loopback_before_the_password(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", f"password_file {password_file(lab)}",
              "allow_anonymous false", listener=None)
    answer = doctor(lab.server, "127.0.0.1:1883", "--on-broker", "-u", "alice", "-P", "wrong")
    if "auth-bad-credentials" not in answer.others:
        answer.found += " (and the password is not told)"
    return answer


@case("auth-acl-publish-swallowed")
def line_that_denies_wins(lab):
    with_acl(lab, "topic readwrite home/#", "topic deny home/door")
    return doctor(lab.server, "localhost:1883", "--on-broker", *ALICE, *TRY, "-V", "5")
