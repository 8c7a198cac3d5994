// SPDX-License-Identifier: MIT
#include "apps/status/ledger.hpp"

#include "base/memory.hpp"
#include "vm/vm.hpp"

namespace status {

base::Status Ledger::open(const core::StartInfo& start) {
  using base::Status;
  if (start.ledger.slot == kNone) return Status::BadCap;
  const u8* ledger = TRY(vm::map_window(start.ledger.slot, start.ledger.first, start.ledger.count));
  header_ = reinterpret_cast<const LedgerHeader*>(ledger);
  if (header_->magic != kLedgerMagic || header_->format != kLedgerVersion) return Status::BadArgument;
  const core::Window& frames = start.frame_table;
  frames_ = reinterpret_cast<const FrameEntry*>(TRY(vm::map_window(frames.slot, frames.first, frames.count)));
  return Status::Ok;
}

void Ledger::copy(Snapshot& to) const {
  constexpr int kTries = 16;
  for (int i = 0; i < kTries; i++) {
    const u64 before = version();
    asm volatile("" : : : "memory");
    memcpy(&to.header, header_, sizeof to.header);
    memcpy(to.envs, table<u8>(header_->envs), sizeof to.envs);
    memcpy(to.cpus, table<u8>(header_->cpus), sizeof to.cpus);
    memcpy(to.devices, table<u8>(header_->devices), sizeof to.devices);
    memcpy(to.queues, table<u8>(header_->queues), sizeof to.queues);
    memcpy(to.bindings, table<u8>(header_->bindings), sizeof to.bindings);
    asm volatile("" : : : "memory");
    to.consistent = before % 2 == 0 && version() == before;
    if (to.consistent) return;
  }
}

}  // namespace status
