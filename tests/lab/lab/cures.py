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

from . import cases, net, unmet

# The user a person would let in, when the case names none.
PERSON = "carol"
LONGEST = 45.0  # seconds for a cure and the two answers around it
FOLDER = pathlib.Path(__file__).parent
REFUSED = 113  # status of standin.py for a command that no machine of the lab can carry out

# Cases with a second fault behind the first, which the cure brings to light.
NEXT = {
    # The broker was open to all or to nobody; as printed, it lets in users with a password.
    "password_file_of_root": "auth-anonymous-refused",
    "comment_behind_blanks": "auth-anonymous-refused",
    # The broker could keep retained messages now.
    "retained_messages_are_off": "delivery-retained-misunderstood",
    "retained_messages_are_off_311": "delivery-retained-misunderstood",
    "broker_on_loopback_only": "auth-anonymous-refused",
    "the_publishers_password_is_wrong": "auth-acl-read-denied-silently",
    "quotation_marks_around_a_path": "auth-anonymous-refused",
    "only_the_port_that_needs_no_listener": "auth-anonymous-refused",
    "equals_signs": "auth-anonymous-refused",
    "tab_behind_a_name": "auth-anonymous-refused",
    "comment_behind_a_file": "auth-anonymous-refused",
    "broker_may_not_read_its_password_file": "auth-anonymous-refused",
    "a_listener_that_says_port": "auth-anonymous-refused",
    "nothing_is_retained": "delivery-retained-misunderstood",
    # The app has no key of the kind that the listener wants.
    "the_keys_stand_above_their_listener": "tls-cipher-or-psk-mismatch",
    "no_broker_was_ever_started": "tcp-refused-loopback-listener",
    # Its authority is private, and the app was not given it.
    "certificates_joined_without_a_line_between": "tls-unknown-ca",
    **dict.fromkeys(("key_with_a_passphrase", "the_certificate_was_renewed_and_not_read",
                     "the_key_asks_for_its_passphrase", "the_key_of_the_websocket_listener_is_locked"),
                    "tls-unknown-ca"),
    "key_with_a_pass_phrase": "tls-unknown-ca",
    # The fault in front is mended, and the one behind it shows.
    "firewall_before_the_login": "auth-anonymous-refused",
    "loopback_before_the_password": "auth-bad-credentials",
    # As installed by the package, the broker serves its own machine only.
    "nothing_runs": "tcp-refused-loopback-listener",
}
# The user may neither write nor read, and the right that was printed is the one that showed.
NEXT_BY_CAUSE = {"auth-acl-publish-swallowed": "auth-acl-read-denied-silently"}
# The printed cure is right, and this stage of the lab cannot carry it out.
NOTHING_TO_DO = {
    "nginx_sends_a_header_that_emqx_does_not_expect": "the broker of the stage only reads the header",
    "retained_messages_die_with_the_broker": "the message is to be sent once more",
    "the_broker_was_restarted_and_forgot": "the message is to be sent once more",
    "nothing_is_kept_on_the_disk": "the message is to be sent once more",
    "a_device_publishes_what_it_may_not": "the device has to send once more",
    "the_plugin_may_not_write_beside_its_file": "a cure's /var/lib is the lab's own",
    "log_dest_that_is_none": "the stage's own log is a second log_dest",
    "large_message_over_websocket_and_nginx": "this mosquitto hands out no such message by WebSocket",
    "firewalld_of_centos": "one of several firewalls, from afar",
    "deny_line_among_the_rules": "a line with deny is to be taken out by hand",
    "the_bridge_speaks_plainly_to_the_tls_port": "what helps is to be edited",
    "a_bridge_with_a_tls_version_and_no_authority": "what helps is to be edited",
    "web_speaks_tls_to_a_plain_backend": "another fault looks the same from there",
    "restarted_without_persistence": "the stage restarts its broker once",
    "stunnel_of_tls_1_1": "the stage has an old OpenSSL",
    "secure_websocket_of_tls_1_0": "the stage has an old OpenSSL",
}
# Who has the login that a cure leaves open, and what its program asks for on the terminal.
KNOWN_LOGIN = {
    "bridge_without_a_login": ("alice", "alice-pw"),
    "key_with_a_passphrase": (PERSON, "lab-secret"),
    **dict.fromkeys(("key_with_a_pass_phrase", "the_key_asks_for_its_passphrase",
                     "the_key_of_the_websocket_listener_is_locked"), (PERSON, "secret")),
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
    printed: list = dataclasses.field(default_factory=list)  # all that was advised


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


def has_one_without_a_file(host):
    """Whether somebody started mosquitto there by hand, so that the service stands idle."""
    inside = os.stat(f"/run/netns/{host.name}").st_ino
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"mosquitto") and b"-c" not in words \
                    and os.stat(folder / "ns/net").st_ino == inside:
                return True
        except OSError:  # it has ended
            continue
    return False


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
        is_there = is_quiet or (folder / "mosquitto.conf").exists() or has_one_without_a_file(self.host)
        if is_there and not self.host.services:
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
                 "[ -d $d/$p ] && mount -t tmpfs -o mode=755 lab $d/$p; done; done; "
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


def listener_of(parts):
    """The port of the listener below which the lines belong, as the parts behind say; None: any."""
    said = re.search(r'below "listener (\d+)"', " ".join(part["what"] for part in parts))
    return said and said[1]


def write_lines(machine, cure, listener=None):
    """The lines where they belong, as a person would write them."""
    name, text = cure["file"], cure["command"]
    if name == "mosquitto.conf" or name.endswith(".conf") and "mosquitto" in name:
        file = machine.configuration() if name == "mosquitto.conf" else machine.users_file(name)
        for word in re.findall(r"^(?:ca|cert|key)file (.*)$", text, re.M):
            if not machine.users_file(word).exists():
                raise NotRun("a certificate of one's own")
        set_options(file, text, listener)
        return
    place = re.search(re.escape(name) + r":(\d+)", cure["what"])
    if place and name.startswith("/"):  # below the line that begins a block
        file = machine.users_file(name)
        lines = file.read_text().splitlines()
        lines.insert(int(place[1]), text)
        file.write_text("\n".join(lines) + "\n")
        return
    if name == "nginx.conf":
        file = pathlib.Path(machine.lab.file(name))
        path = re.search(r"location for ([^\s,:]+)", cure["what"])
        if not path or not file.exists():
            raise NotRun("no nginx.conf in this stage")
        old = file.read_text()
        begins = re.search(r"location\s+(\S+\s+)?" + re.escape(path[1]) + r"/?\s*\{", old)
        if not begins:
            raise NotRun("no such location in this stage")
        end = old.index("}", begins.end())
        inside = old[begins.end():end]
        for line in text.splitlines():  # in the place of what sets the same
            key = re.escape(" ".join(line.split()[:2 if line.startswith("proxy_set_header") else 1]))
            inside = re.sub(key + r"\s[^;]*;", "", inside)
        file.write_text(old[:begins.end()] + "\n" + text + "\n" + inside + old[end:])
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


def set_options(file, text, listener=None):
    """mosquitto.conf: an option that is there gets the new value, another is added at the end, or
    below the listener it is for."""
    lines = file.read_text().splitlines()
    blocks = ("listener", "connection", "address", "topic", "protocol")
    first = text.splitlines()[0].split()
    is_block = any(line.split()[:1] in (["listener"], ["connection"]) for line in text.splitlines())
    same = [i for i, old in enumerate(lines) if old.split()[:2] == first]
    if len(first) == 2 and first[0] == "listener" and len(text.splitlines()) == 1 and same:
        lines[same[0]] = text
    elif is_block:
        lines += text.splitlines()
    else:
        for line in text.splitlines():
            key = line.split()[0]
            starts = [i for i, old in enumerate(lines) if old.split()[:1] == ["listener"]]
            here = [i for i in starts if listener and lines[i].split()[1:2] == [listener]]
            end = min((i for i in starts if here and i > here[0]), default=len(lines))
            span = range(here[0] if here else 0, end if here else len(lines))
            there = [i for i in span if lines[i].split()[:1] == [key] and key not in blocks]
            for i in there:
                lines[i] = line
            if not there:
                lines.insert(here[0] + 1 if here else len(lines), line)
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
    users, files, links, access = set(), {}, set(), {}
    for folder in (lab.folder, pathlib.Path("/etc/netns") / lab.server.name):
        for path in folder.rglob("*"):
            if not path.is_file() or path.parent.name.startswith("bin-"):
                continue
            if path.is_symlink():
                links.add(str(path))
                continue
            if path.suffix == ".conf":
                facts = path.stat()
                access[str(path)] = (facts.st_mode, facts.st_uid, facts.st_gid)
            data = path.read_bytes()
            files[str(path)] = data
            users |= {(str(path), line.split(b":")[0])
                      for line in data.splitlines() if re.match(rb"[^:#]+:\$[67]\$", line)}
    ports = listening(lab)
    return {"users": users, "files": files, "ports": ports, "links": links, "access": access,
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
    for name in before["links"] - after["links"]:
        if name in after["files"]:
            return f"puts a file in the place of the link {os.path.basename(name)}"
    for name, access in before["access"].items():
        if after["access"].get(name, access) != access:
            return f"gives {os.path.basename(name)} another owner or other permissions"
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


def login_of(question, case=None):
    """The user and the password that were asked about; a person's own, when none was."""
    if case and case.name in KNOWN_LOGIN:
        return KNOWN_LOGIN[case.name]
    words = list(question.words)
    if "--as-publisher" in words:  # "USER:FILE"
        user, _, file = str(words[words.index("--as-publisher") + 1]).partition(":")
        if os.path.exists(file):
            return user, pathlib.Path(file).read_text().splitlines()[0]
    user = str(words[words.index("-u") + 1]) if "-u" in words else PERSON
    password = str(words[words.index("-P") + 1]) if "-P" in words else ""
    return user, password or f"{user}-pw"


def without_login(words):
    """The words of a question, but for its user and password."""
    words = list(words)
    for option in ("-u", "-P"):
        if option in words:
            at = words.index(option)
            del words[at:at + 2]
    return words


def is_about_itself(question):
    """Whether a host asked about its own loopback address, so that it is the server as well."""
    return question.ask is cases.doctor and any(
        re.fullmatch(r"(\w+://)?(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/.*)?", str(word))
        for word in question.words[1:])


def carry_out(lab, finding, parts, question, case=None):
    """Does all that belongs to a cure. Returns what was done."""
    done = []
    client = question.words[0] if question.ask is cases.doctor else lab.phone
    user, password = login_of(question, case)
    for cure in parts:
        host = lab.server if cure["where"] == "server" and not is_about_itself(question) else client
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
            try:
                write_lines(machine, {**cure, "command": text}, listener_of(parts))
            except FileNotFoundError:
                raise NotRun("no such file in this stage") from None
            done.append(f"{cure['file']}: {text}")
            if cure is parts[-1]:
                machine.run("systemctl restart mosquitto")
            continue
        if re.search(r"\bufw\b", text) and not pathlib.Path("/etc/netns", host.name, "ufw").exists():
            raise NotRun("no ufw in this stage")
        is_by_service = re.search(r"\b(systemctl|service)\b[^;&]*\bmosquitto", text)
        if (is_by_service or re.search(r"\bmosquitto_passwd\b", text)) and "mosquitto" not in host.services:
            raise NotRun("no mosquitto in this stage")
        status, said = machine.run(text, password if cure.get("asks") else None)
        done.append(text)
        if "Cannot connect to the Docker daemon" in said:
            raise NotRun("no docker in this stage")
        if status == REFUSED or "not on a machine of the lab" in said:
            raise NotRun("an editor" if "sudoedit" in text else said.strip()[-80:])
        if status == 127 or "could not be found" in said:
            raise NotRun(said.strip()[-60:].split(": ", 1)[-1])
        # Facts that were written down tell of files and users that no machine of the lab has.
        if status != 0 and question.ask is cases.explain and "No such file or directory" in said:
            raise NotRun("no such file in this stage")
        if status != 0 and re.search(r"invalid (user|spec|group)", said):
            raise NotRun("no such user in this stage")
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
        words = without_login(question.words) if more and question.ask is cases.doctor else question.words
        answer = question.ask(*words, *(more if question.ask is cases.doctor else ()), **question.how)
        told[id(question)] = (question.answer.report, answer.report)
    return answer


def is_right(case, answer):
    """Whether what is named first is what was staged, so that its cure should help."""
    if isinstance(case, unmet.Unmet):
        return case.score(answer) == unmet.FIRST
    return answer.found == case.expected


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
        result = Outcome(case, NOT_RUN, why_none(finding), finding["id"],
                         printed=finding.get("cures", []))
        if not is_right(case, answer):
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
            result.done = carry_out(lab, finding, parts, questions[-1], case)
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
        words = list(questions[-1].words)
        has_password = "-P" in words and words[words.index("-P") + 1]
        is_new = finding["id"] == "auth-bad-credentials" and not has_password
        if finding["id"] in LOGIN_IN_THE_APP or is_new:
            user, password = login_of(questions[-1], case)
            more = ("-u", user, "-P", password)
        again = ask_again(questions, *more)
        if not more and again.found == "auth-anonymous-refused" and "mosquitto_passwd" in result.done:
            # The cure made a user, whose login the broker must take now.
            user, password = login_of(questions[-1], case)
            then = ask_again(questions, "-u", user, "-P", password)
            if then.report and then.report["healthy"]:
                result.what, result.why, result.then = NEXT_NAMED, "", again.found
                return result
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
    elif (report["healthy"] and result.cause not in warned) or result.then == "symptom-unexplained":
        # Nothing that was found explains the symptom any more.
        result.what, result.why = HEALED, ""
    elif result.then == result.cause:
        result.what, result.why = NO_CHANGE, "the same cause is named"
    elif result.then in (NEXT.get(result.case.name), NEXT_BY_CAUSE.get(result.cause)):
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
