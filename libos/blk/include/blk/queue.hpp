// SPDX-License-Identifier: MIT
// Queue: an environment's own command queue on the disk that its extent lies on. Commands go to the
// device by one system call each; completions are polled from memory that the device writes, without
// any. When a command completes the kernel also wakes the environment from sleep.
#pragma once
#include "base/result.hpp"
#include "blk/completions.hpp"
#include "core/start.hpp"

namespace blk {
using base::Status;

// Told for each command that is over: the token of submit and whether the device did it.
struct Done {
  void* context = nullptr;
  void (*function)(void* context, u64 token, bool ok) = nullptr;
};

class Queue {
 public:
  constexpr Queue() = default;
  // Opens a queue for the extent of the start page. BadCap: there is none; else as disk_queue_open.
  Status open(const core::ExtentInfo& extent);
  // Gives the queue's frames back. Busy: commands are in flight.
  Status close();

  // Blocks count from the start of the extent; `buffer` is page aligned, in memory of vm (DMA), and
  // holds what the blocks fill (1..kDiskMaxFrames pages). It is the device's until the command is
  // over. NoSpace: the queue is full, try again after poll().
  Status read(u64 block, u32 blocks, void* buffer, u64 token);
  Status write(u64 block, u32 blocks, const void* buffer, u64 token);
  // The same, and the blocks are on stable storage when it completes.
  Status write_through(u64 block, u32 blocks, const void* buffer, u64 token);
  // Read and write with frames of one's own, mapped or not, instead of a buffer: as many as the blocks fill.
  Status read_frames(u64 block, u32 blocks, const u32* frames, u64 token);
  Status write_frames(u64 block, u32 blocks, const u32* frames, u64 token);
  // Completes when everything that completed before is on stable storage.
  Status flush(u64 token);

  // Reports commands that are over, at most so many. How many there were.
  u32 poll(const Done& done, u32 most = kDiskDepth);
  u32 number() const { return number_; }  // of the kernel's queue table
  u32 in_flight() const { return tickets_.in_use(); }
  u32 block_size() const { return extent_.block_size; }
  u64 blocks() const { return extent_.count; }
  // The longest read or write, in blocks.
  u32 most_blocks() const { return static_cast<u32>(kDiskMaxFrames * kPageSize / extent_.block_size); }

 private:
  // FrameOf(i) is the frame of page i of the buffer.
  template <class FrameOf>
  Status submit(DiskOp op, u64 block, u32 blocks, u64 token, FrameOf frame_of, u16 flags = 0);

  core::ExtentInfo extent_{};
  u32 number_ = kNone;
  u64 ring_address_ = 0;
  u32 frames_[kDiskQueueFrames] = {};
  Completions completions_;
  Tickets tickets_;
};

}  // namespace blk
