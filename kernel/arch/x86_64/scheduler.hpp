// SPDX-License-Identifier: MIT
// Which environment a CPU runs: the owner of the current position of its slice vector if it can, else
// whoever of those that asked for idle time is first and can (core/idle.hpp), else nobody and the CPU
// halts. In place of one that waits in a call, whom it waits for runs, on its time. A decision looks
// at 2 + kMaxIdleShares environments at most, each with kMaxChain others behind it. Kernel lock held.
#pragma once
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/cpu.hpp"

namespace arch {

inline constexpr u32 kMaxChain = 8;  // environments that wait for each other in calls, one behind the other

// Fills `regs` with the next environment to run on this CPU, halting until there is one.
// Nothing runs on this CPU now (cpu.current is kNoEnv).
void schedule(Registers& regs);

// The end of boot on each CPU.
[[noreturn]] void schedule_forever();

// After an interrupt from user mode: goes on with what ran, or ends its slice.
void reconsider(Registers& regs);

// Enters `env` (Ready, on no CPU) on this CPU.
void enter(u16 env, Registers& regs);
// The running environment leaves this CPU; `state` is what it becomes.
void leave(EnvState state);

// Makes CPUs where `env` has positions or idle time look again.
void kick_cpus_of(u16 env);

// One timer interrupt at TSC `at`; replaces the one before.
void set_timer(CpuLocal& cpu, u64 at, u64 now);

// True if the word that `env` sleeps on holds another value, or is mapped no more.
bool word_changed(u16 env);
// A Sleeping environment becomes Ready.
void wake(u16 env, BeginReason reason);
// True (and it is Ready then) if a Sleeping environment's word changed or its deadline came.
bool wake_if_due(u16 env, u64 now);

// The call that `caller` waits in ends with `status`; whom it called has nobody to answer any more.
void end_call(u16 caller, Status status);

// The environment that runs on this CPU ends.
void end_current(EndReason reason, u64 code);

}  // namespace arch
