"""Never met, the eighth batch: written when the seventh had been learned from, and asked once before
anything was mended: of 26 then 19 were named first, 5 wrongly and 2 wrongly for certain (one of
these was true, and not the cause); no cure did harm."""
import pathlib
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, sh
from .services import (dnsmasq, etc, mosquitto, newest_tls, nginx, password_file, scripted,
                       tls_lines, websocket_broker)
from .stage_delivery import AT, TRY
from .stage_host import log
from .stage_listen import broker, client, listen, pub, sub
from .stage_permission import ALICE, with_acl
from .stage_unmet_five import does_not_start, on_server
from .stage_unmet_seven import captured, cloud, nft, three_connects
from .stage_unmet_six import CONNECT, broken
from .stage_vantage import on_server as from_server, together
from .stage_websocket import UPGRADE
from .stage_way import needs
from .unmet import OPEN, unmet

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"


# ---- works, and looks odd -------------------------------------------------------------------------


@unmet("healthy")
def key_on_an_elliptic_curve(lab):
    authority = certificates.get("ca")
    base = lab.file("curve")
    pathlib.Path(f"{base}.ext").write_text(f"subjectAltName={certificates.NAMES}\nextendedKeyUsage=serverAuth\n")
    sh("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
       f"{base}.key", "-out", f"{base}.csr", "-subj", "/CN=broker.test")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", authority.certificate, "-CAkey",
       authority.key, "-CAcreateserial", "-days", "90", "-out", f"{base}.crt", "-extfile",
       f"{base}.ext")
    mosquitto(lab.server, *tls_lines(certificates.Certificate(f"{base}.crt", f"{base}.key",
                                                              f"{base}.crt")), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("healthy")
def bundle_of_many_authorities(lab):
    """With words between them, lines as on Windows, and one that has long expired."""
    needs("faketime")
    text = "# trusted\n"
    for name in ("old-ca", "other-ca", "proxy-ca", "ca"):
        text += f"\n{name}\n=====\n" + pathlib.Path(certificates.get(name).certificate).read_text()
    bundle = pathlib.Path(lab.file("bundle.pem"))
    bundle.write_bytes(text.replace("\n", "\r\n").encode())
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", bundle)


@unmet("healthy")
def password_in_an_address_with_percent_signs(lab):
    users = password_file(lab)
    sh("mosquitto_passwd", "-b", users, "shop/7", "p@ss:word")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {users}")
    return doctor(lab.phone, "-L", f"mqtt://shop%2F7:p%40ss%3Aword@{SERVER}:1883/home/door")


@unmet("healthy")
def server_without_ipv6(lab):
    lab.server.set(ipv6__conf__all__disable_ipv6=1, ipv6__conf__default__disable_ipv6=1)
    mosquitto(lab.server)
    return on_server(lab)


@unmet("healthy")
def own_name_means_127_0_1_1(lab):
    """As Debian writes it into /etc/hosts."""
    mosquitto(lab.server)
    lab.server.file("hosts", "127.0.0.1 localhost\n127.0.1.1 shop.test shop\n")
    return on_server(lab, "shop.test:1883")


@unmet("healthy")
def address_of_a_tailnet(lab):
    """100.64.0.0/10, and reached: a private network has it, and no carrier."""
    sh("ip", "-n", lab.server.name, "address", "add", "100.64.5.2/32", "dev", "e0")
    sh("ip", "-n", lab.router.name, "route", "add", "100.64.5.2/32", "via", SERVER)
    mosquitto(lab.server)
    return doctor(lab.phone, "100.64.5.2:1883")


@unmet("healthy")
def way_back_is_asked_for_and_is_right(lab):
    """A filter of false senders: a drop in front of all, which meets nobody honest."""
    mosquitto(lab.server)
    nft(lab.server, """table inet strict {
  chain pre { type filter hook prerouting priority raw; policy accept;
    iifname "lo" accept
    fib saddr . iif oif missing counter drop
  }
}
""")
    return on_server(lab)


@unmet("healthy", never=("tcp-refused-not-running",))
def port_is_redirected_to_the_one_of_the_broker(lab):
    """Others come in by 1883, though nobody listens there."""
    mosquitto(lab.server, listener=1884, ready=1884)
    lab.server.nat("iif e0 tcp dport 1883 redirect to :1884")
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


@unmet("healthy")
def last_will_is_told_once(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "home/#", "-i", "panel")
        process = lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "lamp", "-t", "lamp/set",
                                  "--will-topic", "home/lamp", "--will-payload", "gone")
        time.sleep(0.5)
        process.kill()
        time.sleep(0.3)
        pub(lab, "-t", "home/door", "-m", "open", "-i", "door")
    return listen(lab, act, patience=2.5)


# ---- names, addresses, certificates ---------------------------------------------------------------


@unmet("dns-resolver-silent", slowest=16)
def first_of_two_name_servers_is_dead(lab):
    """Each look-up waits for it; the second answers."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("resolv.conf", f"nameserver 10.77.1.99\nnameserver {ROUTER_PHONE}\n")
    return doctor(lab.phone, "broker.test:1883")


@unmet("tls-hostname-mismatch", never=("tls-unknown-ca", "tls-cn-only"))
def wildcard_does_not_hold_for_the_domain_itself(lab):
    dnsmasq(lab.router, f"address=/example.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("wildcard"), ready=8883)
    return doctor(lab.phone, "mqtts://example.test:8883", "--cafile", ca())


@unmet("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def azure_identifier_of_another_device(lab):
    """The device stands in the user name, and the client identifier must be the same."""
    dnsmasq(lab.router, f"address=/azure-devices.net/{SERVER}")
    user = "hub1.azure-devices.net/lamp/?api-version=2021-04-12"
    scripted(lab.server, 1883, "broker", f"user={user}:5", "versions=4")
    return doctor(lab.phone, "hub1.azure-devices.net:1883", "-V", "3.1.1", "-i", "door", "-u", user,
                  "-P", "SharedAccessSignature sr=hub1&sig=x&se=1999999999")


@unmet("tcp-refused-wrong-port", never=("tcp-refused-not-running", "tcp-refused-by-firewall-reset"))
def cloud_that_takes_tls_alone(lab):
    dnsmasq(lab.router, f"address=/hivemq.cloud/{SERVER}")
    mosquitto(lab.server, *tls_lines("clouds"), listener=None, ready=8883)
    return doctor(lab.phone, "ab12.s1.eu.hivemq.cloud:1883", "-u", "alice", "-P", "x")


# ---- websocket and mqtt ---------------------------------------------------------------------------


@unmet("ws-proxy-no-upgrade", never=("ws-wrong-path", "ws-path-is-website"))
def upgrade_did_not_get_through(lab):
    """426: what stands behind wants an upgrade and saw none."""
    scripted(lab.server, 8083, "http-patient", "426 Upgrade Required", "Upgrade: websocket",
             "Connection: Upgrade", "BODY:Upgrade Required")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@unmet("ws-wrong-path", never=("ws-proxy-backend-down", SECURITY_GROUP))
def website_in_front_knows_another_path(lab):
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 80; location = /broker {{ proxy_pass http://127.0.0.1:9001; "
          f"{UPGRADE} }} location / {{ return 404; }} }}", 80)
    return together(lab, server=doctor(lab.server, "ws://localhost:9001/mqtt", "--on-broker"),
                    laptop=doctor(lab.phone, f"ws://{SERVER}/mqtt"))


@unmet(OPEN, "mqtt-malformed-answer", never=("auth-bad-credentials", "mqtt-not-a-broker"))
def broker_begins_a_talk_about_the_login(lab):
    """AUTH, to a client that named no method: [MQTT-4.12.0-6]."""
    scripted(lab.server, 1883, "reply", "f0021800")
    return doctor(lab.phone, AT, "-V", "5")


@unmet("auth-acl-publish-swallowed", "auth-acl-read-denied-silently")
def rule_with_a_plus_that_is_too_short(lab):
    with_acl(lab, "topic readwrite home/+")
    return doctor(lab.phone, AT, *ALICE, "-t", "home/cellar/door", "--publish", "-V", "5")


# ---- the broker's own machine -----------------------------------------------------------------------


@unmet("host-file-permission", "session-lost-at-broker-restart")
def folder_for_what_is_kept_is_roots(lab):
    """It runs, and all that is retained is gone at its next start."""
    folder = pathlib.Path(lab.file("kept"))
    folder.mkdir(mode=0o700)
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\npersistence true\n"
        f"persistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
        f"log_dest file {log(lab)}\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    for number in range(3):
        lab.server.run("mosquitto_pub", "-h", SERVER, "-t", f"home/{number}", "-r", "-m", "x")
    time.sleep(0.3)
    return on_server(lab)


does_not_start("interface_to_bind_to_is_gone",
               "listener 1883\nbind_interface eth9\nlog_dest file LOG\nallow_anonymous true\n",
               "host-config-error", "host-bind-address-missing", never=("host-port-in-use",),
               batch=__name__)


@unmet("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def only_marked_packets_are_let_in(lab):
    mosquitto(lab.server)
    nft(lab.server, """table inet marked {
  chain input { type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    meta mark 0x7 tcp dport 1883 accept
  }
}
""")
    return on_server(lab)


@unmet("tcp-timeout-host-firewall", never=(SECURITY_GROUP,))
def all_ports_but_three_are_dropped(lab):
    mosquitto(lab.server)
    nft(lab.server, """table inet few {
  chain input { type filter hook input priority 0; policy accept;
    iif lo accept
    tcp dport != { 22, 80, 443 } ct state new counter drop
  }
}
""")
    return on_server(lab)


# ---- overheard, and captured --------------------------------------------------------------------------


@unmet("session-keepalive-expired", never=("session-duplicate-client-id", "ended-by-broker"),
       slowest=20.0)
def pings_less_often_than_it_promised(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=app,2", "subscribe=0,home/#", "wait=12"),
                  patience=10)


broken("subscribes_to_nothing", CONNECT, "82020001", batch=__name__)
broken("topic_of_no_letters", CONNECT, "3003000078", batch=__name__)


@unmet("certificate-refused", "tls-unknown-ca", "tls-self-signed-leaf",
       never=("tls-hung-up", "tls-client-cert-missing"))
def capture_of_a_phone_that_distrusts(lab):
    """TLS 1.2, in which its alert can be read."""
    mosquitto(lab.server, *tls_lines("self-signed"), ready=8883, env=newest_tls(lab, "TLSv1.2"))
    path = captured(lab, lab.server, lambda: lab.phone.run(
        "mosquitto_pub", "-h", SERVER, "-p", "8883", "--cafile", ca(), "-t", "a", "-m", "x",
        check=False), port=8883)
    return explain("--captured-on", "server", path)


@unmet(OPEN, SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-timeout-source-allowlist",
       "tcp-egress-blocked", "tcp-unreachable-host-down", "input-private-address",
       never=("tcp-refused-not-running",))
def capture_on_the_client_shows_questions_and_no_answer(lab):
    """Who drops them cannot be seen from there."""
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 drop")
    path = captured(lab, lab.phone, lambda: three_connects(lab))
    answer = explain("--captured-on", "client", path)
    if any(cause["certainty"] == "certain" for cause in answer.report["causes"]):
        answer.report["causes"][0]["id"] += " (for certain)"
    return answer
