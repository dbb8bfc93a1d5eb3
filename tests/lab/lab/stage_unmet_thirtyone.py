"""Never met, the thirty-first batch: once more a sample of what people report in public. Phrases as a user would type
them, other ones than those of the batches before, written down before the first was searched (among issues); of each
the first one or two reports whose cause the thread tells, easy or hard, that no earlier batch had staged. Written down
with its right answers by somebody who had neither read the doctor's code nor asked it.

 1 docker compose container mqtt broker connection        17 mqtt shared subscription not receiving messages
   refused hostname                                       18 mqtt websocket unexpected server response 404 path
 2 nginx stream mqtt proxy connection reset               19 mosquitto letsencrypt privkey permission denied
 3 mqtt error ECONNREFUSED 127.0.0.1:1883                 20 mosquitto bridge remote tls error keeps reconnecting
 4 esp32 WiFiClientSecure mqtt fails certificate time     21 mqtt connects by ip but not by hostname .local
   not set                                                22 two instances same mqtt client kick each other
 5 mqtt ssl CERTIFICATE_VERIFY_FAILED hostname mismatch   23 mqtt 遗嘱消息 不触发
 6 mqtt.js connack timeout                                24 esp8266 mqtt 数据太长 收不到 发送失败
 7 mosquitto does not start address already in use        25 mqtt 消息延迟 很大
 8 port 1883 open but cannot connect cloud vm             26 mqtt 消息重复 收到两次
 9 rumqttc connection closed by peer abruptly             27 emqx docker 启动 客户端 连不上 端口
10 paho golang network error EOF connection lost          28 uniapp mqtt wss 连接失败
11 mqtt large message not received esp8266 buffer         29 springboot mqtt 客户端 连接丢失 断开 重连
12 paho python publish in a loop only some arrive         30 mqtt offline messages qos 0 queue full dropped
13 mqtt broker bridge endless loop duplicates             31 mqtt client id too long identifier rejected
14 mqtt messages delayed several seconds, in bursts       32 mqtt special characters password not authorized
15 messages lost while offline persistent session         33 subscribed wrong topic leading slash no messages
16 mqtt last will not published                           34 mqtt VPN wireguard tailscale cannot connect
35 mqtt 服务器 防火墙 端口 未开放 连接超时 解决           36 mqtt 客户端 clientid 重复 互相踢 订阅 收不到
37 mqtt broker vlan IoT network device cannot reach       38 mqtt command, device does not react, case sensitive

The last eight were written down when those before them had been searched, because 1, 3, 5, 8, 9, 10, 13, 15, 20, 23,
26 and 29 led to nothing whose cause was told and that had not been staged before; nor did 34. Only what the search
showed of a thread was read. What is true stands with each case.
"""
import os
import pathlib
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import dnsmasq, etc, mosquitto, nginx, password_file, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_eighteen import sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import count, staged, subscriber
from .stage_unmet_twentyone import configured
from .stage_unmet_twentysix import odd
from .stage_unmet_twentytwo import seen, talk

NONE = r"\bno(t|ne|body|thing)?\b|never|without|differ|mismatch|other"


def text_of(process):
    return pathlib.Path(process.log).read_text(errors="replace")


def there(lab, word, *more):
    return doctor(lab.server, "localhost", "--on-broker", "--symptom", word, *more)


# ---- 2 to 8: the way to the broker -----------------------------------------------------------------


@reported(GITHUB + "mrk-its/homeassistant-blitzortung/issues/307 Public MQTT proxy resets CONNECT without CONNACK",
          r"limit|max|too many|\bfull\b|how many|number of|capacity|no more (clients|connections)",
          r"connection|client", unsaid=r"same client.?id|\bTLS\b.{0,30}(needed|expected|wanted)")
def the_proxy_takes_no_more_connections(lab):
    """True: the public proxy has reached its number of connections, and resets each further one behind its CONNECT. An
    expert, from what the proxy recorded: three clients stay and are served, everybody who comes after them is reset
    without a CONNACK, whatever the client id; so look at the limit of connections (or of files) there first."""
    odd(lab, """
import threading
room = threading.Semaphore(3)
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and not room.acquire(blocking=False):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    return usual(broker, link, about, first, body)
""")

    def act():
        inside = talk(lab.router, """
those = [Talk(HOST).connect("blitz-%d" % turn).subscribe("blitzortung/1.1/#") for turn in range(3)]
for turn in range(4):
    for one in those:
        one.send(0xC0, b"")
        one.wait(0.2)
assert all(one.heard.count(bytes([0xD0, 0])) == 4 for one in those)
""")
        time.sleep(2)
        talk(lab.phone, """
for name in ("", "home-1", "home-2", "home-3", "home-4"):
    one = Talk(HOST).connect(name)
    assert not one.heard, one.heard
    one.close()
    time.sleep(0.2)
""", seconds=9)
        staged(inside.wait(12) == 0, text_of(inside))
    return seen(lab, "cannot-connect", act)


@reported(GITHUB + "OPEnSLab-OSU/SSLClient/issues/27 ESP32 after a few days starts returning error Certificate is "
          "expired "
          "or not yet valid", r"clock|\btime\b|\bdate\b", r"device|client|board|own|here|this|NTP|set",
          unsaid=r"firewall|password")
def the_board_says_expired_or_not_yet(_):
    """True: the time given to the library is wrong. An expert: either the certificate has run out, or the device's own
    clock is wrong; look at its time first (NTP, setVerificationTime), for the certificate can be read elsewhere."""
    return said("(SSLClient)(SSL_WARN)(m_run_until): Terminating because the ssl engine closed\n"
                "(SSLClient)(SSL_ERROR)(m_start_ssl): Failed to initlalize the SSL layer\n"
                "(SSLClient)(SSL_ERROR)(m_print_br_error): Certificate is expired or not yet valid.")


@reported(GITHUB + "knolleary/pubsubclient/issues/786 MQTT with TLS example", r"certificate",
          r"clock|\btime\b|\bdate\b",
          r"client|device|10\.77\.1\.2", unsaid=r"plain MQTT|not speak TLS")
def the_sketch_never_set_its_clock(lab):
    """True: the board's clock says 1970, and to it the broker's certificate is not valid yet. An expert, from what was
    recorded: it is the client that ends each handshake with an alert about the broker's certificate, though the
    certificate is in order; so it does not know the authority, or its clock is wrong."""
    mosquitto(lab.server, *tls_lines(), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="10.77.2.2")

    def act():
        for _ in range(3):
            words = lab.phone.run("sh", "-c", f"faketime '1970-01-01 00:00:40' openssl s_client -connect {SERVER}:8883 "
                                  f"-tls1_2 -CAfile {ca()} -verify_return_error </dev/null 2>&1", check=False)
            staged("not yet valid" in words, words)
            time.sleep(0.3)
    return seen(lab, "cannot-connect", act, port=8883)


@reported(GITHUB + "MichelFR/MqDockerUp/issues/363 default timeout of 60 (milliseconds) causes connack timeout",
          r"CONNACK|answer|acknowledg|accept", r"client|mqdockerup",
          r"time.?out|wait|too (soon|early|short)|longer|patien|gives? up|\bms\b|millisecond|after 0[.,]\d",
          unsaid=r"firewall|not an MQTT|wrong port")
def it_waits_sixty_milliseconds(lab):
    """True: connectTimeout is 60, meant as seconds and taken as milliseconds. An expert, from what was recorded: the
    client hangs up 60 ms after its CONNECT, before the answer that takes a fifth of a second comes; raise its
    timeout."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1:
        time.sleep(0.2)
    return usual(broker, link, about, first, body)
""")
    proved(lab.router)

    def act():
        desk = talk(lab.router, """
one = Talk(HOST).connect("desk")
assert one.heard == bytes.fromhex("20020000"), one.heard
one.wait(3)
one.goodbye()
""")
        talk(lab.phone, """
for turn in range(6):
    one = Talk(HOST)
    one.send(0x10, text("MQTT") + bytes([4, 2, 0, 60]) + text("mqdockerup_3f1"))
    one.wait(0.06)
    assert not one.heard, one.heard
    one.close()
    time.sleep(0.3)
""", seconds=9)
        staged(desk.wait(9) == 0, text_of(desk))
    return seen(lab, "cannot-connect", act)


@reported(MOSQUITTO + "1768 `Error: Address already in use` after fresh installation on Debian 9", HEALTHY)
def the_service_was_running_all_the_time(lab):
    """True: "mosquitto -v" tries to start a second broker, and the service already has the port. An expert: the broker
    runs and lets people in; nothing is to be mended."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    second = lab.server.run("mosquitto", "-v", "-p", "1883", check=False)
    staged("already in use" in second or not second, second)
    proved(lab.phone)
    return on_broker(lab)


@reported(GITHUB + "ConnectedHumber/Air-Quality-Web/issues/53 Mosquitto stuck Address in use (1883)",
          r"1883|already in use|address in use",
          r"already|(an)?other (process|mosquitto|broker|program|one)|second|old|left ?over|still|two (brokers|mosq)",
          r"in use|taken|occup|holds|has (the|that|this) port|grab|does not (get|have)|two|stop|127\.0\.0\.1")
def an_old_process_holds_the_port(lab):
    """True: a broker that was left over has the port, so the one of the service cannot start. An expert, on the
    server: the log says "Address already in use"; another mosquitto, which listens at 127.0.0.1 alone, holds 1883; end
    that one and start the service."""
    path = lab.file("by-hand.conf", "user root\nlistener 1883 127.0.0.1\nallow_anonymous true\n")
    lab.server.start("mosquitto", "-c", path, ready=1883)
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("Address already in use", log)
    proved(lab.phone, not_=True)
    proved(lab.server, at="127.0.0.1")
    return on_broker(lab, AT)


# ---- 11 and 12, 24: large ones, lost ones ----------------------------------------------------------


@reported(GITHUB + "nodemcu/nodemcu-firmware/issues/2308 MQTT subscribe - large messages get ignored quietly",
          r"large|big|long|size|bytes|\bkB\b|length", r"nodemcu-5",
          r"PUBACK|acknowledg|confirm|buffer|reads?|ignor|swallow|takes? (no|none)", unsaid=r"\bACL\b|permission")
def the_firmware_ignores_what_is_large(lab):
    """True: the firmware has room for 1 KB, and drops whatever is larger without a word. An expert, from what was
    recorded: the broker sends all of them to nodemcu-5; the small ones are acknowledged, none of the large (1.5 kB)
    is; its buffer is too small."""
    process = mosquitto(lab.server, "max_inflight_messages 0")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("nodemcu-5").subscribe("sign/text", qos=1)
one.heard = b""
end = time.monotonic() + 5
while time.monotonic() < end:
    one.wait(0.1)
    while (packet := one.first_packet(one.heard)) is not None:
        head, body = packet
        one.heard = one.heard[len(head) + len(body):]
        if head[0] >> 4 == 3 and len(body) < 1024:
            one.send(0x40, body[11:13])
one.goodbye()
""")
        time.sleep(0.8)
        for turn in range(4):
            sent(lab, "sign/text", "-i", "editor", "-q", "1", "-m", f"short {turn}")
            time.sleep(0.3)
            sent(lab, "sign/text", "-i", "editor", "-q", "1", "-m", f"{turn}" * 1500)
            time.sleep(0.3)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "some-missing", act)
    staged(count("Received PUBACK from nodemcu-5", process) == 4
           and count("Sending PUBLISH to nodemcu-5", process) >= 8,
           text_of(process))
    return answer


@reported(GITHUB + "knolleary/pubsubclient/issues/353 Large message won't receive correctly", HEALTHY)
def the_json_library_had_too_little_room(lab):
    """True: the message arrived in full; it was the JSON library of the sketch that had too small a buffer. An expert,
    from what was recorded: all is delivered and acknowledged."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("ESP8266-9c").subscribe("plan/week", qos=1)
one.answer(4)
one.goodbye()
""")
        time.sleep(0.7)
        for turn in range(3):
            sent(lab, "plan/week", "-i", "mqttfx", "-q", "1", "-m", '{"plan":[%s]}' % ",".join(["[17,3]"] * 248))
            time.sleep(0.5)
        staged(app.wait(9) == 0, text_of(app))
    path = captured(lab, lab.server, act)
    staged(count("Received PUBACK from ESP8266-9c", process) == 3, text_of(process))
    return explain(path)


@reported(GITHUB + "espressif/ESP8266_RTOS_SDK/issues/263 使用MQTT的demo，发现payload较大的时候,，数据发不出去了！bug？？",
          r"esp8266-rtos", r"publish|sends?|sent|leaves",
          r"\bno\b|never|nothing|not (one|a single|any)|does not (send|publish)|none",
          unsaid=r"\bACL\b|permission|refus|same client.?id")
def the_buffer_is_too_small_to_publish(lab):
    """True: the payload is larger than the buffer given to MQTTClientInit, so that MQTTPublish() returns -1 and nothing
    goes out. An expert, from what was recorded: esp8266-rtos is connected and pings, and never sends a PUBLISH; look
    for it in the device (what its call returns, its buffer)."""
    process = mosquitto(lab.server)

    def act():
        reader = subscriber(lab.router, "reader", "-t", "lamp/state")
        talk(lab.phone, """
one = Talk(HOST).connect("esp8266-rtos", keep_alive=2).subscribe("lamp/set")
for turn in range(4):
    one.wait(1)
    one.send(0xC0, b"")
one.goodbye()
""", seconds=9)
        reader.terminate()
        reader.wait()
    answer = seen(lab, "cannot-send", act)
    staged(not count("Received PUBLISH", process) and count("Received PINGREQ from esp8266-rtos", process) == 4,
           text_of(process))
    return answer


@reported(GITHUB + "dreadnought/python-daly-bms/pull/52 Add loop_start to ensure all messages are published",
          r"daly-bms", r"DISCONNECT|clos|hang|hung|\bends?\b|ended|exit|quit|breaks? off|cut",
          r"before|without|too (soon|early)|right (after|behind)|straight|still|loop|half|incomplete|middle|unfinished",
          unsaid=r"\bACL\b|permission|same client.?id")
def the_script_ends_before_all_is_sent(lab):
    """True: without loop_start() the script is over before the library has sent everything. An expert, from what was
    recorded: each time daly-bms ends the connection without a DISCONNECT, in the middle of a PUBLISH; it must wait
    until all is sent."""
    process = mosquitto(lab.server)

    def act():
        reader = subscriber(lab.router, "reader", "-t", "daly/#")
        time.sleep(0.4)
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("daly-bms")
    for name in ("soc", "voltage", "current"):
        one.publish("daly/" + name, "%d" % turn)
    one.raw(bytes([0x30, 60]) + text("daly/temperatures") + b'{"1": 21')
    one.wait(0.1)
    one.close()
    time.sleep(0.5)
""", seconds=9)
        staged(count("\n", reader) == 12, text_of(reader))
        reader.terminate()
        reader.wait()
    answer = seen(lab, "some-missing", act)
    staged(not count("daly/temperatures", process), text_of(process))
    return answer


# ---- 14 to 17: late, missed, shown offline, shared -------------------------------------------------


@reported(GITHUB + "eclipse-paho/paho.mqtt.m2mqtt/issues/90 significant delay when publishing with qos 1 or 2",
          r"unity-client", r"split|two (parts|pieces|segments|halves|packets)|piece|part|nagle|no.?delay|rest of|"
          r"segment|halves|first byte", r"200|0[.,]2|late|slow|delay|wait|later")
def the_client_sends_in_two_pieces(lab):
    """True: the client writes head and body apart, and without TCP_NODELAY the second waits for the first's
    acknowledgement. An expert, from what was recorded: each PUBLISH of unity-client comes in two pieces with 200 ms
    between them, the broker answers at once; switch TCP_NODELAY on in the client."""
    process = mosquitto(lab.server)

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("unity-client")
for turn in range(8):
    body = text("game/move") + one.new_id() + b"step %d" % turn
    one.raw(bytes([0x32, len(body)]))
    time.sleep(0.2)
    one.raw(body)
    one.wait(0.15)
one.goodbye()
""", seconds=9)
    answer = seen(lab, "late", act)
    staged(count("Sending PUBACK to unity-client", process) == 8, text_of(process))
    return answer


@reported(GITHUB + "homieiot/homie-esp8266/issues/724 Question: Delay between MQTT messages",
          r"PUBACK|acknowledg|confirm",
          r"slow|late\b|wait|second|takes|delay|\b[01][.,]\d",
          r"broker|server|one (at a time|after)|before the next|next",
          unsaid=r"retain|same client.?id")
def one_message_a_second(lab):
    """True: the library waits for each acknowledgement before it sends the next message, and each takes a second. An
    expert, from what was recorded: with QoS 1 the device sends one at a time, and the broker's PUBACK comes a second
    after each PUBLISH; use QoS 0, or see why the broker is that slow."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 3 and first & 6:
        time.sleep(0.9)
    return usual(broker, link, about, first, body)
""")

    def act():
        talk(lab.phone, """
one = Talk(HOST).connect("homie-inputs")
for turn in range(5):
    one.heard = b""
    one.publish("homie/inputs/%d/on" % turn, "true", qos=1)
    while not one.heard:
        one.wait(0.05)
one.goodbye()
""", seconds=12)
    return seen(lab, "late", act)


@reported(MOSQUITTO + "1511 Mosquitto doesn't send stored QoS 1/2 messages when a persistent client subscribed with "
          "QoS 0 "
          "connects", r"QoS ?0|qos 0", r"subscri", r"\babc\b")
def it_subscribed_with_nothing_and_wants_all(lab):
    """True: the persistent session's subscription has QoS 0, so nothing is kept for it, whatever the sender says. An
    expert, from what was recorded: abc subscribes foo with QoS 0; subscribe with 1 (or queue_qos0_messages)."""
    process = mosquitto(lab.server)

    def act():
        for turn in range(2):
            talk(lab.phone, """
one = Talk(HOST).connect("abc", clean=False).subscribe("foo")
one.wait(1)
assert b"missed" not in one.heard, one.heard
one.reset()
""", seconds=9)
            for number in range(3):
                sent(lab, "foo", "-i", "sender", "-q", "1", "-m", f"missed {turn} {number}")
                time.sleep(0.2)
        talk(lab.phone, """
one = Talk(HOST).connect("abc", clean=False)
one.wait(1)
assert one.heard == bytes.fromhex("20020100"), one.heard
one.goodbye()
""", seconds=9)
    answer = seen(lab, "missed-while-away", act)
    staged(count("Received PUBLISH from sender", process) == 6, text_of(process))
    return answer


@reported(GITHUB + "njouanin/hbmqtt/issues/201 Last will (LWT) sends on clean disconnect", r"\bwill\b",
          r"myprogram/status", r"DISCONNECT|says? (no )?goodbye|clean|properly|orderly|ends the connection without")
def the_loop_stops_before_the_disconnect(lab):
    """True: the program stops its loop before the library has sent DISCONNECT, so the broker publishes the will. An
    expert, from what was recorded: behind "stopped" the connection ends without a DISCONNECT, and the broker sends the
    will "dead" on myprogram/status."""
    process = mosquitto(lab.server)

    def act():
        reader = subscriber(lab.router, "reader", "-t", "myprogram/status")
        time.sleep(0.4)
        talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("hbmqtt-test", will=("myprogram/status", "dead", 1))
    one.publish("myprogram/status", "running", retain=1, qos=1).wait(0.3)
    one.publish("myprogram/status", "stopped", retain=1, qos=1).wait(0.3)
    one.close()
    time.sleep(0.4)
""", seconds=9)
        staged(count("dead", reader) == 3, text_of(reader))
        reader.terminate()
        reader.wait()
    answer = seen(lab, "shown-offline", act)
    staged(not count("Received DISCONNECT from hbmqtt-test", process), text_of(process))
    return answer


@reported(GITHUB + "emqx/qmqtt/issues/213 The will message doesn't work", r"\bwill\b", r"qt-client",
          r"\bno\b|without|never|missing|none|lacks|not (set|given|announce|name|have|carry)|before (it )?connect",
          unsaid=r"keep.?alive (is )?(too )?long|retain")
def the_will_was_set_after_connecting(lab):
    """True: setWillMessage() was called when the connection already stood, so the broker never heard of a will. An
    expert, from what was recorded: the CONNECT of qt-client names no will, and its connection breaks off; set it before
    connecting."""
    process = mosquitto(lab.server)

    def act():
        reader = subscriber(lab.router, "reader", "-t", "qt/state")
        time.sleep(0.4)
        talk(lab.phone, """
for turn in range(3):
    one = Talk(HOST).connect("qt-client")
    one.publish("qt/state", "online", retain=1)
    one.wait(0.7)
    one.reset()
    time.sleep(0.4)
""", seconds=9)
        staged(text_of(reader).split() == ["online"] * 3, text_of(reader))
        reader.terminate()
        reader.wait()
    answer = seen(lab, "shown-online", act)
    staged(count("No will message specified", process) >= 3, text_of(process))
    return answer


@reported(MOSQUITTO + "2030 Shared subscriptions not working", r"/test_group/test", r"\btest\b", NONE
          + r"|quot|shell|\$share|dollar", unsaid=r"\bACL\b|permission")
def the_shell_ate_the_share(lab):
    """True: without quotes the shell takes $share for a variable, so that /test_group/test is subscribed. An expert,
    from what was recorded: the client subscribes to /test_group/test, and what is published is test; put the topic
    with its $share in single quotes."""
    process = mosquitto(lab.server)

    def act():
        reader = lab.phone.start("sh", "-c", f"exec mosquitto_sub -h {SERVER} -i worker-1 -t $share/test_group/test "
                                 "-V mqttv5")
        time.sleep(0.6)
        for turn in range(5):
            sent(lab, "test", "-i", "sender", "-V", "mqttv5", "-m", f"job {turn}")
            time.sleep(0.3)
        staged(not count("job", reader), text_of(reader))
        reader.terminate()
        reader.wait()
    answer = seen(lab, "nothing-arrives", act)
    staged(count("/test_group/test (QoS 0)", process) == 1, text_of(process))
    return answer


@reported(GITHUB + "eclipse-paho/paho.mqtt.golang/issues/264 Unable to receive subscribed topic message with share "
          "subscription", r"\$share/dummyGrp", r"\breg/|dummyGrpdevice|device/reg",
          r"slash|missing|group|differ|not match|no match|does not|nobody|(an)?other topic|stuck together|\bnot\b",
          unsaid=r"\bACL\b|permission")
def the_slash_behind_the_group_is_missing(lab):
    """True: "$share/dummyGrp" and the topic are put together without a slash. An expert, from what was recorded: it
    subscribes to $share/dummyGrpdevice/reg/request, which is the group dummyGrpdevice and the topic reg/request; what
    is published is device/reg/request."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("go-example").subscribe("$share/dummyGrp" + "device/reg/request", qos=1)
one.wait(4)
assert b"hello" not in one.heard, one.heard
one.goodbye()
""")
        time.sleep(0.7)
        for turn in range(5):
            sent(lab, "device/reg/request", "-i", "device-9", "-q", "1", "-m", f"hello {turn}")
            time.sleep(0.3)
        staged(app.wait(9) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from device-9", process) == 5, text_of(process))
    return answer


# ---- 18 to 22: WebSockets, certificates, names, twins ----------------------------------------------


@reported(GITHUB + "mqttjs/MQTT.js/issues/633 WebSocket connection to 'ws://test.mosquitto.org/' failed: Error during "
          "WebSocket handshake: Unexpected response code: 200", r"web ?socket|upgrade",
          r"\b200\b|web ?(page|site|server)|\bHTTP\b|nginx", r"port|listener|\b80\b|proxy|path",
          unsaid=r"certificate|firewall")
def the_page_of_the_broker_is_no_websocket(lab):
    """True: without a port the browser asks port 80, where the broker's home page is; its WebSocket is at 8080. An
    expert: a web server answers there with 200 and knows no WebSocket; say the port of the broker's listener."""
    page = lab.file("page")
    os.makedirs(page)
    pathlib.Path(page, "index.html").write_text("<h1>test.mosquitto.org</h1>\n")
    os.chmod(page, 0o755)
    in_the_cloud(lab, "mosquitto.org", "54.36.178.49")
    websocket_broker(lab.server, port=8080)
    nginx(lab.server, f" server {{ listen 80; root {page}; }}", ready=80)
    app = talk(lab.phone, """
one = Talk("test.mosquitto.org", 8080, web=True).connect("mqttjs_1")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, "ws://test.mosquitto.org/")


@reported(GITHUB + "MichaIng/DietPi/issues/5157 Mosquitto: Websockets not working (possible wrong version of "
          "Libwebsocket.so ?)", r"myhost\.net|fullchain\.cer|\.key|\.acme\.sh",
          r"permi|read|access|allow|owner|rights|may not", unsaid=r"expired|does not exist|self.?signed")
def the_certificate_lies_in_roots_home(lab):
    """True: certificate and key lie in root's own folder, where the user mosquitto may not read. An expert, on the
    server: the broker cannot open its certificate below .acme.sh; copy both to /etc/mosquitto and let mosquitto read
    them there."""
    good = certificates.get("good")
    home = pathlib.Path(lab.file("root"))
    folder = home / ".acme.sh" / "myhost.net"
    folder.mkdir(parents=True)
    for name, source in (("fullchain.cer", good.chain), ("myhost.net.key", good.key)):
        (folder / name).write_bytes(pathlib.Path(source).read_bytes())
        os.chmod(folder / name, 0o600)
    os.chmod(home, 0o700)
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf", "\n".join((
        f"log_dest file {log}", "log_type all", "user mosquitto", "allow_anonymous true", "listener 8883",
        f"certfile {folder}/fullchain.cer", f"keyfile {folder}/myhost.net.key", "")))
    process = lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    time.sleep(1)
    text = pathlib.Path(log).read_text()
    staged(process.poll() and "Unable to load server" in text, text)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(GITHUB + "knolleary/pubsubclient/issues/1069 connect by hostname - not working", r"IMW1",
          r"\bDNS\b|name server|"
          r"resol|look(ed)? up|no such (name|host)|unknown|not (exist|known|found)",
          r"address|domain|full|\.test|\.local|suffix|dot|short|DNS|router|10\.77")
def the_short_name_is_windows_own(lab):
    """True: the PC finds IMW1 in ways of its own (network discovery), which the board does not know; the home's name
    server has no such name. An expert: the name server does not know IMW1; take the address, or enter the name in the
    router."""
    dnsmasq(lab.router, f"host-record=imw1.test,{SERVER}", rest="local=//")
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="imw1.test")
    proved(lab.phone, at="IMW1", not_=True)
    return doctor(lab.phone, "IMW1:1883")


@reported(GITHUB + "heishamon/HeishaMon/issues/354 Two Heishamon losing MQTT connection every 10 seconds", r"HeishaMon",
          r"same|twice|two|both|already|taken over|takes? over|another|other|unique",
          r"client.?id|identifier|\bid\b|name", unsaid=r"keep.?alive|wi-?fi")
def two_heat_pumps_have_one_hostname(lab):
    """True: both units have the same hostname, which is their client id. An expert, on the broker: the log says
    "Client HeishaMon already connected, closing old connection", from two addresses; give each its own name."""
    log = configured(lab, "user root", "listener 1883", "allow_anonymous true")
    until("running", log)
    lab.server.wait_for_port(1883)
    pumps = [talk(host, """
for turn in range(4):
    one = Talk(HOST).connect("HeishaMon", will=("panasonic_heat_pump/LWT", "Offline", 1))
    one.publish("panasonic_heat_pump/LWT", "Online", retain=1)
    while lives(one):
        one.wait(0.1)
        if time.monotonic() > END:
            break
    one.close()
    time.sleep(0.5)
""".replace("for turn", "END = time.monotonic() + 7\nfor turn")) for host in (lab.phone, lab.router)]
    for pump in pumps:
        staged(pump.wait(14) == 0, text_of(pump))
    text = pathlib.Path(log).read_text()
    staged(text.count("Client HeishaMon already connected") >= 5, text)
    return there(lab, "drops")


# ---- 27 and 28 -------------------------------------------------------------------------------------


@reported(GITHUB + "emqx/emqx/issues/833 Running Docker Image Locally: Could not connect through websocket",
          r"\b8083\b",
          r"refus|nothing listens|nobody listens|no (program|broker|service|one)|closed|not (listen|open|publish)",
          r"publish|\bmap|expose|listen|container|docker|port", unsaid=r"certificate|password")
def the_container_publishes_one_port_alone(lab):
    """True: the container was started with 1883 alone, and 8083 was not published. An expert: 1883 answers at that
    machine, 8083 refuses; with docker, publish that port as well (-p 8083:8083)."""
    mosquitto(lab.server, "listener 8083 127.0.0.1", "protocol websockets")
    proved(lab.phone)
    app = talk(lab.server, """
one = Talk("127.0.0.1", 8083, web=True).connect("inside")
sys.exit(bytes.fromhex("20020000") not in one.heard)
""")
    staged(app.wait(9) == 0, text_of(app))
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "mqttjs/MQTT.js/issues/1919 [Bug]:TypeError when packaging Android package with uniapp: WebSocket "
          "is not "
          "a constructor", r"web ?socket", r"wxs|mini.?program|uni.?app|app-plus|browser|run ?time|environment|library|"
          r"has no|knows no|package|build|bundle|platform", unsaid=r"firewall|password|certificate|broker is (not|off)")
def uniapp_knows_no_websocket(_):
    """True: an app packed by uniapp has no WebSocket object as browsers have. An expert: the app did not get as far as
    the network; MQTT.js must be told to use the platform's own sockets (wxs://), as for mini programs."""
    return said("16:30:22.707 APP-PLUS at components/mqtt/mqtt.js:21\n16:30:22.717 [Vue warn]: Error in onLaunch hook: "
                "\"TypeError: WebSocket is not a constructor\"")


# ---- 31 and 32: identifiers and passwords ----------------------------------------------------------


@reported(GITHUB + "hivemq/mqtt-cli/issues/166 Client ID greater than 23 bytes not possible", HEALTHY)
def a_long_identifier_is_only_warned_of(lab):
    """True: the tool only warns that the identifier exceeds 23 bytes; the broker takes it. An expert: with this client
    id one gets in, nothing is wrong."""
    mosquitto(lab.server)
    name = "123456789012345678901234567890"
    proved(lab.phone, "-i", name)
    return doctor(lab.phone, AT, "-i", name)


@reported(MOSQUITTO + "1477 Mosquitto does not accept password in passwordfile with special chars", HEALTHY)
def a_hash_in_the_password_is_no_comment(lab):
    """True: the password file had not reached the container yet; a # in a password does no harm. An expert: with this
    user and password one gets in and may publish."""
    acl = lab.file("acl", "user bob\ntopic readwrite home/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'bob', 'a#wEStev3w21Z5f')}",
              f"acl_file {acl}")
    words = ("-u", "bob", "-P", "a#wEStev3w21Z5f")
    proved(lab.phone, *words, "-t", "home/x")
    return doctor(lab.phone, AT, *words, "-t", "home/x")


@reported(GITHUB + "mhendriks/DSMR-API-V2/issues/3 MQTT authentication doesn't work with special characters.",
          r"password",
          r"%25|%40|percent|encod|escap|URL", r"dsmr|CONNECT|refus|reject|not authori|wrong")
def the_form_encodes_the_password(lab):
    """True: the device's web form keeps the password as the browser encoded it: % became %25 and @ became %40. An
    expert, from what was recorded: the password in the CONNECT is percent-encoded (k7%25Rw%40Tz9), and the broker
    refuses it; so write the plain characters, or choose a password without them."""
    process = mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'dsmr', 'k7%Rw@Tz9')}")
    proved(lab.phone, "-u", "dsmr", "-P", "k7%Rw@Tz9")

    def act():
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST)
    one.send(0x10, text("MQTT") + bytes([4, 0xC2, 0, 60]) + text("DSMR-API") + text("dsmr") + text("k7%25Rw%40Tz9"))
    one.wait(0.4)
    assert one.heard[:4] == bytes.fromhex("20020005"), one.heard
    one.close()
    time.sleep(0.3)
""", seconds=9)
    answer = seen(lab, "cannot-connect", act)
    staged(count("not authorised", process) == 4, text_of(process))
    return answer


@reported(GITHUB + "MickMake/HomeAssistantAddons/issues/60 mqtt_password with special signs", r"password|login|user",
          r"#|special|encod|escap|%23|character|sign", unsaid=r"firewall|nothing listens|certificate")
def a_hash_ends_the_address(_):
    """True: the password &MSy8K8xo5#4taewga stands in the address as it is, and # ends an address. An expert: what
    should be the port is the beginning of the password; a sign like # must be written %23 there, or take another
    password."""
    return said("Error: parse \"tcp://sungrow:&MSy8K8xo5\": invalid port \":&MSy8K8xo5\" after host")


@reported(GITHUB + "ThomDietrich/miflora-mqtt-daemon/issues/82 clientid for Openhab embedded", r"client.?id|identifier",
          r"empty|without|\bno\b|missing|none|blank|zero|lacks|anonymous",
          r"reject|refus|not accept|needs|wants|demand|"
          r"requir|must|\b2\b", unsaid=r"password (is )?wrong|too long")
def the_embedded_broker_wants_an_identifier(lab):
    """True: the daemon gives no client id, and openHAB's embedded broker wants one. An expert, from what was recorded:
    the client id of the CONNECT is empty, and the broker answers 2, "identifier rejected"; give one."""
    odd(lab, """
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and not size(body, 10):
        link.sendall(bytes.fromhex("20020002"))
        return False
    return usual(broker, link, about, first, body)
""")
    proved(lab.router, "-i", "miflora")

    def act():
        talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("")
    assert one.heard == bytes.fromhex("20020002"), one.heard
    one.close()
    time.sleep(0.3)
""", seconds=9)
    return seen(lab, "cannot-connect", act)


# ---- 33 and 38: topics -----------------------------------------------------------------------------


@reported(GITHUB + "abouillot/HomeAutomation/issues/23 MQTT subscription not working", r"RFM/101/#/down", r"#",
          r"invalid|not (allowed|valid)|last|end of|malformed|wrong|middle|only stand|syntax|\+")
def the_gateway_asks_for_a_hash_and_more_behind(lab):
    """True: "#" may only stand at the end; the gateway asks for RFM/101/#/down. An expert, who reads what was recorded:
    this filter is not allowed, and the broker refuses it or hangs up; write RFM/101/+/down/+."""
    process = mosquitto(lab.server)

    def act():
        app = talk(lab.phone, """
for turn in range(4):
    one = Talk(HOST).connect("rfm69-gateway").subscribe("RFM/101/#/down")
    one.wait(0.3)
    assert not lives(one) or bytes([0x80]) in one.heard[4:], one.heard
    one.close()
    time.sleep(0.3)
""")
        staged(app.wait(12) == 0, text_of(app))
    answer = seen(lab, "nothing-arrives", act)
    staged(count("RFM/101/#/down", process) or count("Invalid subscription", process), text_of(process))
    return answer


@reported(GITHUB + "brocaar/chirpstack-network-server/issues/90 DevEUI in capital letters",
          r"topic|396B7B2800000002|DevEUI",
          r"case|capital|upper|lower|letters", unsaid=r"firewall|password|\bACL\b")
def the_topic_has_capitals_and_the_payload_none(_):
    """True: topics count capitals and small letters, and the server writes the DevEUI in small letters. An expert: the
    two are the same but for the capitals in the topic; publish to the topic with the DevEUI in small letters."""
    return said("lora-app-server[22155]: time=\"2016-10-12T16:01:11+02:00\" level=warning msg=\"handler/mqtt: topic "
                "DevEUI must match payload DevEUI\" payload_dev_eui=396b7b2800000002 topic_dev_eui=396B7B2800000002")


@reported(GITHUB + "bastlirna/mqtt-wall/issues/3 Subscription of /# also show # topics", r"mucirna/temperature",
          r"/mucirna/#", r"broker|server",
          r"not (match|fit|cover|ask|belong|subscri)|never|nobody|although|though|wrong|"
          r"does not|did not|update|upgrade|old", unsaid=r"retain|same client.?id")
def an_old_broker_takes_the_slash_lightly(lab):
    """True: mosquitto 1.3.4 hands mucirna/temperature to who asked for /mucirna/#. An expert, from what was recorded:
    the client asked for /mucirna/# alone, and the broker sends it mucirna/temperature, which does not match; that is
    the broker's fault, update it."""
    odd(lab, """
def answers(broker, link, about, first, body):
    kind = first >> 4
    if kind == 8:
        broker.clients[id(link)] = link
    if kind == 3:
        for other in list(broker.clients.values()):
            other.sendall(bytes([0x30, len(body)]) + body)
        return None
    return usual(broker, link, about, first, body)
""")

    def act():
        app = talk(lab.phone, """
one = Talk(HOST).connect("mqtt-wall").subscribe("/mucirna/#")
one.wait(4)
assert one.heard.count(b"mucirna/temperature") == 5, one.heard
one.goodbye()
""")
        time.sleep(0.7)
        for turn in range(5):
            sent(lab, "mucirna/temperature", "-i", "thermometer", "-m", f"2{turn}.0")
            time.sleep(0.3)
        staged(app.wait(9) == 0, text_of(app))
    return seen(lab, "unwanted", act)


@reported(GITHUB + "maziggy/bambuddy/issues/1488 [Bug Report] Bug: H2C publishes zero MQTT messages on firmware "
          "01.01.05.00", r"31b8c", r"case|capital|upper|lower|letters", unsaid=r"\bACL\b|permission")
def the_serial_number_in_small_letters(lab):
    """True: the topic was written with the serial number in small letters. An expert, from what was recorded: it
    subscribes to device/31b8c.../report, the printer publishes device/31B8C.../report; capitals and small letters
    count."""
    process = mosquitto(lab.server)

    def act():
        reader = subscriber(lab.router, "bambuddy", "-t", "device/31b8ca5b1400417/report")
        time.sleep(0.4)
        for turn in range(6):
            sent(lab, "device/31B8CA5B1400417/report", "-i", "H2C", "-m", f'{{"layer":{turn}}}', host=lab.phone)
            time.sleep(0.3)
        staged(not text_of(reader), text_of(reader))
        reader.terminate()
        reader.wait()
    answer = seen(lab, "nothing-arrives", act)
    staged(count("Received PUBLISH from H2C", process) == 6, text_of(process))
    return answer


# ---- 35 to 37: ports, twins, networks --------------------------------------------------------------


@reported(GITHUB + "lukasroegner/homebridge-dyson-pure-cool/issues/202 MQTT Won't Connect if Dyson is on Different "
          "VLAN/Subnet", r"10\.77\.1\.50\b",
          r"isolat|guest|\bARP\b|neighbou?r|(same|own|this|local) network|nobody answers|"
          r"link|not (there|found) in", unsaid=r"password|certificate|nothing listens")
def the_wifi_keeps_its_guests_apart(lab):
    """True: "L2 isolation" is on in the Wi-Fi, so one device of the network does not see the other. An expert, from the
    phone: 10.77.1.50 is an address of its own network and nobody answers for it there, though the router does; the
    machine is off, has another address, or the access point keeps its clients apart."""
    mosquitto(lab.server)
    sh("ip", "-n", lab.server.name, "address", "add", "10.77.1.50/32", "dev", "lo")
    sh("ip", "-n", lab.router.name, "route", "add", "10.77.1.50/32", "via", SERVER)
    lab.router.set(ipv4__conf__r0__proxy_arp=1, ipv4__neigh__r0__proxy_delay=0)
    proved(lab.phone, at="10.77.1.50")
    lab.router.set(ipv4__conf__r0__proxy_arp=0)
    sh("ip", "-n", lab.phone.name, "neigh", "flush", "dev", "e0")
    proved(lab.phone, at="10.77.1.50", not_=True)
    return doctor(lab.phone, "10.77.1.50:1883")


@reported(GITHUB + "256dpi/processing-mqtt/issues/31 [MQTT] Failed to connect:: Timed out waiting for a response from "
          "the "
          "server", r"firewall|nft|iptables|filter|packet", r"\bown\b|this (machine|device|host|computer|phone)|here|"
          r"itself|outgoing|output|leav|going out|local",
          unsaid=r"(broker|server)('s)? (is (switched )?off|own firewall)")
def the_pcs_own_firewall_lets_nothing_out(lab):
    """True: the user's own firewall drops what the sketch sends. An expert, on that PC: its own packet filter drops
    outgoing connections to 1883; other machines reach the broker."""
    mosquitto(lab.server)
    proved(lab.phone)
    lab.phone.nft("out tcp dport 1883 drop")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return doctor(lab.phone, AT)


@reported(GITHUB + "arcoirislabs/cordova-plugin-mqtt/issues/56 Client ID register as \"null\" by broker", r"\bnull\b",
          r"same|twice|two|both|already|taken over|takes? over|another|other|unique", r"client.?id|identifier|\bid\b",
          unsaid=r"keep.?alive")
def both_tablets_are_called_null(lab):
    """True: the app hands no client id to the plug-in, so that every tablet is called "null". An expert, from what was
    recorded: two machines connect with the client id null, and each throws the other out; pass an id of its own."""
    process = mosquitto(lab.server)

    def act():
        tablets = [talk(host, """
END = time.monotonic() + 6
for turn in range(4):
    one = Talk(HOST).connect("null").subscribe("kiosk/page")
    while lives(one) and time.monotonic() < END:
        one.wait(0.1)
    one.close()
    time.sleep(0.4)
""") for host in (lab.phone, lab.router)]
        for tablet in tablets:
            staged(tablet.wait(14) == 0, text_of(tablet))
    answer = seen(lab, "drops", act)
    staged(count("Client null already connected", process) >= 5, text_of(process))
    return answer


@reported(GITHUB + "HASwitchPlate/openHASP/issues/306 Continuous MQTT reconnect when connected to a locked down IOT "
          "VLAN "
          "(i.e. no internet access)", r"plate01", r"itself|own (accord|will|doing)|DISCONNECT|by the (client|device)|"
          r"(client|device|plate01).{0,60}(ends|clos|hangs? up|leaves|says goodbye|disconnects|goes)",
          unsaid=r"same client.?id|keep.?alive (is )?exceed")
def the_plate_looks_for_the_internet(lab):
    """True: the firmware looks every half minute whether the Internet can be reached, and when it cannot starts its
    MQTT connection anew. An expert, from what was recorded: it is plate01 that says DISCONNECT each time, at even
    intervals, and the broker that would have kept it; look for the reason in the device."""
    process = mosquitto(lab.server)

    def act():
        talk(lab.phone, """
for turn in range(5):
    one = Talk(HOST).connect("plate01", will=("hasp/plate01/LWT", "offline", 1))
    one.publish("hasp/plate01/LWT", "online", retain=1)
    one.subscribe("hasp/plate01/command/#")
    one.publish("hasp/plate01/state/statusupdate", '{"node":"plate01","uptime":%d}' % (turn * 30))
    one.wait(0.8)
    one.goodbye()
    time.sleep(0.2)
""", seconds=14)
    answer = seen(lab, "drops", act)
    staged(count("Received DISCONNECT from plate01", process) == 5, text_of(process))
    return answer
