"""Never met, the fifth batch: what was typed, names, certificates, and the broker's own machine."""
import pathlib
import subprocess

from . import certificates
from .cases import doctor, without_warning
from .certificates import ca
from .net import ROUTER_SERVER, SERVER
from .services import (dnsmasq, etc, haproxy, mosquitto, nginx, password_file, scripted, stunnel,
                       tls_lines, websocket_broker)
from .stage_host import log, start_as_a_service
from .stage_way import needs
from .unmet import unmet

AT = f"{SERVER}:1883"
SECURE = f"mqtts://{SERVER}:8883"


def on_server(lab, *words):
    """Its own warnings of a loopback address are true of every one of these."""
    return without_warning(doctor(lab.server, *(words or (AT,)), "--on-broker"),
                           "input-loopback-address", "tcp-ipv6-listener-missing")


# ---- what was typed -----------------------------------------------------------------------------


@unmet("input-scheme-in-host", "healthy")
def scheme_of_another_library(lab):
    """tcp:// is what Paho takes; either it is understood or it is said."""
    mosquitto(lab.server)
    return doctor(lab.phone, f"tcp://{SERVER}:1883")


@unmet("input-scheme-in-host", "input-invisible-character", "dns-nxdomain")
def user_before_the_host(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    return doctor(lab.phone, "-h", "alice@broker.test", "-p", "1883")


@unmet("input-scheme-in-host", "input-invisible-character")
def path_behind_the_host(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    websocket_broker(lab.server)
    return doctor(lab.phone, "-h", "broker.test/mqtt", "-p", "9001")


@unmet("input-ipv4-not-dotted-quad", "dns-nxdomain", "input-invisible-character")
def address_with_a_part_above_255(lab):
    dnsmasq(lab.router)
    return doctor(lab.phone, "10.77.2.256:1883")


@unmet("input-port-in-host", "input-invisible-character")
def chinese_colon_before_the_port(lab):
    dnsmasq(lab.router, f"address=/broker.test/{SERVER}")
    return doctor(lab.phone, "-h", "broker.test：1883")


# ---- names --------------------------------------------------------------------------------------


@unmet("mqtt-not-a-broker", never=("ws-wrong-path", "path-captive-portal", "dns-nxdomain-hijack"))
def mistyped_name_below_a_wildcard(lab):
    """*.test leads to the company's web server; brokr.test is such a name."""
    dnsmasq(lab.router, f"address=/test/{ROUTER_SERVER}", f"host-record=broker.test,{SERVER}")
    mosquitto(lab.server)
    nginx(lab.router, "server { listen 1883; location / { return 200 'shop'; } }", 1883)
    return doctor(lab.phone, "brokr.test:1883")


@unmet("dns-resolver-refuses", "dns-resolver-silent")
def no_name_server_is_named(lab):
    lab.phone.file("resolv.conf", "# nothing here\n")
    return doctor(lab.phone, "broker.test:1883")


@unmet("tls-hostname-mismatch", never=("tls-ip-without-san", "tls-unknown-ca"))
def wildcard_takes_in_one_level(lab):
    dnsmasq(lab.router, f"address=/a.b.example.test/{SERVER}")
    mosquitto(lab.server, *tls_lines("wildcard"), ready=8883)
    return doctor(lab.phone, "mqtts://a.b.example.test:8883", "--cafile", ca())


# ---- certificates -------------------------------------------------------------------------------


@unmet("tls-unknown-ca", never=("tls-self-signed-leaf", "tls-missing-intermediate", "tls-interception"))
def certificate_of_the_server_given_as_authority(lab):
    """--cafile with somebody's own certificate: of another server."""
    mosquitto(lab.server, *tls_lines("good"), ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", certificates.get("other").certificate)


@unmet("healthy")
def chain_with_an_old_root_behind_it(lab):
    """As Let's Encrypt's did: one more certificate than needed, and that one has expired."""
    mosquitto(lab.server, *tls_lines(certificates.joined("leaf-alone", "intermediate", "old-ca")),
              ready=8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("tls-client-cert-missing")
def stunnel_wants_a_certificate(lab):
    needs("stunnel4")
    certificate = certificates.get("good")
    mosquitto(lab.server)
    stunnel(lab.server, f"[mqtts]\naccept = 8883\nconnect = 127.0.0.1:1883\ncert = {certificate.chain}\n"
            f"key = {certificate.key}\nCAfile = {ca()}\nverifyChain = yes\nrequireCert = yes", 8883)
    return doctor(lab.phone, SECURE, "--cafile", ca())


@unmet("mqtt-not-a-broker", "input-dashboard-port", never=("tls-alpn-mismatch", "ws-wrong-path"))
def tls_to_the_website(lab):
    """That it is the port of a web page was not thought of at first, and is as right."""
    needs("nginx")
    certificate = certificates.get("good")
    nginx(lab.server, f"server {{ listen 443 ssl; ssl_certificate {certificate.chain}; ssl_certificate_key "
          f"{certificate.key}; location / {{ return 200 'shop'; }} }}", 443)
    return doctor(lab.phone, f"mqtts://{SERVER}:443", "--cafile", ca())


# ---- web servers in front -------------------------------------------------------------------------


@unmet("ws-proxy-backend-down", "dns-cdn-proxied", never=("ws-wrong-path", "ws-redirected-or-guarded"))
def cdn_says_the_web_server_is_down(lab):
    scripted(lab.server, 8083, "http", "521 Web Server Is Down", "Server: cloudflare",
             "CF-RAY: 8c0a1b2c3d4e5f60-FRA")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@unmet("ws-wrong-path", never=("ws-path-is-website", "mqtt-not-a-broker"))
def traefik_knows_no_such_route(lab):
    scripted(lab.server, 8083, "http", "404 Not Found", "Content-Type: text/plain; charset=utf-8",
             "X-Content-Type-Options: nosniff", "BODY:404 page not found\n")
    return doctor(lab.phone, f"ws://{SERVER}:8083/mqtt")


@unmet("mqtt-not-a-broker", "input-dashboard-port")
def home_automation_on_its_own_port(lab):
    """Home Assistant's page: it speaks HTTP and no MQTT."""
    scripted(lab.server, 8123, "http", "400 Bad Request", "Server: Python/3.12 aiohttp/3.9",
             "Content-Type: text/plain; charset=utf-8", "BODY:Bad status line")
    return doctor(lab.phone, f"{SERVER}:8123")


# ---- the broker's own machine ---------------------------------------------------------------------


@unmet("auth-bad-credentials", "auth-password-file-not-hashed", "auth-anonymous-refused")
def no_password_file_is_configured(lab):
    """A login is demanded, and nobody has one."""
    mosquitto(lab.server, "allow_anonymous false")
    answer = on_server(lab, AT, "-u", "alice", "-P", "alice-pw")
    said = str(answer.report["causes"][:1])
    if "password file" not in said and "password_file" not in said:
        answer.found += " (without a word about the file that is missing)"
    return answer


@unmet("auth-bad-credentials", never=("auth-password-file-not-hashed",))
def user_is_behind_a_hash_sign(lab):
    path = pathlib.Path(password_file(lab))
    path.write_text("#" + path.read_text())
    mosquitto(lab.server, "allow_anonymous false", f"password_file {path}")
    return on_server(lab, AT, "-u", "alice", "-P", "alice-pw")


@unmet("healthy")
def settings_in_three_files(lab):
    etc(lab, "mosquitto/mosquitto.conf", "# all else is in conf.d\n\ninclude_dir /etc/mosquitto/conf.d\n")
    etc(lab, "mosquitto/conf.d/10-listen.conf", "listener 1883\n")
    etc(lab, "mosquitto/conf.d/20-users.conf", "  \n#\nallow_anonymous true\n")
    etc(lab, "mosquitto/conf.d/notes.txt", "listener 9999\n")
    lab.server.serve("mosquitto", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", ready=1883)
    return on_server(lab)


@unmet("healthy")
def two_brokers_on_two_ports(lab):
    mosquitto(lab.server)
    mosquitto(lab.server, "allow_anonymous false", listener=1893, ready=1893, name="second.conf")
    return on_server(lab)


@unmet("healthy")
def proxies_for_the_web_beside_the_broker(lab):
    needs("haproxy", "nginx")
    mosquitto(lab.server)
    nginx(lab.server, "server { listen 8080; location / { proxy_pass http://127.0.0.1:3000; } }", 8080)
    haproxy(lab.server, "frontend web\n mode http\n bind :80\n default_backend b\nbackend b\n mode http\n"
            " server s 127.0.0.1:8080 send-proxy", 80)
    return on_server(lab)


@unmet("healthy")
def bans_of_other_addresses(lab):
    mosquitto(lab.server)
    lab.server.run("nft", "-f", "-", input="""table inet f2b-table {
  set addr-set-sshd { type ipv4_addr; elements = { 192.0.2.7, 203.0.113.9 } }
  chain f2b-chain { type filter hook input priority -1; policy accept;
    tcp dport 22 ip saddr @addr-set-sshd reject with icmp port-unreachable
  }
}
""")
    return on_server(lab)


@unmet("healthy")
def port_inside_a_range_and_behind_a_jump(lab):
    mosquitto(lab.server)
    lab.server.run("nft", "-f", "-", input="""table inet filter {
  chain apps {
    tcp dport 1800-1900 counter accept
    return
  }
  chain input { type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    jump apps
    counter drop
  }
}
""")
    return on_server(lab)


@unmet("healthy")
def port_is_sent_on_to_a_container_that_answers(lab):
    mosquitto(lab.router, listener=1884, ready=1884)
    lab.server.set(ipv4__ip_forward=1)
    lab.server.run("nft", "-f", "-", input=f"""table ip nat {{
  chain pre {{ type nat hook prerouting priority -100;
    tcp dport 1883 dnat to {ROUTER_SERVER}:1884
  }}
  chain out {{ type nat hook output priority -100;
    ip daddr {SERVER} tcp dport 1883 dnat to {ROUTER_SERVER}:1884
  }}
  chain post {{ type nat hook postrouting priority 100;
    tcp dport 1884 masquerade
  }}
}}
""")
    return on_server(lab)


@unmet("tcp-refused-rate-limit", "tcp-timeout-host-firewall", "tcp-timeout-source-allowlist",
       never=("tcp-timeout-security-group",))
def few_connections_for_each_address(lab):
    """connlimit: one connection from an address at a time, the others are rejected."""
    mosquitto(lab.server)
    lab.server.run("nft", "-f", "-", input="""table inet few {
  set seen { type ipv4_addr; size 1024; flags dynamic; }
  chain input { type filter hook input priority 0; policy accept;
    iif lo accept
    tcp dport 1883 ct state new add @seen { ip saddr ct count over 1 } reject with tcp reset
  }
}
""")
    return on_server(lab)


# A second listener line for the port keeps mosquitto from starting.
@unmet("tcp-refused-loopback-listener", never=("tcp-refused-not-running",), harm="/listener 1883/")
def old_way_to_bind_to_loopback(lab):
    mosquitto(lab.server, "port 1883", "bind_address 127.0.0.1", listener=None)
    return on_server(lab)


@unmet("tcp-port-forward-wrong", "mqtt-not-a-broker", never=("tcp-timeout-security-group",))
def port_is_redirected_to_the_shell(lab):
    mosquitto(lab.server)
    scripted(lab.server, 22, "banner", "SSH-2.0-OpenSSH_9.2p1\\r\\n")
    lab.server.nat("tcp dport 1883 redirect to :22")
    return on_server(lab)


def does_not_start(name, text, *right, never=(), port=1883, batch=__name__, **files):
    def stage(lab):
        for file, content in files.items():
            etc(lab, "mosquitto/" + file.replace("_", "."), content)
        process = start_as_a_service(lab, text.replace("LOG", log(lab)))
        try:
            if process.wait(timeout=5) == 0:
                raise RuntimeError("mosquitto ended well")
        except subprocess.TimeoutExpired:
            raise RuntimeError("mosquitto runs") from None
        return on_server(lab, f"{SERVER}:{port}")
    stage.__name__ = name
    stage.__module__ = batch
    unmet(*right, never=never)(stage)


does_not_start("authority_file_is_not_there",
               "listener 8883\nlog_dest file LOG\ncafile /etc/mosquitto/ca.crt\n"
               "certfile /etc/mosquitto/s.crt\nkeyfile /etc/mosquitto/s.key\n",
               "host-cert-key-problem", "host-config-error", "host-file-permission", port=8883)
does_not_start("access_list_with_a_word_it_does_not_know",
               "listener 1883\nlog_dest file LOG\nallow_anonymous true\nacl_file /etc/mosquitto/acl\n",
               "host-config-error", never=("host-file-permission",),
               acl="user alice\ntopics readwrite home/#\n")
does_not_start("listener_with_a_port_above_all",
               "listener 18830000\nlog_dest file LOG\nallow_anonymous true\n", "host-config-error")
does_not_start("option_of_a_newer_version",
               "listener 1883\nlog_dest file LOG\nallow_anonymous true\nglobal_max_connections 10\n",
               "host-config-error")
