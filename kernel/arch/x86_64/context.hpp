// SPDX-License-Identifier: MIT
// What an environment needs to run, beside its entry in the ledger: entry points, how it goes on
// when it gets a CPU, what it sleeps on, whom it owes a reply. Guarded by the kernel lock.
#pragma once
#include "abi/env.hpp"
#include "abi/status.hpp"
#include "kernel/arch/x86_64/registers.hpp"

namespace arch {

// How a Ready environment is entered.
enum class Resume : u8 {
  Begin,  // upcall to entry_begin with `rsp`
  Saved,  // all registers from the save area: the kernel took the CPU by force
  Reply,  // behind its env_call: rip, rsp and `reply`
};

// The kernel's save area, in the save frame.
struct SaveArea {
  alignas(64) u8 fpu[kPageSize - 256];
  Registers registers;
  u8 rest[256 - sizeof(Registers)];
};
static_assert(sizeof(SaveArea) == kPageSize);

// What it was doing; set aside while it handles a call.
struct Activity {
  EnvState state;
  Resume resume;
  BeginReason reason;
  u64 rsp, rip;
  u64 wake_word, wake_expected, wake_deadline;  // while Sleeping; word 0: none
};

struct Context {
  EnvConfig config;
  UpcallPage* page;  // through the direct map; nullptr before env_configure
  SaveArea* save;
  Activity now;  // state is in the ledger while this is current
  Activity before_call;
  Status reply_status;
  u64 reply[4];
  u64 fs_base, gs_base;
  u32 debt;      // positions it lost by overrunning slice ends
  u32 overruns;  // slice ends in a row that it overran
  u16 caller;    // env that waits for its reply, kNoEnv if none
  u16 on_cpu;    // CPU that runs it, kNoCpu if none
  bool in_call;
  bool ending;    // a slice-end upcall is under way
  bool notified;  // the next sleep returns at once
  bool notice;    // to be delivered at entry_notice
};
inline constexpr u16 kNoCpu = 0xffff;

// All zero before env_configured: `page` tells. Only entries with a page have a meaning.
extern Context contexts[kMaxEnvs];

}  // namespace arch
