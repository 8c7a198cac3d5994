// SPDX-License-Identifier: MIT
// Quotas, demands, 2 MiB pages and shared page tables: to take what others have by the means of taking.
#include "apps/intruder/tools.hpp"
#include "core/resources.hpp"

namespace intruder {

namespace {

constexpr u32 kTarget = 126;  // an empty slot, for calls that fill one
constexpr u32 kEntry = 301;   // an unused slot of the Table2

template <class Call>
void each_slot(Trial& trial, Call call) {
  for (u32 slot = kFirstEmptySlot; slot < kSlotsTried; slot++)
    if (slot < 16 || slot >= 64) trial.status(call(slot));  // between: its own frames
}

u32 blocks() { return core::start_info->frame_count / kLargeFrames; }

void reclaim_self(Trial& trial) {
  for (u32 resource = 0; resource <= kResources; resource++)
    trial.status(sys::env_reclaim(kSlotSelf, resource, 1, kForever));
}
void repossess_self(Trial& trial) { trial.status(sys::env_repossess(kSlotSelf)); }

void warn_behind_nobodys_child(Trial& trial) {
  for (const u32 after : {0u, 1u, kMaxCaps - 1, kMaxCaps, 0x80000000u, kNone - 1})
    trial.status(sys::cap_warn(kSlotSelf, 0, after));
}

void quota_of_no_resource(Trial& trial) {
  for (const u32 resource : {kResources, kResources + 1, 256u, 0x80000000u, kNone})
    trial.status(sys::env_quota(kSlotSelf, resource, 0));
}

void quota_without_end(Trial& trial) {
  for (u32 resource = 0; resource < kResources; resource++)
    trial.status(sys::env_quota(kSlotSelf, resource, kNone));
}

void join_misaligned(Trial& trial) {
  for (const u32 first : {1u, 256u, 511u, 513u, kNone, kMaxFrames, 0xfffffe00u})
    trial.status(sys::frame_join(kSlotSelf, first));
}

void join_every_block(Trial& trial) {
  for (u32 block = 0; block < blocks(); block++)
    trial.status(sys::frame_join(kSlotSelf, block * kLargeFrames));
}

void split_every_frame(Trial& trial) {
  for (u32 frame = 0; frame < frames_tried(); frame++) trial.status(sys::frame_split(kSlotSelf, frame));
}

void large_page_of_data(Trial& trial) {
  trial.status(step(lab.above(), kEntry, lab.frame(), kRead));
  trial.status(step(lab.above(), kEntry, lab.frame() & ~(kLargeFrames - 1), kRead | kWrite));
}

void large_page_everywhere(Trial& trial) {
  for (u32 block = 0; block < blocks(); block++)
    trial.status(step(lab.above(), kEntry, block * kLargeFrames, kRead | kWrite));
}

void others_page_tables(Trial& trial) {
  for (u32 frame = 0; frame < frames_tried(); frame++)
    if (!lab.own_table(frame)) trial.status(step(lab.above(), kEntry, frame, kRead));
}

void share_root_table(Trial& trial) {
  trial.status(sys::frame_share(kTarget, core::start_info->root_table, 1, kRead));
}

void tables_by_time_capability(Trial& trial) {
  const core::Window& time = core::start_info->time_page;
  if (time.slot == kNone) return;
  for (const u32 frame : {lab.spare(), lab.above(), time.first})
    trial.status(step(lab.above(), kEntry, frame, kRead, PageAction::Set, time.slot));
}

// A table shared to be read: not through it, whatever the table says.
void write_through_read_only_table(Trial& trial) {
  if (sys::frame_share(kTarget, lab.spare(), 1, kRead).status != Status::Ok) return;
  trial.status(step(lab.above(), kEntry, lab.spare(), kRead | kWrite, PageAction::Set, kTarget));
  trial.status(step(lab.above(), kEntry, lab.spare(), kRead | kExecute, PageAction::Set, kTarget));
  static_cast<void>(sys::cap_drop(kTarget));
}

// Shared while it was data.
void table_by_data_capability(Trial& trial) {
  const auto frame = core::take_frame();
  if (!frame.ok()) return;
  if (sys::frame_share(kTarget, frame.value(), 1, kRead).status != Status::Ok) return;
  const u32 table1 = static_cast<u32>(FrameType::Table1);
  if (core::until_done([&] { return sys::frame_retype(kSlotSelf, frame.value(), table1).status; }) ==
      Status::Ok)
    trial.status(step(lab.above(), kEntry, frame.value(), kRead, PageAction::Set, kTarget));
  static_cast<void>(sys::cap_drop(kTarget));
  const u32 list = frame.value();
  static_cast<void>(core::put_frames(&list, 1));
}

void share_every_table_of_others(Trial& trial) {
  for (const u32 frame : {0u, 1u, 256u, core::start_info->frame_count - 1, kNone})
    trial.status(sys::frame_share(kTarget, frame, 1, kRead));
}

constexpr Attack kAttacks[] = {
    {"reclaim-from-self", refusal(Status::Denied), reclaim_self},
    {"repossess-self", refusal(Status::Denied), repossess_self},
    {"forge-reclaim", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_reclaim(s, 0, 1, 0); }); }},
    {"forge-repossess", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_repossess(s); }); }},
    {"forge-warn", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::cap_warn(s, 0, kNone); }); }},
    {"forge-join", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::frame_join(s, 0); }); }},
    {"forge-split", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::frame_split(s, 0); }); }},
    {"warn-behind-nobodys-child", refusal(Status::BadArgument), warn_behind_nobodys_child},
    {"quota-of-no-resource", refusal(Status::BadArgument), quota_of_no_resource},
    {"quota-without-end", refusal(Status::Quota), quota_without_end},
    {"join-misaligned", refusal(Status::BadArgument), join_misaligned},
    {"join-every-block", refusal(Status::Denied), join_every_block},
    {"split-every-frame", refusal(Status::Denied), split_every_frame},
    {"large-page-of-data", refusal(Status::Denied), large_page_of_data},
    {"large-page-everywhere", refusal(Status::Denied), large_page_everywhere},
    {"others-page-tables", refusal(Status::Denied), others_page_tables},
    {"share-root-table", refusal(Status::Denied), share_root_table},
    {"tables-by-time-capability", any_refusal, tables_by_time_capability},
    {"write-through-read-only-table", refusal(Status::Denied), write_through_read_only_table},
    {"table-by-data-capability", refusal(Status::Denied), table_by_data_capability},
    {"share-tables-of-others", refusal(Status::Denied), share_every_table_of_others},
};

}  // namespace

std::span<const Attack> revocation_attacks() { return kAttacks; }

}  // namespace intruder
