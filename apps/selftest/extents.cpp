// SPDX-License-Identifier: MIT
// Extents split and joined, and handed out by the ownership table at the start of the environment's own.
#include "blk/extents.hpp"
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "blk/queue.hpp"
#include "core/resources.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace selftest {

namespace {

constexpr blk::Owner kMine{0x6d696e65, 1};
constexpr blk::Owner kYours{0x796f757273, 2};

const core::ExtentInfo& whole() { return core::start_info->extent; }
u64 own_blocks() { return kOwnershipBytes / whole().block_size; }
u32 page_blocks() { return static_cast<u32>(kPageSize) / whole().block_size; }

constinit u32 over = 0, failed = 0;
void count(void*, u64, bool ok) {
  over++;
  failed += !ok;
}

bool drain(blk::Queue& queue) {
  const u64 end = core::now() + kPatience;
  while (queue.in_flight() > 0) {
    if (queue.poll({nullptr, count}) > 0) continue;
    if (core::now() > end) return false;
    core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond));
  }
  return true;
}

Outcome split_and_join() {
  constexpr u32 kLow = 100, kHigh = 101;
  const u64 first = whole().first + 1000;
  EXPECT_OK(sys::cap_derive(whole().slot, kLow, kRead | kWrite, first, 100).status);
  EXPECT_OK(sys::cap_derive(whole().slot, kHigh, kRead | kWrite, first + 100, 50).status);
  EXPECT_STATUS(sys::extent_join(kLow, kLow).status, Status::BadArgument);
  EXPECT_STATUS(sys::extent_join(kLow, whole().slot).status, Status::Denied);
  EXPECT_OK(sys::extent_join(kHigh, kLow).status);
  EXPECT_STATUS(sys::cap_drop(kLow).status, Status::BadCap);
  EXPECT_OK(sys::cap_derive(kHigh, kLow, kRead, first, 150).status);
  EXPECT_STATUS(sys::cap_derive(kHigh, 102, kRead, first, 151).status, Status::OutOfRange);
  EXPECT_OK(sys::cap_drop(kLow).status);
  EXPECT_OK(sys::cap_derive(whole().slot, kLow, kRead | kWrite, first + 151, 50).status);
  EXPECT_STATUS(sys::extent_join(kHigh, kLow).status, Status::BadArgument);  // a block between them
  EXPECT_OK(sys::cap_drop(kLow).status);
  EXPECT_OK(sys::cap_derive(whole().slot, kLow, kRead, first + 150, 50).status);
  EXPECT_STATUS(sys::extent_join(kHigh, kLow).status, Status::Denied);  // other rights
  EXPECT_OK(sys::cap_drop(kLow).status);
  EXPECT_OK(sys::cap_drop(kHigh).status);
  return nullptr;
}

Outcome table_is_made_once() {
  EXPECT_STATUS(sys::extent_allocate(whole().slot, 1, 0, 0, 8, 100).status, Status::NotFound);
  EXPECT_STATUS(blk::format_extents(whole().slot, ExtentFormat::Load), Status::NotFound);
  EXPECT_OK(blk::format_extents(whole().slot, ExtentFormat::Create));
  EXPECT_STATUS(blk::format_extents(whole().slot, ExtentFormat::Create), Status::Occupied);
  EXPECT_OK(blk::format_extents(whole().slot, ExtentFormat::Load));
  return nullptr;
}

Outcome blocks_near_a_place() {
  const u64 wanted = whole().first + 3000;
  const auto a = blk::allocate_extent(whole(), kMine, wanted, 64);
  EXPECT_OK(a.status());
  EXPECT(a.value().first == wanted);
  const auto b = blk::allocate_extent(whole(), kYours, wanted + 40, 16);
  EXPECT_OK(b.status());
  EXPECT(b.value().first == wanted + 64);
  const auto c = blk::allocate_extent(whole(), kMine, 0, 8);
  EXPECT_OK(c.status());
  EXPECT(c.value().first == whole().first + own_blocks());
  EXPECT_STATUS(blk::allocate_extent(whole(), kMine, 0, whole().count).status(), Status::NoSpace);
  EXPECT_STATUS(sys::extent_release(whole().slot, wanted, 64).status, Status::Busy);  // held
  EXPECT_OK(blk::forget_extent(a.value()));
  EXPECT_OK(blk::forget_extent(c.value()));
  EXPECT_STATUS(blk::open_extent(whole(), kMine, 2, 0, 0).status(), Status::NotFound);
  const auto again = blk::open_extent(whole(), kMine, 1, wanted, 64);  // the second by its place
  EXPECT_OK(again.status());
  EXPECT_STATUS(sys::cap_derive(again.value().slot, 100, kRead, wanted, 65).status, Status::OutOfRange);
  EXPECT_OK(blk::release_extent(whole(), again.value()));
  EXPECT_OK(blk::release_extent(whole(), b.value()));
  EXPECT_STATUS(sys::extent_release(whole().slot, wanted, 64).status, Status::NotFound);
  return nullptr;
}

// A third of a second queue's worth of data through an extent of the table's, flags and all.
Outcome written_through() {
  const auto extent = blk::allocate_extent(whole(), kMine, whole().first + 4000, 8 * page_blocks());
  EXPECT_OK(extent.status());
  blk::Queue queue;
  EXPECT_OK(queue.open(extent.value()));
  const auto memory = vm::allocate_dma(8);
  EXPECT_OK(memory.status());
  vm::DmaRegion region = memory.value();
  auto* words = reinterpret_cast<volatile u64*>(region.bytes);
  for (u32 i = 0; i < kPageSize; i++) words[i] = i * 3;
  over = failed = 0;
  EXPECT_OK(queue.write_through(0, 8 * page_blocks(), region.bytes, 0));
  EXPECT(drain(queue) && over == 1 && failed == 0);
  for (u32 i = 0; i < kPageSize; i++) words[i] = 0;
  EXPECT_OK(queue.read(0, 8 * page_blocks(), region.bytes, 0));
  EXPECT(drain(queue) && over == 2 && failed == 0);
  for (u32 i = 0; i < kPageSize; i++) EXPECT(words[i] == i * 3);
  EXPECT_OK(queue.close());
  EXPECT_OK(vm::free_dma(region));
  return blk::release_extent(whole(), extent.value()) == Status::Ok ? nullptr : "not released";
}

Outcome table_is_out_of_reach() {
  const auto memory = vm::allocate_dma(1);
  EXPECT_OK(memory.status());
  vm::DmaRegion region = memory.value();
  blk::Queue queue;
  EXPECT_OK(queue.open(whole()));
  for (const u64 block : {0ul, own_blocks() - 1, own_blocks() - page_blocks()}) {
    EXPECT_STATUS(queue.write(block, page_blocks(), region.bytes, 0), Status::Denied);
    EXPECT_STATUS(queue.read(block, page_blocks(), region.bytes, 0), Status::Denied);
  }
  over = failed = 0;
  EXPECT_OK(queue.read(own_blocks(), page_blocks(), region.bytes, 0));
  EXPECT(drain(queue) && over == 1 && failed == 0);
  EXPECT_OK(queue.close());
  EXPECT_OK(vm::free_dma(region));
  return nullptr;
}

// More queues than any disk here has: some of them share, and all of them work.
Outcome more_queues_than_the_device_has() {
  constexpr u32 kQueues = 20;
  static constinit blk::Queue queues[kQueues];
  const auto memory = vm::allocate_dma(kQueues);
  EXPECT_OK(memory.status());
  vm::DmaRegion region = memory.value();
  for (blk::Queue& queue : queues) EXPECT_OK(queue.open(whole()));
  over = failed = 0;
  for (u32 round = 0; round < 40; round++) {
    for (u32 i = 0; i < kQueues; i++) {
      const auto read = [&] {
        return queues[i].read(own_blocks() + i, page_blocks(), region.bytes + i * kPageSize, 0);
      };
      Status status = read();
      if (status == Status::Quota) {  // of commands in flight
        for (blk::Queue& queue : queues) EXPECT(drain(queue));
        status = read();
      }
      EXPECT_OK(status);
    }
  }
  for (blk::Queue& queue : queues) EXPECT(drain(queue));
  EXPECT(over == 40 * kQueues && failed == 0);
  for (blk::Queue& queue : queues) EXPECT_OK(queue.close());
  EXPECT_OK(vm::free_dma(region));
  return nullptr;
}

constexpr Test kTests[] = {
    {"split_and_join", split_and_join},
    {"table_is_made_once", table_is_made_once},
    {"blocks_near_a_place", blocks_near_a_place},
    {"written_through", written_through},
    {"table_is_out_of_reach", table_is_out_of_reach},
    {"more_queues_than_the_device_has", more_queues_than_the_device_has},
};

}  // namespace

// Only with an extent whose blocks may be handed out.
std::span<const Test> extent_tests() {
  if (whole().slot == kNone || (whole().rights & kControl) == 0) return {};
  return kTests;
}

}  // namespace selftest
