// SPDX-License-Identifier: MIT
#include "kernel/core/binding.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/quota.hpp"

namespace core {

static constexpr u32 kSlotsPerFrame = kPageSize / kPacketSlot;

u16 binding_device(u32 binding) { return filters[bindings[binding].filter].device; }

static bool listed(const BindConfig& config, u32 count, u32 frame) {
  for (u32 i = 0; i < count; i++)
    if (config.frames[i] == frame) return true;
  return false;
}

static Status check_frames(u16 env, const BindConfig& config) {
  if (!frame_lendable(env, config.control)) return Status::Denied;
  for (u32 i = 0; i < config.frame_count; i++) {
    const u32 frame = config.frames[i];
    if (!frame_lendable(env, frame)) return Status::Denied;
    if (frame == config.control || listed(config, i, frame)) return Status::Denied;
  }
  return Status::Ok;
}

static u32 free_binding() {
  for (u32 i = 0; i < kMaxBindings; i++)
    if (bindings[i].owner == kNoEnv) return i;
  return kNone;
}

static RingControl* control_of(const BindingEntry& b) {
  return reinterpret_cast<RingControl*>(physmem[b.control]);
}

Result<u32> binding_open(u16 env, const BindConfig& config) {
  const u32 cap = TRY(cap_find(env, config.receive, CapType::Receive, kInvoke));
  const u32 count = config.frame_count;
  if (count == 0 || count > kMaxRingFrames || (count & (count - 1)) != 0) return Status::BadArgument;
  TRY_STATUS(check_frames(env, config));
  const u32 binding = free_binding();
  if (binding == kNone) return Status::NoSpace;
  TRY_STATUS(quota_take(env, Resource::Pins, count + 1));
  BindingEntry& b = bindings[binding];
  b = BindingEntry{};
  b.age = clock_advance();
  b.cap = cap;
  b.priority = config.priority;
  b.control = config.control;
  b.frame_count = count;
  b.owner = env;
  b.filter = caps[cap].object;
  frame_pin(config.control);
  for (u32 i = 0; i < count; i++) {
    b.frames[i] = config.frames[i];
    frame_pin(config.frames[i]);
  }
  caps[cap].uses++;
  filter_reference(b.filter);
  __builtin_memset(control_of(b), 0, sizeof(RingControl));
  return binding;
}

Status binding_close(u16 env, u32 binding) {
  if (!binding_owned(env, binding)) return Status::BadArgument;
  BindingEntry& b = bindings[binding];
  frame_unpin(b.control);
  quota_return(env, Resource::Pins, b.frame_count + 1);
  for (u32 i = 0; i < b.frame_count; i++) frame_unpin(b.frames[i]);
  caps[b.cap].uses--;
  filter_unreference(b.filter);
  b = BindingEntry{};
  b.owner = kNoEnv;
  return Status::Ok;
}

void binding_close_all(u32 cap) {
  for (u32 i = 0; i < kMaxBindings; i++)
    if (bindings[i].owner != kNoEnv && bindings[i].cap == cap) binding_close(bindings[i].owner, i);
}

static bool before(const BindingEntry& a, const BindingEntry& b) {
  return a.priority != b.priority ? a.priority < b.priority : a.age < b.age;
}

// The first one behind `previous` that is for this card, whatever its filter says.
static u32 next_in_order(u16 device, u32 previous) {
  u32 best = kNone;
  for (u32 i = 0; i < kMaxBindings; i++) {
    const BindingEntry& b = bindings[i];
    if (b.owner == kNoEnv || binding_device(i) != device) continue;
    if (previous != kNone && !before(bindings[previous], b)) continue;
    if (best == kNone || before(b, bindings[best])) best = i;
  }
  return best;
}

u32 binding_next_match(u16 device, const u8* packet, u32 length, u32 previous) {
  for (u32 i = 0; i < kMaxBindings; i++) {
    previous = next_in_order(device, previous);
    if (previous == kNone) break;
    if (filter_accepts(bindings[previous].filter, packet, length, length)) return previous;
  }
  return kNone;
}

bool binding_deliver(u32 binding, const u8* packet, u32 length, u64 tsc) {
  BindingEntry& b = bindings[binding];
  RingControl* const control = control_of(b);
  const u32 slots = b.frame_count * kSlotsPerFrame;
  const u64 waiting = b.delivered - __atomic_load_n(&control->consumed, __ATOMIC_ACQUIRE);
  // More than there are slots: the environment wrote nonsense, and gets nothing until it stops.
  if (waiting >= slots || length > kPacketSlot - sizeof(PacketHeader)) {
    b.dropped++;
    __atomic_store_n(&control->dropped, b.dropped, __ATOMIC_RELAXED);
    return false;
  }
  const u32 slot = static_cast<u32>(b.delivered) & (slots - 1);
  u8* const to = reinterpret_cast<u8*>(physmem[b.frames[slot / kSlotsPerFrame]]) +
                 static_cast<u64>(slot % kSlotsPerFrame) * kPacketSlot;
  const PacketHeader header{.length = length, .reserved = 0, .timestamp = tsc};
  __builtin_memcpy(to, &header, sizeof header);
  __builtin_memcpy(to + sizeof header, packet, length);
  b.delivered++;
  __atomic_store_n(&control->produced, b.delivered, __ATOMIC_RELEASE);
  return true;
}

void binding_sent(u32 binding) {
  BindingEntry& b = bindings[binding];
  b.sent++;
  __atomic_store_n(&control_of(b)->sent, b.sent, __ATOMIC_RELEASE);
}

}  // namespace core
