"""Never met, the twelfth batch, its second half: names, clouds, logins, what is overheard, what arrives, and
apps' own words. Written down with its right answers before the doctor was asked."""
import json
import os
import subprocess
import sys
import time

from .cases import DOCTOR, Answer, doctor, environment
from .certificates import ca
from .net import SERVER
from .services import dnsmasq, mosquitto, password_file, scripted
from .stage_delivery import AT, delivery, watch
from .stage_listen import broker, client, listen, pub, sub
from .stage_login import cloud as secure_cloud
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_nine import arrives, case, is_delivered, proved, telling
from .stage_unmet_seven import cloud
from .stage_unmet_six import raw

# ---- names -----------------------------------------------------------------------------------------


@case("healthy", "input-invisible-character", "dns-nxdomain", never=("dns-server-failure",))
def name_with_an_umlaut(lab):
    """Registered as xn--mkler-gra.test: it is found, or that name is told."""
    dnsmasq(lab.router, f"host-record=xn--mkler-gra.test,{SERVER}")
    mosquitto(lab.server)
    answer = doctor(lab.phone, "m\u00e4kler.test:1883")
    return answer if answer.found == "healthy" else telling(answer, "xn--")


@case("dns-resolver-filters", "input-loopback-address", "dns-stale-address",
      never=("tcp-refused-not-running", "tcp-refused-loopback-listener"))
def name_server_answers_with_the_phone_itself(lab):
    """127.0.0.1, as ad blockers answer for what they dislike."""
    dnsmasq(lab.router, "address=/broker.test/127.0.0.1")
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.test:1883")


@case("dns-nxdomain", never=("dns-resolver-filters",))
def public_broker_that_moved_years_ago(lab):
    """mqtt.eclipse.org, which is in a thousand examples, is mqtt.eclipseprojects.io today."""
    dnsmasq(lab.router, "local=/org/")
    return telling(doctor(lab.phone, "mqtt.eclipse.org:1883"), "eclipseprojects")


@case("dns-nxdomain", never=("dns-resolver-filters",))
def cloud_that_was_closed(lab):
    """Google's IoT Core ended in 2023."""
    dnsmasq(lab.router, "local=/googleapis.com/")
    return telling(doctor(lab.phone, "mqtts://mqtt.googleapis.com:8883"), "2023", "closed", "ended", "retired",
                   "shut down", "no longer")


# ---- clouds and logins -----------------------------------------------------------------------------


@case("auth-cloud-credentials-format")
def azure_signature_that_has_run_out(lab):
    """Its own text says until when: se=1500000000 is July 2017."""
    signature = "SharedAccessSignature sr=hub1.azure-devices.net%2Fdevices%2Flamp&sig=abcdefg%3D&se=1500000000"
    user = "hub1.azure-devices.net/lamp/?api-version=2021-04-12"
    return telling(doctor(lab.phone, secure_cloud(lab, "hub1.azure-devices.net", "broker", f"user={user}:5",
                                                  "versions=3,4"),
                          "--cafile", ca(), "-i", "lamp", "-u", user, "-P", signature, "-V", "3.1.1"),
                   "2017", "expired", "run out", "se=")


@case("auth-cloud-credentials-format", "auth-bad-credentials")
def thingsboard_wants_its_token_as_the_user(lab):
    cloud(lab, "thingsboard.cloud", "user=lamp:4", "versions=3,4", "anonymous=5")
    return telling(doctor(lab.phone, "mqtt.thingsboard.cloud:1883", "-V", "3.1.1", "-u", "lamp", "-P", "A1_TEST_TOKEN"),
                   "token")


ONCE = """
import socket, sys
listener = socket.create_server(("", 1883))
while True:
    came, _ = listener.accept()
    came.settimeout(3)
    try:
        data = came.recv(4096)
        came.sendall(bytes.fromhex(sys.argv[1] if data[8:9] == b"\\x05" else sys.argv[2]))
        came.close()
    except OSError:
        pass
"""


@case("mqtt-refused", "auth-bad-credentials", never=("auth-anonymous-refused", "mqtt-malformed-answer"))
def another_way_of_logging_in_is_wanted(lab):
    """0x8C: bad authentication method; SCRAM or a certificate's, and no password will help."""
    lab.server.start(sys.executable, lab.file("once.py", ONCE), "2003008c00", "20020005", ready=1883)
    return telling(doctor(lab.phone, AT, *ALICE), "method")


@case("mqtt-server-busy-or-banned", "tcp-refused-rate-limit", never=("auth-bad-credentials", "mqtt-malformed-answer"))
def connects_too_often(lab):
    """0x9F, and 3 in MQTT 3.1.1."""
    lab.server.start(sys.executable, lab.file("once.py", ONCE), "2003009f00", "20020003", ready=1883)
    return telling(doctor(lab.phone, AT), "rate", "often")


@case("auth-bad-credentials", never=("auth-anonymous-refused", "auth-password-file-not-hashed"))
def password_typed_into_the_users_field(lab):
    """And the other way round."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return telling(on_server(lab, AT, "-u", "alice-pw", "-P", "alice"), "swapped", "exchanged", "other way round",
                   "user name in the password", "password field", "mixed up")


@case("auth-acl-publish-swallowed", "auth-acl-read-denied-silently", "delivery-sys-closed", "auth-acl-subscribe-refused",
      never=("delivery-retained-misunderstood",))
def all_is_allowed_but_what_begins_with_a_dollar(lab):
    """topic readwrite #: $SYS is not in there."""
    acl = lab.file("acl", "user alice\ntopic readwrite #\n")
    mosquitto(lab.server, "sys_interval 1", "allow_anonymous false", f"password_file {password_file(lab)}",
              f"acl_file {acl}")
    time.sleep(1.2)
    got = lab.phone.start("mosquitto_sub", "-h", SERVER, *ALICE, "-t", "$SYS/broker/uptime", "-C", "1", "-W", "2")
    proved(got.wait(5) != 0, "nothing comes of $SYS")
    return telling(doctor(lab.server, "delivery", AT, "--on-broker", *ALICE, "-t", "$SYS/broker/uptime", "--retained"),
                   "$sys/#", "$sys")


# ---- overheard --------------------------------------------------------------------------------------


SWAPPED = """
import socket, struct, sys, time
s = socket.create_connection((sys.argv[1], 1883))
s.sendall(bytes.fromhex("101000044d5154540402003c00046c616d70"))
s.recv(4)
s.sendall(bytes.fromhex("820d000100086c616d702f73657401"))
s.settimeout(14)
data = b""
try:
    while more := s.recv(4096):
        data += more
        while len(data) > 2 and len(data) >= 2 + data[1]:
            head, body, data = data[0], data[2:2 + data[1]], data[2 + data[1]:]
            if head >> 4 == 3 and head & 6:
                at = 2 + struct.unpack(">H", body[:2])[0]
                s.sendall(b"\\x40\\x02" + body[at + 1:at + 2] + body[at:at + 1])
except OSError:
    pass
"""


@case("delivery-inflight-stall", "mqtt-malformed-client", never=("delivery-not-subscribed", "session-flaps"), slowest=30)
def acknowledges_with_its_bytes_swapped(lab):
    """A device whose processor counts from the other end: message 1 is acknowledged as 256."""
    broker(lab, "max_inflight_messages 3")

    def act():
        lab.phone.start(sys.executable, lab.file("swapped.py", SWAPPED), SERVER)
        time.sleep(1)
        for number in range(8):
            pub(lab, "-t", "lamp/set", "-q", "1", "-m", str(number), "-i", "hub")
    return listen(lab, act, patience=14)


@case("session-id-too-long", "auth-client-id-not-allowed", never=("auth-bad-credentials", "mqtt-malformed-client"))
def identifier_grows_with_every_attempt(lab):
    """As in a report: the address is appended anew each time, until the broker has enough."""
    scripted(lab.server, 1884, "broker", "longest=40")

    def act():
        name = "WiFiSwitch"
        for _ in range(4):
            name += "-18:fe:34:9f:9b:30"
            client(lab, f"connect={name}", "wait=0.3").wait(5)
    return listen(lab, act, patience=4)


@case("session-empty-id-persistent", "auth-client-id-not-allowed", "mqtt-refused",
      never=("auth-bad-credentials", "session-id-too-long"))
def no_identifier_at_all(lab):
    """allow_zero_length_clientid false: whoever has no name is not let in."""
    broker(lab, "allow_zero_length_clientid false")

    def act():
        client(lab, "connect=,60", "wait=0.5")
    return telling(listen(lab, act, patience=3), "empty", "no identifier", "without", "zero")


@case("mqtt-malformed-client", "mqtt-version-refused", never=("auth-bad-credentials", "session-id-too-long"))
def new_name_and_old_number(lab):
    """"MQTT" with level 3, of a library that mixed two versions up."""
    broker(lab)
    return listen(lab, lambda: raw(lab, "100f00044d5154540302003c0003617070"), patience=2)


@case("healthy", never=("delivery-feedback-loop", "delivery-duplicated", "delivery-no-subscriber"))
def states_are_told_whether_or_not_they_changed(lab):
    """The same retained words every second, to somebody who listens; a request is answered on another topic."""
    broker(lab)

    def act():
        sub(lab, "-t", "home/+/state", "-i", "hub")
        sub(lab, "-t", "home/lamp/set", "-i", "lamp")
        for _ in range(5):
            pub(lab, "-t", "home/lamp/state", "-r", "-m", "on", "-i", "sensor")
            pub(lab, "-t", "home/lamp/set", "-q", "1", "-m", "on", "-i", "app")
            time.sleep(0.4)
    return listen(lab, act, patience=3)


@case("delivery-not-subscribed", "delivery-qos-downgraded", "auth-acl-subscribe-refused", "mqtt-qos-not-supported")
def one_of_two_filters_was_refused(lab):
    """The SUBACK holds 01 and 80, and the app looks at neither."""
    scripted(lab.server, 1884, "broker", "subscribe=80", "only=home/secret", "hub=no-parent")

    def act():
        client(lab, "connect=app", "subscribe=1,home/door", "subscribe=1,home/secret", "pings=6")
        time.sleep(1.2)
        for number in range(3):
            pub(lab, "-t", "home/secret", "-q", "1", "-m", str(number), "-i", "sensor")
            time.sleep(0.3)
    return telling(listen(lab, act, patience=7), "home/secret")


# ---- what arrives ------------------------------------------------------------------------------------


def sent_to(name, sent, wanted, *right, words=(), never=()):
    def stage(lab):
        mosquitto(lab.server)
        return telling(delivery(lab.phone, AT, "-t", wanted, "--sent-to", sent, "--publish"), *words)
    stage.__name__ = name
    stage.__module__ = __name__
    case(*right, never=("auth-acl-publish-swallowed", "auth-acl-read-denied-silently", *never))(stage)


sent_to("letter_made_of_two_characters", "home/ku\u0308che", "home/k\u00fcche", "delivery-topic-differs",
        words=("u+0308", "combin", "two characters", "composed", "normal"))
sent_to("level_with_nothing_in_it", "home//door", "home/door", "delivery-topic-differs",
        words=("empty level", "empty", '""', "nothing between"))
sent_to("plus_is_no_part_of_a_word", "home/lamp1", "home/lamp+", "delivery-topic-differs", "mqtt-topic-violates-rules",
        "delivery-wildcard-misread", words=("+",))


@case("healthy", never=("auth-acl-publish-swallowed", "delivery-not-forwarded"))
def two_brokers_one_branch(lab):
    """A bridge for home/# alone, and the topic is in it."""
    mosquitto(lab.server)
    mosquitto(lab.server, "connection up", f"address {SERVER}:1883", "topic home/# both 2", listener=1885, ready=1885,
              name="edge.conf")
    got = lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "home/#", "-C", "1", "-W", "6")
    time.sleep(1)
    proved(arrives(lab.phone, "-p", "1885", "-t", "home/x") and got.wait(8) == 0, "it is passed on")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--sent-via", f"{SERVER}:1885")


@case("auth-acl-read-denied-silently", "auth-acl-publish-swallowed", never=("delivery-topic-differs",))
def reading_is_allowed_below_and_not_there(lab):
    """topic read home/+/state lets home/door/state through, and not home/door."""
    acl = lab.file("acl", "user alice\ntopic readwrite mqtt-doctor/#\ntopic write home/#\ntopic read home/+/state\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {acl}")
    proved(is_delivered(lab, "home/door/state", *ALICE) and not is_delivered(lab, "home/door", *ALICE), "below alone")
    return telling(doctor(lab.server, "delivery", AT, "--on-broker", *ALICE, "-t", "home/door", "--publish"),
                   "home/+/state", "but not out to this user")


@case("session-lifetime", "session-flaps", "session-broker-restarted", "proxy-idle-timeout",
      never=("path-nat-idle-drop",), slowest=30)
def token_lives_for_four_seconds(lab):
    """Busy or not, every connection ends four seconds after it began, and no reason is given."""
    scripted(lab.server, 1883, "exchange", "life=4", "versions=4,5")
    return telling(watch(lab.phone, 16, AT, "-k", "3"), "4.0 s", "4 s", "lifetime", "token")


# ---- apps' own words ---------------------------------------------------------------------------------


def said(name, text, *meanings, app=None):
    """What an app shows: one of these words must stand in the first reading."""
    def stage(lab):
        words = ["--app", app] if app else []
        begin = time.monotonic()
        done = subprocess.run([os.path.abspath(DOCTOR), "explain", "--said", text, *words, "--json"],
                              capture_output=True, text=True, timeout=20, env=environment())
        try:
            readings = json.loads(done.stdout).get("readings", [])
        except ValueError:
            readings = []
        first = str(readings[:1]).lower()
        is_right = any(word in first for word in meanings)
        return Answer("told" if is_right else "nothing of it", time.monotonic() - begin, done.returncode,
                      {"causes": [{"id": "told" if is_right else "nothing of it", "certainty": "likely",
                                   "cause": first, "evidence": []}], "warnings": [], "healthy": False}, done.stderr)
    stage.__name__ = name
    stage.__module__ = __name__
    case("told")(stage)


said("esp_speaks_tls_to_a_plain_port", "E (3854) esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x7280", "tls",
     "closed", "hung up", "plain")
said("mosquitto_client_says_success", "Error: Success", "http", "no broker", "not a broker", "another service", "web")
said("browser_and_its_subprotocol",
     "Error during WebSocket handshake: 'Sec-WebSocket-Protocol' header value 'mqttv3.1' in response does not match any "
     "of sent values", "subprotocol")
said("home_assistant_was_not_let_in", "Failed to connect to MQTT server: Connection Refused: not authorised. (5)",
     "password", "user")
said("log_of_emqx_about_a_proxy", "recv_proxy_header,'The PROXY protocol header signature was not recognized. (PP 2.1, "
     "PP 2.2)'", "proxy")
said("paho_android_lost_its_store", "MqttException (32202) - Too many publishes in progress", "in progress", "in flight",
     "acknowledg", "too many")
