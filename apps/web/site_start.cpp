// SPDX-License-Identifier: MIT
// DiskSite before the first request: the pack's header and directory.
#include "apps/web/site.hpp"
#include "core/console.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace web {

namespace {

constexpr u64 kHeaderToken = ~0ul;
constexpr u64 kPatience = 10 * core::kSecond;  // for the disk, at start

Status refuse(pack::Error error) {
  const std::string_view text = pack::describe(error);
  core::Line().text().put("no site on the disk: ").put(text.data(), text.size());
  return Status::BadArgument;
}

}  // namespace

// Reads pages of the arena and waits for them.
Status DiskSite::read_now(u64 first, u64 pages) {
  TRY_STATUS(vm::space().populate(reinterpret_cast<u64>(page(first)), pages));
  header_ok_ = true;
  const u64 deadline = core::now() + kPatience;
  for (u64 done = 0; done < pages || queue_.in_flight() > 0;) {
    const u64 left = pages - done;
    const u32 step = left < kDiskMaxFrames ? static_cast<u32>(left) : kDiskMaxFrames;
    const Status status = left == 0 ? Status::NoSpace : submit(first + done, step, kHeaderToken);
    if (status == Status::Ok) {
      done += step;
    } else if (status != Status::NoSpace) {
      return status;
    } else if (!poll() && queue_.in_flight() > 0) {
      if (core::now() > deadline) return Status::TimedOut;
      core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond));
    }
  }
  return header_ok_ ? Status::Ok : Status::NoDevice;
}

Status DiskSite::read_pack_header(const core::ExtentInfo& extent) {
  const u64 extent_pages = extent.count / scale_;
  TRY_STATUS(read_now(0, 1));
  const pack::Error error = pack::read_superblock({arena_, pack::kBlock}, extent_pages, superblock_);
  if (error != pack::Error::None) return refuse(error);
  TRY_STATUS(read_now(1, superblock_.directory_blocks));
  const u64 bytes = u64{superblock_.directory_blocks} * pack::kBlock;
  const pack::Error bad = directory_.open(superblock_, {page(1), bytes});
  return bad == pack::Error::None ? Status::Ok : refuse(bad);
}

Status DiskSite::start(const core::ExtentInfo& extent, u32 budget) {
  TRY_STATUS(queue_.open(extent));
  scale_ = pack::kBlock / extent.block_size;
  if (scale_ == 0) return Status::BadArgument;
  const u64 most = vm::kWindowPages / 2;
  const u64 pages = extent.count / scale_;
  arena_ = reinterpret_cast<u8*>(TRY(vm::space().reserve(pages < most ? pages : most)));
  TRY_STATUS(read_pack_header(extent));
  if (superblock_.blocks > most) return Status::OutOfRange;
  const u64 table_pages = (directory_.size() * sizeof(File) + kPageSize - 1) / kPageSize + 1;
  const u64 table = TRY(vm::space().reserve(table_pages, vm::Kind::DemandZero));
  table_ = reinterpret_cast<File*>(table);
  const u64 taken = superblock_.directory_blocks + table_pages + 1;
  if (taken >= budget) return Status::Quota;
  budget_ = budget - taken;
  return Status::Ok;
}

}  // namespace web
