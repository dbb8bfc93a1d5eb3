"""Kin of seventeen set-ups that were new to the doctor, four or five of each: another mechanism, another language of
rules, another place, another direction.

Of the 86 that were written down before the doctor was asked 76 were named first, 2 second, 2 not at all, and 6 wrongly
for certain: a proxy that hands TLS on to a broker without it was "plain MQTT, switch TLS off", a mark given by one rule
and dropped by the next was "the provider's security group", and so was a server that lacks its gateway; an own address
that is not there (-A) was a lack of ports. One cure did not work: it took an address out of a set that holds address and
port. The others were staged when that was mended."""
import json
import os
import pathlib
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import PHONE, ROUTER_SERVER, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, proved, public, reported
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, stunnel, tls_lines
from .stage_delivery import AT, delivery
from .stage_listen import broker, listen
from .stage_permission import ALICE
from .stage_trained_own import with_notes
from .stage_vantage import office, ssh, together


def ruled(host, text):
    """Rules as nft reads them; it wants each closing brace of a block behind a line's end or a semicolon."""
    host.run("nft", "-f", "-", input=text.replace("; }", ";\n}").replace("} }", "}\n}"))


def chain(host, rules, policy="accept", sets=""):
    ruled(host, "table inet filter { %s\nchain input { type filter hook input priority 0; policy %s;\n"
                "ct state established,related accept\niif lo accept\ntcp dport 22 accept\n%s\n} }" % (sets, policy, rules))


def legacy(host, *rules):
    for rule in rules:
        host.run("iptables-legacy", *rule.split())


def both(lab, *words):
    """From the phone and on the broker's machine, together."""
    ssh(lab)
    return together(lab, phone=doctor(lab.phone, AT, *words), server=on_broker(lab, "localhost", *words))


# ---- an address is banned ---------------------------------------------------------------------------


@reported("kin: fail2ban by iptables-legacy", r"fail2ban-client (set \S+ )?unban", unsaid="flush")
def banned_by_fail2ban_in_legacy_tables(lab):
    mosquitto(lab.server)
    legacy(lab.server, "-N f2b-mosquitto", "-A INPUT -p tcp -m multiport --dports 1883,8883 -j f2b-mosquitto",
           f"-A f2b-mosquitto -s {PHONE}/32 -j DROP", "-A f2b-mosquitto -j RETURN")
    return both(lab)


@reported("kin: CrowdSec's bouncer", r"cscli decisions delete", unsaid="fail2ban-client")
def banned_by_crowdsec(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table ip crowdsec { set crowdsec-blacklists { type ipv4_addr; flags timeout; elements = { "
                      f"{PHONE} timeout 4h, 203.0.113.9 timeout 4h }}; }}\nchain crowdsec-chain {{ type filter hook input "
                      "priority -10; policy accept; ip saddr @crowdsec-blacklists drop; } }")
    return both(lab)


@reported("kin: a route to nowhere bans an address", PHONE.replace(".", r"\."), r"ip route del")
def banned_by_a_blackhole_route(lab):
    mosquitto(lab.server)
    lab.server.run("ip", "route", "add", "blackhole", PHONE)
    return both(lab)


@reported("kin: a map of addresses and ports", PHONE.replace(".", r"\."), unsaid="fail2ban-client|security group.*certain")
def banned_by_address_and_port_in_one_set(lab):
    mosquitto(lab.server)
    chain(lab.server, "ip saddr . tcp dport @banned drop",
          sets=f"set banned {{ type ipv4_addr . inet_service; elements = {{ {PHONE} . 1883 }}; }}")
    return both(lab)


@reported("kin: strangers of the internet are banned", HEALTHY)
def strangers_are_banned(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table inet f2b-table { set addr-set-sshd { type ipv4_addr; elements = { 203.0.113.9, 45.9.20.1 }; }\n"
                      "chain f2b-chain { type filter hook input priority -1; policy accept;\n"
                      "tcp dport 22 ip saddr @addr-set-sshd reject with icmp port-unreachable\n} }")
    return both(lab)


# ---- one name, several brokers ----------------------------------------------------------------------


def old_server(lab, *lines, v4=True, at="10.77.3.2"):
    """Another machine of the same name: its IPv6 address is fd77:3::2."""
    host = office(lab)
    sh("ip", "-n", host.name, "address", "add", "fd77:3::2/64", "dev", "e0", "nodad")
    sh("ip", "-n", lab.router.name, "address", "add", "fd77:3::1/64", "dev", "r2", "nodad")
    sh("ip", "-n", host.name, "-6", "route", "add", "default", "via", "fd77:3::1")
    if lines:
        mosquitto(host, *lines, name="old.conf")
    return host


def named(lab, *addresses):
    hosts = pathlib.Path("/etc/netns") / lab.phone.name / "hosts"
    hosts.write_text(hosts.read_text() + "".join(f"{address} broker.shop\n" for address in addresses))


def users(lab, name, **known):
    path = lab.file(name, "".join(f"{user}:{word}\n" for user, word in known.items()))
    sh("mosquitto_passwd", "-U", path)
    os.chmod(path, 0o644)
    return path


@reported("kin: the A record is the old server's", r"10\.77\.3\.2", r"record|server", unsaid="type user name")
def the_a_record_is_the_old_servers(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    old_server(lab, "allow_anonymous false", f"password_file {users(lab, 'old', alice='other')}")
    named(lab, SERVER6, "10.77.3.2")
    return doctor(lab.phone, "broker.shop:1883", *ALICE)


@reported("kin: the AAAA record leads to a web server", r"fd77:3::2", r"HTTP|web server|record")
def the_aaaa_record_leads_to_a_web_server(lab):
    mosquitto(lab.server)
    scripted(old_server(lab), 1883, "http", "400 Bad Request", "Server: nginx", ready=1883)
    named(lab, SERVER, "fd77:3::2")
    return doctor(lab.phone, "broker.shop:1883")


@reported("kin: the third of three addresses has an old certificate", r"10\.77\.3\.2|fd77:3::2", r"certificate|record")
def one_of_three_has_another_certificate(lab):
    mosquitto(lab.server, *tls_lines(certificates.get("good")), ready=8883)
    host = old_server(lab)
    mosquitto(host, *tls_lines(certificates.get("expired")), ready=8883, name="old.conf")
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}", f"address=/broker.test/{SERVER6}",
            "address=/broker.test/10.77.3.2")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported("kin: both refuse, so the password is wrong", r"password|login", unsaid=r"record")
def both_addresses_refuse_the_login(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    named(lab, SERVER, SERVER6)
    return doctor(lab.phone, "broker.shop:1883", "-u", "alice", "-P", "wrong")


# ---- no way back ------------------------------------------------------------------------------------


@reported("kin: a rule sends answers into a table of nothing", r"rule|table|route", unsaid="security group")
def policy_routing_swallows_the_answers(lab):
    mosquitto(lab.server)
    lab.server.run("ip", "rule", "add", "from", SERVER, "lookup", "100")
    lab.server.run("ip", "route", "add", "blackhole", "default", "table", "100")
    return both(lab)


@reported("kin: a bridge of containers claims the client's network", r"10\.77\.1\.|10\.77\.0\.", r"route|bridge|network|docker",
          unsaid="security group")
def a_bridge_claims_the_clients_network(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "-batch", "-", input="link add br-9f1 type bridge\naddress add 10.77.1.1/24 dev br-9f1\n"
       "link add d0 type veth peer name d1\nlink set d0 master br-9f1\nlink set d0 up\nlink set d1 up\nlink set br-9f1 up\n")
    return both(lab)


@reported("kin: the gateway is written wrong", r"gateway|10\.77\.2\.9", open_=True)
def the_gateway_is_nobody(lab):
    """No file says whether a neighbour answers: the provider's filter may be named, if the gateway is asked for beside it."""
    mosquitto(lab.server)
    ssh(lab)
    address = public(lab, "45.33.20.2")
    sh("ip", "-n", lab.server.name, "route", "replace", "default", "via", "10.77.2.9")
    return together(lab, phone=doctor(lab.phone, f"{address}:1883"), server=on_broker(lab, f"{address}:1883"))


@reported("kin: a network of its own needs no gateway", HEALTHY)
def a_private_network_without_gateway(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "route", "add", "10.77.1.0/24", "via", ROUTER_SERVER)
    sh("ip", "-n", lab.server.name, "route", "del", "default")
    proved(lab.phone)
    return together(lab, phone=doctor(lab.phone, AT), server=on_broker(lab, SERVER))


@reported("kin: IPv6 lost its gateway", r"IPv6|2a03|-6", r"route|gateway", unsaid="security group")
def no_way_back_by_ipv6(lab):
    mosquitto(lab.server)
    ssh(lab)
    address = "2a03:b0c0:20::2"
    sh("ip", "-n", lab.server.name, "address", "add", f"{address}/128", "dev", "lo")
    sh("ip", "-n", lab.router.name, "-6", "route", "add", f"{address}/128", "via", SERVER6)
    sh("ip", "-n", lab.server.name, "-6", "route", "del", "default")
    return together(lab, phone=doctor(lab.phone, f"[{address}]:1883"), server=on_broker(lab, f"[{address}]:1883"))


# ---- client identifiers -----------------------------------------------------------------------------


@reported("kin: a broker that says which identifier it does not like", r"identifier", unsaid="wrong password")
def the_identifier_is_refused_by_code_133(lab):
    scripted(lab.server, 1883, "broker", "id=shop-")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw", "-i", "lamp")


@reported("kin: the prefix stands in an included file", r"shop-", r"clientid_prefixes|begin|prefix")
def the_prefix_stands_in_an_included_file(lab):
    folder = pathlib.Path(lab.file("conf.d"))
    folder.mkdir()
    os.chmod(folder, 0o755)
    (folder / "ids.conf").write_text("clientid_prefixes shop-\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false", f"include_dir {folder}")
    return on_broker(lab, "localhost", *ALICE)


@reported("kin: an identifier with the prefix", HEALTHY)
def an_identifier_with_the_prefix(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false", "clientid_prefixes shop-")
    return on_broker(lab, "localhost", *ALICE, "-i", "shop-phone")


@reported("kin: a wrong password beside a prefix that fits", r"password", unsaid="identifier of its own|begin with")
def a_wrong_password_beside_a_prefix_that_fits(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false", "clientid_prefixes shop-")
    return on_broker(lab, "localhost", "-u", "alice", "-P", "wrong", "-i", "shop-phone")


@reported("kin: a wrong password and a wrong prefix", r"password|prefix|identifier")
def a_wrong_password_and_no_prefix(lab):
    """Both are to be told: the one is hidden behind the other."""
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false", "clientid_prefixes shop-")
    answer = on_broker(lab, "localhost", "-u", "alice", "-P", "wrong", "-i", "phone")
    told = json.dumps(answer.report["causes"])
    if "shop-" not in told or "password" not in told.replace("password_file", ""):
        answer.report["causes"] = []
    return answer


# ---- access lists -----------------------------------------------------------------------------------


def with_list(lab, text, *words, user="alice", at=None):
    rules = lab.file("acl", text)
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false", f"acl_file {rules}")
    return delivery(lab.server, at or "localhost", "--on-broker", *ALICE, *words)


@reported("kin: a pattern for the user, and another's topic", r"device/bob|%u|user")
def the_topic_is_another_users(lab):
    return with_list(lab, "pattern readwrite device/%u/#\n", "-t", "device/bob/x", "--publish")


@reported("kin: %c in the middle of a level", r"%c|identifier|pattern")
def a_pattern_in_the_middle_of_a_level(lab):
    return with_list(lab, "pattern readwrite device-%c/#\n", "-t", "device-lamp/x", "--publish", "-i", "lamp")


@reported("kin: the rule for this user stands above his name", r"alice", r"acl|access list|user")
def the_rule_stands_above_the_name(lab):
    return with_list(lab, "topic readwrite home/#\n\nuser alice\ntopic read other/#\n", "-t", "home/door", "--publish")


@reported("kin: who may read wants to write", r"read", r"readwrite|write")
def who_may_read_wants_to_write(lab):
    return with_list(lab, "user alice\ntopic read home/door\n", "-t", "home/door", "--publish")


@reported("kin: a pattern for the user that fits", HEALTHY)
def a_pattern_for_the_user_that_fits(lab):
    return with_list(lab, "pattern readwrite device/%u/#\n", "-t", "device/alice/x", "--publish")


# ---- TLS in front, or not ---------------------------------------------------------------------------


def behind(lab, *lines):
    return mosquitto(lab.server, "listener 1884 127.0.0.1", "allow_anonymous true", *lines, listener=None, ready=1884)


def secure(lab):
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("kin: haproxy without ssl at 8883", r"haproxy", r"ssl|TLS")
def haproxy_without_ssl(lab):
    behind(lab)
    haproxy(lab.server, "listen mqtts\n bind :8883\n server s 127.0.0.1:1884", 8883)
    return secure(lab)


@reported("kin: nginx's stream without ssl", r"nginx", r"ssl|TLS")
def nginx_stream_without_ssl(lab):
    behind(lab)
    nginx(lab.server, "", 8883, main="stream { server { listen 8883; proxy_pass 127.0.0.1:1884; } }")
    return secure(lab)


@reported("kin: haproxy speaks TLS to a broker that speaks none", r"haproxy", r"ssl|TLS", r"server|broker|backend")
def haproxy_speaks_tls_to_a_plain_broker(lab):
    behind(lab)
    good = certificates.get("good")
    pem = lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())
    haproxy(lab.server, f"listen mqtts\n bind :8883 ssl crt {pem}\n server s 127.0.0.1:1884 ssl verify none", 8883)
    return secure(lab)


@reported("kin: haproxy speaks no TLS to a broker that speaks it", r"haproxy", r"ssl|TLS")
def haproxy_speaks_plainly_to_a_tls_broker(lab):
    good = certificates.get("good")
    mosquitto(lab.server, "listener 8884 127.0.0.1", f"certfile {good.chain}", f"keyfile {good.key}",
              "allow_anonymous true", listener=None, ready=8884)
    pem = lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())
    haproxy(lab.server, f"listen mqtts\n bind :8883 ssl crt {pem}\n server s 127.0.0.1:8884", 8883)
    return secure(lab)


@reported("kin: nginx's stream speaks TLS to a broker that speaks none", r"nginx", r"proxy_ssl|TLS")
def nginx_stream_speaks_tls_to_a_plain_broker(lab):
    behind(lab)
    good = certificates.get("good")
    nginx(lab.server, "", 8883, main="stream { server { listen 8883 ssl; "
          f"ssl_certificate {good.chain}; ssl_certificate_key {good.key}; proxy_ssl on; proxy_pass 127.0.0.1:1884; }} }}")
    return secure(lab)


@reported("kin: haproxy hands TLS to the plain listener, and there is one with TLS", r"haproxy", r"8884", unsaid="crt FILE")
def haproxy_hands_tls_to_the_wrong_listener(lab):
    good = certificates.get("good")
    behind(lab, "listener 8884 127.0.0.1", f"certfile {good.chain}", f"keyfile {good.key}")
    haproxy(lab.server, "listen mqtts\n bind :8883\n server s 127.0.0.1:1884", 8883)
    return secure(lab)


@reported("kin: haproxy hands TLS to the broker's TLS listener", HEALTHY)
def haproxy_hands_tls_to_the_right_listener(lab):
    good = certificates.get("good")
    mosquitto(lab.server, "listener 8884 127.0.0.1", f"certfile {good.chain}", f"keyfile {good.key}", "allow_anonymous true",
              listener=None, ready=8884)
    haproxy(lab.server, "listen mqtts\n bind :8883\n server s 127.0.0.1:8884", 8883)
    return on_broker(lab, "mqtts://127.0.0.1:8883", "--cafile", ca())


@reported("kin: socat hands TLS to a plain broker", r"socat|TLS|plain")
def socat_hands_tls_to_a_plain_broker(lab):
    behind(lab)
    lab.server.start("socat", "TCP-LISTEN:8883,fork,reuseaddr", "TCP:127.0.0.1:1884", ready=8883)
    return secure(lab)


# ---- a proxy that speaks HTTP -----------------------------------------------------------------------


@reported("kin: nginx's http in front of MQTT", r"nginx", r"HTTP|stream")
def nginx_http_in_front_of_mqtt(lab):
    behind(lab)
    nginx(lab.server, "server { listen 1883; location / { proxy_pass http://127.0.0.1:1884; } }", 1883)
    return on_broker(lab)


@reported("kin: a section overrides mode http", HEALTHY)
def a_section_overrides_mode_http(lab):
    behind(lab)
    path = lab.file("h.cfg", "defaults\n mode http\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
                    "listen mqtt\n mode tcp\n bind :1883\n server s 127.0.0.1:1884\n")
    lab.server.serve("haproxy", "haproxy", "-db", "-f", path, ready=1883)
    return on_broker(lab, "127.0.0.1")


@reported("kin: a backend that speaks HTTP alone", r"haproxy", r"mode|HTTP", r"tcp")
def the_secure_frontend_speaks_http(lab):
    behind(lab)
    good = certificates.get("good")
    pem = lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())
    path = lab.file("h.cfg", "defaults\n mode http\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
                    f"frontend f\n bind :8883 ssl crt {pem}\n default_backend b\nbackend b\n server s 127.0.0.1:1884\n")
    lab.server.serve("haproxy", "haproxy", "-db", "-f", path, ready=8883)
    return secure(lab)


@reported("kin: Caddy answers at the broker's port, seen from elsewhere", r"web server|HTTP|Caddy", unsaid="haproxy")
def caddy_answers_at_the_brokers_port(lab):
    scripted(lab.server, 1883, "http", "400 Bad Request", "Server: Caddy")
    return doctor(lab.phone, AT)


# ---- answers from elsewhere -------------------------------------------------------------------------


@reported("kin: answers leave by another port", r"another address or port|answers", r"sport", unsaid="security group")
def answers_leave_by_another_port(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table ip o { chain out { type route hook output priority -300; oifname e0 tcp sport 1883 "
                      "tcp sport set 11883; } }")
    return both(lab)


@reported("kin: the router answers in the server's place, over another way", r"NAT|forward|another address|answers|way back",
          unsaid="security group")
def a_forward_and_a_shorter_way_back(lab):
    """The phone and the server share a network, and the phone dials the router's address: the answers come directly."""
    mosquitto(lab.server)
    public_address = "198.51.100.7"
    sh("ip", "-n", lab.router.name, "address", "add", f"{public_address}/32", "dev", "lo")
    sh("ip", "-batch", "-", input=f"link add e9 netns {lab.phone.name} type veth peer name e9 netns {lab.server.name}\n")
    sh("ip", "-n", lab.phone.name, "-batch", "-", input="address add 10.99.0.1/24 dev e9\nlink set e9 up\n")
    sh("ip", "-n", lab.server.name, "-batch", "-", input="address add 10.99.0.2/24 dev e9\nlink set e9 up\n"
       f"route add {PHONE}/32 via 10.99.0.1\n")
    lab.router.nat(f"ip daddr {public_address} tcp dport 1883 dnat to {SERVER}")
    return doctor(lab.phone, f"{public_address}:1883")


@reported("kin: the same by IPv6", r"another address or port|answers", unsaid="security group")
def answers_from_another_address_by_ipv6(lab):
    mosquitto(lab.server)
    ssh(lab)
    ruled(lab.server, "table ip6 o { chain out { type route hook output priority -300; oifname e0 tcp sport 1883 "
                      "ip6 saddr set fd77:2::3; } }")
    return together(lab, phone=doctor(lab.phone, f"[{SERVER6}]:1883"), server=on_broker(lab, f"[{SERVER6}]:1883"))


@reported("kin: another port's answers are changed", HEALTHY)
def another_ports_answers_are_changed(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table ip o { chain out { type route hook output priority -300; oifname e0 tcp sport 8080 "
                      "tcp sport set 80; } }")
    return both(lab)


# ---- this machine's own rules -----------------------------------------------------------------------


OWN = r"this machine|own firewall|here"


@reported("kin: iptables-legacy rejects what leaves", OWN, r"iptables|firewall|rule", unsaid="security group")
def own_legacy_rules_reject(lab):
    mosquitto(lab.server)
    legacy(lab.phone, "-A OUTPUT -p tcp --dport 1883 -j REJECT")
    return doctor(lab.phone, AT)


@reported("kin: the answers are dropped on the way in", OWN, r"answer|input|rule|firewall", unsaid="security group")
def own_rules_drop_the_answers(lab):
    mosquitto(lab.server)
    ssh(lab)
    lab.phone.nft("in tcp sport 1883 drop")
    return doctor(lab.phone, AT)


@reported("kin: a policy that forgets the answers", OWN, r"policy|rule", r"INPUT|input", unsaid="security group")
def own_policy_forgets_the_answers(lab):
    mosquitto(lab.server)
    ssh(lab)
    legacy(lab.phone, "-A INPUT -i lo -j ACCEPT", "-A INPUT -p tcp --dport 22 -j ACCEPT", "-P INPUT DROP")
    return doctor(lab.phone, AT)


@reported("kin: the broker's address is banned here", OWN, r"10\.77\.2\.2", r"rule|ban", unsaid="security group")
def the_brokers_address_is_banned_here(lab):
    mosquitto(lab.server)
    ruled(lab.phone, "table inet own { set bad { type ipv4_addr; elements = { 10.77.2.2, 203.0.113.9 }; }\n"
                     "chain in { type filter hook input priority 0; policy accept; ip saddr @bad drop; } }")
    return doctor(lab.phone, AT)


@reported("kin: a tight firewall that knows its answers", HEALTHY)
def a_tight_firewall_that_knows_its_answers(lab):
    mosquitto(lab.server)
    legacy(lab.phone, "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A INPUT -i lo -j ACCEPT", "-P INPUT DROP")
    return doctor(lab.phone, AT)


@reported("kin: a tight firewall here, and a broker's that drops", r"firewall|security group|swallowed", unsaid="This machine's own")
def a_tight_firewall_here_and_a_dropping_one_there(lab):
    mosquitto(lab.server)
    ssh(lab)
    chain(lab.server, "tcp dport 1883 drop")
    chain(lab.phone, "", policy="drop")
    return doctor(lab.phone, AT)


@reported("kin: a route that prohibits", OWN, r"route|prohibit", unsaid="security group")
def an_own_route_prohibits(lab):
    mosquitto(lab.server)
    lab.phone.run("ip", "route", "add", "prohibit", f"{SERVER}/32")
    return doctor(lab.phone, AT)


@reported("kin: a rule for another user", HEALTHY)
def a_rule_for_another_user(lab):
    mosquitto(lab.server)
    lab.phone.nft("out meta skuid 1000 tcp dport 1883 drop")
    return doctor(lab.phone, AT)


@reported("kin: reset by the machine's own rule", OWN, r"rule|firewall", unsaid="not running|security group")
def own_rules_reset(lab):
    mosquitto(lab.server)
    lab.phone.nft("out tcp dport 1883 reject with tcp reset")
    return doctor(lab.phone, AT)


# ---- disks ------------------------------------------------------------------------------------------


def stored_in(lab, how, prepare=lambda folder: None, *lines, then=lambda folder: None):
    folder = pathlib.Path(lab.file("data"))
    folder.mkdir()
    sh("mount", "-t", "tmpfs", "-o", how, "tmpfs", folder)
    try:
        prepare(folder)
        text = lab.file("kept.conf", f"user root\nlog_dest file {lab.file('m.log')}\nlistener 1883\nallow_anonymous true\n"
                        f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n" + "\n".join(lines) + "\n")
        lab.server.serve("mosquitto", "mosquitto", "-c", text, ready=1883)
        then(folder)
        lab.server.run("mosquitto_pub", "-h", "127.0.0.1", "-r", "-q", "1", "-t", "keep/this", "-m", "x")
        time.sleep(1.5)
        return with_notes(on_broker(lab))
    finally:
        sh("umount", "-l", folder)


def fill(folder):
    with open(folder / "full", "wb") as file:
        try:
            file.write(b"x" * 200_000)
        except OSError:
            pass


@reported("kin: no inode is left", r"inode|no space|full|disk", r"save|retained")
def no_inode_is_left(lab):
    def prepare(folder):
        try:
            for i in range(40):
                (folder / f"f{i}").touch()
        except OSError:
            pass
    return stored_in(lab, "size=1m,nr_inodes=20", prepare)


@reported("kin: mounted read-only meanwhile", r"read.only|ro\b|cannot be written|writ", r"save|retained")
def mounted_read_only(lab):
    return stored_in(lab, "size=1m", then=lambda folder: sh("mount", "-o", "remount,ro", folder))


@reported("kin: another disk is full", HEALTHY)
def another_disk_is_full(lab):
    folder = pathlib.Path(lab.file("other"))
    folder.mkdir()
    sh("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
    try:
        fill(folder)
        mosquitto(lab.server)
        return on_broker(lab)
    finally:
        sh("umount", "-l", folder)


@reported("kin: the store's disk is full and nothing is to be kept", HEALTHY)
def the_store_is_not_used(lab):
    folder = pathlib.Path(lab.file("data"))
    folder.mkdir()
    sh("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
    try:
        fill(folder)
        text = lab.file("kept.conf", f"user root\nlistener 1883\nallow_anonymous true\npersistence_location {folder}/\n")
        lab.server.serve("mosquitto", "mosquitto", "-c", text, ready=1883)
        return on_broker(lab)
    finally:
        sh("umount", "-l", folder)


# ---- the PROXY header -------------------------------------------------------------------------------


@reported("kin: nginx's stream sends the header", r"nginx|proxy_protocol", r"PROXY")
def nginx_sends_the_header(lab):
    behind(lab)
    nginx(lab.server, "", 1883, main="stream { server { listen 1883; proxy_protocol on; proxy_pass 127.0.0.1:1884; } }")
    return on_broker(lab)


@reported("kin: haproxy sends the second version", r"send-proxy-v2", r"haproxy|PROXY")
def haproxy_sends_the_second_version(lab):
    behind(lab)
    haproxy(lab.server, "listen mqtt\n bind :1883\n server s 127.0.0.1:1884 send-proxy-v2", 1883)
    return on_broker(lab)


@reported("kin: stunnel sends the header", r"stunnel", r"PROXY|protocol = proxy")
def stunnel_sends_the_header(lab):
    behind(lab)
    good = certificates.get("good")
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1884\nprotocol = proxy\ncert = {good.chain}\n"
            f"key = {good.key}", 8883)
    return secure(lab)


@reported("kin: the header stands in a default-server line", r"send-proxy", r"haproxy|PROXY")
def haproxy_sends_it_by_default_server(lab):
    behind(lab)
    haproxy(lab.server, "listen mqtt\n bind :1883\n default-server send-proxy\n server s 127.0.0.1:1884", 1883)
    return on_broker(lab)


@reported("kin: nginx says it for all of its streams", r"proxy_protocol", r"PROXY")
def nginx_sends_it_by_the_outer_block(lab):
    behind(lab)
    nginx(lab.server, "", 1883, main="stream { proxy_protocol on;\n server { listen 1883; proxy_pass 127.0.0.1:1884; } }")
    return on_broker(lab)


@reported("kin: a server takes back what is said for all", HEALTHY)
def a_server_takes_back_what_is_said_for_all(lab):
    behind(lab)
    haproxy(lab.server, "listen mqtt\n bind :1883\n default-server send-proxy\n server s 127.0.0.1:1884 no-send-proxy", 1883)
    return on_broker(lab, "127.0.0.1")


@reported("kin: an inner block takes back what the outer one says", HEALTHY)
def an_inner_block_takes_it_back(lab):
    behind(lab)
    nginx(lab.server, "", 1883, main="stream { proxy_protocol on;\n server { listen 1883; proxy_protocol off; "
                                     "proxy_pass 127.0.0.1:1884; } }")
    return on_broker(lab, "127.0.0.1")


@reported("kin: haproxy waits for a header that nobody sends", r"accept-proxy", r"haproxy|PROXY")
def haproxy_waits_for_a_header(lab):
    behind(lab)
    haproxy(lab.server, "listen mqtt\n bind :1883 accept-proxy\n server s 127.0.0.1:1884", 1883)
    return on_broker(lab)


# ---- two brokers behind one name --------------------------------------------------------------------


@reported("kin: two addresses of one broker", HEALTHY)
def two_addresses_of_one_broker(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.3/24", "dev", "e0")
    named(lab, SERVER, "10.77.2.3")
    return delivery(lab.phone, "broker.shop:1883", "-t", "home/door", "--publish")


@reported("kin: two brokers that pass all on to each other", HEALTHY)
def two_brokers_joined_by_a_bridge(lab):
    old_server(lab, "allow_anonymous true")
    mosquitto(lab.server, "allow_anonymous true", "connection pair", "address 10.77.3.2:1883", "topic # both 2")
    time.sleep(1.5)
    named(lab, SERVER, "10.77.3.2")
    return delivery(lab.phone, "broker.shop:1883", "-t", "home/door", "--publish")


@reported("kin: the other family's broker is another one", r"two brokers|different brokers|another broker", r"fd77:3::2")
def the_other_familys_broker_is_another(lab):
    mosquitto(lab.server)
    old_server(lab, "allow_anonymous true")
    named(lab, SERVER, "fd77:3::2")
    return delivery(lab.phone, "broker.shop:1883", "-t", "home/door", "--publish")


@reported("kin: three addresses, of which one is dead", r"10\.77\.3\.2", r"record|dead|answer|refus|closed|nothing listens")
def one_of_three_is_dead(lab):
    mosquitto(lab.server)
    office(lab)
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.3/24", "dev", "e0")
    named(lab, SERVER, "10.77.3.2", "10.77.2.3")
    return doctor(lab.phone, "broker.shop:1883")


# ---- forwards that lead astray ----------------------------------------------------------------------


def container(lab, listen=1883, start=True):
    host = lab._host(f"{lab.server.name[:-1]}d")
    sh("ip", "netns", "add", host.name)
    sh("ip", "-batch", "-", input=f"link add d0 netns {host.name} type veth peer name docker0 netns {lab.server.name}\n")
    sh("ip", "-n", lab.server.name, "-batch", "-", input="address add 172.17.0.1/16 dev docker0\nlink set docker0 up\n")
    sh("ip", "-n", host.name, "-batch", "-", input="link set lo up\naddress add 172.17.0.2/16 dev d0\nlink set d0 up\n"
       "route add default via 172.17.0.1\n")
    lab.server.set(ipv4__ip_forward=1)
    if start:
        mosquitto(host, listener=listen, ready=listen, name="inside.conf")
    return host


FORWARD = r"172\.17\.0\.[25]"


@reported("kin: the port inside is another one", FORWARD, r"closed|refus|nothing listens|nobody|forward", unsaid="security group")
def the_port_inside_is_another(lab):
    container(lab, 1884)
    lab.server.nat("tcp dport 1883 dnat to 172.17.0.2:1883")
    return both(lab)


@reported("kin: forwarded by iptables-legacy to nobody", FORWARD, r"forward|DNAT|nobody|no machine", unsaid="security group")
def forwarded_by_legacy_rules_to_nobody(lab):
    container(lab)
    legacy(lab.server, "-t nat -A PREROUTING -p tcp --dport 1883 -j DNAT --to-destination 172.17.0.5:1883")
    return both(lab)


@reported("kin: the forward leads to a container, and the rules between forbid it", r"firewall|rule", r"172\.17\.0\.2",
          unsaid="security group")
def the_rules_between_forbid_the_forward(lab):
    container(lab)
    lab.server.nat("tcp dport 1883 dnat to 172.17.0.2:1883")
    lab.server.nft("fw ct state established,related accept", "fw tcp dport 1883 drop")
    return both(lab)


@reported("kin: haproxy's server has moved", r"haproxy|172\.17\.0\.5", r"172\.17\.0\.5")
def haproxys_server_has_moved(lab):
    container(lab)
    haproxy(lab.server, "listen mqtt\n bind :1883\n server s 172.17.0.5:1883", 1883)
    return on_broker(lab, SERVER)


@reported("kin: forwarded to the container that is there", HEALTHY)
def forwarded_to_the_container_that_is_there(lab):
    container(lab)
    lab.server.nat("tcp dport 1883 dnat to 172.17.0.2:1883")
    proved(lab.phone)
    return together(lab, phone=doctor(lab.phone, AT), server=on_broker(lab, SERVER))


# ---- who throws whom out ----------------------------------------------------------------------------


def two_apps(lab, first, second, *lines, people=(("alice", "alice-pw"), ("alice", "alice-pw"))):
    path = users(lab, "pw", alice="alice-pw", bob="bob-pw")
    broker(lab, f"password_file {path}", "allow_anonymous false", *lines)

    def act():
        for name, (user, word) in zip((first, second), people):
            lab.phone.start("mosquitto_sub", "-h", SERVER, "-u", user, "-P", word, "-i", name, "-t", "x", "-V", "5")
            time.sleep(0.7)
    return listen(lab, act, patience=9)


@reported("kin: two apps of two users", HEALTHY)
def two_apps_of_two_users(lab):
    return two_apps(lab, "one", "two", "use_username_as_clientid true", people=(("alice", "alice-pw"), ("bob", "bob-pw")))


@reported("kin: two apps of one user, in version 5", r"alice|user ?name|one and the same|identifier", r"one|two")
def two_apps_of_one_user(lab):
    return two_apps(lab, "one", "two", "use_username_as_clientid true")


@reported("kin: two apps with one identifier", r"identifier|same", unsaid="use_username")
def two_apps_with_one_identifier(lab):
    return two_apps(lab, "one", "one")


@reported("kin: two apps of one user, and nothing about names", HEALTHY)
def two_apps_of_one_user_without_the_setting(lab):
    return two_apps(lab, "one", "two")


# ---- limits -----------------------------------------------------------------------------------------


@reported("kin: the broker takes no QoS above 0", r"QoS", unsaid="may not publish")
def the_broker_takes_no_qos_above_0(lab):
    mosquitto(lab.server, "max_qos 0", "allow_anonymous true")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish")


@reported("kin: the broker retains nothing", r"retain", unsaid="may not publish")
def the_broker_retains_nothing(lab):
    mosquitto(lab.server, "retain_available false", "allow_anonymous true")
    return delivery(lab.phone, AT, "-t", "home/door", "--retained")


@reported("kin: a limit of 60 bytes for a message", r"message_size_limit|larger|size|bytes")
def a_limit_for_messages(lab):
    mosquitto(lab.server, "message_size_limit 20", "allow_anonymous true")
    return with_notes(delivery(lab.server, "localhost", "--on-broker", "-t", "home/door", "--publish"))


@reported("kin: a small limit and a login that may write", r"may not|access|rule|read", unsaid="max_packet_size")
def a_small_limit_and_a_reader_without_rights(lab):
    rules = lab.file("acl", "user alice\ntopic write home/#\ntopic readwrite mqtt-doctor/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false", f"acl_file {rules}",
              "max_packet_size 2000")
    return delivery(lab.phone, AT, *ALICE, "-t", "home/door", "--publish")


@reported("kin: one message at a time", HEALTHY)
def one_message_at_a_time(lab):
    mosquitto(lab.server, "max_inflight_messages 1", "max_topic_alias 0", "allow_anonymous true")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish")


# ---- which address, which family --------------------------------------------------------------------


@reported("kin: -6 for a name that has no AAAA", r"IPv6|AAAA|-6", unsaid="does not exist")
def six_for_a_name_without_aaaa(lab):
    mosquitto(lab.server)
    named(lab, SERVER)
    return doctor(lab.phone, "broker.shop:1883", "-6")


@reported("kin: -4 for a name that has AAAA alone", r"IPv4|A record|-4", unsaid="does not exist")
def four_for_a_name_with_aaaa_alone(lab):
    mosquitto(lab.server)
    named(lab, SERVER6)
    return doctor(lab.phone, "broker.shop:1883", "-4")


@reported("kin: -A with an address that is not here", r"192\.0\.2\.7|-A|own address|address of this machine", unsaid="security group")
def an_own_address_that_is_not_here(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, AT, "-A", "192.0.2.7")


@reported("kin: -A of the other family", r"-A|family|IPv6|IPv4", unsaid="security group|not running")
def an_own_address_of_the_other_family(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"[{SERVER6}]:1883", "-A", PHONE)


# ---- rules in other words ---------------------------------------------------------------------------


FIREWALL = (r"firewall|rule", r"1883")


def drops(lab, *rules, **how):
    mosquitto(lab.server)
    chain(lab.server, "\n".join(rules), **how)
    return both(lab)


@reported("kin: multiport of iptables-legacy", *FIREWALL, r"iptables", unsaid="security group")
def multiport_of_legacy_rules(lab):
    mosquitto(lab.server)
    legacy(lab.server, "-A INPUT -i lo -j ACCEPT", "-A INPUT -p tcp -m multiport --dports 22,80,443 -j ACCEPT",
           "-A INPUT -p tcp -m state --state NEW -j DROP")
    return both(lab)


@reported("kin: th dport", *FIREWALL, unsaid="security group")
def transport_header(lab):
    return drops(lab, "meta l4proto { tcp, udp } th dport 1883 drop")


@reported("kin: only what is routed here", *FIREWALL, unsaid="security group")
def local_destination(lab):
    return drops(lab, "fib daddr type local tcp dport 1000-2000 tcp flags syn / fin,syn,rst,ack drop")


@reported("kin: chains by interface", *FIREWALL, unsaid="security group")
def chains_by_interface(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table inet filter { chain wan { tcp dport { 22, 80 } accept\n drop\n }\nchain input { type filter hook "
                      "input priority 0; policy accept;\nct state established,related accept\n"
                      "iifname vmap { lo : accept, e0 : goto wan }\n } }")
    return both(lab)


@reported("kin: marked early, dropped late", *FIREWALL, unsaid="security group")
def marked_early_dropped_late(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table inet m { chain pre { type filter hook prerouting priority -150; iifname e0 tcp dport 1883 meta mark "
                      "set 7; }\nchain in { type filter hook input priority 0; meta mark 7 drop; } }")
    return both(lab)


@reported("kin: a counter of connections per address", r"connlimit|ct count|connections|limit|rule", unsaid="security group")
def more_than_no_connection_at_a_time(lab):
    return drops(lab, "tcp dport 1883 add @many { ip saddr ct count over 2 } drop",
                 sets="set many { type ipv4_addr; flags dynamic; }")


@reported("kin: postrouting drops the answers", r"answer|firewall|rule", unsaid="security group")
def postrouting_drops_the_answers(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table inet p { chain post { type filter hook postrouting priority 0; oifname e0 tcp sport 1883 drop; } }")
    return both(lab)


@reported("kin: what leaves an interface is dropped", r"answer|firewall|rule", unsaid="security group")
def egress_drops_the_answers(lab):
    mosquitto(lab.server)
    ruled(lab.server, "table netdev f { chain out { type filter hook egress device e0 priority 0; tcp sport 1883 drop; } }")
    return both(lab)


@reported("kin: a rule for other ports", HEALTHY)
def rules_for_other_ports(lab):
    mosquitto(lab.server)
    chain(lab.server, "tcp dport vmap { 22 : accept, 1883 : accept, 8883 : drop }\ntcp dport != { 1883 } drop")
    return both(lab)


# ---- several places ---------------------------------------------------------------------------------


def from_three(lab, *words):
    """The phone, an office elsewhere, and the broker's machine."""
    ssh(lab)
    elsewhere = office(lab)
    return together(lab, phone=doctor(lab.phone, AT, *words), office=doctor(elsewhere, AT, *words),
                    server=on_broker(lab, "localhost", *words))


@reported("kin: the office is banned, and home is not", r"10\.77\.3\.", r"ban|rule|firewall", unsaid="security group")
def the_office_is_banned(lab):
    mosquitto(lab.server)
    chain(lab.server, "ip saddr @bad tcp dport 1883 drop",
          sets="set bad { type ipv4_addr; flags interval; elements = { 10.77.3.0/24 }; }")
    return from_three(lab)


@reported("kin: the office's own router stops the port", r"office", unsaid="security group")
def the_offices_way_out_is_closed(lab):
    mosquitto(lab.server)
    lab.router.nft("fw iifname r2 tcp dport 1883 drop")
    return from_three(lab)


@reported("kin: the broker is off, seen from three places", r"mosquitto|nothing listens|not running|closed", unsaid="security group")
def nothing_listens_seen_from_three_places(lab):
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n")
    return from_three(lab)


@reported("kin: all three are well", HEALTHY)
def all_three_are_well(lab):
    mosquitto(lab.server)
    ssh(lab)
    elsewhere = office(lab)
    return together(lab, phone=doctor(lab.phone, AT), office=doctor(elsewhere, AT), server=on_broker(lab, SERVER))
