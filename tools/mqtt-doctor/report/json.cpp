#include <nlohmann/json.hpp>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {

namespace {

using json = nlohmann::ordered_json;

const char* name_of(place where) {
  switch (where) {
    case place::server:
      return "server";
    case place::app:
      return "app";
    case place::console:
      return "console";
    case place::here:
      break;
  }
  return "here";
}

json finding_json(const finding& one) {
  json out;
  out["id"] = one.id;
  out["layer"] = to_string(one.where);
  out["severity"] = to_string(one.how_bad);
  out["certainty"] = to_string(one.how_sure);
  out["weight"] = one.weight;
  out["cause"] = say(one.cause);
  out["evidence"] = json::array();
  for (const auto& evidence : one.evidence) out["evidence"].push_back(say(evidence));
  out["cures"] = json::array();
  for (const auto& cure : one.cures) {
    out["cures"].push_back(
        {{"where", name_of(cure.where)}, {"what", say(cure.what)}, {"command", cure.command}});
  }
  if (!one.apart.empty()) {
    out["to_be_sure"] = {{"what", say(one.apart)}, {"command", one.apart_command}};
  }
  return out;
}

json findings_json(const std::vector<finding>& all) {
  json out = json::array();
  for (const auto& one : all) out.push_back(finding_json(one));
  return out;
}

json steps_json(const std::vector<step>& all) {
  json out = json::array();
  for (const auto& one : all) {
    out.push_back({{"name", one.name},
                   {"state", to_string(one.state)},
                   {"what", say(one.what)},
                   {"ms", one.ms}});
  }
  return out;
}

std::string target_of(const facts& seen) {
  return seen.asked.typed.empty() ? seen.asked.host : seen.asked.typed;
}

/// The answer itself, the same for one place and for several.
void add_diagnosis(json& out, const diagnosis& made) {
  out["healthy"] = made.is_healthy;
  out["exit_code"] = made.exit_code;
  out["cause"] = made.causes.empty() ? json(nullptr) : json(made.causes.front().id);
  out["causes"] = findings_json(made.causes);
  out["warnings"] = findings_json(made.warnings);
  out["excluded"] = json::array();
  for (const auto& one : made.excluded) {
    out["excluded"].push_back({{"id", one.id}, {"why", say(one.why)}});
  }
}

std::string text_of(const json& whole) {
  return whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string json_report(const facts& seen, const diagnosis& made) {
  json out;
  out["format"] = seen.format;
  out["program"] = seen.program;
  out["target"] = target_of(seen);
  add_diagnosis(out, made);
  out["steps"] = steps_json(made.steps);
  out["facts"] = facts_value(seen);
  return text_of(out);
}

std::string json_report(const std::vector<vantage>& all, const diagnosis& made) {
  json out;
  out["format"] = facts().format;
  out["program"] = all.front().seen.program;
  out["target"] = target_of(all.front().seen);
  add_diagnosis(out, made);
  out["vantages"] = json::array();
  const vantage* const server = server_among(all);
  for (const auto& one : all) {
    out["vantages"].push_back(
        {{"name", one.name},
         {"program", one.seen.program},
         {"started", one.seen.started},
         {"target", target_of(one.seen)},
         {"is_server", &one == server},
         {"healthy", one.made.is_healthy},
         {"cause", one.made.causes.empty() ? json(nullptr) : json(one.made.causes.front().id)},
         {"steps", steps_json(one.made.steps)}});
  }
  return text_of(out);
}

std::string json_schema() {
  const json text{{"type", "string"}};
  const json number{{"type", "number"}};
  const json list_of_text{{"type", "array"}, {"items", text}};
  json finding{{"type", "object"},
               {"required",
                {"id", "layer", "severity", "certainty", "weight", "cause", "evidence", "cures"}},
               {"properties",
                {{"id", text},
                 {"layer",
                  {{"enum",
                    {"input", "name", "port", "path", "proxy", "tls", "websocket", "mqtt", "login",
                     "permission", "delivery", "host", "phone"}}}},
                 {"severity", {{"enum", {"problem", "warning", "note"}}}},
                 {"certainty", {{"enum", {"certain", "likely", "possible"}}}},
                 {"weight", {{"type", "number"}, {"minimum", 0}, {"maximum", 100}}},
                 {"cause", text},
                 {"evidence", list_of_text},
                 {"cures",
                  {{"type", "array"},
                   {"items",
                    {{"type", "object"},
                     {"required", {"where", "what", "command"}},
                     {"properties",
                      {{"where", {{"enum", {"server", "app", "console", "here"}}}},
                       {"what", text},
                       {"command", text}}}}}}},
                 {"to_be_sure",
                  {{"type", "object"}, {"properties", {{"what", text}, {"command", text}}}}}}}};
  const json steps{{"type", "array"},
                   {"items",
                    {{"type", "object"},
                     {"required", {"name", "state", "what", "ms"}},
                     {"properties",
                      {{"name", text},
                       {"state", {{"enum", {"good", "bad", "doubtful", "untested"}}}},
                       {"what", text},
                       {"ms", number}}}}}};
  const json findings{{"type", "array"}, {"items", {{"$ref", "#/$defs/finding"}}}};
  json out{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "mqtt-doctor --json"},
      {"type", "object"},
      {"required",
       {"format", "program", "target", "healthy", "exit_code", "cause", "causes", "warnings",
        "excluded"}},
      {"anyOf", {{{"required", {"steps", "facts"}}}, {{"required", {"vantages"}}}}},
      {"properties",
       {{"format", {{"type", "integer"}}},
        {"program", text},
        {"target", text},
        {"healthy", {{"type", "boolean"}}},
        {"exit_code", {{"type", "integer"}}},
        {"cause", {{"type", {"string", "null"}}}},
        {"causes", findings},
        {"warnings", findings},
        {"excluded",
         {{"type", "array"},
          {"items",
           {{"type", "object"},
            {"required", {"id", "why"}},
            {"properties", {{"id", text}, {"why", text}}}}}}},
        {"steps", steps},
        {"vantages",
         {{"type", "array"},
          {"description", "Instead of steps and facts, when several files were explained."},
          {"items",
           {{"type", "object"},
            {"required", {"name", "target", "is_server", "healthy", "cause", "steps"}},
            {"properties",
             {{"name", text},
              {"program", text},
              {"started", text},
              {"target", text},
              {"is_server", {{"type", "boolean"}}},
              {"healthy", {{"type", "boolean"}}},
              {"cause", {{"type", {"string", "null"}}}},
              {"steps", steps}}}}}}},
        {"facts",
         {{"type", "object"},
          {"description", "What was observed, member by member as in facts.hpp; explain reads it."},
          {"required", {"format", "asked", "local", "name", "endpoints"}},
          {"properties",
           {{"watch",
             {{"type", {"object", "null"}},
              {"description", "What delivery --watch saw: drops and pauses, times in seconds."}}},
            {"endpoints", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}}}}},
      {"$defs", {{"finding", finding}}}};
  return out.dump(2) + "\n";
}

}  // namespace mqttkit::doctor
