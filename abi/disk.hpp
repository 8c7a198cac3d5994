// SPDX-License-Identifier: MIT
// Disks. Each environment that holds an extent may open queues; commands are checked and handed to
// the device by disk_submit, and completions appear in a page that the environment maps read-only.
#pragma once
#include "abi/types.hpp"

namespace abi {

enum class DiskOp : u16 { Read = 0, Write = 1, Flush = 2 };

// DiskCommand::flags, for Write: it completes when its blocks are on stable storage (write-through, the
// Force Unit Access bit of NVMe 1.4, 6.15). The driver writes and flushes where a disk has no such bit.
inline constexpr u16 kDiskThrough = 1;

inline constexpr u32 kDiskDepth = 64;      // entries of the completion ring; kDiskDepth - 1 in flight
inline constexpr u32 kDiskMaxFrames = 32;  // frames per command: 128 KiB
inline constexpr u32 kDiskMaxBatch = 16;   // commands per disk_submit
// Frames that the environment gives to disk_queue_open, which become the kernel's until
// disk_queue_close: [0] completion ring (Shared), [1] submission ring, [2..5] PRP lists.
inline constexpr u32 kDiskQueueFrames = 6;

// One command. `frames` are Data frames that the caller owns, or that `buffer_cap` (a Frames
// capability; kWrite needed for DiskOp::Read) covers. Data starts at the first byte of frames[0]
// and fills the frames in order; the last may be filled in part.
struct DiskCommand {
  DiskOp op;
  u16 flags;        // kDiskThrough for a Write, else 0
  u32 id;           // 0..kDiskDepth-1, chosen by the caller, not in flight on this queue
  u32 extent;       // slot of an Extent capability with kRead (Read) or kWrite (Write, Flush)
  u32 buffer_cap;   // kNone: the caller owns the frames
  u64 block;        // first block, in the device's blocks, absolute
  u32 blocks;       // number of blocks; 0 for Flush
  u32 frame_count;  // exactly what the blocks fill; 0 for Flush
  u32 frames[kDiskMaxFrames];
};
static_assert(sizeof(DiskCommand) == 160);

// One completion, as NVMe 1.4 figure 122 lays it out; a virtio disk's are written by the kernel in
// the same form. The phase bit (bit 0 of status) is 1 on the first pass through the ring, 0 on the
// second, and so on. An entry is new when its phase is the one the reader expects.
struct DiskCompletion {
  u32 result;
  u32 reserved;
  u16 sq_head;
  u16 sq_id;
  u16 id;      // DiskCommand::id
  u16 status;  // bit 0 phase; bits 1..15 zero on success
};
static_assert(sizeof(DiskCompletion) == 16);
inline constexpr u32 kDiskPhase = 1;

// One entry of the queue table (in the ledger).
struct QueueEntry {
  u64 submitted;  // commands
  u64 completed;
  u64 blocks_read;
  u64 blocks_written;
  u32 frames[kDiskQueueFrames];
  u32 in_flight;
  u16 owner;  // env, kNoEnv when the entry is free
  u16 device;
};
static_assert(sizeof(QueueEntry) == 64 && __has_unique_object_representations(QueueEntry));

}  // namespace abi
