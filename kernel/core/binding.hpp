// SPDX-License-Identifier: MIT
// Packet bindings: a Receive capability tied to a ring in the environment's own frames. The ring is
// user memory: the kernel's own counters decide, what the environment writes can only cost it packets.
// The list of the ring's frames is in a frame that the environment gave, the kernel's while bound.
// Who gets which packet: demux.hpp.
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
// Frame `index` (below frame_count) of the ring of a binding in use.
u32 binding_frame(u32 binding, u32 index);

// Errors as in abi/syscalls.def; BadArgument: frame_count, reserved. Busy, Again: the list frame is mapped
// or pinned, or may still be in a TLB. The value is the binding's number.
Result<u32> binding_open(u16 env, const BindConfig& config);
// BadArgument: not a binding of env.
Status binding_close(u16 env, u32 binding);
// Ends every binding that stands on a capability entry.
void binding_close_all(u32 cap);

// Puts a packet into the ring, or counts it as dropped. True if it is there. `length` is at most
// kPacketSlot - sizeof(PacketHeader), `flags` kPacket... bits.
bool binding_deliver(u32 binding, const u8* packet, u32 length, u32 flags, u64 tsc);

// One packet that was sent with this binding has left.
void binding_sent(u32 binding);

}  // namespace core
