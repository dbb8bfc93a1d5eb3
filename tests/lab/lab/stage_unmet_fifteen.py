"""Never met, the fifteenth batch, its first half: as the fourteenth, by one more fixed list of searches: home
automation, the broker's own files, its access list, and other brokers. Its author had read neither the doctor's code
nor what was mended meanwhile; written down with its right answers before it was asked."""
import os
import pathlib
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import dnsmasq, etc, mosquitto, nginx, password_file, scripted, tls_lines
from .stage_delivery import AT
from .stage_permission import ALICE
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client

MOSQUITTO = GITHUB + "eclipse-mosquitto/mosquitto/issues/"


# ---- home automation ------------------------------------------------------------------------------


@reported(GITHUB + "tsightler/ring-mqtt/issues/527 looks great in logs, NO devices / entities in HA",
          r"not authori|refus|login|password", r"10\.77\.1\.2|unknown|client")
def another_client_is_refused_all_the_time(lab):
    """The user's own client works; the log tells that Home Assistant's does not."""
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"log_dest file {log}")
    for _ in range(6):
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-i", "homeassistant-7", "-u", "homeassistant", "-P", "old", "-t", "x",
                      "-m", "x", check=False)
    until("not authorised", log)
    proved(lab.server, *ALICE, at="127.0.0.1")
    return on_broker(lab, "localhost", *ALICE)


@reported(GITHUB + "hemtjanst/tradfri-mqtt/issues/8 Error: Connection refused: Not authorized", r"user|password|login")
def node_says_not_authorized(_):
    return said("Error: Connection refused: Not authorized\n    at MqttClient._handleConnack (/usr/lib/node_modules/"
                "tradfri-mqtt/node_modules/mqtt/lib/client.js:920:15)\n    at MqttClient._handlePacket (/usr/lib/"
                "node_modules/tradfri-mqtt/node_modules/mqtt/lib/client.js:350:12)")


@reported(GITHUB + "arendst/Tasmota/issues/22628 Connect failed to mqtt rc -5",
          r"scheme|\bbare|alone|not a URL|without (the )?.?mqtt://|(name|address) (only|alone)")
def tasmota_was_given_a_url(_):
    return said("MQT: Connect failed to mqtt://192.168.0.42:1883, rc -5. Retry in 10 sec", "--app", "tasmota")


@reported(GITHUB + "tbnobody/OpenDTU/issues/1137 MQTT to HiveMQ does not connect", r"TLS|mqtts")
def tls_was_not_ticked(lab):
    in_the_cloud(lab, "hivemq.cloud", "34.242.88.7")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "anonymous=5")
    return doctor(lab.phone, "mqtt://0c5e11d5e2c24e58.s1.eu.hivemq.cloud:8883", "-u", "opendtu", "-P",
                  "secret")


@reported(GITHUB + "node-red/node-red/issues/1651 MQTT connection doesn't work behind a proxy",
          r"proxy|out(going|bound)|(this|own|company|phone's) network", unsaid="security group")
def behind_a_proxy_of_the_company(lab):
    """The environment names it; nothing else leads out, and it passes nothing but the web's ports."""
    in_the_cloud(lab, "mqtt.relayr.io", "52.28.12.9")
    mosquitto(lab.server)
    scripted(lab.router, 3128, "http", "403 Forbidden", "Via: 1.1 proxy.company.test (squid)")
    lab.router.nft("fw ip daddr 52.28.12.9 drop")
    proved(lab.phone, at="52.28.12.9", not_=True)
    proxy = f"http://{ROUTER_PHONE}:3128"
    return doctor(lab.phone, "mqtt.relayr.io:1883", env={"http_proxy": proxy, "https_proxy": proxy})


@reported(MOSQUITTO + "2009 Mosquitto behind a reverse proxy: A network protocol error occurred",
          r"\bHTTP\b|web server|reverse proxy|nginx")
def an_ingress_for_the_web(lab):
    dnsmasq(lab.router, f"address=/mosquitto.test/{SERVER}")
    mosquitto(lab.server)
    nginx(lab.server, "server { listen 80; location / { proxy_pass http://127.0.0.1:1883; } }", 80)
    proved(lab.phone, "-p", "80", not_=True)
    return doctor(lab.phone, "mosquitto.test:80")


@reported(GITHUB + "zwave-js/zwave-js-ui/issues/1461 connect ECONNREFUSED 127.0.0.1:1883",
          r"not running|nothing listens|no broker|not installed|not started|nobody listens|\bstart\b")
def nobody_told_them_to_install_a_broker(lab):
    return doctor(lab.server, "localhost:1883")


# ---- containers, and what they check --------------------------------------------------------------


@reported(MOSQUITTO + "2385 Healthcheck in Mosquitto docker container", r"user|password|login|credential")
def the_check_of_health_has_no_login(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return doctor(lab.server, "localhost:1883")


@reported(MOSQUITTO + "1270 healthcheck", r"nobody|no one|nothing|no message", r"sen[dt]|publish|retain", open_=True,
          or_nothing=True)
def the_check_waits_where_nobody_sends(lab):
    mosquitto(lab.server)
    return doctor(lab.server, "delivery", "localhost", "-t", "test")


@reported(GITHUB + "SensorsIot/IOTstack/issues/731 Mosquitto Container Health Check Agent", HEALTHY)
def checks_of_health_fill_the_log(lab):
    """Every few seconds a message comes and goes, by clients without a name."""
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, f"log_dest file {log}")
    for _ in range(8):
        lab.server.run("mosquitto_pub", "-r", "-t", "iotstack/mosquitto/healthcheck", "-m", "1")
        lab.server.run("mosquitto_sub", "-t", "iotstack/mosquitto/healthcheck", "-C", "1", "-W", "2")
    return on_broker(lab)


# ---- the broker's own files -----------------------------------------------------------------------


@reported(GITHUB + "CCOSTAN/Docker_Support/issues/1 MQTT permissions in Ubuntu",
          r"permission|readable|may not read|cannot read|owner|rights|chmod|does not exist|mount|missing")
def the_container_cannot_open_its_configuration(_):
    return said("Error: Unable to open config file /mosquitto/config/mosquitto.conf\n\nError found at /mosquitto/config/"
                "mosquitto.conf:32766.\nError: Unable to open configuration file.", "--app", "mosquitto")


@reported(MOSQUITTO + "1017 snap install mosquitto issue", r"file|path", r"read|open|permission|exist|snap|access")
def the_snap_does_not_see_the_file(_):
    return said("Error: Problem setting TLS options", "--app", "mosquitto_pub")


def with_key(lab, key):
    """A broker of the user mosquitto with this key, which does not come up; its log."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    os.chmod(lab.folder, 0o755)
    etc(lab, "mosquitto/mosquitto.conf", f"user mosquitto\npersistence false\nlog_dest file {log}\nallow_anonymous true\n"
        f"listener 1883\nlistener 8883\ncertfile {certificates.get('good').chain}\nkeyfile {key}\n")
    lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    return log


@reported(MOSQUITTO + "3289 Mosquitto server on Pi4 (DietPi) has stopped and won't restart, after an upgrade", r"\bkey",
          r"permission|may not read|cannot read|can't read|not readable|owner|read by")
def the_key_belongs_to_somebody_else(lab):
    key = lab.file("mosq-serv.key", pathlib.Path(certificates.get("good").key).read_text())
    os.chmod(key, 0o600)
    until("Permission denied", with_key(lab, key))
    return on_broker(lab)


@reported(MOSQUITTO + "885 Mosquitto ssl docker", r"pass ?-?phrase|encrypted|protected|password of the key|key.{0,40}password")
def the_key_asks_for_its_passphrase(lab):
    """Nobody is there to type it, in a container or a service."""
    key = lab.file("server.key", "")
    sh("openssl", "pkey", "-in", certificates.get("good").key, "-aes256", "-passout", "pass:secret", "-out", key)
    os.chmod(key, 0o644)
    until("server key file", with_key(lab, key))
    return on_broker(lab)


# ---- who may do what ------------------------------------------------------------------------------


@reported(GITHUB + "home-assistant/addons/issues/545 Services lost access (something changed about default ACLs?)",
          r"\bACL|acl_file|access (list|rule|file)", r"empty|no rule|comment|without a rule|denie|not allow|forbid|no line|may")
def an_access_list_of_comments_alone(lab):
    """It meant "no list" up to 1.5.5, and means "nobody may do anything" since."""
    rules = lab.file("acl", "# for everybody\n# topic readwrite #\n\n")
    mosquitto(lab.server, f"acl_file {rules}")
    return doctor(lab.server, "delivery", "localhost", "-t", "home/light", "--publish", "--on-broker")


@reported(MOSQUITTO + "2358 Migrating from 1.6.x to 2.0.y: Authentication changes (username, no password)",
          r"password_file|password file|no other way|allow_anonymous")
def a_name_without_a_password_was_enough(lab):
    rules = lab.file("acl", "pattern read $SYS/#\npattern readwrite foo/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"acl_file {rules}")
    proved(lab.server, "-u", "bar", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost", "-u", "bar")


@reported(MOSQUITTO + "2724 How to deny writing on specific topic for anonymous users with ACL", HEALTHY)
def anybody_may_all_but_one_tree(lab):
    rules = lab.file("acl", "topic readwrite kitchen/#\ntopic read heating/#\n\nuser alice\ntopic readwrite #\n")
    mosquitto(lab.server, "allow_anonymous true", f"password_file {password_file(lab)}", f"acl_file {rules}")
    return doctor(lab.phone, "delivery", AT, "-t", "kitchen/lamp", "--publish")


@reported(MOSQUITTO + "3520 acl_file variable containing / - change in behaviour", HEALTHY)
def a_user_whose_name_is_a_topic(lab):
    rules = lab.file("acl", "pattern readwrite %u\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab, 'test/1', 'pw')}", f"acl_file {rules}")
    return doctor(lab.phone, "delivery", AT, "-u", "test/1", "-P", "pw", "-t", "test/1", "--publish")


@reported(GITHUB + "Freeboard/freeboard/issues/262 Issue connecting to test.mosquitto.org", r"user|password|login|credential")
def paho_javascript_says_6(_):
    return said("Connection failed: AMQJS0006E Bad Connack return code:5 Connection Refused: not authorized.")


@reported(GITHUB + "brocaar/chirpstack-application-server/issues/129 MqttBroker Connection Refuser: not authorized",
          r"not running|nothing listens|nobody listens|no broker|\blisten|\bstart")
def go_says_connection_refused(_):
    return said('time="2017-08-11T20:08:33Z" level=error msg="backend/gateway: connecting to mqtt broker failed, will retry '
                'in 2s: Network Error : dial tcp 127.0.0.1:1883: getsockopt: connection refused"', "--app", "chirpstack")


# ---- other brokers --------------------------------------------------------------------------------

BANS = """
import socket
listener = socket.create_server(("0.0.0.0", 1883))
for number in range(99):
    connection = listener.accept()[0]
    connection.recv(999)
    connection.sendall(bytes([0x20, 2, 0, 0 if number < 10 else 5]))
    if number < 10:
        connection.recv(999)
    connection.close()
"""


@reported(GITHUB + "emqx/emqx/issues/2626 can not recover from flap ban status",
          r"\bban|flap|too often|block(ed|s|list)|so many|how often|rate")
def it_came_and_went_too_often(lab):
    """Ten times within seconds, then code 5 with what was good before."""
    lab.server.start(sys.executable, "-c", BANS, ready=1883)

    def act():
        for _ in range(13):
            client(lab.phone, "connect=meter-17,60").wait(5)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "vernemq/vernemq/issues/432 unable to publish", r"allow|permi|access|may not|right|\bACL")
def vernemq_lets_in_and_lets_nobody_publish(lab):
    scripted(lab.server, 1883, "broker", "publish=close")
    return doctor(lab.phone, AT, "-t", "mqtt-malaria/beem", "--publish")


@reported(GITHUB + "vernemq/vernemq/issues/262 TLS username from CN authentication failing",
          r"use_identity_as_username|use_subject_as_username|common name|\bCN\b|identity")
def the_certificate_was_to_be_the_login(lab):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", "allow_anonymous false",
              f"password_file {password_file(lab)}", ready=8883)
    own = certificates.with_client("client")
    proved(lab.server, "-p", "8883", *own, at="localhost", not_=True)
    return on_broker(lab, "mqtts://localhost:8883", *own)


@reported(GITHUB + "nanomq/nanomq/issues/2099 Websocket listener stops responding", r"websocket",
          r"silen|does not (answer|respond)|no answer|answers nothing|says nothing|hang|never answer|restart")
def its_door_for_browsers_has_died(lab):
    """TCP at 1883 goes on; at 8083 the connection is taken, and that is all."""
    mosquitto(lab.server)
    scripted(lab.server, 8083, "silent")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "twn39/code/issues/285 RabbitMQ 配置 MQTT 服务", r"用户|密码|登录")
def rabbitmq_without_its_guest(lab):
    scripted(lab.server, 1883, "broker", "anonymous=5")
    scripted(lab.server, 5672, "half", "414d515000000901")
    scripted(lab.server, 15672, "http", "200 OK", "Server: Cowboy")
    return doctor(lab.phone, AT, "--lang", "zh")


@reported(GITHUB + "emqx/emqx/issues/511 Connection Forcibly Closed", r"size|large|\bbig|oversize|longer|max_packet")
def a_message_too_large_for_the_broker(lab):
    log = lab.file("mosquitto.log", "")
    mosquitto(lab.server, "max_packet_size 1024", f"log_dest file {log}")

    def act():
        for _ in range(3):
            client(lab.phone, "connect=edfungus,60", "publish=1,photo/1,100", "wait=0.3", "publish=1,photo/1,3000",
                   "wait=1").wait(5)
        time.sleep(0.2)
    path = captured(lab, lab.server, act)
    until("oversize", log)
    return explain(path)
