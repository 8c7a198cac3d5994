// SPDX-License-Identifier: MIT
// An extent and its data from one boot to the next: "boot N: ..." with N from the disk.
#include "apps/blocks/disk.hpp"
#include "blk/extents.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"

namespace blocks {

namespace {

constexpr blk::Owner kOwner{0x7065656b, 0x6c69616e};
constexpr u64 kPages = 8;

u64 word(u64 boot, u64 page, u64 i) { return (boot << 40 | page << 20 | i) * 0x9e3779b97f4a7c15; }

constinit Disk disk;

// Boot number in the data, which is whole; 0 if it is not.
u64 check_data() {
  u64 boot = 0;
  for (u64 p = 0; p < kPages; p++) {
    if (disk.read(p, 0) != Status::Ok) return 0;
    const auto* words = reinterpret_cast<const volatile u64*>(disk.page(0));
    if (p == 0) boot = words[0];
    for (u64 i = 1; i < kPageSize / 8; i++)
      if (words[i] != word(boot, p, i)) return 0;
  }
  return boot;
}

void write_data(u64 boot) {
  for (u64 p = 0; p < kPages; p++) {
    auto* words = reinterpret_cast<volatile u64*>(disk.page(0));
    for (u64 i = 0; i < kPageSize / 8; i++) words[i] = i == 0 ? boot : word(boot, p, i);
    if (disk.write_through(p, 0) != Status::Ok) core::panic("data cannot be written");
  }
}

void open_disk(const base::Result<core::ExtentInfo>& extent) {
  if (!extent.ok()) core::panic("no extent", extent.status());
  const Status status = disk.open(extent.value(), 1);
  if (status != Status::Ok) core::panic("no queue", status);
}

}  // namespace

void keep() {
  u64 boot = 1;
  const u64 count = kPages * blocks_per_page();
  const u64 wanted = whole().first + 2000;
  Status status = blk::format_extents(whole().slot, ExtentFormat::Load);
  if (status == Status::NotFound) {
    status = blk::format_extents(whole().slot, ExtentFormat::Create);
    if (status == Status::Ok) open_disk(blk::allocate_extent(whole(), kOwner, wanted, count));
  } else if (status == Status::Ok) {
    open_disk(blk::open_extent(whole(), kOwner, 0, wanted, count));
    boot = check_data() + 1;
    if (boot == 1) core::panic("the extent is there, its data is not");
  }
  if (status != Status::Ok) core::panic("no table", status);
  write_data(boot);
  core::Line().text().put("boot ").dec(boot).put(boot == 1 ? ": made" : ": found");
  core::exit(0);
}

}  // namespace blocks
