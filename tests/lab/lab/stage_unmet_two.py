"""Never met, the second batch: the same trouble seen from two or three places."""
import os
import signal
import time

from . import certificates
from .cases import Skip, doctor, without_warning
from .certificates import ca
from .net import ROUTER_SERVER, SERVER, SERVER6, sh
from .services import (PORT, TLS_PORT, dnsmasq, has, haproxy, mosquitto, nginx, password_file,
                       scripted, tls_lines)
from .stage_vantage import AT, PUBLIC, office, on_server, ssh, together
from .stage_way import needs, own_rules
from .unmet import OPEN, unmet

SECURITY_GROUP = "tcp-timeout-security-group"
SECURE = "mqtts://broker.test:8883"


@unmet("tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def server_drops_a_country(lab):
    """A set of prefixes, as geo-blocking scripts load; the laptop is inside one of them."""
    mosquitto(lab.server)
    ssh(lab)
    lab.server.run("nft", "-f", "-", input="""table inet geo {
  set away { type ipv4_addr; flags interval; elements = { 192.0.2.0/24, 10.77.0.0/23, 203.0.113.0/24 } }
  chain pre { type filter hook prerouting priority -200; policy accept;
    iif lo accept
    ip saddr @away counter drop
  }
}
""")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


# At the place of the rule the port is the container's.
@unmet("tcp-timeout-host-firewall", never=(SECURITY_GROUP,), harm="dport 1883 accept")
def server_forwards_to_a_container_and_drops_it(lab):
    """The trap of Docker beside a firewall: the port is sent on, and the forward chain drops."""
    mosquitto(lab.router, listener=1884, ready=1884)
    ssh(lab)
    lab.server.set(ipv4__ip_forward=1)
    lab.server.nat(f"iif e0 tcp dport 1883 dnat to {ROUTER_SERVER}:1884")
    lab.server.run("nft", "-f", "-", input="table ip hide {\n chain post { type nat hook postrouting "
                   "priority 100; tcp dport 1884 masquerade; }\n}\n")
    lab.server.nft("fw tcp dport 1884 drop")
    return together(lab, server=on_server(lab, PORT), laptop=doctor(lab.phone, AT))


@unmet("tcp-local-policy", never=(SECURITY_GROUP, "tcp-egress-blocked"))
def laptop_drops_it_itself(lab):
    mosquitto(lab.server)
    own_rules(lab, "ip daddr 10.77.2.0/24 tcp dport 1883 counter drop")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


@unmet("tcp-client-offline", never=(SECURITY_GROUP,))
def laptop_is_in_flight_mode(lab):
    mosquitto(lab.server)
    server = on_server(lab)
    sh("ip", "-n", lab.phone.name, "link", "set", "e0", "down")
    return together(lab, server=server, laptop=doctor(lab.phone, AT))


@unmet("dns-hosts-file-override", "dns-stale-address", never=("input-wrong-address",))
def laptops_hosts_file_remembers_the_old_machine(lab):
    """The office asks the name server and is let in."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("hosts", "127.0.0.1 localhost\n10.77.2.99 broker.test\n")
    return together(lab, home=doctor(lab.phone, "broker.test:1883"),
                    office=doctor(office(lab), "broker.test:1883"))


@unmet("path-captive-portal", never=("mqtt-not-a-broker", "tcp-port-forward-wrong"))
def cafe_wants_a_click_first(lab):
    mosquitto(lab.server)
    scripted(lab.router, 8080, "http", "302 Found", "Location: http://portal.test/login")
    lab.router.nat("iifname r0 ip protocol tcp redirect to :8080")
    return together(lab, cafe=doctor(lab.phone, AT), office=doctor(office(lab), AT))


@unmet("tls-client-clock-wrong", never=("tls-expired",))
def laptop_lives_in_the_future(lab):
    if not has("faketime"):
        raise Skip("faketime is not installed")
    mosquitto(lab.server, *tls_lines(), ready=TLS_PORT)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    return together(
        lab, server=on_server(lab, TLS_PORT, "--cafile", ca(), "--insecure"),
        laptop=doctor(lab.phone, SECURE, "--cafile", ca(), prefix=("faketime", "2034-01-01 00:00:00")))


@unmet("tls-expired")
def server_forgot_to_renew(lab):
    """Both see it, and their clocks agree."""
    mosquitto(lab.server, *tls_lines("expired"), ready=TLS_PORT)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    return together(lab, server=on_server(lab, TLS_PORT, "--cafile", ca(), "--insecure"),
                    laptop=doctor(lab.phone, SECURE, "--cafile", ca()))


@unmet("tcp-port-forward-wrong", "tls-plaintext-to-tls-port")
def router_forwards_to_the_port_of_tls(lab):
    mosquitto(lab.server, *tls_lines())
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    lab.router.nat(f"ip daddr {PUBLIC} tcp dport 1883 dnat to {SERVER}:8883")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@unmet("proxy-backend-down", never=(SECURITY_GROUP, "mqtt-access-filter"))
def proxy_on_another_machine_looks_elsewhere(lab):
    """The broker is well; the proxy's other side is a port that nobody has."""
    needs("nginx")
    mosquitto(lab.server)
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    nginx(lab.router, "", 1883, f"stream {{ server {{ listen 1883; proxy_pass {SERVER}:1899; }} }}")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@unmet("tcp-refused-wrong-port", "tcp-refused-not-running")
def laptop_wants_a_websocket_that_is_not_there(lab):
    mosquitto(lab.server)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"ws://{SERVER}:9001/mqtt"))


@unmet("tcp-egress-blocked", never=(SECURITY_GROUP, "tcp-timeout-host-firewall"))
def home_provider_blocks_and_the_office_does_not(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.router.nft("fw iif r0 tcp dport 1883 drop")
    return together(lab, server=on_server(lab), home=doctor(lab.phone, AT),
                    office=doctor(office(lab), AT))


@unmet("auth-bad-credentials", never=("auth-source-not-allowed",))
def laptop_pastes_a_blank_behind_the_user_name(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return together(lab, server=on_server(lab, PORT, "-u", "alice", "-P", "alice-pw"),
                    laptop=doctor(lab.phone, AT, "-u", "alice ", "-P", "alice-pw"))


@unmet("auth-anonymous-refused", never=("auth-source-not-allowed", "auth-bad-credentials"))
def laptop_forgot_to_log_in(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return together(lab, server=on_server(lab, PORT, "-u", "alice", "-P", "alice-pw"),
                    laptop=doctor(lab.phone, AT))


@unmet("tcp-timeout-host-firewall", "tcp-ipv6-path-broken", never=(SECURITY_GROUP,))
def ipv6_is_closed_and_ipv4_is_open(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in meta nfproto ipv6 tcp dport 1883 drop")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, "broker.test:1883"))


@unmet("tcp-ipv6-listener-missing")
def broker_of_ipv4_and_a_name_of_both(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, "listener 1883 0.0.0.0", listener=None)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, "broker.test:1883"))


@unmet(OPEN, "input-wrong-address", "dns-stale-address", "tcp-unreachable-host-down",
       "tcp-port-forward-wrong", never=("tcp-timeout-security-group", "tcp-timeout-host-firewall"))
def files_of_two_different_brokers(lab):
    """The laptop asked another company's broker; nothing of the server's file concerns it."""
    mosquitto(lab.server)
    dnsmasq(lab.router, f"host-record=mine.test,{SERVER}", f"host-record=theirs.test,{ROUTER_SERVER}")
    scripted(lab.router, 1883, "broker", "user=alice:4")
    answer = together(lab, server=on_server(lab),
                      laptop=doctor(lab.phone, "theirs.test:1883", "-u", "alice", "-P", "alice-pw"))
    if answer.found == "auth-bad-credentials":  # the laptop's own facts, and nothing more
        answer.report["causes"] = [dict(answer.report["causes"][0], certainty="possible")]
    return answer


@unmet("healthy")
def forwarded_proxied_and_well(lab):
    needs("haproxy")
    mosquitto(lab.server)
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    haproxy(lab.router, f"listen l\n bind {PUBLIC}:1883\n server s {SERVER}:1883", 1883)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, f"{PUBLIC}:1883"))


@unmet("healthy")
def one_file_twice(lab):
    mosquitto(lab.server)
    answer = doctor(lab.phone, AT)
    return together(lab, first=answer, second=answer)


@unmet("healthy")
def firewall_with_a_guest_list_that_holds_the_laptop(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in ct state established,related accept",
                   "in ip saddr { 10.77.1.0/24, 192.0.2.7 } tcp dport 1883 accept",
                   "in tcp dport 22 accept", "in tcp dport 1883 drop")
    return without_warning(together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT)),
                           "tcp-timeout-source-allowlist")


@unmet("tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def guest_list_holds_the_office_alone(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.server.nft("in iif lo accept", "in ip saddr 10.77.3.0/24 tcp dport 1883 accept",
                   "in tcp dport 1883 drop")
    return together(lab, server=on_server(lab), home=doctor(lab.phone, AT),
                    office=doctor(office(lab), AT))


@unmet("dns-differs-by-place", "dns-stale-address", "input-wrong-address")
def name_means_another_machine_at_home(lab):
    """Split DNS: the home router's name server knows the name as its own box."""
    dnsmasq(lab.router, "host-record=broker.test,10.77.1.1")
    at_office = office(lab)
    dnsmasq_there = lab.file("there.conf", f"no-daemon\nno-resolv\nno-hosts\nlisten-address=10.77.3.1\n"
                             f"bind-interfaces\nuser=root\ngroup=root\nhost-record=broker.test,{SERVER}\n")
    lab.router.start("dnsmasq", "-C", dnsmasq_there, "--pid-file=")
    at_office.file("resolv.conf", "nameserver 10.77.3.1\n")
    mosquitto(lab.server)
    time.sleep(0.2)
    return together(lab, home=doctor(lab.phone, "broker.test:1883"),
                    office=doctor(at_office, "broker.test:1883"))


@unmet("mqtt-broker-hung", never=(SECURITY_GROUP, "path-payload-dropped", "path-transparent-proxy"))
def broker_stopped_by_a_debugger(lab):
    process = mosquitto(lab.server)
    os.killpg(process.pid, signal.SIGSTOP)
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


@unmet("path-payload-dropped", "path-dpi-reset", never=("mqtt-broker-hung", "proxy-backend-black-hole"))
def filter_between_them_swallows_mqtt(lab):
    """The server's broker answers on the spot; the laptop's CONNECT gets no answer."""
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 tcp flags & psh == psh drop")
    return together(lab, server=on_server(lab), laptop=doctor(lab.phone, AT))


# A second listener line for the port keeps mosquitto from starting.
@unmet("tcp-refused-loopback-listener",
       never=("tcp-refused-not-running", "tcp-refused-by-firewall-reset"), harm="printf 'listener")
def broker_listens_on_the_name_localhost(lab):
    mosquitto(lab.server, "listener 1883 localhost", listener=None)
    return together(lab, laptop=doctor(lab.phone, AT), server=on_server(lab))


@unmet("tls-client-cert-untrusted")
def laptops_certificate_is_of_the_test_system(lab):
    mine, other = certificates.get("client"), certificates.get("client-other")
    mosquitto(lab.server, *tls_lines(), f"cafile {ca()}", "require_certificate true", ready=TLS_PORT)
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    return together(
        lab, server=on_server(lab, TLS_PORT, "--cafile", ca(), "--insecure", "--cert",
                              mine.certificate, "--key", mine.key),
        laptop=doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", other.certificate, "--key",
                      other.key))
