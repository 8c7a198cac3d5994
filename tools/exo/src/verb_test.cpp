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

int test_verb(const std::string& only, const std::string& filter) {
  run_ninja({});
  build_images(example_manifests());
  // Where the runners find what was built.
  ::setenv("EXO_SOURCE_DIR", source_folder().c_str(), 1);
  ::setenv("EXO_BUILD_DIR", build_folder().c_str(), 1);
  Tally total;
  const auto section = [&](const std::string& name, const auto& run) {
    if (!only.empty() && only != name) return;
    print_line(fmt::format("== {}", name));
    total.add(run());
  };
  section("checks", [&] { return run_line_tests("checks", source_folder() / "tools/checks/run", filter); });
  section("host", [&] { return run_host_tests(build_folder() / "host-tests", filter); });
  section("system", [&] { return run_line_tests("system", source_folder() / "tests/system/run", filter); });
  if (!total.failures.empty()) print_line("== failed");
  for (const std::string& failure : total.failures) print_line("FAIL " + failure);
  if (total.ran() == 0) print_line("no test ran");
  print_line(counts_text(total));
  return total.failed == 0 && total.ran() != 0 ? kExitOk : kExitFailed;
}

}  // namespace exo
