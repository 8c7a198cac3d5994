// SPDX-License-Identifier: MIT
// check_filters: shapes beside filters, machine code, and where bindings stand.
#include "kernel/core/binding.hpp"
#include "kernel/core/demux.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/shape.hpp"

namespace core {

namespace {

bool in_use(const FilterEntry& f) { return f.depth != 0 || f.owner == kKernelEnv; }

const char* check_filter(const FilterEntry& f) {
  if (!shape_live(f.shape)) return "a filter's shape is free";
  const ShapeEntry& s = shapes[f.shape];
  if (s.device != f.device || s.depth != f.depth) return "a filter's shape is about something else";
  if (f.depth == 0) return s.length == 0 ? nullptr : "a card's filter has a program";
  if (s.parent != filters[f.parent].shape) return "a shape's chain is not that of its filters";
  for (u32 i = s.key_count; i < kMaxFilterKeys; i++)
    if (f.keys[i] != 0) return "a filter has keys that its shape does not know";
  return nullptr;
}

const char* check_code(u32 shape) {
  const ShapeEntry& s = shapes[shape];
  if ((s.compiled == kCodeCompiled) != (s.code_units != 0)) return "machine code without length";
  if (s.code_units > kCodeUnits || s.code_first > kCodeUnits - s.code_units)
    return "machine code beyond its space";
  for (u32 i = 0; i < s.code_units; i++)
    if (code_owner[s.code_first + i] != shape + 1) return "machine code in another shape's space";
  return nullptr;
}

const char* check_shape(u32 shape) {
  const ShapeEntry& s = shapes[shape];
  if (s.depth > kMaxFilterDepth) return "a shape's chain is too long";
  if (s.depth == 0) return s.parent == kNoShape && s.length == 0 ? nullptr : "a card's shape is not empty";
  if (s.key_count > kMaxFilterKeys || bpf_verify_shape(s.code, s.length, s.key_count) != Status::Ok)
    return "a shape's program is not verified";
  if (!shape_live(s.parent) || shapes[s.parent].depth + 1 != s.depth) return "a shape without its parent";
  return check_code(shape);
}

const char* check_code_space() {
  u32 booked = 0;
  u32 owned = 0;
  for (const u16 owner : code_owner) {
    if (owner > kMaxShapes) return "code space of a shape that does not exist";
    booked += owner != 0;
  }
  for (const ShapeEntry& s : shapes) owned += s.code_units;
  return booked == owned ? nullptr : "code space is lost";
}

const char* check_groups() {
  u32 listed = 0;
  for (u32 device = 0; device < kMaxDevices; device++) {
    u32 previous = kNone;
    for (u32 at = demux_groups[device]; at != kNone; at = shapes[at].next_group) {
      if (at >= kMaxShapes || ++listed > kMaxShapes) return "a list of groups has no end";
      if (shapes[at].device != device || shapes[at].bindings == 0) return "a group is in a wrong list";
      if (shapes[at].prev_group != previous) return "a group's prev is not the group before it";
      previous = at;
    }
  }
  for (const ShapeEntry& s : shapes) listed -= s.bindings != 0;
  return listed == 0 ? nullptr : "a group is in no list";
}

bool in_order(u32 first, u32 second) {
  const BindingEntry& a = bindings[first];
  const BindingEntry& b = bindings[second];
  return a.priority != b.priority ? a.priority < b.priority : a.age < b.age;
}

const char* check_member(u32 binding, u32 bucket, u32 previous) {
  const BindingPrivate& p = binding_private[binding];
  const u32 filter = bindings[binding].filter;
  if (bindings[binding].owner == kNoEnv) return "a free binding is in a bucket";
  if (p.prev != previous || p.bucket != bucket) return "a binding's place is wrong";
  if (p.hash != filter_private[filter].hash || p.shape != filters[filter].shape)
    return "a binding is kept under another filter";
  if (previous != kNone && !in_order(previous, binding)) return "a bucket is not in order";
  return nullptr;
}

const char* check_buckets() {
  u32 listed = 0;
  u32 used = 0;
  for (u32 bucket = 0; bucket < kDemuxBuckets; bucket++) {
    u32 previous = kNone;
    for (u32 at = demux_buckets[bucket]; at != kNone; at = binding_private[at].next) {
      if (at >= kMaxBindings || ++listed > kMaxBindings) return "a bucket has no end";
      if (const char* wrong = check_member(at, bucket, previous); wrong != nullptr) return wrong;
      previous = at;
    }
  }
  for (const BindingEntry& b : bindings) {
    used += b.owner != kNoEnv;
    if (b.owner != kNoEnv && !frame_owned(b.owner, b.list_frame, FrameType::Kernel))
      return "a binding's list is not the kernel's";
  }
  return listed == used ? nullptr : "a binding is in no bucket";
}

}  // namespace

const char* check_filters() {
  const char* wrong = nullptr;
  for (const FilterEntry& f : filters)
    if (in_use(f) && (wrong = check_filter(f)) != nullptr) return wrong;
  for (u32 i = 0; i < kMaxShapes; i++)
    if (shape_live(i) && (wrong = check_shape(i)) != nullptr) return wrong;
  if (wrong == nullptr) wrong = check_code_space();
  if (wrong == nullptr) wrong = check_groups();
  if (wrong == nullptr) wrong = check_buckets();
  return wrong;
}

}  // namespace core
