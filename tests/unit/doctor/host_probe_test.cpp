// Probes of a machine: sockets, processes, services, containers, logs.
#include <doctest/doctest.h>

#include "mqtt-doctor/probes/host/commands.hpp"
#include "mqtt-doctor/probes/host/secrets.hpp"
#include "mqtt-doctor/probes/host/services.hpp"
#include "mqtt-doctor/probes/host/sockets.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/recorded.hpp"

using namespace mqttkit::doctor;

TEST_CASE("an empty machine gives empty facts and says what it could not see") {
  machine here;
  const auto host = here.look();
  CHECK(host.system == "Debian GNU/Linux 12 (bookworm)");
  CHECK(host.listeners.empty());
  CHECK(host.configurations.empty());
  CHECK(host.firewall.empty());
  CHECK(cannot_see(host, "firewall rules"));
}

TEST_CASE("a listening socket is given its address, port, process and queue") {
  machine here;
  here.listens("0100007F", 1883, 77)
      .listens("00000000000000000000000001000000", 1883, 78)
      .listens("00000000000000000000000000000000", 9001, 79)
      .runs(812, "mosquitto", {"/usr/sbin/mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"},
            {77, 78, 79});
  const auto host = here.look();
  REQUIRE(host.listeners.size() == 3);
  CHECK(host.listeners[0].address == "127.0.0.1");
  CHECK(host.listeners[0].port == 1883);
  CHECK(host.listeners[0].pid == 812);
  CHECK(host.listeners[0].process == "mosquitto");
  CHECK(host.listeners[0].user == "mosquitto");
  CHECK(host.listeners[0].receive_queue == 3);
  CHECK(host.listeners[1].address == "::1");
  CHECK(host.listeners[2].address == "::");
  REQUIRE(host.brokers.size() == 1);
  CHECK(host.brokers[0].configuration == "/etc/mosquitto/mosquitto.conf");
  CHECK(host.brokers[0].started == "2023-11-14T22:30:00Z");
  CHECK(host.brokers[0].state == process_state::sleeping);
  CHECK(host.brokers[0].open_files == 3);
  CHECK(host.brokers[0].file_limit == 1024);
}

TEST_CASE("a socket that a broker inherited is its parent's") {
  machine here;
  here.listens("00000000", 2024, 77)
      .listens("00000000", 1883, 78)
      .runs(500, "supervisor", {"supervisor"}, {77})
      .runs(812, "mosquitto", {"mosquitto", "-p", "1883"}, {77, 78}, "S", 500);
  const auto host = here.look();
  REQUIRE(host.listeners.size() == 2);
  CHECK(host.listeners[0].port == 1883);
  CHECK(host.listeners[0].pid == 812);
  CHECK(host.listeners[1].process == "supervisor");
}
TEST_CASE("without a look into /proc/PID/fd the user of the socket leads to the only broker") {
  machine here;
  here.listens("00000000", 1883, 77, static_cast<int>(::getuid()))
      .runs(812, "mosquitto", {"mosquitto", "-p", "1883"});
  CHECK(here.look().listeners[0].pid == 812);
  here.runs(813, "mosquitto", {"mosquitto", "-p", "1884"});  // now it could be either
  CHECK(here.look().listeners[0].pid == 0);
}

TEST_CASE("brokers of other networks and those that have ended are left out") {
  machine here;
  here.runs(812, "mosquitto", {"mosquitto"}).runs(813, "mosquitto", {"mosquitto"}, {}, "Z");
  CHECK(here.look().brokers.size() == 1);
  here.in_network("812", "net:[4026532000]");  // a container's
  CHECK(here.look().brokers.empty());
}

TEST_CASE("brokers are known by their command lines") {
  using list = std::vector<std::string>;
  CHECK(broker_name("mosquitto", list{"/usr/sbin/mosquitto"}) == broker_kind::mosquitto);
  CHECK(broker_name("beam.smp", list{"/opt/emqx/bin/emqx/beam.smp", "-root", "/opt/emqx"}) ==
        broker_kind::emqx);
  CHECK(broker_name("beam.smp", list{"beam.smp", "-s", "rabbit"}) == broker_kind::rabbitmq);
  CHECK(broker_name("java", list{"java", "-jar", "/usr/share/activemq/bin/run.jar"}) ==
        broker_kind::activemq);
  CHECK(broker_name("nginx", list{"nginx: master process"}) == broker_kind::none);
  CHECK(broker_name("vim", list{"vim", "/etc/mosquitto/mosquitto.conf"}) == broker_kind::none);
  CHECK(broker_name("mosquitto_sub", list{"mosquitto_sub", "-t", "a"}) == broker_kind::none);
}

TEST_CASE("secrets on a command line are blanked") {
  using list = std::vector<std::string>;
  CHECK(without_secrets(list{"mosquitto_sub", "-u", "alice", "-P", "geheim", "-t", "a"}) ==
        "mosquitto_sub -u alice -P *** -t a");
  CHECK(without_secrets(list{"beam.smp", "-setcookie", "oreo", "-name", "x"}) ==
        "beam.smp -setcookie *** -name x");
  CHECK(without_secrets(list{"x", "--password=geheim", "--password-file=/f"}) ==
        "x --password=*** --password-file=/f");
  CHECK(without_secrets(list{"x", "mqtt://alice:geheim@host:1883/t"}) ==
        "x mqtt://alice:***@host:1883/t");
  CHECK(without_secrets(list{"docker-proxy", "-proto", "tcp"}) == "docker-proxy -proto tcp");
  CHECK(without_secrets(list{"nats-server", "--user", "bob", "--pass", "geheim", "-js"}) ==
        "nats-server --user bob --pass *** -js");
  CHECK(without_secrets(list{"RABBITMQ_DEFAULT_PASS=geheim", "x"}) ==
        "RABBITMQ_DEFAULT_PASS=*** x");
}

TEST_CASE("a password with marks of a URL in it is blanked as a whole") {
  using list = std::vector<std::string>;
  CHECK(without_secrets(list{"mqtt://bob:p@a/ss@host:1883/t"}) == "mqtt://bob:***@host:1883/t");
  CHECK(without_secrets(list{"mqtt://bob:p/a@ss@host/t"}) == "mqtt://bob:***@host/t");
  CHECK(without_secrets(list{"mqtt://bob:p?a#ss@host"}) == "mqtt://bob:***@host");
  CHECK(without_secrets(list{"mqtt://bob:geheim@host:1883/t@x"}) == "mqtt://bob:***@host:1883/t@x");
  CHECK(without_secrets(list{"mqtt://host:1883/t"}) == "mqtt://host:1883/t");
}

TEST_CASE("a password that a program takes as a plain word is blanked, in a script as well") {
  using list = std::vector<std::string>;
  CHECK(shown_command(list{"rabbitmqctl", "add_user", "bob", "geheim"}) ==
        "rabbitmqctl add_user ***");
  CHECK(shown_command(list{"rabbitmqctl", "-n", "x", "change_password", "bob", "geheim"}) ==
        "rabbitmqctl -n x change_password ***");
  CHECK(shown_command(list{"sh", "-c", "emqx_ctl admins add bob geheim && emqx foreground"}) ==
        "sh -c emqx_ctl admins *** && emqx foreground");
  CHECK(shown_command(list{"sh", "-c", "vmq-passwd /f bob 'ge heim; x' && vernemq start"}) ==
        "sh -c vmq-passwd *** && vernemq start");
  CHECK(
      shown_command(list{"sh", "-c", "cd / && echo geheim | rabbitmqctl add_user bob; sleep 9"}) ==
      "sh -c cd / && echo *** | rabbitmqctl add_user ***; sleep 9");
  CHECK(shown_command(list{"/usr/sbin/mosquitto", "-c", "/etc/m.conf"}) ==
        "/usr/sbin/mosquitto -c /etc/m.conf");
  CHECK(shown_command(list{"emqx", "foreground"}) == "emqx foreground");
}

TEST_CASE("such a password is blanked whatever stands before the program, and whatever is in it") {
  using list = std::vector<std::string>;
  CHECK(shown_command(list{"sh", "-c", "if ! true; then rabbitmqctl add_user app geheim; fi"}) ==
        "sh -c if ! true; then rabbitmqctl add_user ***; fi");
  CHECK(shown_command(list{"gosu", "rabbitmq", "rabbitmqctl", "add_user", "u", "geheim"}) ==
        "gosu rabbitmq rabbitmqctl add_user ***");
  CHECK(shown_command(list{"docker", "exec", "r", "rabbitmqctl", "add_user", "u", "geheim"}) ==
        "docker exec r rabbitmqctl add_user ***");
  CHECK(shown_command(list{"sh", "-ec", "out=$(timeout 5 /opt/rabbitmqctl add_user u geheim)"}) ==
        "sh -ec out=$(timeout 5 /opt/rabbitmqctl add_user ***");
  CHECK(shown_command(list{"env", "A=b", "rabbitmqctl", "add_user", "u", "ge ; hei\nm;", "x"}) ==
        "env A=b rabbitmqctl add_user ***");
  CHECK(shown_command(list{"mosquitto_sub", "-P", "ge hei\nm", "-t", "a"}) ==
        "mosquitto_sub -P *** -t a");
  CHECK(shown_command(list{"x", "--password=ge hei\nm", "-t"}) == "x --password=*** -t");
  CHECK(shown_command(list{"sh", "-c", "rabbitmqctl add_user u geheim\nsleep 9"}) ==
        "sh -c rabbitmqctl add_user *** ; sleep 9");
}

TEST_CASE("a login in one word, and what a script writes into a file, keep no password") {
  using list = std::vector<std::string>;
  CHECK(shown_command(list{"curl", "-u", "bob:geheim", "http://h/"}) ==
        "curl -u bob:*** http://h/");
  CHECK(shown_command(list{"curl", "-ubob:ge:heim", "http://h/"}) == "curl -ubob:*** http://h/");
  CHECK(shown_command(list{"curl", "--user=bob:geheim", "x"}) == "curl --user=bob:*** x");
  CHECK(shown_command(list{"sh", "-c", "curl -s --user 'bob:ge heim' x; sleep 9"}) ==
        "sh -c curl -s --user 'bob:*** *** x; sleep 9");
  CHECK(shown_command(list{"docker", "run", "-u", "1000:1000", "x"}) ==
        "docker run -u 1000:1000 x");
  CHECK(shown_command(list{"mosquitto_sub", "-u", "shop:alice", "-P", "geheim"}) ==
        "mosquitto_sub -u shop:alice -P ***");
  CHECK(shown_command(list{"sh", "-c", "cat > /p <<-'EOF'\nbob:geheim\n\tEOF\nmosquitto -c /f"}) ==
        "sh -c cat > /p <<-'EOF' ; *** ; EOF ; mosquitto -c /f");
  CHECK(shown_command(list{"sh", "-c", "cat <<EOF >/p\npassword geheim"}) ==
        "sh -c cat <<EOF >/p ; ***");
  CHECK(shown_command(list{"bash", "-c", "login <<< geheim; x"}) == "bash -c login <<< *** x");
  CHECK(shown_command(list{"sh", "-c", "a=$((1<<2))\nrun $a"}) == "sh -c a=$((1<<2)) ; run $a");
  CHECK(shown_command(list{"sh", "-c", "x <<\"a\">>"}) == "sh -c x <<\"a\">>");
  const std::string large = "cat <<EOF\n" + std::string(200'000, '\n');
  CHECK(shown_command(list{"sh", "-c", large}) == "sh -c cat <<EOF ; ***");
}

TEST_CASE("a member of a text whose name is that of a secret is blanked, and no other") {
  CHECK(without_secret_members("[{mechanism = password_based, password = \"x y\", a = 1}]") ==
        "[{mechanism = password_based, password =***, a = 1}]");
  CHECK(without_secret_members("{a=b,password=x}") == "{a=b,password=***}");
  CHECK(without_secret_members(R"({"password":"a\"b","user":"c"})") ==
        R"({"password":***,"user":"c"})");
  CHECK(without_secret_members(R"({\"password\": \"geheim\"})").find("geheim") ==
        std::string::npos);
  CHECK(without_secret_members("password : \"open").find("open") == std::string::npos);
  CHECK(without_secret_members("tokens = [{token: geheim}]") == "tokens = [{token:***}]");
  CHECK(without_secret_members("password_file = /f, bind = 0.0.0.0:1883") ==
        "password_file = /f, bind = 0.0.0.0:1883");
}

TEST_CASE("the rules of the firewall are asked about ports of the question and of the broker") {
  machine here;
  here.file("/etc/mosquitto/mosquitto.conf", "listener 8883\n")
      .prints("nft -j list ruleset", recorded("nft-mentions.json"))
      .prints("nft -a list ruleset", recorded("nft-mentions.nft"));
  here.request.ports = {1884};
  const auto host = here.look();
  REQUIRE(host.firewall.size() == 2);
  CHECK(host.firewall[0].port == 1884);
  CHECK(host.firewall[0].verdict == firewall_verdict::drop);
  CHECK(host.firewall[1].port == 8883);
  CHECK_FALSE(cannot_see(host, "firewall"));
}

TEST_CASE("a firewall that may not be read is named by its own configuration") {
  machine here;
  here.file("/etc/ufw/ufw.conf", "# on\nENABLED=yes\n");
  const auto host = here.look();
  REQUIRE(host.firewall.size() == 1);
  CHECK(host.firewall[0].tool == firewall_tool::ufw);
  CHECK(host.firewall[0].verdict == firewall_verdict::unknown);
  CHECK(cannot_see(host, "firewall rules"));
}

TEST_CASE("systemctl's answer gives the services that are there") {
  const auto units = read_units(
      "Id=mosquitto.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=enabled\n"
      "Result=exit-code\nExecMainStatus=3\n"
      "ExecStart={ path=/usr/sbin/mosquitto ; argv[]=/usr/sbin/mosquitto -c /srv/m.conf ; pid=0 }\n"
      "\nId=emqx.service\nLoadState=not-found\nActiveState=inactive\n"
      "\nId=rabbitmq-server.service\nLoadState=loaded\nActiveState=active\nUnitFileState="
      "disabled\n");
  REQUIRE(units.size() == 2);
  CHECK(units[0].name == "mosquitto.service");
  CHECK(units[0].state == service_state::failed);
  CHECK(units[0].result == "exit-code");
  CHECK(units[0].exit_status == 3);
  CHECK(units[0].configuration == "/srv/m.conf");
  CHECK(units[1].enabled == service_start::disabled);
}

TEST_CASE("unit files tell the same where systemd cannot be asked") {
  machine here;
  here.file("/lib/systemd/system/mosquitto.service",
            "[Service]\nExecStart=/usr/sbin/mosquitto -c /etc/mosquitto/mosquitto.conf\n")
      .file("/etc/systemd/system/mosquitto.service.d/mine.conf",
            "[Service]\nExecStart=\nExecStart=/usr/sbin/mosquitto -c /srv/mine.conf\n");
  auto host = here.look();
  REQUIRE(host.services.size() == 1);
  CHECK(host.services[0].enabled == service_start::disabled);
  CHECK(host.services[0].configuration == "/srv/mine.conf");
  CHECK(host.services[0].state.empty());
  here.file("/etc/systemd/system/multi-user.target.wants/mosquitto.service", "");
  CHECK(here.look().services[0].enabled == service_start::enabled);
}

TEST_CASE("a log's telling lines are kept, those of an earlier start marked as past") {
  const auto lines =
      read_log("/var/log/mosquitto/mosquitto.log",
               "1700000000: mosquitto version 2.0.11 starting\n"
               "1700000001: Client connection from 10.0.0.9 denied: max_connections exceeded.\n"
               "1700000100: mosquitto version 2.0.11 starting\n"
               "1700000101: New connection from 10.0.0.9:4711 on port 1883.\n"
               "1700000102: Client <unknown> disconnected, not authorised.\n"
               "1700000103: Denied PUBLISH from phone (d0, q1, r0, m1, 'a', ... (1 bytes))\n");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].kind == log_kind::max_connections);
  CHECK_FALSE(lines[0].is_current);
  CHECK(lines[1].kind == log_kind::refused);
  CHECK(lines[1].is_current);
  CHECK(lines[2].kind == log_kind::denied);
  CHECK(lines[2].text.find("Denied PUBLISH") != std::string::npos);
}

TEST_CASE("a flood of one kind does not push the others out of the log's facts") {
  std::string text = "Error: Address already in use\n";
  for (int i = 0; i < 500; ++i) text += "Client <unknown> disconnected, not authorised.\n";
  const auto lines = read_log("log", text);
  CHECK(lines.size() == 5);
  CHECK(lines.front().kind == log_kind::address_in_use);
}

TEST_CASE("control characters in a log line are made safe") {
  const auto lines = read_log("log", "Denied PUBLISH from \x1b[2Jevil\n");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text.find('\x1b') == std::string::npos);
}

TEST_CASE("the log is read where the configuration puts it") {
  machine here;
  here.file("/etc/mosquitto/mosquitto.conf", "log_dest stderr\nlog_dest file /srv/m.log\n")
      .file("/srv/m.log", "Error: Unable to open pwfile \"/etc/mosquitto/passwd\".\n");
  const auto host = here.look();
  REQUIRE(host.log.size() == 1);
  CHECK(host.log[0].source == "/srv/m.log");
  CHECK(host.log[0].kind == log_kind::file_unreadable);
}

TEST_CASE("SELinux's refusals are looked for where SELinux is") {
  machine here;
  here.file("/var/log/audit/audit.log",
            "type=AVC msg=audit(1.2:3): avc:  denied  { name_bind } for  pid=9 comm=\"mosquitto\" "
            "src=2883 scontext=a tclass=tcp_socket\n");
  CHECK(here.look().log.empty());
  here.file("/sys/fs/selinux/enforce", "1");
  const auto host = here.look();
  CHECK(host.selinux == selinux_mode::enforcing);
  REQUIRE(host.log.size() == 1);
  CHECK(host.log[0].kind == log_kind::selinux);
}

TEST_CASE("why a file cannot be read is known by its number and told in English") {
  file_error error;
  machine_files("").read("/nowhere/at/all", &error);
  CHECK(error.is_missing());
  CHECK_FALSE(error.is_denied());
  CHECK(error.text() == "No such file or directory");
  CHECK(file_error(EACCES).is_denied());
  CHECK(file_error(EACCES).text() == "Permission denied");
  machine_files("").read("/proc/self/status", &error);
  CHECK(error.empty());
  CHECK(error.text().empty());
}

TEST_CASE("the provider of a virtual machine is known by its firmware") {
  const auto cloud = [](const char* name, const char* text) {
    machine here;
    here.file(std::string("/sys/class/dmi/id/") + name, text);
    return here.look().cloud;
  };
  CHECK(cloud("sys_vendor", "Alibaba Cloud\n") == cloud_provider::aliyun);
  CHECK(cloud("sys_vendor", "Tencent Cloud\n") == cloud_provider::tencent);
  CHECK(cloud("chassis_asset_tag", "HUAWEICLOUD\n") == cloud_provider::huawei);
  CHECK(cloud("sys_vendor", "Amazon EC2\n") == cloud_provider::aws);
  CHECK(cloud("bios_version", "4.11.amazon\n") == cloud_provider::aws);
  CHECK(cloud("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n") == cloud_provider::azure);
  CHECK(cloud("product_name", "Google Compute Engine\n") == cloud_provider::gcp);
  CHECK(cloud("chassis_asset_tag", "OracleCloud.com\n") == cloud_provider::oracle);
  CHECK(cloud("sys_vendor", "QEMU\n").empty());
}

TEST_CASE("programs are run side by side and never for long") {
  commands programs(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  programs.start("echo hello there");
  programs.start("sleep 30");
  programs.start("sh -c exec>&-;sleep${IFS}30");  // closes its output and lives on
  programs.start("no-such-program-anywhere");
  programs.start("false");
  programs.finish(begin + std::chrono::milliseconds(300));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(programs.of("echo hello there").out == "hello there\n");
  CHECK(programs.of("echo hello there").exit_code == 0);
  CHECK(programs.of("sleep 30").outcome == command_outcome::late);
  CHECK(programs.of("no-such-program-anywhere").outcome == command_outcome::missing);
  CHECK(programs.of("false").exit_code == 1);
  CHECK(programs.of("never asked").outcome == command_outcome::not_run);
}

TEST_CASE("this machine is looked at in its time, whatever it is") {
  const auto begin = std::chrono::steady_clock::now();
  host_request request;
  request.ports = {1883};
  const auto found = look_at_host(request);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK_FALSE(found.system.empty());
}

TEST_CASE("the routing table is read with the lines that lead nowhere") {
  machine here;
  here.file("/proc/net/route",
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
            "eth1\t00000000\t0104A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            "*\t04030251\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n");
  here.file("/proc/net/dev", "Inter-| x\n face | y\n lo: 0\n eth0: 0\n eth1: 0\n");
  here.prints("ip -o route get 193.0.0.1 from 10.77.2.2",
              "193.0.0.1 from 10.77.2.2 via 192.168.4.1 dev eth1 uid 0 \\    cache \n");
  const host_facts host = here.look();
  REQUIRE(host.routes.size() == 2);
  CHECK(host.routes[0].network == "0.0.0.0/0");
  CHECK(host.routes[0].by == "eth1");
  CHECK(host.routes[1].network == "81.2.3.4/32");
  CHECK(host.routes[1].by.empty());
  REQUIRE(host.ways_out.size() == 1);
  CHECK(host.ways_out[0].by == "eth1");
}
