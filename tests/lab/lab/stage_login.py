"""Who may come in."""
from . import certificates
from .cases import case, doctor, healthy
from .certificates import ca
from .net import SERVER
from .rabbitmq import rabbitmq
from .services import (dnsmasq, mosquitto, nginx, password_file, scripted, tls_lines,
                       websocket_broker)
from .stage_vantage import together

AT = f"{SERVER}:1883"
RIGHT = ("-u", "alice", "-P", "alice-pw")
WRONG = ("-u", "alice", "-P", "wrong")


def guarded(lab):
    return mosquitto(lab.server, f"password_file {password_file(lab)}")


@case("auth-anonymous-refused")
def listener_and_nothing_else(lab):
    mosquitto(lab.server, "allow_anonymous false")
    return doctor(lab.phone, AT)


@case("auth-anonymous-refused")
def no_user_5(lab):
    guarded(lab)
    return doctor(lab.phone, AT, "-V", "5")


@case("auth-anonymous-refused")
def no_user_311(lab):
    guarded(lab)
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("auth-anonymous-refused")
def no_user_31(lab):
    guarded(lab)
    return doctor(lab.phone, AT, "-V", "3.1")


@case("auth-anonymous-refused")
def no_user_over_websocket(lab):
    websocket_broker(lab.server, f"password_file {password_file(lab)}")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@case("auth-anonymous-refused")
def no_user_over_tls(lab):
    mosquitto(lab.server, *tls_lines("good"), f"password_file {password_file(lab)}", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@case("auth-anonymous-refused")
def no_user_over_secure_websocket(lab):
    mosquitto(lab.server, *tls_lines("good", 8084, "protocol websockets"),
              f"password_file {password_file(lab)}", ready=8084)
    return doctor(lab.phone, f"wss://{SERVER}:8084/mqtt", "--cafile", ca())


@case("auth-anonymous-refused")
def no_user_and_code_4(lab):
    scripted(lab.server, 1883, "broker", "anonymous=4")
    return doctor(lab.phone, AT)


@case("auth-anonymous-refused")
def certificate_is_no_login(lab):
    """TLS asks for a certificate, and the broker for a user besides."""
    certificate = certificates.get("client")
    mosquitto(lab.server, *tls_lines("good"), f"cafile {ca()}", "require_certificate true",
              f"password_file {password_file(lab)}", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), "--cert", certificate.certificate,
                  "--key", certificate.key)


@case("auth-bad-credentials")
def user_name_pasted_with_a_space(lab):
    mosquitto(lab.server, "allow_anonymous false", f"password_file {password_file(lab)}")
    answer = doctor(lab.phone, AT, "-u", "alice ", "-P", "alice-pw")
    if answer.report["causes"] and "with a space" not in answer.report["causes"][0]["cause"]:
        answer.found += " (without a word about the space)"
    return answer


@case("auth-bad-credentials")
def wrong_password_5(lab):
    guarded(lab)
    return doctor(lab.phone, AT, *WRONG)


@case("auth-bad-credentials")
def wrong_password_311(lab):
    guarded(lab)
    return doctor(lab.phone, AT, *WRONG, "-V", "3.1.1")


@case("auth-bad-credentials")
def unknown_user(lab):
    guarded(lab)
    return doctor(lab.phone, AT, "-u", "Alice", "-P", "alice-pw")


@case("auth-bad-credentials")
def no_password(lab):
    guarded(lab)
    return doctor(lab.phone, AT, "-u", "alice")


@case("auth-bad-credentials")
def wrong_password_over_websocket(lab):
    websocket_broker(lab.server, f"password_file {password_file(lab)}")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt", *WRONG)


@case("auth-bad-credentials")
def wrong_password_over_tls_by_name(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("good"), f"password_file {password_file(lab)}", ready=8883)
    return doctor(lab.phone, "mqtts://broker.test:8883", "--cafile", ca(), *WRONG)


@case("auth-bad-credentials")
def wrong_password_over_tls_by_address(lab):
    """Without a server name; the doctor can try the certificate's."""
    mosquitto(lab.server, *tls_lines("good"), f"password_file {password_file(lab)}", ready=8883)
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca(), *WRONG)


@case("auth-bad-credentials")
def broker_that_says_code_4(lab):
    scripted(lab.server, 1883, "broker", "user=alice:4")
    return doctor(lab.phone, AT, *WRONG, "-V", "3.1.1")


@case("auth-bad-credentials")
def broker_that_says_0x86(lab):
    scripted(lab.server, 1883, "broker", "user=alice:4")
    return doctor(lab.phone, AT, *WRONG)


@case("auth-password-without-username")
def password_alone_5(lab):
    guarded(lab)
    return doctor(lab.phone, AT, "-P", "alice-pw", "-V", "5")


@case("auth-client-id-not-allowed")
def identifier_rejected_311(lab):
    scripted(lab.server, 1883, "broker", "id=secure-")
    return doctor(lab.phone, AT, "-V", "3.1.1")


@case("auth-client-id-not-allowed")
def identifier_rejected_5(lab):
    scripted(lab.server, 1883, "broker", "id=secure-")
    return doctor(lab.phone, AT, *RIGHT)


@case("session-empty-id-persistent", layer="auth")
def empty_identifier_311(lab):
    mosquitto(lab.server, "allow_zero_length_clientid false")
    return doctor(lab.phone, AT, "-i", "", "-V", "3.1.1")


@case("session-empty-id-persistent", layer="auth")
def empty_identifier_5(lab):
    mosquitto(lab.server, "allow_zero_length_clientid false")
    return doctor(lab.phone, AT, "-i", "")


@healthy()
def empty_identifier_that_is_taken(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, AT, "-i", "")


@case("auth-client-id-not-allowed", alike=("auth-bad-credentials",))
def prefixes_of_mosquitto(lab):
    """mosquitto says the same to a wrong password."""
    mosquitto(lab.server, f"password_file {password_file(lab)}", "clientid_prefixes secure-")
    return doctor(lab.phone, AT, *RIGHT)


# ---- RabbitMQ, the real one ------------------------------------------------------------------------


@case("auth-guest-only-local")
def guest_from_elsewhere(_):
    return doctor(rabbitmq().phone, AT, "-u", "guest", "-P", "guest")


@case("auth-vhost")
def user_without_a_virtual_host(_):
    return doctor(rabbitmq().phone, AT, "-u", "homeless", "-P", "homeless-pw")


@case("auth-vhost")
def user_of_another_virtual_host(_):
    return doctor(rabbitmq().phone, AT, "-u", "other:alice", "-P", "alice-pw")


@case("auth-bad-credentials")
def wrong_password_for_rabbitmq(_):
    return doctor(rabbitmq().phone, AT, *WRONG)


@case("auth-anonymous-refused")
def nobody_for_rabbitmq(_):
    return doctor(rabbitmq().phone, AT)


@case("mqtt-v5-closed-silently")
def rabbitmq_and_mqtt_5(_):
    return doctor(rabbitmq().phone, AT, *RIGHT, "-V", "5")


@case("ws-wrong-path")
def rabbitmq_and_the_path_of_emqx(_):
    return doctor(rabbitmq().phone, f"ws://{SERVER}:15675/mqtt", *RIGHT)


@case("mqtt-not-a-broker")
def amqp_port_of_rabbitmq(_):
    return doctor(rabbitmq().phone, f"{SERVER}:5672")


@case("ws-raw-mqtt-to-ws-port")
def raw_to_rabbitmqs_websocket(_):
    return doctor(rabbitmq().phone, f"mqtt://{SERVER}:15675")


@case("ws-handshake-to-raw-port")
def upgrade_to_rabbitmqs_raw_port(_):
    return doctor(rabbitmq().phone, f"ws://{SERVER}:1883/ws")


@case("tls-to-plaintext-port")
def secure_websocket_to_a_raw_port(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, f"wss://{SERVER}:1883/mqtt", "--cafile", ca())


@case("tls-to-plaintext-port")
def tls_to_rabbitmqs_plain_port(_):
    return doctor(rabbitmq().phone, f"mqtts://{SERVER}:1883")


@case("tls-plaintext-to-tls-port")
def plain_to_rabbitmqs_tls_port(_):
    return doctor(rabbitmq().phone, f"mqtt://{SERVER}:8883")


@case("input-dashboard-port")
def management_page_of_rabbitmq(_):
    return doctor(rabbitmq().phone, f"{SERVER}:15672")


# ---- clouds, by their names ---------------------------------------------------------------------------


def cloud(lab, host, *words):
    dnsmasq(lab.router, f"address=/{host}/{SERVER}", rest="address=/com/")
    certificate = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", certificate.chain, certificate.key, *words)
    return f"mqtts://{host}:8883"


AMAZON = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"


def device():
    certificate = certificates.get("client")
    return "--cafile", ca(), "--cert", certificate.certificate, "--key", certificate.key


@case("auth-aws-policy-close")
def amazon_closes_at_connect(lab):
    return doctor(lab.phone, cloud(lab, AMAZON, "broker", "versions=0"), *device())


@case("auth-aws-policy-close")
def amazon_closes_at_subscribe(lab):
    return doctor(lab.phone, cloud(lab, AMAZON, "broker", "subscribe=close"), *device())


@case("auth-aws-policy-close")
def amazon_closes_at_publish(lab):
    return doctor(lab.phone, cloud(lab, AMAZON, "broker", "publish=close"), *device())


@case("auth-cloud-credentials-format")
def azure_wants_its_own_user_name(lab):
    return doctor(lab.phone, cloud(lab, "hub1.azure-devices.net", "broker", "user=device1:4"),
                  "--cafile", ca(), "-u", "device1", "-P", "secret", "-V", "3.1.1")


@case("auth-cloud-credentials-format")
def azure_token_expired(lab):
    user = "hub1.azure-devices.net/device1/?api-version=2021-04-12"
    return doctor(lab.phone, cloud(lab, "hub1.azure-devices.net", "broker", f"user={user}:4"),
                  "--cafile", ca(), "-u", user, "-V", "3.1.1", "-P",
                  "SharedAccessSignature sr=hub1&sig=abc&se=1600000000")


@case("auth-bad-credentials")
def hivemq_cloud_refuses(lab):
    return doctor(lab.phone, cloud(lab, "abc.s1.eu.hivemq.cloud", "broker", "user=alice:5"),
                  "--cafile", ca(), *WRONG)


# ---- a user for the broker's own machine, by a stand-in for RabbitMQ ------------------------------


def local_user_alone(lab, user="guest"):
    """It hangs up on MQTT 5 and says 5 to a right password from elsewhere, as RabbitMQ 3.10 does."""
    scripted(lab.server, 1883, "broker", "versions=3,4", f"local={user}")
    return ("-u", user, "-P", user)


@case("auth-guest-only-local")
def guest_from_elsewhere_by_a_stand_in(lab):
    return doctor(lab.phone, AT, *local_user_alone(lab))


@case("auth-guest-only-local")
def user_let_in_by_loopback_and_not_from_elsewhere(lab):
    login = local_user_alone(lab, "alice")
    return together(lab, server=doctor(lab.server, "127.0.0.1:1883", *login),
                    laptop=doctor(lab.phone, AT, *login))
