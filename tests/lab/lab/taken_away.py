"""What a real machine may lack of the doctor's facts: each way to take one piece of evidence away.

less(facts) yields (what is lacking, the facts without it). Where a reader records that it was not
let in, the facts say so as the reader would.
"""
import copy

NEEDS_ROOT = ": needs root"
# The client's connection is never taken away: without it there is no question.
KEPT_PURPOSES = ("client",)
SECURITY = ("password_file", "acl_file", "allow_anonymous", "plugin", "auth_plugin",
            "require_certificate", "use_identity_as_username", "use_subject_as_username",
            "certfile", "keyfile", "cafile")


def less(facts):
    for what, change in _changes(facts):
        without = copy.deepcopy(facts)
        change(without)
        if without != facts:
            yield what, without


def _changes(facts):
    yield from _of_name(facts)
    yield from _of_this_machine(facts)
    for number, at in enumerate(facts.get("endpoints", [])):
        yield from _of_endpoint(at, lambda all_, i=number: all_["endpoints"][i])
        if number:
            yield "endpoint", lambda all_, i=number: all_["endpoints"].pop(i)
    if facts.get("inside"):
        yield "inside", lambda all_: all_.update(inside=None)
        yield from _of_endpoint(facts["inside"], lambda all_: all_["inside"], "inside ")
    for number in range(len(facts.get("ports", []))):
        yield "port looked at", lambda all_, i=number: all_["ports"].pop(i)
    if facts.get("host"):
        yield "host", lambda all_: all_.update(host=None)
        yield from _of_host(facts["host"])
    if facts.get("capture"):
        yield from _of_capture(facts["capture"])
    if facts.get("watch"):
        for number in range(len(facts["watch"]["pauses"])):
            yield "pause of the watch", lambda all_, i=number: all_["watch"]["pauses"].pop(i)
        yield "mute connection of the watch", lambda all_: all_["watch"].update(
            mute_keep_alive_s=0, mute_stood_s=0.0, mute_dropped_s=-1.0, mute_ended_at_s=-1.0)


def _each(what, members, place):
    """One element of a list less, and the whole list where it has several."""
    for number in range(len(members)):
        yield what, lambda all_, i=number: place(all_).pop(i)
    if len(members) > 1:
        yield "every " + what, lambda all_: place(all_).clear()


def _of_name(facts):
    name = facts["name"]
    yield from _each("question to a name server", name["questions"],
                     lambda all_: all_["name"]["questions"])
    for member in ("elsewhere", "hosts_file", "hijack_answers", "resolvers", "mdns_answers"):
        if name[member]:
            yield f"name.{member}", lambda all_, m=member: all_["name"][m].clear()


def _of_this_machine(facts):
    local = facts["local"]
    for number, interface in enumerate(local["interfaces"]):
        if interface["name"] != "lo":
            yield "interface", lambda all_, i=number: all_["local"]["interfaces"].pop(i)
    yield "second clock", lambda all_: all_["local"].update(http_date="", clock_error_s=0.0)
    yield "own outgoing firewall", lambda all_: all_["local"].update(
        outgoing=None, is_outgoing_read=False)


def _of_endpoint(at, place, prefix=""):
    purposes = [contact["purpose"] for contact in at["contacts"]]
    for purpose in sorted(set(purposes) - set(KEPT_PURPOSES)):
        def drop(all_, which=purpose):
            place(all_)["contacts"][:] = [contact for contact in place(all_)["contacts"]
                                          if contact["purpose"] != which]
        yield f"{prefix}every contact {purpose}", drop
    for number, contact in enumerate(at["contacts"]):
        if purposes.count(contact["purpose"]) > 1 and contact["purpose"] not in KEPT_PURPOSES:
            yield (f"{prefix}contact {contact['purpose']}",
                   lambda all_, i=number: place(all_)["contacts"].pop(i))
        yield from _of_contact(contact, lambda all_, i=number: place(all_)["contacts"][i], prefix)
    around = at["surroundings"]
    if around:
        yield f"{prefix}reachability", lambda all_: place(all_).update(surroundings=None)
        yield from _each(f"{prefix}other port", around["ports"],
                         lambda all_: place(all_)["surroundings"]["ports"])
        yield f"{prefix}hops", lambda all_: place(all_)["surroundings"].update(
            hops=[], is_traced=False, is_gateway=False)
        yield f"{prefix}test network", lambda all_: place(all_)["surroundings"].update(
            test_net="", test_net_speaks="", test_net_ms=0.0)
    for member in ("deliveries", "exchanges", "across"):
        yield from _each(f"{prefix}{member}", at[member], lambda all_, m=member: place(all_)[m])
    for member in ("offline", "no_local", "retained", "large", "elsewhere"):
        if at[member]:
            yield f"{prefix}{member}", lambda all_, m=member: place(all_).update({m: None})
    gateway = at.get("gateway")
    if gateway:
        for member in ("found", "nearby", "elsewhere", "trips"):
            yield from _each(f"gateway {member}", gateway[member],
                             lambda all_, m=member: place(all_)["gateway"][m])
        for member in ("icmp", "sleep", "idle", "tcp"):
            if gateway[member]:
                yield f"gateway {member}", lambda all_, m=member: place(all_)["gateway"].update(
                    {m: None})
        yield "gateway own identifier", lambda all_: place(all_)["gateway"].update(
            own_id_code=-1, own_id_stayed=False)


def _of_contact(contact, place, prefix):
    of = f"{prefix}contact {contact['purpose']}"
    if contact["connect"]["icmp"]:  # the kernel keeps it on some systems only
        yield f"{of} icmp", lambda all_: place(all_)["connect"].update(icmp=None)
    yield f"{of} counters", lambda all_: place(all_).update(
        unacknowledged=0, retransmits=0, total_retransmits=0, first_path_mtu=0, path_mtu=0,
        needless_retransmits=0, out_of_order=0, round_trip_ms=0.0, sent_bytes=-1,
        received_bytes=-1)
    mqtt = contact["mqtt"]
    if mqtt:  # MQTT 3.1.1 tells none of this
        yield f"{of} limits", lambda all_: place(all_)["mqtt"].update(limits={})
        yield f"{of} reason string", lambda all_: place(all_)["mqtt"].update(
            reason_string="", server_reference="")
    if contact["tls"] and contact["purpose"] not in KEPT_PURPOSES:
        for member in ("tls", "websocket", "mqtt"):
            if contact[member]:
                yield f"{of} {member}", lambda all_, m=member: place(all_).update({m: None})


def _refused(all_, words):
    all_["host"]["not_seen"].append(words + NEEDS_ROOT)
    all_["host"]["is_root"] = False


def _of_host(host):
    def at(all_):
        return all_["host"]

    def hide_owners(all_, only=None):
        for number, socket in enumerate(at(all_)["listeners"]):
            if only in (None, number):
                socket.update(pid=0, process="", command="")
        _refused(all_, "the processes behind some listening ports")

    def hide_firewall(all_):
        at(all_)["firewall"].clear()
        _refused(all_, "firewall rules")

    def hide_processes(all_):
        at(all_)["brokers"].clear()
        hide_owners(all_)
        at(all_)["not_seen"][-1] = "processes: /proc shows none"
        for config in at(all_)["configurations"]:
            config.update(pid=0)

    def hide_file(all_, file):
        """A file of a broker's, not readable to whoever looks."""
        for config in at(all_)["configurations"]:
            config["login_checks"] = [each for each in config["login_checks"]
                                      if each["file"] != file]
            if any(rule["file"] == file for rule in config["acl"]):
                config.update(acl=[rule for rule in config["acl"] if rule["file"] != file],
                              acl_users=[])
            config["problems"] = [each for each in config["problems"] if each["file"] != file]
        _refused(all_, file)

    def hide_configuration(all_, number):
        config = at(all_)["configurations"][number]
        config.update(files=[], settings={}, listeners=[], login_checks=[], acl=[], acl_users=[],
                      problems=[{"kind": "unreadable-configuration", "stops_broker": False,
                                 "file": config["file"], "line": 0, "subject": config["file"],
                                 "detail": "Permission denied"}])
        _refused(all_, config["file"])

    def hide_part(all_, number):
        """A file that the main one includes, with what is about logins in it."""
        config = at(all_)["configurations"][number]
        config["settings"] = {name: value for name, value in config["settings"].items()
                              if name not in SECURITY}
        for listener in config["listeners"]:
            listener["settings"] = {name: value for name, value in listener["settings"].items()
                                    if name not in SECURITY}
        file = "/etc/mosquitto/conf.d/closed.conf"
        config["problems"].append(
            {"kind": "unreadable-configuration", "stops_broker": False, "file": file, "line": 0,
             "subject": file, "detail": "Permission denied"})
        _refused(all_, file)

    def hide_log(all_, source):
        at(all_)["log"][:] = [line for line in at(all_)["log"] if line["source"] != source]
        _refused(all_, "the journal" if source == "journal" else source)

    def without_root(all_):
        hide_owners(all_)
        hide_firewall(all_)
        for source in {line["source"] for line in host["log"]}:
            hide_log(all_, source)
        for file in secrets:
            hide_file(all_, file)

    secrets = sorted({value for config in host["configurations"]
                      for settings in (config["settings"], *(each["settings"] for each in
                                                             config["listeners"]))
                      for name, value in settings.items()
                      if name in ("password_file", "acl_file", "psk_file", "keyfile")})
    yield "owners of sockets", hide_owners
    for number in range(len(host["listeners"])):
        yield "owner of a socket", lambda all_, i=number: hide_owners(all_, i)
    yield "processes", hide_processes
    yield "firewall, not root", hide_firewall
    # Verdicts for answers and for the machine itself are kept only where they stop something.
    for what, keeps in (("rules of IPv6", lambda rule: rule["family"] != "ip6"),
                        ("rules of IPv4", lambda rule: rule["family"] != "ip")):
        yield f"firewall: {what}", lambda all_, k=keeps: at(all_).update(
            firewall=list(filter(k, at(all_)["firewall"])))

    def hide_sources(all_):
        for rule in at(all_)["firewall"]:
            for source in rule["for_sources"]:
                source.update(has_all=False, sources=[])
    yield "firewall: sources of rules", hide_sources

    def forget_forwards(all_):
        for rule in at(all_)["firewall"]:
            rule["forward_answer"] = ""
    yield "firewall: where it forwards", forget_forwards
    for file in secrets:
        yield "password file, access list or key", lambda all_, f=file: hide_file(all_, f)
    for number, config in enumerate(host["configurations"]):
        yield "configuration, not readable", lambda all_, i=number: hide_configuration(all_, i)
        if config["broker"] == "mosquitto" and config["files"]:
            yield ("part of a configuration, not readable",
                   lambda all_, i=number: hide_part(all_, i))
        yield "configuration", lambda all_, i=number: at(all_)["configurations"].pop(i)
        yield "version", lambda all_, i=number: at(all_)["configurations"][i].update(version="")
        yield from _each("problem of a configuration", config["problems"],
                         lambda all_, i=number: at(all_)["configurations"][i]["problems"])
        for which, listener in enumerate(config["listeners"]):
            if listener["certificate"]:
                yield "certificate file", lambda all_, i=number, j=which: (
                    at(all_)["configurations"][i]["listeners"][j].update(certificate=None))
    for source in sorted({line["source"] for line in host["log"]}):
        yield "log, not readable", lambda all_, s=source: hide_log(all_, s)
        yield "log, rotated", lambda all_, s=source: at(all_).update(
            log=[line for line in at(all_)["log"] if line["source"] != s])
    for number in range(len(host["log"])):
        yield "line of a log", lambda all_, i=number: at(all_)["log"].pop(i)
    for member in ("services", "containers", "proxies", "disks", "ways_out"):
        yield from _each(member, host[member], lambda all_, m=member: at(all_)[m])
    for member in ("addresses", "routes"):
        if host[member]:
            yield member, lambda all_, m=member: at(all_)[m].clear()
    for number in range(len(host["brokers"])):
        yield "process of a broker", lambda all_, i=number: at(all_)["brokers"].pop(i)
        yield "start of a broker", lambda all_, i=number: at(all_)["brokers"][i].update(started="")
    yield "cloud", lambda all_: at(all_).update(cloud="")
    yield "root", without_root


def _of_capture(capture):
    def at(all_):
        return all_["capture"]

    if len(capture["streams"]) > 1:
        for number in range(len(capture["streams"])):
            yield "stream", lambda all_, i=number: at(all_)["streams"].pop(i)
    for number, stream in enumerate(capture["streams"]):
        if stream["icmp"]:
            yield "icmp of a stream", lambda all_, i=number: at(all_)["streams"][i]["icmp"].clear()
        yield "time to live", lambda all_, i=number: [
            at(all_)["streams"][i].update(reset_ttl=-1, usual_ttl=-1, reset_id=-1, id_before=-1),
            at(all_)["streams"][i]["client"].update(ttl=-1),
            at(all_)["streams"][i]["broker"].update(ttl=-1)]
        yield "keep alive", lambda all_, i=number: at(all_)["streams"][i].update(keep_alive_s=-1)
    yield "other clients", lambda all_: at(all_).update(others_answered=0)
    yield "other ports", lambda all_: at(all_).update(mqtt_ports=[])
