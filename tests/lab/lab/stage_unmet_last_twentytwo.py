"""Never met, the twenty-second batch, its last part: thrown out, not sent, out of order, as people told of them; what apps
and logs print; and what is odd and healthy."""
import pathlib
import subprocess
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_SERVER, SERVER
from .reported import proved, reported, said
from .services import mosquitto, scripted, websocket_broker
from .stage_unmet_eighteen import python, sent
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client
from .stage_unmet_twenty import count, read, staged, subscriber
from .stage_unmet_twentytwo import asked, seen, talk
from .unmet import unmet

# ---- thrown out -----------------------------------------------------------------------------------

# Takes no PINGREQ for a sign of life, though it answers it.
UNMOVED = """from talk import *
import threading
seen = {}
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        threading.Thread(target=watch, args=(link, body[9]), daemon=True).start()
    if first >> 4 != 12:
        seen[link] = time.monotonic()
    return usual(broker, link, about, first, body)
def watch(link, keep_alive):
    while time.monotonic() - seen.get(link, time.monotonic()) < 1.5 * keep_alive:
        time.sleep(0.1)
    link.shutdown(socket.SHUT_RDWR)
Broker(answers).run()
"""


@reported(GITHUB + "ntex-rs/ntex-mqtt/issues/14 KeepAlive is not working for PingRequest", r"broker|server", r"\bping",
          r"although|despite|though|in time|answered|\beven\b|not count|ignor|pings? (came|come|arrive)|while",
          unsaid=r"\b(no|without|never sends?( an?)?|sends? no) ping|pings? (too late|is missing|are missing)", slowest=20)
def pings_do_not_count(lab):
    python(lab.server, UNMOVED)
    lab.server.wait_for_port(1883)

    def act():
        for turn in range(3):
            one = client(lab.phone, "connect=basic,2", "subscribe=0,some/topic", "pings=9")
            staged(one.wait(9) == 1, "it was not thrown out")
            time.sleep(0.4)
    return seen(lab, "drops", act)


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/245 Some clients keep reconnecting", r"keep.?alive",
          r"\bping|silen|nothing|\blate\b|quiet|in time|exceed|longer", slowest=20)
def its_loop_is_busy_elsewhere(lab):
    process = mosquitto(lab.server)

    def act():
        for _ in range(3):
            client(lab.phone, "connect=azure-worker-7,2", "subscribe=0,jobs/#", "wait=9").wait(9)
            time.sleep(0.3)
    answer = seen(lab, "drops", act)
    staged(count("azure-worker-7 has exceeded timeout", process) == 3, "no timeout")
    return answer


@reported(GITHUB + "emqx/emqx/issues/935 Crash (a loop of connects and disconnects, paho's reconnect and one's own)",
          r"identifier|client.?id", r"\bsame\b|twice|\btwo\b|another|\bother|takes? over|second", slowest=20)
def two_ways_to_reconnect_in_one_app(lab):
    """Each takes the other's connection away, both with the name of the service."""
    process = mosquitto(lab.server)

    def act():
        ways = [subscriber(lab.phone, "persistence-service", "-q", "1", "-c", "-t", "data/#") for _ in range(2)]
        time.sleep(6)
        for one in ways:
            one.kill()
            one.wait()
    answer = seen(lab, "drops", act)
    staged(count("persistence-service already connected, closing old connection", process) >= 3, "they do not fight")
    return answer


# As RabbitMQ: the refusal, and then the end of the connection.
STRICT = """from talk import *
def answers(broker, link, about, first, body):
    if first >> 4 == 8 and b"secret_topic" in body:
        link.sendall(b"\\x90\\x04" + body[:2] + b"\\0\\x87")
        return False
    return usual(broker, link, about, first, body, v5=True)
Broker(answers).run()
"""


@reported(GITHUB + "rabbitmq/rabbitmq-server/issues/12742 MQTT 5.0: Connection close on non-authorized topic subscription "
          "attempt", r"secret_topic", r"subscri", r"refus|permi|not allow|authori|\brights?\b|may not|denie|forbid")
def one_forbidden_filter_ends_it_all(lab):
    python(lab.server, STRICT)
    lab.server.wait_for_port(1883)

    def act():
        for _ in range(3):
            one = talk(lab.phone, """
one = Talk(HOST, v5=True).connect("my-pod-name8").subscribe("allowed_topic", qos=1)
one.publish("allowed_topic", "here", qos=1)
one.wait(0.5)
one.subscribe("secret_topic")
print(lives(one), flush=True)
one.close()
""", seconds=6)
            staged(pathlib.Path(one.log).read_text().strip() == "False", "it is still connected")
            time.sleep(0.6)
    return seen(lab, "drops", act)


@reported(GITHUB + "aws/aws-iot-device-sdk-js/issues/64 client disconnect when doing pub/sub", r"publish|\bsend|\bsent|writ",
          r"permi|polic|\brights?\b|allow|authori|may not|refus|forbid|\bACL")
def the_policy_knows_no_such_topic(lab):
    host = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"
    in_the_cloud(lab, "amazonaws.com", "52.10.2.3")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "versions=4,5", "publish=close", "only=req")
    words = ("-p", "8883", "--cafile", ca())
    proved(lab.phone, *words, at=host)
    done = subprocess.run(lab.phone.command("timeout", "2", "mosquitto_pub", "-h", host, *words, "-q", "1", "-t", "req", "-m",
                                            "on"), capture_output=True)
    staged(done.returncode, "it may be sent there")
    return doctor(lab.phone, "delivery", f"mqtts://{host}:8883", "--cafile", ca(), "-i", "nexus-5", "-t", "req", "--publish",
                  "--symptom", "drops")


# ---- it cannot be sent ----------------------------------------------------------------------------

SMALL_ONES = """import sys, odd_broker
publish = odd_broker.Broker.publish
def small(self, flags, body):
    return len(body) < 65536 and publish(self, flags, body)
odd_broker.Broker.publish = small
import server
server.main()
"""


@reported(GITHUB + "emqx/emqx/issues/642 Cannot publish payloads with a size of the order 64K using WebSockets",
          r"\bsize|\blarge|\bbig|bytes|limit",
          r"clos|\bcut|hang|\bends?\b|drop|thr(ew|own)|refus|\blost|never|not (taken|accept|arrive)")
def nothing_over_64_k_through_the_web_socket(lab):
    python(lab.server, SMALL_ONES, 8083, "ws", "path=/mqtt", "piece=16000", "--", "broker", "hub=yes")
    lab.server.wait_for_port(8083)
    for size, ends in ((60000, "True"), (70000, "False")):
        one = talk(lab.phone, f"""
one = Talk(HOST, 8083, web=True).connect("chrome").subscribe("photos")
data = b"\\x30" + b"%s" + text("photos") + bytes({size})
size = len(data) - 3
data = b"\\x30" + bytes([size % 128 | 128, size // 128 % 128 | 128, size // 16384]) + text("photos") + bytes({size})
one.link.sendall(b"\\x82\\xff" + len(data).to_bytes(8, "big") + bytes(4) + data)
one.wait(1)
print(lives(one), flush=True)
""", seconds=9)
        staged(pathlib.Path(one.log).read_text().strip() == ends, pathlib.Path(one.log).read_text())
    return doctor(lab.phone, "delivery", f"ws://{SERVER}:8083/mqtt", "--size", "100k", "--symptom", "cannot-send")


@reported(GITHUB + "eclipse-paho/paho.mqtt.c/issues/736 Socket error if publishing a payload equal to / bigger than 128 bytes "
          "via websockets", r"web ?socket", r"frame|length|malformed|broken|invalid|\bmask|violat|protocol error")
def the_frames_length_is_wrong(lab):
    websocket_broker(lab.server)

    def act():
        for turn in range(3):
            one = talk(lab.phone, """
one = Talk(HOST, 9001, web=True).connect("paho-async")
one.publish("test/small", "x" * 90, qos=1)
one.wait(0.6)
one.heard = b""
data = b"\\x32\\x90\\1" + text("test/large") + b"\\0\\2" + b"x" * 130
mask = bytes([1, 2, 3, 0x78 ^ 0xF3])
one.link.sendall(bytes([0x82, 0x80 | len(data) & 127]) + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))
one.wait(0.7)
print(one.heard[:4].hex(), flush=True)
one.close()
""", seconds=9)
            staged(pathlib.Path(one.log).read_text().strip() == "880903ea", "it was taken")
            time.sleep(0.3)
    return seen(lab, "cannot-send", act, port=9001)


# After twenty messages of QoS 2 it completes no further one.
TWENTY = """from talk import *
total = 0
def answers(broker, link, about, first, body):
    global total
    if first >> 4 == 3:
        total += 1
        if total > 20:
            return None
    return usual(broker, link, about, first, body)
Broker(answers).run()
"""


@reported(GITHUB + "vernemq/vernemq/issues/39 No progress when publishing many QoS 2 messages.",
          r"QoS ?2|PUBREC|PUBCOMP|acknowledg",
          r"no answer|not (been )?(acknowledg|answer|complet|confirm)|never|\bstop|unanswer|silen|without|no longer|missing",
          r"broker|server")
def twenty_are_completed_and_no_more(lab):
    python(lab.server, TWENTY)
    lab.server.wait_for_port(1883)

    def act():
        words = ("timeout", "5", "mosquitto_pub", "-h", SERVER, "-i", "libmosquitto-test", "-q", "2", "-t", "load", "-l")
        done = subprocess.run(lab.phone.command(*words), input="\n".join(map(str, range(60))) + "\n", text=True)
        staged(done.returncode == 124, "all were completed")
    return seen(lab, "cannot-send", act)


# ---- in another order -----------------------------------------------------------------------------

# Keeps what comes while a client is away, and brings it in an order of its own.
SHUFFLED = """from talk import *
kept, here = [], []
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 1 and body[7] & 2 == 0:
        link.sendall(b"\\x20\\2" + bytes([bool(kept)]) + b"\\0")
        here[:] = [link]
        about["reader"] = True
        link.sendall(b"".join(bytes([0x32, len(one) + 2]) + one[:6] + bytes([1, number + 1]) + one[6:] for number, one in
                              enumerate(sorted(kept, key=lambda each: each[::-1]))))
        kept.clear()
        return None
    if kind == 14 and about.get("reader"):
        here.clear()
    if kind == 3:
        body_without = body[:6] + body[8:]
        if here: here[0].sendall(bytes([0x32, len(body)]) + body)
        else: kept.append(body_without)
    return usual(broker, link, about, first, body)
Broker(answers).run()
"""


@reported(GITHUB + "nanomq/nanomq/issues/894 Message Order Not Preserved.", r"\border\b|sequence", r"broker|server")
def what_waited_comes_in_another_order(lab):
    python(lab.server, SHUFFLED)
    lab.server.wait_for_port(1883)

    def act():
        words = ("-i", "sub-894", "-c", "-q", "1", "-t", "test")
        staged(read(lab.router, *words) == [], "something waits")
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-i", "pub-894", "-q", "1", "-t", "test", "-l",
                      input="\n".join(f"message {number:02}" for number in range(1, 21)) + "\n")
        got = read(lab.router, *words)
        staged(len(got) == 20 and got != sorted(got), got)
    return seen(lab, "wrong-order", act)


@reported(GITHUB + "emqx/emqx/issues/3046 Message order is not preserved in cluster", r"\border\b|sequence",
          r"broker|server|cluster|node")
def two_change_places_on_their_way(lab):
    scripted(lab.server, 1883, "exchange", "swap")
    heard = subscriber(lab.router, "proof", "-q", "1", "-t", "test")
    time.sleep(0.5)
    lab.phone.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "test", "-l", input="1\n2\n3\n4\n5\n")
    time.sleep(0.6)
    got = pathlib.Path(heard.log).read_text().split()
    staged(sorted(got) == list("12345") != got, got)
    heard.terminate()
    heard.wait()
    return asked(lab, "wrong-order", "-t", "test", "--publish")


# ---- what apps and logs print ---------------------------------------------------------------------


@reported(GITHUB + "wind-c/comqtt/issues/35 server.Events.OnSubscribe (MQTTX after the upgrade)", r"subscri",
          r"refus|permi|allow|\bACL|authori|denie|\brights?\b")
def mqttx_speaks_of_an_unexpected_qos(_):
    return said("Subscribe Failed Unexpected QoS, SubACK failed, Please check MQTT broker ACL configuration", "--app", "mqttx")


@reported(GITHUB + "emqx/emqx/issues/12444 dropped_msg_due_to_mqueue_is_full", r"queue", r"full|slow|drop|thrown|lost",
          r"client|subscriber|receiver|read|acknowledg|app\b")
def emqx_drops_what_the_client_does_not_take(_):
    return said("2024-02-01T08:15:05.431+00:00 [warning] clientid: rust_subscribe, msg: dropped_msg_due_to_mqueue_is_full, "
                "peername: 172.17.0.1:51234, username: xxxx, topic: xxx/1, dropped_qos: 0, max_len: 1000, len: 1000")


@reported(GITHUB + "emqx/emqx/issues/11777 make mqtt can't connect (queue_full)",
          r"\brule|bridge|resource|integration|connector|\bsink|target|behind|database|downstream|other system",
          r"queue|buffer|full|drop")
def emqx_speaks_of_a_full_queue_of_a_bridge(_):
    return said("2023-10-17T03:12:44.120+00:00 [error] msg: drop_query, mfa: emqx_resource_worker:append_queue/4, line: 735, "
                "dropped: 1, reason: queue_full")


@reported(GITHUB + "arendst/Tasmota/issues/3912 Transmitting command by mqtt.fx not succesfull",
          r"command|topic", r"payload|unknown|not know|spell|word|blank|space")
def tasmota_knows_no_such_command(_):
    return said('14:39:02 MQT: stat/S20neu/RESULT = {"Command":"Unknown"}', "--app", "tasmota")


# ---- odd, and healthy -----------------------------------------------------------------------------


@unmet("healthy", is_long=True)
def aliases_and_other_news_of_mqtt_5(lab):
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "reader-5", "-V", "5", "-q", "1", "-D", "subscribe", "subscription-identifier", "7",
                           "-D", "connect", "receive-maximum", "4", "-t", "plant/#")
        time.sleep(0.4)
        talk(lab.phone, """
one = Talk(HOST, v5=True).connect("press-5", properties=b"\\x11\\0\\0\\0\\x3c")
one.publish("plant/a-very-long-name-of-a-press/temperature", "20", qos=1, properties=b"\\x23\\0\\1\\x03" + text("text/plain"))
for value in range(21, 27):
    one.publish("", str(value), qos=1, properties=b"\\x23\\0\\1\\x02\\0\\0\\0\\x3c")
    one.wait(0.3)
one.goodbye(0)
""", seconds=9)
        time.sleep(0.3)
        staged(pathlib.Path(heard.log).read_text().split() == [str(value) for value in range(20, 27)], "not all came")
        heard.terminate()
        heard.wait()
    return explain(captured(lab, lab.server, act))


@unmet("healthy", is_long=True)
def three_share_the_work(lab):
    mosquitto(lab.server)

    def act():
        workers = [subscriber(host, f"worker-{number}", "-q", "1", "-t", "$share/workers/jobs/#") for number, host in
                   enumerate((lab.phone, lab.router, lab.phone))]
        time.sleep(0.5)
        for number in range(12):
            sent(lab, "jobs/new", "-q", "1", "-i", "orders", "-m", f"job-{number}")
        time.sleep(0.4)
        staged([count("job-", worker) for worker in workers] == [4, 4, 4], "not shared")
        for worker in workers:
            worker.terminate()
            worker.wait()
    return explain(captured(lab, lab.server, act))


@unmet("healthy", is_long=True)
def a_bridge_with_a_prefix(lab):
    mosquitto(lab.router, name="far.conf")
    near = mosquitto(lab.server, "connection site-1", f"address {ROUTER_SERVER}:1883", 'topic # out 1 sensors/ site1/',
                     'topic # in 1 commands/ site1/commands/', "cleansession false")
    time.sleep(1)

    def act():
        far = lab.router.start("mosquitto_sub", "-v", "-h", "127.0.0.1", "-t", "site1/#")
        got = subscriber(lab.phone, "valve", "-t", "commands/valve")
        time.sleep(0.5)
        for value in range(4):
            sent(lab, "sensors/hall", "-q", "1", "-i", "hall", "-m", f"2{value}.5", host=lab.phone)
            time.sleep(0.3)
        lab.router.run("mosquitto_pub", "-h", "127.0.0.1", "-q", "1", "-t", "site1/commands/valve", "-m", "open")
        time.sleep(0.5)
        for one in (far, got):
            one.terminate()
            one.wait()
        staged(count("open", got) == 1 and count("commands/valve", near), "nothing came over the bridge")
    return explain(captured(lab, lab.server, act))


@unmet("healthy", is_long=True)
def frames_and_packets_have_other_borders(lab):
    """Two packets in one frame, and one packet in three."""
    websocket_broker(lab.server)
    heard = subscriber(lab.server, "proof", "-t", "web/#")

    def act():
        talk(lab.phone, """
one = Talk(HOST, 9001, web=True)
packets = []
real, one.raw = one.raw, packets.append
one.connect("browser-17")
one.send(0x82, one.new_id() + text("web/in") + b"\\0")
real(b"".join(packets))
one.wait(0.5)
for turn in range(4):
    packets.clear()
    one.publish("web/out", "a message that is longer than most", qos=1)
    whole = packets[0]
    for part in (whole[:1], whole[1:20], whole[20:]):
        real(part)
    one.wait(0.4)
packets.clear()
one.send(0xC0, b"")
one.send(0xE0, b"")
real(packets[0])
one.wait(0.2)
real(packets[1])
one.close()
""", seconds=9)
        staged(count("longer", heard) == 4, pathlib.Path(heard.log).read_text())
    return explain(captured(lab, lab.server, act, port=9001))


@unmet("healthy", is_long=True)
def it_sleeps_deeply_and_wakes_for_a_moment(lab):
    """It comes, says one thing and takes its leave; what was meant for it waits for it."""
    mosquitto(lab.server)

    def act():
        heard = subscriber(lab.router, "home-assistant", "-q", "1", "-t", "garden/#")
        for turn in range(5):
            talk(lab.phone, f"""
one = Talk(HOST).connect("garden-sensor", clean=False)
one.subscribe("command/garden", qos=1)
one.publish("garden/soil", "4{turn}", qos=1)
one.answer(0.4)
one.goodbye()
""", seconds=6)
            sent(lab, "command/garden", "-q", "1", "-i", "panel", "-m", f"interval {{turn}}")
            time.sleep(1)
        staged(len(pathlib.Path(heard.log).read_text().split()) == 5, "not all came")
        heard.terminate()
        heard.wait()
    return explain(captured(lab, lab.server, act))
