"""Never met, the fourteenth batch, its second half: other brokers, clouds, proxies, certificates, and messages that do
not come, as people told of them."""
import pathlib
import time

from . import certificates
from .cases import doctor, explain
from .certificates import ca
from .net import SERVER
from .reported import HEALTHY, on_broker, proved, reported, said, until
from .services import dnsmasq, haproxy, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT
from .stage_permission import ALICE
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_seven import captured
from .stage_unmet_thirteen import GITHUB, client


def named(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")


def certificate_and_key(lab):
    good = certificates.get("good")
    return lab.file("both.pem", pathlib.Path(good.chain).read_text() + pathlib.Path(good.key).read_text())


# ---- logins ---------------------------------------------------------------------------------------


@reported(GITHUB + "Tysonpower/HCPBridgeMqtt_tynet/issues/69 mqtt: disconnected: not authorized", "hcpbridge",
          r"no such|not in|does not (know|have|exist)|unknown|missing|is not|no user|password file")
def a_user_that_was_never_made(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    return on_broker(lab, "localhost", "-u", "hcpbridge", "-P", "secret-word")


@reported(GITHUB + "vernemq/vernemq/issues/1895 about disconnect client", "publish", r"allow|permi|access|may not|right")
def vernemq_hangs_up_on_a_forbidden_topic(lab):
    scripted(lab.server, 1883, "broker", "publish=close", "only=plant/7/out")
    return doctor(lab.phone, AT, "-u", "plant7", "-P", "secret", "-t", "plant/7/out", "--publish")


@reported(GITHUB + "thingsboard/thingsboard/issues/2003 Post using MQTTlens", r"token")
def thingsboard_wants_its_token(lab):
    """And was given the login of its web page."""
    in_the_cloud(lab, "demo.thingsboard.io", "34.86.9.14")
    scripted(lab.server, 1883, "broker", "anonymous=5", "user=tenant@thingsboard.org:5")
    return doctor(lab.phone, "demo.thingsboard.io:1883", "-u", "tenant@thingsboard.org", "-P", "tenant")


@reported(GITHUB + "thingsboard/thingsboard/issues/12805 ECONNREFUSED with MQTTS (TLS) on live demo server", "8883",
          r"1883|closed|nothing listens|nobody listens|refus")
def the_demo_server_has_no_tls(lab):
    in_the_cloud(lab, "demo.thingsboard.io", "34.86.9.14")
    scripted(lab.server, 1883, "broker", "anonymous=5")
    return doctor(lab.phone, "mqtts://demo.thingsboard.io:8883", "-u", "nthvvsn19k83d1tehkhx", "-P", "xxxxx")


@reported(GITHUB + "Azure/azure-iot-cli-extension/issues/80 Azure IoT Hub D2C message fails with: not authorised",
          r"device|SharedAccess|\bSAS\b|token", unsaid="RabbitMQ")
def a_device_whose_name_is_misspelt(lab):
    in_the_cloud(lab, "azure-devices.net", "20.43.44.164")
    good = certificates.get("clouds")
    user = "happybeerhub.azure-devices.net/test-device-01/?api-version=2021-04-12"
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "versions=4", "anonymous=5", f"user={user}:5")
    return doctor(lab.phone, "mqtts://happybeerhub.azure-devices.net:8883", "--cafile", ca(), "-i", "test-device-01", "-u",
                  user, "-P", "SharedAccessSignature sr=happybeerhub.azure-devices.net%2Fdevices%2Ftest-device-01"
                              "&sig=u1k3vQe0Y2bA%3D&se=4102444800")


# ---- proxies --------------------------------------------------------------------------------------


@reported(GITHUB + "traefik/traefik/issues/8376 Go 1.17 strict TLS APLN breaks TLS on TCP routers", r"\bALPN|application protocol")
def traefik_insists_on_the_web(lab):
    named(lab)
    good = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, main=f"""stream {{ server {{ listen 8883 ssl; ssl_certificate {good.chain};
 ssl_certificate_key {good.key}; ssl_alpn h2 http/1.1; proxy_pass 127.0.0.1:1883; }} }}""")
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca(), "--tls-alpn", "mqtt")


@reported(GITHUB + "emqx/emqx-operator/issues/369 terminate TLS mqtt to TCP with Kubernetes ingress-nginx",
          r"without TLS|no TLS|plain|unencrypted")
def an_ingress_that_only_hands_on(lab):
    """Everybody thinks that it ends TLS, and it hands the greeting to the broker's plain port."""
    named(lab)
    mosquitto(lab.server)
    lab.server.start("socat", "TCP-LISTEN:8883,fork,reuseaddr", "TCP:127.0.0.1:1883", ready=8883)
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca())


@reported(GITHUB + "hivemq/hivemq-community-edition/issues/184 Proxy Protocol does not work with HAProxy 2.1.7",
          r"PROXY (protocol|header)|send-proxy|proxy_protocol")
def a_header_that_the_broker_does_not_know(lab):
    mosquitto(lab.server, "log_type all")
    haproxy(lab.server, f"listen mqtts\n  bind :8883 ssl crt {certificate_and_key(lab)}\n"
                        "  server b 127.0.0.1:1883 send-proxy-v2", 8883)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported(GITHUB + "emqx/emqx/issues/4749 recv client_disconnected:keepalive_timeout when pingreq still",
          r"idle|silen|quiet|without a packet", r"proxy|keep.?alive|timeout|on the way|between")
def haproxy_is_less_patient_than_the_app(lab):
    """Its 50 s against a keep alive of 60; three here."""
    mosquitto(lab.server)
    haproxy(lab.server, "listen mqtt_proxy\n  bind *:1884\n  timeout client 600s\n  timeout server 3s\n"
                        "  server emq1 127.0.0.1:1883", 1884)
    return doctor(lab.phone, "delivery", f"{SERVER}:1884", "--watch", "8s", "-k", "60")


# ---- certificates ---------------------------------------------------------------------------------


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/1355 did not return a certificate",
          r"client certificate|certificate of (its|your) own|--cert\b")
def the_wrong_copy_of_the_configuration_was_edited(lab):
    """So the broker still asks for a client's certificate."""
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@reported(GITHUB + "home-assistant/addons/issues/2501 MQTT Self Signed Certificate error", "client", "certificate",
          r"require|asks|wants|demand|expects|sent none|without|own")
def the_log_misses_a_clients_certificate(_):
    return said("OpenSSL Error[0]: error:1417C0C7:SSL routines:tls_process_client_certificate:peer did not return a "
                "certificate", "--app", "mosquitto")


@reported(GITHUB + "emqx/MQTTX/issues/1456 Hostname/IP does not match certificate's altnames", "certificate",
          r"name|address|altname|subjectAlt")
def mqttx_does_not_find_the_address_in_it(_):
    return said("[ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: IP: 8.209.82.158 is not "
                "in the cert's list: ", "--app", "mqttx")


@reported(GITHUB + "Koenkk/zigbee2mqtt/issues/19450 Hostname/IP does not match certificate's altnames", "core-mosquitto",
          r"broker\.test")
def a_container_has_another_name(lab):
    """The certificate is for the name outside; asked by the name inside, from the next container."""
    mosquitto(lab.server, *tls_lines("dns-only"), ready=8883)
    lab.router.file("hosts", f"127.0.0.1 localhost\n{SERVER} core-mosquitto\n")
    return doctor(lab.router, "mqtts://core-mosquitto:8883", "--cafile", ca())


# ---- connected, and nothing comes -----------------------------------------------------------------


@reported(GITHUB + "hassio-addons/app-node-red/issues/171 MQTT nodes dead",
          r"\bACL|acl_file|access (list|rule)|not allowed|may not|permission|rule")
def an_access_list_without_read(lab):
    rules = lab.file("acl", "user alice\ntopic write zigbee2mqtt/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {rules}")
    return doctor(lab.phone, "delivery", AT, *ALICE, "-t", "zigbee2mqtt/bridge/state", "--publish")


@reported(GITHUB + "Ladder99/fanuc-driver/issues/59 Republish latest messages on (re-) connection with the broker",
          r"persist")
def retained_messages_die_with_the_broker(lab):
    broker = mosquitto(lab.server)
    lab.server.run("mosquitto_pub", "-r", "-t", "fanuc/sim/sweep", "-m", "x")
    broker.terminate()
    broker.wait(5)
    mosquitto(lab.server)
    return doctor(lab.server, "delivery", "localhost", "-t", "fanuc/sim/sweep", "--retained", "--on-broker")


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/3188 not published anymore after one PubAck is missing",
          r"acknowledg|PUBACK")
def one_that_acknowledges_nothing(lab):
    mosquitto(lab.server)

    def act():
        slave = client(lab.phone, "connect=slave1,60", "subscribe=1,plc/#", "pings=4")
        time.sleep(0.8)
        lab.server.run("mosquitto_pub", "-q", "1", "-t", "plc/cw", "-l", input="\n".join(map(str, range(60))) + "\n")
        slave.wait(10)
    return explain(captured(lab, lab.server, act))


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/1821 Mosquitto broker stop publishing on subscribed topics",
          r"client001|drop", r"acknowledg|queue|slow|keep up|drop|full")
def the_log_tells_of_dropped_messages(lab):
    log = lab.file("mosquitto.log")
    mosquitto(lab.server, f"log_dest file {log}", "max_queued_messages 100")
    client(lab.phone, "connect=client001,60,keep", "subscribe=1,ctl/#", "pings=30")
    time.sleep(0.8)
    lab.server.run("mosquitto_pub", "-q", "1", "-t", "ctl/set", "-l", input="\n".join(map(str, range(200))) + "\n")
    until("being dropped", log)
    return on_broker(lab)


# ---- 中国 ----------------------------------------------------------------------------------------


@reported(GITHUB + "emqx/MQTT-Client-Examples/issues/41 真机调试下无法连接", r"443|小程序|域名", open_=True, or_nothing=True)
def a_mini_program_on_a_real_phone(lab):
    """Only port 443 of a registered name is allowed there; from a laptop all is well."""
    named(lab)
    good = certificates.get("good")
    websocket_broker(lab.server)
    nginx(lab.server, f"""server {{ listen 8084 ssl; ssl_certificate {good.chain}; ssl_certificate_key {good.key};
 location /mqtt {{ proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
 proxy_set_header Connection "Upgrade"; }} }}""", 8084)
    return doctor(lab.phone, "wss://broker.test:8084/mqtt", "--cafile", ca(), "--lang", "zh")


# ---- works, and looks odd -------------------------------------------------------------------------


@reported(GITHUB + "eclipse-mosquitto/mosquitto/issues/841 peer did not return a certificate", HEALTHY)
def the_certificate_names_the_user(lab):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true", "use_identity_as_username true",
              "allow_anonymous false", ready=8883)
    own = certificates.get("client")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), "--cert", own.certificate, "--key", own.key)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--cert", own.certificate, "--key", own.key)


@reported(GITHUB + "jpmens/mosquitto-auth-plug/issues/51 DENY Sub", HEALTHY)
def a_user_with_a_tree_of_its_own(lab):
    rules = lab.file("acl", "pattern readwrite users/%u/#\n")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", f"acl_file {rules}")
    return doctor(lab.phone, "delivery", AT, *ALICE, "-t", "users/alice/desk", "--publish")
