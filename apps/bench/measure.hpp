// SPDX-License-Identifier: MIT
// How a row of the table is measured. Work is done in samples: each is `ops` operations between two
// markers, so that an interrupt spoils one sample and not the median. The results go to the console as
// one line a row, for the tool that started the machine.
#pragma once
#include "base/marker.hpp"
#include "base/result.hpp"
#include "core/time.hpp"

namespace bench {
using namespace abi;
using base::Status;

inline constexpr u32 kMostSamples = 101;

struct Row {
  const char* name;
  u32 size = 0;  // goes behind the name, for rows that differ in a number; 0: none
  u32 ops = 1;   // operations of one sample; results are per operation
  u32 samples = 51;
  bool kernel_only = false;  // the user's instructions are waiting, not work
};

// Collects the samples of a row.
class Meter {
 public:
  explicit Meter(const Row& row);
  void take(u64 cycles) { cycles_[count_++] = cycles; }
  void report();

 private:
  const Row& row_;
  u32 count_ = 0;
  u64 cycles_[kMostSamples];
};

inline Status nothing() { return Status::Ok; }

// `before` and `after` surround every sample and are not measured; `body(i)`, i < row.ops, is. All
// return Status; the first that is not Ok ends it. One sample more is taken first and thrown away.
template <class Before, class Body, class After>
Status measure(const Row& row, Before before, Body body, After after) {
  Meter meter(row);
  base::mark<base::kMarkRow>();
  for (u32 sample = 0; sample <= row.samples; sample++) {
    TRY_STATUS(before());
    const u64 start = core::tsc();
    if (sample != 0) base::mark<base::kMarkBegin>();
    Status status = Status::Ok;
    for (u32 i = 0; i < row.ops && status == Status::Ok; i++) status = body(i);
    if (sample != 0) base::mark<base::kMarkEnd>();
    if (sample != 0) meter.take(core::tsc() - start);
    TRY_STATUS(status);
    TRY_STATUS(after());
  }
  meter.report();
  return Status::Ok;
}

}  // namespace bench
