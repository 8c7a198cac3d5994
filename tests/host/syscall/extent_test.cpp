// SPDX-License-Identifier: MIT
// Calls about the ownership table, with a disk that answers when the test says so: repeated calls, who
// gets an outcome, what is refused, and a disk that fails at every command.
#include <map>

#include "kernel/core/ownership.hpp"
#include "kernel/syscall/disk_table.hpp"
#include "machine.hpp"

namespace test {

class ExtentCall : public Syscall {
 protected:
  static constexpr u32 kManager = 6;  // of env_: all of [1000, 9000)
  static constexpr u64 kStart = 1000, kBlocks = 8000, kFirst = kStart + kOwnershipBytes / kBlockSize;
  std::map<u64, std::vector<u8>> disk_;  // pages by block
  u16 other_ = 0;

  void SetUp() override {
    Syscall::SetUp();
    for (u16 env = 0; env < kMaxEnvs; env++) kernel::disk_table_forget(env);
    ASSERT_EQ(cap_drop(0, kSlotDisk), Status::Ok);  // it could not manage blocks
    const u8 all = kRead | kWrite | kGrant | kCreate | kControl;
    cap_make_root(cap_index(0, 90), CapType::Extent, kDisk, 0, kDiskBlocks, all);
    ASSERT_EQ(cap_derive(0, 90, 91, all, kStart, kBlocks), Status::Ok);
    ASSERT_EQ(cap_grant(0, 91, env_, kManager, all), Status::Ok);
    other_ = make_env(71, 20);
    envs[other_].state = EnvState::Ready;
    ASSERT_EQ(cap_grant(0, 91, other_, kManager, all), Status::Ok);
  }
  void TearDown() override {
    while (one_command(true)) {
    }
    Syscall::TearDown();
  }
  // The disk answers one command. False: there was none.
  bool one_command(bool ok) {
    if (machine.kernel_commands.empty()) return false;
    const Machine::KernelCommand c = machine.kernel_commands.front();
    machine.kernel_commands.erase(machine.kernel_commands.begin());
    auto* const page = static_cast<u8*>(c.page);
    std::vector<u8>& stored = disk_[c.block];
    if (ok && c.op == DiskOp::Read && stored.empty()) std::memset(page, 0, kPageSize);
    if (ok && c.op == DiskOp::Read && !stored.empty()) std::memcpy(page, stored.data(), kPageSize);
    if (ok && c.op == DiskOp::Write) stored.assign(page, page + kPageSize);
    kernel::disk_kernel_done(c.device, ok);
    return true;
  }
  SysResult until_done(u16 env, Call number, const Args& args) {
    for (u32 i = 0; i < 200; i++) {
      const SysResult r = call_as(env, number, args);
      if (r.status != Status::Again) return r;
      one_command(true);
    }
    return {Status::Again, 0};
  }
  Status format(ExtentFormat mode) {
    return until_done(env_, Call::extent_format, {kManager, static_cast<u64>(mode)}).status;
  }
  SysResult allocate(u64 owner, u64 wanted, u64 count, u32 target) {
    return until_done(env_, Call::extent_allocate, {kManager, owner, 0, wanted, count, target});
  }
  // As a reboot: memory knows nothing.
  void forget() { ownership_forget(ownership_table(kDisk)); }
};

TEST_F(ExtentCall, WhatIsRecordedSurvives) {
  EXPECT_EQ(format(ExtentFormat::Load), Status::NotFound);
  EXPECT_EQ(format(ExtentFormat::Create), Status::Ok);
  EXPECT_EQ(allocate(7, 5000, 10, 20).value, 5000u);
  EXPECT_EQ(allocate(7, 5000, 10, 21).value, 4990u);
  EXPECT_EQ(allocate(8, 0, 5, 22).value, kFirst);
  for (u32 slot = 20; slot < 23; slot++) ASSERT_EQ(cap_drop(env_, slot), Status::Ok);
  EXPECT_EQ(until_done(env_, Call::extent_release, {kManager, kFirst, 2}).status, Status::Ok);
  forget();
  EXPECT_EQ(call(Call::extent_open, {kManager, 7, 0, 0, 20}).status, Status::NotFound);
  EXPECT_EQ(format(ExtentFormat::Create), Status::Occupied);
  EXPECT_EQ(call(Call::extent_open, {kManager, 7, 0, 1, 20}).status, Status::Ok);
  EXPECT_EQ(caps[cap_index(env_, 20)].start, 5000u);
  EXPECT_EQ(caps[cap_index(env_, 20)].rights, kRead | kWrite | kGrant);
  EXPECT_EQ(call(Call::extent_open, {kManager, 8, 0, 0, 21}).status, Status::Ok);
  EXPECT_EQ(caps[cap_index(env_, 21)].start, kFirst + 2);
  EXPECT_EQ(caps[cap_index(env_, 21)].count, 3u);
}

TEST_F(ExtentCall, OkComesWhenItIsDurable) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  const Args args{kManager, 7, 0, 5000, 10, 20};
  EXPECT_EQ(call(Call::extent_allocate, args).status, Status::Again);
  EXPECT_EQ(machine.kernel_commands[0].op, DiskOp::Write);
  EXPECT_EQ(extent_tables[0].used, 0u);
  one_command(true);
  EXPECT_EQ(call(Call::extent_allocate, args).status, Status::Again);
  EXPECT_EQ(machine.kernel_commands[0].op, DiskOp::Flush);
  EXPECT_EQ(extent_tables[0].used, 0u);
  EXPECT_EQ(cap_slot_free(env_, 20), Status::Ok);
  one_command(true);
  EXPECT_EQ(machine.woken.back(), env_);
  EXPECT_EQ(call(Call::extent_allocate, args).status, Status::Ok);
  EXPECT_EQ(cap_slot_free(env_, 20), Status::Occupied);
}

TEST_F(ExtentCall, NobodyElseGetsTheOutcome) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  const Args args{kManager, 7, 0, 5000, 10, 20};
  EXPECT_EQ(call(Call::extent_allocate, args).status, Status::Again);
  EXPECT_EQ(call_as(other_, Call::extent_allocate, args).status, Status::Again);
  EXPECT_EQ(call(Call::extent_allocate, {kManager, 7, 0, 5000, 11, 20}).status, Status::Busy);
  while (one_command(true)) {
  }
  EXPECT_EQ(call(Call::extent_allocate, args).value, 5000u);
  // The other one's is another call, and its turn: the first may not go on before it.
  EXPECT_EQ(call(Call::extent_allocate, {kManager, 7, 0, 5000, 10, 21}).status, Status::Again);
  EXPECT_TRUE(machine.kernel_commands.empty());
  EXPECT_EQ(until_done(other_, Call::extent_allocate, args).value, 4990u);
  EXPECT_EQ(allocate(7, 5000, 10, 21).value, 5010u);
}

TEST_F(ExtentCall, ATurnThatNobodyTakesPasses) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  EXPECT_EQ(call(Call::extent_allocate, {kManager, 7, 0, 0, 1, 20}).status, Status::Again);
  EXPECT_EQ(call_as(other_, Call::extent_release, {kManager, kFirst, 1}).status, Status::Again);
  while (one_command(true)) {
  }
  EXPECT_EQ(allocate(7, 0, 1, 20).status, Status::Ok);
  EXPECT_EQ(call(Call::extent_allocate, {kManager, 7, 0, 0, 1, 21}).status, Status::Again);
  for (u32 i = 0; i < 3; i++) kernel::disk_ticked();
  EXPECT_EQ(allocate(7, 0, 1, 21).status, Status::Ok);
}

TEST_F(ExtentCall, OneWhoEndsLeavesItToTheOwner) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  const Args args{kManager, 9, 0, 5000, 10, 20};
  EXPECT_EQ(call_as(other_, Call::extent_allocate, args).status, Status::Again);
  kernel::disk_table_forget(other_);  // as reaping does
  while (one_command(true)) {
  }
  EXPECT_EQ(call(Call::extent_open, {kManager, 9, 0, 0, 20}).status, Status::Ok);
}

TEST_F(ExtentCall, ReleaseWhileHeld) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  ASSERT_EQ(allocate(7, 5000, 10, 20).value, 5000u);
  ASSERT_EQ(allocate(7, 5010, 10, 21).value, 5010u);
  const auto release = [&](u64 start, u64 count) {
    return until_done(env_, Call::extent_release, {kManager, start, count}).status;
  };
  EXPECT_EQ(release(5000, 10), Status::Busy);
  EXPECT_EQ(release(5009, 1), Status::Busy);
  ASSERT_EQ(call(Call::extent_join, {20, 21}).status, Status::Ok);  // covers both: neither is free
  EXPECT_EQ(release(5000, 10), Status::Busy);
  EXPECT_EQ(release(5010, 10), Status::Busy);
  EXPECT_EQ(release(5000, 20), Status::NotFound);  // two stretches
  ASSERT_EQ(cap_drop(env_, 20), Status::Ok);
  EXPECT_EQ(release(4999, 1), Status::NotFound);
  EXPECT_EQ(release(kStart - 1, 1), Status::OutOfRange);
  EXPECT_EQ(release(5000, 10), Status::Ok);
  EXPECT_EQ(release(5000, 10), Status::NotFound);
}

TEST_F(ExtentCall, RightsAndRanges) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  ASSERT_EQ(cap_derive(env_, kManager, 30, kRead | kWrite, kStart, kBlocks), Status::Ok);
  ASSERT_EQ(cap_derive(env_, kManager, 31, kCreate | kRead, 6000, 10), Status::Ok);
  ASSERT_EQ(cap_derive(env_, kManager, 32, kControl | kRead | kWrite, kStart + 1, 500), Status::Ok);
  EXPECT_EQ(call(Call::extent_format, {30, 0}).status, Status::Denied);
  EXPECT_EQ(call(Call::extent_format, {32, 0}).status, Status::Occupied);  // the table begins elsewhere
  ASSERT_EQ(cap_drop(env_, 30), Status::Ok);
  EXPECT_EQ(call(Call::extent_format, {kManager, 3}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::extent_format, {99, 0}).status, Status::BadCap);
  EXPECT_EQ(call(Call::extent_open, {31, 7, 0, 0, 20}).status, Status::Denied);
  EXPECT_EQ(call(Call::extent_release, {32, 1001, 1}).status, Status::Denied);
  EXPECT_EQ(call(Call::extent_allocate, {32, 7, 0, 0, 1, 20}).status, Status::Denied);
  EXPECT_EQ(call(Call::extent_allocate, {31, 7, 0, 0, 11, 20}).status, Status::NoSpace);
  EXPECT_EQ(call(Call::extent_allocate, {31, 0, 0, 0, 1, 20}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::extent_allocate, {31, 7, 0, 0, 1, 31}).status, Status::Occupied);
  EXPECT_EQ(call(Call::extent_allocate, {31, 7, 0, 0, 1, 1000}).status, Status::BadArgument);
  const SysResult r = until_done(env_, Call::extent_allocate, {31, 7, 0, 9000, 10, 20});
  EXPECT_EQ(r.value, 6000u);
  EXPECT_EQ(caps[cap_index(env_, 20)].rights, kRead);
  EXPECT_EQ(call(Call::extent_open, {32, 7, 0, 0, 21}).status, Status::OutOfRange);
  EXPECT_EQ(format(ExtentFormat::Replace), Status::Busy);
  ASSERT_EQ(cap_drop(env_, 20), Status::Ok);
  EXPECT_EQ(format(ExtentFormat::Replace), Status::Ok);
  EXPECT_EQ(extent_tables[0].used, 0u);
}

TEST_F(ExtentCall, CommandsStayOutOfTheTable) {
  EXPECT_FALSE(extent_is_private(kDisk, kStart, 1));
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  EXPECT_FALSE(extent_is_private(kDisk, kFirst, 8));
  EXPECT_TRUE(extent_is_private(kDisk, kFirst - 1, 8));
  EXPECT_TRUE(extent_is_private(kDisk, kStart, 1));
  EXPECT_TRUE(extent_is_private(kDisk, kStart - 4, 5));
  EXPECT_FALSE(extent_is_private(kDisk, kStart - 4, 4));
  EXPECT_TRUE(extent_is_private(kDisk, 0, kDiskBlocks));
  EXPECT_FALSE(extent_is_private(kCard, kStart, 1));
  std::vector<u32> list(kDiskQueueFrames);
  for (u32& frame : list) frame = alloc(env_);
  const SysResult queue = call(Call::disk_queue_open, {kManager, put(list)});
  ASSERT_EQ(queue.status, Status::Ok);
  DiskCommand c{};
  c.extent = kManager;
  c.buffer_cap = kNone;
  c.blocks = 8;
  c.frame_count = 1;
  c.frames[0] = list[0];
  for (const auto op : {DiskOp::Read, DiskOp::Write}) {
    c.op = op;
    for (c.block = kStart; c.block < kFirst; c.block++)
      ASSERT_EQ(call(Call::disk_submit, {queue.value, put(c), 1}).status, Status::Denied);
  }
}

// The n-th command fails, for every n.
TEST_F(ExtentCall, ADiskThatFails) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  const Args args{kManager, 7, 0, 5000, 10, 20};
  for (u32 n = 0; n < 2; n++) {
    ASSERT_EQ(call(Call::extent_allocate, args).status, Status::Again);
    for (u32 i = 0; i < n; i++) one_command(true);
    one_command(false);
    EXPECT_EQ(call(Call::extent_allocate, args).status, Status::DeviceError);
    EXPECT_EQ(call(Call::extent_allocate, args).status, Status::DeviceError);  // until it is loaded again
    EXPECT_EQ(format(ExtentFormat::Load), Status::Ok);
    EXPECT_EQ(extent_tables[0].used, n);  // the write had reached the disk, or not
  }
  EXPECT_EQ(allocate(7, 5000, 5, 20).status, Status::Ok);
}

TEST_F(ExtentCall, PagesThatCannotBeRead) {
  ASSERT_EQ(format(ExtentFormat::Create), Status::Ok);
  for (u32 n = 0; n <= 2 * kExtentPages; n++) {  // one copy is enough
    forget();
    const Args load{kManager, 0};
    ASSERT_EQ(call(Call::extent_format, load).status, Status::Again);
    for (u32 i = 0; i < n; i++) one_command(true);
    one_command(false);
    while (one_command(true)) {
    }
    EXPECT_EQ(call(Call::extent_format, load).status,
              n < 2 * kExtentPages ? Status::Ok : Status::DeviceError);  // the last one is a flush
    ASSERT_EQ(format(ExtentFormat::Load), Status::Ok);
  }
  forget();
  ASSERT_EQ(call(Call::extent_format, {kManager, 1}).status, Status::Again);
  while (one_command(false)) {
  }
  EXPECT_EQ(call(Call::extent_format, {kManager, 1}).status, Status::DeviceError);  // and not a new table
  EXPECT_EQ(format(ExtentFormat::Create), Status::Occupied);
}

TEST_F(ExtentCall, ADiskThatIsBusyOrGone) {
  machine.kernel_io = Status::NoSpace;
  ASSERT_EQ(call(Call::extent_format, {kManager, 1}).status, Status::Again);
  EXPECT_TRUE(machine.kernel_commands.empty());
  machine.kernel_io = Status::Ok;
  kernel::disk_ticked();
  EXPECT_EQ(machine.kernel_commands.size(), 1u);
  while (one_command(true)) {
  }
  EXPECT_EQ(call(Call::extent_format, {kManager, 1}).status, Status::Ok);
  machine.kernel_io = Status::NoDevice;
  EXPECT_EQ(call(Call::extent_allocate, {kManager, 7, 0, 0, 1, 20}).status, Status::Again);
  EXPECT_EQ(call(Call::extent_allocate, {kManager, 7, 0, 0, 1, 20}).status, Status::DeviceError);
  EXPECT_EQ(call(Call::extent_open, {kManager, 7, 0, 0, 20}).status, Status::DeviceError);
}

}  // namespace test
