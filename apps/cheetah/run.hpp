// SPDX-License-Identifier: MIT
// Run: a part of a file that is read, checked, sent and forgotten as one: pack::kRunBlocks blocks at most.
// Where it is in memory follows from its blocks; here is whether it is there. Zero: it is not.
#pragma once
#include "pack/format.hpp"

namespace cheetah {

using namespace abi;

enum class RunState : u8 { Absent = 0, Loading, Ready, Damaged };

struct Run {
  u32 next, previous;  // in the ring of those in memory; number + 1
  u32 block;           // its first, of the pack
  u32 users;           // pieces of it that are on their way
  u32 second;          // of the date in the header in front of it (the file's first), and that header's
  u16 head;            // length; 0: not made yet
  u8 blocks;
  RunState state;
  bool referenced;  // since the hand was here
  bool summed;      // its checksums are kept
  u8 zero[6];
};
static_assert(sizeof(Run) == 32);

// What came of asking for one.
enum class Have : u8 {
  Here,
  Later,  // ask again when something has changed
  Never,  // it cannot be read, or is damaged
};

}  // namespace cheetah
