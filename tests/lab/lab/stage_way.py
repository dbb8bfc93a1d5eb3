"""What keeps packets, or the broker itself, on a machine: its routes and rules, its proxies, its
disks."""
import contextlib
import os
import subprocess

from .cases import Skip, case, doctor, healthy, without_warning
from .net import ROUTER_SERVER, SERVER, SERVER6, sh
from .services import has, haproxy, mosquitto, nginx, stunnel

AT = f"{SERVER}:1883"
BEHIND = "listener 1884 127.0.0.1"


def way(expected, slowest=10.0, alike=()):
    return case(expected, layer="way", slowest=slowest, alike=alike)


def needs(*programs):
    for program in programs:
        if not has(program):
            raise Skip(f"{program} is not installed")


def on_server(lab, to="localhost:1883", *words):
    return doctor(lab.server, to, "--on-broker", *words)


def behind(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)


# ---- the doctor's own machine -------------------------------------------------------------------


def own_rules(lab, *rules):
    lab.phone.run("nft", "-f", "-", input="table inet own {\n chain o { type filter hook output "
                  "priority 0; policy accept;\n" + "\n".join(rules) + "\n }\n}\n")


@way("tcp-local-policy")
def own_firewall_drops(lab):
    mosquitto(lab.server)
    own_rules(lab, "tcp dport 1883 drop")
    return doctor(lab.phone, AT)


@way("tcp-local-policy")
def own_firewall_lets_the_web_out_alone(lab):
    mosquitto(lab.server)
    own_rules(lab, "oif lo accept", "tcp dport { 53, 80, 443 } accept", "udp dport 53 accept",
              "meta l4proto tcp drop")
    return doctor(lab.phone, AT)


@way("tcp-local-policy")
def own_firewall_by_iptables(lab):
    needs("iptables")
    mosquitto(lab.server)
    lab.phone.run("iptables", "-A", "OUTPUT", "-d", SERVER, "-j", "DROP")
    return doctor(lab.phone, AT)


@healthy()
def own_firewall_drops_another_port(lab):
    mosquitto(lab.server)
    own_rules(lab, "tcp dport 8883 drop", "ip daddr 10.77.2.9 drop")
    return doctor(lab.phone, AT)


# ---- the server's routes ------------------------------------------------------------------------


def with_public_address(lab):
    sh("ip", "-n", lab.server.name, "addr", "add", "45.33.20.2/24", "dev", "e0")


@way("path-no-route-back")
def server_lost_its_default_route(lab):
    mosquitto(lab.server)
    with_public_address(lab)
    sh("ip", "-n", lab.server.name, "route", "del", "default")
    return on_server(lab)


@way("path-no-route-back")
def server_lost_its_route_and_is_asked_by_address(lab):
    mosquitto(lab.server)
    with_public_address(lab)
    sh("ip", "-n", lab.server.name, "route", "del", "default")
    return on_server(lab, AT)


@healthy()
def a_broker_for_its_own_network_needs_no_route(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "route", "del", "default")
    return without_warning(on_server(lab), "input-loopback-address")


def answers_from(lab, change, *more):
    lab.server.run("nft", "-f", "-", input="table ip o {\n chain out { type route hook output "
                   f"priority -300;\n {change}\n }}\n" + "\n".join(more) + "\n}\n")


@way("tcp-timeout-host-firewall")
def answers_come_from_another_address(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "addr", "add", "10.77.2.3/24", "dev", "e0")
    answers_from(lab, "oifname \"e0\" tcp sport 1883 ip saddr set 10.77.2.3")
    return on_server(lab)


@way("tcp-timeout-host-firewall")
def answers_come_from_another_port(lab):
    mosquitto(lab.server)
    answers_from(lab, "oifname \"e0\" tcp sport 1883 tcp sport set 1884")
    return on_server(lab)


@healthy()
def answers_are_changed_back(lab):
    """The balancer in front sends to another address than it is asked at, without keeping track."""
    mosquitto(lab.server)
    answers_from(lab, "oifname \"e0\" tcp sport 1883 ip saddr set 10.77.9.9",
                 " chain in { type filter hook prerouting priority -300;",
                 f" iifname \"e0\" tcp dport 1883 ip daddr set {SERVER}", " }")
    return without_warning(on_server(lab), "input-loopback-address")


# ---- what is sent on ----------------------------------------------------------------------------


@way("tcp-port-forward-wrong")
def container_has_moved(lab):
    lab.server.nat("tcp dport 1883 dnat to 10.77.2.77:1883")
    return on_server(lab, AT)


@way("tcp-port-forward-wrong")
def container_has_moved_seen_from_loopback(lab):
    lab.server.nat("tcp dport 1883 dnat to 10.77.2.77:1883")
    return on_server(lab)


@way("tcp-port-forward-wrong")
def container_listens_elsewhere(lab):
    lab.server.nat(f"tcp dport 1883 dnat to {ROUTER_SERVER}:1884")
    return on_server(lab)




# ---- proxies ------------------------------------------------------------------------------------


@way("proxy-wrong-mode")
def stunnel_is_a_client(lab):
    needs("stunnel4")
    behind(lab)
    stunnel(lab.server, "[mqtts]\nclient = yes\naccept = 8883\nconnect = 127.0.0.1:1884", 8883)
    return on_server(lab, "mqtts://localhost")


@way("proxy-wrong-mode")
def haproxy_begins_tls(lab):
    needs("haproxy")
    behind(lab)
    haproxy(lab.server, "listen l\n bind :8883\n server s 127.0.0.1:1884 ssl verify none", 8883)
    return on_server(lab, "mqtts://localhost")


@way("proxy-wrong-mode")
def haproxy_speaks_http(lab):
    needs("haproxy")
    behind(lab)
    haproxy(lab.server, "frontend f\n mode http\n bind :1883\n default_backend b\nbackend b\n"
            " mode http\n server s 127.0.0.1:1884", 1883)
    return on_server(lab)


@way("proxy-wrong-mode")
def nginx_speaks_http(lab):
    needs("nginx")
    behind(lab)
    nginx(lab.server, "server { listen 1883; location / { proxy_pass http://127.0.0.1:1884; } }",
          1883)
    return on_server(lab)


@way("proxy-protocol-unexpected")
def haproxy_sends_a_header(lab):
    needs("haproxy")
    behind(lab)
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884 send-proxy", 1883)
    return on_server(lab)


@way("proxy-protocol-unexpected")
def haproxy_sends_a_header_of_version_2(lab):
    needs("haproxy")
    behind(lab)
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884 check send-proxy-v2", 1883)
    return on_server(lab)


@way("proxy-protocol-unexpected")
def nginx_sends_a_header(lab):
    needs("nginx")
    behind(lab)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass 127.0.0.1:1884; "
          "proxy_protocol on; } }")
    return on_server(lab)


@healthy()
def haproxy_as_it_should_be(lab):
    needs("haproxy")
    behind(lab)
    haproxy(lab.server, "frontend web\n mode http\n bind :8080\nfrontend f\n bind :1883\n"
            " default_backend b\nbackend b\n server s 127.0.0.1:1884", 1883)
    return without_warning(on_server(lab), "input-loopback-address", "tcp-ipv6-listener-missing")


# ---- disks --------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(lab, *options):
    folder = lab.file("data")
    os.makedirs(folder, exist_ok=True)
    sh("mount", "-t", "tmpfs", "-o", ",".join(("size=64k", *options)), "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def keeps_in(lab, folder):
    path = lab.file("keeps.conf", "user root\nlog_dest stderr\nlistener 1883\n"
                    f"allow_anonymous true\npersistence true\npersistence_location {folder}/\n")
    lab.server.start("mosquitto", "-c", path, ready=1883)


def filled(folder):
    with contextlib.suppress(OSError), open(os.path.join(folder, "full"), "wb") as out:
        out.write(bytes(200_000))


@way("host-disk-full")
def disk_of_the_broker_is_full(lab):
    with small_disk(lab) as folder:
        filled(folder)
        keeps_in(lab, folder)
        return without_warning(on_server(lab), "input-loopback-address")


@way("host-disk-full")
def disk_of_the_broker_has_no_more_files(lab):
    with small_disk(lab, "nr_inodes=1") as folder:
        keeps_in(lab, folder)
        return without_warning(on_server(lab), "input-loopback-address")


@healthy()
def disk_of_the_broker_has_room(lab):
    folder = lab.file("roomy")
    os.makedirs(folder, exist_ok=True)
    keeps_in(lab, folder)
    return without_warning(on_server(lab), "input-loopback-address")


# ---- rules for IPv6 alone -----------------------------------------------------------------------


def by_v6_alone(lab, verdict):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", f"in meta nfproto ipv6 tcp dport 1883 {verdict}")
    lab.server.file("hosts", f"127.0.0.1 localhost\n{SERVER} shop.test\n{SERVER6} shop.test\n")


@way("tcp-timeout-host-firewall")
def firewall_drops_ipv6_alone(lab):
    by_v6_alone(lab, "drop")
    return on_server(lab, "shop.test:1883")


@way("tcp-refused-by-firewall-reset")
def firewall_resets_ipv6_alone(lab):
    by_v6_alone(lab, "reject with tcp reset")
    return on_server(lab, "shop.test:1883")


@healthy()
def firewall_drops_another_port_of_ipv6(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in meta nfproto ipv6 tcp dport 8883 drop")
    return without_warning(on_server(lab), "input-loopback-address")
