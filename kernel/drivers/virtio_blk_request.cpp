// SPDX-License-Identifier: MIT
// Requests: from a command that waited to a descriptor chain, and from a used chain to a completion.
#include <bit>

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/core/queue.hpp"
#include "kernel/drivers/nvme_command.hpp"
#include "kernel/drivers/scatter.hpp"
#include "kernel/drivers/virtio_blk.hpp"
#include "kernel/drivers/virtio_blk_disk.hpp"

namespace drivers::virtio_blk {
namespace {

constexpr u32 kStatusOffset = __builtin_offsetof(RequestArea, status);
constexpr u32 kIdOffset = __builtin_offsetof(RequestArea, identifier);
constexpr u32 kTableOffset = __builtin_offsetof(RequestArea, table);
constexpr u8 kUnset = 0xff;  // no status that a device writes

// Without VIRTIO_BLK_F_FLUSH there is no volatile cache (5.2.6.2) and nothing to flush. But every
// command is answered through the ring, so the disk is asked for its name instead.
virtio::BlkType request_type(const Disk& disk, u32 opcode) {
  if (opcode == static_cast<u32>(nvme::Io::Read)) return virtio::BlkType::In;
  if (opcode == static_cast<u32>(nvme::Io::Write)) return virtio::BlkType::Out;
  return disk.has_flush ? virtio::BlkType::Flush : virtio::BlkType::GetId;
}

bool moves_data(virtio::BlkType type) { return type == virtio::BlkType::In || type == virtio::BlkType::Out; }

u64 area_of(const Disk& disk, u32 index) { return disk.areas + index * sizeof(RequestArea); }

bool enqueue(Disk& disk, const Piece* pieces, u32 count, u32 index) {
  u16 head = 0;
  const u64 area = area_of(disk, index);
  if (disk.indirect) {
    Virtqueue::fill_table(arch::phys_to_virt<RequestArea>(area)->table, pieces, count);
    if (!disk.ring.add_table(area + kTableOffset, count, &head)) return false;
  } else if (!disk.ring.add(pieces, count, &head)) {
    return false;
  }
  disk.request_of[head] = static_cast<u8>(index);
  disk.unpublished = true;
  return true;
}

// A request with `data` pieces in pieces[1..]; the first and the last are filled in here.
bool start_request(Disk& disk, u32 index, virtio::BlkType type, u64 sector, Piece* pieces, u32 data) {
  const u64 area = area_of(disk, index);
  RequestArea& memory = *arch::phys_to_virt<RequestArea>(area);
  if (type == virtio::BlkType::GetId) pieces[++data] = {area + kIdOffset, virtio::kBlkIdBytes, true};
  memory.header = {type, 0, sector};
  memory.status = kUnset;
  pieces[0] = {area, sizeof(virtio::BlkHeader), false};
  pieces[1 + data] = {area + kStatusOffset, 1, true};
  disk.always_ok &= ~(1ul << index);
  if (type == virtio::BlkType::GetId) disk.always_ok |= 1ul << index;
  return enqueue(disk, pieces, data + 2, index);
}

bool start_flush(Disk& disk, u32 index) {
  Piece pieces[3];
  return start_request(disk, index, request_type(disk, static_cast<u32>(nvme::Io::Flush)), 0, pieces, 0);
}

u64 sector_of(const Disk& disk, u64 block) {
  return block * (devices[disk.device].block_size / virtio::kSectorBytes);
}

// A command in NVMe's form, whose frames are in the books of its queue. False: no descriptors.
bool start_command(Disk& disk, u32 index, u32 queue, const nvme::Command& command) {
  const u32 id = command.opcode >> 16;
  const virtio::BlkType type = request_type(disk, command.opcode & 0xff);
  Piece pieces[kMaxPieces];
  if (!moves_data(type)) return start_request(disk, index, type, 0, pieces, 0);
  const u64 block = command.dword10 | static_cast<u64>(command.dword11) << 32;
  const u64 bytes = ((command.dword12 & 0xffff) + 1ul) * devices[disk.device].block_size;
  const u64* const words = core::flight_words(queue, id);
  const u64 flight = words[core::kFlightWords - 1];
  const auto frame_of = [=](u32 i) {
    return i == 0 ? core::FlightWord::frame(flight) : static_cast<u32>(words[i - 1] >> kPageShift);
  };
  const u32 data = scatter(frame_of, core::FlightWord::count(flight), bytes, disk.longest_piece,
                           type == virtio::BlkType::In, pieces + 1);
  if (!start_request(disk, index, type, sector_of(disk, block), pieces, data)) return false;
  if (type == virtio::BlkType::Out && disk.has_flush && (command.dword12 & nvme::kForceUnitAccess) != 0)
    disk.through |= 1ul << index;
  return true;
}

void publish(Disk& disk) {
  if (!disk.unpublished) return;
  disk.unpublished = false;
  disk.ring.publish();
  if (disk.ring.wants_notice()) virtio::notify(disk.transport, 0);
}

void answered(Disk& disk, u32 index) {
  const u8 status = arch::phys_to_virt<RequestArea>(area_of(disk, index))->status;
  const u64 bit = 1ul << index;
  const bool ok = status == virtio::kBlkOk || ((disk.always_ok & bit) != 0 && status != kUnset);
  const bool flush_follows = (disk.through & bit) != 0;
  disk.through &= ~bit;
  // The descriptors that it used are free now, so a flush finds room.
  if (ok && flush_follows && start_flush(disk, index)) return;
  finish(disk, index, ok && !flush_follows ? kStatusSuccess : kStatusInternalError);
}

}  // namespace

void finish(Disk& disk, u32 index, u16 status) {
  const Share::Slot done = disk.share.slots[index];
  disk.share.put(index);
  if (index == kKernelSlot) {
    kernel::disk_kernel_done(disk.device, status == kStatusSuccess);
  } else {
    disk_queue_finish(done.queue, done.id, status);
  }
}

Status queue_open(u32 queue) {
  disk_queue_start(queue);
  return disk_of(queues[queue].device).phase == Phase::Failed ? Status::NoDevice : Status::Ok;
}

Status submit(u32 queue, const DiskCommand* list, u32 count, u32& done) {
  Disk& disk = disk_of(queues[queue].device);
  done = 0;
  if (disk.phase != Phase::Running) [[unlikely]]
    return disk.phase == Phase::Failed ? Status::NoDevice : Status::NoSpace;
  DiskQueue& q = disk_queues[queue];
  u32 i = 0;
  for (; i < count && list[i].frame_count <= disk.max_segments; i++) {
    nvme::translate(list[i], queues[queue].frames, q.next());
    q.added(list[i].id, disk_tick);
  }
  done = i;
  disk.entry().operations += i;
  q.waiting = static_cast<u16>(q.waiting + i);
  if (i != 0) disk.share.waiting |= 1u << queue;
  pump(disk);
  return i < count ? Status::BadArgument : Status::Ok;
}

void pump(Disk& disk) {
  Share& share = disk.share;
  if (disk.phase != Phase::Running) return;
  while (share.waiting != 0 && (disk.indirect || disk.ring.free_descriptors() >= kMaxPieces + 3)) {
    const u32 slot = share.free_slot();
    const u32 queue = slot == kNone ? kNone : share.next_queue();
    if (queue == kNone) break;
    DiskQueue& q = disk_queues[queue];
    const nvme::Command& command = q.take_waiting();
    if (q.waiting == 0) share.waiting &= ~(1u << queue);
    share.take(slot, queue, command.opcode >> 16, disk_tick);
    if (!start_command(disk, slot, queue, command)) finish(disk, slot, kStatusInternalError);
  }
  publish(disk);
}

void poll(u32 queue) { reap(disk_of(queues[queue].device)); }

void reap(Disk& disk) {
  if (disk.phase != Phase::Running) return;
  u16 head = 0;
  u32 written = 0;
  bool any = false;
  for (u32 i = 0; i < kRequests && disk.ring.pop(&head, &written); i++) {
    answered(disk, disk.request_of[head]);
    any = true;
  }
  if (any) pump(disk);
}

Status kernel_io(u16 device, DiskOp op, u64 block, void* page) {
  Disk& disk = disk_of(device);
  if (disk.phase == Phase::Failed) return Status::NoDevice;
  if (disk.phase != Phase::Running || (disk.share.busy >> kKernelSlot & 1) != 0) return Status::NoSpace;
  Piece pieces[4];
  pieces[1] = {arch::virt_to_phys(page), static_cast<u32>(kPageSize), op == DiskOp::Read};
  const bool started =
      op == DiskOp::Flush
          ? start_flush(disk, kKernelSlot)
          : start_request(disk, kKernelSlot, op == DiskOp::Read ? virtio::BlkType::In : virtio::BlkType::Out,
                          sector_of(disk, block), pieces, 1);
  if (!started) return Status::NoSpace;
  disk.share.take_kernel(disk_tick);
  publish(disk);
  return Status::Ok;
}

}  // namespace drivers::virtio_blk
