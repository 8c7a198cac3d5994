// SPDX-License-Identifier: MIT
// Ledger: the kernel's tables, mapped read-only, and Snapshot: a copy of the small ones taken while
// nothing changed, if the machine is ever quiet enough.
#pragma once
#include "abi/ledger.hpp"
#include "base/result.hpp"
#include "core/start.hpp"

namespace status {
using namespace abi;

struct Snapshot {
  bool consistent;  // nothing was being changed while it was copied
  LedgerHeader header;
  EnvEntry envs[kMaxEnvs];
  CpuEntry cpus[kMaxCpus];
  DeviceEntry devices[kMaxDevices];
  QueueEntry queues[kMaxQueues];
  BindingEntry bindings[kMaxBindings];
};

class Ledger {
 public:
  // BadCap: the environment was not given the ledger.
  base::Status open(const core::StartInfo& start);
  void copy(Snapshot& to) const;
  // Of the large tables, one entry at a time.
  CapEntry cap(u32 env, u32 slot) const { return table<CapEntry>(header_->caps)[env * kCapsPerEnv + slot]; }
  FilterEntry filter(u32 number) const { return table<FilterEntry>(header_->filters)[number]; }
  FrameEntry frame(u32 number) const { return frames_[number]; }

 private:
  template <class Entry>
  const Entry* table(const abi::TableInfo& where) const {
    return reinterpret_cast<const Entry*>(reinterpret_cast<const u8*>(header_) + where.offset);
  }
  u64 version() const { return *static_cast<const volatile u64*>(&header_->version); }

  const LedgerHeader* header_ = nullptr;
  const FrameEntry* frames_ = nullptr;
};

inline bool env_exists(const EnvEntry& env) { return env.state != EnvState::Unused; }

}  // namespace status
