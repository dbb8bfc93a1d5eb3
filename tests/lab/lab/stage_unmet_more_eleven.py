"""Never met, the eleventh batch, its second half: what was typed, certificates, logins, what is overheard
and what arrives. Written down with its right answers before the doctor was asked."""
import sys
import threading
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, sh
from .services import (dnsmasq, haproxy, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker)
from .stage_delivery import AT, delivery, watch
from .stage_listen import broker, client, listen, pub, sub
from .stage_login import AMAZON, cloud as secure_cloud, device
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_nine import arrives, case, not_for_certain, proved, telling
from .stage_unmet_seven import behind, captured, cloud, issued, nft
from .stage_vantage import office, ssh, together
from .stage_way import needs
from .stage_websocket import UPGRADE
from .unmet import OPEN

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"
REFUSED = ("tcp-refused-not-running", "tcp-refused-wrong-port", "tcp-refused-loopback-listener",
           "tcp-refused-by-firewall-reset", "tcp-docker-port-not-published")


# ---- works, and looks odd -------------------------------------------------------------------------


@case("healthy", never=("delivery-retained-misunderstood", "delivery-topic-differs"))
def kept_at_the_level_above(lab):
    """home/door/# fits home/door itself."""
    mosquitto(lab.server)
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "home/door", "-r", "-m", "open")
    return delivery(lab.phone, AT, "-t", "home/door/#", "--retained")


@case("healthy", never=("tls-self-signed-leaf", "tls-missing-intermediate", "tls-unknown-ca"))
def authority_itself_is_sent_along(lab):
    leaf, middle = certificates.get("leaf-alone"), certificates.get("intermediate")
    mosquitto(lab.server, *tls_lines(behind(lab, leaf, middle, certificates.get("ca"))), ready=8883)
    proved(arrives(lab.phone, "-p", "8883", "--cafile", ca()), "trusted")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("healthy", never=("tls-hostname-mismatch",))
def names_in_capital_letters(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    leaf = issued(lab, "leaf", "shop", "subjectAltName=DNS:BROKER.TEST\nextendedKeyUsage=serverAuth\n")
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    proved(arrives(lab.phone, "-p", "8883", "--cafile", ca(), at="broker.test"), "trusted")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@case("healthy", never=("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist"))
def map_of_ports_lets_it_in(lab):
    mosquitto(lab.server)
    nft(lab.server, """table inet filter {
  chain services {
    tcp dport vmap { 22 : accept, 80 : drop, 1880-1890 : accept }
  }
  chain input { type filter hook input priority 0; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iif lo accept
    meta l4proto tcp goto services
  }
}
""")
    proved(arrives(lab.phone), "let in")
    return on_server(lab)


@case("healthy", never=("session-flaps", "session-duplicate-client-id", "session-keepalive-expired"))
def sensor_that_sleeps_between_two_words(lab):
    """One identifier, and a connection of its own for every message, each ended properly."""
    broker(lab)

    def act():
        sub(lab, "-t", "home/#", "-i", "hub")
        for number in range(6):
            pub(lab, "-i", "sensor", "-q", "1", "-m", str(number), "--will-topic", "home/sensor/lost",
                "--will-payload", "gone")
            time.sleep(0.3)
    return listen(lab, act, patience=2)


@case("healthy", "delivery-retained-present")
def a_thousand_messages_are_kept(lab):
    mosquitto(lab.server)
    lab.phone.run(sys.executable, "-c", "import socket\n"
                  f"s=socket.create_connection(('{SERVER}',1883))\n"
                  "s.sendall(bytes.fromhex('100f00044d5154540402003c0003617070'))\ns.recv(4)\n"
                  "for i in range(1000):\n t=b'home/%04d'%i\n"
                  " s.sendall(bytes([0x31,len(t)+3,0,len(t)])+t+b'x')\n"
                  "s.sendall(bytes.fromhex('c000'))\ns.recv(2)\n")
    return delivery(lab.phone, AT, "-t", "home/#")


# ---- nobody could know ----------------------------------------------------------------------------


@case(OPEN, "dns-nxdomain-hijack", "dns-stale-address", "tcp-unreachable-host-down", "input-wrong-address",
      "input-container-address", "dns-nxdomain", "input-private-address", *REFUSED)
def short_name_in_a_domain_that_has_them_all(lab):
    """"broker" becomes broker.shop.test by the network's search list, and *.shop.test is the web server."""
    dnsmasq(lab.router, f"address=/shop.test/{SERVER}")
    lab.phone.file("resolv.conf", "nameserver 10.77.1.1\nsearch shop.test\n")
    scripted(lab.server, 80, "http", "200 OK", "BODY:<html>shop</html>")
    return telling(not_for_certain(doctor(lab.phone, "broker:1883")), "shop.test")


@case(OPEN, "mqtt-closed-after-connect", "tls-plaintext-to-tls-port", "mqtt-v5-closed-silently", "mqtt-not-a-broker",
      "mqtt-access-filter", "mqtt-version-refused", "auth-aws-policy-close", "proxy-protocol-expected",
      "proxy-backend-down-retrying", "proxy-backend-down", "auth-client-id-not-allowed", "mqtt-server-busy-or-banned")
def hangs_up_on_everybody(lab):
    scripted(lab.server, 1883, "broker", "versions=9", "other=close")
    proved(not arrives(lab.phone), "nobody gets in")
    return not_for_certain(doctor(lab.phone, AT))


@case(OPEN, "input-wrong-address", *REFUSED)
def address_of_ones_own_gateway(lab):
    """The router's, taken from the phone's own settings."""
    mosquitto(lab.server)
    return telling(not_for_certain(doctor(lab.phone, "10.77.1.1:1883")), "gateway", "router")


# ---- what was typed, and names ---------------------------------------------------------------------


@case("input-wrong-address", never=(SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-egress-blocked"))
def one_digit_beside_the_private_network(lab):
    """191.168.1.131 for 192.168.1.131, as somebody asked in a list; it is an address in Brazil."""
    sh("ip", "-n", lab.phone.name, "address", "add", "192.168.1.50/24", "dev", "e0")
    lab.router.nft("fw ip daddr 191.168.0.0/16 drop")
    sh("ip", "-n", lab.router.name, "route", "add", "191.168.0.0/16", "via", SERVER)
    return telling(doctor(lab.phone, "191.168.1.131:1883"), "192.168")


@case("input-wrong-address", never=("tcp-local-policy", "tcp-client-offline", "tcp-refused-not-running"))
def address_of_all_of_the_network(lab):
    """The last one, which is everybody's."""
    mosquitto(lab.server)
    return telling(doctor(lab.phone, "10.77.1.255:1883"), "broadcast")


@case("dns-nxdomain", "dns-no-address-for-family", never=("dns-server-failure", "dns-resolver-filters"))
def alias_of_a_name_that_is_gone(lab):
    dnsmasq(lab.router, "cname=broker.test,mqtt.old-shop.test")
    return telling(doctor(lab.phone, "broker.test:1883"), "old-shop.test")


# ---- certificates -----------------------------------------------------------------------------------


@case("tls-ip-without-san", "tls-hostname-mismatch", never=("tls-unknown-ca", "tls-interception"),
      harm=r"DNS:\s*10\.77")
def address_written_as_a_name(lab):
    leaf = issued(lab, "leaf", "shop", f"subjectAltName=DNS:{SERVER}\nextendedKeyUsage=serverAuth\n")
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    told = lab.phone.run("openssl", "s_client", "-connect", f"{SERVER}:8883", "-CAfile", ca(), "-verify_ip", SERVER,
                         input="Q\n", check=False)
    proved("IP address mismatch" in told, "refused by OpenSSL (libmosquitto is kinder)")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-unknown-ca", never=("tls-interception", "tls-self-signed-leaf"))
def servers_certificate_for_its_authority(lab):
    """What was handed to the phone is the server's own certificate."""
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    own = certificates.get("good").certificate
    proved(not arrives(lab.phone, "-p", "8883", "--cafile", own), "refused")
    return telling(doctor(lab.phone, SECURE, "--cafile", own), "server's own", "own certificate", "not an authority",
                   "no authority", "not a ca", "itself", "issuer", "lab test ca")


@case("tls-expired", never=("tls-client-clock-wrong", "tls-unknown-ca"))
def renewed_and_the_balancer_does_not_know(lab):
    needs("haproxy")
    mosquitto(lab.server, listener=1884, ready=1884)
    path = lab.file("broker.pem")

    def put(name):
        kept = certificates.get(name)
        with open(path, "w", encoding="ascii") as out:
            for part in (kept.certificate, kept.key):
                with open(part, encoding="ascii") as text:
                    out.write(text.read())
    put("expired")
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {path}\n server s 127.0.0.1:1884", 8883)
    time.sleep(1.1)
    put("good")
    return telling(on_server(lab, SECURE, "--cafile", ca()), "haproxy")


@case("tls-to-plaintext-port", never=("mqtt-malformed-client", "mqtt-closed-after-connect"))
def capture_of_a_greeting_nobody_understood(lab):
    mosquitto(lab.server)
    path = captured(lab, lab.server, lambda: lab.phone.run(
        "timeout", "2", "mosquitto_pub", "-h", SERVER, "-p", "1883", "--cafile", ca(), "-t", "a", "-m", "x",
        check=False))
    return explain("--captured-on", "server", path)


@case("path-no-route-back", never=(SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-refused-not-running"))
def capture_of_answers_from_another_address(lab):
    """On the phone: .2 is asked, and .3 answers."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.2.3/24", "dev", "e0")
    nft(lab.server, "table ip o { chain out { type route hook output priority -300;\n"
        " oifname e0 tcp sport 1883 ip saddr set 10.77.2.3\n }\n}\n")
    path = captured(lab, lab.phone, lambda: proved(not arrives(lab.phone), "no connection"))
    return telling(explain("--captured-on", "client", path), "10.77.2.3")


# ---- logins -----------------------------------------------------------------------------------------


@case("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def tencent_user_name_of_the_product_alone(lab):
    """Behind product and device follow ;12010126;CONNECTION;EXPIRY."""
    cloud(lab, "tencentdevices.com", "user=AB12CD34EFlamp:4", "versions=3,4")
    return doctor(lab.phone, "AB12CD34EF.iotcloud.tencentdevices.com:1883", "-V", "3.1.1", "-i", "AB12CD34EFlamp",
                  "-u", "AB12CD34EFlamp", "-P", "0f" * 20)


@case("auth-cloud-credentials-format", never=("auth-bad-credentials",))
def huawei_identifier_without_its_hour(lab):
    """DEVICE_0_0_2026112922 is what it wants for an identifier."""
    cloud(lab, "myhuaweicloud.com", "user=5f_lamp:4", "versions=3,4")
    return doctor(lab.phone, "0a1b2c.st1.iotda-device.cn-north-4.myhuaweicloud.com:1883", "-V", "3.1.1", "-i", "5f_lamp",
                  "-u", "5f_lamp", "-P", "0f" * 32)


@case("mqtt-topic-violates-rules", "auth-aws-policy-close", never=("mqtt-broker-hung",))
def more_levels_than_amazon_takes(lab):
    """Seven slashes is all it allows."""
    topic = "site/1/floor/2/room/3/lamp/4/state"
    answer = doctor(lab.phone, secure_cloud(lab, AMAZON, "broker", "subscribe=close", f"only={topic}"), *device(), "-t",
                    topic)
    return telling(answer, "level", "slash", "eight", "seven")


@case("auth-bad-credentials", never=("auth-anonymous-refused", "auth-password-file-not-hashed",
                                    "auth-listener-settings-trap"),
      harm="mosquitto_passwd|mosquitto.conf|kill")
def mosquitto_beside_the_one_that_refuses(lab):
    """Its own broker on 1883, and on 1884 a mosquitto that knows bob alone."""
    scripted(lab.server, 1883, "broker", "user=alice:4")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'bob', 'bob-pw')}", listener=1884,
              ready=1884)
    return on_server(lab, AT, *ALICE)


@case("auth-bad-credentials", "input-invisible-character", never=("auth-anonymous-refused",))
def blank_behind_the_password(lab):
    """Copied with it, as phones do."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(arrives(lab.phone, *ALICE), "it is right without")
    return telling(on_server(lab, AT, "-u", "alice", "-P", "alice-pw "), "space", "blank")


@case("auth-bad-credentials", never=("auth-anonymous-refused",))
def user_name_with_a_capital_letter(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return telling(on_server(lab, AT, "-u", "Alice", "-P", "alice-pw"), '"alice"', "capital", "upper case")


@case("mqtt-version-refused", "mqtt-v5-closed-silently", never=("mqtt-access-filter", "tls-plaintext-to-tls-port"))
def broker_of_the_first_protocol(lab):
    """As mosquitto was before 1.0: "Invalid protocol MQTT", and it hangs up."""
    scripted(lab.server, 1883, "broker", "versions=3", "other=close")
    proved(not arrives(lab.phone) and arrives(lab.phone, "-V", "mqttv31"), "3.1 alone")
    answer = doctor(lab.phone, AT)
    if not any(word in str([answer.report["causes"][:1], answer.report["warnings"]]) for word in ("3.1.1", "MQIsdp")):
        answer.found += " (without a word of 3.1.1, which does not work either)"
    return answer


# ---- overheard --------------------------------------------------------------------------------------


@case("delivery-inflight-stall", "delivery-qos2-stuck", never=("delivery-not-subscribed",), slowest=30)
def receiver_that_ends_no_handshake(lab):
    """It subscribed with QoS 2, and answers no message."""
    broker(lab, "max_inflight_messages 3")

    def act():
        client(lab, "connect=lamp", "subscribe=2,home/door", "wait=14")
        time.sleep(1)
        for number in range(6):
            pub(lab, "-q", "2", "-m", str(number), "-i", "hub")
    return listen(lab, act, patience=14)


@case("delivery-not-subscribed", "delivery-no-subscriber", never=("auth-acl-read-denied-silently",), slowest=30)
def unsubscribed_at_once(lab):
    broker(lab)

    def act():
        client(lab, "connect=panel", "subscribe=0,home/door", "unsubscribe=home/door", "pings=10")
        time.sleep(1.5)
        for number in range(4):
            pub(lab, "-q", "1", "-m", str(number), "-i", "sensor", "-V", "5")
            time.sleep(0.4)
    return listen(lab, act, patience=12, notes=True)


@case("session-none-stored", "session-lost-at-broker-restart", "delivery-not-subscribed", "session-not-kept",
      "session-clean-session", "delivery-no-subscriber", slowest=30)
def counts_on_a_session_that_somebody_ended(lab):
    """A test with the same identifier and a clean session threw away what it had subscribed to."""
    broker(lab)

    def act():
        client(lab, "connect=panel,60,keep", "subscribe=1,home/door", "wait=0.5").wait(5)
        client(lab, "connect=panel", "wait=0.3").wait(5)
        client(lab, "connect=panel,60,keep", "pings=10")
        time.sleep(1)
        for number in range(4):
            pub(lab, "-q", "1", "-m", str(number), "-i", "sensor")
            time.sleep(0.4)
    return listen(lab, act, patience=12)


@case("delivery-no-subscriber", "delivery-topic-differs", "delivery-wildcard-misread", "delivery-not-subscribed",
      never=("auth-acl-publish-swallowed",))
def one_level_too_many_is_wanted(lab):
    """home/door/+ does not fit home/door."""
    broker(lab)

    def act():
        sub(lab, "-t", "home/door/+", "-i", "panel")
        for number in range(4):
            pub(lab, "-q", "1", "-V", "5", "-m", str(number), "-i", "sensor")
    return listen(lab, act, patience=4, notes=True)


@case("mqtt-topic-violates-rules", "mqtt-malformed-client", "auth-acl-publish-closes",
      never=("auth-acl-publish-swallowed", "mqtt-packet-too-large"))
def message_to_a_wildcard(lab):
    broker(lab)
    return listen(lab, lambda: client(lab, "connect=lamp", "publish=1,home/+/door", "wait=2"), patience=4)


# ---- what arrives, and staying connected ------------------------------------------------------------


def two_brokers(lab, *lines):
    mosquitto(lab.server)
    mosquitto(lab.server, "connection up", f"address {SERVER}:1883", "cleansession true", *lines, listener=1885,
              ready=1885, name="edge.conf")
    time.sleep(1)


@case("delivery-not-forwarded", "delivery-other-broker", never=("auth-acl-publish-swallowed", "delivery-two-brokers"),
      harm="connection other")
def bridge_that_only_fetches(lab):
    """topic # in: nothing goes up. A second bridge at the far end would send one message round for ever."""
    two_brokers(lab, "topic # in 1")
    return telling(doctor(lab.server, "delivery", AT, "--on-broker", "-t", "home/door", "--publish", "--sent-via",
                          f"{SERVER}:1885"), "topic # in")


@case("delivery-bridge-prefix", "delivery-topic-differs", "delivery-topic-rewritten", "delivery-not-forwarded",
      never=("auth-acl-publish-swallowed",))
def bridge_renames_the_house(lab):
    two_brokers(lab, "topic # out 1 home/ house/7/")
    return telling(delivery(lab.phone, AT, "-t", "home/door", "--publish", "--sent-via", f"{SERVER}:1885"),
                   "house/7", "prefix")


@case("session-broker-restarted", never=("proxy-idle-timeout", "path-nat-idle-reset", "session-keepalive-expired"), slowest=30)
def broker_starts_anew_by_the_clock(lab):
    """A cron job that somebody wrote."""
    process = mosquitto(lab.server)

    def again():
        time.sleep(4)
        process.terminate()
        process.wait(5)
        time.sleep(0.5)
        mosquitto(lab.server)
    worker = threading.Thread(target=again)
    worker.start()
    answer = watch(lab.phone, 12, AT, "-k", "4")
    worker.join()
    return answer


@case("path-half-open", "path-packet-loss", "tcp-unreachable-host-down",
      never=("proxy-idle-timeout", "path-nat-idle-drop", "session-keepalive-expired", "mqtt-broker-hung"), slowest=30)
def way_ends_in_the_middle(lab):
    """The cable: from the fourth second on nothing passes, busy or not."""
    mosquitto(lab.server)
    worker = threading.Timer(4, lambda: sh("ip", "-n", lab.router.name, "link", "set", "r1", "down"))
    worker.start()
    answer = watch(lab.phone, 16, AT, "-k", "4")
    worker.join()
    return answer


@case("ws-subprotocol-unknown", "ws-subprotocol-missing", never=("ws-wrong-path", "ws-proxy-backend-down"))
def web_server_answers_with_a_subprotocol_of_its_own(lab):
    """Written into nginx years ago: mqttv3.1, whoever asks; browsers hang up."""
    needs("nginx")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 80; location /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} "
          "proxy_hide_header Sec-WebSocket-Protocol; add_header Sec-WebSocket-Protocol mqttv3.1 always; } }", 80)
    return telling(doctor(lab.phone, f"ws://{SERVER}:80/mqtt"), "mqttv3.1")


@case("tcp-egress-blocked", "path-dpi-reset", "tcp-refused-by-firewall-reset", "tcp-refused-by-icmp",
      never=(SECURITY_GROUP, "tcp-timeout-host-firewall", "tcp-refused-not-running", "tcp-refused-loopback-listener"))
def office_turns_away_and_home_does_not(lab):
    """Three files: the office's gateway resets what leaves for 1883."""
    mosquitto(lab.server)
    ssh(lab)
    desk = office(lab)
    nft(lab.router, "table inet office { chain fw { type filter hook forward priority 0; policy accept;\n"
        " iifname r2 tcp dport 1883 reject with tcp reset\n }\n}\n")
    sh("ip", "-n", lab.router.name, "route", "replace", "10.77.3.0/24", "dev", "r2")
    proved(arrives(lab.phone) and not arrives(desk), "the office alone")
    return together(lab, server=doctor(lab.server, "localhost:1883", "--on-broker"), office=doctor(desk, AT),
                    home=doctor(lab.phone, AT))


@case("mqtt-access-filter", never=("auth-bad-credentials", "tcp-refused-not-running", "proxy-backend-down"))
def wrappers_refuse_all_but_the_lan(lab):
    """/etc/hosts.deny of an old howto; the server itself is let in."""
    lab.server.file("hosts.deny", "mosquitto: ALL EXCEPT 127.0.0.1, [::1], 10.77.2.\n")
    lab.server.file("hosts.allow", "")
    mosquitto(lab.server)
    proved(not arrives(lab.phone) and arrives(lab.server), "the server alone")
    return together(lab, server=doctor(lab.server, "localhost:1883", "--on-broker"), laptop=doctor(lab.phone, AT))
