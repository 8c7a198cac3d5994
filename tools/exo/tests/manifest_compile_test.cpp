// SPDX-License-Identifier: MIT
// A manifest that is right becomes what the root environment reads.
#include "manifest_compile.hpp"

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

}  // namespace
}  // namespace exo
