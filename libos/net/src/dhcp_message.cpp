// SPDX-License-Identifier: MIT
#include "net/dhcp_message.hpp"

#include <bit>

#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

// The fixed part (RFC 2131, figure 1), then the magic cookie, then options.
constexpr u32 kXid = 4, kSecs = 8, kFlags = 10, kClient = 12, kYours = 16, kStation = 28;
constexpr u32 kServerName = 44, kFile = 108, kCookie = 236, kOptions = 240;
constexpr u32 kMagicCookie = 0x63825363;
constexpr u8 kBootRequest = 1, kBootReply = 2, kHardwareEthernet = 1;
constexpr u16 kBroadcastFlag = 0x8000;

enum Option : u8 {
  kPad = 0,
  kMask = 1,
  kRouter = 3,
  kResolver = 6,
  kWanted = 50,
  kSeconds = 51,
  kOverload = 52,
  kType = 53,
  kServer = 54,
  kAskFor = 55,
  kLargest = 57,
  kRenew = 58,
  kRebind = 59,
  kEnd = 255,
};

u32 put_address(u8* out, u8 option, Address a) {
  if (a.none()) return 0;
  out[0] = option;
  out[1] = 4;
  store_address(out + 2, a);
  return 6;
}

bool contiguous(u32 mask) { return (~mask & (~mask + 1)) == 0; }

struct Options {
  DhcpType type = DhcpType::None;
  u8 overload = 0;
  bool bad = false;
};

void take_option(u8 option, std::span<const u8> value, Options& options, Lease& lease) {
  if (option == kType && value.size() == 1) options.type = static_cast<DhcpType>(value[0]);
  if (option == kOverload && value.size() == 1) options.overload = value[0];
  if (value.size() < 4) return;  // all others that we read hold at least an address or a number
  const u32 word = load_be32(value.data());
  switch (option) {
    case kMask:
      if (!contiguous(word)) options.bad = true;
      lease.prefix = static_cast<u8>(std::countl_one(word));
      break;
    case kRouter:
      lease.gateway = {word};
      break;
    case kResolver:
      lease.resolver = {word};
      break;
    case kSeconds:
      lease.seconds = word;
      break;
    case kServer:
      lease.server = {word};
      break;
    case kRenew:
      lease.renew = word;
      break;
    case kRebind:
      lease.rebind = word;
      break;
    default:
      break;
  }
}

// A list that ends without kEnd is taken as far as it goes; an option that runs over its end is not.
void walk(std::span<const u8> list, Options& options, Lease& lease) {
  u64 i = 0;
  while (i < list.size() && list[i] != kEnd) {
    if (list[i] == kPad) {
      i++;
      continue;
    }
    if (i + 2 > list.size() || i + 2 + list[i + 1] > list.size()) return;
    take_option(list[i], list.subspan(i + 2, list[i + 1]), options, lease);
    i += 2u + list[i + 1];
  }
}

u8 classful_prefix(Address a) {
  const u32 top = a.value >> 28;
  return top < 8 ? 8 : top < 12 ? 16 : 24;
}

// RFC 2131, 4.4.5: T1 and T2 default to 1/2 and 7/8 of the lease.
void complete(Lease& lease, bool mask_seen) {
  if (!mask_seen) lease.prefix = classful_prefix(lease.address);
  if (lease.rebind == 0 || lease.rebind >= lease.seconds) {
    lease.rebind = static_cast<u32>(u64{lease.seconds} * 7 / 8);
  }
  if (lease.renew == 0 || lease.renew >= lease.rebind) {
    lease.renew = lease.seconds / 2 < lease.rebind ? lease.seconds / 2 : lease.rebind / 2;
  }
}

bool possible(Address a) {
  return !a.none() && !a.multicast() && !a.loopback() && a.value >> 24 != 0 && a.value < 0xf0000000u;
}

}  // namespace

void write_dhcp(const DhcpRequest& request, std::span<u8, kDhcpMessage> out) {
  memset(out.data(), 0, kDhcpMessage);
  u8* p = out.data();
  p[0] = kBootRequest;
  p[1] = kHardwareEthernet;
  p[2] = 6;
  store_be32(p + kXid, request.xid);
  store_be16(p + kSecs, request.elapsed);
  if (request.current.none()) store_be16(p + kFlags, kBroadcastFlag);  // no address to answer to
  store_address(p + kClient, request.current);
  store_mac(p + kStation, request.mac);
  store_be32(p + kCookie, kMagicCookie);
  u8* o = p + kOptions;
  *o++ = kType;
  *o++ = 1;
  *o++ = static_cast<u8>(request.type);
  o += put_address(o, kWanted, request.wanted);
  o += put_address(o, kServer, request.server);
  constexpr u8 kTail[] = {kAskFor, 3, kMask, kRouter, kResolver, kLargest, 2, 1500 >> 8, 1500 & 0xff, kEnd};
  memcpy(o, kTail, sizeof kTail);
}

std::optional<DhcpReply> read_dhcp(std::span<const u8> message, const Mac& mac) {
  if (message.size() < kOptions) return {};
  const u8* p = message.data();
  if (p[0] != kBootReply || p[1] != kHardwareEthernet || p[2] != 6) return {};
  if (load_be32(p + kCookie) != kMagicCookie || load_mac(p + kStation) != mac) return {};
  DhcpReply reply;
  reply.xid = load_be32(p + kXid);
  reply.lease.address = load_address(p + kYours);
  reply.lease.prefix = 0xff;
  Options options;
  walk(message.subspan(kOptions), options, reply.lease);
  if ((options.overload & 1) != 0) walk(message.subspan(kFile, kCookie - kFile), options, reply.lease);
  if ((options.overload & 2) != 0)
    walk(message.subspan(kServerName, kFile - kServerName), options, reply.lease);
  reply.type = options.type;
  if (reply.lease.server.none()) return {};  // needed in all three (RFC 2131, table 3)
  if (reply.type == DhcpType::Nak) return reply;
  if (reply.type != DhcpType::Offer && reply.type != DhcpType::Ack) return {};
  if (options.bad || !possible(reply.lease.address) || reply.lease.seconds == 0) return {};
  complete(reply.lease, reply.lease.prefix != 0xff);
  return reply;
}

}  // namespace net
