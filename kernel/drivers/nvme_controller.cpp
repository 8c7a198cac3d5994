// SPDX-License-Identifier: MIT
// Bringing a controller up and giving it up; admin commands.
#include "kernel/drivers/nvme_controller.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/wait.hpp"
#include "kernel/log.hpp"

namespace drivers::nvme {
namespace {

constexpr u32 kAdminEntries = kQueueEntries;

bool wait_ready(const Controller& controller, u32 ready) {
  return wait_until(controller.timeout_ms,
                    [&] {
                      const u32 status = controller.registers.read<u32>(kStatus);
                      return (status & kReady) == ready || (ready != 0 && (status & kFatal) != 0);
                    }) &&
         (controller.registers.read<u32>(kStatus) & (kReady | (ready != 0 ? kFatal : 0))) == ready;
}

void write_address(const Controller& controller, u64 offset, u64 physical) {
  controller.registers.write<u32>(offset, static_cast<u32>(physical));
  controller.registers.write<u32>(offset + 4, static_cast<u32>(physical >> 32));
}

// The next admin completion, if the device has written it.
const DiskCompletion* admin_completion(const Controller& controller) {
  const auto* ring = arch::phys_to_virt<const DiskCompletion>(controller.admin_completion);
  const DiskCompletion& entry = ring[controller.admin_head];
  const u16 status = __atomic_load_n(&entry.status, __ATOMIC_ACQUIRE);
  return (status & kDiskPhase) == controller.admin_phase ? &entry : nullptr;
}

void advance_admin_head(Controller& controller) {
  if (++controller.admin_head == kAdminEntries) {
    controller.admin_head = 0;
    controller.admin_phase ^= kDiskPhase;
  }
  controller.ring_completion(0, controller.admin_head);
}

void submit_admin(Controller& controller, Command command) {
  command.opcode |= static_cast<u32>(++controller.admin_id) << 16;
  arch::phys_to_virt<Command>(controller.admin_submission)[controller.admin_tail] = command;
  controller.admin_tail = static_cast<u16>((controller.admin_tail + 1) % kAdminEntries);
  controller.ring_submission(0, controller.admin_tail);
}

}  // namespace

bool disable(const Controller& controller) {
  const u32 configuration = controller.registers.read<u32>(kConfiguration);
  // A controller that is just coming up must not be stopped half-way (3.1.5, CC.EN).
  if ((configuration & kEnable) != 0) wait_ready(controller, kReady);
  controller.registers.write<u32>(kConfiguration, configuration & ~kEnable);
  return wait_ready(controller, 0);
}

bool reset(Controller& controller) {
  if (!disable(controller)) return false;
  const u64 rings = static_cast<u64>(arch::take_kernel_frames(2)) << kPageShift;
  controller.admin_submission = rings;
  controller.admin_completion = rings + kPageSize;
  controller.registers.write<u32>(kAdminSizes, (kAdminEntries - 1) << 16 | (kAdminEntries - 1));
  write_address(controller, kAdminSubmission, controller.admin_submission);
  write_address(controller, kAdminCompletion, controller.admin_completion);
  controller.registers.write<u32>(kConfiguration, kConfigurationValue);
  return wait_ready(controller, kReady);
}

bool run(Controller& controller, const Command& command, u32* result) {
  if (controller.failed) return false;
  submit_admin(controller, command);
  if (!wait_until(kAdminMs, [&] { return admin_completion(controller) != nullptr; })) {
    fail(controller, "an admin command was not answered");
    return false;
  }
  const DiskCompletion entry = *admin_completion(controller);
  advance_admin_head(controller);
  if (result != nullptr) *result = entry.result;
  const bool ours = entry.id == controller.admin_id;
  return ours && (entry.status & ~kDiskPhase) == kStatusSuccess;
}

void fail(Controller& controller, const char* why) {
  if (controller.failed) return;
  controller.failed = true;
  kernel::Log log("nvme");
  pci::put_name(controller.function, log.text());
  log.text().put(": ").put(why).put("; given up");
  disable(controller);
  controller.function.stop_dma();
  for (u32 pair = 1; pair <= controller.queue_limit; pair++) {
    if (controller.queue_of[pair] != kNoQueue) abort_queue(controller.queue_of[pair]);
  }
}

}  // namespace drivers::nvme
