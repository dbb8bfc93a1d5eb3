"""Kin of what was missed in the tenth batch, staged when that was mended."""
import os

from .cases import CASES, explain
from .net import SERVER, sh
from .services import mosquitto, scripted
from .stage_delivery import AT, delivery
from .stage_permission import ALICE
from .stage_unmet_five import on_server
from .stage_unmet_nine import telling
from .stage_unmet_seven import captured
from .unmet import unmet


@unmet("auth-password-file-not-hashed", harm="mosquitto_passwd -U")
def plain_password_among_hashed_ones(lab):
    """A line was added by hand; -U would hash the hash of bob."""
    path = lab.file("passwd", "bob:bob-pw\n")
    sh("mosquitto_passwd", "-U", path)
    with open(path, "a", encoding="ascii") as file:
        file.write("alice:alice-pw\n")
    os.chmod(path, 0o644)
    mosquitto(lab.server, "allow_anonymous false", f"password_file {path}")
    return on_server(lab, AT, *ALICE)


def topics(name, wanted, sent, *words):
    def stage(lab):
        mosquitto(lab.server)
        return telling(delivery(lab.phone, AT, "-t", wanted, "--sent-to", sent, "--publish"), *words)
    stage.__name__ = name
    stage.__module__ = __name__
    unmet("delivery-topic-differs", never=("delivery-wildcard-misread",))(stage)


topics("tab_in_a_topic", "home/door", "home/\tdoor", "nobody sees")
topics("quotes_around_a_topic", "home/door", "\"home/door\"", "quotes")
topics("dots_for_slashes", "home/door", "home.door", "part their levels")


def answered_by(name, answer, right):
    def stage(lab):
        scripted(lab.server, 1883, "reply", answer.encode("latin-1").hex())
        path = captured(lab, lab.phone, lambda: lab.phone.run(
            "timeout", "2", "mosquitto_pub", "-h", SERVER, "-t", "a", "-m", "x", check=False), port=1883)
        return explain("--captured-on", "client", path)
    stage.__name__ = name
    stage.__module__ = __name__
    unmet(right, never=("mqtt-closed-after-connect", "mqtt-broker-hung"))(stage)


answered_by("capture_of_mqtt_to_an_ssh_server", "SSH-2.0-OpenSSH_9.2p1\r\n", "mqtt-not-a-broker")
answered_by("capture_of_mqtt_to_a_redis", "-ERR unknown command\r\n", "mqtt-not-a-broker")
answered_by("capture_of_mqtt_to_a_port_of_tls", "\x15\x03\x01\x00\x02\x02\x46",
            "tls-plaintext-to-tls-port")


for staged in CASES:
    if getattr(staged, "batch", "") == "tenkin":
        staged.is_long = True
