// SPDX-License-Identifier: MIT
// Takes the place of kernel/after_boot.cpp in the test kernel.
#include <initializer_list>

#include "kernel/after_boot.hpp"
#include "kernel/log.hpp"
#include "tests/guest/kernel/check.hpp"

namespace kernel {

using kernel_test::Tests;

void after_boot() {
  abi::u32 passed = 0, failed = 0;
  for (const Tests& tests : {kernel_test::protection_tests(), kernel_test::memory_tests(),
                             kernel_test::machine_tests(), kernel_test::filter_tests()}) {
    for (abi::u32 i = 0; i < tests.count; i++) {
      const char* problem = tests.list[i].run();
      Log line(problem == nullptr ? "PASS" : "FAIL");
      line.text().put("kernel ").put(tests.list[i].name);
      if (problem != nullptr) line.text().put(": ").put(problem);
      (problem == nullptr ? passed : failed)++;
    }
  }
  Log("kernel-tests").text().dec(passed).put(" passed, ").dec(failed).put(" failed");
}

}  // namespace kernel
