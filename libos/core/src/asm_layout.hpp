// SPDX-License-Identifier: MIT
// Offsets that the assembly files use. Only #define lines: it is included by .S files and by
// asm_layout.cpp, which checks them against the structures.
#pragma once

#define TRAP_RIP 24
#define TRAP_RFLAGS 40
#define TRAP_RSP 48
#define TRAP_BYTES 64

// Where every environment of this library has its UpcallPage, and what is in it.
#define UPCALL_PAGE 0x3fe000
#define UPCALL_NOTICE_BUSY 8
#define UPCALL_FAULT 1008
#define UPCALL_SECOND 2016
#define UPCALL_NOTICE 4032

// SavedContext: where a slice end keeps what it interrupted.
#define CONTEXT_FPU_BYTES 4096
#define CONTEXT_RESUME 4096
#define CONTEXT_REGISTERS 4112
#define CONTEXT_RIP 4232
#define CONTEXT_RFLAGS 4248
#define CONTEXT_RSP 4256
#define CONTEXT_BYTES 4288

#define FAULT_STACK_BYTES 32768
#define NOTICE_STACK_BYTES 32768
#define CALL_STACK_BYTES 32768
