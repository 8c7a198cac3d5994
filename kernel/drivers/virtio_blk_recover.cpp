// SPDX-License-Identifier: MIT
// A request that does not come back: the disk is reset, everything that it had ends with an error, and
// it begins again with the same features and memory (virtio 1.1, 2.1 and 3.1). What waits goes on waiting.
#include "kernel/drivers/virtio_blk.hpp"
#include "kernel/drivers/virtio_blk_disk.hpp"
#include "kernel/log.hpp"

namespace drivers::virtio_blk {
namespace {

void say(const Disk& disk, const char* what) {
  kernel::Log log("disk");
  virtio::put_name(disk.transport, log.text());
  log.text().put(": ").put(what);
}

void abort_requests(Disk& disk) {
  disk.through = 0;
  while (disk.share.busy != 0)
    finish(disk, static_cast<u32>(std::countr_zero(disk.share.busy)), kStatusAborted);
}

// What environments still wait for will not come: submit refuses from here on.
void give_up(Disk& disk, bool quiet) {
  disk.phase = Phase::Failed;
  say(disk, "does not come back from a reset; given up");
  if (!quiet) return;  // it may still write: frames stay pinned for ever
  abort_requests(disk);
  for (u32 queue = 0; queue < kMaxQueues; queue++)
    if (queues[queue].owner != kNoEnv && queues[queue].device == disk.device)
      disk_queue_abort(queue, disk.share);
}

bool is_stalled(const Disk& disk) {
  for (u64 rest = disk.share.busy; rest != 0; rest &= rest - 1)
    if (is_over(disk.share.slots[std::countr_zero(rest)].started, kCommandTicks)) return true;
  return false;
}

void step_reset(Disk& disk) {
  if (disk.transport.ops->status(disk.transport) != 0) {
    if (!is_over(disk.phase_since, kResetTicks)) return;
    const bool on_pci = !disk.transport.is_mmio();
    if (on_pci) disk.transport.function.stop_dma();
    return give_up(disk, on_pci);
  }
  if (!virtio::restart(disk.transport, kWanted, &disk.ring)) return give_up(disk, true);
  abort_requests(disk);
  disk.phase = Phase::Running;
  pump(disk);
}

}  // namespace

void tick(Disk& disk) {
  if (disk.phase == Phase::Failed) return;
  if (disk.phase == Phase::Resetting) return step_reset(disk);
  reap(disk);
  if (!is_stalled(disk)) return;
  say(disk, "a command does not come back; resetting the disk");
  disk.entry().recoveries++;
  disk.phase = Phase::Resetting;
  disk.phase_since = disk_tick;
  disk.transport.ops->set_status(disk.transport, 0);
  step_reset(disk);
}

}  // namespace drivers::virtio_blk
