"""Every broker but Mosquitto, and what stands in for one: as people told of it in public, on the broker's own machine
and from outside. Written down with its right answers before the doctor was asked."""
import json
import os
import pathlib
import shutil
import sys
import time

from . import certificates
from .cases import Skip, doctor
from .certificates import ca
from .net import SERVER
from .rabbitmq import rabbitmq
from .reported import HEALTHY, on_broker, reported
from .services import dnsmasq, mosquitto, scripted
from .stage_delivery import AT
from .stage_login import AMAZON, cloud, device

GITHUB = "https://github.com/"
EMQX, RABBIT = GITHUB + "emqx/emqx/issues/", GITHUB + "rabbitmq/rabbitmq-server/"
BEAM = "/opt/emqx/erts-13.2/bin/beam.smp"
RABBIT_BEAM = "/usr/lib/rabbitmq/erts-13.1/bin/beam.smp"
VERNE_BEAM = "/usr/lib/vernemq/erts-12.3/bin/beam.smp"
JAVA = "/usr/lib/jvm/java-17/bin/java"


def named(host, program, port, *words, also=()):
    """The scripted server, under the name and with the arguments of another program."""
    return called(host, program, pathlib.Path(__file__).with_name("server.py"), port, *words, *also, ready=port)


def called(host, program, script, *words, ready):
    """A Python script under the name of another program, for the kernel too."""
    link = pathlib.Path(host.lab.file("programs")) / pathlib.Path(program).name
    link.parent.mkdir(exist_ok=True)
    if not link.exists():
        link.symlink_to(os.path.realpath(sys.executable))
    return host.start("bash", "-c", f'PYTHONHOME={sys.base_prefix} exec -a "$0" {link} "$@"', program, script, *words,
                      ready=ready)


def machine(lab, files=None, containers=()):
    """The prefix that runs the doctor where /opt, /var/log and /run hold these files alone, /etc holds them too, and Docker has these
    containers: (name, image, ports, state, status, {what inspect tells}, lines of the log)."""
    root = pathlib.Path(lab.file("root"))
    for name in ("opt", "var/log", "run", "bin", "etc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, text in (files or {}).items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if containers:
        (root / "run/docker.sock").touch()
        listing = "\n".join("|".join(each[:5]) for each in containers)
        answers = [f"case \"$*\" in\n'ps -a'*) cat <<'END'\n{listing}\nEND\n;;"]
        for name, _, _, _, _, inspected, log in containers:
            answers.append(f"'inspect {name}') cat <<'END'\n{json.dumps([inspected])}\nEND\n;;")
            answers.append(f"'logs --tail 60 {name}') cat <<'END'\n" + "\n".join(log) + "\nEND\n;;")
        program = root / "bin/docker"
        program.write_text("#!/bin/sh\n" + "\n".join(answers) + "\nesac\n")
        program.chmod(0o755)
    script = pathlib.Path(lab.file("machine", f"""#!/bin/sh
for folder in opt var/log run; do mount -t tmpfs none /$folder && cp -r {root}/$folder/. /$folder/; done
mount -t tmpfs none /mnt && cp -a /etc/. /mnt/ && cp -r {root}/etc/. /mnt/ && mount --bind /mnt /etc
PATH={root}/bin:$PATH exec "$@"
"""))
    script.chmod(0o755)
    return ("unshare", "-m", str(script))


def ended(code, **more):
    return {"State": {"ExitCode": code, "Error": "", "OOMKilled": False, **more}, "Mounts": []}


def utc(ago=0):
    return time.strftime("%Y-%m-%dT%H:%M:%S.123456+00:00", time.gmtime(time.time() - ago))


def rabbit_time(ago=0):
    return time.strftime("%Y-%m-%d %H:%M:%S.123456+00:00", time.gmtime(time.time() - ago))


def on_broker_in(lab, prefix, to="localhost", *words):
    return doctor(lab.server, to, "--on-broker", *words, prefix=prefix)


def etc(lab, name, text):
    """Below /etc of what machine() makes; a folder that this machine has not cannot be laid over."""
    path = pathlib.Path(lab.file("root")) / "etc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# ---- on the broker's machine: EMQX -----------------------------------------------------------------


@reported(EMQX + "511 Connection Forcibly Closed", r"large|size", r"max_packet_size")
def emqx_takes_a_kilobyte_at_most(lab):
    etc(lab, "emqx/emqx.conf", "mqtt {\n  max_packet_size = 1KB\n}\nlisteners.tcp.default {\n  bind = \"0.0.0.0:1883\"\n}\n")
    named(lab.server, BEAM, 1883, "exchange")
    log = (f"{utc(40)} [warning] msg: frame_parse_error, mfa: emqx_connection:parse_incoming/3, line: 791, peername: "
           "172.16.5.3:64158, clientid: 999999, at_state: \"idle\", reason: frame_too_large\n")
    return on_broker_in(lab, machine(lab, {"var/log/emqx/emqx.log.1": log}))




@reported(GITHUB + "emqxarchive/emqx-docker/issues/133 Authentication Issues using EMQX_ALLOW_ANONYMOUS=false",
          r"user|login|anonymous", r"allow_anonymous|emqx")
def emqx_4_lets_nobody_in_without_a_name(lab):
    etc(lab, "emqx/emqx.conf", "listener.tcp.external = 0.0.0.0:1883\nallow_anonymous = false\nacl_nomatch = allow\n")
    named(lab.server, BEAM, 1883, "broker", "anonymous=5")
    return on_broker_in(lab, machine(lab))


@reported(EMQX + "9829 Connection immediately closed only for port 1883", r"max_connections|as many|connections",
          r"emqx", unsaid="mosquitto")
def emqx_has_as_many_as_it_takes(lab):
    etc(lab, "emqx/emqx.conf", "listeners.tcp.default {\n  bind = \"0.0.0.0:1883\"\n  max_connections = 3\n}\n")
    script = lab.file("full.py", """import socket, time
listener = socket.create_server(("0.0.0.0", 1883))
kept = []
while True:
    one, _ = listener.accept()
    if len(kept) < 3:
        kept.append(one)
    else:
        one.close()
""")
    called(lab.server, BEAM, script, ready=1883)
    lab.server.start("python3", "-c", f"import socket, time\nkept = [socket.create_connection(('{SERVER}', 1883)) for _ in range(3)]\n"
                     "time.sleep(60)")
    time.sleep(0.5)
    return on_broker_in(lab, machine(lab))


@reported(EMQX + "2216 K8s cluster one node doesn't join: port 1883, nodePort 31883", r"31883|port", open_=True)
def node_port_is_another_one(lab):
    named(lab.server, "/usr/local/bin/kube-proxy", 31883, "broker")
    return doctor(lab.phone, AT)


@reported(GITHUB + "emqx/emqtt/issues/172 Connecting in Elixir", r"nothing listens|not run|no broker|does not run")
def no_broker_was_ever_started(lab):
    return on_broker_in(lab, machine(lab, {}, [("db", "postgres:16", "5432/tcp", "running", "Up 2 days", {}, [])]))


# ---- RabbitMQ --------------------------------------------------------------------------------------


@reported(RABBIT + "issues/5512 Not authorized to connect", r"virtual host|vhost", r"\bmqtt\b")
def rabbits_user_has_another_virtual_host(lab):
    """The user may use the host mqtt; the plugin takes / unless the user name or mqtt.vhost says otherwise."""
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_management,rabbitmq_mqtt].\n")
    etc(lab, "rabbitmq/rabbitmq.conf", "mqtt.listeners.tcp.default = 1883\nmqtt.vhost = /\n")
    named(lab.server, RABBIT_BEAM, 1883, "broker", "versions=3,4", "user=test:5")
    log = (f"{rabbit_time(60)} [info] <0.642.0> started MQTT TCP listener on [::]:1883\n"
           f"{rabbit_time(3)} [error] <0.712.0> MQTT login failed for user 'test': access to vhost '/' refused for user 'test'\n"
           f"{rabbit_time(3)} [error] <0.712.0> MQTT connection 127.0.0.1:58758 -> 127.0.0.1:1883 is closing due to an "
           "authentication failure\n")
    return on_broker_in(lab, machine(lab, {"var/log/rabbitmq/rabbit@host.log": log}), "localhost", "-u", "test", "-P", "test")


@reported(RABBIT + "issues/409 I enabled rabbitmq mqtt plugin but can not connect to it?", r"guest|user|login|anonymous",
          r"loopback|own machine|localhost|user name")
def nobody_is_guest_and_guest_is_local(lab):
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n")
    named(lab.server, RABBIT_BEAM, 1883, "broker", "versions=3,4", "anonymous=5")
    log = (f"{rabbit_time(60)} [info] <0.642.0> started MQTT TCP listener on [::]:1883\n"
           f"{rabbit_time(3)} [warning] <0.705.0> MQTT login failed for guest: user is restricted to localhost\n")
    return on_broker_in(lab, machine(lab, {"var/log/rabbitmq/rabbit@host.log": log}), SERVER)


@reported("https://github.com/docker-library/rabbitmq/issues/ How to enable MQTT", r"plugin", r"rabbitmq_mqtt",
          r"docker exec|container", unsaid="mosquitto", is_long=False)
def rabbit_in_a_container_without_the_plugin(lab):
    named(lab.server, "/usr/bin/docker-proxy", 1883, "refuse")
    log = ["2026-11-30 10:00:01.1+00:00 [info] <0.9.0> Time to start RabbitMQ: 9322 ms",
           "  completed with 3 plugins.", "2026-11-30 10:00:01.3+00:00 [info] <0.612.0> Server startup complete; 3 plugins started.",
           "2026-11-30 10:00:01.3+00:00 [info] <0.612.0>  * rabbitmq_prometheus",
           "2026-11-30 10:00:01.3+00:00 [info] <0.612.0>  * rabbitmq_management",
           "2026-11-30 10:00:01.3+00:00 [info] <0.612.0>  * rabbitmq_management_agent"]
    ports = "4369/tcp, 0.0.0.0:1883->1883/tcp, 0.0.0.0:5672->5672/tcp, 0.0.0.0:15672->15672/tcp"
    return on_broker_in(lab, machine(lab, {}, [("rabbit", "rabbitmq:3-management", ports, "running", "Up 5 minutes", {}, log)]))


@reported(RABBIT + "discussions memory alarm blocks MQTT publishers", r"memory", unsaid="disk.{0,20}full|df -h")
def rabbit_is_short_of_memory(lab):
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n")
    named(lab.server, RABBIT_BEAM, 1883, "broker", "publish=silent")
    log = (f"{rabbit_time(900)} [info] <0.642.0> started MQTT TCP listener on [::]:1883\n"
           f"{rabbit_time(60)} [warning] <0.424.0> memory resource limit alarm set on node rabbit@host.\n")
    return on_broker_in(lab, machine(lab, {"var/log/rabbitmq/rabbit@host.log": log}))


@reported("kin of 5512: RabbitMQ answers 4 to a virtual host that is not there, as to a wrong password", r"virtual host|vhost|password",
          open_=True)
def virtual_host_that_nobody_made(_):
    return doctor(rabbitmq().phone, AT, "-u", "nowhere:alice", "-P", "alice-pw")


# ---- VerneMQ, HiveMQ, NanoMQ, NATS, ActiveMQ ---------------------------------------------------------


@reported(GITHUB + "vernemq/vernemq/issues/48 Connection refused to port 1883", r"127\.0\.0\.1|loopback", r"vernemq\.conf|listener\.tcp",
          unsaid="mosquitto", is_long=False)
def vernemq_listens_to_itself_alone(lab):
    etc(lab, "vernemq/vernemq.conf", "allow_anonymous = on\nlistener.tcp.default = 127.0.0.1:1883\n")
    script = lab.file("local.py", """import socket, time
listener = socket.create_server(("127.0.0.1", 1883))
while True:
    one, _ = listener.accept()
    one.recv(100)
    one.sendall(bytes.fromhex("20020000"))
    time.sleep(0.1)
    one.close()
""")
    called(lab.server, VERNE_BEAM, script, ready=1883)
    return on_broker_in(lab, machine(lab), SERVER)


@reported(GITHUB + "vernemq/docker-vernemq/issues/178 Vernemq Crashing after installing in K8", r"licen[cs]e|EULA", r"ACCEPT_EULA")
def vernemq_waits_for_its_licence(lab):
    log = ["Before you can continue, the product license", "must be accepted. The license can be viewed at",
           "    https://vernemq.com/end-user-license-agreement", "If you do not accept this license you will",
           "not be able to use VerneMQ.", "Product license not accepted. Stopping."]
    return on_broker_in(lab, machine(lab, {}, [("vernemq1", "vernemq/vernemq", "", "exited", "Exited (1) 2 minutes ago", ended(1), log)]))


@reported(GITHUB + "vernemq/docker-vernemq/issues/293 VerneMQ start but show log abnormal and cannot connect",
          r"permission|may not", r"vernemq\.conf", unsaid="1883\\)")
def vernemq_may_not_write_its_mounted_configuration(lab):
    log = ["sed: cannot rename /vernemq/etc/sedchSUx5: Device or resource busy",
           "/usr/sbin/start_vernemq: line 87: /vernemq/etc/vernemq.conf: Permission denied",
           "/usr/sbin/start_vernemq: line 130: /vernemq/etc/vernemq.conf: Permission denied"]
    state = ended(1)
    state["Mounts"] = [{"Source": "/srv/vernemq.conf", "Destination": "/vernemq/etc/vernemq.conf"}]
    return on_broker_in(lab, machine(lab, {}, [("vernemq", "vernemq/vernemq:1.11.0", "", "exited", "Exited (1) 1 minute ago", state, log)]))


@reported(GITHUB + "hivemq/hivemq-community-edition/issues/368 No security extension present, MQTT clients can not connect",
          r"extension", r"hivemq", is_long=False)
def hivemq_has_no_security_extension(lab):
    named(lab.server, JAVA, 1883, "broker", "anonymous=5", also=("-jar", "/opt/hivemq/bin/hivemq.jar"))
    log = ("2026-11-30 10:00:00,123 INFO  - Starting TCP listener on address 0.0.0.0 and port 1883\n"
           "2026-11-30 10:00:00,201 WARN  - No security extension present, MQTT clients can not connect to this broker.\n")
    return on_broker_in(lab, machine(lab, {"opt/hivemq/log/hivemq.log": log, "opt/hivemq/conf/config.xml":
                                           "<hivemq><listeners><tcp-listener><port>1883</port></tcp-listener></listeners></hivemq>"}))


@reported(GITHUB + "nanomq/NanoNNG/issues/923 nng_listener_create tls: Not supported", r"TLS", r"not supported|without TLS|built|-full")
def nanomq_was_built_without_tls(lab):
    log = ["2024-04-18 18:49:54 [1105] FATAL /nanomq/apps/broker.c:1122 broker: nng_listener_create tls",
           "nng_listener_create tls: Not supported"]
    return on_broker_in(lab, machine(lab, {}, [("nanomq", "emqx/nanomq:0.21.8-slim", "", "exited", "Exited (1) 1 minute ago", ended(1), log)]),
                        "mqtts://localhost")


@reported(GITHUB + "LAB02-Research/HASS.Agent/issues/105 Support NATS.io-based MQTT server without QoS=2 support", r"QoS ?2")
def nats_knows_no_qos_2(lab):
    if not shutil.which("nats-server"):
        raise Skip("nats-server is not installed")
    path = lab.file("nats.conf", f"port: 4222\nserver_name: a\njetstream {{ store_dir: {lab.file('js')} }}\nmqtt {{ port: 1883 }}\n")
    lab.server.start("nats-server", "-c", path, ready=1883)
    return doctor(lab.phone, "delivery", AT, "-t", "lamp/state", "--publish", "-V", "3.1.1")


@reported(GITHUB + "nats-io/nats-server/pull/1754 MQTT Support: it requires JetStream", r"jetstream", unsaid="mosquitto")
def nats_without_jetstream_does_not_start(lab):
    etc(lab, "nats-server.conf", "port: 4222\nserver_name: a\nlog_file: \"/var/log/nats-server.log\"\nmqtt { port: 1883 }\n")
    return on_broker_in(lab, machine(lab, {"run/systemd/system/x": "", "bin/systemctl": ""}, [
        ("nats", "nats:2.10", "", "exited", "Exited (1) 1 minute ago", ended(1),
         ["nats-server: mqtt requires JetStream to be enabled if running in standalone mode"])]))


@reported(GITHUB + "nats-io/nats-server/issues/2226 enable the MQTT function", r"quorum|jetstream", r"nats")
def nats_has_lost_its_quorum(lab):
    etc(lab, "nats-server.conf", "server_name: n1\nlog_file: \"/var/log/nats-server.log\"\njetstream {}\nmqtt { port: 1883 }\n")
    named(lab.server, "/usr/sbin/nats-server", 1883, "silent", also=("-c", "/etc/nats-server.conf"))
    log = "[3935] 2026/11/30 11:24:10.717800 [INF] Starting nats-server\n" + "".join(
        f"[3935] {time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime(time.time() - ago))}.717 [WRN] JetStream cluster stream "
        "'$G > $MQTT_sess_KwEmus3X' has NO quorum, stalled\n" for ago in (30, 20, 10))
    return on_broker_in(lab, machine(lab, {"var/log/nats-server.log": log}))


@reported(GITHUB + "kbredemeier/off_broadway_mqtt/issues/2 Error on use ActiveMQ Artermis (MQTT) protocol", r"user name|login|anonymous",
          unsaid="mosquitto")
def artemis_wants_a_login(lab):
    named(lab.server, JAVA, 1883, "broker", "anonymous=5", also=("org.apache.activemq.artemis.boot.Artemis", "run"))
    return on_broker_in(lab, machine(lab), "localhost")


@reported(GITHUB + "ioBroker/ioBroker.sonoff/issues/5 Connection to MQTT-Adapter not possible", r"io\.sonoff", r"port 1883|holds|has it")
def iobrokers_adapter_has_the_port(lab):
    log = lab.file("mosquitto.log", f"{int(time.time())}: mosquitto version 2.0.11 starting\n{int(time.time())}: Error: Address already in use\n")
    etc(lab, "mosquitto/mosquitto.conf", f"listener 1883\nallow_anonymous true\nlog_dest file {log}\n")
    named(lab.server, "io.sonoff.0", 1883, "silent")
    return on_broker_in(lab, machine(lab))


# ---- from outside: clouds --------------------------------------------------------------------------


@reported(GITHUB + "Azure/azure-iot-sdk-c/issues/660 MQTT connection settings for constrained devices", r"iBotHub01", r"myiothub|hub1|host")
def user_name_of_another_hub(lab):
    user = "iBotHub01.azure-devices.net/testDevice/?api-version=2021-04-12"
    return doctor(lab.phone, cloud(lab, "myiothub.azure-devices.net", "broker", f"user={user}:5"), "--cafile", ca(), "-u", user,
                  "-i", "testDevice", "-V", "3.1.1", "-P",
                  "SharedAccessSignature sr=iBotHub01.azure-devices.net%2Fdevices%2FtestDevice&sig=abc&se=2600000000")


@reported(GITHUB + "aws/aws-iot-device-sdk-js-v2/issues/101 add iotConnect Action to their policy", r"polic", r"iot:Connect|client")
def amazons_policy_has_no_connect(lab):
    return doctor(lab.phone, cloud(lab, AMAZON, "broker", "versions=0"), *device(), "-i", "YourDeviceName")


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/194 AWS IoT Core", r"polic", r"\$SYS|subscri")
def amazon_closes_at_the_system_topics(lab):
    return doctor(lab.phone, "delivery", cloud(lab, AMAZON, "broker", "subscribe=close", "only=$SYS/#"), *device(), "-t", "$SYS/#")


@reported(GITHUB + "bertmelis/espMqttClient/issues/116 Can not connect to AWS IoT Core when using Last Will", r"QoS ?2")
def amazon_knows_no_qos_2(lab):
    return doctor(lab.phone, "delivery", cloud(lab, AMAZON, "exchange", "qos2=close"), *device(), "-t", "sensors/1",
                  "--publish")


@reported(GITHUB + "thingsboard/esp32-ota/issues/1 unable to connect through MQTT", r"token")
def thingsboard_refuses_the_token(lab):
    dnsmasq(lab.router, f"address=/demo.thingsboard.io/{SERVER}", rest="address=/io/")
    scripted(lab.server, 1883, "broker", "user=YOUR_ACCESS_TOKEN:5")
    return doctor(lab.phone, "demo.thingsboard.io", "-u", "YOUR_ACCESS_TOKEN")


@reported(GITHUB + "thingsboard/thingsboard/issues/13677 ThingsBoard not receiving MQTT messages", r"v1/devices/me|topic",
          r"thingsboard", r"topic")
def thingsboard_takes_its_own_topics_alone(lab):
    dnsmasq(lab.router, f"address=/thingsboard.cloud/{SERVER}", rest="address=/cloud/")
    scripted(lab.server, 1883, "broker", "subscribe=80", "publish=close", "except=v1/")
    return doctor(lab.phone, "delivery", "thingsboard.cloud", "-u", "token123", "-t", "sensors/temp", "--publish")


@reported(GITHUB + "SAIC-iSmart-API/saic-python-mqtt-gateway/issues/348 MQTT Connection Refused", r"1883")
def port_with_two_digits_exchanged(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"{SERVER}:1833")


@reported(GITHUB + "home-assistant/addons/issues/626 the host is core-mosquitto", r"Home Assistant|add-on")
def name_of_the_addon_typed_on_a_phone(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "core-mosquitto")


@reported("kin of the one above: a switch or a server of a company may be called so", r"name", open_=True, unsaid="Home Assistant|add-on")
def core_of_a_company(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "core-switch-2")


@reported(GITHUB + "emqx/emqx/issues/1922 Setup client connection with EMQ broker", r"localhost|127\.0\.0\.1|this (machine|phone|computer)|itself")
def emqx_inner_port_from_a_phone(lab):
    return doctor(lab.phone, "localhost:11883")
