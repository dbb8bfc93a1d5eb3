#!/usr/bin/env python3
"""Stands in for what a namespace lacks; linked under the name of the program it stands in for.

systemctl, service     restart what the lab staged, as an init system would
firewall-cmd           puts the rule into this namespace
netfilter-persistent   nothing to save
timedatectl            the clock is the machine's own: refuses
sudoedit               an editor is nothing a program can use: refuses

The file services.json beside it says what was staged: name -> argv, env, pid.
"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(sys.argv[0]).parent
SERVICES = HERE / "services.json"
REFUSED = 113  # no machine of the lab can carry that out
PATIENCE = 5.0


def is_running(pid):
    try:
        return pid and pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def stop(each):
    if not is_running(each["pid"]):
        return
    # systemd, too, wakes a stopped process so that it can end.
    with contextlib.suppress(ProcessLookupError):
        os.kill(each["pid"], signal.SIGTERM)
        os.kill(each["pid"], signal.SIGCONT)
    end = time.monotonic() + PATIENCE
    while is_running(each["pid"]) and time.monotonic() < end:
        time.sleep(0.02)
    if is_running(each["pid"]):
        os.kill(each["pid"], signal.SIGKILL)


def start(each):
    if is_running(each["pid"]):
        return 0
    with open(HERE / "started.log", "ab") as log:
        process = subprocess.Popen(each["argv"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env={**os.environ, **each["env"]}, start_new_session=True)
    each["pid"] = process.pid
    time.sleep(0.3)
    if process.poll() is None:
        return 0
    print(f"{each['argv'][0]} ended with status {process.returncode}", file=sys.stderr)
    return 1


def service(verb, name):
    known = json.loads(SERVICES.read_text())
    name = name.removesuffix(".service")
    if verb == "daemon-reload":
        return 0
    if name not in known:
        print(f"Unit {name}.service could not be found.", file=sys.stderr)
        return REFUSED
    each = known[name]
    status = 0
    if verb in ("restart", "stop"):
        stop(each)
    if verb in ("restart", "start", "enable"):
        status = start(each)
    elif verb == "reload":
        os.kill(each["pid"], signal.SIGHUP)
    elif verb == "status":
        print("active" if is_running(each["pid"]) else "inactive")
    SERVICES.write_text(json.dumps(known))
    return status


def firewalld(words):
    """The permanent ports are kept in a file; --reload makes the rules anew."""
    kept = HERE / "firewalld"
    ports = kept.read_text().split() if kept.exists() else []
    if "--permanent" in words:
        for word in words:
            verb, _, port = word.partition("=")
            if verb in ("--add-port", "--remove-port"):
                ports = [other for other in ports if other != port]
                ports += [port] if verb == "--add-port" else []
        kept.write_text(" ".join(ports))
    if "--reload" not in words:
        return 0
    listed = subprocess.run(["nft", "-a", "list", "ruleset"], capture_output=True, text=True).stdout
    table = chain = inputs = None
    for line in listed.splitlines():
        words = line.split()
        if words[:1] == ["table"]:
            table = words[1:3]
        elif words[:1] == ["chain"]:
            chain = words[1]
        elif "hook input" in line:
            inputs = [*table, chain]
        elif 'comment "firewall-cmd"' in line:
            subprocess.run(["nft", "delete", "rule", *table, chain, "handle", words[-1]], check=True)
    for port in ports if inputs else ():
        number, protocol = port.split("/")
        subprocess.run(["nft", "insert", "rule", *inputs, protocol, "dport", number, "accept",
                        "comment", '"firewall-cmd"'], check=True)
    return 0


def main():
    name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
    if name == "systemctl":
        words = [word for word in words if word != "--now"]
        return service(words[0], words[1] if len(words) > 1 else "")
    if name == "service":
        return service(words[1], words[0])
    if name == "firewall-cmd":
        return firewalld(words)
    if name == "netfilter-persistent":
        return 0
    print(f"{name}: not on a machine of the lab", file=sys.stderr)
    return REFUSED


sys.exit(main())
