// SPDX-License-Identifier: MIT
// A disk queue: opened, used and closed; what was written is read again, and commands that must not go
// through.
#include "abi/disk.hpp"
#include "abi/extent.hpp"
#include "apps/fuzzer/op.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace fuzzer {

namespace {

constexpr u32 kBlocks = 64;                              // of the extent, in pages, that are played with
constexpr u64 kFirstPage = kOwnershipBytes / kPageSize;  // one may have the ownership table in front of them
constexpr u64 kPatience = 20 * core::kSecond;

struct {
  u32 number = kNone;
  u32 head = 0, phase = kDiskPhase;
  u32 frames[kDiskQueueFrames] = {};  // indexes
  u64 contents[kBlocks] = {};         // patterns; 0: not known
} constinit disk{};

const core::ExtentInfo& extent() { return core::start_info->extent; }
u32 blocks_per_page() { return static_cast<u32>(kPageSize) / extent().block_size; }
bool resting(const Frame& f) { return at_rest(f) && !is_lent(f) && !f.busy; }
bool viewed(const Frame& f) { return f.viewed; }

void open() {
  if (disk.number != kNone || extent().slot == kNone) return;
  u32 list[kDiskQueueFrames];
  for (u32 i = 0; i < kDiskQueueFrames; i++) {
    const u32 index = random_frame(FrameType::Data, [](const Frame& f) { return resting(f) && f.viewed; });
    if (index == kNoIndex) {
      while (i-- > 0) view(disk.frames[i]);
      return;
    }
    check(index);
    hide(index);
    disk.frames[i] = index;
    list[i] = shadow.frames[index].number;
  }
  const Answer answer = call_until_done(Call::disk_queue_open, extent().slot, address(list));
  const bool open = expect(answer, kRoom | one(Status::NoDevice), "disk_queue_open");
  for (u32 i = 0; i < kDiskQueueFrames; i++) {
    Frame& f = shadow.frames[disk.frames[i]];
    if (open) {
      f.type = i == 0 ? FrameType::Shared : FrameType::Kernel;
      f.known = false;
    }
    if (!open || i == 0) view(disk.frames[i]);
  }
  if (open) disk.number = static_cast<u32>(answer.value), disk.head = 0, disk.phase = kDiskPhase;
}

void open_badly() {
  u32 list[kDiskQueueFrames];
  for (u32& number : list) number = foreign_frame();
  const u32 slot = run.random.one_in(2) ? extent().slot : random_cap();
  expect_refused(call(Call::disk_queue_open, slot, address(list)), "disk_queue_open");
}

void close() {
  if (disk.number == kNone) return;
  hide(disk.frames[0]);
  expect(call_until_done(Call::disk_queue_close, disk.number), kOk, "disk_queue_close");
  disk.number = kNone;
  for (const u32 index : disk.frames) {
    Frame& f = shadow.frames[index];
    f.type = FrameType::Data;
    f.born = ++shadow.clock;
    f.pattern = 0;
    f.known = true;
    view(index);
    check_zero(index);
  }
}

DiskCommand command(DiskOp op, u32 page, u32 frame) {
  DiskCommand made{};
  made.op = op;
  made.id = run.random.below(kDiskDepth);
  made.extent = extent().slot;
  made.buffer_cap = kNone;
  made.block = extent().first + (kFirstPage + page) * blocks_per_page();
  made.blocks = blocks_per_page();
  made.frame_count = 1;
  made.frames[0] = frame;
  return made;
}

// Until the one command in flight is over.
void await() {
  const auto* ring = reinterpret_cast<const volatile DiskCompletion*>(view_address(disk.frames[0]));
  const u64 end = core::now() + kPatience;
  while ((ring[disk.head].status & kDiskPhase) != disk.phase) {
    if (core::now() > end) fail("a disk command does not come back");
    core::sleep(nullptr, 0, core::tsc() + 200000);
  }
  if (ring[disk.head].status >> 1 != 0) fail("a disk command failed", ring[disk.head].status);
  disk.head = (disk.head + 1) % kDiskDepth;
  if (disk.head == 0) disk.phase ^= kDiskPhase;
}

void transfer() {
  const u32 index = random_frame(FrameType::Data, viewed);
  if (disk.number == kNone || index == kNoIndex) return;
  const u32 page = run.random.below(kBlocks);
  Frame& f = shadow.frames[index];
  const bool write = run.random.one_in(2) && f.known && f.pattern != 0;
  const DiskCommand made = command(write ? DiskOp::Write : DiskOp::Read, page, f.number);
  if (!expect(call(Call::disk_submit, disk.number, address(&made), 1), kRoom, "disk_submit")) return;
  await();
  f.busy = true;  // pinned until the kernel has seen the completion too
  if (write) {
    disk.contents[page] = f.pattern;
  } else {
    f.pattern = disk.contents[page];
    f.known = f.pattern != 0 && !is_lent(f);
    check(index);
  }
}

void flush() {
  if (disk.number == kNone) return;
  DiskCommand made = command(DiskOp::Flush, 0, 0);
  made.blocks = made.frame_count = 0;
  if (expect(call(Call::disk_submit, disk.number, address(&made), 1), kRoom, "flush")) await();
}

void transfer_badly() {
  const u32 index = random_frame(FrameType::Data, viewed);
  if (index == kNoIndex) return;
  DiskCommand bad =
      command(run.random.one_in(2) ? DiskOp::Read : DiskOp::Write, 0, shadow.frames[index].number);
  u64 queue = disk.number;
  switch (run.random.below(7)) {
    case 0:
      bad.block = extent().first + extent().count - blocks_per_page() + 1 + run.random.below(1000);
      break;
    case 1:
      bad.block = extent().first - 1 - run.random.below(1000);
      break;
    case 2:
      bad.block = run.random.next() | 1ul << 50;
      break;
    case 3:
      bad.frames[0] = foreign_frame();
      break;
    case 4:
      bad.id = outside32(0, kDiskDepth);
      break;
    case 5:
      bad.frame_count = 2 + run.random.below(60);
      break;
    default:
      queue = outside(0, kMaxQueues);
      break;
  }
  expect_refused(call(Call::disk_submit, queue, address(&bad), 1), "disk_submit");
}

constexpr Op kOps[] = {
    {"open", 2, open},         {"open_badly", 1, open_badly}, {"close", 1, close},
    {"transfer", 3, transfer}, {"flush", 1, flush},           {"transfer_badly", 4, transfer_badly},
};

}  // namespace

std::span<const Op> disk_ops() {
  if (core::start_info->extent.slot == kNone) return {};
  return kOps;
}

}  // namespace fuzzer
