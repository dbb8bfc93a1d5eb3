// What Paho for Java and Android says in other languages, and lines of modems, boards and services
// that few programs have.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* paho_nls =
    "https://github.com/eclipse/paho.mqtt.java org/eclipse/paho/client/mqttv3/internal/nls/messages_*.properties";

constexpr const char* m2mqtt_src = "https://github.com/eclipse/paho.mqtt.m2mqtt M2Mqtt/MqttClient.cs";
constexpr const char* newlib_h = "newlib sys/errno.h; https://github.com/espressif/esp-mqtt mqtt_client.c";
constexpr const char* at_tcp = "SIM800 and SIM7600 Series AT Command Manuals: +CIPSTART, +CIPSTATUS, +CIPEVENT, +CMQTTNONET";
constexpr const char* kube_doc = "https://kubernetes.io/docs: CrashLoopBackOff, events of pods";
constexpr const char* toml_src = "https://github.com/influxdata/telegraf config/config.go; https://github.com/traefik/traefik paerser";
constexpr const char* rabbit_src = "https://github.com/rabbitmq/rabbitmq-server rabbit_mqtt_reader.erl";
constexpr const char* rumqttd_src = "https://github.com/bytebeamio/rumqtt rumqttd/src/server/broker.rs, src/link/remote.rs";
constexpr const char* azure_src = "https://github.com/Azure/azure-iot-sdk-c iothub_client_core_common.h";
constexpr const char* circuit_src = "https://github.com/adafruit/Adafruit_CircuitPython_ESP32SPI adafruit_esp32spi.py";
constexpr const char* mosq_h = "https://github.com/eclipse-mosquitto/mosquitto include/mosquitto.h: enum mosq_err_t";
constexpr const char* reentrant_src = "https://github.com/empicano/aiomqtt aiomqtt/client.py";
constexpr const char* benthos_src = "https://github.com/redpanda-data/connect input_mqtt.go";
constexpr const char* esockd_src = "https://github.com/emqx/esockd src/esockd_proxy_protocol.erl";
constexpr const char* verne_src = "https://github.com/vernemq/vernemq apps/vmq_server/src/vmq_queue.erl";
constexpr const char* php_src = "https://github.com/bluerhinos/phpMQTT phpMQTT.php; PHP: stream_socket_client";
constexpr const char* by_words = "by its words";
constexpr const char* mesh_src = "https://github.com/meshtastic/firmware src/mqtt/MQTT.cpp";
constexpr const char* paho_callback = "https://github.com/eclipse-paho/paho.mqtt.java CommsCallback.java: what messageArrived throws";
constexpr const char* paho_rc = "https://github.com/eclipse-paho/paho.mqtt.python client.py: rc 1 of on_disconnect before 2.0";
constexpr const char* mqtt_as_src = "https://github.com/peterhinch/micropython-mqtt mqtt_as.py";
constexpr const char* gmqtt_src = "https://github.com/wialon/gmqtt mqtt/protocol.py";
constexpr const char* siemens_doc = "Siemens TIA Portal: TCON, STATUS of LMQTT_Client";
constexpr const char* strerror_c = "https://github.com/eclipse-mosquitto/mosquitto lib/strings_mosq.c";
constexpr const char* wolf_src = "https://github.com/wolfSSL/wolfMQTT examples/mqttclient/mqttclient.c, wolfmqtt/mqtt_types.h";
constexpr const char* mqttnet_src = "https://github.com/dotnet/MQTTnet Formatter/MqttV3PacketFormatter.cs; System.Net.WebSockets";
constexpr const char* vertx_src = "https://github.com/vert-x3/vertx-mqtt impl/MqttEndpointImpl.java";
constexpr const char* nano_src = "https://github.com/nanomq/nanomq nanomq/apps/broker.c; nng nmq_mqtt.c";
constexpr const char* esp_ssl = "https://github.com/alkonosst/SSLClientESP32 ssl_lib_client.cpp; ESP-IDF esp_wifi: reason codes";
constexpr const char* tasmota_src = "https://github.com/arendst/Tasmota support_wifi.ino";
constexpr const char* red_src = "https://github.com/node-red/node-red 10-mqtt.js: mqtt.state.connected";
constexpr const char* windows_text = "https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes: 1053, 1067; NET HELPMSG";
constexpr const char* loader_text = "ld.so(8), dyld(1), Python's ModuleNotFoundError, a compiler's missing header";
constexpr const char* tls_record = "RFC 8446, section 5.1: a record of the handshake begins with 22, 3";

constexpr said_row more_table[] = {
    {dotnet, "m2mqtt mqttclient sendreceive", "", is::no_answer, m2mqtt_src},
    {esp_idf, "transport_read error errno 119", "", is::no_answer, newlib_h},
    {simcom, "cmqttnonet|cipevent network closed unexpectedly", "", is::mobile_data, at_tcp},
    {simcom, "cipstatus * * tcp ** closed|send ok closed", "", is::closed, at_tcp},
    {simcom, "timeout executing at cipstart", "", is::timed_out, at_tcp},
    {services, "back off restarting failed container|crashloopbackoff|crash loop back off", "", is::service_ended, kube_doc},
    {services, "configuration specified the fields|but they were not used|field not found node", "", is::setting_unknown, toml_src},
    {other_brokers, "cannot parse frame for connection|unparseable payload", "", is::broken_packet, rabbit_src},
    {other_brokers, "mqtt connect packet error network keepalive elapsed|connect packet ** network keepalive", "", is::no_connect, rumqttd_src},
    {clouds, "bad_credential|client_connection_bad_credential", "", is::wrong_device_secret, azure_src},
    {micropython, "failed to connect to ssid|no such ssid", "", is::no_network, circuit_src},
    {libmosquitto, "", "1", is::no_memory, mosq_h},
    {libmosquitto, "", "2", is::broken_packet, mosq_h},
    {libmosquitto, "", "3 10", is::app_call, mosq_h},
    {libmosquitto, "", "4", is::not_connected, mosq_h},
    {libmosquitto, "", "5", is::login_refused, mosq_h},
    {libmosquitto, "", "7", is::closed, mosq_h},
    {libmosquitto, "", "8 26", is::handshake, mosq_h},
    {libmosquitto, "", "9 24", is::too_large, mosq_h},
    {libmosquitto, "", "11", is::not_authorised, mosq_h},
    {libmosquitto, "", "12", is::publish_refused, mosq_h},
    {libmosquitto, "", "13 14", is::no_details, mosq_h},
    {libmosquitto, "", "15 20", is::name_not_found, mosq_h},
    {libmosquitto, "", "19", is::silent_too_long, mosq_h},
    {mosquitto, "invalid arguments provided", "", is::app_call, strerror_c},
    {wolfssl, "keep alive timeout sending ping", "", is::normal, wolf_src},
    {wolfssl, "error timeout error -7", "", is::normal, wolf_src},
    {wolfssl, "skt timeout occurred", "", is::no_answer, wolf_src},
    {dotnet, "websocket is in an invalid state", "", is::closed, mqttnet_src},
    {dotnet, "packet type * not supported", "", is::broken_packet, mqttnet_src},
    {java, "mqtt endpoint is closed", "", is::not_connected, vertx_src},
    {other_brokers, "bridge connection closed with reason", "", is::bridge_down, nano_src},
    {other_brokers, "nano_pipe_start invalid auth info|invalid auth info", "", is::not_authorised, nano_src},
    {esp_idf, "received a message with an invalid header", "", is::broken_packet, newlib_h},
    {esp_idf, "start_ssl_client failed to connect to the server", "", is::not_reached, esp_ssl},
    {esp_idf, "wifi disconnect reason *", "", is::no_network, esp_ssl},
    {pubsubclient, "connect failed as ap cannot be reached|connect failed with ap timeout|connect failed as no ip address received|connect failed as wifi credentials", "", is::no_network, tasmota_src},
    {node_red, "mqtt broker ** connected to broker", "", is::connected, red_src},
    {services, "helpmsg 2185|the service name is invalid|is not recognized as an internal or external command|is not recognized as the name of a cmdlet", "", is::no_program, windows_text},
    {paho_python, "context manager is reusable but not reentrant", "", is::app_call, reentrant_src},
    {home_apps, "structure at the connect parameter is not supported", "", is::app_call, siemens_doc},
    {dotnet, "received packet ** at an unexpected time", "", is::broken_packet, mqttnet_src},
    {emqx_log, "recv_proxy_info_error|recv_proxy_info_timeout|proxy_protocol_not_supported", "", is::proxy_header, esockd_src},
    {other_brokers, "multiple sessions not allowed|disconnected by same client_id", "", is::taken_over, verne_src},
    {scripts, "error 0x00 0x00", "", is::no_answer, php_src},
    {scripts, "failed to enable crypto", "", is::handshake, php_src},
    {any_app, "wifi lost connection|wifi connection lost|lost wifi connection|lost connection to wifi|wlan connection lost", "", is::no_network, by_words},
    {pubsubclient, "pubsub loop returned false", "", is::closed, mesh_src},
    {paho_java, "mqttexception 0 java lang nullpointerexception|mqttexception 0 java lang classcastexception|mqttexception 0 java lang runtimeexception", "", is::app_call, paho_callback},
    {paho_python, "disconnected rc 1|disconnect rc 1|disconnected with result code 1|disconnected with rc 1|disconnected code 1|disconnected result code 1", "", is::closed, paho_rc},
    {micropython, "oserror -1 bad connack|bad connack", "", is::login_refused, mqtt_as_src},
    {home_apps, "recv empty", "", is::closed, gmqtt_src},
    {any_app, "connection lost for unknown reasons", "", is::closed, benthos_src},
    {services, "service on local computer started and then stopped|did not respond to the start or control request", "", is::service_ended, windows_text},
    {services, "error 1067|error 1053", "", is::service_ended, windows_text},
    {services, "modulenotfounderror no module named|no module named paho|fatal error * h no such file or directory|dyld library not loaded|library not loaded ** libssl", "", is::no_library, loader_text},
    {any_app, "rawtlshello", "", is::no_tls_there, tls_record},

    {paho_java, "protokollversion ungültig|versión de protocolo incorrecta|version de protocole incorrecte|versione di protocollo non valida|versão de protocolo inválida|"
     "недопустимая версия протокола|無効なプロトコル・バージョン", "", is::bad_version, paho_nls},
    {paho_java, "client-id ungültig|identificador de cliente incorrecto|id client incorrect|id client non valido|id de cliente inválido|недопустимый ид клиента|"
     "無効なクライアント id", "", is::bad_identifier, paho_nls},
    {paho_java, "broker nicht verfügbar|intermediario no disponible|courtier indisponible|broker non disponibile|broker indisponível|посредник недоступен|"
     "ブローカーが使用不可", "", is::unavailable, paho_nls},
    {paho_java, "benutzername oder kennwort falsch|nombre de usuario o contraseña incorrect|nom d utilisateur ou mot de passe incorrect|nome utente o password non validi|"
     "nome de usuário ou senha inválid|ошибочное имя пользователя или пароль|間違ったユーザー名またはパスワード", "", is::bad_login, paho_nls},
    {paho_java, "keine berechtigung für verbindung|no autorizado a conectarse|utilisateur n'est pas autorisé à se connecter|non autorizzato per la connessione|"
     "não autorizado a conectar|нет прав доступа на подключение|接続する権限がありません", "", is::not_authorised, paho_nls},
    {paho_java, "beim warten auf eine antwort vom server|excedido al esperar una respuesta del servidor|d'attente d'une réponse du serveur|scaduto in attesa di una risposta dal server|"
     "aguardar por uma resposta do servidor|там-аут ожидания ответа сервера|тайм-аут ожидания ответа сервера|サーバーからの応答待機がタイムアウト|等待来自服务器的响应时超时", "", is::no_answer, paho_nls},
    {paho_java, "keine verbindung zu client|verbindung zu client ist bereits getrennt|el cliente no está conectado|cliente ya desconectado|client non connecté|client déjà déconnecté|"
     "client non connesso|client già disconnesso|o cliente não está conectado|cliente já desconectado|клиент не подключен|клиент уже отключен|"
     "クライアントは接続されていません|クライアントは既に切断|客户机未连接|客户机已断开连接", "", is::not_connected, paho_nls},
    {paho_java, "verbindung zu server kann nicht hergestellt werden|no es posible conectarse al servidor|impossible de se connecter au serveur|impossibile effettuare la connessione al server|"
     "não é possível se conectar ao servidor|не удается подключиться к серверу|サーバーに接続できません|无法连接至服务器", "", is::not_reached, paho_nls, breadth::echo},
    {paho_java, "socket factorytyp entspricht nicht|socketfactory especificado no coincide|ne correspond pas à l'uri de courtier|socketfactory specificato non corrisponde|"
     "não corresponde ao uri do broker|не соответствует uri посредника", "", is::app_url, paho_nls},
    {paho_java, "ssl konfigurationsfehler|error de configuración ssl|erreur de configuration ssl|errore di configurazione ssl|erro de configuração de ssl|ошибка конфигурации ssl|"
     "ssl 構成エラー|ssl 配置错误", "", is::handshake, paho_nls},
    {paho_java, "paket nicht erkannt|paquete no reconocido|paquet non reconnu|pacchetto non riconosciuto|pacote não reconhecido|нераспознанный пакет", "", is::broken_packet, paho_nls},
    {paho_java, "verbindung wurde getrennt|se ha perdido la conexión|connexion perdue|connessione persa|conexão perdida|соединение потеряно|接続喪失|已断开连接", "", is::closed, paho_nls,
     breadth::echo},
    {paho_java, "persistenz wird bereits verwendet|persistencia ya se está utilizando|persistance est déjà en cours|persistenza già in uso|persistência já em uso|хранилище уже используется", "",
     is::app_store, paho_nls},
};
// clang-format on

}  // namespace

std::span<const said_row> more_rows() noexcept { return more_table; }

}  // namespace mqttkit::doctor
