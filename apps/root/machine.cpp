// SPDX-License-Identifier: MIT
#include "apps/root/machine.hpp"

#include "core/exit.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace root {

namespace {

constinit core::StartInfo self{};

// Root has no start page: it writes one for its own modules.
void describe_self(const RootInfo& info) {
  self.magic = core::kStartMagic;
  self.version = core::kStartVersion;
  self.root_table = info.root_table;
  self.image_base = info.image_base;
  self.image_end = info.image_end;
  self.stack_top = kRootStackTop;
  self.stack_base = kRootStackTop - kRootStackPages * kPageSize;
  self.first_free_slot = kRootFirstFree;
  self.console = kRootConsole;
  self.machine = kRootMachine;
  self.create = kSlotSelf;
  self.slices = kRootSlices;
  self.accept = kNone;
  self.extent.slot = self.log.slot = self.stop.slot = kNone;
  self.network.receive = self.network.send = kNone;
  core::start_info = &self;
}

template <class T>
T must(Result<T> result, const char* what) {
  if (!result.ok()) core::panic(what, result.status());
  return result.value();
}

const u8* must_map(u32 cap, const FrameRange& range, const char* what) {
  return must(vm::map_window(cap, range.first, range.count), what);
}

}  // namespace

Machine Machine::open(const RootInfo& info) {
  describe_self(info);
  const Status status = vm::start();
  if (status != Status::Ok) core::panic("no address space of its own", status);
  Machine m;
  m.ledger_ = reinterpret_cast<const LedgerHeader*>(must_map(kRootLedger, info.ledger, "no ledger"));
  m.time_ = reinterpret_cast<const TimePage*>(must_map(kRootTimePage, info.time_page, "no time page"));
  if (m.ledger_->magic != kLedgerMagic || m.ledger_->format != kLedgerVersion)
    core::panic("the ledger has another format");
  self.tsc_hz = m.time_->tsc_hz;
  self.boot_tsc = m.time_->boot_tsc;
  self.boot_unix_s = m.time_->boot_unix_s;
  self.cpu_count = m.ledger_->cpu_count;
  self.frame_count = static_cast<u32>(m.ledger_->frame_count);
  core::start_clock();
  const u8* archive = must_map(kRootArchive, info.archive, "no boot archive");
  m.archive_ =
      must(base::Archive::open(archive, info.archive.count * kPageSize), "the boot archive is damaged");
  const ArchiveEntry* entry = m.archive_.find(ArchiveKind::Manifest);
  if (entry == nullptr) core::panic("the boot archive holds no manifest");
  const base::Bytes bytes = m.archive_.bytes(*entry);
  m.manifest_ = must(manifest::Reader::open(bytes.data, bytes.size), "the manifest is damaged");
  return m;
}

const DeviceEntry* Machine::find_device(bool disk) const {
  const auto* devices = table<DeviceEntry>(ledger_->devices);
  for (u32 i = 0; i < ledger_->devices.count; i++) {
    const DeviceType type = devices[i].type;
    const bool is_disk = type == DeviceType::Nvme || type == DeviceType::VirtioBlk;
    if (disk ? is_disk : type == DeviceType::VirtioNet) return &devices[i];
  }
  return nullptr;
}

}  // namespace root
