"""The broker's own machine, a sixth harvest: patterns in the access list, upgrades, what was installed twice."""
import time

from . import certificates
from .cases import doctor
from .net import SERVER
from .reported import on_broker, proved, reported
from .services import etc, mosquitto
from .stage_trained_own import OPEN, bridge, running, with_notes
from .stage_trained_own_two import hashed
from .stage_unmet_eighteen import not_started
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_thirteen import GITHUB


def delivery(lab, *words):
    return doctor(lab.server, "delivery", "localhost:1883", "--on-broker", *words)


@reported(MOSQUITTO + "178 Denied PUBLISH error", r"pattern|access list|acl", r"%c|client ?id|identifier", r"c2|gateway")
def the_pattern_is_for_another_identifier(lab):
    rules = lab.file("acl", "pattern readwrite devices/%c/up\n")
    running(lab, f"{OPEN}acl_file {rules}\n")
    return delivery(lab, "-i", "gateway", "-t", "devices/c2/up", "--publish")


@reported(MOSQUITTO + "1155 ACL behavior with different permissions on the same topic", r"air/Sensor1/meas|case|capital|sensor1",
          r"pattern|access list|acl")
def the_users_name_has_a_capital_letter(lab):
    rules = lab.file("acl", "user ochrin\ntopic read air/+/meas\n\npattern write air/%u/meas\n")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'Sensor1')}\nacl_file {rules}\n")
    return delivery(lab, "-u", "Sensor1", "-P", "Sensor1-pw", "-t", "air/sensor1/meas", "--publish")


@reported(MOSQUITTO + "3101 ACL, feature request: deny wins", r"deny", r"main-topic/test2")
def a_deny_that_takes_reading_as_well(lab):
    rules = lab.file("acl", "user client1\ntopic readwrite main-topic/#\ntopic deny main-topic/test2/#\n")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'client1')}\nacl_file {rules}\n")
    return delivery(lab, "-u", "client1", "-P", "client1-pw", "-t", "main-topic/test2/info")


@reported(MOSQUITTO + "2429 not work in openwrt 21.02 after upgrade from 19.07", r"2\.0|local only|127\.0\.0\.1|listener", r"listener")
def the_configuration_of_the_release_before(lab):
    users = hashed(lab, "alice")
    running(lab, f"log_dest file /tmp/mosquitto.log\nlog_facility 5\npassword_file {users}\n")
    proved(lab.phone, not_=True)
    return on_broker(lab, f"{SERVER}:1883", "-u", "alice", "-P", "alice-pw")


@reported(GITHUB + "home-assistant/addons/issues/1215 log_facility", r"log_facility", r"0|7|number|range")
def a_log_facility_that_is_none(lab):
    return not_started(lab, "facility", "log_dest syslog", "log_facility 12", "listener 1883")


@reported(MOSQUITTO + "1960 Mosquitto bridge won't connect since upgrading to 2.0.2", r"bridge", r"10\.77\.1\.\d+|127\.0\.0\.1|answer|silent|CONNACK",
          slowest=20)
def the_bridges_broker_takes_and_does_not_answer(lab):
    # mosquitto writes no line about a missing CONNACK: $SYS/broker/connection/+/state alone tells of it.
    silent = lab.file("silent.py", "import socket, time\ns = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
                      "s.bind(('127.0.0.1', 1999)); s.listen(8)\nkept = []\nwhile True: kept.append(s.accept())\n")
    lab.server.serve("silent", "python3", silent, ready=1999)
    mosquitto(lab.server)
    bridge(lab, "address 127.0.0.1:1999", "topic # out 0")
    time.sleep(2)
    return with_notes(on_broker(lab, "localhost:1885"))


@reported(MOSQUITTO + "803 ACLs does not work, password with a certificate of the leaf alone", r"chain|intermediate|issued", r"certfile|certificate",
          r"fullchain|chain")
def cert_pem_in_place_of_the_whole_chain(lab):
    good = certificates.get("leaf-alone")
    running(lab, f"{OPEN}listener 8883\ncertfile {good.certificate}\nkeyfile {good.key}\n", ready=8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", certificates.ca())


@reported(MOSQUITTO + "948 unresponsive after max open files, limit by max_connections", r"max_connections", r"2\b")
def nobody_more_than_two(lab):
    running(lab, f"{OPEN}max_connections 2\n")
    for i in range(2):
        lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", f"t{i}")
    time.sleep(1)
    return on_broker(lab, "localhost:1883")


@reported(GITHUB + "openhab/openhabian: include_dir with a file that is not .conf", r"include_dir|conf\.d", r"\.conf\b", r"local\b|my\.config|users\.txt|mine")
def the_included_files_name_has_no_ending(lab):
    etc(lab, "mosquitto/conf.d/mine", "listener 1883\nallow_anonymous true\n")
    running(lab, "include_dir /etc/mosquitto/conf.d\n")
    proved(lab.phone, not_=True)
    return on_broker(lab, f"{SERVER}:1883")
