// SPDX-License-Identifier: MIT
// Packet filters: chains of predicates from a capability's own up to the whole card. A chain only
// grows, so a derived capability passes no packet that its source does not.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline bool filter_live(u32 filter) { return filter < kMaxFilters && filters[filter].references != 0; }

// Makes a child of the Receive or Send capability in `source` that passes what `code` passes too.
// BadCap, BadArgument (slot, length), Occupied, BadProgram, NoSpace.
Status filter_derive(u16 env, u32 source, u32 target, const BpfInsn* code, u32 length);

// Whether the whole chain passes the packet; counts at `filter`.
bool filter_accepts(u32 filter, const u8* packet, u32 captured, u32 wire_length);

void filter_reference(u32 filter);
// The last reference frees it, and so on up the chain (kMaxFilterDepth at most).
void filter_unreference(u32 filter);

}  // namespace core
