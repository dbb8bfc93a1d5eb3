"""Three hosts of one's own: a phone, a router and a server, as network namespaces.

    phone 10.77.1.2/24, fd77:1::2 --veth-- router .1 --veth-- server 10.77.2.2/24, fd77:2::2

Nothing of the machine outside is touched but namespaces and /etc/netns folders of our own, and both
go away with the object, whatever happens.
"""
import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

_numbers = itertools.count(1)

PHONE, ROUTER_PHONE = "10.77.1.2", "10.77.1.1"
SERVER, ROUTER_SERVER = "10.77.2.2", "10.77.2.1"
SERVER6 = "fd77:2::2"


def sh(*command, check=True, **options):
    """Runs a command to its end; raises with its words when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          **{"timeout": 30, **options})
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout


def missing():
    """Why this machine cannot be a lab; None when it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in ("ip", "nft", "mosquitto", "openssl"):
        if not shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return f"{tool} is not installed"
    name = f"mdt{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if tried.returncode != 0:
        return f"namespaces are not allowed here: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return None


class Host:
    """One namespace."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        sh("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")
        # Without waiting for doubles: until that is done nobody can be found by IPv6.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(word) for word in words]]

    def run(self, *words, check=True, **options):
        return sh(*self.command(*words), check=check, **options)

    def start(self, *words, ready=None, **options):
        """A process that lives until the lab ends. `ready`: a port it is to listen on."""
        log = open(self.lab.file(f"log{next(_numbers)}"), "wb")
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(self.command(*words), stdout=log, stderr=log,
                                   start_new_session=True, **options)
        process.log = log.name
        self.lab.processes.append(process)
        if ready is not None:
            self.wait_for_port(ready, process)
        return process

    def wait_for_port(self, port, process=None, limit=15):
        hexadecimal = f":{port:04X}"
        end = time.monotonic() + limit
        while time.monotonic() < end:
            table = self.run("cat", "/proc/net/tcp", "/proc/net/tcp6")
            for line in table.splitlines():
                words = line.split()
                if len(words) > 3 and words[1].endswith(hexadecimal) and words[3] == "0A":
                    return
            if process is not None and process.poll() is not None:
                break
            time.sleep(0.02)
        words = pathlib.Path(process.log).read_text(errors="replace") if process else ""
        raise RuntimeError(f"nobody listens on {port}: {words}")

    def file(self, name, text):
        """A file only this host sees in /etc, while `ip netns exec` runs there."""
        folder = pathlib.Path("/etc/netns") / self.name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(text)
        return path

    def nat(self, rule):
        """A destination NAT rule."""
        self.run("nft", "-f", "-", input=(
            "add table ip n\nadd chain ip n pre { type nat hook prerouting priority -100; }\n"
            f"add rule ip n pre {rule}\n"))

    def nft(self, *rules):
        """Rules for a table `ip f` with chains `in` (input), `out` (output) and `fw` (forward)."""
        text = ["table inet f {",
                " chain in { type filter hook input priority 0; }",
                " chain out { type filter hook output priority 0; }",
                " chain fw { type filter hook forward priority 0; }",
                "}"]
        text += [f"add rule inet f {rule}" for rule in rules]
        self.run("nft", "-f", "-", input="\n".join(text) + "\n")


class Lab:
    """The three hosts, their processes and a folder. Use it with `with`."""

    def __init__(self):
        self.processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mqtt-lab-"))
        os.chmod(self.folder, 0o755)
        self.hosts = []
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self):
        number = next(_numbers)
        stem = f"md{os.getpid()}x{number}"
        self.phone, self.router, self.server = (self._host(f"{stem}{role}") for role in "prs")
        sh("ip", "link", "add", "e0", "netns", self.phone.name, "type", "veth", "peer", "name", "r0",
           "netns", self.router.name)
        sh("ip", "link", "add", "e0", "netns", self.server.name, "type", "veth", "peer", "name",
           "r1", "netns", self.router.name)
        for host, link, v4, v6 in ((self.phone, "e0", PHONE, "fd77:1::2"),
                                   (self.router, "r0", ROUTER_PHONE, "fd77:1::1"),
                                   (self.router, "r1", ROUTER_SERVER, "fd77:2::1"),
                                   (self.server, "e0", SERVER, SERVER6)):
            host.run("ip", "-batch", "-", input=(
                f"address add {v4}/24 dev {link}\n"
                f"address add {v6}/64 dev {link} nodad\n"
                f"link set {link} up\n"))
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for host, v4, v6 in ((self.phone, ROUTER_PHONE, "fd77:1::1"),
                             (self.server, ROUTER_SERVER, "fd77:2::1")):
            host.run("ip", "route", "add", "default", "via", v4)
            host.run("ip", "-6", "route", "add", "default", "via", v6)

    def _host(self, name):
        host = Host(self, name)
        self.hosts.append(host)
        host.file("resolv.conf", f"nameserver {ROUTER_PHONE}\n")
        host.file("hosts", "127.0.0.1 localhost\n::1 localhost\n")
        return host

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def file(self, name, text=None):
        path = self.folder / name
        if text is not None:
            path.write_text(text)
            os.chmod(path, 0o644)
        return str(path)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                try:
                    os.killpg(process.pid, signal.SIGCONT)
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
        for host in self.hosts:
            # What a daemon left behind in there would keep the namespace alive.
            for pid in sh("ip", "netns", "pids", host.name, check=False).split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            sh("ip", "netns", "del", host.name, check=False)
            shutil.rmtree(pathlib.Path("/etc/netns") / host.name, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
