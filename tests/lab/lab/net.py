"""Three hosts of one's own: a phone, a router and a server, as network namespaces.

    phone 10.77.1.2/24, fd77:1::2 --veth-- router .1 --veth-- server 10.77.2.2/24, fd77:2::2

Nothing of the machine outside is touched but namespaces and /etc/netns folders of our own, and both
go away with the object, whatever happens.
"""
import contextlib
import ctypes
import functools
import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

_numbers = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000

PHONE, ROUTER_PHONE = "10.77.1.2", "10.77.1.1"
SERVER, ROUTER_SERVER = "10.77.2.2", "10.77.2.1"
SERVER6, ROUTER_SERVER6 = "fd77:2::2", "fd77:2::1"


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


@contextlib.contextmanager
def _away(leave, *arguments):
    """This thread in another network, into which `leave` brings it: no process is started for that."""
    with open("/proc/thread-self/ns/net") as home:
        if leave(*arguments) != 0:
            raise OSError(ctypes.get_errno(), leave.__name__)
        try:
            yield
        finally:
            _libc.setns(home.fileno(), _CLONE_NEWNET)


@contextlib.contextmanager
def _inside(path):
    """This thread in the network of the namespace of that file."""
    with open(path) as there, _away(_libc.setns, there.fileno(), _CLONE_NEWNET):
        yield


@functools.cache
def _cradle():
    """The network in which the hosts are made; it has no name and goes with this process.

    Who reads /proc/net/tcp goes through the whole table of connections, which a machine has for all
    its networks: a quarter of a million rows, a quarter of the time that the lab took. Those that
    are made in here have small ones of their own.
    """
    with _away(_libc.unshare, _CLONE_NEWNET):
        with contextlib.suppress(FileNotFoundError):  # before Linux 6.1
            pathlib.Path("/proc/sys/net/ipv4/tcp_child_ehash_entries").write_text("1024")
        return open("/proc/thread-self/ns/net")


def sweep():
    """Takes away namespaces of ours that were busy when their lab ended."""
    for name in os.listdir("/run/netns"):
        if name.startswith(f"md{os.getpid()}x"):
            sh("ip", "netns", "del", name, check=False)


class Host:
    """One namespace."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.services = {}  # the services for systemctl: name -> how it was started

    def set(self, **settings):
        """Writes below /proc/sys/net; two underscores stand for a slash."""
        with _inside(f"/run/netns/{self.name}"):
            for key, value in settings.items():
                pathlib.Path("/proc/sys/net", key.replace("__", "/")).write_text(str(value))

    def read(self, *names):
        """Files below /proc/net, one after the other."""
        with _inside(f"/run/netns/{self.name}"):
            return "".join(pathlib.Path("/proc/thread-self/net", name).read_text() for name in names)

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

    def serve(self, name, *words, env=None, **options):
        """A process that systemctl restarts under this name; see standin.py."""
        process = self.start(*words, **options, **({"env": env} if env else {}))
        self.services[name] = {"argv": [str(word) for word in words], "env": env or {},
                               "pid": process.pid}
        return process

    def wait_for_port(self, port, process=None, limit=15):
        hexadecimal = f":{port:04X}"
        end = time.monotonic() + limit
        while time.monotonic() < end:
            for line in self.read("tcp", "tcp6").splitlines():
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
        names = [host.name for host in self.hosts]
        phone, router, server = names
        with _inside(f"/proc/self/fd/{_cradle().fileno()}"):
            sh("ip", "-batch", "-", input="".join(f"netns add {name}\n" for name in names))
        for host in self.hosts:
            # Before there is a link. Without waiting for doubles: until that is done nobody can be found by IPv6.
            host.set(ipv6__conf__all__accept_dad=0, ipv6__conf__default__accept_dad=0)
        sh("ip", "-batch", "-", input=(
            f"link add e0 netns {phone} type veth peer name r0 netns {router}\n"
            f"link add e0 netns {server} type veth peer name r1 netns {router}\n"))
        self.router.set(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        for host, ends, gateways in (
                (self.phone, [("e0", PHONE, "fd77:1::2")], [ROUTER_PHONE, "fd77:1::1"]),
                (self.router, [("r0", ROUTER_PHONE, "fd77:1::1"), ("r1", ROUTER_SERVER, "fd77:2::1")],
                 []),
                (self.server, [("e0", SERVER, SERVER6)], [ROUTER_SERVER, "fd77:2::1"])):
            lines = ["link set lo up"]
            for link, v4, v6 in ends:
                lines += [f"address add {v4}/24 dev {link}", f"address add {v6}/64 dev {link} nodad",
                          f"link set {link} up"]
            lines += [f"route add default via {gateway}" for gateway in gateways]
            sh("ip", "-n", host.name, "-batch", "-", input="\n".join(lines) + "\n")

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
        # A daemon left behind in a namespace would keep it alive.
        for pid in self._left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        sh("ip", "-force", "-batch", "-", check=False,
           input="".join(f"netns del {host.name}\n" for host in self.hosts))
        for host in self.hosts:
            shutil.rmtree(pathlib.Path("/etc/netns") / host.name, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _left_behind(self):
        ours = set()
        for host in self.hosts:
            with contextlib.suppress(OSError):
                ours.add(os.stat(f"/run/netns/{host.name}").st_ino)
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if entry.isdigit() and os.stat(f"/proc/{entry}/ns/net").st_ino in ours:
                    yield int(entry)
