"""Machines on which an ordinary cure would do harm: a broker of somebody's own, links, many files."""
import pathlib

from .cases import case, doctor
from .net import SERVER
from .services import etc, mosquitto, password_file
from .stage_host import on_server

CONF = "/etc/mosquitto/mosquitto.conf"
LOGIN = ("-u", "alice", "-P", "alice-pw")


def advised(answer, *, with_=(), without=()):
    """The answer names its cause only when its first cure has these words and not those."""
    finding = (answer.report.get("causes") or [{}])[0]
    first = []
    for cure in finding.get("cures", []):
        if first and not cure.get("follows"):
            break
        first.append(f"{cure['what']} {cure['command']}")
    text = "\n".join(first)
    for word in with_:
        if word not in text:
            answer.found += f" (without {word!r})"
    for word in without:
        if word in text:
            answer.found += f" (with {word!r})"
    return answer


def in_etc(lab, name, text):
    """A file of /etc/mosquitto, and with it the folder."""
    etc(lab, f"mosquitto/{name}", text)
    return pathlib.Path("/etc/netns") / lab.server.name / "mosquitto"


# ---- a broker that was started by hand ---------------------------------------------------------------


@case("tcp-refused-not-running", layer="host")
def by_hand_without_a_file(lab):
    """A broker of its own is started beside it; ending this one would help nobody."""
    in_etc(lab, "mosquitto.conf", "persistence false\ninclude_dir /etc/mosquitto/conf.d\n")
    in_etc(lab, "conf.d/README", "")
    lab.server.start("mosquitto", "-p", "1884", ready=1884)
    return advised(on_server(lab), with_=("conf.d/remote.conf", "stays as it is"), without=("kill",))


@case("tcp-refused-not-running", layer="host")
def by_hand_where_a_file_has_no_folder(lab):
    """The last line has no end; a line that is added must not become part of it."""
    in_etc(lab, "mosquitto.conf", "persistence false")
    lab.server.start("mosquitto", "-p", "1884", ready=1884)
    return advised(on_server(lab), with_=("tee -a /etc/mosquitto/mosquitto.conf",), without=("kill",))


@case("tcp-refused-not-running", layer="host")
def by_hand_where_nothing_is_set_up(lab):
    in_etc(lab, "README", "")
    lab.server.start("mosquitto", "-p", "1884", ready=1884)
    return advised(on_server(lab), with_=("mkdir -p /etc/mosquitto",), without=("kill",))


@case("host-config-not-used", layer="host")
def by_hand_beside_a_file_for_the_port(lab):
    """Its ports are others than those of the file, so that both can run."""
    in_etc(lab, "mosquitto.conf", f"user root\nlistener 1883\npassword_file {password_file(lab)}\n")
    lab.server.start("mosquitto", "-p", "1884", ready=1884)
    return advised(on_server(lab, *LOGIN, f"{SERVER}:1883"), with_=("stays as it is",), without=("kill",))


@case("tcp-refused-loopback-listener", layer="host")
def by_hand_as_a_person(lab):
    """Started again by root it would become the user mosquitto, who may not read that file's folder."""
    conf = lab.file("own.conf", f"listener 1883 127.0.0.1\npassword_file {password_file(lab)}\n")
    lab.server.start("setpriv", "--reuid=games", "--regid=games", "--clear-groups", "mosquitto", "-c", conf,
                     ready=1883)
    return advised(on_server(lab, *LOGIN, f"{SERVER}:1883"), with_=("sudo -u games mosquitto -d -c",))


# ---- files -------------------------------------------------------------------------------------------


@case("tcp-refused-loopback-listener", layer="host")
def listener_in_a_linked_file(lab):
    """The file behind the link is edited, and the link stays."""
    folder = in_etc(lab, "shared/lan.conf", "listener 1883 127.0.0.1\n")
    (folder / "conf.d").mkdir()
    (folder / "conf.d/lan.conf").symlink_to("/etc/mosquitto/shared/lan.conf")
    in_etc(lab, "mosquitto.conf",
           f"user root\npassword_file {password_file(lab)}\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return advised(on_server(lab, *LOGIN, f"{SERVER}:1883"), with_=("--follow-symlinks",))


@case("tcp-refused-loopback-listener", layer="host")
def configuration_that_is_a_link(lab):
    folder = in_etc(lab, "kept/broker.conf",
                    f"user root\nlistener 1883 127.0.0.1\npassword_file {password_file(lab)}\n")
    (folder / "mosquitto.conf").symlink_to("kept/broker.conf")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return advised(on_server(lab, *LOGIN, f"{SERVER}:1883"), with_=("--follow-symlinks",))


@case("tcp-refused-loopback-listener", layer="host")
def open_to_all_in_an_included_file(lab):
    """Without a listener nobody outside noticed; with one everybody would get in."""
    in_etc(lab, "conf.d/z.conf", "allow_anonymous true\n")
    in_etc(lab, "mosquitto.conf", "user root\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return advised(on_server(lab), with_=("/etc/mosquitto/conf.d/z.conf",))


@case("mqtt-closed-after-connect", layer="host")
def limit_in_an_included_file(lab):
    """The main file has another, which is not in force."""
    in_etc(lab, "conf.d/b.conf", "# small machines\nmax_packet_size 30\n")
    in_etc(lab, "mosquitto.conf", f"user root\nmax_packet_size 1000\nlistener 1883\npassword_file {password_file(lab)}\n"
                                  "include_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return advised(on_server(lab, *LOGIN, f"{SERVER}:1883"), with_=("/etc/mosquitto/conf.d/b.conf",))


@case("tcp-refused-loopback-listener", layer="host")
def users_and_no_listener(lab):
    """mosquitto does not start with a second password_file."""
    in_etc(lab, "mosquitto.conf", f"user root\npassword_file {password_file(lab)}\nallow_anonymous false\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return advised(on_server(lab, *LOGIN, f"{SERVER}:1883"), without=("password_file",))


@case("tcp-refused-loopback-listener", layer="host")
def remote_conf_is_there_already(lab):
    """What it says stays in it."""
    in_etc(lab, "conf.d/remote.conf", "max_keepalive 600")
    in_etc(lab, "mosquitto.conf", "user root\ninclude_dir /etc/mosquitto/conf.d\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return advised(on_server(lab), with_=("tee -a /etc/mosquitto/conf.d/remote.conf",))


@case("auth-acl-publish-swallowed", layer="host")
def access_list_without_a_last_line_end(lab):
    """A line that is added must not become part of bob's."""
    acl = lab.file("acl", "user alice\ntopic read #\n\nuser bob\ntopic readwrite bob/#")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {acl}")
    return on_server(lab, *LOGIN, "-t", "home/lamp", "--publish", "-V", "5", f"{SERVER}:1883")


@case("auth-acl-publish-swallowed", layer="host")
def access_list_with_nothing_in_it(lab):
    """sed finds no first line there in front of which it could put another."""
    acl = lab.file("acl", "")
    mosquitto(lab.server, "allow_anonymous true", f"acl_file {acl}")
    return on_server(lab, "-t", "home/lamp", "--publish", "-V", "5", f"{SERVER}:1883")


# ---- the port of its own machine ---------------------------------------------------------------------


@case("tcp-refused-not-running", layer="host")
def only_the_port_that_needs_no_listener(lab):
    """A listener that is named takes the place of the one for this machine, which others here use."""
    in_etc(lab, "mosquitto.conf", "user root\npersistence false\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    answer = doctor(lab.server, f"ws://{SERVER}:9001")
    return advised(answer, with_=("listener 1883 localhost",))
