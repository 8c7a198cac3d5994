// SPDX-License-Identifier: MIT
#include "kernel/drivers/registers.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"

namespace drivers {

Window map_registers(u64 physical, u64 length) {
  const u64 inside = physical & (kPageSize - 1);
  const u64 pages = (inside + length + kPageSize - 1) / kPageSize;
  return Window(arch::map_device(physical - inside, pages * kPageSize) + inside, length);
}

}  // namespace drivers
