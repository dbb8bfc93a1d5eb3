"""Kin of what one place can know of itself, and of what one place proves for another: localhost and containers, networks
that programs of the own machine made, its own routes, rules of the server that go by more than address and port, and
who holds a port."""
import json
import pathlib

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, ROUTER_SERVER, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, proved, reported, until
from .services import etc, mosquitto, password_file, scripted, stunnel
from .stage_delivery import AT
from .stage_kin_unseen import both, legacy
from .stage_trained_own import with_notes
from .stage_unmet_nineteen import ALICE
from .stage_unmet_twenty import staged
from .stage_unmet_twentyone import configured
from .stage_unmet_twentyfour import nats
from .stage_vantage import office, together

ELSEWHERE = r"(this machine|itself).{0,80}(another|other)|(another|other).{0,60}machine"


def beside(lab, **answers):
    """The reports of places, laid beside one another without a word of which is the broker's."""
    return explain(*(lab.file(f"{name}.json", json.dumps(answer.report)) for name, answer in answers.items()))


# ---- localhost is each machine's own -----------------------------------------------------------------


@reported("kin: 127.0.0.1 in a container without a broker", ELSEWHERE, unsaid=r'"certain"')
def a_service_looks_for_the_broker_at_127_0_0_1(lab):
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, "127.0.0.1:1883")


@reported("kin: the broker is asked by its address elsewhere", r"itself", r"10\.77\.2\.2")
def localhost_here_and_an_address_there(lab):
    mosquitto(lab.server)
    desk = office(lab)
    proved(desk)
    return beside(lab, container=doctor(lab.phone, "localhost:1883"), desk=doctor(desk, AT))


@reported("kin: the broker's own machine has no listener at its loopback address", r"10\.77\.2\.2.{0,60}(only|in the place)",
          unsaid=r"sed -i[^\"]*listener 1883/'")
def a_program_beside_the_broker_says_localhost(lab):
    log = configured(lab, f"listener 1883 {SERVER}", "allow_anonymous true")
    until("running", log)
    proved(lab.phone)
    return together(lab, server=on_broker(lab, "127.0.0.1:1883"), phone=doctor(lab.phone, AT))


@reported("kin: localhost answers on the broker's machine, and others get in", HEALTHY)
def localhost_and_the_address_both_answer(lab):
    mosquitto(lab.server)
    return together(lab, server=on_broker(lab, "localhost:1883"), phone=doctor(lab.phone, AT))


# ---- networks and routes of the own machine ----------------------------------------------------------


def own_bridge(lab, name, address):
    phone = lab.phone.name
    sh("ip", "-n", phone, "link", "add", name, "type", "bridge")
    sh("ip", "-n", phone, "address", "add", address, "dev", name)
    sh("ip", "-n", phone, "link", "set", name, "up")


@reported("kin: libvirt's network is the broker's", r"virbr7", r"overlap", unsaid=r"Wi-?Fi")
def the_guests_network_overlaps(lab):
    mosquitto(lab.server)
    own_bridge(lab, "virbr7", "10.77.2.1/24")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported("kin: a bridge for containers elsewhere in the number space", HEALTHY)
def a_bridge_beside_the_way(lab):
    mosquitto(lab.server)
    own_bridge(lab, "br-5f3a91c2d7e", "10.77.9.1/24")
    return doctor(lab.phone, AT)


def own_card(lab):
    """An interface of the phone's on the server's own network card, as a container's."""
    phone, server = lab.phone.name, lab.server.name
    sh("ip", "-n", server, "link", "add", "mv0", "link", "e0", "type", "macvlan", "mode", "bridge")
    sh("ip", "-n", server, "link", "set", "mv0", "netns", phone)
    sh("ip", "-n", phone, "link", "set", "e0", "down")
    sh("ip", "-n", phone, "address", "add", "10.77.2.50/24", "dev", "mv0")
    sh("ip", "-n", phone, "link", "set", "mv0", "up")


@reported("kin: a macvlan reaches every other machine", HEALTHY)
def a_macvlan_reaches_another_machine(lab):
    mosquitto(lab.router)
    own_card(lab)
    proved(lab.phone, at=ROUTER_SERVER)
    return doctor(lab.phone, f"{ROUTER_SERVER}:1883")


@reported("kin: a route that is unreachable by decree", r"unreachable 10\.77\.2\.0/24", r"ip route del unreachable")
def a_route_of_its_own_is_unreachable(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "route", "add", "unreachable", "10.77.2.0/24")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported("kin: a blackhole of the client's own", r"blackhole 10\.77\.2\.2", r"ip route del blackhole")
def a_blackhole_of_its_own(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "route", "add", "blackhole", f"{SERVER}/32")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported("kin: a routing rule prohibits it", r"prohibit", r"ip rule del priority 90")
def a_rule_of_its_own_prohibits_it(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "rule", "add", "to", SERVER, "prohibit", "priority", "90")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported("kin: a prohibiting route for IPv6", r"prohibit fd77:2::2", r"ip -6 route del prohibit")
def a_route_of_ipv6_prohibits_it(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "-6", "route", "add", "prohibit", f"{SERVER6}/128")
    proved(lab.phone, at=SERVER6, not_=True)
    return doctor(lab.phone, f"[{SERVER6}]:1883")


@reported("kin: a prohibited network that is not the broker's", HEALTHY)
def another_network_is_prohibited(lab):
    mosquitto(lab.server)
    sh("ip", "-n", lab.phone.name, "route", "add", "prohibit", "10.77.9.0/24")
    return doctor(lab.phone, AT)


# ---- rules of the server, read there, for whom another place saw stopped ------------------------------


@reported("kin: by the time to live, with a reset, in iptables", r"--ttl-lt 64", r"server|firewall")
def who_comes_over_a_router_is_reset(lab):
    mosquitto(lab.server)
    legacy(lab.server, "-A INPUT -p tcp --dport 1883 -m ttl --ttl-lt 64 -j REJECT --reject-with tcp-reset")
    proved(lab.phone, not_=True)
    return both(lab)


@reported("kin: iptables looks for a byte", r"-m u32|--u32|string", r"iptables -D INPUT")
def iptables_drops_what_begins_as_mqtt(lab):
    mosquitto(lab.server)
    lab.server.run("iptables", "-A", "INPUT", "!", "-i", "lo", "-p", "tcp", "--dport", "1883", "-m", "string", "--algo", "kmp",
                   "--hex-string", "|00 04|MQTT", "-j", "REJECT", "--reject-with", "tcp-reset")
    proved(lab.phone, not_=True)
    return both(lab)


@reported("kin: nft drops what is pushed", r"psh", r"rule|firewall")
def nft_drops_what_is_pushed(lab):
    mosquitto(lab.server)
    lab.server.nft("in iifname lo accept", "in tcp dport 1883 tcp flags & psh == psh drop")
    proved(lab.phone, not_=True)
    return both(lab)


@reported("kin: a word on another port", HEALTHY)
def a_word_is_looked_for_at_another_port(lab):
    mosquitto(lab.server)
    legacy(lab.server, "-A INPUT -p tcp --dport 8080 -m string --algo bm --string MQTT -j DROP")
    return both(lab)


@reported("kin: a word, behind what lets connections stand", HEALTHY)
def what_stands_is_let_through_before_the_word(lab):
    mosquitto(lab.server)
    legacy(lab.server, "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
           "-A INPUT -p tcp --dport 1883 -m string --algo bm --string MQTT -j DROP")
    return both(lab)


@reported("kin: IPv6 alone is reset, two places", r"IPv6 alone", r"server|machine")
def the_reset_holds_for_ipv6_alone(lab):
    mosquitto(lab.server)
    lab.server.run("ip6tables", "-A", "INPUT", "-p", "tcp", "--dport", "1883", "-j", "REJECT", "--reject-with", "tcp-reset")
    proved(lab.phone)
    proved(lab.phone, at=SERVER6, not_=True)
    return together(lab, phone=doctor(lab.phone, f"[{SERVER6}]:1883"), server=on_broker(lab, "localhost"))


# ---- who holds the port --------------------------------------------------------------------------------


@reported("kin: two mosquittos, and the user is the other one's", r"1885", r"alice", unsaid=r"mosquitto_passwd")
def another_mosquitto_knows_the_user(lab):
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "listener 1885", "password_file /etc/mosquitto/passwd")
    until("running", log)
    nats(lab, 1883, "authorization { user: app, password: app-pw }")
    proved(lab.server, "-p", "1885", *ALICE, at="127.0.0.1")
    return on_broker(lab, "localhost:1883", *ALICE)


@reported("kin: nats with the user, and a mosquitto beside it", HEALTHY)
def nats_knows_the_user_itself(lab):
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "listener 1884", "password_file /etc/mosquitto/passwd")
    until("running", log)
    nats(lab, 1883, f"authorization {{ users: [ {{ user: {ALICE[1]}, password: {ALICE[3]} }} ] }}")
    return on_broker(lab, "localhost:1883", *ALICE)


@reported("kin: a proxy has the port, and IPv6 is missing there", r"nginx|haproxy|stunnel|socat", unsaid="mosquitto.conf")
def a_tunnel_has_the_port_by_ipv4_alone(lab):
    good = certificates.get("good")
    mosquitto(lab.server, listener=1884, ready=1884)
    stunnel(lab.server, f"[m]\naccept = 0.0.0.0:8883\nconnect = 127.0.0.1:1884\ncert = {good.chain}\nkey = {good.key}", 8883)
    return with_notes(on_broker(lab, "mqtts://localhost:8883", "--cafile", ca()))


# ---- what stands in the broker's place ------------------------------------------------------------------


@reported("kin: a page to sign in on, seen from one place", r"login\.hotel\.test", r"sign.?in")
def a_hotel_sends_everybody_to_its_page(lab):
    mosquitto(lab.server)
    scripted(lab.router, 8881, "http", "307 Temporary Redirect", "Location: http://login.hotel.test/guest")
    lab.router.nat("iifname r0 ip daddr 10.77.2.2 tcp dport 1883 redirect to :8881")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported("kin: a web server of the broker's own name sends on to itself", r"web server|HTTP", unsaid=r"sign.?in")
def a_web_server_sends_to_its_own_name(lab):
    scripted(lab.server, 1883, "http", "301 Moved Permanently", f"Location: https://{SERVER}/")
    return doctor(lab.phone, AT)


@reported("kin: a browser asks at the port of EMQX", r"web ?socket", r"listener", unsaid=r'"Use port 1883 with mqtt')
def a_browser_asks_at_8083(lab):
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


# ---- the way between private networks ---------------------------------------------------------------------


@reported("kin: the server's own firewall drops, asked from the next network", r"firewall", unsaid=r"cloud's security group|0\.0\.0\.0")
def the_servers_firewall_seen_from_the_next_network(lab):
    mosquitto(lab.server)
    lab.server.nft("in iifname e0 tcp dport 1883 drop")
    proved(lab.phone, not_=True)
    staged(PHONE.startswith("10."), "not private")
    return doctor(lab.phone, AT)
