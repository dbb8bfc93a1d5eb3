// One packet of each kind in each version, written by hand from the specifications. The seeds of
// the decode fuzz target are made from them too (tests/fuzz/write_seeds.cpp).
#pragma once

#include <array>
#include <string_view>

#include "mqttkit/codec/version.hpp"

namespace mqttkit::test {

struct vector {
  protocol_version version;
  std::string_view name;
  std::string_view bytes;   ///< as hex() reads them
  bool is_shortest = true;  ///< whether encode() gives the same bytes
};

inline constexpr protocol_version v3_1 = protocol_version::v3_1;
inline constexpr protocol_version v3_1_1 = protocol_version::v3_1_1;
inline constexpr protocol_version v5 = protocol_version::v5;

inline constexpr std::array vectors{
    // MQTT 3.1
    vector{v3_1, "connect", "10 0F 0006 4D5149736470 03 02 003C 0001 61"},
    vector{v3_1, "connect-full",
           "10 1B 0006 4D5149736470 03 EE 000A 0001 61 0001 77 0001 78 0001 75 0001 70"},
    vector{v3_1, "connack", "20 02 00 00"},
    vector{v3_1, "connack-reserved", "20 02 01 00", false},
    vector{v3_1, "publish-0", "30 07 0003 612F62 6869"},
    vector{v3_1, "publish-1", "32 07 0001 74 000A 6869"},
    vector{v3_1, "puback", "40 02 0001"},
    vector{v3_1, "pubrec", "50 02 0001"},
    vector{v3_1, "pubrel", "62 02 0001"},
    vector{v3_1, "pubrel-dup", "6A 02 0001", false},
    vector{v3_1, "pubcomp", "70 02 0001"},
    vector{v3_1, "subscribe", "82 06 0001 0001 61 00"},
    vector{v3_1, "subscribe-dup", "8A 06 0001 0001 61 00", false},
    vector{v3_1, "suback", "90 03 0001 01"},
    vector{v3_1, "unsubscribe", "A2 05 0001 0001 61"},
    vector{v3_1, "unsuback", "B0 02 0001"},
    vector{v3_1, "pingreq", "C0 00"},
    vector{v3_1, "pingresp", "D0 00"},
    vector{v3_1, "disconnect", "E0 00"},

    // MQTT 3.1.1
    vector{v3_1_1, "connect", "10 0D 0004 4D515454 04 02 003C 0001 61"},
    vector{v3_1_1, "connect-full",
           "10 19 0004 4D515454 04 EE 000A 0001 61 0001 77 0001 78 0001 75 0001 70"},
    vector{v3_1_1, "connack", "20 02 01 00"},
    vector{v3_1_1, "connack-refused", "20 02 00 05"},
    vector{v3_1_1, "publish-0", "30 07 0003 612F62 6869"},
    vector{v3_1_1, "publish-0-dup", "38 05 0003 612F62", false},
    vector{v3_1_1, "publish-1", "32 07 0001 74 000A 6869"},
    vector{v3_1_1, "publish-2", "3D 06 0001 74 FFFF 00"},
    vector{v3_1_1, "puback", "40 02 0001"},
    vector{v3_1_1, "pubrec", "50 02 0001"},
    vector{v3_1_1, "pubrel", "62 02 0001"},
    vector{v3_1_1, "pubcomp", "70 02 0001"},
    vector{v3_1_1, "subscribe", "82 0C 0001 0003 612F23 01 0001 2B 02"},
    vector{v3_1_1, "suback", "90 06 0001 00 01 02 80"},
    vector{v3_1_1, "suback-8f", "90 03 0001 8F"},
    vector{v3_1_1, "unsubscribe", "A2 0A 0001 0003 612F23 0001 2B"},
    vector{v3_1_1, "unsuback", "B0 02 0001"},
    vector{v3_1_1, "pingreq", "C0 00"},
    vector{v3_1_1, "pingresp", "D0 00"},
    vector{v3_1_1, "disconnect", "E0 00"},

    // MQTT 5
    vector{v5, "connect", "10 0E 0004 4D515454 05 02 003C 00 0001 61"},
    vector{v5, "connect-full",
           "10 36 0004 4D515454 05 EE 000A 0F 11 0000000A 21 0014 26 0001 6B 0001 76 0001 61 "
           "0C 18 00000005 01 01 02 0000003C 0001 77 0001 78 0001 75 0001 70"},
    vector{v5, "connect-password-only", "10 11 0004 4D515454 05 42 003C 00 0001 61 0001 70"},
    vector{v5, "connack", "20 03 00 00 00"},
    vector{v5, "connack-full",
           "20 40 01 00 3D 12 0001 61 13 003C 21 0014 22 000A 24 01 25 00 27 00010000 28 01 29 01 "
           "2A 00 1A 0001 72 1C 0001 73 1F 0001 74 11 00000001 15 0001 6D 16 0002 00FF "
           "26 0001 6B 0001 76"},
    vector{v5, "connack-as-3.1.1", "20 02 00 01", false},
    vector{v5, "publish-0", "30 06 0001 74 00 6869"},
    vector{v5, "publish-2-full",
           "34 2C 0001 74 0005 24 01 01 02 0000000A 03 0001 63 08 0001 72 09 0001 FF 0B 7F "
           "0B FFFFFF7F 23 0001 26 0001 6B 0001 76 6869"},
    vector{v5, "publish-alias-only", "30 07 0000 03 23 0001 78"},
    vector{v5, "puback", "40 02 0001"},
    vector{v5, "puback-reason", "40 03 0001 10"},
    vector{v5, "puback-long", "40 04 0001 80 00", false},
    vector{v5, "pubrec-properties", "50 0B 0001 97 07 1F 0004 66756C6C"},
    vector{v5, "pubrel-reason", "62 03 0001 92"},
    vector{v5, "pubrel-properties", "62 0C 0001 92 08 26 0001 61 0002 6262"},
    vector{v5, "pubcomp-reason", "70 03 0001 92"},
    vector{v5, "subscribe", "82 07 0001 00 0001 61 2E"},
    vector{v5, "subscribe-shared", "82 12 0009 02 0B 05 000A 2473686172652F672F61 01"},
    vector{v5, "suback", "90 04 0001 00 00"},
    vector{v5, "suback-properties", "90 0A 0001 04 1F 0001 78 87 9E 02"},
    vector{v5, "unsubscribe", "A2 06 0001 00 0001 61"},
    vector{v5, "unsubscribe-properties", "A2 0D 0001 07 26 0001 6B 0001 76 0001 61"},
    vector{v5, "unsuback", "B0 04 0001 00 11"},
    vector{v5, "unsuback-properties", "B0 09 0001 04 1F 0001 78 00 80"},
    vector{v5, "pingreq", "C0 00"},
    vector{v5, "pingresp", "D0 00"},
    vector{v5, "disconnect", "E0 00"},
    vector{v5, "disconnect-reason", "E0 01 8E"},
    vector{v5, "disconnect-long", "E0 02 00 00", false},
    vector{v5, "disconnect-properties", "E0 07 04 05 11 00000000"},
    vector{v5, "disconnect-server", "E0 06 9D 04 1C 0001 73"},
    vector{v5, "auth", "F0 00"},
    vector{v5, "auth-reason", "F0 02 18 00"},
    vector{v5, "auth-reason-only", "F0 01 18", false},
    vector{v5, "auth-properties", "F0 0B 18 09 15 0001 6D 16 0002 0102"},
};

}  // namespace mqttkit::test
