"""Never met, the nineteenth batch: getting connected. Thirty searches by a list fixed before, the first reports of each
whose cause is known; written down with its right answers by somebody who had neither read the doctor's code nor asked it.

 1 mosquitto on a VPS times out from outside       16 EMQX: client not authorized or cannot connect
 2 ESP8266, PubSubClient, rc=-2                    17 RabbitMQ's MQTT plugin: bad user name, vhost
 3 ESP32: esp-tls handshake failed                 18 HiveMQ Cloud with paho: SSL, time-out
 4 Home Assistant: MQTT fails to connect           19 VerneMQ in docker does not start
 5 zigbee2mqtt in docker: ECONNREFUSED, ENOTFOUND  20 NanoMQ: TLS, WebSocket
 6 zigbee2mqtt: Not authorized                     21 AWS IoT Core closes the connection at once
 7 Node-RED stays "connecting", TLS                22 Azure IoT Hub: connection refused
 8 Tasmota: connect failed, rc 4, 5, -2            23 Aliyun: MQTT does not connect (in Chinese)
 9 a phone's dashboard app cannot connect          24 mosquitto's Windows service starts and stops
10 mqtt.js in a browser, wss, nginx                25 mosquitto on OpenWrt, Synology, macOS
11 Caddy before mosquitto's WebSocket              26 mosquitto's bridge connects again and again, TLS
12 Traefik: TCP router, HostSNI                    27 PLC: Siemens, Codesys, Teltonika
13 Cloudflare's proxy and MQTT                     28 SIM7600, SIM800, Quectel: AT commands
14 mosquitto's container restarts, permissions     29 Java, paho: 32103, 32109, SSLHandshakeException
15 Kubernetes: LoadBalancer, ingress, reset        30 Go's paho, MQTTnet: network error, x509, EOF
"""
import pathlib
import re
import secrets
import sys
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import PHONE, SERVER, sh
from .reported import on_broker, proved, public, reported, said
from .services import dnsmasq, haproxy, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured, issued, nft
from .stage_unmet_seventeen import MOSQUITTO, UPGRADE, in_one_file
from .stage_unmet_thirteen import GITHUB
from .stage_unmet_twelve import container

ALICE = ("-u", "alice", "-P", "alice-pw")
HUB = "simhub.azure-devices.net"
PLAIN = r"without TLS|no TLS|not (speak )?TLS|\bplain\b|unencrypted|ws://|mqtt://"


def named(lab, *names):
    """A certificate of the trusted authority for these names or addresses, of a serial number of its own choice: cases
    that run at the same time share the authority, and nobody else's file is to be read half written."""
    base = lab.file("named")
    authority = certificates.get("ca")
    kinds = ",".join(f"{'IP' if name.replace('.', '').isdigit() else 'DNS'}:{name}" for name in names)
    pathlib.Path(f"{base}.ext").write_text(f"subjectAltName={kinds}\nextendedKeyUsage=serverAuth\n")
    sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj",
       f"/CN={names[0]}")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", authority.certificate, "-CAkey", authority.key, "-set_serial",
       f"0x{secrets.token_hex(8)}", "-days", 90, "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    for path in (f"{base}.key", f"{base}.crt"):
        pathlib.Path(path).chmod(0o644)
    return certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt")


def text(words):
    data = words.encode()
    return bytes([len(data) >> 8, len(data) & 255]) + data


def connect_packet(flags, *payload, name="MQTT", level=4, keep_alive=60):
    body = text(name) + bytes([level, flags, keep_alive >> 8, keep_alive & 255]) + b"".join(map(text, payload))
    return bytes([0x10, len(body)]) + body


def answered(host, packet, to=SERVER, port=1883):
    """What comes back first, in hex."""
    return host.run(sys.executable, "-c", f"""import socket
link = socket.create_connection(("{to}", {port}), 3)
link.sendall(bytes.fromhex("{packet.hex()}"))
link.settimeout(2)
try: print(link.recv(99).hex())
except OSError: print("reset")
""").strip()


def web(host, url, *words, limit=3):
    """What curl gets there: the status alone."""
    return sh(*host.command("curl", "-sk", "--http1.1", "-m", limit, "-o", "/dev/null", "-w", "%{http_code}", *words, url),
              check=False)


UPGRADES = ("-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13", "-H",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "-H", "Sec-WebSocket-Protocol: mqtt")


def is_so(fact, what):
    if not fact:
        raise RuntimeError(f"not staged: {what}")


# ---- name, address, port, firewall ----------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/1013 Failed to Connect to MQTT broker using ESP8266",
          r"127\.0\.0\.1|localhost|loopback", r"itself|this (machine|computer|device|host)|its own|same (machine|device)|"
          r"(another|other|different) (machine|host|device|computer)|elsewhere")
def the_sketch_names_its_own_loopback(lab):
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="127.0.0.1", not_=True)
    return doctor(lab.phone, "127.0.0.1:1883")


@reported(GITHUB + "arendst/Tasmota/issues/24006 Tasmota plugs loosing WiFi when MQTT host name is entered",
          r"localhost", r"itself|\bown\b|this device|the (plug|device)|address of the broker|broker's address|"
          r"(another|other) (machine|host|device|computer)|elsewhere")
def a_plug_looks_for_the_broker_in_itself(_):
    return said("15:53:51.513 MQT: Connect failed to localhost:1883, rc -2. Retry in 10 sec", "--app", "tasmota")


@reported(GITHUB + "mgdm/Mosquitto-PHP/issues/102 Not connecting to Mosquitto server", r"firewall|filter|iptables|nft")
def centos_as_it_is_installed(lab):
    mosquitto(lab.server)
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_7.4\\r\\n")
    nft(lab.server, """table inet firewalld {
  chain filter_INPUT {
    type filter hook input priority 10; policy accept;
    ct state established,related accept
    iifname "lo" accept
    jump filter_INPUT_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_INPUT_ZONES { tcp dport 22 accept; }
}
""")
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, not_=True)
    return doctor(lab.phone, AT)


@reported(MOSQUITTO + "2713 I can publish data to mosquitto installed in azure virtual machine",
          r"127\.0\.0\.1|loopback|listens? only|only (from|for|on) (its own|that|the) (machine|host)|localhost")
def a_rented_machine_listens_to_itself(lab):
    address = public(lab, "20.62.133.7")
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_8.2p1\\r\\n")
    mosquitto(lab.server, listener=None)
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, at=address, not_=True)
    return doctor(lab.phone, f"{address}:1883")


@reported(GITHUB + "stefandreyer/CODESYS-MQTT/issues/27 Codesys not connecting to mqtt server", "DESKTOP-2NKGLRM",
          r"resol|\bDNS\b|no such name|does not exist|not known|unknown name|nobody knows|no address|name server")
def a_plc_asks_for_the_name_of_a_windows_pc(lab):
    dnsmasq(lab.router, "domain-needed", f"address=/plc.test/{PHONE}")
    mosquitto(lab.server)
    proved(lab.phone)
    proved(lab.phone, at="DESKTOP-2NKGLRM", not_=True)
    return doctor(lab.phone, "DESKTOP-2NKGLRM:1883")


@reported(GITHUB + "alexCajas/EmbeddedMqttBroker/issues/20 A7670E SIMCOM modem can't connect to broker created on ESP32C3",
          r"private|local (network|address)|home network|same network|cellular|mobile|not reach|never reach|public address")
def a_modem_dials_an_address_at_home(_):
    return said('AT+CPSI?\n+CPSI: LTE,Online,214-03,0x2526,248405103,497,EUTRAN-BAND3,1849,5,0,8,50,55,10\nOK\n'
                'AT+CMQTTCONNECT=0,"tcp://192.168.43.128:1883",20,1\n\n+CMQTTCONNECT: 0,3\n\nERROR')


@reported(GITHUB + "OPCFoundation/UA-CloudCommander/issues/7 Connection timed out over8883", "8883",
          r"outgoing|outbound|egress|(this|your|own|local|office|company|corporate|client's) (network|firewall|router)|provider|"
          r"on the way|lets? .{0,30}\bout\b")
def the_office_lets_nobody_out_to_8883(lab):
    in_the_cloud(lab, "azure-devices.net", "40.118.27.192")
    good = certificates.get("clouds")
    for port in (443, 8883):
        scripted(lab.server, port, "tls", good.chain, good.key, "broker", "versions=4")
    lab.router.nft("fw ip daddr 40.118.27.192 tcp dport != 443 drop")
    proved(lab.server, "-p", "8883", "--cafile", ca(), "--insecure", at="40.118.27.192")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at=HUB, not_=True)
    return doctor(lab.phone, f"mqtts://{HUB}:8883", "--cafile", ca(), "-i", "MyNodeDevice", "-u",
                  f"{HUB}/MyNodeDevice/?api-version=2021-04-12", "-P",
                  f"SharedAccessSignature sr={HUB}%2Fdevices%2FMyNodeDevice&sig=bGFiLWtleQ%3D%3D&se=4102444800")


@reported(GITHUB + "zwave-js/zwave-js-ui/issues/3304 Mqtt client error connect ECONNREFUSED 127.0.0.1:1883",
          r"127\.0\.0\.1|localhost|loopback", r"container|itself|this (machine|computer|host)|its own|"
          r"(another|other|different) (machine|host|computer)|elsewhere|172\.17\.0\.1")
def localhost_inside_a_container(lab):
    inside = container(lab)
    mosquitto(lab.server)
    proved(inside, at="172.17.0.1")
    proved(inside, at="localhost", not_=True)
    return doctor(inside, "localhost:1883")


@reported(GITHUB + "TheThingsNetwork/lorawan-stack/issues/5376 connect ETIMEDOUT 63.34.215.128:8333", "8883")
def another_two_digits_changed_places(lab):
    in_the_cloud(lab, "thethings.network", "63.34.215.128")
    own = named(lab, "eu1.cloud.thethings.network")
    mosquitto(lab.server, *tls_lines(own), "allow_anonymous false",
              f"password_file {password_file(lab, 'my-app@ttn', 'NNSXS.VEEBURF')}", ready=8883)
    lab.router.nft("fw ip daddr 63.34.215.128 tcp dport != { 443, 1883, 8883 } drop")
    words = ("-u", "my-app@ttn", "-P", "NNSXS.VEEBURF")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), *words, at="eu1.cloud.thethings.network")
    proved(lab.phone, "-p", "8333", "--cafile", ca(), *words, at="eu1.cloud.thethings.network", not_=True)
    return doctor(lab.phone, "mqtts://eu1.cloud.thethings.network:8333", "--cafile", ca(), *words)


@reported(GITHUB + "mmattel/EET-Solmate/issues/27 mqtt connection failed: [Error -5] Name has no usable address",
          "core-mosquitto", r"add-?on|Home Assistant|no (usable )?address|only .{0,40}(inside|within)|not running|not started")
def the_add_on_does_not_run(lab):
    """Its name is known, and has no address."""
    dnsmasq(lab.router, "domain-needed", "txt-record=core-mosquitto,stopped")
    told = lab.phone.run(sys.executable, "-c", "import socket\ntry: socket.getaddrinfo('core-mosquitto', 1883)\n"
                         "except OSError as error: print(error.errno)")
    is_so(told.strip() == "-5", told)
    return doctor(lab.phone, "core-mosquitto:1883")


@reported(GITHUB + "dotnet/MQTTnet/issues/1335 MqttCommunicationException when connecting to Mqtt broker running on Kubernetes",
          r"127\.0\.0\.1|loopback|listen|not running|not started|no .{0,20}broker|nothing|nobody|another port|firewall|refus",
          open_=True)
def a_service_of_kubernetes_refuses(lab):
    """mosquitto 2 without a configuration, in another pod."""
    dnsmasq(lab.router, "address=/mqtt-service.default.svc.cluster.local/10.103.10.12")
    mosquitto(lab.server, listener=None)
    lab.router.nat(f"ip daddr 10.103.10.12 tcp dport 1883 dnat to {SERVER}:1883")
    proved(lab.server, at="127.0.0.1")
    proved(lab.phone, at="mqtt-service.default.svc.cluster.local", not_=True)
    return doctor(lab.phone, "mqtt-service.default.svc.cluster.local:1883")


@reported(GITHUB + "t3n/helm-charts/issues/153 Websocket connection option!!", "9001",
          r"(nothing|nobody|no (service|one|program|broker)).{0,30}(listen|answer)|not (open|published|exposed|forwarded)|"
          r"publish|expos|forward|(another|other|wrong) port|1883")
def the_load_balancer_knows_one_port(lab):
    sh("ip", "-n", lab.router.name, "address", "add", "203.0.113.10/32", "dev", "lo")
    websocket_broker(lab.server)
    lab.router.nat(f"ip daddr 203.0.113.10 tcp dport 1883 dnat to {SERVER}:1883")
    proved(lab.phone, at="203.0.113.10")
    is_so(web(lab.phone, f"http://{SERVER}:9001/", *UPGRADES) == "101", "the broker has no WebSocket")
    is_so(web(lab.phone, "http://203.0.113.10:9001/", *UPGRADES) == "000", "somebody answers")
    return doctor(lab.phone, "ws://203.0.113.10:9001/")


# ---- TLS ------------------------------------------------------------------------------------------


@reported(GITHUB + "shamblett/mqtt_client/issues/487 BrowserClient WSS Issues", r"cloudflare", r"trust|authorit|issue|\bCA\b")
def a_certificate_that_is_for_cloudflare_alone(lab):
    """nginx shows browsers what only Cloudflare's proxy takes."""
    in_the_cloud(lab, "proxonics.co.za", "93.90.207.70")
    base = lab.file("origin")
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.crt", "-days",
       "700", "-subj", "/C=US/O=CloudFlare, Inc./OU=CloudFlare Origin SSL Certificate Authority/L=San Francisco/ST=California",
       "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    own = issued(lab, "leaf", "CloudFlare Origin Certificate", "subjectAltName=DNS:*.proxonics.co.za,DNS:proxonics.co.za\n"
                 "extendedKeyUsage=serverAuth,clientAuth\n",
                 by=certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt"))
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 8091 ssl; ssl_certificate {own.chain}; ssl_certificate_key {own.key}; "
                      f"location /mqtt {{ proxy_pass http://127.0.0.1:9001; {UPGRADE} }} }}", 8091)
    is_so(web(lab.phone, "https://eqmx.proxonics.co.za:8091/mqtt", *UPGRADES) == "101", "nginx does not pass it on")
    return doctor(lab.phone, "wss://eqmx.proxonics.co.za:8091/mqtt")


@reported("https://infrarunbook.com/article/traefik-tcp-routing-not-working Traefik TCP Routing Not Working",
          r"traefik|default certificate")
def traefik_has_no_router_for_that_name(lab):
    dnsmasq(lab.router, f"address=/mqtt.home.test/{SERVER}")
    base = lab.file("traefik")
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.crt", "-days",
       "365", "-subj", "/CN=TRAEFIK DEFAULT CERT", "-addext",
       "subjectAltName=DNS:6f3c1b0a9d.2e7d5f4c8b.traefik.default", "-addext", "extendedKeyUsage=serverAuth")
    scripted(lab.server, 8883, "tls", f"{base}.crt", f"{base}.key", "half",
             b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
             b"400 Bad Request".hex())
    told = lab.phone.run("openssl", "s_client", "-connect", "mqtt.home.test:8883", check=False, input="")
    is_so("TRAEFIK DEFAULT CERT" in told, told)
    return doctor(lab.phone, "mqtts://mqtt.home.test:8883", "--cafile", ca())


GRID = """import socket, threading
def pump(source, sink):
    try:
        while data := source.recv(65536): sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError: pass
def serve(client):
    with client:
        first = client.recv(4096)
        if b"westeurope-1.ts.eventgrid.azure.net" not in first: return
        with socket.create_connection(("127.0.0.1", 9883)) as server:
            server.sendall(first)
            threading.Thread(target=pump, args=(server, client), daemon=True).start()
            pump(client, server)
listener = socket.create_server(("0.0.0.0", 8883))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@reported(GITHUB + "Azure-Samples/MqttApplicationSamples/issues/75 Received an unexpected EOF or 0 bytes from the transport "
          "stream", r"\bSNI\b|server name|host ?name|end ?point|\.ts\.|(wrong|another|other|that|this|unknown) name|"
          r"for (that|this) name")
def the_namespace_has_another_name_for_mqtt(lab):
    """The one for HTTP was typed; the gateway hangs up on names that it has no TLS for."""
    in_the_cloud(lab, "eventgrid.azure.net", "20.61.98.11")
    right = "iotgrid-test-egns.westeurope-1.ts.eventgrid.azure.net"
    own = named(lab, right)
    mosquitto(lab.server, "listener 9883 127.0.0.1", f"certfile {own.chain}", f"keyfile {own.key}", f"cafile {ca()}",
              "require_certificate true", listener=None, ready=9883)
    lab.server.start(sys.executable, "-c", GRID, ready=8883)
    words = certificates.with_client("client")
    proved(lab.phone, "-p", "8883", *words, at=right)
    wrong = right.replace(".ts.", ".")
    proved(lab.phone, "-p", "8883", *words, at=wrong, not_=True)
    return doctor(lab.phone, f"mqtts://{wrong}:8883", *words, "-i", "client10", "-u", "client10-authn-ID")


@reported(GITHUB + "eclipse-paho/paho.mqtt.python/issues/496 How can i fix Connection Timed Out issue?", PLAIN)
def a_page_wants_wss_where_ws_is(lab):
    in_the_cloud(lab, "hivemq.com", "3.121.187.232")
    websocket_broker(lab.server, port=8000)
    is_so(web(lab.phone, "http://broker.hivemq.com:8000/mqtt", *UPGRADES) == "101", "no WebSocket there")
    return doctor(lab.phone, "wss://broker.hivemq.com:8000/mqtt", "--cafile", ca())


@reported(GITHUB + "stefandreyer/CODESYS-MQTT/issues/49 TLS not working", "8883|" + PLAIN)
def a_plc_switches_tls_on_and_keeps_the_port(lab):
    in_the_cloud(lab, "hivemq.com", "3.121.187.232")
    mosquitto(lab.server, *tls_lines(named(lab, "broker.hivemq.com")), ready=8883)
    proved(lab.phone, at="broker.hivemq.com")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="broker.hivemq.com")
    proved(lab.phone, "-p", "1883", "--cafile", ca(), at="broker.hivemq.com", not_=True)
    return doctor(lab.phone, "mqtts://broker.hivemq.com:1883", "--cafile", ca())


@reported(MOSQUITTO + "397 Websockets Connection Issues Error Code 32109 java.io.EOFException", r"web ?socket")
def mqtt_fx_speaks_tls_to_the_port_for_browsers(lab):
    websocket_broker(lab.server, *tls_lines("good")[1:])
    is_so(web(lab.phone, f"https://{SERVER}:9001/", *UPGRADES) == "101", "no WebSocket there")
    proved(lab.phone, "-p", "9001", "--cafile", ca(), not_=True)
    return doctor(lab.phone, f"mqtts://{SERVER}:9001", "--cafile", ca())


@reported(GITHUB + "karpy47/PhpMqttClient/issues/10 Reached EOF for stream Mqtt error", r"certificate",
          r"broker\.test|does not (name|match|cover|hold|contain|fit)|mismatch|(another|other|different) name|"
          r"not (for|valid for|made for|issued for)")
def the_server_by_its_number(lab):
    address = public(lab, "35.165.61.173")
    mosquitto(lab.server, *tls_lines("dns-only", 1884), ready=1884)
    proved(lab.phone, "-p", "1884", "--cafile", ca(), "--insecure", at=address)
    proved(lab.phone, "-p", "1884", "--cafile", ca(), at=address, not_=True)
    return doctor(lab.phone, f"mqtts://{address}:1884", "--cafile", ca())


def without_a_name(lab, host, *words, packet=b""):
    """Twice by TLS 1.2 and without SNI, after the name was looked up; gives what openssl told."""
    def act():
        for _ in range(2):
            lab.phone.run("getent", "ahostsv4", host, check=False)
            told.append(sh(*lab.phone.command("sh", "-c", f"(printf '{octal}'; sleep 1) | timeout 3 openssl s_client -connect "
                                              f"{host}:8883 -noservername -tls1_2 -ign_eof {' '.join(words)} 2>&1 | "
                                              "od -An -c | tr -d ' \\n'"), check=False))
            time.sleep(0.3)
    told = []
    octal = "".join(f"\\{byte:03o}" for byte in packet)
    return captured(lab, lab.phone, act, port="8883 or udp port 53"), "".join(told)


@reported(GITHUB + "cniles/picow-iot/issues/6 Failed to connect to HiveMQ", r"\bSNI\b|server name")
def a_pico_names_no_server_to_hivemq(lab):
    host = "f00dcafe.s1.eu.hivemq.cloud"
    in_the_cloud(lab, "hivemq.cloud", "35.158.43.69")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "anonymous=5", "user=nadim:5")
    path, told = without_a_name(lab, host, packet=connect_packet(0xC2, "picow", "nadim", "lab-password"))
    is_so(re.search(r"002\\0005", told), told)  # CONNACK, "not authorized"
    return explain(path)


@reported(GITHUB + "node-red/node-red/issues/1805 mqtt node does not set tls servername property", r"\bSNI\b|server name")
def node_red_names_no_server(lab):
    """So it is shown another customer's certificate."""
    dnsmasq(lab.router, f"address=/org1.messaging.test/{SERVER}")
    mosquitto(lab.server, "listener 1883 127.0.0.1", listener=None)
    own = named(lab, "org1.messaging.test")
    first = lab.file("first.pem", "".join(pathlib.Path(path).read_text() for path in
                                          (certificates.get("other").chain, certificates.get("other").key)))
    haproxy(lab.server, f"listen m\n  bind :8883 ssl crt {first} crt {in_one_file(lab, own)}\n  server m 127.0.0.1:1883", 8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), at="org1.messaging.test")
    path, told = without_a_name(lab, "org1.messaging.test", "-CAfile", ca(), "-verify_hostname", "org1.messaging.test",
                                "-verify_return_error")
    is_so("hostnamemismatch" in told, told)
    return explain(path)


@reported(GITHUB + "espressif/esp-mqtt/issues/192 MQTTS never connects. Example not working.", r"\bkey\b",
          r"certificate", r"match|belong|fit|pair|another|other|same|goes with|not that of|wrong")
def mosquitto_says_bad_signature(_):
    return said("1621358243: OpenSSL Error[0]: error:0407008A:rsa routines:RSA_padding_check_PKCS1_type_1:invalid padding\n"
                "1621358243: OpenSSL Error[1]: error:04067072:rsa routines:rsa_ossl_public_decrypt:padding check failed\n"
                "1621358243: OpenSSL Error[2]: error:1417B07B:SSL routines:tls_process_cert_verify:bad signature", "--app",
                "mosquitto")


@reported(GITHUB + "OPCFoundation/UA-CloudCommander/issues/4 Problem connecting to a MQTT Broker over port 8883", r"\bTLS\b",
          r"certfile|certificate|" + PLAIN)
def the_listener_at_8883_has_no_certificate(lab):
    mosquitto(lab.server, "listener 8883", "allow_anonymous false", f"password_file {password_file(lab)}", ready=8883)
    is_so(answered(lab.server, connect_packet(0xC2, "ua", "alice", "alice-pw"), "127.0.0.1", 8883) == "20020000", "no plain MQTT")
    proved(lab.server, "-p", "8883", "--cafile", ca(), *ALICE, at="localhost", not_=True)
    return on_broker(lab, "mqtts://localhost:8883", *ALICE)
