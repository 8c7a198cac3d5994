// SPDX-License-Identifier: MIT
// Machine: what root knows of the machine it runs on: its own start, the ledger, the boot archive,
// the first disk and the first card.
#pragma once
#include "abi/ledger.hpp"
#include "base/archive.hpp"
#include "core/start.hpp"
#include "manifest/reader.hpp"

namespace root {
using namespace abi;
using base::Result;
using base::Status;

class Machine {
 public:
  // Takes over: address space, ledger, clock, archive, manifest. What fails ends root with a line.
  static Machine open(const RootInfo& info);

  const LedgerHeader& ledger() const { return *ledger_; }
  const EnvEntry& env(u32 number) const { return table<EnvEntry>(ledger_->envs)[number]; }
  const TimePage& time() const { return *time_; }
  const base::Archive& archive() const { return archive_; }
  const manifest::Reader& manifest() const { return manifest_; }
  // nullptr: the machine has none.
  const DeviceEntry* disk() const { return find_device(true); }
  const DeviceEntry* card() const { return find_device(false); }

 private:
  template <class Entry>
  const Entry* table(const abi::TableInfo& where) const {
    return reinterpret_cast<const Entry*>(reinterpret_cast<const u8*>(ledger_) + where.offset);
  }
  const DeviceEntry* find_device(bool disk) const;

  const LedgerHeader* ledger_ = nullptr;
  const TimePage* time_ = nullptr;
  base::Archive archive_;
  manifest::Reader manifest_;
};

}  // namespace root
