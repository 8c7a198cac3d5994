// SPDX-License-Identifier: MIT
#include "random_tlb.hpp"

namespace test {

void TlbModel::add_ancestors(std::set<u64>& ids, u32 cap) const {
  for (u32 i = cap == 0 ? kNone : caps[cap].parent; i != kNone; i = caps[i].parent)
    if (const auto id = ids_.find(i); id != ids_.end()) ids.insert(id->second);
}

void TlbModel::load(u32 cpu, u32 table, u32 slot, u32 upper) {
  const u64 entry = physmem[table][slot];
  std::set<u64> ancestors;
  add_ancestors(ancestors, pte_cap(entry));
  add_ancestors(ancestors, upper);
  const u32 frame = pte_frame(entry);
  for (const u32 part : {0u, 1u, kLargeFrames - 1}) {
    cpus_[cpu].emplace(frame + part,
                       Translation{frames[frame + part].stamp, (entry & kPteWrite) != 0, ancestors});
    if ((entry & kPteLarge) == 0) break;
  }
}

void TlbModel::flush(u32 cpu) { cpus_[cpu].clear(); }

const char* TlbModel::check_frames() const {
  for (const auto& cpu : cpus_) {
    for (const auto& [number, translation] : cpu) {
      const FrameEntry& f = frames[number];
      if (f.type == FrameType::Quarantine) continue;
      const bool data = f.type == FrameType::Data || f.type == FrameType::Large || f.type == FrameType::Part;
      const bool read_only = f.type == FrameType::Shared || is_table(f.type);
      if (!data && (!read_only || translation.writable)) return "a CPU translates to what is no data";
      if (f.stamp != translation.stamp) return "a CPU translates to a frame that changed hands";
    }
  }
  return nullptr;
}

bool TlbModel::has_descendant(u32 cap) const {
  const auto id = ids_.find(cap);
  if (id == ids_.end()) return false;
  for (const auto& cpu : cpus_)
    for (const auto& [number, translation] : cpu)
      if (translation.ancestors.contains(id->second)) return true;
  return false;
}

}  // namespace test
