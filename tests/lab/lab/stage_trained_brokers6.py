"""The sixth harvest of the brokers that are not Mosquitto."""
from .net import SERVER
from .reported import reported
from .stage_trained_brokers import BEAM, GITHUB, JAVA, RABBIT, RABBIT_BEAM, ended, etc, machine, named, on_broker_in, rabbit_time


@reported(RABBIT + "discussions mqtt.listeners.tcp = none", r"1883", r"listeners\.tcp|mqtt\.listeners", r"rabbitmq\.conf", unsaid="mosquitto")
def rabbit_listens_with_tls_alone(lab):
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n")
    etc(lab, "rabbitmq/rabbitmq.conf", "mqtt.listeners.tcp = none\nmqtt.listeners.ssl.default = 8883\n")
    named(lab.server, RABBIT_BEAM, 8883, "silent")
    return on_broker_in(lab, machine(lab), f"{SERVER}:1883")


@reported(RABBIT + "issues the MQTT plugin is not enabled", r"plugin", r"rabbitmq-plugins enable rabbitmq_mqtt", unsaid="mosquitto")
def rabbit_without_the_plugin_on_the_machine(lab):
    etc(lab, "rabbitmq/enabled_plugins", "[rabbitmq_management].\n")
    named(lab.server, RABBIT_BEAM, 5672, "silent")
    return on_broker_in(lab, machine(lab), f"{SERVER}:1883")


@reported(GITHUB + "hivemq/hivemq-community-edition run without -p", r"publish", r"-p 1883:1883|1883:1883")
def hivemqs_port_is_not_published(lab):
    state = {"State": {"Status": "running"}, "Config": {"Image": "hivemq/hivemq-ce"}}
    return on_broker_in(lab, machine(lab, {}, [("hivemq", "hivemq/hivemq-ce", "1883/tcp, 8080/tcp", "running", "Up 3 hours", state,
                                                ["Started HiveMQ in 5432ms"])]), f"{SERVER}:1883")


@reported("https://activemq.apache.org/mqtt authentication plugin", r"user name|login", unsaid="mosquitto")
def activemq_turns_the_user_away(lab):
    named(lab.server, JAVA, 1883, "broker", "anonymous=5", "user=phone:5", also=("-jar", "/usr/share/activemq/bin/activemq.jar"))
    log = "2026-11-30 10:00:00,607 | WARN  | Failed to add Connection id=phone, clientId=phone due to java.lang.SecurityException: User name [phone] or password is invalid.\n"
    return on_broker_in(lab, machine(lab, {"opt/activemq/data/activemq.log": log}), SERVER, "-u", "phone", "-P", "wrong")


@reported(GITHUB + "emqx/emqx-docker exit 137", r"memory|killed", r"emqx")
def emqx_is_killed_for_its_memory(lab):
    return on_broker_in(lab, machine(lab, {}, [("emqx", "emqx/emqx:5.8", "", "exited", "Exited (137) 1 minute ago", ended(137, OOMKilled=True),
                                                ["EMQX 5.8.0 is running now!"])]))


@reported(GITHUB + "emqx/emqx/issues Erlang cookie / ekka: node name is changed, mnesia schema belongs to another", r"node|name", r"emqx")
def emqx_has_another_node_name_than_its_data(lab):
    log = ["[error] Mnesia(emqx@172.17.0.3): ** ERROR ** (could not write core file: eacces)",
           "** FATAL ** Failed to merge schema: Bad cookie in table definition mqtt_trie: emqx@172.17.0.2 = {cstruct,...",
           "{application_start_failure,ekka,{{shutdown,{failed_to_start_child"]
    return on_broker_in(lab, machine(lab, {}, [("emqx", "emqx/emqx:4.4", "", "exited", "Exited (1) 1 minute ago", ended(1), log)]))


@reported(RABBIT + "issues wrong Erlang cookie / feature flags after upgrade", r"feature flag")
def rabbit_was_upgraded_too_far(lab):
    log = [f"{rabbit_time(60)} [error] <0.230.0> Feature flags: `classic_queue_mirroring`: required feature flag not enabled! It must be enabled before upgrading RabbitMQ.",
           "BOOT FAILED", "Error during startup: {error,{disabled_required_feature_flag,classic_queue_mirroring}}"]
    return on_broker_in(lab, machine(lab, {}, [("rabbitmq", "rabbitmq:4-management", "", "exited", "Exited (1) 1 minute ago", ended(1), log)]))
