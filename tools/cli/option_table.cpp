#include "cli/option_table.hpp"

#include <array>
#include <cstddef>

#include "cli/translation.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::uint8_t pub = 1;
constexpr std::uint8_t sub = 2;
constexpr std::uint8_t doctor = 4;
constexpr std::uint8_t both = pub | sub;
constexpr std::uint8_t all = pub | sub | doctor;
constexpr bool common = true;
constexpr bool rare = false;
constexpr bool once = false;
constexpr bool many = true;

using id = option_id;
using kind = value_kind;
using group = option_group;

// clang-format off
constexpr option_row rows[] = {
    // ---- diagnosis
    {id::target, 0, "target", "URL|HOST[:PORT]", kind::host, group::diagnosis, doctor, rare, once,
     "what to look at; needs no option in front of it", "",
     "Without a port the usual ones are looked at, side by side."},
    {id::doctor_topic, 't', "topic", "TOPIC", kind::text, group::diagnosis, doctor, common, once,
     "test permissions on this topic: subscribe to it", "", ""},
    {id::probe_publish, 0, "publish", "", kind::none, group::diagnosis, doctor, common, once,
     "with -t: publish a test message there, too", "",
     "It is not retained, and says that it comes from mqtt-doctor; other subscribers of the topic receive it."},
    {id::on_broker, 0, "on-broker", "", kind::none, group::diagnosis, doctor, common, once,
     "look at this machine as the broker's own", "",
     "Done without being asked when the target is one of this machine's addresses. Reads only."},
    {id::resolver, 0, "resolver", "ADDRESS", kind::text, group::diagnosis, doctor, rare, once,
     "ask this name server, too", "",
     "A name server that filters (an ad blocker, a router that drops private addresses) is told by one that does not. "
     "That one learns the name; the connections still go where the system's lookup leads."},
    {id::time_limit, 0, "timeout", "DURATION", kind::text, group::diagnosis, doctor, rare, once,
     "end after this time at the latest (10s)", "", ""},
    {id::story, 'v', "verbose", "", kind::none, group::diagnosis, doctor, common, once,
     "tell every probe; with listen, show payloads", "",
     "With the time each step took and the bytes it sent and received."},
    {id::doctor_json, 0, "json", "", kind::none, group::diagnosis, doctor, common, once,
     "print facts and diagnosis as JSON", "",
     "The facts hold no passwords and no keys. With `listen` each event is an object on a line of its own."},
    {id::doctor_json_schema, 0, "json-schema", "", kind::none, group::diagnosis, doctor, rare, once,
     "print the schema of --json and end", "", ""},
    {id::language, 0, "lang", "en|zh", kind::choice, group::diagnosis, doctor, common, once,
     "language of the report (the locale's)", "en zh",
     "What is wrong with the command line itself, and `--help`, are told in it as well."},
    {id::doctor_colour, 0, "color", "auto|always|never", kind::choice, group::diagnosis, doctor, rare, once,
     "colours (auto: on a terminal, without NO_COLOR)", "auto always never", ""},
    {id::ascii, 0, "ascii", "", kind::none, group::diagnosis, doctor, rare, once,
     "marks in ASCII: [ok] [!!] [--]", "",
     "Done without being asked when the locale is not UTF-8."},
    {id::report_file, 0, "report", "FILE", kind::file, group::diagnosis, doctor, common, once,
     "write it to FILE.md or FILE.html as well, to hand on", "",
     "Markdown or HTML by the name's end; one file that needs nothing from elsewhere, written whole or not at all. "
     "Passwords, tokens and keys are blanked."},
    {id::blank_addresses, 0, "blank-addresses", "", kind::none, group::diagnosis, doctor, rare, once,
     "with --report: no addresses and host names in it", "",
     "Each becomes `address-1` or `host-1`, the same wherever it stands. 127.0.0.1 and 0.0.0.0 stay. "
     "With `--write`, addresses in the headers of packets: from 198.18.0.0/15 and 2001:db8::/32."},

    // ---- listen
    {id::listen_on, 0, "listen-on", "[ADDRESS:]PORT", kind::text, group::listen, doctor, rare, once,
     "where to listen; mqtt-sn://[ADDRESS][:PORT] is over UDP", "",
     "Without an address on all of this machine's, IPv4 and IPv6. `mqtt-sn://[ADDRESS][:PORT]` listens over UDP: see Listening to sensors."},
    {id::forward, 0, "forward", "HOST:PORT", kind::host, group::listen, doctor, rare, once,
     "pass everything on to the broker there, and back", "",
     "No byte is changed; what the broker answers is shown as well; `mqtt-sn://HOST[:PORT]` is a gateway's. Without it the connection is closed once it has shown what it wants."},
    {id::capture, 0, "capture", "", kind::none, group::listen, doctor, rare, once,
     "watch the ports without standing in the way", "",
     "Needs CAP_NET_RAW: see WATCHING PACKETS. Several ports may be given, and the name of an interface; without it all are watched."},
    {id::write_capture, 0, "write", "FILE.pcapng", kind::file, group::listen, doctor, rare, once,
     "with --capture: keep the packets in a file, for wireshark", "",
     "Passwords of CONNECT are overwritten in it, tokens in requests of WebSocket as well; with `--blank-addresses` addresses are replaced. "
     "Only the owner may read it."},
    {id::write_passwords, 0, "write-passwords", "", kind::none, group::listen, doctor, rare, once,
     "with --write: passwords as they were sent", "", ""},
    {id::listen_time, 0, "for", "DURATION", kind::text, group::listen, doctor, rare, once,
     "end after this time: 30s, 2m, 1h", "",
     "Otherwise it goes on until interrupted."},
    {id::listen_once, 0, "once", "", kind::none, group::listen, doctor, rare, once,
     "end after the first connection", "", ""},

    // ---- explain
    {id::explain_file, 0, "explain", "FILE", kind::file, group::explain, doctor, rare, many,
     "files to explain; need no option in front of them", "",
     "Written by `--json`, by this version or an older one: one gives the diagnosis the live run gave; several are reasoned on together. "
     "Or a capture (pcap or pcapng, also packed with gzip): see CAPTURES. `-` is standard input."},
    {id::captured_on, 0, "captured-on", "client|server|router", kind::choice, group::explain, doctor, rare, once,
     "where a capture was made", "client server router",
     "Otherwise it is told from the packets: by their TTL, by who sent them, by what their SYNs say, and by the time between SYN, SYN-ACK and ACK."},
    {id::said, 0, "said", "TEXT", kind::text, group::explain, doctor, rare, once,
     "what an app shows, in place of files: what it means", "",
     "A code (`rc=-2`) or the whole line; `-` reads it from standard input. See APPS' OWN WORDS."},
    {id::said_by, 0, "app", "NAME", kind::text, group::explain, doctor, rare, once,
     "with --said: which app or library shows it", "",
     "Where a number means different things in different apps, only this one's is told."},

    // ---- delivery
    {id::sent_to, 0, "sent-to", "TOPIC", kind::text, group::delivery, doctor, rare, once,
     "the topic the other side sends to, beside -t FILTER", "",
     "What keeps the two apart is shown, and the filter that would match. Messages are sent there only with `--publish`."},
    {id::sent_via, 0, "sent-via", "URL|HOST[:PORT]", kind::text, group::delivery, doctor, rare, once,
     "the broker the other side is connected to", "",
     "The messages are sent there, and waited for at the target: does a bridge or a cluster pass them on? Needs `-t` and `--publish`."},
    {id::as_publisher, 0, "as-publisher", "USER[:PASSWORD-FILE]", kind::text, group::delivery, doctor, rare, once,
     "log in as this user to send", "",
     "The first line of the file is the password. The part behind the last colon is the file; a name that holds colons ends in one."},
    {id::as_subscriber, 0, "as-subscriber", "USER[:PASSWORD-FILE]", kind::text, group::delivery, doctor, rare, once,
     "log in as this user to receive", "",
     "As `--as-publisher`."},
    {id::watch_time, 0, "watch", "DURATION", kind::text, group::delivery, doctor, rare, once,
     "stay connected this long and tell each drop: 10m", "",
     "One connection pings in time, with the keep alive of `-k`; another pauses, each time twice as long. Ctrl-C ends it with the verdict."},
    {id::messages, 0, "messages", "N", kind::number, group::delivery, doctor, rare, once,
     "messages to send at each QoS (5)", "",
     "1 to 3000. More take longer: see `--timeout`."},
    {id::offline, 0, "offline", "", kind::none, group::delivery, doctor, rare, once,
     "see what waits for a subscriber that was away", "",
     "It subscribes with the session of `-c`, `-x`, `-q` and `-V`, leaves, comes back after messages were sent, and removes its session. "
     "On a topic of its own, and with `--publish` on that of `-t`."},
    {id::away, 0, "away", "DURATION", kind::text, group::delivery, doctor, rare, once,
     "with --offline: stay away at least this long: 5s, 1m", "", ""},
    {id::doctor_keep_session, 'c', "disable-clean-session", "", kind::none, group::delivery, doctor, rare, once,
     "with --offline: the app keeps its session", "",
     "With `-i` a session stored under that name is looked at and left as it is: its messages are not acknowledged, and go on waiting."},
    {id::doctor_session_expiry, 'x', "session-expiry session-expiry-interval", "SECONDS", kind::number, group::delivery, doctor, rare, once,
     "with --offline: how long it asks the broker to keep it", "",
     "-1 for ever. Selects MQTT 5. Without it none is sent, as most libraries do, also beside `-c` and `-V 5`."},
    {id::doctor_qos, 'q', "qos", "0|1|2", kind::choice, group::delivery, doctor, rare, once,
     "with --offline: quality of service it subscribes with (0)", "0 1 2", ""},
    {id::doctor_property, 'D', "property", "COMMAND NAME VALUE", kind::property, group::delivery, doctor, rare, many,
     "MQTT 5 property: -D publish message-expiry-interval 60", "",
     "`publish message-expiry-interval` with `--offline`: of the messages that are sent. "
     "`connect maximum-packet-size` with `--size`: what the subscriber takes."},
    {id::doctor_no_local, 0, "no-local", "", kind::none, group::delivery, doctor, rare, once,
     "the app does not want its own messages (MQTT 5)", "",
     "Subscribes so, and sends over the same connection."},
    {id::doctor_retained, 0, "retained", "", kind::none, group::delivery, doctor, rare, once,
     "look for a retained message on -t, which is expected", "",
     "Whether the broker keeps such messages at all is tried on a topic of its own, where nothing is left behind."},
    {id::message_size, 0, "size", "SIZE", kind::text, group::delivery, doctor, rare, once,
     "send messages of this size as well: 300k, 5M", "",
     "On a topic of its own, one at each QoS; at most 64M. k and M are powers of 1024."},

    // ---- mend
    {id::mend_dry_run, 0, "dry-run", "", kind::none, group::mend, doctor, rare, once,
     "with mend: show what would be done, and change nothing", "", ""},
    {id::mend_yes, 0, "yes", "", kind::none, group::mend, doctor, rare, once,
     "with mend: do it without asking", "",
     "Without it somebody must say y on the terminal. What would let everybody in without a password is done after a word typed there only, never with `--yes`."},
    {id::undo, 0, "undo", "", kind::none, group::mend, doctor, rare, once,
     "with mend: put back what the last one changed", "",
     "Files become what they were, byte for byte, with owner and permissions; a rule of the firewall is taken out; the broker is restarted or told to read its files where it was so before. Refused when one of the files was changed since. Given again it takes back the mend before that one."},
    {id::journal, 0, "journal", "FOLDER", kind::directory, group::mend, doctor, rare, once,
     "with mend: where copies are kept (/var/lib/mqtt-doctor)", "",
     "For others than root it is `$XDG_STATE_HOME/mqtt-doctor`. The folder must be one's own and closed to others; it is made when it is not there."},
    // ---- check
    {id::check_target, 0, "check", "TARGET", kind::host, group::check, doctor, rare, many,
     "look at many brokers, a line each; needs no option in front", "",
     "A URL or `HOST[:PORT]`, as `mqtt-doctor` takes one. Connection options beside it count for all."},
    {id::targets_file, 0, "targets", "FILE", kind::file, group::check, doctor, rare, once,
     "with check: a target a line, with its own options; - is stdin", "",
     "A line is what would follow `mqtt-doctor` on a command line, with `--name` and `--tag` if wanted: blanks part, "
     "quotes keep together, nothing is expanded. What follows a `#` is a comment. Every mistake is named with its line."},
    {id::check_name, 0, "name", "NAME", kind::text, group::check, doctor, rare, once,
     "with check: what the target is called (the target itself)", "", ""},
    {id::check_tag, 0, "tag", "KEY=VALUE", kind::text, group::check, doctor, rare, many,
     "with check: a label for JSON, metrics and --on-change", "",
     "A key is made of letters, digits and `_`, and begins with no digit."},
    {id::check_accept, 0, "accept", "CAUSE", kind::text, group::check, doctor, rare, many,
     "with check: a warning that is meant so and does not count", "",
     "For a broker that only its own machine is to reach it is tcp-refused-loopback-listener. Problems always count."},
    {id::check_jobs, 0, "jobs", "N", kind::number, group::check, doctor, rare, once,
     "with check: how many at a time (50)", "", "1 to 200."},
    {id::nagios, 0, "nagios", "", kind::none, group::check, doctor, rare, once,
     "with check: one line and exit status 0 to 3, as Nagios wants", "",
     "0 is OK, 1 a warning, 2 critical, 3 unknown: the command line or a file could not be read. Icinga, Naemon and "
     "others take the same."},
    {id::prometheus, 0, "prometheus", "FILE.prom", kind::file, group::check, doctor, rare, once,
     "with check: metrics for node_exporter's textfile collector", "",
     "The file is replaced as a whole, or left as it is."},
    {id::check_every, 0, "every", "DURATION", kind::text, group::check, doctor, rare, once,
     "with check: again and again, as in 60s, give or take a tenth", "",
     "The tenth keeps many machines from asking in step. Ends with SIGINT or SIGTERM."},
    {id::check_state, 0, "state", "FILE", kind::file, group::check, doctor, rare, once,
     "with check: tell only what changed since the file was written", "",
     "A change is another state (ok, warning, problem) or another cause. A target that is not in the file yet counts as "
     "one that was ok. The file is replaced as a whole; with `--every` after each round."},
    {id::on_change, 0, "on-change", "COMMAND", kind::text, group::check, doctor, rare, once,
     "with check: run for each change; needs --state or --every", "",
     "No shell sees it: words are parted at blanks, quotes keep together. What changed stands in variables of its "
     "environment, see CHECKING MANY BROKERS. It gets 30 seconds."},

    // ---- phone
    {id::page_port, 0, "page-port", "PORT", kind::number, group::phone, doctor, rare, once,
     "with phone: where the page is served (80, 8080 or 8888)", "",
     "The first of these that is free. It is closed when the command ends."},

    // ---- connection
    {id::host, 'h', "host", "HOST", kind::host, group::connection, all, common, once,
     "broker to connect to (localhost)", "",
     "A name, an IPv4 address or an IPv6 address, with or without brackets."},
    {id::port, 'p', "port", "PORT", kind::number, group::connection, all, common, once,
     "port (1883, with TLS 8883; ws:// URL 80, wss:// 443)", "",
     "Port 8883 turns TLS on, with the system's certificates unless others are named."},
    {id::url, 'L', "url", "URL", kind::text, group::connection, all, common, once,
     "all at once: mqtts://user:password@host:port/topic", "",
     "`-L` may be left out: a URL needs no option in front of it. The schemes are `mqtt`, `mqtts`, `mqtt-sn`, `ws`, `wss` and `unix`, with default ports 1883, 8883, 1884, 80 and 443. "
     "The path of `mqtt` and `mqtts` is the topic, which may be left out when `-t` gives one; the path of `ws` and `wss` is "
     "the WebSocket path, or the topic where no option names one and it is not /mqtt; that of `unix` is the socket, which mqtt-doctor does not look at. Characters with a meaning in URLs are written as %40 for "
     "@, %3A for :, %2F for / in the user name and the password. IPv6 addresses stand in brackets. "
     "Options further right on the command line override what the URL says."},
    {id::unix_path, 0, "unix", "PATH", kind::file, group::connection, both, rare, once,
     "connect to a Unix socket instead", "", ""},
    {id::bind, 'A', "bind", "ADDRESS", kind::host, group::connection, all, rare, once,
     "local address to connect from", "",
     "Of a name with addresses of both families only those of this one's are tried."},
    {id::ipv4, '4', "ipv4", "", kind::none, group::connection, all, rare, once,
     "use IPv4 addresses only", "",
     "A name that has none is told so; nothing is sent to its others."},
    {id::ipv6, '6', "ipv6", "", kind::none, group::connection, all, rare, once,
     "use IPv6 addresses only", "", "As `-4`, the other way round."},
    {id::connect_timeout, 0, "connect-timeout", "DURATION", kind::text, group::connection, both, rare, once,
     "most time for connecting, from the name to the broker's answer", "",
     "A number and ms, s, m or h; seconds without a unit. Without it each step has its own limit: 10 s for the name, 15 s for TCP, proxy, TLS and WebSocket, 20 s for the broker's answer."},
    {id::wait_broker, 0, "wait-broker", "DURATION", kind::text, group::connection, both, rare, once,
     "wait so long for a broker that is not up yet", "",
     "For the first connection, which is tried at least once a second: until it stands, the time is up, or the broker answers what waiting does not mend (a password it does not take, a certificate). "
     "A name that is not known yet is waited for as well. The exit code is that of the last attempt. Not with `--outbox`, where messages wait on the disk."},
    {id::nodelay, 0, "nodelay", "", kind::none, group::connection, both, rare, once,
     "send small packets at once (always on; for compatibility)", "", ""},
    {id::proxy, 0, "proxy", "URL", kind::text, group::connection, both, rare, once,
     "through a proxy: socks5h://, socks5:// or http://HOST[:PORT]", "",
     "In full `socks5h://user:password@host:port`. With `socks5h` and `http` the proxy looks the broker's name up, with `socks5` this program does. "
     "The port is 1080 for SOCKS5 and 8080 for HTTP unless given. User name and password are sent only when there are any."},
    {id::ws, 0, "ws", "", kind::none, group::connection, all, rare, once,
     "speak MQTT over WebSocket", "",
     "The port is 1883, or 8883 with TLS, unless `-p` or a URL gives another."},
    {id::ws_path, 0, "ws-path", "PATH", kind::text, group::connection, all, rare, once,
     "WebSocket path (/mqtt)", "", ""},
    {id::ws_header, 0, "ws-header", "NAME:VALUE", kind::text, group::connection, all, rare, many,
     "header to send with the WebSocket request; repeatable", "", ""},

    // ---- message
    {id::topic, 't', "topic", "TOPIC", kind::text, group::message, pub, common, once,
     "topic to publish to", "", ""},
    {id::message, 'm', "message", "TEXT", kind::text, group::message, pub, common, once,
     "publish TEXT", "", ""},
    {id::file, 'f', "file", "FILE", kind::file, group::message, pub, common, once,
     "publish the contents of FILE", "", ""},
    {id::stdin_line, 'l', "stdin-line", "", kind::none, group::message, pub, common, once,
     "publish every line of standard input", "",
     "Lines may be of any length and may contain NUL bytes; the last one needs no newline. What is typed goes out at once, "
     "what is piped goes out in batches."},
    {id::stdin_file, 's', "stdin-file", "", kind::none, group::message, pub, rare, once,
     "publish all of standard input as one message", "",
     "An empty input is an error, with exit status 16; `-n` publishes an empty message."},
    {id::null_message, 'n', "null-message", "", kind::none, group::message, pub, rare, once,
     "publish an empty message", "",
     "With `-r` it removes the retained message of the topic."},
    {id::qos, 'q', "qos", "0|1|2", kind::choice, group::message, pub, common, once,
     "quality of service (0)", "0 1 2",
     "With a mqtt-sn URL also -1: one datagram without any connection."},
    {id::retain, 'r', "retain", "", kind::none, group::message, pub, common, once,
     "ask the broker to keep the message for new subscribers", "", ""},
    {id::repeat, 0, "repeat", "N", kind::number, group::message, pub, rare, once,
     "publish it N times (-m, -f, -s, -n)", "", ""},
    {id::repeat_delay, 0, "repeat-delay", "SECONDS", kind::number, group::message, pub, rare, once,
     "wait between repetitions, fractions allowed (0)", "",
     "The wait counts from the delivery of a message to the start of the next."},
    {id::every, 0, "every", "DURATION", kind::text, group::message, pub, rare, once,
     "publish it again and again: 500ms, 10s, 5m, 1h", "",
     "Until interrupted, or `--repeat` times. Counts from start to start; a bare number means seconds. The file of `-f` is read again each time."},
    {id::rate, 0, "rate", "N", kind::number, group::message, pub, rare, once,
     "publish at most N messages a second", "",
     "Evenly: 10 means one every 100 ms. Fractions are allowed, 0.1 means one every ten seconds."},
    {id::message_template, 0, "template", "TEXT", kind::text, group::message, pub, rare, once,
     "publish TEXT with {{n}} {{now}} {{rand 1 6}} filled in", "",
     "See TEMPLATES."},
    {id::from_json, 0, "from-json", "FILE", kind::file, group::message, pub, rare, once,
     "publish what mqtt-sub --json recorded; - is standard input", "",
     "Topic, payload, QoS, retain flag and properties are those of each message; `-t`, `-q`, `-r` and `-D publish` override them. "
     "MQTT 5 is spoken unless `-V` says otherwise, since older versions carry no properties. "
     "A line that is not such a message is named, nothing of it is published, and the exit status is 16."},
    {id::replay, 0, "replay", "", kind::none, group::message, pub, rare, once,
     "with --from-json: keep the recorded spacing", "", ""},
    {id::speed, 0, "speed", "FACTOR", kind::text, group::message, pub, rare, once,
     "with --from-json: replay at 10x, 0.5x or max", "",
     "`max` is what happens without `--replay`: as fast as the broker takes it."},
    {id::key_separator, 0, "key-sep", "SEP", kind::text, group::message, pub, rare, once,
     "with -l: lines are TOPIC SEP PAYLOAD", "",
     "The first <SEP> of a line counts; \\t stands for a tab. `-t` is not needed then; when it is given, the topic of the line stands one level below it. "
     "A line without <SEP> or with an impossible topic is named, nothing of it is published, and the exit status is 16."},
    {id::topic_prefix, 0, "topic-prefix", "PREFIX", kind::text, group::message, pub, rare, once,
     "put PREFIX in front of every topic", "", ""},
    {id::null_separated, '0', "null", "", kind::none, group::message, pub, rare, once,
     "with -l: NUL bytes end the lines, not newlines", "",
     "As `find -print0` writes them. A line may then contain newlines."},
    {id::payload_form, 0, "in", "text|hex|base64|json", kind::choice, group::message, pub, rare, once,
     "what the payload is written in (text)", "text hex base64 json",
     "Hex and base64 are decoded, JSON is checked and goes out as it is. Blanks are allowed between the bytes of hex and anywhere in base64. "
     "Nothing is published of a line of `-l` with a mistake in it; line and byte are named, the others go on, and the exit status is 16."},
    {id::on_refused, 0, "on-refused", "stop|continue", kind::choice, group::message, pub, rare, once,
     "what to do when the broker refuses a message (continue)", "stop continue",
     "Every refused message is named by its number either way; what was sent before stays sent. "
     "Selects MQTT 5 unless `-V` says otherwise, since older versions do not tell when a broker refuses; at QoS 0 none does."},
    {id::outbox, 0, "outbox", "DIR", kind::directory, group::message, pub, rare, once,
     "put messages on disk first, deliver now or in a later run", "",
     "See OUTBOX."},
    {id::outbox_limit, 0, "outbox-limit", "N|SIZE", kind::text, group::message, pub, rare, once,
     "most messages, or bytes (10M), to keep in the outbox", "",
     "A bare number counts messages; with `k`, `M` or `G` it is what they take on disk, in powers of 1024."},

    // ---- reply
    {id::request, 0, "request", "", kind::none, group::reply, pub, rare, once,
     "wait for the reply and print it, as mosquitto_rr", "",
     "The request carries a response topic and correlation data (MQTT 5, which this selects unless `-V` says otherwise); replies to other requests are passed over. "
     "The time from the request to each reply is told on standard error."},
    {id::response_topic, 'e', "response-topic", "TOPIC", kind::text, group::reply, pub, rare, once,
     "where replies come in; implies --request", "",
     "With MQTT 5 a topic of this request alone is made up when it is left out; before, it must be given and the service must know it."},
    {id::replies, 0, "replies", "N", kind::number, group::reply, pub, rare, once,
     "end after N replies (1)", "", ""},
    {id::reply_timeout, 'W', "timeout", "SECONDS", kind::number, group::reply, pub, rare, once,
     "give up after SECONDS, with exit status 27", "",
     "Counts from the start of the program. Fractions are allowed."},
    {id::reply_format, 'F', "format", "FORMAT", kind::text, group::reply, pub, rare, once,
     "print replies by FORMAT, as mqtt-sub does", "",
     "See OUTPUT FORMAT in `mqtt-sub(1)`."},
    {id::reply_verbose, 'v', "verbose", "", kind::none, group::reply, pub, rare, once,
     "print the topic in front of a reply", "", ""},
    {id::reply_no_newline, 'N', "no-newline", "", kind::none, group::reply, pub, rare, once,
     "print no newline after a reply", "", ""},
    {id::reply_pretty, 0, "pretty", "", kind::none, group::reply, pub, rare, once,
     "with %j and %J: JSON over many lines", "", ""},
    {id::reply_no_stale, 'R', "no-retained", "", kind::none, group::reply, pub, rare, once,
     "pass over replies that are retained", "", ""},

    {id::reply_retain_as_published, 0, "retain-as-published", "", kind::none, group::reply, pub, rare, once,
     "keep the retain flag of replies as it was set (MQTT 5)", "", ""},
    {id::reply_retain_handling, 0, "retain-handling", "send|new|never", kind::choice, group::reply, pub, rare, once,
     "when to send a retained message on the reply topic (MQTT 5)", "send new never",
     "As in `mqtt-sub(1)`; `always` means `send`."},
    {id::latency, 0, "latency", "", kind::none, group::reply, pub, rare, once,
     "after a reply, print the time it took: Latency: 1.25ms", "",
     "From the request to the reply, on standard output."},

    // ---- subscription
    {id::filter, 't', "topic", "FILTER", kind::text, group::subscription, sub, common, many,
     "topic filter to subscribe to; repeatable", "",
     "+ stands for one level, # for all the rest; quote them, and the $ of $SYS, from the shell."},
    {id::filter_out, 'T', "filter-out", "FILTER", kind::text, group::subscription, sub, rare, many,
     "do not print topics that match; repeatable", "", ""},
    {id::unsubscribe, 'U', "unsubscribe", "FILTER", kind::text, group::subscription, sub, rare, many,
     "unsubscribe, after subscribing; repeatable", "",
     "Of use in a session kept with `-c`. It cannot punch a hole into a wider filter."},
    {id::sub_qos, 'q', "qos", "0|1|2", kind::choice, group::subscription, sub, common, once,
     "most quality of service to receive with (0)", "0 1 2", ""},
    {id::own_subscription, 0, "subscribe", "[OPTION,]...topic=FILTER", kind::text, group::subscription, sub, rare, many,
     "subscribe with options of its own: qos=1,topic=a/#; repeatable", "",
     "For topics that differ: `-t` a `--subscribe` qos=2,topic=b. The options are qos=0|1|2 and, with MQTT 5, no-local, retain-as-published and "
     "retain-handling=send|new|never; those left out are as for `-t`. The filter comes last and is taken as it stands, commas included."},
    {id::count, 'C', "count", "N", kind::number, group::subscription, sub, common, once,
     "end after N messages", "",
     "Messages that other options keep from being printed do not count, but for those that `--random-filter` leaves out."},
    {id::timeout, 'W', "timeout", "SECONDS", kind::number, group::subscription, sub, common, once,
     "end after SECONDS, with exit status 27", "",
     "Fractions are allowed."},
    {id::idle, 0, "idle", "DURATION", kind::text, group::subscription, sub, rare, once,
     "end when nothing came for so long: 500ms, 10s, 5m", "",
     "The exit status is 0 when something came before, else 27 as with `-W`. Counts from the answer to the subscription and from each message "
     "that is printed; what filters leave out does not count, and neither does the time without a connection. A bare number means seconds."},
    {id::retained, 0, "retained", "only|skip|all", kind::choice, group::subscription, sub, rare, once,
     "retained messages: only these, none, or all messages (all)", "only skip all",
     "`only` prints what was retained before and ends once the broker has sent all of it: nothing more came for half a second (or for `--idle`), and "
     "the broker answered a further request without sending more. New messages that come meanwhile are passed over. `skip` means `-R`."},
    {id::no_stale, 'R', "no-retained", "", kind::none, group::subscription, sub, rare, once,
     "do not print retained messages", "",
     "With MQTT 5 the broker is asked not to send them, unless `--remove-retained` needs them."},
    {id::exit_after_subscribe, 'E', "exit-after-subscribe", "", kind::none, group::subscription, sub, rare, once,
     "end once the subscriptions are acknowledged", "",
     "With `-c` this sets up a session that collects messages for later."},
    {id::retained_only, 0, "retained-only", "", kind::none, group::subscription, sub, rare, once,
     "print retained messages only, end at the first other one", "", ""},
    {id::remove_retained, 0, "remove-retained", "", kind::none, group::subscription, sub, rare, once,
     "remove the retained messages received from the broker", "",
     "Except those that `-T` filters out. Also takes effect on messages that `-R` keeps from being printed."},
    {id::clean_retained, 0, "clean-retained", "FILTER", kind::text, group::subscription, sub, rare, many,
     "remove what is retained there, after a question; repeatable", "",
     "Prints the topics, asks on the terminal, and removes the messages; then it ends. In place of `-t`. `-T` and `--where` make exceptions. "
     "Selects MQTT 5 unless `-V` says otherwise, since older versions do not tell when a broker refuses. The exit status is 1 when the answer is no."},
    {id::dry_run, 0, "dry-run", "", kind::none, group::subscription, sub, rare, once,
     "with --clean-retained: print the topics, remove nothing", "", ""},
    {id::yes, 0, "yes", "", kind::none, group::subscription, sub, rare, once,
     "with --clean-retained: do not ask", "", ""},
    {id::retain_as_published, 0, "retain-as-published", "", kind::none, group::subscription, sub, rare, once,
     "keep the retain flag as the publisher set it (MQTT 5)", "", ""},
    {id::retain_handling, 0, "retain-handling", "send|new|never", kind::choice, group::subscription, sub, rare, once,
     "when to send retained messages (MQTT 5)", "send new never",
     "`send` sends them at every subscribe, `new` only when the subscription did not exist before, `never` not at all. "
     "0, 1 and 2 mean the same, and `always` the same as `send`."},
    {id::no_local, 0, "no-local", "", kind::none, group::subscription, sub, rare, once,
     "do not receive what this client publishes (MQTT 5)", "", ""},
    {id::changed, 0, "changed", "", kind::none, group::subscription, sub, rare, once,
     "print a message only if the topic's payload has changed", "",
     "The first message of a topic counts as a change."},
    {id::where, 0, "where", "CONDITION", kind::text, group::subscription, sub, rare, once,
     "print JSON payloads for which '.temp > 20' holds", "",
     "See CONDITIONS."},
    {id::sample, 0, "sample", "N", kind::number, group::subscription, sub, rare, once,
     "print the first of every N messages", "",
     "Of those that `-T`, `--changed` and `--where` let through."},
    {id::random_filter, 0, "random-filter", "PERCENT", kind::number, group::subscription, sub, rare, once,
     "print that share of the messages, chosen at random", "",
     "From 0.1 to 100."},

    // ---- output
    {id::verbose, 'v', "verbose", "", kind::none, group::output, sub, common, once,
     "print the topic in front of the payload", "", ""},
    {id::format, 'F', "format", "FORMAT", kind::text, group::output, sub, common, once,
     "print by FORMAT, with %t topic, %p payload, %j JSON", "",
     "See OUTPUT FORMAT. Wins over `-v`."},
    {id::no_newline, 'N', "no-newline", "", kind::none, group::output, sub, rare, once,
     "print no newline after a message", "", ""},
    {id::pretty, 0, "pretty", "", kind::none, group::output, sub, rare, once,
     "with %j and %J: JSON over many lines", "", ""},
    {id::json, 0, "json", "", kind::none, group::output, sub, common, once,
     "print each message as one line of JSON, without loss", "",
     "See JSON LINES. `mqtt-pub --from-json` publishes such lines again."},
    {id::parse, 0, "parse", "", kind::none, group::output, sub, rare, once,
     "with --json: add payload_json when the payload is JSON", "", ""},
    {id::decode, 0, "decode", "sparkplug", kind::choice, group::output, sub, rare, once,
     "with --json: add sparkplug for topics below spBv1.0/", "sparkplug",
     "See SPARKPLUG."},
    {id::json_schema, 0, "json-schema", "", kind::none, group::output, sub, rare, once,
     "print the JSON Schema of the lines of --json, and end", "", ""},
    {id::raw, 0, "raw", "", kind::none, group::output, sub, rare, once,
     "print the bytes of the payloads and nothing else", "", ""},
    {id::colour, 0, "color", "auto|always|never", kind::choice, group::output, sub, rare, once,
     "when to colour what is shown on a terminal (auto)", "auto always never",
     "See TERMINAL. `always` also shows in a pipe what a terminal would show."},
    {id::summary, 0, "summary", "", kind::none, group::output, sub, rare, once,
     "at the end, a table of topics with counts and last values", "",
     "In place of the messages. When an option says how messages are printed, these are, and the table goes to standard error."},
    {id::summary_every, 0, "summary-every", "DURATION", kind::text, group::output, sub, rare, once,
     "print the table again and again: 2s, 1m", "",
     "With `--summary` implied. A rate is then that since the table before."},
    {id::tree, 0, "tree", "", kind::none, group::output, sub, rare, once,
     "at the end, the topics as a tree with their last values", "",
     "Where and in place of what, as `--summary`."},
    {id::watch, 'w', "watch", "", kind::none, group::output, sub, rare, once,
     "a line of the screen for each topic, with its last message", "",
     "Of a message that has several lines the first is shown. Needs a terminal that knows ANSI escape codes."},
    {id::message_rate, 0, "message-rate", "", kind::none, group::output, sub, rare, once,
     "print each second how many messages came, and no messages", "",
     "Of those that other options keep from being printed none counts."},
    {id::out, 0, "out", "FILE|DIRECTORY", kind::file, group::output, sub, rare, once,
     "append the messages to a file instead of printing them", "",
     "See OUTPUT FILES. In a directory the file is messages.log, with `--json` messages.jsonl, with `--raw` messages.bin."},
    {id::per_topic, 0, "per-topic", "", kind::none, group::output, sub, rare, once,
     "with --out DIRECTORY: a file for each topic", "", ""},
    {id::rotate_size, 0, "rotate-size", "SIZE", kind::text, group::output, sub, rare, once,
     "with --out: a new file before it exceeds 10M, 1G, ...", "",
     "k, M and G are powers of 1024."},
    {id::rotate_every, 0, "rotate-every", "DURATION", kind::text, group::output, sub, rare, once,
     "with --out: a new file every 1h, 24h, ...", "",
     "Counted from midnight UTC: 1h is every full hour."},
    {id::exec, 0, "exec", "COMMAND", kind::text, group::output, sub, rare, once,
     "run a command for each message, the payload on its input", "",
     "See COMMANDS. A program that is not there is noticed before the first message, with exit status 2."},
    {id::exec_shell, 0, "exec-shell", "COMMAND", kind::text, group::output, sub, rare, once,
     "as --exec, through /bin/sh", "", ""},
    {id::reply_exec, 0, "reply-exec", "COMMAND", kind::text, group::output, sub, rare, once,
     "run a command for each request, and publish what it prints", "",
     "See COMMANDS. Selects MQTT 5 unless `-V` says otherwise."},
    {id::reply_exec_shell, 0, "reply-exec-shell", "COMMAND", kind::text, group::output, sub, rare, once,
     "as --reply-exec, through /bin/sh", "", ""},
    {id::reply_topic, 'e', "response-topic", "TOPIC", kind::text, group::output, sub, rare, once,
     "with --reply-exec: where replies go that no request says", "",
     "Needed before MQTT 5, where requests cannot say it."},
    {id::exec_jobs, 0, "exec-jobs", "N", kind::number, group::output, sub, rare, once,
     "with --exec or --reply-exec: so many commands at a time (1)", "",
     "With more than one they may end in another order than the messages came."},
    {id::exec_timeout, 0, "exec-timeout", "DURATION", kind::text, group::output, sub, rare, once,
     "end a command that runs longer: 500ms, 10s, 5m", "",
     "With SIGTERM, and two seconds later with SIGKILL; it has failed then. Without it `--reply-exec` gives a command a minute, `--exec` all the time it takes."},
    {id::on_exec_failure, 0, "on-exec-failure", "continue|stop", kind::choice, group::output, sub, rare, once,
     "what follows a command that fails (continue)", "continue stop", ""},

    // ---- session
    {id::id, 'i', "id", "ID", kind::text, group::session, all, rare, once,
     "client identifier (the broker assigns one)", "", ""},
    {id::id_prefix, 'I', "id-prefix", "PREFIX", kind::text, group::session, both, rare, once,
     "client identifier: PREFIX and the process id", "", ""},
    {id::username, 'u', "username", "NAME", kind::text, group::session, all, common, once,
     "user name", "", ""},
    {id::password, 'P', "pw password", "PASSWORD", kind::text, group::session, all, common, once,
     "password; hidden from ps(1)", "",
     "MQTT before 5 wants a user name as well."},
    {id::password_file, 0, "password-file", "FILE", kind::file, group::session, all, rare, once,
     "file whose first line is the password; - is standard input", "", ""},
    {id::ask_password, 0, "ask-password", "", kind::none, group::session, all, rare, once,
     "ask for the password on the terminal, without showing it", "", ""},
    {id::keep_session, 'c', "disable-clean-session", "", kind::none, group::session, both, rare, once,
     "keep the session on the broker; needs -i", "",
     "The broker then keeps the subscriptions, and collects QoS 1 and 2 messages while this client is away: "
     "for ever, or with MQTT 5 for as long as `-x` says."},
    {id::session_expiry, 'x', "session-expiry session-expiry-interval", "SECONDS", kind::number, group::session, both, rare, once,
     "how long the broker keeps the session; -1 for ever (MQTT 5)", "",
     "Without it the session ends with the connection, or never with `-c`. -1, 4294967295 and \xE2\x88\x9E mean never; that needs `-i`."},
    {id::keepalive, 'k', "keepalive", "SECONDS", kind::number, group::session, all, rare, once,
     "most silence between packets (60; 0 turns it off)", "", ""},
    {id::protocol_version, 'V', "protocol-version", "VERSION", kind::choice, group::session, all, rare, once,
     "3.1, 3.1.1 or 5 (3.1.1; 5 when an option needs it)", "3.1 3.1.1 5",
     "Also written `31`, `311`, `mqttv31`, `mqttv311` and `mqttv5`. An option of MQTT 5 beside an older `-V` is an error."},
    {id::inflight, 'M', "inflight max-inflight", "N", kind::number, group::session, both, rare, once,
     "most QoS 1 and 2 messages on the way at once (1024)", "",
     "More than 65535 means 65535; the broker's Receive Maximum lowers it. Without it, at QoS 2 before MQTT 5, where a broker cannot say how many it takes, at most 20."},
    {id::max_packet_size, 0, "max-packet-size", "SIZE", kind::text, group::session, both, rare, once,
     "largest packet to take from the broker: 64k, 10M", "",
     "See LARGE MESSAGES."},
    {id::property, 'D', "property", "COMMAND NAME VALUE", kind::property, group::session, both, rare, many,
     "MQTT 5 property: -D publish content-type text/plain", "",
     "For `user-property` two words follow: `-D publish user-property` <name> <value>. See PROPERTIES."},

    // ---- mqtt-sn
    {id::topic_id, 0, "topic-id", "N", kind::number, group::sn, both, rare, many,
     "predefined topic id in place of a topic", "",
     "In place of `-t`. With mqtt-sub it may be given more than once."},
    {id::predefined, 0, "predefined", "ID=TOPIC", kind::text, group::sn, both, rare, many,
     "topic that the gateway knows by this id; repeatable", "",
     "What is published to the topic, or subscribed to, goes by its id, and messages with the id are shown with the topic."},
    {id::sleep, 0, "sleep", "DURATION", kind::text, group::sn, sub, rare, once,
     "sleep, and wake before so much time is over", "",
     "As a sensor on a battery would: the gateway keeps what comes, and hands it over whenever the client wakes. At most 65535s."},
    {id::sn_max_packet, 0, "sn-max-packet", "BYTES", kind::number, group::sn, both, rare, once,
     "largest datagram to send (1400)", "",
     "A larger message is refused: what a network has to take apart is lost with any of its pieces, and many sensor networks do not take it apart."},

    // ---- will
    {id::will_topic, 0, "will-topic", "TOPIC", kind::text, group::will, both, rare, once,
     "topic of the will, sent by the broker when this client is lost", "", ""},
    {id::will_payload, 0, "will-payload", "TEXT", kind::text, group::will, both, rare, once,
     "payload of the will (empty)", "", ""},
    {id::will_qos, 0, "will-qos", "0|1|2", kind::choice, group::will, both, rare, once,
     "quality of service of the will (0)", "0 1 2", ""},
    {id::will_retain, 0, "will-retain", "", kind::none, group::will, both, rare, once,
     "retain the will", "", ""},

    // ---- tls
    {id::cafile, 0, "cafile", "FILE", kind::file, group::tls, all, common, once,
     "trusted certificates (PEM); turns TLS on", "", ""},
    {id::capath, 0, "capath", "DIRECTORY", kind::directory, group::tls, all, rare, once,
     "directory of trusted certificates; turns TLS on", "",
     "Prepared with `openssl rehash`."},
    {id::tls_use_os_certs, 0, "tls-use-os-certs", "", kind::none, group::tls, all, rare, once,
     "trust the system's certificates; turns TLS on", "",
     "Beside those of `--cafile` and `--capath`. `SSL_CERT_FILE` names another file; where OpenSSL's own place is empty, "
     "those of other distributions are looked at."},
    {id::no_tls, 0, "no-tls", "", kind::none, group::tls, both, rare, once,
     "no TLS, whatever the port or a configuration file says", "", ""},
    {id::cert, 0, "cert", "FILE", kind::file, group::tls, all, rare, once,
     "our certificate, if the broker asks for one", "",
     "In PEM form with `--key`, or a PKCS#12 file (.p12, .pfx), which brings the key."},
    {id::key, 0, "key", "FILE", kind::file, group::tls, all, rare, once,
     "private key of --cert (PEM)", "",
     "The passphrase of an encrypted one is asked for on the terminal, unless `--key-pass-file` has it."},
    {id::key_pass_file, 0, "key-pass-file", "FILE", kind::file, group::tls, all, rare, once,
     "file whose first line is the passphrase of --key", "", ""},
    {id::keyform, 0, "keyform", "pem|engine", kind::choice, group::tls, all, rare, once,
     "kind of --key (pem)", "pem engine", ""},
    {id::tls_version, 0, "tls-version", "VERSION", kind::choice, group::tls, all, rare, once,
     "this version or a newer one: tlsv1.2 or tlsv1.3 (tlsv1.2)", "tlsv1.2 tlsv1.3",
     "`tlsv1.1` is taken as well; TLS 1.1 itself is never spoken."},
    {id::ciphers, 0, "ciphers", "LIST", kind::text, group::tls, all, rare, once,
     "ciphers to offer, as in openssl-ciphers(1)", "", ""},
    {id::tls_alpn, 0, "tls-alpn", "PROTOCOL", kind::text, group::tls, all, rare, many,
     "application protocol to offer (ALPN); repeatable", "", ""},
    {id::tls_keylog, 0, "tls-keylog", "FILE", kind::file, group::tls, all, rare, once,
     "append the secrets of the connection, for wireshark", "",
     "Before SSLKEYLOGFILE. Whoever has the file can read what was said. `mqtt-doctor listen` and `mqtt-doctor explain` read there what others wrote."},
    {id::tls_server_name, 0, "tls-server-name", "NAME", kind::text, group::tls, all, rare, once,
     "name to ask for and to check instead of -h", "", ""},
    {id::insecure, 0, "insecure", "", kind::none, group::tls, all, rare, once,
     "do not check that the certificate names the host", "",
     "The certificate must still be signed by a trusted one. Whoever holds any certificate the CA signed can "
     "then pose as the broker: for tests only."},
    {id::trust_any_certificate, 0, "trust-any-certificate", "", kind::none, group::tls, all, rare, once,
     "take any certificate: anybody may pose as the broker", "",
     "For brokers under test, as MQTT.js does with its `--insecure`. Each time a warning says so, and no password is "
     "sent. It does not turn TLS on. `mqtt-doctor` checks the certificate all the same and keeps its fault among the "
     "findings, behind whatever stops an app that takes any."},
    {id::send_password_unverified, 0, "send-password-unverified", "", kind::none, group::tls, both, rare, once,
     "with --trust-any-certificate: send the password all the same", "",
     "Whoever answers learns it."},
    {id::psk, 0, "psk", "HEX", kind::text, group::tls, all, rare, once,
     "pre-shared key in hex; turns TLS on; hidden from ps(1)", "", ""},
    {id::psk_identity, 0, "psk-identity", "NAME", kind::text, group::tls, all, rare, once,
     "identity that goes with --psk", "", ""},
    {id::tls_engine, 0, "tls-engine", "ENGINE", kind::text, group::tls, all, rare, once,
     "OpenSSL engine that holds the key", "", ""},
    {id::tls_engine_kpass_sha1, 0, "tls-engine-kpass-sha1", "HEX", kind::text, group::tls, all, rare, once,
     "SHA-1 of the engine's key passphrase", "", ""},

    // ---- general
    {id::config, 'o', "config", "FILE", kind::file, group::general, all, rare, once,
     "read this configuration file instead of the usual one", "",
     "Ours or one of mosquitto's clients; see FILES."},
    {id::no_config, 0, "no-config", "", kind::none, group::general, all, rare, once,
     "read no configuration file", "", ""},
    {id::profile, 0, "profile", "NAME", kind::profile, group::general, all, rare, once,
     "settings under [NAME] in the configuration file", "", ""},
    {id::print_config, 0, "print-config", "", kind::none, group::general, all, rare, once,
     "print every setting and where it comes from, and end", "",
     "Secrets are shown as ***."},
    {id::as_mosquitto, 0, "as-mosquitto", "2.0|2.1", kind::choice, group::general, both, rare, once,
     "where mosquitto 2.0 and 2.1 differ, do as that one does", "2.0 2.1",
     "`2.1` takes the path of a `ws` or `wss` URL for the topic, also beside `-t`, and 1883 and 8883 for its ports. In %j and %J `2.1` prints the retain flag as true and false, not as 1 and 0; `2.0` prints the user properties as one object, where most readers keep one of several values of a name, not as an array."},
    {id::debug, 'd', "debug", "", kind::none, group::general, both, common, once,
     "tell every step and packet on standard error", "", ""},
    {id::events, 0, "events", "words|json", kind::choice, group::general, all, rare, once,
     "tell what happens on standard error, in words or JSON lines", "words json",
     "`words` tells what goes well, too; with `json` each line there is an object, errors as well. See EVENTS in mqtt-sub(1) "
     "and mqtt-toolkit(7)."},
    {id::quiet, 0, "quiet", "", kind::none, group::general, all, rare, once,
     "no error messages, exit status only", "",
     "Errors of the command line itself are still told."},
    {id::help, 0, "help", "", kind::none, group::general, all, rare, once,
     "the options used most", "", ""},
    {id::help_all, 0, "help-all", "", kind::none, group::general, all, rare, once,
     "every option", "", ""},
    {id::version, 0, "version", "", kind::none, group::general, all, rare, once,
     "the version of this program", "", ""},
};
// clang-format on

constexpr property_command commands[] = {
    {"connect", both},    {"publish", pub},     {"subscribe", sub},
    {"unsubscribe", sub}, {"disconnect", both}, {"will", both},
};

consteval bool rows_are_in_order_of_id() {
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    bool found = false;
    for (const option_row& row : rows) found = found || static_cast<std::size_t>(row.id) == i;
    if (!found) return false;
  }
  return std::size(rows) == static_cast<std::size_t>(id::version) + 1;
}
static_assert(rows_are_in_order_of_id(), "every option_id has exactly one row");

}  // namespace

std::string_view name_of(program which) noexcept {
  switch (which) {
    case program::pub:
      return "mqtt-pub";
    case program::sub:
      return "mqtt-sub";
    case program::doctor:
      return "mqtt-doctor";
  }
  return {};
}

std::string_view title_of(option_group group) noexcept {
  switch (group) {
    case option_group::diagnosis:
      return N_("Diagnosis");
    case option_group::listen:
      return N_("Listen");
    case option_group::explain:
      return N_("Explain");
    case option_group::delivery:
      return N_("Delivery");
    case option_group::mend:
      return N_("Mend");
    case option_group::check:
      return N_("Check");
    case option_group::phone:
      return N_("Phone");
    case option_group::connection:
      return N_("Connection");
    case option_group::message:
      return "Message";
    case option_group::reply:
      return "Request and reply";
    case option_group::subscription:
      return "Subscription";
    case option_group::output:
      return "Output";
    case option_group::session:
      return N_("Session");
    case option_group::sn:
      return "MQTT-SN";
    case option_group::will:
      return "Will";
    case option_group::tls:
      return "TLS";
    case option_group::general:
      return N_("General");
  }
  return {};
}

std::span<const option_row> option_rows() noexcept { return rows; }

const option_row& row_of(option_id id) noexcept {
  for (const option_row& row : rows)
    if (row.id == id) return row;
  return rows[0];
}

std::string_view next_word(std::string_view& list) noexcept {
  const std::size_t end = list.find(' ');
  const std::string_view word = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  return word;
}

std::string_view long_name(const option_row& row) noexcept {
  std::string_view names = row.long_names;
  return next_word(names);
}

const option_row* find_option(program which, std::string_view name) noexcept {
  if (name.empty()) return nullptr;
  for (const option_row& row : rows) {
    if (!row.is_in(which)) continue;
    for (std::string_view names = row.long_names; !names.empty();)
      if (next_word(names) == name) return &row;
  }
  return nullptr;
}

const option_row* find_option(program which, char letter) noexcept {
  for (const option_row& row : rows)
    if (row.letter == letter && letter != 0 && row.is_in(which)) return &row;
  return nullptr;
}

std::span<const property_command> property_commands() noexcept { return commands; }

}  // namespace mqttkit::tools
