// SPDX-License-Identifier: MIT
// CPU time: each CPU walks a circular vector of slices, one position after the other.
#pragma once
#include "abi/types.hpp"

namespace abi {

inline constexpr u64 kSliceMicroseconds = 2000;  // length of one position
inline constexpr u64 kGraceMicroseconds = 500;   // a slice-end upcall's time to save and yield

// One CPU of the ledger.
struct CpuEntry {
  u64 flushed;      // hand-over clock at its last full flush of user translations
  u64 idle_cycles;  // TSC cycles halted
  u64 switches;     // environments entered
  u64 interrupts;
  u32 apic_id;
  u16 current;                  // env on it, kNoEnv when idle
  u16 position;                 // of its slice vector
  u16 slices[kSlicePositions];  // env that holds each position, kNoEnv where nobody does
  u8 online;                    // 1 once it schedules
  u8 holds_user;                // 0: its CR3 is the kernel's own table, so it holds no user translation
  u8 reserved[6];
};
static_assert(sizeof(CpuEntry) == 176 && __has_unique_object_representations(CpuEntry));

}  // namespace abi
