// SPDX-License-Identifier: MIT
// A Link for tests: buffers of exactly the size that was asked for, so that the address sanitizer
// sees a write beyond, and a record of every frame sent. Frames() builds what a peer would send.
#pragma once
#include <memory>
#include <set>
#include <vector>

#include "net/ip_address.hpp"
#include "net/link.hpp"

namespace net::test {

using Bytes = std::vector<u8>;

class LinkDouble {
 public:
  ~LinkDouble();
  u8* take(u32 size);
  void give_back(u8* buffer);
  bool send(u8* buffer, u32 length, std::span<const Piece> pieces);

  Link link() { return link_to(*this); }
  // Takes out the frames sent so far.
  std::vector<Bytes> frames() { return std::exchange(sent_, {}); }
  // As if sent.
  void put(Bytes frame) { sent_.push_back(std::move(frame)); }
  u64 outstanding() const { return taken_.size(); }

  u64 limit = 1000;        // buffers that may be out at a time
  bool card_full = false;  // send refuses

 private:
  std::set<u8*> taken_;
  std::vector<Bytes> sent_;
};

// Sends as a card does that completes checksums and cuts segments (of TCP on IPv4): what leaves are
// whole packets. Fails the test if what it is to work on is not right.
bool send_offloaded(LinkDouble& wire, u8* buffer, u32 length, std::span<const Piece> pieces,
                    const Offload& offload);

// The Internet checksum by the book, to check the fast one against.
u16 slow_checksum(const Bytes& bytes);

void put16(Bytes& to, u64 at, u16 value);
void put32(Bytes& to, u64 at, u32 value);
u16 get16(const Bytes& from, u64 at);
u32 get32(const Bytes& from, u64 at);

Bytes ethernet(const Mac& to, const Mac& from, u16 type, const Bytes& payload);
Bytes ipv4(u8 protocol, Address from, Address to, const Bytes& payload);
Bytes fragment4(Address from, Address to, u16 id, u32 offset, bool more, const Bytes& data, u8 protocol = 17);
Bytes ipv6(u8 next, Address6 from, Address6 to, const Bytes& payload, u8 hop_limit = 255);
Bytes icmp6(Address6 from, Address6 to, Bytes message);  // with its checksum
Bytes bytes_of(Address6 a);
Bytes joined(std::initializer_list<Bytes> parts);
Bytes udp(IpAddress from, u16 from_port, IpAddress to, u16 to_port, const Bytes& payload);
Bytes icmp(u8 type, const Bytes& rest);                   // code and the like in `rest`, behind the checksum
Bytes icmp_message(u8 type, const Bytes& code_and_rest);  // code, four bytes, the rest
Bytes arp(u16 operation, const Mac& sender_mac, Address sender, const Mac& target_mac, Address target);

}  // namespace net::test
