// SPDX-License-Identifier: MIT
// A disk command's frames as stretches of physical memory, neighbours merged.
#pragma once
#include "abi/disk.hpp"
#include "kernel/drivers/virtqueue.hpp"

namespace drivers {

// Covers the first `bytes` bytes of frames[0..count), count * kPageSize >= bytes. `out` has room for
// `count`. No stretch is longer than `longest` (at least kPageSize). Returns how many there are.
inline u32 scatter(const u32* frames, u32 count, u64 bytes, u64 longest, bool device_writes, Piece* out) {
  u32 pieces = 0;
  for (u32 i = 0; i < count && bytes > 0; i++) {
    const u32 length = static_cast<u32>(bytes < kPageSize ? bytes : kPageSize);
    bytes -= length;
    const bool follows = i > 0 && frames[i] == frames[i - 1] + 1;
    if (follows && out[pieces - 1].length + static_cast<u64>(length) <= longest) {
      out[pieces - 1].length += length;
    } else {
      out[pieces++] = {static_cast<u64>(frames[i]) << kPageShift, length, device_writes};
    }
  }
  return pieces;
}

}  // namespace drivers
