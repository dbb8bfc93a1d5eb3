#include "mqtt-doctor/probes/host/file_rights.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/xml_rights.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using json = nlohmann::json;

constexpr std::size_t longest_expression = 256;

/// Whether the text fits one alternative, which "^" and "$" may begin and end.
std::optional<bool> fits_one(std::string_view expression, std::string_view text) {
  // Letters as they are, 1 for any letter, 2 for any number of them.
  constexpr char any = 1, many = 2;
  std::string form;
  const bool is_from_start = expression.starts_with('^');
  if (is_from_start) expression.remove_prefix(1);
  const bool is_to_end = expression.ends_with('$') && !expression.ends_with("\\$");
  if (is_to_end) expression.remove_suffix(1);
  if (!is_from_start) form += many;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    const char next = i + 1 < expression.size() ? expression[i + 1] : '\0';
    if (c == '.' && (next == '*' || next == '+')) {
      if (next == '+') form += any;
      form += many;
      ++i;
    } else if (c == '.') {
      form += any;
    } else if (c == '\\' && next != '\0' && std::ispunct(static_cast<unsigned char>(next)) != 0) {
      form += next;
      ++i;
    } else if (std::string_view("()[]{}|*+?\\^$").find(c) != std::string_view::npos || c < ' ') {
      return {};
    } else {
      form += c;
    }
  }
  if (!is_to_end) form += many;
  std::size_t at = 0, back_to = std::string::npos, back_at = 0, i = 0;
  while (at < text.size()) {
    if (i < form.size() && form[i] == many) {
      back_to = ++i;
      back_at = at;
    } else if (i < form.size() && (form[i] == any || form[i] == text[at])) {
      ++i;
      ++at;
    } else if (back_to != std::string::npos) {
      i = back_to;
      at = ++back_at;
    } else {
      return false;
    }
  }
  while (i < form.size() && form[i] == many) ++i;
  return i == form.size();
}

// ---- RabbitMQ

const json* member(const json& of, const char* name) {
  if (!of.is_object()) return nullptr;
  const auto found = of.find(name);
  return found == of.end() ? nullptr : &*found;
}

std::string text_in(const json& of, const char* name) {
  const json* const found = member(of, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

template <class Take>
void each_of(const json& of, const char* name, Take take) {
  constexpr std::size_t most = 20'000;
  const json* const all = member(of, name);
  if (all == nullptr || !all->is_array()) return;
  std::size_t count = 0;
  for (const json& one : *all) {
    if (++count > most) return;
    if (one.is_object()) take(one);
  }
}

std::string definitions_of(const machine_files& files, const configuration_fact& from) {
  const auto all = plain_lines(files.read(from.file));
  for (auto at = all.lower_bound("auth_backends"); at != all.end(); ++at) {
    if (!at->first.starts_with("auth_backends")) break;
    // Another backend (LDAP, HTTP, OAuth) may know the user, and grant what it likes.
    if (at->second != "internal" && at->second != "rabbit_auth_backend_internal") return {};
  }
  for (const char* key :
       {"load_definitions", "definitions.local.path", "management.load_definitions"}) {
    const auto named = all.find(key);
    if (named != all.end()) return named->second;
  }
  return from.file.substr(0, from.file.rfind('/') + 1) + "definitions.json";
}

json parsed(const std::string& text) {
  constexpr int most_levels = 8;
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= most_levels; };
  json out = json::parse(text, shallow, false);
  return out.is_object() ? out : json();
}

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (a == std::optional(false) || b == std::optional(false)) return false;
  if (!a || !b) return {};
  return true;
}

struct rabbit_rights {
  std::optional<bool> reads = true, writes = true;
  std::string said;
};

std::string quoted(const json& of, std::initializer_list<const char*> names) {
  std::string out;
  for (const char* name : names)
    out += (out.empty() ? "" : ", ") + std::string(name) + " \"" +
           tools::printable(text_in(of, name), 80) + "\"";
  return out;
}

/// RabbitMQ lets a client publish that may write to the exchange, and subscribe that may also make,
/// write and read its queue; topics have rights of their own beside.
rabbit_rights rights_in_rabbit(const json& all, const std::string& user, const std::string& realm,
                               const std::string& exchange, const std::string& queue,
                               const std::string& topic) {
  rabbit_rights out;
  bool has_any = false;
  const auto is_of_user = [&](const json& one) {
    return text_in(one, "user") == user && text_in(one, "vhost") == realm;
  };
  each_of(all, "permissions", [&](const json& one) {
    if (!is_of_user(one)) return;
    has_any = true;
    const auto may = [&](const char* what, const std::string& name) {
      return fits_expression(text_in(one, what), name);
    };
    out.writes = may("write", exchange);
    out.reads = both(both(may("configure", queue), may("write", queue)),
                     both(may("read", queue), may("read", exchange)));
    out.said = "permissions: " + quoted(one, {"configure", "write", "read"});
  });
  if (!has_any) return {false, false, {}};
  std::string key = topic;
  std::replace(key.begin(), key.end(), '/', '.');
  std::replace(key.begin(), key.end(), '+', '*');
  each_of(all, "topic_permissions", [&](const json& one) {
    if (!is_of_user(one) || text_in(one, "exchange") != exchange) return;
    const auto writes = fits_expression(text_in(one, "write"), key);
    const auto reads = fits_expression(text_in(one, "read"), key);
    if (writes != std::optional(true) || reads != std::optional(true))
      out.said = "topic_permissions: " + quoted(one, {"write", "read"});
    out.writes = both(out.writes, writes);
    out.reads = both(out.reads, reads);
  });
  return out;
}

std::string setting_of(const configuration_fact& from, const char* name, const char* otherwise) {
  const auto at = from.settings.find(name);
  return at == from.settings.end() || at->second.empty() ? otherwise : at->second;
}

void look_in_definitions(const machine_files& files, const configuration_request& request,
                         configuration_fact& into) {
  const std::string file = definitions_of(files, into);
  if (!file.starts_with('/') || !files.exists(file)) return;
  const json all = parsed(files.read(file, nullptr, std::size_t{4} << 20));
  if (member(all, "users") == nullptr) return;
  file_right_fact made;
  made.file = file;
  made.realm = setting_of(into, "mqtt.vhost", "/");
  made.user = request.user;
  const std::size_t colon = request.user.find(':');
  if (colon != std::string::npos &&
      setting_of(into, "mqtt.ignore_colons_in_username", "") != "true") {
    made.realm = request.user.substr(0, colon);
    made.user = request.user.substr(colon + 1);
  }
  each_of(all, "users", [&](const json& one) {
    made.is_known = made.is_known || text_in(one, "name") == made.user;
  });
  made.topic = request.topic;
  if (made.is_known) {
    const std::string id = request.client_id.empty() ? "mqtt-doctor" : request.client_id;
    const rabbit_rights found =
        rights_in_rabbit(all, made.user, made.realm, setting_of(into, "mqtt.exchange", "amq.topic"),
                         "mqtt-subscription-" + id + "qos1", request.topic);
    made.access = access_of(found.reads, found.writes);
    made.said = found.said;
  }
  into.files.push_back(file);
  into.rights.push_back(std::move(made));
}

}  // namespace

acl_access access_of(std::optional<bool> reads, std::optional<bool> writes) {
  if (!reads || !writes) return acl_access::none;
  if (*reads) return *writes ? acl_access::readwrite : acl_access::read;
  return *writes ? acl_access::write : acl_access::deny;
}

std::optional<bool> fits_expression(std::string_view expression, std::string_view text) {
  if (expression.size() > longest_expression) return {};
  // RabbitMQ takes an empty one for "^$".
  if (expression.empty()) return text.empty();
  const bool is_group = expression.starts_with("^(") && expression.ends_with(")$") &&
                        expression.find('(', 2) == std::string_view::npos;
  if (!is_group && expression.find_first_of("(|") == std::string_view::npos)
    return fits_one(expression, text);
  if (!is_group) return {};
  std::string_view rest = expression.substr(2, expression.size() - 4);
  std::optional<bool> out = false;
  while (true) {
    const std::size_t bar = rest.find('|');
    const auto one = fits_one("^" + std::string(rest.substr(0, bar)) + "$", text);
    if (one == std::optional(true)) return true;
    if (!one) out = std::nullopt;
    if (bar == std::string_view::npos) return out;
    rest.remove_prefix(bar + 1);
  }
}

void check_file_rights(const machine_files& files, const configuration_request& request,
                       configuration_fact& into) {
  if (request.user.empty()) return;
  switch (into.broker.value()) {
    case broker_kind::rabbitmq:
      return look_in_definitions(files, request, into);
    case broker_kind::hivemq:
      return look_in_credentials(files, request, into);
    case broker_kind::artemis:
      return look_in_roles(files, request, into);
    case broker_kind::activemq:
      return look_in_groups(files, request, into);
    default:
      return;
  }
}

}  // namespace mqttkit::doctor
