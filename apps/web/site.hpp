// SPDX-License-Identifier: MIT
// DiskSite: the files of a pack (libos/pack) on the environment's extent, read on first request into
// frames that the card then sends from directly. File blocks and cache pages correspond one to one:
// the arena is as large as the pack, and pages are there only for files that were read. When the
// budget is used up, the file that was not asked for the longest goes.
#pragma once
#include "blk/queue.hpp"
#include "http/server.hpp"
#include "pack/reader.hpp"

namespace web {
using namespace abi;
using base::Status;

class DiskSite {
 public:
  // Reads and checks the directory. `budget`: pages that file contents may take. An error is told on
  // the console.
  Status start(const core::ExtentInfo& extent, u32 budget);
  u32 files() const { return directory_.size(); }

  // For http::site_of.
  http::Found find(u64 now, std::string_view path, http::Document& document);
  void done(u64 token);
  // Takes what the disk has finished. True: a file that was asked for is there, or cannot be had.
  bool poll();

 private:
  enum class State : u8 { Absent, Loading, Ready, Damaged };
  struct File {
    u64 used;         // when it was asked for last
    u32 next_block;   // while Loading: the next one to ask the disk for, from the file's start
    u32 outstanding;  // commands on their way
    u32 users;        // responses that send it
    State state;
    bool failed;  // a command failed
  };

  Status read_pack_header(const core::ExtentInfo& extent);
  Status read_now(u64 first, u64 pages);
  Status submit(u64 first, u32 pages, u64 token);
  Status load(u32 index);
  void ask_disk(u32 index);
  void finished(u64 token, bool ok);
  void settle(u32 index);
  bool make_room(u64 pages);
  u8* page(u64 block) const { return arena_ + block * pack::kBlock; }

  blk::Queue queue_;
  u32 scale_ = 1;  // disk blocks per pack block
  pack::Superblock superblock_{};
  pack::Directory directory_;
  u8* arena_ = nullptr;
  File* table_ = nullptr;
  u64 budget_ = 0;
  u64 resident_ = 0;  // pages that files have
  u32 loading_ = 0;   // files
  bool changed_ = false;
  bool starved_ = false;  // a file waits for room
  bool header_ok_ = false;
};

}  // namespace web
