// SPDX-License-Identifier: MIT
// Packets. What an environment may receive or send is a chain of classic-BPF predicates; deriving
// a capability adds one to the chain. Predicates that differ only in the constants that packets must
// have share a shape, which runs once per packet for all of them. Packets are whole Ethernet frames
// without FCS.
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
inline constexpr u32 kMaxFilterKeys = 8;   // constants of one predicate that its shape leaves open

inline constexpr u32 kMaxPacket = 1514;           // Ethernet header and 1500 bytes
inline constexpr u32 kMaxCutPacket = 14 + 65535;  // what the card cuts: Ethernet header, longest IPv4 packet
inline constexpr u32 kMaxCuts = 256;              // packets that it makes of one, at most
inline constexpr u32 kPacketSlot = 2048;          // bytes of a receive ring per packet
inline constexpr u32 kMaxRingFrames = 256;        // 512 packets per ring
inline constexpr u32 kMaxSegments = 22;   // pieces of one packet to send: 64 KiB in three runs, and a header
inline constexpr u32 kMaxSendBatch = 32;  // packets per net_send
inline constexpr u32 kEgressBytes = 128;  // the egress predicate sees this many bytes, in a kernel copy

// Start of every slot of a receive ring; the packet follows it.
struct PacketHeader {
  u32 length;     // bytes of the packet
  u32 flags;      // kPacket...
  u64 timestamp;  // TSC when the kernel took it from the card
};
static_assert(sizeof(PacketHeader) == 16);
// The card, or who sent the packet on this host, vouches for the checksum of TCP or UDP.
inline constexpr u32 kPacketSummed = 1;
// And it was never completed: its field has the sum of the pseudo-header only.
inline constexpr u32 kPacketPartial = 2;

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
  u32 list_frame;              // unmapped Data frame of the caller: the kernel's while bound, for its list
  u32 reserved;                // 0
  u32 frames[kMaxRingFrames];  // Data frames of the caller, distinct
};
static_assert(sizeof(BindConfig) == 24 + 4 * kMaxRingFrames);

// A piece of a packet: bytes within one Data frame of the caller.
struct Segment {
  u32 frame;
  u16 offset;
  u16 length;  // offset + length <= kPageSize, length > 0
};
static_assert(sizeof(Segment) == 8);

// What a card may do for who sends TCP (virtio 1.1, 5.1.6.2). net_send with a count of 0 answers which of
// these the card of a Send capability has and its predicates allow.
inline constexpr u16 kOffloadSum4 = 1;  // complete the checksum, over IPv4,
inline constexpr u16 kOffloadSum6 = 2;  // over IPv6;
inline constexpr u16 kOffloadCut4 = 4;  // cut one long packet into many, over IPv4,
inline constexpr u16 kOffloadCut6 = 8;  // over IPv6
inline constexpr u16 kOffloadAll = 15;

// One packet to send; total length 14..kMaxPacket. The segments stay pinned until `sent` counts it.
// With `sum` it is TCP in IPv4 without options or in IPv6 without extension headers, no fragment, and its
// checksum field has the sum of the pseudo-header, not complemented. With `cut`, which needs `sum`, its
// length may be up to kMaxCutPacket and is what its IP header says, and no flags but ACK, PSH and FIN are
// set. No packet that the card makes is longer than kMaxPacket.
struct SendPacket {
  u32 segment_count;  // 1..kMaxSegments
  u16 sum;            // 1: the card completes the checksum
  u16 cut;            // payload of each packet that the card makes of it; 0: it is one
  Segment segments[kMaxSegments];
};
static_assert(sizeof(SendPacket) == 8 + 8 * kMaxSegments);

// Instructions that only shapes hold; the verifier refuses them. Jumps to jt: A becomes key k, or A
// must be equal to key k or the packet is refused. Where the predicate has `jeq #constant, jt, refuse`.
inline constexpr u16 kBpfKeyStore = 0xe5;
inline constexpr u16 kBpfKeyCheck = 0xf5;

// One entry of the shape table (in the ledger): a predicate without the constants that it looks for,
// behind a parent's shape. All filters of one shape run once per packet, together.
struct ShapeEntry {
  u32 references;  // filters of this shape and shapes whose parent it is; 0: free
  u32 bindings;    // that stand on filters of this shape
  u32 next_group;  // among the shapes of this device that have bindings; kNone at the end
  u32 prev_group;  // kNone at the start
  u16 parent;      // shape of the filter's parent; kNoShape for a whole card
  u16 depth;       // as of its filters
  u16 length;      // instructions; 0 for a whole card
  u8 key_count;    // keys that the program collects, 0..kMaxFilterKeys
  u8 has_memory;   // 1: it loads from its 16 words, so they must be zero when it starts
  u16 device;      // whose packets
  u16 compiled;    // kCode...
  u16 code_first;  // where its machine code lies in the code space, in units, if it is compiled
  u16 code_units;  // and how many
  BpfInsn code[kMaxFilterInsns];
};
static_assert(sizeof(ShapeEntry) == 32 + 8 * kMaxFilterInsns);
inline constexpr u16 kNoShape = 0xffff;
inline constexpr u16 kCodeNotYet = 0;       // no packet was looked at with it
inline constexpr u16 kCodeCompiled = 1;     // x86-64
inline constexpr u16 kCodeInterpreted = 2;  // the code space was full

// One entry of the filter table (in the ledger): the program is its shape's, with key v of `keys` for
// every constant that the shape leaves open as key v.
struct FilterEntry {
  u64 accepted;    // packets that it passed: to a binding, or to the card
  u64 rejected;    // packets that somebody wanted to send and it refused
  u32 references;  // capabilities, bindings and child filters that name it; 0: free
  u16 owner;       // env that derived it
  u16 parent;      // filter whose predicate must hold too; kNoFilter for a whole card
  u16 depth;       // predicates in the chain; 0 for a whole card
  u16 shape;
  u16 device;
  u16 offloads;  // kOffload...: after which a packet is still one that the chain passes
  u32 keys[kMaxFilterKeys];
};
static_assert(sizeof(FilterEntry) == 64);
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
  u32 list_frame;  // the kernel's list of the ring's frames, in a frame of the owner
};
static_assert(sizeof(BindingEntry) == 56);

}  // namespace abi
