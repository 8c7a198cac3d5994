// SPDX-License-Identifier: MIT
// Lender: memory that no environment is guaranteed goes on loan to those that may borrow, in fair shares
// (loans.hpp). When the shares change, because somebody comes or goes, it asks for some back, and takes
// what is not given in time.
#pragma once
#include "apps/root/child.hpp"
#include "apps/root/loans.hpp"

namespace root {

class Lender {
 public:
  // One look at everybody: lends, asks, takes. Bounded work; `now` in nanoseconds.
  void step(const Machine& machine, std::span<Child> children, u64 now);

 private:
  struct Account {
    u32 asked = 0;     // frames of the demand that stands, 0: none
    u64 deadline = 0;  // nanoseconds
    u32 stuck = 0;     // looks at which nothing more could be taken
  };
  void collect(Child& child, Account& account, u64 now);
  void balance(Child& child, Account& account, u32 lent, u32 share, u64 now);

  Account accounts_[manifest::kMaxEnvs] = {};
};

}  // namespace root
