"""The second harvest of the brokers that are not Mosquitto."""
import shutil
import time

from . import certificates
from .cases import Skip, doctor
from .certificates import ca
from .net import SERVER
from .reported import reported
from .services import dnsmasq, mosquitto, scripted
from .stage_delivery import AT
from .stage_login import cloud
from .stage_trained_brokers import (BEAM, GITHUB, JAVA, RABBIT_BEAM, VERNE_BEAM, ended, etc, machine, named, on_broker_in,
                                    rabbit_time)

VERNE = GITHUB + "vernemq/vernemq/issues/"
HIVEMQS_REASONS = "https://hivemq.atlassian.net/wiki/spaces/KB/pages/733446532 Disconnect reasons"


def stamps(count, form, ago=60):
    return [time.strftime(form, time.gmtime(time.time() - ago - 10 * i)) for i in range(count, 0, -1)]


# ---- VerneMQ ---------------------------------------------------------------------------------------


@reported(VERNE + "900 vernemq file based authentication", r"vmq_passwd", r"vernemq\.conf|plugins\.", unsaid="mosquitto", is_long=False)
def verne_checks_no_password_file(lab):
    etc(lab, "vernemq/vernemq.conf", "allow_anonymous = off\nplugins.vmq_passwd = off\nplugins.vmq_acl = on\n"
        "vmq_passwd.password_file = /etc/vernemq/vmq.passwd\nlistener.tcp.default = 0.0.0.0:1883\n")
    named(lab.server, VERNE_BEAM, 1883, "broker", "user=henry:5", "anonymous=5")
    log = "".join(f"{when}.208 [error] <0.441.0>@vmq_mqtt_fsm:check_user:547 can't authenticate client {{[],<<\"clientId-DHCVL\">>}} "
                  "due to no_matching_hook_found\n" for when in stamps(4, "%Y-%m-%d %H:%M:%S"))
    return on_broker_in(lab, machine(lab, {"var/log/vernemq/console.log": log}), "localhost", "-u", "henry", "-P", "henry")


@reported(VERNE + "539 Confuse about configuration to make it just work", r"vmq_acl", unsaid="mosquitto")
def verne_has_no_access_list(lab):
    etc(lab, "vernemq/vernemq.conf", "allow_anonymous = on\nplugins.vmq_acl = off\nlistener.tcp.default = 0.0.0.0:1883\n")
    named(lab.server, VERNE_BEAM, 1883, "broker", "publish=close")
    log = "".join(f"{when}.779 [error] <0.664.0>@vmq_mqtt_fsm:auth_on_publish:658 can't auth publish [undefined,{{[],<<\"bob\">>}},0,"
                  "[<<\"sembarang\">>],<<\"x\">>,false] due to no_matching_hook_found\n" for when in stamps(3, "%Y-%m-%d %H:%M:%S"))
    return on_broker_in(lab, machine(lab, {"var/log/vernemq/console.log": log}), "localhost", "-t", "sembarang", "--publish")


@reported(VERNE + "262 TLS username from CN authentication failing", r"use_identity_as_username")
def vernes_certificate_is_no_user_name(lab):
    good, mine = certificates.get("good"), certificates.get("client")
    etc(lab, "vernemq/vernemq.conf", "allow_anonymous = off\nlistener.ssl.default = 0.0.0.0:8883\n"
        "listener.ssl.default.require_certificate = on\nlistener.ssl.default.certfile = /ssl/vernemq.pem\n")
    named(lab.server, VERNE_BEAM, 8883, "tls", good.chain, good.key, "broker", "anonymous=4")
    return on_broker_in(lab, machine(lab), f"mqtts://{SERVER}", "--cafile", ca(), "--cert", mine.certificate, "--key", mine.key)


# ---- containers ------------------------------------------------------------------------------------


@reported(GITHUB + "emqx/emqx-docs/issues/2060 Permission Denied During Docker Runtime", r"permission|may not", r"/data/docker/emqx",
          unsaid="1883\\)")
def emqx_may_not_write_its_volume(lab):
    state = ended(1)
    state["Mounts"] = [{"Source": "/data/docker/emqx", "Destination": "/opt/emqx/data"}]
    log = ["mkdir: cannot create directory '/opt/emqx/data/configs': Permission denied"]
    return on_broker_in(lab, machine(lab, {}, [("emqx", "emqx/emqx:5.0.26", "0.0.0.0:1883->1883/tcp", "restarting",
                                                "Restarting (1) 5 seconds ago", state, log)]))


@reported(GITHUB + "docker-library/rabbitmq/issues/318 Error when reading .erlang.cookie: eacces", r"cookie|may not read",
          r"owner|rights|user|permission", unsaid="listener")
def rabbit_may_not_read_its_cookie(lab):
    state = ended(1)
    state["Mounts"] = [{"Source": "/srv/rabbit", "Destination": "/var/lib/rabbitmq"}]
    log = ["16:42:16.266 [error] Error when reading /var/lib/rabbitmq/.erlang.cookie: eacces", "16:42:16.275 [error] BOOT FAILED",
           "BOOT FAILED", "16:42:16.276 [error] ===========", "16:42:16.276 [error] Exception during startup:"]
    return on_broker_in(lab, machine(lab, {}, [("rabbitmq_1", "rabbitmq:3.8.4", "", "exited", "Exited (1) 1 minute ago", state, log)]))


# ---- Adafruit, Google, IBM and other clouds ---------------------------------------------------------


def adafruit(lab, *words):
    dnsmasq(lab.router, f"address=/io.adafruit.com/{SERVER}", rest="address=/com/")
    scripted(lab.server, 1883, "broker", "versions=3,4", *words)
    return "io.adafruit.com"


@reported(GITHUB + "adafruit/io-issues/issues/173 AMQJS0006E Bad Connack return code:6", r"rate|often|throttl|limit", unsaid="wrong user name")
def adafruit_holds_back(lab):
    return doctor(lab.phone, adafruit(lab, "user=me:6"), "-u", "me", "-P", "aio_key", "-V", "3.1.1")


@reported(GITHUB + "adafruit/Adafruit_MQTT_Library/pull/47 return code 7: banned", r"bann")
def adafruit_has_banned_this_one(lab):
    return doctor(lab.phone, adafruit(lab, "user=me:7"), "-u", "me", "-P", "aio_key", "-V", "3.1.1")


@reported(GITHUB + "knolleary/pubsubclient/issues/291 using pubsubclient to connect to adafruit io", r"AIO key", r"password")
def adafruits_key_given_as_the_user(lab):
    return doctor(lab.phone, adafruit(lab, "user=aio_abc:5"), "-i", "myname", "-u", "aio_abc", "-P", "", "-V", "3.1.1")


@reported(GITHUB + "GoogleCloudPlatform/python-docs-samples/issues/3269 Error while publishing over the MQTT bridge",
          r"ended|shut|retired|discontinued|no longer|2023", r"Google")
def google_has_ended_its_iot_core(lab):
    dnsmasq(lab.router, rest="address=/com/")
    return doctor(lab.phone, "mqtts://mqtt.googleapis.com:8883", "-u", "unused", "-P", "jwt")


@reported(GITHUB + "contiki-ng/contiki-ng/issues/440 MQTT publish to IBM Watson IoT Platform", r"ended|shut|retired|discontinued|no longer|2023",
          r"IBM|Watson")
def ibm_has_ended_its_platform(lab):
    dnsmasq(lab.router, rest="address=/com/")
    return doctor(lab.phone, "abc123.messaging.internetofthings.ibmcloud.com", "-u", "use-token-auth", "-P", "token")


@reported("https://www.cloudamqp.com/docs/mqtt.html user name and virtual host", r"NAME:NAME|virtual host|vhost")
def cloudamqp_wants_its_virtual_host(lab):
    dnsmasq(lab.router, f"address=/hawk.rmq.cloudamqp.com/{SERVER}", rest="address=/com/")
    scripted(lab.server, 1883, "broker", "versions=3,4", "user=abcdefgh:5")
    return doctor(lab.phone, "hawk.rmq.cloudamqp.com", "-u", "abcdefgh", "-P", "secret")


@reported("https://community.hivemq.com/t/esp8266-cant-connect-to-mqtt-cloud-broker-hivemq/728", r"TLS")
def hivemq_cloud_without_tls(lab):
    host = cloud(lab, "abc.s1.eu.hivemq.cloud", "broker").replace("mqtts", "mqtt")
    return doctor(lab.phone, host, "-u", "alice", "-P", "pw")


# ---- HiveMQ, EMQX 3, NATS, ActiveMQ ------------------------------------------------------------------


def hivemq_says(lab, reason):
    named(lab.server, JAVA, 1883, "exchange", also=("-jar", "/opt/hivemq/bin/hivemq.jar"))
    log = "".join(f"{when},123 - Client ID: lamp-7, IP: 10.0.0.7 was disconnected. reason: {reason}.\n{when},124 - Client ID: lamp-7, "
                  "IP: 10.0.0.7 disconnected ungracefully.\n" for when in stamps(5, "%Y-%m-%d %H:%M:%S"))
    return on_broker_in(lab, machine(lab, {"opt/hivemq/log/event.log": log, "opt/hivemq/log/hivemq.log": "", "opt/hivemq/conf/config.xml":
                                           "<hivemq><listeners><tcp-listener><port>1883</port></tcp-listener></listeners></hivemq>"}))


@reported(HIVEMQS_REASONS, r"lamp-7", r"keep alive|silent")
def hivemqs_client_falls_silent(lab):
    return hivemq_says(lab, "Client was idle for too long")


@reported(HIVEMQS_REASONS, r"lamp-7", r"identifier")
def hivemqs_clients_share_a_name(lab):
    return hivemq_says(lab, "Another client connected with the same clientId")


@reported(HIVEMQS_REASONS, r"lamp-7", r"too many|more|unacknowledged|often|quota|held")
def hivemqs_client_sends_too_many_at_once(lab):
    return hivemq_says(lab, "Sent too many concurrent PUBLISH messages")


@reported(GITHUB + "emqx/emqx/issues/3055 Broker restarts for unknown reasons", r"client-6188966", r"user name|password")
def emqx_3_turns_one_away(lab):
    named(lab.server, BEAM, 1883, "exchange")
    log = "".join(f"{when}.322 [warning] <<\"client-6188966\">>@10.154.15.204:56157 [Protocol] Client client-6188966 (Username: "
                  "'client-6188966') login failed for not_authorized\n" for when in stamps(4, "%Y-%m-%d %H:%M:%S"))
    return on_broker_in(lab, machine(lab, {"var/log/emqx/emqx.log.1": log}))


def nats(lab, *lines):
    if not shutil.which("nats-server"):
        raise Skip("nats-server is not installed")
    path = lab.file("nats.conf", "\n".join(("port: 4222", "server_name: a", f"jetstream {{ store_dir: {lab.file('js')} }}",
                                            f"log_file: \"{lab.file('nats.log')}\"", "mqtt { port: 1883 }", *lines, "")))
    lab.server.start("nats-server", "-c", path, ready=1883)
    time.sleep(0.5)


@reported(GITHUB + "nats-io/nats-server/issues/4203 Frequent disconnection of Android client from nats: invalid topic", r"dot|'\.'|\"\.\"|character|\. ")
def nats_takes_no_dots(lab):
    nats(lab)
    return doctor(lab.phone, "delivery", AT, "-t", "home/front.door", "--publish", "-V", "3.1.1")


@reported(GITHUB + "nats-io/nats-server/issues/4203, on its own machine", r"dot|'\.'|\"\.\"|character")
def nats_says_that_it_takes_no_dots(lab):
    nats(lab)
    return doctor(lab.server, AT, "--on-broker", "-t", "home/front.door", "--publish", "-V", "3.1.1")


@reported(GITHUB + "nats-io/nats-server/issues/2126 More detailed error messages when MQTT client failed to connect", r"user name|login|password")
def nats_wants_a_user(lab):
    nats(lab, "authorization { users: [ { user: alice, password: secret } ] }")
    return doctor(lab.server, AT, "--on-broker", "-V", "3.1.1")


@reported("http://activemq.apache.org/mqtt.html transportConnector uri=mqtt://localhost:1883", r"127\.0\.0\.1|loopback|localhost",
          r"activemq\.xml|transportConnector", unsaid="mosquitto")
def activemq_as_its_page_shows(lab):
    etc(lab, "activemq/activemq.xml", '<beans><broker><transportConnectors><transportConnector name="mqtt" uri="mqtt://localhost:1883"/>'
        "</transportConnectors></broker></beans>")
    script = lab.file("local.py", """import socket, time
listener = socket.create_server(("127.0.0.1", 1883))
while True:
    one, _ = listener.accept()
    time.sleep(0.1)
    one.close()
""")
    from .stage_trained_brokers import called
    called(lab.server, JAVA, script, "-jar", "/usr/share/activemq/bin/activemq.jar", ready=1883)
    return on_broker_in(lab, machine(lab), SERVER)


@reported(GITHUB + "openhab/openhab-addons/issues/9098 secure is the default of the system broker", r"1883", r"without TLS|mqtt://|plain|mqtt\b")
def openhab_dials_the_secure_port(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"mqtts://{SERVER}")


@reported(GITHUB + "moscajs/aedes/issues/218 Node red - Connection failed to broker", r"answer|respond|hung|silent", unsaid="mosquitto")
def aedes_takes_the_connection_and_says_nothing(lab):
    named(lab.server, "/usr/bin/node-red", 1883, "silent")
    return on_broker_in(lab, machine(lab))


@reported(RABBIT_BEAM and GITHUB + "rabbitmq/rabbitmq-server/issues/880 disk_free_limit", r"disk", r"32GB")
def rabbit_wants_more_disk_than_there_is(lab):
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n")
    etc(lab, "rabbitmq/rabbitmq.conf", "disk_free_limit.absolute = 32GB\n")
    named(lab.server, RABBIT_BEAM, 1883, "broker", "publish=silent")
    log = (f"{rabbit_time(900)} [info] <0.642.0> started MQTT TCP listener on [::]:1883\n"
           f"{rabbit_time(60)} [warning] <0.298.0> disk resource limit alarm set on node rabbit@host.\n")
    return on_broker_in(lab, machine(lab, {"var/log/rabbitmq/rabbit@host.log": log}))


@reported("Helm: bitnami/rabbitmq prints NAME.default.svc.cluster.local", r"Kubernetes|cluster")
def name_of_a_service_typed_on_a_laptop(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "my-rabbitmq.default.svc.cluster.local")


@reported("compose: the service is called emqx", r"container")
def name_of_a_compose_service_typed_on_a_laptop(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "emqx")
