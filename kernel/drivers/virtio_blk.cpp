// SPDX-License-Identifier: MIT
// Finding, starting and interrupting disks.
#include "kernel/drivers/virtio_blk.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/report.hpp"
#include "kernel/drivers/virtio_blk_disk.hpp"
#include "kernel/log.hpp"

namespace drivers::virtio_blk {
namespace {

constinit Disk disks[kMaxDisks];
constinit u32 disk_count = 0;
constinit u8 disk_numbers[kMaxDevices] = {};

void on_interrupt(u32 context) {
  Disk& disk = disks[context];
  virtio::acknowledge(disk.transport);
  reap(disk);
}

u32 config32(const Disk& disk, u32 offset) {
  u32 value = 0;
  virtio::read_config(disk.transport, offset, &value, sizeof value);
  return value;
}

// The sizes of the disk and of what it takes. False if a block does not fit into a frame.
bool read_geometry(Disk& disk, u64 features) {
  DeviceEntry& entry = disk.entry();
  u64 sectors = 0;
  virtio::read_config(disk.transport, virtio::kBlkConfigCapacity, &sectors, sizeof sectors);
  entry.block_size = virtio::kSectorBytes;
  if ((features & virtio::kBlkBlockSize) != 0) entry.block_size = config32(disk, virtio::kBlkConfigBlockSize);
  const u32 size = entry.block_size;
  if (size < virtio::kSectorBytes || size > kPageSize || (size & (size - 1)) != 0) return false;
  entry.blocks = sectors / (size / virtio::kSectorBytes);

  disk.longest_piece = kDiskMaxFrames * static_cast<u32>(kPageSize);
  if ((features & virtio::kBlkSizeMax) != 0) disk.longest_piece = config32(disk, virtio::kBlkConfigSizeMax);
  disk.max_segments = kDiskMaxFrames;
  if ((features & virtio::kBlkSegMax) != 0) disk.max_segments = config32(disk, virtio::kBlkConfigSegMax);
  return disk.longest_piece >= kPageSize && disk.max_segments > 0;
}

bool refuse_geometry(const Disk& disk) {
  virtio::stop_device(disk.transport);
  kernel::Log log("disk");
  virtio::put_name(disk.transport, log.text());
  log.text().put(": blocks or segments of a size that does not fit page frames; not used");
  return false;
}

bool start_requests(Disk& disk) {
  if (!virtio::start_queue(disk.transport, 0, Virtqueue::kMaxSize, &disk.ring)) return false;
  constexpr u32 kFrames = kRequests * sizeof(RequestArea) / kPageSize;
  disk.areas = static_cast<u64>(arch::take_kernel_frames(kFrames)) << kPageShift;
  return true;
}

}  // namespace

Disk& disk_of(u16 device) { return disks[disk_numbers[device]]; }

void tick_all() {
  for (u32 i = 0; i < disk_count; i++) tick(disks[i]);
}

bool start(const virtio::Transport& transport, u16 device) {
  if (disk_count == kMaxDisks) {
    kernel::Log("disk").text().put("more virtio disks than this kernel drives, which are ").dec(kMaxDisks);
    return false;
  }
  Disk& disk = disks[disk_count];
  disk.transport = transport;
  disk.device = device;
  u64 features = 0;
  if (!virtio::negotiate(disk.transport, kWanted, &features)) return false;
  disk.indirect = (features & virtio::kRingIndirect) != 0;
  disk.has_flush = (features & virtio::kBlkFlush) != 0;
  disk.entry() = DeviceEntry{};
  if (!read_geometry(disk, features)) return refuse_geometry(disk);
  if (!virtio::start_interrupt(disk.transport, on_interrupt, disk_count) || !start_requests(disk))
    return false;
  disk.entry().type = DeviceType::VirtioBlk;
  disk.entry().max_queues = kMaxQueues;
  disk_numbers[device] = static_cast<u8>(disk_count++);
  virtio::start_device(disk.transport);

  kernel::Log log(DeviceTopic("disk", device).text());
  log.text().put("virtio-blk at ");
  virtio::put_name(disk.transport, log.text());
  put_capacity(disk.entry(), log.text());
  return true;
}

}  // namespace drivers::virtio_blk
