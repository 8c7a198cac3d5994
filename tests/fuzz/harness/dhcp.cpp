// SPDX-License-Identifier: MIT
// DHCP: whatever a server says, the reader stays inside it and what it takes from it is usable; and the
// client is always in some state that goes on. sources: libos/net/src/arp_cache.cpp
// libos/net/src/checksum.cpp libos/net/src/groups.cpp libos/net/src/interface6.cpp sources:
// libos/net/src/path_mtu.cpp libos/net/src/reassembly.cpp libos/net/src/stack.cpp libos/net/src/stack_arp.cpp
// sources: libos/net/src/*.cpp
//
// Input: messages, each with its length in two bytes before it, and one byte for the seconds that pass. Bit
// 15 of the length: the client's transaction number, station and the magic number are put in.
#include "net/dhcp.hpp"
#include "wire.hpp"

namespace {

using namespace fuzz;

// The client's last message, for its transaction number.
Bytes asked(Wire& wire) {
  Bytes last;
  for (const Bytes& frame : wire.sent)
    if (frame.size() > 42 + 236 && frame[23] == 17) last.assign(frame.begin() + 42, frame.end());
  wire.sent.clear();
  return last;
}

void check(const Bytes& message) {
  const auto reply = net::read_dhcp(message, kOurs);
  if (!reply || reply->type == net::DhcpType::Nak) return;  // no lease
  require(reply->lease.prefix <= 32);
  if (reply->type != net::DhcpType::Ack) return;
  require(reply->lease.renew <= reply->lease.rebind && reply->lease.rebind <= reply->lease.seconds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
  Reader in(data, size);
  Wire wire;
  const auto stack = std::make_unique<net::Stack>();
  net::Dhcp client;
  u64 now = 100 * net::kSecond;
  stack->start(net::link_to(wire), kOurs);
  client.start(now, *stack, 5);
  Bytes question = asked(wire);
  for (int i = 0; i < 32 && !in.empty(); i++) {
    const u16 length = in.half();
    now += u64{in.byte()} * net::kSecond;
    client.poll(now);
    if (const Bytes newer = asked(wire); !newer.empty()) question = newer;
    Bytes message = in.bytes(length & 0x3ff);
    if ((length & 0x8000) != 0 && message.size() >= 240 && question.size() >= 240) {
      message[0] = 2;
      for (const auto& [from, count] : {std::pair{1, 7}, {28, 16}, {236, 4}})
        std::copy_n(question.begin() + from, count, message.begin() + from);
    }
    check(message);
    Bytes datagram;
    put(datagram, u64{67} << 48 | u64{68} << 32 | (8 + message.size()) << 16, 8);
    datagram.insert(datagram.end(), message.begin(), message.end());
    stack->input(now, ethernet(0x0800, ipv4(17, datagram, net::kBroadcast)));
    require(client.poll(now) > now);
    require(client.state() != net::Dhcp::State::Stopped);
  }
  return 0;
}
