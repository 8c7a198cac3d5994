// SPDX-License-Identifier: MIT
// check_counts: every reference is taken off the counter that should hold it; what is left must be
// zero. Then all of them are put back. So no memory is needed beside the tables.
#include "kernel/core/binding.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/queue.hpp"
#include "kernel/core/slice.hpp"

namespace core {

namespace {

void add_pages(u32 sign) {
  for (u32 i = 0; i < ledger_header.frame_count; i++) {
    if (!is_table(frames[i].type)) continue;
    const u32 slots = frames[i].type == FrameType::Table4 ? kUserTopSlots : kTableEntries;
    for (u32 slot = 0; slot < slots; slot++) {
      const u64 entry = physmem[i][slot];
      if (entry == 0) continue;
      frames[pte_frame(entry)].maps += sign;
      if (pte_cap(entry) != 0) caps[pte_cap(entry)].uses += sign;
    }
  }
}

void add_envs(u32 sign) {
  for (u32 i = 0; i < kMaxEnvs; i++) {
    if (envs[i].state == EnvState::Unused || envs[i].root_table == kNone) continue;
    frames[envs[i].root_table].maps += sign;
    frames[env_private[i].upcall_frame].pins += sign;
    if (env_private[i].notice_frame != kNone) frames[env_private[i].notice_frame].pins += sign;
  }
}

void add_pin(u32 frame, u32 sign) {
  frames[frames[frame].type == FrameType::Part ? large_head(frame) : frame].pins += sign;
}

void add_flight(u32 queue, u32 id, u32 sign) {
  const u64* const words = flight_words(queue, id);
  const u64 flight = words[kFlightWords - 1];
  if (flight == 0) return;
  const u16 owner = queues[queue].owner;
  queues[queue].in_flight += sign;
  caps[cap_index(owner, FlightWord::extent_slot(flight))].uses += sign;
  if ((flight & FlightWord::kHasBufferCap) != 0)
    caps[cap_index(owner, FlightWord::buffer_slot(flight))].uses += sign;
  for (u32 i = 0; i < FlightWord::count(flight); i++)
    add_pin(i == 0 ? FlightWord::frame(flight) : pte_frame(words[i - 1]), sign);
}

void add_queues(u32 sign) {
  for (u32 q = 0; q < kMaxQueues; q++) {
    if (queues[q].owner == kNoEnv) continue;
    for (u32 id = 0; id < kDiskDepth; id++) add_flight(q, id, sign);
  }
}

void add_bindings(u32 sign) {
  for (u32 n = 0; n < kMaxBindings; n++) {
    const BindingEntry& b = bindings[n];
    if (b.owner == kNoEnv) continue;
    caps[b.cap].uses += sign;
    filters[b.filter].references += sign;
    shapes[filters[b.filter].shape].bindings += sign;
    add_pin(b.control, sign);
    for (u32 i = 0; i < b.frame_count; i++) add_pin(binding_frame(n, i), sign);
  }
}

void add_filters(u32 sign) {
  for (u32 i = 0; i < kMaxCaps; i++)
    if (caps[i].type == CapType::Receive || caps[i].type == CapType::Send)
      filters[caps[i].object].references += sign;
  for (const FilterEntry& f : filters) {
    if (f.depth != 0) filters[f.parent].references += sign;
    if (f.depth != 0 || f.owner == kKernelEnv) shapes[f.shape].references += sign;
  }
  for (const ShapeEntry& s : shapes)
    if (s.depth != 0) shapes[s.parent].references += sign;
}

void add_slices(u32 sign) {
  for (const CpuEntry& cpu : cpus) {
    for (u32 p = 0; p < kSlicePositions; p++)
      if (cpu.slices[p] != kNoEnv) caps[cpu.slice_caps[p]].uses += sign;
    for (const IdleShare& share : cpu.idle)
      if (share.env != kNoEnv) caps[share.cap].uses += sign;
  }
}

void add_all(u32 sign) {
  add_slices(sign);
  add_pages(sign);
  add_envs(sign);
  add_queues(sign);
  add_bindings(sign);
  add_filters(sign);
}

const char* find_rest(u64 other_pins) {
  u64 pins = 0;
  for (u32 i = 0; i < ledger_header.frame_count; i++) {
    if (frames[i].maps != 0) return "FrameEntry::maps is wrong";
    pins += frames[i].pins;
  }
  if (pins != other_pins) return "FrameEntry::pins is wrong";
  for (u32 i = 0; i < kMaxCaps; i++)
    if (caps[i].uses != 0) return "CapEntry::uses is wrong";
  for (const FilterEntry& f : filters)
    if (f.references != 0) return "FilterEntry::references is wrong";
  for (const ShapeEntry& s : shapes) {
    if (s.references != 0) return "ShapeEntry::references is wrong";
    if (s.bindings != 0) return "ShapeEntry::bindings is wrong";
  }
  for (const QueueEntry& q : queues)
    if (q.in_flight != 0) return "QueueEntry::in_flight is wrong";
  return nullptr;
}

const char* check_queue_frames() {
  for (const QueueEntry& q : queues) {
    if (q.owner == kNoEnv) continue;
    for (u32 i = 0; i < kDiskQueueFrames; i++)
      if (!frame_owned(q.owner, q.frames[i], i == 0 ? FrameType::Shared : FrameType::Kernel))
        return "a queue's frame is not the kernel's";
  }
  return nullptr;
}

// Positions and requests stand on a Slices capability for them; the first CPUs are those that exist.
bool stands_on(u32 cap, u32 cpu, u64 mask) {
  if (cap >= kMaxCaps || caps[cap].type != CapType::Slices || caps[cap].object != cpu) return false;
  return (mask & ~slice_mask(caps[cap].start, caps[cap].count)) == 0;
}

const char* check_slices() {
  for (u32 c = 0; c < kMaxCpus; c++) {
    const CpuEntry& cpu = cpus[c];
    for (u32 p = 0; p < kSlicePositions; p++) {
      if (cpu.slices[p] == kNoEnv ? cpu.slice_caps[p] != 0 : !stands_on(cpu.slice_caps[p], c, 1ul << p))
        return "a slice position does not stand on a capability for it";
    }
    for (const IdleShare& share : cpu.idle)
      if (share.env != kNoEnv && (!stands_on(share.cap, c, 0) || share.weight == 0))
        return "a request for idle time does not stand on a capability for that CPU";
  }
  return nullptr;
}

}  // namespace

const char* check_counts(u64 other_pins) {
  if (const char* wrong = check_queue_frames(); wrong != nullptr) return wrong;
  if (const char* wrong = check_slices(); wrong != nullptr) return wrong;
  add_all(static_cast<u32>(-1));
  const char* wrong = find_rest(other_pins);
  add_all(1);
  return wrong;
}

}  // namespace core
