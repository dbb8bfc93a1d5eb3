"""What somebody sees of messages on their way (--symptom), and what is behind it: nothing arrives, some are missing, they
come twice, late, in another order, not for who was away, unasked, or too many.

Each session breaks no rule of MQTT, and each was written down with its right answer before the doctor was asked. Those
that are healthy without the option stand in none_of_these_is_told_unasked, and in those that end in the words of
UNEXPLAINED the mechanism is not there: nobody may be blamed."""
import struct
import time

from .cases import explain
from .recorded import Recording, text
from .reported import HEALTHY, reported
from .services import mosquitto
from .stage_unmet_eighteen import python, sent
from .stage_unmet_seven import captured
from .stage_unmet_twenty import subscriber
from .net import SERVER

UNEXPLAINED = r"no reason for that was seen"
ON_PAPER = []


def seen(word, *names, **how):
    """A recorded session, told with what is seen."""
    def register(function):
        def stage(lab):
            return explain(function(lab).file(), "--symptom", word)
        stage.__name__ = function.__name__
        stage.__module__ = function.__module__
        ON_PAPER.append(function)
        return reported("--symptom " + word, *names, **how)(stage)
    return register


def live(word, *names, **how):
    """The same of real clients and mosquitto, recorded on the broker's machine; the function gives what they do."""
    def register(function):
        def stage(lab):
            mosquitto(lab.server)
            return explain(captured(lab, lab.server, lambda: function(lab)), "--symptom", word)
        stage.__name__ = function.__name__
        stage.__module__ = function.__module__
        return reported("--symptom " + word, *names, **{"slowest": 30, **how})(stage)
    return register


def steady(here, writer, topic, times=6, pause=10, begin=0, qos=0):
    for turn in range(times):
        writer.publish(topic, f"{begin + turn}", qos=qos)
        here.wait(pause)


def kept_from(reader, topic, act):
    """The broker does not hand on what is published meanwhile."""
    how = reader.session.filters.pop(topic)
    act()
    reader.session.filters[topic] = how


# ---- nothing arrives -------------------------------------------------------------------------------


@seen("nothing-arrives", r"session", r"subscribes to nothing on this connection")
def the_new_topic_is_in_no_session(lab):
    here = Recording(lab)
    first = here.client("telegraf").connect(clean=False).subscribe("plant/power", qos=1)
    first.leave()
    here.packets.clear()
    here.wait(60)
    here.client("telegraf").connect(clean=False)
    steady(here, here.client("meter").connect(), "plant/heat")
    return here


@seen("nothing-arrives", r"unsubscribed", r"page/news")
def a_page_that_was_closed_unsubscribed_for_all(lab):
    here = Recording(lab)
    reader = here.client("web").connect().subscribe("page/news")
    writer = here.client("server").connect()
    steady(here, writer, "page/news", 3)
    reader.unsubscribe("page/news")
    steady(here, writer, "page/news", 4)
    return here


@seen("nothing-arrives", r"nobody published anything")
def nobody_says_a_word(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    here.wait(300)
    return here


@seen("nothing-arrives", r"sensor", r"has gone")
def the_sensor_has_gone(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    sensor = here.client("sensor").connect()
    steady(here, sensor, "plant/heat")
    sensor.dies()
    here.wait(600)
    return here


@seen("nothing-arrives", r"sensor", r"although it is connected", r"10 s")
def the_sensor_is_there_and_silent(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    here.wait(600)
    return here


@seen("nothing-arrives", UNEXPLAINED, r"Each of the 6 messages", r"acknowledged: 6")
def all_of_it_arrives(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat", qos=1)
    steady(here, here.client("sensor").connect(), "plant/heat", qos=1)
    return here


# ---- some are missing ------------------------------------------------------------------------------


@seen("some-missing", r"2 of 8 messages", r"queue")
def the_broker_drops_two_of_eight(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("plant/heat")
    writer = here.client("writer").connect()
    for turn in range(8):
        if turn in (3, 5):
            kept_from(reader, "plant/heat", lambda: writer.publish("plant/heat", f"{turn}"))
        else:
            writer.publish("plant/heat", f"{turn}")
        here.wait(5)
    return here


@seen("some-missing", r"not connected for", r"3 messages", r"session")
def it_was_away_for_three_of_them(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("plant/heat")
    writer = here.client("writer").connect()
    steady(here, writer, "plant/heat", 4)
    reader.dies()
    steady(here, writer, "plant/heat", 3, begin=4)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, writer, "plant/heat", 3, begin=7)
    return here


@seen("some-missing", r"writer", r"itself not connected for 1(10|20) s")
def it_did_not_send_while_it_was_away(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    writer = here.client("writer").connect()
    steady(here, writer, "plant/heat", 5)
    writer.dies()
    here.wait(110)
    steady(here, here.client("writer").connect(), "plant/heat", 5, begin=20)
    return here


@seen("some-missing", UNEXPLAINED, r"Each of the 6 messages")
def not_one_of_them_is_missing(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    return here


# ---- twice -----------------------------------------------------------------------------------------


@seen("twice", r"acknowledged", r"again on the next")
def the_acknowledgement_never_reached_the_writer(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("orders", qos=1)
    writer = here.client("till").connect(clean=False)
    for number in range(3):
        body = text("orders") + struct.pack(">H", 70 + number) + f"order {number}".encode()
        writer.says(0x32, body)
        here.deliver(writer, "orders", f"order {number}".encode(), 1, False)
        writer.dies()
        here.wait(5)
        writer = here.client("till").connect(clean=False)
        writer.says(0x3A, body)
        writer.hears(0x40, struct.pack(">H", 70 + number))
        here.deliver(writer, "orders", f"order {number}".encode(), 1, False)
        here.wait(20)
    return here


@seen("twice", r"again on a new connection|again after each new", r"orders")
def the_reader_left_before_it_acknowledged(lab):
    here = Recording(lab)
    writer = here.client("till").connect()
    reader = here.client("kitchen").connect(clean=False).subscribe("orders", qos=1)
    for number in range(3):
        reader.acknowledges = False
        writer.publish("orders", f"order {number}", qos=1)
        reader.dies()
        here.wait(5)
        reader = here.client("kitchen").connect(clean=False)
        reader.hears(0x3A, text("orders") + struct.pack(">H", 1) + f"order {number}".encode())
        reader.says(0x40, struct.pack(">H", 1))
        here.wait(20)
    return here


@seen("twice", r"retained", r"which it had already")
def the_retained_one_comes_after_each_connect(lab):
    here = Recording(lab)
    here.client("door").connect().publish("house/door", "open at 10:12", retain=True)
    for turn in range(3):
        app = here.client("app").connect().subscribe("house/door")
        here.wait(60 + 40 * turn)
        app.leave()
        here.wait(5)
    return here


@seen("twice", UNEXPLAINED, r"None of 6 messages")
def each_of_them_came_once(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    return here


# ---- late, and many at once ------------------------------------------------------------------------


@seen("late", r"logger", r"was away for", r"12 messages")
def the_logger_sends_what_it_kept(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    logger = here.client("logger").connect()
    steady(here, logger, "plant/heat", 5)
    logger.dies()
    here.wait(120)
    logger = here.client("logger").connect()
    steady(here, logger, "plant/heat", 12, pause=0, begin=5)
    here.wait(10)
    steady(here, logger, "plant/heat", 5, begin=17)
    return here


@seen("late", r"many at a time", r"collects", r"every (60 s|1 min)")
def the_logger_sends_by_the_dozen(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    logger = here.client("logger").connect()
    for turn in range(5):
        steady(here, logger, "plant/heat", 12, pause=0, begin=12 * turn)
        here.wait(60)
    return here


@seen("late", r"reader", r"was away for", r"at once when it is back")
def the_reader_comes_by_now_and_then(lab):
    here = Recording(lab)
    writer = here.client("writer").connect()
    here.client("reader").connect(clean=False).subscribe("plant/heat", qos=1).leave()
    for turn in range(3):
        steady(here, writer, "plant/heat", 4, begin=4 * turn, qos=1)
        reader = here.client("reader").connect(clean=False)
        here.wait(5)
        reader.leave()
    return here


@seen("late", r"reader", r"to acknowledge a message", r"callback")
def the_reader_works_first_and_acknowledges_then(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("plant/heat", qos=1)
    reader.acknowledges = False
    writer = here.client("writer").connect()
    for turn in range(6):
        writer.publish("plant/heat", f"{turn}", qos=1)
        here.wait(4)
        reader.says(0x40, struct.pack(">H", reader.theirs))
    return here


@seen("late", r"lie in the broker", r"30 s|31 s")
def a_rule_of_the_broker_holds_them(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("plant/heat")
    writer = here.client("writer").connect()
    for turn in range(5):
        kept_from(reader, "plant/heat", lambda: writer.publish("plant/heat", f"{turn}"))
        here.wait(30)
        reader.receive("plant/heat", f"{turn}".encode(), 0, False)
        here.wait(5)
    return here


@seen("late", UNEXPLAINED, r"within 1 s")
def the_broker_hands_them_on_at_once(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    return here


# ---- another order ---------------------------------------------------------------------------------


def swapped(here, reader, topic, first, second):
    """What `first` publishes comes behind what `second` does."""
    late = []
    kept_from(reader, topic, lambda: late.append(first()))
    second()
    reader.receive(topic, late[0].encode(), 0, False)
    here.wait(10)


def says(by, topic, words, qos=0):
    by.publish(topic, words, qos=qos)
    return words


@seen("wrong-order", r"different QoS|one QoS")
def the_state_at_qos_1_and_the_event_at_qos_0(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("house/door", qos=1)
    door = here.client("door").connect()
    for turn in range(4):
        swapped(here, reader, "house/door", lambda: says(door, "house/door", f"opened {turn}", 1),
                lambda: says(door, "house/door", f"closed {turn}"))
    return here


@seen("wrong-order", r"two clients", r"one client only|one connection")
def two_connections_of_one_app(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("house/door")
    one, two = here.client("door-a").connect(), here.client("door-b").connect()
    for turn in range(4):
        swapped(here, reader, "house/door", lambda: says(one, "house/door", f"opened {turn}"),
                lambda: says(two, "house/door", f"closed {turn}"))
    return here


@seen("wrong-order", r"The broker sends", r"another order")
def the_brokers_nodes_race(lab):
    here = Recording(lab)
    reader = here.client("reader").connect().subscribe("house/door")
    door = here.client("door").connect()
    for turn in range(4):
        swapped(here, reader, "house/door", lambda: says(door, "house/door", f"opened {turn}"),
                lambda: says(door, "house/door", f"closed {turn}"))
    return here


@seen("wrong-order", r"pump", r"itself publishes", r"before MQTT")
def four_tasks_of_one_app_publish(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/pump")
    pump = here.client("pump").connect()
    for number in (1, 2, 3, 5, 4, 6, 7, 9, 8, 10, 11, 12):
        pump.publish("plant/pump", f'{{"seq":{number}}}')
        here.wait(10)
    return here


@seen("wrong-order", UNEXPLAINED, r"in the order in which they came")
def the_order_is_kept(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    return here


# ---- missed while away -----------------------------------------------------------------------------


def away(here, leave, back, qos=1, times=3):
    """A reader that leaves, messages meanwhile, and the reader again."""
    writer = here.client("writer").connect()
    leave()
    here.wait(20)
    steady(here, writer, "news/all", times, qos=qos)
    back()
    here.wait(30)
    steady(here, writer, "news/all", 2, begin=10, qos=qos)
    return here


@seen("missed-while-away", r"unsubscribed", r"before it left|just before")
def it_unsubscribes_before_it_leaves(lab):
    here = Recording(lab)
    reader = here.client("phone").connect(clean=False).subscribe("news/all", qos=1)
    return away(here, lambda: reader.unsubscribe("news/all").leave(),
                lambda: here.client("phone").connect(clean=False).subscribe("news/all", qos=1))


@seen("missed-while-away", r"Session Expiry Interval 0 in its DISCONNECT")
def its_goodbye_ends_the_session(lab):
    here = Recording(lab)
    reader = here.client("phone").connect(clean=False, v5=True, expiry=3600).subscribe("news/all", qos=1)

    def leave():
        reader.says(0xE0, b"\x00\x05\x11\x00\x00\x00\x00")
        reader.expiry = 0
        here.put(reader, True, 17)
        here.put(reader, False, 17)
        here.put(reader, True, 16)
        reader._ends()
    return away(here, leave, lambda: here.client("phone").connect(clean=False, v5=True, expiry=3600)
                .subscribe("news/all", qos=1))


@seen("missed-while-away", r"longer than its session lasts", r"60 s")
def the_session_lasts_a_minute(lab):
    here = Recording(lab)
    reader = here.client("phone").connect(clean=False, v5=True, expiry=60).subscribe("news/all", qos=1)

    def leave():
        reader.leave()
        here.wait(100)
        here.sessions.pop("phone")
    return away(here, leave, lambda: here.client("phone").connect(clean=False, v5=True, expiry=60)
                .subscribe("news/all", qos=1))


@seen("missed-while-away", r"identifier", r"app-17", r"app-18")
def it_comes_back_under_another_name(lab):
    here = Recording(lab)
    reader = here.client("app-17", "198.51.100.9").connect(clean=False).subscribe("news/all", qos=1)
    return away(here, reader.leave,
                lambda: here.client("app-18", "198.51.100.9").connect(clean=False).subscribe("news/all", qos=1))


@seen("missed-while-away", r"clean session|Clean Session|session", r"3 messages|count.*3|: 3")
def it_comes_with_a_clean_session(lab):
    here = Recording(lab)
    reader = here.client("phone").connect().subscribe("news/all")
    return away(here, reader.dies, lambda: here.client("phone").connect().subscribe("news/all"), qos=0)


@seen("missed-while-away", UNEXPLAINED, unsaid=r"clean session off")
def nothing_was_missed(lab):
    here = Recording(lab)
    reader = here.client("phone").connect(clean=False).subscribe("news/all", qos=1)
    return away(here, reader.leave, lambda: here.client("phone").connect(clean=False))


# ---- what nobody asked for -------------------------------------------------------------------------


@seen("unwanted", r"its own messages", r"app/#")
def its_wide_filter_takes_in_its_own(lab):
    here = Recording(lab)
    app = here.client("app").connect().subscribe("app/#")
    for turn in range(5):
        app.publish("app/7/state", f"{turn}")
        here.wait(10)
    return here


@seen("unwanted", r"house/#", r"takes in 6 topics")
def the_filter_takes_in_the_whole_house(lab):
    here = Recording(lab)
    here.client("panel").connect().subscribe("house/#")
    hub = here.client("hub").connect()
    for turn in range(3):
        for room in ("hall", "bath", "attic", "cellar", "kitchen", "garage"):
            hub.publish(f"house/{room}/light", f"{turn}")
            here.wait(2)
    return here


@seen("unwanted", r"unsubscribed from", r"letter|stands as it was")
def it_leaves_a_filter_that_it_never_had(lab):
    here = Recording(lab)
    panel = here.client("panel").connect().subscribe("house/+/light")
    hub = here.client("hub").connect()
    for turn in range(3):
        hub.publish("house/hall/light", f"{turn}")
        here.wait(5)
    panel.unsubscribe("house/hall/light")
    for turn in range(3):
        hub.publish("house/hall/light", f"{turn}")
        here.wait(5)
    return here


@seen("unwanted", r"2 clients publish", r"test")
def somebody_tests_on_the_same_topic(lab):
    here = Recording(lab)
    here.client("panel").connect().subscribe("plant/heat")
    sensor, other = here.client("sensor").connect(), here.client("test").connect()
    for turn in range(4):
        sensor.publish("plant/heat", f"{20 + turn}")
        here.wait(10)
        other.publish("plant/heat", f"{90 + turn}")
        here.wait(10)
    return here


@seen("unwanted", UNEXPLAINED)
def it_gets_what_it_asked_for(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    return here


# ---- too much --------------------------------------------------------------------------------------


@seen("too-much", r"meter sends|meter \(", r"per second")
def one_meter_makes_the_noise(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/meter")
    slow, meter = here.client("slow").connect(), here.client("meter").connect()
    for turn in range(120):
        meter.publish("plant/meter", f"{turn}")
        if turn % 40 == 0:
            slow.publish("plant/slow", f"{turn}")
        here.wait(0.2)
    return here


@seen("too-much", r"say the same as the one before")
def it_says_the_same_each_second(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/valve")
    valve = here.client("valve").connect()
    for _ in range(60):
        valve.publish("plant/valve", "closed")
        here.wait(1)
    return here


@seen("too-much", r"new topic each time", r"retained")
def a_topic_for_each_reading(lab):
    here = Recording(lab)
    meter = here.client("meter").connect()
    for turn in range(40):
        meter.publish(f"meter/7/{1_700_000_000 + 5 * turn}", f"{turn}", retain=True)
        here.wait(5)
    return here


@seen("too-much", r"away for", r"keeps all of its messages|session")
def a_session_that_nobody_fetches(lab):
    here = Recording(lab)
    here.client("old-phone").connect(clean=False).subscribe("news/all", qos=1).leave()
    steady(here, here.client("writer").connect(), "news/all", 12, qos=1)
    return here


@seen("too-much", UNEXPLAINED)
def it_is_not_much(lab):
    here = Recording(lab)
    here.client("reader").connect().subscribe("plant/heat")
    steady(here, here.client("sensor").connect(), "plant/heat")
    return here


# ---- the same without the option -------------------------------------------------------------------



@reported("--symptom", HEALTHY, slowest=60)
def none_of_these_is_told_unasked(lab):
    told = []
    answer = None
    for function in ON_PAPER:
        if function.__name__ not in HEALTHY_ONES:
            continue
        answer = explain(function(lab).file())
        findings = answer.report["causes"] + [each for each in answer.report["warnings"] if each["severity"] == "warning"]
        if findings:
            told.append(f"{function.__name__}: {findings[0]['cause']}")
    if told:
        raise RuntimeError("\n".join(told))
    return answer


HEALTHY_ONES = {
    "the_new_topic_is_in_no_session", "nobody_says_a_word", "the_sensor_is_there_and_silent", "all_of_it_arrives",
    "it_was_away_for_three_of_them", "it_did_not_send_while_it_was_away", "the_retained_one_comes_after_each_connect",
    "the_logger_sends_what_it_kept", "the_logger_sends_by_the_dozen", "the_reader_comes_by_now_and_then",
    "the_state_at_qos_1_and_the_event_at_qos_0", "two_connections_of_one_app",
    "four_tasks_of_one_app_publish", "it_comes_back_under_another_name",
    "its_wide_filter_takes_in_its_own", "the_filter_takes_in_the_whole_house", "somebody_tests_on_the_same_topic",
    "one_meter_makes_the_noise", "it_says_the_same_each_second", "a_topic_for_each_reading",
    "a_session_that_nobody_fetches"}


# ---- real clients and mosquitto --------------------------------------------------------------------


@live("late", r"gateway", r"was away", r"15 messages")
def a_real_gateway_sends_what_it_kept(lab):
    subscriber(lab.router, "panel", "-q", "1", "-t", "plant/#")
    python(lab.phone, f"""from client import *
def come():
    app = Client("{SERVER}", 1883, False)
    app.connect("gateway")
    return app
def say(app, number):
    app.send(0x32, text("plant/t") + struct.pack(">H", number) + str(number).encode())
app = come()
for number in range(1, 5):
    say(app, number)
    app.wait(1)
app.link.close()
time.sleep(5)
app = come()
for number in range(5, 20):
    say(app, number)
app.wait(1)
""").wait(30)


@live("late", r"TCP_NODELAY|Nagle", r"\d\d ms")
def two_writes_for_each_message(lab):
    """The head in one write and the rest in another: the second waits for the delayed ACK of the first."""
    python(lab.phone, f"""from client import *
app = Client("{SERVER}", 1883, False)
app.connect("board")
app.wait(0.5)
for number in range(1, 25):
    body = text("plant/t") + struct.pack(">H", number) + b"21.5"
    app.link.sendall(bytes([0x32, len(body)]))
    app.link.sendall(body)
    app.wait(0.2)
""").wait(30)


@live("missed-while-away", r"identifier", r"panel-1", r"panel-2")
def a_real_reader_under_another_name(lab):
    for name, seconds in (("panel-1", 1), ("panel-2", 8)):
        one = lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", name, "-c", "-q", "1", "-t", "news", "-W", str(seconds))
        if name == "panel-2":
            time.sleep(6)
        one.wait(15)
        for number in range(3 if name == "panel-1" else 0):
            sent(lab, "news", "-q", "1", "-m", f"news {number}")


@live("nothing-arrives", UNEXPLAINED, r"Each of the 5 messages")
def a_real_reader_gets_all_of_it(lab):
    subscriber(lab.phone, "panel", "-q", "1", "-t", "news")
    time.sleep(0.5)
    for number in range(5):
        sent(lab, "news", "-q", "1", "-m", f"news {number}", "-i", "writer")
        time.sleep(0.3)


@live("some-missing", r"not connected", r"session|QoS 1")
def a_real_reader_was_away(lab):
    for turn in range(2):
        one = lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "panel", "-t", "news", "-W", "3")
        time.sleep(1)
        sent(lab, "news", "-m", f"here {turn}")
        one.wait(10)
        if turn == 0:
            for number in range(4):
                sent(lab, "news", "-m", f"away {number}")
                time.sleep(0.3)


@live("unwanted", r"house/#", r"takes in")
def a_real_filter_takes_in_the_house(lab):
    subscriber(lab.phone, "panel", "-t", "house/#")
    time.sleep(0.5)
    for room in ("hall", "bath", "attic", "cellar", "kitchen"):
        sent(lab, f"house/{room}/light", "-m", "on", "-i", "hub")
        time.sleep(0.2)
