// SPDX-License-Identifier: MIT
// Queue pairs of environments: opening, closing, submitting, and taking completions.
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/nvme.hpp"
#include "kernel/drivers/nvme_command.hpp"
#include "kernel/drivers/nvme_controller.hpp"

namespace drivers::nvme {
namespace {

// Our side of a queue pair. Ring memory is in queues[].frames.
struct Pair {
  u32 id = 0;         // the controller's name for it
  u64 in_flight = 0;  // bit i: command identifier i
  u16 tail = 0;       // submission ring
  u16 head = 0;       // completion ring: next entry to look at
  u16 phase = kDiskPhase;
  bool unpublished = false;
};
constinit Pair pairs[kMaxQueues];

Controller& controller_of_queue(u32 queue) { return controller_of(queues[queue].device); }
u64 frame_address(u32 queue, u32 index) {
  return static_cast<u64>(queues[queue].frames[index]) << kPageShift;
}
DiskCompletion* completions(u32 queue) { return arch::phys_to_virt<DiskCompletion>(frame_address(queue, 0)); }

// Takes new completions, at most one ring's worth, and tells the device how far we are.
void reap(Controller& controller, u32 queue) {
  Pair& pair = pairs[queue];
  const DiskCompletion* ring = completions(queue);
  u32 count = 0;
  for (; count < kQueueEntries; count++) {
    const DiskCompletion& entry = ring[pair.head];
    const u16 status = __atomic_load_n(&entry.status, __ATOMIC_ACQUIRE);
    if ((status & kDiskPhase) != pair.phase) break;
    const u16 id = entry.id;
    if (++pair.head == kQueueEntries) {
      pair.head = 0;
      pair.phase ^= kDiskPhase;
    }
    const bool ok = (status & ~kDiskPhase) == kStatusSuccess;
    if (!ok) controller.entry().errors++;
    if (id >= kDiskDepth || (pair.in_flight >> id & 1) == 0)
      continue;  // the device answers what nobody asked
    pair.in_flight &= ~(1ul << id);
    kernel::disk_completed(queue, id, ok);
  }
  if (count != 0) controller.ring_completion(pair.id, pair.head);
}

void on_interrupt(u32 context) {
  Controller& controller = controller_of_interrupt(context);
  const u32 queue = controller.queue_of[context & 0xffff];
  if (queue != kNoQueue && !controller.failed) reap(controller, queue);
}

u32 free_pair(const Controller& controller) {
  for (u32 id = 1; id <= controller.queue_limit; id++) {
    if (controller.queue_of[id] == kNoQueue) return id;
  }
  return 0;
}

// An interrupt for pair `id`: the vector is reserved when it is first used and kept.
bool route_interrupt(Controller& controller, u32 id) {
  if (controller.vector_of[id] != 0) return true;
  const u8 vector = arch::irq_allocate(on_interrupt, interrupt_context(controller, id));
  if (vector == 0) return false;
  controller.vector_of[id] = vector;
  controller.msix.route(id, vector, 0);
  return true;
}

bool remove(Controller& controller, Admin what, u32 id) {
  Command command{};
  command.opcode = static_cast<u32>(what);
  command.dword10 = id;
  return run(controller, command);
}

bool create(Controller& controller, u32 id, u32 queue) {
  Command completion{};
  completion.opcode = static_cast<u32>(Admin::CreateCompletion);
  completion.prp1 = frame_address(queue, 0);
  completion.dword10 = (kQueueEntries - 1) << 16 | id;
  completion.dword11 = id << 16 | kInterrupts | kContiguous;
  if (!run(controller, completion)) return false;
  Command submission{};
  submission.opcode = static_cast<u32>(Admin::CreateSubmission);
  submission.prp1 = frame_address(queue, 1);
  submission.dword10 = (kQueueEntries - 1) << 16 | id;
  submission.dword11 = id << 16 | kContiguous;
  if (run(controller, submission)) return true;
  // Half a pair would go on naming the environment's frame.
  if (!remove(controller, Admin::DeleteCompletion, id)) fail(controller, "a queue could not be deleted");
  return false;
}

}  // namespace

Status queue_open(u32 queue) {
  Controller& controller = controller_of_queue(queue);
  if (controller.failed) return Status::NoDevice;
  const u32 id = free_pair(controller);
  if (id == 0 || !route_interrupt(controller, id)) return Status::NoSpace;
  pairs[queue] = Pair{};
  pairs[queue].id = id;
  if (!create(controller, id, queue)) return Status::NoDevice;
  controller.queue_of[id] = queue;
  return Status::Ok;
}

void queue_close(u32 queue) {
  Controller& controller = controller_of_queue(queue);
  const u32 id = pairs[queue].id;
  controller.queue_of[id] = kNoQueue;
  if (controller.failed) return;
  // The frames go back to the environment: a device that keeps the queue must not touch them.
  if (!remove(controller, Admin::DeleteSubmission, id) || !remove(controller, Admin::DeleteCompletion, id)) {
    fail(controller, "a queue could not be deleted");
  }
}

void abort_queue(u32 queue) {
  Pair& pair = pairs[queue];
  CompletionRing ring(pair.head, pair.phase);
  for (u16 id = 0; id < kDiskDepth; id++) {
    if ((pair.in_flight >> id & 1) == 0) continue;
    ring.post(completions(queue), static_cast<u16>(pair.id), id, kStatusAborted);
    kernel::disk_completed(queue, id, false);
  }
  pair.in_flight = 0;
}

Status submit(u32 queue, const DiskCommand& command) {
  Controller& controller = controller_of_queue(queue);
  Pair& pair = pairs[queue];
  if (controller.failed) return Status::NoDevice;
  if (command.frame_count > controller.max_frames) return Status::BadArgument;
  const u64 taken = pair.in_flight | 1ul << command.id;
  if (taken == pair.in_flight || taken == ~0ul) return Status::NoSpace;  // one entry stays empty
  pair.in_flight = taken;
  arch::phys_to_virt<Command>(frame_address(queue, 1))[pair.tail] = translate(command, queues[queue].frames);
  pair.tail = static_cast<u16>((pair.tail + 1) % kQueueEntries);
  pair.unpublished = true;
  controller.entry().operations++;
  return Status::Ok;
}

void kick(u32 queue) {
  Pair& pair = pairs[queue];
  const Controller& controller = controller_of_queue(queue);
  if (!pair.unpublished || controller.failed) return;
  pair.unpublished = false;
  controller.ring_submission(pair.id, pair.tail);
}

void poll(u32 queue) {
  Controller& controller = controller_of_queue(queue);
  if (!controller.failed) reap(controller, queue);
}

}  // namespace drivers::nvme
