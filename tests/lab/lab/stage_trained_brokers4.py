"""The fourth harvest of the brokers that are not Mosquitto: containers, TLS options, listeners that are not there."""
from .net import SERVER
from .reported import reported
from .stage_trained_brokers import (BEAM, EMQX, GITHUB, JAVA, RABBIT_BEAM, called, ended, etc, machine, named, on_broker_in, rabbit_time, utc)

HANGS_UP = """import socket, threading
def serve(one):
    with one:
        one.recv(500)
listener = socket.create_server(("0.0.0.0", 8883))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@reported("https://github.com/docker-library/rabbitmq/issues/755 eaddrinuse", r"in use|another program|taken")
def rabbits_port_is_taken_in_the_network_of_the_machine(lab):
    log = ["{could_not_start,rabbitmq_mqtt,{rabbitmq_mqtt,{{shutdown,{failed_to_start_child,'rabbit_mqtt_listener_sup_:::1883',{shutdown,"
           "{failed_to_start_child,ranch_acceptors_sup,{listen_error,{acceptor,{0,0,0,0,0,0,0,0},1883},eaddrinuse}}}}}}}}", "BOOT FAILED"]
    return on_broker_in(lab, machine(lab, {}, [("rabbitmq", "rabbitmq:3.12.13-management", "", "restarting", "Restarting (1) 4 seconds ago",
                                                ended(1), log)]))


def emqx_with_tls(lab, options, reason):
    etc(lab, "emqx/emqx.conf", "listeners.ssl.default {\n  bind = \"0.0.0.0:8883\"\n  ssl_options {\n    certfile = \"/etc/emqx/certs/cert.pem\"\n"
        f"    {options}\n  }}\n}}\n")
    called(lab.server, BEAM, lab.file("hangs.py", HANGS_UP), ready=8883)
    log = (f"{utc(10)} [error] supervisor: 'esockd_connection_sup - <0.9882.0>', errorContext: connection_shutdown, reason: {reason}, offender: "
           "[{pid,<0.10507.0>},{name,connection}]\n") * 2
    return on_broker_in(lab, machine(lab, {"var/log/emqx/emqx.log.1": log}), f"mqtts://{SERVER}")


@reported(EMQX + "10397 Force verify_peer if the user has configured fail_if_no_peer_cert = true", r"fail_if_no_peer_cert", r"verify")
def emqx_wants_a_certificate_that_it_does_not_check(lab):
    return emqx_with_tls(lab, "verify = verify_none\n    fail_if_no_peer_cert = true",
                         "{ssl_error,{options,incompatible,{verify,verify_none},{fail_if_no_peer_cert,true}}}")


@reported(GITHUB + "emqx/emqx/pull/8460 verify_peer without cacertfile", r"cacertfile")
def emqx_checks_certificates_against_nothing(lab):
    return emqx_with_tls(lab, "verify = verify_peer", "{ssl_error,{options,{cacertfile,[]}}}")


@reported(GITHUB + "vernemq/docker-vernemq/issues/220 websocket not working", r"loopback|127\.0\.0\.1", unsaid="mosquitto")
def verne_listens_to_the_container_alone(lab):
    named(lab.server, "/usr/bin/docker-proxy", 1883, "refuse")
    return on_broker_in(lab, machine(lab, {}, [("vernemq", "erlio/docker-vernemq:latest", "0.0.0.0:1883->1883/tcp, 0.0.0.0:8083->8083/tcp", "running",
                                                "Up 5 minutes", {"State": {}, "Mounts": []}, ["10:39:03.380 [info] cluster event handler registered"])]))


@reported("https://github.com/docker-library/rabbitmq/issues/152 ECONNRESET on first connection", r"start|boot|moment|not yet", r"wait|again|soon")
def rabbit_is_still_starting(lab):
    named(lab.server, "/usr/bin/docker-proxy", 1883, "refuse")
    log = ["              Starting broker...2026-11-30 10:00:01.1+00:00 [info] <0.9.0> node           : rabbit@my-rabbit",
           "2026-11-30 10:00:02.1+00:00 [info] <0.223.0> Running boot step pre_boot defined by app rabbit"]
    return on_broker_in(lab, machine(lab, {}, [("rabbit", "rabbitmq:3-management", "0.0.0.0:1883->1883/tcp", "running", "Up 3 seconds",
                                                {"State": {}, "Mounts": []}, log)]))


@reported(EMQX + "833 Running Docker Image Locally: Could not connect through websocket", r"8083", r"publish")
def websocket_port_of_emqx_is_not_published(lab):
    return on_broker_in(lab, machine(lab, {}, [("emqx", "emqx/emqx:5.8", "0.0.0.0:1883->1883/tcp, 8083/tcp, 8084/tcp, 8883/tcp", "running", "Up 5 minutes",
                                                {"State": {}, "Mounts": []}, ["Listener ws:default on :8083 started."])]), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "hivemq/helm-charts/issues/21 enable websocket listener", r"websocket|listener", r"config\.xml", unsaid="mosquitto")
def hivemq_has_no_websocket_listener(lab):
    named(lab.server, JAVA, 1883, "broker", also=("-jar", "/opt/hivemq/bin/hivemq.jar"))
    return on_broker_in(lab, machine(lab, {"opt/hivemq/log/hivemq.log": "", "opt/hivemq/conf/config.xml":
                                           "<hivemq><listeners><tcp-listener><port>1883</port></tcp-listener></listeners></hivemq>"}),
                        f"ws://{SERVER}:8000/mqtt")


@reported(EMQX + "2926 Connection Refused when connecting with mqtt port 1883", r"1883", r"listener|enable", unsaid="mosquitto")
def emqx_has_its_plain_listener_switched_off(lab):
    etc(lab, "emqx/emqx.conf", "listeners.tcp.default {\n  enable = false\n  bind = \"0.0.0.0:1883\"\n}\nlisteners.ws.default.bind = \"0.0.0.0:8083\"\n")
    named(lab.server, BEAM, 8083, "ws", "--", "broker")
    return on_broker_in(lab, machine(lab), f"{SERVER}:1883")


@reported("kin: RabbitMQ's node waits for the others", r"cluster|other nodes")
def rabbit_waits_for_the_other_nodes(lab):
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n")
    named(lab.server, RABBIT_BEAM, 25672, "silent")
    log = f"{rabbit_time(30)} [info] <0.260.0> Waiting for Mnesia tables for 30000 ms, 9 retries left\n"
    return on_broker_in(lab, machine(lab, {"var/log/rabbitmq/rabbit@host.log": log}))


@reported("kin: Debian's ActiveMQ without its codec", r"codec|libmqtt")
def activemq_cannot_read_mqtt(lab):
    etc(lab, "activemq/activemq.xml", '<beans><broker><transportConnectors><transportConnector name="mqtt" uri="mqtt://0.0.0.0:1883"/>'
        "</transportConnectors></broker></beans>")
    named(lab.server, JAVA, 1883, "silent", also=("-jar", "/usr/share/activemq/bin/activemq.jar"))
    log = "2026-11-30 11:24:07,558 ERROR TransportConnector | java.lang.NoClassDefFoundError: org/fusesource/mqtt/codec/MQTTFrame\n"
    return on_broker_in(lab, machine(lab, {"var/log/activemq/activemq.log": log}))
