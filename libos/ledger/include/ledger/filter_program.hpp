// SPDX-License-Identifier: MIT
// The predicate of a filter as somebody once wrote it: the ledger keeps what filters have in common in
// the shape table, and in the filter itself only the constants that its packets must have.
#pragma once
#include "abi/net.hpp"

namespace ledger {
using namespace abi;

// Instruction `index` (below shape.length, at most kMaxFilterInsns) of the predicate of `filter`, whose
// shape is `shape`. Where the shape has a key, that is a `jeq` with the filter's constant that else jumps
// to the first `ret #0` behind it, which may be another one than was written.
inline BpfInsn filter_instruction(const FilterEntry& filter, const ShapeEntry& shape, u32 index) {
  constexpr u16 kJumpIfEqual = 0x15, kReturn = 0x06;
  BpfInsn insn = shape.code[index];
  if (insn.code != kBpfKeyStore && insn.code != kBpfKeyCheck) return insn;
  insn.code = kJumpIfEqual;
  insn.k = filter.keys[insn.k % kMaxFilterKeys];
  for (u32 to = index + 1; to < shape.length && to < kMaxFilterInsns; to++) {
    if (shape.code[to].code != kReturn || shape.code[to].k != 0) continue;
    insn.jf = static_cast<u8>(to - index - 1);
    break;
  }
  return insn;
}

}  // namespace ledger
