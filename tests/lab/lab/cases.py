"""How a case is written down: a function that provokes one failure and runs the doctor on it."""
import contextlib
import dataclasses
import json
import os
import subprocess
import threading
import time
from typing import Any, Callable

CASES = []
DOCTOR = os.environ.get("MQTT_DOCTOR", "build/release/bin/mqtt-doctor")
# Seconds an answer may take, even when everything is silent: the budget.
SLOWEST = 10.0


class Skip(Exception):
    """This machine lacks what the case needs; the words say what."""


@dataclasses.dataclass
class Case:
    expected: str  # id of the cause; "healthy" when there is none
    name: str
    layer: str
    run: Callable
    slowest: float
    # Causes that look the same from where the doctor stands. One of these may be named first, if
    # the expected one is named beside it.
    alike: tuple = ()
    # A long case runs in ./dev lab and in no test run: other tests show the same.
    is_long: bool = False

    def is_named_by(self, answer):
        if answer is None or answer.found == self.expected:
            return answer is not None
        return answer.found in self.alike and self.expected in answer.others


def case(expected, name="", layer=None, slowest=SLOWEST, alike=(), is_long=False):
    """Registers a case. `layer` groups the table's rows; by default what stands before the dash."""
    def register(function):
        group = layer or (expected.split("-")[0] if expected != "healthy" else "healthy")
        CASES.append(Case(expected, name or function.__name__.strip("_"), group, function, slowest,
                          alike, is_long))
        return function
    return register


def healthy(name=""):
    return case("healthy", name)


@dataclasses.dataclass
class Answer:
    found: str
    seconds: float
    code: int
    report: dict
    error: str

    @property
    def others(self):
        return [cause["id"] for cause in self.report.get("causes", [])]


@dataclasses.dataclass
class Question:
    """One call of the doctor by a case, so that it can be asked once more."""
    ask: Callable
    words: tuple
    how: dict
    answer: Any


_notes = threading.local()


@contextlib.contextmanager
def noted():
    """The questions that this thread asks meanwhile."""
    _notes.questions = []
    try:
        yield _notes.questions
    finally:
        _notes.questions = None


def _note(ask, words, how, answer):
    if getattr(_notes, "questions", None) is not None:
        _notes.questions.append(Question(ask, words, how, answer))
    return answer


def environment(more=None):
    """Of a person's terminal: nothing of this machine but where programs are."""
    out = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", **(more or {})}
    for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if variable in os.environ:
            out[variable] = os.environ[variable]
    return out


def asked(words):
    """The words of a call; without what the user sees where LAB_WITHOUT_SYMPTOM is set, to measure what that tells."""
    if "--symptom" not in words or "LAB_WITHOUT_SYMPTOM" not in os.environ:
        return words
    at = words.index("--symptom")
    return words[:at] + words[at + 2:]


def named_first(report, code):
    if report["causes"]:
        return report["causes"][0]["id"]
    if report["healthy"] and code == 0:
        # What works from here and fails elsewhere is a warning, and counts where nothing is worse.
        warned = [warning["id"] for warning in report["warnings"] if warning["severity"] == "warning"]
        return warned[0] if warned else "healthy"
    return "nothing"


def without_warning(answer, *causes):
    """What is named first when these warnings, which are true of the stage itself, are left away."""
    if answer.found in causes and answer.report["healthy"]:
        others = [warning["id"] for warning in answer.report["warnings"]
                  if warning["severity"] == "warning" and warning["id"] not in causes]
        answer.found = others[0] if others else "healthy"
    return answer


def explain(*files):
    """What saved files say, on a machine that is none of the lab's."""
    return _note(explain, files, {}, _explain(*files))


def _explain(*files, stdin=None):
    begin = time.monotonic()
    done = subprocess.run([os.path.abspath(DOCTOR), "explain", "--json", *asked(files)],
                          capture_output=True, text=True, timeout=60, env=environment(),
                          input=stdin)
    seconds = time.monotonic() - begin
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Answer("no report", seconds, done.returncode, {}, done.stderr)
    return Answer(named_first(report, done.returncode), seconds, done.returncode, report,
                  done.stderr)


def doctor(host, *words, **how):
    """Runs mqtt-doctor on a host of the lab and gives what it names first.

    What it printed is explained once more elsewhere: the same facts must give the same report."""
    return _note(doctor, (host, *words), how, _doctor(host, *words, **how))


def _doctor(host, *words, env=None, prefix=(), stdin=None):
    begin = time.monotonic()
    variables = environment(env)
    if "faketime" in prefix:  # faketime must be loaded before the sanitizer
        options = variables.get("ASAN_OPTIONS", "")
        variables["ASAN_OPTIONS"] = (options + ":" if options else "") + "verify_asan_link_order=0"
    command = host.command(*prefix, os.path.abspath(DOCTOR), "--json", *asked(words))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=variables,
                          input=stdin)
    seconds = time.monotonic() - begin
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Answer("no report", seconds, done.returncode, {}, done.stderr)
    found = named_first(report, done.returncode)
    if "--lang" not in words:
        later = _explain("-", stdin=done.stdout)
        if later.report != report or later.code != done.returncode:
            found += " (and otherwise when explained)"
    return Answer(found, seconds, done.returncode, report, done.stderr)
