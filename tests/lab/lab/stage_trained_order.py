"""More of what is odd and in order: firewalls, logs, certificates, two places, sessions."""
import os
import pathlib
import time

from . import certificates
from .cases import case, doctor
from .certificates import ca
from .net import SERVER, sh
from .rabbitmq import rabbitmq
from .reported import on_broker
from .services import dnsmasq, mosquitto, password_file, scripted
from .stage_delivery import AT, delivery
from .stage_trained_healthy import ALICE, TIGHT, configured, fine, past
from .stage_unmet_twelve import both

ESTABLISHED = "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
OPEN = "user root\nlistener 1883\nallow_anonymous true\n"


def now(lab, *lines):
    with open(lab.file("mosquitto.log"), "a") as file:
        file.writelines(f"{int(time.time())}: {line}\n" for line in lines)


@case("tcp-timeout-source-allowlist", layer="host", is_long=True)
def another_network_may_come_in(lab):
    """A warning, for nothing tells that a phone is to come from elsewhere."""
    configured(lab, OPEN)
    lab.server.run("nft", "-f", "-", input=TIGHT.replace("tcp dport {", "ip saddr 10.77.1.0/24 tcp dport {"))
    answer = on_broker(lab, AT)
    if not answer.report["healthy"]:
        answer.found += " as a cause"
    return answer


@case("tcp-refused-loopback-listener", layer="host", is_long=True)
def a_listener_for_the_machine_itself_beside_one_for_the_rest(lab):
    """Its own programs come without a password, and that is not to be opened to all."""
    configured(lab, f"user root\nper_listener_settings true\nlistener 1883 127.0.0.1\nallow_anonymous true\n"
               f"listener 1884\nallow_anonymous false\npassword_file {password_file(lab)}\n")
    answer = on_broker(lab, "localhost:1883")
    if not answer.report["healthy"]:
        answer.found += " as a cause"
    return answer


@case("dns-one-of-several-dead", layer="dns", is_long=True)
def listens_at_the_ipv6_address_of_its_name_alone(lab):
    dnsmasq(lab.router, f"host-record=both.test,{SERVER},fd77:2::2")
    mosquitto(lab.server, listener="1883 fd77:2::2")
    return doctor(lab.phone, "both.test:1883")


# ---- certificates ------------------------------------------------------------------------------------


def leaf(lab, words, with_root=False):
    """A certificate of the lab's authority, of that kind of key."""
    base = lab.file("own")
    sh("openssl", "req", "-newkey", *words, "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj",
       "/CN=broker.test")
    pathlib.Path(f"{base}.ext").write_text("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
                                           f"subjectAltName={certificates.NAMES}\n")
    root = certificates._authority("ca")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", root.certificate, "-CAkey", root.key, "-CAcreateserial",
       "-days", 80, "-sha384", "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    chain = pathlib.Path(f"{base}.crt").read_text() + (pathlib.Path(root.certificate).read_text() if with_root else "")
    pathlib.Path(f"{base}.chain").write_text(chain)
    for ending in ("key", "chain"):
        os.chmod(f"{base}.{ending}", 0o644)
    mosquitto(lab.server, "listener 8883", f"certfile {base}.chain", f"keyfile {base}.key", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:secp384r1")


@fine
def certificate_of_an_elliptic_curve(lab):
    return leaf(lab, EC)


@fine
def certificate_of_4096_bits(lab):
    return leaf(lab, ("rsa:4096",))


@fine
def chain_with_its_root(lab):
    return leaf(lab, EC, with_root=True)


# ---- firewalls, logs, places, sessions ---------------------------------------------------------------


@fine
def two_networks_may_come_in(lab):
    configured(lab, OPEN)
    lab.server.run("nft", "-f", "-", input=TIGHT.replace("tcp dport {", "ip saddr { 10.77.1.0/24, 10.77.2.0/24 } tcp dport {"))
    return on_broker(lab, "localhost")


@fine
def ufw_from_the_home(lab):
    configured(lab, OPEN)
    for rule in ("-P INPUT DROP", "-N ufw-user-input", "-A INPUT -i lo -j ACCEPT", ESTABLISHED, "-A INPUT -j ufw-user-input",
                 "-A ufw-user-input -s 10.77.0.0/16 -p tcp --dport 1883 -j ACCEPT",
                 "-A ufw-user-input -p tcp --dport 22 -j ACCEPT"):
        lab.server.run("iptables", *rule.split())
    return on_broker(lab, "localhost")


@fine
def firewall_by_interface(lab):
    configured(lab, OPEN)
    for rule in ("-P INPUT DROP", "-A INPUT -i lo -j ACCEPT", ESTABLISHED, "-A INPUT -i e0 -p tcp --dport 1883 -j ACCEPT"):
        lab.server.run("iptables", *rule.split())
    return on_broker(lab, AT)


@fine
def others_have_wrong_passwords(lab):
    configured(lab, f"user root\nlistener 1883\nallow_anonymous false\npassword_file {password_file(lab)}\n", log=past("x"))
    now(lab, "New connection from 10.77.1.7:4000 on port 1883.", "Client esp-7 disconnected, not authorised.",
        "Socket error on client pump, disconnecting.", "Client hass has exceeded timeout, disconnecting.")
    return on_broker(lab, "localhost", *ALICE)


@fine
def full_yesterday(lab):
    configured(lab, OPEN + "max_connections 3\n", log=past("mosquitto version 2.0.11 starting",
                                                         "Client connection from 10.77.1.5 denied: max_connections exceeded."))
    return on_broker(lab, "localhost")


@fine
def port_80_of_a_web_server_and_no_fault(lab):
    scripted(lab.server, 80, "http", "403 Forbidden")
    configured(lab, OPEN)
    return on_broker(lab, AT)


@fine
def both_places_are_well(lab):
    configured(lab, OPEN)
    return both(lab)


@fine
def both_places_and_a_tight_firewall(lab):
    configured(lab, OPEN)
    lab.server.run("nft", "-f", "-", input=TIGHT)
    return both(lab)


@fine
def link_local_with_its_interface(lab):
    mosquitto(lab.router)
    shown = lab.router.run("ip", "-6", "-o", "address", "show", "dev", "r0", "scope", "link")
    return doctor(lab.phone, f"[{shown.split()[3].split('/')[0]}%e0]:1883")


@fine
def rabbitmq_on_its_machine(_):
    lab = rabbitmq()
    return doctor(lab.server, AT, "--on-broker", *ALICE)


@fine
def hosts_file_agrees(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    lab.phone.file("hosts", f"127.0.0.1 localhost\n{SERVER} broker.test\n")
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.test:1883")


@fine
def hosts_file_alone(lab):
    lab.phone.file("hosts", f"127.0.0.1 localhost\n{SERVER} mybroker\n")
    mosquitto(lab.server)
    return doctor(lab.phone, "mybroker:1883")


@fine
def idle_a_while(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "--watch", "9s", "-k", "0")


@fine
def offline_and_many(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--offline", "-c", "-q", "1", "--messages", "100")


@fine
def topics_by_user(lab):
    rules = lab.file("acl", "pattern readwrite %u/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {rules}")
    return delivery(lab.phone, AT, *ALICE, "-t", "alice/door", "--publish")


@fine
def nothing_is_sent_meanwhile(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/#")


@fine
def dynamic_security(lab):
    file = lab.file("users.json")
    sh("mosquitto_ctrl", "dynsec", "init", file, "admin", "admin-pw")
    os.chmod(file, 0o600)
    configured(lab, "user root\nlistener 1883\nallow_anonymous false\n"
               f"plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so\nplugin_opt_config_file {file}\n")
    return on_broker(lab, "localhost", "-u", "admin", "-P", "admin-pw")


@fine
def websockets_beside_on_the_broker(lab):
    configured(lab, OPEN + "listener 9001\nprotocol websockets\n")
    return on_broker(lab, "ws://localhost:9001/mqtt")


@fine
def sleeping_session_messages_waiting(lab):
    mosquitto(lab.server)
    lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "app-1", "-c", "-q", "1", "-t", "home/#", "-E")
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "home/door", "-m", "1")
    return delivery(lab.phone, AT, "-i", "app-1", "-t", "home/#", "--sent-to", "home/door", "--publish")
