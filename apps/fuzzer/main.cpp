// SPDX-License-Identifier: MIT
// fuzzer: one environment of the system-call fuzzer. Its arguments say how: `model SEED CALLS` keeps a shadow
// of what it owns and checks every answer; `raw SEED CALLS` only makes calls.
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/op.hpp"
#include "apps/fuzzer/probe.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace fuzzer {

u64 outside(u64 low, u64 high) {
  const u64 candidates[] = {high, high + 1,  low - 1,  high + run.random.below(1000), run.random.next(),
                            ~0ul, 1ul << 31, 1ul << 32};
  for (;;) {
    const u64 value = run.random.pick(candidates);
    if (value < low || value >= high) return value;
  }
}

u32 outside32(u32 low, u32 high) {
  for (;;) {
    const u32 value = static_cast<u32>(outside(low, high));
    if (value < low || value >= high) return value;
  }
}

namespace {

constexpr u32 kAudit = 512;  // operations between two audits
constexpr u32 kMostOps = 128;

// Every operation as often as it weighs.
struct Choice {
  const Op* ops[kMostOps];
  u32 up_to[kMostOps];
  u32 count = 0;
  u32 total = 0;

  void add(std::span<const Op> more) {
    for (const Op& op : more) {
      if (count == kMostOps) core::panic("too many operations");
      total += op.weight;
      ops[count] = &op;
      up_to[count++] = total;
    }
  }
  const Op& next() const {
    const u32 at = run.random.below(total);
    u32 i = 0;
    while (up_to[i] <= at) i++;
    return *ops[i];
  }
};

constinit Choice choice{};

void run_model(u64 calls) {
  start_shadow();
  for (const auto ops :
       {frame_ops(), table_ops(), lab_ops(), large_ops(), cap_ops(), env_ops(), reclaim_ops(), cpu_ops(),
        call_ops(), disk_ops(), extent_ops(), stretch_ops(), net_ops(), pointer_ops()})
    choice.add(ops);
  for (u32 n = 1; run.calls < calls; n++) {
    choice.next().run();
    if (n % kAudit == 0) audit();
    if (n % 8 == 0) check(run.random.below(kFrames));
  }
  audit();
  core::Line()
      .text()
      .put("done ")
      .dec(run.calls)
      .put(" calls, ")
      .dec(run.refused)
      .put(" refused as they had to be");
}

u64 read_number(const char*& text) {
  u64 value = 0;
  while (*text == ' ') text++;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + static_cast<u64>(*text - '0');
  return value;
}

}  // namespace

}  // namespace fuzzer

void app_main(const core::StartInfo& start) {
  using namespace fuzzer;
  if (!core::start_clock() || vm::start() != base::Status::Ok) core::panic("no clock or no address space");
  open_ledger();
  catch_faults();
  answer_calls();
  const bool raw = start.args[0] == 'r';
  const char* text = start.args;
  while (*text != 0 && *text != ' ') text++;
  run.seed = read_number(text);
  const abi::u64 calls = read_number(text);
  abi::u64 mixed = run.seed;
  for (const char c : start.name) mixed = mixed * 31 + static_cast<abi::u64>(c);
  run.random = Random(mixed + (raw ? start.env : 0));
  if (raw) run_raw(calls);
  run_model(calls);
}
