// What a file of an outbox is made of, and how it is read when something in it is damaged.
//
// A record is a header of 24 bytes and a PUBLISH of MQTT 5. Little endian:
//   0   4 bytes  size of the PUBLISH
//   4   4        CRC-32C of all that follows
//   8   8        number of the message in its outbox, one more than that of the record before
//   16  5        where the message came from
//   21  3        the outbox, a number made up once, in the lower 23 bits (0: written before there
//                were any); the highest bit is set in the first record of a batch
//
// The checksum finds damage, and the numbers the way behind it: a record is looked for at every
// byte, and taken for one when its number may come, its outbox is the right one and its checksum
// fits. A message that holds a whole outbox in its payload is not mistaken for one, unless it is
// this outbox and those very numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// CRC-32C, as in RFC 3720 §12.1.
std::uint32_t checksum(bytes_view bytes) noexcept;

template <class Number>
void store_number(std::byte* at, Number value) noexcept {  // little endian
  for (std::size_t i = 0; i < sizeof value; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

template <class Number>
Number load_number(const std::byte* at) noexcept {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<Number>(std::to_integer<Number>(at[i]) << (8 * i));
  return value;
}

/// Fills `into`, or less at the end of the file or where the disk gives nothing back.
std::size_t read_file_at(int fd, std::byte* into, std::size_t size, std::uint64_t at) noexcept;

/// The header of a record.
struct record {
  static constexpr std::size_t header_bytes = 24;
  static constexpr std::size_t least_bytes = header_bytes + 7;  // the shortest PUBLISH at QoS 1
  static constexpr std::uint64_t most_origin = (std::uint64_t{1} << 40) - 1;
  static constexpr std::uint32_t most_outbox = (1u << 23) - 1;

  std::uint32_t size = 0;
  std::uint32_t checksum = 0;
  std::uint64_t number = 0;
  std::uint64_t origin = 0;
  std::uint32_t outbox = 0;
  bool begins_batch = false;

  static record read(const std::byte* at) noexcept;
  bool has_possible_size() const noexcept;
  std::size_t whole() const noexcept { return header_bytes + size; }
};

/// Completes the record at `at`: behind the room for the header stands its PUBLISH.
void seal(std::byte* at, const record& head) noexcept;

/// Reads the records of one file from front to back.
class record_reader {
 public:
  /// Which records are wanted.
  struct range {
    std::uint64_t number = 0;  ///< the one that is to come
    std::uint64_t until = 0;   ///< the first that cannot be in this file
    std::uint32_t outbox = 0;  ///< 0: any
  };
  enum class outcome : std::uint8_t {
    whole,    ///< head() and packet() are the one that is to come
    damaged,  ///< something else is here, see gap()
    ended,
  };
  /// What stands in the way.
  struct gap_found {
    std::uint64_t at = 0;      ///< in the file
    std::uint64_t bytes = 0;   ///< 0 when records are missing without a trace
    std::uint64_t number = 0;  ///< of the record behind it; 0 when none follows
  };

  record_reader() = default;
  ~record_reader() { close(); }
  record_reader(const record_reader&) = delete;
  record_reader& operator=(const record_reader&) = delete;

  std::error_code open(const std::string& path);
  void close() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }

  /// Goes to what comes next. Records with lower numbers are passed over.
  /// @param size  so much of the file counts
  outcome next(std::uint64_t size, const range& wanted);

  const record& head() const noexcept { return head_; }
  /// Ends with the next call of next().
  bytes_view packet() const noexcept {
    return {window_.data() + record::header_bytes, taken_ - record::header_bytes};
  }
  /// Where in the file the record of head() begins.
  std::uint64_t at() const noexcept { return read_at_ - window_.size(); }
  const gap_found& gap() const noexcept { return gap_; }

 private:
  bool has(std::size_t bytes, std::uint64_t size);
  bool is_whole_here(std::uint64_t size, const range& wanted);
  bool is_whole_at(std::uint64_t at, const record& head);
  std::uint64_t search(std::uint64_t from, std::uint64_t size, const range& wanted);
  void go_to(std::uint64_t at) noexcept;

  int fd_ = -1;
  std::uint64_t read_at_ = 0;  // in the file: of what comes after window_
  byte_buffer window_;
  std::size_t taken_ = 0;  // bytes of window_ that the last record has
  byte_buffer searched_;
  byte_buffer checked_;
  record head_;
  gap_found gap_;
};

}  // namespace mqttkit::tools
