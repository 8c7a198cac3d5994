// SPDX-License-Identifier: MIT
// Flow: the four names of a connection, as seen from here, and their keyed hash. The hash is SipHash
// (Aumasson and Bernstein 2012), so that nobody outside can guess what it gives.
#pragma once
#include "net/ip_address.hpp"

namespace tcp {

using namespace abi;

struct Flow {
  net::IpAddress remote, local;
  u16 remote_port, local_port;
  friend constexpr bool operator==(const Flow&, const Flow&) = default;
};

// 128 secret bits.
struct Key {
  u64 low, high;
};

// SipHash-2-4 of `count` little-endian words.
u64 siphash(const Key& key, const u64* words, u32 count);

// Of the four names and `extra`. Different uses take different keys, or numbers that show would tell
// about those that do not.
u64 hash_of(const Key& key, const Flow& flow, u64 extra = 0);

// For tables: multilinear with secret multipliers, so that two flows meet in one place no more often than by
// chance, whoever chose them. What it gives must not show outside.
struct TableKey {
  u64 multipliers[10];
};
TableKey table_key(const Key& key);
u32 quick_hash_of(const TableKey& key, const Flow& flow);

// What nobody outside can guess of a connection's first numbers: the halves of one hash of its names.
struct Secret {
  u32 sequence;   // RFC 6528
  u32 timestamp;  // RFC 7323, 7.1
};
Secret secret_of(const Key& key, const Flow& flow);

// The initial sequence number (RFC 6528): a clock of 4 microseconds plus the secret.
u32 initial_sequence(u64 now, const Secret& secret);

}  // namespace tcp
