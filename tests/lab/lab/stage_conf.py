"""mosquitto.conf on the broker's machine: options that stop the broker, turn somebody away, or keep a
bridge down. What one file can show without a broker is in the unit tests."""
import os
import shutil
import subprocess
import time

from . import certificates
from .cases import case, doctor, healthy
from .net import ROUTER_SERVER, SERVER
from .services import etc, password_file

AT = f"{SERVER}:1883"
ALL = "listener 1883\nallow_anonymous true\n"
CONF = "/etc/mosquitto/mosquitto.conf"


def started(lab, text, stops=False, port=1883):
    etc(lab, "mosquitto/mosquitto.conf", text)
    process = lab.server.serve("mosquitto", "mosquitto", "-c", CONF)
    if not stops:
        lab.server.wait_for_port(port, process)
    elif process.wait(timeout=10) == 0:
        raise RuntimeError("mosquitto ended well")


def said(answer, *words):
    """The answer names its cause only when it says these words as well."""
    text = str((answer.report.get("causes") or answer.report.get("warnings") or [""])[0])
    for word in words:
        if word not in text:
            answer.found += f" (without {word!r})"
    return answer


def noted(answer, cause, *words):
    """A note beside healthy clients."""
    text = str([each for each in answer.report.get("warnings", []) if each["id"] == cause])
    missing = [word for word in (cause, *words) if word not in text]
    if answer.found == "healthy":
        answer.found = f"healthy (without {missing})" if missing else cause
    return answer


def on_server(lab, *words):
    return doctor(lab.server, *(words or (AT,)))


def stops(expected, name, text, *words, setup=None, ask=(AT,)):
    @case(expected, name, layer="host", is_long=True)
    def run(lab):
        if setup:
            setup(lab)
        started(lab, text, stops=True)
        return said(on_server(lab, *ask), *words)
    return run


stops("host-config-error", "plugin_option_without_a_plugin", ALL + "auth_opt_backends files\n",
      "auth_opt_backends", "plugin FILE")
stops("host-config-error", "port_beside_the_listener", "port 1883\n" + ALL, "port 1883")
stops("host-config-error", "mount_point_above_the_listener", "mount_point m/\n" + ALL, "mount_point")
stops("host-config-error", "option_of_version_1", ALL + "store_clean_interval 10\n",
      "store_clean_interval")
stops("host-config-error", "quotation_marks_around_a_path",
      'listener 1883\npassword_file "/etc/mosquitto/passwd"\n', "quotation marks", f"{CONF}:2",
      setup=lambda lab: etc(lab, "mosquitto/passwd", open(password_file(lab)).read()))
stops("host-config-error", "bridge_with_two_address_lines",
      ALL + "connection c\naddress 10.77.2.1\naddress 10.77.2.3\ntopic # out\n", "address")
stops("host-bind-address-missing", "interface_in_place_of_an_address",
      "listener 1883 e0\nallow_anonymous true\n", "bind_interface")
stops("host-file-permission", "pid_file_in_a_closed_folder", ALL + "pid_file /etc/mosquitto/m.pid\n",
      "pid_file")


def key_with_a_passphrase(lab):
    good = certificates.get("good")
    etc(lab, "mosquitto/s.crt", open(good.chain).read())
    locked = subprocess.run(["openssl", "rsa", "-aes128", "-passout", "pass:lab-secret", "-in", good.key],
                            capture_output=True, text=True, check=True).stdout
    etc(lab, "mosquitto/s.key", locked)


TLS = "listener 8883\nallow_anonymous true\ncertfile /etc/mosquitto/s.crt\nkeyfile /etc/mosquitto/s.key\n"
stops("host-cert-key-problem", "key_with_a_passphrase", TLS, "passphrase",
      setup=key_with_a_passphrase, ask=(f"mqtts://{SERVER}:8883",))


@case("host-config-error", layer="host", is_long=True)
def password_file_is_a_folder(lab):
    """mosquitto reads it without end: it runs, and listens nowhere."""
    etc(lab, "mosquitto/passwd/README", "")
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\npassword_file /etc/mosquitto/passwd\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF)
    time.sleep(0.5)
    return said(on_server(lab), "hangs", "folder")


@case("auth-client-id-not-allowed", layer="host", is_long=True)
def identifiers_must_begin_so(lab):
    """Everybody may come in without a name: a login would not help."""
    started(lab, ALL + "clientid_prefixes dev-\n")
    return said(on_server(lab), "clientid_prefixes")


@case("auth-anonymous-refused", layer="host", is_long=True)
def identifier_is_the_user_name(lab):
    started(lab, ALL + "use_username_as_clientid true\n")
    return said(on_server(lab), "use_username_as_clientid")


@case("auth-acl-publish-swallowed", layer="host", is_long=True)
def rules_above_the_first_user(lab):
    acl = lab.file("acl", "topic readwrite home/#\nuser bob\ntopic read x\n")
    started(lab, f"listener 1883\npassword_file {password_file(lab)}\nacl_file {acl}\n")
    return said(on_server(lab, "-u", "alice", "-P", "alice-pw", "-t", "home/lamp", "--publish", AT),
                "without a user name")


@case("tls-client-cert-untrusted", layer="host", is_long=True)
def capath_without_rehash(lab):
    good, client = certificates.get("good"), certificates.get("client")
    folder = lab.file("authorities")
    os.makedirs(folder)
    shutil.copy(certificates.ca(), folder)
    started(lab, f"user root\nlistener 8883\nallow_anonymous true\ncertfile {good.chain}\nkeyfile {good.key}\n"
            f"capath {folder}\nrequire_certificate true\n", port=8883)
    return said(on_server(lab, "--cafile", certificates.ca(), "--cert", client.certificate, "--key",
                          client.key, f"mqtts://{SERVER}:8883"), "openssl rehash")


@case("tcp-refused-loopback-listener", layer="host", is_long=True)
def bound_to_all_of_ipv6(lab):
    started(lab, "listener 1883 ::\nallow_anonymous true\n")
    return said(on_server(lab), "IPv6 alone")


FAR = f"connection far\naddress {ROUTER_SERVER}:1883\nrestart_timeout 1\ntopic a/# both 0\n"


def far_broker(lab, *lines):
    path = lab.file("far.conf", "\n".join(("user root", "listener 1883", *lines)) + "\n")
    lab.router.start("mosquitto", "-c", path, ready=1883)


def bridged(lab, more=""):
    path = lab.file("mosquitto.log", "")
    os.chmod(path, 0o666)
    started(lab, ALL + f"log_dest file {path}\n" + FAR + more)
    time.sleep(4.2)  # as long as a bridge has to connect
    return on_server(lab)


@case("host-bridge-down", layer="host", is_long=True)
def bridge_to_nobody(lab):
    return noted(bridged(lab), "host-bridge-down", "far", f"{ROUTER_SERVER}:1883")


@case("host-bridge-down", layer="host", is_long=True)
def bridge_without_a_login(lab):
    """local_username is for the broker that has the bridge."""
    far_broker(lab, f"password_file {password_file(lab)}")
    return noted(bridged(lab, "local_username alice\nlocal_password alice-pw\n"), "host-bridge-down",
                 "remote_username")


@healthy("bridge_that_is_connected")
def _(lab):
    far_broker(lab, "allow_anonymous true")
    answer = bridged(lab)
    if "host-bridge-down" in str(answer.report["warnings"]):
        answer.found += " (but for the bridge)"
    return answer


@healthy("every_option_with_a_sensible_value")
def _(lab):
    far_broker(lab, "allow_anonymous true")
    good = certificates.get("good")
    for folder in ("db", "log"):
        path = etc(lab, f"mosquitto/{folder}/README", "").parent
        shutil.chown(path, "mosquitto", "mosquitto")
    for name, file in (("s.crt", good.chain), ("s.key", good.key), ("ca.crt", certificates.ca())):
        etc(lab, f"mosquitto/{name}", open(file).read())
    etc(lab, "mosquitto/acl", "topic readwrite #\npattern readwrite $SYS/#\nuser alice\ntopic readwrite #\n")
    etc(lab, "mosquitto/passwd", open(password_file(lab)).read())
    etc(lab, "mosquitto/conf.d/more.conf", "max_queued_messages 2000\n")
    started(lab, f"""# every option
allow_duplicate_messages true
allow_zero_length_clientid true
auto_id_prefix auto-
autosave_interval 900
autosave_on_changes false
check_retain_source true
connection_messages true
log_dest file /etc/mosquitto/log/mosquitto.log
log_facility 5
log_timestamp true
log_timestamp_format %Y-%m-%dT%H:%M:%S
log_type error
log_type warning
log_type notice
log_type information
max_inflight_bytes 0
max_inflight_messages 20
max_keepalive 600
max_packet_size 1048576
max_queued_bytes 0
memory_limit 0
message_size_limit 0
persistence true
persistence_file mosquitto.db
persistence_location /etc/mosquitto/db/
persistent_client_expiration 2m
pid_file /etc/mosquitto/log/mosquitto.pid
queue_qos0_messages false
retain_available true
set_tcp_nodelay true
sys_interval 10
upgrade_outgoing_qos false
user mosquitto
websockets_log_level 0
acl_file /etc/mosquitto/acl
password_file /etc/mosquitto/passwd
allow_anonymous true
listener 1883
max_connections 100
max_qos 2
max_topic_alias 10
protocol mqtt
socket_domain ipv4
listener 8883
certfile /etc/mosquitto/s.crt
keyfile /etc/mosquitto/s.key
cafile /etc/mosquitto/ca.crt
ciphers HIGH
ciphers_tls1.3 TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256
require_certificate false
tls_version tlsv1.2
use_identity_as_username false
use_subject_as_username false
use_username_as_clientid false
listener 9001
protocol websockets
websockets_headers_size 4096
connection far
address {ROUTER_SERVER}:1883
topic up/# out 1
topic down/# in 1
bridge_attempt_unsubscribe true
bridge_max_packet_size 0
bridge_outgoing_retain true
bridge_protocol_version mqttv311
cleansession false
idle_timeout 60
keepalive_interval 60
local_cleansession false
local_clientid here
notifications true
notifications_local_only false
notification_topic bridge/far/state
remote_clientid there
restart_timeout 5 30
round_robin false
start_type automatic
threshold 10
try_private true
include_dir /etc/mosquitto/conf.d
""")
    time.sleep(1)
    return on_server(lab)
