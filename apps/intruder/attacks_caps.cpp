// SPDX-License-Identifier: MIT
// Capabilities: more rights, wider ranges, other types, other environments.
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

constexpr u32 kTarget = 60;  // an empty slot

const core::Window& time_page() { return core::start_info->time_page; }

void derive_more_rights(Trial& trial) {
  const core::Window& time = time_page();
  if (time.slot == kNone) return;
  for (u32 rights = 0; rights < 256; rights++)
    if ((rights & ~u32{kRead}) != 0) trial.status(sys::cap_derive(time.slot, kTarget, rights, time.first, 1));
}

void derive_odd_rights(Trial& trial) {
  const core::Window& time = time_page();
  if (time.slot == kNone) return;
  for (const u32 rights : {256u, 257u, 0x80000001u, kNone})
    trial.status(sys::cap_derive(time.slot, kTarget, rights, time.first, 1));
}

void derive_wider_range(Trial& trial) {
  const core::Window& time = time_page();
  if (time.slot == kNone) return;
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, time.first, 2));
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, time.first - 1, 1));
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, time.first + 1, 1));
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, time.first, ~0ul));
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, 0, time.first + 1));
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, ~0ul, time.first + 2));
  trial.status(sys::cap_derive(time.slot, kTarget, kRead, 1ul << 32 | time.first, 1));
}

void derive_onto_taken_slot(Trial& trial) {
  const core::Window& time = time_page();
  if (time.slot == kNone) return;
  for (const u32 slot : {kSlotSelf, time.slot})
    trial.status(sys::cap_derive(time.slot, slot, kRead, time.first, 1));
}

void derive_beyond_table(Trial& trial) {
  const core::Window& time = time_page();
  if (time.slot == kNone) return;
  for (const u32 slot : {128u, 129u, 255u, 0x4000u, 0x80000000u, kNone})
    trial.status(sys::cap_derive(time.slot, slot, kRead, time.first, 1));
}

void grant_without_right(Trial& trial) {
  for (u32 slot = 1; slot < kFirstEmptySlot; slot++)
    trial.status(sys::cap_grant(slot, kSlotSelf, kTarget, kRead));
}

void grant_own_environment(Trial& trial) {
  for (u32 rights = 1; rights < 256; rights++)
    trial.status(sys::cap_grant(kSlotSelf, kSlotSelf, kTarget, rights));
}

void derive_own_environment_rights(Trial& trial) {
  for (const u8 right : {kGrant, kInvoke, kCreate, kRead, kWrite, kExecute})
    trial.status(sys::cap_derive(kSlotSelf, kTarget, right, 0, 1));
}

void drop_slot_zero(Trial& trial) { trial.status(sys::cap_drop(kSlotSelf)); }

// What others hold is no descendant of one's own.
void revoke_slot_zero(Trial& trial) {
  trial.status(core::until_done([] { return sys::cap_revoke(kSlotSelf).status; }));
}

void create_environment(Trial& trial) {
  const EnvQuota quota = small_quota(1);
  for (u32 slot = 0; slot < kFirstEmptySlot; slot++) {
    if (slot == core::start_info->create) continue;
    trial.status(sys::env_create(slot, kTarget, &quota));
  }
}

void destroy_self_by_capability(Trial& trial) { trial.status(sys::env_destroy(kSlotSelf)); }
void reap_self(Trial& trial) { trial.status(sys::env_reap(kSlotSelf)); }
void start_self_again(Trial& trial) { trial.status(sys::env_start(kSlotSelf)); }

void configure_self_again(Trial& trial) {
  EnvConfig config{};
  config.name[0] = 'r';
  config.root_table = core::start_info->root_table;
  trial.status(sys::env_configure(kSlotSelf, &config));
}

void take_quota(Trial& trial) {
  for (u32 resource = 0; resource < kResources; resource++)
    for (const u32 amount : {0x40000u, 0x80000000u, kNone})
      trial.status(sys::env_quota(kSlotSelf, resource, amount));
}

void power_off(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    if (slot != core::start_info->machine) trial.status(sys::machine_off(slot, 0));
}

// The kind of a capability is checked: what is right for one call is wrong for every other.
void mistake_console(Trial& trial) {
  const u32 console = core::start_info->console;
  u32 frames[8] = {};
  const BpfInsn all{6, 0, 0, ~0u};
  trial.status(sys::page_flush(console));
  trial.status(sys::frame_alloc(console, kNone, 1, frames));
  trial.status(sys::env_destroy(console));
  trial.status(sys::slice_assign(console, kSlotSelf, 0, 1));
  trial.status(sys::disk_queue_open(console, frames));
  trial.status(sys::filter_derive(console, kTarget, &all, 1));
  trial.status(sys::machine_off(console, 0));
  trial.status(sys::notify(console));
  trial.status(lab.set(8, lab.frame(), kRead, console));
}

void mistake_environment(Trial& trial) {
  u32 frames[8] = {};
  const BpfInsn all{6, 0, 0, ~0u};
  trial.status(sys::console_write(kSlotSelf, "x", 1));
  trial.status(sys::slice_assign(kSlotSelf, kSlotSelf, 0, 1));
  trial.status(sys::disk_queue_open(kSlotSelf, frames));
  trial.status(sys::filter_derive(kSlotSelf, kTarget, &all, 1));
  trial.status(sys::machine_off(kSlotSelf, 0));
  trial.status(lab.set(8, lab.frame(), kRead, kSlotSelf));
}

// Slot numbers whose upper halves do not fit are not cut to ones that do.
void slot_with_high_bits(Trial& trial) {
  const u64 console = 1ul << 32 | core::start_info->console;
  trial.status(raw(1, console, reinterpret_cast<u64>("x"), 1));
  trial.status(raw(31, 1ul << 32));
  trial.status(raw(31, 1ul << 63));
  trial.status(raw(4, 1ul << 32 | kTarget));
  trial.status(raw(20, kSlotSelf, 1ul << 40, 1, reinterpret_cast<u64>(&console)));
}

constexpr Attack kAttacks[] = {
    {"derive-more-rights", refusal(Status::Denied), derive_more_rights},
    {"derive-odd-rights", any_refusal, derive_odd_rights},
    {"derive-wider-range", refusal(Status::OutOfRange), derive_wider_range},
    {"derive-onto-taken-slot", refusal(Status::Occupied), derive_onto_taken_slot},
    {"derive-beyond-table", refusal(Status::BadArgument), derive_beyond_table},
    {"grant-without-right", any_refusal, grant_without_right},
    {"grant-own-environment", refusal(Status::Denied), grant_own_environment},
    {"derive-own-environment-rights", refusal(Status::Denied), derive_own_environment_rights},
    {"drop-slot-zero", any_refusal, drop_slot_zero},
    {"revoke-slot-zero", nothing_gained, revoke_slot_zero},
    {"create-environment", any_refusal, create_environment},
    {"destroy-self-by-capability", refusal(Status::Denied), destroy_self_by_capability},
    {"reap-self", any_refusal, reap_self},
    {"start-self-again", refusal(Status::Busy), start_self_again},
    {"configure-self-again", refusal(Status::Busy), configure_self_again},
    {"take-quota", refusal(Status::Quota), take_quota},
    {"power-off", any_refusal, power_off},
    {"mistake-console-for-others", refusal(Status::BadCap), mistake_console},
    {"mistake-environment-for-others", refusal(Status::BadCap), mistake_environment},
    {"slot-with-high-bits", refusal(Status::BadArgument), slot_with_high_bits},
};

}  // namespace

std::span<const Attack> capability_attacks() { return kAttacks; }

}  // namespace intruder
