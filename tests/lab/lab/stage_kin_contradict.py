"""Two lines of mosquitto.conf that contradict each other, and which of them counts. Each with its right answer written
down before the doctor was asked."""
import pathlib

from .net import SERVER
from .reported import HEALTHY, on_broker, reported
from .services import etc, password_file

PAGE = "https://mosquitto.org/man/mosquitto-conf-5.html "


def stopped(lab, *lines, more=None):
    """mosquitto does not start with the file, which is the one that its service has."""
    for name, text in (more or {}).items():
        etc(lab, "mosquitto/" + name, text)
    etc(lab, "mosquitto/mosquitto.conf", "\n".join(("user root", "persistence false", *lines)) + "\n")
    return on_broker(lab, f"{SERVER}:1883", "-u", "alice", "-P", "alice-pw")


def started(lab, *lines, ready=1883, files=None, more=()):
    for name, text in (files or {}).items():
        path = pathlib.Path(lab.file("conf")) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    text = "\n".join(("user root", "log_dest stderr", "persistence false", *lines)) + "\n"
    path = lab.file("mosquitto.conf", text.replace("HERE", lab.file("conf")))
    return lab.server.start("mosquitto", "-c", path, *more, ready=ready)


@reported(PAGE + "per_listener_settings below the users: they are nobody's", r"per_listener_settings", r"mosquitto\.conf", is_long=False)
def per_listener_settings_stand_below_the_users(lab):
    return stopped(lab, "allow_anonymous false", f"password_file {password_file(lab)}", "per_listener_settings true", "listener 1883")


@reported(PAGE + "allow_anonymous twice: the last counts", r"allow_anonymous", r"false", r"mosquitto\.conf", is_long=False)
def anonymous_is_allowed_and_then_not(lab):
    started(lab, "allow_anonymous true", "listener 1883", "allow_anonymous false")
    return on_broker(lab, f"{SERVER}:1883")


@reported(PAGE + "port and listener of the same number", r"1883", r"listener of its own", r"mosquitto\.conf:\d", is_long=False)
def port_and_listener_are_the_same(lab):
    return stopped(lab, "port 1883", "listener 1883 0.0.0.0", "allow_anonymous true")


@reported(PAGE + "include_dir has a listener of the same port", r"1883", r"extra\.conf:1", r"second listener", is_long=False)
def included_file_has_the_same_listener(lab):
    return stopped(lab, "listener 1883", "allow_anonymous true", "include_dir /etc/mosquitto/conf.d", more={"conf.d/extra.conf": "listener 1883\n"})


@reported(PAGE + "a second -c is read behind the first", r"second\.conf", r"allow_anonymous", is_long=False)
def second_file_takes_anonymous_back(lab):
    second = lab.file("second.conf", "allow_anonymous false\n")
    started(lab, "listener 1883", "allow_anonymous true", more=("-c", second))
    return on_broker(lab, f"{SERVER}:1883")


@reported(PAGE + "a second -c names one more listener", HEALTHY, is_long=False)
def second_file_names_a_listener(lab):
    second = lab.file("second.conf", "listener 1884\n")
    started(lab, "listener 1883", "allow_anonymous true", more=("-c", second))
    return on_broker(lab, f"{SERVER}:1884")


@reported(PAGE + "include_dir has allow_anonymous false after true", r"allow_anonymous", r"extra\.conf", is_long=False)
def included_file_takes_anonymous_back(lab):
    started(lab, "listener 1883", "allow_anonymous true", "include_dir HERE/conf.d", files={"conf.d/extra.conf": "allow_anonymous false\n"})
    return on_broker(lab, f"{SERVER}:1883")


@reported(PAGE + "a listener of the loopback and one for all", HEALTHY, is_long=False)
def listener_for_itself_beside_one_for_all(lab):
    started(lab, "listener 1884 127.0.0.1", "listener 1883", "allow_anonymous true")
    return on_broker(lab, f"{SERVER}:1883")


@reported(PAGE + "the last allow_anonymous lets in", HEALTHY, is_long=False)
def anonymous_is_forbidden_and_then_allowed(lab):
    started(lab, "allow_anonymous false", "listener 1883", "allow_anonymous true")
    return on_broker(lab, f"{SERVER}:1883")
