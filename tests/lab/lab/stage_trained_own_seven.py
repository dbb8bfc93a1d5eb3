"""The broker's own machine, a seventh harvest: how it was started, files of the wrong kind, bridges that log in."""
import os
import pathlib
import time

from . import certificates
from .net import SERVER
from .reported import on_broker, proved, reported
from .services import etc, mosquitto
from .stage_trained_own import CONF, OPEN, bridge, running, with_notes
from .stage_trained_own_two import hashed
from .stage_unmet_eighteen import not_started
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_thirteen import GITHUB


@reported(MOSQUITTO + "2218 Unable to connect using Node-red and local network, started by hand", r"configuration|mosquitto\.conf|-c\b",
          r"without|no -c|not read|not given|local")
def started_by_hand_without_its_file(lab):
    etc(lab, "mosquitto/mosquitto.conf", f"user root\n{OPEN}")
    lab.server.serve("mosquitto", "mosquitto", "-v", ready=1883)
    proved(lab.phone, not_=True)
    return on_broker(lab, f"{SERVER}:1883")


@reported(MOSQUITTO + "1906 started with -p beside -c", r"1884", r"-p\b|command line|ignored|1883", is_long=False)
def a_port_on_the_command_line_beside_a_listener(lab):
    etc(lab, "mosquitto/mosquitto.conf", f"user root\n{OPEN}")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, "-p", "1884", ready=1883)
    return on_broker(lab, f"{SERVER}:1884")


@reported(GITHUB + "iobroker/mqtt: acl_file with a byte order mark", r"acl|access list", r"byte order|BOM|line 1|:1\b|first line|invalid")
def a_byte_order_mark_in_the_access_list(lab):
    rules = pathlib.Path(lab.file("acl", ""))
    rules.write_bytes(b"\xef\xbb\xbfuser alice\ntopic readwrite #\n")
    etc(lab, "mosquitto/mosquitto.conf", f"user root\nlistener 1883\npassword_file {hashed(lab, 'alice')}\nacl_file {rules}\n")
    process = lab.server.start("mosquitto", "-c", CONF)
    time.sleep(1)
    assert process.poll() is not None, "mosquitto took the list"
    return on_broker(lab, "localhost:1883", "-u", "alice", "-P", "alice-pw")


@reported(MOSQUITTO + "1088 the bridge's password is wrong", r"bridge", r"password|user name|credential|not authori", r"cloud")
def the_bridge_logs_in_with_another_password(lab):
    mosquitto(lab.server, f"password_file {hashed(lab, 'bridge')}", "allow_anonymous false")
    bridge(lab, "address 127.0.0.1:1883", "remote_username bridge", "remote_password other", "topic # out 0")
    time.sleep(2)
    return with_notes(on_broker(lab, "localhost:1885"))


@reported(MOSQUITTO + "1411 bridge with bridge_insecure and no bridge_cafile", r"bridge", r"TLS|8883|bridge_cafile|bridge_capath", slowest=20)
def the_bridge_speaks_plainly_to_the_tls_port(lab):
    good = certificates.get("good")
    mosquitto(lab.server, "listener 8883", f"certfile {good.chain}", f"keyfile {good.key}")
    bridge(lab, "address 127.0.0.1:8883", "bridge_insecure true", "topic # out 0")
    time.sleep(2)
    return with_notes(on_broker(lab, "localhost:1885"))


@reported(GITHUB + "thingsboard: passwords of the file are plain text", r"password_file|passwd", r"plain|not hashed|hash|mosquitto_passwd")
def the_password_file_is_plain_text(lab):
    users = lab.file("passwd", "alice:alice-pw\n")
    os.chmod(users, 0o644)
    etc(lab, "mosquitto/mosquitto.conf", f"user root\nlistener 1883\npassword_file {users}\n")
    process = lab.server.start("mosquitto", "-c", CONF)
    time.sleep(1)
    if process.poll() is None:
        proved(lab.server, "-u", "alice", "-P", "alice-pw", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost:1883", "-u", "alice", "-P", "alice-pw")


@reported(MOSQUITTO + "2161 require_certificate with crlfile of another authority", r"crl", r"not exist|not there|no such|missing")
def a_list_of_revoked_certificates_that_is_not_there(lab):
    good = certificates.get("good")
    return not_started(lab, "crl", "user root", "listener 8883", f"certfile {good.chain}", f"keyfile {good.key}",
                       f"cafile {certificates.ca()}", "require_certificate true", "crlfile /etc/mosquitto/certs/crl.pem")


@reported(GITHUB + "raspberrypi forum: 'listener 1883 localhost' from a guide", r"127\.0\.0\.1|localhost|loopback", r"listener", r"mosquitto\.conf, line 2|:2\b|line 2")
def a_guides_listener_for_localhost(lab):
    running(lab, "listener 1883 localhost\nallow_anonymous true\n")
    proved(lab.phone, not_=True)
    return on_broker(lab, f"{SERVER}:1883")


@reported(MOSQUITTO + "1322 websocket listener has http_dir that is not there", r"http_dir", r"not there|no such|does not exist|missing")
def the_folder_for_web_pages_is_not_there(lab):
    etc(lab, "mosquitto/mosquitto.conf", f"user root\n{OPEN}listener 9001\nprotocol websockets\nhttp_dir /srv/www/mqtt\n")
    lab.server.start("mosquitto", "-c", CONF).wait(5)
    return on_broker(lab, "ws://localhost:9001")
