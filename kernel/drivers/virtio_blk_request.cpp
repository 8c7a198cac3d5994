// SPDX-License-Identifier: MIT
// Requests: from a disk command to a descriptor chain, and from a used chain to a completion.
#include <bit>

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/scatter.hpp"
#include "kernel/drivers/virtio_blk.hpp"
#include "kernel/drivers/virtio_blk_disk.hpp"

namespace drivers::virtio_blk {
namespace {

constexpr u32 kStatusOffset = __builtin_offsetof(RequestArea, status);
constexpr u32 kIdOffset = __builtin_offsetof(RequestArea, identifier);
constexpr u32 kTableOffset = __builtin_offsetof(RequestArea, table);
constexpr u8 kUnset = 0xff;  // no status that a device writes

constinit CompletionRing rings[kMaxQueues];

// Without VIRTIO_BLK_F_FLUSH there is no volatile cache (5.2.6.2) and nothing to flush. But every
// command is answered through the ring, so the disk is asked for its name instead.
virtio::BlkType request_type(const Disk& disk, DiskOp op) {
  if (op == DiskOp::Read) return virtio::BlkType::In;
  if (op == DiskOp::Write) return virtio::BlkType::Out;
  return disk.has_flush ? virtio::BlkType::Flush : virtio::BlkType::GetId;
}

// Pieces between header and status byte.
u32 data_pieces(const Disk& disk, const DiskCommand& command, u64 area, virtio::BlkType type, Piece* out) {
  if (type == virtio::BlkType::Flush) return 0;
  if (type == virtio::BlkType::GetId) {
    out[0] = {area + kIdOffset, virtio::kBlkIdBytes, true};
    return 1;
  }
  const u64 bytes = static_cast<u64>(command.blocks) * devices[disk.device].block_size;
  return scatter(command.frames, command.frame_count, bytes, disk.longest_piece, type == virtio::BlkType::In,
                 out);
}

bool enqueue(Disk& disk, const Piece* pieces, u32 count, u64 area, RequestArea& memory, u16* head) {
  if (!disk.indirect) return disk.ring.add(pieces, count, head);
  Virtqueue::fill_table(memory.table, pieces, count);
  return disk.ring.add_table(area + kTableOffset, count, head);
}

void finish(Disk& disk, u16 head) {
  const u8 index = disk.request_of[head];
  const Request request = disk.requests[index];
  const u64 area = disk.areas + index * sizeof(RequestArea);
  const u8 status = arch::phys_to_virt<RequestArea>(area)->status;
  const bool ok = status == virtio::kBlkOk || (request.always_ok && status != kUnset);
  disk.free_requests |= 1ul << index;
  if (!ok) disk.entry().errors++;

  auto* ring = reinterpret_cast<DiskCompletion*>(arch::frame_bytes(queues[request.queue].frames[0]));
  rings[request.queue].post(ring, 0, request.id, ok ? kStatusSuccess : kStatusInternalError);
  kernel::disk_completed(request.queue, request.id, ok);
}

}  // namespace

Status queue_open(u32 queue) {
  rings[queue] = CompletionRing();
  return Status::Ok;
}

Status submit(u32 queue, const DiskCommand& command) {
  Disk& disk = disk_of(queue);
  if (disk.free_requests == 0) return Status::NoSpace;
  const u32 index = static_cast<u32>(std::countr_zero(disk.free_requests));
  const u64 area = disk.areas + index * sizeof(RequestArea);
  RequestArea& memory = *arch::phys_to_virt<RequestArea>(area);
  const virtio::BlkType type = request_type(disk, command.op);
  const u64 sectors_per_block = devices[disk.device].block_size / virtio::kSectorBytes;
  const bool moves_data = type == virtio::BlkType::In || type == virtio::BlkType::Out;
  memory.header = {type, 0, moves_data ? command.block * sectors_per_block : 0};
  memory.status = kUnset;

  Piece pieces[kMaxPieces];
  pieces[0] = {area, sizeof(virtio::BlkHeader), false};
  const u32 data = data_pieces(disk, command, area, type, pieces + 1);
  if (data > disk.max_segments) return Status::BadArgument;
  pieces[1 + data] = {area + kStatusOffset, 1, true};
  u16 head = 0;
  if (!enqueue(disk, pieces, data + 2, area, memory, &head)) return Status::NoSpace;

  disk.free_requests &= ~(1ul << index);
  disk.requests[index] = {queue, static_cast<u16>(command.id), type == virtio::BlkType::GetId};
  disk.request_of[head] = static_cast<u8>(index);
  disk.entry().operations++;
  disk.unpublished = true;
  return Status::Ok;
}

void kick(u32 queue) {
  Disk& disk = disk_of(queue);
  if (!disk.unpublished) return;
  disk.unpublished = false;
  disk.ring.publish();
  if (disk.ring.wants_notice()) virtio::notify(disk.transport, 0);
}

void poll(u32 queue) { reap(disk_of(queue)); }

void reap(Disk& disk) {
  u16 head = 0;
  u32 written = 0;
  for (u32 i = 0; i < kRequests && disk.ring.pop(&head, &written); i++) finish(disk, head);
}

}  // namespace drivers::virtio_blk
