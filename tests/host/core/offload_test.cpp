// SPDX-License-Identifier: MIT
// Which programs leave a card free to complete checksums and to cut packets; and that a program that does
// passes every packet that comes of one which it has passed, as a card would make them.
#include <pcap.h>

#include <cstring>

#include "base/endian.hpp"
#include "bpf_random.hpp"
#include "fixture.hpp"
#include "kernel/core/offload.hpp"

namespace test {

namespace {

Program compiled(const std::string& expression) {
  pcap_t* const handle = pcap_open_dead(DLT_EN10MB, 65535);
  bpf_program program{};
  EXPECT_EQ(pcap_compile(handle, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN), 0) << expression;
  Program copy;
  for (u32 i = 0; i < program.bf_len; i++) {
    const bpf_insn& insn = program.bf_insns[i];
    copy.push_back({insn.code, insn.jt, insn.jf, insn.k});
  }
  pcap_freecode(&program);
  pcap_close(handle);
  return copy;
}

u16 left_by(const Program& program) { return offloads_of(program.data(), static_cast<u32>(program.size())); }

constexpr u16 kSums = kOffloadSum4 | kOffloadSum6, kCuts = kOffloadCut4 | kOffloadCut6;

// A long TCP packet with what a card wants to find; `random` fills the rest.
std::vector<u8> long_packet(std::mt19937& random, bool six, u32 options, u32 payload) {
  const u32 tcp = six ? 54 : 34;
  std::vector<u8> p(tcp + 20 + options + payload);
  for (u8& byte : p) byte = static_cast<u8>(random());
  base::store_be16(&p[12], six ? 0x86dd : 0x0800);
  p[14] = six ? 0x60 : 0x45;
  p[six ? 20 : 23] = 6;
  if (!six) base::store_be16(&p[20], 0x4000);
  base::store_be16(&p[six ? 18 : 16], static_cast<u16>(p.size() - (six ? 54 : 14)));
  p[tcp + 12] = static_cast<u8>((20 + options) / 4 << 4);
  p[tcp + 13] = static_cast<u8>(0x10 | (random() & 9));
  return p;
}

SendPacket request(u16 cut) {
  SendPacket packet{};
  packet.sum = 1;
  packet.cut = cut;
  return packet;
}

// As a card cuts (virtio 1.1, 5.1.6.2; RFC 9293). The values of checksums do not matter, only that they
// change.
std::vector<std::vector<u8>> cut(const std::vector<u8>& whole, u32 header, u32 size, std::mt19937& random) {
  const bool six = whole[12] == 0x86;
  const u32 tcp = six ? 54 : 34;
  std::vector<std::vector<u8>> parts;
  for (u32 at = header; at < whole.size(); at += size) {
    const u32 end = std::min<u32>(at + size, static_cast<u32>(whole.size()));
    std::vector<u8> part(whole.begin(), whole.begin() + header);
    part.insert(part.end(), whole.begin() + at, whole.begin() + end);
    base::store_be16(&part[six ? 18 : 16], static_cast<u16>(part.size() - (six ? 54 : 14)));
    if (!six) base::store_be16(&part[18], static_cast<u16>(base::load_be16(&part[18]) + parts.size()));
    if (!six) base::store_be16(&part[24], static_cast<u16>(random()));
    base::store_be32(&part[tcp + 4], base::load_be32(&part[tcp + 4]) + at - header);
    if (end != whole.size()) part[tcp + 13] &= 0x10;
    base::store_be16(&part[tcp + 16], static_cast<u16>(random()));
    parts.push_back(part);
  }
  return parts;
}

u32 run(const Program& program, const std::vector<u8>& packet, u32 shown) {
  return bpf_run(program.data(), static_cast<u32>(program.size()), packet.data(), shown,
                 static_cast<u32>(packet.size()));
}

// Whether what the program allows holds for one random packet. True: it was passed, so this said something.
bool holds(const Program& program, std::mt19937& random) {
  const bool six = (random() & 1) != 0;
  const u32 options = random() % 11 * 4, header = (six ? 74 : 54) + options, size = 200 + random() % 1200;
  const std::vector<u8> whole = long_packet(random, six, options, size + 1 + random() % 5000);
  const u16 left = left_by(program);
  bool said = false;
  if ((left & (six ? kOffloadCut6 : kOffloadCut4)) != 0 && run(program, whole, header) != 0) {
    for (const auto& part : cut(whole, header, size, random))
      EXPECT_NE(run(program, part, std::min<u32>(kEgressBytes, static_cast<u32>(part.size()))), 0u);
    said = true;
  }
  if ((left & (six ? kOffloadSum6 : kOffloadSum4)) != 0 && run(program, whole, kEgressBytes) != 0) {
    std::vector<u8> summed = whole;
    base::store_be16(&summed[(six ? 54 : 34) + 16], static_cast<u16>(random()));
    EXPECT_NE(run(program, summed, kEgressBytes), 0u);
    said = true;
  }
  return said;
}

}  // namespace

TEST(Offload, ExpressionsThatLeaveAll) {
  for (const char* text :
       {"", "ip", "ip6", "tcp", "ip src host 10.0.2.15",
        "(ip and src host 10.0.2.15) or (arp and src host 10.0.2.15)", "ip6 src host fd00::15",
        "(ip src host 10.0.2.15) or (ip6 src host fd00::15) or arp", "tcp src port 80",
        "ether src 52:54:00:12:34:56 and ip src net 10.0.2.0/24", "tcp dst portrange 1024-65535", "ip[8] > 3",
        "not udp", "tcp[8:4] != 7"})
    EXPECT_EQ(left_by(compiled(text)), kOffloadAll) << text;
}

TEST(Offload, ExpressionsThatLookAtWhatChanges) {
  for (const char* text : {"len < 1000", "greater 60", "ip[2:2] < 1000"})
    EXPECT_EQ(left_by(compiled(text)) & kOffloadCut4, 0) << text;
  EXPECT_EQ(left_by(compiled("len < 1000")), kSums);
  EXPECT_EQ(left_by(compiled("ip[4:2] = 0")) & (kOffloadCut4 | kOffloadSum4), kOffloadSum4);
  EXPECT_EQ(left_by(compiled("ip[10:2] = 0")) & kOffloadCut4, 0);
  EXPECT_EQ(left_by(compiled("ip6[4:2] < 1000")) & (kOffloadCut6 | kOffloadSum6), kOffloadSum6);
  EXPECT_EQ(left_by(compiled("tcp[4:4] > 5")) & kOffloadCut4, 0);
  EXPECT_EQ(left_by(compiled("tcp[tcpflags] & tcp-syn = 0")) & (kOffloadCut4 | kOffloadSum4), kOffloadSum4);
  EXPECT_EQ(left_by(compiled("tcp[16:2] != 7")) & (kOffloadCut4 | kOffloadSum4), 0);
  EXPECT_EQ(left_by(compiled("ether[50:2] != 7")), kOffloadSum6 | kOffloadCut6);
  EXPECT_EQ(left_by(compiled("ether[49:2] != 7")) & (kOffloadSum4 | kOffloadCut4), 0);
  EXPECT_EQ(left_by(compiled("ip[ip[8]] = 0")) & (kOffloadSum4 | kOffloadCut4), 0);  // anywhere
}

TEST(Offload, WhatComesOfAPassedPacketIsPassed) {
  std::mt19937 random(1);
  u32 said = 0;
  for (u32 i = 0; i < 8000; i++) {
    const Program program = i % 3 == 0 ? random_predicate(i, random) : random_program(random);
    if (bpf_verify(program.data(), static_cast<u32>(program.size())) == Status::Ok)
      said += holds(program, random) ? 1 : 0;
  }
  EXPECT_GT(said, 50u);
  said = 0;
  for (const char* text :
       {"ip[8] > 100", "tcp[0:2] & 3 = 1", "ip6[7] < 200", "tcp[8:4] & 1 = 0", "ip[6] & 0x40 != 0",
        "tcp[12] > 0x50", "tcp[20] & 1 = 1", "ether[60] < 128", "ip6[40] & 1 = 1"}) {
    const Program program = compiled(text);
    for (u32 i = 0; i < 200; i++) said += holds(program, random) ? 1 : 0;
  }
  EXPECT_GT(said, 300u);
}

// Every byte of the header that a card may change is one that a program which allows it has not read.
TEST(Offload, EveryByteOfTheHeader) {
  std::mt19937 random(2);
  for (u32 byte = 0; byte < 74; byte++) {
    const Program program = compiled("ether[" + std::to_string(byte) + "] & 1 = 1");
    u32 said = 0;
    for (u32 i = 0; i < 40; i++) said += holds(program, random) ? 1 : 0;
    const bool never = byte == 12 || byte == 20;  // even in every packet of both families
    if (left_by(program) == kOffloadAll && !never) {
      EXPECT_GT(said, 0u) << byte;
    }
  }
}

TEST(Offload, Plans) {
  std::mt19937 random(3);
  OffloadPlan plan{};
  const auto good = long_packet(random, false, 12, 3000);
  const auto total = [](const std::vector<u8>& p) { return static_cast<u32>(p.size()); };
  ASSERT_EQ(offload_check(request(1000), good.data(), 128, total(good), plan), Status::Ok);
  EXPECT_EQ(plan.needs, kOffloadSum4 | kOffloadCut4);
  EXPECT_EQ(plan.sum_start, 34);
  EXPECT_EQ(plan.header_length, 66);
  const auto six = long_packet(random, true, 40, 1000);
  ASSERT_EQ(offload_check(request(0), six.data(), 128, total(six), plan), Status::Ok);
  EXPECT_EQ(plan.needs, kOffloadSum6);
  EXPECT_EQ(plan.sum_start, 54);
}

TEST(Offload, NotOfTheKind) {
  std::mt19937 random(4);
  OffloadPlan plan{};
  const auto check = [&](const std::vector<u8>& p, const SendPacket& r, u32 captured = 128) {
    return offload_check(r, p.data(), captured, static_cast<u32>(p.size()), plan);
  };
  const auto with = [&](bool v6, u32 at, u8 value) {
    auto p = long_packet(random, v6, 12, 3000);
    p[at] = value;
    return p;
  };
  const auto good = long_packet(random, false, 12, 3000), six = long_packet(random, true, 0, 3000);
  SendPacket no_sum = request(1000), odd_sum = request(1000);
  no_sum.sum = 0;
  odd_sum.sum = 2;
  EXPECT_EQ(check(good, no_sum), Status::BadArgument);
  EXPECT_EQ(check(good, odd_sum), Status::BadArgument);
  EXPECT_EQ(check(good, request(1000), 65), Status::BadArgument);  // the header is not all in the copy
  EXPECT_EQ(check(good, request(1000), 53), Status::BadArgument);
  EXPECT_EQ(check(six, request(1000), 73), Status::BadArgument);
  EXPECT_EQ(check(good, request(1514 - 66)), Status::Ok);
  EXPECT_EQ(check(good, request(1514 - 65)), Status::BadArgument);
  EXPECT_EQ(check(good, request(65535)), Status::BadArgument);
  EXPECT_EQ(check(good, request(12)), Status::Ok);
  EXPECT_EQ(check(good, request(11)), Status::BadArgument);  // more than kMaxCuts
  EXPECT_EQ(check(long_packet(random, false, 0, 1000), request(1000)),
            Status::BadArgument);  // nothing to cut
  const u8 wrong[][3] = {
      {0, 13, 6},    {0, 12, 0x86}, {0, 14, 0x46}, {0, 14, 0x65}, {0, 23, 17},   {0, 20, 0x20}, {0, 21, 1},
      {0, 46, 0x40}, {0, 46, 0xf8}, {0, 47, 0x12}, {0, 47, 0x14}, {0, 47, 0x30}, {0, 47, 0x90}, {0, 47, 0x50},
      {0, 17, 1},    {1, 14, 0x50}, {1, 20, 17},   {1, 20, 0},    {1, 19, 1},    {1, 66, 0x40}, {1, 67, 2}};
  for (const auto& [v6, at, value] : wrong)
    EXPECT_EQ(check(with(v6 != 0, at, value), request(1000)), Status::BadArgument)
        << int{at} << ' ' << int{value};
}

}  // namespace test
