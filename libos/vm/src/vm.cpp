// SPDX-License-Identifier: MIT
#include "vm/vm.hpp"

#include "base/memory.hpp"
#include "core/exit.hpp"
#include "core/start.hpp"

namespace vm {

template class Space<SystemKernel>;

namespace {

constexpr u64 kPageFault = 14;
constexpr u32 kMostWaiting = 128;
constexpr u32 kStock = 16;  // frames taken at a time

constinit SystemKernel kernel;
constinit Space<SystemKernel> the_space(kernel);
constinit core::FaultHandler other_fault = core::end_by_fault;

void handle_fault(core::Fault& fault) {
  if (fault.trap.vector == kPageFault && the_space.fault(fault.trap.address, fault.trap.error)) return;
  other_fault(fault);
}

}  // namespace

Result<u32> SystemKernel::table(u32 level) { return core::take_table(level); }

Status SystemKernel::update(const PageUpdate* steps, u32 count, u32& done) {
  const core::SysResult result = core::sys::page_update(kSlotSelf, steps, count);
  done = static_cast<u32>(result.value);
  return result.status;
}

void SystemKernel::flush() { core::flush(); }

// Frames come in batches; the last few of the quota one by one.
Result<u32> SystemKernel::frame() {
  static constinit u32 stock[kStock] = {};
  static constinit u32 left = 0;
  if (left == 0 && core::take_frames(stock, kStock) == Status::Ok) left = kStock;
  if (left == 0) return core::take_frame();
  return stock[--left];
}

// A frame that a device still holds cannot be freed yet: it waits here, and if too many wait, it stays
// the environment's for good.
void SystemKernel::free(u32 frame) {
  static constinit u32 waiting[kMostWaiting] = {};
  static constinit u32 count = 0;
  while (count > 0 && core::put_frames(&waiting[count - 1], 1) == Status::Ok) count--;
  const Status status = core::put_frames(&frame, 1);
  if (status == Status::Ok) return;
  if (status != Status::Busy) core::panic("vm: a frame cannot be freed", status);
  if (count < kMostWaiting) waiting[count++] = frame;
}

PageRecord* SystemKernel::records(u32 pair) { return reinterpret_cast<PageRecord*>(page_address(pair)); }

void SystemKernel::copy(u64 to, u64 from) {
  memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), kPageSize);
}

Status start() {
  TRY_STATUS(the_space.start(core::start_info->root_table));
  core::on_fault(handle_fault);
  return Status::Ok;
}

Space<SystemKernel>& space() { return the_space; }

void on_other_fault(core::FaultHandler next) { other_fault = next; }

u32 DmaRegion::frame(u32 i) const { return frame_of(bytes + (u64{i} << kPageShift)); }

u32 DmaRegion::frame_at(const void* p) const { return frame_of(p); }

Result<DmaRegion> allocate_dma(u32 pages) {
  const u64 address = TRY(the_space.reserve(pages));
  const Status status = the_space.populate(address, pages);
  if (status != Status::Ok) {
    const Status undone = the_space.release(address);
    return undone == Status::Ok ? status : undone;
  }
  return DmaRegion{reinterpret_cast<u8*>(address), pages};
}

Status free_dma(const DmaRegion& region) { return the_space.release(reinterpret_cast<u64>(region.bytes)); }

u32 frame_of(const void* p) { return the_space.frame_of(reinterpret_cast<u64>(p)); }

Result<const u8*> map_window(u32 cap, u32 first, u32 count) {
  const u64 address = TRY(the_space.reserve(count));
  TRY_STATUS(the_space.map_run(address, {first, cap, kRead}, count));
  return reinterpret_cast<const u8*>(address);
}

Result<u8*> map_shared(u32 cap, u32 first, u32 count) {
  const u64 address = TRY(the_space.reserve(count));
  TRY_STATUS(the_space.map_run(address, {first, cap, kRead | kWrite}, count));
  return reinterpret_cast<u8*>(address);
}

}  // namespace vm
