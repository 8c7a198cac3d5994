// SPDX-License-Identifier: MIT
#include "random_tlb.hpp"

namespace test {

void TlbModel::load(u32 cpu, u32 table, u32 slot) {
  const u64 entry = physmem[table][slot];
  const u32 frame = pte_frame(entry);
  Translation t{frames[frame].stamp, {}};
  const u32 cap = pte_cap(entry);
  for (u32 i = cap == 0 ? kNone : caps[cap].parent; i != kNone; i = caps[i].parent)
    t.ancestors.insert(ids_[i]);
  cpus_[cpu].emplace(frame, t);
}

void TlbModel::flush(u32 cpu) { cpus_[cpu].clear(); }

const char* TlbModel::check_frames() const {
  for (const auto& cpu : cpus_) {
    for (const auto& [number, translation] : cpu) {
      const FrameEntry& f = frames[number];
      if (f.type == FrameType::Quarantine) continue;
      if (f.type != FrameType::Data && f.type != FrameType::Shared)
        return "a CPU translates to what is no data";
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
