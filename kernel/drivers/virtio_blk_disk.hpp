// SPDX-License-Identifier: MIT
// The state of one disk, shared by its start, its requests and its recovery. Request i is slot i of the
// disk's share.
#pragma once
#include "kernel/core/tables.hpp"
#include "kernel/drivers/disk_queue.hpp"
#include "kernel/drivers/disk_share.hpp"
#include "kernel/drivers/disk_time.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/virtio_transport.hpp"

namespace drivers::virtio_blk {

inline constexpr u32 kMaxDisks = 4;
inline constexpr u32 kRequests = 64;                   // areas, of which kKernelSlot + 1 are used
inline constexpr u32 kMaxPieces = 2 + kDiskMaxFrames;  // header, data, status byte
inline constexpr u64 kWanted = virtio::kRingIndirect | virtio::kBlkSizeMax | virtio::kBlkSegMax |
                               virtio::kBlkBlockSize | virtio::kBlkFlush;

// Kernel memory of one request in flight.
struct RequestArea {
  virtio::BlkHeader header;
  u8 status;
  u8 unused[7];
  u8 identifier[virtio::kBlkIdBytes];  // where GetId goes
  u8 unused2[20];
  Descriptor table[kMaxPieces];  // where the device takes indirect descriptors
  u8 unused3[1024 - 64 - 16 * kMaxPieces];
};
static_assert(sizeof(RequestArea) == 1024 && __builtin_offsetof(RequestArea, table) == 64);

enum class Phase : u8 { Running, Resetting, Failed };

struct Disk {
  virtio::Transport transport;
  Virtqueue ring;
  u16 device = 0;
  Phase phase = Phase::Running;
  u16 phase_since = 0;
  bool indirect = false;
  bool has_flush = false;
  bool unpublished = false;
  u32 longest_piece = 0;  // bytes
  u32 max_segments = 0;   // data pieces per request
  u64 areas = 0;          // physical, one RequestArea per request
  Share share;
  u64 through = 0;    // bit i: when request i, a write, is done, a flush follows before it is over
  u64 always_ok = 0;  // bit i: whatever the device answers to request i
  u8 request_of[Virtqueue::kMaxSize] = {};  // by chain head

  DeviceEntry& entry() { return devices[device]; }
};

Disk& disk_of(u16 device);
// Ends a request: tells its owner, and its slot is free.
void finish(Disk& disk, u32 index, u16 status);
// Gives finished requests back to their owners, a bounded number, and starts what waits.
void reap(Disk& disk);
void pump(Disk& disk);
// A command came back too late or never: reset and begin again, step by step (virtio_blk_recover.cpp).
void tick(Disk& disk);

}  // namespace drivers::virtio_blk
