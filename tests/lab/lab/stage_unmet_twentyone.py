"""Never met, the twenty-first batch: getting connected. Its author had read neither the doctor's code nor its causes, and
had asked it nothing; written down with its right answers before it was asked. Thirty-one searches by a list fixed before
(the first 27 among issues, the others among pages), the first reports of each whose reason is known or plain:

 1 mosquitto: address already in use              17 paho Python: unsupported protocol version
 2 mosquitto in docker: refused, local only       18 identifier rejected, too long, empty
 3 ESP8266, PubSubClient, rc=-2                   19 zigbee2mqtt: ECONNREFUSED, not authorized
 4 Tasmota: rc -2, TLS, fingerprint               20 AWS IoT: closed at once, policy, ALPN 443
 5 Home Assistant's add-on: not authorised        21 Azure IoT Hub, Event Grid: SAS, refused
 6 Node-RED: connect, disconnect, identifier      22 .local, ENOTFOUND, EAI_AGAIN
 7 paho Java: MqttException, 32103                23 localhost: ::1 and 127.0.0.1
 8 MQTT.js in a browser: WebSocket, path          24 Kubernetes: health check, PROXY protocol
 9 EMQX in docker: refused, no listener           25 mosquitto 2: password file, reload
10 RabbitMQ's MQTT plugin: bad credentials        26 paho Go: EOF, not Authorized
11 HiveMQ: TLS, key store                         27 has exceeded timeout, NAT
12 nginx: WebSocket, 400, 426                     28 Aliyun, security group, firewall (in Chinese)
13 Traefik: TCP router, passthrough               29 EMQX: identifiers in conflict (in Chinese)
14 self-signed certificate, IP SAN                30 port forwarding, not reachable from outside
15 Let's Encrypt: expired, incomplete             31 ESP32: mbedtls handshake
16 Unable to load server key file, permission
"""
import os
import pathlib
import signal
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER, SERVER6, sh
from .reported import on_broker, proved, reported, said, until
from .services import dnsmasq, etc, haproxy, mosquitto, password_file, scripted, tls_lines
from .stage_delivery import AT
from .stage_unmet_eighteen import not_started, python
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_nineteen import ALICE, answered, connect_packet
from .stage_unmet_seven import captured, issued
from .stage_unmet_seventeen import MOSQUITTO, in_one_file
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twenty import staged

SECURE = f"mqtts://{SERVER}:8883"
CANNOT = ("--symptom", "cannot-connect")
PLAIN = r"without TLS|no TLS|not (speak )?TLS|\bplain\b|unencrypted|mqtt://"


def configured(lab, *lines):
    """A broker by /etc/mosquitto/mosquitto.conf, and its log; the process may have ended."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf", "\n".join((f"log_dest file {log}", "log_type all", *lines, "")))
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    return log


# ---- name, address, container ---------------------------------------------------------------------


@reported(GITHUB + "shamblett/mqtt_client/issues/264 Unable to connect using mdns name", r"mybroker\.local",
          r"mDNS|multicast|Bonjour|Avahi|zeroconf|\.local\b.{0,80}(name server|DNS|router|looked up|resolv)")
def an_app_that_asks_the_name_server_for_local(lab):
    dnsmasq(lab.router, "local=/local/", "domain-needed")
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="mybroker.local", not_=True)
    return doctor(lab.phone, "mybroker.local:1883")


@reported(GITHUB + "21cncstudio/project_aura/issues/9 MQTT Auto discovery not working", r"resol|look(ed)? up|\bDNS\b|\bname\b",
          r"\.local|mDNS|multicast|address")
def an_esp32_says_dns_failed(_):
    return said("[I][MQTT] connecting to mqtt.local:1883 (NetworkMgr=ready, WiFi.status=3, IP=10.33.0.186, RSSI=-68 dBm)\n"
                "[ 67134][E][NetworkManager.cpp:136] hostByName(): DNS Failed for 'mqtt.local' with error '-54'\n"
                "[W][MQTT] connect failed rc=-2 (attempt 2/9), retry in 30 seconds")


@reported(GITHUB + "shamblett/mqtt_client/issues/43 connect localhost error", r"localhost|127\.0\.0\.1|loopback",
          r"itself|\bown\b|this (device|machine|phone)|the (phone|emulator|device)|emulator|10\.0\.2\.2|elsewhere|"
          r"(another|other) (machine|host|device|computer)")
def flutter_says_refused_at_localhost(_):
    return said("I/flutter ( 1605): EXAMPLE::client exception - SocketException: OS Error: Connection refused, errno = 111, "
                "address = localhost, port = 53217\nI/flutter ( 1605): EXAMPLE::ERROR Mosquitto client connection failed - "
                "disconnecting, state is ConnectionState.disconnected")


@reported(GITHUB + "owntracks/docker-recorder/issues/87 Example with mosquitto has Error: Connection refused",
          r"127\.0\.0\.1|loopback|local only|listens? only|only (from|for|on) (its own|that|the) (machine|host|container)")
def the_container_beside_listens_to_itself(lab):
    """eclipse-mosquitto as it comes, by its name in the same compose file."""
    dnsmasq(lab.router, f"address=/mosquitto/{SERVER}")
    mosquitto(lab.server, listener=None)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, at="mosquitto", not_=True)
    return doctor(lab.phone, "mosquitto:1883")


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/685 ConnectionRefusedError: [Errno 111] Connection refused",
          r"127\.0\.0\.1|loopback|local only", r"listen")
def the_machines_own_address_refuses(lab):
    """The broker of the same machine answers at localhost alone."""
    log = configured(lab, "allow_anonymous true")
    until("Starting in local only mode", log)
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, at=SERVER, not_=True)
    return on_broker(lab, AT)


@reported(MOSQUITTO + "2460 You broke my lights! AGAIN", r"IPv6|::1",
          r"0\.0\.0\.0|IPv4|127\.0\.0\.1|listen.{0,60}(IPv6|::1)|IPv6.{0,60}listen|no IPv6")
def localhost_is_another_address_for_the_app(lab):
    """A newer Node takes ::1 first."""
    log = configured(lab, "listener 1883 0.0.0.0", "allow_anonymous true")
    until("Opening ipv4 listen socket", log)
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, at="::1", not_=True)
    return on_broker(lab, "[::1]:1883")


@reported(GITHUB + "emqx/emqx/issues/2926 Connection Refused when connecting mqqt client with mqqt protcol port 1883 ?",
          r"1883", r"(nothing|nobody|no (service|one|program|broker|listener)).{0,60}(listen|answer)|listener|8083|web ?socket|"
          r"not (running|open|listening|started)|(another|other) port")
def emqx_opened_all_its_ports_but_one(lab):
    scripted(lab.server, 18083, "http", "200 OK", "Server: Cowboy", "BODY:<title>EMQX Dashboard</title>")
    scripted(lab.server, 8083, "ws", "path=/mqtt", "--", "broker")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


# ---- the broker's own machine ---------------------------------------------------------------------


@reported(MOSQUITTO + "2148 listener configuration with include_dir not working as expected",
          r"twice|two (times|listeners|lines)|both|default listener|second|itself|its own|same port|more than (once|one)",
          r"1883", r"listener|conf\.d|configuration|per_listener_settings")
def an_included_file_begins_with_no_listener(lab):
    """What stands there opens the default listener, and another file names its port."""
    for name, text in (("01-options", "listener 1884\nallow_anonymous true\n"), ("02-tls", f"cafile {ca()}\n"),
                       ("03-listener2", "listener 1883\n")):
        etc(lab, f"mosquitto/conf.d/{name}.conf", text)
    log = configured(lab, "per_listener_settings true", "include_dir /etc/mosquitto/conf.d")
    until("Address already in use", log)
    time.sleep(0.3)
    proved(lab.server, at="127.0.0.1", not_=True)
    return on_broker(lab)


@reported(MOSQUITTO + "2285 Confusing behaviour when using per_listener_settings", r"per_listener_settings",
          r"password_file|password file|allow_anonymous|\busers?\b")
def the_password_file_stands_before_the_listener(lab):
    """It holds for a listener at 1883 that nobody asked for, and nobody is let in at the other."""
    etc(lab, "mosquitto/pwd.cfg", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "per_listener_settings true", "allow_anonymous false", "password_file /etc/mosquitto/pwd.cfg",
                     "listener 8888", "protocol mqtt")
    until("Opening ipv4 listen socket on port 1883", log)
    time.sleep(0.3)
    proved(lab.server, "-p", "1883", *ALICE, at="127.0.0.1")
    proved(lab.server, "-p", "8888", *ALICE, at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost:8888", *ALICE)


@reported(MOSQUITTO + "3380 Permissions issue (at least, reported by mosquitto binary) at start", r"passwd\.txt|password_file|"
          r"password file", r"permission|owner|may not|can(not|'t) (be )?(read|open)|readable|chown|belongs")
def the_password_file_belongs_to_root(lab):
    etc(lab, "mosquitto/passwd.txt", pathlib.Path(password_file(lab)).read_text(), mode=0o700)
    return not_started(lab, "pwfile", "allow_anonymous false", "password_file /etc/mosquitto/passwd.txt")


@reported(MOSQUITTO + "3280 Wrong authorision config after reload",
          r"reload|\bHUP\b|bind_interface|same port|(two|both|other) listeners?|not what (the|its) (file|configuration)|"
          r"differs? from|since it (was|has)? ?(read|start)", r"anonym|login|log in|password|\buser")
def after_a_reload_nobody_is_anonymous(lab):
    """Two listeners share a port; the local one asks for no password until the files are read again."""
    etc(lab, "mosquitto/pwfile", pathlib.Path(password_file(lab)).read_text())
    log = configured(lab, "user root", "per_listener_settings true", "listener 1883", "bind_interface lo", "allow_anonymous true",
                     "listener 1883", "bind_interface e0", "allow_anonymous false", "password_file /etc/mosquitto/pwfile")
    until("running", log)
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, *ALICE)
    lab.processes[-1].send_signal(signal.SIGHUP)
    until("Reloading config", log)
    time.sleep(0.3)
    proved(lab.server, at="127.0.0.1", not_=True)
    proved(lab.server, *ALICE)
    return on_broker(lab)


@reported("https://blog.youkuaiyun.com/DeepLens/article/details/155914147 揭秘MQTT客户端连接失败真相",
          r"max_connections|(limit|as many|at most|full|no more|too many).{0,60}(connection|client)|"
          r"(connection|client)s?.{0,60}(limit|as many|at most|full|too many)")
def no_place_for_one_more(lab):
    log = configured(lab, "listener 1883", "allow_anonymous true", "max_connections 3")
    lab.server.wait_for_port(1883)
    python(lab.phone, f"""from talk import *
held = [Talk("{SERVER}").connect(f"dev-{{i}}", keep_alive=0) for i in range(3)]
time.sleep(60)
""")
    end = time.monotonic() + 5
    while pathlib.Path(log).read_text().count("New client connected") < 3 and time.monotonic() < end:
        time.sleep(0.05)
    proved(lab.phone, not_=True)
    until("max_connections exceeded", log)
    return on_broker(lab)


@reported(MOSQUITTO + "2866 Mosquitto not working anymore after Synology update", r"1883|\bport\b",
          r"already|in use|occup|taken|(another|other|else)")
def docker_says_bind_address_in_use(_):
    return said("driver failed programming external connectivity on endpoint mosquitto "
                "(178c4e06e5edb9aad649bc2789e5ce7c160fd2b85daaae5b599cebd22a0950a6): Error starting userland proxy: listen "
                "tcp4 0.0.0.0:1883: bind: address already in use")


# ---- TLS ------------------------------------------------------------------------------------------


@reported(MOSQUITTO + "3445 Letsencrypt certificate on test.mosquitto.org expired", r"expired|no longer valid|ran out",
          r"IPv6|fd77|one of (its|the|two)|address")
def another_certificate_behind_the_ipv6_address(lab):
    """There a container still shows the old one."""
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER},{SERVER6}")
    good, old = certificates.get("good"), certificates.get("expired")
    mosquitto(lab.server, f"listener 8883 {SERVER}", f"certfile {good.chain}", f"keyfile {good.key}",
              f"listener 8883 {SERVER6}", f"certfile {old.chain}", f"keyfile {old.key}", ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at=SERVER)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at=SERVER6, not_=True)
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported(MOSQUITTO + "2692 using-lets-encrypt-certificates-with-mosquitto.md suggests using an expired cacert",
          r"--?cafile|\bCA\b|authorit|issuer|root", r"not .{0,40}(signed|issued|trust|known|among)|unknown|another|other|"
          r"untrusted|does not (belong|fit|match|know|hold|contain)|wrong|old",
          unsaid=r"(server|broker)'s certificate (has |is )?(expired|ran out)")
def the_authority_of_years_ago(lab):
    """The tutorial names a root that ran out and has signed nothing since."""
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    old = certificates.get("old-ca").certificate
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, "-p", "8883", "--cafile", old, not_=True)
    return doctor(lab.phone, SECURE, "--cafile", old)


@reported(GITHUB + "mqttjs/MQTT.js/issues/1077 TLS / SSL connection cannot verify the certificate", r"certificate",
          r"subjectAltName|\bSANs?\b|alternative name|common name|\bCN\b|mismatch|names? no|no names?|"
          r"(does|do) not (name|cover|match|hold|contain|list|fit)", r"127\.0\.0\.1|address|name")
def the_address_stands_in_the_common_name_alone(lab):
    own = issued(lab, "own", "127.0.0.1", "basicConstraints=CA:FALSE\n")
    mosquitto(lab.server, *tls_lines(own), ready=8883)
    told = lab.server.run("openssl", "s_client", "-connect", "127.0.0.1:8883", "-CAfile", ca(), "-verify_ip", "127.0.0.1",
                          check=False, input="")
    staged("IP address mismatch" in told, told)
    return doctor(lab.server, "mqtts://127.0.0.1:8883", "--cafile", ca())


@reported(GITHUB + "hivemq/hivemq-mqtt-client/issues/509 HiveMQ java client given Unknown CA error",
          r"client('s)? certificate|certificate of the client|your (own )?certificate|--cert\b",
          r"trust|authorit|signed|issued|unknown|\bCA\b")
def the_broker_does_not_know_who_signed_the_client(lab):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", ready=8883)
    good, other = certificates.get("client"), certificates.get("client-other")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), "--cert", good.chain, "--key", good.key)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), "--cert", other.chain, "--key", other.key, not_=True)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--cert", other.chain, "--key", other.key)


@reported(GITHUB + "hivemq/hivemq-mqtt-client/issues/351 My client keeps error reading the certificate",
          r"key ?store|JKS|PKCS", r"PEM|convert|format|kind of file|keytool|not a key ?store")
def hivemqs_client_wants_a_key_store(_):
    return said("com.hivemq.client.util.KeyStoreUtil: javax.net.ssl.SSLException: Not able to open or read KeyStore "
                "'D:\\IdeaProjects\\testmqtt\\src\\main\\resources\\ca\\mqtt-client-key.pem")


@reported(GITHUB + "1technophile/OpenMQTTGateway/issues/1385 Certificate Verification failed on Lets encrypt cert",
          r"certificate", r"\bCA\b|root|authorit|trust|issuer|signed")
def an_esp32_says_9984(_):
    return said("[E][ssl_client.cpp:36] _handle_error(): [start_ssl_client():216]: (-9984) X509 - Certificate verification "
                "failed, e.g. CRL, CA or signature check failed\n[E][WiFiClientSecure.cpp:133] connect(): start_ssl_client: "
                "-9984\nW: failure_number_mqtt: 11\nW: failed, rc=-2\nW: failed, ssl error code=-9984")


@reported(GITHUB + "davidepianca98/KMQTT/issues/82 How do you configure MQTTClient with userName and password?", r"\bTLS\b",
          PLAIN)
def an_app_says_connect_to_8883_in_the_clear(lab):
    mosquitto(lab.server, *tls_lines("good"), "allow_anonymous false", f"password_file {password_file(lab)}", listener=None,
              ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), *ALICE)
    packet = connect_packet(0xC2, "kmqtt", "alice", "alice-pw")

    def act():
        for _ in range(3):
            staged(not answered(lab.phone, packet, port=8883).startswith("20"), "it is let in")
            time.sleep(0.3)
    return explain(captured(lab, lab.phone, act, port=8883), *CANNOT)


def hello(lab, port, *words):
    """A client of TLS 1.2 that says no more than that, three times; gives what openssl told last."""
    for _ in range(3):
        told = sh(*lab.phone.command("sh", "-c", f"timeout 3 openssl s_client -connect {SERVER}:{port} -tls1_2 "
                                     f"{' '.join(words)} 2>&1 </dev/null"), check=False)
        time.sleep(0.3)
    return told


@reported(GITHUB + "arendst/Tasmota/issues/20714 Self-signed mosquitto + Tasmota + MQTT TLS no longer working",
          r"cipher|ECDSA|\bRSA\b|elliptic|kind of key", r"common|agree|\bnone\b|no .{0,40}(cipher|suite)|\bonly\b|alone|"
          r"handshake.failure|share|does not|cannot")
def a_plug_takes_rsa_and_the_broker_has_an_elliptic_key(lab):
    base = lab.file("elliptic")
    sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365",
       "-keyout", f"{base}.key", "-out", f"{base}.crt", "-subj", "/CN=broker.test", "-addext",
       f"subjectAltName={certificates.NAMES}")
    os.chmod(f"{base}.key", 0o644)
    mosquitto(lab.server, *tls_lines(certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt")), ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", f"{base}.crt")

    def act():
        told = hello(lab, 8883, "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
        staged("handshake failure" in told, told)
    return explain(captured(lab, lab.server, act, port=8883), *CANNOT)


@reported(GITHUB + "stefanbode/Sonoff-Tasmota/issues/211 MQT: TLS connection error: 0", r"\bTLS\b", PLAIN + "|8883")
def a_plug_that_was_built_with_tls(lab):
    """It speaks TLS to the port at which all its neighbours are served."""
    process = mosquitto(lab.server)
    proved(lab.phone)
    path = captured(lab, lab.server, lambda: hello(lab, 1883, "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"))
    until("Client <unknown>", process.log)
    return explain(path, *CANNOT)


def amazon_at_443(lab, *behind):
    """Amazon's port for all: MQTT by ALPN; it wants a client's certificate, and hands on to this behaviour of server.py."""
    in_the_cloud(lab, "amazonaws.com", "52.29.114.37")
    host = "arf96w65rkphn-ats.iot.eu-west-1.amazonaws.com"
    scripted(lab.server, 9883, *behind)
    both = in_one_file(lab, certificates.get("clouds"))
    haproxy(lab.server, f"listen a\n  bind :443 ssl crt {both} alpn x-amzn-mqtt-ca,http/1.1 verify required ca-file {ca()}\n"
                        "  server m 127.0.0.1:9883", 443)
    own = certificates.get("client")
    return host, ("--cafile", ca(), "--cert", own.chain, "--key", own.key, "--tls-alpn", "x-amzn-mqtt-ca")


@reported(GITHUB + "shamblett/mqtt_client/issues/538 NoConnectionException: Missing Connection Acknowledgement",
          r"polic", r"attach|allow|permi|iot:Connect|certificate|right|identifier")
def no_policy_hangs_at_the_certificate(lab):
    """Port, ALPN and certificate are right."""
    host, words = amazon_at_443(lab, "half", "")
    proved(lab.phone, "-p", "443", *words, at=host, not_=True)
    return doctor(lab.phone, f"mqtts://{host}:443", *words, "-i", "flutter-thing")


@reported(GITHUB + "aws/aws-iot-device-sdk-js/issues/304 Premature Close when using Devices", r"\bCA\b|root|authorit|cafile",
          r"not .{0,40}(signed|issued|trust|known|among)|unknown|untrusted|does not (trust|know)|AmazonRootCA|"
          r"(another|other|wrong|different|that) (CA|authorit|root|issuer)")
def the_authority_of_amazons_databases(lab):
    """rds-ca-2015-root.pem was taken for that of the brokers."""
    in_the_cloud(lab, "amazonaws.com", "52.29.114.37")
    own, good = certificates.get("client"), certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "versions=4")
    host, wrong = "a30u0mm8b3ldbd-ats.iot.eu-west-1.amazonaws.com", certificates.get("other-ca").certificate
    words = ("--cert", own.chain, "--key", own.key)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), *words, at=host)
    proved(lab.phone, "-p", "8883", "--cafile", wrong, *words, at=host, not_=True)
    return doctor(lab.phone, f"mqtts://{host}:8883", "--cafile", wrong, *words, "-i", "Database_Handler")
