// SPDX-License-Identifier: MIT
// CPU time: each CPU walks a circular vector of slices, one position after the other. A position is an
// environment's while it stands on a capability that covers it. What nobody holds, or whose holder
// cannot run, is idle time: it goes to those who asked for it, by weight.
#pragma once
#include "abi/types.hpp"

namespace abi {

inline constexpr u64 kSliceMicroseconds = 2000;  // length of one position
inline constexpr u64 kGraceMicroseconds = 500;   // a slice-end upcall's time to save and yield

inline constexpr u32 kMaxIdleShares = 32;  // environments that can ask for one CPU's idle time
inline constexpr u32 kMaxIdleWeight = 255;
inline constexpr u32 kMaxOverruns = 32;  // slice-end upcalls in a row that overran: the env ends

// One element of slice_claim's list.
struct SliceClaim {
  u64 mask;    // bit p: position p
  u32 slices;  // slot of a Slices capability, which says which CPU
  u32 reserved;
};
static_assert(sizeof(SliceClaim) == 16);

// Somebody who asked for idle time of a CPU. The kernel serves the one whose `served` is least.
struct IdleShare {
  u64 served;  // idle cycles that it got, divided by its weight; starts where the others are
  u32 cap;     // capability entry that it stands on
  u16 env;     // kNoEnv: the entry is free
  u16 weight;  // 1..kMaxIdleWeight
};
static_assert(sizeof(IdleShare) == 16 && __has_unique_object_representations(IdleShare));

// One CPU of the ledger.
struct CpuEntry {
  u64 flushed;      // hand-over clock at its last full flush of user translations
  u64 idle_cycles;  // TSC cycles halted
  u64 switches;     // environments entered
  u64 interrupts;
  u32 apic_id;
  u16 current;                      // env on it, kNoEnv when idle
  u16 position;                     // of its slice vector
  u16 slices[kSlicePositions];      // env that holds each position, kNoEnv where nobody does
  u32 slice_caps[kSlicePositions];  // capability entry that each stands on, 0 where nobody does
  IdleShare idle[kMaxIdleShares];
  u64 idle_clock;  // `served` of whoever was last served, when that began
  u8 online;       // 1 once it schedules
  u8 holds_user;   // 0: its CR3 is the kernel's own table, so it holds no user translation
  u8 reserved[6];
};
static_assert(sizeof(CpuEntry) == 952 && __has_unique_object_representations(CpuEntry));

}  // namespace abi
