"""The broker's own machine, a fourth harvest, asked when the first three had been mended."""
import os
import pathlib
import subprocess
import time

from . import certificates
from .cases import doctor
from .net import SERVER, sh
from .reported import on_broker, proved, reported
from .services import etc, mosquitto
from .stage_delivery import AT
from .stage_trained_own import CONF, OPEN, bridge, running, with_notes
from .stage_trained_own_three import again, logged
from .stage_trained_own_two import hashed
from .stage_unmet_eighteen import not_started
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_thirteen import GITHUB


@reported(MOSQUITTO + "2534 mosquitto will not start with keyfile set", r"key", r"belong|match|fit", r"certfile|certificate")
def the_authoritys_certificate_as_the_servers(lab):
    good = certificates.get("good")
    return not_started(lab, "key", "user root", "listener 8883", f"certfile {certificates.ca()}", f"cafile {good.certificate}",
                       f"keyfile {good.key}")


@reported(MOSQUITTO + "2898 ssl problem getting key, UI routines processing error", r"passphrase|password|locked|encrypted", r"key")
def the_key_of_the_websocket_listener_is_locked(lab):
    good = certificates.get("good")
    locked = lab.file("private.key", "")
    sh("openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", good.key, "-out", locked)
    os.chmod(locked, 0o644)
    etc(lab, "mosquitto/mosquitto.conf", f"user root\n{OPEN}listener 9001\nprotocol websockets\ncafile {certificates.ca()}\n"
        f"keyfile {locked}\ncertfile {good.chain}\n")
    process = lab.server.start("sh", "-c", f"mosquitto -c {CONF} < /dev/null")
    try:
        process.wait(4)
    except subprocess.TimeoutExpired:
        pass
    return on_broker(lab, "wss://localhost:9001")


@reported(GITHUB + "chirpstack/chirpstack-ansible-playbook/pull/1 allow_connections_from to 0.0.0.0/0", r"firewall|nft|\brule",
          r"1883", r"drop|source|0\.0\.0\.0|let")
def the_rule_lets_one_address_in_that_nobody_has(lab):
    mosquitto(lab.server)
    lab.server.nft("in iif lo accept", "in ct state established accept", "in ip saddr 0.0.0.0 tcp dport 1883 accept",
                   "in tcp dport 1883 drop")
    proved(lab.phone, not_=True)
    return on_broker(lab, AT)


@reported(MOSQUITTO + "1827 Disconnect without reasonable explanation", r"bridge", r"notification|retain", slowest=15)
def the_bridges_will_is_retained_and_the_other_takes_none(lab):
    mosquitto(lab.server, "retain_available false")
    bridge(lab, "address 127.0.0.1:1883", "remote_clientid s-dispatch", 'topic # both "" ""'.replace('both "" ""', "both"),
           "cleansession true")
    return with_notes(on_broker(lab, "localhost:1885"))


@reported(MOSQUITTO + "1064 Unable to bridge mosquitto broker to Thingspeak", r"prefix|no topic line", r"remote/thingspeak|bridge")
def the_only_prefix_is_the_local_one(lab):
    mosquitto(lab.server)
    bridge(lab, "address 127.0.0.1:1883", "topic # out 0 remote/thingspeak/")
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "channels/1", "--publish", "--sent-via", "localhost:1885")


@reported(MOSQUITTO + "2949 topic with a slash at its end", r"bridge", r"slash|d177/", r"d177/")
def the_bridges_topic_ends_in_a_slash(lab):
    mosquitto(lab.server)
    bridge(lab, "address 127.0.0.1:1883", "topic d177/ out 0")
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "d177", "--publish", "--sent-via", "localhost:1885")


@reported(MOSQUITTO + "688 Problem with init.d start of mosquitto, manual start is OK", r"10\.77\.1\.2", r"user name|password")
def a_sensor_without_a_name_where_names_are_wanted(lab):
    logged(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'alice')}\n")
    again(lab.phone, "mosquitto_pub", "-h", SERVER, "-t", "sensor", "-m", "1")
    return with_notes(on_broker(lab, "localhost", "-u", "alice", "-P", "alice-pw"))


@reported(GITHUB + "certbot/certbot/issues/2207 softlinked to the archives dir", r"fullchain\.pem", r"not exist|no such|not there|link",
          is_long=False)
def a_link_that_leads_nowhere(lab):
    folder = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/live"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fullchain.pem").symlink_to("../../archive/host/fullchain1.pem")
    (folder / "privkey.pem").symlink_to("../../archive/host/privkey1.pem")
    return not_started(lab, "certificate", "listener 8883", "certfile /etc/mosquitto/live/fullchain.pem",
                       "keyfile /etc/mosquitto/live/privkey.pem")


@reported(GITHUB + "home-assistant/addons/issues/4168 Mosquitto broker port 8883 is disabled", r"8883", r"1883|no listener|nothing listens|listens on")
def nobody_set_up_the_tls_port(lab):
    running(lab, OPEN)
    return on_broker(lab, "mqtts://localhost:8883")


@reported("a listener for the services of the machine alone: listener 0 PATH", r"[Uu]nix", r"1883|listener")
def there_is_a_unix_socket_alone(lab):
    path = lab.file("mosquitto.sock")
    etc(lab, "mosquitto/mosquitto.conf", f"user root\nlistener 0 {path}\nallow_anonymous true\n")
    lab.server.start("mosquitto", "-c", CONF)
    time.sleep(1)
    return on_broker(lab)
