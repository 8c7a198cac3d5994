// SPDX-License-Identifier: MIT
// Stack: ICMP (RFC 792): echo requests are answered, the rest is counted.
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

void Stack::input_icmp(u64 now, const Received& packet) {
  counters_.icmp_in++;
  const std::span<const u8> message = packet.payload;
  Checksum sum;
  sum.add(message);
  if (message.size() < kIcmpHeader || sum.finish() != 0) {
    counters_.icmp_bad++;
    return;
  }
  // A broadcast is not answered, or one packet would make a whole network speak (RFC 1122, 3.2.2.6).
  if (message[0] != kEchoRequest || packet.destination != interface_.address || packet.source.none()) {
    counters_.icmp_other++;
    return;
  }
  const u32 length = static_cast<u32>(message.size());
  if (kIpHeader + length > kMtu) return;
  u8* reply = take(packet.source, length);
  if (reply == nullptr) return;
  memcpy(reply, message.data(), length);
  reply[0] = kEchoReply;
  reply[1] = 0;
  store_be16(reply + kIcmpChecksum, 0);
  Checksum out;
  out.add(std::span<const u8>(reply, length));
  store_be16(reply + kIcmpChecksum, out.finish());
  counters_.icmp_echoed++;
  (void)send_ip(now, kProtocolIcmp, packet.destination, packet.source, reply, length);
}

}  // namespace net
