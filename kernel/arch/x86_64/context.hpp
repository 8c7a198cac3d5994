// SPDX-License-Identifier: MIT
// What an environment needs to run, beside its entry in the ledger: entry points, how it goes on
// when it gets a CPU, what it sleeps on, whom it owes a reply. Guarded by the kernel lock.
#pragma once
#include "abi/env.hpp"
#include "abi/slice.hpp"
#include "abi/status.hpp"
#include "abi/wake.hpp"
#include "kernel/arch/x86_64/registers.hpp"

namespace arch {

// How a Ready environment is entered.
enum class Resume : u8 {
  Begin,  // upcall to entry_begin with `rsp`
  Saved,  // all registers from the save area: the kernel took the CPU by force
  Reply,  // behind its call: rip, rsp, and reply_status in rax
};

// The kernel's save area, in the save frame.
struct SaveArea {
  alignas(64) u8 fpu[3072];
  Registers registers;
  WakePredicate predicate[2];  // that it sleeps on; the second while it handles a call
  u8 rest[kPageSize - 3072 - sizeof(Registers) - 2 * sizeof(WakePredicate)];
};
static_assert(sizeof(SaveArea) == kPageSize);

inline constexpr u64 kWakePredicate = 1;  // no address of a word

// What it is doing.
struct Activity {
  Resume resume;
  BeginReason reason;
  u64 rsp, rip;
  u64 wake_word, wake_expected;  // while Sleeping; word 0: none, kWakePredicate: SaveArea::predicate
  u64 wake_deadline;             // while Sleeping or Calling
};

// The call that it handles.
struct alignas(8) Handling {
  u16 caller = kNoEnv;      // env that waits for its reply, kNoEnv if none
  u16 chain = 0;            // how many wait for it, one behind the other
  bool active = false;      // it handles a call
  bool set_aside = false;   // it has an activity of its own there, in `now`
  EnvState before_state{};  // Ready or Sleeping, as it was before
};

struct alignas(512) Context {
  EnvEntry* entry;  // its books, in the ledger
  EnvConfig config;
  UpcallPage* page;  // through the direct map; nullptr before env_configure
  SaveArea* save;
  u64 cr3;
  u16 env;  // its number
  Activity now;
  Activity before_call;  // if call.set_aside; else `now` is still what it was before the call
  Handling call;
  Status reply_status;
  u64 fs_base, gs_base;
  u32 debt;       // positions it lost by overrunning slice ends
  u32 overruns;   // slice ends in a row that it overran
  bool ending;    // a slice-end upcall is under way
  bool notified;  // the next sleep returns at once
  bool notice;    // to be delivered at entry_notice
};

// All zero before env_configured: `page` tells. Only entries with a page have a meaning.
extern Context contexts[kMaxEnvs];

// Where the predicate of its present activity is kept.
inline WakePredicate& wake_predicate(const Context& context) {
  return context.save->predicate[context.call.active ? 1 : 0];
}

// Before anything is written to context.now: what was there before a call is kept for afterwards.
inline void keep_before_call(Context& context) {
  if (!context.call.active || context.call.set_aside) return;
  context.before_call = context.now;
  context.call.set_aside = true;
}

}  // namespace arch
