"""A beginner's broker, and how it was started: a container, its compose file and what is mounted, a snap, a unit, a
panel. The ways in which each leaves it out of reach, turning away, or silently other than its files say; each with its
right answer written down before the doctor was asked."""

import pathlib

from .cases import doctor
from .net import ROUTER_SERVER, SERVER
from .reported import HEALTHY, reported
from .services import mosquitto, password_file
from .stage_files_compose import HAND_ON, LOCAL, MOSQUITTO, OPENED, container, published, told
from .stage_trained_brokers import GITHUB, called, machine, named, on_broker_in
from .stage_vantage import together

SHARED = "/mosquitto/config"
CONF = SHARED + "/mosquitto.conf"
STACK = "opt/stack/compose.yaml"
COMPOSE = ("services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - 1883:1883\n    volumes:\n"
           "      - ./config:/mosquitto/config\n")
MOUNTED = [("/opt/stack/config", SHARED)]


def stack(lab, ports="0.0.0.0:1883->1883/tcp", conf=None, files=None, compose=COMPOSE, mounts=MOUNTED, more=None, **words):
    """A machine with the compose file's container, whose configuration is mounted from /opt/stack/config."""
    all_files = {STACK: compose, **(files or {})}
    if conf is not None:
        all_files["opt/stack/config/mosquitto.conf"] = conf
    inspected = told(mounts=mounts)
    inspected.update({"Path": "/docker-entrypoint.sh", "Args": ["/usr/sbin/mosquitto", "-c", CONF]})
    for name, value in (more or {}).items():
        inspected[name] = {**inspected.get(name, {}), **value} if isinstance(value, dict) else value
    return machine(lab, all_files, [container(ports, inspected, **words)])


def resets(lab, port=1883):
    """Docker's proxy, where nobody in the container takes the connection."""
    return named(lab.server, "/usr/bin/docker-proxy", port, "refuse")


def ended(lab, log, code=1, state="restarting", image="eclipse-mosquitto:2", more=None, **words):
    more = {"State": {"ExitCode": code}, **(more or {})}
    return stack(lab, "", state=state, status=f"Restarting ({code}) 5 seconds ago" if state == "restarting" else
                 f"Exited ({code}) 1 minute ago", log=log, image=image, more=more, **words)


def executable(lab, name, text):
    path = pathlib.Path(lab.file("root")) / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def units(lab, text):
    """What systemctl shows of the units that are asked for."""
    executable(lab, "systemctl", f"cat <<'END'\n{text}END\n")


def unit(name, active="active", enabled="enabled", result="success", status=0, start=""):
    return (f"Id={name}\nLoadState=loaded\nActiveState={active}\nUnitFileState={enabled}\nResult={result}\n"
            f"ExecMainStatus={status}\nExecStart={start}\n\n")


# ---- the container runs, and takes nobody ----------------------------------------------------------


@reported(MOSQUITTO + "2040 listener 1883 127.0.0.1 inside the container", r"127\.0\.0\.1", r"/opt/stack/config/mosquitto\.conf", r"restart",
          is_long=False)
def mounted_file_listens_on_the_containers_loopback(lab):
    resets(lab)
    return on_broker_in(lab, stack(lab, conf="listener 1883 127.0.0.1\nallow_anonymous true\n"), f"{SERVER}:1883")


@reported(MOSQUITTO + "2040 bind_address localhost", r"localhost|127\.0\.0\.1", r"/opt/stack/config/mosquitto\.conf", r"restart", is_long=False)
def mounted_file_binds_to_localhost(lab):
    resets(lab)
    return on_broker_in(lab, stack(lab, conf="bind_address localhost\nport 1883\nallow_anonymous true\n"), f"{SERVER}:1883")


@reported(MOSQUITTO + "1923 the mounted file has no listener for the port", r"1884", r"/opt/stack/config/mosquitto\.conf", is_long=False)
def mounted_file_has_a_listener_on_another_port(lab):
    resets(lab)
    return on_broker_in(lab, stack(lab, conf="listener 1884\nallow_anonymous true\n", log=["1701: mosquitto version 2.0.18 running"]), f"{SERVER}:1883")


@reported("https://hub.docker.com/_/eclipse-mosquitto command: mosquitto without -c", r"command|argument|-c", r"mosquitto\.conf",
          unsaid=r"needs a listener", is_long=False)
def command_replaces_the_images_and_names_no_file(lab):
    resets(lab)
    return on_broker_in(lab, stack(lab, conf="listener 1883\nallow_anonymous true\n", compose=COMPOSE + "    command: mosquitto -v\n", log=LOCAL,
                                   more={"Args": ["mosquitto", "-v"]}), f"{SERVER}:1883")


@reported("https://hub.docker.com/_/eclipse-mosquitto the file is mounted under another name", r"mosquito\.conf|not read", r"compose\.yaml:7",
          r"/mosquitto/config/mosquitto\.conf", is_long=False)
def file_is_mounted_under_a_misspelt_name(lab):
    resets(lab)
    text = COMPOSE.replace("./config:/mosquitto/config", "./mosquitto.conf:/mosquitto/config/mosquito.conf")
    return on_broker_in(lab, stack(lab, compose=text, log=LOCAL, files={"opt/stack/mosquitto.conf": "listener 1883\nallow_anonymous true\n"},
                                   mounts=[("/opt/stack/mosquitto.conf", "/mosquitto/config/mosquito.conf")]), f"{SERVER}:1883")


@reported("https://hub.docker.com/_/eclipse-mosquitto the folder that is mounted has the file under another name", r"mosquitto\.conf\.txt|no file|not.*there",
          r"/opt/stack/config", unsaid=r"needs a listener", is_long=False)
def folder_holds_the_file_with_a_txt_behind(lab):
    log = ["1701: Error: Unable to open config file /mosquitto/config/mosquitto.conf.", "1701: Error: Unable to open configuration file."]
    return on_broker_in(lab, ended(lab, log, 3, files={"opt/stack/config/mosquitto.conf.txt": "listener 1883\n"}), f"{SERVER}:1883")


@reported(GITHUB + "emqx/emqx-docker EMQX_LISTENERS__TCP__DEFAULT__BIND=127.0.0.1:1883", r"127\.0\.0\.1", r"EMQX_LISTENERS__TCP__DEFAULT__BIND",
          is_long=False)
def emqx_is_bound_by_its_environment(lab):
    resets(lab)
    return on_broker_in(lab, stack(lab, image="emqx/emqx:5.8", mounts=(), log=["Listener tcp:default on 127.0.0.1:1883 started.", "EMQX 5.8.0 is running now!"],
                                   more={"Args": ["/opt/emqx/bin/emqx", "foreground"],
                                         "Config": {"Env": ["EMQX_LISTENERS__TCP__DEFAULT__BIND=127.0.0.1:1883"]}}), f"{SERVER}:1883")


@reported(GITHUB + "nanomq/nanomq NANOMQ_BROKER_URL", r"127\.0\.0\.1", r"NANOMQ_BROKER_URL", is_long=False)
def nanomq_is_bound_by_its_environment(lab):
    resets(lab)
    return on_broker_in(lab, stack(lab, image="emqx/nanomq:latest", mounts=(), log=["NanoMQ Broker is started successfully!"],
                                   more={"Config": {"Env": ["NANOMQ_BROKER_URL=nmq-tcp://127.0.0.1:1883"]}}), f"{SERVER}:1883")


@reported("https://docs.docker.com/compose network_mode: service:vpn", r"network_mode|network of", r"vpn", r"compose\.yaml", is_long=False)
def container_uses_the_network_of_another(lab):
    text = ("services:\n  vpn:\n    image: qmcgaw/gluetun\n  mosquitto:\n    image: eclipse-mosquitto:2\n    network_mode: \"service:vpn\"\n")
    return on_broker_in(lab, machine(lab, {STACK: text}, [
        container("", told(network="container:5f3a9c")),
        ("vpn", "qmcgaw/gluetun", "8888/tcp", "running", "Up 2 hours", {"Id": "5f3a9c", **told(service="vpn")}, [])]), f"{SERVER}:1883")


@reported(GITHUB + "1Panel-dev/1Panel/issues 端口外部访问 is not ticked: HOST_IP=127.0.0.1", r"127\.0\.0\.1", r"\.env", r"up -d", is_long=False)
def panel_publishes_for_itself_alone(lab):
    published(lab, "127.0.0.1")
    folder = "/opt/1panel/apps/mosquitto/mosquitto"
    text = ("services:\n  mosquitto:\n    container_name: ${CONTAINER_NAME}\n    restart: always\n    networks:\n      - 1panel-network\n    ports:\n"
            "      - \"${HOST_IP}:${PANEL_APP_PORT_HTTP}:1883\"\n    image: eclipse-mosquitto:2.0.22\n")
    env = "CONTAINER_NAME=\"mosquitto\"\nHOST_IP=\"127.0.0.1\"\nPANEL_APP_PORT_HTTP=1883\n"
    return on_broker_in(lab, machine(lab, {folder + "/docker-compose.yml": text, folder + "/.env": env}, [container(
        "127.0.0.1:1883->1883/tcp", told(folder + "/docker-compose.yml", folder=folder))]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file/include the service stands in an included file", r"127\.0\.0\.1", r"mqtt\.yaml:5", r"up -d", is_long=False)
def compose_includes_the_file_that_binds(lab):
    published(lab, "127.0.0.1")
    return on_broker_in(lab, machine(lab, {STACK: "include:\n  - mqtt.yaml\nservices:\n  web:\n    image: nginx\n",
                                           "opt/stack/mqtt.yaml": "services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    ports:\n      - 127.0.0.1:1883:1883\n"},
                                     [container("127.0.0.1:1883->1883/tcp", told())]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/compose-file/services/#extends the ports stand in the file that is extended", r"127\.0\.0\.1", r"base\.yaml:5",
          r"up -d", is_long=False)
def compose_extends_the_file_that_binds(lab):
    published(lab, "127.0.0.1")
    return on_broker_in(lab, machine(lab, {STACK: "services:\n  mosquitto:\n    extends:\n      file: base.yaml\n      service: broker\n",
                                           "opt/stack/base.yaml": "services:\n  broker:\n    image: eclipse-mosquitto:2\n    ports:\n      - 127.0.0.1:1883:1883\n"},
                                     [container("127.0.0.1:1883->1883/tcp", told())]), f"{SERVER}:1883")


# ---- the container ends ----------------------------------------------------------------------------


@reported(MOSQUITTO + "2994 key of root in a container", r"server\.key|permission|may not", r"/opt/stack/config/server\.key|ls -l", r"1883", is_long=False)
def key_is_closed_to_the_containers_user(lab):
    log = ["1701: mosquitto version 2.0.18 starting", "1701: Opening ipv4 listen socket on port 8883.",
           "1701: Error: Unable to load server key file \"/mosquitto/config/server.key\". Check keyfile.",
           "1701: OpenSSL Error[0]: error:8000000D:system library::Permission denied", "1701: OpenSSL Error[1]: error:10080002:BIO routines::system lib"]
    return on_broker_in(lab, ended(lab, log, conf="listener 8883\ncertfile /mosquitto/config/server.crt\nkeyfile /mosquitto/config/server.key\n",
                                   files={"opt/stack/config/server.key": "x", "opt/stack/config/server.crt": "x"}), f"{SERVER}:8883")


@reported(MOSQUITTO + "2994 live/ of letsencrypt is mounted, and archive/ is not", r"archive|symbolic|link", r"letsencrypt", is_long=False)
def links_of_letsencrypt_lead_out_of_the_container(lab):
    log = ["1701: mosquitto version 2.0.18 starting", "1701: Error: Unable to load server certificate \"/certs/fullchain.pem\". Check certfile.",
           "1701: OpenSSL Error[0]: error:80000002:system library::No such file or directory"]
    prefix = ended(lab, log, conf="listener 8883\ncertfile /certs/fullchain.pem\nkeyfile /certs/privkey.pem\n",
                   files={"opt/letsencrypt/archive/x/fullchain1.pem": "x"},
                   mounts=[*MOUNTED, ("/opt/letsencrypt/live/x", "/certs")])
    live = pathlib.Path(lab.file("root")) / "opt/letsencrypt/live/x"
    live.mkdir(parents=True)
    for name in ("fullchain", "privkey"):
        (live / f"{name}.pem").symlink_to(f"../../archive/x/{name}1.pem")
    return on_broker_in(lab, prefix, f"{SERVER}:8883")


@reported(MOSQUITTO + "2994 the host's path in the container's file", r"/opt/stack/config/server\.crt|path", r"/mosquitto/config", is_long=False)
def mounted_file_names_the_machines_path(lab):
    log = ["1701: mosquitto version 2.0.18 starting", "1701: Error: Unable to load server certificate \"/opt/stack/config/server.crt\". Check certfile.",
           "1701: OpenSSL Error[0]: error:80000002:system library::No such file or directory"]
    return on_broker_in(lab, ended(lab, log, conf="listener 8883\ncertfile /opt/stack/config/server.crt\nkeyfile /opt/stack/config/server.key\n",
                                   files={"opt/stack/config/server.key": "x", "opt/stack/config/server.crt": "x"}), f"{SERVER}:8883")


@reported(MOSQUITTO + "1078 user: 1000:1000 in the compose file", r"user", r"1000", r"/opt/stack/data|data", unsaid=r"user 1883", is_long=False)
def compose_gives_it_another_user(lab):
    log = ["1701: mosquitto version 2.0.18 starting", "1701: Error: Unable to open log file /mosquitto/log/mosquitto.log for writing."]
    return on_broker_in(lab, ended(lab, log, more={"Config": {"User": "1000:1000"}}, compose=COMPOSE + "    user: \"1000:1000\"\n", conf="listener 1883\n",
                                   mounts=[*MOUNTED, ("/opt/stack/data", "/mosquitto/log")]), f"{SERVER}:1883")


@reported(MOSQUITTO + "2706 a volume of a newer mosquitto", r"version|newer", r"mosquitto\.db|persist|data", is_long=False)
def volume_is_of_a_newer_version(lab):
    log = ["1701: mosquitto version 1.6.15 starting", "1701: Error: Unsupported persistent database format version 6 (need version 5).",
           "1701: Error: Couldn't open database."]
    return on_broker_in(lab, ended(lab, log, image="eclipse-mosquitto:1.6", conf="listener 1883\npersistence true\npersistence_location /mosquitto/data/\n",
                                   mounts=[*MOUNTED, ("/opt/stack/data", "/mosquitto/data")]), f"{SERVER}:1883")


@reported("https://docs.docker.com/reference/cli/docker/container/run options behind the image", r"image", r"before|behind|order", r"-p", is_long=False)
def options_stand_behind_the_image(lab):
    state = {"ExitCode": 127, "Error": "failed to create task for container: exec: \"-p\": executable file not found in $PATH: unknown"}
    return on_broker_in(lab, machine(lab, {}, [("mosquitto", "eclipse-mosquitto:2", "", "created", "Created", {
        "State": {**state, "OOMKilled": False}, "HostConfig": {"NetworkMode": "bridge"}, "Path": "-p", "Args": ["1883:1883"], "Config": {"Labels": {}}, "Mounts": []}, [])]),
        f"{SERVER}:1883")


@reported("https://docs.docker.com/engine/containers/start-containers-automatically after a reboot", r"restart", r"docker", r"unless-stopped|always|boot|machine",
          is_long=False)
def container_stayed_down_after_a_reboot(lab):
    return on_broker_in(lab, ended(lab, OPENED, 255, "exited"), f"{SERVER}:1883")


@reported("https://docs.docker.com/engine/daemon/troubleshoot the daemon does not run", r"docker", r"systemctl.* start|enable", is_long=False)
def docker_itself_does_not_run(lab):
    prefix = machine(lab, {"run/systemd/system/x": "", "run/docker.sock": "", STACK: COMPOSE})
    executable(lab, "docker", "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1\n")
    units(lab, unit("docker.service", "inactive", "disabled"))
    return on_broker_in(lab, prefix, f"{SERVER}:1883")


# ---- it turns people away --------------------------------------------------------------------------


def secured(lab, conf, *words, files=None, log=OPENED, **more):
    """A broker with users in what stands for the container, behind Docker's proxy."""
    mosquitto(lab.router, "allow_anonymous false", f"password_file {password_file(lab)}")
    called(lab.server, "/usr/bin/docker-proxy", lab.file("hand_on.py", HAND_ON),
           "0.0.0.0", 1883, ROUTER_SERVER, 1883, ready=1883)
    return on_broker_in(lab, stack(lab, conf=conf, files=files, log=log, **more), f"{SERVER}:1883", *words)


HASHED = "alice:$7$101$lEEDyfzeJzPH5pSZ$tmyMhH4xDmB/9PnMWr8rjDWS6mgzdOw9fcv9JgXNsGyDyMx8Yk3VuZ8y0nNDCHy8sAxFgIoYhOGHYbXpLPB0gg==\n"
USERS = "listener 1883\nallow_anonymous false\npassword_file /mosquitto/config/passwd\n"


@reported(MOSQUITTO + "users in the mounted file: another name is given", r"bob", r"/opt/stack/config/passwd", is_long=False)
def mounted_password_file_has_no_such_user(lab):
    return secured(lab, USERS, "-u", "bob", "-P", "x", files={"opt/stack/config/passwd": HASHED})


@reported(MOSQUITTO + "users in the mounted file: plain", r"plain|hash", r"/opt/stack/config/passwd", is_long=False)
def mounted_password_file_is_plain(lab):
    return secured(lab, USERS, "-u", "bob", "-P", "x", files={"opt/stack/config/passwd": "bob:x\n"})


@reported(MOSQUITTO + "2 lets nobody in without a name", r"allow_anonymous|user name", r"/opt/stack/config/mosquitto\.conf", r"docker", is_long=False)
def mounted_file_does_not_let_the_nameless_in(lab):
    return secured(lab, "listener 1883\n", files={})


@reported("https://docs.vernemq.com/installation/docker DOCKER_VERNEMQ_ALLOW_ANONYMOUS", r"DOCKER_VERNEMQ_(ALLOW_ANONYMOUS|USER)", is_long=False)
def vernemqs_variable_is_misspelt(lab):
    return secured(lab, None, image="vernemq/vernemq:latest", mounts=(), log=["[info] Started VerneMQ"],
                   more={"Config": {"Env": ["DOCKER_VERNEMQ_ACCEPT_EULA=yes", "VERNEMQ_ALLOW_ANONYMOUS=on"]}})


@reported("https://github.com/hivemq/hivemq-ce no extension in the container", r"extension", r"hivemq", is_long=False)
def hivemqs_container_has_no_extension(lab):
    return secured(lab, None, image="hivemq/hivemq4:latest", mounts=(), log=[
        "2026-11-30 10:00:00,000 WARN - No security extension present, MQTT clients can not connect.", "Started HiveMQ in 5432ms"],
        more={"Config": {"Env": ["HIVEMQ_ALLOW_ALL_CLIENTS=false"]}})


# ---- a snap, a unit, a panel -----------------------------------------------------------------------


def runs(lab, port, *lines, conf, address="127.0.0.1", user=None):
    """mosquitto on this machine, started with that file."""
    path = pathlib.Path(lab.file("root")) / conf.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in (f"listener {port} {address}".strip(), "user root", *lines)))


def started(lab, prefix, conf):
    """Runs mosquitto with a file that only the prefix lets be seen."""
    lab.server.start(*prefix, "mosquitto", "-c", conf, ready=1883)


@reported("https://snapcraft.io/mosquitto the snap reads its own folder", r"/var/snap/mosquitto/common|snap", r"/etc/mosquitto", unsaid=r"tee -a /snap", is_long=False)
def snap_reads_another_file_than_was_edited(lab):
    conf = "/opt/snap/mosquitto/873/default_config.conf"
    runs(lab, 1883, "allow_anonymous true", conf=conf)
    prefix = machine(lab, {"etc/mosquitto/mosquitto.conf": "listener 1883\nallow_anonymous true\n"})
    started(lab, prefix, conf)
    return on_broker_in(lab, prefix, f"{SERVER}:1883")


@reported("https://man7.org systemd.unit a drop-in with another -c", r"/etc/mosquitto/mosquitto\.conf", r"/opt/mine/mosquitto\.conf", is_long=False)
def another_file_is_given_than_was_edited(lab):
    conf = "/opt/mine/mosquitto.conf"
    runs(lab, 1883, "allow_anonymous true", conf=conf)
    prefix = machine(lab, {"etc/mosquitto/mosquitto.conf": "listener 1883\nallow_anonymous true\n"})
    started(lab, prefix, conf)
    return on_broker_in(lab, prefix, f"{SERVER}:1883")


@reported("https://openwrt.org/packages/pkgdata/mosquitto-ssl use_uci", r"uci|/etc/config/mosquitto", r"generated", unsaid=r"tee -a /opt/tmp|>> ?/opt/tmp", is_long=False)
def openwrt_generates_its_file_anew(lab):
    conf = "/opt/tmp/mosquitto.generated.conf"
    runs(lab, 1883, "allow_anonymous true", conf=conf)
    prefix = machine(lab, {"etc/config/mosquitto": "config owrt owrt\n\toption use_uci 1\n\nconfig listener\n\tlist port 1883\n\toption bind_interface lo\n",
                           "etc/mosquitto/mosquitto.conf": "listener 1883\nallow_anonymous true\n"})
    started(lab, prefix, conf)
    return on_broker_in(lab, prefix, f"{SERVER}:1883")


# ---- proxies in containers, and others -------------------------------------------------------------


@reported("https://caddyserver.com/docs/json a Caddy set up in JSON", r"9001|9002", r"caddy\.json", is_long=False)
def caddy_is_set_up_in_json(lab):
    mosquitto(lab.server, "listener 9001", "protocol websockets", ready=9001)
    prefix = machine(lab, {"etc/caddy/caddy.json": '{"apps":{"http":{"servers":{"s":{"listen":[":8080"],"routes":[{"match":[{"path":["/mqtt"]}],'
                           '"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:9002"}]}]}]}}}}}\n'})
    named(lab.server, "/usr/bin/caddy", 8080, "http", "502", also=("run", "--config", "/etc/caddy/caddy.json"))
    return on_broker_in(lab, prefix, f"ws://{SERVER}:8080/mqtt")


@reported("https://nginx.org in a container: the stream leads to localhost", r"127\.0\.0\.1|localhost", r"nginx\.conf", r"container", is_long=False)
def nginx_in_a_container_leads_to_itself(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    named(lab.server, "/usr/bin/docker-proxy", 1883, "close")
    prefix = machine(lab, {"opt/stack/nginx.conf": "events {}\nstream {\n  server {\n    listen 1883;\n    proxy_pass 127.0.0.1:1884;\n  }\n}\n"}, [
        ("nginx", "nginx:1.27", "0.0.0.0:1883->1883/tcp", "running", "Up 2 hours", told(service="nginx", mounts=[("/opt/stack/nginx.conf", "/etc/nginx/nginx.conf")]),
         ["2026/11/30 10:00:00 [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 172.18.0.1, server: 0.0.0.0:1883, "
          "upstream: \"127.0.0.1:1884\", bytes from/to client:0/0, bytes from/to upstream:0/0"])])
    return on_broker_in(lab, prefix, f"{SERVER}:1883")


# ---- nothing is wrong ------------------------------------------------------------------------------


@reported("https://hub.docker.com/_/eclipse-mosquitto a broker as it should be", HEALTHY, is_long=False)
def mounted_file_is_right(lab):
    return secured(lab, USERS, "-u", "alice", "-P", "alice-pw", files={"opt/stack/config/passwd": HASHED.replace("alice", "carol")})


@reported("https://hub.docker.com/_/eclipse-mosquitto a command of one's own with the file", HEALTHY, is_long=False)
def command_of_ones_own_names_the_file(lab):
    published(lab)
    return on_broker_in(lab, stack(lab, conf="listener 1883\nallow_anonymous true\n", more={"Args": ["mosquitto", "-v", "-c", CONF]}), f"{SERVER}:1883")


@reported("https://hub.docker.com/_/eclipse-mosquitto an old file lies about", HEALTHY, is_long=False)
def file_that_is_not_mounted_lies_beside(lab):
    published(lab)
    return on_broker_in(lab, stack(lab, conf="listener 1883\nallow_anonymous true\n", files={"etc/mosquitto/mosquitto.conf": "listener 1883 127.0.0.1\n"}), f"{SERVER}:1883")


# ---- others of their kind, tried when the first were answered --------------------------------------


@reported("https://docs.docker.com/engine/network what listens in the container is seen", r"127\.0\.0\.1", r"container", r"0\.0\.0\.0", is_long=False)
def activemq_listens_on_the_containers_loopback(lab):
    inside = called(lab.router, "/opt/java/bin/java", lab.file("inside.py", "import socket, time\nkept = socket.create_server(('127.0.0.1', 1883))\n"
                                                               "time.sleep(60)\n"), ready=1883)
    resets(lab)
    return on_broker_in(lab, stack(lab, image="apache/activemq-classic:6", mounts=(), log=["INFO | Listening for connections at: mqtt://localhost:1883"],
                                   more={"State": {"Pid": inside.pid}}), f"{SERVER}:1883")


@reported("https://docs.docker.com/engine/network it listens on another port", r"1884", r"container", is_long=False)
def mosquitto_listens_on_another_port_inside(lab):
    inside = mosquitto(lab.router, listener=1884, ready=1884)
    resets(lab)
    return on_broker_in(lab, stack(lab, mounts=(), log=["1701: mosquitto version 2.0.18 running"], more={"State": {"Pid": inside.pid}}), f"{SERVER}:1883")


@reported(MOSQUITTO + "access list in the mounted folder", r"/opt/stack/config/acl", r"alice", is_long=False)
def mounted_access_list_denies(lab):
    mosquitto(lab.router, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {lab.file('acl', ACL)}")
    called(lab.server, "/usr/bin/docker-proxy", lab.file("hand_on.py", HAND_ON), "0.0.0.0", 1883, ROUTER_SERVER, 1883, ready=1883)
    return on_broker_in(lab, stack(lab, conf=USERS + "acl_file /mosquitto/config/acl\n", files={
        "opt/stack/config/passwd": HASHED, "opt/stack/config/acl": ACL}), f"{SERVER}:1883", "-u", "alice", "-P", "alice-pw", "-t", "lamp/set", "--publish")


ACL = "user alice\ntopic read lamp/#\n"


@reported(MOSQUITTO + "2040 the phone refused, and the server's files together", r"127\.0\.0\.1", r"/opt/stack/config/mosquitto\.conf", is_long=False)
def phone_and_server_with_a_containers_loopback(lab):
    resets(lab)
    server = on_broker_in(lab, stack(lab, conf="listener 1883 127.0.0.1\nallow_anonymous true\n"), f"{SERVER}:1883")
    return together(lab, phone=doctor(lab.phone, f"{SERVER}:1883"), server=server)


@reported("https://docs.docker.com/compose the phone refused, and the server's compose file together", r"127\.0\.0\.1", r"\.env|docker-compose\.yml:9",
          is_long=False)
def phone_and_server_with_a_panels_container(lab):
    server = panel_publishes_for_itself_alone(lab)
    return together(lab, phone=doctor(lab.phone, f"{SERVER}:1883"), server=server)


@reported("https://docs.vernemq.com/installation/docker a user is set, and another one given", r"user name|password", unsaid=r"has no user", is_long=False)
def vernemq_has_another_user(lab):
    return secured(lab, None, "-u", "bob", "-P", "x", image="vernemq/vernemq:latest", mounts=(), log=["[info] Started VerneMQ"],
                   more={"Config": {"Env": ["DOCKER_VERNEMQ_ACCEPT_EULA=yes", "DOCKER_VERNEMQ_USER_alice=alice-pw"]}})


@reported(GITHUB + "emqx/emqx-docker the dashboard's port is bound, and MQTT's is not", HEALTHY, is_long=False)
def emqx_has_its_dashboard_for_itself(lab):
    published(lab)
    return on_broker_in(lab, stack(lab, image="emqx/emqx:5.8", mounts=(), log=["EMQX 5.8.0 is running now!"],
                                   more={"Config": {"Env": ["EMQX_DASHBOARD__LISTENERS__HTTP__BIND=127.0.0.1:18083"]}}), f"{SERVER}:1883")


@reported("https://docs.docker.com Docker is switched off, and the broker is the machine's own", HEALTHY, is_long=False)
def docker_is_off_and_nobody_misses_it(lab):
    mosquitto(lab.server)
    prefix = machine(lab, {"run/systemd/system/x": "", "run/docker.sock": ""})
    executable(lab, "docker", "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1\n")
    units(lab, unit("docker.service", "inactive", "disabled") + unit("mosquitto.service"))
    return on_broker_in(lab, prefix, f"{SERVER}:1883")


@reported("https://man7.org systemd.unit a file of an old installation lies beside the one in force", HEALTHY, is_long=False)
def old_file_beside_the_one_in_force(lab):
    conf = "/opt/mine/mosquitto.conf"
    runs(lab, 1883, "allow_anonymous true", conf=conf, address="0.0.0.0")
    prefix = machine(lab, {"etc/mosquitto/mosquitto.conf": "listener 1883\nlistener 8883\n"})
    started(lab, prefix, conf)
    return on_broker_in(lab, prefix, f"{SERVER}:1883")
