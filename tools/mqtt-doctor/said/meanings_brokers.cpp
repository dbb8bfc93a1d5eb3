// What the lines of brokers, proxies and of what runs them may mean.
#include "mqtt-doctor/said/meanings.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* look = "mqtt-doctor {at}";
constexpr const char* look_login = "mqtt-doctor {at} -u USER --ask-password";
constexpr const char* hold = "mqtt-doctor delivery {at} --watch 10m";
constexpr const char* overhear = "mqtt-doctor listen 1884 --forward localhost:1883";
constexpr const char* at_broker = "mqtt-doctor localhost --on-broker";

constexpr const char* broker_answers =
    N_("Name, network and port are right, and a broker answers there.");
constexpr const char* logged_in = N_("The login is right: the connection stood.");
constexpr const char* broker_stuck =
    N_("Network and clients are not the reason: the broker itself is stuck.");

constexpr meaning_row meanings[] = {
    {is::setting_unknown, "unknown-setting",
     N_("The program (broker, proxy or client) does not know this setting: it is misspelt, belongs "
        "to a newer or older version, or to another program. It does not start until the line is "
        "corrected or removed."),
     broker_stuck, at_broker},
    {is::setting_value, "bad-setting-value",
     N_("The broker does not take the value of this setting: it is none of the words or numbers that "
        "the setting allows (true or false, not yes; protocol mqtt or websockets; log_dest file "
        "PATH; a port up to 65535; tls_version tlsv1.2 or tlsv1.3; max_qos 0 to 2; a PSK in "
        "hexadecimal digits; a listener with port 0 the path of a Unix socket)."),
     broker_stuck, at_broker},
    {is::setting_twice, "setting-twice",
     N_("This setting stands twice in the configuration, often once in mosquitto.conf and again in a "
        "file of conf.d: keep one of them."),
     broker_stuck, at_broker},
    {is::setting_empty, "empty-setting",
     N_("This setting stands in the configuration without a value. A value belongs behind it, parted "
        "by a blank, or the line is to go."),
     broker_stuck, at_broker},
    {is::setting_order, "setting-in-wrong-place",
     N_("This setting stands in the wrong place or does not go with another one: what belongs to a "
        "listener comes below its listener line, per_listener_settings above all logins and access "
        "lists, listeners change only when the broker is started again, and certificate and PSK "
        "exclude each other."),
     broker_stuck, at_broker},
    {is::setting_old, "old-setting",
     N_("A warning only: this setting is of an older version and does nothing more, or will soon be "
        "no longer known. In place of port, write listener."),
     "", at_broker, breadth::wide},
    {is::setting_missing, "missing-setting",
     N_("The broker needs a setting that is not there: for MQTT, NATS wants a server_name and "
        "JetStream switched on (the block jetstream); VerneMQ wants accept_eula = yes, and HiveMQ an "
        "extension for logins (allow-all or file RBAC)."),
     broker_stuck, at_broker},
    {is::configuration_encoding, "configuration-encoding",
     N_("The configuration file is in the wrong encoding: UTF-16 (Windows' Notepad calls it Unicode; "
        "PowerShell's > writes it) or UTF-8 with a byte order mark (BOM) at its beginning. The "
        "broker wants plain UTF-8 without a BOM: save it so in the editor, or convert it: iconv -f "
        "UTF-16 -t UTF-8, and for the BOM: sed -i '1s/^\\xEF\\xBB\\xBF//'."),
     broker_stuck, at_broker},
    {is::file_is_directory, "directory-in-place-of-file",
     N_("Where a file is expected, there is a directory (folder). Docker makes one when the file to "
        "be mounted is not there on the host: remove the directory, put the file there, and make the "
        "container anew."),
     broker_stuck, at_broker},
    {is::file_rights, "file-rights-warning",
     N_("A warning only, the broker still reads the file: its owner or permissions are too wide. The "
        "file should belong to the broker's user and be readable for nobody else: chown mosquitto: "
        "FILE; chmod 0600 FILE (in mosquitto's container the user is 1883)."),
     "", at_broker, breadth::wide},
    {is::password_line, "password-file-line",
     N_("A line of the password file is damaged or was written by hand: it needs a user, a colon and "
        "a hash that mosquitto_passwd made. This user cannot log in: mosquitto_passwd FILE USER sets "
        "the password anew."),
     "", at_broker},
    {is::acl_line, "access-list-line",
     N_("A line of the access list (acl_file) is wrong: it takes user NAME, topic "
        "[read|write|readwrite|deny] TOPIC and pattern ... with %c or %u, and # only as the last "
        "level."),
     broker_stuck, at_broker},
    {is::bridge_settings, "bridge-settings",
     N_("A bridge's settings are wrong or not complete: it needs connection NAME, address "
        "HOST[:PORT] and a line topic PATTERN with direction (out, in or both) and QoS (0 to 2), a "
        "local_clientid of its own, certificate files that it can read (bridge_cafile, "
        "bridge_certfile, bridge_keyfile), and certificate or PSK, not both."),
     broker_stuck, at_broker},
    {is::bridge_down, "bridge-down",
     N_("The broker's own bridge to another broker does not come up: the other one's name is not "
        "found, it is not reachable, nothing listens on that port or it refuses, or what it answers "
        "does not suit (login, TLS, an older version of MQTT). Clients of this broker are not "
        "affected."),
     "", at_broker},
    {is::plugin_broken, "broken-plugin",
     N_("A plugin of the broker does not load or does not start: its file is not there, it is made "
        "for another version of the broker, a library or symbol that it needs is missing, or its own "
        "settings (plugin_opt_, auth_opt_) are wrong. Its own lines before this one say more."),
     broker_stuck, at_broker},
    {is::database_broken, "broken-database",
     N_("The broker's database of sessions and retained messages (persistence) cannot be read or "
        "saved: the file is empty, damaged or of another version, or the broker may not write in its "
        "directory. Move the file away to start without it (retained messages and sessions are lost "
        "then); its directory must belong to the broker's user."),
     "", at_broker},
    {is::disk_full, "disk-full",
     N_("The disk has no space left, or less than the broker demands: it no longer saves (sessions, "
        "retained messages), and some brokers stop to take messages until there is room. df -h shows "
        "which disk it is; where it has room, df -i shows whether it may hold no more files."),
     "", at_broker},
    {is::disk_read_only, "disk-read-only",
     N_("The broker writes where nothing may be written: the file system is mounted read-only, on "
        "purpose (a volume with :ro, ProtectSystem= of its systemd unit) or by the kernel after an error "
        "of the disk (dmesg tells). It no longer saves sessions and retained messages."),
     "", at_broker},
    {is::port_forbidden, "port-not-allowed",
     N_("The broker or proxy may not open its port: a port below 1024 needs root or "
        "CAP_NET_BIND_SERVICE (setcap), SELinux may not list the port for this service (semanage "
        "port), or on Windows the port is reserved."),
     broker_stuck, at_broker},
    {is::no_listener, "no-listener-started",
     N_("The broker could not start a listener: its port is taken, its address is not there, or, for "
        "WebSocket, this build has none or there is nothing but WebSocket listeners. The lines "
        "before this one say which."),
     broker_stuck, at_broker},
    {is::no_websocket_built_in, "no-websocket-built-in",
     N_("This build of the broker has no WebSocket: install a package or image that was built with "
        "it, or remove 'protocol websockets'."),
     broker_stuck, at_broker},
    {is::tls_setting, "bad-tls-setting",
     N_("A TLS setting of the broker is not accepted: a cipher list in which nothing is known, a TLS "
        "version that is misspelt or too old (tlsv1.2 and tlsv1.3 are taken), or a file of DH "
        "parameters that is none."),
     broker_stuck, at_broker},
    {is::normal, "normal",
     N_("A line of normal operation: nothing is wrong with it."),
     "", at_broker, breadth::echo},
    {is::service_ended, "service-ended",
     N_("This line only tells that the broker ended (or is started again and again); the reason is "
        "in the broker's own lines before it. Status 1 or 3 is mostly its configuration, 13 a file "
        "that it may not read. journalctl -u SERVICE -n 50 or docker logs CONTAINER shows them; EMQX "
        "tells them in emqx console."),
     "", at_broker, breadth::wide},
    {is::broker_memory, "broker-out-of-memory",
     N_("The broker ran out of memory, or was killed because the machine or its container did "
        "(status 9 or 137): many queued messages, a memory limit that is too low, or too many "
        "connections."),
     "", at_broker},
    {is::broker_crashed, "broker-crashed",
     N_("The broker, or its process for one client, crashed: a fault in it or in one of its plugins "
        "(status 11, 134 or 139). Update it; where all of it goes down, try without plugins and with "
        "its database moved away; where it is one client, look at what that client sends (a port "
        "scan does it, too)."),
     "", at_broker},
    {is::wrong_architecture, "wrong-architecture",
     N_("The program or image is made for another processor (architecture, platform): take the one "
        "for this machine, for example linux/arm64 or linux/arm/v7 on a Raspberry Pi."),
     broker_stuck, at_broker},
    {is::no_program, "no-such-program",
     N_("The service's program or unit is not there: its name is misspelt, it is not installed, or "
        "the path in ExecStart is wrong; a masked unit wants systemctl unmask first."),
     broker_stuck, at_broker},
    {is::no_such_user, "no-such-user",
     N_("The user under which the broker is to run does not exist on this machine (User= of the "
        "service, user in mosquitto.conf): create it, or name one that exists."),
     broker_stuck, at_broker},
    {is::run_as_root, "run-as-root",
     N_("A warning only: the broker is started as root, and changes to its own user afterwards if "
        "one is set. It is safer as a service with a user of its own."),
     "", at_broker, breadth::wide},
    {is::system_forbids, "forbidden-by-system",
     N_("The system's own rules, SELinux or AppArmor, forbid this, whatever the file's permissions "
        "say. SELinux: ausearch -m avc -ts recent shows it; semanage port -a -t mosquitto_port_t -p "
        "tcp PORT, restorecon FILE, or for a proxy setsebool -P httpd_can_network_connect 1. "
        "AppArmor: add the path to the profile in /etc/apparmor.d."),
     "", at_broker},
    {is::no_library, "missing-library",
     N_("A library that the program needs is missing or is of another version: install the package "
        "with it, or the program and its libraries from one source."),
     broker_stuck, at_broker},
    {is::mount_rights, "container-file-rights",
     N_("The container may not change or write a file that is mounted into it. A chown that fails on "
        "a read-only mount does no harm by itself; to be written, the directory on the host must "
        "belong to the container's user (mosquitto: 1883), and the volume must not be ro."),
     "", at_broker},
    {is::name_in_use, "container-name-in-use",
     N_("A container of this name exists already: docker rm -f NAME removes the old one, docker "
        "start NAME starts it."),
     "", at_broker},
    {is::no_such_image, "no-such-image",
     N_("This image does not exist under this name, or wants a login: check its spelling "
        "(eclipse-mosquitto, emqx/emqx, rabbitmq) and tag."),
     "", at_broker},
    {is::service_start_time, "start-took-too-long",
     N_("systemd waited in vain for the broker to say that it is ready: the unit has Type=notify and "
        "the broker was built without it, its start takes longer than the time allowed "
        "(TimeoutStartSec), or it goes into the background (daemon true)."),
     "", at_broker},
    {is::already_running, "already-running",
     N_("This broker is already running on this machine: it was started twice. Stop the one that "
        "runs, or use that."),
     "", at_broker},
    {is::erlang_cookie, "erlang-cookie",
     N_("The nodes of a cluster, or the broker and its command line tool, have different Erlang "
        "cookies, or the cookie file may not be read: it must be the same on all of them, belong to "
        "the broker's user, and have mode 600 (owner only). MQTT clients are not affected by it "
        "alone."),
     "", at_broker},
    {is::node_name, "node-name",
     N_("The broker's node name (EMQX, RabbitMQ, VerneMQ) does not fit: its host part is not found "
        "by DNS or /etc/hosts, it changed since the data were written, or the node does not run. The "
        "name behind the @ must lead to this machine."),
     "", at_broker},
    {is::cluster_not_ready, "cluster-not-ready",
     N_("The broker's cluster is not whole: a node is down or cut off, or it is busy, and until then "
        "new clients are turned away. Look at its cluster status; a node that is gone for good must "
        "leave the cluster."),
     broker_answers, at_broker},
    {is::virtual_host, "virtual-host",
     N_("The virtual host (vhost) that this login leads to does not exist, is down, or this user has "
        "no permissions in it: rabbitmqctl list_vhosts, and rabbitmqctl set_permissions -p VHOST "
        "USER '.*' '.*' '.*'. A user name with a colon means VHOST:USER."),
     broker_answers, at_broker},
    {is::guest_is_local, "guest-is-local",
     N_("RabbitMQ lets its user guest in from its own machine only (localhost): make a user of your "
        "own (rabbitmqctl add_user, set_permissions), and log in with it."),
     broker_answers, at_broker},
    {is::no_plugin, "plugin-not-there",
     N_("The broker's plugin for MQTT is not there or not switched on: rabbitmq-plugins enable "
        "rabbitmq_mqtt (for WebSocket rabbitmq_web_mqtt); its name is of the installed version."),
     broker_stuck, at_broker},
    {is::licence, "licence",
     N_("The broker's licence (license) has expired, is not valid, or its number of connections is "
        "used up: new clients are turned away until it is renewed or some leave."),
     broker_answers, at_broker},
    {is::login_service, "login-service-down",
     N_("The broker cannot reach what checks its logins or rights (the database, LDAP or HTTP "
        "service behind its authentication), so it turns clients away whatever their password is."),
     broker_answers, at_broker},
    {is::publishers_blocked, "publishers-blocked",
     N_("The broker takes no more messages for now: its limit of memory or disk is reached, and "
        "publishing clients are held back until queues are emptied or there is room."),
     broker_answers, at_broker},
    {is::jetstream_down, "jetstream-down",
     N_("NATS' JetStream, in which MQTT sessions are kept, is not ready or may not be used by this "
        "account: switch it on for the account, give it a store_dir with room, and see that its "
        "cluster has a leader."),
     broker_answers, at_broker},
    {is::no_connect, "no-connect",
     N_("Something opened a connection and sent no CONNECT (in time): a health check or load "
        "balancer, a port scan, a browser, or a client that speaks TLS or WebSocket to a port "
        "without. When no device is missing, this may be ignored."),
     "", at_broker},
    {is::connect_order, "connect-out-of-order",
     N_("A client broke the order of MQTT: CONNECT comes first and once in a connection. A second "
        "CONNECT, or a packet before it, is a fault of its app or library (it connects again on the "
        "same connection); the port may also be spoken to by something that is not MQTT."),
     broker_answers, overhear},
    {is::bad_will, "bad-will",
     N_("The client's last will is not accepted: its QoS is above 2 or above what the broker allows, "
        "its topic is not valid or forbidden, or its payload is too large."),
     broker_answers, overhear},
    {is::password_alone, "password-without-user",
     N_("The client sends a password without a user name, which MQTT 3.1.1 forbids: give it a user "
        "name, too (a token service mostly wants any word there), or use MQTT 5."),
     broker_answers, look_login},
    {is::odd_name, "name-with-wildcard",
     N_("The broker refuses every topic to a client whose identifier or user name has a wildcard (+ "
        "or #) or a slash in it, because its access list has patterns with %c or %u: choose a name "
        "without these signs."),
     logged_in, at_broker},
    {is::stale_acknowledgement, "stale-acknowledgement",
     N_("A client acknowledges a packet identifier that the broker does not know any more, mostly "
        "after one of the two was restarted or the session was cleared. It is harmless when it comes "
        "once; again and again, the app acknowledges twice."),
     logged_in, overhear, breadth::wide},
    {is::address_refused, "address-refused",
     N_("The client's address (IP) is refused, before or whatever its login is: hosts.allow and "
        "hosts.deny (tcp wrappers, tcpd), the broker's list of addresses, or the cloud's IP filter "
        "or private link."),
     "", at_broker},
    {is::nginx_stream, "nginx-stream",
     N_("nginx does not know stream in this place: it passes plain MQTT on in a stream block, which "
        "needs the stream module (package libnginx-mod-stream, or load_module) and stands beside the "
        "http block, not inside it: files in conf.d are read inside that one."),
     broker_stuck, at_broker},
    {is::proxy_timeout, "proxy-timeout",
     N_("The proxy ended a connection on which nothing came for its own time limit: raise it above "
        "the keep alive (haproxy: timeout client, timeout server, timeout tunnel; nginx: "
        "proxy_timeout in stream, proxy_read_timeout for WebSocket), or shorten the app's keep alive."),
     logged_in, hold},
    {is::proxy_rule, "proxy-rule",
     N_("The proxy has no way for this port or name, or a rule of its own turns the client away: "
        "haproxy with tcp-request content reject (mqtt_is_valid knows MQTT 3.1.1 and 5 only); "
        "Traefik wants an entry point (entryPoint) of that name in its static configuration, and for "
        "TCP a rule HostSNI(`*`) without TLS or HostSNI(`NAME`) with it."),
     "", at_broker},
    {is::no_wstunnel, "no-websocket-module",
     N_("Apache lacks its module for WebSocket: a2enmod proxy proxy_http proxy_wstunnel "
        "(mod_proxy_wstunnel), then ProxyPass /mqtt ws://127.0.0.1:9001/mqtt, and restart it."),
     "", at_broker},
    {is::mqtt_to_web_server, "mqtt-to-web-server",
     N_("A client speaks plain MQTT to the port of a web server, which answers with an HTTP error: "
        "it should dial the broker's own port (1883, 8883), or speak WebSocket to this one."),
     "", look},
    {is::no_login_rule, "no-login-rule",
     N_("VerneMQ asked its plugins for logins, and none knew this one: its password file has no such "
        "user, no plugin for logins is on (plugins.vmq_passwd = on, vmq_webhooks, vmq_diversity), or "
        "allow_anonymous = off meets a client without a user name."),
     broker_answers, look_login},
    {is::bad_qos, "bad-qos",
     N_("A client names a QoS that does not exist (3): its packet is damaged, or its app or library "
        "sets the QoS wrongly. The broker ends the connection."),
     broker_answers, overhear},
    {is::disabled_client, "device-not-there",
     N_("The cloud does not know this device or has switched it off: its name (device ID) is "
        "misspelt, it is registered in another hub or region, or it is disabled."),
     broker_answers, look_login},
    {is::memory_misnamed, "out-of-memory-misnamed",
     N_("Mostly this is not about memory: mosquitto before 2.0.22 writes it when a client had already "
        "gone (it closed, or lost its network) before the broker could acknowledge what it sent (PUBACK), "
        "and Paho Python before 2.0 shows it for any connection that broke (code 1). See why that client "
        "leaves: it does not wait for the acknowledgement, or its connection is cut. Where memory is really "
        "short, other programs and the system's log tell so, too."),
     "", hold},
    {is::not_admin, "needs-administrator",
     N_("The command was given without the rights for it: on Windows, open the prompt or PowerShell with "
        "\"Run as administrator\"; on Linux put sudo in front (for Docker, or join the group docker and log "
        "in anew). The broker's own state is not told by this line."),
     N_("The broker, its configuration and the network were not asked at all."), at_broker},
    {is::sink_full, "target-too-slow",
     N_("What a rule of the broker hands on to another system (a database, Kafka, another broker: a data "
        "bridge, sink or connector) comes faster than that system takes it, or it is not there: the "
        "buffer of that rule is full and messages are dropped on the way to it. MQTT's clients get theirs. "
        "Look at the state of that connector in the broker's dashboard, and at the other system."),
     logged_in, at_broker},
    {is::unknown_command, "unknown-command",
     N_("The message reached the device, which does not know the command or its value: the last level of the "
        "topic is the command, and its spelling counts, as do blanks and quotes in the payload (Tasmota: "
        "cmnd/NAME/POWER with ON; an app that adds a line end or a blank makes another word of it)."),
     N_("Name, network, login, topic and subscription are right."), overhear},
};
// clang-format on

static_assert(are_in_order(meanings, meaning::setting_unknown), "a row for each meaning, in order");

}  // namespace

std::span<const meaning_row> broker_meanings() noexcept { return meanings; }

}  // namespace mqttkit::doctor
