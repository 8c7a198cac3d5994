// SPDX-License-Identifier: MIT
// Visible revocation: what the kernel tells an environment in the page that it named as
// EnvConfig::notice_frame, before and after something is taken, and what the environment tells the
// kernel there: which frames it would rather lose. The kernel raises an upcall to entry_notice when it has
// written; what it decides by is in its own tables, so that nothing in here can mislead it.
#pragma once
#include "abi/cap.hpp"
#include "abi/quota.hpp"
#include "abi/types.hpp"

namespace abi {

// "Give back, of your choice, until you have no more than `keep`." amount 0: nothing is demanded.
// In the ledger as EnvEntry::demand_*.
struct Demand {
  Resource resource;
  u32 amount;    // of quota that goes
  u32 keep;      // met once EnvEntry::used of the resource is at most this
  u32 serial;    // grows with every change
  u64 deadline;  // TSC; from then on it is taken by force
};
static_assert(sizeof(Demand) == 24);

// "This capability will be revoked": by cap_warn of whoever it was derived from.
struct Warning {
  u64 start;  // what the capability covers
  u64 count;
  u64 deadline;  // TSC
  u32 slot;      // of this environment
  u16 object;
  CapType type;
  u8 reserved;
};
static_assert(sizeof(Warning) == 32);

// One entry of the repossession vector: what was taken.
struct Repossessed {
  u64 start;  // frames, blocks, positions
  u64 count;
  u64 serial;  // its number in the order of taking, from 0
  u32 slot;    // the capability that went; kNone: frames of its own
  u16 object;  // device, CPU, filter, environment
  CapType type;
  u8 reserved;
};
static_assert(sizeof(Repossessed) == 32);

inline constexpr u32 kNoticeWarnings = 16;
inline constexpr u32 kNoticeRepossessed = 64;
inline constexpr u32 kMaxUnwired = 367;

struct NoticePage {
  u64 warned;       // warnings so far; number n is in warnings[n % kNoticeWarnings]
  u64 repossessed;  // records so far; number n is in taken[n % kNoticeRepossessed]
  Demand demand;
  u64 frames;  // of its own that were taken so far, also those whose records were overwritten
  u64 reserved[2];
  Warning warnings[kNoticeWarnings];
  Repossessed taken[kNoticeRepossessed];
  // Written by the environment: frames to take first, in this order. Each is read once, when it is its turn.
  u32 unwired_count;
  u32 unwired[kMaxUnwired];
};
static_assert(sizeof(NoticePage) == kPageSize);

}  // namespace abi
