// SPDX-License-Identifier: MIT
#include "apps/cheetah/exo/disk.hpp"

#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace cheetah {

namespace {

constexpr u64 kPatience = 10 * core::kSecond;  // for the disk, at start

u64 address(const u8* p) { return reinterpret_cast<u64>(p); }

Status refuse(pack::Error error) {
  const std::string_view text = pack::describe(error);
  core::Line().text().put("no site on the disk: ").put(text.data(), text.size());
  return Status::BadArgument;
}

}  // namespace

Status Disk::read_now(u64 block, u64 blocks) {
  TRY_STATUS(vm::space().populate(address(page(block)), blocks));
  pages_ += blocks;
  bool good = true;
  const u64 deadline = core::now() + kPatience;
  for (u64 asked = 0; asked < blocks || queue_.in_flight() > 0;) {
    const u64 left = blocks - asked;
    const u32 step = left < kDiskMaxFrames ? static_cast<u32>(left) : kDiskMaxFrames;
    const Status status = left == 0 ? Status::NoSpace : submit(block + asked, step, kNoGroup);
    if (status == Status::Ok) {
      asked += step;
      continue;
    }
    if (status != Status::NoSpace) return status;
    poll([&](u32, bool ok) { good = good && ok; });
    if (queue_.in_flight() == 0) continue;
    if (core::now() > deadline) return Status::TimedOut;
    core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond));
  }
  return good ? Status::Ok : Status::NoDevice;
}

Status Disk::start(const core::ExtentInfo& extent) {
  TRY_STATUS(queue_.open(extent));
  scale_ = pack::kBlock / extent.block_size;
  if (scale_ == 0) return Status::BadArgument;
  constexpr u64 kMost = vm::kWindowPages / 2;
  const u64 blocks = extent.count / scale_;
  arena_ = reinterpret_cast<u8*>(TRY(vm::space().reserve(blocks < kMost ? blocks : kMost)));
  TRY_STATUS(read_now(0, 1));
  const pack::Error error = pack::read_superblock({arena_, pack::kBlock}, blocks, superblock_);
  if (error != pack::Error::None) return refuse(error);
  if (superblock_.blocks > kMost) return Status::OutOfRange;
  const u64 listed = superblock_.directory_blocks, summed = superblock_.sum_blocks;
  TRY_STATUS(read_now(1, listed + summed));
  const pack::Error bad = directory_.open(superblock_, {page(1), listed * pack::kBlock});
  if (bad != pack::Error::None) return refuse(bad);
  const pack::Error wrong = sums_.open(superblock_, {page(1 + listed), summed * pack::kBlock});
  return wrong == pack::Error::None ? Status::Ok : refuse(wrong);
}

u32 Disk::free_group() const {
  for (u32 i = 1; i <= kDiskDepth; i++)
    if (const u32 at = (last_group_ + i) % kDiskDepth; groups_[at].count == 0) return at;
  return kNone;
}

void Disk::send_open() {
  const Group& group = groups_[open_];
  const Status status = submit(group.block, group.blocks, open_);
  if (status == Status::NoSpace || status == Status::Quota) return;  // later
  if (status != Status::Ok) broken_ |= u64{1} << open_;
  open_ = kNone;
}

bool Disk::read_alone(u32 run, u64 block, u8 blocks) {
  const u32 fresh = free_group();
  if (fresh == kNone) return false;
  if (submit(block, blocks, fresh) != Status::Ok) return false;
  groups_[fresh] = {block, run, blocks, 1, {blocks}};
  last_group_ = fresh;
  return true;
}

Began Disk::begin(u32 run, u64 block, u32 blocks) {
  Group* group = open_ != kNone ? &groups_[open_] : nullptr;
  const bool fits = group != nullptr && group->run + group->count == run &&
                    group->block + group->blocks == block && group->blocks + blocks <= kDiskMaxFrames;
  if (!fits) {
    flush();
    const u32 fresh = queue_.in_flight() < kDiskDepth - 1 ? free_group() : kNone;
    if (fresh == kNone || open_ != kNone) return Began::Busy;
    group = &groups_[fresh];
  }
  const Status status = vm::space().populate(address(page(block)), blocks);
  if (status != Status::Ok) {
    drop(block, blocks);
    // Frames that were dropped count until the card and all CPUs have let go of them.
    const bool later = status == Status::NoSpace || status == Status::Quota || status == Status::NoMemory;
    return later ? Began::Busy : Began::Failed;
  }
  if (!fits) {
    *group = {block, run, 0, 0, {}};
    open_ = last_group_ = static_cast<u32>(group - groups_);
  }
  group->blocks += blocks;
  group->each[group->count++] = static_cast<u8>(blocks);
  return Began::Yes;
}

void Disk::drop(u64 block, u32 blocks) {
  const Status status = vm::space().unmap(address(page(block)), blocks);
  if (status != Status::Ok) core::panic("memory of a file cannot be given back", status);
}

}  // namespace cheetah
