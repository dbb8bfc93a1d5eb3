"""Kin of what was never met: near to what was missed, staged when that was mended. Of these 43 then 22
were named first, 8 wrongly for certain: a broker that does not start was "not running" and no more.
"""
import pathlib
import time

from . import certificates
from .cases import CASES, doctor
from .certificates import ca
from .net import SERVER, sh
from .services import (dnsmasq, etc, mosquitto, nginx, password_file, scripted, tls_lines,
                       websocket_broker)
from .stage_delivery import AT, TRY, delivery
from .stage_host import log, start_as_a_service
from .stage_permission import ALICE
from .stage_unmet_five import does_not_start, on_server
from .stage_unmet_seven import nft
from .stage_vantage import on_server as from_server, together
from .stage_websocket import UPGRADE
from .unmet import OPEN, unmet

SECURE = f"mqtts://{SERVER}:8883"
ALL = "listener 1883\nallow_anonymous true\n"
BRIDGE = "connection cloud\naddress 10.77.1.2\n"
INCLUDE = "include_dir /etc/mosquitto/confd\n"
CONFIG, KEYS = "host-config-error", "host-cert-key-problem"


def stops(name, text, *right, **how):
    does_not_start(name, text + "log_dest file LOG\n", *(right or (CONFIG,)), batch=__name__, **how)


# ---- mosquitto does not start -----------------------------------------------------------------------


stops("ciphers_of_nobody", ALL + "listener 8883\ncertfile /etc/mosquitto/c.pem\n"
      "keyfile /etc/mosquitto/k.pem\nciphers NONSENSE\n", CONFIG, KEYS, c_pem="x", k_pem="x")
stops("plugin_that_is_not_there", ALL + "plugin /usr/lib/none/mosquitto_dynamic_security.so\n")
stops("bridge_without_address", ALL + "connection cloud\ntopic # both\n")
stops("bridge_with_a_bad_topic", ALL + BRIDGE + "topic # sideways\n")
stops("bridge_options_in_another_file", ALL + BRIDGE + INCLUDE,
      **{"confd/a_conf": "topic home/# out\n"})
stops("user_that_is_not_there", ALL + "user mqttbroker\n")
stops("number_above_its_range", ALL + "max_qos 3\n")
stops("log_type_that_is_none", ALL + "log_type verbose\n")
stops("log_dest_that_is_none", ALL + "log_dest /var/log/mosquitto/broker.log\n")
stops("slip_in_an_included_file", INCLUDE,
      **{"confd/a_conf": "listener 1883\nallow_anonymus true\n"})
stops("switch_that_says_on", ALL + "persistence on\n")
stops("switch_in_capitals", "listener 1883\nallow_anonymous True\n")
stops("form_of_json", "{\n \"listener\": 1883\n}\n")
stops("equals_signs", "listener = 1883\n")
stops("tab_behind_a_name", "listener\t1883\n")
stops("comment_behind_a_file", "listener 1883\npassword_file /etc/mosquitto/pw # users\n", pw="")
stops("folder_of_the_unix_socket_is_gone", "listener 0 /run/none/x.sock\nallow_anonymous true\n",
      CONFIG, "host-file-permission", "host-bind-address-missing")
stops("limit_above_the_listener", "max_connections 100\n" + ALL, CONFIG, "host-port-in-use")
stops("password_file_named_twice", "password_file /etc/mosquitto/pw\n" + INCLUDE, pw="",
      **{"confd/a_conf": "listener 1883\npassword_file /etc/mosquitto/pw\n"})
stops("access_list_with_a_tab", ALL + "acl_file /etc/mosquitto/acl\n",
      acl="user\talice\ntopic readwrite #\n")
stops("access_list_with_a_stray_wildcard", ALL + "acl_file /etc/mosquitto/acl\n",
      acl="user alice\ntopic readwrite home/#/door\n")
stops("page_folder_that_is_gone", ALL + "listener 9001\nprotocol websockets\nhttp_dir /srv/none\n")
stops("certificate_lines_in_another_file", "listener 8883\nallow_anonymous true\n" + INCLUDE, CONFIG,
      KEYS, port=8883, **{"confd/tls_conf": "certfile /etc/mosquitto/none.pem\n"
                                            "keyfile /etc/mosquitto/none.key\n"})


@unmet("auth-listener-settings-trap")
def each_listener_by_itself_and_settings_in_another_file(lab):
    etc(lab, "mosquitto/conf.d/a.conf", "allow_anonymous true\n")
    etc(lab, "mosquitto/mosquitto.conf", "per_listener_settings true\nlistener 1883\n"
        "include_dir /etc/mosquitto/conf.d\nuser root\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab)


@unmet("tcp-refused-not-running", "tcp-refused-wrong-port", "tcp-refused-loopback-listener",
       never=("tcp-refused-by-firewall-reset",))
def listens_on_a_unix_socket_alone(lab):
    path = lab.file("m.sock")
    etc(lab, "mosquitto/mosquitto.conf", f"listener 0 {path}\nallow_anonymous true\nuser root\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
    time.sleep(0.6)
    return on_server(lab)


@unmet("auth-anonymous-refused", "auth-listener-settings-trap")
def later_file_forbids_guests(lab):
    etc(lab, "mosquitto/conf.d/a.conf", "listener 1883\nallow_anonymous true\n")
    etc(lab, "mosquitto/conf.d/z.conf", "allow_anonymous false\n")
    etc(lab, "mosquitto/mosquitto.conf", "include_dir /etc/mosquitto/conf.d\nuser root\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab)


@unmet("mqtt-max-connections")
def one_connection_in_an_included_file(lab):
    etc(lab, "mosquitto/conf.d/a.conf", "listener 1883\nallow_anonymous true\nmax_connections 1\n")
    etc(lab, "mosquitto/mosquitto.conf", "include_dir /etc/mosquitto/conf.d\nuser root\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    lab.phone.start("mosquitto_sub", "-h", SERVER, "-t", "x")
    time.sleep(0.5)
    return on_server(lab)


@unmet("dns-localhost-missing")
def localhost_has_no_address(lab):
    mosquitto(lab.server)
    lab.server.file("hosts", "")
    lab.server.file("resolv.conf", "")
    lab.server.file("nsswitch.conf", "hosts: files dns\n")
    return doctor(lab.server, "localhost:1883")


@unmet("dns-hosts-file-override", "tcp-refused-not-running")
def hosts_file_sends_the_name_to_itself(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("hosts", "127.0.0.1 localhost broker.test\n")
    return doctor(lab.phone, "broker.test:1883")


@unmet(OPEN, "mqtt-packet-too-large", never=("auth-acl-publish-swallowed",))
def message_size_limit_of_the_broker(lab):
    mosquitto(lab.server, "message_size_limit 2")
    return doctor(lab.phone, AT, *TRY)


@unmet("delivery-retained-misunderstood", "mqtt-retain-not-supported", "delivery-retained-none")
def broker_keeps_nothing(lab):
    mosquitto(lab.server, "retain_available false")
    return delivery(lab.phone, AT, "-t", "home/door", "--retained")


@unmet("tls-missing-intermediate", never=("tls-unknown-ca",))
def chain_with_another_intermediate(lab):
    """leaf and then the root, the middle is missing."""
    both = certificates.joined("leaf-alone", "ca")
    mosquitto(lab.server, *tls_lines(both), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("tls-to-plaintext-port")
def tls_to_a_haproxy_that_speaks_plain(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    scripted(lab.server, 8883, "relay", "1884", "0")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("proxy-wrong-mode", "ws-proxy-no-upgrade", "tls-to-plaintext-port", "mqtt-not-a-broker")
def nginx_http_in_front_of_1883(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    nginx(lab.server, "server { listen 1883; location / { proxy_pass http://127.0.0.1:1884; } }",
          1883)
    return doctor(lab.phone, AT)


@unmet("ws-wrong-path", "ws-proxy-no-upgrade")
def path_with_a_slash_too_many(lab):
    websocket_broker(lab.server)
    nginx(lab.server, "server { listen 80; location = /mqtt { proxy_pass http://127.0.0.1:9001; "
          f"{UPGRADE} }} }}", 80)
    return doctor(lab.phone, f"ws://{SERVER}/mqtt/")


@unmet("path-no-route-back", never=("tcp-timeout-security-group",))
def answers_go_by_a_rule_to_another_uplink(lab):
    mosquitto(lab.server)
    sh("ip", "-batch", "-", input=f"link add e1 netns {lab.server.name} type veth peer name r3 netns "
       f"{lab.router.name}\n")
    for name, lines in ((lab.router.name, "address add 10.77.4.1/24 dev r3\nlink set r3 up\n"),
                        (lab.server.name, "address add 10.77.4.2/24 dev e1\nlink set e1 up\n"
                                          "route add default via 10.77.4.1 dev e1 table 100\n"
                                          f"rule add from {SERVER} table 100\n")):
        sh("ip", "-n", name, "-batch", "-", input=lines)
    lab.router.nft("fw iifname r3 ip saddr != 10.77.4.0/24 drop")
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


@unmet("tcp-timeout-host-firewall", never=("tcp-timeout-security-group",))
def raw_table_drops(lab):
    mosquitto(lab.server)
    nft(lab.server, "table ip raw {\n chain PREROUTING {\n type filter hook prerouting priority -300;\n"
        " tcp dport 1883 drop\n }\n}\n")
    return on_server(lab)


@unmet("healthy")
def two_uplinks_and_rules_that_are_right(lab):
    mosquitto(lab.server)
    sh("ip", "-batch", "-", input=f"link add e1 netns {lab.server.name} type veth peer name r3 netns "
       f"{lab.router.name}\n")
    for name, lines in ((lab.router.name, "address add 10.77.4.1/24 dev r3\nlink set r3 up\n"),
                        (lab.server.name, "address add 10.77.4.2/24 dev e1\nlink set e1 up\n"
                                          "route replace default via 10.77.4.1 dev e1\n"
                                          "route add default via 10.77.2.1 dev e0 table 100\n"
                                          f"rule add from {SERVER} table 100\n")):
        sh("ip", "-n", name, "-batch", "-", input=lines)
    return together(lab, server=from_server(lab), laptop=doctor(lab.phone, AT))


@unmet("healthy")
def per_listener_with_two_doors(lab):
    users = password_file(lab)
    mosquitto(lab.server, "per_listener_settings true", "listener 1883", f"password_file {users}",
              "allow_anonymous false", "listener 1885 127.0.0.1", "allow_anonymous true", listener=None)
    return on_server(lab, AT, *ALICE)


@unmet("healthy")
def bom_less_and_blank_lines(lab):
    etc(lab, "mosquitto/mosquitto.conf", "\r\n\r\nlistener 1883 0.0.0.0 # all\r\nallow_anonymous true "
        "# for all\r\nuser root\r\nmax_connections -1\r\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab)


@unmet("healthy")
def old_log_full_of_errors(lab):
    path = log(lab)
    pathlib.Path(path).write_text("1700000000: Error: Address already in use\n"
                                  "1700000001: Error: Unable to open pwfile \"/etc/x\".\n"
                                  "1700000002: Error: Unknown configuration variable \"foo\".\n")
    etc(lab, "mosquitto/mosquitto.conf", f"{ALL}user root\nlog_dest file {path}\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab)


@unmet("auth-anonymous-refused", "host-port-in-use", never=("mqtt-not-a-broker",))
def second_mosquitto_cannot_have_the_port(lab):
    """An old one that somebody started by hand, with other users."""
    old = lab.file("old.conf", "listener 1883\nallow_anonymous false\nuser root\n")
    lab.server.start("mosquitto", "-c", old, ready=1883)
    start_as_a_service(lab, f"listener 1883\nallow_anonymous true\nlog_dest file {log(lab)}\n").wait(5)
    return on_server(lab)


for staged in CASES:
    if getattr(staged, "batch", "") == "kin":
        staged.is_long = True
