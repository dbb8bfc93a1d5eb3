"""Brokers that work: none may be blamed."""
from . import certificates
from .cases import Skip, case, doctor, healthy, without_warning
from .certificates import ca
from .launched import STAGED, launched
from .net import PHONE, ROUTER_SERVER, ROUTER_SERVER6, SERVER, SERVER6
from .rabbitmq import despite_its_pauses, rabbitmq
from .services import (dnsmasq, has, haproxy, mosquitto, newest_tls, nginx, password_file, stunnel,
                       tls_lines, websocket_broker)
from .stage_websocket import UPGRADE

AT = f"{SERVER}:1883"
SECURE = f"mqtts://{SERVER}:8883"
ALICE = ("-u", "alice", "-P", "alice-pw")


def worst(answers):
    """The first that is not healthy, or the slowest."""
    bad = [answer for answer in answers if answer.found != "healthy"]
    return bad[0] if bad else max(answers, key=lambda each: each.seconds)


@healthy()
def plain_in_every_version(lab):
    mosquitto(lab.server)
    return worst([doctor(lab.phone, AT), *(doctor(lab.phone, AT, "-V", version)
                                           for version in ("3.1", "3.1.1", "5"))])


@healthy()
def plain_over_ipv6(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"[{SERVER6}]:1883")


@healthy()
def by_name_with_both_families(lab):
    dnsmasq(lab.router, f"host-record=dual.test,{SERVER},{SERVER6}")
    mosquitto(lab.server)
    return doctor(lab.phone, "dual.test")


def two_machines_of_a_name(lab, v4, v6):
    """A name whose addresses of the two families lead to different machines."""
    dnsmasq(lab.router, f"host-record=moved.test,{v4},{v6}")
    mosquitto(lab.server)


@healthy()
def over_ipv4_alone(lab):
    two_machines_of_a_name(lab, SERVER, ROUTER_SERVER6)
    return doctor(lab.phone, "moved.test:1883", "-4")


@healthy()
def over_ipv6_alone(lab):
    two_machines_of_a_name(lab, ROUTER_SERVER, SERVER6)
    return doctor(lab.phone, "moved.test:1883", "-6")


@healthy()
def from_an_ipv4_address(lab):
    two_machines_of_a_name(lab, SERVER, ROUTER_SERVER6)
    return doctor(lab.phone, "moved.test:1883", "-A", PHONE)


@healthy()
def without_a_port(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    websocket_broker(lab.server)
    return doctor(lab.phone, "broker.test")


@healthy()
def with_a_password(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return worst([doctor(lab.phone, AT, *ALICE, "-V", version) for version in ("3.1", "3.1.1", "5")])


@healthy()
def over_tls(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return worst([doctor(lab.phone, where, "--cafile", ca(), "-V", version)
                  for where, version in ((SECURE, "3.1.1"), ("mqtts://broker.test:8883", "5"))])


@healthy()
def over_tls_1_2(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883, env=newest_tls(lab, "TLSv1.2"))
    return doctor(lab.phone, SECURE, "--cafile", ca())


@healthy()
def over_tls_with_an_intermediate(lab):
    mosquitto(lab.server, *tls_lines(certificates.joined("leaf-alone", "intermediate")), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@healthy()
def over_tls_with_a_wildcard(lab):
    dnsmasq(lab.router, f"address=/a.example.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("wildcard"), ready=8883)
    return doctor(lab.phone, "mqtts://a.example.test:8883", "--cafile", ca())


@healthy()
def over_tls_with_a_password_by_address(lab):
    mosquitto(lab.server, *tls_lines("good"), f"password_file {password_file(lab)}", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), *ALICE)


@healthy()
def self_signed_and_trusted(lab):
    certificate = certificates.get("self-signed")
    mosquitto(lab.server, *tls_lines("self-signed"), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", certificate.certificate)


@healthy()
def with_a_client_certificate(lab):
    certificate = certificates.get("client")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true",
              "use_identity_as_username true", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", certificate.certificate, "--key", certificate.key)


@healthy()
def with_a_client_certificate_over_tls_1_2(lab):
    certificate = certificates.get("client")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true",
              f"crlfile {certificates.revocation_list()}", ready=8883, env=newest_tls(lab, "TLSv1.2"))
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", certificate.certificate, "--key", certificate.key)


@healthy()
def with_a_pre_shared_key(lab):
    mosquitto(lab.server, "listener 8883", "psk_hint lab",
              f"psk_file {lab.file('psk', 'phone:0123456789abcdef' + chr(10))}",
              "allow_anonymous true", ready=8883, listener=None)
    return doctor(lab.phone, SECURE, "--psk", "0123456789abcdef", "--psk-identity", "phone")


@healthy()
def over_websocket(lab):
    websocket_broker(lab.server)
    return worst([doctor(lab.phone, f"ws://{SERVER}:9001/mqtt", "-V", version)
                  for version in ("3.1", "3.1.1", "5")])


@healthy()
def over_secure_websocket(lab):
    mosquitto(lab.server, *tls_lines("good", 8084, "protocol websockets"),
              f"password_file {password_file(lab)}", ready=8084)
    return worst([doctor(lab.phone, f"wss://{SERVER}:8084/mqtt", "--cafile", ca(), *ALICE, "-V", version)
                  for version in ("3.1.1", "5")])


@healthy()
def behind_nginx(lab):
    """Secure WebSocket on 443 beside a website, which offers HTTP/2 as well."""
    certificate = certificates.get("good")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 443 ssl http2; ssl_certificate {certificate.chain}; ssl_certificate_key "
          f"{certificate.key}; location /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 443)
    return doctor(lab.phone, f"wss://{SERVER}/mqtt", "--cafile", ca())


@healthy()
def behind_haproxy_and_stunnel(lab):
    if not has("haproxy") or not has("stunnel4"):
        raise Skip("haproxy or stunnel4 is not installed")
    certificate = certificates.get("good")
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884", 1883)
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = {certificate.chain}\n"
            f"key = {certificate.key}", 8883)
    return worst([doctor(lab.phone, AT), doctor(lab.phone, SECURE, "--cafile", ca())])


@healthy()
def user_with_an_acl(lab):
    acl = lab.file("acl", "user alice\ntopic readwrite home/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {acl}")
    return worst([doctor(lab.phone, AT, *ALICE),
                  doctor(lab.phone, AT, *ALICE, "-t", "home/door"),
                  doctor(lab.phone, AT, *ALICE, "-t", "home/door", "--publish"),
                  doctor(lab.phone, AT, *ALICE, "-t", "home/door", "--publish", "-V", "3.1.1")])


@healthy()
def user_who_may_only_listen(lab):
    """Nobody asked for publishing."""
    acl = lab.file("acl", "user alice\ntopic read home/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {acl}")
    return doctor(lab.phone, AT, *ALICE, "-t", "home/#")


@healthy()
def with_topics(lab):
    mosquitto(lab.server)
    return worst([doctor(lab.phone, AT, "-t", topic) for topic in ("#", "home/+/state", "$SYS/#")]
                 + [doctor(lab.phone, AT, "-t", "home/door", "--publish")])


@healthy()
def on_the_server_itself(lab):
    mosquitto(lab.server)
    return doctor(lab.server, "localhost:1883")


@healthy()
def on_the_server_itself_by_its_address(lab):
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    return doctor(lab.server, AT, *ALICE)


@healthy()
def connack_in_pieces(lab):
    """A byte to a frame, as one broker sends it over WebSocket."""
    from .services import scripted
    scripted(lab.server, 9001, "ws", "piece=1", "--", "broker")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@healthy()
def websocket_without_a_confirmed_subprotocol(lab):
    """Against the rules, and it works, though not in browsers, of which the doctor warns."""
    from .services import scripted
    scripted(lab.server, 9001, "ws", "subprotocol=none", "--", "broker")
    return without_warning(doctor(lab.phone, f"ws://{SERVER}:9001/mqtt"), "ws-subprotocol-missing")


@healthy()
def mqtt_3_1_1_alone(lab):
    """The doctor's own choice of a version is no fault of the broker's."""
    from .services import scripted
    scripted(lab.server, 1883, "broker", "versions=3,4")
    return doctor(lab.phone, AT)


@healthy()
def over_a_tunnel_that_says_what_fits(lab):
    """Packets sent again in smaller ones are not lost."""
    mosquitto(lab.server)
    for link in ("r0", "r1"):
        lab.router.run("ip", "link", "set", link, "mtu", "1280")
    return doctor(lab.phone, AT)


FAR = "0.2"  # seconds each way: a phone on another continent, by satellite


def far_away(lab, where, port, *words):
    from .services import scripted
    scripted(lab.server, port, "relay", str(port + 10000), FAR)
    return doctor(lab.phone, where, *words)


@healthy()
def far_away_in_every_version(lab):
    mosquitto(lab.server, listener=11883, ready=11883)
    return worst([far_away(lab, AT, 1883), doctor(lab.phone, AT, "-V", "3.1.1")])


@healthy()
def far_away_over_tls(lab):
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    return far_away(lab, SECURE, 8883, "--cafile", ca())


@healthy()
def far_away_over_websocket(lab):
    websocket_broker(lab.server, port=19001)
    return far_away(lab, f"ws://{SERVER}:9001/mqtt", 9001)


@healthy()
def far_away_and_without_mqtt_5(lab):
    from .services import scripted
    scripted(lab.server, 11883, "broker", "versions=3,4")
    return far_away(lab, AT, 1883)


@healthy()
def mqtt_3_1_alone(lab):
    """Each version is tried until one is spoken."""
    from .services import scripted
    scripted(lab.server, 1883, "broker", "versions=3", "other=old")
    return doctor(lab.phone, AT)


@healthy()
def rabbitmq_everywhere(_):
    lab = rabbitmq()
    answers = [doctor(lab.phone, AT, *ALICE), doctor(lab.phone, SECURE, "--cafile", ca(), *ALICE),
               doctor(lab.phone, AT, "-u", "/:alice", "-P", "alice-pw", "-V", "3.1.1"),
               doctor(lab.phone, f"ws://{SERVER}:15675/ws", *ALICE)]
    return worst([despite_its_pauses(answer) for answer in answers])


def other_broker(name, versions):
    @healthy(f"{name}_everywhere")
    def stage(_):
        broker = launched(name)
        at, login = broker.at, broker.login
        trust = ("--cafile", at["CAFILE"])
        ways = [(f"mqtt://127.0.0.1:{at['PORT']}",), (f"mqtts://127.0.0.1:{at['TLS_PORT']}", *trust)]
        if at["WS_PORT"]:
            ways += [(f"ws://127.0.0.1:{at['WS_PORT']}/mqtt",),
                     (f"wss://127.0.0.1:{at['WSS_PORT']}/mqtt", *trust)]
        answers = [doctor(broker.host, *way, *login) for way in ways]
        answers += [doctor(broker.host, *ways[0], *login, "-V", version) for version in versions]
        return worst([without_warning(answer, *STAGED) for answer in answers])
    return stage


other_broker("activemq", ("3.1", "3.1.1"))
other_broker("ejabberd", ("3.1.1", "5"))
other_broker("nats", ("3.1.1",))
other_broker("aedes", ("3.1", "3.1.1"))
other_broker("mosca", ("3.1", "3.1.1"))
