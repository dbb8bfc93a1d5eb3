#include "mqtt-doctor/capture/capture_file.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mqttkit::doctor {
namespace {

constexpr std::uint32_t micro_magic = 0xA1B2C3D4;
constexpr std::uint32_t nano_magic = 0xA1B23C4D;
constexpr std::uint32_t patched_magic = 0xA1B2CD34;  // a patched libpcap's: longer packet heads
constexpr std::uint32_t section_block = 0x0A0D0D0A;  // pcapng; a palindrome in both byte orders
constexpr std::uint32_t order_magic = 0x1A2B3C4D;

constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t old_packet_block = 2;
constexpr std::uint32_t simple_packet_block = 3;
constexpr std::uint32_t statistics_block = 5;
constexpr std::uint32_t enhanced_packet_block = 6;
constexpr std::uint32_t secrets_block = 10;
constexpr std::uint32_t tls_key_log = 0x544C534B;

constexpr std::uint16_t option_end = 0;
constexpr std::uint16_t option_resolution = 9;
constexpr std::uint16_t option_offset = 14;
constexpr std::uint16_t option_dropped = 5;

constexpr std::size_t block_head = 8;
// Bytes of a packet, the enhanced packet block around it and its options (comments).
constexpr std::size_t most_packet_block = most_packet_bytes + 64 * 1024;

constexpr std::uint64_t nanoseconds = 1'000'000'000;

std::uint32_t big32(const std::byte* at) noexcept {
  return std::to_integer<std::uint32_t>(at[0]) << 24 | std::to_integer<std::uint32_t>(at[1]) << 16 |
         std::to_integer<std::uint32_t>(at[2]) << 8 | std::to_integer<std::uint32_t>(at[3]);
}
std::uint32_t little32(const std::byte* at) noexcept {
  return std::to_integer<std::uint32_t>(at[3]) << 24 | std::to_integer<std::uint32_t>(at[2]) << 16 |
         std::to_integer<std::uint32_t>(at[1]) << 8 | std::to_integer<std::uint32_t>(at[0]);
}

/// The link type as the registry numbers it; the upper bits tell of a checksum behind each frame.
link_type link_of(std::uint32_t field) noexcept { return static_cast<link_type>(field & 0xFFFF); }

capture_time at_time(std::int64_t seconds, std::uint64_t rest) noexcept {
  // Nanoseconds in 64 bits reach 292 years; a time stamp beyond that is wrong.
  constexpr std::int64_t most = 9'000'000'000;
  const std::int64_t whole = std::clamp<std::int64_t>(seconds, 0, most);
  return capture_time(std::chrono::seconds(whole) +
                      std::chrono::nanoseconds(static_cast<std::int64_t>(rest % nanoseconds)));
}

}  // namespace

bool capture_file::is_capture(bytes_view start) noexcept {
  if (start.size() < magic_size) return false;
  for (const std::uint32_t t : {big32(start.data()), little32(start.data())}) {
    if (t == micro_magic || t == nano_magic || t == patched_magic || t == section_block)
      return true;
  }
  return false;
}

std::uint16_t capture_file::u16(const std::byte* at) const noexcept {
  const auto first = std::to_integer<unsigned>(at[0]), second = std::to_integer<unsigned>(at[1]);
  return static_cast<std::uint16_t>(is_big_ ? first << 8 | second : second << 8 | first);
}
std::uint32_t capture_file::u32(const std::byte* at) const noexcept {
  return is_big_ ? big32(at) : little32(at);
}

bool capture_file::fail(std::string why) {
  is_over_ = true;
  if (problem_.empty()) problem_ = std::move(why);
  return false;
}

bool capture_file::ends_inside(const char* what) {
  const std::string below = from_.problem();
  return fail((below.empty() ? "it ends inside " : below + " inside ") + std::string(what) + " " +
              std::to_string(count_ + 1));
}

/// Reads exactly `size` bytes into block_.
bool capture_file::fill(std::size_t size) {
  block_.clear();
  std::byte* const room = block_.extend(size);
  const std::size_t got = from_.read(room, size);
  block_.truncate(got);
  return got == size;
}

bool capture_file::skip(std::size_t size) {
  constexpr std::size_t piece = 64 * 1024;
  while (size != 0) {
    const std::size_t part = std::min(size, piece);
    if (!fill(part)) return false;
    size -= part;
  }
  return true;
}

bool capture_file::begin() {
  if (!fill(magic_size)) return fail(block_.empty() ? "it is empty" : "it is no capture");
  const std::uint32_t big = big32(block_.data());
  if (big == section_block) {
    kind_ = kind::pcapng;
    return begin_section();
  }
  const std::uint32_t little = little32(block_.data());
  const auto is_magic = [](std::uint32_t t) {
    return t == micro_magic || t == nano_magic || t == patched_magic;
  };
  if (!is_magic(big) && !is_magic(little)) return fail("it is no capture");
  kind_ = kind::pcap;
  is_big_ = is_magic(big);
  const std::uint32_t magic = is_big_ ? big : little;
  is_nano_ = magic == nano_magic;
  if (magic == patched_magic) record_head_ = 24;
  if (!fill(20)) return fail("it ends inside its head");
  link_ = link_of(u32(block_.data() + 16));
  return true;
}

bool capture_file::next(captured_packet& out) {
  if (is_over_) return false;
  if (kind_ == kind::unknown && !begin()) return false;
  if (kind_ == kind::pcap) return next_pcap(out);
  bool is_packet = false;
  while (next_block(out, is_packet)) {
    if (is_packet) return true;
  }
  return false;
}

bool capture_file::next_pcap(captured_packet& out) {
  if (!fill(record_head_)) {
    if (!block_.empty()) return ends_inside("packet");
    is_over_ = true;
    if (const std::string below = from_.problem(); !below.empty())
      fail(below + " after packet " + std::to_string(count_));
    return false;
  }
  const std::byte* const at = block_.data();
  const std::uint32_t seconds = u32(at), rest = u32(at + 4);
  const std::uint32_t size = u32(at + 8), original = u32(at + 12);
  if (size > most_packet_bytes)
    return fail("packet " + std::to_string(count_ + 1) + " claims " + std::to_string(size) +
                " bytes: the file is damaged there");
  if (!fill(size)) return ends_inside("packet");
  out.number = ++count_;
  out.time = at_time(seconds, is_nano_ ? rest : std::uint64_t{rest} * 1000);
  out.interface = 0;
  out.link = link_;
  out.bytes = block_.view();
  out.original_size = std::max<std::size_t>(original, size);
  return true;
}

/// Reads the rest of a section header, of which the magic has been read: byte order and length.
bool capture_file::begin_section() {
  if (!fill(8)) return fail("it ends inside the head of a section");
  const bool was_big = is_big_;
  if (big32(block_.data() + 4) == order_magic) {
    is_big_ = true;
  } else if (little32(block_.data() + 4) == order_magic) {
    is_big_ = false;
  } else {
    is_big_ = was_big;
    return fail("the head of a section is damaged after packet " + std::to_string(count_));
  }
  const std::uint32_t length = u32(block_.data());
  if (length < 28 || length % 4 != 0 || length > most_other_block)
    return fail("the head of a section is damaged after packet " + std::to_string(count_));
  if (!skip(length - 12)) return fail("it ends inside the head of a section");
  first_interface_ += static_cast<std::uint32_t>(interfaces_.size());
  interfaces_.clear();
  lost_.clear();
  return true;
}

bool capture_file::next_block(captured_packet& out, bool& is_packet) {
  is_packet = false;
  if (!fill(4)) {
    if (!block_.empty()) return ends_inside("the block after packet");
    is_over_ = true;
    if (const std::string below = from_.problem(); !below.empty())
      fail(below + " after packet " + std::to_string(count_));
    return false;
  }
  const std::uint32_t type = u32(block_.data());
  if (type == section_block) return begin_section();
  if (!fill(4)) return ends_inside("the block of packet");
  const std::uint32_t length = u32(block_.data());
  const bool may_be_packet =
      type == enhanced_packet_block || type == simple_packet_block || type == old_packet_block;
  const std::size_t most = may_be_packet ? most_packet_block : most_other_block;
  if (length < block_head + 4 || length % 4 != 0 || length > most)
    return fail("a block after packet " + std::to_string(count_) + " claims " +
                std::to_string(length) + " bytes: the file is damaged there");
  const std::size_t body_size = length - block_head - 4;
  const bool is_of_use = may_be_packet || type == interface_block || type == statistics_block ||
                         (type == secrets_block && body_size <= most_secrets);
  if (!is_of_use) return skip(length - block_head) || ends_inside("the block after packet");
  if (!fill(length - block_head)) return ends_inside("packet");
  const bytes_view body = block_.view().first(body_size);
  switch (type) {
    case interface_block:
      take_interface(body);
      return true;
    case statistics_block:
      take_statistics(body);
      return true;
    case secrets_block:
      take_secrets(body);
      return true;
    default:
      is_packet = take_packet(type, body, out);
      return is_packet;
  }
}

template <class Take>
void capture_file::each_option(bytes_view options, Take take) const {
  while (options.size() >= 4) {
    const std::uint16_t code = u16(options.data());
    const std::size_t size = u16(options.data() + 2);
    const std::size_t padded = (size + 3) / 4 * 4;
    if (code == option_end || options.size() - 4 < size) return;
    take(code, options.subspan(4, size));
    options = options.subspan(std::min(options.size(), 4 + padded));
  }
}

void capture_file::take_interface(bytes_view body) {
  if (interfaces_.size() == most_interfaces) return;
  interface_info made;
  if (body.size() >= 8) {
    made.link = static_cast<link_type>(u16(body.data()));
    made.snap_length = u32(body.data() + 4);
    each_option(body.subspan(8), [&](std::uint16_t code, bytes_view value) {
      if (code == option_resolution && value.size() == 1) {
        const auto said = std::to_integer<unsigned>(value[0]);
        const unsigned power = said & 0x7F;
        made.is_binary = (said & 0x80) != 0;
        made.ticks = 1;
        // More than 10^19, or 2^63, ticks in a second do not fit into 64 bits.
        const unsigned most = made.is_binary ? 63 : 19;
        for (unsigned i = 0; i < std::min(power, most); ++i) made.ticks *= made.is_binary ? 2 : 10;
      } else if (code == option_offset && value.size() == 8) {
        const std::uint64_t first = u32(value.data()), second = u32(value.data() + 4);
        made.offset_seconds =
            static_cast<std::int64_t>(is_big_ ? first << 32 | second : second << 32 | first);
      }
    });
  }
  interfaces_.push_back(made);
  lost_.push_back(0);
}

bool capture_file::take_packet(std::uint32_t type, bytes_view body, captured_packet& out) {
  const auto damaged = [&] { return fail("packet " + std::to_string(count_ + 1) + " is damaged"); };
  std::size_t head = 20;
  std::uint32_t interface = 0;
  std::uint32_t size = 0, original = 0;
  std::uint64_t ticks = 0;
  if (type == simple_packet_block) {
    head = 4;
    if (body.size() < head || interfaces_.empty()) return damaged();
    original = u32(body.data());
    const std::size_t kept =
        interfaces_[0].snap_length == 0 ? original : std::min(original, interfaces_[0].snap_length);
    size = static_cast<std::uint32_t>(std::min(kept, body.size() - head));
  } else {
    if (body.size() < head) return damaged();
    interface = type == old_packet_block ? u16(body.data()) : u32(body.data());
    ticks = std::uint64_t{u32(body.data() + 4)} << 32 | u32(body.data() + 8);
    size = u32(body.data() + 12);
    original = u32(body.data() + 16);
  }
  if (interface >= interfaces_.size() || size > body.size() - head || size > most_packet_bytes)
    return damaged();
  const interface_info& by = interfaces_[interface];
  out.number = ++count_;
  if (type == simple_packet_block) {
    // A simple packet block has no time; the time of the packet before it is the nearest.
  } else {
    const std::uint64_t seconds = ticks / by.ticks;
    const std::uint64_t rest = ticks % by.ticks;
    // The product of both factors may exceed 64 bits, so it is computed in floating point.
    const auto part = static_cast<std::uint64_t>(static_cast<long double>(rest) /
                                                     static_cast<long double>(by.ticks) *
                                                     static_cast<long double>(nanoseconds) +
                                                 0.5L);
    constexpr std::int64_t most = 1'000'000'000'000;  // at_time() keeps larger values out
    const std::int64_t whole = static_cast<std::int64_t>(
        std::min<std::uint64_t>(seconds, static_cast<std::uint64_t>(most)));
    out.time = at_time(whole + std::clamp(by.offset_seconds, -most, most),
                       std::min(part, nanoseconds - 1));
  }
  out.interface = first_interface_ + interface;
  out.link = by.link;
  out.bytes = body.subspan(head, size);
  out.original_size = std::max<std::size_t>(original, size);
  return true;
}

void capture_file::take_statistics(bytes_view body) {
  if (body.size() < 12) return;
  const std::uint32_t interface = u32(body.data());
  if (interface >= lost_.size()) return;
  each_option(body.subspan(12), [&](std::uint16_t code, bytes_view value) {
    if (code != option_dropped || value.size() != 8) return;
    const std::uint64_t first = u32(value.data()), second = u32(value.data() + 4);
    const std::uint64_t lost = is_big_ ? first << 32 | second : second << 32 | first;
    if (lost > lost_[interface]) dropped_ += lost - lost_[interface];
    lost_[interface] = lost;
  });
}

void capture_file::take_secrets(bytes_view body) {
  if (body.size() < 8 || u32(body.data()) != tls_key_log) return;
  const std::size_t size = std::min<std::size_t>(u32(body.data() + 4), body.size() - 8);
  if (key_log_.size() + size > most_secrets) return;
  key_log_ += as_text(body.subspan(8, size));
  if (!key_log_.empty() && key_log_.back() != '\n') key_log_ += '\n';
}

}  // namespace mqttkit::doctor
