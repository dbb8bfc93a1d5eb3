"""Connected, and nothing arrives."""
import os
import signal
import threading
import time

from .cases import Skip, case, doctor, healthy, without_warning
from .launched import STAGED, launched
from .net import SERVER, sh
from .rabbitmq import despite_its_pauses, rabbitmq
from .services import (has, haproxy, mosquitto, nginx, password_file, scripted,
                       websocket_broker)
from .stage_permission import ALICE, with_acl

AT = f"{SERVER}:1883"
TRY = ("-t", "home/door", "--publish")
PAUSES = 32  # seconds a case may take on RabbitMQ, which pauses now and then


def delivery(host, *words):
    return doctor(host, "delivery", *words)


@healthy()
def messages_of_each_qos_arrive(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, *TRY)


@healthy()
def messages_of_each_qos_arrive_311(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, *TRY, "-V", "3.1.1")


@case("healthy", slowest=PAUSES)
def messages_of_each_qos_arrive_in_rabbitmq(_):
    return in_rabbitmq(*TRY)


@case("delivery-topic-differs")
def another_case(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/Door", "--sent-to", "home/door", "--publish")


@case("delivery-topic-differs")
def leading_slash(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/+", "--sent-to", "/home/door", "--publish")


@case("delivery-wildcard-misread")
def plus_for_two_levels(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/+", "--sent-to", "home/cellar/door", "--publish")


@case("delivery-hash-excludes-dollar")
def hash_and_system_topics(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "#", "--sent-to", "$SYS/broker/uptime")


@case("mqtt-topic-violates-rules", layer="delivery")
def publishes_to_a_wildcard(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/#", "--sent-to", "home/#")


@case("delivery-sys-closed")
def system_topics_are_off(lab):
    mosquitto(lab.server, "sys_interval 0")
    return delivery(lab.phone, AT, "-t", "$SYS/#")


def two_users(lab, *rules):
    acl = lab.file("acl", "\n".join(("topic readwrite mqtt-doctor/#", "user alice",
                                     "topic readwrite mqtt-doctor/#", *rules)) + "\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous true",
              f"acl_file {acl}")
    return lab.file("alice-pw", "alice-pw\n")


@case("auth-acl-read-denied-silently", layer="delivery")
def the_subscriber_may_not_read(lab):
    word = two_users(lab, "topic write home/#")
    return delivery(lab.phone, AT, *TRY, "--as-publisher", f"alice:{word}")


@case("auth-acl-publish-swallowed", layer="delivery")
def the_publisher_may_not_write(lab):
    word = two_users(lab, "topic read home/#")
    return delivery(lab.phone, AT, *TRY, "--as-subscriber", f"alice:{word}",
                    "--as-publisher", f"alice:{word}")


@case("auth-acl-publish-swallowed", layer="delivery")
def forbidden_to_write_311(lab):
    with_acl(lab, "topic read home/#")
    return delivery(lab.phone, AT, *ALICE, *TRY, "-V", "3.1.1")


@case("auth-bad-credentials", layer="delivery")
def the_publishers_password_is_wrong(lab):
    two_users(lab, "topic readwrite home/#")
    wrong = lab.file("wrong-pw", "nonsense\n")
    return delivery(lab.phone, AT, *TRY, "--as-publisher", f"alice:{wrong}")


@case("auth-acl-subscribe-refused", layer="delivery")
def the_subscriber_may_not_subscribe(lab):
    scripted(lab.server, 1883, "broker", "subscribe=87", "only=home/door")
    word = lab.file("app-pw", "app-pw\n")
    return delivery(lab.phone, AT, *TRY, "--as-subscriber", f"app:{word}")


@case("delivery-two-brokers")
def two_brokers_behind_a_balancer(lab):
    if not has("haproxy"):
        raise Skip("haproxy is not installed")
    mosquitto(lab.server, listener=1884, ready=1884, name="one.conf")
    mosquitto(lab.server, listener=1885, ready=1885, name="two.conf")
    haproxy(lab.server, "listen l\n bind :1883\n balance roundrobin\n"
            " server a 127.0.0.1:1884\n server b 127.0.0.1:1885", 1883)
    return delivery(lab.phone, AT)


@case("delivery-two-brokers")
def two_brokers_seen_by_the_usual_check(lab):
    if not has("haproxy"):
        raise Skip("haproxy is not installed")
    mosquitto(lab.server, listener=1884, ready=1884, name="one.conf")
    mosquitto(lab.server, listener=1885, ready=1885, name="two.conf")
    haproxy(lab.server, "listen l\n bind :1883\n balance roundrobin\n"
            " server a 127.0.0.1:1884\n server b 127.0.0.1:1885", 1883)
    return doctor(lab.phone, AT, *TRY)


def bridged(lab, *lines):
    """Two brokers on the server; the second passes on what its lines say."""
    mosquitto(lab.server)
    mosquitto(lab.server, "connection one", "address 127.0.0.1:1883", "try_private false", *lines,
              "allow_anonymous true", listener=1885, ready=1885, name="two.conf")
    time.sleep(1)
    return ("--sent-via", f"{SERVER}:1885")


@healthy()
def a_bridge_passes_the_topic_on(lab):
    return delivery(lab.phone, AT, *TRY, *bridged(lab, "topic home/# out 2"))


@case("delivery-not-forwarded")
def a_bridge_passes_other_topics_on(lab):
    return delivery(lab.phone, AT, *TRY, *bridged(lab, "topic garden/# out 1"))


@case("delivery-not-forwarded")
def a_bridge_the_other_way_round(lab):
    return delivery(lab.phone, AT, *TRY, *bridged(lab, "topic home/# in 1"))


@case("delivery-bridge-prefix")
def a_bridge_puts_a_prefix_in_front(lab):
    return delivery(lab.phone, AT, *TRY, *bridged(lab, 'topic # out 1 "" office/'))


@case("delivery-bridge-prefix")
def a_bridge_takes_the_first_level_away(lab):
    return delivery(lab.phone, AT, *TRY, *bridged(lab, 'topic # out 1 home/ ""'))


@case("delivery-parent-not-matched")
def a_filter_does_not_match_its_parent(lab):
    scripted(lab.server, 1883, "broker", "hub=no-parent", "limit=2401")
    return delivery(lab.phone, AT, "-t", "home/#", "--sent-to", "home", "--publish")


@healthy()
def a_filter_matches_its_parent(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/#", "--sent-to", "home", "--publish")


@case("delivery-other-broker")
def the_other_broker_is_down(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, *TRY, "--sent-via", f"{SERVER}:1885")


@case("delivery-shared-subscription")
def another_member_seen_by_the_usual_check(lab):
    mosquitto(lab.server)
    lab.server.start("mosquitto_sub", "-t", "$share/g/home/door", "-i", "member")
    time.sleep(0.3)
    return doctor(lab.phone, AT, "-t", "$share/g/home/door", "--publish")


@case("delivery-shared-subscription")
def another_member_of_the_group(lab):
    mosquitto(lab.server)
    lab.server.start("mosquitto_sub", "-t", "$share/g/home/door", "-i", "member")
    time.sleep(0.3)
    return delivery(lab.phone, AT, "-t", "$share/g/home/door", "--publish")


@case("auth-acl-publish-closes", layer="delivery")
def hangs_up_on_the_users_topic(lab):
    scripted(lab.server, 1883, "broker", "publish=close", "only=home/door")
    return delivery(lab.phone, AT, *TRY)


# ---- brokers that differ

GROUP = ("-t", "$share/g/home/door", "--publish")


alone = threading.Lock()


def in_rabbitmq(*words, user="alice"):
    """One at a time: each ended connection costs."""
    with alone:
        return despite_its_pauses(
            delivery(rabbitmq().phone, AT, "-u", user, "-P", f"{user}-pw", "--timeout", "30s",
                     *words))


def in_rabbitmq_311(*words, **more):
    """In the version it speaks."""
    return in_rabbitmq("-V", "3.1.1", *words, **more)


def in_broker(name, *words):
    broker = launched(name)
    answer = delivery(broker.host, broker.target, *broker.login, *words)
    return without_warning(answer, *STAGED)


def noted(answer, cause):
    """Told, though nothing is wrong."""
    if answer.found == "healthy" and cause in [warning["id"] for warning in answer.report["warnings"]]:
        answer.found = cause
    return answer


@case("delivery-topic-rewritten", slowest=PAUSES)
def rabbitmq_turns_dots_into_slashes(_):
    return in_rabbitmq_311("-t", "home/front.door", "--publish")


@case("delivery-shared-not-supported", slowest=PAUSES)
def rabbitmq_and_groups(_):
    return in_rabbitmq_311(*GROUP)


@case("delivery-qos-downgraded", slowest=PAUSES)
def rabbitmq_and_qos_2(_):
    return noted(in_rabbitmq_311(*TRY), "delivery-qos-downgraded")


@case("auth-acl-no-puback", layer="delivery", slowest=PAUSES)
def rabbitmqs_reader_publishes(_):
    return in_rabbitmq_311(*TRY, user="reader")


@case("auth-acl-publish-closes", layer="delivery", slowest=PAUSES)
def rabbitmqs_user_with_topics_of_its_own(_):
    return in_rabbitmq_311(*TRY, user="narrow")


@case("delivery-sys-closed", slowest=PAUSES)
def rabbitmq_has_no_system_topics(_):
    return in_rabbitmq_311("-t", "$SYS/#")


@case("mqtt-qos-not-supported", layer="delivery")
def nats_hangs_up_at_qos_2(_):
    return in_broker("nats", *TRY)


@case("mqtt-topic-violates-rules", layer="delivery")
def nats_refuses_dots(_):
    answer = in_broker("nats", "-t", "home/front.door")
    if "which NATS takes in no topic" not in str(answer.report["causes"]):
        answer.found += " (and no word of dots)"
    return answer


def group_in(name):
    @case("delivery-shared-not-supported", f"{name}_and_groups")
    def stage(_):
        return in_broker(name, *GROUP)
    return stage


for broker in ("nats", "ejabberd", "activemq", "aedes"):
    group_in(broker)


def exchange_in(name):
    @healthy(f"messages_of_each_qos_arrive_in_{name}")
    def stage(_):
        return in_broker(name, *TRY)
    return stage


for broker in ("ejabberd", "activemq", "aedes"):
    exchange_in(broker)


def takeover_in(name):
    @case("session-duplicate-client-id", f"takeover_in_{name}", layer="delivery", slowest=20)
    def stage(_):
        broker = launched(name)
        login = " ".join(f"'{word}'" for word in broker.login)
        other = broker.host.start(
            "sh", "-c", "while sleep 1; do mosquitto_sub -V mqttv311 -p "
            f"{broker.at['PORT']} {login} -i phone1 -t x -W 1; done")
        try:
            return watch(broker.host, 14, broker.target, *broker.login, "-i", "phone1")
        finally:
            other.terminate()
    return stage
# ---- what waits for who was away

def offline(host, *words):
    return delivery(host, AT, "--offline", *words)


def on_rabbitmq(*words):
    return in_rabbitmq("--offline", *words)


@healthy()
def messages_wait(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "1", *TRY)


@healthy()
def messages_wait_5(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "2", "-x", "3600", *TRY)


@case("healthy", slowest=PAUSES)
def rabbitmq_keeps_messages(_):
    return on_rabbitmq("-c", "-q", "1")


@case("session-clean-session", layer="delivery")
def clean_session(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-q", "1", *TRY)


@case("session-clean-session", layer="delivery")
def clean_start_5(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-q", "1", "-x", "3600")


@case("session-clean-session", layer="delivery", slowest=PAUSES)
def clean_session_on_rabbitmq(_):
    return on_rabbitmq("-q", "1")


@case("session-v5-expires-at-once", layer="delivery")
def no_session_expiry(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "1", "-V", "5", *TRY)


@case("session-expired-while-away", layer="delivery")
def away_for_too_long(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "1", "-x", "1", "--away", "4s")


@case("delivery-qos0-not-queued")
def subscribed_with_qos_0(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", *TRY)


@case("delivery-qos0-not-queued", slowest=PAUSES)
def subscribed_with_qos_0_on_rabbitmq(_):
    return on_rabbitmq("-c")


@case("delivery-message-expired")
def messages_that_expire(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "1", "-x", "3600",
                   "-D", "publish", "message-expiry-interval", "1")


@case("delivery-queue-overflow")
def a_short_queue(lab):
    mosquitto(lab.server, "max_queued_messages 3", "max_inflight_messages 2")
    return offline(lab.phone, "-c", "-q", "1", *TRY)


@case("delivery-queue-overflow")
def the_usual_queue_and_many_messages(lab):
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "1", "--messages", "600")


def stored(lab, topic="home/door"):
    """A session of phone1, as an app leaves it."""
    lab.server.run("mosquitto_sub", "-i", "phone1", "-c", "-q", "1", "-t", topic, "-E")


@case("session-lost-at-broker-restart", layer="delivery")
def restarted_without_persistence(lab):
    broker = mosquitto(lab.server)
    stored(lab)
    broker.terminate()
    broker.wait()
    mosquitto(lab.server)
    return offline(lab.phone, "-c", "-q", "1", "-i", "phone1", "-t", "home/door")


@case("session-stale-subscriptions", layer="delivery")
def an_old_subscription(lab):
    mosquitto(lab.server)
    stored(lab, "old/#")
    lab.server.run("mosquitto_pub", "-q", "1", "-t", "old/door", "-m", "open")
    return offline(lab.phone, "-c", "-q", "1", "-i", "phone1", "-t", "home/door")


# ---- no local, retained messages, large ones

@case("delivery-no-local")
def does_not_see_its_own(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "--no-local")


@healthy()
def a_retained_message_is_there(lab):
    mosquitto(lab.server)
    lab.server.run("mosquitto_pub", "-r", "-q", "1", "-t", "home/door", "-m", "open")
    return delivery(lab.phone, AT, "--retained", "-t", "home/door")


@case("delivery-retained-misunderstood")
def nothing_retained(lab):
    mosquitto(lab.server)
    lab.server.run("mosquitto_pub", "-q", "1", "-t", "home/door", "-m", "open")
    return delivery(lab.phone, AT, "--retained", "-t", "home/door")


@case("delivery-retained-misunderstood")
def a_retained_message_was_cleared(lab):
    mosquitto(lab.server)
    for payload in (("-m", "open"), ("-n",)):
        lab.server.run("mosquitto_pub", "-r", "-q", "1", "-t", "home/door", *payload)
    return delivery(lab.phone, AT, "--retained", "-t", "home/door", "-V", "3.1.1")


@case("mqtt-retain-not-supported", layer="delivery")
def retained_messages_are_off(lab):
    mosquitto(lab.server, "retain_available false")
    return delivery(lab.phone, AT, "--retained", "-t", "home/door")


@case("mqtt-retain-not-supported", layer="delivery")
def retained_messages_are_off_311(lab):
    mosquitto(lab.server, "retain_available false")
    return delivery(lab.phone, AT, "--retained", "-t", "home/door", "-V", "3.1.1")


@healthy()
def a_large_message_arrives(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "--size", "1M")


@case("mqtt-packet-too-large", layer="delivery")
def a_message_above_the_limit(lab):
    mosquitto(lab.server, "message_size_limit 10000")
    return delivery(lab.phone, AT, "--size", "20k")


@case("mqtt-packet-too-large", layer="delivery")
def a_message_above_the_limit_311(lab):
    mosquitto(lab.server, "message_size_limit 10000")
    return delivery(lab.phone, AT, "--size", "20k", "-V", "3.1.1")


@case("mqtt-packet-too-large", layer="delivery")
def a_packet_above_the_limit(lab):
    mosquitto(lab.server, "max_packet_size 10000")
    return delivery(lab.phone, AT, "--size", "20k")


@case("mqtt-packet-too-large", layer="delivery")
def a_packet_above_the_limit_311(lab):
    mosquitto(lab.server, "max_packet_size 10000")
    return delivery(lab.phone, AT, "--size", "20k", "-V", "3.1.1")


@case("mqtt-packet-too-large", layer="delivery")
def the_subscriber_takes_less(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "--size", "20k", "-D", "connect", "maximum-packet-size", "5000")


# ---- staying connected

def watch(host, seconds, *words):
    return delivery(host, *words, "--watch", f"{seconds}s")


@healthy()
def stays_connected(lab):
    mosquitto(lab.server)
    return watch(lab.phone, 8, AT, "-k", "2")


@case("session-keepalive-not-enforced", layer="delivery", slowest=30)
def nobody_misses_a_silent_client(lab):
    scripted(lab.server, 1883, "broker")
    return watch(lab.phone, 24, AT)


@case("proxy-idle-timeout", layer="delivery", slowest=20)
def nginx_closes_after_three_seconds(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "", 1883,
          "stream { server { listen 1883; proxy_pass 127.0.0.1:1884; proxy_timeout 3s; } }")
    return watch(lab.phone, 16, AT)


@case("proxy-idle-timeout", layer="delivery", slowest=20)
def haproxy_closes_after_three_seconds(lab):
    if not has("haproxy"):
        raise Skip("haproxy is not installed")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n timeout client 3s\n timeout server 3s\n"
            " server a 127.0.0.1:1884", 1883)
    return watch(lab.phone, 16, AT)


@case("ws-idle-timeout", layer="delivery", slowest=20)
def nginx_closes_a_quiet_websocket(lab):
    websocket_broker(lab.server)
    nginx(lab.server, """server { listen 8083; location /mqtt { proxy_pass http://127.0.0.1:9001;
          proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection upgrade; proxy_read_timeout 3s; } }""", 8083)
    return watch(lab.phone, 16, f"ws://{SERVER}:8083/mqtt")


def forgetful(lab, how):
    mosquitto(lab.server, listener=1884, ready=1884)
    scripted(lab.server, 1883, "forget", 1884, 3, how)


@case("path-nat-idle-reset", layer="delivery", slowest=20)
def a_nat_that_resets(lab):
    forgetful(lab, "reset")
    return watch(lab.phone, 16, AT, "-k", "4")


@case("path-nat-idle-drop", layer="delivery", slowest=30)
def a_nat_that_swallows(lab):
    forgetful(lab, "drop")
    return watch(lab.phone, 24, AT, "-k", "4")


for broker in ("ejabberd", "nats", "aedes"):
    takeover_in(broker)


@case("session-duplicate-client-id", layer="delivery", slowest=20)
def another_client_has_the_identifier(lab):
    mosquitto(lab.server)
    lab.server.start("sh", "-c", "while sleep 1; do mosquitto_sub -i phone1 -t x -W 1; done")
    return watch(lab.phone, 14, AT, "-i", "phone1")


@case("session-broker-restarted", layer="delivery", slowest=20)
def the_broker_is_restarted(lab):
    broker = mosquitto(lab.server)
    for seconds, what in ((4, broker.kill), (7, lambda: mosquitto(lab.server))):
        timer = threading.Timer(seconds, what)
        timer.daemon = True
        timer.start()
    return watch(lab.phone, 13, AT)


@case("path-half-open", layer="delivery", slowest=30)
def the_broker_hangs_for_a_while(lab):
    broker = mosquitto(lab.server)
    for seconds, what in ((9, signal.SIGSTOP), (17, signal.SIGCONT)):
        timer = threading.Timer(seconds, os.kill, (broker.pid, what))
        timer.daemon = True
        timer.start()
    return watch(lab.phone, 22, AT, "-k", "4")


# ---- what was asked for is tried, and what is not is said -----------------------------------------


def may_not_write(lab, *lines):
    path = lab.file("passwd", "alice:alice-pw\ndev:dev-pw\n")
    sh("mosquitto_passwd", "-U", path)
    acl = lab.file("acl", "user alice\ntopic readwrite home/#\ntopic readwrite mqtt-doctor/#\n"
                   "user dev\ntopic write other/#\n")
    mosquitto(lab.server, f"password_file {path}", "allow_anonymous false", f"acl_file {acl}",
              *lines)


def as_two(lab, *words):
    secrets = {user: lab.file(f"secret-{user}", f"{user}-pw\n") for user in ("alice", "dev")}
    for path in secrets.values():
        os.chmod(path, 0o600)
    return delivery(lab.phone, AT, *ALICE, *TRY, "--as-publisher", f"dev:{secrets['dev']}",
                    "--as-subscriber", f"alice:{secrets['alice']}", *words)


@case("auth-acl-publish-swallowed", layer="delivery")
def small_packets_do_not_hide_the_exchange(lab):
    may_not_write(lab, "max_packet_size 2000")
    return as_two(lab)


@case("auth-acl-publish-swallowed", layer="delivery", alike=("auth-acl-read-denied-silently",))
def small_packets_do_not_hide_the_exchange_in_311(lab):
    may_not_write(lab, "max_packet_size 2000")
    return as_two(lab, "-V", "3.1.1")


@case("delivery-not-tested")
def packets_too_small_for_any_message(lab):
    mosquitto(lab.server, "max_packet_size 40")
    return delivery(lab.phone, AT, *TRY)


@healthy()
def packets_of_a_small_device(lab):
    mosquitto(lab.server, "max_packet_size 300")
    return delivery(lab.phone, AT, *TRY)
