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
  u32 reserved;
};
static_assert(__has_unique_object_representations(FrameLists));
static_assert(__has_unique_object_representations(EnvPrivate));

}  // namespace core

extern "C" {
extern core::FrameLists frame_lists;
extern core::EnvPrivate env_private[abi::kMaxEnvs];
// Of each ownership table: its used entries by number in the table, lowest block first.
extern abi::u16 extent_order[abi::kExtentTables][abi::kExtentsPerTable];
}
