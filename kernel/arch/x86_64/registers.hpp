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

inline constexpr u64 kUserFlags = 0x202;  // IF and the always-one bit

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
