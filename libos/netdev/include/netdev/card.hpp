// SPDX-License-Identifier: MIT
// Card: an environment's share of the network card, as a net::Link. Packets arrive in a ring of its
// own frames, written by the kernel; packets to send are gathered from its own memory without a
// copy, and go out in batches at flush().
#pragma once
#include <span>

#include "base/result.hpp"
#include "core/start.hpp"
#include "net/link.hpp"
#include "netdev/buffers.hpp"
#include "vm/vm.hpp"

namespace netdev {
using base::Status;

class Card {
 public:
  constexpr Card() = default;
  // Binds the receive capability of the start page to a ring of 2 * `ring_frames` packets
  // (ring_frames a power of two, at most kMaxRingFrames). BadCap: no network.
  Status open(const core::NetworkInfo& network, u32 ring_frames, u32 priority = 0);

  // For net::link_to. What `pieces` name must be memory of vm: see vm::allocate_dma.
  u8* take(u32 size);
  void give_back(u8* buffer) { buffers_.give_back(buffer); }
  bool send(u8* buffer, u32 length, std::span<const net::Piece> pieces, const net::Offload& offload = {});
  // What the card may do for packets of the send capability. After open().
  const net::Features& features() const { return features_; }

  // Hands the collected packets to the kernel. Those that the card's queue has no room for wait for the next
  // call, which is to come soon if there are any: waits().
  void flush();
  bool waits() const { return pending_ > 0; }
  // The same; what would have to wait is lost. For when the memory of pieces is about to change under packets
  // that somebody may still believe.
  void give_up();
  // Gives at most `most` received packets to `input(std::span<const u8>, bool summed)`. `summed`: the
  // checksum of TCP or UDP is vouched for, and must not be looked at (it may never have been completed).
  // How many there were.
  template <class Input>
  u32 receive(u32 most, Input input) {
    u32 count = 0;
    for (; count < most && consumed_ != produced(); count++) {
      const Arrived arrived = packet(consumed_);
      input(arrived.bytes, arrived.summed);
      consumed_++;
      give_room();
    }
    return count;
  }

  // What to sleep on: changes when a packet arrives; `expected` is what has been seen.
  const volatile u64* wake_word() const { return &control_->produced; }
  u64 expected() const { return consumed_; }
  bool has_packets() const { return produced() != consumed_; }  // a packet lies in the ring
  u64 lost() const { return lost_; }                            // packets that could not be sent
  // The card and we have read all of what was sent: it may be changed and sent again.
  bool quiet() {
    if (pending_ == 0 && collected_ != handed_) collect_sent();
    return pending_ == 0 && collected_ == handed_;
  }

 private:
  static constexpr u32 kSmallPages = 12;
  static constexpr u32 kLargePages = 4;
  static constexpr u32 kMostInFlight = 512;  // power of two, more than there are buffers

  struct Arrived {
    std::span<const u8> bytes;
    bool summed;
  };
  u64 produced() const;
  Arrived packet(u64 counter) const;
  void ask_features();
  void give_room();
  void collect_sent();
  void drop(u32 index);
  void keep_from(u32 first);

  volatile RingControl* control_ = nullptr;
  const u8* headers_ = nullptr;  // where the buffers' pages begin
  u32 header_frames_[kSmallPages + kLargePages] = {};
  const u8* ring_ = nullptr;
  u32 slots_ = 0;
  u32 send_ = kNone;
  u32 binding_ = kNone;
  u64 consumed_ = 0;
  u64 handed_ = 0;     // packets that the kernel took
  u64 collected_ = 0;  // of these, whose buffers came back
  u64 lost_ = 0;
  net::Features features_;
  u32 pending_ = 0;
  Buffers buffers_;
  SendPacket batch_[kMaxSendBatch] = {};
  u8* batch_buffers_[kMaxSendBatch] = {};
  u8* in_flight_[kMostInFlight] = {};
};

}  // namespace netdev
