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

inline constexpr u8 kOpcodes[] = {static_cast<u8>(Io::Read), static_cast<u8>(Io::Write),
                                  static_cast<u8>(Io::Flush)};  // by DiskOp

// What is the same in every entry.
constexpr void prepare(Command& entry) {
  entry = Command{};
  entry.nsid = 1;
}

// Writes the rest of a prepared entry for `command` on namespace 1; `queue_frames` as above. The core has
// checked it.
constexpr void fill(const DiskCommand& command, const u32* queue_frames, Command& entry) {
  entry.opcode = kOpcodes[static_cast<u32>(command.op)] | command.id << 16;
  if (command.frame_count == 0) [[unlikely]] {  // a flush
    entry.prp1 = entry.prp2 = 0;
    entry.dword10 = entry.dword11 = entry.dword12 = 0;
    return;
  }
  entry.prp1 = static_cast<u64>(command.frames[0]) << kPageShift;
  u64 second = 0;
  if (command.frame_count >= 2) [[unlikely]]
    second = command.frame_count == 2 ? static_cast<u64>(command.frames[1]) << kPageShift
                                      : list_address(queue_frames, command.id);
  entry.prp2 = second;
  entry.dword10 = static_cast<u32>(command.block);
  entry.dword11 = static_cast<u32>(command.block >> 32);
  entry.dword12 = (command.blocks - 1) | ((command.flags & kDiskThrough) != 0 ? kForceUnitAccess : 0);
}

constexpr void translate(const DiskCommand& command, const u32* queue_frames, Command& entry) {
  prepare(entry);
  fill(command, queue_frames, entry);
}

}  // namespace drivers::nvme
