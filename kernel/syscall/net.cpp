// SPDX-License-Identifier: MIT
// Family net: filters, bindings, and packets that arrive. (Packets that leave: net_send.cpp.)
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/binding.hpp"
#include "kernel/core/demux.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/syscall/net_flight.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_filter_derive(Caller& caller, u32 source, u32 target, UserIn<BpfInsn> program, u32 length) {
  if (length == 0 || length > kMaxFilterInsns) return {Status::BadArgument, 0};
  BpfInsn copy[kMaxFilterInsns];
  const Status status = program.copy(copy, length);
  if (status != Status::Ok) return {status, 0};
  return {core::filter_derive(caller.env, source, target, copy, length), 0};
}

SysResult sys_net_bind(Caller& caller, UserIn<BindConfig> config) {
  BindConfig copy;
  const Status status = config.copy(&copy, 1);
  if (status != Status::Ok) return {status, 0};
  const auto binding = core::binding_open(caller.env, copy);
  return {binding.status(), binding.value()};
}

SysResult sys_net_unbind(Caller& caller, u32 binding) {
  if (!core::binding_owned(caller.env, binding)) return {Status::BadArgument, 0};
  if (net_in_card(binding)) return {Status::Busy, 0};
  return {core::binding_close(caller.env, binding), 0};
}

namespace {

// What a burst has brought so far: who is to be woken at its end, and when its first packet was taken.
constinit u64 to_wake[kMaxEnvs / 64]{};
constinit u64 burst_time = 0;

// Bit 0 of the first byte: for a group of stations (IEEE 802.3, 3.2.3).
bool is_multicast(const u8* packet) { return (packet[0] & 1) != 0; }

void deliver(u32 binding, const u8* packet, u32 length, u32 flags) {
  if (!core::binding_deliver(binding, packet, length, flags, burst_time)) return;
  const u16 owner = bindings[binding].owner;
  to_wake[owner / 64] |= 1ul << (owner % 64);
}

void deliver_to_all(u16 device, const u8* packet, u32 length, u32 flags) {
  core::DemuxWalk walk;
  core::demux_start(walk, device, packet, length);
  for (u32 i = 0; i < kMaxBindings; i++) {
    const u32 binding = core::demux_next(walk, packet, length);
    if (binding == kNone) break;
    deliver(binding, packet, length, flags);
  }
}

}  // namespace

void net_received(u16 device, const u8* packet, u32 length, u32 flags) {
  if (length < kMinPacket || length > kMaxPacket) return;
  if (burst_time == 0) burst_time = arch::now_tsc();
  if (is_multicast(packet)) return deliver_to_all(device, packet, length, flags);
  const u32 binding = core::demux_first(device, packet, length);
  if (binding != kNone) deliver(binding, packet, length, flags);
}

void net_burst_end() {
  burst_time = 0;
  for (u32 i = 0; i < kMaxEnvs / 64; i++) {
    for (; to_wake[i] != 0; to_wake[i] &= to_wake[i] - 1)
      arch::env_memory_changed(static_cast<u16>(i * 64 + static_cast<u32>(__builtin_ctzl(to_wake[i]))));
  }
}

}  // namespace kernel
