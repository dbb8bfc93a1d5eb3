"""The broker's own machine, as people told of it, for training: each with the answer that its thread came to,
written down before the doctor was asked."""
import os
import pathlib
import shutil
import time

from . import certificates
from .cases import Skip, doctor
from .net import SERVER, sh
from .reported import HEALTHY, on_broker, proved, reported
from .services import etc, mosquitto, password_file
from .stage_unmet_eighteen import not_started
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_more_eighteen import SECURITY
from .stage_unmet_thirteen import GITHUB

CONF = "/etc/mosquitto/mosquitto.conf"
OPEN = "listener 1883\nallow_anonymous true\n"


def running(lab, text, ready=1883):
    """A broker with its configuration in the usual place."""
    etc(lab, "mosquitto/mosquitto.conf", "user root\n" + text)
    return lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=ready)


def with_notes(answer):
    """What is only noted of the machine beside a healthy look counts as told."""
    answer.report["warnings"] = [each for each in answer.report.get("warnings", []) if each["layer"] not in ("phone", "input")]
    for each in answer.report.get("warnings", []):
        each["severity"] = "warning"
    return answer


def own_files(lab, *names):
    """A certificate and its key in the server's /etc, as they were issued."""
    good = certificates.get("good")
    for source, name in zip((good.chain, good.key), names):
        etc(lab, name, pathlib.Path(source).read_bytes())


# ---- it does not start ------------------------------------------------------------------------------


@reported(MOSQUITTO + "2639 mosquitto.db contains only null bytes", r"persist|mosquitto\.db|database",
          r"\bmv\b|aside|move|rename", is_long=False)
def a_database_of_nothing_but_zeros(lab):
    store = pathlib.Path(lab.file("store"))
    store.mkdir()
    (store / "mosquitto.db").write_bytes(bytes(4096))
    sh("chmod", "-R", "a+rwX", store)
    return not_started(lab, "Unrecognised file format", "persistence true", f"persistence_location {store}/")


@reported(GITHUB + "owntracks/tools/issues/6 Unable to load server certificate", r"certfile|certificate",
          r"not exist|no such|not there|missing")
def the_certificate_has_another_name(lab):
    own_files(lab, "mosquitto/certs/raspi2a.crt", "mosquitto/certs/raspi2a.key")
    return not_started(lab, "certificate", "listener 8883", "certfile /etc/mosquitto/certs/server.crt",
                       "keyfile /etc/mosquitto/certs/server.key")


@reported(MOSQUITTO + "2416 Upgrade from 1.x to 2.0.14 - Unable to load server certificate", r"mosquitto",
          r"cannot read|may not read|permi|let .* in", r"privkey|certs")
def the_key_is_for_root_alone(lab):
    own_files(lab, "mosquitto/certs/fullchain.pem", "mosquitto/certs/privkey.key")
    os.chmod(pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/certs/privkey.key", 0o600)
    return not_started(lab, "key file", "user mosquitto", "listener 8883", "certfile /etc/mosquitto/certs/fullchain.pem",
                       "keyfile /etc/mosquitto/certs/privkey.key")


@reported(MOSQUITTO + "2284 Unable to create websockets _only_ configuration", r"websocket", r"1883|plain|listener")
def only_a_websocket_listener(lab):
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf",
        f"log_dest file {log}\nallow_anonymous true\n#listener 1883\nlistener 8083\nprotocol websockets\n")
    lab.server.start("mosquitto", "-c", CONF).wait(5)
    return on_broker(lab, "ws://localhost:8083")


@reported(MOSQUITTO + "3550 Why is Mosquitto looking for a password file when using the Dynamic Security plugin?",
          r"password_file|/etc/mosquitto/passwd", r"not exist|no such|not there|missing")
def a_password_file_beside_the_plugin(lab):
    path = dynamic(lab)
    return not_started(lab, "pwfile", f"plugin {SECURITY}", f"plugin_opt_config_file {path}",
                       "password_file /etc/mosquitto/passwd")


@reported(MOSQUITTO + "831 configuration error", r"auth-plug\.so", r"symbol|built|compiled|version|not fit")
def a_plugin_with_an_undefined_symbol(lab):
    plugin = lab.file("auth-plug.so")
    source = lab.file("plug.c", "extern int OPENSSL_add_all_algorithms_noconf(void);\n"
                      "int mosquitto_auth_plugin_version(void) { return OPENSSL_add_all_algorithms_noconf(); }\n")
    sh("gcc", "-shared", "-fPIC", "-o", plugin, source)
    return not_started(lab, "undefined symbol", f"auth_plugin {plugin}")


@reported(GITHUB + "home-assistant/addons/issues/3080 Mosquitto not accesible from other devices in local network",
          r"second|twice|already|two|duplicate", r"1883", is_long=False)
def a_listener_line_more_in_the_included_folder(lab):
    etc(lab, "mosquitto/conf.d/network.conf", "listener 1883 0.0.0.0\n")
    return not_started(lab, "Address already in use", "include_dir /etc/mosquitto/conf.d")


@reported(GITHUB + "mqttjs/MQTT.js/issues/368 my last post got closed", r"pid_file pid_file|pid_file", r"pid_file /|folder|path|name")
def the_options_name_twice(lab):
    return not_started(lab, "pid file", "user mosquitto", "pid_file pid_file /var/run/mosquitto.pid")


@reported("mosquitto.conf(5) listener: bind to a host name", r"mqtt\.home\.lan", r"name|resolv|address|leads")
def a_listener_for_a_name_that_leads_nowhere(lab):
    log = lab.file("mosquitto.log", "")
    os.chmod(log, 0o666)
    etc(lab, "mosquitto/mosquitto.conf", f"log_dest file {log}\nlistener 1883 mqtt.home.lan\nallow_anonymous true\n")
    if lab.server.start("mosquitto", "-c", CONF).wait(15) == 0:
        raise RuntimeError("not staged")
    return on_broker(lab)


# ---- it runs, and is not used as meant --------------------------------------------------------------


@reported(MOSQUITTO + "1877 mosquitto keeps using expired certificate", r"renew|newer|changed|new(er)? certificate|after",
          r"reload|restart|start|HUP")
def the_certificate_was_renewed_and_not_read(lab):
    old, new = certificates.get("expired"), certificates.get("good")
    chain, key = lab.file("fullchain.pem", ""), lab.file("privkey.pem", "")
    shutil.copy(old.chain, chain)
    shutil.copy(old.key, key)
    running(lab, f"{OPEN}listener 8883\ncertfile {chain}\nkeyfile {key}\n", ready=8883)
    time.sleep(2.1)
    shutil.copyfile(new.chain, chain)
    shutil.copyfile(new.key, key)
    return on_broker(lab, "mqtts://localhost:8883")


@reported(MOSQUITTO + "2063 websocket connect got protocol error", r"protocol websockets|websocket", r"8080", r"1883|above|below|line")
def protocol_stands_above_its_listener(lab):
    running(lab, "allow_anonymous true\nlistener 1883\nprotocol websockets\nlistener 8080\n", ready=8080)
    return on_broker(lab, "ws://localhost:8080")


@reported(MOSQUITTO + "1994 Unable to connect with mqtt protocol when both listeners are enabled",
          r"8883", r"no TLS|plain|without TLS|not speak TLS|certfile", r"8083|above|below|listener")
def a_listener_was_put_between(lab):
    good = certificates.get("good")
    running(lab, f"listener 8883\nprotocol mqtt\nlistener 8083\nprotocol websockets\ncafile {good.chain}\ncertfile {good.chain}\n"
            f"keyfile {good.key}\nallow_anonymous true\n", ready=8883)
    return on_broker(lab, "mqtts://localhost:8883")


@reported(MOSQUITTO + "2970 Can't get out of local only mode", r"password_file|password file",
          r"mosquitto\.conf|configuration")
def the_password_file_is_the_configuration(lab):
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {CONF}\n")
    return on_broker(lab, "localhost", "-u", "alice", "-P", "alice-pw")


@reported(MOSQUITTO + "3276 password_file and require_certificate failing to authorize client", r"device7",
          r"no password|without a password|has no|hash|password anew|plain")
def a_user_without_a_password_in_the_file(lab):
    users = lab.file("passwd", "device7\n")
    running(lab, f"listener 1883\nallow_anonymous true\npassword_file {users}\n")
    proved(lab.server, "-u", "device7", "-P", "x", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost", "-u", "device7", "-P", "x")


@reported(MOSQUITTO + "2918 persistence_location that is not there", r"/mosquito/data", r"not exist|no such|not there")
def the_folder_of_the_database_has_a_letter_less(lab):
    running(lab, f"{OPEN}persistence_location /mosquito/data\npersistence true\n")
    return with_notes(on_broker(lab))


@reported(MOSQUITTO + "1924 Unable to create websockets listener on port xxx", HEALTHY)
def the_service_runs_already(lab):
    running(lab, f"{OPEN}listener 8083\nprotocol websockets\n", ready=8083)
    lab.server.start("mosquitto", "-c", CONF).wait(5)
    return on_broker(lab, "ws://localhost:8083")


def dynamic(lab, create=True):
    if not pathlib.Path(SECURITY).exists():
        raise Skip("mosquitto's dynamic security is not installed")
    path = lab.file("dynamic-security.json")
    if create:
        sh("mosquitto_ctrl", "dynsec", "init", path, "admin", "admin-pw")
    return path


@reported(MOSQUITTO + "2849 Error loading Dynamic security plugin config: File is not readable", r"dynamic",
          r"not exist|no such|not there|cannot read|not read|could not")
def the_plugins_file_is_not_there(lab):
    running(lab, f"listener 1883\nallow_anonymous false\nplugin {SECURITY}\nplugin_opt_config_file {dynamic(lab, False)}\n"
            f"log_dest file {lab.file('m.log', '')}\n")
    return on_broker(lab, "localhost", "-u", "admin", "-P", "admin-pw")


@reported(MOSQUITTO + "3058 Dynamic security plugin does not save changes", r"dynamic", r"writ|save")
def the_plugin_may_not_write_beside_its_file(lab):
    path = dynamic(lab)
    folder = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto"
    etc(lab, "mosquitto/dynamic-security.json", pathlib.Path(path).read_bytes(), owner="mosquitto")
    etc(lab, "mosquitto/mosquitto.conf", f"user mosquitto\nlistener 1883\nallow_anonymous false\nplugin {SECURITY}\n"
        "plugin_opt_config_file /etc/mosquitto/dynamic-security.json\n")
    os.chmod(folder, 0o755)
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=1883)
    return with_notes(on_broker(lab, "localhost", "-u", "admin", "-P", "admin-pw"))


# ---- queues and sizes -------------------------------------------------------------------------------


@reported("mosquitto.conf(5) max_queued_bytes", r"max_queued_bytes")
def the_queue_is_limited_in_bytes(lab):
    log = lab.file("m.log", "")
    running(lab, f"{OPEN}max_queued_bytes 300\nlog_dest file {log}\nlog_type all\n")
    lab.server.run("mosquitto_sub", "-i", "logger", "-c", "-q", "1", "-t", "meter/#", "-E", check=False)
    for number in range(12):
        lab.server.run("mosquitto_pub", "-q", "1", "-t", "meter/1", "-m", f"{number:0120}")
    if "being dropped" not in pathlib.Path(log).read_text():
        raise RuntimeError("not staged")
    return on_broker(lab)


@reported("mosquitto.conf(5) message_size_limit", r"message_size_limit", r"1000|size|large|big|bytes")
def payloads_above_the_limit(lab):
    running(lab, f"{OPEN}message_size_limit 1000\n")
    return doctor(lab.server, "delivery", "localhost", "--size", "5k")


# ---- bridges ----------------------------------------------------------------------------------------


def bridge(lab, *lines, ready=1885):
    """A second broker on the machine, with a bridge to the first."""
    etc(lab, "mosquitto/mosquitto.conf", "\n".join(("user root", "listener 1885", "allow_anonymous true",
                                                    f"log_dest file {lab.file('b.log', '')}", "log_type all",
                                                    "connection cloud", "restart_timeout 1", *lines, "")))
    lab.server.serve("mosquitto", "mosquitto", "-c", CONF, ready=ready)
    time.sleep(4.2)


@reported(MOSQUITTO + "1055 Issues about Bridging Mechanism", r"bridge|topic ", r"\bin\b|\bout\b|both|direction")
def the_bridge_only_fetches(lab):
    mosquitto(lab.server)
    bridge(lab, "address 127.0.0.1:1883", "topic sensors/# in 0")
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "sensors/1", "--publish", "--sent-via", "localhost:1885")


@reported(MOSQUITTO + "1055 Issues about Bridging Mechanism, prefixes", r"b2/sensors/1|b2/", r"prefix|bridge")
def the_bridge_puts_a_prefix_before(lab):
    mosquitto(lab.server)
    bridge(lab, "address 127.0.0.1:1883", 'topic # out 0 "" b2/')
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "sensors/1", "--publish", "--sent-via", "localhost:1885")


@reported(MOSQUITTO + "1438 docker cannot verify: topic '#' in 2", r"'#'|quot", r"bridge|topic")
def quotes_round_the_bridges_topic(lab):
    mosquitto(lab.server)
    bridge(lab, "address 127.0.0.1:1883", "topic '#' both 2")
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "sensors/1", "--publish", "--sent-via", "localhost:1885")


@reported(MOSQUITTO + "1076 OpenSSL Error when Creating Bridge Connection", r"bridge", r"cafile|authority|\bCA\b|issuer|verif")
def the_bridges_authority_is_another(lab):
    good = certificates.get("good")
    mosquitto(lab.server, "listener 8883", f"certfile {good.chain}", f"keyfile {good.key}", ready=8883)
    other = certificates.get("client-other")
    bridge(lab, "address 127.0.0.1:8883", "topic # out", f"bridge_cafile {other.chain}")
    return with_notes(on_broker(lab, "localhost:1885"))


@reported(MOSQUITTO + "2781 Bridge brokers using TLS with IP", r"bridge", r"name", r"certificate")
def the_bridge_uses_an_address_that_no_certificate_has(lab):
    named = certificates.get("dns-only")
    mosquitto(lab.server, "listener 8883", f"certfile {named.chain}", f"keyfile {named.key}", ready=8883)
    bridge(lab, f"address {SERVER}:8883", "topic # out", f"bridge_cafile {certificates.ca()}")
    return with_notes(on_broker(lab, "localhost:1885"))


@reported("a bridge to a port where nobody is", r"bridge", r"1999", is_long=False)
def the_bridge_leads_to_a_dead_port(lab):
    bridge(lab, "address 127.0.0.1:1999", "topic # out")
    return with_notes(on_broker(lab, "localhost:1885"))


@reported(MOSQUITTO + "3011 Bridging two brokers causes infinite message loop", r"loop|circle|endless|round|each other|again",
          r"bridge", slowest=25)
def two_bridges_to_each_other(lab):
    for own, other in ((1883, 1885), (1885, 1883)):
        mosquitto(lab.server, "log_type none", f"connection to{other}", f"address 127.0.0.1:{other}", "topic plant/# both 1",
                  "restart_timeout 1", "allow_anonymous true", listener=own, ready=own, name=f"{own}.conf")
    time.sleep(2.5)
    return with_notes(on_broker(lab))


# ---- mount points and access lists ------------------------------------------------------------------


@reported("mosquitto.conf(5) mount_point", r"mount_point", r"1884|1883")
def a_mount_point_between_two_listeners(lab):
    running(lab, f"allow_anonymous true\nlistener 1883\nlistener 1884\nmount_point floor1/\n", ready=1884)
    return doctor(lab.server, "delivery", "localhost:1883", "-t", "lamp", "--publish", "--sent-via", "localhost:1884")


@reported(MOSQUITTO + "912 publish denied", HEALTHY)
def one_may_write_and_the_other_read(lab):
    rules = lab.file("acl", "user user1\ntopic read root/123/#\n\nuser user2\ntopic write root/123/#\n")
    users = lab.file("passwd", "user1:one\nuser2:two\n")
    sh("mosquitto_passwd", "-U", users)
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\nacl_file {rules}\n")
    return doctor(lab.server, "delivery", "localhost", "-t", "root/123/12345", "--as-subscriber",
                  "user1:" + lab.file("one", "one\n"), "--as-publisher", "user2:" + lab.file("two", "two\n"), "--publish")
