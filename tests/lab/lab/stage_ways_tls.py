"""Every pairing of TLS that fails: versions, ciphers, certificates, client certificates, names, ALPN."""
import functools
import os
import pathlib

from . import certificates
from .cases import doctor
from .certificates import ca, folder
from .net import SERVER, sh
from .services import dnsmasq, haproxy, mosquitto, nginx, scripted, stunnel, tls_lines
from .ways import member

URL = f"mqtts://{SERVER}:8883"


@functools.cache
def made(name, subject="broker.test", names=f"DNS:broker.test,IP:{SERVER}", kind="rsa:2048", digest="sha256",
         issuer="ca", extra="", purpose="serverAuth", basic="CA:FALSE"):
    authority = certificates._authority(issuer)
    base = folder() / f"ways-{name}"
    text = f"basicConstraints=critical,{basic}\n" + (f"extendedKeyUsage={purpose}\n" if purpose else "")
    text += f"subjectAltName={names}\n" if names else ""
    pathlib.Path(f"{base}.ext").write_text(text + extra)
    new = ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{kind[3:]}"] if kind.startswith("ec:") else ["-newkey", kind]
    sh("openssl", "req", *new, "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj", f"/CN={subject}")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", authority.certificate, "-CAkey", authority.key,
       "-CAcreateserial", "-days", 300, f"-{digest}", "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    for end in ("key", "crt"):
        os.chmod(f"{base}.{end}", 0o644)
    return certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt")


def s_server(lab, *words, certificate=None):
    shown = certificate or certificates.get("good")
    lab.server.start("openssl", "s_server", "-accept", 8883, "-quiet", "-cert", shown.chain, "-key", shown.key, *words,
                     ready=8883)


def broker(lab, *lines, certificate="good"):
    mosquitto(lab.server, *tls_lines(certificate, 8883, *lines), ready=8883)


def ask(lab, *words, url=URL, trust=True):
    return doctor(lab.phone, url, *(["--cafile", ca()] if trust else []), *words)


def named(lab, name="broker.test"):
    dnsmasq(lab.router, f"address=/{name}/{SERVER}")
    return f"mqtts://{name}:8883"


OLD, NEW = "tls-version-server-too-old", "tls-version-client-too-old"
CIPHER = "tls-cipher-or-psk-mismatch"


@member(OLD)
def server_12_client_13(lab):
    s_server(lab, "-tls1_2")
    return ask(lab, "--tls-version", "tlsv1.3")


@member(OLD)
def server_11(lab):
    s_server(lab, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    return ask(lab)


@member(OLD)
def server_10(lab):
    s_server(lab, "-tls1", "-cipher", "ALL:@SECLEVEL=0")
    return ask(lab)


@member(CIPHER)
def server_has_psk_only(lab):
    lab.server.start("openssl", "s_server", "-accept", 8883, "-quiet", "-nocert", "-psk", "aabb", "-tls1_2", "-cipher", "PSK",
                     ready=8883)
    return ask(lab)


@member(CIPHER, "tls-version-server-too-old")
def server_has_anonymous_ciphers_only(lab):
    lab.server.start("openssl", "s_server", "-accept", 8883, "-quiet", "-nocert", "-tls1_2", "-cipher", "aNULL:@SECLEVEL=0",
                     ready=8883)
    return ask(lab)


@member(CIPHER)
def server_wants_an_old_cipher(lab):
    s_server(lab, "-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0")
    return ask(lab, "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384")


@member(CIPHER)
def certificate_ecdsa_client_rsa(lab):
    s_server(lab, "-tls1_2", certificate=made("ec", kind="ec:prime256v1"))
    return ask(lab, "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384", "--tls-version", "tlsv1.2")


@member("tls-weak-key-or-signature")
def key_of_1024(lab):
    s_server(lab, "-cipher", "DEFAULT:@SECLEVEL=0", certificate=made("k1024", kind="rsa:1024"))
    return ask(lab)


@member("tls-weak-key-or-signature")
def signed_with_sha1(lab):
    s_server(lab, "-cipher", "DEFAULT:@SECLEVEL=0", certificate=made("sha1", digest="sha1"))
    return ask(lab)


@member("tls-weak-key-or-signature", "tls-ed25519")
def key_of_ed25519(lab):
    base = folder() / "ways-ed"
    if not pathlib.Path(f"{base}.key").exists():
        sh("openssl", "genpkey", "-algorithm", "ed25519", "-out", f"{base}.key")
        sh("openssl", "req", "-new", "-key", f"{base}.key", "-subj", "/CN=broker.test", "-out", f"{base}.csr")
        pathlib.Path(f"{base}.ext").write_text(f"subjectAltName=DNS:broker.test,IP:{SERVER}\nextendedKeyUsage=serverAuth\n")
        authority = certificates._authority("ca")
        sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", authority.certificate, "-CAkey", authority.key, "-days", 300,
           "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    broker(lab, certificate=certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt"))
    return ask(lab)


for _name, _right, _leaf in [
        ("leaf_expired", "tls-expired", "expired"), ("leaf_future", "tls-not-yet-valid", "future"),
        ("leaf_other_name", "tls-ip-without-san", "other"), ("leaf_client_only", "tls-wrong-purpose", "client-only"),
        ("leaf_without_intermediate", "tls-missing-intermediate", "leaf-alone"),
        ("leaf_inspected", "tls-interception", "inspected")]:
    def _stage(lab, leaf=_leaf):
        broker(lab, certificate=leaf)
        return ask(lab)
    _stage.__name__ = _name
    member(_right)(_stage)


@member("tls-unknown-ca")
def private_authority_not_given(lab):
    broker(lab)
    return ask(lab, trust=False)


@member("tls-self-signed-leaf")
def signs_itself(lab):
    base = folder() / "ways-self"
    if not pathlib.Path(f"{base}.crt").exists():
        sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.crt", "-days",
           100, "-subj", "/CN=broker.test", "-addext", f"subjectAltName=DNS:broker.test,IP:{SERVER}")
    broker(lab, certificate=certificates.Certificate(f"{base}.crt", f"{base}.key", f"{base}.crt"))
    return ask(lab)


@member("tls-hostname-mismatch")
def wildcard_too_deep(lab):
    url = named(lab, "a.b.example.test")
    broker(lab, certificate="wildcard")
    return ask(lab, url=url)


@member("tls-hostname-mismatch")
def wildcard_and_the_bare_name(lab):
    url = named(lab, "example.test")
    broker(lab, certificate="wildcard")
    return ask(lab, url=url)


@member("healthy", "tls-cn-only")
def common_name_only(lab):
    url = named(lab)
    broker(lab, certificate="cn-only")
    return ask(lab, url=url)


@member("tls-unknown-ca", "tls-missing-intermediate", "tls-intermediate-order")
def intermediates_in_the_wrong_order(lab):
    """OpenSSL puts them in order: what else the broker shows does not matter; here a foreign one comes first."""
    leaf = certificates.get("leaf-alone")
    other = certificates._authority("other-ca")
    path = lab.file("order.pem", pathlib.Path(leaf.certificate).read_text() + pathlib.Path(other.certificate).read_text())
    broker(lab, certificate=certificates.Certificate(path, leaf.key, path))
    return ask(lab)


@member("tls-leaf-is-authority", "healthy")
def leaf_is_an_authority(lab):
    broker(lab, certificate=made("isca", basic="CA:TRUE"))
    return ask(lab)


@member("tls-chain-refused")
def name_constraints(lab):
    """The authority below may sign for .example.test alone."""
    root = certificates._authority("ca")
    base = folder() / "ways-bound"
    if not pathlib.Path(f"{base}.crt").exists():
        sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj",
           "/CN=Bound CA")
        pathlib.Path(f"{base}.ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
                                               "nameConstraints=critical,permitted;DNS:example.test\n")
        sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", root.certificate, "-CAkey", root.key, "-CAcreateserial",
           "-days", 700, "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    leaf = folder() / "ways-boundleaf"
    pathlib.Path(f"{leaf}.ext").write_text("subjectAltName=DNS:broker.test\nextendedKeyUsage=serverAuth\n")
    sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{leaf}.key", "-out", f"{leaf}.csr", "-subj",
       "/CN=broker.test")
    sh("openssl", "x509", "-req", "-in", f"{leaf}.csr", "-CA", f"{base}.crt", "-CAkey", f"{base}.key", "-CAcreateserial",
       "-days", 300, "-out", f"{leaf}.crt", "-extfile", f"{leaf}.ext")
    chain = lab.file("bound.pem", pathlib.Path(f"{leaf}.crt").read_text() + pathlib.Path(f"{base}.crt").read_text())
    os.chmod(f"{leaf}.key", 0o644)
    url = named(lab)
    broker(lab, certificate=certificates.Certificate(chain, f"{leaf}.key", chain))
    return ask(lab, url=url)


@member("tls-chain-refused")
def issuer_is_no_authority(lab):
    """A leaf signed by another leaf."""
    good = certificates.get("good")
    base = folder() / "ways-below"
    sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj",
       "/CN=broker.test")
    pathlib.Path(f"{base}.ext").write_text(f"subjectAltName=DNS:broker.test,IP:{SERVER}\n")
    sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", good.certificate, "-CAkey", good.key, "-CAcreateserial",
       "-days", 300, "-out", f"{base}.crt", "-extfile", f"{base}.ext")
    os.chmod(f"{base}.key", 0o644)
    chain = lab.file("below.pem", pathlib.Path(f"{base}.crt").read_text() + pathlib.Path(good.certificate).read_text())
    broker(lab, certificate=certificates.Certificate(chain, f"{base}.key", chain))
    return ask(lab)


# ---- the client's certificate ---------------------------------------------------------------------


def demanding(lab, *more):
    broker(lab, f"cafile {ca()}", "require_certificate true", *more)


def with_certificate(lab, name):
    mine = certificates.get(name)
    return ask(lab, "--cert", mine.certificate, "--key", mine.key)


for _name, _right, _mine in [
        ("client_in_order", ("healthy",), "client"), ("client_of_another_authority", ("tls-client-cert-untrusted",), "client-other"),
        ("client_for_servers", ("tls-client-cert-wrong-purpose", "tls-client-cert-untrusted"), "client-server"),
        ("client_expired", ("tls-client-cert-expired",), "client-expired")]:
    def _stage(lab, mine=_mine):
        demanding(lab)
        return with_certificate(lab, mine)
    _stage.__name__ = _name
    member(*_right)(_stage)


@member("tls-client-cert-missing")
def client_without(lab):
    demanding(lab)
    return ask(lab)


@member("tls-client-cert-missing")
def client_without_12(lab):
    demanding(lab, "tls_version tlsv1.2")
    return ask(lab, "--tls-version", "tlsv1.2")


@member("tls-client-cert-missing")
def client_without_to_haproxy(lab):
    good = certificates.get("good")
    mosquitto(lab.server)
    path = lab.file("both.pem", open(good.chain).read() + open(good.key).read())
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {path} ca-file {ca()} verify required\n server s 127.0.0.1:1883", 8883)
    return ask(lab)


@member("tls-client-cert-missing")
def client_without_to_stunnel(lab):
    good = certificates.get("good")
    mosquitto(lab.server)
    stunnel(lab.server, f"[m]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = {good.chain}\nkey = {good.key}\n"
            f"CAfile = {ca()}\nverifyChain = yes", 8883)
    return ask(lab)


@member("tls-client-cert-missing")
def client_without_to_nginx(lab):
    good = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {good.chain}; ssl_certificate_key "
          f"{good.key}; ssl_verify_client on; ssl_client_certificate {ca()}; proxy_pass 127.0.0.1:1883; }} }}")
    return ask(lab)


@member("healthy")
def client_name_not_allowed(lab):
    """mosquitto lets the client in, and its topics stay closed: a note says so."""
    demanding(lab, "use_identity_as_username true", f"acl_file {lab.file('acl', 'user other' + chr(10) + 'topic #' + chr(10))}",
              "allow_anonymous false", f"password_file {lab.file('pw', '')}")
    return with_certificate(lab, "client")


# ---- names, ALPN, and what is no TLS --------------------------------------------------------------


def both_in(lab, name):
    good = certificates.get(name)
    return lab.file(f"both-{name}.pem", open(good.chain).read() + open(good.key).read())


@member("tls-sni-refused")
def haproxy_strict_sni(lab):
    url = named(lab, "nobody.test")
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {both_in(lab, 'good')} strict-sni\n server s 127.0.0.1:1883", 8883)
    return ask(lab, url=url)


@member("tls-sni-refused")
def haproxy_strict_sni_by_address(lab):
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {both_in(lab, 'good')} strict-sni\n server s 127.0.0.1:1883", 8883)
    return ask(lab)


@member("proxy-sni-router", "tls-sni-refused")
def passthrough_by_name_without_a_match(lab):
    """Traefik, ingress-nginx, haproxy: the name is in no route, and the connection is ended."""
    url = named(lab)
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    nginx(lab.server, "", 8883, "stream { map $ssl_preread_server_name $to { mqtt.test 127.0.0.1:18883; default 127.0.0.1:1; } "
          "server { listen 8883; ssl_preread on; proxy_pass $to; } }")
    return ask(lab, url=url)


@member("proxy-sni-router", "tls-sni-refused", "proxy-backend-down")
def passthrough_to_a_dead_backend(lab):
    url = named(lab)
    haproxy(lab.server, "frontend f\n bind :8883\n tcp-request inspect-delay 2s\n tcp-request content accept if { "
            "req.ssl_hello_type 1 }\n tcp-request content reject\n use_backend b if { req.ssl_sni mqtt.test }\nbackend b\n server s "
            "127.0.0.1:1", 8883)
    return ask(lab, url=url)


@member("tls-alpn-mismatch")
def alpn_not_known(lab):
    good = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {good.chain}; ssl_certificate_key "
          f"{good.key}; ssl_alpn x-amzn-mqtt-ca; proxy_pass 127.0.0.1:1883; }} }}")
    return ask(lab, "--tls-alpn", "mqtt")


@member("tls-to-plaintext-port")
def no_tls_at_all(lab):
    mosquitto(lab.server, listener=8883, ready=8883)
    return ask(lab)


@member("tls-to-plaintext-port")
def handed_through_to_plain(lab):
    mosquitto(lab.server)
    haproxy(lab.server, "listen l\n bind :8883\n server s 127.0.0.1:1883", 8883)
    return ask(lab)


@member("tls-inside-tls")
def twice(lab):
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {both_in(lab, 'good')}\n server s 127.0.0.1:18883", 8883)
    return ask(lab)


@member("tls-terminator-backend-down", "proxy-backend-down-retrying")
def ended_and_nobody_behind(lab):
    good = certificates.get("good")
    stunnel(lab.server, f"[m]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = {good.chain}\nkey = {good.key}", 8883)
    return ask(lab)


@member("ws-raw-mqtt-to-ws-port", "tls-inside-tls")
def ended_and_a_websocket_behind(lab):
    from .services import websocket_broker
    websocket_broker(lab.server)
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {both_in(lab, 'good')}\n server s 127.0.0.1:9001", 8883)
    return ask(lab)


@member("proxy-protocol-expected")
def header_expected_below_tls(lab):
    mosquitto(lab.server)
    haproxy(lab.server, f"listen l\n bind :8883 accept-proxy ssl crt {both_in(lab, 'good')}\n server s 127.0.0.1:1883", 8883)
    return ask(lab)


@member("proxy-protocol-unexpected", "tls-terminator-backend-down")
def header_sent_behind_tls(lab):
    mosquitto(lab.server)
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {both_in(lab, 'good')}\n server s 127.0.0.1:1883 send-proxy", 8883)
    return ask(lab)


@member("proxy-protocol-unexpected", "tls-to-plaintext-port", "proxy-backend-down")
def header_sent_to_a_broker_of_tls(lab):
    mosquitto(lab.server, *tls_lines("good", 18883), ready=18883)
    haproxy(lab.server, "listen l\n bind :8883\n server s 127.0.0.1:18883 send-proxy-v2", 8883)
    return ask(lab)


@member("mqtt-not-a-broker")
def ssh_at_the_port(lab):
    scripted(lab.server, 8883, "banner", "SSH-2.0-OpenSSH_9.2\\r\\n")
    return ask(lab)


@member("mqtt-not-a-broker")
def postgres_wants_to_be_asked_first(lab):
    """STARTTLS-like: hangs up on a greeting."""
    scripted(lab.server, 8883, "banner", "220 mail ESMTP\\r\\n")
    return ask(lab)


for _number, _right in [(40, (CIPHER, "tls-sni-refused")), (70, (NEW, OLD)), (71, (CIPHER, NEW)), (80, (NEW, "tls-server-error")),
                        (112, ("tls-sni-refused",)), (120, ("tls-alpn-mismatch", "tls-alpn-wanted")),
                        (49, ("tls-ended-by-alert",)), (116, ("tls-client-cert-missing",)),
                        (10, ("tls-ended-by-alert",)), (47, ("tls-ended-by-alert",)),
                        (50, ("tls-ended-by-alert",)), (20, ("tls-ended-by-alert",)), (22, ("tls-ended-by-alert",)),
                        (42, ("tls-ended-by-alert",)), (43, ("tls-ended-by-alert",)), (46, ("tls-ended-by-alert",)),
                        (48, ("tls-ended-by-alert",)), (51, ("tls-ended-by-alert",)), 
                        (86, ("tls-ended-by-alert",)), (90, ("tls-ended-by-alert",)), (109, ("tls-ended-by-alert",)),
                        (113, ("tls-ended-by-alert",)), (115, ("tls-ended-by-alert",))]:
    def _stage(lab, number=_number):
        named(lab)
        scripted(lab.server, 8883, "half", f"150303000202{number:02x}")
        return ask(lab, url="mqtts://broker.test:8883")
    _stage.__name__ = f"alert_{_number}"
    member(*_right)(_stage)
