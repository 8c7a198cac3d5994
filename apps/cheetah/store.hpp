// SPDX-License-Identifier: MIT
// Store: the site's files: what a path means, what is said about a file, and its bytes as pieces to send. In
// front of each file that was sent lies its header, of which only the date changes; with its bytes are their
// checksums. What is kept goes when the file goes.
#pragma once
#include "apps/cheetah/cache.hpp"
#include "http/encoding.hpp"
#include "http/file_head.hpp"
#include "net/checksum.hpp"

namespace cheetah {

static_assert(http::kMaxFileHead <= pack::kHeadroom);

// Kept checksums: so many for each block of the pack, since a run has one more than its steps.
inline constexpr u32 kSumsPerBlock = pack::kBlock / net::kSumStep + 2;

// What a path means.
struct Place {
  enum class Kind : u8 { Missing, Directory, File };
  Kind kind = Kind::Missing;
  bool chosen = false;  // the file stands for another, by Accept-Encoding
  u32 file = 0;
};

template <class Disk>
class Store {
 public:
  constexpr Store() = default;
  // `runs` and `marks`: one for each run and file of the directory, zero. `kept`: room for kSumsPerBlock
  // checksums for each block of the pack, or nullptr for none. `budget`: pages that files may take.
  void start(Disk& disk, const pack::Directory& directory, const pack::Sums& sums, std::span<Run> runs,
             std::span<u8> marks, u16* kept, u64 budget) {
    disk_ = &disk;
    directory_ = directory;
    marks_ = marks;
    kept_ = kept;
    cache_.start(disk, sums, runs, budget);
  }
  // Runs of a large file that are read before they are wanted; and whether the small files that lie behind
  // one that has to be read are read with it.
  void read_ahead(u32 runs, bool together) {
    ahead_ = runs;
    together_ = together;
  }

  const pack::Directory& directory() const { return directory_; }
  const pack::Entry& entry(u32 file) const { return directory_.at(file); }
  Cache<Disk>& cache() { return cache_; }

  Place find(std::string_view path, const http::AcceptEncoding& accept);
  // Fills in what a header says about a file: validators, type, coding, length.
  void describe(u32 file, bool chosen, http::Head& head);

  // Asks for the part of a file where byte `position` is, and soon for what follows.
  Have want(u32 file, u64 position);
  u32 run_of(u32 file, u64 position) const {
    return entry(file).first_run + static_cast<u32>((position + pack::kHeadroom) / kRunBytes);
  }
  // What of bytes [position, end) lies in one part, which is here; `head`: and so much in front of it.
  net::Piece piece(u32 file, u64 position, u64 end, u32 head = 0);
  // Length of the header that lies right in front of the file, with today's date; 0: there is none, or its
  // date cannot be changed just now because it may be on its way to the card (unless `quiet`).
  u32 ready_head(u32 file, bool chosen, u64 wall, http::DateClock& clock, bool quiet);

 private:
  static constexpr u64 kRunBytes = u64{pack::kRunBlocks} * pack::kBlock;
  static constexpr u8 kLooked = 0x80, kStandsForAnother = 0x40;  // marks; and a bit for each alternative

  void expect_followers(u32 file, u32 blocks);
  u8 mark_of(u32 file);
  bool stands_for_another(std::string_view path) const;
  bool is_hot(u32 file) const { return pack::file_blocks(entry(file).length) <= cache_.budget() / 4; }
  u8* first(u32 file) { return disk_->page(entry(file).first_block) + pack::kHeadroom; }
  void make_head(u32 file, bool chosen, u64 wall, Run& run);
  void sum(Run& run) {
    net::make_sums({disk_->page(run.block), run.blocks * u64{pack::kBlock}},
                   kept_ + run.block * kSumsPerBlock);
    run.summed = true;
  }
  void sum_headroom(Run& run);

  Disk* disk_ = nullptr;
  pack::Directory directory_;
  Cache<Disk> cache_;
  std::span<u8> marks_;
  u16* kept_ = nullptr;
  u32 ahead_ = 0;
  bool together_ = false;
};

}  // namespace cheetah

#include "apps/cheetah/impl/store.hpp"  // IWYU pragma: export
