"""Never met, the thirtieth batch: once more a sample of what people report in public. Twenty-four phrases as a user
would type them, other ones than those of the twenty-fifth, twenty-seventh and twenty-ninth, written down before the
first was searched (among issues); of each the first one or two reports whose cause the thread tells, easy or hard, that
no earlier batch had staged. Written down with its right answers by somebody who had neither read the doctor's code nor
asked it.

 1 esp8266 mqtt works locally but not with remote         13 mqtt subscribe callback receives only first message
   server                                                 14 node-red mqtt in node connected no messages
 2 esp32 mqtt transport error connection reset by peer    15 mqtt retained message keeps coming back after delete
 3 mqtt dash android app connection failure               16 mqtt QoS 2 messages stuck not delivered
 4 arduino mkr wifi mqtt connection failed error code     17 wss mqtt self signed certificate browser
   -2                                                        ERR_CERT_AUTHORITY_INVALID
 5 stm32 lwip mqtt connection refused                     18 mbedtls handshake failed -0x7780 mqtt esp32
 6 raspberry pi pico umqtt MQTTException 5                19 mosquitto websockets listener protocol error browser
 7 esp32 连接 自建 mosquitto 失败 rc=-2                   20 emqx authentication http auth connection refused
 8 手机 app 连接 mqtt 服务器 超时                         21 IBM Watson IoT mqtt connection lost not authorized
 9 mqtt connected but publish does nothing                22 mosquitto require_certificate client handshake error
10 mqtt client connected but message event not fired      23 EMQX wss 连接失败 证书
11 mqtt 连接成功 但是 on_message 不触发                   24 华为云 iot mqtt 鉴权失败
12 mqtt 保留消息 收不到

Nothing with a cause was found for 3 and 6; what was for 18 had been staged before; for 7 the threads were found by the
words of the first one. Only what the search showed of a thread was read. What is true stands with each case.
"""
import pathlib
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, sh
from .reported import HEALTHY, on_broker, on_one_line, proved, reported, said, until
from .services import dnsmasq, mosquitto, password_file, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_eighteen import sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import PLAIN, configured
from .stage_unmet_twentysix import odd
from .stage_unmet_twentytwo import seen, talk

LOGIN = r"user|password|login|log(ged)? in|credential|token|secret"
AGAIN = r"again|each time|every time|times|repeat|once more|several|twice|more than once"
REFUSED = r"refus|reject|not (allow|authori|accept|permit)|denied|does not (let|take|accept)|wrong"


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


# ---- 1 to 5: from a device -------------------------------------------------------------------------


@reported(GITHUB + "ItKindaWorks/ESP8266/issues/15 Cannot connect to MQTT SERVER", r"your\.mqtt\.server\.ip",
          r"place.?holder|example|fill|replace|put .{0,40}(address|name)|real|own|resol|exist|no such|unknown|look")
def the_placeholder_was_left_in(lab):
    """True: the sketch still says YOUR.MQTT.SERVER.IP. An expert: there is no such name, this is where the broker's
    own address is to be written."""
    dnsmasq(lab.router, "local=/ip/", f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    proved(lab.phone, at="broker.test")
    proved(lab.phone, at="YOUR.MQTT.SERVER.IP", not_=True)
    return on_one_line(doctor(lab.phone, "YOUR.MQTT.SERVER.IP:1883"))


@reported(GITHUB + "fizista/micropython-umqtt.simple2/issues/16 OSError: [Errno 104] ECONNRESET", r"keep.?alive|ping",
          r"esp32-publisher", r"exceed|silen|time(d)?.?out|nothing|in time|quiet|no (ping|packet)|longer|not? .{0,20}ping")
def it_idles_and_never_pings(lab):
    """True: the script idles longer than its keep-alive and never calls ping(), so the broker ends the connection. An
    expert reads it in the broker's log: "esp32-publisher has exceeded timeout"; it must ping."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    app = talk(lab.phone, """
for turn in range(2):
    one = Talk(HOST).connect("esp32-publisher", keep_alive=2)
    one.publish("esp32/temp", "21")
    while lives(one):
        time.sleep(0.1)
    one.close()
""")
    staged(app.wait(14) == 0, text_of(app))
    text = pathlib.Path(log).read_text()
    staged(text.count("esp32-publisher has exceeded timeout") == 2, text)
    return there(lab, "drops")


@reported(GITHUB + "espressif/esp-mqtt/issues/85 Can't connect to broker when both ap and softapp are active",
          r"\bap0\b|10\.77\.1\.1\b",
          r"overlap|same (network|range|address|subnet)|both|two (interfaces|links|networks)|twice|conflict|"
          r"(own|itself|this (very )?(machine|device|host|computer))")
def the_access_point_has_the_routers_range(lab):
    """True: the device's own access point has the same address range as the router, so its gateway is itself. An
    expert, on the device: ap0 has 10.77.1.1, which is the gateway's address; give the access point another range."""
    mosquitto(lab.server)
    proved(lab.phone)
    phone = lab.phone.name
    sh("ip", "-n", phone, "link", "add", "ap0", "type", "bridge")
    sh("ip", "-n", phone, "address", "add", "10.77.1.1/24", "dev", "ap0")
    sh("ip", "-n", phone, "link", "set", "ap0", "up")
    sh("ip", "-n", phone, "route", "flush", "10.77.1.0/24", check=False)
    sh("ip", "-n", phone, "route", "replace", "10.77.1.0/24", "dev", "ap0", "src", "10.77.1.1")
    sh("ip", "-n", phone, "route", "replace", "default", "dev", "ap0")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported(GITHUB + "miketeachman/micropython-mqtt-thingspeak/issues/1 Changed routers and get, <could not connect to MQTT "
          "server OSError-202>", r"192\.168\.10\.1\b|gateway|router",
          r"answer|reach|not there|nobody|no (machine|router|neighbou?r)|\bARP\b|wrong|neighbou?r|fixed|static|DHCP",
          unsaid=r"(broker|server) is (switched )?off|firewall (drops|blocks)")
def the_fixed_address_is_of_another_network(lab):
    """True: the unit has the fixed address 192.168.10.80 and the gateway 192.168.10.1 of its old router, and is in the
    network of another one now. An expert: the gateway 192.168.10.1 does not answer in this network; take the fixed
    address away and ask by DHCP."""
    mosquitto(lab.server)
    proved(lab.phone)
    phone = lab.phone.name
    sh("ip", "-n", phone, "-4", "address", "flush", "dev", "e0")
    sh("ip", "-n", phone, "address", "add", "192.168.10.80/24", "dev", "e0")
    sh("ip", "-n", phone, "route", "replace", "default", "via", "192.168.10.1")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported(GITHUB + "cesanta/mongoose/issues/2741 cannot connect MQTT to STM32F407",
          r"(no|not|without|lacks?|miss|have|has|get|got)\b.{0,60}(address|route|network)|unreachable",
          r"address|DHCP|route|interface|network", unsaid=r"(broker|server) is (switched )?off|firewall")
def the_board_never_gets_an_address(lab):
    """True: the board has no IP address. An expert, on the board: it has none in IPv4 and no way to any network; look
    after DHCP and the link first, the broker plays no part."""
    mosquitto(lab.server)
    proved(lab.phone)
    sh("ip", "-n", lab.phone.name, "-4", "address", "flush", "dev", "e0")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported(GITHUB + "arduino-libraries/ArduinoMqttClient/issues/108 wifiecho example error -2 on uno r4", HEALTHY)
def the_sketch_asks_before_the_wifi_is_ready(lab):
    """True: the board connects too soon after joining the Wi-Fi, a delay mended it; the broker lets anybody in. An
    expert: from here everything works."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, AT, "-t", "real_unique_topic")


# ---- 7 and 8 ---------------------------------------------------------------------------------------


@reported(GITHUB + "espressif/esp-idf/issues/12410 MQTT broker cannot connect (IDFGH-11249)",
          r"scheme|mqtt://|\buri\b|\bURL\b", r"mqtt://|\buri\b|hostname|prefix|begin|front|transport|configur",
          unsaid=r"firewall|password")
def esp_idf_finds_no_scheme(_):
    """True: the address with mqtt:// was given as hostname instead of as uri. An expert: the client did not get as far
    as the network; the address must be given as a URI, mqtt://..., in broker.address.uri."""
    return said("E (4047) mqtt_client: No scheme found\nE (4047) mqtt_client: Failed to create transport list")


@reported(GITHUB + "shamblett/mqtt_client/issues/396 Allow to set connectTimer in SynchronousMqttServerConnectionHandler "
          "class", r"CONNACK|answer|acknowledg|accept",
          r"slow|\blate\b|wait|longer|patien|time.?out|too (soon|early)|gives? up|(after|within|only|for) [\d.,]+ ?s",
          r"client|app|flutter", unsaid=r"not an MQTT|wrong port")
def the_check_of_users_takes_longer_than_the_app_waits(lab):
    """True: the server's check of users takes some seconds, and the app gives up and tries again before. An expert,
    from what was recorded: the app hangs up after one second without a CONNACK, one that waits gets it after two and a
    half; let it wait longer or make the check quicker."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        time.sleep(2.5)
    return usual(broker, link, about, first, body)
""")

    def act():
        desk = talk(lab.router, """
one = Talk(HOST).connect("desk", user="alice")
one.wait(4)
one.goodbye()
sys.exit(one.heard != bytes.fromhex("20020000"))
""")
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("flutter-app", user="alice")
    one.wait(0.8)
    assert not one.heard, one.heard
    one.close()
    time.sleep(0.2)
""")
        staged(app.wait(9) == 0 and desk.wait(9) == 0, text_of(app) + text_of(desk))
    return seen(lab, "cannot-connect", act)


@reported(GITHUB + "meshtastic/Meshtastic-Android/issues/4016 [Bug]: MQTT broker timeout", r"keep.?alive|ping",
          r"meshtastic", r"silen|nothing|in time|exceed|quiet|longer|asleep|sleep|no (ping|packet)|1\.5|one and a half")
def the_app_sleeps_past_its_keep_alive(lab):
    """True: with the screen off the app sends nothing for longer than its keep-alive, so the broker ends the connection
    after one and a half of it. An expert, from what was recorded: no PINGREQ within keep-alive, then the broker
    closes; let the app run in the background, or say a longer keep-alive."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(2):
    one = Talk(HOST).connect("MeshtasticAndroidMqttProxy", keep_alive=2).subscribe("msh/EU_868/#")
    one.publish("msh/EU_868/2/e/LongFast", "hi")
    while lives(one):
        one.wait(0.1)
    one.close()
    time.sleep(0.3)
""")
        staged(app.wait(14) == 0, text_of(app))
    answer = seen(lab, "drops", act)
    staged(count("has exceeded timeout", process) == 2, text_of(process))
    return answer


# ---- 9 to 16: connected, and yet -------------------------------------------------------------------


@reported(GITHUB + "pherting/streamdeck-mqtt/issues/5 No publish", r"web ?socket", PLAIN
          + r"|not speak|listener|(an)?other port|protocol websockets|\bno\b|\bnot\b")
def the_stream_deck_speaks_websockets(lab):
    """True: the plug-in speaks MQTT over WebSockets alone and was given 1883. An expert: this port speaks plain MQTT
    and no WebSocket; the broker needs such a listener, and the plug-in its port."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"ws://{SERVER}:1883")


@reported(GITHUB + "moscajs/mosca/issues/435 message event emitted shows packet with wrong qos", r"subscri",
          r"reconnect|connected (again|anew)|connects? again|second connection|new (session|connection)|came back|"
          r"since|after", r"\b(no|not|never|without|nothing|lost|anew|again)\b", unsaid=r"\bACL\b|permission")
def it_subscribes_once_and_not_after_reconnecting(lab):
    """True: subscribe() stands behind connect(), not in the connect event; after the broker's restart the app is back
    with a clean session and asks for nothing. An expert, from what was recorded: behind the second CONNECT there is no
    SUBSCRIBE."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mqttjs_4cc7f1").subscribe("test")
one.wait(1)
one.reset()
time.sleep(0.5)
one = Talk(HOST).connect("mqttjs_4cc7f1")
one.wait(4)
one.goodbye()
""")
        time.sleep(0.6)
        for turn in range(8):
            sent(lab, "test", "-i", "sender", "-m", f"hello-{turn}")
            time.sleep(0.5)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(0 < count("Sending PUBLISH to mqttjs_4cc7f1", process) < 5, text_of(process))
    return answer


@reported(GITHUB + "tigoe/MakingThingsTalk2/issues/5 MQTT needs .onMessage(callback);", r"aircon-client",
          r"deliver|reach|arriv|sen[dt] to|sends|gets|got|receiv|hand(ed|s)|pass(ed|es)",
          r"call.?back|handler|app\b|program|itself|own|client.{0,60}(does|makes|shows|side)|payload|code",
          unsaid=r"\bACL\b|(not|never) subscri|nobody publish")
def no_callback_was_given(lab):
    """True: the sketch never calls onMessage(), so nobody looks at what comes. An expert, from what was recorded: it
    subscribed, and the broker sends it each message; what becomes of them is the sketch's matter (its callback)."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("aircon-client").subscribe("aircon/set")
one.wait(4)
one.goodbye()
""")
        time.sleep(0.7)
        for turn in range(5):
            sent(lab, "aircon/set", "-i", "phone", "-m", str(20 + turn))
            time.sleep(0.4)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending PUBLISH to aircon-client", process) == 5, text_of(process))
    return answer


@reported(GITHUB + "xamarin/mqtt/issues/203 Problem with retain messages", HEALTHY)
def the_kept_message_comes_before_the_app_listens(lab):
    """True: the app made its stream of messages after connecting, too late for the retained one; the broker sent it.
    An expert: on the wire all is well."""
    process = mosquitto(lab.server)
    sent(lab, "home/lamp", "-i", "lamp", "-r", "-m", "on")

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("xamarin-app").subscribe("home/lamp", qos=1)
one.wait(1.5)
assert b"home/lamp" in one.heard[9:], one.heard
one.goodbye()
""", seconds=9)
    path = captured(lab, lab.server, act)
    staged(count("Sending PUBLISH to xamarin-app", process) == 1, text_of(process))
    return explain(path)


@reported(GITHUB + "knolleary/pubsubclient/issues/642 receiving messages again and again on topic", r"subscri", AGAIN,
          r"retain|kept|stored", unsaid=r"QoS 1|acknowledg.{0,40}(lost|miss)")
def it_subscribes_in_the_loop(lab):
    """True: loop() calls subscribe() on every turn, and each time the retained message is sent once more. An expert,
    from what was recorded: nodemcu-77 sends SUBSCRIBE for the same topic again and again, and each is answered with
    the retained message; subscribe once, after connecting."""
    process = mosquitto(lab.server)
    sent(lab, "firmware/version", "-i", "net-client", "-r", "-q", "1", "-m", "1.4.2")

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("nodemcu-77")
for turn in range(9):
    one.subscribe("firmware/version")
one.goodbye()
assert one.heard.count(b"1.4.2") == 9, one.heard
""", seconds=9)
    answer = seen(lab, "twice", act)
    staged(count("Received SUBSCRIBE from nodemcu-77", process) == 9, text_of(process))
    return answer


@reported(GITHUB + "node-red/node-red/issues/135 MQTT input emitting multiple messages", r"overlap|both|two|/#",
          r"subscri|filter", r"/abc/def|/#", unsaid=r"(two|both|several|same) (publishers|client.?ids?)|bridge")
def two_nodes_share_one_connection(lab):
    """True: /abc/def and /# are subscribed over one connection and overlap. An expert, from what was recorded: it is
    published once and sent twice to the same client, once for either filter."""
    process = mosquitto(lab.server, "allow_duplicate_messages true")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mqtt_7d2f1a.82d0e6").subscribe("/abc/def").subscribe("/#")
one.wait(3.5)
assert one.heard.count(b"hello") == 8, one.heard
one.goodbye()
""")
        time.sleep(1)
        for turn in range(4):
            sent(lab, "/abc/def", "-i", "injector", "-m", f"hello-{turn}")
            time.sleep(0.4)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "twice", act)
    staged(count("Received PUBLISH from injector", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "arendst/Tasmota/issues/2140 PowerOnState is not obeyed", r"retain|kept|stored",
          r"cmnd/sonoff-light2/POWER", r"connect|subscri|restart|start|clear|empty|delete|remove|-n\b")
def a_kept_command_switches_the_light_on(lab):
    """True: somebody once published the command with retain; the broker sends it whenever the light is back. An
    expert, from what was recorded: cmnd/sonoff-light2/POWER is retained and sent behind each subscription; publish an
    empty retained message there."""
    mosquitto(lab.server)
    sent(lab, "cmnd/sonoff-light2/POWER", "-i", "openhab", "-r", "-m", "ON")

    def act():
        talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("DVES_2DB1E1", will=("tele/sonoff-light2/LWT", "Offline", 1))
    one.publish("tele/sonoff-light2/LWT", "Online", retain=1)
    one.subscribe("cmnd/sonoff-light2/#")
    one.wait(0.5)
    assert b"ON" in one.heard, one.heard
    one.publish("stat/sonoff-light2/POWER", "ON")
    one.wait(0.2)
    one.reset()
    time.sleep(0.4)
""", seconds=9)
    return seen(lab, "old-messages", act)


@reported(GITHUB + "emqx/emqx/issues/1207 When deleting retained message subscribed clients not notified", r"empty|0 bytes",
          r"retain", r"broker|server",
          r"\bnot?\b|never|nobody|swallow|keeps|does not (pass|hand|send|forward|deliver)|only", unsaid=r"\bACL\b|permission")
def the_empty_kept_message_reaches_nobody(lab):
    """True: this broker takes an empty retained message for a deletion and passes it on to nobody, as others do. An
    expert, from what was recorded: empty without retain arrives, empty with retain was published and not sent on; that
    is the broker's doing."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 3:
        payload = body[2 + size(body, 0):]
        if payload or not first & 1:
            for other in list(broker.clients.values()):
                other.sendall(bytes([0x30, len(body)]) + body)
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("panel").subscribe("test/1")
one.wait(4)
one.goodbye()
assert one.heard.count(b"test/1") == 4, one.heard
""")
        time.sleep(0.7)
        for turn in range(2):
            sent(lab, "test/1", "-i", "pub", "-r", "-m", "on")
            time.sleep(0.3)
            sent(lab, "test/1", "-i", "pub", "-n")
            time.sleep(0.3)
            sent(lab, "test/1", "-i", "pub", "-n", "-r")
            time.sleep(0.3)
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "some-missing", act)


@reported(GITHUB + "cesanta/mongoose-os/issues/269 MQTT.pub() doesn't publish with QoS 2", r"PUBREL|PUBREC|QoS ?2",
          r"esp8266_2B1C", r"PUBREL|complet|finish|second (half|step|phase)|half|never (answers|sends|releas)|releas")
def the_device_never_releases(lab):
    """True: the library does not do the second half of QoS 2. An expert, from what was recorded: esp8266_2B1C sends
    PUBLISH with QoS 2, gets PUBREC and never sends PUBREL, so the broker hands nothing on; use QoS 1."""
    process = mosquitto(lab.server)

    def act():
        reader = subscriber(lab.router, "reader", "-q", "2", "-t", "mOS/topic1")
        time.sleep(0.5)
        talk(lab.phone, """
one = Talk(HOST).connect("esp8266_2B1C")
for turn in range(4):
    one.publish("mOS/topic1", "free-ram-%d" % turn, qos=2)
    one.wait(0.7)
assert one.heard.count(bytes([0x50, 2])) == 4, one.heard
one.goodbye()
""", seconds=9)
        staged(not count("free-ram", reader), "it arrived")
        reader.terminate()
        reader.wait()
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from esp8266_2B1C", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "mqttjs/MQTT.js/issues/572 QOS2 message sent on every reconnect with mosca", r"QoS ?2|PUBREC",
          r"acknowledg|PUBREC|answer|confirm|support", AGAIN + r"|reconnect|\bDUP\b|resen[dt]|repeats",
          unsaid=r"same client.?id|retain")
def the_broker_answers_no_qos_two(lab):
    """True: the broker knows no QoS 2 and never sends PUBREC, so the client sends its message again after each
    reconnect. An expert, from what was recorded: the same PUBLISH of QoS 2 is never acknowledged and sent again on
    every connection; use QoS 1."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 3 and first & 6 == 4:
        at = 2 + size(body, 0)
        plain = body[:at] + body[at + 2:]
        for other in list(broker.clients.values()):
            other.sendall(bytes([0x30, len(plain)]) + plain)
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        reader = subscriber(lab.router, "reader", "-t", "orders/new")
        time.sleep(0.5)
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("shop-app", clean=False)
    one.publish("orders/new", "order-4711", qos=2, dup=1 if turn else 0, packet=1)
    one.wait(0.7)
    assert one.heard == bytes.fromhex("20020000"), one.heard
    one.reset()
    time.sleep(0.3)
""", seconds=9)
        staged(count("order-4711", reader) == 4, text_of(reader))
        reader.terminate()
        reader.wait()
    return seen(lab, "twice", act)


# ---- 17 to 20: WebSockets, TLS, and who checks -----------------------------------------------------


@reported(GITHUB + "emqx/emqx/issues/1056 Using wss://ip:8084 to access EMQ", r"certificate",
          r"self.?signed|signed (by )?itself|not (signed )?by (an?|any)|unknown (authority|issuer|CA)|not trust|untrust")
def the_browser_trusts_no_certificate_of_ones_own(lab):
    """True: the broker's certificate is self-signed, and a browser takes none that it does not trust. An expert: the
    certificate at 8084 is signed by itself; install it in the browser, or get one of a public authority."""
    websocket_broker(lab.server, *tls_lines("self-signed", 8084)[1:], port=8084)
    own = certificates.get("self-signed")
    answer = lab.phone.run("openssl", "s_client", "-connect", f"{SERVER}:8084", "-CAfile", own.certificate, check=False,
                           stdin=-3)
    staged("BEGIN CERTIFICATE" in answer, answer)
    return doctor(lab.phone, f"wss://{SERVER}:8084/mqtt")


@reported(MOSQUITTO + "2063 mosquitto version 2.0.6 on FreeBSD12, websocket connect got protocol error", r"web ?socket",
          r"\b8080\b", r"\b1883\b|order|below|after|before|behind|above|under|belongs|mosquitto\.conf|protocol websockets")
def the_protocol_stands_above_its_listener(lab):
    """True: "protocol websockets" stands above "listener 8080" and so belongs to the listener 1883. An expert, on the
    broker: 8080 speaks plain MQTT and 1883 WebSocket; write the line below "listener 8080"."""
    log = configured(lab, "user root", "allow_anonymous true", "", "listener 1883", "", "protocol websockets",
                     "listener 8080")
    until("running", log)
    lab.server.wait_for_port(8080)
    proved(lab.phone, "-p", "8080")
    proved(lab.phone, not_=True)
    return on_broker(lab, "ws://localhost:8080")


@reported(GITHUB + "shamblett/mqtt_client/issues/383 Client <unknown> disconnected due to protocol error.",
          r"protocol error", r"web ?socket|HTTP|TLS|not (plain )?MQTT|(an)?other protocol|no (valid )?(MQTT|CONNECT)",
          unsaid=r"keep.?alive|same client.?id")
def the_log_says_protocol_error(lab):
    """True: a Flutter app in a browser speaks WebSocket to 1883. An expert, with the broker's log alone: who comes to
    1883 speaks something else than MQTT, most likely WebSocket (or TLS); a listener with "protocol websockets" is
    needed."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    app = talk(lab.phone, """
for turn in range(4):
    link = socket.create_connection((HOST, 1883))
    link.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost:1883\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Protocol: mqtt\\r\\n"
                 b"Sec-WebSocket-Version: 13\\r\\n\\r\\n")
    link.settimeout(3)
    try:
        assert not link.recv(4096)
    except ConnectionError:
        pass
    link.close()
    time.sleep(0.3)
""")
    staged(app.wait(12) == 0, text_of(app))
    text = pathlib.Path(log).read_text()
    staged(text.count("protocol error") == 4, text)
    return there(lab, "cannot-connect")


@reported(MOSQUITTO + "1228 Mosquitto websockets not work with paho clients", HEALTHY)
def the_browser_blocked_the_script(lab):
    """True: the browser blocked the page's scripts; the broker's WebSocket listener is right. An expert: from here
    WebSocket and MQTT work."""
    websocket_broker(lab.server, port=9001)
    app = talk(lab.phone, """
one = Talk(HOST, 9001, web=True).connect("paho-js")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, f"ws://{SERVER}:9001")


@reported(GITHUB + "emqx/emqx/issues/4994 login failed for server_unavailable", r"unavailable|code 3\b|0x03",
          r"authenti|\bauth\b|plug-?in|back.?end|database|check of|who checks|behind the broker|service behind|HTTP",
          unsaid=r"(wrong|bad) password|nothing listens")
def the_service_that_checks_users_says_404(lab):
    """True: the HTTP service that is to check the login answers 404, and the broker says "server unavailable" (code 3).
    An expert: code 3 is not a wrong password; what the broker asks about users does not answer it rightly, most
    likely, so look at its log and that service."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        link.sendall(bytes.fromhex("20020003"))
        return False
    return usual(broker, link, about, first, body)
""")
    proved(lab.phone, "-u", "abc", "-P", "abc-pw", not_=True)
    return doctor(lab.phone, AT, "-i", "test", "-u", "abc", "-P", "abc-pw")


@reported(GITHUB + "emqx/emqx/issues/3336 Request super user url error", r"\b8080\b|superuser|HTTP",
          r"refus|nothing listens|nobody listens|not (run|listen|answer|reach)|reach",
          r"authenti|\bauth\b|plug-?in|check|login")
def emqx_cannot_ask_who_is_a_superuser(_):
    """True: the plug-in asks http://127.0.0.1:8080/mqtt/superuser, and nothing answers there. An expert: it is the
    broker that is refused by its HTTP service for logins, not the client by the broker; start that service or correct
    the address."""
    return said("[Auth http] Request superuser url http://127.0.0.1:8080/mqtt/superuser, error: {failed_connect, "
                "[{to_address, {\"127.0.0.1\", 8080}}, {inet, [inet], econnrefused}]}")


# ---- 21 to 24: logins, clouds, certificates --------------------------------------------------------


@reported(GITHUB + "contiki-ng/contiki-ng/issues/440 Failure to run cc26xx-web-demo MQTT publish to IBM Watson Iot "
          "Platform.", LOGIN, r"(no|without|neither|names? no|gives? no|lacks?|miss|empty)\b.{0,60}(user|login|password|"
          r"credential|token)|(user|login|password).{0,40}(missing|not given|absent)", r"d:quickstart-9|CONNECT|5\b|"
          + REFUSED)
def the_device_sends_no_token(lab):
    """True: the device's CONNECT has neither user name nor password, though a token was typed in. An expert, from what
    was recorded: it logs in without a user and is answered 5, "not authorised"; it should say use-token-auth and the
    token."""
    process = mosquitto(lab.server, "allow_anonymous false",
                        f"password_file {password_file(lab, 'use-token-auth', 'secret')}")
    proved(lab.phone, "-u", "use-token-auth", "-P", "secret")

    def act():
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("d:quickstart-9:cc26xx-web-demo:00124b27f319")
    assert one.heard == bytes.fromhex("20020005"), one.heard
    one.close()
    time.sleep(0.4)
""", seconds=9)
    answer = seen(lab, "cannot-connect", act)
    staged(count("not authorised", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "contiki-ng/contiki-ng/issues/526 cc26xx-web-demo MQTT disconnected when I use mosquitto_pub to publish "
          "topic to IBM Watson IoT", r"d:uc6bmi:cc26xx-web-demo:00124b27f319",
          r"same|twice|two|both|already|taken over|takes? over|another|other|unique|own",
          r"client.?id|identifier|\bid\b", unsaid=r"keep.?alive|policy")
def the_command_borrows_the_devices_identifier(lab):
    """True: mosquitto_pub was given the device's own client id, so the broker hangs up on the device. An expert, from
    what was recorded: two machines use the same client id, and each time the second comes the first is out; publish
    with another id."""
    process = mosquitto(lab.server)
    name = "d:uc6bmi:cc26xx-web-demo:00124b27f319"

    def act():
        app = talk(lab.phone, f"""
for turn in range(3):
    one = Talk(HOST).connect("{name}").subscribe("iot-2/cmd/leds/fmt/json")
    while lives(one):
        one.wait(0.1)
    one.close()
    time.sleep(0.4)
""")
        for _ in range(3):
            time.sleep(1.3)
            sent(lab, "iot-2/cmd/leds/fmt/json", "-i", name, "-m", "1")
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "drops", act)
    staged(count("already connected, closing old connection", process) >= 3, text_of(process))
    return answer


@reported(GITHUB + "home-assistant/addons/pull/2830 Clarify explanation for require_certificate option",
          r"require_certificate|client.{0,20}certificate|certificate of (its|the client's|one's) own",
          r"require_certificate|demand|require|wants|ask|must|need", unsaid=r"certificate (has )?expired|not trusted")
def require_certificate_was_taken_for_encryption(lab):
    """True: require_certificate was set to true in the belief that TLS needs it; now the broker wants a certificate of
    every client. An expert, on the broker: "require_certificate true" in mosquitto.conf; set it to false, TLS stays."""
    log = configured(lab, "user root", *tls_lines(), f"cafile {ca()}", "require_certificate true",
                     "allow_anonymous false", f"password_file {password_file(lab)}")
    until("running", log)
    lab.server.wait_for_port(8883)
    own = certificates.get("client")
    secure = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *secure, *ALICE, not_=True)
    proved(lab.phone, *secure, *ALICE, "--cert", own.chain, "--key", own.key)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca(), *ALICE)


@reported(GITHUB + "emqx/emqx/issues/1393 ssl works but wss doesn't work with the same certificates",
          r"server_cert1\.pem|certfile|certificate", r"no such file|not (there|exist|found)|missing|does not exist|no file|"
          r"enoent|\bpath\b", unsaid=r"expired|not trusted|self.?signed")
def emqx_does_not_find_its_certificate(_):
    """True: the certificate's file that the wss listener names does not exist. An expert: enoent means that there is no
    etc/certs/server_cert1.pem; correct the path of certfile at that listener."""
    return said("[error] Supervisor 'esockd_connection_sup - <0.1557.0>' had child connection started with "
                "mochiweb_http:start_link({emqttd_ws,handle_request,[]}) at <0.1639.0> exit with reason {ssl_error,"
                "{options,{certfile,\"etc/certs/server_cert1.pem\",{error,enoent}}}} in esockd_connection:upgrade/1")


@reported(GITHUB + "huaweicloud/huaweicloud-iot-device-sdk-c/issues/20 Windows下SDK链接云服务器失败", LOGIN, REFUSED,
          r"huawei|device|secret|HMAC|time.?stamp|sign|password", unsaid=r"nothing listens|firewall")
def huawei_does_not_take_the_login(lab):
    """True: the credentials are wrong ("login error, result -15"). An expert: the cloud was reached and refuses the
    login; with Huawei the client id and password are made of the device's id, a time stamp and its secret, so make
    them anew for this device."""
    in_the_cloud(lab, "myhuaweicloud.com", "121.36.42.100")
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and user(body) != "60d9c3_gateway":
        link.sendall(bytes.fromhex("20020004"))
        return False
    return usual(broker, link, about, first, body)
""")
    host = "a1b2c3.iot-mqtts.cn-north-4.myhuaweicloud.com"
    words = ("-i", "60d9c3_gatewav_0_0_2021062808", "-P", "c1fb7a52d94e1f0b")
    proved(lab.phone, *words, "-u", "60d9c3_gateway", at=host)
    proved(lab.phone, *words, "-u", "60d9c3_gatewav", at=host, not_=True)
    return doctor(lab.phone, f"{host}:1883", *words, "-u", "60d9c3_gatewav")
