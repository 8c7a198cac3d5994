// SPDX-License-Identifier: MIT
// The pair that queues without one of their own share, and that the kernel reads ownership tables by.
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/nvme.hpp"
#include "kernel/drivers/nvme_controller.hpp"

namespace drivers::nvme {
namespace {

bool is_live(const Controller& controller) {
  return controller.phase == Phase::Running && controller.pairs[kSharedPair].state == PairState::Live;
}

// `command` goes out under the slot's number in place of its own.
void hand_over(Controller& controller, const Command& command, u32 slot) {
  Command& entry = controller.shared_commands[controller.shared_tail];
  entry = command;
  entry.opcode = (command.opcode & 0xffff) | slot << 16;
  controller.shared_tail = (controller.shared_tail + 1) % kQueueEntries;
  controller.pairs[kSharedPair].unpublished = true;
}

void publish(Controller& controller) {
  Pair& pair = controller.pairs[kSharedPair];
  if (!pair.unpublished) return;
  pair.unpublished = false;
  controller.ring_submission(kSharedPair, controller.shared_tail);
}

void finish_slot(Controller& controller, u32 slot, u16 status) {
  Share& share = controller.share;
  const Share::Slot done = share.slots[slot];
  share.put(slot);
  if (slot == kKernelSlot) {
    kernel::disk_kernel_done(controller.device, status == kStatusSuccess);
  } else {
    disk_queue_finish(done.queue, done.id, status);
  }
}

}  // namespace

void shared_clear(Controller& controller) {
  __builtin_memset(controller.shared_completions, 0, kPageSize);
  controller.shared_ring = CompletionRing();
  controller.shared_tail = 0;
  controller.pairs[kSharedPair].unpublished = false;
}

void shared_pump(Controller& controller) {
  Share& share = controller.share;
  if (share.waiting == 0 || !is_live(controller)) return;
  for (;;) {
    const u32 slot = share.free_slot();
    const u32 queue = slot == kNone ? kNone : share.next_queue();
    if (queue == kNone) break;
    DiskQueue& q = disk_queues[queue];
    const Command& command = q.take_waiting();
    if (q.waiting == 0) share.waiting &= ~(1u << queue);
    share.take(slot, queue, command.opcode >> 16, disk_tick);
    hand_over(controller, command, slot);
  }
  publish(controller);
}

void shared_reap(Controller& controller) {
  u32 count = 0;
  for (; count < kQueueEntries; count++) {
    const DiskCompletion* entry = controller.shared_ring.find(controller.shared_completions);
    if (entry == nullptr) break;
    const u32 slot = entry->id;
    const u16 status = entry->status & static_cast<u16>(~kDiskPhase);
    controller.shared_ring.advance();
    if (slot > kKernelSlot || (controller.share.busy >> slot & 1) == 0) continue;  // nobody asked
    finish_slot(controller, slot, status);
  }
  if (count == 0) return;
  controller.ring_completion(kSharedPair, controller.shared_ring.next());
  shared_pump(controller);
}

void shared_abort(Controller& controller) {
  while (controller.share.busy != 0)
    finish_slot(controller, static_cast<u32>(std::countr_zero(controller.share.busy)), kStatusAborted);
}

Status kernel_io(u16 device, DiskOp op, u64 block, void* page) {
  Controller& controller = controller_of(device);
  if (controller.phase == Phase::Failed) return Status::NoDevice;
  Share& share = controller.share;
  if (!is_live(controller) || (share.busy >> kKernelSlot & 1) != 0) return Status::NoSpace;
  Command command{};
  command.opcode = static_cast<u32>(op == DiskOp::Read    ? Io::Read
                                    : op == DiskOp::Write ? Io::Write
                                                          : Io::Flush);
  command.nsid = 1;
  if (op != DiskOp::Flush) {
    command.prp1 = arch::virt_to_phys(page);
    command.dword10 = static_cast<u32>(block);
    command.dword11 = static_cast<u32>(block >> 32);
    command.dword12 = static_cast<u32>(kPageSize) / controller.entry().block_size - 1;
  }
  share.take_kernel(disk_tick);
  hand_over(controller, command, kKernelSlot);
  publish(controller);
  return Status::Ok;
}

}  // namespace drivers::nvme
