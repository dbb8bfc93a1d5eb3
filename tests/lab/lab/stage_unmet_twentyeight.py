"""Never met, the twenty-eighth batch: mechanisms that an operator of brokers on rented Linux machines would list from
memory, fifty-five with their healthy twins, written down before the first was staged, by place. Those that an earlier
batch had staged (-) were dropped, two untried (x), and then the rarest of the places that had most (o), until forty
were left.
Written down with its right answers by somebody who had neither read the doctor's code nor asked it.

name      the resolver strips private addresses (rebinding)    the stub at 127.0.0.53 is not running
          nsswitch.conf without dns                            the name has the address inside the cloud
          - one of two A records is a machine given back
path      the rule is for UDP             iptables-legacy beside nft (and harmless)    no default route after a change
          all of ICMPv6 is dropped        DNAT to loopback without route_localnet      ip_forward switched off
          output drops, established forgotten (and not forgotten)                      x the table of conntrack is full
socket    bound to the elastic address    the old haproxy lives on beside the new      a port below 1024 as a user
          o published as UDP              - a bind that came before the network
proxy     haproxy's maxconn (and not reached)       auth_basic before the WebSocket    http is redirected to https
          worker_connections                        o nginx limit_conn                 o haproxy verifies the broker
          o nginx leads to a unix socket that is gone                                  o the map of SNI has no entry
TLS       Let's Encrypt's staging         no curve in common    the subject is the user    by IPv6 (healthy)
          - an authority that ran out     - an intermediate as authority
web       cookies larger than the headers may be                a foreign Origin
MQTT      a will without a topic          one byte of length    an identifier of raw bytes    o hexadecimal as text
login     mosquitto_passwd -c, twice      a disabled client of dynamic security               - never hashed
rights    a remark behind a rule          the will is not allowed         x check_retain_source
delivery  a prefix without its slash      No Local      two identifiers of other case (healthy)
          - two slashes                   - a line feed in the topic
limits    memory_limit
app       packet identifier 0             sizeof() takes the zero along
"""
import json
import os
import pathlib
import subprocess
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, proved, reported, until
from .services import dnsmasq, etc, mosquitto, password_file, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_eighteen import sent
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import behind, captured, issued
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import SECURE, configured
from .stage_unmet_twentythree import dynamic
from .stage_unmet_twentytwo import seen, talk

MEMORY = "an operator's memory: "
DROP = r"drop|discard|block|reject|refus|swallow|throw|filter"
NOT_IN = r"\bnot\b|\bno\b|never|missing|absent|lacks?|without|only|alone|gone"


def there(lab, word, *more, to="localhost"):
    return doctor(lab.server, to, "--on-broker", "--symptom", word, *more)


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def together(lab, *answers, words=()):
    """What was seen in several places, laid beside one another somewhere else."""
    paths = []
    for number, answer in enumerate(answers):
        paths.append(lab.file(f"place{number}.json", json.dumps(answer.report)))
    return explain(*paths, *words)


def ruleset(host, text):
    host.run("nft", "-f", "-", input=text)


def resolved(host, name):
    """What programs of that host get for a name."""
    return subprocess.run(host.command("timeout", "8", "getent", "ahostsv4", name), capture_output=True,
                          text=True).stdout


def packets(host, word):
    """The packets that a rule with a counter and this word has seen."""
    for line in host.run("nft", "list", "ruleset").splitlines():
        if word in line and "packets" in line:
            return int(line.split("packets ")[1].split()[0])
    raise RuntimeError(f"not staged: no counter for {word}")


def container(lab, address="172.17.0.2"):
    """A container on docker's bridge, with a broker that answers at 1883 there."""
    name = f"{lab.server.name}c"
    made = lab._host(name)
    sh("ip", "netns", "add", name)
    server = lab.server.name
    for line in (("link", "add", "docker0", "type", "bridge"), ("address", "add", "172.17.0.1/16", "dev", "docker0"),
                 ("link", "set", "docker0", "up"),
                 ("link", "add", "veth7d1c", "type", "veth", "peer", "name", "eth0", "netns", name),
                 ("link", "set", "veth7d1c", "master", "docker0"), ("link", "set", "veth7d1c", "up")):
        sh("ip", "-n", server, *line)
    for line in (("link", "set", "lo", "up"), ("address", "add", f"{address}/16", "dev", "eth0"),
                 ("link", "set", "eth0", "up"), ("route", "add", "default", "via", "172.17.0.1")):
        sh("ip", "-n", name, *line)
    mosquitto(made, name="container.conf")
    lab.server.set(ipv4__ip_forward=1)
    return made


# ---- name and address ------------------------------------------------------------------------------


@reported(MEMORY + "the home router's name server strips private addresses", r"rebind|"
          r"(private|internal|RFC ?1918).{0,120}(address|answer)", r"10\.77\.1\.1|name server|resolver|router|dnsmasq|DNS",
          unsaid=r"record is missing|does not exist anywhere")
def the_resolver_strips_private_addresses(lab):
    """True: dnsmasq of the home router has stop-dns-rebind, and the name's address is a private one, so it gives none;
    the server's own name server gives 10.77.2.2. An expert, who reads both reports: protection against DNS rebinding at
    10.77.1.1; except the domain (rebind-domain-ok)."""
    dnsmasq(lab.server, f"host-record=broker.test,{SERVER}", address=SERVER)
    lab.server.file("resolv.conf", f"nameserver {SERVER}\n")
    path = lab.file("home.conf", "no-daemon\nno-resolv\nno-hosts\nbind-interfaces\nuser=root\ngroup=root\n"
                    f"listen-address={ROUTER_PHONE}\nserver=/test/{SERVER}\nstop-dns-rebind\n")
    home = lab.router.start("dnsmasq", "-C", path, "--pid-file=")
    time.sleep(0.5)
    mosquitto(lab.server)
    staged(SERVER in resolved(lab.server, "broker.test"), "the server does not find itself")
    staged(not resolved(lab.phone, "broker.test") and count("DNS-rebind", home), text_of(home))
    return together(lab, on_broker(lab, "broker.test:1883"), doctor(lab.phone, "broker.test:1883"))


@reported(MEMORY + "systemd-resolved is not running", r"127\.0\.0\.53",
          r"resolved|stub|nobody|nothing|no (program|one|name server)|not (run|answer|listen)|refus|does ?n.t (run|answer)")
def the_stub_resolver_is_not_running(lab):
    """True: resolv.conf says 127.0.0.53, which is systemd-resolved's stub, and that is not running. An expert: nothing
    answers at 127.0.0.53:53; start systemd-resolved or name another name server."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    staged(SERVER in resolved(lab.phone, "broker.test"), "the name is not there")
    lab.phone.file("resolv.conf", "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n")
    staged(not resolved(lab.phone, "broker.test"), "it is found")
    return doctor(lab.phone, "broker.test:1883")


@reported(MEMORY + "nsswitch.conf lost its dns", r"nsswitch", r"\bdns\b")
def nsswitch_does_not_ask_the_name_server(lab):
    """True: /etc/nsswitch.conf says `hosts: files`, so no program asks the name server, which knows the name. An
    expert: the name server answers with 10.77.2.2 and yet getaddrinfo finds nothing; put dns back behind files."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    staged(SERVER in resolved(lab.phone, "broker.test"), "the name is not there")
    lab.phone.file("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
    staged(not resolved(lab.phone, "broker.test"), "it is found")
    return doctor(lab.phone, "broker.test:1883")


@reported(MEMORY + "the name was given the address that the machine sees itself", r"172\.31\.20\.5",
          r"private|internal|inside|not (be )?(routed|reach)|RFC ?1918|\bVPC\b|public|own network|local network")
def the_name_has_the_address_inside_the_cloud(lab):
    """True: the record holds 172.31.20.5, which the machine has inside its cloud; from outside only its public address
    leads there. An expert: a private address, which nobody reaches from another network; put the public one into the
    record."""
    sh("ip", "-n", lab.server.name, "address", "add", "172.31.20.5/20", "dev", "e0")
    sh("ip", "-n", lab.router.name, "route", "add", "blackhole", "172.16.0.0/12")
    dnsmasq(lab.router, "host-record=broker.test,172.31.20.5")
    mosquitto(lab.server)
    proved(lab.server, at="172.31.20.5")
    proved(lab.phone)
    proved(lab.phone, at="broker.test", not_=True)
    return doctor(lab.phone, "broker.test:1883")


# ---- path and firewall -----------------------------------------------------------------------------


@reported(MEMORY + "the port was opened for UDP", r"\budp\b", r"\btcp\b", r"\b1883\b")
def the_port_was_opened_for_udp(lab):
    """True: the policy drops, and the rule for 1883 says udp. An expert, on the broker's machine: MQTT is TCP; make it
    tcp dport 1883 accept."""
    mosquitto(lab.server)
    proved(lab.phone)
    ruleset(lab.server, """table inet filter {
 chain input { type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport 22 accept
  udp dport 1883 accept comment "mqtt"
 }
}
""")
    proved(lab.phone, not_=True)
    return on_broker(lab)


LEGACY = ("iptables-legacy", "-w")


@reported(MEMORY + "rules in iptables-legacy that nft does not show", r"legacy|iptables", r"\b1883\b", DROP)
def iptables_legacy_drops_what_nft_accepts(lab):
    """True: nft's own ruleset accepts 1883, and an old script's rule in iptables-legacy, which `nft list ruleset` does
    not show, drops it. An expert: both are asked; iptables-legacy -S has the drop; delete it there."""
    mosquitto(lab.server)
    ruleset(lab.server, """table inet filter {
 chain input { type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport { 22, 1883 } accept
 }
}
""")
    proved(lab.phone)
    for words in (("-p", "tcp", "--dport", "22", "-j", "ACCEPT"), ("-p", "tcp", "--dport", "1883", "-j", "DROP")):
        lab.server.run(*LEGACY, "-A", "INPUT", *words)
    proved(lab.phone, not_=True)
    staged("legacy" not in lab.server.run("nft", "list", "ruleset") and
           "1883 -j DROP" in lab.server.run("iptables-legacy", "-S"), "where is the rule?")
    return on_broker(lab)


@reported(MEMORY + "rules in iptables-legacy for somebody else", HEALTHY)
def iptables_legacy_drops_a_stranger(lab):
    """True: the old table drops one stranger's address, which the phone has not; nothing is wrong."""
    mosquitto(lab.server)
    lab.server.run(*LEGACY, "-A", "INPUT", "-s", "203.0.113.77/32", "-j", "DROP")
    lab.server.run(*LEGACY, "-A", "INPUT", "-p", "tcp", "--dport", "1883", "-j", "ACCEPT")
    proved(lab.phone)
    return doctor(lab.phone, AT)


@reported(MEMORY + "no default route after a change of the network's settings", r"default|gateway|0\.0\.0\.0/0",
          r"route|gateway|\bway\b", r"\bno\b|missing|lost|without|lacks?|unreachable|not have|has none")
def the_server_has_no_default_route(lab):
    """True: the server's IPv4 default route is gone, so it can answer nobody outside its own network. An expert, on the
    broker's machine: no default route; add it, default via 10.77.2.1."""
    mosquitto(lab.server)
    proved(lab.phone)
    sh("ip", "-n", lab.server.name, "route", "del", "default")
    proved(lab.phone, not_=True)
    proved(lab.router, at=SERVER)
    return on_broker(lab)


@reported(MEMORY + "somebody switched ICMPv6 off", r"icmpv6|ipv6-icmp|ICMP for IPv6|neighbou?r (discovery|solicit)",
          DROP + r"|accept|\blet\b|allow|forbid")
def all_of_icmpv6_is_dropped(lab):
    """True: the server drops ICMPv6, and with it the neighbour discovery, so that the router never finds its address;
    IPv4 works. An expert, on the broker's machine: accept ICMPv6 (nd-neighbor-solicit and the like)."""
    mosquitto(lab.server)
    proved(lab.phone, at=SERVER6)
    ruleset(lab.server, """table inet filter {
 chain input { type filter hook input priority 0; policy accept;
  ct state established,related accept
  meta l4proto ipv6-icmp counter drop comment "no pings"
 }
}
""")
    sh("ip", "-n", lab.router.name, "-6", "neigh", "flush", "dev", "r1")
    sh("ip", "-n", lab.server.name, "-6", "neigh", "flush", "dev", "e0")
    time.sleep(0.2)
    proved(lab.phone, at=SERVER6, not_=True)
    proved(lab.phone)
    staged(packets(lab.server, "no pings") > 0, "nothing was dropped")
    return together(lab, on_broker(lab), doctor(lab.phone, f"[{SERVER6}]:1883"))


@reported(MEMORY + "a forward to the machine's own loopback address", r"route_localnet")
def a_forward_to_loopback_without_route_localnet(lab):
    """True: DNAT leads 1883 to 127.0.0.1:1884, where the broker listens, and the kernel throws away what comes from
    outside for 127.0.0.0/8 while route_localnet is 0. An expert, on the broker's machine: sysctl
    net.ipv4.conf.e0.route_localnet=1, or use redirect, or let the broker listen outside."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    lab.server.nat("iifname e0 tcp dport 1883 dnat to 127.0.0.1:1884")
    proved(lab.server, "-p", "1884", at="127.0.0.1")
    proved(lab.phone, not_=True)
    lab.server.set(ipv4__conf__e0__route_localnet=1)
    proved(lab.phone)
    lab.server.set(ipv4__conf__e0__route_localnet=0)
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported(MEMORY + "a hardening script switched forwarding off", r"ip_forward|forwarding (is|was)? ?(switched |turned )?"
          r"(off|disabled)|does not forward|forward(s|ing)? (no|nothing|is 0)")
def ip_forward_was_switched_off(lab):
    """True: 1883 is handed to a container (DNAT to 172.17.0.2) and net.ipv4.ip_forward is 0, so nothing gets there. An
    expert, on the broker's machine: sysctl net.ipv4.ip_forward=1."""
    container(lab)
    lab.server.nat("iifname e0 tcp dport 1883 dnat to 172.17.0.2:1883")
    proved(lab.phone)
    lab.server.set(ipv4__ip_forward=0)
    proved(lab.phone, not_=True)
    proved(lab.server, at="172.17.0.2")
    return on_broker(lab)


OUTPUT = """table inet filter {
 chain input { type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport { 22, 1883 } accept
 }
 chain output { type filter hook output priority 0; policy drop;
  oif lo accept
  meta l4proto { icmp, ipv6-icmp } accept
  %s
  udp dport { 53, 123 } accept
  tcp dport { 53, 80, 443 } accept
 }
}
"""


@reported(MEMORY + "the output chain forgot the answers", r"output|outgoing|\bout\b|leav|sends?\b|answers?",
          r"policy|" + DROP, r"established|related|answers?|replies|sport|source port")
def the_output_chain_forgot_the_answers(lab):
    """True: input lets 1883 in; output's policy drops all but look-ups and web pages, the broker's answers with it. An
    expert, on the broker's machine: ct state established,related accept in the output chain."""
    mosquitto(lab.server)
    proved(lab.phone)
    ruleset(lab.server, OUTPUT % "")
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported(MEMORY + "the output chain knows the answers", HEALTHY)
def the_output_chain_knows_the_answers(lab):
    """True: as before, with the line for established connections; nothing is wrong."""
    mosquitto(lab.server)
    ruleset(lab.server, OUTPUT % "ct state established,related accept")
    proved(lab.phone)
    return doctor(lab.phone, AT)


# ---- the listening socket --------------------------------------------------------------------------


@reported(MEMORY + "bound to the elastic address", r"54\.93\.112\.7",
          r"(not|no|none|isn't|never).{0,100}(address|interface|machine|own|card)|assign|does not have|\bNAT\b|private|"
          r"elastic")
def bound_to_the_elastic_address(lab):
    """True: the listener is bound to the public address of the cloud, which the machine itself does not have (the cloud
    translates it), so mosquitto ends: Cannot assign requested address. An expert, on the broker's machine: say listener
    1883 without an address, or the machine's own."""
    log = configured(lab, "listener 1883 54.93.112.7", "allow_anonymous true")
    until("annot assign requested address", log)
    proved(lab.phone, not_=True)
    return on_broker(lab)


BALANCER = """global
  maxconn 200
defaults
  mode tcp
  retries 0
  timeout connect 2s
  timeout client 1h
  timeout server 1h
%s
"""


def balancer(lab, text, ready=1883):
    etc(lab, "haproxy/haproxy.cfg", BALANCER % text)
    return lab.server.serve("haproxy", "haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", ready=ready)


KNOCK = f"""import socket, sys
good = 0
for turn in range(int(sys.argv[1])):
    link = socket.create_connection(('{SERVER}', 1883), 3)
    link.settimeout(3)
    link.sendall(bytes.fromhex('100d00044d515454040200000001') +
                 bytes([97 + turn % 26]))
    try:
        good += link.recv(4) == bytes.fromhex('20020000')
    except OSError:
        pass
    link.close()
print(good)
"""


def knocked(host, turns):
    """How many of so many connections were answered as by a broker."""
    return int(host.run(sys.executable, "-c", KNOCK, turns))


@reported(MEMORY + "the haproxy of before the change lives on", r"haproxy",
          r"(\btwo\b|both|second|another|\bold(er)?\b|more than one|several|earlier|previous|first|\b2\b).{0,60}"
          r"(haproxy|process|instance|program)|(haproxy|process).{0,60}(twice|\btwo\b|both|\bold(er)?\b|share)")
def the_old_haproxy_lives_on(lab):
    """True: two haproxies listen at 1883 (SO_REUSEPORT): the old one, which was never ended, still leads to 1885, where
    nobody is, and gets every other connection. An expert, on the broker's machine: end the old process; the file is
    right."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    balancer(lab, "listen mqtt\n  bind :1883\n  server broker 127.0.0.1:1885")
    proved(lab.phone, not_=True)
    time.sleep(1)
    balancer(lab, "listen mqtt\n  bind :1883\n  server broker 127.0.0.1:1884")
    time.sleep(0.5)
    good = knocked(lab.phone, 30)
    staged(3 < good < 27, f"{good} of 30")
    return on_broker(lab)


@reported(MEMORY + "a port below 1024 for a service with User=mosquitto", r"\b443\b",
          r"1024|privileg|CAP_NET_BIND|AmbientCapabilities|setcap|(not|only|without) .{0,20}root|ip_unprivileged")
def a_port_below_1024_as_a_user(lab):
    """True: mosquitto is started as the user mosquitto and is to listen at 443, which only root may: Permission denied,
    and it ends. An expert, on the broker's machine: give it CAP_NET_BIND_SERVICE, or let a proxy have 443."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf", f"log_dest file {log}\nlog_type all\nlistener 443\nallow_anonymous true\n")
    process = lab.server.serve("mosquitto", "setpriv", "--reuid", "mosquitto", "--regid", "mosquitto", "--clear-groups",
                               "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    staged(process.wait(5) != 0, "it runs")
    until("ermission denied", log)
    return on_broker(lab, "localhost:443")


# ---- proxies ---------------------------------------------------------------------------------------


LIMITED = "frontend mqtt\n  bind :1883\n  maxconn %d\n  default_backend brokers\nbackend brokers\n" \
          "  server broker 127.0.0.1:1884"


def held(lab, many, *words):
    """So many clients that stay."""
    for number in range(many):
        process = lab.router.start("stdbuf", "-oL", "mosquitto_sub", "-d", "-h", SERVER, "-i", f"meter-{number}", "-t",
                                   "meter/cmnd", *words)
        until("SUBACK", process.log)


@reported(MEMORY + "haproxy's maxconn is reached", r"maxconn", r"haproxy")
def haproxys_maxconn_is_reached(lab):
    """True: the frontend's maxconn is 2 and two meters hold it; who comes next waits in the kernel's queue for ever. An
    expert, on the broker's machine: raise maxconn in haproxy.cfg; the broker itself is well."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    balancer(lab, LIMITED % 2)
    held(lab, 2)
    proved(lab.phone, not_=True)
    proved(lab.server, "-p", "1884", at="127.0.0.1")
    return on_broker(lab)


@reported(MEMORY + "haproxy's maxconn is not reached", HEALTHY)
def haproxys_maxconn_is_not_reached(lab):
    """True: the frontend takes three and one is there; nothing is wrong."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    balancer(lab, LIMITED % 3)
    held(lab, 1)
    proved(lab.phone)
    return doctor(lab.phone, AT)


def web_server(lab, ready, stream="", http="", connections=64):
    """nginx by /etc/nginx/nginx.conf, and the file of its errors."""
    folder = lab.file("nginx")
    os.makedirs(folder, exist_ok=True)
    etc(lab, "nginx/nginx.conf", f"""load_module /usr/lib/nginx/modules/ngx_stream_module.so;
user root;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
stream {{
{stream}
}}
http {{
 access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
 fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{http}
}}
""")
    lab.server.serve("nginx", "nginx", "-c", "/etc/nginx/nginx.conf", "-e", f"{folder}/error.log", "-g", "daemon off;",
                     ready=ready)
    return f"{folder}/error.log"


@reported(MEMORY + "nginx has no connections left", r"worker_connections", r"nginx")
def nginx_has_no_connections_left(lab):
    """True: worker_connections is 8, each client takes two, and three meters are connected; the next is hung up on. An
    expert, on the broker's machine: raise worker_connections; error.log says that they are not enough."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    log = web_server(lab, 1883, " server { listen 1883; proxy_pass 127.0.0.1:1884; proxy_timeout 1h; }", connections=8)
    for number in range(4):
        lab.router.start("mosquitto_sub", "-h", SERVER, "-i", f"meter-{number}", "-t", "meter/cmnd")
    time.sleep(0.7)
    proved(lab.phone, not_=True)
    until("worker_connections are not enough", log)
    proved(lab.server, "-p", "1884", at="127.0.0.1")
    return on_broker(lab)


WEB = """  proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1; proxy_read_timeout 1h;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_set_header Host $host;"""
ASKS = ("curl", "-s", "-i", "-m", "2", "-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H",
        "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "-H",
        "Sec-WebSocket-Protocol: mqtt")


def status(host, address, *words):
    """The first line that is answered to a browser's upgrade."""
    done = subprocess.run(host.command(*ASKS, *words, address), capture_output=True)
    return done.stdout.decode("latin-1").split("\r\n")[0]


@reported(MEMORY + "auth_basic of the site holds for the WebSocket too", r"\b401\b|auth_basic|basic auth",
          r"nginx|web ?server|proxy|HTTP", unsaid=r"broker (refuses|refused|does not know) (the|this) (user|password|login)")
def the_sites_password_stands_before_the_websocket(lab):
    """True: nginx asks for a password of its own (auth_basic) before it hands the WebSocket to the broker: 401; what is
    given is the broker's. An expert: it is HTTP's login, not MQTT's; auth_basic off in that location."""
    websocket_broker(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false")
    users = lab.file("htpasswd", "staff:{PLAIN}secret\n")
    web_server(lab, 80, http=f""" server {{ listen 80; auth_basic "staff only"; auth_basic_user_file {users};
 location /mqtt {{
{WEB}
 }} }}""")
    staged(" 401 " in status(lab.phone, f"http://{SERVER}/mqtt") and
           " 101 " in status(lab.phone, f"http://{SERVER}/mqtt", "-u", "staff:secret"), "no 401")
    return doctor(lab.phone, f"ws://{SERVER}/mqtt", *ALICE)


@reported(MEMORY + "http is redirected to https, ws with it", r"\b301\b|redirect", r"wss|https|\bTLS\b|443")
def ws_is_redirected_to_https(lab):
    """True: nginx answers whatever comes at 80 with 301 to https; a WebSocket client does not follow. An expert: use
    wss://broker.test, at 443."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    websocket_broker(lab.server)
    leaf = certificates.get("good")
    web_server(lab, 443, http=f""" server {{ listen 80; return 301 https://$host$request_uri; }}
 server {{ listen 443 ssl; ssl_certificate {leaf.chain}; ssl_certificate_key {leaf.key};
 location /mqtt {{
{WEB}
 }} }}""")
    staged(" 301 " in status(lab.phone, "http://broker.test/mqtt") and
           " 101 " in status(lab.phone, "https://broker.test/mqtt", "--http1.1", "--cacert", ca()), "no 301")
    return doctor(lab.phone, "ws://broker.test/mqtt")


# ---- TLS -------------------------------------------------------------------------------------------


CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


@reported(MEMORY + "certbot was run with --staging and stayed so", r"staging",
          r"let'?s ?encrypt|certbot|acme|not (be )?trusted|nobody trusts|trusts? no|--staging|\btest\b")
def the_certificate_is_of_lets_encrypts_staging(lab):
    """True: the certificate is of Let's Encrypt's staging environment, which nobody trusts. An expert: have it issued
    anew without --staging (--test-cert)."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    base = lab.file("root")
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.crt",
       "-days", 3000, "-subj", "/C=US/O=(STAGING) Internet Security Research Group/CN=(STAGING) Pretend Pear X1",
       "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    root = certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt")
    middle = issued(lab, "middle", "(STAGING) Wannabe Watercress R11/O=(STAGING) Let's Encrypt/C=US", CA, by=root,
                    days=900)
    leaf = issued(lab, "leaf", "broker.test", "subjectAltName=DNS:broker.test\nextendedKeyUsage=serverAuth\n", by=middle,
                  days=90)
    mosquitto(lab.server, *tls_lines(behind(lab, leaf, middle)), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", root.certificate, at="broker.test")
    proved(lab.phone, "-p", "8883", "--capath", "/etc/ssl/certs", at="broker.test", not_=True)
    return doctor(lab.phone, "mqtts://broker.test:8883")


@reported(MEMORY + "one curve for the broker and another for the device", r"curve|\bgroups?\b|P-?521|secp521r1|P-?256|"
          r"prime256v1|secp256r1|key.?(share|exchange)", r"common|agree|\bnone\b|\bno\b|\bonly\b|alone|share|does not|cannot|"
          r"neither|refus|handshake.failure")
def no_curve_in_common(lab):
    """True: the broker's machine allows secp521r1 alone (openssl.cnf: Groups), the device offers P-256 alone: handshake
    failure. An expert, from what the broker's machine recorded: the ClientHello offers secp256r1, the server answers
    with the alert; put P-256 into Groups."""
    conf = lab.file("openssl-p521.cnf", "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = defaults\n"
                    "[defaults]\nGroups = secp521r1\n")
    mosquitto(lab.server, *tls_lines(), ready=8883, env={"OPENSSL_CONF": conf})

    def shaken(groups):
        return sh(*lab.phone.command("sh", "-c", f"timeout 3 openssl s_client -connect {SERVER}:8883 -tls1_3 -groups "
                                     f"{groups} -CAfile {ca()} 2>&1 </dev/null"), check=False)
    told = shaken("P-521")
    staged("Verify return code: 0" in told, told)

    def act():
        for _ in range(3):
            staged("handshake failure" in shaken("P-256"), "it was taken")
            time.sleep(0.3)
    return seen(lab, "cannot-connect", act, port=8883)


@reported(MEMORY + "use_subject_as_username and a rule for the common name", r"subject|distinguished|\bDN\b", r"CN=phone",
          r"\bacl|rule|right|permi|user\b")
def the_subject_is_the_user_and_the_rule_has_its_name_alone(lab):
    """True: with use_subject_as_username the user is "CN=phone", and the access list's rule is for "phone", so it may
    do nothing. An expert, on the broker's machine: user CN=phone in the list, or use_identity_as_username."""
    etc(lab, "mosquitto/acl", "user phone\ntopic readwrite home/#\n")
    log = configured(lab, "user root", *tls_lines(), f"cafile {ca()}", "require_certificate true",
                     "use_subject_as_username true", "acl_file /etc/mosquitto/acl")
    until("running", log)
    words = certificates.with_client("client")
    heard = subscriber(lab.router, "panel", "-p", "8883", *words, "-t", "home/door")
    time.sleep(0.5)
    for _ in range(3):
        proved(lab.phone, "-p", "8883", *words, "-i", "phone-app", "-t", "home/door")
    text = pathlib.Path(log).read_text()
    staged("Denied PUBLISH from phone-app" in text and "u'CN=phone'" in text and not text_of(heard), text)
    return there(lab, "nothing-arrives", "-t", "home/door", *words, to=SECURE)


@reported(MEMORY + "a certificate with an IPv6 address", HEALTHY)
def by_its_ipv6_address_with_tls(lab):
    """True: the certificate names fd77:2::2, and by that address was asked; nothing is wrong."""
    mosquitto(lab.server, *tls_lines(), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at=SERVER6)
    return doctor(lab.phone, f"mqtts://[{SERVER6}]:8883", "--cafile", ca())


# ---- WebSocket -------------------------------------------------------------------------------------


UPGRADES = """
def upgrade(port, *lines):
    link = socket.create_connection((HOST, port))
    link.settimeout(2)
    link.sendall(("\\r\\n".join(("GET /mqtt HTTP/1.1", "Host: broker.test", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                 "Sec-WebSocket-Protocol: mqtt", *lines)) + "\\r\\n\\r\\n").encode())
    try:
        told = link.recv(4096)
    except OSError:
        told = b""
    link.close()
    return told
"""


@reported(MEMORY + "the site's cookies are larger than the broker takes headers", r"cookie|header",
          r"large|long|size|\bbig|bytes|kB|too (much|many)", slowest=20)
def the_cookies_are_larger_than_the_headers_may_be(lab):
    """True: the browser sends 6 kB of the site's cookies with the upgrade, and mosquitto hangs up on requests with more
    than 4 kB (websockets_headers_size); without cookies the same upgrade is taken. An expert, from what the broker's
    machine recorded: the Cookie header is too large."""
    websocket_broker(lab.server)

    def act():
        app = talk(lab.phone, UPGRADES + """
assert b" 101 " in upgrade(9001, "User-Agent: mqttjs")
for turn in range(4):
    told = upgrade(9001, "Origin: https://app.example.com", "Cookie: session=" + "x" * 2900 + "; consent=" + "y" * 3100)
    assert b" 101 " not in told, told
    time.sleep(0.3)
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "cannot-connect", act, port=9001)


@reported(MEMORY + "the proxy takes pages of one origin alone", r"origin", r"\b403\b|refus|forbid|allow|reject|only")
def the_page_comes_from_another_origin(lab):
    """True: nginx answers 403 to whoever's Origin is not https://app.example.com; the page is tried at
    http://localhost:5173. An expert, from what the server recorded: same request, another Origin, 101; allow that
    origin in nginx."""
    websocket_broker(lab.server)
    web_server(lab, 80, http=f""" server {{ listen 80; location /mqtt {{
  if ($http_origin !~ "^(https://app\\.example\\.com)?$") {{ return 403; }}
{WEB}
 }} }}""")

    def act():
        app = talk(lab.phone, UPGRADES + """
for turn in range(3):
    assert b" 101 " in upgrade(80, "Origin: https://app.example.com")
    time.sleep(0.3)
    assert b" 403 " in upgrade(80, "Origin: http://localhost:5173")
    time.sleep(0.3)
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "cannot-connect", act, port=80)


# ---- the handshake of MQTT -------------------------------------------------------------------------


def refused_each_time(lab, code, word="cannot-connect"):
    """What the broker's machine records of a client whose every connection ends."""
    def act():
        app = talk(lab.phone, f"""
for turn in range(4):
    one = Talk(HOST)
{code}
    one.wait(0.6)
    assert b"\\x20\\x02\\0\\0" not in one.heard and not lives(one), one.heard
    time.sleep(0.3)
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, word, act)


@reported(MEMORY + "the field for the will's topic was left empty", r"\bwill\b", r"topic",
          r"empty|without|\bno\b|zero|missing|blank|lacks?|length 0")
def a_will_without_a_topic(lab):
    """True: the app's last will is on and its topic was left empty: the broker hangs up on the CONNECT. An expert, from
    what the broker's machine recorded: the will's topic has no letter; fill it in, or switch the will off."""
    mosquitto(lab.server)
    proved(lab.phone)
    return refused_each_time(lab, '    one.connect("phone-app", will=("", "offline", 1))')


@reported(MEMORY + "a sketch of one's own writes the length into one byte", r"length",
          r"\b127\b|\b128\b|(two|second|one|single|more) bytes?|continu|encod|\b7 bits|high(est)? bit|top bit|does not "
          r"(fit|match|agree)|varia")
def the_length_stands_in_one_byte(lab):
    """True: the sketch writes the remaining length, 150, as one byte 0x96, whose top bit says that another follows; so
    the broker reads 22 and hangs up. An expert, from what the broker's machine recorded: above 127 the length takes two
    bytes (96 01)."""
    mosquitto(lab.server)
    proved(lab.phone)
    return refused_each_time(lab, """    body = (text("MQTT") + bytes([4, 0xC2, 0, 60]) + text("sim800-867856030012345") +
            text("device/867856030012345"))
    body += text("k" * (148 - len(body)))
    assert len(body) == 150
    one.raw(bytes([0x10, len(body)]) + body)""")


@reported(MEMORY + "the identifier is made of the raw bytes of the MAC address", r"client.?id|identifier",
          r"UTF-?8|raw bytes|not (valid|proper) text|no (valid )?text|binary|character")
def the_identifier_is_of_raw_bytes(lab):
    """True: the sketch appends the six bytes of its MAC address as they are, which is no UTF-8, and the broker hangs up.
    An expert, from what the broker's machine recorded: the identifier is no UTF-8; write the bytes as hexadecimal
    digits."""
    mosquitto(lab.server)
    proved(lab.phone)
    return refused_each_time(lab, """    name = b"ESP-" + bytes.fromhex("a4cf12f09be1")
    one.send(0x10, text("MQTT") + bytes([4, 2, 0, 60]) + bytes([0, len(name)]) + name)""")


# ---- login -----------------------------------------------------------------------------------------


@reported(MEMORY + "mosquitto_passwd -c for the second user", r"alice",
          r"passwd|password.?file|file (of|with) (the )?(users|passwords)",
          r"alice.{0,80}(\bnot?\b|n't|missing|absent|unknown|gone|nowhere).{0,60}|only.{0,30}\bbob\b|passwd -c|"
          r"(\bno\b|without|lacks?|misses|not? (have|hold|contain|know|list|name)\w*|n't (have|hold|contain|know|list))"
          r".{0,60}(alice|(such|that|this) (user|name))",
          unsaid=r"hash(es)? (is|are) (broken|wrong)|password (of alice )?is wrong")
def the_second_user_replaced_the_first(lab):
    """True: mosquitto_passwd -c makes the file anew, so that bob is in it and alice no longer. An expert, on the broker's
    machine: /etc/mosquitto/passwd has no alice; add her without -c."""
    path = etc(lab, "mosquitto/passwd", "")
    for number, (user, secret) in enumerate((("alice", "alice-pw"), ("bob", "bob-pw"))):
        sh("mosquitto_passwd", "-b", "-c", path, user, secret)
    os.chmod(path, 0o644)
    log = configured(lab, "listener 1883", "allow_anonymous false", "password_file /etc/mosquitto/passwd")
    until("running", log)
    proved(lab.phone, "-u", "bob", "-P", "bob-pw")
    proved(lab.phone, *ALICE, not_=True)
    return on_broker(lab, "localhost", *ALICE)


@reported(MEMORY + "a client of dynamic security was disabled", r"disabled|enableClient|switched off|not enabled", r"alice",
          unsaid=r"wrong password")
def a_client_of_dynamic_security_is_disabled(lab):
    """True: dynamic-security.json has alice with "disabled": true, so she is refused with the right password. An expert,
    on the broker's machine: mosquitto_ctrl dynsec enableClient alice."""
    dynamic(lab, {"alice": {"disabled": True}, "bob": {}})
    proved(lab.phone, "-u", "bob", "-P", "pw")
    proved(lab.phone, "-u", "alice", "-P", "pw", not_=True)
    return on_broker(lab, "localhost", "-u", "alice", "-P", "pw")


# ---- permissions -----------------------------------------------------------------------------------


@reported(MEMORY + "a remark behind a rule of the access list", r"acl", r"remark|comment|the front door|same line|"
          r"rest of the line", r"alice|home/door|line")
def a_remark_behind_a_rule(lab):
    """True: the list says `topic readwrite home/door (the front door)`, and all of that is the topic for mosquitto, so
    alice may not use home/door. An expert, on the broker's machine: put the remark on a line of its own, behind #."""
    etc(lab, "mosquitto/acl", "user alice\ntopic readwrite home/door   (the front door)\ntopic read home/lamp\n")
    users = etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "listener 1883", "allow_anonymous false", f"password_file /etc/mosquitto/{users.name}",
                     "acl_file /etc/mosquitto/acl")
    until("running", log)
    heard = subscriber(lab.router, "panel", *ALICE, "-t", "home/door")
    time.sleep(0.5)
    for _ in range(3):
        sent(lab, "home/door", *ALICE, "-i", "phone-app", "-m", "open")
    text = pathlib.Path(log).read_text()
    staged("Denied PUBLISH from phone-app" in text and not text_of(heard), text)
    return there(lab, "nothing-arrives", "-t", "home/door", *ALICE)


@reported(MEMORY + "the will is for a topic that its user may not write", r"acl|right|permi|allow|authori|rule|write",
          r"status", r"alice", unsaid=r"(password|user name) is wrong|wrong (password|user)")
def the_will_is_not_allowed(lab):
    """True: the plug's will is for status/plug-1, where alice may not write, so that nobody is told when it is gone; no
    log says so. An expert, on the broker's machine, asked about that topic and alice: /etc/mosquitto/acl gives her
    home/# alone; let her write status/#."""
    users = lab.file("passwd", "alice:alice-pw\nboss:boss-pw\n")
    sh("mosquitto_passwd", "-U", users)
    etc(lab, "mosquitto/passwd", pathlib.Path(users).read_text())
    etc(lab, "mosquitto/acl", "user alice\ntopic readwrite home/#\n\nuser boss\ntopic readwrite #\n")
    log = configured(lab, "listener 1883", "allow_anonymous false", "password_file /etc/mosquitto/passwd",
                     "acl_file /etc/mosquitto/acl")
    until("running", log)
    heard = subscriber(lab.router, "panel", "-u", "boss", "-P", "boss-pw", "-v", "-t", "status/#", "-t", "home/#")
    time.sleep(0.5)
    talk(lab.phone, """
for topic in ("status/plug-1", "home/plug-1"):
    one = Talk(HOST)
    one.send(0x10, text("MQTT") + bytes([4, 0xC6, 0, 60]) + text("plug-1") + text(topic) + text("offline") +
             text("alice") + text("alice-pw"))
    one.wait(0.4)
    assert bytes.fromhex("20020000") in one.heard, one.heard
    one.reset()
    time.sleep(0.4)
""", seconds=9)
    staged(text_of(heard) == "home/plug-1 offline\n", text_of(heard))
    return there(lab, "nothing-arrives", "-t", "status/plug-1", *ALICE)


# ---- delivery --------------------------------------------------------------------------------------


@reported(MEMORY + "the bridge's prefix lacks its slash", r"(?-i:site1home/door)", r"site1/home",
          r"slash|prefix|differ|match|not the same|(an)?other topic|fit|cover")
def the_bridges_prefix_lacks_its_slash(lab):
    """True: the bridge says `topic home/# out 0 "" site1` without the slash, so the messages come as site1home/door, and
    the app waits for site1/home/#. An expert, from what the central broker's machine recorded: the topics differ in a
    slash; the prefix must be site1/."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.phone, "dashboard", "-v", "-t", "site1/home/#")
        edge = mosquitto(lab.router, "connection site1", f"address {SERVER}:1883", "remote_clientid site1.bridge",
                         'topic home/# out 0 "" site1', "try_private false", "notifications false", name="edge.conf")
        until("Received CONNACK", edge.log)
        time.sleep(0.4)
        for turn in range(5):
            lab.router.run("mosquitto_pub", "-h", "127.0.0.1", "-i", "door", "-t", "home/door", "-m", str(turn))
            time.sleep(0.3)
        time.sleep(0.4)
        staged(not text_of(heard), text_of(heard))
        heard.terminate()
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from site1.bridge", process) == 5 and "site1home/door" in text_of(process),
           text_of(process))
    return answer


@reported(MEMORY + "the tester waits for his own messages with No Local on", r"no.?local|own (messages|publi)|"
          r"what (it|he) (itself|himself)? ?(publish|sen)", r"no.?local|option|subscri")
def it_asked_not_to_hear_itself(lab):
    """True: the app tests itself by MQTT 5: it publishes to the topic that it subscribed to with the option No Local, so
    the broker sends it none of its own. An expert, from what the broker's machine recorded: take No Local off, or
    publish from another client."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST, v5=True).connect("mqttx_3f0a77").subscribe("test/1", qos=4)
for turn in range(6):
    one.publish("test/1", '{"msg": "hello"}')
    one.wait(0.4)
one.goodbye()
""")
        staged(app.wait(12) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from mqttx", process) == 6 and not count("Sending PUBLISH to mqttx", process),
           text_of(process))
    return answer


@reported(MEMORY + "two devices whose identifiers differ in a capital letter alone", HEALTHY)
def two_identifiers_of_other_case(lab):
    """True: Sensor-1 and sensor-1 are two clients, as MQTT has it; both stay and publish, and the panel gets it all."""
    process = mosquitto(lab.server)

    def act():
        panel = talk(lab.router, 'one = Talk(HOST).connect("panel").subscribe("home/+/state")\none.wait(4)\none.goodbye()\n')
        time.sleep(0.5)
        both = [talk(lab.phone, f"""
one = Talk(HOST).connect("{name}")
for turn in range(5):
    one.publish("home/{room}/state", str(20 + turn))
    one.wait(0.4)
one.goodbye()
""") for name, room in (("Sensor-1", "hall"), ("sensor-1", "attic"))]
        staged(all(each.wait(9) == 0 for each in (*both, panel)), text_of(process))
    path = captured(lab, lab.server, act)
    staged(count("Sending PUBLISH to panel", process) == 10 and not count("already connected", process), text_of(process))
    return explain(path)


# ---- limits ----------------------------------------------------------------------------------------


@reported(MEMORY + "memory_limit is reached", r"memory_limit|(limit|restrict|allow|cap).{0,60}memory|memory.{0,60}limit",
          r"memory", unsaid=r"OOM killer")
def the_brokers_memory_limit_is_reached(lab):
    """True: mosquitto.conf has memory_limit, which retained messages have used up: who connects is hung up on with "Out
    of memory", though the machine has enough. An expert, on the broker's machine: raise memory_limit."""
    log = configured(lab, "listener 1883", "allow_anonymous true", "persistence false", "memory_limit 400000")
    until("running", log)
    proved(lab.phone)
    keeps = talk(lab.router, """
stay = []
def fill(name, size, many):
    try:
        one = Talk(HOST).connect(name, keep_alive=0)
        if bytes.fromhex("20020000") not in one.heard:
            return False
        stay.append(one)
        for number in range(many):
            one.publish("%s/%d" % (name, number), "x" * size, retain=1)
        one.wait(0.1)
        return lives(one)
    except OSError:
        return False
while fill("camera%d" % len(stay), 900, 150):
    pass
refused = 0
while refused < 4 and len(stay) < 60:
    refused = 0 if fill("meter%d" % len(stay), 5, 5) else refused + 1
print("full", len(stay), flush=True)
time.sleep(60)
""")
    end = time.monotonic() + 13
    while time.monotonic() < end and "full" not in text_of(keeps):
        time.sleep(0.1)
    staged("full" in text_of(keeps), text_of(keeps))
    proved(lab.phone, not_=True)
    staged("Out of memory" in pathlib.Path(log).read_text(errors="replace"), pathlib.Path(log).read_text()[-2000:])
    return on_broker(lab)


# ---- the app in traffic ----------------------------------------------------------------------------


@reported(MEMORY + "the packet identifier is 0", r"packet.?(id|number)|message.?(id|number)|identifier|\bnumber\b|\bid\b",
          r"\b0\b|zero", r"PUBLISH|QoS|messag")
def the_packet_identifier_is_zero(lab):
    """True: the sketch sends its PUBLISH of QoS 1 with the packet identifier 0, which MQTT forbids; the broker hangs up
    each time. An expert, from what the broker's machine recorded: identifiers begin with 1."""
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("meter-4")
    assert bytes.fromhex("20020000") in one.heard
    one.publish("meter/4/power", "231", qos=1, packet=0)
    one.wait(0.5)
    assert not lives(one)
    time.sleep(0.4)
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "drops", act)


@reported(MEMORY + "sizeof() takes the zero at the end of the string along", r"\bNUL\b|\bnull\b|U\+0000|\\+u?0+\b|zero|0x00",
          r"topic")
def sizeof_takes_the_zero_along(lab):
    """True: the length of the topic is sizeof() of a C string, so its last character is U+0000, which MQTT forbids; the
    broker hangs up on the PUBLISH. An expert, from what the broker's machine recorded: use strlen()."""
    mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("meter-4")
    assert bytes.fromhex("20020000") in one.heard
    one.publish("meter/4/power\\0", "231")
    one.wait(0.5)
    assert not lives(one)
    time.sleep(0.4)
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "drops", act)
