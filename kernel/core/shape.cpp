// SPDX-License-Identifier: MIT
#include "kernel/core/shape.hpp"

#include "kernel/core/bpf_codes.hpp"

namespace core {

static bool same_program(const ShapeEntry& s, const ShapedProgram& program) {
  if (s.length != program.length) return false;
  for (u32 i = 0; i < program.length; i++) {
    const BpfInsn& a = s.code[i];
    const BpfInsn& b = program.code[i];
    if (a.code != b.code || a.jt != b.jt || a.jf != b.jf || a.k != b.k) return false;
  }
  return true;
}

u32 shape_find(u16 parent, const ShapedProgram& program) {
  u32 free = kNone;
  for (u32 i = 0; i < kMaxShapes; i++) {
    if (shapes[i].references == 0) {
      if (free == kNone) free = i;
    } else if (shapes[i].parent == parent && same_program(shapes[i], program)) {
      return i;
    }
  }
  return free;
}

static bool loads_memory(const ShapedProgram& program) {
  for (u32 i = 0; i < program.length; i++)
    if (program.code[i].code == (bpf::kLd | bpf::kMem) || program.code[i].code == (bpf::kLdx | bpf::kMem))
      return true;
  return false;
}

void shape_fill(u32 shape, u16 parent, const ShapedProgram& program) {
  ShapeEntry& s = shapes[shape];
  if (s.references != 0) return;
  s = ShapeEntry{};
  s.next_group = kNone;
  s.prev_group = kNone;
  s.parent = parent;
  s.depth = static_cast<u16>(shapes[parent].depth + 1);
  s.length = static_cast<u16>(program.length);
  s.key_count = static_cast<u8>(program.key_count);
  s.has_memory = loads_memory(program) ? 1 : 0;
  s.device = shapes[parent].device;
  for (u32 i = 0; i < program.length; i++) s.code[i] = program.code[i];
  shape_reference(parent);
}

// The shape of a card, or a free entry.
static u32 find_card(u16 device) {
  u32 free = kNone;
  for (u32 i = 0; i < kMaxShapes; i++) {
    if (shapes[i].references == 0) {
      if (free == kNone) free = i;
    } else if (shapes[i].depth == 0 && shapes[i].device == device) {
      return i;
    }
  }
  return free;
}

u32 shape_of_card(u16 device) {
  const u32 shape = find_card(device);
  if (shape == kNone || shapes[shape].references != 0) return shape;
  ShapeEntry& s = shapes[shape];
  s = ShapeEntry{};
  s.next_group = kNone;
  s.prev_group = kNone;
  s.parent = kNoShape;
  s.device = device;
  return shape;
}

void shape_reference(u32 shape) { shapes[shape].references++; }

static void give_code_back(u32 shape) {
  const ShapeEntry& s = shapes[shape];
  for (u32 i = 0; i < s.code_units; i++) code_owner[s.code_first + i] = 0;
}

void shape_unreference(u32 shape) {
  for (u32 i = 0; i <= kMaxFilterDepth && shape != kNoShape; i++) {
    ShapeEntry& s = shapes[shape];
    s.references--;
    if (s.references != 0) return;
    give_code_back(shape);
    shape = s.parent;
    s = ShapeEntry{};
  }
}

// The first of `count` free units in a row; kNone if there are none.
static u32 free_run(u32 count) {
  u32 run = 0;
  for (u32 i = 0; i < kCodeUnits; i++) {
    run = code_owner[i] == 0 ? run + 1 : 0;
    if (run == count) return i + 1 - count;
  }
  return kNone;
}

bool code_take(u32 shape, u32 bytes) {
  ShapeEntry& s = shapes[shape];
  const u32 count = (bytes + kCodeUnit - 1) / kCodeUnit;
  const u32 first = free_run(count);
  s.compiled = first == kNone ? kCodeInterpreted : kCodeCompiled;
  if (first == kNone) return false;
  s.code_first = static_cast<u16>(first);
  s.code_units = static_cast<u16>(count);
  for (u32 i = 0; i < count; i++) code_owner[first + i] = static_cast<u16>(shape + 1);
  return true;
}

}  // namespace core
