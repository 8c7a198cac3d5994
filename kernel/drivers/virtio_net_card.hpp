// SPDX-License-Identifier: MIT
// The state of one card, shared by its start, receive and transmit parts.
#pragma once
#include "kernel/core/tables.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/virtio_transport.hpp"

namespace drivers::virtio_net {

inline constexpr u32 kMaxCards = 4;
inline constexpr u32 kBufferBytes = 2048;
inline constexpr u32 kReceiveBuffers = 128;          // that the card has, if its queue has room for them
inline constexpr u32 kMaxPieces = 1 + kMaxSegments;  // head area, then what the sender gave

// Kernel memory of one packet to send: what the card is to do, and the copied head.
struct SendArea {
  virtio::NetHeader header;
  u8 head[kEgressBytes];
  u8 unused[4];
  Descriptor table[kMaxPieces];  // where the card takes indirect descriptors
};
static_assert(sizeof(SendArea) == 512 && __builtin_offsetof(SendArea, head) == virtio::kNetHeaderBytes &&
              __builtin_offsetof(SendArea, table) % 16 == 0);

struct Card {
  virtio::Transport transport;
  u16 device = 0;
  bool indirect = false;
  u16 offloads = 0;  // kOffload...

  Virtqueue receive;
  u64 buffers = 0;  // physical, kBufferBytes each
  u16 receive_buffers = 0;
  u16 buffer_of[Virtqueue::kMaxSize] = {};  // by chain head

  Virtqueue send;
  u64 areas = 0;        // physical, one SendArea per slot
  u32 next_slot = 0;    // counters; slot = counter % kNetSlots
  u32 oldest_slot = 0;  // [oldest, next) were not given back yet
  bool finished[kNetSlots] = {};
  u16 slot_of[Virtqueue::kMaxSize] = {};  // by chain head
  bool unpublished = false;

  DeviceEntry& entry() { return devices[device]; }
};

// Gives every receive buffer to the card.
void fill_receive_ring(Card& card);
// Hands received packets to the kernel and their buffers back to the card, one ring's worth at most.
void drain_receive_ring(Card& card);
// Takes back what was sent; net_sent is called in the order of transmission.
void reap_sent(Card& card);

// The card that is devices[device].
Card& card_of(u16 device);

}  // namespace drivers::virtio_net
