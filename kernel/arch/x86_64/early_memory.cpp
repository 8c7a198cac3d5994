// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/early_memory.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/boot_info.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/core/boot.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/log.hpp"

extern "C" abi::u8 image_start[];

namespace arch {

namespace {

constinit u32 cursor = 0, cursor_end = 0, table_first = 0, used_from = 0;
constinit u32 image_first = 0, archive_last = 0;
constinit u32 most_frames = kMaxFrames;

u32 frames_up(u64 bytes) { return static_cast<u32>((bytes + kPageSize - 1) >> kPageShift); }
u32 frames_down(u64 bytes) { return static_cast<u32>(bytes >> kPageShift); }

// [first, end) in frames of a range that environments may own, or an empty one. The first MiB is
// left to firmware and to the start-up code of the other CPUs.
void usable(const MemoryRange& range, u32& first, u32& end) {
  first = end = 0;
  if (range.type != 1) return;
  const u64 limit = static_cast<u64>(most_frames) << kPageShift;
  const u64 stop = range.end < limit ? range.end : limit;
  const u64 start = range.start < (1ul << 20) ? 1ul << 20 : range.start;
  if (start >= stop) return;
  first = frames_up(start);
  end = frames_down(stop);
}

}  // namespace

u32 early_frame_table() { return table_first; }

void early_memory_start(u64 archive_end, u32 frames_used) {
  if (frames_used != 0 && frames_used < kMaxFrames) most_frames = frames_used;
  image_first = frames_down(reinterpret_cast<u64>(image_start) - kImageBase);
  archive_last = frames_up(archive_end);
  u32 highest = 0, best = 0;
  for (u32 i = 0; i < boot_info.range_count; i++) {
    u32 first, end;
    usable(boot_info.ranges[i], first, end);
    if (end > highest) highest = end;
    if (first < archive_last && end > image_first) first = archive_last;
    // The boot tables map 4 GiB: what is taken now must lie below.
    const u32 reachable = end < (1u << 20) ? end : 1u << 20;
    if (reachable > first && reachable - first > best) {
      best = reachable - first;
      cursor = first;
      cursor_end = reachable;
    }
  }
  used_from = cursor;
  ledger_header.frame_count = highest;
  table_first = take_kernel_frames(frames_up(highest * sizeof(FrameEntry)));
}

u32 take_kernel_frames(u32 count) {
  if (cursor_end - cursor < count) kernel::panic("out of memory at boot: give the machine more (-m)");
  const u32 first = cursor;
  cursor += count;
  memset(phys_to_virt(static_cast<u64>(first) << kPageShift), 0, static_cast<u64>(count) << kPageShift);
  return first;
}

void memory_seal() {
  for (u32 i = 0; i < boot_info.range_count; i++) {
    u32 first, end;
    usable(boot_info.ranges[i], first, end);
    for (u32 frame = first; frame < end; frame++) {
      const bool image = frame >= image_first && frame < archive_last;
      const bool taken = frame >= used_from && frame < cursor;
      if (image || taken) {
        core::frame_boot_take(frame, 1, FrameType::Kernel);
      } else {
        core::frame_boot_add(frame, 1);
      }
    }
  }
  cursor_end = cursor;
}

}  // namespace arch
