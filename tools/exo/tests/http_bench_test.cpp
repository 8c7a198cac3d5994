// SPDX-License-Identifier: MIT
// The HTTP bench without machines: what wrk says, what becomes a ratio and what does not, and the formats
// that Linux is packed in.
#include <gtest/gtest.h>

#include "error.hpp"
#include "http/cpio.hpp"
#include "http/http_sides.hpp"
#include "http/linux_guest.hpp"
#include "http/micro.hpp"
#include "http/switches.hpp"

namespace exo {
namespace {

std::string wrk_output(const std::string& more) {
  return "Running 2s test @ http://10.0.2.15/1k.bin\n  1 threads and 16 connections\n"
         "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
         "    Latency     1.06ms    3.38ms  85.92ms   98.10%\n    Req/Sec    16.16k     2.09k   20.05k    "
         "65.00%\n"
         "  Latency Distribution\n     50%  720.00us\n     75%    1.12ms\n     90%    2.00ms\n     99%    "
         "1.50s \n"
         "  32163 requests in 2.00s, 38.74MB read\n" +
         more + "Requests/sec:  16079.55\nTransfer/sec:     19.36MB\n";
}

TEST(Wrk, NumbersAreRead) {
  const WrkResult result = parse_wrk(wrk_output(""));
  EXPECT_EQ(result.requests, 32163u);
  EXPECT_EQ(result.seconds, 2);
  EXPECT_EQ(result.bytes, 38.74 * (1 << 20));
  EXPECT_DOUBLE_EQ(result.p50, 0.00072);
  EXPECT_DOUBLE_EQ(result.p99, 1.5);
  EXPECT_EQ(result.errors, "");
}

TEST(Wrk, ErrorsAreSeen) {
  EXPECT_EQ(parse_wrk(wrk_output("  Socket errors: connect 0, read 3, write 0, timeout 1\n")).errors,
            "Socket errors: connect 0, read 3, write 0, timeout 1");
  EXPECT_EQ(parse_wrk(wrk_output("  Non-2xx or 3xx responses: 7\n")).errors, "Non-2xx or 3xx responses: 7");
  EXPECT_NE(parse_wrk("  50% 0.00us\n  99% 0.00us\n  0 requests in 2.00s, 0.00B read\n").errors, "");
}

TEST(Wrk, WhatIsCutOffIsRefused) {
  EXPECT_THROW(parse_wrk("unable to connect to 10.0.2.15:http Connection refused\n"), Error);
  EXPECT_THROW(parse_wrk(wrk_output("").substr(0, 300)), Error);
  EXPECT_THROW(parse_wrk_quantity("12parsec"), Error);
  EXPECT_THROW(parse_wrk_quantity("ms"), Error);
}

TEST(Wrk, CloseIsAHeader) {
  const WrkLoad load{"http://x/", true, 16, 2};
  const std::vector<std::string> command = wrk_command(load);
  EXPECT_NE(std::find(command.begin(), command.end(), "Connection: close"), command.end());
  EXPECT_EQ(command.back(), "http://x/");
}

HttpMeasurement measured(double rate, double instructions) {
  HttpMeasurement one;
  WrkResult wrk;
  wrk.requests = 1000;
  wrk.seconds = 1000 / rate;
  one.add_timed({1, false, 16}, wrk, {0, 0, 0.5, 0.4}, 1300);
  one.add_counted({1, false, 16}, wrk, {100 * instructions, 900 * instructions, 0, 0}, 1300);
  return one;
}

HttpReport two_sides() {
  HttpReport report;
  report.cases = {{1, false, 16}};
  report.sides.push_back({kExoSide, "", {measured(8000, 4000)}, {11.0 * (1 << 20)}, {}});
  report.sides.push_back({kNginxSide, "", {measured(2000, 40000)}, {}, {}});
  report.sides.push_back({kCheetahSide, "not built", {{}}, {}, {}});
  report.site_bytes = 2 << 20;
  return report;
}

TEST(HttpReport, RatiosToTheBase) {
  const std::string table = http_table(two_sides(), kNginxSide);
  EXPECT_NE(table.find("| 400 | 3600 | 4000 | 500 | 400 | 4.0 | 10.0 |"), std::string::npos) << table;
  EXPECT_NE(table.find("Linux, cheetah: not built"), std::string::npos) << table;
}

TEST(HttpReport, NoRatioWhereARunHadErrors) {
  for (const std::size_t bad : {0u, 1u}) {
    HttpReport report = two_sides();
    report.sides[bad].measured[0].add_error("Socket errors: connect 0, read 1, write 0, timeout 0");
    const std::string table = http_table(report, kNginxSide);
    EXPECT_NE(table.find("ERRORS: Socket errors"), std::string::npos) << table;
    EXPECT_EQ(table.find("| 4.0 |"), std::string::npos) << table;
    EXPECT_EQ(table.find("| 10.0 |"), std::string::npos) << table;
    EXPECT_FALSE(is_clean(report));
  }
}

TEST(HttpReport, WhoWasStartedAgainIsNamed) {
  HttpReport report = two_sides();
  EXPECT_EQ(http_table(report, kNginxSide).find("started again"), std::string::npos);
  report.sides[1].restarts.push_back("run 1 of 5, requests per second: 1 KiB, close, 256");
  const std::string table = http_table(report, kNginxSide);
  EXPECT_NE(table.find("Linux, nginx: answered nothing any more and was started again (run 1 of 5, requests "
                       "per second: 1 KiB, close, 256)"),
            std::string::npos)
      << table;
}

TEST(HttpReport, GoalsAreNamed) {
  const std::string goals = http_goals(two_sides(), kExoSide, kNginxSide);
  EXPECT_NE(goals.find("4000 instructions for a request, at most 5000: reached; Linux, nginx: 40000"),
            std::string::npos)
      << goals;
  EXPECT_NE(goals.find("100 KiB, keep-alive, 16: at most 20000 instructions for a request: not measured"),
            std::string::npos)
      << goals;
  EXPECT_NE(goals.find("9.00 MiB, at most 8: **MISSED**"), std::string::npos) << goals;
}

TEST(HttpReport, LargeFilesCountByBytes) {
  WrkResult wrk;
  wrk.requests = 10;
  wrk.bytes = 15000;
  EXPECT_EQ(requests_worth({1, false, 16}, wrk, 1000), 10);
  EXPECT_EQ(requests_worth({100, false, 16}, wrk, 1000), 15);
}

TEST(HttpReport, SpreadIsWhole) {
  const Spread spread = whole_spread({5, 1, 9});
  EXPECT_EQ(spread.middle, 5);
  EXPECT_EQ(spread.low, 1);
  EXPECT_EQ(spread.high, 9);
}

TEST(HttpSides, FilesAreTheSameEveryTime) {
  EXPECT_EQ(file_content(16).size(), 16384u);
  EXPECT_EQ(file_content(16), file_content(16));
  EXPECT_NE(file_content(1), ByteVector(1024, file_content(1)[0]));
  EXPECT_EQ(file_name(1024), "1m.bin");
}

TEST(Cpio, NewcFormat) {
  CpioWriter writer;
  writer.add_folder("etc");
  writer.add_text("etc/a", "hello", 0600);
  const ByteVector bytes = std::move(writer).finish();
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_EQ(text.substr(0, 22), "07070100000001000041ed");
  EXPECT_EQ(text.substr(116, 22),
            "07070100000002000081"
            "80");
  EXPECT_EQ(text.substr(116 + 54, 8), "00000005");  // size of the content
  EXPECT_EQ(text.substr(116 + 110, 6), std::string("etc/a\0", 6));
  EXPECT_EQ(text.substr(116 + 116, 8), std::string("hello\0\0\0", 8));
  EXPECT_NE(text.find("TRAILER!!!"), std::string::npos);
  EXPECT_EQ(bytes.size() % 4, 0u);
}

TEST(LinuxGuest, PayloadOfABzImage) {
  ByteVector image(4096);
  image[0x1f1] = 1;
  std::copy_n("HdrS", 4, image.begin() + 0x202);
  image[0x248] = 16;
  image[0x24c] = 3;
  image[1024 + 16] = 42;
  EXPECT_EQ(kernel_payload(image), (ByteVector{42, 0, 0}));
  image[0x24d] = 0x7f;
  EXPECT_THROW(kernel_payload(image), Error);
  EXPECT_THROW(kernel_payload(ByteVector(4096)), Error);
}

TEST(LinuxGuest, NginxHasAWorkerForEachCpu) {
  EXPECT_NE(nginx_settings(2).find("worker_processes 2;"), std::string::npos);
  EXPECT_NE(nginx_settings(1).find("listen 80 reuseport"), std::string::npos);
}

TEST(Profile, NamesOfAddresses) {
  const auto found = parse_addr2line(
      "0x0000000000401000\nbase::load(int)\n/x/build/../base/endian.hpp:7 (discriminator "
      "2)\nnet::Stack::input\n"
      "build/kernel/build/kernel/../../libos/net/src/stack.cpp:9\n0xffffffff80000000\n??\n??:0\n");
  ASSERT_EQ(found.size(), 2u);
  const std::vector<Frame>& frames = found.at(0x401000);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].file, "base/endian.hpp");
  EXPECT_EQ(frames[1].function, "net::Stack::input");
  EXPECT_EQ(frames[1].file, "libos/net/src/stack.cpp");
  EXPECT_TRUE(found.at(0xffffffff80000000).empty());
}

TEST(Profile, WhatCameBetween) {
  const Profile between = Profile{{1, 5}, {2, 9}, {3, 4}} - Profile{{1, 5}, {2, 3}};
  EXPECT_EQ(between, (Profile{{2, 6}, {3, 4}}));
}

TEST(Micro, HelpersBelongToWhatTheyAreInlinedInto) {
  const ProfilePlace place{false, {{"load", "base/endian.hpp"}, {"input", "libos/tcp/src/segment.cpp"}}, 6};
  EXPECT_EQ(step_of(place), "TCP");
  EXPECT_NE(step_of({true, {{"memcpy", "base/memory.cpp"}}, 1}),
            step_of({false, {{"memcpy", "base/memory.cpp"}}, 1}));
  const std::string table = micro_table({{"load", 2, {place}}});
  EXPECT_NE(table.find("| TCP | 3 |"), std::string::npos) << table;
  EXPECT_NE(table.find("| **all** | 3 |"), std::string::npos) << table;
}

std::vector<std::string> names_of(const std::vector<SwitchCase>& cases) {
  std::vector<std::string> names;
  for (const SwitchCase& one : cases) names.push_back(one.name);
  return names;
}

TEST(Switches, EachComesWithWhatItIsComparedWith) {
  EXPECT_EQ(names_of(chosen_switches("known")), (std::vector<std::string>{"all on", "known=off"}));
  EXPECT_EQ(names_of(chosen_switches("10,000")),
            (std::vector<std::string>{"connections=10300", "10,000 idle"}));
  EXPECT_TRUE(chosen_switches("no such thing").empty());
  const std::vector<std::string> all = names_of(chosen_switches(""));
  EXPECT_EQ(all, names_of(switch_cases()));
  for (const SwitchCase& one : switch_cases())
    EXPECT_EQ(std::count(all.begin(), all.end(), one.base), one.base.empty() ? 0 : 1) << one.name;
}

TEST(Switches, DifferencesAreToTheBase) {
  const std::vector<SwitchCase> cases = chosen_switches("known");
  const std::string table = switch_table({{cases[0], {{100, 100, 100}, {200, 190, 210}, {300, 300, 300}}},
                                          {cases[1], {{150, 150, 150}, {190.4, 190, 192}, {300, 300, 303}}}});
  EXPECT_NE(table.find("| **all on** | the server as it is | 100 | 200 | 300 |"), std::string::npos) << table;
  EXPECT_NE(table.find("| 150 (+50) | 190 (-10) | 300 (+0) |"), std::string::npos) << table;
  EXPECT_NE(table.find("at most | 0.0 % | 10.0 % | 1.0 % |"), std::string::npos) << table;
}

}  // namespace
}  // namespace exo
