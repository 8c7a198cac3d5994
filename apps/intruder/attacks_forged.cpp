// SPDX-License-Identifier: MIT
// Forged and guessed capability slots: every call that takes one, with every slot that was not given
// and with numbers beyond the table.
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

constexpr u32 kTarget = 126;  // an empty slot, for calls that fill one

template <class Call>
void each_slot(Trial& trial, Call call) {
  for (u32 slot = kFirstEmptySlot; slot < kSlotsTried; slot++) trial.status(call(slot));
  for (const u32 slot : {0x1000u, 0x4000u, 0x7fffffffu, 0x80000000u, kNone - 1}) trial.status(call(slot));
}

constinit u32 frames[kDiskQueueFrames] = {};
constexpr EnvQuota kOneFrame = small_quota(1);
constinit const BpfInsn kAcceptAll{6, 0, 0, ~0u};

constexpr Attack kAttacks[] = {
    {"forge-console", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::console_write(s, "x", 1); }); }},
    {"forge-derive", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::cap_derive(s, kTarget, kRead, 0, 1); }); }},
    {"forge-grant", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::cap_grant(s, kSlotSelf, kTarget, kRead); }); }},
    {"forge-grant-target", any_refusal,
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::cap_grant(kSlotSelf, s, kTarget, kRead); }); }},
    {"forge-drop", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::cap_drop(s); }); }},
    {"forge-revoke", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::cap_revoke(s); }); }},
    {"forge-env-create", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_create(s, kTarget, &kOneFrame); }); }},
    {"forge-env-start", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_start(s); }); }},
    {"forge-env-destroy", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_destroy(s); }); }},
    {"forge-env-reap", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_reap(s); }); }},
    {"forge-env-quota", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::env_quota(s, 0, 1); }); }},
    {"forge-frame-alloc", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::frame_alloc(s, kNone, 1, frames); }); }},
    {"forge-frame-free", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::frame_free(s, frames, 1); }); }},
    {"forge-frame-retype", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::frame_retype(s, 0, 4); }); }},
    {"forge-frame-give", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::frame_give(s, kSlotSelf, frames, 1); }); }},
    {"forge-page-update", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return step(0, 0, 0, kRead, PageAction::Set, kNone, s); }); }},
    {"forge-page-flush", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::page_flush(s); }); }},
    {"forge-slices", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::slice_assign(s, kSlotSelf, 0, 64); }); }},
    {"forge-yield", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return core::yield(s).status; }); }},
    {"forge-notify", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::notify(s); }); }},
    {"forge-send", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return core::send(s, {}); }); }},
    {"forge-call-with", refusal(Status::BadCap),
     [](Trial& t) {
       each_slot(t, [](u32 s) {
         core::Words reply{};
         bool brought = false;
         return core::call_with(s, {{0, 0, 0, 0}, kForever, kSlotSelf, 0}, reply, brought);
       });
     }},
    {"forge-call", refusal(Status::BadCap),
     [](Trial& t) {
       each_slot(t, [](u32 s) {
         core::Words reply{};
         return core::call(s, {}, reply);
       });
     }},
    {"forge-disk-queue", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::disk_queue_open(s, frames); }); }},
    {"forge-filter", refusal(Status::BadCap),
     [](Trial& t) { each_slot(t, [](u32 s) { return sys::filter_derive(s, kTarget, &kAcceptAll, 1); }); }},
    {"forge-receive", any_refusal,
     [](Trial& t) {
       each_slot(t, [](u32 s) {
         BindConfig config{};
         config.receive = s;
         config.control = lab.frame();
         config.frame_count = 1;
         return sys::net_bind(&config);
       });
     }},
    {"forge-send", any_refusal,
     [](Trial& t) {
       each_slot(t, [](u32 s) {
         const SendPacket packet{1, 0, 0, {{lab.frame(), 0, 60}}};
         return sys::net_send(s, 0, &packet, 1);
       });
     }},
    {"forge-machine", refusal(Status::BadCap),
     [](Trial& t) {
       each_slot(t, [](u32 s) { return sys::machine_off(s, 0); });
       each_slot(t, [](u32 s) { return sys::machine_button(s); });
     }},
};

}  // namespace

std::span<const Attack> forged_slot_attacks() { return kAttacks; }

}  // namespace intruder
