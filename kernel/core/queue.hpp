// SPDX-License-Identifier: MIT
// Disk queues: six frames of an environment lent to the kernel, and the books on commands in flight.
// Command id i has 256 bytes in frames[2 + i / 16] at (i % 16) * 256: words 0..30 are the physical
// addresses of its frames 1..31 in the form of an NVMe PRP list (NVMe 1.4, 4.3), word 31 is a
// `FlightWord`. A word that notes no frame of a command in flight is 0.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline constexpr u32 kFlightWords = 32;  // 8-byte words per command id
inline constexpr u32 kFlightsPerPage = 16;

// Word 31: first frame, number of frames, the capabilities that the command stands on.
struct FlightWord {
  static constexpr u64 kInUse = 1ul << 63;
  static constexpr u64 kHasBufferCap = 1ul << 56;
  static constexpr u32 frame(u64 w) { return static_cast<u32>(w); }
  static constexpr u32 count(u64 w) { return static_cast<u32>(w >> 32 & 0x3f); }
  static constexpr u32 extent_slot(u64 w) { return static_cast<u32>(w >> 40 & 0x7f); }
  static constexpr u32 buffer_slot(u64 w) { return static_cast<u32>(w >> 48 & 0x7f); }
};
// The words of command `id`, in kernel memory; &flight_words(q, id)[0] is its PRP list.
u64* flight_words(u32 queue, u32 id);

// Takes the frames ([0] becomes Shared, the others Kernel; all zeroed) and a queue number.
// BadCap, Denied, Busy, Again, NoSpace, NoDevice.
Result<u32> queue_open(u16 env, u32 extent_slot, const u32 (&list)[kDiskQueueFrames]);

// Ok if queue_close can work now. BadArgument: not a queue of env. Busy: in flight or ring mapped. Again.
Status queue_can_close(u16 env, u32 queue);
Status queue_close(u16 env, u32 queue);

// Every check of one command of disk_submit; then it is in flight: frames pinned, PRP words written.
// Errors as in abi/syscalls.def; BadArgument also for a queue that is not env's.
Status queue_begin(u16 env, u32 queue, const DiskCommand& command);
// The same for `count` of them, up to the first error, which is the value. `begun` are in flight.
Status queue_begin_all(u16 env, u32 queue, const DiskCommand* list, u32 count, u32& begun);
// The command that most batches are made of, in few instructions, as queue_begin does it: a page or less,
// read to or written from env's own Data, by entry `extent`, a live Extent of env with the right that the
// command needs, of the queue's device; the queue is env's and has room, and env's quota. The caller books
// it. False: it is another command or may not be begun, and nothing has changed.
bool queue_begin_page(u16 env, u32 queue, u32 extent, const DiskCommand& command);
// As many such commands of one operation on one extent as the list begins with, booked; `count` is at least
// 1, the queue env's.
u32 queue_begin_run(u16 env, u32 queue, const DiskCommand* list, u32 count);
// The device took them: counters.
void queue_submitted(u32 queue, const DiskCommand* list, u32 count);
// The device did not take it: as if queue_begin had not been.
void queue_cancel(u32 queue, u32 id);
// The device has finished it. BadArgument: no such command is in flight (nothing happens).
Status queue_completed(u32 queue, u32 id);

}  // namespace core
