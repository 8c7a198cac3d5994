// SPDX-License-Identifier: MIT
// MSI-X (PCI Local Bus Specification 3.0, 6.8.2): a table in the device's memory says for each of
// its interrupt sources what to write where.
#pragma once
#include "kernel/drivers/pci.hpp"

namespace drivers {

class Msix {
 public:
  // Masks every entry and turns MSI-X on. False if the function has none. Boot only.
  bool open(pci::Function function);

  u32 entries() const { return entries_; }
  // Entry `index` < entries() arrives as `vector` at CPU number `cpu` from now on.
  void route(u32 index, u8 vector, u32 cpu) const;

 private:
  Window table_;
  u32 entries_ = 0;
};

}  // namespace drivers
