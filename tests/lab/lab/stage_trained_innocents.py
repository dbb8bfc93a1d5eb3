"""Recorded sessions in which all is well: none may lead to a cause or a warning, however much they look like those of
stage_trained_meaning.py. A note is allowed."""
from .cases import explain
from .recorded import Recording
from .reported import HEALTHY, reported


def innocent(function):
    def stage(lab):
        here = Recording(lab, **getattr(function, "broker", {}))
        function(here)
        return explain(here.file())
    stage.__name__ = function.__name__
    stage.__module__ = function.__module__
    return reported("", HEALTHY)(stage)


def on_a_broker(**how):
    def mark(function):
        function.broker = how
        return function
    return mark


def readings(here, client, topic, count=6, every=10, form="{}", **how):
    for turn in range(count):
        client.publish(topic, form.format(20 + turn), **how)
        here.wait(every)


# ---- telemetry -------------------------------------------------------------------------------------


@innocent
def readings_and_one_reader(here):
    here.client("grafana").connect().subscribe("site/+/temp", qos=1)
    readings(here, here.client("node").connect(), "site/1/temp", qos=1)


@innocent
def readings_of_qos_0_asked_for_at_qos_1(here):
    here.client("grafana").connect().subscribe("site/#", qos=1)
    readings(here, here.client("node").connect(), "site/1/temp")


@innocent
def every_qos_2(here):
    here.client("ledger").connect(clean=False).subscribe("pay/#", qos=2)
    readings(here, here.client("till").connect(clean=False), "pay/1", qos=2, form='{{"sum":{}}}')


@innocent
def retained_readings_and_a_late_reader(here):
    node = here.client("node").connect()
    readings(here, node, "site/1/temp", retain=True)
    here.client("phone").connect().subscribe("site/#")
    readings(here, node, "site/1/temp", retain=True)


@innocent
def readings_each_minute_and_a_late_reader(here):
    node = here.client("node").connect()
    readings(here, node, "site/1/temp", every=60)
    here.client("phone").connect().subscribe("site/#")
    readings(here, node, "site/1/temp", every=60)


@innocent
def the_reader_restarts_between_readings(here):
    node = here.client("node").connect()
    for _ in range(4):
        phone = here.client("phone").connect().subscribe("site/#")
        readings(here, node, "site/1/temp", 3)
        phone.leave()
        here.wait(5)


@innocent
def motion_before_anybody_looked(here):
    node = here.client("pir").connect()
    readings(here, node, "hall/motion", 2, form="seen {}")
    here.client("recorder").connect().subscribe("hall/#")
    readings(here, node, "hall/motion", 3, form="seen {}")


@innocent
def two_nodes_write_one_topic(here):
    here.client("reader").connect().subscribe("fleet/events")
    first, second = here.client("bus-1").connect(), here.client("bus-2").connect()
    for turn in range(5):
        first.publish("fleet/events", f'{{"bus":1,"n":{turn}}}')
        second.publish("fleet/events", f'{{"bus":2,"n":{turn}}}')
        here.wait(10)


@innocent
def two_doors_say_open_to_one_topic(here):
    here.client("reader").connect().subscribe("doors")
    first, second = here.client("door-1").connect(), here.client("door-2").connect()
    for turn in range(8):
        for door in (first, second):
            door.publish("doors", "open" if turn % 2 else "closed")
        here.wait(10)


@innocent
def a_button_pressed_twice(here):
    here.client("reader").connect().subscribe("panel/#").subscribe("panel/button")
    button = here.client("button").connect()
    for _ in range(4):
        button.publish("panel/button", "press")
        here.wait(0.3)
        button.publish("panel/button", "press")
        here.wait(10)


@innocent
def overlapping_filters_and_one_copy(here):
    here.client("reader").connect().subscribe("#").subscribe("site/1/temp")
    readings(here, here.client("node").connect(), "site/1/temp")


@innocent
def two_readers_with_the_same_filter(here):
    for name in ("reader-1", "reader-2"):
        here.client(name).connect().subscribe("site/#")
    readings(here, here.client("node").connect(), "site/1/temp")


@innocent
def workers_share_the_jobs(here):
    workers = [here.client(name).connect().subscribe("$share/g/jobs/#", qos=1) for name in ("w-1", "w-2")]
    boss = here.client("boss").connect()
    for turn in range(10):
        order = workers[::-1] if turn % 2 else workers
        here.sessions = {each.name: here.sessions[each.name] for each in (*order, boss)}
        boss.publish("jobs/new", f'{{"job":{turn}}}', qos=1)
        here.wait(5)


# ---- homes -----------------------------------------------------------------------------------------


def home(here, will=("lamp/LWT", "Offline", 0, True)):
    lamp = here.client("lamp").connect(will=will)
    lamp.publish("lamp/LWT", "Online", retain=True)
    lamp.publish("homeassistant/light/lamp/config", '{"name":"lamp","state_topic":"lamp/state"}', retain=True)
    lamp.subscribe("lamp/set")
    return lamp


@innocent
def a_home_as_it_should_be(here):
    lamp = home(here)
    hass = here.client("hass").connect().subscribe("homeassistant/#").subscribe("lamp/#")
    for turn in range(4):
        hass.publish("lamp/set", "ON" if turn % 2 else "OFF")
        lamp.publish("lamp/state", "ON" if turn % 2 else "OFF", retain=True)
        here.wait(30)


@innocent
def the_home_restarts(here):
    lamp = home(here)
    for _ in range(3):
        hass = here.client("hass").connect(will=("homeassistant/status", "offline", 0, True))
        hass.subscribe("homeassistant/#").subscribe("lamp/+")
        hass.publish("homeassistant/status", "online", retain=True)
        here.wait(60)
        lamp.publish("lamp/state", "ON", retain=True)
        hass.publish("homeassistant/status", "offline", retain=True)
        hass.leave()
        here.wait(20)


@innocent
def the_lamp_falls_off_the_network_and_returns(here):
    here.client("hass").connect().subscribe("homeassistant/#").subscribe("lamp/+")
    for seconds in (100, 160, 70):
        lamp = home(here)
        here.wait(seconds)
        lamp.dies()
        here.wait(20)
    home(here)
    here.wait(30)


@innocent
def the_lamp_says_offline_and_goes(here):
    here.client("hass").connect().subscribe("lamp/+")
    lamp = home(here)
    here.wait(30)
    lamp.publish("lamp/LWT", "Offline", retain=True)
    lamp.leave()
    here.wait(60)


@innocent
def a_heartbeat_that_is_not_retained(here):
    node = here.client("node").connect()
    readings(here, node, "node/alive", 4, 30, form="online")
    here.client("hass").connect().subscribe("node/#")
    readings(here, node, "node/alive", 4, 30, form="online")


@innocent
def commands_without_retain(here):
    valve = here.client("valve").connect().subscribe("valve/set")
    app = here.client("app").connect()
    app.publish("valve/set", "OPEN")
    here.wait(30)
    valve.dies()
    here.wait(5)
    here.client("valve").connect().subscribe("valve/set")
    here.wait(60)
    app.publish("valve/set", "CLOSE")
    here.wait(30)


@innocent
def a_set_point_kept_for_the_thermostat(here):
    here.client("app").connect().publish("thermostat/target/set", "21", retain=True)
    here.wait(20)
    here.client("thermostat").connect().subscribe("thermostat/target/set")
    here.wait(100)


@innocent
def a_will_without_retain_and_no_birth(here):
    here.client("watch").connect().subscribe("alarms/#")
    node = here.client("node").connect(will=("alarms/node", "lost", 1, False))
    readings(here, node, "site/1/temp")
    node.dies()
    here.wait(20)


@innocent
def sparkplug_birth_and_death(here):
    here.client("scada").connect().subscribe("spBv1.0/#", qos=1)
    edge = here.client("edge").connect(will=("spBv1.0/G/NDEATH/E", b"\x08\x01\x12\x05bdSeq".decode("latin-1"), 1, False))
    edge.publish("spBv1.0/G/NBIRTH/E", b"\x08\xc8\x01\x12\x0a\x0a\x05bdSeq\x00\x00{\"", qos=0)
    for turn in range(4):
        edge.publish("spBv1.0/G/NDATA/E", bytes([8, 200, 1, 0x12, turn, 0x7B, 0x22, 0, 1]))
        here.wait(10)


# ---- retained --------------------------------------------------------------------------------------


@innocent
def cleared_as_it_should_be(here):
    app = here.client("app").connect()
    app.publish("shop/alarm", "fire", retain=True)
    here.wait(10)
    app.publish("shop/alarm", "", retain=True)
    here.client("panel").connect().subscribe("shop/#")
    here.wait(30)


@innocent
def an_empty_message_that_asks(here):
    bridge = here.client("z2m").connect().subscribe("z2m/lamp/get")
    app = here.client("app").connect().subscribe("z2m/lamp")
    for turn in range(3):
        app.publish("z2m/lamp/get", "")
        bridge.publish("z2m/lamp", f'{{"brightness":{turn}}}', retain=True)
        here.wait(10)


@innocent
def a_retained_value_that_is_replaced(here):
    app = here.client("app").connect()
    for turn in range(4):
        app.publish("mode", f"mode-{turn}", retain=True)
        here.client(f"panel-{turn}").connect().subscribe("mode")
        here.wait(20)


# ---- sessions --------------------------------------------------------------------------------------


@innocent
def a_session_kept_and_taken_up(here):
    writer = here.client("writer").connect()
    for count in (2, 5, 3):
        reader = here.client("reader").connect(clean=False).subscribe("jobs/#", qos=1)
        readings(here, writer, "jobs/1", count, qos=1)
        reader.dies()
        readings(here, writer, "jobs/1", 2, qos=1)
    here.client("reader").connect(clean=False).subscribe("jobs/#", qos=1)
    here.wait(20)


@innocent
def a_persistent_dashboard_of_qos_0(here):
    node = here.client("node").connect()
    for _ in range(3):
        reader = here.client("dash").connect(clean=False).subscribe("site/#")
        readings(here, node, "site/1/temp", 3)
        reader.leave()
        readings(here, node, "site/1/temp", 3)
    here.client("dash").connect(clean=False).subscribe("site/#")
    readings(here, node, "site/1/temp", 3)


@innocent
def clean_apps_with_random_names(here):
    for name in ("mqttjs_1a2b", "mqttjs_77f0", "mqttjs_9c9c", "mqttjs_0d41"):
        app = here.client(name, "198.51.100.9").connect().subscribe("site/#")
        here.wait(10)
        app.leave()
        here.wait(5)


@innocent
def a_fleet_behind_one_address(here):
    trucks = [here.client(f"truck-{number}", "198.51.100.9").connect(clean=False).subscribe("fleet/all", qos=1)
              for number in range(5)]
    here.client("office").connect().publish("fleet/all", "come home", qos=1)
    here.wait(60)
    for truck in trucks:
        truck.leave()


@innocent
def several_jobs_of_one_server(here):
    for number in range(4):
        job = here.client(f"job-{number}", "198.51.100.9").connect(clean=False).subscribe(f"jobs/{number}", qos=1)
        here.wait(20)
        job.leave()
        here.wait(5)


@innocent
def sent_with_one_connection_each(here):
    here.client("reader").connect().subscribe("cron/#")
    for turn in range(6):
        here.client(f"mosqpub-{turn}", "198.51.100.9").connect().publish("cron/backup", f"done {turn}").leave()
        here.wait(60)


@innocent
def version_5_with_a_session_of_an_hour(here):
    writer = here.client("writer").connect(v5=True)
    for _ in range(2):
        reader = here.client("reader").connect(clean=False, v5=True, expiry=3600).subscribe("jobs/#", qos=1)
        readings(here, writer, "jobs/1", 2, qos=1, expiry=600)
        reader.dies()
        here.wait(60)


@innocent
def no_keep_alive(here):
    node = here.client("node").connect(keep_alive=0)
    here.client("reader").connect(keep_alive=0).subscribe("site/#")
    readings(here, node, "site/1/temp")


@innocent
def unsubscribed_when_done(here):
    app = here.client("app").connect().subscribe("update/progress")
    node = here.client("node").connect()
    readings(here, node, "update/progress", 3)
    app.unsubscribe("update/progress")
    readings(here, node, "update/progress", 3)


# ---- what is in the message ------------------------------------------------------------------------


def forms(here, *payloads):
    here.client("reader").connect().subscribe("data/#")
    node = here.client("node").connect()
    for _ in range(2):
        for payload in payloads:
            node.publish("data/1", payload)
            here.wait(3)


@innocent
def json_with_a_line_end(here):
    forms(here, '{"a":1}\n', '{"a":{"b":[1,2]}}\r\n', '[{"a":"}"},{"b":"\\""}]\n')


@innocent
def lines_of_a_log(here):
    forms(here, "[INFO] started: 3, 4", "[2026-01-01 10:00:00] up, all well\n", "{module} loaded: yes", "WARN disk at 91 %\n")


@innocent
def numbers_and_words(here):
    forms(here, "21.5", "-3", "ON", "off", "1e-3", "true", "12:30", "a b c", "21,5", "home office")


@innocent
def numbers_as_bytes(here):
    forms(here, b"\x00\x01\x02\x03", b"\x15\x00", b"\x41\x00\x00\x00", b"\x00\x00\xa8\x41", b"\x31\x00\x00\x00\x02\x00\x00\x00", b"\x01")


@innocent
def pictures_and_protobuf(here):
    forms(here, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(200)) * 10, b"\x08\x96\x01\x12\x07testing", b"\x0a\x05alice\x10\x01")


@innocent
def text_beyond_ascii(here):
    forms(here, "21 °C", "客厅 21度", '{"ort":"Küche"}', "Straße")


@innocent
def a_large_message(here):
    forms(here, '{"points":[' + ",".join(str(number) for number in range(3000)) + "]}")


@innocent
def influx_lines_and_csv(here):
    forms(here, "weather,place=roof temp=21.5 1700000000", "1;2;3\n4;5;6\n", '"a","b"\n"1","2"\n', "<a><b/></a>", "key: [1, 2")


# ---- version 5 -------------------------------------------------------------------------------------


@innocent
def asked_and_answered(here):
    server = here.client("server").connect(v5=True).subscribe("rpc/time", qos=1)
    asker = here.client("asker").connect(v5=True).subscribe("rpc/answer/asker", qos=1)
    for turn in range(4):
        asker.publish("rpc/time", "?", qos=1, response="rpc/answer/asker", correlation=f"{turn}")
        server.publish("rpc/answer/asker", f"it is {turn}", qos=1, correlation=f"{turn}")
        here.wait(10)


@innocent
def answered_without_the_properties(here):
    server = here.client("server").connect().subscribe("rpc/time")
    asker = here.client("asker").connect(v5=True).subscribe("rpc/answer")
    for turn in range(4):
        asker.publish("rpc/time", "?", response="rpc/answer", correlation=f"{turn}")
        server.publish("rpc/answer", f"it is {turn}")
        here.wait(10)


@innocent
def a_chat_without_its_own_words(here):
    first = here.client("first").connect(v5=True).subscribe("room", no_local=True)
    second = here.client("second").connect(v5=True).subscribe("room", no_local=True)
    for turn in range(4):
        first.publish("room", f"hello {turn}")
        second.publish("room", f"yes {turn}")
        here.wait(10)


@innocent
def a_chat_with_its_own_words(here):
    people = [here.client(name).connect().subscribe("room") for name in ("first", "second")]
    for turn in range(4):
        for person in people:
            person.publish("room", f"{person.name}: hello {turn}")
            here.wait(3)


@innocent
def an_automation_that_reads_everything(here):
    flows = here.client("nodered").connect().subscribe("#")
    node = here.client("node").connect().subscribe("node/set")
    for turn in range(5):
        node.publish("node/temp", str(turn))
        flows.publish("node/set", f"level {turn}")
        here.wait(10)


@innocent
@on_a_broker(copies=True)
def separate_filters_on_a_broker_that_copies(here):
    here.client("reader").connect().subscribe("site/1/#").subscribe("site/2/#")
    first = here.client("node").connect()
    for turn in range(5):
        for place in (1, 2):
            first.publish(f"site/{place}/temp", str(turn))
        here.wait(10)


# ---- what looks like the second and the third harvest -----------------------------------------------


@innocent
def renamed_and_the_old_name_cleared(here):
    for name in ("old", "new"):
        lamp = here.client("lamp").connect(will=(f"{name}/LWT", "Offline", 1, True))
        lamp.publish(f"{name}/LWT", "Online", retain=True)
        here.wait(60)
        if name == "old":
            lamp.publish("old/LWT", "", retain=True)
            lamp.leave()
            here.wait(5)
    here.client("app").connect().subscribe("+/LWT")
    here.wait(30)


@innocent
def a_filter_left_that_nobody_needs(here):
    app = here.client("app").connect(clean=False).subscribe("once/answer", "site/#", qos=1)
    node = here.client("node").connect()
    readings(here, node, "site/1/temp", 3)
    app.dies()
    app = here.client("app").connect(clean=False)
    app.unsubscribe("once/answer")
    readings(here, node, "site/1/temp", 4)


@innocent
def a_report_every_ten_minutes(here):
    here.client("reader").connect().subscribe("cron/#")
    for turn in range(12):
        here.client("cron", "198.51.100.9").connect().publish("cron/disk", f"{turn} %").leave()
        here.wait(600)


@innocent
def retained_and_given_to_everybody(here):
    node = here.client("node").connect()
    for level in ("mode", "level", "name"):
        node.publish(f"node/{level}", f"{level} 1", retain=True)
    for name in ("one", "two", "three"):
        here.client(name).connect().subscribe("node/#").subscribe("node/mode")
        here.wait(20)


@innocent
def topics_with_dots(here):
    here.client("reader").connect().subscribe("plant/#")
    readings(here, here.client("node").connect(), "plant/line.1/temp")


@innocent
def quick_acknowledgements_and_a_slow_one(here):
    here.client("reader").connect().subscribe("site/#", qos=1)
    node = here.client("node").connect()
    readings(here, node, "site/1", 6, qos=1)
    hears, node.hears = node.hears, lambda first, body: (here.wait(2), hears(first, body))
    node.publish("site/1", "x", qos=1)


@innocent
def it_subscribes_and_publishes_at_once(here):
    app = here.client("app").connect().subscribe("presence/+")
    app.publish("presence/app", "hello")
    here.wait(30)


@innocent
def two_meters_with_like_messages(here):
    here.client("reader").connect().subscribe("meters/#")
    first, second = here.client("meter-1").connect(), here.client("meter-2").connect()
    for turn in range(6):
        first.publish("meters/1/state", f'{{"serial":"A-1","power":{100 + turn},"state":"on"}}')
        second.publish("meters/2/state", f'{{"serial":"B-7","power":{300 + turn},"state":"on"}}')
        here.wait(10)


@innocent
def a_setting_that_is_kept_and_taken_up(here):
    app = here.client("app").connect()
    for turn in range(2):
        app.publish("pump/limit", f"{turn}0", retain=True)
        pump = here.client("pump").connect().subscribe("pump/limit")
        here.wait(60)
        pump.dies()
        here.wait(5)
    here.client("pump").connect().subscribe("pump/limit")
    here.wait(20)
