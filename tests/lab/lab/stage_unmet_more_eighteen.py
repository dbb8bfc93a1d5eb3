"""Never met, the eighteenth batch, its second half: sizes, silences and queues, what the broker tells and who may hear
it, and its own machine, as people told of them."""
import base64
import hashlib
import json
import pathlib
import time

from .cases import Skip, doctor, explain
from .net import PHONE, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported, said
from .services import mosquitto, nginx, password_file, scripted, websocket_broker
from .stage_delivery import AT
from .stage_listen import broker, listen
from .stage_listen import client as app
from .stage_unmet_eighteen import again_and_again, not_started, python, sent
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client

SECURITY = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"

# ---- sizes, silences and queues -------------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/356 max payload length", r"size|large|\bbig|bytes|longer|buffer", slowest=25)
def a_buffer_of_128_bytes(lab):
    broker(lab)

    def act():
        app(lab, "connect=strip,60", "subscribe=1,strip/rgb", "picky=100,25")
        time.sleep(1)
        for size in (20, 60, 90, *(128,) * 24):
            sent(lab, "strip/rgb", "-q", "1", "-m", "x" * size)
    return listen(lab, act, patience=18)


@reported(MOSQUITTO + "3515 Broker does not disconnect clients exceeding the server maximum packet size", HEALTHY)
def as_large_as_is_allowed(lab):
    mosquitto(lab.server, "max_packet_size 2000000")
    return doctor(lab.phone, "delivery", AT, "--size", "1900k")


@reported(GITHUB + "eclipse-paho/paho.mqtt.c/issues/47 MQTT client disconnection after sending payload bigger than 4 KB",
          r"size|large|\bbig|bytes|limit")
def no_larger_than_4_kb(lab):
    mosquitto(lab.server, "max_packet_size 4200")
    return doctor(lab.phone, "delivery", AT, "--size", "5k", "-V", "3.1.1")


@reported(GITHUB + "mqttjs/MQTT.js/issues/381 Client has exceeded timeout, disconnecting.", r"keep.?alive",
          r"ping|silen|nothing|longer|late|quiet|in time", slowest=30)
def it_pings_less_often_than_it_promised(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(2):
            client(lab.phone, "connect=mqttjs_057aaa0a,5", "subscribe=0,test", "wait=4", "ping", "wait=20", "ping").wait(30)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "owntracks/android/issues/725 MQTT connections are constantly recreated", r"identifier|client.?id|same name",
          r"same|another|second|two|itself|twice|new connection")
def mosquitto_says_already_connected(_):
    return said("1561046527: Client kay/galaxy already connected, closing old connection.", "--app", "mosquitto")


@reported(MOSQUITTO + "2879 All messages dropped when max_queued_messages 0", r"queue|max_inflight")
def mosquitto_says_dropped(_):
    return said("1692604552: Outgoing messages are being dropped for client auto-BBB3F4DC-A2B8-A350-CAE6-B3B99F9DAC9B.",
                "--app", "mosquitto")


@reported(GITHUB + "World-Meteorological-Organization/wis2box/issues/1133 Nginx mqtt websocket proxy timeout too short",
          r"nginx|proxy", r"idle|silen|time-?out|quiet|read_timeout", slowest=35)
def nginx_waits_as_long_as_the_keep_alive(lab):
    websocket_broker(lab.server)
    nginx(lab.server, """server { listen 80; location /mqtt { proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1;
 proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 5s; } }""", 80)
    return doctor(lab.phone, "delivery", f"ws://{SERVER}/mqtt", "-k", "5", "--watch", "20s")


@reported(GITHUB + "emqx/emqx/issues/368 Send PUBACK on ACL deny", r"acknowledg|PUBACK",
          r"allow|permi|access|\bACL|may not|\brights?\b")
def denied_and_never_acknowledged(lab):
    scripted(lab.server, 1883, "broker", "publish=silent", "only=plant/secret")
    return doctor(lab.phone, AT, "-t", "plant/secret", "--publish")


@reported(GITHUB + "simps/mqtt/issues/90 QUESTION", r"心跳|保活|keep.?alive|PING|(重新|再次|没有|未|再)订阅", slowest=30)
def neither_a_heartbeat_nor_a_new_subscription(lab):
    mosquitto(lab.server)

    def act():
        client(lab.phone, "connect=swoole,5", "subscribe=1,tencent/#", "wait=18").wait(25)
        client(lab.phone, "connect=swoole,5", "wait=12")
        for _ in range(5):
            time.sleep(0.8)
            sent(lab, "tencent/1", "-i", "cloud", "-m", "x")
    return explain(captured(lab, lab.server, act), "--lang", "zh")


# ---- what the broker tells, and who may hear it ---------------------------------------------------


@reported(MOSQUITTO + "232 no messages from $SYS/broker", HEALTHY)
def a_reader_of_the_system_topics(lab):
    rules = lab.file("acl", "user gcread\ntopic read germany/#\ntopic read spain/#\ntopic read $SYS/broker/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'gcread', 'gcread')}",
              f"acl_file {rules}", "sys_interval 1")
    return doctor(lab.phone, "delivery", AT, "-u", "gcread", "-P", "gcread", "-t", "$SYS/broker/uptime")


@reported(MOSQUITTO + "3021 No data in $SYS/broker/messages/inflight", r"inflight",
          r"(does|do|did) not (publish|send|have|know|fill)|not (published|sent|among|one of|known)|never|no such|nobody|"
          r"other topics")
def a_system_topic_that_nobody_fills(lab):
    mosquitto(lab.server, "sys_interval 1")
    return doctor(lab.phone, "delivery", AT, "-t", "$SYS/broker/messages/inflight")


@reported(MOSQUITTO + "2549 Dynamic Security Plugin - ACL for subscribe not working?", r"#",
          r"refus|not allow|may not|denied|denies|forbid|not authori")
def a_role_that_may_not_subscribe_to_everything(lab):
    if not pathlib.Path(SECURITY).exists():
        raise Skip("mosquitto's dynamic security is not installed")
    path = lab.file("dynamic-security.json")
    sh("mosquitto_ctrl", "dynsec", "init", path, "admin", "admin-pw")
    rules = json.loads(pathlib.Path(path).read_text())
    salt = b"0123456789ab"
    rules["clients"].append({"username": "lucas", "iterations": 101, "salt": base64.b64encode(salt).decode(),
                             "password": base64.b64encode(hashlib.pbkdf2_hmac("sha512", b"lucas-pw", salt, 101)).decode(),
                             "roles": [{"rolename": "plant"}]})
    rules["roles"].append({"rolename": "plant", "acls": [
        {"acltype": kind, "topic": "plant/#", "allow": True}
        for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")]})
    pathlib.Path(path).write_text(json.dumps(rules))
    mosquitto(lab.server, "allow_anonymous false", f"plugin {SECURITY}", f"plugin_opt_config_file {path}")
    return doctor(lab.phone, "delivery", AT, "-u", "lucas", "-P", "lucas-pw", "-t", "#")


@reported(MOSQUITTO + "2042 MQTT 5 suback reasoncodes esp. 135 Not authorized",
          r"\bACL|access list|may not|not allow|permi|\brights?\b",
          r"read|receiv|plant/valve")
def granted_and_not_to_be_read(lab):
    """An access list of mosquitto grants every subscription, and keeps back the messages."""
    users = lab.file("passwd", "alice:alice-pw\nbob:bob-pw\n")
    sh("mosquitto_passwd", "-U", users)
    rules = lab.file("acl", "user alice\ntopic readwrite #\n\nuser bob\ntopic read hall/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {users}", f"acl_file {rules}")
    lab.server.start("sh", "-c", "while sleep 0.2; do mosquitto_pub -u alice -P alice-pw -t plant/valve -m 1; done")
    return doctor(lab.server, "delivery", "localhost", "-u", "bob", "-P", "bob-pw", "-t", "plant/valve", "-V", "5")


@reported(MOSQUITTO + "1173 MQTTv5: Session Expiry Interval set in the CONNECT message do not work", r"session",
          r"keep|kept|stor|forg|lost|present|support|remember")
def a_broker_that_keeps_no_session(lab):
    scripted(lab.server, 1883, "exchange")
    return doctor(lab.phone, "delivery", AT, "--offline", "-c", "-x", "30", "-q", "1")


@reported(GITHUB + "jasonacox/pypowerwall-server/issues/33 all entities stuck unavailable", r"retain",
          r"nobody|never|nothing|no (retained )?message|not (there|published|kept|retained)|none|no one")
def nobody_says_that_it_is_online(lab):
    mosquitto(lab.server)
    sent(lab, "pypowerwall/default/availability", "-r", "-m", "online")
    again_and_again(lab.server, "pypowerwall/default/battery")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "pypowerwall/availability")


# ---- the broker's own machine ---------------------------------------------------------------------


@reported(GITHUB + "thin-edge/thin-edge.io/issues/3054 Mosquitto 2.0.18 incorrectly reporting out of memory error",
          r"mislead|(not|no) .{0,25}memory|acknowledg|PUBACK|broken (pipe|connection)|2\.0\.22|known (bug|fault)|"
          r"(client|app|it) (itself )?(had |has )?(already )?(left|gone|went|closed|hung up|disconnected)")
def mosquitto_says_out_of_memory(_):
    return said("1722890228: Client tedge-mapper-c8y disconnected due to out of memory.", "--app", "mosquitto")


@reported(MOSQUITTO + "1107 connection denied access by tcpd??", r"open files|descriptor|ulimit|nofile")
def no_descriptor_is_left(lab):
    """What some builds of mosquitto then write of tcpd has nothing to do with it."""
    path = lab.file("mosquitto.conf", f"user root\nlog_dest file {lab.file('mosquitto.log', '')}\nlog_type all\nlistener 1883\n"
                    "allow_anonymous true\n")
    lab.server.start("sh", "-c", f"ulimit -n 24; exec mosquitto -c {path}", ready=1883)
    python(lab.phone, f"""from client import *
apps = []
for number in range(30):
    apps.append(Client("{SERVER}", 1883, False))
    apps[-1].send(0x10, text("MQTT") + bytes([4, 2, 0, 0]) + text(f"device{{number}}"))
time.sleep(60)
""")
    time.sleep(1)
    proved(lab.server, at="127.0.0.1", not_=True)
    return on_broker(lab)


@reported(MOSQUITTO + "1505 Unable to accept new connection, system socket count has been exceeded",
          r"open files|descriptor|ulimit|nofile")
def mosquitto_says_socket_count(_):
    return said('2019-11-22T07:45:14: Unable to accept new connection, system socket count has been exceeded. Try increasing '
                '"ulimit -n" or equivalent.', "--app", "mosquitto")


@reported(MOSQUITTO + "985 Broker starts with error on Pi",
          r"already (run|start|up)|(is|was) running|running already|(another|second|other) (mosquitto|broker|process|program)")
def mosquitto_says_address_in_use(_):
    return said("1539077460: mosquitto version 1.5.3 starting\n1539077460: Using default config.\n1539077460: Opening ipv4 "
                "listen socket on port 1883.\n1539077460: Error: Address already in use", "--app", "mosquitto")


@reported(MOSQUITTO + "1951 Failed to start Mosquitto MQTT Broker.", r"pid", r"folder|director|exist|permission|writ|owner")
def no_folder_for_the_pid_file(lab):
    return not_started(lab, "pid file", "user mosquitto", f"pid_file {lab.folder}/run/mosquitto.pid")


@reported(MOSQUITTO + "3292 mosquitto_sub refuses to connect to broker when using 8883 as insecure port",
          r"plain|(without|no|not) TLS|unencrypted|does not speak TLS|speaks MQTT")
def no_tls_at_8883(lab):
    mosquitto(lab.server, listener=8883, ready=8883)
    return doctor(lab.phone, f"{SERVER}:8883")


@reported(GITHUB + "espressif/esp-idf/issues/5351 Random WiFi TCP/IP disconnect",
          r"retransmi|acknowledg|comes? back|came back|lost|answer|silent|arriv",
          r"network|\bway\b|path|wi-?fi|\blink\b|radio|between|vanish|disappear|\bgone\b|reach", slowest=25)
def the_radio_is_lost(lab):
    """The device hears and says nothing any more; the broker sends again and again."""
    mosquitto(lab.server)

    def act():
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-i", "esp32", "-k", "10", "-q", "1", "-t", "esp/cmd")
        for number in range(12):
            time.sleep(1)
            if number == 3:
                lab.router.nft(f"fw ip saddr {PHONE} drop", f"fw ip daddr {PHONE} drop")
            sent(lab, "esp/cmd", "-q", "1", "-i", "node-red", "-m", str(number))
    return explain(captured(lab, lab.server, act))
