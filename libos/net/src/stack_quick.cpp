// SPDX-License-Identifier: MIT
// Stack: the short ways that nearly all packets go. In: TCP in IPv4 without options, whole, to our station
// and address, which one look at a few words tells; whatever is not so, or is wrong, goes through the checks
// one by one. Out: to a peer whose route was looked up before.
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

template <class T>
T load(const u8* p) {
  T word;
  __builtin_memcpy(&word, p, sizeof word);  // memcpy is a call here
  return word;
}
template <class T>
void store(u8* p, T word) {
  __builtin_memcpy(p, &word, sizeof word);
}

// As they lie in memory: Ethernet's type and IP's first byte; the fragment's fields.
constexpr u32 kPlainIpv4 = 0x450008, kKindBytes = 0xffffff, kNothing = ~0u;
constexpr u16 kFragmentBytes = 0xff3f;
static_assert(kFragmentMask == 0x3fff && kTypeIpv4 == 0x0800 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

// Of a few words of 32 bits to 16 bits, the carries added.
u16 fold(u64 sum) {
  sum = (sum >> 32) + static_cast<u32>(sum);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<u16>(sum + (sum >> 16));
}

u64 sum_of_header(const u8* ip) {
  return u64{load<u32>(ip)} + load<u32>(ip + 4) + load<u32>(ip + 8) + load<u32>(ip + 12) + load<u32>(ip + 16);
}

}  // namespace

void Stack::watch() {
  quick_kind_ = short_ways_ && !interface_.address.none() ? kPlainIpv4 : kNothing;
  quick_station_ = load<u32>(mac_.bytes) | u64{load<u16>(mac_.bytes + 4)} << 32;
  quick_address_ = __builtin_bswap32(interface_.address.value);
}

// False: it is to go the long way.
bool Stack::input_quick(u64 now, std::span<const u8> frame, bool summed) {
  if (frame.size() < kHeadroom) return false;
  const u8* const eth = frame.data();
  const u8* const ip = eth + kEthernetHeader;
  const u64 station = load<u64>(eth) << 16 ^ quick_station_ << 16;
  const u32 kind = (load<u32>(eth + kEthType) & kKindBytes) ^ quick_kind_;
  const u32 address = load<u32>(ip + kIpDestination) ^ quick_address_;
  const u32 rest = (load<u16>(ip + kIpFragment) & kFragmentBytes) | (ip[kIpProtocol] ^ kProtocolTcp);
  if ((station | kind | address | rest) != 0) return false;
  const u32 total = load_be16(ip + kIpTotalLength);
  const Address source = load_address(ip + kIpSource);
  if (total < kIpHeader || total > frame.size() - kEthernetHeader || fold(sum_of_header(ip)) != 0xffff ||
      !possible_source(source) || tcp_.function == nullptr)
    return false;
  counters_.ip_in++;
  Received received;
  received.source = source;
  received.destination = interface_.address;
  received.payload = {ip + kIpHeader, total - kIpHeader};
  received.summed = summed;
  tcp_.function(tcp_.context, now, received);
  return true;
}

bool Stack::prepare(u8 protocol, IpAddress from, IpAddress to, Route& route) {
  if (!to.is_v4() || interface_.address.none() || broadcast(to.v4()) || to.multicast()) return false;
  const Address hop = next_hop(to.v4());
  if (hop.none() || to.v4() == interface_.address) return false;
  const Neighbour* n = arp_.find(hop);
  if (n == nullptr || !n->usable()) return false;
  store_mac(route.head + kEthDestination, n->mac);
  store_mac(route.head + kEthSource, mac_);
  constexpr u16 kNoNumber = 0;  // what cannot be cut needs none (RFC 6864, 4.1)
  fill_ip4(route.head, protocol, from.v4(), to.v4(), 0, kNoNumber, kDontFragment);
  const u8* const ip = route.head + kEthernetHeader;
  route.sum = fold(sum_of_header(ip));
  route.pseudo = fold(u64{load<u32>(ip + kIpSource)} + load<u32>(ip + kIpDestination) + (u32{protocol} << 8));
  route.neighbour = static_cast<u16>(arp_.index(*n));
  route.epoch = epoch_;
  return true;
}

Sent Stack::send_routed(u64 now, const Route& route, u8* header, u32 length, std::span<const Piece> pieces,
                        u32 payload, Offload offload) {
  const u32 total = kIpHeader + length + payload;
  u8* const buffer = header - kHeadroom;
  if (total > (offload.segment_size != 0 ? kMaxSegmentedBytes : kMtu) || pieces.size() > kMaxPieces) {
    link_.give_back(buffer);
    return Sent::TooLong;
  }
  offload.checksum_start = kHeadroom;
  offload.header_length = static_cast<u16>(kHeadroom + length);
  __builtin_memcpy(buffer, route.head, kHeadroom);
  const u16 total_bytes = __builtin_bswap16(static_cast<u16>(total));
  store<u16>(buffer + kEthernetHeader + kIpTotalLength, total_bytes);
  store<u16>(buffer + kEthernetHeader + kIpChecksum, static_cast<u16>(~fold(u64{route.sum} + total_bytes)));
  arp_.at(route.neighbour).used = now;
  if (!link_.send(buffer, kHeadroom + length, pieces, offload)) {
    counters_.send_busy++;
    return Sent::Busy;
  }
  counters_.frames_out++;
  return Sent::Yes;
}

}  // namespace net
