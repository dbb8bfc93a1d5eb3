"""The fifth harvest of the brokers that are not Mosquitto."""
import shutil
import time

from . import certificates
from .cases import Skip, doctor
from .certificates import ca
from .net import SERVER
from .reported import reported
from .stage_trained_brokers import BEAM, GITHUB, JAVA, RABBIT_BEAM, VERNE_BEAM, ended, etc, machine, named, on_broker_in, utc


def lines(count, form, text, ago=60):
    return "".join(time.strftime(form, time.gmtime(time.time() - ago - 10 * i)) + text + "\n" for i in range(count, 0, -1))


@reported("https://docs.emqx.com/zh/emqx/latest/faq/faq.html the licence has ended", r"licen[cs]e")
def emqx_has_no_licence_for_more(lab):
    named(lab.server, BEAM, 1883, "broker", "anonymous=3")
    log = f"{utc(5)} [error] msg: connection_rejected_due_to_license_limit_reached, clientid: lamp, peername: 10.0.0.7:5000\n"
    return on_broker_in(lab, machine(lab, {"var/log/emqx/emqx.log.1": log}))


@reported(GITHUB + "hassio-addons/app-emqx/issues/93 After upgrade EMQX no longer starts", r"configuration|setting|schema|upgrade")
def emqx_does_not_know_its_settings_any_more(lab):
    log = ["ERROR: call_hocon_failed: -v -t 2024-04-03T16.52.30Z -s emqx_conf_schema",
           "failed_to_check_schema: emqx_conf_schema", "#{reason => unknown_fields, path => \"\", unmatched => \"broker.shared_dispatch\"}",
           "ERROR: Incorrect config file: /opt/emqx/etc/emqx.conf"]
    return on_broker_in(lab, machine(lab, {}, [("emqx", "emqx/emqx:5.8", "", "exited", "Exited (1) 1 minute ago", ended(1), log)]))


@reported("https://www.flashmq.org allow_anonymous is off by default", r"allow_anonymous|password file", r"flashmq\.conf")
def flashmq_as_it_comes(lab):
    etc(lab, "flashmq/flashmq.conf", "listen {\n  protocol mqtt\n  port 1883\n}\n")
    named(lab.server, "/usr/bin/flashmq", 1883, "broker", "anonymous=5")
    return on_broker_in(lab, machine(lab))


@reported("https://www.rabbitmq.com/docs/mqtt ssl_cert_login", r"ssl_cert_login")
def rabbits_certificate_is_no_user_name(lab):
    good, mine = certificates.get("good"), certificates.get("client")
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n")
    etc(lab, "rabbitmq/rabbitmq.conf", "mqtt.listeners.ssl.default = 8883\nmqtt.allow_anonymous = false\nssl_options.verify = verify_peer\n")
    named(lab.server, RABBIT_BEAM, 8883, "tls", good.chain, good.key, "broker", "versions=3,4", "anonymous=4")
    return on_broker_in(lab, machine(lab), f"mqtts://{SERVER}", "--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)


@reported(GITHUB + "nats-io/nats-server/issues/2126 listen: 127.0.0.1:1883", r"127\.0\.0\.1|loopback", r"nats\.conf|nats-server\.conf", unsaid="mosquitto")
def nats_listens_to_itself_alone(lab):
    if not shutil.which("nats-server"):
        raise Skip("nats-server is not installed")
    path = lab.file("nats.conf", f"port: 4222\nserver_name: a\njetstream {{ store_dir: {lab.file('js')} }}\nmqtt {{ listen: \"127.0.0.1:1883\" }}\n")
    lab.server.start("nats-server", "-c", path, ready=1883)
    return doctor(lab.server, SERVER, "--on-broker")


def local_listener(lab):
    return lab.file("local.py", """import socket, time
listener = socket.create_server(("127.0.0.1", 1883))
while True:
    one, _ = listener.accept()
    time.sleep(0.1)
    one.close()
""")


@reported("https://www.hivemq.com/docs/hivemq/4.4/user-guide/listeners.html bind-address", r"127\.0\.0\.1|loopback", r"config\.xml", unsaid="mosquitto")
def hivemq_listens_to_itself_alone(lab):
    from .stage_trained_brokers import called
    called(lab.server, JAVA, local_listener(lab), "-jar", "/opt/hivemq/bin/hivemq.jar", ready=1883)
    return on_broker_in(lab, machine(lab, {"opt/hivemq/conf/config.xml": "<hivemq><listeners><tcp-listener><port>1883</port><bind-address>127.0.0.1"
                                           "</bind-address></tcp-listener></listeners></hivemq>"}), SERVER)


@reported("https://activemq.apache.org/components/artemis/documentation acceptors and protocols", r"MQTT", r"acceptor|connector", r"broker\.xml",
          unsaid="mosquitto")
def artemis_has_no_acceptor_for_mqtt(lab):
    named(lab.server, JAVA, 61616, "silent", also=("-Dartemis.instance=/opt/broker", "org.apache.activemq.artemis.boot.Artemis", "run"))
    return on_broker_in(lab, machine(lab, {"opt/broker/etc/broker.xml": "<core><acceptors><acceptor name=\"artemis\">tcp://0.0.0.0:61616?protocols="
                                           "CORE,AMQP</acceptor></acceptors></core>"}), f"{SERVER}:1883")


@reported(GITHUB + "nanomq/nanomq/issues/306 Client fail to establish TLS connection", r"8883", r"listener|TLS", r"nanomq\.conf")
def nanomq_has_no_tls_listener(lab):
    etc(lab, "nanomq.conf", "listeners.tcp {\n  bind = \"0.0.0.0:1883\"\n}\n")
    named(lab.server, "/usr/local/bin/nanomq", 1883, "broker")
    return on_broker_in(lab, machine(lab), f"mqtts://{SERVER}:8883")


@reported("https://github.com/hivemq/helm-charts a volume that HiveMQ's user may not write", r"permission|may not", r"10000|/srv/hivemq")
def hivemq_may_not_write_its_volume(lab):
    state = ended(1)
    state["Mounts"] = [{"Source": "/srv/hivemq", "Destination": "/opt/hivemq/data"}]
    log = ["FATAL: The HiveMQ data folder could not be created", "java.nio.file.AccessDeniedException: /opt/hivemq/data/cluster.id"]
    return on_broker_in(lab, machine(lab, {}, [("hivemq", "hivemq/hivemq-ce", "", "exited", "Exited (1) 1 minute ago", state, log)]))


@reported("ActiveMQ 5.17 itself says so", r"pump-3", r"identifier")
def activemqs_clients_share_a_name(lab):
    named(lab.server, JAVA, 1883, "exchange", also=("-jar", "/usr/share/activemq/bin/activemq.jar"))
    log = lines(4, "%Y-%m-%d %H:%M:%S", ",607  WARN RegionBroker | Stealing link for clientId pump-3 From Connection Transport Connection to: "
                "tcp://127.0.0.1:40180")
    return on_broker_in(lab, machine(lab, {"var/log/activemq/activemq.log": log}))


@reported("NATS 2.9 itself says so", r"meter-9", r"user name|password")
def nats_turns_a_meter_away(lab):
    etc(lab, "nats-server.conf", "server_name: n1\njetstream {}\nmqtt { port: 1883 }\n")
    named(lab.server, "/usr/sbin/nats-server", 1883, "exchange", also=("-c", "/etc/nats-server.conf"))
    log = lines(4, "[3935] %Y/%m/%d %H:%M:%S", ".725903 [ERR] 10.0.0.9:54600 - mid:5 - \"meter-9\" - authentication error - User \"a\"")
    return on_broker_in(lab, machine(lab, {"var/log/nats-server.log": log}))


@reported(GITHUB + "vernemq/vernemq/issues/1316 Can't authenticate client due to invalid_credentials", r"cc-client", r"user name|password")
def verne_turns_a_client_away(lab):
    etc(lab, "vernemq/vernemq.conf", "allow_anonymous = on\nlistener.tcp.default = 0.0.0.0:1883\n")
    named(lab.server, VERNE_BEAM, 1883, "exchange")
    log = lines(4, "%Y-%m-%d %H:%M:%S", ".208 [warning] <0.441.0>@vmq_mqtt_fsm:check_user:527 can't authenticate client "
                "{[],<<\"cc-client15\">>} from 192.168.1.7:53598 due to invalid_credentials")
    return on_broker_in(lab, machine(lab, {"var/log/vernemq/console.log": log}))
