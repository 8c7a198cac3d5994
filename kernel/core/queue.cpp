// SPDX-License-Identifier: MIT
#include "kernel/core/queue.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/extent.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/quota.hpp"

namespace core {

static bool is_disk(DeviceType type) { return type == DeviceType::Nvme || type == DeviceType::VirtioBlk; }

static void make_free(u32 queue) {
  queues[queue] = QueueEntry{.submitted = 0,
                             .completed = 0,
                             .blocks_read = 0,
                             .blocks_written = 0,
                             .frames = {},
                             .in_flight = 0,
                             .owner = kNoEnv,
                             .device = 0};
}

// A queue number and a place on the device; kNone if either is used up.
static u32 free_queue(u16 device) {
  u32 found = kNone;
  u32 open = 0;
  for (u32 i = 0; i < kMaxQueues; i++) {
    if (queues[i].owner == kNoEnv) {
      if (found == kNone) found = i;
    } else if (queues[i].device == device) {
      open++;
    }
  }
  return open < devices[device].max_queues ? found : kNone;
}

Result<u32> queue_open(u16 env, u32 extent_slot, const u32 (&list)[kDiskQueueFrames]) {
  const u16 device = TRY(extent_device(env, extent_slot));
  if (device >= kMaxDevices || !is_disk(devices[device].type)) return Status::NoDevice;
  for (u32 i = 0; i < kDiskQueueFrames; i++) {
    for (u32 j = 0; j < i; j++)
      if (list[j] == list[i]) return Status::Denied;
    TRY_STATUS(frame_can_change(env, list[i], FrameType::Data));
  }
  const u32 queue = free_queue(device);
  if (queue == kNone) return Status::NoSpace;
  make_free(queue);
  QueueEntry& q = queues[queue];
  for (u32 i = 0; i < kDiskQueueFrames; i++) {
    frame_to_kernel(env, list[i], i == 0 ? FrameType::Shared : FrameType::Kernel);
    q.frames[i] = list[i];
  }
  q.device = device;
  q.owner = env;
  return queue;
}

static bool queue_owned(u16 env, u32 queue) { return queue < kMaxQueues && queues[queue].owner == env; }

Status queue_can_close(u16 env, u32 queue) {
  if (!queue_owned(env, queue)) return Status::BadArgument;
  if (queues[queue].in_flight != 0) return Status::Busy;
  return frame_can_change(env, queues[queue].frames[0], FrameType::Shared);  // the others are never mapped
}

Status queue_close(u16 env, u32 queue) {
  TRY_STATUS(queue_can_close(env, queue));
  for (u32 frame : queues[queue].frames) frame_from_kernel(env, frame);
  make_free(queue);
  return Status::Ok;
}

u64* flight_words(u32 queue, u32 id) {
  const u32 page = queues[queue].frames[2 + id / kFlightsPerPage];
  return &physmem[page][static_cast<u64>(id % kFlightsPerPage) * kFlightWords];
}

// The frames of a command are exactly what its blocks fill.
[[gnu::noinline]] static Status check_size(const QueueEntry& q, const DiskCommand& command) {
  const u64 bytes = static_cast<u64>(command.blocks) * devices[q.device].block_size;
  if (command.frame_count > kDiskMaxFrames || command.frame_count != (bytes + kPageSize - 1) / kPageSize)
    return Status::BadArgument;
  if (command.flags != 0 && (command.flags != kDiskThrough || command.op != DiskOp::Write))
    return Status::BadArgument;
  return (command.blocks == 0) == (command.op == DiskOp::Flush) ? Status::Ok : Status::BadArgument;
}

static bool owns_all(u16 env, const DiskCommand& command) {
  for (u32 i = 0; i < command.frame_count; i++)
    if (!frame_lendable(env, command.frames[i])) return false;
  return true;
}

// The device writes memory when it reads the disk. The value is what justifies the frames, 0: owned.
[[gnu::noinline]] static Result<u32> check_buffers(u16 env, const DiskCommand& command) {
  if (command.buffer_cap == kNone) {
    if (!owns_all(env, command)) return Status::Denied;
    return 0u;
  }
  const u32 rights = command.op == DiskOp::Read ? kWrite : kRead;
  u32 index = 0;
  for (u32 i = 0; i < command.frame_count; i++)
    index = TRY(buffer_access(env, command.frames[i], command.buffer_cap, rights));
  return index;
}

[[gnu::noinline]] Status queue_begin(u16 env, u32 queue, const DiskCommand& command) {
  if (!queue_owned(env, queue) || command.id >= kDiskDepth) return Status::BadArgument;
  QueueEntry& q = queues[queue];
  u64* const words = flight_words(queue, command.id);
  if (words[kFlightWords - 1] != 0) return Status::Occupied;
  if (q.in_flight >= kDiskDepth - 1) return Status::NoSpace;
  const u32 extent =
      TRY(extent_check(env, command.extent, command.op, command.block, command.blocks, q.device));
  if (extent_is_private(q.device, command.block, command.blocks) && command.op != DiskOp::Flush)
    return Status::Denied;
  TRY_STATUS(check_size(q, command));
  const u32 buffer = TRY(check_buffers(env, command));
  TRY_STATUS(quota_check(env, Resource::Commands, 1));
  TRY_STATUS(quota_take(env, Resource::Pins, command.frame_count));
  quota_book(env, Resource::Commands, 1);
  for (u32 i = 0; i < command.frame_count; i++) {
    frame_pin(command.frames[i]);
    if (i > 0) words[i - 1] = static_cast<u64>(command.frames[i]) << kPageShift;
  }
  const u64 first = command.frame_count > 0 ? command.frames[0] : 0;
  words[kFlightWords - 1] = FlightWord::kInUse | (buffer != 0 ? FlightWord::kHasBufferCap : 0) |
                            static_cast<u64>(buffer % kCapsPerEnv) << 48 |
                            static_cast<u64>(extent % kCapsPerEnv) << 40 |
                            static_cast<u64>(command.frame_count) << 32 | first;
  caps[extent].uses++;
  if (buffer != 0) caps[buffer].uses++;
  q.in_flight++;
  return Status::Ok;
}

// Pins what counts for a Data frame, which is itself.
[[gnu::always_inline, gnu::used]] inline bool queue_begin_page(u16 env, u32 queue, u32 extent,
                                                               const DiskCommand& command) {
  const QueueEntry& q = queues[queue];
  const CapEntry& cap = caps[extent];
  const DeviceEntry& d = devices[q.device];
  const u32 frame = command.frames[0];
  if (command.flags != 0 || command.buffer_cap != kNone || command.frame_count != 1) return false;
  if (command.id >= kDiskDepth || !frame_exists(frame)) return false;
  FrameEntry& f = frames[frame];
  if (f.owner != env || f.type != FrameType::Data || f.leaving != 0) return false;
  const u64 behind = command.block - cap.start;
  if (command.block < cap.start || behind > cap.count || command.blocks > cap.count - behind) return false;
  if (command.block < d.private_end) return false;
  if (static_cast<u64>(command.blocks) * d.block_size - 1 >= kPageSize) return false;  // none, too
  u64& word = flight_words(queue, command.id)[kFlightWords - 1];
  if (word != 0) return false;
  word = FlightWord::kInUse | static_cast<u64>(extent % kCapsPerEnv) << 40 | 1ul << 32 | frame;
  f.pins++;
  return true;
}

// How many commands of one frame each `env` may begin, and the queue has room for.
static u32 room(u16 env, u32 queue) {
  const u32 in_flight = queues[queue].in_flight;
  const u32 places = in_flight < kDiskDepth - 1 ? kDiskDepth - 1 - in_flight : 0;
  const u32 commands = quota_left(env, Resource::Commands);
  const u32 pins = quota_left(env, Resource::Pins);
  const u32 allowed = commands < pins ? commands : pins;
  return places < allowed ? places : allowed;
}

[[gnu::noinline]] u32 queue_begin_run(u16 env, u32 queue, const DiskCommand* list, u32 count) {
  const DiskOp op = list[0].op;
  const u32 slot = list[0].extent;
  if (op != DiskOp::Read && op != DiskOp::Write) return 0;
  const Result<u32> extent = cap_find(env, slot, CapType::Extent, op == DiskOp::Read ? kRead : kWrite);
  if (!extent.ok() || caps[extent.value()].object != queues[queue].device) return 0;
  const u32 most = room(env, queue);
  if (count > most) count = most;
  u32 begun = 0;
  while (begun < count && list[begun].op == op && list[begun].extent == slot &&
         queue_begin_page(env, queue, extent.value(), list[begun]))
    begun++;
  quota_book(env, Resource::Commands, begun);
  quota_book(env, Resource::Pins, begun);
  caps[extent.value()].uses += begun;
  queues[queue].in_flight += begun;
  return begun;
}

Status queue_begin_all(u16 env, u32 queue, const DiskCommand* list, u32 count, u32& begun) {
  begun = 0;
  if (!queue_owned(env, queue)) return Status::BadArgument;
  u32 done = queue_begin_run(env, queue, list, count);
  Status status = Status::Ok;
  for (; done < count; done++) {
    status = queue_begin(env, queue, list[done]);
    if (status != Status::Ok) break;
  }
  begun = done;
  return status;
}

void queue_submitted(u32 queue, const DiskCommand* list, u32 count) {
  u64 blocks[4] = {};  // by DiskOp
  for (u32 i = 0; i < count; i++) blocks[static_cast<u32>(list[i].op) & 3] += list[i].blocks;
  QueueEntry& q = queues[queue];
  q.submitted += count;
  q.blocks_read += blocks[static_cast<u32>(DiskOp::Read)];
  q.blocks_written += blocks[static_cast<u32>(DiskOp::Write)];
}

void queue_cancel(u32 queue, u32 id) {
  u64* const words = flight_words(queue, id);
  const u64 flight = words[kFlightWords - 1];
  const u16 env = queues[queue].owner;
  quota_return(env, Resource::Commands, 1);
  quota_return(env, Resource::Pins, FlightWord::count(flight));
  for (u32 i = 0; i < FlightWord::count(flight); i++) {
    frame_unpin(i == 0 ? FlightWord::frame(flight) : static_cast<u32>(words[i - 1] >> kPageShift));
    if (i > 0) words[i - 1] = 0;
  }
  caps[cap_index(env, FlightWord::extent_slot(flight))].uses--;
  if ((flight & FlightWord::kHasBufferCap) != 0) caps[cap_index(env, FlightWord::buffer_slot(flight))].uses--;
  words[kFlightWords - 1] = 0;
  queues[queue].in_flight--;
}

Status queue_completed(u32 queue, u32 id) {
  if (queue >= kMaxQueues || queues[queue].owner == kNoEnv || id >= kDiskDepth) return Status::BadArgument;
  if (flight_words(queue, id)[kFlightWords - 1] == 0) return Status::BadArgument;
  queue_cancel(queue, id);
  queues[queue].completed++;
  return Status::Ok;
}

}  // namespace core
