"""What is wrong with the question itself."""
import pathlib

from .cases import case, doctor
from .net import PHONE, SERVER, SERVER6
from .services import dnsmasq, mosquitto, nginx

GOOD = f"address=/good.test/{SERVER}"


def with_broker(lab):
    dnsmasq(lab.router, GOOD)
    mosquitto(lab.server)


@case("input-family-left-out")
def v6_alone_of_a_v4_name(lab):
    with_broker(lab)
    return doctor(lab.phone, "good.test:1883", "-6")


@case("input-family-left-out")
def v4_alone_of_a_v6_name(lab):
    dnsmasq(lab.router, f"host-record=v6only.test,{SERVER6}")
    mosquitto(lab.server)
    return doctor(lab.phone, "v6only.test:1883", "-4")


@case("input-family-left-out")
def from_an_address_of_the_other_family(lab):
    dnsmasq(lab.router, f"host-record=v6only.test,{SERVER6}")
    mosquitto(lab.server)
    return doctor(lab.phone, "v6only.test:1883", "-A", PHONE)


@case("input-scheme-in-host")
def url_in_the_host_field(lab):
    with_broker(lab)
    return doctor(lab.phone, "-h", "mqtt://good.test")


@case("input-scheme-in-host")
def web_address(lab):
    with_broker(lab)
    return doctor(lab.phone, "http://good.test:1883")


@case("input-port-in-host")
def port_in_the_host_field(lab):
    with_broker(lab)
    return doctor(lab.phone, "-h", "good.test:1883")


@case("input-port-in-host")
def brackets_in_the_host_field(lab):
    with_broker(lab)
    return doctor(lab.phone, "-h", "[fd77:2::2]:1883")


@case("input-invisible-character")
def space_at_the_end(lab):
    with_broker(lab)
    return doctor(lab.phone, "good.test ")


@case("input-invisible-character")
def full_width_dots(lab):
    with_broker(lab)
    return doctor(lab.phone, "-h", "good\u3002test", "-p", "1883")


@case("input-invisible-character")
def zero_width_space(lab):
    with_broker(lab)
    return doctor(lab.phone, "good\u200b.test:1883")


@case("input-ipv4-not-dotted-quad")
def leading_zeros(lab):
    with_broker(lab)
    return doctor(lab.phone, "010.077.002.002:1883")


@case("input-ipv4-not-dotted-quad")
def three_parts(lab):
    with_broker(lab)
    return doctor(lab.phone, "10.77.2:1883")


def without_a_broker_of_its_own(lab):
    """No phone has one, and what /etc tells of the machine below is hidden from this one."""
    (pathlib.Path("/etc/netns") / lab.phone.name / "mosquitto").mkdir(parents=True, exist_ok=True)


@case("input-scheme-in-host")
def scheme_with_a_single_slash(lab):
    with_broker(lab)
    return doctor(lab.phone, "mqtt:/good.test:1883")


@case("input-invisible-character")
def comma_of_the_sentence_it_was_in(lab):
    with_broker(lab)
    return doctor(lab.phone, "(good.test:1883),")


@case("input-port-in-host")
def ipv6_and_port_without_brackets(lab):
    with_broker(lab)
    return doctor(lab.phone, f"{SERVER6}:1883")


@case("input-loopback-address")
def loopback_on_the_phone(lab):
    with_broker(lab)
    without_a_broker_of_its_own(lab)
    return doctor(lab.phone, "127.0.0.1:1883")


@case("input-loopback-address")
def any_address_on_the_phone(lab):
    with_broker(lab)
    without_a_broker_of_its_own(lab)
    return doctor(lab.phone, "0.0.0.0:1883")


@case("input-private-address")
def private_address_without_a_route(lab):
    lab.router.run("ip", "route", "add", "unreachable", "192.168.0.0/16")
    return doctor(lab.phone, "192.168.1.50:1883")


@case("input-private-address")
def private_address_that_is_silent(lab):
    lab.router.nft("fw ip daddr 192.168.0.0/16 drop")
    lab.router.run("ip", "route", "add", "192.168.0.0/16", "via", SERVER)
    return doctor(lab.phone, "192.168.1.50:1883")


@case("input-cgnat-address")
def carrier_address(lab):
    dnsmasq(lab.router, "address=/cgnat.test/100.64.3.4")
    lab.router.nft("fw ip daddr 100.64.0.0/10 drop")
    return doctor(lab.phone, "cgnat.test:1883")


@case("input-link-local-address")
def link_local_v4(lab):
    return doctor(lab.phone, "169.254.7.7:1883")


@case("input-link-local-address")
def link_local_v6_without_scope(lab):
    return doctor(lab.phone, "[fe80::1]:1883")


@case("input-documentation-address")
def address_of_a_tutorial(lab):
    lab.router.nft("fw ip daddr 203.0.113.0/24 drop")
    return doctor(lab.phone, "203.0.113.10:1883")


@case("input-dashboard-port")
def dashboard_of_emqx(lab):
    nginx(lab.server, "server { listen 18083; location / { default_type text/html; "
                      "return 200 '<html><title>EMQX Dashboard</title></html>'; } }", 18083)
    return doctor(lab.phone, f"{SERVER}:18083")


@case("input-dashboard-port")
def web_server_on_80(lab):
    nginx(lab.server, "server { listen 80; location / { default_type text/html; "
                      "return 200 '<html><title>Welcome</title></html>'; } }", 80)
    return doctor(lab.phone, f"{SERVER}:80")


@case("input-shell-ate-the-topic")
def shell_took_sys(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"{SERVER}:1883", "-t", "/broker/version")


@case("input-container-address")
def name_of_a_container(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "mosquitto:1883")


@case("input-container-address")
def address_of_a_container(lab):
    lab.router.nft("fw ip daddr 172.16.0.0/12 drop")
    return doctor(lab.phone, "172.18.0.2:1883")
