// A capture from a stranger: the file, the headers before TCP, fragments, reassembled streams, and
// the findings about their clients.
//
// Promised: nothing is read outside the input, memory is bounded, packets are numbered one by one,
// and every line of output is harmless.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/capture_file.hpp"
#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/page.hpp"
#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/together/vantage.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

bool is_harmless(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view all(reinterpret_cast<const std::byte*>(data), size);
  memory_source once(all);
  capture_file file(once);
  captured_packet packet;
  std::uint64_t count = 0;
  while (file.next(packet)) {
    require(packet.number == ++count);
    require(packet.bytes.size() <= most_packet_bytes &&
            packet.original_size >= packet.bytes.size());
    // A buffer of the exact size, so that a sanitizer finds reads past the end.
    const std::vector<std::byte> exact(packet.bytes.begin(), packet.bytes.end());
    captured_packet copy = packet;
    copy.bytes = exact;
    bytes_view ip;
    std::size_t original = 0;
    ip_packet inside;
    if (!read_link(copy, ip, original) || !read_ip(ip, original, inside)) continue;
    require(inside.payload.size() <= inside.size);
    tcp_segment segment;
    icmp_error error;
    if (read_tcp(inside, segment)) require(segment.payload.size() <= segment.size);
    (void)read_icmp(inside, error);
  }
  require(is_harmless(file.problem()));

  memory_source again(all);
  recording_options how;
  how.name = "x.pcap";
  how.shows_payload = size % 2 == 0;
  const recording read = read_recording(again, how);
  require(static_cast<std::uint64_t>(read.about.packets) == count);
  report_style style;
  style.verbose = true;
  require(is_harmless(capture_page(read, style)));
  for (const captured_client& client : read.clients) {
    require(client.from.known.capture->streams.size() <= recording::most_streams_of_one);
    facts back;
    require(facts_of_text(facts_to_json(client.from.known, false), back).empty());
  }
  return 0;
}
