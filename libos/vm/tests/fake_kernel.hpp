// SPDX-License-Identifier: MIT
// A kernel for tests of vm: page tables as maps, memory as byte arrays, and a check of every step as
// the real one makes it.
#pragma once
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "vm/space.hpp"

struct FakeKernel {
  struct Entry {
    abi::u32 target;
    abi::u32 rights;
  };
  std::map<abi::u32, std::map<abi::u32, Entry>> tables;
  std::map<abi::u32, abi::u32> level;  // of each table
  std::map<abi::u32, std::array<abi::u8, abi::kPageSize>> memory;
  std::map<abi::u32, std::vector<vm::PageRecord>> record_pages;
  abi::u32 next = 100;
  abi::u32 limit = ~0u;  // frames that may exist
  abi::u32 flushes = 0;

  abi::u32 root() {
    level[7] = 4;
    return 7;
  }
  vm::Result<abi::u32> frame() {
    if (memory.size() + level.size() >= limit) return vm::Status::Quota;
    memory[next].fill(0);
    return next++;
  }
  void free(abi::u32 f) {
    if (memory.erase(f) != 1) throw "freed twice";
    for (auto& [table, entries] : tables)
      for (auto& [slot, entry] : entries)
        if (entry.target == f) throw "freed while mapped";
  }
  vm::Result<abi::u32> table(abi::u32 l) {
    if (memory.size() + level.size() >= limit) return vm::Status::Quota;
    level[next] = l;
    return next++;
  }
  vm::Status update(const abi::PageUpdate* steps, abi::u32 count, abi::u32& done) {
    for (done = 0; done < count; done++) {
      const abi::PageUpdate& s = steps[done];
      if (level.count(s.table) == 0 || s.slot >= 512) return vm::Status::BadArgument;
      auto& entries = tables[s.table];
      const bool there = entries.count(s.slot) != 0;
      if (s.action == abi::PageAction::Set) {
        if (there) return vm::Status::Occupied;
        if (level[s.table] > 1 && level[s.target] != level[s.table] - 1) return vm::Status::Denied;
        entries[s.slot] = {s.target, s.rights};
      } else if (!there) {
        return vm::Status::BadArgument;
      } else if (s.action == abi::PageAction::Clear) {
        entries.erase(s.slot);
      } else {
        entries[s.slot].rights = s.rights;
      }
    }
    return vm::Status::Ok;
  }
  void flush() { flushes++; }
  vm::PageRecord* records(abi::u32 pair) {
    auto& page = record_pages[pair];
    page.resize(1024);
    return page.data();
  }
  void copy(abi::u64 to, abi::u64 from) { memory.at(walk(to)->target) = memory.at(walk(from)->target); }

  // The processor's walk. nullptr: not present.
  const Entry* walk(abi::u64 address) {
    abi::u32 table = 7;
    for (int l = 4;; l--) {
      const auto slot = static_cast<abi::u32>(address >> (12 + 9 * (l - 1)) & 511);
      auto& entries = tables[table];
      if (entries.count(slot) == 0) return nullptr;
      if (l == 1) return &entries[slot];
      table = entries[slot].target;
    }
  }
  // An access as user code makes it, with the fault handler behind it. False: the fault stands.
  template <class Space>
  bool store(Space& space, abi::u64 address, abi::u8 value) {
    for (int tries = 0; tries < 3; tries++) {
      const Entry* e = walk(address);
      if (e != nullptr && (e->rights & abi::kWrite) != 0) {
        memory.at(e->target)[address % abi::kPageSize] = value;
        return true;
      }
      if (!space.fault(address, e == nullptr ? 6 : 7)) return false;
    }
    return false;
  }
  template <class Space>
  int load(Space& space, abi::u64 address) {
    if (walk(address) == nullptr && !space.fault(address, 4)) return -1;
    return memory.at(walk(address)->target)[address % abi::kPageSize];
  }
};
