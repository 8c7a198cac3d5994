// SPDX-License-Identifier: MIT
// Recovery of a disk's ownership table. An update that is cut off anywhere leaves the table before or
// after it; whatever else is on the disk, what recovery takes contradicts itself nowhere.
// sources: kernel/core/ownership.cpp kernel/core/ownership_pages.cpp
// sources: kernel/core/invariants_extent.cpp kernel/core/state.cpp
//
// Input: a byte with the number of updates, six bytes for each, then patches of five bytes: three for a
// place on the disk, a value, and whether the page's checksum is mended after it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/crc32.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/ownership_pages.hpp"

extern "C" {
abi::LedgerHeader ledger_header;
abi::DeviceEntry devices[abi::kMaxDevices];
abi::ExtentTable extent_tables[abi::kExtentTables];
abi::ExtentEntry extents[abi::kMaxExtents];
}

namespace {

using namespace core;

constexpr u16 kDisk = 3;
constexpr u64 kStart = 40, kBlocks = 8000;
constexpr u32 kBlockSize = 512;
constexpr u32 kCopies = 2 * kExtentPages;

struct Disk {
  ExtentPage pages[kCopies];
};
struct Snapshot {
  ExtentEntry entries[kExtentsPerTable];
};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

class Machine {
 public:
  Machine() {
    std::memset(static_cast<void*>(extent_tables), 0, sizeof extent_tables);
    std::memset(extents, 0, sizeof extents);
    std::memset(extent_order, 0, sizeof extent_order);
    devices[kDisk] = DeviceEntry{};
    devices[kDisk].type = DeviceType::Nvme;
    devices[kDisk].blocks = 10000;
    devices[kDisk].block_size = kBlockSize;
    table_ = ownership_begin(kDisk, kStart, kBlocks).value();
    for (u32 page = 0; page < kExtentPages; page++) {
      ownership_empty(table_, 77, page, disk_->pages[page]);
      disk_->pages[kExtentPages + page] = disk_->pages[page];
    }
    ownership_formatted(table_, 77);
  }

  Status recover(const Disk& disk) {
    if (ownership_table(kDisk) != kNone) ownership_forget(table_);
    table_ = ownership_begin(kDisk, kStart, kBlocks).value();
    Status worst = Status::Ok;
    for (u32 page = 0; page < kExtentPages; page++) {
      const Status status = ownership_load(table_, page, disk.pages[page], disk.pages[kExtentPages + page]);
      if (status != Status::Ok) worst = status;
    }
    const Status status = ownership_end(table_, worst);
    if (status == Status::NotFound) ownership_forget(table_);
    return status;
  }

  // One update of six bytes; if it is the last, it is cut off first and then made whole.
  void update(const std::uint8_t* op, bool last) {
    ExtentChange change;
    if (plan(op, change) != Status::Ok) return;
    ExtentPage page;
    ownership_encode(change, page);
    const u32 where = ownership_older_copy(change) * kExtentPages + change.number[0] / kExtentsPerPage;
    const auto torn = std::make_unique<Disk>(*disk_);
    const auto before = snapshot();
    const std::size_t cut = (op[4] | op[5] << 8) % (sizeof page + 1);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&torn->pages[where]), &page, cut);
    disk_->pages[where] = page;
    ownership_commit(change);
    if (!last) return;
    const auto after = snapshot();
    require(recover(*torn) == Status::Ok, "a table with one torn page is there");
    require(same(*before) || same(*after), "a torn update happened or did not");
    require(check_ownership() == nullptr, "invariants after a torn update");
    require(recover(*disk_) == Status::Ok && same(*after), "a whole update is there");
  }

  void patch(const std::uint8_t* op) {
    const std::size_t place = (op[0] | op[1] << 8 | op[2] << 16) % sizeof(Disk);
    reinterpret_cast<std::uint8_t*>(disk_.get())[place] = op[3];
    ExtentPage& page = disk_->pages[place / sizeof(ExtentPage)];
    if ((op[4] & 1) == 0) return;
    page.sectors[0].head.crc = 0;
    page.sectors[0].head.crc = base::crc32(reinterpret_cast<const u8*>(&page), sizeof page);
  }

  void recover_patched() {
    recover(*disk_);
    require(check_ownership() == nullptr, "invariants after any recovery");
  }

 private:
  Status plan(const std::uint8_t* op, ExtentChange& change) const {
    const u32 used = extent_tables[table_].used;
    if (op[0] % 3 != 0 || used == 0)
      return ownership_plan_allocate(table_, 0, ~0ul, op[1] * 32ul, 1 + op[2], 1 + op[3] % 5, op[3] >> 7,
                                     change);
    const ExtentEntry e = ownership_entry(table_, extent_order[table_][op[1] % used]);
    const u64 start = op[2] % e.blocks;
    return ownership_plan_release(table_, e.start + start, 1 + op[3] % (e.blocks - start), change);
  }
  std::unique_ptr<Snapshot> snapshot() const {
    auto made = std::make_unique<Snapshot>();
    for (u32 i = 0; i < kExtentsPerTable; i++) made->entries[i] = ownership_entry(table_, i);
    return made;
  }
  bool same(const Snapshot& other) const { return std::memcmp(snapshot().get(), &other, sizeof other) == 0; }

  std::unique_ptr<Disk> disk_ = std::make_unique<Disk>();
  u32 table_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Machine machine;
  const std::uint8_t* const end = data + size;
  std::size_t updates = *data++ % 16;
  for (; updates > 0 && end - data >= 6; updates--, data += 6) machine.update(data, updates == 1);
  for (; end - data >= 5; data += 5) machine.patch(data);
  machine.recover_patched();
  return 0;
}
