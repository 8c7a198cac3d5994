// SPDX-License-Identifier: MIT
// One NVMe controller: registers, its admin queue, its I/O queue pairs and who uses them. At boot it is
// waited for; from then on nobody waits: each pair has a state, each state has at most one administrative
// command that leads on, one such command is under way at a time, and ticks see to those that get no
// answer.
#pragma once
#include "kernel/drivers/disk_queue.hpp"
#include "kernel/drivers/disk_share.hpp"
#include "kernel/drivers/disk_time.hpp"
#include "kernel/drivers/msix.hpp"
#include "kernel/drivers/nvme_format.hpp"
#include "kernel/drivers/pci.hpp"

namespace drivers::nvme {

inline constexpr u32 kMaxControllers = 4;
inline constexpr u32 kNoQueue = kMaxQueues;
inline constexpr u32 kSharedPair = 1;             // the kernel's; the others are environments' own
inline constexpr u32 kMaxPairs = kMaxQueues + 1;  // besides pair 0, the admin queue

enum class PairState : u8 {
  Free,
  CreateCompletion,  // what is named here is asked of the controller, now or when its turn comes
  CreateSubmission,
  Live,
  DeleteSubmission,
  DeleteCompletion,
};

struct Pair {
  PairState state = PairState::Free;
  bool fresh = false;        // never Live yet: the device has fetched nothing
  bool unpublished = false;  // the doorbell has not been rung for all entries
  bool aborting = false;     // Live: a command does not come back; `abort_since` is when it was noticed
  bool wants_abort = false;
  u8 vector = 0;  // 0: none yet
  u16 abort_id = 0;
  u16 abort_since = 0;
  u32 queue = kNoQueue;  // index into queues[]
};

enum class Phase : u8 { Running, Disabling, Enabling, Configuring, Failed };

struct Controller {
  pci::Function function;
  Window registers;
  Msix msix;
  u16 device = 0;
  Phase phase = Phase::Running;
  u16 phase_since = 0;
  u32 doorbell_stride = 4;
  u64 timeout_ms = 500;
  u32 max_frames = kDiskMaxFrames;  // per command

  // Admin queue. After boot one command at a time: `admin_pair` says whose, 0: the controller's.
  u64 admin_submission = 0;  // physical
  u16 admin_tail = 0;
  u16 admin_id = 0;
  bool admin_busy = false;
  u16 admin_since = 0;
  u32 admin_pair = 0;
  CompletionRing admin_ring;
  DiskCompletion* admin_completions = nullptr;

  u32 pair_limit = 0;  // pairs 1..pair_limit
  Pair pairs[kMaxPairs + 1];

  // The shared pair: its rings, and whose commands are in it.
  Share share;
  Command* shared_commands = nullptr;
  DiskCompletion* shared_completions = nullptr;
  u16 shared_tail = 0;
  CompletionRing shared_ring;

  u64 doorbell(u32 pair, bool completion) const {
    return kDoorbells + (2 * pair + (completion ? 1 : 0)) * static_cast<u64>(doorbell_stride);
  }
  void ring_submission(u32 pair, u16 tail) const { registers.write<u32>(doorbell(pair, false), tail); }
  void ring_completion(u32 pair, u16 head) const { registers.write<u32>(doorbell(pair, true), head); }

  DeviceEntry& entry() { return devices[device]; }
};

// Where the commands of an environment's queue go: to a pair of its own, or (nullptr) the shared one.
struct Route {
  Controller* controller = nullptr;
  Pair* pair = nullptr;
};
extern Route routes[kMaxQueues];
inline u32 pair_number(const Controller& c, const Pair& pair) { return static_cast<u32>(&pair - c.pairs); }

// ---- nvme_controller.cpp: bringing it up, with waiting. Boot only.
bool reset(Controller& controller);
bool disable(const Controller& controller);
// Runs one admin command and waits for it, `kAdminMs` at most. Its `result` dword may be wanted.
bool run(Controller& controller, const Command& command, u32* result = nullptr);
inline constexpr u64 kAdminMs = 2000;
bool is_ready(const Controller& controller);
void start_enabling(Controller& controller);  // rings empty, CC.EN set

// ---- nvme_admin.cpp: the same without waiting.
Command create_command(const Controller& controller, u32 pair, bool submission);
Command queues_command();  // asks for as many pairs as there can be
void send_admin(Controller& controller, Command command, u32 pair);
// Takes answers, and sends what is next to be sent.
void admin_step(Controller& controller);

// ---- nvme_shared.cpp
void shared_clear(Controller& controller);  // empty rings, before the pair is created
void shared_reap(Controller& controller);
void shared_pump(Controller& controller);   // as many waiting commands as may go
void shared_abort(Controller& controller);  // those with the device end with an error

// ---- nvme_queue.cpp
void reap(Controller& controller, Pair& pair);
void pair_live(Controller& controller, Pair& pair);
// The device has let go of a pair's memory: commands end with an error, its queue goes on by the shared one.
void pair_gone(Controller& controller, Pair& pair);
// Interrupts of pair `pair`, 0 for the admin queue. False: no vector is left.
bool route_interrupt(Controller& controller, u32 pair);

// ---- nvme_recover.cpp
void start_reset(Controller& controller, const char* why);
void tick(Controller& controller);

// The controller that is devices[device], and the one of an interrupt's context.
Controller& controller_of(u16 device);
u32 interrupt_context(const Controller& controller, u32 pair);
Controller& controller_of_interrupt(u32 context);

}  // namespace drivers::nvme
