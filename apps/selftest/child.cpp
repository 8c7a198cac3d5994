// SPDX-License-Identifier: MIT
#include "apps/selftest/child.hpp"

#include "apps/common/small_child.hpp"
#include "apps/selftest/test.hpp"
#include "vm/vm.hpp"

extern "C" const abi::u8 selftest_child_code[], selftest_child_end[];

namespace selftest {

namespace {

constexpr u64 kShared = 0x20000, kNotice = 0x40000;
constexpr u64 kCallOffset = 256, kEndOffset = 512, kNoticeOffset = 768;
constexpr u32 kChildsShare = 1;  // slots in the child's table
constexpr u32 kChildsAccept = 2;

}  // namespace

TestChild::~TestChild() {
  if (made_) unmake();
}

Status TestChild::make(End end) {
  return with_memory([&] { return make_once(end); },
                     [&] {
                       if (made_) unmake();
                     });
}

Status TestChild::make_once(End end) {
  EnvQuota quota = small_quota(kQuota);
  quota[Resource::Wired] = kWired;
  const core::SysResult made = sys::env_create(core::start_info->create, kSlot, &quota);
  if (made.status != Status::Ok) return made.status;
  number_ = static_cast<u32>(made.value);
  made_ = true;
  return build(end);
}

Status TestChild::build(End end) {
  apps::ChildSpace space(kSlot);
  EnvConfig config;
  TRY_STATUS(apps::fill_small_child(space, {{selftest_child_code, selftest_child_end}, "child"}, config));
  u32 table = kNone;
  for (const core::TableInfo& t : space.tables())
    if (t.level == 1) table = t.frame;
  TRY_STATUS(share_page(table));
  config.accept_slot = kChildsAccept;
  config.entry_call = apps::kSmallCode + kCallOffset;
  const u32 notice = TRY(space.spare_frame());
  TRY_STATUS(space.map(kNotice, {&notice, 1}, kRead));
  config.notice_frame = notice;
  config.entry_notice = apps::kSmallCode + kNoticeOffset;
  if (end == End::Overrun) config.entry_end = apps::kSmallCode + kEndOffset;
  TRY_STATUS(sys::env_configure(kSlot, &config).status);
  return sys::env_start(kSlot).status;
}

// A frame of ours, mapped in both.
Status TestChild::share_page(u32 table) {
  const vm::DmaRegion region = TRY(vm::allocate_dma(1));
  page_address_ = reinterpret_cast<u64>(region.bytes);
  shared_frame_ = region.frame(0);
  TRY_STATUS(sys::frame_share(kShare, shared_frame_, 1, kRead | kWrite | kGrant).status);
  TRY_STATUS(sys::cap_grant(kShare, kSlot, kChildsShare, kRead | kWrite).status);
  const u32 slot = static_cast<u32>(kShared / kPageSize % kTableEntries);
  const PageUpdate set{table, slot, shared_frame_, kChildsShare, PageAction::Set, kRead | kWrite};
  return sys::page_update(kSlot, &set, 1).status;
}

Status TestChild::unmake() {
  const Status ended = sys::env_destroy(kSlot).status;
  if (ended != Status::Ok && ended != Status::Gone && ended != Status::Busy) return ended;
  TRY_STATUS(core::until_done([] { return sys::env_reap(kSlot).status; }));
  made_ = false;
  TRY_STATUS(sys::cap_drop(kShare).status);
  return vm::space().release(page_address_);
}

}  // namespace selftest
