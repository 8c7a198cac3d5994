// SPDX-License-Identifier: MIT
#include "asm_layout.hpp"

#include "abi/env.hpp"
#include "abi/ledger.hpp"
#include "core/start.hpp"
#include "core/upcall.hpp"

namespace {
using abi::TrapFrame;
using abi::UpcallPage;
using core::SavedContext;

static_assert(__builtin_offsetof(TrapFrame, rip) == TRAP_RIP && sizeof(TrapFrame) == TRAP_BYTES);
static_assert(__builtin_offsetof(TrapFrame, rsp) == TRAP_RSP);
static_assert(__builtin_offsetof(UpcallPage, fault_depth) == 0);
static_assert(__builtin_offsetof(TrapFrame, rflags) == TRAP_RFLAGS);
static_assert(core::kUpcallAddress == UPCALL_PAGE && abi::kRootUpcallAddress == UPCALL_PAGE);
static_assert(__builtin_offsetof(UpcallPage, fault) == UPCALL_FAULT);
static_assert(__builtin_offsetof(UpcallPage, second) == UPCALL_SECOND);
static_assert(__builtin_offsetof(UpcallPage, notice) == UPCALL_NOTICE);
static_assert(__builtin_offsetof(UpcallPage, notice_busy) == UPCALL_NOTICE_BUSY);
static_assert(__builtin_offsetof(SavedContext, resume) == CONTEXT_RESUME);
static_assert(__builtin_offsetof(SavedContext, registers) == CONTEXT_REGISTERS);
static_assert(__builtin_offsetof(SavedContext, rip) == CONTEXT_RIP);
static_assert(__builtin_offsetof(SavedContext, rflags) == CONTEXT_RFLAGS);
static_assert(__builtin_offsetof(SavedContext, rsp) == CONTEXT_RSP);
static_assert(sizeof(SavedContext) == CONTEXT_BYTES && sizeof(SavedContext::fpu) == CONTEXT_FPU_BYTES);
}  // namespace
