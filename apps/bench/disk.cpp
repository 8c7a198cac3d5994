// SPDX-License-Identifier: MIT
// Handing commands to the disk. The device works while this goes on; what is measured is the call.
#include "apps/bench/measure.hpp"
#include "apps/bench/primitives.hpp"
#include "core/resources.hpp"
#include "core/start.hpp"
#include "vm/vm.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constinit DiskCommand commands[kDiskMaxBatch]{};

// Waits until `count` more commands are over.
Status await(const volatile DiskCompletion* ring, u32& head, u32& phase, u32 count) {
  const u64 end = core::now() + 10 * core::kSecond;
  while (count > 0) {
    if ((ring[head].status & kDiskPhase) != phase) {
      if (core::now() > end) return Status::TimedOut;
      core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond / 4));
      continue;
    }
    if (ring[head].status >> 1 != 0) return Status::NoDevice;
    head = (head + 1) % kDiskDepth;
    if (head == 0) phase ^= kDiskPhase;
    count--;
  }
  return Status::Ok;
}

// A queue of its own, raw: frames given, completion ring mapped.
struct RawQueue {
  u32 number = kNone;
  const volatile DiskCompletion* ring = nullptr;
  u32 head = 0;
  u32 phase = kDiskPhase;
};
constinit RawQueue raw{};

Status open_raw(const core::ExtentInfo& extent) {
  u32 frames[kDiskQueueFrames];
  TRY_STATUS(core::take_frames(frames, kDiskQueueFrames));
  const core::SysResult opened = [&] {
    core::SysResult result{};
    do {
      result = sys::disk_queue_open(extent.slot, frames);
    } while (result.status == Status::Again);
    return result;
  }();
  TRY_STATUS(opened.status);
  raw.number = static_cast<u32>(opened.value);
  const u64 address = TRY(vm::space().reserve(1));
  TRY_STATUS(vm::space().map(address, {frames[0], kNone, kRead}));
  raw.ring = reinterpret_cast<const volatile DiskCompletion*>(address);
  return Status::Ok;
}

// Reads of one page each.
Status prepare(const core::ExtentInfo& extent) {
  const vm::DmaRegion buffer = TRY(vm::allocate_dma(kDiskMaxBatch));
  const u32 per_page = static_cast<u32>(kPageSize) / extent.block_size;
  for (u32 i = 0; i < kDiskMaxBatch; i++) {
    commands[i] = {};
    commands[i].op = DiskOp::Read;
    commands[i].id = i;
    commands[i].extent = extent.slot;
    commands[i].buffer_cap = kNone;
    commands[i].block = extent.first + u64{i} * per_page;
    commands[i].blocks = per_page;
    commands[i].frame_count = 1;
    commands[i].frames[0] = buffer.frame(i);
  }
  return Status::Ok;
}

Status measure_batch(const char* name, u32 count) {
  const auto submit = [count](u32 i) {
    return i == 0 ? sys::disk_submit(raw.number, commands, count).status : Status::Ok;
  };
  return measure({name, 0, count, 101}, nothing, submit,
                 [count] { return await(raw.ring, raw.head, raw.phase, count); });
}

}  // namespace

Status measure_disk() {
  const core::ExtentInfo& extent = core::start_info->extent;
  if (extent.slot == kNone) return Status::NoDevice;
  TRY_STATUS(open_raw(extent));
  TRY_STATUS(prepare(extent));
  TRY_STATUS(measure_batch("disk-submit", 1));
  return measure_batch("disk-submit-of-16", kDiskMaxBatch);
}

}  // namespace bench
