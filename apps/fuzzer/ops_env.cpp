// SPDX-License-Identifier: MIT
// Environments of this one's own: making, filling, ending and reaping them.
#include "apps/common/child_space.hpp"
#include "apps/fuzzer/child.hpp"
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

constexpr u32 kQuota = 40;  // frames

Child& random_child() { return children[run.random.below(kChildCount)]; }
u32 slot_of(const Child& child) { return kChildren + static_cast<u32>(&child - children); }

void create() {
  Child& child = random_child();
  const u32 slot = slot_of(child);
  const bool usual = !run.random.one_in(4);
  EnvQuota quota = small_quota(usual ? kQuota : run.random.below(8));
  quota[Resource::Wired] = run.random.below(quota[Resource::Frames] + 1);
  const Answer answer = call(Call::env_create, core::start_info->create, slot, address(&quota));
  const Allowed allowed = child.state == ChildState::None ? any_of(Status::Ok, Status::Quota, Status::NoSpace)
                                                          : one(Status::Occupied) | one(Status::Quota);
  if (!expect(answer, allowed, "env_create")) return;
  child = Child();
  child.state = ChildState::Embryo;
  child.number = static_cast<u32>(answer.value);
  if (usual && run.random.one_in(2)) build_child(slot, child);
}

// With frames of one's own instead of its: they must be its.
void configure_badly() {
  Child& child = random_child();
  EnvConfig config{};
  config.name[0] = 'x';
  config.root_table = run.random.one_in(2) ? foreign_frame() : shadow.view_table;
  config.upcall_frame = foreign_frame();
  config.save_frame = foreign_frame();
  config.upcall_page = 0x30000;
  config.entry_begin = 0x10000;
  expect_refused(call(Call::env_configure, slot_of(child), address(&config)), "env_configure");
}

void start() {
  Child& child = random_child();
  const Allowed allowed = child.state == ChildState::Configured ? kOk : kError;
  if (expect(call(Call::env_start, slot_of(child)), allowed, "env_start")) child.state = ChildState::Started;
}

void allocate_for() {
  Child& child = random_child();
  if (child.state == ChildState::None || child.frame_count == Child::kFrames) return;
  u32 frame = kNone;
  const Answer answer = call(Call::frame_alloc, slot_of(child), kNone, 1, address(&frame));
  const Allowed allowed = child.state == ChildState::Dead
                              ? one(Status::Gone)
                              : any_of(Status::Ok, Status::NoMemory, Status::Quota, Status::Gone);
  if (expect(answer, allowed, "frame_alloc for a child")) child.frames[child.frame_count++] = frame;
}

// Its frames are not ours: neither mapped nor freed nor shared by us in our own name.
void take_from() {
  const Child& child = random_child();
  if (child.frame_count == 0) return;
  const u32 frame = child.frames[run.random.below(child.frame_count)];
  const u32 slot = empty_slot();
  switch (run.random.below(3)) {
    case 0:
      return expect_refused(call(Call::frame_free, kSlotSelf, address(&frame), 1), "frame_free of a child's");
    case 1:
      return expect_refused(update(step(shadow.lab_table, 100, frame, kNone, PageAction::Set, kRead)),
                            "page_update Set of a child's");
    default:
      if (slot == kNone) return;
      return expect_refused(call(Call::frame_share, slot, frame, 1, kRead), "frame_share of a child's");
  }
}

void free_for() {
  Child& child = random_child();
  if (child.frame_count == 0) return;
  const u32 frame = child.frames[child.frame_count - 1];
  const Allowed allowed =
      child.state == ChildState::Dead ? one(Status::Gone) : any_of(Status::Ok, Status::Gone);
  expect(call(Call::frame_free, slot_of(child), address(&frame), 1), allowed, "frame_free for a child");
  child.frame_count--;
}

void more_quota() {
  const Child& child = random_child();
  const Allowed allowed =
      child.state == ChildState::None ? kError : any_of(Status::Ok, Status::Quota, Status::Gone);
  const u32 amount = run.random.one_in(8) ? 1u << 30 : run.random.below(2);
  expect(call(Call::env_quota, slot_of(child), run.random.below(kResources), amount), allowed, "env_quota");
}

// More wired frames than frames, not even a slot for itself, a field that must be zero, a resource that is
// none.
void quota_badly() {
  EnvQuota quota = small_quota(4);
  switch (run.random.below(4)) {
    case 0:
      quota[Resource::Wired] = 5;
      break;
    case 1:
      quota[Resource::Caps] = 0;
      break;
    case 2:
      quota.amount[run.random.below(kResources)] = 1u << 31;
      break;
    default:
      return expect_refused(call(Call::env_quota, kSlotSelf, outside(0, kResources), 0), "env_quota");
  }
  expect_refused(call(Call::env_create, core::start_info->create, 99, address(&quota)), "env_create");
}

void destroy() {
  Child& child = random_child();
  const Allowed allowed = child.state == ChildState::None ? kError : any_of(Status::Ok, Status::Gone);
  if (expect(call(Call::env_destroy, slot_of(child)), allowed, "env_destroy")) child.state = ChildState::Dead;
}

void reap() {
  Child& child = random_child();
  Allowed allowed = any_of(Status::Ok, Status::Busy);
  if (child.state == ChildState::None) allowed = kError;
  if (child.state == ChildState::Embryo || child.state == ChildState::Configured) allowed = one(Status::Busy);
  const Answer answer = call_until_done(Call::env_reap, slot_of(child));
  if (expect(answer, allowed, "env_reap")) child = Child();
}

void drop_child() {
  const Child& child = random_child();
  const Allowed allowed = child.state == ChildState::None ? one(Status::BadCap) : one(Status::Busy);
  expect(call(Call::cap_drop, slot_of(child)), allowed, "cap_drop of a creator's capability");
}

// What only its creator may.
void against_peers() {
  const u32 peer = kPeers + run.random.below(kPeerCount);
  const Call number = run.random.pick({Call::env_destroy, Call::env_reap, Call::env_start});
  expect_refused(call(number, peer), "control of another environment");
}

constexpr Op kOps[] = {
    {"create", 4, create},         {"configure_badly", 2, configure_badly},
    {"start", 3, start},           {"allocate_for", 4, allocate_for},
    {"take_from", 4, take_from},   {"free_for", 3, free_for},
    {"more_quota", 2, more_quota}, {"quota_badly", 2, quota_badly},
    {"destroy", 2, destroy},       {"reap", 4, reap},
    {"drop_child", 1, drop_child}, {"against_peers", 3, against_peers},
};

}  // namespace

std::span<const Op> env_ops() { return kOps; }

}  // namespace fuzzer
