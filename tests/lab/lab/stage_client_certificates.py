"""TLS: client certificates that are missing, of another authority, expired or revoked."""
from . import certificates
from .cases import case, doctor
from .certificates import ca, with_client
from .net import SERVER
from .services import haproxy, mosquitto, nginx
from .stage_tls import DEMANDS, SECURE, broker, needs


# ---- client certificates --------------------------------------------------------------------------


def demanding(lab, version):
    newest = "TLSv1.2" if version == "tlsv1.2" else None
    broker(lab, "good", f"cafile {ca()}", *DEMANDS, f"tls_version {version}", newest=newest)


@case("tls-client-cert-missing")
def no_client_certificate_tls_1_3(lab):
    demanding(lab, "tlsv1.3")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-client-cert-missing")
def no_client_certificate_tls_1_2(lab):
    demanding(lab, "tlsv1.2")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-client-cert-missing")
def no_client_certificate_as_311(lab):
    demanding(lab, "tlsv1.3")
    return doctor(lab.phone, SECURE, "--cafile", ca(), "-V", "3.1.1")


@case("tls-unknown-ca")
def wrong_authority_and_no_client_certificate(lab):
    demanding(lab, "tlsv1.3")
    return doctor(lab.phone, SECURE, "--cafile", certificates.get("other-ca").certificate)


@case("tls-client-cert-missing")
def no_client_certificate_for_nginx(lab):
    certificate = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; ssl_client_certificate {ca()}; ssl_verify_client on; "
          "proxy_pass 127.0.0.1:1883; } }")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-client-cert-missing")
def no_client_certificate_for_nginx_tls_1_2(lab):
    certificate = certificates.get("good")
    mosquitto(lab.server)
    nginx(lab.server, "", 8883, f"stream {{ server {{ listen 8883 ssl; ssl_certificate {certificate.chain}; "
          f"ssl_certificate_key {certificate.key}; ssl_client_certificate {ca()}; ssl_verify_client on; "
          "ssl_protocols TLSv1.2; proxy_pass 127.0.0.1:1883; } }")
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-client-cert-missing")
def no_client_certificate_for_a_website(lab):
    certificate = certificates.get("good")
    nginx(lab.server, f"server {{ listen 8084 ssl; ssl_certificate {certificate.chain}; ssl_certificate_key "
          f"{certificate.key}; ssl_client_certificate {ca()}; ssl_verify_client on; return 200; }}", 8084)
    return doctor(lab.phone, f"wss://{SERVER}:8084/mqtt", "--cafile", ca())


@case("tls-client-cert-missing")
def no_client_certificate_for_haproxy(lab):
    needs("haproxy")
    pem = certificates.joined("good")
    path = lab.file("both.pem", open(pem.chain).read() + open(pem.key).read())
    mosquitto(lab.server)
    haproxy(lab.server, f"listen l\n bind :8883 ssl crt {path} ca-file {ca()} verify required\n"
            " server s 127.0.0.1:1883", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@case("tls-client-cert-untrusted")
def client_of_another_authority_tls_1_3(lab):
    demanding(lab, "tlsv1.3")
    return doctor(lab.phone, SECURE, *with_client("client-other"))


@case("tls-client-cert-untrusted")
def client_of_another_authority_tls_1_2(lab):
    demanding(lab, "tlsv1.2")
    return doctor(lab.phone, SECURE, *with_client("client-other"))


@case("tls-client-cert-untrusted")
def client_certificate_nginx_does_not_trust(lab):
    certificate = certificates.get("good")
    nginx(lab.server, f"server {{ listen 8084 ssl; ssl_certificate {certificate.chain}; ssl_certificate_key "
          f"{certificate.key}; ssl_client_certificate {ca()}; ssl_verify_client on; return 200; }}", 8084)
    return doctor(lab.phone, f"wss://{SERVER}:8084/mqtt", *with_client("client-other"))


@case("tls-client-cert-wrong-purpose")
def server_certificate_as_client(lab):
    demanding(lab, "tlsv1.3")
    return doctor(lab.phone, SECURE, *with_client("client-server"))


@case("tls-client-cert-wrong-purpose")
def server_certificate_as_client_tls_1_2(lab):
    demanding(lab, "tlsv1.2")
    return doctor(lab.phone, SECURE, *with_client("client-server"))


@case("tls-client-cert-revoked")
def revoked_tls_1_3(lab):
    broker(lab, "good", f"cafile {ca()}", *DEMANDS, f"crlfile {certificates.revocation_list()}",
           "tls_version tlsv1.3")
    return doctor(lab.phone, SECURE, *with_client("client-revoked"))


@case("tls-client-cert-revoked")
def revoked_tls_1_2(lab):
    broker(lab, "good", f"cafile {ca()}", *DEMANDS, f"crlfile {certificates.revocation_list()}",
           newest="TLSv1.2")
    return doctor(lab.phone, SECURE, *with_client("client-revoked"))


@case("tls-client-cert-expired")
def client_expired(lab):
    demanding(lab, "tlsv1.3")
    return doctor(lab.phone, SECURE, *with_client("client-expired"))


@case("tls-client-cert-expired")
def client_expired_tls_1_2(lab):
    demanding(lab, "tlsv1.2")
    return doctor(lab.phone, SECURE, *with_client("client-expired"))
