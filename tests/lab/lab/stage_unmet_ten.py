"""Never met, the tenth batch: other kinds than the ninth's, from public reports as well. Written down
with its right answers before the doctor was asked."""
import pathlib
import re
import time

from . import certificates
from .cases import Answer, doctor, explain, without_warning
from .certificates import ca
from .net import SERVER, sh
from .services import (dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, tls_lines,
                       websocket_broker)
from .stage_delivery import AT, delivery
from .stage_host import log, start_as_a_service
from .stage_listen import broker, listen, pub, sub
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_nine import arrives, case, does_not_start, not_for_certain, proved, telling
from .stage_unmet_seven import captured, issued, nft, three_connects
from .stage_unmet_six import raw
from .stage_way import needs
from .stage_websocket import UPGRADE
from .unmet import OPEN

SECURE = f"mqtts://{SERVER}:8883"
SECURITY_GROUP = "tcp-timeout-security-group"


def said_at_once(answer, name, regex):
    """What is wrong with the command line is told as one line, and is as right as a cause."""
    if not answer.report and re.search(regex, answer.error):
        return Answer(name, answer.seconds, answer.code,
                      {"causes": [{"id": name, "certainty": "certain"}], "healthy": False}, answer.error)
    return answer


# ---- works, and looks odd -------------------------------------------------------------------------


@case("healthy", never=("mqtt-broker-hung",))
def balancer_that_waits_for_the_first_byte(lab):
    """The connection stands on this side alone until something was said."""
    needs("haproxy")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883 defer-accept\n server s 127.0.0.1:1884", 1883)
    proved(arrives(lab.phone), "it is passed on")
    return doctor(lab.phone, AT)


@case("healthy", never=("proxy-source-denied", "mqtt-access-filter"))
def balancer_that_reads_the_connect(lab):
    """What is no MQTT is turned away."""
    needs("haproxy")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "frontend f\n bind :1883\n tcp-request inspect-delay 2s\n tcp-request content reject "
            "unless { req.payload(0,0),mqtt_is_valid }\n default_backend b\nbackend b\n"
            " server s 127.0.0.1:1884", 1883)
    proved(arrives(lab.phone), "it is passed on")
    return doctor(lab.phone, AT)


@case("healthy")
def tunnel_of_ones_own(lab):
    """ssh -L: the far broker by the laptop's own address."""
    needs("socat")
    mosquitto(lab.server)
    lab.phone.start("socat", "TCP-LISTEN:1883,fork,reuseaddr,bind=127.0.0.1", f"TCP:{SERVER}:1883",
                    ready=1883)
    proved(arrives(lab.phone, at="127.0.0.1"), "the tunnel leads there")
    return without_warning(doctor(lab.phone, "127.0.0.1:1883"), "input-loopback-address",
                           "tcp-refused-loopback-listener")


@case(OPEN, "mqtt-packet-too-large")
def large_message_over_websocket_and_nginx(lab):
    """Was to be healthy; mosquitto 2.0.11 itself takes 300 KB by WebSocket and hands them out by TCP alone,
    whatever stands in front: no client gets them by WebSocket, and no limit of its configuration is met."""
    needs("nginx")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 80; client_max_body_size 1k; location /mqtt {{ proxy_pass "
          f"http://127.0.0.1:9001; {UPGRADE} }} }}", 80)
    return delivery(lab.phone, f"ws://{SERVER}:80/mqtt", "--size", "300k")


@case("healthy", never=("delivery-retained-misunderstood", "delivery-no-subscriber"))
def switch_that_clears_its_own_order(lab):
    """Tasmota sends an empty message to its own topic at each start, and its state."""
    broker(lab)

    def act():
        sub(lab, "-t", "tele/#", "-t", "stat/#", "-i", "hub")
        sub(lab, "-t", "cmnd/lamp/#", "-t", "cmnd/lamps/#", "-i", "lamp")
        for topic, words in (("tele/lamp/LWT", ("-r", "-m", "Online")), ("cmnd/lamp/POWER", ("-n",)),
                             ("stat/lamp/RESULT", ("-m", '{"POWER":"ON"}'))):
            pub(lab, "-t", topic, *words, "-i", "switch")
    return listen(lab, act, patience=2.5)


@case("healthy")
def capture_of_a_day_over_tls(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    words = ("-h", SERVER, "-p", "8883", "--cafile", ca(), "-t", "home/door")

    def act():
        process = lab.phone.start("mosquitto_sub", *words, "-C", "2", "-W", "4")
        time.sleep(0.4)
        for _ in range(2):
            lab.phone.run("mosquitto_pub", *words, "-q", "1", "-m", "x")
        proved(process.wait(5) == 0, "all arrived")
    return explain(captured(lab, lab.server, act, port=8883))


@case("healthy", "input-url-character")
def at_sign_in_the_password_of_an_address(lab):
    """mqtt://alice:p@ss@host: either understood, or told to write %40."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, password='p@ss')}")
    proved(arrives(lab.phone, "-u", "alice", "-P", "p@ss"), "the password is that")
    return said_at_once(doctor(lab.phone, f"mqtt://alice:p@ss@{SERVER}:1883"), "input-url-character",
                        "%40")


# ---- nobody could know ----------------------------------------------------------------------------


@case(OPEN, "tcp-refused-not-running", "tcp-refused-by-firewall-reset", "tcp-refused-wrong-port",
      "tcp-refused-loopback-listener", "tcp-docker-port-not-published")
def capture_on_the_client_shows_a_refusal(lab):
    path = captured(lab, lab.phone, lambda: three_connects(lab))
    return not_for_certain(explain("--captured-on", "client", path))


@case(OPEN, "auth-acl-subscribe-refused", "mqtt-qos-not-supported", "mqtt-topic-violates-rules")
def subscription_refused_and_not_why(lab):
    """0x80 is all that MQTT 3.1.1 can say."""
    scripted(lab.server, 1883, "broker", "subscribe=80", "only=home/door", "versions=4",
             "hub=no-parent")
    return not_for_certain(doctor(lab.phone, AT, "-V", "3.1.1", "-t", "home/door"))


@case(OPEN, "mqtt-broker-hung", "proxy-backend-black-hole", "path-payload-dropped", "mqtt-not-a-broker",
      "tls-plaintext-to-tls-port", "proxy-protocol-expected", "ws-raw-mqtt-to-ws-port",
      "path-transparent-proxy", "proxy-queue-full")
def takes_the_connection_and_says_nothing(lab):
    scripted(lab.server, 1883, "silent")
    proved(not arrives(lab.phone), "no answer")
    return not_for_certain(doctor(lab.phone, AT))


# ---- the broker's own machine -----------------------------------------------------------------------


does_not_start("user_it_should_become_is_misspelt",
               "listener 1883\nlog_dest file LOG\nallow_anonymous true\nuser mosquito\n",
               "host-config-error", never=("host-file-permission",), batch=__name__)


def joined_without_a_line_between(lab):
    leaf = certificates.get("leaf-alone")
    lab.file("chain.pem", pathlib.Path(leaf.certificate).read_text().rstrip("\n") +
             pathlib.Path(certificates.get("intermediate").certificate).read_text())
    lab.file("key.pem", pathlib.Path(leaf.key).read_text())


def swapped(lab):
    good = certificates.get("good")
    lab.file("chain.pem", pathlib.Path(good.key).read_text())
    lab.file("key.pem", pathlib.Path(good.certificate).read_text())


for name, before in (("certificates_joined_without_a_line_between", joined_without_a_line_between),
                     ("certificate_and_key_swapped", swapped)):
    does_not_start(name, "listener 8883\nallow_anonymous true\nlog_dest file LOG\ncertfile FOLDER/chain.pem\n"
                   "keyfile FOLDER/key.pem\n", "host-cert-key-problem", never=("host-file-permission",),
                   port=8883, before=before, batch=__name__)


@case("host-bind-address-missing", "tcp-refused-not-running",
      never=("host-port-in-use", "tcp-refused-by-firewall-reset"))
def address_came_later_than_the_broker(lab):
    """At boot the network was not up yet; now all looks right, and nobody runs."""
    sh("ip", "-n", lab.server.name, "address", "del", f"{SERVER}/24", "dev", "e0")
    process = start_as_a_service(lab, f"listener 1883 127.0.0.1\nlistener 1883 {SERVER}\n"
                                 f"allow_anonymous true\nlog_dest file {log(lab)}\n")
    proved(process.wait(5) != 0, "it did not start")
    sh("ip", "-n", lab.server.name, "-batch", "-", input=f"address add {SERVER}/24 dev e0\n"
       f"route replace default via 10.77.2.1\n")
    return telling(on_server(lab), "when it started", "at boot", "boot", "not yet", "too early", "meanwhile",
                   "at its start", "by now")


@case("auth-anonymous-refused", "auth-listener-settings-trap", never=("auth-bad-credentials",))
def last_file_has_the_last_word(lab):
    """mosquitto.conf says true, and a file that is read later says false."""
    etc(lab, "mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n"
        "include_dir /etc/mosquitto/conf.d\n")
    etc(lab, "mosquitto/conf.d/99-secure.conf", "allow_anonymous false\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    proved(not arrives(lab.phone), "refused")
    return telling(on_server(lab), "99-secure.conf")


@case("auth-listener-settings-trap", never=("auth-password-file-not-hashed",))
def second_listener_without_a_password_file(lab):
    """per_listener_settings: the users are those of the first listener alone."""
    mosquitto(lab.server, "per_listener_settings true", "listener 1883", "allow_anonymous false",
              f"password_file {password_file(lab)}", "listener 1884", "allow_anonymous false",
              listener=None, ready=1884)
    proved(arrives(lab.phone, *ALICE) and not arrives(lab.phone, "-p", "1884", *ALICE), "the first alone")
    return on_server(lab, f"{SERVER}:1884", *ALICE)


@case("auth-password-file-not-hashed", "auth-bad-credentials", never=("auth-anonymous-refused",),
      harm="mosquitto_passwd -U")
def passwords_of_a_web_server(lab):
    """Made by htpasswd, whose hashes mosquitto does not know."""
    hashed = sh("openssl", "passwd", "-apr1", "alice-pw").strip()
    users = lab.file("passwd", f"alice:{hashed}\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {users}")
    proved(not arrives(lab.phone, *ALICE), "refused")
    answer = on_server(lab, AT, *ALICE)
    if "plain passwords" in str(answer.report["causes"][:1]):  # -U would hash the hash
        answer.found += " (and calls a hash a plain password)"
    return answer


@case("tls-to-plaintext-port", "auth-listener-settings-trap",
      never=("tls-unknown-ca", "proxy-backend-down", "mqtt-broker-hung"))
def certificate_stands_above_its_listener(lab):
    certificate = certificates.get("good")
    mosquitto(lab.server, f"certfile {certificate.chain}", f"keyfile {certificate.key}", "listener 8884",
              "allow_anonymous true", listener=None, ready=8884)
    proved(arrives(lab.phone, "-p", "8884"), "the port speaks plain MQTT")
    return telling(on_server(lab, f"mqtts://{SERVER}:8884", "--cafile", ca()), "certfile", "above", "before")


@case("auth-identity-without-require", "auth-listener-settings-trap",
      never=("auth-password-file-not-hashed", "tls-client-cert-untrusted"))
def certificates_are_the_login_and_nobody_asks_for_one(lab):
    """use_identity_as_username without require_certificate: no client can ever show one."""
    mine = certificates.get("client")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "use_identity_as_username true",
              "allow_anonymous false", ready=8883)
    words = ("--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)
    proved(not arrives(lab.phone, "-p", "8883", *words), "refused")
    return on_server(lab, SECURE, *words)


@case("tcp-timeout-host-firewall", "tcp-timeout-source-allowlist", never=(SECURITY_GROUP,))
def source_port_for_destination_port(lab):
    """-A INPUT -p tcp --sport 1883 -j ACCEPT, as many have typed."""
    mosquitto(lab.server)
    nft(lab.server, """table ip filter {
  chain INPUT { type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    tcp dport 22 accept
    tcp sport 1883 accept
  }
}
""")
    proved(not arrives(lab.phone), "dropped")
    return on_server(lab)


@case("proxy-wrong-mode", "proxy-health-check-wrong", never=("tcp-refused-by-firewall-reset",
                                                                  "mqtt-access-filter"))
def balancer_asks_the_broker_for_a_page(lab):
    """option httpchk: the broker is well, the check says it is down."""
    needs("haproxy")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n option httpchk\n server s 127.0.0.1:1884 check inter 100ms "
            "fall 1", 1883)
    time.sleep(0.6)
    proved(arrives(lab.server, "-p", "1884", at="127.0.0.1") and not arrives(lab.phone), "not passed on")
    return on_server(lab)


@case("ws-handshake-to-raw-port", "proxy-wrong-mode")
def web_server_passes_it_on_to_the_wrong_listener(lab):
    """proxy_pass to 1883 where the WebSocket listener is 9001."""
    needs("nginx")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 80; location /mqtt {{ proxy_pass http://127.0.0.1:1883; {UPGRADE} }} }}",
          80)
    told = lab.phone.run("python3", "-c", "import socket\n"
                         f"s=socket.create_connection(('{SERVER}',80))\ns.settimeout(2)\n"
                         "s.sendall(b'GET /mqtt HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: "
                         "Upgrade\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: "
                         "13\\r\\nSec-WebSocket-Protocol: mqtt\\r\\n\\r\\n')\nprint(s.recv(99))")
    proved(" 101 " not in told, "no upgrade")
    return on_server(lab, f"ws://{SERVER}:80/mqtt")


# ---- what was typed, and certificates ---------------------------------------------------------------


@case("input-container-address", "dns-nxdomain")
def name_of_dockers_host_typed_on_a_phone(lab):
    dnsmasq(lab.router, "local=/internal/")
    return telling(doctor(lab.phone, "host.docker.internal:1883"), "docker", "container")


@case("input-url-character")
def hash_sign_in_the_password_of_an_address(lab):
    """Behind # an address ends; %23 is to be written."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, password='p#ss')}")
    return said_at_once(doctor(lab.phone, f"mqtt://alice:p#ss@{SERVER}:1883"), "input-url-character",
                        "%23|#")


@case("new:tls-client-key-mismatch", never=("tls-client-cert-missing", "tls-client-cert-untrusted"))
def key_of_another_certificate_of_ones_own(lab):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", ready=8883)
    words = ("--cafile", ca(), "--cert", certificates.get("client").certificate, "--key",
             certificates.get("client-other").key)
    proved(not arrives(lab.phone, "-p", "8883", *words), "nobody is let in with these two")
    return said_at_once(doctor(lab.phone, SECURE, *words), "new:tls-client-key-mismatch", "match|belong")


@case("tls-hostname-mismatch", never=("tls-unknown-ca", "tls-cn-only", "tls-interception"))
def port_written_into_the_certificate(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    leaf = issued(lab, "leaf", "broker.test:8883",
                  "subjectAltName=DNS:broker.test:8883\nextendedKeyUsage=serverAuth\n")
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    proved(not arrives(lab.phone, "-p", "8883", "--cafile", ca(), at="broker.test"), "refused")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


# ---- what may be sent, and what arrives -------------------------------------------------------------


def sent_to(name, sent, wanted, *right, never=()):
    def stage(lab):
        mosquitto(lab.server)
        return delivery(lab.phone, AT, "-t", wanted, "--sent-to", sent, "--publish")
    stage.__name__ = name
    stage.__module__ = __name__
    case(*right, never=("auth-acl-publish-swallowed", "auth-acl-read-denied-silently", *never))(stage)


sent_to("backslashes_for_slashes", "home\\door", "home/door", "delivery-topic-differs")
sent_to("letter_of_another_alphabet", "h\u043eme/door", "home/door", "delivery-topic-differs")
sent_to("line_feed_at_the_end_of_a_topic", "home/door\n", "home/door", "delivery-topic-differs",
        "mqtt-topic-violates-rules")
sent_to("group_forgotten_in_a_shared_subscription", "home/door", "$share/home/door",
        "delivery-topic-differs", "mqtt-topic-violates-rules", never=("delivery-shared-not-supported",))
sent_to("queue_of_another_brokers_kind", "home/door", "$queue/home/door", "delivery-shared-not-supported",
        "delivery-topic-differs")


@case("delivery-not-forwarded", "delivery-two-brokers", "delivery-other-broker",
      never=("auth-acl-publish-swallowed",))
def laptop_has_a_broker_of_its_own(lab):
    """apt started it; the app listens to localhost, and the sensors send to the server."""
    mosquitto(lab.server)
    mosquitto(lab.phone, name="laptop.conf")
    return delivery(lab.phone, "127.0.0.1:1883", "-t", "home/door", "--publish", "--sent-via",
                    f"{SERVER}:1883")


# ---- overheard, and captured ------------------------------------------------------------------------


def broken(name, *packets):
    def stage(lab):
        broker(lab)
        return listen(lab, lambda: raw(lab, *packets), patience=1.5)
    stage.__name__ = name
    stage.__module__ = __name__
    case("mqtt-malformed-client", "mqtt-topic-violates-rules",
         never=("auth-acl-publish-closes", "auth-bad-credentials", "auth-password-without-username"))(stage)


CONNECT = "100f00044d5154540402003c0003617070"

broken("message_of_qos_3", CONNECT, "3608000361626300" + "0178")
broken("user_name_announced_and_left_out", "100f00044d51545404c2003c0003617070")


@case("path-packet-loss", "path-slow-link", never=("mqtt-broker-hung", "session-keepalive-expired"))
def capture_of_a_way_that_loses_every_fourth_packet(lab):
    """On the client: what it sends again is to be seen."""
    mosquitto(lab.server)
    lab.router.nft("fw numgen inc mod 4 == 3 drop")
    words = ("import socket,time\n"
             f"s=socket.create_connection(('{SERVER}',1883))\n"
             "s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n"
             f"s.sendall(bytes.fromhex('{CONNECT}'))\ns.recv(4)\n"
             "for i in range(60):\n"
             " s.sendall(bytes.fromhex('320d0009686f6d652f646f6f72')+bytes([1,i+1]))\n time.sleep(.05)\n")
    path = captured(lab, lab.phone, lambda: lab.phone.run("python3", "-c", words, check=False))
    sent = [line for line in lab.phone.run("tcpdump", "-nr", path).splitlines()
            if f"> {SERVER}.1883" in line and "length 0" not in line]
    again = len(sent) - len({re.search(r"seq (\d+)", line)[1] for line in sent})
    proved(again > 5, f"of {len(sent)} packets {again} are sent again")
    return explain("--captured-on", "client", path)


@case("mqtt-not-a-broker", "input-dashboard-port", never=("mqtt-malformed-answer", "mqtt-broker-hung"))
def capture_of_mqtt_to_a_web_server(lab):
    needs("nginx")
    nginx(lab.server, "server { listen 80; location / { return 200 'shop'; } }", 80)
    path = captured(lab, lab.phone, lambda: lab.phone.run(
        "timeout", "2", "mosquitto_pub", "-h", SERVER, "-p", "80", "-t", "a", "-m", "x", check=False), port=80)
    return explain("--captured-on", "client", path)
