// SPDX-License-Identifier: MIT
#include "tcp/isn.hpp"

#include <bit>

namespace tcp {
namespace {

struct SipState {
  u64 v0, v1, v2, v3;

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
  void word(u64 m) {
    v3 ^= m;
    rounds(2);
    v0 ^= m;
  }
};

}  // namespace

u64 siphash(const u64 (&key)[2], u64 a, u64 b) {
  SipState s{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
             key[1] ^ 0x7465646279746573};
  s.word(a);
  s.word(b);
  s.word(u64{16} << 56);  // the message's length
  s.v2 ^= 0xff;
  s.rounds(4);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

u64 hash_names(const u64 (&key)[2], net::Address local, u16 local_port, net::Address remote,
               u16 remote_port) {
  return siphash(key, u64{local.value} << 32 | remote.value, u64{local_port} << 16 | remote_port);
}

u32 initial_sequence(const u64 (&key)[2], u64 now, net::Address local, u16 local_port, net::Address remote,
                     u16 remote_port) {
  const u64 clock = now / (4 * net::kMicrosecond);
  return static_cast<u32>(clock + hash_names(key, local, local_port, remote, remote_port));
}

}  // namespace tcp
