"""Failures as people told them in public, each with the address of the thread.

Who wrote them down did not know which causes the doctor has, so what is right is said in words:

    @reported(SOURCE, "a", "b")      what is named first must fit both regular expressions (its words, what it
                                     rests on, its cures; letters of either case)
    @reported(SOURCE, HEALTHY)       no cause, and no warning
    unsaid="c"                       what is named first may not fit this one
    open_=True                       nobody could know: whatever is said above "possible" must fit "a"; to
                                     find nothing wrong is right only with or_nothing=True
    is_long=False                    a sample for every test run; the others are staged by ./dev lab
"""
import dataclasses
import json
import os
import re
import subprocess
import time

from .cases import CASES, DOCTOR, SLOWEST, Answer, doctor, environment
from .net import SERVER, sh
from .unmet import CERTAIN, FIRST, OPEN, SECOND, WRONG, Unmet

HEALTHY = "healthy"


def findings(report):
    """What is named, the likeliest first; where nothing fails, what is warned of."""
    if report["causes"] or not report["healthy"]:
        return report["causes"]
    return [warning for warning in report["warnings"] if warning["severity"] == "warning"]


@dataclasses.dataclass
class Reported(Unmet):
    source: str = ""
    names: tuple = ()
    unsaid: str = ""
    is_open: bool = False
    or_nothing: bool = False
    is_blind: bool = False

    def fits(self, finding):
        said = json.dumps(finding, ensure_ascii=False)
        return (all(re.search(name, said, re.IGNORECASE | re.DOTALL) for name in self.names)
                and not (self.unsaid and re.search(self.unsaid, said, re.IGNORECASE | re.DOTALL)))

    def score(self, answer):
        if answer is None or not answer.report:
            return WRONG
        if self.names == (HEALTHY,):
            return super().score(answer)
        found = findings(answer.report)
        if self.is_blind:  # that nothing explains what is seen names no cause, whichever it lists as usual ones
            found = [each for each in found if each["id"] != "symptom-unexplained"]
        if self.is_open:
            lies = [finding for finding in found if self.is_said(finding) and not self.fits(finding)]
            if lies:
                return CERTAIN if any(finding["certainty"] == "certain" for finding in lies) else WRONG
            return FIRST if found or self.or_nothing else WRONG
        if found and self.fits(found[0]):
            return FIRST
        if found and found[0]["certainty"] == "certain":
            return CERTAIN
        return SECOND if any(self.fits(finding) for finding in found[1:]) else WRONG


def reported(source, *names, unsaid="", harm="", open_=False, or_nothing=False, slowest=SLOWEST, is_long=True):
    def register(function):
        expected = HEALTHY if names == (HEALTHY,) else OPEN
        CASES.append(Reported(expected, function.__name__, "unmet", function, slowest, is_long=is_long,
                              right=(expected,) if expected == HEALTHY else (), harm=harm,
                              batch=function.__module__.rsplit("_", 1)[-1], source=source, names=names,
                              unsaid=unsaid, is_open=open_, or_nothing=or_nothing,
                              is_blind=".stage_unmet_" in function.__module__))
        return function
    return register


# ---- what several of them need --------------------------------------------------------------------


def public(lab, address):
    """The server at an address of the internet, as a rented one has."""
    sh("ip", "-n", lab.server.name, "address", "add", f"{address}/32", "dev", "lo")
    sh("ip", "-n", lab.router.name, "route", "add", f"{address}/32", "via", SERVER)
    return address


def proved(host, *words, at=SERVER, not_=False):
    """What is staged is proved by mosquitto_pub, without the doctor."""
    done = subprocess.run(host.command("timeout", "2", "mosquitto_pub", "-h", at, "-t", "lab/proof", "-q", "1", "-m",
                                       "x", *words), capture_output=True)
    if (done.returncode == 0) == not_:
        raise RuntimeError(f"not staged: {done.stdout} {done.stderr}")


def until(text, path, limit=5):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with open(path, errors="replace") as file:
            if text in file.read():
                return
        time.sleep(0.02)
    raise RuntimeError(f"not staged: {path} never held {text}")


def on_broker(lab, to="localhost", *words):
    return doctor(lab.server, to, "--on-broker", *words)


def said(*words):
    """What `explain --said` makes of what an app shows, as a report: its readings are the causes."""
    begin = time.monotonic()
    done = subprocess.run([os.path.abspath(DOCTOR), "explain", "--json", "--said", *words], capture_output=True,
                          text=True, timeout=60, env=environment())
    seconds = time.monotonic() - begin
    try:
        told = json.loads(done.stdout)
    except ValueError:
        return Answer("no report", seconds, done.returncode, {}, done.stderr)
    causes = [{"id": reading["meaning"], "certainty": "likely", "cause": reading["says"],
               "evidence": [reading.get("rules_out", "")], "cures": [{"command": str(reading.get("run") or "")}]}
              for reading in told.get("readings", [])]
    return Answer(causes[0]["id"] if causes else "nothing", seconds, done.returncode,
                  {**told, "causes": causes, "warnings": [], "healthy": False}, done.stderr)


def on_one_line(answer):
    """What is wrong with the command line itself is told on one line, and is as right as a cause."""
    if not answer.report and answer.error:
        answer.report = {"causes": [{"id": "usage", "certainty": "certain", "cause": answer.error, "evidence": [],
                                     "cures": []}], "healthy": False, "warnings": []}
        answer.found = "usage"
    return answer
