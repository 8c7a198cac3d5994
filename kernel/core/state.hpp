// SPDX-License-Identifier: MIT
// The core's state that is not in the ledger: list heads and what it remembers about an environment
// between bounded steps. Named tables like those of tables.hpp, and under the same lock.
#pragma once
#include "kernel/core/tables.hpp"

namespace core {

struct FrameLists {
  u32 free_head;
  u32 free_tail;
  u32 quarantine_head;  // oldest first: stamps ascend
  u32 quarantine_tail;
};

struct EnvPrivate {
  u64 cleared_clock;  // the hand-over clock when an entry of its tables was last cleared or changed
  u32 first_frame;    // every frame that it owns, through FrameEntry::next: page tables first
  u32 last_frame;
  u32 sweep;         // page table where the next sweep goes on, kNone: at the first
  u32 reap;          // page table where emptying a dead environment goes on, kNone: all are empty
  u32 upcall_frame;  // as env_configure was told, kNone before
  u32 save_frame;
  u32 notice_frame;  // kNone: it has none
  u32 noticed;       // 1: told something that no upcall has been raised for
  u64 warned;        // notices so far
  u64 repossessed;
  u64 frames_taken;  // of its own, by force
  u64 demands;
};

// Frames being taken from an environment by force (reclaim.hpp).
struct Taking {
  u32 frames[64];  // chosen, not free yet; all of them `leaving`, but for those that it freed itself
  u32 count;
  u32 kept;    // of those: left over from a sweep of its own tables
  u32 phase;   // reclaim.cpp
  u32 rounds;  // sweeps of the present environment's tables
  u32 other;   // whose tables are being swept, beside its own
  u32 listed;  // how far its own list of unwired frames has been read; kNone: to its end
  u32 cursor;  // where the search from its newest frame on stands; kNone: at its end
  u32 reserved;
};
// Of a filter: not for the ledger, where it would tell the multipliers.
struct FilterPrivate {
  u64 hash;  // of the keys of its whole chain
};

// Where a binding stands among those that a packet is looked up in.
struct BindingPrivate {
  u64 hash;   // of its filter
  u32 next;   // in its bucket, by priority and age; kNone at the end
  u32 prev;   // kNone at the start
  u32 shape;  // of its filter
  u32 bucket;
};

inline constexpr u32 kDemuxBuckets = 2048;  // power of two
inline constexpr u32 kDemuxBucketBits = 11;
inline constexpr u32 kCodeUnits = 2048;  // of machine code, 64 bytes each

static_assert(1u << kDemuxBucketBits == kDemuxBuckets);
static_assert(__has_unique_object_representations(FilterPrivate));
static_assert(__has_unique_object_representations(BindingPrivate));
static_assert(__has_unique_object_representations(Taking));
static_assert(__has_unique_object_representations(FrameLists));
static_assert(__has_unique_object_representations(EnvPrivate));

}  // namespace core

#pragma GCC visibility push(hidden)
extern "C" {
extern core::FrameLists frame_lists;
extern core::EnvPrivate env_private[abi::kMaxEnvs];
extern core::Taking taking[abi::kMaxEnvs];
extern abi::u32 somebody_noticed;  // 0: EnvPrivate::noticed is 0 of all
// Of a Frames capability: the page table in which an entry last came to stand on it. A hint where to look.
extern abi::u32 cap_mapped[abi::kMaxCaps];
// Of each ownership table: its used entries by number in the table, lowest block first.
extern abi::u16 extent_order[abi::kExtentTables][abi::kExtentsPerTable];
extern core::FilterPrivate filter_private[abi::kMaxFilters];
extern core::BindingPrivate binding_private[abi::kMaxBindings];
extern abi::u32 demux_buckets[core::kDemuxBuckets];  // first binding, kNone if there is none
extern abi::u32 demux_groups[abi::kMaxDevices];      // first shape with bindings, kNone if there is none
extern abi::u16 code_owner[core::kCodeUnits];        // shape + 1 whose code lies there, 0: free
extern abi::u64 filter_multipliers[abi::kMaxFilterDepth * abi::kMaxFilterKeys];
}
#pragma GCC visibility pop
