// SPDX-License-Identifier: MIT
// Bindings: who gets a packet, the ring, and environments that write nonsense into it.
#include <cstring>
#include <set>
#include <vector>

#include "fixture.hpp"

namespace test {

class Binding : public Core {
 protected:
  u16 env_ = 0;
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70, 400);
    ASSERT_EQ(cap_grant(0, kSlotReceive, env_, 5, kInvoke | kGrant), Status::Ok);
  }
  BindConfig config(u32 priority = 0, u32 count = 1, u32 receive = 5) {
    BindConfig c{};
    c.receive = receive;
    c.priority = priority;
    c.control = alloc(env_);
    c.frame_count = count;
    c.list_frame = alloc(env_);
    for (u32 i = 0; i < count; i++) c.frames[i] = alloc(env_);
    return c;
  }
  u32 open(u32 priority = 0, u32 count = 1, u32 receive = 5) {
    const auto binding = binding_open(env_, config(priority, count, receive));
    EXPECT_EQ(binding.status(), Status::Ok);
    return binding.value();
  }
  RingControl& control(u32 binding) {
    return *reinterpret_cast<RingControl*>(physmem[bindings[binding].control]);
  }
  void refused(const BindConfig& c, Status status) {
    EXPECT_EQ(binding_open(env_, c).status(), status);
    EXPECT_STREQ(check_invariants(), nullptr);
  }
};

static const std::vector<u8> kUnicast{0x52, 0x54, 0, 1, 2, 3, 9, 9, 9, 9, 9, 9, 8, 0};
static const std::vector<u8> kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 9, 9, 9, 9, 9, 9, 8, 6};

static u32 first_of(const std::vector<u8>& packet = kUnicast, u16 card = kCard) {
  return demux_first(card, packet.data(), static_cast<u32>(packet.size()));
}
static std::set<u32> all_of(const std::vector<u8>& packet) {
  const u32 length = static_cast<u32>(packet.size());
  std::set<u32> all;
  DemuxWalk walk;
  demux_start(walk, kCard, packet.data(), length);
  for (u32 binding = 0; (binding = demux_next(walk, packet.data(), length)) != kNone;)
    EXPECT_TRUE(all.insert(binding).second);
  return all;
}

TEST_F(Binding, OpenPinsAndCloseUnpins) {
  const BindConfig c = config(0, kMaxRingFrames);
  physmem[c.control][0] = 77;
  const u32 binding = binding_open(env_, c).value();
  EXPECT_EQ(frames[c.control].pins, 1u);
  for (u32 frame : c.frames) EXPECT_EQ(frames[frame].pins, 1u);
  EXPECT_EQ(control(binding).produced, 0u);
  EXPECT_EQ(binding_device(binding), kCard);
  EXPECT_TRUE(binding_owned(env_, binding));
  EXPECT_FALSE(binding_owned(0, binding));
  EXPECT_EQ(binding_close(0, binding), Status::BadArgument);
  EXPECT_EQ(binding_close(env_, kMaxBindings), Status::BadArgument);
  EXPECT_EQ(binding_close(env_, binding), Status::Ok);
  EXPECT_EQ(binding_close(env_, binding), Status::BadArgument);
  EXPECT_EQ(frames[c.frames[kMaxRingFrames - 1]].pins, 0u);
}

TEST_F(Binding, OpenErrors) {
  const BindConfig good = config(0, 4);
  BindConfig c = good;
  for (u32 count : {0u, 3u, kMaxRingFrames + 1, kMaxRingFrames * 2, 0xffffffffu, 0x80000000u}) {
    c.frame_count = count;
    refused(c, Status::BadArgument);
  }
  c = good;
  c.receive = 6;
  refused(c, Status::BadCap);
  ASSERT_EQ(cap_derive(env_, 5, 6, kGrant, 0, 0), Status::Ok);
  refused(c, Status::Denied);
  ASSERT_EQ(cap_grant(0, kSlotSend, env_, 7, kInvoke), Status::Ok);
  c.receive = 7;
  refused(c, Status::BadCap);
  const u16 other = make_env(71);
  for (u32 bad : {good.frames[0], good.control, alloc(other), kNone, kSharedFrame, frame_lists.free_head,
                  make_table(env_, FrameType::Table1)}) {
    c = good;
    c.frames[3] = bad;
    refused(c, Status::Denied);
  }
  c = good;
  c.control = alloc(other);
  refused(c, Status::Denied);
  c.control = kFrames;
  refused(c, Status::Denied);
}

TEST_F(Binding, ListFrame) {
  const BindConfig good = config(0, 4);
  BindConfig c = good;
  for (u32 bad : {good.control, good.frames[2], alloc(make_env(71)), kNone, kFrames, kSharedFrame,
                  make_table(env_, FrameType::Table1)}) {
    c.list_frame = bad;
    refused(c, Status::Denied);
  }
  c = good;
  c.reserved = 1;
  refused(c, Status::BadArgument);
  const Space space = make_space(env_);
  ASSERT_EQ(page_set(env_, space.first, 9, good.list_frame, kNone, kRead | kWrite), Status::Ok);
  refused(good, Status::Busy);
  hold_translations(0, ledger_header.clock);
  ASSERT_EQ(page_clear(env_, space.first, 9), Status::Ok);
  refused(good, Status::Again);
  flush_all();
  const auto binding = binding_open(env_, good);
  ASSERT_EQ(binding.status(), Status::Ok);
  EXPECT_EQ(frames[good.list_frame].type, FrameType::Kernel);
  for (u32 i = 0; i < 4; i++) EXPECT_EQ(binding_frame(binding.value(), i), good.frames[i]);
  EXPECT_EQ(frame_free(env_, good.list_frame), Status::Denied);
  EXPECT_EQ(page_set(env_, space.first, 9, good.list_frame, kNone, kRead), Status::Denied);
  ASSERT_EQ(binding_close(env_, binding.value()), Status::Ok);
  EXPECT_EQ(frames[good.list_frame].type, FrameType::Data);
  for (u64 word : physmem[good.list_frame]) EXPECT_EQ(word, 0u);
}

TEST_F(Binding, PriorityThenAge) {
  const u32 late = open(5);
  const u32 second = open(1);
  const u32 third = open(1);
  const u32 first = open(0);
  EXPECT_EQ(first_of(kUnicast, kCard + 1), kNone);  // another card
  EXPECT_EQ(all_of(kBroadcast), (std::set<u32>{first, second, third, late}));
  EXPECT_EQ(first_of(), first);
  ASSERT_EQ(binding_close(env_, first), Status::Ok);
  EXPECT_EQ(first_of(), second);
  EXPECT_EQ(open(1), first);  // the number is used again, but it is the youngest
  EXPECT_EQ(first_of(), second);
  for (u32 next : {second, third, first, late}) {
    EXPECT_EQ(first_of(), next);
    ASSERT_EQ(binding_close(env_, next), Status::Ok);
  }
  EXPECT_EQ(first_of(), kNone);
  EXPECT_TRUE(all_of(kBroadcast).empty());
}

TEST_F(Binding, OnlyWhatTheFilterAccepts) {
  const BpfInsn arp[] = {{0x28, 0, 0, 12}, {0x15, 0, 1, 0x806}, {6, 0, 0, 1}, {6, 0, 0, 0}};
  ASSERT_EQ(filter_derive(env_, 5, 6, arp, 4), Status::Ok);
  const u32 narrow = open(0, 1, 6);
  const u32 wide = open(1, 1, 5);
  EXPECT_EQ(first_of(kUnicast), wide);
  EXPECT_EQ(first_of(kBroadcast), narrow);
  EXPECT_EQ(all_of(kBroadcast), (std::set<u32>{narrow, wide}));
  EXPECT_EQ(filters[caps[cap_index(env_, 6)].object].accepted, 2u);
  EXPECT_EQ(filters[caps[cap_index(env_, 5)].object].accepted, 2u);
}

TEST_F(Binding, PacketsLandInTheRing) {
  const u32 binding = open(0, 2);
  for (u32 i = 0; i < 4; i++) {
    std::vector<u8> packet(1514, static_cast<u8>(i));
    ASSERT_TRUE(binding_deliver(binding, packet.data(), 1514, i, 1000 + i));
    const auto* slot = reinterpret_cast<u8*>(physmem[binding_frame(binding, i / 2)]) + i % 2 * kPacketSlot;
    PacketHeader header;
    std::memcpy(&header, slot, sizeof header);
    EXPECT_EQ(header.length, 1514u);
    EXPECT_EQ(header.flags, i);
    EXPECT_EQ(header.timestamp, 1000u + i);
    EXPECT_EQ(std::memcmp(slot + sizeof header, packet.data(), 1514), 0);
    EXPECT_EQ(control(binding).produced, i + 1);
  }
  EXPECT_FALSE(binding_deliver(binding, kUnicast.data(), 14, 0, 0));  // full
  EXPECT_EQ(control(binding).dropped, 1u);
  control(binding).consumed = 1;
  EXPECT_TRUE(binding_deliver(binding, kUnicast.data(), 14, 0, 0));  // into slot 0 again
  EXPECT_EQ(physmem[binding_frame(binding, 0)][0] & 0xffffffff, 14u);
  EXPECT_FALSE(binding_deliver(binding, kUnicast.data(), 14, 0, 0));
  EXPECT_EQ(bindings[binding].delivered, 5u);
  EXPECT_EQ(bindings[binding].dropped, 2u);
}

TEST_F(Binding, HostileCounters) {
  const u32 binding = open();
  for (u64 nonsense : {1ul, 5ul, ~0ul - 1, 1ul << 63, 0x7ffffffffffffffful}) {
    control(binding).consumed = nonsense;  // nothing was produced yet
    EXPECT_FALSE(binding_deliver(binding, kUnicast.data(), 14, 0, 0)) << nonsense;
  }
  control(binding).consumed = 0;
  control(binding).produced = ~0ul;  // the kernel's own counter decides
  EXPECT_TRUE(binding_deliver(binding, kUnicast.data(), 14, 0, 0));
  EXPECT_EQ(control(binding).produced, 1u);
}

TEST_F(Binding, TooLongIsDropped) {
  const u32 binding = open();
  std::vector<u8> packet(4096);
  EXPECT_TRUE(binding_deliver(binding, packet.data(), kPacketSlot - 16, 0, 0));
  EXPECT_FALSE(binding_deliver(binding, packet.data(), kPacketSlot - 15, 0, 0));
}

TEST_F(Binding, SentIsCounted) {
  const u32 binding = open();
  binding_sent(binding);
  binding_sent(binding);
  EXPECT_EQ(control(binding).sent, 2u);
  EXPECT_EQ(bindings[binding].sent, 2u);
}

}  // namespace test
