"""Brokers other than mosquitto in containers: their own files there, by the readers of this machine's files, and what the
environment sets over them. Each with its right answer written down before the doctor was asked."""

from .net import ROUTER_SERVER, SERVER
from .reported import HEALTHY, reported
from .services import mosquitto, password_file
from .stage_files_compose import HAND_ON, published
from .stage_files_containers import COMPOSE, STACK, resets, stack
from .stage_trained_brokers import GITHUB, called, on_broker_in

EMQX, VERNE, NANO, RABBIT = "emqx/emqx:5.8.3", "vernemq/vernemq:2.0.1", "emqx/nanomq:0.23-full", "rabbitmq:4-management"
CLASSIC, ARTEMIS, NATS, HIVE, FLASH = ("apache/activemq-classic:6.1.2", "apache/activemq-artemis:2.38.0", "nats:2.10",
                                       "hivemq/hivemq-ce:2024.9", "flashmq/flashmq:1.20")


def inside(lab, image, files=None, env=(), at="/opt/broker", mounted="/etc/broker", log=(), args=None, compose=None, more=None, ports=None):
    """A container with that image, a folder of whose files is mounted at `mounted`."""
    all_files = {at.lstrip("/") + "/" + name: text for name, text in (files or {}).items()}
    config = {"Config": {"Env": list(env)}, "Args": args or [], **(more or {})}
    text = (compose or COMPOSE).replace("eclipse-mosquitto:2", image)
    return stack(lab, ports=ports or "0.0.0.0:1883->1883/tcp", files=all_files, compose=text, log=list(log), image=image,
                 mounts=[(at, mounted)] if files else (), more=config)


def turns_away(lab, prefix, *words):
    """Behind Docker's proxy a broker that wants a user."""
    mosquitto(lab.router, "allow_anonymous false", f"password_file {password_file(lab)}")
    called(lab.server, "/usr/bin/docker-proxy", lab.file("hand_on.py", HAND_ON), "0.0.0.0", 1883, ROUTER_SERVER, 1883, ready=1883)
    return on_broker_in(lab, prefix, f"{SERVER}:1883", *words)


# ---- bound to the container's loopback ----------------------------------------------------------------


@reported(GITHUB + "emqx/emqx/issues etc/emqx.conf binds the listener", r"127\.0\.0\.1", r"/opt/broker/emqx\.conf", r"listeners\.tcp\.default\.bind",
          r"docker restart", unsaid=r"sed -i|systemctl", is_long=False)
def emqxs_file_listens_on_the_containers_loopback(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, EMQX, {"emqx.conf": "listeners.tcp.default {\n  bind = \"127.0.0.1:1883\"\n}\n"}, mounted="/opt/emqx/etc"),
                        f"{SERVER}:1883")


@reported(GITHUB + "emqx/emqx the dashboard wrote cluster.hocon", r"127\.0\.0\.1", r"cluster\.hocon", unsaid=r"sed -i|systemctl", is_long=False)
def emqxs_dashboard_bound_the_listener(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, EMQX, {"etc/emqx.conf": "node.name = \"emqx@127.0.0.1\"\n",
                                                "data/configs/cluster.hocon": "listeners {\n  tcp {\n    default {\n      bind = \"127.0.0.1:1883\"\n    }\n  }\n}\n"},
                                    mounted="/opt/emqx"), f"{SERVER}:1883")


@reported(GITHUB + "vernemq/docker-vernemq DOCKER_VERNEMQ_LISTENER__TCP__DEFAULT", r"127\.0\.0\.1", r"DOCKER_VERNEMQ_LISTENER__TCP__DEFAULT", r"up -d",
          unsaid=r"sed -i|systemctl", is_long=False)
def vernemq_is_bound_by_its_environment(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, VERNE, env=["DOCKER_VERNEMQ_ACCEPT_EULA=yes", "DOCKER_VERNEMQ_LISTENER__TCP__DEFAULT=127.0.0.1:1883"]), f"{SERVER}:1883")


@reported(GITHUB + "rabbitmq/rabbitmq-server mqtt.listeners.tcp.1 = 127.0.0.1:1883 in conf.d", r"127\.0\.0\.1", r"conf\.d/20-mqtt\.conf",
          r"mqtt\.listeners\.tcp", unsaid=r"sed -i|systemctl", is_long=False)
def rabbits_part_of_the_file_binds_it(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, RABBIT, {"enabled_plugins": "[rabbitmq_management,rabbitmq_mqtt].\n",
                                                  "conf.d/20-mqtt.conf": "mqtt.listeners.tcp.default = 127.0.0.1:1883\n"}, mounted="/etc/rabbitmq"), f"{SERVER}:1883")


@reported("https://activemq.apache.org/mqtt uri=mqtt://localhost:1883 in the container", r"localhost|127\.0\.0\.1", r"/opt/broker/activemq\.xml",
          r"mqtt://0\.0\.0\.0:1883", unsaid=r"sed -i|systemctl", is_long=False)
def activemqs_connector_is_the_loopbacks(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, CLASSIC, {"activemq.xml": "<beans><broker><transportConnectors>\n<transportConnector name=\"mqtt\" "
                                                   "uri=\"mqtt://localhost:1883\"/>\n</transportConnectors></broker></beans>\n"},
                                    mounted="/opt/apache-activemq/conf"), f"{SERVER}:1883")


@reported(GITHUB + "hivemq/hivemq-community-edition bind-address", r"127\.0\.0\.1", r"/opt/broker/config\.xml", r"bind-address", unsaid=r"sed -i|systemctl", is_long=False)
def hivemqs_listener_is_the_loopbacks(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, HIVE, {"config.xml": "<hivemq><listeners><tcp-listener><port>1883</port><bind-address>127.0.0.1</bind-address>"
                                                "</tcp-listener></listeners></hivemq>\n"}, mounted="/opt/hivemq/conf"), f"{SERVER}:1883")


# ---- nobody speaks MQTT there ----------------------------------------------------------------------------


@reported("https://www.rabbitmq.com/docs/mqtt the plugin is not in enabled_plugins", r"plugin", r"/opt/broker/enabled_plugins",
          r"docker exec mosquitto rabbitmq-plugins enable rabbitmq_mqtt", is_long=False)
def rabbits_file_of_plugins_has_no_mqtt(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, RABBIT, {"enabled_plugins": "[rabbitmq_management].\n"}, mounted="/etc/rabbitmq"), f"{SERVER}:1883")


@reported("https://docs.nats.io/running-a-nats-service/configuration/mqtt no mqtt block", r"mqtt block|without MQTT", r"nats-server\.conf", r"jetstream",
          unsaid=r"systemctl", is_long=False)
def nats_has_no_block_for_mqtt(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, NATS, {"nats-server.conf": "port: 4222\nhttp_port: 8222\n"}, mounted="/etc/nats",
                                    args=["nats-server", "-c", "/etc/nats/nats-server.conf"]), f"{SERVER}:1883")


@reported("https://activemq.apache.org/components/artemis/documentation acceptor without MQTT", r"acceptor", r"broker\.xml", r"protocols=MQTT", unsaid=r"systemctl",
          is_long=False)
def artemis_has_no_acceptor_for_mqtt(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, ARTEMIS, {"etc/broker.xml": "<configuration><core><acceptors><acceptor name=\"artemis\">tcp://0.0.0.0:61616?protocols=CORE</acceptor>"
                                                   "</acceptors></core></configuration>\n"}, mounted="/var/lib/artemis-instance"), f"{SERVER}:1883")


@reported("https://activemq.apache.org/mqtt no connector in the container", r"connector", r"/opt/broker/activemq\.xml", r"mqtt://0\.0\.0\.0", unsaid=r"systemctl", is_long=False)
def activemq_has_no_connector_for_mqtt(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, CLASSIC, {"activemq.xml": "<beans><broker><transportConnectors>\n<transportConnector name=\"openwire\" "
                                                   "uri=\"tcp://0.0.0.0:61616\"/>\n</transportConnectors></broker></beans>\n"},
                                    mounted="/opt/apache-activemq/conf"), f"{SERVER}:1883")


# ---- it turns people away ---------------------------------------------------------------------------------


@reported(GITHUB + "nanomq/nanomq NANOMQ_ALLOW_ANONYMOUS=false", r"NANOMQ_ALLOW_ANONYMOUS", r"user name", is_long=False)
def nanomqs_environment_lets_nobody_in_without_a_name(lab):
    return turns_away(lab, inside(lab, NANO, env=["NANOMQ_ALLOW_ANONYMOUS=false"]))


@reported(GITHUB + "emqx/emqx-docker EMQX_ALLOW_ANONYMOUS=false in version 4", r"EMQX_ALLOW_ANONYMOUS", r"user name", is_long=False)
def emqx_4s_environment_lets_nobody_in_without_a_name(lab):
    return turns_away(lab, inside(lab, "emqx/emqx:4.4.19", env=["EMQX_ALLOW_ANONYMOUS=false"]))


@reported("https://www.flashmq.org no allow_anonymous in the container's file", r"flashmq\.conf", r"user", unsaid=r"EMQX|RabbitMQ", is_long=False)
def flashmqs_file_lets_nobody_in(lab):
    return turns_away(lab, inside(lab, FLASH, {"flashmq.conf": "log_file /var/log/flashmq.log\nlisten {\n  protocol mqtt\n  port 1883\n}\n"}, mounted="/etc/flashmq"))


@reported("https://docs.vernemq.com plugins.vmq_passwd = off by environment", r"DOCKER_VERNEMQ_PLUGINS__VMQ_PASSWD", r"vmq_passwd", unsaid=r"systemctl", is_long=False)
def vernemqs_environment_switches_its_users_off(lab):
    return turns_away(lab, inside(lab, VERNE, env=["DOCKER_VERNEMQ_ACCEPT_EULA=yes", "DOCKER_VERNEMQ_PLUGINS__VMQ_PASSWD=off"]), "-u", "bob", "-P", "x")


@reported("https://docs.emqx.com/en/emqx/latest/access-control/authz EMQX_AUTHORIZATION__NO_MATCH=deny", r"lamp/set", r"EMQX_AUTHORIZATION__NO_MATCH",
          r"/opt/broker/acl\.conf", r"docker restart", unsaid=r"systemctl", is_long=False)
def emqxs_environment_denies_what_no_rule_names(lab):
    mosquitto(lab.router, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {lab.file('acl', 'user carol' + chr(10) + 'topic #' + chr(10))}")
    called(lab.server, "/usr/bin/docker-proxy", lab.file("hand_on.py", HAND_ON), "0.0.0.0", 1883, ROUTER_SERVER, 1883, ready=1883)
    prefix = inside(lab, EMQX, {"emqx.conf": "node.name = \"emqx@127.0.0.1\"\n", "acl.conf": "{allow, {user, \"carol\"}, all}.\n"}, mounted="/opt/emqx/etc",
                    env=["EMQX_AUTHORIZATION__NO_MATCH=deny"])
    return on_broker_in(lab, prefix, f"{SERVER}:1883", "-u", "alice", "-P", "alice-pw", "-t", "lamp/set", "--publish")


# ---- another port, TLS, limits ----------------------------------------------------------------------------


@reported(GITHUB + "emqx/emqx-docker the listener has another port than is published", r"1884", r"EMQX_LISTENERS__TCP__DEFAULT__BIND", r"container", is_long=False)
def emqxs_environment_gives_it_another_port(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, EMQX, env=["EMQX_LISTENERS__TCP__DEFAULT__BIND=0.0.0.0:1884"]), f"{SERVER}:1883")


@reported("https://www.rabbitmq.com/docs/mqtt listeners.ssl without ssl_options in the container", r"ssl_options\.certfile", r"/opt/broker/rabbitmq\.conf", is_long=False)
def rabbits_tls_listener_has_no_certificate(lab):
    called(lab.server, "/usr/bin/docker-proxy", lab.file("shut.py", "import socket\nlistener = socket.create_server(('0.0.0.0', 8883))\nwhile True:\n"
                                                      "    one, _ = listener.accept()\n    one.recv(100)\n    one.close()\n"), ready=8883)
    return on_broker_in(lab, inside(lab, RABBIT, {"enabled_plugins": "[rabbitmq_mqtt].\n", "rabbitmq.conf": "mqtt.listeners.ssl.default = 8883\n"},
                                    mounted="/etc/rabbitmq", ports="0.0.0.0:8883->8883/tcp"), f"{SERVER}:8883")


@reported(GITHUB + "emqx/emqx/discussions EMQX_LISTENERS__TCP__DEFAULT__MAX_CONNECTIONS", r"max_connections", r"EMQX_LISTENERS__TCP__DEFAULT__MAX_CONNECTIONS", unsaid=r"mosquitto\.conf|systemctl", is_long=False)
def emqxs_environment_limits_its_connections(lab):
    script = lab.file("full.py", """import socket
listener = socket.create_server(("0.0.0.0", 1883))
kept = []
while True:
    one, _ = listener.accept()
    if len(kept) < 2:
        kept.append(one)
    else:
        one.close()
""")
    called(lab.server, "/usr/bin/docker-proxy", script, ready=1883)
    lab.server.start("python3", "-c", f"import socket, time\nkept = [socket.create_connection(('{SERVER}', 1883)) for _ in range(3)]\ntime.sleep(60)")
    return on_broker_in(lab, inside(lab, EMQX, env=["EMQX_LISTENERS__TCP__DEFAULT__BIND=0.0.0.0:1883", "EMQX_LISTENERS__TCP__DEFAULT__MAX_CONNECTIONS=2"]), f"{SERVER}:1883")


# ---- others of their kind, which nobody had staged --------------------------------------------------------


@reported(GITHUB + "vernemq/docker-vernemq/issues/293 sed: cannot rename /vernemq/etc/sedchSUx5: Device or resource busy", r"vernemq\.conf\.local",
          r"environment", is_long=False)
def vernemqs_image_cannot_write_its_mounted_file(lab):
    log = ["sed: cannot rename /vernemq/etc/sedchSUx5: Device or resource busy",
           "/usr/sbin/start_vernemq: line 87: /vernemq/etc/vernemq.conf: Permission denied"]
    return on_broker_in(lab, stack(lab, "", state="restarting", status="Restarting (1) 5 seconds ago", log=log, image=VERNE,
                                   mounts=[("/opt/stack/vernemq.conf", "/vernemq/etc/vernemq.conf")],
                                   files={"opt/stack/vernemq.conf": "listener.tcp.default = 0.0.0.0:1883\n"},
                                   more={"State": {"ExitCode": 1}, "Args": []}), f"{SERVER}:1883")


@reported("https://docs.nats.io/running-a-nats-service/configuration an included file has the block, for the loopback", r"127\.0\.0\.1", r"nats-server\.conf",
          unsaid=r"sed -i|systemctl|has no mqtt block", is_long=False)
def nats_included_block_is_the_loopbacks(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, NATS, {"nats-server.conf": "port: 4222\njetstream: {}\ninclude ./mqtt.conf\n",
                                                "mqtt.conf": "mqtt {\n  listen: \"127.0.0.1:1883\"\n}\n"}, mounted="/etc/nats",
                                    args=["nats-server", "-c", "/etc/nats/nats-server.conf"]), f"{SERVER}:1883")


@reported(GITHUB + "bitnami/containers rabbitmq keeps its files elsewhere", r"plugin", r"/opt/broker/enabled_plugins", r"rabbitmq_mqtt", is_long=False)
def bitnamis_rabbit_has_no_plugin(lab):
    resets(lab)
    return on_broker_in(lab, inside(lab, "bitnami/rabbitmq:4.0", {"enabled_plugins": "[rabbitmq_management].\n"}, mounted="/opt/bitnami/rabbitmq/etc/rabbitmq"),
                        f"{SERVER}:1883")


# ---- nothing is wrong -------------------------------------------------------------------------------------


@reported("https://hub.docker.com/r/emqx/emqx as it should be, a dashboard bound to the loopback", HEALTHY, is_long=False)
def emqx_is_right_by_file_and_environment(lab):
    published(lab)
    return on_broker_in(lab, inside(lab, EMQX, {"emqx.conf": "listeners.ws.default.bind = \"127.0.0.1:8083\"\nlisteners.tcp.default.bind = \"0.0.0.0:1883\"\n"},
                                    mounted="/opt/emqx/etc", env=["EMQX_ALLOW_ANONYMOUS=false"]), f"{SERVER}:1883")


@reported("https://hub.docker.com/_/rabbitmq as it should be", HEALTHY, is_long=False)
def rabbit_is_right_in_its_container(lab):
    published(lab)
    return on_broker_in(lab, inside(lab, RABBIT, {"enabled_plugins": "[rabbitmq_management,rabbitmq_mqtt].\n", "conf.d/10-defaults.conf": "loopback_users.guest = false\n"},
                                    mounted="/etc/rabbitmq"), f"{SERVER}:1883")


@reported("https://hub.docker.com/_/nats a file without a block beside a broker that serves", HEALTHY, is_long=False)
def nats_file_is_not_all_that_is_in_force(lab):
    published(lab)
    return on_broker_in(lab, inside(lab, NATS, {"nats-server.conf": "port: 4222\ninclude ./mqtt.conf\n"}, mounted="/etc/nats",
                                    args=["nats-server", "-c", "/etc/nats/nats-server.conf"]), f"{SERVER}:1883")
