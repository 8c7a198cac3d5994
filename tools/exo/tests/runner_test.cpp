// SPDX-License-Identifier: MIT
// The runners of `exo test`, on programs that pass, fail, crash, hide or are not there.
#include "temporary.hpp"
#include "test_runners.hpp"

namespace exo {
namespace {

class Runners : public testing::Test {
 protected:
  Path script(const std::string& name, const std::string& body) {
    const Path path = folder_.path / name;
    write_text(path, "#!/bin/sh\n" + body);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  // Counts, with what was printed meanwhile put aside.
  std::string lines(const Path& program, const std::string& filter = "") {
    testing::internal::CaptureStdout();
    const Tally tally = run_line_tests("x", program, filter);
    printed_ = testing::internal::GetCapturedStdout();
    return counts_text(tally);
  }
  std::string host(const std::string& filter = "") {
    testing::internal::CaptureStdout();
    const Tally tally = run_host_tests(folder_.path, filter);
    printed_ = testing::internal::GetCapturedStdout();
    return counts_text(tally);
  }
  TemporaryFolder folder_;
  std::string printed_;
};

TEST_F(Runners, CountLinesAndShowThem) {
  EXPECT_EQ(lines(script("run", "echo PASS a; echo noise; echo FAIL b: why; echo SKIP c; exit 1")),
            "1 passed, 1 failed, 1 skipped");
  EXPECT_EQ(printed_, "PASS a\nnoise\nFAIL b: why\nSKIP c\n");
}

TEST_F(Runners, LastLineNeedsNoEnd) {
  EXPECT_EQ(lines(script("run", "printf 'PASS a'")), "1 passed, 0 failed");
}

TEST_F(Runners, FilterIsPassedOn) {
  EXPECT_EQ(lines(script("run", "echo PASS \"$1 $2\""), "some thing"), "1 passed, 0 failed");
  EXPECT_EQ(printed_, "PASS --filter some thing\n");
  EXPECT_EQ(lines(script("run", "exit 0"), "nothing"), "0 passed, 0 failed");
}

TEST_F(Runners, SilenceIsAFailure) {
  EXPECT_EQ(lines(script("run", "exit 0")), "0 passed, 1 failed");
  EXPECT_EQ(lines(script("run", "echo PASS a; exit 1")), "1 passed, 1 failed");
  EXPECT_EQ(lines(folder_.path / "none"), "0 passed, 1 failed");
}

constexpr const char* kOnePass =
    "echo '{\"testsuites\": [{\"testsuite\": [{\"name\": \"A\", \"classname\": \"S\", \"status\": \"RUN\", "
    "\"result\": \"COMPLETED\"}]}]}' > \"${1#--gtest_output=json:}\"\n";

TEST_F(Runners, HostProgramsAreCountedByTheirReports) {
  script("a_test", kOnePass);
  script("b_test", kOnePass);
  write_text(folder_.path / "not_a_program", "");
  EXPECT_EQ(host(), "2 passed, 0 failed");
}

TEST_F(Runners, HostProgramThatCrashesFails) {
  script("a_test", kOnePass);
  script("b_test", "echo before the crash; kill -SEGV $$");
  script("c_test", std::string(kOnePass) + "exit 1\n");  // a sanitizer at the end
  script("d_test", "exit 0");                            // no report
  EXPECT_EQ(host(), "2 passed, 3 failed");
  EXPECT_NE(printed_.find("before the crash"), std::string::npos);
}

TEST_F(Runners, NoHostProgramsIsAFailure) { EXPECT_EQ(host(), "0 passed, 1 failed"); }

}  // namespace
}  // namespace exo
