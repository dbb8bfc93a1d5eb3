"""The broker's own machine, a fifth harvest: passwords with a $, keys above their listener, what a browser meets."""
import os
import pathlib

from . import certificates
from .net import SERVER, sh
from .reported import on_broker, proved, reported
from .services import etc
from .stage_trained_own import OPEN, own_files, running
from .stage_unmet_eighteen import not_started
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_thirteen import GITHUB


@reported(MOSQUITTO + "2186 user password with $ not accepted", r"bob", r"password", r"wrong|not the one|anew", is_long=False)
def the_shell_took_a_part_of_the_password(lab):
    users = lab.file("passwd", "")
    sh("sh", "-c", f'mosquitto_passwd -c -b {users} bob "se$cret-7"')
    os.chmod(users, 0o644)
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\n")
    proved(lab.server, "-u", "bob", "-P", "se$cret-7", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost", "-u", "bob", "-P", "se$cret-7")


@reported(MOSQUITTO + "778 MQTT tls-psk setup", r"8881", r"plain|without TLS|no TLS", r"psk|above|below|1883")
def the_keys_stand_above_their_listener(lab):
    keys = lab.file("pskfile", "testID:abcdef\n")
    running(lab, f"allow_anonymous true\npsk_hint myhint\npsk_file {keys}\nlistener 8881\n", ready=8881)
    return on_broker(lab, "mqtts://localhost:8881")


@reported(MOSQUITTO + "1766 websockets ERR_CONNECTION_REFUSED, letsencrypt", r"privkey\.pem", r"cannot read|may not read|permi", r"mosquitto")
def the_websocket_listener_cannot_read_its_key(lab):
    own_files(lab, "mosquitto/live/cert.pem", "mosquitto/live/privkey.pem")
    os.chmod(pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/live/privkey.pem", 0o600)
    return not_started(lab, "websockets listener", "user mosquitto", "listener 9001", "protocol websockets",
                       "certfile /etc/mosquitto/live/cert.pem", "keyfile /etc/mosquitto/live/privkey.pem")


@reported(MOSQUITTO + "1797 net::ERR_CERT_AUTHORITY_INVALID", r"authority|self-signed|trust|issuer", r"certificate")
def a_browser_does_not_know_the_authority(lab):
    good = certificates.get("good")
    running(lab, f"{OPEN}listener 1884\nprotocol websockets\ncafile {certificates.ca()}\nkeyfile {good.key}\ncertfile {good.chain}\n"
            "require_certificate false\ntls_version tlsv1.2\n", ready=1884)
    return on_broker(lab, f"wss://{SERVER}:1884/mqtt")


@reported(GITHUB + "openwrt/packages, bind_address localhost beside a port", r"127\.0\.0\.1|localhost|loopback", r"bind_address|address")
def bind_address_keeps_it_at_home(lab):
    running(lab, "port 1883\nbind_address localhost\nallow_anonymous true\n")
    proved(lab.phone, not_=True)
    return on_broker(lab, f"{SERVER}:1883")
