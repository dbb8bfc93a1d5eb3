"""Situations that nobody had in mind when the doctor learned its causes.

Each was written down with its right answer before the doctor was asked, and the first score of each
batch was noted before anything was changed. How a case is put:

    @unmet("a", "b")             a or b named first is right
    @unmet("healthy")            no cause, and no warning
    @unmet(OPEN, "a")            what was seen does not tell: nothing but a may be said above "possible",
                                 and healthy is wrong
    never=("c",)                 c may not be said above "possible", wherever it stands
    harm="regex"                 no cure may hold a command like this one
"""
import dataclasses
import re

from .cases import CASES, SLOWEST, Case

OPEN = "unknown"
# Commands that do harm wherever they are advised unasked.
HARM = (r"\bkill(all)? (?!-(CONT|HUP|0)\b)(?!.*mosquitto -d -c)|\brm -|mosquitto_passwd -c|\bflush\b|iptables -F|ufw disable|setenforce 0|"
        r"chmod (-R )?777")
FIRST, SECOND, WRONG, CERTAIN = "first", "second", "wrong", "wrong and certain"


def commands(cause):
    for cure in cause.get("cures", []):
        yield from (cure, *cure.get("then", []))


@dataclasses.dataclass
class Unmet(Case):
    right: tuple = ()
    never: tuple = ()
    harm: str = ""
    batch: str = ""

    def is_said(self, cause):
        return cause["certainty"] != "possible"

    def score(self, answer):
        if answer is None or not answer.report:
            return WRONG
        causes = answer.report["causes"]
        blamed = [cause for cause in causes if self.is_said(cause) and cause["id"] in self.never]
        if self.expected == OPEN:
            blamed += [each for each in causes if self.is_said(each) and each["id"] not in self.right]
            is_first = bool(causes) and not answer.report["healthy"]
        else:
            is_first = answer.found in self.right
            if not is_first:
                blamed += causes[:1]
        if any(finding["certainty"] == "certain" for finding in blamed):
            return CERTAIN
        if is_first and not blamed:
            return FIRST
        return SECOND if any(item in answer.others for item in self.right) else WRONG

    def does_harm(self, answer):
        """The command that does, in any of the cures."""
        regex = re.compile("|".join(filter(None, (HARM, self.harm))))
        for cause in (answer.report.get("causes", []) if answer else []):
            for cure in commands(cause):
                if regex.search(cure.get("command", "")):
                    return cure["command"]
        return ""

    def is_named_by(self, answer):
        return self.score(answer) == FIRST and not self.does_harm(answer)


def unmet(*right, never=(), harm="", slowest=SLOWEST, is_long=False):
    def register(function):
        CASES.append(Unmet(right[0], function.__name__, "unmet", function, slowest, is_long=is_long,
                           right=right, never=never, harm=harm,
                           batch=function.__module__.rsplit("_", 1)[-1]))
        return function
    return register


def table(results):
    """How the cases of each batch came out."""
    batches = {}
    for result, answer, problem in results:
        if not isinstance(result, Unmet) or problem.startswith("skipped"):
            continue
        row = batches.setdefault(result.batch, dict.fromkeys((FIRST, SECOND, WRONG, CERTAIN, "harm"), 0))
        row[result.score(answer)] += 1
        row["harm"] += bool(result.does_harm(answer))
    if not batches:
        return
    print(f"\n{'never met':12} {'cases':>6} {'first':>6} {'second':>7} {'wrong':>6} {'certain':>8} "
          f"{'harmful cure':>13}")
    for batch, row in sorted(batches.items()):
        counts = [row[word] for word in (FIRST, SECOND, WRONG, CERTAIN)]
        print(f"{batch:12} {sum(counts):6} {counts[0]:6} {counts[1]:7} {counts[2]:6} {counts[3]:8} "
              f"{row['harm']:13}")
