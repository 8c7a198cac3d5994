// SPDX-License-Identifier: MIT
#include "kernel/core/filter.hpp"

#include "kernel/core/bpf.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/quota.hpp"

namespace core {

void filter_reference(u32 filter) { filters[filter].references++; }

void filter_unreference(u32 filter) {
  for (u32 i = 0; i <= kMaxFilterDepth && filter != kNoFilter; i++) {
    FilterEntry& f = filters[filter];
    f.references--;
    if (f.references != 0) return;
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

Status filter_derive(u16 env, u32 source, u32 target, const BpfInsn* code, u32 length) {
  if (length == 0 || length > kMaxFilterInsns) return Status::BadArgument;
  const u32 from = TRY(packet_cap(env, source));
  TRY_STATUS(cap_slot_free(env, target));
  TRY_STATUS(cap_can_have_child(from));
  TRY_STATUS(bpf_verify(code, length));
  const u16 parent = caps[from].object;
  const u32 filter = free_filter();
  if (filter == kNone || filters[parent].depth >= kMaxFilterDepth) return Status::NoSpace;
  TRY_STATUS(quota_take(env, Resource::Filters, 1));
  FilterEntry& f = filters[filter];
  f = FilterEntry{};
  f.owner = env;
  f.parent = parent;
  f.depth = static_cast<u16>(filters[parent].depth + 1);
  f.length = static_cast<u16>(length);
  f.device = filters[parent].device;
  for (u32 i = 0; i < length; i++) f.code[i] = code[i];
  filter_reference(parent);
  cap_make_child(from, cap_index(env, target), static_cast<u16>(filter), 0, 0, caps[from].rights);
  return Status::Ok;
}

static bool chain_accepts(u32 filter, const u8* packet, u32 captured, u32 wire_length) {
  for (u32 i = 0; i <= kMaxFilterDepth && filter != kNoFilter; i++) {
    const FilterEntry& f = filters[filter];
    if (f.length != 0 && bpf_run(f.code, f.length, packet, captured, wire_length) == 0) return false;
    filter = f.parent;
  }
  return true;
}

bool filter_accepts(u32 filter, const u8* packet, u32 captured, u32 wire_length) {
  const bool accepted = chain_accepts(filter, packet, captured, wire_length);
  if (accepted) {
    filters[filter].accepted++;
  } else {
    filters[filter].rejected++;
  }
  return accepted;
}

}  // namespace core
