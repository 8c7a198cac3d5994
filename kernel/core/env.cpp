// SPDX-License-Identifier: MIT
#include "kernel/core/env.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/quota.hpp"

namespace core {

static constexpr u8 kSelfRights = kControl | kAccept;  // what an environment may do to itself

Result<u16> env_target_any(u16 caller, u32 slot, u8 rights) { return env_peer(caller, slot, rights); }

bool env_is_creator(u16 caller, u32 slot) { return caps[cap_index(caller, slot)].depth == 0; }

// An unused number; the root environment's is never free.
static u16 free_env() {
  for (u16 i = 1; i < kMaxEnvs; i++)
    if (envs[i].state == EnvState::Unused) return i;
  return kNoEnv;
}

void env_embryo(u16 env, u16 parent, const EnvQuota& quota) {
  EnvEntry& e = envs[env];
  e = EnvEntry{};
  for (u32 r = 0; r < kResources; r++) e.quota[r] = quota.amount[r];
  e.root_table = kNone;
  e.parent = parent;
  e.calling = kNoEnv;
  e.state = EnvState::Embryo;
  env_private[env] = EnvPrivate{.cleared_clock = 0,
                                .first_frame = kNone,
                                .last_frame = kNone,
                                .sweep = kNone,
                                .reap = kNone,
                                .upcall_frame = kNone,
                                .save_frame = kNone,
                                .notice_frame = kNone,
                                .noticed = 0,
                                .warned = 0,
                                .repossessed = 0,
                                .frames_taken = 0,
                                .demands = 0};
  taking[env] = Taking{};
}

// Whether `parent` has all of it left. The creator's own new slot may cost it one capability.
static Status check_quota(u16 parent, const EnvQuota& quota, u32 own_caps) {
  if (quota.reserved != 0 || quota[Resource::Wired] > quota[Resource::Frames]) return Status::BadArgument;
  if (quota[Resource::Caps] == 0) return Status::Quota;
  for (u32 r = 0; r < kResources; r++)
    TRY_STATUS(quota_check(parent, static_cast<Resource>(r), quota.amount[r]));
  return quota_left(parent, Resource::Caps) - quota[Resource::Caps] >= own_caps ? Status::Ok : Status::Quota;
}

Result<u16> env_create(u16 creator, u32 parent_slot, u32 target, const EnvQuota& quota) {
  const u16 parent = TRY(env_target(creator, parent_slot, kCreate | kControl));
  TRY_STATUS(cap_slot_free(creator, target));
  TRY_STATUS(check_quota(parent, quota, creator == parent ? 1 : 0));
  const u16 env = free_env();
  if (env == kNoEnv) return Status::NoSpace;
  for (u32 r = 0; r < kResources; r++) quota_give_up(parent, r, quota.amount[r]);
  env_embryo(env, creator, quota);
  const u32 root = cap_index(creator, target);
  cap_make_root(root, CapType::Env, env, 0, 0, kAllRights);
  cap_make_child(root, cap_index(env, kSlotSelf), env, 0, 0, kSelfRights);
  return env;
}

// Length of a printable zero-terminated name; 0 if it is not one.
static u32 name_length(const char (&name)[16]) {
  for (u32 i = 0; i < sizeof name; i++) {
    if (name[i] == 0) return i;
    if (name[i] < 0x20 || name[i] > 0x7e) return 0;
  }
  return 0;
}

static bool addresses_ok(const EnvConfig& c) {
  if (c.upcall_page == 0 || c.upcall_page % kPageSize != 0 || c.entry_begin == 0) return false;
  const u64 addresses[] = {c.upcall_page, c.entry_begin,  c.entry_end, c.entry_fault, c.entry_second,
                           c.entry_call,  c.entry_notice, c.stack,     c.call_stack};
  for (u64 address : addresses)
    if (address >= kUserEnd) return false;
  return true;
}

static bool accept_ok(const EnvConfig& c) {
  return c.accept_slot == kNone || (c.accept_slot != kSlotSelf && c.accept_slot < kCapsPerEnv);
}

static bool notice_frame_ok(u16 env, const EnvConfig& c) {
  return c.notice_frame == kNone || (frame_owned(env, c.notice_frame, FrameType::Data) &&
                                     c.notice_frame != c.upcall_frame && c.notice_frame != c.save_frame);
}

// Checks and takes the frames of a configuration.
static Status take_frames(u16 env, const EnvConfig& c) {
  if (!frame_owned(env, c.root_table, FrameType::Table4)) return Status::Denied;
  if (!frame_owned(env, c.upcall_frame, FrameType::Data)) return Status::Denied;
  if (c.save_frame == c.upcall_frame || !notice_frame_ok(env, c)) return Status::Denied;
  TRY_STATUS(frame_to_kernel(env, c.save_frame, FrameType::Kernel));
  frame_pin(c.upcall_frame);
  if (c.notice_frame != kNone) frame_pin(c.notice_frame);
  frame_mapped(c.root_table);  // a root in use
  return Status::Ok;
}

Status env_configure(u16 env, const EnvConfig& config) {
  EnvEntry& e = envs[env];
  if (e.state != EnvState::Embryo || e.root_table != kNone) return Status::Busy;
  const u32 length = name_length(config.name);
  if (length == 0 || config.reserved != 0 || !addresses_ok(config) || !accept_ok(config))
    return Status::BadArgument;
  TRY_STATUS(take_frames(env, config));
  e.root_table = config.root_table;
  env_private[env].upcall_frame = config.upcall_frame;
  env_private[env].save_frame = config.save_frame;
  env_private[env].notice_frame = config.notice_frame;
  __builtin_memset(e.name, 0, sizeof e.name);
  __builtin_memcpy(e.name, config.name, length);
  return Status::Ok;
}

Status env_quota(u16 from, u16 to, u32 resource, u32 count) {
  if (resource >= kResources) return Status::BadArgument;
  TRY_STATUS(quota_check(from, static_cast<Resource>(resource), count));
  quota_give_up(from, resource, count);
  envs[to].quota[resource] += count;
  return Status::Ok;
}

Status env_start(u16 env) {
  if (envs[env].state != EnvState::Embryo || envs[env].root_table == kNone) return Status::Busy;
  envs[env].state = EnvState::Ready;
  return Status::Ok;
}

void env_end(u16 env, EndReason reason, u64 code) {
  envs[env].state = EnvState::Dead;
  envs[env].end_reason = reason;
  envs[env].exit_code = code;
  env_private[env].reap = env_private[env].first_frame;
}

}  // namespace core
