// SPDX-License-Identifier: MIT
// Family net: filters, bindings, and packets that arrive. (Packets that leave: net_send.cpp.)
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/binding.hpp"
#include "kernel/core/filter.hpp"
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

// Bit 0 of the first byte: for a group of stations (IEEE 802.3, 3.2.3).
static bool is_multicast(const u8* packet) { return (packet[0] & 1) != 0; }

void net_received(u16 device, const u8* packet, u32 length) {
  if (length < kMinPacket || length > kMaxPacket) return;
  const u64 now = arch::now_tsc();
  u32 binding = kNone;
  do {
    binding = core::binding_next_match(device, packet, length, binding);
    if (binding == kNone) return;
    if (core::binding_deliver(binding, packet, length, now))
      arch::env_memory_changed(bindings[binding].owner);
  } while (is_multicast(packet));
}

}  // namespace kernel
