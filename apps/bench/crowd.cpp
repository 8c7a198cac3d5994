// SPDX-License-Identifier: MIT
#include "apps/bench/crowd.hpp"

#include "apps/common/program_copy.hpp"
#include "base/text.hpp"
#include "core/resources.hpp"
#include "core/upcall.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kRingFrames = 64;
constexpr u16 kFirstPort = 1000;
constexpr u32 kFirstSlot = 64;    // of the own filters
constexpr u32 kHolderSlot = 100;  // + n: the holders
constexpr u32 kPerHolder = 100;
constexpr u32 kHolderReceive = 1;  // slots in a holder's table
constexpr u32 kHolderFirst = 2;
constexpr u32 kHolderFrames = 1000;  // the program, and three frames a binding
constexpr u32 kTries = 100000;

// What tcpdump makes of "udp dst port P"; shape n > 0 looks for P in the n-th word behind the ports instead,
// "udp[2 + 2*n:2] = P", which no packet here has.
Status derive_filter(u32 source, u32 slot, u16 port, u32 shape) {
  const BpfInsn code[] = {
      {0x28, 0, 0, 12},   {0x15, 0, 8, 0x800},  {0x30, 0, 0, 23}, {0x15, 0, 6, 17},
      {0x28, 0, 0, 20},   {0x45, 4, 0, 0x1fff}, {0xb1, 0, 0, 14}, {0x48, 0, 0, 16 + 2 * shape},
      {0x15, 0, 1, port}, {6, 0, 0, 0x40000},   {6, 0, 0, 0}};
  return sys::filter_derive(source, slot, code, sizeof code / sizeof code[0]).status;
}

bool no_room(Status status) { return status == Status::NoSpace || status == Status::Quota; }

// ---- the holder's side. It has no address space of its own to manage: the frames are never mapped.

struct {
  volatile u64 bound;
  volatile u64 failed;  // a Status, negated
} constinit holder{};

core::Words answer(u64, const core::Words&) { return {{holder.bound, holder.failed, 1, 0}}; }

Status bind_one(u32 slot, u16 port, u32 shape) {
  u32 frames[3];
  TRY_STATUS(derive_filter(kHolderReceive, slot, port, shape));
  TRY_STATUS(core::take_frames(frames, 3));
  BindConfig config{};
  config.receive = slot;
  config.control = frames[0];
  config.list_frame = frames[1];
  config.frame_count = 1;
  config.frames[0] = frames[2];
  return sys::net_bind(&config).status;
}

u32 read_number(const char*& text) {
  u32 value = 0;
  while (*text == ' ') text++;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + static_cast<u32>(*text - '0');
  return value;
}

Status grant_receive(u32 slot, core::StartInfo& info) {
  info.network.receive = kHolderReceive;
  return sys::cap_grant(core::start_info->network.receive, slot, kHolderReceive, kInvoke).status;
}

EnvQuota holder_quota() {
  EnvQuota q = small_quota(kHolderFrames);
  q[Resource::Caps] = kCapsPerEnv;
  q[Resource::Filters] = kPerHolder;
  q[Resource::Pins] = 4 * kPerHolder;
  return q;
}

}  // namespace

void run_holder(const core::StartInfo& start) {
  core::on_call(answer);
  const char* text = start.args + sizeof kHolderArgs;
  const u32 first = read_number(text);
  const u32 count = read_number(text);
  const u32 shapes = read_number(text);
  Status status = Status::Ok;
  for (u32 i = 0; i < count && status == Status::Ok; i++) {
    status = bind_one(kHolderFirst + i, static_cast<u16>(first + i), (i + 1) % shapes);
    if (status == Status::Ok) holder.bound = i + 1;
  }
  holder.failed = static_cast<u64>(-static_cast<i64>(status));
  for (;;) core::sleep(nullptr, 0, kForever);
}

Status Crowd::add_own() {
  const u32 slot = kFirstSlot + own_;
  youngest_port_ = static_cast<u16>(kFirstPort + size_);
  const Status derived = derive_filter(core::start_info->network.receive, slot, youngest_port_, 0);
  if (derived != Status::Ok) return derived;
  const auto ring = Ring::open(slot, kRingFrames);
  if (!ring.ok()) {
    const Status dropped = sys::cap_drop(slot).status;
    return dropped == Status::Ok ? ring.status() : dropped;
  }
  rings_[own_++] = ring.value();
  size_++;
  return Status::Ok;
}

Status Crowd::add_holder(u32 count) {
  if (holders_ == kMostHolders) return Status::NoSpace;
  char args[24] = {};
  base::Text text(args, sizeof args - 1);
  text.put(kHolderArgs).put(' ').dec(kFirstPort + size_).put(' ').dec(count).put(' ').dec(shapes_);
  const u32 slot = kHolderSlot + holders_;
  TRY_STATUS(apps::make_copy({slot, holder_quota(), args, grant_receive}).status());
  holders_++;
  core::Words reply{};
  for (u32 i = 0; i < kTries && reply.word[0] + reply.word[1] == 0; i++) {
    core::yield(slot);
    if (core::call(slot, {}, reply) != Status::Ok || reply.word[0] < count) reply.word[0] = 0;
  }
  size_ += static_cast<u32>(reply.word[0]);
  if (reply.word[1] != 0) return static_cast<Status>(-static_cast<i64>(reply.word[1]));
  return reply.word[0] == count ? Status::Ok : Status::TimedOut;
}

Status Crowd::grow(u32 count) {
  while (size_ < count && !full_) {
    const u32 left = count - size_;
    const u32 most = left - 1 < kPerHolder ? left - 1 : kPerHolder;
    const Status status = left > kMostOwn / 2 ? add_holder(most) : add_own();
    full_ = no_room(status);
    if (status != Status::Ok && !full_) return status;
  }
  return Status::Ok;
}

Status Crowd::leave() {
  for (; own_ > 0; own_--) {
    TRY_STATUS(rings_[own_ - 1].close());
    TRY_STATUS(sys::cap_drop(kFirstSlot + own_ - 1).status);
  }
  for (; holders_ > 0; holders_--) {
    const u32 slot = kHolderSlot + holders_ - 1;
    TRY_STATUS(sys::env_destroy(slot).status);
    TRY_STATUS(core::until_done([slot] { return sys::env_reap(slot).status; }));
  }
  size_ = 0;
  full_ = false;
  return Status::Ok;
}

}  // namespace bench
