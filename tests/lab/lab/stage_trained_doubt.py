"""Two causes leave the same facts: neither may be certain."""
import threading
import time

from . import certificates
from .cases import case, doctor, explain
from .certificates import ca
from .net import ROUTER_SERVER, SERVER, SERVER6
from .reported import on_broker
from .services import dnsmasq, mosquitto, scripted
from .stage_delivery import AT, delivery
from .stage_listen import client
from .stage_trained_healthy import configured, past
from .stage_unmet_seven import captured


def doubtful(function):
    """Nothing may be certain, neither what is true nor what is not."""
    def stage(lab):
        answer = function(lab)
        sure = [cause["id"] for cause in answer.report["causes"] if cause["certainty"] == "certain"]
        answer.found = f"certain of {sure[0]}" if sure else "unknown"
        return answer
    stage.__name__ = function.__name__
    return case("unknown", layer="doubt", slowest=60, is_long=function.__name__ not in QUICK)(stage)


QUICK = ("refused_at_the_routers_address", "websocket_403")


@doubtful
def silence_on_one_port_and_no_other_open(lab):
    lab.server.nft("in tcp dport 1883 drop")
    return doctor(lab.phone, AT)


@doubtful
def silence_of_the_whole_host(lab):
    lab.server.nft("in drop")
    return doctor(lab.phone, AT)


@doubtful
def silence_beside_an_open_port(lab):
    scripted(lab.server, 80, "http", "200 OK")
    lab.server.nft("in tcp dport 1883 drop")
    return doctor(lab.phone, AT)


@doubtful
def silence_dropped_on_the_way(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 drop")
    return doctor(lab.phone, AT)


@doubtful
def refused_and_nothing_else_open(lab):
    return doctor(lab.phone, AT)


@doubtful
def refused_beside_ssh(lab):
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2\\r\\n")
    return doctor(lab.phone, AT)


@doubtful
def refused_by_a_reset_of_the_router(lab):
    mosquitto(lab.server)
    lab.router.nft("fw tcp dport 1883 reject with tcp reset")
    return doctor(lab.phone, AT)


@doubtful
def accepted_and_closed(lab):
    scripted(lab.server, 1883, "close")
    return doctor(lab.phone, AT)


@doubtful
def accepted_and_reset(lab):
    scripted(lab.server, 1883, "refuse")
    return doctor(lab.phone, AT)


@doubtful
def closed_after_connect(lab):
    scripted(lab.server, 1883, "half", "")
    return doctor(lab.phone, AT)


@doubtful
def reset_after_connect(lab):
    scripted(lab.server, 1883, "reset-after-data")
    return doctor(lab.phone, AT)


@doubtful
def silent_after_connect(lab):
    scripted(lab.server, 1883, "silent")
    return doctor(lab.phone, AT)


@doubtful
def silent_after_connect_with_a_user(lab):
    scripted(lab.server, 1883, "silent")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@doubtful
def closed_when_a_user_is_named(lab):
    scripted(lab.server, 1883, "broker", "named=close")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@doubtful
def refused_as_not_authorised_with_a_user(lab):
    scripted(lab.server, 1883, "broker", "anonymous=5", "user=alice:5")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@doubtful
def refused_as_bad_user_or_password(lab):
    scripted(lab.server, 1883, "broker", "anonymous=4", "user=alice:4")
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@doubtful
def refused_identifier(lab):
    scripted(lab.server, 1883, "broker", "id=zzz")
    return doctor(lab.phone, AT, "-i", "phone-1")


@doubtful
def tls_closed_at_the_first_word(lab):
    scripted(lab.server, 8883, "half", "")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@doubtful
def tls_reset_at_the_first_word(lab):
    scripted(lab.server, 8883, "reset-after-data")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@doubtful
def tls_silent(lab):
    scripted(lab.server, 8883, "silent")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@doubtful
def tls_then_closed_after_connect(lab):
    good = certificates.get("good")
    scripted(lab.server, 8883, "tls", good.chain, good.key, "half", "")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@doubtful
def tls_handshake_failure_alert(lab):
    scripted(lab.server, 8883, "reply", "15030300020228")
    return doctor(lab.phone, f"mqtts://{SERVER}:8883", "--cafile", ca())


@doubtful
def websocket_404(lab):
    scripted(lab.server, 80, "http", "404 Not Found")
    return doctor(lab.phone, f"ws://{SERVER}/mqtt")


@doubtful
def websocket_502(lab):
    scripted(lab.server, 80, "http", "502 Bad Gateway", "Server: nginx")
    return doctor(lab.phone, f"ws://{SERVER}/mqtt")


@doubtful
def websocket_403(lab):
    scripted(lab.server, 80, "http", "403 Forbidden", "Server: nginx")
    return doctor(lab.phone, f"ws://{SERVER}/mqtt")


@doubtful
def websocket_200(lab):
    scripted(lab.server, 80, "http", "200 OK", "BODY:<html>hello</html>")
    return doctor(lab.phone, f"ws://{SERVER}/mqtt")


@doubtful
def websocket_then_closed(lab):
    scripted(lab.server, 9001, "ws", "--", "close")
    return doctor(lab.phone, f"ws://{SERVER}:9001/mqtt")


@doubtful
def name_unknown(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "broker.test:1883")


@doubtful
def nothing_arrives_on_another_connection(lab):
    scripted(lab.server, 1883, "broker", "publish=swallow")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish")


@doubtful
def publishing_ends_the_connection(lab):
    scripted(lab.server, 1883, "broker", "publish=close", "except=mqtt-doctor")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish")


@doubtful
def subscribing_ends_the_connection(lab):
    scripted(lab.server, 1883, "broker", "subscribe=close", "except=mqtt-doctor")
    return delivery(lab.phone, AT, "-t", "home/#")


@doubtful
def subscribing_is_refused(lab):
    scripted(lab.server, 1883, "broker", "subscribe=80", "except=mqtt-doctor")
    return delivery(lab.phone, AT, "-t", "home/#")


@doubtful
def publishing_is_never_acknowledged(lab):
    scripted(lab.server, 1883, "broker", "publish=silent", "except=mqtt-doctor")
    return delivery(lab.phone, AT, "-t", "home/door", "--publish")


@doubtful
def drops_now_and_then(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    scripted(lab.server, 1883, "forget", "1884", "3", "close")
    return delivery(lab.phone, AT, "--watch", "9s", "-k", "60")


@doubtful
def the_broker_ended_while_watched(lab):
    process = mosquitto(lab.server)
    threading.Timer(3, process.kill).start()
    return delivery(lab.phone, AT, "--watch", "8s")


@doubtful
def syn_without_answer_in_a_capture_of_the_client(lab):
    lab.server.nft("in tcp dport 1883 drop")

    def act():
        lab.phone.start("mosquitto_pub", "-h", SERVER, "-t", "a", "-m", "x")
        time.sleep(4)
    return explain("--captured-on", "client", captured(lab, lab.phone, act))


@doubtful
def reset_in_a_capture_of_the_client(lab):
    def act():
        lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "a", "-m", "x", check=False)
    return explain("--captured-on", "client", captured(lab, lab.phone, act))


@doubtful
def closed_after_connect_in_a_capture(lab):
    scripted(lab.server, 1883, "half", "")

    def act():
        for _ in range(3):
            lab.phone.run("mosquitto_pub", "-h", SERVER, "-t", "a", "-m", "x", check=False)
    return explain("--captured-on", "client", captured(lab, lab.phone, act))


@doubtful
def the_client_ends_it_after_connack(lab):
    mosquitto(lab.server)

    def act():
        for _ in range(3):
            client(lab, "connect=app").wait(3)
            time.sleep(1)
    return explain(captured(lab, lab.server, act))


@doubtful
def silent_subscriber_in_a_capture(lab):
    mosquitto(lab.server)

    def act():
        client(lab, "connect=app", "subscribe=0,home/door", "pings=3")
        lab.router.run("mosquitto_pub", "-h", SERVER, "-t", "garden/door", "-m", "x")
        time.sleep(4)
    return explain(captured(lab, lab.server, act))


@doubtful
def on_the_server_outside_unknown(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n",
               log=past("mosquitto version 2.0.11 starting", "Client phone disconnected due to protocol error."))
    return on_broker(lab)


@doubtful
def refused_as_not_authorised_without_a_user(lab):
    scripted(lab.server, 1883, "broker", "anonymous=5")
    return doctor(lab.phone, AT)


@doubtful
def token_without_a_user_is_refused(lab):
    scripted(lab.server, 1883, "broker", "anonymous=4")
    return doctor(lab.phone, AT, "-P", "token", "-V", "5")


@doubtful
def refused_at_the_routers_address(lab):
    configured(lab, "user root\nlistener 1883 10.77.2.2\nallow_anonymous true\n")
    return on_broker(lab, f"{ROUTER_SERVER}:1883")


@doubtful
def silence_at_the_routers_address(lab):
    configured(lab, "user root\nlistener 1883\nallow_anonymous true\n")
    lab.router.nft("in tcp dport 1883 drop")
    return on_broker(lab, f"{ROUTER_SERVER}:1883")


@case("tcp-client-offline", "an_ipv6_address_and_no_ipv6", layer="doubt", is_long=True)
def an_ipv6_address_and_no_ipv6(lab):
    lab.phone.set(ipv6__conf__all__disable_ipv6=1)
    return doctor(lab.phone, f"[{SERVER6}]:1883")


@case("tcp-client-offline", "the_loopback_address_and_no_ipv6", layer="doubt", is_long=True)
def the_loopback_address_and_no_ipv6(lab):
    lab.phone.set(ipv6__conf__all__disable_ipv6=1, ipv6__conf__lo__disable_ipv6=1)
    return doctor(lab.phone, "[::1]:1883")
