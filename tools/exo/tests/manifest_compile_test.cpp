// SPDX-License-Identifier: MIT
// A manifest that is right becomes what the root environment reads.
#include "manifest_compile.hpp"

#include <pcap/pcap.h>

#include "abi/cap.hpp"
#include "error.hpp"
#include "filter.hpp"

namespace exo {
namespace {

constexpr const char* kManifest = R"(
name = "pair"
[machine]
cpus = 4
memory = "256M"
disk = "32M"

[[env]]
name = "web"
memory = "16M"
borrow = "2M"
start_after = 7
args = "verbose=1"
capabilities = ["console", "ledger"]
slices = [{ cpu = 1, count = 40 }, { cpu = 2, count = 8, spread = true }]
[env.extent]
size = "8M"
[env.network]
address = "10.0.2.15/24"
gateway = "10.0.2.2"
port = 80
publish = 8080

[[env]]
name = "root"
memory = "4M"
slices = [{ cpu = 0, count = 4 }]
[env.extent]
size = "4M"
offset = "1M"
access = "read"

[[env]]
name = "roaming"
program = "web"
memory = "64K"
slices = [{ cpu = 0, count = 4 }]
[env.network]
address = "dhcp"
broadcast = true
)";

class Compiled : public testing::Test {
 protected:
  void SetUp() override {
    const Manifest manifest = parse_manifest("pair.toml", kManifest);
    bytes_ = compile_manifest(manifest, lay_out(manifest));
    const auto opened = manifest::Reader::open(bytes_.data(), bytes_.size());
    ASSERT_TRUE(opened.ok());
    reader_ = opened.value();
  }
  ByteVector bytes_;
  manifest::Reader reader_;
};

TEST_F(Compiled, HeaderHoldsTheMachine) {
  EXPECT_STREQ(reader_.header().name, "pair");
  EXPECT_EQ(reader_.header().cpus, 4u);
  EXPECT_EQ(reader_.header().memory, 256ull << 20);
  EXPECT_EQ(reader_.header().disk, 32ull << 20);
}

TEST_F(Compiled, RootComesFirstWhereverItStands) {
  ASSERT_EQ(reader_.envs().size(), 3u);
  EXPECT_STREQ(reader_.envs()[0].name, "root");
  EXPECT_STREQ(reader_.envs()[1].name, "web");
  EXPECT_STREQ(reader_.envs()[2].name, "roaming");
}

TEST_F(Compiled, ShareOfAnEnvironment) {
  const manifest::Env& web = *reader_.find("web");
  EXPECT_STREQ(web.program, "web");  // its name, as none is given
  EXPECT_STREQ(web.args, "verbose=1");
  EXPECT_EQ(web.frames, 4096u);
  EXPECT_EQ(web.borrow, 512u);
  EXPECT_EQ(web.start_after, 7u);
  EXPECT_EQ(web.capabilities, manifest::kConsole | manifest::kLedger);
  ASSERT_EQ(web.slice_claims, 2u);
  EXPECT_EQ(web.slices[0].cpu, 1u);
  EXPECT_EQ(web.slices[0].count, 40u);
  EXPECT_EQ(web.slices[0].spread, 0u);
  EXPECT_EQ(web.slices[1].spread, 1u);
}

TEST_F(Compiled, ExtentsLieWhereTheyFit) {
  const manifest::Extent& fixed = reader_.find("root")->extent;
  const manifest::Extent& placed = reader_.find("web")->extent;
  EXPECT_EQ(fixed.first, 256u);  // 1 MiB in units of 4 KiB
  EXPECT_EQ(fixed.count, 1024u);
  EXPECT_EQ(fixed.rights, abi::kRead);
  EXPECT_EQ(placed.first, 256u + 1024u);  // behind it, although it comes first in the file
  EXPECT_EQ(placed.count, 2048u);
  EXPECT_EQ(placed.rights, abi::kRead | abi::kWrite);
}

TEST_F(Compiled, Network) {
  const manifest::Network& web = reader_.find("web")->network;
  EXPECT_EQ(web.flags, manifest::kNetwork);
  EXPECT_EQ(web.address, 0x0a00020fu);
  EXPECT_EQ(web.prefix, 24u);
  EXPECT_EQ(web.gateway, 0x0a000202u);
  EXPECT_EQ(web.port, 80u);
  EXPECT_EQ(web.publish, 8080u);
  EXPECT_GT(web.receive.length, 4u);
  EXPECT_GT(web.send.length, 4u);
  const manifest::Network& roaming = reader_.find("roaming")->network;
  EXPECT_EQ(roaming.flags, manifest::kNetwork | manifest::kDhcp | manifest::kBroadcast);
  EXPECT_EQ(roaming.address, 0u);
  EXPECT_EQ(reader_.find("root")->network.flags, 0u);
}

TEST_F(Compiled, MisfitsOfSmallerMachines) {
  EXPECT_FALSE(find_misfit(reader_, 4, 256ull << 20));
  const auto memory = find_misfit(reader_, 4, 32ull << 20);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->env, "web");
  EXPECT_EQ(memory->claim, -1);
  EXPECT_FALSE(find_misfit(reader_, 1, 256ull << 20));  // 4 + 40 + 8 + 4 fit one CPU
}

// What a classic-BPF program (loads, jumps and returns only) answers to a packet.
std::uint32_t run_filter(const std::vector<abi::BpfInsn>& code, const std::vector<std::uint8_t>& packet) {
  std::uint32_t a = 0;
  for (std::size_t pc = 0; pc < code.size(); pc++) {
    const abi::BpfInsn& i = code[pc];
    const auto load = [&](std::size_t size) {
      std::uint32_t value = 0;
      for (std::size_t n = 0; n < size; n++) value = value << 8 | packet.at(i.k + n);
      return value;
    };
    switch (i.code) {
      case 0x20:
        a = load(4);
        break;
      case 0x28:
        a = load(2);
        break;
      case 0x30:
        a = load(1);
        break;
      case 0x15:
        pc += a == i.k ? i.jt : i.jf;
        break;
      case 0x06:
        return i.k;
      default:
        ADD_FAILURE() << "instruction " << i.code;
        return 0;
    }
  }
  ADD_FAILURE() << "no return";
  return 0;
}

std::vector<std::uint8_t> ip_packet(std::uint8_t last_of_source, std::uint8_t last_of_destination) {
  std::vector<std::uint8_t> packet(64);
  packet[12] = 0x08;
  packet[14] = 0x45;
  packet[26] = packet[30] = 10;
  packet[28] = packet[32] = 2;
  packet[29] = last_of_source;
  packet[33] = last_of_destination;
  return packet;
}

TEST_F(Compiled, DefaultPredicatesKeepAddressesApart) {
  const manifest::Network& web = reader_.find("web")->network;
  const std::vector<abi::BpfInsn> receive(web.receive.code, web.receive.code + web.receive.length);
  const std::vector<abi::BpfInsn> send(web.send.code, web.send.code + web.send.length);
  EXPECT_NE(run_filter(receive, ip_packet(2, 15)), 0u);
  EXPECT_EQ(run_filter(receive, ip_packet(2, 16)), 0u);
  EXPECT_NE(run_filter(send, ip_packet(15, 2)), 0u);
  EXPECT_EQ(run_filter(send, ip_packet(16, 2)), 0u);  // a spoofed source
}

TEST(Filter, SaysWhatIsWrong) {
  EXPECT_TRUE(compile_filter("tcp port 80").error.empty());
  EXPECT_FALSE(compile_filter("tcp prot 80").error.empty());
}

constexpr const char* kInstances = R"(
name = "farm"
[machine]
cpus = 4
[[env]]
name = "root"
memory = "4M"
slices = [{ count = 1 }]
[[env]]
name = "web"
memory = "4M"
instances = 4
log = "16K"
slices = [{ cpu = 0, count = 60 }]
[env.extent]
size = "8M"
access = "read"
[env.network]
address = "10.0.2.15/24"
address6 = "fd00::15/64"
gateway6 = "fe80::1"
port = 80
publish = 8080
[[env]]
name = "other"
memory = "1M"
logs = ["web"]
slices = [{ count = 1 }]
[env.extent]
size = "1M"
)";

class Instances : public testing::Test {
 protected:
  void SetUp() override {
    Manifest manifest = parse_manifest("farm.toml", kInstances);
    check_manifest(manifest, [](const std::string&) { return true; });
    expand_instances(manifest);
    bytes_ = compile_manifest(manifest, lay_out(manifest));
    const auto opened = manifest::Reader::open(bytes_.data(), bytes_.size());
    ASSERT_TRUE(opened.ok());
    reader_ = opened.value();
  }
  // Which instances a packet goes to, as bits.
  unsigned takers(const ByteVector& packet) const {
    unsigned bits = 0;
    for (unsigned i = 0; i < 4; i++) {
      const manifest::Filter& filter = env(i).network.receive;
      const auto* code = reinterpret_cast<const bpf_insn*>(filter.code);
      if (bpf_filter(code, packet.data(), static_cast<u_int>(packet.size()),
                     static_cast<u_int>(packet.size())) != 0)
        bits |= 1u << i;
    }
    return bits;
  }
  const manifest::Env& env(unsigned i) const { return *reader_.find(fmt::format("web.{}", i).c_str()); }

  ByteVector bytes_;
  manifest::Reader reader_;
};

// To 10.0.2.15 from 10.0.2.2; `payload` behind the IPv4 header.
ByteVector ip_packet(std::uint8_t protocol, const ByteVector& payload) {
  ByteVector packet(14 + 20);
  packet[12] = 8;
  packet[14] = 0x45;
  packet[23] = protocol;
  const std::uint8_t addresses[8] = {10, 0, 2, 2, 10, 0, 2, 15};
  std::copy(std::begin(addresses), std::end(addresses), packet.begin() + 26);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

ByteVector segment(unsigned from, unsigned to) {
  ByteVector tcp(20);
  tcp[0] = static_cast<std::uint8_t>(from >> 8), tcp[1] = static_cast<std::uint8_t>(from);
  tcp[2] = static_cast<std::uint8_t>(to >> 8), tcp[3] = static_cast<std::uint8_t>(to);
  return tcp;
}

TEST_F(Instances, AreEnvironmentsOfTheirOwn) {
  ASSERT_EQ(reader_.envs().size(), 6u);
  for (unsigned i = 0; i < 4; i++) {
    EXPECT_EQ(env(i).instances, 4u);
    EXPECT_EQ(env(i).instance, i);
    EXPECT_EQ(env(i).slices[0].cpu, i);
    EXPECT_EQ(env(i).extent.first, 256u) << "the same blocks";
    EXPECT_EQ(env(i).network.address, 0x0a00020fu);
    EXPECT_EQ(env(i).network.port, 80u);
    EXPECT_EQ(env(i).network.publish, i == 0 ? 8080u : 0u);
    EXPECT_EQ(env(i).network.flags, manifest::kNetwork | manifest::kIp6 | manifest::kShared);
    EXPECT_EQ(env(i).network.prefix6, 64u);
    EXPECT_EQ(env(i).network.address6[15], 0x15);
    EXPECT_EQ(env(i).network.gateway6[0], 0xfe);
  }
  EXPECT_EQ(reader_.find("other")->extent.first, 256u + 2048u);
}

TEST_F(Instances, EachHasALogAndAllAreRead) {
  for (unsigned i = 0; i < 4; i++) EXPECT_EQ(env(i).log_frames, 4u);
  const manifest::Env& other = *reader_.find("other");
  EXPECT_EQ(other.log_frames, 0u);
  ASSERT_EQ(other.log_count, 4u);
  for (unsigned i = 0; i < 4; i++) EXPECT_EQ(&reader_.envs()[other.logs[i]], &env(i));
}

TEST_F(Instances, EachHasItsConnections) {
  for (unsigned port = 32768; port < 32768 + 64; port++)
    EXPECT_EQ(takers(ip_packet(6, segment(port, 80))), 1u << (port >> 1 & 3)) << port;
}

// From fd00::2 to an address that ends so.
ByteVector ip6_packet(std::uint8_t next, const ByteVector& payload, std::uint8_t first, std::uint8_t last) {
  ByteVector packet(14 + 40);
  packet[12] = 0x86, packet[13] = 0xdd;
  packet[14] = 0x60, packet[20] = next;
  packet[22] = 0xfd, packet[37] = 2;
  packet[38] = first, packet[53] = last;
  if (first == 0xff) packet[0] = packet[1] = 0x33, packet[39] = 2;
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

TEST_F(Instances, EachHasItsConnectionsOverIp6) {
  for (unsigned port = 32768; port < 32768 + 16; port++) {
    const ByteVector tcp = segment(port, 80);
    EXPECT_EQ(takers(ip6_packet(6, tcp, 0xfd, 0x15)), 1u << (port >> 1 & 3)) << port;
    EXPECT_EQ(takers(ip6_packet(6, tcp, 0xfd, 0x16)), 0u) << "another's";
    ByteVector error{2, 0, 0, 0, 0, 0, 5, 0};
    const ByteVector ours = ip6_packet(6, segment(80, port), 0xfd, 2);
    error.insert(error.end(), ours.begin() + 14, ours.end());
    EXPECT_EQ(takers(ip6_packet(58, error, 0xfd, 0x15)), 1u << (port >> 1 & 3)) << port;
  }
  const ByteVector solicitation(24, 135);
  EXPECT_EQ(takers(ip6_packet(58, solicitation, 0xff, 0x15)), 15u);
  EXPECT_EQ(takers(ip6_packet(58, solicitation, 0xfd, 0x15)), 1u);
}

TEST_F(Instances, AllAreAskedForTheirStation) {
  ByteVector arp(42);
  arp[12] = 8, arp[13] = 6, arp[15] = 1, arp[16] = 8, arp[18] = 6, arp[19] = 4, arp[21] = 1;
  const std::uint8_t address[4] = {10, 0, 2, 15};
  std::copy(std::begin(address), std::end(address), arp.begin() + 38);
  EXPECT_EQ(takers(arp), 15u);
}

TEST_F(Instances, WhatBelongsToNoConnectionGoesToTheFirst) {
  EXPECT_EQ(takers(ip_packet(6, segment(32770, 81))), 1u);
  EXPECT_EQ(takers(ip_packet(17, segment(32770, 80))), 1u);
  EXPECT_EQ(takers(ip_packet(1, {8, 0, 0, 0, 0, 0, 0, 0})), 1u) << "ping";
}

TEST_F(Instances, AnErrorGoesWhereItsConnectionIs) {
  for (unsigned i = 0; i < 4; i++) {
    ByteVector error{3, 4, 0, 0, 0, 0, 5, 0};
    const ByteVector ours = ip_packet(6, segment(80, 32768 + 2 * i));  // addresses do not matter
    error.insert(error.end(), ours.begin() + 14, ours.end());
    EXPECT_EQ(takers(ip_packet(1, error)), 1u << i);
  }
}

}  // namespace
}  // namespace exo
