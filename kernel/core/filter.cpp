// SPDX-License-Identifier: MIT
#include "kernel/core/filter.hpp"

#include "kernel/core/bpf_shape.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/offload.hpp"
#include "kernel/core/quota.hpp"
#include "kernel/core/shape.hpp"

namespace core {

// SplitMix64 (Steele, Lea, Flood 2014).
void filter_boot_seed(u64 seed) {
  for (u64& multiplier : filter_multipliers) {
    seed += 0x9e3779b97f4a7c15ul;
    u64 z = seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
    z = (z ^ z >> 27) * 0x94d049bb133111ebul;
    multiplier = (z ^ z >> 31) | 1;
  }
}

// A multilinear hash: the sum over all programs of a chain, whatever their order.
static u64 hash_keys(u32 depth, const u32* keys, u32 count) {
  const u64* const multipliers = &filter_multipliers[(depth - 1) * kMaxFilterKeys];
  u64 sum = 0;
  for (u32 i = 0; i < count; i++) sum += multipliers[i] * keys[i];
  return sum;
}

void filter_reference(u32 filter) { filters[filter].references++; }

void filter_unreference(u32 filter) {
  for (u32 i = 0; i <= kMaxFilterDepth && filter != kNoFilter; i++) {
    FilterEntry& f = filters[filter];
    f.references--;
    if (f.references != 0) return;
    shape_unreference(f.shape);
    filter_private[filter].hash = 0;
    filter = f.parent;
    quota_return(f.owner, Resource::Filters, 1);
    f = FilterEntry{};
  }
}

static u32 free_filter() {
  for (u32 i = 0; i < kMaxFilters; i++)
    if (filters[i].references == 0) return i;
  return kNone;
}

static Result<u32> packet_cap(u16 env, u32 slot) {
  const Result<u32> receive = cap_find(env, slot, CapType::Receive, 0);
  return receive.ok() ? receive : cap_find(env, slot, CapType::Send, 0);
}

// A free filter becomes a child of `parent`.
static void fill(u32 filter, u16 env, u16 parent, u32 shape, const ShapedProgram& program, u16 offloads) {
  FilterEntry& f = filters[filter];
  f = FilterEntry{};
  f.owner = env;
  f.parent = parent;
  f.depth = static_cast<u16>(filters[parent].depth + 1);
  f.shape = static_cast<u16>(shape);
  f.device = filters[parent].device;
  f.offloads = filters[parent].offloads & offloads;
  for (u32 i = 0; i < program.key_count; i++) f.keys[i] = program.keys[i];
  filter_private[filter].hash =
      filter_private[parent].hash + hash_keys(f.depth, program.keys, program.key_count);
  filter_reference(parent);
  shape_reference(shape);
}

Status filter_derive(u16 env, u32 source, u32 target, const BpfInsn* code, u32 length) {
  if (length == 0 || length > kMaxFilterInsns) return Status::BadArgument;
  const u32 from = TRY(packet_cap(env, source));
  TRY_STATUS(cap_slot_free(env, target));
  TRY_STATUS(cap_can_have_child(from));
  TRY_STATUS(bpf_verify(code, length));
  const u16 parent = caps[from].object;
  const u32 filter = free_filter();
  if (filter == kNone || filters[parent].depth >= kMaxFilterDepth) return Status::NoSpace;
  ShapedProgram program;
  bpf_shape(code, length, program);
  const u32 shape = shape_find(filters[parent].shape, program);
  if (shape == kNone) return Status::NoSpace;
  TRY_STATUS(quota_take(env, Resource::Filters, 1));
  shape_fill(shape, filters[parent].shape, program);
  fill(filter, env, parent, shape, program, offloads_of(code, length));
  cap_make_child(from, cap_index(env, target), static_cast<u16>(filter), 0, 0, caps[from].rights);
  return Status::Ok;
}

// One program of a chain.
static bool run_one(u32 shape, const BpfPacket& packet, ChainKeys& found) {
  const ShapeEntry& s = shapes[shape];
  BpfMachine machine;
  if (filter_execute(shape, packet, machine) == 0) return false;
  u32* const keys = found.keys[s.depth];
  for (u32 i = 0; i < s.key_count; i++) keys[i] = machine.keys[i];
  found.hash += hash_keys(s.depth, keys, s.key_count);
  return true;
}

bool shape_chain_run(u32 shape, const BpfPacket& packet, ChainKeys& found) {
  found.hash = 0;
  for (u32 i = 0; i < kMaxFilterDepth && shapes[shape].depth != 0; i++) {
    if (!run_one(shape, packet, found)) return false;
    shape = shapes[shape].parent;
  }
  return true;
}

static bool same_keys(const FilterEntry& f, const u32* found) {
  const u32 count = shapes[f.shape].key_count;
  for (u32 i = 0; i < count; i++)
    if (f.keys[i] != found[i]) return false;
  return true;
}

bool filter_keys_match(u32 filter, const ChainKeys& found) {
  for (u32 i = 0; i < kMaxFilterDepth && filters[filter].depth != 0; i++) {
    if (!same_keys(filters[filter], found.keys[filters[filter].depth])) return false;
    filter = filters[filter].parent;
  }
  return true;
}

static bool one_accepts(const FilterEntry& f, const BpfPacket& packet) {
  BpfMachine machine;
  return filter_execute(f.shape, packet, machine) != 0 && same_keys(f, machine.keys);
}

static bool chain_accepts(u32 filter, const BpfPacket& packet) {
  for (u32 i = 0; i < kMaxFilterDepth && filters[filter].depth != 0; i++) {
    if (!one_accepts(filters[filter], packet)) return false;
    filter = filters[filter].parent;
  }
  return true;
}

bool filter_accepts(u32 filter, const u8* packet, u32 captured, u32 wire_length) {
  const bool accepted =
      chain_accepts(filter, {.bytes = packet, .captured = captured, .wire_length = wire_length});
  if (accepted) {
    filters[filter].accepted++;
  } else {
    filters[filter].rejected++;
  }
  return accepted;
}

}  // namespace core
