// SPDX-License-Identifier: MIT
#include "apps/blocks/disk.hpp"

#include "core/syscall.hpp"
#include "core/time.hpp"

namespace blocks {

constexpr u64 kPatience = 60 * core::kSecond;

Status Disk::open(const core::ExtentInfo& extent, u32 pages) {
  if (memory_.pages == 0) memory_ = TRY(vm::allocate_dma(pages));
  return queue_.open(extent);
}

Status Disk::close() { return queue_.close(); }

Status Disk::read(u64 at, u32 index) {
  TRY_STATUS(queue_.read(at * page_blocks(), page_blocks(), page(index), 0));
  return wait();
}

Status Disk::write_through(u64 at, u32 index) {
  TRY_STATUS(queue_.write_through(at * page_blocks(), page_blocks(), page(index), 0));
  return wait();
}

Status Disk::wait() {
  const auto over = [](void* self, u64, bool ok) { static_cast<Disk*>(self)->ok_ = ok; };
  const u64 end = core::now() + kPatience;
  while (queue_.in_flight() > 0) {
    if (queue_.poll({this, over}) > 0) break;
    if (core::now() > end) return Status::TimedOut;
    core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond / 4));
  }
  return ok_ ? Status::Ok : Status::DeviceError;
}

}  // namespace blocks
