// SPDX-License-Identifier: MIT
#include "tcp/flow.hpp"

#include <bit>

namespace tcp {
namespace {

template <int Compress, int Finish>
struct SipHash {
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
    rounds(Compress);
    v0 ^= m;
  }
  void word(u64 m) {
    mix(m);
    words++;
  }
  u64 finish() {
    mix(words * 8 << 56);  // the message's length
    v2 ^= 0xff;
    rounds(Finish);
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
  SipHash<2, 4> hash(key);
  for (u32 i = 0; i < count; i++) hash.word(words[i]);
  return hash.finish();
}

u64 hash_of(const Key& key, const Flow& flow, u64 extra) {
  SipHash<2, 4> hash(key);
  hash.flow(flow);
  hash.word(extra);
  return hash.finish();
}

u64 quick_hash_of(const Key& key, const Flow& flow) {
  SipHash<1, 3> hash(key);
  hash.flow(flow);
  return hash.finish();
}

u32 initial_sequence(const Key& key, u64 now, const Flow& flow) {
  const u64 clock = now / (4 * net::kMicrosecond);
  return static_cast<u32>(clock + hash_of(key, flow));
}

}  // namespace tcp
