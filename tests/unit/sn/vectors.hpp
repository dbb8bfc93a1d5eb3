// Every message of MQTT-SN 1.2 as bytes, written by hand from §5.4 and §5.5. tshark 4.0 names each
// as it is named here.
#pragma once

#include <string_view>

namespace mqttkit::sn::test {

struct vector {
  std::string_view name;
  std::string_view bytes;
};

inline constexpr vector vectors[] = {
    {"advertise", "05 00 07 03 84"},
    {"searchgw", "03 01 01"},
    {"gwinfo", "03 02 07"},
    {"gwinfo-of-a-client", "07 02 07 7F 00 00 01"},
    {"connect", "09 04 04 01 00 3C 61 62 63"},
    {"connect-with-will-keeping-the-session", "09 04 08 01 FF FF 61 62 63"},
    {"connack", "03 05 00"},
    {"connack-congestion", "03 05 01"},
    {"willtopicreq", "02 06"},
    {"willtopic", "06 07 30 61 2F 62"},
    {"willtopic-none", "02 07"},
    {"willmsgreq", "02 08"},
    {"willmsg", "04 09 68 69"},
    {"willmsg-empty", "02 09"},
    {"register", "09 0A 00 00 12 34 61 2F 62"},
    {"register-of-a-gateway", "09 0A 00 05 12 34 61 2F 62"},
    {"regack", "07 0B 00 05 12 34 00"},
    {"publish-normal-qos-0", "09 0C 00 00 05 00 00 68 69"},
    {"publish-predefined-qos-minus-1", "09 0C 61 00 05 00 00 68 69"},
    {"publish-short-qos-1", "09 0C 22 61 62 00 01 68 69"},
    {"publish-qos-2-dup-retain-empty", "07 0C D0 00 05 00 02"},
    {"puback", "07 0D 00 05 00 01 00"},
    {"puback-refusing-qos-0", "07 0D 00 05 00 00 02"},
    {"pubcomp", "04 0E 00 02"},
    {"pubrec", "04 0F 00 02"},
    {"pubrel", "04 10 00 02"},
    {"subscribe-name", "08 12 20 00 03 61 2F 23"},
    {"subscribe-predefined", "07 12 41 00 03 00 05"},
    {"subscribe-short-dup", "07 12 82 00 03 61 62"},
    {"suback", "08 13 20 00 05 00 03 00"},
    {"unsubscribe-name", "08 14 00 00 04 61 2F 23"},
    {"unsubscribe-predefined", "07 14 01 00 04 00 05"},
    {"unsuback", "04 15 00 04"},
    {"pingreq", "02 16"},
    {"pingreq-of-a-sleeper", "05 16 61 62 63"},
    {"pingresp", "02 17"},
    {"disconnect", "02 18"},
    {"disconnect-to-sleep", "04 18 00 78"},
    {"willtopicupd", "06 1A 20 61 2F 62"},
    {"willtopicupd-none", "02 1A"},
    {"willtopicresp", "03 1B 03"},
    {"willmsgupd", "04 1C 68 69"},
    {"willmsgresp", "03 1D 00"},
    {"encapsulated", "05 FE 01 0A 0B 02 16"},
};

}  // namespace mqttkit::sn::test
