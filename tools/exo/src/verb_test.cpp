// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "build.hpp"
#include "console.hpp"
#include "error.hpp"
#include "paths.hpp"
#include "test_runners.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

int test(const std::string& only, const std::string& filter) {
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

}  // namespace

void add_test_verb(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("test", "Build and run every test; ends with one line of counts");
  const auto only = std::make_shared<std::string>();
  const auto filter = std::make_shared<std::string>();
  verb->add_option("--only", *only, "checks, host or system")
      ->check(CLI::IsMember({"checks", "host", "system"}).description(""));
  verb->add_option("--filter", *filter, "only tests whose name holds this text");
  verb->callback([=, &chosen] { chosen = [=] { return test(*only, *filter); }; });
}

}  // namespace exo
