"""Kin of what the twenty-first batch showed: the other family's socket, Upgrade, and passwords that clouds compute."""
from . import certificates
from .cases import case, doctor, healthy
from .certificates import ca
from .net import SERVER
from .reported import on_broker
from .services import mosquitto, nginx, scripted, websocket_broker
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_twentyone import configured


@case("tcp-ipv6-listener-missing", layer="kin")
def open_at_the_ipv6_loopback_alone(lab):
    configured(lab, "listener 1883 ::1", "allow_anonymous true")
    lab.server.wait_for_port(1883)
    return on_broker(lab, "127.0.0.1:1883")


@case("tcp-ipv6-listener-missing", layer="kin")
def open_at_the_ipv4_loopback_alone(lab):
    configured(lab, "listener 1883 127.0.0.1", "allow_anonymous true")
    lab.server.wait_for_port(1883)
    return on_broker(lab, "[::1]:1883")


def behind_nginx(lab, upgrade):
    websocket_broker(lab.server)
    nginx(lab.server, "map $http_upgrade $wanted { default $http_upgrade; '' ''; }\n"
                      "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
                      "server { listen 80; location / { proxy_pass http://127.0.0.1:9001; proxy_http_version 1.1; "
                      f"proxy_set_header Upgrade {upgrade}; proxy_set_header Connection $connection_upgrade; "
                      "proxy_read_timeout 1h; } }", 80)
    return on_broker(lab, "ws://localhost:80/mqtt")


@case("ws-proxy-no-upgrade", layer="kin")
def upgrade_is_the_word_itself(lab):
    return behind_nginx(lab, "upgrade")


@healthy()
def upgrade_is_a_map_of_ones_own(lab):
    return behind_nginx(lab, "$wanted")


def computed(lab, zone, host, ending, *words):
    """A cloud that takes computed passwords only, and ends otherwise as `ending` says."""
    in_the_cloud(lab, zone, "47.101.2.3")
    good = certificates.get("clouds")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "broker", "versions=4", ending)
    return doctor(lab.phone, f"mqtts://{host}:8883", "--cafile", ca(), "-V", "3.1.1", *words)


AZURE = "hub.azure-devices.net"


@case("auth-cloud-credentials-format", layer="kin")
def azure_gets_the_devices_key_itself(lab):
    return computed(lab, "azure-devices.net", AZURE, "named=close", "-i", "lamp", "-u",
                    AZURE + "/lamp/?api-version=2021-04-12",
                    "-P", "bGFtcC1rZXktb2YtdGhlLWRldmljZS1hcy1pdC1pcw==")


@case("mqtt-closed-after-connect", layer="kin")
def azure_gets_a_token_and_does_not_like_it(lab):
    return computed(lab, "azure-devices.net", AZURE, "named=close", "-i", "lamp", "-u",
                    AZURE + "/lamp/?api-version=2021-04-12",
                    "-P", "SharedAccessSignature sr=hub.azure-devices.net%2Fdevices%2Flamp&sig=abc&se=4102444800")
