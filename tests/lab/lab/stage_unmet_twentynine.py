"""Never met, the twenty-ninth batch: once more a sample of what people report in public. Thirty phrases as a user would
type them, other ones than those of the twenty-fifth and the twenty-seventh, written down before the first was searched
(among issues, then among pages where those told nothing); of each the first one or two reports whose cause the thread
tells, easy or hard, that no earlier batch had staged. Written down with its right answers by somebody who had neither
read the doctor's code nor asked it.

 1 esp32 cannot connect to mosquitto on vps               16 zigbee2mqtt devices do not appear in home assistant
 2 nodemcu mqtt rc=-4 connection timeout                  17 telegraf mqtt_consumer no data in influxdb
 3 android app mqtt cannot connect to aws ec2 broker      18 mqtt messages stop arriving after a few hours still
 4 sim800l mqtt connect fail to server                       connected
 5 iphone mqtt app works on wifi but not mobile data      19 esp32 收不到 mqtt 下发消息 回调不执行
 6 pico w cannot connect to mqtt broker                   20 mqtt 发布成功 订阅端没有收到
 7 arduino ethernet shield mqtt connect fails             21 mosquitto tlsv1 alert unknown ca
 8 ESP8266 域名 连接 云服务器 mqtt 失败                   22 mqtt certificate ip address mismatch
 9 4G 模块 AT 指令 mqtt 连接失败                          23 mqtt websocket closed before the connection is
10 安卓 app 连接 腾讯云 mqtt 连不上                          established
11 mqtt connected but callback not triggered              24 wss mqtt nginx 502 bad gateway
12 home assistant mqtt discovery device not showing up    25 hivemq cloud not authorized paho python
13 retained message not received after subscribe          26 mosquitto passwd bad user name or password
14 mqtt wildcard subscription receives nothing            27 thingsboard device mqtt access token connection refused
15 mqtt publish ok but subscriber does not get it qos 1   28 阿里云物联网平台 mqtt 连接被拒绝
                                                          29 小程序 wss mqtt 证书 连接失败
                                                          30 mosquitto acl 权限 订阅 发布 无效

What was for 18 and 29 had been staged before; for 3 and 9 the thread with the cause was found by the words of the first
ones. What is true stands with each case.
"""
import json
import os
import pathlib
import subprocess
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_SERVER, SERVER
from .reported import HEALTHY, on_broker, proved, public, reported, said, until
from .services import dnsmasq, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_listen import broker, listen
from .stage_unmet_eighteen import python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured, issued
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import PLAIN, SECURE, configured
from .stage_unmet_twentytwo import seen, talk

OWN = r"(127\.0\.0\.1|::1|localhost|itself|own machine)"
NOBODY_LISTENS = r"(nothing|nobody|no (broker|program|service|one)).{0,60}(listen|there|runs|running)|refus"
ITSELF = (r"itself|\bown\b|this (very )?(machine|device|host|computer|container)|container|\bpod\b|elsewhere|"
          r"(an)?other (machine|host|computer|device)")
LOGIN = r"user|password|login|log(ged)? in|credential|anonym|token"
NONE_GIVEN = (r"without|\bno\b|none|needs?|requir|not (allow|authori|let|accept)|refus|only (users|who)|"
              r"gives? (no|neither)|names? (no|nobody)")
HANGS_UP = r"clos|hang|hung|\bends?\b|ended|\bcut|drop|disconnect|reset|break|refus|reject|throw|threw"


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def told(host, *words, seconds=9):
    """What a program on that host says, whether it ends well or not."""
    done = subprocess.run(host.command("timeout", seconds, *words), capture_output=True, text=True)
    return done.stdout + done.stderr


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


# ---- 1 to 5: from a device or a phone ---------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/865 ESP32 MQTT Connection", r"localhost|127\.0\.0\.1|::1|loopback",
          ITSELF)
def a_sketch_names_localhost(lab):
    """True: server[] is "localhost", and the broker runs on the PC. An expert: localhost is the device itself, where
    nothing listens; give the broker's address."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="localhost", not_=True)
    return doctor(lab.phone, "localhost:1883")


@reported(GITHUB + "knolleary/pubsubclient/issues/574 Unable to connect to cloudmqtt site using pubsubclient via ssl "
          "port", r"\bTLS\b|\bSSL\b",
          r"plain|unencrypted|without (TLS|SSL|encrypt)|not encrypted|no TLS|mqtt://|CONNECT|clear text",
          unsaid=r"(password|user name|login) (is|was|are) wrong|expired")
def a_plain_client_at_the_port_of_tls(lab):
    """True: WiFiClient knows no TLS, and the sketch was given the port that wants it. An expert, from what was
    recorded: a CONNECT in plain text comes to a port that speaks TLS, which hangs up or stays silent (rc -4)."""
    mosquitto(lab.server, *tls_lines(), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca())

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST, 8883).connect("ESP8266Client-77", keep_alive=15, user="xqbzkdmr")
    one.wait(1)
    assert not one.heard.startswith(bytes([0x20])), one.heard
    one.close()
    time.sleep(0.4)
""")
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "cannot-connect", act, port=8883)


@reported(GITHUB + "eclipse-paho/paho.mqtt.android/issues/185 MqttConnection throws exception when trying to connect",
          HEALTHY)
def paho_takes_tcp_and_no_mqtt_for_a_scheme(lab):
    """True: the library wants tcp:// and throws at mqtt://; with tcp:// the app connects. An expert: nothing is
    wrong with the broker or the way to it."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"mqtt://{SERVER}:1883")


@reported(GITHUB + "tuanpmt/esp_mqtt/issues/7 SSL Turned Off - Constant resets", r"\bTLS\b|\bSSL\b|ClientHello", PLAIN
          + r"|not speak|listener|\b8883\b", unsaid=r"certificate")
def a_handshake_at_1883(lab):
    """True: the module still begins a TLS handshake though the line was commented out, and 1883 is plain. An expert,
    who listens in front of the broker: a TLS ClientHello comes to a port of plain MQTT."""
    broker(lab)

    def act():
        for _ in range(3):
            answer = told(lab.phone, "openssl", "s_client", "-connect", f"{SERVER}:1883", "-tls1_2", seconds=3)
            staged("no peer certificate" in answer, answer)
            time.sleep(0.3)
    return listen(lab, act, patience=6)


@reported(GITHUB + "4refr0nt/iot-manager-demo/issues/35 iOS MQTT Protocol Missing", r"\bTLS\b|\bSSL\b|web ?socket",
          PLAIN + r"|listener|\bplain\b|not speak|(an)?other port",
          unsaid=r"certificate (is|has) (not|expired|un)")
def the_app_for_the_iphone_speaks_wss_alone(lab):
    """True: on iOS this app offers WSS only, and the broker has a plain listener alone. An expert: 1883 speaks
    neither TLS nor WebSocket; the broker needs a listener for secure WebSockets."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"wss://{SERVER}:1883")


# ---- 6 to 10 ----------------------------------------------------------------------------------------


@reported(GITHUB + "mlesniew/PicoMQTT/issues/14 No Joy", r"203\.0\.113\.5",
          r"(an)?other (broker|server|address)|two (brokers|servers|addresses)|different|elsewhere|not (the|to the) "
          r"same|"
          r"both|instead|10\.77\.2\.2")
def one_of_the_two_is_at_a_public_broker(lab):
    """True: the example's client publishes to broker.hivemq.com, and the user's own broker is another machine. An
    expert, from what was recorded on the way: the one subscribes at 10.77.2.2, the other publishes at 203.0.113.5,
    so they meet nowhere."""
    far = public(lab, "203.0.113.5")
    mine = mosquitto(lab.server, f"listener 1883 {SERVER}", listener=None)
    other = mosquitto(lab.server, f"listener 1883 {far}", listener=None, name="public.conf")
    time.sleep(0.3)

    def act():
        screen = talk(lab.phone, """
one = Talk(HOST).connect("picomqtt-screen").subscribe("picomqtt/#")
one.wait(5)
one.goodbye()
""")
        talk(lab.phone, f"""
time.sleep(0.6)
one = Talk("{far}").connect("picomqtt-sensor")
for turn in range(6):
    one.publish("picomqtt/welcome", "Hello from PicoMQTT %d" % turn)
    one.wait(0.5)
one.goodbye()
""", seconds=9)
        staged(screen.wait(9) == 0, text_of(screen))
    answer = seen(lab, "nothing-arrives", act, host=lab.phone)
    staged(count("Received PUBLISH from picomqtt-sensor", other) == 6 and not count("picomqtt-sensor", mine),
           text_of(other) + text_of(mine))
    return answer


@reported(GITHUB + "knolleary/pubsubclient/issues/560 Connection problem to MQTT broker", r"test\.mosquitto\.com",
          r"\bDNS\b|resol|look(ed)? up|name (server|does not|is not|unknown)|no such (name|host)|exist|spell|typ")
def mosquitto_is_no_com(lab):
    """True: the sketch says test.mosquitto.com, and the public broker is test.mosquitto.org. An expert: there is no
    such name; look how it is spelt."""
    dnsmasq(lab.router, "local=/com/", f"host-record=test.mosquitto.org,{SERVER}")
    mosquitto(lab.server)
    proved(lab.phone, at="test.mosquitto.org")
    proved(lab.phone, at="test.mosquitto.com", not_=True)
    return doctor(lab.phone, "test.mosquitto.com:1883")


@reported(GITHUB + "256dpi/arduino-mqtt/issues/212 Arduino Ethernet Shield example does not connect to broker",
          r"\bDNS\b|name server|resolver", r"10\.77\.1\.1|answer|reach|refus|(no|not|nobody|none|nothing)",
          unsaid=r"(name|broker\.test) (does not exist|is unknown)|no such name")
def the_shield_has_an_address_and_no_name_server(lab):
    """True: with a fixed address the shield takes the gateway for its name server, and there is none on it. An
    expert: the name server at 10.77.1.1 does not answer; name another one."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="broker.test", not_=True)
    return doctor(lab.phone, "broker.test:1883")


@reported(GITHUB + "esp8266/Arduino/issues/1268 client.connected() fails when IPaddress is mentioned",
          r"10\.77\.2\.1\b",
          r"10\.77\.2\.2\b|broker\.test|(an)?other (address|host|machine)|differ|not the (same|address)",
          NOBODY_LISTENS + r"|differ|not the")
def the_address_is_not_the_names(lab):
    """True: the number typed in is that of another machine of the domain. An expert, who reads both reports: the
    name leads to 10.77.2.2, where the broker answers; nothing listens at 10.77.2.1."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}", f"host-record=mqtt-dashboard.test,{ROUTER_SERVER}")
    mosquitto(lab.server)
    proved(lab.phone, at="broker.test")
    proved(lab.phone, at=ROUTER_SERVER, not_=True)
    by_name, by_number = doctor(lab.phone, "broker.test:1883"), doctor(lab.phone, f"{ROUTER_SERVER}:1883")
    return explain(*(lab.file(name, json.dumps(answer.report))
                     for name, answer in (("by-name.json", by_name), ("by-number.json", by_number))))


@reported(MOSQUITTO + "1652 Invalid protocol version 3 in CONNECT", r"protocol|version|level",
          r"MQIsdp|\bname\b.{0,60}(MQTT|level|version)|3\.1\b(?!\.1)|(version|level) 3\b",
          HANGS_UP + r"|unacceptable|invalid|does not (know|speak|take)|not (accept|support)")
def level_three_of_a_protocol_called_mqtt(lab):
    """True: the modem's CONNECT has level 3 (MQTT 3.1) under the name MQTT; 3.1's name is MQIsdp. An expert, from
    what was recorded: name and level do not go together, so the broker answers "unacceptable protocol version"; say
    MQIsdp with 3, or MQTT with 4."""
    process = mosquitto(lab.server)
    proved(lab.phone)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST)
    one.send(0x10, text("MQTT") + bytes([3, 2, 0, 60]) + text("SIM7000-8823"))
    one.wait(0.5)
    assert one.heard in (b"", bytes.fromhex("20020001")), one.heard
    one.close()
    time.sleep(0.3)
""")
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "cannot-connect", act)
    staged("Invalid protocol version 3" in text_of(process), text_of(process))
    return answer


@reported(GITHUB + "Ai-Thinker-Open/GPRS_C_SDK/issues/246 Trying to connect to different MQTT broker than in the demo",
          r"polic|iot:Connect|permi|authori[sz]|not allow", r"certificate|client.?id|thing|amazon|AWS")
def a_policy_that_does_not_let_the_certificate_in(lab):
    """True: the policy at the certificate does not allow the connection. An expert: TLS stands, and AWS IoT closes
    behind the CONNECT without an answer, as it does when the certificate's policy does not allow iot:Connect for
    this client id."""
    host = "a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"
    dnsmasq(lab.router, f"host-record={host},{SERVER}")
    good, own = certificates.get("clouds"), certificates.get("client")
    script = f'''
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({good.chain!r}, {good.key!r})
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations({ca()!r})
server = socket.create_server(("0.0.0.0", 8883))
while True:
    link, _ = server.accept()
    link.settimeout(5)
    try:
        with context.wrap_socket(link, server_side=True) as secure:
            if secure.recv(4096):
                secure.close()
    except OSError:
        link.close()
'''
    lab.server.start("python3", "-c", script, ready=8883)
    words = ("--cafile", ca(), "--cert", own.chain, "--key", own.key)
    proved(lab.phone, "-p", "8883", *words, at=host, not_=True)
    return doctor(lab.phone, f"mqtts://{host}:8883", *words, "-i", "gprs-a9")


@reported(GITHUB + "tencentyun/qcloud-iot-sdk-android/issues/4 android端按照demo连接成功，但是发布受阻", r"\bdata\b",
          r"subscri", r"refus|reject|denied|not (allow|authori|permit|grant)|0x80|\b128\b|fail|no permission")
def a_topic_without_product_and_device(lab):
    """True: topics must be productid/devicename/name there, and the demo's is plain "data". An expert, from what the
    phone recorded: the SUBSCRIBE of "data" is refused (0x80); only topics of its own device are allowed."""
    acl = lab.file("acl", "pattern readwrite 9BF4IWW2SW/%u/#\n")
    process = mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'ceshi', 'secret')}",
                        f"acl_file {acl}")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("9BF4IWW2SWceshi", user="ceshi")
for turn in range(3):
    one.subscribe("data", qos=1)
    one.publish("data", '{"turn":%d}' % turn, qos=1)
    one.wait(0.6)
one.goodbye()
""")
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act, host=lab.phone)
    staged("Denied PUBLISH from 9BF4IWW2SWceshi" in text_of(process), text_of(process))
    return answer


@reported(GITHUB + "itfitness/MQTTAndroid/issues/1 mqtt服务未注册", HEALTHY)
def the_service_is_not_in_the_manifest(lab):
    """True: MqttService is missing in AndroidManifest.xml, so that the app never opens a connection. An expert: from
    this phone's network everything works, and the broker lets the user in."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(lab.phone, *ALICE)
    return doctor(lab.phone, AT, *ALICE)


# ---- 11 to 14 ---------------------------------------------------------------------------------------


@reported(GITHUB + "tuanpmt/esp_mqtt/issues/35 No call to mqttConnectedCb callback ever done", r"3\.1\.1|protocol",
          r"3\.1\b(?!\.1)|MQIsdp|old|version|level", r"broker|server|update|upgrade")
def a_broker_of_before_three_one_one(lab):
    """True: the new firmware speaks MQTT 3.1.1, and this old mosquitto (0.15) knows MQTT 3.1 only: "Invalid protocol
    MQTT in CONNECT". An expert: the broker hangs up on 3.1.1 and accepts 3.1; it is too old, update it or speak 3.1."""
    scripted(lab.server, 1883, "broker", "versions=3", "other=close")
    proved(lab.phone, "-V", "mqttv31")
    proved(lab.phone, "-V", "mqttv311", not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "sleevezipper/hass-workstation-service/issues/95 Sensors not being detected in Home Assistant",
          r"localhost|127\.0\.0\.1", r"two|(an)?other (broker|server)|different|not the same|separate|own broker|"
          r"itself|bridge")
def the_pc_has_a_broker_as_well(lab):
    """True: localhost is the PC's own broker, so the tool says "all good", and Home Assistant is at another one. An
    expert: what is published at localhost does not come to the broker at 10.77.2.2, they are two; give the address."""
    mosquitto(lab.phone, name="pc.conf")
    process = mosquitto(lab.server)
    heard = subscriber(lab.router, "homeassistant", "-t", "homeassistant/#")
    time.sleep(0.4)
    proved(lab.phone, "-t", "homeassistant/sensor/pc/config", at="localhost")
    time.sleep(0.4)
    staged(not text_of(heard) and not count("Received PUBLISH", process), text_of(process))
    heard.terminate()
    return doctor(lab.phone, "delivery", AT, "-t", "homeassistant/sensor/pc/config", "--publish", "--sent-via",
                  "localhost:1883")


@reported(GITHUB + "anupcshan/anantha/issues/4 Home Assistant MQTT Autodiscovery not working", HEALTHY)
def it_was_there_without_a_device(lab):
    """True: the thermostat had been found, as an entity that belongs to no device. An expert: what it announced
    reached Home Assistant, and so do its values."""
    mosquitto(lab.server)

    def act():
        hub = talk(lab.router, """
one = Talk(HOST).connect("homeassistant")
one.subscribe("homeassistant/status", "homeassistant/+/+/config", "homeassistant/+/+/+/config")
one.subscribe("anantha/thermostat/state")
one.publish("homeassistant/status", "online")
one.answer(4)
one.goodbye()
""")
        time.sleep(0.8)
        talk(lab.phone, """
one = Talk(HOST).connect("anantha").subscribe("anantha/thermostat/set")
one.publish("homeassistant/climate/anantha/config", '{"name":"Thermostat","unique_id":"anantha_1",'
            '"current_temperature_topic":"anantha/thermostat/state"}', retain=1)
for turn in range(5):
    one.publish("anantha/thermostat/state", "21.%d" % turn)
    one.wait(0.4)
one.goodbye()
""", seconds=9)
        staged(hub.wait(9) == 0, text_of(hub))
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "emqx/CocoaMQTT/issues/575 Retained message issue", r"retain", r"handling|subscription option|"
          r"asks? (for no|not)|(do|does) not (want|ask)|wants? no")
def the_app_asks_for_no_retained_messages(lab):
    """True: subscribe() of that library has retain handling 2 by default; the GUI's has 0. An expert, from what was
    recorded: the app's subscription says it wants no retained messages."""
    process = mosquitto(lab.server)
    sent(lab, "xxx/power", "-r", "-m", "on", "-q", "1")

    def act():
        for turn in range(2):
            app = talk(lab.phone, """
one = Talk(HOST, v5=True).connect("CocoaMQTT-iPhone").subscribe("xxx/power", qos=0x21)
one.wait(1)
assert b"xxx/power" not in one.heard, one.heard
one.goodbye()
""")
            staged(app.wait(9) == 0, text_of(app))
        other = talk(lab.router, """
one = Talk(HOST, v5=True).connect("MQTTX").subscribe("xxx/power", qos=1)
one.answer(0.6)
one.goodbye()
""")
        staged(other.wait(9) == 0, text_of(other))
    answer = seen(lab, "no-last-value", act)
    staged(count("Sending PUBLISH to MQTTX", process) == 1 and not count("Sending PUBLISH to CocoaMQTT", process),
           text_of(process))
    return answer


@reported(GITHUB + "PlotJuggler/PlotJuggler/pull/1348 DataStreamMQTT: default empty Topics filter to #",
          r"empty|zero|blank|no topic|without a|no character|missing", r"filter|topic|subscri", slowest=15)
def an_empty_filter_is_sent(lab):
    """True: the field for the topics is left empty, and the program subscribes to a filter of no characters, at
    which the broker ends the connection. An expert: each connection ends right behind a SUBSCRIBE whose filter is
    empty; use #."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("PlotJuggler-4711").subscribe("")
    assert not lives(one)
    one.close()
    time.sleep(0.4)
""")
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "drops", act)
    staged("Empty subscription" in text_of(process) or count("Received SUBSCRIBE from PlotJuggler", process) == 4,
           text_of(process))
    return answer


@reported(GITHUB + "ARMmbed/mbed-mqtt/issues/25 MQTT wildcard subscriptions don't work with root topic", HEALTHY)
def the_level_above_is_forgotten_by_the_library(lab):
    """True: the client's own library does not match /test/topic with /test/topic/#, and calls nobody; the broker
    does. An expert: the messages are delivered to the client; on the wire nothing is amiss."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mbed-k64f").subscribe("/test/topic/#", qos=1)
one.answer(4)
one.goodbye()
""")
        time.sleep(0.6)
        for turn in range(3):
            sent(lab, "/test/topic", "-i", "tester", "-q", "1", "-m", f"root {turn}")
            sent(lab, "/test/topic/one", "-i", "tester", "-q", "1", "-m", f"below {turn}")
            time.sleep(0.3)
        staged(app.wait(9) == 0, text_of(app))
    path = captured(lab, lab.server, act)
    staged(count("Received PUBACK from mbed-k64f", process) == 6, text_of(process))
    return explain(path)


# ---- 15 to 20 ---------------------------------------------------------------------------------------


@reported(GITHUB + "ioBroker/ioBroker.mqtt/issues/15 No PUBACK for Publish messages with QoS>0",
          r"PUBACK|acknowledg|confirm",
          r"never|\bno(t|ne|thing)?\b|without|missing|silent|unanswered", r"broker|server|QoS")
def a_broker_that_acknowledges_nothing(lab):
    """True: this broker's adapter answers no PUBLISH of QoS 1, so that the door sensor waits and never sleeps. An
    expert, from what was recorded: each PUBLISH of QoS 1 stays without its PUBACK; the fault is the broker's."""
    lab.server.start("python3", "-c", f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from talk import Broker, usual
def answers(broker, link, about, first, body):
    return None if first >> 4 == 3 else usual(broker, link, about, first, body)
Broker(answers).run()
""", ready=1883)
    proved(lab.phone, not_=True)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("ESP-Doorsensor", keep_alive=30)
for turn in range(5):
    one.publish("doors/front", "open", qos=1, packet=1, dup=1 if turn else 0)
    one.wait(1)
assert one.heard == bytes.fromhex("20020000"), one.heard
one.close()
""")
        staged(app.wait(12) == 0, text_of(app))
    return seen(lab, "cannot-send", act)


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/21031 Zigbee2MQTT devices are not displayed in Home Assistant", LOGIN,
          NONE_GIVEN, unsaid=r"wrong password|password is wrong")
def the_video_had_no_user_in_its_configuration(lab):
    """True: no user and password stand in zigbee2mqtt's configuration, as in the video that was followed, and the
    broker wants them. An expert, on the broker's machine: mqttjs_... is disconnected as not authorised, it gives no
    user."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false", f"password_file {password_file(lab)}")
    until("running", log)
    proved(lab.phone, *ALICE)
    for turn in range(5):
        proved(lab.phone, "-i", "mqttjs_c0a1b7f2", not_=True)
        time.sleep(0.2)
    staged(pathlib.Path(log).read_text().count("not authorised") == 5, pathlib.Path(log).read_text())
    return doctor(lab.server, "localhost", "--on-broker", *ALICE, "--symptom", "not-listed")


@reported(GITHUB + "zigbee2mqtt/hassio-zigbee2mqtt/issues/83 Zigbee2MQTT not updating HA Entities", r"discover|config|"
          r"homeassistant/", r"subscri|listen|asks?\b|enable|switch|turned",
          r"(nobody|no one|no client|none|not|never|without|disabled|\boff\b)")
def discovery_is_switched_off(lab):
    """True: discovery was off in the MQTT integration. An expert, from what was recorded: zigbee2mqtt announces its
    devices under homeassistant/.../config, and nobody, Home Assistant neither, subscribes to these topics; enable
    discovery."""
    process = mosquitto(lab.server)

    def act():
        hub = talk(lab.router, """
one = Talk(HOST).connect("2hHomeAssistant").subscribe("homeassistant/status")
one.wait(5)
one.goodbye()
""")
        time.sleep(0.6)
        talk(lab.phone, """
one = Talk(HOST).connect("mqttjs_zigbee2mqtt").subscribe("homeassistant/status", "zigbee2mqtt/#")
for kind in ("temperature", "humidity", "battery"):
    one.publish("homeassistant/sensor/0x00158d0001/%s/config" % kind,
                '{"name":"%s","state_topic":"zigbee2mqtt/bedroom"}' % kind, qos=1, retain=1)
    one.answer(0.2)
for turn in range(5):
    one.publish("zigbee2mqtt/bedroom", '{"temperature":2%d.5,"humidity":48,"battery":91}' % turn)
    one.answer(0.5)
one.goodbye()
""", seconds=9)
        staged(hub.wait(9) == 0, text_of(hub))
    answer = seen(lab, "not-listed", act)
    staged(not count("Sending PUBLISH to 2hHomeAssistant", process), text_of(process))
    return answer


@reported(GITHUB + "influxdata/telegraf/issues/4560 Telegraf failing to start", r"/influx/", r"influx/#",
          r"slash|lead|first|begin|empty|differ|level|not (cover|fit|match)|(no|none|nothing).{0,60}(fit|match|cover)")
def a_slash_before_the_first_level(lab):
    """True: the messages come at /influx/ping, and telegraf subscribes to influx/#. An expert: the leading slash
    makes another topic, which the filter does not cover."""
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "telegraf", "-v", "-t", "influx/#")
        time.sleep(0.4)
        for turn in range(7):
            sent(lab, "/influx/ping", "-i", "fhem", "-m", f"{turn}.34", host=lab.phone)
            time.sleep(0.4)
        staged(not text_of(heard), text_of(heard))
        heard.terminate()
        time.sleep(0.2)
    return seen(lab, "nothing-arrives", act)


@reported(GITHUB + "espressif/ESP8266_RTOS_SDK/issues/262 关于 MQTT订阅主题之后，不能在回调函数里面收到推送的消息？",
          r"acknowledg|PUBACK|confirm", r"never|\bno(t|ne|thing)?\b|without|missing|un", r"esp8266|client|device|app")
def nobody_reads_on_the_device(lab):
    """True: the task that reads (MQTTStartTask) is never started, so the device reads only when it publishes. An
    expert, from what was recorded: the messages are delivered to the device, which acknowledges none of them; its
    program does not read."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("esp8266_rtos", keep_alive=120).subscribe("device/cmd", qos=1)
time.sleep(6)
one.reset()
""")
        time.sleep(1)
        for turn in range(6):
            sent(lab, "device/cmd", "-i", "server", "-q", "1", "-m", f"switch {turn}")
            time.sleep(0.4)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending PUBLISH to esp8266_rtos", process) == 6 and not count("PUBACK from esp8266_rtos", process),
           text_of(process))
    return answer


@reported(GITHUB + "copercini/esp8266-aws_iot/issues/7 AWS IoT shadow not working", r"size|long|large|big|buffer|bytes",
          r"acknowledg|PUBACK|confirm|takes|drop|buffer|limit|only", r"delta|client|device|iotTestDevice3")
def what_is_longer_than_the_buffer_is_thrown_away(lab):
    """True: PubSubClient throws away what is longer than MQTT_MAX_PACKET_SIZE (128 bytes there), as the shadow's
    documents are. An expert, from what was recorded: short messages are acknowledged by the device and the long ones
    never; enlarge its buffer."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
class Small(Talk):
    def send(self, first, body):
        if first != 0x40 or self.fits:
            super().send(first, body)
    def first_packet(self, data):
        found = super().first_packet(data)
        self.fits = found is None or len(found[1]) <= 128
        return found
Small.fits = True
one = Small(HOST).connect("iotTestDevice3").subscribe("aws/things/iotTestDevice3/shadow/update/delta", qos=1)
one.answer(6)
one.goodbye()
""")
        time.sleep(0.8)
        for turn in range(4):
            sent(lab, "aws/things/iotTestDevice3/shadow/update/delta", "-i", "shadow", "-q", "1", "-m",
                 '{"version":%d,"timestamp":1529300000,"state":{"light":1},"metadata":{"light":{"timestamp":1529300000}'
                 '},"clientToken":"%s"}' % (turn, "x" * 120))
            sent(lab, "aws/things/iotTestDevice3/shadow/update/delta", "-i", "console", "-q", "1", "-m", f"hi {turn}")
            time.sleep(0.5)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "some-missing", act)
    staged(count("Sending PUBLISH to iotTestDevice3", process) >= 8
           and count("PUBACK from iotTestDevice3", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "aLiang-xyl/integration-mqtt/issues/1 发送成功未收到消息", r"quotation|\bquot(e|es|ed)\b|inverted comma|"
          r"\\\"topic1\\\".*(?<!\")topic1\b|(?<!\")\btopic1\b.*\\\"topic1\\\"",
          r"differ|not (cover|fit|match|the same)|(an)?other topic|part of|belong|without|"
          r"(no|none|nobody|nothing).{0,60}(subscri|fit|match|ask)")
def the_topic_is_in_quotation_marks(lab):
    """True: the request says topic="topic1", and the marks become part of the topic. An expert: what is published
    has the topic "topic1" with quotation marks, and the subscription is to topic1 without them."""
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "integration-consumer", "-t", "topic1")
        time.sleep(0.4)
        for turn in range(6):
            sent(lab, '"topic1"', "-i", "integration-producer", "-m", f"hello {turn}", host=lab.phone)
            time.sleep(0.4)
        staged(not text_of(heard), text_of(heard))
        heard.terminate()
        time.sleep(0.2)
    return seen(lab, "nothing-arrives", act)


@reported(GITHUB + "simple-swoole/simps/issues/17 mqtt为什么订阅主题后收不到发布的消息", r"broker|server",
          r"pass(es|ed)? (it |them |nothing |messages )?on|hand(s|ed)? .{0,20}on|deliver|forward|distribut|rout|relay",
          r"never|\bno(t|ne|thing)?\b|without|swallow|lost|loses")
def a_server_that_hands_nothing_on(lab):
    """True: this framework leaves it to the programmer to hand messages on to the subscribers, and nobody did. An
    expert: the server grants the subscription, acknowledges the message, and does not deliver it."""
    lab.server.start("python3", "-c", f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from talk import Broker, usual
Broker(usual).run()
""", ready=1883)
    heard = subscriber(lab.router, "simps-sub", "-t", "simps/test")
    time.sleep(0.4)
    proved(lab.phone, "-t", "simps/test")
    time.sleep(0.4)
    staged(not text_of(heard) and heard.poll() is None, text_of(heard))
    heard.terminate()
    return doctor(lab.phone, "delivery", AT, "-t", "simps/test", "--publish")


# ---- 21 to 25 ---------------------------------------------------------------------------------------


@reported(MOSQUITTO + "3164 mTLS support for websockets", r"capath", r"cafile|web ?socket")
def websockets_know_no_capath(lab):
    """True: for WebSockets mosquitto 2.0 hands on cafile alone, so a listener with capath trusts nobody's client
    certificate ("unknown CA"). An expert, on the broker's machine: the listener of 9001 has capath, which is not
    used for WebSockets; give cafile."""
    folder = lab.file("trusted")
    os.makedirs(folder)
    pathlib.Path(folder, "ca.pem").write_text(pathlib.Path(ca()).read_text())
    told(lab.server, "openssl", "rehash", folder)
    good, own = certificates.get("good"), certificates.get("client")
    keys = (f"capath {folder}", f"certfile {good.chain}", f"keyfile {good.key}", "require_certificate true")
    log = configured(lab, "user root", "allow_anonymous true", "listener 8883", *keys, "listener 9001",
                     "protocol websockets", *keys)
    until("running", log)
    lab.server.wait_for_port(9001)
    words = ("--cafile", ca(), "--cert", own.chain, "--key", own.key)
    proved(lab.phone, "-p", "8883", *words)
    answer = told(lab.phone, "sh", "-c", f"(sleep 1; echo) | openssl s_client -connect {SERVER}:9001 -CAfile {ca()} "
                                         f"-cert {own.chain} -key {own.key}")
    staged("unknown ca" in answer, answer)
    return on_broker(lab, "wss://localhost:9001", *words)


@reported(MOSQUITTO + "968 Configure SSL/TLS", r"certificate", r"authorit|\bCA\b|issuer|signed by|issued by",
          r"client-?\w*\.crt|phone|cafile|(the|that|your|given) file|own certificate|not (an?|the) (authority|CA)",
          unsaid=r"(has |is |certificate )expired|does not listen")
def the_clients_own_certificate_for_a_cafile(lab):
    """True: --cafile was given client.crt, which signs nothing. An expert: that file holds a client's certificate
    and not that of the authority which signed the server's; give ca.crt."""
    mosquitto(lab.server, *tls_lines(), ready=8883)
    own = certificates.get("client")
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, "-p", "8883", "--cafile", own.certificate, not_=True)
    return doctor(lab.phone, SECURE, "--cafile", own.certificate)


@reported(GITHUB + "thomasnordquist/MQTT-Explorer/issues/598 Validate certificate fails when IP is used in CN without "
          "specifying it in altnames", r"subject ?Alt(ernative)? ?Name|\bSANs?\b|alternative name|altname",
          r"\bCN\b|common name|10\.77\.2\.2|\baddress\b|\bIP\b", unsaid=r"(has |is |certificate )expired")
def the_address_stands_in_the_common_name(lab):
    """True: the certificate has the address in its CN alone, and no alternative names. An expert: programs of today
    look at subjectAltName only; issue it anew with IP:10.77.2.2 in there."""
    leaf = issued(lab, "in-the-cn", SERVER, "extendedKeyUsage=serverAuth\n")
    for path in (leaf.certificate, leaf.key):
        os.chmod(path, 0o644)
    mosquitto(lab.server, *tls_lines(leaf), ready=8883)
    app = python(lab.phone, f"""
import socket, ssl
context = ssl.create_default_context(cafile={ca()!r})
try:
    context.wrap_socket(socket.create_connection(({SERVER!r}, 8883)), server_hostname={SERVER!r})
except ssl.SSLCertVerificationError as error:
    print(error)
    sys.exit("mismatch" not in str(error))
sys.exit(1)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, SECURE, "--cafile", ca())


@reported(GITHUB + "novastone-media/MQTT-Client-Framework/issues/447 Connection Closed by broker",
          r"web ?socket|\bHTTP\b",
          r"ws://|web ?socket.{0,80}(port|listener|only|speak|here|there|want|expect)|"
          r"(port|listener|speak|want|expect).{0,80}web ?socket", unsaid=r"(password|login) (is )?wrong")
def plain_mqtt_to_a_port_of_websockets(lab):
    """True: the app's session manager speaks plain MQTT, and the port is that of WebSockets. An expert: 1883 speaks
    WebSocket here; use ws://, or the port for plain MQTT."""
    mosquitto(lab.server, "protocol websockets", "listener 1884")
    proved(lab.phone, not_=True)
    app = talk(lab.phone, """
one = Talk(HOST, 1883, web=True).connect("serie_265")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, AT)


@reported(GITHUB + "mqttjs/MQTT.js/issues/494 Mosquitto web socket connection fails", HEALTHY)
def the_library_was_wrong_until_two_one_three(lab):
    """True: version 2.1.1 of the library was at fault, as other clients showed; 2.1.3 connects. An expert: the
    WebSocket and the login work from here."""
    websocket_broker(lab.server, "allow_anonymous false", f"password_file {password_file(lab, password='secret')}")
    app = talk(lab.phone, """
one = Talk(HOST, 9001, web=True).connect("hivemq-demo", user="alice")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, f"ws://{SERVER}:9001", "-u", "alice", "-P", "secret")


@reported(GITHUB + "poblabs/weewx-belchertown/issues/64 Websocket Error",
          r"(127\.0\.0\.1|localhost|\[?::1\]?):9001|\b9001\b",
          r"nginx|prox(y|ies)|upstream|forward|\b502\b|behind",
          r"10\.77\.2\.2|" + NOBODY_LISTENS + r"|loopback")
def nginx_looks_for_the_broker_at_localhost(lab):
    """True: proxy_pass says localhost, and mosquitto's listener is bound to the internal address. An expert, on that
    machine: nginx answers 502, for nothing listens at 127.0.0.1:9001; the broker does at 10.77.2.2:9001, put that
    into proxy_pass."""
    log = configured(lab, "user root", "allow_anonymous true", f"listener 9001 {SERVER}", "protocol websockets",
                     "listener 1883")
    until("running", log)
    lab.server.wait_for_port(9001)
    nginx(lab.server, """ server { listen 80; location /mqtt {
  proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } }""", ready=80)
    answer = told(lab.phone, "curl", "-s", "-i", "-m", "3", f"http://{SERVER}/mqtt")
    staged(" 502 " in answer, answer)
    app = talk(lab.phone, """
one = Talk(HOST, 9001, web=True).connect("belchertown")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return on_broker(lab, "ws://localhost/mqtt")


@reported(GITHUB + "hivemq/hivemq-mqtt-client/issues/463 CONNECT failed as CONNACK contained an Error Code: "
          "NOT_AUTHORIZED", LOGIN + r"|authenticat", unsaid=r"nothing listens|firewall|certificate (has )?expired")
def hivemqs_client_says_not_authorized(_):
    """True: the login's data are missing or wrong. An expert: the broker was reached and refuses this login."""
    return said("com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException: CONNECT failed as CONNACK contained an "
                "Error Code: NOT_AUTHORIZED")


# ---- 26 to 30 ---------------------------------------------------------------------------------------


@reported(MOSQUITTO + "1949 mosquitto_passwd -b is using username as password", r"password",
          r"wrong|does not (fit|match|belong)|differ|not (the one|that|what)|(an)?other password|incorrect|\bhash|"
          r"mosquitto_passwd", unsaid=r"no such user|user .{0,20}(is not|does not exist|unknown)|anonymous")
def the_password_is_the_users_name(lab):
    """True: mosquitto_passwd -b of 2.0.2 wrote the user's name as the password. An expert, on the broker's machine:
    user1 is in the file, and the password given is not the one that is stored there; set it anew."""
    path = password_file(lab, "user1", "user1")
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false", f"password_file {path}")
    until("running", log)
    proved(lab.phone, "-u", "user1", "-P", "password1", not_=True)
    proved(lab.phone, "-u", "user1", "-P", "user1")
    return on_broker(lab, "localhost", "-u", "user1", "-P", "password1")


@reported(MOSQUITTO + "443 username password does not work in mosquitto 1.4.8",
          r"restart|reload|re-?read|start(ed)? (it )?(anew|again)|SIGHUP|since|after it (started|was started)",
          r"mosquitto\.conf|configur|\bfile\b",
          r"(chang|edit|newer|later|written).{0,120}(start|run|broker|process)|"
          r"(start|runs?\b|running|process).{0,120}(older|before|earlier)|"
          r"not (yet )?(been )?(in force|read|taken|used|loaded|applied)")
def the_running_broker_has_not_read_the_file(lab):
    """True: password_file and allow_anonymous false stand in the file, and the broker runs as it was started before
    that. An expert, on the broker's machine: the file was changed after the broker started; restart it."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    path = password_file(lab)
    time.sleep(2.1)
    conf = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto" / "mosquitto.conf"
    conf.write_text(conf.read_text().replace("allow_anonymous true", f"password_file {path}\nallow_anonymous false"))
    proved(lab.phone)
    proved(lab.phone, "-u", "nobody", "-P", "wrong")
    return on_broker(lab)


@reported(GITHUB + "thingsboard/thingsboard/issues/361 Problem with tb-gateway error...", r"\b1882\b", NOBODY_LISTENS,
          r"localhost|127\.0\.0\.1|loopback|\b1883\b")
def the_gateways_example_wants_a_broker_at_1882(lab):
    """True: the gateway's own MQTT extension, as it comes, looks for a broker at localhost:1882, where there is
    none; its connection to ThingsBoard at 1883 stands. An expert: nothing listens at localhost:1882; the broker is
    at 1883."""
    mosquitto(lab.server)
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, "-p", "1882", at="127.0.0.1", not_=True)
    return doctor(lab.server, "localhost:1882")


@reported(GITHUB + "espressif/esp-aliyun/issues/197 用智能灯的demo，使用阿里生活物联平台四元组不能连接成功", LOGIN +
          r"|authenticat|device ?(name|secret)|product ?key|\bsign", unsaid=r"nothing listens|firewall|\bDNS\b")
def linkkit_says_minus_thirty_five(_):
    """True: the four values are those of another platform, so the login is refused: -35 is CONNACK's "bad user name
    or password". An expert: the server was reached and rejects what was given as user name and password (product
    key, device name, secret)."""
    return said("[inf] _mqtt_connect(778): connect params: MQTTVersion=4, clientID=a16BdRk8wey.test_01|"
                "timestamp=2524608000000,securemode=2,signmethod=hmacsha1,gw=0,ext=0|, "
                "keepAliveInterval=30, username=test_01&a16BdRk8wey\n"
                "[err] iotx_mc_wait_CONNACK(756): recvConnackProc error,result = -35\n"
                "[err] _mqtt_connect(793): received reject ACK from MQTT server! rc = -35\n"
                "[err] IOT_MQTT_Construct(578): wrapper_mqtt_connect failed")


@reported(MOSQUITTO + "178 Denied PUBLISH error", r"\bacl(_file)?\b|denied|permission|not (allow|permit)|rights?\b",
          r"70B3D57EF0/devices/node1/up|%c|pattern")
def the_pattern_begins_with_sys(lab):
    """True: the rules' patterns begin with $SYS/%c, and the sensor's topic with its application, so that no rule
    covers it. An expert, on the broker's machine: the log says "Denied PUBLISH" of 70B3D57EF0/devices/node1/up; add
    a rule for that."""
    acl = lab.file("jp.acl", "pattern readwrite $SYS/%c/devices/%c/up\npattern readwrite $SYS/%c/devices/%c/down\n"
                   "\nuser alice\ntopic read #\n")
    log = configured(lab, "user root", "listener 1883", "allow_anonymous false", f"password_file {password_file(lab)}",
                     f"acl_file {acl}")
    until("running", log)
    heard = lab.router.start("stdbuf", "-oL", "mosquitto_sub", "-h", SERVER, "-i", "dashboard", *ALICE, "-t", "#")
    time.sleep(0.4)
    for turn in range(4):
        sent(lab, "70B3D57EF0/devices/node1/up", "-i", "ttnhdl-FBjXbqco", "-q", "2", *ALICE, "-m", f'{{"t":{turn}}}')
        time.sleep(0.2)
    staged(pathlib.Path(log).read_text().count("Denied PUBLISH from ttnhdl-FBjXbqco") == 4 and not text_of(heard),
           pathlib.Path(log).read_text())
    return there(lab, "nothing-arrives", *ALICE)


@reported(MOSQUITTO + "229 missing fail feedback if user not allowed to publish in topic",
          r"\bacl\b|permission|not (allow|permit|authori)|may (not|only)|denied|rights?\b|forbid",
          r"publish|writ|sen[dt]")
def who_may_only_read_is_told_nothing(lab):
    """True: gcread may only read, and in MQTT 3.1.1 nothing tells a publisher that. An expert, as that user: the
    broker acknowledges the message and passes none on, while the subscription works; the user lacks the permission
    to publish (ACL)."""
    acl = lab.file("acl", "user gcread\ntopic read germany/#\ntopic read spain/#\n"
                   "\nuser gcwrite\ntopic write spain/#\n")
    path = password_file(lab, "gcread", "gcread")
    process = mosquitto(lab.server, "allow_anonymous false", f"password_file {path}", f"acl_file {acl}")
    words = ("-u", "gcread", "-P", "gcread")
    heard = lab.router.start("stdbuf", "-oL", "mosquitto_sub", "-h", SERVER, "-i", "reader", *words, "-t", "spain/#")
    time.sleep(0.4)
    proved(lab.phone, *words, "-t", "spain/balearicIslands")
    time.sleep(0.3)
    staged("Denied PUBLISH" in text_of(process) and not text_of(heard), text_of(process))
    heard.terminate()
    return doctor(lab.phone, "delivery", AT, *words, "-t", "spain/balearicIslands", "--publish")
