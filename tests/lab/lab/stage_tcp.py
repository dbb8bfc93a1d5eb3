"""Ports and firewalls."""
import pathlib

from .cases import case, doctor
from .net import PHONE, ROUTER_PHONE, ROUTER_SERVER, SERVER, SERVER6
from .services import dnsmasq, etc, has, mosquitto, nginx, scripted

AT = f"{SERVER}:1883"


def ssh(lab):
    """Another port of the server that answers."""
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")


@case("tcp-refused-loopback-listener", alike=("tcp-refused-not-running",))
def broker_on_loopback_only(lab):
    """As a package installs it."""
    etc(lab, "mosquitto/mosquitto.conf", "include_dir /etc/mosquitto/conf.d\n")
    (pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/conf.d").mkdir()
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    ssh(lab)
    return doctor(lab.phone, AT)


@case("tcp-refused-wrong-port")
def typo_in_the_port(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"{SERVER}:1833")


@case("tcp-refused-wrong-port")
def websocket_port_elsewhere(lab):
    mosquitto(lab.server, "listener 9001", "protocol websockets")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@case("tcp-refused-by-icmp")
def firewall_answers_port_unreachable(lab):
    mosquitto(lab.server)
    lab.server.nft("in tcp dport 1883 reject")
    return doctor(lab.phone, AT)


@case("tcp-timeout-security-group")
def router_drops(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.router.nft("fw tcp dport 1883 drop")
    return doctor(lab.phone, AT)


@case("tcp-unreachable-admin-prohibited")
def firewalld_says_no(lab):
    mosquitto(lab.server)
    lab.server.nft("in tcp dport 1883 reject with icmpx type admin-prohibited")
    return doctor(lab.phone, AT)


@case("tcp-unreachable-host-prohibited")
def iptables_of_the_image(lab):
    mosquitto(lab.server)
    if has("iptables"):
        for rule in ("-p icmp -j ACCEPT",
                     "-p tcp --dport 1883 -j REJECT --reject-with icmp-host-prohibited",
                     "-p tcp --dport 1883 -j ACCEPT"):
            lab.server.run("iptables", "-A", "INPUT", *rule.split())
        return doctor(lab.phone, AT)
    lab.server.nft("in ip protocol icmp accept",
                   "in meta nfproto ipv4 tcp dport 1883 reject with icmp type host-prohibited",
                   "in tcp dport 1883 accept")
    return doctor(lab.phone, AT)


@case("tcp-unreachable-router-acl")
def router_rejects_admin(lab):
    mosquitto(lab.server)
    lab.router.nft("fw ip protocol tcp tcp dport 1883 reject with icmp type admin-prohibited")
    return doctor(lab.phone, AT)


@case("tcp-unreachable-router-acl")
def router_rejects_host(lab):
    mosquitto(lab.server)
    lab.router.nft("fw ip protocol tcp tcp dport 1883 reject with icmp type host-unreachable")
    return doctor(lab.phone, AT)


@case("tcp-unreachable-host-down")
def nobody_has_the_address(lab):
    return doctor(lab.phone, "10.77.2.99:1883")


@case("tcp-unreachable-no-route")
def router_knows_no_way(lab):
    lab.router.nft("fw ip protocol tcp ip daddr 8.8.4.4 reject with icmp type net-unreachable")
    lab.router.run("ip", "route", "add", "8.8.4.4/32", "via", SERVER)
    return doctor(lab.phone, "8.8.4.4:1883")


@case("tcp-client-offline")
def phone_without_a_route(lab):
    lab.phone.run("ip", "route", "del", "default")
    lab.phone.run("ip", "-6", "route", "del", "default")
    return doctor(lab.phone, "8.8.8.8:1883")


@case("tcp-ipv6-only-client")
def carrier_with_v6_only(lab):
    lab.phone.run("ip", "-4", "addr", "flush", "dev", "e0")
    return doctor(lab.phone, "8.8.8.8:1883")


@case("tcp-ipv6-path-broken")
def v6_is_silent(lab):
    dnsmasq(lab.router, f"host-record=dual.test,{SERVER},{SERVER6}")
    mosquitto(lab.server)
    lab.router.nft("fw ip6 nexthdr tcp drop")
    return doctor(lab.phone, "dual.test:1883")


@case("tcp-ipv6-path-broken")
def v6_address_is_dead(lab):
    dnsmasq(lab.router, f"host-record=dual.test,{SERVER},fd77:2::99")
    mosquitto(lab.server)
    return doctor(lab.phone, "dual.test:1883")


@case("tcp-ipv6-listener-missing")
def broker_on_v4_only(lab):
    dnsmasq(lab.router, f"host-record=dual.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, "listener 1883 0.0.0.0", listener=None)
    return doctor(lab.phone, "dual.test:1883")


@case("tcp-nat-hairpin")
def router_does_not_loop_back(lab):
    """The broker stands in the phone's own network; its public name leads to the router."""
    lab.router.run("ip", "addr", "add", "203.0.114.7/32", "dev", "lo")
    lab.router.run("ip", "addr", "add", "10.77.1.53/24", "dev", "r0")
    # The answer comes from the neighbour itself, not from the dialled address: no connection.
    lab.router.nat(f"ip daddr 203.0.114.7 tcp dport 1883 dnat to {SERVER}:1883")
    lab.router.nft(f"fw ip saddr {SERVER} tcp sport 1883 drop")
    mosquitto(lab.server)
    return doctor(lab.phone, "203.0.114.7:1883")


@case("tcp-port-forward-wrong")
def forward_to_a_dead_machine(lab):
    lab.router.run("ip", "addr", "add", "203.0.114.7/32", "dev", "lo")
    lab.router.nat("ip daddr 203.0.114.7 tcp dport 1883 dnat to 10.77.2.77:1883")
    return doctor(lab.phone, "203.0.114.7:1883")


@case("tcp-local-policy")
def route_prohibited_here(lab):
    mosquitto(lab.server)
    lab.phone.run("ip", "rule", "add", "to", SERVER, "prohibit")
    return doctor(lab.phone, AT)


@case("tcp-local-policy")
def own_firewall_rejects(lab):
    mosquitto(lab.server)
    lab.phone.nft("out tcp dport 1883 reject")
    return doctor(lab.phone, AT)


@case("tcp-ephemeral-ports-exhausted")
def no_port_left(lab):
    mosquitto(lab.server)
    lab.phone.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=50000 50001")
    holder = ("import socket,time\n"
              f"held=[socket.create_connection(('{SERVER}',1883)) for _ in range(2)]\n"
              "print('held',flush=True)\ntime.sleep(30)\n")
    import sys
    import time
    process = lab.phone.start(sys.executable, "-c", holder)
    end = time.monotonic() + 5
    while time.monotonic() < end and "held" not in open(process.log).read():
        time.sleep(0.02)
    return doctor(lab.phone, AT)


@case("host-mqtt-plugin-off", layer="tcp")
def rabbitmq_without_its_plugin(lab):
    scripted(lab.server, 5672, "reply", "414d515000000901")
    nginx(lab.server, "server { listen 15672; location / { default_type text/html; "
                      "return 200 '<html><title>RabbitMQ Management</title></html>'; } }", 15672)
    return doctor(lab.phone, AT)
