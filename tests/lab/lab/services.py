"""What runs on the lab's hosts: brokers, name servers, proxies, and scripted servers."""
import os
import pathlib
import shutil
import sys
import time

from . import certificates
from .net import ROUTER_PHONE, sh

PORT = 1883
TLS_PORT = 8883


def mosquitto(host, *lines, ready=PORT, listener=PORT, name="mosquitto.conf", user="root", env=None):
    """mosquitto with these lines after a listener on all addresses; None: no listener line."""
    text = [f"user {user}", "log_dest stderr", "log_type all", "persistence false"]
    if listener is not None:
        text += [f"listener {listener}"]
    text += [line for line in lines]
    if not any("allow_anonymous" in line or "password_file" in line or "plugin" in line
               for line in lines):
        text.insert(4, "allow_anonymous true")
    path = host.lab.file(name, "\n".join(text) + "\n")
    return host.serve("mosquitto", "mosquitto", "-c", path, ready=ready,
                      env={**os.environ, **env} if env else None)


def websocket_broker(host, *lines, port=9001):
    """mosquitto with a WebSocket listener, and the plain one without which it does not start."""
    return mosquitto(host, f"listener {port}", "protocol websockets", *lines, ready=port)


def newest_tls(lab, version):
    """An environment in which OpenSSL speaks nothing newer than this, as an old machine does."""
    return {"OPENSSL_CONF": lab.file(f"openssl-{version}.cnf", f"""openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MaxProtocol = {version}
""")}


def password_file(lab, user="alice", password="alice-pw"):
    path = lab.file("passwd", f"{user}:{password}\n")
    sh("mosquitto_passwd", "-U", path)
    os.chmod(path, 0o644)
    return path


def etc(lab, name, text, mode=0o644, owner=None):
    """A file in the server's own /etc, whose folder there holds nothing else then."""
    path = pathlib.Path("/etc/netns") / lab.server.name / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)
    if owner:
        shutil.chown(path, owner, owner)
    return path


def dnsmasq(host, *lines, address=ROUTER_PHONE, rest="address=/net/"):
    """A name server for names under .test; others do not exist, or are refused."""
    text = ["no-daemon", "no-resolv", "no-hosts", "no-dhcp-interface=*", f"listen-address={address}",
            "bind-interfaces", "user=root", "group=root", "local=/test/", rest, *lines]
    path = host.lab.file("dnsmasq.conf", "\n".join(text) + "\n")
    process = host.start("dnsmasq", "-C", path, "--pid-file=")
    end = time.monotonic() + 5
    while time.monotonic() < end and ":0035" not in host.read("udp"):
        time.sleep(0.02)
    return process


def scripted(host, port, *words, ready=None):
    """The scripted server of server.py; `words` say what it does."""
    script = pathlib.Path(__file__).with_name("server.py")
    return host.start(sys.executable, script, port, *words, ready=port if ready is None else ready)


def nginx(host, text, ready, main=""):
    """nginx with this inside http {} (or, with main, on the top level)."""
    lab = host.lab
    modules = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    load = f"load_module {modules};" if "stream" in main and modules.exists() else ""
    folder = lab.file("nginx")
    os.makedirs(folder, exist_ok=True)
    path = lab.file("nginx.conf", f"""{load}
user root; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
{main}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
 fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{text}
}}
""")
    return host.serve("nginx", "nginx", "-c", path, "-e", f"{folder}/error.log", ready=ready)


def haproxy(host, text, ready):
    path = host.lab.file("haproxy.cfg", f"""global
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
{text}
""")
    return host.serve("haproxy", "haproxy", "-db", "-f", path, ready=ready)


def stunnel(host, text, ready):
    path = host.lab.file("stunnel.conf", f"foreground = yes\npid =\nsyslog = no\n{text}\n")
    return host.serve("stunnel4", "stunnel4", path, ready=ready)


def tls_lines(name="good", port=TLS_PORT, *more):
    """A TLS listener that shows the certificate of that name, or that certificate."""
    certificate = certificates.get(name) if isinstance(name, str) else name
    return [f"listener {port}", f"certfile {certificate.chain}", f"keyfile {certificate.key}", *more]


def has(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None
