"""TLS: spoken at all, versions and ciphers, server and client certificates."""
from . import certificates
from .cases import Skip, case, doctor
from .certificates import ca, with_client
from .net import SERVER
from .services import (TLS_PORT, dnsmasq, haproxy, has, mosquitto, newest_tls, nginx, password_file,
                       scripted, stunnel, tls_lines, websocket_broker)

PLAIN = f"mqtt://{SERVER}:{TLS_PORT}"
SECURE = f"mqtts://{SERVER}:{TLS_PORT}"
NAMED = f"mqtts://broker.test:{TLS_PORT}"
DEMANDS = ("require_certificate true",)


def broker(lab, name="good", *more, newest=None):
    """mosquitto with nothing but a TLS listener."""
    return mosquitto(lab.server, *tls_lines(name, TLS_PORT, *more), ready=TLS_PORT, listener=None,
                     env=newest_tls(lab, newest) if newest else None)


def names(lab, *more):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}", *more)


def needs(program):
    if not has(program):
        raise Skip(f"{program} is not installed")


# ---- plain where TLS is spoken, and the other way round -----------------------------------------


@case("tls-plaintext-to-tls-port")
def plain_to_mosquitto(lab):
    broker(lab)
    return doctor(lab.phone, PLAIN)


@case("tls-plaintext-to-tls-port")
def plain_to_mosquitto_as_311(lab):
    broker(lab, "good", "tls_version tlsv1.3")
    return doctor(lab.phone, PLAIN, "-V", "3.1.1")


@case("tls-plaintext-to-tls-port")
def plain_to_a_tls_port_of_another_number(lab):
    mosquitto(lab.server, *tls_lines("good", 1884), ready=1884, listener=None)
    return doctor(lab.phone, f"{SERVER}:1884")


@case("tls-plaintext-to-tls-port")
def plain_to_a_port_that_wants_certificates(lab):
    broker(lab, "good", f"cafile {ca()}", *DEMANDS)
    return doctor(lab.phone, PLAIN)


@case("tls-plaintext-to-tls-port")
def plain_to_one_that_answers_with_an_alert(lab):
    certificate = certificates.get("good")
    scripted(lab.server, 8883, "tls", certificate.chain, certificate.key, "or-alert", "broker")
    return doctor(lab.phone, PLAIN)


@case("tls-plaintext-to-tls-port")
def plain_to_nginx_in_front(lab):
    certificate = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; proxy_pass 127.0.0.1:1883; }} }}")
    return doctor(lab.phone, PLAIN)


@case("tls-to-plaintext-port")
def tls_to_mosquitto(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"mqtts://{SERVER}:1883")


@case("tls-to-plaintext-port")
def tls_to_plain_on_8883(lab):
    mosquitto(lab.server, listener=8883, ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-to-plaintext-port")
def tls_to_a_broker_that_hangs_up(lab):
    scripted(lab.server, 1883, "broker")
    return doctor(lab.phone, f"mqtts://{SERVER}:1883")


@case("tls-to-plaintext-port")
def secure_websocket_to_a_plain_one(lab):
    websocket_broker(lab.server)
    return doctor(lab.phone, f"wss://{SERVER}:9001/mqtt")


@case("tls-to-plaintext-port")
def secure_websocket_to_plain_nginx(lab):
    websocket_broker(lab.server)
    nginx(lab.server, "server { listen 8080; location /mqtt { proxy_pass http://127.0.0.1:9001; "
          "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
          "proxy_set_header Connection upgrade; } }", 8080)
    return doctor(lab.phone, f"wss://{SERVER}:8080/mqtt")


# ---- the server's certificate --------------------------------------------------------------------


@case("tls-unknown-ca")
def private_authority(lab):
    broker(lab)
    return doctor(lab.phone, SECURE)


@case("tls-unknown-ca")
def private_authority_tls_1_3(lab):
    broker(lab, "good", "tls_version tlsv1.3")
    return doctor(lab.phone, SECURE)


@case("tls-unknown-ca")
def private_authority_that_is_sent_along(lab):
    broker(lab, certificates.joined("good", "ca"))
    return doctor(lab.phone, SECURE)


@case("tls-unknown-ca")
def wrong_authority_given(lab):
    broker(lab)
    return doctor(lab.phone, SECURE, "--cafile", certificates.get("other-ca").certificate)


@case("tls-unknown-ca")
def server_certificate_given_as_authority(lab):
    broker(lab)
    return doctor(lab.phone, SECURE, "--cafile", certificates.get("good").certificate)


@case("tls-unknown-ca")
def private_authority_with_a_password(lab):
    broker(lab, "good", f"password_file {password_file(lab)}")
    return doctor(lab.phone, SECURE, "-u", "alice", "-P", "alice-pw")


@case("tls-unknown-ca")
def private_authority_over_websocket(lab):
    mosquitto(lab.server, *tls_lines("good", TLS_PORT, "protocol websockets"), ready=TLS_PORT)
    return doctor(lab.phone, f"wss://{SERVER}:8883/mqtt")


@case("tls-self-signed-leaf")
def self_signed(lab):
    broker(lab, "self-signed")
    return doctor(lab.phone, SECURE)


@case("tls-self-signed-leaf")
def self_signed_and_another_authority_given(lab):
    broker(lab, "self-signed", "tls_version tlsv1.3")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-missing-intermediate")
def leaf_alone(lab):
    broker(lab, "leaf-alone")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-missing-intermediate")
def leaf_alone_whose_issuer_can_be_fetched(lab):
    broker(lab, "with-aia")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-missing-intermediate")
def root_in_place_of_the_intermediate(lab):
    broker(lab, certificates.joined("leaf-alone", "ca"))
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-hostname-mismatch")
def certificate_of_another_name(lab):
    names(lab)
    broker(lab, "other")
    return doctor(lab.phone, NAMED, "--cafile", ca())


@case("tls-hostname-mismatch")
def wildcard_one_level_too_deep(lab):
    names(lab, f"address=/a.b.example.test/{SERVER}")
    broker(lab, "wildcard")
    return doctor(lab.phone, "mqtts://a.b.example.test:8883", "--cafile", ca())


@case("tls-hostname-mismatch")
def default_certificate_of_a_shared_server(lab):
    names(lab, f"address=/new.test/{SERVER}")
    mosquitto(lab.server)
    certificate, other = certificates.get("good"), certificates.get("other")
    nginx(lab.server, f"""
ssl_certificate_key {other.key}; ssl_certificate {other.chain};
server {{ listen 8084 ssl default_server; server_name other.test; return 404; }}
server {{ listen 8084 ssl; server_name broker.test; ssl_certificate {certificate.chain};
 ssl_certificate_key {certificate.key}; return 404; }}""", 8084)
    return doctor(lab.phone, "wss://new.test:8084/mqtt", "--cafile", ca())


@case("tls-ip-without-san")
def dialled_by_address(lab):
    broker(lab, "dns-only")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-ip-without-san")
def dialled_by_address_and_no_san_at_all(lab):
    broker(lab, "cn-only")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-cn-only")
def common_name_only(lab):
    names(lab)
    broker(lab, "cn-only")
    return doctor(lab.phone, NAMED, "--cafile", ca())


@case("tls-expired")
def expired(lab):
    broker(lab, "expired")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-expired")
def expired_and_unknown(lab):
    """Two faults: the one that stays when the other is mended comes first."""
    broker(lab, "expired")
    return doctor(lab.phone, SECURE)


@case("tls-expired")
def own_authority_expired(lab):
    needs("faketime")
    broker(lab, "of-old-ca")
    return doctor(lab.phone, SECURE, "--cafile", certificates.get("old-ca").certificate)


@case("tls-expires-soon")
def ends_in_a_week(lab):
    broker(lab, "soon")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-not-yet-valid")
def not_yet_valid(lab):
    broker(lab, "future")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-client-clock-wrong")
def clock_of_the_year_2020(lab):
    needs("faketime")
    broker(lab)
    return doctor(lab.phone, SECURE, "--cafile", ca(), prefix=("faketime", "2020-01-01 00:00:00"))


@case("tls-client-clock-wrong")
def clock_of_the_year_1970(lab):
    needs("faketime")
    broker(lab, "good", "tls_version tlsv1.3")
    return doctor(lab.phone, SECURE, "--cafile", ca(), prefix=("faketime", "1970-01-02 00:00:00"))


@case("tls-client-clock-wrong")
def clock_ahead_and_a_server_that_tells_the_time(lab):
    needs("faketime")
    certificate = certificates.get("good")
    nginx(lab.server, f"server {{ listen 8084 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; return 404; }}", 8084)
    return doctor(lab.phone, f"wss://{SERVER}:8084/mqtt", "--cafile", ca(),
                  prefix=("faketime", "2045-01-01 00:00:00"))


@case("tls-wrong-purpose")
def certificate_for_clients(lab):
    broker(lab, "client-only")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-weak-key-or-signature")
def short_key(lab):
    needs("stunnel4")
    certificate = certificates.get("weak")
    mosquitto(lab.server)
    stunnel(lab.server, f"securityLevel = 0\n[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1883\n"
            f"cert = {certificate.chain}\nkey = {certificate.key}", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-weak-key-or-signature")
def short_key_and_nothing_behind(lab):
    certificate = certificates.get("weak")
    lab.server.start("openssl", "s_server", "-accept", "8883", "-cert", certificate.chain, "-key", certificate.key,
                     "-cipher", "ALL:@SECLEVEL=0", "-quiet", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-ios-validity")
def valid_for_ten_years(lab):
    broker(lab, "long")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-interception")
def inspected(lab):
    broker(lab, "inspected")
    return doctor(lab.phone, SECURE)


@case("tls-interception")
def inspected_though_the_authority_was_given(lab):
    broker(lab, "inspected")
    return doctor(lab.phone, SECURE, "--cafile", ca())


# ---- versions, ciphers, names, protocols ----------------------------------------------------------


@case("tls-version-server-too-old")
def app_demands_1_3(lab):
    broker(lab, newest="TLSv1.2")
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--tls-version", "tlsv1.3")


def old_server(lab, version):
    certificate = certificates.get("good")
    lab.server.start("openssl", "s_server", "-accept", "8883", "-cert", certificate.chain, "-key", certificate.key,
                     version, "-cipher", "ALL:@SECLEVEL=0", "-quiet", ready=8883)


@case("tls-version-server-too-old")
def server_of_tls_1_1(lab):
    old_server(lab, "-tls1_1")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-version-server-too-old")
def server_of_tls_1_0(lab):
    old_server(lab, "-tls1")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-version-server-too-old")
def stunnel_of_tls_1_1(lab):
    needs("stunnel4")
    certificate = certificates.get("good")
    mosquitto(lab.server)
    stunnel(lab.server, f"securityLevel = 0\nsslVersionMin = TLSv1\nsslVersionMax = TLSv1.1\n[mqtts]\n"
            f"accept = 8883\nconnect = 127.0.0.1:1883\ncert = {certificate.chain}\nkey = {certificate.key}", 8883)
    return doctor(lab.phone, SECURE)


@case("tls-version-server-too-old")
def secure_websocket_of_tls_1_0(lab):
    needs("stunnel4")
    certificate = certificates.get("good")
    websocket_broker(lab.server)
    stunnel(lab.server, f"securityLevel = 0\nsslVersionMin = TLSv1\nsslVersionMax = TLSv1\n[wss]\n"
            f"accept = 8084\nconnect = 127.0.0.1:9001\ncert = {certificate.chain}\nkey = {certificate.key}", 8084)
    return doctor(lab.phone, f"wss://{SERVER}:8084/mqtt")


def psk_file(lab):
    return lab.file("psk", "phone:0123456789abcdef\n")


def psk_broker(lab):
    mosquitto(lab.server, "listener 8883", "psk_hint lab", "use_identity_as_username true",
              f"psk_file {psk_file(lab)}", "allow_anonymous true", ready=8883, listener=None)


@case("tls-cipher-or-psk-mismatch")
def listener_with_pre_shared_keys(lab):
    psk_broker(lab)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-cipher-or-psk-mismatch")
def server_without_a_certificate(lab):
    lab.server.start("openssl", "s_server", "-accept", "8883", "-nocert", "-psk", "0123456789abcdef",
                     "-quiet", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-cipher-or-psk-mismatch")
def ciphers_restricted_by_the_user(lab):
    """The server has an RSA certificate, and the app offers ECDSA alone."""
    broker(lab, newest="TLSv1.2")
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256")


@case("tls-cipher-or-psk-mismatch")
def ciphers_restricted_by_the_broker(lab):
    broker(lab, "good", "ciphers AES128-SHA256", newest="TLSv1.2")
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384")


@case("tls-psk-refused")
def wrong_pre_shared_key(lab):
    psk_broker(lab)
    return doctor(lab.phone, SECURE, "--psk", "fedcba9876543210", "--psk-identity", "phone")


@case("tls-psk-refused")
def unknown_pre_shared_identity(lab):
    psk_broker(lab)
    return doctor(lab.phone, SECURE, "--psk", "0123456789abcdef", "--psk-identity", "tablet")


def joined_pem(lab, name):
    certificate = certificates.get(name)
    return lab.file(f"{name}.pem", open(certificate.chain).read() + open(certificate.key).read())


@case("tls-sni-refused")
def strict_names(lab):
    needs("haproxy")
    names(lab, f"address=/alias.test/{SERVER}")
    mosquitto(lab.server)
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {joined_pem(lab, 'dns-only')} strict-sni\n"
            " server s 127.0.0.1:1883", 8883)
    return doctor(lab.phone, "mqtts://alias.test:8883", "--cafile", ca())


@case("tls-sni-refused")
def strict_names_and_dialled_by_address(lab):
    needs("haproxy")
    mosquitto(lab.server)
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {joined_pem(lab, 'dns-only')} strict-sni\n"
            " server s 127.0.0.1:1883", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-sni-refused")
def fatal_for_other_names(lab):
    names(lab)
    certificate, other = certificates.get("good"), certificates.get("other")
    lab.server.start("openssl", "s_server", "-accept", "8883", "-cert", certificate.chain, "-key", certificate.key,
                     "-cert2", other.chain, "-key2", other.key, "-servername", "other.test",
                     "-servername_fatal", "-quiet", ready=8883)
    return doctor(lab.phone, NAMED, "--cafile", ca())


@case("tls-no-sni-looks-like-bad-password")
def shared_endpoint_dialled_by_address(lab):
    """One address for many clusters: the name decides, and the default knows nobody."""
    needs("haproxy")
    mosquitto(lab.server, f"password_file {password_file(lab)}")
    mosquitto(lab.server, "listener 1884", "allow_anonymous false", f"password_file "
              f"{lab.file('nobody', '')}", listener=None, ready=1884, name="other.conf")
    haproxy(lab.server, f"""
frontend f
 bind :8883 ssl crt {joined_pem(lab, 'good')}
 use_backend cluster if {{ ssl_fc_sni broker.test }}
 default_backend nobody
backend cluster
 server s 127.0.0.1:1883
backend nobody
 server s 127.0.0.1:1884""", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "-u", "alice", "-P", "alice-pw")


@case("tls-alpn-mismatch")
def protocol_not_accepted(lab):
    certificate = certificates.get("good")
    lab.server.start("openssl", "s_server", "-accept", "8883", "-cert", certificate.chain, "-key", certificate.key,
                     "-alpn", "mqtt", "-quiet", ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca(), "--tls-alpn", "x-amzn-mqtt-ca")


def amazon(lab):
    dnsmasq(lab.router, f"address=/a1b2c3-ats.iot.eu-west-1.amazonaws.com/{SERVER}",
            rest="address=/com/")
    return certificates.get("clouds")


AMAZON = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"


@case("tls-aws-443-without-alpn")
def amazon_on_443(lab):
    certificate = amazon(lab)
    scripted(lab.server, 443, "tls", certificate.chain, certificate.key, "alpn=x-amzn-mqtt-ca", "broker")
    return doctor(lab.phone, f"mqtts://{AMAZON}:443", *with_client("client"))


@case("mqtt-broker-hung", layer="tls")
def accepts_and_never_shakes_hands(lab):
    """A TLS port whose process has stopped."""
    import os
    import signal
    process = broker(lab)
    os.killpg(process.pid, signal.SIGSTOP)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("mqtt-not-a-broker", layer="tls")
def tls_to_an_ssh_server(lab):
    scripted(lab.server, 8883, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")
    return doctor(lab.phone, SECURE)


@case("mqtt-not-a-broker", layer="tls")
def tls_to_a_plain_web_server(lab):
    nginx(lab.server, "server { listen 8883; return 200 hello; }", 8883)
    return doctor(lab.phone, SECURE)


@case("mqtt-not-a-broker", layer="tls")
def mqtt_to_a_secure_web_server(lab):
    certificate = certificates.get("good")
    nginx(lab.server, f"server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; ssl_certificate_key "
          f"{certificate.key}; return 200 hello; }}", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


# ---- behind the handshake -----------------------------------------------------------------------


@case("tls-inside-tls", layer="tls")
def stunnel_in_front_of_a_tls_listener(lab):
    needs("stunnel4")
    certificate = certificates.get("good")
    mosquitto(lab.server, *tls_lines("good", 8884), ready=8884, listener=None)
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:8884\ncert = {certificate.chain}\n"
            f"key = {certificate.key}", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-inside-tls", layer="tls")
def nginx_in_front_of_a_listener_for_client_certificates(lab):
    certificate = certificates.get("good")
    mosquitto(lab.server, *tls_lines("good", 8884, "require_certificate true"), ready=8884,
              listener=None)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; proxy_pass 127.0.0.1:8884; }} }}")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-terminator-backend-down")
def stunnel_without_a_broker(lab):
    needs("stunnel4")
    certificate = certificates.get("good")
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = {certificate.chain}\n"
            f"key = {certificate.key}", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-terminator-backend-down")
def nginx_without_a_broker(lab):
    certificate = certificates.get("good")
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; proxy_pass 127.0.0.1:1883; }} }}")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-terminator-backend-down")
def nginx_without_a_broker_as_311(lab):
    certificate = certificates.get("good")
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; proxy_pass 127.0.0.1:1883; }} }}")
    return doctor(lab.phone, SECURE, "--cafile", ca(), "-V", "3.1.1")


@case("input-scheme-port-mismatch", alike=("tls-to-plaintext-port",))
def secure_scheme_and_plain_port(lab):
    """The bytes say more; the custom of the port is told beside them."""
    mosquitto(lab.server)
    return doctor(lab.phone, f"mqtts://{SERVER}:1883")
