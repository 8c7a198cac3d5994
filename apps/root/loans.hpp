// SPDX-License-Identifier: MIT
// Loans: how root shares the memory that nobody is guaranteed. Policy, pure: who may borrow how much and
// what there is goes in, everybody's fair share comes out.
#pragma once
#include <span>

#include "abi/types.hpp"

namespace root {
using namespace abi;

// One borrower, in frames.
struct Loan {
  u32 most = 0;   // what it may borrow
  u32 share = 0;  // what it should have
};

// Shares `pool` frames so that nobody gets more than he may borrow, and nobody who gets less than that
// has less than another (max-min fair). What nobody may borrow is left over.
void share_fairly(std::span<Loan> loans, u32 pool);

}  // namespace root
