// SPDX-License-Identifier: MIT
// Gather: from virtual memory to the (frame, offset, length) pieces that a SendPacket names. A run of
// bytes is split where it crosses a page. Pure: `frame_of` (address of a page's byte to frame number,
// kNone where there is none) is the caller's.
#pragma once
#include "abi/net.hpp"

namespace netdev {
using namespace abi;

// Appends `length` > 0 bytes at `data`. False: a page without a frame, or more than kMaxSegments.
template <class FrameOf>
bool add_piece(SendPacket& packet, const u8* data, u32 length, FrameOf frame_of) {
  while (length > 0) {
    if (packet.segment_count == kMaxSegments) return false;
    const u32 offset = static_cast<u32>(reinterpret_cast<u64>(data) % kPageSize);
    const u32 here = length < kPageSize - offset ? length : static_cast<u32>(kPageSize) - offset;
    const u32 frame = frame_of(data);
    if (frame == kNone) return false;
    packet.segments[packet.segment_count++] = {frame, static_cast<u16>(offset), static_cast<u16>(here)};
    data += here;
    length -= here;
  }
  return true;
}

}  // namespace netdev
