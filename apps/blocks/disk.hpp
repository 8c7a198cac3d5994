// SPDX-License-Identifier: MIT
// Disk: one command at a time on pages of its own, each waited for.
#pragma once
#include "blk/queue.hpp"
#include "core/start.hpp"
#include "vm/vm.hpp"

namespace blocks {
using namespace abi;
using base::Status;

class Disk {
 public:
  // `pages` of memory to read into and write from.
  Status open(const core::ExtentInfo& extent, u32 pages);
  Status close();
  u8* page(u32 index) { return memory_.bytes + index * kPageSize; }
  // Page `index` of memory and the extent's page `at`. DeviceError, TimedOut (nothing came back), or the
  // status of disk_submit.
  Status read(u64 at, u32 index);
  Status write_through(u64 at, u32 index);

 private:
  Status wait();
  u32 page_blocks() const { return static_cast<u32>(kPageSize) / queue_.block_size(); }

  blk::Queue queue_;
  vm::DmaRegion memory_{};
  bool ok_ = false;
};

// Memory that no other test has to share: what runs has one part of the disk.
inline const core::ExtentInfo& whole() { return core::start_info->extent; }
inline u64 blocks_per_page() { return kPageSize / whole().block_size; }

[[noreturn]] void keep();
[[noreturn]] void storm();
[[noreturn]] void faults();

}  // namespace blocks
