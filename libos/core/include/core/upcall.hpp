// SPDX-License-Identifier: MIT
// Upcalls as C++ sees them. The assembly in src/upcall.S saves the interrupted registers, changes
// to a stack of its own and calls the functions registered here. A slice end never reaches C++:
// its prologue saves everything in a SavedContext and yields.
#pragma once
#include "abi/env.hpp"

namespace core {
using namespace abi;

// The general registers of interrupted code, as the prologues push them.
struct Registers {
  u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
};
static_assert(sizeof(Registers) == 120);

// What a fault handler gets: it may change any of it, and the interrupted code continues with that.
struct Fault {
  Registers registers;
  TrapFrame trap;
};

// What a slice end interrupted. Three exist: one for ordinary code, one for the code of a call from
// another environment and one for that of a notice, which may be interrupted while others are in use.
struct alignas(64) SavedContext {
  u8 fpu[4096];  // XSAVE area (Intel SDM Vol. 1, 13.4)
  u64 resume;    // address of the routine that restores: what exo_start returns to
  u64 pad;
  Registers registers;
  u64 rip, cs, rflags, rsp, ss;
  u64 pad2[2];
};

// Runs on the fault stack with fault_depth 1. Returns if the interrupted code may go on with what
// is in `fault`; a handler that cannot help ends the environment (core/exit.hpp). SSE may be used.
using FaultHandler = void (*)(Fault& fault);
// Replaces the handler that prints and ends the environment. The second is for faults in the first.
void on_fault(FaultHandler handler);
void on_second_fault(FaultHandler handler);
// What on_fault replaces: prints what happened and ends the environment with kExitFault.
void end_by_fault(Fault& fault);

// Runs on the notice stack when the kernel has something to tell (abi/notice.hpp): revocation, what
// was taken. It may interrupt anything but fault handlers; faults in it are handled as ever. It must
// not call, sleep or yield. Until a handler is registered, notices pass unheard.
using NoticeHandler = void (*)();
void on_notice(NoticeHandler handler);

// The four words of a call or of its reply.
struct Words {
  u64 word[4];
};
// Runs on the call stack; must touch mapped memory only, and not call, sleep or yield. `caller` is
// the kernel's number of the calling environment: it cannot be forged.
using CallHandler = Words (*)(u64 caller, const Words& arguments);
// In a call handler: whether a capability came along, into accept_slot; and the capability that the
// reply is to carry. If the kernel refuses that one, the reply goes without it.
bool call_brought_capability();
void reply_with_capability(u32 slot, u32 rights);
// Until a handler is registered, every call is answered with four zeros.
void on_call(CallHandler handler);

}  // namespace core
