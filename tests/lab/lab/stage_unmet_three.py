"""Never met, the third batch: messages that do not arrive, or arrive otherwise than they were sent."""
from .net import SERVER
from .services import haproxy, mosquitto, scripted
from .stage_delivery import AT, TRY, delivery, watch
from .stage_permission import ALICE, with_acl
from .stage_way import needs
from .unmet import OPEN, unmet

DIFFERS = ("delivery-topic-differs", "delivery-wildcard-misread")


def sent_to(name, sent, wanted, *right):
    """Sent there, and waited for with that filter, on a broker that is well."""
    def stage(lab):
        mosquitto(lab.server)
        return delivery(lab.phone, AT, "-t", wanted, "--sent-to", sent, "--publish")
    stage.__name__ = name
    stage.__module__ = __name__
    unmet(*right)(stage)


sent_to("blank_behind_the_topic", "home/door", "home/door ", *DIFFERS)
sent_to("two_slashes_for_one", "home//door", "home/door", *DIFFERS)
sent_to("slash_at_the_end", "home/door", "home/door/", *DIFFERS)
sent_to("letter_that_is_put_together", "home/küche", "home/ku\u0308che", *DIFFERS)
sent_to("star_of_a_shell", "home/door/state", "home/*/state", *DIFFERS)
sent_to("dots_for_slashes", "home/door/state", "home.door.state", *DIFFERS)
sent_to("percent_of_a_database", "home/door", "home/%", *DIFFERS)
sent_to("hash_takes_in_the_parent", "home/door", "home/door/#", "healthy")
sent_to("plus_takes_in_an_empty_level", "home/", "home/+", "healthy")
sent_to("words_of_all_the_world", "дом/客厅 灯/🌡", "дом/+/🌡", "healthy")


@unmet("mqtt-topic-violates-rules", "delivery-shared-subscription")
def shared_and_no_filter(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "$share/all")


def exchange(name, *words, right, never=(), slowest=10.0, ask=TRY):
    """The usual question to a broker with one oddity."""
    def stage(lab):
        scripted(lab.server, 1883, "exchange", *words)
        return delivery(lab.phone, AT, *ask)
    stage.__name__ = name
    stage.__module__ = __name__
    unmet(*right, never=never, slowest=slowest)(stage)


exchange("an_exchange_that_is_well", right=("healthy",))
exchange("an_exchange_that_is_well_311", right=("healthy",), ask=(*TRY, "-V", "3.1.1"))
exchange("message_before_the_suback", "early", right=("healthy",))
exchange("every_message_twice", "twice", right=("delivery-duplicated",))
exchange("every_message_at_qos_0", "flat", right=("delivery-qos-downgraded",))
exchange("topic_gets_a_prefix", "prefix=tenant7/", right=("delivery-topic-rewritten",),
         never=("auth-acl-read-denied-silently", "auth-acl-publish-swallowed"))
exchange("no_answer_to_qos_2", "qos2=silent", right=("delivery-qos2-stuck", "mqtt-qos-not-supported",
                                                      "auth-acl-no-puback"))
exchange("every_third_message_is_lost", "lose=3", right=(OPEN, "delivery-queue-overflow"),
         never=("auth-acl-publish-swallowed", "auth-acl-read-denied-silently", "delivery-two-brokers"))
exchange("payload_is_changed_on_its_way", "mangle", right=(OPEN,),
         never=("auth-acl-publish-swallowed", "auth-acl-read-denied-silently"))
# The answer was meant to be "unknown"; by now there is a cause for it.
exchange("messages_come_out_of_order", "swap", right=("delivery-disordered",),
         never=("auth-acl-publish-swallowed", "delivery-duplicated"), ask=(*TRY, "--messages", "6"))
exchange("messages_come_a_second_late", "late=1", right=("healthy", "delivery-slow-consumer",
                                                          "path-slow-link"),
         never=("auth-acl-publish-swallowed", "auth-acl-read-denied-silently"))
# For these two the first idea did not include that delivery could not be tried, which is true.
exchange("suback_of_another_subscription", "wrong-id",
         right=(OPEN, "mqtt-no-suback", "delivery-not-tested"),
         never=("auth-acl-subscribe-refused",))
exchange("ended_by_an_administrator_at_subscribe", "end=98",
         right=(OPEN, "mqtt-refused", "ended-by-broker", "auth-acl-subscribe-refused",
                "delivery-not-tested"),
         never=("session-duplicate-client-id",))


@unmet("auth-acl-publish-swallowed", "auth-acl-publish-closes", never=("auth-bad-credentials",))
def user_of_the_access_list_in_capitals(lab):
    with_acl(lab, "user Alice", "topic readwrite home/#")
    return delivery(lab.phone, AT, *ALICE, *TRY, "-V", "5")


@unmet("healthy")
def pattern_with_the_users_name(lab):
    with_acl(lab, "pattern readwrite devices/%u/#")
    return delivery(lab.phone, AT, *ALICE, "-t", "devices/alice/temp", "--publish")


@unmet("auth-acl-publish-swallowed", "auth-acl-read-denied-silently")
def deny_line_among_the_rules(lab):
    with_acl(lab, "user alice", "topic readwrite home/#", "topic deny home/door")
    return delivery(lab.phone, AT, *ALICE, *TRY, "-V", "5")


def two_tenants(lab, *lines):
    mosquitto(lab.server, "listener 1883", "mount_point shop/", "allow_anonymous true",
              "listener 1884", "mount_point lab/", "allow_anonymous true", listener=None, ready=1884)


@unmet("delivery-not-forwarded", "delivery-two-brokers", never=("auth-acl-publish-swallowed",))
def two_listeners_with_mount_points(lab):
    two_tenants(lab)
    return delivery(lab.phone, AT, *TRY, "--sent-via", f"{SERVER}:1884")


@unmet("delivery-topic-rewritten")
def one_listener_with_a_mount_point(lab):
    """Should be healthy, as was written first; mosquitto 2.0.11 hands out the mount point as well."""
    two_tenants(lab)
    return delivery(lab.phone, AT, *TRY)


@unmet("healthy")
def large_message_through_haproxy(lab):
    needs("haproxy")
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884", 1883)
    return delivery(lab.phone, AT, "--size", "1M")


@unmet("path-mtu-black-hole")
def large_message_into_a_tunnel(lab):
    mosquitto(lab.server)
    for link in ("r0", "r1"):
        lab.router.run("ip", "link", "set", link, "mtu", "1300")
    lab.router.nft("out icmp type destination-unreachable drop")
    return delivery(lab.phone, AT, "--size", "20k")


# ---- staying connected ----------------------------------------------------------------------------


def watched(name, *words, right, never, ask=("-k", "2"), seconds=7, slowest=14.0):
    def stage(lab):
        scripted(lab.server, 1883, "exchange", *words)
        return watch(lab.phone, seconds, AT, *ask)
    stage.__name__ = name
    stage.__module__ = __name__
    unmet(*right, never=never, slowest=slowest)(stage)


# The first and third answers were meant to be "unknown"; by now there is a cause for both.
watched("ended_every_two_seconds_whatever_is_said", "life=2", right=("session-lifetime",),
        never=("proxy-idle-timeout", "path-nat-idle-reset", "session-keepalive-expired",
               "session-duplicate-client-id"))
watched("taken_over_by_another", "life=2,8e", right=("session-duplicate-client-id",), never=(),
        ask=("-k", "2", "-V", "5", "-i", "phone1"))
watched("sent_away_after_the_longest_time", "life=2,a0", right=("session-lifetime",),
        never=("proxy-idle-timeout", "session-broker-restarted", "session-duplicate-client-id"),
        ask=("-k", "2", "-V", "5"))
watched("server_says_it_shuts_down", "life=2,8b", right=("session-broker-restarted", OPEN, "session-flaps"),
        never=("proxy-idle-timeout", "session-duplicate-client-id"), ask=("-k", "2", "-V", "5"))
