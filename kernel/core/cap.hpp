// SPDX-License-Identifier: MIT
// Capabilities: flat tables of kCapsPerEnv entries per environment, and derivation trees linked
// through them: parent, first child, siblings. The descendants of an entry are those from which parent
// links lead to it. A child is never wider than its parent. Every invariant is about an entry and its
// neighbours; removing takes bounded steps, leaf by leaf, and each leaves a whole tree.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline constexpr u32 kMaxShare = 512;  // frames in one frame_share
// Steps down the tree and removals in one revocation step.
inline constexpr u32 kRevokeMoves = 64 + kMaxDepth;

constexpr u32 cap_index(u16 env, u32 slot) { return env * kCapsPerEnv + slot; }
constexpr u16 cap_holder(u32 index) { return static_cast<u16>(index / kCapsPerEnv); }
constexpr bool has_range(CapType type) {
  return type == CapType::Frames || type == CapType::Extent || type == CapType::Slices;
}

// The entry in `slot` of env, if it is of that type, alive, and has all of `rights`.
// BadCap: no such slot, another type, or being revoked. Denied: a right is missing.
Result<u32> cap_find(u16 env, u32 slot, CapType type, u8 rights);

// Ok if `slot` of `env` can take a new capability. BadArgument: no such slot. Occupied. Quota.
Status cap_slot_free(u16 env, u32 slot);

// A narrower child in env's own table. BadCap: also below a capability that is being revoked.
// BadArgument, Denied, OutOfRange, Occupied, NoSpace: the tree is kMaxDepth deep.
Status cap_derive(u16 env, u32 source, u32 target, u32 rights, u64 start, u64 count);
// A child with the whole range in the table of `to` (whose Accept the caller has checked).
Status cap_grant(u16 env, u32 source, u16 to, u32 target, u32 rights);
// A root capability to a range of env's own data frames and page tables (but Table4). Denied: one of
// them is none.
Status cap_share(u16 env, u32 target, u32 first, u32 count, u32 rights);
// BadCap; BadArgument: slot 0. Busy: descendants, uses, or the creator's capability to an environment.
Status cap_drop(u16 env, u32 slot);
// One bounded step of removing all descendants, with the mappings and bindings that stand on them.
// Again until done; for Frames, until every CPU has flushed as well. Ok: it has no children, and no CPU
// translates by what was derived from it.
Status cap_revoke(u16 env, u32 slot);

// Warns the holders of the direct children of a capability that it will be revoked at `deadline`,
// kRevokeMoves children a call, behind child `after` (kNone: from the first). The value is the last
// child warned, kNone when there are no more. BadCap; BadArgument: `after` is no child of it (any more).
Result<u32> cap_warn(u16 env, u32 slot, u64 deadline, u32 after);

// A root capability, for boot and env_create: the caller has checked everything.
void cap_make_root(u32 index, CapType type, u16 object, u64 start, u64 count, u8 rights);
// A child of entry `source`; the caller has checked everything.
void cap_make_child(u32 source, u32 index, u16 object, u64 start, u64 count, u8 rights);
// Ok if entry `source` may get a child. NoSpace: too deep. BadCap: an ancestor is being revoked.
Status cap_can_have_child(u32 source);
inline bool cap_has_children(u32 index) { return caps[index].children != 0; }
// Unlinks and empties an entry without children and uses, with its reference to a filter.
void cap_remove(u32 index);
// One step of removing the descendants of `index`: at most kRevokeMoves moves along parent and child
// links, and one sweep. True when it has no children.
bool cap_revoke_step(u32 index);
// The same, and the entry itself, whatever stands on it.
bool cap_remove_step(u32 index);

}  // namespace core
