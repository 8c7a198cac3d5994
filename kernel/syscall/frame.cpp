// SPDX-License-Identifier: MIT
// Family frame: allocating, freeing, retyping, giving and sharing page frames.
#include "kernel/core/frame.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/large.hpp"
#include "kernel/syscall/flush.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

namespace {

constexpr bool batch_ok(u32 count) { return count >= 1 && count <= kMaxFrameBatch; }

// One frame of a batch. Freed frames that only wait for a flush are worth one.
Status alloc_one(u16 env, u32 want, u32* frame) {
  const auto attempt = [&] {
    const auto found = core::frame_alloc(env, want);
    *frame = found.value();
    return found.status();
  };
  if (frame_lists.quarantine_head == kNone) return attempt();
  return with_flush(attempt, Status::NoMemory);
}

}  // namespace

SysResult sys_frame_alloc(Caller& caller, u32 env, u32 want, u32 count, UserOut<u32> out) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  if (!batch_ok(count) || (want != kNone && want > kMaxFrames)) return {Status::BadArgument, 0};
  Status status = out.check(count);
  if (status != Status::Ok) return {status, 0};
  u32 list[kMaxFrameBatch];
  u32 done = 0;
  while (done < count && status == Status::Ok) {
    status = alloc_one(target.value(), want == kNone ? kNone : want + done, &list[done]);
    if (status == Status::Ok) done++;
  }
  if (out.copy(list, done) == Status::Ok) return {status, done};
  for (u32 i = 0; i < done; i++) core::frame_free(target.value(), list[i]);
  return {Status::BadAddress, 0};
}

SysResult sys_frame_free(Caller& caller, u32 env, UserIn<u32> list, u32 count) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  if (!batch_ok(count)) return {Status::BadArgument, 0};
  u32 copy[kMaxFrameBatch];
  Status status = list.copy(copy, count);
  if (status != Status::Ok) return {status, 0};
  u32 done = 0;
  while (done < count && status == Status::Ok) {
    status = core::frame_free(target.value(), copy[done]);
    if (status == Status::Ok) done++;
  }
  return {status, done};
}

SysResult sys_frame_retype(Caller& caller, u32 env, u32 frame, u32 type) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  if (type > static_cast<u32>(FrameType::Table4)) return {Status::BadArgument, 0};
  const auto retype = [&] { return core::frame_retype(target.value(), frame, static_cast<FrameType>(type)); };
  return {with_flush(retype), 0};
}

SysResult sys_frame_give(Caller& caller, u32 env, u32 to, UserIn<u32> list, u32 count) {
  const auto from = core::env_target(caller.env, env, kControl);
  if (!from.ok()) return {from.status(), 0};
  const auto receiver = core::env_target(caller.env, to, kAccept);
  if (!receiver.ok()) return {receiver.status(), 0};
  if (!batch_ok(count)) return {Status::BadArgument, 0};
  u32 copy[kMaxFrameBatch];
  Status status = list.copy(copy, count);
  if (status != Status::Ok) return {status, 0};
  u32 done = 0;
  while (done < count && status == Status::Ok) {
    status = with_flush([&] { return core::frame_give(from.value(), receiver.value(), copy[done]); });
    if (status == Status::Ok) done++;
  }
  return {status, done};
}

SysResult sys_frame_share(Caller& caller, u32 target, u32 first, u32 count, u32 rights) {
  return {core::cap_share(caller.env, target, first, count, rights), 0};
}

SysResult sys_frame_join(Caller& caller, u32 env, u32 first) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  return {with_flush([&] { return core::frame_join(target.value(), first); }), 0};
}

SysResult sys_frame_split(Caller& caller, u32 env, u32 first) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  return {core::frame_split(target.value(), first), 0};
}

}  // namespace kernel
