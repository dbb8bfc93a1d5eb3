"""Never met, the twenty-fifth batch: a sample of what people report in public. Thirty phrases as a user would type
them, written down before the first was searched (among issues, then among pages where those told nothing); of each
the first one or two reports whose cause the thread tells, easy or hard, that no earlier batch had staged (but one).
Written down with its right answers by somebody who had neither read the doctor's code nor asked it.

 1 home assistant mqtt connection refused                   16 shelly mqtt not connecting to broker
 2 PubSubClient failed rc=-2 try again in 5 seconds         17 AWS IoT mqtt disconnects right after publish
 3 ESP8266 mqtt disconnects and reconnects every few        18 Azure IoT Hub mqtt connection refused not
   seconds                                                     authorized
 4 zigbee2mqtt mqtt not authorized                          19 frigate mqtt cannot connect
 5 mosquitto docker can't connect from another machine      20 openHAB mqtt thing offline, no messages
 6 mosquitto 2.0 update clients cannot connect anymore      21 mqtt 连接不上服务器
 7 node-red mqtt stuck on connecting                        22 EMQX 客户端连接失败
 8 paho python on_message never called                      23 阿里云 mosquitto 外网连接不上
 9 paho android connection lost 32109                       24 ESP8266 连接 MQTT 服务器失败
10 flutter mqtt_client NoConnectionException                25 微信小程序 mqtt 真机连接失败
11 mqtt.js websocket connection failed browser              26 mqtt 订阅成功但是收不到消息
12 mqtt tls certificate verify failed                       27 mqtt 客户端频繁断开重连
13 owntracks can't connect to broker                        28 mqtt ssl 证书 握手失败
14 tasmota mqtt connect failed                              29 mqttx 连接超时
15 subscribed to topic but no messages received             30 mqtt 断线重连后收不到消息

Nothing with a cause was found for 9; what was for 16 and 18 had been staged before. What is true stands with each case.
"""
import json
import pathlib
import subprocess
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER
from .reported import HEALTHY, on_broker, on_one_line, proved, public, reported, said, until
from .services import dnsmasq, mosquitto, password_file, scripted, tls_lines
from .stage_delivery import AT
from .stage_listen import BEHIND, broker, listen
from .stage_unmet_eighteen import python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_nineteen import ALICE
from .stage_unmet_seven import captured, issued
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import PLAIN, SECURE, configured, hello
from .stage_unmet_twentytwo import seen, talk

OWN = r"(127\.0\.0\.1|::1|localhost|itself|own machine)"
LOOPBACK = rf"loopback|local(ly)? only|{OWN}.{{0,80}}\b(alone|only)\b|\bonly\b.{{0,80}}{OWN}"


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


# ---- 1 to 5: where it is, and who answers there ----------------------------------------------------


@reported(GITHUB + "hcpy2-0/hcpy/issues/215 ConnectionRefusedError: [Errno 111] Connection refused",
          r"localhost.{0,60}(itself|this machine)", unsaid=r'"certain"')
def an_add_on_looks_for_the_broker_in_itself(lab):
    """True: mqtt_host='localhost' is the add-on's own container, and the broker runs beside it. An expert: nothing
    listens at localhost, which is this very machine; give the broker's own name or address."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="localhost", not_=True)
    return doctor(lab.phone, "localhost:1883")


@reported(GITHUB + "mKeRix/room-assistant/issues/230 error - HomeAssistantService: Error: connect ECONNREFUSED",
          r"\b188\b",
          r"\b1883\b")
def the_last_digit_of_the_port_is_missing(lab):
    """True: mqttUrl ends in :188. An expert: nothing listens at 188; MQTT's port is 1883, and there the broker
    answers."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, "-p", "188", not_=True)
    return doctor(lab.phone, f"{SERVER}:188")


@reported(GITHUB + "Imroy/pubsubclient/issues/41 Error on connect code -2",
          r"network|\bTCP\b|reach|connection", r"fail|\bno\b|not|never|cannot|unreach|wrong|firewall|refus",
          r"port|address|\bhost\b|name|firewall|running|listen", unsaid=r"(password|user name|login) (is|was|are) "
          r"(wrong|bad|refused)")
def a_sketch_says_minus_two(_):
    """True: -2 is MQTT_CONNECT_FAILED, no TCP connection came about. An expert: no login was tried yet; look at
    address, port, firewall, and whether the broker runs."""
    return said("WiFi connected\nIP address:\n192.168.1.3\nAttempting MQTT connection...failed, rc=-2 try again in 5 "
                "seconds\nAttempting MQTT connection...failed, rc=-2 try again in 5 seconds")


@reported(GITHUB + "256dpi/arduino-mqtt/issues/69 often disconnect?", r"keep.?alive",
          r"ping|silen|nothing|quiet|in time|idle|longer than|exceed|too (long|late|seldom)", slowest=20)
def the_library_forgets_its_pings(lab):
    """True: it hardly ever sends a PINGREQ, and is put out after one and a half keep alives. An expert, who listens
    between it and the broker: the client is silent for longer than the keep alive that it named itself."""
    process = mosquitto(lab.server, listener=BEHIND, ready=BEHIND)

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("arduino", keep_alive=2).subscribe("/hello")
    one.publish("/world", "hi")
    while lives(one):
        time.sleep(0.05)
    time.sleep(0.3)
""")
        staged(app.wait(20) == 0, text_of(app))
    answer = listen(lab, act, patience=17)
    staged(count("arduino has exceeded timeout", process) >= 2, text_of(process))
    return answer


@reported(GITHUB + "256dpi/arduino-mqtt/issues/69 often disconnect? (with pings)", HEALTHY, slowest=20)
def it_says_nothing_but_its_pings(lab):
    """True: as before, and now it pings every second; nothing fails. An expert: all is well."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("arduino", keep_alive=2).subscribe("/hello")
for turn in range(9):
    one.send(0xC0, b"")
    one.wait(0.9)
one.goodbye()
""")
        staged(app.wait(20) == 0, text_of(app))
    path = captured(lab, lab.server, act)
    staged(not count("exceeded timeout", process) and count("Sending PINGRESP", process) == 9, text_of(process))
    return explain(path)


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/11148 MQTT failed to connect: Connection refused: Not authorized",
          r"user|password|login|credential|anonym",
          r"without|\bno\b|none|needs?|requir|refus|not (allow|authori|let|accept)|only (users|who)")
def the_other_configuration_has_no_password(lab):
    """True: after an update another configuration.yaml is read, in which no login stands. An expert: the broker lets
    nobody in without one, and none is given."""
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    proved(lab.phone, *ALICE)
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/11430 MQTT failed to connect: Connection refused: Not authorized",
          r"user|password|login|credential|anonym", unsaid=r"nothing listens|firewall")
def zigbee2mqtt_says_not_authorized_and_exits(_):
    """True: no user of that name was made for the broker. An expert: the broker was reached and refuses the login."""
    return said("Zigbee2MQTT:info  2022-01-31 12:51:55: Connecting to MQTT server at mqtt://core-mosquitto:1883\n"
                "Zigbee2MQTT:error 2022-01-31 12:51:56: MQTT failed to connect: Connection refused: Not authorized\n"
                "Zigbee2MQTT:error 2022-01-31 12:51:56: Exiting...")


@reported(MOSQUITTO + "2407 Docker image 2.0.14 can not use",
          r"docker|container|forward", r"loopback|127\.0\.0\.1|inside (the|its) container")
def docker_forwards_to_where_nobody_listens(lab):
    """True: the image's own configuration listens inside the container alone, and docker's forwarder takes each
    connection and resets it. An expert: something accepts and hangs up before a word; what is behind the forwarder
    does not listen."""
    scripted(lab.server, 1883, "refuse")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "xirixiz/dsmr-reader-docker/issues/52 No connection from DSMR with Mosquitto MQTT broker",
          r"\b1883\b",
          r"(nothing|nobody|no (broker|program|service|one)).{0,60}listen|refus|(an)?other port|not (running|open)",
          r"\bport\b")
def the_add_on_was_given_another_port(lab):
    """True: in the add-on's network settings the outer port is 1884. An expert: nothing listens at 1883; look up
    which port the broker has (here 1884 would answer)."""
    mosquitto(lab.server, listener=1884, ready=1884)
    proved(lab.phone, "-p", "1884")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "xirixiz/dsmr-reader-docker/issues/52 No connection from DSMR with Mosquitto MQTT broker (mended)",
          HEALTHY)
def with_the_add_ons_port_all_is_well(lab):
    """True: that port was typed in, and it works. An expert: all is well, at a port that others do not have."""
    mosquitto(lab.server, listener=1884, ready=1884)
    proved(lab.phone, "-p", "1884")
    return doctor(lab.phone, f"{SERVER}:1884")


# ---- 6 to 8 ----------------------------------------------------------------------------------------


@reported(MOSQUITTO + "1974 Mosquitto 2.0.4 WebSockets connect failed, but 1.6.2 is works.",
          r"anonym|user|password|login|credential",
          r"refus|not (allow|authori|let|accept)|without|\bno\b|none|needs?|requir|allow_anonymous")
def websockets_and_nobody_is_anonymous_since_two(lab):
    """True: since 2.0 who names no user is refused unless the configuration allows it. An expert: the WebSocket is
    fine; the broker answers "not authorised"."""
    log = configured(lab, "listener 1883", "protocol mqtt", "listener 9001", "protocol websockets")
    until("running", log)
    lab.server.wait_for_port(9001)
    proved(lab.phone, not_=True)
    app = talk(lab.phone, """
one = Talk(HOST, 9001, web=True).connect("test")
sys.exit(bytes.fromhex("20020005") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, f"ws://{SERVER}:9001")


@reported(MOSQUITTO + "2218 Unable to connect to MQTT broker using Node-red & Local network", LOOPBACK, r"listen|1883")
def two_laptops_and_a_broker_for_one(lab):
    """True: mosquitto 2 without a listener serves its own machine only. An expert, who reads what both laptops saw:
    the broker runs, and listens at the loopback address alone."""
    log = configured(lab, "allow_anonymous true")
    until("Starting in local only mode", log)
    lab.server.wait_for_port(1883)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, not_=True)
    away, here = doctor(lab.phone, AT), on_broker(lab)
    return explain(*(lab.file(name, json.dumps(answer.report))
                     for name, answer in (("laptop-2.json", away), ("laptop-1.json", here))))


@reported(GITHUB + 'node-red/node-red/issues/5095 Operating MQTT connect action twice results in endless "connecting" '
          'state',
          r"\bTLS\b", PLAIN)
def mqtts_with_the_port_of_mqtt(lab):
    """True: broker.url begins with mqtts://, and 1883 stands in the node. An expert: that port does not speak TLS."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"mqtts://{SERVER}:1883")


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/514 Callbacks do not work properly (for example, on_connect)",
          r"subscri|CONNACK|loop|answer|acknowledg",
          r"never|\bno(t|thing|body)?\b|without|before|at once|immediately|\bends?\b|clos|\bleft\b|leaves|"
          r"too (soon|early)|gone")
def a_script_without_a_loop(lab):
    """True: without loop_start or loop_forever the script ends behind connect(), before an answer is read; it never
    subscribes. An expert: the client connects and is gone at once, it asks for no topic."""
    process = mosquitto(lab.server)

    def act():
        for turn in range(3):
            app = talk(lab.phone, """
one = Talk(HOST)
one.send(0x10, text("MQTT") + bytes([4, 2, 0, 60]) + text("client"))
one.close()
""")
            staged(app.wait(5) == 0, text_of(app))
            for _ in range(3):
                sent(lab, "home/temperature", "-i", "sensor", "-m", "21.5")
                time.sleep(0.3)
    answer = seen(lab, "nothing-arrives", act)
    staged(count("as client", process) == 3 and not count("Received SUBSCRIBE", process), text_of(process))
    return answer


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/680 cannot subscribe that I published on same topic",
          r"publish|message|packet|payload|\bsen[dt]",
          r"incomplete|\bcut\b|unfinished|truncat|\bpart\b|half|whole|before .{0,60}(complete|sent|end|over)|"
          r"only [\d ]+ .{0,20}of|\brest\b|too (soon|early)|never (complete|came whole)|stops? in the middle|not all")
def the_script_ends_amid_its_picture(lab):
    """True: the publisher calls no loop and ends while the picture is still being sent. An expert: its connection
    ends in the middle of the PUBLISH, so that the broker has nothing to hand on."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "viewer", "-t", "picture/base64")
        time.sleep(0.5)
        for turn in range(3):
            app = talk(lab.phone, """
one = Talk(HOST).connect("camera")
name = text("picture/base64")
size = len(name) + 400000
one.raw(bytes([0x30, size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + name + b"/9j/" * 20000)
one.close()
""")
            staged(app.wait(5) == 0, text_of(app))
            time.sleep(0.5)
        staged(not text_of(heard), "it came")
    answer = seen(lab, "nothing-arrives", act)
    staged(count("as camera", process) == 3 and not count("Received PUBLISH", process), text_of(process))
    return answer


# ---- 10 to 13 --------------------------------------------------------------------------------------


@reported(GITHUB + "shamblett/mqtt_client/issues/365 MqttBrowserClient cannot connect to the local Broker Flutter",
          r"web ?socket", r"listener", unsaid=r'"Use port 1883 with mqtt')
def a_browser_asks_at_8080(lab):
    """True: this mosquitto has no WebSocket listener. An expert: nothing listens at 8080; a browser needs a listener
    for WebSockets, and the broker answers at 1883 only."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"ws://{SERVER}:8080")


@reported(GITHUB + "shamblett/mqtt_client/issues/513 Unhandled Exception: mqtt-client::NoConnectionException",
          r"\bTLS\b",
          r"mqtts|plain|unencrypted|without TLS|speaks|wants|expects|needs|encrypt")
def insecure_tcp_selected_at_8883(lab):
    """True: the app's client.secure is not set, and the port answers plain text with an alert. An expert: 8883 speaks
    TLS."""
    good = certificates.get("good")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "or-alert", "broker")
    words = ("-u", "hl-test6", "-P", "123xxx")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), *words)
    proved(lab.phone, "-p", "8883", *words, not_=True)
    return doctor(lab.phone, f"mqtt://{SERVER}:8883", *words)


@reported(GITHUB + "eclipse-paho/paho.mqtt.javascript/issues/107 connection to 'ws://localhost:1883/mqtt' failed",
          r"web ?socket", r"plain|mqtt://|\bnot\b|\bno\b|(an)?other port|listener|without|only")
def a_browser_asks_at_1883(lab):
    """True: WebSockets are not switched on in mosquitto as it comes. An expert: the port speaks MQTT without
    WebSockets."""
    mosquitto(lab.server)
    proved(lab.phone)
    return doctor(lab.phone, f"ws://{SERVER}:1883/mqtt")


@reported(GITHUB + 'thomasnordquist/MQTT-Explorer/issues/426 Letsencrypt on EMQX Server gets "unable to verify the '
          'first certificate"', r"certificate",
          r"intermediate|chain|incomplete|missing|not (send|sent)|fullchain|between")
def unable_to_verify_the_first_certificate(lab):
    """True: a path of the broker's certificates has a slip, and the server sends its own one without that of its
    issuer. An expert: the intermediate certificate is missing."""
    mosquitto(lab.server, *tls_lines("leaf-alone"), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    both = (ca(), certificates.get("intermediate").certificate)
    whole = lab.file("whole.pem", "".join(pathlib.Path(each).read_text() for each in both))
    proved(lab.phone, "-p", "8883", "--cafile", whole)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@reported(GITHUB + "thingsboard/thingsboard/issues/13232 MQTTS issue", r"certificate",
          r"self.?signed|\bCA\b|authorit|issuer|trust|cafile", unsaid=r"(has |is |certificate )expired|ran out")
def the_servers_certificate_signs_itself(lab):
    """True: the server's certificate is self-signed, and ca-root.pem has not signed it. An expert: it is not vouched
    for by the file that was given; give the server's own certificate, or have it signed."""
    mosquitto(lab.server, *tls_lines("self-signed"), ready=8883)
    own, root = certificates.get("client"), certificates.get("other-ca").certificate
    words = ("--cert", own.chain, "--key", own.key)
    proved(lab.phone, "-p", "8883", "--cafile", root, *words, not_=True)
    proved(lab.phone, "-p", "8883", "--cafile", certificates.get("self-signed").certificate, *words)
    return doctor(lab.phone, SECURE, "--cafile", root, *words)


@reported(GITHUB + "BrianHepler/MMM-WeasleyClock/issues/4 Owntracks cant connect to server",
          r"unreach|no route|\boff\b|\bdown\b|\bARP\b|(no|not|nobody|nothing|no one|never).{0,60}"
          r"(answer|there|reach|address)|no (machine|host|device|computer)", unsaid=r"(wrong|bad) password")
def the_server_did_not_come_back_after_the_power_cut(lab):
    """True: the machine is off. An expert: no machine answers at that address ("No route to host")."""
    done = subprocess.run(lab.phone.command("timeout", "8", "mosquitto_pub", "-h", "10.77.2.77", "-t", "a", "-n"),
                          capture_output=True, text=True)
    staged("No route to host" in done.stderr, done)
    return doctor(lab.phone, "10.77.2.77:1883")


@reported(GITHUB + "owntracks/ios/issues/885 idle MQTT -7: MQTT illegal message received",
          r"cloudflare|proxy|\bCDN\b|silen|(no|never|without an?) (answer|reply)|nothing (comes|is sent|back)|"
          r"(not|never) (been )?answer|time.?out|accepts.{0,80}(nothing|silent|says)|does not (answer|speak)",
          open_=True)
def cloudflare_stands_before_the_broker(lab):
    """True: the domain's record goes by Cloudflare's proxy, which passes web pages on and no MQTT. An expert: the
    address is Cloudflare's, it takes the connection at 8883 and says nothing; have the record point to the server
    itself."""
    address = public(lab, "104.21.48.7")
    dnsmasq(lab.router, f"host-record=owntracks.test,{address}")
    scripted(lab.server, 8883, "silent")
    scripted(lab.server, 80, "http", "403 Forbidden", "Server: cloudflare", "CF-RAY: 8f3b2c1d9e7a-FRA")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="owntracks.test", not_=True)
    return doctor(lab.phone, "mqtts://owntracks.test:8883", "--cafile", ca(), "-u", "jane", "-P", "lab")


# ---- 14 to 20 --------------------------------------------------------------------------------------


@reported(GITHUB + "arendst/Tasmota/issues/2084 MQT: Connect failed to 192.168.178.86:1883, rc -2. Retry in 10 sec",
          r"10\.77\.1\.1\b|router", r"firewall|rule|filter", unsaid=r"cloud's security group|0\.0\.0\.0/0")
def a_network_for_sonoffs_and_no_way_out_of_it(lab):
    """True: the router's firewall drops what goes from the sonoffs' network to 1883. An expert: the host is there,
    and what is sent to that port is swallowed on the way: a firewall."""
    mosquitto(lab.server)
    lab.router.nft("fw iifname r0 tcp dport 1883 drop")
    proved(lab.router)
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/262 Subscribe topic with not messages",
          r"emptytopic", r"nobody|no one|nothing|none|never|no (message|publisher|retained)|not (been )?(publish|sent)|"
          r"without a",
          unsaid=r"acl|permission|forbid|not allowed to (read|subscribe)")
def a_topic_to_which_nobody_publishes(lab):
    """True: nothing was ever sent to that topic, the helper waits for the first message. An expert: the subscription
    is granted, and nobody publishes there."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.phone, "simple", "-t", "emptytopic/nomessages")
        time.sleep(0.4)
        for turn in range(6):
            sent(lab, "house/meter", "-i", "meter", "-m", str(turn))
            time.sleep(0.6)
        staged(not text_of(heard), "something came")
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Sending SUBACK to simple", process) == 1, text_of(process))
    return answer


# As AWS did: a message that is to be retained ends the connection.
NO_RETAIN = """from talk import *
def answers(broker, link, about, first, body):
    if first >> 4 == 3 and first & 1:
        return False
    return usual(broker, link, about, first, body)
Broker(answers).run()
"""


@reported(GITHUB + "aws/aws-iot-device-sdk-js-v2/issues/133 Specifying retain false causes disconnect", r"retain",
          r"clos|\bends?\b|\bcut|hang|drop|disconnect|refus|not (allow|support|accept)|does not (keep|take|allow)",
          r"retain flag|retain off",
          slowest=20,
          unsaid=r"user may not publish")
def retain_was_set_and_the_broker_hangs_up(lab):
    """True: the library sets the retain flag, which this broker did not support: it closed. An expert: each
    connection ends right behind a PUBLISH with the retain flag; those without it are acknowledged."""
    python(lab.server, NO_RETAIN)
    lab.server.wait_for_port(1883)

    def act():
        other = talk(lab.router, """
one = Talk(HOST).connect("meter")
for turn in range(8):
    one.publish("test/meter", str(turn), qos=1)
    one.wait(0.5)
one.goodbye()
""")
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("test-133").subscribe("test/topic", qos=1)
    one.publish("test/topic", '{"message":"Hello world!","sequence":%d}' % turn, qos=1, retain=1)
    one.wait(0.4)
    assert not lives(one)
    time.sleep(0.3)
""")
        staged(app.wait(9) == 0, text_of(app))
        staged(other.wait(9) == 0, text_of(other))
    return seen(lab, "drops", act)


@reported(GITHUB + "blakeblackshear/frigate/issues/8083 frigate.comms.mqtt: Unable to publish to stats: client is not "
          "connected",
          r"mosquitto", r"resol|look(ed)? up|\bDNS\b|\bname\b.{0,80}(not|unknown|exist|find|found)|no (such|address)|"
          r"unknown name")
def the_containers_are_in_two_networks(lab):
    """True: a container's name is known within one docker network only, and these two share none. An expert: the name
    mosquitto does not resolve here."""
    dnsmasq(lab.router)
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="mosquitto", not_=True)
    return doctor(lab.phone, "mosquitto:1883")


@reported(GITHUB + "blakeblackshear/frigate/issues/3989 Won't start, [Errno 113] No route to host, after mqtt address "
          "change",
          r"unreach|no route|route|\boff\b|\bdown\b|(no|not|nobody|nothing|no one).{0,60}(answer|there|reach|address)|"
          r"(wrong|old|other|another) (address|IP)", r"address|host|machine|network|subnet|firewall",
          r"address.{0,40}(wrong|old|other|right|check)|nobody.{0,30}address",
          unsaid=r"something answers")
def frigate_says_errno_113(_):
    """True: it still has the broker's old address, another file was edited. An expert: no machine answers at the
    address that it uses (or a firewall says so): check the address."""
    return said("frigate.app                    INFO    : Starting Frigate (0.11.1-2eada21)\n"
                "frigate.mqtt                   ERROR   : Unable to connect to MQTT server: [Errno 113] No route to "
                "host")


@reported(GITHUB + "openhab/openhab-addons/issues/7337 [mqtt] [homie] Device status not recognized", r"\$status",
          r"\$state|subscri|listen|nobody|no one|not asked for")
def the_will_goes_to_status_and_state_is_read(lab):
    """True: a slip in the device's own program: its last will goes to $status, Homie's topic is $state. An expert:
    the will is published to a topic to which nobody subscribes."""
    process = mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "openhab", "-v", "-t", "homie/lamp/$state", "-t", "homie/lamp/$name", "-t",
                           "homie/lamp/+/+")
        time.sleep(0.4)
        app = talk(lab.phone, """
one = Talk(HOST).connect("homie-lamp", will=("homie/lamp/$status", "lost", 1))
one.publish("homie/lamp/$name", "Lamp", retain=1)
one.publish("homie/lamp/$state", "ready", retain=1)
one.subscribe("homie/lamp/light/on/set")
for turn in range(3):
    one.publish("homie/lamp/light/on", "true", retain=1)
    one.wait(0.6)
one.reset()
""")
        app.wait(9)
        time.sleep(2)
        staged("lost" not in text_of(heard) and "ready" in text_of(heard), text_of(heard))
    answer = seen(lab, "shown-online", act)
    staged(count("homie/lamp/$status", process), text_of(process))
    return answer


# ---- 21 to 25 --------------------------------------------------------------------------------------


@reported(GITHUB + "fighter-lee/EasyMqtt/issues/5 连不上", r"\b1883\b",
          r"(nothing|nobody|no (broker|program|service|one)).{0,60}(listen|run)|not (running|started|up)|refus")
def it_was_the_server_indeed(lab):
    """True: the broker does not run. An expert: the machine is there, and nothing listens at 1883."""
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(GITHUB + "hannesa2/paho.mqtt.android/issues/319 Unable to connect to server : ECONNREFUSED (Connection "
          "refused)",
          r"localhost|127\.0\.0\.1|loopback|0\.0\.0\.0",
          r"itself|\bown\b|this (device|machine|phone)|the (phone|emulator|device)|emulator|10\.0\.2\.2|elsewhere|"
          r"(another|other) (machine|host|device|computer)")
def android_says_refused_at_0_0_0_0(_):
    """True: tcp://0.0.0.0:1883 is the phone itself, where no broker runs. An expert: the app asks the phone; give the
    broker's address."""
    return said("Unable to connect to server token: Unable to connect to server (32103) - java.net.ConnectException: "
                "failed to connect to localhost/127.0.0.1 (port 1883) from /127.0.0.1 (port 46218) after 30000ms: "
                "isConnected failed: ECONNREFUSED (Connection refused)")


@reported(GITHUB + "DrmagicE/gmqtt/issues/125 mqtt客户端连接服务端失败", r"version|protocol level|MQIsdp|MQTT 3\.1\b",
          r"not|refus|support|unaccept|unknown|only")
def the_app_speaks_mqtt_3_1(lab):
    """True: the broker did not know MQTT 3.1 yet, and the app's library begins with it. An expert: the CONNECT of
    level 3 (MQIsdp) is refused with code 1, a version that the broker does not support."""
    scripted(lab.server, BEHIND, "broker", "versions=4,5", "other=old")
    proved(lab.phone, "-p", str(BEHIND))

    def act():
        for turn in range(3):
            app = talk(lab.phone, """
one = Talk(HOST)
one.send(0x10, text("MQIsdp") + bytes([3, 2, 0, 20]) + text("Mqtt_MyClientUniqueId"))
one.wait(0.3)
sys.exit(one.heard != bytes.fromhex("20020001"))
""")
            staged(app.wait(5) == 0, text_of(app))
    return listen(lab, act, patience=3)


@reported(MOSQUITTO + "2012 添加ip地址无法连接？", LOOPBACK, r"listen")
def started_by_hand_it_serves_localhost(lab):
    """True: mosquitto 2 that was started without a configuration serves its own machine only. An expert: it listens
    at 127.0.0.1 alone; add a listener, and say who is let in."""
    lab.server.serve("mosquitto", "mosquitto", "-v", ready=1883)
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, at=SERVER, not_=True)
    return on_broker(lab, AT)


@reported(GITHUB + "rpdswtk/vsmqtt/issues/177 Not able to connect to an external broker",
          LOOPBACK, r"listen|1883")
def by_localhost_it_works_and_by_address_not(lab):
    """True: the same, seen by an editor's extension on the broker's own laptop, which asks at the laptop's address.
    An expert: the broker listens at localhost alone, the file needs listener 1883."""
    mosquitto(lab.server, listener=None)
    proved(lab.server, at="localhost")
    proved(lab.server, at=SERVER, not_=True)
    return doctor(lab.server, AT)


@reported(GITHUB + "tuanpmt/esp_mqtt/issues/8 Does not connect to Mosquitto broker ?", r"\bTLS\b", PLAIN + "|8883")
def the_example_has_ssl_switched_on(lab):
    """True: the ESP8266's example speaks TLS, the broker's port does not. An expert, who listens in front of the
    broker: TLS is spoken to the port for plain MQTT."""
    broker(lab)
    proved(lab.phone, "-p", str(BEHIND))

    def act():
        told = hello(lab, 1883)
        staged("no peer certificate available" in told, told)
    return listen(lab, act, patience=3)


@reported(GITHUB + "bruhautomation/ESP-MQTT-JSON-Multisensor/issues/51 Can't connect to MQTT Server?", r"http",
          r"mqtt://|scheme|without|instead|web|leave|not (a|an|MQTT|known|under)|only")
def http_stands_before_the_address(lab):
    """True: http:// was typed in front of the broker's address. An expert: that is no address of an MQTT broker;
    leave http:// away."""
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at=f"http://{SERVER}", not_=True)
    return on_one_line(doctor(lab.phone, f"http://{SERVER}"))


@reported(GITHUB + "xuhongv/WeChatMiniEsp8266/issues/2 微信小程序模拟器可以连接上，真机还是连接不上", HEALTHY)
def the_mini_programs_domain_is_not_on_its_list(lab):
    """True: the broker is right; the domain must be entered as a legal one in the mini program's back office. An
    expert: from here all works."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server, *tls_lines("good", 443, "protocol websockets"), ready=443)
    app = python(lab.phone, """import socket, ssl
link = ssl.create_default_context(cafile=sys.argv[1]).wrap_socket(socket.create_connection(("broker.test", 443)),
                                                                  server_hostname="broker.test")
link.sendall(b"GET /mqtt HTTP/1.1\\r\\nHost: broker.test\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Protocol: mqtt\\r\\n"
             b"Sec-WebSocket-Version: 13\\r\\n\\r\\n")
sys.exit(b" 101 " not in link.recv(4096))
""", ca())
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, "wss://broker.test:443/mqtt", "--cafile", ca())


# ---- 26 to 30 --------------------------------------------------------------------------------------


@reported("https://blog.youkuaiyun.com/apple_70049717/article/details/146361542 解决mqtt有时候收不到消息",
          r"clean|session|persist", r"away|offline|absen|not connected|meanwhile|kept|keep|stor|discard|forg|gone|"
          r"ended|lost|queue")
def each_session_begins_anew(lab):
    """True: cleanSession is true, so the broker keeps nothing for the app while it is away. An expert: connect with
    clean session off, a lasting identifier and QoS 1."""
    process = mosquitto(lab.server)

    def act():
        for turn in range(3):
            app = talk(lab.phone, """
one = Talk(HOST).connect("uniapp_7731").subscribe("order/notice", qos=1)
one.answer(1)
one.goodbye()
""")
            time.sleep(0.8)
            sent(lab, "order/notice", "-q", "1", "-i", "shop", "-m", f"here-{turn}")
            app.wait(9)
            sent(lab, "order/notice", "-q", "1", "-i", "shop", "-m", f"away-{turn}")
            time.sleep(0.3)
    answer = seen(lab, "missed-while-away", act)
    staged(count("Sending PUBLISH to uniapp_7731", process) == 3, text_of(process))
    return answer


@reported(GITHUB + "eclipse-paho/paho.mqtt.java/issues/1001 java client always disconnect and reconnect",
          r"client.?id|identifier|\bID\b|same name", r"\btwo\b|both|another|\bother\b|\bsame\b|twice|each other|"
          r"taken over|already|share|second", slowest=20)
def two_instances_of_a_service_share_an_identifier(lab):
    """True: several clients have one client_id, and put each other out. An expert reads it in the log: "already
    connected, closing old connection", from two addresses."""
    log = configured(lab, "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    for host in (lab.phone, lab.router):
        talk(host, """
while True:
    one = Talk(HOST).connect("order-service")
    one.subscribe("orders/#")
    while lives(one):
        time.sleep(0.05)
    time.sleep(0.6)
""")
    end = time.monotonic() + 9
    while pathlib.Path(log).read_text().count("order-service already connected") < 5 and time.monotonic() < end:
        time.sleep(0.1)
    staged(pathlib.Path(log).read_text().count("order-service already connected") >= 5, pathlib.Path(log).read_text())
    return there(lab, "drops")


@reported(GITHUB + "andrewjfreyer/monitor/issues/234 Mqtt is connecting and disconnecting all the time", HEALTHY,
          slowest=20)
def a_script_that_connects_for_each_message(lab):
    """True: the shell script calls mosquitto_pub for each message, so each has a connection and an identifier of its
    own. An expert: as meant; nothing is lost."""
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "home-assistant", "-v", "-t", "monitor/#")
        time.sleep(0.4)
        for turn in range(12):
            sent(lab, "monitor/kitchenble/phone", "-i", f"kitchenble{24950 + 13 * turn}", "-m",
                 '{"confidence":"%d"}' % (100 - turn), host=lab.phone)
            time.sleep(0.3)
        staged(count("confidence", heard) == 12, text_of(heard))
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "TencentCloud/tencentcloud-iot-sdk-embedded-c/issues/29 使用SSL认证失败，直接使用的是mqtt_sample", r"certificate",
          r"(name|address|\bCN\b).{0,120}(match|not|differ|other|cover|wrong)|(not|no|other|wrong).{0,60}"
          r"(name|address)|mismatch")
def mbedtls_says_four(_):
    """True: mbedtls's flag 0x04 says that the certificate's name is not the one that was connected to, here an
    address. An expert: the server's certificate does not name 10.1.8.142."""
    return said("DBG|2020-06-11 16:18:02|HAL_TLS_mbedtls.c|HAL_TLS_Connect(257): Connecting to /10.1.8.142/8883...\n"
                "INF|2020-06-11 16:18:02|HAL_TLS_mbedtls.c|_dtls_debug(199): [mbedTLS]:[ssl_tls.c]:[4454]: "
                "x509_verify_cert() returned 4 (-0xfffffffc)\n"
                "ERR|2020-06-11 16:18:02|HAL_TLS_mbedtls.c|HAL_TLS_Connect(264): mbedtls_ssl_handshake failed returned "
                "0x0004\n"
                "ERR|2020-06-11 16:18:02|mqtt_client.c|IOT_MQTT_Construct(108): mqtt connect with id:  failed: -1001")


@reported(GITHUB + "IoTSharp/mqttclient/issues/86 tls验证openssl CA证书失败", r"certificate",
          r"(name|address|\bSAN|subjectAltName).{0,120}(match|not|differ|other|cover|hold|contain)|mismatch|"
          r"(made out|issued) (to|for)|(not|no).{0,60}(name|address)", unsaid=r"(has |is |certificate )expired|ran out")
def the_certificate_has_a_name_that_nobody_types(lab):
    """True: the certificate of one's own authority names MyEMQX, and the app connects to the address, which the
    library compares. An expert: it is trusted, and made out to another name."""
    own = issued(lab, "own", "MyEMQX", "basicConstraints=CA:FALSE\nsubjectAltName=DNS:MyEMQX\n")
    mosquitto(lab.server, *tls_lines(own), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), "--insecure")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@reported("https://blog.gitcode.com/c6beaecef67d9e8b54fd74b6a029777d.html MQTT.js客户端连接超时问题分析与解决方案",
          r"keep.?alive", r"ping|silen|nothing|quiet|in time|sends?\b|sent|exceed|too (long|late)",
          r"what (it|the client) (hears|receives)|messages (came|were sent) to it|does not count", slowest=20,
          unsaid=r"blocked or the phone sleeps")
def what_it_hears_puts_off_its_ping(lab):
    """True: MQTT.js 5.5.5 put its ping off with each message that came, so that who only hears never sends one and is
    put out. An expert: within one and a half keep alives the client sent nothing; what the broker sends does not
    count."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("mqttjs_5c1f0a2e", keep_alive=2).subscribe("z2m/#")
    while lives(one):
        one.wait(0.1)
    time.sleep(0.3)
""")
        feed = talk(lab.router, """
one = Talk(HOST).connect("z2m")
for turn in range(60):
    one.publish("z2m/plug", '{"power":%d}' % turn)
    one.wait(0.3)
one.goodbye()
""")
        staged(app.wait(20) == 0, text_of(app))
        feed.kill()
        feed.wait()
    answer = seen(lab, "drops", act)
    staged(count("mqttjs_5c1f0a2e has exceeded timeout", process) >= 2, text_of(process))
    staged(count("Sending PUBLISH to mqttjs_5c1f0a2e", process) > 15, text_of(process))
    return answer


AGAIN = r"again|anew|afresh|reconnect|came back|comes back|(new|second) connection|no longer|clean|session|since then"


@reported(GITHUB + "emqx/MQTTX/issues/923 断开重连订阅失效", r"subscri", AGAIN)
def mqttx_was_told_not_to_subscribe_again(lab):
    """True: auto resubscribe is off, and the session is clean. An expert: behind the reconnect no SUBSCRIBE comes."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mqttx_0bea29f1").subscribe("testtopic/1")
one.answer(1.2)
one.goodbye()
time.sleep(0.3)
one = Talk(HOST).connect("mqttx_0bea29f1")
for turn in range(5):
    one.answer(0.7)
    one.send(0xC0, b"")
""")
        time.sleep(0.6)
        for turn in range(9):
            sent(lab, "testtopic/1", "-i", "device", "-m", f"value-{turn}")
            time.sleep(0.4)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(1 <= count("Sending PUBLISH to mqttx_0bea29f1", process) <= 4, text_of(process))
    return answer


@reported(GITHUB + "emqx/MQTTX/issues/923 断开重连订阅失效 (mended)", HEALTHY)
def mqttx_subscribes_again_each_time(lab):
    """True: auto resubscribe is on; its user presses connect and disconnect. An expert: all is well."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("mqttx_0bea29f1").subscribe("testtopic/1")
    one.answer(1.2)
    one.goodbye()
    time.sleep(0.3)
""")
        for turn in range(12):
            sent(lab, "testtopic/1", "-i", "device", "-m", f"value-{turn}")
            time.sleep(0.4)
        staged(app.wait(9) == 0, text_of(app))
    path = captured(lab, lab.server, act)
    staged(count("Sending PUBLISH to mqttx_0bea29f1", process) >= 6, text_of(process))
    return explain(path)


@reported(GITHUB + "tx7do/kratos-transport/issues/57 MQTT断线后重连，订阅消息无法恢复", r"subscri", AGAIN, slowest=20)
def a_go_service_came_back_without_its_topics(lab):
    """True: WithCleanSession(true), and the library subscribes once in its life. An expert reads it in the broker's
    log: behind its second connection the client sent no SUBSCRIBE, and nothing is sent to it since."""
    log = configured(lab, "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    talk(lab.phone, """
one = Talk(HOST).connect("ack-service", keep_alive=4).subscribe("device/+/ack")
one.answer(1.2)
one.reset()
time.sleep(0.5)
one = Talk(HOST).connect("ack-service", keep_alive=4)
while True:
    one.answer(1)
    one.send(0xC0, b"")
""")
    time.sleep(0.5)
    for turn in range(10):
        sent(lab, "device/17/ack", "-i", "device-17", "-m", '{"ok":true}')
        time.sleep(0.4)
    text = pathlib.Path(log).read_text()
    staged(text.count("as ack-service") == 2 and text.count("Received SUBSCRIBE from ack-service") == 1, text)
    staged(1 <= text.count("Sending PUBLISH to ack-service") <= 4, text)
    return there(lab, "nothing-arrives", "-t", "device/+/ack")
