// SPDX-License-Identifier: MIT
// Commands that do not come back, a step harder at each: abort the command, delete its queue pair, reset
// the controller, give it up with its DMA stopped. Frames are unpinned only when the device has let go.
#include "kernel/drivers/nvme.hpp"
#include "kernel/drivers/nvme_controller.hpp"
#include "kernel/log.hpp"

namespace drivers::nvme {
namespace {

void say(const Controller& controller, const char* why, const char* then) {
  kernel::Log log("nvme");
  pci::put_name(controller.function, log.text());
  log.text().put(": ").put(why).put(then);
}

void enter(Controller& controller, Phase phase) {
  controller.phase = phase;
  controller.phase_since = disk_tick;
}

// Nothing of the device's reads or writes memory any more.
void release_everything(Controller& controller) {
  for (u32 i = kSharedPair + 1; i <= controller.pair_limit; i++) {
    Pair& pair = controller.pairs[i];
    if (pair.state == PairState::Free) continue;
    if (pair.queue != kNoQueue) reap(controller, pair);
    pair_gone(controller, pair);
  }
  shared_reap(controller);
  pair_gone(controller, controller.pairs[kSharedPair]);
  controller.pairs[kSharedPair].state = PairState::Free;
}

void give_up(Controller& controller) {
  controller.function.stop_dma();
  enter(controller, Phase::Failed);
  release_everything(controller);
  for (u32 queue = 0; queue < kMaxQueues; queue++)
    if (routes[queue].controller == &controller) disk_queue_abort(queue, controller.share);
  say(controller, "does not come back from a reset", "; given up");
}

void step_reset(Controller& controller) {
  switch (controller.phase) {
    case Phase::Disabling:
      if ((controller.registers.read<u32>(kStatus) & kReady) != 0) break;
      release_everything(controller);
      start_enabling(controller);
      return enter(controller, Phase::Enabling);
    case Phase::Enabling:
      if (!is_ready(controller)) break;
      enter(controller, Phase::Configuring);
      return send_admin(controller, queues_command(), 0);
    default:
      break;
  }
  if (is_over(controller.phase_since, kResetTicks)) give_up(controller);
}

// A command of the pair that has been with the device for too long, kNone if there is none.
u32 stalled_command(const Controller& controller, u32 number) {
  const bool shared = number == kSharedPair;
  const DiskQueue* const q = shared ? nullptr : &disk_queues[controller.pairs[number].queue];
  for (u64 rest = shared ? controller.share.busy : q->in_flight; rest != 0; rest &= rest - 1) {
    const u32 id = static_cast<u32>(std::countr_zero(rest));
    if (is_over(shared ? controller.share.slots[id].started : q->started[id], kCommandTicks)) return id;
  }
  return kNone;
}

void watch(Controller& controller, u32 number) {
  Pair& pair = controller.pairs[number];
  if (number == kSharedPair) {
    shared_reap(controller);
  } else {
    reap(controller, pair);
  }
  const u32 id = stalled_command(controller, number);
  if (id == kNone) {
    pair.aborting = false;
  } else if (!pair.aborting) {
    pair.aborting = pair.wants_abort = true;
    pair.abort_id = static_cast<u16>(id);
    pair.abort_since = disk_tick;
    controller.entry().recoveries++;
    say(controller, "a command does not come back", "; aborting it");
  } else if (is_over(pair.abort_since, kGraceTicks)) {
    pair.wants_abort = false;
    pair.state = PairState::DeleteSubmission;
    say(controller, "the abort did not help", "; deleting its queue");
  }
}

}  // namespace

void start_reset(Controller& controller, const char* why) {
  say(controller, why, "; resetting it");
  controller.entry().recoveries++;
  const u32 configuration = controller.registers.read<u32>(kConfiguration);
  controller.registers.write<u32>(kConfiguration, configuration & ~kEnable);
  controller.admin_busy = false;
  enter(controller, Phase::Disabling);
}

void tick(Controller& controller) {
  if (controller.phase == Phase::Failed) return;
  if (controller.phase == Phase::Disabling || controller.phase == Phase::Enabling)
    return step_reset(controller);
  admin_step(controller);
  if (controller.admin_busy && is_over(controller.admin_since, kAdminTicks))
    return start_reset(controller, "an administrative command was not answered");
  if (controller.phase != Phase::Running) return;
  for (u32 i = 1; i <= controller.pair_limit; i++)
    if (controller.pairs[i].state == PairState::Live) watch(controller, i);
  admin_step(controller);
  shared_pump(controller);
}

}  // namespace drivers::nvme
