// SPDX-License-Identifier: MIT
#include "tcp/flow.hpp"

#include <bit>

namespace tcp {
namespace {

struct SipHash {
  static constexpr int kCompress = 2, kFinish = 4;
  u64 v0, v1, v2, v3;
  u64 words = 0;

  explicit SipHash(const Key& key)
      : v0(key.low ^ 0x736f6d6570736575),
        v1(key.high ^ 0x646f72616e646f6d),
        v2(key.low ^ 0x6c7967656e657261),
        v3(key.high ^ 0x7465646279746573) {}
  void rounds(int n) {
    while (n-- > 0) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  }
  void mix(u64 m) {
    v3 ^= m;
    rounds(kCompress);
    v0 ^= m;
  }
  void word(u64 m) {
    mix(m);
    words++;
  }
  u64 finish() {
    mix(words * 8 << 56);  // the message's length
    v2 ^= 0xff;
    rounds(kFinish);
    return v0 ^ v1 ^ v2 ^ v3;
  }
  // IPv4 takes two words less; no IPv6 address of a peer looks like that.
  void flow(const Flow& f) {
    if (f.remote.is_v4()) {
      word(f.remote.low() << 32 | f.local.v4().value);
    } else {
      word(f.remote.high());
      word(f.remote.low());
      word(f.local.high());
      word(f.local.low());
    }
    word(u64{f.local_port} << 16 | f.remote_port);
  }
};

}  // namespace

u64 siphash(const Key& key, const u64* words, u32 count) {
  SipHash hash(key);
  for (u32 i = 0; i < count; i++) hash.word(words[i]);
  return hash.finish();
}

u64 hash_of(const Key& key, const Flow& flow, u64 extra) {
  SipHash hash(key);
  hash.flow(flow);
  hash.word(extra);
  return hash.finish();
}

TableKey table_key(const Key& key) {
  TableKey expanded;
  u64 number = 0;
  for (u64& m : expanded.multipliers) {
    m = siphash(key, &number, 1);
    number++;
  }
  return expanded;
}

// Words of 32 bits, of 64 the upper half: that is strongly universal (Lemire and Kaser 2014).
u32 quick_hash_of(const TableKey& key, const Flow& flow) {
  const u64* m = key.multipliers;
  u64 sum = m[0] + m[1] * (u32{flow.local_port} << 16 | flow.remote_port);
  sum += m[2] * static_cast<u32>(flow.remote.low()) + m[3] * static_cast<u32>(flow.local.low());
  if (flow.remote.is_v4()) return static_cast<u32>(sum >> 32);
  sum += m[4] * (flow.remote.low() >> 32) + m[5] * (flow.local.low() >> 32);
  sum += m[6] * (flow.remote.high() >> 32) + m[7] * (flow.local.high() >> 32);
  sum += m[8] * static_cast<u32>(flow.remote.high()) + m[9] * static_cast<u32>(flow.local.high());
  return static_cast<u32>(sum >> 32);
}

Secret secret_of(const Key& key, const Flow& flow) {
  SipHash hash(key);
  hash.flow(flow);
  const u64 both = hash.finish();
  return {static_cast<u32>(both), static_cast<u32>(both >> 32)};
}

u32 initial_sequence(u64 now, const Secret& secret) {
  const u64 clock = now / (4 * net::kMicrosecond);
  return static_cast<u32>(clock) + secret.sequence;
}

}  // namespace tcp
