"""A broker in a container, and the compose file that made it: the cure is a line of that file. As people told of it,
each with its right answer written down before the doctor could read such a file."""

import pathlib

from .net import ROUTER_SERVER, SERVER
from .reported import HEALTHY, reported
from .services import mosquitto
from .stage_trained_brokers import GITHUB, called, machine, named, on_broker_in

COMPOSE = GITHUB + "docker/compose/issues/"
MOSQUITTO = GITHUB + "eclipse-mosquitto/mosquitto/issues/"
FILE = "/opt/stack/compose.yaml"
OPENED = ["1701: mosquitto version 2.0.18 starting", "1701: Config loaded from /mosquitto/config/mosquitto.conf.",
          "1701: Opening ipv4 listen socket on port 1883.", "1701: mosquitto version 2.0.18 running"]
LOCAL = ["1701: Starting in local only mode. Connections will only be possible from clients running on this machine.",
         "1701: Opening ipv4 listen socket on port 1883.", "1701: mosquitto version 2.0.18 running"]
HAND_ON = """import socket, threading, sys
def hand_on(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    came, _ = listener.accept()
    there = socket.create_connection((sys.argv[3], int(sys.argv[4])))
    for ends in ((came, there), (there, came)):
        threading.Thread(target=hand_on, args=ends, daemon=True).start()
"""


def published(lab, address="0.0.0.0", port=1883, inside=1883):
    """Docker's own proxy on the server, and a broker in what stands for the container."""
    mosquitto(lab.router, listener=inside, ready=inside)
    return called(lab.server, "/usr/bin/docker-proxy", lab.file("hand_on.py", HAND_ON), address, port, ROUTER_SERVER, inside, ready=port)


def told(*files, service="mosquitto", folder="/opt/stack", network="stack_default", mounts=(), state=None):
    """What Docker tells of a container that compose made."""
    return {"State": {"ExitCode": 0, "Error": "", "OOMKilled": False, **(state or {})},
            "HostConfig": {"NetworkMode": network},
            "Config": {"Labels": {"com.docker.compose.project": "stack", "com.docker.compose.service": service,
                                  "com.docker.compose.project.config_files": ",".join(files or (FILE,)),
                                  "com.docker.compose.project.working_dir": folder}},
            "Mounts": [{"Source": source, "Destination": inside} for source, inside in mounts]}


def container(ports, inspected, state="running", status="Up 2 hours", log=OPENED, image="eclipse-mosquitto:2"):
    return ("mosquitto", image, ports, state, status, inspected, list(log))


# ---- ports ---------------------------------------------------------------------------------------


@reported(COMPOSE + "4594 ports bound to 127.0.0.1 in the compose file", r"127\.0\.0\.1", r"compose\.yaml:8", r"docker compose .*up -d", is_long=False)
def compose_binds_the_port_to_the_loopback(lab):
    published(lab, "127.0.0.1")
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    restart: unless-stopped\n    volumes:\n      - ./config:/mosquitto/config\n"
            "    ports:\n      - \"127.0.0.1:1883:1883\"   # mqtt\n      - 9001:9001\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container(
        "127.0.0.1:1883->1883/tcp, 0.0.0.0:9001->9001/tcp", told())]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file/services/#long-syntax-3 host_ip", r"127\.0\.0\.1", r"override\.yml:5", r"docker compose .*up -d",
          is_long=False)
def compose_override_binds_it_in_long_words(lab):
    published(lab, "127.0.0.1")
    main = "services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n"
    more = ("services:\n  mosquitto:\n    ports:\n      - target: 1883\n        host_ip: 127.0.0.1\n        published: \"1883\"\n        protocol: tcp\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/docker-compose.yml": main, "opt/stack/docker-compose.override.yml": more}, [container(
        "127.0.0.1:1883->1883/tcp", told("/opt/stack/docker-compose.yml", "/opt/stack/docker-compose.override.yml"))]), f"{SERVER}:1883")


@reported(MOSQUITTO + "3398 Docker Mosquitto starts but it is not accessible from host", r"compose\.yaml", r"ports:", r"1883:1883", r"up -d",
          unsaid=r"docker run", is_long=False)
def compose_has_expose_and_no_ports(lab):
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    expose:\n      - \"1883\"\n    volumes:\n      - ./config:/mosquitto/config\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("1883/tcp", told())]), f"{SERVER}:1883")


@reported(COMPOSE + "6384 docker-compose restart: the port is not exposed", r"compose\.yaml:5", r"up -d", r"restart|made|anew|again", unsaid=r"docker run",
          is_long=False)
def compose_was_changed_and_the_container_only_restarted(lab):
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - 1883:1883\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("1883/tcp", told())]), f"{SERVER}:1883")


@reported("https://docs.docker.com/engine/network/drivers/host published ports are discarded", r"network_mode|host network", r"compose\.yaml:[46]", r"1883",
          is_long=False)
def compose_has_the_hosts_network_and_ports(lab):
    mosquitto(lab.server)
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    network_mode: host\n    ports:\n      - \"11883:1883\"\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("", told(network="host"))]), f"{SERVER}:11883")


@reported(GITHUB + "SAIC-iSmart-API/saic-python-mqtt-gateway/issues/348 MQTT Connection Refused: 1833 typed for 1883", r"1833", r"compose\.yaml:5", r"up -d",
          is_long=False)
def compose_publishes_1833(lab):
    published(lab, port=1833)
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - 1833:1883\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("0.0.0.0:1833->1883/tcp, :::1833->1883/tcp", told())]), f"{SERVER}:1883")


@reported(MOSQUITTO + "3110 the port behind the colon is not the listener's", r"1884", r"compose\.yaml:5", r"1883", r"up -d", is_long=False)
def compose_sends_it_to_another_port_of_the_container(lab):
    named(lab.server, "/usr/bin/docker-proxy", 1883, "refuse")
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - target: 1884\n        published: 1883\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("0.0.0.0:1883->1884/tcp", told())]), f"{SERVER}:1883")


@reported("https://docs.docker.com/compose/environment-variables/ a default of 127.0.0.1 in a variable", r"127\.0\.0\.1", r"compose\.yaml:5", r"MQTT_BIND|\.env",
          is_long=False)
def compose_binds_by_a_variables_default(lab):
    published(lab, "127.0.0.1")
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - \"${MQTT_BIND:-127.0.0.1}:${MQTT_PORT:-1883}:1883\"\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text, "opt/stack/.env": "TZ=Europe/Berlin\n"}, [container(
        "127.0.0.1:1883->1883/tcp", told())]), f"{SERVER}:1883")


# ---- volumes -------------------------------------------------------------------------------------


@reported(GITHUB + "gravitl/netmaker/issues/1133 mosquitto.conf is being created as a directory", r"folder|directory", r"compose\.yaml:7", r"rmdir", r"up -d",
          is_long=False)
def compose_mounts_a_file_that_became_a_folder(lab):
    text = ("services:\n  mq:\n    image: eclipse-mosquitto:2\n    ports:\n      - 1883:1883\n    volumes:\n      - ./mosquitto.conf:/mosquitto/config/mosquitto.conf\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text, "opt/stack/mosquitto.conf/.keep": ""}, [container(
        "", told(service="mq", mounts=[("/opt/stack/mosquitto.conf", "/mosquitto/config/mosquitto.conf")], state={
            "ExitCode": 127, "Error": "error mounting \"/opt/stack/mosquitto.conf\" to rootfs at \"/mosquitto/config/mosquitto.conf\": not a directory"}),
        "created", "Created", [])]), f"{SERVER}:1883")


@reported(MOSQUITTO + "2970 Can't get out of local only mode", r"/mosquitto/conf\b", r"compose\.yaml:8", r"/mosquitto/config", r"up -d", is_long=False)
def compose_mounts_conf_and_not_config(lab):
    named(lab.server, "/usr/bin/docker-proxy", 1883, "refuse")
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto\n    restart: unless-stopped\n    ports:\n      - \"1883:1883\" #default mqtt port\n    volumes:\n"
            "      - /opt/stack/conf:/mosquitto/conf\n      - /opt/stack/data:/mosquitto/data\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text, "opt/stack/conf/mosquitto.conf": "listener 1883\nallow_anonymous true\n"}, [container(
        "0.0.0.0:1883->1883/tcp", told(mounts=[("/opt/stack/conf", "/mosquitto/conf")]), log=LOCAL)]), f"{SERVER}:1883")


# ---- nothing is wrong ----------------------------------------------------------------------------


@reported("https://docs.docker.com/reference/compose-file anchors, flow lists, a published range", HEALTHY, is_long=False)
def compose_is_odd_and_right(lab):
    published(lab)
    text = ("x-common: &common\n  restart: unless-stopped\n  logging: { driver: json-file }\nservices:\n  db: {image: postgres, ports: [\"127.0.0.1:5432:5432\"]}\n"
            "  mosquitto:\n    <<: *common\n    image: eclipse-mosquitto:2\n    ports: ['1883:1883', \"127.0.0.1:9001:9001/tcp\", 8000-8010:8000-8010]\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [
        container("0.0.0.0:1883->1883/tcp, 127.0.0.1:9001->9001/tcp", told()),
        ("db", "postgres:16", "127.0.0.1:5432->5432/tcp", "running", "Up 2 hours", {}, [])]), f"{SERVER}:1883")


@reported("https://docs.docker.com/engine/network/drivers/host the host's network without ports", HEALTHY, is_long=False)
def compose_has_the_hosts_network_and_works(lab):
    mosquitto(lab.server)
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    network_mode: \"host\"\n    ports:\n    - 1883:1883\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("", told(network="host"))]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file the file was moved away since", HEALTHY, is_long=False)
def compose_file_is_gone_and_the_broker_works(lab):
    published(lab)
    return on_broker_in(lab, machine(lab, {}, [container("0.0.0.0:1883->1883/tcp", told("/opt/old/compose.yaml"))]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file another project's file has the same port on 127.0.0.1", r"not run|nothing listens|does not run", unsaid=r"compose\.yaml",
          is_long=False)
def compose_of_a_stranger_is_left_alone(lab):
    text = ("services:\n  web:\n    image: nginx\n    ports:\n      - \"127.0.0.1:1883:80\"\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [
        ("web", "nginx:1", "80/tcp", "running", "Up 2 hours", told(service="web"), [])]), f"{SERVER}:1883")


# ---- others of their kind, tried when the first were answered ------------------------------------


@reported("https://docs.podman.io podman-compose names its file beside the folder", r"127\.0\.0\.1", r"docker-compose\.yml:5", r"podman.compose", is_long=False)
def compose_by_podman_binds_to_the_loopback(lab):
    published(lab, "127.0.0.1")
    text = ("services:\n  mosquitto:\n    image: docker.io/eclipse-mosquitto:2\n    ports:\n    - 127.0.0.1:1883:1883\n")
    prefix = machine(lab, {"opt/stack/docker-compose.yml": text}, [container("127.0.0.1:1883->1883/tcp", told("docker-compose.yml"))])
    return on_broker_in(lab, as_podman(lab, prefix), f"{SERVER}:1883")


def as_podman(lab, prefix):
    """The same answers, by a program called podman; there is no Docker."""
    root = pathlib.Path(lab.file("root"))
    (root / "bin/docker").rename(root / "bin/podman")
    (root / "run/docker.sock").unlink()
    script = pathlib.Path(lab.file("machine"))
    # Podman is known by its program's place.
    script.write_text(script.read_text().replace("PATH=", f"mkdir -p /run/bin && cp {root}/bin/podman /run/bin/ && "
                                                 "mount -t overlay -o lowerdir=/run/bin:/usr/bin none /usr/bin\nPATH=", 1))
    return prefix


@reported("https://docs.docker.com/reference/compose-file/services/#ports published: under another number", r"11883", r"compose\.yaml:[567]", r"up -d", is_long=False)
def compose_publishes_another_number_in_long_words(lab):
    published(lab, port=11883)
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - name: mqtt\n        target: 1883\n        published: 11883\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("0.0.0.0:11883->1883/tcp", told())]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file a port that another service has", r"9001|ports", r"compose\.yaml:4", r"1883:1883", is_long=False)
def compose_publishes_the_web_port_alone(lab):
    text = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - 9001:9001\n  web:\n    image: nginx\n    ports:\n      - 80:80\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("1883/tcp, 0.0.0.0:9001->9001/tcp", told())]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file/include a service that extends another", HEALTHY, is_long=False)
def compose_extends_another_file_and_works(lab):
    published(lab)
    text = ("include:\n  - other.yaml\nservices:\n  mosquitto:\n    extends:\n      file: base.yaml\n      service: broker\n")
    return on_broker_in(lab, machine(lab, {"opt/stack/compose.yaml": text}, [container("0.0.0.0:1883->1883/tcp", told())]), f"{SERVER}:1883")
