"""Never met, the twenty-third batch, its first part: kin. Seventeen situations that were hard came first (a ban in a
set, a name with two brokers, no way back, a proxy in a wrong mode, ...); these are others of each kind, with another
mechanism, place, broker, rule language or direction. Written down with its right answers by somebody who had neither
read the doctor's code nor asked it. `x02` and so on number the kinds. What is true, and what somebody who knows would
say, stands behind `Truth:`.
"""
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, ROUTER_PHONE, ROUTER_SERVER, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, on_one_line, proved, reported, said, until
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, stunnel, tls_lines
from .stage_delivery import AT
from .stage_listen import BEHIND, listen
from .stage_unmet_eighteen import python, sent
from .stage_unmet_nineteen import ALICE, answered, connect_packet
from .stage_unmet_seven import captured
from .stage_unmet_seventeen import in_one_file
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import configured

SECURE = f"mqtts://{SERVER}:8883"
BANNED = r"drop|reject|refus|bann|block|discard|blacklist|denylist|throw"
SECOND = "10.77.1.3"  # another address of the phone's
NOBODY = "10.77.2.5"  # an address of the server's network that nobody has


def together(lab, *answers, words=()):
    """What was seen in several places, laid beside one another somewhere else."""
    paths = []
    for number, answer in enumerate(answers):
        staged(answer.report, f"no report: {answer.error}")
        paths.append(lab.file(f"place{number}.json", json.dumps(answer.report)))
    return explain(*paths, *words)


def both_ends(lab, to=AT, *words):
    """The phone's report and that of the broker's machine."""
    return together(lab, on_broker(lab), doctor(lab.phone, to, *words))


def ruleset(host, text):
    host.run("nft", "-f", "-", input=text)


def guarded(host, rules, before=""):
    """An input chain as people write it."""
    ruleset(host, f"""table inet filter {{ {before}
 chain input {{ type filter hook input priority 0; policy accept;
  ct state established,related accept
  iif "lo" accept
  {rules}
 }}
}}
""")


def passwords(lab, *users):
    path = lab.file("passwd", "".join(f"{user}:pw\n" for user in users))
    sh("mosquitto_passwd", "-U", path)
    os.chmod(path, 0o644)
    return path


def second_address(lab):
    sh("ip", "-n", lab.phone.name, "address", "add", f"{SECOND}/24", "dev", "e0")


def another_link(lab):
    """A second way between router and server: 10.77.3.1 and 10.77.3.2."""
    router, server = lab.router.name, lab.server.name
    sh("ip", "link", "add", "e1", "netns", server, "type", "veth", "peer", "name", "r2", "netns", router)
    sh("ip", "-n", server, "address", "add", "10.77.3.2/24", "dev", "e1")
    sh("ip", "-n", router, "address", "add", "10.77.3.1/24", "dev", "r2")
    for name, link in ((server, "e1"), (router, "r2")):
        sh("ip", "-n", name, "link", "set", link, "up")


def container(lab):
    """A broker at 172.17.0.2, in a network of the server's own as Docker makes them."""
    inside = lab._host(f"{lab.server.name}d")
    sh("ip", "netns", "add", inside.name)
    sh("ip", "link", "add", "eth0", "netns", inside.name, "type", "veth", "peer", "name", "docker0", "netns",
       lab.server.name)
    sh("ip", "-n", lab.server.name, "address", "add", "172.17.0.1/16", "dev", "docker0")
    sh("ip", "-n", lab.server.name, "link", "set", "docker0", "up")
    for words in (("address", "add", "172.17.0.2/16", "dev", "eth0"), ("link", "set", "lo", "up"),
                  ("link", "set", "eth0", "up"), ("route", "add", "default", "via", "172.17.0.1")):
        sh("ip", "-n", inside.name, *words)
    lab.server.set(ipv4__ip_forward=1)
    mosquitto(inside)
    return inside


@contextlib.contextmanager
def volume(lab, name, options):
    """A small disk of its own."""
    path = lab.file(name)
    os.mkdir(path)
    sh("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)
    os.chmod(path, 0o777)
    try:
        yield pathlib.Path(path)
    finally:
        sh("umount", "-l", path)


# ---- x02: banned ----------------------------------------------------------------------------------


@reported("kin of x02: CrowdSec's own table, a list with timeouts, two places", r"crowdsec", BANNED,
          r"10\.77\.1\.2|(this|that|the phone's|client's|its) address|\bset\b|list")
def crowdsec_has_the_phone_in_its_list(lab):
    """Truth: CrowdSec's set on the server holds 10.77.1.2 and drops all of it; take the decision back (cscli decisions
    delete)."""
    mosquitto(lab.server)
    ruleset(lab.server, """table ip crowdsec {
 set crowdsec-blacklists-cscli { type ipv4_addr; flags timeout;
  elements = { 198.51.100.7 timeout 4h, 10.77.1.2 timeout 3h } }
 chain crowdsec-chain-input { type filter hook input priority filter - 10; policy accept;
  ip saddr @crowdsec-blacklists-cscli counter drop
 }
}
""")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("kin of x02: banned by a route instead of a rule, two places", r"black.?hole|null.?rout|discard|throws? away",
          r"route", r"10\.77\.1\.2|(to|of|for) (the|this|that) (phone|client|address)|address")
def the_ban_is_a_blackhole_route(lab):
    """Truth: the server has a blackhole route to 10.77.1.2, so its answers go nowhere; ip route del blackhole
    10.77.1.2."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "route", "add", "blackhole", f"{PHONE}/32")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("kin of x02: a ban list that concerns others", HEALTHY)
def others_are_banned(lab):
    """Truth: fail2ban's set holds strangers; this phone is let in and nothing is wrong."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    ruleset(lab.server, """table inet f2b-table {
 set addr-set-mosquitto { type ipv4_addr; elements = { 203.0.113.9, 198.51.100.77 } }
 chain f2b-chain { type filter hook input priority -1; policy accept;
  tcp dport 1883 ip saddr @addr-set-mosquitto reject with icmp port-unreachable
 }
}
""")
    proved(lab.phone, *ALICE)
    return on_broker(lab, AT, *ALICE)


# ---- x04: one of the name's addresses is another broker -------------------------------------------


@reported("kin of x04: the A record is the stale one, the AAAA record is right", r"10\.77\.2\.1\b",
          r"(an)?other (broker|server|machine|host)|differ|not the same|two (brokers|servers|machines)|\bold\b|"
          r"stale|only (one|IPv6)|one of (the|its|two)", unsaid=r"/etc/hosts|hosts file")
def the_a_record_leads_to_the_old_broker(lab):
    """Truth: 10.77.2.1, the name's IPv4 address, is another broker that does not know this password; correct the A
    record."""
    dnsmasq(lab.router, f"host-record=broker.test,{ROUTER_SERVER},{SERVER6}")
    mosquitto(lab.router, "allow_anonymous false", f"password_file {passwords(lab, 'alice')}", name="old.conf")
    new = lab.file("new", "alice:alice-pw\n")
    sh("mosquitto_passwd", "-U", new)
    mosquitto(lab.server, "allow_anonymous false", f"password_file {new}")
    proved(lab.phone, *ALICE, at=SERVER6)
    proved(lab.phone, *ALICE, at=ROUTER_SERVER, not_=True)
    return doctor(lab.phone, "broker.test:1883", *ALICE)


@reported("kin of x04: the phone's own hosts file still names the old server",
          r"/etc/hosts|hosts.file|file hosts|\bhosts\b.{0,40}(entry|line|says|names)",
          r"broker\.test|10\.77\.2\.1\b|10\.77\.2\.2")
def the_hosts_file_pins_the_old_server(lab):
    """Truth: /etc/hosts of this machine says 10.77.2.1, the name server 10.77.2.2; the old broker refuses the
    password."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.router, "allow_anonymous false", f"password_file {passwords(lab, 'alice')}", name="old.conf")
    new = lab.file("new", "alice:alice-pw\n")
    sh("mosquitto_passwd", "-U", new)
    mosquitto(lab.server, "allow_anonymous false", f"password_file {new}")
    lab.phone.file("hosts", f"127.0.0.1 localhost\n::1 localhost\n{ROUTER_SERVER} broker.test\n")
    proved(lab.phone, *ALICE)
    proved(lab.phone, *ALICE, at="broker.test", not_=True)
    return doctor(lab.phone, "broker.test:1883", *ALICE)


# ---- x09: no way back -----------------------------------------------------------------------------


@reported("kin of x09: a VPN on the server claims the phone's network, two places", r"route|way back",
          r"wg0|10\.77\.1\.0|VPN|tunnel|(an)?other (interface|link)|wrong (interface|link)|overlap")
def a_vpn_claims_the_phones_network(lab):
    """Truth: the server's route to 10.77.1.0/24 leads into wg0, and its answers with it."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "link", "add", "wg0", "type", "veth", "peer", "name", "far")
    for link in ("wg0", "far"):
        sh("ip", "-n", lab.server.name, "link", "set", link, "up")
    sh("ip", "-n", lab.server.name, "address", "add", "10.8.0.1/24", "dev", "wg0")
    sh("ip", "-n", lab.server.name, "route", "add", "10.77.1.0/24", "dev", "wg0")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("kin of x09: the other direction, the phone has no default route",
          r"default route|gateway", r"dhcp|ip route add|route add default",
          unsaid=r"the (server|broker) (has|lost) no|mobile data")
def the_phone_lost_its_default_route(lab):
    """Truth: this machine has an address and no way out of its own network; nothing reached the broker."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "route", "del", "default")
    sh("ip", "-n", lab.phone.name, "-6", "route", "del", "default")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported("kin of x09: a policy rule sends the answers to a table without a way, two places",
          r"route|ip rule|way back|table", r"table 100|lookup 100|ip rule|polic|no (route|way)|unreachable",
          r"answer|repl|\bback\b|return|\brule\b|table", unsaid=r"(machine|host|server) is (down|off)\b")
def a_policy_rule_without_a_way(lab):
    """Truth: `from 10.77.2.2 lookup 100`, and table 100 says unreachable: connections come in, answers do not go
    out."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "rule", "add", "from", SERVER, "lookup", "100", "priority", "1000")
    sh("ip", "-n", lab.server.name, "route", "add", "unreachable", "default", "table", "100")
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    return both_ends(lab)


# ---- x12: the identifier decides ------------------------------------------------------------------


EVERYTHING = [{"acltype": kind, "topic": "#", "priority": 0, "allow": True} for kind in
              ("publishClientSend", "publishClientReceive", "subscribePattern")]


def dynamic(lab, clients):
    """The dynamic security plug-in with these clients, who may do all."""
    def client(name, **more):
        salt = b"0123456789ab"
        secret = hashlib.pbkdf2_hmac("sha512", b"pw", salt, 101)
        return {"username": name, "password": base64.b64encode(secret).decode(),
                "salt": base64.b64encode(salt).decode(), "iterations": 101, "roles": [{"rolename": "all"}], **more}

    path = etc(lab, "mosquitto/dynamic-security.json", json.dumps({
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": True, "subscribe": False,
                             "unsubscribe": True},
        "clients": [client(name, **more) for name, more in clients.items()],
        "roles": [{"rolename": "all", "acls": EVERYTHING}]}), mode=0o644)
    etc(lab, "mosquitto/mosquitto.conf", "user root\nlistener 1883\nallow_anonymous false\nplugin "
        "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so\n"
        f"plugin_opt_config_file /etc/mosquitto/{path.name}\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)


@reported("kin of x12: dynamic security binds a user to one identifier", r"client.?id|identifier", r"phone-01")
def dynamic_security_binds_the_identifier(lab):
    """Truth: dynamic-security.json lets user phone in with the identifier phone-01 alone; the password is right."""
    dynamic(lab, {"phone": {"clientid": "phone-01"}})
    login = ("-u", "phone", "-P", "pw")
    proved(lab.phone, *login, "-i", "phone-01")
    proved(lab.phone, *login, "-i", "app-7", not_=True)
    return on_broker(lab, "localhost", *login, "-i", "app-7")


@reported("kin of x12: seen from outside alone, another broker that counts the letters", r"client.?id|identifier",
          r"refus|reject|not (allowed|accepted)|long|letters|characters|\b23\b|shorter",
          unsaid=r"already (in use|connected)|taken over")
def an_old_broker_counts_the_letters(lab):
    """Truth: it refuses the identifier (code 2), which is longer than the 23 letters that old brokers take."""
    scripted(lab.server, 1883, "broker", "longest=23", "versions=3,4")
    name = "mobile-app-of-the-kitchen-0001"
    proved(lab.phone, "-i", "mobile-app")
    proved(lab.phone, "-i", name, not_=True)
    return doctor(lab.phone, AT, "-i", name)


@reported("kin of x12: prefixes, and an identifier that has the right one", HEALTHY)
def the_identifier_begins_as_it_must(lab):
    """Truth: clientid_prefixes is set and fulfilled; nothing is wrong."""
    mosquitto(lab.server, "clientid_prefixes shop-", "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(lab.phone, *ALICE, "-i", "other-7", not_=True)
    proved(lab.phone, *ALICE, "-i", "shop-7")
    return doctor(lab.phone, AT, *ALICE, "-i", "shop-7")


# ---- x13: a rule that holds for some --------------------------------------------------------------


@reported("kin of x13: another broker and rule language, NATS subjects",
          r"permi|\brights?\b|allow|\bACL\b|authori|may not|refus|\blets?\b|forbid", r"device[/.]")
def nats_lets_it_send_below_its_own_name(lab):
    """Truth: nats-server.conf lets alice publish to device.alice.> alone, which is device/alice/#; device/phone/x is
    refused."""
    etc(lab, "nats-server.conf", "server_name: shop\njetstream { store_dir: %s }\nmqtt { host: 0.0.0.0, port: 1883 }\n"
        "accounts { A { jetstream: enabled, users: [ { user: alice, password: alice-pw, permissions: {\n"
        '  publish: { allow: ["device.alice.>"] }, subscribe: { allow: [">"] } } } ] } }\n' % lab.file("js"))
    lab.server.serve("nats", "nats-server", "-c", "/etc/nats-server.conf", ready=1883)
    heard = subscriber(lab.router, "proof", *ALICE, "-v", "-t", "device/#")
    time.sleep(0.5)
    for topic in ("device/phone/x", "device/alice/x"):
        subprocess.run(lab.phone.command("mosquitto_pub", "-h", SERVER, *ALICE, "-i", "pub", "-t", topic, "-m", "on"),
                       timeout=5, check=False)
    time.sleep(0.7)
    staged(pathlib.Path(heard.log).read_text() == "device/alice/x on\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return doctor(lab.phone, "delivery", AT, *ALICE, "-t", "device/phone/x", "--publish")


@reported("kin of x13: a deny below a wide allow", r"\bden(y|ies)\b", r"device/phone/x")
def a_deny_below_a_wide_allow(lab):
    """Truth: `topic deny device/phone/x` takes away what `topic readwrite device/#` gave."""
    rules = etc(lab, "mosquitto/acl", "user alice\ntopic readwrite mqtt-doctor/#\ntopic readwrite device/#\n"
                "topic deny device/phone/x\n")
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    configured(lab, "user root", "listener 1883", "allow_anonymous false", "password_file /etc/mosquitto/passwd",
               f"acl_file /etc/mosquitto/{rules.name}")
    lab.server.wait_for_port(1883)
    heard = subscriber(lab.router, "proof", *ALICE, "-v", "-t", "device/#")
    time.sleep(0.5)
    for topic in ("device/phone/x", "device/phone/y"):
        sent(lab, topic, *ALICE, "-m", "on")
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "device/phone/y on\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", *ALICE, "-t", "device/phone/x", "--publish")


@reported("kin of x13: a pattern with %u, and nobody logged in",
          r"%u|user ?name|anonym|log(ged|s|ging)? ?in|without (a )?(login|user)",
          r"permi|\brights?\b|allow|\bACL\b|acl_file|\brules?\b|pattern|may not")
def a_pattern_for_users_and_no_user(lab):
    """Truth: the only rule is `pattern readwrite home/%u/#`, which nobody without a user name fulfils; log in as
    alice."""
    etc(lab, "mosquitto/acl", "pattern readwrite home/%u/#\n")
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    configured(lab, "user root", "listener 1883", "allow_anonymous true", "password_file /etc/mosquitto/passwd",
               "acl_file /etc/mosquitto/acl")
    lab.server.wait_for_port(1883)
    heard = subscriber(lab.router, "proof", *ALICE, "-v", "-t", "home/alice/door")
    time.sleep(0.5)
    sent(lab, "home/alice/door", "-m", "nobody")
    sent(lab, "home/alice/door", *ALICE, "-m", "alice")
    time.sleep(0.5)
    staged(pathlib.Path(heard.log).read_text() == "home/alice/door alice\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "-t", "home/alice/door", "--publish")


# ---- x20: TLS on the wrong side of a proxy --------------------------------------------------------


@reported("kin of x20: the other direction, a stunnel beside the app without client = yes", r"\bTLS\b|client ?= ?yes",
          r"client ?= ?yes|server mode|stunnel|(expect|want|speak|need|ask)s? .{0,20}TLS|TLS (port|listener|is "
          r"spoken)|behind TLS|mqtts", unsaid=r"certificate (has |is )?expired")
def a_stunnel_beside_the_app_plays_the_server(lab):
    """Truth: stunnel at localhost:1883 wants TLS from the app, which speaks none: `client = yes` is missing there."""
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    good = certificates.get("good")
    stunnel(lab.phone, f"[mqtt]\naccept = 127.0.0.1:1883\nconnect = {SERVER}:8883\ncert = {good.chain}\n"
            f"key = {good.key}", 1883)
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, at="127.0.0.1", not_=True)
    return doctor(lab.phone, "localhost:1883")


@reported("kin of x20: nginx hands 8883 on as it comes, the word ssl is missing", r"\bTLS\b|\bssl\b",
          r"without TLS|no TLS|not (speak|answer|do|take|offer).{0,20}TLS|\bplain\b|unencrypted|in the clear|"
          r"\bssl\b|terminat", r"8883|nginx|proxy")
def nginx_listens_on_8883_without_ssl(lab):
    """Truth: nginx passes the TLS of 8883 to a broker that speaks plain MQTT; `listen 8883 ssl` and a certificate are
    missing."""
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "", 8883, "stream { server { listen 8883; proxy_pass 127.0.0.1:1884; } }")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    staged(answered(lab.phone, connect_packet(2, "plain"), port=8883).startswith("20"), "it is not plain")
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("kin of x20: haproxy takes the TLS off and puts it on again before a plain broker", r"haproxy|proxy",
          r"\bTLS\b|\bssl\b", r"1884|behind|backend|broker itself|to the broker|server line|server s",
          unsaid=r"(backend|broker) (is |has )?(down|not running|stopped)")
def haproxy_speaks_tls_to_a_plain_broker(lab):
    """Truth: haproxy's `server s 127.0.0.1:1884 ssl` speaks TLS to a listener without it; take the word away."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    both = in_one_file(lab, certificates.get("good"))
    haproxy(lab.server, f"listen mqtts\n  bind :8883 ssl crt {both}\n  server s 127.0.0.1:1884 ssl verify none", 8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    proved(lab.server, "-p", "1884", at="127.0.0.1")
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


# ---- x21: HTTP where MQTT should be ---------------------------------------------------------------


@reported("kin of x21: nginx's http block instead of stream, two places", r"HTTP|web server",
          r"nginx|proxy|stream|web server", r"1883|stream|not (an? )?(MQTT|broker)|instead")
def nginx_proxies_mqtt_as_a_web_page(lab):
    """Truth: nginx answers 400 in HTTP on 1883, for its server stands in http {} and belongs into stream {}."""
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "server { listen 1883; location / { proxy_pass http://127.0.0.1:1884; } }", 1883)
    proved(lab.phone, not_=True)
    proved(lab.phone, "-p", "1884")
    return together(lab, on_broker(lab), doctor(lab.phone, AT))


@reported("kin of x21: mode tcp, but the health check asks in HTTP", r"haproxy|proxy|balancer",
          r"httpchk|(health|HTTP).{0,12}check|checks?\b|\bDOWN\b",
          unsaid=r"(broker|mosquitto) (is|does) not (running|run)\b")
def haproxys_health_check_asks_in_http(lab):
    """Truth: `option httpchk` calls a broker dead that answers no HTTP, so haproxy sends nobody there; take it away."""
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  option httpchk GET /\n"
            "  server s 127.0.0.1:1884 check inter 300ms fall 2", 1883)
    time.sleep(1.5)
    proved(lab.phone, not_=True)
    proved(lab.phone, "-p", "1884")
    return on_broker(lab)


@reported("kin of x21: haproxy says why it gave the broker up", r"check|probe", r"haproxy|proxy|balancer|backend|HTTP",
          unsaid=r"password|certificate")
def haproxy_says_layer_7_invalid_response(_):
    """Truth: the check speaks HTTP to an MQTT broker; the broker may be well. Use a TCP check."""
    return said("[WARNING]  (12) : Server mqtt_back/emqx1 is DOWN, reason: Layer7 invalid response, info: "
                "\"<0x20><0x02>\", check duration: 2ms. 0 active and 0 backup servers left.\n[ALERT]    (12) : backend "
                "'mqtt_back' has no server available!")


# ---- x28: the answers take another way ------------------------------------------------------------


@reported("kin of x28: hairpin NAT, recorded on the phone", r"10\.77\.1\.9", r"answer|repl|respon|source|SYN|come",
          r"(an)?other address|hairpin|loopback|\bNAT\b|router|different|not (from )?the one|directly|instead")
def the_answer_comes_straight_from_the_broker(lab):
    """Truth: the phone asks the router's public address, and 10.77.1.9 of its own network answers itself: the router's
    forward lacks NAT loopback (hairpin)."""
    router = lab.router.name
    inside = lab._host(f"{lab.server.name}h")
    sh("ip", "netns", "add", inside.name)
    sh("ip", "link", "add", "e0", "netns", inside.name, "type", "veth", "peer", "name", "r3", "netns", router)
    for words in (("link", "add", "br0", "type", "bridge"), ("address", "flush", "dev", "r0"),
                  ("link", "set", "r0", "master", "br0"), ("link", "set", "r3", "master", "br0"),
                  ("address", "add", f"{ROUTER_PHONE}/24", "dev", "br0"),
                  ("link", "set", "r3", "up"), ("link", "set", "br0", "up")):
        sh("ip", "-n", router, *words)
    for words in (("address", "add", "10.77.1.9/24", "dev", "e0"), ("link", "set", "lo", "up"),
                  ("link", "set", "e0", "up"), ("route", "add", "default", "via", ROUTER_PHONE)):
        sh("ip", "-n", inside.name, *words)
    lab.router.set(ipv4__conf__all__send_redirects=0, ipv4__conf__br0__send_redirects=0)
    with contextlib.suppress(FileNotFoundError):  # where Docker runs, a bridge knows of NAT
        lab.router.set(**{"bridge__bridge-nf-call-iptables": 0})
    lab.router.nat(f"ip daddr {ROUTER_SERVER} tcp dport 1883 dnat to 10.77.1.9:1883")
    mosquitto(inside)
    proved(lab.phone, at="10.77.1.9")

    def act():
        proved(lab.phone, at=ROUTER_SERVER, not_=True)
    return explain(captured(lab, lab.phone, act), "--symptom", "cannot-connect", "--captured-on", "client")


@reported("kin of x28: two uplinks and a strict reverse path filter, two places",
          r"rp_filter|reverse.path|asymmetr|(an)?other (interface|link|way|uplink)|two (interfaces|uplinks|ways|"
          r"default)|e1\b", r"rp_filter|route|way back|e1\b|reverse.path")
def strict_reverse_path_filter_with_two_uplinks(lab):
    """Truth: packets come in by e0 and would be answered by e1, so rp_filter=1 drops them; set it to 2 or route the
    answers back."""
    another_link(lab)
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "route", "replace", "default", "via", "10.77.3.1")
    lab.server.set(ipv4__conf__all__rp_filter=1, ipv4__conf__e0__rp_filter=1, ipv4__conf__e1__rp_filter=1)
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, at="10.77.3.2")
    return both_ends(lab)


@reported("kin of x28: two uplinks, and nobody minds", HEALTHY)
def the_answers_leave_by_the_other_uplink(lab):
    """Truth: packets come in by e0 and are answered by e1 from the right address; no filter minds, nothing is wrong."""
    another_link(lab)
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    sh("ip", "-n", lab.server.name, "route", "replace", "default", "via", "10.77.3.1")
    lab.server.set(ipv4__conf__all__rp_filter=0, ipv4__conf__e0__rp_filter=0, ipv4__conf__e1__rp_filter=0)
    lab.router.set(ipv4__conf__all__rp_filter=0, ipv4__conf__r1__rp_filter=0, ipv4__conf__r2__rp_filter=0)
    proved(lab.phone, *ALICE)
    return doctor(lab.phone, AT, *ALICE)


# ---- x31: the asking machine's own rules ----------------------------------------------------------


@reported("kin of x31: the own firewall drops the answers", r"firewall|nft|chain|\brules?\b|filter",
          r"this (machine|host|device|computer|phone)|\bown\b|\blocal|\bhere\b|input",
          r"drop|discard|block|reject|throw", unsaid=r"(broker|server)'s (own )?firewall (drops|blocks)")
def the_own_firewall_drops_the_answers(lab):
    """Truth: this machine's input chain drops what comes from port 1883; the way and the broker are well."""
    mosquitto(lab.server)
    ruleset(lab.phone, "table inet f {\n"
            "chain in { type filter hook input priority 0; policy accept; tcp sport 1883 drop; }\n}\n")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported("kin of x31: a VPN's kill switch", r"kill.?switch|tun0|\bVPN\b|policy drop|output|own firewall",
          r"firewall|nft|\brules?\b|filter|kill.?switch|chain", r"drop|block|not let|lets? out|nothing|only|discard")
def the_vpns_kill_switch_is_closed(lab):
    """Truth: this machine's output chain lets out by tun0 alone, and there is no tun0: connect the VPN or open the
    switch."""
    mosquitto(lab.server)
    ruleset(lab.phone, 'table inet killswitch {\n'
            'chain out { type filter hook output priority 0; policy drop; oifname "lo" accept; '
            'oifname "tun0" accept; udp dport 53 accept; }\n}\n')
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported("kin of x31: a prohibiting route",
          r"prohibit 10\.77\.2\.2", r"ip route del")
def a_route_of_its_own_prohibits_it(lab):
    """Truth: this machine has a `prohibit` route to the server; delete it."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "route", "add", "prohibit", f"{SERVER}/32")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported("kin of x31: what Go says where the own kernel refuses",
          r"this (machine|host|device|computer)|\bown\b|\blocal",
          r"firewall|polic|rule|security|sandbox|SELinux|seccomp|permission|operating system|kernel|forbid|not (let|"
          r"allow)", unsaid=r"password|credential|not authori[sz]ed")
def an_app_says_operation_not_permitted(_):
    """Truth: the operating system of the app's own machine refuses to send; the broker was never asked."""
    return said("2024/05/02 10:11:12 connect failed: network Error : dial tcp 203.0.113.4:1883: connect: operation "
                "not permitted")


# ---- x35: the disk --------------------------------------------------------------------------------


def keeping(lab, place, *lines):
    """A broker that saves after each change, and its log."""
    log = configured(lab, "listener 1883", "allow_anonymous false", f"password_file {password_file(lab)}",
                     "persistence true", f"persistence_location {place}/", "autosave_on_changes true",
                     "autosave_interval 1", *lines)
    lab.server.wait_for_port(1883)
    for topic in ("keep/this", "keep/that"):
        sent(lab, topic, *ALICE, "-r", "-q", "1", "-m", "hello")
    return log


@reported("kin of x35: no inodes instead of no bytes", r"inode|(number|count) of files|too many files",
          r"disk|volume|file ?system|inode|persist|mosquitto\.db|sav(e|ing)")
def the_disk_has_no_inode_left(lab):
    """Truth: there are bytes but no inodes on the volume of mosquitto.db, so nothing is saved any more."""
    with volume(lab, "data", "size=2m,nr_inodes=8") as place:
        with contextlib.suppress(OSError):
            for number in range(20):
                (place / f"session-{number}").touch()
        log = keeping(lab, place, "user root")
        until("Error saving in-memory database", log)
        return on_broker(lab, "localhost", *ALICE)


@reported("kin of x35: the folder is not the broker's", r"persist|mosquitto\.db|sav(e|ed|ing)|stor(e|ed|ing)|writ",
          r"permission|owner|may not|belong|cannot (be )?(writ|sav|stor)|not writ|chown|writable|unable to open",
          unsaid=r"log_dest|(disk|volume|file ?system) is full")
def the_folder_belongs_to_root(lab):
    """Truth: user mosquitto may not write to persistence_location, so nothing outlives a restart; chown it."""
    place = lab.file("data")
    os.mkdir(place, 0o755)
    log = keeping(lab, place)
    until("Error saving in-memory database", log)
    return on_broker(lab, "localhost", *ALICE)


@reported("kin of x35: another volume is full", HEALTHY)
def another_volume_is_full(lab):
    """Truth: a volume that has nothing to do with the broker is full, as those of snap packages are; nothing is
    wrong."""
    with volume(lab, "snap", "size=64k") as place:
        subprocess.run(["dd", "if=/dev/zero", f"of={place}/core", "bs=1k", "count=100"], capture_output=True,
                       check=False)
        os.mkdir(lab.file("data"), 0o777)
        log = keeping(lab, lab.file("data"), "user root")
        time.sleep(1.3)
        staged("Error saving" not in pathlib.Path(log).read_text(), "it cannot save")
        proved(lab.phone, *ALICE)
        return doctor(lab.phone, AT, *ALICE)


@reported("kin of x35: what the broker's log says", r"disk|space|\bfull\b|volume|file ?system",
          r"persist|mosquitto\.db|sav(e|ed|ing)|retain|session|database|\bfull\b|free")
def mosquitto_says_no_space_left(_):
    """Truth: the disk of mosquitto.db is full; make room, or retained messages and sessions are lost with the next
    restart."""
    return said("1714640000: Error saving in-memory database, unable to open /mosquitto/data/mosquitto.db.new for "
                "writing.\n1714640000: Error: No space left on device.")


# ---- x36: the PROXY header ------------------------------------------------------------------------


@reported("kin of x36: the header is wanted and nobody sends it", r"PROXY.protocol|proxy_protocol|PROXY.{0,10}header",
          r"expect|want|without|miss|need|lack|not (sent?|come)|no (PROXY|header)|ask")
def nginx_wants_a_proxy_header(lab):
    """Truth: nginx's `listen 1883 proxy_protocol` expects a PROXY header first and hangs up without it; this phone
    sends none."""
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "", 1883, "stream { server { listen 1883 proxy_protocol; proxy_pass 127.0.0.1:1884; } }")
    proved(lab.phone, not_=True)
    proved(lab.phone, "-p", "1884")
    return on_broker(lab)


@reported("kin of x36: the binary header in front of a TLS listener", r"PROXY.protocol|send-proxy|PROXY.{0,10}header",
          r"haproxy|broker|mosquitto|listener|understand")
def haproxy_sends_a_binary_header_to_a_tls_listener(lab):
    """Truth: `send-proxy-v2` puts a header before the TLS that mosquitto does not know; take it away."""
    mosquitto(lab.server, *tls_lines("good", 8884), listener=None, ready=8884)
    haproxy(lab.server, "listen mqtts\n  bind :8883\n  server s 127.0.0.1:8884 send-proxy-v2", 8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    proved(lab.phone, "-p", "8884", "--cafile", ca())
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("kin of x36: stunnel's protocol = proxy", r"PROXY.protocol|protocol ?= ?proxy|PROXY.{0,10}header",
          r"stunnel|broker|mosquitto|understand|1884", unsaid=r"proxy_protocol\[\[")
def stunnel_sends_a_proxy_header(lab):
    """Truth: stunnel's `protocol = proxy` announces the client in a line that mosquitto takes for broken MQTT."""
    mosquitto(lab.server, listener=1884, ready=1884)
    good = certificates.get("good")
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1884\nprotocol = proxy\ncert = {good.chain}\n"
            f"key = {good.key}", 8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    proved(lab.phone, "-p", "1884")
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("kin of x36: a header that is sent and taken", HEALTHY)
def a_proxy_header_that_is_taken(lab):
    """Truth: haproxy sends a PROXY header, nginx behind it takes it off, and the broker sees plain MQTT; nothing is
    wrong."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", "allow_anonymous false", f"password_file {password_file(lab)}",
              listener=None, ready=1884)
    nginx(lab.server, "", 1885,
          "stream { server { listen 127.0.0.1:1885 proxy_protocol; proxy_pass 127.0.0.1:1884; } }")
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  server s 127.0.0.1:1885 send-proxy-v2", 1883)
    proved(lab.phone, *ALICE)
    return on_broker(lab, AT, *ALICE)


# ---- x41: two brokers -----------------------------------------------------------------------------

TWO = (r"(two|both|different|separate|several|(an)?other|not the same|each|independent)\b[^.]{0,40}\b(broker|server|"
       r"machine|backend|instance)s?\b|brokers?\b[^.]{0,60}(differ|not the same|not connected|separate)|\bbridge")


@reported("kin of x41: the name means another machine in the office, two places", r"broker\.test", TWO,
          r"10\.77\.2\.1\b|address", r"broker|server|machine", unsaid=r"refus|password")
def the_name_means_another_machine_elsewhere(lab):
    """Truth: broker.test is 10.77.2.2 for the phone and 10.77.2.1 for the other: each publishes to a broker of its
    own."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    lab.router.file("hosts", f"127.0.0.1 localhost\n::1 localhost\n{ROUTER_SERVER} broker.test\n")
    mosquitto(lab.router, name="other.conf")
    mosquitto(lab.server)
    heard = lab.phone.start("mosquitto_sub", "-h", "broker.test", "-t", "home/door")
    time.sleep(0.5)
    lab.router.run("mosquitto_pub", "-h", "broker.test", "-t", "home/door", "-m", "open")
    time.sleep(0.4)
    staged(not pathlib.Path(heard.log).read_text(), "it came")
    proved(lab.phone, at="broker.test")
    heard.terminate()
    heard.wait()
    words = ("broker.test:1883", "-t", "home/door", "--publish")
    return together(lab, doctor(lab.phone, "delivery", *words), doctor(lab.router, "delivery", *words),
                    words=("--symptom", "nothing-arrives"))


@reported("kin of x41: another port, another broker", TWO + r"|broker of its own|not (joined|linked|connected)",
          r"broker", r"9001|1883|port|sent-via")
def the_web_sockets_belong_to_another_broker(lab):
    """Truth: 9001 is a broker of its own beside that of 1883, and nothing goes from one to the other."""
    mosquitto(lab.server)
    mosquitto(lab.server, "listener 9001", "protocol websockets", listener=1885, ready=9001, name="web.conf")
    heard = subscriber(lab.router, "proof", "-t", "home/door")
    time.sleep(0.4)
    sent(lab, "home/door", "-p", "1885", "-m", "there")
    sent(lab, "home/door", "-m", "here")
    time.sleep(0.4)
    staged(pathlib.Path(heard.log).read_text() == "here\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return doctor(lab.phone, "delivery", AT, "-t", "home/door", "--sent-via", f"ws://{SERVER}:9001", "--publish",
                  "--symptom", "nothing-arrives")


@reported("kin of x41: haproxy shares out by source address, seen on its machine", TWO, r"haproxy|proxy|balanc",
          r"1885|1886|brokers|servers|backends")
def haproxy_shares_out_by_address(lab):
    """Truth: behind haproxy stand two brokers without a bridge, and each address has its own: who sends and who hears
    differ."""
    for port in (1885, 1886):
        mosquitto(lab.server, listener=port, ready=port, name=f"{port}.conf")
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  balance roundrobin\n  stick-table type ip size 1k expire 1h\n"
            "  stick on src\n  server a 127.0.0.1:1885\n  server b 127.0.0.1:1886", 1883)
    heard = subscriber(lab.phone, "panel", "-t", "home/door")
    time.sleep(0.5)
    for _ in range(3):
        sent(lab, "home/door", "-m", "open")
    time.sleep(0.4)
    staged(not pathlib.Path(heard.log).read_text(), "it came")
    sent(lab, "home/door", "-m", "inside", host=lab.phone)
    time.sleep(0.4)
    staged("inside" in pathlib.Path(heard.log).read_text(), "it did not come")
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", "-t", "home/door", "--publish", "--symptom",
                  "nothing-arrives")


@reported("kin of x41: two addresses, one broker", HEALTHY)
def two_addresses_of_one_broker(lab):
    """Truth: both addresses of the name belong to the same machine and broker; nothing is wrong."""
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.9/24", "dev", "e0")
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}", "host-record=broker.test,10.77.2.9")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    for address in (SERVER, "10.77.2.9"):
        proved(lab.phone, *ALICE, at=address)
    return doctor(lab.phone, "delivery", "broker.test:1883", *ALICE, "-t", "home/door", "--publish")


# ---- x42: the forward -----------------------------------------------------------------------------

FORWARD = r"forward|\bD?NAT\b|publish|mapp"


@reported("kin of x42: the forward is right, and the forward chain drops, two places",
          r"forward|\bD?NAT\b|container|DOCKER-USER|172\.17", r"drop|block|discard|reject",
          r"DOCKER-USER|forward(ing|ed)?.{0,40}(chain|rule|firewall|filter|hook)|(chain|rule|firewall|"
          r"filter).{0,80}forward", unsaid=r"nobody (has|lives)|no longer (has|there)|another address")
def the_forward_chain_drops_what_is_forwarded(lab):
    """Truth: DNAT leads to the container 172.17.0.2, and the chain DOCKER-USER drops 1883 on its way there."""
    inside = container(lab)
    lab.server.nat("iifname e0 tcp dport 1883 dnat to 172.17.0.2:1883")
    ruleset(lab.server, """table ip filter {
 chain DOCKER-USER { ct state established,related accept
  iifname "e0" ip daddr 172.17.0.2 tcp dport 1883 drop
 }
 chain FORWARD { type filter hook forward priority 0; policy accept; jump DOCKER-USER
 }
}
""")
    proved(lab.phone, not_=True)
    proved(inside, at="127.0.0.1")
    return together(lab, on_broker(lab, SERVER), doctor(lab.phone, AT))


@reported("kin of x42: the forward leads to a port where nobody listens", FORWARD, r"172\.17\.0\.2", r"\b1884\b",
          unsaid="docker run")
def the_forward_leads_to_another_port(lab):
    """Truth: DNAT leads to 172.17.0.2:1884 and the broker there listens on 1883."""
    inside = container(lab)
    lab.server.nat("tcp dport 1883 dnat to 172.17.0.2:1884")
    proved(lab.phone, not_=True)
    proved(inside, at="127.0.0.1")
    return together(lab, on_broker(lab, SERVER), doctor(lab.phone, AT))


@reported("kin of x42: the router's forward, the broker's machine moved, two places", r"forward|\bD?NAT\b",
          r"router|10\.77\.1\.1\b",
          r"(an)?other (address|machine)|\bold\b|wrong|no longer|not (lead|go|reach|point)|elsewhere|does not|"
          r"nobody|no one|10\.77\.2\.5", unsaid=r"(broker|mosquitto) (is|does) not (running|run)\b")
def the_routers_forward_leads_to_its_old_address(lab):
    """Truth: the broker is well at 10.77.2.2; the router at 10.77.1.1 forwards 1883 to 10.77.2.5, where nobody is."""
    mosquitto(lab.server)
    lab.router.nat(f"ip daddr {ROUTER_PHONE} tcp dport 1883 dnat to {NOBODY}:1883")
    proved(lab.phone, at=ROUTER_PHONE, not_=True)
    proved(lab.phone)
    return both_ends(lab, f"{ROUTER_PHONE}:1883")


# ---- x48: one connection for each user ------------------------------------------------------------

ONE_EACH = """from talk import *
held = {}
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        at = 12 + struct.unpack(">H", body[10:12])[0]
        user = body[at + 2:at + 2 + struct.unpack(">H", body[at:at + 2])[0]]
        before = held.get(user)
        held[user] = link
        if before:
            try: before.shutdown(socket.SHUT_RDWR)
            except OSError: pass
    return usual(broker, link, about, first, body)
Broker(answers, 1884).run()
"""
SAME_USER = r"alice|same user|user ?name|same login|one (user|account)|each user|log(in|ged|s)"
THROWN = r"each other|one another|thrown|throws?|take|took|replac|ends|closes|displac|kick|second|only one|"
THROWN += r"one connection|\bout\b"


@reported("kin of x48: another broker that keeps one connection for each user, listen in front", SAME_USER, THROWN,
          slowest=20)
def a_broker_with_one_connection_for_each_user(lab):
    """Truth: app-one and app-two both log in as alice, and the broker ends the older of her connections each time."""
    staged(BEHIND == 1884, BEHIND)
    python(lab.server, ONE_EACH)
    lab.server.wait_for_port(1884)

    def act():
        apps = []
        for host, name in ((lab.phone, "app-one"), (lab.router, "app-two")):
            apps.append(subscriber(host, name, "-d", *ALICE, "-t", "x"))
            time.sleep(0.7)
        time.sleep(6)
        staged(all(count("sending CONNECT", app) > 2 for app in apps),
               [pathlib.Path(app.log).read_text() for app in apps])
    return listen(lab, act)


@reported("kin of x48: recorded on the broker's machine", SAME_USER, THROWN)
def recorded_where_the_user_is_the_identifier(lab):
    """Truth: with use_username_as_clientid the apps app-one and app-two are one client, alice, and take each other's
    place."""
    process = mosquitto(lab.server, "use_username_as_clientid true", "allow_anonymous false",
                        f"password_file {password_file(lab)}")

    def act():
        for host, name in ((lab.phone, "app-one"), (lab.router, "app-two")):
            subscriber(host, name, *ALICE, "-t", "x")
            time.sleep(0.7)
        time.sleep(6)
    answer = explain(captured(lab, lab.server, act), "--symptom", "drops")
    staged(count("already connected, closing old connection", process) > 3, pathlib.Path(process.log).read_text())
    return answer


# ---- x51: a limit that hides what is wrong --------------------------------------------------------


def with_rules(lab, rules, *lines):
    """Users phone and dev, what they may do, and the words for the doctor's logins."""
    etc(lab, "mosquitto/passwd", pathlib.Path(passwords(lab, "phone", "dev")).read_text())
    etc(lab, "mosquitto/acl", rules)
    configured(lab, "user root", *lines, "allow_anonymous false", "password_file /etc/mosquitto/passwd",
               "acl_file /etc/mosquitto/acl")
    lab.server.wait_for_port(1883)
    secret = lab.file("secret", "pw\n")
    os.chmod(secret, 0o600)
    return ("-u", "phone", "-P", "pw", "--as-publisher", f"dev:{secret}", "--as-subscriber", f"phone:{secret}")


RIGHT = r"permi|\brights?\b|\bACL\b|acl_file|authori|may not|not allow|allowed|forbid"


def arrives(lab, sender, hearer, topic):
    heard = subscriber(lab.router, "proof", "-u", hearer, "-P", "pw", "-t", topic)
    time.sleep(0.4)
    sent(lab, topic, "-u", sender, "-P", "pw", "-m", "on")
    time.sleep(0.4)
    heard.terminate()
    heard.wait()
    return bool(pathlib.Path(heard.log).read_text())


@reported("kin of x51: a listener of QoS 0 alone, and a sender without the right", RIGHT, r"\bdev\b",
          r"publish|sender|\bsend|writ")
def qos_0_alone_and_a_sender_without_the_right(lab):
    """Truth: the listener takes QoS 0 alone, which harms nobody; dev may not publish to home/door."""
    words = with_rules(lab, "user phone\ntopic readwrite home/#\ntopic readwrite mqtt-doctor/#\nuser dev\n"
                       "topic write other/#\n", "listener 1883", "max_qos 0")
    staged(arrives(lab, "phone", "phone", "home/door") and not arrives(lab, "dev", "phone", "home/door"),
           "dev may send")
    return doctor(lab.phone, "delivery", AT, *words, "-t", "home/door", "--publish")


@reported("kin of x51: a short keep alive, and a hearer without the right", RIGHT, r"subscri|\bread|receiv|hear",
          r"phone|subscriber|receiver", unsaid=r"\bdev\b.{0,40}(may not|not allowed|no right)")
def a_short_keep_alive_and_a_hearer_without_the_right(lab):
    """Truth: the broker shortens keep alives to 20 s, which harms nobody; phone may not read home/door."""
    words = with_rules(lab, "user phone\ntopic write home/#\ntopic readwrite mqtt-doctor/#\nuser dev\n"
                       "topic readwrite home/#\ntopic readwrite mqtt-doctor/#\n", "max_keepalive 20",
                       "max_inflight_messages 1", "listener 1883")
    staged(arrives(lab, "dev", "dev", "home/door") and not arrives(lab, "dev", "phone", "home/door"), "phone may read")
    return doctor(lab.phone, "delivery", AT, *words, "-t", "home/door", "--publish")


@reported("kin of x51: a small message_size_limit, and a capital letter", r"(?-i:Home/door)", r"(?-i:home/door)",
          r"\bcase|capital|letter|differ|not the same|match|spell|asked for|(an)?other topic")
def a_size_limit_and_a_capital_letter(lab):
    """Truth: message_size_limit 100 harms nobody here; what is sent to Home/door is asked for as home/door."""
    mosquitto(lab.server, "message_size_limit 100")
    heard = subscriber(lab.router, "proof", "-t", "home/door")
    time.sleep(0.4)
    sent(lab, "Home/door")
    sent(lab, "home/door", "-m", "right")
    time.sleep(0.4)
    staged(pathlib.Path(heard.log).read_text() == "right\n", pathlib.Path(heard.log).read_text())
    heard.terminate()
    heard.wait()
    return doctor(lab.phone, "delivery", AT, "-t", "home/door", "--sent-to", "Home/door", "--symptom",
                  "nothing-arrives")


# ---- x53: -4, -6 and -A ---------------------------------------------------------------------------


@reported("kin of x53: -4 is asked for, and IPv6 is dead", HEALTHY)
def by_ipv4_all_is_well(lab):
    """Truth: nobody listens at the IPv6 address, but only IPv4 was asked about, and it works."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, f"listener 1883 {SERVER}", "allow_anonymous false",
              f"password_file {password_file(lab)}", listener=None)
    proved(lab.phone, *ALICE)
    proved(lab.phone, *ALICE, at=SERVER6, not_=True)
    return doctor(lab.phone, "broker.test:1883", "-4", *ALICE)


@reported("kin of x53: -4 is asked for, and only IPv6 works",
          r"swallow|drop|filter|firewall", r"10\.77\.2\.2|IPv4",
          unsaid=r"not running|nobody listens|\brefused\b|cloud's security group")
def by_ipv4_nothing_comes_through(lab):
    """Truth: on the way something drops IPv4 to 1883; IPv6 works, but the user asked for IPv4."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server)
    lab.router.nft(f"fw ip daddr {SERVER} tcp dport 1883 drop")
    proved(lab.phone, at=SERVER6)
    proved(lab.phone, not_=True)
    return doctor(lab.phone, "broker.test:1883", "-4")


@reported("kin of x53: -6 is asked for, and the name has no such address",
          r"(no|not|without|lacks?|only)\b.{0,60}(IPv6|AAAA)|(IPv6|AAAA).{0,60}(\bno\b|none|not\b|missing)|"
          r"only.{0,30}IPv4", unsaid=r"firewall (drops|blocks)")
def by_ipv6_the_name_has_no_address(lab):
    """Truth: broker.test has no IPv6 address; ask without -6, or add an AAAA record."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    proved(lab.phone, at="broker.test")
    return on_one_line(doctor(lab.phone, "broker.test:1883", "-6"))


@reported("kin of x53: -A an address that the server bans, two places", r"10\.77\.1\.3",
          r"drop|firewall|\brules?\b|block|bann|filter|discard|let")
def from_its_second_address_it_is_banned(lab):
    """Truth: the server's firewall drops 10.77.1.3, from which was asked; from 10.77.1.2 it would be let in."""
    second_address(lab)
    mosquitto(lab.server)
    guarded(lab.server, f"ip saddr {SECOND} tcp dport 1883 drop")
    proved(lab.phone)
    proved(lab.phone, "-A", SECOND, not_=True)
    return both_ends(lab, AT, "-A", SECOND)


@reported("kin of x53: -A an address of somebody else", r"10\.77\.1\.77",
          r"\bnot\b|\bno\b|none|belongs|has only|cannot",
          r"this (machine|host|device|computer)|interface|bind|\bown\b|local|-A\b|assign|available|address")
def from_an_address_that_it_does_not_have(lab):
    """Truth: this machine has no address 10.77.1.77, so it cannot ask from there."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, "-A", "10.77.1.77", not_=True)
    return on_one_line(doctor(lab.phone, AT, "-A", "10.77.1.77"))


# ---- x62: how a rule may be written ---------------------------------------------------------------


@reported("kin of x62: a range of ports", r"firewall|nft|dport|\brules?\b|filter", BANNED, r"1024|65535|range")
def a_range_of_ports_is_dropped(lab):
    """Truth: `tcp dport 1024-65535 drop` holds 1883 as well; accept 1883 before it."""
    mosquitto(lab.server)
    guarded(lab.server, "tcp dport 8883 accept\n  tcp dport 1024-65535 counter drop")
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported("kin of x62: marked in one chain, dropped in another", r"firewall|nft|\brules?\b|filter|mark", BANNED,
          r"\bmark|0x0*7\b")
def marked_here_and_dropped_there(lab):
    """Truth: prerouting marks what goes to 1883 with 7, and input drops what is marked so."""
    mosquitto(lab.server)
    ruleset(lab.server, """table inet mangle { chain pre { type filter hook prerouting priority mangle; policy accept;
 iifname != "lo" tcp dport { 1883, 5672 } meta mark set 0x7
 }
}
""")
    guarded(lab.server, "meta mark 0x7 drop")
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    return on_broker(lab)


@reported("kin of x62: a limit of new connections, two places", r"limit|\brate\b|(per|a) minute|too many|so many",
          r"firewall|nft|\brules?\b|filter|connection|minute", unsaid=r"max_connections")
def no_more_than_two_a_minute(lab):
    """Truth: a rule drops new connections above two a minute; the phone tries more often."""
    mosquitto(lab.server)
    guarded(lab.server, "tcp dport 1883 ct state new limit rate over 2/minute burst 2 packets drop")
    proved(lab.phone)
    proved(lab.phone)
    proved(lab.phone, not_=True)
    return together(lab, on_broker(lab), doctor(lab.phone, AT))


@reported("kin of x62: a count of connections for all",
          r"\bct count\b|connlimit|(count|number|limit|many|more than|most).{0,60}connection|"
          r"connections?.{0,60}(count|number|limit|many|more than|most|over)", r"firewall|nft|\brules?\b|filter",
          unsaid=r"max_connections")
def a_rule_that_counts_connections(lab):
    """Truth: the firewall refuses the third connection to 1883 (ct count over 2); two are held by others."""
    mosquitto(lab.server)
    guarded(lab.server, "tcp dport 1883 ct state new ct count over 2 reject with tcp reset")
    for name in ("panel-1", "panel-2"):
        subscriber(lab.router, name, "-t", "x")
    time.sleep(0.6)
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    return together(lab, on_broker(lab), doctor(lab.phone, AT))


@reported("kin of x62: a map from interfaces to chains", r"firewall|nft|\brules?\b|filter|chain", BANNED, r"\bworld\b")
def the_chain_of_that_interface_ends_in_drop(lab):
    """Truth: what comes in by e0 goes through the chain world, which accepts 22 and 8883 and drops the rest."""
    mosquitto(lab.server)
    ruleset(lab.server, """table inet filter {
 chain world { ct state established,related accept
  tcp dport { 22, 8883 } accept
  ip protocol icmp accept
  drop
 }
 chain input { type filter hook input priority 0; policy accept;
  iifname vmap { "lo" : accept, "e0" : jump world, "wg0" : accept }
 }
}
""")
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported("kin of x62: IPv6 alone is dropped, two places",
          r"nfproto|IPv6.{0,60}(drop|rule)|rule.{0,80}IPv6",
          r"(server|place0|this machine).{0,40}(firewall|rule)", unsaid=r"cloud's security group")
def the_rule_holds_for_ipv6_alone(lab):
    """Truth: the server's firewall drops 1883 over IPv6 (meta nfproto ipv6); over IPv4 it lets in."""
    mosquitto(lab.server)
    guarded(lab.server, "meta nfproto ipv6 tcp dport 1883 drop")
    proved(lab.phone)
    proved(lab.phone, at=SERVER6, not_=True)
    return both_ends(lab, f"[{SERVER6}]:1883")


@reported("kin of x62: rules that name 1883 and hold for nobody here", HEALTHY)
def a_rule_for_an_interface_that_is_not_there(lab):
    """Truth: the rules for 1883 are those of an interface that does not exist and of a chain that nobody calls."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    guarded(lab.server, 'iifname "wwan0" tcp dport 1883 drop', before="chain closed { tcp dport 1883 drop; }")
    proved(lab.phone, *ALICE)
    return on_broker(lab, AT, *ALICE)
