"""Never met, the ninth batch: what people report in public about their first broker, its files, its
container and its certificates. Written down with its right answers before the doctor was asked."""
import functools
import pathlib
import shutil
import subprocess
import sys
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import ROUTER_SERVER, SERVER, sh
from .services import (dnsmasq, etc, haproxy, mosquitto, newest_tls, nginx, password_file, scripted,
                       tls_lines, websocket_broker)
from .stage_delivery import AT, delivery
from .stage_host import log, start_as_a_service
from .stage_listen import broker, listen, pub, sub
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_seven import FOR_SERVERS, issued, nft
from .stage_unmet_six import CONNECT, raw
from .stage_vantage import on_server as from_server, ssh, together
from .stage_way import needs
from .stage_websocket import UPGRADE
from .unmet import OPEN, unmet

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"
# No case of this batch runs in CI; ./dev lab runs them.
case = functools.partial(unmet, is_long=True)


def arrives(host, *words, at=SERVER):
    """Whether mosquitto_pub brings a message in: what is staged is proved without the doctor."""
    done = subprocess.run(host.command("timeout", "2", "mosquitto_pub", *(("-h", at) if at else ()), "-t",
                                       "lab/proof", "-q", "1", "-m", "x", *words), capture_output=True)
    return done.returncode == 0


def proved(is_so, what):
    if not is_so:
        raise RuntimeError(f"not staged: {what}")


def not_for_certain(answer):
    if any(cause["certainty"] == "certain" for cause in answer.report["causes"]):
        answer.found += " (for certain)"
        answer.report["causes"][0]["id"] += " (for certain)"
    return answer


def telling(answer, *words):
    """Right only with one of these words in what is named first; without them it is no lie."""
    said = str(answer.report["causes"][:1]).lower()
    if not any(word in said for word in words):
        answer.found += f" (without a word of {words[0]})"
        for cause in answer.report["causes"][:1]:
            cause["certainty"] = "likely"
    return answer


# ---- works, and looks odd -------------------------------------------------------------------------


@case("healthy", never=("delivery-two-brokers",))
def two_listeners_of_one_broker_behind_a_balancer(lab):
    needs("nginx")
    mosquitto(lab.server, "listener 1885", listener=1884, ready=1885)
    nginx(lab.server, "", 1883, "stream { upstream b { server 127.0.0.1:1884; server 127.0.0.1:1885; } "
          "server { listen 1883; proxy_pass b; } }")
    proved(arrives(lab.phone) and arrives(lab.phone), "both ways lead in")
    return doctor(lab.phone, AT)


@case("healthy", never=("ws-path-is-website",))
def page_and_websocket_at_one_path(lab):
    """Who asks without an upgrade is shown a page."""
    needs("nginx")
    websocket_broker(lab.server)
    nginx(lab.server, "server { listen 80; location / { if ($http_upgrade = '') { return 200 "
          f"'<html>shop</html>'; }} proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 80)
    return doctor(lab.phone, f"ws://{SERVER}:80/")


@case("healthy")
def rules_that_docker_wrote_for_others(lab):
    """The broker runs beside it; containers have ports of their own, and one is gone."""
    mosquitto(lab.server)
    lab.server.set(ipv4__ip_forward=1)
    lab.server.run("ip", "link", "add", "docker0", "type", "veth", "peer", "name", "veth1a2b")
    sh("ip", "-n", lab.server.name, "-batch", "-", input="address add 172.17.0.1/16 dev docker0\n"
       "link set docker0 up\n")
    nft(lab.server, """table ip nat {
  chain DOCKER {
    iifname "docker0" return
    iifname != "docker0" tcp dport 8080 dnat to 172.17.0.2:80
    iifname != "docker0" tcp dport 8883 dnat to 172.17.0.3:8883
  }
  chain PREROUTING { type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump DOCKER
  }
  chain OUTPUT { type nat hook output priority -100; policy accept;
    ip daddr != 127.0.0.0/8 fib daddr type local jump DOCKER
  }
  chain POSTROUTING { type nat hook postrouting priority srcnat; policy accept;
    ip saddr 172.17.0.0/16 oifname != "docker0" masquerade
  }
}
table ip filter {
  chain DOCKER { ip daddr 172.17.0.2 iifname != "docker0" oifname "docker0" tcp dport 80 accept; }
  chain DOCKER-ISOLATION-STAGE-1 { iifname "docker0" oifname != "docker0" jump DOCKER-ISOLATION-STAGE-2; return; }
  chain DOCKER-ISOLATION-STAGE-2 { oifname "docker0" drop; return; }
  chain DOCKER-USER { return; }
  chain FORWARD { type filter hook forward priority filter; policy drop;
    jump DOCKER-USER
    jump DOCKER-ISOLATION-STAGE-1
    oifname "docker0" ct state established,related accept
    oifname "docker0" jump DOCKER
    iifname "docker0" oifname != "docker0" accept
    iifname "docker0" oifname "docker0" accept
  }
}
""")
    proved(arrives(lab.phone), "the broker is reached")
    return on_server(lab)


@case("host-bridge-down", never=("host-config-error", "tcp-egress-blocked"))
def bridge_to_a_cloud_that_is_down(lab):
    """Its log is full of it; clients are well, so it is a warning and no more."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n"
        f"log_dest file {log(lab)}\nconnection cloud\naddress 127.0.0.1:8899\ntopic # out 1\n"
        "restart_timeout 1\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    time.sleep(1.2)
    proved(arrives(lab.phone) and "cloud" in (lab.folder / "mosquitto.log").read_text(),
           "clients are well and the bridge is not")
    return on_server(lab)


@case("healthy", never=("auth-bad-credentials", "auth-anonymous-refused"))
def log_full_of_others_refusals(lab):
    """A forgotten sensor tries with an old password; alice is well."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous false\npassword_file "
        f"{password_file(lab)}\nlog_dest file {log(lab)}\nlog_type all\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    for number in range(4):
        proved(not arrives(lab.phone, "-i", f"sensor-{number}", "-u", "sensor", "-P", "old"), "refused")
        proved(not arrives(lab.phone, "-i", f"lamp-{number}"), "refused")
    proved(arrives(lab.phone, *ALICE), "alice is let in")
    return on_server(lab, AT, *ALICE)


@case("healthy", never=("host-config-error", "host-file-permission"))
def log_in_a_folder_that_is_not_there(lab):
    """mosquitto 2.0.11 says so on its screen, and serves without a log."""
    start_as_a_service(lab, f"listener 1883\nallow_anonymous true\nlog_dest file {lab.folder}/log/m.log\n")
    lab.server.wait_for_port(1883)
    proved(arrives(lab.phone), "clients are well")
    return on_server(lab)


@case("healthy")
def socket_in_a_folder(lab):
    """No port at all: programs of the same machine come by a file."""
    path = lab.file("broker.sock")
    mosquitto(lab.server, f"listener 0 {path}", "listener 1884", listener=None, ready=1884)
    proved(arrives(lab.server, "--unix", path, at=None), "the socket leads in")
    # The doctor examines addresses alone, and says so; the same broker's port works.
    refused = doctor(lab.server, f"unix://{path}")
    proved("--unix" in refused.error, "told what to use instead")
    return doctor(lab.server, f"{SERVER}:1884")


@case("healthy", never=("mqtt-malformed-client", "cut-off", "delivery-not-subscribed"))
def sends_all_at_once_and_leaves(lab):
    """CONNECT, a message and DISCONNECT in one packet of TCP, without waiting for the answer."""
    broker(lab)

    def act():
        panel = sub(lab, "-t", "home/#", "-i", "panel")
        for _ in range(3):
            raw(lab, CONNECT + "300b0009686f6d652f646f6f72" + "e000")
        proved("home/door" in pathlib.Path(panel.log).read_text(), "the messages arrive")
    return listen(lab, act, patience=2.5)


# ---- nobody could know ----------------------------------------------------------------------------


def expired_list(lab):
    """The authority's list of what it revoked, of last year."""
    authority = certificates.get("ca")
    folder = pathlib.Path(lab.file("crl"))
    folder.mkdir()
    (folder / "index").write_text("")
    (folder / "number").write_text("1000\n")
    (folder / "cnf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/index\ncrlnumber={folder}/number\n"
                                "default_md=sha256\n")
    sh("openssl", "ca", "-config", folder / "cnf", "-cert", authority.certificate, "-keyfile",
       authority.key, "-gencrl", "-crl_lastupdate", "20250101000000Z", "-crl_nextupdate",
       "20250201000000Z", "-out", folder / "ca.crl")
    return folder / "ca.crl"


@case(OPEN, never=("tls-client-cert-expired", "tls-client-cert-revoked", "tls-expired",
                   "tls-client-clock-wrong"))
def revocation_list_of_the_broker_is_old(lab):
    """The client's certificate is good; the broker refuses all of them, as "expired"."""
    mine = certificates.get("client")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true",
              f"crlfile {expired_list(lab)}", ready=8883)
    words = ("--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)
    proved(not arrives(lab.phone, "-p", "8883", *words), "refused")
    return doctor(lab.phone, SECURE, *words)


@case(OPEN, "proxy-backend-down", "proxy-backend-down-retrying", "mqtt-closed-after-connect",
      "session-flaps", "proxy-queue-full", "proxy-backends-differ")
def one_of_two_brokers_behind_a_balancer_is_dead(lab):
    """Every other connection is hung up on, whoever comes."""
    needs("haproxy")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n balance roundrobin\n retries 0\n"
            " server one 127.0.0.1:1884\n server two 127.0.0.1:1885", 1883)
    proved([arrives(lab.phone) for _ in range(4)].count(True) == 2, "every other one is let in")
    return not_for_certain(doctor(lab.phone, AT))


@case(OPEN, "input-file-outdated", "tcp-refused-not-running", "session-broker-restarted",
      never=("tcp-refused-by-firewall-reset", "tcp-refused-loopback-listener", "tcp-refused-wrong-port",
             SECURITY_GROUP))
def files_of_before_and_after_the_broker_was_started(lab):
    """The laptop asked first, and nobody ran; then somebody started it and asked on the server."""
    proved(not arrives(lab.phone), "nobody runs")
    laptop = doctor(lab.phone, AT)
    time.sleep(2)  # a person who walks to the other machine needs as long
    mosquitto(lab.server)
    proved(arrives(lab.phone), "somebody runs")
    return not_for_certain(together(lab, laptop=laptop, server=from_server(lab)))


@case(OPEN, "auth-bad-credentials", "auth-source-not-allowed", "mqtt-server-busy-or-banned",
      "auth-client-id-not-allowed", "auth-anonymous-refused", "mqtt-refused")
def not_authorised_whoever_comes(lab):
    """Code 5 of 3.1.1, with a name and without: a wrong password, a ban, or a full quota."""
    scripted(lab.server, 1883, "broker", "anonymous=5", "user=alice:5", "versions=4")
    proved(not arrives(lab.phone, *ALICE) and not arrives(lab.phone), "refused")
    return not_for_certain(doctor(lab.phone, AT, "-V", "3.1.1", *ALICE))


# ---- it does not start ------------------------------------------------------------------------------


def does_not_start(name, text, *right, never=(), port=1883, before=None, batch=__name__):
    def stage(lab):
        if before:
            before(lab)
        process = start_as_a_service(lab, text.replace("LOG", log(lab)).replace("FOLDER", str(lab.folder)))
        try:
            proved(process.wait(timeout=5) != 0, "mosquitto ended in an error")
        except subprocess.TimeoutExpired:
            raise RuntimeError("mosquitto runs") from None
        return on_server(lab, f"{SERVER}:{port}")
    stage.__name__ = name
    stage.__module__ = batch
    case(*right, never=("tcp-refused-by-firewall-reset", *never))(stage)


def keeps_rubbish(lab):
    lab.file("mosquitto.db", "this was a database before the power went\n" * 40)


does_not_start("what_was_kept_cannot_be_read",
               "listener 1883\nlog_dest file LOG\nallow_anonymous true\npersistence true\n"
               "persistence_location FOLDER/\n", "host-persistence-corrupt",
               never=("host-disk-full", "host-config-error", "host-file-permission"), before=keeps_rubbish)
does_not_start("remark_behind_a_rule",
               "listener 1883\nlog_dest file LOG\npassword_file /etc/mosquitto/passwd\n"
               "acl_file /etc/mosquitto/acl\n", "host-config-error", never=("host-file-permission",),
               before=lambda lab: (
                   etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text()),
                   etc(lab, "mosquitto/acl", "user alice\ntopic readwrite home/#  # all of it\n")))
does_not_start("access_list_that_only_root_may_read",
               "listener 1883\nallow_anonymous true\nlog_dest file LOG\nacl_file /etc/mosquitto/acl\n",
               "host-file-permission", never=("host-config-error",),
               before=lambda lab: etc(lab, "mosquitto/acl", "topic readwrite #\n", 0o600))
does_not_start("page_of_a_website_saved_as_authority",
               "listener 8883\nallow_anonymous true\nlog_dest file LOG\ncafile /etc/mosquitto/ca.crt\n"
               "certfile FOLDER/cert.pem\nkeyfile FOLDER/key.pem\n", "host-cert-key-problem", port=8883,
               before=lambda lab: (
                   etc(lab, "mosquitto/ca.crt", "<!DOCTYPE html><html>404: Not Found</html>\n"),
                   shutil.copy(certificates.get("good").certificate, lab.file("cert.pem")),
                   shutil.copy(certificates.get("good").key, lab.file("key.pem"))))


def locked_key(lab):
    shutil.copy(certificates.get("good").certificate, lab.file("cert.pem"))
    sh("openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", certificates.get("good").key, "-out",
       lab.file("key.pem"))
    (lab.folder / "key.pem").chmod(0o644)


does_not_start("key_with_a_pass_phrase",
               "listener 8883\nallow_anonymous true\nlog_dest file LOG\ncertfile FOLDER/cert.pem\n"
               "keyfile FOLDER/key.pem\n", "host-cert-key-problem", never=("host-file-permission",),
               port=8883, before=locked_key)
does_not_start("plugin_that_was_never_built",
               "listener 1883\nlog_dest file LOG\nplugin /usr/lib/mosquitto/go-auth.so\n",
               "host-config-error", never=("host-file-permission",))
does_not_start("brackets_around_an_ipv6_address",
               "listener 1883 [::]\nlog_dest file LOG\nallow_anonymous true\n",
               "host-config-error", "host-bind-address-missing")
does_not_start("address_and_port_as_docker_writes_them",
               "listener 0.0.0.0:1883\nlog_dest file LOG\nallow_anonymous true\n", "host-config-error")
does_not_start("password_file_named_in_two_places",
               "log_dest file LOG\npassword_file /etc/mosquitto/passwd\n"
               "include_dir /etc/mosquitto/conf.d\n", "host-config-error", never=("host-file-permission",),
               before=lambda lab: (
                   etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text()),
                   etc(lab, "mosquitto/conf.d/default.conf",
                       "listener 1883\npassword_file /etc/mosquitto/passwd\n")))


@case("host-config-error", never=("host-file-permission", "host-port-in-use",
                                  "tcp-refused-by-firewall-reset"))
def folder_where_the_configuration_should_be(lab):
    """As docker makes it when the file to mount is not there."""
    etc(lab, "mosquitto/mosquitto.conf/.keep", "")
    process = lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    proved(process.wait(timeout=5) != 0, "mosquitto does not start")
    return on_server(lab)


# ---- it runs, and is not reached --------------------------------------------------------------------


@case("host-config-not-used", "tcp-refused-loopback-listener", never=("tcp-refused-not-running",))
def main_file_lost_its_include(lab):
    etc(lab, "mosquitto/mosquitto.conf", "persistence false\n")
    etc(lab, "mosquitto/conf.d/remote.conf", "listener 1883\nallow_anonymous true\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    proved(arrives(lab.server, at="127.0.0.1") and not arrives(lab.phone), "this machine alone")
    return on_server(lab)


@case("tcp-refused-loopback-listener", never=("tcp-refused-not-running", "tcp-refused-by-firewall-reset"),
      harm="printf 'listener 1883")
def bound_to_the_interface_lo(lab):
    mosquitto(lab.server, "listener 1883", "bind_interface lo", listener=None)
    proved(arrives(lab.server, at="127.0.0.1") and not arrives(lab.phone), "this machine alone")
    return on_server(lab)


@case("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def closed_at_this_hour(lab):
    """Children's hours on the home server."""
    mosquitto(lab.server)
    nft(lab.server, """table inet hours {
  chain input { type filter hook input priority 0; policy accept;
    iif lo accept
    meta hour "00:00"-"23:59" tcp dport 1883 drop
  }
}
""")
    proved(not arrives(lab.phone), "dropped")
    return on_server(lab)


@case("path-no-route-back", never=(SECURITY_GROUP, "tcp-timeout-host-firewall"))
def bridge_of_docker_has_the_clients_network(lab):
    """Answers to the laptop go to containers."""
    mosquitto(lab.server)
    ssh(lab)
    lab.server.run("ip", "link", "add", "br-5e1f", "type", "veth", "peer", "name", "veth5e1f")
    sh("ip", "-n", lab.server.name, "-batch", "-", input="address add 10.77.1.1/24 dev br-5e1f\n"
       "link set br-5e1f up\nlink set veth5e1f up\n")
    proved(not arrives(lab.phone), "no answer")
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


DOCKER_PROXY = f"""#!{sys.executable}
import socket, sys, threading
told = dict(zip(sys.argv[1::2], sys.argv[2::2]))
def hand_on(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)
listener = socket.create_server((told["-host-ip"], int(told["-host-port"])))
while True:
    came, _ = listener.accept()
    there = socket.create_connection((told["-container-ip"], int(told["-container-port"])))
    for ends in ((came, there), (there, came)):
        threading.Thread(target=hand_on, args=ends, daemon=True).start()
"""


@case("tcp-docker-port-not-published", "tcp-refused-loopback-listener",
      never=("tcp-refused-not-running", "tcp-refused-by-firewall-reset"), harm="listener 1883|mosquitto.conf")
def container_is_published_on_loopback(lab):
    """-p 127.0.0.1:1883:1883, as many compose files have it."""
    mosquitto(lab.router)
    program = pathlib.Path(lab.file("docker-proxy", DOCKER_PROXY))
    program.chmod(0o755)
    lab.server.start(program, "-proto", "tcp", "-host-ip", "127.0.0.1", "-host-port", "1883", "-container-ip",
                     ROUTER_SERVER, "-container-port", "1883", ready=1883)
    proved(arrives(lab.server, at="127.0.0.1") and not arrives(lab.phone), "this machine alone")
    return on_server(lab)


# ---- certificates -----------------------------------------------------------------------------------


def own_authority(lab, name, subject):
    base = lab.file(name)
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out",
       f"{base}.crt", "-days", "365", "-subj", f"/CN={subject}")
    return certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt")


def is_trusted(lab, authority):
    told = lab.phone.run("openssl", "s_client", "-connect", f"{SERVER}:8883", "-CAfile", authority,
                         "-verify_ip", SERVER, input="Q\n", check=False)
    return "Verify return code: 0" in told


@case("healthy", never=("tls-self-signed-leaf", "tls-unknown-ca", "tls-interception"))
def authority_and_server_have_one_name(lab):
    """One answer for all questions of openssl req: only looks self-signed, and OpenSSL 3 takes it."""
    authority = own_authority(lab, "authority", "broker.test")
    mosquitto(lab.server, *tls_lines(issued(lab, "leaf", "broker.test", FOR_SERVERS, by=authority)),
              ready=8883)
    proved(arrives(lab.phone, "-p", "8883", "--cafile", authority.certificate), "trusted")
    return doctor(lab.phone, SECURE, "--cafile", authority.certificate)


@case("tls-unknown-ca", never=("tls-interception", "tls-self-signed-leaf", "tls-missing-intermediate"))
def authority_was_made_anew_under_its_old_name(lab):
    """The script was run twice; the phone has the file of the first time."""
    first = own_authority(lab, "first", "My Home CA")
    second = own_authority(lab, "second", "My Home CA")
    mosquitto(lab.server, *tls_lines(issued(lab, "leaf", "broker.test", FOR_SERVERS, by=second)),
              ready=8883)
    proved(is_trusted(lab, second.certificate) and not is_trusted(lab, first.certificate), "the second")
    return doctor(lab.phone, SECURE, "--cafile", first.certificate)


@case("tls-cipher-or-psk-mismatch", never=("tls-version-client-too-old", "tls-version-server-too-old",
                                           "tls-psk-refused", "tls-client-cert-missing"))
def ciphers_for_a_key_of_another_kind(lab):
    """The key is RSA's, and the list allows ECDSA alone: nobody gets in."""
    mosquitto(lab.server, *tls_lines("good"), "tls_version tlsv1.2",
              "ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256", ready=8883,
              env=newest_tls(lab, "TLSv1.2"))
    proved(not arrives(lab.server, "-p", "8883", "--cafile", ca()), "no handshake")
    return on_server(lab, SECURE, "--cafile", ca())


# ---- what was typed ---------------------------------------------------------------------------------


@case("input-ipv4-not-dotted-quad", "input-invisible-character")
def commas_in_an_address(lab):
    dnsmasq(lab.router)
    mosquitto(lab.server)
    return doctor(lab.phone, "-h", "10,77,2,2", "-p", "1883")


@case("input-ipv4-not-dotted-quad", "input-invisible-character")
def letter_o_in_an_address(lab):
    dnsmasq(lab.router, "local=/2/")  # does not exist, as every name server says
    mosquitto(lab.server)
    return doctor(lab.phone, "1O.77.2.2:1883")


@case("auth-bad-credentials", never=("auth-anonymous-refused",))
def quotes_of_a_file_of_variables(lab):
    """MQTT_USER="alice" in docker's env file: the quotes are part of it."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(arrives(lab.phone, *ALICE) and not arrives(lab.phone, "-u", '"alice"', "-P", '"alice-pw"'),
           "the quotes are sent")
    return telling(doctor(lab.phone, AT, "-u", '"alice"', "-P", '"alice-pw"'), "quot")


@case("auth-bad-credentials", never=("auth-anonymous-refused",))
def line_feed_behind_the_password(lab):
    """As echo puts it into a secret of Kubernetes."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(not arrives(lab.phone, "-u", "alice", "-P", "alice-pw\n"), "refused")
    return telling(doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw\n"), "line feed", "newline",
                   "line break", "end of line", "whitespace", "blank", "space")


# ---- what may be sent, and what arrives -------------------------------------------------------------


def with_rules(lab, *rules):
    acl = lab.file("acl", "\n".join(("user alice", "topic readwrite mqtt-doctor/#",
                                     "topic readwrite lab/#", *rules)) + "\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {acl}")


def is_delivered(lab, topic, *words):
    """Whether a message sent there comes back to who subscribed."""
    got = lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", topic, "-C", "1", "-W", "2", *words)
    time.sleep(0.4)
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", topic, "-m", "x", *words, check=False)
    return got.wait(5) == 0


@case("auth-acl-publish-swallowed", "auth-acl-read-denied-silently")
def rule_that_begins_with_a_slash(lab):
    with_rules(lab, "topic readwrite /home/#")
    proved(not is_delivered(lab, "home/door", *ALICE), "swallowed")
    return telling(on_server(lab, AT, *ALICE, "-t", "home/door", "--publish", "-V", "5"), "/home/#", "slash")


@case("delivery-qos-downgraded", never=("delivery-two-brokers", "delivery-not-forwarded"))
def bridge_passes_on_at_qos_0(lab):
    """topic home/# both, and no number: 0."""
    mosquitto(lab.server)
    mosquitto(lab.server, "connection up", "address 127.0.0.1:1883", "topic home/# both",
              "allow_anonymous true", listener=1885, ready=1885, name="two.conf")
    time.sleep(0.6)
    got = lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "home/door", "-q", "1", "-C", "1", "-W", "3",
                          "-F", "qos%q")
    time.sleep(0.3)
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-p", "1885", "-t", "home/door", "-q", "1", "-m", "x")
    got.wait(5)
    proved("qos0" in pathlib.Path(got.log).read_text(), "it comes at QoS 0")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--sent-via", f"{SERVER}:1885")


# ---- overheard --------------------------------------------------------------------------------------


def will(lab):
    broker(lab)

    def act():
        raw(lab, "101a00044d5154540406003c00036170700006686f6d652f23000178")
    return listen(lab, act, patience=2)


will.__name__ = "last_will_on_a_wildcard"
case("mqtt-malformed-client", "mqtt-topic-violates-rules",
     never=("auth-bad-credentials", "session-will-flaps"))(will)


@case("delivery-feedback-loop", never=("delivery-duplicated", "session-flaps",
                                           "session-duplicate-client-id"))
def flow_that_hears_itself(lab):
    """What comes from a topic is sent to it again, as a flow of Node-RED does by mistake."""
    broker(lab)
    numbers = []

    def act():
        process = lab.phone.start("sh", "-c", f"stdbuf -oL mosquitto_sub -h {SERVER} -t home/lamp -i in | "
                                  f"mosquitto_pub -h {SERVER} -t home/lamp -i out -l")
        counter = sub(lab, "-t", "home/lamp", "-i", "panel")
        time.sleep(0.3)
        pub(lab, "-t", "home/lamp", "-m", "on", "-i", "button")
        time.sleep(2)
        process.terminate()
        numbers.append(pathlib.Path(counter.log).read_text().count("home/lamp"))
    answer = listen(lab, act, patience=4)
    proved(numbers[0] > 50, f"it goes round: {numbers[0]}")
    return answer
