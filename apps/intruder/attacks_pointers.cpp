// SPDX-License-Identifier: MIT
// Every pointer argument of every call with every kind of bad pointer. Each pair is an attack.
#include "apps/intruder/tools.hpp"
#include "base/text.hpp"

namespace intruder {

namespace {

// A call with one pointer in place. Calls whose capability the intruder lacks may say so first.
struct PointerCall {
  const char* name;
  u32 number;
  u32 place;    // which argument register holds the pointer
  u64 args[6];  // the others
  bool writes;  // the kernel writes there
};

constexpr PointerCall kCalls[] = {
    {"console_write", 1, 1, {1, 0, 200}, false},
    {"env_configure", 11, 1, {kSlotSelf}, false},
    {"frame_alloc", 20, 3, {kSlotSelf, kNone, 16}, true},
    {"frame_free", 21, 1, {kSlotSelf, 0, 64}, false},
    {"frame_give", 23, 2, {kSlotSelf, kSlotSelf, 0, 64}, false},
    {"page_update", 30, 1, {kSlotSelf, 0, 64}, false},
    {"disk_queue_open", 60, 1, {6}, false},
    {"disk_submit", 61, 1, {0, 0, 16}, false},
    {"filter_derive", 70, 2, {7, 60, 0, 64}, false},
    {"net_bind", 71, 0, {}, false},
    {"sleep_until", 46, 0, {0, 0}, false},
    {"slice_claim", 44, 1, {0, 0, 1}, false},
    {"net_send", 73, 2, {8, 0, 0, 32}, false},
};

struct BadPointer {
  const char* name;
  u64 address;
};

u64 read_only_page() { return core::kStartAddress; }
// Three bytes before a page that is not mapped: the structure begins well and ends badly.
u64 at_the_edge() { return core::start_info->stack_top - 3; }
u64 aligned_edge() { return core::start_info->stack_top - 8; }

constexpr BadPointer kPointers[] = {
    {"null", 0},
    {"unmapped", 0x10000},
    {"kernel", 0xffff800000000000},
    {"kernel-text", 0xffffffff80100000},
    {"kernel-frame-table", 0xffffff6000000000},
    {"non-canonical", 0x0000800000000000},
    {"last-user-page", kUserEnd - kPageSize},
    {"end-of-user-space", kUserEnd - 8},
    {"wraps", ~0ul - 7},
    {"wraps-to-user", ~0ul},
};

Status call_with(const PointerCall& call, u64 pointer) {
  u64 a[6];
  for (u32 i = 0; i < 6; i++) a[i] = i == call.place ? pointer : call.args[i];
  constexpr u32 kDiskSubmit = 61, kNetSend = 73;
  if (call.number == kDiskSubmit) a[0] = own_queue();
  if (call.number == kNetSend) a[1] = own_binding();
  return raw(call.number, a[0], a[1], a[2], a[3], a[4], a[5]).status;
}

void attack(Score& score, const PointerCall& call, const char* kind, u64 pointer) {
  char buffer[64];
  base::Text name(buffer, sizeof buffer - 1);
  name.put("pointer-").put(kind).put("-to-").put(call.name);
  buffer[name.size()] = 0;
  Trial trial(any_refusal);
  trial.status(call_with(call, pointer));
  score.count(buffer, trial);
}

}  // namespace

void pointer_attacks(Score& score) {
  for (const PointerCall& call : kCalls) {
    for (const BadPointer& bad : kPointers) attack(score, call, bad.name, bad.address);
    attack(score, call, "past-the-edge", at_the_edge());
    attack(score, call, "aligned-past-the-edge", aligned_edge());
    if (call.number != 1) attack(score, call, "misaligned", Lab::kBase + 1);
    if (call.writes) attack(score, call, "read-only", read_only_page());
    if (call.writes) attack(score, call, "own-text", core::start_info->image_base);
  }
}

}  // namespace intruder
