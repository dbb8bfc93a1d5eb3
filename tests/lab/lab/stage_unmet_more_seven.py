"""Never met, the seventh batch, its second half: rules and routes, what is overheard, and captures.

Written and scored together with the first half, stage_unmet_seven.
"""
import time

from .cases import doctor, explain
from .net import PHONE, SERVER, sh
from .services import mosquitto, password_file
from .stage_delivery import AT
from .stage_listen import broker, client, listen, pub
from .stage_unmet_five import on_server
from .stage_unmet_seven import SECURITY_GROUP, captured, nft, three_connects
from .stage_unmet_six import broken, raw
from .stage_vantage import on_server as from_server, ssh, together
from .unmet import unmet


# ---- rules and routes -------------------------------------------------------------------------------


@unmet("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def rule_for_an_interface_that_is_called_otherwise(lab):
    """eth0 became enp1s0 with the new kernel."""
    mosquitto(lab.server)
    nft(lab.server, """table inet filter {
  chain input { type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    iifname "eth0" tcp dport { 22, 1883 } accept
  }
}
""")
    return on_server(lab)


@unmet("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def only_the_tunnel_is_let_in(lab):
    mosquitto(lab.server)
    nft(lab.server, """table inet filter {
  chain input { type filter hook input priority 0; policy accept;
    iif lo accept
    iifname != "wg0" tcp dport 1883 drop
  }
}
""")
    return on_server(lab)


@unmet("tcp-timeout-host-firewall", never=(SECURITY_GROUP,))
def card_itself_drops_it(lab):
    """The ingress hook of the netdev family, in front of all that iptables shows."""
    mosquitto(lab.server)
    ssh(lab)
    nft(lab.server, """table netdev early {
  chain ingress { type filter hook ingress device "e0" priority -500; policy accept;
    tcp dport 1883 counter drop
  }
}
""")
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


@unmet("tcp-timeout-source-allowlist", "path-no-route-back", never=(SECURITY_GROUP,))
def banned_by_a_route(lab):
    """fail2ban's action "route": answers to that address go nowhere."""
    mosquitto(lab.server)
    ssh(lab)
    sh("ip", "-n", lab.server.name, "route", "add", "blackhole", f"{PHONE}/32")
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


@unmet("path-no-route-back", never=(SECURITY_GROUP,))
def server_answers_by_its_other_uplink(lab):
    """Asked by the first, and the second does not pass on what has the first one's address."""
    mosquitto(lab.server)
    ssh(lab)
    sh("ip", "-batch", "-", input=f"link add e1 netns {lab.server.name} type veth peer name r3 netns "
       f"{lab.router.name}\n")
    for name, lines in ((lab.router.name, "address add 10.77.4.1/24 dev r3\nlink set r3 up\n"),
                        (lab.server.name, "address add 10.77.4.2/24 dev e1\nlink set e1 up\n"
                                          "route replace default via 10.77.4.1 dev e1\n")):
        sh("ip", "-n", name, "-batch", "-", input=lines)
    lab.router.nft("fw iifname r3 ip saddr != 10.77.4.0/24 drop")
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


@unmet("tcp-unreachable-host-down", "tcp-unreachable-no-route", "input-private-address",
       "input-wrong-address", never=(SECURITY_GROUP, "tcp-timeout-host-firewall"))
def laptop_has_the_same_network_at_home(lab):
    """The tunnel leads to 10.77.2.0/24, and so is the network the laptop sits in."""
    mosquitto(lab.server)
    server = from_server(lab)
    sh("ip", "-n", lab.phone.name, "-batch", "-", input=(
        "link add home type veth peer name there\nlink set there up\n"
        "address add 10.77.2.50/24 dev home\nlink set home up\n"))
    return together(lab, server=server, laptop=doctor(lab.phone, AT))


# ---- overheard ----------------------------------------------------------------------------------------


@unmet("delivery-inflight-stall", "mqtt-packet-too-large", never=("delivery-qos2-stuck",), slowest=20.0,
       is_long=True)
def device_with_a_buffer_of_256_bytes(lab):
    """It takes small messages and drops large ones, which it never acknowledges."""
    broker(lab)

    def act():
        client(lab, "connect=esp8266", "subscribe=1,home/#", "picky=200,30")
        time.sleep(1.2)
        for size in (20, 30, 600, 40, 700, 50):
            pub(lab, "-q", "1", "-m", "x" * size, "-i", "hub")
    return listen(lab, act)


@unmet("auth-password-without-username", "mqtt-malformed-client", never=("auth-bad-credentials",))
def password_and_no_user_in_3_1_1(lab):
    """[MQTT-3.1.2-22]."""
    broker(lab)
    return listen(lab, lambda: raw(lab, "101300044d5154540442003c0003617070" + "00027077"), patience=2)


@unmet("session-empty-id-persistent", never=("auth-client-id-not-allowed", "auth-bad-credentials"))
def no_identifier_and_a_session_to_keep(lab):
    broker(lab)
    return listen(lab, lambda: raw(lab, "100c00044d5154540400003c" + "0000"), patience=2)


@unmet("mqtt-version-refused", "mqtt-malformed-client", never=("auth-bad-credentials",))
def old_name_and_a_new_level(lab):
    """MQIsdp with level 4, of a library half brought up to date."""
    broker(lab)
    return listen(lab, lambda: raw(lab, "101100064d514973647004" + "02003c0003617070"), patience=2)


CONNECT = "100f00044d5154540402003c0003617070"

broken("subscribe_without_its_flag", CONNECT, "80080001000361626300", batch=__name__)
broken("message_that_says_it_is_shorter", CONNECT, "300600036162637879" + "7a7a7a", batch=__name__)


@unmet("healthy")
def sent_again_at_qos_0(lab):
    """[MQTT-3.3.1-2]: should be called malformed, as was written first; mosquitto 2.0.11 takes it."""
    broker(lab)
    return listen(lab, lambda: raw(lab, CONNECT, "38060003616263" + "78"), patience=1)


@unmet("tcp-timeout-host-firewall", never=(SECURITY_GROUP, "tcp-refused-not-running"))
def capture_on_the_server_shows_questions_and_no_answer(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in tcp dport 1883 drop")
    path = captured(lab, lab.server, lambda: three_connects(lab))
    return explain("--captured-on", "server", path)


@unmet("auth-bad-credentials", "auth-client-id-not-allowed", never=("auth-anonymous-refused",))
def capture_of_a_wrong_password(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    path = captured(lab, lab.server, lambda: lab.phone.run(
        "mosquitto_pub", "-h", SERVER, "-u", "alice", "-P", "old", "-t", "a", "-m", "x", check=False))
    return explain("--captured-on", "server", path)


@unmet("healthy")
def capture_of_a_day_that_was_well(lab):
    mosquitto(lab.server)

    def act():
        process = lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "home/#", "-C", "2", "-W", "4")
        time.sleep(0.4)
        for _ in range(2):
            lab.phone.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "home/door", "-m", "x")
        process.wait(5)
    return explain(captured(lab, lab.server, act))
