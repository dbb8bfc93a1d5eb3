"""Never met, the thirty-second batch: others of the kinds of the scripts that had been hard, as somebody who examines
the doctor would stage them: another program at the port, rules for some alone, a name with several addresses, what
must be verified before it is accused, two causes at once, the way, proxies, TLS, WebSocket, what a record shows, what
apps say. Written down with its right answers by somebody who had neither read the doctor's code nor asked it.
"""
import os
import pathlib
import signal
import subprocess
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, ROUTER_PHONE, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import (dnsmasq, etc, haproxy, mosquitto, newest_tls, nginx, password_file, tls_lines,
                       websocket_broker)
from .stage_delivery import AT
from .stage_unmet_eighteen import sent
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured, issued
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import configured
from .stage_unmet_twentysix import (ENDED, READ_AGAIN, both_ends, container, odd, passwords, proxied, ruleset, stop)
from .stage_unmet_twentytwo import seen, talk

KIN = "another of the kind: "
DROP = r"drop|discard|block|reject|refus|swallow|throw|filter|\bden(y|ie)|not (let|allow|accept)"
NO_MOSQUITTO = r"mosquitto_passwd|/etc/mosquitto/passwd"


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def behind_a_proxy(lab):
    """The broker, at 127.0.0.1:1884."""
    return mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)


# ---- another program at the port -------------------------------------------------------------------


@reported(KIN + "a17, a broker written in Python has the port, and mosquitto another", r"python",
          r"not mosquitto|(an)?other (broker|program|process)|1884|instead of|mosquitto.{0,60}(listen|port)|"
          r"(its|whose) (own )?(user|password|login|config)", unsaid=NO_MOSQUITTO)
def a_python_broker_has_the_port(lab):
    """True: a broker written in Python (amqtt's way) listens at 1883 and knows no alice; mosquitto, whose file has
    her, listens at 1884. An expert, on the broker's machine: python3 answers at 1883, so add her there, or use
    1884."""
    users = etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "user root", "listener 1884", "allow_anonymous false",
                     f"password_file /etc/mosquitto/{users.name}")
    until("running", log)
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        link.sendall(bytes.fromhex("20020005"))
        return False
    return usual(broker, link, about, first, body)
""")
    proved(lab.phone, *ALICE, not_=True)
    proved(lab.phone, *ALICE, "-p", "1884")
    return on_broker(lab, "localhost", *ALICE)


NODE = """
const net = require("net");
net.createServer(link => {
  link.on("error", () => {});
  link.on("data", data => {
    const kind = data[0] >> 4;
    if (kind === 1) {
      const good = data.includes("flows-pw");
      link.write(Buffer.from([0x20, 2, 0, good ? 0 : 4]));
      if (!good) link.end();
    }
    if (kind === 3 && data[0] & 6) {
      const at = 2 + 2 + data.readUInt16BE(2);
      link.write(Buffer.from([0x40, 2, data[at], data[at + 1]]));
    }
    if (kind === 12) link.write(Buffer.from([0xd0, 0]));
  });
}).listen(1885, "0.0.0.0");
"""


@reported(KIN + "a17, the broker inside Node-RED refuses", r"\bnode\b|node-?red|aedes",
          r"password|user|login|credential", unsaid=NO_MOSQUITTO)
def the_broker_inside_node_red_refuses(lab):
    """True: at 1885 is the broker inside Node-RED (node), which knows another password; mosquitto at 1883, which lets
    everybody in, has nothing to do with it. An expert, on the broker's machine: the user and password are to be set in
    Node-RED's broker node, not in mosquitto's files."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    folder = pathlib.Path(lab.file("node-red"))
    folder.mkdir()
    (folder / "red.js").write_text(NODE)
    lab.server.start("node", folder / "red.js", ready=1885)
    proved(lab.phone, "-V", "mqttv311", "-p", "1885", *ALICE, not_=True)
    proved(lab.phone, "-V", "mqttv311", "-p", "1885", "-u", "flows", "-P", "flows-pw")
    return on_broker(lab, "localhost:1885", "-V", "3.1.1", *ALICE)


# ---- rules of the server that hit some, or the answers ---------------------------------------------


@reported(KIN + "x62, a rule keeps the service's user from talking to the world",
          r"skuid|\buid\b|inet harden|(user|owner|account|processes of) .{0,12}mosquitto|mosquitto'?s? (own )?user",
          r"output|outgoing|\bout\b|leav|answers?|egress", DROP)
def the_brokers_user_may_not_talk_to_the_world(lab):
    """True: a hardening script drops what sockets of the user mosquitto send by e0, the answers to the phone too; at
    home (lo) all works. An expert, on the broker's machine: the rule with skuid in the output chain; let established
    connections pass before it."""
    mosquitto(lab.server, user="mosquitto")
    proved(lab.phone)
    ruleset(lab.server, """table inet harden {
 chain output { type filter hook output priority 0; policy accept;
  oifname "lo" accept
  meta skuid "mosquitto" counter drop comment "services have no business outside"
 }
}
""")
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    return both_ends(lab)


@reported(KIN + "x62, the port is open for the VPN's interface alone", r"wg0", r"\b1883\b",
          DROP + r"|only|alone|policy")
def the_port_is_open_for_the_vpn_alone(lab):
    """True: the policy drops, and 1883 is accepted from wg0 alone; the phone's WireGuard is off and it comes by e0. An
    expert, from both reports: iifname wg0 tcp dport 1883 accept lets only the VPN in; switch it on, or open e0."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "link", "add", "wg0", "type", "veth", "peer", "name", "wg1")
    sh("ip", "-n", lab.server.name, "address", "add", "10.8.0.1/24", "dev", "wg0")
    sh("ip", "-n", lab.server.name, "link", "set", "wg0", "up")
    sh("ip", "-n", lab.server.name, "link", "set", "wg1", "up")
    proved(lab.phone)
    ruleset(lab.server, """table inet filter {
 chain input { type filter hook input priority 0; policy drop;
  iif "lo" accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport 22 accept
  udp dport 51820 accept
  iifname "wg0" tcp dport 1883 accept
 }
}
""")
    proved(lab.phone, not_=True)
    return both_ends(lab)


@reported(KIN + "x62, two tables by hand, and one of them forgot the port", r"ip6\b|IPv6|fd77:2::2", r"1883|policy",
          DROP)
def the_rules_for_ipv6_forgot_the_port(lab):
    """True: the table ip accepts 1883, the table ip6, whose policy drops too, has ssh alone; the phone's network
    prefers IPv6. An expert, from both reports: accept tcp dport 1883 in ip6 filter as well."""
    mosquitto(lab.server)
    proved(lab.phone, at=SERVER6)
    rules = """table %s filter {
 chain input { type filter hook input priority 0; policy drop;
  iif "lo" accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport { %s } accept
 }
}
"""
    ruleset(lab.server, rules % ("ip", "22, 1883") + rules % ("ip6", "22"))
    proved(lab.phone)
    proved(lab.phone, at=SERVER6, not_=True)
    return both_ends(lab, f"[{SERVER6}]:1883")


# ---- a name and its addresses ----------------------------------------------------------------------


@reported(KIN + "x41, a search list and a wildcard record", r"broker\.corp\.test|search|wildcard|\*\.corp",
          r"10\.77\.1\.1\b|corp\.test|search")
def a_search_list_and_a_wildcard_record(lab):
    """True: the phone asks for the short name `broker`; its search list makes broker.corp.test of it, and corp.test
    has a wildcard record that leads every name to the web server at 10.77.1.1; the broker is broker.home.test. An
    expert: write the whole name broker.home.test."""
    dnsmasq(lab.router, f"host-record=broker.home.test,{SERVER}", f"address=/corp.test/{ROUTER_PHONE}")
    lab.phone.file("resolv.conf", f"nameserver {ROUTER_PHONE}\nsearch corp.test home.test\n")
    mosquitto(lab.server)
    proved(lab.phone, at="broker.home.test")
    proved(lab.phone, at="broker", not_=True)
    return doctor(lab.phone, "broker:1883")


@reported(KIN + "x53, capital letters, an alias and both families", HEALTHY)
def capital_letters_an_alias_and_both_families(lab):
    """True: the name was typed with capital letters, is an alias, and has addresses of both families; the certificate
    has it in small letters. Names know no case; nothing is wrong."""
    dnsmasq(lab.router, "cname=broker.test,host7.test", f"host-record=host7.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, *tls_lines("good"), listener=None, ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="Broker.TEST")
    return doctor(lab.phone, "mqtts://Broker.TEST:8883", "--cafile", ca())


@reported(KIN + "x41, two records, and one machine was forgotten when the certificate was renewed", r"10\.77\.2\.8",
          r"expired|out of date|no longer valid|not valid any|ran out")
def one_of_two_addresses_shows_an_expired_certificate(lab):
    """True: the name has 10.77.2.2 and 10.77.2.8; the second machine was forgotten when the certificate was renewed,
    and half of the connections fail. An expert: the machine at 10.77.2.8 shows an expired certificate; copy the new
    one."""
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.8/24", "dev", "e0")
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}", "host-record=broker.test,10.77.2.8")
    for name, address in (("good", SERVER), ("expired", "10.77.2.8")):
        leaf = certificates.get(name)
        mosquitto(lab.server, f"listener 8883 {address}", f"certfile {leaf.chain}", f"keyfile {leaf.key}",
                  listener=None, ready=8883, name=f"{name}.conf")
    time.sleep(0.4)
    words = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *words)
    proved(lab.phone, *words, "--insecure", at="10.77.2.8", not_=True)
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


# ---- verify before accusing ------------------------------------------------------------------------


@reported(KIN + "a05, stunnel's file was corrected and it was not told", r"stunnel",
          READ_AGAIN + r"|newer|changed (after|since)|not (yet )?(been )?read|1885")
def stunnels_file_was_corrected_and_not_read(lab):
    """True: stunnel was started while its file said connect = 127.0.0.1:1885, where nobody is; the file says 1884 by
    now, and it was not reloaded. An expert, on the broker's machine: the file is right and newer than the process;
    reload stunnel."""
    behind_a_proxy(lab)
    good = certificates.get("good")
    text = ("foreground = yes\npid =\nsyslog = no\n[mqtts]\naccept = 8883\nconnect = 127.0.0.1:%d\n"
            f"cert = {good.chain}\nkey = {good.key}\n")
    etc(lab, "stunnel/stunnel.conf", text % 1885)
    process = lab.server.serve("stunnel4", "stunnel4", "/etc/stunnel/stunnel.conf", ready=8883)
    time.sleep(1.5)
    etc(lab, "stunnel/stunnel.conf", text % 1884)
    words = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *words, not_=True)
    staged(process.poll() is None, text_of(process))
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(KIN + "a05, a user was added, and another one asks", HEALTHY)
def somebody_else_was_added_after_the_start(lab):
    """True: bob was added to the password file after the broker's start and it was not reloaded; alice, who asks, was
    there before and gets in. For her nothing is wrong."""
    users = passwords(lab, "users", ("alice", "alice-pw"))
    path = etc(lab, "mosquitto/passwd", pathlib.Path(users).read_text())
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false", "password_file /etc/mosquitto/passwd")
    until("running", log)
    time.sleep(1.2)
    sh("mosquitto_passwd", "-b", path, "bob", "bob-pw")
    os.chmod(path, 0o644)
    proved(lab.phone, *ALICE)
    proved(lab.phone, "-u", "bob", "-P", "bob-pw", not_=True)
    return on_broker(lab, AT, *ALICE)


@reported(KIN + "a33, a bridge kept the old password", r"house\.cloud|bridge", r"password|credential|log.?in|authori",
          unsaid=r"keep.?alive|firewall")
def the_bridge_kept_the_old_password(lab):
    """True: alice's password was changed; the app has the new one and gets in, the bridge of the house still sends the
    old one and is refused each time. An expert, from what the broker's machine recorded: house.cloud is refused (5)
    while another client with alice gets in; correct remote_password in the bridge."""
    process = mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")

    def act():
        proved(lab.phone, *ALICE, "-i", "app-of-ann", "-V", "mqttv311")
        mosquitto(lab.router, "connection cloud", f"address {SERVER}:1883", "remote_clientid house.cloud",
                  "restart_timeout 1", "remote_username alice", "remote_password alice-old", "topic home/# out 1",
                  name="house.conf")
        time.sleep(13)
        proved(lab.phone, *ALICE, "-i", "app-of-ann", "-V", "mqttv311")
    answer = seen(lab, "nothing-arrives", act)
    staged(count("to 10.77.2.1 (0, 5)", process) > 1, text_of(process))
    return answer


# ---- two causes at once ----------------------------------------------------------------------------


@reported(KIN + "two at once: an expired certificate, and nobody behind the proxy",
          r"expired|ran out|no longer valid|1884", r"certificate|haproxy|backend")
def expired_and_nobody_behind_the_proxy(lab):
    """True: haproxy shows an expired certificate at 8883, and the broker at 127.0.0.1:1884 is not running either. An
    expert, on the broker's machine, says both: renew the certificate, and start the broker behind haproxy."""
    old = certificates.get("expired")
    pair = lab.file("pair.pem", pathlib.Path(old.chain).read_text() + pathlib.Path(old.key).read_text())
    proxied(lab, f"listen mqtts\n  bind :8883 ssl crt {pair}\n  server broker 127.0.0.1:1884", ready=8883)
    words = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *words, not_=True)
    broker = behind_a_proxy(lab)
    proved(lab.phone, *words, not_=True)
    stop(broker)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(KIN + "two at once: one identifier twice, and another topic", r"client.?id|identifier",
          r"\besp8266\b", r"two|both|each other|another|same|twice|in turn")
def one_identifier_twice_and_another_topic(lab):
    """True: two boards have the identifier esp8266 of the tutorial and throw each other out; besides the panel reads
    Home/+/temp where they publish home/.../temp. An expert, asked for the drops, from what the broker's machine
    recorded: the identifier first, then the capital letter."""
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "panel", "-t", "Home/+/temp")
        for host, room in ((lab.phone, "attic"), (lab.router, "cellar")):
            talk(host, f"""
for turn in range(9):
    one = Talk(HOST).connect("esp8266")
    one.publish("home/{room}/temp", "21")
    one.wait(1.5)
    time.sleep(0.5)
""")
            time.sleep(0.7)
        time.sleep(8)
    answer = seen(lab, "drops", act)
    staged(count("esp8266 already connected, closing old connection", process) > 3, text_of(process))
    return answer


# ---- the way ---------------------------------------------------------------------------------------


@reported(KIN + "path: the broker behind haproxy was stopped by Ctrl-Z",
          r"stopped|SIGSTOP|suspend|SIGCONT|frozen|Ctrl.?Z|paused|\bfg\b", r"mosquitto|broker")
def the_broker_behind_haproxy_is_suspended(lab):
    """True: somebody pressed Ctrl-Z: mosquitto behind haproxy is suspended (state T), the kernel still takes the
    connection, no CONNACK comes. An expert, on the broker's machine: kill -CONT it; haproxy is well."""
    process = behind_a_proxy(lab)
    proxied(lab, "listen mqtt\n  bind :1883\n  server broker 127.0.0.1:1884")
    proved(lab.phone)
    os.kill(process.pid, signal.SIGSTOP)
    proved(lab.phone, not_=True)
    staged(process.poll() is None, text_of(process))
    return on_broker(lab)


@reported(KIN + "path: packets leave with the address of the VPN", r"10\.9\.9\.2",
          r"source|src|\bfrom\b|own address|sender|VPN|way back|route back|back")
def packets_leave_with_the_vpns_address(lab):
    """True: the phone's default route says src 10.9.9.2, the address of a VPN that is down, so the server's answers go
    to 10.9.9.2, whither nobody knows the way. An expert, on the phone: the route's source address is wrong; with
    10.77.1.2 it works."""
    mosquitto(lab.server)
    proved(lab.phone)
    phone = lab.phone.name
    sh("ip", "-n", phone, "link", "add", "vpn0", "type", "bridge")
    sh("ip", "-n", phone, "address", "add", "10.9.9.2/32", "dev", "vpn0")
    sh("ip", "-n", phone, "link", "set", "vpn0", "up")
    sh("ip", "-n", phone, "route", "replace", "default", "via", ROUTER_PHONE, "dev", "e0", "src", "10.9.9.2")
    proved(lab.phone, not_=True)
    proved(lab.phone, "-A", PHONE)
    return both_ends(lab)


@reported(KIN + "path: the bridge may not leave its machine", r"bridge|connection cloud|8884|10\.77\.2\.1|10\.77\.1\.2",
          r"output|outgoing|own (firewall|rules?)|egress|nft|this machine", DROP)
def the_bridge_may_not_leave_its_machine(lab):
    """True: the broker is to hand home/# on to the cloud's broker at 10.77.1.2:8884 by a bridge, and the output chain
    of its own machine drops that port, so that nothing arrives there. An expert, on the broker's machine: the bridge
    never connects; allow tcp dport 8884 in the output chain."""
    mosquitto(lab.phone, listener=8884, ready=8884, name="cloud.conf")
    proved(lab.server, "-p", "8884", at=PHONE)
    ruleset(lab.server, """table inet filter {
 chain output { type filter hook output priority 0; policy drop;
  oif "lo" accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  udp dport { 53, 123 } accept
  tcp dport { 53, 80, 443, 8883 } accept
 }
}
""")
    proved(lab.server, "-p", "8884", at=PHONE, not_=True)
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true", "connection cloud",
                     f"address {PHONE}:8884", "restart_timeout 2", "topic home/# out 1")
    until("running", log)
    time.sleep(3)
    return on_broker(lab, "localhost", "--symptom", "nothing-arrives", "-t", "home/door")


@reported(KIN + "x42, socat leads to where the container was", r"172\.17\.0\.5", r"socat|forward|relay|proxy",
          r"nobody|no one|not (answer|reach|exist|there)|unreach|no route|down|moved|\bold\b|wrong|fail|cannot")
def socat_leads_to_where_the_container_was(lab):
    """True: socat hands 1883 on to 172.17.0.5, where nobody is; the container with the broker has 172.17.0.2 since it
    was made anew. An expert, on the broker's machine: correct socat's address."""
    inside = container(lab)
    lab.server.serve("socat", "socat", "TCP-LISTEN:1883,fork,reuseaddr", "TCP:172.17.0.5:1883", ready=1883)
    proved(lab.phone, not_=True)
    proved(inside, at="127.0.0.1")
    proved(lab.server, at="172.17.0.2")
    return on_broker(lab)


@reported(KIN + "x42, a rule that is left over behind the right one", HEALTHY)
def a_left_over_forward_behind_the_right_one(lab):
    """True: 1883 is handed to the container at 172.17.0.2; a second rule, left over, leads to 172.17.0.5 and is never
    reached. Nothing is wrong for those who connect."""
    container(lab)
    ruleset(lab.server, """table ip nat {
 chain prerouting { type nat hook prerouting priority -100; policy accept;
  iifname "e0" tcp dport 1883 dnat to 172.17.0.2:1883
  iifname "e0" tcp dport 1883 dnat to 172.17.0.5:1883
 }
}
""")
    proved(lab.phone)
    return both_ends(lab, there="172.17.0.2:1883")


@reported(KIN + "x35, the disk was full when the certificate was renewed", r"server\.crt|certfile|certificate file",
          r"empty|\b0 bytes|zero|no (start|certificate|PEM)|unable to load|cannot (be )?(load|read)|PEM",
          unsaid=r"permission")
def the_certificate_was_written_to_a_full_disk(lab):
    """True: the disk was full when the renewed certificate was copied: server.crt has 0 bytes, and mosquitto ends with
    "Unable to load server certificate". An expert, on the broker's machine: the file is empty; make room and copy it
    anew."""
    good = certificates.get("good")
    etc(lab, "mosquitto/certs/server.key", pathlib.Path(good.key).read_text())
    etc(lab, "mosquitto/certs/server.crt", "")
    log = configured(lab, "user root", "listener 8883", "certfile /etc/mosquitto/certs/server.crt",
                     "keyfile /etc/mosquitto/certs/server.key", "allow_anonymous true")
    until("nable to load server certificate", log)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


# ---- proxies ---------------------------------------------------------------------------------------


@reported(KIN + "x21, haproxy asks for the broker's health at another port", r"health|check|\bDOWN\b",
          r"9000|check port", r"haproxy")
def haproxy_asks_for_health_at_another_port(lab):
    """True: the server line says `check port 9000`, where nobody listens, so haproxy takes the broker at 1884 for DOWN
    and hangs up on everybody. An expert, on the broker's machine: the broker is well; check its own port."""
    behind_a_proxy(lab)
    line = "listen mqtt\n  bind :1883\n  server broker 127.0.0.1:1884 check inter 500ms fall 1 rise 1%s"
    process = proxied(lab, line % "")
    time.sleep(0.7)
    proved(lab.phone)
    stop(process)
    proxied(lab, line % " port 9000")
    time.sleep(1.2)
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported(KIN + "x20, nginx wants TLS at 1883", r"\bTLS\b|\bssl\b", r"nginx|listen 1883 ssl|mqtts|proxy",
          unsaid=r"certificate (has |is )?expired")
def nginx_wants_tls_at_1883(lab):
    """True: nginx's stream says `listen 1883 ssl`, copied from the block for 8883, and everybody comes without TLS. An
    expert, on the broker's machine: take ssl away at 1883, or say mqtts."""
    behind_a_proxy(lab)
    good = certificates.get("good")
    nginx(lab.server, "", 1883, "stream { server { listen 1883 ssl; proxy_pass 127.0.0.1:1884; "
          f"ssl_certificate {good.chain}; ssl_certificate_key {good.key}; }} }}")
    proved(lab.phone, not_=True)
    proved(lab.phone, "-p", "1883", "--cafile", ca())
    return on_broker(lab)


@reported(KIN + "x28, nginx borrows the client's address, and the container answers past it",
          r"transparent|proxy_bind|(client's|phone's|original|real) address", r"nginx|proxy")
def nginx_borrows_the_clients_address(lab):
    """True: nginx's stream has `proxy_bind $remote_addr transparent`, so the container with the broker sees the phone
    itself and answers to it; the answers are routed past nginx and the phone resets them. An expert, on the broker's
    machine: take proxy_bind away, or lead the answers back to nginx (ip rule fwmark, route local)."""
    inside = container(lab)
    text = "stream { server { listen 1883; proxy_connect_timeout 4s; proxy_pass 172.17.0.2:1883; %s } }"
    process = nginx(lab.server, "", 1883, text % "")
    proved(lab.phone)
    stop(process)
    etc(lab, "nginx/nginx.conf", pathlib.Path(lab.file("nginx.conf")).read_text().replace(
        "proxy_pass 172", "proxy_bind $remote_addr transparent; proxy_pass 172"))
    lab.server.serve("nginx", "nginx", "-c", "/etc/nginx/nginx.conf", "-e", lab.file("nginx/error.log"), ready=1883)
    proved(lab.phone, not_=True)
    proved(inside, at="127.0.0.1")
    return on_broker(lab)


# ---- TLS -------------------------------------------------------------------------------------------


@reported(KIN + "TLS: the common name fits and the alternative names do not", r"www\.broker\.test", r"broker\.test",
          r"not (for|match|valid|hold|list|nam|cover|contain|among)|does ?n.t|differ|(an)?other name|mismatch|only|"
          r"alone|lacks?|missing|but not")
def the_common_name_fits_and_the_others_do_not(lab):
    """True: the certificate's common name is broker.test, its alternative names are www.broker.test alone, and where
    there are such, the common name does not count. An expert: have it issued anew with DNS:broker.test."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}", f"host-record=www.broker.test,{SERVER}")
    leaf = issued(lab, "www", "broker.test", "subjectAltName=DNS:www.broker.test\nextendedKeyUsage=serverAuth\n")
    mosquitto(lab.server, *tls_lines(leaf), listener=None, ready=8883)
    words = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *words, at="broker.test", not_=True)
    proved(lab.phone, *words, at="www.broker.test")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported(KIN + "TLS: ciphers for an elliptic key, and a key that is RSA", r"cipher", r"ECDSA",
          r"\bRSA\b|key|certificate")
def ciphers_for_an_elliptic_key_alone(lab):
    """True: mosquitto.conf, after a list of good ciphers, has ECDHE-ECDSA ciphers alone, its key is RSA, and its old
    OpenSSL speaks TLS 1.2 at most: no shared cipher, whoever comes. An expert, on the broker's machine: add ECDHE-RSA
    ciphers, or get an elliptic key."""
    old = newest_tls(lab, "TLSv1.2")
    lines = (*tls_lines("good"), "tls_version tlsv1.2")
    words = ("-p", "8883", "--cafile", ca())
    before = mosquitto(lab.server, *lines, listener=None, ready=8883, env=old)
    proved(lab.phone, *words)
    stop(before)
    process = mosquitto(lab.server, *lines, "ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
                        listener=None, ready=8883, env=old)
    proved(lab.phone, *words, not_=True)
    until("no shared cipher", process.log)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


# ---- WebSocket -------------------------------------------------------------------------------------


@reported(KIN + "WebSocket: nginx leads to the listener that speaks MQTT", r"1884", r"web.?socket|9001",
          r"plain|MQTT|not|listener|protocol|instead", unsaid=r"(broker|mosquitto) (is|does) not (running|run)\b")
def nginx_leads_web_sockets_to_the_plain_listener(lab):
    """True: nginx's location /mqtt leads to 127.0.0.1:1884, where the broker speaks MQTT without WebSocket; the
    listener for WebSockets is 9001. An expert, on the broker's machine: proxy_pass http://127.0.0.1:9001."""
    mosquitto(lab.server, "listener 1884 127.0.0.1", "listener 9001 127.0.0.1", "protocol websockets", listener=None,
              ready=9001)
    location = """ server { listen 80; location %s { proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } }
"""
    nginx(lab.server, location.replace("} }", "}") % ("/mqtt", 1884) + "".join(
        location.split("{", 1)[1].replace("listen 80; ", "") % ("/other", 9001)), 80)
    asks = ("curl", "-s", "-i", "-m", "3", "-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H",
            "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "-H",
            "Sec-WebSocket-Protocol: mqtt")
    for path, code in (("mqtt", b" 502 "), ("other", b" 101 ")):
        told = subprocess.run(lab.phone.command(*asks, f"http://{SERVER}/{path}"), capture_output=True).stdout
        staged(code in told, told)
    return on_broker(lab, "ws://localhost/mqtt")


@reported(KIN + "WebSocket: the proxy closes what is quiet for three seconds",
          r"silen|idle|quiet|nothing (is |was )?(s[ae](nt|id)|sent|said)|time.?out|keep.?alive", ENDED,
          r"\b[34](\.\d+)? ?s\b|\b3(\.\d+)? seconds|three seconds|keep.?alive|proxy|time.?out",
          unsaid=r"same (client.?id|identifier)|password", slowest=20)
def haproxy_closes_a_quiet_web_socket(lab):
    """True: haproxy speaks HTTP at 80 and hands /mqtt on to the broker's WebSockets; `timeout client 3s`, and no
    `timeout tunnel`, closes whoever is silent for three seconds, and the page's keep-alive is 60. An expert, from what
    the server recorded: closed after 3 s of silence each time; raise the timeout or lower the keep-alive."""
    websocket_broker(lab.server)
    haproxy(lab.server, "listen web\n  mode http\n  bind :80\n  timeout client 3s\n  timeout server 3s\n"
            "  server broker 127.0.0.1:9001", 80)

    def act():
        page = talk(lab.phone, """
for turn in range(3):
    begin = time.monotonic()
    one = Talk(HOST, 80, web=True).connect("page_81c2").subscribe("home/#")
    one.wait(8)
    assert 2 < time.monotonic() - begin < 6, time.monotonic() - begin
    one.close()
    time.sleep(0.5)
""")
        staged(page.wait(25) == 0, text_of(page))
    return seen(lab, "drops", act, port=80)


# ---- what a record shows ---------------------------------------------------------------------------


@reported(KIN + "a39, the broker forgot the session and the app relies on it", r"panel-7", r"subscri",
          r"again|session|kept|persist|restart|lost|forg(o|e)t|(did|does|has) not")
def the_broker_forgot_the_session(lab):
    """True: panel-7 asks for a kept session and subscribes once; the broker, which saves nothing, was restarted,
    answers with session present 0, and the panel does not subscribe again. An expert, from what the broker's machine
    recorded: its second connection has no subscription; subscribe whenever session present is 0, or persistence
    true."""
    first = mosquitto(lab.server)
    late = []

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("panel-7", clean=False).subscribe("home/door", qos=1)
one.answer(3)
one.close()
time.sleep(3)
one = Talk(HOST).connect("panel-7", clean=False)
assert bytes.fromhex("20020000") in one.heard, one.heard
one.heard = b""
one.wait(5)
assert not one.heard, one.heard
one.goodbye()
""")
        time.sleep(1)
        sent(lab, "home/door", "-i", "door", "-q", "1", "-m", "open")
        time.sleep(1)
        stop(first)
        late.append(mosquitto(lab.server))
        time.sleep(4)
        for _ in range(4):
            sent(lab, "home/door", "-i", "door", "-q", "1", "-m", "open")
            time.sleep(0.6)
        staged(app.wait(12) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending PUBLISH to panel-7", first) == 1 and not count("Sending PUBLISH to panel-7", late[0]),
           text_of(late[0]))
    return answer


@reported(KIN + "a09, more filters in one SUBSCRIBE than the broker takes", r"gateway-7", r"SUBSCRIBE|subscri",
          r"\b9\b|nine|\b8\b|eight|how many|number of|too many|many (filters|topics)|several")
def nine_filters_in_one_subscribe(lab):
    """True: like AWS IoT this broker takes no more than eight filters in one SUBSCRIBE; gateway-7 sends nine and is
    hung up on each time, gateway-3 with three stays. An expert, from what the broker's machine recorded: nine filters
    in one packet; split it."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 8 and len(list(wanted(body))) > 8:
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        small = talk(lab.router, """
one = Talk(HOST).connect("gateway-3").subscribe(*("site/3/pump%d" % number for number in range(3)))
one.wait(5)
assert lives(one)
one.goodbye()
""")
        large = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("gateway-7")
    assert bytes.fromhex("20020000") in one.heard
    one.subscribe(*("site/7/pump%d" % number for number in range(9)))
    one.wait(0.4)
    assert not lives(one)
    time.sleep(0.5)
""")
        staged(large.wait(12) == 0 and small.wait(9) == 0, text_of(large) + text_of(small))
    return seen(lab, "drops", act)


@reported(KIN + "a08, a CONNECT without an identifier", r"client.?id|identifier",
          r"empty|without|\bno\b|zero|missing|blank|lacks?|length 0|left out", ENDED)
def it_hangs_up_on_an_empty_identifier(lab):
    """True: this broker hangs up, without a word, on a CONNECT whose identifier is empty; the same app with an
    identifier stays. An expert, from what the broker's machine recorded: the identifier is empty in those that were
    hung up on; give one."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and not size(body, 10):
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        named = talk(lab.router, """
one = Talk(HOST).connect("app-of-ben").subscribe("home/#")
one.wait(5)
assert lives(one)
one.goodbye()
""")
        nameless = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("")
    one.wait(0.4)
    assert not one.heard and not lives(one), one.heard
    time.sleep(0.6)
""")
        staged(nameless.wait(12) == 0 and named.wait(9) == 0, text_of(nameless) + text_of(named))
    return seen(lab, "cannot-connect", act)


@reported(KIN + "topics: one umlaut written in two ways", r"k(\u00fc|u\u0308)che",
          r"normali[sz]|\bNF[CD]\b|compos|combining|U\+0308|looks? (alike|the same|identical)|bytes|"
          r"(two|other) ways?")
def an_umlaut_written_in_two_ways(lab):
    """True: the phone publishes to home/k\u00fcche/temp with u and a combining diaeresis (as a Mac writes file names),
    the panel waits for it with the one letter; they look alike and are other bytes. An expert, from what the broker's
    machine recorded: normalise (NFC), or avoid such letters."""
    process = mosquitto(lab.server)

    def act():
        panel = talk(lab.router, """
one = Talk(HOST).connect("panel").subscribe("home/k\\u00fcche/temp")
one.wait(5)
one.goodbye()
""")
        time.sleep(0.6)
        phone = talk(lab.phone, """
one = Talk(HOST).connect("phone-of-eva")
for turn in range(5):
    one.publish("home/ku\\u0308che/temp", "21")
    one.wait(0.5)
one.goodbye()
""")
        staged(phone.wait(9) == 0 and panel.wait(9) == 0, text_of(phone) + text_of(panel))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from phone-of-eva", process) == 5 and not count("Sending PUBLISH to panel", process),
           text_of(process))
    return answer


@reported(KIN + "bridge: its two prefixes changed places", r"site1/", r"prefix|topic #|local|remote",
          r"bridge|connection cloud|cloud")
def the_bridges_prefixes_changed_places(lab):
    """True: the bridge says `topic # out 1 site1/ ""`, where site1/ is the local prefix, so it hands on only what is
    published below site1/ here, which is nothing; meant was `"" site1/`. An expert, on the edge's machine: home/door
    is not covered by the bridge's local side; swap the two."""
    mosquitto(lab.router, name="central.conf")
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true", "connection cloud",
                     "address 10.77.2.1:1883", "remote_clientid site1.bridge", 'topic # out 1 site1/ ""',
                     "try_private false", "notifications false")
    until("Received CONNACK on connection", log)
    heard = lab.router.start("stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-v", "-t", "#")
    time.sleep(0.6)
    sent(lab, "home/door", "-m", "closed")
    sent(lab, "site1/home/door", "-m", "open")
    time.sleep(0.6)
    staged(text_of(heard) == "home/door open\n", text_of(heard))
    stop(heard)
    return on_broker(lab, "localhost", "--symptom", "nothing-arrives", "-t", "home/door")


@reported(KIN + "watch: a group that shares the work", HEALTHY)
def two_workers_share_the_work(lab):
    """True: two workers are in one group, so each message goes to one of them alone, as was meant; an archive besides
    gets all. Nothing is wrong."""
    process = mosquitto(lab.server)

    def act():
        those = [talk(lab.router, f"""
one = Talk(HOST).connect("{name}").subscribe("{filter_}", qos=1)
one.answer(5)
one.goodbye()
""") for name, filter_ in (("worker-1", "$share/workers/jobs/#"), ("worker-2", "$share/workers/jobs/#"),
                           ("archive", "jobs/#"))]
        time.sleep(0.8)
        those.append(talk(lab.phone, """
one = Talk(HOST).connect("shop")
for turn in range(6):
    one.publish("jobs/new", "job %d" % turn, qos=1)
    one.wait(0.4)
one.goodbye()
"""))
        staged(all(each.wait(9) == 0 for each in those), text_of(process))
    path = captured(lab, lab.server, act)
    staged(count("Sending PUBLISH to worker-", process) == 6 and count("Sending PUBLISH to archive", process) == 6 and
           count("Sending PUBLISH to worker-1", process) == 3, text_of(process))
    return explain(path)


@reported(KIN + "watch: sent with QoS 2 and read with QoS 0, by two apps of one user", HEALTHY)
def sent_with_two_and_read_with_none(lab):
    """True: two apps of the user ann, with identifiers of their own; the one sends with QoS 2, the other reads with
    QoS 0 and gets each message as such. Nothing is wrong."""
    process = mosquitto(lab.server)

    def act():
        reader = talk(lab.router, """
one = Talk(HOST).connect("ann-tablet", user="ann").subscribe("home/#")
one.wait(5)
one.goodbye()
""")
        time.sleep(0.6)
        writer = lab.phone.run("sh", "-c", "for each in 1 2 3 4; do echo $each; sleep 0.5; done | mosquitto_pub -h "
                               f"{SERVER} -i ann-phone -u ann -P secret -t home/counter -q 2 -l")
        staged(reader.wait(9) == 0, writer)
    path = captured(lab, lab.server, act)
    staged(count("Sending PUBLISH to ann-tablet (d0, q0", process) == 4 and
           count("Sending PUBCOMP to ann-phone", process) == 4, text_of(process))
    return explain(path)


# ---- the apps' own words ---------------------------------------------------------------------------


@reported(KIN + "said: paho for Python became another", r"callback_api_version|CallbackAPIVersion",
          r"paho|2\.0|version 2|VERSION[12]|library")
def paho_wants_a_version_of_its_callbacks(_):
    """True: paho-mqtt 2 wants a callback_api_version as its first argument, and the tutorial is for 1.6: nothing was
    connected to yet. An expert: mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, ...), or install paho-mqtt below 2."""
    return said("ValueError: Unsupported callback API version: version 2.0 added a callback_api_version, see "
                "docs/migrations.rst for details", "--app", "paho")


@reported(KIN + "said: larger than the broker's packets may be", r"max_packet_size|packet|message",
          r"large|\bbig|size|limit|long", r"max_packet_size|broker.{0,80}(limit|allow|accept|take)|limit")
def mosquitto_says_oversize_packet(_):
    """True: the camera sends packets above the broker's max_packet_size, which hangs up on it. An expert: raise
    max_packet_size, or send smaller pictures."""
    return said("1718000312: Client esp-cam-2 disconnected due to oversize packet.", "--app", "mosquitto")


@reported(KIN + "said: EMQX bans who comes and goes", r"flapping|bann",
          r"(connect|come|came)\w*.{0,40}(often|again|many|repeated|frequent|times)|flapping|too (often|many)",
          unsaid=r"wrong password|password is wrong")
def emqx_says_flapping(_):
    """True: EMQX saw the client connect and go fifteen times in a minute and bans it for a while (flapping detection).
    An expert: find why it comes and goes (a second one of that identifier, say), then lift the ban."""
    return said("2024-03-01T10:00:00.123456+00:00 [warning] clientid: sensor-7, msg: flapping_detected, peername: "
                "203.0.113.9:51234, detect_cnt: 15, wind_time: 60000ms, reason: client is banned", "--app", "emqx")
