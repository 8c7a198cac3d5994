// SPDX-License-Identifier: MIT
// Every moment at which an update can be cut off, on every byte border of every sector, and damage of
// every kind: recovery finds the table before or after the update, or says that it is damaged.
#include <random>

#include "base/crc32.hpp"
#include "ownership_fixture.hpp"

namespace test {
namespace {

constexpr u32 kSector = 512;
constexpr u32 kSectors = kPageSize / kSector;

class Crash : public Ownership {
 protected:
  std::mt19937_64 random_{2026};

  // A random update that the table accepts.
  ExtentChange plan() {
    ExtentChange change;
    for (;;) {
      const ExtentTable& t = extent_tables[table_];
      Status status;
      if (t.used == 0 || random_() % 3 != 0) {
        status = ownership_plan_allocate(table_, 0, ~0ul, random_() % kTableBlocks, 1 + random_() % 40,
                                         1 + random_() % 5, random_() % 2, change);
      } else {
        const ExtentEntry e = ownership_entry(table_, extent_order[table_][random_() % t.used]);
        const u64 before = random_() % e.blocks;
        status =
            ownership_plan_release(table_, e.start + before, 1 + random_() % (e.blocks - before), change);
      }
      if (status == Status::Ok) return change;
    }
  }
  // The table as it is on `disk`, which must be one of the two.
  void expect_either(const DiskPages& disk, const Snapshot& before, const Snapshot& after) {
    ASSERT_EQ(recover(disk), Status::Ok);
    const Snapshot found = snapshot(table_);
    ASSERT_TRUE(found == before || found == after);
    ASSERT_STREQ(check_ownership(), nullptr);
  }
};

// Any of the page's sectors may have reached the disk, in any order: 256 crash points of each update.
TEST_F(Crash, EverySubsetOfSectors) {
  for (u32 round = 0; round < 12; round++) {
    const ExtentChange change = plan();
    const Snapshot before = snapshot(table_);
    const DiskPages old_disk = disk_;
    update(change);
    const Snapshot after = snapshot(table_);
    const u32 where = ownership_older_copy(change) == 0 ? 1 : 0;  // the copy that was written just now
    const u32 page = where * kExtentPages + change.number[0] / kExtentsPerPage;
    for (u32 written = 0; written < 1u << kSectors; written++) {
      DiskPages disk = old_disk;
      for (u32 i = 0; i < kSectors; i++)
        if ((written >> i & 1) != 0)
          std::memcpy(&disk[page][i * kSector], &disk_[page][i * kSector], kSector);
      expect_either(disk, before, after);
    }
    ASSERT_EQ(recover(disk_), Status::Ok);
    ASSERT_TRUE(snapshot(table_) == after);
  }
}

// The power goes inside a sector: old before the border and new behind it, the other way round, or noise.
TEST_F(Crash, EveryTornSector) {
  for (u32 round = 0; round < 2; round++) {
    const ExtentChange change = plan();
    const Snapshot before = snapshot(table_);
    const DiskPages old_disk = disk_;
    update(change);
    const Snapshot after = snapshot(table_);
    const u32 where = ownership_older_copy(change) == 0 ? 1 : 0;
    const u32 page = where * kExtentPages + change.number[0] / kExtentsPerPage;
    for (u32 cut = 1; cut < kPageSize; cut += 1 + (cut % kSector > 64 ? 30 : 0)) {
      DiskPages disk = old_disk;
      std::memcpy(&disk[page][0], &disk_[page][0], cut);
      expect_either(disk, before, after);
      disk = disk_;
      std::memcpy(&disk[page][0], &old_disk[page][0], cut);
      expect_either(disk, before, after);
      const u32 sector = cut / kSector * kSector;
      for (u32 i = 0; i < kSector; i++) disk[page][sector + i] = static_cast<u8>(random_());
      expect_either(disk, before, after);
    }
    ASSERT_EQ(recover(disk_), Status::Ok);
  }
}

// A long history with a crash in every update, each going on from what was recovered.
TEST_F(Crash, HistoriesGoOnFromWhatIsFound) {
  for (u32 round = 0; round < 1500; round++) {
    const ExtentChange change = plan();
    const Snapshot before = snapshot(table_);
    ExtentPage page;
    ownership_encode(change, page);
    auto& target = disk_[ownership_older_copy(change) * kExtentPages + change.number[0] / kExtentsPerPage];
    ownership_commit(change);
    const Snapshot after = snapshot(table_);
    const u64 written = random_();
    const u32 torn = random_() % kSectors;  // this one only up to some byte
    for (u32 i = 0; i < kSectors; i++)
      if ((written >> i & 1) != 0)
        std::memcpy(&target[i * kSector], reinterpret_cast<u8*>(&page) + i * kSector,
                    i == torn ? random_() % kSector : kSector);
    if (round % 7 == 0) std::memcpy(target.data(), &page, sizeof page);
    expect_either(disk_, before, after);
  }
}

// How recovery goes with only the first n of the writes that format the disk.
TEST_F(Crash, FormattingCutOffIsNoTableOrADamagedOne) {
  allocate(10);
  const DiskPages old = disk_;
  format(78);
  for (const bool over_old : {false, true}) {
    DiskPages disk = over_old ? old : DiskPages{};
    EXPECT_EQ(recover(disk), over_old ? Status::Ok : Status::NotFound);
    for (u32 written = 1; written <= kBothCopies; written++) {
      const u32 at = (written - 1) % 2 * kExtentPages + kExtentPages - 1 - (written - 1) / 2;
      disk[at] = disk_[at];
      const Status status = recover(disk);
      // One copy of the last page is not missed in the old table; both of them are.
      if (over_old && written == 1) {
        EXPECT_EQ(status, Status::Ok);
        EXPECT_EQ(extent_tables[table_].used, 1u);
        continue;
      }
      const bool first_page = written >= kBothCopies - (over_old ? 0 : 1);
      EXPECT_EQ(status, first_page ? Status::Ok : Status::Damaged) << written;
      EXPECT_EQ(extent_tables[table_].used, 0u);
    }
  }
}

TEST_F(Crash, APageWithoutAValidCopyIsDamage) {
  for (u32 i = 0; i < 100; i++) allocate(3);
  for (u32 page = 0; page < kExtentPages; page++) {
    DiskPages disk = disk_;
    disk[page][70] ^= 1;
    EXPECT_EQ(recover(disk), Status::Ok);
    disk[kExtentPages + page][4000] ^= 0x80;
    EXPECT_EQ(recover(disk), Status::Damaged);
    EXPECT_EQ(extent_tables[table_].used, 0u);
    ExtentChange change;
    EXPECT_EQ(ownership_plan_allocate(table_, 0, ~0ul, 0, 1, 1, 0, change), Status::Damaged);
    EXPECT_EQ(ownership_find(table_, 1, 0, 0).status(), Status::Damaged);
  }
  ASSERT_EQ(recover(disk_), Status::Ok);
}

// Pages with a good checksum that no update of ours makes.
class Forged : public Crash {
 protected:
  template <class Change>
  Status forged(u32 number, Change change) {
    DiskPages disk = disk_;
    for (u32 copy = 0; copy < 2; copy++) {
      ExtentPage page;
      std::memcpy(&page, disk[copy * kExtentPages + number].data(), sizeof page);
      change(page);
      page.sectors[0].head.crc = 0;
      page.sectors[0].head.crc = base::crc32(reinterpret_cast<const u8*>(&page), sizeof page);
      write(disk, copy, number, page);
    }
    const Status status = recover(disk);
    EXPECT_STREQ(check_ownership(), nullptr);
    return status;
  }
};

TEST_F(Forged, ContradictionsAreDamage) {
  ASSERT_EQ(allocate(10, 3000), 3000u);
  const ExtentEntry good{4000, 10, 1, 0, 0, 0};
  EXPECT_EQ(forged(5, [&](ExtentPage& p) { p.sectors[0].entries[3] = good; }), Status::Ok);
  const auto with = [&](auto change) {
    return forged(5, [&](ExtentPage& p) {
      p.sectors[0].entries[3] = good;
      change(p.sectors[0].entries[3]);
    });
  };
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = 3005; }), Status::Damaged);  // overlaps one of page 0
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = 2999; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = 2990; }), Status::Ok);
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = 0; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = kTableStart; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = kFirstOwned - 1; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.start = ~0ul; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.blocks = ~0ul; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.blocks = 0; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.blocks = kTableBlocks; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.owner_low = 0; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.flags = 1; }), Status::Damaged);
  EXPECT_EQ(with([](ExtentEntry& e) { e.reserved = 1; }), Status::Damaged);
  EXPECT_EQ(forged(5, [&](ExtentPage& p) { p.sectors[0].entries[3] = p.sectors[0].entries[4] = good; }),
            Status::Damaged);
}

TEST_F(Forged, HeadsOfAnotherTable) {
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.page = 6; }), Status::Damaged);
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.id++; }), Status::Damaged);
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.start++; }), Status::Damaged);
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.blocks--; }), Status::Damaged);
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.block_size = 4096; }), Status::Damaged);
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.version++; }), Status::Damaged);
  EXPECT_EQ(forged(5, [](ExtentPage& p) { p.sectors[0].head.magic++; }), Status::Damaged);
  EXPECT_EQ(forged(0, [](ExtentPage& p) { p.sectors[0].head.id++; }), Status::Damaged);
}

TEST_F(Forged, TwoPastsOfOneGeneration) {
  DiskPages disk = disk_;
  ExtentPage page;
  std::memcpy(&page, disk[3].data(), sizeof page);
  page.sectors[0].entries[0] = {4000, 10, 1, 0, 0, 0};
  page.sectors[0].head.crc = 0;
  page.sectors[0].head.crc = base::crc32(reinterpret_cast<const u8*>(&page), sizeof page);
  write(disk, 0, 3, page);
  EXPECT_EQ(recover(disk), Status::Damaged);
}

TEST_F(Crash, NoTableOnABlankOrNoisyDisk) {
  EXPECT_EQ(recover(DiskPages{}), Status::NotFound);
  EXPECT_EQ(ownership_table(kDisk), kNone);
  DiskPages noise;
  for (auto& page : noise)
    for (u8& byte : page) byte = static_cast<u8>(random_());
  EXPECT_EQ(recover(noise), Status::NotFound);
}

}  // namespace
}  // namespace test
