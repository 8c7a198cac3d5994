// SPDX-License-Identifier: MIT
// The pager over memory and a disk that are arrays, with every word of every page checked, and the
// number of faults compared with what theory says.
#include "pager/pager.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "pager/policy.hpp"

namespace {

using namespace exo_abi;
using base::Status;
using pager::Cyclic;
using pager::Keep;
using pager::Lru;
using pager::Page;

struct Memory {
  explicit Memory(u32 frames) : value(frames), free(frames) {
    for (u32 i = 0; i < frames; i++) free[i] = i;
  }
  std::vector<u64> value;  // what is in each frame: one word stands for a page
  std::vector<u32> free;
  std::map<u32, u64> disk;
  struct Entry {
    u32 frame;
    bool used, written;
  };
  std::map<u32, Entry> mapped;
  bool broken = false;

  base::Result<u32> take_frame() {
    if (free.empty()) return Status::Quota;
    const u32 frame = free.back();
    free.pop_back();
    return frame;
  }
  void put_frame(u32 frame) { free.push_back(frame); }
  Status map(u32 page, u32 frame) {
    EXPECT_FALSE(mapped.contains(page));
    mapped[page] = {frame, false, false};
    return Status::Ok;
  }
  base::Result<bool> unmap(u32 page, u32 frame) {
    EXPECT_EQ(mapped.at(page).frame, frame);
    const bool written = mapped[page].written;
    mapped.erase(page);
    return written;
  }
  bool was_used(u32 page) { return std::exchange(mapped.at(page).used, false); }
  void clear(u32 page) { value[mapped.at(page).frame] = 0; }
  Status load(u32 page, u32 frame) {
    value[frame] = disk.at(page);
    return broken ? Status::NoDevice : Status::Ok;
  }
  Status save(u32 page, u32 frame) {
    disk[page] = value[frame];
    return broken ? Status::NoDevice : Status::Ok;
  }
};

template <class Policy>
struct Machine {
  Machine(u32 frame_count, u32 page_count, Policy policy)
      : memory(frame_count), pages(page_count), pager(memory, policy, pages) {}
  Memory memory;
  std::vector<Page> pages;
  pager::Pager<Policy, Memory> pager;

  u64& touch(u32 page, bool write) {
    if (!memory.mapped.contains(page)) {
      EXPECT_EQ(pager.bring(page), Status::Ok);
    }
    auto& entry = memory.mapped.at(page);
    entry.used = true;
    entry.written |= write;
    return memory.value[entry.frame];
  }
};

constexpr u32 kPages = 100, kFrames = 60;

// Faults of one round through all pages, after `rounds` before it.
template <class Policy>
u64 faults_of_a_round(Machine<Policy>& machine, u32 rounds = 3) {
  u64 before = 0;
  for (u32 round = 0; round <= rounds; round++) {
    before = machine.pager.counters().faults;
    for (u32 page = 0; page < machine.pages.size(); page++) {
      u64& word = machine.touch(page, true);
      EXPECT_EQ(word, round == 0 ? 0 : page * 1000ul + round - 1);
      word = page * 1000ul + round;
    }
  }
  return machine.pager.counters().faults - before;
}

TEST(Pager, LruMissesEveryPageOfACyclicScan) {
  std::vector<Lru::Links> links(kPages);
  Machine<Lru> machine(kFrames, kPages, Lru(links));
  EXPECT_EQ(faults_of_a_round(machine), kPages);
}

// A round has pages - frames misses on average, or up to one more: frames - 1 of the pages before the
// wanted one stay, and one frame serves all that miss.
TEST(Pager, CyclicMissesWhatDoesNotFit) {
  Machine<Cyclic> machine(kFrames, kPages, Cyclic());
  const u64 faults = faults_of_a_round(machine);
  EXPECT_GE(faults, kPages - kFrames);
  EXPECT_LE(faults, kPages - kFrames + 1);
}

TEST(Pager, NobodyMissesWhatFits) {
  std::vector<Lru::Links> links(kPages);
  Machine<Lru> lru(kPages, kPages, Lru(links));
  EXPECT_EQ(faults_of_a_round(lru), 0);
  Machine<Cyclic> cyclic(kPages, kPages, Cyclic());
  EXPECT_EQ(faults_of_a_round(cyclic), 0);
}

TEST(Pager, LruKeepsWhatIsUsedOften) {
  std::vector<Lru::Links> links(kPages);
  Machine<Lru> machine(10, kPages, Lru(links));
  for (u32 page = 10; page < kPages; page++) {
    machine.touch(page, false);
    machine.touch(3, false);
  }
  EXPECT_EQ(machine.pager.counters().faults, kPages - 10 + 1);
}

TEST(Pager, KeepGivesNothingUp) {
  Machine<Keep> machine(10, kPages, Keep());
  for (u32 page = 0; page < 10; page++) EXPECT_EQ(machine.pager.bring(page), Status::Ok);
  EXPECT_EQ(machine.pager.bring(10), Status::NoMemory);
  EXPECT_EQ(machine.pager.give_back(1, 0), 0u);
}

TEST(Pager, GivesBackAndGoesOn) {
  std::vector<Lru::Links> links(kPages);
  Machine<Lru> machine(kFrames, kPages, Lru(links));
  for (u32 page = 0; page < kPages; page++) machine.touch(page, true) = page + 1;
  EXPECT_EQ(machine.pager.give_back(20, 0), 20u);
  EXPECT_EQ(machine.pager.resident(), kFrames - 20);
  EXPECT_EQ(machine.memory.free.size(), 20u);
  for (u32 page = 0; page < kPages; page++) EXPECT_EQ(machine.touch(page, false), page + 1);
}

TEST(Pager, CleanPagesAreNotWrittenAgain) {
  Machine<Cyclic> machine(10, 20, Cyclic());
  for (u32 page = 0; page < 20; page++) machine.touch(page, true) = page;
  machine.pager.give_back(10, 0);
  const u64 saves = machine.pager.counters().saves;
  for (u32 round = 0; round < 5; round++)
    for (u32 page = 0; page < 20; page++) EXPECT_EQ(machine.touch(page, false), page);
  EXPECT_EQ(machine.pager.counters().saves, saves);
}

TEST(Pager, ForgetsWhatWasTaken) {
  std::vector<Lru::Links> links(4);
  Machine<Lru> machine(4, 4, Lru(links));
  for (u32 page = 0; page < 4; page++) machine.touch(page, true) = page + 1;
  machine.memory.mapped.erase(2);
  machine.pager.lost(2);
  EXPECT_EQ(machine.pager.resident(), 3u);
  machine.memory.put_frame(machine.memory.take_frame().ok() ? 0 : 2);
  EXPECT_EQ(machine.touch(2, false), 0u);  // never stored: zero again
}

TEST(Pager, SaysThatTheDiskFails) {
  Machine<Cyclic> machine(2, 4, Cyclic());
  machine.touch(0, true);
  machine.touch(1, true);
  machine.memory.broken = true;
  EXPECT_EQ(machine.pager.bring(2), Status::NoDevice);
}

TEST(Pager, RandomUseLosesNothing) {
  std::mt19937 random(7);
  std::vector<Lru::Links> links(kPages);
  Machine<Lru> machine(kFrames, kPages, Lru(links));
  std::vector<u64> shadow(kPages);
  for (u32 i = 0; i < 20000; i++) {
    const u32 page = static_cast<u32>(random() % kPages);
    const bool write = random() % 3 == 0;
    u64& word = machine.touch(page, write);
    ASSERT_EQ(word, shadow[page]);
    if (write) word = shadow[page] = random();
    if (random() % 500 == 0) machine.pager.give_back(static_cast<u32>(random() % 20), page);
  }
}

}  // namespace
