// SPDX-License-Identifier: MIT
// Disk commands as the devices see them: NVMe entries, scattered pieces, completion rings.
#include <gtest/gtest.h>

#include <cstring>

#include "kernel/drivers/completion_ring.hpp"
#include "kernel/drivers/nvme_command.hpp"
#include "kernel/drivers/scatter.hpp"

namespace {

using namespace abi;
using drivers::Piece;

constexpr u32 kQueueFrames[kDiskQueueFrames] = {100, 101, 102, 103, 104, 105};

DiskCommand command(DiskOp op, u32 frame_count) {
  DiskCommand c{};
  c.op = op;
  c.id = 5;
  c.block = 0x123456789a;
  c.blocks = frame_count * 8;
  c.frame_count = frame_count;
  for (u32 i = 0; i < frame_count; i++) c.frames[i] = 1000 + 2 * i;
  return c;
}

drivers::nvme::Command translated(const DiskCommand& c, const u32* queue_frames) {
  drivers::nvme::Command entry;
  std::memset(&entry, 0xa5, sizeof entry);  // what the ring held before
  drivers::nvme::translate(c, queue_frames, entry);
  return entry;
}

TEST(NvmeCommand, OneFrameHasNoSecondPointer) {
  const auto entry = translated(command(DiskOp::Read, 1), kQueueFrames);
  EXPECT_EQ(entry.opcode, 5u << 16 | 2);
  EXPECT_EQ(entry.nsid, 1u);
  EXPECT_EQ(entry.prp1, 1000ul * 4096);
  EXPECT_EQ(entry.prp2, 0u);
  EXPECT_EQ(entry.dword10, 0x3456789au);
  EXPECT_EQ(entry.dword11, 0x12u);
  EXPECT_EQ(entry.dword12, 7u);
}

TEST(NvmeCommand, TwoFramesAreNamedDirectly) {
  const auto entry = translated(command(DiskOp::Write, 2), kQueueFrames);
  EXPECT_EQ(entry.opcode & 0xffff, 1u);
  EXPECT_EQ(entry.prp2, 1002ul * 4096);
}

TEST(NvmeCommand, MoreFramesHaveAListOfTheirOwn) {
  for (u32 id = 0; id < kDiskDepth; id++) {
    DiskCommand c = command(DiskOp::Read, 3);
    c.id = id;
    const auto entry = translated(c, kQueueFrames);
    EXPECT_EQ(entry.prp2, (102ul + id / 16) * 4096 + id % 16 * 256);
    EXPECT_LE(entry.prp2 % 4096 + 8 * (kDiskMaxFrames - 1), 4096u);
  }
}

TEST(NvmeCommand, ThroughIsForceUnitAccess) {
  DiskCommand c = command(DiskOp::Write, 1);
  EXPECT_EQ(translated(c, kQueueFrames).dword12 >> 30, 0u);
  c.flags = kDiskThrough;
  EXPECT_EQ(translated(c, kQueueFrames).dword12 >> 30, 1u);
  EXPECT_EQ(translated(c, kQueueFrames).dword12 & 0xffff, c.blocks - 1);
  EXPECT_EQ(translated(c, kQueueFrames).dword15, 0u);
}

TEST(NvmeCommand, FlushHasNoRange) {
  DiskCommand c = command(DiskOp::Flush, 0);
  const auto entry = translated(c, kQueueFrames);
  EXPECT_EQ(entry.opcode, 5u << 16);
  EXPECT_EQ(entry.prp1 | entry.prp2, 0u);
  EXPECT_EQ(entry.dword10 | entry.dword11 | entry.dword12, 0u);
}

TEST(Scatter, NeighboursMerge) {
  const u32 frames[] = {7, 8, 9, 20, 21, 5};
  Piece out[6];
  ASSERT_EQ(drivers::scatter(frames, 6, 5 * 4096 + 512, 1 << 20, true, out), 3u);
  EXPECT_EQ(out[0].physical, 7ul * 4096);
  EXPECT_EQ(out[0].length, 3u * 4096);
  EXPECT_EQ(out[1].physical, 20ul * 4096);
  EXPECT_EQ(out[1].length, 2u * 4096);
  EXPECT_EQ(out[2].physical, 5ul * 4096);
  EXPECT_EQ(out[2].length, 512u);
  EXPECT_TRUE(out[2].device_writes);
}

TEST(Scatter, NoPieceIsLongerThanTheDeviceTakes) {
  const u32 frames[] = {7, 8, 9, 10, 11};
  Piece out[5];
  ASSERT_EQ(drivers::scatter(frames, 5, 5 * 4096, 8192, false, out), 3u);
  EXPECT_EQ(out[0].length, 8192u);
  EXPECT_EQ(out[1].physical, 9ul * 4096);
  EXPECT_EQ(out[2].length, 4096u);
}

TEST(Scatter, ASectorOfOneFrame) {
  const u32 frames[] = {7};
  Piece out[1];
  ASSERT_EQ(drivers::scatter(frames, 1, 512, 4096, false, out), 1u);
  EXPECT_EQ(out[0].length, 512u);
}

// A reader that follows the phase bit, as abi/disk.hpp tells it to, sees every entry once.
TEST(CompletionRing, ReaderFollowsThePhase) {
  DiskCompletion ring[kDiskDepth] = {};
  drivers::CompletionRing writer;
  u32 at = 0;
  u16 phase = 1;
  for (u32 i = 0; i < 5 * kDiskDepth + 3; i++) {
    ASSERT_NE(ring[at].status & kDiskPhase, phase);
    const u16 status = i % 3 == 0 ? drivers::kStatusInternalError : drivers::kStatusSuccess;
    writer.post(ring, 1, static_cast<u16>(i % kDiskDepth), status);
    ASSERT_EQ(ring[at].status & kDiskPhase, phase);
    ASSERT_EQ(ring[at].status & ~kDiskPhase, status);
    ASSERT_EQ(ring[at].id, i % kDiskDepth);
    if (++at == kDiskDepth) {
      at = 0;
      phase ^= 1;
    }
  }
}

// A ring that a device has written is gone on with by the kernel where the device was.
TEST(CompletionRing, GoesOnWhereTheDeviceWas) {
  DiskCompletion ring[kDiskDepth] = {};
  drivers::CompletionRing device, ours;
  for (u16 i = 0; i < kDiskDepth + 5; i++) {
    EXPECT_EQ(ours.find(ring), nullptr);
    device.post(ring, 1, i, drivers::kStatusSuccess);
    ASSERT_NE(ours.find(ring), nullptr);
    EXPECT_EQ(ours.find(ring)->id, i);
    ours.advance();
  }
  EXPECT_EQ(ours.next(), 5);
  ours.post(ring, 1, 9, drivers::kStatusAborted);
  EXPECT_EQ(ring[5].status, drivers::kStatusAborted);  // second pass: phase 0
  EXPECT_EQ(ring[5].id, 9);
}

}  // namespace
