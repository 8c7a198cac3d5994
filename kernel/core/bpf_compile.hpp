// SPDX-License-Identifier: MIT
// Verified BPF to x86-64 machine code. Each instruction becomes a piece of its own that depends only on
// the instruction and on where it jumps to; A is eax, X ecx, the packet's bytes rdi, how many there are
// rsi, its wire length r9d, the BpfMachine r8; edx and r10 are scratch. Pure: bytes into a buffer.
// (Encodings: Intel SDM Vol. 2.)
#pragma once
#include "kernel/core/bpf.hpp"

namespace core {

inline constexpr u32 kMaxPiece = 32;  // bytes that one instruction can take
inline constexpr u32 kCodePrologue = 4;
inline constexpr u32 kCodeRefusal = 3;
inline constexpr u32 kMaxCode = kCodePrologue + kMaxFilterInsns * kMaxPiece + kCodeRefusal;

struct CodePiece {
  u32 length;
  u8 bytes[kMaxPiece];
};

// Where a piece may go on, in bytes from its own start.
struct CodeTargets {
  u32 taken;    // the instruction jt (or k of JA) behind the next; two's complement
  u32 other;    // jf behind the next
  u32 refusal;  // where eax becomes 0 and the code returns
};

// The code of one instruction of a verified program or shape. Its length does not depend on `targets`.
void bpf_emit(const BpfInsn& insn, const CodeTargets& targets, CodePiece& out);

// The code of a whole program of `length` instructions into `out`, kMaxCode bytes: how many it takes.
// To be called as CompiledFilter.
u32 bpf_compile(const BpfInsn* code, u32 length, u8* out);

// How compiled code is called in the System V ABI: `machine.memory` is zero, A and X start at zero by
// themselves. The answer is 0 to refuse; then machine.a, x, memory and keys mean nothing. Else
// machine.keys are what bpf_execute would have left.
using CompiledFilter = u32 (*)(const u8* packet, u64 captured, u64 unused, u64 unused2, BpfMachine* machine,
                               u64 wire_length);

}  // namespace core
