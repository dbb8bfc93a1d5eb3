"""The first words of MQTT: who answers, in which version, and whether he takes us."""
import os
import signal
import sys
import time

from . import certificates
from .cases import Skip, case, doctor
from .certificates import ca
from .net import SERVER
from .services import has, mosquitto, nginx, scripted, tls_lines, websocket_broker

AT = f"{SERVER}:1883"


# ---- versions --------------------------------------------------------------------------------------


@case("mqtt-v5-closed-silently")
def hangs_up_on_mqtt_5(lab):
    scripted(lab.server, 1883, "broker", "versions=3,4")
    return doctor(lab.phone, AT, "-V", "5")


@case("mqtt-v5-closed-silently")
def hangs_up_on_mqtt_5_over_websocket(lab):
    scripted(lab.server, 9001, "ws", "--", "broker", "versions=3,4")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt", "-V", "5")


@case("mqtt-v5-closed-silently")
def hangs_up_on_mqtt_5_over_tls(lab):
    certificate = certificates.get("good")
    scripted(lab.server, 8883, "tls", certificate.chain, certificate.key, "broker", "versions=3,4")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "-V", "5")


@case("mqtt-version-refused")
def answers_mqtt_5_in_the_old_form(lab):
    scripted(lab.server, 1883, "broker", "versions=3,4", "other=old")
    return doctor(lab.phone, AT, "-V", "5")


@case("mqtt-version-refused")
def answers_mqtt_5_with_0x84(lab):
    scripted(lab.server, 1883, "broker", "versions=4", "other=code")
    return doctor(lab.phone, AT, "-V", "5")


@case("mqtt-version-refused")
def speaks_mqtt_5_alone(lab):
    scripted(lab.server, 1883, "broker", "versions=5", "other=old")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("mqtt-version-refused")
def no_longer_speaks_3_1(lab):
    scripted(lab.server, 1883, "broker", "versions=4,5", "other=old")
    return doctor(lab.phone, AT, "-V", "3.1")


@case("mqtt-version-refused")
def refuses_every_version(lab):
    scripted(lab.server, 1883, "reply", "20020001")
    return doctor(lab.phone, AT)


@case("mqtt-version-refused")
def hangs_up_on_3_1(lab):
    scripted(lab.server, 1883, "broker", "versions=4,5")
    return doctor(lab.phone, AT, "-V", "3.1")


@case("mqtt-version-refused")
def hangs_up_on_3_1_1(lab):
    scripted(lab.server, 1883, "broker", "versions=5")
    return doctor(lab.phone, AT, "-V", "3.1.1")


# ---- other services --------------------------------------------------------------------------------


def service(name, *words):
    @case("mqtt-not-a-broker", name)
    def stage(lab):
        scripted(lab.server, 1883, *words)
        return doctor(lab.phone, AT)
    return stage


service("ssh_server", "banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2\\r\\n")
service("mail_server", "banner", "220 mail.test ESMTP Postfix\\r\\n")
service("ftp_server", "banner", "220 ProFTPD Server ready.\\r\\n")
service("amqp_of_rabbitmq", "reply", "414d515000000901")
service("openwire_of_activemq", "banner", "\\x00\\x00\\x01\\x52\\x01ActiveMQ\\x00\\x00\\x00\\x0c")
service("redis_database", "reply", "2d45525220756e6b6e6f776e20636f6d6d616e640d0a")
service("mysql_database", "banner", "J\\x00\\x00\\x00\\x0a8.0.36\\x00\\x08\\x00\\x00\\x00")
service("stomp_of_activemq", "reply", "4552524f520a6d6573736167653a556e6b6e6f776e0a0a00")
service("imap_server", "banner", "* OK [CAPABILITY IMAP4rev1] ready.\\r\\n")
service("echo_service", "echo")
service("remote_desktop_vnc", "banner", "RFB 003.008\\n")


@case("mqtt-not-a-broker")
def web_server_on_the_broker_port(lab):
    nginx(lab.server, "server { listen 1883; location / { default_type text/html; "
          "return 200 '<html><title>Hello</title></html>'; } }", 1883)
    return doctor(lab.phone, AT)


@case("mqtt-not-a-broker")
def web_server_that_waits_for_a_request(lab):
    """Silent to CONNECT, as RabbitMQ's management port is; a browser gets a page."""
    scripted(lab.server, 1883, "http-patient", "200 OK", "BODY:<html><title>Management</title></html>")
    return doctor(lab.phone, AT)


# ---- silence and slowness ------------------------------------------------------------------------


@case("mqtt-broker-hung")
def stopped_process(lab):
    process = mosquitto(lab.server)
    os.killpg(process.pid, signal.SIGSTOP)
    return doctor(lab.phone, AT)


@case("mqtt-broker-hung")
def stopped_process_as_311(lab):
    process = mosquitto(lab.server)
    os.killpg(process.pid, signal.SIGSTOP)
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("mqtt-broker-hung")
def stopped_behind_a_tls_proxy(lab):
    if not has("stunnel4"):
        raise Skip("stunnel4 is not installed")
    from .services import stunnel
    certificate = certificates.get("good")
    process = mosquitto(lab.server)
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = {certificate.chain}\n"
            f"key = {certificate.key}", 8883)
    os.killpg(process.pid, signal.SIGSTOP)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@case("mqtt-connack-slow")
def login_takes_three_seconds(lab):
    scripted(lab.server, 1883, "broker", "delay=3")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@case("mqtt-connack-slow")
def login_takes_six_seconds(lab):
    """Longer than the doctor's first patience; the connection is listened to on and on."""
    scripted(lab.server, 1883, "broker", "delay=6")
    return doctor(lab.phone, AT)


@case("mqtt-connack-slow")
def login_takes_two_seconds_over_websocket(lab):
    scripted(lab.server, 9001, "ws", "--", "broker", "delay=2")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("mqtt-no-suback")
def never_answers_subscriptions(lab):
    scripted(lab.server, 1883, "broker", "subscribe=silent")
    return doctor(lab.phone, AT)


@case("mqtt-version-refused")
def hangs_up_on_all_but_mqtt_31(lab):
    scripted(lab.server, 1883, "broker", "versions=3")
    return doctor(lab.phone, AT)


@case("mqtt-version-refused")
def hangs_up_on_all_but_mqtt_31_when_asked_in_311(lab):
    scripted(lab.server, 1883, "broker", "versions=3")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("mqtt-version-refused")
def hangs_up_on_all_but_mqtt_31_and_wants_a_password(lab):
    """Which is shown to it twice, and not a third time."""
    scripted(lab.server, 1883, "broker", "versions=3", "anonymous=5")
    answer = doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")
    shown = [contact for contact in answer.report["facts"]["endpoints"][0]["contacts"]
             if contact["mqtt"] and contact["mqtt"]["sent_password"]]
    if len(shown) > 2:
        answer.found += " (and showed the password too often)"
    return answer


@case("mqtt-version-refused")
def hangs_up_on_all_but_mqtt_31_over_tls(lab):
    certificate = certificates.get("good")
    scripted(lab.server, 8883, "tls", certificate.chain, certificate.key, "broker", "versions=3")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@case("mqtt-version-refused")
def hangs_up_on_all_but_mqtt_31_over_websocket(lab):
    scripted(lab.server, 9001, "ws", "--", "broker", "versions=3")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


# ---- refused, with a reason -------------------------------------------------------------------------


def answer(expected, name, reply, *words):
    @case(expected, name)
    def stage(lab):
        scripted(lab.server, 1883, "reply", reply)
        return doctor(lab.phone, AT, *words)
    return stage


answer("mqtt-server-busy-or-banned", "unavailable_311", "20020003", "-V", "3.1.1")
answer("mqtt-server-busy-or-banned", "unavailable_5", "2003008800")
answer("mqtt-server-busy-or-banned", "busy", "2003008900")
answer("mqtt-server-busy-or-banned", "banned_with_a_reason", "200a008a071f0004666c6170")
answer("mqtt-server-busy-or-banned", "quota_used_up", "2003009700")
answer("mqtt-server-busy-or-banned", "too_many_connections", "2003009f00")
answer("mqtt-use-another-server", "moved_for_now", "200f009c0c1c00096f746865722e6e6574")
answer("mqtt-use-another-server", "moved_for_good", "200f009d0c1c00096f746865722e6e6574")
answer("mqtt-use-another-server", "moved_and_does_not_say_where", "2003009d00")
answer("mqtt-refused", "unspecified_error", "2003008000")
answer("mqtt-refused", "implementation_specific_error", "2003008300")
answer("mqtt-refused", "bad_authentication_method", "2003008c00")
answer("mqtt-malformed-client", "calls_us_malformed", "2003008100")
answer("mqtt-malformed-answer", "connack_too_long", "2007008300aabbccdd")
answer("mqtt-malformed-answer", "connack_that_never_ends", "20ffffffff7f")


@case("mqtt-closed-after-connect")
def hangs_up_on_every_connect(lab):
    scripted(lab.server, 1883, "broker", "versions=0")
    return doctor(lab.phone, AT)


@case("mqtt-closed-after-connect")
def hangs_up_on_every_connect_over_websocket(lab):
    scripted(lab.server, 9001, "ws", "--", "broker", "versions=0")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


# ---- full, and filtered: from outside they look like a proxy without a broker --------------------------

HANGS_UP = ("proxy-backend-down", "mqtt-max-connections", "mqtt-access-filter",
            "proxy-protocol-unexpected", "proxy-source-denied")


@case("mqtt-max-connections", alike=HANGS_UP)
def full_broker(lab):
    mosquitto(lab.server, "max_connections 1")
    holder = ("import socket,time\n"
              f"s=socket.create_connection(('127.0.0.1',1883))\n"
              "s.sendall(b'\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x3c\\x00\\x02me')\n"
              "s.recv(4)\nprint('held',flush=True)\ntime.sleep(60)\n")
    process = lab.server.start(sys.executable, "-c", holder)
    end = time.monotonic() + 5
    while time.monotonic() < end and "held" not in open(process.log).read():
        time.sleep(0.02)
    return doctor(lab.phone, AT)


@case("mqtt-access-filter", alike=HANGS_UP)
def tcp_wrappers(lab):
    lab.server.file("hosts.deny", "mosquitto: ALL\n")
    lab.server.file("hosts.allow", "")
    mosquitto(lab.server)
    return doctor(lab.phone, AT)


# ---- limits: what works here and not for everybody -----------------------------------------------------


@case("mqtt-packet-too-large")
def small_packets_alone_5(lab):
    mosquitto(lab.server, "max_packet_size 1000")
    return doctor(lab.phone, AT)


@case("mqtt-packet-too-large")
def small_packets_alone_311(lab):
    mosquitto(lab.server, "max_packet_size 1000")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("mqtt-packet-too-large")
def tiny_packets_alone(lab):
    mosquitto(lab.server, "max_packet_size 200")
    return doctor(lab.phone, AT)


@case("mqtt-qos-not-supported")
def qos_1_at_most(lab):
    mosquitto(lab.server, "max_qos 1")
    return doctor(lab.phone, AT)


@case("mqtt-qos-not-supported")
def qos_0_alone(lab):
    mosquitto(lab.server, "max_qos 0")
    return doctor(lab.phone, AT)


@case("mqtt-qos-not-supported")
def qos_0_alone_311(lab):
    mosquitto(lab.server, "max_qos 0")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("mqtt-retain-not-supported")
def nothing_is_retained(lab):
    mosquitto(lab.server, "retain_available false")
    return doctor(lab.phone, AT)


@case("mqtt-receive-maximum")
def two_messages_in_flight(lab):
    """Nothing is wrong; it is said beside that, as a note."""
    mosquitto(lab.server, "max_inflight_messages 2")
    answer = doctor(lab.phone, AT, "-V", "5")
    noted = [warning["id"] for warning in answer.report["warnings"] if warning["severity"] == "note"]
    if answer.found == "healthy" and "mqtt-receive-maximum" in noted:
        answer.found = "mqtt-receive-maximum"
    return answer


@case("mqtt-topic-violates-rules")
def hash_in_the_middle(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, AT, "-t", "a/#/b")


@case("mqtt-topic-violates-rules")
def plus_inside_a_level(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, AT, "-t", "home/kitchen+")
