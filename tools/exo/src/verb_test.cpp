// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "build.hpp"
#include "console.hpp"
#include "error.hpp"
#include "ninja.hpp"
#include "paths.hpp"
#include "test_runners.hpp"
#include "verbs.hpp"

namespace exo {

// Where the runners find what was built.
static void name_folders() {
  ::setenv("EXO_SOURCE_DIR", source_folder().c_str(), 1);
  ::setenv("EXO_BUILD_DIR", build_folder().c_str(), 1);
}

static int finish(const Tally& total) {
  if (!total.failures.empty()) print_line("== failed");
  for (const std::string& failure : total.failures) print_line("FAIL " + failure);
  if (total.ran() == 0) print_line("no test ran");
  print_line(counts_text(total));
  return total.failed == 0 && total.ran() != 0 ? kExitOk : kExitFailed;
}

int prove_verb(const std::string& filter) {
  run_ninja({"core_bitcode"});
  name_folders();
  return finish(run_line_tests("proof", source_folder() / "verify/run", filter));
}

int test_verb(const std::string& only, const std::string& filter, bool long_ones) {
  if (long_ones) ::setenv("EXO_TEST_LONG", "1", 1);  // for the runners
  run_ninja({});
  build_images(example_manifests());
  name_folders();
  Tally total;
  const auto section = [&](const std::string& name, const auto& run) {
    if (!only.empty() && only != name) return;
    print_line(fmt::format("== {}", name));
    total.add(run());
  };
  section("checks", [&] { return run_line_tests("checks", source_folder() / "tools/checks/run", filter); });
  section("host", [&] { return run_host_tests(build_folder() / "host-tests", filter); });
  section("proof", [&] { return run_line_tests("proof", source_folder() / "verify/run", filter); });
  section("fuzz", [&] { return run_line_tests("fuzz", source_folder() / "tests/fuzz/run", filter); });
  section("system", [&] { return run_line_tests("system", source_folder() / "tests/system/run", filter); });
  return finish(total);
}

}  // namespace exo
