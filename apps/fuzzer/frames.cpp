// SPDX-License-Identifier: MIT
// The shadow's frames, and the view that maps each of them.
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/shadow.hpp"
#include "core/exit.hpp"
#include "core/resources.hpp"

namespace fuzzer {

constinit Shadow shadow{};

namespace {

namespace sys = abi::sys;

u32 new_table(u32 level, u32 parent, u32 slot) {
  const auto table = core::take_table(level);
  if (!table.ok()) core::panic("no page table", table.status());
  const PageUpdate link = step(parent, slot, table.value(), kNone, PageAction::Set, kRead);
  const Status status = sys::page_update(kSlotSelf, &link, 1).status;
  if (status != Status::Ok) core::panic("a page table cannot be linked", status);
  return table.value();
}

void add_born(u32 slot, CapType type, u32 rights, u64 start, u64 count) {
  Cap cap;
  cap.type = type;
  cap.rights = rights;
  cap.start = start;
  cap.count = count;
  if (slot != kNone) shadow.caps[slot] = cap;
}

}  // namespace

void start_shadow() {
  const core::StartInfo& info = *core::start_info;
  const u32 third = new_table(3, info.root_table, kViewBase >> 39);
  const u32 second = new_table(2, third, 0);
  shadow.view_table = new_table(1, second, 0);
  shadow.lab_table = new_table(1, second, 1);
  shadow.above_table = second;
  if (info.extent.slot != kNone)
    add_born(kExtent, CapType::Extent, kRead | kWrite | kGrant, info.extent.first,
             extent_share(info.extent.count));
  if (info.network.receive != kNone) {
    add_born(kReceive, CapType::Receive, kInvoke | kGrant, 0, 0);
    add_born(kSend, CapType::Send, kInvoke | kGrant, 0, 0);
  }
  for (u32 cpu = 0; cpu < info.cpu_count && cpu < kExtent - kSlices; cpu++)
    add_born(kSlices + cpu, CapType::Slices, kInvoke | kGrant, kPlayPositions,
             kSlicePositions - kPlayPositions);
}

u32 find_frame(u32 number) {
  for (u32 i = 0; i < kFrames; i++)
    if (shadow.frames[i].number == number) return i;
  return kNoIndex;
}

u32 empty_place() { return find_frame(kNone); }

u32 random_frame(FrameType type, bool (*fits)(const Frame&)) {
  const u32 start = run.random.below(kFrames);
  for (u32 i = 0; i < kFrames; i++) {
    const Frame& f = shadow.frames[(start + i) % kFrames];
    if (f.number != kNone && f.type == type && fits(f)) return (start + i) % kFrames;
  }
  return kNoIndex;
}

bool at_rest(const Frame& frame) {
  return frame.maps == 0 && frame.pins == 0 && (frame.present[0] | frame.present[1]) == 0;
}

bool is_lent(const Frame& frame) {
  for (const Cap& cap : shadow.caps)
    if (cap.granted != 0 && covers(cap, frame)) return true;
  return false;
}

u32 foreign_frame() {
  const u32 count = core::start_info->frame_count;
  for (u32 i = 0; i < 64; i++) {
    const u32 number = run.random.below(count);
    const u16 owner = ledger_frame(number).owner;
    if (owner == kKernelEnv || owner == 0) return number;
  }
  return run.random.one_in(2) ? count : kNone - 1;
}

void add_frame(u32 place, u32 number) {
  if (number >= core::start_info->frame_count) fail("a frame beyond the last was allocated", number);
  if (find_frame(number) != kNoIndex) fail("a frame was allocated twice", number);
  shadow.frames[place] = Frame();
  shadow.frames[place].number = number;
  shadow.frames[place].born = ++shadow.clock;
  view(place);
  check_zero(place);
  fill(place);
}

void view(u32 index) {
  Frame& f = shadow.frames[index];
  const u32 rights = f.type == FrameType::Shared ? kRead : kRead | kWrite;
  expect(update(step(shadow.view_table, index, f.number, kNone, PageAction::Set, rights)), kOk,
         "a page of ours cannot be mapped");
  f.viewed = true;
}

void hide(u32 index) {
  Frame& f = shadow.frames[index];
  if (!f.viewed) return;
  expect(update(step(shadow.view_table, index, kNone, kNone, PageAction::Clear, 0)), kOk,
         "a page of ours cannot be unmapped");
  f.viewed = false;
  shadow.stale = true;
}

void forget(u32 index) { shadow.frames[index] = Frame(); }

bool holds(const Frame& table, u32 index) { return (table.present[index / 64] >> (index % 64) & 1) != 0; }

void set_entry(u32 table, u32 index, bool present) {
  const u64 bit = 1ul << (index % 64);
  u64& word = shadow.frames[table].present[index / 64];
  word = present ? word | bit : word & ~bit;
  shadow.frames[index].maps += present ? 1 : -1u;
}

PageUpdate step(u32 table, u32 slot, u32 target, u32 cap, PageAction action, u32 rights) {
  PageUpdate made{};
  made.table = table;
  made.slot = slot;
  made.target = target;
  made.cap = cap;
  made.action = action;
  made.rights = rights;
  return made;
}

Answer update(const PageUpdate& one_step, u32 env) {
  return call(Call::page_update, env, address(&one_step), 1);
}

}  // namespace fuzzer
