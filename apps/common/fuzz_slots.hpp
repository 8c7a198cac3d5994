// SPDX-License-Identifier: MIT
// What the fuzzing root (apps/root/fuzz_main.cpp) gives to every fuzzing environment (apps/fuzzer) beyond the
// manifest, and where.
#pragma once
#include "abi/types.hpp"

namespace fuzzer {
using namespace abi;

inline constexpr u32 kPeers = 16;  // + n: another fuzzing environment, with kInvoke and kAccept
inline constexpr u32 kPeerCount = 4;
inline constexpr u32 kSlices = 24;   // + CPU: positions that may be played with
inline constexpr u32 kExtent = 28;   // the lower half of the own extent, with kGrant
inline constexpr u32 kReceive = 29;  // the card's whole traffic, with kGrant
inline constexpr u32 kSend = 30;

// Blocks of an extent that kExtent covers; the rest is for whoever may manage the ownership table.
constexpr u64 extent_share(u64 blocks) { return blocks / 2; }

inline constexpr u32 kPlayPositions = 56;  // of every CPU's vector: from here on, to be played with

}  // namespace fuzzer
