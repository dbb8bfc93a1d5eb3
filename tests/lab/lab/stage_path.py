"""What a network does to packets on their way."""
from .cases import case, doctor
from .certificates import ca
from .net import ROUTER_PHONE, SERVER
from .services import mosquitto, nginx, scripted, tls_lines

AT = f"{SERVER}:1883"


def redirect_everything(lab, port):
    lab.router.nat(f"iifname r0 ip protocol tcp redirect to :{port}")


@case("path-captive-portal")
def login_page_answers_for_all(lab):
    mosquitto(lab.server)
    scripted(lab.router, 8080, "http", "302 Found", "Location: http://portal.test/login")
    redirect_everything(lab, 8080)
    return doctor(lab.phone, AT)


@case("path-transparent-proxy")
def middlebox_accepts_for_all(lab):
    mosquitto(lab.server)
    scripted(lab.router, 8080, "silent")
    redirect_everything(lab, 8080)
    return doctor(lab.phone, AT)


def small_tunnel(lab):
    lab.router.run("ip", "link", "set", "r0", "mtu", "1280")
    lab.router.run("ip", "link", "set", "r1", "mtu", "1280")
    lab.router.nft("out icmp type destination-unreachable drop",
                   "out icmpv6 type packet-too-big drop")


@case("path-mtu-black-hole")
def tls_over_a_small_tunnel(lab):
    mosquitto(lab.server, *tls_lines("good"))
    small_tunnel(lab)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@case("path-mtu-black-hole")
def large_message_over_a_small_tunnel(lab):
    mosquitto(lab.server)
    small_tunnel(lab)
    return doctor(lab.phone, AT)


@case("path-payload-dropped")
def stateful_filter_drops_data(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 tcp flags & psh == psh drop")
    return doctor(lab.phone, AT)


@case("path-payload-dropped")
def answers_are_dropped_on_the_way_back(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp sport 1883 tcp flags & psh == psh drop")
    return doctor(lab.phone, AT)


@case("path-payload-dropped")
def answers_are_dropped_whatever_the_version(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp sport 1883 tcp flags & psh == psh drop")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("path-dpi-reset")
def inspection_resets_data(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 tcp flags & psh == psh reject with tcp reset")
    return doctor(lab.phone, AT)


@case("path-sni-filter")
def filter_resets_a_name(lab):
    from .services import dnsmasq
    dnsmasq(lab.router, f"address=/blocked.test/{SERVER}")
    # Ends connections whose ClientHello has the name, and hands the others to a real server.
    import pathlib
    import sys
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    lab.server.start(sys.executable, pathlib.Path(__file__).with_name("sni_filter.py"), 8883, 18883,
                     "blocked.test", ready=8883)
    return doctor(lab.phone, "mqtts://blocked.test:8883", "--cafile", ca())


@case("path-wifi-client-isolation")
def neighbours_cannot_see_each_other(lab):
    return doctor(lab.phone, "10.77.1.77:1883")


@case("path-slow-link")
def narrow_link(lab):
    mosquitto(lab.server)
    lab.router.run("tc", "qdisc", "add", "dev", "r0", "root", "tbf", "rate", "64kbit", "burst", "1600",
                   "latency", "400ms")
    return doctor(lab.phone, AT)


@case("path-packet-loss")
def every_third_packet_is_lost(lab):
    mosquitto(lab.server)
    lab.router.nft("fw meta l4proto tcp numgen random mod 100 < 30 drop")
    # By chance a path this bad may break the connection altogether; the next try shows the loss.
    for _ in range(3):
        answer = doctor(lab.phone, AT)
        if answer.found == "path-packet-loss":
            break
    return answer


@case("path-packet-loss")
def lossy_link(lab):
    mosquitto(lab.server)
    # The router drops the first SYN of every connection.
    lab.router.run("nft", "-f", "-", input="""
add table ip l
add set ip l seen { type ipv4_addr . inet_service; flags dynamic, timeout; timeout 30s; }
add chain ip l fw { type filter hook forward priority 0; }
add rule ip l fw tcp dport 1883 tcp flags & (syn | ack) == syn ip saddr . tcp sport != @seen add @seen { ip saddr . tcp sport } drop
""")
    return doctor(lab.phone, AT)
