// SPDX-License-Identifier: MIT
// Packet filters: chains of predicates from a capability's own up to the whole card. A chain only
// grows, so a derived capability passes no packet that its source does not. A filter is a shape and the
// keys that a packet must have there.
#pragma once
#include "base/result.hpp"
#include "kernel/core/bpf.hpp"
#include "kernel/core/state.hpp"

// Runs one shape of depth >= 1 on a packet: its answer, and in machine.keys the keys that it collected.
// As bpf_execute with the shape's program on a machine that is all zero, and so it may be written: whoever
// links the core defines it. (The kernel runs machine code; kernel/syscall/net_filter.cpp.)
extern "C" abi::u32 filter_execute(abi::u32 shape, const core::BpfPacket& packet, core::BpfMachine& machine);

namespace core {

using base::Result;

inline bool filter_live(u32 filter) { return filter < kMaxFilters && filters[filter].references != 0; }

// Makes a child of the Receive or Send capability in `source` that passes what `code` passes too.
// BadCap, BadArgument (slot, length), Occupied, BadProgram, NoSpace.
Status filter_derive(u16 env, u32 source, u32 target, const BpfInsn* code, u32 length);

// What the programs of a chain of shapes found in one packet.
struct ChainKeys {
  u64 hash;                                       // as filter_private[].hash
  u32 keys[kMaxFilterDepth + 1][kMaxFilterKeys];  // by depth
};
// Runs the chain of a shape. False: one of the programs refuses the packet, whatever the keys.
bool shape_chain_run(u32 shape, const BpfPacket& packet, ChainKeys& found);
// Whether the keys of a filter whose shape's chain has run are those that were found.
bool filter_keys_match(u32 filter, const ChainKeys& found);

// Whether the whole chain passes a packet that is to be sent; counts at `filter`.
bool filter_accepts(u32 filter, const u8* packet, u32 captured, u32 wire_length);

void filter_reference(u32 filter);
// The last reference frees it, and so on up the chain (kMaxFilterDepth at most).
void filter_unreference(u32 filter);

// Numbers that nobody outside can know, so that nobody can make many filters fall into one bucket.
// Boot only, before the first filter.
void filter_boot_seed(u64 seed);

}  // namespace core
