// SPDX-License-Identifier: MIT
// CPU: time of others, calls to nobody, numbers that are no call, sleep on words of others, and what
// others left in the registers.
#include "abi/syscall_numbers.hpp"
#include "apps/intruder/tools.hpp"
#include "core/time.hpp"

namespace intruder {

namespace {

void unknown_calls(Trial& trial) {
  for (u64 number = 0; number < 512; number++) {
    bool known = false;
    for (const Call call : kCalls) known = known || static_cast<u64>(call) == number;
    if (!known) trial.status(raw(number));
  }
  for (const u64 number : {~0ul, 1ul << 32, 1ul << 63, 1ul << 32 | 16, 0x80000000ul})
    trial.status(raw(number));
}

void take_slices(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++) {
    trial.status(sys::slice_assign(slot, kSlotSelf, 0, 64));
    trial.status(sys::slice_assign(slot, kNone, 0, 64));
    trial.status(sys::slice_assign(slot, kSlotSelf, 63, kNone));
  }
}

// As itself and as others, with every slot that could be a Slices capability.
void claim_slices(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++) {
    for (const u64 mask : {1ul, ~0ul, 1ul << 63}) {
      const SliceClaim claim{mask, slot, 0};
      trial.status(sys::slice_claim(kSlotSelf, &claim, 1));
      trial.status(sys::slice_claim(kNone, &claim, 1));
    }
  }
}

void claim_odd_lists(Trial& trial) {
  const SliceClaim claims[kMaxCpus + 1] = {};
  for (const u32 count : {0u, kMaxCpus + 1, kNone}) trial.status(sys::slice_claim(kSlotSelf, claims, count));
  trial.status(sys::slice_claim(kSlotSelf, claims, kMaxCpus));  // empty masks
}

void ask_for_idle_time(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    for (const u32 weight : {0u, 1u, kMaxIdleWeight, kNone})
      trial.status(sys::slice_idle(slot, kSlotSelf, weight));
}

void yield_to_self(Trial& trial) { trial.status(core::yield(kSlotSelf).status); }
void notify_self(Trial& trial) { trial.status(sys::notify(kSlotSelf)); }

void call_self(Trial& trial) {
  core::Words reply{};
  trial.status(core::call(kSlotSelf, {}, reply));
}

void reply_to_nobody(Trial& trial) { trial.status(raw(51, 1, 2, 3, 4)); }

// No call is under way, so there is no right to reply, however often it is tried, and nothing to carry.
void reply_twice_to_nobody(Trial& trial) {
  for (int i = 0; i < 2; i++) trial.status(raw(51, 1, 2, 3, 4));
}

void reply_with_capability_to_nobody(Trial& trial) {
  for (u64 slot = 0; slot < kSlotsTried; slot++) trial.status(raw(54, 1, 2, 3, 4, slot, kRead));
  trial.status(raw(54, 1, 2, 3, 4, kNone, 0));
}

void send_to_self(Trial& trial) { trial.status(core::send(kSlotSelf, {})); }

void call_self_with_capability(Trial& trial) {
  core::Words reply{};
  bool brought = false;
  trial.status(core::call_with(kSlotSelf, {{0, 0, 0, 0}, kForever, kSlotSelf, kAllRights}, reply, brought));
}

void call_slot_with_high_bits(Trial& trial) {
  for (const u64 slot : {1ul << 32, 1ul << 63, ~0ul}) {
    trial.status(raw(50, slot, 0, 0, 0, 0, kForever));
    trial.status(raw(52, slot));
    trial.status(raw(53, slot, core::kStartAddress));
  }
}

void sleep_on(Trial& trial, u64 address) {
  trial.status(core::sleep(reinterpret_cast<const u64*>(address), 0, core::tsc()).status);
}

void sleep_on_bad_words(Trial& trial) {
  for (const u64 address : {0x10000ul, 0xffff800000000000ul, 0xffffffff80100000ul, 0x0000800000000000ul,
                            kUserEnd - 8, kUserEnd, ~0ul - 7})
    sleep_on(trial, address);
}

void sleep_on_misaligned_words(Trial& trial) {
  for (u64 i = 1; i < 8; i++) sleep_on(trial, core::kStartAddress + i);
  sleep_on(trial, core::kStartAddress + kPageSize - 1);
}

// Sleeps that must not begin: programs that do not end, leave the words or are none; words of others.
void predicate(Trial& trial, const WakePredicate& p) {
  trial.status(core::sleep_until(p, core::tsc()).status);
}

constexpr BpfInsn kReturnOne{0x06, 0, 0, 1};

void predicates_that_do_not_verify(Trial& trial) {
  const BpfInsn bad[] = {{0x05, 0, 0, 1},           {0x05, 0, 0, ~0u}, {0x15, 255, 0, 0},
                         {0x02, 0, 0, 16},          {0x34, 0, 0, 0},   {0x64, 0, 0, 32},
                         {0x20, 0, 0, 0xfffff000u}, {0xffff, 0, 0, 0}, {0x60, 0, 0, 16}};
  for (const BpfInsn& i : bad) predicate(trial, {{core::kStartAddress}, 1, 2, {i, kReturnOne}});
  predicate(trial, {{core::kStartAddress}, 1, 1, {{0x00, 0, 0, 0}}});  // no return
}

void predicates_with_odd_counts(Trial& trial) {
  for (const u32 count : {0u, kMaxWakeWords + 1, kNone}) predicate(trial, {{}, count, 1, {kReturnOne}});
  for (const u32 length : {0u, kMaxWakeInsns + 1, kNone})
    predicate(trial, {{core::kStartAddress}, 1, length, {kReturnOne}});
  predicate(trial, {{core::kStartAddress + 1}, 1, 1, {kReturnOne}});
}

void predicates_over_words_of_others(Trial& trial) {
  for (const u64 address :
       {0x10000ul, 0xffff800000000000ul, 0xffffffff80100000ul, 0x0000800000000000ul, kUserEnd})
    predicate(trial, {{core::kStartAddress, address}, 2, 1, {kReturnOne}});
}

// Extended registers after others had the CPU: own values or zeros, nothing else.
void read_stale_registers(Trial& trial) {
  for (int round = 0; round < 200; round++) {
    alignas(16) u64 registers[32] = {};
    asm volatile(
        "pxor %%xmm8, %%xmm8\n pxor %%xmm9, %%xmm9\n pxor %%xmm10, %%xmm10\n pxor %%xmm11, %%xmm11\n"
        "pxor %%xmm12, %%xmm12\n pxor %%xmm13, %%xmm13\n pxor %%xmm14, %%xmm14\n pxor %%xmm15, %%xmm15"
        :
        :
        : "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    core::yield();
    asm volatile(
        "movaps %%xmm0, 0(%0)\n movaps %%xmm1, 16(%0)\n movaps %%xmm2, 32(%0)\n movaps %%xmm3, 48(%0)\n"
        "movaps %%xmm4, 64(%0)\n movaps %%xmm5, 80(%0)\n movaps %%xmm6, 96(%0)\n movaps %%xmm7, 112(%0)\n"
        "movaps %%xmm8, 128(%0)\n movaps %%xmm9, 144(%0)\n movaps %%xmm10, 160(%0)\n movaps %%xmm11, "
        "176(%0)\n"
        "movaps %%xmm12, 192(%0)\n movaps %%xmm13, 208(%0)\n movaps %%xmm14, 224(%0)\n movaps %%xmm15, "
        "240(%0)"
        :
        : "r"(registers)
        : "memory");
    u64 found = 0;
    for (u32 i = 16; i < 32; i++)
      found |= registers[i];  // xmm8..15: what the intruder itself left there is zero
    if (found != 0) trial.gained("vector registers of somebody else");
  }
}

// General registers that a system call is to leave or clear never hold kernel addresses.
void read_kernel_addresses(Trial& trial) {
  for (u64 number = 0; number < 128; number++) {
    // Not those that give up the CPU or end the environment.
    if (number == 16 || number == 41 || number == 42 || number == 46 || number == 51) continue;
    u64 rax = number, rdx = ~0ul >> 32, rdi = ~0ul >> 32, rsi = 0;
    register u64 r10 asm("r10") = 0;
    register u64 r8 asm("r8") = 0;
    register u64 r9 asm("r9") = 0;
    u64 rcx, r11;
    asm volatile("syscall\n movq %%r11, %%rbx"
                 : "+a"(rax), "+d"(rdx), "+D"(rdi), "+S"(rsi), "+r"(r10), "+r"(r8), "+r"(r9), "=c"(rcx),
                   "=b"(r11)
                 :
                 : "r11", "memory");
    for (const u64 value :
         {rdx, rdi, rsi, static_cast<u64>(r10), static_cast<u64>(r8), static_cast<u64>(r9), rcx, r11})
      if (value >> 47 != 0) trial.gained("a kernel address in a register");
  }
}

void fault_in_fault_handler(Trial& trial) {
  const u32 before = second_faults();
  fault_in_handler(true);
  trial.fault(try_read(0x10000));
  fault_in_handler(false);
  if (second_faults() != before + 1) trial.gained("a second fault that nobody saw");
}

// A stack pointer that is none: the exception must still find the upcall stack.
void fault_without_stack(Trial& trial) {
  for (const u64 stack : {0ul, 0xffff800000000000ul, 0x0000800000000000ul, ~0ul, kUserEnd}) {
    trial.fault(TRY_INSTRUCTION(
        "movq %%rsp, %%r12\n movq %0, %%rsp\n pushq %%rax\n jmp 662f\n 661: nop\n 662: movq %%r12, %%rsp",
        "D"(stack)));
  }
}

constexpr Attack kAttacks[] = {
    {"unknown-system-calls", refusal(Status::BadCall), unknown_calls},
    {"take-slices", any_refusal, take_slices},
    {"claim-slices", refusal(Status::BadCap), claim_slices},
    {"claim-odd-lists", refusal(Status::BadArgument), claim_odd_lists},
    {"ask-for-idle-time", refusal(Status::BadCap), ask_for_idle_time},
    {"yield-to-self", any_refusal, yield_to_self},
    {"notify-self", refusal(Status::Denied), notify_self},
    {"call-self", refusal(Status::Denied), call_self},
    {"reply-to-nobody", refusal(Status::Denied), reply_to_nobody},
    {"reply-twice-to-nobody", refusal(Status::Denied), reply_twice_to_nobody},
    {"reply-with-capability-to-nobody", refusal(Status::Denied), reply_with_capability_to_nobody},
    {"send-to-self", refusal(Status::Denied), send_to_self},
    {"call-self-with-capability", refusal(Status::Denied), call_self_with_capability},
    {"call-slot-with-high-bits", refusal(Status::BadArgument), call_slot_with_high_bits},
    {"sleep-on-bad-words", refusal(Status::BadAddress), sleep_on_bad_words},
    {"sleep-on-misaligned-words", refusal(Status::BadArgument), sleep_on_misaligned_words},
    {"predicates-that-do-not-verify", refusal(Status::BadProgram), predicates_that_do_not_verify},
    {"predicates-with-odd-counts", refusal(Status::BadArgument), predicates_with_odd_counts},
    {"predicates-over-words-of-others", refusal(Status::BadAddress), predicates_over_words_of_others},
    {"read-stale-registers", nothing_gained, read_stale_registers},
    {"read-kernel-addresses", nothing_gained, read_kernel_addresses},
    {"fault-in-fault-handler", exception(14), fault_in_fault_handler},
    {"fault-without-stack", any_refusal, fault_without_stack},
};

}  // namespace

std::span<const Attack> cpu_attacks() { return kAttacks; }

}  // namespace intruder
