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
