// SPDX-License-Identifier: MIT
#include "net/dhcp.hpp"

#include "dhcp_reply.hpp"

namespace net::test {
namespace {

class DhcpTest : public StackTest {
 protected:
  DhcpTest() {
    stack.configure({});
    dhcp.start(now, stack, 4711);
    sent = wire.frames();
  }
  // The type and transaction of the only message sent since the last look.
  u8 sent_type() {
    EXPECT_EQ(sent.size(), 1u);
    return sent.empty() ? 0 : sent[0].at(42 + 242);
  }
  u32 xid() const { return get32(sent.at(0), 46); }
  void answer(u8 type, u32 transaction, const Bytes& options = kUsualOptions) {
    const Bytes message = dhcp_reply(type, transaction, options);
    receive(ethernet(kBroadcastMac, kPeerMac, 0x0800,
                     ipv4(17, kPeer, kBroadcast, udp(kPeer, 67, kBroadcast, 68, message))));
    sent = wire.frames();
  }
  void wait() {
    now = dhcp.poll(now);
    dhcp.poll(now);
    sent = wire.frames();
  }
  void become_bound() {
    const u32 transaction = xid();
    answer(2, transaction);
    answer(5, transaction);
    know_peer();
    wire.frames();
  }
  Dhcp dhcp;
  std::vector<Bytes> sent;
};

TEST_F(DhcpTest, DiscoverOfferRequestAck) {
  EXPECT_EQ(sent_type(), 1);
  EXPECT_EQ(Bytes(sent[0].begin(), sent[0].begin() + 6), Bytes(6, 0xff));
  EXPECT_EQ(get32(sent[0], 26), 0u) << "from nobody";
  EXPECT_EQ(get32(sent[0], 30), kBroadcast.value);
  const u32 transaction = xid();
  answer(2, transaction);
  EXPECT_EQ(sent_type(), 3);
  EXPECT_EQ(xid(), transaction);
  EXPECT_EQ(dhcp.state(), Dhcp::State::Requesting);
  answer(5, transaction);
  EXPECT_EQ(dhcp.state(), Dhcp::State::Bound);
  EXPECT_EQ(stack.interface().address, kOurs);
  EXPECT_EQ(stack.interface().prefix, 24);
  EXPECT_EQ(stack.interface().gateway, kPeer);
  ASSERT_EQ(sent.size(), 1u) << "announces the address";
  EXPECT_EQ(get16(sent[0], 12), 0x0806u);
}

TEST_F(DhcpTest, RetriesWithBackOff) {
  u64 last = 0;
  for (int i = 0; i < 7; i++) {
    const u64 before = now;
    wait();
    EXPECT_EQ(sent_type(), 1);
    const u64 waited = now - before, nominal = std::min(4 << i, 64) * kSecond;
    EXPECT_GE(waited, nominal - kSecond);
    EXPECT_LE(waited, nominal + kSecond);
    EXPECT_NE(waited, last) << "spread";
    last = waited;
  }
}

TEST_F(DhcpTest, IgnoresOthersTransactionsAndWrongTurns) {
  const u32 transaction = xid();
  answer(2, transaction + 1);
  EXPECT_TRUE(sent.empty());
  answer(5, transaction);
  EXPECT_EQ(dhcp.state(), Dhcp::State::Selecting) << "an ACK that nobody asked for";
  answer(6, transaction);
  EXPECT_EQ(dhcp.state(), Dhcp::State::Selecting);
  const Bytes message = dhcp_reply(2, transaction);
  receive(ethernet(kMac, kPeerMac, 0x0800, ipv4(17, kPeer, kOurs, udp(kPeer, 1067, kOurs, 68, message))));
  EXPECT_EQ(dhcp.state(), Dhcp::State::Selecting) << "not from a server's port";
}

TEST_F(DhcpTest, ARefusedRequestStartsAgain) {
  const u32 transaction = xid();
  answer(2, transaction);
  answer(6, transaction);
  EXPECT_EQ(sent_type(), 1);
  EXPECT_NE(xid(), transaction);
}

TEST_F(DhcpTest, AnUnansweredRequestStartsAgain) {
  answer(2, xid());
  for (int i = 0; i < 3; i++) {
    wait();
    EXPECT_EQ(sent_type(), 3);
  }
  wait();
  EXPECT_EQ(sent_type(), 1);
}

TEST_F(DhcpTest, RenewsWithTheServerAtT1) {
  become_bound();
  const u64 bound = now;
  wait();
  EXPECT_EQ(now, bound + 500 * kSecond);
  held = wire.outstanding();
  know_peer();  // the neighbour was forgotten meanwhile, or is still there
  for (const Bytes& frame : wire.frames()) sent.push_back(frame);
  held = 0;
  std::erase_if(sent, [](const Bytes& f) { return get16(f, 12) != 0x0800; });
  EXPECT_EQ(sent_type(), 3);
  EXPECT_EQ(get32(sent[0], 30), kPeer.value) << "to the server itself";
  EXPECT_EQ(get32(sent[0], 26), kOurs.value);
  EXPECT_EQ(get32(sent[0], 42 + 12), kOurs.value) << "ciaddr";
  answer(5, xid());
  EXPECT_EQ(dhcp.state(), Dhcp::State::Bound);
  EXPECT_EQ(dhcp.poll(now), now + 500 * kSecond);
}

TEST_F(DhcpTest, RebindsAndThenLosesTheAddress) {
  become_bound();
  const u64 bound = now;
  bool rebinding = false;
  while (dhcp.state() != Dhcp::State::Selecting) {
    ASSERT_LE(now, bound + 1000 * kSecond);
    EXPECT_EQ(stack.interface().address, kOurs);
    wait();
    if (dhcp.state() == Dhcp::State::Rebinding) {
      EXPECT_GE(now, bound + 875 * kSecond);
      EXPECT_EQ(get32(sent.back(), 30), kBroadcast.value);
      rebinding = true;
    }
  }
  EXPECT_TRUE(rebinding);
  EXPECT_EQ(now, bound + 1000 * kSecond);
  EXPECT_TRUE(stack.interface().address.none());
}

TEST_F(DhcpTest, AnEndlessLeaseIsKept) {
  Bytes options = kUsualOptions;
  std::fill(options.begin() + 8, options.begin() + 12, 0xff);
  const u32 transaction = xid();
  answer(2, transaction, options);
  answer(5, transaction, options);
  EXPECT_EQ(dhcp.poll(now), kForever);
}

}  // namespace
}  // namespace net::test
