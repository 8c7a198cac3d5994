// SPDX-License-Identifier: MIT
// What the kernel tells this environment about what it has to give back and what was taken, in the page
// that root mapped at kNoticeAddress (abi/notice.hpp). on_notice (core/upcall.hpp) says when to look.
#pragma once
#include "abi/notice.hpp"
#include "core/start.hpp"

namespace core {

// The page; the kernel writes it at any time but never a field that it has to be asked for twice.
inline volatile NoticePage& notice_page() { return *reinterpret_cast<volatile NoticePage*>(kNoticeAddress); }

// What is demanded of `resource` from one that has `used` of it now: how much to give back.
inline u32 demanded(Resource resource, u32 used) {
  const volatile Demand& demand = notice_page().demand;
  if (demand.amount == 0 || demand.resource != resource) return 0;
  const u32 keep = demand.keep;
  return used > keep ? used - keep : 0;
}

}  // namespace core
