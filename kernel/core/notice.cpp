// SPDX-License-Identifier: MIT
#include "kernel/core/notice.hpp"

namespace core {

// nullptr: nobody to tell.
static NoticePage* page_of(u16 env) {
  const u32 frame = env_private[env].notice_frame;
  if (frame == kNone || envs[env].state == EnvState::Unused || envs[env].state == EnvState::Dead)
    return nullptr;
  return reinterpret_cast<NoticePage*>(physmem[frame]);
}

// What was written before becomes visible with the counter.
static void publish(u64& counter, u64 value) { __atomic_store_n(&counter, value, __ATOMIC_RELEASE); }

static void tell(u16 env) {
  env_private[env].noticed = 1;
  somebody_noticed = 1;
}

void notice_demand(u16 env, const Demand& demand) {
  NoticePage* const page = page_of(env);
  if (page == nullptr) return;
  page->demand = demand;
  tell(env);
}

void notice_warning(u16 env, const Warning& warning) {
  NoticePage* const page = page_of(env);
  if (page == nullptr) return;
  const u64 serial = env_private[env].warned++;
  page->warnings[serial % kNoticeWarnings] = warning;
  publish(page->warned, serial + 1);
  tell(env);
}

void notice_taken(u16 env, Repossessed record) {
  NoticePage* const page = page_of(env);
  if (page == nullptr) return;
  record.serial = env_private[env].repossessed++;
  if (record.type == CapType::Frames && record.slot == kNone)
    page->frames = env_private[env].frames_taken += record.count;
  page->taken[record.serial % kNoticeRepossessed] = record;
  publish(page->repossessed, record.serial + 1);
  tell(env);
}

u32 notice_unwired(u16 env, u32 i) {
  NoticePage* const page = page_of(env);
  if (page == nullptr || i >= kMaxUnwired) return kNone;
  if (i >= __atomic_load_n(&page->unwired_count, __ATOMIC_ACQUIRE)) return kNone;
  return __atomic_load_n(&page->unwired[i], __ATOMIC_RELAXED);
}

bool notice_any() {
  const bool any = somebody_noticed != 0;
  somebody_noticed = 0;
  return any;
}

bool notice_pending(u16 env) {
  const bool pending = env_private[env].noticed != 0;
  env_private[env].noticed = 0;
  return pending;
}

}  // namespace core
