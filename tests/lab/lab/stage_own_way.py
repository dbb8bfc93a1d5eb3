"""The way to the broker's machine and back, and what the two machines themselves do with packets: rules for their own
connections, netmasks, gateways, a kernel that passes nothing on or keeps its address to itself, and two brokers behind
one port. Each beside one that looks like it and is well."""
import json
import subprocess
import time

from .cases import case, doctor, explain, healthy
from .net import PHONE, ROUTER_SERVER, SERVER, sh
from .reported import on_broker, proved
from .services import mosquitto, password_file
from .stage_permission import ALICE
from .stage_tcp import ssh
from .stage_unmet_twentysix import container, neighbour, passwords, ruleset

AT = f"{SERVER}:1883"


def tried(lab):
    """Somebody tried before anybody looked."""
    subprocess.run(lab.phone.command("timeout", "2", "mosquitto_pub", "-h", SERVER, "-t", "x", "-m", "x"),
                   capture_output=True, check=False)


def both(lab, *words, there="localhost"):
    server = on_broker(lab, there, *words)
    phone = doctor(lab.phone, AT, *words)
    return explain(lab.file("server.json", json.dumps(server.report)), lab.file("phone.json", json.dumps(phone.report)))


def redirected(lab, rule):
    ruleset(lab.phone, f"table ip nat {{\n chain output {{ type nat hook output priority -100; {rule}; }}\n}}\n")


# ---- the client's machine leads its own connections elsewhere ---------------------------------------


@case("tcp-local-policy", layer="way")
def own_machine_redirects_to_a_dead_proxy(lab):
    mosquitto(lab.server)
    redirected(lab, "oifname != \"lo\" meta skuid != 998 meta l4proto tcp redirect to :9040")
    return doctor(lab.phone, AT)


@case("tcp-local-policy", layer="way")
def own_machine_sends_it_to_a_machine_that_is_gone(lab):
    mosquitto(lab.server)
    redirected(lab, "tcp dport { 1883, 8883 } dnat to 10.77.1.77:1080")
    return doctor(lab.phone, AT)


@case("tcp-local-policy", layer="way")
def own_machine_redirects_in_a_chain_of_iptables(lab):
    mosquitto(lab.server)
    for rule in ("-N REDSOCKS", "-A REDSOCKS -d 127.0.0.0/8 -j RETURN", "-A REDSOCKS -p tcp -j REDIRECT --to-ports 12345",
                 "-A OUTPUT -p tcp -m owner ! --uid-owner 107 -j REDSOCKS"):
        lab.phone.run("iptables", "-t", "nat", *rule.split())
    return doctor(lab.phone, AT)


@healthy("own_machine_redirects_the_web_alone")
def _(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    redirected(lab, "tcp dport { 80, 443 } redirect to :8080")
    return doctor(lab.phone, AT, *ALICE)


@case("tcp-timeout-security-group", layer="way", alike=("tcp-timeout-host-firewall",))
def own_machine_redirects_the_web_and_the_way_is_shut(lab):
    mosquitto(lab.server)
    ssh(lab)
    redirected(lab, "tcp dport { 80, 443 } redirect to :8080")
    lab.router.nft("fw tcp dport 1883 drop")
    return doctor(lab.phone, AT)


# ---- gateways and netmasks --------------------------------------------------------------------------


@case("tcp-client-offline", layer="way")
def own_gateway_does_not_answer(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "route", "replace", "default", "via", "10.77.1.77")
    return doctor(lab.phone, AT)


@case("path-no-route-back", layer="way")
def servers_gateway_does_not_answer(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "route", "replace", "default", "via", "10.77.2.77")
    tried(lab)
    return both(lab)


@case("path-no-route-back", layer="way")
def servers_gateway_does_not_answer_seen_there(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "route", "replace", "default", "via", "10.77.2.77")
    tried(lab)
    return on_broker(lab)


@case("path-no-route-back", layer="way")
def servers_netmask_is_too_wide(lab):
    mosquitto(lab.server)
    for words in (("address", "del", f"{SERVER}/24", "dev", "e0"), ("address", "add", f"{SERVER}/8", "dev", "e0"),
                  ("route", "replace", "default", "via", ROUTER_SERVER)):
        sh("ip", "-n", lab.server.name, *words)
    tried(lab)
    return both(lab)


@healthy("a_wide_netmask_whose_router_answers_for_all")
def _(lab):
    """The router does proxy ARP, as some mobile and cloud networks have it."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    for words in (("address", "del", f"{SERVER}/24", "dev", "e0"), ("address", "add", f"{SERVER}/16", "dev", "e0"),
                  ("route", "replace", "default", "via", ROUTER_SERVER)):
        sh("ip", "-n", lab.server.name, *words)
    lab.router.set(ipv4__conf__r1__proxy_arp=1)
    proved(lab.phone, *ALICE)
    return both(lab, *ALICE)


def one_link(lab):
    """A client in the server's own network."""
    desk = neighbour(lab, "w", lab.router, "r3", here=None, there="10.77.2.50/24", name="e0")
    for words in (("link", "add", "br0", "type", "bridge"), ("address", "flush", "dev", "r1"),
                  ("link", "set", "r1", "master", "br0"), ("link", "set", "r3", "master", "br0"),
                  ("address", "add", f"{ROUTER_SERVER}/24", "dev", "br0"), ("link", "set", "br0", "up")):
        sh("ip", "-n", lab.router.name, *words)
    sh("ip", "-n", desk.name, "route", "add", "default", "via", ROUTER_SERVER)
    return desk


def both_on_link(lab, desk):
    server = on_broker(lab)
    phone = doctor(desk, AT)
    return explain(lab.file("server.json", json.dumps(server.report)), lab.file("phone.json", json.dumps(phone.report)))


@case("tcp-unreachable-host-down", layer="way")
def server_keeps_its_address_to_itself(lab):
    mosquitto(lab.server)
    desk = one_link(lab)
    lab.server.set(ipv4__conf__all__arp_ignore=8)
    return both_on_link(lab, desk)


@case("path-no-route-back", layer="way")
def servers_containers_have_the_clients_addresses(lab):
    """No isolation of the Wi-Fi: the server's own bridge has the client's part of the network."""
    mosquitto(lab.server)
    desk = one_link(lab)
    sh("ip", "-n", lab.server.name, "-batch", "-", input="link add docker0 type bridge\naddress add 10.77.2.49/28 dev docker0\n"
       "link set docker0 up\n")
    return both_on_link(lab, desk)


# ---- the kernel passes nothing on, and two brokers behind one port ----------------------------------


@case("tcp-port-forward-wrong", layer="way")
def kernel_passes_nothing_on_to_the_container(lab):
    container(lab)
    lab.server.nat("iifname e0 tcp dport 1883 dnat to 172.17.0.2:1883")
    lab.server.set(ipv4__ip_forward=0)
    return both(lab)


@case("auth-source-not-allowed", layer="way")
def from_outside_another_port_answers(lab):
    """The rule leads from outside to a second broker on the same machine."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    others = passwords(lab, "others", ("z2m", "z2m-pw"))
    mosquitto(lab.server, "allow_anonymous false", f"password_file {others}", listener=1884, ready=1884,
              name="second.conf")
    lab.server.nat("iifname e0 tcp dport 1883 redirect to :1884")
    return both(lab, *ALICE)


@healthy("from_outside_the_only_brokers_other_port_answers")
def _(lab):
    users = password_file(lab)
    mosquitto(lab.server, "listener 1884", "allow_anonymous false", f"password_file {users}")
    lab.server.nat("iifname e0 tcp dport 1883 redirect to :1884")
    proved(lab.phone, *ALICE)
    return both(lab, *ALICE)


# ---- by the TTL -------------------------------------------------------------------------------------


@case("tcp-timeout-host-firewall", layer="way")
def iptables_lets_in_neighbours_alone(lab):
    mosquitto(lab.server)
    lab.server.run("iptables", "-A", "INPUT", "!", "-i", "lo", "-p", "tcp", "--dport", "1883", "-m", "ttl", "--ttl-lt",
                   "64", "-j", "DROP")
    return both(lab)


@healthy("ttl_of_one_is_dropped")
def _(lab):
    """A rule against traceroute turns no client away."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    lab.server.nft("in ip ttl < 5 drop")
    proved(lab.phone, *ALICE)
    return both(lab, *ALICE)


# ---- the client's kernel throws the answers away ----------------------------------------------------


@case("tcp-local-policy", layer="way")
def own_kernel_throws_the_answers_away(lab):
    """Two uplinks: it asks by the one, the answers come by the other, and rp_filter is strict."""
    mosquitto(lab.server)
    sh("ip", "link", "add", "e1", "netns", lab.phone.name, "type", "veth", "peer", "name", "r5", "netns", lab.router.name)
    sh("ip", "-n", lab.router.name, "-batch", "-", input="address add 10.77.9.1/24 dev r5\nlink set r5 up\n"
       f"route add {PHONE}/32 via 10.77.9.2\n")
    sh("ip", "-n", lab.phone.name, "-batch", "-", input="address add 10.77.9.2/24 dev e1\nlink set e1 up\n")
    lab.phone.set(ipv4__conf__all__rp_filter=1, ipv4__conf__e1__rp_filter=1)
    time.sleep(0.2)
    return doctor(lab.phone, AT)


# ---- the chains of ufw, as it writes them, without the program -------------------------------------


def chains_of_ufw(lab, *users):
    """What `ufw enable` makes, with these rules of the user's."""
    lab.server.run("iptables-restore", input="""*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-after-input - [0:0]
:ufw-reject-input - [0:0]
:ufw-track-input - [0:0]
:ufw-not-local - [0:0]
:ufw-user-input - [0:0]
:ufw-user-limit - [0:0]
:ufw-user-limit-accept - [0:0]
:ufw-skip-to-policy-input - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A INPUT -j ufw-reject-input
-A INPUT -j ufw-track-input
-A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j LOG
-A ufw-not-local -j DROP
-A ufw-skip-to-policy-input -j DROP
-A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
-A ufw-user-limit-accept -j ACCEPT
""" + "".join(f"-A ufw-user-input {rule}\n" for rule in users) + "COMMIT\n")


def speaks_ufw(answer, wanted):
    """The first command of the cure is ufw's own."""
    named = answer.report["causes"] or [each for each in answer.report["warnings"] if each["severity"] == "warning"]
    commands = [cure.get("command", "") for cure in named[0]["cures"]]
    if not any(command.startswith(wanted) for command in commands):
        answer.found += f" (and cured by {commands})"
    return answer


@case("tcp-timeout-host-firewall", layer="way")
def ufw_chains_let_ssh_in_alone(lab):
    mosquitto(lab.server)
    chains_of_ufw(lab, "-p tcp -m tcp --dport 22 -j ACCEPT")
    return speaks_ufw(on_broker(lab), "sudo ufw allow 1883/tcp")


@case("tcp-timeout-host-firewall", layer="way")
def ufw_chains_deny_the_port(lab):
    mosquitto(lab.server)
    chains_of_ufw(lab, "-p tcp -m tcp --dport 1883 -j DROP", "-p tcp -m tcp --dport 1883 -j ACCEPT")
    return speaks_ufw(on_broker(lab), "sudo ufw ")


@case("tcp-refused-rate-limit", layer="way")
def ufw_chains_limit_the_port(lab):
    mosquitto(lab.server)
    chains_of_ufw(lab, "-p tcp -m tcp --dport 1883 -m conntrack --ctstate NEW -m recent --set --name DEFAULT",
                  "-p tcp -m tcp --dport 1883 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 "
                  "--name DEFAULT -j ufw-user-limit", "-p tcp -m tcp --dport 1883 -j ufw-user-limit-accept")
    return speaks_ufw(on_broker(lab), "sudo ufw ")


@healthy("ufw_chains_allow_the_port")
def _(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    chains_of_ufw(lab, "-p tcp -m tcp --dport 1883 -j ACCEPT")
    proved(lab.phone, *ALICE)
    return on_broker(lab, "localhost", *ALICE)
