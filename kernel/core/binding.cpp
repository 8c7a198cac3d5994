// SPDX-License-Identifier: MIT
#include "kernel/core/binding.hpp"

#include "kernel/core/binding_ring.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/demux.hpp"
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
    if (frame == config.control || frame == config.list_frame || listed(config, i, frame))
      return Status::Denied;
  }
  if (config.list_frame == config.control) return Status::Denied;
  return frame_can_change(env, config.list_frame, FrameType::Data);
}

static u32 free_binding() {
  for (u32 i = 0; i < kMaxBindings; i++)
    if (bindings[i].owner == kNoEnv) return i;
  return kNone;
}

// The list: two frame numbers in each word of the list frame.
static u32 ring_frame(u32 list_frame, u32 index) {
  return static_cast<u32>(physmem[list_frame][index / 2] >> (index % 2 * 32));
}

static void write_list(const BindConfig& config) {
  for (u32 i = 0; i < config.frame_count; i++)
    physmem[config.list_frame][i / 2] |= static_cast<u64>(config.frames[i]) << (i % 2 * 32);
}

u32 binding_frame(u32 binding, u32 index) { return ring_frame(bindings[binding].list_frame, index); }

static RingControl* control_of(const BindingEntry& b) {
  return reinterpret_cast<RingControl*>(physmem[b.control]);
}

Result<u32> binding_open(u16 env, const BindConfig& config) {
  const u32 cap = TRY(cap_find(env, config.receive, CapType::Receive, kInvoke));
  const u32 count = config.frame_count;
  if (count == 0 || count > kMaxRingFrames || (count & (count - 1)) != 0) return Status::BadArgument;
  if (config.reserved != 0) return Status::BadArgument;
  TRY_STATUS(check_frames(env, config));
  const u32 binding = free_binding();
  if (binding == kNone) return Status::NoSpace;
  TRY_STATUS(quota_check(env, Resource::Pins, count + 1));
  TRY_STATUS(frame_to_kernel(env, config.list_frame, FrameType::Kernel));
  quota_book(env, Resource::Pins, count + 1);
  write_list(config);
  BindingEntry& b = bindings[binding];
  b = BindingEntry{};
  b.age = clock_advance();
  b.cap = cap;
  b.priority = config.priority;
  b.control = config.control;
  b.frame_count = count;
  b.owner = env;
  b.filter = caps[cap].object;
  b.list_frame = config.list_frame;
  frame_pin(config.control);
  for (u32 i = 0; i < count; i++) frame_pin(config.frames[i]);
  caps[cap].uses++;
  filter_reference(b.filter);
  demux_insert(binding);
  __builtin_memset(control_of(b), 0, sizeof(RingControl));
  return binding;
}

Status binding_close(u16 env, u32 binding) {
  if (!binding_owned(env, binding)) return Status::BadArgument;
  BindingEntry& b = bindings[binding];
  TRY_STATUS(frame_can_change(env, b.list_frame,
                              FrameType::Kernel));  // it can: nobody maps or pins a frame of the kernel's
  demux_remove(binding);
  frame_unpin(b.control);
  quota_return(env, Resource::Pins, b.frame_count + 1);
  for (u32 i = 0; i < b.frame_count; i++) frame_unpin(ring_frame(b.list_frame, i));
  caps[b.cap].uses--;
  filter_unreference(b.filter);
  const u32 list_frame = b.list_frame;
  b = BindingEntry{};
  b.owner = kNoEnv;
  frame_change(list_frame, FrameType::Data);
  return Status::Ok;
}

void binding_close_all(u32 cap) {
  for (u32 i = 0; i < kMaxBindings && caps[cap].uses != 0; i++)
    if (bindings[i].owner != kNoEnv && bindings[i].cap == cap) binding_close(bindings[i].owner, i);
}

bool binding_deliver(u32 binding, const u8* packet, u32 length, u32 flags, u64 tsc) {
  BindingEntry& b = bindings[binding];
  RingControl* const control = control_of(b);
  const u32 slots = b.frame_count * kSlotsPerFrame;
  // More than there are slots: the environment wrote nonsense, and gets nothing until it stops.
  if (ring_waiting(control, b.delivered) >= slots || length > kPacketSlot - sizeof(PacketHeader)) {
    b.dropped++;
    ring_publish(&control->dropped, b.dropped);
    return false;
  }
  const u32 slot = static_cast<u32>(b.delivered) & (slots - 1);
  u8* const to = reinterpret_cast<u8*>(physmem[ring_frame(b.list_frame, slot / kSlotsPerFrame)]) +
                 static_cast<u64>(slot % kSlotsPerFrame) * kPacketSlot;
  const PacketHeader header{.length = length, .flags = flags, .timestamp = tsc};
  __builtin_memcpy(to, &header, sizeof header);
  __builtin_memcpy(to + sizeof header, packet, length);
  b.delivered++;
  ring_publish(&control->produced, b.delivered);
  return true;
}

void binding_sent(u32 binding) {
  BindingEntry& b = bindings[binding];
  b.sent++;
  ring_publish(&control_of(b)->sent, b.sent);
}

}  // namespace core
