// SPDX-License-Identifier: MIT
#include "kernel/core/demux.hpp"

namespace core {

void demux_boot() {
  for (u32& head : demux_buckets) head = kNone;
  for (u32& head : demux_groups) head = kNone;
}

static bool before(u32 a, u32 b) {
  const BindingEntry& x = bindings[a];
  const BindingEntry& y = bindings[b];
  return x.priority != y.priority ? x.priority < y.priority : x.age < y.age;
}

// The upper bits of the hash are the good ones (Dietzfelbinger: multiply-shift).
static u32 bucket_of(u32 shape, u64 hash) {
  return static_cast<u32>((hash + shape * 0x9e3779b97f4a7c15ul) >> (64 - kDemuxBucketBits));
}

static void group_enter(u32 shape) {
  ShapeEntry& s = shapes[shape];
  s.bindings++;
  if (s.bindings != 1) return;
  u32& head = demux_groups[s.device];
  s.prev_group = kNone;
  s.next_group = head;
  if (head != kNone) shapes[head].prev_group = shape;
  head = shape;
}

static void group_leave(u32 shape) {
  ShapeEntry& s = shapes[shape];
  s.bindings--;
  if (s.bindings != 0) return;
  if (s.next_group != kNone) shapes[s.next_group].prev_group = s.prev_group;
  if (s.prev_group != kNone) {
    shapes[s.prev_group].next_group = s.next_group;
  } else {
    demux_groups[s.device] = s.next_group;
  }
  s.next_group = kNone;
  s.prev_group = kNone;
}

// The last member of the bucket that comes before the binding; kNone: it becomes the first.
static u32 predecessor(u32 bucket, u32 binding) {
  u32 last = kNone;
  u32 at = demux_buckets[bucket];
  for (u32 i = 0; i < kMaxBindings && at != kNone && before(at, binding); i++) {
    last = at;
    at = binding_private[at].next;
  }
  return last;
}

void demux_insert(u32 binding) {
  BindingPrivate& p = binding_private[binding];
  const u32 filter = bindings[binding].filter;
  p.hash = filter_private[filter].hash;
  p.shape = filters[filter].shape;
  p.bucket = bucket_of(p.shape, p.hash);
  p.prev = predecessor(p.bucket, binding);
  u32& link = p.prev == kNone ? demux_buckets[p.bucket] : binding_private[p.prev].next;
  p.next = link;
  link = binding;
  if (p.next != kNone) binding_private[p.next].prev = binding;
  group_enter(p.shape);
}

void demux_remove(u32 binding) {
  const BindingPrivate p = binding_private[binding];
  if (p.next != kNone) binding_private[p.next].prev = p.prev;
  if (p.prev != kNone) {
    binding_private[p.prev].next = p.next;
  } else {
    demux_buckets[p.bucket] = p.next;
  }
  binding_private[binding] = BindingPrivate{};
  group_leave(p.shape);
}

// The first member of a bucket from `at` on whose filter has this shape and these keys.
static u32 matching(u32 at, u32 shape, const ChainKeys& found) {
  for (u32 i = 0; i < kMaxBindings && at != kNone; i++) {
    const BindingPrivate& p = binding_private[at];
    if (p.hash == found.hash && p.shape == shape && filter_keys_match(bindings[at].filter, found)) return at;
    at = p.next;
  }
  return kNone;
}

u32 demux_first(u16 device, const u8* packet, u32 length) {
  const BpfPacket view{.bytes = packet, .captured = length, .wire_length = length};
  ChainKeys found;
  u32 best = kNone;
  u32 group = demux_groups[device];
  for (u32 i = 0; i < kMaxShapes && group != kNone; i++) {
    if (shape_chain_run(group, view, found)) {
      const u32 first = matching(demux_buckets[bucket_of(group, found.hash)], group, found);
      if (first != kNone && (best == kNone || before(first, best))) best = first;
    }
    group = shapes[group].next_group;
  }
  if (best != kNone) filters[bindings[best].filter].accepted++;
  return best;
}

// Runs the group's shapes and finds its first candidates.
static void enter_group(DemuxWalk& walk, const u8* packet, u32 length) {
  walk.candidate = kNone;
  if (walk.group == kNone) return;
  const BpfPacket view{.bytes = packet, .captured = length, .wire_length = length};
  if (shape_chain_run(walk.group, view, walk.found))
    walk.candidate = demux_buckets[bucket_of(walk.group, walk.found.hash)];
}

void demux_start(DemuxWalk& walk, u16 device, const u8* packet, u32 length) {
  walk.group = demux_groups[device];
  enter_group(walk, packet, length);
}

u32 demux_next(DemuxWalk& walk, const u8* packet, u32 length) {
  for (u32 i = 0; i <= kMaxShapes && walk.group != kNone; i++) {
    const u32 binding = matching(walk.candidate, walk.group, walk.found);
    if (binding != kNone) {
      walk.candidate = binding_private[binding].next;
      filters[bindings[binding].filter].accepted++;
      return binding;
    }
    walk.group = shapes[walk.group].next_group;
    enter_group(walk, packet, length);
  }
  return kNone;
}

}  // namespace core
