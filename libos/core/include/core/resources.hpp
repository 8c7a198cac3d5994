// SPDX-License-Identifier: MIT
// What an environment names by number: its capability slots and its frames.
#pragma once
#include "base/result.hpp"
#include "core/syscall.hpp"

namespace core {

using base::Result;

// Which slots of the own capability table are in use. The kernel does not choose slots; the
// environment does.
class SlotMap {
 public:
  // Slots below `first` are taken already.
  constexpr explicit SlotMap(u32 first = 0) {
    for (u32 i = 0; i < first; i++) used_[i / 64] |= 1ul << (i % 64);
  }
  // NoSpace when all are in use.
  constexpr Result<u32> take() {
    for (u32 i = 0; i < kCapsPerEnv; i++) {
      if ((used_[i / 64] >> (i % 64) & 1) != 0) continue;
      used_[i / 64] |= 1ul << (i % 64);
      return i;
    }
    return Status::NoSpace;
  }
  constexpr void put(u32 slot) { used_[slot / 64] &= ~(1ul << (slot % 64)); }

 private:
  u64 used_[kCapsPerEnv / 64] = {};
};

// The environment's own map, ready after start-up.
SlotMap& slots();

// Frames of this environment, zeroed, of type Data. Quota or NoMemory when there are no more; then
// nothing was allocated.
Status take_frames(u32* out, u32 count);
Result<u32> take_frame();
// Unmapped frames only. Busy while mapped or pinned.
Status put_frames(const u32* frames, u32 count);

// A frame of this environment as an empty page table of `level` 1..4.
Result<u32> take_table(u32 level);

// Until no CPU can use a translation of the environment in slot `env` that was cleared or narrowed.
void flush(u32 env = kSlotSelf);

// Calls `attempt` (returning Status) until it answers anything but Again: a bounded step was done.
template <class Attempt>
Status until_done(Attempt attempt) {
  for (;;) {
    const Status status = attempt();
    if (status != Status::Again) return status;
  }
}

}  // namespace core
