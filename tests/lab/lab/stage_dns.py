"""From a name to addresses."""
from .cases import case, doctor
from .net import ROUTER_PHONE, ROUTER_SERVER, SERVER, SERVER6
from .services import dnsmasq, mosquitto, nginx

GOOD = f"address=/good.test/{SERVER}"


@case("dns-nxdomain")
def name_does_not_exist(lab):
    dnsmasq(lab.router, GOOD)
    return doctor(lab.phone, "nx.test:1883")


@case("dns-nxdomain")
def alias_of_nothing(lab):
    dnsmasq(lab.router, "cname=alias.test,gone.test")
    return doctor(lab.phone, "alias.test:1883")


@case("dns-no-address-for-family")
def only_v6_on_a_v4_network(lab):
    dnsmasq(lab.router, f"host-record=v6only.test,{SERVER6}")
    mosquitto(lab.server)
    lab.phone.run("ip", "-6", "route", "del", "default")
    lab.phone.run("ip", "-6", "addr", "flush", "dev", "e0", "scope", "global")
    return doctor(lab.phone, "v6only.test:1883")


@case("dns-no-address-for-family")
def name_without_any_address(lab):
    dnsmasq(lab.router, "txt-record=empty.test,hello")
    return doctor(lab.phone, "empty.test:1883")


@case("dns-nxdomain")
def name_does_not_exist_anywhere(lab):
    dnsmasq(lab.router, GOOD)
    dnsmasq(lab.server, GOOD, address=SERVER)
    return doctor(lab.phone, "nx.test:1883", "--resolver", SERVER)


@case("dns-resolver-filters")
def name_on_a_block_list(lab):
    dnsmasq(lab.router, "address=/good.test/0.0.0.0", "address=/good.test/::")
    mosquitto(lab.server)
    return doctor(lab.phone, "good.test:1883")


@case("dns-resolver-filters")
def name_blocked_as_if_it_did_not_exist(lab):
    dnsmasq(lab.router, "address=/good.test/")
    dnsmasq(lab.server, GOOD, address=SERVER)
    mosquitto(lab.server)
    return doctor(lab.phone, "good.test:1883", "--resolver", SERVER)


@case("dns-resolver-filters")
def router_drops_private_addresses(lab):
    dnsmasq(lab.server, GOOD, address=SERVER)
    dnsmasq(lab.router, f"server=/good.test/{SERVER}", "stop-dns-rebind")
    mosquitto(lab.server)
    return doctor(lab.phone, "good.test:1883", "--resolver", SERVER)


@case("dns-resolver-silent")
def name_server_is_silent(lab):
    lab.router.nft("in udp dport 53 drop")
    return doctor(lab.phone, "good.test:1883")


@case("dns-resolver-refuses")
def name_server_refuses(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "broker.example.org:1883")


@case("dns-resolver-refuses")
def nobody_on_port_53(lab):
    return doctor(lab.phone, "good.test:1883")


@case("dns-aaaa-queries-dropped")
def questions_for_v6_vanish(lab):
    dnsmasq(lab.router, GOOD)
    mosquitto(lab.server)
    # The type of the question stands after the 9-letter name: 8 + 12 + 11 bytes into UDP.
    lab.router.nft("in udp dport 53 @th,248,16 0x001c drop")
    return doctor(lab.phone, "good.test:1883")


@case("dns-nxdomain-hijack")
def every_name_is_the_router(lab):
    dnsmasq(lab.router, f"address=/#/{ROUTER_PHONE}", rest="")
    return doctor(lab.phone, "broker.example.org:1883")


@case("dns-hosts-file-override")
def hosts_file_pins_the_name(lab):
    dnsmasq(lab.router, GOOD)
    mosquitto(lab.server)
    lab.phone.file("hosts", "127.0.0.1 localhost\n10.77.2.250 good.test\n")
    return doctor(lab.phone, "good.test:1883")


@case("dns-mdns-name")
def local_name(lab):
    dnsmasq(lab.router, GOOD)
    return doctor(lab.phone, "broker.local:1883")


@case("dns-stale-address")
def record_points_to_nobody(lab):
    dnsmasq(lab.router, "address=/moved.test/10.77.2.98")
    mosquitto(lab.server)
    return doctor(lab.phone, "moved.test:1883")


@case("dns-one-of-several-dead")
def second_address_is_dead(lab):
    dnsmasq(lab.router, f"host-record=rr.test,{SERVER}", "host-record=rr.test,10.77.2.98")
    mosquitto(lab.server)
    return doctor(lab.phone, "rr.test:1883")


@case("dns-cdn-proxied")
def name_of_a_cdn(lab):
    dnsmasq(lab.router, "address=/cdn.test/104.16.1.1")
    lab.router.run("ip", "addr", "add", "104.16.1.1/32", "dev", "lo")
    nginx(lab.router, "server { listen 104.16.1.1:80; server_tokens off; "
                      "location / { return 403; } }", 80)
    lab.router.nft("in ip daddr 104.16.1.1 tcp dport != 80 drop")
    return doctor(lab.phone, "cdn.test:1883")
