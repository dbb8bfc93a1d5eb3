#include "mqttkit/probe/dns.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <thread>

#include "mqttkit/base/text.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::probe {
namespace {

constexpr std::size_t most_answers = 30;   // kept of one reply
constexpr std::size_t most_resolvers = 3;  // MAXNS of resolv.conf(5)
constexpr std::uint16_t multicast_port = 5353;

using packet = std::array<unsigned char, 4096>;

struct question {
  packet bytes{};
  int size = 0;
};

question make_question(const std::string& name, dns_type type) {
  question made;
  made.size =
      ::res_mkquery(ns_o_query, name.c_str(), ns_c_in, type == dns_type::a ? ns_t_a : ns_t_aaaa,
                    nullptr, 0, nullptr, made.bytes.data(), static_cast<int>(made.bytes.size()));
  if (made.size <= 0) return made;
  // res_mkquery() numbers its questions in turn; ours are random, so that answers cannot be forged.
  std::uint16_t identifier = 0;
  if (::getentropy(&identifier, sizeof identifier) == 0) {
    std::memcpy(made.bytes.data(), &identifier, sizeof identifier);
  }
  return made;
}

/// Whether `answer` belongs to `asked`: same identifier, an answer, the same question.
bool belongs(const question& asked, const unsigned char* answer, std::size_t size) {
  const auto header = static_cast<std::size_t>(NS_HFIXEDSZ);
  constexpr unsigned char is_answer = 0x80;
  const auto asked_size = static_cast<std::size_t>(asked.size);
  if (size < asked_size || std::memcmp(answer, asked.bytes.data(), 2) != 0) return false;
  if ((answer[2] & is_answer) == 0) return false;
  return std::equal(asked.bytes.begin() + header, asked.bytes.begin() + asked.size, answer + header,
                    [](unsigned char a, unsigned char b) {
                      return lower(static_cast<char>(a)) == lower(static_cast<char>(b));
                    });
}

void read_answer(const unsigned char* bytes, std::size_t size, dns_type type, dns_reply& reply) {
  ns_msg message{};
  if (::ns_initparse(bytes, static_cast<int>(size), &message) != 0) {
    reply.outcome = dns_reply::kind::malformed;
    return;
  }
  reply.outcome = dns_reply::kind::answered;
  reply.rcode = ns_msg_getflag(message, ns_f_rcode);
  const int count = ns_msg_count(message, ns_s_an);
  for (int i = 0; i < count; ++i) {
    ns_rr record{};
    if (::ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (reply.addresses.size() + reply.aliases.size() >= most_answers) break;
    const unsigned char* const data = ns_rr_rdata(record);
    char text[NS_MAXDNAME] = "";
    if (ns_rr_type(record) == ns_t_cname &&
        ::ns_name_uncompress(bytes, bytes + size, data, text, sizeof text) > 0) {
      reply.aliases.emplace_back(text);
    }
    if (type == dns_type::a && ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == 4) {
      reply.addresses.emplace_back(::inet_ntop(AF_INET, data, text, sizeof text));
    }
    if (type == dns_type::aaaa && ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == 16) {
      reply.addresses.emplace_back(::inet_ntop(AF_INET6, data, text, sizeof text));
    }
  }
}

struct udp_socket {
  int fd = -1;
  ~udp_socket() {
    if (fd >= 0) ::close(fd);
  }
};

struct info_deleter {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

std::unique_ptr<addrinfo, info_deleter> literal_address(const std::string& server,
                                                        std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(server.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  return std::unique_ptr<addrinfo, info_deleter>(found);
}

/// Waits for the answer to `asked`; false when none came in time.
bool receive(int fd, const question& asked, dns_type type, deadline until, dns_reply& reply) {
  packet answer{};
  while (wait_readable(fd, until)) {
    const ssize_t size = ::recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) continue;
    if (size < 0) {
      reply.outcome = dns_reply::kind::unreachable;
      return true;
    }
    reply.received_bytes += static_cast<std::size_t>(size);
    if (!belongs(asked, answer.data(), static_cast<std::size_t>(size))) continue;
    read_answer(answer.data(), static_cast<std::size_t>(size), type, reply);
    return true;
  }
  return false;
}

}  // namespace

dns_reply ask(const std::string& server, const std::string& name, dns_type type,
              std::chrono::milliseconds limit, std::uint16_t port) {
  dns_reply reply;
  const auto begin = clock::now();
  const question asked = make_question(name, type);
  const auto target = literal_address(server, port);
  if (asked.size <= 0 || !target) {
    reply.outcome = dns_reply::kind::malformed;
    return reply;
  }
  const udp_socket socket{::socket(target->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  // Connected, so that ICMP's "nobody listens" comes back as an error.
  if (socket.fd < 0 || ::connect(socket.fd, target->ai_addr, target->ai_addrlen) != 0) {
    reply.outcome = dns_reply::kind::unreachable;
    reply.took_ms = elapsed_ms(begin);
    return reply;
  }
  for (const auto until : {begin + limit / 2, begin + limit}) {
    const auto size = static_cast<std::size_t>(asked.size);
    if (::send(socket.fd, asked.bytes.data(), size, 0) < 0) {
      reply.outcome = dns_reply::kind::unreachable;
      break;
    }
    reply.sent_bytes += size;
    if (receive(socket.fd, asked, type, until, reply)) break;
  }
  reply.took_ms = elapsed_ms(begin);
  return reply;
}

dns_reply ask_multicast(const std::string& name, std::chrono::milliseconds limit) {
  dns_reply reply;
  const auto begin = clock::now();
  const question asked = make_question(name, dns_type::a);
  const auto target = literal_address("224.0.0.251", multicast_port);
  const udp_socket socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto size = static_cast<std::size_t>(std::max(asked.size, 0));
  if (size == 0 || !target || socket.fd < 0 ||
      ::sendto(socket.fd, asked.bytes.data(), size, 0, target->ai_addr, target->ai_addrlen) < 0) {
    reply.outcome = dns_reply::kind::unreachable;
    return reply;
  }
  reply.sent_bytes = size;
  receive(socket.fd, asked, dns_type::a, begin + limit, reply);
  reply.took_ms = elapsed_ms(begin);
  return reply;
}

std::vector<std::string> system_resolvers() {
  std::vector<std::string> found;
  std::ifstream file("/etc/resolv.conf");
  for (std::string line; std::getline(file, line) && found.size() < most_resolvers;) {
    std::istringstream words(line);
    std::string key, server;
    if (words >> key >> server && key == "nameserver") found.push_back(server);
  }
  if (found.empty()) found.emplace_back("127.0.0.1");
  return found;
}

std::vector<std::string> hosts_file_addresses(const std::string& name) {
  std::vector<std::string> found;
  std::ifstream file("/etc/hosts");
  for (std::string line; std::getline(file, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    std::istringstream words(line);
    std::string address, alias;
    words >> address;
    while (words >> alias) {
      if (::strcasecmp(alias.c_str(), name.c_str()) == 0) found.push_back(address);
    }
  }
  return found;
}

lookup_reply look_up(const std::string& name, std::chrono::milliseconds limit) {
  const auto begin = clock::now();
  auto promised = std::make_shared<std::promise<lookup_reply>>();
  auto result = promised->get_future();
  std::thread([promised, name, begin] {
    lookup_reply reply;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    reply.code = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, info_deleter> owner(list);
    for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
      char text[NI_MAXHOST] = "";
      if (::getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, nullptr, 0,
                        NI_NUMERICHOST) == 0) {
        reply.addresses.emplace_back(text);
      }
    }
    reply.took_ms = elapsed_ms(begin);
    promised->set_value(std::move(reply));
  }).detach();
  if (result.wait_for(limit) == std::future_status::ready) return result.get();
  lookup_reply late;
  late.timed_out = true;
  late.took_ms = elapsed_ms(begin);
  return late;
}

std::string lookup_error_name(int code) {
  switch (code) {
    case 0:
      return "ok";
    case EAI_NONAME:
      return "EAI_NONAME";
    case EAI_NODATA:
      return "EAI_NODATA";
    case EAI_AGAIN:
      return "EAI_AGAIN";
    case EAI_FAIL:
      return "EAI_FAIL";
    case EAI_ADDRFAMILY:
      return "EAI_ADDRFAMILY";
    case EAI_FAMILY:
      return "EAI_FAMILY";
    case EAI_SYSTEM:
      return "EAI_SYSTEM";
    case EAI_MEMORY:
      return "EAI_MEMORY";
    default:
      return "EAI " + std::to_string(code);
  }
}

}  // namespace mqttkit::probe
