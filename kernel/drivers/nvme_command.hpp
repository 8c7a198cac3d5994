// SPDX-License-Identifier: MIT
// From a disk command to an NVMe command: opcode, range, and where the data is (PRP, NVMe 1.4, 4.3).
#pragma once
#include "kernel/drivers/nvme_format.hpp"

namespace drivers::nvme {

inline constexpr u32 kListsPerFrame = 16;  // PRP lists of 32 entries, 256 bytes, in each list frame
inline constexpr u32 kListBytes = 256;

// Physical address of the PRP list of command `id`: the core has written the addresses of its
// frames 1.. there. `frames` are those of the queue. Lists do not cross pages.
constexpr u64 list_address(const u32* frames, u32 id) {
  return (static_cast<u64>(frames[2 + id / kListsPerFrame]) << kPageShift) + id % kListsPerFrame * kListBytes;
}
static_assert(kDiskDepth / kListsPerFrame + 2 == kDiskQueueFrames && kListBytes >= 8 * (kDiskMaxFrames - 1));

// The entry for `command` on namespace 1; `queue_frames` as above.
constexpr Command translate(const DiskCommand& command, const u32* queue_frames) {
  const Io opcode = command.op == DiskOp::Read    ? Io::Read
                    : command.op == DiskOp::Write ? Io::Write
                                                  : Io::Flush;
  Command entry{};
  entry.opcode = static_cast<u32>(opcode) | command.id << 16;
  entry.nsid = 1;
  if (command.op == DiskOp::Flush) return entry;
  entry.prp1 = static_cast<u64>(command.frames[0]) << kPageShift;
  if (command.frame_count == 2) entry.prp2 = static_cast<u64>(command.frames[1]) << kPageShift;
  if (command.frame_count > 2) entry.prp2 = list_address(queue_frames, command.id);
  entry.dword10 = static_cast<u32>(command.block);
  entry.dword11 = static_cast<u32>(command.block >> 32);
  entry.dword12 = (command.blocks - 1) | ((command.flags & kDiskThrough) != 0 ? kForceUnitAccess : 0);
  return entry;
}

}  // namespace drivers::nvme
