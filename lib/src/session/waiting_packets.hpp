// PUBLISH packets that wait for their consumer while what stands behind them is dealt with.
//
// Packets are copied into pages that never move, so that the one shown stays where it is while
// others are put behind it; a packet that has a buffer of its own is taken over with it. Nothing of
// this is used while the consumer keeps up.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::session_detail {

class waiting_packets {
 public:
  // What became of the connection a packet came on.
  enum class origin : std::uint8_t {
    current,  // it stands, or nothing has replaced it yet: the broker can still be answered
    former,   // replaced; nobody is to be answered, and nobody repeats the packet
    dropped,  // replaced; the broker repeats the packet, which is not shown
  };

  struct entry {
    bytes_view bytes;
    origin from = origin::current;
  };

  bool empty() const noexcept { return count_ == 0; }
  std::size_t count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return bytes_; }

  // Copies `packet` to the end.
  void put(bytes_view packet);
  // Puts the whole of `storage` to the end.
  void put(std::unique_ptr<std::byte[]> storage, std::size_t size);

  // The first packet, when not empty(). Its bytes stay until release() or the next take().
  entry take();
  // The packet taken last is done with.
  void release() noexcept;

  // A new connection stands. When it `resumes` the session, the broker repeats what it has no
  // acknowledgement for: QoS 1 and 2.
  void connection_changed(bool resumes) noexcept;

 private:
  static constexpr std::size_t page_bytes = 64u << 10;

  struct page {
    std::unique_ptr<std::byte[]> storage;
    std::size_t capacity = 0;
    std::size_t used = 0;
    std::size_t packets = 0;  // not taken yet
  };

  std::deque<page> pages_;
  std::deque<entry> packets_;
  std::unique_ptr<std::byte[]> spare_;  // of page_bytes, so that a steady state does not allocate
  std::size_t count_ = 0;               // without those dropped
  std::size_t bytes_ = 0;
};

}  // namespace mqttkit::session_detail
