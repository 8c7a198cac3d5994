// SPDX-License-Identifier: MIT
// The environment's own disk queue and the borders of its extent.
#include "apps/selftest/test.hpp"
#include "blk/queue.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace selftest {

namespace {

constinit blk::Queue queue{};
constinit vm::DmaRegion buffer{};
constinit u64 finished = 0, failed = 0;

constexpr u32 kPages = 64;
void over(void*, u64, bool ok) {
  finished++;
  failed += !ok;
}

// Waits until everything in flight is over.
bool drain() {
  const u64 end = core::now() + kPatience;
  while (queue.in_flight() > 0) {
    if (queue.poll({nullptr, over}) > 0) continue;
    if (core::now() > end) return false;
    core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond));
  }
  return true;
}

Outcome open_queue() {
  EXPECT_OK(queue.open(core::start_info->extent));
  const auto region = vm::allocate_dma(kPages);
  EXPECT_OK(region.status());
  buffer = region.value();
  EXPECT(queue.blocks() * queue.block_size() >= kPages * kPageSize);
  return nullptr;
}

// Page p of the extent into page p of the buffer; waits for room in the queue.
Status read_page(u64 p) {
  const u32 per_page = static_cast<u32>(kPageSize) / queue.block_size();
  for (;;) {
    const Status status = queue.read(p * per_page, per_page, buffer.bytes + p * kPageSize, p);
    if (status != Status::NoSpace) return status;
    if (!drain()) return Status::TimedOut;
  }
}

u64 pattern(u64 block, u64 word) { return block * 0x9e3779b97f4a7c15 + word; }

Outcome write_flush_read() {
  const u32 per_page = static_cast<u32>(kPageSize) / queue.block_size();
  auto* words = reinterpret_cast<u64*>(buffer.bytes);
  constexpr u64 kWords = kPageSize / 8;
  for (u64 p = 0; p < kPages; p++)
    for (u64 w = 0; w < kWords; w++) words[p * kWords + w] = pattern(p, w);
  finished = failed = 0;
  for (u64 p = 0; p < kPages; p += 16)
    EXPECT_OK(queue.write(p * per_page, 16 * per_page, buffer.bytes + p * kPageSize, p));
  EXPECT(drain() && failed == 0);
  EXPECT_OK(queue.flush(0));
  EXPECT(drain() && failed == 0);
  for (u64 w = 0; w < kPages * kWords; w++) words[w] = 0;
  for (u64 p = 0; p < kPages; p++)  // in another order and size
    EXPECT_OK(read_page(kPages - 1 - p));
  EXPECT(drain() && failed == 0);
  for (u64 p = 0; p < kPages; p++)
    for (u64 w = 0; w < kWords; w++) EXPECT(words[p * kWords + w] == pattern(p, w));
  return nullptr;
}

// A raw command, past what blk::Queue checks itself.
Status submit(u64 block, u32 frame, u32 extent, u32 id = 0) {
  DiskCommand command{};
  command.op = DiskOp::Read;
  command.id = id;
  command.extent = extent;
  command.buffer_cap = kNone;
  command.block = block;
  command.blocks = static_cast<u32>(kPageSize) / queue.block_size();
  command.frame_count = 1;
  command.frames[0] = frame;
  return sys::disk_submit(0, &command, 1).status;
}

Outcome extent_borders() {
  const core::ExtentInfo& extent = core::start_info->extent;
  EXPECT_STATUS(queue.read(queue.blocks(), 1, buffer.bytes, 0), Status::OutOfRange);
  EXPECT(submit(extent.first - 1, buffer.frame(0), extent.slot) != Status::Ok);
  EXPECT(submit(extent.first + extent.count, buffer.frame(0), extent.slot) != Status::Ok);
  EXPECT(submit(extent.first + extent.count - 1, buffer.frame(0), extent.slot) != Status::Ok);  // across
  EXPECT(submit(~0ul, buffer.frame(0), extent.slot) != Status::Ok);
  EXPECT(submit(extent.first, 0, extent.slot) != Status::Ok);
  EXPECT(submit(extent.first, buffer.frame(0), 99) != Status::Ok);
  return nullptr;
}

Outcome many_in_flight() {
  finished = failed = 0;
  for (u64 i = 0; i < 500; i++) EXPECT_OK(read_page(i % kPages));
  EXPECT(drain() && failed == 0);
  EXPECT(finished == 500);
  return nullptr;
}

Outcome close_and_open_again() {
  EXPECT_OK(queue.close());
  EXPECT_OK(queue.open(core::start_info->extent));
  finished = failed = 0;
  EXPECT_OK(queue.read(0, static_cast<u32>(kPageSize) / queue.block_size(), buffer.bytes, 1));
  EXPECT(drain() && finished == 1 && failed == 0);
  EXPECT(reinterpret_cast<u64*>(buffer.bytes)[1] == pattern(0, 1));
  EXPECT_OK(queue.close());
  EXPECT_OK(vm::free_dma(buffer));
  return nullptr;
}

constexpr Test kTests[] = {
    {"open_queue", open_queue},
    {"write_flush_read", write_flush_read},
    {"extent_borders", extent_borders},
    {"many_in_flight", many_in_flight},
    {"close_and_open_again", close_and_open_again},
};

}  // namespace

// A machine without a disk has nothing to test here; root has said so.
std::span<const Test> disk_tests() {
  if (core::start_info->extent.slot == kNone) return {};
  return kTests;
}

}  // namespace selftest
