// SPDX-License-Identifier: MIT
// Frames, page-table entries, and the address space that vm makes of them.
#include "apps/selftest/test.hpp"
#include "core/resources.hpp"
#include "vm/vm.hpp"

namespace selftest {

namespace {

constexpr u64 kPages = 8;

volatile u8* bytes(u64 address) { return reinterpret_cast<volatile u8*>(address); }

bool all_zero(const volatile u8* page) {
  for (u64 i = 0; i < kPageSize; i++)
    if (page[i] != 0) return false;
  return true;
}

Outcome frames_come_zeroed() {
  const auto first = vm::allocate_dma(kPages);
  EXPECT_OK(first.status());
  for (u64 i = 0; i < kPages * kPageSize; i++) first.value().bytes[i] = 0xee;
  EXPECT_OK(vm::free_dma(first.value()));
  // Whatever frames come now, among them those just freed, hold nothing of what was there.
  for (int round = 0; round < 4; round++) {
    const auto again = vm::allocate_dma(kPages);
    EXPECT_OK(again.status());
    for (u64 p = 0; p < kPages; p++) EXPECT(all_zero(again.value().bytes + p * kPageSize));
    again.value().bytes[0] = 1;
    EXPECT_OK(vm::free_dma(again.value()));
  }
  return nullptr;
}

Outcome frame_alloc_distinct() {
  u32 frames[64];
  EXPECT_OK(core::take_frames(frames, 64));
  for (u32 i = 0; i < 64; i++)
    for (u32 k = 0; k < i; k++) EXPECT(frames[i] != frames[k]);
  EXPECT_OK(core::put_frames(frames, 64));
  return nullptr;
}

Outcome frame_alloc_by_name() {
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  u32 out = kNone;
  EXPECT_STATUS(sys::frame_alloc(kSlotSelf, frame, 1, &out).status, Status::NoMemory);
  EXPECT_STATUS(sys::frame_alloc(kSlotSelf, kNone, 0, &out).status, Status::BadArgument);
  EXPECT_STATUS(sys::frame_alloc(kSlotSelf, kNone, 65, &out).status, Status::BadArgument);
  EXPECT_STATUS(sys::frame_alloc(kSlotSelf, 1u << 30, 1, &out).status, Status::BadArgument);
  EXPECT_OK(core::put_frames(&frame, 1));
  return nullptr;
}

Outcome frame_free_errors() {
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT_OK(core::put_frames(&frame, 1));
  EXPECT_STATUS(core::put_frames(&frame, 1), Status::Denied);
  const auto dma = vm::allocate_dma(1);
  EXPECT_OK(dma.status());
  const u32 mapped = dma.value().frame(0);
  EXPECT_STATUS(core::put_frames(&mapped, 1), Status::Busy);
  EXPECT_OK(vm::free_dma(dma.value()));
  const u32 root = core::start_info->root_table;
  EXPECT(core::put_frames(&root, 1) != Status::Ok);
  return nullptr;
}

Outcome frame_retype_is_one_way() {
  const auto table = core::take_table(1);
  EXPECT_OK(table.status());
  const u32 frame = table.value();
  const u32 data = static_cast<u32>(FrameType::Data);
  EXPECT_STATUS(sys::frame_retype(kSlotSelf, frame, data).status, Status::BadArgument);
  EXPECT(sys::frame_retype(kSlotSelf, frame, static_cast<u32>(FrameType::Table2)).status != Status::Ok);
  const u64 address = vm::space().reserve(1).value();
  EXPECT_STATUS(vm::space().map(address, {frame}), Status::Denied);
  EXPECT_OK(vm::space().release(address));
  EXPECT_OK(core::put_frames(&frame, 1));
  return nullptr;
}

Outcome page_update_errors() {
  const auto table = core::take_table(1);
  const auto frame = core::take_frame();
  EXPECT(table.ok() && frame.ok());
  const auto step = [&](u32 slot, u32 target, PageAction action, u32 rights) {
    const PageUpdate update{table.value(), slot, target, kNone, action, rights};
    return sys::page_update(kSlotSelf, &update, 1).status;
  };
  EXPECT_OK(step(3, frame.value(), PageAction::Set, kRead | kWrite));
  EXPECT_STATUS(step(3, frame.value(), PageAction::Set, kRead), Status::Occupied);
  EXPECT_STATUS(step(4, frame.value(), PageAction::Clear, 0), Status::BadArgument);
  EXPECT_STATUS(step(512, frame.value(), PageAction::Set, kRead), Status::BadArgument);
  EXPECT_STATUS(step(5, frame.value(), PageAction::Set, kWrite), Status::BadArgument);
  EXPECT_STATUS(step(5, 0, PageAction::Set, kRead), Status::Denied);
  EXPECT_STATUS(step(5, table.value(), PageAction::Set, kRead | kWrite), Status::Denied);
  EXPECT_OK(step(3, frame.value(), PageAction::Clear, 0));
  const u32 both[2] = {frame.value(), table.value()};
  core::flush();
  EXPECT_OK(core::put_frames(both, 2));
  return nullptr;
}

Outcome page_update_stops_at_error() {
  const auto table = core::take_table(1);
  const auto frame = core::take_frame();
  EXPECT(table.ok() && frame.ok());
  const u32 t = table.value(), f = frame.value();
  const PageUpdate batch[3] = {{t, 0, f, kNone, PageAction::Set, kRead},
                               {t, 0, f, kNone, PageAction::Set, kRead},
                               {t, 1, f, kNone, PageAction::Set, kRead}};
  const SysResult result = sys::page_update(kSlotSelf, batch, 3);
  EXPECT_STATUS(result.status, Status::Occupied);
  EXPECT(result.value == 1);
  const PageUpdate undo{t, 0, f, kNone, PageAction::Clear, 0};
  EXPECT_OK(sys::page_update(kSlotSelf, &undo, 1).status);
  core::flush();
  const u32 both[2] = {f, t};
  EXPECT_OK(core::put_frames(both, 2));
  return nullptr;
}

Outcome vm_demand_zero() {
  const auto region = vm::space().reserve(kPages, vm::Kind::DemandZero);
  EXPECT_OK(region.status());
  const u64 a = region.value();
  EXPECT(vm::space().frame_of(a) == kNone);
  EXPECT(bytes(a)[100] == 0);
  bytes(a + kPageSize)[7] = 42;
  EXPECT(bytes(a + kPageSize)[7] == 42);
  EXPECT(bytes(a + kPageSize)[8] == 0);
  EXPECT(vm::space().frame_of(a) != kNone && vm::space().frame_of(a + 2 * kPageSize) == kNone);
  EXPECT_OK(vm::space().release(a));
  return nullptr;
}

Outcome vm_copy_on_write() {
  const auto region = vm::space().reserve(kPages, vm::Kind::DemandZero);
  EXPECT_OK(region.status());
  const u64 a = region.value();
  for (u64 p = 0; p < kPages; p++) bytes(a + p * kPageSize)[0] = static_cast<u8>(p + 1);
  const auto copy = vm::space().copy_on_write(a, kPages);
  EXPECT_OK(copy.status());
  const u64 b = copy.value();
  EXPECT(vm::space().frame_of(a) == vm::space().frame_of(b));
  for (u64 p = 0; p < kPages; p++) EXPECT(bytes(b + p * kPageSize)[0] == p + 1);
  bytes(b)[0] = 99;
  bytes(a + kPageSize)[0] = 98;
  EXPECT(bytes(a)[0] == 1 && bytes(b)[0] == 99);
  EXPECT(bytes(a + kPageSize)[0] == 98 && bytes(b + kPageSize)[0] == 2);
  EXPECT(vm::space().frame_of(a) != vm::space().frame_of(b));
  EXPECT_OK(vm::space().release(a));
  EXPECT(bytes(b + 3 * kPageSize)[0] == 4);
  EXPECT_OK(vm::space().release(b));
  return nullptr;
}

Outcome vm_many_pages() {
  constexpr u64 kMany = 700;  // more than one page table
  const auto region = vm::space().reserve(kMany, vm::Kind::DemandZero);
  EXPECT_OK(region.status());
  for (u64 p = 0; p < kMany; p++) *reinterpret_cast<volatile u64*>(region.value() + p * kPageSize) = p;
  for (u64 p = 0; p < kMany; p++)
    EXPECT(*reinterpret_cast<volatile u64*>(region.value() + p * kPageSize) == p);
  EXPECT_OK(vm::space().release(region.value()));
  return nullptr;
}

// One entry for 512 frames; the kernel reads and writes through it as well.
Outcome vm_large_page() {
  const auto region = vm::allocate_large();
  EXPECT_OK(region.status());
  u8* const start = region.value().bytes;
  const u32 first = region.value().first;
  EXPECT(reinterpret_cast<u64>(start) % (kLargeFrames * kPageSize) == 0 && first % kLargeFrames == 0);
  for (u64 p = 0; p < kLargeFrames; p++) EXPECT(all_zero(start + p * kPageSize));
  for (u64 p = 0; p < kLargeFrames; p++) start[p * kPageSize + p] = static_cast<u8>(p);
  for (u64 p = 0; p < kLargeFrames; p++) EXPECT(start[p * kPageSize + p] == static_cast<u8>(p));
  // A single frame of it is nobody's to change while it is one page.
  const u32 inside = first + 77;
  EXPECT_STATUS(core::put_frames(&inside, 1), Status::Denied);
  EXPECT_STATUS(sys::frame_retype(kSlotSelf, inside, 4).status, Status::Denied);
  EXPECT_STATUS(sys::frame_split(kSlotSelf, first).status, Status::Busy);
  EXPECT_STATUS(sys::frame_join(kSlotSelf, first).status, Status::Denied);
  auto* const list = reinterpret_cast<u32*>(start + 4096);  // system calls copy from and to it
  EXPECT_OK(sys::frame_alloc(kSlotSelf, kNone, 4, list).status);
  EXPECT_OK(core::put_frames(list, 4));
  EXPECT_OK(vm::free_large(region.value()));
  EXPECT_STATUS(sys::frame_split(kSlotSelf, first).status, Status::Denied);
  return nullptr;
}

constexpr Test kTests[] = {
    {"frames_come_zeroed", frames_come_zeroed},
    {"frame_alloc_distinct", frame_alloc_distinct},
    {"frame_alloc_by_name", frame_alloc_by_name},
    {"frame_free_errors", frame_free_errors},
    {"frame_retype_is_one_way", frame_retype_is_one_way},
    {"page_update_errors", page_update_errors},
    {"page_update_stops_at_error", page_update_stops_at_error},
    {"vm_demand_zero", vm_demand_zero},
    {"vm_copy_on_write", vm_copy_on_write},
    {"vm_many_pages", vm_many_pages},
    {"vm_large_page", vm_large_page},
};

}  // namespace

std::span<const Test> memory_tests() { return kTests; }

}  // namespace selftest
