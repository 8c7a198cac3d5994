// SPDX-License-Identifier: MIT
// Privileged instructions, memory that is not one's own, and flags that might unsettle the kernel
// (Intel SDM Vol. 3A, 5.9).
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

constexpr u64 kGeneralProtection = 13, kPageFault = 14, kInvalidOpcode = 6;

// A bit of CPUID leaf 7, ECX.
bool leaf7_ecx(u32 bit) {
  u32 a = 7, b, c = 0, d;
  asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return (c >> bit & 1) != 0;
}

#define EXO_PRIVILEGED(name, instruction)                                                              \
  {                                                                                                    \
    name, exception(kGeneralProtection), [](Trial& t) {                                                \
      t.fault(TRY_INSTRUCTION("movl $16, %%ecx\n xorl %%eax, %%eax\n xorl %%edx, %%edx\n" instruction, \
                              "D"(Lab::kBase)));                                                       \
    }                                                                                                  \
  }
// Only where the processor hides it (UMIP); elsewhere anybody may execute it.
#define EXO_HIDDEN(name, instruction)                                                     \
  {                                                                                       \
    name, nothing_gained, [](Trial& t) {                                                  \
      if (!leaf7_ecx(2)) return;                                                          \
      const u64 vector = TRY_INSTRUCTION(instruction, "D"(core::start_info->stack_base)); \
      t.fault(vector);                                                                    \
      if (vector != kGeneralProtection) t.gained("the address of a kernel table");        \
    }                                                                                     \
  }

void read_kernel(Trial& trial) {
  for (const u64 address :
       {0xffff800000000000ul, 0xffff800000100000ul, 0xffffff0000000000ul, 0xffffff4000000000ul,
        0xffffff6000000000ul, 0xffffffff80100000ul, 0xffffffffffffffffu + 0ul})
    trial.fault(try_read(address));
}
void write_kernel(Trial& trial) {
  for (const u64 address : {0xffff800000000000ul, 0xffff800000100000ul, 0xffffff4000000000ul,
                            0xffffff6000000000ul, 0xffffffff80100000ul})
    trial.fault(try_write(address));
}
void run_kernel(Trial& trial) {
  for (const u64 address : {0xffffffff80100000ul, 0xffff800000100000ul}) trial.fault(try_call(address));
}
void read_everywhere(Trial& trial) {  // one page of each gigabyte that a user may name
  for (u64 address = 1ul << 30; address < 1ul << 39; address += 1ul << 30) trial.fault(try_read(address));
}
void non_canonical(Trial& trial) {
  for (const u64 address : {0x0000800000000000ul, 0x7fffffffffffffff & ~0xfffful, 0xdead000000000000ul})
    trial.fault(try_read(address));
}
void write_own_text(Trial& trial) { trial.fault(try_write(reinterpret_cast<u64>(&try_write))); }
void write_start_page(Trial& trial) { trial.fault(try_write(core::kStartAddress)); }
void run_stack(Trial& trial) {
  constexpr u64 kReturn = 0xc3;
  volatile u64 code = kReturn;
  trial.fault(try_call(reinterpret_cast<u64>(&code)));
}
void run_data(Trial& trial) {
  static constinit u64 code = 0xc3;
  trial.fault(try_call(reinterpret_cast<u64>(&code)));
}

void wild_jump(Trial& trial) {
  for (const u64 address : {0ul, 0x10000ul, 0x0000800000000000ul, 0xffff800000000000ul, ~0ul})
    trial.fault(try_call(address));
}

// Flags that the kernel must not take over: nested task, alignment check, direction, single step.
template <u64 Flag>
void call_with_flag(Trial& trial) {
  const u64 vector = TRY_INSTRUCTION(
      "pushfq\n orq %0, (%%rsp)\n popfq\n movl $0, %%eax\n syscall\n pushfq\n andq $~0x44500, (%%rsp)\n "
      "popfq\n cld",
      "i"(Flag));
  if (vector != kNoFault && vector != 1) trial.gained("an exception after a system call");
}

void call_with_kernel_stack(Trial& trial) {
  const u64 vector =
      TRY_INSTRUCTION("movq %%rsp, %%r12\n movq %0, %%rsp\n movl $0, %%eax\n syscall\n movq %%r12, %%rsp",
                      "D"(0xffff800000001000ul));
  if (vector != kNoFault) trial.gained("an exception in a system call");
}

// The kernel's per-CPU base is not what a user puts into GS.
void call_with_kernel_gs(Trial& trial) {
  u32 a = 7, b, c = 0, d;
  asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if ((b & 1) == 0) return;  // no WRGSBASE
  const u64 vector = TRY_INSTRUCTION(
      "wrgsbase %0\n movl $0, %%eax\n syscall\n movl $1, %%eax\n movl $999, %%edi\n syscall\n xorl %%eax, "
      "%%eax\n wrgsbase %%rax",
      "D"(0xffff800000001000ul));
  if (vector == kInvalidOpcode) return;  // the kernel does not let users
  if (vector != kNoFault) trial.gained("an exception in a system call");
}

void kernel_through_gs(Trial& trial) {
  trial.fault(TRY_INSTRUCTION("wrgsbase %0\n movq %%gs:0, %%rax", "D"(0xffff800000001000ul)));
  if (TRY_INSTRUCTION("xorl %%eax, %%eax\n wrgsbase %%rax", "D"(0)) == kGeneralProtection)
    trial.gained("nothing");
}

constexpr Attack kAttacks[] = {
    EXO_PRIVILEGED("hlt", "hlt"),
    EXO_PRIVILEGED("cli", "cli"),
    EXO_PRIVILEGED("sti", "sti"),
    EXO_PRIVILEGED("read-cr0", "movq %%cr0, %%rax"),
    EXO_PRIVILEGED("write-cr0", "movq %%rax, %%cr0"),
    EXO_PRIVILEGED("read-cr3", "movq %%cr3, %%rax"),
    EXO_PRIVILEGED("write-cr3", "movq %%rax, %%cr3"),
    EXO_PRIVILEGED("write-cr4", "movq %%rax, %%cr4"),
    EXO_PRIVILEGED("write-cr8", "movq %%rax, %%cr8"),
    EXO_PRIVILEGED("write-dr7", "movq %%rax, %%dr7"),
    EXO_PRIVILEGED("read-msr", "rdmsr"),
    EXO_PRIVILEGED("write-msr", "wrmsr"),
    EXO_PRIVILEGED("read-port", "inb $0x60, %%al"),
    EXO_PRIVILEGED("write-port", "outb %%al, $0xf4"),
    EXO_PRIVILEGED("write-serial-port", "movw $0x3f8, %%dx\n outb %%al, %%dx"),
    EXO_PRIVILEGED("write-pci-port", "movw $0xcf8, %%dx\n outl %%eax, %%dx"),
    EXO_PRIVILEGED("lgdt", "lgdt (%%rsp)"),
    EXO_PRIVILEGED("lidt", "lidt (%%rsp)"),
    EXO_PRIVILEGED("lldt", "lldt %%ax"),
    EXO_PRIVILEGED("ltr", "ltr %%ax"),
    EXO_PRIVILEGED("lmsw", "lmsw %%ax"),
    EXO_PRIVILEGED("clts", "clts"),
    EXO_PRIVILEGED("invd", "invd"),
    EXO_PRIVILEGED("wbinvd", "wbinvd"),
    EXO_PRIVILEGED("invlpg", "invlpg (%%rsp)"),
    EXO_PRIVILEGED("swapgs", "swapgs"),
    EXO_PRIVILEGED("sysret", "sysretq"),
    EXO_PRIVILEGED("xsetbv", "xsetbv"),
    EXO_PRIVILEGED("kernel-data-segment", "movl $0x10, %%eax\n movw %%ax, %%ss"),
    EXO_PRIVILEGED("system-call-interrupt", "int $0x80"),
    EXO_PRIVILEGED("timer-interrupt", "int $0x20"),
    EXO_PRIVILEGED("double-fault-interrupt", "int $8"),
    EXO_PRIVILEGED("page-fault-interrupt", "int $14"),
    {"stac", exception(kInvalidOpcode), [](Trial& t) { t.fault(TRY_INSTRUCTION("stac", "D"(0))); }},
    {"monitor", any_refusal,
     [](Trial& t) { t.fault(TRY_INSTRUCTION("xorl %%ecx, %%ecx\n monitor", "D"(0))); }},
    {"vmcall", any_refusal, [](Trial& t) { t.fault(TRY_INSTRUCTION("vmcall", "D"(0))); }},
    {"return-to-ring-0", any_refusal,
     [](Trial& t) {
       t.fault(TRY_INSTRUCTION(
           "movq %%rsp, %%r12\n leaq -256(%%rsp), %%rsp\n pushq $0x10\n pushq %%r12\n pushfq\n"
           "pushq $0x8\n pushq $662f\n iretq\n 661: nop\n 662: movq %%r12, %%rsp",
           "D"(0)));
     }},
    EXO_HIDDEN("sgdt", "sgdt (%0)"),
    EXO_HIDDEN("sidt", "sidt (%0)"),
    EXO_HIDDEN("sldt", "sldt (%0)"),
    EXO_HIDDEN("str", "str (%0)"),
    EXO_HIDDEN("smsw", "smsw (%0)"),
    {"read-kernel-memory", exception(kPageFault), read_kernel},
    {"write-kernel-memory", exception(kPageFault), write_kernel},
    {"run-kernel-text", exception(kPageFault), run_kernel},
    {"read-every-gigabyte", exception(kPageFault), read_everywhere},
    {"read-non-canonical", exception(kGeneralProtection), non_canonical},
    {"write-own-text", exception(kPageFault), write_own_text},
    {"write-start-page", exception(kPageFault), write_start_page},
    {"run-stack", exception(kPageFault), run_stack},
    {"run-data", exception(kPageFault), run_data},
    {"wild-jump", any_refusal, wild_jump},
    {"call-with-nested-task-flag", nothing_gained, call_with_flag<0x4000>},
    {"call-with-alignment-check-flag", nothing_gained, call_with_flag<0x40000>},
    {"call-with-direction-flag", nothing_gained, call_with_flag<0x400>},
    {"call-with-trap-flag", nothing_gained, call_with_flag<0x100>},
    {"call-with-kernel-stack", nothing_gained, call_with_kernel_stack},
    {"call-with-kernel-gs", nothing_gained, call_with_kernel_gs},
    {"read-kernel-through-gs", any_refusal, kernel_through_gs},
};

}  // namespace

std::span<const Attack> instruction_attacks() { return kAttacks; }

}  // namespace intruder
