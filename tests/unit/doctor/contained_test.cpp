// What a container's broker reads: seen through what is mounted, and told in this machine's paths.
#include <sys/stat.h>

#include "mqtt-doctor/causes/complete_cures.hpp"
#include "mqtt-doctor/probes/host/containers.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::scene;

namespace {

constexpr const char* list =
    "docker ps -a --format {{.Names}}|{{.Image}}|{{.Ports}}|{{.State}}|{{.Status}}";

/// A machine with one container, whose folder /srv/config is mounted over mosquitto's.
struct mounted_machine {
  machine here;

  explicit mounted_machine(const std::string& image = "eclipse-mosquitto:2",
                           const std::string& state = "running") {
    here.file("/run/docker.sock", "");
    here.prints(list, "broker|" + image + "|0.0.0.0:1883->1883/tcp|" + state + "|Up 2 hours\n");
    inspected(R"("Args":["/usr/sbin/mosquitto","-c","/mosquitto/config/mosquitto.conf"])");
  }
  mounted_machine& inspected(const std::string& more,
                             const std::string& target = "/mosquitto/config") {
    here.prints("docker inspect broker",
                R"([{"State":{"Status":"running"},"Path":"/docker-entrypoint.sh","Mounts":[)"
                R"({"Source":"/srv/config","Destination":")" +
                    target + R"("}],)" + more + "}]");
    return *this;
  }
  mounted_machine& conf(const std::string& text) {
    here.file("/srv/config/mosquitto.conf", text);
    return *this;
  }
  container_fact look() {
    const auto found = here.look().containers;
    REQUIRE(found.size() == 1);
    return found[0];
  }
  scene asked(const char* outcome = "connected") {
    scene made;
    made.connects(outcome);
    made.host().containers = here.look().containers;
    made.listens("0.0.0.0", "docker-proxy", 901);
    return made;
  }
};

std::string told(scene& made) {
  std::string out;
  auto found = made.found();
  if (found.empty()) return out;
  complete_cures({made.all, made.all.endpoints[0]}, found);
  out = in_english(found[0].cause);
  for (const auto& each : found[0].evidence) out += "\n" + in_english(each);
  for (const auto& each : found[0].cures) {
    out += "\n" + in_english(each.what) + " " + each.command + " " + each.file;
  }
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a container's configuration is read where it is mounted, in this machine's paths") {
  mounted_machine docker;
  docker.conf("listener 1883\npassword_file /mosquitto/config/passwd\n")
      .here.file("/srv/config/passwd", "bob:x\n");
  const auto found = docker.look();
  REQUIRE(found.configuration);
  CHECK(found.configuration->file == "/srv/config/mosquitto.conf");
  CHECK(found.configuration->settings.at("password_file") == "/srv/config/passwd");
  CHECK(found.configuration->is_used);
  const auto* const plain = problem(*found.configuration, problem_kind::plain_password);
  REQUIRE(plain != nullptr);
  CHECK(plain->file == "/srv/config/passwd");
}

TEST_CASE("what is mounted nowhere is not known of a container, and never missing") {
  mounted_machine docker;
  docker.conf("listener 8883\ncertfile /certs/a.pem\nkeyfile /certs/a.key\nuser nobody2\n");
  const auto found = docker.look();
  REQUIRE(found.configuration);
  CHECK(problem(*found.configuration, problem_kind::missing_file) == nullptr);
  CHECK(problem(*found.configuration, problem_kind::missing_user) == nullptr);
}

TEST_CASE("a command of the container's own names its configuration, or none") {
  mounted_machine docker;
  docker.conf("listener 1883\n").here.file("/srv/config/other.conf", "listener 1884\n");
  docker.inspected(R"("Args":["mosquitto","-c","/mosquitto/config/other.conf"])");
  CHECK(docker.look().configuration->file == "/srv/config/other.conf");
  docker.inspected(R"("Args":["mosquitto","-v"])");
  CHECK_FALSE(docker.look().configuration);
}

TEST_CASE("files of a running container are read below /proc, where nothing is mounted") {
  mounted_machine docker;
  docker.here.prints("docker inspect broker",
                     R"([{"State":{"Status":"running","Pid":812},"Path":"mosquitto",)"
                     R"("Args":["-c","/mosquitto/config/mosquitto.conf"],"Mounts":[]}])");
  docker.here.file("/proc/812/root/mosquitto/config/mosquitto.conf", "listener 1883 127.0.0.1\n");
  const auto found = docker.look();
  REQUIRE(found.configuration);
  REQUIRE(found.configuration->listeners.size() == 1);
  CHECK(found.configuration->listeners[0].address == "127.0.0.1");
}

TEST_CASE("a listener on a container's own loopback is named with the mounted line") {
  mounted_machine docker;
  docker.conf("# mine\nlistener 1883 127.0.0.1\nallow_anonymous true\n");
  scene made = docker.asked();
  made.closes();
  CHECK(made.first() == "tcp-refused-loopback-listener");
  CHECK(has(told(made), "/srv/config/mosquitto.conf, line 2"));
  CHECK(has(told(made), "sudo docker restart broker"));
  CHECK_FALSE(has(told(made), "systemctl"));
  docker.conf("listener 1883 0.0.0.0\nallow_anonymous true\n");
  scene open = docker.asked();
  open.closes();
  CHECK(open.first() != "tcp-refused-loopback-listener");
}

TEST_CASE("what listens in a container counts more than what its environment says") {
  mounted_machine docker("emqx/emqx:5");
  const std::string bound =
      R"("Config":{"Env":["EMQX_LISTENERS__TCP__DEFAULT__BIND=127.0.0.1:1883"]})";
  docker.inspected(bound, "/opt/emqx/data");
  scene made = docker.asked();
  made.closes();
  CHECK(made.first() == "tcp-refused-loopback-listener");
  CHECK(made.found()[0].how_sure == certainty::likely);
  CHECK(has(told(made), "EMQX_LISTENERS__TCP__DEFAULT__BIND"));
  container_fact& container = made.host().containers[0];
  container.has_listeners = true;
  listener_fact inside;
  inside.address = "127.0.0.1";
  inside.port = 1883;
  container.listeners = {inside};
  CHECK(made.found()[0].how_sure == certainty::certain);
  container.listeners[0].address = "0.0.0.0";
  CHECK(made.first() != "tcp-refused-loopback-listener");
}

TEST_CASE("EMQX's files in a container are read as on a machine, and its environment counts more") {
  mounted_machine docker("emqx/emqx:5.8");
  docker.here.file("/srv/config/etc/emqx.conf", "listeners.tcp.default.bind = \"0.0.0.0:1883\"\n")
      .file("/srv/config/data/configs/cluster.hocon",
            "listeners.tcp.default.bind = \"127.0.0.1:1883\"\nmqtt.max_packet_size = 1KB\n");
  docker.inspected(
      R"("Config":{"Env":["EMQX_MQTT__MAX_PACKET_SIZE=2KB","EMQX_ALLOW_ANONYMOUS=0"]})",
      "/opt/emqx");
  const auto found = docker.look();
  REQUIRE(found.configuration);
  REQUIRE(found.configuration->listeners.size() == 1);
  CHECK(found.configuration->listeners[0].address.empty());
  CHECK(found.configuration->settings.at("mqtt.max_packet_size") == "2KB");
  CHECK(found.configuration->places.at("mqtt.max_packet_size") == "EMQX_MQTT__MAX_PACKET_SIZE");
  CHECK(found.configuration->settings.count("allow_anonymous") == 0);
}

TEST_CASE("a variable alone sets up VerneMQ, whatever separates its words") {
  mounted_machine docker("vernemq/vernemq");
  docker.inspected(R"("Config":{"Env":["DOCKER_VERNEMQ_LISTENER.TCP.DEFAULT=127.0.0.1:1883",)"
                   R"("DOCKER_VERNEMQ_PLUGINS__VMQ_PASSWD=off","DOCKER_VERNEMQ_USER_bob=abc"]})",
                   "/vernemq/data");
  const auto found = docker.look();
  REQUIRE(found.configuration);
  REQUIRE(found.configuration->listeners.size() == 1);
  CHECK(found.configuration->listeners[0].address == "127.0.0.1");
  CHECK(found.configuration->settings.at("plugins.vmq_passwd") == "off");
  for (const auto& [name, value] : found.configuration->settings) CHECK_FALSE(has(value, "abc"));
}

TEST_CASE("a command of a broker in a container is given inside, and its restart is Docker's") {
  mounted_machine docker("rabbitmq:4");
  docker.here.file("/srv/config/enabled_plugins", "[rabbitmq_management].\n");
  docker.inspected(R"("Args":["rabbitmq-server"])", "/etc/rabbitmq");
  scene made = docker.asked();
  made.closes();
  CHECK(made.first() == "host-mqtt-plugin-off");
  CHECK(has(told(made), "sudo docker exec broker rabbitmq-plugins enable rabbitmq_mqtt"));
  CHECK(made.found()[0].how_sure == certainty::likely);
  made.host().containers[0].has_listeners = true;
  CHECK(made.found()[0].how_sure == certainty::certain);
  listener_fact inside;
  inside.address = "0.0.0.0";
  inside.port = 1883;
  made.host().containers[0].listeners = {inside};
  CHECK(made.first() != "host-mqtt-plugin-off");
}

TEST_CASE("a setting in a file of the container alone is set where it outlives the container") {
  mounted_machine docker("vernemq/vernemq");
  docker.here.file("/proc/812/root/vernemq/etc/vernemq.conf",
                   "listener.tcp.default = 127.0.0.1:1883\n");
  docker.here.prints("docker inspect broker",
                     R"([{"State":{"Status":"running","Pid":812},"Path":"start_vernemq",)"
                     R"("Args":[],"Mounts":[]}])");
  scene made = docker.asked();
  made.closes();
  CHECK(made.first() == "tcp-refused-loopback-listener");
  CHECK(has(told(made), "DOCKER_VERNEMQ_LISTENER__TCP__DEFAULT=0.0.0.0:1883"));
  CHECK_FALSE(has(told(made), "systemctl"));
}

TEST_CASE("secrets of a container's environment and command are not kept") {
  container_fact made;
  read_inspection(
      R"([{"Path":"mosquitto","Args":["--password","abc"],"Config":{"User":"1000:1000",)"
      R"("Env":["MQTT_PASSWORD=abc","EMQX_NODE__COOKIE=abc","MQTT_BIND=0.0.0.0",)"
      R"("PATH=/bin","DOCKER_VERNEMQ_USER_bob=abc","MQTT"]}}])",
      made);
  CHECK(made.user == "1000:1000");
  CHECK_FALSE(has(made.command, "abc"));
  CHECK(made.environment.size() == 4);
  CHECK(made.environment.at("MQTT_BIND") == "0.0.0.0");
  for (const auto& each : made.environment) CHECK_FALSE(has(each.second, "abc"));
}

TEST_CASE("secrets are found in the middle of a variable's value, and whatever a name's letters") {
  container_fact made;
  read_inspection(
      R"([{"Path":"x","Config":{"Env":["MQTT_URL=mqtt://bob:a@bcd@host:1883/t@x",)"
      R"("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-x 1 -setcookie abc -y '2'",)"
      R"("MQTT_OPTS=-Djavax.net.ssl.keyStorePassword=abc -Dx=1","mqtt_MQTT_pwd=abc",)"
      R"("MQTT_Psk=abc","MQTT_Credentials=abc","EMQX_A=\"-setcookie abc\" --pw 'd abc' e"]}}])",
      made);
  CHECK(made.environment.size() == 7);
  for (const auto& each : made.environment) {
    CHECK_FALSE(has(each.second, "abc"));
    CHECK_FALSE(has(each.second, "bcd"));
  }
  CHECK(made.environment.at("MQTT_URL") == "mqtt://bob:***@host:1883/t@x");
  CHECK(made.environment.at("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS") == "-x 1 -setcookie *** -y '2'");
  CHECK(made.environment.at("MQTT_OPTS") == "-Djavax.net.ssl.keyStorePassword=*** -Dx=1");
}

TEST_CASE("a password in a container's script is not kept, and the rest of the script is") {
  const auto shown = [](const std::string& script) {
    container_fact made;
    read_inspection(R"([{"Path":"sh","Args":["-c",")" + script + R"("]}])", made);
    return made.command;
  };
  CHECK(shown("mosquitto_passwd -b -c /mosquitto/pw alice s3cret && mosquitto -c /x") ==
        "sh -c mosquitto_passwd *** && mosquitto -c /x");
  CHECK(shown("/bin/mosquitto_passwd -b /pw alice s3cret; exec mosquitto -c /x") ==
        "sh -c /bin/mosquitto_passwd ***; exec mosquitto -c /x");
  CHECK(shown("mosquitto_passwd -b /pw \\\\\\n alice s3cret\\nmosquitto -c /x") ==
        "sh -c mosquitto_passwd *** ; mosquitto -c /x");
  CHECK(shown("x --password s3cret && mosquitto") == "sh -c x --password *** && mosquitto");
}

TEST_CASE("no link and no step up of a container leads to this machine's files") {
  const mqttkit::testing::temp_folder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  std::filesystem::create_directories(at("srv/config"));
  std::filesystem::create_directories(at("host"));
  folder.write("host/shadow", "root:secret\n");
  folder.write("srv/config/own", "own\n");
  std::filesystem::create_symlink("../../host/shadow", at("srv/config/near"));
  std::filesystem::create_symlink(at("host/shadow"), at("srv/config/far"));
  std::filesystem::create_symlink(at("host"), at("srv/config/folder"));
  std::filesystem::create_symlink("own", at("srv/config/mine"));
  std::filesystem::create_symlink("/c/own", at("srv/config/whole"));
  std::filesystem::create_symlink(at("host/shadow"), at("srv/single"));
  const machine_files here(folder.path().string());
  for (const std::string rest : {"", "/srv/config"}) {
    const machine_files inside =
        here.in_container({{"/c", "/srv/config"}, {"/one", "/srv/single"}}, rest);
    for (const char* path : {"/c/near", "/c/far", "/c/folder/shadow", "/c/../../host/shadow",
                             "/c/../host/shadow", "/one", "/near", "/../../host/shadow"}) {
      CAPTURE(path);
      file_error error;
      CHECK(inside.read(path, &error).empty());
      CHECK_FALSE(error.empty());
      CHECK(inside.read_end(path).empty());
      CHECK_FALSE(inside.status(path));
    }
    CHECK(inside.list("/c/folder").empty());
    CHECK(inside.link("/c/folder/shadow").empty());
    CHECK(inside.read("/c/own") == "own\n");
    CHECK(inside.read("/c/mine") == "own\n");
    CHECK(inside.read("/c/whole") == "own\n");
    CHECK(inside.read("/x/../c/own") == "own\n");
    CHECK(inside.link("/c/mine") == "own");
    CHECK(inside.list("/c").size() == 6);
  }
}

TEST_CASE("pipes and devices are not read in place of files") {
  const mqttkit::testing::temp_folder folder;
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0644) == 0);
  std::filesystem::create_symlink("/dev/zero", folder.path() / "zero");
  const machine_files here(folder.path().string());
  const machine_files inside = here.in_container({{"/c", "/"}}, "");
  file_error error;
  for (const char* path : {"/pipe", "/zero"}) {
    CHECK(here.read(path, &error).empty());
    CHECK(error.text() == "No such device");
  }
  CHECK(inside.read("/c/pipe", &error).empty());
  CHECK(error.text() == "No such device");
  CHECK(here.read("/nothing", &error).empty());
  CHECK(error.is_missing());
}

TEST_CASE("users of a container's broker are set with the program in the container") {
  mounted_machine docker;
  docker.conf("listener 1883\npassword_file /mosquitto/config/passwd\n")
      .here.file("/srv/config/passwd", "bob:x\n");
  docker.here.request.user = "bob";
  docker.here.request.password = "x";
  scene made = docker.asked();
  made.answers(135, 135);
  made.all.asked.has_user = true;
  made.all.asked.user_name = "bob";
  CHECK(made.first() == "auth-password-file-not-hashed");
  CHECK(has(told(made), "sudo docker exec -it broker mosquitto_passwd"));
  CHECK(has(told(made), "/mosquitto/config/passwd"));
  CHECK(has(told(made), "sudo docker exec broker sh -c"));
}

TEST_CASE("a broker of the machine's own keeps its configuration beside a container") {
  mounted_machine docker;
  docker.conf("listener 1883 127.0.0.1\n");
  scene made;
  made.connects("connected").closes();
  made.host().containers = docker.here.look().containers;
  made.host().containers[0].ports = "0.0.0.0:1884->1883/tcp";
  made.listens("0.0.0.0");
  made.runs();
  made.configured(true, 1883);
  CHECK(made.first() != "tcp-refused-loopback-listener");
}

TEST_CASE("a proxy in a container that leads to 127.0.0.1 leads to itself") {
  mounted_machine docker("nginx:1.27");
  docker.inspected(R"("Args":["nginx"])", "/etc/nginx");
  docker.here.file("/srv/config/nginx.conf",
                   "events {}\nstream {\n server {\n  listen 1883;\n  proxy_pass 127.0.0.1:1884;\n"
                   " }\n}\n");
  scene made = docker.asked();
  made.closes();
  CHECK(made.first() == "proxy-backend-down");
  CHECK(has(told(made), "/srv/config/nginx.conf"));
  docker.here.file("/srv/config/nginx.conf",
                   "events {}\nstream {\n server {\n  listen 1883;\n  proxy_pass mosquitto:1883;\n"
                   " }\n}\n");
  scene other = docker.asked();
  other.closes();
  CHECK_FALSE(has(told(other), "that is the container itself"));
}

TEST_CASE("Caddy's JSON is read with paths, TLS and streams") {
  const std::string text = R"({"apps":{"http":{"servers":{"s":{"listen":[":8443"],
"tls_connection_policies":[{}],
"routes":[{"match":[{"host":["a.example"],"path":["/mqtt"]}],"handle":[{"handler":"subroute",
"routes":[{"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:9001"}]}]}]}]}]}}},
"layer4":{"servers":{"m":{"listen":["0.0.0.0:8883"],"routes":[{"handle":[{"handler":"tls"},
{"handler":"proxy","upstreams":[{"dial":["broker:1883"]}]}]}]}}}}})";
  const auto found = read_caddy_json("/etc/caddy/caddy.json", text);
  REQUIRE(found.size() == 2);
  CHECK(found[0].port == 8443);
  CHECK(found[0].path == "/mqtt");
  CHECK(found[0].is_exact_path);
  CHECK(found[0].takes_tls);
  CHECK(found[0].target == "127.0.0.1:9001");
  CHECK(found[0].line == 4);
  CHECK(found[0].names == std::vector<std::string>{"a.example"});
  CHECK(found[1].mode == proxy_mode::tcp);
  CHECK(found[1].takes_tls);
  CHECK(found[1].target == "broker:1883");
  for (const char* odd : {"", "{", "[]", "{\"apps\":1}", "{\"apps\":{\"http\":{\"servers\":[1]}}}",
                          "{ http_port 8080 }"}) {
    CAPTURE(odd);
    CHECK(read_caddy_json("f", odd).empty());
  }
}

TEST_CASE("HiveMQ's key store is missed where it is not there, and not opened where it is") {
  machine here;
  here.file("/opt/hivemq/conf/config.xml",
            "<hivemq><listeners><tls-tcp-listener><port>8883</port><tls><keystore>"
            "<path>conf/store.jks</path></keystore></tls></tls-tcp-listener></listeners></hivemq>");
  auto found = here.look().configurations;
  REQUIRE(found.size() == 1);
  REQUIRE(problem(found[0], problem_kind::missing_file) != nullptr);
  CHECK(problem(found[0], problem_kind::missing_file)->file == "/opt/hivemq/conf/store.jks");
  here.file("/opt/hivemq/conf/store.jks", "\xFE\xED\xFE\xED and more");
  CHECK(here.look().configurations[0].problems.empty());
  here.file("/opt/hivemq/conf/store.jks", "-----BEGIN CERTIFICATE-----\n");
  CHECK(problem(here.look().configurations[0], problem_kind::bad_certificate) != nullptr);
}

TEST_CASE("Docker and Podman are both asked, and what one lists for the other counts once") {
  machine here;
  here.file("/run/docker.sock", "").file("/usr/bin/podman", "");
  here.prints(list, "web|nginx|0.0.0.0:80->80/tcp|running|Up\n");
  here.prints(
      "podman ps -a --format {{.Names}}|{{.Image}}|{{.Ports}}|{{.State}}|{{.Status}}",
      "web|nginx|0.0.0.0:80->80/tcp|running|Up\nmq|eclipse-mosquitto|1883/tcp|running|Up\n");
  const auto found = here.look().containers;
  REQUIRE(found.size() == 2);
  CHECK(found[1].name == "mq");
  CHECK(found[1].tool == "podman");
}

TEST_CASE("a broker in a pod is seen where nothing leads to it, and none beside it is missed") {
  machine here;
  here.runs(812, "mosquitto", {"mosquitto", "-c", "/mosquitto/config/mosquitto.conf"})
      .in_network("812", "net:[2]")
      .file("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
      .file("/proc/812/mountinfo", "90 60 0:45 / / rw - overlay overlay rw\n")
      .file("/proc/812/cgroup", "0::/kubepods/besteffort/pod1/containerd-1\n");
  const auto host = here.look();
  CHECK(host.brokers.empty());
  REQUIRE(host.contained_brokers.size() == 1);
  CHECK(host.contained_brokers[0].group == "kubepods");
  scene made;
  made.connects("refused");
  made.host() = host;
  CHECK(made.first() == "tcp-docker-port-not-published");
  CHECK(has(told(made), "NodePort"));
  for (const auto& each : made.found()) CHECK(each.id != "tcp-refused-not-running");
  // Another network with this machine's own files is no container.
  here.file("/proc/812/mountinfo", "90 60 8:1 / / rw - ext4 /dev/sda1 rw\n");
  CHECK(here.look().contained_brokers.empty());
}

TEST_CASE("a service of a compose file is found in what that includes or extends") {
  machine here;
  here.file("/run/docker.sock", "");
  here.prints(list, "mq|eclipse-mosquitto:2|127.0.0.1:1883->1883/tcp|running|Up 2 hours\n");
  here.prints("docker inspect mq",
              R"([{"State":{"Status":"running"},"Config":{"Labels":{)"
              R"("com.docker.compose.service":"mq",)"
              R"("com.docker.compose.project.working_dir":"/srv/s",)"
              R"("com.docker.compose.project.config_files":"/srv/s/c.yaml"}}}])");
  const auto compose = [&](const std::string& main) {
    here.file("/srv/s/c.yaml", main);
    return here.look().containers[0].compose;
  };
  here.file("/srv/s/sub/mqtt.yaml",
            "services:\n  mq:\n    image: eclipse-mosquitto\n    ports: [\"127.0.0.1:1883:1883\"]\n"
            "    volumes: [\"./conf:/mosquitto/config\"]\n");
  for (const char* text :
       {"include: [sub/mqtt.yaml]\nservices:\n  web: {image: nginx}\n",
        "include:\n  - path: sub/mqtt.yaml\n", "include:\n  - path: [sub/mqtt.yaml]\n",
        "services:\n  mq:\n    extends: {file: sub/mqtt.yaml, service: mq}\n"}) {
    CAPTURE(text);
    const auto found = compose(text);
    REQUIRE(found);
    REQUIRE(found->ports.size() == 1);
    CHECK(found->ports[0].file == "/srv/s/sub/mqtt.yaml");
    REQUIRE(found->volumes.size() == 1);
    CHECK(found->volumes[0].source == "/srv/s/sub/conf");
    CHECK(found->files == std::vector<std::string>{"/srv/s/c.yaml"});
    CHECK_FALSE(found->is_in_part);
  }
  const auto own = compose(
      "services:\n  base:\n    ports: [\"1883:1883\"]\n  mq:\n    extends: {service: base}\n");
  REQUIRE(own->ports.size() == 1);
  CHECK(own->ports[0].line == 3);
  CHECK(own->line == 4);
  CHECK(own->ports_line == 0);
  CHECK(compose("services:\n  mq:\n    extends: {file: gone.yaml, service: mq}\n")->is_in_part);
  // Files that lead to each other end.
  here.file("/srv/s/round.yaml", "include: [c.yaml]\n");
  CHECK_FALSE(compose("include: [round.yaml]\n"));
}

TEST_CASE("a published port is Docker's, also where its holder is not seen") {
  machine here;
  here.file("/run/docker.sock", "");
  here.prints(list, "mq|eclipse-mosquitto:2|127.0.0.1:1883->1883/tcp|running|Up 2 hours\n");
  scene made;
  made.connects("connected").works();
  made.host().containers = here.look().containers;
  made.host().is_root = false;
  made.listens("127.0.0.1", "", 0);
  CHECK(made.first() == "tcp-docker-port-not-published");
  CHECK_FALSE(has(told(made), "mosquitto.conf"));
}

TEST_CASE("where containers could not be listed, a broker in one of them is not ruled out") {
  scene made;
  made.connects("refused").firewall("nft", "accept");
  CHECK(made.first() == "tcp-refused-not-running");
  CHECK(made.found()[0].how_sure == certainty::certain);
  made.host().not_seen = {"containers: docker: needs root"};
  CHECK(made.first() == "tcp-refused-not-running");
  CHECK(made.found()[0].how_sure == certainty::likely);
  CHECK(has(told(made), "could not be listed (docker: needs root)"));
}

TEST_CASE("a script behind a shell's -c is no configuration of a broker") {
  mounted_machine docker("emqx/emqx:5");
  docker.inspected(R"("Args":["sh","-c","/opt/emqx/bin/emqx foreground"])", "/opt/emqx/etc")
      .here.file("/srv/config/emqx.conf", "listeners.tcp.default.bind = 1884\n");
  const auto found = docker.look();
  REQUIRE(found.configuration);
  CHECK(found.configuration->file == "/srv/config/emqx.conf");
}
