"""Never met, the eleventh batch, its first half: the way, the proxies and the broker's own machine. Its
author had not read the doctor's code; written down with its right answers before it was asked."""
import os
import sys
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import PHONE, SERVER, SERVER6, sh
from .services import (dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, stunnel,
                       tls_lines)
from .stage_delivery import AT, delivery
from .stage_host import log, start_as_a_service
from .stage_listen import broker, listen
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_nine import arrives, case, proved, telling
from .stage_unmet_seven import nft
from .stage_vantage import on_server as from_server, ssh, together
from .stage_way import needs

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"
FIREWALL = ("tcp-timeout-source-allowlist", "tcp-timeout-host-firewall")


def both(lab):
    """The server's file and the laptop's, explained together."""
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


# ---- firewalls, routes ----------------------------------------------------------------------------


@case(*FIREWALL, never=(SECURITY_GROUP, "tcp-egress-blocked"), harm="flush|delete table")
def crowdsec_has_banned_the_phone(lab):
    """A set whose members come and go by themselves, before every other rule."""
    mosquitto(lab.server)
    ssh(lab)
    nft(lab.server, f"""table ip crowdsec {{
  set crowdsec-blacklists {{ type ipv4_addr; flags timeout;
    elements = {{ 203.0.113.9 timeout 1h, {PHONE} timeout 4h }}; }}
  chain crowdsec-chain {{ type filter hook input priority -10; policy accept;
    ip saddr @crowdsec-blacklists counter drop
  }}
}}
""")
    proved(not arrives(lab.phone), "dropped")
    return telling(both(lab), "crowdsec", PHONE)


@case(*FIREWALL, never=(SECURITY_GROUP, "tcp-egress-blocked"))
def addresses_and_ports_in_one_set(lab):
    """The phone may use 8883, and another laptop 1883."""
    mosquitto(lab.server)
    ssh(lab)
    nft(lab.server, f"""table inet filter {{
  set allowed {{ type ipv4_addr . inet_service; elements = {{ 10.77.9.9 . 1883, {PHONE} . 8883 }}; }}
  chain input {{ type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    tcp dport 22 accept
    ip saddr . tcp dport @allowed accept
  }}
}}
""")
    proved(not arrives(lab.phone), "dropped")
    return both(lab)


@case("tcp-refused-rate-limit", "tcp-refused-by-firewall-reset", "tcp-refused-by-icmp", "mqtt-max-connections",
      never=("tcp-refused-not-running", "tcp-refused-wrong-port", "tcp-refused-loopback-listener"))
def firewall_counts_connections(lab):
    """Two of one address at a time, and no more."""
    mosquitto(lab.server)
    ssh(lab)
    nft(lab.server, """table inet filter {
  set few { type ipv4_addr; flags dynamic; size 1024; }
  chain input { type filter hook input priority 0; policy accept;
    tcp dport 1883 ct state new add @few { ip saddr ct count over 2 } reject with tcp reset
  }
}
""")
    for number in range(2):
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "home/#", "-i", f"app-{number}")
    time.sleep(0.5)
    proved(not arrives(lab.phone), "the third is refused")
    return both(lab)


@case("tcp-port-forward-wrong", never=(SECURITY_GROUP, "tcp-refused-not-running", "tcp-refused-loopback-listener"),
      harm="flush")
def redirect_left_from_a_test(lab):
    """Whoever comes from outside is led to 1884, where nobody is."""
    mosquitto(lab.server)
    ssh(lab)
    lab.server.nat("tcp dport 1883 redirect to :1884")
    proved(arrives(lab.server) and not arrives(lab.phone), "refused from outside")
    return telling(both(lab), "1884")


@case("path-no-route-back", never=(SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-egress-blocked"))
def answers_leave_by_the_tunnel(lab):
    """The VPN's AllowedIPs hold the phone's network."""
    mosquitto(lab.server)
    ssh(lab)
    lab.server.run("ip", "link", "add", "wg0", "type", "veth", "peer", "name", "wg0-peer")
    sh("ip", "-n", lab.server.name, "-batch", "-", input="address add 10.8.0.2/24 dev wg0\nlink set wg0-peer up\n"
       "link set wg0 up\nroute add 10.77.1.0/24 via 10.8.0.1\n")
    proved(not arrives(lab.phone) and arrives(lab.server), "no answer comes")
    return both(lab)


@case("tcp-local-policy", "tcp-egress-blocked", never=(SECURITY_GROUP, "tcp-timeout-host-firewall",
                                                            "tcp-unreachable-host-down"), harm="flush")
def tunnel_is_down_and_its_guard_is_up(lab):
    """The kill switch of a VPN: only the tunnel may be used, and there is none."""
    mosquitto(lab.server)
    ssh(lab)
    nft(lab.phone, """table inet vpn {
  chain output { type filter hook output priority 0; policy drop;
    oif lo accept
    oifname "tun0" accept
    ip daddr 203.0.113.5 udp dport 51820 accept
    udp dport 53 accept
  }
}
""")
    proved(not arrives(lab.phone), "nothing leaves")
    return doctor(lab.phone, AT)


@case("tcp-ipv6-listener-missing", "input-family-left-out",
      never=("tcp-refused-not-running", "tcp-refused-by-firewall-reset"))
def ipv6_alone_was_asked_for(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, "listener 1883 0.0.0.0", listener=None)
    proved(arrives(lab.phone, at="broker.test"), "IPv4 leads in")
    return doctor(lab.phone, "broker.test:1883", "-6")


# ---- several brokers ------------------------------------------------------------------------------


@case("delivery-two-brokers")
def ipv6_of_the_machine_is_another_broker(lab):
    """An old configuration holds the IPv6 address; both let everybody in."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, f"listener 1883 {SERVER}", listener=None)
    mosquitto(lab.server, f"listener 1883 {SERVER6}", listener=None, name="old.conf")
    proved(arrives(lab.phone) and arrives(lab.phone, at=SERVER6), "both let in")
    return doctor(lab.phone, "broker.test:1883")


@case("healthy", never=("delivery-two-brokers",))
def two_brokers_that_hand_everything_on(lab):
    """Two addresses of a name, and a bridge between the two."""
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.3/24", "dev", "e0")
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}", "host-record=broker.test,10.77.2.3")
    mosquitto(lab.server, "listener 1883 10.77.2.3", listener=None, name="second.conf")
    mosquitto(lab.server, f"listener 1883 {SERVER}", "connection second", "address 10.77.2.3:1883",
              "topic # both 2", "cleansession true", listener=None)
    time.sleep(1)
    for here, there in ((SERVER, "10.77.2.3"), ("10.77.2.3", SERVER)):
        got = lab.phone.start("mosquitto_sub", "-h", here, "-t", "lab/#", "-C", "1", "-W", "3")
        time.sleep(0.4)
        proved(arrives(lab.phone, at=there) and got.wait(5) == 0, f"from {there} to {here}")
    return doctor(lab.phone, "broker.test:1883")


@case("delivery-not-tested", "broker-unreachable", "tcp-refused-not-running", "tcp-refused-wrong-port",
      "tcp-refused-loopback-listener", "delivery-other-broker", never=("auth-acl-publish-swallowed",))
def broker_of_the_other_side_is_down(lab):
    mosquitto(lab.server)
    return telling(delivery(lab.phone, AT, "-t", "home/door", "--publish", "--sent-via", f"{SERVER}:1899"),
                   "1899")


# ---- proxies --------------------------------------------------------------------------------------


@case("proxy-wrong-mode", "tls-inside-tls", never=("proxy-backend-down", "tls-terminator-backend-down",
                                                      "tls-unknown-ca", "tcp-refused-not-running"))
def terminator_hands_on_to_a_tls_listener(lab):
    """stunnel takes the TLS off, and what is behind wants it on."""
    needs("stunnel4")
    good = certificates.get("good")
    mosquitto(lab.server, *tls_lines("good", 8884), listener=1885, ready=8884)
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:8884\ncert = {good.chain}\nkey = {good.key}",
            8883)
    proved(not arrives(lab.phone, "-p", "8883", "--cafile", ca()), "nobody gets in")
    return on_server(lab, SECURE, "--cafile", ca())


@case("proxy-wrong-mode", never=("proxy-backend-down", "proxy-backend-down-retrying", "tcp-refused-not-running",
                                 "mqtt-access-filter"))
def balancer_speaks_tls_to_a_plain_broker(lab):
    needs("nginx")
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "", 1883,
          "stream { server { listen 1883; proxy_pass 127.0.0.1:1884; proxy_ssl on; } }")
    proved(not arrives(lab.phone) and arrives(lab.server, "-p", "1884"), "the broker alone is well")
    return on_server(lab)


@case("proxy-protocol-unexpected", never=("proxy-backend-down", "mqtt-access-filter", "tcp-refused-not-running"))
def web_server_announces_the_client(lab):
    """nginx's proxy_protocol, which mosquitto 2.0 does not know."""
    needs("nginx")
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "", 1883,
          "stream { server { listen 1883; proxy_pass 127.0.0.1:1884; proxy_protocol on; } }")
    proved(not arrives(lab.phone), "nobody gets in")
    return on_server(lab)


@case("proxy-protocol-expected", never=("proxy-backend-down", "mqtt-access-filter", "proxy-protocol-unexpected"))
def balancer_waits_for_an_announcement(lab):
    """accept-proxy, and no balancer stands in front of it any more."""
    needs("haproxy")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883 accept-proxy\n server s 127.0.0.1:1884", 1883)
    proved(not arrives(lab.phone), "nobody gets in")
    return on_server(lab)


@case("mqtt-not-a-broker", never=("mqtt-malformed-answer", "mqtt-broker-hung"))
def service_of_remote_calls(lab):
    """gRPC on the port: HTTP/2, and it speaks first."""
    scripted(lab.server, 1883, "banner", r"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x7f\xff\xff\xff"
             r"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x3f\x00\x01")
    proved(not arrives(lab.phone), "no broker")
    return doctor(lab.phone, AT)


# ---- the broker's own machine ---------------------------------------------------------------------


@case("host-disk-full", never=("host-persistence-corrupt", "host-file-permission"))
def no_inode_left(lab):
    """Space enough, and not one file more."""
    folder = lab.file("data")
    os.mkdir(folder)
    sh("mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=6", "tmpfs", folder)
    try:
        os.chmod(folder, 0o777)
        try:
            for number in range(10):
                open(f"{folder}/queue-{number}", "w").close()
        except OSError:
            pass
        start_as_a_service(lab, f"listener 1883\nallow_anonymous true\nlog_dest file {log(lab)}\npersistence true\n"
                           f"persistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\n")
        lab.server.wait_for_port(1883)
        for number in range(3):
            lab.phone.run("mosquitto_pub", "-h", SERVER, "-r", "-q", "1", "-t", f"keep/{number}", "-m", "x")
        time.sleep(1)
        proved("Error saving" in (lab.folder / "mosquitto.log").read_text(), "it cannot write")
        return on_server(lab)
    finally:
        sh("umount", "-l", folder)


@case("mqtt-max-connections", never=("mqtt-broker-hung", "mqtt-access-filter", "proxy-backend-down",
                                     "mqtt-malformed-client"))
def no_file_descriptor_left(lab):
    """As many clients as the shell's limit lets it have."""
    etc(lab, "mosquitto/mosquitto.conf", f"listener 1883\nallow_anonymous true\nlog_dest file {log(lab)}\n")
    lab.server.serve("mosquitto", "prlimit", "--nofile=14", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf",
                     ready=1883)
    for number in range(14):
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "home/#", "-i", f"lamp-{number}")
    time.sleep(1)
    proved(not arrives(lab.phone), "there is no place")
    return telling(on_server(lab), "open files", "file descriptor", "nofile", "descriptors")


@case("auth-acl-publish-swallowed", "auth-acl-read-denied-silently")
def rule_added_after_the_start(lab):
    """The file is right, and mosquitto read it before."""
    acl = lab.file("acl", "user alice\ntopic readwrite mqtt-doctor/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {acl}")
    time.sleep(1.2)
    lab.file("acl", "user alice\ntopic readwrite mqtt-doctor/#\ntopic readwrite home/#\n")
    return telling(doctor(lab.server, "delivery", AT, "--on-broker", *ALICE, "-t", "home/door", "--publish"),
                   "newer", "changed after", "had started", "not in force", "read it before", "read before")


@case("host-config-not-used", never=("tcp-refused-not-running", "tcp-refused-loopback-listener",
                                     "tcp-refused-by-firewall-reset", "host-port-in-use"))
def listener_added_after_the_start(lab):
    start_as_a_service(lab, f"listener 1883\nallow_anonymous true\nlog_dest file {log(lab)}\n")
    lab.server.wait_for_port(1883)
    time.sleep(1.2)
    etc(lab, "mosquitto/mosquitto.conf", f"listener 1883\nlistener 1884\nallow_anonymous true\nlog_dest file "
        f"{log(lab)}\n")
    proved(not arrives(lab.phone, "-p", "1884") and arrives(lab.phone), "the old one runs")
    return on_server(lab, f"{SERVER}:1884")


@case("auth-client-id-not-allowed", never=("auth-bad-credentials", "auth-anonymous-refused"))
def identifier_with_the_wrong_dash(lab):
    mosquitto(lab.server, "clientid_prefixes sensor-", "allow_anonymous false",
              f"password_file {password_file(lab)}")
    proved(arrives(lab.phone, "-i", "sensor-7", *ALICE) and not arrives(lab.phone, "-i", "sensor_7", *ALICE),
           "the dash decides")
    return telling(on_server(lab, AT, "-i", "sensor_7", *ALICE), "sensor-")


@case("auth-acl-publish-swallowed", "auth-acl-read-denied-silently", "delivery-topic-differs")
def users_own_branch_with_a_capital_letter(lab):
    acl = lab.file("acl", "pattern readwrite mqtt-doctor/#\npattern readwrite home/%u/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {acl}")
    return telling(doctor(lab.server, "delivery", AT, "--on-broker", *ALICE, "-t", "home/Alice/door", "--publish"),
                   "%u", "capital", "lower case")


ONCE = """
import socket, sys
listener = socket.create_server(("", 1883))
while True:
    came, _ = listener.accept()
    came.settimeout(3)
    try:
        data = came.recv(4096)
        came.sendall(bytes.fromhex("2003009700") if data[8:9] == b"\\x05" else bytes.fromhex("20020003"))
        came.close()
    except OSError:
        pass
"""


@case("mqtt-max-connections", "mqtt-server-busy-or-banned",
      never=("auth-bad-credentials", "mqtt-malformed-answer", "auth-anonymous-refused"))
def users_quota_is_used_up(lab):
    """0x97 in the CONNACK, and 3 in MQTT 3.1.1."""
    lab.server.start(sys.executable, lab.file("once.py", ONCE), ready=1883)
    return telling(doctor(lab.phone, AT, *ALICE), "quota")


@case("mqtt-retain-not-supported", "mqtt-closed-after-connect", never=("auth-bad-credentials", "mqtt-malformed-client",
                                                                          "mqtt-v5-closed-silently"))
def will_that_is_to_be_kept(lab):
    """retain_available false: whoever leaves a retained will is hung up on, and others are well."""
    broker(lab, "retain_available false")

    def act():
        lab.phone.run("timeout", "2", "mosquitto_sub", "-h", SERVER, "-i", "lamp", "-t", "home/lamp", "--will-topic",
                      "home/lamp/state", "--will-payload", "off", "--will-retain", check=False)
        lab.phone.run("timeout", "2", "mosquitto_sub", "-h", SERVER, "-i", "app", "-t", "home/lamp", "-W", "1",
                      check=False)
    return listen(lab, act, patience=3)
