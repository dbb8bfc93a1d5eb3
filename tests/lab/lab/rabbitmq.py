"""One RabbitMQ for all cases that want one: it takes ten seconds to start."""
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from . import certificates
from .cases import Skip, without_warning
from .net import Lab, sh

_lock = threading.Lock()
_lab = None
_reason = None
PATIENCE = 60  # seconds until it listens

USERS = (("alice", ".*", ".*"), ("reader", "^(mqtt-subscription-.*|)$", ".*"),
         ("writer", ".*", "^$"), ("narrow", ".*", ".*"))

ANSWERS = """
import socket, time
while True:
    try:
        with socket.create_connection(("127.0.0.1", 1883), 1) as one:
            one.settimeout(1)
            one.sendall(bytes.fromhex("100c00044d5154540402003c0000"))
            if one.recv(4):
                break
    except OSError:
        pass
    time.sleep(0.1)
"""


def rabbitmq():
    """The lab it runs in, on the usual ports. Users: alice may do everything; reader not write,
    writer not read, narrow only its own topics; homeless has no virtual host."""
    global _lab, _reason
    with _lock:
        if _reason:
            raise Skip(_reason)
        if _lab is None:
            try:
                _lab = Lab()
                _start(_lab)
            except Skip as reason:
                _reason = str(reason)
                raise
        return _lab


def despite_its_pauses(answer):
    """RabbitMQ 3.10 pauses for five seconds after every few ended connections: told as a warning,
    beside which there may be another."""
    return without_warning(answer, "mqtt-connack-slow")


def stop():
    if _lab is not None:
        _lab.close()


def _start(lab):
    homes = sorted(pathlib.Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    if not homes or not shutil.which("erl"):
        raise Skip("rabbitmq-server is not installed")
    certificate = certificates.get("good")
    folder = lab.folder
    configuration = lab.file("rabbitmq.conf", f"""
listeners.tcp.default = 5672
mqtt.allow_anonymous = false
mqtt.listeners.tcp.default = 1883
mqtt.listeners.ssl.default = 8883
ssl_options.certfile = {certificate.certificate}
ssl_options.keyfile = {certificate.key}
ssl_options.verify = verify_none
web_mqtt.tcp.port = 15675
management.tcp.port = 15672
log.console = true
log.file = false
disk_free_limit.absolute = 10MB
""")
    plugins = lab.file("plugins", "[rabbitmq_mqtt,rabbitmq_web_mqtt,rabbitmq_management].\n")
    environment = {**os.environ, "HOME": str(folder), "RUNNING_UNDER_SYSTEMD": "true",
                   "RABBITMQ_NODENAME": "lab@localhost", "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",
                   "RABBITMQ_CONFIG_FILE": configuration, "RABBITMQ_LOG_BASE": str(folder),
                   "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/none.config",
                   "RABBITMQ_ENABLED_PLUGINS_FILE": plugins, "RABBITMQ_PID_FILE": f"{folder}/pid",
                   "RABBITMQ_MNESIA_BASE": f"{folder}/data",
                   "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/generated"}
    server = lab.server
    server.start("epmd", env=environment, ready=4369)
    process = server.start(homes[-1] / "sbin" / "rabbitmq-server", "-noinput", env=environment)
    server.wait_for_port(15675, process, PATIENCE)
    server.wait_for_port(1883, process, PATIENCE)

    def control(script):
        done = subprocess.run(
            server.command(homes[-1] / "sbin" / "rabbitmqctl", "eval", script), env=environment,
            capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl: {done.stdout}{done.stderr}")

    # One call for all of these, since each call starts a virtual machine of its own.
    steps = [f'rabbit_auth_backend_internal:add_user(<<"{name}">>, <<"{name}-pw">>, <<"lab">>)'
             for name in ("homeless", *(row[0] for row in USERS))]
    steps.append('rabbit_vhost:add(<<"other">>, <<"lab">>)')
    steps += [f'rabbit_auth_backend_internal:set_permissions(<<"{name}">>, <<"/">>, <<".*">>, '
              f'<<"{write}">>, <<"{read}">>, <<"lab">>)' for name, write, read in USERS]
    steps.append('rabbit_auth_backend_internal:set_topic_permissions(<<"narrow">>, <<"/">>, '
                 '<<"amq.topic">>, <<"^mqtt-doctor.*">>, <<".*">>, <<"lab">>)')
    end = time.monotonic() + PATIENCE
    while True:
        try:
            control(", ".join(steps) + ".")
            break
        except RuntimeError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
    # RabbitMQ listens a good while before it answers.
    server.run(sys.executable, "-c", ANSWERS, timeout=PATIENCE)
