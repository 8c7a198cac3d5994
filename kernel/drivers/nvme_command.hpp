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

// Writes the entry for `command` on namespace 1; `queue_frames` as above. The core has checked it.
constexpr void translate(const DiskCommand& command, const u32* queue_frames, Command& entry) {
  constexpr u32 kOpcodes = static_cast<u32>(Io::Read) | static_cast<u32>(Io::Write) << 8 |
                           static_cast<u32>(Io::Flush) << 16;  // by DiskOp
  entry.opcode = (kOpcodes >> 8 * static_cast<u32>(command.op) & 0xff) | command.id << 16;
  entry.nsid = 1;
  entry.reserved = 0;
  entry.metadata = 0;
  const bool moves_data = command.frame_count > 0;  // not a flush
  entry.prp1 = moves_data ? static_cast<u64>(command.frames[0]) << kPageShift : 0;
  entry.prp2 = 0;
  if (command.frame_count == 2) entry.prp2 = static_cast<u64>(command.frames[1]) << kPageShift;
  if (command.frame_count > 2) entry.prp2 = list_address(queue_frames, command.id);
  entry.dword10 = moves_data ? static_cast<u32>(command.block) : 0;
  entry.dword11 = moves_data ? static_cast<u32>(command.block >> 32) : 0;
  const u32 through = (command.flags & kDiskThrough) != 0 ? kForceUnitAccess : 0;
  entry.dword12 = moves_data ? (command.blocks - 1) | through : 0;
  entry.dword13 = entry.dword14 = entry.dword15 = 0;
}

}  // namespace drivers::nvme
