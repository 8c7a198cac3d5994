// SPDX-License-Identifier: MIT
// Ownership tables between memory and disk: one piece of work per table at a time, a command after the
// other, nobody waiting. Who began one gets Again until it is over; the outcome is kept for that
// environment alone until the same call asks for it, another of its calls comes, or it ends.
#pragma once
#include "kernel/core/ownership_pages.hpp"

namespace kernel {
using namespace abi;

// What a call wants, to tell a repetition from another call.
struct TableCall {
  u64 number;  // of the system call
  u64 arguments[6];
};

// Where a call of `env` stands. Ok: it is new, begin; anything else is its answer: Again, Busy (another call
// of env is under way), or its outcome, for which `entry` says what was changed.
struct TableAnswer {
  bool is_new;
  Status status;
  ExtentEntry entry;
};
TableAnswer table_answer(u16 env, const TableCall& call);

// Begin a call that is new; Again (it is under way, or somebody else's is and env comes next) or the error.
Status table_format(u16 env, const TableCall& call, u16 device, u64 start, u64 blocks, ExtentFormat mode);
// `plan` answers a Status and fills in the change; it runs only when nothing else is under way.
bool table_is_free(u16 env, u16 device);
Status table_update(u16 env, const TableCall& call, const core::ExtentChange& change);

// `env` is being reaped: what it began ends, but nobody is told.
void disk_table_forget(u16 env);

}  // namespace kernel
