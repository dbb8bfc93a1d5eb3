"""The certificate files of brokers other than Mosquitto: as people told of it, each with its right answer written down
before the doctor looked at those files."""
import os
import pathlib

from . import certificates
from .certificates import ca
from .net import SERVER
from .reported import HEALTHY, reported
from .stage_trained_brokers import BEAM, EMQX, GITHUB, RABBIT, RABBIT_BEAM, VERNE_BEAM, called, etc, machine, named
from .stage_trained_brokers import on_broker_in
from .stage_trained_brokers4 import HANGS_UP

SECURE = f"mqtts://{SERVER}:8883"


def broker(lab, program, files, *words, uid=0, shows="good", closes=False, also=()):
    """The machine with these files, where the broker answers on 8883: with that certificate, or by closing."""
    for name, uid_ in (("emqx", 990), ("vernemq", 991), ("rabbitmq", 992)):
        if uid == uid_:
            etc(lab, "passwd", pathlib.Path("/etc/passwd").read_text() + f"{name}:x:{uid_}:{uid_}::/:/bin/false\n")
    if closes:
        who = f"import os, socket, threading\nos.setgid({uid})\nos.setuid({uid})\n" if uid else ""
        called(lab.server, program, lab.file("hangs.py", who + HANGS_UP), ready=8883)
    else:
        shown = certificates.get(shows) if isinstance(shows, str) else shows
        named(lab.server, program, 8883, "tls", shown.chain, shown.key, *(words or ("broker",)))
    prefix = machine(lab)
    root = pathlib.Path(lab.file("root"))
    for name, (text, mode) in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
    # cp keeps the mode of what it makes only when told.
    script = pathlib.Path(lab.file("machine"))
    script.write_text(script.read_text().replace("cp -r", "cp -a"))
    return prefix


def of(name):
    made = certificates.get(name)
    return pathlib.Path(made.chain).read_bytes(), pathlib.Path(made.key).read_bytes(), pathlib.Path(made.certificate).read_bytes()


def emqx5(folder="/etc/emqx/certs", certificate="cert.pem", key="key.pem"):
    return ("node.name = \"emqx@127.0.0.1\"\nlisteners.ssl.default {\n  bind = \"0.0.0.0:8883\"\n  ssl_options {\n"
            f"    certfile = \"{folder}/{certificate}\"\n    keyfile = \"{folder}/{key}\"\n  }}\n}}\n")


@reported(EMQX + "2327 LetsEncrypt+EMQX error: keyfile eacces", r"emqx", r"key\.pem", r"emqx\.conf:6", r"may not|cannot read|permission", r"chmod|chgrp|chown|setfacl|install",
          is_long=False)
def emqx_may_not_read_its_key(lab):
    chain, key, _ = of("good")
    files = {"etc/emqx/emqx.conf": (emqx5(), 0o644), "etc/emqx/certs/cert.pem": (chain, 0o644), "etc/emqx/certs/key.pem": (key, 0o600)}
    return on_broker_in(lab, broker(lab, BEAM, files, uid=990, closes=True), SECURE, "--cafile", ca())


@reported(EMQX + "8343 ssl_error keyfile enoent", r"key\.pem", r"not exist|not there|missing|no such", r"emqx\.conf:6", is_long=False)
def emqxs_key_is_not_there(lab):
    chain, _, _ = of("good")
    files = {"etc/emqx/emqx.conf": (emqx5("/etc/emqx/certsx"), 0o644), "etc/emqx/certsx/cert.pem": (chain, 0o644)}
    return on_broker_in(lab, broker(lab, BEAM, files, closes=True), SECURE, "--cafile", ca())


@reported(EMQX + "3756 the links lead to a key of another certificate", r"belong|fit|match", r"ssl\.key", r"cert\.pem", is_long=False)
def emqx_4_has_the_key_of_another_certificate(lab):
    chain, _, _ = of("good")
    _, key, _ = of("other")
    text = "listener.ssl.external = 8883\nlistener.ssl.external.keyfile = /etc/emqx/certs/ssl.key\nlistener.ssl.external.certfile = /etc/emqx/certs/cert.pem\n"
    files = {"etc/emqx/emqx.conf": (text, 0o644), "etc/emqx/certs/cert.pem": (chain, 0o644), "etc/emqx/certs/ssl.key": (key, 0o644)}
    return on_broker_in(lab, broker(lab, BEAM, files, closes=True), SECURE, "--cafile", ca())


@reported(GITHUB + "vernemq/vernemq/issues/1096 certificates were links that vernemq may not follow", r"vernemq", r"may not|cannot read|permission", r"letsencrypt",
          is_long=False)
def verne_may_not_follow_the_link(lab):
    chain, key, _ = of("good")
    text = ("listener.ssl.default = 0.0.0.0:8883\nlistener.ssl.certfile = /etc/vernemq/cert.pem\nlistener.ssl.keyfile = /etc/vernemq/key.pem\n")
    files = {"etc/vernemq/vernemq.conf": (text, 0o644), "etc/letsencrypt/archive/x/cert1.pem": (chain, 0o644), "etc/letsencrypt/archive/x/privkey1.pem": (key, 0o600)}
    prefix = broker(lab, VERNE_BEAM, files, uid=991, closes=True)
    root = pathlib.Path(lab.file("root"))
    (root / "etc/vernemq/cert.pem").symlink_to("/etc/letsencrypt/archive/x/cert1.pem")
    (root / "etc/vernemq/key.pem").symlink_to("/etc/letsencrypt/archive/x/privkey1.pem")
    return on_broker_in(lab, prefix, SECURE, "--cafile", ca())


@reported(RABBIT + "issues/3433 Error TLS MQTT: mqtt.listeners.tcp.1 = 8883", r"mqtt\.listeners\.ssl", r"rabbitmq\.conf:2", is_long=False)
def rabbits_tls_port_is_a_plain_one(lab):
    text = ("# default TLS-enabled port for MQTT connections\nmqtt.listeners.tcp.1 = 8883\nmqtt.listeners.tcp.default = 1883\n"
            "ssl_options.certfile   = /etc/rabbitmq/server.pem\nssl_options.keyfile    = /etc/rabbitmq/server.key\n")
    chain, key, _ = of("good")
    files = {"etc/rabbitmq/rabbitmq.conf": (text, 0o644), "etc/rabbitmq/enabled_plugins": ("[rabbitmq_mqtt].\n", 0o644),
             "etc/rabbitmq/server.pem": (chain, 0o644), "etc/rabbitmq/server.key": (key, 0o644)}
    return on_broker_in(lab, broker(lab, RABBIT_BEAM, files, closes=True), SECURE, "--cafile", ca())


@reported("https://www.rabbitmq.com/docs/mqtt#tls a TLS listener and no ssl_options", r"ssl_options\.certfile", r"rabbitmq\.conf", is_long=False)
def rabbit_has_a_tls_listener_and_no_certificate(lab):
    files = {"etc/rabbitmq/rabbitmq.conf": ("mqtt.listeners.ssl.default = 8883\nmqtt.allow_anonymous = true\n", 0o644),
             "etc/rabbitmq/enabled_plugins": ("[rabbitmq_mqtt].\n", 0o644)}
    return on_broker_in(lab, broker(lab, RABBIT_BEAM, files, closes=True), SECURE, "--cafile", ca())


ADVANCED = """%% the listeners stand here
[
  {rabbit, [
    {ssl_options, [{cacertfile, "/etc/rabbitmq/ca.pem"},
                   {certfile,   "/etc/rabbitmq/server.pem"},   % renewed in May
                   {keyfile,    "/etc/rabbitmq/server.key"},
                   {verify, verify_none}]}
  ]},
  {rabbitmq_mqtt, [{default_user, <<"guest">>}, {ssl_listeners, [8883]}, {tcp_listeners, [1883]}]}
].
"""


@reported(RABBIT + "discussions/9284 advanced.config: the certificate ended", r"expired|ended|no longer", r"server\.pem", r"rabbit", unsaid=r"reload mosquitto|mosquitto\.conf", is_long=False)
def rabbits_certificate_in_advanced_config_has_ended(lab):
    chain, key, _ = of("expired")
    files = {"etc/rabbitmq/advanced.config": (ADVANCED, 0o644), "etc/rabbitmq/enabled_plugins": ("[rabbitmq_mqtt].\n", 0o644),
             "etc/rabbitmq/server.pem": (chain, 0o644), "etc/rabbitmq/server.key": (key, 0o644), "etc/rabbitmq/ca.pem": (pathlib.Path(ca()).read_bytes(), 0o644)}
    return on_broker_in(lab, broker(lab, RABBIT_BEAM, files, shows="expired"), SECURE, "--cafile", ca())


@reported(EMQX + "8343 certfile has to contain the full chain", r"fullchain\.pem", r"emqx\.conf", unsaid="mosquitto", is_long=False)
def emqx_shows_the_leaf_alone(lab):
    alone = certificates.get("leaf-alone")
    leaf = pathlib.Path(alone.certificate).read_bytes()
    whole = leaf + pathlib.Path(certificates.folder() / "intermediate.crt").read_bytes()
    files = {"etc/emqx/emqx.conf": (emqx5(), 0o644), "etc/emqx/certs/cert.pem": (leaf, 0o644), "etc/emqx/certs/fullchain.pem": (whole, 0o644),
             "etc/emqx/certs/key.pem": (pathlib.Path(alone.key).read_bytes(), 0o644)}
    shown = certificates.Certificate(alone.certificate, alone.key, alone.certificate)
    return on_broker_in(lab, broker(lab, BEAM, files, shows=shown), SECURE, "--cafile", ca())


@reported(EMQX + "8343 the server's own certificate has to be the first", r"first", r"cert\.pem", r"authority", unsaid="mosquitto", is_long=False)
def emqxs_file_begins_with_the_authority(lab):
    _, key, leaf = of("good")
    files = {"etc/emqx/emqx.conf": (emqx5(), 0o644), "etc/emqx/certs/cert.pem": (pathlib.Path(ca()).read_bytes() + leaf, 0o644),
             "etc/emqx/certs/key.pem": (key, 0o644)}
    return on_broker_in(lab, broker(lab, BEAM, files, closes=True), SECURE, "--cafile", ca())


@reported(GITHUB + "nanomq/nanomq NanoMQ's listener: the key is not there", r"key\.pem", r"not exist|not there|missing|no such", r"nanomq\.conf:4", is_long=False)
def nanos_key_is_not_there(lab):
    chain, _, _ = of("good")
    text = "listeners.ssl {\n  bind = \"0.0.0.0:8883\"\n  certfile = \"/etc/certs/cert.pem\"\n  keyfile = \"/etc/certs/key.pem\"\n}\n"
    files = {"etc/nanomq.conf": (text, 0o644), "etc/certs/cert.pem": (chain, 0o644)}
    return on_broker_in(lab, broker(lab, "/usr/bin/nanomq", files, closes=True), SECURE, "--cafile", ca())


@reported("https://www.rabbitmq.com/docs/configure#advanced-config-file as it is right", HEALTHY, is_long=False)
def rabbits_advanced_config_is_right(lab):
    chain, key, _ = of("good")
    files = {"etc/rabbitmq/advanced.config": (ADVANCED, 0o644), "etc/rabbitmq/enabled_plugins": ("[rabbitmq_mqtt].\n", 0o644),
             "etc/rabbitmq/server.pem": (chain, 0o644), "etc/rabbitmq/server.key": (key, 0o644), "etc/rabbitmq/ca.pem": (pathlib.Path(ca()).read_bytes(), 0o644)}
    return on_broker_in(lab, broker(lab, RABBIT_BEAM, files), SECURE, "--cafile", ca())


@reported("https://docs.emqx.com/en/emqx/latest/network/emqx-mqtt-tls.html another listener's key is broken, this one is right", HEALTHY, is_long=False)
def emqxs_other_listener_has_no_key(lab):
    chain, key, _ = of("good")
    text = emqx5() + "listeners.wss.default {\n  bind = \"0.0.0.0:8084\"\n  enable = false\n  ssl_options.keyfile = \"/etc/emqx/certs/none.pem\"\n}\n"
    files = {"etc/emqx/emqx.conf": (text, 0o644), "etc/emqx/certs/cert.pem": (chain, 0o644), "etc/emqx/certs/key.pem": (key, 0o640)}
    return on_broker_in(lab, broker(lab, BEAM, files), SECURE, "--cafile", ca())


# ---- others of their kind, tried when the first were answered ------------------------------------


@reported(GITHUB + "nats-io/nats-server mqtt { tls { ... } }: the certificate ended", r"expired|ended|no longer", r"server\.pem", unsaid="mosquitto", is_long=False)
def nats_shows_an_old_certificate(lab):
    chain, key, _ = of("expired")
    text = ("server_name: lab\njetstream { store_dir: /tmp/js }\nmqtt {\n  port: 8883\n  tls {\n    cert_file: \"/etc/nats/server.pem\"\n    key_file: \"/etc/nats/server.key\"\n  }\n}\n")
    files = {"etc/nats-server.conf": (text, 0o644), "etc/nats/server.pem": (chain, 0o644), "etc/nats/server.key": (key, 0o600)}
    return on_broker_in(lab, broker(lab, "/usr/sbin/nats-server", files, shows="expired"), SECURE, "--cafile", ca())


@reported(EMQX + "emqx.conf as it is packed names ${EMQX_ETC_DIR}", r"key\.pem", r"not exist|not there|missing|no such", r"emqx\.conf:6", is_long=False)
def emqxs_own_variable_is_its_folder(lab):
    chain, _, _ = of("good")
    files = {"etc/emqx/emqx.conf": (emqx5("${EMQX_ETC_DIR}/certs"), 0o644), "etc/emqx/certs/cert.pem": (chain, 0o644)}
    return on_broker_in(lab, broker(lab, BEAM, files, closes=True), SECURE, "--cafile", ca())


@reported("https://www.rabbitmq.com/docs/ssl the key of another certificate", r"belong|fit|match", r"server\.key", r"rabbitmq\.conf:3", is_long=False)
def rabbits_key_is_of_another_certificate(lab):
    chain, _, _ = of("good")
    _, key, _ = of("other")
    text = "mqtt.listeners.ssl.default = 8883\nssl_options.certfile = /etc/rabbitmq/server.pem\nssl_options.keyfile = /etc/rabbitmq/server.key\n"
    files = {"etc/rabbitmq/rabbitmq.conf": (text, 0o644), "etc/rabbitmq/enabled_plugins": ("[rabbitmq_mqtt].\n", 0o644),
             "etc/rabbitmq/server.pem": (chain, 0o644), "etc/rabbitmq/server.key": (key, 0o644)}
    return on_broker_in(lab, broker(lab, RABBIT_BEAM, files, closes=True), SECURE, "--cafile", ca())


@reported("https://docs.emqx.com the group may read the key", HEALTHY, is_long=False)
def emqxs_key_is_readable_for_its_group(lab):
    chain, key, _ = of("good")
    etc(lab, "group", pathlib.Path("/etc/group").read_text() + "ssl-lab:x:995:emqx\n")
    files = {"etc/emqx/emqx.conf": (emqx5(), 0o644), "etc/emqx/certs/cert.pem": (chain, 0o644), "etc/emqx/certs/key.pem": (key, 0o640)}
    prefix = broker(lab, BEAM, files)
    os.chown(pathlib.Path(lab.file("root")) / "etc/emqx/certs/key.pem", 0, 995)
    return on_broker_in(lab, prefix, SECURE, "--cafile", ca())


@reported("https://www.rabbitmq.com/docs/mqtt#tls a certificate that this client does not know; the files are right", r"authority|trust|CA|issuer", unsaid=r"does not belong|not exist|cannot read|ssl_options",
          is_long=False)
def rabbits_files_are_right_and_the_client_has_no_authority(lab):
    chain, key, _ = of("good")
    text = "mqtt.listeners.ssl.default = 8883\nssl_options.certfile = /etc/rabbitmq/server.pem\nssl_options.keyfile = /etc/rabbitmq/server.key\n"
    files = {"etc/rabbitmq/rabbitmq.conf": (text, 0o644), "etc/rabbitmq/enabled_plugins": ("[rabbitmq_mqtt].\n", 0o644),
             "etc/rabbitmq/server.pem": (chain, 0o644), "etc/rabbitmq/server.key": (key, 0o644)}
    return on_broker_in(lab, broker(lab, RABBIT_BEAM, files), SECURE)
