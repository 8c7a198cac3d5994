// SPDX-License-Identifier: MIT
// Disk: blocks of others, and DMA into frames of others. Without an extent, queues of others are all
// there is to try; with one (examples/attack), its borders are.
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

const core::ExtentInfo& extent() { return core::start_info->extent; }
bool has_extent() { return extent().slot != kNone; }

constinit u32 queue = 0;

u32 page_blocks() { return static_cast<u32>(kPageSize) / extent().block_size; }

DiskCommand good_command() {
  DiskCommand command{};
  command.op = DiskOp::Read;
  command.extent = extent().slot;
  command.buffer_cap = kNone;
  command.block = extent().first;
  command.blocks = page_blocks();
  command.frame_count = 1;
  command.frames[0] = lab.frame();
  return command;
}

SysResult submit(const DiskCommand& command) { return sys::disk_submit(queue, &command, 1); }

void submit_to_queues_of_others(Trial& trial) {
  DiskCommand command{};
  command.buffer_cap = kNone;
  command.blocks = command.frame_count = 1;
  command.frames[0] = lab.frame();
  for (u32 i = 0; i < 64; i++) trial.status(sys::disk_submit(i, &command, 1));
  for (const u32 i : {0x1000u, 0x80000000u, kNone}) trial.status(sys::disk_submit(i, &command, 1));
}

void close_queues_of_others(Trial& trial) {
  for (u32 i = 0; i < 64; i++) trial.status(sys::disk_queue_close(i));
  for (const u32 i : {0x1000u, 0x80000000u, kNone}) trial.status(sys::disk_queue_close(i));
}

void queue_without_extent(Trial& trial) {
  u32 frames[kDiskQueueFrames] = {};
  for (u32 slot = 0; slot < kFirstEmptySlot; slot++)
    if (slot != extent().slot) trial.status(sys::disk_queue_open(slot, frames));
}

void queue_of_frames_of_others(Trial& trial) {
  for (u32 frame = 0; frame < 20000; frame++) {
    u32 frames[kDiskQueueFrames] = {frame, frame + 1, frame + 2, frame + 3, frame + 4, frame + 5};
    trial.status(sys::disk_queue_open(extent().slot, frames));
  }
  u32 same[kDiskQueueFrames];
  for (u32& frame : same) frame = lab.frame();
  trial.status(sys::disk_queue_open(extent().slot, same));
}

// Opens the queue that the attacks below use.
void open_own_queue(Trial& trial) {
  u32 frames[kDiskQueueFrames];
  if (core::take_frames(frames, kDiskQueueFrames) != Status::Ok) return trial.gained("nothing: no frames");
  Status status = Status::Again;
  while (status == Status::Again) {
    const SysResult opened = sys::disk_queue_open(extent().slot, frames);
    status = opened.status;
    queue = static_cast<u32>(opened.value);
  }
  if (status != Status::Ok) return trial.gained("nothing: no queue");
  trial.status(lab.set(20, frames[0], kRead | kWrite));  // its completion ring, writable
  lab.set(21, frames[0], kRead);
  for (u32 i = 1; i < kDiskQueueFrames; i++) trial.status(lab.set(20, frames[i], kRead));
}

void read_blocks_of_others(Trial& trial) {
  DiskCommand command = good_command();
  const u64 end = extent().first + extent().count;
  for (const u64 block : {extent().first - 1, extent().first - page_blocks(), 0ul, 1ul, end, end - 1,
                          end + 1000, ~0ul, ~0ul - 7, 1ul << 63, 1ul << 32 | extent().first}) {
    command.block = block;
    trial.status(submit(command));
  }
}

void write_read_only_extent(Trial& trial) {
  if ((extent().rights & kWrite) != 0) return trial.status(Status::Denied);
  DiskCommand command = good_command();
  command.op = DiskOp::Write;
  trial.status(submit(command));
}

void dma_into_frames_of_others(Trial& trial) {
  DiskCommand command = good_command();
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    if (is_own(frame)) continue;  // the blocks would fall onto the intruder itself
    command.frames[0] = frame;
    trial.status(submit(command));
  }
}

void dma_into_page_tables(Trial& trial) {
  DiskCommand command = good_command();
  for (const u32 frame : {lab.table(), lab.above(), lab.spare(), core::start_info->root_table}) {
    command.frames[0] = frame;
    trial.status(submit(command));
  }
}

void odd_lengths(Trial& trial) {
  DiskCommand command = good_command();
  for (const u32 blocks : {0u, 1000u, 0x10000u, 0x80000000u, kNone}) {
    command.blocks = blocks;
    trial.status(submit(command));
  }
  command = good_command();
  for (const u32 count : {0u, 2u, 33u, 0x80000000u, kNone}) {
    command.frame_count = count;
    trial.status(submit(command));
  }
}

void odd_identifiers(Trial& trial) {
  DiskCommand command = good_command();
  for (const u32 id : {64u, 65u, 256u, 0x10000u, kNone}) {
    command.id = id;
    trial.status(submit(command));
  }
}

void odd_operations(Trial& trial) {
  DiskCommand command = good_command();
  for (const u32 op : {3u, 4u, 256u, 0x8000u, 0xffffu}) {
    command.op = static_cast<DiskOp>(op);
    trial.status(submit(command));
  }
}

void forged_extents(Trial& trial) {
  DiskCommand command = good_command();
  for (u32 slot = 0; slot < kSlotsTried; slot++) {
    command.extent = slot;
    if (slot != extent().slot) trial.status(submit(command));
  }
  command = good_command();
  for (u32 slot = 0; slot < kSlotsTried; slot++) {
    command.buffer_cap = slot;
    trial.status(submit(command));
  }
}

void odd_flags(Trial& trial) {
  DiskCommand command = good_command();
  for (const u32 flags : {1u, 2u, 3u, 0x8000u, 0xffffu}) {  // through stands for a write alone
    command.flags = static_cast<u16>(flags);
    trial.status(submit(command));
  }
}

// The completion ring is the device's and the kernel's alone, mapped or not.
void forge_completions(Trial& trial) {
  const auto* ring = reinterpret_cast<const volatile u8*>(Lab::address(21));
  trial.fault(try_write(reinterpret_cast<u64>(ring)));
}

constexpr Attack kWithout[] = {
    {"submit-to-queues-of-others", any_refusal, submit_to_queues_of_others},
    {"close-queues-of-others", any_refusal, close_queues_of_others},
    {"disk-queue-without-extent", any_refusal, queue_without_extent},
};

constexpr Attack kAttacks[] = {
    {"submit-to-queues-of-others", any_refusal, submit_to_queues_of_others},
    {"close-queues-of-others", any_refusal, close_queues_of_others},
    {"disk-queue-without-extent", any_refusal, queue_without_extent},
    {"disk-queue-of-frames-of-others", any_refusal, queue_of_frames_of_others},
    {"write-completion-ring", any_refusal, open_own_queue},
    {"read-blocks-of-others", refusal(Status::OutOfRange), read_blocks_of_others},
    {"write-read-only-extent", refusal(Status::Denied), write_read_only_extent},
    {"dma-into-frames-of-others", any_refusal, dma_into_frames_of_others},
    {"dma-into-page-tables", any_refusal, dma_into_page_tables},
    {"disk-odd-lengths", any_refusal, odd_lengths},
    {"disk-odd-identifiers", any_refusal, odd_identifiers},
    {"disk-odd-operations", any_refusal, odd_operations},
    {"disk-forged-extents", any_refusal, forged_extents},
    {"disk-odd-flags", refusal(Status::BadArgument), odd_flags},
    {"forge-completions", exception(14), forge_completions},
};

}  // namespace

u32 own_queue() { return queue; }

std::span<const Attack> disk_attacks() {
  if (has_extent()) return kAttacks;
  return kWithout;
}

}  // namespace intruder
