"""What a recorded session meant for people who were connected, and yet did not get what they wanted.

No rule of MQTT is broken in these. Each is written on paper (recorded.py) from what a thread tells, with its right
answer before the doctor was asked; the healthy ones stand in stage_trained_innocents.py."""
from .cases import explain
from .recorded import Recording
from .reported import reported
from .stage_unmet_thirteen import GITHUB


def trained(source, *names, note=False, cause="", **how):
    """A recorded session; `source` is the thread below GITHUB. note: nothing is wrong with it, so that a note is the
    answer, and a warning would be too much. cause: the id that its answer has today."""
    def register(function):
        def stage(lab):
            answer = explain(function(lab).file())
            said = answer.report.get("warnings", [])
            ids = [each["id"] for each in answer.report.get("causes", []) + said]
            if cause and cause not in ids:
                raise RuntimeError(f"{cause} is not among {ids}")
            if note and not any(each["severity"] == "warning" for each in said):
                answer.report["warnings"] = [{**each, "severity": "warning"} for each in said]
            return answer
        stage.__name__ = function.__name__
        stage.__module__ = function.__module__
        return reported(GITHUB + source, *names, **how)(stage)
    return register


# ---- filter and topic ------------------------------------------------------------------------------


@trained("mqttjs/MQTT.js/issues/577 Publishing to a topic with slashes does not work", r"el/rf",
         r"el/#|below|wildcard|level")
def subscribed_to_the_level_above(lab):
    here = Recording(lab)
    here.client("mosqsub").connect().subscribe("el")
    app = here.client("mqttjs_1").connect()
    for _ in range(4):
        app.publish("el/rf", "21")
        here.wait(10)
    return here


@trained("home-assistant/core/pull/331 a trailing slash", r"slash|/ at the end")
def one_slash_too_many_at_the_end(lab):
    here = Recording(lab)
    hass = here.client("hass").connect().subscribe("home/lights/state/1")
    here.client("node").connect().publish("home/lights/state/1/", "ON")
    here.wait(20)
    hass.publish("home/lights/set/1", "OFF")
    here.wait(20)
    return here


@trained("vernemq/vernemq/issues/653 Shared subscribers delivery problem?", r"share", r"publish|topic name|without")
def published_to_the_shared_name(lab):
    here = Recording(lab)
    here.client("worker-1").connect().subscribe("$share/group1/jobs/new", qos=1)
    here.client("worker-2").connect().subscribe("$share/group1/jobs/new", qos=1)
    boss = here.client("boss").connect()
    for _ in range(4):
        boss.publish("$share/group1/jobs/new", "{}", qos=1)
        here.wait(10)
    return here


@trained("emqx/emqx/issues/7505 Shared subscription seems incorrect", r"\$share|shared",
         r"one of|only one|each message|in turn|part", note=True, cause="delivery-shared-turns")
def two_screens_share_one_subscription(lab):
    here = Recording(lab)
    first = here.client("screen-1").connect().subscribe("$share/screens/plant/temp")
    second = here.client("screen-2").connect().subscribe("$share/screens/plant/temp")
    plc = here.client("plc").connect()
    for turn in range(12):
        order = [first, second] if turn % 2 else [second, first]
        here.sessions = {each.name: here.sessions[each.name] for each in (*order, plc)}
        plc.publish("plant/temp", str(20 + turn))
        here.wait(5)
    return here


# ---- the same message more than once ---------------------------------------------------------------


@trained("emqx/MQTTX/issues/1372 Duplicated received messages appear in a subscription",
         r"overlap|both|more than one|several|two (of its )?(filters|subscriptions)", r'"?#', is_long=False)
def everything_and_one_topic(lab):
    here = Recording(lab, copies=True)
    here.client("mqttx_1").connect(v5=True).subscribe("#").subscribe("test")
    other = here.client("sensor").connect()
    for turn in range(5):
        other.publish("test", f"reading {turn}")
        here.wait(10)
    return here


@trained("eclipse-paho/paho.mqtt.java/issues/1068 Duplicate messages if multiple subscription matches",
         r"overlap|both|more than one|several|two (of its )?(filters|subscriptions)", r"root/msg/\+/#")
def two_filters_that_meet_the_same(lab):
    here = Recording(lab, copies=True)
    here.client("Client-01").connect(clean=False).subscribe("root/msg/1/#", qos=1).subscribe("root/msg/+/#", qos=1)
    other = here.client("writer").connect()
    for turn in range(3):
        other.publish("root/msg/1/data", f'{{"n":{turn}}}', qos=1)
        here.wait(15)
    return here


@trained("256dpi/arduino-mqtt/issues/261 onMessage called every time that publish to a topic", r"\bown\b|itself",
         r"subscri", note=True, cause="delivery-own-message")
def what_it_publishes_comes_back(lab):
    here = Recording(lab)
    board = here.client("esp32").connect().subscribe("device/state", qos=1)
    for turn in range(6):
        board.publish("device/state", f"temp {turn}")
        here.wait(10)
    return here


@trained("eclipse-paho/paho.mqtt.c/issues/258 Don't send messages back to publisher", r"\bown\b|itself", r"subscri",
         note=True)
def its_wildcard_brings_its_own_words(lab):
    here = Recording(lab)
    board = here.client("chat-7").connect().subscribe("room/+/say", qos=1)
    other = here.client("chat-9").connect().subscribe("room/+/say", qos=1)
    for turn in range(4):
        board.publish("room/1/say", f"hello {turn}", qos=1)
        here.wait(10)
        other.publish("room/1/say", f"answer {turn}", qos=1)
        here.wait(10)
    return here


# ---- retained --------------------------------------------------------------------------------------


@trained("emsesp/EMS-ESP32/issues/2179 On restart old mqtt commands are re-executed", r"retain",
         r"ems-esp/boiler/cmd|command")
def an_old_command_at_each_start(lab):
    here = Recording(lab)
    here.client("iobroker").connect().publish("ems-esp/boiler/cmd", '{"cmd":"flowtemp","data":55}', retain=True)
    here.wait(3600)
    for _ in range(2):
        device = here.client("ems-esp").connect().subscribe("ems-esp/boiler/cmd")
        here.wait(600)
        device.dies()
        here.wait(20)
    return here


@trained("mr-manuel/venus-os_dbus-mqtt-grid/issues/48 Issue with retained MQTT messages", r"retain",
         r"old|stale|first|kept|before", note=True)
def a_meter_that_has_fallen_silent(lab):
    here = Recording(lab)
    meter = here.client("p1-meter").connect()
    for turn in range(3):
        meter.publish("grid/power", f'{{"power":{400 + turn}}}', retain=True)
        here.wait(5)
    meter.dies()
    here.wait(100)
    for _ in range(4):
        reader = here.client("dbus-mqtt-grid").connect().subscribe("grid/power")
        here.wait(60)
        reader.leave()
        here.wait(3)
    return here


@trained("slespersen/evseMQTT/issues/9 restart home assistant and all entities are Unavailable", r"retain",
         r"availability", is_long=False)
def availability_is_not_retained(lab):
    here = Recording(lab)
    hass = here.client("homeassistant").connect().subscribe("evseMQTT/#")
    evse = here.client("evseMQTT").connect()
    evse.publish("evseMQTT/availability", "online")
    for turn in range(3):
        evse.publish("evseMQTT/state/charge", f'{{"a":{turn}}}')
        here.wait(30)
    hass.leave()
    here.wait(40)
    here.client("homeassistant").connect().subscribe("evseMQTT/#")
    for turn in range(5):
        evse.publish("evseMQTT/state/charge", f'{{"a":{turn}}}')
        here.wait(30)
    return here


@trained("bkbilly/lnxlink/issues/8 Entities unavailable when restarting home assistant", r"retain",
         r"homeassistant/|discovery|config")
def discovery_is_not_retained(lab):
    here = Recording(lab)
    pc = here.client("lnxlink").connect()
    for name in ("cpu", "memory", "disk"):
        pc.publish(f"homeassistant/sensor/lnxlink/{name}/config", f'{{"name":"{name}","state_topic":"lnxlink/{name}"}}', qos=1)
    here.wait(60)
    here.client("hass-2").connect().subscribe("homeassistant/#", qos=1)
    for turn in range(6):
        pc.publish("lnxlink/cpu", str(turn), qos=1)
        here.wait(10)
    return here


@trained("pergolafabio/Hikvision-Addons/issues/362 Entities stay unavailable: retained offline never republished as online",
         r"offline", r"retain", r"online|after (each|every|its|it)|again", cause="delivery-state-stays",
         is_long=False)
def offline_stays_when_it_is_back(lab):
    here = Recording(lab)
    will = ("hmd/door/availability", "offline", 0, True)
    addon = here.client("hikvision").connect(will=will)
    addon.publish("hmd/door/availability", "online", retain=True)
    here.client("homeassistant").connect().subscribe("hmd/#")
    here.wait(300)
    addon.dies()
    here.wait(15)
    addon = here.client("hikvision").connect(will=will)
    for turn in range(6):
        addon.publish("hmd/door/motion", "ON")
        here.wait(30)
    return here


@trained("F1p/Home-Assistant-Mitsubishi-CN105-to-MQTT/issues/60 LWT stuck on offline: birth online published without retain",
         r"retain", r"will|offline", r"MELCloud/LWT")
def the_will_is_retained_and_online_is_not(lab):
    here = Recording(lab)
    will = ("MELCloud/LWT", "offline", 0, True)
    unit = here.client("cn105").connect(will=will)
    unit.publish("MELCloud/LWT", "online")
    here.wait(200)
    unit.dies()
    here.wait(5)
    unit = here.client("cn105").connect(will=will)
    unit.publish("MELCloud/LWT", "online")
    here.wait(60)
    here.client("homeassistant").connect().subscribe("MELCloud/#")
    for turn in range(4):
        unit.publish("MELCloud/temp", str(turn))
        here.wait(30)
    return here


@trained("pinkywafer/PinkyLEDs/issues/6 Last will (LWT) message problem", r"will", r"retain")
def online_is_retained_and_the_will_is_not(lab):
    here = Recording(lab)
    lamp = here.client("PinkyLED").connect(will=("light/LWT", "Offline", 0, False))
    lamp.publish("light/LWT", "Online", retain=True)
    here.wait(600)
    lamp.dies()
    here.wait(60)
    here.client("openhab").connect().subscribe("light/#")
    here.wait(60)
    return here


@trained("mr-manuel/venus-os_dbus-mqtt-grid/issues/48 an empty message with retain was needed to clear it", r"retain",
         r"empty|clear", r"flag|-r\b|with(out)? retain")
def cleared_without_the_retain_flag(lab):
    here = Recording(lab)
    tool = here.client("tool").connect()
    tool.publish("shop/alarm", "fire", retain=True)
    here.wait(100)
    tool.publish("shop/alarm", "")
    here.wait(5)
    for _ in range(2):
        here.client("panel").connect().subscribe("shop/alarm")
        here.wait(30)
        tool.publish("shop/alarm", "")
    return here


# ---- sessions --------------------------------------------------------------------------------------


@trained("influxdata/telegraf/issues/797 persistent session is not working because of random clientId",
         r"identifier|client.?id", r"session|random|each (time|connect)|changes|new one",
         cause="session-identifier-changes")
def a_new_identifier_each_time(lab):
    here = Recording(lab)
    writer = here.client("plc").connect()
    for name in ("Telegraf-Consumer-4kXq9", "Telegraf-Consumer-Zb81w", "Telegraf-Consumer-m20Tt"):
        reader = here.client(name, "198.51.100.77").connect(clean=False).subscribe("sensors/#", qos=2)
        writer.publish("sensors/1", "1", qos=2)
        here.wait(100)
        reader.leave()
        for turn in range(3):
            writer.publish("sensors/1", str(turn), qos=2)
            here.wait(10)
    return here


@trained("moscajs/mosca/issues/730 How to get offline messages after reconnected?", r"QoS 0",
         r"kept|keep|queue|away|absen|offline|in between")
def published_at_qos_0_while_it_was_away(lab):
    here = Recording(lab)
    phone = here.client("phone").connect(clean=False).subscribe("chat/phone", qos=1)
    writer = here.client("app").connect()
    writer.publish("chat/phone", "hello")
    here.wait(30)
    phone.leave()
    for turn in range(4):
        writer.publish("chat/phone", f"are you there {turn}")
        here.wait(20)
    here.client("phone").connect(clean=False)
    here.wait(60)
    return here


@trained("moscajs/mosca/issues/125 problem on receiving offline messages after client reconnect", r"QoS 0",
         r"subscri", r"kept|keep|queue|away|absen|offline|in between")
def subscribed_at_qos_0_and_away(lab):
    here = Recording(lab)
    phone = here.client("c2").connect(clean=False).subscribe("hello", qos=0)
    here.wait(30)
    phone.leave()
    writer = here.client("c1").connect()
    for turn in range(4):
        writer.publish("hello", f"salam {turn}", qos=1)
        here.wait(20)
    here.client("c2").connect(clean=False).subscribe("hello", qos=0)
    here.wait(60)
    return here


@trained("emqx/CocoaMQTT/issues/150 clean session off, subscribed once", r"subscri",
         r"again|after every|each|session had ended|not since")
def the_broker_forgot_and_it_does_not_subscribe(lab):
    here = Recording(lab, forgets=True)
    phone = here.client("ios").connect(clean=False).subscribe("im/ios", qos=1)
    here.wait(30)
    phone.dies()
    here.wait(10)
    here.client("ios").connect(clean=False)
    writer = here.client("server").connect()
    for turn in range(4):
        writer.publish("im/ios", f"hi {turn}", qos=1)
        here.wait(20)
    return here


@trained("eclipse-mosquitto/mosquitto/issues/594 receives the old messages when it connects",
         r"session|kept|queued|while it was away", r"clean|away|absen|persist|kept", note=True)
def a_flood_of_old_messages_after_the_night(lab):
    here = Recording(lab)
    phone = here.client("phone").connect(clean=False).subscribe("alarm/#", qos=1)
    here.wait(30)
    phone.dies()
    writer = here.client("server").connect()
    for turn in range(40):
        writer.publish("alarm/door", f"opened {turn}", qos=1)
        here.wait(600)
    here.client("phone").connect(clean=False).subscribe("alarm/#", qos=1)
    here.wait(60)
    return here


# ---- what is in the message ------------------------------------------------------------------------


@trained("influxdata/telegraf/issues/7536 trailing NULL char in payload causes parse error",
         r"\bNUL\b|zero byte|byte 0|\\0|strlen", cause="delivery-payload-odd", is_long=False)
def a_zero_byte_behind_the_json(lab):
    here = Recording(lab)
    here.client("telegraf").connect().subscribe("sensors/#")
    node = here.client("node").connect()
    for turn in range(4):
        node.publish("sensors/1", b'{"temp":%d}\0' % turn)
        here.wait(10)
    return here


@trained("mlesniew/PicoMQTT/issues/53 about every 5th message comes incomplete", r"JSON",
         r"cut|incomplete|end|whole|complete")
def json_that_ends_in_the_middle(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("meter/#")
    node = here.client("esp8266").connect()
    for turn in range(6):
        whole = f'{{"Batterie":69.631,"LK13BE":{{"Power_total_in":57.65,"Power_curr":{turn}}}}}'
        node.publish("meter/json", whole if turn % 3 else whole[:46])
        here.wait(30)
    return here


@trained("owntracks/recorder/issues/119 ignored if payloads end in CRNL", r"newline|line (feed|break|end)|\\n",
         r"echo|payload|end|behind")
def a_newline_behind_the_state(lab):
    here = Recording(lab)
    here.client("homeassistant").connect().subscribe("camera/#")
    node = here.client("dafang").connect()
    for turn in range(6):
        node.publish("camera/motion", "ON\n" if turn % 2 else "OFF\n")
        here.wait(20)
    return here


@trained("mochi-mqtt/server/issues/126 ResponseTopic and CorrelationData don't seem to work", r"Response Topic",
         r"broker", cause="delivery-response-topic")
def the_broker_drops_the_response_topic(lab):
    here = Recording(lab)
    here.client("server").connect(v5=True).subscribe("test/request")
    asker = here.client("asker").connect(v5=True).subscribe("test/response")
    deliver = here.deliver
    here.deliver = lambda sender, topic, payload, qos, retain, properties=b"", expiry=None: \
        deliver(sender, topic, payload, qos, retain)
    for turn in range(4):
        asker.publish("test/request", "time?", response="test/response", correlation=f"{turn}")
        here.wait(10)
    return here


@trained("emqx/emqtt/issues/195 How set Properties? The other client connects without version 5", r"3\.1\.1",
         r"Response Topic|propert|MQTT 5")
def the_answering_side_speaks_311(lab):
    here = Recording(lab)
    here.client("tlc").connect().subscribe("command/tlc/plan", qos=1)
    asker = here.client("asker").connect(v5=True).subscribe("response/tlc", qos=1)
    for turn in range(4):
        asker.publish("command/tlc/plan", "7", qos=1, response="response/tlc", correlation=f"{turn}")
        here.wait(10)
    return here


# ---- brokers of clouds -----------------------------------------------------------------------------


@trained("Azure/azure-iot-sdk-python/issues/832 Using custom topics and listeners for MQTT on IoT Hub", r"devices/",
         r"Azure|IoT Hub")
def azure_takes_one_topic_only(lab):
    here = Recording(lab, closes_on=("sensors/temp",))
    for _ in range(3):
        device = here.client("dev1").connect(keep_alive=120, user="contoso.azure-devices.net/dev1/?api-version=2021-04-12")
        here.wait(1)
        device.publish("sensors/temp", "21", qos=1)
        here.wait(10)
    return here


@trained("aws/aws-iot-device-sdk-python-v2/issues/260 Publishing to Topics that Violate the AWS IoT Policy",
         r"policy|allow|may (not )?publish", r"home/temp")
def aws_hangs_up_on_a_topic(lab):
    here = Recording(lab, closes_on=("home/temp",))
    for _ in range(3):
        device = here.client("thing1").connect(keep_alive=1200)
        here.wait(2)
        device.publish("home/temp", "21", qos=1)
        here.wait(10)
    return here


# ---- the second harvest ----------------------------------------------------------------------------


@trained("arendst/Tasmota/issues/2424 Switch is off after reconnect wifi/mqtt", r"retain", r"cmnd/sonoff/power|command")
def a_command_it_had_already_carried_out(lab):
    here = Recording(lab)
    sonoff = here.client("sonoff").connect().subscribe("cmnd/sonoff/+")
    here.client("hass").connect().subscribe("stat/#").publish("cmnd/sonoff/power", "OFF", retain=True)
    sonoff.publish("stat/sonoff/POWER", "OFF")
    here.wait(300)
    sonoff.publish("stat/sonoff/POWER", "ON")
    here.wait(600)
    sonoff.dies()
    here.wait(10)
    here.client("sonoff").connect().subscribe("cmnd/sonoff/+").publish("stat/sonoff/POWER", "OFF")
    here.wait(60)
    return here


@trained("moscajs/mosca/issues/210 Missing offline message", r"retain", r"\blast\b|only one|newest", note=True)
def only_the_last_of_four(lab):
    here = Recording(lab)
    writer = here.client("client2").connect()
    for turn in range(4):
        writer.publish("test1", f"I am client2-{turn}.", qos=1, retain=True)
        here.wait(2)
    here.wait(20)
    here.client("client1").connect().subscribe("test1", qos=1)
    here.wait(30)
    return here


@trained("andrewjfreyer/monitor/issues/60 retained when it is online, but not for offline (LWT)", r"will", r"retain")
def every_online_is_retained(lab):
    here = Recording(lab)
    unit = here.client("monitor").connect(will=("monitor/first/status", "offline", 1, False))
    for _ in range(4):
        unit.publish("monitor/first/status", "online", retain=True)
        here.wait(60)
    return here


@trained("Scrin/RuuviBridge/issues/16 Bridge does not resubscribe on broker restart", r"subscri",
         r"session|Session Present|persist")
def after_the_restart_nothing_comes(lab):
    here = Recording(lab, forgets=True)
    bridge = here.client("ruuvibridge").connect(clean=False).subscribe("ruuvi/+", qos=0)
    gateway = here.client("gateway").connect()
    for turn in range(3):
        gateway.publish("ruuvi/aa", f'{{"t":{turn}}}')
        here.wait(10)
    bridge.thrown_out()
    gateway.thrown_out()
    here.wait(5)
    here.client("ruuvibridge").connect(clean=False)
    gateway = here.client("gateway").connect()
    for turn in range(5):
        gateway.publish("ruuvi/aa", f'{{"t":{turn}}}')
        here.wait(10)
    return here


@trained("arendst/Tasmota/issues/5858 duplicate mqtt message", r"twice|more than once|same message",
         r"publish|itself|Boiler")
def the_device_says_it_twice(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("tele/#")
    boiler = here.client("Boiler").connect()
    for turn in range(6):
        for _ in range(2):
            boiler.publish("tele/Boiler/SENSOR", f'{{"Time":"2019-05-24T11:2{turn}:22","ENERGY":{turn}}}')
            here.wait(0.1)
        here.wait(60)
    return here


@trained("moscajs/mosca/issues/147 Duplicate subscribe on same topic causing duplicate publish messages",
         r"twice|2 times|more than once|copies", r"broker|subscrib")
def one_filter_twice_and_two_copies(lab):
    here = Recording(lab)
    reader = here.client("client").connect().subscribe("test_topic", qos=1)
    reader.subscribe("test_topic", qos=1)
    receive = reader.receive
    reader.receive = lambda *what: (receive(*what), receive(*what))
    writer = here.client("writer").connect()
    for turn in range(4):
        writer.publish("test_topic", f"world {turn}")
        here.wait(10)
    return here


@trained("dotnet/MQTTnet/issues/815 handler triggering with duplicate messages", r"retain", r"subscri",
         r"again|each|anew|once more")
def each_new_subscription_brings_the_retained_again(lab):
    here = Recording(lab)
    here.client("mes").connect().publish("BMS/MyMES/Events/a", '{"a":1}', retain=True)
    reader = here.client("managed").connect()
    filters = ["BMS/MyMES/Events", "BMS/MyMES/Events/+"]
    reader.subscribe(*filters)
    for name in ("BMS/MyMES/Get/Groups", "BMS/MyMES/Get/Machines", "BMS/MyMES/Get/Users"):
        here.wait(5)
        filters.append(name)
        reader.subscribe(*filters)
    here.wait(20)
    return here


@trained("mqttjs/MQTT.js/issues/1064 Browserified version converts some payloads to strings", r"Buffer|binary|bytes",
         r"JSON|JavaScript")
def a_buffer_as_json(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("world")
    page = here.client("mqttjs_b").connect()
    for turn in range(3):
        page.publish("world", f'{{"type":"Buffer","data":[165,72,101,108,108,{turn}]}}')
        here.wait(5)
    return here


@trained("netalertx/NetAlertX/issues/702 still shows as \"home\" instead of home", r"quot", note=True)
def home_in_quotation_marks(lab):
    here = Recording(lab)
    here.client("hass").connect().subscribe("netalertx/#")
    scan = here.client("netalertx").connect()
    for turn in range(4):
        scan.publish("netalertx/phone/state", '"home"' if turn % 2 else '"not_home"')
        here.wait(30)
    return here


@trained("moquette-io/moquette/issues/535 Messages are delayed ~1s", r"acknowledg|PUBACK",
         r"\b1(\.\d)? s|slow|late|delay|takes", note=True, cause="delivery-acknowledged-late")
def each_acknowledgement_takes_a_second(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("test", qos=1)
    writer = here.client("writer").connect()
    hears = writer.hears

    def late(first, body):
        if first == 0x40:
            here.now += 1.05
        hears(first, body)
    writer.hears = late
    for turn in range(6):
        writer.publish("test", f"n {turn}", qos=1)
        here.wait(1)
    return here


@trained("arendst/Tasmota/issues/536 mosquitto without persistence loses every retained message", r"retain",
         r"persist|restart|no longer|lost|gone")
def the_retained_ones_are_gone(lab):
    here = Recording(lab)
    sonoff = here.client("sonoff").connect()
    hass = here.client("hass").connect().subscribe("stat/#")
    sonoff.publish("stat/sonoff/POWER", "ON", retain=True)
    here.wait(100)
    sonoff.thrown_out()
    hass.thrown_out()
    here.retained.clear()
    here.wait(8)
    here.client("sonoff").connect()
    here.client("hass").connect().subscribe("stat/#")
    here.wait(100)
    return here


@trained("ioBroker/ioBroker.mqtt/issues/19 the prefix is set twice", r"iobroker/iobroker|twice|prefix|level|differ",
         r"iobroker/lamp")
def the_prefix_twice(lab):
    here = Recording(lab)
    here.client("panel").connect().subscribe("iobroker/lamp/state")
    adapter = here.client("iobroker").connect()
    for turn in range(4):
        adapter.publish("iobroker/iobroker/lamp/state", str(turn))
        here.wait(10)
    return here


@trained("alladdin/node-lox-mqtt-gateway/issues/11 Topic-Prefix is ignored", r"miniserver", r"lox/", note=True,
         cause="delivery-nothing-published")
def everything_under_another_prefix(lab):
    here = Recording(lab)
    here.client("loxberry").connect().subscribe("miniserver/#")
    gateway = here.client("lox-gateway").connect()
    for turn in range(6):
        gateway.publish(f"lox/shade/{turn}/state", '{"up":0}')
        here.wait(5)
    return here


@trained("emqx/emqx/issues/8577 Shared subscriptions cannot subscribe to topics starting with /",
         r"slash|differ|begin|level|/ at", r"/a/b/c")
def the_shared_filter_lacks_the_slash(lab):
    here = Recording(lab)
    here.client("worker").connect().subscribe("$share/abc/a/b/c", qos=1)
    writer = here.client("writer").connect()
    for turn in range(4):
        writer.publish("/a/b/c", str(turn), qos=1)
        here.wait(10)
    return here


@trained("shamblett/mqtt5_client/issues/28 messages published while offline are not received",
         r"clean session|session", r"kept|keep|lost")
def the_session_was_clean(lab):
    here = Recording(lab)
    phone = here.client("test2").connect().subscribe("orders", qos=1)
    writer = here.client("node").connect()
    writer.publish("orders", "1", qos=1)
    here.wait(10)
    phone.dies()
    for turn in range(3):
        writer.publish("orders", f"missed {turn}", qos=1)
        here.wait(10)
    here.client("test2").connect().subscribe("orders", qos=1)
    here.wait(30)
    return here


@trained("emqx/emqx/issues/881 shared subscription - doesn't work", r"\$share|shared", r"each|every|all|same|both")
def both_members_get_everything(lab):
    here = Recording(lab)
    workers = [here.client(name).connect().subscribe("$share/substrial//observations/", qos=2) for name in ("one", "two")]
    writer = here.client("writer").connect()
    for turn in range(5):
        writer.publish("/observations/", f"n {turn}", qos=2)
        workers[1].receive("/observations/", f"n {turn}".encode(), 2, False)
        here.wait(5)
    return here


@trained("unixorn/ha-mqtt-discoverable/issues/512 Entities remain unavailable after MQTT reconnect", r"offline",
         r"again|after every|each", r"retain")
def the_broker_restarts_and_online_is_not_said(lab):
    here = Recording(lab)
    will = ("hmd/sensor/availability", "offline", 0, True)
    unit = here.client("discoverable").connect(will=will)
    unit.publish("hmd/sensor/availability", "online", retain=True)
    hass = here.client("hass").connect().subscribe("hmd/#")
    here.wait(60)
    for app in (unit, hass):
        app.thrown_out()
    here.wait(5)
    unit = here.client("discoverable").connect(will=will)
    here.client("hass").connect().subscribe("hmd/#")
    for turn in range(4):
        unit.publish("hmd/sensor/state", str(turn), retain=True)
        here.wait(30)
    return here


@trained("ZS-ZhangsShun/EasyMqttAndroidClient/issues/14 connected, and no push arrives", r"subscri",
         r"nothing|never|not|has not", note=True)
def the_app_never_subscribed(lab):
    here = Recording(lab)
    here.client("android").connect()
    server = here.client("server").connect()
    for turn in range(5):
        server.publish("push/android", f"hello {turn}", qos=1)
        here.wait(10)
    return here


@trained("1technophile/OpenMQTTGateway/issues/390 Multiple RF gateways - duplicated MQTT messages", r"two|both|twice",
         r"433toMQTT", r"same", note=True)
def two_gateways_hear_one_sensor(lab):
    here = Recording(lab)
    here.client("influx").connect().subscribe("home/+/433toMQTT")
    first, second = here.client("omg-kitchen").connect(), here.client("omg-hall").connect()
    for turn in range(5):
        message = f'{{"value":1459073{turn},"protocol":1,"length":24,"delay":455}}'
        first.publish("home/OpenMQTTGateway/433toMQTT", message)
        here.wait(0.2)
        second.publish("home/OMG_2nd_floor/433toMQTT", message)
        here.wait(60)
    return here


@trained("eclipse-paho/paho.mqtt.java/issues/191 Calls to connect multiple times result in messages multiple times",
         r"connect", r"twice|two|same|second|several", note=True)
def the_app_is_connected_twice(lab):
    here = Recording(lab)
    for number in (1, 2):
        here.client(f"paho7391{number}", "198.51.100.9").connect().subscribe("orders/user7", qos=1)
        here.wait(30)
    writer = here.client("server").connect()
    for turn in range(4):
        writer.publish("orders/user7", f"order {turn}", qos=1)
        here.wait(10)
    return here


@trained("mqttjs/MQTT.js/issues/685 object in payload", r"JavaScript|\[object Object\]", r"stringify|JSON")
def an_object_as_it_is(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("status/#")
    node = here.client("node").connect()
    for turn in range(3):
        node.publish("status/7", "[object Object]")
        here.wait(5)
    return here


@trained("gkiefer/home2l/pull/3 null-terminated strings: the automation is not executed", r"zero byte|NUL")
def a_zero_byte_behind_a_word(lab):
    here = Recording(lab)
    here.client("hass").connect().subscribe("home2l/#")
    node = here.client("home2l").connect()
    for turn in range(3):
        node.publish("home2l/light", b"1\0" if turn % 2 else b"0\0", retain=True)
        here.wait(5)
    return here


# ---- the third harvest -----------------------------------------------------------------------------


@trained("arendst/Tasmota/issues/436 Changing Topic keeps device online in old topic", r"retain",
         r"tele/sonoff_standing/LWT")
def online_for_ever_under_its_old_name(lab):
    here = Recording(lab)
    for name in ("sonoff_standing", "sonoff_standing_aap"):
        sonoff = here.client("DVES_1234").connect(will=(f"tele/{name}/LWT", "Offline", 1, True))
        sonoff.publish(f"tele/{name}/LWT", "Online", retain=True).subscribe(f"cmnd/{name}/#")
        here.wait(200)
        if name == "sonoff_standing":
            sonoff.leave()
            here.wait(5)
    here.client("uwp-app").connect().subscribe("tele/+/LWT")
    here.wait(60)
    return here


@trained("workswithweb/MQTTBox/issues/44 UNSUBSCRIBE packet is sent after reconnecting", r"unsubscri")
def unsubscribed_after_coming_back(lab):
    here = Recording(lab)
    box = here.client("mqttbox").connect(clean=False).subscribe("plant/temp", qos=1)
    plc = here.client("plc").connect()
    for turn in range(3):
        plc.publish("plant/temp", str(turn), qos=1)
        here.wait(10)
    box.dies()
    here.wait(20)
    box = here.client("mqttbox").connect(clean=False)
    here.wait(1)
    box.unsubscribe("plant/temp")
    for turn in range(5):
        plc.publish("plant/temp", str(turn), qos=1)
        here.wait(10)
    return here


@trained("shamblett/mqtt_client/issues/220 Quick unsub/sub could cause no sub", r"unsubscri")
def subscribed_and_at_once_unsubscribed(lab):
    here = Recording(lab)
    app = here.client("flutter").connect()
    node = here.client("node").connect()
    app.subscribe("zwave/lamp").unsubscribe("zwave/lamp")
    for turn in range(5):
        node.publish("zwave/lamp", str(turn))
        here.wait(10)
    return here


@trained("mqttjs/MQTT.js/issues/540 Simple example doesn't work with EMQTT broker",
         r"SUBACK|before .{0,40}subscri|subscri.{0,40}(before|later|first)")
def published_before_its_subscription_stood(lab):
    here = Recording(lab)
    app = here.client("mqttjs_3").connect()
    hears = app.hears
    kept = []
    app.hears = lambda first, body: kept.append((first, body))
    deliver, here.deliver = here.deliver, lambda *what: None
    app.subscribe("presence")
    app.publish("presence", "Hello mqtt")
    app.hears, here.deliver = hears, deliver
    for each in kept:
        app.hears(*each)
    here.wait(60)
    return here


@trained("FraunhoferIOSB/FROST-Client/issues/120 MQTT Service reconnects every time publish is called", r"connect",
         r"each|every|one message|for a single", note=True, cause="session-one-for-each-message")
def a_connection_for_each_message(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("v1.1/#")
    for turn in range(12):
        app = here.client(f"frost-{turn:04x}", "198.51.100.9").connect()
        app.publish("v1.1/Observations", f'{{"result":{turn}}}', qos=1)
        app.leave()
        here.wait(2)
    return here


@trained("rabbitmq/rabbitmq-server/issues/2556 Retained messages not sent to wildcard subscribers", r"retain",
         r"wildcard")
def retained_for_exact_names_only(lab):
    here = Recording(lab)
    here.client("sender").connect().publish("/examples/test1", "test 1 Retained", retain=True)
    here.wait(20)
    here.client("exact").connect().subscribe("/examples/test1")
    here.wait(20)
    kept, here.retained = here.retained, {}
    here.client("listener").connect().subscribe("/examples/#")
    here.retained = kept
    here.wait(30)
    return here


@trained("rabbitmq/rabbitmq-mqtt/issues/175 dots in topics become slashes", r"\bdots?\b", r"slash|/")
def dots_become_slashes(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("TESTING/#")
    deliver = here.deliver
    here.deliver = lambda sender, topic, *rest: deliver(sender, topic.replace(".", "/"), *rest)
    plc = here.client("plc").connect()
    for turn in range(4):
        plc.publish("TESTING/Equipment.Download.Message", f"recipe {turn}")
        here.wait(10)
    return here


@trained("home-assistant/core/issues/102047 Erroneous JSON", r"empty", r"JSON", note=True)
def now_and_then_an_empty_one(lab):
    here = Recording(lab)
    here.client("hass").connect().subscribe("zigbee/#")
    node = here.client("bridge").connect()
    for turn in range(8):
        node.publish("zigbee/roof", "" if turn % 3 == 2 else f'{{"temperature":{turn},"battery":90}}')
        here.wait(30)
    return here


@trained("home-assistant/home-assistant.io/issues/25182 the payload shows up escaped", r"backslash|escap")
def json_with_its_backslashes(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("homeassistant/#")
    hass = here.client("hass").connect()
    for turn in range(2):
        hass.publish("homeassistant/sensor/a/config", '{\\"device_class\\": \\"temperature\\", \\"name\\": \\"A\\"}', retain=True)
        here.wait(10)
    return here


@trained("hemtjanst/hemtjanst/issues/9 Resubscribe after a reconnect to the broker", r"subscri",
         r"again|not since|after every")
def after_network_weather_no_topics(lab):
    here = Recording(lab)
    hub = here.client("hemtjanst").connect().subscribe("lamp/on/set", "lamp/on/get")
    here.client("remote").connect().publish("lamp/on/set", "1")
    here.wait(30)
    hub.dies()
    here.wait(10)
    here.client("hemtjanst").connect()
    remote = here.client("remote-2").connect()
    for turn in range(4):
        remote.publish("lamp/on/set", str(turn % 2))
        here.wait(10)
    return here


@trained("nielsonm236/NetMod-ServerApp/issues/228 Last will and availability after reconnect", r"offline",
         r"retain|will", r"after every|each|again")
def offline_after_27_hours(lab):
    here = Recording(lab)
    will = ("NetworkModule/NM00/availability", "offline", 0, True)
    unit = here.client("NM00").connect(will=will)
    unit.publish("NetworkModule/NM00/availability", "online", retain=True)
    here.wait(97000)
    unit.thrown_out()
    here.wait(3)
    unit = here.client("NM00").connect(will=will)
    here.client("mqtt-explorer").connect().subscribe("#")
    for turn in range(3):
        unit.publish("NetworkModule/NM00/temp", str(turn), retain=True)
        here.wait(60)
    return here


# ---- the fourth harvest ----------------------------------------------------------------------------


@trained("eclipse-paho/paho.mqtt.c/issues/143 Possible subscribe wildcards bug", r"session",
         r"earlier|before|old|kept|still", r"/test/hello/", note=True)
def the_session_has_an_old_subscription(lab):
    here = Recording(lab)
    writer = here.client("writer").connect()
    first = here.client("paho").connect(clean=False).subscribe("/test/hello/", qos=1)
    here.wait(30)
    first.leave()
    here.client("paho").connect(clean=False).subscribe("/test/hello/send/+/", qos=1)
    for turn in range(4):
        writer.publish("/test/hello/", f"hi {turn}", qos=1)
        here.wait(10)
    return here


@trained("feedernet/petnet-feeder-service/issues/48 MQTT client in Feeder has too broad of a filter",
         r"\bown\b|itself", r"subscri|filter", note=True)
def too_broad_a_filter(lab):
    here = Recording(lab)
    feeder = here.client("feeder").connect().subscribe("krs/#")
    here.client("petnet").connect().subscribe("krs/cmd/stg/84d98")
    for turn in range(4):
        feeder.publish("krs/cmd/stg/84d98", f'{{"name":"SendCommand","n":{turn}}}')
        here.wait(20)
    return here


@trained("harriedegroot/nl.hdg.mqtt/issues/40 Specific device updates not published by MQTT hub",
         r"homey/solar/power", r"stopped|no longer|not since|silent|last", note=True, cause="delivery-went-silent")
def one_device_of_many_falls_silent(lab):
    here = Recording(lab)
    here.client("hass").connect().subscribe("homey/#")
    hub = here.client("homey").connect()
    for turn in range(60):
        hub.publish("homey/washer/power", f"{turn}")
        if turn < 12:
            hub.publish("homey/solar/power", f"{900 - turn}")
        here.wait(10)
    return here


@trained("mochi-mqtt/server/issues/444 offline messages gone after three days", r"session|kept|queue",
         r"expir|limit|drop|threw|lost|did not come|missing")
def the_queue_is_gone_after_three_days(lab):
    here = Recording(lab)
    phone = here.client("flutter").connect(clean=False).subscribe("chat/7", qos=1)
    here.wait(30)
    phone.dies()
    writer = here.client("server").connect()
    for turn in range(6):
        writer.publish("chat/7", f"message {turn}", qos=1)
        here.wait(60)
    here.wait(3 * 86400)
    here.sessions["flutter"].queue.clear()
    here.client("flutter").connect(clean=False)
    here.wait(60)
    return here


@trained("emqx/MQTTX/issues/619 the consumer starts after the message was sent", r"subscri", r"before|first|session")
def the_consumer_was_never_there_before(lab):
    here = Recording(lab)
    here.client("producer").connect(v5=True).publish("device/9", "payload", qos=1, expiry=120)
    here.wait(20)
    here.client("consumer").connect(v5=True, clean=False, expiry=3600).subscribe("device/9", qos=1)
    here.wait(60)
    return here


@trained("mhendriks/P1-Dongel-ESP32/issues/53 two dongles, discovery only works for one", r"two|both|and Q-Dongle",
         r"homeassistant/sensor/power_delivered/config", r"overwrit|replac|same topic|each other|differ",
         cause="delivery-overwritten")
def two_dongles_write_one_discovery(lab):
    here = Recording(lab)
    here.client("hass").connect().subscribe("homeassistant/#")
    for name in ("P1-Dongle", "Q-Dongle", "P1-Dongle"):
        if name in here.sessions:
            here.sessions[name].app.leave()
            here.wait(5)
        dongle = here.client(name).connect()
        for field in ("power_delivered", "energy"):
            dongle.publish(f"homeassistant/sensor/{field}/config", f'{{"uniq_id":"{field}","stat_t":"{name}/{field}"}}', retain=True)
        here.wait(60)
    return here


@trained("nanomq/nanomq/issues/435 Wildcard '+' subscription is not correct", r"\+", r"topic1/", r"broker|empty")
def the_broker_wants_something_for_its_plus(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("topic1/+")
    writer = here.client("writer").connect()
    deliver = here.deliver
    here.deliver = lambda sender, topic, *rest: None if topic == "topic1/" else deliver(sender, topic, *rest)
    for turn in range(4):
        writer.publish("topic1/", f"forward {turn}")
        here.wait(5)
        writer.publish("topic1/a", f"well {turn}")
        here.wait(5)
    reader.ping()
    return here


@trained("mqttjs/MQTT.js/issues/172 odd behavior when subscribing to topics with wildcards",
         r"devices/qwerty/metadata", r"no filter|not match|none of|did not ask|not subscribed",
         cause="delivery-unasked", note=True)
def what_it_did_not_subscribe_to(lab):
    here = Recording(lab)
    app = here.client("mqttjs_7").connect().subscribe("devices/+/activation")
    writer = here.client("writer").connect()
    for turn in range(4):
        writer.publish("devices/qwerty/metadata", f'{{"n":{turn}}}')
        app.receive("devices/qwerty/metadata", f'{{"n":{turn}}}'.encode(), 0, False)
        here.wait(10)
    return here
