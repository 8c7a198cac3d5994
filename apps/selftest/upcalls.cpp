// SPDX-License-Identifier: MIT
// Exceptions in the environment's own handlers.
#include "apps/selftest/test.hpp"
#include "core/upcall.hpp"
#include "vm/vm.hpp"

namespace selftest {

namespace {

using core::Fault;

// What the handlers saw last.
struct Seen {
  u64 vector, address, error;
  u32 first, second;
};
constinit Seen seen{};
constinit bool fault_again = false;

// The instructions under test are two bytes long (or followed by a nop that makes them so).
constexpr u64 kLength = 2;

void skip(Fault& fault) {
  seen.vector = fault.trap.vector;
  seen.address = fault.trap.address;
  seen.error = fault.trap.error;
  seen.first++;
  if (fault_again) asm volatile("ud2");
  fault.registers.r12 = 0x600d;
  fault.trap.rip += kLength;
}

void skip_second(Fault& fault) {
  seen.second++;
  fault.trap.rip += kLength;
}

struct Guard {
  Guard() {
    seen = {};
    fault_again = false;
    vm::on_other_fault(skip);
    core::on_second_fault(skip_second);
  }
  ~Guard() { vm::on_other_fault(core::end_by_fault); }
};

u64 depth() { return reinterpret_cast<const volatile UpcallPage*>(core::kUpcallAddress)->fault_depth; }

Outcome invalid_instruction() {
  const Guard guard;
  u64 r12 = 1;
  asm volatile("movq %0, %%r12\n ud2\n movq %%r12, %0" : "+r"(r12) : : "r12", "memory");
  EXPECT(seen.first == 1 && seen.vector == 6);
  EXPECT(r12 == 0x600d);  // the handler may change registers
  EXPECT(depth() == 0);
  return nullptr;
}

Outcome privileged_instruction() {
  const Guard guard;
  asm volatile("hlt\n nop" : : : "r12", "memory");
  EXPECT(seen.first == 1 && seen.vector == 13);
  return nullptr;
}

Outcome page_fault_says_where() {
  const Guard guard;
  const u64 address = 0x123456000;
  asm volatile("movb (%0), %%al" : : "D"(address) : "rax", "r12", "memory");
  EXPECT(seen.first == 1 && seen.vector == 14 && seen.address == address);
  EXPECT(seen.error == 4);  // user mode, read, not present
  asm volatile("movb %%al, (%0)" : : "D"(address) : "r12", "memory");
  EXPECT(seen.first == 2 && seen.error == 6);  // write
  return nullptr;
}

Outcome kernel_memory_faults() {
  const Guard guard;
  const u64 address = 0xffff800000000000;
  asm volatile("movb (%0), %%al" : : "D"(address) : "rax", "r12", "memory");
  EXPECT(seen.first == 1 && seen.vector == 14 && seen.address == address);
  return nullptr;
}

Outcome divide_error() {
  const Guard guard;
  asm volatile("xorl %%edx, %%edx\n movl $1, %%eax\n xorl %%ecx, %%ecx\n divl %%ecx"
               :
               :
               : "rax", "rcx", "rdx", "r12", "cc", "memory");
  EXPECT(seen.first == 1 && seen.vector == 0);
  return nullptr;
}

Outcome fault_in_handler_goes_to_second() {
  const Guard guard;
  fault_again = true;
  asm volatile("ud2" : : : "r12", "memory");
  EXPECT(seen.first == 1 && seen.second == 1);
  EXPECT(depth() == 0);
  fault_again = false;
  asm volatile("ud2" : : : "r12", "memory");
  EXPECT(seen.first == 2 && seen.second == 1);  // the first handler is in use again
  return nullptr;
}

Outcome many_faults_keep_registers() {
  const Guard guard;
  u64 wrong = 0;
  for (u64 i = 0; i < 2000; i++) {
    u64 general = i, vector = i * 3;
    asm volatile("movq %1, %%xmm5\n ud2\n movq %%xmm5, %1"
                 : "+r"(general), "+r"(vector)
                 :
                 : "xmm5", "r12", "memory");
    wrong += general != i || vector != i * 3;
  }
  EXPECT(wrong == 0 && seen.first == 2000);
  return nullptr;
}

constexpr Test kTests[] = {
    {"invalid_instruction", invalid_instruction},
    {"privileged_instruction", privileged_instruction},
    {"page_fault_says_where", page_fault_says_where},
    {"kernel_memory_faults", kernel_memory_faults},
    {"divide_error", divide_error},
    {"fault_in_handler_goes_to_second", fault_in_handler_goes_to_second},
    {"many_faults_keep_registers", many_faults_keep_registers},
};

}  // namespace

std::span<const Test> upcall_tests() { return kTests; }

}  // namespace selftest
