// SPDX-License-Identifier: MIT
// Frames and flushes with the real physical memory and the real CPUs. Environment 1 is used: it does
// not exist yet, and nothing of it is left afterwards.
#include "kernel/arch/x86_64/tlb.hpp"
#include "kernel/core/boot.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/tables.hpp"
#include "tests/guest/kernel/check.hpp"

namespace kernel_test {

namespace {

constexpr u16 kEnv = 1;

// A guest of the frame functions: quota without an environment.
struct Quota {
  Quota() { envs[kEnv].quota[0] = 64; }
  ~Quota() { envs[kEnv].quota[0] = 0; }
};

const char* frames_are_zeroed() {
  const Quota quota;
  const auto first = core::frame_alloc(kEnv, kNone);
  EXPECT(first.ok());
  const u32 frame = first.value();
  physmem[frame][17] = 0x5ec2e7;
  EXPECT(core::frame_free(kEnv, frame) == Status::Ok);
  arch::tlb_flush_local();
  core::frame_release(core::kReleaseBatch);
  const auto again = core::frame_alloc(kEnv, frame);
  EXPECT(again.ok());
  EXPECT(physmem[frame][17] == 0);
  EXPECT(core::frame_free(kEnv, frame) == Status::Ok);
  return nullptr;
}

// A CPU that has not flushed since keeps the frame in quarantine.
const char* a_freed_frame_waits_for_flushes() {
  const Quota quota;
  const auto got = core::frame_alloc(kEnv, kNone);
  EXPECT(got.ok());
  CpuEntry& cpu = cpus[0];
  const u8 held = cpu.holds_user;
  const u64 flushed = cpu.flushed;
  cpu.holds_user = 1;
  EXPECT(core::frame_free(kEnv, got.value()) == Status::Ok);
  cpu.flushed = frames[got.value()].stamp - 1;
  core::frame_release(core::kReleaseBatch);
  const bool waited = frames[got.value()].type == FrameType::Quarantine;
  cpu.flushed = flushed;
  cpu.holds_user = held;
  arch::tlb_flush_local();
  while (core::frame_release(core::kReleaseBatch) != 0) {
  }
  EXPECT(waited);
  EXPECT(frames[got.value()].type == FrameType::Free);
  return nullptr;
}

const char* flushing_records_the_clock() {
  core::clock_advance();
  arch::tlb_flush_local();
  EXPECT(cpus[0].flushed == ledger_header.clock);
  return nullptr;
}

const char* all_memory_is_accounted_for() {
  u64 free = 0, kernel = 0;
  for (u64 i = 0; i < ledger_header.frame_count; i++) {
    const FrameType type = frames[i].type;
    if (type == FrameType::Free || type == FrameType::Quarantine) free++;
    if (type == FrameType::Kernel || type == FrameType::Shared) kernel++;
  }
  EXPECT(free == ledger_header.frames_free);
  EXPECT(kernel > 0);
  return nullptr;
}

const char* invariants_hold() { return core::check_invariants(); }

constexpr Test kTests[] = {
    {"frames-are-zeroed", frames_are_zeroed},
    {"a-freed-frame-waits-for-flushes", a_freed_frame_waits_for_flushes},
    {"flushing-records-the-clock", flushing_records_the_clock},
    {"all-memory-is-accounted-for", all_memory_is_accounted_for},
    {"invariants-hold", invariants_hold},
};

}  // namespace

Tests memory_tests() { return {kTests, sizeof kTests / sizeof kTests[0]}; }

}  // namespace kernel_test
