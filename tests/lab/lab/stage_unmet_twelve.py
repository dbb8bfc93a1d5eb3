"""Never met, the twelfth batch, its first half: machines, networks, proxies and captures, farther off than
the eleventh's. Its author had not read the doctor's code; written down with its right answers before it was
asked."""
import pathlib
import struct
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, SERVER, sh
from .services import (dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, tls_lines)
from .stage_delivery import AT
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_nine import arrives, case, not_for_certain, own_authority, proved, telling
from .stage_unmet_seven import AUTHORITY, FOR_SERVERS, behind, captured, issued, nft
from .stage_unmet_ten import said_at_once
from .stage_vantage import office, on_server as from_server, ssh, together
from .stage_way import needs
from .unmet import OPEN

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"


def both(lab):
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


def container(lab):
    """A container on the server: a network of its own, 172.17.0.2 behind docker0."""
    host = lab._host(f"{lab.server.name[:-1]}c")
    sh("ip", "netns", "add", host.name)
    sh("ip", "-batch", "-", input=(
        f"link add docker0 netns {lab.server.name} type veth peer name eth0 netns {host.name}\n"))
    for name, lines in ((lab.server.name, "address add 172.17.0.1/16 dev docker0\nlink set docker0 up\n"),
                        (host.name, "link set lo up\naddress add 172.17.0.2/16 dev eth0\nlink set eth0 up\n"
                                    "route add default via 172.17.0.1\n")):
        sh("ip", "-n", name, "-batch", "-", input=lines)
    lab.server.set(ipv4__ip_forward=1)
    nft(lab.server, """table ip nat {
  chain DOCKER {
    iifname "docker0" return
    iifname != "docker0" tcp dport 1883 dnat to 172.17.0.2:1883
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
""")
    return host


# ---- works, and looks odd -------------------------------------------------------------------------


@case("healthy", never=("tcp-docker-port-not-published", "tcp-port-forward-wrong"))
def broker_in_a_container(lab):
    """Nobody listens on the machine itself."""
    mosquitto(container(lab))
    proved(arrives(lab.phone), "the container is reached")
    return on_server(lab)


@case("healthy", never=("tls-expired", "tls-missing-intermediate", "tls-unknown-ca"))
def signed_across_by_an_authority_that_expired(lab):
    """As DST Root X3 was: the chain goes on to it, and the one below is trusted itself."""
    needs("faketime")
    root, old = certificates.get("ca"), certificates.get("old-ca")
    base = lab.file("across")
    pathlib.Path(f"{base}.ext").write_text(AUTHORITY)
    sh("openssl", "req", "-new", "-key", root.key, "-subj", "/CN=Lab Test CA", "-out", f"{base}.csr")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", old.certificate, "-CAkey", old.key, "-CAcreateserial",
       "-days", "900", "-extfile", f"{base}.ext", "-out", f"{base}.crt")
    across = certificates.Certificate(f"{base}.crt", root.key, f"{base}.crt")
    mosquitto(lab.server, *tls_lines(behind(lab, certificates.get("leaf-alone"), certificates.get("intermediate"),
                                            across, old)), ready=8883)
    proved(arrives(lab.phone, "-p", "8883", "--cafile", ca()), "trusted")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("healthy", never=("tls-hostname-mismatch", "dns-nxdomain", "input-invisible-character"))
def name_with_its_dot_at_the_end(lab):
    """As zone files write it."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server, *tls_lines("dns-only"), ready=8883)
    return doctor(lab.phone, "mqtts://broker.test.:8883", "--cafile", ca())


@case("healthy", never=("path-packet-loss", "delivery-duplicated"))
def capture_on_a_router_of_all_its_cards(lab):
    """Each packet stands there twice: as it came, and as it left."""
    needs("tcpdump")
    mosquitto(lab.server)
    path = lab.file("any.pcap")
    process = lab.router.start("tcpdump", "--immediate-mode", "-Z", "root", "-i", "any", "-U", "-w", path,
                               "tcp port 1883")
    end = time.monotonic() + 5
    while time.monotonic() < end and "listening" not in pathlib.Path(process.log).read_text():
        time.sleep(0.02)
    got = lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "home/#", "-C", "3", "-W", "4")
    time.sleep(0.4)
    for _ in range(3):
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "home/door", "-m", "x")
    proved(got.wait(5) == 0, "all arrived")
    time.sleep(0.3)
    process.terminate()
    process.wait(5)
    return explain("--captured-on", "router", path)


@case("healthy", never=("tcp-refused-loopback-listener", "host-websocket-bind-ignored", "tls-plaintext-to-tls-port"))
def balancer_of_three_doors(lab):
    """The broker itself is open to this machine alone; haproxy takes TLS, plain and both from others."""
    needs("haproxy")
    good = certificates.get("good")
    pem = lab.file("both.pem", pathlib.Path(good.certificate).read_text() + pathlib.Path(good.key).read_text())
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    haproxy(lab.server, f"frontend f\n bind :8883 ssl crt {pem} alpn mqtt,http/1.1\n bind :1883\n default_backend b\n"
            "backend b\n server s 127.0.0.1:1884 check", 8883)
    proved(arrives(lab.phone) and arrives(lab.phone, "-p", "8883", "--cafile", ca()), "both ways")
    return on_server(lab, SECURE, "--cafile", ca())


# ---- nobody could know ----------------------------------------------------------------------------


@case(OPEN, "auth-acl-subscribe-refused", "mqtt-topic-violates-rules", "auth-hash-subscription-refused",
      "mqtt-no-suback")
def hangs_up_on_a_long_topic(lab):
    """A limit of a gateway that nobody wrote down; the client alone."""
    topic = "/".join(["building", "floor", "room", "device", "sensor", "value"] * 4)
    scripted(lab.server, 1883, "broker", "subscribe=close", f"only={topic}")
    return not_for_certain(doctor(lab.phone, AT, "-t", topic))


@case(OPEN, "tls-client-cert-untrusted", "tls-client-cert-expired", "tls-client-clock-wrong",
      "tls-client-cert-wrong-purpose", "tls-client-cert-revoked", "tls-not-yet-valid")
def server_lives_in_2010(lab):
    """Its clock stopped: it takes no client's certificate, and says no more than "bad certificate"."""
    needs("faketime")
    mine = certificates.get("client")
    path = lab.file("mosquitto.conf", "\n".join(["user root", "allow_anonymous true", "log_dest stderr",
                                                 *tls_lines("good"), f"cafile {ca()}", "require_certificate true", ""]))
    lab.server.serve("mosquitto", "faketime", "2010-01-01 00:00:00", "mosquitto", "-c", path, ready=8883)
    words = ("--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)
    proved(not arrives(lab.phone, "-p", "8883", *words), "refused")
    return not_for_certain(doctor(lab.phone, SECURE, *words))


@case(OPEN, "tcp-refused-not-running", "tcp-refused-wrong-port", "tcp-refused-loopback-listener",
      "tcp-docker-port-not-published", "tcp-refused-by-firewall-reset")
def port_of_the_node_was_not_given(lab):
    """Kubernetes: 31883 outside, 1883 within."""
    mosquitto(lab.server, listener=31883, ready=31883)
    ssh(lab)
    return not_for_certain(doctor(lab.phone, AT))


# ---- containers, clusters, routes ------------------------------------------------------------------


@case("tcp-refused-loopback-listener", "tcp-docker-port-not-published",
      never=("tcp-refused-not-running", SECURITY_GROUP, "tcp-timeout-host-firewall"))
def container_speaks_to_itself_alone(lab):
    """eclipse-mosquitto as it comes: in local only mode, and its port is published."""
    host = container(lab)
    mosquitto(host, listener=None)
    ssh(lab)
    proved(not arrives(lab.phone) and arrives(host, at="127.0.0.1"), "in there alone")
    return telling(both(lab), "172.17.0.2", "container")


@case("tcp-refused-by-icmp", "tcp-port-forward-wrong", "tcp-refused-by-firewall-reset", "tcp-timeout-host-firewall",
      "tcp-unreachable-host-prohibited", never=("tcp-refused-wrong-port", SECURITY_GROUP))
def service_without_endpoints(lab):
    """What kube-proxy writes when no pod is ready."""
    ssh(lab)
    nft(lab.server, f"""table ip filter {{
  chain KUBE-EXTERNAL-SERVICES {{
    ip daddr {SERVER} tcp dport 1883 counter reject comment "iot/mosquitto:mqtt has no endpoints"
  }}
  chain KUBE-FIREWALL {{ meta mark & 0x00008000 == 0x00008000 drop; }}
  chain INPUT {{ type filter hook input priority filter; policy accept;
    ct state new jump KUBE-EXTERNAL-SERVICES
    jump KUBE-FIREWALL
  }}
}}
""")
    return telling(both(lab), "no endpoints", "kube", "kubernetes")


@case("path-no-route-back", never=(SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-egress-blocked"))
def table_of_its_own_for_what_the_server_sends(lab):
    """ip rule from the server's address: a second uplink that was given up."""
    mosquitto(lab.server)
    ssh(lab)
    sh("ip", "-n", lab.server.name, "route", "add", "default", "via", "10.77.2.9", "dev", "e0", "table", "100")
    sh("ip", "-n", lab.server.name, "rule", "add", "from", SERVER, "to", "10.77.0.0/16", "lookup", "100",
       "priority", "90")
    proved(not arrives(lab.phone), "no answer comes")
    return both(lab)


@case("path-no-route-back", never=(SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-refused-not-running"))
def answers_must_come_back_by_the_same_card(lab):
    """rp_filter: the phone is expected behind another card, and what comes here is thrown away."""
    mosquitto(lab.server)
    ssh(lab)
    lab.server.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth1-peer")
    sh("ip", "-n", lab.server.name, "-batch", "-", input="address add 10.9.0.2/24 dev eth1\nlink set eth1-peer up\n"
       f"link set eth1 up\nroute add {PHONE}/32 via 10.9.0.1\n")
    lab.server.set(ipv4__conf__all__rp_filter=1, ipv4__conf__e0__rp_filter=1)
    proved(not arrives(lab.phone), "thrown away")
    return telling(both(lab), "rp_filter", "reverse path", "eth1")


@case("tcp-timeout-source-allowlist", "tcp-timeout-host-firewall", never=("tcp-egress-blocked", SECURITY_GROUP))
def office_was_let_in_and_home_was_forgotten(lab):
    """Three files, and the router before the server decides; the server's own rules are open."""
    mosquitto(lab.server)
    ssh(lab)
    desk = office(lab)
    nft(lab.server, """table inet filter {
  chain input { type filter hook input priority 0; policy accept;
    ct state established,related accept
    ip saddr 10.77.3.0/24 tcp dport 1883 accept
    iif lo accept
    tcp dport 1883 drop
  }
}
""")
    proved(arrives(desk) and not arrives(lab.phone), "the office alone")
    return together(lab, server=from_server(lab), office=doctor(desk, AT), home=doctor(lab.phone, AT))


# ---- the broker's own machine ---------------------------------------------------------------------


@case("tcp-refused-loopback-listener", never=("tcp-refused-not-running", "host-config-error",
                                              "tcp-timeout-host-firewall"))
def card_it_is_bound_to(lab):
    """bind_interface lo, for a test that nobody remembers."""
    mosquitto(lab.server, "listener 1883", "bind_interface lo", listener=None)
    proved(not arrives(lab.phone), "not from outside")
    return telling(on_server(lab), "bind_interface")


@case("auth-bad-credentials", "auth-password-file-not-hashed", never=("auth-anonymous-refused",),
      harm=r"mosquitto_passwd (-\S+ )*/etc/mosquitto/mosquitto\.conf")
def configuration_given_for_a_password_file(lab):
    """password_file names mosquitto.conf itself, as in a report; no user is in there."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous false\npassword_file "
        "/etc/mosquitto/mosquitto.conf\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    proved(not arrives(lab.phone, *ALICE), "refused")
    return on_server(lab, AT, *ALICE)


@case("host-config-not-used", "auth-bad-credentials", "auth-anonymous-refused",
      never=("auth-password-file-not-hashed",), harm=r"(passwd|tee|sed).*/etc/mosquitto")
def snaps_broker_has_a_configuration_of_its_own(lab):
    """/etc/mosquitto is what was edited; the one that runs was installed by snap."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous false\npassword_file /etc/mosquitto/passwd\n")
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    lab.file("snap-passwd", "")
    path = lab.file("snap-mosquitto.conf", "listener 1883\nallow_anonymous false\n"
                    f"password_file {lab.file('snap-passwd')}\n")
    lab.server.serve("snap.mosquitto", "mosquitto", "-c", path, ready=1883)
    proved(not arrives(lab.phone, *ALICE), "refused")
    return telling(on_server(lab, AT, *ALICE), "snap-passwd", "snap-mosquitto.conf")


@case("proxy-backend-down", "proxy-wrong-mode", never=("tcp-refused-not-running", "mqtt-access-filter"))
def web_server_asks_by_ipv6_and_the_broker_has_ipv4(lab):
    """proxy_pass [::1]:1884; the broker is at 127.0.0.1:1884."""
    needs("nginx")
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass [::1]:1884; } }")
    proved(not arrives(lab.phone) and arrives(lab.server, "-p", "1884", at="127.0.0.1"), "the broker alone is well")
    return telling(on_server(lab), "127.0.0.1:1884", "127.0.0.1")


@case("mqtt-not-a-broker", "tcp-refused-wrong-port", "host-port-in-use", never=("mqtt-broker-hung",))
def another_program_took_the_port_first(lab):
    """A web service of one's own holds 1883; mosquitto's log says that it was taken."""
    scripted(lab.server, 1883, "http", "404 Not Found", "Server: Werkzeug/2.2.2 Python/3.11.2")
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n"
        f"log_dest file {lab.file('m.log', '')}\n")
    pathlib.Path(lab.file("m.log")).chmod(0o666)
    process = lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    proved(process.wait(5) != 0, "it did not start")
    return on_server(lab)


# ---- certificates -----------------------------------------------------------------------------------


def demanding(lab, *lines):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", *lines, ready=8883)


@case("tls-client-cert-untrusted", never=("tls-client-cert-missing", "tls-unknown-ca", "tls-client-cert-wrong-purpose"))
def own_certificate_without_its_intermediate(lab):
    """Issued by an intermediate that the server does not know; the phone sends its own alone."""
    middle = certificates.get("intermediate")
    mine = issued(lab, "mine", "phone", "extendedKeyUsage=clientAuth\n", by=middle)
    demanding(lab)
    words = ("--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)
    proved(not arrives(lab.phone, "-p", "8883", *words), "refused")
    whole = behind(lab, mine, middle)
    proved(arrives(lab.phone, "-p", "8883", "--cafile", ca(), "--cert", whole.chain, "--key", mine.key), "with it")
    return telling(doctor(lab.phone, SECURE, *words), "intermediate", "chain")


@case("new:tls-client-key-encrypted", never=("tls-client-cert-missing", "tls-client-cert-untrusted"))
def key_with_a_passphrase(lab):
    demanding(lab)
    mine = certificates.get("client")
    locked = lab.file("locked.key")
    sh("openssl", "rsa", "-aes128", "-passout", "pass:secret", "-in", mine.key, "-out", locked)
    return said_at_once(doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", mine.certificate, "--key", locked),
                        "new:tls-client-key-encrypted", "(?i)pass ?(phrase|word)|encrypted")


@case("new:tls-file-is-der", never=("tls-unknown-ca",))
def authority_as_windows_saves_it(lab):
    """DER, where PEM is wanted."""
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    path = lab.file("ca.cer")
    sh("openssl", "x509", "-in", ca(), "-outform", "DER", "-out", path)
    return said_at_once(doctor(lab.phone, SECURE, "--cafile", path), "new:tls-file-is-der", "DER")


@case("tls-unknown-ca", never=("tls-interception", "tls-missing-intermediate", "tls-self-signed-leaf"))
def authority_was_made_anew_under_its_old_name(lab):
    """The phone holds yesterday's ca.crt: same name, another key."""
    today = own_authority(lab, "today", "Lab Home CA")
    yesterday = own_authority(lab, "yesterday", "Lab Home CA")
    mosquitto(lab.server, *tls_lines(issued(lab, "leaf", "broker.test", FOR_SERVERS, by=today)), ready=8883)
    proved(not arrives(lab.phone, "-p", "8883", "--cafile", yesterday.certificate), "refused")
    return telling(doctor(lab.phone, SECURE, "--cafile", yesterday.certificate), "another key", "same name", "older",
                   "signature", "made anew", "other key", "different key")


@case("tls-not-yet-valid", "tls-client-clock-wrong", never=("tls-unknown-ca", "tls-expired"))
def signed_on_a_machine_two_hours_ahead(lab):
    needs("faketime")
    leaf = issued(lab, "leaf", "broker.test", FOR_SERVERS, clock="2 hours")
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    proved(not arrives(lab.phone, "-p", "8883", "--cafile", ca()), "refused")
    return doctor(lab.phone, SECURE, "--cafile", ca())


# ---- captures -----------------------------------------------------------------------------------------


def wrong_password(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return captured(lab, lab.server, lambda: lab.phone.run(
        "mosquitto_pub", "-h", SERVER, "-u", "alice", "-P", "old", "-t", "a", "-m", "x", check=False))


@case("auth-bad-credentials", "auth-client-id-not-allowed", never=("auth-anonymous-refused", "mqtt-malformed-client"))
def capture_behind_two_tags(lab):
    """A mirror port of a provider's switch: 802.1ad and 802.1Q before each packet."""
    path = pathlib.Path(wrong_password(lab))
    data = path.read_bytes()
    out, at = data[:24], 24
    while at < len(data):
        first, second, kept, length = struct.unpack("<IIII", data[at:at + 16])
        frame = data[at + 16:at + 16 + kept]
        frame = frame[:12] + b"\x88\xa8\x00\x64\x81\x00\x00\x0a" + frame[12:]
        out += struct.pack("<IIII", first, second, kept + 8, length + 8) + frame
        at += 16 + kept
    path.write_bytes(out)
    return explain("--captured-on", "server", str(path))


@case("auth-bad-credentials", "auth-client-id-not-allowed", never=("mqtt-malformed-client", "path-packet-loss",
                                                                     "mqtt-closed-after-connect"))
def capture_of_the_first_bytes_alone(lab):
    """tcpdump -s 80: CONNECT is cut off in the middle, CONNACK is not."""
    path = pathlib.Path(wrong_password(lab))
    data = path.read_bytes()
    out, at = data[:24], 24
    while at < len(data):
        first, second, kept, length = struct.unpack("<IIII", data[at:at + 16])
        out += struct.pack("<IIII", first, second, min(kept, 80), length) + data[at + 16:at + 16 + min(kept, 80)]
        at += 16 + kept
    path.write_bytes(out)
    return explain("--captured-on", "server", str(path))


@case("path-mtu-black-hole", never=("mqtt-broker-hung", "path-packet-loss", "tcp-timeout-host-firewall"))
def capture_of_large_packets_that_never_arrive(lab):
    """On the server: a narrow link behind the router, and no ICMP tells of it."""
    mosquitto(lab.server, *tls_lines(certificates.joined("good", "other", "wildcard", "long")), ready=8883)
    sh("ip", "-n", lab.router.name, "link", "set", "r0", "mtu", "800")
    lab.router.nft("out icmp type destination-unreachable drop")
    path = captured(lab, lab.server, lambda: lab.phone.run(
        "timeout", "6", "mosquitto_pub", "-h", SERVER, "-p", "8883", "--cafile", ca(), "-t", "a", "-m", "x",
        check=False), port=8883)
    proved(not arrives(lab.phone, "-p", "8883", "--cafile", ca()), "nothing comes of it")
    return explain("--captured-on", "server", path)
