// SPDX-License-Identifier: MIT
// Stack: multicast groups are joined and reported: IGMPv2 (RFC 2236) and MLD (RFC 2710).
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr Address kAllRouters4{0xe0000002};
constexpr u32 kIgmpLength = 8, kMldLength = 24;
// IPv4 and IPv6 options by which routers look at what is not for them (RFC 2113, RFC 2711).
constexpr u8 kRouterAlert[4] = {0x94, 4, 0, 0};
constexpr u8 kRouterAlert6[8] = {kProtocolIcmp6, 0, 5, 2, 0, 0, 1, 0};

// Groups of every station are never reported (RFC 2236, 6; RFC 2710, 5).
bool silent(IpAddress group) {
  return group.is_v4() ? group.v4().value == 0xe0000001 : group.v6() == kAllNodes;
}

}  // namespace

bool Stack::join(u64 now, IpAddress group) {
  if (!group.multicast()) return false;
  due_ = 0;
  const bool is_new = groups_.join(now, group);
  if (is_new && !silent(group)) say_group(now, group, false);
  return groups_.joined(group);
}

void Stack::leave(u64 now, IpAddress group) {
  bool spoke = false;
  due_ = 0;
  if (groups_.leave(group, spoke) && spoke && !silent(group)) say_group(now, group, true);
}

void Stack::report_groups(u64 now) {
  while (const Group* group = groups_.due(now))
    if (!silent(group->address)) say_group(now, group->address, false);
}

void Stack::say_group(u64 now, IpAddress group, bool leaving) {
  counters_.groups_reported++;
  if (!group.is_v4()) {
    const Address6 to = leaving ? kAllRouters : group.v6();
    return send_mld(now, leaving ? kMldDone : kMldReport, to, group.v6());
  }
  send_igmp(leaving ? kIgmpLeave : kIgmpReport, leaving ? kAllRouters4 : group.v4(), group.v4());
}

void Stack::send_igmp(u8 type, Address to, Address group) {
  constexpr u32 kLength = kHeadroom + sizeof kRouterAlert + kIgmpLength;
  if (interface_.address.none()) return;
  u8* buffer = link_.take(kLength);
  if (buffer == nullptr) return;
  write_ip4(buffer, kProtocolIgmp, interface_.address, to, kLength - kEthernetHeader, kDontFragment);
  u8* ip = buffer + kEthernetHeader;
  ip[0] = 0x46;
  memcpy(ip + kIpHeader, kRouterAlert, sizeof kRouterAlert);
  store_be16(ip + kIpChecksum, 0);
  Checksum header;
  header.add(std::span<const u8>(ip, kIpHeader + sizeof kRouterAlert));
  store_be16(ip + kIpChecksum, header.finish());
  u8* igmp = ip + kIpHeader + sizeof kRouterAlert;
  igmp[0] = type;
  igmp[1] = igmp[2] = igmp[3] = 0;
  store_address(igmp + 4, group);
  Checksum sum;
  sum.add(std::span<const u8>(igmp, kIgmpLength));
  store_be16(igmp + 2, sum.finish());
  (void)transmit(station_of(to), buffer, kLength, {});
}

void Stack::send_mld(u64 now, u8 type, Address6 to, Address6 group) {
  constexpr u32 kExtra = sizeof kRouterAlert6;
  u8* data = take(IpAddress(to), kExtra + kMldLength);
  if (data == nullptr) return;
  const Address6 from = v6_.source_for(now, to);  // none while it is tentative (RFC 3590)
  memcpy(data, kRouterAlert6, kExtra);
  u8* mld = data + kExtra;
  memset(mld, 0, kMldLength);
  mld[0] = type;
  store_address6(mld + 8, group);
  Checksum sum;
  sum.add_pseudo_header(from, to, kProtocolIcmp6, kMldLength);
  sum.add(std::span<const u8>(mld, kMldLength));
  store_be16(mld + kIcmpChecksum, sum.finish());
  u8* buffer = data - headroom(IpAddress(to));
  write_ip6(buffer, kHopByHop, 1, from, to, kExtra + kMldLength);
  (void)transmit(station_of(to), buffer, headroom(IpAddress(to)) + kExtra + kMldLength, {});
}

void Stack::input_igmp(u64 now, const Received& packet) {
  due_ = 0;
  counters_.igmp_in++;
  const std::span<const u8> m = packet.payload;
  Checksum sum;
  sum.add(m);
  if (m.size() < kIgmpLength || sum.finish() != 0) return;
  const Address group = load_address(&m[4]);
  if (m[0] == kIgmpQuery) {
    const u64 most = m[1] == 0 ? kReportInterval : m[1] * 100 * kMillisecond;  // 0: version 1
    groups_.asked(now, group, true, most);
  } else if (m[0] == kIgmpReport || m[0] == kIgmpReport1) {
    groups_.heard(group);
  }
}

void Stack::input_mld(u64 now, const Received& packet) {
  const std::span<const u8> m = packet.payload;
  if (m.size() < kMldLength || !packet.source.v6().link_local() || hop_limit_ != 1) return;
  const Address6 group = load_address6(&m[8]);
  if (m[0] == kMldQuery) groups_.asked(now, IpAddress(group), false, load_be16(&m[4]) * kMillisecond);
  if (m[0] == kMldReport) groups_.heard(IpAddress(group));
}

}  // namespace net
