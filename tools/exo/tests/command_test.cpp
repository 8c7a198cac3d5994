// SPDX-License-Identifier: MIT
// The small pure parts: sizes, addresses, ports to publish, QEMU's command line, counts of tests.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>

#include "address.hpp"
#include "console.hpp"
#include "error.hpp"
#include "manifest_compile.hpp"
#include "process.hpp"
#include "publish.hpp"
#include "qemu.hpp"
#include "size.hpp"
#include "tally.hpp"
#include "temporary.hpp"

namespace exo {
namespace {

TEST(Size, TakesOnlyNumbersWithAUnit) {
  EXPECT_EQ(parse_size("16M"), 16ull << 20);
  EXPECT_EQ(parse_size("4k"), 4096u);
  EXPECT_EQ(parse_size("2G"), 2ull << 30);
  for (const char* wrong :
       {"", "M", "16", "16MB", "-1M", "1.5M", " 1M", "0M", "99999999999999999999G", "300000G"})
    EXPECT_FALSE(parse_size(wrong)) << wrong;
  EXPECT_EQ(size_text(16 << 20), "16M");
  EXPECT_EQ(size_text(100), "100 bytes");
}

TEST(Address, ReadsAndWrites) {
  EXPECT_EQ(parse_address("10.0.2.15"), 0x0a00020fu);
  EXPECT_EQ(address_text(0x0a00020f), "10.0.2.15");
  EXPECT_EQ(parse_address_and_prefix("10.0.2.15/24")->prefix, 24u);
  for (const char* wrong : {"10.0.2.15", "10.0.2.15/33", "10.0.2/24", "/24", "10.0.2.15/", "a.b.c.d/8"})
    EXPECT_FALSE(parse_address_and_prefix(wrong)) << wrong;
  EXPECT_EQ(prefix_mask(0), 0u);
  EXPECT_EQ(prefix_mask(32), 0xffffffffu);
}

TEST(Publish, Forms) {
  EXPECT_EQ(parse_publish("8080:80").guest_port, 80u);
  EXPECT_EQ(parse_publish("8080:web").env, "web");
  const auto both = parse_publish("9000:status:81");
  EXPECT_EQ(both.host_port, 9000u);
  EXPECT_EQ(both.env, "status");
  EXPECT_EQ(both.guest_port, 81u);
  for (const char* wrong : {"", "8080", "8080:", "0:80", "70000:80", ":80", "a:80", "8080:web:", "8080:web:x",
                            "8080:0", "8080::80"})
    EXPECT_THROW(parse_publish(wrong), Error) << wrong;
}

class Ports : public testing::Test {
 protected:
  void SetUp() override {
    const Manifest manifest = parse_manifest("x.toml", R"(name = "x"
env = [{ name = "root", memory = "1M", slices = [{ count = 1 }] },
  { name = "a", memory = "1M", slices = [{ count = 1 }], network = { address = "10.0.2.15/24", port = 80, publish = 18080 } },
  { name = "b", memory = "1M", slices = [{ count = 1 }], network = { address = "10.0.2.16/24", port = 80, publish = 18081 } }]
)");
    bytes_ = compile_manifest(manifest, lay_out(manifest));
    reader_ = manifest::Reader::open(bytes_.data(), bytes_.size()).value();
  }
  ByteVector bytes_;
  manifest::Reader reader_;
};

TEST_F(Ports, DefaultsOfTheManifest) {
  const auto planned = plan_forwards(reader_, {});
  ASSERT_EQ(planned.size(), 2u);
  EXPECT_EQ(planned[1].forward.guest_address, 0x0a000210u);
  EXPECT_TRUE(planned[1].movable);
}

TEST_F(Ports, RequestReplacesTheDefaultOfThatEnvironment) {
  const auto planned = plan_forwards(reader_, {parse_publish("9000:80")});
  ASSERT_EQ(planned.size(), 2u);
  EXPECT_EQ(planned[0].forward.env, "a");  // the first with that port
  EXPECT_EQ(planned[0].forward.host_port, 9000u);
  EXPECT_EQ(planned[1].forward.env, "b");
  EXPECT_THROW(plan_forwards(reader_, {parse_publish("9000:81")}), Error);
  EXPECT_THROW(plan_forwards(reader_, {parse_publish("9000:root")}), Error);
}

TEST_F(Ports, TakenPortMovesOrFails) {
  const Handle handle(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(handle.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(handle.get(), 1), 0);
  socklen_t length = sizeof address;
  ::getsockname(handle.get(), reinterpret_cast<sockaddr*>(&address), &length);
  const std::uint32_t taken = ntohs(address.sin_port);
  EXPECT_FALSE(port_is_free(taken));
  std::vector<std::string> notes;
  const auto settled = settle_ports({{{taken, 0, 80, "a"}, true}}, notes);
  EXPECT_GT(settled.at(0).host_port, taken);
  EXPECT_EQ(notes.size(), 1u);
  EXPECT_THROW(settle_ports({{{taken, 0, 80, "a"}, false}}, notes), Error);
  EXPECT_THROW(settle_ports({{{9, 0, 80, "a"}, false}, {{9, 0, 81, "a"}, false}}, notes), Error);
}

bool has(const std::vector<std::string>& command, const std::string& word) {
  return std::find(command.begin(), command.end(), word) != command.end();
}

TEST(Qemu, Q35) {
  Hardware hardware;
  hardware.memory = 128 << 20;
  hardware.image = "web.elf";
  hardware.disk = "a,b.disk";
  hardware.guest_net = 0x0a000200;
  hardware.guest_prefix = 24;
  hardware.guest_gateway = 0x0a000202;
  hardware.forwards = {{8080, 0x0a00020f, 80, "web"}, {8081, 0, 80, "roaming"}};
  const auto command = qemu_command(hardware);
  EXPECT_TRUE(has(command, "q35"));
  EXPECT_TRUE(has(command, "tcg,thread=multi"));
  EXPECT_TRUE(has(command, "128M"));
  EXPECT_TRUE(has(command, "file=a,,b.disk,if=none,id=d0,format=raw,snapshot=on"));
  EXPECT_TRUE(has(command, "nvme,drive=d0,serial=exo0,max_ioqpairs=16"));
  EXPECT_TRUE(has(command,
                  "user,id=n0,net=10.0.2.0/24,host=10.0.2.2,hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80,"
                  "hostfwd=tcp:127.0.0.1:8081-:80"));
  EXPECT_FALSE(has(command, "-S"));
}

TEST(Qemu, MicrovmAndVariants) {
  Hardware hardware;
  hardware.board = Board::Microvm;
  hardware.disk_type = DiskType::Virtio;
  hardware.disk = "x.disk";
  hardware.keep_writes = true;
  hardware.gdb_socket = "/run/gdb";
  hardware.accelerator = Accelerator::Kvm;
  const auto command = qemu_command(hardware);
  EXPECT_TRUE(has(command, "virtio-blk-device,drive=d0"));
  EXPECT_TRUE(has(command, "virtio-net-device,netdev=n0,mac=52:54:00:12:34:56"));
  EXPECT_TRUE(has(command, "virtio-mmio.force-legacy=false"));
  EXPECT_TRUE(has(command, "file=x.disk,if=none,id=d0,format=raw,snapshot=off"));
  EXPECT_TRUE(has(command, "-S"));
  EXPECT_TRUE(has(command, "kvm"));
  hardware.nic = Nic::None;
  hardware.disk_type = DiskType::None;
  const auto bare = qemu_command(hardware);
  EXPECT_TRUE(has(bare, "-nic"));
  EXPECT_FALSE(has(bare, "-drive"));
}

TEST(Qemu, TapAndWhatTheCardMayDo) {
  Hardware hardware;
  hardware.tap = "tap0";
  EXPECT_TRUE(has(qemu_command(hardware), "tap,id=n0,ifname=tap0,script=no,downscript=no"));
  EXPECT_TRUE(
      has(qemu_command(hardware), "virtio-net-pci,disable-legacy=on,netdev=n0,mac=52:54:00:12:34:56"));
  const auto device = [&hardware](Offload offload) {
    hardware.offload = offload;
    for (const std::string& word : qemu_command(hardware))
      if (word.starts_with("virtio-net-pci")) return word;
    return std::string();
  };
  EXPECT_EQ(device(Offload::Checksum).find("csum=off"), std::string::npos);
  EXPECT_NE(device(Offload::Checksum).find(",host_tso4=off"), std::string::npos);
  EXPECT_NE(device(Offload::None).find(",csum=off,guest_csum=off,"), std::string::npos);
  EXPECT_NE(device(Offload::None).find(",host_tso4=off"), std::string::npos);
}

TEST(Qemu, EndOfTheGuest) {
  EXPECT_EQ(guest_end(33).ending, Ending::PoweredOff);
  EXPECT_EQ(guest_end(33).exit_status, kExitOk);
  EXPECT_EQ(guest_end(35).ending, Ending::Panicked);
  for (const int status : {0, 1, 35, 37, 127}) EXPECT_NE(guest_end(status).exit_status, kExitOk) << status;
}

TEST(Qemu, KvmNeedsFlagAndDevice) {
  const TemporaryFolder folder;
  write_text(folder.path / "plain", "flags\t\t: fpu vme\nvmx flags : none\n");
  write_text(folder.path / "intel", "flags\t\t: fpu vmx\n");
  write_text(folder.path / "amd", "flags\t\t: fpu svm sse\n");
  write_text(folder.path / "kvm", "");
  EXPECT_EQ(find_accelerator(folder.path / "plain", folder.path / "kvm"), Accelerator::Tcg);
  EXPECT_EQ(find_accelerator(folder.path / "intel", folder.path / "kvm"), Accelerator::Kvm);
  EXPECT_EQ(find_accelerator(folder.path / "amd", folder.path / "kvm"), Accelerator::Kvm);
  EXPECT_EQ(find_accelerator(folder.path / "amd", folder.path / "none"), Accelerator::Tcg);
}

TEST(Console, LinesBelongToTheirSpeaker) {
  EXPECT_TRUE(is_spoken_by("web| ready", "web"));
  EXPECT_FALSE(is_spoken_by("web2| ready", "web"));
  EXPECT_FALSE(is_spoken_by("root| web| ready", "web"));
}

TEST(Console, FollowsWholeLines) {
  const TemporaryFolder folder;
  const Path file = folder.path / "console.log";
  ConsoleFollower follower(file, "web");
  testing::internal::CaptureStdout();
  follower.print_new_lines();  // no file yet
  write_text(file, "");
  std::ofstream out(file, std::ios::app);
  out << "root| one\nweb| tw" << std::flush;
  follower.print_new_lines();
  out << "o\r\nweb| rest" << std::flush;
  follower.print_new_lines();
  follower.print_rest();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "web| two\nweb| rest\n");
}

TEST(Tally, CountsLines) {
  Tally tally;
  for (const char* line : {"PASS a", "noise", "FAIL b: why", "SKIP c: no card", "PASSED not", "PASS d"})
    tally.take_line(line);
  EXPECT_EQ(counts_text(tally), "2 passed, 1 failed, 1 skipped");
  EXPECT_EQ(tally.failures, std::vector<std::string>{"b: why"});
  EXPECT_EQ(counts_text(Tally{}), "0 passed, 0 failed");
}

TEST(Tally, CountsGoogleTest) {
  const Tally tally = read_gtest_report(R"({"testsuites": [{"testsuite": [
    {"name": "A", "classname": "S", "status": "RUN", "result": "COMPLETED"},
    {"name": "B", "classname": "S", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "x.cpp:1\nno"}]},
    {"name": "C", "classname": "S", "status": "RUN", "result": "SKIPPED"},
    {"name": "D", "classname": "S", "status": "NOTRUN", "result": "SUPPRESSED"}]}]})",
                                        "unit");
  EXPECT_EQ(counts_text(tally), "1 passed, 1 failed, 1 skipped");
  EXPECT_EQ(tally.failures.at(0), "unit S.B: x.cpp:1 no");
  EXPECT_EQ(read_gtest_report("not json", "unit").ran(), 0u);
}

}  // namespace
}  // namespace exo
