"""Does what the doctor says, and asks it again.

The first cure that can be carried out on a machine is run as it is printed: a command verbatim, on
the host it is meant for; lines go into the file they are for. Then the same questions are asked.
Right is a healthy answer, or the next true cause.
"""
import collections
import dataclasses
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

from . import cases, net

# The user a person would let in, when the case names none.
PERSON = "carol"
LONGEST = 45.0  # seconds for a cure and the two answers around it
FOLDER = pathlib.Path(__file__).parent
REFUSED = 113  # status of standin.py for a command that no machine of the lab can carry out

# Cases with a second fault behind the first, which the cure brings to light.
NEXT = {
    # The broker was open to all or to nobody; as printed, it lets in users with a password.
    "no_listener_in_the_configuration": "auth-anonymous-refused",
    "password_file_of_root": "auth-anonymous-refused",
    "comment_behind_blanks": "auth-anonymous-refused",
    # The broker could keep retained messages now.
    "retained_messages_are_off": "delivery-retained-misunderstood",
    "retained_messages_are_off_311": "delivery-retained-misunderstood",
    "password_file_that_is_not_there": "auth-anonymous-refused",
    "broker_on_loopback_only": "auth-anonymous-refused",
    "the_publishers_password_is_wrong": "auth-acl-read-denied-silently",
    # The user may neither write nor read, and at first only the writing shows.
    "acl_forbids_everything_5": "auth-acl-read-denied-silently",
    # The fault in front is mended, and the one behind it shows.
    "firewall_before_the_login": "auth-anonymous-refused",
    "loopback_before_the_password": "auth-bad-credentials",
    # As installed by the package, the broker serves its own machine only.
    "nothing_runs": "tcp-refused-loopback-listener",
}
# The printed cure is right, and this stage of the lab cannot carry it out.
NOTHING_TO_DO = {
    "restarted_without_persistence": "the stage restarts its broker once",
    "stunnel_of_tls_1_1": "the stage has an old OpenSSL",
    "secure_websocket_of_tls_1_0": "the stage has an old OpenSSL",
}
# The cure is a login that the broker accepts, which is typed into the app.
LOGIN_IN_THE_APP = ("auth-anonymous-refused",)
# These are mended in the app first, and on the machine as well.
ON_BOTH_SIDES = ("auth-anonymous-refused", "auth-bad-credentials")
# The cure is for a router, which is no server of the lab's.
ON_THE_ROUTER = ("path-mtu-black-hole",)
# Words by which a cure announces what it takes away.
ANNOUNCED = re.compile(r"\bends\b|\bremoves\b|\breplaces\b|without a (password|user name)|keeps a copy")

HEALED, NEXT_NAMED, NO_CHANGE, OTHER, WORSE, NOT_RUN = (
    "healed", "next", "no change", "other", "worse", "not run")
RIGHT = (HEALED, NEXT_NAMED)
WRONG = (NO_CHANGE, OTHER, WORSE)


@dataclasses.dataclass
class Outcome:
    case: cases.Case
    what: str  # one of the words above
    why: str = ""
    cause: str = ""
    then: str = ""
    done: str = ""  # the commands that were run
    where: int = 0  # index of the cure


class NotRun(Exception):
    """The cure is nothing for a machine of the lab."""


def first_finding(report):
    """What the report is about: the first cause, or with none the first warning."""
    if report.get("causes"):
        return report["causes"][0]
    warned = [warning for warning in report.get("warnings", []) if warning["severity"] == "warning"]
    return warned[0] if warned else None


def parts_of(finding):
    """The cures, each with what belongs to it."""
    whole = []
    for cure in finding.get("cures", []):
        if cure.get("follows") and whole:
            whole[-1].append(cure)
        else:
            whole.append([cure])
    return whole


def is_for_a_machine(parts):
    return (parts[0]["where"] in ("server", "here")
            and parts[0]["kind"] in ("command", "lines", "pattern"))


def why_none(finding):
    whole = parts_of(finding)
    if not whole:
        return "no cure"
    first = whole[0][0]
    if first["where"] in ("app", "console"):
        return f"in the {first['where']}"
    return {"look": "only looks", "words": "words"}.get(first["kind"], first["kind"])


# ---- the machine --------------------------------------------------------------------------------


class Machine:
    """A host of the lab with stand-ins, on which nothing but the case's own files can be changed."""

    def __init__(self, host):
        self.host, self.lab = host, host.lab
        self.bin = pathlib.Path(self.lab.file(f"bin-{host.name}"))
        if not self.bin.exists():
            self._prepare()

    def _prepare(self):
        self.bin.mkdir()
        for name in ("systemctl", "service", "firewall-cmd", "netfilter-persistent", "timedatectl",
                     "sudoedit"):
            (self.bin / name).symlink_to(FOLDER / "standin.py")
        sudo = self.bin / "sudo"
        sudo.write_text(f"""#!/bin/sh
while :; do case $1 in -u) shift 2;; -*) shift;; *) break;; esac; done
if [ "$1" = kill ]; then
  for word; do case $word in kill|-*) continue;; esac
    net=$(readlink /proc/$word/ns/net)  # empty when the process has ended
    if [ -n "$net" ] && [ "$net" != "$(readlink /proc/self/ns/net)" ]; then echo "kill $word" >> {self.bin}/strangers; exit 1; fi
  done
fi
exec "$@"
""")
        sudo.chmod(0o755)
        # Capabilities are given to a copy, since the program itself is the machine's.
        shutil.copy(shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), self.bin / "mosquitto")
        # The host gets an /etc/mosquitto of its own, unless the case made one.
        folder = pathlib.Path("/etc/netns") / self.host.name / "mosquitto"
        is_quiet = " 0A " not in self.host.read("tcp", "tcp6")
        if (is_quiet or (folder / "mosquitto.conf").exists()) and not self.host.services:
            self.host.services["mosquitto"] = {
                "argv": ["mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"], "env": {}, "pid": 0}
        if not folder.exists() and pathlib.Path("/etc/mosquitto").exists():
            shutil.copytree("/etc/mosquitto", folder)
        # On a doctor elsewhere the usual names of files are taken for granted.
        for file in ("passwd", "acl"):
            staged = pathlib.Path(self.lab.file(file))
            if staged.exists() and folder.exists() and not (folder / file).exists():
                (folder / file).symlink_to(staged)
        (self.bin / "services.json").write_text(json.dumps(self.host.services))

    def run(self, text, answer=None):
        """A command as it stands. Returns its exit status and what it said."""
        guard = ("mount --make-rprivate / && for d in /etc /usr /var /opt /root /home /srv; do "
                 "[ -d $d ] && mount --rbind $d $d && mount -o remount,bind,ro $d; done; "
                 "mount -t tmpfs lab /run && mkdir /run/mosquitto; "
                 "for d in /var/log /var/lib; do for p in mosquitto nginx haproxy stunnel4; do "
                 "[ -d $d/$p ] && mount -t tmpfs lab $d/$p; done; done; "
                 "chown mosquitto: /run/mosquitto /var/l*/mosquitto; "
                 'exec "$@"')
        if answer:  # a terminal stays open, so that a daemon has time to leave it
            text = f"{text}\ns=$?; sleep 0.3; exit $s"
        typed = [sys.executable, FOLDER / "dialogue.py", "--always", answer, "--"] if answer else []
        command = self.host.command("unshare", "-m", "sh", "-c", guard, "guard", *typed, "bash",
                                    "-c", text)
        log = self.bin / "said.log"
        with open(log, "wb") as said:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}:/usr/sbin:/sbin"})
            end = time.monotonic() + LONGEST
            while process.poll() is None and time.monotonic() < end:
                # An ended process would stay as a zombie of ours, and "kill -0" would find it.
                for started in self.lab.processes:
                    started.poll()
                time.sleep(0.02)
            if process.poll() is None:
                process.kill()
                process.wait()
        return process.returncode, log.read_text(errors="replace")

    def users_file(self, name):
        """Where the host's file of that name lies on this machine."""
        if name.startswith("/etc/"):
            return pathlib.Path("/etc/netns") / self.host.name / name[len("/etc/"):]
        return pathlib.Path(name)

    def configuration(self):
        argv = self.host.services.get("mosquitto", {}).get("argv", [])
        if "-c" not in argv:
            raise NotRun("no mosquitto.conf in this stage")
        return self.users_file(argv[argv.index("-c") + 1])


def write_lines(machine, cure):
    """The lines where they belong, as a person would write them."""
    name, text = cure["file"], cure["command"]
    if name == "mosquitto.conf" or name.endswith(".conf") and "mosquitto" in name:
        file = machine.configuration() if name == "mosquitto.conf" else machine.users_file(name)
        for word in re.findall(r"^(?:ca|cert|key)file (.*)$", text, re.M):
            if not machine.users_file(word).exists():
                raise NotRun("a certificate of one's own")
        set_options(file, text)
        return
    if name == "acl_file" or name.startswith("/"):
        file = machine.users_file(name) if name.startswith("/") else None
        if file is None:
            found = re.search(r"^acl_file (.*)$", machine.configuration().read_text(), re.M)
            if not found:
                raise NotRun("no acl_file in this stage")
            file = machine.users_file(found[1])
        old = file.read_text()
        # Rules for everybody stand above the first user.
        is_for_all = not text.startswith("user ")
        file.write_text(text + "\n" + old if is_for_all else old + text + "\n")
        return
    raise NotRun(f"lines for {name}")


def set_options(file, text):
    """mosquitto.conf: an option that is there gets the new value, another is added at the end."""
    lines = file.read_text().splitlines()
    blocks = ("listener", "connection", "address", "topic", "protocol")
    first = text.splitlines()[0].split()
    same = [i for i, old in enumerate(lines) if old.split()[:2] == first]
    if len(first) == 2 and first[0] == "listener" and len(text.splitlines()) == 1 and same:
        lines[same[0]] = text
    elif first[0] in ("listener", "connection"):
        lines += text.splitlines()
    else:
        for line in text.splitlines():
            key = line.split()[0]
            there = [i for i, old in enumerate(lines)
                     if old.split()[:1] == [key] and key not in blocks]
            for i in there:
                lines[i] = line
            if not there:
                lines.append(line)
    file.write_text("\n".join(lines) + "\n")


# ---- what is lost -------------------------------------------------------------------------------


def listening(lab):
    """Ports of the server on which somebody listens; a connection that has ended is none."""
    ports = set()
    for line in lab.server.read("tcp", "tcp6").splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == "0A":
            ports.add(int(words[1].rsplit(":", 1)[1], 16))
    return ports


def snapshot(lab):
    """What a cure must not take away."""
    users, files = set(), {}
    for folder in (lab.folder, pathlib.Path("/etc/netns") / lab.server.name):
        for path in folder.rglob("*"):
            if not path.is_file() or path.is_symlink() or path.parent.name.startswith("bin-"):
                continue
            data = path.read_bytes()
            files[str(path)] = data
            users |= {(str(path), line.split(b":")[0])
                      for line in data.splitlines() if re.match(rb"[^:#]+:\$[67]\$", line)}
    ports = listening(lab)
    return {"users": users, "files": files, "ports": ports,
            "open": {port for port in ports if lets_anybody_in(lab, port) == 0},
            "guarded": {port for port in ports if lets_anybody_in(lab, port) in (4, 5)}}


def lets_anybody_in(lab, port):
    """CONNACK's code for a client that says nothing of itself; None without an answer."""
    connect = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04lab0"
    with net._inside(f"/run/netns/{lab.server.name}"):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.5) as link:
                link.sendall(connect)
                answer = link.recv(4)
                return answer[3] if len(answer) == 4 and answer[0] == 0x20 else None
        except OSError:
            return None


def harm(before, after, machine):
    """What the cure did that nobody asked for; "" when nothing."""
    if (machine.bin / "strangers").exists():
        return "ends a process of another machine"
    if before["users"] - after["users"]:
        return "loses users: " + ", ".join(each.decode() for _, each in before["users"] - after["users"])
    for name, data in before["files"].items():
        if name not in after["files"] and data not in after["files"].values():
            return f"loses {os.path.basename(name)}"
    if before["ports"] - after["ports"]:
        return f"nobody listens on {min(before['ports'] - after['ports'])} any more"
    if before["guarded"] & after["open"]:
        return "lets everybody in without a password"
    return ""


# ---- the loop -------------------------------------------------------------------------------------


def settle(lab, ports):
    """Until what listened listens again, or did not come back in time."""
    end = time.monotonic() + 8
    while time.monotonic() < end:
        if set(ports) <= listening(lab):
            break
        time.sleep(0.05)
    time.sleep(0.1)


def wait_until(is_so, limit=5):
    end = time.monotonic() + limit
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)


def login_of(question):
    """The user and the password that were asked about; a person's own, when none was."""
    words = list(question.words)
    if "--as-publisher" in words:  # "USER:FILE"
        user, _, file = str(words[words.index("--as-publisher") + 1]).partition(":")
        if os.path.exists(file):
            return user, pathlib.Path(file).read_text().splitlines()[0]
    user = str(words[words.index("-u") + 1]) if "-u" in words else PERSON
    return user, str(words[words.index("-P") + 1]) if "-P" in words else f"{user}-pw"


def carry_out(lab, finding, parts, question):
    """Does all that belongs to a cure. Returns what was done."""
    done = []
    client = question.words[0] if question.ask is cases.doctor else lab.phone
    user, password = login_of(question)
    for cure in parts:
        host = lab.server if cure["where"] == "server" else client
        if finding["id"] in ON_THE_ROUTER and host is lab.server and "router" in cure["what"]:
            host = lab.router
        machine = Machine(host)
        if not cure["command"]:
            continue
        text = cure["command"]
        if cure["kind"] == "pattern" or cure["kind"] == "lines":
            text = re.sub(r"\bUSER\b", user, re.sub(r"\bPASSWORD\b", password, text))
            blank = re.search(r"\b[A-Z]{4,}\b(?!=)|\.\.\.", re.sub(r"'[^']*'", "", text))
            if cure["kind"] == "pattern" and (blank or text == cure["command"]):
                raise NotRun(f"to be filled in: {blank[0]}" if blank else "something is to be written")
        if cure["kind"] == "look":
            continue
        if cure["kind"] == "lines":
            write_lines(machine, {**cure, "command": text})
            done.append(f"{cure['file']}: {text}")
            if cure is parts[-1]:
                machine.run("systemctl restart mosquitto")
            continue
        if re.search(r"\bufw\b", text) and not pathlib.Path("/etc/netns", host.name, "ufw").exists():
            raise NotRun("no ufw in this stage")
        if re.search(r"\bmosquitto", text) and "mosquitto" not in host.services:
            raise NotRun("no mosquitto in this stage")
        status, said = machine.run(text, password if cure.get("asks") else None)
        done.append(text)
        if status == REFUSED or "not on a machine of the lab" in said:
            raise NotRun("an editor" if "sudoedit" in text else said.strip()[-80:])
        if status == 127 or "could not be found" in said:
            raise NotRun(said.strip()[-60:].split(": ", 1)[-1])
        if status != 0:
            raise RuntimeError(f"status {status}: {said.strip()[-200:]}")
    return "; ".join(done)


def ask_again(questions, *more):
    """All that the case asked; files that were explained together are written anew."""
    told = {}
    answer = None
    for question in questions:
        if question.ask is cases.explain:
            for file in question.words:
                path = pathlib.Path(file)
                for old, new in told.values():
                    if json.loads(path.read_text()) == old:
                        path.write_text(json.dumps(new))
                        break
        answer = question.ask(*question.words, *(more if question.ask is cases.doctor else ()), **question.how)
        told[id(question)] = (question.answer.report, answer.report)
    return answer


def loop(case):
    """Stages, asks, cures, asks again."""
    begin = time.monotonic()
    with net.Lab() as lab, cases.noted() as questions:
        try:
            answer = case.run(lab)
        except cases.Skip as reason:
            return Outcome(case, NOT_RUN, f"skipped: {reason}")
        questions = list(questions)
        if not answer.report:
            return Outcome(case, NO_CHANGE, f"no report: {answer.error[-200:]}")
        finding = first_finding(answer.report)
        if finding is None or not questions:
            return Outcome(case, NOT_RUN, "nothing to cure")
        result = Outcome(case, NOT_RUN, why_none(finding), finding["id"])
        if answer.found != case.expected:
            result.why = "named beside another that looks the same"
            return result
        whole = parts_of(finding)
        chosen = next((i for i, parts in enumerate(whole) if is_for_a_machine(parts)), None)
        is_in_app = whole and whole[0][0]["where"] in ("app", "console")
        is_by_hand = whole and whole[0][0]["kind"] == "words"
        is_one_question = questions[-1].ask is cases.doctor
        if is_by_hand and not (finding["id"] in ON_BOTH_SIDES and is_in_app and is_one_question):
            chosen = None
        if case.name in NOTHING_TO_DO:
            result.why = NOTHING_TO_DO[case.name]
            return result
        if chosen is None:
            return result
        if questions[0].ask is cases.doctor and questions[0].words[0].lab is not lab:
            result.why = "one broker for many cases"
            return result
        parts = whole[chosen]
        result.where = chosen
        before = snapshot(lab)
        try:
            result.done = carry_out(lab, finding, parts, questions[-1])
        except NotRun as reason:
            result.why = str(reason)
            return result
        except RuntimeError as failed:
            result.what, result.why = NO_CHANGE, str(failed)
            result.done = parts[0]["command"]
            return result
        settle(lab, before["ports"])
        after = snapshot(lab)
        lost = harm(before, after, Machine(lab.server))
        if lost and not ANNOUNCED.search(parts[0]["what"]):
            result.what, result.why = WORSE, lost
            return result
        more = ()
        if finding["id"] in LOGIN_IN_THE_APP:
            user, password = login_of(questions[-1])
            more = ("-u", user, "-P", password)
        again = ask_again(questions, *more)
        judge(result, again)
        if time.monotonic() - begin > 2 * LONGEST:
            result.why += " (slow)"
        return result


def judge(result, again):
    report = again.report
    finding = first_finding(report) if report else None
    result.then = finding["id"] if finding else "healthy"
    warned = [warning["id"] for warning in report.get("warnings", []) if warning["severity"] == "warning"]
    if not report:
        result.what, result.why = WORSE, "no report: " + again.error[-100:]
    elif report["healthy"] and result.cause not in warned:
        result.what, result.why = HEALED, ""
    elif result.then == result.cause:
        result.what, result.why = NO_CHANGE, "the same cause is named"
    elif NEXT.get(result.case.name) == result.then:
        result.what, result.why = NEXT_NAMED, ""
    else:
        result.what, result.why = OTHER, f"{result.then}: {finding['cause'][:100] if finding else ''}"


def proved(outcomes):
    """What mqtt-doctor mend stands on: the causes whose cure was carried out, and helped."""
    lines = sorted({f"{outcome.cause} {outcome.case.name} {outcome.what}" for outcome in outcomes
                    if outcome.what in RIGHT})
    return ("# cause, case, what became of it: tests/lab/run --cures --proved tests/lab/proved.txt\n"
            + "\n".join(lines) + "\n")


def table(outcomes, seconds):
    """Prints the table; returns whether a cure was wrong."""
    layers = collections.defaultdict(collections.Counter)
    reasons = collections.Counter()
    for outcome in outcomes:
        layers[outcome.case.layer][outcome.what] += 1
        if outcome.what == NOT_RUN:
            reasons[re.sub(r"\d+", "N", outcome.why.split(" (")[0][:60])] += 1
    head = (HEALED, NEXT_NAMED, NO_CHANGE, OTHER, WORSE, NOT_RUN)
    print(f"\n{'layer':12}" + "".join(f"{word:>11}" for word in head))
    for layer in sorted(layers):
        print(f"{layer:12}" + "".join(f"{layers[layer][word]:11}" for word in head))
    total = collections.Counter(outcome.what for outcome in outcomes)
    print(f"{'all cures':12}" + "".join(f"{total[word]:11}" for word in head))
    run = sum(total[word] for word in RIGHT + WRONG)
    right = sum(total[word] for word in RIGHT)
    print(f"{run} cures were carried out, {right} of them right; it took {seconds:.0f} s")
    print("not run: " + ", ".join(f"{why} {count}" for why, count in reasons.most_common()))
    return any(total[word] for word in WRONG)
