"""Connected, and nothing arrives, or twice, or late, or old: the fourth harvest, written down before it was asked."""
from .cases import doctor
from .reported import HEALTHY
from .services import mosquitto
from .stage_delivery import AT
from .stage_trained_deliver import beside, told
from .stage_trained_deliver_two import heard, typed
from .stage_unmet_eighteen import sent
from .stage_unmet_thirteen import GITHUB


@told("a_hash_in_the_middle", GITHUB + "influxdata/telegraf/issues/4437", r"#", r"last|end")
def _(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "foo/#/baz")


typed("three_levels_and_a_total", GITHUB + "lumapu/ahoy/issues/1067", "ahoy/+/+/+", "ahoy/total/P_DC", r"\+", r"level")
beside("sparkplug_without_its_v", GITHUB + "influxdata/telegraf/issues/13338", "spB1.0/testing/#", "spBv1.0/testing/NDATA/node",
       r"spBv1\.0")
beside("chirpstack_calls_it_event_up", GITHUB + "Atos-Research-and-Innovation/IoTagent-LoRaWAN/pull/120",
       "application/1/device/0102/rx", "application/1/device/0102/event/up", r"event/up")
beside("meshtastic_has_another_letter", GITHUB + "meshtastic/meshtastic/pull/1121", "msh/US/2/c/#", "msh/US/2/e/LongFast/!1234",
       r"msh/US/2/e/")
beside("a_place_nobody_filled_in", "closed set: topics", "homie/{id}/state", "homie/lamp/state", r"\{id\}")
beside("the_sender_filled_in_nothing", "closed set: topics", "stat/plug/POWER", "stat/undefined/POWER", r"undefined")
beside("windows_slashes", "closed set: topics", "home\\door", "home/door", r"/", r"home/door")
beside("a_room_nobody_measures", "closed set: topics", "home/kitchen/temp", "home/bath/temp", HEALTHY)
typed("escaped_as_in_a_url", "closed set: topics", "温度/1", "%E6%B8%A9%E5%BA%A6/1", r"escape|URL")
heard("a_lamp_that_is_set", "closed set: captured", "zigbee2mqtt/+/set", "zigbee2mqtt/lamp/set", HEALTHY)
heard("captured_between_quotes", "closed set: captured", '"home/door"', "home/door", r"quote")
heard("captured_without_the_slash", "closed set: captured", "ovms/twizy/metric", "ovms/twizymetric", r"/")


@told("the_state_is_not_kept", GITHUB + "Raphiiko/OyasumiVR/issues/343", r"retain")
def _(lab):
    mosquitto(lab.server)
    sent(lab, "OyasumiVR/sleep/config", "-r", "-m", "{}")
    return doctor(lab.phone, "delivery", AT, "--retained", "-t", "OyasumiVR/sleep/state")


@told("a_queue_of_emqx_on_mosquitto", GITHUB + "node-red/node-red/issues/1215", r"\$queue", r"EMQX")
def _(lab):
    mosquitto(lab.server)
    return doctor(lab.phone, "delivery", AT, "-t", "$queue/home/temp", "--publish")


@told("a_system_topic_with_a_capital", "closed set: topics", r"\$SYS/broker/uptime", r"case")
def _(lab):
    mosquitto(lab.server, "sys_interval 1")
    return doctor(lab.phone, "delivery", AT, "-t", "$SYS/broker/Uptime")
