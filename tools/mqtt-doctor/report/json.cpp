#include <nlohmann/json.hpp>

#include "mqtt-doctor/facts_values.hpp"
#include "mqtt-doctor/language.hpp"
#include "mqtt-doctor/report/report.hpp"

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

const char* name_of(step_state state) {
  switch (state) {
    case step_state::good:
      return "good";
    case step_state::bad:
      return "bad";
    case step_state::doubtful:
      return "doubtful";
    case step_state::untested:
      break;
  }
  return "untested";
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

}  // namespace

std::string json_report(const facts& seen, const diagnosis& made) {
  json out;
  out["format"] = seen.format;
  out["program"] = seen.program;
  out["target"] = seen.asked.typed.empty() ? seen.asked.host : seen.asked.typed;
  out["healthy"] = made.is_healthy;
  out["exit_code"] = made.exit_code;
  out["cause"] = made.causes.empty() ? json(nullptr) : json(made.causes.front().id);
  out["causes"] = findings_json(made.causes);
  out["warnings"] = findings_json(made.warnings);
  out["excluded"] = json::array();
  for (const auto& one : made.excluded) {
    out["excluded"].push_back({{"id", one.id}, {"why", say(one.why)}});
  }
  out["steps"] = json::array();
  for (const auto& one : made.steps) {
    out["steps"].push_back({{"name", one.name},
                            {"state", name_of(one.state)},
                            {"what", say(one.what)},
                            {"ms", one.ms}});
  }
  out["facts"] = nlohmann::json(seen);
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
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
  const json findings{{"type", "array"}, {"items", {{"$ref", "#/$defs/finding"}}}};
  json out{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "mqtt-doctor --json"},
      {"type", "object"},
      {"required",
       {"format", "program", "target", "healthy", "exit_code", "cause", "causes", "warnings",
        "excluded", "steps", "facts"}},
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
        {"steps",
         {{"type", "array"},
          {"items",
           {{"type", "object"},
            {"required", {"name", "state", "what", "ms"}},
            {"properties",
             {{"name", text},
              {"state", {{"enum", {"good", "bad", "doubtful", "untested"}}}},
              {"what", text},
              {"ms", number}}}}}}},
        {"facts",
         {{"type", "object"},
          {"description", "What was observed, member by member as in facts.hpp; explain reads it."},
          {"required", {"format", "asked", "local", "name", "endpoints"}}}}}},
      {"$defs", {{"finding", finding}}}};
  return out.dump(2) + "\n";
}

}  // namespace mqttkit::doctor
