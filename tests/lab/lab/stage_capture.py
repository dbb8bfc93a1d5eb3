"""What passes, recorded on the client, on the server and on the router between, and read afterwards:
the cause, the place where it was recorded, and whose packets it was that did not arrive.

A case is staged once and explained three times. With KEEP_CAPTURES=FOLDER the recordings are kept
there; those in tests/unit/doctor/captures were made so."""
import json
import os
import pathlib
import shutil
import signal
import sys
import time

from . import stage_delivery, stage_listen
from .cases import CASES, DOCTOR, Answer, Skip, case, environment, explain
from .net import SERVER
from .services import has, mosquitto, scripted

FILTER = "tcp or udp port 1884 or icmp or icmp6"
PLACES = ("client", "router", "server")


def recorded(is_long=True):
    """Registers a case that is found "as recorded"; see three_views()."""
    return case("as recorded", layer="capture", is_long=is_long)


class Recorders:
    """tcpdump on the three hosts, while inside of `with`."""

    def __init__(self, lab, interface="any"):
        if not has("tcpdump"):
            raise Skip("tcpdump is not installed")
        self.files = {}
        self.processes = []
        for place, host in zip(PLACES, (lab.phone, lab.router, lab.server)):
            self.files[place] = lab.file(f"{place}.pcap")
            self.processes.append(host.start(
                "tcpdump", "-Z", "root", "-Uni", interface if place != "router" else "any",
                "--immediate-mode", "-w", self.files[place], FILTER))

    def __enter__(self):
        end = time.monotonic() + 10
        for process in self.processes:
            while "listening on" not in pathlib.Path(process.log).read_text(errors="replace"):
                if time.monotonic() > end or process.poll() is not None:
                    raise RuntimeError(pathlib.Path(process.log).read_text(errors="replace"))
                time.sleep(0.02)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            process.wait(10)


def three_views(lab, act, said=(), **expected):
    """Records what `act` does and explains it from each place.

    `expected`: place="cause", or place=("cause", "a word of what is said"); an empty cause where
    nothing is to be found from there. `said`: places that must be told with --captured-on, where one
    packet alone cannot tell a router from a server."""
    with Recorders(lab) as here:
        act()
        time.sleep(0.1)
    folder = os.environ.get("KEEP_CAPTURES")
    wrong = []
    seconds = 0.0
    for place, file in here.files.items():
        if folder:
            shutil.copy(file, pathlib.Path(folder) / f"{sys._getframe(1).f_code.co_name}-{place}.pcap")
        wanted, *words = expected[place] if isinstance(expected[place], tuple) else (expected[place],)
        answer = explain(file, *(("--captured-on", place) if place in said else ()))
        seconds = max(seconds, answer.seconds)
        told = answer.report.get("capture", {})
        found = answer.others[0] if answer.others else ""
        text = str([answer.report.get("causes"), answer.report.get("warnings")])
        if found != wanted:
            wrong.append(f"{place}: {found or 'nothing'} for {wanted or 'nothing'}")
        wrong += [f"{place}: {word!r} is not said" for word in words if word not in text]
    return Answer("; ".join(wrong) or "as recorded", seconds, 0, {"causes": [], "healthy": True}, "")


def pub(lab, *words, host=SERVER, **options):
    options.setdefault("check", False)
    return lab.phone.run("mosquitto_pub", "-h", host, "-t", "home/door", "-m", "x", *words, **options)


def tries(lab, seconds, port=1883):
    """A client that asks for a connection, patiently."""
    lab.phone.run("timeout", seconds, "mosquitto_pub", "-h", SERVER, "-p", port, "-t", "a", "-m", "x",
                  check=False)


def client(lab, *words):
    script = pathlib.Path(__file__).with_name("client.py")
    return lab.phone.start(sys.executable, script, SERVER, "1883", *words)


# ---- no connection comes to stand -----------------------------------------------------------------


@recorded()
def server_drops(lab):
    mosquitto(lab.server)
    lab.server.nft("in tcp dport 1883 drop")
    return three_views(lab, lambda: tries(lab, 4), client="tcp-timeout-security-group",
                       router="tcp-timeout-security-group", server="tcp-timeout-host-firewall")


@recorded()
def router_drops(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 drop")
    return three_views(lab, lambda: tries(lab, 4), said=("router",), client="tcp-timeout-security-group",
                       router="tcp-timeout-security-group", server="")


@recorded()
def server_rejects_by_icmp(lab):
    mosquitto(lab.server)
    lab.server.nft("in tcp dport 1883 reject")
    return three_views(lab, lambda: tries(lab, 2), client="tcp-refused-by-icmp",
                       router="tcp-refused-by-icmp", server="tcp-refused-by-icmp")


@recorded()
def router_rejects_by_reset(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 reject with tcp reset")
    return three_views(lab, lambda: tries(lab, 2), said=("router",), client="tcp-refused-not-running",
                       router="tcp-refused-by-firewall-reset", server="")


@recorded()
def nobody_listens(lab):
    mosquitto(lab.server)
    return three_views(lab, lambda: tries(lab, 2, 1884), client="tcp-refused-not-running",
                       router="tcp-refused-not-running", server="tcp-refused-not-running")


@recorded()
def another_port_is_open(lab):
    mosquitto(lab.server)

    def act():
        tries(lab, 2, 1884)
        pub(lab)
    return three_views(lab, act, client="tcp-refused-wrong-port",
                       router="tcp-refused-wrong-port", server="tcp-refused-wrong-port")


@recorded()
def answers_are_dropped_on_the_router(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp sport 1883 drop")
    return three_views(lab, lambda: tries(lab, 4), client="tcp-timeout-security-group",
                       router="path-no-route-back", server="path-no-route-back")


@recorded()
def client_drops_the_answers(lab):
    mosquitto(lab.server)
    lab.phone.nft("in tcp sport 1883 drop")
    return three_views(lab, lambda: tries(lab, 4), client="tcp-local-policy",
                       router="path-no-route-back", server="path-no-route-back")


@recorded()
def no_route_behind_the_router(lab):
    return three_views(lab, lambda: lab.phone.run("timeout", 5, "mosquitto_pub", "-h", "10.77.2.9",
                                                  "-t", "a", "-m", "x", check=False),
                       client="tcp-unreachable-no-route", router="tcp-unreachable-no-route", server="")


@recorded()
def queue_of_the_listener_is_full(lab):
    scripted(lab.server, 1883, "deaf", 0)

    def act():
        waiting = [client(lab, "connect=app", "wait=6") for _ in range(3)]
        time.sleep(1)
        tries(lab, 4)
        for process in waiting:
            process.kill()
    return three_views(lab, act, client="mqtt-broker-hung", router="mqtt-broker-hung",
                       server="mqtt-broker-hung")


# ---- a connection that stood ----------------------------------------------------------------------


@recorded(is_long=False)
def router_resets_data(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 tcp flags & psh == psh reject with tcp reset")
    return three_views(lab, lambda: pub(lab), client="path-dpi-reset", router="path-dpi-reset",
                       server="")


@recorded()
def large_packets_vanish(lab):
    mosquitto(lab.server)
    lab.router.run("ip", "link", "set", "r1", "mtu", "1280")
    lab.router.nft("out icmp type destination-unreachable drop")

    def act():
        process = client(lab, "connect=app", "publish=0,home/photo,2000", "wait=4")
        process.wait(10)
    return three_views(lab, act, client="path-mtu-black-hole", router="path-mtu-black-hole",
                       server="path-mtu-black-hole")


def masquerade(lab, *rules):
    lab.router.run("nft", "-f", "-", input=f"""table ip nat {{
 chain post {{ type nat hook postrouting priority 100; oifname r1 masquerade; }}
}}
table ip f {{
 chain fw {{ type filter hook forward priority 0; {"; ".join(rules)}; }}
}}
""")
    lab.router.set(netfilter__nf_conntrack_tcp_timeout_established=11,
                   netfilter__nf_conntrack_tcp_loose=0)


@recorded()
def nat_forgets_and_is_silent(lab):
    mosquitto(lab.server)
    masquerade(lab, "ct state invalid drop")

    def act():
        client(lab, "connect=app", "wait=13", "ping", "wait=3").wait(20)
    return three_views(lab, act, client="path-nat-idle-drop", router="path-nat-idle-drop", server="")


@recorded()
def nat_forgets_and_resets(lab):
    mosquitto(lab.server)
    masquerade(lab, "ct state invalid reject with tcp reset")

    def act():
        client(lab, "connect=app", "wait=13", "ping", "wait=1").wait(20)
    return three_views(lab, act, client="path-nat-idle-reset", router="path-nat-idle-reset", server="")


@recorded()
def balancer_closes_what_is_silent(lab):
    mosquitto(lab.server, "listener 1884", listener=None, ready=1884)
    scripted(lab.server, 1883, "forget", 1884, 12, "close")

    def act():
        client(lab, "connect=app", "wait=15").wait(20)
    return three_views(lab, act, client="proxy-idle-timeout", router="proxy-idle-timeout",
                       server="proxy-idle-timeout")


# ---- live -----------------------------------------------------------------------------------------


def watching(lab, *words, ports=(1883,), host=None):
    """A doctor that captures on the server, once it is ready."""
    process = (host or lab.server).start(os.path.abspath(DOCTOR), "listen", *ports, "--capture", *words,
                               "--json", "--lang", "en", env=environment())
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        if any(event.get("event") == "listening" for event in stage_listen.events_of(process)):
            return process
        time.sleep(0.02)
    raise RuntimeError(pathlib.Path(process.log).read_text(errors="replace"))


def stopped_by_rule(lab, *rules, wanted, port=1883, host=None):
    """Whether the rule that stops a connection is named as it stands there."""
    if rules:
        (host or lab.server).nft(*rules)
    process = watching(lab, host=host)
    tries(lab, 4, port)
    process.send_signal(signal.SIGINT)
    process.wait(20)
    told = [event for event in stage_listen.events_of(process) if event.get("event") == "tcp"]
    found = told[0].get("rule", "no rule") if told else "nothing told"
    wanted_ones = (wanted,) if isinstance(wanted, str) else wanted
    return Answer("as recorded" if any(each in found for each in wanted_ones) else f"{found!r} for {wanted!r}", 0, 0,
                  {"causes": [], "healthy": True}, "")


@recorded(is_long=False)
def rule_that_drops_is_named(lab):
    mosquitto(lab.server)
    return stopped_by_rule(lab, "in tcp dport 22 accept", "in tcp dport 1883 drop",
                           wanted="tcp dport 1883 drop")


@recorded()
def rule_for_one_client_is_named(lab):
    mosquitto(lab.server)
    return stopped_by_rule(lab, "in ip saddr 10.77.1.0/24 tcp dport 1883 drop",
                           wanted="ip saddr 10.77.1.0/24 tcp dport 1883 drop")


@recorded()
def rule_that_stops_the_answer_is_named(lab):
    mosquitto(lab.server)
    # Where packets are captured nothing of the answer is seen any more: the SYN stays unanswered.
    return stopped_by_rule(lab, "out tcp sport 1883 drop", wanted="tcp sport 1883 drop")


@recorded()
def rule_that_rejects_is_named(lab):
    mosquitto(lab.server)
    return stopped_by_rule(lab, "in tcp dport 1883 reject with tcp reset",
                           wanted="tcp dport 1883 reject with tcp reset")


@recorded()
def rule_of_the_router_is_named(lab):
    mosquitto(lab.server)
    return stopped_by_rule(lab, "fw tcp dport 22 accept", "fw tcp dport 1883 drop", host=lab.router,
                           wanted="tcp dport 1883 drop")


@recorded()
def rule_of_the_router_for_answers_is_named(lab):
    mosquitto(lab.server)
    return stopped_by_rule(lab, "fw tcp sport 1883 drop", host=lab.router,
                           wanted="tcp sport 1883 drop")


@recorded()
def router_that_forwards_nothing_is_named(lab):
    mosquitto(lab.server)
    lab.router.run("sysctl", "-qw", "net.ipv4.ip_forward=0")
    return stopped_by_rule(lab, host=lab.router, wanted="net.ipv4.ip_forward = 0")


def by_iptables(lab, program):
    if not has(program):
        raise Skip(f"{program} is not installed")
    mosquitto(lab.server)
    lab.router.run(program, "-A", "FORWARD", "-p", "tcp", "--dport", "1883", "-j", "DROP")
    # nft lists rules of iptables-nft in words of its own.
    return stopped_by_rule(lab, host=lab.router,
                           wanted=("--dport 1883 -j DROP", "tcp dport 1883 drop"))


@recorded()
def iptables_rule_of_the_router_is_named(lab):
    return by_iptables(lab, "iptables-nft")


@recorded()
def iptables_legacy_rule_of_the_router_is_named(lab):
    return by_iptables(lab, "iptables-legacy")


def said_by_watch(lab, seconds, cause, *parts):
    """What `delivery --watch` says of an end whose packets it saw."""
    answer = stage_delivery.watch(lab.phone, seconds, stage_delivery.AT, "-k", "4")
    text = str(answer.report.get("causes"))
    missing = [part for part in parts if part not in text]
    found = answer.found if answer.found != cause else f"{missing} not said" if missing else "as recorded"
    return Answer(found, 0, 0, {"causes": [], "healthy": True}, "")


@recorded()
def watch_sees_who_sent_fin(lab):
    mosquitto(lab.server, "listener 1884", listener=None, ready=1884)
    scripted(lab.server, 1883, "forget", 1884, 3, "close")
    return said_by_watch(lab, 16, "proxy-idle-timeout", "The FIN came with TTL 63",
                         "from the machine that was dialled")


@recorded()
def watch_sees_that_the_router_sent_rst(lab):
    mosquitto(lab.server)
    masquerade(lab, "ct state invalid reject with tcp reset")
    lab.router.set(netfilter__nf_conntrack_tcp_timeout_established=3)
    return said_by_watch(lab, 16, "path-nat-idle-reset", "The RST came with TTL 64",
                         "other packets with 63: something on the way sent it")


# ---- the same as in front of the broker -------------------------------------------------------------


class Watch:
    """A doctor that captures what passes another that forwards: both are to tell the same."""

    def start(self, lab, port):
        return watching(lab, "e0", ports=(port,))

    def stop(self, process, forwarding, notes):
        end = time.monotonic() + 5
        while (stage_listen.told_by(forwarding, notes) and time.monotonic() < end
               and not stage_listen.told_by(process, notes)):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.wait(20)

    def compare(self, process, forwarding, notes, seconds):
        found = stage_listen.told_by(process, notes) or stage_listen.last_sentences(process)
        answer = stage_listen.answer_of(found, seconds, process.returncode)
        ours, theirs = packets_of(process), packets_of(forwarding)
        for key in sorted(ours.keys() | theirs.keys()):
            told, passed = ours.get(key, []), theirs.get(key, [])
            # The doctor that captures may end first, so both are compared as far as it came.
            both = min(len(told), len(passed))
            if told[:both] != passed[:both] or len(told) > len(passed) or (passed and not told):
                at = next((i for i in range(both) if told[i] != passed[i]), both)
                answer.found = (f"{answer.found}, and {key} differs: captured {told[at:at + 1]}, "
                                f"forwarded {passed[at:at + 1]}")
                break
        return answer


def packets_of(process):
    """What is told of each packet, by connection and direction."""
    out = {}
    for event in stage_listen.events_of(process):
        if event.get("event") == "packet":
            key = f"{event['client']} {event['from']}"
            told = {name: value for name, value in event.items()
                    if name not in ("time", "connection", "frame")}
            out.setdefault(key, []).append(json.dumps(told, sort_keys=True))
    return out


def watched(overheard, lab):
    stage_listen.beside.watch = Watch()
    try:
        return overheard(lab)
    finally:
        stage_listen.beside.watch = None


SAMPLE = ("larger_than_announced", "two_of_one_name")
for overheard in [known for known in CASES if known.run.__module__ == stage_listen.__name__]:
    case(overheard.expected, overheard.name + "_captured", "captured", overheard.slowest + 10,
         overheard.alike, is_long=overheard.name not in SAMPLE)(
             lambda lab, run=overheard.run: watched(run, lab))
