"""What stands in front of a broker."""
from . import certificates
from .cases import Skip, case, doctor
from .certificates import ca
from .net import PHONE, SERVER
from .services import (dnsmasq, has, haproxy, mosquitto, nginx, scripted, stunnel, websocket_broker)
from .stage_mqtt import HANGS_UP

AT = f"{SERVER}:1883"


def needs_haproxy():
    if not has("haproxy"):
        raise Skip("haproxy is not installed")


def stream(lab, text, port=1883):
    return nginx(lab.server, "", port, "stream { " + text + " }")


@case("proxy-backend-down")
def nginx_stream(lab):
    stream(lab, "server { listen 1883; proxy_pass 127.0.0.1:1884; }")
    return doctor(lab.phone, AT)


@case("proxy-backend-down")
def nginx_stream_as_311(lab):
    stream(lab, "server { listen 1883; proxy_pass 127.0.0.1:1884; }")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("proxy-backend-down")
def haproxy_with_checks(lab):
    needs_haproxy()
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884 check inter 100 fall 1", 1883)
    # The proxy's first health check must have failed by then.
    import time
    time.sleep(0.4)
    return doctor(lab.phone, AT)


@case("proxy-backend-down", alike=HANGS_UP)
def stunnel_client_mode(lab):
    """Plain on this side, TLS on the other, where nobody is."""
    if not has("stunnel4"):
        raise Skip("stunnel4 is not installed")
    stunnel(lab.server, "[mqtt]\nclient = yes\naccept = 1883\nconnect = 127.0.0.1:8883", 1883)
    return doctor(lab.phone, AT)


@case("proxy-backend-down")
def docker_style_forward_to_a_dead_port(lab):
    scripted(lab.server, 1883, "close")
    return doctor(lab.phone, AT)


@case("proxy-backend-down-retrying")
def haproxy_three_retries(lab):
    needs_haproxy()
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884", 1883)
    return doctor(lab.phone, AT)


@case("proxy-backend-down-retrying")
def haproxy_three_retries_behind_tls(lab):
    needs_haproxy()
    certificate = certificates.get("good")
    path = lab.file("both.pem", open(certificate.chain).read() + open(certificate.key).read())
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {path}\n server s 127.0.0.1:1884", 8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


def black_hole(lab):
    lab.server.run("ip", "route", "add", "10.99.0.0/16", "via", "10.77.2.1")
    # A route and no rule: without a route the router would answer before it looks at rules.
    lab.router.run("ip", "route", "add", "blackhole", "10.99.0.0/16")


@case("proxy-backend-black-hole")
def nginx_and_an_address_that_is_silent(lab):
    black_hole(lab)
    stream(lab, "server { listen 1883; proxy_connect_timeout 2s; proxy_pass 10.99.0.1:1883; }")
    return doctor(lab.phone, AT)


@case("proxy-backend-black-hole")
def haproxy_and_an_address_that_is_silent(lab):
    needs_haproxy()
    black_hole(lab)
    haproxy(lab.server, "listen l\n bind :1883\n retries 0\n timeout connect 2s\n"
            " server s 10.99.0.1:1883", 1883)
    return doctor(lab.phone, AT)


@case("proxy-protocol-unexpected", alike=HANGS_UP)
def nginx_sends_a_header(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    stream(lab, "server { listen 1883; proxy_protocol on; proxy_pass 127.0.0.1:1884; }")
    return doctor(lab.phone, AT)


@case("proxy-protocol-unexpected", alike=HANGS_UP)
def haproxy_sends_a_header(lab):
    needs_haproxy()
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n server s 127.0.0.1:1884 send-proxy", 1883)
    return doctor(lab.phone, AT)


@case("proxy-protocol-expected")
def nginx_expects_a_header(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    stream(lab, "server { listen 1883 proxy_protocol; proxy_pass 127.0.0.1:1884; }")
    return doctor(lab.phone, AT)


@case("proxy-protocol-expected")
def haproxy_expects_a_header(lab):
    needs_haproxy()
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883 accept-proxy\n server s 127.0.0.1:1884", 1883)
    return doctor(lab.phone, AT)


@case("proxy-source-denied", alike=HANGS_UP)
def haproxy_rejects_the_address(lab):
    needs_haproxy()
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, f"listen l\n bind :1883\n tcp-request connection reject if {{ src {PHONE} }}\n"
            " server s 127.0.0.1:1884", 1883)
    return doctor(lab.phone, AT)


@case("proxy-source-denied", alike=HANGS_UP)
def nginx_denies_the_address(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    stream(lab, f"server {{ listen 1883; deny {PHONE}; allow all; proxy_pass 127.0.0.1:1884; }}")
    return doctor(lab.phone, AT)


@case("proxy-queue-full", alike=("proxy-backend-black-hole",))
def haproxy_lets_one_in(lab):
    needs_haproxy()
    import sys
    import time
    mosquitto(lab.server, listener=1884, ready=1884)
    haproxy(lab.server, "listen l\n bind :1883\n timeout queue 2s\n server s 127.0.0.1:1884 maxconn 1",
            1883)
    holder = ("import socket,time\ns=socket.create_connection(('127.0.0.1',1883))\n"
              "s.sendall(b'\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x3c\\x00\\x02me')\n"
              "s.recv(4)\nprint('held',flush=True)\ntime.sleep(60)\n")
    process = lab.server.start(sys.executable, "-c", holder)
    end = time.monotonic() + 5
    while time.monotonic() < end and "held" not in open(process.log).read():
        time.sleep(0.02)
    return doctor(lab.phone, AT)


@case("proxy-sni-router", alike=("proxy-backend-down-retrying",))
def name_chooses_the_broker(lab):
    """By address there is no name, and the default backend is dead."""
    needs_haproxy()
    from .services import tls_lines
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    haproxy(lab.server, """
frontend f
 bind :8883
 tcp-request inspect-delay 2s
 tcp-request content accept if { req.ssl_hello_type 1 }
 use_backend good if { req.ssl_sni broker.test }
 default_backend dead
backend good
 server s 127.0.0.1:18883
backend dead
 server s 127.0.0.1:1""", 8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@case("proxy-sni-router")
def nginx_reads_the_name(lab):
    from .services import tls_lines
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    stream(lab, "map $ssl_preread_server_name $to { broker.test 127.0.0.1:18883; default 127.0.0.1:1; } "
           "server { listen 8883; ssl_preread on; proxy_pass $to; }", 8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())
