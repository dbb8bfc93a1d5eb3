"""The third harvest of the brokers that are not Mosquitto."""
import time

from .cases import doctor
from .certificates import ca
from .net import SERVER
from .reported import reported
from .services import dnsmasq, haproxy, mosquitto, nginx, scripted
from .stage_delivery import AT
from .stage_login import cloud
from .stage_trained_brokers import BEAM, EMQX, GITHUB, JAVA, VERNE_BEAM, called, ended, etc, machine, named, on_broker_in, utc

# As EMQX's listener with proxy_protocol: it reads to the end of a line for three seconds, and hangs up on what is no
# PROXY header.
WANTS_HEADER = """import socket, threading
def serve(one):
    with one:
        one.settimeout(3)
        data = b""
        try:
            while b"\\n" not in data:
                more = one.recv(200)
                if not more:
                    return
                data += more
        except TimeoutError:
            return
        if not data.startswith(b"PROXY") and not data.startswith(b"\\r\\n\\r\\n\\0"):
            return
        version = 4
        while b"MQTT" not in data:
            more = one.recv(200)
            if not more:
                return
            data += more
        version = data[data.index(b"MQTT") + 4]
        one.sendall(bytes.fromhex("2003000000" if version == 5 else "20020000"))
        one.recv(200)
listener = socket.create_server(("0.0.0.0", 1883))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
# Takes it for a broken packet.
TAKES_NO_HEADER = WANTS_HEADER.replace("while b\"\\\\n\" not in data", "if True").replace(
    "if not data.startswith(b\"PROXY\") and not", "if data.startswith(b\"PROXY\") or")


@reported(EMQX + "6359 docker swarm listener.tcp.external.proxy_protocol does not work", r"PROXY|proxy.protocol", r"off|without|switch")
def emqx_waits_for_a_header_that_nobody_sends(lab):
    etc(lab, "emqx/emqx.conf", "listener.tcp.external = 0.0.0.0:1883\nlistener.tcp.external.proxy_protocol = on\nallow_anonymous = true\n")
    called(lab.server, BEAM, lab.file("wants.py", WANTS_HEADER), ready=1883)
    return on_broker_in(lab, machine(lab))


@reported(EMQX + "932 EMQ Proxy Protocol: invalid_proxy_info", r"PROXY|proxy.protocol")
def emqx_complains_of_the_header(lab):
    called(lab.server, BEAM, lab.file("wants.py", WANTS_HEADER), ready=1883)
    log = (f"{utc(20)} [error] supervisor: 'esockd_connection_sup - <0.1551.0>', errorContext: connection_crashed, reason: "
           "{invalid_proxy_info,<<16,105,0,4,77,81,84,84,4,194,0,10>>}\n") * 3
    return on_broker_in(lab, machine(lab, {"var/log/emqx/emqx.log.1": log}))


@reported(EMQX + "5036 How to use HAProxy as a LB for EMQ X cluster?", r"PROXY|proxy.protocol|send-proxy", r"send-proxy|off")
def haproxy_sends_no_header_to_emqx(lab):
    etc(lab, "emqx/emqx.conf", "listener.tcp.external = 0.0.0.0:1883\nlistener.tcp.external.proxy_protocol = on\n")
    called(lab.server, BEAM, lab.file("wants.py", WANTS_HEADER), ready=1883)
    haproxy(lab.server, "frontend f\n bind :1889\n default_backend b\nbackend b\n server s 127.0.0.1:1883\n", 1889)
    return on_broker_in(lab, machine(lab), "localhost:1889")


@reported(EMQX + "6222 Parse failed when I use Nginx LB and set proxy_protocol on", r"PROXY|proxy_protocol", r"nginx|proxy_protocol")
def nginx_sends_a_header_that_emqx_does_not_expect(lab):
    etc(lab, "emqx/emqx.conf", "listener.tcp.external = 0.0.0.0:1883\n")
    called(lab.server, BEAM, lab.file("strict.py", TAKES_NO_HEADER), ready=1883)
    nginx(lab.server, "", 1890, main="stream { server { listen 1890; proxy_pass 127.0.0.1:1883; proxy_protocol on; } }")
    log = (f"{utc(20)} [error] 172.21.0.9:50224 [MQTT] , Parse failed for function_clause, [{{emqx_frame,parse_packet,[{{mqtt_packet_header,5,"
           "false,0,false},<<\"OXY TCP4 112.9.120.88 172.21.0.9 15625 8883\\r\\n\"...>>\n")
    return on_broker_in(lab, machine(lab, {"var/log/emqx/emqx.log.1": log}), "localhost:1890")


@reported(EMQX + "2251 Unable to subscribe to topics using Websocket in the Dashboard (ACL)", r"acl\.conf", r"deny")
def emqx_denies_all_by_its_last_rule(lab):
    etc(lab, "emqx/emqx.conf", "listeners.tcp.default.bind = \"0.0.0.0:1883\"\n")
    etc(lab, "emqx/acl.conf", '{allow, {user, "dashboard"}, subscribe, ["$SYS/#", "#"]}.\n{allow, {ipaddr, "127.0.0.1"}, pubsub, ["$SYS/#", "#"]}.\n'
        '{allow, all, publish, ["#"]}.\n{deny, all}.\n')
    named(lab.server, BEAM, 1883, "broker", "subscribe=80", "only=testtopic/#")
    return on_broker_in(lab, machine(lab), SERVER, "-t", "testtopic/#")


@reported("https://www.emqx.io/docs/en/latest/access-control/authz/authz.html no_match", r"no_match|authorization", r"emqx", r"deny")
def emqx_denies_what_no_rule_names(lab):
    etc(lab, "emqx/emqx.conf", "listeners.tcp.default.bind = \"0.0.0.0:1883\"\nauthorization {\n  no_match = deny\n  deny_action = disconnect\n}\n")
    named(lab.server, BEAM, 1883, "broker", "publish=close", "only=plant/1")
    return on_broker_in(lab, machine(lab), SERVER, "-t", "plant/1", "--publish")


@reported(GITHUB + "apache/camel-karavan/issues/336 Artemis has max-disk-space restriction", r"disk", r"max-disk-usage")
def artemis_blocks_at_ninety_per_cent(lab):
    named(lab.server, JAVA, 1883, "broker", "publish=silent", also=("-Dartemis.instance=/opt/broker", "org.apache.activemq.artemis.boot.Artemis", "run"))
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 60))
    log = (f"{when},101 WARN  [org.apache.activemq.artemis.core.server] AMQ222210: Free storage space is at 3.1GB of 60.0GB total. Usage rate "
           "is 94.8% which is beyond the configured <max-disk-usage>. System will start blocking producers.\n")
    return on_broker_in(lab, machine(lab, {"opt/broker/log/artemis.log": log}))


@reported("https://activemq.apache.org maximumConnections", r"connections", unsaid="mosquitto")
def activemq_has_as_many_as_it_takes(lab):
    etc(lab, "activemq/activemq.xml", '<beans><broker><transportConnectors><transportConnector name="mqtt" uri="mqtt://0.0.0.0:1883?maximumConnections=2"/>'
        "</transportConnectors></broker></beans>")
    named(lab.server, JAVA, 1883, "close", also=("-jar", "/usr/share/activemq/bin/activemq.jar"))
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 5))
    log = (f"{when},558  WARN TransportConnector | Could not accept connection from tcp://10.0.0.9:40154 : "
           "org.apache.activemq.transport.tcp.ExceededMaximumConnectionsException: Exceeded the maximum number of allowed client connections "
           "(2).\n") * 2
    return on_broker_in(lab, machine(lab, {"var/log/activemq/activemq.log": log}))


@reported("https://cumulocity.com/docs/device-integration/mqtt/ TENANT/USER", r"tenant")
def cumulocity_wants_the_tenant(lab):
    dnsmasq(lab.router, f"address=/mqtt.cumulocity.com/{SERVER}", rest="address=/com/")
    scripted(lab.server, 1883, "broker", "user=alice:4")
    return doctor(lab.phone, "mqtt.cumulocity.com", "-u", "alice", "-P", "pw")


@reported(GITHUB + "hivemq/hivemq-mqtt-client-dotnet/pull/363 an edge node waits for the host's STATE", r"retain|kept|STATE")
def sparkplug_host_left_no_state(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "STATE/scada1")


@reported("https://learn.microsoft.com/azure/event-grid/mqtt-client-authentication", r"certificate")
def event_grid_without_a_certificate(lab):
    host = cloud(lab, "ns1.westeurope-1.ts.eventgrid.azure.net", "broker", "user=device1:5")
    return doctor(lab.phone, host, "--insecure", "-u", "device1", "-i", "device1")


@reported(GITHUB + "AliwareMQ/lmq-demo/issues/11 the signature differs from the console's", r"signature")
def aliyuns_signature_is_another(lab):
    host = "post-cn-4591hbzc723.mqtt.aliyuncs.com"
    dnsmasq(lab.router, f"address=/{host}/{SERVER}", rest="address=/com/")
    scripted(lab.server, 1883, "broker", "versions=3,4", "user=Signature|AK|post-cn-4591hbzc723:5")
    return doctor(lab.phone, host, "-i", "GID_x@@@d1", "-u", "Signature|AK|post-cn-4591hbzc723", "-P", "c2ln")


@reported(GITHUB + "emqx/MQTTX/issues/1726 telnet works through the load balancer, and nothing reaches EMQX", r"proxy|balancer|behind|backend", open_=True)
def load_balancer_leads_nowhere(lab):
    scripted(lab.server, 1883, "close", "0.2")
    return doctor(lab.phone, AT)


@reported(GITHUB + "home-assistant/addons/issues/381 only Home Assistant reaches the add-on", r"publish", r"1883")
def port_of_the_addon_is_not_published(lab):
    return on_broker_in(lab, machine(lab, {}, [("addon_core_mosquitto", "homeassistant/armv7-addon-mosquitto:6.4", "1883/tcp, 8883/tcp", "running",
                                                "Up 2 hours", {"State": {}, "Mounts": []}, ["1534689634: mosquitto version 2.0.18 starting",
                                                                                            "1534689634: Opening ipv4 listen socket on port 1883."])]),
                        SERVER)


@reported(GITHUB + "home-assistant/addons/issues/1179 mosquitto addon not start", r"in use|already|another program|other program")
def port_of_the_addon_is_taken(lab):
    state = ended(128, Error="driver failed programming external connectivity on endpoint addon_core_mosquitto: Error starting userland proxy: "
                             "listen tcp4 0.0.0.0:1883: bind: address already in use")
    return on_broker_in(lab, machine(lab, {}, [("addon_core_mosquitto", "homeassistant/armv7-addon-mosquitto:5.1", "", "created", "Created", state, [])]),
                        SERVER)


@reported("https://docs.vernemq.com/vernemq-clustering/netsplits CONNACK 3", r"cluster", r"node|ready")
def vernes_cluster_is_split(lab):
    etc(lab, "vernemq/vernemq.conf", "allow_anonymous = on\nlistener.tcp.default = 0.0.0.0:1883\n")
    named(lab.server, VERNE_BEAM, 1883, "broker", "anonymous=3")
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 5))
    log = f"{when}.208 [warning] <0.441.0>@vmq_mqtt_fsm:connected:547 can't register client {{[],<<\"lamp\">>}} with username undefined due to not_ready\n"
    return on_broker_in(lab, machine(lab, {"var/log/vernemq/console.log": log}))
