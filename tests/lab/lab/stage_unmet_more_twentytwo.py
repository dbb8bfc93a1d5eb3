"""Never met, the twenty-second batch, its second part: twice, late, shown wrongly, no reaction, unreadable, in a circle, as
people told of them."""
import pathlib
import time

from .cases import explain
from .net import ROUTER_SERVER, SERVER
from .reported import reported
from .services import mosquitto
from .stage_unmet_eighteen import python, sent
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, read, staged, subscriber
from .stage_unmet_twentytwo import asked, seen, talk

# ---- twice, and late ------------------------------------------------------------------------------


def deaf(host):
    """Nothing reaches it any more."""
    host.nft("in drop")


def hears(host):
    host.run("nft", "delete", "table", "inet", "f")


@reported(GITHUB + "owntracks/ios/issues/85 Duplicate messages", r"acknowledg|PUBACK|QoS ?1|at least once",
          r"again|resen|repeat|\bDUP\b|twice|once more|two times", slowest=20)
def the_acknowledgement_did_not_reach_the_phone(lab):
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "webapp", "-q", "1", "-t", "owntracks/#")
        for turn in range(2):
            phone = talk(lab.phone, f"""
one = Talk(HOST).connect("iphone", clean=False)
one.wait(0.8)
one.publish("owntracks/me/iphone", "tst-{turn}", qos=1, packet={7 + turn})
one.wait(1.4)
one.reset()
time.sleep(0.8)
one = Talk(HOST).connect("iphone", clean=False)
one.publish("owntracks/me/iphone", "tst-{turn}", qos=1, dup=1, packet={7 + turn})
one.answer(1)
one.goodbye()
""")
            time.sleep(0.9)
            deaf(lab.phone)
            time.sleep(1.8)
            hears(lab.phone)
            phone.wait(9)
        staged(count("tst-0", heard) == 2 and count("tst-1", heard) == 2, pathlib.Path(heard.log).read_text())
    return seen(lab, "twice", act)


# One copy for each connection, to each connection.
COPIES = """from talk import *
readers = []
def answers(broker, link, about, first, body):
    if first >> 4 == 8:
        readers.append(link)
    if first >> 4 == 3:
        for reader in list(readers):
            for _ in readers:
                try: reader.sendall(bytes([first & 0xF0, len(body)]) + body)
                except OSError: pass
    return usual(broker, link, about, first, body)
Broker(answers).run()
"""


@reported(GITHUB + "FraunhoferIOSB/FROST-Server/issues/8 Receiving messages twice when more than 1 MQTT client are connected",
          r"broker|server", r"twice|2 (times|copies)|two (times|copies)|more than once|double|duplicat|several times|again")
def a_copy_for_each_client_to_each_client(lab):
    python(lab.server, COPIES)
    lab.server.wait_for_port(1883)

    def act():
        heard = [subscriber(host, name, "-t", "v1.0/Datastreams(1)/Observations") for host, name in
                 ((lab.router, "w00132"), (lab.phone, "mqttfx"))]
        time.sleep(0.6)
        for result in range(5):
            sent(lab, "v1.0/Datastreams(1)/Observations", "-i", "sensor", "-m", '{"result":2%d.5}' % result)
            time.sleep(0.4)
        staged(all(count("result", one) == 10 for one in heard), "not twice")
    return seen(lab, "twice", act)


@reported(GITHUB + "knolleary/pubsubclient/issues/954 Delay in receiving payloads", r"\bown\b|itself|\bback\b",
          r"#|subscri|filter|every topic|everything|wildcard", slowest=20)
def the_thermostat_listens_to_itself(lab):
    """It reads one message each round and sends two; a command stands in line behind its own."""
    mosquitto(lab.server)

    def act():
        thermostat = talk(lab.phone, """
one = Talk(HOST).connect("thermostat").subscribe("#")
data = one.heard[9:]
for turn in range(70):
    one.publish("thermostat/temperature", f"21.{turn}")
    one.publish("thermostat/time", str(turn))
    one.link.settimeout(0.01)
    try: data += one.link.recv(65536)
    except OSError: pass
    packet = one.first_packet(data)
    if packet:
        data = data[len(packet[0]) + len(packet[1]):]
        if b"thermostat/set" in packet[1]:
            one.publish("thermostat/state", packet[1][-5:])
    time.sleep(0.12)
one.goodbye()
""")
        state = subscriber(lab.router, "app", "-t", "thermostat/state")
        time.sleep(1)
        for number in (1, 2, 3):
            sent(lab, "thermostat/set", "-i", f"homey-{number}", "-m", f"set-{number}")
            time.sleep(0.9)
            staged(number == 1 or not count(f"set-{number}", state), "it was in time")
            time.sleep(0.6)
        thermostat.wait(15)
        staged(count("set-1", state) and count("set-2", state), pathlib.Path(state.log).read_text())
    return seen(lab, "late", act)


# ---- shown offline, shown online ------------------------------------------------------------------


@reported(GITHUB + "jagheterfredrik/wallbox-mqtt-bridge/pull/107 periodically republish availability=online to defeat LWT race "
          "on reconnect", r"\bwills?\b|LWT|testament",
          r"\bold\b|previous|earlier|former|\bfirst\b|\blate|stale|(an)?other connection|before|after", slowest=20)
def the_old_connections_will_comes_last(lab):
    process = mosquitto(lab.server)

    def act():
        status = subscriber(lab.router, "home-assistant", "-v", "-t", "wallbox_1/availability")
        talk(lab.phone, """
will = ("wallbox_1/availability", "offline", 1)
old = Talk(HOST).connect("auto-CE47DBBB", keep_alive=3, will=will)
old.publish("wallbox_1/availability", "online", retain=1)
for _ in range(2):
    old.wait(1)
    old.send(0xC0, b"")
time.sleep(2.8)
new = Talk(HOST).connect("auto-CB4DAA80", keep_alive=3, will=will)
new.publish("wallbox_1/availability", "online", retain=1)
for _ in range(20):
    new.wait(1)
    new.send(0xC0, b"")
    new.publish("wallbox_1/power", "11.2")
""")
        time.sleep(12)
        staged(pathlib.Path(status.log).read_text().split()[1::2] == ["online", "online", "offline"],
               pathlib.Path(status.log).read_text())
    answer = seen(lab, "shown-offline", act)
    staged(read(lab.router, "-t", "wallbox_1/availability") == ["offline"], "it is shown online")
    staged(not count("auto-CB4DAA80 has exceeded", process), "the new one is gone, too")
    return answer


@reported(GITHUB + "technyon/nuki_hub/issues/166 Reflect device status in home assistant entity",
          r"availab|\bavty|\bwills?\b|LWT|ConnectionState", r"subscri|listen|nobody|no one|config|discovery", slowest=20)
def the_configuration_names_no_availability(lab):
    mosquitto(lab.server)

    def act():
        ha = subscriber(lab.router, "home-assistant", "-v", "-t", "homeassistant/#", "-t", "nuki/lock/state")
        talk(lab.phone, """
hub = Talk(HOST).connect("nukihub", keep_alive=2, will=("nuki/maintenance/mqttConnectionState", "offline", 1))
hub.publish("nuki/maintenance/mqttConnectionState", "online", retain=1)
hub.publish("homeassistant/lock/2b1c/smartlock/config", '{"name":"Nuki","uniq_id":"2b1c_lock","cmd_t":"nuki/lock/action",'
            '"stat_t":"nuki/lock/state","dev":{"ids":["nuki_2b1c"],"name":"Nuki","mf":"Nuki"}}', retain=1)
hub.subscribe("nuki/lock/action")
for _ in range(3):
    hub.publish("nuki/lock/state", "locked")
    hub.wait(0.9)
time.sleep(60)
""")
        time.sleep(3.6)
        lab.phone.nft("out drop", "in drop")
        time.sleep(9)
        staged(count("locked", ha) == 3 and not count("offline", ha), pathlib.Path(ha.log).read_text())
    answer = seen(lab, "shown-online", act)
    staged(read(lab.router, "-t", "nuki/maintenance/mqttConnectionState") == ["offline"], "no will came")
    return answer


@reported(GITHUB + "micropython/micropython-lib/issues/304 umqtt last will is not sent",
          r"keep.?alive.{0,60}(\b0\b|zero|none|\boff\b|disabled)|(without|\bno\b|never|\boff\b|\b0\b).{0,40}keep.?alive",
          slowest=20)
def the_power_goes_and_nobody_notices(lab):
    """umqtt asks for no keep alive unless it is told to."""
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "dashboard", "-v", "-t", "status", "-t", "home/#")
        talk(lab.phone, """
one = Talk(HOST).connect("nodemcu", keep_alive=0, will=("status", "disconnected", 1)).subscribe("home/led/#")
one.publish("status", "connected", retain=1)
for _ in range(3):
    one.publish("home/temperature", "21.5")
    one.wait(0.8)
time.sleep(60)
""")
        time.sleep(2.6)
        lab.phone.nft("out drop", "in drop")
        for _ in range(3):
            time.sleep(3)
            sent(lab, "home/led/set", "-i", "panel", "-m", "on")
    answer = seen(lab, "shown-online", act)
    staged(read(lab.router, "-t", "status") == ["connected"], "the will came")
    return answer


# ---- no reaction ----------------------------------------------------------------------------------

SONOFF = """
one = Talk(HOST).connect("DVES_4C1A0F", keep_alive=15, will=("tele/%s/LWT", "Offline", 1))
one.subscribe("cmnd/%s/#", "cmnd/sonoffs/#")
one.publish("tele/%s/LWT", "Online", retain=1)
"""


@reported(GITHUB + "arendst/Tasmota/issues/394 Sonoff Dont Receive MQTT messages", r"stat/sonoff1/POWER",
          r"cmnd|subscri|listen|nobody|no one|filter|match")
def what_the_plug_says_is_sent_to_it(lab):
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "mqttfx", "-v", "-t", "stat/sonoff1/+", "-t", "tele/sonoff1/+")
        talk(lab.phone, SONOFF.replace("%s", "sonoff1") + """
one.publish("stat/sonoff1/POWER", "ON")
one.wait(0.7)
one.publish("stat/sonoff1/POWER", "OFF")
for _ in range(20):
    one.wait(1)
    one.publish("tele/sonoff1/STATE", '{"POWER":"OFF"}')
""")
        time.sleep(1.7)
        for payload in ("ON", "OFF", "ON"):
            sent(lab, "stat/sonoff1/POWER", "-i", "mqttfx-out", "-m", payload)
            time.sleep(1)
    answer = seen(lab, "no-reaction", act)
    staged(not count("Sending PUBLISH to DVES_4C1A0F", process), "it got one")
    return answer


@reported(GITHUB + 'arendst/Tasmota/issues/1234 sending topic/cmnd/power 1 returns {"Command":"Unknown"}', r"power 1",
          r"payload|empty|blank|space|value|content|nothing in")
def the_value_stands_in_the_topic(lab):
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "mqttfx", "-v", "-t", "stat/sonoff/#")
        talk(lab.phone, SONOFF.replace("%s", "sonoff") + """
done = 0
for _ in range(60):
    one.wait(0.2)
    while one.heard.count(b"cmnd/sonoff/power") > done:
        done += 1
        known = one.heard.split(b"cmnd/sonoff/power")[done][:1] not in (b" ", b"%")
        one.publish("stat/sonoff/RESULT", '{"POWER":"OFF"}' if known else '{"Command":"Unknown"}')
""")
        time.sleep(0.8)
        for topic in ("cmnd/sonoff/power", "cmnd/sonoff/power 1", "cmnd/sonoff/power 1", "cmnd/sonoff/power on"):
            sent(lab, topic, "-i", "mqttfx-out", "-n")
            time.sleep(0.8)
    answer = seen(lab, "no-reaction", act)
    staged(count("Sending PUBLISH to mqttfx (d0, q0, r0, m0, 'stat/sonoff/RESULT', ... (21 bytes))", process) == 3, process.log)
    return answer


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/22997 zigbee2mqtt does not respond to the MQTT topic", r"zigbee2mqtt/lamp/status",
          r"subscri|listen|nobody|no one|/set\b|filter|match")
def sent_to_a_topic_that_nobody_reads(lab):
    process = mosquitto(lab.server)

    def act():
        subscriber(lab.router, "iobroker", "-v", "-t", "zigbee2mqtt/lamp")
        talk(lab.phone, """
one = Talk(HOST).connect("mqttjs_z2m", will=("zigbee2mqtt/bridge/state", "offline", 1))
one.subscribe("zigbee2mqtt/+/set", "zigbee2mqtt/+/set/+", "zigbee2mqtt/+/get", "zigbee2mqtt/bridge/request/#")
one.publish("zigbee2mqtt/bridge/state", "online", retain=1)
for _ in range(8):
    one.publish("zigbee2mqtt/lamp", '{"state":"OFF","linkquality":78}')
    one.wait(1)
""")
        time.sleep(1)
        for payload in ("on", "off", "on", "off"):
            sent(lab, "zigbee2mqtt/lamp/status", "-i", "iobroker-out", "-m", payload)
            time.sleep(0.8)
    answer = seen(lab, "no-reaction", act)
    staged(not count("Sending PUBLISH to mqttjs_z2m", process), "it got one")
    return answer


@reported(GITHUB + "xoseperez/espurna/issues/495 No Response to MQTT topic", r"/quinled01/relay/0/set",
          r"slash|leading|begin|in front|first level|empty level|starts? with")
def the_root_has_no_slash(lab):
    mosquitto(lab.server)
    heard = subscriber(lab.router, "quinled01", "-t", "quinled01/relay/0/set")
    time.sleep(0.5)
    sent(lab, "/quinled01/relay/0/set", "-m", "1")
    time.sleep(0.5)
    staged(not pathlib.Path(heard.log).read_text(), "it came")
    heard.terminate()
    heard.wait()
    return asked(lab, "no-reaction", "-t", "quinled01/relay/0/set", "--sent-to", "/quinled01/relay/0/set")


@reported(GITHUB + "knolleary/pubsubclient/issues/765 Changing MQTT_MAX_PACKET_SIZE has no effect",
          r"larger?\b|longer|\blong\b|bigger|\bbig\b|MAX_PACKET|buffer",
          r"buffer|MAX_PACKET|answer|react|carr|\btake|never|limit|more than|respon|repl")
def small_ones_are_answered_and_large_ones_not(lab):
    mosquitto(lab.server)

    def act():
        state = subscriber(lab.router, "raspberry", "-v", "-t", "esp/state")
        talk(lab.phone, """
one = Talk(HOST).connect("ESP8266Client").subscribe("esp/set")
data, number = one.heard[9:], 0
while True:
    one.link.settimeout(20)
    data += one.link.recv(65536)
    while packet := one.first_packet(data):
        data = data[len(packet[0]) + len(packet[1]):]
        if packet[0][0] >> 4 == 3 and len(packet[0]) + len(packet[1]) <= 128:
            number += 1
            one.publish("esp/state", f"done-{number}")
""")
        time.sleep(0.8)
        for size in (40, 180, 60, 90, 240, 100, 300, 50, 150, 80):
            payload = '{"scene":"evening","steps":"' + "r" * (size - 30) + '"}'
            sent(lab, "esp/set", "-i", "node-red", "-m", payload)
            time.sleep(0.6)
        staged(count("done-", state) == 6, pathlib.Path(state.log).read_text())
    return seen(lab, "no-reaction", act)


# ---- unreadable -----------------------------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/323 Max size for payload?", r"JSON",
          r"\bcut\b|truncat|incomplete|\bends?\b|brace|unfinished|not (valid|whole|complete)|broken|clos|shorter|half")
def its_length_is_kept_in_one_byte(lab):
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "influx", "-t", "mega/#")
        talk(lab.phone, """
one = Talk(HOST).connect("mega2560")
for turn in range(5):
    payload = '{"name":"mega","turn":%d,"values":[' % turn + ",".join(str(20 + i / 4 + turn) for i in range(60)) + "]}"
    one.publish("mega/all", payload[:len(payload) & 255])
    one.publish("mega/one", '{"turn":%d}' % turn)
    one.wait(0.6)
one.goodbye()
""", seconds=9)
        lines = pathlib.Path(heard.log).read_text().splitlines()
        staged(len(lines) == 10 and not lines[0].endswith("}"), lines)
    return seen(lab, "unreadable", act)


@reported(GITHUB + "mqttjs/MQTT.js/issues/727 Can't figure out how to get JSON to save in the database.", r"JSON|quot",
          r"invalid|\bno(t)? (valid |proper )?JSON|quot|broken|malformed|cannot be (read|parsed)|not be parsed")
def text_without_its_quotes(lab):
    mosquitto(lab.server)

    def act():
        subscriber(lab.router, "mqttjs_db", "-t", "meters/+")
        time.sleep(0.4)
        for number in range(5):
            sent(lab, f"meters/{number}", "-i", "esp-meter", "-m", "{ \"serial\": SN00%d, \"status\": OK }" % number)
            time.sleep(0.4)
    return seen(lab, "unreadable", act)


# ---- in a circle ----------------------------------------------------------------------------------


def two_bridges(lab, topic, *words):
    """Each broker has a bridge to the other."""
    far = mosquitto(lab.router, "connection b-to-a", f"address {SERVER}:1883", f"topic {topic}", *words, name="far.conf")
    near = mosquitto(lab.server, "connection a-to-b", f"address {ROUTER_SERVER}:1883", f"topic {topic}", *words)
    end = time.monotonic() + 8
    while time.monotonic() < end and not (count("CONNACK on connection", near) and count("CONNACK on connection", far)):
        time.sleep(0.1)
    return near


@reported(GITHUB + "nanomq/nanomq/issues/1733 infinite loop messages with bridges over tcp", r"bridge|circle|loop|brokers",
          r"again|\bback\b|endless|circle|loop|round|both (ways|directions|sides)", unsaid=r"reconnect|connects again")
def both_ways_over_two_bridges(lab):
    near = two_bridges(lab, "topic/# both 0", "restart_timeout 1")

    def act():
        sent(lab, "topic/myapp", "-i", "app", "-m", "once", host=lab.phone)
        time.sleep(1)
        near.terminate()
        near.wait()
    path = captured(lab, lab.server, act)
    staged(count("topic/myapp", near) > 20, count("topic/myapp", near))
    return explain(path, "--symptom", "unwanted")


@reported(GITHUB + "vernemq/vernemq/issues/419 vmq_bridge not detecting loops", r"bridge|circle|loop|brokers",
          r"again|\bback\b|endless|circle|loop|round|each other|both (ways|directions|sides)",
          unsaid=r"reconnect|connects again")
def each_hands_on_to_the_other(lab):
    near = two_bridges(lab, "+/+/cmd/+ out 1", "restart_timeout 1")

    def act():
        heard = subscriber(lab.phone, "device-12345", "-v", "-t", "x/y/cmd/12345")
        time.sleep(0.4)
        sent(lab, "x/y/cmd/12345", "-i", "backend", "-q", "1", "-m", "reboot", host=lab.phone)
        time.sleep(1)
        near.terminate()
        near.wait()
        staged(count("reboot", heard) > 5, "it came once")
    return seen(lab, "too-much", act)
