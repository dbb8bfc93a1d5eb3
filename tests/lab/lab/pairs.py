"""Two faults at once.

A fault breaks one thing of a machine that is otherwise in order. Any two that do not touch the same
thing are staged together: the one that blocks first must be named first; after its printed cure
(run where it is a command, else done as its words say) the other must be named first.
"""
import collections
import dataclasses
import itertools
import traceback
from typing import Callable

from . import cases, certificates, cures, net
from .net import SERVER
from .services import dnsmasq, mosquitto, nginx, password_file, scripted

PORTS = {"plain": 1883, "tls": 8883, "ws": 8080, "wss": 8443}
SCHEMES = {"plain": "mqtt", "tls": "mqtts", "ws": "ws", "wss": "wss"}
HIDDEN = 21883  # port of the broker behind a proxy
UPGRADE = ("proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
           "proxy_set_header Connection upgrade;")


class Stage:
    """A name, a network, a broker and an app, all in order until a fault changes a word here."""

    def __init__(self, way, where="phone"):
        self.way, self.where = way, where
        # The app's settings:
        self.host, self.port, self.scheme, self.path = "broker.test", PORTS[way], SCHEMES[way], "/mqtt"
        self.target = None
        self.user, self.password, self.identifier = "alice", "alice-pw", None
        self.has_ca, self.client = True, None
        self.command, self.words = (), ("-t", "home/door", "--publish")
        # What the network and the server have:
        self.names = [f"address=/broker.test/{SERVER}"]
        self.server_rules, self.router_rules = [], []
        self.is_narrow = False
        self.address, self.certificate, self.demands = "", "good", False
        self.acl = "user alice\ntopic readwrite #\n"
        self.conf = []
        self.front = None  # port of the broker, as the proxy in front of it knows that
        self.location = "/mqtt"

    def build(self, lab):
        self.lab = lab
        self.serve_names()
        scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")
        self.users = password_file(lab)
        lab.file("acl", self.acl)
        self.start_broker()
        self.start_proxy()
        if self.server_rules:
            lab.server.nft(*self.server_rules)
        if self.router_rules:
            lab.router.nft(*self.router_rules)
        if self.is_narrow:
            for link in ("r0", "r1"):
                lab.router.run("ip", "link", "set", link, "mtu", "1280")

    def serve_names(self):
        dnsmasq(self.lab.router, *self.names)

    def start_broker(self):
        lines = [f"listener {self.inner} {self.address}".strip()]
        if self.way in ("ws", "wss"):
            lines.append("protocol websockets")
        if self.way == "tls":
            certificate = certificates.get(self.certificate)
            lines += [f"certfile {certificate.chain}", f"keyfile {certificate.key}"]
            if self.demands:
                lines += [f"cafile {certificates.ca()}", "require_certificate true"]
        if self.way in ("ws", "wss"):  # mosquitto does not start with WebSocket listeners alone
            lines.append("listener 1885 127.0.0.1")
        mosquitto(self.lab.server, *lines, f"password_file {self.users}",
                  f"acl_file {self.lab.file('acl')}", *self.conf, listener=None, ready=self.inner)

    @property
    def inner(self):
        if self.way in ("ws", "wss"):
            return 9001
        return HIDDEN if self.front is not None else PORTS[self.way]

    def start_proxy(self):
        if self.way in ("ws", "wss"):
            certificate = certificates.get(self.certificate)
            secure = f" ssl; ssl_certificate {certificate.chain}; ssl_certificate_key {certificate.key}" \
                if self.way == "wss" else ""
            nginx(self.lab.server, f"server {{ listen {PORTS[self.way]}{secure}; "
                  f"location = {self.location} {{ proxy_pass http://127.0.0.1:{self.front or 9001}; "
                  f"{UPGRADE} }} location / {{ return 404; }} }}", PORTS[self.way])
        elif self.front is not None:
            nginx(self.lab.server, "", PORTS[self.way], f"stream {{ server {{ listen {PORTS[self.way]}; "
                  f"proxy_pass 127.0.0.1:{self.front}; }} }}")

    def restart(self, name, start):
        """A service as its changed configuration says."""
        service = self.lab.server.services[name]
        for process in self.lab.processes:
            if process.pid == service["pid"]:
                process.terminate()
                process.wait(timeout=10)
        start()

    def ask(self):
        lab = self.lab
        target = self.target or (f"{self.scheme}://{self.host}:{self.port}"
                                 + (self.path if self.scheme in ("ws", "wss") else ""),)
        words = [*self.command, *target, *self.words]
        if self.user:
            words += ["-u", self.user, "-P", self.password]
        if self.identifier is not None:
            words += ["-i", self.identifier]
        if self.has_ca and self.scheme in ("mqtts", "wss") and self.way in SECURE:
            words += ["--cafile", certificates.ca()]
        if self.client:
            words += ["--cert", self.client.certificate, "--key", self.client.key]
        return cases.doctor(lab.server if self.where == "server" else lab.phone, *words)


@dataclasses.dataclass
class Fault:
    name: str
    layer: str
    causes: tuple  # ids that it may be called by; the first one is its own
    touches: str  # what a second fault must leave alone
    ways: tuple
    do: Callable  # breaks a stage before that is built
    # Does what the cure says, in the app, in a console or by hand; None: runs the printed cure.
    undo: Callable | None
    where: tuple = ("phone",)


FAULTS = []
ALL = ("plain", "tls", "ws", "wss")
RAW, SECURE, WEB = ("plain", "tls"), ("tls", "wss"), ("ws", "wss")


def fault(layer, causes, touches, ways=ALL, undo=None, where=("phone",)):
    def register(function):
        FAULTS.append(Fault(function.__name__.strip("_"), layer, tuple(causes.split()), touches, ways,
                            function, undo, where))
        return function
    return register


def back(**words):
    """The app, or a console, is set right."""
    def undo(stage):
        for name, value in words.items():
            setattr(stage, name, value(stage) if callable(value) else value)
    return undo


def app(layer, causes, touches, good, bad, ways=ALL, where=("phone",)):
    """A fault of the app: words that are wrong, and what they ought to be."""
    def register(name):
        FAULTS.append(Fault(name, layer, tuple(causes.split()), touches, ways, back(**bad), back(**good),
                            where))
    return register


def open_router(stage):
    stage.lab.router.run("nft", "flush", "ruleset")


def widen(stage):
    for link in ("r0", "r1"):
        stage.lab.router.run("ip", "link", "set", link, "mtu", "1500")
    open_router(stage)


def broker_with(**words):
    """The broker's configuration is mended by hand, and it is started again."""
    def undo(stage):
        back(**words)(stage)
        stage.restart("mosquitto", stage.start_broker)
    return undo


def certificate_of(stage):
    stage.certificate = "good"
    if stage.way == "wss":
        stage.restart("nginx", stage.start_proxy)
    else:
        stage.restart("mosquitto", stage.start_broker)


# ---- faults in the order in which they block -----------------------------------------------------

ORDER = ("input", "name", "port", "path", "proxy", "tls", "ws", "mqtt", "login", "permission",
         "delivery")

app("input", "input-scheme-in-host", "target", {"target": None}, {"target": ("-h", "mqtt://broker.test")},
    ("plain",))("scheme_in_the_host_field")
app("input", "input-port-in-host", "target", {"target": None}, {"target": ("-h", "broker.test:1883")},
    ("plain",))("port_in_the_host_field")

app("name", "dns-nxdomain", "host", {"host": "broker.test"}, {"host": "brokr.test"})("name_misspelt")


@fault("name", "dns-resolver-silent", "host router", undo=open_router)
def name_server_silent(stage):
    stage.router_rules.append("in udp dport 53 drop")


def right_names(stage):
    stage.names = [f"address=/broker.test/{SERVER}"]
    for process in stage.lab.processes:
        if "dnsmasq" in " ".join(map(str, process.args)):
            process.terminate()
            process.wait(timeout=10)
    stage.serve_names()


@fault("name", "dns-no-address-for-family", "host", undo=right_names)
def name_without_address(stage):
    stage.names = ["txt-record=broker.test,hello"]


app("port", "tcp-refused-wrong-port", "port", {"port": lambda stage: PORTS[stage.way]}, {"port": 1833},
    RAW)("port_misspelt")


@fault("port", "tcp-timeout-security-group", "router", undo=open_router)
def router_drops(stage):
    stage.router_rules.append(f"fw tcp dport {PORTS[stage.way]} drop")


@fault("port", "tcp-unreachable-router-acl", "router", undo=open_router)
def router_rejects(stage):
    stage.router_rules.append(f"fw tcp dport {PORTS[stage.way]} reject with icmpx type admin-prohibited")


@fault("port", "tcp-refused-loopback-listener", "address", RAW, undo=broker_with(address=""))
def loopback_alone(stage):
    stage.address = "127.0.0.1"


@fault("port", "tcp-timeout-host-firewall", "server", RAW, where=("server",))
def server_drops_others(stage):
    stage.server_rules += ["in iif lo accept", "in tcp dport 22 accept", "in udp sport 53 accept",
                           "in drop"]


@fault("port", "tcp-refused-loopback-listener", "address", RAW, where=("server",))
def loopback_alone_seen_there(stage):
    stage.address = "127.0.0.1"


# Behind a proxy without a broker no byte is answered, so no payload can be dropped there, and no
# protocol can be wrong.
@fault("path", "path-payload-dropped", "router front", RAW, undo=open_router)
def payload_is_dropped(stage):
    stage.router_rules.append(f"fw tcp dport {PORTS[stage.way]} tcp flags & psh == psh drop")


@fault("path", "path-mtu-black-hole", "router words", SECURE, undo=widen)
def narrow_tunnel(stage):
    stage.is_narrow = True
    stage.router_rules += ["out icmp type destination-unreachable drop",
                           "out icmpv6 type packet-too-big drop"]


def right_backend(stage):
    stage.front = 9001 if stage.way in WEB else HIDDEN
    stage.restart("nginx", stage.start_proxy)


@fault("proxy", "proxy-backend-down", "front address", ("plain",), undo=right_backend)
def backend_at_a_dead_port(stage):
    stage.front = 21884


app("tls", "tls-unknown-ca", "ca", {"has_ca": True}, {"has_ca": False}, SECURE)("authority_not_given")
app("tls", "tls-plaintext-to-tls-port ws-plain-to-wss-port", "scheme",
    {"scheme": lambda stage: SCHEMES[stage.way]},
    {"scheme": lambda stage: {"tls": "mqtt", "wss": "ws"}[stage.way]}, SECURE)("plain_to_tls")
app("tls", "tls-to-plaintext-port", "scheme front", {"scheme": lambda stage: SCHEMES[stage.way]},
    {"scheme": lambda stage: {"plain": "mqtts", "ws": "wss"}[stage.way]},
    ("plain", "ws"))("tls_to_plain")


@fault("tls", "tls-expired", "certificate", SECURE, undo=certificate_of)
def certificate_expired(stage):
    stage.certificate = "expired"


@fault("tls", "tls-hostname-mismatch", "certificate", SECURE, undo=certificate_of)
def certificate_of_another(stage):
    stage.certificate = "other"


@fault("tls", "tls-missing-intermediate", "certificate", SECURE, undo=certificate_of)
def chain_incomplete(stage):
    stage.certificate = "leaf-alone"


@fault("tls", "tls-ip-without-san tls-hostname-mismatch", "host certificate", ("tls",),
       undo=back(host="broker.test"))
def dialled_by_address(stage):
    stage.host, stage.certificate = SERVER, "dns-only"


@fault("tls", "tls-client-cert-missing", "client", ("tls",),
       undo=back(client=lambda stage: certificates.get("client")))
def client_certificate_wanted(stage):
    stage.demands = True


app("ws", "ws-wrong-path", "path", {"path": "/mqtt"}, {"path": "/ws"}, WEB)("path_misspelt")
app("ws", "ws-handshake-to-raw-port", "scheme front", {"scheme": "mqtt"}, {"scheme": "ws"},
    ("plain",))("websocket_to_a_raw_port")


@fault("proxy", "ws-proxy-backend-down", "front address", WEB, undo=right_backend)
def website_without_its_broker(stage):
    stage.front = 21884


@fault("mqtt", "session-empty-id-persistent auth-client-id-not-allowed", "identifier",
       undo=back(identifier=None))
def no_identifier(stage):
    stage.identifier = ""
    stage.conf.append("allow_zero_length_clientid false")


NOBODY = {"user": None}
app("login", "auth-anonymous-refused", "login", {"user": "alice"}, NOBODY,
    where=("phone", "server"))("no_login")
app("login", "auth-bad-credentials", "login", {"password": "alice-pw"}, {"password": "wrong"},
    where=("phone", "server"))("wrong_password")
app("login", "auth-bad-credentials", "login", {"user": "alice"}, {"user": "alise"},
    where=("phone", "server"))("unknown_user")


@fault("permission", "auth-acl-publish-swallowed", "acl words", where=("phone", "server"))
def may_not_write(stage):
    stage.acl = "user alice\ntopic readwrite mqtt-doctor/#\ntopic read home/#\n"


@fault("permission", "auth-acl-read-denied-silently", "acl words", where=("phone", "server"))
def may_not_read(stage):
    stage.acl = "user alice\ntopic readwrite mqtt-doctor/#\ntopic write home/#\n"


@fault("delivery", "mqtt-retain-not-supported", "words")
def nothing_is_retained(stage):
    stage.conf.append("retain_available false")
    stage.command, stage.words = ("delivery",), ("-t", "home/door", "--retained")


@fault("delivery", "delivery-topic-differs", "words",
       undo=back(words=("-t", "home/door", "--sent-to", "home/door")))
def topic_with_a_slash(stage):
    stage.command, stage.words = ("delivery",), ("-t", "home/door", "--sent-to", "/home/door")


@fault("delivery", "mqtt-packet-too-large", "words")
def message_too_large(stage):
    stage.conf.append("message_size_limit 2000")
    stage.command, stage.words = ("delivery",), ("-t", "home/door", "--size", "5000")


# ---- pairs -------------------------------------------------------------------------------------


@dataclasses.dataclass
class Pair:
    first: Fault
    second: Fault
    way: str
    where: str

    @property
    def name(self):
        return f"{self.first.name}+{self.second.name}/{self.way}" + (
            "@server" if self.where == "server" else "")


# Two faults at the same stage, either of which may be told first, with the other beside it.
BESIDE = {("authority_not_given", "dialled_by_address")}


def is_small(names, way):
    """What is small passes a narrow tunnel, and meets the second fault first: all that is spoken
    without TLS, and the one certificate that nginx sends alone."""
    return names in (("narrow_tunnel", "plain_to_tls"), ("narrow_tunnel", "certificate_of_another")) \
        and (names[1] == "plain_to_tls" or way == "wss")


def all_pairs():
    out = []
    turn = itertools.count()
    for first, second in itertools.combinations(FAULTS, 2):
        if first.layer == second.layer and (first.name, second.name) not in BESIDE:
            continue  # of two faults at one stage neither is first
        if set(first.touches.split()) & set(second.touches.split()):
            continue
        ways = [way for way in first.ways if way in second.ways]
        for where in set(first.where) & set(second.where):
            if where == "server" and first.layer != "port":
                continue
            if not ways:
                continue
            way = ways[next(turn) % len(ways)]
            pair = (second, first) if is_small((first.name, second.name), way) else (first, second)
            out.append(Pair(*pair, way, where))
    return out


def of_each_two_layers(chosen):
    """One pair for every two layers that meet."""
    return list({(pair.first.layer, pair.second.layer, pair.where): pair
                 for pair in reversed(chosen)}.values())


@dataclasses.dataclass
class Outcome:
    pair: Pair
    found: str = ""
    then: str = ""
    is_first: bool = False
    is_told: bool = False  # the second fault was in the first report
    is_second: bool = False
    why: str = ""

    @property
    def is_right(self):
        # The facts show both at once on the server; so does a certificate that fails two checks.
        is_shown = self.pair.where == "server" or self.pair.first.layer == self.pair.second.layer
        return self.is_first and self.is_second and (self.is_told or not is_shown)


def ids_of(report):
    return [finding["id"] for finding in report.get("causes", []) + report.get("warnings", [])]


def run(pair):
    result = Outcome(pair)
    try:
        with net.Lab() as lab, cases.noted() as questions:
            stage = Stage(pair.way, pair.where)
            if pair.where == "server":
                stage.host = SERVER
            pair.first.do(stage)
            pair.second.do(stage)
            stage.build(lab)
            answer = stage.ask()
            result.found = answer.found
            if pair.first.layer == pair.second.layer and answer.found in pair.second.causes:
                pair = result.pair = Pair(pair.second, pair.first, pair.way, pair.where)
            result.is_first = answer.found in pair.first.causes
            if not answer.report:
                result.why = answer.error[-200:]
                return result
            told = ids_of(answer.report)
            result.is_told = any(cause in told for cause in pair.second.causes)
            finding = cures.first_finding(answer.report)
            if pair.first.undo is not None:
                pair.first.undo(stage)
            elif finding is not None and result.is_first:
                parts = cures.parts_of(finding)
                chosen = next((part for part in parts if cures.is_for_a_machine(part)), None)
                if chosen is None:
                    result.why = "nothing to carry out"
                    return result
                cures.carry_out(lab, finding, chosen, questions[-1])
            else:
                return result
            cures.settle(lab, {stage.inner})
            again = stage.ask()
            result.then = again.found
            result.is_second = again.found in pair.second.causes
    except cases.Skip as reason:
        result.why = f"skipped: {reason}"
    except Exception:
        result.why = traceback.format_exc(limit=3)
    return result


def table(outcomes, seconds):
    rows = collections.OrderedDict()
    for outcome in outcomes:
        if outcome.why.startswith("skipped"):
            continue
        layer = outcome.pair.first.layer + ("@server" if outcome.pair.where == "server" else "")
        row = rows.setdefault(layer, [0, 0, 0, 0, 0])
        for i, value in enumerate((1, outcome.is_first, outcome.is_told, outcome.is_second, outcome.is_right)):
            row[i] += value
    print(f"\n{'blocks first':14} {'pairs':>6} {'first':>6} {'told':>6} {'second':>7} {'right':>6}")
    for layer in sorted(rows, key=lambda word: ORDER.index(word.split("@")[0])):
        row = rows[layer]
        print(f"{layer:14} {row[0]:6} {row[1]:6} {row[2]:6} {row[3]:7} {row[4]:6}")
    total = [sum(row[i] for row in rows.values()) for i in range(5)]
    share = 100 * total[4] / total[0] if total[0] else 100.0
    print(f"{'all pairs':14} {total[0]:6} {total[1]:6} {total[2]:6} {total[3]:7} {total[4]:6}   "
          f"{share:.1f} % right; it took {seconds:.0f} s")
    return share
