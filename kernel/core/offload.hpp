// SPDX-License-Identifier: MIT
// What a card may change in a packet that an egress chain has passed, so that the chain would pass what
// leaves, too. A card that completes a checksum writes one field; one that cuts a long packet gives each
// part the same header but for a few fields. A program that looks at none of these, nor at the length,
// takes the same way through each of the packets as it took through the one that it was shown.
#pragma once
#include "abi/net.hpp"
#include "abi/status.hpp"

namespace core {
using namespace abi;

// The kOffload... bits that a verified program leaves: a set bit means that on no packet of that kind
// (TCP in IPv4 without options or in IPv6 without extension headers) the program reads a byte that the
// card changes, or the length where that changes, or a place that is not known beforehand.
u16 offloads_of(const BpfInsn* code, u32 length);

// Where the card has to work.
struct OffloadPlan {
  u16 needs;          // kOffload...: all that must be offered and allowed
  u16 sum_start;      // the TCP header
  u16 header_length;  // what every packet begins with
};

// Whether a packet, of whose `total` bytes the first `captured` are at `head`, is one that `sum` and `cut`
// may be asked for. BadArgument, and `plan` is not filled: it is not.
Status offload_check(const SendPacket& packet, const u8* head, u32 captured, u32 total, OffloadPlan& plan);

}  // namespace core
