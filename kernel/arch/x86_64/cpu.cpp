// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/cpu.hpp"

#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/idle.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

extern "C" u8 syscall_entries[], interrupt_entries[], interrupt_page_fault[];

namespace {

constexpr u64 kSyscallEntrySize = 64;
constexpr u64 kInterruptEntrySize = 16;

// 64-bit interrupt gate (Intel SDM Vol. 3A, 6.14.1).
struct Gate {
  u64 low, high;
};
Gate idt[256];

struct [[gnu::packed]] TablePointer {
  u16 limit;
  u64 base;
};

Gate make_gate(u64 target, u64 ist, u64 privilege) {
  const u64 kInterruptGate = 0x8e;
  return {(target & 0xffff) | KERNEL_CODE << 16 | ist << 32 | (kInterruptGate | privilege << 5) << 40 |
              ((target >> 16) & 0xffff) << 48,
          target >> 32};
}

void fill_idt() {
  for (u64 vector = 0; vector < 256; vector++) {
    u64 ist = 0;
    if (vector == 8) ist = 1;
    if (vector == 2) ist = 2;
    if (vector == 1 || vector == 18) ist = 3;
    const u64 privilege = vector == 3 ? 3 : 0;  // INT3 is the only one a program may raise itself
    idt[vector] =
        make_gate(reinterpret_cast<u64>(interrupt_entries) + vector * kInterruptEntrySize, ist, privilege);
  }
  idt[VECTOR_PAGE_FAULT] = make_gate(reinterpret_cast<u64>(interrupt_page_fault), 0, 0);
}

void load_descriptors(CpuLocal& cpu, u64 block) {
  cpu.tss = TaskState{};
  cpu.tss.rsp[0] = block + CPU_STACK_TOP;
  cpu.tss.ist[0] = block + CPU_DOUBLE_FAULT_TOP;
  cpu.tss.ist[1] = block + CPU_NMI_TOP;
  cpu.tss.ist[2] = block + CPU_DEBUG_TOP;
  cpu.tss.io_map = sizeof(TaskState);  // no I/O port is open to user mode
  const u64 tss = reinterpret_cast<u64>(&cpu.tss);
  cpu.gdt[0] = 0;
  cpu.gdt[KERNEL_CODE / 8] = 0x00af9b000000ffff;
  cpu.gdt[KERNEL_DATA / 8] = 0x00cf93000000ffff;
  cpu.gdt[USER_DATA / 8] = 0x00cff3000000ffff;
  cpu.gdt[USER_CODE / 8] = 0x00affb000000ffff;
  cpu.gdt[TSS_SELECTOR / 8] =
      (sizeof(TaskState) - 1) | (tss & 0xffffff) << 16 | 0x89ul << 40 | ((tss >> 24) & 0xff) << 56;
  cpu.gdt[TSS_SELECTOR / 8 + 1] = tss >> 32;
  const TablePointer gdt_pointer{sizeof cpu.gdt - 1, reinterpret_cast<u64>(cpu.gdt)};
  const TablePointer idt_pointer{sizeof idt - 1, reinterpret_cast<u64>(idt)};
  asm volatile("lgdt %0" : : "m"(gdt_pointer));
  asm volatile("lidt %0" : : "m"(idt_pointer));
  asm volatile(
      "pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1: movl %1, %%eax; movw %%ax, %%ss; ltr %w2"
      :
      : "i"(KERNEL_CODE), "i"(KERNEL_DATA), "r"(TSS_SELECTOR)
      : "rax", "memory");
}

void set_syscall_registers(u32 number) {
  constexpr u32 kEfer = 0xc0000080, kStar = 0xc0000081, kLstar = 0xc0000082, kSfmask = 0xc0000084;
  write_msr(kEfer, read_msr(kEfer) | 1);
  write_msr(kStar, static_cast<u64>(KERNEL_DATA) << 48 | static_cast<u64>(KERNEL_CODE) << 32);
  write_msr(kLstar, reinterpret_cast<u64>(syscall_entries) + number * kSyscallEntrySize);
  write_msr(kSfmask, 0x47700 | 0x200000);  // TF, IF, DF, IOPL, NT, AC, ID off on entry
}

}  // namespace

void cpu_start(u32 number) {
  if (number == 0) fill_idt();
  const u64 block = kCpuBlocks + static_cast<u64>(number) * CPU_BLOCK_SIZE;
  CpuLocal& cpu = cpu_of(number);
  cpu.number = number;
  cpu.current = cpu.fpu_owner = cpu.yielded = cpu.donated = cpu.payer = kNoEnv;
  cpu.share = core::kNoShare;
  cpu.shown = &cpus[number];
  cpu.cr3 = read_cr3();
  load_descriptors(cpu, block);
  set_syscall_registers(number);
  enable_features();
}

}  // namespace arch
