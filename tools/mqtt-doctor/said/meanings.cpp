// What an app's words may mean.
#include "mqtt-doctor/said/meanings.hpp"

#include <vector>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* look = "mqtt-doctor {at}";
constexpr const char* look_login = "mqtt-doctor {at} -u USER --ask-password";
constexpr const char* look_id = "mqtt-doctor {at} -i CLIENT-ID";
constexpr const char* look_tls = "mqtt-doctor mqtts://{tls}";
constexpr const char* look_web = "mqtt-doctor {web}";
constexpr const char* look_mini = "mqtt-doctor wss://{host}/mqtt";
constexpr const char* look_topic = "mqtt-doctor {at} -u USER --ask-password -t TOPIC --publish";
constexpr const char* deliver = "mqtt-doctor delivery {at} -t TOPIC --publish";
constexpr const char* hold = "mqtt-doctor delivery {at} --watch 10m";
constexpr const char* overhear = "mqtt-doctor listen 1884 --forward localhost:1883";
constexpr breadth vague = breadth::wide;
constexpr breadth echo = breadth::echo;
constexpr const char* at_broker = "mqtt-doctor localhost --on-broker";

constexpr const char* nothing_asked =
    N_("The broker was not asked anything yet: user name, password and topics play no part.");
constexpr const char* reached =
    N_("Name, network and firewall are right: something answers on this port.");
constexpr const char* broker_answers =
    N_("Name, network and port are right, and a broker answers there.");
constexpr const char* tls_is_spoken =
    N_("Name, network and port are right, and TLS is spoken there. No password was sent.");
constexpr const char* logged_in = N_("The login is right: the connection stood.");
constexpr const char* own_side =
    N_("Network, broker and login are hardly the reason for this; what follows makes sure of it.");

constexpr meaning_row meanings[] = {
    {is::not_reached, "not-reached",
     N_("No connection came about: a wrong address or port, a broker that does not run, a firewall "
        "in between, or a device without network."),
     nothing_asked, look, vague},
    {is::refused, "refused",
     N_("The machine was reached and refuses the port: nothing listens there, the broker listens on "
        "127.0.0.1 only, the port is another one, or a firewall rejects it."),
     N_("Name and way to the machine are right; user name, password and topics play no part yet."),
     look},
    {is::timed_out, "timed-out",
     N_("Nothing answered in time: a firewall or the cloud's security group drops the packets, or "
        "nobody has this address."),
     N_("A broker that merely does not run would refuse at once. User name, password and topics "
        "play no part yet."),
     look},
    {is::no_route, "no-route",
     N_("There is no way to this address from here: the address is wrong or old, its machine is off, "
        "this device is in another network or has no gateway, or a router or firewall on the way rejects "
        "it."),
     nothing_asked, look},
    {is::name_not_found, "name-not-found",
     N_("The name was not found: it is misspelt, the field holds more than the bare name (mqtt://, a "
        "port, a path), the device has no network yet, or its DNS server does not answer."),
     N_("No connection was tried: port, firewall, user name and password play no part yet."),
     look},
    {is::dialled_itself, "dialled-itself",
     N_("The app dials its own device, where nothing listens on this port: the broker does not run "
        "there, or runs elsewhere. In a phone or a container 127.0.0.1 and localhost are the phone or "
        "the container itself."),
     nothing_asked, "mqtt-doctor localhost --on-broker"},
    {is::reset, "reset",
     N_("The other side broke the connection off: TLS that is spoken to a port without TLS or the "
        "other way round, a proxy without a broker behind it, a firewall, or a broker that ended it."),
     N_("The address and the port lead to something that answers."), look, vague},
    {is::closed, "closed",
     N_("The connection ended without a word. The broker's log says why: another client with the "
        "same identifier, a keep alive that was not kept, an access rule, a restart, or a network "
        "that broke."),
     reached, hold, vague},
    {is::no_answer, "no-answer",
     N_("The connection was made, but MQTT was not answered in time: the port speaks something else "
        "(TLS, HTTP), or the broker hangs or is busy."),
     N_("Name and firewall are right: the connection itself was accepted."), look},
    {is::silent_too_long, "silent-too-long",
     N_("Nothing came within the keep alive time: a network that broke without a word, a NAT that "
        "forgot the connection, or an app that was asleep or too busy to ping."),
     logged_in, hold},
    {is::not_connected, "not-connected",
     N_("The app used a connection that does not stand, or no longer. Why it does not, the message "
        "before this one says."),
     "", look, echo},
    {is::connected, "connected",
     N_("The connection stands. When nothing arrives, topics, permissions or the subscription are at "
        "fault."),
     broker_answers, deliver, echo},
    {is::bad_version, "bad-version",
     N_("The broker does not speak the version of MQTT that the app asks for."),
     broker_answers, look},
    {is::bad_identifier, "bad-identifier",
     N_("The broker refuses the client identifier: it is empty, too long, has characters that are "
        "not allowed, or is not the one that belongs to this user."),
     broker_answers, look_id},
    {is::unavailable, "unavailable",
     N_("The broker answers that it cannot serve now: it is starting, overloaded, or misses "
        "something behind it, such as its user database."),
     broker_answers, look},
    {is::bad_login, "bad-login",
     N_("The broker refuses user name or password."),
     broker_answers, look_login},
    {is::not_authorised, "not-authorised",
     N_("The broker does not let this client in: user name or password are wrong or missing "
        "(mosquitto says it so), or this user, identifier or address may not connect."),
     broker_answers, look_login},
    {is::login_refused, "login-refused",
     N_("The broker refused the connection in its CONNACK: for the version, the identifier, user name "
        "or password, or because this client may not connect. The code beside it says which."),
     broker_answers, look_login, vague},
    {is::bad_login_method, "bad-login-method",
     N_("The broker does not know the authentication method that the app names, or wants another."),
     broker_answers, look_login},
    {is::banned, "banned",
     N_("The broker has banned this user, identifier or address, by hand or for too many attempts (EMQX: "
        "flapping detection, for a client that connects and goes again and again)."),
     broker_answers, look_login},
    {is::address_shut_out, "address-shut-out",
     N_("fail2ban, CrowdSec or the like has shut this address out by a rule of the firewall, mostly after "
        "logins that failed: from there no port answers any more. Correct the login in the app first; "
        "then let the address in again (sudo fail2ban-client set JAIL unbanip ADDRESS; cscli decisions "
        "delete --ip ADDRESS)."),
     "", at_broker},
    {is::no_zone, "address-without-zone",
     N_("An address that begins with fe80: is link-local: it holds on one link alone, so the interface "
        "must stand behind it (fe80::1%wlan0), and many apps take none. Use the broker's IPv4 address or "
        "an IPv6 address that does not begin with fe80."),
     nothing_asked, look},
    {is::taken_over, "taken-over",
     N_("Another client came with the same client identifier, and the broker ended this connection. "
        "Each device needs its own identifier."),
     logged_in, overhear},
    {is::busy, "busy",
     N_("The broker takes no more for now: too many connections, too high a rate, or a used-up "
        "allowance."),
     broker_answers, look},
    {is::moved, "moved",
     N_("The broker sends the client to another server, which it may name."),
     broker_answers, look},
    {is::told_to_go, "told-to-go",
     N_("The broker ended the connection on purpose: it shuts down, an administrator threw the client "
        "out, or the longest time of a connection has passed."),
     logged_in, hold},
    {is::broken_packet, "broken-packet",
     N_("What was received is no MQTT as it should be: the port speaks something else, app and broker "
        "take each other for another version, or one of the two has a fault."),
     reached, overhear},
    {is::too_large, "too-large",
     N_("The message or packet is larger than the broker or the app takes (mosquitto: max_packet_size, "
        "message_size_limit; EMQX: max_packet_size)."),
     logged_in, "mqtt-doctor delivery {at} --size 300k"},
    {is::too_many_in_flight, "too-many-in-flight",
     N_("More messages wait for an acknowledgement than are allowed: the app sends faster than the "
        "broker answers, or the connection has broken."),
     own_side, deliver},
    {is::subscribe_refused, "subscribe-refused",
     N_("The broker refuses the subscription: this user may not read the topic, or the topic filter "
        "is not valid."),
     logged_in, look_topic},
    {is::publish_refused, "publish-refused",
     N_("The broker refuses the message: this user may not write to the topic."),
     logged_in, look_topic},
    {is::bad_topic, "bad-topic",
     N_("The topic or topic filter is not valid for this broker: a wildcard where none may be, an "
        "empty topic, or more levels than it allows."),
     logged_in, look_topic},
    {is::no_such_feature, "no-such-feature",
     N_("The broker does not offer what the app asks for: this QoS, retained messages, wildcards, "
        "shared subscriptions or subscription identifiers (mosquitto: max_qos, retain_available)."),
     broker_answers, look},
    {is::no_details, "no-details",
     N_("Something failed, and the message does not say what. The lines before it, or the broker's "
        "log, say more."),
     "", look, echo},
    {is::untrusted, "untrusted",
     N_("The app does not trust the broker's certificate: it is signed by a CA that the app does not "
        "know, it is self-signed, or the intermediate certificate is missing on the broker."),
     tls_is_spoken, look_tls},
    {is::other_name, "other-name",
     N_("The broker's certificate is for another name than the one that was dialled. An address "
        "needs a certificate for that address."),
     tls_is_spoken, look_tls},
    {is::wrong_time, "wrong-time",
     N_("The broker's certificate has expired or is not valid yet, or the clock of the device is "
        "wrong: a device without a clock begins in 1970. Where the broker's certificate is good, the "
        "app's own list of CAs is too old (an old root such as DST Root CA X3 has expired)."),
     tls_is_spoken, look_tls},
    {is::no_tls_there, "no-tls-there",
     N_("The app speaks TLS to a port that does not: a port of plain MQTT or of HTTP."),
     N_("Name, network and firewall are right; the certificate was not looked at yet."), look},
    {is::handshake, "handshake",
     N_("The TLS handshake failed: a certificate that is not trusted, no version or cipher in common, "
        "a client certificate that is missing, or a port without TLS."),
     N_("Name, network and firewall are right. No password was sent."), look_tls, vague},
    {is::wants_certificate, "wants-certificate",
     N_("The broker wants a client certificate, and the app showed none, or one that it refuses."),
     tls_is_spoken, look_tls},
    {is::no_trust_in_us, "no-trust-in-us",
     N_("The other side does not know the CA of the certificate it was shown: in the app, the "
        "broker does not trust the client certificate; in the broker's log, the app does not trust "
        "the broker's."),
     N_("Name, network and port are right, and TLS is spoken there."), look_tls},
    {is::no_authority, "no-authority",
     N_("The app was given nothing to check the broker's certificate with, and goes no further: give it "
        "the CA certificate (BearSSL: setTrustAnchors or setFingerprint; ESP-IDF: crt_bundle_attach or "
        "cert_pem), or for a test setInsecure."),
     N_("The broker was not asked anything yet; address, password and firewall play no part."),
     look_tls},
    {is::no_memory, "no-memory",
     N_("The device has too little memory left, which TLS and large messages need."),
     own_side, look},
    {is::websocket_refused, "websocket-refused",
     N_("A web server answered, but not with a WebSocket: the path is wrong (often /mqtt), or the web "
        "server does not pass WebSocket on to the broker."),
     N_("Name, network, firewall and port are right."), look_web},
    {is::websocket_failed, "websocket-failed",
     N_("The browser could not open the WebSocket, and does not say why: the port has no WebSocket "
        "listener, the path is wrong, the certificate is not trusted, or a page from https:// asks "
        "for ws://."),
     "", look_web, vague},
    {is::mini_program_domain, "mini-program-domain",
     N_("WeChat lets a mini program connect only to what is registered in its console under socket "
        "domains: names, not addresses, with wss:// and a trusted certificate, and with a port only "
        "when it was registered with it; else it is 443."),
     nothing_asked, look_mini},
    {is::mini_program_url, "mini-program-url",
     N_("WeChat takes this URL for none: it must begin with wss:// and hold a host name without "
        "blanks."),
     nothing_asked, look_mini},
    {is::mini_program_network, "mini-program-network",
     N_("WeChat's network layer failed; the words behind net:: say where: ERR_CERT is the "
        "certificate, ERR_NAME the name, ERR_CONNECTION the port."),
     N_("The domain is registered: WeChat let the mini program try."), look_mini, vague},
    {is::mini_program_full, "mini-program-full",
     N_("A mini program may have five WebSocket connections at once, and this one has them: old ones "
        "are not closed before it connects again."),
     own_side, look_mini},
    {is::wrong_device_secret, "wrong-device-secret",
     N_("The cloud refuses the login: ProductKey, DeviceName and DeviceSecret, or the user name and "
        "password that are made of them, do not belong together."),
     broker_answers, "mqtt-doctor {at} -i CLIENT-ID -u USER --ask-password"},
    {is::cloud_identifier, "cloud-identifier",
     N_("The cloud refuses the client identifier or the keep alive: the identifier must have the form "
        "that it prescribes, and the keep alive lie within its bounds."),
     broker_answers, "mqtt-doctor {at} -i CLIENT-ID -u USER --ask-password"},
    {is::mobile_data, "mobile-data",
     N_("The modem got no data connection: APN, SIM card, contract or reception."),
     nothing_asked, look},
    {is::modem_state, "modem-state",
     N_("The commands came in the wrong order or twice: the modem's client is not set up, is in use, or "
        "was not released."),
     nothing_asked, look},
    {is::app_call, "app-call",
     N_("The app called its library wrongly: a missing or wrong argument, a text that is no UTF-8, or "
        "an option of another version of MQTT."),
     own_side, overhear},
    {is::app_store, "app-store",
     N_("The library cannot use the folder in which it keeps messages: another client uses it, the "
        "disk is full, or the app may not write there."),
     own_side, look},
    {is::app_url, "app-url",
     N_("The library does not take this form of address: most want tcp:// or mqtt://, ssl:// or "
        "mqtts://, ws:// or wss:// in front, some the bare host name. Paho for Java, Android and C want "
        "tcp:// or ssl:// and take no mqtt://; blanks, a path, and signs such as # or @ in a password "
        "spoil an address, too."),
     nothing_asked, look},
    {is::app_not_allowed, "app-not-allowed",
     N_("The system does not let the app use the network: the permission (on Android INTERNET) is "
        "missing, or a firewall of this device forbids it."),
     nothing_asked, look},
    {is::no_plain_text, "no-plain-text",
     N_("Android does not let this app speak without TLS (android:usesCleartextTraffic): it needs "
        "wss:// or mqtts://, or leave in its network security configuration."),
     nothing_asked, look_tls},
    {is::no_tls_built_in, "no-tls-built-in",
     N_("The app's library was built without TLS."),
     nothing_asked, look},
    {is::not_a_broker, "not-a-broker",
     N_("Something answers on this port, and it is not a broker: a web server, SSH or another "
        "service. The port or the address is another one's."),
     N_("Network and firewall are right. User name, password and topics play no part yet."), look},
    {is::hung_up_on_tls, "hung-up-on-tls",
     N_("The other side closed the connection in the middle of the TLS handshake: the port speaks "
        "no TLS (plain MQTT), a proxy has no broker behind it or wants a server name (SNI), or the "
        "broker demands a client certificate."),
     N_("Name, network and firewall are right. No password was sent."), look_tls},
    {is::wrong_subprotocol, "wrong-subprotocol",
     N_("The WebSocket was accepted with another subprotocol than the app asked for, and the "
        "browser hangs up on that: the server, or a proxy before it, must answer mqtt where mqtt was "
        "asked for (mqttv3.1 is the old name)."),
     N_("Name, network, port and path are right: a WebSocket server answers there."), look_web},
    {is::proxy_header, "no-proxy-header",
     N_("This port expects the PROXY protocol's header of a load balancer first, and a client came "
        "without it: connect to the load balancer, let it send the header, or turn proxy_protocol off "
        "in this listener."),
     N_("Name, network and firewall are right: the client reached the port."), look},
    {is::certificate_refused, "certificate-refused",
     N_("One side refuses the other's certificate and says so with a TLS alert. In a broker's log: the "
        "client does not accept the broker's certificate, mostly because it does not know the CA "
        "(load the CA certificate into the app), or its name or time does not fit. In an app: the "
        "broker refuses the client certificate."),
     N_("Name, network and port are right, and TLS is spoken there."), look_tls},
    {is::app_refuses_certificate, "app-refuses-certificate",
     N_("A client refuses this broker's certificate and says so with a TLS alert: it does not know the "
        "CA that signed it (load the CA certificate into the app), the certificate is for another name "
        "than the one dialled, or its time is over."),
     N_("The client reaches the broker, and TLS is spoken. No password was sent."), look_tls},
    {is::client_certificate_refused, "client-certificate-refused",
     N_("The broker refuses the client certificate of this app and says so with a TLS alert: it is not "
        "signed by a CA that the broker trusts, has expired, is revoked, or is not registered."),
     tls_is_spoken, look_tls},
    {is::nothing_in_common, "no-common-cipher",
     N_("Both sides speak TLS and find no cipher suite in common (alert handshake_failure, 40): the "
        "broker's certificate is ECDSA (elliptic, as new ones of Let's Encrypt are) and the device can "
        "RSA only or the other way round, their TLS versions do not overlap, or the broker demands a "
        "client certificate."),
     N_("The certificate was not judged: trust in it is not the reason."), look_tls},
    {is::tls_version, "no-common-tls-version",
     N_("The two sides have no version of TLS in common: an old device or library offers TLS 1.0 or "
        "1.1, which the other side no longer takes, or one side demands TLS 1.3."),
     N_("Name, network and port are right; the certificate was not looked at yet."), look_tls},
    {is::weak_certificate, "too-weak",
     N_("A key or signature is too weak for this side's TLS library: an RSA key below 2048 bits, a "
        "signature with SHA-1 or MD5, or small DH parameters. Make the certificate anew."),
     tls_is_spoken, look_tls},
    {is::bad_key_file, "bad-certificate-file",
     N_("A file of certificate, key, CA or revocation list (CRL) cannot be used: it is not there, its "
        "owner or permissions do not let it be read, it is no PEM (in Java: no keystore), has a "
        "passphrase (password) that is not given, or key and certificate do not belong together."),
     own_side, look_tls},
    {is::plain_to_tls, "plain-to-tls-port",
     N_("A client speaks to the TLS port without TLS: TLS is not switched on in the app, or it dials "
        "this port with http:// or ws://."),
     N_("The client reaches the broker. The certificate was not looked at yet."), look_tls},
    {is::app_hung_up, "client-ended-tls",
     N_("The client ended the TLS handshake without a word: mostly it does not trust the broker's "
        "certificate, or it speaks no TLS here; a health check or a port scan looks the same."),
     N_("The client reaches the broker. No password was sent."), look_tls},
    {is::revoked, "revoked",
     N_("The certificate was revoked by its CA, or the revocation list that should tell is missing or "
        "too old."),
     tls_is_spoken, look_tls},
    {is::unfit_certificate, "unfit-certificate",
     N_("The certificate is not made for this use: a CA's own certificate as the broker's, one without "
        "serverAuth or clientAuth, a CA certificate that may not sign, or a chain that is too long."),
     tls_is_spoken, look_tls},
    {is::broker_file, "cannot-read-file",
     N_("The broker cannot read or write one of its own files or directories (configuration, password "
        "file, access list, log, pid file, data): it is not there, belongs to another user or has too tight "
        "permissions, or in a container it was not mounted, or the directory (volume) that was mounted "
        "belongs to another user than the container's."),
     N_("Network and clients are not the reason: the broker itself is stuck."), at_broker},
    {is::port_taken, "port-taken",
     N_("The port is already in use: another broker, often the same one started twice (as a service "
        "and by hand), listens there."),
     N_("Network and clients are not the reason."), at_broker},
    {is::address_not_here, "address-not-here",
     N_("The broker is to listen on an address that this machine does not have, or does not have yet "
        "while it starts."),
     N_("Clients are not the reason: the broker itself is stuck."), at_broker},
    {is::local_only, "local-only",
     N_("The broker listens on 127.0.0.1 only: without a listener in its configuration mosquitto 2 "
        "takes no connection from other machines. It needs a line 'listener 1883', and a login."),
     N_("The broker runs; firewall and passwords are not the first reason."), at_broker},
    {is::broker_settings, "bad-settings",
     N_("The broker does not take a line of its configuration: misspelt, given twice, in the wrong "
        "place, or of another version. It names file and line, in its log or on its screen: journalctl -u "
        "SERVICE -n 50, docker logs CONTAINER, or start it by hand."),
     N_("Network and clients are not the reason: the broker does not start so."), at_broker},
    {is::no_more_sockets, "no-more-sockets",
     N_("The process has no more file descriptors: too many connections for its limit, or connections "
        "that are opened again and again and never closed."),
     N_("Passwords and certificates are not the reason."), look},
    {is::upgrade_refused, "no-upgrade",
     N_("A web server answered and did not take the request for a WebSocket: the path is another "
        "page's, a proxy does not pass on the Upgrade header (nginx: proxy_http_version 1.1, Upgrade "
        "and Connection), or the port speaks HTTP only."),
     N_("Name, network, firewall and port are right."), look_web},
    {is::web_login, "forbidden-by-proxy",
     N_("A web server or proxy forbids the WebSocket before the broker is asked: it wants a login of "
        "its own, a signed URL, or another Origin."),
     N_("Name, network and port are right; MQTT's user name and password were not looked at."),
     look_web},
    {is::no_backend, "no-backend",
     N_("A proxy answers and does not reach the broker behind it: the broker does not run, or the proxy "
        "has its wrong address or port."),
     N_("Name and network to the proxy are right; the client is not the reason."), look_web},
    {is::check_not_understood, "health-check-not-understood",
     N_("A health check speaks another language than the port (HTTP or TLS to a port of plain MQTT), or "
        "asks for a page that is not there: proxy or Kubernetes takes a broker that may be well for dead, "
        "and passes nothing on or starts it again. Let it only open a TCP connection (haproxy: check "
        "without option httpchk; Kubernetes: tcpSocket), or ask the page that the broker has for it "
        "(EMQX: /status at port 18083)."),
     N_("The clients are not the reason, and the broker may be well."), at_broker},
    {is::redirected, "redirected",
     N_("A web server sends the WebSocket elsewhere, which clients do not follow: mostly from http to "
        "https (dial wss:// then), or to a page for the login."),
     N_("Name, network and port are right."), look_web},
    {is::mixed_content, "mixed-content",
     N_("A page from https:// may not open ws://: the browser wants wss://, and so a port with TLS and "
        "a trusted certificate."),
     nothing_asked, look_mini},
    {is::no_websocket_there, "no-websocket-there",
     N_("The app speaks WebSocket to a port that does not: a port of plain MQTT such as 1883. Browsers "
        "need a WebSocket listener (often 9001, 8083 or 8084)."),
     N_("Name, network and firewall are right: something answers on this port."), look},
    {is::client_lost, "client-lost",
     N_("The broker lost a client's connection: the device was reset, lost its network, or closed "
        "without DISCONNECT; a client without TLS on a TLS port looks the same."),
     N_("The client reached the broker."), overhear, vague},
    {is::cloud_policy, "cloud-policy",
     N_("The cloud ends the connection by its own rules: the certificate is not active or has no policy "
        "for this identifier or topic (AWS: iot:Connect, iot:Publish, iot:Receive, iot:Subscribe; Azure: topic "
        "spaces and permission bindings), or the identifier is in use elsewhere."),
     tls_is_spoken, "mqtt-doctor {at} -i CLIENT-ID"},
    {is::expired_token, "expired-token",
     N_("The token in place of the password has expired, or the device's clock is wrong: make a new one "
        "before each connection."),
     broker_answers, look_login},
    {is::no_network, "no-network",
     N_("The device itself has no network: no WLAN or cable, no address, or flight mode."),
     nothing_asked, look},
    {is::messages_dropped, "messages-dropped",
     N_("The broker drops messages for a client: its queue is full, because it is offline with a session "
        "that is kept, or takes messages slower than they come (mosquitto: max_queued_messages; EMQX: "
        "max_mqueue_len)."),
     logged_in, hold},
    {is::host_field, "host-field",
     N_("What stands where the host belongs is no host: a scheme (mqtt://, ssl://), a port, a path or a "
        "blank along with it, an incomplete address, nothing, or an unset variable (undefined, null). "
        "This field takes the bare name or address; the port has its own field, and TLS its own switch."),
     nothing_asked, look},
    {is::identifier_or_keep_alive, "identifier-or-keep-alive",
     N_("The broker refuses the client identifier (empty, too long, with characters that are not "
        "allowed), or the keep alive of 0 that umqtt.simple sends unless told otherwise: newer "
        "mosquittos refuse that with the same code. Try keepalive=60 in MQTTClient(...) first."),
     broker_answers, look_id},
    {is::port_left_away, "port-left-away",
     N_("The address has no port, so the app dialled port 80, and a web server answered there. Brokers "
        "take WebSocket on another port, often 9001, 8083, 8080 or 8000: write it behind the host. Where "
        "a web server is to pass it on, the path is wrong or it does not pass on Upgrade."),
     N_("Name and network are right: a web server answers."), look_web},
    {is::dialled_itself_in_6, "dialled-ipv6-localhost",
     N_("The app dials its own device by IPv6 (::1), which Node.js since 17 and many systems take for "
        "localhost. The broker there may listen for IPv4 only: write 127.0.0.1 in place of localhost. Or "
        "no broker runs there: in a phone or a container, localhost is the phone or the container."),
     nothing_asked, "mqtt-doctor localhost --on-broker"},
    {is::too_large_for_app, "too-large-for-app",
     N_("The message is larger than the app's own library takes; the broker takes it. Raise the app's "
        "limit (rumqttc: set_max_packet_size; PubSubClient: setBufferSize; arduino-mqtt: the size given "
        "to MQTTClient; ESP-IDF: buffer.size), or send less."),
     logged_in, "mqtt-doctor delivery {at} --size 300k"},
    {is::mdns_name, "mdns-name",
     N_("The name ends in .local: no DNS server knows it, only mDNS (Bonjour, Avahi) answers, and most "
        "boards (ESP8266, ESP32), containers, Android apps and other networks cannot ask that way. Give "
        "the app the broker's IP address (fixed in the router) or a name of the router's DNS."),
     N_("No connection was tried: port, firewall, user name and password play no part yet."), look},
    {is::encrypted_key, "encrypted-key",
     N_("The private key is encrypted with a passphrase that the app was not given, or that is wrong; a "
        "service has nobody to type it. Give the app the passphrase (Paho Python: keyfile_password; "
        "MQTT.js: passphrase), or write the key without one: openssl pkey -in client.key -out "
        "plain.key, then chmod 600 plain.key."),
     own_side, look_tls},
    {is::browser_without_tcp, "browser-without-tcp",
     N_("A page in a browser, or a React Native app, has no TCP and cannot open mqtt:// or mqtts://: it "
        "needs ws:// or wss:// with the broker's WebSocket port (often 9001, 8083 or 8084) and its path "
        "(often /mqtt)."),
     nothing_asked, look_web},
    {is::home_by_mobile, "home-address-by-mobile-data",
     N_("A modem on the mobile network dials a private address (10.x, 172.16.x, 192.168.x): that is an "
        "address at home, or of the phone or board that runs the broker, and no mobile network leads "
        "there. Give it a broker with a public address or name, forward a port of the home router and dial "
        "the router's public address, or use a VPN. Only a SIM with a private APN of its own may know such "
        "addresses."),
     N_("The broker was never reached: user name, password and topics play no part."), look},
    {is::other_service, "another-service",
     N_("This line is not about MQTT: its port is that of another service (502 Modbus, 102 S7, 4840 OPC UA, "
        "3306 MySQL, 5432 PostgreSQL, 6379 Redis, 8086 InfluxDB, 27017 MongoDB, 53 DNS, 22 SSH), and it is "
        "that one which the app does not reach. See that the device or database is on, has this address "
        "and takes another connection. Where the line is meant for the broker, the port is wrong: brokers "
        "have 1883, or 8883 with TLS."),
     N_("The broker is not the reason for this line."), "mqtt-doctor {host}"},
    {is::identifier_for_session, "identifier-for-session",
     N_("A session that is to be kept (clean session off) needs a client identifier of its own, and none is "
        "set in the app: its library refuses that, or takes a clean session, before it asks anybody. Fill in "
        "the client identifier, or switch clean session on."),
     own_side, look_id},
    {is::login_left_out, "login-left-out",
     N_("The client sent no user name or no password, and the broker lets nobody in without them: fill in "
        "both in the app, and switch its login on where there is such a switch."),
     broker_answers, look_login},
    {is::board_without_network, "board-without-network",
     N_("This address cannot be reached: the board is not in the network yet, since its program connects "
        "before the Wi-Fi is up (let it wait until the board has an address), the address is wrong or old, or "
        "that machine is off."),
     nothing_asked, look},
};
// clang-format on

// clang-format off
constexpr two_sided sides[] = {
    {is::no_trust_in_us, is::app_refuses_certificate, is::client_certificate_refused},
    {is::certificate_refused, is::app_refuses_certificate, is::client_certificate_refused},
    {is::no_tls_there, is::plain_to_tls, is::no_tls_there},
    {is::hung_up_on_tls, is::app_hung_up, is::hung_up_on_tls},
    {is::closed, is::client_lost, is::closed},
    {is::no_memory, is::broker_memory, is::no_memory},
    {is::reset, is::client_lost, is::reset},
};
// clang-format on

static_assert(are_in_order(meanings, meaning::not_reached) &&
                  std::size(meanings) == static_cast<std::size_t>(meaning::setting_unknown),
              "a row for each meaning, in order");

}  // namespace

std::span<const meaning_row> meaning_rows() {
  static const std::vector<meaning_row> rows = [] {
    std::vector<meaning_row> all(std::begin(meanings), std::end(meanings));
    all.insert(all.end(), broker_meanings().begin(), broker_meanings().end());
    return all;
  }();
  return rows;
}

const meaning_row& row_of(meaning id) { return meaning_rows()[static_cast<std::size_t>(id)]; }

std::span<const two_sided> two_sided_meanings() noexcept { return sides; }

}  // namespace mqttkit::doctor
