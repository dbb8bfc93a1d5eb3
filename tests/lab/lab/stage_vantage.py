"""Two places and what lies between them: the doctor's files from the server and from a laptop,
explained together on a third machine."""
import json

from . import certificates
from .cases import Skip, case, doctor, explain
from .net import PHONE, ROUTER_SERVER, SERVER, sh
from .services import (PORT, TLS_PORT, dnsmasq, has, mosquitto, password_file, scripted, stunnel,
                       tls_lines)

AT = f"{SERVER}:{PORT}"
PUBLIC = "9.9.9.53"  # the router's address on what the lab takes for the Internet


def vantage(expected, name=""):
    return case(expected, name, layer="vantage")


def ssh(lab):
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")


def on_server(lab, port=PORT, *words):
    return doctor(lab.server, f"localhost:{port}", "--on-broker", *words)


def together(lab, **answers):
    """The files as people would send them around; the first cause of all of them."""
    files = []
    for name, answer in answers.items():
        files.append(lab.file(f"{name}.json", json.dumps(answer.report)))
    found = explain(*files)
    found.seconds = max(each.seconds for each in answers.values())
    return found


def certain(answer):
    if answer.report["causes"] and answer.report["causes"][0]["certainty"] != "certain":
        answer.found += " (not for certain)"
    return answer


def office(lab):
    """One more laptop, in a network of its own."""
    host = lab._host(f"{lab.server.name[:-1]}o")
    sh("ip", "netns", "add", host.name)
    sh("ip", "-batch", "-", input=(
        f"link add e0 netns {host.name} type veth peer name r2 netns {lab.router.name}\n"))
    for name, lines in ((lab.router.name, "address add 10.77.3.1/24 dev r2\nlink set r2 up\n"),
                        (host.name, "link set lo up\naddress add 10.77.3.2/24 dev e0\n"
                                    "link set e0 up\nroute add default via 10.77.3.1\n")):
        sh("ip", "-n", name, "-batch", "-", input=lines)
    return host


# ---- firewalls --------------------------------------------------------------------------------


@vantage("tcp-timeout-security-group")
def network_in_between_drops(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.router.nft("fw tcp dport 1883 drop")
    return certain(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)))


@vantage("tcp-timeout-host-firewall")
def server_drops(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 drop")
    return certain(together(lab, laptop=doctor(lab.phone, AT), server=on_server(lab)))


@vantage("tcp-timeout-source-allowlist")
def server_bans_a_list(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.server.nft("in iif lo accept", "in ip saddr { %s, 198.51.100.9 } drop" % PHONE)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


@vantage("tcp-timeout-source-allowlist")
def server_rejects_one_address(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in ip saddr %s tcp dport 1883 reject" % PHONE)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


@vantage("tcp-timeout-host-firewall")
def server_keeps_its_answers(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.server.nft("out oif != lo tcp sport 1883 drop")
    return certain(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)))


@vantage("tcp-refused-by-icmp")
def server_rejects(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 reject")
    return certain(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)))


@vantage("tcp-refused-by-firewall-reset")
def server_resets(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 reject with tcp reset")
    return certain(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)))


@vantage("tcp-refused-by-firewall-reset")
def network_in_between_resets(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.router.nft("fw tcp dport 1883 reject with tcp reset")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


@vantage("tcp-unreachable-router-acl")
def network_in_between_rejects(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 reject with icmpx type admin-prohibited")
    return certain(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)))


@vantage("tcp-egress-blocked")
def one_network_lets_nothing_out(lab):
    mosquitto(lab.server)
    lab.router.nft('fw iif r0 tcp dport 1883 drop')
    return together(lab, cafe=doctor(lab.phone, AT), office=doctor(office(lab), AT))


@vantage("tcp-timeout-security-group")
def nobody_gets_in(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.router.nft("fw tcp dport 1883 drop")
    return together(lab, cafe=doctor(lab.phone, AT), office=doctor(office(lab), AT))


# ---- listeners and addresses ------------------------------------------------------------------


@vantage("tcp-refused-loopback-listener")
def listens_for_itself(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    return certain(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)))


@vantage("tcp-refused-wrong-port")
def laptop_takes_another_port(lab):
    mosquitto(lab.server)
    return certain(together(lab, server=on_server(lab),
                            laptop=doctor(lab.phone, f"{SERVER}:1833")))


@vantage("input-wrong-address")
def laptop_dials_another_machine(lab):
    mosquitto(lab.server)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, "10.77.2.99:1883"))


@vantage("dns-stale-address")
def name_leads_to_the_old_machine(lab):
    dnsmasq(lab.router, "host-record=broker.test,10.77.2.99")
    mosquitto(lab.server)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, "broker.test:1883"))


@vantage("tcp-port-forward-wrong")
def router_does_not_forward(lab):
    mosquitto(lab.server)
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@vantage("tcp-port-forward-wrong")
def router_drops_what_it_does_not_forward(lab):
    mosquitto(lab.server)
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    lab.router.nft("in tcp dport 1883 drop")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@vantage("tcp-port-forward-wrong")
def router_forwards_to_a_web_server(lab):
    mosquitto(lab.server)
    scripted(lab.router, 8080, "reply",
             b"HTTP/1.1 400 Bad Request\r\nServer: router\r\nConnection: close\r\n\r\n".hex())
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    lab.router.nat(f"ip daddr {PUBLIC} tcp dport 1883 redirect to :8080")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@vantage("healthy")
def forward_that_works(lab):
    mosquitto(lab.server)
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    lab.router.nat(f"ip daddr {PUBLIC} tcp dport 1883 dnat to {SERVER}:1883")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@vantage("healthy")
def all_is_well_everywhere(lab):
    mosquitto(lab.server)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


# ---- TLS --------------------------------------------------------------------------------------


def inspector(lab, name):
    """A proxy on the router that opens TLS and shows a certificate of its own for the same name."""
    if not has("stunnel4"):
        raise Skip("stunnel4 is not installed")
    certificate = certificates.get(name)
    mosquitto(lab.server, *tls_lines(), ready=TLS_PORT)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    stunnel(lab.router, f"[in]\naccept = 9883\ncert = {certificate.chain}\nkey = {certificate.key}\n"
                        f"connect = 127.0.0.1:9884\n"
                        f"[out]\nclient = yes\naccept = 127.0.0.1:9884\nconnect = {SERVER}:8883\n"
                        "sni = broker.test\n", 9883)
    lab.router.nat("iif r0 tcp dport 8883 redirect to :9883")


@vantage("tls-interception")
def traffic_is_inspected(lab):
    inspector(lab, "of-old-ca" if has("faketime") else "inspected")
    return certain(together(
        lab, server=on_server(lab, TLS_PORT, "--cafile", certificates.ca(), "--insecure"),
        laptop=doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", certificates.ca())))


@vantage("tls-unknown-ca")
def laptop_lacks_the_authority(lab):
    mosquitto(lab.server, *tls_lines(), ready=TLS_PORT)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    return together(
        lab, server=on_server(lab, TLS_PORT, "--cafile", certificates.ca(), "--insecure"),
        laptop=doctor(lab.phone, "mqtts://broker.test:8883"))


@vantage("tls-client-clock-wrong")
def laptop_lives_in_the_past(lab):
    if not has("faketime"):
        raise Skip("faketime is not installed")
    mosquitto(lab.server, *tls_lines(), ready=TLS_PORT)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    return certain(together(
        lab, server=on_server(lab, TLS_PORT, "--cafile", certificates.ca(), "--insecure"),
        laptop=doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", certificates.ca(),
                      prefix=("faketime", "2026-01-01 00:00:00"))))


# ---- login ------------------------------------------------------------------------------------


@vantage("auth-source-not-allowed")
def open_to_itself_only(lab):
    mosquitto(lab.server, "per_listener_settings true", "listener 1883 127.0.0.1",
              "allow_anonymous true", f"listener 1883 {SERVER}", "allow_anonymous false",
              f"password_file {password_file(lab)}", listener=None)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


@vantage("auth-bad-credentials")
def password_mistyped_on_the_laptop(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return together(lab, server=on_server(lab, PORT, "-u", "alice", "-P", "alice-pw"),
                    laptop=doctor(lab.phone, AT, "-u", "alice", "-P", "alice-wp"))
