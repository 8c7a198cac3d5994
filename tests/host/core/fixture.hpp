// SPDX-License-Identifier: MIT
// A small machine for tests of the core: tables as plain arrays, 2048 frames, two CPUs that hold no
// user translations unless a test says so. Every test ends with all invariants checked.
#pragma once
#include <gtest/gtest.h>

#include "kernel/core/binding.hpp"
#include "kernel/core/boot.hpp"
#include "kernel/core/bpf.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/demux.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/extent.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/queue.hpp"
#include "kernel/core/quota.hpp"
#include "kernel/core/shape.hpp"
#include "kernel/core/slice.hpp"

namespace test {

using namespace core;

inline constexpr u32 kFrames = 2048;
inline constexpr u32 kFirstFrame = 16;     // below: no memory
inline constexpr u32 kSharedFrame = 2024;  // eight frames of the kernel's that may be read
inline constexpr u32 kSharedCount = 8;
inline constexpr u32 kTotal = kFrames - kFirstFrame - kSharedCount;
inline constexpr u16 kDisk = 3;  // device numbers
inline constexpr u16 kCard = 5;
inline constexpr u32 kDiskQueues = 2;
inline constexpr u64 kDiskBlocks = 10'000;
inline constexpr u32 kBlockSize = 512;
inline constexpr u32 kSlotShared = 60;  // slots of the root environment in these tests
inline constexpr u32 kSlotDisk = 61;
inline constexpr u32 kSlotReceive = 62;
inline constexpr u32 kSlotSend = 63;
inline constexpr u32 kSlotSlices = 64;
inline constexpr u32 kSlotConsole = 65;

// The page tables of one address space, for the first 2 MiB.
struct Space {
  u32 top, third, second, first;
};

void boot();
// A child of the root environment; its creator's capability is in `slot`.
u16 make_env(u32 slot, u32 quota = 64);
u32 alloc(u16 env);
u32 make_table(u16 env, FrameType type);
Space make_space(u16 env);
// Configures and starts an environment with a space of its own.
void make_running(u16 env, const Space& space);
EnvConfig make_config(u16 env, const Space& space);

// CPU `number` holds user translations and last flushed when the clock was `flushed`.
void hold_translations(u32 number, u64 flushed);
void flush_all();
// Calls until it is not Again; counts the calls.
Status revoke_all(u16 env, u32 slot, u32* calls = nullptr);
Status reap_all(u16 env, u32* calls = nullptr);

class Core : public testing::Test {
 protected:
  void SetUp() override { boot(); }
  void TearDown() override { EXPECT_STREQ(check_invariants(), nullptr); }
};

}  // namespace test
