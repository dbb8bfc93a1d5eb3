"""Never met, the twenty-fourth batch: two or more others of each kind of seventeen reports that were staged before.
What made those hard stays (the file is right and not read again, a broker that hangs up on one CONNECT and not on the
next, a cloud's form of a user's name, another broker is blamed, three places that see three things, an acknowledgement
that is missing, what is kept and the filter, a slip in the access list, never subscribed, not subscribed again, welcome
from one's own machine alone); the mechanism, the place, the broker, the app or the direction is another. Its author had
read neither the doctor's code nor its causes, and had asked it nothing; what is right was written down before it was
asked."""
import os
import pathlib
import shutil
import signal
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER
from .recorded import Recording
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, tls_lines
from .stage_delivery import AT
from .stage_listen import broker, listen
from .stage_unmet_eighteen import python, sent
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured
from .stage_unmet_seventeen import MOSQUITTO, in_one_file
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import configured
from .stage_unmet_twentytwo import seen, talk
from .stage_vantage import office, together

READ_AGAIN = r"reload|\bHUP\b|restart|read (it |them |the file |its files? )?again|start(ed)? (it )?(again|anew)"
ENDED = r"clos|hang|hung|\bends?\b|ended|\bcut|drop|disconnect|throw|threw|thrown|refus|reject"

# A broker of one's own, and what a CONNECT holds.
ODD = """from talk import *
def size(body, at):
    return struct.unpack(">H", body[at:at + 2])[0]
def parts(body):
    at = 2 + size(body, 0)
    told = {"level": body[at], "flags": body[at + 1], "keep": size(body, at + 2), "user": "", "password": ""}
    at += 4
    for name, bit in (("id", 0), ("topic", 4), ("will", 4), ("user", 128), ("password", 64)):
        if not bit or told["flags"] & bit:
            told[name] = body[at + 2:at + 2 + size(body, at)].decode()
            at += 2 + size(body, at)
    return told
def wanted(body):
    at = 2
    while at < len(body):
        yield body[at + 2:at + 2 + size(body, at)].decode()
        at += 3 + size(body, at)
"""


def odd(lab, code, port=1883):
    """`code` defines answers(broker, link, about, first, body) for talk.Broker."""
    process = python(lab.server, ODD + code + f"\nBroker(answers, {port}).run()\n")
    lab.server.wait_for_port(port, process)
    return process


def nats(lab, port, more=""):
    path = lab.file("nats.conf", f"""server_name: lab
listen: 127.0.0.1:4222
jetstream {{ store_dir: "{lab.file('js')}" }}
mqtt {{ host: 0.0.0.0, port: {port} }}
{more}
""")
    return lab.server.start("nats-server", "-c", path, ready=port)


def changed(path, text, owner=None):
    """A file of the server's /etc, written a moment after the broker has read it."""
    time.sleep(1.2)
    path.write_text(text)
    if owner:
        shutil.chown(path, owner, owner)


def passwords(lab, *pairs, name="passwd.new"):
    """The text of a password file for these users."""
    path = pathlib.Path(lab.file(name, "".join(f"{user}:{password}\n" for user, password in pairs)))
    lab.server.run("mosquitto_passwd", "-U", path)
    return path.read_text()


def azure(lab, code="", refused="False"):
    """An IoT hub; `refused` says of `told`, the parts of the CONNECT, whether it is refused with 5."""
    host = "happybeerhub.azure-devices.net"
    in_the_cloud(lab, "azure-devices.net", "52.236.189.80")
    odd(lab, f"""
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        told = parts(body)
        if told["level"] != 4 or {refused}:
            link.sendall(b"\\x20\\2\\0\\5")
            return False
{code}
    return usual(broker, link, about, first, body)
""", 9883)
    haproxy(lab.server, f"listen a\n  bind :8883 ssl crt {in_one_file(lab, certificates.get('clouds'))}\n"
                        "  server m 127.0.0.1:9883", 8883)
    return host, ("--cafile", ca())


def signature(host, device, until_when=4102444800):
    return f"SharedAccessSignature sr={host}%2Fdevices%2F{device}&sig=q30QJlEIyCXTMtwgoFKqMGmE%2BGU%3D&se={until_when}"


# ---- it is right in the file, and was not read again (a05) ----------------------------------------


@reported("kin of a05-password-not-reloaded; " + MOSQUITTO + "1877 mosquitto keeps using expired certificate",
          r"expired|ran out|no longer valid|out of date", READ_AGAIN,
          r"renew|newer|\bnew\b|\bfile\b|on disk|already|since")
def certbot_renewed_it_and_the_broker_shows_the_old_one(lab):
    """The certificate in the file is good; the running broker still holds the one that has expired: have it read
    again."""
    old, good = certificates.get("expired"), certificates.get("good")
    folder = "mosquitto/certs"
    certificate = etc(lab, f"{folder}/server.crt", pathlib.Path(old.chain).read_text())
    key = etc(lab, f"{folder}/server.key", pathlib.Path(old.key).read_text())
    log = configured(lab, "listener 8883", "allow_anonymous true", "certfile /etc/mosquitto/certs/server.crt",
                     "keyfile /etc/mosquitto/certs/server.key")
    until("running", log)
    changed(certificate, pathlib.Path(good.chain).read_text())
    key.write_text(pathlib.Path(good.key).read_text())
    proved(lab.server, "-p", "8883", "--cafile", ca(), at="127.0.0.1", not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("kin of a05-password-not-reloaded; https://github.com/hassio-addons/addon-mqtt/issues/47 SSL certificate "
          "expired message", r"expired|ran out|no longer valid|out of date", r"nginx", READ_AGAIN)
def the_proxy_in_front_shows_the_old_one(lab):
    """TLS ends at nginx, which was not told that its certificate was renewed; the broker behind has none."""
    old, good = certificates.get("expired"), certificates.get("good")
    certificate, key = (lab.file(name, pathlib.Path(path).read_text()) for name, path in
                        (("fullchain.pem", old.chain), ("privkey.pem", old.key)))
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, main=f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate}; "
                                     f"ssl_certificate_key {key}; proxy_pass 127.0.0.1:1883; }} }}")
    time.sleep(1.2)
    lab.file("fullchain.pem", pathlib.Path(good.chain).read_text())
    lab.file("privkey.pem", pathlib.Path(good.key).read_text())
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, "-p", "8883", "--cafile", ca(), at="127.0.0.1", not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("kin of a05-password-not-reloaded: the access list", READ_AGAIN,
          r"\bacl\b|access (list|rule|control)|rights|rules|permission", r"newer|since|chang|not (yet )?(read|loaded|"
          r"in effect)|after|before|older|\bstill\b")
def a_right_was_added_and_not_read(lab):
    """The access list lets alice use garden/#, since a moment; the broker goes by what it read at its start."""
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    rules = etc(lab, "mosquitto/acl", "user alice\ntopic readwrite home/#\n")
    log = configured(lab, "listener 1883", "password_file /etc/mosquitto/passwd", "acl_file /etc/mosquitto/acl")
    until("running", log)
    changed(rules, "user alice\ntopic readwrite home/#\ntopic readwrite garden/#\n")
    heard = lab.server.start("mosquitto_sub", "-h", "127.0.0.1", *ALICE, "-t", "garden/#", "-t", "home/#", "-W", "2",
                             "-v")
    time.sleep(0.4)
    for topic in ("garden/pump", "home/pump"):
        lab.server.run("mosquitto_pub", "-h", "127.0.0.1", *ALICE, "-t", topic, "-m", "on")
    heard.wait(5)
    staged(count("home/pump on", heard) == 1 and not count("garden", heard), pathlib.Path(heard.log).read_text())
    return on_broker(lab, "localhost", *ALICE, "-t", "garden/pump", "--publish")


@reported("kin of a05-password-not-reloaded: it was read again", HEALTHY)
def a_password_was_changed_and_read_again(lab):
    """The file is newer than the broker's start, and yet in effect: it was told by a HUP. Nothing is wrong."""
    path = etc(lab, "mosquitto/passwd", passwords(lab, ("alice", "old-pw")), mode=0o600, owner="mosquitto")
    log = configured(lab, "listener 1883", "password_file /etc/mosquitto/passwd")
    until("running", log)
    changed(path, passwords(lab, ("alice", "alice-pw")), owner="mosquitto")
    lab.processes[-1].send_signal(signal.SIGHUP)
    until("Reloading config", log)
    time.sleep(0.3)
    proved(lab.server, *ALICE, at="127.0.0.1")
    return on_broker(lab, "localhost", *ALICE)


# ---- hangs up on this CONNECT, and not on the next (a08) ------------------------------------------


@reported("kin of a08-aws-will-q2; https://github.com/aws/aws-iot-device-sdk-python-v2/issues/113 LWT (Will) with "
          "retain=True causes AWS_ERROR_MQTT_UNEXPECTED_HANGUP", r"\bwill\b.{0,80}retain|retain.{0,80}\bwill\b|\bLWT\b|"
          r"testament", r"retain", slowest=25)
def a_will_that_is_to_be_kept(lab):
    """The broker hangs up on a CONNECT whose will is retained, and takes the same will when it is not."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and parts(body)["flags"] & 32:
        return False
    return usual(broker, link, about, first, body)
""", 1884)

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("bridge-v2", will=("joshtest/lwt", "lost", 1))
    print("kept", lives(one), flush=True)
    time.sleep(0.4)
for turn in range(2):
    one = Talk(HOST).connect("bridge-v2", will=("joshtest/lwt", "lost", 0))
    one.wait(0.5)
    print("plain", lives(one), flush=True)
    one.goodbye()
""", seconds=15)
        staged(count("kept False", told) == 3 and count("plain True", told) == 2, pathlib.Path(told.log).read_text())
    return listen(lab, act, patience=3)


@reported("kin of a08-aws-will-q2; https://github.com/owntracks/recorder/issues/554 NATS-MQTT: old protocol \"MQIsdp\" "
          "not supported", r"MQIsdp|\b3\.1\b(?!\.1)", ENDED + r"|not (speak|support|know|understand)|version|3\.1\.1")
def nats_knows_no_older_version(lab):
    """The phone's app speaks MQTT 3.1; nats-server knows 3.1.1 alone, and hangs up without a word."""
    nats(lab, 1883)
    proved(lab.phone)

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST)
    one.send(0x10, text("MQIsdp") + bytes([3, 2, 0, 60]) + text("owntracks"))
    one.wait(0.5)
    print("old", one.heard.hex() or "nothing", lives(one), flush=True)
    time.sleep(0.4)
one = Talk(HOST).connect("recorder").subscribe("owntracks/#")
print("new", one.heard[:4].hex(), flush=True)
one.goodbye()
""", seconds=15)
        staged(count("old nothing False", told) == 3 and count("new 20020000", told) == 1,
               pathlib.Path(told.log).read_text())
    return explain(captured(lab, lab.server, act), "--symptom", "cannot-connect")


@reported("kin of a08-aws-will-q2: Aliyun's rule of 30 to 1200 seconds", r"keep.?alive",
          r"\b10\b|short|small|\blow|\bless|\b30\b|longer|other|differ|too", slowest=25)
def a_keep_alive_that_is_too_short(lab):
    """The broker hangs up on who asks for a keep alive of 10 s; the same client is let in with 60 s."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and parts(body)["keep"] < 30:
        return False
    return usual(broker, link, about, first, body)
""", 1884)

    def act():
        told = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("meter-7", keep_alive=10)
    print("short", lives(one), flush=True)
    time.sleep(0.4)
for turn in range(2):
    one = Talk(HOST).connect("meter-7", keep_alive=60)
    one.wait(0.5)
    print("long", lives(one), flush=True)
    one.goodbye()
""", seconds=15)
        staged(count("short False", told) == 4 and count("long True", told) == 2, pathlib.Path(told.log).read_text())
    return listen(lab, act, patience=3)


@reported("kin of a08-aws-will-q2: a limit of its packets' size", ENDED,
          r"\bsize\b|larg|\bbig|\blong\b|bytes|max_packet")
def a_will_that_is_a_whole_file(lab):
    """The CONNECT holds a will of 3 kB and is larger than the broker takes; who comes with a short one is let in."""
    process = mosquitto(lab.server, "max_packet_size 1000")

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("gateway", will=("gateway/state", "{" + "x" * 3000 + "}", 0))
    print("large", one.heard.hex() or "nothing", lives(one), flush=True)
    time.sleep(0.4)
one = Talk(HOST).connect("gateway", will=("gateway/state", "{}", 0))
print("small", lives(one), flush=True)
one.goodbye()
""", seconds=15)
        staged(count("large nothing False", told) == 3 and count("small True", told) == 1,
               pathlib.Path(told.log).read_text())
    answer = explain(captured(lab, lab.server, act), "--symptom", "cannot-connect")
    staged(count("as gateway (", process) == 1, "it was let in")
    return answer


@reported("kin of a08-aws-will-q2: it leaves by itself", HEALTHY, slowest=25)
def it_comes_and_goes_by_itself(lab):
    """A script sends each reading by a connection of its own, and says goodbye each time: many short connections, all
    well."""
    broker(lab)

    def act():
        heard = subscriber(lab.router, "store", "-t", "meter/power")
        time.sleep(0.5)
        for turn in range(8):
            sent(lab, "meter/power", "-i", "cron-meter", "-m", str(200 + turn), host=lab.phone)
            time.sleep(0.4)
        staged(pathlib.Path(heard.log).read_text().split() == [str(200 + turn) for turn in range(8)], "one is missing")
    return listen(lab, act, patience=2)


# ---- what the app does by itself (a09) ------------------------------------------------------------


@reported("kin of a09-explorer-aws; https://github.com/aws/aws-iot-device-sdk-embedded-C/issues/1747 MQTT retained "
          "messages not working", r"retain", ENDED,
          r"retain flag|retain off",
          unsaid=r"user may not publish")
def a_birth_message_with_the_flag(lab):
    """The broker hangs up when a message is sent with the retain flag; the plug greets so, and comes again and
    again."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 3 and first & 1:
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        told = talk(lab.phone, """
other = Talk(HOST).connect("sensor-2")
for turn in range(3):
    plug = Talk(HOST).connect("DVES_2F1C").subscribe("cmnd/plug/#")
    other.publish("tele/sensor-2/STATE", "{}")
    plug.publish("tele/plug/LWT", "Online", retain=1)
    plug.wait(0.7)
    print("plug", lives(plug), flush=True)
    time.sleep(0.4)
print("other", lives(other), flush=True)
""", seconds=15)
        staged(count("plug False", told) == 3 and count("other True", told) == 1, pathlib.Path(told.log).read_text())
    return seen(lab, "drops", act)


@reported("kin of a09-explorer-aws; https://github.com/LAB02-Research/HASS.Agent/issues/105 Support NATS.io-based MQTT "
          "server without QoS=2 support", r"QoS.?2|exactly once", ENDED, slowest=25)
def hass_agent_sends_at_qos_2(lab):
    """nats-server of before 2.10 knows no QoS 2 and hangs up on such a message; the agent connects again and again."""
    nats(lab, 1884)

    def act():
        told = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("HASS.Agent-pc").subscribe("hass.agent/notifications/pc", qos=1)
    one.publish("homeassistant/sensor/pc/state", "on", qos=2)
    one.wait(0.7)
    print("agent", lives(one), flush=True)
    time.sleep(0.4)
one = Talk(HOST).connect("other-pc")
one.publish("homeassistant/sensor/other/state", "on", qos=1)
one.wait(0.5)
print("other", lives(one), flush=True)
one.goodbye()
""", seconds=15)
        staged(count("agent False", told) == 4 and count("other True", told) == 1, pathlib.Path(told.log).read_text())
    return listen(lab, act, patience=3)


@reported("kin of a09-explorer-aws: a tool that asks for the broker's statistics", r"\$SYS", ENDED)
def a_tool_that_reads_the_statistics_as_well(lab):
    """home/# is granted; the broker hangs up on the tool's second subscription, to $SYS."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 8 and any(each.startswith("$SYS") for each in wanted(body)):
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("mqttfx-4711").subscribe("home/#")
    print("first", lives(one), flush=True)
    one.subscribe("$SYS/broker/uptime")
    print("second", lives(one), flush=True)
    time.sleep(0.5)
""", seconds=15)
        staged(count("first True", told) == 3 and count("second False", told) == 3, pathlib.Path(told.log).read_text())
    return seen(lab, "drops", act)


@reported("kin of a09-explorer-aws: topics of one's own at Azure", r"topic",
          r"devices/.{0,60}messages/events|Azure|IoT Hub")
def azure_takes_no_topic_of_ones_own(lab):
    """The hub lets the device in and hangs up on a message to any topic but devices/ID/messages/events/."""
    host, words = azure(lab, """
    if first >> 4 == 3 and not body[2:].startswith(b"devices/dev-1/messages/events/"):
        return False
    if first >> 4 == 8 and not all(each.startswith("devices/dev-1/") for each in wanted(body)):
        return False
""")
    login = (*words, "-i", "dev-1", "-u", f"{host}/dev-1/?api-version=2021-04-12", "-P", signature(host, "dev-1"))
    proved(lab.phone, "-p", "8883", *login, at=host, not_=True)
    return doctor(lab.phone, f"mqtts://{host}:8883", *login, "-V", "3.1.1", "-t", "sensors/kitchen", "--publish")


# ---- a cloud's form of names (a11) ----------------------------------------------------------------


@reported("kin of a11-aliyun; https://github.com/Azure/azure-iot-cli-extension/issues/80 Azure IoT Hub D2C message "
          "fails with: \"Connection Refused: not authorised.\"",
          r"client.?id|identifier|\s-i\b|device.?id|device's (name|id)", r"teste-device-01",
          r"test-device-01|same|match|differ|must be|not the|agree|equal|as in")
def azure_with_another_identifier(lab):
    """The identifier is teste-device-01; the user's name and the signature are those of test-device-01: they must
    agree."""
    host, words = azure(lab, refused='told["id"] != "test-device-01"')
    login = (*words, "-u", f"{host}/test-device-01/?api-version=2021-04-12", "-P", signature(host, "test-device-01"))
    proved(lab.phone, "-p", "8883", "-i", "test-device-01", *login, at=host)
    proved(lab.phone, "-p", "8883", "-i", "teste-device-01", *login, at=host, not_=True)
    return doctor(lab.phone, f"mqtts://{host}:8883", "-V", "3.1.1", "-i", "teste-device-01", *login)


@reported("kin of a11-aliyun; " + MOSQUITTO + "1059 Connection Refused Not Authorized for Bridge",
          r"\bSAS\b|signature|token|\bse=|password", r"(has|is) expired|expired (on|in|at|since)|ran out|in the past|"
          r"2019|1574965068|no longer valid")
def azures_signature_is_over(lab):
    """All forms are right; the signature in the password was good until November 2019 (se=1574965068)."""
    host, words = azure(lab, refused='int(told["password"].rsplit("=", 1)[1]) < time.time()')
    login = (*words, "-i", "Mosquitto", "-u", f"{host}/Mosquitto/?api-version=2021-04-12")
    proved(lab.phone, "-p", "8883", *login, "-P", signature(host, "Mosquitto"), at=host)
    proved(lab.phone, "-p", "8883", *login, "-P", signature(host, "Mosquitto", 1574965068), at=host, not_=True)
    return doctor(lab.phone, f"mqtts://{host}:8883", "-V", "3.1.1", *login, "-P",
                  signature(host, "Mosquitto", 1574965068))


@reported("kin of a11-aliyun: CloudAMQP, the virtual host before the user; "
          "https://github.com/rabbitmq/rabbitmq-mqtt/issues/100", r"v(irtual )?.?host",
          r"v?host:|qwlkjh:|:qwlkjh|before|in front|prefix",
          r"v(irtual )?.?host",
          r"colon|:")
def cloudamqp_without_the_virtual_host(lab):
    """At CloudAMQP the user's name is VHOST:USER, here qwlkjh:qwlkjh; qwlkjh alone is refused as a bad login."""
    in_the_cloud(lab, "rmq.cloudamqp.com", "54.246.230.11")
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and parts(body)["user"] != "qwlkjh:qwlkjh":
        link.sendall(b"\\x20\\2\\0\\4")
        return False
    return usual(broker, link, about, first, body)
""")
    host, password = "kangaroo.rmq.cloudamqp.com", ("-P", "u-2kXb81")
    proved(lab.phone, "-u", "qwlkjh:qwlkjh", *password, at=host)
    proved(lab.phone, "-u", "qwlkjh", *password, at=host, not_=True)
    return doctor(lab.phone, f"{host}:1883", "-V", "3.1.1", "-u", "qwlkjh", *password)


@reported("kin of a11-aliyun: Huawei's IoTDA, DEVICE_0_0_HOUR", r"client.?id|identifier", r"_0_|YYYYMMDD|time.?stamp|"
          r"\bhour\b|Huawei.{0,200}form|form.{0,200}Huawei")
def huawei_wants_the_hour_in_the_identifier(lab):
    """Huawei's platform takes identifiers of the form DEVICE_0_0_YYYYMMDDHH alone, and refuses others as such."""
    in_the_cloud(lab, "myhuaweicloud.com", "121.36.42.100")
    odd(lab, """
import re
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and not re.fullmatch(r".*_0_[01]_\\d{10}", parts(body)["id"]):
        link.sendall(b"\\x20\\2\\0\\2")
        return False
    return usual(broker, link, about, first, body)
""")
    host = "a16203e5bd.st1.iotda-device.cn-north-4.myhuaweicloud.com"
    login = ("-u", "5e09f371_pump", "-P", "c3a1f07b5a6a")
    proved(lab.phone, "-i", "5e09f371_pump_0_0_2026113017", *login, at=host)
    proved(lab.phone, "-i", "5e09f371_pump", *login, at=host, not_=True)
    return doctor(lab.phone, f"{host}:1883", "-V", "3.1.1", "-i", "5e09f371_pump", *login)


@reported("kin of a11-aliyun; https://github.com/thingsboard/thingsboard/issues/2003 Post using MQTTlens",
          r"(access|device) token|token.{0,40}user|user ?name.{0,40}token|user's name.{0,40}token")
def thingsboard_wants_a_token(lab):
    """ThingsBoard lets a device in by its access token as the user's name; the account's mail address is none."""
    in_the_cloud(lab, "thingsboard.cloud", "3.127.14.137")
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and parts(body)["user"] != "pDvqBnfZ0mKxq3bTt0aA":
        link.sendall(b"\\x20\\2\\0\\5")
        return False
    return usual(broker, link, about, first, body)
""")
    proved(lab.phone, "-u", "pDvqBnfZ0mKxq3bTt0aA", at="mqtt.thingsboard.cloud")
    login = ("-u", "bob@example.org", "-P", "secret")
    proved(lab.phone, *login, at="mqtt.thingsboard.cloud", not_=True)
    return doctor(lab.phone, "mqtt.thingsboard.cloud:1883", "-V", "3.1.1", *login)


# ---- another broker is blamed (a17) ---------------------------------------------------------------


@reported("kin of a17-other-broker-blamed: two mosquittos, each with its users", r"opt-passwd|opt-mosquitto",
          unsaid=r"mosquitto_passwd [^\"]{0,60}/etc/mosquitto/passwd")
def the_user_was_added_at_the_other_mosquitto(lab):
    """Two mosquittos run. The user stands in the file of the one at 1883; the one at 1885 has a file of its own."""
    etc(lab, "mosquitto/passwd", passwords(lab, ("phone", "phone-pw")))
    log = configured(lab, "listener 1883", "password_file /etc/mosquitto/passwd")
    until("running", log)
    own = lab.file("opt-passwd", passwords(lab, ("alice", "alice-pw")))
    path = lab.file("opt-mosquitto.conf", f"user root\nlistener 1885\npassword_file {own}\n")
    lab.server.start("mosquitto", "-c", path, ready=1885)
    login = ("-u", "phone", "-P", "phone-pw")
    proved(lab.server, *login, at="127.0.0.1")
    proved(lab.server, "-p", "1885", *login, at="127.0.0.1", not_=True)
    proved(lab.server, "-p", "1885", *ALICE, at="127.0.0.1")
    return on_broker(lab, "localhost:1885", *login)


@reported("kin of a17-other-broker-blamed; knolleary/pubsubclient#519: nats-server beside an installed mosquitto",
          r"nats", r"1884", r"mosquitto", unsaid=r"authorization: \{")
def nats_holds_the_port(lab):
    """nats-server answers at 1883 with users of its own; mosquitto, at 1884, knows alice, and has no part in it."""
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "listener 1884", "password_file /etc/mosquitto/passwd")
    until("running", log)
    nats(lab, 1883, "authorization { users: [ { user: gateway, password: gateway-pw } ] }")
    proved(lab.server, "-p", "1884", *ALICE, at="127.0.0.1")
    proved(lab.server, *ALICE, at="127.0.0.1", not_=True)
    proved(lab.server, "-u", "gateway", "-P", "gateway-pw", at="127.0.0.1")
    return on_broker(lab, "localhost:1883", *ALICE)


@reported("kin of a17-other-broker-blamed: a configuration that nobody started", HEALTHY)
def the_configuration_in_etc_is_not_the_one_that_runs(lab):
    """The package's file would listen to the machine alone; the broker that runs was started with another, and is
    well."""
    etc(lab, "mosquitto/mosquitto.conf", "pid_file /run/mosquitto/mosquitto.pid\npersistence true\n"
                                         "persistence_location /var/lib/mosquitto/\n")
    own = lab.file("opt-passwd", passwords(lab, ("alice", "alice-pw")))
    os.chmod(own, 0o600)
    path = lab.file("opt-mosquitto.conf", f"user root\nlistener 1883\npassword_file {own}\n")
    lab.server.start("mosquitto", "-c", path, ready=1883)
    proved(lab.phone, *ALICE)
    return on_broker(lab, AT, *ALICE)


# ---- server, office and home (a22) ----------------------------------------------------------------


@reported("kin of a22-egress: the rule is the server's, and asks where one comes from",
          r"\bnft|(server|broker|this machine|its own).{0,80}(firewall|filter|rule)|"
          r"(firewall|filter|rule).{0,80}(server|broker|this machine|its own)",
          unsaid=r"home('s)? (own )?(network|router|provider) (blocks|drops|lets)")
def the_server_lets_in_the_office_alone(lab):
    """The server's own firewall takes the office's addresses and drops all others; home cannot get in."""
    mosquitto(lab.server)
    lab.server.nft("in iifname lo accept", "in ip saddr 10.77.3.0/24 tcp dport 1883 accept", "in tcp dport 1883 drop")
    desk = office(lab)
    proved(desk)
    proved(lab.phone, not_=True)
    return together(lab, server=on_broker(lab), office=doctor(desk, AT), home=doctor(lab.phone, AT))


@reported("kin of a22-egress; https://github.com/umati/Dashboard-OPCUA-Client/issues/376 Connection through a TLS "
          "inspection fw", r"inspect|intercept|Corp Proxy|opened|man.in.the.middle|in between|breaks? (open|up)",
          r"office|network|company|proxy|on the way|in between")
def tls_is_opened_in_the_office(lab):
    """The office's own gateway answers at 8883 with a certificate of its own authority; home and the server see the
    broker's."""
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    own = certificates.get("inspected")
    desk = office(lab)
    haproxy(lab.router, f"listen i\n  bind :9443 ssl crt {in_one_file(lab, own)}\n"
                        f"  server m {SERVER}:8883 ssl verify none", 9443)
    lab.router.nat("iifname r2 tcp dport 8883 redirect to :9443")
    words = ("--cafile", ca())
    proved(lab.phone, "-p", "8883", *words)
    proved(desk, "-p", "8883", *words, not_=True)
    target = f"mqtts://{SERVER}:8883"
    return together(lab, server=on_broker(lab, target, *words), office=doctor(desk, target, *words),
                    home=doctor(lab.phone, target, *words))


@reported("kin of a22-egress: two name servers, two addresses", r"10\.77\.2\.9", r"name|\bDNS\b|resol|address")
def the_office_is_told_an_old_address(lab):
    """The office's name server still gives the address of a server that is gone; at home the name leads to the right
    one."""
    mosquitto(lab.server)
    desk = office(lab)
    desk.file("resolv.conf", "nameserver 10.77.3.1\n")
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    time.sleep(0.3)
    dnsmasq(lab.router, "address=/broker.test/10.77.2.9", address="10.77.3.1")
    time.sleep(0.5)
    proved(lab.phone, at="broker.test")
    proved(desk, at="broker.test", not_=True)
    return together(lab, office=doctor(desk, "broker.test:1883"), home=doctor(lab.phone, "broker.test:1883"))


@reported("kin of a22-egress: a page to sign in on stands before the guests' network",
          r"portal|sign.?in", r"login\.guest\.test")
def a_portal_answers_in_the_guests_network(lab):
    """What answers the phone at 1883 is the guests' network with its page; the server and the laptop see the broker."""
    mosquitto(lab.server)
    desk = office(lab)
    scripted(lab.router, 8881, "http", "302 Found", "Location: http://login.guest.test/?next=1")
    lab.router.nat("iifname r0 ip daddr 10.77.2.2 tcp dport { 80, 1883 } redirect to :8881")
    proved(desk)
    proved(lab.phone, not_=True)
    return together(lab, server=on_broker(lab), laptop=doctor(desk, AT), phone=doctor(lab.phone, AT))


@reported("kin of a22-egress: others get in and the server itself does not",
          r"10\.77\.2\.2.{0,60}(only|in the place)", r"localhost|127\.0\.0\.1|::1", unsaid=r"s/\.\*/listener 1883/")
def only_the_server_itself_does_not_get_in(lab):
    """The broker listens at the address of the network card alone: whoever says localhost on the server is refused."""
    log = configured(lab, f"listener 1883 {SERVER}", "allow_anonymous true")
    until("running", log)
    proved(lab.phone)
    proved(lab.server, at="127.0.0.1", not_=True)
    return together(lab, server=on_broker(lab, "localhost:1883"), phone=doctor(lab.phone, AT))


# ---- an acknowledgement is missing (a26) ----------------------------------------------------------


@reported("kin of a26-missing-puback; https://github.com/mqttjs/MQTT.js/issues/435 Publish QoS 2 message failed",
          r"PUBREL|releas|second (half|step|part)|QoS.?2|exactly once",
          r"never|\bnot\b|missing|without|\bno\b|unfinished", slowest=25)
def received_and_never_released(lab):
    """The sender answers no PUBREC with a PUBREL: the broker holds its messages of QoS 2 back, and nobody gets them."""
    broker(lab)

    def act():
        heard = subscriber(lab.router, "chat-b", "-q", "2", "-t", "chat/room1")
        time.sleep(0.5)
        sender = talk(lab.phone, """
one = Talk(HOST).connect("chat-a")
for turn in range(5):
    one.publish("chat/room1", f"hello {turn}", qos=2)
    one.wait(0.7)
print("received", sum(one.heard.count(b"\\x50\\2" + struct.pack(">H", each)) for each in range(1, 6)), flush=True)
one.wait(4)
""")
        sender.wait(15)
        staged(count("received 5", sender) == 1, pathlib.Path(sender.log).read_text())
        staged(not pathlib.Path(heard.log).read_text(), "it came")
    return listen(lab, act, patience=2)


@reported("kin of a26-missing-puback; https://github.com/eclipse-paho/paho.mqtt.embedded-c/issues/89 do not send "
          "PUBCOMP when receiving QOS2 messages from server", r"PUBCOMP|PUBREL|complet|QoS.?2",
          r"never|\bnot\b|missing|without|\bno\b|unanswer|unfinished")
def received_and_never_completed(lab):
    """The display answers no PUBREL with a PUBCOMP: after three messages its window is full, and no further one is
    sent."""
    process = mosquitto(lab.server, "max_inflight_messages 3")

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("display-4").subscribe("line/4", qos=2)
for _ in range(9):
    one.answer(1, completes=False)
    one.send(0xC0, b"")
""")
        time.sleep(0.8)
        for turn in range(8):
            sent(lab, "line/4", "-q", "2", "-i", "press", "-m", str(turn))
            time.sleep(0.4)
        time.sleep(2)
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending PUBLISH to display-4", process) == 3, count("Sending PUBLISH to display-4", process))
    return answer


@reported("kin of a26-missing-puback: the broker's own is missing", r"PUBACK|acknowledg|confirm|unanswer",
          r"broker|server", r"never|\bnot\b|missing|without|\bno\b|unanswer|silen")
def the_broker_acknowledges_nothing(lab):
    """The meter's messages of QoS 1 are never acknowledged by the broker; it sends each again, and stops at two."""
    odd(lab, """
def answers(broker, link, about, first, body):
    return None if first >> 4 == 3 else usual(broker, link, about, first, body)
""")

    def act():
        told = talk(lab.phone, """
one = Talk(HOST).connect("meter-3", clean=False)
for number in (1, 2):
    one.publish("meter/3", f"21{number}", qos=1, packet=number)
for _ in range(3):
    one.wait(1.5)
    one.send(0xC0, b"")
    for number in (1, 2):
        one.publish("meter/3", f"21{number}", qos=1, packet=number, dup=1)
one.wait(1)
print("acknowledged", one.heard.count(b"\\x40\\2"), flush=True)
one.goodbye()
""", seconds=12)
        staged(count("acknowledged 0", told) == 1, pathlib.Path(told.log).read_text())
    return seen(lab, "cannot-send", act)


@reported("kin of a26-missing-puback: it acknowledges, with another number; "
          "https://github.com/LabVIEW-Open-Source/LV-MQTT-Broker/issues/8 ACK must use same Packet Identifier",
          r"acknowledg|PUBACK|confirm", r"identifier|packet.?id|number|wrong|does not (fit|match)|never|\bnot\b|"
          r"missing|un(acknowledged|confirmed)|without", r"again|resen|repeat|twice|redeliver|DUP|once more|session",
          r"PUBACK|acknowledg",
          r"identifier|number",
          r"\b1\b|wrong|other|same")
def always_the_same_number(lab):
    """The display acknowledges every message with the number 1: the others count as not received, and come again each
    time."""
    process = mosquitto(lab.server)

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("display-1", clean=False)
    if not turn:
        one.subscribe("line/1", qos=1)
    got, end = [], time.monotonic() + 2.4
    while time.monotonic() < end:
        one.wait(0.1)
        while packet := one.first_packet(one.heard):
            one.heard = one.heard[len(packet[0]) + len(packet[1]):]
            if packet[0][0] >> 4 == 3:
                got.append(packet[1][-3:].decode())
                one.send(0x40, b"\\0\\1")
    print(turn, *got, flush=True)
    one.reset()
    time.sleep(0.3)
""")
        time.sleep(0.9)
        for payload in ("red", "off", "low"):
            sent(lab, "line/1", "-q", "1", "-i", "press", "-m", payload)
            time.sleep(0.4)
        told.wait(15)
        lines = pathlib.Path(told.log).read_text().splitlines()
        staged(lines[0] == "0 red off low" and lines[1:] == ["1 off low", "2 off low"], lines)
    answer = seen(lab, "twice", act)
    staged(count("Received PUBACK from display-1 (Mid: 1,", process) > 5, process.log)
    return answer


@reported("kin of a26-missing-puback: late, and none is missing", HEALTHY)
def every_one_is_acknowledged_a_second_later(lab):
    """The display writes each message to its card before it acknowledges it; a second late, and none is missing."""
    process = mosquitto(lab.server)

    def act():
        told = talk(lab.phone, """
one = Talk(HOST).connect("display-2").subscribe("line/2", qos=1)
one.heard, due, got = one.heard[9:], [], 0
end = time.monotonic() + 9
while time.monotonic() < end:
    one.wait(0.1)
    while packet := one.first_packet(one.heard):
        one.heard = one.heard[len(packet[0]) + len(packet[1]):]
        if packet[0][0] >> 4 == 3:
            at = 2 + struct.unpack(">H", packet[1][:2])[0]
            due.append((time.monotonic() + 1, packet[1][at:at + 2]))
    while due and due[0][0] < time.monotonic():
        one.send(0x40, due.pop(0)[1])
        got += 1
print("got", got, flush=True)
one.goodbye()
""")
        time.sleep(0.8)
        for turn in range(5):
            sent(lab, "line/2", "-q", "1", "-i", "press", "-m", str(turn))
            time.sleep(1.2)
        told.wait(12)
        staged(count("got 5", told) == 1, pathlib.Path(told.log).read_text())
    answer = explain(captured(lab, lab.server, act))
    staged(count("Received PUBACK from display-2", process) == 5, process.log)
    return answer


# ---- what is kept, and the filter (a31) -----------------------------------------------------------


@reported("kin of a31-retained-wildcard; https://github.com/vernemq/vernemq/issues/808 shared subscription with "
          "retained topics", r"shared? (subscri|group)|\bgroups?\b|without .{0,12}\$share", r"retain|\bkept\b",
          unsaid=r"(nobody|no one) (has )?(sent|published)|there is no retained message (at|on|for) clients")
def a_group_is_given_nothing_that_is_kept(lab):
    """By MQTT a shared subscription is sent no retained messages; without $share/workers/ it comes."""
    scripted(lab.server, 1883, "exchange", "kept=clients/7/status")
    for wanted, lines in (("$share/workers/clients/+/status", 0), ("clients/+/status", 1)):
        got = lab.router.run("mosquitto_sub", "-h", SERVER, "-W", "1", "-t", wanted, check=False).splitlines()
        staged(len(got) == lines, got)
    return doctor(lab.phone, "delivery", AT, "-t", "$share/workers/clients/+/status", "--retained")


HANDLING = """
one = Talk(HOST, v5=True).connect("dashboard", clean=False, properties=b"\\x11\\0\\0\\x0e\\x10")
one.send(0x82, one.new_id() + b"\\0" + text("plant/+/state") + bytes([0x%02x]))
one.wait(1)
print(one.heard.count(b"running"), flush=True)
one.goodbye()
"""


@reported("kin of a31-retained-wildcard; https://github.com/eclipse-mosquitto/mosquitto/issues/2402 Retain Handling",
          r"retain.{0,12}handling|asks?( for)? not|asked not|do(es)? not (want|ask)|subscription option|"
          r"option of (its|the) subscri", r"retain|\bkept\b")
def the_dashboard_asked_for_nothing_kept(lab):
    """Its subscription says retain handling 2: send me no retained messages. Another client is sent it."""
    mosquitto(lab.server)
    sent(lab, "plant/7/state", "-r", "-m", "running")

    def act():
        for _ in range(2):
            told = talk(lab.phone, HANDLING % 0x20, seconds=8)
            staged(count("0", told) == 1, "it came")
        got = lab.router.run("mosquitto_sub", "-h", SERVER, "-W", "1", "-i", "other", "-t", "plant/+/state",
                             check=False)
        staged(got == "running\n", got)
    return seen(lab, "no-last-value", act)


@reported("kin of a31-retained-wildcard; https://github.com/mqttjs/MQTT.js/issues/1739 Multiple subscriptions to the "
          "same topic & retained messages", r"retain.{0,12}handling|subscription (exist|already|is not new|was (there|"
          r"known))|already (subscribed|exist)|new subscription|(only|just) (when|if|for) .{0,40}(new|first)",
          r"retain|\bkept\b")
def only_for_a_subscription_that_is_new(lab):
    """Retain handling 1: kept ones come when the subscription is new, and its session has had it since yesterday."""
    mosquitto(lab.server)
    sent(lab, "plant/7/state", "-r", "-m", "running")

    def act():
        for turn in range(3):
            told = talk(lab.phone, HANDLING % 0x10, seconds=8)
            staged(count("1" if turn == 0 else "0", told) == 1, pathlib.Path(told.log).read_text())
    return seen(lab, "no-last-value", act)


@reported("kin of a31-retained-wildcard; https://github.com/eclipse-mosquitto/mosquitto/issues/3221 retained messages "
          "with expired message expiry interval", r"expir|lifetime|life.?time|time to live|\bTTL\b|valid for",
          r"retain|\bkept\b|message")
def kept_for_three_seconds_only(lab):
    """The state is sent to be kept and with an expiry of 3 s: who comes later finds nothing."""
    mosquitto(lab.server)

    def act():
        sent(lab, "boiler/state", "-V", "5", "-i", "boiler", "-r", "-q", "1", "-m", "on", "-D", "publish",
             "message-expiry-interval", "3", host=lab.phone)
        for name, pause, lines in (("early", 0.2, 1), ("panel", 5, 0), ("panel", 0.5, 0)):
            time.sleep(pause)
            got = lab.router.run("mosquitto_sub", "-h", SERVER, "-i", name, "-W", "1", "-t", "boiler/#", check=False)
            staged(len(got.splitlines()) == lines, (name, got))
    return seen(lab, "no-last-value", act)


# ---- a slip in the access list (a33) --------------------------------------------------------------


def with_rules(lab, rules, topic, *words):
    """alice with these rules in /etc; that her message does not come back is proved."""
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    etc(lab, "mosquitto/acl", rules)
    log = configured(lab, "listener 1883", "password_file /etc/mosquitto/passwd", "acl_file /etc/mosquitto/acl")
    until("running", log)
    heard = lab.server.start("mosquitto_sub", "-h", "127.0.0.1", *ALICE, *words, "-t", topic, "-W", "2")
    time.sleep(0.4)
    lab.server.run("mosquitto_pub", "-h", "127.0.0.1", *ALICE, "-t", topic, "-m", "on")
    heard.wait(5)
    staged("on" not in pathlib.Path(heard.log).read_text().splitlines(), "it came")
    return on_broker(lab, "localhost", *ALICE, *words, "-t", topic, "--publish")


@reported("kin of a33-acl-typo: a star for a hash", r"home/\*|\*", r"#|wildcard|\bhash\b",
          r"readwrite home\S{0,4}/#",
          unsaid=r"tee -a")
def a_star_for_a_hash(lab):
    """home/* in the access list is the topic with a star in it; home/# was meant."""
    return with_rules(lab, "user alice\ntopic readwrite home/*\n", "home/door")


@reported("kin of a33-acl-typo: the rule stands above its user's line", r"before|above|\bfirst\b|\border\b|anonymous|"
          r"without a user|nobody's|general|not (alice's|under|below)|below|under", r"\buser\b",
          r"\bacl\b|/etc/mosquitto/acl|access (list|rule|control)|\brules?\b",
          r"readwrite home/#'")
def the_rule_stands_above_the_users_line(lab):
    """What stands before the first user line is for those without a name; alice's own line has nothing below it."""
    return with_rules(lab, "topic readwrite home/#\nuser alice\n", "home/door")


@reported("kin of a33-acl-typo; " + MOSQUITTO + "1217 broken: pattern read devices/%u", r"%c",
          r"client.?id|identifier|%u",
          r"%u")
def the_pattern_means_the_identifier(lab):
    """%c is the client's identifier, which is phone-1; the topic holds the user's name, and %u was meant."""
    return with_rules(lab, "pattern readwrite devices/%c/#\n", "devices/alice/state", "-i", "phone-1")


@reported("kin of a33-acl-typo; " + MOSQUITTO + "3070 Does single hash'#' still work in ACL", r"#",
          r"\$.{0,160}(begin|start|first|not (cover|includ|fit|match|mean)|special|own rule|\$aws/#)|"
          r"(begin|start|cover|includ|fit|match).{0,160}\$")
def a_hash_covers_no_topic_of_the_systems(lab):
    """topic readwrite # holds for no topic that begins with a dollar; $aws/# needs a line of its own."""
    return with_rules(lab, "user alice\ntopic readwrite #\n", "$aws/things/pump/shadow/update")


# ---- never subscribed (a34) -----------------------------------------------------------------------


@reported("kin of a34-never-subscribed; https://github.com/VictorHAS/mqtt-react-hooks/issues/67 Why is subscribe a "
          "dependency on useSubscription ?", r"unsubscri")
def it_unsubscribed_a_moment_later(lab):
    """The page subscribes, draws itself anew and unsubscribes; it stays connected and is sent nothing."""
    here = Recording(lab)
    page = here.client("panel_b71c2f").connect()
    page.subscribe("farm/+/level")
    here.wait(0.3)
    page.unsubscribe("farm/+/level")
    tank = here.client("tank-7").connect()
    for level in range(12):
        here.wait(30)
        tank.publish("farm/7/level", str(40 + level))
    return explain(here.file(), "--symptom", "nothing-arrives")


@reported("kin of a34-never-subscribed; https://github.com/VictorHAS/mqtt-react-hooks/issues/38 undefined",
          r"undefined",
          r"variable|value|filled|not (yet )?(set|known)|placeholder")
def the_topics_middle_is_undefined(lab):
    """The app put its filter together before it knew the device: it asks for devices/undefined/state."""
    here = Recording(lab)
    app = here.client("mqttjs_1f09ac").connect()
    app.subscribe("devices/undefined/state")
    plug = here.client("plug-42").connect()
    for turn in range(10):
        here.wait(20)
        plug.publish("devices/plug-42/state", "on" if turn % 2 else "off")
    return explain(here.file(), "--symptom", "nothing-arrives")


@reported("kin of a34-never-subscribed: it asks before it is answered, and is served", HEALTHY)
def it_does_not_wait_for_the_connack(lab):
    """CONNECT and SUBSCRIBE leave in one piece, as MQTT allows; both are answered and the messages come."""
    process = mosquitto(lab.server)

    def act():
        told = talk(lab.phone, """
one = Talk(HOST)
connect, subscribe = text("MQTT") + bytes([4, 2, 0, 60]) + text("fast-app"), b"\\0\\1" + text("home/door") + b"\\0"
one.raw(bytes([0x10, len(connect)]) + connect + bytes([0x82, len(subscribe)]) + subscribe)
one.wait(4)
print("came", one.heard.count(b"home/door"), flush=True)
one.goodbye()
""")
        time.sleep(0.8)
        for turn in range(4):
            sent(lab, "home/door", "-i", "door", "-m", str(turn))
            time.sleep(0.5)
        told.wait(8)
        staged(count("came 4", told) == 1, pathlib.Path(told.log).read_text())
    answer = explain(captured(lab, lab.server, act))
    staged(count("Sending SUBACK to fast-app", process) == 1, process.log)
    return answer


@reported("kin of a34-never-subscribed, its second part; " + MOSQUITTO + "2124 Timeout Exceeded Disconnect when "
          "timeout has not been exceeded", r"keep.?alive", r"ping|\blate|seldom|longer|exceed|in time|rare|too (long|"
          r"slow)|silen|interval", slowest=30)
def it_pings_and_too_seldom(lab):
    """The app asks for a keep alive of 2 s and pings every 4 s: the broker throws it out in between, again and
    again."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        link.settimeout(1.5 * parts(body)["keep"])
    return usual(broker, link, about, first, body)
""", 1884)

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("860688042114364", keep_alive=2).subscribe("alarm/set")
    time.sleep(4)
    print("alive", lives(one), flush=True)
    try: one.send(0xC0, b"")
    except OSError: pass
    one.close()
one = Talk(HOST).connect("panel", keep_alive=2)
for _ in range(3):
    one.wait(1.2)
    one.send(0xC0, b"")
print("panel", lives(one), flush=True)
one.goodbye()
""")
        told.wait(22)
        staged(count("alive False", told) == 3 and count("panel True", told) == 1, pathlib.Path(told.log).read_text())
    return listen(lab, act, patience=3)


@reported("kin of a34-never-subscribed: what a phone's keyboard adds", r"space|blank|white|trailing|alice \W",
          slowest=25)
def the_keyboard_adds_a_space(lab):
    """The phone sends the user's name with a space behind it, and is refused; alice without it is let in."""
    broker(lab, "allow_anonymous false", f"password_file {password_file(lab, password='secret')}")

    def act():
        told = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("MqttDash-pixel", user="alice ")
    print("space", one.heard.hex(), flush=True)
    time.sleep(0.4)
one = Talk(HOST).connect("laptop", user="alice")
one.wait(0.3)
print("none", one.heard.hex(), flush=True)
one.goodbye()
""", seconds=12)
        staged(count("space 20020005", told) == 3 and count("none 20020000", told) == 1,
               pathlib.Path(told.log).read_text())
    return listen(lab, act, patience=3)


# ---- welcome from one's own machine alone (a37) ---------------------------------------------------


@reported("kin of a37-guest-real: no password from here, one from there",
          r"anonym|user ?name|password|login|log in|credential|\buser\b", r"listener|127\.0\.0\.1|localhost|loopback|"
          r"local|per_listener|outside|elsewhere|from there|other port")
def without_a_password_on_the_machine_alone(lab):
    """The listener for the machine itself asks for no password; the one for the network does. The phone gave none."""
    etc(lab, "mosquitto/passwd", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "per_listener_settings true", "listener 1883 127.0.0.1", "allow_anonymous true",
                     f"listener 1883 {SERVER}", "allow_anonymous false", "password_file /etc/mosquitto/passwd")
    until("running", log)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, not_=True)
    proved(lab.phone, *ALICE)
    return together(lab, server=on_broker(lab, "127.0.0.1:1883"), phone=doctor(lab.phone, AT))


@reported("kin of a37-guest-real: a relay makes everybody local", HEALTHY)
def guest_comes_by_a_relay(lab):
    """guest may come from the broker's machine alone, and comes by haproxy of that machine: it works, from
    everywhere."""
    scripted(lab.server, 1884, "broker", "local=guest", "versions=3,4")
    haproxy(lab.server, "listen m\n  bind :1883\n  server m 127.0.0.1:1884", 1883)
    login = ("-u", "guest", "-P", "guest")
    proved(lab.phone, "-p", "1884", *login, not_=True)
    proved(lab.phone, *login)
    return doctor(lab.phone, AT, "-V", "3.1.1", *login)


# ---- not subscribed again (a39) -------------------------------------------------------------------


def feed(here, app, topics, rounds, pause=10):
    for turn in range(rounds):
        here.wait(pause)
        for topic in topics:
            app.publish(topic, str(20 + turn))


@reported("kin of a39-not-resubscribed: one of two filters", r"garden/#|garden/", r"subscri",
          r"again|anew|reconnect|second|came back|comes back|new connection|no longer|earlier|before|first")
def subscribed_to_half_of_it_again(lab):
    """After its reconnect the app asks for house/# and no more for garden/#, which it had asked for on its first
    connection."""
    here = Recording(lab)
    hub = here.client("hub").connect()
    app = here.client("openhab").connect()
    app.subscribe("house/#").subscribe("garden/#")
    feed(here, hub, ("house/door", "garden/pump"), 6)
    app.dies()
    here.wait(5)
    app.connect().subscribe("house/#")
    feed(here, hub, ("house/door", "garden/pump"), 12)
    return explain(here.file(), "--symptom", "nothing-arrives")


@reported("kin of a39-not-resubscribed: the subscription is refused the second time",
          r"refus|denie|0x80|\b128\b|not allow|rejected|permi|right", r"subscri|orders/#")
def refused_the_second_time(lab):
    """It does subscribe again after its reconnect, and is refused now (128): its rights have been taken away
    meanwhile."""
    here = Recording(lab)
    shop = here.client("shop").connect()
    app = here.client("kitchen-3").connect(user="kitchen")
    app.subscribe("orders/#", qos=1)
    feed(here, shop, ("orders/17",), 6)
    app.dies()
    here.wait(3)
    here.refused = ("orders/#",)
    app.connect(user="kitchen").subscribe("orders/#", qos=1)
    feed(here, shop, ("orders/18",), 12)
    return explain(here.file(), "--symptom", "nothing-arrives")


@reported("kin of a39-not-resubscribed; https://github.com/eclipse-paho/paho.mqtt.python/issues/877 MQTT 5 persistent "
          "sessions (clean_start)", r"expir|\bsession\b", r"subscri|expir.{0,80}(0\b|none|no\b|zero|without|not)|(0\b|"
          r"none|no\b|zero|without|not).{0,80}expir",
          r"expir")
def without_an_expiry_the_session_ends(lab):
    """MQTT 5: it comes without clean start and without a session expiry; the session ends each time, and it relies on
    it."""
    here = Recording(lab)
    boiler = here.client("boiler").connect()
    app = here.client("heat-app")
    app.connect(v5=True, clean=False, expiry=0).subscribe("heating/#", qos=1)
    feed(here, boiler, ("heating/flow",), 6)
    app.dies()
    here.wait(4)
    app.connect(v5=True, clean=False, expiry=0)
    feed(here, boiler, ("heating/flow",), 12)
    return explain(here.file(), "--symptom", "nothing-arrives")


@reported("kin of a39-not-resubscribed; https://github.com/mqttjs/MQTT.js/issues/116 Random client ids with clean "
          "session=false", r"client.?id|identifier", r"another|\bnew\b|random|chang|each|every|differ|\bsame\b|fixed|"
          r"stable|constant")
def another_name_each_time(lab):
    """It wants its session kept, and comes by another identifier each time: what waits, waits for one that never comes
    again."""
    here = Recording(lab)
    door = here.client("door").connect()
    for name in ("mqttjs_3af29c01", "mqttjs_b07718de", "mqttjs_91c4e5f0", "mqttjs_04dd7a32"):
        app = here.client(name, "198.51.100.77").connect(clean=False)
        app.subscribe("alarm/#", qos=1)
        for turn in range(3):
            here.wait(20)
            door.publish("alarm/door", f"seen-{turn}", qos=1)
        app.leave()
        for turn in range(3):
            here.wait(40)
            door.publish("alarm/door", f"missed-{turn}", qos=1)
    return explain(here.file(), "--symptom", "missed-while-away")


@reported("kin of a39-not-resubscribed: it need not", HEALTHY)
def its_session_was_kept(lab):
    """It does not subscribe after its reconnect, and need not: its session was kept, and all that came meanwhile
    arrives."""
    here = Recording(lab)
    door = here.client("door").connect()
    app = here.client("alarm-panel").connect(clean=False)
    app.subscribe("alarm/#", qos=1)
    for _ in range(4):
        for turn in range(3):
            here.wait(20)
            door.publish("alarm/door", str(turn), qos=1)
        app.leave()
        here.wait(15)
        door.publish("alarm/door", "while away", qos=1)
        here.wait(15)
        app.connect(clean=False)
    return explain(here.file())


# ---- what is said ---------------------------------------------------------------------------------


@reported("kin of a34-never-subscribed, what a phone sends; "
          "https://github.com/warp-more-hardware/esp32-firmware/issues/59 MQTT: Error while Connecting, \"Not "
          "Authorized\"", r"password|user", r"\bno\b|without|empty|missing|not (sen[dt]|given|set)|sends? no|null|left "
          r"out|blank",
          r"(sent|gave|sends|gives) no|without a",
          unsaid=r"wrong or missing")
def the_log_says_null_password(_):
    """The client sent no password (or no name) at all; it is not that it sent a wrong one."""
    return said("2024-01-05 11:32:35: New connection from 192.168.0.93:53706 on port 1883.\n"
                "error: received null username or password for unpwd check\n"
                "2024-01-05 11:32:35: Client Wallbox disconnected, not authorised.")


@reported("kin of a39-not-resubscribed; https://github.com/mqttjs/MQTT.js/issues/366 Default clientId not used with "
          "`clean: false`", r"client.?id|identifier", r"clean|session",
          unsaid=r"broker refuses|broker answers")
def mqttjs_says_missing_client_id(_):
    """Whoever wants a session kept (clean: false) must give a client identifier of its own."""
    return said("Error: Missing clientId for unclean clients\n    at Object.connect "
                "(node_modules/mqtt/lib/connect/index.js:112:11)")
