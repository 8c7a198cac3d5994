// SPDX-License-Identifier: MIT
// Exceptions, interrupts and system calls arrive here from entry.S.
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/arch/x86_64/lock.hpp"
#include "kernel/arch/x86_64/panic.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/arch/x86_64/tlb.hpp"
#include "kernel/arch/x86_64/upcall.hpp"
#include "kernel/console.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/syscall/dispatch.hpp"

namespace arch {

extern "C" {
extern u8 user_copy[], user_copy_end[], user_copy_fault[];
void interrupt_main(Registers* regs);
// rax and rdx of the caller, or SLOWLY_OTHER or SLOWLY_CALLER as the status.
struct SyscallEnd {
  u64 status, value;
};
SyscallEnd syscall_main(Registers* regs, u64 number);
}

namespace {

constexpr u32 kConsoleBytes = 64;  // sent per timer interrupt
constexpr u32 kFirstDevice = 0x30, kLastDevice = 0xef;
constexpr u64 kVectorDebug = 1, kVectorNmi = 2, kVectorPageFault = VECTOR_PAGE_FAULT,
              kVectorMachineCheck = 18;

struct DeviceVector {
  IrqHandler handler;
  u32 context;
};
constinit DeviceVector device_vectors[kLastDevice + 1]{};
constinit u32 next_device_vector = kFirstDevice;

void exception_from_kernel(Registers& regs) {
  const u64 address = regs.vector == kVectorPageFault ? read_cr2() : 0;
  // Only the copy of user memory may fault, and only on a user address.
  if (regs.rip >= reinterpret_cast<u64>(user_copy) && regs.rip < reinterpret_cast<u64>(user_copy_end) &&
      regs.vector == kVectorPageFault && address < kUserEnd) {
    regs.rip = reinterpret_cast<u64>(user_copy_fault);
    return;
  }
  // MOV SS before SYSCALL delays a user's debug trap into the kernel: ignore it.
  if (regs.vector == kVectorDebug) return;
  panic_exception(regs, address);
}

void exception(Registers& regs) {
  if (regs.vector == kVectorNmi) stop_if_panicking();
  if (regs.vector == kVectorNmi) return;
  if (!regs.from_user() || regs.vector == kVectorMachineCheck) {
    exception_from_kernel(regs);
    return;
  }
  const u64 address = regs.vector == kVectorPageFault ? read_cr2() : 0;
  kernel_lock.acquire();
  if (this_cpu().context->entry->state == EnvState::Dead) {
    reconsider(regs);
  } else {
    deliver_fault(regs, address);
  }
  kernel_lock.release();
}

void device_interrupt(u64 vector) {
  const DeviceVector& device = device_vectors[vector];
  if (device.handler != nullptr) device.handler(device.context);
}

}  // namespace

u8 irq_allocate(IrqHandler handler, u32 context) {
  if (next_device_vector > kLastDevice) return 0;
  device_vectors[next_device_vector] = {handler, context};
  return static_cast<u8>(next_device_vector++);
}

void interrupt_main(Registers* regs) {
  const u64 vector = regs->vector;
  if (vector < 32) {
    exception(*regs);
    return;
  }
  if (vector == kVectorSpurious) return;
  kernel_lock.acquire();
  cpus[this_cpu().number].interrupts++;
  if (vector == kVectorFlush) tlb_flush_local();
  if (vector == kVectorTimer) {
    this_cpu().timer_at = 0;
    tlb_flush_if_awaited();
    core::frame_release(core::kReleaseBatch);
    drivers::poll();
    kernel::console_pump(kConsoleBytes);
  }
  if (vector >= kFirstDevice && vector <= kLastDevice) device_interrupt(vector);
  apic_end_of_interrupt();  // after the handler, which has quieted its device by now
  if (regs->from_user()) {
    reconsider(*regs);
    deliver_notice(*regs);
  }
  kernel_lock.release();
}

// The caller was destroyed while it ran here, gave up the CPU, or somebody else was entered in its place.
[[gnu::noinline]] static SyscallEnd leave_to_other(Registers& regs) {
  CpuLocal& cpu = this_cpu();
  if (cpu.current == kNoEnv || cpu.context->entry->state == EnvState::Dead) reconsider(regs);
  deliver_notice(regs);
  kernel_lock.release();
  return {SLOWLY_OTHER, 0};
}

// The caller goes on, but perhaps at entry_notice first. The entry code has left out what a SYSRET does not
// need.
[[gnu::noinline]] static SyscallEnd leave_with_notice(Registers& regs, kernel::SysResult result) {
  regs.rax = static_cast<u64>(result.status);
  regs.rdx = result.value;
  regs.rcx = regs.rip;
  regs.r11 = regs.rflags;
  regs.cs = USER_CODE;
  regs.ss = USER_DATA;
  regs.vector = VECTOR_SYSCALL;
  regs.error = 0;
  deliver_notice(regs);
  kernel_lock.release();
  return {SLOWLY_CALLER, 0};
}

// The arguments are read where the entry code put them.
static_assert(__builtin_offsetof(Registers, rdi) - __builtin_offsetof(Registers, r10) ==
              __builtin_offsetof(kernel::SysArgs, rdi));
static_assert(__builtin_offsetof(Registers, rdx) - __builtin_offsetof(Registers, r10) ==
              __builtin_offsetof(kernel::SysArgs, rdx));

// No array lives here, and every system call comes through.
[[gnu::no_stack_protector]] SyscallEnd syscall_main(Registers* regs, u64 number) {
  kernel_lock.acquire();
  CpuLocal& cpu = this_cpu();
  EnvEntry& entry = *cpu.context->entry;
  if (entry.state == EnvState::Dead) [[unlikely]]  // destroyed while it ran here
    return leave_to_other(*regs);
  entry.syscalls++;
  kernel::Caller caller{cpu.current, static_cast<u16>(cpu.number)};
  const auto& args = *reinterpret_cast<const kernel::SysArgs*>(&regs->r10);
  const kernel::SysResult result = kernel::dispatch(caller, number, args);
  if (cpu.current != caller.env) [[unlikely]]
    return leave_to_other(*regs);
  if (cpu.context->notice) [[unlikely]]
    return leave_with_notice(*regs, result);
  kernel_lock.release();
  return {static_cast<u64>(result.status), result.value};
}

}  // namespace arch
