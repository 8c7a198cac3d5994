// SPDX-License-Identifier: MIT
#include "kernel/core/boot.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/demux.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/frame_list.hpp"
#include "kernel/core/shape.hpp"

namespace core {

void boot_init(u32 frame_count) {
  ledger_header.frame_count = frame_count;
  frame_lists = FrameLists{kNone, kNone, kNone, kNone};
  for (QueueEntry& q : queues) q.owner = kNoEnv;
  for (BindingEntry& b : bindings) b.owner = kNoEnv;
  demux_boot();
  for (CpuEntry& cpu : cpus) {
    cpu.current = kNoEnv;
    for (u16& position : cpu.slices) position = kNoEnv;
    for (IdleShare& share : cpu.idle) share.env = kNoEnv;
  }
}

void frame_boot_add(u32 first, u32 count) {
  for (u32 frame = first; frame < first + count; frame++) {
    frames[frame].owner = kNoEnv;
    frames[frame].type = FrameType::Free;
    free_list_append(frame);
  }
  ledger_header.frames_total += count;
  ledger_header.frames_free += count;
}

void frame_boot_take(u32 first, u32 count, FrameType type) {
  for (u32 frame = first; frame < first + count; frame++) {
    if (frames[frame].type == FrameType::Free) {
      free_list_remove(frame);
      ledger_header.frames_total--;
      ledger_header.frames_free--;
    }
    frames[frame].next = kNone;
    frames[frame].prev = kNone;
    frames[frame].owner = kKernelEnv;
    frames[frame].type = type;
  }
}

u32 frame_boot_find(u32 count) {
  u32 run = 0;
  for (u64 frame = ledger_header.frame_count; frame-- > 0;) {
    run = frames[frame].type == FrameType::Free ? run + 1 : 0;
    if (run == count) return static_cast<u32>(frame);
  }
  return kNone;
}

void env_boot_root() {
  EnvQuota all{};
  all[Resource::Frames] = all[Resource::Wired] = static_cast<u32>(ledger_header.frames_total);
  all[Resource::Caps] = kTotalCaps;
  all[Resource::Filters] = kTotalFilters;
  all[Resource::Slices] = kTotalSlices;
  all[Resource::Pins] = kTotalPins;
  all[Resource::Commands] = kTotalCommands;
  env_embryo(0, kNoEnv, all);
  cap_make_root(cap_index(0, kSlotSelf), CapType::Env, 0, 0, 0, kAllRights);
}

void cap_boot(u32 slot, CapType type, u16 object, u64 start, u64 count, u8 rights) {
  cap_make_root(cap_index(0, slot), type, object, start, count, rights);
}

u16 filter_boot(u16 device) {
  const u32 shape = shape_of_card(device);
  for (u16 i = 0; i < kMaxFilters; i++) {
    if (filters[i].references != 0 || filters[i].owner != 0) continue;
    filters[i] = FilterEntry{};
    filters[i].owner = kKernelEnv;
    filters[i].parent = kNoFilter;
    filters[i].device = device;
    filters[i].offloads = kOffloadAll;
    envs[0].quota[static_cast<u32>(Resource::Filters)]--;  // for ever the kernel's
    filters[i].shape = static_cast<u16>(shape);
    shape_reference(shape);
    return i;
  }
  return kNoFilter;
}

}  // namespace core
