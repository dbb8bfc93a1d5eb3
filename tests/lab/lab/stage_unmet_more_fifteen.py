"""Never met, the fifteenth batch, its second half: certificates, the web, small boards, addresses, clouds, delivery,
and identifiers, as people told of them."""
import shutil
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER
from .reported import HEALTHY, on_broker, on_one_line, proved, reported, said
from .services import mosquitto, scripted, tls_lines
from .stage_delivery import AT
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import CLIENT, GITHUB
from .stage_vantage import office, together

# ---- certificates ---------------------------------------------------------------------------------


@reported(GITHUB + "hivemq-cloud/paho-mqtt-client-example/issues/1 SSL: CERTIFICATE_VERIFY_FAILED", "expired",
          r"clock|date|root|renew|store|time")
def python_says_expired(_):
    return said("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has "
                "expired (_ssl.c:1129)", "--app", "paho")


@reported(GITHUB + "SAP-archive/cloud-platform-iot-starterkit/issues/66 error by executing ...-via-mqtt.py",
          r"authority|issuer|\bCA\b|issued")
def a_servers_certificate_given_for_its_authority(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    leaf = certificates.get("other").certificate
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, "-p", "8883", "--cafile", leaf, not_=True)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", leaf)


@reported(MOSQUITTO + "1877 mosquitto keeps using expired certificate", r"restart|reload|HUP",
          r"disk|file|renew|newer|loaded|still|old")
def renewed_and_never_loaded(lab):
    old, new = certificates.get("expired"), certificates.get("good")
    chain, key = lab.file("fullchain.pem"), lab.file("privkey.pem")
    shutil.copy(old.chain, chain)
    shutil.copy(old.key, key)
    mosquitto(lab.server, "listener 8883", f"certfile {chain}", f"keyfile {key}", ready=8883)
    time.sleep(1.2)
    shutil.copy(new.chain, chain)
    shutil.copy(new.key, key)
    proved(lab.server, "-p", "8883", "--cafile", ca(), at="localhost", not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(GITHUB + "arendst/Tasmota/issues/10083 New issued Let's encrypt certificates stopped working",
          r"authority|issuer|\bCA\b|issued|root|intermediate")
def another_intermediate_since_the_renewal(lab):
    """The device was given the one that signed up to now."""
    mosquitto(lab.server, *tls_lines(certificates.joined("with-aia", "issuer")), ready=8883)
    pinned = certificates.get("intermediate").certificate
    proved(lab.phone, "-p", "8883", "--cafile", ca())
    proved(lab.phone, "-p", "8883", "--cafile", pinned, not_=True)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", pinned)


@reported(GITHUB + "dotnet/MQTTnet/issues/1329 TLS error connecting to Hive", r"root|intermediate|incomplete|does not know", unsaid="revoked")
def dotnet_says_partial_chain(_):
    return said("System.Security.Authentication.AuthenticationException\n  HResult=0x80131501\n  Message=The remote "
                "certificate is invalid because of errors in the certificate chain: RevocationStatusUnknown, PartialChain, "
                "OfflineRevocation\n  Source=System.Net.Security", "--app", "MQTTnet")


@reported(GITHUB + "dotnet/MQTTnet/issues/1452 The received certificate has expired", "expired|no longer valid|ran out")
def dotnet_says_expired(_):
    return said("The received certificate has expired.", "--app", "mqttnet")


# ---- the web --------------------------------------------------------------------------------------


@reported(GITHUB + "aws/aws-iot-device-sdk-js/issues/125 subscribe(forbiddenTopic) results in disconnect",
          r"polic|iot:Subscribe|not allow|may not|permission|permit")
def amazon_hangs_up_on_a_browser(lab):
    in_the_cloud(lab, "amazonaws.com", "3.121.9.40")
    good = certificates.get("clouds")
    scripted(lab.server, 443, "tls", good.chain, good.key, "ws", "--", "broker", "subscribe=close", "except=mqtt-doctor/never")
    return doctor(lab.phone, "wss://a1b2c3d4-ats.iot.eu-west-1.amazonaws.com:443/mqtt", "--cafile", ca(), "-t",
                  "somebody/elses")


@reported(GITHUB + "mqttjs/MQTT.js/issues/1066 Mixed Content (Insecure Access) Error when using React", r"wss", r"https|page")
def the_browser_says_mixed_content(_):
    return said("Mixed Content: The page at 'https://quirky-ramanujan-34730b.netlify.com/' was loaded over HTTPS, but attempted "
                "to connect to the insecure WebSocket endpoint 'ws://broker.hivemq.com:8000/mqtt'. This endpoint should be "
                "available via WSS. Insecure access is deprecated.")


@reported(GITHUB + "mqttjs/MQTT.js/issues/628 Error during WebSocket handshake: Unexpected response code: 200",
          r"\bport 80\b|8080|without a port|no port|port is missing")
def the_browser_says_code_200(_):
    return said("WebSocket connection to 'ws://test.mosquitto.org/' failed: Error during WebSocket handshake: Unexpected "
                "response code: 200", "--app", "mqtt.js")


# ---- programs and small boards --------------------------------------------------------------------


@reported(GITHUB + "bytebeamio/rumqtt/issues/614 No further events after getting payload size limit exceeded",
          r"size|large|\bbig|limit", r"app|client|rumqtt|max_packet|library|own")
def rust_says_payload_size(_):
    return said("Error: Mqtt state: Mqtt serialization/deserialization error: payload size limit exceeded: 65555", "--app",
                "rumqttc")


@reported(GITHUB + "aws/aws-iot-device-sdk-embedded-C/issues/1898 mbedtls_ssl_handshake returned -0x7780",
          r"version|TLS 1\.[0-3]", unsaid=r"client certificate")
def mbedtls_says_message_70(_):
    return said("esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x7780\nesp-tls-mbedtls: Certificate verified.\nesp-tls: "
                "Failed to open new connection\nmbedtls: ssl_msg.c:4799 is a fatal alert message (msg 70)")


@reported(GITHUB + "pcbreflux/espressif/issues/18 mbedtls_ssl_handshake issue",
          r"plain|without TLS|no TLS|not TLS|speaks? no|8883|unencrypted", unsaid=r"SNI|client certificate")
def mbedtls_speaks_to_1883(_):
    return said("I (3834) MQTTmbedtls: Connecting to 192.168.1.90:1883...\nI (3844) MQTTmbedtls: Connected.\nE (3854) "
                "MQTTmbedtls: mbedtls_ssl_handshake returned -0x7280\nI (3854) MQTTmbedtls: NetworkDisconnect")


@reported(GITHUB + "vshymanskyy/TinyGSM/issues/27 connect to mqtt server is failed. and the state is -4",
          r"answer|\btime|respond|slow|silen", open_=True)
def pubsubclient_says_minus_4(_):
    return said("connect to mqtt server is failed. and the state is -4", "--app", "pubsubclient")


@reported(GITHUB + "runningtoy/InkBird_BLE2MQTT/issues/5 MQTT won't connect",
          r"reach|route|address|network|wi-?fi|nobody", unsaid="WiFiClient.cpp:232")
def lwip_says_118(_):
    return said('[E][WiFiClient.cpp:232] connect(): connect on fd 55, errno: 118, "Host is unreachable"\nE (22502) BBQ: MQTT '
                "not Connected")


@reported(GITHUB + "zwave-js/zwave-js-ui/issues/3614 Mqtt client error connect ECONNREFUSED ::1:1883",
          r"IPv6|IPv4")
def node_takes_localhost_for_ipv6(_):
    return said("ERROR MQTT: Mqtt client error connect ECONNREFUSED ::1:1883", "--app", "zwave-js-ui")


# ---- addresses, networks, clouds ------------------------------------------------------------------


def link_local(lab):
    """The router's own address on the phone's link, where a broker listens."""
    mosquitto(lab.router)
    end = time.monotonic() + 8
    while time.monotonic() < end:  # the kernel looks for doubles first
        for line in lab.router.run("ip", "-6", "-o", "address", "show", "scope", "link").splitlines():
            address = line.split()[3].split("/")[0]
            if proved_at(lab, f"{address}%e0"):
                return address
    raise RuntimeError("not staged: no address of the link answers")


def proved_at(lab, address):
    try:
        proved(lab.phone, at=address)
    except RuntimeError:
        return False
    return True


@reported(GITHUB + "contiki-os/contiki/issues/2367 can't connect broker by ipv6 link local", r"zone|scope|%|interface|link-local")
def an_address_of_the_link_without_its_link(lab):
    return on_one_line(doctor(lab.phone, f"[{link_local(lab)}]:1883"))


@reported(GITHUB + "node-red/node-red/issues/1289 ipv6 mqtt broker address", HEALTHY)
def an_address_of_the_link_with_its_link(lab):
    return doctor(lab.phone, f"[{link_local(lab)}%e0]:1883")


@reported(GITHUB + "merbanan/rtl_433/issues/2002 How to debug MQTT connection issues?", HEALTHY)
def on_ipv6_at_home_and_ipv4_outside(lab):
    """One listener for ::1, one for the address in the network; asked at the latter."""
    mosquitto(lab.server, "listener 1883 ::1", f"listener 1883 {SERVER}", listener=None)
    proved(lab.phone)
    return doctor(lab.phone, AT)


@reported(GITHUB + "ZS-ZhangsShun/EasyMqttAndroidClient/issues/7 连接失败",
          r"network|out(going|bound)|firewall|company|office", unsaid="security group")
def the_company_keeps_1883_in(lab):
    """From home it works, from the company's network not."""
    in_the_cloud(lab, "mqtt.example.test", "47.98.12.31")
    mosquitto(lab.server)
    scripted(lab.server, 443, "silent")
    lab.router.nft("fw ip saddr 10.77.1.0/24 tcp dport != { 80, 443 } drop")
    home = office(lab)
    proved(home, at="47.98.12.31")
    proved(lab.phone, at="47.98.12.31", not_=True)
    return together(lab, home=doctor(home, "47.98.12.31:1883"), work=doctor(lab.phone, "47.98.12.31:1883"))


@reported(GITHUB + "emqx/emqx/issues/2989 MQTTFX can not connect to EMQ remotely", r"security group|cloud|firewall")
def emqx_on_a_rented_server(lab):
    in_the_cloud(lab, "emq.test", "120.79.40.12")
    mosquitto(lab.server)
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_7.4")
    lab.router.nft("fw ip daddr 120.79.40.12 tcp dport != 22 drop")
    proved(lab.phone, at="120.79.40.12", not_=True)
    return doctor(lab.phone, "120.79.40.12:1883")


# ---- delivery -------------------------------------------------------------------------------------


@reported(GITHUB + "knolleary/pubsubclient/issues/174 Subscribe to a retained topic", r"retain")
def sent_with_qos_1_in_place_of_retained(lab):
    mosquitto(lab.server)
    lab.server.run("mosquitto_pub", "-q", "1", "-t", "openhab/lamp", "-m", "ON")
    return doctor(lab.phone, "delivery", AT, "-t", "openhab/lamp", "--retained")


def again_and_again(host, identifier, times=4):
    """A client that connects anew as soon as it was thrown out."""
    return host.start("sh", "-c", f"for i in $(seq {times}); do python3 {CLIENT} {SERVER} 1883 connect={identifier},60 "
                                  "pings=1; done")


@reported(GITHUB + "haoleiqin/qin_gitalk/issues/56 MQTT client conflict 客户端ID冲突导致重复掉线问题",
          r"标识|客户端 ?ID|Client ?ID|identifier")
def two_machines_of_one_name(lab):
    mosquitto(lab.server)
    other = office(lab)

    def act():
        first = again_and_again(lab.phone, "wulian_001")
        time.sleep(0.5)
        again_and_again(other, "wulian_001").wait(15)
        first.wait(15)
    return explain(captured(lab, lab.server, act), "--lang", "zh")


@reported(GITHUB + "mqttjs/MQTT.js/issues/1585 endless loop of connected / disconnected because of the same client name",
          r"identifier|client id|same (name|id)", r"twice|two|second|another|itself|beside|each other|same")
def it_connects_anew_beside_itself(lab):
    mosquitto(lab.server)

    def act():
        first = again_and_again(lab.phone, "MyMQTT_main")
        time.sleep(0.5)
        again_and_again(lab.phone, "MyMQTT_main").wait(15)
        first.wait(15)
    return explain(captured(lab, lab.server, act))
