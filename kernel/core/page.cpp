// SPDX-License-Identifier: MIT
#include "kernel/core/page.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/frame.hpp"

namespace core {

static constexpr u32 kPageRights = kRead | kWrite | kExecute;

// The capability that env may use [frame, frame + count) by, which exist and are of one owner; 0: as
// that owner.
static Result<u32> justify(u16 env, u32 frame, u32 count, u32 cap, u32 rights) {
  const FrameEntry& f = frames[frame];
  if (f.leaving != 0) return Status::Denied;
  if (cap == kNone) {
    if (f.owner != env) return Status::Denied;
    return 0u;
  }
  const u32 index = TRY(cap_find(env, cap, CapType::Frames, static_cast<u8>(rights)));
  const CapEntry& c = caps[index];
  if (frame < c.start || frame - c.start > c.count || count > c.count - (frame - c.start))
    return Status::OutOfRange;
  if (c.stamp < f.stamp) return Status::Denied;
  return index;
}

// Below the top, which has the kernel's half: what the processor notes in its owner's entries.
static bool readable_table(FrameType type) { return is_table(type) && type != FrameType::Table4; }

// Kernel pages that are shared are only ever read, and so are page tables, by their owner.
Result<u32> frame_access(u16 env, u32 frame, u32 cap, u32 rights) {
  if (!frame_exists(frame)) return Status::Denied;
  const FrameType type = frames[frame].type;
  if (readable_table(type) && rights == kRead && cap == kNone) return justify(env, frame, 1, cap, rights);
  if (type != FrameType::Data && type != FrameType::Shared) return Status::Denied;
  if (type == FrameType::Shared && (rights & ~kRead) != 0) return Status::Denied;
  return justify(env, frame, 1, cap, rights);
}

Result<u32> buffer_access(u16 env, u32 frame, u32 cap, u32 rights) {
  if (!frame_exists(frame)) return Status::Denied;
  const FrameType type = frames[frame].type;
  if (type != FrameType::Data && type != FrameType::Large && type != FrameType::Part) return Status::Denied;
  return justify(env, frame, 1, cap, rights);
}

// A table of env and a slot of it that environments may write.
static Status check_entry(u16 env, u32 table, u32 slot) {
  if (!frame_exists(table) || frames[table].owner != env || !is_table(frames[table].type))
    return Status::Denied;
  const u32 slots = frames[table].type == FrameType::Table4 ? kUserTopSlots : kTableEntries;
  return slot < slots ? Status::Ok : Status::BadArgument;
}

static FrameType one_below(FrameType table) { return static_cast<FrameType>(static_cast<u8>(table) - 1); }

// The entry by which `table`, one of env's own, may name `target`.
static Result<u64> make_entry(u16 env, u32 table, u32 target, u32 cap, u32 rights) {
  if (!frame_exists(target)) return Status::Denied;
  const FrameType type = frames[table].type;
  const bool large = type == FrameType::Table2 && frames[target].type == FrameType::Large;
  const bool leaf = type == FrameType::Table1 || large;
  if ((leaf || cap != kNone) && (rights & kRead) == 0) return Status::BadArgument;
  if (large && (rights & kExecute) != 0) return Status::Denied;
  if (!leaf && frames[target].type != one_below(type)) return Status::Denied;
  if (!leaf && cap == kNone) rights = kPageRights;  // the level-1 entry decides
  const u32 index =
      TRY(type == FrameType::Table1 ? frame_access(env, target, cap, rights)
                                    : justify(env, target, large ? kLargeFrames : 1, cap, rights));
  return pte_make(target, index, rights) | (large ? kPteLarge : 0);
}

Status page_set(u16 env, u32 table, u32 slot, u32 target, u32 cap, u32 rights) {
  TRY_STATUS(check_entry(env, table, slot));
  if ((rights & ~kPageRights) != 0) return Status::BadArgument;
  const u64 entry = TRY(make_entry(env, table, target, cap, rights));
  if ((physmem[table][slot] & kPtePresent) != 0) return Status::Occupied;
  physmem[table][slot] = entry;
  frames[table].entries++;
  frame_mapped(target);
  if (pte_cap(entry) == 0) return Status::Ok;
  caps[pte_cap(entry)].uses++;
  cap_mapped[pte_cap(entry)] = table;
  return Status::Ok;
}

// (What is not inlined here is proved by itself; cmake/bitcode.cmake has this one inlined behind the proof.)
[[gnu::noinline]] bool page_set_data(u16 env, const PageUpdate& step) {
  if (step.action != PageAction::Set || step.cap != kNone) return false;
  if ((step.rights & ~kPageRights) != 0 || (step.rights & kRead) == 0) return false;
  if (step.slot >= kTableEntries || !frame_exists(step.target)) return false;
  const FrameEntry& target = frames[step.target];
  if (target.owner != env || target.type != FrameType::Data || target.leaving != 0) return false;
  u64& entry = physmem[step.table][step.slot];
  if ((entry & kPtePresent) != 0) return false;
  entry = pte_make(step.target, 0, step.rights);
  frames[step.table].entries++;
  frame_mapped(step.target);
  return true;
}

[[gnu::noinline]] u32 page_set_run(u16 env, const PageUpdate* list, u32 first, u32 count) {
  const u32 table = list[first].table;
  if (!frame_owned(env, table, FrameType::Table1)) return first;
  u32 done = first;
  while (done < count && list[done].table == table && page_set_data(env, list[done])) done++;
  return done;
}

// The entry is present.
static void empty_entry(u32 table, u32 slot) {
  const u64 entry = physmem[table][slot];
  physmem[table][slot] = 0;
  frames[table].entries--;
  frame_unmapped(pte_frame(entry));
  if (pte_cap(entry) != 0) caps[pte_cap(entry)].uses--;
}

Status page_clear(u16 env, u32 table, u32 slot) {
  TRY_STATUS(check_entry(env, table, slot));
  if ((physmem[table][slot] & kPtePresent) == 0) return Status::BadArgument;
  empty_entry(table, slot);
  return Status::Ok;
}

Status page_protect(u16 env, u32 table, u32 slot, u32 rights) {
  TRY_STATUS(check_entry(env, table, slot));
  if ((rights & ~kPageRights) != 0 || (rights & kRead) == 0) return Status::BadArgument;
  const u64 entry = physmem[table][slot];
  const u32 index = pte_cap(entry);
  if ((entry & kPtePresent) == 0) return Status::BadArgument;
  if (frames[table].type != FrameType::Table1 && (entry & kPteLarge) == 0 && index == 0)
    return Status::BadArgument;
  const Result<u64> changed =
      make_entry(env, table, pte_frame(entry), index == 0 ? kNone : index % kCapsPerEnv, rights);
  if (!changed.ok()) return Status::Denied;  // also when the capability is being revoked
  physmem[table][slot] = changed.value();
  clock_advance();  // a CPU may still have the entry as it was
  return Status::Ok;
}

Status page_update(u16 env, const PageUpdate& step) {
  switch (step.action) {
    case PageAction::Set:
      return page_set(env, step.table, step.slot, step.target, step.cap, step.rights);
    case PageAction::Clear:
      return page_clear(env, step.table, step.slot);
    case PageAction::Protect:
      return page_protect(env, step.table, step.slot, step.rights);
  }
  return Status::BadArgument;
}

// The same from step `done` on, of whatever kinds the steps are.
[[gnu::noinline]] static Status update_rest(u16 env, const PageUpdate* list, u32 count, PageBatch& batch) {
  u32 done = batch.done;
  Status status = Status::Ok;
  while (done < count) {
    const PageUpdate& step = list[done];
    const u32 behind = step.action == PageAction::Set ? page_set_run(env, list, done, count) : done;
    if (behind != done) {
      done = behind;
      continue;
    }
    status = page_update(env, step);
    if (status != Status::Ok) break;
    if (step.action != PageAction::Set) batch.changed++;
    done++;
  }
  batch.done = done;
  return status;
}

Status page_update_all(u16 env, const PageUpdate* list, u32 count, PageBatch& batch) {
  batch.done = page_set_run(env, list, 0, count);
  batch.changed = 0;
  return batch.done == count ? Status::Ok : update_rest(env, list, count, batch);
}

Result<u64> page_walk(u32 root, u64 address, bool want_write) {
  if (address >= kUserEnd) return Status::BadAddress;
  const u64 needed = kPtePresent | kPteUser | (want_write ? kPteWrite : 0);
  u32 frame = root;
  for (u32 level = 4; level > 0; level--) {
    const u32 slot = static_cast<u32>(address >> (kPageShift + 9 * (level - 1))) & (kTableEntries - 1);
    const u64 entry = physmem[frame][slot];
    if ((entry & needed) != needed) return Status::BadAddress;
    frame = pte_frame(entry);
    if (level == 2 && (entry & kPteLarge) != 0) {
      frame += static_cast<u32>(address >> kPageShift) & (kLargeFrames - 1);
      break;
    }
  }
  return static_cast<u64>(frame) << kPageShift | (address & (kPageSize - 1));
}

static bool must_go(u64 entry) {
  return (pte_cap(entry) != 0 && caps[pte_cap(entry)].dying != 0) || frames[pte_frame(entry)].leaving != 0;
}

// Empties the entries of one table: those on a dying capability or to a leaving frame, or all.
static void empty_table(u32 table, bool all) {
  const u32 slots = frames[table].type == FrameType::Table4 ? kUserTopSlots : kTableEntries;
  for (u32 slot = 0; slot < slots && frames[table].entries != 0; slot++) {
    const u64 entry = physmem[table][slot];
    if ((entry & kPtePresent) == 0) continue;
    if (all || must_go(entry)) empty_entry(table, slot);
  }
}

static bool at_table(u32 frame) { return frame != kNone && is_table(frames[frame].type); }

void page_sweep_likely(u32 cap) {
  const u32 table = cap_mapped[cap];
  if (!frame_exists(table) || frames[table].owner != cap_holder(cap) || !is_table(frames[table].type)) return;
  empty_table(table, false);
}

void page_sweep(u16 holder) {
  EnvPrivate& p = env_private[holder];
  u32 table = p.sweep != kNone ? p.sweep : p.first_frame;
  for (u32 i = 0; i < kSweepTables && at_table(table); i++) {
    empty_table(table, false);
    table = frames[table].next;
  }
  p.sweep = at_table(table) ? table : kNone;
}

bool page_empty_step(u16 env) {
  EnvPrivate& p = env_private[env];
  for (u32 i = 0; i < kSweepTables && at_table(p.reap); i++) {
    empty_table(p.reap, true);
    p.reap = frames[p.reap].next;
  }
  return !at_table(p.reap);
}

}  // namespace core
