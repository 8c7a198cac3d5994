// SPDX-License-Identifier: MIT
// Packets that a card has been given and not sent yet: their frames are pinned, and a binding waits
// to count them.
#pragma once
#include "abi/net.hpp"

namespace kernel {
using namespace abi;

inline constexpr u32 kMinPacket = 14;  // an Ethernet header

// Boot, when the cards are known: takes the memory for that.
void net_start();

// Whether a card still has packets sent with `binding`.
bool net_in_card(u32 binding);

// Pins that packets in cards hold, for core::check_invariants.
u64 net_pins();

}  // namespace kernel
