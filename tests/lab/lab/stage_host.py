"""The doctor on the broker's own machine: files, sockets, firewall rules and logs."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import certificates
from .cases import Skip, case, doctor, healthy
from .net import SERVER, SERVER6
from .services import dnsmasq, etc, has, mosquitto, nginx, password_file, scripted, tls_lines

AT = f"{SERVER}:1883"


def log(lab):
    """A log that mosquitto, as itself, may write."""
    path = lab.file("mosquitto.log", "")
    os.chmod(path, 0o666)
    return path


def start_as_a_service(lab, text):
    """mosquitto as Debian's unit starts it, with this in /etc/mosquitto/mosquitto.conf."""
    etc(lab, "mosquitto/mosquitto.conf", text)
    return lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")


def on_server(lab, *words):
    return doctor(lab.server, *(words or (AT,)))


def as_nobody(lab, *words):
    """The doctor without root."""
    return doctor(lab.server, *(words or (AT,)),
                  prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))


def from_server(expected, name=""):
    return case(expected, name, layer="host")


# ---- listeners --------------------------------------------------------------------------------


@from_server("tcp-refused-loopback-listener")
def no_listener_in_the_configuration(lab):
    mosquitto(lab.server, listener=None)
    return on_server(lab)


@from_server("tcp-refused-loopback-listener")
def works_on_localhost_only(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    return on_server(lab, "localhost:1883")


@from_server("tcp-refused-loopback-listener")
def loopback_only_seen_without_root(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None, user="mosquitto")
    answer = as_nobody(lab)
    if answer.report["causes"][:1] and answer.report["causes"][0]["certainty"] != "certain":
        answer.found += " (not for certain)"
    return answer


@from_server("tcp-refused-loopback-listener")
def bound_to_another_address(lab):
    lab.server.run("ip", "address", "add", "192.168.7.2/24", "dev", "e0")
    mosquitto(lab.server, "listener 1883 192.168.7.2", listener=None)
    return on_server(lab)


@from_server("tcp-port-forward-wrong")
def redirected_to_a_port_nobody_serves(lab):
    mosquitto(lab.server)
    lab.server.nat("tcp dport 1883 redirect to :1999")
    return on_server(lab)


@from_server("tcp-refused-not-running")
def stopped_and_asked_by_localhost(lab):
    """No --on-broker: that a broker lives here is seen by its configuration."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n")
    return doctor(lab.server, "localhost")


@from_server("tcp-refused-not-running")
def no_listener_for_tls(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    return on_tls_port(lab)


@from_server("tcp-refused-not-running")
def nothing_runs(lab):
    return on_server(lab)


@from_server("tcp-refused-wrong-port")
def broker_is_on_another_port(lab):
    mosquitto(lab.server)
    return on_server(lab, f"{SERVER}:1833")


@from_server("tcp-ipv6-listener-missing")
def listener_names_the_ipv4_address(lab):
    mosquitto(lab.server, "listener 1883 0.0.0.0", listener=None)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    return on_server(lab, "broker.test:1883")


@from_server("mqtt-not-a-broker")
def a_web_server_has_the_port(lab):
    if not has("nginx"):
        raise Skip("nginx is not installed")
    etc(lab, "mosquitto/README", "")
    nginx(lab.server, "server { listen 1883; }", 1883)
    return on_server(lab)


@from_server("mqtt-broker-hung")
def broker_is_stopped(lab):
    process = mosquitto(lab.server)  # "ip netns exec" becomes the program itself
    os.kill(process.pid, signal.SIGSTOP)
    return on_server(lab)


@from_server("proxy-backend-down")
def proxy_without_a_broker(lab):
    if not has("nginx") or not os.path.exists("/usr/lib/nginx/modules/ngx_stream_module.so"):
        raise Skip("nginx and its stream module are not installed")
    etc(lab, "mosquitto/README", "")
    nginx(lab.server, "", 1883, main="stream { server { listen 1883; proxy_pass 127.0.0.1:21883; } }")
    return on_server(lab)


# ---- configuration ----------------------------------------------------------------------------


@from_server("host-config-not-used")
def started_without_its_configuration(lab):
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n")
    lab.server.start("mosquitto", "-p", 1883, ready=1883)
    return on_server(lab)


@from_server("host-config-not-used")
def file_in_conf_d_has_the_wrong_ending(lab):
    etc(lab, "mosquitto/conf.d/remote.conf.bak", "listener 1883\nallow_anonymous true\n")
    etc(lab, "mosquitto/mosquitto.conf", "include_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab)


@from_server("host-config-not-used")
def listener_added_and_not_restarted(lab):
    file = etc(lab, "mosquitto/mosquitto.conf", "persistence false\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    file.write_text("persistence false\nlistener 1883\nallow_anonymous true\n")
    later = time.time() + 5
    os.utime(file, (later, later))
    return on_server(lab)


def broken(expected, name, text, **files):
    """A configuration with which mosquitto does not start."""
    @from_server(expected, name)
    def run(lab):
        shown = text if isinstance(text, bytes) else text.replace("LOG", log(lab))
        for file, (content, mode) in files.items():
            etc(lab, "mosquitto/" + file, content, mode)
        process = start_as_a_service(lab, shown)
        if process.wait(timeout=10) == 0:
            raise RuntimeError("mosquitto ended well")
        return on_server(lab)
    return run


broken("host-config-error", "option_misspelt", "listener 1883\nallow_anonymus true\n")
broken("host-config-error", "byte_order_mark", "\ufefflistener 1883\nallow_anonymous true\n")
broken("host-config-error", "saved_as_utf_16",
       "listener 1883\r\nallow_anonymous true\r\n".encode("utf-16"))
broken("host-config-error", "tab_behind_the_option", "listener 1883\nallow_anonymous\ttrue\n")
broken("host-config-error", "yes_for_true", "listener 1883\nallow_anonymous yes\n")
broken("host-config-error", "comment_behind_blanks", "listener 1883\n  # open to all\n")
broken("host-config-error", "include_dir_that_is_not_there", "include_dir /etc/mosquitto/no.d\n")
broken("host-config-error", "password_file_that_is_not_there",
       "listener 1883\nlog_dest file LOG\npassword_file /etc/mosquitto/nobody\n")
broken("host-config-error", "one_port_twice", "listener 1883\nlistener 1883\nallow_anonymous true\n")
broken("host-file-permission", "password_file_of_root",
       "listener 1883\nlog_dest file LOG\npassword_file /etc/mosquitto/passwd\n",
       passwd=("alice:$7$101$aaaa$bbbb\n", 0o600))
broken("host-bind-address-missing", "public_address_is_the_providers",
       "listener 1883 203.0.113.9\nallow_anonymous true\nlog_dest file LOG\n")
broken("host-websocket-only-config", "websockets_only",
       "listener 9001\nprotocol websockets\nallow_anonymous true\nlog_dest file LOG\n")


@from_server("host-privileged-port")
def port_below_1024(lab):
    process = start_as_a_service(
        lab, f"listener 883\nallow_anonymous true\nlog_dest file {log(lab)}\n")
    process.wait(timeout=10)
    return on_server(lab, f"{SERVER}:883")


def tls_files(lab, certificate, key, key_mode=0o644):
    etc(lab, "mosquitto/server.crt", pathlib.Path(certificate).read_text())
    etc(lab, "mosquitto/server.key", pathlib.Path(key).read_text(), key_mode)
    return ("listener 8883\ncertfile /etc/mosquitto/server.crt\nkeyfile /etc/mosquitto/server.key\n"
            f"allow_anonymous true\nlog_dest file {log(lab)}\n")


def on_tls_port(lab, *words):
    return on_server(lab, "--cafile", certificates.ca(), *words, f"mqtts://{SERVER}:8883")


@from_server("host-file-permission")
def key_of_root(lab):
    good = certificates.get("good")
    start_as_a_service(lab, tls_files(lab, good.certificate, good.key, 0o600)).wait(timeout=10)
    return on_tls_port(lab)


@from_server("host-cert-key-problem")
def key_of_another_certificate(lab):
    text = tls_files(lab, certificates.get("good").certificate, certificates.get("other").key)
    start_as_a_service(lab, text).wait(timeout=10)
    return on_tls_port(lab)


@from_server("host-cert-key-problem")
def certificate_that_is_not_there(lab):
    good = certificates.get("good")
    text = tls_files(lab, good.certificate, good.key).replace("server.crt", "fullchain.crt")
    start_as_a_service(lab, text).wait(timeout=10)
    return on_tls_port(lab)


@from_server("host-cert-key-problem")
def certificate_without_its_key(lab):
    good = certificates.get("good")
    mosquitto(lab.server, "listener 8883", f"certfile {good.certificate}", listener=None, ready=8883)
    return on_tls_port(lab)


@from_server("host-port-in-use")
def another_program_has_the_port(lab):
    scripted(lab.server, 1883, "silent")
    start_as_a_service(
        lab, f"listener 1883\nallow_anonymous true\nlog_dest file {log(lab)}\n").wait(timeout=10)
    return on_server(lab)


@from_server("host-websocket-bind-ignored")
def websocket_is_open_to_all(lab):
    etc(lab, "mosquitto/README", "")
    mosquitto(lab.server, "listener 9001 127.0.0.1", "protocol websockets", ready=9001)
    return on_server(lab)


# ---- firewall ---------------------------------------------------------------------------------


@from_server("tcp-timeout-host-firewall")
def nft_policy_drops(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 22 accept", "in udp dport 1883 accept", "in drop")
    return on_server(lab)


@from_server("tcp-refused-by-firewall-reset")
def nft_resets(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 reject with tcp reset")
    return on_server(lab)


@from_server("tcp-refused-by-icmp")
def nft_rejects(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 reject")
    return on_server(lab)


@from_server("tcp-unreachable-admin-prohibited")
def rejects_like_firewalld(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in reject with icmpx type admin-prohibited")
    return on_server(lab)


@from_server("tcp-timeout-source-allowlist")
def only_the_lan_is_let_in(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in ip saddr 192.168.7.0/24 tcp dport 1883 accept", "in drop")
    return on_server(lab)


@from_server("tcp-unreachable-host-prohibited")
def accept_behind_reject(lab):
    if not has("iptables"):
        raise Skip("iptables is not installed")
    mosquitto(lab.server)
    for rule in ("-i lo -j ACCEPT", "-p tcp --dport 22 -j ACCEPT",
                 "-j REJECT --reject-with icmp-host-prohibited", "-p tcp --dport 1883 -j ACCEPT"):
        lab.server.run("iptables", "-A", "INPUT", *rule.split())
    return on_server(lab)


@from_server("tcp-timeout-host-firewall")
def output_to_the_port_is_dropped(lab):
    mosquitto(lab.server)
    lab.server.nft("out tcp dport 1883 drop")
    return on_server(lab)


@from_server("tcp-timeout-host-firewall")
def even_loopback_is_dropped(lab):
    mosquitto(lab.server)
    lab.server.nft("in tcp dport 22 accept", "in tcp dport 1-65535 drop")
    return on_server(lab, "localhost:1883")


def ufw(lab, *commands):
    if not has("ufw"):
        raise Skip("ufw is not installed")
    folder = pathlib.Path("/etc/netns") / lab.server.name / "ufw"
    shutil.copytree("/etc/ufw", folder)
    for command in ("--force enable", *commands):
        lab.server.run("ufw", *command.split())


@from_server("tcp-timeout-host-firewall")
def ufw_allows_ssh_only(lab):
    mosquitto(lab.server)
    ufw(lab, "allow 22/tcp", "allow 1883/udp")
    return on_server(lab)


@from_server("tcp-refused-by-firewall-reset")
def ufw_rejects(lab):
    mosquitto(lab.server)
    ufw(lab, "reject 1883/tcp")
    return on_server(lab)


@from_server("tcp-refused-rate-limit")
def ufw_limits(lab):
    mosquitto(lab.server)
    ufw(lab, "limit 1883/tcp")
    return on_server(lab)


@from_server("tcp-timeout-host-firewall")
def ufw_seen_without_root(lab):
    mosquitto(lab.server)
    ufw(lab, "allow 22/tcp")
    return as_nobody(lab)


@from_server("tcp-timeout-host-firewall")
def a_jump_a_set_and_a_policy(lab):
    mosquitto(lab.server)
    lab.server.run("nft", "-f", "-", input="""table inet filter {
  set open { type inet_service; flags interval; elements = { 22, 80, 443, 8000-8999 } }
  chain services {
    tcp dport @open accept
  }
  chain input { type filter hook input priority 0; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iif lo accept
    ip protocol tcp jump services
  }
}
""")
    return on_server(lab)


@healthy("rules_that_only_mention_the_port")
def _(lab):
    mosquitto(lab.server)
    lab.server.nft("out tcp sport 21883 drop", "fw tcp dport 1883 drop", "in udp dport 1883 drop",
                   "in iifname wlan9 tcp dport 1883 drop", "in ip saddr 198.51.100.7 drop",
                   "in tcp flags & (fin | syn) == fin | syn drop")
    return on_server(lab)


@healthy("ufw_allows_the_port")
def _(lab):
    mosquitto(lab.server)
    ufw(lab, "allow 1883/tcp")
    return on_server(lab)


@from_server("tcp-timeout-security-group")
def provider_drops_before_the_machine(lab):
    mosquitto(lab.server)
    lab.router.run("ip", "address", "add", "198.18.7.7/32", "dev", "r1")  # the public address
    lab.router.nft("in ip daddr 198.18.7.7 tcp dport 1883 drop")
    return on_server(lab, "--on-broker", "198.18.7.7:1883")


def rabbitmq(lab, plugins, ready):
    if not has("rabbitmq-server") or not has("setpriv"):
        raise Skip("RabbitMQ is not installed")
    etc(lab, "rabbitmq/enabled_plugins", f"[{plugins}].\n")
    folder = lab.file("rabbit")
    os.makedirs(folder)
    shutil.chown(folder, "rabbitmq", "rabbitmq")
    names = {"RABBITMQ_NODENAME": "lab@localhost", "RABBITMQ_MNESIA_BASE": folder,
             "RABBITMQ_LOG_BASE": folder, "RABBITMQ_LOGS": "-", "HOME": folder,
             "RABBITMQ_PID_FILE": folder + "/pid", "PATH": os.environ["PATH"]}
    process = lab.server.start(
        "setpriv", "--reuid=rabbitmq", "--regid=rabbitmq", "--clear-groups",
        "/usr/lib/rabbitmq/bin/rabbitmq-server", env=names)
    lab.server.wait_for_port(ready, process, limit=60)
    end = time.monotonic() + 60
    while time.monotonic() < end and "startup complete" not in pathlib.Path(process.log).read_text():
        time.sleep(0.1)


@from_server("host-mqtt-plugin-off")
def rabbitmq_without_its_plugin(lab):
    rabbitmq(lab, "", 5672)
    return on_server(lab)


@from_server("auth-guest-only-local")
def rabbitmqs_guest_works_here(lab):
    rabbitmq(lab, "rabbitmq_mqtt", 1883)
    end = time.monotonic() + 30  # the port is open before the plugin can count its clients
    while time.monotonic() < end and subprocess.run(
            lab.server.command("mosquitto_pub", "-u", "guest", "-P", "guest", "-t", "lab", "-m", "x"),
            capture_output=True).returncode != 0:
        time.sleep(0.2)
    return on_server(lab, "-u", "guest", "-P", "guest", "127.0.0.1:1883")


# ---- limits, filters, logins ------------------------------------------------------------------


@from_server("mqtt-max-connections")
def broker_is_full(lab):
    file = pathlib.Path(log(lab))
    mosquitto(lab.server, "max_connections 1", f"log_dest file {file}")
    lab.server.start("mosquitto_sub", "-t", "lab/#")
    end = time.monotonic() + 5
    while time.monotonic() < end and "SUBACK" not in file.read_text():
        time.sleep(0.02)
    return on_server(lab)


@from_server("mqtt-max-connections")
def no_file_descriptors_left(lab):
    file = lab.file("few.conf", "user root\nlistener 1883\nallow_anonymous true\n")
    lab.server.start("sh", "-c", f"ulimit -n 16; exec mosquitto -c {file}", ready=1883)
    for _ in range(12):
        lab.server.start("mosquitto_sub", "-t", "lab/#")
    end = time.monotonic() + 5
    while time.monotonic() < end and lab.server.run("cat", "/proc/net/tcp").count(":075B") < 8:
        time.sleep(0.02)
    return on_server(lab)


@from_server("mqtt-access-filter")
def tcp_wrappers_deny(lab):
    etc(lab, "hosts.deny", "mosquitto: ALL\n")
    etc(lab, "hosts.allow", "")
    mosquitto(lab.server, f"log_dest file {log(lab)}")
    return on_server(lab)


@from_server("mqtt-access-filter")
def tcp_wrappers_let_only_this_machine_in(lab):
    etc(lab, "hosts.deny", "mosquitto: ALL\n")
    etc(lab, "hosts.allow", "mosquitto: 127.0.0.1\n")
    mosquitto(lab.server)
    return on_server(lab, "127.0.0.1:1883")


@from_server("auth-anonymous-refused")
def nobody_said_who(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return on_server(lab)


def as_user(lab, name, password):
    return on_server(lab, "-u", name, "-P", password, AT)


@from_server("auth-bad-credentials")
def user_is_not_in_the_file(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return as_user(lab, "Alice", "alice-pw")


@from_server("auth-bad-credentials")
def password_is_wrong(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return as_user(lab, "alice", "wrong")


@from_server("auth-bad-credentials")
def no_password_is_given(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return on_server(lab, "-u", "alice")


@from_server("auth-password-file-not-hashed")
def passwords_as_they_are(lab):
    mosquitto(lab.server, f"password_file {lab.file('plain', 'alice:alice-pw' + chr(10))}")
    return as_user(lab, "alice", "alice-pw")


@from_server("auth-listener-settings-trap")
def allow_anonymous_above_the_listener(lab):
    mosquitto(lab.server, "per_listener_settings true", "allow_anonymous true", "listener 1883",
              listener=None)
    return on_server(lab)


@from_server("auth-listener-settings-trap")
def allow_anonymous_twice(lab):
    mosquitto(lab.server, "allow_anonymous true", "listener 1884 127.0.0.1", "allow_anonymous false")
    return on_server(lab)


@from_server("auth-acl-publish-swallowed")
def access_list_forbids_the_topic(lab):
    acl = lab.file("acl", "topic read house/#\n")
    mosquitto(lab.server, f"acl_file {acl}", "allow_anonymous true", f"log_dest file {log(lab)}",
              "log_type all")
    return on_server(lab, "-t", "house/lamp", "--publish", AT)


@from_server("auth-acl-read-denied-silently")
def access_list_lets_in_but_not_out(lab):
    acl = lab.file("acl", "topic write house/#\n")
    mosquitto(lab.server, f"acl_file {acl}", "allow_anonymous true", f"log_dest file {log(lab)}")
    return on_server(lab, "-t", "house/lamp", "--publish", AT)


# ---- TLS and WebSocket ------------------------------------------------------------------------


@from_server("tls-plaintext-to-tls-port")
def plain_to_a_tls_listener(lab):
    mosquitto(lab.server, *tls_lines(), listener=None, ready=8883)
    return on_server(lab, f"mqtt://{SERVER}:8883")


@from_server("tls-to-plaintext-port")
def tls_to_a_plain_listener(lab):
    mosquitto(lab.server)
    return on_server(lab, f"mqtts://{SERVER}:1883")


@from_server("ws-raw-mqtt-to-ws-port")
def plain_to_a_websocket_listener(lab):
    mosquitto(lab.server, "listener 9001", "protocol websockets", ready=9001)
    return on_server(lab, f"mqtt://{SERVER}:9001")


@from_server("ws-handshake-to-raw-port")
def websocket_to_a_plain_listener(lab):
    mosquitto(lab.server)
    return on_server(lab, f"ws://{SERVER}:1883/mqtt")


@from_server("tls-expired")
def renewed_on_disk_only(lab):
    old, new = certificates.get("expired"), certificates.get("good")
    file, key = lab.file("server.crt"), lab.file("server.key")
    shutil.copy(old.certificate, file)
    shutil.copy(old.key, key)
    mosquitto(lab.server, "listener 8883", f"certfile {file}", f"keyfile {key}", listener=None,
              ready=8883)
    shutil.copy(new.certificate, file)
    shutil.copy(new.key, key)
    answer = on_tls_port(lab)
    if "renewed" not in str(answer.report.get("causes", [{}])[:1]):
        answer.found += " (and not that it was renewed)"
    return answer


@from_server("tls-missing-intermediate")
def chain_lies_beside(lab):
    leaf, issuer = certificates.get("leaf-alone"), certificates.get("intermediate")
    os.makedirs(lab.file("live"))
    file = lab.file("live/cert.pem", pathlib.Path(leaf.certificate).read_text())
    lab.file("live/fullchain.pem", pathlib.Path(leaf.certificate).read_text() +
             pathlib.Path(issuer.certificate).read_text())
    mosquitto(lab.server, "listener 8883", f"certfile {file}", f"keyfile {leaf.key}", listener=None,
              ready=8883)
    return on_tls_port(lab)


@from_server("tls-client-cert-missing")
def client_certificate_is_required(lab):
    mosquitto(lab.server, *tls_lines(), f"cafile {certificates.ca()}", "require_certificate true",
              listener=None, ready=8883)
    return on_tls_port(lab)


@healthy("the_brokers_own_machine_over_tls")
def _(lab):
    etc(lab, "mosquitto/README", "")
    mosquitto(lab.server, *tls_lines(), listener=None, ready=8883)
    return on_tls_port(lab)


@healthy("the_brokers_own_machine_with_a_login")
def _(lab):
    etc(lab, "mosquitto/README", "")
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return as_user(lab, "alice", "alice-pw")
