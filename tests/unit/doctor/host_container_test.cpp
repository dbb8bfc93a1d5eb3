// Brokers in containers: what Docker prints, and what is made of it.
#include "mqtt-doctor/probes/host/containers.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::scene;

namespace {

constexpr const char* list =
    "docker ps -a --format {{.Names}}|{{.Image}}|{{.Ports}}|{{.State}}|{{.Status}}";

/// A machine whose broker is the container "broker", with what Docker lists behind its image.
struct docker_machine {
  machine here;

  explicit docker_machine(const std::string& ports_state_status) {
    here.file("/run/docker.sock", "");
    here.prints(list, "broker|eclipse-mosquitto:2|" + ports_state_status +
                          "\nweb|nginx|0.0.0.0:80->80/tcp|running|Up 2 days\n");
  }
  docker_machine& inspected(const std::string& json) {
    here.prints("docker inspect broker", json);
    return *this;
  }
  docker_machine& logged(const std::string& text) {
    here.prints("docker logs --tail 60 broker", text);
    return *this;
  }
  /// What is named when the connection ends so.
  scene asked(const std::string& outcome) {
    scene made;
    made.connects(outcome);
    made.host().containers = here.look().containers;
    return made;
  }
};

std::string told(scene& made) {
  std::string out;
  const auto found = made.found();
  if (found.empty()) return out;
  out = in_english(found[0].cause);
  for (const auto& each : found[0].evidence) out += "\n" + in_english(each);
  for (const auto& each : found[0].cures) out += "\n" + in_english(each.what) + " " + each.command;
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("containers are asked only where docker's socket is") {
  machine here;
  here.prints(list, "broker|eclipse-mosquitto:2|127.0.0.1:1883->1883/tcp, 9001/tcp|running|Up\n");
  CHECK(here.look().containers.empty());
  here.file("/run/docker.sock", "");
  const auto host = here.look();
  REQUIRE(host.containers.size() == 1);
  CHECK(host.containers[0].name == "broker");
  CHECK(host.containers[0].ports == "127.0.0.1:1883->1883/tcp, 9001/tcp");
  CHECK(host.containers[0].is_running());
}

TEST_CASE(
    "a container that ends again and again is named with the line of its log that tells why") {
  docker_machine docker("|restarting|Restarting (3) 5 seconds ago");
  docker.logged(
      "mosquitto version 2.0.18 starting\nConfig loaded from /mosquitto/config/m.conf.\n"
      "Error: Unable to open pwfile \"/mosquitto/config/passwd\".\n");
  scene made = docker.asked("refused");
  CHECK(made.first() == "host-container-down");
  CHECK(has(told(made), "again and again"));
  CHECK(has(told(made), "Unable to open pwfile"));
  CHECK(has(told(made), "exit code 3"));
}

TEST_CASE("a container that fails is named before a service that was never started") {
  docker_machine docker("|restarting|Restarting (3) 5 seconds ago");
  scene made = docker.asked("refused");
  service_fact& service = made.host().services.emplace_back();
  service.name = "mosquitto.service";
  CHECK(made.first() == "host-container-down");
  CHECK(made.found()[0].how_sure == certainty::likely);
  docker_machine stopped("|exited|Exited (0) 3 weeks ago");
  scene beside = stopped.asked("refused");
  beside.host().services.push_back(service);
  CHECK(beside.first() != "host-container-down");
}

TEST_CASE("a container that was stopped is to be started, also after the next boot") {
  docker_machine docker("|exited|Exited (0) 3 days ago");
  docker.logged("mosquitto version 2.0.18 terminating\n");
  scene made = docker.asked("refused");
  CHECK(made.first() == "host-container-down");
  CHECK(has(told(made), "sudo docker restart broker"));
  CHECK(has(told(made), "--restart unless-stopped"));
}

TEST_CASE("a folder in the place of the configuration is told") {
  docker_machine docker("|exited|Exited (3) 3 minutes ago");
  docker.here.file("/srv/mosquitto.conf/.keep", "");
  docker.inspected(R"([{"State":{"Error":"","ExitCode":3,"OOMKilled":false},"Mounts":[)"
                   R"({"Source":"/srv/mosquitto.conf",)"
                   R"("Destination":"/mosquitto/config/mosquitto.conf"}]}])");
  docker.logged("Error: Unable to open config file /mosquitto/config/mosquitto.conf.\n");
  scene made = docker.asked("refused");
  CHECK(made.first() == "host-container-down");
  CHECK(has(told(made), "/srv/mosquitto.conf is a folder"));
}

TEST_CASE("a name without a slash before the colon is a volume, and no file") {
  docker_machine docker("|created|Created");
  docker.here.file("/var/lib/docker/volumes/mosquitto.conf/_data/.keep", "");
  docker.inspected(
      R"([{"State":{"Status":"created","ExitCode":127,"Error":"error mounting )"
      R"(\"/var/lib/docker/volumes/mosquitto.conf/_data\" to rootfs: not a directory"},"Mounts":[)"
      R"({"Source":"/var/lib/docker/volumes/mosquitto.conf/_data",)"
      R"("Destination":"/mosquitto/config/mosquitto.conf"}]}])");
  scene made = docker.asked("refused");
  CHECK(made.first() == "host-container-down");
  CHECK(has(told(made), "mosquitto.conf is an empty volume"));
  CHECK(has(told(made), "-v /srv/mosquitto/mosquitto.conf:"));
  CHECK_FALSE(has(told(made), "rmdir"));
  CHECK_FALSE(has(told(made), "restart broker"));
}

TEST_CASE("a port that was taken and memory that was used up are told as what ended a container") {
  docker_machine taken("|created|Created");
  taken.inspected(R"([{"State":{"Error":"driver failed: Bind for 0.0.0.0:1883 failed: port is )"
                  R"(already allocated","ExitCode":128}}])");
  scene first = taken.asked("refused");
  CHECK(has(told(first), "already allocated"));
  docker_machine killed("|exited|Exited (137) 1 hour ago");
  killed.inspected(R"([{"State":{"ExitCode":137,"OOMKilled":true}}])");
  scene second = killed.asked("refused");
  CHECK(has(told(second), "memory was used up"));
}

TEST_CASE("local only mode inside a container is told with what is mounted") {
  docker_machine docker("0.0.0.0:1883->1883/tcp|running|Up 2 minutes");
  docker.logged(
      "Starting in local only mode. Connections will only be possible from clients "
      "running on this machine.\n");
  scene made = docker.asked("connected");
  made.listens("0.0.0.0", "docker-proxy", 901).closes();
  CHECK(made.first() == "tcp-refused-loopback-listener");
  CHECK(has(told(made), "local only mode"));
  CHECK(has(told(made), "Nothing is mounted"));
}

TEST_CASE("the configuration is a file in the folder that is mounted, or beside the right place") {
  constexpr const char* local = "Starting in local only mode. Connections will only be possible\n";
  docker_machine docker("0.0.0.0:1883->1883/tcp|running|Up 2 minutes");
  docker.here.file("/var/lib/docker/volumes/configdir/_data/mosquitto.conf", "");
  docker.logged(local).inspected(R"([{"State":{"Status":"running"},"Mounts":[)"
                                 R"({"Source":"/var/lib/docker/volumes/configdir/_data",)"
                                 R"("Destination":"/mosquitto/config"}]}])");
  scene folder = docker.asked("connected");
  folder.listens("0.0.0.0", "docker-proxy", 901).closes();
  CHECK(folder.first() == "tcp-refused-loopback-listener");
  std::string files;
  const auto found = folder.found();
  for (const auto& cure : found[0].cures) files += cure.file + " ";
  CHECK(has(files, "/var/lib/docker/volumes/configdir/_data/mosquitto.conf "));

  docker_machine other("0.0.0.0:1883->1883/tcp|running|Up 2 minutes");
  other.here.file("/home/pian/mosquitto/config/mosquitto.conf", "");
  other.logged(local).inspected(
      R"([{"State":{"Status":"running"},"Mounts":[)"
      R"({"Source":"/home/pian/mosquitto/config","Destination":"/mosquitto/conf"}]}])");
  scene missed = other.asked("connected");
  missed.listens("0.0.0.0", "docker-proxy", 901).closes();
  CHECK(has(told(missed), "Nothing is mounted over /mosquitto/config"));
  CHECK(has(told(missed), "/home/pian/mosquitto/config -> /mosquitto/conf"));
}

TEST_CASE("a port that leads past the container's listener is told") {
  docker_machine docker("0.0.0.0:1883->1884/tcp|running|Up 2 minutes");
  docker.logged(
      "Opening ipv4 listen socket on port 1883.\nOpening ipv6 listen socket on port "
      "1883.\nmosquitto version 2.0.18 running\n");
  scene made = docker.asked("connected");
  made.listens("0.0.0.0", "docker-proxy", 901).closes();
  CHECK(made.first() == "tcp-port-forward-wrong");
  CHECK(has(told(made), "1884"));
}

TEST_CASE("containers say nothing where the broker answers, or another one of them runs") {
  docker_machine docker("0.0.0.0:1883->1883/tcp|running|Up 2 minutes");
  docker.logged("Starting in local only mode.\nOpening ipv4 listen socket on port 1883.\n");
  scene works = docker.asked("connected");
  works.listens("0.0.0.0", "docker-proxy", 901).works();
  CHECK(works.first() == "nothing");
  docker_machine old("|exited|Exited (1) 3 weeks ago");
  scene beside = old.asked("refused");
  beside.host().containers.push_back(beside.host().containers[0]);
  beside.host().containers.back().state = "running";
  beside.host().containers.back().ports = "0.0.0.0:1884->1883/tcp";
  CHECK(beside.first() != "host-container-down");
}

TEST_CASE("what Docker prints is taken with care") {
  container_fact made;
  for (const char* text : {"", "[]", "[1]", "{", "[{\"State\":1,\"Mounts\":{}}]",
                           "[{\"State\":{\"ExitCode\":\"x\"},\"Mounts\":[1,{\"Source\":2}]}]"}) {
    CAPTURE(text);
    read_inspection(text, made);
    CHECK(made.mounts.empty());
  }
  CHECK(read_containers("a|b\n\na|b|c|d|e|f\n").empty());
  container_fact client;
  client.image = "koenkk/zigbee2mqtt";
  CHECK_FALSE(is_of_broker(client));
}

TEST_CASE("Podman tells how long a container runs in place of its state") {
  const auto listed = read_containers(
      "up|docker.io/library/eclipse-mosquitto:2||Up 43 seconds ago|Up 43 seconds ago\n"
      "down|docker.io/library/eclipse-mosquitto:2||Exited (3) 1 hour ago|Exited (3) 1 hour ago\n"
      "new|docker.io/library/eclipse-mosquitto:2|0.0.0.0:1883->1883/tcp|Created|Created\n"
      "odd|docker.io/library/eclipse-mosquitto:2|||\n");
  REQUIRE(listed.size() == 4);
  CHECK(listed[0].is_running());
  CHECK(listed[1].state == "exited");
  CHECK(listed[1].exit_code == 3);
  CHECK(listed[2].state == "created");
  CHECK(listed[3].state.empty());
}

TEST_CASE("a container that Podman starts again and again at once is not taken for one that runs") {
  docker_machine docker("|running|Up Less than a second ago");
  docker.inspected(
      R"([{"State":{"Status":"running","ExitCode":3},"RestartCount":27,"Mounts":[]}])");
  docker.logged(
      "1796037800: Error: Unknown configuration variable \"bogus\".\n"
      "1796037800: Error found at /mosquitto/config/mosquitto.conf:2.\n");
  scene made = docker.asked("refused");
  CHECK(made.first() == "host-container-down");
  CHECK(has(told(made), "again and again"));
  CHECK(has(told(made), "Unknown configuration variable \"bogus\". 1796037800: Error found at"));
}

TEST_CASE("a broker in a container that shares the machine's network has files of its own") {
  docker_machine docker("|running|Up 2 minutes");
  docker.here.listens("0100007F", 1883, 77)
      .runs(812, "mosquitto", {"mosquitto", "-c", "/mosquitto/config/mosquitto.conf"}, {77})
      .file("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
      .file("/proc/812/mountinfo", "90 60 0:45 / / rw - overlay overlay rw\n");
  docker.here.file("/mosquitto/config/mosquitto.conf", "listener 1883\n");
  const auto host = docker.here.look();
  REQUIRE(host.brokers.size() == 1);
  CHECK(host.brokers[0].is_contained);
  CHECK(host.configurations.empty());

  scene made;
  made.connects("connected").works();
  made.host() = host;
  made.host().containers.clear();
  CHECK(made.first() == "tcp-refused-loopback-listener");
  CHECK(has(told(made), "In the configuration that is mounted into that container"));
  CHECK_FALSE(has(told(made), "tee -a"));
  made.host().containers = host.containers;
  made.host().containers[0].log = {"Starting in local only mode."};
  CHECK(has(told(made), "local only mode: it was given no listener"));
}

TEST_CASE("a snap's broker has its configuration where this machine has it") {
  machine here;
  here.listens("00000000", 1883, 77)
      .runs(812, "mosquitto", {"mosquitto", "-c", "/var/snap/mosquitto/common/mosquitto.conf"},
            {77})
      .file("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
      .file("/proc/812/mountinfo", "90 60 7:3 / / ro - squashfs /dev/loop3 ro\n")
      .file("/proc/812/cgroup", "0::/system.slice/snap.mosquitto.mosquitto.service\n")
      .file("/var/snap/mosquitto/common/mosquitto.conf", "listener 1883\n");
  const auto host = here.look();
  REQUIRE(host.configurations.size() == 1);
  CHECK(host.configurations[0].listeners.size() == 1);
}
