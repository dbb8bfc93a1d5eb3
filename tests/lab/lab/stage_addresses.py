"""A name whose addresses lead to different brokers, or to one. Clients take the IPv6 one first."""
from . import certificates
from .cases import case, doctor, healthy
from .certificates import ca
from .net import SERVER, SERVER6, sh
from .services import mosquitto, password_file, tls_lines

SECOND = "10.77.2.3"
NAME = "shop.test"
ALICE = ("-u", "alice", "-P", "alice-pw")


def leads_to(lab, *addresses):
    lab.phone.file("hosts", "127.0.0.1 localhost\n" +
                   "".join(f"{address} {NAME}\n" for address in addresses))


def second_address(lab):
    sh("ip", "-n", lab.server.name, "addr", "add", f"{SECOND}/24", "dev", "e0")


def open_at(lab, address, name):
    mosquitto(lab.server, f"listener 1883 {address}", listener=None, name=name)


def with_user_at(lab, address, name, password):
    path = lab.file(f"passwd-{name}", f"alice:{password}\n")
    sh("mosquitto_passwd", "-U", path)
    mosquitto(lab.server, f"listener 1883 {address}", "allow_anonymous false",
              f"password_file {path}", listener=None, name=name)


def addresses(expected):
    return case(expected, layer="addresses")


@addresses("delivery-two-brokers")
def two_addresses_two_brokers(lab):
    second_address(lab)
    open_at(lab, SERVER, "one.conf")
    open_at(lab, SECOND, "two.conf")
    leads_to(lab, SERVER, SECOND)
    return doctor(lab.phone, f"{NAME}:1883")


@addresses("delivery-two-brokers")
def two_families_two_brokers(lab):
    open_at(lab, SERVER, "one.conf")
    open_at(lab, SERVER6, "two.conf")
    leads_to(lab, SERVER, SERVER6)
    return doctor(lab.phone, "delivery", f"{NAME}:1883", "-t", "home/door", "--publish")


@addresses("delivery-two-brokers")
def two_brokers_in_311(lab):
    second_address(lab)
    open_at(lab, SERVER, "one.conf")
    open_at(lab, SECOND, "two.conf")
    leads_to(lab, SERVER, SECOND)
    return doctor(lab.phone, f"{NAME}:1883", "-V", "3.1.1")


@addresses("dns-stale-address")
def the_first_address_is_the_old_broker(lab):
    with_user_at(lab, SERVER6, "old.conf", "old-pw")
    with_user_at(lab, SERVER, "new.conf", "alice-pw")
    leads_to(lab, SERVER, SERVER6)
    return doctor(lab.phone, f"{NAME}:1883", *ALICE)


@addresses("dns-stale-address")
def the_first_address_shows_another_certificate(lab):
    certificate = certificates.get("good")
    other = certificates.get("of-old-ca")
    mosquitto(lab.server, f"listener 8883 {SERVER6}", *tls_lines(other)[1:], listener=None,
              name="old.conf", ready=8883)
    mosquitto(lab.server, f"listener 8883 {SERVER}", *tls_lines(certificate)[1:], listener=None,
              name="new.conf", ready=8883)
    lab.phone.file("hosts", f"127.0.0.1 localhost\n{SERVER} broker.test\n{SERVER6} broker.test\n")
    return doctor(lab.phone, "mqtts://broker.test", "--cafile", ca())


@addresses("dns-one-of-several-dead")
def another_address_refuses_the_login(lab):
    with_user_at(lab, SERVER6, "new.conf", "alice-pw")
    with_user_at(lab, SERVER, "old.conf", "old-pw")
    leads_to(lab, SERVER, SERVER6)
    return doctor(lab.phone, f"{NAME}:1883", *ALICE)


@healthy()
def two_addresses_of_one_broker(lab):
    second_address(lab)
    mosquitto(lab.server)
    leads_to(lab, SERVER, SECOND, SERVER6)
    return doctor(lab.phone, f"{NAME}:1883")


@healthy()
def two_addresses_of_one_broker_with_users(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}", "allow_anonymous false")
    leads_to(lab, SERVER, SERVER6)
    return doctor(lab.phone, "delivery", f"{NAME}:1883", *ALICE, "-t", "home/door", "--publish")


@healthy()
def one_family_of_two_brokers(lab):
    open_at(lab, SERVER, "one.conf")
    open_at(lab, SERVER6, "two.conf")
    leads_to(lab, SERVER, SERVER6)
    return doctor(lab.phone, f"{NAME}:1883", "-4")
