"""Never met, the thirty-third batch: once more a sample of what people report in public. Twenty-eight phrases as a user
would type them, other ones than those of the twenty-fifth, twenty-seventh, twenty-ninth and thirtieth, written down
before the first was searched (among issues, then among pages where those told nothing); of each the first one or two
reports whose cause the thread tells, easy or hard, that no earlier batch had staged. Written down with its right
answers by somebody who had neither read the doctor's code nor asked it.

 1 shelly mqtt connected but status not published        15 mqtt messages delayed by several seconds
 2 esp32-cam mqtt publish image fails                    16 mqtt qos 1 message received twice
 3 mqtt works in MQTT Explorer but not in my app         17 mqtt messages lost while client offline persistent
 4 docker container getaddrinfo ENOTFOUND mosquitto         session
   mqtt                                                  18 mqtt sensor values stop updating after a while
 5 mosquitto docker address already in use 1883          19 mqtt shared subscription messages not received
 6 mosquitto dynamic security client login not           20 mqtt large message disconnects client
   authorised                                            21 python paho mqtt loop disconnects rc=7
 7 mosquitto container unable to open password file      22 mqtt 消息 延迟 很久才收到
   permission denied                                     23 mqtt 重复收到 消息 两次
 8 mqtt through cloudflare cannot connect                24 mqtt 离线消息 收不到 cleanSession
 9 apache reverse proxy mqtt websocket fails             25 docker 安装 mosquitto 客户端 连接被拒绝
10 haproxy mqtt clients disconnected every minute        26 uniapp mqtt 真机 连接失败
11 letsencrypt certificate renewed mosquitto still       27 nginx 反向代理 mqtt websocket 连接失败
   serves old one                                        28 OneNET mqtt 连接失败 鉴权 token
12 windows mosquitto service clients on the network
   cannot connect
13 esp8266 bearssl mqtt tls connection failed
14 mqtt last will not sent when device loses power

Nothing with a cause was found for 3 and 22; what was for 5, 7, 9, 11, 14, 21, 25 and (but for a healthy one) for 24 had
been staged before; for 13 the thread was found by other words for the same; of 20 there are three. Only what the search
showed of a thread was read. What is true stands with each case, and where the cause is inferred, that too.
"""
import json
import pathlib
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, ROUTER_PHONE, SERVER
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import mosquitto, nginx, password_file, tls_lines
from .stage_delivery import AT
from .stage_unmet_eighteen import sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import configured
from .stage_unmet_twentysix import both_ends, odd, stop
from .stage_unmet_twentytwo import seen, talk

CERTIFICATE_WRONG = r"certificate (has|is) (expired|not trusted)|self.?signed"
NEVER = r"never|\bno(t|ne|thing)?\b|without|miss|does not|did not"


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


# ---- 1 and 2: from a device ------------------------------------------------------------------------


@reported(GITHUB + "bieniu/ha-shellies-discovery/issues/524 Problem with Shelly Dimmer and MQTT connection flag.",
          HEALTHY)
def the_dimmer_says_it_is_not_connected(lab):
    """True: the dimmer is connected and talks to the broker; only its own report says "mqtt": {"connected": false},
    which is a fault of its firmware. An expert: on the wire all is well."""
    process = mosquitto(lab.server)

    def act():
        hub = talk(lab.router, """
one = Talk(HOST).connect("homeassistant").subscribe("shellies/#")
one.wait(4)
one.goodbye()
assert one.heard.count(b"light/0/power") == 5, one.heard
""")
        time.sleep(0.7)
        talk(lab.phone, """
one = Talk(HOST).connect("shellydimmer-D0E1F2", will=("shellies/shellydimmer-D0E1F2/online", "false", 1))
one.subscribe("shellies/command", "shellies/shellydimmer-D0E1F2/light/0/set")
one.publish("shellies/shellydimmer-D0E1F2/online", "true", retain=1)
for turn in range(5):
    one.publish("shellies/shellydimmer-D0E1F2/info", '{"wifi_sta":{"connected":true,"rssi":-61},"cloud":{"enabled":'
                'false,"connected":false},"mqtt":{"connected":false},"time":"18:0%d"}' % turn)
    one.publish("shellies/shellydimmer-D0E1F2/light/0/power", "2.4%d" % turn)
    one.wait(0.4)
one.publish("shellies/shellydimmer-D0E1F2/online", "false", retain=1)
one.goodbye()
""", seconds=9)
        staged(hub.wait(9) == 0, text_of(hub))
    path = captured(lab, lab.server, act)
    staged(count("Received PUBLISH from shellydimmer-D0E1F2", process) == 12, text_of(process))
    return explain(path)


@reported(GITHUB + "andrewjfreyer/monitor/issues/21 status topic only ever shows offline (correctly), never "
          "states online",
          r"monitor/status", r"will\b|offline", r"online|birth|after connecting|on connect|itself|" + NEVER)
def nobody_ever_says_online(lab):
    """True: the script has a last will that says offline, kept, and publishes nothing at that topic when it connects.
    An expert, from what was recorded: the retained "offline" at monitor/status is the will of the last time; after its
    CONNECT the client never says "online" there."""
    mosquitto(lab.server)

    def act():
        talk(lab.phone, """
for turn in range(2):
    one = Talk(HOST).connect("presence-monitor", will=("monitor/status", "offline", 1))
    for number in range(4):
        one.publish("monitor/first/phone", '{"confidence":"10%d"}' % number)
        one.wait(0.2)
    one.reset()
    time.sleep(0.4)
one = Talk(HOST).connect("presence-monitor", will=("monitor/status", "offline", 1))
for number in range(14):
    one.publish("monitor/first/phone", '{"confidence":"10%d"}' % number)
    one.wait(0.2)
one.close()
""", seconds=14)

    def all_of_it():
        hub = talk(lab.router, """
time.sleep(3.2)
one = Talk(HOST).connect("dashboard").subscribe("monitor/#")
one.wait(1.5)
assert b"offline" in one.heard and b"online" not in one.heard, one.heard
one.goodbye()
""")
        act()
        staged(hub.wait(9) == 0, text_of(hub))
    return seen(lab, "shown-offline", all_of_it)


@reported(GITHUB + "fustyles/Arduino/issues/5 Esp32-cam base64 Mqtt", r"esp32cam/image",
          r"empty|\b0 bytes|no (payload|content|bytes|data)|zero|without (a |any )?(payload|content|data)|nothing in",
          unsaid=r"\bACL\b|(not|never) subscri")
def the_picture_arrives_empty(lab):
    """True: the text of the picture is too long for the sketch, and what it publishes is empty. An expert, from what
    was recorded: the messages at esp32cam/image have no payload already as the camera sends them; its program or the
    memory there is at fault, not the broker."""
    mosquitto(lab.server)

    def act():
        app = talk(lab.router, """
one = Talk(HOST).connect("viewer").subscribe("esp32cam/#")
one.wait(4)
one.goodbye()
assert one.heard.count(b"esp32cam/image") == 4, one.heard
""")
        time.sleep(0.7)
        talk(lab.phone, """
one = Talk(HOST).connect("ESP32-CAM-77")
for turn in range(4):
    one.publish("esp32cam/status", "taken %d" % turn)
    one.publish("esp32cam/image", "")
    one.wait(0.5)
one.goodbye()
""", seconds=9)
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "unreadable", act)


# ---- 4 to 8: containers, users, clouds --------------------------------------------------------------


@reported(GITHUB + "FunkeyFlo/ps5-mqtt/issues/195 MQTT connection cannot be established (docker)", r"\bnull\b",
          r"empty|not (set|given|read|filled|configured)|unset|missing|no (name|host|address|value)|placeholder|"
          r"(nothing|no).{0,40}(set|given|configured|filled)|setting|configur|variable|option",
          unsaid=r"firewall|password")
def the_name_of_the_host_is_null(_):
    """True: the program found no host in its settings and looks up a machine called "null". An expert: "null" is what
    a setting that is not there becomes; set the broker's address where this program reads it."""
    return said("Starting PS5-MQTT...", "Error: getaddrinfo ENOTFOUND null\n"
                "    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:109:26) {\n  errno: -3008,\n"
                "  code: 'ENOTFOUND',\n  syscall: 'getaddrinfo',\n  hostname: 'null'\n}")


@reported(MOSQUITTO + "2999 [dynsec] Problems with authorizing clients authenticated by certificate",
          r"dynamic.?security|dynsec|mosquitto_ctrl",
          r"\bphone\b", r"(no|not|nobody|without|unknown|lacks?|missing|neither)\b.{0,80}(client|user|role|entry|there|"
          r"known|named|rights?)|(client|user|role)\b.{0,80}(not|missing|unknown)|createClient",
          unsaid=r"certificate (has )?expired|acl_file (says|names|holds)")
def the_certificate_names_no_client_of_dynamic_security(lab):
    """True: the client's name comes from its certificate (CN phone), and dynamic security has no client of that name;
    it is let in all the same, and may do nothing. An expert, on the broker's machine: in dynamic-security.json there
    is no client "phone"; create it and give it a role."""
    roles = [{"rolename": "sensor", "acls": [
        {"acltype": kind, "topic": "plant/#", "priority": 0, "allow": True}
        for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")]}]

    def clients(name):
        return json.dumps({
            "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": False, "subscribe": False,
                                 "unsubscribe": True},
            "clients": [{"username": name, "textname": "", "roles": [{"rolename": "sensor"}]}], "groups": [],
            "roles": roles})
    own = certificates.get("client")
    words = ("--cafile", ca(), "--cert", own.chain, "--key", own.key)
    path = lab.file("dynamic-security.json", clients("sensor-7"))
    log = configured(lab, "user root", "plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
                     f"plugin_opt_config_file {path}", *tls_lines(), f"cafile {ca()}", "require_certificate true",
                     "use_identity_as_username true")
    until("running", log)
    lab.server.wait_for_port(8883)
    proved(lab.phone, "-p", "8883", *words, "-t", "plant/valve")
    staged("Denied PUBLISH" in pathlib.Path(log).read_text(), pathlib.Path(log).read_text())
    right = mosquitto(lab.router, "plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
                      f"plugin_opt_config_file {lab.file('right.json', clients('phone'))}", *tls_lines(),
                      f"cafile {ca()}", "require_certificate true", "use_identity_as_username true", listener=None,
                      ready=8883, name="right.conf")
    proved(lab.phone, "-p", "8883", *words, "--insecure", "-t", "plant/valve", at=ROUTER_PHONE)
    staged(not count("Denied PUBLISH", right) and count("Received PUBLISH", right), text_of(right))
    stop(right)
    return doctor(lab.server, "delivery", "mqtts://localhost:8883", "--on-broker", *words, "-t", "plant/valve",
                  "--publish")


@reported(GITHUB + "iamslan/ha-fossibot/issues/28 Mosquitto Addon returns Unauthorized for local setup", r"password",
          r"(no|without|lacks?|miss(es|ing)?|neither|empty|not)\b.{0,60}password|password.{0,60}(missing|not (given|"
          r"sent|there|set)|absent|empty|\bno\b)", r"fossibot|CONNECT", unsaid=r"same client.?id|nothing listens")
def a_user_and_no_password(lab):
    """True: in this integration one can give a user and no password. An expert, from what was recorded: each CONNECT
    names the user fossibot and holds no password at all, and is refused as not authorised."""
    path = password_file(lab, "fossibot", "secret")
    process = mosquitto(lab.server, "allow_anonymous false", f"password_file {path}")
    proved(lab.phone, "-u", "fossibot", "-P", "secret")

    def act():
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST)
    one.send(0x10, text("MQTT") + bytes([4, 0x82, 0, 60]) + text("fossibot_ha_92f50270") + text("fossibot"))
    one.wait(0.5)
    assert one.heard == bytes.fromhex("20020005"), one.heard
    one.close()
    time.sleep(0.3)
""", seconds=9)
    answer = seen(lab, "cannot-connect", act)
    staged(count("not authorised", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "danielwelch/hassio-zigbee2mqtt/issues/38 CloudMQTT", r"\bport\b", r"1883",
          r"CloudMQTT|(its|of your|an?) own port|another port|other port|instance|wrong port|which port|port.{0,60}"
          r"(console|account|right|correct|check)")
def no_port_behind_the_name_of_cloudmqtt(lab):
    """True: the address was written without a port, so 1883 is tried; a broker at CloudMQTT has a port of its own. An
    expert: at m21.cloudmqtt.com 1883 does not answer; there each instance has its own port, add it to the address."""
    in_the_cloud(lab, "cloudmqtt.com", "54.75.140.21")
    path = password_file(lab, "user", "pass")
    mosquitto(lab.server, "listener 13579", "allow_anonymous false", f"password_file {path}", listener=None,
              ready=13579)
    lab.server.nft("in tcp dport 1883 drop")
    words = ("-u", "user", "-P", "pass")
    proved(lab.phone, "-p", "13579", *words, at="m21.cloudmqtt.com")
    proved(lab.phone, *words, at="m21.cloudmqtt.com", not_=True)
    return doctor(lab.phone, "mqtt://m21.cloudmqtt.com", *words)


# ---- 10 to 13 --------------------------------------------------------------------------------------


@reported(GITHUB + "home-assistant/core/issues/106726 MQTT: Client <unknown> keeps connecting and disconnecting "
          "repetitively",
          HEALTHY)
def a_watchdog_knocks_and_goes(lab):
    """True (inferred): the connections from within are those of a watchdog, which only looks whether the port is open;
    all clients are connected and work. An expert, on the broker's machine: nothing is wrong."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false", f"password_file {password_file(lab)}")
    until("running", log)
    lab.server.wait_for_port(1883)
    heard = subscriber(lab.router, "homeassistant", *ALICE, "-t", "esp32/#")
    talk(lab.server, """
for turn in range(5):
    socket.create_connection(("127.0.0.1", 1883)).close()
    time.sleep(0.3)
""", seconds=9)
    for turn in range(3):
        sent(lab, "esp32/temp", "-i", "esp32-client", *ALICE, "-m", str(turn), host=lab.phone)
    time.sleep(0.3)
    text = pathlib.Path(log).read_text()
    staged(text.count("Client <unknown> closed its connection") == 5 and len(text_of(heard).split()) == 3, text)
    return on_broker(lab, "localhost", *ALICE)


@reported(MOSQUITTO + "1661 Broker can't be reched by other device from wifi", HEALTHY)
def mosquitto_sub_waits_and_says_nothing(lab):
    """True (as the maintainer takes it): mosquitto_sub says nothing until somebody publishes, and nobody did. An
    expert: the broker answers, and lets anybody in; publish something."""
    mosquitto(lab.server)
    waits = subscriber(lab.phone, "pc2", "-t", "Test")
    time.sleep(1)
    staged(waits.poll() is None and not text_of(waits), text_of(waits))
    proved(lab.phone)
    return doctor(lab.phone, AT, "-t", "Test")


@reported(MOSQUITTO + "1148 Mosquitto Service closes automatically after starting in Windows 7 services. Whats wrong?",
          r"mosquitto\.conf|config(uration)?( |-)?file|MOSQUITTO_DIR",
          r"MOSQUITTO_DIR|not (found|there|find|read|exist)|miss|no (such|config)|look|folder|director|install|"
          r"error|wrong",
          unsaid=r"password|firewall")
def the_windows_service_stops_at_once(_):
    """True: as a service mosquitto looks for mosquitto.conf in %MOSQUITTO_DIR%, and stops when there is none. An
    expert: the broker ended as it started, mostly for its configuration file; look at that one, or run mosquitto -v -c
    by hand."""
    return said("The Mosquitto Broker service on Local Computer started and then stopped. Some services stop "
                "automatically if they are not in use by other services or programs.")


@reported(GITHUB + "gilmaimon/ArduinoWebsockets/issues/84 Secured-Two-Way: Client certificate is not sent if used "
          "along with setTrustAnchors", r"\bclock\b|\bNTP\b|configTime|"
          r"(time|date) (of|on) the (device|board|client|chip)|"
          r"(device|board|client|chip|its|own)('s)? (own )?(time|date)|what time", r"expired|valid|certificate",
          unsaid=r"password|firewall")
def bearssl_does_not_know_the_time(_):
    """True: the sketch never sets the clock, so no certificate is valid yet. An expert: expired or not yet valid, and
    on such a board it is mostly its clock, which stands in 1970 until NTP set it; if the clock is right, look at the
    certificate's dates."""
    return said("BSSL:_wait_for_handshake: failed\n"
                "BSSL:Couldn't connect. Error = 'Certificate is expired or not yet valid.'")


# ---- 15 to 18: late, twice, missed, and no more -----------------------------------------------------


@reported(GITHUB + "moquette-io/moquette/issues/535 Messages are delayed ~1s", r"broker|server",
          r"late|delay|hold|held|slow|takes|took|wait|keeps? .{0,20}back|second|\b\d+(\.\d+)? ?(s|ms)\b",
          r"PUBACK|acknowledg|hands?|pass(es|ed)|deliver|forward|sends?|on to",
          unsaid=r"keep.?alive|same client.?id|clock|(sender|device|publisher) (is|publishes) (too )?late")
def the_broker_keeps_everything_for_a_second(lab):
    """True: this broker writes its answers out only after a second (immediate_buffer_flush is off). An expert, from
    what was recorded: each PUBLISH is at the broker at once, and PUBACK as well as what the subscriber gets leave a
    second later; it is the broker that waits, not the network."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 3:
        time.sleep(1)
        at = 2 + size(body, 0)
        for other in list(broker.clients.values()):
            plain = body[:at] + body[at + 2:]
            other.sendall(bytes([0x30, len(plain)]) + plain)
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.router, """
one = Talk(HOST).connect("receiver").subscribe("test")
one.wait(8)
one.goodbye()
assert one.heard.count(b"switch") == 4, one.heard
""")
        time.sleep(0.7)
        talk(lab.phone, """
one = Talk(HOST).connect("sender")
for turn in range(4):
    one.publish("test", "switch-%d" % turn, qos=1)
    one.wait(1.5)
one.goodbye()
""", seconds=9)
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "late", act)


@reported(GITHUB + "toblum/McLighting/issues/406 5 sec delay in MQTT out", r"mclighting|state/out",
          r"late|delay|after|wait|takes|took|second|\b\d+(\.\d+)? ?s\b",
          r"device|client|lamp|program|firmware|sender|itself|publish(es|ed)|answers?|sends",
          unsaid=r"(broker|server) (holds|delays|is (too )?slow|keeps .{0,20}back)|same client.?id")
def the_lamp_tells_its_state_seconds_later(lab):
    """True: the firmware publishes its new state five seconds after a command, on purpose. An expert, from what was
    recorded: the command is delivered at once, and home/mclighting_ha/state/out is published by the device only
    seconds later, and that is passed on at once; it is the device that waits."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mclighting").subscribe("home/mclighting_ha/state/in")
for turn in range(2):
    seen = one.heard.count(b"state/in")
    while one.heard.count(b"state/in") == seen:
        one.wait(0.05)
    time.sleep(5)
    one.publish("home/mclighting_ha/state/out", '{"state":"ON","brightness":%d}' % (100 + turn))
one.wait(1)
one.goodbye()
""")
        talk(lab.router, """
one = Talk(HOST).connect("homeassistant").subscribe("home/mclighting_ha/state/out")
time.sleep(0.5)
for turn in range(2):
    one.publish("home/mclighting_ha/state/in", '{"state":"ON","brightness":%d}' % (100 + turn))
    one.wait(5.6)
one.goodbye()
assert one.heard.count(b"state/out") == 2, one.heard
""", seconds=16)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "late", act)
    staged(count("Received PUBLISH from mclighting", process) == 2, text_of(process))
    return answer


@reported(GITHUB + "homieiot/homie-esp8266/issues/724 Question: Delay between MQTT messages",
          r"QoS|PUBACK|acknowledg|in flight|one (after|at|by)",
          r"wait|one (after|at|by)|in turn|next|until|before|late|slow|delay|takes|second",
          r"homie|client|device|broker|server", unsaid=r"keep.?alive|same client.?id|clock")
def each_message_waits_for_the_last_ones_acknowledgement(lab):
    """True: the library sends the next message only when the one before was acknowledged, and PUBACK takes a second
    here. An expert, from what was recorded: each PUBLISH of QoS 1 leaves right behind the PUBACK of the one before,
    which comes a second after it; use QoS 0 for those, or look why the broker acknowledges so late."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 3:
        at = 2 + size(body, 0)
        plain = body[:at] + body[at + 2:]
        for other in list(broker.clients.values()):
            other.sendall(bytes([0x30, len(plain)]) + plain)
        time.sleep(1)
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.router, """
one = Talk(HOST).connect("openhab").subscribe("homie/inputs/+/state")
one.wait(8)
one.goodbye()
assert one.heard.count(b"/state") == 6, one.heard
""")
        time.sleep(0.7)
        talk(lab.phone, """
one = Talk(HOST).connect("homie-inputs")
for turn in range(6):
    seen = len(one.heard)
    one.publish("homie/inputs/%d/state" % turn, "true", qos=1)
    while len(one.heard) == seen:
        one.wait(0.02)
one.goodbye()
""", seconds=12)
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "late", act)


@reported(GITHUB + "bluerhinos/phpMQTT/issues/39 QoS > 0?", r"PUBACK|acknowledg|confirm",
          NEVER + r"|\bun", r"phpMQTT-worker|subscriber|client|receiver",
          unsaid=r"same client.?id|retain(ed)? (message|flag)")
def the_worker_acknowledges_nothing(lab):
    """True: phpMQTT sends no PUBACK, so the broker hands out the same messages again whenever it comes back. An
    expert, from what was recorded: phpMQTT-worker gets messages of QoS 1 and acknowledges none, and they come once
    more (DUP) on the next connection; subscribe with QoS 0 or take another library."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("phpMQTT-worker", clean=False)
    if not turn:
        one.subscribe("orders/new", qos=1)
    one.wait(1.3)
    assert one.heard.count(b"order-4711") == 1, one.heard
    one.reset()
    time.sleep(0.3)
""")
        time.sleep(0.8)
        for number in (4711, 4712):
            sent(lab, "orders/new", "-i", "shop", "-q", "1", "-m", f"order-{number}")
        staged(app.wait(14) == 0, text_of(app))
    answer = seen(lab, "twice", act)
    staged(count("Sending PUBLISH to phpMQTT-worker (d1", process) == 6, text_of(process))
    return answer


@reported(GITHUB + "wolfSSL/wolfMQTT/issues/485 Session Persistence Stores Only Subscriptions (No Offline QoS>0 Queue)",
          r"broker|server",
          r"(never|\bno(t|ne|thing)?\b|without|lost|loses|throws|drops|discard).{0,90}(keep|kept|queue|"
          r"stor|deliver|hold|sen[dt]|hand|save|remember|forward|pass)|"
          r"(keep|kept|queue|stor|deliver|hold|save|hand)\w*\b"
          r".{0,60}(never|\bno(t|ne|thing)?\b)|lost|throws|discard",
          r"offline|away|absen|while|meanwhile|gone|session|return|"
          r"(not|un) ?connected|disconnect", unsaid=r"clean.?session (is )?(true|set|1)|subscri\w+ (with|at|in) QoS 0")
def the_session_is_kept_without_its_messages(lab):
    """True: this broker keeps the subscriptions of a session, and no messages for it. An expert, from what was
    recorded: the client comes back with clean session off, the broker says "session present", and what was published
    with QoS 1 meanwhile is never delivered; what comes later is. The fault is the broker's."""
    odd(lab, """
known = {}
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 1:
        about["id"] = body[12:12 + size(body, 10)].decode()
        broker.clients[about["id"]] = link
        return bytes([0x20, 2, int(about["id"] in known), 0])
    if kind == 8:
        known[about["id"]] = True
    if kind == 3:
        at = 2 + size(body, 0)
        for name, other in list(broker.clients.items()):
            if name in known:
                other.sendall(bytes([0x32, len(body)]) + body)
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("wolf-sub", clean=False).subscribe("plant/alarm", qos=1)
one.answer(1.2)
one.goodbye()
time.sleep(2)
one = Talk(HOST).connect("wolf-sub", clean=False)
assert one.heard.startswith(bytes.fromhex("20020100")), one.heard
missed = one.heard
one.answer(2.5)
assert b"alarm-04" not in missed + one.heard, one.heard
one.goodbye()
""")
        time.sleep(0.8)
        talk(lab.router, """
one = Talk(HOST).connect("wolf-pub")
for turn in range(12):
    one.publish("plant/alarm", "alarm-%02d" % turn, qos=1)
    one.answer(0.4)
one.goodbye()
""", seconds=9)
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "missed-while-away", act)


@reported(GITHUB + "emqx/emqx/issues/698 offline message might lose sometime", r"session", r"broker|server",
          r"session.?present|forg[eo]t|new session|(no|not|without).{0,40}session|session.{0,80}(lost|gone|not|ends?|"
          r"expir|time.?out|thrown|discard|dropp|delet|forg|no longer)|expir",
          unsaid=r"asks? for a clean session|QoS 0\b")
def the_broker_ends_each_session_at_once(lab):
    """True: the broker's session timeout is 0, so that it forgets a session as soon as the client is gone. An expert,
    from what was recorded: clean session is off and QoS 1 is subscribed, and yet the broker answers without "session
    present" when the client is back; look at the broker's session expiry."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 1:
        about["id"] = body[12:12 + size(body, 10)].decode()
    if kind == 8:
        broker.clients[about["id"]] = link
    if kind == 3:
        for other in list(broker.clients.values()):
            other.sendall(bytes([0x32, len(body)]) + body)
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
for turn in range(2):
    one = Talk(HOST).connect("chat-app-17", clean=False).subscribe("chat/17", qos=1)
    one.answer(1.5)
    one.goodbye()
    time.sleep(1.2)
one = Talk(HOST).connect("chat-app-17", clean=False)
assert one.heard == bytes.fromhex("20020000"), one.heard
one.subscribe("chat/17", qos=1)
one.answer(1)
one.goodbye()
""")
        time.sleep(0.8)
        talk(lab.router, """
one = Talk(HOST).connect("chat-server")
for turn in range(14):
    one.publish("chat/17", "hello-%02d" % turn, qos=1)
    one.answer(0.4)
one.goodbye()
""", seconds=12)
        staged(app.wait(14) == 0, text_of(app))
    return seen(lab, "missed-while-away", act)


@reported(GITHUB + "MaxWinterstein/toogoodtogo-ha-mqtt-bridge/issues/3 Sensors don't update", r"toogoodtogo",
          r"exceed|time(d)?.?out|keep.?alive|silen|ping", r"(not|never|no longer|since|without|nothing).{0,80}(back|"
          r"again|reconnect|return|connect|there|seen|heard|come|came)|reconnect|gone|(is|was) (thrown|put) out|"
          r"ended|end(s|ed) it",
          unsaid=r"\bACL\b|wrong password")
def the_bridge_does_not_come_back(lab):
    """True: the bridge was silent beyond its keep-alive, the broker ended its connection, and it has no code to
    connect again. An expert, on the broker's machine: toogoodtogo-ha-mqtt-bridge "has exceeded timeout" and never came
    back; restart it, and let it reconnect."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    hub = subscriber(lab.router, "homeassistant", "-v", "-t", "toogoodtogo/#")
    talk(lab.phone, """
one = Talk(HOST).connect("toogoodtogo-ha-mqtt-bridge", keep_alive=2)
for shop in range(3):
    one.publish("toogoodtogo/shop%d/state" % shop, '{"stock":%d}' % shop)
while lives(one):
    time.sleep(0.1)
time.sleep(2)
""", seconds=14)
    text = pathlib.Path(log).read_text()
    staged("toogoodtogo-ha-mqtt-bridge has exceeded timeout" in text and hub.poll() is None
           and len(text_of(hub).splitlines()) == 3, text)
    return there(lab, "nothing-arrives")


@reported(GITHUB + "greghesp/ha-bambulab/issues/92 [Bug] Not all sensors are live updating",
          r"device/01S00A2B0C3D/request|\bpushing\b|\"?command\"?.{0,12}stop|studio",
          r"\bstop\b|stops|stopp|since|after|behind", r"printer|report|01S00A")
def another_program_told_the_printer_to_stop(lab):
    """True (as the thread takes it): a program on the desk sends {"pushing": {"command": "stop"}}, and from then on
    the printer stays connected and reports nothing. An expert, from what was recorded: behind the message at
    device/01S00A2B0C3D/request the printer publishes nothing more, though it still pings; "start" wakes it."""
    process = mosquitto(lab.server)

    def act():
        hub = talk(lab.router, """
one = Talk(HOST).connect("ha-bambulab").subscribe("device/01S00A2B0C3D/report")
one.wait(8)
one.goodbye()
""")
        app = talk(lab.phone, """
time.sleep(0.5)
one = Talk(HOST).connect("01S00A2B0C3D", keep_alive=2).subscribe("device/01S00A2B0C3D/request")
for turn in range(60):
    if b'"stop"' not in one.heard:
        one.publish("device/01S00A2B0C3D/report", '{"print":{"wifi_signal":"-%ddBm"}}' % (40 + turn))
    elif turn % 10 == 0:
        one.raw(bytes([0xC0, 0]))
    one.wait(0.12)
one.goodbye()
""")
        time.sleep(3)
        sent(lab, "device/01S00A2B0C3D/request", "-i", "bambu-studio", "-m",
             '{"pushing":{"sequence_id":"0","command":"stop"}}')
        staged(app.wait(14) == 0 and hub.wait(9) == 0, text_of(app) + text_of(hub))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PINGREQ from 01S00A2B0C3D", process) >= 2, text_of(process))
    return answer


@reported(GITHUB + "a529987659852/openwbmqtt/issues/42 Sensor Value Drops", r"openWB/evu/W|openWB/#",
          r"retain|kept|stored", r"reconnect|each time|again|subscri|every|\bconnect|clean|bridge")
def the_bridge_fetches_the_old_value_whenever_it_returns(lab):
    """True: the bridge has cleansession true, so that after each interruption it subscribes anew and gets the retained
    values once more, which are old. An expert, from what was recorded: openWB/evu/W comes with retain and an old value
    behind each SUBSCRIBE of the bridge, between fresh ones; cleansession false at the bridge, or clear that
    message."""
    mosquitto(lab.phone, name="openwb.conf")
    lab.phone.run("mosquitto_pub", "-h", PHONE, "-i", "boot", "-t", "openWB/evu/W", "-r", "-m", "120")
    process = mosquitto(lab.server, "connection openwb", f"address {PHONE}:1883", "topic openWB/# in 0", 
                        "cleansession true", "remote_clientid ha-bridge", "restart_timeout 1", "notifications false")
    heard = subscriber(lab.router, "homeassistant", "-t", "openWB/evu/W")
    time.sleep(0.5)

    def act():
        lab.phone.start("sh", "-c", "for n in $(seq 40); do mosquitto_pub -i evu-$n -t openWB/evu/W -m 25$n; "
                                    "sleep 0.2; done")
        for _ in range(2):
            time.sleep(2)
            lab.phone.nft("in iif e0 tcp dport 1883 reject with tcp reset")
            time.sleep(0.6)
            lab.phone.run("nft", "delete", "table", "inet", "f")
        time.sleep(3)
    answer = explain(captured(lab, lab.server, act), "--symptom", "old-messages")
    staged(text_of(heard).split().count("120") >= 2, text_of(heard) + text_of(process))
    return answer


@reported(GITHUB + "jomjol/AI-on-the-edge-device/issues/709 stopped sending MQTT Messages", r"10\.77\.1\.2\b",
          r"refus|\bRST\b|reset|nothing (was )?listen|not (yet )?(running|there|listening|up|started)|closed port",
          r"again|retr(y|ies)|never|since|\bonce\b|later|no (further|more|other|second)|only|reboot|restart",
          unsaid=r"\bACL\b|(wrong|bad) password|firewall (drops|blocks)")
def it_tried_before_the_broker_was_there_and_never_again(lab):
    """True: the meter's program tries to connect when it starts, and not again until its next reboot. An expert, from
    what was recorded: the attempt of 10.77.1.2 was refused, as nothing listened yet; the broker came up later, others
    connected, and that one never tried again; reboot it."""
    def act():
        talk(lab.phone, """
for turn in range(2):
    try:
        socket.create_connection((HOST, 1883))
        sys.exit("it was taken")
    except ConnectionRefusedError:
        time.sleep(0.3)
""", seconds=9)
        time.sleep(0.5)
        mosquitto(lab.server)
        hub = talk(lab.router, """
one = Talk(HOST).connect("iobroker").subscribe("watermeter/#")
one.wait(5)
assert b"watermeter" not in one.heard
one.goodbye()
""")
        for turn in range(3):
            sent(lab, "other/lamp", "-i", "other-lamp", "-m", str(turn))
            time.sleep(0.8)
        staged(hub.wait(9) == 0, text_of(hub))
    return seen(lab, "nothing-arrives", act)


# ---- 19 to 24: shared, large, twice, and away -------------------------------------------------------


@reported(MOSQUITTO + "2030 Shared subscriptions not working", r"/test_group/test", r"\$share|shell|quot|shared")
def the_shell_took_share_away(lab):
    """True: without quotation marks the shell makes nothing of $share, and the filter is /test_group/test. An expert:
    /test_group/test does not cover the topic test; if $share/test_group/test was meant, put it into single quotes."""
    mosquitto(lab.server)
    heard = lab.router.start("sh", "-c", f"stdbuf -oL mosquitto_sub -h {SERVER} -i group-1 -V mqttv5 "
                                         "-t $share/test_group/test")
    time.sleep(0.4)
    proved(lab.phone, "-t", "test")
    time.sleep(0.3)
    staged(not text_of(heard) and heard.poll() is None, text_of(heard))
    return doctor(lab.phone, "delivery", AT, "-t", "/test_group/test", "--sent-to", "test", "--publish")


@reported(GITHUB + "mqttjs/MQTT.js/issues/768 Large Payload issue. offline->close->reconnect infinite loop",
          r"large|\blong(er)?\b|\bbig\b|size|bytes|maximum|max_packet_size|\bkB\b", r"reports/full|mqttjs_5e1b",
          r"again|resen[dt]|repeat|each|every|loop|reconnect|clos|hang|hung|\bends?\b|ended|disconnect|drop|throw",
          unsaid=r"keep.?alive (is|was)|same client.?id")
def it_sends_what_is_too_large_again_and_again(lab):
    """True: the message is larger than the broker takes, which ends the connection, and the client sends it again on
    each new one. An expert, from what was recorded: each connection of mqttjs_5e1b ends behind a PUBLISH of some 70 kB
    at reports/full, while small ones pass; send less at a time or raise the broker's limit."""
    process = mosquitto(lab.server, "max_packet_size 65536")

    def act():
        talk(lab.phone, """
for turn in range(5):
    one = Talk(HOST).connect("mqttjs_5e1b")
    if not turn:
        one.publish("reports/short", "x" * 2000, qos=1, packet=7)
        one.wait(0.3)
        assert b"\\x40\\2\\0\\7" in one.heard, one.heard
    try:
        one.publish("reports/full", "x" * 70000, qos=1, retain=1, packet=9, dup=1 if turn else 0)
        one.wait(0.5)
    except OSError:
        pass
    assert not lives(one)
    one.close()
    time.sleep(0.5)
""", seconds=12)
    answer = seen(lab, "drops", act)
    staged("oversize" in text_of(process) or count("New client connected", process) == 5, text_of(process))
    return answer


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/135 Paho disconnect while receiving large payload",
          r"keep.?alive|ping", r"paho-receiver", r"silen|nothing|in time|exceed|quiet|longer|no (ping|packet)|1\.5|"
          r"one and a half|" + NEVER, unsaid=r"same client.?id|broker .{0,30}(too large|limit)")
def it_pings_not_while_a_large_one_comes(lab):
    """True: while some megabytes come in slowly, the client sends no PINGREQ, and its keep-alive is short, so the
    broker ends the connection. An expert, from what was recorded: paho-receiver is silent beyond its keep-alive of 2
    seconds while it still receives images/full, and the broker closes; a longer keep-alive, or smaller messages."""
    process = mosquitto(lab.server)
    lab.router.run("mosquitto_pub", "-h", SERVER, "-t", "images/full", "-r", "-q", "1", "-s", input="x" * 1000000)

    def act():
        talk(lab.phone, """
for turn in range(2):
    one = Talk(HOST).connect("paho-receiver", keep_alive=2)
    one.send(0x82, one.new_id() + text("images/full") + bytes([0]))
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < 6 and one.link.recv(16384):
            time.sleep(0.25)
    except OSError:
        pass
    one.reset()
    time.sleep(0.3)
""", seconds=16)
    answer = seen(lab, "drops", act)
    staged(count("paho-receiver has exceeded timeout", process) == 2, text_of(process))
    return answer


@reported(GITHUB + "hsaturn/TinyMqtt/issues/14 Support large messages", r"broker|server",
          r"malform|invalid|broken|wrong|not (valid|proper|MQTT)|garbage|corrupt|length|\b12[78]\b|\blong(er)?\b|"
          r"large|size", r"PUBLISH|message|packet", unsaid=r"keep.?alive|same client.?id|\bACL\b")
def the_broker_writes_one_byte_of_length(lab):
    """True: this small broker writes the length in a single byte, so that whatever is longer than 127 bytes goes out
    broken, and the subscriber hangs up. An expert, from what was recorded: the connection ends whenever the broker
    sends a longer message on, and what it sends there is no valid PUBLISH; short ones are right. The broker is at
    fault."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 14:
        broker.clients.pop(id(link), None)
    if kind == 3:
        for name, other in list(broker.clients.items()):
            try:
                other.sendall(bytes([0x30, len(body) & 255]) + body)
            except OSError:
                del broker.clients[name]
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("tiny-display").subscribe("house/text")
    while len(one.heard) < 150:
        one.wait(0.1)
    one.reset()
    time.sleep(0.4)
""")
        time.sleep(0.7)
        for turn in range(3):
            sent(lab, "house/text", "-i", "writer", "-m", f"short {turn}")
            time.sleep(0.4)
            sent(lab, "house/text", "-i", "writer", "-m", f"long {turn} " + "x" * 150)
            time.sleep(1.2)
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "drops", act)


@reported(GITHUB + "dotnet/MQTTnet/issues/425 Duplicated messages", r"PUBREC|acknowledg|confirm|answers?",
          r"late|slow|takes|took|after|second|wait|longer|busy|in time|too long",
          r"\bDUP\b|again|resen[dt]|repeat|twice|"
          r"once more", r"RtcMqttBrokerAccess|client|subscriber|app\b|receiver|program",
          unsaid=r"same client.?id|overlap|retain(ed)? (message|flag)")
def a_busy_client_acknowledges_too_late(lab):
    """True: the program is busy and sends PUBREC late, and by then the broker has sent the message once more; it
    handles both. An expert, from what was recorded: RtcMqttBrokerAccess answers with PUBREC only after a second and a
    half, and the broker repeats the message (DUP) after one; acknowledge before the work, or ignore the DUP of the
    same number."""
    odd(lab, """
import threading
waits = {}
def again(link, number, body):
    time.sleep(1)
    if number in waits:
        link.sendall(bytes([0x3C, len(body)]) + body)
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 3:
        number = body[2 + size(body, 0):4 + size(body, 0)]
        for other in list(broker.clients.values()):
            waits[number] = True
            other.sendall(bytes([0x34, len(body)]) + body)
            threading.Thread(target=again, args=(other, number, body), daemon=True).start()
    if kind == 5:
        waits.pop(body, None)
        return bytes([0x62, 2]) + body
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("RtcMqttBrokerAccess").subscribe("rtc/data/item", qos=2)
for turn in range(4):
    before = one.heard.count(b"rtc/data/item")
    while one.heard.count(b"rtc/data/item") == before:
        one.wait(0.05)
    time.sleep(1.5)
    one.send(0x50, struct.pack(">H", turn + 1))
    one.wait(0.3)
    one.send(0x70, struct.pack(">H", turn + 1))
one.goodbye()
assert one.heard.count(b"rtc/data/item") == 8, one.heard
""")
        time.sleep(0.7)
        talk(lab.router, """
one = Talk(HOST).connect("rtc-server")
for turn in range(4):
    one.publish("rtc/data/item", "10767%d" % turn, qos=1)
    one.wait(2.2)
one.goodbye()
""", seconds=14)
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "twice", act)


@reported("https://blog.gitcode.com/a67876c78e416d83544c893c881f2cab.html NanoMQ 0.22版本中MQTT客户端重复接收消息问题分析",
          r"broker|server|NanoMQ", r"retain", r"three|\b3\b|several|more than once|twice|again|copies|\btimes\b|"
          r"multipl|\beach\b|duplicat", unsaid=r"overlap|same client.?id|sender (publishes|sends) (it )?(twice|three)")
def the_broker_sends_a_copy_for_each_subscription(lab):
    """True: this version of the broker sends a message published with retain once for every subscription of the
    client, whether it fits or not. An expert, from what was recorded: each was published once and sent three times to
    the same client, which has three filters of which one fits; without retain it comes once. The broker is at
    fault."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        about.setdefault("filters", []).extend(wanted(body))
        broker.clients[id(link)] = (link, about["filters"])
    if kind == 3:
        topic = body[2:2 + size(body, 0)].decode()
        for other, filters in list(broker.clients.values()):
            if topic in filters:
                for _ in filters if first & 1 else filters[:1]:
                    other.sendall(bytes([0x30, len(body)]) + body)
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mqttx_2f0a").subscribe("topic1").subscribe("topic2").subscribe("topic3")
one.wait(5)
one.goodbye()
assert one.heard.count(b"hello") == 12 and one.heard.count(b"plain") == 4, one.heard
""")
        time.sleep(1.3)
        for turn in range(4):
            sent(lab, "topic1", "-i", "tester", "-r", "-m", f"hello-{turn}")
            time.sleep(0.3)
            sent(lab, "topic1", "-i", "tester", "-m", f"plain-{turn}")
            time.sleep(0.3)
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "twice", act)


@reported(GITHUB + "mqttjs/MQTT.js/issues/1129 Unexpected behavior with client option \"clean\" = true while offline",
          HEALTHY)
def the_sender_kept_them_itself(lab):
    """True (inferred): it is the publisher that was offline; its library keeps what it could not send and sends it
    when it is back, which has nothing to do with clean sessions. An expert: on the wire all is well."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.router, """
one = Talk(HOST).connect("mqttjs_sub").subscribe("it/number", qos=1)
one.answer(6)
one.goodbye()
""")
        time.sleep(0.6)
        talk(lab.phone, """
one = Talk(HOST).connect("mqttjs_pub")
for turn in range(4):
    one.publish("it/number", str(turn), qos=1)
    one.wait(0.3)
one.goodbye()
time.sleep(2)
one = Talk(HOST).connect("mqttjs_pub")
for turn in range(4, 10):
    one.publish("it/number", str(turn), qos=1)
one.wait(0.5)
one.goodbye()
""", seconds=9)
        staged(app.wait(9) == 0, text_of(app))
    path = captured(lab, lab.server, act)
    staged(count("Received PUBACK from mqttjs_sub", process) == 10, text_of(process))
    return explain(path)


# ---- 26 to 28 --------------------------------------------------------------------------------------


@reported(GITHUB + "mqttjs/MQTT.js/issues/1919 [Bug]:TypeError when packaging Android package with uniapp: WebSocket "
          "is not a constructor", r"web ?socket",
          r"uni-?app|mini.?program|wx(s)?://|alis?://|(app|program|runtime|environment|"
          r"platform|there)\b.{0,80}(no|not|without|lacks?|other)|"
          r"(no|not|without|lacks?)\b.{0,60}(browser|web ?socket)|polyfill|library",
          unsaid=r"firewall|password|listener is missing|broker has no web ?socket")
def uniapp_has_no_websocket(_):
    """True: a packaged uni-app has no WebSocket as browsers have; the library has to be told to use the platform's own
    (wxs://). An expert: the client never got as far as the network: where this app runs there is no WebSocket; use the
    scheme for mini programs, or a library for that platform."""
    return said("[Vue warn]: Error in onLaunch hook: \"TypeError: WebSocket is not a constructor\"\n\n"
                "(found at App.vue:1)\nTypeError: WebSocket is not a constructor", "--app", "mqtt.js")


@reported("https://ga666666.cn/index.php/archives/301 使用 nginx 对 emqx 进行反向代理",
          r"nginx|prox(y|ies)|\b502\b|behind|upstream", r"\b9443\b", r"\bTLS\b|\bSSL\b|https|encrypt",
          r"plain|without (TLS|encrypt)|unencrypted|http://|https://|"
          r"proxy_pass|twice|double|second", unsaid=CERTIFICATE_WRONG)
def nginx_speaks_plainly_to_a_port_of_tls(lab):
    """True: nginx ends TLS itself and hands on in plain text to the broker's port for TLS. An expert, on that machine:
    proxy_pass is http://127.0.0.1:9443, and that listener wants TLS; lead nginx to a plain WebSocket listener, or
    write https://."""
    good = certificates.get("good")
    log = configured(lab, "user root", "allow_anonymous true", "listener 1883", *tls_lines("good", 9443),
                     "protocol websockets")
    until("running", log)
    lab.server.wait_for_port(9443)
    web = f""" server {{ listen %s ssl; ssl_certificate {good.chain}; ssl_certificate_key {good.key}; location /mqtt {{
  proxy_pass %s://127.0.0.1:9443; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade"; }} }}"""
    nginx(lab.server, web % (8443, "http") + web % (8444, "https"), ready=8443)

    def answer(port):
        return lab.phone.run(
            "curl", "-s", "-i", "-m", "3", "--cacert", ca(), "--http1.1", f"https://{SERVER}:{port}/mqtt",
            "-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H", "Sec-WebSocket-Version: 13",
            "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "-H", "Sec-WebSocket-Protocol: mqtt", check=False)
    staged(" 502 " in answer(8443) and " 101 " in answer(8444), answer(8443) + answer(8444))
    return both_ends(lab, f"wss://{SERVER}:8443/mqtt", "--cafile", ca(), there="wss://localhost:8443/mqtt")


@reported(GITHUB + "emqx/MQTTX/issues/2048 MQTTX 连接 OneNET 云平台反复提示 Bad username or password 问题",
          r"client.?id|identifier|device('s)? name", r"OneNET|heclouds|product|device|token|refus|reject|user|password",
          unsaid=r"nothing listens|firewall|certificate")
def onenet_wants_the_devices_name_alone(lab):
    """True (inferred): the client id was given as product and device joined with &; OneNET wants the device's name
    alone as client id, the product's id as user and the token as password. An expert: the server answers 4, bad user
    name or password, and with this cloud the client id counts to that; Ab12Cd34&test01 is not the form it takes."""
    in_the_cloud(lab, "heclouds.com", "183.230.40.96")
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and (user(body) != "Ab12Cd34" or body[12:12 + size(body, 10)] != b"test01"):
        link.sendall(bytes.fromhex("20020004"))
        return False
    return usual(broker, link, about, first, body)
""")
    host = "studio-mqtt.heclouds.com"
    words = ("-u", "Ab12Cd34", "-P", "version=2018-10-31&res=products%2FAb12Cd34%2Fdevices%2Ftest01&et=1810609920&"
             "method=md5&sign=3Yx0mUq5bq0S0Zb2l0yQ5A%3D%3D")
    proved(lab.phone, *words, "-i", "test01", at=host)
    proved(lab.phone, *words, "-i", "Ab12Cd34&test01", at=host, not_=True)
    return doctor(lab.phone, f"{host}:1883", *words, "-i", "Ab12Cd34&test01")


@reported(GITHUB + "OffbandMesh/meshcore-firmware/issues/68 wss/jwt MQTT CONNECT refused on every attempt "
          "(transport+TLS clean)",
          r"user.?name|\buser\b", r"(no|without|lacks?|miss(es|ing)?|not|neither|absent)\b.{0,60}\buser|\buser.{0,60}("
          r"missing|absent|not (given|sent|there|set)|none|\bno\b|empty)",
          r"meshcore|CONNECT|\b5\b|refus|not authori|reject",
          unsaid=r"same client.?id|nothing listens|clock")
def a_token_and_no_user(lab):
    """True: the firmware gives its token as password and no user name; with v1_ and its key as user the same token is
    taken. An expert, from what was recorded: each CONNECT has a password and no user name, which MQTT 3.1.1 does not
    even allow, and is refused with 5; set the user name."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and user(body) != "v1_7E3A":
        link.sendall(bytes.fromhex("20020005"))
        return False
    return usual(broker, link, about, first, body)
""")
    proved(lab.phone, "-u", "v1_7E3A", "-P", "eyJhbGciOiJFZDI1NTE5In0")

    def act():
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST)
    one.send(0x10, text("MQTT") + bytes([4, 0x42, 0, 60]) + text("meshcore-7E3A") + text("eyJhbGciOiJFZDI1NTE5In0"))
    one.wait(0.5)
    assert one.heard == bytes.fromhex("20020005"), one.heard
    one.close()
    time.sleep(0.3)
""", seconds=9)
    return seen(lab, "cannot-connect", act)
