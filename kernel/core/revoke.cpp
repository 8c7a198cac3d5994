// SPDX-License-Identifier: MIT
// The slow half of cap.hpp: taking descendants away together with what stands on them.
#include "kernel/core/binding.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/notice.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/slice.hpp"

namespace core {

static constexpr u32 kSweptSiblings = 64;

// One step of removing what stands on a dying capability. True when nothing does. The commands of a
// disk that stand on it end by themselves.
static bool release_uses(u32 index) {
  const CapEntry& c = caps[index];
  if (c.uses != 0 && c.type == CapType::Receive) binding_close_all(index);
  if (c.uses != 0 && c.type == CapType::Frames) page_sweep_likely(index);
  if (c.uses != 0 && c.type == CapType::Frames) page_sweep(cap_holder(index));
  if (c.uses != 0 && c.type == CapType::Slices) slice_release_cap(index);
  return c.uses == 0;
}

// Mappings are found by looking through the holder's page tables: one sweep may serve several.
[[gnu::noinline]] static void mark_siblings(u32 index) {
  const u16 holder = cap_holder(index);
  u32 sibling = caps[index].next_sibling;
  for (u32 i = 0; i < kSweptSiblings && sibling != kNone; i++) {
    if (cap_holder(sibling) == holder) caps[sibling].dying = 1;
    sibling = caps[sibling].next_sibling;
  }
}

// Tells the holder of what somebody else's revocation takes.
static void tell(u32 index, u16 taker) {
  const CapEntry& c = caps[index];
  const u16 holder = cap_holder(index);
  if (holder == taker) return;
  notice_taken(holder, Repossessed{.start = c.start,
                                   .count = c.count,
                                   .serial = 0,
                                   .slot = index % kCapsPerEnv,
                                   .object = c.object,
                                   .type = c.type,
                                   .reserved = 0});
}

// Down to a leaf, which goes, then on at its parent. What is reached is dying and gets no more children,
// and from the mark on `index` nothing below it does, so the work that remains only shrinks, whatever
// the holders do meanwhile.
bool cap_revoke_step(u32 index) {
  caps[index].revoking = 1;
  u32 at = index;
  u32 swept = 0;
  for (u32 i = 0; i < kRevokeMoves; i++) {
    if (caps[at].first_child != kNone) {
      at = caps[at].first_child;
      caps[at].dying = 1;
      continue;
    }
    if (at == index) break;
    if (caps[at].children != 0) return false;  // does not happen: they are linked from its first child
    if (caps[at].uses != 0) {
      if (swept++ != 0) return false;  // one sweep a step
      mark_siblings(at);
      if (!release_uses(at)) return false;
    }
    const u32 parent = caps[at].parent;
    tell(at, cap_holder(index));
    cap_remove(at);
    at = parent;
  }
  if (caps[index].children != 0) return false;
  caps[index].revoking = 0;
  return true;
}

bool cap_remove_step(u32 index) {
  caps[index].dying = 1;
  if (!cap_revoke_step(index)) return false;
  if (!release_uses(index)) return false;
  cap_remove(index);
  return true;
}

Result<u32> cap_warn(u16 env, u32 slot, u64 deadline, u32 after) {
  if (slot >= kCapsPerEnv) return Status::BadCap;
  const u32 index = cap_index(env, slot);
  if (caps[index].type == CapType::Null || caps[index].dying != 0) return Status::BadCap;
  if (after != kNone &&
      (after >= kMaxCaps || caps[after].type == CapType::Null || caps[after].parent != index))
    return Status::BadArgument;
  u32 child = after == kNone ? caps[index].first_child : caps[after].next_sibling;
  u32 last = kNone;
  for (u32 i = 0; i < kRevokeMoves && child != kNone; i++) {
    const CapEntry& c = caps[child];
    notice_warning(cap_holder(child), Warning{.start = c.start,
                                              .count = c.count,
                                              .deadline = deadline,
                                              .slot = child % kCapsPerEnv,
                                              .object = c.object,
                                              .type = c.type,
                                              .reserved = 0});
    last = child;
    child = c.next_sibling;
  }
  return child == kNone ? kNone : last;
}

Status cap_revoke(u16 env, u32 slot) {
  if (slot >= kCapsPerEnv) return Status::BadCap;
  const u32 index = cap_index(env, slot);
  CapEntry& c = caps[index];
  if (c.type == CapType::Null || c.dying != 0) return Status::BadCap;
  if (!cap_revoke_step(index)) return Status::Again;
  if (c.type != CapType::Frames) return Status::Ok;
  // Entries that a holder cleared itself may live on in a CPU as well, so this waits in any case.
  if (c.settle == 0) c.settle = clock_advance();
  if (flushed_everywhere() < c.settle) return Status::Again;
  c.settle = 0;
  return Status::Ok;
}

}  // namespace core
