"""Kin of what was missed on the side of connecting and of the broker's machine, staged when that was mended: clients that
name no server, brokers told by their other ports, what the log of a machine shows of silent clients, and what the
doctor's own tries leave behind."""
import os
import pathlib
import time

from .cases import doctor, explain
from .net import SERVER
from .reported import HEALTHY, on_broker, proved, reported, until
from .services import dnsmasq, mosquitto, password_file, scripted, tls_lines
from .stage_delivery import AT
from .stage_permission import ALICE
from .stage_trained_own import with_notes
from .stage_unmet_nineteen import GRID, is_so, named, without_a_name
from .stage_unmet_more_nineteen import odd

SNI = r"\bSNI\b|server name"


# ---- the name in the ClientHello --------------------------------------------------------------------


@reported("kin: a gateway that hangs up where it is not told for whom", SNI)
def a_gateway_knows_its_brokers_by_name_alone(lab):
    dnsmasq(lab.router, f"address=/eventgrid.azure.net/{SERVER}")
    lab.server.start("python3", "-c", GRID, ready=8883)
    path, told = without_a_name(lab, "iotgrid.westeurope-1.ts.eventgrid.azure.net")
    is_so("Cipheris(NONE)" in told or "nopeercertificate" in told, told)
    return explain(path)


@reported("kin: one broker of one name needs no name in the ClientHello", HEALTHY)
def a_broker_of_one_name_is_called_by_none(lab):
    dnsmasq(lab.router, f"address=/mqtt.home.test/{SERVER}")
    mosquitto(lab.server, *tls_lines(named(lab, "mqtt.home.test")), "allow_anonymous true", ready=8883)
    path, told = without_a_name(lab, "mqtt.home.test")
    is_so("BEGINCERTIFICATE" in told, told)
    return explain(path)


# ---- the broker's make, by its other ports ----------------------------------------------------------


@reported("kin: Artemis, whose AMQP is another one", r"user ?name|password|login|credential", unsaid="rabbit")
def artemis_speaks_another_amqp(lab):
    scripted(lab.server, 1883, "broker", "anonymous=5", "user=test:5")
    scripted(lab.server, 5672, "half", "414d515003010000")
    proved(lab.phone, "-u", "test", "-P", "test", not_=True)
    return doctor(lab.phone, AT, "-u", "test", "-P", "test")


@reported("kin: a broker at a port by which others have WebSocket", HEALTHY)
def plain_mqtt_at_8000(lab):
    mosquitto(lab.server, listener=8000, ready=8000)
    proved(lab.phone, "-p", "8000")
    return doctor(lab.phone, f"{SERVER}:8000")


@reported("kin: the same with a login that is refused", r"password|login|user ?name", unsaid="websocket")
def a_wrong_password_at_8000(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}", listener=8000, ready=8000)
    return doctor(lab.phone, f"{SERVER}:8000", "-u", "alice", "-P", "wrong")


@reported("kin: a broker that is starting says code 3, and no cloud's rule is behind it",
          r"cannot serve|unavailable|starting|overload|load", unsaid=r"keep.?alive")
def code_3_of_a_broker_of_ones_own(lab):
    odd(lab, "self.version = level\nself.connack(3)\nreturn False")
    return doctor(lab.phone, AT, "-k", "15")


# ---- silent clients in the log ----------------------------------------------------------------------


def with_log(lab, lines, *settings):
    """A broker that works, and a log that holds these lines: (seconds ago, text). They count back from a moment to come:
    what is older than the broker's start tells of another time."""
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    mosquitto(lab.server, f"log_dest file {log}", "allow_anonymous true", *settings)
    time.sleep(0.2)
    now = int(time.time())
    old = pathlib.Path(log).read_text()
    pathlib.Path(log).write_text(old + "".join(f"{now + 400 - ago}: {text}\n" for ago, text in lines))
    return on_broker(lab)


def silent(*ids, ago, apart=0):
    return [(ago - i * apart, f"Client {name} has exceeded timeout, disconnecting.") for i, name in enumerate(ids)]


@reported("kin: a sensor without power, once", HEALTHY)
def one_client_was_timed_out_once(lab):
    return with_log(lab, silent("pump", ago=300))


@reported("kin: a sensor that sleeps too long, twice", r"pump", r"keep.?alive|silent|sleep")
def one_client_was_timed_out_twice(lab):
    return with_log(lab, silent("pump", ago=300) + silent("pump", ago=100))


@reported("kin: a paused virtual machine", r"all (the )?clients|at once|same moment", r"broker|machine",
          unsaid="persistence")
def all_clients_of_a_paused_machine(lab):
    return with_log(lab, silent("pump", "lamp", "door", "fan", ago=300))


@reported("kin: three sensors, each at its own time", HEALTHY)
def three_clients_each_at_its_own_time(lab):
    return with_log(lab, silent("pump", "lamp", "door", ago=300, apart=40))


# ---- a bridge ---------------------------------------------------------------------------------------


def bridged_to(lab, port):
    log = lab.file("bridge.log", "")
    os.chmod(log, 0o666)
    mosquitto(lab.server, f"log_dest file {log}", "log_type all", "allow_anonymous true", "connection cloud",
              f"address 127.0.0.1:{port}", "topic # out 0", "restart_timeout 1", listener=1885, ready=1885, name="bridge.conf")
    until("sending CONNECT", log)
    time.sleep(2.5)
    return log


@reported("kin: a bridge that is answered, with a log of all", HEALTHY)
def a_bridge_that_is_answered(lab):
    mosquitto(lab.server)
    until("Received CONNACK on connection", bridged_to(lab, 1883))
    return on_broker(lab, "localhost:1885")


@reported("kin: a bridge to a service that waits for other words", "bridge", "answer|CONNACK")
def a_bridge_to_what_is_no_broker(lab):
    lab.server.start("python3", "-c", "import socket\nlistener = socket.create_server(('127.0.0.1', 6000))\nkept = []\n"
                     "while True: kept.append(listener.accept())", ready=6000)
    bridged_to(lab, 6000)
    return with_notes(on_broker(lab, "localhost:1885"))


# ---- what the doctor's own tries leave behind -------------------------------------------------------


@reported("kin: a user who may use his own topics alone", HEALTHY)
def the_doctors_own_topic_is_not_his(lab):
    rules = lab.file("acl", "user alice\ntopic readwrite topic/#\n")
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    mosquitto(lab.server, f"log_dest file {log}", "allow_anonymous false", f"password_file {password_file(lab)}",
              f"acl_file {rules}")
    return on_broker(lab, "localhost", *ALICE)
