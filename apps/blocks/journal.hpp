// SPDX-License-Identifier: MIT
// Journal: what storm knows the table to say, and the one change that may or may not have been made. Two
// pages are written in turn, through to stable storage, so that one is always whole.
#pragma once
#include "apps/blocks/disk.hpp"
#include "apps/blocks/model.hpp"

namespace blocks {

enum class Pending : u64 { None, Allocate, Release };

struct Record {
  u64 magic;
  u64 sequence;
  Pending pending;
  u64 start;  // Release: from where; Allocate: the owner
  u64 blocks;
  Model model;
  u32 crc;  // of everything before
  u32 reserved;
};
static_assert(sizeof(Record) <= kPageSize);

class Journal {
 public:
  // Pages `first` and `first + 1` of an extent that `disk` has open.
  Journal(Disk& disk, u64 first) : disk_(disk), first_(first) {}
  // The newest whole record; false: there is none.
  bool load(Record& record);
  bool store(Record& record);

 private:
  Disk& disk_;
  u64 first_;
};

}  // namespace blocks
