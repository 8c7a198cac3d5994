// SPDX-License-Identifier: MIT
// Random filter programs and packets, for comparing two ways of running the same thing.
#pragma once
#include <random>
#include <vector>

#include "kernel/core/bpf.hpp"

namespace test {

using namespace core;
using Program = std::vector<BpfInsn>;

// Mostly something that filters look into: Ethernet, then ARP, IPv4 or IPv6.
std::vector<u8> random_packet(std::mt19937& random);

// Any instructions, jumps inside. Only some pass the verifier.
Program random_program(std::mt19937& random);

// Like what comes of expressions: tests of a few small bytes at the front of a packet, most of which
// refuse it if they fail; verified. `seed` decides the form, `random` the constants.
Program random_predicate(u32 seed, std::mt19937& random);
// A packet whose bytes are as small, so that such predicates often accept it.
std::vector<u8> small_packet(std::mt19937& random);

}  // namespace test
