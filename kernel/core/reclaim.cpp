// SPDX-License-Identifier: MIT
// The order of force: frames of the environment's own list, then any other data frame from the newest
// on; those that only its own tables map before those that others map too. A chosen frame is leaving:
// nothing maps or pins it any more. Page tables are swept until nothing names it, and then it is freed.
#include "kernel/core/reclaim.hpp"

#include "kernel/core/frame.hpp"
#include "kernel/core/large.hpp"
#include "kernel/core/notice.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/quota.hpp"

namespace core {

enum Phase : u32 { kChoose = 0, kSweepOwn = 1, kSweepOthers = 2 };

static constexpr u32 kWired = static_cast<u32>(Resource::Wired);
static constexpr u32 kFrames = static_cast<u32>(Resource::Frames);

static void begin(u16 env) {
  taking[env] = Taking{};
  taking[env].cursor = env_private[env].last_frame;
}

static void tell(u16 env) {
  const EnvEntry& e = envs[env];
  notice_demand(env, Demand{static_cast<Resource>(e.demand_resource), e.demand_amount, e.demand_keep,
                            static_cast<u32>(++env_private[env].demands), e.demand_deadline});
}

// Frames that were chosen and are still there may be used again.
static void let_go(u16 env) {
  Taking& t = taking[env];
  for (u32 i = 0; i < t.count; i++)
    if (frames[t.frames[i]].owner == env) frames[t.frames[i]].leaving = 0;
  t.count = 0;
}

static void end(u16 env) {
  let_go(env);
  envs[env].demand_amount = envs[env].demand_keep = envs[env].demand_resource = 0;
  envs[env].demand_deadline = 0;
  tell(env);
}

Status env_reclaim(u16 env, u32 resource, u32 amount, u64 deadline) {
  EnvEntry& e = envs[env];
  if (resource >= kWired) return Status::BadArgument;
  if (amount == 0) {
    if (e.demand_amount == 0 || e.demand_resource != resource) return Status::BadArgument;
    end(env);
    return Status::Ok;
  }
  if (e.demand_amount != 0) return Status::Busy;
  const u32 floor = resource == kFrames ? e.quota[kWired] : 0;
  if (e.quota[resource] < floor || amount > e.quota[resource] - floor) return Status::Quota;
  begin(env);
  e.demand_resource = resource;
  e.demand_amount = amount;
  e.demand_keep = e.quota[resource] - amount;
  e.demand_deadline = deadline;
  tell(env);
  return Status::Ok;
}

// A frame that force may take now. The kernel's and the upcall page are pinned or of another type.
static bool can_take(u16 env, u32 frame) {
  if (!frame_exists(frame)) return false;
  const FrameEntry& f = frames[frame];
  return f.owner == env && (f.type == FrameType::Data || f.type == FrameType::Large) && f.pins == 0 &&
         f.leaving == 0;
}

static void choose(Taking& t, u32 frame) {
  frames[frame].leaving = 1;
  t.frames[t.count++] = frame;
}

static void choose_listed(u16 env, Taking& t, u32 wanted) {
  for (u32 i = 0; i < kTakeBatch && t.count < kTakeBatch && t.count - t.kept < wanted; i++) {
    const u32 frame = notice_unwired(env, t.listed);
    if (frame == kNone) {
      t.listed = kNone;
      return;
    }
    t.listed++;
    if (can_take(env, frame)) choose(t, frame);
  }
}

static void choose_newest(u16 env, Taking& t, u32 wanted) {
  for (u32 i = 0; i < kTakeBatch && t.count < kTakeBatch && t.count - t.kept < wanted && t.cursor != kNone;
       i++) {
    const u32 frame = t.cursor;
    t.cursor = is_table(frames[frame].type) ? kNone : frames[frame].prev;
    if (can_take(env, frame)) choose(t, frame);
  }
}

// More frames to take, or on to sweeping those that there are.
static Status choose_step(u16 env, u32 wanted) {
  Taking& t = taking[env];
  const bool listed = t.listed != kNone;
  if (listed) {
    choose_listed(env, t, wanted);
  } else {
    choose_newest(env, t, wanted);
  }
  if (t.count - t.kept < wanted && t.count < kTakeBatch && (t.listed != kNone || listed || t.cursor != kNone))
    return Status::Again;
  t.rounds = 0;
  if (t.count > t.kept) {
    t.phase = kSweepOwn;
  } else if (t.count > 0) {
    t.phase = kSweepOthers;
    t.other = 0;
  } else {
    t.cursor = env_private[env].last_frame;  // the next call looks again
    return Status::Busy;
  }
  return Status::Again;
}

// What a step freed, told as runs of frames that follow each other.
static void add_taken(u16 env, Repossessed& run, u32 frame) {
  if (run.count != 0 && frame == run.start + run.count) {
    run.count++;
  } else if (run.count != 0 && frame + 1 == run.start) {
    run.start--;
    run.count++;
  } else {
    if (run.count != 0) notice_taken(env, run);
    run.start = frame;
    run.count = 1;
  }
}

// Frees what nothing names any more. A 2 MiB page is taken apart, for the next choice.
static void free_step(u16 env) {
  Taking& t = taking[env];
  Repossessed run{.start = 0,
                  .count = 0,
                  .serial = 0,
                  .slot = kNone,
                  .object = 0,
                  .type = CapType::Frames,
                  .reserved = 0};
  u32 left = 0;
  for (u32 i = 0; i < t.count; i++) {
    const u32 frame = t.frames[i];
    FrameEntry& f = frames[frame];
    if (f.owner != env || f.leaving == 0) continue;  // the environment was faster
    if (f.maps != 0 || f.pins != 0 || envs[env].used[kFrames] <= envs[env].demand_keep) {
      t.frames[left++] = frame;
    } else if (f.type == FrameType::Large) {
      f.leaving = 0;
      frame_split(env, frame);
      t.cursor = env_private[env].last_frame;
    } else if (frame_free(env, frame) == Status::Ok) {
      add_taken(env, run, frame);
    }
  }
  t.count = left;
  if (run.count != 0) notice_taken(env, run);
}

static void sweep_own_step(u16 env) {
  Taking& t = taking[env];
  page_sweep(env);
  if (env_private[env].sweep != kNone) return;
  if (++t.rounds < 2) return;  // the first may have begun in the middle
  free_step(env);
  t.kept = t.count;  // the rest is mapped by others
  t.phase = kChoose;
}

static void sweep_others_step(u16 env) {
  Taking& t = taking[env];
  const u16 other = static_cast<u16>(t.other);
  if (envs[other].state != EnvState::Unused && other != env) {
    page_sweep(other);
    if (env_private[other].sweep != kNone) return;
    if (++t.rounds < 2) return;
  }
  t.rounds = 0;
  if (++t.other < kMaxEnvs) return;
  free_step(env);
  t.kept = 0;
  t.phase = kChoose;
}

static void take_quota(u16 caller, u16 env) {
  const u32 resource = envs[env].demand_resource;
  const u32 amount = envs[env].demand_amount;
  end(env);
  envs[env].quota[resource] -= amount;
  envs[caller].quota[resource] += amount;
}

Status env_repossess(u16 caller, u16 env, u64 now) {
  const EnvEntry& e = envs[env];
  if (e.demand_amount == 0) return Status::BadArgument;
  const u32 used = e.used[e.demand_resource];
  if (used <= e.demand_keep) {
    take_quota(caller, env);
    return Status::Ok;
  }
  if (now < e.demand_deadline) return Status::Again;
  if (e.demand_resource != kFrames) return Status::Busy;
  switch (taking[env].phase) {
    case kChoose:
      return choose_step(env, used - e.demand_keep);
    case kSweepOwn:
      sweep_own_step(env);
      return Status::Again;
    default:
      sweep_others_step(env);
      return Status::Again;
  }
}

void reclaim_forget(u16 env, u32 frame) {
  if (taking[env].cursor == frame) taking[env].cursor = frames[frame].prev;
}

}  // namespace core
