// SPDX-License-Identifier: MIT
// What a DHCP server sends to kMac: 10.0.2.15/24, gateway and server 10.0.2.2, for 1000 seconds.
#pragma once
#include "fixture.hpp"

namespace net::test {

inline const Bytes kUsualOptions{54,  4,   10, 0, 2, 2,  51, 4, 0, 0, 3, 232, 1, 4, 255,
                                 255, 255, 0,  3, 4, 10, 0,  2, 2, 6, 4, 10,  0, 2, 3};

inline Bytes dhcp_reply(u8 type, u32 xid, const Bytes& options = kUsualOptions) {
  Bytes m(240);
  m[0] = 2;
  m[1] = 1;
  m[2] = 6;
  put32(m, 4, xid);
  put32(m, 16, kOurs.value);
  std::copy(kMac.bytes, kMac.bytes + 6, m.begin() + 28);
  put32(m, 236, 0x63825363);
  m.insert(m.end(), {53, 1, type});
  m.insert(m.end(), options.begin(), options.end());
  m.push_back(255);
  return m;
}

}  // namespace net::test
