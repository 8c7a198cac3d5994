// SPDX-License-Identifier: MIT
// Nothing: the target that compiles prelude.hpp once needs a file (cmake/host_test.cmake).
#include "tests/host/prelude.hpp"
