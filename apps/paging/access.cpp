// SPDX-License-Identifier: MIT
#include "apps/paging/access.hpp"

#include "core/exit.hpp"
#include "core/notice.hpp"
#include "core/upcall.hpp"
#include "ledger/open.hpp"
#include "vm/vm.hpp"

extern "C" {
abi::u64 paging_copy(abi::u64* to, const abi::u64* from);
extern const abi::u8 paging_copy_at[], paging_copy_failed[];
}

namespace paging {

namespace {

constexpr u64 kPageFault = 14;

constinit Bringer bring_in{};
constinit Access outcome = Access::Done;  // of the copy that was given up

void give_up(core::Fault& fault, Access why) {
  if (fault.trap.rip != reinterpret_cast<u64>(paging_copy_at)) core::end_by_fault(fault);
  outcome = why;
  fault.trap.rip = reinterpret_cast<u64>(paging_copy_failed);
}

void handle(core::Fault& fault) {
  if (fault.trap.vector != kPageFault || !pager::Space::inside(fault.trap.address)) {
    core::end_by_fault(fault);
    return;
  }
  const u32 page = pager::Space::page_of(fault.trap.address);
  if (bring_in.resident(bring_in.context, page)) {
    give_up(fault, Access::Lost);
    return;
  }
  const base::Status status = bring_in.bring(bring_in.context, page);
  if (status == base::Status::Ok) return;
  if (status != base::Status::NoMemory) core::panic("a page cannot be brought in", status);
  give_up(fault, Access::NoMemory);
}

constinit ledger::View books;
constinit volatile bool told = false;  // of a demand that was not met yet

void note() { told = true; }

}  // namespace

void start_access(const Bringer& bringer, bool answers) {
  const auto opened = ledger::open(*core::start_info);
  if (!opened.ok()) core::panic("give it the capability `ledger`", opened.status());
  books = opened.value();
  bring_in = bringer;
  vm::on_other_fault(handle);
  if (answers) core::on_notice(note);
}

u32 demanded() {
  if (!told) return 0;
  told = false;
  EnvEntry self;
  books.env(core::start_info->env, self);
  const u32 frames = core::demanded(Resource::Frames, frames_owned(self));
  told = frames != 0;
  return frames;
}

static bool has_blocks(u32 env) {
  for (u32 slot = 0; slot < kCapsPerEnv; slot++) {
    CapEntry cap;
    if (books.cap(env, slot, cap) && cap.type == CapType::Extent) return true;
  }
  return false;
}

bool others_there() {
  for (u32 number = 1; number < kMaxEnvs; number++) {
    EnvEntry entry;
    if (number == core::start_info->env || !books.env(number, entry)) continue;
    if (entry.state != EnvState::Unused && entry.state != EnvState::Dead && has_blocks(number)) return true;
  }
  return false;
}

u64 frames_taken() { return core::notice_page().frames; }

Access read_page(u32 page, u64* to) {
  return paging_copy(to, pager::Space::words_of(page)) != 0 ? Access::Done : outcome;
}

Access write_page(u32 page, const u64* from) {
  return paging_copy(pager::Space::words_of(page), from) != 0 ? Access::Done : outcome;
}

}  // namespace paging
