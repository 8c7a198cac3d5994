// SPDX-License-Identifier: MIT
#include "apps/blocks/model.hpp"

namespace blocks {

bool Model::operator==(const Model& other) const {
  if (count != other.count) return false;
  for (u32 i = 0; i < count; i++) {
    const Stretch &a = list[i], &b = other.list[i];
    if (a.start != b.start || a.blocks != b.blocks || a.owner != b.owner) return false;
  }
  return true;
}

void Model::add(const Stretch& stretch) {
  u32 at = count++;
  for (; at > 0 && list[at - 1].start > stretch.start; at--) list[at] = list[at - 1];
  list[at] = stretch;
}

void Model::remove(u64 start, u64 blocks) {
  for (u32 i = 0; i < count; i++) {
    const Stretch s = list[i];
    if (start < s.start || start - s.start >= s.blocks) continue;
    count--;
    for (u32 j = i; j < count; j++) list[j] = list[j + 1];
    const u64 behind = s.start + s.blocks - (start + blocks);
    if (start > s.start) add({s.start, start - s.start, s.owner});
    if (behind > 0) add({start + blocks, behind, s.owner});
    return;
  }
}

bool read_table(const ledger::View& view, Model& to) {
  bool fits = true;
  const bool consistent = view.read([&] {
    to.count = 0;
    fits = true;
    const ExtentEntry* const entries = view.entries<ExtentEntry>(view.raw().extents);
    for (u32 i = 0; i < kExtentsPerTable && fits; i++) {
      if (entries[i].blocks == 0) continue;
      fits = to.count < Model::kMost;
      if (fits) to.add({entries[i].start, entries[i].blocks, entries[i].owner_low});
    }
  });
  return consistent && fits;
}

}  // namespace blocks
