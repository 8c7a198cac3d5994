// SPDX-License-Identifier: MIT
#include "kernel/root.hpp"

#include "kernel/arch/x86_64/early_memory.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/boot.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/slice.hpp"
#include "kernel/ledger.hpp"
#include "kernel/log.hpp"
#include "kernel/root_image.hpp"

namespace kernel {

using namespace abi;

namespace {

u32 frame_of(const void* p) { return static_cast<u32>(arch::virt_to_phys(p) >> kPageShift); }
u32 pages(u64 bytes) { return static_cast<u32>((bytes + kPageSize - 1) >> kPageShift); }

FrameRange range_cap(u32 slot, FrameRange range) {
  core::cap_boot(slot, CapType::Frames, 0, range.first, range.count, kRead | kGrant);
  return range;
}

void describe_kernel_frames(RootInfo& info, u32 archive_frame) {
  info.ledger = range_cap(kRootLedger, {frame_of(ledger_start), pages(ledger_header.bytes)});
  info.frame_table = range_cap(
      kRootFrameTable, {arch::early_frame_table(), pages(ledger_header.frame_count * sizeof(FrameEntry))});
  info.time_page = range_cap(kRootTimePage, {frame_of(time_page_start), 1});
  info.archive = range_cap(kRootArchive, {archive_frame, pages(ledger_header.archive_bytes)});
}

void give_devices() {
  core::cap_boot(kRootConsole, CapType::Console, 0, 0, 0, kWrite | kGrant);
  core::cap_boot(kRootMachine, CapType::Machine, 0, 0, 0, kWrite | kGrant);
  for (u32 cpu = 0; cpu < ledger_header.cpu_count; cpu++)
    core::cap_boot(kRootSlices + cpu, CapType::Slices, static_cast<u16>(cpu), 0, kSlicePositions,
                   kInvoke | kGrant);
  u32 disks = 0;
  bool card = false;
  for (u16 device = 0; device < kMaxDevices; device++) {
    const DeviceEntry& entry = devices[device];
    if (entry.type == DeviceType::Nvme || entry.type == DeviceType::VirtioBlk) {
      core::cap_boot(kRootExtent + disks++, CapType::Extent, device, 0, entry.blocks,
                     kRead | kWrite | kGrant | kCreate | kControl);
    } else if (entry.type == DeviceType::VirtioNet && !card) {
      core::cap_boot(kRootReceive, CapType::Receive, core::filter_boot(device), 0, 0, kInvoke | kGrant);
      core::cap_boot(kRootSend, CapType::Send, core::filter_boot(device), 0, 0, kInvoke | kGrant);
      card = true;
    }
  }
}

void give_slices() {
  for (u32 cpu = 0; cpu < ledger_header.cpu_count; cpu++)
    if (core::slice_assign(0, kRootSlices + cpu, 0, 0, kSlicePositions) != Status::Ok)
      panic("root's slices are refused");
}

}  // namespace

void root_start(const base::Archive& archive, u32 archive_frame) {
  core::env_boot_root();
  const ArchiveEntry* entry = archive.find(ArchiveKind::Root);
  if (entry == nullptr) panic("the boot archive holds no root program: build the image with `exo build`");
  RootImage image(archive.bytes(*entry));
  image.build();
  describe_kernel_frames(image.info(), archive_frame);
  give_devices();
  const EnvConfig config = image.config();
  if (core::env_configure(0, config) != Status::Ok) panic("the root environment's configuration is refused");
  arch::env_configured(0, config);
  if (core::env_start(0) != Status::Ok) panic("the root environment does not start");
  give_slices();
  arch::env_ready(0);
}

}  // namespace kernel
