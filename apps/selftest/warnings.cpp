// SPDX-License-Identifier: MIT
// Revocation that is seen, for every kind of capability: the holder is warned, loses it, and reads in its
// repossession vector what it lost. What it drops in time is not taken.
#include "apps/selftest/child.hpp"
#include "apps/selftest/test.hpp"

namespace selftest {

namespace {

constexpr u32 kChild = TestChild::kSlot;
constexpr u32 kPart = 64;   // ours, derived for the test
constexpr u32 kChilds = 5;  // the child's slot for its copy
constexpr u32 kKept = 65;   // a bystander: derived from the same, not revoked

u64 later() { return core::tsc_at(core::now() + kPatience); }

// Gives the child the CPU until its notice handler has run `count` times.
Status run_until_noticed(const TestChild& child, u64 count) {
  const u64 end = core::now() + kPatience;
  while (child.page().notices < count) {
    if (core::now() >= end) return Status::TimedOut;
    const Status status = core::yield(kChild).status;
    if (status != Status::Ok && status != Status::Busy) return status;
  }
  return Status::Ok;
}

struct Object {
  CapType type;
  u64 start, count;
};

// `kPart` and `kKept` are there, to the same object: the child gets a copy of kPart.
Outcome warn_then_take(u32 rights, const Object& object) {
  TestChild child;
  EXPECT_OK(child.make());
  EXPECT_OK(sys::cap_grant(kPart, kChild, kChilds, rights).status);
  const u64 deadline = later();
  const SysResult warned = sys::cap_warn(kPart, deadline, kNone);
  EXPECT_OK(warned.status);
  EXPECT(warned.value == kNone);  // one child, no more to warn
  EXPECT_OK(run_until_noticed(child, 1));
  const volatile ChildPage& page = child.page();
  EXPECT(page.warned == 1 && page.repossessed == 0);
  EXPECT(page.warning.type == object.type && page.warning.slot == kChilds);
  EXPECT(page.warning.start == object.start && page.warning.count == object.count);
  EXPECT(page.warning.deadline == deadline);
  EXPECT_OK(core::until_done([] { return sys::cap_revoke(kPart).status; }));
  EXPECT_OK(run_until_noticed(child, 2));
  EXPECT(page.warned == 1 && page.repossessed == 1);
  EXPECT(page.taken.type == object.type && page.taken.slot == kChilds && page.taken.serial == 0);
  EXPECT(page.taken.start == object.start && page.taken.count == object.count);
  EXPECT_OK(sys::cap_grant(kPart, kChild, kChilds, rights).status);  // its slot is empty again
  EXPECT_OK(child.unmake());
  EXPECT_OK(sys::cap_drop(kPart).status);
  EXPECT_OK(sys::cap_drop(kKept).status);
  return nullptr;
}

// Of a capability to a range of something: two parts of it, beside each other.
Outcome warn_of_part(u32 slot, u32 rights, const Object& object) {
  EXPECT_OK(sys::cap_derive(slot, kPart, rights | kGrant, object.start, object.count).status);
  EXPECT_OK(sys::cap_derive(slot, kKept, rights, object.start, object.count).status);
  return warn_then_take(rights, object);
}

Outcome warned_of_blocks() {
  const core::ExtentInfo& extent = core::start_info->extent;
  return warn_of_part(extent.slot, kRead, {CapType::Extent, extent.first + 300, 7});
}

Outcome warned_of_positions() {
  return warn_of_part(core::start_info->slices, kInvoke, {CapType::Slices, 3, 5});
}

Outcome warned_of_packets() {
  const BpfInsn nothing[] = {{6, 0, 0, 0}};
  EXPECT_OK(sys::filter_derive(core::start_info->network.receive, kPart, nothing, 1).status);
  EXPECT_OK(sys::filter_derive(core::start_info->network.receive, kKept, nothing, 1).status);
  return warn_then_take(kInvoke, {CapType::Receive, 0, 0});
}

Outcome warned_of_frames() {
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT_OK(sys::frame_share(66, frame, 1, kRead | kGrant).status);
  if (const Outcome outcome = warn_of_part(66, kRead, {CapType::Frames, frame, 1}); outcome != nullptr)
    return outcome;
  EXPECT_OK(sys::cap_drop(66).status);
  EXPECT_OK(core::put_frames(&frame, 1));
  return nullptr;
}

constexpr Test kTests[] = {
    {"warned_of_blocks", warned_of_blocks},
    {"warned_of_positions", warned_of_positions},
    {"warned_of_packets", warned_of_packets},
    {"warned_of_frames", warned_of_frames},
};

}  // namespace

std::span<const Test> warning_tests() { return kTests; }

}  // namespace selftest
