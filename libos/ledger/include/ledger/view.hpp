// SPDX-License-Identifier: MIT
// View: the kernel's tables, mapped read-only. A copy is taken between two readings of the ledger's
// version, which is odd while the kernel changes anything; so its fields agree with each other.
// Copy little at a time: a busy kernel leaves only some microseconds between two changes.
#pragma once
#include "abi/ledger.hpp"
#include "base/memory.hpp"

namespace ledger {
using namespace abi;

class View {
 public:
  // Times that a copy is tried before it gives up.
  static constexpr u32 kTries = 10000;

  View() = default;
  // `ledger`: address of its first page; `frames`: of the frame table, nullptr if it is not mapped.
  View(const void* ledger, const void* frames)
      : header_(static_cast<const LedgerHeader*>(ledger)), frames_(static_cast<const FrameEntry*>(frames)) {}

  // Whether this is a ledger whose format this program knows.
  bool valid() const {
    return header_ != nullptr && header_->magic == kLedgerMagic && header_->format == kLedgerVersion;
  }

  // Runs `copy` (which reads the tables and writes elsewhere) until nothing was changed meanwhile.
  // False: something was being changed every time; what was copied may disagree with itself.
  template <class Copy>
  bool read(Copy copy) const {
    for (u32 i = 0; i < kTries; i++) {
      const u64 before = version();
      if (before % 2 != 0) {
        __builtin_ia32_pause();
        continue;
      }
      copy();
      __atomic_thread_fence(__ATOMIC_ACQUIRE);
      if (version() == before) return true;
    }
    return false;
  }

  // One entry, consistent in itself unless `read` gave up.
  template <class Entry>
  bool read_entry(const TableInfo& table, u32 index, Entry& to) const {
    const Entry* const from = entries<Entry>(table) + index;
    return read([&] { memcpy(&to, from, sizeof to); });
  }
  bool header(LedgerHeader& to) const {
    return read([&] { memcpy(&to, header_, sizeof to); });
  }
  bool env(u32 index, EnvEntry& to) const { return read_entry(header_->envs, index, to); }
  bool cap(u32 env, u32 slot, CapEntry& to) const {
    return read_entry(header_->caps, env * kCapsPerEnv + slot, to);
  }
  bool filter(u32 index, FilterEntry& to) const { return read_entry(header_->filters, index, to); }
  bool shape(u32 index, ShapeEntry& to) const { return read_entry(header_->shapes, index, to); }
  bool binding(u32 index, BindingEntry& to) const { return read_entry(header_->bindings, index, to); }
  bool cpu(u32 index, CpuEntry& to) const { return read_entry(header_->cpus, index, to); }
  bool device(u32 index, DeviceEntry& to) const { return read_entry(header_->devices, index, to); }
  bool queue(u32 index, QueueEntry& to) const { return read_entry(header_->queues, index, to); }
  bool frame(u32 index, FrameEntry& to) const {
    return read([&] { memcpy(&to, frames_ + index, sizeof to); });
  }

  // The tables themselves, for use inside read().
  const LedgerHeader& raw() const { return *header_; }
  template <class Entry>
  const Entry* entries(const TableInfo& table) const {
    return reinterpret_cast<const Entry*>(reinterpret_cast<const u8*>(header_) + table.offset);
  }
  const FrameEntry* frames() const { return frames_; }

 private:
  u64 version() const { return __atomic_load_n(&header_->version, __ATOMIC_ACQUIRE); }

  const LedgerHeader* header_ = nullptr;
  const FrameEntry* frames_ = nullptr;
};

}  // namespace ledger
