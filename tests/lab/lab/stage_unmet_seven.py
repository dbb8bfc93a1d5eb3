"""Never met, the seventh batch: what people report in public about their servers, homes and clouds.

Written when six batches had been learned from, and before this one was asked. Then 45 of its 58
were named first, 4 second, 7 wrongly and 2 of these for certain; no cure did harm. One of the wrong
ones was right.
"""
import dataclasses
import os
import pathlib
import subprocess
import sys
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, SERVER6, sh
from .services import dnsmasq, etc, mosquitto, nginx, password_file, scripted, tls_lines
from .stage_delivery import AT, TRY, delivery
from .stage_host import log, start_as_a_service
from .stage_listen import broker, client, listen, pub, sub
from .stage_permission import ALICE, with_acl
from .stage_unmet_five import on_server
from .stage_unmet_six import broken, raw
from .stage_vantage import on_server as from_server, ssh, together
from .stage_way import needs
from .unmet import OPEN, unmet

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"


def nft(host, text):
    host.run("nft", "-f", "-", input=text)


# ---- works, and looks odd -------------------------------------------------------------------------


@unmet("healthy")
def certificate_says_who_it_is(lab):
    """use_identity_as_username: rules for the certificate's common name, and no password anywhere."""
    mine = certificates.get("client")
    acl = lab.file("acl", "user phone\ntopic readwrite home/#\ntopic readwrite mqtt-doctor/#\n")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true",
              "use_identity_as_username true", f"acl_file {acl}", "allow_anonymous false", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", mine.certificate, "--key", mine.key,
                  *TRY)


@unmet("healthy")
def nothing_older_than_tls_1_3(lab):
    mosquitto(lab.server, *tls_lines("good"), "tls_version tlsv1.3", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("healthy")
def files_saved_on_windows(lab):
    """Carriage returns in all of them; mosquitto takes them for blanks."""
    users = pathlib.Path(password_file(lab))
    users.write_bytes(users.read_bytes().replace(b"\n", b"\r\n"))
    acl = lab.file("acl", "user alice\r\ntopic readwrite home/#\r\ntopic readwrite mqtt-doctor/#\r\n")
    etc(lab, "mosquitto/mosquitto.conf", f"listener 1883\r\nallow_anonymous false\r\npassword_file "
        f"{users}\r\nacl_file {acl}\r\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab, AT, *ALICE, *TRY)


@unmet("healthy")
def rules_as_a_handbook_has_them(lab):
    """A policy that drops, invalid packets, echo requests, a limit on refusals, and the port."""
    mosquitto(lab.server)
    nft(lab.server, """table inet filter {
  chain input { type filter hook input priority filter; policy drop;
    ct state invalid drop comment "early drop of invalid connections"
    ct state { established, related } accept
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport { 22, 1883 } accept comment "ssh and mqtt"
    pkttype host limit rate 5/second counter reject with icmpx type admin-prohibited
    counter
  }
  chain forward { type filter hook forward priority filter; policy drop; }
}
""")
    return on_server(lab)


@unmet("healthy")
def zones_of_firewalld_with_the_port(lab):
    mosquitto(lab.server)
    nft(lab.server, """table inet firewalld {
  chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    jump filter_INPUT_ZONES
    reject with icmpx type admin-prohibited
  }
  chain filter_INPUT_ZONES {
    iifname "e0" goto filter_IN_public
    goto filter_IN_public
  }
  chain filter_IN_public {
    jump filter_IN_public_deny
    jump filter_IN_public_allow
    meta l4proto { icmp, ipv6-icmp } accept
    reject with icmpx type admin-prohibited
  }
  chain filter_IN_public_deny { }
  chain filter_IN_public_allow {
    tcp dport 22 ct state { new, untracked } accept
    tcp dport 1883 ct state { new, untracked } accept
  }
}
""")
    return on_server(lab)


@unmet("healthy")
def limit_that_is_far_away(lab):
    mosquitto(lab.server)
    nft(lab.server, """table inet calm {
  chain input { type filter hook input priority 0; policy accept;
    tcp dport 1883 ct state new limit rate over 400/second burst 400 packets drop
  }
}
""")
    return on_server(lab)


@unmet("healthy")
def everybody_comes_from_the_routers_address(lab):
    mosquitto(lab.server)
    nft(lab.router, """table ip hide {
  chain post { type nat hook postrouting priority 100; oifname "r1" masquerade; }
}
""")
    return doctor(lab.phone, AT)


@unmet("healthy")
def broker_behind_the_port_of_the_website(lab):
    """nginx reads the name in front of TLS: one goes to the broker, all others to the web."""
    needs("nginx")
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    nginx(lab.server, "server { listen 127.0.0.1:8443; }", 8444,
          "stream { map $ssl_preread_server_name $to { broker.test 127.0.0.1:8883; default "
          "127.0.0.1:8443; } server { listen 8444; ssl_preread on; proxy_pass $to; } }")
    return doctor(lab.phone, "mqtts://broker.test:8444", "--cafile", ca())


@unmet("healthy")
def each_listener_with_settings_of_its_own(lab):
    mosquitto(lab.server, "per_listener_settings true", "listener 1883 127.0.0.1",
              "allow_anonymous true", "listener 1883 " + SERVER, "allow_anonymous false",
              f"password_file {password_file(lab)}", listener=None)
    return on_server(lab, AT, *ALICE)


@unmet("healthy")
def retained_messages_below_a_wildcard(lab):
    """As Home Assistant looks for what there is."""
    mosquitto(lab.server)
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "homeassistant/light/lamp/config", "-r", "-m",
                  "{}")
    return delivery(lab.phone, AT, "-t", "homeassistant/#", "--retained")


@unmet("healthy")
def alone_in_its_group(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "$share/workers/home/door", "--sent-to", "home/door",
                    "--publish")


@unmet("healthy")
def house_full_of_devices_introduces_itself(lab):
    broker(lab)

    def act():
        sub(lab, "-t", "homeassistant/#", "-q", "1", "-i", "hub")
        for room in range(6):
            pub(lab, "-t", f"homeassistant/sensor/room{room}/config", "-r", "-q", "1", "-m", "x" * 900,
                "-i", f"room{room}")
    return listen(lab, act, patience=2.5)


@unmet("healthy")
def kubernetes_asks_for_a_page(lab):
    """A probe of the wrong kind every moment; clients are well."""
    broker(lab)

    def act():
        sub(lab, "-t", "home/#", "-i", "panel")
        for _ in range(4):
            lab.phone.run(sys.executable, "-c", "import socket\n"
                          f"s=socket.create_connection(('{SERVER}',1883))\n"
                          "s.sendall(b'GET /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
                          "s.settimeout(.5)\ntry: s.recv(99)\nexcept OSError: pass\n")
        pub(lab, "-m", "x", "-i", "sensor")
    return listen(lab, act, patience=2.5)


@unmet("healthy", never=("session-duplicate-client-id", "session-flaps"))
def device_was_switched_off_and_on(lab):
    """Its old connection still stands when it is back: taken over once, by the same device."""
    broker(lab)

    def act():
        client(lab, "connect=esp32", "wait=30")
        time.sleep(0.5)
        client(lab, "connect=esp32", "pings=20")
    return listen(lab, act, patience=4)


# ---- names ----------------------------------------------------------------------------------------


@unmet("input-container-address")
def name_of_the_add_on_typed_on_a_phone(lab):
    """core-mosquitto is a name inside Home Assistant alone."""
    dnsmasq(lab.router)
    return doctor(lab.phone, "core-mosquitto:1883")


FAILS = """import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("%s", 53))
while True:
    data, to = s.recvfrom(4096)
    s.sendto(data[:2] + bytes([data[2] | 0x80, 0x80 | %d]) + data[4:6] + bytes(6) + data[12:], to)
"""


@unmet("dns-server-failure", never=("dns-nxdomain", "dns-resolver-silent"))
def name_server_fails(lab):
    """SERVFAIL, as a broken DNSSEC chain gives."""
    lab.router.start(sys.executable, "-c", FAILS % (ROUTER_PHONE, 2))
    end = time.monotonic() + 5
    while time.monotonic() < end and ":0035" not in lab.router.read("udp"):
        time.sleep(0.02)
    return doctor(lab.phone, "broker.test:1883")


@unmet("path-mtu-black-hole", "tcp-ipv6-path-broken", never=("tls-to-plaintext-port",), slowest=14,
       is_long=True)
def large_packets_are_lost_over_ipv6_alone(lab):
    """The tunnel of a provider; what says how much fits is dropped in IPv6."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    mosquitto(lab.server, *tls_lines(certificates.joined("leaf-alone", "intermediate", "ca")),
              ready=8883)
    for link in ("r0", "r1"):
        lab.router.run("ip", "link", "set", link, "mtu", "1280")
    lab.router.nft("out icmpv6 type packet-too-big drop")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca(), "-6")


# ---- certificates ---------------------------------------------------------------------------------


def issued(lab, name, subject, extensions, by=None, days=365, clock=None):
    """A certificate of one's own making, by one of the lab's authorities or by such a one."""
    by = by or certificates.get("ca")
    base = lab.file(name)
    pathlib.Path(f"{base}.ext").write_text(extensions)
    sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out",
       f"{base}.csr", "-subj", f"/CN={subject}")
    sh(*(("faketime", clock) if clock else ()), "openssl", "x509", "-req", "-in", f"{base}.csr", "-CA",
       by.certificate, "-CAkey", by.key, "-CAcreateserial", "-days", days, "-out", f"{base}.crt",
       "-extfile", f"{base}.ext")
    return certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt")


def behind(lab, leaf, *others):
    path = lab.file("chain.pem", "".join(pathlib.Path(each.certificate).read_text()
                                         for each in (leaf, *others)))
    return dataclasses.replace(leaf, chain=path)


AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
FOR_SERVERS = f"subjectAltName={certificates.NAMES}\nextendedKeyUsage=serverAuth\n"


@unmet("tls-expired", "tls-missing-intermediate", never=("tls-unknown-ca", "tls-client-clock-wrong"))
def intermediate_has_expired(lab):
    """The server's own certificate is good for a year."""
    needs("faketime")
    middle = issued(lab, "middle", "Lab Old Intermediate", AUTHORITY, days=30,
                    clock="2023-01-01 00:00:00")
    leaf = issued(lab, "leaf", "broker.test", FOR_SERVERS, by=middle)
    mosquitto(lab.server, *tls_lines(behind(lab, leaf, middle)), ready=8883)
    answer = doctor(lab.phone, SECURE, "--cafile", ca())
    if "Lab Old Intermediate" not in str(answer.report["causes"][:1]):
        answer.found += " (without saying whose)"
    return answer


@unmet(OPEN, "tls-chain-refused", "tls-hostname-mismatch", "tls-wrong-purpose",
       never=("tls-unknown-ca", "tls-interception", "tls-expired"))
def authority_for_other_names_alone(lab):
    """Name constraints: this authority may vouch for example.test and nothing else."""
    middle = issued(lab, "middle", "Lab Constrained", AUTHORITY +
                    "nameConstraints=critical,permitted;DNS:example.test\n")
    leaf = issued(lab, "leaf", "broker.test", FOR_SERVERS, by=middle)
    mosquitto(lab.server, *tls_lines(behind(lab, leaf, middle)), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet(OPEN, "tls-chain-refused", "tls-wrong-purpose", "tls-unknown-ca", "tls-self-signed-leaf",
       never=("tls-interception", "tls-missing-intermediate", "tls-expired"))
def authority_that_is_none(lab):
    """A tutorial's authority, made without saying that it is one."""
    root = lab.file("root")
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{root}.key", "-out",
       f"{root}.crt", "-days", "365", "-subj", "/CN=My CA", "-addext",
       "basicConstraints=critical,CA:FALSE")
    mine = certificates.Certificate(f"{root}.crt", f"{root}.key", f"{root}.crt")
    leaf = issued(lab, "leaf", "broker.test", FOR_SERVERS, by=mine)
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", mine.certificate)


@unmet("tls-ip-without-san", "tls-hostname-mismatch", never=("tls-unknown-ca",))
def address_listed_as_if_it_were_a_name(lab):
    """subjectAltName = DNS:10.77.2.2: no client compares an address with that."""
    leaf = issued(lab, "leaf", SERVER, f"subjectAltName=DNS:{SERVER}\nextendedKeyUsage=serverAuth\n")
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("tls-client-cert-untrusted", never=("tls-client-cert-missing", "tls-client-cert-expired"))
def clients_certificate_comes_without_its_intermediate(lab):
    mine = issued(lab, "phone", "phone", "extendedKeyUsage=clientAuth\n",
                  by=certificates.get("intermediate"))
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)


# ---- clouds ---------------------------------------------------------------------------------------


def cloud(lab, domain, *words):
    dnsmasq(lab.router, f"address=/{domain}/{SERVER}")
    scripted(lab.server, 1883, "broker", *words)


@unmet("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def aliyun_user_name_without_its_product(lab):
    cloud(lab, "aliyuncs.com", "user=lamp:4", "versions=3,4")
    return doctor(lab.phone, "a1Xk3Qw9z.iot-as-mqtt.cn-shanghai.aliyuncs.com:1883", "-V", "3.1.1", "-i",
                  "lamp|securemode=3,signmethod=hmacsha1|", "-u", "lamp", "-P", "0f" * 20)


@unmet("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def aliyun_signed_for_tls_and_sent_in_the_clear(lab):
    """securemode=2 is TLS, 3 is plain TCP; the identifier must say what is so."""
    cloud(lab, "aliyuncs.com", "user=lamp&a1Xk3Qw9z:4", "versions=3,4")
    return doctor(lab.phone, "a1Xk3Qw9z.iot-as-mqtt.cn-shanghai.aliyuncs.com:1883", "-V", "3.1.1", "-i",
                  "a1Xk3Qw9z.lamp|securemode=2,signmethod=hmacsha1|", "-u", "lamp&a1Xk3Qw9z", "-P",
                  "0f" * 20)


@unmet("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def tencents_user_name_ran_out_years_ago(lab):
    """Product and device, the SDK's number, a connection's name, and until when it is good."""
    user = "AB12CD34EFlamp;12010126;x7k2;1600000000"
    cloud(lab, "tencentdevices.com", f"user={user}:4", "versions=3,4")
    return doctor(lab.phone, "AB12CD34EF.iotcloud.tencentdevices.com:1883", "-V", "3.1.1", "-i",
                  "AB12CD34EFlamp", "-u", user, "-P", "0f" * 20 + ";hmacsha1")


@unmet("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def huaweis_identifier_without_its_hour(lab):
    """device_0_0_YYYYMMDDHH is asked for, and the bare device was typed."""
    cloud(lab, "myhuaweicloud.com", "user=64f1_lamp:4", "versions=3,4")
    return doctor(lab.phone, "ab12.st1.iotda-device.cn-north-4.myhuaweicloud.com:1883", "-V", "3.1.1",
                  "-i", "64f1_lamp", "-u", "64f1_lamp", "-P", "0f" * 32)


# ---- logins, sessions and permissions ---------------------------------------------------------------


@unmet("auth-bad-credentials", never=("auth-anonymous-refused",))
def guests_are_let_in_and_a_wrong_name_is_not(lab):
    mosquitto(lab.server, "allow_anonymous true", f"password_file {password_file(lab)}")
    return doctor(lab.phone, AT, "-u", "bob", "-P", "bob-pw")


@unmet("session-id-too-long", "auth-client-id-not-allowed", never=("auth-bad-credentials",))
def identifier_of_forty_letters_for_an_old_broker(lab):
    scripted(lab.server, 1883, "broker", "longest=23", "versions=3,4")
    return doctor(lab.phone, AT, "-V", "3.1.1", "-i", "zigbee2mqtt-bridge-in-the-living-room-01")


@unmet("mqtt-wildcard-not-supported", never=("auth-acl-subscribe-refused",))
def broker_without_wildcards(lab):
    """CONNACK says so, and the SUBACK refuses: 0xa2."""
    scripted(lab.server, 1883, "broker", "limit=2800", "subscribe=a2", "only=home/#")
    return doctor(lab.phone, AT, "-V", "5", "-t", "home/#")


@unmet("auth-acl-publish-swallowed", "auth-acl-read-denied-silently")
def rules_above_the_first_user(lab):
    """They are for those without a user name; alice has none."""
    acl = lab.file("acl", "topic readwrite #\n\nuser bob\ntopic readwrite bob/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {acl}")
    return doctor(lab.phone, AT, *ALICE, *TRY, "-V", "5")


@unmet(OPEN, "auth-acl-read-denied-silently", "delivery-retained-misunderstood")
def retained_message_that_may_not_be_read(lab):
    """The subscription is granted and nothing comes: there may be none, or it may not be read."""
    with_acl(lab, "topic write home/#", "user bob", "topic readwrite home/#")
    users = str(lab.folder / "passwd")
    sh("mosquitto_passwd", "-b", users, "bob", "bob-pw")
    os.chmod(users, 0o644)
    for process in lab.processes:
        if "mosquitto" in process.args:
            process.send_signal(1)
    time.sleep(0.2)
    lab.server.run("mosquitto_pub", "-h", SERVER, "-u", "bob", "-P", "bob-pw", "-t", "home/door", "-r",
                   "-m", "open")
    answer = delivery(lab.phone, AT, *ALICE, "-t", "home/door", "--retained")
    if any(cause["certainty"] == "certain" for cause in answer.report["causes"]):
        answer.report["causes"][0]["id"] += " (for certain)"
    return answer


@unmet("delivery-shared-subscription", never=("auth-acl-publish-swallowed", "delivery-queue-overflow"))
def member_of_the_group_is_away_and_kept(lab):
    """Its session is kept, and the broker goes on to hand it its share."""
    mosquitto(lab.server)
    group = "$share/workers/home/door"
    lab.server.run("mosquitto_sub", "-h", SERVER, "-c", "-i", "old-worker", "-q", "1", "-t", group, "-W",
                   "1", check=False)
    return delivery(lab.phone, AT, "-t", group, "--sent-to", "home/door", "--publish")


@unmet("delivery-duplicated", "delivery-topic-rewritten")
def two_bridges_that_feed_each_other(lab):
    """Both pass everything on to the other, and nothing marks what came that way."""
    line = ("topic home/# both 0", "try_private false", "notifications false", "allow_anonymous true")
    mosquitto(lab.server, "connection to-b", "address 127.0.0.1:1885", *line)
    mosquitto(lab.server, "connection to-a", "address 127.0.0.1:1883", *line, listener=1885, ready=1885,
              name="two.conf")
    # The broker hung up first tries again after a moment.
    time.sleep(1.5)
    return delivery(lab.phone, AT, *TRY, "--messages", "1")


# ---- the broker's own machine -----------------------------------------------------------------------


@unmet("host-file-permission", "host-cert-key-problem")
def key_lies_behind_a_closed_folder(lab):
    """As certbot leaves it: the file may be read by all, the folder it lies in by root alone."""
    leaf = certificates.get("good")
    for name, path in (("cert.pem", leaf.chain), ("key.pem", leaf.key)):
        etc(lab, f"mosquitto/archive/{name}", pathlib.Path(path).read_bytes())
    folder = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/archive"
    os.chmod(folder, 0o700)
    for name in ("cert.pem", "key.pem"):
        os.symlink(f"/etc/mosquitto/archive/{name}", folder.parent / name)
    process = start_as_a_service(lab, f"listener 8883\nlog_dest file {log(lab)}\nallow_anonymous true\n"
                                 "certfile /etc/mosquitto/cert.pem\nkeyfile /etc/mosquitto/key.pem\n")
    time.sleep(0.7)
    answer = on_server(lab, f"mqtts://{SERVER}:8883", "--cafile", ca())
    if process.poll() is None:  # mosquitto read the files while it was root
        answer.found += " (though mosquitto runs)"
    return answer


@unmet("host-file-permission")
def folder_of_the_password_file_is_closed(lab):
    """mosquitto reads it again at a reload, when it is no longer root."""
    users = pathlib.Path(password_file(lab)).read_text()
    etc(lab, "mosquitto/private/passwd", users)
    folder = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/private"
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous false\npassword_file "
        f"/etc/mosquitto/private/passwd\nlog_dest file {log(lab)}\n")
    process = lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf",
                               ready=1883)
    os.chmod(folder, 0o700)
    process.send_signal(1)
    time.sleep(0.5)
    return on_server(lab, AT, *ALICE)


def ended(lab, text, to=AT):
    process = start_as_a_service(lab, text)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        raise RuntimeError("mosquitto runs") from None
    return on_server(lab, to)


@unmet("host-config-error", "host-file-permission", never=("tcp-refused-by-firewall-reset",))
def folder_of_the_process_file_is_not_there(lab):
    """As /run is empty after a restart; "Unable to write pid file", and it is gone."""
    return ended(lab, f"listener 1883\nallow_anonymous true\npid_file {lab.file('run')}/mosquitto.pid\n")


@unmet("host-cert-key-problem", never=("host-port-in-use",))
def certificates_in_the_wrong_order(lab):
    """The intermediate stands in front of the server's own."""
    both = certificates.joined("intermediate", "leaf-alone")
    leaf = certificates.get("leaf-alone")
    etc(lab, "mosquitto/chain.pem", pathlib.Path(both.chain).read_bytes())
    etc(lab, "mosquitto/key.pem", pathlib.Path(leaf.key).read_bytes())
    return ended(lab, f"listener 8883\nlog_dest file {log(lab)}\nallow_anonymous true\n"
                 "certfile /etc/mosquitto/chain.pem\nkeyfile /etc/mosquitto/key.pem\n",
                 f"{SERVER}:8883")


@unmet("host-cert-key-problem", never=("host-port-in-use",))
def certificate_in_the_form_of_windows(lab):
    """DER, as the console of a certificate shop offers it."""
    leaf = certificates.get("good")
    der = lab.file("cert.der")
    sh("openssl", "x509", "-in", leaf.certificate, "-outform", "DER", "-out", der)
    etc(lab, "mosquitto/cert.cer", pathlib.Path(der).read_bytes())
    etc(lab, "mosquitto/key.pem", pathlib.Path(leaf.key).read_bytes())
    return ended(lab, f"listener 8883\nlog_dest file {log(lab)}\nallow_anonymous true\n"
                 "certfile /etc/mosquitto/cert.cer\nkeyfile /etc/mosquitto/key.pem\n",
                 f"{SERVER}:8883")


@unmet("host-config-not-used", "tcp-refused-loopback-listener", harm="/listener 1883/")
def file_of_another_installation_was_edited(lab):
    """The broker of a snap reads a file of its own; /etc/mosquitto is nobody's."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n")
    mosquitto(lab.server, listener=None)
    return on_server(lab)


@unmet("tcp-refused-loopback-listener", "tcp-ipv6-listener-missing",
       never=("tcp-refused-not-running", "tcp-refused-by-firewall-reset"))
def broker_listens_by_ipv6_alone(lab):
    mosquitto(lab.server, "listener 1883", "socket_domain ipv6", listener=None)
    return on_server(lab)


@unmet("proxy-backend-down", "tcp-refused-not-running", never=("mqtt-access-filter", "mqtt-broker-hung"))
def socat_passes_it_on_to_nobody(lab):
    needs("socat")
    lab.server.start("socat", "TCP-LISTEN:1883,fork,reuseaddr", "TCP:127.0.0.1:1884", ready=1883)
    return on_server(lab)


@unmet("tcp-refused-loopback-listener", harm=r"mosquitto|listener 1883")
def tunnel_ends_on_loopback(lab):
    """As ssh -R does: the far end listens for its own machine alone, and is no mosquitto."""
    needs("socat")
    mosquitto(lab.router, listener=1884, ready=1884)
    lab.server.start("socat", "TCP-LISTEN:1883,fork,reuseaddr,bind=127.0.0.1",
                     f"TCP:{ROUTER_PHONE}:1884", ready=1883)
    return on_server(lab)


# ---- captures -----------------------------------------------------------------------------------------


def captured(lab, host, act, port=1883):
    """What tcpdump writes on that host meanwhile."""
    needs("tcpdump")
    path = lab.file("seen.pcap")
    process = host.start("tcpdump", "--immediate-mode", "-Z", "root", "-i", "e0", "-U", "-w", path,
                         f"tcp port {port}")
    end = time.monotonic() + 5
    while time.monotonic() < end and "listening" not in pathlib.Path(process.log).read_text():
        time.sleep(0.02)
    act()
    time.sleep(0.3)
    process.terminate()
    process.wait(5)
    return path


def three_connects(lab):
    lab.phone.run(sys.executable, "-c", "import socket\nfor _ in range(2):\n"
                  f" s=socket.socket(); s.settimeout(2)\n try: s.connect(('{SERVER}',1883))\n"
                  " except OSError: pass\n s.close()\n")
