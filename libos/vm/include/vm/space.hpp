// SPDX-License-Identifier: MIT
// Space: the window of an environment's address space: regions, what is mapped in them, and what a
// page fault there means (demand-zero, copy-on-write). The logic is a template over the Kernel, so
// that host tests run it; vm/vm.hpp has the one of an environment. Beside what Tables asks for:
//   Result<u32> frame(), void free(u32)        zeroed Data frames
//   PageRecord* records(u32 pair)              the page of records for blocks 2*pair and 2*pair+1
//   void copy(u64 to, u64 from)                one page, both addresses mapped
#pragma once
#include "vm/regions.hpp"
#include "vm/shared_frames.hpp"
#include "vm/tables.hpp"

namespace vm {

template <class Kernel>
class Space {
 public:
  explicit constexpr Space(Kernel& kernel) : kernel_(kernel), tables_(kernel) {}

  // Once, before all others. `root` is the environment's Table4.
  Status start(u32 root) {
    TRY_STATUS(tables_.start(root));
    TRY_STATUS(tables_.make(0));
    scratch_ = TRY(regions_.add(1, Kind::Plain));
    return prepare(scratch_);
  }

  // Takes `pages` pages of addresses. NoSpace: none left.
  Result<u64> reserve(u64 pages, Kind kind = Kind::Plain) {
    return page_address(TRY(regions_.add(pages, kind)));
  }

  // Unmaps what is left in a region, frees the frames that vm allocated, and the addresses.
  Status release(u64 address) {
    const Region* region = regions_.find(page_index(address));
    if (region == nullptr || region->first != page_index(address)) return Status::BadArgument;
    TRY_STATUS(unmap(address, region->pages));
    return regions_.remove(region->first);
  }

  // Maps one frame into a region. Occupied: something is there already.
  Status map(u64 address, const Target& target) {
    TRY_STATUS(prepare_at(address));
    return install(page_index(address), target, 0);
  }

  // Maps a Large frame as one 2 MiB page, in a region of its own around the aligned block. The address.
  Result<u64> map_large(const Target& target) {
    const u64 first = TRY(regions_.add(2 * kTableEntries - 1, Kind::Plain));
    const u32 block = static_cast<u32>((first + kTableEntries - 1) / kTableEntries);
    const Status status = tables_.set_large(block, target);
    if (status == Status::Ok) return page_address(static_cast<u64>(block) * kTableEntries);
    TRY_STATUS(regions_.remove(first));
    return status;
  }

  // Unmaps it and waits until no CPU can use it. The frames stay the caller's.
  Status unmap_large(u64 address) {
    if (!in_window(address)) return Status::BadArgument;
    const u64 page = page_index(address);
    const Region* region = regions_.find(page);
    if (region == nullptr || page % kTableEntries != 0) return Status::BadArgument;
    TRY_STATUS(tables_.clear_large(static_cast<u32>(page / kTableEntries)));
    kernel_.flush();
    return regions_.remove(region->first);
  }

  // Maps `count` frames, first, first + 1 ..., with the same capability and rights.
  Status map_run(u64 address, Target target, u64 count) {
    for (u64 i = 0; i < count; i++, target.frame++) {
      const u64 page = page_index(address) + i;
      TRY_STATUS(prepare_at(page_address(page)));
      if (record(page).mapped()) return Status::Occupied;
      TRY_STATUS(tables_.step(PageAction::Set, page, target));
      record(page).bits = PageRecord::kMapped | target.frame;
    }
    return tables_.send();
  }

  // Takes frames of its own for `count` pages, zeroed, readable and writable, so that they are there
  // without a fault.
  Status populate(u64 address, u64 count) {
    Status status = Status::Ok;
    for (u64 i = 0; i < count && status == Status::Ok; i++) status = add_step(address + (i << kPageShift));
    const Status sent = tables_.send();
    return status == Status::Ok ? sent : status;
  }

  // Unmaps what is mapped in `count` pages and waits until no CPU can use it; frames that vm
  // allocated are freed, others stay the caller's.
  Status unmap(u64 address, u64 count) {
    const u64 first = page_index(address);
    for (u64 page = first; page < first + count; page++)
      if (present(page)) TRY_STATUS(tables_.step(PageAction::Clear, page, {}));
    TRY_STATUS(tables_.send());
    kernel_.flush();
    for (u64 page = first; page < first + count; page++) {
      if (!present(page)) continue;
      const PageRecord old = record(page);
      record(page).bits = 0;
      if (old.owned() && shared_.drop(old.frame()) == 0) kernel_.free(old.frame());
    }
    return Status::Ok;
  }

  // A new region with the same contents as `count` pages of another, which vm allocated: both are
  // read-only until somebody writes, and then that page is copied. Pages that are not there yet stay
  // demand-zero in both.
  Result<u64> copy_on_write(u64 address, u64 count) {
    const u64 from = page_index(address);
    const u64 to = TRY(regions_.add(count, Kind::DemandZero));
    for (u64 i = 0; i < count; i++) {
      if (!present(from + i)) continue;
      if (!record(from + i).owned()) return Status::Denied;
      const u32 frame = record(from + i).frame();
      TRY_STATUS(prepare(to + i));
      TRY_STATUS(shared_.share(frame));
      TRY_STATUS(tables_.step(PageAction::Protect, from + i, {frame, kNone, kRead}));
      TRY_STATUS(tables_.step(PageAction::Set, to + i, {frame, kNone, kRead}));
      record(from + i).bits |= PageRecord::kCopyOnWrite;
      record(to + i) = record(from + i);
    }
    TRY_STATUS(tables_.send());
    kernel_.flush();
    return page_address(to);
  }

  // Whether a page fault (address and error code as the processor gives them, Intel SDM Vol. 3A,
  // 4.7) was one that this class makes good.
  bool fault(u64 address, u64 error) {
    if (!in_window(address)) return false;
    const u64 page = page_index(address);
    const Region* region = regions_.find(page);
    if (region == nullptr || (error & kFaultFetch) != 0) return false;
    if (present(page))
      return (error & kFaultWrite) != 0 && record(page).copy_on_write() && break_share(page) == Status::Ok;
    return region->kind == Kind::DemandZero && prepare(page) == Status::Ok &&
           add_zero_page(page) == Status::Ok;
  }

  // The frame behind a mapped address, for devices. kNone: nothing is mapped there.
  u32 frame_of(u64 address) const {
    if (!in_window(address) || !present(page_index(address))) return kNone;
    return record(page_index(address)).frame();
  }

 private:
  static constexpr u64 kFaultWrite = 2;
  static constexpr u64 kFaultFetch = 16;

  PageRecord& record(u64 page) const {
    return kernel_.records(static_cast<u32>(page / (2 * kTableEntries)))[page % (2 * kTableEntries)];
  }
  bool present(u64 page) const {
    return tables_.has(static_cast<u32>(page / kTableEntries)) && record(page).mapped();
  }

  Status prepare_at(u64 address) {
    if (!in_window(address) || regions_.find(page_index(address)) == nullptr) return Status::OutOfRange;
    return prepare(page_index(address));
  }

  // Makes the page table and the records of a page.
  Status prepare(u64 page) {
    const u32 block = static_cast<u32>(page / kTableEntries);
    if (tables_.has(block)) return Status::Ok;
    const u32 pair = block / 2;
    if (!has_records_[pair]) {
      const u32 frame = TRY(kernel_.frame());
      TRY_STATUS(tables_.step(PageAction::Set, pair, {frame}));
      TRY_STATUS(tables_.send());
      has_records_[pair] = true;
    }
    return tables_.make(block);
  }

  Status install(u64 page, const Target& target, u32 flags) {
    if (record(page).mapped()) return Status::Occupied;
    TRY_STATUS(tables_.step(PageAction::Set, page, target));
    TRY_STATUS(tables_.send());
    record(page).bits = PageRecord::kMapped | flags | target.frame;
    return Status::Ok;
  }

  // One page of populate(): its step stays in the batch.
  Status add_step(u64 address) {
    TRY_STATUS(prepare_at(address));
    const u64 page = page_index(address);
    if (record(page).mapped()) return Status::Occupied;
    const u32 frame = TRY(kernel_.frame());
    record(page).bits = PageRecord::kMapped | PageRecord::kOwned | frame;
    return tables_.step(PageAction::Set, page, {frame});
  }

  Status add_zero_page(u64 page) {
    const u32 frame = TRY(kernel_.frame());
    const Status status = install(page, {frame}, PageRecord::kOwned);
    if (status != Status::Ok) kernel_.free(frame);
    return status;
  }

  // A write to a shared page: the last one who shares it keeps it, others get a copy.
  Status break_share(u64 page) {
    const u32 old = record(page).frame();
    if (!shared_.shared(old)) {
      TRY_STATUS(tables_.step(PageAction::Protect, page, {old}));
      TRY_STATUS(tables_.send());
      record(page).bits &= ~PageRecord::kCopyOnWrite;
      return Status::Ok;
    }
    const u32 fresh = TRY(kernel_.frame());
    TRY_STATUS(tables_.step(PageAction::Set, scratch_, {fresh}));
    TRY_STATUS(tables_.send());
    kernel_.copy(page_address(scratch_), page_address(page));
    TRY_STATUS(tables_.step(PageAction::Clear, scratch_, {}));
    TRY_STATUS(tables_.step(PageAction::Clear, page, {}));
    TRY_STATUS(tables_.step(PageAction::Set, page, {fresh}));
    TRY_STATUS(tables_.send());
    kernel_.flush();
    shared_.drop(old);
    record(page).bits = PageRecord::kMapped | PageRecord::kOwned | fresh;
    return Status::Ok;
  }

  Kernel& kernel_;
  Tables<Kernel> tables_;
  Regions regions_;
  SharedFrames shared_;
  u64 scratch_ = 0;
  bool has_records_[kBlocks / 2] = {};
};

}  // namespace vm
