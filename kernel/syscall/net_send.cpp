// SPDX-License-Identifier: MIT
// net_send: from an environment's frames to the card. The first bytes are copied before the egress
// chain sees them and leave from that copy, so what was checked is what is sent.
#include <span>

#include "base/memory.hpp"
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/binding.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/offload.hpp"
#include "kernel/core/quota.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/syscall/net_flight.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

namespace {

struct Flight {
  u64 age;  // of the binding: its number may name another one by the time the packet has left
  u32 binding;
  u32 count;  // frames; 0 while the slot is free
  u16 env;    // that sent it
  u32 frames[kMaxSegments];
};
constinit Flight* flights[kMaxDevices]{};  // kNetSlots for each card

std::span<Flight> flights_of(u16 device) {
  return {flights[device], flights[device] != nullptr ? drivers::kNetSlots : 0};
}

// The whole length; 0 if a piece or the packet is malformed.
u32 length_of(const SendPacket& packet) {
  if (packet.segment_count == 0 || packet.segment_count > kMaxSegments) return 0;
  u32 total = 0;
  for (u32 i = 0; i < packet.segment_count; i++) {
    const Segment& s = packet.segments[i];
    if (s.length == 0 || static_cast<u32>(s.offset) + s.length > kPageSize) return 0;
    total += s.length;
  }
  return total >= kMinPacket && total <= (packet.cut != 0 ? kMaxCutPacket : kMaxPacket) ? total : 0;
}

// Copies a packet's used segments. What is not used is not looked at.
Status read_packet(const UserIn<SendPacket>& list, u32 index, SendPacket& packet) {
  constexpr u64 kFew = __builtin_offsetof(SendPacket, segments) + 2 * sizeof(Segment);  // of most packets
  TRY_STATUS(list.copy_part(&packet, index, 0, kFew));
  if (packet.segment_count <= 2 || packet.segment_count > kMaxSegments) return Status::Ok;
  return list.copy_part(&packet, index, kFew, kFew + sizeof(Segment) * (packet.segment_count - 2));
}

// What the card may do for packets of a Send capability's filter.
u16 offloads_of(u16 filter) {
  return filters[filter].offloads & drivers::net_offloads(filters[filter].device);
}

// What the card is to do. The egress chain is shown only the header that every packet has in common.
Status plan_offload(const SendPacket& packet, u16 filter, const u8* head, u32 total, u32& shown,
                    drivers::OutPacket& out) {
  out.sum_start = out.cut = out.header_length = out.over_ipv6 = 0;
  if ((packet.sum | packet.cut) == 0) return Status::Ok;
  core::OffloadPlan plan;
  TRY_STATUS(core::offload_check(packet, head, out.head_length, total, plan));
  if ((plan.needs & ~offloads_of(filter)) != 0) return Status::Denied;
  out.sum_start = plan.sum_start;
  if (packet.cut == 0) return Status::Ok;
  out.cut = packet.cut;
  out.header_length = plan.header_length;
  out.over_ipv6 = (plan.needs & kOffloadCut6) != 0 ? 1 : 0;
  shown = plan.header_length;
  return Status::Ok;
}

u64 physical_of(const Segment& s) { return (static_cast<u64>(s.frame) << kPageShift) + s.offset; }

// Splits a packet into the head, copied to where the card takes it from, and the pieces behind it.
void gather(const SendPacket& packet, u8* head, drivers::OutPacket& out) {
  u32 in_head = 0, pieces = 0, i = 0;
  for (; i < packet.segment_count && in_head < kEgressBytes; i++) {
    const Segment& s = packet.segments[i];
    const u32 room = kEgressBytes - in_head;
    const u32 copied = s.length < room ? s.length : room;
    memcpy(head + in_head, reinterpret_cast<const u8*>(physmem[s.frame]) + s.offset, copied);
    in_head += copied;
    if (copied < s.length) out.pieces[pieces++] = {physical_of(s) + copied, s.length - copied};
  }
  for (; i < packet.segment_count; i++)
    out.pieces[pieces++] = {physical_of(packet.segments[i]), packet.segments[i].length};
  out.head_length = in_head;
  out.piece_count = pieces;
}

void take_off(u16 device, u32 slot, const SendPacket& packet, u32 binding) {
  Flight& flight = flights[device][slot];
  flight.age = bindings[binding].age;
  flight.binding = binding;
  flight.count = packet.segment_count;
  flight.env = bindings[binding].owner;
  core::quota_book(flight.env, Resource::Pins, flight.count);
  for (u32 i = 0; i < packet.segment_count; i++) {
    flight.frames[i] = packet.segments[i].frame;
    core::frame_pin(packet.segments[i].frame);
  }
}

Status send_one(u16 env, u16 filter, u32 binding, const SendPacket& packet) {
  const u32 total = length_of(packet);
  if (total == 0) return Status::BadArgument;
  const u16 device = filters[filter].device;
  Status pins = core::quota_check(env, Resource::Pins, packet.segment_count);
  if (pins == Status::Quota) {
    drivers::net_kick(device);  // what the card has done with gives pins back, if somebody looks
    pins = core::quota_check(env, Resource::Pins, packet.segment_count);
  }
  TRY_STATUS(pins);
  for (u32 i = 0; i < packet.segment_count; i++)
    if (!core::frame_lendable(env, packet.segments[i].frame)) return Status::Denied;
  u8* const head = drivers::net_head(device);
  if (head == nullptr) return Status::NoSpace;
  drivers::OutPacket out;
  gather(packet, head, out);
  u32 shown = out.head_length;
  TRY_STATUS(plan_offload(packet, filter, head, total, shown, out));
  if (!core::filter_accepts(filter, head, shown, total)) return Status::Denied;
  u32 slot = 0;
  const Status status = drivers::net_transmit(device, out, &slot);
  if (status == Status::Ok) take_off(device, slot, packet, binding);
  return status;
}

}  // namespace

u64 net_memory() { return drivers::kNetSlots * sizeof(Flight); }

void net_start(u16 device, void* memory) { flights[device] = static_cast<Flight*>(memory); }

bool net_in_card(u32 binding) {
  for (const Flight& flight : flights_of(core::binding_device(binding)))
    if (flight.count != 0 && flight.binding == binding && flight.age == bindings[binding].age) return true;
  return false;
}

u64 net_pins() {
  u64 pins = 0;
  for (u16 device = 0; device < kMaxDevices; device++)
    for (const Flight& flight : flights_of(device)) pins += flight.count;
  return pins;
}

SysResult sys_net_send(Caller& caller, u32 send, u32 binding, UserIn<SendPacket> list, u32 count) {
  const auto cap = core::cap_find(caller.env, send, CapType::Send, kInvoke);
  if (!cap.ok()) return {cap.status(), 0};
  if (count > kMaxSendBatch) return {Status::BadArgument, 0};
  if (!core::binding_owned(caller.env, binding)) return {Status::BadArgument, 0};
  const u16 filter = caps[cap.value()].object;
  if (core::binding_device(binding) != filters[filter].device) return {Status::Denied, 0};
  if (count == 0) return {Status::Ok, offloads_of(filter)};
  Status status = list.check(count);
  u32 done = 0;
  while (done < count && status == Status::Ok) {
    SendPacket packet;
    status = read_packet(list, done, packet);
    if (status == Status::Ok) status = send_one(caller.env, filter, binding, packet);
    if (status == Status::Ok) done++;
  }
  if (done != 0) drivers::net_kick(filters[filter].device);
  return {status, done};
}

void net_sent(u16 device, u32 slot) {
  Flight& flight = flights[device][slot];
  for (u32 i = 0; i < flight.count; i++) core::frame_unpin(flight.frames[i]);
  if (flight.count != 0) core::quota_return(flight.env, Resource::Pins, flight.count);
  const BindingEntry& b = bindings[flight.binding];
  if (flight.count != 0 && b.owner != kNoEnv && b.age == flight.age) {
    core::binding_sent(flight.binding);
    arch::env_memory_written(b.owner);
  }
  flight.count = 0;
}

}  // namespace kernel
