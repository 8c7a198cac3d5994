// SPDX-License-Identifier: MIT
// Family net: who receives, and what leaves the machine from which memory.
#include "machine.hpp"

namespace test {

class NetCall : public Syscall {
 protected:
  u32 binding_ = 0;
  u32 data_ = 0;
  u32 more_ = 0;
  void SetUp() override {
    Syscall::SetUp();
    ASSERT_EQ(cap_grant(0, kSlotReceive, env_, 5, kInvoke), Status::Ok);
    ASSERT_EQ(cap_grant(0, kSlotSend, env_, 6, kInvoke), Status::Ok);
    const SysResult bound = call(Call::net_bind, {put(config())});
    ASSERT_EQ(bound.status, Status::Ok);
    binding_ = static_cast<u32>(bound.value);
    data_ = alloc(env_);
    more_ = alloc(env_);
    for (u32 i = 0; i < 4096; i++) bytes(data_)[i] = static_cast<u8>(i);
    for (u32 i = 0; i < 4096; i++) bytes(more_)[i] = static_cast<u8>(i * 7);
  }
  void TearDown() override {
    for (u32 slot = 0; slot < drivers::kNetSlots; slot++) kernel::net_sent(kCard, slot);
    Syscall::TearDown();
  }
  static u8* bytes(u32 frame) { return reinterpret_cast<u8*>(physmem[frame]); }
  BindConfig config() {
    BindConfig c{};
    c.receive = 5;
    c.control = alloc(env_);
    c.frame_count = 1;
    c.frames[0] = alloc(env_);
    c.list_frame = alloc(env_);
    return c;
  }
  RingControl& control(u32 binding) {
    return *reinterpret_cast<RingControl*>(physmem[bindings[binding].control]);
  }
  SendPacket packet(std::vector<Segment> segments) {
    SendPacket p{};
    p.segment_count = static_cast<u32>(segments.size());
    for (u32 i = 0; i < segments.size() && i < kMaxSegments; i++) p.segments[i] = segments[i];
    return p;
  }
  SysResult send(const std::vector<SendPacket>& packets, u32 slot = 6) {
    return call(Call::net_send, {slot, binding_, put(packets), packets.size()});
  }
};

TEST_F(NetCall, AShortPacketLeavesFromTheCopy) {
  EXPECT_EQ(send({packet({{data_, 100, 60}})}).status, Status::Ok);
  ASSERT_EQ(machine.packets.size(), 1u);
  EXPECT_EQ(machine.packets[0].head, std::vector<u8>(bytes(data_) + 100, bytes(data_) + 160));
  EXPECT_TRUE(machine.packets[0].pieces.empty());
  EXPECT_EQ(machine.net_kicks, 1u);
  EXPECT_EQ(frames[data_].pins, 1u);
}

TEST_F(NetCall, ALongOneIsSplitBehindTheCopy) {
  EXPECT_EQ(send({packet({{data_, 0, 100}, {more_, 50, 100}, {data_, 1000, 500}})}).status, Status::Ok);
  ASSERT_EQ(machine.packets.size(), 1u);
  std::vector<u8> head(bytes(data_), bytes(data_) + 100);
  head.insert(head.end(), bytes(more_) + 50, bytes(more_) + 78);
  EXPECT_EQ(machine.packets[0].head, head);
  const std::vector<std::pair<u64, u32>> pieces{{more_ * kPageSize + 78, 72},
                                                {data_ * kPageSize + 1000, 500}};
  EXPECT_EQ(machine.packets[0].pieces, pieces);
  EXPECT_EQ(frames[data_].pins, 2u);
  EXPECT_EQ(frames[more_].pins, 1u);
}

TEST_F(NetCall, SentUnpinsCountsAndWakes) {
  ASSERT_EQ(send({packet({{data_, 0, 60}}), packet({{more_, 0, 1514}})}).value, 2u);
  EXPECT_EQ(machine.net_kicks, 1u);
  EXPECT_EQ(call(Call::net_unbind, {binding_}).status, Status::Busy);
  kernel::net_sent(kCard, 0);
  EXPECT_EQ(control(binding_).sent, 1u);
  EXPECT_EQ(frames[data_].pins, 0u);
  EXPECT_EQ(frames[more_].pins, 1u);
  EXPECT_EQ(machine.written, std::vector<u16>{env_});
  kernel::net_sent(kCard, 0);  // a card that says it twice
  EXPECT_EQ(control(binding_).sent, 1u);
  kernel::net_sent(kCard, 1);
  EXPECT_EQ(call(Call::net_unbind, {binding_}).status, Status::Ok);
  EXPECT_EQ(call(Call::net_unbind, {binding_}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::net_unbind, {kMaxBindings}).status, Status::BadArgument);
}

TEST_F(NetCall, MalformedPackets) {
  SendPacket many = packet({{data_, 0, 60}});
  many.segment_count = kMaxSegments + 1;
  SendPacket no_tcp = packet({{data_, 0, 60}});
  no_tcp.sum = 1;
  const SendPacket bad[] = {packet({}),
                            many,
                            no_tcp,
                            packet({{data_, 0, 13}}),
                            packet({{data_, 0, 1515}}),
                            packet({{data_, 0, 1000}, {data_, 0, 515}}),
                            packet({{data_, 0, 60}, {data_, 60, 0}}),
                            packet({{data_, 4096 - 59, 60}}),
                            packet({{data_, 65535, 65535}})};
  for (const SendPacket& p : bad) EXPECT_EQ(send({p}).status, Status::BadArgument);
  EXPECT_TRUE(machine.packets.empty());
  EXPECT_EQ(machine.net_kicks, 0u);
}

TEST_F(NetCall, OnlyTheCallersFrames) {
  for (u32 bad : {alloc(make_env(71)), kNone, kFrames, kSharedFrame, space_.first, frame_lists.free_head})
    EXPECT_EQ(send({packet({{data_, 0, 60}, {bad, 0, 10}})}).status, Status::Denied);
  EXPECT_TRUE(machine.packets.empty());
}

TEST_F(NetCall, TheEgressChainStopsSpoofing) {
  const std::vector<BpfInsn> own_address{
      {0x20, 0, 0, 26}, {0x15, 0, 1, 0x0a00020f}, {6, 0, 0, 1}, {6, 0, 0, 0}};
  ASSERT_EQ(call(Call::filter_derive, {6, 7, put(own_address), 4}).status, Status::Ok);
  bytes(data_)[26] = 10;
  bytes(data_)[27] = 0;
  bytes(data_)[28] = 2;
  bytes(data_)[29] = 15;
  EXPECT_EQ(send({packet({{data_, 0, 60}})}, 7).status, Status::Ok);
  EXPECT_EQ(send({packet({{data_, 0, 28}, {data_, 28, 40}})}, 7).status, Status::Ok);  // across pieces
  bytes(data_)[29] = 16;
  const SysResult r = send({packet({{data_, 0, 60}})}, 7);
  EXPECT_EQ(r.status, Status::Denied);
  EXPECT_EQ(r.value, 0u);
  EXPECT_EQ(machine.packets.size(), 2u);
}

TEST_F(NetCall, SendErrors) {
  const std::vector<SendPacket> one{packet({{data_, 0, 60}})};
  EXPECT_EQ(send(one, 5).status, Status::BadCap);  // a Receive capability
  EXPECT_EQ(send(one, 8).status, Status::BadCap);
  EXPECT_EQ(call(Call::net_send, {6, binding_ + 1, put(one), 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::net_send, {6, binding_, put(one), 33}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::net_send, {6, binding_, kUserBase + 2, 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::net_send, {6, binding_, 0x1000, 1}).status, Status::BadAddress);
  ASSERT_EQ(cap_derive(0, kSlotSend, 80, kGrant, 0, 0), Status::Ok);
  EXPECT_EQ(call_as(0, Call::net_send, {80, binding_, put(one), 1}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::net_send, {kSlotSend, binding_, put(one), 1}).status, Status::BadArgument);
  cap_boot(81, CapType::Send, filter_boot(kCard + 1), 0, 0, kInvoke | kGrant);  // another card
  ASSERT_EQ(cap_grant(0, 81, env_, 9, kInvoke), Status::Ok);
  EXPECT_EQ(send(one, 9).status, Status::Denied);
  machine.net_room = 1;
  const SysResult r = send({one[0], one[0]});
  EXPECT_EQ(r.status, Status::NoSpace);
  EXPECT_EQ(r.value, 1u);
  EXPECT_EQ(frames[data_].pins, 1u);
}

// TCP in IPv4, 54 bytes of header and as much payload as fills `total`, in the two frames.
class OffloadCall : public NetCall {
 protected:
  SendPacket tcp(u32 total) {
    u8* const p = bytes(data_);
    std::memset(p, 0, 128);
    const u8 ip[] = {8,    0, 0x45, 0, static_cast<u8>((total - 14) >> 8), static_cast<u8>(total - 14), 0, 1,
                     0x40, 0, 64,   6};
    std::memcpy(p + 12, ip, sizeof ip);
    p[46] = 0x50;
    p[47] = 0x18;
    SendPacket made{};
    made.sum = 1;
    for (u32 left = total; left != 0; made.segment_count++) {
      const u32 here = std::min(left, 4096u);
      made.segments[made.segment_count] = {left == total ? data_ : more_, 0, static_cast<u16>(here)};
      left -= here;
    }
    return made;
  }
  SendPacket to_cut(u32 total, u16 size) {
    SendPacket made = tcp(total);
    made.cut = size;
    return made;
  }
  // A predicate that requires byte `at` to be `value` becomes slot 7.
  void require_byte(u32 at, u32 value) {
    const std::vector<BpfInsn> program{{0x30, 0, 0, at}, {0x15, 0, 1, value}, {6, 0, 0, 1}, {6, 0, 0, 0}};
    ASSERT_EQ(call(Call::filter_derive, {6, 7, put(program), 4}).status, Status::Ok);
  }
};

TEST_F(OffloadCall, WhatTheCardAndThePredicatesLeave) {
  EXPECT_EQ(send({}).value, 0u);
  machine.offloads = kOffloadAll & ~kOffloadCut6;
  EXPECT_EQ(send({}).status, Status::Ok);
  EXPECT_EQ(send({}).value, machine.offloads);
  require_byte(47, 0x18);  // the flags
  EXPECT_EQ(send({}, 7).value, kOffloadSum4 | kOffloadSum6);
  EXPECT_EQ(machine.net_kicks, 0u);
}

TEST_F(OffloadCall, TheCardIsToldWhatToDo) {
  machine.offloads = kOffloadAll;
  ASSERT_EQ(send({tcp(1000), to_cut(20000, 1400), packet({{data_, 0, 60}})}).status, Status::Ok);
  EXPECT_EQ(machine.packets[0].sum_start, 34);
  EXPECT_EQ(machine.packets[0].cut, 0);
  EXPECT_EQ(machine.packets[1].sum_start, 34);
  EXPECT_EQ(machine.packets[1].cut, 1400);
  EXPECT_EQ(machine.packets[1].header_length, 54);
  EXPECT_EQ(machine.packets[1].over_ipv6, 0);
  EXPECT_EQ(machine.packets[1].pieces.size(), 5u);
  EXPECT_EQ(machine.packets[2].sum_start, 0);
}

TEST_F(OffloadCall, TheLongestPacket) {
  machine.offloads = kOffloadAll;
  EXPECT_EQ(send({to_cut(kMaxCutPacket, 1460)}).status, Status::Ok);
  SendPacket longer = to_cut(kMaxCutPacket, 1460);
  longer.segments[longer.segment_count - 1].length++;
  EXPECT_EQ(send({longer}).status, Status::BadArgument);
  EXPECT_EQ(send({tcp(1515)}).status, Status::BadArgument);
}

TEST_F(OffloadCall, NotWhatTheCardCannotDo) {
  EXPECT_EQ(send({tcp(1000)}).status, Status::Denied);
  machine.offloads = kOffloadSum4 | kOffloadSum6 | kOffloadCut6;
  EXPECT_EQ(send({tcp(1000)}).status, Status::Ok);
  EXPECT_EQ(send({to_cut(5000, 1000)}).status, Status::Denied);
  EXPECT_EQ(machine.packets.size(), 1u);
}

TEST_F(OffloadCall, APredicateThatLooksAtWhatChanges) {
  machine.offloads = kOffloadAll;
  require_byte(47, 0x18);
  EXPECT_EQ(send({tcp(1000)}, 7).status, Status::Ok);
  EXPECT_EQ(send({to_cut(5000, 1000)}, 7).status, Status::Denied);
}

// What lies behind the header is another in every part, so the predicate does not see it.
TEST_F(OffloadCall, APredicateOnThePayload) {
  machine.offloads = kOffloadAll;
  require_byte(60, 0);
  EXPECT_EQ(send({tcp(1000)}, 7).status, Status::Ok);
  EXPECT_EQ(send({to_cut(5000, 1000)}, 7).status, Status::Denied);
}

// The binding is revoked while its packet is in the card; its number is used again.
TEST_F(NetCall, SentAfterTheBindingEnded) {
  ASSERT_EQ(send({packet({{data_, 0, 60}})}).status, Status::Ok);
  ASSERT_EQ(binding_close(env_, binding_), Status::Ok);
  const SysResult again = call(Call::net_bind, {put(config())});
  ASSERT_EQ(again.value, binding_);
  EXPECT_EQ(call(Call::net_unbind, {binding_}).status, Status::Ok);  // none of its packets is out
  ASSERT_EQ(call(Call::net_bind, {put(config())}).value, binding_);
  kernel::net_sent(kCard, 0);
  EXPECT_EQ(control(binding_).sent, 0u);
  EXPECT_EQ(frames[data_].pins, 0u);
}

TEST_F(NetCall, ReceivedGoesToOneOrToAll) {
  const SysResult second = call(Call::net_bind, {put(config())});
  ASSERT_EQ(second.status, Status::Ok);
  const u32 other = static_cast<u32>(second.value);
  u8 packet[1600] = {0x52};
  kernel::net_received(kCard, packet, 60, 0);
  EXPECT_EQ(control(binding_).produced, 1u);
  EXPECT_EQ(control(other).produced, 0u);
  packet[0] = 0xff;
  kernel::net_received(kCard, packet, 60, 0);
  EXPECT_EQ(control(binding_).produced, 2u);
  EXPECT_EQ(control(other).produced, 1u);
  EXPECT_TRUE(machine.woken.empty());
  kernel::net_burst_end();
  EXPECT_EQ(machine.woken, std::vector<u16>{env_});  // once for three packets
  kernel::net_received(kCard, packet, 60, 0);        // the first ring is full
  EXPECT_EQ(control(binding_).dropped, 1u);
  EXPECT_EQ(control(other).produced, 2u);
  kernel::net_burst_end();
  EXPECT_EQ(machine.woken.size(), 2u);
  kernel::net_received(kCard, packet, 13, 0);
  kernel::net_received(kCard, packet, 1515, 0);
  kernel::net_received(kCard + 1, packet, 60, 0);
  kernel::net_burst_end();
  EXPECT_EQ(machine.woken.size(), 2u);
}

TEST_F(NetCall, BindAndFilterErrors) {
  const std::vector<BpfInsn> bad{{0x15, 0, 1, 1}, {6, 0, 0, 0}};
  EXPECT_EQ(call(Call::filter_derive, {5, 9, put(bad), 2}).status, Status::BadProgram);
  EXPECT_EQ(call(Call::filter_derive, {5, 9, put(bad), 0}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::filter_derive, {5, 9, put(bad), 65}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::filter_derive, {5, 9, 0x1000, 2}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::net_bind, {0x1000}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::net_bind, {kUserBase + 1}).status, Status::BadArgument);
  BindConfig c = config();
  c.frames[0] = c.control;
  EXPECT_EQ(call(Call::net_bind, {put(c)}).status, Status::Denied);
}

}  // namespace test
