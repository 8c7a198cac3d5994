// SPDX-License-Identifier: MIT
// paging: goes through more data than it has memory for, and checks all of it.
#include "apps/paging/arguments.hpp"
#include "apps/paging/worker.hpp"
#include "core/exit.hpp"
#include "pager/policy.hpp"
#include "vm/vm.hpp"

namespace paging {

namespace {

constinit pager::Space space;
constinit pager::Page pages[pager::Space::kMostPages]{};
constinit pager::Lru::Links links[pager::Space::kMostPages]{};

template <class Pager>
Bringer bringer(Pager& pager) {
  return {&pager, [](void* context, u32 page) { return static_cast<Pager*>(context)->bring(page); },
          [](void* context, u32 page) { return static_cast<Pager*>(context)->pages()[page].resident(); }};
}

[[noreturn]] void end(u64 wrong) {
  core::Line().text().put("done: ").dec(wrong).put(" words wrong");
  core::exit(wrong == 0 ? 0 : 1);
}

// Gives way to others: all rounds over all pages.
template <class Policy>
[[noreturn]] void share(Policy policy, const Arguments& given) {
  Worker<Policy> worker(space, policy, {pages, given.pages}, core::start_info->env);
  start_access(bringer(worker.pager()), true);
  for (u32 round = 1; round <= given.rounds; round++)
    if (worker.round(round, given.pages) != given.pages) core::panic("no memory at all");
  if (worker.lost() != 0) core::panic("frames were taken although it gave what was asked for");
  end(worker.wrong());
}

// Gives nothing up: fills what it gets, then looks at what it still has, until nobody else is there or
// its time is over.
[[noreturn]] void keep(const Arguments& given) {
  Worker<pager::Keep> worker(space, {}, {pages, given.pages}, core::start_info->env);
  start_access(bringer(worker.pager()), false);
  const u32 filled = worker.round(1, given.pages);
  u64 said = 0;
  const u64 until = core::now() + given.rounds * core::kSecond;
  while (others_there() && core::now() < until) {
    worker.check(filled);
    if (worker.lost() != said)
      core::Line()
          .text()
          .put("lost ")
          .dec(worker.lost())
          .put(" of ")
          .dec(filled)
          .put(" pages, the rest is right");
    said = worker.lost();
    core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kSecond / 4));
  }
  core::Line().text().put("the kernel says that it took ").dec(frames_taken());
  end(worker.wrong() + (frames_taken() != worker.lost() ? 1 : 0));
}

}  // namespace

}  // namespace paging

void app_main(const core::StartInfo& start) {
  using namespace paging;
  if (!core::start_clock()) core::panic("give it the capability `time`");
  const base::Status started = vm::start();
  if (started != base::Status::Ok) core::panic("no address space of its own", started);
  const Arguments given = parse_arguments(start.args);
  if (given.policy == Arguments::Policy::Unknown)
    core::panic("args: lru, cyclic or keep; MiB of data, at most 32; rounds (for keep: seconds)");
  const base::Status opened = space.open(given.pages);
  if (opened != base::Status::Ok)
    core::panic("no space for the data: is there an extent of that size?", opened);
  switch (given.policy) {
    case Arguments::Policy::Lru:
      share(pager::Lru(links), given);
    case Arguments::Policy::Cyclic:
      share(pager::Cyclic(), given);
    default:
      keep(given);
  }
}
