// SPDX-License-Identifier: MIT
// Page frames: who owns one, what it is, and when it may change hands. A frame that was mapped goes
// to nobody before every CPU has flushed the translations it may hold; the hand-over clock
// (ledger_header.clock) orders unmapping, freeing and flushing.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline constexpr u32 kReleaseBatch = 64;  // frames that one frame_release looks at, at most

inline bool frame_exists(u32 frame) { return frame < ledger_header.frame_count; }
inline bool frame_owned(u16 env, u32 frame, FrameType type) {
  return frame_exists(frame) && frames[frame].owner == env && frames[frame].type == type;
}
// Data that devices may read and write for `env`, on its own right.
inline bool frame_lendable(u16 env, u32 frame) {
  if (!frame_exists(frame) || frames[frame].owner != env || frames[frame].leaving != 0) return false;
  const FrameType type = frames[frame].type;
  return type == FrameType::Data || type == FrameType::Large || type == FrameType::Part;
}
constexpr bool is_table(FrameType type) { return type >= FrameType::Table1 && type <= FrameType::Table4; }

// The clock up to which every CPU has flushed: a translation removed at or before it is in no CPU.
u64 flushed_everywhere();

// Gives `env` the frame `want`, or any (kNone): zeroed, type Data.
// Quota; NoMemory: none free, or that one is not (free frames in quarantine are released first).
Result<u32> frame_alloc(u16 env, u32 want);

// Back to the quarantine. Denied: not env's, or the kernel's for now, or of a 2 MiB page. Busy: maps,
// pins, entries.
Status frame_free(u16 env, u32 frame);

// Data to an empty page table (zeroed; a Table4 gets kernel_half). BadArgument: no table type.
// Denied, Busy; Again: a CPU may still translate to it.
Status frame_retype(u16 env, u32 frame, FrameType type);

// A Data frame with its contents from `env` to `to`. Denied, Busy, Quota (of `to`), Again.
Status frame_give(u16 env, u16 to, u32 frame);

// A Data frame of `env` becomes the kernel's to use (`type` Kernel or Shared), zeroed; the owner stays
// and goes on paying for it. Denied, Busy, Again. frame_can_change is the check alone.
Status frame_to_kernel(u16 env, u32 frame, FrameType type);
// And back: Data again, zeroed. Denied: no such frame of env. Busy, Again.
Status frame_from_kernel(u16 env, u32 frame);
// Either of them; the caller has checked with frame_can_change.
void frame_change(u32 frame, FrameType type);
// Ok if `frame` is of that owner and type, unmapped, unpinned and in no CPU's translations.
Status frame_can_change(u16 env, u32 frame, FrameType type);

// References by devices and by the kernel, counted in the first frame of a 2 MiB page. The caller has
// checked the frame.
void frame_pin(u32 frame);
void frame_unpin(u32 frame);

// One page-table entry that names `frame` is there, or is gone.
void frame_mapped(u32 frame);
void frame_unmapped(u32 frame);

// Moves frames that no CPU can translate to any more from the quarantine to the free list, looking
// at no more than `limit` (at most kReleaseBatch). Returns how many.
u32 frame_release(u32 limit);

// Advances the hand-over clock and returns it.
u64 clock_advance();

}  // namespace core
