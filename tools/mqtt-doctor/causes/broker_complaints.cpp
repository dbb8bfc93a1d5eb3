#include "mqtt-doctor/causes/broker_complaints.hpp"

#include <algorithm>

#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr broker_complaint rows[] = {
    {broker_kind::vernemq, "product license not accepted",
     N_("VerneMQ's packages and images do not start until the licence is accepted."),
     N_("Read the licence; who accepts it says so in {file}:"), "accept_eula = yes", "vernemq.conf",
     N_("Read the licence; who accepts it says so in the container's environment: -e "
        "DOCKER_VERNEMQ_ACCEPT_EULA=yes")},
    {broker_kind::vernemq, "cannot rename /vernemq/etc/",
     N_("VerneMQ's image writes its settings into vernemq.conf at each start, and may not where "
        "that file alone is mounted: what the environment says is not in force."),
     N_("Mount the file as /vernemq/etc/vernemq.conf.local in its place; the image then takes it "
        "as it is."),
     nullptr, nullptr,
     N_("Mount the file as /vernemq/etc/vernemq.conf.local in its place; the image then takes it "
        "as it is.")},
    {broker_kind::vernemq, "due to not_ready",
     N_("A node of VerneMQ's cluster does not see all the others, and takes no client until it "
        "does."),
     N_("See which node is missing, and start it or let the cluster forget it:"),
     "sudo vmq-admin cluster show", nullptr, nullptr},
    {broker_kind::emqx, "connection_rejected_due_to_license",
     N_("EMQX's licence allows no further connection: it has ended, or as many clients are "
        "connected as it is for."),
     N_("See until when it is good, and for how many:"), "sudo emqx ctl license info", nullptr,
     nullptr},
    {broker_kind::hivemq, "no security extension present",
     N_("HiveMQ has no extension that decides who may come in, and then turns everybody away, "
        "whatever user name and password they send."),
     N_("Put one into HiveMQ's folder extensions: the File RBAC Extension, with users and "
        "passwords "
        "(or, on a closed network alone, the one called hivemq-allow-all-extension)."),
     nullptr, nullptr, nullptr},
    {broker_kind::nats, "mqtt requires jetstream",
     N_("NATS speaks MQTT only with JetStream switched on, and does not start without it."),
     N_("Switch it on, in {file}:"), "jetstream { store_dir: \"/var/lib/nats\" }",
     "nats-server.conf", nullptr},
    {broker_kind::nats, "jetstream not enabled for account",
     N_("NATS speaks MQTT only in accounts that have JetStream, and this account has not."),
     N_("Switch it on for that account, in {file}:"), "jetstream: enabled", "nats-server.conf",
     nullptr},
    {broker_kind::nats, "mqtt requires server name",
     N_("NATS does not start with MQTT until the server has a name."), N_("Name it, in {file}:"),
     "server_name: mqtt1", "nats-server.conf", nullptr},
    {broker_kind::nats, "has no quorum",
     N_("NATS keeps sessions in JetStream, and too few servers of its cluster are there to decide "
        "anything: MQTT clients get no answer."),
     N_("Start the other servers of the cluster; more than half of them must run. This shows them "
        "(with a user of the system account):"),
     "nats server report jetstream", nullptr, nullptr},
    {broker_kind::nats, "jetstream system temporarily unavailable",
     N_("NATS keeps sessions in JetStream, and the cluster's JetStream has no leader: MQTT clients "
        "are not let in."),
     N_("Start the other servers of the cluster; more than half of them must run. This shows them "
        "(with a user of the system account):"),
     "nats server report jetstream", nullptr, nullptr},
    {broker_kind::nanomq, "nng_listener_create tls",
     N_("This NanoMQ was built without TLS, and does not start with a TLS listener."),
     N_("Install a build with TLS (cmake -DNNG_ENABLE_TLS=ON), or take the TLS listener out of "
        "nanomq.conf."),
     nullptr, nullptr,
     N_("Use the image with TLS, whose tag ends with -full, or take the TLS listener out of "
        "nanomq.conf.")},
    {broker_kind::rabbitmq, "aiting for mnesia tables",
     N_("RabbitMQ waits for the other nodes of its cluster, and serves nobody until the one that "
        "stopped last is back."),
     N_("Start the other nodes first, the one that was stopped last before all others. See where "
        "this one stands:"),
     "sudo rabbitmqctl await_startup --timeout 30", nullptr, nullptr},
    {broker_kind::none, "incompatible,{verify,verify_none},{fail_if_no_peer_cert,true}",
     N_("The TLS listener demands a client certificate (fail_if_no_peer_cert) and is not to check "
        "it "
        "(verify_none): Erlang refuses that pair, and each connection is cut off."),
     N_("Either check client certificates (verify = verify_peer), or, to demand none, in {file}:"),
     "listeners.ssl.default.ssl_options.fail_if_no_peer_cert = false", "emqx.conf", nullptr},
    {broker_kind::none, "{options,{cacertfile,[]}}",
     N_("The TLS listener is to check client certificates (verify_peer), and has no cacertfile to "
        "check them by: each connection is cut off."),
     N_("Name the authority's file as cacertfile, or, to demand no certificates, in {file}:"),
     "listeners.ssl.default.ssl_options.verify = verify_none", "emqx.conf", nullptr},
    {broker_kind::none, "{ssl_error,{options,",
     N_("The options of the TLS listener do not fit each other, or name a file that is not there: "
        "each connection is cut off."),
     N_("What stands behind \"options\" in that line of the log names the option; see the "
        "listener's "
        "certificate, key and CA file:"),
     "ls -l /etc/emqx/certs /etc/rabbitmq", nullptr, nullptr},
    {broker_kind::none, "seems to be in use by another erlang node",
     N_("The name of the node is taken: another one of that name still runs on this machine, and "
        "this one does not start."),
     N_("See which nodes there are, and end the old one by its own command (emqx stop, rabbitmqctl "
        "stop, vernemq stop):"),
     "epmd -names", nullptr, nullptr},
    {broker_kind::none, "bad cookie in table definition",
     N_("The data of this node were made under another name, or in another cluster, and it does "
        "not start with them."),
     N_("Give it the name that it had when they were made; this shows those it knows of:"),
     "sudo ls /var/lib/emqx/mnesia /var/lib/rabbitmq/mnesia", nullptr,
     N_("Start the container with the name that it had, the same each time (--hostname NAME, for "
        "EMQX besides -e EMQX_NODE_NAME=emqx@NAME).")},
    {broker_kind::rabbitmq, "required feature flag not enabled",
     N_("RabbitMQ was upgraded, and a feature flag that this version demands is not enabled in its "
        "data."),
     N_("Go back to the version before, enable all of them there, and upgrade again:"),
     "sudo rabbitmqctl enable_feature_flag all", nullptr,
     N_("Start the image of the version before on the same data, enable all of them there (docker "
        "exec NAME rabbitmqctl enable_feature_flag all), and upgrade again.")},
    {broker_kind::activemq, "noclassdeffounderror: org/fusesource",
     N_("ActiveMQ opens the port and cannot read MQTT: its MQTT codec is not installed (Debian's "
        "package leaves it out)."),
     N_("Install it, and start ActiveMQ again:"),
     "sudo apt install libmqtt-client-java && sudo systemctl restart activemq", nullptr, nullptr},
    {broker_kind::activemq, "is locked... waiting",
     N_("Another ActiveMQ holds the store, and this one waits as its stand-in, with no port open."),
     N_("Dial the one that is active. Where there should be one alone, see who holds the store:"),
     "pgrep -af activemq", nullptr, nullptr},
    {broker_kind::activemq, "could not be locked",
     N_("Another ActiveMQ holds the store, and this one waits as its stand-in, with no port open."),
     N_("Dial the one that is active. Where there should be one alone, see who holds the store:"),
     "pgrep -af activemq", nullptr, nullptr},
    {broker_kind::artemis, "waiting to become backup node",
     N_("This Artemis is the backup of another one, and opens no port while that one runs."),
     N_("Dial the active one."), nullptr, nullptr, nullptr},
    {broker_kind::artemis, "waiting indefinitely to obtain",
     N_("Another Artemis holds the journal, and this one waits for it, with no port open."),
     N_("Dial the active one. Where there should be one alone, see who holds the journal:"),
     "pgrep -af artemis", nullptr, nullptr},
};

}  // namespace

const broker_complaint* complaint_in(std::string_view line) {
  const std::string low = lower(std::string(line));
  const auto row = std::find_if(
      std::begin(rows), std::end(rows),
      [&](const broker_complaint& each) { return low.find(each.mark) != std::string::npos; });
  return row == std::end(rows) ? nullptr : row;
}

}  // namespace mqttkit::doctor
