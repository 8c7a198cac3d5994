// SPDX-License-Identifier: MIT
// Classic BPF (McCanne and Jacobson 1993): the verifier and the interpreter. A verified program
// reads only the packet and its own machine, jumps only forward, and ends. What an instruction does is
// defined by bpf_step alone; machine code (bpf_compile.hpp) has to do the same.
#pragma once
#include "abi/status.hpp"
#include "kernel/core/tables.hpp"

namespace core {

inline constexpr u32 kBpfMemory = 16;

// BadProgram: an unknown, internal or ancillary instruction, a jump out of the program, division by a
// constant 0, a shift by a constant of 32 or more, a memory index out of range, no return at the end.
Status bpf_verify(const BpfInsn* code, u32 length);
// The same for the program of a shape, which has internal instructions with keys below `key_count`.
Status bpf_verify_shape(const BpfInsn* code, u32 length, u32 key_count);

// What a program looks at.
struct BpfPacket {
  const u8* bytes;
  u32 captured;     // bytes that are there
  u32 wire_length;  // what LD LEN loads
};

// What a program changes. All zero when it starts. Machine code keeps A and X in registers and knows
// where the rest lies.
struct BpfMachine {
  u32 a;
  u32 x;
  u32 memory[kBpfMemory];
  u32 keys[kMaxFilterKeys];
};
static_assert(sizeof(BpfMachine) == 104 && __has_unique_object_representations(BpfMachine));

// Executes one verified instruction: how many instructions behind the next one to go on, or kBpfDone:
// the program has ended and A is its answer, 0 to refuse the packet. A load outside the captured bytes,
// a division by a zero X and a key that differs refuse it.
inline constexpr u32 kBpfDone = 0xffffffffu;
u32 bpf_step(const BpfInsn& insn, const BpfPacket& packet, BpfMachine& machine);

// Runs a verified program on a machine that is all zero: its answer.
u32 bpf_execute(const BpfInsn* code, u32 length, const BpfPacket& packet, BpfMachine& machine);
// The same for who wants only that.
u32 bpf_run(const BpfInsn* code, u32 length, const u8* packet, u32 captured, u32 wire_length);

}  // namespace core
