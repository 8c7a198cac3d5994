// SPDX-License-Identifier: MIT
// check_pages: what every page-table entry must be, whoever wrote it and however it came about.
#include "kernel/core/cap.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/page.hpp"

namespace core {

namespace {

constexpr u64 kSetByProcessor = 1u << 5 | 1u << 6;  // accessed and dirty (Intel SDM Vol. 3A, 4.8)

const char* check_cap_entry(const FrameEntry& table, const FrameEntry& target, u64 entry, u32 count) {
  const u32 index = pte_cap(entry);
  const CapEntry& c = caps[index];
  const u32 frame = pte_frame(entry);
  if (c.type != CapType::Frames) return "an entry stands on something that is no Frames capability";
  if (cap_holder(index) != table.owner) return "an entry stands on another environment's capability";
  if (frame < c.start || frame - c.start > c.count || count > c.count - (frame - c.start))
    return "an entry stands on a capability for other frames";
  if ((c.rights & kRead) == 0) return "a page that the capability does not let be read";
  if ((entry & kPteWrite) != 0 && (c.rights & kWrite) == 0)
    return "a page is writable, its capability is not";
  if ((entry & kPteNoExecute) == 0 && (c.rights & kExecute) == 0)
    return "a page is executable against its capability";
  return c.dying != 0 || c.stamp >= target.stamp ? nullptr : "a mapped frame changed hands";
}

const char* check_upper_entry(const FrameEntry& table, u64 entry) {
  const FrameEntry& target = frames[pte_frame(entry)];
  if (static_cast<u8>(target.type) + 1 != static_cast<u8>(table.type)) return "a page table skips a level";
  if (pte_cap(entry) != 0) return check_cap_entry(table, target, entry, 1);
  if (target.owner != table.owner) return "a page table names another owner's page table";
  return (entry & ~kSetByProcessor) == pte_make(pte_frame(entry), 0, kRead | kWrite | kExecute)
             ? nullptr
             : "an upper entry with odd bits";
}

const char* check_large_entry(const FrameEntry& table, u64 entry) {
  const FrameEntry& target = frames[pte_frame(entry)];
  if (table.type != FrameType::Table2 || target.type != FrameType::Large)
    return "a 2 MiB page is mapped that is none";
  if ((entry & kPteNoExecute) == 0) return "a 2 MiB page is executable";
  if (pte_cap(entry) != 0) return check_cap_entry(table, target, entry, kLargeFrames);
  return target.owner == table.owner ? nullptr : "a page is mapped that belongs to another environment";
}

const char* check_leaf_entry(const FrameEntry& table, u64 entry) {
  const FrameEntry& target = frames[pte_frame(entry)];
  const bool table_below_top = is_table(target.type) && target.type != FrameType::Table4;
  if (target.type != FrameType::Data && target.type != FrameType::Shared && !table_below_top)
    return "a page is mapped that is neither data nor shared nor a page table";
  if (table_below_top && pte_cap(entry) != 0) return "a page table is read by another than its owner";
  if (target.type != FrameType::Data && ((entry & kPteWrite) != 0 || (entry & kPteNoExecute) == 0))
    return "a kernel page or a page table is writable or executable";
  if (pte_cap(entry) != 0) return check_cap_entry(table, target, entry, 1);
  return target.owner == table.owner ? nullptr : "a page is mapped that belongs to another environment";
}

const char* check_entry(const FrameEntry& table, u64 entry) {
  if ((entry & kPteLarge) != 0) return check_large_entry(table, entry);
  return table.type == FrameType::Table1 ? check_leaf_entry(table, entry) : check_upper_entry(table, entry);
}

// The first frame says for all of a 2 MiB page.
const char* check_large(u32 number) {
  const FrameEntry& f = frames[number];
  const u32 head = large_head(number);
  if (f.type == FrameType::Part) {
    if (number == head || frames[head].type != FrameType::Large) return "a part of no 2 MiB page";
    if (frames[head].owner != f.owner) return "a 2 MiB page with two owners";
    if (f.maps != 0 || f.pins != 0) return "a part of a 2 MiB page is referenced itself";
  } else if (f.type == FrameType::Large) {
    if (number != head || !frame_exists(number + kLargeFrames - 1)) return "a 2 MiB page is misaligned";
    for (u32 i = 1; i < kLargeFrames; i++)
      if (frames[number + i].type != FrameType::Part) return "a 2 MiB page lacks a part";
  }
  return nullptr;
}

bool has_kernel_half(u32 number) {
  for (u32 slot = 0; slot < kTableEntries / 2; slot++) {
    const u64 entry = physmem[number][kTableEntries / 2 + slot];
    if (((entry ^ kernel_half[slot]) & ~kSetByProcessor) != 0) return false;
  }
  return true;
}

const char* check_table(u32 number) {
  const FrameEntry& table = frames[number];
  const bool top = table.type == FrameType::Table4;
  u32 present = 0;
  for (u32 slot = 0; slot < (top ? kTableEntries / 2 : kTableEntries); slot++) {
    const u64 entry = physmem[number][slot];
    if (entry == 0) continue;
    if (top && slot >= kUserTopSlots) return "the last user slot of a root table is in use";
    if ((entry & kPtePresent) == 0) return "an absent entry is not zero";
    if ((entry & kPteUser) == 0 || !frame_exists(pte_frame(entry))) return "an entry is no user page";
    const char* const wrong = check_entry(table, entry);
    if (wrong != nullptr) return wrong;
    present++;
  }
  if (top && !has_kernel_half(number)) return "a root table lacks the kernel's half";
  return present == table.entries ? nullptr : "FrameEntry::entries is wrong";
}

}  // namespace

const char* check_pages() {
  for (u32 i = 0; i < ledger_header.frame_count; i++) {
    if (!is_table(frames[i].type)) {
      if (frames[i].entries != 0) return "a frame that is no page table has entries";
      if (const char* wrong = check_large(i); wrong != nullptr) return wrong;
      continue;
    }
    if (const char* wrong = check_table(i); wrong != nullptr) return wrong;
  }
  return nullptr;
}

}  // namespace core
