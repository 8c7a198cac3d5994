// SPDX-License-Identifier: MIT
#include "apps/root/logs.hpp"

#include "core/console.hpp"
#include "core/resources.hpp"

namespace root {

namespace {

namespace sys = abi::sys;
using base::Result;

constinit LogRing rings[manifest::kMaxEnvs]{};

// Frames in a row, which one capability can cover: a free one, and those next to it if they are free too.
Result<u32> take_row(u32 count) {
  u32 rest[manifest::kMaxLogFrames];
  const u32 one = TRY(core::take_frame());
  if (count == 1) return one;
  for (const u32 first : {one + 1, one - (count - 1)}) {
    const core::SysResult got = sys::frame_alloc(kSlotSelf, first, count - 1, rest);
    if (got.status == Status::Ok && got.value == count - 1) return first < one ? first : one;
    if (got.value > 0 && got.status == Status::Ok) (void)core::put_frames(rest, static_cast<u32>(got.value));
  }
  (void)core::put_frames(&one, 1);
  return Status::NoMemory;
}

Status make_ring(const manifest::Env& env, LogRing& ring) {
  const u32 slot = TRY(core::slots().take());
  const u32 first = TRY(take_row(env.log_frames));
  TRY_STATUS(sys::frame_share(slot, first, env.log_frames, kRead | kWrite | kGrant).status);
  ring = {slot, first, env.log_frames};
  return Status::Ok;
}

}  // namespace

void make_logs(const manifest::Reader& manifest) {
  for (u32 i = 0; i < manifest.envs().size(); i++) {
    const manifest::Env& env = manifest.envs()[i];
    if (env.log_frames == 0) continue;
    const Status made = make_ring(env, rings[i]);
    if (made != Status::Ok)
      core::Line().text().put(env.name).put(": starts without a log: ").put(status_name(made));
  }
}

const LogRing& log_ring(u32 index) { return rings[index]; }

}  // namespace root
