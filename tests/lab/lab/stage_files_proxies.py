"""Apache, Caddy and Traefik in front of a broker, by what their own files say: as people told of it, each with its right
answer written down before the doctor could read them. A stand-in of that name answers as the program would."""

from .net import SERVER
from .reported import HEALTHY, reported
from .services import mosquitto, scripted, websocket_broker
from .stage_files_compose import told
from .stage_trained_brokers import GITHUB, etc, machine, named, on_broker_in

APACHE, CADDY, TRAEFIK = "/usr/sbin/apache2", "/usr/bin/caddy", "/usr/bin/traefik"
MODULES = {"etc/apache2/mods-enabled/proxy.load": "LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\n",
           "etc/apache2/mods-enabled/proxy_http.load": "# Depends: proxy\nLoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so\n"}
TUNNEL = {"etc/apache2/mods-enabled/proxy_wstunnel.load":
          "# Depends: proxy\nLoadModule proxy_wstunnel_module /usr/lib/apache2/modules/mod_proxy_wstunnel.so\n"}
MAIN = ("ServerRoot \"/etc/apache2\"\nTimeout 300\nKeepAlive On\nIncludeOptional mods-enabled/*.load\nIncludeOptional mods-enabled/*.conf\n"
        "Include ports.conf\nIncludeOptional conf-enabled/*.conf\nIncludeOptional sites-enabled/*.conf\n")


def apache(lab, site, *behaviour, modules=TUNNEL, port=8083):
    named(lab.server, APACHE, port, *behaviour)
    return machine(lab, {"etc/apache2/apache2.conf": MAIN, "etc/apache2/ports.conf": f"Listen {port}\n", **MODULES, **modules,
                         "etc/apache2/sites-enabled/mqtt.conf": site})


def caddy(lab, text, *behaviour, port=8083):
    named(lab.server, CADDY, port, *behaviour)
    return machine(lab, {"etc/caddy/Caddyfile": text})


# ---- Apache --------------------------------------------------------------------------------------


@reported(GITHUB + "ergochat/ergo/pull/2119 ProxyPass http:// needs upgrade=websocket", r"upgrade=websocket", r"mqtt\.conf:3", r"Apache|apache2", is_long=False)
def apache_passes_no_upgrade(lab):
    websocket_broker(lab.server)
    site = ("<VirtualHost *:8083>\n  ServerName mqtt.example.org\n  ProxyPass /mqtt http://127.0.0.1:9001/mqtt\n  ProxyPassReverse /mqtt http://127.0.0.1:9001/mqtt\n"
            "</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "http", "400 Bad Request", "Server: Apache/2.4.62 (Debian)"), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "thingsboard/thingsboard/issues/1144 Apache2 Proxy Websocket Problems: / stands above", r"first|above|before", r"mqtt\.conf:4", r"mqtt\.conf:3|line 3",
          is_long=False)
def apache_has_the_root_above_the_path(lab):
    websocket_broker(lab.server)
    scripted(lab.server, 8080, "http", "404 Not Found")
    site = ("<VirtualHost *:8083>\n  ProxyPreserveHost On\n  ProxyPass / http://127.0.0.1:8080/\n  ProxyPass /mqtt ws://127.0.0.1:9001/mqtt\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "http", "404 Not Found", "Server: Apache/2.4.62 (Debian)"), f"ws://{SERVER}:8083/mqtt")


@reported("https://serverfault.com apache ProxyPass ws:// to 1883", r"1883", r"9001", r"apache2", is_long=False)
def apache_leads_to_plain_mqtt(lab):
    websocket_broker(lab.server)
    etc(lab, "mosquitto/README", "")
    site = ("<VirtualHost *:8083>\n  <Location \"/mqtt\">\n    ProxyPass \"ws://127.0.0.1:1883\"\n  </Location>\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "http", "502 Proxy Error", "Server: Apache/2.4.62 (Debian)"), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "louislam/uptime-kuma/issues/2633 AH01144: No protocol handler was valid for the URL (scheme 'ws')", r"proxy_wstunnel", r"a2enmod", is_long=False)
def apache_lacks_the_module(lab):
    websocket_broker(lab.server)
    site = ("<VirtualHost *:8083>\n  ProxyPass /mqtt ws://127.0.0.1:9001/mqtt\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "http", "500 Internal Server Error", "Server: Apache/2.4.62 (Debian)", modules={}), f"ws://{SERVER}:8083/mqtt")


@reported("https://httpd.apache.org/docs/2.4/mod/mod_proxy.html ProxyTimeout 20", r"ProxyTimeout", r"20 s", r"mqtt\.conf:2", is_long=False)
def apache_hangs_up_after_twenty_seconds(lab):
    websocket_broker(lab.server)
    site = ("<VirtualHost *:8083>\n  ProxyTimeout 20\n  ProxyPass /mqtt ws://127.0.0.1:9001/mqtt\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "relay", "9001", "0"), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "moquette-io/moquette/issues/471 the path is the one in ProxyPass", r"/mqtt", r"mqtt\.conf:2", is_long=False)
def apache_is_asked_for_another_path(lab):
    websocket_broker(lab.server)
    site = ("<VirtualHost *:8083>\n  ProxyPass /mqtt ws://127.0.0.1:9001/mqtt\n  DocumentRoot /var/www/html\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "http", "404 Not Found", "Server: Apache/2.4.62 (Debian)"), f"ws://{SERVER}:8083/ws")


@reported("https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html RewriteRule with Upgrade", HEALTHY, is_long=False)
def apache_rewrites_what_wants_an_upgrade(lab):
    websocket_broker(lab.server)
    site = ("<VirtualHost *:8083>\n  ProxyPass / http://127.0.0.1:8080/\n  RewriteEngine on\n  RewriteCond %{HTTP:Upgrade} websocket [NC]\n"
            "  RewriteCond %{HTTP:Connection} upgrade [NC]\n  RewriteRule ^/?(.*) \"ws://127.0.0.1:9001/$1\" [P,L]\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "relay", "9001", "0"), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "ergochat/ergo/pull/2119 as it is right", HEALTHY, is_long=False)
def apache_upgrades_over_http(lab):
    websocket_broker(lab.server)
    site = ("Define broker 127.0.0.1:9001\n<IfModule mod_proxy.c>\n<VirtualHost _default_:8083>\n  ProxyPass /.well-known !\n"
            "  ProxyPass /mqtt http://${broker}/mqtt \\\n     upgrade=websocket\n</VirtualHost>\n</IfModule>\n")
    return on_broker_in(lab, apache(lab, site, "relay", "9001", "0", modules={}), f"ws://{SERVER}:8083/mqtt")


# ---- Caddy ---------------------------------------------------------------------------------------


@reported("https://caddy.community a site for a name, asked by address", r"mqtt\.example\.org", r"Caddyfile:1", r"name|host", is_long=False)
def caddy_has_a_site_for_another_name(lab):
    websocket_broker(lab.server)
    text = "http://mqtt.example.org:8083 {\n\treverse_proxy localhost:9001\n}\n"
    return on_broker_in(lab, caddy(lab, text, "http", "200 OK", "Server: Caddy"), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "ergochat/ergo/pull/2119 handle_path for one path", r"/broker", r"Caddyfile:[23]", r"path", is_long=False)
def caddy_is_asked_for_another_path(lab):
    websocket_broker(lab.server)
    text = ":8083 {\n\thandle /broker/* {\n\t\treverse_proxy localhost:9001\n\t}\n\trespond 404\n}\n"
    return on_broker_in(lab, caddy(lab, text, "http", "404 Not Found", "Server: Caddy"), f"ws://{SERVER}:8083/mqtt")


@reported("https://caddyserver.com/docs/caddyfile/matchers /mqtt fits /mqtt alone", r"/mqtt", r"Caddyfile:2", is_long=False)
def caddy_has_the_path_without_a_star(lab):
    websocket_broker(lab.server)
    text = ":8083 {\n\treverse_proxy /mqtt 127.0.0.1:9001\n\tfile_server\n}\n"
    return on_broker_in(lab, caddy(lab, text, "http", "404 Not Found", "Server: Caddy"), f"ws://{SERVER}:8083/mqtt/")


@reported("https://caddy.community reverse_proxy to mosquitto: 502", r"1883", r"9001", r"caddy", is_long=False)
def caddy_leads_to_plain_mqtt(lab):
    websocket_broker(lab.server)
    text = "{\n\tadmin off\n}\n:8083 {\n\treverse_proxy localhost:1883\n}\n"
    return on_broker_in(lab, caddy(lab, text, "http", "502 Bad Gateway", "Server: Caddy"), f"ws://{SERVER}:8083/mqtt")


@reported(GITHUB + "sukesh-ak/setup-mosquitto-with-docker/issues/7 the scheme ws:// is only supported in browsers", r"ws://", r"http://|without", r"Caddyfile:2",
          is_long=False)
def caddy_knows_no_ws(lab):
    websocket_broker(lab.server)
    return on_broker_in(lab, machine(lab, {"etc/caddy/Caddyfile": ":8083 {\n\treverse_proxy ws://127.0.0.1:9001\n}\n"}), f"ws://{SERVER}:8083/mqtt")


@reported("https://caddyserver.com/docs/caddyfile snippets, matchers, handle_path", HEALTHY, is_long=False)
def caddy_is_odd_and_right(lab):
    websocket_broker(lab.server)
    text = ("(common) {\n\tencode gzip\n}\n\nhttp://other.example.org, http://:8083 {\n\timport common\n\t@mqtt {\n\t\tpath /mqtt /mqtt/*\n\t\theader Connection *Upgrade*\n"
            "\t\theader Upgrade websocket\n\t}\n\treverse_proxy @mqtt {\n\t\tto localhost:9001\n\t\tflush_interval -1\n\t}\n\trespond \"no\" 404\n}\n")
    return on_broker_in(lab, caddy(lab, text, "relay", "9001", "0"), f"ws://{SERVER}:8083/mqtt")


# ---- Traefik -------------------------------------------------------------------------------------


STATIC = "entryPoints:\n  web:\n    address: \":80\"\n  mqtt:\n    address: \":1883\"\nproviders:\n  file:\n    directory: /etc/traefik/dynamic\n"


def traefik(lab, dynamic, *behaviour, static=STATIC, name="mqtt.yml"):
    named(lab.server, TRAEFIK, 1883, *behaviour)
    return machine(lab, {"etc/traefik/traefik.yml": static, "etc/traefik/dynamic/" + name: dynamic})


def in_docker(lab, labels, *behaviour, command=("--providers.docker=true", "--entrypoints.mqtt.address=:1883"), also=""):
    """Traefik in a container, and the broker in another with these labels."""
    named(lab.server, "/usr/bin/docker-proxy", 1883, *behaviour)
    text = "services:\n  mosquitto:\n    image: eclipse-mosquitto:2\n    labels:\n" + "".join(f"      - \"{each}\"\n" for each in labels)
    inspected = told()
    inspected["Config"]["Labels"].update(dict(each.split("=", 1) for each in labels))
    proxy = {"State": {}, "Mounts": [], "HostConfig": {"NetworkMode": "stack_default"}, "Path": "/entrypoint.sh", "Args": list(command),
             "Config": {"Labels": {}, "Cmd": list(command)}}
    return machine(lab, {"opt/stack/compose.yaml": text}, [
        ("mosquitto", "eclipse-mosquitto:2", "1883/tcp", "running", "Up 2 hours", inspected, []),
        ("traefik", "traefik:v3.1", "0.0.0.0:80->80/tcp, 0.0.0.0:1883->1883/tcp" + also, "running", "Up 2 hours", proxy, [])])


@reported(GITHUB + "traefik/traefik/issues/8455 I can't set a host SNI, it has to be a wildcard", r"HostSNI\(`\*`\)", r"mqtt\.yml:5", r"TLS", is_long=False)
def traefik_chooses_by_a_name_without_tls(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    text = ("tcp:\n  routers:\n    mqtt:\n      entryPoints: [mqtt]\n      rule: \"HostSNI(`mqtt.example.org`)\"\n      service: mqtt\n  services:\n    mqtt:\n"
            "      loadBalancer:\n        servers:\n          - address: \"127.0.0.1:1884\"\n")
    return on_broker_in(lab, traefik(lab, text, "close"), f"{SERVER}:1883")


@reported("https://infrarunbook.com/article/traefik-tcp-routing-not-working labels under traefik.http", r"traefik\.tcp|tcp router", r"HTTP", r"compose\.yaml:[67]",
          is_long=False)
def traefik_has_a_router_of_http_for_mqtt(lab):
    return on_broker_in(lab, in_docker(lab, ["traefik.enable=true", "traefik.http.routers.mqtt.rule=Host(`mqtt.example.org`)", "traefik.http.routers.mqtt.entrypoints=mqtt",
                                             "traefik.http.services.mqtt.loadbalancer.server.port=1883"],
                                       "http-patient", "400 Bad Request", "Content-Type: text/plain; charset=utf-8", "Connection: close"), f"{SERVER}:1883")


@reported(GITHUB + "getlago/lago/pull/618 EntryPoint doesn't exist", r"mqtts", r"entry ?point", r"compose\.yaml:7", is_long=False)
def traefik_has_no_such_entry_point(lab):
    return on_broker_in(lab, in_docker(lab, ["traefik.enable=true", "traefik.tcp.routers.mqtt.rule=HostSNI(`*`)", "traefik.tcp.routers.mqtt.entrypoints=mqtts",
                                             "traefik.tcp.services.mqtt.loadbalancer.server.port=1883"], "http-patient", "404 Not Found", "Content-Type: text/plain; charset=utf-8"), f"{SERVER}:1883")


@reported(GITHUB + "jittering/traefik-kop/issues/35 the router names service-broker-mqtt, and the service is called mqtt", r"service-broker-mqtt", r"compose\.yaml:8",
          is_long=False)
def traefik_has_no_such_service(lab):
    return on_broker_in(lab, in_docker(lab, ["traefik.enable=true", "traefik.tcp.routers.mqtt.rule=HostSNI(`*`)", "traefik.tcp.routers.mqtt.entrypoints=mqtt",
                                             "traefik.tcp.routers.mqtt.service=service-broker-mqtt", "traefik.tcp.services.mqtt.loadbalancer.server.port=1883"], "close"), f"{SERVER}:1883")


@reported(GITHUB + "traefik/traefik/issues/4408 exposedByDefault = false", r"traefik\.enable", r"compose\.yaml", is_long=False)
def traefik_takes_only_who_asks_for_it(lab):
    return on_broker_in(lab, in_docker(lab, ["traefik.tcp.routers.mqtt.rule=HostSNI(`*`)", "traefik.tcp.routers.mqtt.entrypoints=mqtt",
                                             "traefik.tcp.services.mqtt.loadbalancer.server.port=1883"], "close",
                                       command=("--providers.docker=true", "--providers.docker.exposedbydefault=false", "--entrypoints.mqtt.address=:1883")), f"{SERVER}:1883")


@reported(GITHUB + "traefik/traefik/issues/6213 passthrough to a broker without TLS", r"passthrough|unopened|passes TLS", r"mqtt\.yml:(8|9)", is_long=False)
def traefik_passes_tls_on_to_plain_mqtt(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    named(lab.server, TRAEFIK, 8883, "relay", "1884", "0")
    text = ("tcp:\n  routers:\n    mqtt:\n      entryPoints: [mqtts]\n      rule: \"HostSNI(`*`)\"\n      service: mqtt\n      tls:\n        passthrough: true\n  services:\n    mqtt:\n"
            "      loadBalancer:\n        servers:\n          - address: \"127.0.0.1:1884\"\n")
    static = "entryPoints:\n  mqtts:\n    address: \":8883\"\nproviders:\n  file:\n    filename: /etc/traefik/dynamic/mqtt.yml\n"
    return on_broker_in(lab, machine(lab, {"etc/traefik/traefik.yml": static, "etc/traefik/dynamic/mqtt.yml": text}), f"mqtts://{SERVER}:8883", "--insecure")


@reported("https://doc.traefik.io/traefik/routing/routers TOML, a router for all names, another for TLS", HEALTHY, is_long=False)
def traefik_is_odd_and_right(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    text = ("[tcp.routers.plain]\n  entryPoints = [\"mqtt\"]\n  rule = \"HostSNI(`*`)\"\n  service = \"broker\"\n[tcp.routers.named]\n  entryPoints = [\"mqtt\"]\n"
            "  rule = \"HostSNI(`mqtt.example.org`)\"\n  service = \"broker\"\n  [tcp.routers.named.tls]\n    passthrough = true\n[tcp.services.broker.loadBalancer]\n"
            "  [[tcp.services.broker.loadBalancer.servers]]\n    address = \"127.0.0.1:1884\"\n")
    return on_broker_in(lab, traefik(lab, text, "relay", "1884", "0", name="mqtt.toml"), f"{SERVER}:1883")


# ---- others of their kind, tried when the first were answered ------------------------------------


@reported("https://httpd.apache.org/docs/2.4/vhosts the default host has no way to the broker", r"mqtt\.example\.org", r"mqtt\.conf:4", r"name|host", is_long=False)
def apache_has_the_broker_in_its_second_site(lab):
    websocket_broker(lab.server)
    site = ("<VirtualHost *:8083>\n  DocumentRoot /var/www/html\n</VirtualHost>\n<VirtualHost *:8083>\n  ServerName mqtt.example.org\n"
            "  ProxyPass /mqtt ws://127.0.0.1:9001/mqtt\n</VirtualHost>\n")
    return on_broker_in(lab, apache(lab, site, "http", "404 Not Found", "Server: Apache/2.4.62 (Debian)"), f"ws://{SERVER}:8083/mqtt")


@reported("https://caddy.community two sites on one port, asked by the name of one", HEALTHY, is_long=False)
def caddy_has_a_site_for_each_name(lab):
    websocket_broker(lab.server)
    etc(lab, "hosts", f"127.0.0.1 localhost\n{SERVER} mqtt.example.org app.example.org\n")
    text = ("http://app.example.org:8083 {\n\treverse_proxy localhost:3000\n}\nhttp://*.example.org:8083 {\n\thandle_path /ws* {\n\t\trespond 404\n\t}\n"
            "\treverse_proxy h2c://localhost:9001\n}\n")
    return on_broker_in(lab, caddy(lab, text, "relay", "9001", "0"), "ws://mqtt.example.org:8083/mqtt")


@reported("https://caddy.community TLS alert internal error: no certificate for an address", r"mqtt\.example\.org", r"Caddyfile:4", r"name|host", is_long=False)
def caddy_has_no_certificate_for_an_address(lab):
    websocket_broker(lab.server)
    text = "{\n\temail me@example.org\n}\nmqtt.example.org:8443 {\n\treverse_proxy /mqtt* localhost:9001\n}\n"
    return on_broker_in(lab, caddy(lab, text, "reply", "15030300020250", port=8443), f"wss://{SERVER}:8443/mqtt", "--insecure")


@reported("https://doc.traefik.io/traefik/providers/file a file mounted into the container", r"HostSNI\(`\*`\)", r"/opt/stack/dynamic/mqtt\.yaml:4", is_long=False)
def traefik_in_a_container_reads_a_mounted_file(lab):
    named(lab.server, "/usr/bin/docker-proxy", 1883, "close")
    text = ("tcp:\n  routers:\n    to-broker:\n      rule: HostSNI(`mqtt.example.org`)\n      service: broker\n      entrypoints:\n      - mqtt\n  services:\n    broker:\n"
            "      loadBalancer:\n        servers:\n        - address: mosquitto:1883\n")
    proxy = {"State": {}, "HostConfig": {"NetworkMode": "stack_default"}, "Args": ["traefik"], "Config": {"Labels": {}},
             "Mounts": [{"Source": "/opt/stack/traefik.yaml", "Destination": "/etc/traefik/traefik.yaml"},
                        {"Source": "/opt/stack/dynamic", "Destination": "/dynamic"}]}
    static = "entryPoints: {mqtt: {address: ':11883'}}\nproviders: {file: {directory: /dynamic}}\n"
    return on_broker_in(lab, machine(lab, {"opt/stack/traefik.yaml": static, "opt/stack/dynamic/mqtt.yaml": text}, [
        ("mosquitto", "eclipse-mosquitto:2", "1883/tcp", "running", "Up 2 hours", told(), []),
        ("proxy", "docker.io/library/traefik:3", "0.0.0.0:1883->11883/tcp", "running", "Up 2 hours", proxy, [])]), f"{SERVER}:1883")


@reported("https://doc.traefik.io/traefik/routing/routers/#tls_1 Traefik opens TLS there", r"TLS", r"mqtt\.yml", r"mqtts", is_long=False)
def traefik_opens_tls_and_is_asked_without(lab):
    mosquitto(lab.server, listener=1884, ready=1884)
    text = ("tcp:\n  routers:\n    mqtt:\n      entryPoints: mqtt\n      rule: HostSNI(`*`)\n      service: mqtt\n      tls: {}\n  services:\n    mqtt:\n"
            "      loadBalancer:\n        servers:\n          - address: \"127.0.0.1:1884\"\n")
    return on_broker_in(lab, traefik(lab, text, "http-patient", "404 Not Found"), f"{SERVER}:1883")


WEB = ("--providers.docker=true", "--entrypoints.web.address=:1883")


@reported(GITHUB + "teslamate-org/teslamate/issues/441 OT - expose websocket thru traefik", r"1883", r"9001", r"compose\.yaml", is_long=False)
def traefik_hands_websocket_on_to_plain_mqtt(lab):
    labels = ["traefik.enable=true", "traefik.http.routers.mqtt.rule=PathPrefix(`/mqtt`)", "traefik.http.services.mqtt.loadbalancer.server.port=1883"]
    return on_broker_in(lab, in_docker(lab, labels, "http", "502 Bad Gateway", command=WEB), f"ws://{SERVER}:1883/mqtt")


@reported("https://doc.traefik.io/traefik/routing/routers/#rule Host(`a`) || Host(`b`), asked by address: 404 page not found", r"mqtt\.example\.org", r"compose\.yaml:7", is_long=False)
def traefik_has_a_router_for_another_host(lab):
    labels = ["traefik.enable=true", "traefik.http.routers.ws.entrypoints=web", "traefik.http.routers.ws.rule=Host(`mqtt.example.org`) || Host(`broker.example.org`)",
              "traefik.http.services.ws.loadbalancer.server.port=9001"]
    return on_broker_in(lab, in_docker(lab, labels, "http", "404 Not Found", "Content-Type: text/plain; charset=utf-8", command=WEB), f"ws://{SERVER}:1883/mqtt")


@reported("https://doc.traefik.io/traefik/routing/routers/#rule Host and PathPrefix", r"/broker", r"path", r"compose\.yaml:5", is_long=False)
def traefik_has_a_router_for_another_path(lab):
    labels = ["traefik.http.routers.ws.rule=Host(`10.77.2.2`) && PathPrefix(`/broker`)", "traefik.http.services.ws.loadbalancer.server.port=9001"]
    return on_broker_in(lab, in_docker(lab, labels, "http", "404 Not Found", "Content-Type: text/plain; charset=utf-8", command=WEB), f"ws://{SERVER}:1883/mqtt")


@reported("https://doc.traefik.io/traefik/routing/routers/#rule either a host or a path", HEALTHY, is_long=False)
def traefik_takes_the_path_of_any_host(lab):
    mosquitto(lab.server, "listener 9001", "protocol websockets", listener=1885, ready=9001)
    labels = ["traefik.http.routers.ws.rule=Host(`mqtt.example.org`) || PathPrefix(`/mqtt`)", "traefik.http.services.ws.loadbalancer.server.port=9001"]
    return on_broker_in(lab, in_docker(lab, labels, "relay", "9001", "0", command=WEB), f"ws://{SERVER}:1883/mqtt")
