"""Gateways of MQTT-SN, over UDP. What unit tests show as well is staged by ./dev lab alone."""
import os
import pathlib
import signal
import sys
import time

from . import cases, stage_capture, stage_listen
from .cases import Answer, case, doctor, environment, healthy
from .net import ROUTER_PHONE, SERVER
from .services import mosquitto, scripted

AT = f"mqtt-sn://{SERVER}"
# Causes of silence, which look the same whoever does not answer.
SILENT = ("sn-udp-dropped", "sn-gateway-mute", "sn-host-away")
GROUP = "225.1.1.1"


def wait_for_udp(host, port, process):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if f":{port:04X}" in host.read("udp", "udp6"):
            return process
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens on UDP {port}")


def gateway(host, *words, port=1884, broker=1883):
    """The test's gateway, in front of a broker of this host."""
    program = pathlib.Path(os.path.abspath(cases.DOCTOR)).with_name("sn-test-gateway")
    if not program.exists():
        raise cases.Skip("the gateway for tests is not built")
    if not any(word.startswith("address=") for word in words):
        words = ("address=0.0.0.0", *words)
    return wait_for_udp(host, port, host.start(program, port, broker, *words))


def odd(host, way, port=1884):
    script = pathlib.Path(__file__).with_name("odd_gateway.py")
    return wait_for_udp(host, port, host.start(sys.executable, script, port, way))


def with_broker(lab, *words, **how):
    mosquitto(lab.server)
    return gateway(lab.server, *words, **how)


def ssh(lab):
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")


@healthy()
def sensors_gateway(lab):
    with_broker(lab)
    return doctor(lab.phone, AT)


@healthy()
def sensors_gateway_there_and_back(lab):
    """From MQTT-SN to MQTT and from MQTT to MQTT-SN, on the user's topic."""
    with_broker(lab)
    answer = doctor(lab.phone, "delivery", f"{AT}/plant/1", "--publish", "--sent-via", f"mqtt://{SERVER}")
    ways = [trip["way"] for trip in answer.report["facts"]["endpoints"][0]["gateway"]["trips"] if trip["arrived"]]
    if sorted(ways) != ["from-mqtt", "round", "round", "to-mqtt"]:
        answer.found = f"passed: {ways}"
    return answer


@case("healthy", is_long=True)
def sensors_gateway_loses_datagrams(lab):
    """Every fifth is lost: that is what repeating is for."""
    with_broker(lab, "lose=5", "retry=300")
    return doctor(lab.phone, AT)


@healthy()
def sensors_gateway_shares_the_brokers_number(lab):
    with_broker(lab, port=1883)
    return doctor(lab.phone, f"{AT}:1883")


@case("sn-port-closed")
def gateway_is_not_running(lab):
    return doctor(lab.phone, AT)


@case("sn-port-closed", is_long=True)
def gateway_on_loopback_only(lab):
    with_broker(lab, "address=127.0.0.1")
    return doctor(lab.phone, AT)


@case("sn-filtered")
def gateways_firewall_refuses_udp(lab):
    with_broker(lab)
    lab.server.nft("in udp dport 1884 reject with icmpx type admin-prohibited")
    return doctor(lab.phone, AT)


@case("sn-filtered", is_long=True)
def router_refuses_udp(lab):
    with_broker(lab)
    lab.router.nft("fw udp dport 1884 reject with icmp type admin-prohibited")
    return doctor(lab.phone, AT)


@case("sn-unreachable")
def no_route_to_the_gateway(lab):
    return doctor(lab.phone, "mqtt-sn://10.77.9.9")


@case("sn-udp-dropped", alike=SILENT)
def router_drops_udp(lab):
    with_broker(lab)
    ssh(lab)
    lab.router.nft("fw udp dport 1884 drop")
    return doctor(lab.phone, AT)


@case("sn-gateway-mute", alike=SILENT)
def gateway_says_nothing(lab):
    with_broker(lab, "mute")
    return doctor(lab.phone, AT)


@case("sn-host-away", alike=SILENT, is_long=True)
def gateways_machine_drops_everything(lab):
    with_broker(lab)
    lab.server.nft("in ip protocol udp drop", "in ip protocol tcp drop")
    return doctor(lab.phone, AT)


@case("sn-other-port")
def gateway_on_another_port(lab):
    with_broker(lab, port=1885)
    return doctor(lab.phone, AT)


@case("sn-brokers-port")
def brokers_port_taken_for_the_gateways(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"{AT}:1883")


@case("sn-no-gateway")
def echo_service(lab):
    odd(lab.server, "echo")
    return doctor(lab.phone, AT)


@case("sn-no-gateway", is_long=True)
def another_service_over_udp(lab):
    odd(lab.server, "text")
    return doctor(lab.phone, AT)


@case("sn-answers-from-elsewhere")
def answers_leave_by_another_port(lab):
    odd(lab.server, "elsewhere")
    return doctor(lab.phone, AT)


@case("sn-broker-away")
def answers_the_search_alone(lab):
    odd(lab.server, "search")
    return doctor(lab.phone, AT)


@case("sn-broker-away", is_long=True)
def sends_clients_away(lab):
    odd(lab.server, "goodbye")
    return doctor(lab.phone, AT)


@case("sn-congestion")
def gateway_without_its_broker(lab):
    gateway(lab.server, broker=1899)
    return doctor(lab.phone, AT)


@case("sn-congestion", is_long=True)
def gateway_is_full(lab):
    with_broker(lab, "connect=1")
    return doctor(lab.phone, AT)


@case("sn-not-supported", is_long=True)
def gateway_takes_no_connection(lab):
    with_broker(lab, "connect=3")
    return doctor(lab.phone, AT)


@case("sn-not-supported", is_long=True)
def broker_refuses_the_subscription(lab):
    with_broker(lab, "subscribe=3")
    return doctor(lab.phone, f"{AT}/plant/1")


@case("sn-rejected", is_long=True)
def a_code_nobody_knows(lab):
    odd(lab.server, "code=9")
    return doctor(lab.phone, AT)


@case("sn-invalid-topic-id")
def gives_no_id(lab):
    with_broker(lab, "register=2")
    return doctor(lab.phone, AT)


@case("sn-invalid-topic-id", is_long=True)
def takes_no_id(lab):
    with_broker(lab, "publish=2")
    return doctor(lab.phone, AT)


@case("sn-message-lost")
def gateway_swallows_messages(lab):
    odd(lab.server, "swallow")
    return doctor(lab.phone, AT)


@case("sn-not-to-mqtt")
def gateway_of_another_broker(lab):
    with_broker(lab)
    mosquitto(lab.server, listener=1893, ready=1893, name="other.conf")
    return doctor(lab.phone, "delivery", f"{AT}/plant/1", "--publish", "--sent-via", f"mqtt://{SERVER}:1893")


@case("sn-via-not-reached", is_long=True)
def broker_of_sent_via_is_closed(lab):
    with_broker(lab)
    return doctor(lab.phone, "delivery", f"{AT}/plant/1", "--publish", "--sent-via", f"mqtt://{SERVER}:1893")


@case("sn-identifier-in-use")
def two_sensors_of_one_name(lab):
    odd(lab.server, "taken=sensor1")
    return doctor(lab.phone, AT, "-i", "sensor1")


@case("sn-sleeper-not-buffered")
def gateway_forgets_sleepers(lab):
    with_broker(lab, "forget-sleepers")
    return doctor(lab.phone, AT)


@case("sn-sent-to-sleeper", is_long=True)
def gateway_wakes_sleepers(lab):
    odd(lab.server, "early")
    return doctor(lab.phone, AT)


@case("sn-no-sleep", is_long=True)
def gateway_knows_no_sleep(lab):
    odd(lab.server, "no-sleep")
    return doctor(lab.phone, AT)


@case("sn-will-ignored")
def gateway_knows_no_will(lab):
    """Beside that it keeps nothing for sleepers; the will comes first of equal warnings."""
    odd(lab.server, "no-will")
    answer = doctor(lab.phone, AT)
    return cases.without_warning(answer, "sn-sleeper-not-buffered")


@case("sn-search-unanswered")
def nobody_answers_the_search(lab):
    return doctor(lab.phone, f"mqtt-sn://{GROUP}")


@case("sn-other-address")
def the_networks_gateway_is_elsewhere(lab):
    """The router is the gateway; the server was typed."""
    mosquitto(lab.router)
    gateway(lab.router, f"group={GROUP}", f"address={ROUTER_PHONE}", port=1883)
    return doctor(lab.phone, AT)


def forgetful_router(lab, seconds):
    """An address translation that keeps UDP for so long, and lets nothing in that nobody asked for."""
    lab.router.run("nft", "-f", "-", input="""table ip nat {
 chain post { type nat hook postrouting priority 100; oifname r1 masquerade; }
}
""")
    lab.router.set(netfilter__nf_conntrack_udp_timeout=seconds,
                   netfilter__nf_conntrack_udp_timeout_stream=seconds)


@case("sn-nat-forgets", is_long=True, slowest=40)
def router_forgets_silent_sensors(lab):
    with_broker(lab)
    forgetful_router(lab, 3)
    return doctor(lab.phone, "delivery", AT, "--watch", "16s")


@case("healthy", "router_keeps_sensors_that_speak", is_long=True, slowest=40)
def keep_alive_is_shorter(lab):
    with_broker(lab)
    forgetful_router(lab, 3)
    return doctor(lab.phone, "delivery", AT, "--watch", "12s", "-k", "2")


# ---- live, and recorded --------------------------------------------------------------------------


def pub(host, *words):
    """mqtt-pub, to its end."""
    program = pathlib.Path(os.path.abspath(cases.DOCTOR)).with_name("mqtt-pub")
    if not program.exists():
        raise cases.Skip("mqtt-pub is not built")
    return host.run(program, *words, check=False, env=environment(), timeout=20)


def told(process, *wanted):
    """Whether all of that was told, once the doctor was interrupted."""
    process.send_signal(signal.SIGINT)
    process.wait(20)
    events = stage_listen.events_of(process)
    missing = [each for each in wanted
               if not any(each.items() <= event.items() for event in events)]
    found = "as recorded" if not missing else f"not told: {missing}"
    return Answer(found, 0, 0, {"causes": [], "healthy": True}, "")


@stage_capture.recorded(is_long=False)
def sensor_is_told_live(lab):
    """Beside the gateway: each datagram once, the refusal of a port where none is, and the verdict."""
    with_broker(lab)
    process = stage_capture.watching(lab, ports=(1884, 1886))
    pub(lab.phone, f"{AT}/plant/1", "-m", "21", "-q", "1", "-i", "sen1")
    pub(lab.phone, f"{AT}:1886/xy", "-m", "22", "-q", "-1")
    time.sleep(0.1)
    answer = told(process,
                  {"event": "packet", "type": "CONNECT", "client_id": "sen1", "protocol": "mqtt-sn"},
                  {"event": "packet", "type": "PUBLISH", "topic": "plant/1", "qos": 1},
                  {"event": "packet", "type": "PUBACK", "reason_code": 0},
                  {"event": "icmp", "icmp_type": 3, "icmp_code": 3},
                  {"event": "verdict", "id": "sn-port-closed"},
                  {"event": "verdict", "id": "sn-accepted", "client_id": "sen1"})
    found = [event["type"] for event in stage_listen.events_of(process)
            if event.get("event") == "packet" and event.get("from") == "client"]
    if sorted(found) != sorted(["CONNECT", "REGISTER", "PUBLISH", "DISCONNECT", "PUBLISH"]):
        answer.found = f"told: {found}"
    return answer


@stage_capture.recorded()
def sensor_is_told_in_front_of_its_gateway(lab):
    with_broker(lab)
    process = lab.server.start(os.path.abspath(cases.DOCTOR), "listen", 1885, "--forward",
                               "mqtt-sn://127.0.0.1", "--json", "--lang", "en", env=environment())
    wait_for_udp(lab.server, 1885, process)
    pub(lab.phone, f"{AT}:1885/plant/1", "-m", "21", "-q", "2", "-i", "sen1")
    return told(process, {"event": "packet", "type": "PUBCOMP", "from": "broker"},
                {"event": "verdict", "id": "sn-accepted", "client_id": "sen1"})


@stage_capture.recorded()
def closed_port_of_a_gateway_recorded(lab):
    """What ICMP said is in the recordings of both sides, and of the router between."""
    def act():
        pub(lab.phone, f"{AT}/plant/1", "-m", "21", "-q", "1", "-i", "sen1")
    return stage_capture.three_views(lab, act, client="sn-port-closed", router="sn-port-closed",
                                     server="sn-port-closed")


@stage_capture.recorded()
def filtered_port_of_a_gateway_recorded(lab):
    with_broker(lab)
    lab.router.nft("fw udp dport 1884 reject with icmp type admin-prohibited")

    def act():
        pub(lab.phone, f"{AT}/plant/1", "-m", "21", "-q", "1", "-i", "sen1")
    return stage_capture.three_views(lab, act, client="sn-filtered", router="sn-filtered", server="")
