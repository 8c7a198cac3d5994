// SPDX-License-Identifier: MIT
// The slow half of cap.hpp: taking descendants away together with what stands on them.
#include "kernel/core/binding.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/page.hpp"

namespace core {

static bool descends(u32 index, u16 depth) { return index != kNone && caps[index].depth > depth; }

// From here on nobody can derive from a descendant, map with it or bind to it, so the work that
// remains only shrinks, whatever their holders do meanwhile. At most kMaxCaps entries.
static void begin(u16 env, u32 index) {
  EnvPrivate& p = env_private[env];
  if (p.revoke_cap == index) return;
  p.revoke_cap = index;
  p.revoke_clock = 0;
  for (u32 i = caps[index].next; descends(i, caps[index].depth); i = caps[i].next) caps[i].dying = 1;
}

// One step of removing what stands on a dying capability. True when nothing does. The commands of a
// disk that stand on it end by themselves.
static bool release_uses(u32 index) {
  const CapEntry& c = caps[index];
  if (c.uses != 0 && c.type == CapType::Receive) binding_close_all(index);
  if (c.uses != 0 && c.type == CapType::Frames) page_sweep(cap_holder(index));
  return c.uses == 0;
}

bool cap_revoke_step(u16 env, u32 index) {
  begin(env, index);
  const u16 depth = caps[index].depth;
  bool swept = false;
  u32 child = caps[index].next;
  for (u32 i = 0; i < kRevokeBatch && descends(child, depth); i++) {
    const u32 next = caps[child].next;
    caps[child].dying = 1;
    if (caps[child].uses == 0 || (!swept && release_uses(child))) {
      cap_remove(child);
    } else {
      swept = true;  // one sweep a step; it serves all dying capabilities of that holder
    }
    child = next;
  }
  return !descends(caps[index].next, depth);
}

bool cap_remove_step(u16 env, u32 index) {
  if (!cap_revoke_step(env, index)) return false;
  caps[index].dying = 1;
  if (!release_uses(index)) return false;
  cap_remove(index);
  return true;
}

Status cap_revoke(u16 env, u32 slot) {
  if (slot >= kCapsPerEnv) return Status::BadCap;
  const u32 index = cap_index(env, slot);
  if (caps[index].type == CapType::Null || caps[index].dying != 0) return Status::BadCap;
  if (!cap_revoke_step(env, index)) return Status::Again;
  EnvPrivate& p = env_private[env];
  if (caps[index].type == CapType::Frames) {
    // Entries that a holder cleared itself may live on in a CPU as well, so this waits in any case.
    if (p.revoke_clock == 0) p.revoke_clock = clock_advance();
    if (flushed_everywhere() < p.revoke_clock) return Status::Again;
  }
  p.revoke_cap = kNone;
  return Status::Ok;
}

}  // namespace core
