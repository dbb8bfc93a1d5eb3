// The errors of Windows and Linux in other languages.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* libc_po = "glibc po/de.po, fr.po, es.po, it.po, pt_BR.po, ru.po, zh_CN.po, ja.po";
constexpr const char* winsock_text =
    "FormatMessage of Windows in German, French, Spanish, Italian, Portuguese, Russian, Chinese, Japanese";
constexpr const char* words_zh = "the Chinese interfaces of MQTTX, EMQX and others, by their words";

constexpr said_row languages_table[] = {

    {windows, "da der zielcomputer die verbindung verweigerte|l'ordinateur cible l'a expressément refusée|"
     "el equipo de destino denegó expresamente dicha conexión|rifiuto persistente del computer di destinazione|"
     "a máquina de destino as recusou ativamente|конечный компьютер отверг запрос на подключение|"
     "目标计算机积极拒绝|目標電腦拒絕連線|対象のコンピューターによって拒否された|대상 컴퓨터에서 연결을 거부|"
     "komputer docelowy aktywnie go odmawia|doelcomputer de verbinding actief heeft geweigerd|doelcomputer deze actief heeft geweigerd",
     "", is::refused, winsock_text},
    {windows, "da die gegenstelle nach einer bestimmten zeitspanne nicht richtig reagiert hat|da der verbundene host nicht reagiert hat|"
     "car le parti connecté n'a pas répondu convenablement|l'hôte de connexion n'a pas répondu|"
     "la parte conectada no respondió adecuadamente|risposta non corretta della parte connessa|mancata risposta dall'host collegato|"
     "componente conectado não respondeu corretamente|попытка установить соединение была безуспешной|не получен нужный отклик|"
     "由于连接方在一段时间后没有正确答复|连接的主机没有反应|一定の時間を過ぎても正しく応答しなかった", "", is::timed_out, winsock_text},
    {windows, "vorhandene verbindung wurde vom remotehost geschlossen|connexion existante a dû être fermée par l'hôte distant|"
     "interrupción de una conexión existente por el host remoto|connessione in corso interrotta forzatamente dall'host remoto|"
     "cancelamento de uma conexão existente pelo host remoto|удаленный хост принудительно разорвал|远程主机强迫关闭了一个现有的连接|"
     "既存の接続はリモート ホストに強制的に切断", "", is::reset, winsock_text},
    {windows, "an established connection was aborted by the software in your host machine|verbindung wurde softwaregesteuert durch den hostcomputer abgebrochen|"
     "你的主机中的软件中止了一个已建立的连接", "", is::closed, winsock_text},
    {windows, "a socket operation was attempted to an unreachable|socketvorgang bezog sich auf einen nicht verfügbaren host|"
     "socketvorgang bezog sich auf ein nicht verfügbares netzwerk|向一个无法连接的主机尝试了一个套接字操作|向一个无法连接的网络尝试了一个套接字操作", "",
     is::no_route, winsock_text},
    {windows, "der angegebene host ist unbekannt|hôte inconnu|host desconocido|этот хост неизвестен|不知道这样的主机|そのようなホストは不明です", "",
     is::name_not_found, winsock_text},
    {windows, "an attempt was made to access a socket in a way forbidden by its access permissions|以一种访问权限不允许的方式做了一个访问套接字的尝试|"
     "aufgrund der zugriffsrechte des sockets unzulässig", "", is::app_not_allowed, winsock_text},
    {linux_errno, "verbindungsaufbau abgelehnt|verbindung verweigert|verbindung abgelehnt|connexion refusée|connexion refusee|conexión rehusada|"
     "conexión rechazada|conexión denegada|connessione rifiutata|conexão recusada|ligação recusada|в соединении отказано|"
     "拒绝连接|连接被拒绝|连接被拒|拒絕連線|連線被拒絕|接続を拒否|연결이 거부|połączenie odrzucone|verbinding is geweigerd|verbinding geweigerd", "",
     is::refused, libc_po},
    {linux_errno, "die wartezeit für die verbindung ist abgelaufen|zeitüberschreitung der verbindung|zeitüberschreitung bei der verbindung|verbindungszeitüberschreitung|"
     "connexion terminée par expiration du délai d'attente|délai d'attente de la connexion dépassé|expiró el tiempo de conexión|tiempo de conexión agotado|"
     "connessione scaduta|tempo esgotado para conexão|tempo limite da conexão|время ожидания соединения истекло|время ожидания подключения истекло|"
     "连接超时|连接已超时|連線逾時|接続がタイムアウト|연결 시간 초과|upłynął limit czasu połączenia", "", is::timed_out, libc_po},
    {linux_errno, "keine route zum zielrechner|kein weg zum zielrechner|aucun chemin d'accès pour atteindre l'hôte cible|"
     "no existe ninguna ruta hasta el|nessun instradamento per l'host|não há rota para o host|нет маршрута до узла|"
     "没有到主机的路由|主机不可达|ホストへの経路がありません|brak trasy do hosta|"
     "das netzwerk ist nicht erreichbar|le réseau n'est pas accessible|la red es inaccesible|rete non raggiungibile|сеть недоступна|"
     "网络不可达|网络无法访问|ネットワークに到達できません", "", is::no_route, libc_po},
    {linux_errno, "die verbindung wurde vom kommunikationspartner zurückgesetzt|connexion ré-initialisée par le correspondant|"
     "conexión reinicializada por la máquina remota|connessione interrotta dal corrispondente|соединение разорвано другой стороной|"
     "连接被对方重设|连接被对端重置|连接被重置|接続が相手からリセット", "", is::reset, libc_po},
    {linux_errno, "datenübergabe unterbrochen|relais brisé|tubería rota|обрыв канала|断开的管道", "", is::closed, libc_po},
    {linux_errno, "die adresse wird bereits verwendet|adresse wird bereits verwendet|adresse déjà utilisée|la dirección ya se está usando|indirizzo già in uso|"
     "адрес уже используется|地址已在使用|地址已被使用|端口被占用|端口已被占用|アドレスは既に使用中", "", is::port_taken, libc_po},
    {lookup, "der name oder der dienst ist nicht bekannt|name oder dienst nicht bekannt|nom ou service inconnu|nombre o servicio desconocido|"
     "nome o servizio sconosciuto|неизвестное имя или служба|未知的名称或服务|域名解析失败|域名解析暂时失败|名前またはサービスが不明|"
     "temporärer fehler bei der namensauflösung|échec temporaire dans la résolution du nom|fallo temporal en la resolución del nombre|"
     "временный сбой в разрешении имен", "", is::name_not_found, libc_po},
    {mqtt_3, "用户名或密码错误|用户名或者密码错误|用户名密码错误|密码错误|账号或密码错误", "", is::bad_login, words_zh},
    {mqtt_3, "未授权|没有权限连接|认证失败|鉴权失败|身份验证失败", "", is::not_authorised, words_zh},
    {openssl, "证书已过期|证书过期|证书尚未生效", "", is::wrong_time, words_zh},
    {openssl, "证书不受信任|证书不可信|自签名证书|证书验证失败|证书校验失败", "", is::untrusted, words_zh},
    {openssl, "握手失败", "", is::handshake, words_zh},
    {mqtt_js, "连接已断开|连接断开|断开连接", "", is::closed, words_zh},
};
// clang-format on

}  // namespace

std::span<const said_row> languages_rows() noexcept { return languages_table; }

}  // namespace mqttkit::doctor
