// SPDX-License-Identifier: MIT
// Initial sequence numbers that nobody outside can guess (RFC 6528): a clock of 4 microseconds plus
// a keyed hash of the connection's names. The hash is SipHash-2-4 (Aumasson and Bernstein 2012).
#pragma once
#include "net/types.hpp"

namespace tcp {

using namespace abi;

// SipHash-2-4 of the 16 bytes `a`, `b` (little-endian words).
u64 siphash(const u64 (&key)[2], u64 a, u64 b);

// Hash of a connection's names.
u64 hash_names(const u64 (&key)[2], net::Address local, u16 local_port, net::Address remote, u16 remote_port);

u32 initial_sequence(const u64 (&key)[2], u64 now, net::Address local, u16 local_port, net::Address remote,
                     u16 remote_port);

}  // namespace tcp
