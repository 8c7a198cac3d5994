// SPDX-License-Identifier: MIT
// The interpreter beside libpcap's: what pcap_compile makes of expressions, and random programs that
// the verifier takes, on random packets. Both must accept the same ones.
#include <pcap.h>

#include "bpf_random.hpp"
#include "fixture.hpp"
#include "kernel/core/bpf_codes.hpp"

namespace test {

using namespace core::bpf;

static std::vector<bpf_insn> for_pcap(const std::vector<BpfInsn>& program) {
  std::vector<bpf_insn> copy;
  for (const BpfInsn& i : program) copy.push_back({i.code, i.jt, i.jf, i.k});
  return copy;
}

static bool same(const std::vector<BpfInsn>& program, const std::vector<u8>& packet, u32 wire) {
  const u32 captured = static_cast<u32>(packet.size());
  const u32 ours = bpf_run(program.data(), static_cast<u32>(program.size()), packet.data(), captured, wire);
  return ours == bpf_filter(for_pcap(program).data(), packet.data(), wire, captured);
}

static const char* const kExpressions[] = {
    "arp",
    "ip",
    "ip6",
    "icmp",
    "tcp",
    "udp port 53",
    "tcp port 80",
    "tcp dst port 80 and ip dst host 10.0.2.15",
    "arp or (ip dst host 10.0.2.15 and (icmp or tcp port 80))",
    "ether broadcast",
    "ether multicast",
    "ether dst 52:54:00:12:34:56",
    "ether dst 52:54:00:12:34:56 and not ip src net 10.0.0.0/8",
    "ip src 10.0.2.15 or arp[14:4] = 0x0a00020f",
    "net 10.0.2.0/24",
    "portrange 50-90",
    "less 100",
    "greater 60",
    "len > 40 and len <= 120",
    "vlan and tcp",
    "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
    "ip[0] & 0xf != 5",
    "ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) != 0",
    "ether[0] * 3 / 2 % 7 = 1",
    "ether[0] ^ ether[1] > 4",
    "ether[ether[0]] = 5",
    "ether[0] / ether[1] = 2",
    "ether[0:4] << ether[5] = 0",
    "ip proto 6 and ip[8] > 5",
    "-ether[3] < 0xffffff80",
};

TEST(BpfPcap, CompiledExpressions) {
  std::mt19937 random(2026);
  pcap_t* const ethernet = pcap_open_dead(DLT_EN10MB, 1514);
  u32 accepted = 0;
  for (const char* expression : kExpressions) {
    for (int optimise : {0, 1}) {
      bpf_program compiled{};
      ASSERT_EQ(pcap_compile(ethernet, &compiled, expression, optimise, PCAP_NETMASK_UNKNOWN), 0)
          << expression;
      std::vector<BpfInsn> program;
      for (u32 i = 0; i < compiled.bf_len; i++) {
        const bpf_insn& insn = compiled.bf_insns[i];
        program.push_back({insn.code, insn.jt, insn.jf, insn.k});
      }
      pcap_freecode(&compiled);
      if (program.size() > kMaxFilterInsns) continue;  // some, without the optimiser
      ASSERT_EQ(bpf_verify(program.data(), static_cast<u32>(program.size())), Status::Ok) << expression;
      for (u32 i = 0; i < 500; i++) {
        const std::vector<u8> packet = random_packet(random);
        const u32 wire = static_cast<u32>(packet.size() + random() % 100);
        ASSERT_TRUE(same(program, packet, wire)) << expression;
        if (bpf_run(program.data(), static_cast<u32>(program.size()), packet.data(),
                    static_cast<u32>(packet.size()), wire) != 0)
          accepted++;
      }
    }
  }
  pcap_close(ethernet);
  EXPECT_GT(accepted, 5000u);  // else the packets test nothing
}

TEST(BpfPcap, RandomPrograms) {
  std::mt19937 random(7);
  u32 taken = 0;
  u32 nonzero = 0;
  for (u32 i = 0; i < 60'000; i++) {
    const Program program = random_program(random);
    if (bpf_verify(program.data(), static_cast<u32>(program.size())) != Status::Ok) continue;
    taken++;
    for (u32 j = 0; j < 8; j++) {
      const std::vector<u8> packet = random_packet(random);
      const u32 size = static_cast<u32>(packet.size());
      ASSERT_TRUE(same(program, packet, size)) << i;
      if (bpf_run(program.data(), static_cast<u32>(program.size()), packet.data(), size, size) != 0)
        nonzero++;
    }
  }
  EXPECT_GT(taken, 500u);
  EXPECT_GT(nonzero, 500u);
}

// Whatever the verifier takes may read nothing outside: the sanitizer would see it.
TEST(BpfPcap, RandomBytesAreRefusedOrRun) {
  std::mt19937 random(11);
  for (u32 i = 0; i < 200'000; i++) {
    std::vector<BpfInsn> program(1 + random() % 6);
    for (BpfInsn& insn : program)
      insn = {static_cast<u16>(random() % 256), static_cast<u8>(random() % 4), static_cast<u8>(random() % 4),
              static_cast<u32>(random() % 2 != 0 ? random() : random() % 64)};
    if (bpf_verify(program.data(), static_cast<u32>(program.size())) != Status::Ok) continue;
    const std::vector<u8> packet = random_packet(random);
    bpf_run(program.data(), static_cast<u32>(program.size()), packet.data(), static_cast<u32>(packet.size()),
            60);
  }
}

}  // namespace test
