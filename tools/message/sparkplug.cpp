#include "message/sparkplug.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "common/json_text.hpp"
#include "message/wire_fields.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/wire/base64.hpp"

namespace mqttkit::tools {
namespace {

using aliases = sparkplug_decoder::aliases;
using field_kind = wire_fields::kind;

// Templates and property sets stand in each other; real ones are two or three deep.
constexpr unsigned deepest = 16;

// Bounds for the length of a name and of the JSON: a short payload may use an alias often, and
// would become a long text. What would be longer is not decoded.
constexpr std::size_t longest_name = 1024;
constexpr std::size_t largest_output = 64u << 20;
// Most bytes of all names together. At more everything is forgotten until the next BIRTH.
constexpr std::size_t most_remembered = 64u << 20;
constexpr std::size_t entry_bytes = 64;  // what an alias takes beside its name

// The datatypes of Sparkplug 3.0, §6.4.16, by their index.
constexpr std::array<std::string_view, 35> datatypes = {"Unknown",      "Int8",
                                                        "Int16",        "Int32",
                                                        "Int64",        "UInt8",
                                                        "UInt16",       "UInt32",
                                                        "UInt64",       "Float",
                                                        "Double",       "Boolean",
                                                        "String",       "DateTime",
                                                        "Text",         "UUID",
                                                        "DataSet",      "Bytes",
                                                        "File",         "Template",
                                                        "PropertySet",  "PropertySetList",
                                                        "Int8Array",    "Int16Array",
                                                        "Int32Array",   "Int64Array",
                                                        "UInt8Array",   "UInt16Array",
                                                        "UInt32Array",  "UInt64Array",
                                                        "FloatArray",   "DoubleArray",
                                                        "BooleanArray", "StringArray",
                                                        "DateTimeArray"};

constexpr std::uint32_t int8_type = 1;
constexpr std::uint32_t int64_type = 4;

enum class value_form : std::uint8_t { none, int32, int64, real32, real64, truth, text };

struct scalar {
  value_form form = value_form::none;
  std::uint64_t integer = 0;
  std::string_view text;
};

// The values of metrics, properties, parameters and data sets are the same six fields, beginning
// at another number. False when the field is none of them.
bool take_scalar(const wire_fields& in, std::uint32_t first, scalar& out) {
  constexpr struct {
    value_form form;
    field_kind type;
  } forms[] = {{value_form::int32, field_kind::varint},   {value_form::int64, field_kind::varint},
               {value_form::real32, field_kind::fixed32}, {value_form::real64, field_kind::fixed64},
               {value_form::truth, field_kind::varint},   {value_form::text, field_kind::bytes}};
  const std::uint32_t index = in.number() - first;
  if (in.number() < first || index >= std::size(forms) || in.type() != forms[index].type)
    return false;
  out.form = forms[index].form;
  out.integer = in.integer();
  out.text = in.bytes();
  return true;
}

bool is(const wire_fields& in, std::uint32_t number, field_kind type) {
  return in.number() == number && in.type() == type;
}

struct metric {
  std::optional<std::string_view> name;
  std::optional<std::uint64_t> alias;
  std::optional<std::uint64_t> timestamp;
  std::optional<std::uint32_t> datatype;
  bool is_historical = false;
  bool is_transient = false;
  bool is_null = false;
  std::optional<std::string_view> metadata;
  std::optional<std::string_view> properties;
  scalar value;
  std::optional<std::string_view> bytes;
  std::optional<std::string_view> data_set;
  std::optional<std::string_view> made_from;  // a template
};

bool read_metric(std::string_view message, metric& out) {
  wire_fields in(message);
  while (in.next()) {
    if (is(in, 1, field_kind::bytes)) out.name = in.bytes();
    if (is(in, 2, field_kind::varint)) out.alias = in.integer();
    if (is(in, 3, field_kind::varint)) out.timestamp = in.integer();
    if (is(in, 4, field_kind::varint)) out.datatype = static_cast<std::uint32_t>(in.integer());
    if (is(in, 5, field_kind::varint)) out.is_historical = in.integer() != 0;
    if (is(in, 6, field_kind::varint)) out.is_transient = in.integer() != 0;
    if (is(in, 7, field_kind::varint)) out.is_null = in.integer() != 0;
    if (is(in, 8, field_kind::bytes)) out.metadata = in.bytes();
    if (is(in, 9, field_kind::bytes)) out.properties = in.bytes();
    take_scalar(in, 10, out.value);
    if (is(in, 16, field_kind::bytes)) out.bytes = in.bytes();
    if (is(in, 17, field_kind::bytes)) out.data_set = in.bytes();
    if (is(in, 18, field_kind::bytes)) out.made_from = in.bytes();
  }
  return !in.failed();
}

// Writes JSON; everything returns false when the payload is not what it should be.
class writer {
 public:
  writer(byte_buffer& out, const aliases* known) : out_(out), start_(out.size()), known_(known) {}

  bool payload(std::string_view message);

 private:
  // Puts commas between the members of an object or list.
  class items {
   public:
    explicit items(writer& to) : to_(to) {}
    void next() {
      if (!is_first_) to_.raw(",");
      is_first_ = false;
    }
    void name(std::string_view quoted) {
      next();
      to_.raw(quoted);
      to_.raw(":");
    }

   private:
    writer& to_;
    bool is_first_ = true;
  };

  void raw(std::string_view text) { append_text(out_, text); }
  bool text(std::string_view value) {
    if (!is_utf8(value) || out_.size() - start_ > largest_output) return false;
    append_json_string(out_, value);
    return true;
  }
  void number(std::uint64_t value) { append_decimal(out_, value); }
  void signed_number(std::int64_t value) {
    if (value < 0) raw("-");
    number(value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value));
  }
  template <class Real>
  void real(Real value);
  void datatype(std::uint32_t index) {
    const std::string_view name = index < datatypes.size() ? datatypes[index] : datatypes[0];
    append_json_string(out_, name);
  }
  void base64_text(std::string_view bytes) {
    raw("\"");
    raw(base64(as_bytes(bytes)));
    raw("\"");
  }

  bool value(const scalar& of, std::uint32_t type);
  bool metrics_of(std::string_view message, std::uint32_t number, const aliases* known,
                  unsigned depth);
  bool one_metric(std::string_view message, const aliases* known, unsigned depth);
  bool metric_value(items& to, const metric& of, std::uint32_t type, unsigned depth);
  bool array(std::string_view bytes, std::uint32_t type);
  bool strings(std::string_view bytes);
  bool booleans(std::string_view bytes);
  bool data_set(std::string_view message);
  bool rows(std::string_view message, const std::vector<std::uint32_t>& types);
  bool made_from(std::string_view message, unsigned depth);
  bool parameter(std::string_view message);
  bool metadata(std::string_view message);
  bool property_set(std::string_view message, unsigned depth);
  bool property_value(std::string_view message, unsigned depth);

  byte_buffer& out_;
  std::size_t start_;
  const aliases* known_;
};

template <class Real>
void writer::real(Real value) {
  if (std::isnan(value)) return raw("\"NaN\"");
  if (std::isinf(value)) return raw(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  raw({digits, static_cast<std::size_t>(end.ptr - digits)});
}

bool writer::value(const scalar& of, std::uint32_t type) {
  const bool is_signed = type >= int8_type && type <= int64_type;
  switch (of.form) {
    case value_form::none:
      raw("null");
      return true;
    case value_form::int32: {
      // Some publishers write a negative Int8 as eight bits, some as thirty-two.
      const auto bits = static_cast<std::uint32_t>(of.integer);
      if (!is_signed) {
        number(bits);
      } else if (type == int8_type) {
        signed_number(static_cast<std::int8_t>(bits));
      } else if (type == int8_type + 1) {
        signed_number(static_cast<std::int16_t>(bits));
      } else {
        signed_number(static_cast<std::int32_t>(bits));
      }
      return true;
    }
    case value_form::int64:
      if (is_signed) {
        signed_number(static_cast<std::int64_t>(of.integer));
      } else {
        number(of.integer);
      }
      return true;
    case value_form::real32:
      real(as_float(of.integer));
      return true;
    case value_form::real64:
      real(as_double(of.integer));
      return true;
    case value_form::truth:
      raw(of.integer != 0 ? "true" : "false");
      return true;
    case value_form::text:
      return text(of.text);
  }
  return false;
}

bool writer::payload(std::string_view message) {
  std::optional<std::uint64_t> timestamp, seq;
  std::optional<std::string_view> uuid, body;
  wire_fields in(message);
  while (in.next()) {
    if (is(in, 1, field_kind::varint)) timestamp = in.integer();
    if (is(in, 3, field_kind::varint)) seq = in.integer();
    if (is(in, 4, field_kind::bytes)) uuid = in.bytes();
    if (is(in, 5, field_kind::bytes)) body = in.bytes();
  }
  if (in.failed()) return false;
  items members(*this);
  raw("{");
  if (timestamp) members.name("\"timestamp\""), number(*timestamp);
  if (seq) members.name("\"seq\""), number(*seq);
  if (uuid) {
    members.name("\"uuid\"");
    if (!text(*uuid)) return false;
  }
  members.name("\"metrics\"");
  if (!metrics_of(message, 2, known_, 0)) return false;
  if (body) members.name("\"body_b64\""), base64_text(*body);
  raw("}");
  return true;
}

bool writer::metrics_of(std::string_view message, std::uint32_t number, const aliases* known,
                        unsigned depth) {
  items list(*this);
  raw("[");
  wire_fields in(message);
  while (in.next()) {
    if (!is(in, number, field_kind::bytes)) continue;
    list.next();
    if (!one_metric(in.bytes(), known, depth)) return false;
  }
  raw("]");
  return !in.failed();
}

bool writer::one_metric(std::string_view message, const aliases* known, unsigned depth) {
  metric made;
  if (!read_metric(message, made) || out_.size() - start_ > largest_output) return false;
  if (made.alias && known != nullptr) {
    if (const auto found = known->find(*made.alias); found != known->end()) {
      if (!made.name || made.name->empty()) made.name = found->second.name;
      if (!made.datatype) made.datatype = found->second.datatype;
    }
  }
  items members(*this);
  raw("{");
  if (made.name) {
    members.name("\"name\"");
    if (!text(*made.name)) return false;
  }
  if (made.alias) members.name("\"alias\""), number(*made.alias);
  if (made.timestamp) members.name("\"timestamp\""), number(*made.timestamp);
  if (made.datatype) members.name("\"datatype\""), datatype(*made.datatype);
  if (made.is_historical) members.name("\"is_historical\""), raw("true");
  if (made.is_transient) members.name("\"is_transient\""), raw("true");
  if (made.metadata) {
    members.name("\"metadata\"");
    if (!metadata(*made.metadata)) return false;
  }
  if (made.properties) {
    members.name("\"properties\"");
    if (!property_set(*made.properties, depth + 1)) return false;
  }
  if (!metric_value(members, made, made.datatype.value_or(0), depth)) return false;
  raw("}");
  return true;
}

bool writer::metric_value(items& to, const metric& of, std::uint32_t type, unsigned depth) {
  if (of.bytes && !of.is_null) {
    const bool is_array = type >= 22 && type < datatypes.size();
    to.name(is_array ? "\"value\"" : "\"value_b64\"");
    if (is_array) return array(*of.bytes, type);
    base64_text(*of.bytes);
    return true;
  }
  to.name("\"value\"");
  if (!of.is_null && of.data_set) return data_set(*of.data_set);
  if (!of.is_null && of.made_from) return made_from(*of.made_from, depth + 1);
  return value(of.is_null ? scalar() : of.value, type);
}

// Sparkplug 3.0, §6.4.17: elements packed, least significant byte first.
bool writer::array(std::string_view bytes, std::uint32_t type) {
  constexpr unsigned widths[] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 0, 0, 8};
  constexpr std::uint32_t first = 22, first_real = 30, boolean = 32, string = 33;
  if (type == boolean) return booleans(bytes);
  if (type == string) return strings(bytes);
  const unsigned width = widths[type - first];
  items list(*this);
  raw("[");
  while (!bytes.empty()) {
    std::uint64_t bits = 0;
    if (!wire_fields::take_fixed(bytes, width, bits)) return false;
    list.next();
    if (type == first_real) {
      real(as_float(bits));
    } else if (type == first_real + 1) {
      real(as_double(bits));
    } else if (type < first + 4) {
      const unsigned unused = 64 - 8 * width;
      signed_number(static_cast<std::int64_t>(bits << unused) >> unused);
    } else {
      number(bits);
    }
  }
  raw("]");
  return true;
}

bool writer::booleans(std::string_view bytes) {
  std::uint64_t count = 0;
  if (!wire_fields::take_fixed(bytes, 4, count) || (count + 7) / 8 > bytes.size()) return false;
  items list(*this);
  raw("[");
  for (std::uint64_t i = 0; i < count; ++i) {
    list.next();
    const auto byte = static_cast<unsigned char>(bytes[i / 8]);
    raw((byte >> (7 - i % 8) & 1) != 0 ? "true" : "false");
  }
  raw("]");
  return true;
}

bool writer::strings(std::string_view bytes) {
  items list(*this);
  raw("[");
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) return false;
    list.next();
    if (!text(bytes.substr(0, end))) return false;
    bytes.remove_prefix(end + 1);
  }
  raw("]");
  return true;
}

bool writer::data_set(std::string_view message) {
  std::vector<std::uint32_t> types;
  items columns(*this);
  raw("{\"columns\":[");
  wire_fields in(message);
  while (in.next()) {
    if (is(in, 2, field_kind::bytes)) {
      columns.next();
      if (!text(in.bytes())) return false;
    } else if (is(in, 3, field_kind::varint)) {
      types.push_back(static_cast<std::uint32_t>(in.integer()));
    } else if (is(in, 3, field_kind::bytes)) {  // packed
      std::string_view packed = in.bytes();
      for (std::uint64_t t = 0; !packed.empty(); types.push_back(static_cast<std::uint32_t>(t)))
        if (!wire_fields::take_varint(packed, t)) return false;
    }
  }
  if (in.failed()) return false;
  raw("],\"types\":[");
  items names(*this);
  for (const std::uint32_t type : types) names.next(), datatype(type);
  raw("],\"rows\":[");
  if (!rows(message, types)) return false;
  raw("]}");
  return true;
}

bool writer::rows(std::string_view message, const std::vector<std::uint32_t>& types) {
  items list(*this);
  wire_fields in(message);
  while (in.next()) {
    if (!is(in, 4, field_kind::bytes)) continue;
    list.next();
    raw("[");
    items elements(*this);
    std::size_t column = 0;
    wire_fields row(in.bytes());
    while (row.next()) {
      if (!is(row, 1, field_kind::bytes)) continue;
      scalar element;
      wire_fields fields(row.bytes());
      while (fields.next()) take_scalar(fields, 1, element);
      elements.next();
      if (fields.failed() || !value(element, column < types.size() ? types[column] : 0))
        return false;
      ++column;
    }
    raw("]");
    if (row.failed()) return false;
  }
  return !in.failed();
}

bool writer::made_from(std::string_view message, unsigned depth) {
  if (depth > deepest) return false;
  items members(*this);
  raw("{");
  wire_fields in(message);
  bool is_definition = false;
  while (in.next()) {
    const bool is_version = is(in, 1, field_kind::bytes);
    if (is_version || is(in, 4, field_kind::bytes)) {
      members.name(is_version ? "\"version\"" : "\"template_ref\"");
      if (!text(in.bytes())) return false;
    }
    if (is(in, 5, field_kind::varint)) is_definition = in.integer() != 0;
  }
  members.name("\"is_definition\"");
  raw(is_definition ? "true,\"parameters\":[" : "false,\"parameters\":[");
  items list(*this);
  wire_fields parameters(message);
  while (parameters.next()) {
    if (!is(parameters, 3, field_kind::bytes)) continue;
    list.next();
    if (!parameter(parameters.bytes())) return false;
  }
  raw("],\"metrics\":");
  if (!metrics_of(message, 2, nullptr, depth)) return false;
  raw("}");
  return true;
}

bool writer::parameter(std::string_view message) {
  std::string_view name;
  std::uint32_t type = 0;
  scalar of;
  wire_fields in(message);
  while (in.next()) {
    if (is(in, 1, field_kind::bytes)) name = in.bytes();
    if (is(in, 2, field_kind::varint)) type = static_cast<std::uint32_t>(in.integer());
    take_scalar(in, 3, of);
  }
  raw("{\"name\":");
  if (in.failed() || !text(name)) return false;
  raw(",\"datatype\":");
  datatype(type);
  raw(",\"value\":");
  if (!value(of, type)) return false;
  raw("}");
  return true;
}

bool writer::metadata(std::string_view message) {
  constexpr std::string_view names[] = {"\"is_multi_part\"", "\"content_type\"", "\"size\"",
                                        "\"seq\"",           "\"file_name\"",    "\"file_type\"",
                                        "\"md5\"",           "\"description\""};
  items members(*this);
  raw("{");
  wire_fields in(message);
  while (in.next()) {
    if (in.number() > std::size(names)) continue;
    const bool is_text = in.number() == 2 || in.number() >= 5;
    if (in.type() != (is_text ? field_kind::bytes : field_kind::varint)) continue;
    members.name(names[in.number() - 1]);
    if (in.number() == 1) {
      raw(in.integer() != 0 ? "true" : "false");
    } else if (!is_text) {
      number(in.integer());
    } else if (!text(in.bytes())) {
      return false;
    }
  }
  raw("}");
  return !in.failed();
}

// Keys and values are two lists; the n-th of one belongs to the n-th of the other.
bool writer::property_set(std::string_view message, unsigned depth) {
  if (depth > deepest) return false;
  items members(*this);
  raw("{");
  wire_fields keys(message);
  wire_fields values(message);
  while (keys.next()) {
    if (!is(keys, 1, field_kind::bytes)) continue;
    bool has_value = false;
    while (!has_value && values.next()) has_value = is(values, 2, field_kind::bytes);
    if (!has_value) return false;
    members.next();
    if (!text(keys.bytes())) return false;
    raw(":");
    if (!property_value(values.bytes(), depth)) return false;
  }
  raw("}");
  return !keys.failed();
}

bool writer::property_value(std::string_view message, unsigned depth) {
  std::uint32_t type = 0;
  bool is_null = false;
  scalar of;
  std::optional<std::string_view> set, sets;
  wire_fields in(message);
  while (in.next()) {
    if (is(in, 1, field_kind::varint)) type = static_cast<std::uint32_t>(in.integer());
    if (is(in, 2, field_kind::varint)) is_null = in.integer() != 0;
    take_scalar(in, 3, of);
    if (is(in, 9, field_kind::bytes)) set = in.bytes();
    if (is(in, 10, field_kind::bytes)) sets = in.bytes();
  }
  if (in.failed()) return false;
  if (is_null) return value(scalar(), type);
  if (set) return property_set(*set, depth + 1);
  if (!sets) return value(of, type);
  items list(*this);
  raw("[");
  wire_fields each(*sets);
  while (each.next()) {
    if (!is(each, 1, field_kind::bytes)) continue;
    list.next();
    if (!property_set(each.bytes(), depth + 1)) return false;
  }
  raw("]");
  return !each.failed();
}

// Takes the level in front of the next slash.
std::string_view take_level(std::string_view& topic) {
  const std::size_t slash = topic.find('/');
  const std::string_view level = topic.substr(0, slash);
  topic.remove_prefix(slash == std::string_view::npos ? topic.size() : slash + 1);
  return level;
}

}  // namespace

void sparkplug_decoder::learn(std::string_view node, bool forgets_before,
                              std::string_view payload) {
  if (remembered_bytes_ > most_remembered) {
    nodes_.clear();
    remembered_bytes_ = 0;
  }
  const auto [at, is_new] = nodes_.try_emplace(std::string(node));
  aliases& known = at->second;
  if (is_new) remembered_bytes_ += node.size() + entry_bytes;
  if (forgets_before) {
    for (const auto& [alias, entry] : known) remembered_bytes_ -= entry.name.size() + entry_bytes;
    known.clear();
  }
  wire_fields in(payload);
  while (in.next()) {
    metric made;
    if (!is(in, 2, field_kind::bytes) || !read_metric(in.bytes(), made)) continue;
    if (!made.alias || !made.name || made.name->size() > longest_name) continue;
    const auto [entry, is_unknown] = known.try_emplace(*made.alias);
    if (!is_unknown) remembered_bytes_ -= entry->second.name.size() + entry_bytes;
    entry->second.name = *made.name;
    entry->second.datatype = made.datatype.value_or(0);
    remembered_bytes_ += made.name->size() + entry_bytes;
  }
}

bool sparkplug_decoder::append(byte_buffer& out, std::string_view topic, std::string_view payload) {
  std::string_view rest = topic;
  if (take_level(rest) != "spBv1.0") return false;
  const std::string_view group = take_level(rest);
  const std::string_view type = take_level(rest);
  const std::string_view node = take_level(rest);
  const bool is_node = type == "NBIRTH" || type == "NDATA" || type == "NDEATH" || type == "NCMD";
  const bool is_device = type == "DBIRTH" || type == "DDATA" || type == "DDEATH" || type == "DCMD";
  if ((!is_node && !is_device) || node.empty()) return false;

  const std::string key = std::string(group).append("/").append(node);
  const auto known = nodes_.find(key);
  const std::size_t start = out.size();
  writer to(out, known == nodes_.end() ? nullptr : &known->second);
  if (!to.payload(payload)) {
    out.truncate(start);
    return false;
  }
  // Aliases belong to the edge node, also in messages of its devices. A new birth of the node
  // replaces them.
  if (type.ends_with("BIRTH")) learn(key, is_node, payload);
  return true;
}

}  // namespace mqttkit::tools
