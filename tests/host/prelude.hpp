// SPDX-License-Identifier: MIT
// Comes first in every file of a host test (cmake/host_test.cmake). The C++ run-time library has a
// namespace called abi of its own, which GoogleTest pulls in; ours gets another name beside it.
#pragma once
#include <gtest/gtest.h>

#define abi exo_abi
