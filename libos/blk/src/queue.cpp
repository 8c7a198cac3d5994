// SPDX-License-Identifier: MIT
#include "blk/queue.hpp"

#include "vm/vm.hpp"

namespace blk {

namespace sys = abi::sys;

Status Queue::open(const core::ExtentInfo& extent) {
  if (extent.slot == kNone) return Status::BadCap;
  TRY_STATUS(core::take_frames(frames_, kDiskQueueFrames));
  u64 number = 0;
  TRY_STATUS(core::until_done([&] {
    const core::SysResult opened = sys::disk_queue_open(extent.slot, frames_);
    number = opened.value;
    return opened.status;
  }));
  number_ = static_cast<u32>(number);
  extent_ = extent;
  ring_address_ = TRY(vm::space().reserve(1));
  TRY_STATUS(vm::space().map(ring_address_, {frames_[0], kNone, kRead}));
  completions_ = Completions(reinterpret_cast<const volatile DiskCompletion*>(ring_address_));
  tickets_ = Tickets();
  return Status::Ok;
}

Status Queue::close() {
  if (tickets_.in_use() != 0) return Status::Busy;
  TRY_STATUS(vm::space().release(ring_address_));
  TRY_STATUS(core::until_done([&] { return sys::disk_queue_close(number_).status; }));
  number_ = kNone;
  return core::put_frames(frames_, kDiskQueueFrames);
}

namespace {

auto in_buffer(const void* buffer) {
  return [buffer](u32 page) { return vm::frame_of(static_cast<const u8*>(buffer) + page * kPageSize); };
}
auto in_list(const u32* frames) {
  return [frames](u32 page) { return frames[page]; };
}

}  // namespace

template <class FrameOf>
Status Queue::submit(DiskOp op, u64 block, u32 blocks, u64 token, FrameOf frame_of, u16 flags) {
  if (block > extent_.count || blocks > extent_.count - block) return Status::OutOfRange;
  if (op != DiskOp::Flush && (blocks == 0 || blocks > most_blocks())) return Status::OutOfRange;
  DiskCommand command{};
  command.op = op;
  command.flags = flags;
  command.extent = extent_.slot;
  command.buffer_cap = kNone;
  command.block = extent_.first + block;
  command.blocks = blocks;
  command.frame_count = static_cast<u32>((u64{blocks} * extent_.block_size + kPageSize - 1) / kPageSize);
  for (u32 i = 0; i < command.frame_count; i++) command.frames[i] = frame_of(i);
  if (!tickets_.take(token, command.id)) return Status::NoSpace;
  const Status status = sys::disk_submit(number_, &command, 1).status;
  if (status != Status::Ok) tickets_.put(command.id);
  return status;
}

Status Queue::read(u64 block, u32 blocks, void* buffer, u64 token) {
  return submit(DiskOp::Read, block, blocks, token, in_buffer(buffer));
}

Status Queue::write(u64 block, u32 blocks, const void* buffer, u64 token) {
  return submit(DiskOp::Write, block, blocks, token, in_buffer(buffer));
}

Status Queue::write_through(u64 block, u32 blocks, const void* buffer, u64 token) {
  return submit(DiskOp::Write, block, blocks, token, in_buffer(buffer), kDiskThrough);
}

Status Queue::read_frames(u64 block, u32 blocks, const u32* frames, u64 token) {
  return submit(DiskOp::Read, block, blocks, token, in_list(frames));
}

Status Queue::write_frames(u64 block, u32 blocks, const u32* frames, u64 token) {
  return submit(DiskOp::Write, block, blocks, token, in_list(frames));
}

Status Queue::flush(u64 token) { return submit(DiskOp::Flush, 0, 0, token, in_list(nullptr)); }

u32 Queue::poll(const Done& done, u32 most) {
  u32 count = 0;
  u16 id = 0;
  bool ok = false;
  while (tickets_.in_use() > 0 && count < most && completions_.next(id, ok)) {
    count++;
    if (tickets_.valid(id)) done.function(done.context, tickets_.put(id), ok);
  }
  return count;
}

}  // namespace blk
