// SPDX-License-Identifier: MIT
// Family disk: what reaches the driver, what happens when it refuses, and completions.
#include "machine.hpp"

namespace test {

class DiskCall : public Syscall {
 protected:
  std::vector<u32> list_;
  u32 queue_ = 0;
  std::vector<DiskCommand> commands_;
  void SetUp() override {
    Syscall::SetUp();
    ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 5, kRead | kWrite), Status::Ok);
    list_.resize(kDiskQueueFrames);
    for (u32& frame : list_) frame = alloc(env_);
    const SysResult opened = call(Call::disk_queue_open, {5, put(list_)});
    ASSERT_EQ(opened.status, Status::Ok);
    queue_ = static_cast<u32>(opened.value);
    for (u32 i = 0; i < 4; i++) {
      DiskCommand c{};
      c.op = DiskOp::Write;
      c.id = i;
      c.extent = 5;
      c.buffer_cap = kNone;
      c.blocks = 8;
      c.frame_count = 1;
      c.frames[0] = alloc(env_);
      commands_.push_back(c);
    }
  }
  SysResult submit(u32 count) { return call(Call::disk_submit, {queue_, put(commands_), count}); }
};

TEST_F(DiskCall, SubmitKicksOnce) {
  const SysResult r = submit(4);
  EXPECT_EQ(r.status, Status::Ok);
  EXPECT_EQ(r.value, 4u);
  EXPECT_EQ(machine.commands.size(), 4u);
  EXPECT_EQ(machine.kicked, std::vector<u32>{queue_});
  EXPECT_EQ(queues[queue_].submitted, 4u);
  EXPECT_EQ(queues[queue_].blocks_written, 32u);
  EXPECT_EQ(call(Call::disk_queue_close, {queue_}).status, Status::Busy);
  for (u16 id = 0; id < 4; id++) kernel::disk_completed(queue_, id, true);
  EXPECT_EQ(machine.woken, std::vector<u16>(4, env_));
  kernel::disk_completed(queue_, 0, true);  // a device that says it twice
  kernel::disk_completed(kMaxQueues, 0, true);
  EXPECT_EQ(machine.woken.size(), 4u);
  EXPECT_EQ(call(Call::disk_queue_close, {queue_}).status, Status::Ok);
  EXPECT_EQ(machine.closed, std::vector<u32>{queue_});
  EXPECT_EQ(call(Call::disk_queue_close, {queue_}).status, Status::BadArgument);
}

TEST_F(DiskCall, SubmitUpToTheFirstError) {
  commands_[2].block = kDiskBlocks;
  const SysResult r = submit(4);
  EXPECT_EQ(r.status, Status::OutOfRange);
  EXPECT_EQ(r.value, 2u);
  EXPECT_EQ(machine.commands.size(), 2u);
  EXPECT_EQ(machine.kicked.size(), 1u);
  commands_[0].id = 1;
  EXPECT_EQ(submit(1).status, Status::Occupied);
  EXPECT_EQ(machine.kicked.size(), 1u);  // nothing new to say
  kernel::disk_completed(queue_, 0, true);
  kernel::disk_completed(queue_, 1, true);
}

TEST_F(DiskCall, FramesAreReadAsFarAsACommandHasThem) {
  for (const u32 wanted : {2u, 3u, kDiskMaxFrames}) {
    commands_[1].blocks = wanted * 8;
    commands_[1].frame_count = wanted;
    for (u32 i = 1; i < wanted; i++)
      if (commands_[1].frames[i] == 0) commands_[1].frames[i] = alloc(env_);
    machine.commands.clear();
    ASSERT_EQ(submit(4).value, 4u);
    ASSERT_EQ(machine.commands.size(), 4u);
    for (u32 i = 0; i < wanted; i++) EXPECT_EQ(machine.commands[1].frames[i], commands_[1].frames[i]);
    for (u32 i = 0; i < wanted; i++) EXPECT_EQ(frames[commands_[1].frames[i]].pins, 1u);
    for (u16 id = 0; id < 4; id++) kernel::disk_completed(queue_, id, true);
  }
  commands_[1].frame_count = kDiskMaxFrames + 1;
  EXPECT_EQ(submit(4).status, Status::BadArgument);
  kernel::disk_completed(queue_, 0, true);
}

TEST_F(DiskCall, ACommandAtTheEndOfMemory) {
  constexpr u64 kHead = __builtin_offsetof(DiskCommand, frames) + 2 * sizeof(u32);
  const u64 last = kUserBase + kUserBytes - kHead;
  std::memcpy(machine.user + (last - kUserBase), &commands_[1], kHead);
  std::memcpy(machine.user + (last - sizeof(DiskCommand) - kUserBase), &commands_[0], sizeof(DiskCommand));
  SysResult r = call(Call::disk_submit, {queue_, last - sizeof(DiskCommand), 2});
  EXPECT_EQ(r.status, Status::Ok);
  EXPECT_EQ(r.value, 2u);
  for (u16 id = 0; id < 2; id++) kernel::disk_completed(queue_, id, true);
  DiskCommand more = commands_[1];  // its third frame is not to be read
  more.blocks = 24;
  more.frame_count = 3;
  std::memcpy(machine.user + (last - kUserBase), &more, kHead);
  r = call(Call::disk_submit, {queue_, last - sizeof(DiskCommand), 2});
  EXPECT_EQ(r.status, Status::BadAddress);
  EXPECT_EQ(r.value, 1u);
  EXPECT_EQ(frames[more.frames[0]].pins, 0u);
  EXPECT_EQ(call(Call::disk_submit, {queue_, last, 1}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::disk_submit, {queue_, last + 8, 1}).status, Status::BadAddress);
  kernel::disk_completed(queue_, 0, true);
}

TEST_F(DiskCall, AFullDeviceLeavesNothingPinned) {
  machine.disk_room = 1;
  const SysResult r = submit(3);
  EXPECT_EQ(r.status, Status::NoSpace);
  EXPECT_EQ(r.value, 1u);
  EXPECT_EQ(frames[commands_[1].frames[0]].pins, 0u);
  EXPECT_EQ(queues[queue_].submitted, 1u);
  EXPECT_EQ(queues[queue_].in_flight, 1u);
  kernel::disk_completed(queue_, 0, false);
}

TEST_F(DiskCall, SubmitErrors) {
  EXPECT_EQ(submit(0).status, Status::BadArgument);
  EXPECT_EQ(submit(17).status, Status::BadArgument);
  EXPECT_EQ(call(Call::disk_submit, {queue_ + 1, put(commands_), 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::disk_submit, {queue_, kUserBase + 4, 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::disk_submit, {queue_, 0x1000, 1}).status, Status::BadAddress);
  EXPECT_EQ(call_as(0, Call::disk_submit, {queue_, put(commands_), 1}).status, Status::BadArgument);
  EXPECT_TRUE(machine.commands.empty());
}

TEST_F(DiskCall, ADriverThatRefusesGivesTheFramesBack) {
  for (u32& frame : list_) frame = alloc(env_);
  machine.open_status = Status::NoSpace;
  EXPECT_EQ(call(Call::disk_queue_open, {5, put(list_)}).status, Status::NoSpace);
  for (u32 frame : list_) EXPECT_EQ(frames[frame].type, FrameType::Data);
  EXPECT_EQ(call(Call::disk_queue_open, {5, kUserBase + 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::disk_queue_open, {6, put(list_)}).status, Status::BadCap);
}

TEST_F(DiskCall, OpenWaitsForFlushes) {
  for (u32& frame : list_) frame = alloc(env_);
  hold_translations(1, 0);
  ASSERT_EQ(page_set(env_, space_.first, 0, list_[3], kNone, kRead | kWrite), Status::Ok);
  ASSERT_EQ(page_clear(env_, space_.first, 0), Status::Ok);
  EXPECT_EQ(call(Call::disk_queue_open, {5, put(list_)}).status, Status::Again);
  EXPECT_EQ(machine.flush_requests, 1u);
  machine.others_flush = true;
  EXPECT_EQ(call(Call::disk_queue_open, {5, put(list_)}).status, Status::Ok);
}

}  // namespace test
