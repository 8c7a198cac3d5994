// SPDX-License-Identifier: MIT
// Changes the ownership table as fast as it can, until the machine is killed. At the next boot the table
// must be what the journal remembers, with or without the one change that was under way.
#include "apps/blocks/journal.hpp"
#include "blk/extents.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/random.hpp"
#include "core/resources.hpp"
#include "ledger/open.hpp"

namespace blocks {

namespace {

constexpr u64 kJournalOwner = 1;  // others count from here
constinit Disk disk;
constinit Record record{};
constinit Model found{};
constinit ledger::View view{};

u64 below(u64 limit) { return core::random64() % limit; }

bool pending_was_done(Model expected) {
  if (record.pending == Pending::Release) {
    expected.remove(record.start, record.blocks);
    return expected == found;
  }
  if (record.pending != Pending::Allocate || found.count != expected.count + 1) return false;
  for (u32 i = 0; i < found.count; i++)
    if (found.list[i].owner == record.start && found.list[i].blocks == record.blocks)
      expected.add(found.list[i]);
  return expected == found;
}

[[noreturn]] void disagree() {
  core::Line()
      .text()
      .put("storm: the table has ")
      .dec(found.count)
      .put(" stretches and the journal ")
      .dec(record.model.count);
  core::panic("storm: the table is not what the journal remembers");
}

// The journal's pages, at the same place in every boot.
core::ExtentInfo open_journal(bool fresh) {
  const u64 blocks = 2 * blocks_per_page();
  const u64 wanted = whole().first + whole().count - blocks;
  const auto extent = fresh ? blk::allocate_extent(whole(), {kJournalOwner, 0}, wanted, blocks)
                            : blk::open_extent(whole(), {kJournalOwner, 0}, 0, wanted, blocks);
  if (!extent.ok()) core::panic("storm: no journal", extent.status());
  return extent.value();
}

void recover(Journal& journal, bool fresh) {
  if (!read_table(view, found)) core::panic("storm: the ledger cannot be read");
  if (fresh || (!journal.load(record) && found.count == 1)) {
    record = {};
    record.model = found;
  }
  const bool done = !(found == record.model);
  if (done && !pending_was_done(record.model)) disagree();
  core::Line line;
  line.text().put("storm: ").dec(found.count).put(" stretches after ").dec(record.sequence).put(" records, ");
  line.text().put(record.pending == Pending::None ? "nothing pending"
                  : done                          ? "pending done"
                                                  : "pending not done");
  record.pending = Pending::None;
  record.model = found;
}

void must_store(Journal& journal) {
  if (!journal.store(record)) core::panic("storm: the journal cannot be written");
}

void allocate(Journal& journal) {
  record.pending = Pending::Allocate;
  record.start = kJournalOwner + 1 + below(1000000);
  record.blocks = 1 + below(100);
  must_store(journal);
  const auto extent =
      blk::allocate_extent(whole(), {record.start, 0}, whole().first + below(whole().count), record.blocks);
  if (!extent.ok()) core::panic("storm: allocate", extent.status());
  record.model.add({extent.value().first, record.blocks, record.start});
  if (blk::forget_extent(extent.value()) != Status::Ok) core::panic("storm: an extent cannot be dropped");
}

void release(Journal& journal) {
  const Stretch s = record.model.list[below(record.model.count)];
  if (s.owner == kJournalOwner) return;
  const bool full = record.model.count >= Model::kMost - 2;  // no room for two where there was one
  const u64 before = full || below(2) == 0 ? 0 : below(s.blocks);
  record.pending = Pending::Release;
  record.start = s.start + before;
  record.blocks = below(2) == 0 ? s.blocks - before : 1 + below(s.blocks - before);
  must_store(journal);
  const Status status = blk::release_blocks(whole(), record.start, record.blocks);
  if (status != Status::Ok) core::panic("storm: release", status);
  record.model.remove(record.start, record.blocks);
}

}  // namespace

void storm() {
  Status status = blk::format_extents(whole().slot, ExtentFormat::Load);
  const bool fresh = status == Status::NotFound;
  if (fresh) status = blk::format_extents(whole().slot, ExtentFormat::Create);
  if (status != Status::Ok) core::panic("storm: no table", status);
  const auto opened = ledger::open(*core::start_info);
  if (!opened.ok()) core::panic("storm: no ledger", opened.status());
  view = opened.value();
  if (disk.open(open_journal(fresh), 1) != Status::Ok) core::panic("storm: no queue");
  Journal journal(disk, 0);
  recover(journal, fresh);
  core::print("storm: running");
  for (;;) {
    const u32 count = record.model.count;
    if (count < 20 || (count < Model::kMost - 2 && below(2) == 0)) {
      allocate(journal);
    } else {
      release(journal);
    }
    record.pending = Pending::None;
    must_store(journal);
  }
}

}  // namespace blocks
