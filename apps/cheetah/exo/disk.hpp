// SPDX-License-Identifier: MIT
// Disk: the pack on the environment's extent, as Cache's Disk. The arena has an address for each block of the
// pack; pages are there only for runs that are in memory.
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
  void drop(u64 block, u32 blocks);
  // Tells done(run, ok) of what the disk has finished.
  template <class Done>
  void poll(Done done) {
    queue_.poll(
        {&done, [](void* f, u64 token, bool ok) { (*static_cast<Done*>(f))(static_cast<u32>(token), ok); }});
  }

 private:
  Status submit(u64 block, u32 blocks, u64 token) {
    return queue_.read(block * scale_, blocks * scale_, page(block), token);
  }

  blk::Queue queue_;
  u32 scale_ = 1;  // disk blocks per block of the pack
  u8* arena_ = nullptr;
  u64 pages_ = 0;
  pack::Superblock superblock_ = {};
  pack::Directory directory_;
  pack::Sums sums_;
};

}  // namespace cheetah
