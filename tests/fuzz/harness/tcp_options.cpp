// SPDX-License-Identifier: MIT
// Options of TCP: any list is read within its bounds, and what was read is written and read as the same.
// sources: libos/tcp/src/header_options.cpp
//
// Input: a byte that says whether the segment is a SYN, and the options.
#include "tcp/header_options.hpp"

#include "wire.hpp"

using namespace fuzz;

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
  if (size == 0 || size > 41) return 0;
  const bool syn = (data[0] & 1) != 0;
  const Bytes exact(data + 1, data + size);
  tcp::HeaderOptions first;
  tcp::read_options(exact, syn, first);
  require(first.sack_count <= tcp::kSackBlocks);
  require(first.scale == tcp::kNoScale || first.scale <= tcp::kMaxScale);
  require(syn || (first.mss == 0 && !first.sack_permitted));
  if (first.timestamps && first.sack_count == 4) first.sack_count = 3;  // together they do not fit
  const u32 length = tcp::length_of(first);
  require(length <= tcp::kMaxOptions && length % 4 == 0);
  Bytes written(length);
  tcp::write_options(first, written.data());
  tcp::HeaderOptions second;
  tcp::read_options(written, syn, second);
  require(first.mss == second.mss && first.scale == second.scale && first.timestamps == second.timestamps);
  require(first.ts_value == second.ts_value && first.ts_echo == second.ts_echo);
  require(first.sack_permitted == second.sack_permitted && first.sack_count == second.sack_count);
  for (u32 i = 0; i < first.sack_count; i++) require(first.sack[i] == second.sack[i]);
  return 0;
}
