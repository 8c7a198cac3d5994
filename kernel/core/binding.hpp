// SPDX-License-Identifier: MIT
// Packet bindings: a Receive capability tied to a ring in the environment's own frames. The ring is
// user memory: the kernel's own counters decide, what the environment writes can only cost it packets.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline bool binding_owned(u16 env, u32 binding) {
  return binding < kMaxBindings && bindings[binding].owner == env;
}
// The card that a binding is about. The binding is in use.
u16 binding_device(u32 binding);

// Errors as in abi/syscalls.def; BadArgument: frame_count. The value is the binding's number.
Result<u32> binding_open(u16 env, const BindConfig& config);
// BadArgument: not a binding of env.
Status binding_close(u16 env, u32 binding);
// Ends every binding that stands on a capability entry.
void binding_close_all(u32 cap);

// The binding behind `previous` (kNone: the first), in the order of priority and age, that accepts
// the packet; kNone if there is none.
u32 binding_next_match(u16 device, const u8* packet, u32 length, u32 previous);

// Puts a packet into the ring, or counts it as dropped. True if it is there. `length` is at most
// kPacketSlot - sizeof(PacketHeader).
bool binding_deliver(u32 binding, const u8* packet, u32 length, u64 tsc);

// One packet that was sent with this binding has left.
void binding_sent(u32 binding);

}  // namespace core
