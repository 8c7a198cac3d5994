// SPDX-License-Identifier: MIT
// Capabilities: flat tables of kCapsPerEnv entries per environment, and derivation trees threaded
// through them in preorder with a depth, so that the descendants of an entry are the run behind it
// that is deeper. A child is never wider than its parent. Removing takes bounded steps.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline constexpr u32 kMaxDepth = 255;
inline constexpr u32 kMaxShare = 512;    // frames in one frame_share
inline constexpr u32 kRevokeBatch = 64;  // capabilities that one step removes or sweeps, at most

constexpr u32 cap_index(u16 env, u32 slot) { return env * kCapsPerEnv + slot; }
constexpr u16 cap_holder(u32 index) { return static_cast<u16>(index / kCapsPerEnv); }
constexpr bool has_range(CapType type) {
  return type == CapType::Frames || type == CapType::Extent || type == CapType::Slices;
}

// The entry in `slot` of env, if it is of that type, alive, and has all of `rights`.
// BadCap: no such slot, another type, or being revoked. Denied: a right is missing.
Result<u32> cap_find(u16 env, u32 slot, CapType type, u8 rights);

// Ok if `slot` of `env` can take a new capability. BadArgument: no such slot. Occupied.
Status cap_slot_free(u16 env, u32 slot);

// A narrower child in env's own table. BadCap, BadArgument, Denied, OutOfRange, Occupied,
// NoSpace: the tree is kMaxDepth deep.
Status cap_derive(u16 env, u32 source, u32 target, u32 rights, u64 start, u64 count);
// A child with the whole range in the table of `to` (whose Accept the caller has checked).
Status cap_grant(u16 env, u32 source, u16 to, u32 target, u32 rights);
// A root capability to a range of Data frames that env owns. Denied: one of them it does not own.
Status cap_share(u16 env, u32 target, u32 first, u32 count, u32 rights);
// BadCap; BadArgument: slot 0. Busy: descendants, uses, or the creator's capability to an environment.
Status cap_drop(u16 env, u32 slot);
// One bounded step of removing all descendants, with the mappings and bindings that stand on them.
// Again until done; for Frames, until every CPU has flushed as well.
Status cap_revoke(u16 env, u32 slot);

// A root capability, for boot and env_create: the caller has checked everything.
void cap_make_root(u32 index, CapType type, u16 object, u64 start, u64 count, u8 rights);
// A child of entry `source`; the caller has checked everything.
void cap_make_child(u32 source, u32 index, u16 object, u64 start, u64 count, u8 rights);
// Ok if a child of entry `source` fits in (NoSpace otherwise).
Status cap_can_have_child(u32 source);
bool cap_has_children(u32 index);
// Unlinks and empties an entry without children and uses, with its reference to a filter.
void cap_remove(u32 index);
// One step of removing the descendants of `index` for env (whose cursor in env_private it uses).
// True when there are none left.
bool cap_revoke_step(u16 env, u32 index);
// The same, and the entry itself, whatever stands on it.
bool cap_remove_step(u16 env, u32 index);

}  // namespace core
