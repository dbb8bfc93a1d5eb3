"""Innocent things that a real machine has beside the one fault.

more(facts) yields (what was added, the facts with it). None of it has to do with the port that is
asked about, so that it may change no verdict.
"""
import copy

OTHER_PORT = 41883
OTHER_LOG = "/var/log/other/other.log"
LONG_AGO = "2001-02-03T04:05:06Z"


def more(facts):
    for what, change in _changes(facts):
        with_it = copy.deepcopy(facts)
        change(with_it)
        yield what, with_it


def _socket(port, process, address="0.0.0.0", pid=99001):
    return {"address": address, "command": f"/usr/bin/{process}", "connections": 0, "pid": pid,
            "port": port, "process": process, "receive_queue": 0, "user": "daemon"}


def _process(name, pid, configuration=""):
    return {"command": f"/usr/sbin/{name} -c {configuration}", "configuration": configuration,
            "file_limit": 1024, "is_daemon": False, "name": name, "open_files": 12, "pid": pid,
            "started": LONG_AGO, "state": "S", "user": "daemon"}


def _configuration(file, pid, problems=(), settings=None):
    return {"acl": [], "acl_users": [], "broker": "mosquitto", "file": file, "files": [file],
            "is_used": pid != 0, "listeners": [
                {"address": "127.0.0.1", "certificate": None, "line": 1, "port": OTHER_PORT,
                 "protocol": "mqtt", "settings": settings or {"allow_anonymous": "true"}}],
            "login_checks": [], "pid": pid, "problems": list(problems), "settings": {},
            "version": ""}


def _log(kind, text, source=OTHER_LOG, is_current=True):
    return {"is_current": is_current, "kind": kind, "source": source, "text": text}


def _rule(port, verdict, **others):
    return {"chain": "inet other input", "family": "ip", "for_sources": [], "forward_answer": "",
            "forwarded_to": "", "icmp": "", "is_own": False, "is_reply": False, "port": port,
            "refusal": "", "rule": f"tcp dport {port} {verdict}", "source": "", "too_late": "",
            "tool": "nft", "verdict": verdict, "zone": "", **others}


def _changes(facts):
    yield "interface of a program", lambda all_: all_["local"]["interfaces"].append(
        {"name": "docker0", "address": "172.31.250.1", "prefix": 24})
    yield "resolver", lambda all_: all_["name"]["resolvers"].append("192.0.2.53")
    yield "second network card", lambda all_: all_["local"]["interfaces"].append(
        {"name": "eth7", "address": "198.18.250.7", "prefix": 24})
    yield "address of IPv6 alone", lambda all_: all_["local"]["interfaces"].append(
        {"name": "eth7", "address": "2001:db8:250::7", "prefix": 64})
    if facts["name"]["questions"]:
        yield "the same answers of a second resolver", lambda all_: all_["name"]["questions"].extend(
            {**question, "server": "192.0.2.53"} for question in list(all_["name"]["questions"]))
    if facts.get("host"):
        yield from _of_host(facts)


def _of_host(facts):
    def host(all_):
        return all_["host"]

    def snap(all_):
        """A user's own mosquitto out of a snap, with the configuration of the snap."""
        file = "/var/snap/mosquitto/common/mosquitto.conf"
        host(all_)["listeners"].append(_socket(OTHER_PORT, "mosquitto", "127.0.0.1", 99006))
        host(all_)["brokers"].append(_process("mosquitto", 99006, file))
        host(all_)["configurations"].append(_configuration(file, 99006))
        host(all_)["services"].append(
            {"name": "snap.mosquitto.mosquitto.service", "state": "active", "enabled": "enabled",
             "result": "success", "exit_status": 0, "configuration": file})

    def many_rules(all_):
        host(all_)["firewall"].extend(_rule(other, "accept" if other % 2 else "drop")
                                      for other in range(42000, 42040))

    def busy_neighbour(all_):
        """Another broker, with its own log full of its own faults."""
        second_broker(all_)
        host(all_)["configurations"][-1]["settings"]["log_dest"] = f"file {OTHER_LOG}"
        host(all_)["log"].extend(
            _log(kind, text) for kind, text in (
                ("address-in-use", "Error: Address already in use"),
                ("refused", "Client elsewhere disconnected, not authorised."),
                ("denied", "Denied PUBLISH from elsewhere (d0, q1, r0, m1, 'other', ... (4 bytes))"),
                ("max-connections", "Client connection denied, max_connections exceeded."),
                ("file-unreadable", "Error: Unable to open pwfile \"/etc/other/passwd\"."),
                ("tls", "OpenSSL Error[0]: error:0A000418:SSL routines::tlsv1 alert unknown ca"),
                ("timeout", "Client elsewhere has exceeded timeout, disconnecting.")))

    def second_broker(all_):
        host(all_)["listeners"].append(_socket(OTHER_PORT, "mosquitto", "127.0.0.1", 99002))
        host(all_)["brokers"].append(_process("mosquitto", 99002, "/etc/other/other.conf"))
        host(all_)["configurations"].append(_configuration("/etc/other/other.conf", 99002))

    def strict_broker(all_):
        second_broker(all_)
        host(all_)["configurations"][-1] = _configuration(
            "/etc/other/other.conf", 99002, settings={"password_file": "/etc/other/passwd",
                                                      "allow_anonymous": "false",
                                                      "acl_file": "/etc/other/acl"})

    def emqx(all_):
        host(all_)["listeners"].append(_socket(OTHER_PORT, "emqx", "0.0.0.0", 99003))
        host(all_)["brokers"].append(_process("emqx", 99003))

    def other_configuration(all_):
        host(all_)["configurations"].append(_configuration(
            "/etc/other/unused.conf", 0,
            [{"kind": "missing-file", "stops_broker": True, "file": "/etc/other/passwd", "line": 3,
              "subject": "password_file", "detail": "No such file or directory"}]))

    def banned_stranger(all_):
        for rule in host(all_)["firewall"]:
            if rule["family"] == "ip" and not rule["is_own"] and not rule["is_reply"]:
                rule["for_sources"].append(
                    {"chain": "inet f2b f2b-chain", "has_all": True, "icmp": "",
                     "list": "198.51.100.77", "refusal": "drop", "tool": "nft", "stage": 77,
                     "rule": "tcp dport 22 ip saddr 198.51.100.77 drop",
                     "sources": ["198.51.100.77"]})

    port = facts["endpoints"][0]["port"] if facts["endpoints"] else facts["asked"]["port"]
    is_at_home = any(socket["port"] == port for socket in facts["host"]["listeners"]) or any(
        listener["port"] == port for configuration in facts["host"]["configurations"]
        for listener in configuration["listeners"])
    yield "program on another port", lambda all_: host(all_)["listeners"].append(
        _socket(5999, "python3"))
    if is_at_home:  # at home the other device could be the one that was meant
        yield "broker on another port", second_broker
        yield "broker with passwords on another port", strict_broker
        yield "broker with a log full of faults on another port", busy_neighbour
        yield "broker of another make on another port", emqx
        yield "a user's own broker in a snap", snap
        yield "configuration that nobody reads", other_configuration
        yield "clients of a neighbour that come again", lambda all_: host(all_)["log"].extend(
            _log("already-connected", "Client other already connected, closing old connection.")
            for _ in range(4))
        yield "service that is off", lambda all_: host(all_)["services"].append(
            {"name": "emqx.service", "state": "inactive", "enabled": "disabled",
             "result": "success", "exit_status": 0, "configuration": ""})
    for source in sorted({line["source"] for line in facts["host"]["log"]}):
        yield "old lines of the log", lambda all_, s=source: host(all_)["log"].__setitem__(
            slice(0, 0), [_log(kind, "of days ago", s, False)
                          for kind in ("refused", "denied", "max-connections", "config-error",
                                       "file-unreadable", "protocol-error")])
    yield "rule for another port", lambda all_: host(all_)["firewall"].append(_rule(22, "drop"))
    yield "many rules for other ports", many_rules
    yield "rules of a stranger's address", banned_stranger
    yield "network of containers", lambda all_: [
        host(all_)["addresses"].append("172.31.250.1"),
        host(all_)["routes"].append({"network": "172.31.250.0/24", "by": "docker0"}),
        all_["local"]["interfaces"].append(
            {"name": "docker0", "address": "172.31.250.1", "prefix": 24})]
    yield "another broker's container on another port", lambda all_: host(all_)["containers"].append(
        {"name": "emqx", "image": "emqx/emqx:5", "ports": "0.0.0.0:8094->1883/tcp"})
    yield "address of IPv6", lambda all_: host(all_)["addresses"].append("2001:db8:250::7")
    yield "second network card on the server", lambda all_: [
        host(all_)["addresses"].append("198.18.250.7"),
        host(all_)["routes"].append({"network": "198.18.250.0/24", "by": "eth7"})]
    yield "container on another port", lambda all_: host(all_)["containers"].append(
        {"name": "web", "image": "nginx:1.25", "ports": "0.0.0.0:8093->80/tcp"})
    yield "proxy for another port", lambda all_: host(all_)["proxies"].append(
        {"program": "nginx", "pid": 99005, "file": "/etc/nginx/conf.d/web.conf", "line": 2,
         "port": 8093, "mode": "http", "takes_tls": False, "takes_proxy": False,
         "sends_tls": False, "sends_proxy": False, "has_certificate": False, "said": "",
         "said_line": 0, "check_line": 0, "target": "127.0.0.1:3000"})
    yield "disk of another program", lambda all_: host(all_)["disks"].append(
        {"path": "/var/log/other", "purpose": "log", "free_bytes": 9 << 30, "free_files": 99999,
         "is_read_only": False})
    yield "connections of others", lambda all_: [
        socket.update(connections=socket["connections"] + 3)
        for socket in host(all_)["listeners"] if socket["port"] == port]
