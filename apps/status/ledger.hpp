// SPDX-License-Identifier: MIT
// Ledger: the kernel's tables, mapped read-only, and Snapshot: a copy of the small ones, each table
// consistent in itself.
#pragma once
#include "core/start.hpp"
#include "ledger/open.hpp"

namespace status {
using namespace abi;

struct Snapshot {
  bool consistent;  // nothing was being changed while each table was copied
  LedgerHeader header;
  EnvEntry envs[kMaxEnvs];
  CpuEntry cpus[kMaxCpus];
  DeviceEntry devices[kMaxDevices];
  QueueEntry queues[kMaxQueues];
};

class Ledger {
 public:
  // BadCap: the environment was not given the ledger.
  base::Status open(const core::StartInfo& start);
  void copy(Snapshot& to) const;
  // Of the large tables, one entry at a time.
  CapEntry cap(u32 env, u32 slot) const;
  FilterEntry filter(u32 number) const;
  ShapeEntry shape(u32 number) const;
  BindingEntry binding(u32 number) const;
  FrameEntry frame(u32 number) const;

 private:
  ledger::View view_;
};

inline bool env_exists(const EnvEntry& env) { return env.state != EnvState::Unused; }

}  // namespace status
