// SPDX-License-Identifier: MIT
// One NVMe controller: registers, its admin queue, and which of its I/O queue pairs are in use.
#pragma once
#include "kernel/core/tables.hpp"
#include "kernel/drivers/completion_ring.hpp"
#include "kernel/drivers/msix.hpp"
#include "kernel/drivers/nvme_format.hpp"
#include "kernel/drivers/pci.hpp"

namespace drivers::nvme {

inline constexpr u32 kMaxControllers = 4;
inline constexpr u32 kNoQueue = kMaxQueues;

struct Controller {
  pci::Function function;
  Window registers;
  Msix msix;
  u16 device = 0;
  bool failed = false;
  u32 doorbell_stride = 4;
  u64 timeout_ms = 500;
  u32 max_frames = kDiskMaxFrames;  // per command

  // Admin queue.
  u64 admin_submission = 0;  // physical
  u64 admin_completion = 0;
  u16 admin_tail = 0;
  u16 admin_head = 0;
  u16 admin_phase = kDiskPhase;
  u16 admin_id = 0;

  // I/O queue pairs, by identifier 1..queue_limit.
  u32 queue_limit = 0;
  u32 queue_of[kMaxQueues + 1] = {};  // index into queues[], kNoQueue if the pair is not in use
  u8 vector_of[kMaxQueues + 1] = {};  // 0: none yet

  u64 doorbell(u32 pair, bool completion) const {
    return kDoorbells + (2 * pair + (completion ? 1 : 0)) * static_cast<u64>(doorbell_stride);
  }
  void ring_submission(u32 pair, u16 tail) const { registers.write<u32>(doorbell(pair, false), tail); }
  void ring_completion(u32 pair, u16 head) const { registers.write<u32>(doorbell(pair, true), head); }

  DeviceEntry& entry() { return devices[device]; }
};

// Disables the controller, waits, sets up the admin queue, enables it. False: it did not come up.
bool reset(Controller& controller);
// Disables it and waits until it says so.
bool disable(const Controller& controller);

// Runs one admin command and waits for it, `kAdminMs` at most. Its `result` dword may be wanted.
// A command that is not answered makes the controller unusable: see fail().
bool run(Controller& controller, const Command& command, u32* result = nullptr);
inline constexpr u64 kAdminMs = 2000;

// Gives the controller up: no more DMA, every command in flight ends with an error.
void fail(Controller& controller, const char* why);
// The part of it that concerns one queue of `controller` (nvme_queue.cpp).
void abort_queue(u32 queue);

// The controller that is devices[device].
Controller& controller_of(u16 device);
// Context of a queue pair's interrupt, and its handler (nvme_queue.cpp).
u32 interrupt_context(const Controller& controller, u32 pair);
Controller& controller_of_interrupt(u32 context);

}  // namespace drivers::nvme
