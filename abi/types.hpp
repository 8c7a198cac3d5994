// SPDX-License-Identifier: MIT
// Fixed-width integers and the constants of the machine that kernel and library OSes share.
#pragma once

namespace abi {

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long;
using i32 = int;
using i64 = long;

inline constexpr u64 kPageSize = 4096;
inline constexpr u32 kPageShift = 12;
inline constexpr u32 kTableEntries = 512;  // entries of one page table (Intel SDM Vol. 3A, 4.5)

inline constexpr u32 kMaxFrames = 1u << 22;  // 16 GiB of physical address space
inline constexpr u32 kMaxEnvs = 128;
inline constexpr u32 kCapsPerEnv = 128;  // the flat capability table of one environment
inline constexpr u32 kMaxCaps = kMaxEnvs * kCapsPerEnv;
inline constexpr u32 kMaxCpus = 16;
inline constexpr u32 kSlicePositions = 64;  // length of each CPU's slice vector
inline constexpr u32 kMaxFilters = 2048;
inline constexpr u32 kMaxShapes = kMaxFilters;  // distinct chains of programs among them, constants aside
inline constexpr u32 kMaxBindings = 1024;
inline constexpr u32 kMaxQueues = 32;
inline constexpr u32 kMaxDevices = 16;

inline constexpr u32 kNone = 0xffffffffu;  // "no frame", "no capability", "any frame"
inline constexpr u16 kNoEnv = 0xffff;      // owner of what belongs to nobody
inline constexpr u16 kKernelEnv = 0xfffe;  // owner of what belongs to the kernel
inline constexpr u64 kForever = ~0ul;      // a deadline that never comes

// Text starts above, and L4 slot 255 is never mapped, so that no user instruction ends at the
// first non-canonical address (a SYSRET there would fault in ring 0).
inline constexpr u64 kUserEnd = 0x00007f8000000000ul;
inline constexpr u32 kUserTopSlots = 255;

}  // namespace abi
