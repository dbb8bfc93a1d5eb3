"""The broker's own machine, a second harvest: users and their file, listeners of one port, certificates and lists of
revoked ones, bridges that stand in each other's way."""
import os
import pathlib
import time

from . import certificates
from .cases import doctor
from .net import SERVER, sh
from .reported import on_broker, proved, reported
from .services import etc, mosquitto, tls_lines
from .stage_trained_own import CONF, OPEN, bridge, own_files, running, with_notes
from .stage_unmet_eighteen import not_started
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_thirteen import GITHUB
from .stage_delivery import AT


def hashed(lab, *users):
    """A password file with these users, each with "-pw" behind the name."""
    path = lab.file("passwd", "".join(f"{user}:{user}-pw\n" for user in users))
    sh("mosquitto_passwd", "-U", path)
    os.chmod(path, 0o644)
    return path


# ---- users ------------------------------------------------------------------------------------------


@reported(MOSQUITTO + "3416 mosquitto_passwd -U corrupts already hashed passwords", r"alice",
          r"password", r"anew|does not (fit|match)|another|differ|wrong")
def hashed_a_second_time(lab):
    users = hashed(lab, "alice", "bob")
    sh("mosquitto_passwd", "-U", users)
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\n")
    proved(lab.server, "-u", "alice", "-P", "alice-pw", at="127.0.0.1", not_=True)
    return on_broker(lab, "localhost", "-u", "alice", "-P", "alice-pw")


@reported(MOSQUITTO + "1394 Unable to add another user using mosquitto_passwd", r"alice",
          r"no (line|user)|not in|does not know|unknown", harm=r"mosquitto_passwd -c")
def the_second_user_replaced_the_first(lab):
    users = lab.file("passwd", "")
    for user in ("alice", "bob"):
        sh("mosquitto_passwd", "-c", "-b", users, user, user + "-pw")
    os.chmod(users, 0o644)
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\n")
    return on_broker(lab, "localhost", "-u", "alice", "-P", "alice-pw")


@reported(MOSQUITTO + "1613 create new user on windows", r"alice", r"changed|newer|after", r"HUP|reload|restart|start", is_long=False)
def a_user_that_was_added_while_it_ran(lab):
    users = hashed(lab, "bob")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\n")
    time.sleep(2.1)
    sh("mosquitto_passwd", "-b", users, "alice", "alice-pw")
    return on_broker(lab, "localhost", "-u", "alice", "-P", "alice-pw")


@reported(GITHUB + "iegomez/mosquitto-go-auth/issues/23 Restart needed for change in ACL", r"changed|newer|after",
          r"HUP|reload|restart|start")
def a_right_that_was_given_while_it_ran(lab):
    users = hashed(lab, "alice")
    rules = lab.file("acl", "user alice\ntopic read home/#\n")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\nacl_file {rules}\n")
    time.sleep(2.1)
    pathlib.Path(rules).write_text("user alice\ntopic readwrite home/#\n")
    return doctor(lab.server, "delivery", "localhost", "-u", "alice", "-P", "alice-pw", "-t", "home/lamp", "--publish")


@reported(MOSQUITTO + "2029 anonymous clients: two listeners of one port at different addresses", r"allow_anonymous|without a (user )?name|user name",
          r"10\.77\.2\.2|password|allow_anonymous false", unsaid=r"allow_anonymous true for")
def the_other_address_of_the_port_wants_a_name(lab):
    users = hashed(lab, "alice")
    running(lab, "per_listener_settings true\nlistener 1883 127.0.0.1\nallow_anonymous true\n"
            f"listener 1883 {SERVER}\nallow_anonymous false\npassword_file {users}\n")
    proved(lab.server, at="127.0.0.1")
    proved(lab.server, not_=True)
    return on_broker(lab, AT)


@reported(MOSQUITTO + "2169 Can mosquitto limit one client one cert ?", r"use_username_as_clientid", slowest=20)
def two_apps_of_one_user_where_the_name_is_the_identifier(lab):
    users = hashed(lab, "alice")
    log = lab.file("m.log", "")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {users}\nuse_username_as_clientid true\nlog_dest file {log}\n"
            "log_type all\n")
    for host, name in ((lab.phone, "app-1"), (lab.router, "app-2")):
        host.start("mosquitto_sub", "-h", SERVER, "-u", "alice", "-P", "alice-pw", "-i", name, "-t", "home/#")
    time.sleep(9)
    return with_notes(on_broker(lab, "localhost", "-u", "alice", "-P", "alice-pw"))


# ---- listeners and options --------------------------------------------------------------------------


@reported(MOSQUITTO + "759 listener 883", r"\b883\b", r"8883")
def a_digit_less_in_the_listener(lab):
    running(lab, "\n".join((OPEN, *tls_lines("good", 883), "")), ready=883)
    return on_broker(lab, "mqtts://localhost:8883")


@reported(MOSQUITTO + "718 Incorrect Conf (mqtt CA certificate problem)", r"cafile", r"not exist|no such|not there", r"ca\.cert\b")
def the_authoritys_file_has_another_ending(lab):
    own_files(lab, "mosquitto/certs/osmc.crt", "mosquitto/certs/osmc.key")
    etc(lab, "mosquitto/certs/ca.crt", pathlib.Path(certificates.ca()).read_bytes())
    return not_started(lab, "CA certificates", "listener 8883", "cafile /etc/mosquitto/certs/ca.cert",
                       "certfile /etc/mosquitto/certs/osmc.crt", "keyfile /etc/mosquitto/certs/osmc.key")


@reported("mosquitto.conf(5) allow_zero_length_clientid", r"identifier|client.?id", r"allow_zero_length_clientid|empty")
def no_empty_identifiers(lab):
    running(lab, f"{OPEN}allow_zero_length_clientid false\n")
    return on_broker(lab, "localhost", "-i", "")


@reported("mosquitto.conf(5) max_queued_messages, a subscriber that is away", r"max_queued_messages", r"\b3\b|wait|queue|limit")
def three_messages_wait_at_most(lab):
    running(lab, f"{OPEN}max_queued_messages 3\nmax_inflight_messages 1\n")
    return doctor(lab.server, "delivery", "localhost", "--offline", "-c", "-q", "1")


@reported("mosquitto.conf(5) retain_available", r"retain", r"retain_available")
def nothing_is_retained(lab):
    running(lab, f"{OPEN}retain_available false\n")
    return doctor(lab.server, "delivery", "localhost", "--retained", "-t", "home/state")


@reported("mosquitto.conf(5) persistent_client_expiration", r"persistence|disk|memory", r"restart|start")
def nothing_is_kept_on_the_disk(lab):
    running(lab, f"{OPEN}persistence false\n")
    lab.server.run("mosquitto_pub", "-t", "home/state", "-r", "-m", "on")
    return doctor(lab.server, "delivery", "localhost", "--retained", "-t", "home/other")


# ---- certificates -----------------------------------------------------------------------------------


@reported(MOSQUITTO + "1972 can't access certificates, despite seemingly correct permissions", r"certs", r"folder|through|g\+x|chmod|enter",
          r"mosquitto")
def the_folder_may_not_be_entered(lab):
    own_files(lab, "mosquitto/certs/fullchain.cer", "mosquitto/certs/domain.key")
    folder = pathlib.Path("/etc/netns") / lab.server.name / "mosquitto/certs"
    sh("chown", "-R", "mosquitto:", folder)
    os.chmod(folder, 0o600)
    return not_started(lab, "server", "user mosquitto", "listener 8883", "certfile /etc/mosquitto/certs/fullchain.cer",
                       "keyfile /etc/mosquitto/certs/domain.key")


@reported(MOSQUITTO + "2125 Permission denied: mosquitto.db of another user", r"mosquitto\.db", r"read|write|permi|own")
def the_database_belongs_to_root(lab):
    store = pathlib.Path(lab.file("store"))
    store.mkdir()
    first = mosquitto(lab.server, "persistence true", f"persistence_location {store}/", name="first.conf")
    lab.server.run("mosquitto_pub", "-t", "a", "-r", "-m", "x")
    first.terminate()
    first.wait()
    sh("chown", "mosquitto:", store)
    sh("chown", "root:root", store / "mosquitto.db")
    os.chmod(store / "mosquitto.db", 0o600)
    etc(lab, "mosquitto/mosquitto.conf", f"user mosquitto\nlog_dest file {lab.file('m.log', '')}\n{OPEN}persistence true\n"
        f"persistence_location {store}/\n")
    os.chmod(lab.file("m.log"), 0o666)
    lab.server.start("mosquitto", "-c", CONF)
    time.sleep(1.5)
    return with_notes(on_broker(lab))


@reported(MOSQUITTO + "1518 Document requirement of full chain CA certificates", r"cafile", r"root|whole chain|full chain|issuer|above|authority")
def the_cafile_has_the_intermediate_alone(lab):
    middle = certificates.get("intermediate")
    leaf = certificates.get("leaf-alone")
    good = certificates.get("good")
    running(lab, f"{OPEN}listener 8883\ncertfile {good.chain}\nkeyfile {good.key}\ncafile {middle.certificate}\n"
            "require_certificate true\n", ready=8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", certificates.ca(), "--cert", leaf.certificate, "--key", leaf.key)


@reported(MOSQUITTO + "841 peer did not return a certificate", r"client certificate|certificate of (its|your|the client)", r"require_certificate")
def it_asks_for_a_certificate(lab):
    good = certificates.get("good")
    running(lab, f"cafile {certificates.ca()}\nkeyfile {good.key}\ncertfile {good.chain}\nrequire_certificate true\n"
            "use_identity_as_username true\nport 8883\n", ready=8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", certificates.ca())


@reported(MOSQUITTO + "1402 a list of revoked certificates that has ended", r"crl|revocation|revoked", r"expired|ended|old|renew|anew|no longer")
def the_list_of_revoked_certificates_has_ended(lab):
    good, authority = certificates.get("good"), certificates.get("ca")
    base = pathlib.Path(lab.file("crl"))
    base.mkdir()
    (base / "index").write_text("")
    (base / "number").write_text("1000\n")
    (base / "cnf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={base}/index\ncrlnumber={base}/number\ndefault_md=sha256\n"
                              "default_crl_days=30\n")
    sh("openssl", "ca", "-batch", "-config", base / "cnf", "-cert", authority.certificate, "-keyfile", authority.key,
       "-gencrl", "-crl_lastupdate", "20240101000000Z", "-crl_nextupdate", "20240201000000Z", "-out", base / "ca.crl")
    running(lab, f"{OPEN}listener 8883\ncertfile {good.chain}\nkeyfile {good.key}\ncafile {certificates.ca()}\n"
            f"crlfile {base}/ca.crl\nrequire_certificate true\n", ready=8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", *certificates.with_client("client"))


# ---- bridges ----------------------------------------------------------------------------------------


@reported(MOSQUITTO + "2892 getting diconnected due to same clienId for more than one mosquitto", r"edge", r"identifier|client.?id|same",
          slowest=40)
def two_bridges_of_one_identifier(lab):
    log = lab.file("m.log", "")
    mosquitto(lab.server, f"log_dest file {log}")
    for number, host in ((1, lab.phone), (2, lab.router)):
        mosquitto(host, "connection cloud", f"address {SERVER}:1883", "remote_clientid edge", "topic # out", "restart_timeout 1",
                  "allow_anonymous true", "log_type none", listener=1890, ready=1890, name=f"edge{number}.conf")
    time.sleep(26)
    return with_notes(on_broker(lab))


@reported(MOSQUITTO + "251 Error creating bridge: address localhost:1883", r"this very broker|itself|own|same broker", r"bridge|1234567890")
def a_bridge_to_itself(lab):
    running(lab, "listener 1883\nallow_anonymous true\nlog_type none\nconnection 1234567890\naddress localhost:1883\nstart_type automatic\n"
            "topic plant/# both 0\nrestart_timeout 1\n")
    time.sleep(3)
    return with_notes(on_broker(lab))


@reported("a session that is lost though persistence is set", r"autosave_interval|saves? every|orderly|kill", r"persistence true|already", slowest=25)
def killed_before_it_saved(lab):
    store = pathlib.Path(lab.file("store"))
    store.mkdir()
    log = f"{OPEN}persistence true\npersistence_location {store}/\n"
    etc(lab, "mosquitto/mosquitto.conf", "user root\n" + log)
    lab.server.start("sh", "-c", f"mosquitto -c {CONF} & sleep 6; kill -9 $!; exec mosquitto -c {CONF}", ready=1883)
    return doctor(lab.server, "delivery", "localhost", "--offline", "--away", "14s", "-c", "-q", "1")
