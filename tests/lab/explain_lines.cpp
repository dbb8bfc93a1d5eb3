// explain-lines: what mqtt-doctor explain says, many times over in one process, for tests that ask
// thousands of times.
//
// A line on stdin is a JSON array of facts, one element for each place. A line on stdout is the
// answer: healthy, exit_code, causes and warnings with their certainty, steps with their state; or
// "wrong" where the facts could not be read.
#include <iostream>
#include <string>
#include <vector>

#include "common/json_reader.hpp"
#include "common/json_writer.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqttkit/base/text.hpp"

namespace {

using namespace mqttkit;
using tools::json_writer;

std::string read_places(const std::string& line, std::vector<doctor::vantage>& out) {
  tools::json_reader in(line);
  if (!in.begin_array()) return in.wrong();
  while (in.next_element()) {
    const std::size_t from = in.position();
    in.skip();
    doctor::facts known;
    const std::string name = std::to_string(out.size() + 1) + ".json";
    const std::string wrong = doctor::facts_of_contents(
        name, std::string_view(line).substr(from, in.position() - from), known);
    if (!wrong.empty()) return wrong;
    out.emplace_back(name, std::move(known));
  }
  return in.failed() ? in.wrong() : "";
}

void write_member(json_writer& out, std::string_view name, std::string_view text) {
  out.name(name);
  out.string(text);
}

void write_findings(json_writer& out, std::string_view name,
                    const std::vector<doctor::finding>& found) {
  out.name(name);
  out.begin_array();
  for (const doctor::finding& each : found) {
    out.begin_object();
    write_member(out, "id", each.id);
    write_member(out, "certainty", to_string(each.how_sure));
    write_member(out, "severity", to_string(each.how_bad));
    write_member(out, "cause", in_english(each.cause));
    out.end_object();
  }
  out.end_array();
}

void write_answer(json_writer& out, const doctor::diagnosis& made) {
  out.name("healthy");
  out.boolean(made.is_healthy);
  out.name("exit_code");
  out.integer(made.exit_code);
  write_findings(out, "causes", made.causes);
  write_findings(out, "warnings", made.warnings);
  out.name("steps");
  out.begin_array();
  for (const doctor::step& line : made.steps) {
    out.begin_object();
    write_member(out, "name", doctor::word_of(line.name));
    write_member(out, "state", to_string(line.state));
    out.end_object();
  }
  out.end_array();
}

std::string answer(const std::string& line) {
  std::vector<doctor::vantage> places;
  const std::string wrong = read_places(line, places);
  byte_buffer text;
  json_writer out(text, json_writer::layout::dense);
  out.begin_object();
  if (!wrong.empty() || places.empty()) {
    write_member(out, "wrong", wrong.empty() ? "no facts" : wrong);
  } else {
    write_answer(out, diagnose_together(places));
  }
  out.end_object();
  return std::string(as_text(text.view()));
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(line) << std::endl;
}
