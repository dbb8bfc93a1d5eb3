"""What stands before the broker on its own machine and turns a client away, or leads it to the wrong place: lists of
addresses (nginx, haproxy, TCP wrappers), conditions on CONNECT, a file that was changed and not read again, a proxy in
front of the wrong listener, no place left; and the same rules where they let the client in."""
import os
import pathlib
import signal
import time

from . import certificates
from .cases import doctor
from .certificates import ca
from .net import SERVER
from .reported import HEALTHY, on_broker, proved, reported
from .services import etc, haproxy, mosquitto, nginx, stunnel, tls_lines
from .stage_unmet_nineteen import ALICE
from .stage_unmet_twentysix import both_ends, proxied, together, with_password

HIDDEN = "listener 1884 127.0.0.1"


def hidden(lab, *lines):
    mosquitto(lab.server, HIDDEN, *lines, listener=None, ready=1884)


# ---- lists of addresses ---------------------------------------------------------------------------


@reported("gates: nginx lets the office in alone", r"nginx", r"10\.77\.9\.0/24", r"allow 10\.77\.1\.2; &|deny all")
def nginx_lets_one_network_in(lab):
    """In a file of its own, by include; the phone's network is not the one that is let in."""
    hidden(lab)
    lists = lab.file("office.conf", "allow 10.77.9.0/24;\nallow 127.0.0.1;\nallow 10.77.2.1;\ndeny all;\n")
    nginx(lab.server, "", 1883,
          f"stream {{ include {lists}; server {{ listen 1883; proxy_pass 127.0.0.1:1884; }} }}")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("gates: the same, asked on the server alone", r"at most", r"10\.77\.9\.0/24", r"nginx")
def nginx_lets_one_network_in_asked_at_home(lab):
    hidden(lab, *with_password(lab))
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass 127.0.0.1:1884;\nallow 10.77.9.0/24;\n"
          "allow 127.0.0.1;\ndeny all;\n} }")
    proved(lab.phone, *ALICE, not_=True)
    return on_broker(lab, "127.0.0.1", *ALICE)


@reported("gates: haproxy rejects a network", r"haproxy", r"10\.77\.1\.0/24", r"reject|turns")
def haproxy_rejects_the_phones_network(lab):
    hidden(lab)
    proxied(lab, "listen mqtt\n  bind :1883\n  acl bad src 10.77.1.0/24\n  tcp-request connection reject if bad\n"
            "  server s 127.0.0.1:1884")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("gates: haproxy lets in by a file", r"haproxy", r"tcp-request connection reject unless", r"10\.77\.1\.2")
def haproxy_lets_in_by_a_list_in_a_file(lab):
    hidden(lab)
    good = lab.file("good.lst", "# of the house\n10.77.2.0/24\n127.0.0.1\n")
    proxied(lab, f"listen mqtt\n  bind :1883\n  tcp-request connection reject unless {{ src -f {good} }}\n"
            "  server s 127.0.0.1:1884")
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("gates: a geo of nginx, over WebSocket", r"geo \$strange|\$strange", r"nginx", r"10\.77\.1\.2")
def nginx_turns_away_by_a_geo(lab):
    hidden(lab, "listener 9001 127.0.0.1", "protocol websockets")
    nginx(lab.server, "geo $strange { default 1; 10.77.0.0/16 0; 10.77.1.0/24 1; 127.0.0.0/8 0; }\n"
          "server { listen 8080; if ($strange) { return 403; }\nlocation /mqtt { proxy_pass http://127.0.0.1:9001;\n"
          "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }", 8080)
    return together(lab, on_broker(lab, "ws://localhost:8080/mqtt"), doctor(lab.phone, f"ws://{SERVER}:8080/mqtt"))


@reported("gates: hosts.deny with an exception, mosquitto itself", r"hosts\.deny", r"libwrap|TCP wrappers",
          r"10\.77\.1\.2", r"hosts\.allow")
def hosts_deny_shuts_all_but_some_out(lab):
    lab.server.file("hosts.allow", "")
    lab.server.file("hosts.deny", "ALL: ALL EXCEPT 127. [::1] 10.77.2.0/24\n")
    mosquitto(lab.server)
    proved(lab.phone, not_=True)
    proved(lab.router)
    return both_ends(lab)


@reported("gates: lists that let the phone in", HEALTHY)
def nginx_denies_others(lab):
    hidden(lab, *with_password(lab))
    nginx(lab.server, "", 1883, "stream { server { listen 1883; allow 10.77.1.2; deny 10.77.1.0/24; deny 203.0.113.9; "
          "allow all; proxy_pass 127.0.0.1:1884; } }")
    proved(lab.phone, *ALICE)
    return both_ends(lab, f"mqtt://{SERVER}:1883", *ALICE)


@reported("gates: hosts.deny, and stunnel does not ask it", HEALTHY)
def stunnel_asks_no_wrappers(lab):
    hidden(lab, *with_password(lab))
    lab.server.file("hosts.deny", "mqtts: 10.77.1.0/255.255.255.0\n")
    good = certificates.get("good")
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1884\ncert = {good.chain}\nkey = {good.key}", 8883)
    words = ("--cafile", ca(), *ALICE)
    proved(lab.phone, "-p", "8883", *words)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", *words)


# ---- what is in CONNECT ---------------------------------------------------------------------------


@reported("gates: haproxy looks at the user name", r"haproxy", r"user name", r"shop|begin", unsaid=r"password is wrong")
def haproxy_lets_in_by_the_user_name(lab):
    hidden(lab)
    proxied(lab, "frontend mqtt\n  bind :1883\n  tcp-request inspect-delay 5s\n"
            "  acl ours req.payload(0,0),mqtt_field_value(connect,username) -m beg shop-\n"
            "  tcp-request content reject if !ours\n  default_backend b\nbackend b\n  server s 127.0.0.1:1884")
    proved(lab.phone, "-u", "shop-7", "-P", "x")
    proved(lab.phone, *ALICE, not_=True)
    return on_broker(lab, "localhost", *ALICE)


@reported("gates: haproxy bans one identifier", r"haproxy", r"identifier", r"lamp-9")
def haproxy_bans_one_identifier(lab):
    hidden(lab)
    proxied(lab, "listen mqtt\n  bind :1883\n  tcp-request inspect-delay 5s\n  tcp-request content reject if "
            "{ req.payload(0,0),mqtt_field_value(connect,client_identifier) lamp-9 lamp-10 }\n"
            "  server s 127.0.0.1:1884")
    proved(lab.phone, "-i", "lamp-8")
    proved(lab.phone, "-i", "lamp-9", not_=True)
    return on_broker(lab, "localhost", "-i", "lamp-9")


@reported("gates: plain MQTT alone, and TLS comes", r"haproxy", r"TLS", r"plain MQTT|mqtt_is_valid")
def haproxy_wants_plain_mqtt(lab):
    hidden(lab, *tls_lines("good", 8884))
    proxied(lab, "listen mqtt\n  bind :8883\n  tcp-request inspect-delay 5s\n  tcp-request content reject unless "
            "{ req.payload(0,0),mqtt_is_valid }\n  server s 127.0.0.1:8884", ready=8883)
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("gates: the identifier is one that is let in", HEALTHY)
def haproxy_lets_this_identifier_in(lab):
    hidden(lab, *with_password(lab))
    proxied(lab, "listen mqtt\n  bind :1883\n  tcp-request inspect-delay 5s\n  tcp-request content reject unless "
            "{ req.payload(0,0),mqtt_field_value(connect,client_identifier) -m beg shop- }\n"
            "  server s 127.0.0.1:1884")
    proved(lab.phone, "-i", "shop-7", *ALICE)
    return on_broker(lab, f"mqtt://{SERVER}:1883", "-i", "shop-7", *ALICE)


# ---- changed, and not read ------------------------------------------------------------------------


def path_of(lab, name):
    return pathlib.Path("/etc/netns", lab.server.name, name)


@reported("gates: nginx's file was corrected", r"nginx", r"read it again|restart|reload", r"chang")
def nginxs_file_was_corrected_and_not_read(lab):
    hidden(lab)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass 127.0.0.1:1885; } }")
    time.sleep(1.2)
    path = pathlib.Path(lab.file("nginx.conf"))
    path.write_text(path.read_text().replace("1885", "1884"))
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported("gates: a port was added to haproxy's file", r"haproxy", r"read it again|restart|reload", r"chang")
def a_bind_was_added_and_not_read(lab):
    hidden(lab)
    proxied(lab, "listen mqtt\n  bind :1888\n  server s 127.0.0.1:1884", ready=1888)
    time.sleep(1.2)
    path = path_of(lab, "haproxy/haproxy.cfg")
    path.write_text(path.read_text().replace("bind :1888", "bind :1888\n  bind :1883"))
    return on_broker(lab, "localhost:1883")


@reported("gates: nginx was told to read its file, which is wrong all the same", r"1885", r"nginx",
          unsaid=r"not in force|read it again")
def nginx_has_read_its_wrong_file(lab):
    hidden(lab)
    process = nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass 127.0.0.1:1886; } }")
    time.sleep(1.2)
    path = pathlib.Path(lab.file("nginx.conf"))
    path.write_text(path.read_text().replace("1886", "1885"))
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGHUP)
    time.sleep(0.8)
    proved(lab.phone, not_=True)
    return on_broker(lab)


@reported("gates: changed, and all is well", HEALTHY)
def haproxys_file_got_a_comment(lab):
    hidden(lab, *with_password(lab))
    proxied(lab, "listen mqtt\n  bind :1883\n  server s 127.0.0.1:1884")
    time.sleep(1.2)
    path = path_of(lab, "haproxy/haproxy.cfg")
    path.write_text(path.read_text() + "# looked at\n")
    proved(lab.phone, *ALICE)
    return on_broker(lab, f"mqtt://{SERVER}:1883", *ALICE)


# ---- the wrong listener ---------------------------------------------------------------------------


@reported("gates: nginx's stream leads to WebSocket", r"web.?socket", r"nginx", r"9001", r"1884")
def nginx_leads_1883_to_the_web_sockets(lab):
    hidden(lab, "listener 9001 127.0.0.1", "protocol websockets")
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_pass 127.0.0.1:9001; } }")
    proved(lab.phone, not_=True)
    return on_broker(lab, "localhost:1883")


@reported("gates: haproxy in mode tcp passes WebSocket on as it is", HEALTHY)
def haproxy_passes_web_sockets_on(lab):
    hidden(lab, "listener 9001", "protocol websockets", *with_password(lab))
    proxied(lab, "listen ws\n  bind :8083\n  server s 127.0.0.1:9001", ready=8083)
    return on_broker(lab, f"ws://{SERVER}:8083/mqtt", *ALICE)


@reported("gates: haproxy hands plain MQTT to a TLS listener", r"haproxy", r"\bTLS\b", r"8884")
def haproxy_speaks_plain_to_a_tls_listener(lab):
    mosquitto(lab.server, *tls_lines("good", 8884), listener=None, ready=8884)
    proxied(lab, "listen mqtt\n  bind :1883\n  server s 127.0.0.1:8884")
    proved(lab.phone, not_=True)
    return on_broker(lab)


# ---- more that nobody had staged ------------------------------------------------------------------


@reported("gates: haproxy is full", r"maxconn", r"haproxy", slowest=25)
def haproxy_has_no_place_left(lab):
    hidden(lab)
    proxied(lab, "listen mqtt\n  bind :1883\n  maxconn 2\n  server s 127.0.0.1:1884")
    for number in range(2):
        lab.router.serve(f"sub{number}", "mosquitto_sub", "-h", SERVER, "-t", "x", "-i", f"s{number}")
    time.sleep(1)
    proved(lab.phone, not_=True)
    return on_broker(lab, "localhost:1883")


@reported("gates: a map of names without a default", r"map|name", r"broker\.test", r"nginx", r"default")
def nginx_has_no_target_for_the_name(lab):
    mosquitto(lab.server, *tls_lines("good", 8884), listener=None, ready=8884)
    nginx(lab.server, "", 8883, "stream { map $ssl_preread_server_name $b { broker.test 127.0.0.1:8884; }\n"
          "server { listen 8883; ssl_preread on; proxy_pass $b; } }")
    proved(lab.phone, "-p", "8883", "--cafile", ca(), not_=True)
    return on_broker(lab, "mqtts://localhost:8883", "--cafile", ca())


@reported("gates: proxy_bind names an address that is gone", r"proxy_bind|Cannot assign|10\.77\.9\.9", r"nginx")
def nginx_binds_an_address_that_is_gone(lab):
    hidden(lab)
    nginx(lab.server, "", 1883, "stream { server { listen 1883; proxy_bind 10.77.9.9; proxy_pass 127.0.0.1:1884; } }")
    proved(lab.phone, not_=True)
    return on_broker(lab)


# ---- the kinds of connections of a user -----------------------------------------------------------


def nats(lab, users):
    etc(lab, "nats-server.conf", f"""server_name: shop
listen: 127.0.0.1:4222
jetstream {{ store_dir: "{lab.file('js')}" }}
mqtt {{ host: 0.0.0.0, port: 1883 }}
{users}
""")
    return lab.server.serve("nats-server", "nats-server", "-c", "/etc/nats-server.conf", ready=1883)


@reported("gates: NATS, users without accounts, the list in lines", r"allowed_connection_types", r"LEAFNODE", r"alice")
def nats_has_a_user_for_leaf_nodes(lab):
    nats(lab, 'authorization {\n users = [\n  {\n   user: "alice"\n   password: "alice-pw"\n   allowed_connection_types '
         '= [\n    "LEAFNODE"\n   ]\n  }\n  { user: bob, password: bob-pw }\n ]\n}')
    proved(lab.phone, "-u", "bob", "-P", "bob-pw")
    proved(lab.phone, *ALICE, not_=True)
    return on_broker(lab, "localhost", *ALICE)


@reported("gates: NATS, MQTT over WebSocket alone", r"MQTT_WS", r"allowed_connection_types", r"alice")
def nats_has_a_user_for_web_sockets(lab):
    nats(lab, "authorization { users: [ { user: alice, password: alice-pw, allowed_connection_types: [MQTT_WS] } ] }")
    proved(lab.phone, *ALICE, not_=True)
    return on_broker(lab, "localhost", *ALICE)


@reported("gates: NATS, the password is wrong, and the kind as well", r"password", unsaid=r"password is (right|the one)")
def nats_user_with_a_wrong_password(lab):
    nats(lab, "authorization { users: [ { user: alice, password: other, allowed_connection_types: [MQTT] } ] }")
    proved(lab.phone, *ALICE, not_=True)
    return on_broker(lab, "localhost", *ALICE)


@reported("gates: NATS, and MQTT is among the kinds", HEALTHY)
def nats_user_may_come_by_mqtt(lab):
    nats(lab, 'authorization { users: [ { user: alice, password: alice-pw, allowed_connection_types: ["STANDARD", '
         '"MQTT"] } ] }')
    proved(lab.phone, *ALICE)
    return on_broker(lab, f"mqtt://{SERVER}:1883", *ALICE)
