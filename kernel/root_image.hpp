// SPDX-License-Identifier: MIT
// The address space of the root environment, built from its ELF program with the same core calls
// that an environment would make.
#pragma once
#include "abi/env.hpp"
#include "abi/ledger.hpp"
#include "base/archive.hpp"

namespace kernel {

class RootImage {
 public:
  explicit RootImage(base::Bytes elf) : elf_(elf) {}

  // Segments, stack, upcall page and info page. Stops the machine on a program that does not fit
  // the shape (abi/env.hpp, EntryTable): the archive was checked, so the image was built wrong.
  void build();
  // What root will read; writable through the kernel's own mapping until it starts.
  abi::RootInfo& info() { return *info_; }
  abi::EnvConfig config() const;

 private:
  abi::u32 take_frame();
  abi::u32 table_for(abi::u64 address);
  abi::u8* map_page(abi::u64 address, abi::u32 rights);
  void load_segment(const abi::u8* header);

  base::Bytes elf_;
  abi::RootInfo* info_ = nullptr;
  abi::u32 root_table_ = 0, upcall_frame_ = 0, save_frame_ = 0;
  abi::EntryTable entries_{};
};

}  // namespace kernel
