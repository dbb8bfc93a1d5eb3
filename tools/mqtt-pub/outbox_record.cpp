#include "mqtt-pub/outbox_record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "mqttkit/codec/encode.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t window_bytes = 64u << 10;
constexpr std::size_t most_memory = 4u << 20;  // kept after a large message
constexpr std::uint64_t sector_bytes = 4096;   // what a disk loses at once
constexpr std::uint32_t batch_bit = 1u << 23;

// Eight bytes at a time: table [i][b] is what byte b does to the checksum when i bytes follow it.
using crc_tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr crc_tables make_crc_tables() {
  crc_tables table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
    table[0][i] = value;
  }
  for (std::size_t more = 1; more < 8; ++more)
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = table[more - 1][i];
      table[more][i] = table[0][before & 0xFF] ^ (before >> 8);
    }
  return table;
}
constexpr crc_tables crc_table = make_crc_tables();

}  // namespace

std::uint32_t checksum(bytes_view bytes) noexcept {
  std::uint32_t value = ~0u;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint32_t low = value ^ load_number<std::uint32_t>(at);
    const auto high = load_number<std::uint32_t>(at + 4);
    value = crc_table[7][low & 0xFF] ^ crc_table[6][low >> 8 & 0xFF] ^
            crc_table[5][low >> 16 & 0xFF] ^ crc_table[4][low >> 24] ^ crc_table[3][high & 0xFF] ^
            crc_table[2][high >> 8 & 0xFF] ^ crc_table[1][high >> 16 & 0xFF] ^
            crc_table[0][high >> 24];
  }
  for (; left != 0; --left, ++at)
    value = crc_table[0][(value ^ std::to_integer<std::uint32_t>(*at)) & 0xFF] ^ (value >> 8);
  return ~value;
}

std::size_t read_file_at(int fd, std::byte* into, std::size_t size, std::uint64_t at) noexcept {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = ::pread(fd, into + got, size - got, static_cast<off_t>(at + got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

record record::read(const std::byte* at) noexcept {
  record head;
  head.size = load_number<std::uint32_t>(at);
  head.checksum = load_number<std::uint32_t>(at + 4);
  head.number = load_number<std::uint64_t>(at + 8);
  const auto tagged = load_number<std::uint64_t>(at + 16);
  head.origin = tagged & most_origin;
  const auto tag = static_cast<std::uint32_t>(tagged >> 40);
  head.outbox = tag & most_outbox;
  head.begins_batch = (tag & batch_bit) != 0;
  return head;
}

bool record::has_possible_size() const noexcept {
  return size >= least_bytes - header_bytes && size <= max_remaining_length + 5;
}

void seal(std::byte* at, const record& head) noexcept {
  const std::uint32_t tag = head.outbox | (head.begins_batch ? batch_bit : 0);
  store_number(at, head.size);
  store_number(at + 8, head.number);
  store_number(at + 16, (head.origin & record::most_origin) | std::uint64_t{tag} << 40);
  store_number(at + 4, checksum({at + 8, head.whole() - 8}));
}

std::error_code record_reader::open(const std::string& path) {
  close();
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return fd_ >= 0 ? std::error_code() : std::error_code(errno, std::system_category());
}

void record_reader::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  go_to(0);
  window_.release(most_memory);
}

void record_reader::go_to(std::uint64_t at) noexcept {
  window_.clear();
  taken_ = 0;
  read_at_ = at;
}

// Whether that many bytes from here on are in window_.
bool record_reader::has(std::size_t bytes, std::uint64_t size) {
  if (window_.size() >= bytes) return true;
  const std::uint64_t left = size > read_at_ ? size - read_at_ : 0;
  const std::size_t missing = bytes - window_.size();
  if (missing > left) return false;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(std::max(missing, window_bytes), left));
  const std::size_t before = window_.size();
  std::byte* const into = window_.extend(wanted);
  const std::size_t got = read_file_at(fd_, into, wanted, read_at_);
  read_at_ += got;
  window_.truncate(before + got);
  return window_.size() >= bytes;
}

bool record_reader::is_whole_here(std::uint64_t size, const range& wanted) {
  if (!has(record::header_bytes, size)) return false;
  head_ = record::read(window_.data());
  if (head_.number >= wanted.until || !head_.has_possible_size()) return false;
  if (wanted.outbox != 0 && head_.outbox != 0 && head_.outbox != wanted.outbox) return false;
  return has(head_.whole(), size) &&
         checksum({window_.data() + 8, head_.whole() - 8}) == head_.checksum;
}

bool record_reader::is_whole_at(std::uint64_t at, const record& head) {
  checked_.clear();
  const std::size_t covered = head.whole() - 8;
  std::byte* const into = checked_.extend(covered);
  return read_file_at(fd_, into, covered, at + 8) == covered &&
         checksum({into, covered}) == head.checksum;
}

// Where the first record behind some damage is; `size` when there is none.
std::uint64_t record_reader::search(std::uint64_t from, std::uint64_t size, const range& wanted) {
  const std::uint64_t most = wanted.until - wanted.number;
  while (from + record::header_bytes <= size) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(size - from, window_bytes));
    searched_.clear();
    const std::byte* const bytes = searched_.extend(piece);
    const std::size_t got = read_file_at(fd_, searched_.data(), piece, from);
    if (got < record::header_bytes) {  // the disk does not give this part back
      from = (from / sector_bytes + 1) * sector_bytes;
      continue;
    }
    for (std::size_t i = 0; i + record::header_bytes <= got; ++i) {
      if (load_number<std::uint64_t>(bytes + i + 8) - wanted.number >= most) continue;
      const record head = record::read(bytes + i);
      if (!head.has_possible_size() || head.whole() > size - from - i) continue;
      if (wanted.outbox != 0 && head.outbox != 0 && head.outbox != wanted.outbox) continue;
      if (is_whole_at(from + i, head)) return from + i;
    }
    from += got - record::header_bytes + 1;
  }
  return size;
}

record_reader::outcome record_reader::next(std::uint64_t size, const range& wanted) {
  window_.consume(taken_);
  taken_ = 0;
  for (;;) {
    const std::uint64_t here = at();
    if (here >= size) return outcome::ended;
    gap_ = {here, 0, 0};
    if (is_whole_here(size, wanted)) {
      if (head_.number < wanted.number) {
        window_.consume(head_.whole());
        continue;
      }
      if (head_.number == wanted.number) {
        taken_ = head_.whole();
        return outcome::whole;
      }
      gap_.number = head_.number;
      return outcome::damaged;
    }
    const std::uint64_t behind = search(here + 1, size, wanted);
    gap_.bytes = behind - here;
    go_to(behind);
    checked_.release(most_memory);
    if (behind < size && has(record::header_bytes, size))
      gap_.number = record::read(window_.data()).number;
    return outcome::damaged;
  }
}

}  // namespace mqttkit::tools
