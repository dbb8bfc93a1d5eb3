// The payloads were made by protoc 3.21 from the schema of Eclipse Tahu.
#include "message/sparkplug.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "support/hex.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using nlohmann::json;

namespace {

// bdSeq without alias, Supply Voltage as 7, Offset as 300
constexpr std::string_view birth =
    "08eaf2f5a8a02b12120a05626453657118eaf2f5a8a02b2008580312190a0e537570706c7920566f6c74616765"
    "1007200965cdcc444112130a064f666673657410ac02200150fbffffff0f1800";
constexpr std::string_view data =
    "08cef3f5a8a02b120710076500004841120610ac0250fb011204100938011801";
constexpr std::string_view rich =
    "08ffffffffffffffffff0112120a03693634200458ffffffffffffffffff0112120a03753634200858ffffffffff"
    "ffffffff01120f0a0369313620022801300150ffff03120d0a03693332200350ffffffff0f120d0a037533322007"
    "50ffffffff0f12100a0364626c200a699a9999999999b93f12100a036e616e200a69000000000000f87f12080a02"
    "6f6e200b7001120e0a03747874200c7a056122e6b8a9121a0a037261772011420c08001203782f7918022a016682"
    "010200ff120f0a04693136732017820104feff010012120a05626f6f6c7320208201060c00000034d0120f0a0473"
    "747273202182010461620000"
    "12470a0470726f7020034a3b0a04756e69740a036c6f770a046e6f6e650a02696e1205080c4201561208080318f6"
    "ffffff0f120408031001120d08144a090a01781204080b3801500118ff012201752a0201ff";
constexpr std::string_view data_set =
    "123a0a017420108a0132080212016e1201761803180a22130a0608ffffffff0f0a0921000000000000f83f220f0a"
    "0208020a0921000000000000f0bf";
constexpr std::string_view made_from =
    "122b0a016d20139201230a0131120a0a0372706d200750dc0b1a0b0a05706f6c65731003180422056d6f746f72";

std::string bytes_of(std::string_view digits) { return std::string(as_text(test::hex(digits))); }

/// Empty when it was not decoded.
std::string decoded(sparkplug_decoder& with, std::string_view topic, std::string_view payload) {
  byte_buffer out;
  const bool is_decoded = with.append(out, topic, payload);
  CHECK(is_decoded == !out.empty());
  return std::string(as_text(out.view()));
}

json metrics_of(std::string_view digits) {
  sparkplug_decoder decoder;
  const std::string text = decoded(decoder, "spBv1.0/g/DDATA/n/d", bytes_of(digits));
  REQUIRE(json::accept(text));
  return json::parse(text)["metrics"];
}

}  // namespace

TEST_CASE("a birth is decoded with names, types and values") {
  sparkplug_decoder decoder;
  CHECK(decoded(decoder, "spBv1.0/g/NBIRTH/n", bytes_of(birth)) ==
        "{\"timestamp\":1486144502122,\"seq\":0,\"metrics\":["
        "{\"name\":\"bdSeq\",\"timestamp\":1486144502122,\"datatype\":\"UInt64\",\"value\":3},"
        "{\"name\":\"Supply Voltage\",\"alias\":7,\"datatype\":\"Float\",\"value\":12.3},"
        "{\"name\":\"Offset\",\"alias\":300,\"datatype\":\"Int8\",\"value\":-5}]}");
}

TEST_CASE("aliases get their names and types from the birth of their edge node") {
  sparkplug_decoder decoder;
  const std::string unknown =
      "{\"timestamp\":1486144502222,\"seq\":1,\"metrics\":[{\"alias\":7,\"value\":12.5},"
      "{\"alias\":300,\"value\":251},{\"alias\":9,\"value\":null}]}";
  const std::string known =
      "{\"timestamp\":1486144502222,\"seq\":1,\"metrics\":["
      "{\"name\":\"Supply Voltage\",\"alias\":7,\"datatype\":\"Float\",\"value\":12.5},"
      "{\"name\":\"Offset\",\"alias\":300,\"datatype\":\"Int8\",\"value\":-5},"
      "{\"alias\":9,\"value\":null}]}";
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", bytes_of(data)) == unknown);
  decoded(decoder, "spBv1.0/g/NBIRTH/n", bytes_of(birth));
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", bytes_of(data)) == known);
  CHECK(decoded(decoder, "spBv1.0/g/DDATA/n/device", bytes_of(data)) == known);
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/other", bytes_of(data)) == unknown);
  CHECK(decoded(decoder, "spBv1.0/other/NDATA/n", bytes_of(data)) == unknown);
  // The birth of a device adds to what is known, a new one of the node begins anew.
  decoded(decoder, "spBv1.0/g/DBIRTH/n/device", {});
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", bytes_of(data)) == known);
  decoded(decoder, "spBv1.0/g/NBIRTH/n", {});
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", bytes_of(data)) == unknown);
}

TEST_CASE("every kind of value has its JSON") {
  const json metrics = metrics_of(rich);
  const auto value = [&](std::string_view name) -> json {
    for (const json& each : metrics)
      if (each["name"] == name) return each.contains("value") ? each["value"] : each["value_b64"];
    return "not there";
  };
  CHECK(value("i64") == -1);
  CHECK(value("u64") == 18446744073709551615u);
  CHECK(value("i16") == -1);
  CHECK(value("i32") == -1);
  CHECK(value("u32") == 4294967295u);
  CHECK(value("dbl") == 0.1);
  CHECK(value("nan") == "NaN");
  CHECK(value("on") == true);
  CHECK(value("txt") == "a\"温");
  CHECK(value("raw") == "AP8=");
  CHECK(value("i16s") == json::array({-2, 1}));
  // The example of Sparkplug 3.0, §6.4.17.
  CHECK(value("bools").dump() ==
        "[false,false,true,true,false,true,false,false,true,true,false,true]");
  CHECK(value("strs") == json::array({"ab", ""}));
  CHECK(metrics[2]["is_historical"] == true);
  CHECK(metrics[2]["is_transient"] == true);
  CHECK(metrics[9]["metadata"].dump() ==
        R"({"content_type":"x/y","file_name":"f","is_multi_part":false,"size":2})");
  CHECK(metrics[13]["properties"].dump() ==
        R"({"in":{"x":true},"low":-10,"none":null,"unit":"V"})");
}

TEST_CASE("timestamp, uuid and body of the payload are there when they came") {
  sparkplug_decoder decoder;
  const json all = json::parse(decoded(decoder, "spBv1.0/g/NDATA/n", bytes_of(rich)));
  CHECK(all["timestamp"] == 18446744073709551615u);
  CHECK(all["seq"] == 255);
  CHECK(all["uuid"] == "u");
  CHECK(all["body_b64"] == "Af8=");
  CHECK(decoded(decoder, "spBv1.0/g/NDEATH/n", {}) == "{\"metrics\":[]}");
}

TEST_CASE("data sets and templates are decoded into their parts") {
  CHECK(metrics_of(data_set)[0]["value"].dump() ==
        R"({"columns":["n","v"],"rows":[[-1,1.5],[2,-1]],"types":["Int32","Double"]})");
  CHECK(metrics_of(made_from)[0]["value"].dump() ==
        R"({"is_definition":false,"metrics":[{"datatype":"UInt32","name":"rpm","value":1500}],)"
        R"("parameters":[{"datatype":"Int32","name":"poles","value":4}],)"
        R"("template_ref":"motor","version":"1"})");
}

TEST_CASE("topics that are not Sparkplug's are left alone") {
  sparkplug_decoder decoder;
  for (const std::string_view topic : {"spBv1.0/STATE/host", "spBv1.0/g/NDATA", "spBv1.0/g/OTHER/n",
                                       "room/NDATA/n/d", "spBv1.0", "spAv1.0/g/NDATA/n", ""})
    CHECK(decoded(decoder, topic, bytes_of(data)) == "");
}

TEST_CASE("what is not a Sparkplug payload is not decoded, in part or at all") {
  sparkplug_decoder decoder;
  const std::string topic = "spBv1.0/g/NDATA/n";
  for (const std::string_view wrong : {
           "0b",                        // a group
           "00",                        // field 0
           "1205",                      // more bytes than there are
           "08ffffffffffffffffffff01",  // a number without end
           "12030a01ff",                // a name that is not UTF-8
           "12050a01612018"
           "8201",  // cut
           "120b0a016120168201"
           "0100",                    // cut
           "12070a0173202082010101",  // booleans without their count
       })
    CHECK_MESSAGE(decoded(decoder, topic, bytes_of(wrong)) == "", wrong);
}

TEST_CASE("templates within templates end somewhere") {
  std::string payload;
  const auto wrap = [](unsigned field, const std::string& inside) {
    std::string size;
    for (std::size_t rest = inside.size(); size.empty() || rest != 0; rest >>= 7)
      size += static_cast<char>((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0));
    std::string tag;
    for (unsigned rest = field << 3 | 2; tag.empty() || rest != 0; rest >>= 7)
      tag += static_cast<char>((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0));
    return tag + size + inside;
  };
  sparkplug_decoder decoder;
  for (int depth = 0; depth < 12; ++depth) payload = wrap(2, wrap(18, payload));
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", payload) != "");
  for (int depth = 0; depth < 10'000; ++depth) payload = wrap(2, wrap(18, payload));
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", payload) == "");
}

TEST_CASE("an alias that comes very often cannot blow its name up without bound") {
  sparkplug_decoder decoder;
  std::string metric = "\x0A\x80\x08" + std::string(1024, 'n') + "\x10\x01";
  const std::string birth_of_one = "\x12\x85\x08" + metric;
  REQUIRE(decoded(decoder, "spBv1.0/g/NBIRTH/n", birth_of_one) != "");
  std::string many;
  for (int i = 0; i < 100'000; ++i) many.append("\x12\x02\x10\x01");
  CHECK(decoded(decoder, "spBv1.0/g/NDATA/n", many) == "");
}

TEST_CASE("whatever is published, what is decoded is JSON") {
  std::mt19937 random(7);
  sparkplug_decoder decoder;
  std::size_t count = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::string_view seeds[] = {birth, data, rich, data_set, made_from};
    std::string payload = bytes_of(seeds[random() % 5]);
    for (unsigned changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % payload.size();
      if (random() % 4 == 0) {
        payload.resize(at + 1);
      } else {
        payload[at] = static_cast<char>(random());
      }
    }
    const char* const type = random() % 3 == 0 ? "NBIRTH" : "NDATA";
    const std::string text = decoded(decoder, std::string("spBv1.0/g/") + type + "/n", payload);
    if (text.empty()) continue;
    ++count;
    CHECK_MESSAGE(json::accept(text), text);
  }
  CHECK(count > 1000);
}
