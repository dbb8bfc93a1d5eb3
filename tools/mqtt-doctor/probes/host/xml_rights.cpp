#include "mqtt-doctor/probes/host/xml_rights.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_elements = 50'000, longest_tag = 2048;

/// An element's begin or end, and the text before it.
struct xml_step {
  std::string name;  ///< "user", "/user"
  std::string tag;   ///< what stands between < and >
  std::string text;  ///< since the step before
  int line = 0;
};

/// The ">" that ends a tag; one in quotes is a part of a value ("garden.>" in ActiveMQ's files).
std::size_t end_of_tag(const std::string& xml, std::size_t from) {
  char quote = 0;
  for (std::size_t at = from; at < xml.size(); ++at) {
    const char c = xml[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return std::string::npos;
}

/// Walks through XML once. Comments are left out, and what is not closed ends the walk.
void walk(const std::string& xml, const std::function<void(const xml_step&)>& take) {
  int line = 1;
  std::string text;
  std::size_t from = 0;
  for (std::size_t count = 0; count < most_elements; ++count) {
    const std::size_t open = xml.find('<', from);
    if (open == std::string::npos) return;
    line += static_cast<int>(std::count(xml.begin() + static_cast<std::ptrdiff_t>(from),
                                        xml.begin() + static_cast<std::ptrdiff_t>(open), '\n'));
    text.append(xml, from, std::min(open - from, longest_tag));
    const bool is_remark = xml.compare(open, 4, "<!--") == 0;
    const std::size_t close = is_remark ? xml.find("-->", open) : end_of_tag(xml, open);
    if (close == std::string::npos) return;
    from = close + (is_remark ? 3 : 1);
    const int begin = line;
    line += static_cast<int>(std::count(xml.begin() + static_cast<std::ptrdiff_t>(open),
                                        xml.begin() + static_cast<std::ptrdiff_t>(from), '\n'));
    if (is_remark || close - open > longest_tag) continue;
    xml_step step;
    step.tag = xml.substr(open + 1, close - open - 1);
    const std::size_t end = step.tag.find_first_of(" \t\r\n", step.tag.starts_with('/') ? 1 : 0);
    step.name = step.tag.substr(0, end);
    if (step.name.size() > 1 && step.name.ends_with('/')) step.name.pop_back();
    step.text = trimmed(text);
    step.line = begin;
    text.clear();
    take(step);
  }
}

/// Whether the filter of a right covers the topic, or the filter that is subscribed to.
bool covers(const std::string& filter, const std::string& topic) {
  if (filter == topic || filter == "#") return true;
  if (!is_topic_filter(filter)) return false;
  if (topic.find_first_of("#+") == std::string::npos) return topic_matches(filter, topic);
  return filter.ends_with("/#") && topic.starts_with(filter.substr(0, filter.size() - 1));
}

// ---- HiveMQ: users, their roles, and what these permit

struct permission {
  std::string role, topic, activity;
  int line = 0;
};

struct credentials {
  bool has_user = false;
  std::set<std::string> roles;  ///< of the user
  std::vector<permission> all;
};

credentials read_credentials(const std::string& xml, const std::string& user) {
  credentials out;
  std::string name, role;
  std::vector<std::string> ids;
  permission made;
  bool is_in_user = false;
  walk(xml, [&](const xml_step& step) {
    if (step.name == "user" || step.name == "role") {
      is_in_user = step.name == "user";
      name.clear();
      role.clear();
      ids.clear();
    } else if (step.name == "/name" && is_in_user) {
      name = step.text;
    } else if (step.name == "/id") {
      if (is_in_user)
        ids.push_back(step.text);
      else
        role = step.text;
    } else if (step.name == "/user") {
      if (name == user) {
        out.has_user = true;
        out.roles.insert(ids.begin(), ids.end());
      }
      is_in_user = false;
    } else if (step.name == "permission") {
      made = permission{role, {}, {}, step.line};
    } else if (step.name == "/topic") {
      made.topic = step.text;
    } else if (step.name == "/activity") {
      made.activity = lower(step.text);
    } else if (step.name == "/permission") {
      out.all.push_back(made);
    }
  });
  return out;
}

std::string replaced(std::string text, std::string_view blank, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(blank, at)) != std::string::npos; at += by.size())
    text.replace(at, blank.size(), by);
  return text;
}

void decide(const credentials& from, const configuration_request& request, file_right_fact& made) {
  std::optional<bool> reads = false, writes = false;
  const auto allow = [](std::optional<bool>& what, bool is_sure) {
    if (is_sure)
      what = true;
    else if (what == std::optional(false))
      what = std::nullopt;
  };
  for (const permission& each : from.all) {
    if (from.roles.count(each.role) == 0) continue;
    std::string topic = replaced(each.topic, "${{username}}", request.user);
    const bool names_client = has(topic, "${{clientid}}");
    if (!request.client_id.empty()) topic = replaced(topic, "${{clientid}}", request.client_id);
    const bool is_open = (names_client && request.client_id.empty()) || has(topic, "${{");
    if (!is_open && !covers(topic, request.topic)) continue;
    if (each.activity != "publish") allow(reads, !is_open);
    if (each.activity != "subscribe") allow(writes, !is_open);
    made.line = each.line;
    made.said = "role " + each.role + ": " + tools::printable(each.topic, 120) + " " +
                (each.activity.empty() ? "all" : each.activity);
  }
  made.access = access_of(reads, writes);
}

}  // namespace

void look_in_credentials(const machine_files& files, const configuration_request& request,
                         configuration_fact& into) {
  const std::size_t conf = into.file.rfind("/conf/");
  if (conf == std::string::npos) return;
  const std::string folder = into.file.substr(0, conf) + "/extensions/hivemq-file-rbac-extension";
  if (files.exists(folder + "/DISABLED")) return;
  for (const char* name : {"/conf/credentials.xml", "/credentials.xml"}) {
    const std::string file = folder + name;
    if (!files.exists(file)) continue;
    const credentials found = read_credentials(files.read(file), request.user);
    file_right_fact made;
    made.file = file;
    made.user = request.user;
    made.is_known = found.has_user;
    made.topic = request.topic;
    if (found.has_user && !request.topic.empty()) decide(found, request, made);
    into.files.push_back(file);
    into.rights.push_back(std::move(made));
    return;
  }
}

namespace {

/// "name = a, b" lines: the names that have the user among their values.
std::set<std::string> groups_of(const std::string& properties, const std::string& user) {
  std::set<std::string> out;
  for (const auto& [name, members] : plain_lines(properties)) {
    for (const std::string& each : split(members, ','))
      if (trimmed(each) == user) out.insert(name);
  }
  return out;
}

bool has_one(const std::string& list, const std::set<std::string>& of) {
  const auto all = split(list, ',');
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& each) { return of.count(trimmed(each)) != 0; });
}

/// "garden/#" of "garden.#" and of "garden.>".
std::string as_filter(std::string match) {
  if (const std::size_t at = match.find("&gt;"); at != std::string::npos) match.replace(at, 4, ">");
  for (char& each : match) {
    if (each == '.') each = '/';
    if (each == '*') each = '+';
    if (each == '>') each = '#';
  }
  return match;
}

/// How closely Artemis's match fits: a level in letters before "*", and that before "#".
std::string closeness(const std::string& filter) {
  std::string out;
  for (const std::string& level : split(filter, '/'))
    out += level == "#" ? '0' : level == "+" ? '1' : '2';
  return out + (filter.ends_with('#') ? "" : "3");
}

struct rule {
  std::string match, reads, writes;
  int line = 0;
};

/// The settings of Artemis for addresses, in order.
std::vector<rule> settings_of_artemis(const std::string& xml) {
  std::vector<rule> out;
  bool is_inside = false;
  walk(xml, [&](const xml_step& step) {
    if (step.name == "security-setting") {
      out.push_back({as_filter(attribute(step.tag, "match")), {}, {}, step.line});
      is_inside = true;
    } else if (step.name == "/security-setting") {
      is_inside = false;
    } else if (is_inside && step.name == "permission") {
      const std::string kind = attribute(step.tag, "type");
      if (kind == "consume") out.back().reads = attribute(step.tag, "roles");
      if (kind == "send") out.back().writes = attribute(step.tag, "roles");
    }
  });
  return out;
}

}  // namespace

void look_in_roles(const machine_files& files, const configuration_request& request,
                   configuration_fact& into) {
  const std::string folder = into.file.substr(0, into.file.rfind('/') + 1);
  const std::string users = folder + "artemis-users.properties";
  const std::string xml = files.read(into.file), login = files.read(folder + "login.config");
  const bool is_another =
      !login.empty() && (!has(login, "PropertiesLoginModule") || has(login, "GuestLoginModule"));
  const auto security = into.settings.find("security-enabled");
  if (!files.exists(users) || is_another || has(xml, "<wildcard-addresses") ||
      (security != into.settings.end() && security->second == "false"))
    return;
  file_right_fact made;
  made.user = request.user;
  made.is_known = plain_lines(files.read(users)).count(request.user) != 0;
  made.file = made.is_known ? into.file : users;
  made.topic = request.topic;
  const bool is_plain = request.topic.find_first_of("+#") == std::string::npos;
  if (made.is_known && is_plain && !request.topic.empty()) {
    const auto roles = groups_of(files.read(folder + "artemis-roles.properties"), request.user);
    const auto all = settings_of_artemis(xml);
    const rule* best = nullptr;
    for (const rule& each : all) {
      if (covers(each.match, request.topic) &&
          (best == nullptr || closeness(each.match) > closeness(best->match)))
        best = &each;
    }
    made.access = best == nullptr
                      ? acl_access::deny
                      : access_of(has_one(best->reads, roles), has_one(best->writes, roles));
    if (best != nullptr) {
      made.line = best->line;
      made.said = "security-setting: consume \"" + tools::printable(best->reads, 80) +
                  "\", send \"" + tools::printable(best->writes, 80) + "\"";
    }
  }
  into.files.push_back(users);
  into.rights.push_back(std::move(made));
}

namespace {

/// What activemq.xml says of users and rights.
struct activemq_rights {
  bool has_list = false;        ///< users stand in it
  bool has_properties = false;  ///< users stand in users.properties
  bool has_rights = false;
  bool has_user = false;
  std::set<std::string> groups;
  std::vector<rule> rules;
};

activemq_rights read_activemq_rights(const std::string& xml, const std::string& user) {
  activemq_rights out;
  walk(xml, [&](const xml_step& step) {
    if (step.name == "jaasAuthenticationPlugin") out.has_properties = true;
    if (step.name == "simpleAuthenticationPlugin") out.has_list = true;
    if (step.name == "authorizationPlugin") out.has_rights = true;
    if (step.name == "authenticationUser" && attribute(step.tag, "username") == user) {
      out.has_user = true;
      for (const auto& group : split(attribute(step.tag, "groups"), ','))
        out.groups.insert(trimmed(group));
    }
    const std::string topic = step.name == "authorizationEntry" ? attribute(step.tag, "topic") : "";
    if (!topic.empty())
      out.rules.push_back(
          {as_filter(topic), attribute(step.tag, "read"), attribute(step.tag, "write"), step.line});
  });
  return out;
}

}  // namespace

void look_in_groups(const machine_files& files, const configuration_request& request,
                    configuration_fact& into) {
  const std::string folder = into.file.substr(0, into.file.rfind('/') + 1);
  activemq_rights found = read_activemq_rights(files.read(into.file), request.user);
  const std::string users = folder + "users.properties", login = folder + "login.config";
  const bool is_in_file = found.has_properties && files.exists(users) &&
                          has(files.read(login), "PropertiesLoginModule") &&
                          !has(files.read(login), "GuestLoginModule");
  if (is_in_file == found.has_list) return;  // none, or two, or one of another kind
  if (is_in_file) {
    found.has_user = plain_lines(files.read(users)).count(request.user) != 0;
    found.groups = groups_of(files.read(folder + "groups.properties"), request.user);
  }
  file_right_fact made;
  made.user = request.user;
  made.is_known = found.has_user;
  made.file = found.has_user || found.has_list ? into.file : users;
  made.topic = request.topic;
  const bool is_plain = request.topic.find_first_of("+#") == std::string::npos;
  if (made.is_known && found.has_rights && is_plain && !request.topic.empty()) {
    bool reads = false, writes = false;
    // All entries that fit count together.
    for (const rule& each : found.rules) {
      if (!covers(each.match, request.topic)) continue;
      reads = reads || has_one(each.reads, found.groups);
      writes = writes || has_one(each.writes, found.groups);
      made.line = each.line;
      made.said = "authorizationEntry: read \"" + tools::printable(each.reads, 80) +
                  "\", write \"" + tools::printable(each.writes, 80) + "\"";
    }
    made.access = access_of(reads, writes);
  }
  if (is_in_file) into.files.push_back(users);
  into.rights.push_back(std::move(made));
}

}  // namespace mqttkit::doctor
