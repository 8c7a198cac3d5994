// SPDX-License-Identifier: MIT
// Bringing a controller up at boot, and giving one up there.
#include "kernel/drivers/nvme_controller.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/wait.hpp"

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

}  // namespace

bool is_ready(const Controller& controller) {
  return (controller.registers.read<u32>(kStatus) & (kReady | kFatal)) == kReady;
}

bool disable(const Controller& controller) {
  const u32 configuration = controller.registers.read<u32>(kConfiguration);
  // A controller that is just coming up must not be stopped half-way (3.1.5, CC.EN).
  if ((configuration & kEnable) != 0) wait_ready(controller, kReady);
  controller.registers.write<u32>(kConfiguration, configuration & ~kEnable);
  return wait_ready(controller, 0);
}

void start_enabling(Controller& controller) {
  __builtin_memset(controller.admin_completions, 0, kPageSize);
  controller.admin_ring = CompletionRing();
  controller.admin_tail = 0;
  controller.admin_busy = false;
  controller.registers.write<u32>(kAdminSizes, (kAdminEntries - 1) << 16 | (kAdminEntries - 1));
  write_address(controller, kAdminSubmission, controller.admin_submission);
  write_address(controller, kAdminCompletion, controller.admin_submission + kPageSize);
  controller.registers.write<u32>(kConfiguration, kConfigurationValue);
}

bool reset(Controller& controller) {
  if (!disable(controller)) return false;
  controller.admin_submission = static_cast<u64>(arch::take_kernel_frames(2)) << kPageShift;
  controller.admin_completions = arch::phys_to_virt<DiskCompletion>(controller.admin_submission + kPageSize);
  start_enabling(controller);
  return wait_ready(controller, kReady);
}

bool run(Controller& controller, const Command& command, u32* result) {
  send_admin(controller, command, 0);
  const auto answered = [&] { return controller.admin_ring.find(controller.admin_completions) != nullptr; };
  if (!wait_until(kAdminMs, answered)) return false;
  const DiskCompletion entry = *controller.admin_ring.find(controller.admin_completions);
  controller.admin_ring.advance();
  controller.ring_completion(0, controller.admin_ring.next());
  controller.admin_busy = false;
  if (result != nullptr) *result = entry.result;
  return entry.id == controller.admin_id && (entry.status & ~kDiskPhase) == kStatusSuccess;
}

}  // namespace drivers::nvme
