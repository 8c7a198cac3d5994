// SPDX-License-Identifier: MIT
// The kernel's virtual address space.
//   0xffff800000000000  direct map of physical memory, no-execute
//   0xffffff0000000000  device registers, uncached
//   0xffffffff80100000  the kernel image (physical 1 MiB): text, read-only data, data on own pages
//   0xffffffffc0000000  per-CPU blocks: stacks with guard pages, and what belongs to one CPU; within
//                       reach of a sign-extended 32-bit address, for the system-call entry
//   0xffffffffd0000000  the frame table
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

inline constexpr u64 kDirectMap = 0xffff800000000000ul;
inline constexpr u64 kDeviceMap = 0xffffff0000000000ul;
inline constexpr u64 kImageBase = 0xffffffff80000000ul;
inline constexpr u64 kCpuBlocks = 0xffffffffc0000000ul;
inline constexpr u64 kFrameTable = 0xffffffffd0000000ul;

// A physical address of memory (not of a device) as a pointer of the kernel, and back.
template <class T = void>
T* phys_to_virt(u64 physical) {
  return reinterpret_cast<T*>(kDirectMap + physical);
}
inline u64 virt_to_phys(const void* p) {
  const u64 address = reinterpret_cast<u64>(p);
  return address >= kImageBase ? address - kImageBase : address - kDirectMap;
}

// Maps `length` bytes of device registers, uncached; never unmapped. Boot only.
volatile u8* map_device(u64 physical, u64 length);

// Takes `count` physically contiguous zeroed frames for the kernel (type `Kernel`) for ever.
// Boot only; stops the machine when there is no memory. Returns the first frame's number.
u32 take_kernel_frames(u32 count);
inline u8* frame_bytes(u32 frame) { return phys_to_virt<u8>(static_cast<u64>(frame) << kPageShift); }

}  // namespace arch
