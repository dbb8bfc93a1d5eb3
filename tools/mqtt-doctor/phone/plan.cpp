#include "mqtt-doctor/phone/plan.hpp"

#include <algorithm>

#include "common/json_writer.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/phone/broker_choice.hpp"
#include "mqtt-doctor/phone/page.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

scheme scheme_of(spoken_protocol speaks) {
  switch (speaks) {
    case spoken_protocol::mqtt:
      return scheme::mqtt;
    case spoken_protocol::mqtts:
      return scheme::mqtts;
    case spoken_protocol::websocket:
      return scheme::ws;
    case spoken_protocol::wss:
      return scheme::wss;
    default:
      return scheme::none;
  }
}

bool is_silent(spoken_protocol speaks) {
  return speaks == spoken_protocol::none || speaks == spoken_protocol::quiet ||
         speaks == spoken_protocol::unknown;
}

/// The word for a listener in the page's plan.
std::string kind_of(const phone_listener& listener) {
  if (listener.is_unknown()) return "unknown";
  return listener.speaks_other ? std::string("other") : std::string(word_of(listener.scheme));
}

/// The rank of a listener: the one that an app most likely uses is first.
int order_of(const phone_listener& listener) {
  switch (listener.scheme) {
    case scheme::mqtt:
      return 0;
    case scheme::mqtts:
      return 1;
    case scheme::ws:
      return 2;
    case scheme::wss:
      return 3;
    case scheme::mqtt_sn:
    case scheme::none:
      break;
  }
  return listener.is_unknown() ? 4 : 5;
}

class gathering {
 public:
  gathering(const facts& server, int own_port) : server_(server), own_port_(own_port) {}

  std::vector<phone_listener> all() {
    for (const endpoint_facts& endpoint : server_.endpoints) add_endpoint(endpoint);
    if (server_.inside) add_endpoint(*server_.inside);
    for (const port_fact& port : server_.ports) {
      const spoken_protocol speaks = port.speaks.value();
      const scheme spoken = scheme_of(speaks);
      if (port.connect.is_connected())
        add(port.port, spoken, "", spoken == scheme::none && !is_silent(speaks));
    }
    if (server_.host) add_host(*server_.host);
    // The port that everybody tries is on the list even when nothing listens there.
    if (server_.asked.port != 0) add(server_.asked.port, scheme::none, "");
    if (found_.empty()) add(default_port(scheme::mqtt), scheme::none, "");
    std::stable_sort(found_.begin(), found_.end(),
                     [&](const phone_listener& listener, const phone_listener& other) {
                       // The port that was asked about is first.
                       const auto rank = [&](const phone_listener& of) {
                         return of.port == server_.asked.port ? -1 : order_of(of);
                       };
                       return rank(listener) < rank(other);
                     });
    leave_out_others();
    if (found_.size() > phone_plan::most_listeners) found_.resize(phone_plan::most_listeners);
    return std::move(found_);
  }

 private:
  void add(int port, scheme spoken, const std::string& path, bool speaks_other = false) {
    if (port <= 0 || port > 65535 || port == own_port_) return;
    const auto same =
        std::find_if(found_.begin(), found_.end(),
                     [&](const phone_listener& listener) { return listener.port == port; });
    const bool is_socket = has_websocket(spoken);
    if (same == found_.end()) {
      found_.push_back({static_cast<std::uint16_t>(port), spoken, speaks_other,
                        !is_socket      ? std::string()
                        : !path.empty() ? path
                                        : std::string("/mqtt")});
    } else if (same->is_unknown()) {
      same->scheme = spoken;
      same->speaks_other = speaks_other;
      if (is_socket) same->path = path.empty() ? "/mqtt" : path;
    }
  }

  /// Adds an endpoint; its scheme counts only where the port answered with it.
  void add_endpoint(const endpoint_facts& at) {
    const contact* const client = at.find(contact_purpose::client);
    if (client == nullptr || !client->connect.is_connected()) return;
    const bool has_answered =
        (client->mqtt && client->mqtt->answer == mqtt_answer::connack) ||
        (client->websocket && client->websocket->is_done) ||
        (client->tls && (client->tls->is_done || !client->tls->chain.empty()));
    add(at.port, has_answered ? at.scheme.value() : scheme::none, at.path);
  }

  void add_host(const host_facts& host) {
    for (const configuration_fact& file : host.configurations) {
      if (!file.is_used) continue;
      for (const configured_listener& listener : file.listeners) {
        const listener_protocol by = listener.protocol.value();
        const bool is_socket = by == listener_protocol::websockets || by == listener_protocol::ws ||
                               by == listener_protocol::wss;
        const bool is_mqtt = by == listener_protocol::mqtt || by == listener_protocol::mqtts;
        const bool has_tls = by == listener_protocol::mqtts || by == listener_protocol::wss ||
                             listener.certificate.has_value() ||
                             listener.settings.contains("certfile");
        if (is_socket || is_mqtt) add(listener.port, scheme_with(has_tls, is_socket), "");
      }
    }
    for (const listener_fact& listener : host.listeners) {
      const bool is_usual = expected_scheme(listener.port) != scheme::none && listener.port != 443;
      if (is_usual) add(listener.port, expected_scheme(listener.port), "");
    }
  }

  /// Leaves out listeners at loopback beside others, which are meant to be private, and those of
  /// another broker, where the login would be typed in vain.
  void leave_out_others() {
    if (!server_.host || found_.empty()) return;
    const int first = found_.front().port;
    std::erase_if(found_, [&](const phone_listener& listener) {
      return listener.port != first &&
             (access_to_port(*server_.host, listener.port) == port_access::for_itself ||
              are_of_different_brokers(*server_.host, first, listener.port));
    });
  }

  const facts& server_;
  int own_port_;
  std::vector<phone_listener> found_;
};

}  // namespace

void plan_from(const facts& server, int own_port, phone_plan& out) {
  out.listeners = gathering(server, own_port).all();
  for (const endpoint_facts& at : server.endpoints) {
    for (const contact& attempt : at.contacts) {
      if (attempt.tls && !attempt.tls->failures.empty() && !attempt.tls->chain.empty()) {
        out.untrusted_subject = attempt.tls->chain.back().subject;
        out.is_self_signed = attempt.tls->chain.front().is_self_signed;
      }
      if (!attempt.mqtt || attempt.mqtt->sent_user || attempt.mqtt->answer != mqtt_answer::connack)
        continue;
      if (attempt.mqtt->reason == 0) out.login_needed = false;
      const bool is_refusal =
          attempt.mqtt->meaning == number_of(reason_code::not_authorized) ||
          attempt.mqtt->meaning == number_of(reason_code::bad_user_name_or_password);
      if (is_refusal && !out.login_needed) out.login_needed = true;
    }
  }
}

std::string json_of(const phone_plan& plan) {
  byte_buffer buffer;
  tools::json_writer out(buffer, tools::json_writer::layout::dense);
  out.begin_object();
  const auto text = [&](const char* name, const std::string& value) {
    out.name(name);
    out.string(value);
  };
  text("host", plan.host);
  text("token", plan.token);
  text("mark", plan.mark);
  out.name("seconds");
  out.integer(plan.seconds);
  out.name("page_port");
  out.integer(plan.page_port);
  out.name("listeners");
  out.begin_array();
  for (const phone_listener& listener : plan.listeners) {
    out.begin_object();
    out.name("port");
    out.integer(listener.port);
    text("kind", kind_of(listener));
    text("path", listener.path);
    out.end_object();
  }
  out.end_array();
  out.name("topic");
  plan.topic.empty() ? out.null() : out.string(plan.topic);
  out.name("login_needed");
  plan.login_needed ? out.boolean(*plan.login_needed) : out.null();
  out.name("ca");
  if (plan.untrusted_subject.empty()) {
    out.null();
  } else {
    out.begin_object();
    text("subject", plan.untrusted_subject);
    out.name("self_signed");
    out.boolean(plan.is_self_signed);
    out.end_object();
  }
  out.end_object();
  std::string safe;
  for (const char c : as_text(buffer.view())) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string content_policy(const phone_plan& plan) {
  // In a policy, an IPv6 address is no source at all, and of IPv4 the standard knows only 127.0.0.1
  // (CSP 3 §6.7.2.8).
  const bool is_address = plan.host.find_first_not_of("0123456789.") == std::string::npos ||
                          plan.host.find(':') != std::string::npos;
  // The host was typed by a person: characters that end a source must not be in it.
  const bool is_plain = plan.host.find_first_of(" ;,'\"\r\n") == std::string::npos;
  std::string sources = "'self'";
  if (is_address || !is_plain) {
    sources += " http: https: ws: wss:";
  } else {
    for (const phone_listener& listener : plan.listeners) {
      for (const char* const scheme : {"http", "https", "ws", "wss"})
        sources += std::string(" ") + scheme + "://" + host_and_port(plan.host, listener.port);
    }
  }
  const auto or_none = [](std::string_view hashes) {
    return hashes.empty() ? std::string("'none'") : std::string(hashes);
  };
  return "default-src 'none'; script-src " + or_none(phone::page_script_hash) + "; style-src " +
         or_none(phone::page_style_hash) + "; connect-src " + sources +
         "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace mqttkit::doctor
