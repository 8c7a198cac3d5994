// SPDX-License-Identifier: MIT
#include "net/dhcp_message.hpp"

#include <gtest/gtest.h>

#include "dhcp_reply.hpp"

namespace net::test {
namespace {

TEST(DhcpMessage, WritesADiscover) {
  u8 out[kDhcpMessage];
  write_dhcp({DhcpType::Discover, 0x11223344, 7, kMac, {}, {}, {}}, out);
  const Bytes m(out, out + kDhcpMessage);
  EXPECT_EQ(Bytes(m.begin(), m.begin() + 12), (Bytes{1, 1, 6, 0, 0x11, 0x22, 0x33, 0x44, 0, 7, 0x80, 0}));
  EXPECT_EQ(Bytes(m.begin() + 28, m.begin() + 34), Bytes(kMac.bytes, kMac.bytes + 6));
  EXPECT_EQ(get32(m, 236), 0x63825363u);
  EXPECT_EQ(Bytes(m.begin() + 240, m.begin() + 243), (Bytes{53, 1, 1}));
}

TEST(DhcpMessage, WritesARequest) {
  u8 out[kDhcpMessage];
  write_dhcp({DhcpType::Request, 1, 0, kMac, {}, kOurs, kPeer}, out);
  const Bytes options(out + 240, out + 240 + 15);
  EXPECT_EQ(options, (Bytes{53, 1, 3, 50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 2}));
  write_dhcp({DhcpType::Request, 1, 0, kMac, kOurs, {}, {}}, out);
  EXPECT_EQ(get32(Bytes(out, out + 16), 12), kOurs.value);
  EXPECT_EQ(out[10], 0) << "with an address the answer may come to it";
}

TEST(DhcpMessage, ReadsAnOffer) {
  const auto reply = read_dhcp(dhcp_reply(2, 5), kMac);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->type, DhcpType::Offer);
  EXPECT_EQ(reply->xid, 5u);
  EXPECT_EQ(reply->lease.address, kOurs);
  EXPECT_EQ(reply->lease.prefix, 24);
  EXPECT_EQ(reply->lease.gateway, kPeer);
  EXPECT_EQ(reply->lease.resolver, address(10, 0, 2, 3));
  EXPECT_EQ(reply->lease.seconds, 1000u);
  EXPECT_EQ(reply->lease.renew, 500u);
  EXPECT_EQ(reply->lease.rebind, 875u);
}

TEST(DhcpMessage, DefaultsWhatIsMissing) {
  const auto reply = read_dhcp(dhcp_reply(5, 5, {54, 4, 10, 0, 2, 2, 51, 4, 0, 0, 0, 100}), kMac);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->lease.prefix, 8) << "class A";
  EXPECT_TRUE(reply->lease.gateway.none());
}

TEST(DhcpMessage, ReadsOverloadedFields) {
  Bytes message = dhcp_reply(5, 5, {52, 1, 3});
  const Bytes file{51, 4, 0, 0, 0, 100, 255}, name{54, 4, 10, 0, 2, 2, 255};
  std::copy(file.begin(), file.end(), message.begin() + 108);
  std::copy(name.begin(), name.end(), message.begin() + 44);
  const auto reply = read_dhcp(message, kMac);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->lease.seconds, 100u);
}

TEST(DhcpMessage, RefusesMalformed) {
  const Bytes good = dhcp_reply(5, 5);
  EXPECT_FALSE(read_dhcp(good, kPeerMac)) << "for another station";
  for (const u64 at : {0u, 1u, 2u, 236u}) {
    Bytes bad = good;
    bad[at] ^= 0x20;
    EXPECT_FALSE(read_dhcp(bad, kMac)) << at;
  }
  const Bytes server{54, 4, 10, 0, 2, 2}, lease{51, 4, 0, 0, 0, 100};
  auto with = [](Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  EXPECT_FALSE(read_dhcp(dhcp_reply(5, 5, server), kMac)) << "no lease time";
  EXPECT_FALSE(read_dhcp(dhcp_reply(5, 5, lease), kMac)) << "no server";
  EXPECT_FALSE(read_dhcp(dhcp_reply(5, 5, with(with(server, lease), {1, 4, 255, 0, 255, 0})), kMac));
  EXPECT_FALSE(read_dhcp(dhcp_reply(1, 5), kMac)) << "a client's message";
  for (const Address a :
       {Address{}, kBroadcast, address(127, 0, 0, 1), address(224, 0, 0, 1), address(0, 0, 0, 9)}) {
    Bytes bad = good;
    put32(bad, 16, a.value);
    EXPECT_FALSE(read_dhcp(bad, kMac)) << a.value;
  }
}

TEST(DhcpMessage, CutAtEveryLength) {
  const Bytes good = dhcp_reply(5, 5);
  for (u64 n = 0; n < good.size(); n++) {
    const std::unique_ptr<u8[]> exact(new u8[n]);
    std::copy(good.begin(), good.begin() + static_cast<long>(n), exact.get());
    if (n < 240) {
      EXPECT_FALSE(read_dhcp({exact.get(), n}, kMac));
    } else {
      (void)read_dhcp({exact.get(), n}, kMac);
    }
  }
}

}  // namespace
}  // namespace net::test
