// SPDX-License-Identifier: MIT
#include "ledger/open.hpp"

#include "vm/vm.hpp"

namespace ledger {

static base::Result<const u8*> map(const core::Window& window) {
  return vm::map_window(window.slot, window.first, window.count);
}

base::Result<View> open(const core::StartInfo& start) {
  if (start.ledger.slot == kNone) return base::Status::BadCap;
  const u8* const tables = TRY(map(start.ledger));
  const u8* frames = nullptr;
  if (start.frame_table.slot != kNone) frames = TRY(map(start.frame_table));
  const View view(tables, frames);
  if (!view.valid()) return base::Status::BadArgument;
  return view;
}

}  // namespace ledger
