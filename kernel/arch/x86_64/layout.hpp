// SPDX-License-Identifier: MIT
// Numbers that C++ and assembly share: the per-CPU block and the frame of saved registers.
#pragma once

// One block of 64 KiB for each CPU at kCpuBlocks. Pages that are not named are never mapped, so
// that a stack that grows too far faults (and ends in the double-fault stack).
#define CPU_BLOCKS 0xffffffffc0000000
#define CPU_BLOCK_SIZE 0x10000
#define CPU_DOUBLE_FAULT_TOP 0x2000  // page 0x1000
#define CPU_NMI_TOP 0x4000           // page 0x3000
#define CPU_DEBUG_TOP 0x6000         // page 0x5000; #DB and #MC
#define CPU_STACK_BOTTOM 0x8000
#define CPU_STACK_TOP 0xc000
#define CPU_LOCAL 0xd000  // struct CpuLocal, one page

// Selectors.
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_DATA 0x1b
#define USER_CODE 0x23
#define TSS_SELECTOR 0x28

// struct Registers (registers.hpp): byte offsets.
#define REGS_R15 0
#define REGS_R14 8
#define REGS_R13 16
#define REGS_R12 24
#define REGS_RBP 32
#define REGS_RBX 40
#define REGS_R11 48
#define REGS_R10 56
#define REGS_R9 64
#define REGS_R8 72
#define REGS_RAX 80
#define REGS_RDX 96
#define REGS_RSI 104
#define REGS_RDI 112
#define REGS_VECTOR 120
#define REGS_ERROR 128
#define REGS_RIP 136
#define REGS_CS 144
#define REGS_RFLAGS 152
#define REGS_RSP 160
#define REGS_SIZE 176
#define VECTOR_PAGE_FAULT 14
#define VECTOR_SYSCALL 256
#define USER_FLAGS 0x202  // IF and the always-one bit

// Numbers of the system calls that have a gate of their own (abi/syscalls.def).
#define SYSCALL_ENV_CALL 50
#define SYSCALL_ENV_REPLY 51
// In place of a status, which is never positive, if a system call does not just go back to its caller: all of
// the frame of registers is somebody else's, or all but what C++ keeps is the caller's.
#define SLOWLY_OTHER 1
#define SLOWLY_CALLER 2
// In Registers::error: a call or a reply was refused, the caller goes on with its own registers.
#define GATE_REFUSED 1
