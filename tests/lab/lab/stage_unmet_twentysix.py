"""Never met, the twenty-sixth batch: one more of each kind of the situations that had been hard. What made those hard
stays (a ban that stands elsewhere, a name with two machines behind it, no way back, who one says one is decides, a
proxy that speaks the wrong thing, an acknowledgement that does not come, right and not read again, ...); the mechanism,
the place, the broker, the proxy, the rule language or the direction is another. Written down with its right answers by
somebody who had neither read the doctor's code nor asked it. `x02` and so on number the kinds; what is true, and what
somebody who knows would say, stands behind `Truth:`.
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
from .net import ROUTER_PHONE, ROUTER_SERVER, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, on_one_line, proved, reported, said, until
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, password_file, stunnel, tls_lines
from .stage_delivery import AT
from .stage_listen import BEHIND, listen
from .stage_unmet_eighteen import python, sent
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import configured
from .stage_unmet_twentytwo import seen, talk
from .stage_vantage import office

BANNED = r"drop|reject|refus|bann|\bden(y|ie)|block|discard|throw|close|hang"
RIGHT = r"permi|\brights?\b|\bACL\b|acl_file|authori|may not|not allow|allowed|forbid|\bden(y|ie)"
FORWARD = r"forward|\bD?NAT\b|publish|mapp"
READ_AGAIN = r"reload|\bHUP\b|restart|read (it |them |the file |its files? )?again|start(ed)? (it )?(again|anew)"
ENDED = r"clos|hang|hung|\bends?\b|ended|\bcut|drop|disconnect|throw|threw|thrown|refus|reject"
TWO = (r"(two|both|different|separate|several|(an)?other|not the same|each|independent)\b[^.]{0,40}\b(broker|server|"
       r"machine|backend|instance)s?\b|brokers?\b[^.]{0,60}(differ|not the same|not connected|separate)|\bbridge|"
       r"balanc")
WRONG_PROGRAM = r"(broker|mosquitto) (is|does) not (running|run)\b"


def together(lab, *answers, words=()):
    """What was seen in several places, laid beside one another somewhere else."""
    paths = []
    for number, answer in enumerate(answers):
        staged(answer.report, f"no report: {answer.error}")
        paths.append(lab.file(f"place{number}.json", json.dumps(answer.report)))
    return explain(*paths, *words)


def both_ends(lab, to=AT, *words, there="localhost"):
    """The report of the broker's machine and the phone's."""
    return together(lab, on_broker(lab, there, *words), doctor(lab.phone, to, *words))


def ruleset(host, text):
    host.run("nft", "-f", "-", input=text)


def guarded(host, rules):
    """An input chain as people write it."""
    ruleset(host, f"""table inet filter {{
 chain input {{ type filter hook input priority 0; policy accept;
  ct state established,related accept
  iif "lo" accept
  {rules}
 }}
}}
""")


def with_password(lab):
    return "allow_anonymous false", f"password_file {password_file(lab)}"


def passwords(lab, name, *pairs):
    path = lab.file(name, "".join(f"{user}:{password}\n" for user, password in pairs))
    sh("mosquitto_passwd", "-U", path)
    os.chmod(path, 0o644)
    return path


def stop(process):
    process.terminate()
    process.wait()


def neighbour(lab, suffix, host, link, *, here, there, name="eth0"):
    """One more machine beside `host`, which has the address `here` on that link."""
    inside = lab._host(f"{lab.server.name}{suffix}")
    sh("ip", "netns", "add", inside.name)
    sh("ip", "link", "add", name, "netns", inside.name, "type", "veth", "peer", "name", link, "netns", host.name)
    if here:
        sh("ip", "-n", host.name, "address", "add", here, "dev", link)
    sh("ip", "-n", host.name, "link", "set", link, "up")
    for words in (("address", "add", there, "dev", name), ("link", "set", "lo", "up"), ("link", "set", name, "up")):
        sh("ip", "-n", inside.name, *words)
    return inside


def container(lab, *lines):
    """A broker at 172.17.0.2, in a network of the server's own as Docker makes them."""
    inside = neighbour(lab, "d", lab.server, "docker0", here="172.17.0.1/16", there="172.17.0.2/16")
    sh("ip", "-n", inside.name, "route", "add", "default", "via", "172.17.0.1")
    lab.server.set(ipv4__ip_forward=1)
    mosquitto(inside, *lines, name="container.conf")
    return inside


def proxied(lab, text, ready=1883):
    """haproxy by /etc/haproxy/haproxy.cfg of the server."""
    etc(lab, "haproxy/haproxy.cfg", "defaults\n  mode tcp\n  timeout connect 3s\n  timeout client 1h\n"
        f"  timeout server 1h\n{text}\n")
    return lab.server.serve("haproxy", "haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", ready=ready)


# A broker of one's own that looks at what is asked.
ODD = """from talk import *
def size(body, at):
    return struct.unpack(">H", body[at:at + 2])[0]
def wanted(body):
    at = 2
    while at < len(body):
        yield body[at + 2:at + 2 + size(body, at)].decode()
        at += 3 + size(body, at)
def user(body):
    at = 2 + size(body, 0)
    flags, at = body[at + 1], at + 4
    for bit in (0, 4, 4, 128):
        if not bit or flags & bit:
            found = body[at + 2:at + 2 + size(body, at)].decode()
            at += 2 + size(body, at)
    return found if flags & 128 else ""
"""


def odd(lab, code, port=1883):
    """`code` defines answers(broker, link, about, first, body) for talk.Broker."""
    process = python(lab.server, ODD + code + f"\nBroker(answers, {port}).run()\n")
    lab.server.wait_for_port(port, process)
    return process


# ---- x02: banned ----------------------------------------------------------------------------------


@reported("kin of x02: nginx's own deny, two places", r"nginx|proxy|\bden(y|ie)", BANNED,
          r"10\.77\.1\.2|(this|that|the phone's|client's|its) address|\bdeny\b")
def nginx_denies_the_phones_address(lab):
    """Truth: nginx's stream block says `deny 10.77.1.2;`, so it hangs up on the phone at once; take the line away."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; deny 203.0.113.9; deny 10.77.1.2; allow all; "
          "proxy_pass 127.0.0.1:1884; } }")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("kin of x02: TCP wrappers before stunnel, two places",
          r"hosts\.deny|libwrap|(TCP|hosts).?wrapper|hosts.access", r"stunnel|mqtts|10\.77\.1\.|address|libwrap")
def hosts_deny_shuts_the_phones_network_out(lab):
    """Truth: stunnel has `libwrap = yes` and /etc/hosts.deny names the phone's network: it hangs up before the TLS
    handshake."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    lab.server.file("hosts.deny", "mqtts: 10.77.1.0/255.255.255.0\n")
    good = certificates.get("good")
    stunnel(lab.server, f"libwrap = yes\n[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1884\ncert = {good.chain}\n"
            f"key = {good.key}", 8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    proved(lab.router, "-p", "8883", "--cafile", ca())
    words = ("--cafile", ca())
    return together(lab, on_broker(lab, "mqtts://localhost:8883", *words),
                    doctor(lab.phone, f"mqtts://{SERVER}:8883", *words))


@reported("kin of x02: what fail2ban writes", r"fail2ban|\bbann?\b|banned", r"address|203\.0\.113\.77|\bIP\b",
          unsaid=r"keep.?alive|certificate")
def fail2ban_says_that_it_banned(_):
    """Truth: fail2ban has banned 203.0.113.77 after failed logins; correct the password, then unban the address."""
    return said("2024-05-02 10:11:12,345 fail2ban.actions [812]: NOTICE  [mosquitto] Ban 203.0.113.77")


# ---- x04, x28: another machine behind the name or the address -------------------------------------


@reported("kin of x04: the AAAA record's machine shows a certificate of its own", r"fd77:2::1\b|IPv6|AAAA",
          r"certificate|other\.test|(an)?other (server|machine|broker|host)",
          r"IPv4|10\.77\.2\.2|(an)?other (server|machine|broker)\b|not the same (server|machine|broker)")
def the_aaaa_record_shows_another_certificate(lab):
    """Truth: fd77:2::1, the name's IPv6 address, is another machine whose certificate is for other.test; by IPv4 all is
    well. Correct the AAAA record."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},fd77:2::1")
    mosquitto(lab.router, *tls_lines("other"), listener=None, ready=8883, name="old.conf")
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="broker.test", not_=True)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), "--insecure", at="fd77:2::1")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported("kin of x28: two machines with one address, two places",
          r"another machine", r"conflict|twice|same address")
def two_machines_have_the_brokers_address(lab):
    """Truth: a printer has 10.77.2.2 as well, and the router asks it; it refuses 1883 while the broker is well. From
    the two reports: it is not this machine that refuses (a conflict of addresses, or something in between)."""
    router = lab.router.name
    mosquitto(lab.server)
    printer = neighbour(lab, "q", lab.router, "r3", here=None, there=f"{SERVER}/24", name="e0")
    for words in (("link", "add", "br0", "type", "bridge"), ("address", "flush", "dev", "r1"),
                  ("link", "set", "r1", "master", "br0"), ("link", "set", "r3", "master", "br0"),
                  ("address", "add", f"{ROUTER_SERVER}/24", "dev", "br0"), ("link", "set", "br0", "up")):
        sh("ip", "-n", router, *words)
    sh("ip", "-n", printer.name, "route", "add", "default", "via", ROUTER_SERVER)
    mac = json.loads(sh("ip", "-n", printer.name, "-j", "link", "show", "e0"))[0]["address"]
    sh("ip", "-n", router, "neigh", "replace", SERVER, "lladdr", mac, "dev", "br0", "nud", "permanent")
    proved(lab.phone, not_=True)
    proved(lab.server)
    staged("refused" in subprocess.run(lab.phone.command("mosquitto_pub", "-h", SERVER, "-t", "x", "-m", "x"),
                                       capture_output=True, text=True, timeout=5, check=False).stderr, "not refused")
    return both_ends(lab)


# ---- x09, x31: the way back, and the own machine --------------------------------------------------


@reported("kin of x09: a netmask that is too wide, two places", r"net.?mask|subnet mask|/16|prefix|255\.255|\bwide",
          r"10\.77\.|phone|client|answer|route|directly|on.?link|neighbou?r|same (network|subnet)",
          unsaid=r"firewall (drops|blocks)")
def the_servers_netmask_is_too_wide(lab):
    """Truth: the server has 10.77.2.2/16 and takes the phone for a neighbour, so its answers never go to the router;
    make it /24."""
    mosquitto(lab.server)
    server = lab.server.name
    sh("ip", "-n", server, "address", "del", f"{SERVER}/24", "dev", "e0")
    sh("ip", "-n", server, "address", "add", f"{SERVER}/16", "dev", "e0")
    sh("ip", "-n", server, "route", "replace", "default", "via", ROUTER_SERVER)
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("kin of x09: the phone's machine has the broker's network itself, for its containers",
          r"br-5f3a91c2d7e", r"overlap", unsaid=r'(server|host|machine) is (switched )?off|Wi-?Fi|"certain"')
def the_own_docker_network_overlaps(lab):
    """Truth: this machine's Docker bridge br-5f3a91c2d7e has 10.77.2.0/24, so what is meant for the broker goes there;
    give Docker another network."""
    mosquitto(lab.server)
    phone = lab.phone.name
    sh("ip", "-n", phone, "link", "add", "br-5f3a91c2d7e", "type", "bridge")
    sh("ip", "-n", phone, "address", "add", "10.77.2.1/24", "dev", "br-5f3a91c2d7e")
    sh("ip", "-n", phone, "link", "set", "br-5f3a91c2d7e", "up")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported("kin of x31: the own machine sends it to itself, as a proxy left it", r"redirect|\bD?NAT\b|9040|transparent",
          r"this (machine|host|device|computer|phone)|\bown\b|9040")
def a_transparent_proxy_left_its_rule(lab):
    """Truth: this machine's nat rule sends all TCP to its own port 9040, where nobody listens any more; delete it."""
    mosquitto(lab.server)
    ruleset(lab.phone, "table ip tor {\n chain output { type nat hook output priority -100; oifname != \"lo\" "
            "meta l4proto tcp redirect to :9040; }\n}\n")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


# ---- x12, x13, a33: who one is, and what one may --------------------------------------------------


@reported("kin of x12: a proxy reads the identifier", r"client.?id|identifier", r"haproxy|proxy|shop-",
          unsaid=r"already (in use|connected)|taken over")
def haproxy_lets_in_by_the_identifier(lab):
    """Truth: haproxy hangs up on every CONNECT whose identifier does not begin with shop-; the broker never sees it."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    proxied(lab, "listen mqtt\n  bind :1883\n  tcp-request inspect-delay 5s\n  tcp-request content reject unless "
            "{ req.payload(0,0),mqtt_field_value(connect,client_identifier) -m beg shop- }\n"
            "  server s 127.0.0.1:1884")
    proved(lab.phone, "-i", "shop-7")
    proved(lab.phone, "-i", "app-7", not_=True)
    return on_broker(lab, "localhost", "-i", "app-7")


@reported("kin of x13: a rule that holds on one listener", RIGHT,
          r"acl-guests|per_listener|(this|that|each|its own) listener|listener.{0,20}1885")
def the_other_listener_has_an_access_list_of_its_own(lab):
    """Truth: with per_listener_settings the listener 1885 has /etc/mosquitto/acl-guests, by which alice may not write
    home/door; on 1883 she may."""
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    etc(lab, "mosquitto/acl", "user alice\ntopic readwrite #\n")
    etc(lab, "mosquitto/acl-guests", "user alice\ntopic readwrite mqtt-doctor/#\ntopic read home/#\n")
    login = ("allow_anonymous false", "password_file /etc/mosquitto/passwd")
    configured(lab, "user root", "per_listener_settings true", "listener 1883", *login, "acl_file /etc/mosquitto/acl",
               "listener 1885", *login, "acl_file /etc/mosquitto/acl-guests")
    lab.server.wait_for_port(1885)
    heard = subscriber(lab.router, "proof", *ALICE, "-t", "home/door")
    time.sleep(0.5)
    sent(lab, "home/door", *ALICE, "-p", "1885", "-m", "guest")
    sent(lab, "home/door", *ALICE, "-m", "family")
    time.sleep(0.4)
    staged(pathlib.Path(heard.log).read_text() == "family\n", pathlib.Path(heard.log).read_text())
    stop(heard)
    return doctor(lab.server, "delivery", "localhost:1885", "--on-broker", *ALICE, "-t", "home/door", "--publish")


@reported("kin of a33-acl-typo: literal instead of pattern, dynamic security", r"subscri", r"literal|pattern",
          unsaid=r"password is wrong|wrong password")
def a_literal_right_to_subscribe(lab):
    """Truth: the role has subscribeLiteral for home/#, which is that very filter alone; home/door needs
    subscribePattern."""
    salt = b"0123456789ab"
    secret = base64.b64encode(hashlib.pbkdf2_hmac("sha512", b"alice-pw", salt, 101)).decode()

    def allow(kind, topic):
        return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}
    etc(lab, "mosquitto/dynamic-security.json", json.dumps({
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": True, "subscribe": False,
                             "unsubscribe": True},
        "clients": [{"username": "alice", "password": secret, "salt": base64.b64encode(salt).decode(),
                     "iterations": 101, "roles": [{"rolename": "home"}]}],
        "roles": [{"rolename": "home", "acls": [
            allow("publishClientSend", "#"), allow("publishClientReceive", "#"), allow("subscribeLiteral", "home/#"),
            allow("subscribePattern", "mqtt-doctor/#")]}]}))
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false",
                     "plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
                     "plugin_opt_config_file /etc/mosquitto/dynamic-security.json")
    until("running", log)
    heard = [subscriber(lab.router, name, *ALICE, "-t", name) for name in ("home/door", "home/#")]
    time.sleep(0.5)
    sent(lab, "home/door", *ALICE, "-m", "open")
    time.sleep(0.4)
    staged(not count("open", heard[0]) and count("open", heard[1]) == 1, pathlib.Path(log).read_text())
    for each in heard:
        if each.poll() is None:
            stop(each)
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", *ALICE, "-t", "home/door", "--publish")


# ---- x20, x21, x36: a proxy that speaks the wrong thing -------------------------------------------


@reported("kin of x20: a plain proxy in front of a TLS listener", r"\bTLS\b|\bssl\b",
          r"8884|nginx|proxy_ssl|backend|behind|upstream", unsaid=r"certificate (has |is )?expired|" + WRONG_PROGRAM)
def nginx_speaks_plain_to_a_tls_listener(lab):
    """Truth: nginx takes plain MQTT on 1883 and hands it on to 127.0.0.1:8884, where the broker wants TLS; `proxy_ssl
    on` is missing."""
    mosquitto(lab.server, *tls_lines("good", 8884), listener=None, ready=8884)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass 127.0.0.1:8884; } }")
    proved(lab.phone, not_=True)
    proved(lab.phone, "-p", "8884", "--cafile", ca())
    return on_broker(lab)


@reported("kin of x21: mode tcp, and a listener of WebSockets behind it", r"web.?sockets?",
          r"haproxy|9001|proxy|backend|behind|protocol websockets", unsaid=WRONG_PROGRAM)
def haproxy_leads_1883_to_the_web_sockets(lab):
    """Truth: haproxy hands MQTT from 1883 to 9001, where the broker speaks WebSocket alone; its line should lead to
    1884."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", "listener 9001", "protocol websockets", listener=None, ready=9001)
    proxied(lab, "listen mqtt\n  bind :1883\n  server s 127.0.0.1:9001")
    proved(lab.phone, not_=True)
    proved(lab.server, "-p", "1884", at="127.0.0.1")
    return on_broker(lab)


@reported("kin of x36: another machine's nginx sends the header, recorded at the broker",
          r"PROXY.protocol|proxy_protocol|PROXY.{0,12}(header|line)|PROXY TCP4")
def nginx_on_the_router_sends_a_header(lab):
    """Truth: what comes first is `PROXY TCP4 ...`, which the broker takes for broken MQTT; take `proxy_protocol on`
    away in the proxy at 10.77.2.1."""
    mosquitto(lab.server)
    nginx(lab.router, "", 1883,
          f"stream {{ server {{ listen 1883; proxy_pass {SERVER}:1883; proxy_protocol on; }} }}")

    def act():
        for _ in range(2):
            proved(lab.phone, at=ROUTER_PHONE, not_=True)
    answer = seen(lab, "cannot-connect", act)
    proved(lab.phone)
    return answer


# ---- x35: the disk --------------------------------------------------------------------------------


@reported("kin of x35: the card was made read-only after an error", r"read.?only|\bro\b",
          r"persist|disk|volume|file ?system|mosquitto\.db|sav(e|ing)|card", r"dmesg|remount",
          unsaid=r"(disk|volume) is full|make room")
def the_volume_became_read_only(lab):
    """Truth: the file system of mosquitto.db is mounted read-only, so nothing is saved any more; look why (dmesg) and
    mount it rw."""
    place = lab.file("data")
    os.mkdir(place)
    sh("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place)
    with contextlib.ExitStack() as stack:
        stack.callback(sh, "umount", "-l", place)
        log = configured(lab, "user root", "listener 1883", *with_password(lab), "persistence true",
                         f"persistence_location {place}/", "autosave_on_changes true", "autosave_interval 1")
        lab.server.wait_for_port(1883)
        sent(lab, "keep/this", *ALICE, "-r", "-q", "1", "-m", "hello")
        time.sleep(1.2)
        sh("mount", "-o", "remount,ro", place)
        for number in range(3):
            sent(lab, f"keep/{number}", *ALICE, "-r", "-q", "1", "-m", "hello")
        until("Error saving in-memory database", log)
        return on_broker(lab, "localhost", *ALICE)


# ---- x41, x42, a17: two brokers, and a forward ----------------------------------------------------


@reported("kin of x41: a router shares out in turn, seen by the phone", TWO)
def a_router_shares_out_in_turn(lab):
    """Truth: behind 10.77.2.100 stand two brokers that know nothing of each other, and connections go to them in turn;
    who publishes and who hears are on different ones."""
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.9/24", "dev", "e0")
    mosquitto(lab.server, f"listener 1883 {SERVER}", listener=None)
    mosquitto(lab.server, "listener 1883 10.77.2.9", "max_keepalive 600", "max_packet_size 40000",
              "max_inflight_messages 7", listener=None, name="second.conf")
    lab.router.nat("ip daddr 10.77.2.100 tcp dport 1883 dnat to numgen inc mod 2 map "
                   f"{{ 0 : {SERVER}, 1 : 10.77.2.9 }}")
    heard = lab.phone.start("stdbuf", "-oL", "mosquitto_sub", "-h", "10.77.2.100", "-t", "home/door")
    time.sleep(0.5)
    for payload in ("odd", "even"):
        proved(lab.phone, at="10.77.2.100")
        lab.phone.run("mosquitto_pub", "-h", "10.77.2.100", "-t", "home/door", "-m", payload)
        proved(lab.phone, at="10.77.2.100")
    time.sleep(0.4)
    staged(len(pathlib.Path(heard.log).read_text().splitlines()) == 1, pathlib.Path(heard.log).read_text())
    stop(heard)
    return doctor(lab.phone, "delivery", "10.77.2.100:1883", "-t", "home/door", "--publish", "--symptom",
                  "nothing-arrives")


@reported("kin of x41: two brokers with a bridge", HEALTHY)
def two_brokers_with_a_bridge_between_them(lab):
    """Truth: haproxy shares out among two brokers, and a bridge brings to each what the other hears; nothing is
    wrong."""
    login = with_password(lab)
    mosquitto(lab.server, *login, listener=1885, ready=1885, name="first.conf")
    second = mosquitto(lab.server, *login, "connection first", "address 127.0.0.1:1885", "remote_username alice",
                       "remote_password alice-pw", "topic # both 2", listener=1886, ready=1886, name="second.conf")
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  balance roundrobin\n  server a 127.0.0.1:1885\n"
            "  server b 127.0.0.1:1886", 1883)
    until("CONNACK on connection", second.log)
    heard = [subscriber(lab.router, f"proof-{number}", *ALICE, "-t", "home/door") for number in range(2)]
    time.sleep(0.5)
    for payload in ("one", "two"):
        sent(lab, "home/door", *ALICE, "-m", payload)
    time.sleep(0.5)
    for each in heard:
        staged(sorted(pathlib.Path(each.log).read_text().split()) == ["one", "two"], "it is not shared")
        stop(each)
    return doctor(lab.phone, "delivery", AT, *ALICE, "-t", "home/door", "--publish")


@reported("kin of x42: a proxy that leads to the container's old address", r"172\.17\.0\.5", r"haproxy|proxy|backend",
          r"nobody|no one|not (answer|reach|exist|there)|unreach|no route|down|moved|\bold\b|wrong|fail|cannot")
def haproxy_leads_to_where_the_container_was(lab):
    """Truth: haproxy's server line says 172.17.0.5, where nobody is; the container with the broker has 172.17.0.2."""
    inside = container(lab)
    proxied(lab, "listen mqtt\n  bind :1883\n  server broker 172.17.0.5:1883")
    proved(lab.phone, not_=True)
    proved(inside, at="127.0.0.1")
    proved(lab.server, at="172.17.0.2")
    return on_broker(lab)


@reported("kin of x42: the rule still holds for the address that the server had, two places", FORWARD,
          r"10\.77\.2\.9", r"10\.77\.2\.2\b|\bold\b|(an)?other address|no longer|not (have|match|hold|its)|does not|"
          r"nobody|only")
def the_forward_holds_for_the_servers_old_address(lab):
    """Truth: the DNAT rule holds for 10.77.2.9 and the server now has 10.77.2.2, so nothing is handed to the container
    and nobody listens here."""
    inside = container(lab)
    lab.server.nat("ip daddr 10.77.2.9 tcp dport 1883 dnat to 172.17.0.2:1883")
    proved(lab.phone, not_=True)
    proved(inside, at="127.0.0.1")
    return both_ends(lab, there=SERVER)


@reported("kin of a17-other-broker-blamed: from outside one reaches a container's broker, two places",
          r"172\.17\.0\.2|\bD?NAT\b|forward|redirect|container|docker",
          r"(an)?other (broker|one)|container|docker|172\.17\.0\.2|not (this|the same)|two brokers|differ")
def from_outside_one_reaches_the_containers_broker(lab):
    """Truth: localhost:1883 is mosquitto, which knows alice; what comes in by e0 is forwarded to the container
    172.17.0.2, whose broker does not."""
    mosquitto(lab.server, *with_password(lab))
    container(lab, "allow_anonymous false", f"password_file {passwords(lab, 'others', ('z2m', 'z2m-pw'))}")
    lab.server.nat("iifname e0 tcp dport 1883 dnat to 172.17.0.2:1883")
    proved(lab.phone, *ALICE, not_=True)
    proved(lab.phone, "-u", "z2m", "-P", "z2m-pw")
    proved(lab.server, *ALICE, at="127.0.0.1")
    return both_ends(lab, AT, *ALICE)


# ---- x48: taken for one ---------------------------------------------------------------------------


@reported("kin of x48: two bridges of one name, recorded at the broker", r"client.?id|identifier|same name|pi\.cloud\b",
          r"two|both|each other|one another|another|same|twice|in turn",
          r"bridge|raspberrypi|10\.77\.1\.2|10\.77\.2\.1\b", slowest=25)
def two_bridges_with_one_identifier(lab):
    """Truth: the bridges of two machines have one identifier (a configuration was copied) and throw each other out;
    give one of them a remote_clientid of its own."""
    process = mosquitto(lab.server)

    def act():
        for host, name in ((lab.phone, "shed.conf"), (lab.router, "house.conf")):
            mosquitto(host, "connection cloud", f"address {SERVER}:1883", "remote_clientid raspberrypi.cloud",
                      "restart_timeout 1", "topic meter/# out 0", name=name)
            time.sleep(0.5)
        time.sleep(16)
    answer = seen(lab, "drops", act)
    staged(count("already connected, closing old connection", process) > 2, pathlib.Path(process.log).read_text())
    return answer


@reported("kin of x48: one client that comes by another network", HEALTHY)
def the_phone_changes_its_network_once(lab):
    """Truth: the same app comes with its identifier by another network, takes its own session over once and gets
    what was sent; nothing is wrong."""
    sh("ip", "-n", lab.phone.name, "address", "add", "10.77.1.3/24", "dev", "e0")
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
old = Talk(HOST).connect("app-of-ann", clean=False).subscribe("home/door", qos=1)
old.answer(1.5)
real = socket.socket.connect
def by_the_other(link, to):
    link.bind(("10.77.1.3", 0))
    real(link, to)
socket.socket.connect = by_the_other
new = Talk(HOST).connect("app-of-ann", clean=False).subscribe("home/door", qos=1)
new.answer(4)
new.goodbye()
""")
        time.sleep(0.9)
        for number in range(4):
            sent(lab, "home/door", "-i", "door", "-q", "1", "-m", f"open-{number}")
            time.sleep(0.9)
        staged(app.wait(9) == 0, pathlib.Path(app.log).read_text())
    path = captured(lab, lab.server, act)
    staged(count("app-of-ann already connected, closing old", process) == 1, pathlib.Path(process.log).read_text())
    staged(count("Received PUBACK from app-of-ann", process) == 4, pathlib.Path(process.log).read_text())
    return explain(path)


# ---- x51, a31: what hides, and what is kept -------------------------------------------------------


@reported("kin of x51: nothing may be kept, and a filter of one level", r"home/\+",
          r"level|deeper|match|wildcard|cover|home/#")
def nothing_is_kept_and_the_filter_is_too_short(lab):
    """Truth: retain_available false harms nobody here; home/+ holds one level and home/hall/door has two."""
    mosquitto(lab.server, "retain_available false")
    heard = subscriber(lab.router, "proof", "-t", "home/+")
    time.sleep(0.4)
    sent(lab, "home/hall/door", "-m", "deep")
    sent(lab, "home/door", "-m", "flat")
    time.sleep(0.4)
    staged(pathlib.Path(heard.log).read_text() == "flat\n", pathlib.Path(heard.log).read_text())
    stop(heard)
    return doctor(lab.phone, "delivery", AT, "-t", "home/+", "--sent-to", "home/hall/door", "--symptom",
                  "nothing-arrives")


@reported("kin of a31-retained-wildcard: MQTT 5, the app takes no more than 100 bytes",
          r"packet size|too (large|long|big)|larger?|longer|bigger|more than|\b100\b", r"100|bytes|limit|maximum|size",
          r"app|client|wall-panel|subscriber|plan")
def the_kept_message_is_larger_than_the_app_takes(lab):
    """Truth: wall-panel says in its CONNECT that it takes packets of 100 bytes at most, so the broker never sends it
    the retained home/plan of 400 bytes."""
    mosquitto(lab.server)

    def act():
        sent(lab, "home/plan", "-i", "planner", "-q", "1", "-r", "-m", "p" * 400)
        sent(lab, "home/state", "-i", "planner", "-q", "1", "-r", "-m", "on")
        other = subscriber(lab.router, "desk", "-t", "home/#")
        panel = talk(lab.phone, """
one = Talk(HOST, v5=True).connect("wall-panel", properties=b"\\x27\\0\\0\\0\\x64")
one.subscribe("home/#")
one.wait(2)
if b"home/state" not in one.heard or b"pppp" in one.heard: sys.exit(1)
one.goodbye()
""")
        staged(panel.wait(8) == 0, pathlib.Path(panel.log).read_text())
        staged(count("pppp", other) and count("on", other), "the other has it not")
    return seen(lab, "nothing-arrives", act)


# ---- x53: -6 and -A -------------------------------------------------------------------------------


@reported("kin of x53: a link-local address without its zone",
          r"(without|no|lacks?|miss|needs?).{0,40}(zone|interface|%)", r"%e0", r"fe80")
def a_link_local_address_without_its_zone(lab):
    """Truth: a link-local address needs the interface: fe80::...%e0; without it this machine does not know where to
    ask."""
    address = next(each["local"] for each in json.loads(sh(
        "ip", "-n", lab.router.name, "-j", "-6", "address", "show", "dev", "r0"))[0]["addr_info"]
        if each["scope"] == "link")
    mosquitto(lab.router)
    proved(lab.phone, at=f"{address}%e0")
    proved(lab.phone, at=address, not_=True)
    return on_one_line(doctor(lab.phone, f"[{address}]:1883"))


@reported("kin of x53: -A of the other family", r"IPv4|10\.77\.2\.2", r"IPv6|fd77:1::2",
          r"-A\b|famil|\bkind|differ|from|bind|own address|local address|only|cannot|match", unsaid=r"firewall")
def from_an_ipv6_address_to_an_ipv4_one(lab):
    """Truth: -A fd77:1::2 is an IPv6 address and 10.77.2.2 an IPv4 one: nobody can ask the one from the other."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, "-A", "fd77:1::2", not_=True)
    return on_one_line(doctor(lab.phone, AT, "-A", "fd77:1::2"))


@reported("kin of x53: what Node says of it", r"\bzone|\bscope|%|link.?local", unsaid=r"password|credential")
def node_says_einval_for_a_link_local_address(_):
    """Truth: fe80::... is a link-local address, which needs its interface (%wlan0); nothing was sent."""
    return said("Error: connect EINVAL fe80::ba27:ebff:fe12:3456:1883 - Local (:::0)")


# ---- x62: how a rule may be written ---------------------------------------------------------------


@reported("kin of x62: so many bytes, and they are used up", r"quota|mbytes", BANNED, r"used up|exhaust")
def the_quota_of_bytes_is_used_up(lab):
    """Truth: the rule lets 25 MB go to 1883 and drops the rest (`quota over 25 mbytes`), and they are used up; raise or
    reset it."""
    mosquitto(lab.server)
    guarded(lab.server, "tcp dport { 1883, 8883 } quota over 25 mbytes used 25 mbytes drop")
    subprocess.run(lab.phone.command("timeout", "1", "mosquitto_pub", "-h", SERVER, "-t", "x", "-m", "x"), check=False)
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    return on_broker(lab)


@reported("kin of x62: so many bytes, and most are left", HEALTHY)
def the_quota_of_bytes_is_not_used_up(lab):
    """Truth: of 500 MB 20 MB are used, so the rule that would drop drops nothing; nothing is wrong."""
    mosquitto(lab.server, *with_password(lab))
    guarded(lab.server, "tcp dport { 1883, 8883 } quota over 500 mbytes used 20 mbytes drop")
    proved(lab.phone, *ALICE)
    return on_broker(lab, AT, *ALICE)


@reported("kin of x62: neighbours alone, by the time to live, two places",
          r"\bttl\b", r"(server|this machine)'s (own )?firewall|rule that decides", unsaid=r"security group")
def who_comes_over_a_router_is_dropped(lab):
    """Truth: a rule drops what arrives with a TTL other than 64, that is, whoever comes over a router, as the phone
    does."""
    mosquitto(lab.server)
    guarded(lab.server, "tcp dport 1883 ip ttl != 64 counter drop")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("kin of x62: iptables looks for a word, two places",
          r"(server|this machine)'s (own )?firewall", r"iptables", r"string", r"iptables -D INPUT", unsaid=r"8883")
def iptables_drops_what_holds_the_word_mqtt(lab):
    """Truth: iptables on the server drops packets to 1883 that hold the word MQTT (-m string), so the connection is
    opened and the CONNECT never arrives."""
    mosquitto(lab.server)
    lab.server.run("iptables", "-A", "INPUT", "!", "-i", "lo", "-p", "tcp", "--dport", "1883", "-m", "string", "--algo",
                   "bm", "--string", "MQTT", "-j", "DROP")
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    sh(*lab.phone.command("python3", "-c", f"import socket; socket.create_connection(('{SERVER}', 1883), 2)"))
    return both_ends(lab)


# ---- a05: right in the file, and not read again ---------------------------------------------------


@reported("kin of a05-password-not-reloaded: haproxy's file was corrected", r"haproxy", READ_AGAIN,
          r"newer|changed|since|\bold\b|already|corrected|\bfile\b|haproxy\.cfg")
def haproxys_file_was_corrected_and_not_read(lab):
    """Truth: haproxy.cfg says 1884 now, which is right; the running haproxy still leads to 1885. Reload it."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    proxied(lab, "listen mqtt\n  bind :1883\n  server s 127.0.0.1:1885")
    path = pathlib.Path("/etc/netns", lab.server.name, "haproxy/haproxy.cfg")
    time.sleep(1.2)
    path.write_text(path.read_text().replace("1885", "1884"))
    proved(lab.phone, not_=True)
    proved(lab.server, "-p", "1884", at="127.0.0.1")
    return on_broker(lab)


# ---- a08, a09: it hangs up on one packet ----------------------------------------------------------


@reported("kin of a08-aws-will-q2: a will for all topics, recorded", r"\bwills?\b|LWT|testament", r"wildcard|lamp/#")
def a_will_with_a_wildcard(lab):
    """Truth: the broker hangs up on lamp-2's CONNECT because its will is for lamp/#, and nobody may publish to a
    wildcard."""
    mosquitto(lab.server)

    def act():
        done = talk(lab.phone, """
one = Talk(HOST).connect("lamp-1", will=("lamp/state", "offline", 1))
if not one.heard: sys.exit(1)
for _ in range(3):
    two = Talk(HOST).connect("lamp-2", will=("lamp/#", "offline", 1))
    if two.heard[:4] == b"\\x20\\2\\0\\0": sys.exit(2)
    two.close()
    time.sleep(0.5)
one.goodbye()
""")
        staged(done.wait(8) == 0, pathlib.Path(done.log).read_text())
    return seen(lab, "cannot-connect", act)


@reported("kin of a09-explorer-aws: a filter of nine levels, listen in front", r"subscri", ENDED,
          r"level|slash|deep|topic|filter|plant/")
def it_hangs_up_on_a_filter_of_nine_levels(lab):
    """Truth: the broker hangs up on the SUBSCRIBE to plant/... of nine levels, as AWS IoT does from the eighth slash
    on; a shorter one is answered."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 8 and any(each.count("/") > 7 for each in wanted(body)):
        return False
    return usual(broker, link, about, first, body)
""", BEHIND)

    def act():
        subscriber(lab.phone, "short", "-t", "plant/hall/line")
        time.sleep(0.5)
        deep = subscriber(lab.phone, "long", "-d", "-t", "plant/1/hall/2/line/3/press/4/temperature")
        time.sleep(4)
        staged(count("sending SUBSCRIBE", deep) > 1 and not count("received SUBACK", deep),
               pathlib.Path(deep.log).read_text())
    return listen(lab, act)


# ---- a11, a37: the login of a platform ------------------------------------------------------------


@reported("kin of a11-aliyun: Tencent's user name says until when it holds",
          r"expir|\bpast\b|ran out|run out|no longer valid|2020|out of date|1600000000",
          r"user|login|signature|password")
def tencents_user_name_has_expired(lab):
    """Truth: the last part of Tencent's user name, 1600000000, is when the signature ends, in September 2020; sign
    anew with a later time."""
    in_the_cloud(lab, "tencentdevices.com", "81.71.12.80")
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and not user(body).endswith(";4102444800"):
        link.sendall(b"\\x20\\2\\0\\4")
        return False
    return usual(broker, link, about, first, body)
""")
    host = "AB12CD34EF.iotcloud.tencentdevices.com"
    login = ("-i", "AB12CD34EFlamp", "-P", "9f2b6a0c51f7d1e4c0a7b3d2e8f90112;hmacsha256")
    proved(lab.phone, *login, "-u", "AB12CD34EFlamp;12010126;x7Kp2;4102444800", at=host)
    until_2020 = ("-u", "AB12CD34EFlamp;12010126;x7Kp2;1600000000")
    proved(lab.phone, *login, *until_2020, at=host, not_=True)
    return doctor(lab.phone, f"{host}:1883", *login, *until_2020)


@reported("kin of a37-guest-real: NATS, a user for other protocols", r"connection.?types?|allowed_connection|STANDARD|"
          r"may not.{0,40}\b(by|over|via|through|use|speak) MQTT\b", r"alice|\buser\b|login|allowed_connection")
def nats_lets_the_user_in_by_other_protocols(lab):
    """Truth: nats-server.conf lets alice in by STANDARD and WEBSOCKET connections alone; add MQTT to her
    allowed_connection_types. The password is right."""
    etc(lab, "nats-server.conf", f"""server_name: shop
listen: 127.0.0.1:4222
jetstream {{ store_dir: "{lab.file('js')}" }}
mqtt {{ host: 0.0.0.0, port: 1883 }}
accounts {{ A {{ jetstream: enabled, users: [
  {{ user: alice, password: alice-pw, allowed_connection_types: ["STANDARD", "WEBSOCKET"] }},
  {{ user: bob, password: bob-pw }}
] }} }}
""")
    lab.server.serve("nats-server", "nats-server", "-c", "/etc/nats-server.conf", ready=1883)
    proved(lab.phone, "-u", "bob", "-P", "bob-pw", "-i", "proof")
    proved(lab.phone, *ALICE, "-i", "proof", not_=True)
    return on_broker(lab, "localhost", *ALICE)


# ---- a22: three places ----------------------------------------------------------------------------


@reported("kin of a22-egress: one machine's clock is wrong, three places",
          r"clock|\bdate\b|system time|\btime (is|of|on|set|zone)|\btime\b.{0,30}wrong",
          r"phone|client|this|\bits\b|one of|2019|wrong|behind|slow|\bset\b")
def one_of_three_clocks_is_wrong(lab):
    """Truth: the broker's machine and the office find the certificate good; the third place's clock says 2019, where it
    is not valid yet. Set that clock."""
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    desk = office(lab)
    at, words = f"mqtts://{SERVER}:8883", ("--cafile", ca())
    proved(desk, "-p", "8883", *words)
    staged(subprocess.run(lab.phone.command("faketime", "2019-05-01 00:00:00", "mosquitto_pub", "-h", SERVER, "-p",
                                            "8883", *words, "-t", "x", "-m", "x"), capture_output=True, timeout=5,
                          check=False).returncode, "2019 is no hindrance")
    return together(lab, on_broker(lab, "mqtts://localhost:8883", *words), doctor(desk, at, *words),
                    doctor(lab.phone, at, *words, prefix=("faketime", "2019-05-01 00:00:00")))


@reported("kin of a22-egress: three places by three ways, and all are well", HEALTHY)
def three_places_and_all_are_well(lab):
    """Truth: the phone comes by IPv6, the office by IPv4 from behind a NAT, and the broker's machine asks itself;
    nothing is wrong."""
    mosquitto(lab.server, *with_password(lab))
    desk = office(lab)
    ruleset(lab.router, "table ip n { chain post { type nat hook postrouting priority 100; oifname \"r1\" "
            "ip saddr 10.77.3.0/24 masquerade; }\n}\n")
    proved(desk, *ALICE)
    proved(lab.phone, *ALICE, at=SERVER6)
    return together(lab, on_broker(lab, "localhost", *ALICE), doctor(desk, AT, *ALICE),
                    doctor(lab.phone, f"[{SERVER6}]:1883", *ALICE))


# ---- a26, a34: acknowledged late, and asked for no longer -----------------------------------------


@reported("kin of a26-missing-puback: it acknowledges late, and one may be under way",
          r"acknowledg|PUBACK|confirm|in.?flight",
          r"late|slow|second|delay|wait|one at a time|in.?flight", slowest=25)
def it_acknowledges_each_after_three_seconds(lab):
    """Truth: `logger` sends each PUBACK three seconds after the message, and with max_inflight_messages 1 the next
    waits for it: all comes late."""
    mosquitto(lab.server, "max_inflight_messages 1")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("logger").subscribe("meter/#", qos=1)
data, got = one.heard[9:], 0
while got < 4:
    one.link.settimeout(9)
    data += one.link.recv(65536)
    while packet := one.first_packet(data):
        data = data[len(packet[0]) + len(packet[1]):]
        if packet[0][0] >> 4 == 3:
            got += 1
            time.sleep(3)
            at = 2 + struct.unpack(">H", packet[1][:2])[0]
            one.send(0x40, packet[1][at:at + 2])
one.goodbye()
""")
        time.sleep(0.7)
        begin = time.monotonic()
        for number in range(4):
            sent(lab, "meter/power", "-i", "meter", "-q", "1", "-m", str(number))
            time.sleep(0.3)
        staged(app.wait(16) == 0 and time.monotonic() - begin > 10, pathlib.Path(app.log).read_text())
    return seen(lab, "late", act)


@reported("kin of a34-never-subscribed: it asked, and asked no longer", r"unsubscri")
def it_unsubscribes_at_once(lab):
    """Truth: `dashboard` subscribes to home/door and unsubscribes a moment later (its page was built twice), so nothing
    comes."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("dashboard").subscribe("home/door")
one.unsubscribe("home/door")
for _ in range(4):
    one.wait(1)
    one.send(0xC0, b"")
one.goodbye()
""")
        time.sleep(1.3)
        for number in range(3):
            sent(lab, "home/door", "-i", "door", "-m", f"open-{number}")
            time.sleep(0.7)
        staged(app.wait(9) == 0, pathlib.Path(app.log).read_text())
    answer = seen(lab, "nothing-arrives", act)
    staged(not count("Sending PUBLISH to dashboard", process), "it got one")
    return answer
