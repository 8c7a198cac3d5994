// SPDX-License-Identifier: MIT
// From the first C++ instruction to the first environment.
#include "base/archive.hpp"
#include "kernel/after_boot.hpp"
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/boot_info.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/early_memory.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/arch/x86_64/lock.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/arch/x86_64/serial.hpp"
#include "kernel/arch/x86_64/smp.hpp"
#include "kernel/console.hpp"
#include "kernel/core/boot.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/ledger.hpp"
#include "kernel/log.hpp"
#include "kernel/root.hpp"
#include "kernel/symbols.hpp"
#include "kernel/syscall/net_flight.hpp"

extern "C" {
extern abi::u8 archive_start[];
extern abi::u64 __stack_chk_guard;  // panic.cpp
[[noreturn]] void continue_on_cpu_stack(void (*next)());
[[noreturn]] void kernel_main(abi::u64 start_info);
}

namespace kernel {

namespace {

using namespace abi;

constinit base::Archive archive;

const u8* archive_bytes() { return arch::phys_to_virt<const u8>(arch::virt_to_phys(archive_start)); }

// A damaged image must not run: say what was expected and what is there.
void open_archive() {
  constexpr u64 kMost = 512ul << 20;
  const auto opened = base::Archive::open(archive_bytes(), kMost);
  if (!opened.ok())
    panic("the boot archive is missing or its header is damaged: build the image with `exo build`");
  archive = opened.value();
  const u32 found = archive.checksum(), expected = archive.header().body_crc;
  if (found != expected) {
    Log("image").text().put("checksum ").hex(found, 8).put(", expected ").hex(expected, 8);
    panic("the boot archive is damaged: build the image again with `exo build`");
  }
  if (const ArchiveEntry* symbols = archive.find(ArchiveKind::Symbols))
    symbols_start(archive.bytes(*symbols));
}

void share(const void* start, u64 bytes) {
  core::frame_boot_take(static_cast<u32>(arch::virt_to_phys(start) >> kPageShift),
                        static_cast<u32>((bytes + kPageSize - 1) >> kPageShift), FrameType::Shared);
}

void share_tables() {
  share(ledger_start, static_cast<u64>(ledger_end - ledger_start));
  share(time_page_start, kPageSize);
  share(archive_bytes(), archive.header().bytes);
  share(arch::frame_bytes(arch::early_frame_table()), ledger_header.frame_count * sizeof(FrameEntry));
}

void start_cards() {
  const u32 frames = static_cast<u32>((net_memory() + kPageSize - 1) >> kPageShift);
  for (u16 device = 0; device < kMaxDevices; device++) {
    if (devices[device].type != DeviceType::VirtioNet) continue;
    net_start(device, arch::phys_to_virt(static_cast<u64>(arch::take_kernel_frames(frames)) << kPageShift));
  }
}

// On CPU 0's own stack.
[[noreturn]] void boot() {
  arch::cpu_start(0);
  arch::kernel_lock.acquire();
  arch::apic_map();
  arch::apic_start();
  arch::mask_legacy_interrupts();
  arch::clock_start();
  arch::number_cpus();
  drivers::start(arch::boot_info.command_line);
  start_cards();
  arch::start_other_cpus();
  arch::memory_seal();
  share_tables();
  Log("memory").text().dec(ledger_header.frames_free / 256).put(" MiB for environments");
  Log("cpu")
      .text()
      .dec(ledger_header.cpu_count)
      .put(ledger_header.cpu_count == 1 ? " CPU at " : " CPUs at ")
      .dec(arch::cycles_of_microseconds(1))
      .put(arch::features.pcid ? " MHz, PCID" : " MHz");
  console_drain();
  after_boot();
  root_start(archive, static_cast<u32>(arch::virt_to_phys(archive_bytes()) >> kPageShift));
  arch::schedule_forever();
}

}  // namespace

}  // namespace kernel

// The only function that is running when the guard changes, and it does not return.
[[gnu::no_stack_protector]] void kernel_main(abi::u64 start_info) {
  using namespace arch;
  find_features();
  __stack_chk_guard ^= random_seed();
  serial_start();
  kernel::Log("boot").text().put("Aegis");
  kernel::console_drain();
  read_boot_info(start_info);
  patch_smap();
  kernel::open_archive();
  kernel::ledger_describe(kernel::archive.header().bytes);
  find_topology();
  find_power_button();
  const abi::ArchiveHeader& header = kernel::archive.header();
  early_memory_start(virt_to_phys(archive_start) + header.bytes, header.frames_used);
  paging_start();
  core::boot_init(static_cast<abi::u32>(ledger_header.frame_count));
  core::filter_boot_seed(random_seed());
  map_cpu_block(0);
  continue_on_cpu_stack(kernel::boot);
}
