// SPDX-License-Identifier: MIT
// Worker: goes through the data round after round over a pager with one policy, and says after each
// round what it cost and whether every word was right.
#pragma once
#include "apps/paging/access.hpp"
#include "apps/paging/work.hpp"
#include "core/console.hpp"
#include "core/time.hpp"
#include "pager/pager.hpp"

namespace paging {

template <class Policy>
class Worker {
 public:
  using Pager = pager::Pager<Policy, pager::Space>;

  Worker(pager::Space& space, Policy policy, std::span<pager::Page> pages, u64 seed)
      : space_(space), pager_(space, policy, pages), seed_(seed) {}

  Pager& pager() { return pager_; }
  u64 wrong() const { return wrong_; }
  u64 lost() const { return pager_.counters().taken; }

  // One round over the first `count` pages. How many it got through: fewer when memory ran out.
  u32 round(u32 number, u32 count) {
    const u64 begun = core::now();
    const pager::Counters before = pager_.counters();
    const u32 resident_before = pager_.resident();
    u32 page = 0;
    for (; page < count; page++) {
      if (demanded() != 0) give(page);
      const Access got = visit(page, number);
      if (got == Access::NoMemory) break;
      if (got == Access::Lost) pager_.lost(page);
    }
    report(number, page, before, resident_before, core::now() - begun);
    return page;
  }

  // Looks at the pages that are still there, of those that the first round wrote.
  void check(u32 count) {
    alignas(kPageSize) static u64 words[kWords];
    for (u32 page = 0; page < count; page++) {
      if (!pager_.pages()[page].resident()) continue;
      if (read_page(page, words) == Access::Done) {
        wrong_ += wrong_words(words, seed_, page, 1);
      } else {
        pager_.lost(page);
      }
    }
  }

 private:
  // A page that was lost before is not looked at again: there is nothing to expect in it.
  Access visit(u32 page, u32 number) {
    alignas(kPageSize) static u64 words[kWords];
    const Access got = read_page(page, words);
    if (got != Access::Done) return got;
    const u32 wrong = wrong_words(words, seed_, page, written_in(page, number));
    wrong_ += wrong;
    if (!writes(page, number)) return got;
    write_words(words, seed_, page, number);
    return write_page(page, words);
  }

  void give(u32 page) {
    const u32 asked = demanded();
    const u32 gave = pager_.give_back(asked, page);
    core::Line().text().put("asked for ").dec(asked).put(" frames, gives ").dec(gave);
  }

  void report(u32 number, u32 pages, const pager::Counters& before, u32 resident_before, u64 time) {
    const pager::Counters& now = pager_.counters();
    core::Line line;
    base::Text& text = line.text();
    text.put("round ").dec(number).put(": ").dec(pages).put(" pages, ").dec(now.faults - before.faults);
    text.put(" faults, ").dec(now.loads - before.loads).put(" reads, ").dec(now.saves - before.saves);
    text.put(" writes, frames ").dec(resident_before).put("..").dec(pager_.resident()).put(", ");
    text.dec(time / core::kMillisecond).put(" ms, ").dec(wrong_).put(" words wrong");
  }

  pager::Space& space_;
  Pager pager_;
  u64 seed_;
  u64 wrong_ = 0;
};

}  // namespace paging
