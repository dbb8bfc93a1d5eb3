"""mqtt-doctor mend from end to end: shows, does, asks again, and takes back byte for byte.

Each case stages a fault and lets mend cure it. The way back must lead to the very same files and
rules, and so to the cause that the doctor named at first.
"""
import os
import pathlib
import shlex
import signal
import struct
import sys

from . import cases, certificates, cures
from .cases import case, doctor
from .net import SERVER
from .services import etc, mosquitto, password_file
from .stage_host import log, start_as_a_service, tls_files, ufw
from .stage_way import needs

AT = f"{SERVER}:1883"
LOGIN = ("-u", "alice", "-P", "alice-pw", AT)
DIALOGUE = pathlib.Path(__file__).with_name("dialogue.py")


def mending(expected):
    return case(expected, layer="mend", slowest=30)


class Mender:
    """mqtt-doctor mend on the server, with stand-ins for what a namespace lacks."""

    def __init__(self, lab, *words):
        self.lab, self.words = lab, words
        self.journal = lab.file("journal")
        self.first = doctor(lab.server, *words)
        # Its stand-ins are made for what the case has staged up to now.
        self.machine = cures.Machine(lab.server)
        self.before = self.state()

    def state(self):
        """Files with owner and permissions, and the rules of the firewall."""
        files = {}
        for folder in (self.lab.folder, pathlib.Path("/etc/netns") / self.lab.server.name):
            for path in folder.rglob("*"):
                is_ours = "bin-" in str(path) or str(path).startswith(self.journal)
                if is_ours or not path.is_file() or path.name.startswith("log") \
                        or path.suffix == ".log":
                    continue
                facts = path.lstat()
                names = os.listxattr(path, follow_symlinks=False)
                attributes = {name: os.getxattr(path, name, follow_symlinks=False) for name in names}
                files[str(path)] = (path.read_bytes(), facts.st_mode, facts.st_uid, facts.st_gid,
                                    path.is_symlink(), attributes)
        return files, self.lab.server.run("nft", "-s", "list", "ruleset")

    def run(self, *options, typed=()):
        """Its exit status and what it printed."""
        words = [os.path.abspath(cases.DOCTOR), "mend", "--journal", self.journal, *options,
                 *([] if "--undo" in options else self.words)]
        if typed:
            words = [sys.executable, DIALOGUE, *typed, "--", *words]
        code, said = self.machine.run("LANG=C.UTF-8 " + shlex.join(map(str, words)))
        return code, said.replace("\r\n", "\n")

    def must(self, *options, typed=(), says=(), status=None):
        code, said = self.run(*options, typed=typed)
        for words in says:
            if words not in said:
                raise AssertionError(f"{options}: {words!r} is not said:\n{said}")
        if status is not None and code != status:
            raise AssertionError(f"{options}: status {code}:\n{said}")
        return said

    def must_be_as_before(self, what):
        files, rules = self.state()
        for name in {*files, *self.before[0]}:
            if files.get(name) != self.before[0].get(name):
                raise AssertionError(f"{what}: {name} is not what it was: "
                                     f"{self.before[0].get(name)} -> {files.get(name)}")
        if rules != self.before[1]:
            raise AssertionError(f"{what}: other rules:\n{self.before[1]}\n->\n{rules}")

    def show(self, *says):
        self.must("--dry-run", says=says)
        self.must_be_as_before("--dry-run")

    def mend(self, then="healthy", typed=(), says=(), again=None):
        self.must(*(() if typed else ("--yes",)), typed=typed, says=says)
        answer = doctor(self.lab.server, *(again or self.words))
        if answer.found != then:
            raise AssertionError(f"afterwards: {answer.found}, not {then}")

    def undo(self):
        """The way back; the doctor's answer is the first one again."""
        self.must("--undo", "--yes", says=["All is as it was before."], status=0)
        self.must_be_as_before("--undo")
        return doctor(self.lab.server, *self.words)


@mending("tcp-refused-loopback-listener")
def mend_opens_a_listener(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", f"password_file {password_file(lab)}",
              listener=None)
    mender = Mender(lab, *LOGIN)
    mender.show("-listener 1883 127.0.0.1\n+listener 1883\n", "mosquitto -d -c")
    mender.mend(says=["Mended: nothing is wrong from here any more."])
    return mender.undo()


@mending("tcp-refused-loopback-listener")
def mend_leaves_an_open_broker_closed(lab):
    """Nobody is asked for a password there: --yes is no answer to that."""
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    mender = Mender(lab, AT)
    mender.must("--yes", says=["--yes does not cover that"])
    mender.must_be_as_before("--yes")
    mender.must(typed=["[y/N]=y", "all the same:=no"], says=["Nothing was changed."])
    mender.must_be_as_before("a no")
    mender.mend(typed=["[y/N]=y", "all the same:=open"])
    return mender.undo()


@mending("tcp-refused-loopback-listener")
def mend_edits_the_included_file(lab):
    """Behind a link as well: the file is edited, and the link stays."""
    etc(lab, "mosquitto/shared/lan.conf", "# for the house\nlistener 1883 127.0.0.1\n")
    folder = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto"
    (folder / "conf.d").mkdir()
    (folder / "conf.d/lan.conf").symlink_to("/etc/mosquitto/shared/lan.conf")
    etc(lab, "mosquitto/mosquitto.conf",
        f"user root\npassword_file {password_file(lab)}\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    mender = Mender(lab, *LOGIN)
    mender.show("+++ /etc/mosquitto/shared/lan.conf", "is a link")
    mender.mend()
    if not (folder / "conf.d/lan.conf").is_symlink():
        raise AssertionError("the link is gone")
    return mender.undo()


def access_list(*entries):
    """system.posix_acl_access: (kind, permissions, user) of each entry."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@mending("mqtt-closed-after-connect")
def mend_edits_the_file_that_is_in_force(lab):
    """The main file says it as well, and the last one read decides. What stands beside the text
    (owner, permissions, access list, attributes) stays; folder and files are links."""
    real = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/shared"
    etc(lab, "mosquitto/shared/a.conf", "max_packet_size 20000\n")
    etc(lab, "mosquitto/shared/b.conf", "# small machines\nmax_packet_size 30\n# end", mode=0o640,
        owner="mosquitto")
    nobody, everybody = 0xffffffff, 65534
    os.setxattr(real / "b.conf", "system.posix_acl_access", access_list(
        (0x01, 6, nobody), (0x02, 4, everybody), (0x04, 4, nobody), (0x10, 4, nobody), (0x20, 0, nobody)))
    os.setxattr(real / "b.conf", "user.note", b"mine")
    # What is new in the folder would have this list.
    os.setxattr(real, "system.posix_acl_default", access_list(
        (0x01, 7, nobody), (0x02, 7, everybody), (0x04, 5, nobody), (0x10, 7, nobody), (0x20, 5, nobody)))
    (real.parent / "conf.d").symlink_to("shared")
    etc(lab, "mosquitto/mosquitto.conf",
        f"user root\nmax_packet_size 1000\nlistener 1883\npassword_file {password_file(lab)}\n"
        "include_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    mender = Mender(lab, "-t", "house/ground/lamp", "--publish", *LOGIN)
    mender.show("+++ /etc/mosquitto/shared/b.conf", "-max_packet_size 30")
    before = mender.state()[0]
    mender.mend()
    after = mender.state()[0]
    for name in before:
        if before[name][1:] != after[name][1:] or (before[name][0] != after[name][0]
                                                   and not name.endswith("b.conf")):
            raise AssertionError(f"{name}: {before[name]} -> {after[name]}")
    return mender.undo()


@mending("tcp-refused-not-running")
def mend_starts_a_broker_beside_the_one_that_runs(lab):
    etc(lab, "mosquitto/conf.d/README", "")
    etc(lab, "mosquitto/mosquitto.conf", "user root\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.start("mosquitto", "-p", "1884", ready=1884)
    mender = Mender(lab, AT)
    mender.must(*("-u", "carol"), typed=["[y/N]=y", "Password:=carol-pw", "password:=carol-pw"],
                says=["mosquitto_passwd asks", "service mosquitto start"])
    answer = doctor(lab.server, "-u", "carol", "-P", "carol-pw", AT)
    if answer.found != "healthy":
        raise AssertionError(f"afterwards: {answer.found}")
    if not cures.listening(lab) >= {1883, 1884}:
        raise AssertionError("the one that ran is gone")
    return mender.undo()


@mending("tcp-refused-loopback-listener")
def mend_makes_a_user(lab):
    """As the package installs it; somebody types the password."""
    etc(lab, "mosquitto/mosquitto.conf",
        f"user root\npersistence false\nlog_dest file {log(lab)}\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    mender = Mender(lab, AT)
    said = mender.must(typed=["[y/N]=y", "Password:=carol-pw", "password:=carol-pw"], says=[
        "+listener 1883\n+allow_anonymous false", "mosquitto_passwd asks"], *("-u", "carol"))
    if "carol-pw" in said:
        raise AssertionError("the password is on the screen")
    answer = doctor(lab.server, "-u", "carol", "-P", "carol-pw", AT)
    if answer.found != "healthy":
        raise AssertionError(f"afterwards: {answer.found}")
    return mender.undo()


@mending("tcp-refused-loopback-listener")
def mend_needs_no_target(lab):
    """Just "mqtt-doctor mend": nothing is wrong for this machine, and nobody else gets in."""
    mosquitto(lab.server, "listener 1883 127.0.0.1", f"password_file {password_file(lab)}",
              listener=None)
    mender = Mender(lab, "-u", "alice", "-P", "alice-pw", "localhost")
    mender.words = mender.words[:-1]
    mender.show("+listener 1883\n")
    mender.must("--yes", says=["Mended"], status=0)
    answer = doctor(lab.server, *LOGIN)
    if answer.found != "healthy":
        raise AssertionError(f"afterwards: {answer.found}")
    mender.words += ("localhost",)
    return mender.undo()


@mending("tcp-refused-loopback-listener")
def mend_takes_a_bind_address_away(lab):
    mosquitto(lab.server, "bind_address 127.0.0.1", f"password_file {password_file(lab)}",
              listener=None)
    mender = Mender(lab, *LOGIN)
    mender.mend()
    return mender.undo()


@mending("host-config-error")
def mend_takes_a_mark_away(lab):
    start_as_a_service(lab, f"\ufeffuser root\nlistener 1883\npassword_file {password_file(lab)}\n"
                       ).wait(timeout=10)
    mender = Mender(lab, *LOGIN)
    mender.show("+user root")
    mender.mend()
    return mender.undo()


@mending("host-config-not-used")
def mend_gives_a_file_its_name(lab):
    etc(lab, "mosquitto/conf.d/remote.conf.bak", "listener 1883\n")
    etc(lab, "mosquitto/mosquitto.conf",
        f"user root\npassword_file {password_file(lab)}\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    mender = Mender(lab, *LOGIN)
    mender.show("mv -n /etc/mosquitto/conf.d/remote.conf.bak /etc/mosquitto/conf.d/remote.conf")
    mender.mend()
    return mender.undo()


@mending("host-file-permission")
def mend_gives_the_key_to_the_broker(lab):
    good = certificates.get("good")
    start_as_a_service(lab, tls_files(lab, good.certificate, good.key, 0o600)).wait(timeout=10)
    mender = Mender(lab, "--cafile", certificates.ca(), f"mqtts://{SERVER}:8883")
    mender.show("chown mosquitto: /etc/mosquitto/server.key")
    mender.mend()
    return mender.undo()


@mending("mqtt-max-connections")
def mend_lifts_the_limit(lab):
    file = pathlib.Path(log(lab))
    mosquitto(lab.server, "max_connections 1", f"password_file {password_file(lab)}",
              f"log_dest file {file}")
    lab.server.start("mosquitto_sub", "-u", "alice", "-P", "alice-pw", "-t", "lab/#")
    cures.wait_until(lambda: "SUBACK" in file.read_text())
    mender = Mender(lab, *LOGIN)
    mender.show("-max_connections 1\n+max_connections -1\n")
    mender.mend()
    mender.undo()
    # The restart has ended the connection that filled it; mosquitto 2.0.11 counts a connection that
    # ended twice, so that as many more are let in as the mender had made since.
    size = len(file.read_text())
    for _ in range(8):
        lab.server.start("mosquitto_sub", "-u", "alice", "-P", "alice-pw", "-t", "lab/#")
    cures.wait_until(lambda: "max_connections exceeded" in file.read_text()[size:])
    return doctor(lab.server, *LOGIN)


@mending("auth-acl-publish-swallowed")
def mend_corrects_a_name_in_the_access_list(lab):
    acl = lab.file("acl", "user Alice\ntopic readwrite house/#\n")
    mosquitto(lab.server, f"acl_file {acl}", f"password_file {password_file(lab)}",
              f"log_dest file {log(lab)}")
    mender = Mender(lab, "-t", "house/lamp", "--publish", *LOGIN)
    mender.mend()
    return mender.undo()


@mending("auth-password-file-not-hashed")
def mend_hashes_passwords(lab):
    mosquitto(lab.server, f"password_file {lab.file('plain', 'alice:alice-pw' + chr(10))}")
    mender = Mender(lab, *LOGIN)
    if "alice-pw" in mender.must("--dry-run") + mender.must("--yes"):
        raise AssertionError("a password is on the screen")
    answer = doctor(lab.server, *LOGIN)
    if answer.found != "healthy":
        raise AssertionError(f"afterwards: {answer.found}")
    return mender.undo()


@mending("auth-bad-credentials")
def mend_sets_a_password(lab):
    """The app's own password is looked at first; then it is set on the server."""
    mosquitto(lab.server, f"password_file {password_file(lab, password='other')}")
    mender = Mender(lab, *LOGIN)
    mender.must("--yes", says=["there is none"])
    mender.must_be_as_before("without a terminal")
    mender.mend(typed=["[y/N]=y", "Password:=alice-pw", "password:=alice-pw"])
    return mender.undo()


@mending("auth-bad-credentials")
def mend_is_interrupted(lab):
    """^C while the password is asked for: all is put back."""
    mosquitto(lab.server, f"password_file {password_file(lab, password='other')}")
    mender = Mender(lab, *LOGIN)
    mender.must(typed=["[y/N]=y", "Password:=^C"], says=["all was put back as it was"], status=1)
    mender.must_be_as_before("^C")
    mender.must("--undo", "--yes", says=["there is nothing to undo"], status=1)
    return doctor(lab.server, *LOGIN)


def zones_of_firewalld(lab):
    """Its tables, with ssh alone in the zone."""
    lab.server.run("nft", "-f", "-", input="""table inet firewalld {
  chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept
    iifname "lo" accept
    jump filter_INPUT_ZONES
    reject with icmpx type admin-prohibited
  }
  chain filter_INPUT_ZONES {
    goto filter_IN_public
  }
  chain filter_IN_public {
    tcp dport 22 ct state { new, untracked } accept
  }
}
""")


@mending("tcp-timeout-host-firewall")
def mend_lets_the_port_in(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    lab.server.nft("in iif lo accept", "in tcp dport 22 accept", "in drop")
    mender = Mender(lab, *LOGIN)
    mender.show("nft insert rule inet f in tcp dport 1883 accept")
    mender.mend()
    return mender.undo()


@mending("tcp-timeout-host-firewall")
def mend_lets_the_port_in_by_iptables(lab):
    needs("iptables")
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    for rule in ("-A INPUT -i lo -j ACCEPT", "-A INPUT -p tcp --dport 22 -j ACCEPT",
                 "-P INPUT DROP"):
        lab.server.run("iptables", *rule.split())
    mender = Mender(lab, *LOGIN)
    mender.show("iptables -I INPUT -p tcp --dport 1883 -j ACCEPT")
    mender.mend()
    return mender.undo()


@mending("tcp-timeout-host-firewall")
def mend_lets_the_port_in_by_ufw(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    ufw(lab, "allow 22/tcp", "reload")  # the reload makes some of its chains anew
    mender = Mender(lab, *LOGIN)
    mender.show("ufw allow 1883/tcp")
    mender.mend()
    return mender.undo()


@mending("tcp-unreachable-admin-prohibited")
def mend_lets_the_port_in_by_firewalld(lab):
    """With a stand-in for firewall-cmd: the rule it adds is real."""
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    zones_of_firewalld(lab)
    mender = Mender(lab, *LOGIN)
    mender.show("firewall-cmd --permanent --add-port=1883/tcp")
    mender.mend()
    return mender.undo()


@mending("mqtt-broker-hung")
def mend_wakes_a_stopped_broker(lab):
    process = mosquitto(lab.server, f"password_file {password_file(lab)}")
    os.kill(process.pid, signal.SIGSTOP)
    mender = Mender(lab, *LOGIN)
    mender.show(f"kill -CONT {process.pid}")
    mender.mend()
    os.kill(process.pid, signal.SIGSTOP)
    return doctor(lab.server, *LOGIN)


@mending("tcp-refused-loopback-listener")
def mend_does_not_undo_over_other_work(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", f"password_file {password_file(lab)}",
              listener=None)
    mender = Mender(lab, *LOGIN)
    mender.mend()
    file = pathlib.Path(lab.file("mosquitto.conf"))
    mended = file.read_text()
    file.write_text(mended + "# mine\n")
    mender.must("--undo", "--yes", says=["was changed since"], status=1)
    if not file.read_text().endswith("# mine\n"):
        raise AssertionError("the work of others is gone")
    file.write_text(mended)
    return mender.undo()
