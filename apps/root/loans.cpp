// SPDX-License-Identifier: MIT
#include "apps/root/loans.hpp"

namespace root {

// Each round gives all that are not full the same; at least one is full after it, or the pool is empty.
void share_fairly(std::span<Loan> loans, u32 pool) {
  for (Loan& loan : loans) loan.share = 0;
  for (u32 round = 0; round <= loans.size(); round++) {
    u32 hungry = 0, smallest = kNone;
    for (const Loan& loan : loans) {
      const u32 missing = loan.most - loan.share;
      if (missing == 0) continue;
      hungry++;
      if (missing < smallest) smallest = missing;
    }
    if (hungry == 0) return;
    const u32 each = pool / hungry < smallest ? pool / hungry : smallest;
    if (each == 0) return;
    for (Loan& loan : loans) {
      if (loan.share == loan.most) continue;
      loan.share += each;
      pool -= each;
    }
  }
}

}  // namespace root
