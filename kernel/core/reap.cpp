// SPDX-License-Identifier: MIT
// Taking back everything that a dead environment held, in bounded steps and in an order in which
// each step finds what it needs: mappings before capabilities, capabilities before frames.
#include "kernel/core/binding.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/large.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/slice.hpp"

namespace core {

static u16 child_of(u16 env) {
  for (u16 i = 0; i < kMaxEnvs; i++)
    if (envs[i].state != EnvState::Unused && envs[i].parent == env) return i;
  return kNoEnv;
}

u16 env_reap_first(u16 env) {
  for (u32 i = 0; i < kMaxEnvs; i++) {
    const u16 child = child_of(env);
    if (child == kNoEnv) break;
    env = child;
  }
  return env;
}

static bool on_cpu(u16 env) {
  for (u32 i = 0; i < kMaxCpus; i++)
    if (cpus[i].online != 0 && cpus[i].current == env) return true;
  return false;
}

static void close_bindings(u16 env) {
  for (u32 i = 0; i < kMaxBindings; i++)
    if (bindings[i].owner == env) binding_close(env, i);
}

static u32 creator_cap(u16 env) {
  const u16 parent = envs[env].parent;
  for (u32 slot = 0; slot < kCapsPerEnv; slot++) {
    const CapEntry& c = caps[cap_index(parent, slot)];
    if (c.type == CapType::Env && c.object == env && c.depth == 0) return cap_index(parent, slot);
  }
  return kNone;  // does not happen: it cannot be dropped
}

// Everything in its own table and everything derived from that, then every capability to it.
static bool remove_caps(u16 env) {
  for (u32 slot = 0; slot < kCapsPerEnv; slot++) {
    const u32 index = cap_index(env, slot);
    if (caps[index].type == CapType::Null) continue;
    const bool simple = caps[index].uses == 0 && !cap_has_children(index);
    if (!cap_remove_step(index) || !simple) return false;
  }
  return cap_revoke_step(creator_cap(env));
}

static bool has_queue(u16 env) {
  for (u32 i = 0; i < kMaxQueues; i++)
    if (queues[i].owner == env) return true;
  return false;
}

// Undoes env_configure.
static Status give_up_root(u16 env) {
  if (envs[env].root_table == kNone) return Status::Ok;
  TRY_STATUS(frame_from_kernel(env, env_private[env].save_frame));
  frame_unpin(env_private[env].upcall_frame);
  if (env_private[env].notice_frame != kNone) frame_unpin(env_private[env].notice_frame);
  frame_unmapped(envs[env].root_table);
  envs[env].root_table = kNone;
  env_private[env].upcall_frame = kNone;
  env_private[env].save_frame = kNone;
  env_private[env].notice_frame = kNone;
  return Status::Ok;
}

static Status free_frames(u16 env) {
  for (u32 i = 0; i < kReapBatch && env_private[env].first_frame != kNone; i++) {
    const u32 frame = env_private[env].first_frame;
    const FrameType type = frames[frame].type;
    if (type == FrameType::Large || type == FrameType::Part) {
      TRY_STATUS(frame_split(env, large_head(frame)));
      return Status::Again;  // 512 frames are a step
    }
    TRY_STATUS(frame_free(env, frame));
  }
  return env_private[env].first_frame == kNone ? Status::Ok : Status::Again;
}

Status env_reap_step(u16 env) {
  if (envs[env].state != EnvState::Dead || child_of(env) != kNoEnv) return Status::Busy;
  if (on_cpu(env)) return Status::Again;
  close_bindings(env);
  if (!page_empty_step(env)) return Status::Again;
  if (!remove_caps(env)) return Status::Again;
  if (has_queue(env)) return Status::Busy;
  slice_forget(env);
  TRY_STATUS(give_up_root(env));
  TRY_STATUS(free_frames(env));
  for (u32 r = 0; r < kResources; r++) envs[envs[env].parent].quota[r] += envs[env].quota[r];
  cap_remove(creator_cap(env));
  envs[env] = EnvEntry{};
  env_private[env] = EnvPrivate{};
  taking[env] = Taking{};
  return Status::Ok;
}

}  // namespace core
