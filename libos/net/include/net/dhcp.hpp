// SPDX-License-Identifier: MIT
// Dhcp: obtains the interface's address from a server and keeps it (RFC 2131, RFC 2132): discover,
// request, renew at T1, rebind at T2, start again when the lease ends. It uses the stack's UDP port
// 68 while it runs.
#pragma once
#include "net/dhcp_message.hpp"
#include "net/stack.hpp"

namespace net {

class Dhcp {
 public:
  enum class State : u8 { Stopped, Selecting, Requesting, Bound, Renewing, Rebinding };

  constexpr Dhcp() = default;
  // Begins to look for a server. `random` chooses transaction numbers and spreads retries; it should
  // differ from boot to boot. The stack must have been started and must outlive this.
  void start(u64 now, Stack& stack, u32 random);
  // Runs what is due and answers when to call again.
  u64 poll(u64 now);
  State state() const { return state_; }
  const Lease& lease() const { return lease_; }  // meaningful from Bound on

 private:
  void received(u64 now, const Received& packet);
  void discover(u64 now);
  void offered(u64 now, const DhcpReply& reply);
  void acknowledged(u64 now, const DhcpReply& reply);
  void send(u64 now, DhcpType type);
  void keep(u64 now);
  void retry_after(u64 now, u64 nominal);
  u64 wait_renewing(u64 now, u64 until) const;
  u32 next_random();

  Stack* stack_ = nullptr;
  State state_ = State::Stopped;
  u8 tries_ = 0;
  u32 random_ = 0;
  u32 xid_ = 0;
  u64 began_ = 0;     // when the address acquisition began
  u64 deadline_ = 0;  // next retry or change of state
  u64 renew_at_ = 0, rebind_at_ = 0, expires_at_ = 0;
  Lease lease_;
};

}  // namespace net
