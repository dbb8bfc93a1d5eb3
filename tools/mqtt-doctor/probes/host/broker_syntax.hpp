// The syntaxes of brokers' configuration files, as far as the doctor needs them.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {

/// Without blanks around it and the quotes about it.
std::string unquoted_value(std::string text);
/// @param kind  the listener's kind in EMQX's words, which VerneMQ and NanoMQ use as well
listener_protocol protocol_of(const std::string& kind);
/// Parses a bind address: "0.0.0.0:1883", ":::1883", "1883", "[::]:1883", "mqtt://0.0.0.0:1883".
void bind_to(const std::string& text, configured_listener& into);
/// Parses the part of HOCON that EMQX's own files use: blocks, key = value, dotted keys, comments.
/// NATS's files are read by it, too.
std::map<std::string, std::string> flat_hocon(const std::string& text);
/// Lines of "key = value", without comments.
std::map<std::string, std::string> plain_lines(const std::string& text);
/// Lays what variables set over the settings of the files.
void lay_over(const given_settings& given, std::map<std::string, std::string>& into);
/// Notes which of a configuration's settings are set by variables.
void note_variables(const given_settings& given, configuration_fact& into);
/// An attribute of an XML element.
std::string attribute(const std::string& element, const std::string& name);
/// The content of the first element of that name in XML; "" for none.
std::string content_of(const std::string& xml, const std::string& name, std::size_t from = 0);
std::string without_comments(const std::string& xml);
/// NATS's file with those that it includes in their places ("include ./mqtt.conf").
struct nats_text {
  struct origin {
    std::string file;
    int line = 0;
  };
  std::string text;
  std::vector<origin> lines;  ///< where each line of the text stands
  std::vector<std::string> included;
  bool is_in_part = false;  ///< one could not be read, and may say anything
};
nats_text with_included(const machine_files& files, const std::string& file);
/// The file, with its whole path, behind one of these options of a command; "" for none. Behind a
/// shell's -c stands a script.
std::string file_behind(const std::string& command,
                        std::initializer_list<std::string_view> options);

}  // namespace mqttkit::doctor
