// SPDX-License-Identifier: MIT
// Sharing, deriving, granting, dropping and revoking capabilities.
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

constexpr u32 kShareRights = kRead | kWrite | kExecute | kGrant;

bool has_range(CapType type) {
  return type == CapType::Frames || type == CapType::Extent || type == CapType::Slices;
}

bool any(const Frame&) { return true; }

// Data, and page tables below the root.
bool can_be_shared(FrameType type) {
  return type == FrameType::Data || type == FrameType::Table1 || type == FrameType::Table2 ||
         type == FrameType::Table3;
}

void share() {
  const auto table = static_cast<FrameType>(static_cast<u32>(FrameType::Table1) + run.random.below(3));
  const u32 index = random_frame(run.random.one_in(4) ? table : FrameType::Data, any);
  const u32 slot = empty_slot();
  if (index == kNoIndex || slot == kNone) return;
  u32 count = 1;
  const u32 first = shadow.frames[index].number;
  for (u32 next = 0; count < 8 && (next = find_frame(first + count)) != kNoIndex; count++)
    if (!can_be_shared(shadow.frames[next].type)) break;
  count = 1 + run.random.below(count);
  const u32 rights = run.random.below(16);
  if (!expect(call(Call::frame_share, slot, first, count, rights), kRoom, "frame_share")) return;
  Cap cap;
  cap.type = CapType::Frames;
  cap.rights = rights;
  cap.start = first;
  cap.count = count;
  cap.born = ++shadow.clock;
  add_cap(slot, cap);
}

void share_badly() {
  const u32 index = random_frame(FrameType::Data, any);
  const u32 table = random_frame(FrameType::Table4, any);
  const u32 slot = empty_slot();
  if (index == kNoIndex || slot == kNone) return;
  const u32 number = shadow.frames[index].number;
  Answer answer{};
  switch (run.random.below(5)) {
    case 0:
      answer = call(Call::frame_share, slot, foreign_frame(), 1, kRead);
      break;
    case 1:
      answer = call(Call::frame_share, slot, number, outside(1, 513), kRead);
      break;
    case 2:
      answer = call(Call::frame_share, slot, number, 1, outside(0, kShareRights + 1));
      break;
    case 3:
      if (table == kNoIndex) return;
      answer = call(Call::frame_share, slot, shadow.frames[table].number, 1, kRead);
      break;
    default:
      answer = call(Call::frame_share, run.random.one_in(2) ? u64{kSlotSelf} : outside(0, kCapsPerEnv),
                    number, 1, kRead);
      break;
  }
  expect_refused(answer, "frame_share");
}

void derive() {
  const u32 source = random_cap();
  const u32 slot = empty_slot();
  if (source == kNone || slot == kNone) return;
  Cap cap = shadow.caps[source];
  cap.rights &= static_cast<u32>(run.random.next());
  if (has_range(cap.type)) {
    const u32 skip = run.random.below(static_cast<u32>(cap.count));
    cap.start += skip;
    cap.count = 1 + run.random.below(static_cast<u32>(cap.count) - skip);
  }
  const Answer answer = call(Call::cap_derive, source, slot, cap.rights, cap.start, cap.count);
  if (!expect(answer, kRoom, "cap_derive")) return;
  cap.parent = source;
  cap.children = cap.granted = cap.uses = 0;
  add_cap(slot, cap);
}

// A right more than the source has, or a unit more at either end.
void derive_badly() {
  const u32 source = random_cap();
  const u32 slot = empty_slot();
  if (source == kNone || slot == kNone) return;
  const Cap& cap = shadow.caps[source];
  const u32 extra = 1u << run.random.below(32);
  const bool ranged = has_range(cap.type);
  Answer answer{};
  switch (run.random.below(ranged ? 6 : 3)) {
    case 0:
      if ((cap.rights & extra) != 0) return;
      answer = call(Call::cap_derive, source, slot, cap.rights | extra, cap.start, cap.count);
      break;
    case 1:
      answer = call(Call::cap_derive, random_slot(kFirstPlay, kLastPlay), outside(0, kCapsPerEnv), 0,
                    cap.start, cap.count);
      break;
    case 2:
      answer = call(Call::cap_derive, source, source, cap.rights, cap.start, cap.count);
      break;
    case 3:
      answer =
          call(Call::cap_derive, source, slot, cap.rights, cap.start, cap.count + 1 + run.random.below(3));
      break;
    case 4:
      answer = call(Call::cap_derive, source, slot, cap.rights, cap.start - 1, cap.count);
      break;
    default:
      answer =
          call(Call::cap_derive, source, slot, cap.rights, run.random.next() | 1ul << 40, run.random.next());
      break;
  }
  expect_refused(answer, "cap_derive");
}

// To another environment's mailbox, or to a child. Whoever can write makes the contents unknown.
void grant() {
  const u32 source = random_cap();
  if (source == kNone) return;
  Cap& cap = shadow.caps[source];
  const u32 to =
      run.random.one_in(4) ? kChildren + run.random.below(2) : kPeers + run.random.below(kPeerCount);
  const u32 target = random_slot(kMailbox, kMailboxEnd - 1);
  u32 rights = cap.rights & static_cast<u32>(run.random.next());
  if (cap.type == CapType::Extent) rights &= ~u32{kWrite};  // the disk's contents are checked
  const bool allowed = (cap.rights & kGrant) != 0;
  const Answer answer = call(Call::cap_grant, source, to, target, rights);
  if (!allowed) return expect_refused(answer, "cap_grant without the right");
  const Allowed usual =
      any_of(Status::Ok, Status::Occupied, Status::NoSpace, Status::Quota, Status::Gone, Status::BadCap);
  if (!expect(answer, usual, "cap_grant")) return;
  lend(cap, rights);
}

void grant_badly() {
  const u32 source = random_cap();
  if (source == kNone) return;
  const Cap& cap = shadow.caps[source];
  const u32 target = random_slot(kMailbox, kMailboxEnd - 1);
  const u32 extra = 1u << run.random.below(32);
  if ((cap.rights & extra) != 0) return;
  const u32 to =
      run.random.one_in(4) ? random_slot(kSlices, kLastPlay) : kPeers + run.random.below(kPeerCount);
  expect_refused(call(Call::cap_grant, source, to, target, cap.rights | extra), "cap_grant of more rights");
}

void drop() {
  const u32 slot = random_slot(kFirstPlay, kLastPlay);
  const Cap& cap = shadow.caps[slot];
  Allowed allowed = kOk;
  // Of positions that stand on it there are no records here.
  if (cap.granted != 0 || cap.type == CapType::Slices) allowed = any_of(Status::Ok, Status::Busy);
  if (cap.children != 0 || cap.uses != 0) allowed = one(Status::Busy);
  if (cap.type == CapType::Null) allowed = one(Status::BadCap);
  if (expect(call(Call::cap_drop, slot), allowed, "cap_drop")) remove_cap(slot);
}

void revoke() {
  const u32 slot = random_cap();
  if (slot == kNone) return;
  expect(call_until_done(Call::cap_revoke, slot), kOk, "cap_revoke");
  remove_below(slot);
}

// One step only: the rest comes with a later one.
void revoke_a_little() {
  const u32 slot = random_cap();
  if (slot == kNone) return;
  if (expect(call(Call::cap_revoke, slot), any_of(Status::Ok, Status::Again), "cap_revoke"))
    return remove_below(slot);
  expect(call_until_done(Call::cap_revoke, slot), kOk, "cap_revoke, the rest");
  remove_below(slot);
}

void empty_mailbox() {
  const u32 accepted = core::start_info->accept;
  const u32 slot =
      run.random.one_in(3) && accepted != kNone ? accepted : random_slot(kMailbox, kMailboxEnd - 1);
  if (run.random.one_in(2)) {
    call(Call::cap_drop, slot);
  } else {
    call(Call::cap_revoke, slot);
  }
}

constexpr Op kOps[] = {
    {"share", 8, share},
    {"share_badly", 4, share_badly},
    {"derive", 12, derive},
    {"derive_badly", 8, derive_badly},
    {"grant", 10, grant},
    {"grant_badly", 4, grant_badly},
    {"drop", 14, drop},
    {"revoke", 4, revoke},
    {"revoke_a_little", 2, revoke_a_little},
    {"empty_mailbox", 8, empty_mailbox},
};

}  // namespace

std::span<const Op> cap_ops() { return kOps; }

}  // namespace fuzzer
