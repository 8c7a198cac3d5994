// SPDX-License-Identifier: MIT
// The address space of this environment: vm::space() over the real kernel, and memory for devices.
#pragma once
#include "core/resources.hpp"
#include "core/upcall.hpp"
#include "vm/space.hpp"

namespace vm {

// What Space asks of the kernel, by system calls.
struct SystemKernel {
  Result<u32> table(u32 level);
  Status update(const PageUpdate* steps, u32 count, u32& done);
  void flush();
  Result<u32> frame();
  void free(u32 frame);
  PageRecord* records(u32 pair);
  void copy(u64 to, u64 from);
};

extern template class Space<SystemKernel>;

// Builds the window under the environment's page-table root, and takes the fault handler. Once.
Status start();
Space<SystemKernel>& space();

// What start() installs: a fault in the window is made good, any other goes to `next`, by default
// the end of the environment.
void on_other_fault(core::FaultHandler next);

// Frames that a device may read and write, mapped readable and writable at `bytes`, from now on.
struct DmaRegion {
  u8* bytes = nullptr;
  u32 pages = 0;
  // The frame of page i < pages, or of the page that `p` points into.
  u32 frame(u32 i) const;
  u32 frame_at(const void* p) const;
};
Result<DmaRegion> allocate_dma(u32 pages);
// Only when no device has the frames any more.
Status free_dma(const DmaRegion& region);

// 2 MiB of zeroed memory that is one page, readable and writable; frame i of it is first + i.
// NoMemory: no 512 aligned frames are free. Quota.
struct LargeRegion {
  u8* bytes = nullptr;
  u32 first = kNone;
};
Result<LargeRegion> allocate_large();
// Only when no device has the frames any more.
Status free_large(const LargeRegion& region);

// The frame behind any address of the window, kNone if nothing is mapped there.
u32 frame_of(const void* p);

// Maps the frames that a Frames capability covers, read-only. The address.
Result<const u8*> map_window(u32 cap, u32 first, u32 count);
// Likewise, writable: the capability must allow it.
Result<u8*> map_shared(u32 cap, u32 first, u32 count);

}  // namespace vm
