// SPDX-License-Identifier: MIT
// Packets. What an environment may receive or send is a chain of classic-BPF predicates; deriving
// a capability adds one to the chain. Packets are whole Ethernet frames without FCS.
#pragma once
#include "abi/types.hpp"

namespace abi {

// One classic-BPF instruction, as `tcpdump -ddd` prints it (McCanne and Jacobson 1993; Linux
// Documentation/networking/filter.rst). A program returns 0 to refuse a packet, else accepts.
struct BpfInsn {
  u16 code;
  u8 jt;
  u8 jf;
  u32 k;
};
static_assert(sizeof(BpfInsn) == 8);
inline constexpr u32 kMaxFilterInsns = 64;
inline constexpr u32 kMaxFilterDepth = 8;  // predicates in one chain

inline constexpr u32 kMaxPacket = 1514;     // Ethernet header and 1500 bytes
inline constexpr u32 kPacketSlot = 2048;    // bytes of a receive ring per packet
inline constexpr u32 kMaxRingFrames = 256;  // 512 packets per ring
inline constexpr u32 kMaxSegments = 8;      // pieces of one packet to send
inline constexpr u32 kMaxSendBatch = 32;    // packets per net_send
inline constexpr u32 kEgressBytes = 128;    // the egress predicate sees this many bytes, in a kernel copy

// Start of every slot of a receive ring; the packet follows it.
struct PacketHeader {
  u32 length;  // bytes of the packet
  u32 reserved;
  u64 timestamp;  // TSC when the kernel took it from the card
};
static_assert(sizeof(PacketHeader) == 16);

// The control page of a binding, in a Data frame of the environment (pinned). Counters only grow;
// slot = counter % slots. The kernel reads `consumed` only to see how much room there is.
struct RingControl {
  u64 produced;  // packets the kernel has put into the ring
  u64 dropped;   // packets lost because it was full
  u64 reserved[6];
  u64 consumed;  // written by the environment: packets it is done with
  u64 reserved2[7];
  u64 sent;  // packets handed to net_send with this binding that the card has finished with,
             // in the order of their sending: their frames may be reused
  u64 reserved3[7];
};
static_assert(sizeof(RingControl) == 192);

// Argument of net_bind: a ring for what a Receive capability accepts.
struct BindConfig {
  u32 receive;                 // slot of a Receive capability with kInvoke
  u32 control;                 // Data frame of the caller for RingControl
  u32 priority;                // lower wins; among equals the older binding wins
  u32 frame_count;             // power of two, 1..kMaxRingFrames; two slots a frame
  u32 frames[kMaxRingFrames];  // Data frames of the caller, distinct
};
static_assert(sizeof(BindConfig) == 16 + 4 * kMaxRingFrames);

// A piece of a packet: bytes within one Data frame of the caller.
struct Segment {
  u32 frame;
  u16 offset;
  u16 length;  // offset + length <= kPageSize, length > 0
};
static_assert(sizeof(Segment) == 8);

// One packet to send; total length 14..kMaxPacket. The segments stay pinned until `sent` counts it.
struct SendPacket {
  u32 segment_count;  // 1..kMaxSegments
  u32 reserved;
  Segment segments[kMaxSegments];
};
static_assert(sizeof(SendPacket) == 72);

// One entry of the filter table (in the ledger).
struct FilterEntry {
  u64 accepted;
  u64 rejected;
  u32 references;  // capabilities, bindings and child filters that name it; 0: free
  u16 owner;       // env that derived it
  u16 parent;      // filter whose predicate must hold too; 0xffff for a whole card
  u16 depth;
  u16 length;  // instructions
  u16 device;
  u16 reserved;
  BpfInsn code[kMaxFilterInsns];
};
static_assert(sizeof(FilterEntry) == 32 + 8 * kMaxFilterInsns);
inline constexpr u16 kNoFilter = 0xffff;

// One entry of the binding table (in the ledger).
struct BindingEntry {
  u64 age;  // order of binding
  u64 delivered;
  u64 dropped;
  u64 sent;
  u32 cap;  // capability entry it stands on
  u32 priority;
  u32 control;  // frame
  u32 frame_count;
  u16 owner;  // env, kNoEnv when the entry is free
  u16 filter;
  u32 reserved;
  u32 frames[kMaxRingFrames];
};
static_assert(sizeof(BindingEntry) == 56 + 4 * kMaxRingFrames);

}  // namespace abi
