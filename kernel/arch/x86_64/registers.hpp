// SPDX-License-Identifier: MIT
// The interrupted context as the entry code pushes it, at the top of the CPU's stack when it comes
// from user mode. Whatever stands there when the kernel leaves is what runs next.
#pragma once
#include "abi/types.hpp"
#include "kernel/arch/x86_64/layout.hpp"

namespace arch {
using namespace abi;

struct Registers {
  u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
  u64 vector;  // VECTOR_SYSCALL leaves by SYSRET, everything else by IRETQ
  u64 error;
  u64 rip, cs, rflags, rsp, ss;

  bool from_user() const { return (cs & 3) == 3; }
};
static_assert(sizeof(Registers) == REGS_SIZE);
static_assert(__builtin_offsetof(Registers, vector) == REGS_VECTOR);
static_assert(__builtin_offsetof(Registers, cs) == REGS_CS);
static_assert(__builtin_offsetof(Registers, r15) == REGS_R15 &&
              __builtin_offsetof(Registers, r14) == REGS_R14);
static_assert(__builtin_offsetof(Registers, r13) == REGS_R13 &&
              __builtin_offsetof(Registers, r12) == REGS_R12);
static_assert(__builtin_offsetof(Registers, rbp) == REGS_RBP &&
              __builtin_offsetof(Registers, rbx) == REGS_RBX);
static_assert(__builtin_offsetof(Registers, error) == REGS_ERROR);
static_assert(__builtin_offsetof(Registers, r11) == REGS_R11);
static_assert(__builtin_offsetof(Registers, r10) == REGS_R10 && __builtin_offsetof(Registers, r9) == REGS_R9);
static_assert(__builtin_offsetof(Registers, r8) == REGS_R8 && __builtin_offsetof(Registers, rax) == REGS_RAX);
static_assert(__builtin_offsetof(Registers, rdx) == REGS_RDX &&
              __builtin_offsetof(Registers, rsi) == REGS_RSI);
static_assert(__builtin_offsetof(Registers, rdi) == REGS_RDI &&
              __builtin_offsetof(Registers, rip) == REGS_RIP);
static_assert(__builtin_offsetof(Registers, rsp) == REGS_RSP &&
              __builtin_offsetof(Registers, rflags) == REGS_RFLAGS);

inline constexpr u64 kUserFlags = USER_FLAGS;

// A call or a reply loads rip, rsp, rdi, rsi, rdx, r10 and r8. All others are zero then: the gate in
// entry.S clears them without looking here, and registers_rest does so for every other way out.
inline void registers_rest(Registers& regs) {
  regs.r15 = regs.r14 = regs.r13 = regs.r12 = regs.rbp = regs.rbx = regs.r11 = regs.rcx = 0;
  regs.rax = regs.r9 = 0;
  regs.vector = regs.error = 0;
  regs.cs = USER_CODE;
  regs.ss = USER_DATA;
  regs.rflags = kUserFlags;
}

// Makes `regs` enter user mode at `rip` with every other register zero.
inline void registers_fresh(Registers& regs, u64 rip, u64 rsp) {
  regs = Registers{};
  regs.rip = rip;
  regs.rsp = rsp;
  regs.cs = USER_CODE;
  regs.ss = USER_DATA;
  regs.rflags = kUserFlags;
}

}  // namespace arch
