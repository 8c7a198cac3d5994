// SPDX-License-Identifier: MIT
// Classic BPF (McCanne and Jacobson 1993): the verifier and the interpreter. A verified program
// reads only the packet and its own 16 words, jumps only forward, and ends.
#pragma once
#include "abi/status.hpp"
#include "kernel/core/tables.hpp"

namespace core {

inline constexpr u32 kBpfMemory = 16;

// BadProgram: an unknown or ancillary instruction, a jump out of the program, division by a constant
// 0, a shift by a constant of 32 or more, a memory index out of range, no return at the end.
Status bpf_verify(const BpfInsn* code, u32 length);

// Runs a verified program on `captured` bytes of a packet of `wire_length`. 0: refused. A load
// outside the captured bytes and a division by a zero X refuse the packet.
u32 bpf_run(const BpfInsn* code, u32 length, const u8* packet, u32 captured, u32 wire_length);

}  // namespace core
