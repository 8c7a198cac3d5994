// SPDX-License-Identifier: MIT
// Packets that a card has been given and not sent yet: their frames are pinned, and a binding waits
// to count them.
#pragma once
#include "abi/net.hpp"

namespace kernel {
using namespace abi;

inline constexpr u32 kMinPacket = 14;  // an Ethernet header

// Boot: the memory for that of one card, so many bytes, all zero.
u64 net_memory();
void net_start(u16 device, void* memory);

// Whether a card still has packets sent with `binding`.
bool net_in_card(u32 binding);

// Pins that packets in cards hold, for core::check_invariants.
u64 net_pins();

}  // namespace kernel
