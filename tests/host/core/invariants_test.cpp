// SPDX-License-Identifier: MIT
// The checker itself: each kind of damage must be found, or the random tests prove nothing.
#include <string>

#include "fixture.hpp"

namespace test {

class Invariants : public Core {
 protected:
  u16 env_ = 0;
  Space space_{};
  u32 data_ = 0;
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70, 100);
    space_ = make_space(env_);
    data_ = alloc(env_);
    ASSERT_EQ(page_set(env_, space_.first, 0, data_, kNone, kRead), Status::Ok);
    ASSERT_EQ(cap_grant(0, kSlotShared, env_, 5, kRead), Status::Ok);
    ASSERT_EQ(page_set(env_, space_.first, 1, kSharedFrame, 5, kRead), Status::Ok);
  }
  // Sets `field` to `value`, expects the finding, and puts it back.
  template <class T, class V>
  void damage(T& field, V value, const char* finding) {
    const T before = field;
    field = static_cast<T>(value);
    const char* found = check_invariants();
    EXPECT_STREQ(found, finding);
    field = before;
  }
};

TEST_F(Invariants, FrameLists) {
  damage(ledger_header.frames_free, ledger_header.frames_free - 1, "frames_free is wrong");
  damage(ledger_header.frames_total, 1, "frames_total is wrong");
  damage(frames[data_].owner, 0, "a frame is in the list of another owner");
  damage(frames[data_].prev, kNone, "a frame's prev is not the frame before it");
  damage(frames[data_].stamp, ledger_header.clock + 1, "a stamp from the future");
  damage(envs[env_].used[0], 4, "EnvEntry::used of Frames is wrong");
  damage(envs[env_].quota[0], 1, "an environment has more than its quota");
  damage(envs[0].quota[0], kTotal, "quotas exceed what there is");
  damage(frame_lists.free_tail, 900, "a list's tail is not its last frame");
  damage(frames[frame_lists.free_head].pins, 1, "a free frame is referenced");
  damage(env_private[env_].last_frame, space_.first, "a list's tail is not its last frame");
}

TEST_F(Invariants, Pages) {
  u64& entry = physmem[space_.first][0];
  damage(entry, pte_make(frame_lists.free_head, 0, kRead),
         "a page is mapped that is neither data nor shared nor a page table");
  damage(entry, pte_make(space_.top, 0, kRead),
         "a page is mapped that is neither data nor shared nor a page table");
  damage(entry, pte_make(alloc(0), 0, kRead), "a page is mapped that belongs to another environment");
  damage(entry, entry & ~kPteUser, "an entry is no user page");
  damage(entry, entry & ~kPtePresent, "an absent entry is not zero");
  damage(entry, 0, "FrameEntry::entries is wrong");
  damage(entry, pte_make(data_, 70, kRead), "an entry stands on something that is no Frames capability");
  damage(entry, pte_make(data_, kSlotShared, kRead), "an entry stands on another environment's capability");
  damage(entry, pte_make(data_, cap_index(env_, 5), kRead),
         "an entry stands on a capability for other frames");
  damage(physmem[space_.first][1], pte_make(kSharedFrame, cap_index(env_, 5), kRead | kWrite),
         "a kernel page or a page table is writable or executable");
  damage(physmem[space_.second][0], pte_make(space_.third, 0, 7), "a page table skips a level");
  damage(physmem[space_.second][0], pte_make(space_.first, 0, kRead), "an upper entry with odd bits");
  damage(physmem[space_.top][255], 1, "the last user slot of a root table is in use");
  damage(physmem[space_.top][256], 0, "a root table lacks the kernel's half");
  damage(frames[data_].entries, 1, "a frame that is no page table has entries");
}

TEST_F(Invariants, Caps) {
  CapEntry& child = caps[cap_index(env_, 5)];
  damage(child.rights, kRead | kWrite, "a child capability has more rights");
  damage(child.count, kSharedCount + 1, "a child capability covers more");
  damage(child.depth, 2, "a capability's depth is wrong");
  damage(child.depth, 0, "a capability's depth is wrong");
  damage(child.parent, kSlotConsole, "a first child is not one");
  damage(child.parent, kNone, "a first child is not one");
  damage(child.prev_sibling, kSlotDisk, "a first child is not one");
  damage(child.next_sibling, kSlotDisk, "CapEntry::children is wrong");
  damage(child.first_child, kSlotDisk, "a first child is not one");
  damage(child.children, 1, "CapEntry::children is wrong");
  ASSERT_EQ(cap_grant(0, kSlotShared, env_, 7, kRead), Status::Ok);
  damage(caps[cap_index(env_, 7)].type, CapType::Null, "an empty slot is not zero");
  damage(child.prev_sibling, kSlotDisk, "a capability's older sibling does not know it");
  damage(child.prev_sibling, kNone, "a parent's first child is another one");
  damage(child.stamp, 100000, "a child capability is fresher than its parent");
  damage(caps[cap_index(env_, 8)].uses, 1, "an empty slot is not zero");
  damage(caps[kSlotShared].first_child, kNone, "CapEntry::children is wrong");
  damage(caps[kSlotShared].children, 1, "CapEntry::children is wrong");
}

TEST_F(Invariants, Counts) {
  damage(frames[data_].maps, 2, "FrameEntry::maps is wrong");
  damage(frames[data_].maps, 0, "FrameEntry::maps is wrong");
  damage(frames[data_].pins, 1, "FrameEntry::pins is wrong");
  damage(caps[cap_index(env_, 5)].uses, 0, "CapEntry::uses is wrong");
  damage(filters[0].references, 2, "FilterEntry::references is wrong");
  frame_pin(data_);  // as a packet in the card does
  envs[env_].used[static_cast<u32>(Resource::Pins)]++;
  EXPECT_STREQ(check_invariants(1), nullptr);
  frame_unpin(data_);
  envs[env_].used[static_cast<u32>(Resource::Pins)]--;
}

}  // namespace test
