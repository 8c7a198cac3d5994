// SPDX-License-Identifier: MIT
// ChildSpace: the address space of an environment that is being made. Its page tables are its own
// frames, written on its behalf; what it is born with is mapped here.
#pragma once
#include <span>

#include "base/result.hpp"
#include "core/start.hpp"

namespace apps {
using namespace abi;
using base::Result;
using base::Status;

class ChildSpace {
 public:
  // `env` is root's slot for the new environment.
  explicit ChildSpace(u32 env) : env_(env) {}

  Status start();  // makes the Table4
  // Maps frames that the child owns, one page each from `address` on.
  Status map(u64 address, std::span<const u32> frames, u32 rights);
  // Allocates `pages` zeroed frames on the child's behalf and maps them.
  Status add_zeroed(u64 address, u64 pages, u32 rights);
  // Frames with contents: they are made in root's memory, filled from `bytes`, and handed over.
  Status add_filled(u64 address, std::span<const u8> bytes, u32 rights);
  // One frame of the child's that is not mapped.
  Result<u32> spare_frame();

  u32 root_table() const { return root_table_; }
  std::span<const core::TableInfo> tables() const { return {tables_, table_count_}; }
  u32 frames_used() const { return frames_used_; }

 private:
  Result<u32> table_for(u64 address);
  Result<u32> make_table(u32 level, u64 base, u32 parent);
  Status hand_over(std::span<const u32> frames);

  u32 env_;
  u32 root_table_ = kNone;
  u32 frames_used_ = 0;
  u32 table_count_ = 0;
  core::TableInfo tables_[core::kMaxStartTables] = {};
};

}  // namespace apps
