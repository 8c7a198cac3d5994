// SPDX-License-Identifier: MIT
// Pager: brings pages into memory when they are touched, and gives frames back when they are asked
// for. Its Backing does the work:
//   base::Result<u32> take_frame();            Quota or NoMemory: there are no more
//   void put_frame(u32 frame);                 unmapped and of no use any more
//   base::Status map(u32 page, u32 frame);     readable and writable; Denied: the kernel is taking the frame
//   base::Result<bool> unmap(u32 page, u32 frame);   whether it was written since it was mapped;
//                                              BadArgument: it is not mapped, the kernel has taken it
//   bool was_used(u32 page);                   touched since it was asked last
//   void clear(u32 page);                      zeroes a mapped page
//   base::Status load(u32 page, u32 frame), save(u32 page, u32 frame);   disk, in their own time
#pragma once
#include <span>

#include "base/result.hpp"
#include "pager/page.hpp"

namespace pager {

struct Counters {
  u64 faults = 0;
  u64 loads = 0;
  u64 saves = 0;
  u64 evictions = 0;
  u64 taken = 0;  // pages whose frames the kernel took
};

template <class Policy, class Backing>
class Pager {
 public:
  using Status = base::Status;

  // `pages`: all of them, none resident; kept by the caller.
  Pager(Backing& backing, Policy policy, std::span<Page> pages)
      : backing_(backing), policy_(policy), pages_(pages) {}

  // Makes a page resident that was touched. NoMemory: no frame, and the policy gives no page up.
  // Errors of the backing.
  Status bring(u32 page) {
    counters_.faults++;
    note_use();
    for (u32 i = 0; i <= pages_.size(); i++) {
      const base::Result<u32> frame = frame_for(page);
      if (!frame.ok()) return frame.status();
      const Status status = fill(page, frame.value());
      if (status != Status::Denied) return status;
      // The kernel is taking that very frame: another one.
    }
    return Status::NoMemory;
  }

  // Evicts `count` pages and gives their frames away. How many it were: fewer when the policy gives
  // no more up, or the disk fails.
  u32 give_back(u32 count, u32 around) {
    note_use();
    for (u32 done = 0; done < count; done++) {
      const base::Result<u32> frame = evict(around);
      if (!frame.ok()) return done;
      backing_.put_frame(frame.value());
    }
    return count;
  }

  // The kernel took the frame of a page: what was in memory is lost.
  void lost(u32 page) {
    counters_.taken++;
    forget(page);
  }

  std::span<const Page> pages() const { return pages_; }
  u32 resident() const { return resident_; }
  const Counters& counters() const { return counters_; }

 private:
  void note_use() {
    if constexpr (Policy::kWantsUse)
      for (u32 page = 0; page < pages_.size(); page++)
        if (pages_[page].resident() && backing_.was_used(page)) policy_.used(page);
  }

  base::Result<u32> frame_for(u32 page) {
    const base::Result<u32> fresh = backing_.take_frame();
    return fresh.ok() ? fresh : evict(page);
  }

  Status fill(u32 page, u32 frame) {
    Page& p = pages_[page];
    if (p.stored) {
      counters_.loads++;
      TRY_STATUS(backing_.load(page, frame));
    }
    TRY_STATUS(backing_.map(page, frame));
    if (!p.stored) backing_.clear(page);
    p.frame = frame;
    resident_++;
    policy_.came(page);
    return Status::Ok;
  }

  base::Result<u32> evict(u32 wanted) {
    for (u32 i = 0; i <= pages_.size(); i++) {
      const u32 victim = policy_.victim(wanted, pages_);
      if (victim == kNone) break;
      Page& p = pages_[victim];
      const u32 frame = p.frame;
      const base::Result<bool> written = backing_.unmap(victim, frame);
      forget(victim);
      if (written.status() == Status::BadArgument) {  // nothing mapped there: the kernel was faster
        counters_.taken++;
        continue;
      }
      if (!written.ok()) return written.status();
      if (written.value() || !p.stored) {
        counters_.saves++;
        TRY_STATUS(backing_.save(victim, frame));
        p.stored = true;
      }
      counters_.evictions++;
      return frame;
    }
    return Status::NoMemory;
  }

  void forget(u32 page) {
    policy_.went(page);
    pages_[page].frame = kNone;
    resident_--;
  }

  Backing& backing_;
  Policy policy_;
  std::span<Page> pages_;
  u32 resident_ = 0;
  Counters counters_;
};

}  // namespace pager
