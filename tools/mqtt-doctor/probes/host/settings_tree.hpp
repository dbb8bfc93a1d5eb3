// Settings as a tree, of YAML, TOML or dotted names: what compose files and Traefik's are read by.
//
// The reader of YAML knows blocks, lists, flow collections, comments, quotes, anchors, aliases and
// merge keys. Of what it does not know (tags, several documents, keys of several lines) it takes
// the text as it stands, and never fails: who looks for a setting finds it, or does not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

struct setting_node {
  std::string name;  ///< "" for an item of a list
  std::string text;  ///< without quotes; "" for a block
  int line = 0;      ///< 1 is the first; 0: not from a file
  int indent = 0;    ///< blanks before the name
  bool is_list = false;
  std::vector<setting_node> inside;

  /// The setting of that name, in letters of either case; null when there is none.
  const setting_node* find(std::string_view wanted) const;
  /// Follows names with points between; no name may hold a point itself.
  const setting_node* at(std::string_view path) const;
  /// The text there; "" when there is none.
  std::string text_at(std::string_view path) const;
  /// Its items, or the words of a text that commas part.
  std::vector<std::string> items() const;
};

setting_node read_yaml(std::string_view text);
setting_node read_toml(std::string_view text);
/// Puts "a.b.c" = value into the tree; "servers[0]" is the first item of a list.
void put_dotted(setting_node& into, std::string_view path, const std::string& value, int line);

}  // namespace mqttkit::doctor
