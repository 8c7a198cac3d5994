// SPDX-License-Identifier: MIT
// The network as the bench uses it: a binding with a ring of its own, and the other end of the wire,
// which is `exo bench`. That one answers a frame of type kAskType by sending `count` copies of the packet
// in it.
#pragma once
#include "abi/net.hpp"
#include "base/result.hpp"
#include "core/start.hpp"
#include "vm/vm.hpp"

namespace bench {
using namespace abi;
using base::Result;
using base::Status;

inline constexpr u16 kAskType = 0x88b5;  // IEEE 802, local experimental
inline constexpr u32 kAskHeader = 18;    // Ethernet header and the count
inline constexpr u32 kProbeBytes = 60;   // of the packets asked for

// A binding of the caller's.
class Ring {
 public:
  // Binds the Receive capability in slot `receive` to a new ring of 2 * `frames` packets.
  static Result<Ring> open(u32 receive, u32 frames);
  Status close();
  u32 binding() const { return binding_; }
  const volatile RingControl& control() const { return *control_; }
  // Waits, busily, until `count` packets more than at the last time were received; then makes room.
  Status await(u64 count);
  // Waits until the card is done with `count` packets more.
  Status await_sent(u64 count);

 private:
  Status give_memory_back();

  volatile RingControl* control_ = nullptr;
  vm::DmaRegion memory_;
  u32 list_frame_ = kNone;
  u32 binding_ = kNone;
  u64 sent_ = 0;
};

// Makes frames to send, in a page of its own.
class Outgoing {
 public:
  Status start();
  // A frame that asks for `count` UDP packets to `port`.
  const SendPacket& ask(u32 count, u16 port);
  // A UDP packet for the other end, which ignores it.
  const SendPacket& datagram();

 private:
  const SendPacket& finish(u32 length);
  vm::DmaRegion page_;
  SendPacket packet_{};
};

}  // namespace bench
