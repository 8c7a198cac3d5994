// SPDX-License-Identifier: MIT
// Fragments: a packet comes together exactly when all its bytes are there, and is what was sent.
// sources: libos/net/src/reassembly.cpp
//
// Input: fragments of four bytes: which packet and whether it is the last, offset, length, time.
#include "net/reassembly.hpp"

#include <memory>

#include "wire.hpp"

using namespace fuzz;

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
  Reader in(data, size);
  const auto all = std::make_unique<net::Reassembly>();
  u64 now = net::kSecond;
  while (!in.empty()) {
    const u8 what = in.byte();
    const u32 offset = in.byte() * 8u * (1 + (what >> 6)), length = in.byte() * (1 + (what >> 5 & 1));
    now += u64{in.byte()} * net::kSecond / 4;
    Bytes bytes(length);
    for (u32 i = 0; i < length; i++)
      bytes[i] = static_cast<u8>((offset + i) * 31 + (offset + i) / 256 + what % 8);
    const auto whole = all->add(now, {kTheir4, kOur4, what % 8u, 17, (what & 8) != 0, offset, bytes});
    require(all->waiting() <= net::kReassemblies);
    if (!whole) continue;
    for (u32 i = 0; i < whole->size(); i++)
      require((*whole)[i] == static_cast<u8>(i * 31 + i / 256 + what % 8));
  }
  return 0;
}
