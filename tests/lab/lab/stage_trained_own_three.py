"""The broker's own machine, a third harvest: files that say a thing twice, and what the log tells of clients that the
asker knows nothing of."""
import time

from . import certificates
from .cases import doctor
from .net import SERVER, sh
from .reported import on_broker, reported
from .services import etc, nginx
from .stage_trained_own import OPEN, running, with_notes
from .stage_trained_own_two import hashed
from .stage_unmet_fifteen import MOSQUITTO
from .stage_unmet_seventeen import UPGRADE
from .stage_unmet_thirteen import GITHUB


def stopped(lab, *lines):
    """A broker that ends while it reads its configuration, before it has a log."""
    etc(lab, "mosquitto/mosquitto.conf", "\n".join((*lines, "")))
    if lab.server.start("mosquitto", "-c", "/etc/mosquitto/mosquitto.conf").wait(5) == 0:
        raise RuntimeError("not staged: it started")
    return on_broker(lab)


# ---- said twice, or wrongly -------------------------------------------------------------------------


@reported(GITHUB + "owntracks/tools/issues/7 Duplicate persistence_location value in configuration", r"persistence_location",
          r"second|twice|once|duplicate|already")
def both_files_say_where_it_keeps_messages(lab):
    etc(lab, "mosquitto/conf.d/mosquitto.conf", "allow_anonymous false\npersistence_location /var/lib/mosquitto/\nlistener 1883\n")
    return stopped(lab, "persistence true", "persistence_location /var/lib/mosquitto/", "include_dir /etc/mosquitto/conf.d")


@reported(MOSQUITTO + "728 Error: Duplicate persistence_location", r"persistence_file|persistence_location|log_dest",
          r"second|twice|once|duplicate|already")
def each_listener_was_given_everything(lab):
    part = ("persistence true", "persistence_location /var/lib/mosquitto/", "log_dest file /var/log/mosquitto/mosquitto.log",
            "allow_anonymous true")
    return stopped(lab, "listener 1883", *part, "persistence_file mosquitto.db", "listener 8883", *part,
                   "persistence_file secure-mosquitto.db")


@reported(MOSQUITTO + "1798 How to fix Error: Duplicate password_file value in configuration.", r"password_file",
          r"second|twice|once|duplicate|already")
def the_included_file_names_the_users_as_well(lab):
    etc(lab, "mosquitto/conf.d/default.conf", "allow_anonymous false\npassword_file /etc/mosquitto/passwd\n")
    return stopped(lab, "include_dir /etc/mosquitto/conf.d", "port 1883", "password_file /etc/mosquitto/passwd")


@reported(MOSQUITTO + "1806 Invalid configuration options are ignored", r"listener", r"port 1234|port comes first|1234", is_long=False)
def a_listener_that_says_port(lab):
    return stopped(lab, "port 1883", "listener port 1234 # this is invalid")


@reported(MOSQUITTO + "483 Misspelling allow_anonymous prevents Mosquitto broker from starting", r"allow_annonymous", r"allow_anonymous")
def an_n_too_many(lab):
    return stopped(lab, "listener 1883", "allow_annonymous true")


@reported(GITHUB + "openwrt/packages/issues/15506 init.d config issue with log_type and port", r"log_dest", r"debug|error",
          r"log_type|none|syslog|one of")
def log_types_as_places_of_the_log(lab):
    return stopped(lab, "log_dest error", "log_dest debug", "listener 1883", "allow_anonymous true")


@reported(MOSQUITTO + "2358 Migrating from 1.6.x to 2.0.y: username, no password", r"password_file|password file|allow_anonymous",
          r"no (password|user)|names no|knows no|none")
def a_name_without_a_password_was_enough(lab):
    rules = lab.file("acl", "pattern read $SYS/#\npattern readwrite foo/#\n")
    running(lab, f"listener 1883\nallow_anonymous false\nacl_file {rules}\n")
    return on_broker(lab, "localhost", "-u", "somebody", "-P", "")


# ---- rights -----------------------------------------------------------------------------------------


@reported(MOSQUITTO + "2296 ACL File - How to restrict Subscription on topics?", r"access list|acl", r"read", r"testuser")
def he_may_subscribe_and_hears_nothing(lab):
    rules = lab.file("acl", "user testuser\ntopic readwrite testtopic\n")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'testuser')}\nacl_file {rules}\n")
    return doctor(lab.server, "delivery", "localhost", "-u", "testuser", "-P", "testuser-pw", "-t", "test")


@reported(MOSQUITTO + "3311 ACLs on $SYS topics are not being applied", r"\$SYS", r"broker'?s own|itself|no client|nobody|never|only the broker|alone")
def nobody_may_write_to_the_system_topics(lab):
    rules = lab.file("acl", "user protector\ntopic readwrite $SYS/#\ntopic readwrite #\n")
    running(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'protector')}\nacl_file {rules}\n")
    return doctor(lab.server, "delivery", "localhost", "-u", "protector", "-P", "protector-pw", "-t",
                  "$SYS/broker/disconnect/client/client0", "--publish")


# ---- what the log tells of others -------------------------------------------------------------------


def logged(lab, more="", ready=1883):
    running(lab, f"log_dest file {lab.file('m.log', '')}\nlog_type all\n{more}", ready=ready)


def again(host, *words, times=5):
    for _ in range(times):
        host.run(*words, check=False)
        time.sleep(0.2)


@reported(GITHUB + "home-assistant/addons/issues/2027 Socket errors and device disconnecting", r"10\.77\.1\.2", r"password|user name|not allowed")
def a_device_comes_with_a_wrong_password(lab):
    logged(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'mqtt')}\n")
    again(lab.phone, "mosquitto_pub", "-h", SERVER, "-i", "core", "-u", "mqtt", "-P", "wrong", "-t", "a", "-m", "1")
    return with_notes(on_broker(lab, "localhost", "-u", "mqtt", "-P", "mqtt-pw"))


@reported(GITHUB + "home-assistant/addons/issues/861 Tasmota with TLS at 1883", r"TLS", r"plain|1883|without TLS|no TLS")
def a_device_speaks_tls_to_the_plain_port(lab):
    logged(lab, OPEN)
    again(lab.phone, "sh", "-c", f"timeout 1 openssl s_client -connect {SERVER}:1883 < /dev/null > /dev/null 2>&1")
    return with_notes(on_broker(lab))


@reported(GITHUB + "Tasmota at 8883 without TLS", r"TLS", r"plain|without TLS|no TLS", r"10\.77\.1\.2|8885")
def a_device_speaks_plainly_to_the_tls_port(lab):
    good = certificates.get("good")
    logged(lab, f"{OPEN}listener 8885\ncertfile {good.chain}\nkeyfile {good.key}\n", ready=8885)
    again(lab.phone, "timeout", "1", "mosquitto_pub", "-h", SERVER, "-p", "8885", "-t", "a", "-m", "1")
    return with_notes(on_broker(lab, f"mqtts://{SERVER}:8885", "--cafile", certificates.ca()))


@reported(MOSQUITTO + "1012 A TLS Error Occurred: alert unknown ca", r"certificate|trust|authority", r"device|client|app", r"10\.77\.1\.2|unknown ca|trust")
def a_device_does_not_trust_the_broker(lab):
    good, other = certificates.get("good"), certificates.get("self-signed")
    logged(lab, f"{OPEN}listener 8883\ncertfile {good.chain}\nkeyfile {good.key}\n", ready=8883)
    again(lab.phone, "timeout", "1", "mosquitto_pub", "-h", SERVER, "-p", "8883", "--cafile", other.certificate, "-t", "a", "-m", "1")
    return with_notes(on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", certificates.ca()))


@reported(MOSQUITTO + "178 Denied PUBLISH error", r"home/secret", r"access list|acl|may not|deni|forbid", r"esp32|alice", is_long=False)
def a_device_publishes_what_it_may_not(lab):
    rules = lab.file("acl", "user alice\ntopic readwrite home/open\n\nuser bob\ntopic readwrite #\n")
    logged(lab, f"listener 1883\nallow_anonymous false\npassword_file {hashed(lab, 'alice', 'bob')}\nacl_file {rules}\n")
    again(lab.phone, "mosquitto_pub", "-h", SERVER, "-i", "esp32", "-u", "alice", "-P", "alice-pw", "-t", "home/secret", "-m", "1")
    return with_notes(on_broker(lab, "localhost", "-u", "bob", "-P", "bob-pw"))


@reported(GITHUB + "nginx/docker-nginx/issues/435 way to proxy a websocket", r"19010", r"nobody|nothing|no one|not listen|down|no listener", r"nginx|proxy")
def nginx_leads_to_a_port_where_nobody_is(lab):
    running(lab, f"{OPEN}listener 9001\nprotocol websockets\n", ready=9001)
    nginx(lab.server, f"server {{ listen 2001; location / {{ proxy_pass http://localhost:19010; {UPGRADE} }} }}", 2001)
    return on_broker(lab, "ws://localhost:2001/")
