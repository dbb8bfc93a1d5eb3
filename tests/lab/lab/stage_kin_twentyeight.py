"""Kin of what the twenty-eighth batch showed: connections and memory that run out, processes that share a port,
forwards to the loopback address, rules that miss, names that are not asked for, certificates as users, and packets
whose texts are none."""
import time

from . import certificates
from .cases import case, doctor, healthy
from .certificates import ca
from .net import SERVER, SERVER6, sh
from .reported import on_broker, proved
from .services import dnsmasq, etc, mosquitto, tls_lines, websocket_broker
from .stage_unmet_twenty import staged
from .stage_unmet_twentyeight import (BALANCER, UPGRADES, balancer, held, knocked, refused_each_time, resolved,
                                      ruleset, text_of, there, web_server)
from .stage_unmet_twentyone import SECURE, configured
from .stage_unmet_twentytwo import seen, talk

BEHIND = "listener 1884 127.0.0.1"
TO_1884 = " server { listen 1883%s; proxy_pass 127.0.0.1:1884; proxy_timeout 1h; }"


# ---- what runs out ---------------------------------------------------------------------------------


@case("proxy-queue-full")
def the_global_maxconn_of_haproxy_is_reached(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)
    etc(lab, "haproxy/haproxy.cfg", BALANCER.replace("maxconn 200", "maxconn 2") %
        "listen mqtt\n  bind :1883\n  server broker 127.0.0.1:1884")
    lab.server.serve("haproxy", "haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", ready=1883)
    held(lab, 2)
    proved(lab.phone, not_=True)
    return on_broker(lab)


@case("proxy-queue-full")
def nginxs_connections_are_used_up_by_websockets(lab):
    websocket_broker(lab.server)
    web_server(lab, 80, http=""" server { listen 80; location /mqtt { proxy_pass http://127.0.0.1:9001;
 proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }""",
               connections=6)
    stay = talk(lab.router, """
stay = []
for turn in range(8):
    try:
        link = socket.create_connection((HOST, 80), 2)
        link.sendall(b"GET /mqtt HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                     b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n"
                     b"Sec-WebSocket-Protocol: mqtt\\r\\n\\r\\n")
        stay.append(link)
    except OSError:
        pass
print("held", flush=True)
time.sleep(60)
""")
    time.sleep(1)
    staged("held" in text_of(stay), text_of(stay))
    return on_broker(lab, "ws://localhost/mqtt")


@healthy()
def nginx_had_no_connections_left_an_hour_ago(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)
    log = web_server(lab, 1883, TO_1884 % "")
    with open(log, "a", encoding="utf-8") as file:
        file.write("2026/01/01 08:00:00 [alert] 812#812: 64 worker_connections are not enough\n")
    return on_broker(lab)


@healthy()
def a_memory_limit_that_is_not_reached(lab):
    configured(lab, "listener 1883", "allow_anonymous true", "persistence false", "memory_limit 40000000")
    time.sleep(0.5)
    return on_broker(lab)


# ---- two processes at one port ---------------------------------------------------------------------


@case("proxy-backends-differ")
def the_old_nginx_lives_on(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)
    web_server(lab, 1883, " server { listen 1883 reuseport; proxy_pass 127.0.0.1:1885; }")
    time.sleep(1.1)
    web_server(lab, 1883, TO_1884 % " reuseport")
    time.sleep(0.5)
    good = knocked(lab.phone, 30)
    staged(3 < good < 27, f"{good} of 30")
    return on_broker(lab)


@healthy()
def one_nginx_with_several_workers(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)
    log = web_server(lab, 1883, TO_1884 % " reuseport")
    staged(log, "no log")
    return on_broker(lab)


@healthy()
def one_haproxy_with_several_sockets(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)
    balancer(lab, "listen mqtt\n  bind :1883\n  bind :1883\n  server broker 127.0.0.1:1884")
    return on_broker(lab)


# ---- forwards to the loopback address --------------------------------------------------------------


@case("tcp-port-forward-wrong")
def iptables_forwards_the_same_port_to_the_loopback_address(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None, ready=1883)
    lab.server.run("iptables", "-t", "nat", "-A", "PREROUTING", "-i", "e0", "-p", "tcp", "--dport", "1883", "-j", "DNAT",
                   "--to-destination", "127.0.0.1:1883")
    proved(lab.phone, not_=True)
    return on_broker(lab)


@healthy()
def a_forward_to_loopback_with_route_localnet(lab):
    mosquitto(lab.server, BEHIND, listener=None, ready=1884)
    lab.server.nat("iifname e0 tcp dport 1883 dnat to 127.0.0.1:1884")
    lab.server.set(ipv4__conf__e0__route_localnet=1)
    proved(lab.phone)
    return doctor(lab.phone, f"{SERVER}:1883")


# ---- rules that miss -------------------------------------------------------------------------------


GUARDED = """table inet filter {
 chain input { type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  %s
 }
}
"""


@case("tcp-timeout-host-firewall")
def the_rule_is_about_the_senders_port(lab):
    mosquitto(lab.server)
    ruleset(lab.server, GUARDED % "tcp sport 1883 accept")
    proved(lab.phone, not_=True)
    return on_broker(lab)


@case("tcp-timeout-host-firewall")
def iptables_lets_udp_in(lab):
    mosquitto(lab.server)
    for rule in ("-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
                 "-A INPUT -p udp -m udp --dport 1883 -j ACCEPT", "-P INPUT DROP"):
        lab.server.run("iptables", *rule.split())
    proved(lab.phone, not_=True)
    return on_broker(lab)


@healthy()
def both_udp_and_tcp_are_let_in(lab):
    mosquitto(lab.server)
    ruleset(lab.server, GUARDED % "udp dport 1883 accept\n  tcp dport 1883 accept")
    proved(lab.phone)
    return on_broker(lab)


@case("tcp-timeout-host-firewall")
def icmpv6_is_not_among_what_the_policy_lets_in(lab):
    mosquitto(lab.server)
    ruleset(lab.server, (GUARDED % "tcp dport 1883 accept").replace("{ icmp, ipv6-icmp }", "icmp"))
    for host, link in ((lab.router, "r1"), (lab.server, "e0")):
        sh("ip", "-n", host.name, "-6", "neigh", "flush", "dev", link)
    time.sleep(0.2)
    proved(lab.phone, at=SERVER6, not_=True)
    proved(lab.phone)
    return there(lab, "cannot-connect", to=f"[{SERVER6}]:1883")


@healthy()
def pings_alone_are_dropped(lab):
    mosquitto(lab.server)
    ruleset(lab.server, """table inet filter {
 chain input { type filter hook input priority 0; policy accept;
  icmpv6 type echo-request drop
 }
}
""")
    proved(lab.phone, at=SERVER6)
    return on_broker(lab)


# ---- names -----------------------------------------------------------------------------------------


@case("dns-server-not-asked")
def nsswitch_has_files_and_the_own_name_alone(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("nsswitch.conf", "passwd: files\nhosts: files myhostname\n")
    staged(not resolved(lab.phone, "broker.test"), "it is found")
    return doctor(lab.phone, "broker.test:1883")


@healthy()
def nsswitch_asks_the_name_server_last(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("nsswitch.conf", "hosts: files dns\n")
    return doctor(lab.phone, "broker.test:1883")


@healthy()
def there_is_no_nsswitch(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("nsswitch.conf", "passwd: files\n")
    return doctor(lab.phone, "broker.test:1883")


@case("dns-only-private-answers")
def the_name_has_the_address_inside_the_home(lab):
    sh("ip", "-n", lab.router.name, "route", "add", "blackhole", "192.168.0.0/16")
    dnsmasq(lab.router, "host-record=home.test,192.168.77.5")
    return doctor(lab.phone, "home.test:1883")


# ---- certificates as users -------------------------------------------------------------------------


def by_certificate(lab, setting, acl, *words):
    etc(lab, "mosquitto/acl", acl)
    configured(lab, "user root", *tls_lines(), f"cafile {ca()}", "require_certificate true", f"{setting} true",
               "acl_file /etc/mosquitto/acl")
    time.sleep(0.5)
    return there(lab, "nothing-arrives", "-t", "home/door", *certificates.with_client("client"), *words, to=SECURE)


@case("auth-acl-read-denied-silently", alike=("auth-acl-publish-swallowed",))
def the_rule_has_the_whole_subject_and_the_user_is_its_name(lab):
    return by_certificate(lab, "use_identity_as_username", "user CN=phone\ntopic readwrite home/#\n")


@case("auth-acl-read-denied-silently", alike=("auth-acl-publish-swallowed",))
def the_rule_has_the_subject_in_another_writing(lab):
    return by_certificate(lab, "use_subject_as_username", "user /CN=phone\ntopic readwrite home/#\n")


@case("auth-acl-read-denied-silently", alike=("auth-acl-publish-swallowed",))
def the_rule_has_the_name_that_the_app_sends(lab):
    return by_certificate(lab, "use_identity_as_username", "user alice\ntopic readwrite home/#\n", "-u", "alice")


# ---- packets ---------------------------------------------------------------------------------------


@case("mqtt-malformed-client")
def the_user_name_is_in_latin_1(lab):
    mosquitto(lab.server)
    return refused_each_time(lab, """    body = text("MQTT") + bytes([4, 0x82, 0, 60]) + text("app") + bytes([0, 6]) + b"J\\xfcrgen"
    one.send(0x10, body)""")


@case("mqtt-malformed-client")
def a_will_of_mqtt_5_without_a_topic(lab):
    mosquitto(lab.server)
    return refused_each_time(lab, """    body = text("MQTT") + bytes([5, 6, 0, 60, 0]) + text("app") + bytes([0]) + text("") + text("offline")
    one.send(0x10, body)""")


@case("ws-refused-by-server")
def a_token_in_the_path_is_longer_than_the_headers_may_be(lab):
    websocket_broker(lab.server)

    def act():
        app = talk(lab.phone, UPGRADES + """
for turn in range(4):
    told = upgrade(9001, "Authorization: Bearer " + "x" * 5000)
    assert b" 101 " not in told, told
    time.sleep(0.3)
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "cannot-connect", act, port=9001)
