"""A phone's browser at the page of `mqtt-doctor phone`: Chromium on the phone, the doctor on the
server, and what goes wrong in between. Run by ./dev lab phone; see `run`."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from .browser import Browser
from .cases import DOCTOR, Answer, _explain, case, environment, named_first
from .certificates import ca
from .net import PHONE, SERVER, SERVER6
from .services import (dnsmasq, mosquitto, password_file, scripted, tls_lines, websocket_broker)
from .stage_websocket import UPGRADE, to_broker, website

PAGE_PORT = 8080
PUBLIC = "9.9.9.53"  # the server's address on what the lab takes for the Internet
GLANCE, PERSON = 2.0, 6.0  # seconds a person looks at an error, and waits for a page
SLOWEST = 30.0
SETTLED = "document.querySelector('#steps .mark') !== null && !document.querySelector('#steps .run')"
ANSWERED = "document.getElementById('verdict').className !== 'wait'"
CHINESE = re.compile("[\u4e00-\u9fff]")


def phone(expected, name="", alike=()):
    return case(expected, name, layer="phone", slowest=SLOWEST, alike=alike)


class Doctor:
    """`mqtt-doctor phone` on the server, until it is told to end."""

    def __init__(self, lab, *words, prefix=(), page_port=PAGE_PORT):
        self.page_port = page_port
        self.begin = time.monotonic()
        self.out, self.err = lab.file("phone.out", ""), lab.file("phone.err", "")
        self.process = subprocess.Popen(
            lab.server.command(*prefix, os.path.abspath(DOCTOR), "phone", "--page-port", page_port,
                               "--for", "60s", "--json", *words),
            stdin=subprocess.DEVNULL, stdout=open(self.out, "wb"), stderr=open(self.err, "wb"),
            start_new_session=True, env=environment())
        lab.processes.append(self.process)

    def said(self):
        return pathlib.Path(self.out).read_text() + pathlib.Path(self.err).read_text()

    def urls(self):
        """Of the broker's own port, where packets are looked for, and of the page."""
        end = time.monotonic() + 15
        while time.monotonic() < end and self.process.poll() is None:
            found = re.findall(r'http://[^\s"]+', self.said())
            pages = [url for url in found if re.search(rf":{self.page_port}/\w{{16}}$", url)]
            if pages:
                return found[0], pages[0]
            time.sleep(0.05)
        raise RuntimeError("no page is offered: " + self.said()[-500:])

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(15)
        seconds = time.monotonic() - self.begin
        text = pathlib.Path(self.out).read_text()
        try:
            report = json.loads(text)
        except ValueError:
            return Answer("no report", seconds, code, {}, self.said())
        found = named_first(report, 0 if report.get("healthy") else code)
        # The facts in the file must give the same answer later and elsewhere.
        later = _explain(self.out)
        if not later.report or named_first(later.report, later.code) != found:
            found += " (and otherwise when explained)"
        return Answer(found, seconds, code, report, pathlib.Path(self.err).read_text())


def scan(lab, target=SERVER, *words, language="en-US", login=None, ca_file=None, prefix=(),
         through="", act=None, page_port=PAGE_PORT):
    """What a person does: starts the doctor, scans the first code and then the second, types what the
    page asks for.

    `login`: user name, password and topic; `ca_file`: an authority the phone trusts; `through`: where
    the page is had in place of the doctor's own port; `act`: what is done on the page at the end."""
    doctor = Doctor(lab, target, *words, prefix=prefix, page_port=page_port)
    first, page = doctor.urls()
    wrong, is_good = [], None
    with Browser(lab.phone, language, ca_file=ca_file) as browser:
        browser.visit(first, GLANCE)
        if through:
            page = through + page[page.rindex("/"):]
        if browser.visit(page, PERSON):
            browser.until(SETTLED, 25)
            if login:
                for element, text in zip(("username", "password", "topic"), login):
                    browser.type(element, text)
                browser.press("try")
                time.sleep(0.2)
                browser.until(SETTLED, 25)
                time.sleep(2)  # the verdict on the facts of before is taken back
            if act:
                act(browser)
                browser.until(SETTLED, 25)
                time.sleep(2)
            browser.until(ANSWERED, 10)
            wrong = mistakes(browser, language)
            is_good = browser.evaluate("document.getElementById('verdict').className") == "good"
    answer = doctor.end()
    if is_good is not None and answer.report and is_good != answer.report.get("healthy"):
        wrong.append("page and terminal do not agree")
    if login and login[1] and login[1] in pathlib.Path(doctor.out).read_text():
        wrong.append("the password is in the report")
    if wrong:
        answer.found += f" ({'; '.join(wrong)})"
    return answer


def mistakes(browser, language):
    """What is wrong with the page itself."""
    wrong = browser.complaints()
    headline = browser.evaluate("document.getElementById('headline').textContent")
    # The English page names some settings in Chinese as well, for the search in a console.
    if (4 * len(CHINESE.findall(headline)) > len(headline)) != language.startswith("zh"):
        wrong.append(f"a headline in another language: {headline}")
    if browser.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("the page is wider than the phone")
    if re.search(r"undefined|NaN|\{\w+\}|\[object", browser.text()):
        wrong.append("a value is missing")
    return wrong


def both(lab, *lines):
    """A broker for apps on 1883 and for pages on 9001."""
    return websocket_broker(lab.server, *lines)


def known_by_name(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    lab.server.file("hosts", f"127.0.0.1 localhost\n{SERVER} broker.test\n")


# Files by which a machine tells that a cloud provider runs it.
PROVIDER = ("sh", "-c", "mount -t tmpfs none /sys/class && mkdir -p /sys/class/dmi/id && "
            "echo Alibaba Cloud > /sys/class/dmi/id/sys_vendor && exec \"$@\"", "sh")


def cloud(lab, *rules):
    """A public address that is led to the server, in front of which are these rules."""
    lab.router.run("ip", "addr", "add", f"{PUBLIC}/32", "dev", "lo")
    lab.router.run("nft", "-f", "-", input=f"""add table ip n
add chain ip n pre {{ type nat hook prerouting priority -100; }}
add rule ip n pre ip daddr {PUBLIC} dnat to {SERVER}
add chain ip n post {{ type nat hook postrouting priority 100; }}
add rule ip n post ip saddr {SERVER} ip daddr {SERVER} masquerade
""")
    if rules:
        lab.router.nft(*(f"fw iif r0 {rule}" for rule in rules))


def scan_cloud(lab, **how):
    return scan(lab, PUBLIC, prefix=PROVIDER, **how)


# ---- everything is as it should be ------------------------------------------------------------------


@phone("healthy")
def all_open(lab):
    both(lab)
    return scan(lab)


@phone("healthy")
def all_open_in_chinese(lab):
    both(lab)
    return scan(lab, language="zh-CN")


@phone("healthy")
def all_open_without_websocket(lab):
    mosquitto(lab.server)
    return scan(lab)


@phone("healthy")
def all_open_on_a_public_address(lab):
    both(lab)
    cloud(lab)
    return scan_cloud(lab)


@phone("healthy")
def all_open_by_name(lab):
    known_by_name(lab)
    both(lab)
    return scan(lab, "broker.test")


@phone("healthy")
def all_open_over_ipv6_alone(lab):
    both(lab)
    lab.phone.run("ip", "-4", "addr", "flush", "dev", "e0")
    return scan(lab, SERVER6)


@phone("healthy")
def all_open_without_a_capture(lab):
    both(lab)
    return scan(lab, prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                             "--no-new-privs"))


@phone("healthy")
def logs_in_with_the_right_password(lab):
    both(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    return scan(lab, login=("alice", "alice-pw", ""))


@phone("healthy")
def authority_is_installed_on_the_phone(lab):
    mosquitto(lab.server, *tls_lines("good", 8883), *tls_lines("good", 9443, "protocol websockets"),
              ready=9443)
    return scan(lab, f"wss://{SERVER}:9443/mqtt", "--cafile", ca(), ca_file=ca())


# ---- the port does not answer -----------------------------------------------------------------------


@phone("tcp-timeout-host-firewall")
def server_drops_the_port(lab):
    both(lab)
    lab.server.nft("in iif lo accept", "in tcp dport { 1883, 9001 } drop")
    return scan(lab)


@phone("tcp-timeout-host-firewall")
def server_lets_ssh_and_the_page_in_alone(lab):
    both(lab)
    lab.server.nft("in iif lo accept", "in ct state established accept",
                   f"in tcp dport {{ 22, {PAGE_PORT} }} accept", "in meta l4proto tcp drop")
    return scan(lab, language="zh-CN")


@phone("tcp-timeout-security-group")
def provider_drops_the_port(lab):
    both(lab)
    cloud(lab, "tcp dport { 1883, 9001 } drop")
    return scan_cloud(lab)


@phone("tcp-timeout-security-group")
def provider_drops_the_port_in_chinese(lab):
    both(lab)
    cloud(lab, f"tcp dport != {{ 22, {PAGE_PORT} }} drop")
    return scan_cloud(lab, language="zh-CN")


@phone("tcp-port-forward-wrong", alike=("tcp-timeout-security-group",))
def router_at_home_forwards_the_page_alone(lab):
    both(lab)
    cloud(lab, "tcp dport { 1883, 9001 } drop")
    return scan(lab, PUBLIC)


@phone("tcp-timeout-source-allowlist")
def server_lets_one_network_in(lab):
    both(lab)
    lab.server.nft("in iif lo accept", "in ip saddr 198.51.100.0/24 tcp dport 1883 accept",
                   "in tcp dport { 1883, 9001 } drop")
    return scan(lab)


# ---- the port is refused -----------------------------------------------------------------------------


@phone("tcp-refused-not-running")
def broker_is_not_running(lab):
    return scan(lab)


@phone("tcp-refused-loopback-listener")
def listens_for_itself(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    return scan(lab)


@phone("tcp-refused-loopback-listener")
def listens_for_itself_in_chinese(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    cloud(lab)
    return scan_cloud(lab, language="zh-CN")


@phone("tcp-refused-by-firewall-reset")
def server_resets(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 reject with tcp reset")
    return scan(lab)


@phone("tcp-refused-by-icmp")
def server_rejects(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 reject")
    return scan(lab)


@phone("tcp-refused-by-firewall-reset")
def something_on_the_way_resets(lab):
    mosquitto(lab.server)
    cloud(lab, "tcp dport 1883 reject with tcp reset")
    return scan_cloud(lab)


@phone("tcp-refused-wrong-port", alike=("tcp-refused-not-running",))
def websocket_is_off(lab):
    mosquitto(lab.server)
    return scan(lab, f"ws://{SERVER}:9001/mqtt")


@phone("tcp-ipv6-listener-missing")
def broker_on_ipv4_and_a_phone_on_ipv6(lab):
    mosquitto(lab.server, "listener 1883 0.0.0.0", listener=None)
    lab.phone.run("ip", "-4", "addr", "flush", "dev", "e0")
    return scan(lab, SERVER6)


# ---- the page does not come: the broker's own port decides ----------------------------------------------


@phone("healthy")
def page_is_dropped_and_the_broker_is_not(lab):
    mosquitto(lab.server)
    cloud(lab, f"tcp dport {PAGE_PORT} drop")
    return scan_cloud(lab)


@phone("tcp-timeout-security-group")
def provider_drops_page_and_broker(lab):
    mosquitto(lab.server)
    cloud(lab, "tcp dport != 22 drop")
    return scan_cloud(lab)


@phone("tcp-refused-loopback-listener")
def page_is_dropped_and_the_broker_listens_for_itself(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    cloud(lab, f"tcp dport {PAGE_PORT} drop")
    return scan_cloud(lab, language="zh-CN")


# No packet at a private address means mobile data, or a Wi-Fi that isolates its devices.
@phone("path-wifi-client-isolation", alike=("nobody-came", "input-private-address"))
def wifi_keeps_its_clients_apart(lab):
    mosquitto(lab.server)
    lab.router.nft("fw iif r0 drop")
    return scan(lab)


# Phone and server are in two networks, and the router between them keeps the port closed.
@phone("tcp-timeout-security-group")
def router_between_two_networks_keeps_the_port(lab):
    both(lab)
    lab.router.nft("fw iif r0 tcp dport { 1883, 9001 } drop")
    return scan(lab)


def known_to_the_server(lab, name):
    lab.server.file("hosts", f"127.0.0.1 localhost\n{SERVER} {name}\n")


# With Private DNS or a VPN the page comes by address, and the broker's name leads nowhere.
@phone("dns-differs-by-place", alike=("dns-name-not-found",))
def name_that_the_phone_does_not_know(lab):
    known_to_the_server(lab, "broker.test")
    dnsmasq(lab.router)
    both(lab)
    return scan(lab, "broker.test", through=f"http://{SERVER}:{PAGE_PORT}")


@phone("dns-mdns-name", alike=("path-wifi-client-isolation", "input-private-address"))
def local_name_that_the_phone_does_not_know(lab):
    known_to_the_server(lab, "broker.local")
    both(lab)
    return scan(lab, "broker.local", language="zh-CN")


@phone("input-private-address")
def phone_on_mobile_data_and_a_private_address(lab):
    both(lab)
    cloud(lab)
    lab.router.run("nft", "add", "rule", "ip", "n", "post", "ip", "saddr", PHONE, "ct", "original",
                   "ip", "daddr", PUBLIC, "snat", "to", "9.9.9.9")
    lab.router.nft(f"fw iif r0 ct original ip daddr {SERVER} drop")
    return scan(lab, through=f"http://{PUBLIC}:{PAGE_PORT}")


@phone("healthy")
def page_and_broker_share_the_one_port_that_is_open(lab):
    websocket_broker(lab.server, port=9002)
    cloud(lab, "tcp dport != { 22, 9001 } drop")
    return scan(lab, f"ws://{PUBLIC}:9001/mqtt", "--forward", "localhost:9002", prefix=PROVIDER,
                page_port=9001)


# ---- TLS ----------------------------------------------------------------------------------------------


def secure(lab, certificate, *words, port=9443, **how):
    mosquitto(lab.server, *tls_lines(certificate, port, "protocol websockets"), ready=port)
    return scan(lab, f"wss://{SERVER}:{port}/mqtt", *words, **how)


@phone("tls-unknown-ca")
def own_authority_is_not_trusted(lab):
    return secure(lab, "good")


@phone("tls-unknown-ca")
def own_authority_is_not_trusted_in_chinese(lab):
    return secure(lab, "good", "--cafile", ca(), language="zh-CN")


@phone("tls-unknown-ca")
def own_authority_without_websocket(lab):
    mosquitto(lab.server, *tls_lines("good", 8883), ready=8883)
    return scan(lab, f"mqtts://{SERVER}:8883")


@phone("tls-self-signed-leaf")
def signed_by_itself(lab):
    return secure(lab, "self-signed")


@phone("tls-hostname-mismatch")
def certificate_of_another_name(lab):
    known_by_name(lab)
    mosquitto(lab.server, *tls_lines("other", 9443, "protocol websockets"), ready=9443)
    return scan(lab, "wss://broker.test:9443/mqtt", "--cafile", ca(), ca_file=ca())


@phone("tls-ip-without-san")
def certificate_of_a_name_and_dialled_by_address(lab):
    return secure(lab, "dns-only", "--cafile", ca(), ca_file=ca())


@phone("tls-expired")
def certificate_has_expired(lab):
    return secure(lab, "expired", "--cafile", ca(), ca_file=ca())


# ---- WebSocket ------------------------------------------------------------------------------------------


@phone("ws-wrong-path")
def other_path_behind_nginx(lab):
    websocket_broker(lab.server, "listener 9002 127.0.0.1")
    website(lab, to_broker("= /ws"), "location / { return 404; }", port=8083)
    return scan(lab, f"ws://{SERVER}:8083/mqtt")


@phone("ws-subprotocol-missing")
def proxy_takes_the_subprotocol_away(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(headers=UPGRADE + ' proxy_set_header Sec-WebSocket-Protocol "";'),
            port=8083)
    return scan(lab, f"ws://{SERVER}:8083/mqtt")


@phone("ws-proxy-no-upgrade")
def nginx_without_upgrade_headers(lab):
    websocket_broker(lab.server)
    website(lab, to_broker(headers=""), port=8083)
    return scan(lab, f"ws://{SERVER}:8083/mqtt", language="zh-CN")


@phone("ws-plain-to-wss-port")
def plain_to_a_secure_port(lab):
    mosquitto(lab.server, *tls_lines("good", 9001, "protocol websockets"), ready=9001)
    return scan(lab, f"ws://{SERVER}:9001/mqtt")


@phone("ws-closed-after-upgrade")
def bridge_whose_broker_is_down(lab):
    scripted(lab.server, 9001, "ws", "--", "close")
    return scan(lab, f"ws://{SERVER}:9001/mqtt")


@phone("ws-text-frames")
def broker_that_sends_text(lab):
    scripted(lab.server, 9001, "ws", "frames=text", "--", "broker")
    return scan(lab, f"ws://{SERVER}:9001/mqtt")


# ---- login and permissions ---------------------------------------------------------------------------------


@phone("auth-anonymous-refused")
def types_no_user_name(lab):
    both(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    return scan(lab)


@phone("auth-bad-credentials")
def types_a_wrong_password(lab):
    both(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    return scan(lab, login=("alice", "not-the-word", ""))


@phone("auth-bad-credentials")
def types_a_wrong_password_in_chinese(lab):
    both(lab, "allow_anonymous false", f"password_file {password_file(lab)}")
    return scan(lab, login=("alice", "not-the-word", ""), language="zh-CN")


def with_rules(lab, *rules):
    acl = lab.file("acl", "\n".join(("user alice", "topic readwrite mqtt-doctor/#", *rules)) + "\n")
    both(lab, f"password_file {password_file(lab)}", f"acl_file {acl}", "allow_anonymous false")


@phone("auth-acl-publish-swallowed")
def may_not_publish_on_the_apps_topic(lab):
    with_rules(lab, "topic read home/#")
    return scan(lab, login=("alice", "alice-pw", "home/door"))


@phone("auth-acl-read-denied-silently", alike=("auth-acl-subscribe-refused",))
def may_not_read_the_apps_topic(lab):
    with_rules(lab, "topic write home/#")
    return scan(lab, login=("alice", "alice-pw", "home/door"), language="zh-CN")


# ---- what is the phone's own ---------------------------------------------------------------------------


@phone("phone-mixed-content")
def page_that_came_by_https(lab):
    known_by_name(lab)
    both(lab)
    website(lab, f"location / {{ proxy_pass http://127.0.0.1:{PAGE_PORT}; }}", port=8443, tls="good")
    return scan(lab, "ws://broker.test:9001/mqtt", ca_file=ca(), through="https://broker.test:8443")


@phone("phone-background-sleep")
def connection_is_lost_while_the_screen_is_off(lab):
    process = both(lab)

    def act(browser):
        browser.press("go")
        browser.until("document.getElementById('now').textContent")
        with browser.hidden():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            both(lab)
            time.sleep(2)
        browser.press("go")
    return scan(lab, act=act)


# ---- the broker itself --------------------------------------------------------------------------------------


@phone("mqtt-broker-hung")
def broker_stopped(lab):
    process = both(lab)
    os.killpg(process.pid, signal.SIGSTOP)
    return scan(lab, f"ws://{SERVER}:9001/mqtt")
