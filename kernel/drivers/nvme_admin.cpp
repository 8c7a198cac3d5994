// SPDX-License-Identifier: MIT
// Administrative commands after boot: one at a time, answered by an interrupt or seen at a tick.
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/nvme_controller.hpp"

namespace drivers::nvme {
namespace {

Command pair_command(Admin what, u32 pair) {
  Command command{};
  command.opcode = static_cast<u32>(what);
  command.dword10 = pair;
  return command;
}

bool wants_admin(const Pair& pair) {
  return pair.state == PairState::Live ? pair.wants_abort : pair.state != PairState::Free;
}

void send_for(Controller& controller, u32 number) {
  Pair& pair = controller.pairs[number];
  Command command{};
  switch (pair.state) {
    case PairState::CreateCompletion:
    case PairState::CreateSubmission:
      command = create_command(controller, number, pair.state == PairState::CreateSubmission);
      break;
    case PairState::DeleteSubmission:
      command = pair_command(Admin::DeleteSubmission, number);
      break;
    case PairState::DeleteCompletion:
      command = pair_command(Admin::DeleteCompletion, number);
      break;
    default:  // Live
      command = pair_command(Admin::Abort, static_cast<u32>(pair.abort_id) << 16 | number);
      pair.wants_abort = false;
      break;
  }
  send_admin(controller, command, number);
}

void created(Controller& controller, Pair& pair, bool ok) {
  const bool shared = pair_number(controller, pair) == kSharedPair;
  if (!ok && shared) return start_reset(controller, "the shared queue could not be created");
  if (pair.state == PairState::CreateCompletion) {
    if (ok) {
      pair.state = PairState::CreateSubmission;
    } else {
      pair_gone(controller, pair);
    }
  } else if (ok) {
    pair.state = PairState::Live;
    pair_live(controller, pair);
  } else {
    pair.state = PairState::DeleteCompletion;  // half a pair would go on naming the environment's frame
  }
}

void deleted(Controller& controller, Pair& pair, bool ok) {
  if (!ok) return start_reset(controller, "a queue could not be deleted");
  if (pair.state == PairState::DeleteSubmission) {
    pair.state = PairState::DeleteCompletion;
  } else {
    pair_gone(controller, pair);
  }
}

void answered(Controller& controller, bool ok) {
  if (controller.phase == Phase::Configuring) {
    if (!ok) return start_reset(controller, "it grants no queues any more");
    controller.phase = Phase::Running;
    controller.pairs[kSharedPair].state = PairState::CreateCompletion;
    return;
  }
  Pair& pair = controller.pairs[controller.admin_pair];
  switch (pair.state) {
    case PairState::CreateCompletion:
    case PairState::CreateSubmission:
      return created(controller, pair, ok);
    case PairState::DeleteSubmission:
    case PairState::DeleteCompletion:
      return deleted(controller, pair, ok);
    default:  // an abort: whether it helped shows in the completion ring, or does not in time
      return;
  }
}

void take_answer(Controller& controller) {
  const DiskCompletion* entry = controller.admin_ring.find(controller.admin_completions);
  if (entry == nullptr) return;
  const bool ours = entry->id == controller.admin_id;
  const bool ok = (entry->status & ~kDiskPhase) == kStatusSuccess;
  controller.admin_ring.advance();
  controller.ring_completion(0, controller.admin_ring.next());
  if (!ours || !controller.admin_busy) return;  // it answers what nobody asked
  controller.admin_busy = false;
  answered(controller, ok);
}

}  // namespace

Command create_command(const Controller& controller, u32 number, bool submission) {
  const Pair& pair = controller.pairs[number];
  Command command = pair_command(submission ? Admin::CreateSubmission : Admin::CreateCompletion, number);
  command.dword10 |= (kQueueEntries - 1) << 16;
  command.dword11 = number << 16 | kContiguous | (submission ? 0 : kInterrupts);
  const void* ring = submission ? static_cast<const void*>(controller.shared_commands)
                                : static_cast<const void*>(controller.shared_completions);
  command.prp1 = number == kSharedPair
                     ? arch::virt_to_phys(ring)
                     : static_cast<u64>(queues[pair.queue].frames[submission ? 1 : 0]) << kPageShift;
  return command;
}

Command queues_command() {
  Command command{};
  command.opcode = static_cast<u32>(Admin::SetFeatures);
  command.dword10 = kFeatureQueues;
  command.dword11 = (kMaxPairs - 1) << 16 | (kMaxPairs - 1);
  return command;
}

void send_admin(Controller& controller, Command command, u32 pair) {
  command.opcode |= static_cast<u32>(++controller.admin_id) << 16;
  arch::phys_to_virt<Command>(controller.admin_submission)[controller.admin_tail] = command;
  controller.admin_tail = static_cast<u16>((controller.admin_tail + 1) % kQueueEntries);
  controller.admin_busy = true;
  controller.admin_pair = pair;
  controller.admin_since = disk_tick;
  controller.ring_submission(0, controller.admin_tail);
}

void admin_step(Controller& controller) {
  if (controller.phase != Phase::Running && controller.phase != Phase::Configuring) return;
  take_answer(controller);
  if (controller.admin_busy || controller.phase != Phase::Running) return;
  for (u32 i = 1; i <= controller.pair_limit; i++) {
    if (!wants_admin(controller.pairs[i])) continue;
    send_for(controller, i);
    return;
  }
}

}  // namespace drivers::nvme
