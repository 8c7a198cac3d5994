// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/panic.hpp"

#include "base/text.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/console.hpp"
#include "kernel/log.hpp"
#include "kernel/symbols.hpp"

extern "C" abi::u8 image_start[], text_end[];

namespace arch {

namespace {

constinit u32 panicking = 0;

void print_registers(const Registers& regs, u64 address) {
  struct {
    const char* name;
    u64 value;
  } const rows[] = {{"rax", regs.rax}, {"rbx", regs.rbx},    {"rcx", regs.rcx}, {"rdx", regs.rdx},
                    {"rsi", regs.rsi}, {"rdi", regs.rdi},    {"rbp", regs.rbp}, {"rsp", regs.rsp},
                    {"r8 ", regs.r8},  {"r9 ", regs.r9},     {"r10", regs.r10}, {"r11", regs.r11},
                    {"r12", regs.r12}, {"r13", regs.r13},    {"r14", regs.r14}, {"r15", regs.r15},
                    {"rip", regs.rip}, {"flg", regs.rflags}, {"cr2", address},  {"cr3", read_cr3()}};
  for (u32 i = 0; i < sizeof rows / sizeof rows[0]; i += 4) {
    kernel::Log line("panic");
    for (u32 k = i; k < i + 4; k++) line.text().put(rows[k].name).put(' ').hex(rows[k].value, 16).put("  ");
  }
}

bool in_text(u64 address) {
  return address >= reinterpret_cast<u64>(image_start) && address < reinterpret_cast<u64>(text_end);
}

void print_place(u64 address) {
  kernel::Log line("panic");
  line.text().put("  at ").hex(address, 16).put(' ');
  kernel::symbol_of(address, line.text());
}

// Kernel code is compiled with frame pointers: rbp leads to {previous rbp, return address}.
void print_backtrace(u64 rip, u64 rbp) {
  print_place(rip);
  for (int i = 0; i < 24 && rbp >= 0xffffffff80000000ul && rbp % 8 == 0; i++) {
    const u64* frame = reinterpret_cast<const u64*>(rbp);
    if (!in_text(frame[1])) return;
    print_place(frame[1] - 1);
    if (frame[0] <= rbp) return;
    rbp = frame[0];
  }
}

void begin_panic() {
  asm volatile("cli");
  if (__atomic_exchange_n(&panicking, 1u, __ATOMIC_ACQ_REL) != 0) {
    for (;;) asm volatile("hlt");
  }
  if (apic_ready()) apic_stop_others();
}

}  // namespace

void stop_if_panicking() {
  if (__atomic_load_n(&panicking, __ATOMIC_ACQUIRE) == 0) return;
  for (;;) asm volatile("cli; hlt");
}

void machine_exit(u8 value) {
  kernel::console_drain();
  out8(0xf4, value);
  for (;;) asm volatile("cli; hlt");
}

void panic_exception(const Registers& regs, u64 address) {
  begin_panic();
  kernel::Log("panic").text().put("exception ").dec(regs.vector).put(", error code ").hex(regs.error);
  print_registers(regs, address);
  print_backtrace(regs.rip, regs.rbp);
  machine_exit(kExitPanic);
}

}  // namespace arch

namespace kernel {

namespace {
[[noreturn]] void die() {
  arch::Registers regs{};
  asm volatile("movq %%rbp, %0; movq %%rsp, %1" : "=r"(regs.rbp), "=r"(regs.rsp));
  regs.rip = reinterpret_cast<abi::u64>(__builtin_return_address(0));
  arch::print_registers(regs, arch::read_cr2());
  arch::print_backtrace(regs.rip, regs.rbp);
  arch::machine_exit(arch::kExitPanic);
}
}  // namespace

void panic(const char* what) {
  arch::begin_panic();
  Log("panic").text().put(what);
  die();
}

void panic(const char* what, abi::u64 detail) {
  arch::begin_panic();
  Log("panic").text().put(what).put(": 0x").hex(detail);
  die();
}

}  // namespace kernel

// -fstack-protector: a frame was overwritten.
extern "C" {
abi::u64 __stack_chk_guard = 0x595e9fbd94fda766;
[[noreturn]] void __stack_chk_fail() { kernel::panic("stack smashed"); }
}
