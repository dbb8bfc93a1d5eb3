// Messages on disk, from being accepted to being acknowledged.
//
// A folder with
//   lock        held by the one process that uses it
//   NUMBER.log  the messages, in files of about 8 MiB that are only ever appended to; NUMBER is
//               that of the first message in the file (outbox_record.hpp)
//   acked       how far everything is accepted, and done with (outbox_marks.hpp)
//   refused.json, NUMBER.damaged, FILE.foreign, FILE.copy
//               what was put aside, if anything was
//
// A message is accepted once its bytes and their checksum are on the disk (fdatasync), many at a
// time: whatever could be read of the input without waiting is one batch. A crash or a power cut in
// the middle of a batch leaves a torn end. The next open() finds it by the checksum, and knows it
// for torn and not damaged because it is not marked as accepted: it is taken off. How far the
// messages are acknowledged is written without waiting for the disk: losing that word sends
// messages again and loses none.
//
// Where the disk does not give back what it was given, what is damaged is put aside and told, and
// what follows it is delivered. Files that changed places are put right by the numbers in them, and
// one of another outbox is put aside.
//
// An append-only file and not SQLite: measured on ext4 with 50-byte messages, batches of 1,300 are
// put at 2.8 million messages a second against 1.5 million (WAL, synchronous=full), single ones at
// 9,000 against 5,900, and what is read back is a view that goes to the broker as it is.
// mqtt-pub -l as a whole, which reads the lines too, accepts 3.1 million of them a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mqtt-pub/outbox_marks.hpp"
#include "mqtt-pub/outbox_record.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// The most an outbox may hold; 0 means no limit.
struct outbox_limit {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};

/// See the head of this file. All calls block for as long as the disk takes.
class outbox {
 public:
  // A file is removed as a whole: small enough to give room back, large enough to be rare.
  static constexpr std::uint64_t usual_segment_bytes = 8u << 20;

  explicit outbox(std::uint64_t segment_bytes = usual_segment_bytes)
      : segment_bytes_(segment_bytes) {}
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Opens the folder, or makes it. Another process that uses it is waited for a little. Returns
  /// what went wrong, in words; empty when nothing did.
  std::string open(const std::string& folder, outbox_limit limit,
                   std::chrono::milliseconds patience);

  /// What open() or next() found torn, damaged or out of place since the last call, in words;
  /// mostly nothing.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }
  /// Of more places than that, only how many they are is kept.
  static constexpr std::uint64_t most_notes = 20;
  std::uint64_t notes_left_out() const noexcept {
    return noted_ > most_notes ? noted_ - most_notes : 0;
  }

  /// Accepted messages that the disk does not give back. What is left of them was put aside.
  std::uint64_t lost() const noexcept { return lost_; }

  // ---- accepting

  enum class admission : std::uint8_t {
    batched,  ///< it is accepted when commit() says so
    full,     ///< the limit is reached; try again when messages were acknowledged
    refused,  ///< it can never be sent; the error says why
  };

  /// Adds a message to the batch.
  /// @param origin  where it came from, the number of a line for example; comes back in stored
  admission put(const publish_packet& message, std::uint64_t origin, std::error_code& error);

  /// What commit() came to.
  struct commit_result {
    std::error_code error{};
    std::uint64_t first_lost = 0;  ///< origin of the first message that was not accepted
    std::uint64_t lost = 0;        ///< how many of the batch were not

    explicit operator bool() const noexcept { return static_cast<bool>(error); }
  };

  /// Puts the batch on the disk. After an error the messages before `first_lost` are accepted, and
  /// nothing of the others is left.
  commit_result commit();

  // ---- delivering

  /// A message on disk. The views end with the next call of next().
  struct stored {
    std::uint64_t number = 0;  ///< in this outbox, ascending
    std::uint64_t origin = 0;
    bool is_new = false;  ///< accepted since open()
    publish_packet message{};
  };

  /// The next message, in the order of put(). False when all were given out, or none is on disk
  /// yet.
  bool next(stored& out);

  /// Reads a message again that next() gave out and nobody acknowledged yet. The views end with
  /// the next call of find().
  bool find(std::uint64_t number, stored& out);

  /// This message is done with.
  void acknowledge(std::uint64_t number) noexcept;

  /// Writes down what was acknowledged, and removes files nobody needs any more.
  std::error_code save();

  /// Puts a message that the broker will not take into refused.json, as mqtt-sub --json writes it.
  std::error_code put_aside(const publish_packet& message);

  /// From the first message that is not acknowledged to the last that next() gave out: what a
  /// crash now would send again.
  std::uint64_t given_out() const noexcept { return given_.size(); }
  /// Messages on disk that are not acknowledged.
  std::uint64_t pending() const noexcept { return end_ - base_; }
  /// Of the messages that commit() would write.
  std::size_t batch_bytes() const noexcept { return batch_.size(); }

  const std::string& folder() const noexcept { return folder_; }

 private:
  struct segment {
    std::uint64_t base = 0;   // number of the first message
    std::uint64_t bytes = 0;  // on disk
  };
  struct given {  // by next(), and not acknowledged yet, or not all before it are
    std::uint64_t at = 0;
    std::uint32_t bytes = 0;
    bool is_acknowledged = false;
  };

  std::string path(std::string_view name) const;
  std::string path(const segment& of) const;
  std::string words(std::error_code error) const;
  std::string lock(std::chrono::milliseconds patience);
  std::string find_segments();
  bool is_in_place(segment& piece, const std::string& name);
  std::string put_in_place(std::vector<segment>& found, std::vector<std::string>& names);
  void put_file_aside(const std::string& name, std::string_view ending, std::string_view why);
  std::string read_segments();
  std::error_code check_last_segment();
  std::error_code open_segment();
  std::error_code write_batch(std::size_t& whole);
  void keep_of_batch(std::size_t bytes);
  bool advance(stored* out);
  bool enter_segment();
  void leave_segment();
  void skip(std::uint64_t until, std::uint64_t at, std::uint64_t bytes);
  std::string keep_piece(const std::string& from, std::uint64_t at, std::uint64_t bytes) const;
  void note(const std::string& text);
  std::error_code sync_folder() const;

  const std::uint64_t segment_bytes_;
  std::string folder_;
  outbox_limit limit_;
  std::vector<std::string> notes_;
  std::uint64_t noted_ = 0;
  std::uint64_t lost_ = 0;
  int lock_fd_ = -1;
  int folder_fd_ = -1;
  bool is_open_ = false;
  outbox_marks marks_;
  std::uint32_t id_ = 0;  // in every record

  std::deque<segment> segments_;
  std::uint64_t base_ = 1;       // everything before is done with
  std::uint64_t end_ = 1;        // after the last message on disk
  std::uint64_t first_new_ = 1;  // accepted since open() from here on
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t saved_ = 0;
  // Numbers of a batch that was never finished: what is missing there was not accepted.
  std::uint64_t torn_from_ = 0;
  std::uint64_t torn_until_ = 0;

  int write_fd_ = -1;  // the last segment
  byte_buffer batch_;
  std::uint64_t batched_ = 0;

  record_reader reader_;
  std::size_t read_segment_ = 0;  // index of segments_
  std::uint64_t cursor_ = 1;      // number of the next message to give out
  std::deque<given> given_;       // from base_ on
  byte_buffer found_;
};

}  // namespace mqttkit::tools
