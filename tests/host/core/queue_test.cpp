// SPDX-License-Identifier: MIT
// Disk queues: opening and closing, each check of a command, what is pinned and what is written.
#include "fixture.hpp"

namespace test {

class Queue : public Core {
 protected:
  u16 env_ = 0;
  u32 list_[kDiskQueueFrames] = {};
  u32 queue_ = 0;
  DiskCommand read_{};
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70, 100);
    ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 5, kRead | kWrite), Status::Ok);
    for (u32& frame : list_) frame = alloc(env_);
    queue_ = queue_open(env_, 5, list_).value();
    read_.op = DiskOp::Read;
    read_.id = 17;
    read_.extent = 5;
    read_.buffer_cap = kNone;
    read_.block = 8;
    read_.blocks = 17;  // 8704 bytes: two frames and a bit
    read_.frame_count = 3;
    for (u32 i = 0; i < 3; i++) read_.frames[i] = alloc(env_);
  }
  Status begin() { return queue_begin(env_, queue_, read_); }
  void refused(Status status) {
    EXPECT_EQ(begin(), status);
    EXPECT_EQ(queues[queue_].in_flight, 0u);
    EXPECT_STREQ(check_invariants(), nullptr);
  }
};

TEST_F(Queue, OpenTakesTheFrames) {
  EXPECT_EQ(queues[queue_].owner, env_);
  EXPECT_EQ(queues[queue_].device, kDisk);
  for (u32 i = 0; i < kDiskQueueFrames; i++) {
    EXPECT_EQ(queues[queue_].frames[i], list_[i]);
    EXPECT_EQ(frames[list_[i]].type, i == 0 ? FrameType::Shared : FrameType::Kernel);
    EXPECT_EQ(physmem[list_[i]][100], 0u);
  }
  EXPECT_EQ(envs[env_].used[0], 9u);  // it still pays
}

TEST_F(Queue, OpenErrors) {
  u32 more[kDiskQueueFrames];
  for (u32& frame : more) frame = alloc(env_);
  const auto open = [&](u32 slot = 5) { return queue_open(env_, slot, more).status(); };
  EXPECT_EQ(open(6), Status::BadCap);
  ASSERT_EQ(cap_derive(env_, 5, 6, 0, 0, 1), Status::Ok);
  EXPECT_EQ(open(6), Status::Denied);
  const u32 good = more[5];
  more[5] = more[0];
  EXPECT_EQ(open(), Status::Denied);
  more[5] = list_[0];
  EXPECT_EQ(open(), Status::Denied);
  more[5] = kNone;
  EXPECT_EQ(open(), Status::Denied);
  more[5] = alloc(0);
  EXPECT_EQ(open(), Status::Denied);
  more[5] = good;
  frame_pin(good);
  EXPECT_EQ(open(), Status::Busy);
  frame_unpin(good);
  const Space s = make_space(env_);
  hold_translations(0, ledger_header.clock);
  ASSERT_EQ(page_set(env_, s.first, 0, good, kNone, kRead | kWrite), Status::Ok);
  EXPECT_EQ(open(), Status::Busy);
  ASSERT_EQ(page_clear(env_, s.first, 0), Status::Ok);
  EXPECT_EQ(open(), Status::Again);
  for (u32 frame : more) EXPECT_EQ(frames[frame].type, FrameType::Data);
  flush_all();
  devices[kDisk].type = DeviceType::None;
  EXPECT_EQ(open(), Status::NoDevice);
  devices[kDisk].type = DeviceType::VirtioBlk;
  EXPECT_EQ(open(), Status::Ok);
  for (u32& frame : more) frame = alloc(env_);
  EXPECT_EQ(open(), Status::NoSpace);  // the device has two
}

TEST_F(Queue, CloseGivesTheFramesBack) {
  EXPECT_EQ(queue_close(0, queue_), Status::BadArgument);
  EXPECT_EQ(queue_close(env_, kMaxQueues), Status::BadArgument);
  EXPECT_EQ(queue_close(env_, queue_ + 1), Status::BadArgument);
  ASSERT_EQ(begin(), Status::Ok);
  EXPECT_EQ(queue_can_close(env_, queue_), Status::Busy);
  EXPECT_EQ(queue_close(env_, queue_), Status::Busy);
  ASSERT_EQ(queue_completed(queue_, 17), Status::Ok);
  const Space s = make_space(env_);
  hold_translations(0, ledger_header.clock);
  ASSERT_EQ(page_set(env_, s.first, 0, list_[0], kNone, kRead), Status::Ok);
  EXPECT_EQ(queue_close(env_, queue_), Status::Busy);
  ASSERT_EQ(page_clear(env_, s.first, 0), Status::Ok);
  EXPECT_EQ(queue_close(env_, queue_), Status::Again);
  flush_all();
  EXPECT_EQ(queue_close(env_, queue_), Status::Ok);
  for (u32 frame : list_) {
    EXPECT_EQ(frames[frame].type, FrameType::Data);
    EXPECT_EQ(physmem[frame][5], 0u);
  }
  EXPECT_EQ(queues[queue_].owner, kNoEnv);
  EXPECT_EQ(queue_close(env_, queue_), Status::BadArgument);
}

TEST_F(Queue, ACommandPinsAndListsItsFrames) {
  ASSERT_EQ(begin(), Status::Ok);
  const u64* const words = flight_words(queue_, 17);
  EXPECT_EQ(words, &physmem[list_[3]][32]);  // 17 / 16 = 1, 17 % 16 = 1
  EXPECT_EQ(words[0], static_cast<u64>(read_.frames[1]) << 12);
  EXPECT_EQ(words[1], static_cast<u64>(read_.frames[2]) << 12);
  EXPECT_EQ(FlightWord::frame(words[31]), read_.frames[0]);
  EXPECT_EQ(FlightWord::count(words[31]), 3u);
  for (u32 i = 0; i < 3; i++) EXPECT_EQ(frames[read_.frames[i]].pins, 1u);
  EXPECT_EQ(queues[queue_].in_flight, 1u);
  EXPECT_EQ(frame_free(env_, read_.frames[1]), Status::Busy);
  EXPECT_EQ(cap_drop(env_, 5), Status::Busy);
  EXPECT_EQ(begin(), Status::Occupied);
  queue_submitted(queue_, &read_, 1);
  EXPECT_EQ(queues[queue_].submitted, 1u);
  EXPECT_EQ(queues[queue_].blocks_read, 17u);
  EXPECT_EQ(queue_completed(queue_, 17), Status::Ok);
  EXPECT_EQ(queues[queue_].completed, 1u);
  EXPECT_EQ(queues[queue_].in_flight, 0u);
  for (u32 i = 0; i < 3; i++) EXPECT_EQ(frames[read_.frames[i]].pins, 0u);
  EXPECT_EQ(queue_completed(queue_, 17), Status::BadArgument);  // twice
  EXPECT_EQ(queue_completed(queue_, 64), Status::BadArgument);
  EXPECT_EQ(queue_completed(kMaxQueues, 0), Status::BadArgument);
  EXPECT_EQ(queue_completed(queue_ + 1, 0), Status::BadArgument);
}

TEST_F(Queue, CancelIsAsIfItHadNotBeen) {
  ASSERT_EQ(begin(), Status::Ok);
  queue_cancel(queue_, 17);
  EXPECT_EQ(queues[queue_].submitted + queues[queue_].completed + queues[queue_].in_flight, 0u);
  EXPECT_EQ(begin(), Status::Ok);
}

TEST_F(Queue, TheLargestCommand) {
  read_.blocks = 256;
  read_.frame_count = 32;
  for (u32& frame : read_.frames) frame = alloc(env_);
  ASSERT_EQ(begin(), Status::Ok);
  EXPECT_EQ(FlightWord::count(flight_words(queue_, 17)[31]), 32u);
  EXPECT_EQ(flight_words(queue_, 17)[30], static_cast<u64>(read_.frames[31]) << 12);
  EXPECT_EQ(queue_completed(queue_, 17), Status::Ok);
  read_.blocks = 257;
  refused(Status::BadArgument);
}

TEST_F(Queue, SizesMustFit) {
  const DiskCommand good = read_;
  for (u32 count : {0u, 2u, 4u, 33u, 0xffffffffu}) {
    read_.frame_count = count;
    refused(Status::BadArgument);
  }
  read_ = good;
  read_.blocks = 0;
  read_.frame_count = 0;
  refused(Status::BadArgument);
  read_.op = DiskOp::Flush;
  read_.blocks = 1;
  read_.frame_count = 1;
  refused(Status::BadArgument);
  read_.op = static_cast<DiskOp>(7);
  refused(Status::BadArgument);
  read_ = good;
  read_.id = kDiskDepth;
  refused(Status::BadArgument);
  read_.id = 0xffffffff;
  refused(Status::BadArgument);
}

TEST_F(Queue, RangesAndExtents) {
  read_.block = kDiskBlocks - 16;
  refused(Status::OutOfRange);
  read_.block = ~0ul;
  refused(Status::OutOfRange);
  read_.block = 0;
  read_.extent = 6;
  refused(Status::BadCap);
  ASSERT_EQ(cap_derive(env_, 5, 6, kRead, 0, 17), Status::Ok);
  read_.op = DiskOp::Write;
  refused(Status::Denied);
  read_.op = DiskOp::Flush;
  read_.blocks = 0;
  read_.frame_count = 0;
  refused(Status::Denied);
  read_.extent = 5;
  EXPECT_EQ(begin(), Status::Ok);  // a flush, of nothing
  EXPECT_NE(flight_words(queue_, 17)[31], 0u);
  EXPECT_EQ(begin(), Status::Occupied);
  EXPECT_EQ(queue_completed(queue_, 17), Status::Ok);
}

TEST_F(Queue, BuffersMustBeTheCallersData) {
  const u32 good = read_.frames[2];
  const u16 other = make_env(71);
  for (u32 bad : {alloc(other), kNone, kFrames, kSharedFrame, list_[0], list_[2], frame_lists.free_head,
                  make_table(env_, FrameType::Table1)}) {
    read_.frames[2] = bad;
    refused(Status::Denied);
  }
  EXPECT_EQ(queue_begin(other, queue_, read_), Status::BadArgument);  // not its queue
  EXPECT_EQ(queue_begin(env_, kMaxQueues, read_), Status::BadArgument);
  read_.frames[2] = good;
  read_.frames[1] = good;  // twice is the caller's business
  EXPECT_EQ(begin(), Status::Ok);
  EXPECT_EQ(frames[good].pins, 2u);
  EXPECT_EQ(queue_completed(queue_, 17), Status::Ok);
}

TEST_F(Queue, BuffersByCapability) {
  const u16 other = make_env(71);
  const u32 first = frame_alloc(other, 700).value();
  ASSERT_TRUE(frame_alloc(other, 701).ok());
  ASSERT_TRUE(frame_alloc(other, 702).ok());
  ASSERT_EQ(cap_share(other, 5, first, 3, kRead | kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(other, 5, env_, 7, kRead), Status::Ok);
  read_.buffer_cap = 7;
  read_.op = DiskOp::Write;
  refused(Status::OutOfRange);  // the caller's own frames are not in it
  read_.op = DiskOp::Read;
  for (u32 i = 0; i < 3; i++) read_.frames[i] = first + i;
  refused(Status::Denied);  // reading the disk writes memory
  read_.buffer_cap = 8;
  refused(Status::BadCap);
  ASSERT_EQ(cap_grant(other, 5, env_, 8, kRead | kWrite), Status::Ok);
  EXPECT_EQ(begin(), Status::Ok);
  EXPECT_EQ(frames[first].pins, 1u);
  EXPECT_EQ(frame_free(other, first), Status::Busy);
  EXPECT_EQ(caps[cap_index(env_, 8)].uses, 1u);
  EXPECT_EQ(queue_completed(queue_, 17), Status::Ok);
  EXPECT_EQ(caps[cap_index(env_, 8)].uses, 0u);
  read_.op = DiskOp::Write;
  read_.buffer_cap = 7;
  EXPECT_EQ(begin(), Status::Ok);
  EXPECT_EQ(queue_completed(queue_, 17), Status::Ok);
  ASSERT_EQ(cap_grant(0, kSlotShared, env_, 9, kRead), Status::Ok);
  read_.buffer_cap = 9;
  for (u32 i = 0; i < 3; i++) read_.frames[i] = kSharedFrame + i;
  refused(Status::Denied);  // the kernel's, not data
}

TEST_F(Queue, OneEntryStaysFree) {
  read_.blocks = 1;
  read_.frame_count = 1;
  for (u32 id = 0; id < kDiskDepth - 1; id++) {
    read_.id = id;
    ASSERT_EQ(begin(), Status::Ok);
  }
  read_.id = kDiskDepth - 1;
  EXPECT_EQ(begin(), Status::NoSpace);
  EXPECT_EQ(frames[read_.frames[0]].pins, kDiskDepth - 1);
  for (u32 id = 0; id < kDiskDepth - 1; id++) ASSERT_EQ(queue_completed(queue_, id), Status::Ok);
}

}  // namespace test
