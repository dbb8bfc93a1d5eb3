"""Brokers of other makers, started as for ./dev interop; each one once for all cases that want it."""
import pathlib
import subprocess
import threading

from .cases import Skip
from .net import Lab

LAUNCH = pathlib.Path(__file__).resolve().parents[2] / "interop" / "launch"

# Warnings that come from the way in which these brokers are started.
STAGED = ("tcp-refused-loopback-listener", "tls-expires-soon")

_lock = threading.Lock()
_one = {}  # name -> its lock, and the broker or the reason why it does not run


class Broker:
    def __init__(self, name):
        installed = subprocess.run([LAUNCH, "list"], capture_output=True, text=True).stdout.split()
        if name not in installed:
            raise Skip(f"{name} is not installed (tests/interop/launch install {name})")
        self.lab = Lab()
        try:
            told = self.lab.server.run(LAUNCH, "start", name, self.lab.file(name))
        except BaseException:
            self.lab.close()
            raise
        at = dict(line.split("=", 1) for line in told.splitlines())
        self.at = {key: value.strip("'") for key, value in at.items()}
        user, password = self.at["BROKER_USER"], self.at["BROKER_PASSWORD"]
        self.login = ("-u", user, "-P", password) if user else ()

    @property
    def host(self):
        return self.lab.server

    @property
    def target(self):
        return f"127.0.0.1:{self.at['PORT']}"


def launched(name):
    """The broker, on 127.0.0.1 of the server of a lab of its own."""
    with _lock:
        own = _one.setdefault(name, [threading.Lock(), None])
    with own[0]:
        if own[1] is None:
            try:
                own[1] = Broker(name)
            except Skip as reason:
                own[1] = reason
        if isinstance(own[1], Skip):
            raise own[1]
        return own[1]


def stop():
    for _, broker in _one.values():
        if isinstance(broker, Broker):
            broker.lab.close()
