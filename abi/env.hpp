// SPDX-License-Identifier: MIT
// Environments and upcalls: how the kernel enters a library OS.
#pragma once
#include "abi/quota.hpp"
#include "abi/types.hpp"

namespace abi {

enum class EnvState : u8 {
  Unused = 0,
  Embryo = 1,  // created, being filled by its creator
  Ready = 2,   // would run if a CPU had time
  Running = 3,
  Sleeping = 4,  // on a word of its memory and a deadline
  Calling = 5,   // in a call to another environment, until that one replies
  Dead = 6,      // ended; holds its frames until it is reaped
};

// Why an environment ended; in EnvEntry::end_reason.
enum class EndReason : u8 {
  None = 0,
  Exit = 1,       // env_exit; the code is EnvEntry::exit_code
  Destroyed = 2,  // env_destroy
  Fault = 3,      // a fault with no handler, or in the second handler; exit_code is the vector
  Overrun = 4,    // kMaxOverruns slice-end upcalls in a row that did not yield in time
};

// One entry of the environment table (in the ledger).
struct EnvEntry {
  char name[16];        // zero-terminated; what the console prints in front of its lines
  u64 run_cycles;       // TSC cycles on a CPU
  u64 donated_cycles;   // of its slices, run by others: in calls, by directed yields
  u64 received_cycles;  // run on slices of others
  u64 idle_cycles;      // run on idle time that it asked for
  u64 syscalls;         // kernel entries by SYSCALL
  u64 faults;           // exceptions delivered to its handlers
  u64 overruns;         // slice-end upcalls that did not yield in time
  u64 preemptions;      // slices that the timer ended
  u64 exit_code;
  u64 started;            // TSC at env_start
  u32 quota[kResources];  // by Resource: what it may have
  u32 used[kResources];   // what it has now
  u32 root_table;         // Table4 frame, kNone before env_configure
  u16 parent;             // env that created it
  u16 calling;            // while Calling: the callee
  u16 last_cpu;           // where it runs, or ran last
  EnvState state;
  EndReason end_reason;
  u32 demand_amount;    // of quota that is to go (abi/notice.hpp); 0: none, and the next three are 0
  u32 demand_resource;  // a Resource
  u32 demand_keep;      // what it may have; no more until the demand is met
  u64 demand_deadline;  // TSC
};
static_assert(sizeof(EnvEntry) == 184 && __has_unique_object_representations(EnvEntry));

constexpr u32 quota_of(const EnvEntry& e, Resource r) { return e.quota[static_cast<u32>(r)]; }
constexpr u32 used_of(const EnvEntry& e, Resource r) { return e.used[static_cast<u32>(r)]; }
constexpr u32 frame_quota(const EnvEntry& e) { return quota_of(e, Resource::Frames); }
constexpr u32 frames_owned(const EnvEntry& e) { return used_of(e, Resource::Frames); }

// What the kernel writes for a fault or a slice end, laid out so that, with rsp at `rip`, IRETQ
// returns to the interrupted code without the kernel (Intel SDM Vol. 3A, 6.14.2). On entry
// rsp = &TrapFrame and every other register is as the interrupted code left it.
struct TrapFrame {
  u64 vector;
  u64 error;    // the processor's error code, 0 where there is none
  u64 address;  // CR2 for a page fault, else 0
  u64 rip;
  u64 cs;
  u64 rflags;
  u64 rsp;
  u64 ss;
};
static_assert(sizeof(TrapFrame) == 64);

// The pinned upcall page. The kernel writes it through its own mapping, so an upcall never faults
// in the kernel; rsp on entry lies in the environment's own mapping of the page. Below each frame
// is scratch stack for the prologue.
struct UpcallPage {
  u64 fault_depth;  // 0: next fault goes to `fault`; 1: to `second`; 2: ends the env.
                    // The kernel adds 1 per delivery, the handler stores 0 when it is done.
  u64 notice_busy;  // the kernel stores 1 when it delivers a notice, the handler 0 when it is done
  u64 reserved[6];
  u8 scratch_fault[944];
  TrapFrame fault;
  u8 scratch_second[944];
  TrapFrame second;
  u8 scratch_end[944];
  TrapFrame end;
  u8 scratch_notice[944];
  TrapFrame notice;
};
static_assert(sizeof(UpcallPage) == kPageSize);
static_assert(__builtin_offsetof(UpcallPage, fault) % 16 == 0 &&
              __builtin_offsetof(UpcallPage, second) % 16 == 0 &&
              __builtin_offsetof(UpcallPage, notice) % 16 == 0);

// Argument of env_configure. Addresses are virtual, in the environment; 0 means "none".
struct EnvConfig {
  char name[16];             // printable ASCII, zero-terminated
  u32 root_table;            // Table4 frame that it owns
  u32 upcall_frame;          // Data frame that it owns; pinned while configured
  u32 save_frame;            // Data frame that it owns; becomes the kernel's, for forced context saves
  u32 notice_frame = kNone;  // Data frame that it owns, pinned while configured: what notices are about
  u64 upcall_page;           // where it maps upcall_frame
  u64 entry_begin;           // slice begin; also the first instruction (rdi = BeginReason::Start)
  u64 entry_end;             // slice end: save registers and yield. 0: the kernel saves and restores
  u64 entry_fault;           // exceptions
  u64 entry_second;          // an exception while fault_depth is 1
  u64 entry_call;            // calls from other environments; 0: calls are refused
  u64 stack;                 // rsp at Start
  u64 call_stack;            // rsp at entry_call
  u64 argument;              // rsi at Start
  u64 entry_notice;          // notices from the kernel; 0: none are delivered
  u32 accept_slot = kNone;   // empty slot where a capability that travels with a call lands; kNone: none may
  u32 reserved;
};
static_assert(sizeof(EnvConfig) == 120);

// FS and GS bases survive every switch; FPU registers are initial or the environment's own old values
// at entry_begin and entry_call, and live at entry_end, entry_fault, entry_second and entry_notice.

// A notice (abi/notice.hpp) is an upcall to entry_notice. It comes when the environment next runs, or
// at once if it runs, and wakes it if it sleeps (BeginReason::Woken); but not while fault_depth or
// notice_busy differ from 0 or a slice-end upcall is under way: then it waits. While notice_busy is
// not 0, calls to the environment are refused with Busy. Several notices may become one.

// rdi at entry_begin. At Start rsp is EnvConfig::stack and rsi is EnvConfig::argument; otherwise
// rsp is what it was at the yield or sleep that gave up the CPU, and all other registers are 0.
enum class BeginReason : u64 {
  Start = 0,
  Slice = 1,     // a yield is over
  Woken = 2,     // the word that it slept on changed, or it was notified, or a notice came
  Deadline = 3,  // its deadline came
};

// At entry_call: rdi = caller's env number, rsi, rdx, r10, r8 = the four arguments; r9 = 1 if a
// capability came along, into accept_slot.

// Argument of env_call_with.
struct CallMessage {
  u64 word[4];
  u64 deadline;    // TSC value at which the caller goes on without a reply, or kForever
  u32 capability;  // slot of a capability with Grant to send along, or kNone
  u32 rights;      // of the callee's child of it
};
static_assert(sizeof(CallMessage) == 48);

// The entry points of a program, for whoever loads it: 64 bytes of its text, 8-byte aligned, that end
// where the ELF entry point (which is `begin`) starts. A loader reads it at e_entry - 64.
struct EntryTable {
  u64 magic;  // kEntryMagic
  u64 begin;  // EnvConfig::entry_begin; equal to the ELF entry point
  u64 end;    // EnvConfig::entry_end, and so on
  u64 fault;
  u64 second;
  u64 call;
  u64 call_stack;  // EnvConfig::call_stack
  u64 notice;
};
static_assert(sizeof(EntryTable) == 64);
inline constexpr u64 kEntryMagic = 0x0073656972746e45;  // "Entries\0"

// Registers for the call family: env_call(rdi = cap slot, rsi, rdx, r10, r8) and reply(rdi, rsi,
// rdx, r10): the caller continues with rax = Status, rdi, rsi, rdx, r10 = the reply and r8 = 1 if a
// capability came with it, into its accept_slot.

// Selectors of user mode (kernel/arch/x86_64/gdt): code for CS, data for SS.
inline constexpr u64 kUserCode = 0x23;
inline constexpr u64 kUserData = 0x1b;

}  // namespace abi
