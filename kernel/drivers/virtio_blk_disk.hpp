// SPDX-License-Identifier: MIT
// The state of one disk, shared by its start and its requests.
#pragma once
#include "kernel/core/tables.hpp"
#include "kernel/drivers/completion_ring.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/virtio_transport.hpp"

namespace drivers::virtio_blk {

inline constexpr u32 kMaxDisks = 4;
inline constexpr u32 kRequests = 64;                   // in flight on one disk, over all its queues
inline constexpr u32 kMaxPieces = 2 + kDiskMaxFrames;  // header, data, status byte

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

struct Request {
  u32 queue = 0;
  u16 id = 0;
  bool always_ok = false;
};

struct Disk {
  virtio::Transport transport;
  Virtqueue ring;
  u16 device = 0;
  bool indirect = false;
  bool has_flush = false;
  bool unpublished = false;
  u32 longest_piece = 0;     // bytes
  u32 max_segments = 0;      // data pieces per request
  u64 areas = 0;             // physical, one RequestArea per request
  u64 free_requests = ~0ul;  // bit i: requests[i] and its area are free
  Request requests[kRequests];
  u8 request_of[Virtqueue::kMaxSize] = {};  // by chain head

  DeviceEntry& entry() { return devices[device]; }
};
static_assert(kRequests == 64);

// Gives finished requests back to their owners; a bounded number.
void reap(Disk& disk);
Disk& disk_of(u32 queue);

}  // namespace drivers::virtio_blk
