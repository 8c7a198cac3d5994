// SPDX-License-Identifier: MIT
// Queues of environments: opening, closing, submitting, and taking completions. A queue has a pair of the
// controller's to itself while there are any; it can be used before the controller has made the pair.
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/nvme.hpp"
#include "kernel/drivers/nvme_command.hpp"
#include "kernel/drivers/nvme_controller.hpp"

namespace drivers::nvme {

constinit Route routes[kMaxQueues];

namespace {

void on_interrupt(u32 context) {
  Controller& controller = controller_of_interrupt(context);
  const u32 number = context & 0xffff;
  if (controller.phase != Phase::Running) return admin_step(controller);
  if (number == 0) return admin_step(controller);
  if (number == kSharedPair) return shared_reap(controller);
  if (controller.pairs[number].state != PairState::Free) reap(controller, controller.pairs[number]);
}

// A pair for a queue, nullptr: it has to share.
Pair* take_pair(Controller& controller) {
  for (u32 i = kSharedPair + 1; i <= controller.pair_limit; i++) {
    if (controller.pairs[i].state != PairState::Free) continue;
    return route_interrupt(controller, i) ? &controller.pairs[i] : nullptr;
  }
  return nullptr;
}

}  // namespace

bool route_interrupt(Controller& controller, u32 number) {
  Pair& pair = controller.pairs[number];
  if (pair.vector != 0) return true;
  pair.vector = arch::irq_allocate(on_interrupt, interrupt_context(controller, number));
  if (pair.vector == 0) return false;
  controller.msix.route(number, pair.vector, 0);
  return true;
}

void reap(Controller& controller, Pair& pair) {
  DiskQueue& q = disk_queues[pair.queue];
  u32 count = 0;
  for (; count < kQueueEntries; count++) {
    const DiskCompletion* entry = q.ring.find(q.completions);
    if (entry == nullptr) break;
    const u16 id = entry->id;
    const bool ok = (entry->status & ~kDiskPhase) == kStatusSuccess;
    q.ring.advance();
    if (!ok) controller.entry().errors++;
    if (id >= kDiskDepth || (q.in_flight >> id & 1) == 0) continue;  // the device answers what nobody asked
    q.in_flight &= ~(1ul << id);
    kernel::disk_completed(pair.queue, id, ok);
  }
  if (count != 0) controller.ring_completion(pair_number(controller, pair), q.ring.next());
}

void pair_live(Controller& controller, Pair& pair) {
  pair.fresh = false;
  if (pair_number(controller, pair) == kSharedPair) return shared_pump(controller);
  if (!pair.unpublished) return;
  pair.unpublished = false;
  controller.ring_submission(pair_number(controller, pair), disk_queues[pair.queue].tail);
}

void pair_gone(Controller& controller, Pair& pair) {
  const u32 queue = pair.queue;
  pair.aborting = pair.wants_abort = pair.unpublished = false;
  pair.state = PairState::Free;
  if (pair_number(controller, pair) == kSharedPair) {
    shared_abort(controller);
    shared_clear(controller);
    pair.state = PairState::CreateCompletion;
    return;
  }
  pair.queue = kNoQueue;
  if (queue == kNoQueue) return;
  routes[queue].pair = nullptr;
  if (!pair.fresh) return disk_queue_abort(queue, controller.share);
  DiskQueue& q = disk_queues[queue];
  for (u64 rest = q.in_flight; rest != 0; rest &= rest - 1) q.waiting++;
  if (q.waiting != 0) controller.share.waiting |= 1u << queue;
  shared_pump(controller);
}

Status queue_open(u32 queue) {
  Controller& controller = controller_of(queues[queue].device);
  if (controller.phase == Phase::Failed) return Status::NoDevice;
  disk_queue_start(queue);
  Pair* const pair = controller.phase == Phase::Running ? take_pair(controller) : nullptr;
  routes[queue] = {&controller, pair};
  if (pair == nullptr) return Status::Ok;
  pair->queue = queue;
  pair->fresh = true;
  pair->state = PairState::CreateCompletion;
  admin_step(controller);
  return Status::Ok;
}

Status queue_close(u32 queue) {
  const Route route = routes[queue];
  if (route.controller->phase == Phase::Failed || route.pair == nullptr) return Status::Ok;
  // The frames go back to the environment: the device must have let go of them.
  if (route.pair->state == PairState::Live) route.pair->state = PairState::DeleteSubmission;
  admin_step(*route.controller);
  return routes[queue].pair == nullptr ? Status::Ok : Status::Again;
}

// Puts the plain commands that the list begins with into the submission ring; how many.
static u32 add_plain(DiskQueue& q, const DiskCommand* list, u32 count) {
  const u16 now = disk_tick;
  Command* const ring = q.commands;
  u32 tail = q.tail;
  u64 added = 0;
  u32 i = 0;
  for (; i < count && is_plain(list[i]); i++) {
    fill_plain(list[i], ring[tail]);
    tail = (tail + 1) % kDiskDepth;
    added |= 1ul << list[i].id;
    q.started[list[i].id] = now;
  }
  q.tail = static_cast<u16>(tail);
  q.in_flight |= added;
  return i;
}

// The same with the others from list[i] on, up to the first that has too many frames.
[[gnu::noinline]] static u32 add_others(DiskQueue& q, const u32* frames, const DiskCommand* list, u32 i,
                                        u32 count, u32 max_frames) {
  for (; i < count && list[i].frame_count <= max_frames; i++) {
    fill(list[i], frames, q.next());
    q.added(list[i].id, disk_tick);
  }
  return i;
}

Status submit(u32 queue, const DiskCommand* list, u32 count, u32& done) {
  const Route route = routes[queue];
  Controller& controller = *route.controller;
  done = 0;
  if (controller.phase != Phase::Running) [[unlikely]]
    return controller.phase == Phase::Failed ? Status::NoDevice : Status::NoSpace;
  if (route.pair != nullptr && route.pair->state > PairState::Live) return Status::NoSpace;
  DiskQueue& q = disk_queues[queue];
  u32 i = add_plain(q, list, count);
  if (i != count) i = add_others(q, queues[queue].frames, list, i, count, controller.max_frames);
  done = i;
  controller.entry().operations += i;
  if (route.pair == nullptr) {
    q.waiting = static_cast<u16>(q.waiting + i);
    if (i != 0) controller.share.waiting |= 1u << queue;
    shared_pump(controller);
  } else if (route.pair->state == PairState::Live) {
    controller.ring_submission(pair_number(controller, *route.pair), q.tail);
  } else {
    route.pair->unpublished = true;
  }
  return i < count ? Status::BadArgument : Status::Ok;
}

void poll(u32 queue) {
  const Route route = routes[queue];
  if (route.controller->phase != Phase::Running) return;
  if (route.pair == nullptr) return shared_reap(*route.controller);
  const DiskQueue& q = disk_queues[queue];
  if (q.ring.find(q.completions) == nullptr) return;
  reap(*route.controller, *route.pair);
}

}  // namespace drivers::nvme
