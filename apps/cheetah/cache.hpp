// SPDX-License-Identifier: MIT
// Cache: which runs of the site's files are in memory. A run that is being sent stays; of the others those
// go that were not asked for since the hand last came by (the clock algorithm: asking costs one store).
// A run lies where the pack has it, in an arena as large as the pack, so nothing is ever copied.
//
// Disk has: u8* page(block), the address of a block of the pack; Began begin(run, block, blocks), which
// brings memory there and asks for the bytes; void drop(block, blocks), which takes the memory away.
#pragma once
#include <span>

#include "apps/cheetah/run.hpp"
#include "pack/reader.hpp"

namespace cheetah {

enum class Began : u8 {
  Done,  // the bytes are there already
  Yes,   // Cache::finished will tell
  Busy,  // not now
  Failed,
};

template <class Disk>
class Cache {
 public:
  constexpr Cache() = default;
  // `runs`: one for each of the directory, zero. `budget`: pages that runs may take.
  void start(Disk& disk, const pack::Sums& sums, std::span<Run> runs, u64 budget) {
    disk_ = &disk;
    sums_ = sums;
    runs_ = runs;
    budget_ = budget;
  }

  // Whether a run that nobody is sent stays while there is room; true at first.
  void keep_hot(bool on) { keeps_ = on; }
  // A run whose bytes are there already, outside of the budget, and stay.
  void keep(u32 number, u32 block, u32 blocks) {
    Run& run = runs_[number];
    run.block = block;
    run.blocks = static_cast<u8>(blocks);
    run.users = 1;
    run.state = RunState::Ready;
  }

  Run& at(u32 run) { return runs_[run]; }
  u64 resident() const { return resident_; }
  u64 budget() const { return budget_; }

  // Asks for a run of `blocks` blocks from `block` on. `again`: it is likely to be asked for again.
  Have want(u32 number, u32 block, u32 blocks, bool again) {
    Run& run = runs_[number];
    if (run.state == RunState::Ready) {
      run.referenced = again;
      return Have::Here;
    }
    if (run.state == RunState::Damaged) return Have::Never;
    if (run.state == RunState::Loading) return Have::Later;
    return load(number, block, blocks);
  }
  // Asks for what will be wanted soon; no matter if it cannot be had now.
  void expect(u32 number, u32 block, u32 blocks) {
    if (runs_[number].state == RunState::Absent && blocks <= budget_ / 8) (void)load(number, block, blocks);
  }
  void hold(u32 number) { runs_[number].users++; }
  void release(u32 number) {
    if (--runs_[number].users != 0) return;
    if (starved_) changed_ = true;
    if (!keeps_) let_go(number);
  }

  // The disk is done with a run; `ok`: it says that it read it.
  void finished(u32 number, bool ok) {
    Run& run = runs_[number];
    const u64 bytes = u64{run.blocks} * pack::kBlock;
    changed_ = true;
    if (ok && sums_.intact(number, {disk_->page(run.block), bytes})) {
      run.state = RunState::Ready;
      run.referenced = true;  // until who waits for it has come
      return;
    }
    leave(number);
    disk_->drop(run.block, run.blocks);
    run.state = RunState::Damaged;
    damaged_++;
  }
  u32 damaged() const { return damaged_; }
  // Whether who was told Later may ask again; forgets it.
  bool changed() {
    const bool result = changed_;
    changed_ = false;
    if (result) starved_ = false;
    return result;
  }

 private:
  Have load(u32 number, u32 block, u32 blocks) {
    if (blocks > budget_) return Have::Never;
    if (!make_room(blocks)) {
      starved_ = true;
      return Have::Later;
    }
    Run& run = runs_[number];
    run.block = block;
    run.blocks = static_cast<u8>(blocks);
    run.head = 0;
    run.summed = false;
    const Began began = disk_->begin(number, block, blocks);
    if (began == Began::Failed) return Have::Never;
    if (began == Began::Busy) {
      starved_ = true;
      return Have::Later;
    }
    enter(number);
    run.state = began == Began::Done ? RunState::Ready : RunState::Loading;
    return began == Began::Done ? Have::Here : Have::Later;
  }

  // In the ring right behind the hand: what came last is looked at last.
  void enter(u32 number) {
    Run& run = runs_[number];
    resident_ += run.blocks;
    in_ring_++;
    if (hand_ == 0) {
      hand_ = run.next = run.previous = number + 1;
      return;
    }
    Run& at_hand = runs_[hand_ - 1];
    run.next = hand_;
    run.previous = at_hand.previous;
    runs_[at_hand.previous - 1].next = number + 1;
    at_hand.previous = number + 1;
  }

  void leave(u32 number) {
    Run& run = runs_[number];
    resident_ -= run.blocks;
    in_ring_--;
    if (hand_ == number + 1) hand_ = run.next == hand_ ? 0 : run.next;
    runs_[run.next - 1].previous = run.previous;
    runs_[run.previous - 1].next = run.next;
  }

  void let_go(u32 number) {
    leave(number);
    runs_[number].state = RunState::Absent;
    disk_->drop(runs_[number].block, runs_[number].blocks);
  }

  // Lets runs go until `blocks` fit. False: too much is being sent or read.
  bool make_room(u64 blocks) {
    u32 turned = 0;  // in vain, in a row
    while (resident_ + blocks > budget_) {
      if (hand_ == 0 || turned > 2 * in_ring_) return false;
      const u32 number = hand_ - 1;
      Run& run = runs_[number];
      if (run.state == RunState::Ready && run.users == 0 && !run.referenced) {
        let_go(number);
        turned = 0;
        continue;
      }
      run.referenced = run.referenced && run.users > 0;
      hand_ = run.next;
      turned++;
    }
    return true;
  }

  Disk* disk_ = nullptr;
  pack::Sums sums_;
  std::span<Run> runs_;
  u64 budget_ = 0;
  u64 resident_ = 0;  // pages
  u32 hand_ = 0;      // number + 1 of the next to be looked at; 0: the ring is empty
  u32 in_ring_ = 0;
  u32 damaged_ = 0;
  bool changed_ = false;
  bool starved_ = false;  // somebody waits for room
  bool keeps_ = true;
};

}  // namespace cheetah
