"""Never met, the first batch: connections that work and look odd, and hang-ups that tell nothing."""
from . import certificates
from .cases import doctor
from .certificates import ca
from .net import ROUTER_PHONE, SERVER, sh
from .services import (dnsmasq, haproxy, mosquitto, nginx, password_file, scripted, tls_lines,
                       websocket_broker)
from .stage_way import needs
from .unmet import OPEN, unmet

AT = f"{SERVER}:1883"
# What may be behind a hang-up, where nothing tells more from outside.
HANG_UP = ("mqtt-closed-after-connect",)


# ---- works, and looks odd -----------------------------------------------------------------------


@unmet("healthy")
def tls_on_the_port_of_plain_mqtt(lab):
    mosquitto(lab.server, *tls_lines("good", 1883), listener=None)
    return doctor(lab.phone, f"mqtts://{SERVER}:1883", "--cafile", ca())


@unmet("healthy")
def plain_mqtt_on_the_port_of_tls(lab):
    mosquitto(lab.server, listener=8883, ready=8883)
    return doctor(lab.phone, f"mqtt://{SERVER}:8883")


@unmet("healthy")
def plain_mqtt_on_a_port_of_its_own(lab):
    mosquitto(lab.server, listener=51883, ready=51883)
    return doctor(lab.phone, f"{SERVER}:51883", "-k", "0", "-i", "Gerät 7/ü", "-V", "3.1.1")


@unmet("healthy")
def limits_that_disturb_nobody(lab):
    mosquitto(lab.server, "max_keepalive 30", "max_topic_alias 3", "max_queued_messages 200")
    return doctor(lab.phone, AT, "-V", "5", "-k", "20")


@unmet("healthy")
def name_with_a_dot_at_its_end(lab):
    """A full name to a resolver, and not what certificates list."""
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("dns-only"), ready=8883)
    return doctor(lab.phone, "mqtts://broker.test.:8883", "--cafile", ca())


@unmet("healthy")
def name_in_capitals(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("dns-only"), ready=8883)
    return doctor(lab.phone, "mqtts://Broker.Test:8883", "--cafile", ca())


@unmet("healthy")
def short_name_and_a_search_list(lab):
    dnsmasq(lab.router, f"host-record=broker.home.test,{SERVER}")
    mosquitto(lab.server)
    lab.phone.file("resolv.conf", f"nameserver {ROUTER_PHONE}\nsearch home.test\n")
    return doctor(lab.phone, "broker:1883")


@unmet("healthy")
def alias_of_an_alias(lab):
    dnsmasq(lab.router, f"host-record=box.test,{SERVER}", "cname=home.test,box.test",
            "cname=mqtt.test,home.test")
    mosquitto(lab.server)
    return doctor(lab.phone, "mqtt.test:1883")


@unmet("healthy")
def hosts_file_says_what_the_name_server_says(lab):
    dnsmasq(lab.router, f"host-record=broker.test,{SERVER}")
    lab.phone.file("hosts", f"127.0.0.1 localhost\n{SERVER} broker.test\n")
    mosquitto(lab.server)
    return doctor(lab.phone, "broker.test:1883")


@unmet("healthy")
def password_of_odd_characters(lab):
    """First staged with mosquitto_passwd -U, which takes a password up to its first colon."""
    path = password_file(lab)
    sh("mosquitto_passwd", "-b", path, "café müller", "p@ss:wörd #1 %")
    mosquitto(lab.server, "allow_anonymous false", f"password_file {path}")
    return doctor(lab.phone, AT, "-u", "café müller", "-P", "p@ss:wörd #1 %")


@unmet("healthy")
def client_certificate_is_optional(lab):
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate false",
              ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@unmet("healthy")
def name_told_for_an_address(lab):
    mosquitto(lab.server, *tls_lines("dns-only"), ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--tls-server-name",
                  "broker.test")


@unmet("healthy")
def tls_ends_at_nginx(lab):
    needs("nginx")
    certificate = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; proxy_pass 127.0.0.1:1883; }} }}")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@unmet("healthy")
def proxy_header_between_two_proxies(lab):
    needs("haproxy", "nginx")
    mosquitto(lab.server, "listener 1885 127.0.0.1", listener=None, ready=1885)
    nginx(lab.server, "", 1884, "stream { server { listen 127.0.0.1:1884 proxy_protocol; "
          "proxy_pass 127.0.0.1:1885; } }")
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884 send-proxy", 1883)
    return doctor(lab.phone, AT)


@unmet("healthy")
def websocket_with_a_question_in_its_path(lab):
    websocket_broker(lab.server)
    nginx(lab.server, """server { listen 80; location /hub/ { if ($arg_key != "7") { return 403; }
          proxy_pass http://127.0.0.1:9001/; proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }""", 80)
    return doctor(lab.phone, f"ws://{SERVER}/hub/mqtt?key=7")


@unmet("healthy")
def connack_full_of_properties(lab):
    """Reason string, user property, response information, server reference, an assigned name."""
    scripted(lab.server, 1883, "broker",
             "limit=1f00026f6b26000161000162" "1a00026a6a" "130064")
    return doctor(lab.phone, AT, "-V", "5")


# ---- hang-ups and answers that tell nothing -----------------------------------------------------


@unmet(OPEN, *HANG_UP, "mqtt-malformed-answer")
def hangs_up_in_the_middle_of_connack(lab):
    scripted(lab.server, 1883, "half", "2002")
    return doctor(lab.phone, AT)


@unmet(OPEN, "mqtt-refused", "mqtt-malformed-answer")
def code_that_mqtt_3_1_1_does_not_know(lab):
    scripted(lab.server, 1883, "reply", "20020009")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@unmet(OPEN, "mqtt-refused", "mqtt-malformed-answer")
def reason_that_mqtt_5_does_not_know(lab):
    scripted(lab.server, 1883, "reply", "200300f500")
    return doctor(lab.phone, AT, "-V", "5")


@unmet("mqtt-refused")
def refused_by_a_plugin_in_words(lab):
    """0x80 with "licence expired": nothing but these words is known."""
    scripted(lab.server, 1883, "reply", "20150080121f000f6c6963656e63652065787069726564")
    answer = doctor(lab.phone, AT, "-V", "5", "-u", "alice", "-P", "alice-pw")
    if "licence expired" not in str(answer.report["causes"][:1]):
        answer.found += " (without the broker's words)"
    return answer


@unmet(OPEN, *HANG_UP, never=("auth-bad-credentials", "auth-aws-policy-close"))
def hangs_up_on_those_with_a_user_name(lab):
    """A plugin that falls over; without a user name it answers as it should."""
    scripted(lab.server, 1883, "broker", "anonymous=5", "named=close")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@unmet("mqtt-closed-after-connack", never=("auth-bad-credentials", "auth-acl-subscribe-refused"))
def hangs_up_right_after_connack(lab):
    """That it does so was to be said as unknown; there is a cause for it now."""
    scripted(lab.server, 1883, "half", "20020000")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@unmet(OPEN, "mqtt-malformed-answer", never=("mqtt-not-a-broker",))
def speaks_before_connack(lab):
    """A message, and then the CONNACK: breaks [MQTT-3.2.0-1]."""
    scripted(lab.server, 1883, "reply", "30060003612f6278" "20020000")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@unmet(OPEN, "tcp-refused-by-firewall-reset", "proxy-backend-down", "mqtt-closed-after-connect",
       never=("auth-bad-credentials", "mqtt-access-filter", "path-dpi-reset"))
def resets_as_soon_as_it_has_accepted(lab):
    scripted(lab.server, 1883, "refuse")
    return doctor(lab.phone, AT)


@unmet(OPEN, never=("tls-unknown-ca", "tls-client-cert-missing", "tls-cipher-or-psk-mismatch"))
def tls_ends_in_an_internal_error(lab):
    """Alert 80, to whatever is offered."""
    scripted(lab.server, 8883, "half", "15030300020250")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@unmet(OPEN, never=("path-sni-filter", "tls-sni-refused", "tls-client-cert-missing"))
def tls_server_that_hangs_up_on_every_hello(lab):
    scripted(lab.server, 8883, "half", "")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@unmet(OPEN, never=("path-mtu-black-hole", "tls-to-plaintext-port"))
def tls_server_that_stops_in_its_hello(lab):
    """The head of a ServerHello, and no more of it: far too little for a path that loses large packets."""
    scripted(lab.server, 8883, "reply", "160303007a020000760303")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@unmet(OPEN, "ws-closed-after-upgrade", "ws-raw-mqtt-to-ws-port", never=("ws-wrong-path",))
def upgrade_confirmed_with_another_key(lab):
    """A cache, or a server that does not compute Sec-WebSocket-Accept."""
    scripted(lab.server, 9001, "http-patient", "101 Switching Protocols", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
             "Sec-WebSocket-Protocol: mqtt")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@unmet(OPEN, "ws-refused-by-server", never=("ws-proxy-backend-down", "ws-wrong-path", "ws-redirected-or-guarded"))
def too_many_requests(lab):
    scripted(lab.server, 8083, "http", "429 Too Many Requests", "Retry-After: 30", "Server: nginx")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@unmet(OPEN, "ws-refused-by-server", never=("ws-wrong-path", "ws-path-is-website"))
def web_server_with_an_error_of_its_own(lab):
    scripted(lab.server, 8083, "http", "500 Internal Server Error", "Content-Type: text/html",
             "BODY:<html><h1>Internal Server Error</h1></html>")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")
