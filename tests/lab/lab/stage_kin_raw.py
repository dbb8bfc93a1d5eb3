"""A firewall that stops answers where connections are not known yet: the raw tables, and the interface itself. The cure must
let them through at that very place."""

from .cases import case, doctor
from .stage_delivery import AT
from .reported import on_broker
from .services import mosquitto
from .stage_kin_unseen import ruled


def raw(host, *words):
    host.run("iptables", "-t", "raw", *words)


@case("tcp-local-policy", layer="path")
def raw_table_of_the_client_drops_answers(lab):
    mosquitto(lab.server)
    raw(lab.phone, "-A", "PREROUTING", "-p", "tcp", "--sport", "1883", "-j", "DROP")
    return doctor(lab.phone, AT)


@case("tcp-local-policy", layer="path")
def raw_chain_of_the_clients_nft_drops_answers(lab):
    mosquitto(lab.server)
    ruled(lab.phone, "table inet own { chain early { type filter hook prerouting priority -300; policy accept; tcp sport 1883 drop; } }")
    return doctor(lab.phone, AT)


@case("tcp-local-policy", layer="path")
def clients_firewall_drops_answers_behind_connections(lab):
    mosquitto(lab.server)
    ruled(lab.phone, "table inet own { chain in { type filter hook input priority 0; policy accept; tcp sport 1883 drop; } }")
    return doctor(lab.phone, AT)


@case("tcp-timeout-host-firewall", layer="tcp")
def raw_table_of_the_server_drops_answers(lab):
    mosquitto(lab.server)
    raw(lab.server, "-A", "OUTPUT", "-p", "tcp", "--sport", "1883", "-j", "DROP")
    return on_broker(lab, AT)
