"""Never met, the sixth batch: written when the first five had been learned from."""
import json
import sys

from .cases import Skip, doctor, without_warning
from .certificates import ca
from .net import SERVER, sh
from .services import (dnsmasq, has, mosquitto, nginx, password_file, scripted, tls_lines)
from .stage_delivery import AT, TRY, delivery, watch
from .stage_host import as_nobody
from .stage_listen import broker, client, listen, pub
from .stage_unmet_five import on_server
from .stage_vantage import office, on_server as from_server, ssh, together
from .stage_way import needs
from .unmet import OPEN, unmet

SECURE = f"mqtts://{SERVER}:8883"


# ---- works, and looks odd -------------------------------------------------------------------------


@unmet("healthy")
def user_name_is_the_identifier(lab):
    mosquitto(lab.server, "use_username_as_clientid true", "allow_anonymous false",
              f"password_file {password_file(lab)}")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@unmet("healthy")
def name_with_an_underscore(lab):
    dnsmasq(lab.router, f"address=/my_broker.test/{SERVER}")
    mosquitto(lab.server)
    return doctor(lab.phone, "my_broker.test:1883")


@unmet("healthy")
def neighbour_by_its_link_local_address(lab):
    """With the interface named behind it, as it must be."""
    mosquitto(lab.router)
    told = json.loads(sh("ip", "-n", lab.router.name, "-json", "-6", "addr", "show", "dev", "r0",
                         "scope", "link"))
    address = next(each["local"] for each in told[0]["addr_info"] if each.get("local"))
    return without_warning(doctor(lab.phone, f"[{address}%e0]:1883"), "input-link-local-address")


@unmet("healthy")
def alpn_that_the_broker_does_not_mind(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--tls-alpn", "mqtt")


@unmet("healthy")
def one_listener_for_each_address(lab):
    mosquitto(lab.server, "listener 1883 127.0.0.1", f"listener 1883 {SERVER}", "allow_anonymous true",
              listener=None)
    return on_server(lab)


@unmet("healthy")
def socat_passes_the_port_on(lab):
    needs("socat")
    mosquitto(lab.server, "listener 1884 127.0.0.1", listener=None, ready=1884)
    lab.server.start("socat", "TCP-LISTEN:1883,fork,reuseaddr", "TCP:127.0.0.1:1884", ready=1883)
    return without_warning(on_server(lab), "tcp-refused-loopback-listener")


@unmet("healthy", slowest=14)
def proxy_that_waits_longer_than_the_pings(lab):
    needs("nginx")
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "", 1883,
          "stream { server { listen 1883; proxy_pass 127.0.0.1:1884; proxy_timeout 20s; } }")
    return watch(lab.phone, 6, AT, "-k", "5")


@unmet("healthy")
def app_that_unsubscribes_and_stays(lab):
    broker(lab)

    def act():
        client(lab, "connect=app", "subscribe=1,home/#", "unsubscribe=home/#", "pings=3")
        pub(lab, "-q", "1", "-m", "x", "-i", "sensor")
    return listen(lab, act, patience=3)


# ---- what does not tell ---------------------------------------------------------------------------


@unmet(OPEN, "tcp-timeout-host-firewall", "tcp-timeout-security-group",
       "tcp-timeout-source-allowlist")
def server_was_looked_at_without_root(lab):
    """Its rules were not read: which of the two drops stays open, so nothing is certain."""
    mosquitto(lab.server, user="mosquitto")
    ssh(lab)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 drop")
    answer = together(lab, server=as_nobody(lab, "localhost:1883", "--on-broker"),
                      laptop=doctor(lab.phone, AT))
    if any(cause["certainty"] == "certain" for cause in answer.report["causes"]):
        answer.report["causes"][0]["id"] += " (for certain)"
    return answer


@unmet(OPEN, "mqtt-retain-not-supported", "delivery-retained-misunderstood",
       never=("auth-acl-publish-swallowed", "auth-acl-read-denied-silently"))
def broker_forgets_what_is_to_be_kept(lab):
    scripted(lab.server, 1883, "exchange")
    return delivery(lab.phone, AT, "-t", "home/door", "--retained")


@unmet("session-not-kept", "session-clean-session", never=("delivery-queue-overflow",))
def broker_forgets_who_was_there(lab):
    scripted(lab.server, 1883, "exchange")
    return delivery(lab.phone, AT, "--offline", "-c", "-q", "1", "-V", "3.1.1")


@unmet("delivery-no-local-ignored")
def broker_does_not_know_no_local(lab):
    scripted(lab.server, 1883, "exchange")
    return delivery(lab.phone, AT, *TRY, "--no-local", "-V", "5")


@unmet(OPEN, "tls-not-yet-valid", "tls-client-clock-wrong", never=("tls-expired",))
def clock_is_a_day_behind(lab):
    """The certificate is of today; whose clock is wrong cannot be seen from one side."""
    if not has("faketime"):
        raise Skip("faketime is not installed")
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), prefix=("faketime", "-1 day"))


# ---- names, certificates, addresses ---------------------------------------------------------------


@unmet("input-loopback-address", "dns-resolver-filters")
def public_name_leads_to_the_device_itself(lab):
    """The record may be wrong, or a filter answers: the second was not thought of at first."""
    dnsmasq(lab.router, "address=/broker.test/127.0.0.1")
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.test:1883")


@unmet("tls-to-plaintext-port", never=("proxy-backend-down", "tls-terminator-backend-down"))
def laptop_turns_tls_on_for_the_plain_port(lab):
    mosquitto(lab.server)
    return together(lab, server=from_server(lab),
                    laptop=doctor(lab.phone, f"mqtts://{SERVER}:1883", "--cafile", ca()))


@unmet("path-mtu-black-hole", never=("mqtt-broker-hung", "tls-to-plaintext-port"))
def laptop_is_behind_a_small_tunnel(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    server = from_server(lab, 8883, "--cafile", ca(), "--insecure")
    for link in ("r0", "r1"):
        lab.router.run("ip", "link", "set", link, "mtu", "1280")
    lab.router.nft("out icmp type destination-unreachable drop")
    return together(lab, server=server, laptop=doctor(lab.phone, SECURE, "--cafile", ca()))


@unmet("tcp-local-policy", never=("tcp-timeout-security-group", "tcp-egress-blocked"))
def laptops_vpn_forbids_all_else(lab):
    mosquitto(lab.server)
    server = from_server(lab)
    lab.phone.run("ip", "rule", "add", "to", "10.77.2.0/24", "prohibit")
    return together(lab, server=server, laptop=doctor(lab.phone, AT))


@unmet("auth-bad-credentials", never=("auth-source-not-allowed",))
def two_places_type_the_old_password(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    old = ("-u", "alice", "-P", "old-pw")
    return together(lab, server=from_server(lab, 1883, "-u", "alice", "-P", "alice-pw"),
                    home=doctor(lab.phone, AT, *old), office=doctor(office(lab), AT, *old))


# ---- the broker's own machine ---------------------------------------------------------------------


@unmet("tcp-refused-loopback-listener", never=("tcp-refused-not-running",))
def asked_by_loopback_where_it_does_not_listen(lab):
    mosquitto(lab.server, f"listener 1883 {SERVER}", "allow_anonymous true", listener=None)
    return doctor(lab.server, "localhost:1883", "--on-broker")


@unmet("tcp-refused-not-running", "tcp-refused-wrong-port", "host-config-not-used")
def started_by_hand_on_another_port(lab):
    """The first was to be wrong; it says that a broker runs and has no listener there, which is so."""
    lab.server.start("mosquitto", "-p", "1884", ready=1884)
    return on_server(lab)


@unmet("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist")
def only_ssh_by_a_map(lab):
    """A verdict map, as scripts write them; the port is not in it, and the policy drops."""
    mosquitto(lab.server)
    lab.server.run("nft", "-f", "-", input="""table inet guard {
  chain input { type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    tcp dport vmap { 22 : accept, 80 : accept, 443 : accept }
  }
}
""")
    return on_server(lab)


# ---- overheard --------------------------------------------------------------------------------------


def raw(lab, *packets):
    """Sent one after the other, with time for an answer."""
    words = ("import socket,time\n"
             f"s=socket.create_connection(('{SERVER}',1883))\n" +
             "".join(f"s.sendall(bytes.fromhex('{packet}'))\ntime.sleep(.4)\n" for packet in packets))
    return lab.phone.run(sys.executable, "-c", words, check=False)


CONNECT = "100f00044d5154540402003c0003617070"
CONNECT_5 = "101000044d5154540502003c000003617070"


def broken(name, *packets, batch=__name__):
    """The client itself breaks the rules, whatever the broker makes of it."""
    def stage(lab):
        broker(lab)
        return listen(lab, lambda: raw(lab, *packets), patience=1)
    stage.__name__ = name
    stage.__module__ = batch
    unmet("mqtt-malformed-client", "mqtt-topic-violates-rules",
          never=("auth-acl-publish-closes", "auth-acl-subscribe-refused"))(stage)


broken("subscribes_with_qos_3", CONNECT, "8208000100036162630" + "3")
broken("message_with_the_number_0", CONNECT, "3208000361626300" + "0078")
broken("topic_that_is_no_text", CONNECT, "30060003ff" + "fe6378")
broken("text_where_a_packet_should_begin", CONNECT, "48656c6c6f20776f726c64")


@unmet("mqtt-malformed-client", "ended-by-broker", "mqtt-refused",
       never=("auth-acl-publish-closes", "session-duplicate-client-id"))
def alias_that_was_never_allowed(lab):
    """Topic Alias 9999, of a broker that allows ten."""
    broker(lab)
    return listen(lab, lambda: raw(lab, CONNECT_5, "300a000361626303" + "23270f78"), patience=2)


@unmet("delivery-topic-differs", "delivery-wildcard-misread")
def plus_that_wants_a_level(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "sensors/+/temp", "--sent-to", "sensors/temp", "--publish")


@unmet("delivery-topic-differs")
def full_width_slash(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/door", "--sent-to", "home／door", "--publish")
