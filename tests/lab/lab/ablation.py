"""What the doctor says of a case when it knows less, or more that is innocent.

Taking a fact away may make it less sure, and may leave it without an answer. It must not make it
sure of something else, nor healthy. An innocent fact beside the others must change nothing.
"""
import dataclasses
import json
import os
import subprocess

from . import cases, laid_beside, taken_away

OTHER_CERTAIN = "certain of something else"
RAISED = "more certain than before"
HEALTHY = "healthy"
BROKEN = "broken"
OTHER_FIRST = "another first"
# The program stands beside the doctor, unless EXPLAIN_LINES names it.
EXPLAINS = os.environ.get("EXPLAIN_LINES", os.path.join(os.path.dirname(cases.DOCTOR),
                                                        "explain-lines"))
# In the order of their weight.
FLAGS = (OTHER_CERTAIN, RAISED, HEALTHY, BROKEN, OTHER_FIRST)

# Causes which only say that something was not examined.
SAYS_NOTHING_OF_THE_BROKER = {"delivery-not-tested"}
# Causes that are true as well where one of these is, and that remain when the evidence for it is
# taken away: a broker that does not start does not run.
NO_START = {"host-config-error", "host-cert-key-problem", "host-file-permission", "host-persistence-corrupt",
            "host-privileged-port", "host-bind-address-missing", "host-websocket-only-config",
            "host-plugin-off", "host-selinux-port", "host-service-not-enabled"}
TRUE_BESIDE = {
    "tcp-refused-not-running": {*NO_START, "tcp-refused-wrong-port", "host-config-not-used"},
    "tcp-refused-loopback-listener": {"host-config-not-used"},
}
# Evidence that alone shows a fact: without it nobody could know the cause.
UNKNOWN_WITNESSES = ("file", "host", "contact address", "every contact address", "contact other-",
                     "every contact other-", "endpoint", "addresses", "question", "every question",
                     "firewall: rules", "stream", "across", "process of a broker", "problem of",
                     "every problem of", "configuration")


@dataclasses.dataclass
class Kept:
    """A case as kept.py wrote it down."""
    name: str
    right: set
    documents: list

    @staticmethod
    def read(place):
        told = json.loads((place / "case.json").read_text())
        documents = []
        for file in told["files"]:
            document = json.loads((place / file).read_text())
            places = document.get("vantages", [document])  # of a phone: the phone, and its machine
            documents += [vantage.get("facts", vantage) for vantage in places]
        return Kept(place.name, set(told["right"]), documents)


@dataclasses.dataclass
class Said:
    answer: dict

    @property
    def causes(self):
        return {cause["id"]: cause["certainty"] for cause in self.answer.get("causes", [])}

    @property
    def first(self):
        return next(iter(self.causes), "healthy" if self.is_healthy else "nothing")

    @property
    def is_healthy(self):
        return bool(self.answer.get("healthy"))

    @property
    def every_id(self):
        return {*self.causes, *(warning["id"] for warning in self.answer.get("warnings", []))}

    @property
    def certain(self):
        return {name for name, how in self.causes.items() if how == "certain"}

    @property
    def ever_certain(self):
        return self.certain | {warning["id"] for warning in self.answer.get("warnings", [])
                               if warning["certainty"] == "certain"}

    @property
    def unseen(self):
        """What it says it did not see, or not in full."""
        return {step["name"] for step in self.answer.get("steps", [])
                if step["state"] in ("untested", "doubtful")} | (
                    self.every_id & SAYS_NOTHING_OF_THE_BROKER)

    @property
    def problem(self):
        if "wrong" in self.answer:
            return self.answer["wrong"]
        code = self.answer["exit_code"]
        return "" if self.is_healthy == (code == 0) else f"healthy: {self.is_healthy}, exit {code}"


@dataclasses.dataclass
class Flagged:
    flag: str
    cause: str  # the cause said now
    what: str  # the change that was made
    case: str
    before: str


class Doctor:
    """One process that is asked many times."""

    def __init__(self):
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.stdin.close()
            self.process.wait(timeout=60)
            self.process.stdout.close()

    def say(self, documents):
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([EXPLAINS], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True,
                                            env=cases.environment())
        try:
            self.process.stdin.write(json.dumps(documents) + "\n")
            self.process.stdin.flush()
            return Said(json.loads(self.process.stdout.readline()))
        except (BrokenPipeError, ValueError):  # the process ended without a line
            self.process.kill()
            return Said({"wrong": f"crashed, status {self.process.wait()}"})


def lacking(documents):
    """(what is lacking, the documents without it)"""
    for number, document in enumerate(documents):
        for what, without in taken_away.less(document):
            yield what, [*documents[:number], without, *documents[number + 1:]]
        if len(documents) > 1:
            yield "file", documents[:number] + documents[number + 1:]


def joined_by(documents):
    for number, document in enumerate(documents):
        for what, with_it in laid_beside.more(document):
            yield what, [*documents[:number], with_it, *documents[number + 1:]]


def is_true_all_the_same(cause, truths):
    return cause in SAYS_NOTHING_OF_THE_BROKER or bool(TRUE_BESIDE.get(cause, set()) & truths)


def says_what_it_did_not_see(what, before, after, full, now):
    """Or nothing could tell it that there was anything to see."""
    if now.unseen - full.unseen or what.startswith(UNKNOWN_WITNESSES):
        return True
    return any(len(new["host"]["not_seen"]) > len(old["host"]["not_seen"])
               for old, new in zip(before, after) if old.get("host") and new.get("host"))


def judge_less(kept, full, now, what, documents):
    """(flag, cause) of each thing that is wrong with what is said now."""
    if now.problem:
        yield BROKEN, now.problem
        return
    truths = kept.right | full.ever_certain
    for cause in sorted(now.certain - truths):
        if not is_true_all_the_same(cause, truths):
            yield (RAISED if cause in full.every_id else OTHER_CERTAIN), cause
    if now.is_healthy and not full.is_healthy and not says_what_it_did_not_see(
            what, kept.documents, documents, full, now):
        yield HEALTHY, "healthy"


def judge_more(kept, full, now, what, documents):
    if now.problem:
        yield BROKEN, now.problem
        return
    for cause in sorted(now.certain - full.certain):
        yield OTHER_CERTAIN, cause
    if now.first != full.first:
        yield OTHER_FIRST, now.first


def examine(kept, doctor, keep=None):
    """(number of changes, [Flagged]) of one case; `keep` is given what was flagged."""
    full = doctor.say(kept.documents)
    flagged = []
    count = 0
    for sign, changes, judge in (("-", lacking, judge_less), ("+", joined_by, judge_more)):
        for what, documents in changes(kept.documents):
            count += 1
            now = doctor.say(documents)
            for flag, cause in judge(kept, full, now, what, documents):
                flagged.append(Flagged(flag, cause, f"{sign} {what}", kept.name, full.first))
                if keep:
                    keep(flagged[-1], documents)
    return count, flagged
