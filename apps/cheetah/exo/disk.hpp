// SPDX-License-Identifier: MIT
// Disk: the pack on the environment's extent, as Cache's Disk. The arena has an address for each block of the
// pack; pages are there only for runs that are in memory. Runs that lie next to each other and are asked for
// one after the other are read by one command.
#pragma once
#include "apps/cheetah/cache.hpp"
#include "blk/queue.hpp"

namespace cheetah {
using base::Status;

class Disk {
 public:
  constexpr Disk() = default;
  // Reads and checks superblock, directory and checksums. What is wrong is told on the console.
  Status start(const core::ExtentInfo& extent);
  const pack::Superblock& superblock() const { return superblock_; }
  const pack::Directory& directory() const { return directory_; }
  const pack::Sums& sums() const { return sums_; }
  u64 pages() const { return pages_; }  // taken by start() and read_now()

  // Reads blocks that stay, and waits for them. They must not be of a run that the cache has.
  Status read_now(u64 block, u64 blocks);

  u8* page(u64 block) const { return arena_ + block * pack::kBlock; }
  Began begin(u32 run, u64 block, u32 blocks);
  // Hands over what begin has gathered. Before every sleep.
  void flush() {
    if (open_ != kNone) send_open();
  }
  void drop(u64 block, u32 blocks);
  // Tells done(run, ok) of what the disk has finished, of at most so many commands. How many there were.
  template <class Done>
  u32 poll(Done done, u32 most = kDiskDepth) {
    struct Both {
      Disk& disk;
      Done& done;
    } both{*this, done};
    for (; broken_ != 0; broken_ &= broken_ - 1)
      finish(static_cast<u32>(__builtin_ctzll(broken_)), false, done);
    return queue_.poll({&both,
                        [](void* p, u64 token, bool ok) {
                          auto& [disk, tell] = *static_cast<Both*>(p);
                          if (token == kNoGroup) return tell(0, ok);
                          disk.finish(static_cast<u32>(token), ok, tell);
                        }},
                       most);
  }

 private:
  // Runs that one command reads. Blocks are the pack's.
  struct Group {
    u64 block;
    u32 run;
    u32 blocks;
    u8 count;  // of runs; 0: free
    u8 each[kDiskMaxFrames];
  };
  static_assert(pack::kRunBlocks <= kDiskMaxFrames && kDiskDepth == 64);
  static constexpr u64 kNoGroup = kDiskDepth;  // token of read_now

  u32 free_group() const;
  void send_open();
  // If one block of a group cannot be read, which one is not known: each run is read again by itself.
  template <class Done>
  void finish(u32 number, bool ok, Done& done) {
    Group group = groups_[number];
    groups_[number].count = 0;
    for (u32 i = 0; i < group.count; i++) {
      const bool again = !ok && group.count > 1 && read_alone(group.run + i, group.block, group.each[i]);
      if (!again) done(group.run + i, ok);
      group.block += group.each[i];
    }
  }
  bool read_alone(u32 run, u64 block, u8 blocks);
  Status submit(u64 block, u32 blocks, u64 token) {
    return queue_.read(block * scale_, blocks * scale_, page(block), token);
  }

  blk::Queue queue_;
  Group groups_[kDiskDepth] = {};
  u32 open_ = kNone;    // the group that is being gathered
  u32 last_group_ = 0;  // where a free one was found
  u64 broken_ = 0;      // bits of groups that the kernel refused
  u32 scale_ = 1;       // disk blocks per block of the pack
  u8* arena_ = nullptr;
  u64 pages_ = 0;
  pack::Superblock superblock_ = {};
  pack::Directory directory_;
  pack::Sums sums_;
};

}  // namespace cheetah
