// mqtt-doctor phone, with this test as the phone's browser: page, steps, findings, the verdict in
// the terminal and on the page, hostile requests, and the end.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>

#include "programs.hpp"
#include "support/descriptor.hpp"
#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;

/// An address of this machine that others could dial: a phone has no use for 127.0.0.1. "" where
/// there is none.
std::string own_address() {
  static const std::string found = [] {
    ifaddrs* all = nullptr;
    std::string out;
    if (::getifaddrs(&all) != 0) return out;
    for (const ifaddrs* at = all; at != nullptr && out.empty(); at = at->ifa_next) {
      const bool is_outer = (at->ifa_flags & IFF_LOOPBACK) == 0 && (at->ifa_flags & IFF_UP) != 0;
      if (!is_outer || at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
      char text[INET_ADDRSTRLEN] = "";
      ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr, text,
                  sizeof text);
      out = text;
    }
    ::freeifaddrs(all);
    return out;
  }();
  return found;
}
#define NEEDS_NETWORK()                                                 \
  if (own_address().empty()) {                                          \
    MESSAGE("skipped: this machine has no address but its loopback's"); \
    return;                                                             \
  }

/// One connection to the page's server; what came until it closed.
std::string http(std::uint16_t port, const std::string& request) {
  descriptor end(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{10, 0};
  ::setsockopt(end.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(end.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return {};
  if (::send(end.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  ::shutdown(end.get(), SHUT_WR);
  std::string out;
  char room[4096];
  for (ssize_t size = 0; (size = ::recv(end.get(), room, sizeof room, 0)) > 0;)
    out.append(room, static_cast<std::size_t>(size));
  return out;
}

/// A connection to it that says nothing.
descriptor connected(std::uint16_t port) {
  descriptor end(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(end.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  return end;
}

/// A running `mqtt-doctor phone` whose page is there.
class offered {
 public:
  explicit offered(const words& arguments) : port(free_port()), running(with(port, arguments)) {
    const bool is_there = running.wait_until([&](const process& of) {
      std::smatch found;
      const std::string text = of.out() + of.err();
      const std::regex url("http://[^ ]*:" + std::to_string(port) + "/([a-z0-9]{16})\n");
      if (!std::regex_search(text, found, url)) return false;
      token = found[1];
      return true;
    });
    REQUIRE_MESSAGE(is_there, running.out() << running.err());
  }

  std::string get(const std::string& path) {
    return http(port, "GET /" + token + path +
                          " HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0 "
                          "(Linux; Android 14) Chrome/130.0\r\n\r\n");
  }
  std::string post(const std::string& path, const std::string& body) {
    return http(port, "POST /" + token + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  static json body_of(const std::string& answer) {
    const std::size_t at = answer.find("\r\n\r\n");
    return at == std::string::npos ? json() : json::parse(answer.substr(at + 4), nullptr, false);
  }

  std::uint16_t port;
  process running;
  std::string token;

 private:
  static process_options with(std::uint16_t port, const words& arguments) {
    process_options options;
    options.command = words{program("mqtt-doctor"), "phone",  "--page-port",
                            std::to_string(port),   "--lang", "en"} +
                      arguments;
    return options;
  }
};

/// A broker that listens for others, too: for its own machine alone it would be found at fault.
class open_broker {
 public:
  std::uint16_t port() const { return port_; }
  std::string target() const { return own_address() + ":" + std::to_string(port_); }

 private:
  static mosquitto_options with(std::uint16_t port) {
    mosquitto_options options;
    options.lines = {"listener " + std::to_string(port)};
    return options;
  }

  std::uint16_t port_ = free_port();
  mosquitto broker_{with(port_)};
};

std::string steps(std::uint16_t broker) {
  const std::string at = "\"port\":" + std::to_string(broker) + ",\"kind\":\"mqtt\"";
  return R"([{"step":"page","outcome":"ok","ms":50},{"step":"fetch",)" + at +
         R"(,"outcome":"ok","ms":7}])";
}

bool begins(const std::string& text, const std::string& with) {
  return text.compare(0, with.size(), with) == 0;
}

}  // namespace

TEST_CASE("a phone loads the page, posts what it found, and both ends have the verdict") {
  NEEDS_MOSQUITTO();
  NEEDS_NETWORK();
  const open_broker broker;
  offered phone({broker.target(), "--once", "--json"});
  const std::string page = phone.get("");
  CHECK(begins(page, "HTTP/1.1 200 OK\r\n"));
  CHECK(page.find("Content-Security-Policy: default-src 'none'; script-src 'sha256-") !=
        std::string::npos);
  CHECK(page.find("unsafe") == std::string::npos);
  CHECK(page.find("Referrer-Policy: no-referrer") != std::string::npos);
  CHECK(page.find("Cache-Control: no-store") != std::string::npos);
  CHECK(page.find("\"host\":\"" + own_address() + "\"") != std::string::npos);
  CHECK(page.find("\"port\":" + std::to_string(broker.port())) != std::string::npos);
  CHECK(page.find("{\"plan\":null}") == std::string::npos);
  CHECK(begins(phone.post("/step", R"({"step":"page","outcome":"ok","ms":50})"),
               "HTTP/1.1 204 No Content\r\n"));
  CHECK(phone.running.prints("the page is on the phone"));
  CHECK(offered::body_of(phone.get("/verdict"))["ready"] == false);
  CHECK(begins(phone.post("/findings", R"({"schema":1,"agent":{"system":"Android 14","browser":)"
                                       R"("Chrome 130"},"steps":)" +
                                           steps(broker.port()) + "}"),
               "HTTP/1.1 204"));
  json verdict = json::object();
  for (int i = 0; i < 100 && verdict.value("ready", false) == false; ++i) {
    verdict = offered::body_of(phone.get("/verdict?lang=zh"));
    if (verdict.value("ready", false) == false) ::usleep(50'000);
  }
  CHECK(verdict["good"] == true);
  CHECK(verdict["settings"]["port"] == broker.port());
  CHECK(verdict["settings"]["tls"] == false);
  CHECK(verdict["headline"].get<std::string>().find("手机") != std::string::npos);
  const auto ended = phone.running.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->status() == 0, phone.running.err());
  const json report = json::parse(phone.running.out());
  CHECK(report["healthy"] == true);
  CHECK(report["vantages"][0]["name"] == "server");
  CHECK(report["vantages"][1]["name"] == "phone");
  CHECK(report["vantages"][1]["facts"]["phone"]["system"] == "Android 14");
  CHECK(http(phone.port, "GET / HTTP/1.1\r\n\r\n").empty());  // the port is closed
}

TEST_CASE("whoever has no token, or says too much, gets nothing and changes nothing") {
  NEEDS_NETWORK();
  offered phone({own_address() + ":" + std::to_string(free_port())});
  const std::string nothing = http(phone.port, "GET / HTTP/1.1\r\n\r\n");
  CHECK(begins(nothing, "HTTP/1.1 404 Not Found\r\n"));
  CHECK(nothing.substr(nothing.find("\r\n\r\n")) == "\r\n\r\n");
  std::string other = phone.token;
  other[0] = other[0] == 'a' ? 'b' : 'a';
  CHECK(http(phone.port, "GET /" + other + " HTTP/1.1\r\n\r\n") == nothing);
  CHECK(http(phone.port, "GET /../../etc/passwd HTTP/1.1\r\n\r\n") == nothing);
  CHECK(begins(phone.post("/findings", "{\"schema\":1}"), "HTTP/1.1 400"));
  CHECK(begins(phone.post("/findings", std::string(70'000, ' ')), "HTTP/1.1 413"));
  CHECK(begins(http(phone.port, "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n"),
               "HTTP/1.1 "));
  CHECK(begins(http(phone.port, std::string(40'000, 'x')), "HTTP/1.1 431"));
  CHECK(offered::body_of(phone.get("/verdict"))["ready"] == false);
  // Nobody who only holds a connection keeps others out.
  std::vector<descriptor> idle;
  for (int i = 0; i < 5; ++i) idle.push_back(connected(phone.port));
  CHECK(begins(phone.get(""), "HTTP/1.1 200"));
  phone.running.signal(SIGINT);
  const auto ended = phone.running.wait();
  REQUIRE(ended.has_value());
  CHECK(phone.running.out().find("The page is closed.") != std::string::npos);
}

TEST_CASE("requests that no browser makes are answered with no more than they deserve") {
  NEEDS_NETWORK();
  offered phone({own_address() + ":" + std::to_string(free_port())});
  const std::string mine = "/" + phone.token;
  const std::string step = R"({"step":"page","outcome":"ok","ms":50})";
  const std::string size = "Content-Length: " + std::to_string(step.size()) + "\r\n";
  const auto posted = [&](const std::string& headers, const std::string& body) {
    return http(phone.port, "POST " + mine + "/step HTTP/1.1\r\n" + headers + "\r\n" + body);
  };
  CHECK(begins(posted(size, step), "HTTP/1.1 204"));
  // Two sizes, or chunks: whoever stands between may read another end than we do.
  CHECK(begins(posted(size + "Content-Length: 5\r\n", step), "HTTP/1.1 413"));
  CHECK(
      begins(posted("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "HTTP/1.1 413"));
  CHECK(begins(posted("Content-Length: -1\r\n", step), "HTTP/1.1 413"));
  CHECK(begins(posted("Content-Length: 18446744073709551616\r\n", step), "HTTP/1.1 413"));
  CHECK(begins(posted("", step), "HTTP/1.1 413"));
  CHECK(posted("Content-Length: 70\r\n", step).empty());  // the rest never comes
  for (const char* const line :
       {"GET http://x{} HTTP/1.1", "GET //{} HTTP/1.1", "GET /../{} HTTP/1.1",
        "GET /%2e{} HTTP/1.1", "GET {}x HTTP/1.1", "GET {}/../step HTTP/1.1", "PUT {} HTTP/1.1",
        "OPTIONS * HTTP/1.1", "CONNECT {} HTTP/1.1", "get {} HTTP/1.1", "GET"}) {
    CAPTURE(line);
    std::string asked = line;
    if (const std::size_t at = asked.find("{}"); at != std::string::npos)
      asked.replace(at, 2, mine);
    CHECK(!begins(http(phone.port, asked + "\r\nHost: x\r\n\r\n"), "HTTP/1.1 2"));
  }
  // One request to a connection: the second is swallowed.
  const std::string two = http(phone.port, "GET " + mine + "/verdict HTTP/1.1\r\n\r\nGET " + mine +
                                               "/verdict HTTP/1.1\r\n\r\n");
  CHECK(two.find("HTTP/1.1", 8) == std::string::npos);
  // Guesses: a thousand tells no more than one.
  for (int i = 0; i < 1000; ++i) {
    std::string guess = phone.token;
    guess[static_cast<std::size_t>(i) % guess.size()] = '0';
    if (begins(http(phone.port, "GET /" + guess + " HTTP/1.1\r\n\r\n"), "HTTP/1.1 404")) continue;
    FAIL("a guess was answered");
  }
  CHECK(begins(phone.get(""), "HTTP/1.1 200"));
}

TEST_CASE("whoever only holds connections keeps no phone out") {
  NEEDS_NETWORK();
  offered phone({own_address() + ":" + std::to_string(free_port())});
  std::vector<descriptor> idle;
  for (int i = 0; i < 60; ++i) {  // more than are served at a time
    idle.push_back(connected(phone.port));
    if (i % 2 == 0) CHECK(::send(idle.back().get(), "GET /", 5, MSG_NOSIGNAL) >= 0);
  }
  CHECK(begins(phone.get(""), "HTTP/1.1 200"));
  CHECK(begins(phone.post("/step", R"({"step":"page","outcome":"ok","ms":50})"), "HTTP/1.1 204"));
}

TEST_CASE("bytes of chance, in pieces, leave the page as it was") {
  NEEDS_NETWORK();
  offered phone({own_address() + ":" + std::to_string(free_port())});
  const std::string model = "POST /" + phone.token +
                            "/findings HTTP/1.1\r\nHost: x\r\nContent-Length: 61\r\n\r\n"
                            R"({"schema":1,"steps":[{"step":"fetch","port":1883,"ms":1.5}]})";
  std::minstd_rand chance(7);  // the same each time
  for (int round = 0; round < 400; ++round) {
    std::string text = model;
    for (unsigned changes = 1 + chance() % 4; changes > 0; --changes) {
      const std::size_t at = chance() % text.size();
      switch (chance() % 3) {
        case 0:
          text[at] = static_cast<char>(chance() % 256);
          break;
        case 1:
          text.erase(at, chance() % 9);
          break;
        default:
          text.insert(at, text.substr(chance() % text.size(), chance() % 9));
      }
    }
    const descriptor end = connected(phone.port);
    const std::size_t cut = chance() % text.size();
    (void)::send(end.get(), text.data(), cut, MSG_NOSIGNAL);
    (void)::send(end.get(), text.data() + cut, text.size() - cut, MSG_NOSIGNAL);
  }
  CHECK(begins(phone.get(""), "HTTP/1.1 200"));
  phone.running.signal(SIGINT);
  const auto ended = phone.running.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 4);
}

TEST_CASE("with --forward one port is the page's and the broker's") {
  NEEDS_MOSQUITTO();
  NEEDS_NETWORK();
  const open_broker broker;
  offered phone({broker.target(), "--forward", broker.target()});
  CHECK(begins(phone.get(""), "HTTP/1.1 200"));
  const finished sent = run_pub(
      {"-h", own_address(), "-p", std::to_string(phone.port), "-t", "a", "-m", "x", "-q", "1"});
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(begins(phone.get("/verdict"), "HTTP/1.1 200"));
  // Findings of a length that no head of a request has are the page's all the same.
  const std::string padding(30'000, ' ');
  CHECK(begins(phone.post("/findings", R"({"schema":1,"steps":[]})" + padding), "HTTP/1.1 204"));
  // Without the token the broker answers, and it knows no HTTP.
  CHECK(http(phone.port, "GET / HTTP/1.1\r\n\r\n").find("HTTP") == std::string::npos);
}

TEST_CASE("an address of the phone itself shows no code and is told at once") {
  const finished result =
      run({program("mqtt-doctor"), "phone", "localhost:" + std::to_string(free_port()),
           "--page-port", std::to_string(free_port()), "--lang", "en"});
  CHECK(result.code == 2);
  CHECK(result.out.find("no code is shown") != std::string::npos);
  CHECK(result.out.find("http://") == std::string::npos);
  CHECK(result.out.find("Cause (certain): phone: ") != std::string::npos);
}

TEST_CASE("a port that nobody listens on is told before the code, and with --once in its place") {
  NEEDS_NETWORK();
  const std::string port = std::to_string(free_port());
  const words asks{program("mqtt-doctor"),
                   "phone",
                   own_address() + ":" + port,
                   "--page-port",
                   std::to_string(free_port()),
                   "--lang",
                   "en"};
  const finished once = run(asks + words{"--once"});
  CHECK(once.code == 4);
  CHECK(once.out.find("Nothing listens on port " + port) != std::string::npos);
  CHECK(once.out.find("http://") == std::string::npos);
  const finished waited = run(asks + words{"--for", "0.3s"});
  CHECK(waited.code == 4);
  const std::size_t told = waited.out.find("Nothing listens on port " + port);
  REQUIRE(told != std::string::npos);
  CHECK(told < waited.out.find("http://"));
  CHECK(waited.out.find("no phone has come") != std::string::npos);
}

TEST_CASE("a port for the page that is taken is said at once") {
  const descriptor taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof at;
  REQUIRE(::bind(taken.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(taken.get(), 1) == 0);
  REQUIRE(::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
  const std::string port = std::to_string(ntohs(at.sin_port));
  const finished result =
      run({program("mqtt-doctor"), "phone", "127.0.0.1", "--page-port", port, "--lang", "en"});
  CHECK(result.code == 1);
  CHECK(result.err.find("--page-port " + port) != std::string::npos);
}

}  // namespace mqttkit::testing
