// SPDX-License-Identifier: MIT
// DHCP messages on the wire (RFC 2131, section 2; options RFC 2132): builds what a client sends and
// reads what a server sends, trusting nothing in it.
#pragma once
#include <optional>
#include <span>

#include "net/types.hpp"

namespace net {

inline constexpr u16 kDhcpClientPort = 68, kDhcpServerPort = 67;
inline constexpr u32 kDhcpMessage = 300;  // what we send: the least that RFC 1542, 2.1 asks for

enum class DhcpType : u8 { None = 0, Discover = 1, Offer = 2, Request = 3, Decline = 4, Ack = 5, Nak = 6 };

// What a server granted. Times are seconds; a lease of 0xffffffff does not end.
struct Lease {
  Address address = {};
  Address server = {};
  Address gateway = {};
  Address resolver = {};  // first DNS server, none if not said
  u8 prefix = 0;
  u32 seconds = 0;
  u32 renew = 0;   // T1
  u32 rebind = 0;  // T2
};

struct DhcpReply {
  DhcpType type = DhcpType::None;
  u32 xid = 0;
  Lease lease;
};

struct DhcpRequest {
  DhcpType type;
  u32 xid;
  u16 elapsed;  // seconds since the client began
  Mac mac;
  Address current;      // ciaddr: our address while renewing and rebinding, else none
  Address wanted;       // option 50, none: left out
  Address server = {};  // option 54, none: left out
};

// Writes the message into `out` (kDhcpMessage bytes).
void write_dhcp(const DhcpRequest& request, std::span<u8, kDhcpMessage> out);

// Reads a server's message for the station `mac`. Nothing if it is malformed or not for us.
std::optional<DhcpReply> read_dhcp(std::span<const u8> message, const Mac& mac);

}  // namespace net
