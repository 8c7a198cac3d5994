// SPDX-License-Identifier: MIT
#include "net/dhcp.hpp"

namespace net {
namespace {

constexpr u64 kFirstRetry = 4 * kSecond;  // RFC 2131, 4.1: 4, 8, 16, 32, 64 s, each +- 1 s
constexpr u8 kMaxDoublings = 4;
constexpr u8 kRequestTries = 4;
constexpr u64 kLeastRenewWait = 60 * kSecond;  // RFC 2131, 4.4.5
constexpr u32 kInfinite = 0xffffffffu;

}  // namespace

void Dhcp::start(u64 now, Stack& stack, u32 random) {
  stack_ = &stack;
  random_ = random != 0 ? random : 1;  // xorshift stays at zero
  // A port taken by someone else means that no answer will come; nothing else is wrong then.
  (void)stack.open_udp(kDhcpClientPort, {this, [](void* p, u64 at, const Received& packet) {
                                           static_cast<Dhcp*>(p)->received(at, packet);
                                         }});
  discover(now);
}

// xorshift32 (Marsaglia 2003): only spreads retries and tells transactions apart.
u32 Dhcp::next_random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return random_;
}

void Dhcp::discover(u64 now) {
  state_ = State::Selecting;
  tries_ = 0;
  xid_ = next_random();
  began_ = now;
  lease_ = {};
  send(now, DhcpType::Discover);
  retry_after(now, kFirstRetry);
}

void Dhcp::retry_after(u64 now, u64 nominal) {
  deadline_ = now + nominal - kSecond + next_random() % (2 * kSecond);
}

void Dhcp::send(u64 now, DhcpType type) {
  const bool renewing = state_ == State::Renewing || state_ == State::Rebinding;
  const u64 elapsed = (now - began_) / kSecond;
  DhcpRequest request{};
  request.type = type;
  request.xid = xid_;
  request.elapsed = static_cast<u16>(elapsed < 0xffff ? elapsed : 0xffff);
  request.mac = stack_->mac();
  if (renewing) request.current = lease_.address;
  if (state_ == State::Requesting) {
    request.wanted = lease_.address;
    request.server = lease_.server;
  }
  u8 message[kDhcpMessage];
  write_dhcp(request, std::span<u8, kDhcpMessage>(message));
  const Address to = state_ == State::Renewing ? lease_.server : kBroadcast;
  (void)stack_->send_udp(now, kDhcpClientPort, to, kDhcpServerPort, message);  // lost ones are retried
}

void Dhcp::received(u64 now, const Received& packet) {
  if (packet.source_port != kDhcpServerPort) return;
  const std::optional<DhcpReply> reply = read_dhcp(packet.payload, stack_->mac());
  if (!reply || reply->xid != xid_) return;
  const bool asking = state_ == State::Requesting || state_ == State::Renewing || state_ == State::Rebinding;
  if (reply->type == DhcpType::Offer && state_ == State::Selecting) offered(now, *reply);
  if (reply->type == DhcpType::Ack && asking) acknowledged(now, *reply);
  if (reply->type == DhcpType::Nak && asking) {
    stack_->configure({});
    discover(now);
  }
}

void Dhcp::offered(u64 now, const DhcpReply& reply) {
  state_ = State::Requesting;
  tries_ = 0;
  lease_ = reply.lease;
  send(now, DhcpType::Request);
  retry_after(now, kFirstRetry);
}

void Dhcp::acknowledged(u64 now, const DhcpReply& reply) {
  lease_ = reply.lease;
  state_ = State::Bound;
  tries_ = 0;
  const bool ends = lease_.seconds != kInfinite;
  renew_at_ = ends ? now + lease_.renew * kSecond : kForever;
  rebind_at_ = ends ? now + lease_.rebind * kSecond : kForever;
  expires_at_ = ends ? now + lease_.seconds * kSecond : kForever;
  deadline_ = renew_at_;
  stack_->configure({lease_.address, lease_.prefix, lease_.gateway});
}

// Half of what is left until `until`, but not less than a minute.
u64 Dhcp::wait_renewing(u64 now, u64 until) const {
  const u64 half = (until - now) / 2;
  const u64 wait = half > kLeastRenewWait ? half : kLeastRenewWait;
  return now + wait < until ? now + wait : until;
}

u64 Dhcp::poll(u64 now) {
  if (state_ == State::Stopped) return kForever;
  if (now < deadline_) return deadline_;
  switch (state_) {
    case State::Stopped:
      break;
    case State::Selecting:
      if (tries_ < kMaxDoublings) tries_++;
      send(now, DhcpType::Discover);
      retry_after(now, kFirstRetry << tries_);
      break;
    case State::Requesting:
      if (++tries_ == kRequestTries) {
        discover(now);
        break;
      }
      send(now, DhcpType::Request);
      retry_after(now, kFirstRetry << tries_);
      break;
    case State::Bound:
    case State::Renewing:
    case State::Rebinding:
      keep(now);
      break;
  }
  return deadline_;
}

// Extends the lease: with the server that gave it, later with any, and without when it has ended.
void Dhcp::keep(u64 now) {
  if (now >= expires_at_) {
    stack_->configure({});
    discover(now);
    return;
  }
  if (state_ == State::Bound) {
    xid_ = next_random();
    began_ = now;
  }
  state_ = now < rebind_at_ ? State::Renewing : State::Rebinding;
  send(now, DhcpType::Request);
  deadline_ = wait_renewing(now, state_ == State::Renewing ? rebind_at_ : expires_at_);
}

}  // namespace net
