// SPDX-License-Identifier: MIT
// The egress predicate that every environment's Send capability stands on: the Ethernet source
// address is the card's own. What an environment may say above Ethernet is its manifest's predicate.
#pragma once
#include <array>

#include "abi/net.hpp"
#include "base/endian.hpp"

namespace root {

// Classic BPF; `mac` has six bytes in transmission order, which stand at offset 6 of a packet.
constexpr std::array<abi::BpfInsn, 6> source_pin(const abi::u8* mac) {
  constexpr abi::u16 kLoadWord = 0x20, kLoadHalf = 0x28, kJumpEqual = 0x15, kReturn = 0x06;
  return {{{kLoadWord, 0, 0, 6},
           {kJumpEqual, 0, 3, base::load_be32(mac)},
           {kLoadHalf, 0, 0, 10},
           {kJumpEqual, 0, 1, base::load_be16(mac + 4)},
           {kReturn, 0, 0, 0xffffffff},
           {kReturn, 0, 0, 0}}};
}

}  // namespace root
