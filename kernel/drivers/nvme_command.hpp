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

// NVMe counts the three operations the other way round.
constexpr u32 opcode(DiskOp op) { return static_cast<u32>(Io::Read) - static_cast<u32>(op); }
static_assert(opcode(DiskOp::Read) == static_cast<u32>(Io::Read) &&
              opcode(DiskOp::Write) == static_cast<u32>(Io::Write) &&
              opcode(DiskOp::Flush) == static_cast<u32>(Io::Flush));

// What is the same in every entry.
constexpr void prepare(Command& entry) {
  entry = Command{};
  entry.nsid = 1;
}

// A page or less, and nothing special about it: what most commands are.
constexpr bool is_plain(const DiskCommand& command) { return command.frame_count == 1 && command.flags == 0; }

constexpr void fill_plain(const DiskCommand& command, Command& entry) {
  entry.opcode = opcode(command.op) + (command.id << 16);
  entry.prp1 = static_cast<u64>(command.frames[0]) << kPageShift;
  entry.prp2 = 0;
  entry.dword10 = static_cast<u32>(command.block);
  entry.dword11 = static_cast<u32>(command.block >> 32);
  entry.dword12 = command.blocks - 1;
}

// Writes the rest of a prepared entry for `command` on namespace 1; `queue_frames` as above. The core has
// checked it.
constexpr void fill(const DiskCommand& command, const u32* queue_frames, Command& entry) {
  if (command.frame_count == 0) {  // a flush
    entry.opcode = opcode(command.op) + (command.id << 16);
    entry.prp1 = entry.prp2 = 0;
    entry.dword10 = entry.dword11 = entry.dword12 = 0;
    return;
  }
  fill_plain(command, entry);
  if (command.frame_count == 2) entry.prp2 = static_cast<u64>(command.frames[1]) << kPageShift;
  if (command.frame_count > 2) entry.prp2 = list_address(queue_frames, command.id);
  if ((command.flags & kDiskThrough) != 0) entry.dword12 |= kForceUnitAccess;
}

constexpr void translate(const DiskCommand& command, const u32* queue_frames, Command& entry) {
  prepare(entry);
  fill(command, queue_frames, entry);
}

}  // namespace drivers::nvme
