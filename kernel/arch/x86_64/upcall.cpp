// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/upcall.hpp"

#include "kernel/arch/x86_64/lock.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

namespace {

void write_frame(TrapFrame& frame, const Registers& regs, u64 address) {
  frame.vector = regs.vector;
  frame.error = regs.error;
  frame.address = address;
  frame.rip = regs.rip;
  frame.cs = regs.cs;
  frame.rflags = regs.rflags;
  frame.rsp = regs.rsp;
  frame.ss = regs.ss;
}

void redirect(Registers& regs, u64 entry, u64 stack) {
  regs.rip = entry;
  regs.rsp = stack;
  regs.cs = USER_CODE;
  regs.ss = USER_DATA;
  regs.rflags = kUserFlags;  // no trap flag, no direction, no alignment checks in the handler
  regs.vector = 0;           // leave by IRETQ: every other register is live
}

}  // namespace

void upcall_slice_end(Context& context, Registers& regs) {
  regs.vector = 0;
  regs.error = 0;
  write_frame(context.page->end, regs, 0);
  redirect(regs, context.config.entry_end, context.config.upcall_page + __builtin_offsetof(UpcallPage, end));
}

void deliver_notice(Registers& regs) {
  const u16 env = this_cpu().current;
  Context& context = contexts[env];
  if (!context.notice || context.ending) return;
  UpcallPage& page = *context.page;
  // Both words are the environment's own: it can only keep the notice from itself.
  if (*static_cast<volatile u64*>(&page.fault_depth) != 0) return;
  if (*static_cast<volatile u64*>(&page.notice_busy) != 0) return;
  context.notice = false;
  page.notice_busy = 1;
  regs.vector = 0;
  regs.error = 0;
  write_frame(page.notice, regs, 0);
  redirect(regs, context.config.entry_notice,
           context.config.upcall_page + __builtin_offsetof(UpcallPage, notice));
}

static void enter_handler(Context& context, Registers& regs, u64 address, u64 entry, u64 depth, u64 offset) {
  context.entry->faults++;
  context.page->fault_depth = depth;
  write_frame(*reinterpret_cast<TrapFrame*>(reinterpret_cast<u8*>(context.page) + offset), regs, address);
  redirect(regs, entry, context.config.upcall_page + offset);
}

// User-writable: read once.
static u64 fault_depth(const Context& context) {
  return *static_cast<const volatile u64*>(&context.page->fault_depth);
}

// From entry.S: a page fault of user code. True: it goes on at its first handler. False: nothing has changed,
// and it is not that simple. Of `regs` there is only what the CPU pushed. User code has one cs and one ss.
extern "C" [[gnu::no_caller_saved_registers]] bool page_fault_main(Registers* regs) {
  kernel_lock.acquire();
  const Context& context = *this_cpu().context;
  EnvEntry& books = *context.entry;
  UpcallPage& page = *context.page;
  const u64 entry = context.config.entry_fault;
  if (books.state == EnvState::Dead || fault_depth(context) != 0 || entry == 0) [[unlikely]] {
    kernel_lock.release();
    return false;
  }
  books.faults++;
  page.fault_depth = 1;
  page.fault = {.vector = VECTOR_PAGE_FAULT,
                .error = regs->error,
                .address = read_cr2(),
                .rip = regs->rip,
                .cs = USER_CODE,
                .rflags = regs->rflags,
                .rsp = regs->rsp,
                .ss = USER_DATA};
  regs->rip = entry;
  regs->rsp = context.config.upcall_page + __builtin_offsetof(UpcallPage, fault);
  regs->rflags = kUserFlags;
  kernel_lock.release();
  return true;
}

void deliver_fault(Registers& regs, u64 address) {
  Context& context = *this_cpu().context;
  const u64 vector = regs.vector;
  const u64 depth = fault_depth(context);
  const u64 entry = depth == 0 ? context.config.entry_fault : depth == 1 ? context.config.entry_second : 0;
  if (entry == 0) {
    end_current(EndReason::Fault, vector);
    schedule(regs);
    return;
  }
  constexpr u64 kFirst = __builtin_offsetof(UpcallPage, fault);
  constexpr u64 kSecond = __builtin_offsetof(UpcallPage, second);
  enter_handler(context, regs, address, entry, depth + 1, depth == 0 ? kFirst : kSecond);
}

}  // namespace arch
