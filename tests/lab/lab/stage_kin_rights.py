"""Kin of rights that stand in the files of brokers other than mosquitto: which line gives, or does not give, a user a
topic; and what a broker asks about its users."""
from .net import ROUTER_SERVER, SERVER
from .reported import HEALTHY, reported
from .services import mosquitto, password_file
from .stage_files_compose import HAND_ON
from .stage_kin_contained import EMQX, HIVE, RABBIT, inside, turns_away
from .stage_trained_brokers import called, on_broker_in

KIND = "kin: a user's rights in the files of a broker"


def with_rights(lab, prefix, *rules):
    """Behind Docker's proxy a broker that knows alice, with these lines of an access list."""
    mosquitto(lab.router, "allow_anonymous false", f"password_file {password_file(lab)}",
              f"acl_file {lab.file('acl', ''.join(rule + chr(10) for rule in ('user alice', *rules)))}")
    called(lab.server, "/usr/bin/docker-proxy", lab.file("hand_on.py", HAND_ON), "0.0.0.0", 1883, ROUTER_SERVER, 1883,
           ready=1883)
    return on_broker_in(lab, prefix, f"{SERVER}:1883", "-u", "alice", "-P", "alice-pw", "-t", "lamp/set", "--publish")


def rabbit(lab, write):
    definitions = ('{"users": [{"name": "alice", "password_hash": "geheim"}], "permissions": [{"user": "alice", '
                   '"vhost": "/", "configure": ".*", "write": "' + write + '", "read": ".*"}]}\n')
    files = {"enabled_plugins": "[rabbitmq_mqtt].\n", "definitions.json": definitions,
             "rabbitmq.conf": "load_definitions = /etc/rabbitmq/definitions.json\n"}
    return inside(lab, RABBIT, files, mounted="/etc/rabbitmq")


@reported(KIND, r"alice has no right to publish", r"/opt/broker/definitions\.json", r"mqtt-subscription",
          unsaid=r"geheim", is_long=False)
def rabbits_definitions_let_alice_read_alone(lab):
    return with_rights(lab, rabbit(lab, "^mqtt-subscription-.*"), "topic read lamp/#")


@reported(KIND, HEALTHY, is_long=False)
def rabbits_definitions_give_alice_all(lab):
    return with_rights(lab, rabbit(lab, ".*"), "topic readwrite lamp/#")


@reported(KIND, r"/opt/broker/definitions\.json names no user bob", unsaid=r"geheim", is_long=False)
def rabbits_definitions_know_no_bob(lab):
    return turns_away(lab, rabbit(lab, ".*"), "-u", "bob", "-P", "x")


def hive(lab, permission):
    text = ("<file-rbac>\n<users><user><name>alice</name><password>geheim</password><roles><id>r1</id></roles></user>"
            "</users>\n<roles><role><id>r1</id><permissions>\n"
            f"<permission>{permission}</permission>\n</permissions></role></roles>\n</file-rbac>\n")
    listener = "<tcp-listener><port>1883</port><bind-address>0.0.0.0</bind-address></tcp-listener>"
    files = {"conf/config.xml": f"<hivemq><listeners>{listener}</listeners></hivemq>\n",
             "extensions/hivemq-file-rbac-extension/conf/credentials.xml": text}
    return inside(lab, HIVE, files, mounted="/opt/hivemq")


@reported(KIND, r"alice has no right to publish", r"/opt/broker/extensions/\S+/credentials\.xml:4", r"SUBSCRIBE|subscribe",
          unsaid=r"geheim", is_long=False)
def hivemqs_role_may_subscribe_alone(lab):
    return with_rights(lab, hive(lab, "<topic>lamp/#</topic><activity>SUBSCRIBE</activity>"), "topic read lamp/#")


@reported(KIND, HEALTHY, is_long=False)
def hivemqs_role_may_do_all(lab):
    return with_rights(lab, hive(lab, "<topic>lamp/#</topic>"), "topic readwrite lamp/#")


# ---- what EMQX asks about logins --------------------------------------------------------------------

CHECKS = ("authentication = [{mechanism = password_based, backend = http, enable = %s,\n"
          "  url = \"http://127.0.0.1:8080/auth\", body {password = \"${password}\"}}]\n")


def emqx(lab, enabled):
    files = {"etc/emqx.conf": "node.name = \"emqx@127.0.0.1\"\n", "data/configs/cluster.hocon": CHECKS % enabled}
    return inside(lab, EMQX, files, mounted="/opt/emqx", more={"HostConfig": {"NetworkMode": "host"}})


@reported("kin: a broker's check of users does not answer", r"127\.0\.0\.1:8080", r"nothing listens",
          r"cluster\.hocon", unsaid=r"\$\{password", is_long=False)
def emqx_asks_a_service_that_is_not_there(lab):
    return turns_away(lab, emqx(lab, "true"), "-u", "bob", "-P", "x")


@reported("kin: a broker's check of users does not answer", r"user name or password|login was refused",
          unsaid=r"127\.0\.0\.1:8080", is_long=False)
def emqxs_service_that_is_not_there_is_not_asked(lab):
    return turns_away(lab, emqx(lab, "false"), "-u", "bob", "-P", "x")
