// SPDX-License-Identifier: MIT
// Splits a program into a shape and keys. A key is a constant that every accepted packet must have: the
// program compares A with it and refuses the packet if they differ. The shape collects what it finds
// there instead of comparing. So a packet passes the program exactly if the shape accepts it and
// collects the program's keys; programs that differ only in keys have the same shape.
#pragma once
#include "kernel/core/bpf.hpp"

namespace core {

struct ShapedProgram {
  u32 length;
  u32 key_count;
  u32 keys[kMaxFilterKeys];  // 0 behind key_count
  BpfInsn code[kMaxFilterInsns];
};

// `code` is verified. Equal constants of one program become one key. A constant becomes none if an
// accepted packet need not pass its comparisons, if it is not clear at a comparison whether the key was
// found before, or if there are kMaxFilterKeys already: it stays in the shape. A program may have none.
void bpf_shape(const BpfInsn* code, u32 length, ShapedProgram& out);

}  // namespace core
