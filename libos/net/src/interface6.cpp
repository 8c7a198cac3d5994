// SPDX-License-Identifier: MIT
#include "net/interface6.hpp"

#include <bit>

namespace net {
namespace {

u32 common_bits(Address6 a, Address6 b) {
  if (a.high != b.high) return static_cast<u32>(std::countl_zero(a.high ^ b.high));
  return 64 + static_cast<u32>(std::countl_zero(a.low ^ b.low));
}

}  // namespace

bool Interface6::add(u64 now, Address6 address, u64 preferred_until, u64 valid_until) {
  if (address.none() || address.multicast() || address.loopback() || find(address) != nullptr) return false;
  for (Own& o : own_) {
    if (o.used) continue;
    o = {address, now + kDadWait, preferred_until, valid_until, true};
    return true;
  }
  return false;
}

void Interface6::remove(Address6 address) {
  if (Own* o = find(address)) *o = {};
}

Interface6::Own* Interface6::find(Address6 address) {
  for (Own& o : own_)
    if (o.used && o.address == address) return &o;
  return nullptr;
}

bool Interface6::ours(Address6 address) const {
  for (const Own& o : own_)
    if (o.used && o.tentative_until == 0 && o.address == address) return true;
  return false;
}

bool Interface6::tentative(Address6 address) const {
  for (const Own& o : own_)
    if (o.used && o.tentative_until != 0 && o.address == address) return true;
  return false;
}

Address6 Interface6::source_for(u64 now, Address6 to) const {
  const bool local = to.link_local() || (to.multicast() && (to.high >> 48 & 15) <= 2);
  const Own* best = nullptr;
  const auto rank = [&](const Own& o) {
    return (o.address.link_local() == local ? 1000u : 0u) + (o.preferred_until > now ? 500u : 0u) +
           common_bits(o.address, to);
  };
  for (const Own& o : own_)
    if (o.used && o.tentative_until == 0 && (best == nullptr || rank(o) > rank(*best))) best = &o;
  return best != nullptr ? best->address : Address6{};
}

void Interface6::prefix(Address6 prefix, u32 bits, u64 until) {
  prefix = prefix_of(prefix, bits);
  Prefix* room = nullptr;
  for (Prefix& p : prefixes_) {
    if (p.until != 0 && p.bits == bits && p.prefix == prefix) {
      p.until = until;
      return;
    }
    if (p.until == 0 && room == nullptr) room = &p;
  }
  if (room != nullptr && until != 0) *room = {prefix, bits, until};
}

void Interface6::router(Address6 address, u64 until) {
  Router* room = nullptr;
  for (Router& r : routers_) {
    if (r.until != 0 && r.address == address) {
      r.until = until;
      return;
    }
    if (r.until == 0 && room == nullptr) room = &r;
  }
  if (room != nullptr && until != 0) *room = {address, until};
}

Address6 Interface6::next_hop(u64 now, Address6 to) const {
  if (to.link_local()) return to;
  for (const Prefix& p : prefixes_)
    if (p.until > now && prefix_of(to, p.bits) == p.prefix) return to;
  for (const Router& r : routers_)
    if (r.until > now) return r.address;
  return {};
}

void Interface6::expire(u64 now) {
  for (Own& o : own_) {
    if (!o.used) continue;
    if (o.tentative_until != 0 && o.tentative_until <= now) o.tentative_until = 0;
    if (o.valid_until <= now) o = {};
  }
  for (Prefix& p : prefixes_)
    if (p.until <= now) p = {};
  for (Router& r : routers_)
    if (r.until <= now) r = {};
}

u64 Interface6::next_deadline() const {
  u64 next = kForever;
  for (const Own& o : own_) {
    if (!o.used) continue;
    if (o.tentative_until != 0 && o.tentative_until < next) next = o.tentative_until;
    if (o.valid_until < next) next = o.valid_until;
  }
  for (const Prefix& p : prefixes_)
    if (p.until != 0 && p.until < next) next = p.until;
  for (const Router& r : routers_)
    if (r.until != 0 && r.until < next) next = r.until;
  return next;
}

u32 Interface6::addresses() const {
  u32 count = 0;
  for (const Own& o : own_) count += o.used ? 1 : 0;
  return count;
}

}  // namespace net
