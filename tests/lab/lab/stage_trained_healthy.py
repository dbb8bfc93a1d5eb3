"""Odd and in order: nothing is wrong, or nothing that could be known, so nobody may be accused."""
import os
import pathlib
import time

from . import certificates
from .cases import CASES, doctor
from .certificates import ca
from .net import PHONE, SERVER, SERVER6, sh
from .reported import HEALTHY, on_broker, reported
from .services import dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, tls_lines, websocket_broker
from .stage_delivery import AT, bridged, delivery
from .stage_host import as_nobody
from .stage_unmet_twelve import container

ALICE = ("-u", "alice", "-P", "alice-pw")
SOURCE = "odd and in order"
QUICK = ("only_the_home_network_may_come_in", "local_name_by_dns", "over_a_bridge_at_qos_1",
         "many_included_files_and_comments")


def fine(function):
    """Staged from what people run, and in order."""
    return reported(SOURCE, HEALTHY, slowest=60, is_long=function.__name__ not in QUICK)(function)


def configured(lab, text, log="", ready=1883, more=None):
    """mosquitto with its own file in /etc, and with a log that has a past."""
    path = etc(lab, "mosquitto/mosquitto.conf", text)
    for name, words in (more or {}).items():
        etc(lab, f"mosquitto/{name}", words)
    if log:
        file = pathlib.Path(lab.file("mosquitto.log", log))
        os.chmod(file, 0o666)
        path.write_text(path.read_text() + f"log_dest file {file}\n")
    return lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=ready)


# ---- on the broker's machine: settings ------------------------------------------------------------


@fine
def many_included_files_and_comments(lab):
    configured(lab, "# the house's broker\r\n\r\nuser root\r\nper_listener_settings false\r\n"
               "pid_file /run/mosquitto-lab.pid\r\n\r\ninclude_dir /etc/mosquitto/conf.d\r\n",
               more={"conf.d/00-listener.conf": "listener 1883\n", "conf.d/10-auth.conf": "allow_anonymous true\n",
                     "conf.d/20-old.conf.disabled": "listener 1883\nnonsense\n", "conf.d/README": "Put files here\n",
                     "conf.d/30-limits.conf": "#max_connections 1\nmax_queued_messages 1000\nmax_inflight_messages 20\n"})
    return on_broker(lab)


@fine
def each_listener_with_rules_of_its_own(lab):
    passwords = password_file(lab)
    configured(lab, f"user root\nper_listener_settings true\nlistener 1883 127.0.0.1\nallow_anonymous true\n"
               f"listener 8883\ncertfile {certificates.get('good').chain}\nkeyfile {certificates.get('good').key}\n"
               f"password_file {passwords}\nallow_anonymous false\n"
               f"listener 9001\nprotocol websockets\npassword_file {passwords}\nallow_anonymous false\n", ready=8883)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca(), *ALICE)


@fine
def a_socket_file_beside_the_port(lab):
    configured(lab, f"user root\nlistener 0 {lab.file('mosquitto.sock')}\nlistener 1883\nallow_anonymous true\n")
    return on_broker(lab)


@fine
def bound_to_one_interface(lab):
    configured(lab, "user root\nlistener 1883\nbind_interface e0\nsocket_domain ipv4\nallow_anonymous true\n")
    return on_broker(lab, AT)


@fine
def on_an_unusual_port(lab):
    configured(lab, "user root\nlistener 5883\nallow_anonymous true\n", ready=5883)
    return on_broker(lab, "localhost:5883")


@fine
def two_brokers_on_one_machine(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    mosquitto(lab.server, "persistence false", listener=1884, ready=1884, name="second.conf")
    return on_broker(lab, "localhost:1884")


@fine
def with_an_access_list_and_a_password(lab):
    passwords = password_file(lab)
    configured(lab, f"user root\nlistener 1883\nallow_anonymous false\npassword_file {passwords}\nacl_file /etc/mosquitto/acl\n",
               more={"acl": "# everybody\ntopic read $SYS/#\n\nuser alice\ntopic readwrite home/#\ntopic deny home/safe\n\n"
                            "pattern readwrite devices/%c/#\n"})
    return on_broker(lab, "localhost", *ALICE, "-t", "home/door", "--publish")


@fine
def the_broker_keeps_a_bridge(lab):
    mosquitto(lab.router)
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\nconnection up\naddress 10.77.2.1:1883\ntopic # both 0\n",
               log="1700000000: mosquitto version 2.0.11 starting\n")
    time.sleep(1)
    return on_broker(lab)


@fine
def persistence_with_a_backlog(lab):
    folder = lab.file("data")
    os.makedirs(folder)
    configured(lab, f"user root\nlistener 1883\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n"
               "autosave_interval 30\nmax_queued_messages 0\n")
    lab.phone.run("mosquitto_sub", "-h", SERVER, "-i", "sleeper", "-c", "-q", "1", "-t", "meters/#", "-E")
    for number in range(30):
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-q", "1", "-t", "meters/1", "-m", number)
    return on_broker(lab)


@fine
def a_start_by_hand_beside_the_service(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n", log="x\n")
    with open(lab.file("mosquitto.log"), "a") as file:
        file.write(f"{int(time.time())}: Error: Address already in use\n")
    return on_broker(lab)


# ---- on the broker's machine: logs with a past ------------------------------------------------------


def past(*lines):
    """Lines of yesterday, a second apart."""
    begin = int(time.time()) - 86400
    return "".join(f"{begin + i}: {line}\n" for i, line in enumerate(lines))


@fine
def the_address_was_in_use_yesterday(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n",
               log=past("mosquitto version 2.0.11 starting", "Config loaded from /etc/mosquitto/mosquitto.conf.",
                        "Opening ipv4 listen socket on port 1883.", "Error: Address already in use"))
    return on_broker(lab)


@fine
def somebody_was_refused_yesterday(lab):
    passwords = password_file(lab)
    configured(lab, f"user root\nlistener 1883\nallow_anonymous false\npassword_file {passwords}\n",
               log=past("mosquitto version 2.0.11 starting", "Opening ipv4 listen socket on port 1883.",
                        "New connection from 10.77.1.2:40000 on port 1883.", "Client auto-1 disconnected, not authorised.",
                        "New connection from 10.77.1.2:40002 on port 1883.",
                        "Client phone disconnected due to protocol error.",
                        "New connection from 10.77.1.9:40004 on port 1883.",
                        "Client <unknown> closed its connection.",
                        "Client pump has exceeded timeout, disconnecting."))
    return on_broker(lab, "localhost", *ALICE)


@fine
def the_certificate_could_not_be_read_before_it_was_mended(lab):
    good = certificates.get("good")
    configured(lab, f"user root\nlistener 8883\ncertfile {good.chain}\nkeyfile {good.key}\nallow_anonymous true\n",
               log=past("mosquitto version 2.0.11 starting", "Opening ipv4 listen socket on port 8883.",
                        "Error: Unable to load server certificate \"/etc/mosquitto/certs/old.crt\". Check certfile.",
                        "OpenSSL Error[0]: error:02001002:system library:fopen:No such file or directory"), ready=8883)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@fine
def strangers_of_the_internet_in_the_log(lab):
    good = certificates.get("good")
    configured(lab, f"user root\nlistener 8883\ncertfile {good.chain}\nkeyfile {good.key}\nallow_anonymous true\n", ready=8883,
               log=past("mosquitto version 2.0.11 starting") )
    for line in ("OpenSSL Error[0]: error:0A00009C:SSL routines::http request",
                 "Client <unknown> disconnected: Protocol error.",
                 "New connection from 185.142.236.40:5544 on port 8883.",
                 "OpenSSL Error[0]: error:0A0000C1:SSL routines::no shared cipher"):
        with open(lab.file("mosquitto.log"), "a") as file:
            file.write(f"{int(time.time())}: {line}\n")
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


# ---- firewalls, ways ------------------------------------------------------------------------------


TIGHT = """table inet filter {
  set f2b-mosquitto { type ipv4_addr; flags timeout; }
  chain input { type filter hook input priority 0; policy drop;
    ct state established,related accept
    ct state invalid drop
    iif lo accept
    ip saddr @f2b-mosquitto reject
    icmp type echo-request limit rate 4/second accept
    tcp dport { 22, 1883 } ct state new accept
    limit rate 3/minute log prefix "dropped "
  }
  chain forward { type filter hook forward priority 0; policy drop; }
  chain output { type filter hook output priority 0; policy accept; }
}
"""


@fine
def a_firewall_that_allows_what_is_used(lab):
    configured(lab, "user root\nlistener 1883\nlistener 9001 127.0.0.1\nprotocol websockets\nsocket_domain ipv4\n"
               "allow_anonymous true\n")
    lab.server.run("nft", "-f", "-", input=TIGHT)
    return on_broker(lab, AT)


@fine
def a_firewall_that_allows_what_is_used_from_the_phone(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    lab.server.run("nft", "-f", "-", input=TIGHT)
    return doctor(lab.phone, AT)


@fine
def only_the_home_network_may_come_in(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    lab.server.run("nft", "-f", "-", input=TIGHT.replace("tcp dport {", "ip saddr 10.77.0.0/16 tcp dport {"))
    return on_broker(lab, AT)


@fine
def somebody_else_is_banned(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    lab.server.run("nft", "-f", "-", input=TIGHT)
    lab.server.run("nft", "add", "element", "inet", "filter", "f2b-mosquitto", "{ 203.0.113.77 timeout 1h }")
    return on_broker(lab, AT)


@fine
def rules_that_slow_a_flood(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    lab.server.run("iptables", "-A", "INPUT", "-p", "tcp", "--syn", "--dport", "1883", "-m", "connlimit",
                   "--connlimit-above", "50", "-j", "REJECT")
    lab.server.run("iptables", "-A", "INPUT", "-p", "tcp", "--syn", "-m", "hashlimit", "--hashlimit-above", "200/sec",
                   "--hashlimit-name", "syn", "-j", "DROP")
    return on_broker(lab, AT)


@fine
def only_ipv6_on_the_broker(lab):
    sh("ip", "-n", lab.server.name, "address", "del", f"{SERVER}/24", "dev", "e0")
    configured(lab, "user root\nlistener 1883 ::\nallow_anonymous true\n")
    return on_broker(lab, f"[{SERVER6}]:1883")


@fine
def only_ipv6_by_name(lab):
    dnsmasq(lab.router, f"host-record=six.test,{SERVER6}")
    sh("ip", "-n", lab.server.name, "address", "del", f"{SERVER}/24", "dev", "e0")
    mosquitto(lab.server)
    return doctor(lab.phone, "six.test:1883")


def tunnel(lab):
    """A VPN of the phone's and the server's own, with the small packets of one."""
    sh("ip", "link", "add", "wg0", "netns", lab.phone.name, "type", "veth", "peer", "name", "wg0", "netns", lab.server.name)
    for host, address in ((lab.phone, "10.99.0.2"), (lab.server, "10.99.0.1")):
        sh("ip", "-n", host.name, "address", "add", f"{address}/24", "dev", "wg0")
        sh("ip", "-n", host.name, "link", "set", "wg0", "up", "mtu", "1280")
    configured(lab, "user root\nlistener 1883 10.99.0.1\nallow_anonymous true\n")


@fine
def inside_a_tunnel(lab):
    tunnel(lab)
    return doctor(lab.phone, "10.99.0.1:1883")


@fine
def inside_a_tunnel_on_the_broker(lab):
    tunnel(lab)
    return on_broker(lab, "10.99.0.1:1883")


@fine
def a_forwarded_port_with_another_number(lab):
    mosquitto(lab.server)
    lab.router.nat("tcp dport 18831 dnat to 10.77.2.2:1883")
    return doctor(lab.phone, "10.77.1.1:18831")


@fine
def behind_a_proxy_that_names_the_client(lab):
    mosquitto(lab.server, listener="1884 127.0.0.1", ready=1884)
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  server a 127.0.0.1:1884 check inter 2s", 1883)
    return doctor(lab.phone, AT)


@fine
def behind_a_proxy_on_the_broker(lab):
    configured(lab, "user root\nlistener 1884 127.0.0.1\nallow_anonymous true\n", ready=1884)
    haproxy(lab.server, "listen mqtt\n  bind :1883\n  server a 127.0.0.1:1884 check inter 2s", 1883)
    return on_broker(lab, AT)


@fine
def a_web_server_that_ends_tls(lab):
    good = certificates.get("good")
    websocket_broker(lab.server)
    nginx(lab.server, f"server {{ listen 443 ssl; ssl_certificate {good.chain}; ssl_certificate_key {good.key};\n"
          "location /mqtt { proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
          " proxy_set_header Connection upgrade; proxy_read_timeout 1h; } }", 443)
    return doctor(lab.phone, f"wss://{SERVER}/mqtt", "--cafile", ca())


# ---- brokers that limit ----------------------------------------------------------------------------


def limited(name, words, *ask):
    @reported(SOURCE, HEALTHY, slowest=60)
    def stage(lab):
        scripted(lab.server, 1883, "broker", *words)
        return doctor(lab.phone, AT, *ask)
    CASES[-1].name = f"limited_{name}"


limited("no_shared_subscriptions", ("limit=2a00",))
limited("another_keep_alive", ("limit=130014",))
limited("a_slow_answer", ("delay=0.4",))
limited("an_assigned_identifier", ("limit=12000561622d3132",))
limited("an_identifier_prefix", ("id=mqtt",), "-i", "mqtt-phone-7")
limited("no_wills", ("will=5",))


@fine
def alone_in_its_group(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "$share/workers/home/#", "--sent-to", "home/door", "--publish")


@fine
def shared_subscriptions_are_off_and_nobody_shares(lab):
    scripted(lab.server, 1883, "exchange", "limit=2a00")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish")


# ---- what is typed -----------------------------------------------------------------------------------


def typed(name, *words, tls=False):
    @reported(SOURCE, HEALTHY, slowest=60)
    def stage(lab):
        dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
        mosquitto(lab.server, *(tls_lines("good") if tls else ()))
        return doctor(lab.phone, *[ca() if word == "CA" else word for word in words])
    CASES[-1].name = f"typed_{name}"


typed("a_dot_at_the_end", "broker.test.:1883")
typed("in_upper_case", "BROKER.TEST:1883")
typed("with_a_slash_at_the_end", "mqtt://broker.test:1883/")
typed("scheme_in_upper_case", "MQTT://broker.test:1883")
typed("tcp_as_scheme", "tcp://broker.test:1883")
typed("ssl_as_scheme", "ssl://broker.test:8883", "--cafile", "CA", tls=True)
typed("upper_case_over_tls", "mqtts://Broker.Test:8883", "--cafile", "CA", tls=True)
typed("a_dot_at_the_end_over_tls", "mqtts://broker.test.:8883", "--cafile", "CA", tls=True)
typed("user_and_password_in_the_url", "mqtt://alice:alice-pw@broker.test:1883")
typed("a_topic_with_a_blank", "broker.test:1883", "-t", "home/living room/door", "--publish")
typed("a_topic_in_chinese", "broker.test:1883", "-t", "家/门", "--publish")
typed("a_topic_with_a_slash_in_front", "broker.test:1883", "-t", "/home/door", "--publish")
typed("mosquittos_version_words", "broker.test:1883", "-V", "mqttv311")
typed("mosquittos_version_words_5", "broker.test:1883", "-V", "mqttv5")
typed("by_mosquittos_options", "-h", "broker.test", "-p", "1883", "-u", "alice", "-P", "x", "-k", "30")


@fine
def without_root(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    return as_nobody(lab, "localhost", "--on-broker")


# ---- other odd ones ------------------------------------------------------------------------------------


@fine
def local_name_by_dns(lab):
    dnsmasq(lab.router, f"address=/broker.local/{SERVER}", "local=/local/")
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.local:1883")


@fine
def session_never_kept(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-i", "app-1", "-t", "home/door", "--publish")


@fine
def token_without_a_user(lab):
    scripted(lab.server, 1883, "broker")
    return doctor(lab.phone, AT, "-P", "token", "-V", "5")


@fine
def broker_in_a_container_of_its_own(lab):
    mosquitto(container(lab))
    return on_broker(lab, AT)


@fine
def many_services(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    scripted(lab.server, 22, "banner", "SSH-2.0-x\\r\\n")
    scripted(lab.server, 3306, "silent")
    for port in (80, 1880, 8080, 8123):
        scripted(lab.server, port, "http", "200 OK")
    return on_broker(lab, AT)


@fine
def without_a_port_tls_only(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("good"), listener="1883 127.0.0.1", ready=8883)
    return doctor(lab.phone, "broker.test", "--cafile", ca())


@fine
def websocket_on_root_path(lab):
    websocket_broker(lab.server)
    return doctor(lab.phone, f"ws://{SERVER}:9001/")


@fine
def pre_shared_key_and_the_right_one(lab):
    keys = lab.file("psk", "phone:0123456789abcdef\n")
    mosquitto(lab.server, "listener 8883", "psk_hint h", f"psk_file {keys}", ready=8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--psk", "0123456789abcdef", "--psk-identity", "phone")


@fine
def client_certificate(lab):
    me = certificates.get("client")
    good = certificates.get("good")
    configured(lab, f"user root\nlistener 8883\ncertfile {good.chain}\nkeyfile {good.key}\ncafile {ca()}\n"
               "require_certificate true\nuse_identity_as_username true\n", ready=8883)
    return on_broker(lab, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--cert", me.chain, "--key", me.key)


# ---- delivery ------------------------------------------------------------------------------------------


@fine
def a_wildcard_and_what_fits(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "+/+/state", "--sent-to", "home/door/state", "--publish")


@fine
def hash_fits_its_parent(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/#", "--sent-to", "home", "--publish")


@fine
def system_topics(lab):
    mosquitto(lab.server, "sys_interval 1")
    return delivery(lab.phone, AT, "-t", "$SYS/broker/uptime")


@fine
def a_busy_topic(lab):
    mosquitto(lab.server)
    lab.router.start("sh", "-c", f"while sleep 0.02; do mosquitto_pub -h {SERVER} -t home/door -m 1; done")
    return delivery(lab.phone, AT, "-t", "home/#", "--sent-to", "home/door", "--publish")


@fine
def many_retained_messages(lab):
    mosquitto(lab.server)
    lab.router.run("sh", "-c", f"for i in $(seq 60); do mosquitto_pub -h {SERVER} -r -t home/$i -m 1; done")
    return delivery(lab.phone, AT, "-t", "home/#", "--sent-to", "home/door", "--publish")


@fine
def two_users_with_a_right_each(lab):
    passwords = lab.file("passwd", "reader:r\nwriter:w\n")
    sh("mosquitto_passwd", "-U", passwords)
    os.chmod(passwords, 0o644)
    rules = lab.file("acl", "user reader\ntopic read home/#\nuser writer\ntopic write home/#\n")
    mosquitto(lab.server, f"password_file {passwords}", f"acl_file {rules}")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--as-publisher", f"writer:{lab.file('w', 'w')}",
                    "--as-subscriber", f"reader:{lab.file('r', 'r')}")


@fine
def kept_while_it_was_away(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--offline", "-c", "-q", "1")


@fine
def kept_in_5(lab):
    mosquitto(lab.server)
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--offline", "-c", "-V", "5", "-x", "3600", "-q", "2")


@fine
def retained_as_expected(lab):
    mosquitto(lab.server)
    lab.router.run("mosquitto_pub", "-h", SERVER, "-r", "-t", "home/door", "-m", "open")
    return delivery(lab.phone, AT, "-t", "home/+", "--retained")


@fine
def large_and_below_the_limit(lab):
    mosquitto(lab.server, "message_size_limit 400000")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", "--size", "300k")


@fine
def over_a_bridge_at_qos_1(lab):
    via = bridged(lab, "topic home/# both 1")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish", *via)


@fine
def watched_over_tls(lab):
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return delivery(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--watch", "6s", "-k", "2")


@fine
def watched_with_the_brokers_keep_alive(lab):
    mosquitto(lab.server, "max_keepalive 10")
    return delivery(lab.phone, AT, "--watch", "6s", "-V", "5", "-k", "60")


@fine
def may_only_read_and_only_asks_that(lab):
    rules = lab.file("acl", "user alice\ntopic read home/#\n")
    mosquitto(lab.server, f"password_file {password_file(lab)}", f"acl_file {rules}")
    return delivery(lab.phone, AT, *ALICE, "-t", "home/door")


@fine
def asked_on_the_broker(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n", log=past("mosquitto version 2.0.11 starting"))
    return doctor(lab.server, "delivery", "localhost", "--on-broker", "-t", "home/door", "--publish")
