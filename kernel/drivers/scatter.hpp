// SPDX-License-Identifier: MIT
// A disk command's frames as stretches of physical memory, neighbours merged.
#pragma once
#include "abi/disk.hpp"
#include "kernel/drivers/virtqueue.hpp"

namespace drivers {

// Covers the first `bytes` bytes of `count` frames, count * kPageSize >= bytes; frame_of(i) is the number
// of the i-th. `out` has room for `count`. No stretch is longer than `longest` (at least kPageSize).
// Returns how many there are.
template <class FrameOf>
u32 scatter(FrameOf frame_of, u32 count, u64 bytes, u64 longest, bool device_writes, Piece* out) {
  u32 pieces = 0;
  u32 previous = kNone;
  for (u32 i = 0; i < count && bytes > 0; i++) {
    const u32 frame = frame_of(i);
    const u32 length = static_cast<u32>(bytes < kPageSize ? bytes : kPageSize);
    bytes -= length;
    const bool follows = i > 0 && frame == previous + 1;
    previous = frame;
    if (follows && out[pieces - 1].length + static_cast<u64>(length) <= longest) {
      out[pieces - 1].length += length;
    } else {
      out[pieces++] = {static_cast<u64>(frame) << kPageShift, length, device_writes};
    }
  }
  return pieces;
}
inline u32 scatter(const u32* frames, u32 count, u64 bytes, u64 longest, bool device_writes, Piece* out) {
  return scatter([frames](u32 i) { return frames[i]; }, count, bytes, longest, device_writes, out);
}

}  // namespace drivers
