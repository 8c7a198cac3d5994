// SPDX-License-Identifier: MIT
// Tests that run inside the kernel: each is a function in a table, and prints one line.
#pragma once
#include "abi/types.hpp"

namespace kernel_test {

using namespace abi;

struct Test {
  const char* name;
  // nullptr if it holds, else what does not.
  const char* (*run)();
};

// Ends the test with the text of the condition that does not hold.
#define EXPECT(condition)                \
  do {                                   \
    if (!(condition)) return #condition; \
  } while (0)

struct Tests {
  const Test* list;
  u32 count;
};
Tests memory_tests();
Tests protection_tests();
Tests machine_tests();
Tests filter_tests();

}  // namespace kernel_test
