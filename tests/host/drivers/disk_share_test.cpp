// SPDX-License-Identifier: MIT
// Who goes next at a shared disk queue: environments take turns, whatever number of queues they have.
#include "kernel/drivers/disk_share.hpp"

#include <gtest/gtest.h>

abi::QueueEntry queues[abi::kMaxQueues];

namespace {

using namespace abi;
using drivers::Share;

class DiskShare : public testing::Test {
 protected:
  void SetUp() override {
    for (QueueEntry& queue : queues) queue.owner = kNoEnv;
  }
  void open(u32 queue, u16 env) {
    queues[queue].owner = env;
    share_.waiting |= 1u << queue;
  }
  // The next one takes a slot, and with `finish` it is done at once. Answers its environment, kNoEnv if
  // nobody may.
  u16 go(bool finish = true) {
    const u32 slot = share_.free_slot();
    const u32 queue = slot == kNone ? kNone : share_.next_queue();
    if (queue == kNone) return kNoEnv;
    share_.take(slot, queue, 0, 0);
    if (finish) share_.put(slot);
    return queues[queue].owner;
  }

  Share share_;
};

TEST_F(DiskShare, NobodyWaits) { EXPECT_EQ(share_.next_queue(), kNone); }

TEST_F(DiskShare, OneQueueAgainstMany) {
  open(3, 7);
  for (u32 queue = 10; queue < 20; queue++) open(queue, 9);
  u32 turns = 0;
  for (u32 i = 0; i < 100; i++) turns += go() == 7;
  EXPECT_EQ(turns, 50u);
}

TEST_F(DiskShare, QueuesOfOneEnvironmentInTurn) {
  for (u32 queue = 4; queue < 8; queue++) open(queue, 2);
  u32 turns[kMaxQueues] = {};
  for (u32 i = 0; i < 40; i++) {
    go();
    turns[share_.last]++;
  }
  for (u32 queue = 4; queue < 8; queue++) EXPECT_EQ(turns[queue], 10u);
}

TEST_F(DiskShare, EveryoneInTurn) {
  for (u16 env = 1; env <= 5; env++) open(env * 6u, env);
  u32 turns[kMaxEnvs] = {};
  for (u32 i = 0; i < 50; i++) turns[go()]++;
  for (u32 env = 1; env <= 5; env++) EXPECT_EQ(turns[env], 10u);
}

TEST_F(DiskShare, NoneHasMoreThanItsShareWithTheDevice) {
  open(1, 4);
  for (u32 i = 0; i < drivers::kSharedPerEnv; i++) EXPECT_EQ(go(false), 4);
  EXPECT_EQ(go(false), kNoEnv);
  open(2, 5);  // who comes later still finds room
  for (u32 i = 0; i < drivers::kSharedSlots - drivers::kSharedPerEnv; i++) EXPECT_EQ(go(false), 5);
  EXPECT_EQ(share_.free_slot(), kNone);
  share_.put(0);  // the first of env 4 is done, and its turn has come
  EXPECT_EQ(go(false), 4);
}

TEST_F(DiskShare, TheKernelsSlotIsNotGivenAway) {
  open(1, 4);
  open(2, 5);
  while (go(false) != kNoEnv) {
  }
  EXPECT_EQ(share_.busy >> drivers::kKernelSlot & 1, 0u);
  share_.take_kernel(9);
  EXPECT_EQ(share_.slots[drivers::kKernelSlot].started, 9);
  share_.put(drivers::kKernelSlot);
  EXPECT_EQ(share_.busy >> drivers::kKernelSlot & 1, 0u);
}

}  // namespace
